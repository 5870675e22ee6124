//! From peaks to a gain that is in place when the peak arrives.
//!
//! All stages work on the *reduction* 1 - gain, which is exactly 0 when there is nothing to do.

use crate::math;
use crate::smooth::Ramp;

/// Frames around a peak that get its full reduction, because the continuous signal between two
/// samples depends on their neighbours too.
const GUARD: usize = 2;
/// The reduction is rounded to whole steps of 2^-26. Sums of whole numbers below 2^53 are exact
/// in f64, so the running sums of the smoother never drift.
const STEPS: f64 = 67_108_864.0;
/// Adding it rounds a smaller f64 to a whole number.
const ROUND: f64 = 6_755_399_441_055_744.0;
/// How much slower the programme-dependent release is in the long run.
const SLOW: f64 = 8.0;

/// How reductions fall.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Release {
    /// What is left of a reduction after one frame.
    keep: f64,
    /// What is left of the distance to the long-term reduction after one frame.
    keep_slow: f64,
    /// Whether reductions fall to their long-term mean instead of 0.
    pub(super) auto: bool,
}

impl Release {
    /// Sets the time constant.
    pub(super) fn set_frames(&mut self, frames: f64) {
        self.keep = math::exp_f64(-1.0 / frames);
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
        self.quiet >= self.hold.ring.len() + self.smooth[0].ring.len() + self.smooth[1].ring.len()
    }

    /// Writes one gain, at most 1, for each peak; peaks and thresholds above 0.
    pub(super) fn process(
        &mut self,
        release: &Release,
        threshold: &Ramp,
        peaks: &[f32],
        gains: &mut [f32],
    ) {
        reductions(threshold, peaks, gains);
        for gain in gains {
            let reduction = self.hold.push(*gain);
            let steps = self.release(release, f64::from(reduction)) * STEPS + ROUND - ROUND;
            self.quiet = if steps > 0.0 {
                0
            } else {
                self.quiet.saturating_add(1)
            };
            let sum = self.smooth[0].push(steps);
            *gain = 1.0 - math::to_f32(self.smooth[1].push(sum) * self.scale);
        }
    }

    /// The shortest chain of operations from one frame to the next: it bounds the speed.
    #[inline]
    fn release(&mut self, release: &Release, reduction: f64) -> f64 {
        let falling = self.envelope * release.keep + self.long_term * (1.0 - release.keep);
        self.envelope = if reduction > falling {
            reduction
        } else {
            falling
        };
        let long_term = self.long_term * release.keep_slow + reduction * (1.0 - release.keep_slow);
        // The long-term reduction never exceeds the envelope and ends in an exact 0 before the
        // envelope rounds to 0 steps. So an idle chain may stand still: what is left of its
        // envelope is below the smallest reduction a peak can ask for.
        let alive = release.auto && long_term > 0.6 / STEPS;
        self.long_term = if alive { long_term } else { 0.0 };
        self.envelope
    }
}

/// Writes how far each peak asks the gain to go below 1.
fn reductions(threshold: &Ramp, peaks: &[f32], out: &mut [f32]) {
    let reduction = |threshold: f32, peak: f32| {
        let reduction = 1.0 - threshold / peak;
        if peak > threshold { reduction } else { 0.0 }
    };
    if threshold.is_steady() {
        let threshold = threshold.target();
        for (out, peak) in out.iter_mut().zip(peaks) {
            *out = reduction(threshold, *peak);
        }
    } else {
        for (i, (out, peak)) in out.iter_mut().zip(peaks).enumerate() {
            *out = reduction(threshold.at(i), *peak);
        }
    }
}

/// Maximum of the last values, in constant time per value (M. van Herk, "A fast algorithm for
/// local minimum and maximum filters on rectangular and octagonal kernels", 1992).
#[derive(Clone, Debug)]
struct SlidingMax {
    /// Before `next`: the values of this round. From `next` on: for each place of the last round
    /// the maximum from there to its end.
    ring: Vec<f32>,
    next: usize,
    round: f32,
}

impl SlidingMax {
    fn new(frames: usize) -> Self {
        Self {
            ring: vec![0.0; frames],
            next: 0,
            round: 0.0,
        }
    }

    #[inline]
    fn push(&mut self, value: f32) -> f32 {
        if self.next == self.ring.len() {
            let mut largest = 0.0_f32;
            for value in self.ring.iter_mut().rev() {
                largest = if *value > largest { *value } else { largest };
                *value = largest;
            }
            (self.next, self.round) = (0, 0.0);
        }
        self.ring[self.next] = value;
        self.next += 1;
        self.round = if value > self.round {
            value
        } else {
            self.round
        };
        let before = self.ring.get(self.next).copied().unwrap_or(0.0);
        if before > self.round {
            before
        } else {
            self.round
        }
    }

    fn clear(&mut self) {
        self.ring.fill(0.0);
        (self.next, self.round) = (0, 0.0);
    }

    fn copy_from(&mut self, other: &Self) {
        self.ring.copy_from_slice(&other.ring);
        (self.next, self.round) = (other.next, other.round);
    }
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

    #[inline]
    fn push(&mut self, value: f64) -> f64 {
        let oldest = core::mem::replace(&mut self.ring[self.next], value);
        self.next = if self.next + 1 == self.ring.len() {
            0
        } else {
            self.next + 1
        };
        self.sum += value - oldest;
        self.sum
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::noise;

    #[test]
    fn sliding_max_is_the_maximum() {
        let values: Vec<f32> = noise(5).map(f32::abs).take(500).collect();
        for frames in [1, 2, 7, 75] {
            let mut hold = SlidingMax::new(frames);
            for (i, value) in values.iter().enumerate() {
                let window = &values[(i + 1).saturating_sub(frames)..=i];
                let expected = window.iter().copied().fold(0.0, f32::max);
                assert_eq!(hold.push(*value), expected, "{frames} {i}");
            }
        }
    }

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
