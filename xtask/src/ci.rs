//! Where continuous integration keeps its build results between two clones.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use crate::shell::{Result, Shell, fail};

/// Beyond this the results of forgotten clones outweigh what the next run can use.
const LARGEST_CACHE_BYTES: u64 = 20 << 30;

/// Under `CI=true`, later builds go to a folder outside the clone, without incremental data.
/// A `CARGO_TARGET_DIR` that is already set wins.
pub(crate) fn use_cache(shell: &mut Shell) -> Result<()> {
    if std::env::var_os("CI").is_none_or(|value| value != "true") {
        return Ok(());
    }
    shell.set("CARGO_INCREMENTAL", "0");
    if std::env::var_os("CARGO_TARGET_DIR").is_some() {
        return Ok(());
    }
    let Some(folder) = user_cache().map(|cache| cache.join("ci-target")) else {
        return Ok(());
    };
    if size_of(&folder) > LARGEST_CACHE_BYTES {
        eprintln!(
            "The build cache has grown over {} GiB: starting afresh",
            LARGEST_CACHE_BYTES >> 30
        );
        if let Err(error) = std::fs::remove_dir_all(&folder) {
            return fail(format!(
                "cannot empty the build cache {}: {error}",
                folder.display()
            ));
        }
    }
    shell.set("CARGO_TARGET_DIR", folder);
    Ok(())
}

/// Segue's folder among the user's caches.
pub(crate) fn user_cache() -> Option<PathBuf> {
    cache_folder(std::env::var_os("XDG_CACHE_HOME"), std::env::var_os("HOME"))
}

fn cache_folder(cache: Option<OsString>, home: Option<OsString>) -> Option<PathBuf> {
    let absolute = |path: OsString| Some(PathBuf::from(path)).filter(|path| path.is_absolute());
    let base = cache
        .and_then(absolute)
        .or_else(|| home.and_then(absolute).map(|home| home.join(".cache")))?;
    Some(base.join("segue"))
}

/// Bytes of all files below a folder; what cannot be read counts as nothing.
fn size_of(folder: &Path) -> u64 {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return 0;
    };
    let size = |entry: std::fs::DirEntry| match entry.metadata() {
        Ok(metadata) if metadata.is_dir() => size_of(&entry.path()),
        Ok(metadata) => metadata.len(),
        Err(_) => 0,
    };
    entries.flatten().map(size).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cache_follows_the_users_folders() {
        let root = std::env::temp_dir();
        let path = |name: &str| Some(root.join(name).into_os_string());
        let tail = Path::new("segue");
        assert_eq!(
            cache_folder(path("c"), path("h")),
            Some(root.join("c").join(tail))
        );
        assert_eq!(
            cache_folder(None, path("h")),
            Some(root.join("h").join(".cache").join(tail))
        );
        assert_eq!(cache_folder(Some("relative".into()), None), None);
    }

    #[test]
    fn sizes_add_up() {
        let manifest = Path::new(env!("CARGO_MANIFEST_DIR"));
        assert!(size_of(manifest) > size_of(&manifest.join("src")));
        assert_eq!(size_of(&manifest.join("no-such-folder")), 0);
    }
}
