//! The table of the gate's parameters.

use crate::dynamics::{INFINITE_RATIO, KEY_PARAMS};
use crate::processor::ParamInfo;

/// The rows of [`Gate::PARAMS`](super::Gate::PARAMS).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GateParam {
    /// Level below which it closes, dBFS.
    Threshold,
    /// Output dB per input dB below the threshold; the largest value is infinite.
    Ratio,
    /// Width of the soft transition around the threshold, dB.
    Knee,
    /// Largest reduction, dB.
    Range,
    /// How much lower the threshold is while it is open, dB.
    Hysteresis,
    /// Time for 63.2 % of an opening in dB, ms; 0 is instant.
    Attack,
    /// How long it stays open after the level fell, ms.
    Hold,
    /// Time for 63.2 % of a closing in dB, ms.
    Release,
    /// How early it reacts, ms; it is the latency.
    LookAhead,
    /// Gate or ducker.
    Mode,
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

impl GateParam {
    pub(super) const ALL: [Self; 17] = [
        Self::Threshold,
        Self::Ratio,
        Self::Knee,
        Self::Range,
        Self::Hysteresis,
        Self::Attack,
        Self::Hold,
        Self::Release,
        Self::LookAhead,
        Self::Mode,
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
pub(super) const FIRST_KEY: usize = GateParam::Detector as usize;

/// Slope that stands for an infinite ratio.
const WALL: f64 = 1e6;

/// ratio − 1.
pub(super) fn slope(ratio: f32) -> f64 {
    if ratio >= INFINITE_RATIO {
        WALL
    } else {
        f64::from(ratio) - 1.0
    }
}

pub(super) const PARAMS: &[ParamInfo] = &[
    ParamInfo::linear("threshold", "Threshold", (-90.0, 0.0, -40.0), "dB"),
    ParamInfo::log("ratio", "Ratio", (1.0, INFINITE_RATIO, INFINITE_RATIO), ""),
    ParamInfo::linear("knee", "Knee", (0.0, 24.0, 0.0), "dB"),
    ParamInfo::linear("range", "Range", (0.0, 90.0, 60.0), "dB"),
    ParamInfo::linear("hysteresis", "Hysteresis", (0.0, 12.0, 4.0), "dB"),
    ParamInfo::linear("attack", "Attack (63 %)", (0.0, 500.0, 1.0), "ms"),
    ParamInfo::linear("hold", "Hold", (0.0, 2000.0, 50.0), "ms"),
    ParamInfo::log("release", "Release (63 %)", (1.0, 5000.0, 100.0), "ms"),
    ParamInfo::linear("look_ahead", "Look-ahead", (0.0, 20.0, 0.0), "ms").structural(),
    ParamInfo::choice("mode", "Mode", &["gate", "duck"], 0),
    KEY_PARAMS[0],
    KEY_PARAMS[1],
    KEY_PARAMS[2],
    KEY_PARAMS[3],
    KEY_PARAMS[4],
    KEY_PARAMS[5],
    KEY_PARAMS[6],
];
