//! Where a result goes: checks before anything is written.

use std::collections::HashSet;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use super::Job;
use super::settings::{Exists, Settings};
use crate::atomic::AtomicFile;
use crate::error::{Error, Result};

/// Most names that are tried for `suffix`.
const MOST_SUFFIXES: u32 = 10_000;

/// The path that a job writes, after its rule for existing files.
pub(crate) fn resolve(job: &Job) -> Result<PathBuf> {
    crate::atomic::check_target(&job.output)?;
    let exists = job.output.symlink_metadata().is_ok();
    match job.settings.exists {
        _ if !exists => Ok(job.output.clone()),
        Exists::Overwrite if is_in_place(job) => Ok(location(&job.output)),
        Exists::Overwrite => Ok(job.output.clone()),
        Exists::Suffix => suffixed(&job.output),
        Exists::Fail => Err(Error::Exists {
            path: job.output.clone(),
        }),
    }
}

/// Whether the result takes the place of the input, also through a link, which then stays one.
pub(crate) fn is_in_place(job: &Job) -> bool {
    job.settings.exists == Exists::Overwrite
        && matches!(
            (job.input.canonicalize(), job.output.canonicalize()),
            (Ok(input), Ok(output)) if input == output
        )
}

/// The file that a job writes, by the name it was asked for.
pub(crate) fn written(job: &Job) -> PathBuf {
    match is_in_place(job) {
        true => location(&job.output),
        false => location_of_target(&job.output),
    }
}

/// Gives a result its name, after the job's rule for files that came in the meantime. Where it is.
pub(crate) fn publish(file: AtomicFile, job: &Job) -> Result<PathBuf> {
    match job.settings.exists {
        Exists::Overwrite => file.finish().map(|()| job.output.clone()),
        Exists::Fail => file.finish_new(&mut || None),
        Exists::Suffix => file.finish_new(&mut || suffixed(&job.output).ok()),
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

/// The same for all paths of a file, there or not: its folder without links and `..`, and its
/// name. `[thread-safe]`, asks the disk.
pub fn location(path: &Path) -> PathBuf {
    path.canonicalize()
        .unwrap_or_else(|_| location_of_target(path))
}

/// Without `..`, by the text alone: the folder is not there.
fn normal(absolute: &Path) -> PathBuf {
    let mut out = PathBuf::new();
    for part in absolute.components() {
        match part {
            std::path::Component::ParentDir => _ = out.pop(),
            other => out.push(other),
        }
    }
    out
}

/// Refuses two jobs with one target, whatever way their paths take; case is ignored, as some file
/// systems do. `[thread-safe]`
///
/// # Errors
/// [`Error::SameTarget`].
pub fn check_targets<'a>(targets: impl IntoIterator<Item = &'a Path>) -> Result<()> {
    let mut seen = HashSet::new();
    for target in targets {
        let name = location_of_target(target);
        if !seen.insert(name.to_string_lossy().to_lowercase()) {
            return Err(Error::SameTarget {
                path: target.to_owned(),
            });
        }
    }
    Ok(())
}

/// Publishing replaces a link at the target and leaves what it points to: only the folder counts.
fn location_of_target(target: &Path) -> PathBuf {
    let absolute = std::path::absolute(target).unwrap_or_else(|_| target.to_owned());
    match (absolute.parent(), absolute.file_name()) {
        (Some(folder), Some(name)) => folder
            .canonicalize()
            .map_or_else(|_| normal(&absolute), |folder| folder.join(name)),
        _ => normal(&absolute),
    }
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
    // What the system makes up (/proc) has no room to count; whether it takes files shows later.
    if stat.f_blocks == 0 {
        return None;
    }
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

    #[cfg(unix)]
    #[test]
    fn ways_to_one_file_are_one_target() {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        std::fs::create_dir(at("real")).unwrap();
        std::os::unix::fs::symlink(at("real"), at("link")).unwrap();
        for [a, b] in [
            ["real/a.wav", "link/a.wav"],
            ["real/a.wav", "real/../real/a.wav"],
            ["link/../a.wav", "a.wav"],
            ["gone/x/../a.wav", "gone/A.wav"],
        ] {
            let (a, b) = (at(a), at(b));
            let both = check_targets([a.as_path(), b.as_path()]);
            assert!(matches!(both, Err(Error::SameTarget { .. })), "{a:?} {b:?}");
        }
        let (a, b) = (at("real/a.wav"), at("link/../b.wav"));
        assert!(check_targets([a.as_path(), b.as_path()]).is_ok());
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

    /// What the system makes up is not full.
    #[cfg(target_os = "linux")]
    #[test]
    fn a_folder_that_takes_no_files_is_not_called_full() {
        let target = Path::new("/proc/segue.wav");
        assert!(check_space(target, 1000).is_ok());
        let error = AtomicFile::create(target).unwrap_err();
        assert!(
            matches!(
                error,
                Error::Io {
                    action: "create",
                    ..
                }
            ),
            "{error}"
        );
        let text = error.to_string();
        assert!(
            text.contains("no file can be made in this folder"),
            "{text}"
        );
    }
}
