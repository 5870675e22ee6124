//! Checks that build everything again, most with a nightly compiler: they run when they are named.

use super::Outcome;
use super::kit::Kit;
use crate::shell::Result;

const HOST: &str = "x86_64-unknown-linux-gnu";

/// Control threads against the audio thread, below ThreadSanitizer, with a standard library that it sees.
pub(super) fn threads(kit: &Kit<'_>) -> Result<Outcome> {
    if !has(kit, "rust-src") || !cfg!(target_arch = "x86_64") {
        return Ok(Outcome::NotRun(
            "`rustup component add --toolchain nightly rust-src` lets it run on x86-64",
        ));
    }
    let mut test = kit.shell.command("cargo");
    test.args([
        "+nightly",
        "test",
        "--quiet",
        "-Zbuild-std",
        "--target",
        HOST,
    ]);
    test.arg("--target-dir").arg(kit.out.with_file_name("tsan"));
    test.args(["-p", "segue-capi", "--test", "calls", "threads"]);
    // Cargo hands its own compiler on.
    for name in ["RUSTC", "RUSTDOC", "RUSTUP_TOOLCHAIN", "CARGO"] {
        test.env_remove(name);
    }
    test.env("RUSTFLAGS", "-Zsanitizer=thread");
    kit.shell.report(&mut test)?;
    Ok(Outcome::Done(
        "no data race between control, observers and audio".to_owned(),
    ))
}

/// Panics in the library as it is shipped, whose build takes long.
pub(super) fn release(kit: &Kit<'_>) -> Result<Outcome> {
    super::checks::panics_in(kit, "release")
}

/// Handles, pointers and statuses in an interpreter that sees undefined behaviour.
pub(super) fn miri(kit: &Kit<'_>) -> Result<Outcome> {
    if !has(kit, "miri") {
        return Ok(Outcome::NotRun(
            "`rustup component add --toolchain nightly miri rust-src` lets it run",
        ));
    }
    let mut test = kit.shell.command("cargo");
    test.args([
        "+nightly",
        "miri",
        "test",
        "--quiet",
        "-p",
        "segue-capi",
        "--lib",
    ]);
    test.arg("--target-dir").arg(kit.out.with_file_name("miri"));
    test.args(["--", "handle::", "memory::", "status::"]);
    for name in ["RUSTC", "RUSTDOC", "RUSTUP_TOOLCHAIN", "CARGO"] {
        test.env_remove(name);
    }
    let said = kit.shell.report(&mut test)?;
    let line = said
        .lines()
        .rev()
        .find(|line| line.starts_with("test result"));
    Ok(Outcome::Done(line.unwrap_or_default().to_owned()))
}

/// Whether the nightly toolchain has a component.
fn has(kit: &Kit<'_>, component: &str) -> bool {
    let mut list = kit.shell.command("rustup");
    list.args(["component", "list", "--toolchain", "nightly", "--installed"]);
    let installed = kit.shell.output(&mut list).unwrap_or_default();
    installed.lines().any(|line| line.starts_with(component))
}
