//! `cargo xtask factory`: the projects that come with Segue, made by their generator.

use crate::shell::{Result, Shell};

/// Where the factory project lies.
pub(crate) const FACTORY_PROJECT: &str = "presets/factory";

/// Where the slot game lies.
const LANTERN_PROJECT: &str = "presets/lantern";

/// Writes the projects, or compares them with what would be written.
pub(crate) fn factory(shell: &Shell, is_check: bool) -> Result<()> {
    for (name, folder) in [("factory", FACTORY_PROJECT), ("lantern", LANTERN_PROJECT)] {
        let mut generator = shell.cargo();
        generator.args(["run", "--quiet", "-p", "segue-factory", "--", name, folder]);
        if is_check {
            generator.arg("--check");
        }
        shell.run(&mut generator)?;
    }
    Ok(())
}
