//! Chorus, flanger and phaser: filters that move with a slow oscillator.

mod chorus;
mod lfo;
mod phaser;

pub use chorus::{Chorus, ChorusParam, Flanger, FlangerParam};
pub use phaser::{Phaser, PhaserParam};

use crate::processor::ParamInfo;

const SHAPES: &[&str] = &["sine", "triangle"];

/// The rows that all of them have, in the order of [`LfoParam`].
const LFO_PARAMS: [ParamInfo; 5] = [
    ParamInfo::log("rate", "Rate", (0.01, 20.0, 0.5), "Hz"),
    ParamInfo::toggle("sync", "Sync", false),
    ParamInfo::log("beats", "Cycle", (0.0625, 64.0, 4.0), "beats"),
    ParamInfo::choice("wave", "Wave", SHAPES, 0),
    ParamInfo::linear("stereo_phase", "Stereo Phase", (0.0, 180.0, 90.0), "deg"),
];

/// The rows of [`LFO_PARAMS`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum LfoParam {
    /// Cycles per second.
    Rate,
    /// Counts the cycle in beats instead.
    Sync,
    /// Length of a cycle in quarter-note beats.
    Beats,
    /// Sine or triangle.
    Wave,
    /// How far every second channel is ahead, degrees.
    StereoPhase,
}

impl LfoParam {
    const ALL: [Self; 5] = [
        Self::Rate,
        Self::Sync,
        Self::Beats,
        Self::Wave,
        Self::StereoPhase,
    ];
}

#[cfg(test)]
mod tests;
