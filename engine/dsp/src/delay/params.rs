//! The table of the delay's parameters.

use crate::processor::ParamInfo;

/// The rows of [`Delay::PARAMS`](super::Delay::PARAMS).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DelayParam {
    /// Time between repeats, ms; at least one frame.
    Time,
    /// Counts the time in beats instead.
    Sync,
    /// Time between repeats in quarter-note beats; halved until it is at most 4 s.
    Beats,
    /// How the time changes: `fade` or `tape`.
    Change,
    /// Time in which a tape covers 63.2 % of a change, ms.
    Glide,
    /// Gain from repeat to repeat, %.
    Feedback,
    /// Sends the repeats from side to side.
    PingPong,
    /// Removes what is below from every further repeat, Hz; off at the lowest value.
    LowCut,
    /// Removes what is above from every further repeat, Hz; off at the highest value.
    HighCut,
}

impl DelayParam {
    pub(super) const ALL: [Self; 9] = [
        Self::Time,
        Self::Sync,
        Self::Beats,
        Self::Change,
        Self::Glide,
        Self::Feedback,
        Self::PingPong,
        Self::LowCut,
        Self::HighCut,
    ];
}

/// The low cut that stands for none, Hz.
pub(super) const LOW_CUT_OFF: f32 = 20.0;
/// The high cut that stands for none, Hz.
pub(super) const HIGH_CUT_OFF: f32 = 20_000.0;

pub(super) const PARAMS: &[ParamInfo] = &[
    ParamInfo::log("time", "Time", (0.02, 4000.0, 350.0), "ms"),
    ParamInfo::toggle("sync", "Sync", false),
    ParamInfo::log("beats", "Beats", (0.03125, 16.0, 0.5), ""),
    ParamInfo::choice("change", "Time Change", &["fade", "tape"], 0),
    ParamInfo::log("glide", "Tape Glide (63 %)", (20.0, 2000.0, 200.0), "ms"),
    ParamInfo::linear("feedback", "Feedback", (-100.0, 100.0, 35.0), "%"),
    ParamInfo::toggle("ping_pong", "Ping-pong", false),
    ParamInfo::log(
        "low_cut",
        "Low Cut",
        (LOW_CUT_OFF, 2000.0, LOW_CUT_OFF),
        "Hz",
    ),
    ParamInfo::log(
        "high_cut",
        "High Cut",
        (1000.0, HIGH_CUT_OFF, HIGH_CUT_OFF),
        "Hz",
    ),
];
