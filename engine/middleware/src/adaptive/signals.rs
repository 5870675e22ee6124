//! Signals: what they are called, and how their values become 0..=1.

use crate::limits::SIGNALS;
use crate::source::Normalise;

const fn linear(b: f32) -> Normalise {
    Normalise::Linear { a: 0.0, b }
}

const fn rising(k: f32) -> Normalise {
    Normalise::Asymptotic { k }
}

const fn both(k: f32) -> Normalise {
    Normalise::Sigmoid { k, m: 0.0 }
}

/// Those that are always there; a profile may list one to give it another form or default.
pub const BUILT_IN: [(&str, Normalise); 20] = [
    ("win_tier", linear(5.0)),
    ("feature_progress", linear(1.0)),
    ("respins_remaining", linear(10.0)),
    ("win_x_bet", rising(0.05)),
    ("consecutive_wins", rising(0.3)),
    ("consecutive_losses", rising(0.2)),
    ("win_streak_length", rising(0.25)),
    ("loss_streak_length", rising(0.15)),
    ("multiplier", rising(0.1)),
    ("cascade_depth", rising(0.3)),
    ("jackpot_proximity", rising(0.5)),
    ("balance_trend", both(2.0)),
    ("session_profit", both(0.5)),
    ("near_miss_intensity", Normalise::None),
    ("anticipation_level", Normalise::None),
    ("spins_in_feature", Normalise::None),
    ("total_feature_spins", Normalise::None),
    ("turbo_mode", Normalise::None),
    ("momentum", Normalise::None),
    ("velocity", Normalise::None),
];

impl Normalise {
    /// The normalised value of `x`. `[audio-thread]`
    pub fn value(self, x: f32) -> f32 {
        match self {
            Self::None => x,
            Self::Linear { a, b } => ((x - a) / (b - a)).clamp(0.0, 1.0),
            Self::Sigmoid { k, m } => 1.0 / (1.0 + exp(-k * (x - m))),
            Self::Asymptotic { k } => (1.0 - exp(-k * x)).clamp(0.0, 1.0),
        }
    }
}

/// e^x to about 1 part in 10⁶, at most 2^±126: two hundred of them a tick, and the same bits on
/// every machine, which a system's own does not give. Without a branch and a cast, so that several
/// of them are one.
#[inline(always)]
pub(super) fn exp(x: f32) -> f32 {
    // Adding and taking away this rounds to a whole number, which is in the lowest bits meanwhile.
    const ROUND: f32 = 12_582_912.0;
    const TERMS: [f32; 7] = [
        1.525_273_4e-5,
        1.540_353e-4,
        1.333_355_8e-3,
        9.618_129e-3,
        5.550_411e-2,
        0.240_226_5,
        std::f32::consts::LN_2,
    ];
    let y = (x * std::f32::consts::LOG2_E).clamp(-126.0, 126.0);
    let rounded = y + ROUND;
    let part = y - (rounded - ROUND);
    let power = TERMS.iter().fold(0.0, |sum, term| (sum + term) * part) + 1.0;
    power * f32::from_bits((rounded.to_bits() << 23).wrapping_add(127 << 23))
}

/// What of a signal a slot holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// As the game set it.
    Raw = 0,
    /// Between 0 and 1, mostly.
    Normal = 1,
    /// Follows the normalised value by a fifth at every update.
    Momentum = 2,
    /// Change of the normalised value a second, at the last update.
    Velocity = 3,
}

/// Parts of one signal.
pub(super) const PARTS: usize = 4;

/// Slots of all signals, each part of all of them together.
pub(super) const SLOTS: usize = SIGNALS * PARTS;
const _: () = assert!(
    SLOTS.is_power_of_two(),
    "a slot is masked instead of checked"
);

/// The slot of a part of a signal.
pub(super) const fn slot(signal: usize, part: Part) -> usize {
    part as usize * SIGNALS + signal
}

/// Signals that are dealt with at once.
pub(super) const LANES: usize = 8;

/// A number for each of [`LANES`].
pub(super) type Lanes = [f32; LANES];

#[cfg(test)]
mod tests {
    use super::exp;

    #[test]
    fn the_own_exponential_is_one() {
        for n in -8_000..=8_000_i16 {
            let x = f32::from(n) / 100.0;
            let exact = f64::from(x).exp();
            let off = f64::from(exp(x)) / exact - 1.0;
            assert!(off.abs() < 6e-6, "{x}: off by {off}");
        }
        assert_eq!(exp(0.0), 1.0);
        assert!(exp(-1e12) < 1e-37 && exp(1e12).is_finite());
    }
}
