//! How loud a signal is: the largest of the last frames, or the mean power.

use crate::math::exp_f64;
use crate::math::to_f32;
use crate::processor::Setup;

/// Levels above this, and what is not a number, count as this.
const LOUDEST: f32 = 1e6;
/// Time constant of the mean power, ms.
const RMS_MS: f64 = 10.0;

/// The level of one channel.
#[derive(Clone, Debug)]
pub(crate) struct Detector {
    /// Last frames of the current block, then suffix maxima of the block before: after
    /// M. van Herk (1992), the maximum over a window costs three comparisons per frame. One
    /// more element stays 0: at the end of a block nothing older is left.
    window: Vec<f32>,
    position: usize,
    /// Maximum of the current block.
    newest: f32,
    power: f32,
    keep: f32,
}

impl Detector {
    /// A silent detector with a window of `frames`. Allocates. `[main-thread]`
    pub(crate) fn new(setup: Setup, frames: usize) -> Self {
        let tau = RMS_MS * 0.001 * setup.sample_rate;
        Self {
            window: vec![0.0; frames.max(1) + 1],
            position: 0,
            newest: 0.0,
            power: 0.0,
            keep: to_f32(exp_f64(-1.0 / tau)),
        }
    }

    /// Forgets the signal. `[audio-thread]`
    pub(crate) fn reset(&mut self) {
        self.window.fill(0.0);
        self.position = 0;
        self.newest = 0.0;
        self.power = 0.0;
    }

    /// Raises every frame of `level` to the largest magnitude of the window that ends there.
    /// `[audio-thread]`
    pub(crate) fn raise_to_peak(&mut self, signal: &[f32], level: &mut [f32]) {
        let mut start = 0;
        while start < signal.len().min(level.len()) {
            let end = signal.len().min(start + self.length() - self.position);
            self.raise_in_block(&signal[start..end], &mut level[start..end]);
            start = end;
            if self.position == self.length() {
                self.turn_block();
            }
        }
    }

    /// The same for frames that end with the current block at the latest.
    fn raise_in_block(&mut self, signal: &[f32], level: &mut [f32]) {
        let range = self.position..self.position + signal.len();
        for (level, older) in level.iter_mut().zip(&self.window[range.start + 1..]) {
            *level = larger(*level, *older);
        }
        let block = &mut self.window[range.clone()];
        for (slot, x) in block.iter_mut().zip(signal) {
            *slot = magnitude(*x);
        }
        let mut newest = self.newest;
        for (level, x) in level.iter_mut().zip(block) {
            newest = larger(newest, *x);
            *level = larger(*level, newest);
        }
        self.newest = newest;
        self.position = range.end;
    }

    /// The block is full: its suffix maxima become the older part of the window.
    fn turn_block(&mut self) {
        let mut maximum = 0.0;
        for x in self.window.iter_mut().rev() {
            maximum = larger(maximum, *x);
            *x = maximum;
        }
        self.newest = 0.0;
        self.position = 0;
    }

    /// Frames of the window.
    fn length(&self) -> usize {
        self.window.len() - 1
    }

    /// Lets the mean power start where a steady sine of the current peak would have it.
    /// `[audio-thread]`
    pub(crate) fn seed_power(&mut self) {
        let peak = larger(self.newest, self.window[self.position]);
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

#[inline(always)]
fn magnitude(x: f32) -> f32 {
    let x = x.abs();
    if x < LOUDEST { x } else { LOUDEST }
}

#[inline(always)]
fn larger(a: f32, b: f32) -> f32 {
    if a > b { a } else { b }
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
                detector.raise_to_peak(signal, level);
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
        detector.raise_to_peak(&signal, &mut level);
        assert_eq!(level, [1e6, 1e6, 1e6, 1e6, 1e6, 0.5]);
        detector.raise_to_power(&signal, &mut level);
        assert!(detector.power.is_finite());
    }
}
