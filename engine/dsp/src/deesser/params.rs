//! The table of the de-esser's parameters.

use crate::dynamics::{INFINITE_RATIO, KEY_PARAMS};
use crate::eq::{BandKind, BandSettings, BandShape, Placement};
use crate::processor::ParamInfo;

/// Width of the knee, dB.
pub(super) const KNEE_DB: f64 = 6.0;

/// The rows of [`Deesser::PARAMS`](super::Deesser::PARAMS).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeesserParam {
    /// Split or wide band.
    Mode,
    /// Bell around the frequency, or shelf above it.
    Shape,
    /// Frequency of the sibilants, Hz.
    Freq,
    /// Width of the bell: its quality factor.
    Q,
    /// Level of the band above which it works, dBFS.
    Threshold,
    /// Input dB per output dB above the threshold; the largest value is infinite.
    Ratio,
    /// Largest reduction, dB.
    Range,
    /// Time for 63.2 % of a growing reduction in dB, ms; 0 is instant.
    Attack,
    /// Time for 63.2 % of a shrinking reduction in dB, ms.
    Release,
    /// How early it reacts, ms; it is the latency.
    LookAhead,
    /// Peak or RMS.
    Detector,
    /// 0 %: each channel by itself, 100 %: all by the loudest.
    Link,
    /// Puts out the band that it hears.
    Listen,
}

impl DeesserParam {
    pub(super) const ALL: [Self; 13] = [
        Self::Mode,
        Self::Shape,
        Self::Freq,
        Self::Q,
        Self::Threshold,
        Self::Ratio,
        Self::Range,
        Self::Attack,
        Self::Release,
        Self::LookAhead,
        Self::Detector,
        Self::Link,
        Self::Listen,
    ];
}

pub(super) const PARAMS: &[ParamInfo] = &[
    ParamInfo::choice("mode", "Mode", &["split", "wide"], 0),
    ParamInfo::choice("shape", "Shape", &["bell", "shelf"], 0),
    ParamInfo::log("freq", "Frequency", (1000.0, 16_000.0, 6500.0), "Hz"),
    ParamInfo::log("q", "Q", (0.3, 10.0, 1.0), ""),
    ParamInfo::linear("threshold", "Threshold", (-60.0, 0.0, -30.0), "dB"),
    ParamInfo::log("ratio", "Ratio", (1.0, INFINITE_RATIO, 4.0), ""),
    ParamInfo::linear("range", "Range", (0.0, 24.0, 12.0), "dB"),
    ParamInfo::linear("attack", "Attack (63 %)", (0.0, 100.0, 1.0), "ms"),
    ParamInfo::log("release", "Release (63 %)", (1.0, 1000.0, 60.0), "ms"),
    ParamInfo::linear("look_ahead", "Look-ahead", (0.0, 20.0, 0.0), "ms").structural(),
    KEY_PARAMS[0],
    KEY_PARAMS[1],
    KEY_PARAMS[6],
];

/// What the detector hears for a choice of shape.
pub(super) fn kind(shape: f32) -> BandKind {
    if shape >= 0.5 {
        BandKind::HighPass
    } else {
        BandKind::BandPass
    }
}

/// The detector's band for `value(row)`.
pub(super) fn band(value: impl Fn(DeesserParam) -> f32) -> BandSettings {
    BandSettings {
        shape: BandShape {
            on: true,
            solo: false,
            kind: kind(value(DeesserParam::Shape)),
            order: 4,
            placement: Placement::Stereo,
        },
        freq: value(DeesserParam::Freq).into(),
        gain_db: 0.0,
        q: value(DeesserParam::Q).into(),
    }
}
