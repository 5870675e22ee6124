//! Where a trace is written: never over another one, unless that is wanted.

use crate::failure::Failure;
use clap::ValueEnum;
use segue_engine::ingest::TraceExists;
use std::path::Path;

/// How the name of a trace ends, so that its parts are found.
const ENDING: &str = ".trace.jsonl";

/// When the trace exists.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum Exists {
    #[default]
    Fail,
    Overwrite,
}

impl From<Exists> for TraceExists {
    fn from(exists: Exists) -> Self {
        match exists {
            Exists::Fail => Self::Fail,
            Exists::Overwrite => Self::Overwrite,
        }
    }
}

/// Whether a trace can be written there.
pub(super) fn check(path: &Path, exists: Exists) -> Result<(), Failure> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    if !name.ends_with(ENDING) || name.len() == ENDING.len() {
        let text = format!("{}: a trace ends with {ENDING}", path.display());
        let failure = Failure::usage(text);
        return Err(failure.hint(format!("for example take{ENDING}")));
    }
    if exists == Exists::Fail && path.exists() {
        let failure = Failure::new(format!("{}: is there already", path.display()));
        return Err(failure.hint("name another file, or add --exists overwrite"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_recording_is_kept_and_has_its_ending() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.trace.jsonl");
        check(&path, Exists::Fail).unwrap();
        std::fs::write(&path, "").unwrap();
        let error = check(&path, Exists::Fail).unwrap_err();
        assert!(
            error.message.contains("is there already"),
            "{}",
            error.message
        );
        check(&path, Exists::Overwrite).unwrap();
        for wrong in ["x.json", "a.trace.json", ".trace.jsonl"] {
            let error = check(Path::new(wrong), Exists::Overwrite).unwrap_err();
            assert!(error.message.contains("ends with .trace.jsonl"), "{wrong}");
        }
    }
}
