//! Saving a project that is open, where it is or somewhere else, and finding what it misses.

use super::pack::{build_from, check_sizes};
use super::staging::{Staging, copy_new, write_new};
use super::{
    CONTAINER_EXTENSION, Kind, OpenProject, PROJECT_FILE, kind_of, open_in, read_all, save, states,
};
use crate::error::{Error, Result};
use segue_format::container::Package;
use segue_format::{Project, limits};
use segue_offline::atomic;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Folders below one another that are searched for a missing file.
const SEARCH_DEPTH: usize = 8;
/// Files and folders that are looked at in such a search.
const SEARCH_MOST: usize = 100_000;

/// Saves `project`, which was opened as `open` and may have been edited since, at `target`: as a
/// container if that ends in `.segue`, else as a folder with `project.json` and all audio files.
/// Returns the absolute path. `[thread-safe]`
///
/// A project or container at `target` is replaced. What appears is whole: a failure leaves the old
/// one. Audio files that are missing stay missing; the states of `open` come along. A container that is saved as one keeps
/// everything in it that this version does not know.
///
/// # Errors
/// [`Error::Exists`] if something else is at `target`, or if replacing it would remove audio files
/// of `open`; [`Error::Format`] for a project that is not valid; [`Error::TooLarge`]; [`Error::Io`].
pub fn save_as(open: &OpenProject, project: &Project, target: &Path) -> Result<PathBuf> {
    let target = std::path::absolute(target).map_err(|error| Error::io(target, "find", error))?;
    let now = open_in(&open.root, project.clone());
    let is_container = target
        .extension()
        .is_some_and(|it| it.eq_ignore_ascii_case(CONTAINER_EXTENSION));
    if is_container {
        pack_into(open, &now, &target)?;
    } else if !open.is_packed() && is_same(&target, &open.root) {
        save(project, &open.root)?;
        states::write_folder(&open.root, &open.states)?;
    } else {
        copy_into(open, &now, &target)?;
    }
    Ok(target)
}

/// Puts a copy of `file` where the project expects its asset `id`, so that it is found from now on.
/// `[thread-safe]`
///
/// # Errors
/// [`Error::Unknown`] for the asset; [`Error::Exists`] if a file is there already; [`Error::Io`].
pub fn relocate(open: &OpenProject, id: &str, file: &Path) -> Result<()> {
    let asset = open.assets.iter().find(|asset| asset.id == id);
    let asset = asset.ok_or_else(|| Error::Unknown {
        what: "asset",
        name: id.to_owned(),
        known: open.assets.iter().map(|asset| asset.id.clone()).collect(),
    })?;
    let place = open.root.join(&asset.file);
    if place.is_file() {
        return Err(Error::Exists {
            path: place,
            what: "a file",
        });
    }
    let folder = place.parent().unwrap_or(&open.root);
    fs::create_dir_all(folder).map_err(|error| Error::io(folder, "create", error))?;
    // Beside the place first, so that half a copy is never taken for the file.
    let staging = tempfile::Builder::new()
        .prefix(atomic::TEMPORARY_PREFIX)
        .tempdir_in(folder)
        .map_err(|error| Error::io(folder, "write into", error))?;
    let copy = staging.path().join("copy");
    copy_new(file, &copy)?;
    fs::rename(&copy, &place).map_err(|error| Error::io(&place, "create", error))
}

/// Looks in `folder` and below for the files of the project's missing assets, by the end of their
/// paths, and puts copies where the project expects them. Returns the ids of those that were found.
/// `[thread-safe]`
///
/// # Errors
/// As [`relocate`]; what was found until then stays.
pub fn relocate_all(open: &OpenProject, folder: &Path) -> Result<Vec<String>> {
    fs::read_dir(folder).map_err(|error| Error::io(folder, "open", error))?;
    let files = files_below(folder);
    let mut found = Vec::new();
    for asset in open_in(&open.root, open.project.clone()).missing {
        if let Some(file) = best_match(&files, &asset.file) {
            relocate(open, &asset.id, file)?;
            found.push(asset.id);
        }
    }
    Ok(found)
}

/// The file whose path has most of its end in common with `wanted`; at least the name.
fn best_match<'a>(files: &'a [PathBuf], wanted: &str) -> Option<&'a PathBuf> {
    let common = |file: &PathBuf| {
        let parts = file
            .components()
            .rev()
            .zip(Path::new(wanted).components().rev());
        parts.take_while(|(one, other)| one == other).count()
    };
    let best = files.iter().map(|file| (common(file), file));
    best.filter(|(count, _)| *count > 0)
        .max_by_key(|(count, _)| *count)
        .map(|(_, file)| file)
}

/// Files in a folder and below it; what cannot be read is passed over.
fn files_below(folder: &Path) -> Vec<PathBuf> {
    let (mut files, mut seen) = (Vec::new(), 0);
    let mut rest = vec![(folder.to_owned(), 0)];
    while let Some((folder, depth)) = rest.pop() {
        let entries = fs::read_dir(folder).into_iter().flatten().flatten();
        for entry in entries.take(SEARCH_MOST - seen) {
            seen += 1;
            let path = entry.path();
            match entry.file_type() {
                Ok(kind) if kind.is_dir() && depth < SEARCH_DEPTH => rest.push((path, depth + 1)),
                Ok(kind) if kind.is_file() => files.push(path),
                _ => {}
            }
        }
    }
    files.sort();
    files
}

fn pack_into(open: &OpenProject, now: &OpenProject, target: &Path) -> Result<()> {
    let exists = |what| {
        Err(Error::Exists {
            path: target.to_owned(),
            what,
        })
    };
    if target.is_dir() {
        return exists("a folder");
    }
    if target.exists() && kind_of(target)? != Kind::Container {
        return exists("another file");
    }
    now.refuse_as_output(target)?;
    check_sizes(now)?;
    let format = |error| Error::format(target, error);
    let json = now.project.to_json().map_err(format)?;
    let original = original(open);
    let mut package = match &original {
        Some(bytes) => Package::from_bytes(bytes).map_err(format)?,
        None => Package::new(json.clone()).map_err(format)?,
    };
    package.set_project_json(json).map_err(format)?;
    build_from(&mut package, now)?;
    package.set_states(&open.states);
    let bytes = package.to_bytes().map_err(format)?;
    Ok(atomic::write_atomic(target, &bytes)?)
}

/// The bytes of the container that was opened, if they can still be read.
fn original(open: &OpenProject) -> Option<Vec<u8>> {
    let is_container = open.is_packed() && open.source.is_file();
    let read = || read_all(&open.source, "container_bytes", limits::CONTAINER_BYTES).ok();
    let bytes = is_container.then(read)??;
    Package::from_bytes(&bytes).is_ok().then_some(bytes)
}

fn copy_into(open: &OpenProject, now: &OpenProject, target: &Path) -> Result<()> {
    let holds = |outer: &Path| {
        let (outer, root) = (outer.canonicalize(), now.root.canonicalize());
        outer.is_ok_and(|outer| root.is_ok_and(|root| root.starts_with(outer)))
    };
    if holds(target) {
        return Err(Error::Exists {
            path: target.to_owned(),
            what: "the folder that the project's audio files are in",
        });
    }
    let staging = Staging::beside(target, true)?;
    let json = now.project.to_json();
    let json = json.map_err(|error| Error::format(target, error))?;
    let failed = |error| Error::io(target, "write", error);
    write_new(&staging.path().join(PROJECT_FILE), &json).map_err(failed)?;
    states::write_folder(staging.path(), &open.states)?;
    let mut done = BTreeSet::new();
    for asset in now.assets.iter().filter(|asset| asset.bytes.is_some()) {
        if !done.insert(&asset.file) {
            continue;
        }
        let to = staging.path().join(&asset.file);
        if let Some(folder) = to.parent() {
            fs::create_dir_all(folder).map_err(failed)?;
        }
        copy_new(&asset.path, &to)?;
    }
    staging.publish().map(drop)
}

fn is_same(one: &Path, other: &Path) -> bool {
    match (one.canonicalize(), other.canonicalize()) {
        (Ok(one), Ok(other)) => one == other,
        _ => one == other,
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{project, tree, wav};
    use super::super::{PackOptions, open, pack};
    use super::*;

    struct Space {
        folder: tempfile::TempDir,
    }

    impl Space {
        /// `game` with two assets, and `game.segue`.
        fn new() -> Self {
            let folder = tempfile::tempdir().unwrap();
            let space = Self { folder };
            project(&space.path("game"), &["kick", "pad"]);
            let packed = space.path("game.segue");
            pack(&space.path("game"), &packed, &PackOptions::default()).unwrap();
            space
        }

        fn path(&self, name: &str) -> PathBuf {
            self.folder.path().join(name)
        }

        fn names(&self) -> Vec<String> {
            let entries = fs::read_dir(self.folder.path()).unwrap();
            let mut names: Vec<_> = entries
                .map(|entry| entry.unwrap().file_name().into_string().unwrap())
                .collect();
            names.sort();
            names
        }
    }

    fn edited(open: &OpenProject) -> Project {
        let mut project = open.project.clone();
        project.name = "Edited".to_owned();
        project
    }

    #[test]
    fn folders_and_containers_become_each_other() {
        let space = Space::new();
        let before = tree(&space.path("game"));
        for from in ["game", "game.segue"] {
            let opened = open(&space.path(from)).unwrap();
            for to in ["new/copy", "new/copy.segue"] {
                let saved = save_as(&opened, &edited(&opened), &space.path(to)).unwrap();
                assert_eq!(saved, space.path(to));
                let again = open(&saved).unwrap();
                assert_eq!(again.project, edited(&opened), "{from} to {to}");
                assert!(again.missing.is_empty());
            }
        }
        let copy = tree(&space.path("new/copy"));
        assert_eq!(copy.len(), before.len());
        assert_eq!(copy["assets/kick.wav"], before["assets/kick.wav"]);
        assert_eq!(
            tree(&space.path("game")),
            before,
            "the original is as before"
        );
        assert_eq!(space.names(), ["game", "game.segue", "new"]);
    }

    #[test]
    fn saving_in_place_touches_nothing_else() {
        let space = Space::new();
        let opened = open(&space.path("game")).unwrap();
        fs::write(space.path("game/notes.txt"), b"mine").unwrap();
        save_as(&opened, &edited(&opened), &space.path("game")).unwrap();
        assert_eq!(fs::read(space.path("game/notes.txt")).unwrap(), b"mine");
        assert_eq!(open(&space.path("game")).unwrap().project.name, "Edited");
    }

    #[test]
    fn a_container_keeps_what_is_not_known() {
        let space = Space::new();
        let path = space.path("game.segue");
        let bytes = fs::read(&path).unwrap();
        let mut package = Package::from_bytes(&bytes).unwrap();
        let mut meta = package.meta().unwrap().unwrap();
        meta.tags = vec!["night".to_owned()];
        package.set_meta(&meta).unwrap();
        fs::write(&path, package.to_bytes().unwrap()).unwrap();
        let opened = open(&path).unwrap();
        save_as(&opened, &edited(&opened), &path).unwrap();
        let bytes = fs::read(&path).unwrap();
        let package = Package::from_bytes(&bytes).unwrap();
        assert_eq!(package.meta().unwrap().unwrap().tags, ["night"]);
        assert_eq!(package.assets().count(), 2);
    }

    #[test]
    fn nothing_of_value_is_replaced() {
        let space = Space::new();
        let opened = open(&space.path("game")).unwrap();
        let project = edited(&opened);
        let refused = |to: &str| {
            let error = save_as(&opened, &project, &space.path(to)).unwrap_err();
            assert!(matches!(error, Error::Exists { .. }), "{error}");
        };
        fs::create_dir_all(space.path("other.segue")).unwrap();
        refused("other.segue");
        fs::write(space.path("letter.segue"), b"dear").unwrap();
        refused("letter.segue");
        fs::create_dir_all(space.path("box")).unwrap();
        fs::write(space.path("box/letter"), b"dear").unwrap();
        refused("box");
        // A project around the one that is open would take its audio files with it.
        fs::write(space.path("project.json"), b"{}").unwrap();
        refused("");
        assert!(open(&space.path("game")).unwrap().missing.is_empty());
    }

    #[test]
    fn missing_files_are_found_again() {
        let space = Space::new();
        for name in ["kick", "pad"] {
            let from = space.path(&format!("game/assets/{name}.wav"));
            let to = space.path(&format!("moved/deep/assets/{name}.wav"));
            fs::create_dir_all(to.parent().unwrap()).unwrap();
            fs::rename(from, to).unwrap();
        }
        wav(&space.path("moved/pad.wav"), 7);
        let opened = open(&space.path("game")).unwrap();
        assert_eq!(opened.missing.len(), 2);
        assert!(relocate(&opened, "snare", &space.path("moved/pad.wav")).is_err());
        relocate(&opened, "kick", &space.path("moved/deep/assets/kick.wav")).unwrap();
        let found = relocate_all(&opened, &space.path("moved")).unwrap();
        assert_eq!(found, ["pad"]);
        assert!(open(&space.path("game")).unwrap().missing.is_empty());
        let (from, to) = ("moved/deep/assets/pad.wav", "game/assets/pad.wav");
        let bytes = |name: &str| fs::read(space.path(name)).unwrap();
        assert_eq!(bytes(from), bytes(to), "the longer end of the path counts");
        assert_eq!(
            tree(&space.path("game")).len(),
            3,
            "nothing is left lying about"
        );
        assert!(relocate(&opened, "kick", &space.path("moved/pad.wav")).is_err());
    }
}
