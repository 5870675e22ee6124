//! `cargo xtask run`: the main job of a fresh clone.

use std::path::{Path, PathBuf};

use crate::factory::FACTORY_PROJECT;
use crate::metadata::Metadata;
use crate::setup::{self, Installing, Need};
use crate::shell::{Result, Shell};

const FACTORY_SECONDS: &str = "60";

/// Builds the release and renders the factory project, or runs `segue` with the given arguments.
pub(crate) fn run(shell: &Shell, installing: Installing, arguments: &[String]) -> Result<()> {
    setup::prepare(shell, Need::Build, installing)?;
    shell.run(shell.cargo().args(["build", "--release", "-p", "segue"]))?;
    let target = Metadata::read(shell)?.target_directory;
    let mut segue = shell.command(program(&target));
    if arguments.is_empty() {
        segue
            .args(["render", FACTORY_PROJECT, "-o"])
            .arg(shown(shell, target.join("factory.wav")));
        segue.args(["--seconds", FACTORY_SECONDS]);
    } else {
        segue.args(arguments);
    }
    shell.run(&mut segue)
}

/// The release binary of `segue` in a target folder.
pub(crate) fn program(target: &Path) -> PathBuf {
    target
        .join("release")
        .join(format!("segue{}", std::env::consts::EXE_SUFFIX))
}

/// Relative to the root where it can be: that is what the reader of the output wants to see.
fn shown(shell: &Shell, path: PathBuf) -> PathBuf {
    path.strip_prefix(shell.root())
        .map(Path::to_owned)
        .unwrap_or(path)
}
