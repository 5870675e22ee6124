//! Ids out of file names.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// Bytes of an id before a number is appended.
const LONGEST: usize = 80;

/// Names that old systems give to devices.
const DEVICES: &[&str] = &["con", "prn", "aux", "nul", "com", "lpt"];

/// The ids that are taken. Ids that differ only in case are the same, because on some systems their
/// files would be.
#[derive(Default)]
pub(super) struct Names {
    taken: BTreeSet<String>,
}

impl Names {
    /// `stem` as an id and file name that is not taken yet: letters, digits, `-` and `_`.
    pub(super) fn unique(&mut self, stem: &str) -> String {
        let base = sanitise(stem);
        let mut id = base.clone();
        let mut number = 1;
        while !self.taken.insert(id.to_lowercase()) {
            number += 1;
            id = format!("{base}-{number}");
        }
        id
    }
}

/// In which folder files lie, seen from the one that they have in common.
#[derive(Debug, Default)]
pub(super) struct Folders {
    common: PathBuf,
    /// Names that files of several folders have, as ids in lower case.
    shared: BTreeSet<String>,
}

impl Folders {
    pub(super) fn of(files: &[PathBuf]) -> Self {
        let mut folders = files.iter().map(|file| folder(file));
        let mut common = folders.next().unwrap_or_default();
        while !folders.clone().all(|folder| folder.starts_with(&common)) && common.pop() {}
        let mut homes = BTreeMap::<String, BTreeSet<PathBuf>>::new();
        for file in files {
            let home = homes.entry(sanitise(&stem(file)).to_lowercase());
            home.or_default().insert(folder(file));
        }
        let shared = homes.into_iter().filter(|(_, homes)| homes.len() > 1);
        let shared = shared.map(|(name, _)| name).collect();
        Self { common, shared }
    }

    /// The folder of a file as part of a name: `""` for the common one, else such as `voices_en`.
    pub(super) fn name(&self, file: &Path) -> String {
        let folder = folder(file);
        let below = folder.strip_prefix(&self.common).unwrap_or(Path::new(""));
        let parts = below.components();
        let parts = parts.map(|part| sanitise(&part.as_os_str().to_string_lossy()));
        parts.collect::<Vec<_>>().join("_")
    }

    /// What the id of a file is made of: its name, with its folder where others have the same name.
    pub(super) fn stem(&self, file: &Path) -> String {
        let stem = stem(file);
        match self.shared.contains(&sanitise(&stem).to_lowercase()) {
            true => in_folder(&self.name(file), &stem),
            false => stem,
        }
    }
}

/// The folder of a file, absolute where that can be found out.
fn folder(file: &Path) -> PathBuf {
    let file = std::path::absolute(file).unwrap_or_else(|_| file.to_owned());
    file.parent().unwrap_or(Path::new("")).to_owned()
}

/// A name with that of its folder, if it has one.
pub(super) fn in_folder(folder: &str, name: &str) -> String {
    match folder {
        "" => name.to_owned(),
        folder => format!("{folder}_{name}"),
    }
}

/// The name of a file without its extension.
pub(super) fn stem(path: &Path) -> String {
    path.file_stem()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned()
}

/// At most `max` bytes of a text, cut between two characters.
pub(super) fn cut(text: &str, max: usize) -> &str {
    let ends = text.char_indices().map(|(at, c)| at + c.len_utf8());
    let end = ends.take_while(|end| *end <= max).last().unwrap_or(0);
    text.get(..end).unwrap_or_default()
}

fn sanitise(stem: &str) -> String {
    let mut id = String::new();
    for c in stem.chars() {
        if c.is_alphanumeric() || c == '_' {
            id.push(c);
        } else if !id.ends_with('-') {
            id.push('-');
        }
    }
    let id = cut(id.trim_matches('-'), LONGEST).trim_end_matches('-');
    let letters = id.to_lowercase();
    let letters = letters.trim_end_matches(|c: char| c.is_ascii_digit());
    if id.is_empty() || DEVICES.contains(&letters) {
        return format!("sound-{id}").trim_end_matches('-').to_owned();
    }
    id.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_safe_and_readable() {
        for (stem, id) in [
            ("Kick 01 (final)", "Kick-01-final"),
            ("../../etc/passwd", "etc-passwd"),
            ("Ünïcödé_日本", "Ünïcödé_日本"),
            ("a\u{0}b\nc:d\\e", "a-b-c-d-e"),
            ("...", "sound"),
            ("", "sound"),
            ("CON", "sound-CON"),
            ("com1", "sound-com1"),
            ("console", "console"),
        ] {
            assert_eq!(sanitise(stem), id, "{stem:?}");
            let file = format!("assets/{id}.wav");
            assert_eq!(segue_format::project::check_asset_path(&file), Ok(()));
        }
        assert_eq!(sanitise(&"é".repeat(200)).len(), LONGEST);
    }

    #[test]
    fn equal_names_are_numbered() {
        let mut names = Names::default();
        assert_eq!(names.unique("hit"), "hit");
        assert_eq!(names.unique("Hit"), "Hit-2");
        assert_eq!(names.unique("hit-2"), "hit-2-2");
        assert_eq!(names.unique("hit"), "hit-3");
    }

    #[test]
    fn names_of_several_folders_tell_theirs() {
        let file = |name: &str| Path::new("mine").join(name);
        let files = [
            "hit.wav",
            "wood/step.wav",
            "stone/Step.wav",
            "a b/de/one.wav",
        ]
        .map(file);
        let folders = Folders::of(&files);
        let found = files
            .each_ref()
            .map(|file| (folders.name(file), folders.stem(file)));
        let expected = [
            ("", "hit"),
            ("wood", "wood_step"),
            ("stone", "stone_Step"),
            ("a-b_de", "one"),
        ];
        let expected = expected.map(|(folder, stem)| (folder.to_owned(), stem.to_owned()));
        assert_eq!(found, expected);
        // Nothing of the way to them.
        let deep = [file("x/y/step_1.wav"), file("x/y/step_2.wav")];
        assert_eq!(Folders::of(&deep).name(&deep[0]), "");
    }

    #[test]
    fn texts_are_cut_between_characters() {
        assert_eq!(cut("aé", 2), "a");
        assert_eq!(cut("aé", 3), "aé");
        assert_eq!(cut("é", 1), "");
    }
}
