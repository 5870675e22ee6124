//! Two, four or eight times the rate and back, through linear-phase half-band filters.

use crate::CELL;
use crate::math::{sin_cos, to_f32};

/// Most doublings of the rate.
pub(crate) const MAX_DOUBLINGS: usize = 3;
/// Most frames at the highest rate.
pub(crate) const MAX_FRAMES: usize = CELL << MAX_DOUBLINGS;
/// Distance from the centre to the ends of each doubling's filter, in frames of the higher rate:
/// the first passes 20 kHz at 44.1 kHz, the later ones have room.
const REACH: [usize; MAX_DOUBLINGS] = [79, 15, 15];
/// Kaiser window: 110 dB of stop-band, and as little ripple in the pass-band.
const BETA: f64 = 11.16;
/// Products summed side by side.
const LANES: usize = 8;

/// Both ways of one channel. The delay of up and down together is a whole number of frames.
#[derive(Clone, Debug)]
pub(crate) struct Oversampler {
    up: Vec<Up>,
    down: Vec<Down>,
    /// Makes the delay whole: frames at the highest rate that still have to come.
    pad: Vec<f32>,
    buffer: [f32; MAX_FRAMES],
}

impl Oversampler {
    /// A silent one that doubles `doublings` times, at most three. Allocates. `[main-thread]`
    pub(crate) fn new(doublings: usize) -> Self {
        let reach = &REACH[..doublings.min(MAX_DOUBLINGS)];
        Self {
            up: reach.iter().map(|reach| Up::new(*reach)).collect(),
            down: reach.iter().map(|reach| Down::new(*reach)).collect(),
            pad: vec![0.0; padding(doublings)],
            buffer: [0.0; MAX_FRAMES],
        }
    }

    /// Frames of the lower rate from up to down again.
    pub(crate) fn latency(doublings: usize) -> usize {
        (filter_delay(doublings) + padding(doublings)) >> doublings
    }

    /// Forgets the signal. `[audio-thread]`
    pub(crate) fn reset(&mut self) {
        self.up.iter_mut().for_each(|up| up.history.fill(0.0));
        for down in &mut self.down {
            down.even.fill(0.0);
            down.odd.fill(0.0);
        }
        self.pad.fill(0.0);
    }

    /// Replaces `io`, at most a cell, by what `shape` makes of it at the higher rate. `shape` gets
    /// the whole piece. `[audio-thread]`
    pub(crate) fn process(&mut self, io: &mut [f32], shape: impl FnOnce(&mut [f32])) {
        let buffer = &mut self.buffer;
        let mut frames = io.len();
        buffer[..frames].copy_from_slice(io);
        for up in &mut self.up {
            up.process(buffer, frames);
            frames *= 2;
        }
        shape(&mut buffer[..frames]);
        delay(&mut self.pad, &mut buffer[..frames]);
        for down in self.down.iter_mut().rev() {
            frames /= 2;
            down.process(buffer, frames);
        }
        io.copy_from_slice(&buffer[..frames]);
    }
}

/// Delays `signal` by the length of `pad`.
fn delay(pad: &mut [f32], signal: &mut [f32]) {
    if pad.is_empty() {
        return;
    }
    if signal.len() >= pad.len() {
        signal.rotate_right(pad.len());
        pad.swap_with_slice(&mut signal[..pad.len()]);
    } else {
        pad[..signal.len()].swap_with_slice(signal);
        pad.rotate_left(signal.len());
    }
}

/// Delay of all filters in frames of the highest rate.
fn filter_delay(doublings: usize) -> usize {
    let reach = REACH.iter().take(doublings).enumerate();
    reach
        .map(|(n, reach)| (2 * reach) << (doublings - 1 - n))
        .sum()
}

/// What is missing to a whole frame of the lowest rate.
fn padding(doublings: usize) -> usize {
    filter_delay(doublings).next_multiple_of(1 << doublings) - filter_delay(doublings)
}

/// The taps beside the centre of a half-band filter, for a gain of 1 at 0 Hz; every other one is
/// 0 and the centre is ½. Zeros at the front make them a multiple of [`LANES`].
fn half_band(reach: usize) -> Vec<f32> {
    let tap = |i: usize| {
        let t = i as f64 - reach as f64;
        let x = t / (reach as f64 + 1.0);
        let window = bessel(BETA * (1.0 - x * x).sqrt()) / bessel(BETA);
        let angle = core::f64::consts::FRAC_PI_2 * t;
        window * sin_cos(angle).0 / (2.0 * angle)
    };
    let taps: Vec<f64> = (0..=reach).map(|k| tap(2 * k)).collect();
    let scale = 0.5 / taps.iter().sum::<f64>();
    let zeros = (reach + 1).next_multiple_of(LANES) - (reach + 1);
    let taps = taps.into_iter().map(|tap| to_f32(tap * scale));
    std::iter::repeat_n(0.0, zeros).chain(taps).collect()
}

/// Modified Bessel function of order 0.
fn bessel(x: f64) -> f64 {
    let (mut sum, mut term) = (1.0, 1.0);
    for k in 1..60 {
        let factor = x / (2.0 * f64::from(k));
        term *= factor * factor;
        sum += term;
    }
    sum
}

/// Doubles the rate.
#[derive(Clone, Debug)]
struct Up {
    /// Twice the filter.
    taps: Vec<f32>,
    /// The last inputs, and room for those to come.
    history: Vec<f32>,
    /// How far the centre lies behind the newest input.
    centre: usize,
}

impl Up {
    fn new(reach: usize) -> Self {
        let taps: Vec<f32> = half_band(reach).iter().map(|tap| 2.0 * tap).collect();
        Self {
            history: vec![0.0; taps.len() - 1 + MAX_FRAMES / 2],
            taps,
            centre: (reach - 1) / 2,
        }
    }

    /// Doubles the first `frames` of `io`.
    fn process(&mut self, io: &mut [f32; MAX_FRAMES], frames: usize) {
        let past = self.taps.len() - 1;
        self.history[past..past + frames].copy_from_slice(&io[..frames]);
        for i in 0..frames {
            io[2 * i] = dot(&self.history[i..=i + past], &self.taps);
            io[2 * i + 1] = self.history[i + past - self.centre];
        }
        self.history.copy_within(frames..frames + past, 0);
    }
}

/// Halves the rate.
#[derive(Clone, Debug)]
struct Down {
    taps: Vec<f32>,
    even: Vec<f32>,
    odd: Vec<f32>,
    /// How far the centre lies behind the newest odd input.
    centre: usize,
}

impl Down {
    fn new(reach: usize) -> Self {
        let taps = half_band(reach);
        let history = vec![0.0; taps.len() - 1 + MAX_FRAMES / 2];
        Self {
            taps,
            even: history.clone(),
            odd: history,
            centre: reach.div_ceil(2),
        }
    }

    /// Halves the first `2 · frames` of `io`.
    fn process(&mut self, io: &mut [f32; MAX_FRAMES], frames: usize) {
        let past = self.taps.len() - 1;
        for (i, pair) in io[..2 * frames].chunks_exact(2).enumerate() {
            self.even[past + i] = pair[0];
            self.odd[past + i] = pair[1];
        }
        for (i, y) in io[..frames].iter_mut().enumerate() {
            let centre = 0.5 * self.odd[i + past - self.centre];
            *y = dot(&self.even[i..=i + past], &self.taps) + centre;
        }
        self.even.copy_within(frames..frames + past, 0);
        self.odd.copy_within(frames..frames + past, 0);
    }
}

/// Sum of products in a fixed order; lengths are multiples of [`LANES`].
#[inline]
fn dot(a: &[f32], b: &[f32]) -> f32 {
    let mut sums = [0.0_f32; LANES];
    for (a, b) in a.chunks_exact(LANES).zip(b.chunks_exact(LANES)) {
        for ((sum, a), b) in sums.iter_mut().zip(a).zip(b) {
            *sum += a * b;
        }
    }
    let [a, b, c, d, e, f, g, h] = sums;
    ((a + e) + (c + g)) + ((b + f) + (d + h))
}

/// `x` through the filter of a doubling, all taps, in double precision: for oracles.
#[cfg(test)]
pub(crate) fn twin(x: &[f64], doubling: usize) -> Vec<f64> {
    let taps = tests::full(REACH[doubling]);
    let at = |n: usize| -> f64 {
        let past = taps.iter().take(n + 1).enumerate();
        past.map(|(i, tap)| tap * x[n - i]).sum()
    };
    (0..x.len()).map(at).collect()
}

/// What makes the delay whole, in frames of the highest rate: for oracles.
#[cfg(test)]
pub(crate) fn twin_padding(doublings: usize) -> usize {
    padding(doublings)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{amplitude_at, noise, sine};

    /// The half-band filter in full.
    pub(super) fn full(reach: usize) -> Vec<f64> {
        let taps = half_band(reach);
        let mut all = vec![0.0; 2 * reach + 1];
        for (k, tap) in taps[taps.len() - reach - 1..].iter().enumerate() {
            all[2 * k] = f64::from(*tap);
        }
        all[reach] = 0.5;
        all
    }

    /// Gain of a filter at `freq` cycles per frame, dB.
    fn gain(taps: &[f64], freq: f64) -> f64 {
        let (mut re, mut im) = (0.0, 0.0);
        for (n, tap) in taps.iter().enumerate() {
            let phase = std::f64::consts::TAU * freq * n as f64;
            re += tap * phase.cos();
            im += tap * phase.sin();
        }
        10.0 * (re * re + im * im).log10()
    }

    #[test]
    fn filters_pass_20_khz_and_stop_its_image() {
        for (n, reach) in REACH.into_iter().enumerate() {
            let taps = full(reach);
            // 20 kHz at 44.1 kHz, in cycles per frame of the doubled rate.
            let edge = 20.0 / 88.2 / f64::from(1 << n);
            for i in 0..=2000 {
                let x = f64::from(i) / 2000.0;
                let pass = gain(&taps, x * edge);
                assert!(pass.abs() < 0.01, "{n}: {pass} dB at {x}");
                let stop = gain(&taps, 0.5 - x * edge);
                assert!(stop < -100.0, "{n}: {stop} dB at {x}");
            }
        }
    }

    #[test]
    fn the_delay_is_whole_and_as_announced() {
        for doublings in 0..=MAX_DOUBLINGS {
            let latency = Oversampler::latency(doublings);
            let x = sine(1000.0, 0.0, 48e3, 9_600);
            let mut y = x.clone();
            let mut oversampler = Oversampler::new(doublings);
            for piece in y.chunks_mut(CELL) {
                oversampler.process(piece, |_| {});
            }
            for n in latency + 200..9_600 {
                let error = (y[n] - x[n - latency]).abs();
                assert!(error < 3e-5, "{doublings} doublings, frame {n}: {error}");
            }
            let gain = amplitude_at(&y[4_800..], 1000.0 / 48e3);
            assert!((gain - 1.0).abs() < 1e-3, "{gain}");
        }
        assert_eq!([0, 1, 2, 3].map(Oversampler::latency), [0, 79, 87, 91]);
    }

    #[test]
    fn any_cut_gives_the_same_bits() {
        let x: Vec<f32> = noise(3).take(1000).collect();
        for doublings in 1..=MAX_DOUBLINGS {
            let run = |cut: usize| {
                let mut y = x.clone();
                let mut oversampler = Oversampler::new(doublings);
                for piece in y.chunks_mut(cut) {
                    oversampler.process(piece, |high| high.iter_mut().for_each(|x| *x *= *x));
                }
                y
            };
            assert_eq!(run(32), run(1));
            assert_eq!(run(32), run(7));
        }
    }
}
