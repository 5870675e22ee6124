//! What is known about a file.

use super::Container;
use crate::channels::Layout;

/// Format and length of an audio file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileInfo {
    /// Container, by content.
    pub container: Container,
    /// Codec for people, "PCM 24-bit" or "MP3".
    pub codec: String,
    /// Frames per second.
    pub sample_rate: u32,
    /// Channels and their speakers.
    pub layout: Layout,
    /// Exact length without encoder delay and padding; `None` if only decoding tells.
    pub frames: Option<u64>,
    /// Bits per sample of the source; 16 for lossy codecs, which have none.
    pub bits: u16,
    /// Every sample is a whole number of 1/32768: storing i16 loses nothing.
    pub exact_i16: bool,
    /// Loops of the `smpl` chunk (WAV).
    pub loops: Vec<SampleLoop>,
}

impl FileInfo {
    /// Whether the source stores floating-point numbers.
    pub fn is_float(&self) -> bool {
        self.codec.ends_with("float")
    }

    /// Length in seconds, if known.
    pub fn seconds(&self) -> Option<f64> {
        // Lengths are below 2^53 frames: the conversion is exact.
        self.frames
            .map(|n| n as f64 / f64::from(self.sample_rate.max(1)))
    }
}

/// A loop inside a sound.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct SampleLoop {
    /// First frame.
    pub start: u64,
    /// Frame behind the last one.
    pub end: u64,
    /// How often it plays; 0 is for ever.
    pub count: u32,
}

/// Something that was repaired or ignored; the audio is usable.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Warning {
    /// The `data` chunk has no usable size; it was read to the end of the file.
    #[error("the data chunk says {declared} bytes; {used} bytes up to the end were read")]
    WrongDataSize {
        /// Size in the header.
        declared: u64,
        /// Size that was read.
        used: u64,
    },
    /// The data ends within a frame; the rest was dropped.
    #[error("the last {bytes} bytes are not a whole frame and were dropped")]
    PartialFrame {
        /// Bytes dropped.
        bytes: u64,
    },
    /// The file was cut and `allow_truncated` is set.
    #[error("truncated: {found} of {expected} frames are present")]
    Truncated {
        /// Frames present.
        found: u64,
        /// Frames promised.
        expected: u64,
    },
    /// The end of the stream is missing and `allow_truncated` is set; how much is missing is unknown.
    #[error("truncated: the end of the stream is missing; {found} frames are present")]
    EndMissing {
        /// Frames present.
        found: u64,
    },
    /// More audio than the headers promise; all of it was read.
    #[error("{found} frames were read, the header promised {expected}")]
    Longer {
        /// Frames read.
        found: u64,
        /// Frames promised.
        expected: u64,
    },
    /// NaN or infinite samples became 0.
    #[error("{samples} samples were NaN or infinite and were set to 0")]
    Sanitized {
        /// How many.
        samples: u64,
    },
    /// Corrupt packets became silence.
    #[error("{frames} frames were corrupt and became silence")]
    Concealed {
        /// How many.
        frames: u64,
    },
    /// The check sum of the decoded audio is wrong and `conceal` is set.
    #[error("the decoded audio does not match the file's MD5")]
    ChecksumMismatch,
    /// A loop outside of the sound was ignored.
    #[error("loop {start}..{end} is outside of the sound and was ignored")]
    LoopDropped {
        /// First frame.
        start: u64,
        /// Frame behind the last one.
        end: u64,
    },
    /// The tags cannot be read; the result of a job has none.
    #[error("its tags cannot be read and are left out: {reason}")]
    TagsUnread {
        /// What is wrong with them.
        reason: String,
    },
    /// The format of the result cannot hold something of the input.
    #[error("{format} has no place for {what}; they are left out")]
    NoPlace {
        /// Name of the format.
        format: &'static str,
        /// What is lost: "the tags MOOD, GAME_CUE", "pictures (2)".
        what: String,
    },
    /// Loops and cue points of what a job cuts off.
    #[error("{loops} loops and {cues} cue points are in what is cut off, and are left out")]
    CutOff {
        /// Loops of which no frame is left.
        loops: u32,
        /// Cue points.
        cues: u32,
    },
}
