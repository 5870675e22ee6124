//! The table of the reverb's parameters.

use crate::processor::ParamInfo;

/// The rows of [`Reverb::PARAMS`](super::Reverb::PARAMS).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReverbParam {
    /// Time for -60 dB in the middle of the spectrum, s.
    Decay,
    /// Times this at low frequencies.
    LowRatio,
    /// Where the low frequencies end, Hz.
    LowFreq,
    /// Times this at high frequencies.
    HighRatio,
    /// Where the high frequencies begin, Hz.
    HighFreq,
    /// Time before anything is heard, ms.
    PreDelay,
    /// Size of the room, %.
    Size,
    /// Level of the early reflections, dB.
    Early,
    /// Level of the tail, dB.
    Late,
    /// How much the sound is smeared before it enters the room, %.
    Diffusion,
    /// How fast the room moves, Hz.
    ModRate,
    /// How far it moves, %.
    ModDepth,
    /// 0 %: mono, 100 %: as wide as it is.
    Width,
    /// Lets nothing in and nothing fade.
    Freeze,
}

impl ReverbParam {
    pub(super) const ALL: [Self; 14] = [
        Self::Decay,
        Self::LowRatio,
        Self::LowFreq,
        Self::HighRatio,
        Self::HighFreq,
        Self::PreDelay,
        Self::Size,
        Self::Early,
        Self::Late,
        Self::Diffusion,
        Self::ModRate,
        Self::ModDepth,
        Self::Width,
        Self::Freeze,
    ];
}

/// Lowest level, dB: silence.
pub(super) const SILENT_DB: f32 = -60.0;
/// Longest pre-delay, ms.
pub(super) const MAX_PRE_DELAY: f32 = 500.0;
/// Largest size, %.
pub(super) const MAX_SIZE: f32 = 200.0;

pub(super) const PARAMS: &[ParamInfo] = &[
    ParamInfo::log("decay", "Decay", (0.1, 30.0, 2.0), "s"),
    ParamInfo::log("low_ratio", "Low decay", (0.25, 4.0, 1.2), "x"),
    ParamInfo::log("low_freq", "Low frequency", (50.0, 1_000.0, 250.0), "Hz"),
    ParamInfo::log("high_ratio", "High decay", (0.1, 2.0, 0.5), "x"),
    ParamInfo::log(
        "high_freq",
        "High frequency",
        (1_500.0, 16_000.0, 5_000.0),
        "Hz",
    ),
    ParamInfo::linear("pre_delay", "Pre-delay", (0.0, MAX_PRE_DELAY, 10.0), "ms"),
    ParamInfo::log("size", "Size", (20.0, MAX_SIZE, 100.0), "%"),
    ParamInfo::linear("early", "Early reflections", (SILENT_DB, 6.0, -6.0), "dB"),
    ParamInfo::linear("late", "Tail", (SILENT_DB, 6.0, 0.0), "dB"),
    ParamInfo::linear("diffusion", "Diffusion", (0.0, 100.0, 85.0), "%"),
    ParamInfo::log("mod_rate", "Modulation rate", (0.05, 3.0, 0.5), "Hz"),
    ParamInfo::linear("mod_depth", "Modulation depth", (0.0, 100.0, 30.0), "%"),
    ParamInfo::linear("width", "Width", (0.0, 100.0, 100.0), "%"),
    ParamInfo::toggle("freeze", "Freeze", false),
];
