//! The programs that prove ours: DAWs and plug-in hosts for the plug-ins, games for `segue ingest`,
//! driven by scripts in `tests/hosts`.

use std::ffi::OsStr;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};

use crate::bundle::{self, Bundles, said};
use crate::ci;
use crate::metadata::Metadata;
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
    let python = python(shell)?;
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

/// A Python with the packages of `requirements.txt`, outside of the clone; made when it is missing.
fn python(shell: &Shell) -> Result<PathBuf> {
    let requirements = shell.root().join(FOLDER).join("requirements.txt");
    let text = said(
        std::fs::read_to_string(&requirements),
        "read",
        &requirements,
    )?;
    let version = shell.output(shell.command("python3").arg("--version"))?;
    let Some(cache) = ci::user_cache() else {
        return fail("no folder for caches: neither XDG_CACHE_HOME nor HOME is set");
    };
    let folder = cache.join(format!("hosts-{:016x}", number_of(&text, version.trim())));
    let python = folder.join("bin").join("python");
    if python.is_file() {
        return Ok(python);
    }
    let new = cache.join(format!("hosts-new-{}", std::process::id()));
    let made = install(shell, &new, &requirements);
    if made.is_ok() && std::fs::rename(&new, &folder).is_err() && !python.is_file() {
        return fail(format!("cannot write {}", folder.display()));
    }
    bundle::remove(&new)?;
    made.map(|()| python)
}

/// A virtual environment at `folder`, which may be renamed afterwards.
fn install(shell: &Shell, folder: &Path, requirements: &Path) -> Result<()> {
    bundle::remove(folder)?;
    let venv = [OsStr::new("-m"), OsStr::new("venv"), folder.as_os_str()];
    shell.run(shell.command("python3").args(venv))?;
    let mut pip = shell.command(folder.join("bin").join("python"));
    pip.args(["-m", "pip", "install", "--quiet", "--only-binary", ":all:"]);
    pip.args(["--disable-pip-version-check", "--requirement"]);
    shell.run(pip.arg(requirements))
}

/// Other requirements and other Pythons get an environment of their own.
fn number_of(requirements: &str, version: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    (requirements, version).hash(&mut hasher);
    hasher.finish()
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
            name.ends_with(".py") && name != "support.py"
        });
        assert_eq!(hosts.count(), SCRIPTS.len());
    }

    #[test]
    fn other_requirements_get_another_environment() {
        let number = number_of("a==1", "Python 3.11");
        assert_ne!(number, number_of("a==2", "Python 3.11"));
        assert_ne!(number, number_of("a==1", "Python 3.12"));
    }
}
