//! Meters, converters and validators that nobody here wrote, asked by scripts in `tests/oracles`.

use std::path::Path;

use crate::metadata::Metadata;
use crate::python::python;
use crate::shell::{Result, Shell, fail, on_path};

const FOLDER: &str = "tests/oracles";
/// Scripts of [`FOLDER`] in the order in which they run; each exits with an error if a check fails.
const SCRIPTS: &[&str] = &["loudness.py", "resampling.py", "schema.py"];

/// True where the scripts can run.
pub(crate) fn is_possible() -> bool {
    on_path("python3") && on_path("ffmpeg")
}

/// Builds what the scripts ask, and runs all of them, also after a failure.
pub(crate) fn oracles(shell: &Shell) -> Result<()> {
    let target = Metadata::read(shell)?.target_directory.join("debug");
    // Of the whole workspace, as the tests before were built: nothing is built twice.
    let mut build = shell.cargo();
    build.args(["build", "--quiet", "--workspace"]);
    shell.run(build.args(["--bin", "segue", "--example", "resample"]))?;
    let python = python(shell, FOLDER)?;
    let suffix = std::env::consts::EXE_SUFFIX;
    let run = |script: &str| {
        let mut command = shell.command(&python);
        // No cache of bytecode beside the scripts.
        command.arg("-B").arg(Path::new(FOLDER).join(script));
        command.env("SEGUE_PROGRAM", target.join(format!("segue{suffix}")));
        let example = target.join("examples").join(format!("resample{suffix}"));
        command.env("SEGUE_RESAMPLE", example);
        shell.run(&mut command).is_err()
    };
    // Side by side: each of them keeps one core busy.
    let failed: Vec<&str> = std::thread::scope(|scope| {
        let run = &run;
        let running: Vec<_> = SCRIPTS
            .iter()
            .map(|script| (*script, scope.spawn(move || run(script))))
            .collect();
        let mut failed = Vec::new();
        for (script, has_failed) in running {
            if has_failed.join().unwrap_or(true) {
                failed.push(script);
            }
        }
        failed
    });
    if failed.is_empty() {
        return Ok(());
    }
    fail(format!("failed: {}", failed.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_script_is_there_and_runs() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let entries = std::fs::read_dir(root.join(FOLDER)).expect("there");
        let names = entries.map(|entry| entry.expect("readable").file_name());
        let names = names.map(|name| name.to_string_lossy().into_owned());
        let mut names: Vec<String> = names
            .filter(|name| name.ends_with(".py") && name != "support.py")
            .collect();
        names.sort();
        assert_eq!(names, SCRIPTS);
    }
}
