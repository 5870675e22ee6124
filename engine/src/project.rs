//! Projects on disk: folders with `project.json` and `assets/`, and packed into one file.
//!
//! | job | function |
//! |---|---|
//! | open a folder, its `project.json` or a container | [`open`] |
//! | the same out of memory | [`open_package`], [`open_in`] |
//! | write `project.json` | [`save`] |
//! | save what is open, also somewhere else | [`save_as`] |
//! | find audio files that are missing | [`relocate`], [`relocate_all`] |
//! | a folder into a container, and back | [`pack`], [`unpack`] |
//! | blobs that a project keeps by name | [`read_states`], [`write_states`] |
//! | a playable project out of audio files | [`new_from_files`] |
//! | its tempo and time signatures | [`tempo_map`] |
//! | hear that one was saved by somebody else | [`Watch`] |
//!
//! Everything blocks: call it from the control thread or a worker, never from the audio thread.
//! What is written appears whole or not at all, and a failure leaves what was there before.

mod create;
mod open;
mod pack;
mod read;
mod save_as;
mod staging;
mod states;
mod watch;

pub use create::{
    GroupKind, Naming, NamingRule, NewGroup, NewOptions, NewProgress, NewReport, NewSound, Role,
    Skipped, new_from_files,
};
pub use open::{AssetFile, MissingAsset, OpenProject, open, open_in, open_package};
pub use pack::{PackOptions, PackReport, UnpackReport, pack, unpack};
pub use save_as::{relocate, relocate_all, save_as};
pub use segue_format::container::States;
pub use segue_format::project::MASTER;
pub use segue_format::{Project, Warning};
pub use states::{STATES_FILE, read_states, write_states};
pub use watch::{Watch, WatchedFiles};

pub(crate) use read::{Kind, kind_of, read_all};

use crate::error::{Error, Result};
use segue_offline::atomic;
use std::path::{Path, PathBuf};

/// The file that makes a folder a project.
pub const PROJECT_FILE: &str = "project.json";

/// The extension of a container, without the dot.
pub const CONTAINER_EXTENSION: &str = "segue";

/// Writes `project.json` in `folder` as one atomic step and returns its path. `[thread-safe]`
///
/// A crash at any instant leaves the old file or the new one.
///
/// # Errors
/// [`Error::Format`] if the project is not valid, before the disk is touched; [`Error::Io`]. Then
/// the old file is as before.
pub fn save(project: &Project, folder: &Path) -> Result<PathBuf> {
    let path = folder.join(PROJECT_FILE);
    let json = project
        .to_json()
        .map_err(|error| Error::format(&path, error))?;
    atomic::write_atomic(&path, &json)?;
    Ok(path)
}

/// Tempo and time signatures of a project for an engine at `sample_rate` frames a second.
/// `[thread-safe]`
///
/// # Errors
/// [`Error::Tempo`] for a value out of range.
pub fn tempo_map(project: &Project, sample_rate: u32) -> Result<segue_rt::tempo::TempoMap> {
    crate::load::tempo(project, sample_rate)
}

#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;
