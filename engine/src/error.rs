//! The one error type of the facade.

use std::io;
use std::path::{Path, PathBuf};

use segue_ingest::trace::TraceError;

/// What this crate returns.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why something could not be done, with the file it is about.
///
/// Every text says what failed, the value, the allowed range and the way out. [`Error::kind`] tells
/// what to do next, [`Error::hint`] what a person could try.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The operating system refused.
    #[error("{}: cannot {action}: {source}", path.display())]
    Io {
        /// File or folder.
        path: PathBuf,
        /// What was attempted: "open", "read", "write", ...
        action: &'static str,
        /// The system's reason.
        source: io::Error,
    },
    /// A project, container or session log cannot be read or written.
    #[error("{}: {source}", path.display())]
    Format {
        /// The file.
        path: PathBuf,
        /// What is wrong with its bytes.
        source: Box<segue_format::Error>,
    },
    /// An audio file cannot be read or written; the text names it.
    #[error(transparent)]
    Audio(segue_offline::Error),
    /// A project was expected here.
    #[error("{}: this is not a Segue project: {found}", path.display())]
    NotAProject {
        /// What was given.
        path: PathBuf,
        /// What is there instead.
        found: String,
    },
    /// A regular file was expected here.
    #[error("{}: this is {found}, and no file that can be read to its end; name a regular file", path.display())]
    NotAFile {
        /// What was given.
        path: PathBuf,
        /// What is there instead: "a folder", "a device or pipe".
        found: &'static str,
    },
    /// A text was expected in this file.
    #[error("{}: this is no UTF-8 text: byte {byte} and what follows is none; save it as UTF-8", path.display())]
    NotText {
        /// The file.
        path: PathBuf,
        /// How many bytes before are text.
        byte: usize,
    },
    /// There is something in the place of what was to be written.
    #[error("{}: {what} is in the way; nothing was changed", path.display())]
    Exists {
        /// The place.
        path: PathBuf,
        /// What is there.
        what: &'static str,
    },
    /// Audio files of a project are not there.
    #[error("{}: {}", path.display(), missing_text(files))]
    Missing {
        /// The project.
        path: PathBuf,
        /// Their paths in the project folder; at least one.
        files: Vec<String>,
    },
    /// None of the given files can be played.
    #[error("none of the {given} files can be played{}", first_reason(reasons))]
    NothingToPlay {
        /// How many files were looked at.
        given: usize,
        /// Why not, one text a file, each naming its file.
        reasons: Vec<String>,
    },
    /// A size or count is above its limit; checked before memory was taken.
    #[error("{}: {subject} is {value}, above the limit of {max} ({limit})", path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// Name of the limit in docs/limits.md.
        limit: &'static str,
        /// What was measured.
        subject: &'static str,
        /// The value found.
        value: u64,
        /// The largest allowed value.
        max: u64,
    },
    /// An argument is out of range.
    #[error("{what} {value} is not in {allowed}")]
    Argument {
        /// Name of the argument.
        what: &'static str,
        /// The value given.
        value: String,
        /// The allowed values.
        allowed: &'static str,
    },
    /// A limit of the engine.
    #[error(transparent)]
    Limit(#[from] segue_rt::limits::LimitError),
    /// A processor cannot be built.
    #[error(transparent)]
    Dsp(#[from] segue_dsp::error::DspError),
    /// A change of the mixer was refused.
    #[error(transparent)]
    Graph(#[from] segue_rt::graph::GraphError),
    /// The mixer was not brought to the audio thread.
    #[error(transparent)]
    Commit(#[from] segue_rt::graph::CommitError),
    /// The mixer cannot be played.
    #[error(transparent)]
    Compile(#[from] segue_rt::schedule::CompileError),
    /// The mixer has more latency than a bus of it may have.
    #[error(
        "bus {bus:?} has {frames} frames of latency, over its {max} (max_latency); insert {insert:?} on bus \
         {insert_bus:?} adds {insert_frames}: shorten its look-ahead, remove it or raise max_latency"
    )]
    Latency {
        /// The bus.
        bus: String,
        /// Frames from a voice to its output.
        frames: u32,
        /// Most frames that it may have.
        max: u32,
        /// The insert with most latency on the way, as the project calls it.
        insert: String,
        /// Where that is.
        insert_bus: String,
        /// Frames that it adds.
        insert_frames: u32,
    },
    /// A tempo map is not sound.
    #[error(transparent)]
    Tempo(#[from] segue_rt::tempo::TempoError),
    /// A time line is not sound.
    #[error(transparent)]
    Timeline(#[from] segue_rt::timeline::TimelineError),
    /// A key map is not sound.
    #[error(transparent)]
    KeyMap(#[from] segue_rt::keymap::KeyMapError),
    /// A stream from the disk was refused.
    #[error(transparent)]
    Stream(#[from] segue_rt::stream::StreamError),
    /// There is no object of this name.
    #[error("there is no {what} called {name:?}{}", instead(name, known))]
    Unknown {
        /// The kind of object.
        what: &'static str,
        /// The name that was asked for.
        name: String,
        /// The names there are.
        known: Vec<String>,
    },
    /// An insert that was named has been removed.
    #[error("this insert has been removed; ask for it again by its name")]
    StaleInsert,
    /// What an id named is gone, or never was.
    #[error("{what} id {id:#x} names nothing that is there; ask for it again by its name")]
    StaleId {
        /// The kind of object.
        what: &'static str,
        /// The id.
        id: u64,
    },
    /// The audio thread has not taken enough commands yet. Nothing is lost: try again later.
    #[error("the command queue is full ({capacity} commands); try again after the next block")]
    QueueFull {
        /// Commands it holds.
        capacity: usize,
    },
    /// An engine plays one project.
    #[error("this engine has a project already; create another engine for another project")]
    AlreadyLoaded,
    /// A change of the project that needs a new engine.
    #[error("{what}; start again to hear that. What plays goes on as it is")]
    Restart {
        /// What changed.
        what: String,
    },
    /// The engine does not record.
    #[error("this engine does not record; create it with `record`")]
    NotRecording,
    /// The session log has gaps, so it was ended.
    #[error("{rows} rows of the session log were lost because nobody collected them in time")]
    LogGap {
        /// Rows that were lost.
        rows: u64,
    },
    /// An edit made something else than was asked for. Cannot happen with edits of this crate.
    #[error("the edit made nothing")]
    NothingMade,
    /// An asset is not the file that it was.
    #[error("{}: the file has changed: it has the hash {hash} now; {way_out}", path.display())]
    ChangedAsset {
        /// The file.
        path: PathBuf,
        /// Its BLAKE3.
        hash: String,
        /// What can be done.
        way_out: &'static str,
    },
    /// An asset of a recorded session does not play any more.
    #[error("{}: it played when the session was recorded, and does not now: {reason}; put the file of the recording back", path.display())]
    NotPlayable {
        /// The file.
        path: PathBuf,
        /// Why not.
        reason: String,
    },
    /// The rows of a session log do not fit its project.
    #[error("{}: the session log does not fit its project: {what}", path.display())]
    BadLog {
        /// The log.
        path: PathBuf,
        /// What is wrong.
        what: String,
    },
    /// A row of a session log is of no known kind.
    #[error("{}: row {row} of the session log has the unknown kind {tag}; a newer Segue may read it", path.display())]
    UnknownRow {
        /// The log.
        path: PathBuf,
        /// Number of the row.
        row: usize,
        /// Its kind.
        tag: u16,
    },
    /// A rule for the names of files cannot be.
    #[error("naming rule {number}: {reason}")]
    NamingRule {
        /// Its number, from 1.
        number: usize,
        /// What is wrong with it.
        reason: String,
    },
    /// A line of a scene cannot be carried out.
    #[error("{name}, line {line}: {reason}")]
    Scene {
        /// What the scene is called.
        name: String,
        /// Number of the line, from 1.
        line: usize,
        /// What is wrong, what is allowed, and the nearest word.
        reason: String,
    },
    /// A slot game, or what was asked of it, cannot be.
    #[error(transparent)]
    Slot(segue_slot::Error),
    /// An adapter of a live game; the text names line or field.
    #[error("adapter: {0}")]
    Adapter(#[from] segue_ingest::adapter::ConfigError),
    /// A connector of a live game; the text names it.
    #[error(transparent)]
    Connector(#[from] segue_ingest::connect::StartError),
    /// A trace of a live game; the text names the file.
    #[error(transparent)]
    Trace(#[from] segue_ingest::trace::TraceError),
    /// The caller asked to stop. Nothing is left behind.
    #[error("cancelled")]
    Cancelled,
}

/// What an [`Error`] asks of its reader.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// Another argument is needed.
    Usage,
    /// Another file was meant, or it must be converted.
    WrongFile,
    /// The bytes are damaged: another copy is needed.
    Damaged,
    /// A newer Segue reads it.
    NewerVersion,
    /// It must become smaller.
    TooLarge,
    /// Values in the file must be corrected.
    Invalid,
    /// Something is not there.
    NotFound,
    /// Something is in the way.
    Exists,
    /// The operating system refused; a retry may succeed.
    System,
    /// The caller stopped it.
    Cancelled,
}

impl Error {
    /// What the error asks of its reader. `[thread-safe]`
    pub fn kind(&self) -> ErrorKind {
        match self {
            Error::Io { source, .. } => io_kind(source),
            Error::Format { source, .. } => format_kind(source.kind()),
            Error::Audio(source) => audio_kind(source),
            Error::NotAProject { .. } | Error::NothingToPlay { .. } | Error::NotAFile { .. } => {
                ErrorKind::WrongFile
            }
            Error::NotText { .. } => ErrorKind::Invalid,
            Error::Exists { .. } => ErrorKind::Exists,
            Error::Connector(error) if error.is_of_the_system() => ErrorKind::System,
            Error::Connector(_) => ErrorKind::Usage,
            Error::Trace(TraceError::Io { source, .. }) => io_kind(source),
            Error::Trace(TraceError::TooLarge { .. }) => ErrorKind::TooLarge,
            Error::Trace(TraceError::NotATrace { .. } | TraceError::NotTheFirst { .. }) => {
                ErrorKind::WrongFile
            }
            Error::Missing { .. } => ErrorKind::NotFound,
            Error::TooLarge { .. } | Error::Limit(_) => ErrorKind::TooLarge,
            Error::Argument { .. } => ErrorKind::Usage,
            Error::Cancelled => ErrorKind::Cancelled,
            Error::QueueFull { .. } | Error::LogGap { .. } => ErrorKind::System,
            Error::AlreadyLoaded | Error::NotRecording | Error::NothingMade => ErrorKind::Usage,
            Error::ChangedAsset { .. } | Error::NotPlayable { .. } => ErrorKind::WrongFile,
            Error::BadLog { .. } => ErrorKind::Damaged,
            Error::UnknownRow { .. } => ErrorKind::NewerVersion,
            Error::Unknown { .. }
            | Error::Slot(_)
            | Error::Adapter(_)
            | Error::StaleInsert
            | Error::StaleId { .. }
            | Error::Scene { .. }
            | Error::NamingRule { .. }
            | Error::Restart { .. } => ErrorKind::Invalid,
            Error::Dsp(_)
            | Error::Graph(_)
            | Error::Commit(_)
            | Error::Compile(_)
            | Error::Latency { .. }
            | Error::Tempo(_)
            | Error::Timeline(_)
            | Error::KeyMap(_)
            | Error::Stream(_) => ErrorKind::Invalid,
        }
    }

    /// What a person could try, unless the text already says so. `[thread-safe]`
    pub fn hint(&self) -> Option<&'static str> {
        match self.kind() {
            ErrorKind::NotFound if matches!(self, Error::Missing { .. }) => {
                Some("put the files back, or remove their assets from project.json")
            }
            ErrorKind::NotFound => Some("check the spelling of the path"),
            ErrorKind::Exists => Some("choose another name, or move what is there"),
            ErrorKind::Damaged if matches!(self, Error::Audio(_)) => {
                Some("copy the file again from where it came, or use a backup")
            }
            _ => None,
        }
    }

    /// What an id named is gone.
    #[cold]
    #[inline(never)]
    pub(crate) fn stale(what: &'static str, id: u64) -> Error {
        Error::StaleId { what, id }
    }

    /// There is nothing of this name.
    pub(crate) fn unknown<'a>(
        what: &'static str,
        name: &str,
        known: impl Iterator<Item = &'a String>,
    ) -> Error {
        Error::Unknown {
            what,
            name: name.to_owned(),
            known: known.cloned().collect(),
        }
    }

    /// An I/O error that names the file.
    pub(crate) fn io(path: &Path, action: &'static str, source: io::Error) -> Error {
        Error::Io {
            path: path.to_owned(),
            action,
            source,
        }
    }

    /// An error of a format that names the file.
    pub(crate) fn format(path: &Path, source: segue_format::Error) -> Error {
        Error::Format {
            path: path.to_owned(),
            source: Box::new(source),
        }
    }
}

impl From<segue_slot::Error> for Error {
    fn from(error: segue_slot::Error) -> Error {
        match error {
            segue_slot::Error::Cancelled => Error::Cancelled,
            other => Error::Slot(other),
        }
    }
}

impl From<segue_offline::Error> for Error {
    fn from(error: segue_offline::Error) -> Error {
        match error {
            segue_offline::Error::Cancelled => Error::Cancelled,
            segue_offline::Error::Io {
                path,
                action,
                source,
            } => Error::Io {
                path,
                action,
                source,
            },
            other => Error::Audio(other),
        }
    }
}

fn io_kind(error: &io::Error) -> ErrorKind {
    match error.kind() {
        io::ErrorKind::NotFound => ErrorKind::NotFound,
        io::ErrorKind::AlreadyExists => ErrorKind::Exists,
        _ => ErrorKind::System,
    }
}

fn format_kind(kind: segue_format::ErrorKind) -> ErrorKind {
    match kind {
        segue_format::ErrorKind::WrongFile => ErrorKind::WrongFile,
        segue_format::ErrorKind::NewerVersion => ErrorKind::NewerVersion,
        segue_format::ErrorKind::TooLarge => ErrorKind::TooLarge,
        segue_format::ErrorKind::Damaged => ErrorKind::Damaged,
        _ => ErrorKind::Invalid,
    }
}

fn audio_kind(error: &segue_offline::Error) -> ErrorKind {
    use segue_offline::Error as Audio;
    match error {
        Audio::Truncated { .. }
        | Audio::CutHeaders { .. }
        | Audio::Corrupt { .. }
        | Audio::NonFinite { .. } => ErrorKind::Damaged,
        Audio::Limit { .. } => ErrorKind::TooLarge,
        Audio::Exists { .. } => ErrorKind::Exists,
        Audio::NoFolder { .. } => ErrorKind::NotFound,
        Audio::InUse { .. } => ErrorKind::System,
        Audio::NoSpace { .. } | Audio::Encode { .. } | Audio::Verify { .. } => ErrorKind::System,
        Audio::Settings(_)
        | Audio::SameTarget { .. }
        | Audio::Feature { .. }
        | Audio::Unfit { .. }
        | Audio::Dsp(_) => ErrorKind::Usage,
        Audio::Argument { .. } => ErrorKind::Usage,
        Audio::Cancelled => ErrorKind::Cancelled,
        Audio::Io { source, .. } => io_kind(source),
        _ => ErrorKind::WrongFile,
    }
}

/// How many names are shown before the rest is only counted.
const NAMES_SHOWN: usize = 20;

/// The name that was probably meant, else those there are.
fn instead(name: &str, known: &[String]) -> String {
    if let Some(near) = segue_format::nearest(name, known.iter().map(String::as_str)) {
        return format!("; did you mean {near:?}?");
    }
    let shown: Vec<_> = known.iter().take(NAMES_SHOWN).map(String::as_str).collect();
    match (shown.join(", "), known.len().saturating_sub(NAMES_SHOWN)) {
        (_, _) if known.is_empty() => "; there is none".to_owned(),
        (shown, 0) => format!("; there are: {shown}"),
        (shown, more) => format!("; there are: {shown} and {more} more"),
    }
}

/// How many missing files are named before the rest is only counted.
const MISSING_SHOWN: usize = 10;

fn missing_text(files: &[String]) -> String {
    let shown = files
        .iter()
        .take(MISSING_SHOWN)
        .cloned()
        .collect::<Vec<_>>()
        .join(", ");
    let more = match files.len().saturating_sub(MISSING_SHOWN) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    match files {
        [_] => format!("the audio file {shown} is missing"),
        _ => format!("{} audio files are missing: {shown}{more}", files.len()),
    }
}

fn first_reason(reasons: &[String]) -> String {
    reasons
        .first()
        .map_or_else(String::new, |reason| format!("; the first: {reason}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_name_the_file_and_the_reason() {
        let path = Path::new("game/project.json");
        let gone = Error::io(path, "open", io::ErrorKind::NotFound.into());
        assert!(
            gone.to_string()
                .starts_with("game/project.json: cannot open: ")
        );
        assert_eq!(gone.kind(), ErrorKind::NotFound);
        assert!(gone.hint().is_some());

        let bad = segue_format::Project::from_json(b"{}").unwrap_err();
        let bad = Error::format(path, bad);
        assert!(
            bad.to_string()
                .starts_with("game/project.json: this is not a Segue project")
        );
        assert_eq!(bad.kind(), ErrorKind::WrongFile);
    }

    #[test]
    fn missing_files_are_listed_and_counted() {
        let missing = |count: usize| Error::Missing {
            path: "game".into(),
            files: (0..count).map(|n| format!("assets/{n}.wav")).collect(),
        };
        assert_eq!(
            missing(1).to_string(),
            "game: the audio file assets/0.wav is missing"
        );
        let text = missing(12).to_string();
        assert!(text.contains("12 audio files") && text.ends_with("assets/9.wav and 2 more"));
    }

    #[test]
    fn cancelling_and_the_system_pass_through() {
        assert!(matches!(
            Error::from(segue_offline::Error::Cancelled),
            Error::Cancelled
        ));
        let io = segue_offline::Error::Io {
            path: "a.wav".into(),
            action: "open",
            source: io::ErrorKind::PermissionDenied.into(),
        };
        assert_eq!(Error::from(io).kind(), ErrorKind::System);
    }
}
