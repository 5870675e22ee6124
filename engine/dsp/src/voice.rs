//! The voice path: interpolate a window of a source at a moving position, and mix it into a bus.
//!
//! Positions are 32.32 fixed point, so a position is exact however time was split. The kernels
//! exist once per [`SimdLevel`] and agree bit for bit; [`VoiceKernels`] picks one at run time.

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
mod portable;
pub mod sinc;

use crate::simd::SimdLevel;
use sinc::SincTable;

/// Source frames a window holds before the first output's own frame.
pub const TAPS_BEFORE: usize = 7;
/// Source frames a window holds after the last output's own frame.
pub const TAPS_AFTER: usize = 8;
/// Frames of any value that must follow the last needed one, so that vector loads stay inside.
pub const WINDOW_PAD: usize = 32;
/// One source frame in 32.32 fixed point.
pub const ONE: u64 = 1 << 32;

/// How a voice reads between the frames of its source.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Quality {
    /// Two points: cheapest, audibly dull and dirty on bright material.
    Linear,
    /// Four-point Hermite (Catmull-Rom): the default.
    #[default]
    Hermite4,
    /// 16-tap windowed sinc, 256 phases with linear interpolation, cut-off follows the ratio.
    Sinc16,
}

/// Where a run of output frames reads in its window.
///
/// Output `n` reads at `start + n * step + n * (n - 1) / 2 * slope`, where position
/// `TAPS_BEFORE << 32` is the window's element [`TAPS_BEFORE`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Path {
    /// Position of the first output in the window, 32.32.
    pub start: u64,
    /// Source frames per output frame at the first output, 32.32.
    pub step: u64,
    /// Change of the step from one output to the next, 32.32.
    pub slope: i64,
}

/// A gain that is a straight line over a run: `from + slope * (offset + n)` at output `n`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct GainLine {
    /// Linear gain where the line starts.
    pub from: f32,
    /// Change per frame.
    pub slope: f32,
    /// Frames from where the line starts to the first output.
    pub offset: u32,
}

/// How a window is read.
#[derive(Clone, Copy)]
pub struct Reader<'a> {
    /// Where the outputs lie.
    pub path: Path,
    /// What is between two frames.
    pub quality: Quality,
    /// The taps of [`Quality::Sinc16`]; the others do not look at them.
    pub sinc: &'a SincTable,
}

type Interpolate = unsafe fn(&[f32], &Reader, &mut [f32]);
type Mix = unsafe fn(&mut [f32], &[f32], GainLine);
type Widen = unsafe fn(&[i16], &mut [f32]);
type Fused<const C: usize> = unsafe fn([&mut [f32]; 2], [&[f32]; C], &Reader, [GainLine; 2]);

/// The kernels of one [`SimdLevel`]. `[thread-safe]`, its methods `[audio-thread]`
#[derive(Clone, Copy)]
pub struct VoiceKernels {
    level: SimdLevel,
    interpolate: Interpolate,
    mix: Mix,
    widen: Widen,
    /// [`VoiceKernels::mix_window`] in one pass for mono and for stereo windows, where that gains.
    fused: Option<(Fused<1>, Fused<2>)>,
}

/// Outputs at a time where interpolating and mixing are two passes.
const PART: usize = 128;

impl VoiceKernels {
    /// The fastest kernels this machine runs.
    pub fn detect() -> Self {
        Self::for_level(SimdLevel::detect())
    }

    /// The kernels of `level`, or the plain ones where this machine does not run `level`.
    pub fn for_level(level: SimdLevel) -> Self {
        #[cfg(target_arch = "x86_64")]
        if SimdLevel::available().contains(&level) {
            match level {
                SimdLevel::Avx512 => return avx512::KERNELS,
                SimdLevel::Avx2 => return avx2::KERNELS,
                SimdLevel::Scalar | SimdLevel::Neon => {}
            }
        }
        let level = if cfg!(target_arch = "aarch64") {
            SimdLevel::Neon
        } else {
            SimdLevel::Scalar
        };
        portable::KERNELS.at(level)
    }

    /// The level these kernels belong to.
    pub const fn level(&self) -> SimdLevel {
        self.level
    }

    /// Reads `window` into `out`.
    ///
    /// The window must hold every frame the path touches, [`TAPS_BEFORE`] before it,
    /// [`TAPS_AFTER`] behind it and [`WINDOW_PAD`] more; otherwise `out` is silence. A path that
    /// stays on whole frames at step 1 copies them exactly, whatever the quality, unless `sinc`
    /// lowers the cut-off.
    pub fn interpolate(&self, window: &[f32], reader: &Reader, out: &mut [f32]) {
        let path = reader.path;
        if out.is_empty() {
            return;
        }
        if !path.fits(window.len(), out.len()) {
            debug_assert!(false, "window too short for its path");
            out.fill(0.0);
            return;
        }
        if reader.is_copy() {
            let first = path.first_frame();
            out.copy_from_slice(&window[first..first + out.len()]);
            return;
        }
        // SAFETY: the level's instructions were detected, and `fits` checked the window.
        unsafe { (self.interpolate)(window, reader, out) }
    }

    /// Reads the windows of a voice (one when it is mono, else left and right) and adds them to
    /// both sides of a bus, over the shorter of the two: exactly what [`Self::interpolate`] and
    /// [`Self::mix`] do one after the other. Windows are as for [`Self::interpolate`].
    pub fn mix_window<const C: usize>(
        &self,
        bus: [&mut [f32]; 2],
        windows: [&[f32]; C],
        reader: &Reader,
        gains: [GainLine; 2],
    ) {
        let [left, right] = bus;
        let count = left.len().min(right.len());
        if count == 0 {
            return;
        }
        let bus = [&mut left[..count], &mut right[..count]];
        let shortest = windows.iter().map(|window| window.len()).min();
        if !reader.path.fits(shortest.unwrap_or(0), count) {
            debug_assert!(false, "window too short for its path");
            return;
        }
        if reader.is_copy() {
            let first = reader.path.first_frame();
            let sources = side_windows(windows).map(|window| &window[first..first + count]);
            for ((side, source), gain) in bus.into_iter().zip(sources).zip(gains) {
                self.mix(side, source, gain);
            }
            return;
        }
        // SAFETY: the level's instructions were detected, and `fits` checked the windows.
        unsafe {
            match (&self.fused, windows.as_slice()) {
                (Some((mono, _)), &[window]) => mono(bus, [window], reader, gains),
                (Some((_, stereo)), &[left, right]) => stereo(bus, [left, right], reader, gains),
                _ => self.mix_in_parts(bus, windows, reader, gains),
            }
        }
    }

    fn mix_in_parts<const C: usize>(
        &self,
        [left, right]: [&mut [f32]; 2],
        windows: [&[f32]; C],
        reader: &Reader,
        gains: [GainLine; 2],
    ) {
        let mut buffer = [0.0; PART];
        let parts = left.chunks_mut(PART).zip(right.chunks_mut(PART));
        for ((left, right), done) in parts.zip((0..).step_by(PART)) {
            let part = &mut buffer[..left.len()];
            let reader = reader.after(done);
            let gains = gains.map(|gain| gain.after(done));
            self.interpolate(windows[0], &reader, part);
            self.mix(left, part, gains[0]);
            if let [_, window] = windows.as_slice() {
                self.interpolate(window, &reader, part);
            }
            self.mix(right, part, gains[1]);
        }
    }

    /// Adds `source` times `gain` to `bus`, over the shorter of the two.
    pub fn mix(&self, bus: &mut [f32], source: &[f32], gain: GainLine) {
        // SAFETY: the level's instructions were detected; the kernel is safe code otherwise.
        unsafe { (self.mix)(bus, source, gain) }
    }

    /// Turns 16-bit samples into f32 (exactly, 32768 is 1.0), over the shorter of the two.
    pub fn widen(&self, source: &[i16], out: &mut [f32]) {
        // SAFETY: the level's instructions were detected; the kernel is safe code otherwise.
        unsafe { (self.widen)(source, out) }
    }

    const fn at(mut self, level: SimdLevel) -> Self {
        self.level = level;
        self
    }
}

/// Asks the machine to bring `data` close, where it can be asked; changes nothing. `[audio-thread]`
#[inline]
pub fn prefetch<T>(data: &[T]) {
    #[cfg(target_arch = "x86_64")]
    {
        use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        const LINE: usize = 64;
        let from = data.as_ptr().cast::<i8>();
        for offset in (0..size_of_val(data)).step_by(LINE) {
            // SAFETY: the address is inside of `data`, and a prefetch neither reads nor faults.
            unsafe { _mm_prefetch::<_MM_HINT_T0>(from.add(offset)) };
        }
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = data;
}

/// What the left and the right side read.
fn side_windows<const C: usize>(windows: [&[f32]; C]) -> [&[f32]; 2] {
    [windows[0], windows[C - 1]]
}

impl Reader<'_> {
    /// The same for the outputs from `n` on.
    fn after(&self, n: usize) -> Self {
        Self {
            path: self.path.after(n),
            ..*self
        }
    }

    /// True when the outputs are frames as they are.
    fn is_copy(&self) -> bool {
        self.path.is_copy() && (self.quality != Quality::Sinc16 || self.sinc.is_exact_at_frames())
    }
}

impl Path {
    /// The path of the outputs from `n` on. Exact.
    pub const fn after(&self, n: usize) -> Self {
        Self {
            start: self.position(n),
            step: self.step_at(n),
            slope: self.slope,
        }
    }

    /// The position of output `n`. Exact.
    pub const fn position(&self, n: usize) -> u64 {
        let n = n as u64;
        let pairs = n.wrapping_mul(n.wrapping_sub(1)) >> 1;
        self.start
            .wrapping_add(n.wrapping_mul(self.step))
            .wrapping_add(pairs.wrapping_mul(self.slope.cast_unsigned()))
    }

    /// The step at output `n`. Exact.
    pub const fn step_at(&self, n: usize) -> u64 {
        self.step
            .wrapping_add((n as u64).wrapping_mul(self.slope.cast_unsigned()))
    }

    /// Frames a window needs, pad included, for `outputs` outputs from a start below
    /// `(TAPS_BEFORE + 1) << 32`.
    #[allow(
        clippy::cast_possible_truncation,
        reason = "positions in a window are small"
    )]
    pub const fn window_len(&self, outputs: usize) -> usize {
        if outputs == 0 {
            return 0;
        }
        (self.position(outputs - 1) >> 32) as usize + 1 + TAPS_AFTER + WINDOW_PAD
    }

    #[allow(
        clippy::cast_possible_truncation,
        reason = "a window is shorter than 2^32"
    )]
    const fn first_frame(&self) -> usize {
        (self.start >> 32) as usize
    }

    const fn is_copy(&self) -> bool {
        self.step == ONE && self.slope == 0 && self.start & (ONE - 1) == 0
    }

    /// True when `outputs` outputs stay inside a window of `len` frames. The step stays positive
    /// at both ends, so positions only grow.
    const fn fits(&self, len: usize, outputs: usize) -> bool {
        if outputs == 0 {
            return true;
        }
        // With these bounds nothing wraps.
        let forward = self.step <= MAX_STEP && self.slope.unsigned_abs() <= MAX_STEP;
        outputs <= MAX_RUN
            && forward
            && self.step_at(outputs - 1) <= MAX_STEP
            && self.first_frame() >= TAPS_BEFORE
            && self.first_frame() < u32::MAX as usize / 2
            && self.window_len(outputs) <= len
    }
}

/// Largest step of one output, 16 source frames.
pub const MAX_STEP: u64 = 16 << 32;
/// Most outputs of one run.
pub const MAX_RUN: usize = 4096;

impl GainLine {
    /// A gain that does not move.
    pub const fn constant(gain: f32) -> Self {
        Self {
            from: gain,
            slope: 0.0,
            offset: 0,
        }
    }

    /// The line of the outputs from `n` on.
    #[allow(
        clippy::cast_possible_truncation,
        reason = "a run is shorter than 2^24"
    )]
    pub const fn after(self, n: usize) -> Self {
        Self {
            offset: self.offset + n as u32,
            ..self
        }
    }

    /// The gain at output `n`.
    #[allow(clippy::cast_precision_loss, reason = "a run is shorter than 2^24")]
    pub fn at(&self, n: u32) -> f32 {
        self.from + self.slope * (self.offset + n) as f32
    }
}

#[cfg(test)]
mod tests;
