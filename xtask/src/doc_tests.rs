//! The examples in comments, which cargo runs as tests.

use std::path::{Path, PathBuf};

use crate::metadata::Metadata;
use crate::shell::{Result, Shell, fail};

/// Runs them in the packages that have any: for the others everything would be built again, to run nothing.
/// Answers with how many packages those are.
pub(crate) fn run(shell: &Shell, filter: Option<&str>) -> Result<usize> {
    let metadata = Metadata::read(shell)?;
    let mut names = Vec::new();
    for (_, package) in metadata.members() {
        let is_library = |root: &&PathBuf| root.file_name().is_some_and(|name| name == "lib.rs");
        let root = package.roots.iter().find(is_library);
        if let Some(folder) = root.and_then(|root| root.parent())
            && folder_has_example(folder)?
        {
            names.push(package.name.as_str());
        }
    }
    if names.is_empty() {
        return Ok(0);
    }
    let mut test = shell.cargo();
    test.args(["test", "--doc", "--no-fail-fast"]);
    for name in &names {
        test.args(["-p", name]);
    }
    shell.run(test.args(filter))?;
    Ok(names.len())
}

fn folder_has_example(folder: &Path) -> Result<bool> {
    let said = |error| fail(format!("cannot read {}: {error}", folder.display()));
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) => return said(error),
    };
    for entry in entries.flatten() {
        let path = entry.path();
        let has = match path.extension() {
            _ if path.is_dir() => folder_has_example(&path)?,
            Some(name) if name == "rs" => match std::fs::read_to_string(&path) {
                Ok(text) => has_example(&text),
                Err(error) => return said(error),
            },
            _ => false,
        };
        if has {
            return Ok(true);
        }
    }
    Ok(false)
}

/// True for a fence in a comment that no other language follows.
fn has_example(text: &str) -> bool {
    let mut is_open = false;
    for line in text.lines() {
        let line = line.trim_start();
        let comment = line
            .strip_prefix("///")
            .or_else(|| line.strip_prefix("//!"));
        let Some(fence) = comment.and_then(|it| it.trim_start().strip_prefix("```")) else {
            continue;
        };
        if !is_open && is_rust(fence) {
            return true;
        }
        is_open = !is_open;
    }
    false
}

/// What rustdoc takes for Rust: nothing, or words of its own only.
fn is_rust(language: &str) -> bool {
    const WORDS: [&str; 5] = [
        "rust",
        "should_panic",
        "no_run",
        "compile_fail",
        "standalone_crate",
    ];
    let words = language.split([',', ' ']).filter(|word| !word.is_empty());
    let mut words = words.filter(|word| !word.starts_with("edition"));
    words.all(|word| WORDS.contains(&word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn examples_are_told_from_drawings() {
        assert!(has_example("/// ```\n/// one();\n/// ```\n"));
        assert!(has_example("//! ```no_run\n//! ```"));
        assert!(has_example(
            "//! ```text\n//! ```\n    /// ```rust,edition2024\n"
        ));
        assert!(!has_example(
            "//! ```text\n//! a -> b\n//! ```\nfn f() {}\n"
        ));
        assert!(!has_example("/// ```json\n/// {}\n/// ```\n// ```\n"));
    }
}
