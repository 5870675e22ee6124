//! Second-order sections as state-variable filters, many of them side by side.
//!
//! Realisation: topology-preserving (trapezoidal) state-variable filter after A. Simper, "Linear
//! Trapezoidal Integrated State Variable Filter" (Cytomic, 2013), which survives f32 states and
//! ramped coefficients; the output is folded into one sum over input and states, so that it
//! follows the input after one multiplication and one addition.
//!
//! A cascade of sections is latency-bound when run one after the other. Here section k works on
//! frame n − k while section 0 works on frame n, and all of them and both channels of a pair share
//! one set of lanes. Every lane does the same operations on the same numbers as a cascade would,
//! so the result does not depend on how time is cut.

#[cfg(target_arch = "x86_64")]
mod avx2;

use core::ops::Range;

use crate::CELL;
use crate::eq::design::Section;
use crate::math::to_f32;
use wide::f32x4;

/// Numbers that make one section, each multiplied with one signal:
/// v = x − s2; y = c0·x + c1·s1 + c2·s2; s1 += e·v − f·s1; s2 += h·v + e·s1 (with the old s1).
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct SvfCoefs {
    pub(crate) e: f32,
    pub(crate) f: f32,
    pub(crate) h: f32,
    pub(crate) c0: f32,
    pub(crate) c1: f32,
    pub(crate) c2: f32,
}

impl SvfCoefs {
    /// Passes everything, exactly.
    pub(crate) const IDENTITY: Self = Self {
        e: 0.0,
        f: 0.0,
        h: 0.0,
        c0: 1.0,
        c1: 0.0,
        c2: 0.0,
    };

    /// The coefficients of `section`, and the magnitude of its slowest pole. `[audio-thread]`
    pub(crate) fn new(section: &Section) -> (Self, f64) {
        let (b, a) = (&section.zeros, &section.poles);
        let root = (a.dc * a.nyquist).sqrt();
        let g = (a.dc / a.nyquist).sqrt();
        let k = 2.0 * a.odd / root;
        let (hp, bp, lp) = (b.nyquist / a.nyquist, 2.0 * b.odd / root, b.dc / a.dc);
        let (m1, m2) = (bp - k * hp, lp - hp);
        let a1 = 1.0 / (1.0 + g * (g + k));
        let a2 = g * a1;
        let a3 = g * a2;
        let coefs = Self {
            e: to_f32(2.0 * a2),
            f: to_f32(2.0 * g * (g + k) * a1),
            h: to_f32(2.0 * a3),
            c0: to_f32(hp + m1 * a2 + m2 * a3),
            c1: to_f32(m1 * a1 + m2 * a2),
            c2: to_f32(m2 * (1.0 - a3) - m1 * a2),
        };
        (coefs, slowest_pole(g, k))
    }

    fn as_array(self) -> [f32; 6] {
        [self.e, self.f, self.h, self.c0, self.c1, self.c2]
    }
}

/// Largest magnitude of the poles of the section with integrator gain `g` and damping `k`.
fn slowest_pole(g: f64, k: f64) -> f64 {
    if k < 2.0 {
        return ((1.0 + g * (g - k)) / (1.0 + g * (g + k))).max(0.0).sqrt();
    }
    // Real poles of the prototype; the slower one is the smaller one.
    let fast = 0.5 * k + (0.25 * k * k - 1.0).sqrt();
    let bilinear = |s: f64| ((1.0 - s) / (1.0 + s)).abs();
    bilinear(g / fast).max(bilinear(g * fast))
}

/// Most sections of a group.
pub(crate) const SECTIONS: usize = 8;
/// Lanes of a group: section 0 left and right, section 1 left and right, and so on.
const LANES: usize = 2 * SECTIONS;

/// One kind of number for every lane.
type Row = [f32; LANES];

/// Coefficients of a group of sections for one pair of channels.
#[derive(Clone, Copy, Debug)]
pub(crate) struct GroupCoefs {
    /// Rows e, f, h, c0, c1, c2 at the start of the cell.
    base: [Row; 6],
    /// Their change per frame.
    step: [Row; 6],
    /// Their values at the end of the cell.
    next: [Row; 6],
}

/// Signal memory of a group for one pair of channels.
#[derive(Clone, Copy, Debug)]
pub(crate) struct GroupState {
    s1: Row,
    s2: Row,
}

impl GroupState {
    pub(crate) const SILENT: Self = Self {
        s1: [0.0; LANES],
        s2: [0.0; LANES],
    };

    /// Memory of `section` on channel `side` (0 or 1) of the pair.
    pub(crate) fn get(&self, section: usize, side: usize) -> [f32; 2] {
        let lane = 2 * section + side;
        [self.s1[lane], self.s2[lane]]
    }

    /// Replaces the memory of `section` on channel `side`.
    pub(crate) fn set(&mut self, section: usize, side: usize, memory: [f32; 2]) {
        let lane = 2 * section + side;
        [self.s1[lane], self.s2[lane]] = memory;
    }
}

impl GroupCoefs {
    /// Every section passes everything.
    pub(crate) fn identity() -> Self {
        let rows = SvfCoefs::IDENTITY.as_array().map(|c| [c; LANES]);
        Self {
            base: rows,
            step: [[0.0; LANES]; 6],
            next: rows,
        }
    }

    /// Puts `coefs` into `section` on channel `side` at once. `[audio-thread]`
    pub(crate) fn jump(&mut self, section: usize, side: usize, coefs: SvfCoefs) {
        let lane = 2 * section + side;
        for (row, c) in coefs.as_array().into_iter().enumerate() {
            self.base[row][lane] = c;
            self.next[row][lane] = c;
            self.step[row][lane] = 0.0;
        }
    }

    /// Lets `section` on channel `side` reach `coefs` at the end of the cell that begins now.
    /// `[audio-thread]`
    pub(crate) fn ramp_to(&mut self, section: usize, side: usize, coefs: SvfCoefs) {
        let lane = 2 * section + side;
        for (row, c) in coefs.as_array().into_iter().enumerate() {
            self.next[row][lane] = c;
            self.step[row][lane] = (c - self.base[row][lane]) * (1.0 / CELL as f32);
        }
    }

    /// Crosses a cell boundary. `[audio-thread]`
    pub(crate) fn finish_cell(&mut self) {
        self.base = self.next;
        self.step = [[0.0; LANES]; 6];
    }
}

/// Runs a pair of channels through the first `sections` sections of a group, in place. `right`
/// is missing for a single channel. `phase` is the position within the cell when coefficients
/// are moving (then the frames end with the cell at the latest), else `None`. `[audio-thread]`
pub(crate) fn run_group(
    sections: usize,
    coefs: &GroupCoefs,
    state: &mut GroupState,
    left: &mut [f32],
    right: Option<&mut [f32]>,
    phase: Option<usize>,
) {
    match (sections, right) {
        (0, _) => {}
        (1..=2, Some(right)) => run::<1, _>(coefs, state, &mut Stereo { left, right }, phase),
        (3..=4, Some(right)) => run::<2, _>(coefs, state, &mut Stereo { left, right }, phase),
        (_, Some(right)) => run::<4, _>(coefs, state, &mut Stereo { left, right }, phase),
        (1..=2, None) => run::<1, _>(coefs, state, &mut Mono(left), phase),
        (3..=4, None) => run::<2, _>(coefs, state, &mut Mono(left), phase),
        (_, None) => run::<4, _>(coefs, state, &mut Mono(left), phase),
    }
}

/// One or two channels as frames of two.
trait Pair {
    fn len(&self) -> usize;
    fn read(&self, frame: usize) -> [f32; 2];
    fn write(&mut self, frame: usize, y: [f32; 2]);

    /// Left and right, if there are both.
    fn sides(&mut self) -> Option<[&mut [f32]; 2]> {
        None
    }
}

struct Stereo<'a> {
    left: &'a mut [f32],
    right: &'a mut [f32],
}

impl Pair for Stereo<'_> {
    #[inline(always)]
    fn len(&self) -> usize {
        self.left.len().min(self.right.len())
    }
    #[inline(always)]
    fn read(&self, frame: usize) -> [f32; 2] {
        [self.left[frame], self.right[frame]]
    }
    #[inline(always)]
    fn write(&mut self, frame: usize, y: [f32; 2]) {
        self.left[frame] = y[0];
        self.right[frame] = y[1];
    }
    #[inline(always)]
    fn sides(&mut self) -> Option<[&mut [f32]; 2]> {
        Some([self.left, self.right])
    }
}

struct Mono<'a>(&'a mut [f32]);

impl Pair for Mono<'_> {
    #[inline(always)]
    fn len(&self) -> usize {
        self.0.len()
    }
    #[inline(always)]
    fn read(&self, frame: usize) -> [f32; 2] {
        [self.0[frame], 0.0]
    }
    #[inline(always)]
    fn write(&mut self, frame: usize, y: [f32; 2]) {
        self.0[frame] = y[0];
    }
}

/// One kind of number for the lanes of a kernel call. A vector type and not an array, because
/// compilers regroup the lanes of arrays at the cost of half the speed.
type Vectors<const V: usize> = [f32x4; V];

/// The lanes of one kernel call for 2·V sections, in registers. Vector v holds both channels of
/// section v and of section V + v, so that handing a frame to the next section is handing a vector
/// on as it is.
struct Lanes<const V: usize> {
    coefs: [Vectors<V>; 6],
    s1: Vectors<V>,
    s2: Vectors<V>,
    y: Vectors<V>,
}

/// The section in lane `lane` of vector `vector`.
#[inline(always)]
fn section_of<const V: usize>(vector: usize, lane: usize) -> usize {
    lane / 2 * V + vector
}

/// A row of a group in the order of the vectors.
#[inline(always)]
fn gather<const V: usize>(row: &Row) -> Vectors<V> {
    let lane = |v, l| row[2 * section_of::<V>(v, l) + l % 2];
    core::array::from_fn(|v| f32x4::new(core::array::from_fn(|l| lane(v, l))))
}

/// Undoes [`gather`].
#[inline(always)]
fn scatter<const V: usize>(vectors: &Vectors<V>, row: &mut Row) {
    for (v, vector) in vectors.iter().enumerate() {
        for (l, value) in vector.to_array().into_iter().enumerate() {
            row[2 * section_of::<V>(v, l) + l % 2] = value;
        }
    }
}

impl<const V: usize> Lanes<V> {
    /// Section k works on frame `t − k`, where `input` is frame t of section 0.
    #[inline(always)]
    fn step(&mut self, input: [f32; 2]) {
        let [e, f, h, c0, c1, c2] = &self.coefs;
        let last = self.y[V - 1].to_array();
        let mut x = f32x4::new([input[0], input[1], last[0], last[1]]);
        for v in 0..V {
            let (next, s1, s2) = (self.y[v], self.s1[v], self.s2[v]);
            let d = x - s2;
            self.y[v] = c0[v] * x + (c1[v] * s1 + c2[v] * s2);
            self.s1[v] = s1 + (e[v] * d - f[v] * s1);
            self.s2[v] = s2 + (h[v] * d + e[v] * s1);
            x = next;
        }
    }

    /// Steps through `frames` with wider vectors; `false` if there are none for these lanes. The
    /// bits are the same.
    #[inline(always)]
    fn run_wide<P: Pair>(&mut self, io: &mut P, frames: Range<usize>, delay: usize) -> bool {
        #[cfg(target_arch = "x86_64")]
        if let Some(lanes) = (self as &mut dyn core::any::Any).downcast_mut::<Lanes<4>>()
            && std::is_x86_feature_detected!("avx2")
            && let Some(sides) = io.sides()
        {
            #[allow(unsafe_code, reason = "vector instructions that are there")]
            // SAFETY: this machine has what the function is compiled for.
            unsafe {
                avx2::run(lanes, sides, frames, delay);
            }
            return true;
        }
        #[cfg(not(target_arch = "x86_64"))]
        let _ = (io, frames, delay);
        false
    }

    /// Like [`step`](Self::step) for the sections `active` only; the others keep their memory.
    #[inline(always)]
    fn step_some(&mut self, input: [f32; 2], active: &Range<usize>) {
        let (s1, s2) = (self.s1, self.s2);
        self.step(input);
        let first = f32x4::splat(active.start as f32);
        let end = f32x4::splat(active.end as f32);
        for v in 0..V {
            let section = f32x4::new([0, 1, 2, 3].map(|l| section_of::<V>(v, l) as f32));
            let mask = section.simd_ge(first) & section.simd_lt(end);
            self.s1[v] = mask.select(self.s1[v], s1[v]);
            self.s2[v] = mask.select(self.s2[v], s2[v]);
        }
    }

    /// The frame that leaves the last section.
    #[inline(always)]
    fn output(&self) -> [f32; 2] {
        let [_, _, left, right] = self.y[V - 1].to_array();
        [left, right]
    }
}

#[inline(always)]
fn run<const V: usize, P: Pair>(
    coefs: &GroupCoefs,
    state: &mut GroupState,
    io: &mut P,
    phase: Option<usize>,
) {
    let mut lanes = Lanes::<V> {
        coefs: coefs.base.each_ref().map(gather),
        s1: gather(&state.s1),
        s2: gather(&state.s2),
        y: [f32x4::ZERO; V],
    };
    match phase {
        None => run_steady(&mut lanes, io),
        Some(phase) => run_moving(&mut lanes, coefs, io, phase),
    }
    scatter(&lanes.s1, &mut state.s1);
    scatter(&lanes.s2, &mut state.s2);
}

#[inline(always)]
fn run_steady<const V: usize, P: Pair>(lanes: &mut Lanes<V>, io: &mut P) {
    let (frames, delay) = (io.len(), 2 * V - 1);
    let full = delay.min(frames)..frames;
    for t in 0..full.start {
        lanes.step_some(io.read(t), &active(t, frames, 2 * V));
    }
    if !lanes.run_wide(io, full.clone(), delay) {
        for t in full.clone() {
            lanes.step(io.read(t));
            io.write(t - delay, lanes.output());
        }
    }
    for t in full.end..frames + delay {
        lanes.step_some([0.0; 2], &active(t, frames, 2 * V));
        if t >= delay {
            io.write(t - delay, lanes.output());
        }
    }
}

#[inline(always)]
fn run_moving<const V: usize, P: Pair>(
    lanes: &mut Lanes<V>,
    coefs: &GroupCoefs,
    io: &mut P,
    phase: usize,
) {
    let (frames, delay) = (io.len(), 2 * V - 1);
    let base: [Vectors<V>; 6] = coefs.base.each_ref().map(gather);
    let step: [Vectors<V>; 6] = coefs.step.each_ref().map(gather);
    for t in 0..frames + delay {
        for row in 0..6 {
            for v in 0..V {
                let frame = |l| (phase + t) as f32 - section_of::<V>(v, l) as f32;
                let frame = f32x4::new([0, 1, 2, 3].map(frame));
                lanes.coefs[row][v] = base[row][v] + step[row][v] * frame;
            }
        }
        let input = if t < frames { io.read(t) } else { [0.0; 2] };
        lanes.step_some(input, &active(t, frames, 2 * V));
        if t >= delay {
            io.write(t - delay, lanes.output());
        }
    }
}

/// The sections that have a frame to work on at step `t` of a call with `frames` frames.
#[inline(always)]
fn active(t: usize, frames: usize, sections: usize) -> Range<usize> {
    (t + 1).saturating_sub(frames)..sections.min(t + 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::noise;

    /// Lanes of eight different sections.
    fn lanes() -> Lanes<4> {
        let mut numbers = noise(3);
        let mut vectors = |scale: f32| -> Vectors<4> {
            core::array::from_fn(|_| {
                f32x4::new(core::array::from_fn(|_| {
                    scale * numbers.next().unwrap_or(0.0)
                }))
            })
        };
        Lanes {
            coefs: [0.3, 0.2, 0.1, 0.9, 0.5, 0.5].map(&mut vectors),
            s1: vectors(1.0),
            s2: vectors(1.0),
            y: vectors(1.0),
        }
    }

    #[test]
    fn wider_vectors_give_the_same_bits() {
        let sound = |seed| noise(seed).take(300).collect::<Vec<f32>>();
        let (mut left, mut right) = (sound(1), sound(2));
        let mut pair = Stereo {
            left: &mut left,
            right: &mut right,
        };
        let mut wide = lanes();
        if !wide.run_wide(&mut pair, 7..300, 7) {
            return;
        }
        let (mut one, mut other) = (sound(1), sound(2));
        let mut plain = lanes();
        for t in 7..300 {
            plain.step([one[t], other[t]]);
            [one[t - 7], other[t - 7]] = plain.output();
        }
        assert!(left == one && right == other);
        let states =
            |lanes: &Lanes<4>| [lanes.s1, lanes.s2, lanes.y].map(|rows| rows.map(f32x4::to_array));
        assert_eq!(states(&wide), states(&plain));
    }
}
