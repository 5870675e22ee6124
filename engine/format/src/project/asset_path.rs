//! Which paths may name an asset.

use crate::limits::ASSET_PATH_BYTES;

/// Checks that `path` stays inside the project folder on every system: relative, forward slashes,
/// at most 512 bytes, no empty part, no part that begins with a dot, no backslash, colon or control
/// character, and not `project.json` itself. `[thread-safe]`
///
/// # Errors
/// A sentence that says what is wrong and what is allowed.
pub fn check_asset_path(path: &str) -> Result<(), String> {
    let Some(reason) = fault(path) else {
        return Ok(());
    };
    let shown: String = path.chars().take(80).collect();
    Err(format!(
        "the path {shown:?} {reason}; use a relative path inside the project folder with forward \
         slashes, such as \"assets/kick.wav\""
    ))
}

fn fault(path: &str) -> Option<String> {
    let forbidden = |c: char| c == '\\' || c == ':' || c.is_control();
    if path.is_empty() {
        return Some("is empty".into());
    }
    if path.len() > ASSET_PATH_BYTES {
        return Some(format!(
            "has {} bytes, above the limit of {ASSET_PATH_BYTES}",
            path.len()
        ));
    }
    if path.starts_with('/') {
        return Some("is absolute".into());
    }
    if let Some(c) = path.chars().find(|&c| forbidden(c)) {
        return Some(format!("contains the character {c:?}"));
    }
    if path
        .split('/')
        .any(|part| part.is_empty() || part.starts_with('.'))
    {
        return Some("has a part that is empty or begins with a dot".into());
    }
    path.eq_ignore_ascii_case("project.json")
        .then(|| "is the project itself".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_paths_inside_the_folder_pass() {
        for good in [
            "a.wav",
            "assets/kick 1.flac",
            "assets/ü/b..wav",
            "assets/project.json",
        ] {
            assert_eq!(check_asset_path(good), Ok(()), "{good}");
        }
        let long = "a".repeat(ASSET_PATH_BYTES + 1);
        for bad in [
            "",
            "/etc/passwd",
            "..",
            "../a.wav",
            "a/../b.wav",
            "a/..",
            "./a.wav",
            "a//b.wav",
            "a/",
            "C:/a.wav",
            "a\\b.wav",
            "a\nb.wav",
            "a\0.wav",
            ".git/hooks/post-commit",
            "Project.JSON",
            &long,
        ] {
            assert!(check_asset_path(bad).is_err(), "{bad:?}");
        }
    }
}
