//! `cargo xtask validate`: the plug-in validators that are on PATH, on freshly made bundles.

use std::path::Path;
use std::process::Command;

use crate::bundle::{self, Bundles};
use crate::setup::{self, Installing, Need};
use crate::shell::{Result, Shell, fail, on_path};

/// Editor races show in some runs only.
const PLUGINVAL_RUNS: usize = 10;
/// Lines of a failed run that are shown.
const TAIL: usize = 60;

const CHECKS: &[Check] = &[
    Check {
        name: "clap-validator validate",
        program: "clap-validator",
        runs: 1,
        command: |shell, bundles| {
            let mut command = shell.command("clap-validator");
            command
                .args(["validate", "--only-failed"])
                .arg(&bundles.clap);
            command
        },
        closing: |line| line.contains(" run, "),
        is_good: |line| line.contains(" 0 failed"),
    },
    Check {
        name: "clap-validator fuzz, 30 s",
        program: "clap-validator",
        runs: 1,
        command: |shell, bundles| {
            let mut command = shell.command("clap-validator");
            command
                .args(["fuzz", "--duration", "30s"])
                .arg(&bundles.clap);
            command
        },
        closing: |line| line.contains("fuzzing finished"),
        is_good: |line| line.starts_with("OK"),
    },
    Check {
        name: "Steinberg's validator",
        program: "validator",
        runs: 1,
        command: |shell, bundles| {
            let mut command = shell.command("validator");
            command.arg(&bundles.vst3);
            command
        },
        closing: |line| line.starts_with("Result: "),
        is_good: |line| line.contains(" 0 tests failed"),
    },
    Check {
        name: "pluginval, strictness 10",
        program: "pluginval",
        runs: PLUGINVAL_RUNS,
        command: pluginval,
        closing: |line| line == "SUCCESS" || line == "FAILURE",
        is_good: |line| line == "SUCCESS",
    },
];

/// One validator and how to read it.
struct Check {
    name: &'static str,
    /// Must be on PATH.
    program: &'static str,
    /// All of them must be good.
    runs: usize,
    command: fn(&Shell, &Bundles) -> Command,
    /// Whether this line sums a run up; the last such line counts.
    closing: fn(&str) -> bool,
    is_good: fn(&str) -> bool,
}

/// How a check went.
enum Outcome {
    Passed,
    Failed,
    Missing,
}

pub(crate) fn validate(shell: &Shell, installing: Installing, words: &[String]) -> Result<()> {
    let mut is_required = false;
    let mut request = bundle::Request::default();
    for word in words {
        match word.as_str() {
            "--require" => is_required = true,
            "--debug" => request.is_debug = true,
            other => {
                return fail(format!(
                    "`validate` takes --require and --debug, not `{other}`"
                ));
            }
        }
    }
    setup::prepare(shell, Need::Build, installing)?;
    let bundles = bundle::make(shell, &request)?;
    let outcomes = CHECKS
        .iter()
        .map(|check| check.outcome(shell, &bundles))
        .collect::<Result<Vec<_>>>()?;
    println!();
    for (check, outcome) in CHECKS.iter().zip(&outcomes) {
        println!("{:<9} {}", outcome.word(), check.name);
    }
    verdict(&outcomes, is_required)
}

impl Check {
    fn outcome(&self, shell: &Shell, bundles: &Bundles) -> Result<Outcome> {
        println!("\n== {}", self.name);
        if !on_path(self.program) {
            println!("{} is not on PATH", self.program);
            return Ok(Outcome::Missing);
        }
        let mut is_good = true;
        for _ in 0..self.runs {
            is_good &= self.run(&mut (self.command)(shell, bundles))?;
        }
        Ok(if is_good {
            Outcome::Passed
        } else {
            Outcome::Failed
        })
    }

    /// Prints the closing line, and of a failed run its end.
    fn run(&self, command: &mut Command) -> Result<bool> {
        let output = match command.output() {
            Ok(output) => output,
            Err(error) => return fail(format!("cannot start {}: {error}", self.program)),
        };
        let mut text = String::from_utf8_lossy(&output.stdout).into_owned();
        text.push_str(&String::from_utf8_lossy(&output.stderr));
        let text = without_colours(&text);
        let (line, is_good) = self.read(&text);
        let is_good = is_good && output.status.success();
        if !is_good {
            println!("{}", tail(&text));
            println!("({})", output.status);
        }
        println!("{line}");
        Ok(is_good)
    }

    fn read<'a>(&self, text: &'a str) -> (&'a str, bool) {
        let mut lines = text.lines().rev().map(str::trim);
        match lines.find(|line| (self.closing)(line)) {
            Some(line) => (line, (self.is_good)(line)),
            None => ("(it ended without a closing line)", false),
        }
    }
}

impl Outcome {
    fn word(&self) -> &'static str {
        match self {
            Outcome::Passed => "ok",
            Outcome::Failed => "FAILED",
            Outcome::Missing => "not run",
        }
    }
}

fn verdict(outcomes: &[Outcome], is_required: bool) -> Result<()> {
    let count = |wanted: fn(&Outcome) -> bool| outcomes.iter().filter(|it| wanted(it)).count();
    let failed = count(|it| matches!(it, Outcome::Failed));
    let missing = count(|it| matches!(it, Outcome::Missing));
    if failed > 0 {
        return fail(format!("{failed} of the validators found something"));
    }
    if is_required && missing > 0 {
        return fail(format!(
            "{missing} of the checks did not run and --require was given"
        ));
    }
    Ok(())
}

/// It opens windows: without a display, on one of its own.
fn pluginval(shell: &Shell, bundles: &Bundles) -> Command {
    let words = ["--strictness-level", "10", "--validate"];
    let has_display = std::env::var_os("DISPLAY").is_some_and(|display| !display.is_empty());
    if cfg!(target_os = "linux") && !has_display && on_path("xvfb-run") {
        let mut command = shell.command("xvfb-run");
        command.args(["-a", "pluginval"]).args(words);
        command.arg(absolute(&bundles.vst3));
        return command;
    }
    let mut command = shell.command("pluginval");
    command.args(words).arg(absolute(&bundles.vst3));
    command
}

/// A relative path is an id for it.
fn absolute(path: &Path) -> std::path::PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
}

/// Without the sequences that colour a terminal.
fn without_colours(text: &str) -> String {
    let mut parts = text.split('\u{1b}');
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let end = part.find(|sign: char| sign.is_ascii_alphabetic());
        plain.push_str(end.map_or("", |end| &part[end + 1..]));
    }
    plain
}

fn tail(text: &str) -> String {
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(TAIL)..].join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(name: &str, text: &str, good: bool) {
        let check = CHECKS.iter().find(|check| check.name.starts_with(name));
        let (line, is_good) = check.expect("listed").read(text);
        assert_eq!(is_good, good, "{line}");
    }

    #[test]
    fn closing_lines_are_read() {
        let clap =
            |failed: u32| format!("x\n21 tests run, 18 passed, {failed} failed, 0 warnings\n");
        check("clap-validator validate", &clap(0), true);
        check("clap-validator validate", &clap(1), false);
        check("clap-validator validate", &clap(10), false);
        check(
            "clap-validator fuzz",
            "OK: fuzzing finished successfully\n",
            true,
        );
        check("clap-validator fuzz", "FAILED\n", false);
        let result =
            |failed: u32| format!("Result: 94 tests passed, {failed} tests failed\n----\n");
        check("Steinberg", &result(0), true);
        check("Steinberg", &result(2), false);
        check("pluginval", "Completed\nSUCCESS\n", true);
        check("pluginval", "Completed\nFAILURE\n", false);
    }

    #[test]
    fn a_run_that_breaks_off_has_failed() {
        for check in CHECKS {
            assert!(!check.read("Segmentation fault\n").1, "{}", check.name);
        }
    }

    #[test]
    fn colours_are_taken_off() {
        assert_eq!(
            without_colours("\u{1b}[1m\u{1b}[31m0\u{1b}[0m failed"),
            "0 failed"
        );
        assert_eq!(without_colours("plain"), "plain");
    }

    #[test]
    fn only_require_minds_what_is_missing() {
        use Outcome::{Failed, Missing, Passed};
        assert!(verdict(&[Passed, Passed], true).is_ok());
        assert!(verdict(&[Passed, Missing], false).is_ok());
        assert!(verdict(&[Passed, Missing], true).is_err());
        assert!(verdict(&[Failed, Passed], false).is_err());
    }
}
