//! `cargo xtask test`: everything that guards main.

use std::process::Command;
use std::time::{Duration, Instant};

use crate::capi;
use crate::ci;
use crate::doc_tests;
use crate::factory;
use crate::hosts;
use crate::oracles;
use crate::setup::{self, Installing, Need};
use crate::shell::{Result, Shell, fail, on_path};
use crate::tidy;

/// In the order in which they run: what fails fast comes first.
const STEPS: &[Step] = &[
    Step {
        name: "format",
        filters: false,
        run: format,
    },
    Step {
        name: "tidy",
        filters: false,
        run: run_tidy,
    },
    Step {
        name: "clippy",
        filters: false,
        run: clippy,
    },
    Step {
        name: "tests",
        filters: true,
        run: tests,
    },
    Step {
        name: "codecs",
        filters: false,
        run: codecs,
    },
    Step {
        name: "doc tests",
        filters: true,
        run: run_doc_tests,
    },
    Step {
        name: "hosts",
        filters: false,
        run: run_hosts,
    },
    Step {
        name: "capi",
        filters: false,
        run: run_capi,
    },
    Step {
        name: "oracles",
        filters: false,
        run: run_oracles,
    },
    Step {
        name: "factory",
        filters: false,
        run: factory_check,
    },
    Step {
        name: "cargo-deny",
        filters: false,
        run: cargo_deny,
    },
];

struct Step {
    name: &'static str,
    /// Runs tests by name; the others are left out when a filter is given.
    filters: bool,
    run: fn(&Shell, Option<&str>) -> Result<Outcome>,
}

enum Outcome {
    Done,
    /// The reason, for the table at the end.
    NotRun(&'static str),
}

struct Report {
    name: &'static str,
    time: Duration,
    result: Result<Outcome>,
}

/// Runs every step, also after a failure, and prints a table and one line with the counts.
pub(crate) fn test(mut shell: Shell, installing: Installing, filter: Option<&str>) -> Result<()> {
    setup::prepare(&shell, Need::Test, installing)?;
    ci::use_cache(&mut shell)?;
    let steps = STEPS.iter().filter(|step| step.filters || filter.is_none());
    let reports: Vec<Report> = steps.map(|step| run_step(&shell, step, filter)).collect();
    println!();
    for report in &reports {
        println!("{}", row(report));
    }
    let (passed, failed) = count(&reports);
    println!("{passed} passed, {failed} failed");
    if failed == 0 {
        Ok(())
    } else {
        fail("not everything passed; the table above says what")
    }
}

fn run_step(shell: &Shell, step: &Step, filter: Option<&str>) -> Report {
    println!("\n== {}", step.name);
    let start = Instant::now();
    let result = (step.run)(shell, filter);
    let report = Report {
        name: step.name,
        time: start.elapsed(),
        result,
    };
    println!("{}", row(&report));
    report
}

fn row(report: &Report) -> String {
    let (word, note) = match &report.result {
        Ok(Outcome::Done) => ("ok", String::new()),
        Ok(Outcome::NotRun(reason)) => ("not run", (*reason).to_owned()),
        Err(error) => ("FAILED", error.to_string()),
    };
    let seconds = report.time.as_secs_f64();
    format!("{word:<8} {:<12} {seconds:>8.1} s  {note}", report.name)
        .trim_end()
        .to_owned()
}

/// Steps that passed and failed; one that was not run is neither.
fn count(reports: &[Report]) -> (usize, usize) {
    let passed = reports
        .iter()
        .filter(|report| matches!(report.result, Ok(Outcome::Done)));
    let failed = reports.iter().filter(|report| report.result.is_err());
    (passed.count(), failed.count())
}

fn format(shell: &Shell, _filter: Option<&str>) -> Result<Outcome> {
    shell
        .run(shell.cargo().args(["fmt", "--all", "--check"]))
        .map(done)
}

fn run_tidy(shell: &Shell, _filter: Option<&str>) -> Result<Outcome> {
    tidy::tidy(shell).map(done)
}

fn clippy(shell: &Shell, _filter: Option<&str>) -> Result<Outcome> {
    let arguments = [
        "clippy",
        "--workspace",
        "--all-targets",
        "--",
        "-D",
        "warnings",
    ];
    shell.run(shell.cargo().args(arguments)).map(done)
}

fn tests(shell: &Shell, filter: Option<&str>) -> Result<Outcome> {
    let mut command = shell.cargo();
    command
        .args(runner())
        .args(["--workspace", "--tests", "--no-fail-fast"])
        .args(filter);
    require_oracles(&mut command);
    shell.run(&mut command).map(done)
}

/// Tests that ask other people's programs fail where one is missing, and do not pass unasked.
/// Where the setup does not install them they may be missing.
fn require_oracles(command: &mut Command) {
    if cfg!(target_os = "linux") {
        command.env("SEGUE_ORACLES", "required");
    }
}

fn runner() -> &'static [&'static str] {
    if on_path("cargo-nextest") {
        &["nextest", "run"]
    } else {
        &["test"]
    }
}

/// The tests of `segue-offline` in which those encoders have rows of their own.
const CODECS: [&str; 5] = [
    "formats::",
    "levels::",
    "metadata::",
    "pipeline::",
    "memory_tests::",
];

/// The encoders that are off for their licences, in builds of their own that nobody gets.
fn codecs(shell: &Shell, _filter: Option<&str>) -> Result<Outcome> {
    // The library alone: whatever stands on it would be built again, too.
    let arguments = ["-p", "segue-offline", "--lib", "--features", "mp3,aac"];
    let mut command = shell.cargo();
    command.args(runner()).args(arguments);
    // Both runners take several names behind the dashes, and run what has any of them.
    command.arg("--").args(CODECS);
    require_oracles(&mut command);
    shell.run(&mut command).map(done)
}

fn run_doc_tests(shell: &Shell, filter: Option<&str>) -> Result<Outcome> {
    Ok(match doc_tests::run(shell, filter)? {
        0 => Outcome::NotRun("no comment has an example"),
        _ => Outcome::Done,
    })
}

/// C and C++ call the library that the tests have built.
fn run_capi(shell: &Shell, _filter: Option<&str>) -> Result<Outcome> {
    if !capi::is_possible() {
        return Ok(Outcome::NotRun(
            "its parts know the compilers of Linux only",
        ));
    }
    capi::step(shell).map(done)
}

/// Real hosts load the plug-ins that the tests have built.
fn run_hosts(shell: &Shell, _filter: Option<&str>) -> Result<Outcome> {
    if !hosts::is_possible() {
        return Ok(Outcome::NotRun("the hosts' scripts know Linux only"));
    }
    hosts::hosts(shell).map(done)
}

/// Other people's meters and converters agree.
fn run_oracles(shell: &Shell, _filter: Option<&str>) -> Result<Outcome> {
    if !oracles::is_possible() {
        return Ok(Outcome::NotRun("python3 or ffmpeg is not installed"));
    }
    oracles::oracles(shell).map(done)
}

/// The factory project is what its generator makes.
fn factory_check(shell: &Shell, _filter: Option<&str>) -> Result<Outcome> {
    factory::factory(shell, true).map(done)
}

/// Advisories are left to `cargo deny check`: they need the network and change without a commit.
fn cargo_deny(shell: &Shell, _filter: Option<&str>) -> Result<Outcome> {
    if !on_path("cargo-deny") {
        return Ok(Outcome::NotRun(
            "cargo-deny is not installed; tidy has checked the licences",
        ));
    }
    shell
        .run(
            shell
                .cargo()
                .args(["deny", "check", "bans", "licenses", "sources"]),
        )
        .map(done)
}

fn done((): ()) -> Outcome {
    Outcome::Done
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(result: Result<Outcome>) -> Report {
        Report {
            name: "step",
            time: Duration::from_millis(1500),
            result,
        }
    }

    #[test]
    fn a_step_that_did_not_run_is_not_counted() {
        let reports = [
            report(Ok(Outcome::Done)),
            report(fail("broken")),
            report(Ok(Outcome::NotRun("why"))),
        ];
        assert_eq!(count(&reports), (1, 1));
    }

    #[test]
    fn rows_say_what_happened_and_how_long_it_took() {
        assert_eq!(
            row(&report(Ok(Outcome::Done))),
            "ok       step              1.5 s"
        );
        assert!(row(&report(fail("broken"))).ends_with("broken"));
        assert!(row(&report(Ok(Outcome::NotRun("why")))).starts_with("not run"));
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn oracles_are_required_of_the_tests() {
        let mut command = Command::new("cargo");
        require_oracles(&mut command);
        let set = command.get_envs().any(|(name, value)| {
            name == "SEGUE_ORACLES" && value.is_some_and(|value| value == "required")
        });
        assert!(set);
    }

    /// A row that nobody runs says nothing.
    #[test]
    fn tests_with_rows_for_other_encoders_are_run_with_them() {
        let src = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../engine/offline/src");
        let mut folders = vec![src];
        let mut found = 0;
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                    continue;
                }
                let is_test = path.to_string_lossy().contains("tests");
                let text = std::fs::read_to_string(&path).unwrap();
                let has_rows = ["mp3", "aac"]
                    .iter()
                    .any(|it| text.contains(&format!("feature = \"{it}\"")));
                if is_test && has_rows {
                    found += 1;
                    let name = path.file_stem().unwrap().to_string_lossy().into_owned();
                    assert!(CODECS.contains(&format!("{name}::").as_str()), "{path:?}");
                }
            }
        }
        assert!(found > 2, "{found}");
    }

    #[test]
    fn a_filter_leaves_only_steps_that_run_tests() {
        assert!(STEPS.iter().any(|step| step.filters));
        assert!(STEPS.iter().any(|step| !step.filters));
    }
}
