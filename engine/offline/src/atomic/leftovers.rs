//! Temporary files: their names, whose they are, and which ones nobody needs any more.
//!
//! Several machines and containers may write into one folder, so the number of a process says
//! nothing by itself. A name holds which system was running (its boot), which space of process
//! numbers, and which process; and who writes a file holds a lock on it.

use std::fs::{self, File, TryLockError};
use std::path::Path;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use super::TEMPORARY_PREFIX;
use crate::error::{Error, Result};

/// Nobody has written to it for this long: of another container on this machine, whose locks are
/// seen here, and of another machine, whose locks may not be.
const NEAR: Duration = Duration::from_secs(60);
const FAR: Duration = Duration::from_secs(24 * 3600);

/// Removes the temporary files in `folder` whose programs are gone, and returns how many there
/// were. Files of running programs stay, those of other machines for a day after the last write at
/// least; where that cannot be told (not Linux), all stay. `[thread-safe]`, blocks.
///
/// # Errors
/// [`Error::Io`] if the folder cannot be read.
pub fn remove_leftovers(folder: &Path) -> Result<usize> {
    let entries = fs::read_dir(folder).map_err(|e| Error::io(folder, "read", e))?;
    let mut removed = 0;
    for entry in entries.flatten() {
        let name = entry.file_name();
        let rest = name.to_str().and_then(|n| n.strip_prefix(TEMPORARY_PREFIX));
        let is_gone = rest.is_some_and(|rest| is_gone(rest, &entry.path()));
        if is_gone && fs::remove_file(entry.path()).is_ok() {
            removed += 1;
        }
    }
    Ok(removed)
}

/// A name for a new temporary file.
pub(super) fn temporary_name() -> String {
    static COUNTER: AtomicU64 = AtomicU64::new(0);
    let n = COUNTER.fetch_add(1, Ordering::Relaxed);
    let (boot, space) = here();
    format!(
        "{TEMPORARY_PREFIX}{boot}-{space}-{}-{n}",
        std::process::id()
    )
}

/// Locks a file of ours for as long as it is open. File systems without locks have only the name.
pub(super) fn claim(file: &File) {
    // On Windows a lock would keep the result from being read back.
    if cfg!(unix) {
        _ = file.try_lock();
    }
}

/// The running system and the space of its process numbers.
fn here() -> &'static (String, String) {
    static HERE: OnceLock<(String, String)> = OnceLock::new();
    HERE.get_or_init(|| {
        let boot = fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default();
        let boot = boot.chars().filter(char::is_ascii_hexdigit).take(16);
        let space = fs::read_link("/proc/self/ns/pid").unwrap_or_default();
        let space = space.to_string_lossy().into_owned();
        let digits = space.chars().filter(char::is_ascii_digit);
        (boot.collect(), digits.collect())
    })
}

/// Whether nobody writes the file whose name goes on like this.
fn is_gone(rest: &str, path: &Path) -> bool {
    if !cfg!(target_os = "linux") {
        return false;
    }
    let (boot, space) = here();
    let fields: Vec<&str> = rest.split('-').collect();
    let is_known = !boot.is_empty() && !space.is_empty();
    let idle = match fields[..] {
        [of, ns, pid, _] if is_known && of == boot && ns == space => match pid.parse::<u32>() {
            Ok(pid) if !is_running(pid) => Duration::ZERO,
            _ => return false,
        },
        [of, ..] if is_known && of == boot => NEAR,
        _ => FAR,
    };
    is_idle_for(path, idle) && !is_locked(path)
}

fn is_running(pid: u32) -> bool {
    Path::new("/proc").join(pid.to_string()).exists()
}

fn is_idle_for(path: &Path, idle: Duration) -> bool {
    let modified = path.symlink_metadata().and_then(|meta| meta.modified());
    idle.is_zero() || modified.is_ok_and(|at| at.elapsed().is_ok_and(|age| age >= idle))
}

fn is_locked(path: &Path) -> bool {
    // Network shares lock only files that are open for writing.
    let file = File::options().read(true).write(true).open(path);
    file.is_ok_and(|file| matches!(file.try_lock(), Err(TryLockError::WouldBlock)))
}

#[cfg(test)]
mod tests {
    use super::super::AtomicFile;
    use super::*;
    use std::path::PathBuf;
    use std::time::SystemTime;

    /// Larger than any process number of Linux.
    const DEAD: &str = "4194305-0";

    fn aged(folder: &Path, rest: &str, age: Duration) -> PathBuf {
        let path = folder.join(format!("{TEMPORARY_PREFIX}{rest}"));
        let file = File::create(&path).unwrap();
        file.set_modified(SystemTime::now() - age).unwrap();
        path
    }

    #[test]
    fn only_files_of_the_dead_are_removed() {
        let dir = tempfile::tempdir().unwrap();
        let (boot, space) = here();
        fs::write(dir.path().join("mine.wav"), b"").unwrap();
        let own = AtomicFile::create(&dir.path().join("a")).unwrap();
        let minute = Duration::from_secs(61);
        let day = Duration::from_secs(24 * 3600 + 60);
        let stay = [
            // A process of this number runs elsewhere, though not here.
            aged(dir.path(), &format!("0123456789abcdef-7-{DEAD}"), minute),
            aged(dir.path(), &format!("{boot}-7-{DEAD}"), Duration::ZERO),
            // A name that says neither machine nor container.
            aged(dir.path(), DEAD, minute),
        ];
        let go = [
            aged(
                dir.path(),
                &format!("{boot}-{space}-{DEAD}"),
                Duration::ZERO,
            ),
            aged(dir.path(), &format!("{boot}-8-{DEAD}"), minute),
            aged(dir.path(), &format!("0123456789abcdef-8-{DEAD}"), day),
        ];
        let removed = remove_leftovers(dir.path()).unwrap();
        if cfg!(target_os = "linux") {
            assert_eq!(removed, go.len());
            assert!(go.iter().all(|path| !path.exists()));
        }
        assert!(stay.iter().all(|path| path.exists()));
        assert!(own.temporary().exists() && dir.path().join("mine.wav").exists());
    }

    /// Written by another container or machine for days, between two writes.
    #[test]
    fn a_locked_file_stays_however_old() {
        let dir = tempfile::tempdir().unwrap();
        let own = AtomicFile::create(&dir.path().join("a")).unwrap();
        let week = Duration::from_secs(7 * 24 * 3600);
        for rest in [&format!("{}-7-{DEAD}", here().0), "0-7-1-0"] {
            let path = aged(dir.path(), rest, week);
            fs::remove_file(&path).unwrap();
            fs::hard_link(own.temporary(), &path).unwrap();
            let file = File::options().write(true).open(&path).unwrap();
            file.set_modified(SystemTime::now() - week).unwrap();
            drop(file);
            assert_eq!(remove_leftovers(dir.path()).unwrap(), 0);
            assert!(path.exists());
        }
        let paths: Vec<PathBuf> = fs::read_dir(dir.path())
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .collect();
        drop(own);
        let left = paths.iter().filter(|path| path.exists()).count();
        assert_eq!(left, 2);
        let expected = if cfg!(target_os = "linux") { 2 } else { 0 };
        assert_eq!(remove_leftovers(dir.path()).unwrap(), expected);
    }
}
