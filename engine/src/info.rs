//! What a file is: an audio file, a project, a packed project or a session log.
//!
//! [`inspect`] looks at headers only, unless it is asked to check; then it decodes every audio file
//! to its end. Everything blocks.

mod audio;
mod log;
mod project;
mod value;

pub use audio::{AudioCheck, AudioInfo};
pub use log::{LogInfo, LogLength};
pub use project::{AssetInfo, ContainerInfo, ProjectInfo};
pub use segue_offline::decode::SampleLoop;

pub(crate) use audio::decode_to_end;

use crate::error::Result;
use crate::project::{Kind, kind_of};
use std::ops::ControlFlow;
use std::path::Path;

/// Bytes of a session log that is looked at.
pub(crate) const LOG_BYTES: usize = 1 << 30;

/// What a file is.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Info {
    /// An audio file.
    Audio(Box<AudioInfo>),
    /// A project, in a folder or packed.
    Project(Box<ProjectInfo>),
    /// A session log.
    Log(Box<LogInfo>),
}

/// Where [`inspect`] is while it checks: frames of the file it decodes.
#[derive(Clone, Copy, Debug)]
pub struct CheckProgress<'a> {
    /// The audio file.
    pub path: &'a Path,
    /// Frames decoded.
    pub done: u64,
    /// Frames in all; 0 if unknown.
    pub total: u64,
}

/// Called again and again while files are checked; returning `Break` ends with
/// [`crate::Error::Cancelled`].
pub type OnCheck<'a> = &'a mut dyn FnMut(CheckProgress<'_>) -> ControlFlow<()>;

/// Describes the file or folder at `path`. `[thread-safe]`, blocks.
///
/// With `check`, every audio file is decoded to its end, with `progress` on the way.
///
/// # Errors
/// As [`crate::project::open`] for projects; for other files what makes them unreadable. What is
/// wrong with single assets of a project is listed, which is no error.
pub fn inspect(path: &Path, check: bool, progress: OnCheck<'_>) -> Result<Info> {
    let info = match kind_of(path)? {
        Kind::Folder | Kind::Json | Kind::Container => {
            Info::Project(Box::new(project::describe(path, check, progress)?))
        }
        Kind::Log => Info::Log(Box::new(log::describe(path)?)),
        Kind::Empty | Kind::Other => Info::Audio(Box::new(audio::describe(path, check, progress)?)),
    };
    Ok(info)
}

impl Info {
    /// Whether something is wrong with it that keeps a part of it from playing. `[thread-safe]`
    pub fn is_flawed(&self) -> bool {
        match self {
            Info::Project(project) => project.assets.iter().any(|asset| asset.audio.is_err()),
            Info::Audio(_) | Info::Log(_) => false,
        }
    }
}

#[cfg(test)]
mod tests;
