//! Audio files.

use super::{CheckProgress, OnCheck, SampleLoop};
use crate::error::{Error, Result};
use segue_offline::decode::{DecodeOptions, Decoder, FileInfo, probe};
use std::fs;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

/// What an audio file is.
#[derive(Clone, Debug, PartialEq)]
pub struct AudioInfo {
    /// The file.
    pub path: PathBuf,
    /// Its size.
    pub bytes: u64,
    /// Container by content, such as "WAV".
    pub container: &'static str,
    /// Codec for people, such as "PCM 24-bit".
    pub codec: String,
    /// Frames a second.
    pub sample_rate: u32,
    /// Channels.
    pub channels: u16,
    /// Exact length; `None` if only decoding tells.
    pub frames: Option<u64>,
    /// Loops in the file.
    pub loops: Vec<SampleLoop>,
    /// What decoding it to the end found, if that was asked for.
    pub check: Option<AudioCheck>,
}

/// What decoding a file to its end found.
#[derive(Clone, Debug, PartialEq)]
pub struct AudioCheck {
    /// Frames.
    pub frames: u64,
    /// Largest absolute sample, full scale = 1.
    pub peak: f32,
    /// What was repaired or ignored.
    pub warnings: Vec<String>,
}

impl AudioInfo {
    /// Length in seconds, if known. `[thread-safe]`
    pub fn seconds(&self) -> Option<f64> {
        // Lengths are below 2^53 frames: the conversion is exact.
        self.frames
            .map(|frames| frames as f64 / f64::from(self.sample_rate.max(1)))
    }
}

impl AudioCheck {
    /// The peak in dB relative to full scale; `None` for silence. `[thread-safe]`
    pub fn peak_db(&self) -> Option<f64> {
        (self.peak > 0.0).then(|| 20.0 * f64::from(self.peak).log10())
    }
}

pub(super) fn describe(path: &Path, check: bool, progress: OnCheck<'_>) -> Result<AudioInfo> {
    let (info, check) = if check {
        let mut report = |done, total| progress(CheckProgress { path, done, total });
        let (info, check) = decode_to_end(path, &mut report)?;
        (info, Some(check))
    } else {
        (probe(path, &DecodeOptions::default())?, None)
    };
    let bytes = fs::metadata(path)
        .map_err(|error| Error::io(path, "open", error))?
        .len();
    Ok(AudioInfo {
        path: path.to_owned(),
        bytes,
        container: info.container.name(),
        codec: info.codec,
        sample_rate: info.sample_rate,
        channels: info.layout.channels(),
        frames: check.as_ref().map(|check| check.frames).or(info.frames),
        loops: info.loops,
        check,
    })
}

/// Decodes a file to its end without keeping the samples. `progress` gets (frames, total or 0).
///
/// # Errors
/// Everything the decoder finds wrong; [`Error::Cancelled`].
pub(crate) fn decode_to_end(
    path: &Path,
    progress: &mut dyn FnMut(u64, u64) -> ControlFlow<()>,
) -> Result<(FileInfo, AudioCheck)> {
    let mut decoder = Decoder::open(path, &DecodeOptions::default())?;
    let total = decoder.info().frames.unwrap_or(0);
    let mut peak = 0.0_f32;
    while let Some(block) = decoder.next_block()? {
        peak = block
            .iter()
            .fold(peak, |peak, sample| peak.max(sample.abs()));
        if progress(decoder.position(), total).is_break() {
            return Err(Error::Cancelled);
        }
    }
    let warnings = decoder.warnings().iter().map(ToString::to_string).collect();
    let check = AudioCheck {
        frames: decoder.position(),
        peak,
        warnings,
    };
    Ok((decoder.info().clone(), check))
}
