//! The table of the compressor's parameters.

use crate::eq::{BandKind, BandSettings, BandShape, Placement};
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

/// The ratio that stands for infinity.
pub(super) const INFINITE_RATIO: f32 = 100.0;

const KEY_FILTERS: &[&str] = &["off", "high_pass", "low_pass", "bell"];

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
    ParamInfo::choice("detector", "Detector", &["peak", "rms"], 0),
    ParamInfo::linear("link", "Link", (0.0, 100.0, 100.0), "%"),
    ParamInfo::choice("key_filter", "Key Filter", KEY_FILTERS, 0),
    ParamInfo::log("key_freq", "Key Frequency", (20.0, 20_000.0, 100.0), "Hz"),
    ParamInfo::log(
        "key_q",
        "Key Q",
        (0.1, 40.0, core::f32::consts::FRAC_1_SQRT_2),
        "",
    ),
    ParamInfo::linear("key_gain", "Key Gain", (-30.0, 30.0, 0.0), "dB"),
    ParamInfo::toggle("listen", "Key Listen", false),
];

/// Applies a choice of key filter to the shape of its band.
pub(super) fn key_shape(shape: &mut BandShape, choice: f32) {
    shape.on = choice >= 0.5;
    shape.kind = match choice {
        c if c < 1.5 => BandKind::HighPass,
        c if c < 2.5 => BandKind::LowPass,
        _ => BandKind::Bell,
    };
}

/// The band of the key filter for `value(row)`.
pub(super) fn key_band(value: impl Fn(CompressorParam) -> f32) -> BandSettings {
    let mut shape = BandShape {
        on: false,
        solo: false,
        kind: BandKind::HighPass,
        order: 2,
        placement: Placement::Stereo,
    };
    key_shape(&mut shape, value(CompressorParam::KeyFilter));
    BandSettings {
        shape,
        freq: value(CompressorParam::KeyFreq).into(),
        gain_db: value(CompressorParam::KeyGain).into(),
        q: value(CompressorParam::KeyQ).into(),
    }
}
