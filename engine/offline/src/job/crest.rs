//! Less or more dynamic range: what is louder than the loud passages is pressed together or pulled
//! apart.
//!
//! The level is the largest sample within 5 ms either side, so that every peak meets the gain that
//! it asks for, and a bass of 50 Hz one that stays. It follows within milliseconds: a compressor
//! that holds its gain from one beat to the next takes peaks and loudness down together, and the
//! dynamic range stays where it was.

use std::collections::VecDeque;

use segue_dsp::math::{db_to_gain, gain_to_db};

use super::planes::{self, Planes};
use crate::sample::Sample;

/// Seconds either side that a level and a gain look at.
const REACH: f64 = 0.005;

/// What is done to levels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Curve {
    /// dB out for each dB in above [`Curve::above_db`]: 0 is a wall, 1 does nothing, 2 doubles.
    pub(crate) slope: f64,
    /// dBFS.
    pub(crate) above_db: f64,
}

impl Curve {
    pub(crate) const NONE: Self = Self {
        slope: 1.0,
        above_db: 0.0,
    };

    /// dB.
    fn gain(self, level: f32) -> f64 {
        let above = f64::from(gain_to_db(level)) - self.above_db;
        above.max(0.0) * (self.slope - 1.0)
    }
}

/// Applies a curve; its latency is removed.
pub(crate) struct CrestStage<T> {
    curve: Curve,
    reach: usize,
    /// Frames so far.
    at: u64,
    /// Falling levels and the frames they are of: the first is the largest of the last ones.
    largest: VecDeque<(u64, f32)>,
    /// The level that the last gain is for, and that gain.
    last: (f32, f64),
    /// The last gains, and their sum, dB.
    gains: VecDeque<f64>,
    sum: f64,
    /// Frames whose gain is not known yet.
    waiting: Planes<T>,
    skip: usize,
}

impl<T: Sample> CrestStage<T> {
    pub(crate) fn new(curve: Curve, rate: u32, channels: usize) -> Self {
        // A few thousand frames.
        let reach = segue_dsp::math::to_count(REACH * f64::from(rate)).max(1);
        Self {
            curve,
            reach,
            at: 0,
            largest: VecDeque::new(),
            last: (0.0, curve.gain(0.0)),
            gains: VecDeque::from(vec![0.0; 2 * reach + 1]),
            sum: 0.0,
            waiting: vec![vec![T::default(); 2 * reach]; channels],
            skip: 2 * reach,
        }
    }

    pub(crate) fn process(&mut self, block: &mut Planes<T>) {
        let frames = planes::frames(block);
        let mut gains = Vec::with_capacity(frames);
        for i in 0..frames {
            let level = block
                .iter()
                .fold(0.0f32, |level, plane| level.max(plane[i].narrow().abs()));
            gains.push(self.next(level));
        }
        for (waiting, plane) in self.waiting.iter_mut().zip(block.iter_mut()) {
            waiting.extend_from_slice(plane);
            for ((x, old), gain) in plane.iter_mut().zip(&*waiting).zip(&gains) {
                *x = *old * T::from_f32(*gain);
            }
            waiting.drain(..frames);
        }
        let drop = self.skip.min(frames);
        self.skip -= drop;
        block.iter_mut().for_each(|plane| {
            plane.drain(..drop);
        });
    }

    /// Appends what is still inside.
    pub(crate) fn flush(&mut self, block: &mut Planes<T>) {
        let mut rest: Planes<T> = vec![vec![T::default(); 2 * self.reach]; block.len()];
        self.process(&mut rest);
        for (plane, rest) in block.iter_mut().zip(&rest) {
            plane.extend_from_slice(rest);
        }
    }

    /// The gain for the frame that came two reaches ago.
    fn next(&mut self, level: f32) -> f32 {
        while self.largest.back().is_some_and(|last| last.1 <= level) {
            self.largest.pop_back();
        }
        self.largest.push_back((self.at, level));
        let window = 2 * self.reach as u64;
        if self
            .largest
            .front()
            .is_some_and(|first| first.0 + window < self.at)
        {
            self.largest.pop_front();
        }
        self.at += 1;
        let largest = self.largest.front().map_or(0.0, |first| first.1);
        if largest != self.last.0 {
            self.last = (largest, self.curve.gain(largest));
        }
        self.sum += self.last.1 - self.gains.pop_front().unwrap_or(0.0);
        self.gains.push_back(self.last.1);
        let mean = self.sum / self.gains.len() as f64;
        // Where nothing is asked for, rounding leaves less than this.
        if mean.abs() < 1e-9 {
            return 1.0;
        }
        db_to_gain(f32::from_f64(mean))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(curve: Curve, x: &[f64], block: usize) -> Vec<f64> {
        let mut stage = CrestStage::new(curve, 48_000, 1);
        let mut out = Vec::new();
        for part in x.chunks(block) {
            let mut planes = vec![part.to_vec()];
            stage.process(&mut planes);
            out.extend(&planes[0]);
        }
        let mut rest = vec![Vec::new()];
        stage.flush(&mut rest);
        out.extend(&rest[0]);
        out
    }

    /// Peaks land where the curve says, however the blocks are cut, and what is below stays.
    #[test]
    fn peaks_follow_the_curve() {
        let mut x = vec![0.05; 20_000];
        for (at, peak) in [(3_000, 0.4), (8_000, -0.8), (15_000, 0.1)] {
            x[at] = peak;
        }
        for slope in [0.0, 0.5, 1.5] {
            let curve = Curve {
                slope,
                above_db: -14.0,
            };
            let y = run(curve, &x, 4_096);
            assert_eq!(y.len(), x.len());
            for at in [3_000, 8_000] {
                let level = 20.0 * f64::abs(x[at]).log10();
                let wanted = -14.0 + (level + 14.0) * slope;
                let found = 20.0 * f64::abs(y[at]).log10();
                assert!((found - wanted).abs() < 0.01, "{slope} {at}: {found}");
            }
            // A peak below the level, and what is more than two reaches off.
            assert_eq!(y[14_000..16_000], x[14_000..16_000]);
            assert_eq!(y[5_000..7_000], x[5_000..7_000]);
            assert_eq!(y, run(curve, &x, 77));
        }
    }
}
