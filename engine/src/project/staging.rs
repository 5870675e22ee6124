//! Folders that appear whole or not at all.

use super::PROJECT_FILE;
use crate::error::{Error, Result};
use crate::files;
use segue_offline::atomic::TEMPORARY_PREFIX;
use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// A folder that is filled beside its target and then renamed to it.
///
/// 1. [`Staging::beside`] makes a temporary folder in the target's parent folder.
/// 2. Write into [`Staging::path`].
/// 3. [`Staging::publish`] renames it. Dropping instead removes it.
pub(super) struct Staging {
    target: PathBuf,
    folder: TempDir,
    replaces: bool,
}

impl Staging {
    /// Prepares the folder `target`, whose parent folders are made if they are missing.
    ///
    /// # Errors
    /// [`Error::Exists`] if `target` is there and is not an empty folder; with `replace` only if it
    /// is not a project. [`Error::Io`].
    pub(super) fn beside(target: &Path, replace: bool) -> Result<Staging> {
        let absolute = |error| Error::io(target, "find", error);
        let target = &std::path::absolute(target).map_err(absolute)?;
        let replaces = may_replace(target, replace)?;
        let failed = |error| Error::io(target, "create", error);
        let parent = target
            .parent()
            .ok_or_else(|| failed(io::ErrorKind::InvalidInput.into()))?;
        fs::create_dir_all(parent).map_err(failed)?;
        let folder = tempfile::Builder::new()
            .prefix(TEMPORARY_PREFIX)
            .tempdir_in(parent)
            .map_err(failed)?;
        Ok(Staging {
            target: target.clone(),
            folder,
            replaces,
        })
    }

    /// The folder to write into.
    pub(super) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// The folder it will be, absolute.
    pub(super) fn target(&self) -> &Path {
        &self.target
    }

    /// Renames the folder to its target. What the target held before is removed afterwards.
    ///
    /// # Errors
    /// [`Error::Io`]; then the target is as before.
    pub(super) fn publish(self) -> Result<PathBuf> {
        let Staging {
            target,
            folder,
            replaces,
        } = self;
        let failed = |error| Error::io(&target, "create", error);
        let aside = if replaces {
            Some(move_aside(&target).map_err(failed)?)
        } else {
            None
        };
        if let Err(error) = fs::rename(folder.path(), &target) {
            if let Some(aside) = &aside {
                // The first error is the one worth reporting.
                let _ = fs::rename(aside.path().join(OLD), &target);
            }
            return Err(failed(error));
        }
        // The folder has another name now.
        let _ = folder.keep();
        Ok(target)
    }
}

/// Name of the old folder while the new one takes its place.
const OLD: &str = "old";

/// Moves what is at `target` into a temporary folder, which removes it when dropped.
fn move_aside(target: &Path) -> io::Result<TempDir> {
    let parent = target.parent().unwrap_or(target);
    let aside = tempfile::Builder::new()
        .prefix(TEMPORARY_PREFIX)
        .tempdir_in(parent)?;
    fs::rename(target, aside.path().join(OLD))?;
    Ok(aside)
}

/// Writes a new file in a staging folder and syncs it.
pub(super) fn write_new(path: &Path, bytes: &[u8]) -> io::Result<()> {
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent)?;
    }
    let mut file = OpenOptions::new().write(true).create_new(true).open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// Copies a file into a staging folder and syncs it. Returns its size in bytes.
pub(super) fn copy_new(from: &Path, to: &Path) -> Result<u64> {
    let mut source = files::open(from)?;
    let mut copy = || -> io::Result<u64> {
        let mut target = OpenOptions::new().write(true).create_new(true).open(to)?;
        let bytes = io::copy(&mut source, &mut target)?;
        target.sync_all()?;
        Ok(bytes)
    };
    copy().map_err(|error| Error::io(from, "copy", error))
}

/// Whether there is something at `target` that has to move, and may.
fn may_replace(target: &Path, replace: bool) -> Result<bool> {
    let exists = |what| {
        Err(Error::Exists {
            path: target.to_owned(),
            what,
        })
    };
    match fs::symlink_metadata(target) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(Error::io(target, "open", error)),
        Ok(metadata) if metadata.is_dir() && is_empty(target) => Ok(true),
        Ok(metadata) if !metadata.is_dir() => exists("a file"),
        Ok(_) if !target.join(PROJECT_FILE).is_file() => exists("a folder with other files"),
        Ok(_) if !replace => exists("a project"),
        Ok(_) => Ok(true),
    }
}

fn is_empty(folder: &Path) -> bool {
    fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_none())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entries(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).unwrap();
        let mut names: Vec<_> = entries
            .map(|e| e.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn appears_whole_or_not_at_all() {
        let parent = tempfile::tempdir().unwrap();
        let target = parent.path().join("made/on the way/project");
        let staging = Staging::beside(&target, false).unwrap();
        write_new(&staging.path().join("a/b.txt"), b"new").unwrap();
        assert!(!target.exists());
        staging.publish().unwrap();
        assert_eq!(fs::read(target.join("a/b.txt")).unwrap(), b"new");
        assert_eq!(entries(target.parent().unwrap()), ["project"]);

        let staging = Staging::beside(&parent.path().join("other"), false).unwrap();
        write_new(&staging.path().join("half"), b"").unwrap();
        drop(staging);
        assert_eq!(entries(parent.path()), ["made"]);
    }

    #[test]
    fn only_projects_are_replaced_and_only_on_demand() {
        let parent = tempfile::tempdir().unwrap();
        let target = parent.path().join("p");
        fs::create_dir(&target).unwrap();
        assert!(
            Staging::beside(&target, false).is_ok(),
            "an empty folder is no loss"
        );

        fs::write(target.join("letter.txt"), b"dear").unwrap();
        for replace in [false, true] {
            let error = Staging::beside(&target, replace).map(drop).unwrap_err();
            assert!(
                error.to_string().contains("a folder with other files"),
                "{error}"
            );
        }
        fs::write(target.join(PROJECT_FILE), b"{}").unwrap();
        assert!(matches!(
            Staging::beside(&target, false),
            Err(Error::Exists { .. })
        ));
        let staging = Staging::beside(&target, true).unwrap();
        write_new(&staging.path().join("new"), b"").unwrap();
        assert_eq!(entries(&target).len(), 2);
        staging.publish().unwrap();
        assert_eq!(entries(&target), ["new"]);
        assert_eq!(entries(parent.path()), ["p"]);
    }

    #[test]
    fn a_file_in_the_way_stays() {
        let parent = tempfile::tempdir().unwrap();
        let target = parent.path().join("p");
        fs::write(&target, b"mine").unwrap();
        assert!(Staging::beside(&target, true).is_err());
        assert_eq!(fs::read(&target).unwrap(), b"mine");
    }
}
