//! What can go wrong with an audio file, and what to do about it.

use std::io;
use std::path::{Path, PathBuf};

/// Result of this crate.
pub type Result<T> = std::result::Result<T, Error>;

/// Why a job on an audio file failed.
///
/// Every text names the file, what was found, the allowed range, and the way out. Nothing is left
/// behind on disk by a failed job, and an existing target is untouched.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The operating system refused. `source.kind()` tells whether a retry can help.
    #[error("{}: cannot {action}: {source}", path.display())]
    Io {
        /// File or folder.
        path: PathBuf,
        /// What was attempted ("open", "read", "write", ...).
        action: &'static str,
        /// The system's reason.
        source: io::Error,
    },
    /// The bytes are not an audio file. Permanent.
    #[error("{}: not an audio file: found {found}; supported: {SUPPORTED}", path.display())]
    NotAudio {
        /// The file.
        path: PathBuf,
        /// What the bytes look like.
        found: String,
    },
    /// Audio, but in a container, codec or feature that is not decoded. Permanent.
    #[error(
        "{}: {found} is not supported; supported: {SUPPORTED}; convert the file first",
        path.display()
    )]
    Unsupported {
        /// The file.
        path: PathBuf,
        /// Container, codec or feature.
        found: String,
    },
    /// The file ends too early. `DecodeOptions::allow_truncated` takes what is there.
    #[error(
        "{}: truncated: {what}: {} present; allow_truncated accepts the part that is there",
        path.display(),
        share(*found, *expected, unit)
    )]
    Truncated {
        /// The file.
        path: PathBuf,
        /// Which part is short.
        what: &'static str,
        /// How much is there.
        found: u64,
        /// How much the file promised; 0 if it does not say.
        expected: u64,
        /// "bytes" or "frames".
        unit: &'static str,
    },
    /// The file ends before what says how to read it. Permanent: no option helps.
    #[error(
        "{}: truncated: the file ends {place}, without which nothing of it can be read",
        path.display()
    )]
    CutHeaders {
        /// The file.
        path: PathBuf,
        /// "within its CAF headers".
        place: String,
    },
    /// Damaged data. `DecodeOptions::conceal` replaces a bad packet by silence.
    #[error("{}: corrupt at {unit} {position}: {what}", path.display())]
    Corrupt {
        /// The file.
        path: PathBuf,
        /// Where, in `unit`.
        position: u64,
        /// "byte" or "frame".
        unit: &'static str,
        /// What is wrong.
        what: String,
    },
    /// A size or count is out of range; checked before memory is taken.
    #[error("{}: {limit} {value} is not in {min}..={max}", path.display())]
    Limit {
        /// The file.
        path: PathBuf,
        /// Name of the limit.
        limit: &'static str,
        /// The offending value.
        value: u64,
        /// Smallest allowed value.
        min: u64,
        /// Largest allowed value.
        max: u64,
    },
    /// A sample is NaN or infinite. `DecodeOptions::sanitize` turns such samples into 0.
    #[error(
        "{}: sample of frame {frame}, channel {channel} is NaN or infinite; \
         sanitize replaces such samples by 0",
        path.display()
    )]
    NonFinite {
        /// The file.
        path: PathBuf,
        /// Frame index from 0.
        frame: u64,
        /// Channel index from 0.
        channel: usize,
    },
    /// The rate or the number of channels changes inside the file.
    #[error(
        "{}: the format changes at frame {frame} from {from} to {to}; \
         split the file there or convert it to one format",
        path.display()
    )]
    FormatChange {
        /// The file.
        path: PathBuf,
        /// First frame of the new format.
        frame: u64,
        /// "48000 Hz, 2 channels".
        from: String,
        /// "44100 Hz, 2 channels".
        to: String,
    },
    /// A caller's argument is out of range.
    #[error("{what} {value} is not in {allowed}")]
    Argument {
        /// Name of the argument.
        what: &'static str,
        /// Its value.
        value: u64,
        /// The allowed values.
        allowed: &'static str,
    },
    /// The target is there already, and the job may not replace it.
    #[error("{}: exists already; choose another name, or overwrite or suffix", path.display())]
    Exists {
        /// The target.
        path: PathBuf,
    },
    /// The target is a device, a pipe or a socket.
    #[error(
        "{}: this is a device or pipe, and a result is a file; choose another name",
        path.display()
    )]
    NotFile {
        /// The target.
        path: PathBuf,
    },
    /// What should be a journal of a batch is another file.
    #[error(
        "{}: this is no journal of a batch, and nothing is written to it; choose another name",
        path.display()
    )]
    NotAJournal {
        /// The file.
        path: PathBuf,
    },
    /// Another batch that is running has this journal.
    #[error(
        "{}: another batch is running with this journal; wait for its end, or give another journal",
        path.display()
    )]
    InUse {
        /// The journal.
        path: PathBuf,
    },
    /// The folder of the target is not there.
    #[error(
        "{}: there is no folder {}; make it, or write elsewhere",
        path.display(),
        folder.display()
    )]
    NoFolder {
        /// The target.
        path: PathBuf,
        /// The folder that it names.
        folder: PathBuf,
    },
    /// Two jobs of one batch write the same file.
    #[error("{}: two jobs write this file (names are compared without case)", path.display())]
    SameTarget {
        /// The target.
        path: PathBuf,
    },
    /// A codec that this build does not have.
    #[error("{codec} is not in this build; build with the feature `{feature}`")]
    Feature {
        /// Name of the codec.
        codec: &'static str,
        /// Name of the cargo feature.
        feature: &'static str,
    },
    /// A format cannot hold this sound.
    #[error("{}: {format} cannot hold {found}; {way_out}", path.display())]
    Unfit {
        /// The target.
        path: PathBuf,
        /// Name of the format.
        format: &'static str,
        /// What does not fit.
        found: String,
        /// What to do.
        way_out: &'static str,
    },
    /// An encoder failed.
    #[error("{}: the {codec} encoder failed: {reason}", path.display())]
    Encode {
        /// The target.
        path: PathBuf,
        /// Name of the codec.
        codec: &'static str,
        /// The library's reason.
        reason: String,
    },
    /// What was written does not read back as it should. Nothing was published.
    #[error("{}: reading back what was written failed: {reason}", path.display())]
    Verify {
        /// The target.
        path: PathBuf,
        /// What differs.
        reason: String,
    },
    /// The true peak would pass the ceiling, and the job says to fail then.
    #[error(
        "{}: the true peak would be {peak_dbtp:.2} dBTP, above the ceiling of {ceiling_dbtp:.2} \
         dBTP; lower the target, raise the ceiling, or use reduce or limit",
        path.display()
    )]
    Peak {
        /// The input.
        path: PathBuf,
        /// Where the peak would be, dBTP.
        peak_dbtp: f64,
        /// The ceiling, dBTP.
        ceiling_dbtp: f64,
    },
    /// The true peak is so far above the ceiling that no gain of at most 40 dB holds it.
    #[error(
        "{}: the true peak would be {peak_dbtp:.2} dBTP with the least gain, -40 dB, and as much limiting \
         as is allowed, above the ceiling of {ceiling_dbtp:.2} dBTP; full scale is 1.0: bring such samples \
         down first, into floats and without a ceiling",
        path.display()
    )]
    OutOfReach {
        /// The input.
        path: PathBuf,
        /// Where the peak would be, dBTP.
        peak_dbtp: f64,
        /// The ceiling, dBTP.
        ceiling_dbtp: f64,
    },
    /// Too little room on the disk, seen before anything was written.
    #[error(
        "{}: about {needed} bytes are needed and {free} are free; make room or write elsewhere",
        path.display()
    )]
    NoSpace {
        /// The target.
        path: PathBuf,
        /// Estimated size with 5 % to spare.
        needed: u64,
        /// Bytes that are free.
        free: u64,
    },
    /// Metadata cannot be read or written.
    #[error("{}: cannot {action} tags: {reason}", path.display())]
    Tags {
        /// The file.
        path: PathBuf,
        /// "read" or "write".
        action: &'static str,
        /// What is wrong.
        reason: String,
    },
    /// A job's settings contradict one another or are out of range.
    #[error("{0}")]
    Settings(String),
    /// A processor of the insert chain cannot be built.
    #[error(transparent)]
    Dsp(#[from] segue_dsp::error::DspError),
    /// The progress callback asked to stop. Nothing is left behind.
    #[error("cancelled")]
    Cancelled,
}

/// What the decoder reads, for error texts.
pub(crate) const SUPPORTED: &str = "WAV/RF64/BW64 (integer 8-32, float 32/64), AIFF, FLAC, MP3, \
     Ogg Vorbis, Ogg Opus, AAC-LC and ALAC in MP4/M4A, ADTS AAC, CAF";

/// How much is there of what was promised, if anything was.
fn share(found: u64, expected: u64, unit: &str) -> String {
    match expected {
        0 => format!("{found} {unit} are"),
        _ => format!("{found} of {expected} {unit} are"),
    }
}

impl Error {
    /// Names the file of an I/O error.
    pub(crate) fn io(path: &Path, action: &'static str, source: io::Error) -> Self {
        Self::Io {
            path: path.to_owned(),
            action,
            source,
        }
    }

    /// Damage at a byte offset.
    pub(crate) fn corrupt_byte(path: &Path, position: u64, what: impl Into<String>) -> Self {
        Self::Corrupt {
            path: path.to_owned(),
            position,
            unit: "byte",
            what: what.into(),
        }
    }

    /// Damage at a frame.
    pub(crate) fn corrupt_frame(path: &Path, position: u64, what: impl Into<String>) -> Self {
        Self::Corrupt {
            path: path.to_owned(),
            position,
            unit: "frame",
            what: what.into(),
        }
    }

    /// Something that is audio but not for us.
    pub(crate) fn unsupported(path: &Path, found: impl Into<String>) -> Self {
        Self::Unsupported {
            path: path.to_owned(),
            found: found.into(),
        }
    }
}

/// Checks `value` against a closed range, with `limit` in the error's text.
pub(crate) fn check_limit(
    path: &Path,
    limit: &'static str,
    value: u64,
    min: u64,
    max: u64,
) -> Result<()> {
    if (min..=max).contains(&value) {
        return Ok(());
    }
    Err(Error::Limit {
        path: path.to_owned(),
        limit,
        value,
        min,
        max,
    })
}
