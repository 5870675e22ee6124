//! Checks that build everything again with a nightly compiler: for sanitizers, for an interpreter.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::Outcome;
use super::kit::Kit;
use crate::shell::{Result, fail};

const HOST: &str = "x86_64-unknown-linux-gnu";
/// What libFuzzer starts from, one file an input.
const SEEDS: &str = "fuzz/seeds/capi_calls";
/// Seconds of an ordinary run.
const FUZZING_S: &str = "60";
/// An input that takes longer, in seconds, is a finding.
const SLOWEST_S: &str = "30";
/// Memory beyond which an input is a finding, in MiB.
const MOST_MIB: &str = "2048";
/// The workspace of both: in it libsegue is a Rust library with few dependencies.
const MANIFEST: &str = "fuzz/Cargo.toml";
/// Tells libFuzzer which branches an input takes, as `cargo fuzz` does.
const GUIDE: &[&str] = &[
    "--cfg=fuzzing",
    "-Cpasses=sancov-module",
    "-Cllvm-args=-sanitizer-coverage-level=4",
    "-Cllvm-args=-sanitizer-coverage-inline-8bit-counters",
    "-Cllvm-args=-sanitizer-coverage-pc-table",
    "-Cllvm-args=-sanitizer-coverage-trace-compares",
];
/// Whose branches: what documents and calls go through. Others would double the time of the build.
const GUIDED: &[&str] = &[
    "segue-fuzz",
    "segue-checked",
    "segue-engine",
    "segue-format",
    "segue-ingest",
    "segue-middleware",
    "segue-offline",
    "segue-slot",
];
/// Looks at every access.
const GUARD: &str = "-Zsanitizer=address";
/// Whose: those that may have `unsafe`; elsewhere the compiler has looked.
const GUARDED: &[&str] = &["segue-fuzz", "segue-checked", "segue-rt", "segue-dsp"];

/// Control threads against the audio thread, below ThreadSanitizer, with a standard library that it sees.
pub(super) fn threads(kit: &Kit<'_>) -> Result<Outcome> {
    if let Err(reason) = nightly(kit, Some("rust-src")) {
        return Ok(Outcome::NotRun(reason));
    }
    let mut test = cargo(kit, "tsan");
    test.args(["test", "--quiet", "--locked", "--manifest-path", MANIFEST]);
    test.args(["-Zbuild-std", "--target", HOST]);
    test.args(["-p", "segue-checked", "--test", "threads"]);
    test.env("RUSTFLAGS", "-Zsanitizer=thread");
    let said = kit.shell.report(&mut test)?;
    let mut lines = said.lines().rev();
    let line = lines.find(|line| line.starts_with("test result"));
    Ok(Outcome::Done(format!(
        "no data race between control, observers and audio; {}",
        line.unwrap_or_default()
    )))
}

/// Handles, pointers and statuses, and the line to the audio thread, in an interpreter that sees undefined behaviour.
pub(super) fn miri(kit: &Kit<'_>) -> Result<Outcome> {
    if let Err(reason) = nightly(kit, Some("miri")) {
        return Ok(Outcome::NotRun(reason));
    }
    forget_tests(&kit.out.with_file_name("miri").join("miri").join(HOST))?;
    // What a panic leaves whose payload panics, too, nobody can free.
    const LEAVES: &str = "-Zmiri-ignore-leaks";
    let mut results = Vec::new();
    for (package, flags, tests) in [
        (
            "segue-capi",
            "",
            [
                "handle::",
                "ids::",
                "job::",
                "memory::",
                "options::",
                "status::",
            ]
            .as_slice(),
        ),
        ("segue-capi", LEAVES, &["boundary::"]),
        ("segue-rt", "", &["line::", "--skip", "timeline::"]),
    ] {
        let mut test = cargo(kit, "miri");
        test.env("MIRIFLAGS", flags);
        test.args(["miri", "test", "--quiet", "-p", package, "--lib", "--"]);
        let said = kit.shell.report(test.args(tests))?;
        let mut lines = said.lines().rev();
        let line = lines.find(|line| line.starts_with("test result"));
        results.push(format!("{package}: {}", line.unwrap_or_default()));
    }
    Ok(Outcome::Done(results.join("; ")))
}

/// Tests for Miri hold the folder and the environment of their build, and cargo does not see when these are others, as
/// in another clone that has the same cache: they are made anew, which takes no time.
fn forget_tests(built: &Path) -> Result<()> {
    let folder = built.join("debug/.fingerprint");
    let entries = |folder: &Path| std::fs::read_dir(folder).into_iter().flatten().flatten();
    for unit in entries(&folder) {
        let is_test = |name: &str| name.starts_with("test-lib-segue");
        let mut files = entries(&unit.path());
        if files.any(|file| file.file_name().to_str().is_some_and(is_test))
            && let Err(error) = std::fs::remove_dir_all(unit.path())
        {
            return fail(format!("cannot remove {}: {error}", unit.path().display()));
        }
    }
    Ok(())
}

/// Documents and sequences of calls that libFuzzer makes, for a minute. What is built stays in a folder of its own.
pub(super) fn fuzzer(kit: &Kit<'_>) -> Result<Outcome> {
    if let Err(reason) = nightly(kit, None) {
        return Ok(Outcome::NotRun(reason));
    }
    let mut build = cargo(kit, "fuzzer");
    build.args(["build", "--quiet", "--locked", "--manifest-path", MANIFEST]);
    build.args(["--bin", "capi_calls", "--target", HOST]);
    build.arg("-Zprofile-rustflags").args(instruments());
    kit.shell.report(&mut build)?;
    let found = kit.out.join("found");
    if let Err(error) = std::fs::create_dir_all(&found) {
        return fail(format!("cannot create {}: {error}", found.display()));
    }
    let program = kit.out.with_file_name("fuzzer").join(HOST);
    let mut run = kit.shell.command(program.join("debug/capi_calls"));
    for (name, value) in [
        ("max_total_time", FUZZING_S),
        ("timeout", SLOWEST_S),
        ("rss_limit_mb", MOST_MIB),
    ] {
        run.arg(format!("-{name}={value}"));
    }
    // What fails is kept beside what is found.
    let out = absolute(&kit.out)?;
    run.arg(format!("-artifact_prefix={}/", out.display()));
    // The program stands in a folder of its own.
    run.arg(absolute(&found)?)
        .arg(absolute(&kit.root().join(SEEDS))?);
    let said = kit.shell.report_all(&mut run)?;
    let mut lines = said.lines().rev();
    let line = lines.find(|line| line.starts_with("Done "));
    let note = line.unwrap_or_default().trim_start_matches("Done ");
    Ok(Outcome::Done(format!("{note}, nothing found, under ASan")))
}

/// Cargo's settings for what of Segue libFuzzer and AddressSanitizer look into. What comes
/// from others stays as it is, and is built in half the time.
fn instruments() -> Vec<String> {
    let mut settings = Vec::new();
    let mut packages = [GUIDED, GUARDED].concat();
    packages.sort_unstable();
    packages.dedup();
    for package in packages {
        let guide = if GUIDED.contains(&package) {
            GUIDE
        } else {
            &[]
        };
        let guard = GUARDED.contains(&package).then_some(GUARD);
        let flags: Vec<&str> = guide.iter().copied().chain(guard).collect();
        settings.push("--config".to_owned());
        // The text of a list of texts is the same in Rust and in TOML.
        settings.push(format!("profile.dev.package.{package}.rustflags={flags:?}"));
    }
    settings
}

/// A path that a program finds which stands in another folder.
fn absolute(path: &Path) -> Result<PathBuf> {
    match std::path::absolute(path) {
        Ok(path) => Ok(path),
        Err(error) => fail(format!("{}: {error}", path.display())),
    }
}

/// The nightly cargo, with a folder of its own for what it builds, and nothing for debuggers or for the next build of
/// changed sources: both would make it many times larger.
fn cargo(kit: &Kit<'_>, folder: &str) -> Command {
    let mut cargo = kit.shell.command("rustup");
    cargo.args(["run", "nightly", "cargo"]);
    // Cargo hands its own compiler on.
    for name in ["RUSTC", "RUSTDOC", "RUSTUP_TOOLCHAIN", "CARGO"] {
        cargo.env_remove(name);
    }
    cargo.env("CARGO_TARGET_DIR", kit.out.with_file_name(folder));
    cargo.env("CARGO_INCREMENTAL", "0");
    cargo.env("CARGO_PROFILE_DEV_DEBUG", "0");
    cargo.env("CARGO_PROFILE_TEST_DEBUG", "0");
    cargo
}

/// Whether there is a nightly toolchain with a component, which is added when it can be had.
fn nightly(kit: &Kit<'_>, component: Option<&str>) -> std::result::Result<(), &'static str> {
    let rustup = |words: &[&str]| kit.shell.output(kit.shell.command("rustup").args(words));
    if !cfg!(target_arch = "x86_64") {
        return Err("it is written for x86-64");
    }
    if rustup(&["run", "nightly", "rustc", "--version"]).is_err() {
        return Err("`rustup toolchain install nightly -c miri -c rust-src` lets it run");
    }
    let list = ["component", "list", "--toolchain", "nightly", "--installed"];
    let has = |component: &str| {
        let installed = rustup(&list).unwrap_or_default();
        installed.lines().any(|line| line.starts_with(component))
    };
    let wanted = component.into_iter().chain(component.map(|_| "rust-src"));
    for component in wanted {
        let add = ["component", "add", "--toolchain", "nightly", component];
        if !has(component) && rustup(&add).is_err() {
            return Err("`rustup component add --toolchain nightly miri rust-src` lets it run");
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_has_unsafe_is_guarded_and_only_what_reads_is_guided() {
        let settings = instruments();
        let of = |package: &str| {
            let start = format!("profile.dev.package.{package}.rustflags=");
            settings.iter().find_map(|word| word.strip_prefix(&start))
        };
        assert_eq!(of("segue-dsp"), Some("[\"-Zsanitizer=address\"]"));
        assert!(of("segue-slot").is_some_and(|flags| !flags.contains(GUARD)));
        assert!(of("segue-checked").is_some_and(|flags| flags.contains(GUARD)));
        assert!(of("segue-checked").is_some_and(|flags| flags.contains("sancov")));
    }

    #[test]
    fn tests_of_another_clone_are_forgotten_and_nothing_else() {
        let built = std::env::temp_dir().join(format!("segue-miri-{}", std::process::id()));
        let units = built.join("debug/.fingerprint");
        for (unit, file) in [("a-1", "test-lib-segue_rt"), ("a-2", "lib-segue_rt")] {
            std::fs::create_dir_all(units.join(unit)).unwrap();
            std::fs::write(units.join(unit).join(file), "").unwrap();
        }
        forget_tests(&built).unwrap();
        assert!(!units.join("a-1").exists() && units.join("a-2").exists());
        // There is nothing to forget before the first build.
        forget_tests(&built.join("none")).unwrap();
        std::fs::remove_dir_all(&built).unwrap();
    }

    /// A crate that stops forbidding `unsafe` is guarded from then on.
    #[test]
    fn whoever_is_not_guarded_forbids_unsafe() {
        let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        for package in GUIDED.iter().filter(|it| !GUARDED.contains(it)) {
            let folder = package.trim_start_matches("segue-");
            let folder = if folder == "engine" { "" } else { folder };
            let file = root.join("engine").join(folder).join("src/lib.rs");
            let text = std::fs::read_to_string(&file).unwrap();
            assert!(text.contains("forbid(unsafe_code)"), "{file:?}");
        }
    }
}
