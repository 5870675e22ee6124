//! Session logs.

use super::LOG_BYTES;
use crate::error::{Error, Result};
use crate::project::read_all;
use segue_format::Project;
use segue_format::session::{LogEnd, LogHeader, LogReader};
use std::path::{Path, PathBuf};

/// What a session log is.
#[derive(Clone, Debug, PartialEq)]
pub struct LogInfo {
    /// The file.
    pub path: PathBuf,
    /// Its size.
    pub bytes: u64,
    /// The version of the format.
    pub version: String,
    /// How it was recorded.
    pub header: LogHeader,
    /// The name of the project; `None` if the project in it cannot be read.
    pub project_name: Option<String>,
    /// What reached the renderer.
    pub rows: u64,
    /// How long it is.
    pub length: LogLength,
}

/// How long a session log is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogLength {
    /// It has its end marker: this many frames were rendered.
    Complete {
        /// Frames.
        frames: u64,
    },
    /// The recording was cut short; everything up to there is whole.
    CutShort {
        /// Bytes of the whole part.
        offset: u64,
    },
}

pub(super) fn describe(path: &Path) -> Result<LogInfo> {
    let bytes = read_all(path, "session_log_bytes", LOG_BYTES)?;
    let format = |error| Error::format(path, error);
    let reader = LogReader::new(&bytes).map_err(format)?;
    let mut rows = reader.rows();
    for row in rows.by_ref() {
        row.map_err(format)?;
    }
    let (rows, length) = match rows.end() {
        Some(LogEnd::Complete { total_frames, rows }) => (
            rows,
            LogLength::Complete {
                frames: total_frames,
            },
        ),
        Some(LogEnd::Truncated { offset, rows }) => (rows, LogLength::CutShort { offset }),
        None => (0, LogLength::CutShort { offset: 0 }),
    };
    let project = Project::from_json(reader.project_json()).ok();
    Ok(LogInfo {
        path: path.to_owned(),
        bytes: bytes.len() as u64,
        version: reader.version().to_string(),
        header: reader.header().clone(),
        project_name: project.map(|(project, _)| project.name),
        rows,
        length,
    })
}
