//! The table of the compressor's parameters.

use crate::dynamics::{INFINITE_RATIO, KEY_PARAMS};
use crate::processor::ParamInfo;

/// The rows of [`Compressor::PARAMS`](super::Compressor::PARAMS).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CompressorParam {
    /// Level above which it works, dBFS.
    Threshold,
    /// Input dB per output dB above the threshold; the largest value is infinite.
    Ratio,
    /// Width of the soft transition around the threshold, dB.
    Knee,
    /// Time for 63.2 % of a growing reduction in dB, ms; 0 is instant.
    Attack,
    /// Time for 63.2 % of a shrinking reduction in dB, ms.
    Release,
    /// Largest reduction, dB.
    Range,
    /// How early it reacts, ms; it is the latency.
    LookAhead,
    /// Gain behind the reduction, dB.
    MakeUp,
    /// Adds half of the reduction of a full-scale signal as gain.
    AutoMakeUp,
    /// Peak or RMS.
    Detector,
    /// 0 %: each channel by itself, 100 %: all by the loudest.
    Link,
    /// Filter in front of the detector: off, high-pass, low-pass, bell.
    KeyFilter,
    /// Its frequency, Hz.
    KeyFreq,
    /// Its quality factor.
    KeyQ,
    /// Gain of the bell, dB.
    KeyGain,
    /// Puts out what the detector hears.
    Listen,
}

impl CompressorParam {
    pub(super) const ALL: [Self; 16] = [
        Self::Threshold,
        Self::Ratio,
        Self::Knee,
        Self::Attack,
        Self::Release,
        Self::Range,
        Self::LookAhead,
        Self::MakeUp,
        Self::AutoMakeUp,
        Self::Detector,
        Self::Link,
        Self::KeyFilter,
        Self::KeyFreq,
        Self::KeyQ,
        Self::KeyGain,
        Self::Listen,
    ];
}

/// Row of the first of the shared key parameters.
pub(super) const FIRST_KEY: usize = CompressorParam::Detector as usize;

pub(super) const PARAMS: &[ParamInfo] = &[
    ParamInfo::linear("threshold", "Threshold", (-60.0, 0.0, -18.0), "dB"),
    ParamInfo::log("ratio", "Ratio", (1.0, INFINITE_RATIO, 4.0), ""),
    ParamInfo::linear("knee", "Knee", (0.0, 24.0, 6.0), "dB"),
    ParamInfo::linear("attack", "Attack (63 %)", (0.0, 500.0, 10.0), "ms"),
    ParamInfo::log("release", "Release (63 %)", (1.0, 5000.0, 100.0), "ms"),
    ParamInfo::linear("range", "Range", (0.0, 60.0, 60.0), "dB"),
    ParamInfo::linear("look_ahead", "Look-ahead", (0.0, 20.0, 0.0), "ms").structural(),
    ParamInfo::linear("make_up", "Make-up", (-24.0, 24.0, 0.0), "dB"),
    ParamInfo::toggle("auto_make_up", "Auto Make-up", false),
    KEY_PARAMS[0],
    KEY_PARAMS[1],
    KEY_PARAMS[2],
    KEY_PARAMS[3],
    KEY_PARAMS[4],
    KEY_PARAMS[5],
    KEY_PARAMS[6],
];
