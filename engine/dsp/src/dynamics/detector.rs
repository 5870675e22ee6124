//! How loud a signal is: the largest of the last frames, or the mean power.

use crate::math::{exp_f64, to_f32};
use crate::meter::larger;
use crate::processor::Setup;
use crate::simd::wide;
use crate::sliding::SlidingMax;

/// Levels above this, and what is not a number, count as this.
const LOUDEST: f32 = 1e6;
/// Time constant of the mean power, ms.
const RMS_MS: f64 = 10.0;

/// The level of one channel.
#[derive(Clone, Debug)]
pub(crate) struct Detector {
    peaks: SlidingMax,
    power: f32,
    keep: f32,
}

impl Detector {
    /// A silent detector with a window of `frames`. Allocates. `[main-thread]`
    pub(crate) fn new(setup: Setup, frames: usize) -> Self {
        let tau = RMS_MS * 0.001 * setup.sample_rate;
        Self {
            peaks: SlidingMax::new(frames),
            power: 0.0,
            keep: to_f32(exp_f64(-1.0 / tau)),
        }
    }

    /// Forgets the signal. `[audio-thread]`
    pub(crate) fn reset(&mut self) {
        self.peaks.clear();
        self.power = 0.0;
    }

    /// Replaces magnitudes by the largest of the window that ends there. `[audio-thread]`
    pub(crate) fn hold(&mut self, magnitudes: &mut [f32]) {
        self.peaks.process(magnitudes);
    }

    /// Takes over the window of another one of the same length. `[audio-thread]`
    pub(crate) fn take_window(&mut self, other: &Self) {
        self.peaks.copy_from(&other.peaks);
    }

    /// Raises the window to that of another one, which has heard as many frames. `[audio-thread]`
    pub(crate) fn join_window(&mut self, other: &Self) {
        self.peaks.join(&other.peaks);
    }

    /// The largest magnitude of the window. `[audio-thread]`
    pub(crate) fn peak(&self) -> f32 {
        self.peaks.largest()
    }

    /// Lets the mean power start where a steady sine of this peak would have it. `[audio-thread]`
    pub(crate) fn seed_power(&mut self, peak: f32) {
        self.power = 0.5 * peak * peak;
    }

    /// Raises every frame of `power` to the mean power there. `[audio-thread]`
    pub(crate) fn raise_to_power(&mut self, signal: &[f32], power: &mut [f32]) {
        let give = 1.0 - self.keep;
        for (x, power) in signal.iter().zip(power) {
            let x = magnitude(*x);
            self.power = self.keep * self.power + give * (x * x);
            *power = larger(*power, self.power);
        }
    }
}

wide! {
    /// Raises every frame to the magnitude of `signal` there.
    pub(crate) fn raise_to_magnitude(frames: &mut [f32], signal: &[f32]) {
        for (frame, x) in frames.iter_mut().zip(signal) {
            *frame = larger(*frame, magnitude(*x));
        }
    }
}

#[inline(always)]
fn magnitude(x: f32) -> f32 {
    let x = x.abs();
    if x < LOUDEST { x } else { LOUDEST }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn peaks_are_those_of_the_last_frames() {
        let signal: Vec<f32> = (0..500_u32)
            .map(|n| ((n * 7919 % 1009) as f32 - 504.0) / 504.0)
            .collect();
        for length in [1, 2, 7, 100] {
            let setup = Setup::new(48_000.0, 1).unwrap();
            let mut detector = Detector::new(setup, length);
            let mut level = vec![0.0; signal.len()];
            for (signal, level) in signal.chunks(13).zip(level.chunks_mut(13)) {
                raise_to_magnitude(level, signal);
                detector.hold(level);
            }
            for (n, level) in level.iter().enumerate() {
                let window = &signal[(n + 1).saturating_sub(length)..=n];
                let expected = window.iter().fold(0.0_f32, |m, x| m.max(x.abs()));
                assert_eq!(*level, expected, "window {length} frame {n}");
            }
        }
    }

    #[test]
    fn what_is_not_a_number_is_loud_and_passes() {
        let mut detector = Detector::new(Setup::new(8000.0, 1).unwrap(), 4);
        let mut level = [0.0; 6];
        let signal = [f32::NAN, f32::INFINITY, 0.5, 0.5, 0.5, 0.5];
        raise_to_magnitude(&mut level, &signal);
        detector.hold(&mut level);
        assert_eq!(level, [1e6, 1e6, 1e6, 1e6, 1e6, 0.5]);
        detector.raise_to_power(&signal, &mut level);
        assert!(detector.power.is_finite());
    }
}
