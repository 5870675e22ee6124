//! No file may name a folder that exists on one machine only.

use super::Finding;

const CHECKED: &[&str] = &[".md", ".toml", ".rs", ".json", ".sh", ".py", ".ts", ".yml"];
/// Folders at the root of a file system in which people and build machines work.
const MACHINE_FOLDERS: &[&str] = &["tmp", "work", "farm", "root", "home", "Users"];

pub(super) fn is_checked(file: &str) -> bool {
    CHECKED.iter().any(|ending| file.ends_with(ending))
}

pub(super) fn check(file: &str, text: &str) -> Vec<Finding> {
    let lines = (1..).zip(text.lines());
    lines
        .filter_map(|(line, text)| Some((line, machine_path(text)?)))
        .map(|(line, path)| format!("{file}:{line}: a machine's own path: {path}"))
        .collect()
}

/// The first absolute path below one of the folders, as long as it could be one.
fn machine_path(line: &str) -> Option<&str> {
    let starts = line.match_indices('/').map(|(at, _)| at);
    starts
        .filter(|at| starts_a_path(&line[..*at]))
        .find_map(|at| {
            let path = &line[at..];
            let inside = MACHINE_FOLDERS
                .iter()
                .find_map(|folder| path[1..].strip_prefix(folder)?.strip_prefix('/'))?;
            let length = path.find(|sign: char| sign.is_whitespace() || "\"'`)>,".contains(sign));
            inside
                .starts_with(|sign: char| sign.is_ascii_alphanumeric() || sign == '_')
                .then(|| &path[..length.unwrap_or(path.len())])
        })
}

/// `a/tmp/b` is relative and `host/home/b` is an address.
fn starts_a_path(before: &str) -> bool {
    !before.ends_with(|sign: char| sign.is_alphanumeric() || "._-~}*/".contains(sign))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(folder: &str) -> String {
        format!("see `/{folder}/anna/x.rs` there")
    }

    #[test]
    fn every_folder_goes_red() {
        for folder in MACHINE_FOLDERS {
            let findings = check("a.md", &path(folder));
            assert_eq!(findings.len(), 1, "{folder}");
            assert!(findings[0].starts_with("a.md:1:") && findings[0].ends_with("x.rs"));
        }
    }

    #[test]
    fn other_paths_pass() {
        for line in [
            "/etc/os-release",
            "target/tmp/x",
            "https://a.org/home/x",
            "~/work/x",
            "1/2",
        ] {
            assert!(check("a.md", line).is_empty(), "{line}");
        }
    }

    #[test]
    fn text_and_data_are_checked_but_not_audio() {
        assert!(is_checked("docs/a.md") && is_checked("presets/p/project.json"));
        assert!(!is_checked("presets/p/assets/a.flac"));
    }
}
