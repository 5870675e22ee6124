//! Python environments for scripts, outside of the clone.

use std::ffi::OsStr;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};

use crate::bundle::{self, said};
use crate::ci;
use crate::shell::{Result, Shell, fail};

/// A Python with the packages of `folder`'s `requirements.txt`; made when it is missing.
pub(crate) fn python(shell: &Shell, folder: &str) -> Result<PathBuf> {
    let requirements = shell.root().join(folder).join("requirements.txt");
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
    fn other_requirements_get_another_environment() {
        let number = number_of("a==1", "Python 3.11");
        assert_ne!(number, number_of("a==2", "Python 3.11"));
        assert_ne!(number, number_of("a==1", "Python 3.12"));
    }
}
