//! State groups: global values that move levels, pitch and filters of nodes and buses.

mod groups;
mod values;

pub use groups::{MAX_STATE_VALUES, StateGroups, Target, TargetIx};
pub use values::StateValues;

use super::check::narrow;

/// Cut-off of a low-pass that is open and of a high-pass that is open, Hz.
const OPEN: [f64; 2] = [20_000.0, 20.0];

/// What states do to a target.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Effect {
    /// Added, dB.
    pub volume_db: f32,
    /// Added, semitones.
    pub pitch_st: f32,
    /// The cut-off is not above this, Hz; 0 leaves it alone.
    pub lpf_hz: f32,
    /// The cut-off is not below this, Hz; 0 leaves it alone.
    pub hpf_hz: f32,
}

impl Effect {
    /// Both: sums, the lower low-pass, the higher high-pass.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        let lowest = match (self.lpf_hz, other.lpf_hz) {
            (0.0, hz) | (hz, 0.0) => hz,
            (a, b) => a.min(b),
        };
        Self {
            volume_db: self.volume_db + other.volume_db,
            pitch_st: self.pitch_st + other.pitch_st,
            lpf_hz: lowest,
            hpf_hz: self.hpf_hz.max(other.hpf_hz),
        }
    }

    /// Part of the way to another, 0..=1: straight in dB, semitones and octaves.
    fn towards(self, to: Self, share: f64) -> Self {
        if share >= 1.0 || self == to {
            return to;
        }
        let line = |a: f32, b: f32| narrow(f64::from(a) + (f64::from(b) - f64::from(a)) * share);
        Self {
            volume_db: line(self.volume_db, to.volume_db),
            pitch_st: line(self.pitch_st, to.pitch_st),
            lpf_hz: octaves(self.lpf_hz, to.lpf_hz, OPEN[0], share),
            hpf_hz: octaves(self.hpf_hz, to.hpf_hz, OPEN[1], share),
        }
    }
}

/// Between two cut-offs of which 0 means `open`.
fn octaves(from: f32, to: f32, open: f64, share: f64) -> f32 {
    if from == to {
        return to;
    }
    let log = |hz: f32| if hz == 0.0 { open } else { f64::from(hz) }.ln();
    narrow((log(from) + (log(to) - log(from)) * share).exp())
}

#[cfg(test)]
mod tests;
