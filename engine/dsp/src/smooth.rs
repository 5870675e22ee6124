//! How parameters move: linear ramps for amplitudes, one-poles on the cell grid for the rest.

use crate::CELL;
use crate::math::{exp_f64, exp2_f64, log2_f64, to_count, to_f32};

/// Duration of an amplitude ramp or cross-fade, ms.
pub const RAMP_MS: f64 = 10.0;
/// Time constant of smoothed frequencies, times and levels, ms.
const SMOOTH_MS: f64 = 20.0;
/// Distance (octaves or dB) at which a smoothed value jumps to its target.
const SNAP: f64 = 1e-4;

/// A linear change of an amplitude over 10 ms from the exact frame of the request. It is computed
/// as `from + step·i`, without a running sum, and arrives exactly.
#[derive(Clone, Copy, Debug)]
pub struct Ramp {
    from: f32,
    step: f32,
    target: f32,
    done: usize,
    frames: usize,
}

impl Ramp {
    /// A ramp that rests at `value`, for a signal of `sample_rate` Hz.
    #[must_use]
    pub fn new(value: f32, sample_rate: f64) -> Self {
        let frames = to_count(RAMP_MS * 0.001 * sample_rate).max(1);
        Self {
            from: value,
            step: 0.0,
            target: value,
            done: frames,
            frames,
        }
    }

    /// Heads for `target` from the current value. `[audio-thread]`
    #[inline]
    pub fn set(&mut self, target: f32) {
        if target.to_bits() == self.target.to_bits() {
            return;
        }
        self.from = self.value();
        self.step = (target - self.from) / self.frames as f32;
        self.target = target;
        self.done = 0;
    }

    /// Rests at `value` at once. `[audio-thread]`
    #[inline]
    pub fn snap(&mut self, value: f32) {
        self.target = value;
        self.done = self.frames;
    }

    /// Rests at its target at once. `[audio-thread]`
    #[inline]
    pub fn finish(&mut self) {
        self.done = self.frames;
    }

    /// Where it heads for.
    #[inline]
    #[must_use]
    pub fn target(&self) -> f32 {
        self.target
    }

    /// True when it rests at its target.
    #[inline]
    #[must_use]
    pub fn is_steady(&self) -> bool {
        self.done == self.frames
    }

    /// Frames until it rests.
    #[inline]
    #[must_use]
    pub fn remaining(&self) -> usize {
        self.frames - self.done
    }

    /// The current value.
    #[inline]
    #[must_use]
    pub fn value(&self) -> f32 {
        self.at(0)
    }

    /// The value `i` frames ahead.
    #[inline]
    #[must_use]
    pub fn at(&self, i: usize) -> f32 {
        let frame = self.done + i;
        if frame >= self.frames {
            self.target
        } else {
            self.from + self.step * frame as f32
        }
    }

    /// Moves on by `frames`. `[audio-thread]`
    #[inline]
    pub fn advance(&mut self, frames: usize) {
        self.done = self.frames.min(self.done + frames);
    }

    /// Multiplies `signal`, which starts at the current frame. `[audio-thread]`
    pub fn apply(&self, signal: &mut [f32]) {
        let moving = self.remaining().min(signal.len());
        let (ramp, rest) = signal.split_at_mut(moving);
        for (i, x) in ramp.iter_mut().enumerate() {
            *x *= self.from + self.step * (self.done + i) as f32;
        }
        for x in rest {
            *x *= self.target;
        }
    }
}

/// A value that follows its target with a time constant of 20 ms, in steps at the cell
/// boundaries of the absolute clock.
#[derive(Clone, Copy, Debug)]
pub struct CellSmoother {
    current: f64,
    target: f64,
    keep: f64,
}

impl CellSmoother {
    /// A smoother that rests at `value`, for a signal of `sample_rate` Hz.
    #[must_use]
    pub fn new(value: f64, sample_rate: f64) -> Self {
        let cells_per_tau = SMOOTH_MS * 0.001 * sample_rate / CELL as f64;
        Self {
            current: value,
            target: value,
            keep: exp_f64(-1.0 / cells_per_tau),
        }
    }

    /// Heads for `target` from the next cell boundary on. `[audio-thread]`
    #[inline]
    pub fn set(&mut self, target: f64) {
        self.target = target;
    }

    /// Rests at its target at once. `[audio-thread]`
    #[inline]
    pub fn finish(&mut self) {
        self.current = self.target;
    }

    /// Crosses a cell boundary; false when it rested already. `[audio-thread]`
    #[inline]
    pub fn tick(&mut self) -> bool {
        if self.is_steady() {
            return false;
        }
        let distance = (self.current - self.target) * self.keep;
        self.current = if distance.abs() < SNAP {
            self.target
        } else {
            self.target + distance
        };
        true
    }

    /// True when it rests at its target.
    #[inline]
    #[must_use]
    pub fn is_steady(&self) -> bool {
        self.current.to_bits() == self.target.to_bits()
    }

    /// The current value.
    #[inline]
    #[must_use]
    pub fn value(&self) -> f64 {
        self.current
    }

    /// Where it heads for.
    #[inline]
    #[must_use]
    pub fn target(&self) -> f64 {
        self.target
    }
}

/// A [`CellSmoother`] in octaves, for values above 0: frequencies, quality factors, times.
#[derive(Clone, Copy, Debug)]
pub struct LogSmoother {
    octaves: CellSmoother,
    target: f64,
}

impl LogSmoother {
    /// A smoother that rests at `value`, for a signal of `sample_rate` Hz.
    #[must_use]
    pub fn new(value: f64, sample_rate: f64) -> Self {
        Self {
            octaves: CellSmoother::new(log2_f64(value), sample_rate),
            target: value,
        }
    }

    /// Heads for `target` from the next cell boundary on. `[audio-thread]`
    #[inline]
    pub fn set(&mut self, target: f64) {
        self.octaves.set(log2_f64(target));
        self.target = target;
    }

    /// Rests at its target at once. `[audio-thread]`
    #[inline]
    pub fn finish(&mut self) {
        self.octaves.finish();
    }

    /// Crosses a cell boundary; false when it rested already. `[audio-thread]`
    #[inline]
    pub fn tick(&mut self) -> bool {
        self.octaves.tick()
    }

    /// True when it rests at its target.
    #[inline]
    #[must_use]
    pub fn is_steady(&self) -> bool {
        self.octaves.is_steady()
    }

    /// Where it heads for.
    #[inline]
    #[must_use]
    pub fn target(&self) -> f64 {
        self.target
    }

    /// The current value; exactly the target when it rests there.
    #[inline]
    #[must_use]
    pub fn value(&self) -> f64 {
        if self.is_steady() {
            self.target
        } else {
            exp2_f64(self.octaves.value())
        }
    }
}

/// A [`CellSmoother`] whose value moves on a straight line within each cell.
#[derive(Clone, Copy, Debug)]
pub struct CellRamp {
    smoother: CellSmoother,
    base: f32,
    step: f32,
    next: f32,
}

impl CellRamp {
    /// A ramp that rests at `value`, for a signal of `sample_rate` Hz.
    #[must_use]
    pub fn new(value: f64, sample_rate: f64) -> Self {
        Self {
            smoother: CellSmoother::new(value, sample_rate),
            base: to_f32(value),
            step: 0.0,
            next: to_f32(value),
        }
    }

    /// Heads for `target` from the next cell boundary on. `[audio-thread]`
    #[inline]
    pub fn set(&mut self, target: f64) {
        self.smoother.set(target);
    }

    /// Rests at its target at once. `[audio-thread]`
    #[inline]
    pub fn finish(&mut self) {
        self.smoother.finish();
        self.next = to_f32(self.smoother.value());
        self.base = self.next;
        self.step = 0.0;
    }

    /// Crosses a cell boundary. `[audio-thread]`
    #[inline]
    pub fn tick(&mut self) {
        self.base = self.next;
        self.step = 0.0;
        if self.smoother.tick() {
            self.next = to_f32(self.smoother.value());
            self.step = (self.next - self.base) * (1.0 / CELL as f32);
        }
    }

    /// Where it heads for.
    #[inline]
    #[must_use]
    pub fn target(&self) -> f64 {
        self.smoother.target()
    }

    /// The value at `phase` frames into the cell.
    #[inline]
    #[must_use]
    pub fn at(&self, phase: usize) -> f32 {
        self.base + self.step * phase as f32
    }

    /// True when every frame of the cell has the same value.
    #[inline]
    #[must_use]
    pub fn is_flat(&self) -> bool {
        self.step == 0.0
    }

    /// True when no boundary of a cell changes anything until it is set.
    #[inline]
    #[must_use]
    pub fn is_at_rest(&self) -> bool {
        self.is_flat() && self.base.to_bits() == self.next.to_bits() && self.smoother.is_steady()
    }

    /// True when every frame of the cell has the same value, `value`.
    #[inline]
    #[must_use]
    pub fn rests_at(&self, value: f32) -> bool {
        self.is_flat() && self.base == value
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ramp_arrives_exactly_after_10_ms() {
        let mut ramp = Ramp::new(0.3, 48_000.0);
        ramp.set(1.0);
        assert_eq!(ramp.remaining(), 480);
        assert_eq!(ramp.value(), 0.3);
        assert!((ramp.at(240) - 0.65).abs() < 1e-6);
        assert!(ramp.at(479) < 1.0);
        assert_eq!(ramp.at(480), 1.0);
        ramp.advance(10_000);
        assert!(ramp.is_steady());
        assert_eq!(ramp.value(), 1.0);
    }

    #[test]
    fn ramp_is_the_same_however_it_is_cut() {
        let mut whole = vec![1.0_f32; 700];
        let mut parts = whole.clone();
        let mut a = Ramp::new(0.0, 44_100.0);
        a.set(0.7);
        let mut b = a;
        a.apply(&mut whole);
        for part in parts.chunks_mut(37) {
            b.apply(part);
            b.advance(part.len());
        }
        assert_eq!(whole, parts);
    }

    #[test]
    fn ramp_turns_around_without_a_step() {
        let mut ramp = Ramp::new(0.0, 48_000.0);
        ramp.set(1.0);
        ramp.advance(100);
        let before = ramp.value();
        ramp.set(0.0);
        assert_eq!(ramp.value(), before);
        assert!(ramp.at(1) < before);
    }

    #[test]
    fn smoother_covers_63_percent_in_20_ms_and_snaps() {
        let mut s = CellSmoother::new(0.0, 48_000.0);
        s.set(1.0);
        for _ in 0..30 {
            assert!(s.tick());
        }
        assert!((s.value() - (1.0 - (-1.0_f64).exp())).abs() < 1e-9);
        let ticks = (30..1000).take_while(|_| s.tick()).count();
        assert!(ticks < 400);
        assert_eq!(s.value(), 1.0);
    }

    #[test]
    fn log_smoother_halves_octaves_and_rests_exactly() {
        let mut s = LogSmoother::new(100.0, 48_000.0);
        s.set(1600.0);
        for _ in 0..30 {
            s.tick();
        }
        let octaves = (s.value() / 100.0).log2();
        assert!((octaves - 4.0 * (1.0 - (-1.0_f64).exp())).abs() < 1e-9);
        while s.tick() {}
        assert_eq!(s.value(), 1600.0);
    }
}
