//! Files that jobs read beside their inputs: no result may take their place.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use super::{JobError, bus_responses, job};
use crate::error::Result;
use crate::project::open;

/// A file that jobs need beside their inputs, and what it is ("a chain").
pub type Helper = (PathBuf, &'static str);

/// What the file of a chain is called.
pub const CHAIN: &str = "a chain";
/// What the audio file of a convolution is called.
pub const RESPONSE: &str = "an impulse response";
const PROJECT: &str = "a project";

/// The files that the inserts of a project's bus need; none of a project that cannot be opened, which
/// the job says. `[thread-safe]`, blocks.
pub fn project_helpers(project: &Path, bus: &str) -> Vec<Helper> {
    let Ok(open) = open(project) else {
        return Vec::new();
    };
    let own = [open.source.clone(), open.root.join("project.json")].map(|path| (path, PROJECT));
    let responses = bus_responses(&open, bus).into_iter();
    let responses = responses.map(|path| (path, RESPONSE));
    own.into_iter().chain(responses).collect()
}

/// Refuses a result that would replace a file that the jobs need, whatever way its path takes.
/// `[thread-safe]`, blocks.
///
/// # Errors
/// [`Error::Audio`](crate::Error::Audio) with the file, and what it is.
pub fn check_results<'a>(
    results: impl IntoIterator<Item = &'a Path>,
    helpers: &[Helper],
) -> Result<()> {
    if helpers.is_empty() {
        return Ok(());
    }
    let results: HashSet<String> = results.into_iter().map(place).collect();
    match helpers
        .iter()
        .find(|(path, _)| results.contains(&place(path)))
    {
        Some((path, what)) => Err(JobError::Settings(format!(
            "{what} {}: this is an output of this command; give the output a name of its own",
            path.display()
        ))
        .into()),
        None => Ok(()),
    }
}

/// Where a file is. Names are compared without case, as some file systems do. `[thread-safe]`, blocks.
pub fn place(path: &Path) -> String {
    job::location(path).to_string_lossy().to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_result_never_replaces_what_makes_it() {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        std::fs::create_dir(at("x")).unwrap();
        std::fs::write(at("room.wav"), b"").unwrap();
        let helpers = [(at("room.wav"), RESPONSE)];
        check_results([at("out.wav").as_path(), &at("x/room.wav")], &helpers).unwrap();
        for same in ["room.wav", "x/../room.wav", "ROOM.wav"] {
            let error = check_results([at("out.wav").as_path(), &at(same)], &helpers).unwrap_err();
            let text = error.to_string();
            assert!(
                text.contains("an impulse response") && text.contains("of this command"),
                "{text}"
            );
        }
    }
}
