//! From peaks to a gain that is in place when the peak arrives.
//!
//! All stages work on the *reduction* 1 - gain, which is exactly 0 when there is nothing to do.

use super::CHUNK;
use crate::math;
use crate::meter::peak_of;
use crate::simd::wide;
use crate::sliding::SlidingMax;
use crate::smooth::Ramp;

/// Frames around a peak that get its full reduction, because the continuous signal between two
/// samples depends on their neighbours too.
const GUARD: usize = 2;
/// The reduction is rounded to whole steps of 2^-26. Sums of whole numbers below 2^53 are exact
/// in f64, so the running sums of the smoother never drift.
const STEPS: f64 = 67_108_864.0;
/// Frames that are released together.
const GROUP: usize = 16;
/// Adding it rounds a smaller f64 to a whole number.
const ROUND: f64 = 6_755_399_441_055_744.0;
/// How much slower the programme-dependent release is in the long run.
const SLOW: f64 = 8.0;

/// How reductions fall.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Release {
    /// What is left of a reduction after one frame.
    keep: f64,
    /// No more than what is left after a group of frames, however it is rounded.
    keep_group: f64,
    /// What is left of the distance to the long-term reduction after one frame.
    keep_slow: f64,
    /// Whether reductions fall to their long-term mean instead of 0.
    pub(super) auto: bool,
}

impl Release {
    /// Sets the time constant.
    pub(super) fn set_frames(&mut self, frames: f64) {
        self.keep = math::exp_f64(-1.0 / frames);
        self.keep_group = math::exp_f64(-(GROUP as f64) / frames) * (1.0 - 1e-13);
        self.keep_slow = math::exp_f64(-1.0 / (SLOW * frames));
    }
}

/// The gain computer of one channel.
#[derive(Clone, Debug)]
pub(super) struct GainChain {
    hold: SlidingMax,
    /// Released reduction, and its long-term mean for the automatic release.
    envelope: f64,
    long_term: f64,
    smooth: [Boxcar; 2],
    scale: f64,
    /// Frames since anything but 0 went into the smoother.
    quiet: usize,
}

impl GainChain {
    /// A chain whose gain for the peak of frame i comes out with frame i + `look_ahead`.
    pub(super) fn new(look_ahead: usize) -> Self {
        // Two boxcars in a row span both lengths - 1 frames.
        let span = (look_ahead + 2).saturating_sub(GUARD).max(2);
        let (first, second) = (span / 2, span - span / 2);
        Self {
            hold: SlidingMax::new(look_ahead + GUARD + 2),
            envelope: 0.0,
            long_term: 0.0,
            smooth: [Boxcar::new(first), Boxcar::new(second)],
            scale: 1.0 / (STEPS * (first * second) as f64),
            quiet: usize::MAX,
        }
    }

    pub(super) fn reset(&mut self) {
        self.hold.clear();
        self.smooth.iter_mut().for_each(Boxcar::clear);
        (self.envelope, self.long_term, self.quiet) = (0.0, 0.0, usize::MAX);
    }

    /// Takes the state of another chain of the same look-ahead, without allocating.
    pub(super) fn copy_from(&mut self, other: &Self) {
        self.hold.copy_from(&other.hold);
        for (own, other) in self.smooth.iter_mut().zip(&other.smooth) {
            own.copy_from(other);
        }
        self.envelope = other.envelope;
        self.long_term = other.long_term;
        self.quiet = other.quiet;
    }

    /// Whether it holds nothing but zeros, so that frames without a reduction may be left out.
    pub(super) fn is_idle(&self) -> bool {
        self.quiet >= self.hold.frames() + self.smooth[0].ring.len() + self.smooth[1].ring.len()
    }

    /// Writes one gain, at most 1, for each peak; peaks and thresholds above 0.
    pub(super) fn process(
        &mut self,
        release: &Release,
        threshold: &Ramp,
        peaks: &[f32],
        gains: &mut [f32],
    ) {
        let mut start = 0;
        for (peaks, gains) in peaks.chunks(CHUNK).zip(gains.chunks_mut(CHUNK)) {
            reductions(threshold, start, peaks, gains);
            self.hold.process(gains);
            let mut steps = [0.0; CHUNK];
            let steps = &mut steps[..gains.len()];
            self.release(release, gains, steps);
            round_to_steps(steps);
            let zeros = steps
                .iter()
                .rev()
                .take_while(|steps| **steps == 0.0)
                .count();
            let before = if zeros < steps.len() { 0 } else { self.quiet };
            self.quiet = before.saturating_add(zeros);
            self.smooth
                .iter_mut()
                .for_each(|boxcar| boxcar.process(steps));
            to_gains(steps, self.scale, gains);
            start += peaks.len();
        }
    }

    /// Lets the held reductions fall. The shortest chain of operations from one frame to the next:
    /// it bounds the speed.
    fn release(&mut self, release: &Release, reductions: &[f32], out: &mut [f64]) {
        if !release.auto && self.long_term == 0.0 {
            // The same sum without the zero in it.
            for (out, group) in out.chunks_mut(GROUP).zip(reductions.chunks(GROUP)) {
                self.release_group(release, group, out);
            }
            return;
        }
        for (out, reduction) in out.iter_mut().zip(reductions) {
            *out = self.release_frame(release, f64::from(*reduction));
        }
    }

    /// At most [`GROUP`] frames of the plain release. Where nothing can exceed what falls, nothing is
    /// compared on the way.
    #[inline]
    fn release_group(&mut self, release: &Release, reductions: &[f32], out: &mut [f64]) {
        let (mut envelope, keep) = (self.envelope, release.keep);
        if f64::from(peak_of(reductions)) <= envelope * release.keep_group {
            for out in out {
                envelope *= keep;
                *out = envelope;
            }
        } else {
            for (out, reduction) in out.iter_mut().zip(reductions) {
                envelope = larger(envelope * keep, f64::from(*reduction));
                *out = envelope;
            }
        }
        self.envelope = envelope;
    }

    #[inline]
    fn release_frame(&mut self, release: &Release, reduction: f64) -> f64 {
        let falling = self.envelope * release.keep + self.long_term * (1.0 - release.keep);
        self.envelope = larger(falling, reduction);
        let long_term = self.long_term * release.keep_slow + reduction * (1.0 - release.keep_slow);
        // The long-term reduction never exceeds the envelope and ends in an exact 0 before the
        // envelope rounds to 0 steps. So an idle chain may stand still: what is left of its
        // envelope is below the smallest reduction a peak can ask for.
        let alive = release.auto && long_term > 0.6 / STEPS;
        self.long_term = if alive { long_term } else { 0.0 };
        self.envelope
    }
}

#[inline(always)]
fn larger(a: f64, b: f64) -> f64 {
    if b > a { b } else { a }
}

wide! {
    /// Reductions to whole numbers of steps.
    fn round_to_steps(reductions: &mut [f64]) {
        for reduction in reductions {
            *reduction = *reduction * STEPS + ROUND - ROUND;
        }
    }
}

wide! {
    /// Sums of steps to gains.
    fn to_gains(sums: &[f64], scale: f64, gains: &mut [f32]) {
        for (gain, sum) in gains.iter_mut().zip(sums) {
            *gain = 1.0 - math::to_f32(*sum * scale);
        }
    }
}

wide! {
    /// Writes how far each peak, from `start` on, asks the gain to go below 1.
    fn reductions(threshold: &Ramp, start: usize, peaks: &[f32], out: &mut [f32]) {
        if threshold.is_steady() {
            let threshold = threshold.target();
            for (out, peak) in out.iter_mut().zip(peaks) {
                *out = reduction(threshold, *peak);
            }
        } else {
            for (i, (out, peak)) in out.iter_mut().zip(peaks).enumerate() {
                *out = reduction(threshold.at(start + i), *peak);
            }
        }
    }
}

#[inline(always)]
fn reduction(threshold: f32, peak: f32) -> f32 {
    let reduction = 1.0 - threshold / peak;
    if peak > threshold { reduction } else { 0.0 }
}

/// Sum of the last values, which are whole numbers.
#[derive(Clone, Debug)]
struct Boxcar {
    ring: Vec<f64>,
    next: usize,
    sum: f64,
}

impl Boxcar {
    fn new(frames: usize) -> Self {
        Self {
            ring: vec![0.0; frames],
            next: 0,
            sum: 0.0,
        }
    }

    /// Replaces every value by the sum that ends with it.
    fn process(&mut self, values: &mut [f64]) {
        let mut rest = values;
        while !rest.is_empty() {
            let room = self.ring.len() - self.next;
            let (part, tail) = rest.split_at_mut(rest.len().min(room));
            let end = self.next + part.len();
            add_up(&mut self.ring[self.next..end], &mut self.sum, part);
            self.next = if end == self.ring.len() { 0 } else { end };
            rest = tail;
        }
    }

    fn clear(&mut self) {
        self.ring.fill(0.0);
        (self.next, self.sum) = (0, 0.0);
    }

    fn copy_from(&mut self, other: &Self) {
        self.ring.copy_from_slice(&other.ring);
        (self.next, self.sum) = (other.next, other.sum);
    }
}

/// Swaps the values with those that leave the window, and runs up `sum` by the differences. Sums of
/// whole numbers are exact in any order, so four of them need not wait for one another.
fn add_up(window: &mut [f64], sum: &mut f64, values: &mut [f64]) {
    for (value, old) in values.iter_mut().zip(window) {
        let oldest = core::mem::replace(old, *value);
        *value -= oldest;
    }
    let (groups, tail) = values.as_chunks_mut::<4>();
    for [a, b, c, d] in groups {
        let (first, second) = (*a + *b, *c + *d);
        let before = *sum;
        *sum += first + second;
        (*a, *b, *c, *d) = (before + *a, before + first, before + (first + *c), *sum);
    }
    for value in tail {
        *sum += *value;
        *value = *sum;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gain_arrives_with_the_peak_and_ends_exactly() {
        let threshold = Ramp::new(0.5, 48e3);
        for look_ahead in [4, 5, 24, 72, 480] {
            let mut chain = GainChain::new(look_ahead);
            let mut release = Release::default();
            release.set_frames(100.0);
            let mut peaks = vec![0.1; 6_000];
            peaks[1_000] = 2.0;
            let mut gains = vec![0.0; 6_000];
            chain.process(&release, &threshold, &peaks, &mut gains);
            let arrival = 1_000 + look_ahead;
            for gain in &gains[arrival - GUARD..=arrival + GUARD + 1] {
                assert!((gain - 0.25).abs() < 1e-6, "{look_ahead}: {gain}");
            }
            assert_eq!(gains[..1_000], [1.0; 1_000]);
            assert!(gains.iter().all(|gain| (0.2499..=1.0).contains(gain)));
            assert!(chain.is_idle() && gains[5_900..] == [1.0; 100]);
        }
    }

    #[test]
    fn automatic_release_is_slower_after_long_limiting() {
        let threshold = Ramp::new(0.5, 48e3);
        let recovered = |auto: bool, loud: usize| {
            let mut chain = GainChain::new(72);
            let mut release = Release {
                auto,
                ..Release::default()
            };
            release.set_frames(480.0);
            let mut gains = vec![0.0; loud];
            chain.process(&release, &threshold, &vec![1.0; loud], &mut gains);
            let mut gains = vec![0.0; 2_000];
            chain.process(&release, &threshold, &[0.0; 2_000], &mut gains);
            gains[1_500]
        };
        assert!(recovered(true, 100) > 0.95 && recovered(false, 100_000) > 0.95);
        assert!(recovered(true, 100_000) < 0.75);
    }
}
