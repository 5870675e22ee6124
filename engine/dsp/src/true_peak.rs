//! True peak: the largest value of the continuous signal between the samples.
//!
//! A cascade of half-band interpolators doubles the rate until it is high enough. Each one keeps
//! its input samples exactly and adds the points midway (so phase 0 is exact), and because only
//! the first has to separate the audio band from its image, the others are short: three stages
//! cost 44 tap pairs per frame where one 8×48 polyphase filter of the same length costs 168.
//! Where the points of the first one prove that nothing between them matters, the others are left out.
//! Midpoints are Kaiser-windowed sincs (J. F. Kaiser and R. W. Schafer, "On the use of the
//! I0-sinh window for spectrum analysis", 1980), with a gain of exactly 1 at 0 Hz up to rounding.
//!
//! Reading n-fold points of a sine at f misses its peak by at most 20·log10 cos(π·f/(n·fs)) dB.

#[cfg(target_arch = "x86_64")]
mod x86;

use core::f64::consts::PI;
use core::ops::Range;

use crate::math;
use crate::meter::{larger, peak_of};

/// Frames computed at a time; bounds the scratch memory.
const CHUNK: usize = 64;
/// Frames of which all points are computed, or only those of the first doubling.
const GROUP: usize = 16;
/// Frames that are told apart when it comes to that.
const BLOCK: usize = 8;
/// Rate from which the meter takes the points as the continuous signal (BS.1770-5, annex 2).
const METER_RATE: f64 = 192_000.0;
/// Points per frame, as doublings: of every frame, and where the peak can be (or as many as the
/// rate above asks for).
const COARSE_DOUBLINGS: usize = 2;
const FINE_DOUBLINGS: usize = 4;
/// The share of the peak that four points show around it: cos(π/8), and 0.5 dB less for the taps
/// that they lack.
const WORTH_A_LOOK: f32 = 0.87;
/// Kaiser β and tap pairs of the stages after the first.
const LATER_STAGES: [(f64, usize); 2] = [(6.2, 4), (6.76, 3)];

/// How much of the band up to fs/2 the first interpolator covers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Accuracy {
    /// 32 taps per phase: within 0.05 dB up to 0.43 fs. For meters, to find where the peak is.
    Meter,
    /// 48 taps per phase: within 0.005 dB up to 0.45 fs. For limiters.
    Limiter,
    /// 64 taps per phase: within 0.04 dB up to 0.46 fs. For meters, to read the peak.
    Fine,
}

/// Finds the largest |x| in each frame's span of the oversampled signal.
///
/// Output frame i covers the points from input frame i - [`delay`](Self::delay) up to, not
/// including, the next one. Every point is a sum of fixed order over the same samples, so the
/// bits do not depend on how time is split into calls.
#[derive(Clone, Debug)]
pub struct TruePeakDetector {
    levels: Vec<Level>,
    /// One row per phase, `width` long; row 0 is the signal: history, then the chunk.
    rows: Vec<f32>,
    width: usize,
    /// Frames of history in front of a chunk.
    history: usize,
    delay: usize,
    norm: f32,
    /// The same from the points of the first level on.
    later_norm: f32,
    /// Whether the midpoints of the first level are there for the history, too.
    known: bool,
}

/// One doubling of the rate: its midpoints become new rows.
#[derive(Clone, Debug)]
struct Level {
    /// First frame computed, and how many more than the chunk's.
    from: usize,
    extra: usize,
    /// Taps of each new row, all of the same number.
    phases: Vec<Vec<Tap>>,
}

/// `gain` times the sum of two points, given by their place in `rows` for frame `from`.
#[derive(Clone, Copy, Debug)]
struct Tap {
    a: usize,
    b: usize,
    gain: f32,
}

impl TruePeakDetector {
    /// A detector of 2^`doublings` points per frame (at most 32). `[main-thread]`
    #[must_use]
    pub fn new(accuracy: Accuracy, doublings: usize) -> Self {
        let kernels = kernels(accuracy, doublings.min(5));
        let reaches: Vec<(usize, usize)> = kernels
            .iter()
            .enumerate()
            .map(|(level, k)| reach(level, k.len()))
            .collect();
        let back: usize = reaches.iter().map(|r| r.0).sum();
        let delay: usize = reaches.iter().map(|r| r.1).sum();
        // Groups round the number of frames up by at most 15 at every level.
        let width = back + delay + CHUNK + 16 * (kernels.len() + 1);
        let mut levels = Vec::new();
        let (mut from, mut extra) = (back, 0);
        for (level, kernel) in kernels.iter().enumerate().rev() {
            levels.insert(0, Level::new(level, kernel, from, extra, width));
            from -= reaches[level].0;
            extra += reaches[level].0 + reaches[level].1;
        }
        Self {
            levels,
            rows: vec![0.0; width << kernels.len()],
            width,
            history: back + delay,
            delay,
            norm: norm(&kernels),
            later_norm: norm(kernels.get(1..).unwrap_or_default()),
            known: false,
        }
    }

    /// Frames by which the output lags. `[thread-safe]`
    #[must_use]
    pub fn delay(&self) -> usize {
        self.delay
    }

    /// ‖h‖₁: no point exceeds the largest sample around it by more than this factor.
    /// `[thread-safe]`
    #[must_use]
    pub fn norm(&self) -> f32 {
        self.norm
    }

    /// No peak of the next frames exceeds this, if they are `x`. `[audio-thread]`
    #[must_use]
    pub fn bound(&self, x: &[f32]) -> f32 {
        larger(peak_of(&self.rows[..self.history]), peak_of(x)) * self.norm
    }

    /// Forgets the signal. `[audio-thread]`
    pub fn reset(&mut self) {
        self.rows.fill(0.0);
        self.known = false;
    }

    /// Writes the peak of each frame of `x`, lagging by `delay`, to `peaks` (of the same length;
    /// the longer one is cut). Peaks that do not exceed `floor` may read lower than they are, but
    /// never above `floor`: stretches that cannot exceed it cost next to nothing.
    /// `[audio-thread]`
    pub fn process(&mut self, x: &[f32], floor: f32, peaks: &mut [f32]) {
        for (x, peaks) in x.chunks(CHUNK).zip(peaks.chunks_mut(CHUNK)) {
            let frames = x.len().min(peaks.len());
            self.chunk(&x[..frames], floor, &mut peaks[..frames]);
        }
    }

    /// Takes at most [`CHUNK`] frames without a look at them.
    fn skip(&mut self, x: &[f32]) {
        let end = self.history + x.len();
        self.rows[self.history..end].copy_from_slice(x);
        self.rows.copy_within(x.len()..end, 0);
        self.known = false;
    }

    fn chunk(&mut self, x: &[f32], floor: f32, peaks: &mut [f32]) {
        let frames = x.len();
        let end = self.history + frames;
        self.rows[self.history..end].copy_from_slice(x);
        self.look(floor, peaks);
        self.rows.copy_within(frames..end, 0);
    }

    /// Reads the peaks of the frames behind the history.
    fn look(&mut self, floor: f32, peaks: &mut [f32]) {
        let (frames, width, first) = (peaks.len(), self.width, self.history - self.delay);
        let silent = peak_of(&self.rows[..self.history + frames]) * self.norm <= floor;
        let known = self.known;
        self.known = !silent;
        let Some((level, later)) = self.levels.split_first().filter(|_| !silent) else {
            return largest_of(&self.rows[..width], width, first, peaks);
        };
        let done = if known { level.extra } else { 0 };
        level.interpolate(&mut self.rows, width, done..frames + level.extra);
        let loud = self.loud_groups(level, frames, floor);
        let mut start = 0;
        while start < frames {
            let is_loud = loud >> (start / GROUP) & 1 == 1;
            let same = if is_loud { !loud } else { loud } >> (start / GROUP);
            let end = frames.min(start + GROUP * same.trailing_zeros() as usize);
            for level in later.iter().filter(|_| is_loud) {
                level.interpolate(&mut self.rows, width, start..end + level.extra);
            }
            let used = if is_loud { self.rows.len() } else { 2 * width };
            largest_of(
                &self.rows[..used],
                width,
                first + start,
                &mut peaks[start..end],
            );
            start = end;
        }
        // What the next chunk starts with is computed.
        let next = width + level.from;
        let kept = next + frames..next + frames + level.extra;
        self.rows.copy_within(kept, next);
    }

    /// A bit for each group of frames: whether a point of it can exceed `floor`, going by those
    /// that the first level made.
    fn loud_groups(&self, level: &Level, frames: usize, floor: f32) -> u32 {
        let (samples, midpoints) = self.rows.split_at(self.width);
        let points = [&samples[level.from..], &midpoints[level.from..]];
        let around = (frames + level.extra).div_ceil(BLOCK);
        let blocks = loud_blocks(points, around, self.later_norm, floor);
        let reach = GROUP / BLOCK + level.extra.div_ceil(BLOCK);
        let loud = |group: usize| blocks >> (group * GROUP / BLOCK) & ((1 << reach) - 1) != 0;
        (0..frames.div_ceil(GROUP)).fold(0, |bits, group| bits | u32::from(loud(group)) << group)
    }
}

/// A bit for each of `count` blocks: whether |x| times `norm` exceeds `floor` anywhere in it.
fn loud_blocks(points: [&[f32]; 2], count: usize, norm: f32, floor: f32) -> u32 {
    #[cfg(target_arch = "x86_64")]
    if std::is_x86_feature_detected!("avx2") {
        #[allow(unsafe_code, reason = "vector instructions that are there")]
        // SAFETY: this machine has what the function is compiled for.
        return unsafe { x86::loud_blocks(points, count, norm, floor) };
    }
    loud_blocks_plain(points, count, norm, floor)
}

fn loud_blocks_plain(points: [&[f32]; 2], count: usize, norm: f32, floor: f32) -> u32 {
    let mut loud = 0;
    let blocks = points.map(|row| row.as_chunks::<BLOCK>().0);
    for (number, (a, b)) in blocks[0].iter().zip(blocks[1]).take(count).enumerate() {
        let peak = a.iter().chain(b).fold(0.0, |peak, x| larger(peak, x.abs()));
        loud |= u32::from(peak * norm > floor) << number;
    }
    loud
}

/// The largest |x| of the rows, from their place `first` on, frame by frame.
fn largest_of(rows: &[f32], width: usize, first: usize, peaks: &mut [f32]) {
    #[cfg(target_arch = "x86_64")]
    if std::is_x86_feature_detected!("avx2") {
        #[allow(unsafe_code, reason = "vector instructions that are there")]
        // SAFETY: this machine has what the function is compiled for.
        return unsafe { x86::largest_of(rows, width, first, peaks) };
    }
    largest_of_plain(rows, width, first, peaks);
}

fn largest_of_plain(rows: &[f32], width: usize, first: usize, peaks: &mut [f32]) {
    peaks.fill(0.0);
    for row in rows.chunks_exact(width) {
        for (peak, x) in peaks.iter_mut().zip(&row[first..]) {
            *peak = larger(*peak, x.abs());
        }
    }
}

impl Level {
    fn new(level: usize, kernel: &[f64], from: usize, extra: usize, width: usize) -> Self {
        let old = 1_usize << level;
        // The place of the point `offset` phases after phase 0 of frame `from`.
        let place = |offset: isize| {
            let frame = from.saturating_add_signed(offset.div_euclid(old.cast_signed()));
            let phase = offset.rem_euclid(old.cast_signed()).cast_unsigned();
            row_of(phase, level) * width + frame
        };
        let tap = |q: usize, j: usize| Tap {
            a: place(q.cast_signed() - j.cast_signed()),
            b: place((q + 1 + j).cast_signed()),
            gain: math::to_f32(kernel[j]),
        };
        let phases = (0..old)
            .map(|q| (0..kernel.len()).map(|j| tap(q, j)).collect())
            .collect();
        Self {
            from,
            extra,
            phases,
        }
    }

    /// Fills `frames` of the rows behind those of the previous levels, and at most 15 more.
    fn interpolate(&self, rows: &mut [f32], width: usize, frames: Range<usize>) {
        let (old, new) = rows.split_at_mut(self.phases.len() * width);
        let old = &old[frames.start..];
        for (taps, row) in self.phases.iter().zip(new.chunks_exact_mut(width)) {
            fill(
                taps,
                old,
                &mut row[self.from + frames.start..],
                frames.len(),
            );
        }
    }
}

/// Fills `frames` frames of a row, and at most 15 more.
fn fill(taps: &[Tap], old: &[f32], new: &mut [f32], frames: usize) {
    #[cfg(target_arch = "x86_64")]
    if let Some(fill) = x86::fill() {
        #[allow(unsafe_code, reason = "vector instructions that are there")]
        // SAFETY: this machine has what the function is compiled for.
        return unsafe { fill(taps, old, new, frames) };
    }
    fill_plain(taps, old, new, frames);
}

fn fill_plain(taps: &[Tap], old: &[f32], new: &mut [f32], frames: usize) {
    let mut done = 0;
    while done < frames {
        if frames - done > 8 {
            midpoints::<16>(taps, old, new, done);
            done += 16;
        } else {
            midpoints::<8>(taps, old, new, done);
            done += 8;
        }
    }
}

/// `N` midpoints at once: one lane per frame, taps in order.
#[inline(always)]
fn midpoints<const N: usize>(taps: &[Tap], old: &[f32], new: &mut [f32], at: usize) {
    let mut sums = [0.0; N];
    for tap in taps {
        let a = &old[tap.a + at..][..N];
        let b = &old[tap.b + at..][..N];
        for lane in 0..N {
            sums[lane] += tap.gain * (a[lane] + b[lane]);
        }
    }
    new[at..at + N].copy_from_slice(&sums);
}

/// The row that holds `phase` of 2^`level` phases: rows are in the order in which the levels made
/// them, the odd phases of each level from left to right.
fn row_of(phase: usize, level: usize) -> usize {
    if phase == 0 {
        return 0;
    }
    let common = phase.trailing_zeros() as usize;
    (1 << (level - common - 1)) + (phase >> (common + 1))
}

/// Frames before and after its own that a midpoint of `level` draws from.
fn reach(level: usize, pairs: usize) -> (usize, usize) {
    let phases = 1 << level;
    ((pairs - 1).div_ceil(phases), 1 + (pairs - 1) / phases)
}

/// Half kernels of the levels: entry j weighs the points j + ½ before and after.
fn kernels(accuracy: Accuracy, doublings: usize) -> Vec<Vec<f64>> {
    let first = match accuracy {
        Accuracy::Meter => (5.07, 16),
        Accuracy::Limiter => (6.76, 24),
        Accuracy::Fine => (6.76, 32),
    };
    let stage = |level: usize| match level {
        0 => first,
        1 => LATER_STAGES[0],
        _ => LATER_STAGES[1],
    };
    (0..doublings)
        .map(stage)
        .map(|(beta, pairs)| half_band(beta, pairs))
        .collect()
}

/// Kaiser-windowed sinc at ½, 3/2, …, scaled to sum ½.
fn half_band(beta: f64, pairs: usize) -> Vec<f64> {
    let tap = |j: usize| {
        let t = j as f64 + 0.5;
        let sign = if j.is_multiple_of(2) { 1.0 } else { -1.0 };
        let u = t / pairs as f64;
        sign / (PI * t) * bessel_i0(beta * (1.0 - u * u).sqrt())
    };
    let mut taps: Vec<f64> = (0..pairs).map(tap).collect();
    let scale = 0.5 / taps.iter().sum::<f64>();
    taps.iter_mut().for_each(|tap| *tap *= scale);
    taps
}

/// Modified Bessel function of order 0, by its power series.
fn bessel_i0(x: f64) -> f64 {
    let quarter = x * x / 4.0;
    let term = |term: f64, k: i32| term * quarter / f64::from(k * k);
    (1..40)
        .fold((1.0, 1.0), |(sum, last), k| {
            (sum + term(last, k), term(last, k))
        })
        .0
}

/// Largest Σ|h| over the phases of the whole cascade, rounded up.
fn norm(kernels: &[Vec<f64>]) -> f32 {
    // The impulse response at the current rate, from its first point on.
    let mut response = vec![1.0];
    for half in kernels {
        let kernel = || half.iter().rev().chain(half.iter());
        // An old point at 2k spreads to the odd places 2k - (2·pairs - 1) + 2j.
        let centre = 2 * half.len() - 1;
        let mut next = vec![0.0; 2 * response.len() + 2 * centre];
        for (k, x) in response.iter().enumerate() {
            next[2 * k + centre] += x;
            for (j, h) in kernel().enumerate() {
                next[2 * k + 2 * j] += x * h;
            }
        }
        response = next;
    }
    let phases = 1_usize << kernels.len();
    let sum = |phase: usize| {
        response
            .iter()
            .skip(phase)
            .step_by(phases)
            .map(|h: &f64| h.abs())
            .sum()
    };
    let largest = (0..phases).map(sum).fold(1.0, f64::max);
    math::to_f32(largest * 1.000_01)
}

/// The true peak of one channel since the last [`take`](Self::take): 16 points per frame or more,
/// and 64 taps each, wherever the largest point can be.
///
/// Around the largest value M of a signal within fs/2, four points per frame show at least
/// M·cos(π/8), 0.69 dB less (the signal cannot turn faster). So four points of every frame tell
/// which cells of 64 frames are worth all points. Cells are counted from the last reset: how time
/// is split into calls changes nothing.
#[derive(Clone, Debug)]
pub struct TruePeakMeter {
    coarse: TruePeakDetector,
    fine: TruePeakDetector,
    /// The frames of a cell that is not complete.
    cell: [f32; CHUNK],
    filled: usize,
    /// The largest of the four points in the last cell.
    before: f32,
    /// The largest point of complete cells, and the largest sample of all.
    peak: f32,
    samples: f32,
}

impl TruePeakMeter {
    /// A meter at `sample_rate` frames per second. `[main-thread]`
    #[must_use]
    pub fn new(sample_rate: f64) -> Self {
        let is_enough = |n: &usize| sample_rate * f64::from(1_u32 << *n) >= METER_RATE;
        let doublings = (FINE_DOUBLINGS..5).find(is_enough).unwrap_or(5);
        Self {
            coarse: TruePeakDetector::new(Accuracy::Meter, COARSE_DOUBLINGS),
            fine: TruePeakDetector::new(Accuracy::Fine, doublings),
            cell: [0.0; CHUNK],
            filled: 0,
            before: 0.0,
            peak: 0.0,
            samples: 0.0,
        }
    }

    /// Measures `x`. Its samples count at once; what lies between the last ones (at most 100 frames)
    /// does when what follows them is known. `[audio-thread]`
    pub fn process(&mut self, mut x: &[f32]) {
        let sample_peak = peak_of(x);
        while !x.is_empty() {
            let (now, rest) = x.split_at(x.len().min(CHUNK - self.filled));
            self.cell[self.filled..][..now.len()].copy_from_slice(now);
            self.filled += now.len();
            if self.filled == CHUNK {
                self.filled = 0;
                self.close_cell();
            }
            x = rest;
        }
        self.samples = larger(self.samples, sample_peak);
    }

    /// Both detectors see the cell, the fine one in full if its largest point can be there: its
    /// frames lag behind those of the coarse one by less than a cell.
    fn close_cell(&mut self) {
        let mut peaks = [0.0; CHUNK];
        let floor = self.peak * WORTH_A_LOOK;
        self.coarse.process(&self.cell, floor, &mut peaks);
        let now = peak_of(&peaks);
        if larger(self.before, now) > floor {
            self.fine.process(&self.cell, self.peak, &mut peaks);
            self.peak = larger(self.peak, peak_of(&peaks));
        } else {
            self.fine.skip(&self.cell);
        }
        self.before = now;
    }

    /// Ends the signal: what follows is silence. `[audio-thread]`
    pub fn finish(&mut self) {
        self.process(&[0.0; CHUNK]);
        self.process(&[0.0; CHUNK][..self.fine.delay()]);
    }

    /// Largest |x| of the continuous signal since the last `take`. `[audio-thread]`
    #[must_use]
    pub fn peak(&self) -> f32 {
        larger(self.peak, self.samples)
    }

    /// Largest |x| of the samples alone since the last `take`. `[audio-thread]`
    #[must_use]
    pub(crate) fn sample_peak(&self) -> f32 {
        self.samples
    }

    /// The same as [`peak`](Self::peak), and starts anew. `[audio-thread]`
    pub fn take(&mut self) -> f32 {
        let peak = self.peak();
        (self.peak, self.samples) = (0.0, 0.0);
        // What the last cell showed was compared with the peak before.
        self.before = f32::INFINITY;
        peak
    }

    /// Forgets everything. `[audio-thread]`
    pub fn reset(&mut self) {
        self.coarse.reset();
        self.fine.reset();
        (self.filled, self.before) = (0, 0.0);
        (self.peak, self.samples) = (0.0, 0.0);
    }
}

#[cfg(test)]
mod tests {
    use core::f64::consts::TAU;

    use proptest::prelude::*;

    use super::*;
    use crate::testing::{self, db, noise};

    fn dbtp(rate: f64, x: &[f32]) -> f64 {
        let mut meter = TruePeakMeter::new(rate);
        meter.process(x);
        meter.finish();
        db(meter.take())
    }

    /// A sine of `cycles` per frame with 10 ms tapers at 48 kHz.
    fn tone(cycles: f64, amplitude: f64, degrees: f64) -> Vec<f32> {
        let frames = 24_000;
        let taper = |i: usize| (i.min(frames - i) as f64 / 480.0).min(1.0);
        let wave = |i: usize| (TAU * (cycles * i as f64 + degrees / 360.0)).sin();
        (0..frames)
            .map(|i| math::to_f32(amplitude * taper(i) * wave(i)))
            .collect()
    }

    /// The rates at which meters are proven.
    const RATES: [f64; 4] = [44_100.0, 48_000.0, 96_000.0, 192_000.0];

    #[test]
    fn ebu_3341_cases_15_to_19() {
        let cases = [
            (0.25, 0.50, 0.0, -6.0),
            (0.25, 0.50, 45.0, -6.0),
            (1.0 / 6.0, 0.50, 60.0, -6.0),
            (0.125, 0.50, 67.5, -6.0),
            (0.25, 1.41, 45.0, 3.0),
        ];
        for rate in RATES {
            for (cycles, amplitude, degrees, expected) in cases {
                let error = dbtp(rate, &tone(cycles, amplitude, degrees)) - expected;
                assert!(
                    (-0.4..=0.2).contains(&error),
                    "{rate}: {cycles} at {degrees}: {error}"
                );
            }
        }
    }

    #[test]
    fn ebu_3341_cases_20_to_23() {
        for (offset, sample_peak) in [-0.13, -0.46, -2.50, -0.46].into_iter().enumerate() {
            let x = testing::ebu_3341_burst(offset);
            let generated = db(peak_of(&x));
            assert!(
                (generated - sample_peak).abs() < 0.05,
                "generator {offset}: {generated}"
            );
            for rate in RATES {
                let error = dbtp(rate, &x);
                assert!((-0.4..=0.2).contains(&error), "{rate}: {offset}: {error}");
            }
        }
    }

    #[test]
    fn under_reads_no_more_than_its_points_allow() {
        for (rate, points) in [
            (44_100.0, 16.0),
            (48e3, 16.0),
            (96e3, 16.0),
            (192e3, 16.0),
            (8e3, 32.0),
        ] {
            for cycles in [0.01, 0.1, 0.2, 0.25, 1.0 / 3.0, 0.4, 0.43, 0.45] {
                let bound = db(math::to_f32((PI * cycles / points).cos()));
                for step in 0..16 {
                    let x = tone(cycles, 1.0, f64::from(step) * 11.25);
                    let reading = dbtp(rate, &x);
                    let range = bound - 0.05..=0.05;
                    assert!(
                        range.contains(&reading),
                        "{rate} {cycles} {step}: {reading}"
                    );
                }
            }
        }
    }

    /// What a ceiling is kept by: brute force finds no more than 0.03 dB above the reading.
    #[test]
    fn reads_what_brute_force_finds() {
        let oracle = testing::TruePeakOracle::new();
        let mut signals = Vec::new();
        for (seed, cutoff) in (0..).zip([0.1, 0.208, 0.417, 0.45, 0.48]) {
            let wide: Vec<f64> = noise(seed).take(8_000).map(f64::from).collect();
            let low = testing::filter(&wide, &testing::low_pass(cutoff, 200));
            signals.push(low.into_iter().map(math::to_f32).collect());
        }
        // A square of 440 Hz whose harmonics end at 20 kHz, a click, and a gated tone at fs/4.
        let square = |n: usize| {
            let harmonics = (1..46).step_by(2).map(f64::from);
            let wave = |k: f64| (TAU * 440.0 * k * n as f64 / 48e3).sin() / k;
            math::to_f32(harmonics.map(wave).sum())
        };
        signals.push((0..12_000).map(square).collect());
        let mut click = vec![0.0; 300];
        click[150..153].copy_from_slice(&[1.0, -0.7, 0.9]);
        signals.push(click);
        let mut burst = vec![0.0; 400];
        for (n, x) in burst[200..216].iter_mut().enumerate() {
            *x = math::to_f32((TAU * (n as f64 / 4.0 + 0.125)).sin());
        }
        signals.push(burst);
        for (number, x) in signals.iter().enumerate() {
            let found = db(oracle.peak(x));
            for rate in RATES {
                let reading = dbtp(rate, x);
                let range = found - 0.03..found + 0.1;
                assert!(range.contains(&reading), "{number}: {reading} {found}");
            }
        }
    }

    /// The cells that are left out hold no larger point.
    #[test]
    fn a_look_at_every_cell_finds_no_more() {
        for seed in 0..8 {
            let mut x: Vec<f32> = noise(seed).take(20_000).collect();
            for (n, x) in x.iter_mut().enumerate() {
                *x *= if n / 500 % 2 == 0 { 1.0 } else { 0.7 };
            }
            let mut detector = TruePeakDetector::new(Accuracy::Fine, FINE_DOUBLINGS);
            let mut peaks = vec![0.0; x.len() + CHUNK];
            let padded = [x.as_slice(), &[0.0; CHUNK]].concat();
            detector.process(&padded, 0.0, &mut peaks);
            assert_eq!(dbtp(48e3, &x), db(peak_of(&peaks)), "{seed}");
        }
    }

    #[test]
    fn wider_vectors_give_the_same_bits() {
        let width = 200;
        let mut rows: Vec<f32> = noise(4).take(4 * width).collect();
        rows[70] = f32::NAN;
        let tap = |n: usize| Tap {
            a: 40 - n,
            b: width + 41 + n,
            gain: 0.3 / (n + 1) as f32,
        };
        let taps: Vec<Tap> = (0..9).map(tap).collect();
        for frames in [1, 8, 9, 16, 17, 33, 48, 49, 64, 70] {
            let (mut plain, mut wide) = (vec![0.0; 96], vec![0.0; 96]);
            fill_plain(&taps, &rows, &mut plain, frames);
            fill(&taps, &rows, &mut wide, frames);
            let bits = |row: &[f32]| {
                row[..frames]
                    .iter()
                    .map(|x| x.to_bits())
                    .collect::<Vec<_>>()
            };
            assert_eq!(bits(&plain), bits(&wide), "{frames}");
            let (mut plain, mut wide) = (vec![9.0; frames], vec![9.0; frames]);
            largest_of_plain(&rows, width, 30, &mut plain);
            largest_of(&rows, width, 30, &mut wide);
            assert_eq!(plain, wide, "{frames}");
        }
        for floor in [0.5, 0.9, 0.99, 1.2] {
            let points = [&rows[..100], &rows[width..]];
            let loud = loud_blocks(points, 11, 1.1, floor);
            assert_eq!(loud, loud_blocks_plain(points, 11, 1.1, floor), "{floor}");
        }
    }

    #[test]
    fn detector_is_exact_on_samples_and_dc() {
        let mut detector = TruePeakDetector::new(Accuracy::Limiter, 3);
        let delay = detector.delay();
        let mut peaks = vec![0.0; 400];
        detector.process(&[0.5; 400], 0.0, &mut peaks);
        assert!(
            peaks[2 * delay + 1..]
                .iter()
                .all(|p| (p - 0.5).abs() < 1e-6)
        );
        detector.reset();
        let mut pulse = vec![0.0; 400];
        pulse[200] = -0.8;
        detector.process(&pulse, 0.0, &mut peaks);
        assert_eq!(peak_of(&peaks), 0.8);
        assert_eq!(peaks[200 + delay], 0.8, "the delay is what it says");
        assert_eq!(peaks[..200 + delay - 27], [0.0; 200]);
    }

    #[test]
    fn norm_bounds_the_worst_signal() {
        // Signs of the middle phase's response: no signal within ±1 peaks higher.
        let kernel = &kernels(Accuracy::Limiter, 3)[0];
        let mut x: Vec<f32> = kernel
            .iter()
            .rev()
            .chain(kernel)
            .map(|h| math::to_f32(h.signum()))
            .collect();
        x.extend([0.0; 60]);
        let mut detector = TruePeakDetector::new(Accuracy::Limiter, 3);
        let mut peaks = vec![0.0; x.len()];
        detector.process(&x, 0.0, &mut peaks);
        let ratio = detector.norm() / peak_of(&peaks);
        assert!((1.0..1.01).contains(&ratio), "{ratio} {}", detector.norm());
    }

    proptest! {
        #[test]
        fn splits_and_floors_do_not_change_peaks(
            splits in prop::collection::vec(0_usize..150, 1..20),
            floor in 0.0_f32..2.0,
            seed in any::<u64>(),
        ) {
            let total = splits.iter().sum();
            let x: Vec<f32> = noise(seed).take(total).collect();
            let mut whole = vec![0.0; total];
            TruePeakDetector::new(Accuracy::Limiter, 3).process(&x, 0.0, &mut whole);
            let mut split = vec![0.0; total];
            let mut detector = TruePeakDetector::new(Accuracy::Limiter, 3);
            let mut meter = TruePeakMeter::new(48e3);
            let mut done = 0;
            for frames in splits {
                let range = done..done + frames;
                detector.process(&x[range.clone()], floor, &mut split[range.clone()]);
                meter.process(&x[range.clone()]);
                done = range.end;
            }
            for (a, b) in whole.iter().zip(&split) {
                prop_assert!(a == b || (*a <= floor && b <= a), "{a} {b} {floor}");
            }
            let mut all = TruePeakMeter::new(48e3);
            all.process(&x);
            prop_assert_eq!(all.take(), meter.take());
        }
    }
}
