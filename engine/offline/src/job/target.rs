//! Where a result goes: checks before anything is written.

use std::collections::HashSet;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use super::Job;
use super::settings::{Exists, Settings};
use crate::error::{Error, Result};

/// Most names that are tried for `suffix`.
const MOST_SUFFIXES: u32 = 10_000;

/// The path that a job writes, after its rule for existing files.
pub(crate) fn resolve(job: &Job) -> Result<PathBuf> {
    crate::atomic::check_folder(&job.output)?;
    let exists = job.output.symlink_metadata().is_ok();
    match job.settings.exists {
        _ if !exists => Ok(job.output.clone()),
        Exists::Overwrite => Ok(job.output.clone()),
        Exists::Suffix => suffixed(&job.output),
        Exists::Fail => Err(Error::Exists {
            path: job.output.clone(),
        }),
    }
}

/// The first of `name-2.wav`, `name-3.wav`, ... that is free.
///
/// # Errors
/// [`Error::Exists`] after 10,000 names.
pub fn suffixed(path: &Path) -> Result<PathBuf> {
    let stem = path.file_stem().unwrap_or_default().to_owned();
    for n in 2..MOST_SUFFIXES {
        let mut name = stem.clone();
        name.push(format!("-{n}"));
        if let Some(extension) = path.extension() {
            name.push(".");
            name.push(extension);
        }
        let candidate = path.with_file_name(name);
        if candidate.symlink_metadata().is_err() {
            return Ok(candidate);
        }
    }
    Err(Error::Exists {
        path: path.to_owned(),
    })
}

/// A hash of the input's bytes and the settings, 32 hexadecimal digits: the same content and the
/// same settings have the same key, wherever the files are. `[thread-safe]`, blocks.
///
/// # Errors
/// [`Error::Io`], [`Error::Cancelled`].
pub fn content_key(
    input: &Path,
    settings: &Settings,
    go_on: &mut dyn FnMut() -> ControlFlow<()>,
) -> Result<String> {
    let mut monitor = |_: &super::JobProgress| go_on();
    let mut ticker = super::run::Ticker::new(&mut monitor, super::RunOptions::default());
    let input = super::run::hash_file(input, &mut ticker)?;
    let key = blake3::hash(format!("{input} {}", settings.hash()).as_bytes());
    Ok(key.to_hex()[..32].to_owned())
}

/// Refuses two jobs with one target; case is ignored, as some file systems do. `[thread-safe]`
///
/// # Errors
/// [`Error::SameTarget`].
pub fn check_targets<'a>(targets: impl IntoIterator<Item = &'a Path>) -> Result<()> {
    let mut seen = HashSet::new();
    for target in targets {
        let absolute = std::path::absolute(target).unwrap_or_else(|_| target.to_owned());
        if !seen.insert(absolute.to_string_lossy().to_lowercase()) {
            return Err(Error::SameTarget {
                path: target.to_owned(),
            });
        }
    }
    Ok(())
}

/// Refuses a result that is larger than the room on its disk, with 5 % to spare.
pub(crate) fn check_space(target: &Path, bytes: u64) -> Result<()> {
    let needed = bytes.saturating_add(bytes / 20);
    match free_bytes(target) {
        Some(free) if free < needed => Err(Error::NoSpace {
            path: target.to_owned(),
            needed,
            free,
        }),
        _ => Ok(()),
    }
}

#[cfg(unix)]
fn free_bytes(target: &Path) -> Option<u64> {
    let folder = match target.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    let stat = rustix::fs::statvfs(folder).ok()?;
    Some(stat.f_bavail.saturating_mul(stat.f_frsize))
}

#[cfg(not(unix))]
fn free_bytes(_target: &Path) -> Option<u64> {
    // Without a call for it here, a full disk shows when it is written to.
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_differ_in_case_are_one_target() {
        let paths =
            |names: &[&'static str]| names.iter().map(|n| Path::new(*n)).collect::<Vec<_>>();
        assert!(check_targets(paths(&["a.wav", "b.wav", "x/a.wav"])).is_ok());
        for bad in [
            ["a.wav", "A.WAV"],
            ["x/ä.wav", "x/Ä.wav"],
            ["./a.wav", "a.wav"],
        ] {
            assert!(
                matches!(check_targets(paths(&bad)), Err(Error::SameTarget { .. })),
                "{bad:?}"
            );
        }
    }

    #[test]
    fn suffixes_count_up() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.b.wav");
        assert_eq!(suffixed(&path).unwrap(), dir.path().join("a.b-2.wav"));
        std::fs::write(dir.path().join("a.b-2.wav"), b"").unwrap();
        assert_eq!(suffixed(&path).unwrap(), dir.path().join("a.b-3.wav"));
    }

    #[cfg(unix)]
    #[test]
    fn too_little_room_is_seen_before_writing() {
        let dir = tempfile::tempdir().unwrap();
        let target = dir.path().join("a.wav");
        assert!(check_space(&target, 1000).is_ok());
        let error = check_space(&target, 1 << 60).unwrap_err();
        assert!(matches!(error, Error::NoSpace { needed, .. } if needed > 1 << 60));
    }
}
