//! How forgiving the decoder is, and how much it accepts.

use std::path::Path;

use crate::error::{Result, check_limit};

/// Most channels of a file, unless the caller says otherwise.
const MAX_CHANNELS: u16 = 64;
/// Lowest rate of a file, Hz.
const MIN_RATE: u32 = 8_000;
/// Highest rate of a file, Hz.
const MAX_RATE: u32 = 384_000;
/// Longest file, seconds: a day.
const MAX_SECONDS: u32 = 86_400;

/// What a file may contain; checked before memory is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct DecodeLimits {
    /// Channels, at most.
    pub max_channels: u16,
    /// Sample rate in Hz, at least.
    pub min_rate: u32,
    /// Sample rate in Hz, at most.
    pub max_rate: u32,
    /// Duration in seconds, at most.
    pub max_seconds: u32,
}

impl Default for DecodeLimits {
    /// 64 channels, 8 to 384 kHz, 24 h.
    fn default() -> Self {
        Self {
            max_channels: MAX_CHANNELS,
            min_rate: MIN_RATE,
            max_rate: MAX_RATE,
            max_seconds: MAX_SECONDS,
        }
    }
}

impl DecodeLimits {
    /// Longest stream in frames at a rate.
    pub fn max_frames(&self, sample_rate: u32) -> u64 {
        u64::from(self.max_seconds) * u64::from(sample_rate)
    }
}

/// Limits, and what to do about damage. The default refuses every damaged file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct DecodeOptions {
    /// Largest accepted file.
    pub limits: DecodeLimits,
    /// Take what is there of a file that was cut; reported as a warning.
    pub allow_truncated: bool,
    /// Replace NaN and infinite samples by 0; counted in a warning.
    pub sanitize: bool,
    /// Replace corrupt packets by silence; counted in a warning.
    pub conceal: bool,
}

impl DecodeOptions {
    pub(super) fn check_format(&self, path: &Path, channels: u64, rate: u32) -> Result<()> {
        let limits = &self.limits;
        check_limit(
            path,
            "number of channels",
            channels,
            1,
            limits.max_channels.into(),
        )?;
        let (min, max) = (limits.min_rate.into(), limits.max_rate.into());
        check_limit(path, "sample rate in Hz", rate.into(), min, max)
    }

    pub(super) fn check_frames(&self, path: &Path, frames: u64, rate: u32) -> Result<()> {
        check_limit(
            path,
            "number of frames",
            frames,
            0,
            self.limits.max_frames(rate),
        )
    }

    /// A digit that differs between options which decode damaged files differently.
    pub(crate) fn leniency(self) -> u8 {
        u8::from(self.allow_truncated) | u8::from(self.sanitize) << 1 | u8::from(self.conceal) << 2
    }
}
