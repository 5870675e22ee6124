//! Blobs that a project keeps by name, on disk.

use super::{Kind, kind_of, read_all};
use crate::error::{Error, Result};
use segue_format::container::States;
use segue_format::limits;
use segue_offline::atomic;
use std::fs;
use std::io::ErrorKind;
use std::path::Path;

/// The file in a project folder that holds its states.
pub const STATES_FILE: &str = "states.bin";

/// Reads states from a file that [`write_states`] wrote, or from a packed project. `[thread-safe]`
///
/// # Errors
/// [`Error::Format`] for damage; [`Error::NotAProject`] for another file; [`Error::TooLarge`];
/// [`Error::Io`].
pub fn read_states(path: &Path) -> Result<States> {
    if kind_of(path)? != Kind::Container {
        let found = "a file of states, or a packed project, was expected".to_owned();
        return Err(Error::NotAProject {
            path: path.to_owned(),
            found,
        });
    }
    let bytes = read_all(path, "container_bytes", limits::CONTAINER_BYTES)?;
    States::from_bytes(&bytes).map_err(|error| Error::format(path, error))
}

/// Writes states into a file of their own, as one atomic step, in the place of one that is there.
/// `[thread-safe]`
///
/// # Errors
/// [`Error::Exists`] if something else is there, also a packed project, which has more in it;
/// [`Error::Io`]. Then the file is as before.
pub fn write_states(path: &Path, states: &States) -> Result<()> {
    if path.exists() && !is_states(path) {
        return Err(Error::Exists {
            path: path.to_owned(),
            what: "another file",
        });
    }
    let bytes = states
        .to_bytes()
        .map_err(|error| Error::format(path, error))?;
    Ok(atomic::write_atomic(path, &bytes)?)
}

/// Whether a file has states in it and no project.
fn is_states(path: &Path) -> bool {
    let read = || {
        let is_container = kind_of(path).is_ok_and(|kind| kind == Kind::Container);
        let bytes =
            is_container.then(|| read_all(path, "container_bytes", limits::CONTAINER_BYTES));
        bytes?.ok()
    };
    read().is_some_and(|bytes| {
        let package = segue_format::container::Package::from_bytes(&bytes);
        States::from_bytes(&bytes).is_ok() && package.is_err()
    })
}

/// The states of a project folder; none where there is no file of them.
pub(super) fn read_folder(folder: &Path) -> Result<States> {
    let path = folder.join(STATES_FILE);
    match path.exists() {
        true => read_states(&path),
        false => Ok(States::new()),
    }
}

/// Writes the states of a project into its folder; none is no file.
pub(super) fn write_folder(folder: &Path, states: &States) -> Result<()> {
    let path = folder.join(STATES_FILE);
    if !states.is_empty() {
        return write_states(&path, states);
    }
    match fs::remove_file(&path) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(Error::io(&path, "remove", error)),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{project, tree};
    use super::super::{PackOptions, open, pack, unpack};
    use super::*;
    use crate::error::ErrorKind;

    fn some() -> States {
        let mut states = States::new();
        states.set("synth", vec![1, 2, 3]).unwrap();
        states
    }

    #[test]
    fn a_folder_is_packed_and_unpacked_with_its_states() {
        let folder = tempfile::tempdir().unwrap();
        let (game, packed) = (folder.path().join("game"), folder.path().join("game.segue"));
        project(&game, &["kick"]);
        write_states(&game.join(STATES_FILE), &some()).unwrap();
        pack(&game, &packed, &PackOptions::default()).unwrap();
        assert_eq!(open(&packed).unwrap().states, some());
        let copy = folder.path().join("copy");
        let report = unpack(&packed, &copy, false).unwrap();
        assert!(report.warnings.is_empty());
        assert_eq!(tree(&copy), tree(&game));
        // A packed project is a file of states too.
        assert_eq!(read_states(&packed).unwrap(), some());
        let own = open(&game).unwrap();
        assert!(own.refuse_as_output(&game.join(STATES_FILE)).is_err());
    }

    #[test]
    fn what_is_no_file_of_states_is_neither_read_nor_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let game = folder.path().join("game");
        project(&game, &["kick"]);
        let json = game.join("project.json");
        let kind = |result: Result<()>| result.unwrap_err().kind();
        assert_eq!(kind(read_states(&json).map(drop)), ErrorKind::WrongFile);
        assert_eq!(kind(write_states(&json, &some())), ErrorKind::Exists);
        fs::write(game.join(STATES_FILE), "SEGU, but no more").unwrap();
        assert_eq!(kind(open(&game).map(drop)), ErrorKind::Damaged);
        // None at all is no file.
        fs::remove_file(game.join(STATES_FILE)).unwrap();
        write_folder(&game, &some()).unwrap();
        assert_eq!(open(&game).unwrap().states, some());
        write_folder(&game, &States::new()).unwrap();
        assert!(!game.join(STATES_FILE).exists());
    }
}
