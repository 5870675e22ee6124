//! Delay memory, and how a delay changes its length.

use crate::CELL;

/// Frames of one piece of work plus what interpolation reads beyond them.
const WINDOW: usize = CELL + 4;
/// Duration of the cross-fade between two lengths, seconds.
const MORPH_SECONDS: f64 = 0.03;

/// The past of one signal. Positions count frames since the last reset.
#[derive(Clone, Debug)]
pub(super) struct Ring {
    data: Vec<f32>,
    mask: usize,
}

impl Ring {
    /// Silent memory for delays up to `longest` frames. Allocates. `[main-thread]`
    pub(super) fn new(longest: usize) -> Self {
        let capacity = (longest + 2 * WINDOW).next_power_of_two();
        Self {
            data: vec![0.0; capacity],
            mask: capacity - 1,
        }
    }

    pub(super) fn reset(&mut self) {
        self.data.fill(0.0);
    }

    /// Stores the frames from position `at` on.
    #[inline(always)]
    pub(super) fn write(&mut self, at: usize, signal: &[f32]) {
        let start = at & self.mask;
        let place = self.data[start..].first_chunk_mut::<CELL>();
        if let (Ok(cell), Some(place)) = (<&[f32; CELL]>::try_from(signal), place) {
            // A whole cell is copied without a call.
            *place = *cell;
            return;
        }
        let first = signal.len().min(self.data.len() - start);
        let (head, tail) = signal.split_at(first);
        self.data[start..start + first].copy_from_slice(head);
        self.data[..tail.len()].copy_from_slice(tail);
    }

    /// The frames that lie `delay` before those from position `at` on.
    #[inline(always)]
    pub(super) fn read(&self, at: usize, delay: usize, out: &mut [f32]) {
        if let Ok(cell) = <&mut [f32; CELL]>::try_from(&mut *out) {
            return self.read_exactly(at, delay, cell);
        }
        self.read_any(at, delay, out);
    }

    /// What [`read`](Self::read) would write, where it lies, unless the seam is in it.
    #[inline(always)]
    pub(super) fn window<const N: usize>(&self, at: usize, delay: usize) -> Option<&[f32; N]> {
        let start = at.wrapping_sub(delay) & self.mask;
        self.data[start..].first_chunk::<N>()
    }

    /// The same for a length that is known beforehand.
    #[inline(always)]
    fn read_exactly<const N: usize>(&self, at: usize, delay: usize, out: &mut [f32; N]) {
        match self.window(at, delay) {
            Some(chunk) => *out = *chunk,
            None => self.read_any(at, delay, out),
        }
    }

    #[inline(always)]
    fn read_any(&self, at: usize, delay: usize, out: &mut [f32]) {
        let start = at.wrapping_sub(delay) & self.mask;
        let first = out.len().min(self.data.len() - start);
        let (head, tail) = out.split_at_mut(first);
        head.copy_from_slice(&self.data[start..start + first]);
        tail.copy_from_slice(&self.data[..tail.len()]);
    }
}

/// The cross-fade that all delays of one reverb share when their lengths change.
#[derive(Clone, Copy, Debug)]
pub(super) struct Morph {
    cells: usize,
    done: usize,
    per_frame: f32,
}

impl Morph {
    pub(super) fn new(sample_rate: f64) -> Self {
        let cells = crate::math::to_count(MORPH_SECONDS * sample_rate / CELL as f64).max(1);
        Self {
            cells,
            done: cells,
            per_frame: 1.0 / (cells * CELL) as f32,
        }
    }

    pub(super) fn start(&mut self) {
        self.done = 0;
    }

    pub(super) fn finish(&mut self) {
        self.done = self.cells;
    }

    /// Crosses a cell boundary; true when that ended it.
    pub(super) fn tick(&mut self) -> bool {
        if self.rests() {
            return false;
        }
        self.done += 1;
        self.rests()
    }

    #[inline(always)]
    pub(super) fn rests(&self) -> bool {
        self.done == self.cells
    }

    /// Brings `old` into `new`, from `phase` frames into the cell on.
    #[inline(always)]
    fn blend(&self, phase: usize, old: &[f32], new: &mut [f32]) {
        for (i, (y, x)) in new.iter_mut().zip(old).enumerate() {
            *y = *x + self.share(phase + i) * (*y - *x);
        }
    }

    /// Share of the new length at `phase` frames into the cell.
    #[inline(always)]
    fn share(&self, phase: usize) -> f32 {
        (self.done * CELL + phase) as f32 * self.per_frame
    }
}

/// A delay of a whole number of frames that moves to another one by a cross-fade.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Tap {
    from: usize,
    to: usize,
}

impl Tap {
    /// Rests at `delay`.
    pub(super) fn at(delay: usize) -> Self {
        Self {
            from: delay,
            to: delay,
        }
    }

    /// Leaves for `delay`.
    pub(super) fn leave(&mut self, delay: usize) {
        (self.from, self.to) = (self.to, delay);
    }

    /// While no length moves: the cell from position `at` on where it lies in `ring`; `None` if it has
    /// to be put together.
    #[inline(always)]
    pub(super) fn at_rest<'r>(&self, ring: &'r Ring, at: usize) -> Option<&'r [f32; CELL]> {
        ring.window(at, self.to)
    }

    /// Reads from `ring` what lies behind position `at`, `phase` frames into the cell.
    #[inline(always)]
    pub(super) fn read(
        &self,
        ring: &Ring,
        at: usize,
        (morph, phase): (&Morph, usize),
        out: &mut [f32],
    ) {
        ring.read(at, self.to, out);
        if self.moves(morph) {
            let mut old = [0.0; CELL];
            let old = &mut old[..out.len()];
            ring.read(at, self.from, old);
            morph.blend(phase, old, out);
        }
    }

    /// The same, later by a moving fraction of a frame.
    #[inline(always)]
    pub(super) fn read_moving(
        &self,
        ring: &Ring,
        at: usize,
        (morph, phase): (&Morph, usize),
        drift: &Drift,
        out: &mut [f32],
    ) {
        drift.read(ring, at, self.to, phase, out);
        if self.moves(morph) {
            let mut old = [0.0; CELL];
            let old = &mut old[..out.len()];
            drift.read(ring, at, self.from, phase, old);
            morph.blend(phase, old, out);
        }
    }

    #[inline(always)]
    fn moves(&self, morph: &Morph) -> bool {
        self.from != self.to && !morph.rests()
    }
}

/// A slow change of a delay: within a cell the weights of a cubic interpolation move on straight
/// lines, so that a whole cell is read in one go.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Drift {
    /// Frames on top of the delay at the end of the cell, 0 or more.
    now: f64,
    /// Whole frames of it that are read further back, as both kinds of numbers.
    floor: f64,
    whole: usize,
    /// Weights at the end of the cell, at its start, and their change per frame.
    last: [f32; 5],
    base: [f32; 5],
    step: [f32; 5],
    moves: bool,
    /// Whether the last of the weights is ever heard: only while a whole frame is passed.
    passes: bool,
}

impl Drift {
    /// Crosses a cell boundary, towards `target` frames, by at most one frame.
    #[inline(always)]
    pub(super) fn tick(&mut self, target: f64) {
        let before = self.now;
        self.now = before + (target - before).clamp(-1.0, 1.0);
        if before == 0.0 && self.now == 0.0 {
            self.moves = false;
            return;
        }
        if !self.moves {
            self.moves = true;
            (self.floor, self.whole) = (0.0, 0);
            self.last = weights(before);
        }
        let whole = before.min(self.now).floor();
        if whole != self.floor {
            self.floor = whole;
            self.whole = crate::math::to_count(whole);
            self.last = weights(before - whole);
        }
        self.base = self.last;
        self.last = weights(self.now - whole);
        self.passes = self.base[4] != 0.0 || self.last[4] != 0.0;
        self.step = core::array::from_fn(|k| (self.last[k] - self.base[k]) * (1.0 / CELL as f32));
    }

    pub(super) fn rests_at_zero(&self) -> bool {
        self.now == 0.0
    }

    #[inline(always)]
    fn read(&self, ring: &Ring, at: usize, delay: usize, phase: usize, out: &mut [f32]) {
        if !self.moves {
            return ring.read(at, delay, out);
        }
        let mut window = [0.0; WINDOW];
        let delay = delay + self.whole + 3;
        if let Ok(cell) = <&mut [f32; CELL]>::try_from(&mut *out) {
            // Read where it lies: a copy would have to reach memory before it can be read askew.
            return match ring.window::<WINDOW>(at, delay) {
                Some(window) => self.interpolate(phase, window, cell),
                None => {
                    ring.read_any(at, delay, &mut window);
                    self.interpolate(phase, &window, cell);
                }
            };
        }
        let window = &mut window[..out.len() + 4];
        ring.read_any(at, delay, window);
        self.interpolate(phase, window, out);
    }

    #[inline(always)]
    fn interpolate(&self, phase: usize, window: &[f32], out: &mut [f32]) {
        let window = &window[..out.len() + 4];
        let start = phase as f32;
        let weight = |k: usize, frame: f32| self.base[k] + self.step[k] * frame;
        for (i, (y, frame)) in out.iter_mut().zip(&FRAMES).enumerate() {
            let frame = start + frame;
            *y = weight(0, frame) * window[i + 4]
                + weight(1, frame) * window[i + 3]
                + weight(2, frame) * window[i + 2]
                + weight(3, frame) * window[i + 1];
        }
        if self.passes {
            for (i, (y, frame)) in out.iter_mut().zip(&FRAMES).enumerate() {
                *y += weight(4, start + frame) * window[i];
            }
        }
    }
}

/// The frames of a cell as numbers: to make floats of whole numbers would be most of the work.
const FRAMES: [f32; CELL] = {
    let mut frames = [0.0; CELL];
    let mut i = 0;
    while i < CELL {
        frames[i] = i as f32;
        i += 1;
    }
    frames
};

/// Lagrange's cubic for a delay of `frames` in 0..=2: the weights of the frames that lie -1 to 3
/// before.
#[inline(always)]
fn weights(frames: f64) -> [f32; 5] {
    let (shift, f) = if frames < 1.0 {
        (0, frames)
    } else {
        (1, frames - 1.0)
    };
    let (before, after) = ((f - 1.0) * (f - 2.0), (f + 1.0) * f);
    let cubic = [
        -f * before * (1.0 / 6.0),
        (f + 1.0) * before * 0.5,
        after * (2.0 - f) * 0.5,
        after * (f - 1.0) * (1.0 / 6.0),
    ];
    let mut weights = [0.0; 5];
    for (weight, cubic) in weights[shift..].iter_mut().zip(cubic) {
        *weight = crate::math::to_f32(cubic);
    }
    weights
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ring_remembers_across_its_seam() {
        let mut ring = Ring::new(100);
        let signal: Vec<f32> = (0..1000_u16).map(f32::from).collect();
        for (block, part) in signal.chunks(30).enumerate() {
            ring.write(block * 30, part);
        }
        let mut out = [0.0; 20];
        ring.read(1000, 100, &mut out);
        assert_eq!(out[..], signal[900..920]);
    }

    #[test]
    fn drift_delays_by_fractions() {
        let mut ring = Ring::new(100);
        let wave = |t: f64| crate::math::to_f32((t * 0.3).sin());
        let signal: Vec<f32> = (0..200_u16).map(|n| wave(f64::from(n))).collect();
        ring.write(0, &signal);
        let mut drift = Drift::default();
        drift.tick(0.0);
        assert!(!drift.moves && drift.rests_at_zero());
        for _ in 0..3 {
            drift.tick(1.75);
        }
        let mut out = [0.0; 32];
        drift.read(&ring, 200, 50, 0, &mut out);
        for (i, y) in (0..32_u16).zip(out) {
            let exact = wave(200.0 + f64::from(i) - 50.0 - 1.75);
            assert!((y - exact).abs() < 2e-3, "{i}: {y} {exact}");
        }
    }

    #[test]
    fn weights_are_continuous_and_sum_to_one() {
        for frames in [0.0, 0.25, 0.999_999, 1.0, 1.5, 2.0] {
            let sum: f32 = weights(frames).iter().sum();
            assert!((sum - 1.0).abs() < 1e-6);
        }
        assert_eq!(weights(1.0), [0.0, 0.0, 1.0, 0.0, 0.0]);
    }
}
