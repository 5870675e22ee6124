//! Which files are meant.

use super::Skipped;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Folders inside one another.
const DEPTH: usize = 32;

/// The files among `given`, and those in the folders among them; each file once, the content of a
/// folder sorted by name. Hidden files in folders are left out.
pub(super) fn collect(given: &[PathBuf]) -> (Vec<PathBuf>, Vec<Skipped>) {
    let mut walk = Walk::default();
    for path in given {
        walk.visit(path, 0);
    }
    (walk.files, walk.skipped)
}

#[derive(Default)]
struct Walk {
    files: Vec<PathBuf>,
    skipped: Vec<Skipped>,
    /// Real paths of what was visited: links may lead in circles.
    seen: BTreeSet<PathBuf>,
}

impl Walk {
    fn visit(&mut self, path: &Path, depth: usize) {
        let visited = match fs::canonicalize(path) {
            Ok(real) => !self.seen.insert(real),
            Err(error) => return self.skip(path, error.to_string()),
        };
        if visited {
            return;
        }
        if path.is_file() {
            self.files.push(path.to_owned());
        } else if !path.is_dir() {
            self.skip(path, "it is a device or pipe".to_owned());
        } else if depth >= DEPTH {
            self.skip(
                path,
                format!("more than {DEPTH} folders inside one another"),
            );
        } else {
            self.folder(path, depth);
        }
    }

    fn folder(&mut self, folder: &Path, depth: usize) {
        let entries = match fs::read_dir(folder).and_then(Iterator::collect::<Result<Vec<_>, _>>) {
            Ok(entries) => entries,
            Err(error) => return self.skip(folder, error.to_string()),
        };
        let mut names: Vec<_> = entries.iter().map(fs::DirEntry::file_name).collect();
        names.sort();
        for name in names
            .iter()
            .filter(|name| !name.to_string_lossy().starts_with('.'))
        {
            self.visit(&folder.join(name), depth + 1);
        }
    }

    fn skip(&mut self, path: &Path, reason: String) {
        self.skipped.push(Skipped {
            path: path.to_owned(),
            reason,
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_are_walked_in_order_without_hidden_files() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        fs::create_dir_all(root.join("b/c")).unwrap();
        for file in ["b/2.wav", "b/1.wav", "b/c/3.wav", "b/.hidden.wav", "a.wav"] {
            fs::write(root.join(file), b"").unwrap();
        }
        let given = [
            root.join("b"),
            root.join("a.wav"),
            root.join("b/1.wav"),
            root.join("no.wav"),
        ];
        let (files, skipped) = collect(&given);
        let expected = ["b/1.wav", "b/2.wav", "b/c/3.wav", "a.wav"].map(|name| root.join(name));
        assert_eq!(files, expected);
        assert_eq!(skipped.len(), 1);
        assert_eq!(skipped[0].path, root.join("no.wav"));
    }

    #[cfg(unix)]
    #[test]
    fn links_in_circles_end() {
        let folder = tempfile::tempdir().unwrap();
        let inner = folder.path().join("inner");
        fs::create_dir(&inner).unwrap();
        std::os::unix::fs::symlink(folder.path(), inner.join("back")).unwrap();
        fs::write(inner.join("a.wav"), b"").unwrap();
        assert_eq!(
            collect(&[folder.path().to_owned()]).0,
            [inner.join("a.wav")]
        );
    }
}
