//! `cargo xtask factory`: the factory project, made by its generator.

use crate::shell::{Result, Shell};

/// Where the project lies.
pub(crate) const FACTORY_PROJECT: &str = "presets/factory";

/// Writes the project, or compares it with what would be written.
pub(crate) fn factory(shell: &Shell, is_check: bool) -> Result<()> {
    let mut generator = shell.cargo();
    generator.args([
        "run",
        "--quiet",
        "-p",
        "segue-factory",
        "--",
        FACTORY_PROJECT,
    ]);
    if is_check {
        generator.arg("--check");
    }
    shell.run(&mut generator)
}
