//! How fast each frequency fades: one absorption filter per delay line.

use core::f64::consts::{LOG2_10, PI};

use super::LINES;
use super::tank::MIXED;
use crate::CELL;
use crate::math::{exp2_f64, tan, to_f32};

/// What the decay is like.
#[derive(Clone, Copy, Debug)]
pub(super) struct Decay {
    /// Time for -60 dB in the middle, seconds.
    pub(super) seconds: f64,
    /// Times this far below `low_hz`.
    pub(super) low_ratio: f64,
    pub(super) low_hz: f64,
    /// Times this far above `high_hz`.
    pub(super) high_ratio: f64,
    pub(super) high_hz: f64,
    /// 0: fades, 1: goes on for ever.
    pub(super) freeze: f64,
}

/// A lane per line.
pub(super) type Lanes = [f32; LINES];

/// Coefficients of all filters, one array for each place in the formula.
pub(super) type Coefficients = [Lanes; 5];

/// The absorption of all lines: a low and a high shelf of first order (state-variable form) whose
/// gains in dB are those of a pass through the line. The shelves are symmetric in dB around their
/// corner, so a line's attenuation at `f` is that of the middle times
/// `1 + (1/low − 1)/(1 + (f/f_low)²) + (1/high − 1)/(1 + (f_high/f)²)`, whatever its length. They
/// scale for the mixing, too.
#[derive(Clone, Debug)]
pub(super) struct Absorption {
    base: Coefficients,
    step: Coefficients,
    next: Coefficients,
    moving: bool,
    low: Lanes,
    high: Lanes,
}

impl Absorption {
    pub(super) fn new() -> Self {
        Self {
            base: [[0.0; LINES]; 5],
            step: [[0.0; LINES]; 5],
            next: [[0.0; LINES]; 5],
            moving: false,
            low: [0.0; LINES],
            high: [0.0; LINES],
        }
    }

    /// Forgets the signal and rests at `coefficients` of these lines.
    pub(super) fn reset(&mut self, decay: &Decay, seconds: &[f64; LINES], sample_rate: f64) {
        (self.low, self.high) = ([0.0; LINES], [0.0; LINES]);
        self.next = design(decay, seconds, sample_rate);
        self.base = self.next;
        self.moving = false;
    }

    /// Crosses a cell boundary; `change` says the decay and the lengths of the lines in seconds
    /// when they are others than before.
    pub(super) fn tick(&mut self, change: Option<(&Decay, &[f64; LINES])>, sample_rate: f64) {
        if self.moving || change.is_some() {
            self.base = self.next;
        }
        self.moving = change.is_some();
        if let Some((decay, seconds)) = change {
            self.next = design(decay, seconds, sample_rate);
            for ((step, next), base) in self.step.iter_mut().zip(&self.next).zip(&self.base) {
                *step = core::array::from_fn(|l| (next[l] - base[l]) * (1.0 / CELL as f32));
            }
        }
    }

    /// True while no coefficient moves.
    pub(super) fn rests(&self) -> bool {
        !self.moving
    }

    /// The filters of a cell at rest, with what they remember in hand.
    #[inline(always)]
    pub(super) fn resting(&self) -> Resting {
        Resting {
            coefficients: self.base,
            low: self.low,
            high: self.high,
        }
    }

    /// Takes back what [`Resting`] remembers.
    #[inline(always)]
    pub(super) fn keep(&mut self, (low, high): (Lanes, Lanes)) {
        (self.low, self.high) = (low, high);
    }

    /// The filters of one cell, to be called for one frame after the other.
    #[inline]
    pub(super) fn frame(&mut self, x: &Lanes, phase: usize) -> Lanes {
        if self.moving {
            let frame = phase as f32;
            let at = |k: usize| -> Lanes {
                core::array::from_fn(|l| self.base[k][l] + self.step[k][l] * frame)
            };
            let now = [at(0), at(1), at(2), at(3), at(4)];
            filter(&now, &mut self.low, &mut self.high, x)
        } else {
            filter(&self.base, &mut self.low, &mut self.high, x)
        }
    }
}

/// Filters whose coefficients rest: values of their own, which fit into registers.
pub(super) struct Resting {
    pub(super) coefficients: Coefficients,
    pub(super) low: Lanes,
    pub(super) high: Lanes,
}

impl Resting {
    #[inline(always)]
    pub(super) fn frame(&mut self, x: &Lanes) -> Lanes {
        filter(&self.coefficients, &mut self.low, &mut self.high, x)
    }

    #[inline(always)]
    pub(super) fn state(&self) -> (Lanes, Lanes) {
        (self.low, self.high)
    }
}

/// Both shelves, in the places of [`design_line`]: each takes its state from the frame before, so that
/// what comes out waits for nothing.
#[inline(always)]
fn filter(c: &Coefficients, low: &mut Lanes, high: &mut Lanes, x: &Lanes) -> Lanes {
    let mut y = [0.0; LINES];
    for l in 0..LINES {
        let shelved = x[l] + c[1][l] * low[l];
        low[l] = (1.0 - c[0][l]) * low[l] + c[0][l] * x[l];
        y[l] = c[3][l] * shelved + c[4][l] * high[l];
        high[l] = (1.0 - c[2][l]) * high[l] + c[2][l] * shelved;
    }
    y
}

fn design(decay: &Decay, seconds: &[f64; LINES], sample_rate: f64) -> Coefficients {
    let mut all = [[0.0; LINES]; 5];
    for (l, seconds) in seconds.iter().enumerate() {
        let line = design_line(decay, *seconds, sample_rate);
        for (place, value) in all.iter_mut().zip(line) {
            place[l] = to_f32(value);
        }
    }
    all
}

/// For each shelf what its state takes from a frame and what its output takes from the state before;
/// in between, the frame's own share of the second one.
///
/// A state s that takes `give` of x moves on to (1 − give)·s + give·x, and a low-pass without a delay
/// is the mean m of both. The first shelf, x + a·m, is (1 + a·give/2)·(x + c·s): its factor is left to
/// the second one, d·x + e·m.
fn design_line(decay: &Decay, seconds: f64, sample_rate: f64) -> [f64; 5] {
    let middle = -3.0 * seconds / decay.seconds;
    let gain = |decades: f64| exp2_f64(decades * LOG2_10);
    let (low, high) = (
        middle * (1.0 / decay.low_ratio - 1.0),
        middle * (1.0 / decay.high_ratio - 1.0),
    );
    let give = |hz: f64| {
        let g = tan(PI * (hz / sample_rate).clamp(1e-6, 0.45));
        2.0 * g / (1.0 + g)
    };
    let (middle, low_gain, high_gain) = (gain(middle), gain(low), gain(high));
    let give_low = give(decay.low_hz * gain(-0.5 * low));
    let give_high = give(decay.high_hz * gain(0.5 * high));
    let (share_low, share_high) = (0.5 * (low_gain - 1.0), 0.5 * (1.0 - high_gain));
    let own = 1.0 + share_low * give_low;
    let scale = f64::from(MIXED) * middle * own;
    let fading = [
        give_low,
        share_low * (2.0 - give_low) / own,
        give_high,
        scale * (high_gain + share_high * give_high),
        scale * share_high * (2.0 - give_high),
    ];
    let frozen = [give_low, 0.0, give_high, f64::from(MIXED), 0.0];
    let mix = |k: usize| fading[k] + decay.freeze * (frozen[k] - fading[k]);
    core::array::from_fn(|k| {
        if decay.freeze >= 1.0 {
            frozen[k]
        } else {
            mix(k)
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_loses_what_its_length_says() {
        let decay = Decay {
            seconds: 1.5,
            low_ratio: 1.4,
            low_hz: 250.0,
            high_ratio: 0.5,
            high_hz: 4_000.0,
            freeze: 0.0,
        };
        let seconds = [0.05; LINES];
        let response = |hz: f64| {
            let mut filter = Absorption::new();
            filter.reset(&decay, &seconds, 48_000.0);
            let (mut re, mut im) = (0.0, 0.0);
            for n in 0..48_000_u32 {
                let x = if n == 0 { 1.0 } else { 0.0 };
                let y = f64::from(filter.frame(&[x; LINES], 0)[7] / MIXED);
                let phase = 2.0 * PI * hz * f64::from(n) / 48_000.0;
                (re, im) = (re + y * phase.cos(), im + y * phase.sin());
            }
            10.0 * (re * re + im * im).log10()
        };
        for hz in [20.0, 125.0, 250.0, 1_000.0, 4_000.0, 8_000.0, 12_000.0_f64] {
            let low = (1.0 / 1.4 - 1.0) / (1.0 + (hz / 250.0).powi(2));
            let high = (1.0 / 0.5 - 1.0) / (1.0 + (4_000.0 / hz).powi(2));
            let wanted = -60.0 * 0.05 / 1.5 * (1.0 + low + high);
            let got = response(hz);
            assert!((got / wanted - 1.0).abs() < 0.05, "{hz}: {got} {wanted}");
        }
    }

    #[test]
    fn frozen_lines_change_no_bit() {
        let decay = Decay {
            seconds: 1.0,
            low_ratio: 0.5,
            low_hz: 250.0,
            high_ratio: 0.5,
            high_hz: 4_000.0,
            freeze: 1.0,
        };
        let mut filter = Absorption::new();
        filter.reset(&decay, &[0.07; LINES], 48_000.0);
        for x in crate::testing::noise(1).take(1000) {
            assert_eq!(filter.frame(&[x; LINES], 0), [x * MIXED; LINES]);
        }
    }
}
