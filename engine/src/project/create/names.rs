//! Ids out of file names.

use std::collections::BTreeSet;
use std::path::Path;

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
    fn texts_are_cut_between_characters() {
        assert_eq!(cut("aé", 2), "a");
        assert_eq!(cut("aé", 3), "aé");
        assert_eq!(cut("é", 1), "");
    }
}
