//! Smoothing of gains in dB, with one time constant while they fall and another one while they rise.

use super::lower;
use crate::CELL;
use crate::math::to_f32;
use crate::planar::MAX_CHANNELS;
use crate::simd::wide;

/// Frames of a step.
const STEP: usize = 4;
/// Steps of a cell.
const STEPS: usize = CELL / STEP;

/// A one-pole with two coefficients: what is left of the distance after one frame is `falling` for a gain that
/// falls and `rising` for one that rises.
///
/// With `falling` the faster one, the next gain is the lower one of two lines over the last gain, so that after
/// four frames is the lowest of five: what they are does not depend on the gain and is found for all steps
/// of a cell at once, and a frame waits for the one before only every four frames. Steps are counted from
/// `origin`, so that the bits are the same however a cell is cut.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Follower {
    /// Gain before the frame at `origin`.
    start: f64,
    /// Gain at the last frame.
    now: f64,
    /// Phase in the cell at which the first step begins, and the one that comes next.
    origin: usize,
    next: usize,
    /// Of the last frame.
    falling: f64,
    rising: f64,
    /// What was wanted since `origin`.
    wanted: [f32; CELL],
}

/// One for each detector that there is.
#[derive(Clone, Debug)]
pub(crate) struct Followers {
    all: [Follower; MAX_CHANNELS],
    count: usize,
}

impl Followers {
    /// All at rest at a gain in dB.
    pub(crate) fn new(gain: f64) -> Self {
        Self {
            all: [Follower::new(gain); MAX_CHANNELS],
            count: 1,
        }
    }

    /// The first `count`. Those that were not there go on with what the first one had. `[audio-thread]`
    pub(crate) fn first(&mut self, count: usize) -> &mut [Follower] {
        if count > self.count {
            let first = self.all[0];
            self.all[self.count..count].fill(first);
        }
        self.count = count;
        &mut self.all[..count]
    }

    /// The lowest gain at the last frame, at most 0 dB.
    pub(crate) fn lowest(&self) -> f64 {
        let gains = self.all[..self.count].iter().map(|it| it.now);
        gains.fold(0.0, f64::min)
    }
}

impl Follower {
    /// At rest at a gain in dB.
    const fn new(gain: f64) -> Self {
        Self {
            start: gain,
            now: gain,
            origin: 0,
            next: 0,
            falling: 0.0,
            rising: 0.0,
            wanted: [0.0; CELL],
        }
    }

    /// Replaces wanted gains in dB, from `phase` of a cell to its end at most, by smoothed ones. `[audio-thread]`
    pub(crate) fn follow(&mut self, phase: usize, gains: &mut [f32], falling: f64, rising: f64) {
        let goes_on = phase == self.next && (falling, rising) == (self.falling, self.rising);
        if phase == 0 || !goes_on {
            (self.start, self.origin) = (self.now, phase);
            (self.falling, self.rising) = (falling, rising);
        }
        let begin = phase - self.origin;
        let end = begin + gains.len();
        // The other way round the higher line is the lower one.
        let sign = if falling <= rising { 1.0 } else { -1.0 };
        for (wanted, gain) in self.wanted[begin..end].iter_mut().zip(&*gains) {
            *wanted = sign * *gain;
        }
        let mut out = [0.0; CELL];
        let start = f64::from(sign) * self.start;
        run(&self.wanted, start, falling, rising, &mut out);
        for (gain, out) in gains.iter_mut().zip(&out[begin..end]) {
            *gain = sign * to_f32(*out);
        }
        if let Some(last) = out[begin..end].last() {
            self.now = f64::from(sign) * last;
        }
        self.next = (phase + gains.len()) % CELL;
    }
}

/// Numbers for every step of a cell.
type Steps = [f64; STEPS];

wide! {
    /// All frames of a cell. Those behind what is wanted mean nothing.
    fn run(wanted: &[f32; CELL], start: f64, falling: f64, rising: f64, out: &mut [f64; CELL]) {
        let (f, r) = (falling, rising);
        let [one, two, three, four] = &lines(wanted, f, r);
        let (ff, fr, rr) = (f * f, f * r, r * r);
        let slopes = [ff * ff, ff * fr, ff * rr, fr * rr, rr * rr];
        let mut starts = [0.0; STEPS];
        let mut g = start;
        for n in 0..STEPS {
            starts[n] = g;
            let at = |line: usize| four[line][n] + slopes[line] * g;
            g = lower(lower(lower(at(0), at(1)), lower(at(2), at(3))), at(4));
            out[STEP * n + 3] = g;
        }
        for n in 0..STEPS {
            let g = starts[n];
            out[STEP * n] = lower(one[0][n] + f * g, one[1][n] + r * g);
            let outer = lower(two[0][n] + ff * g, two[2][n] + rr * g);
            out[STEP * n + 1] = lower(outer, two[1][n] + fr * g);
            let outer = lower(three[0][n] + f * ff * g, three[3][n] + r * rr * g);
            let inner = lower(three[1][n] + f * fr * g, three[2][n] + r * fr * g);
            out[STEP * n + 2] = lower(outer, inner);
        }
    }
}

/// The lines after one to four frames: their values at a gain of 0, the steepest fall first.
#[inline(always)]
fn lines(wanted: &[f32; CELL], f: f64, r: f64) -> [[Steps; STEP + 1]; STEP] {
    let mut lines = [[[0.0; STEPS]; STEP + 1]; STEP];
    let [one, two, three, four] = &mut lines;
    for n in 0..STEPS {
        let a = |frame: usize| (1.0 - f) * f64::from(wanted[STEP * n + frame]);
        let b = |frame: usize| (1.0 - r) * f64::from(wanted[STEP * n + frame]);
        (one[0][n], one[1][n]) = (a(0), b(0));
        two[0][n] = f * one[0][n] + a(1);
        two[1][n] = lower(r * one[0][n] + b(1), f * one[1][n] + a(1));
        two[2][n] = r * one[1][n] + b(1);
        three[0][n] = f * two[0][n] + a(2);
        three[1][n] = lower(r * two[0][n] + b(2), f * two[1][n] + a(2));
        three[2][n] = lower(r * two[1][n] + b(2), f * two[2][n] + a(2));
        three[3][n] = r * two[2][n] + b(2);
        four[0][n] = f * three[0][n] + a(3);
        four[1][n] = lower(r * three[0][n] + b(3), f * three[1][n] + a(3));
        four[2][n] = lower(r * three[1][n] + b(3), f * three[2][n] + a(3));
        four[3][n] = lower(r * three[2][n] + b(3), f * three[3][n] + a(3));
        four[4][n] = r * three[3][n] + b(3);
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::noise;

    /// One frame after the other.
    fn plain(wanted: &[f32], falling: f64, rising: f64) -> Vec<f32> {
        let mut g = 0.0;
        let next = |wanted: &f32| {
            let c = f64::from(*wanted);
            let keep = if c < g { falling } else { rising };
            g = c + keep * (g - c);
            to_f32(g)
        };
        wanted.iter().map(next).collect()
    }

    fn followed(wanted: &[f32], falling: f64, rising: f64, cut: usize) -> Vec<f32> {
        let mut follower = Follower::new(0.0);
        let mut gains = wanted.to_vec();
        let mut at = 0;
        while at < gains.len() {
            let phase = at % CELL;
            let frames = cut.min(CELL - phase).min(gains.len() - at);
            follower.follow(phase, &mut gains[at..at + frames], falling, rising);
            at += frames;
        }
        gains
    }

    #[test]
    fn it_is_the_one_pole_in_any_cut() {
        let wanted: Vec<f32> = noise(7).take(1_000).map(|x| 30.0 * x - 30.0).collect();
        for (falling, rising) in [
            (0.9, 0.999),
            (0.999, 0.9),
            (0.0, 0.99),
            (0.5, 0.5),
            (0.99, 0.0),
        ] {
            let expected = plain(&wanted, falling, rising);
            let whole = followed(&wanted, falling, rising, CELL);
            for (n, (a, b)) in whole.iter().zip(&expected).enumerate() {
                assert!((a - b).abs() < 1e-5, "{falling} {rising} {n}: {a} {b}");
            }
            for cut in [1, 3, 4, 5, 13, 31] {
                assert_eq!(followed(&wanted, falling, rising, cut), whole, "{cut}");
            }
        }
    }

    #[test]
    fn other_coefficients_and_jumps_go_on_where_it_was() {
        let mut follower = Follower::new(0.0);
        let mut gains = [-6.0; 10];
        follower.follow(0, &mut gains, 0.9, 0.99);
        let now = follower.now;
        let mut next = [0.0; 3];
        follower.follow(10, &mut next, 0.9, 0.5);
        assert!((f64::from(next[0]) - 0.5 * now).abs() < 1e-6);
        let now = follower.now;
        let mut next = [0.0; 3];
        follower.follow(20, &mut next, 0.9, 0.5);
        assert!((f64::from(next[0]) - 0.5 * now).abs() < 1e-6);
    }

    #[test]
    fn rest_is_exact() {
        let mut follower = Follower::new(0.0);
        let mut gains = [0.0; CELL];
        follower.follow(0, &mut gains, 0.9, 0.99);
        assert_eq!((gains, follower.now), ([0.0; CELL], 0.0));
    }
}
