//! The programs that prove ours: DAWs and plug-in hosts for the plug-ins, games for `segue ingest`,
//! driven by scripts in `tests/hosts`.

use std::path::Path;

use crate::bundle::{self, Bundles};
use crate::metadata::Metadata;
use crate::python::python;
use crate::shell::{Result, Shell, fail};

const FOLDER: &str = "tests/hosts";
/// Scripts of [`FOLDER`] in the order in which they run; each exits with an error if a check fails.
const SCRIPTS: &[&str] = &[
    "game_clients.py",
    "scanning.py",
    "pedalboard_host.py",
    "dawdreamer_host.py",
    "editor_window.py",
    "ardour_host.py",
];

/// True where the scripts can run: they know Linux's windows, paths and packages.
pub(crate) fn is_possible() -> bool {
    cfg!(target_os = "linux")
}

/// Bundles what the tests have built and runs every script, also after a failure.
pub(crate) fn hosts(shell: &Shell) -> Result<()> {
    let target = Metadata::read(shell)?.target_directory;
    let request = bundle::Request {
        is_debug: true,
        for_tests: true,
        out: Some(target.join("hosts")),
    };
    let bundles = bundle::make(shell, &request)?;
    let python = python(shell, FOLDER)?;
    let failed: Vec<&str> = SCRIPTS
        .iter()
        .copied()
        .filter(|script| run(shell, &python, script, &bundles).is_err())
        .collect();
    if failed.is_empty() {
        return Ok(());
    }
    fail(format!("failed: {}", failed.join(", ")))
}

fn run(shell: &Shell, python: &Path, script: &str, bundles: &Bundles) -> Result<()> {
    let mut command = shell.command(python);
    // No cache of bytecode beside the scripts.
    command.arg("-B").arg(Path::new(FOLDER).join(script));
    command.env("SEGUE_VST3", &bundles.vst3);
    command.env("SEGUE_PROGRAM", &bundles.program);
    command.env("SEGUE_PROBE", &bundles.probe);
    command.env("SEGUE_LIBRARY", &bundles.library);
    shell.run(&mut command)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_script_is_there_and_runs() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let folder = root.join(FOLDER);
        for script in SCRIPTS {
            assert!(folder.join(script).is_file(), "{script}");
        }
        let entries = std::fs::read_dir(&folder).expect("there");
        let names = entries.map(|entry| entry.expect("readable").file_name());
        let hosts = names.filter(|name| {
            let name = name.to_string_lossy();
            name.ends_with(".py") && name != "support.py" && name != "killed_game.py"
        });
        assert_eq!(hosts.count(), SCRIPTS.len());
    }
}
