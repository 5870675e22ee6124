//! `cargo xtask header`: segue.h, its reference and the numbers of statuses, made from capi/src.

use std::process::Command;

use crate::shell::{Result, Shell};

/// Makes what belongs to libsegue and is not Rust.
const GENERATOR: &str = "segue-capi-generator";

/// Writes them, or checks them and the rules of exported functions.
pub(crate) fn header(shell: &Shell, is_check: bool) -> Result<()> {
    generate(shell, &[if is_check { "check" } else { "header" }])
}

/// Runs the generator from the root of the clone.
pub(crate) fn generate(shell: &Shell, words: &[&str]) -> Result<()> {
    shell.run(generator(shell).args(words))
}

/// What the generator answers.
pub(crate) fn answer(shell: &Shell, words: &[&str]) -> Result<String> {
    shell.output(generator(shell).args(words))
}

fn generator(shell: &Shell) -> Command {
    let mut cargo = shell.cargo();
    cargo.args(["run", "--quiet", "-p", GENERATOR, "--"]);
    cargo
}
