//! What a job found and did.

use std::path::PathBuf;

use crate::decode::Warning;
use crate::measure::Measurement;

/// How a job ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Status {
    /// As it should.
    Done,
    /// Below -70 LUFS: written with no gain.
    Silent,
    /// The input was cut or damaged, and the settings allow that.
    Partial,
}

impl Status {
    /// Name in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Silent => "silent",
            Self::Partial => "partial",
        }
    }
}

/// What a report holds beyond what the job itself had to find out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Detail {
    /// Everything: levels of the sound, and hashes of both files.
    #[default]
    Full,
    /// Nothing: it costs no time. Levels that were not needed are NaN, lists and hashes are empty.
    Needed,
}

/// What decided the gain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Rule {
    /// There was nothing to decide.
    None,
    /// The target was reached.
    Target,
    /// The true peak may not pass the ceiling.
    Ceiling,
    /// The limiter may not work harder.
    Limiting,
    /// The limiter takes away what more gain would bring: the target is missed by more than 0.1.
    Unreached,
    /// No gain is beyond ±40 dB.
    Range,
    /// Silence is left alone.
    Silence,
    /// The lossy format made the peaks larger.
    LossyPeak,
}

impl Rule {
    /// Name in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Target => "target",
            Self::Ceiling => "ceiling",
            Self::Limiting => "limiting",
            Self::Unreached => "unreached",
            Self::Range => "range",
            Self::Silence => "silence",
            Self::LossyPeak => "lossy_peak",
        }
    }
}

/// What a job found and did. It holds no times: the same job gives the same report.
#[derive(Clone, Debug, PartialEq)]
pub struct Report {
    /// The file that was read.
    pub input: PathBuf,
    /// The file that was written.
    pub output: PathBuf,
    /// How it ended.
    pub status: Status,
    /// Format of the input: "FLAC 24-bit".
    pub source: String,
    /// Format of the output: "Ogg Opus".
    pub format: &'static str,
    /// Size of the output.
    pub bytes: u64,
    /// BLAKE3 of the input; empty with [`Detail::Needed`].
    pub input_hash: String,
    /// Hash of the settings.
    pub settings_hash: String,
    /// BLAKE3 of the output; empty with [`Detail::Needed`].
    pub output_hash: String,
    /// The sound behind the chain, before the gain; see [`Detail`].
    pub measured: Measurement,
    /// What the target was compared with: `i`, `max_m`, `max_s`, `rms`, `peak`, `true_peak`, `dr`.
    pub measure: &'static str,
    /// dB out for each dB in above the loud passages: 1 unless the target is a dynamic range.
    pub slope: f64,
    /// Gain that was applied, dB.
    pub gain_db: f64,
    /// Largest gain reduction of the limiter, dB, 0 or more.
    pub limiter_db: f64,
    /// What decided the gain.
    pub rule: Rule,
    /// Loudness of the result in the terms of `measure`; NaN if it was not needed.
    pub result_level: f64,
    /// True peak of the result, dBTP; of a lossy format: of what it decodes to. NaN if it was not
    /// needed.
    pub result_true_peak: f64,
    /// Samples beyond full scale that an integer format clamped.
    pub clips: u64,
    /// Delay of the encoder in frames, which decoders take off.
    pub codec_delay: u32,
    /// Whether the samples are those of the input, bit for bit.
    pub is_copy: bool,
    /// What was repaired or ignored in the input.
    pub warnings: Vec<Warning>,
}
