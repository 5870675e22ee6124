//! Puts a file or folder in the place of another, whole.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use crate::bundle::{remove, said};
use crate::shell::{Result, fail};

/// Puts a copy of `source` at `target`. Whoever looks finds the old one or the new one, never half
/// of either; a host that runs the old one keeps it.
pub(crate) fn put(source: &Path, target: &Path) -> Result<()> {
    let (folder, name) = parts(target)?;
    said(fs::create_dir_all(&folder), "create", &folder)?;
    sweep(&folder, &name);
    let new = beside(&folder, &name, "new");
    let copied = remove(&new).and_then(|()| copy(source, &new));
    copied
        .and_then(|()| exchange(&new, target))
        .inspect_err(|_| drop(remove(&new)))
}

/// Removes what is at `target`; false if nothing is.
pub(crate) fn take_away(target: &Path) -> Result<bool> {
    let (folder, name) = parts(target)?;
    sweep(&folder, &name);
    let old = beside(&folder, &name, "old");
    match fs::rename(target, &old) {
        Ok(()) => {
            // What a running host holds is swept away the next time.
            drop(remove(&old));
            Ok(true)
        }
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
        Err(error) => said(Err(error), "remove", target),
    }
}

/// A folder cannot be renamed over another, nor a file over one that runs on Windows: these are
/// moved aside first and back if anything fails.
fn exchange(new: &Path, target: &Path) -> Result<()> {
    if fs::rename(new, target).is_ok() {
        return Ok(());
    }
    let (folder, name) = parts(target)?;
    let old = beside(&folder, &name, "old");
    said(fs::rename(target, &old), "move", target)?;
    let renamed = said(fs::rename(new, target), "write", target);
    match &renamed {
        Ok(()) => drop(remove(&old)),
        Err(_) => said(fs::rename(&old, target), "restore", target)?,
    }
    renamed
}

fn copy(source: &Path, target: &Path) -> Result<()> {
    if !source.is_dir() {
        return said(fs::copy(source, target).map(drop), "write", target);
    }
    said(fs::create_dir(target), "create", target)?;
    for entry in said(fs::read_dir(source), "read", source)? {
        let entry = said(entry, "read", source)?;
        copy(&entry.path(), &target.join(entry.file_name()))?;
    }
    Ok(())
}

/// What is left of exchanges whose old side was in use. Failing again is no error.
fn sweep(folder: &Path, name: &str) {
    let start = format!(".{name}.old-");
    let Ok(entries) = fs::read_dir(folder) else {
        return;
    };
    for entry in entries.flatten() {
        if entry.file_name().to_string_lossy().starts_with(&start) {
            drop(remove(&entry.path()));
        }
    }
}

fn parts(target: &Path) -> Result<(PathBuf, String)> {
    match (target.parent(), target.file_name()) {
        (Some(folder), Some(name)) => Ok((folder.to_owned(), name.to_string_lossy().into_owned())),
        _ => fail(format!("{} is no place for a file", target.display())),
    }
}

/// A hidden name that ends like no plug-in, so that hosts pass it by.
fn beside(folder: &Path, name: &str, what: &str) -> PathBuf {
    folder.join(format!(".{name}.{what}-{}", std::process::id()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A folder of its own, removed again.
    struct Folder(PathBuf);

    impl Folder {
        fn new(test: &str) -> Self {
            let path = std::env::temp_dir().join(format!("segue-{test}-{}", std::process::id()));
            fs::create_dir_all(&path).expect("writable");
            Self(path)
        }

        fn write(&self, name: &str, text: &str) -> PathBuf {
            let path = self.0.join(name);
            fs::create_dir_all(path.parent().expect("inside")).expect("writable");
            fs::write(&path, text).expect("writable");
            path
        }

        fn read(&self, name: &str) -> String {
            fs::read_to_string(self.0.join(name)).expect("there")
        }

        fn names(&self, folder: &str) -> Vec<String> {
            let entries = fs::read_dir(self.0.join(folder)).expect("there");
            let names = entries.map(|entry| entry.expect("readable").file_name());
            let mut names: Vec<String> = names
                .map(|name| name.to_string_lossy().into_owned())
                .collect();
            names.sort();
            names
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            drop(remove(&self.0));
        }
    }

    #[test]
    fn files_and_folders_take_the_place_of_old_ones() {
        let folder = Folder::new("put");
        folder.write("made/a.vst3/Contents/lib.so", "new");
        folder.write("made/tool", "new");
        folder.write("there/a.vst3/Contents/old.so", "old");
        folder.write("there/tool", "old");
        for name in ["a.vst3", "tool"] {
            let (made, there) = (folder.0.join("made"), folder.0.join("there"));
            put(&made.join(name), &there.join(name)).expect("writable");
        }
        assert_eq!(folder.names("there"), ["a.vst3", "tool"]);
        assert_eq!(folder.names("there/a.vst3/Contents"), ["lib.so"]);
        assert_eq!(folder.read("there/tool"), "new");
    }

    #[cfg(unix)]
    #[test]
    fn a_file_in_use_is_kept_by_who_uses_it() {
        use std::io::Read as _;
        let folder = Folder::new("use");
        let made = folder.write("made", "new");
        let there = folder.write("there", "old");
        let mut open = fs::File::open(&there).expect("there");
        put(&made, &there).expect("writable");
        let mut text = String::new();
        open.read_to_string(&mut text).expect("readable");
        assert_eq!(
            (text.as_str(), folder.read("there").as_str()),
            ("old", "new")
        );
    }

    #[test]
    fn what_cannot_be_copied_leaves_the_old_one() {
        let folder = Folder::new("keep");
        let there = folder.write("there/tool", "old");
        assert!(put(&folder.0.join("no such file"), &there).is_err());
        assert_eq!(folder.names("there"), ["tool"]);
        assert_eq!(folder.read("there/tool"), "old");
    }

    #[test]
    fn taking_away_also_sweeps() {
        let folder = Folder::new("away");
        let there = folder.write("there/a.vst3/lib.so", "x");
        let target = there.parent().expect("inside");
        folder.write("there/.a.vst3.old-1/lib.so", "x");
        folder.write("there/b.vst3/lib.so", "x");
        assert!(take_away(target).expect("writable"));
        assert!(!take_away(target).expect("writable"));
        assert_eq!(folder.names("there"), ["b.vst3"]);
    }
}
