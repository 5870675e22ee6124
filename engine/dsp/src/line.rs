//! A delay line that is read between its frames.

use crate::voice::sinc::{PHASES, SincBank, SincTable, TAPS};

/// Frames after the one that is interpolated from which the filter takes taps.
const AHEAD: usize = TAPS / 2;

/// The past of one channel.
///
/// It is read at any distance from 1 frame up, with a windowed sinc of 16 taps between the
/// frames; below [`Line::SHORTEST`] frames, where the filter has no room, at the nearest frame.
/// Whole distances are exact.
#[derive(Clone)]
pub(crate) struct Line {
    /// A ring of a power of two; its first taps once more behind its end.
    ring: Vec<f32>,
    mask: usize,
    /// Place of the next frame.
    next: usize,
    table: &'static SincTable,
}

impl Line {
    /// Shortest distance between frames that is interpolated.
    pub(crate) const SHORTEST: f64 = AHEAD as f64;

    /// A silent line that reaches `longest` frames back. Allocates. `[main-thread]`
    pub(crate) fn new(longest: usize) -> Self {
        let frames = (longest + 2 * TAPS).next_power_of_two();
        Self {
            ring: vec![0.0; frames + TAPS],
            mask: frames - 1,
            next: 0,
            table: SincBank::shared().table(0),
        }
    }

    /// Frames that it reaches back at least.
    pub(crate) fn length(&self) -> usize {
        self.mask + 1
    }

    /// Forgets all it holds. `[audio-thread]`
    pub(crate) fn clear(&mut self) {
        self.ring.fill(0.0);
        self.next = 0;
    }

    /// Adds the next frame. `[audio-thread]`
    #[inline]
    pub(crate) fn push(&mut self, x: f32) {
        self.ring[self.next] = x;
        if self.next < TAPS {
            self.ring[self.next + self.mask + 1] = x;
        }
        self.next = (self.next + 1) & self.mask;
    }

    /// The signal `delay` frames before the next one, which is not in yet; 1 to the line's length.
    /// `[audio-thread]`
    #[inline]
    pub(crate) fn at(&self, delay: f64) -> f32 {
        let delay = delay.clamp(1.0, (self.mask - TAPS) as f64);
        let whole = floor(delay);
        #[allow(clippy::cast_precision_loss, reason = "below 2^53")]
        let fraction = delay - whole as f64;
        if fraction == 0.0 {
            return self.ring[self.next.wrapping_sub(whole) & self.mask];
        }
        if delay < Self::SHORTEST {
            let nearest = floor(delay + 0.5);
            return self.ring[self.next.wrapping_sub(nearest) & self.mask];
        }
        self.between(whole + 1, 1.0 - fraction)
    }

    /// The signal `fraction` of a frame after the one `back` frames before the next one.
    #[inline]
    fn between(&self, back: usize, fraction: f64) -> f32 {
        let position = fraction * PHASES as f64;
        let phase = floor(position).min(PHASES - 1);
        #[allow(clippy::cast_possible_truncation, reason = "below 256; a fraction")]
        let (row, rest) = (phase as u8, (position - phase as f64) as f32);
        let [now, then] = self.table.phase(row);
        let start = self.next.wrapping_sub(back + AHEAD - 1) & self.mask;
        let taps = now.iter().zip(then).zip(&self.ring[start..start + TAPS]);
        let mut sums = [0.0_f32; 8];
        for (n, ((now, then), x)) in taps.enumerate() {
            sums[n % 8] += (now + rest * (then - now)) * x;
        }
        let [a, b, c, d, e, f, g, h] = sums;
        ((a + e) + (c + g)) + ((b + f) + (d + h))
    }
}

impl core::fmt::Debug for Line {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Line")
            .field("frames", &(self.mask + 1))
            .finish_non_exhaustive()
    }
}

#[inline(always)]
#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "rounds a number that is not negative down; saturates"
)]
fn floor(x: f64) -> usize {
    x as usize
}

/// Lets everything up to ±1 pass as it is and bends what is louder towards ±2, so that a loop
/// around it stays bounded. `[audio-thread]`
#[inline]
pub(crate) fn soft_clip(x: f32) -> f32 {
    let a = x.abs();
    if a <= 1.0 {
        x
    } else {
        (1.0 + crate::math::tanh(a - 1.0)).copysign(x)
    }
}

/// Rounds of a loop with gain `feedback` until what went in at +40 dBFS is below -120 dBFS; `None`
/// when it stays. `[audio-thread]`
pub(crate) fn rounds(feedback: f64) -> Option<f64> {
    /// ln 10^8
    const NEPERS: f64 = 18.42;
    let gain = feedback.abs();
    if gain >= 1.0 {
        return None;
    }
    let loss = -crate::math::ln_f64(gain.max(1e-9));
    Some((NEPERS / loss.max(1e-9)).ceil() + 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::math::to_f32;

    /// Phase of a sine of `freq` cycles per frame read at `delay`, in frames.
    fn measured(freq: f64, delay: f64) -> f64 {
        let mut line = Line::new(4000);
        let (mut re, mut im) = (0.0, 0.0);
        for n in 0..12_000_u32 {
            let phase = std::f64::consts::TAU * freq * f64::from(n);
            if n >= 8_000 {
                let y = f64::from(line.at(delay));
                re += y * phase.sin();
                im += y * phase.cos();
            }
            line.push(to_f32(phase.sin()));
        }
        let turns = (-im).atan2(re) / std::f64::consts::TAU;
        // The whole number of periods that is nearest to what was asked for.
        let periods = (delay * freq - turns).round();
        (turns + periods) / freq
    }

    #[test]
    fn delays_between_frames_are_right_up_to_a_quarter_of_the_rate() {
        for delay in [8.25, 9.5, 100.1, 1234.567, 3999.9] {
            for freq in [0.01, 0.1, 0.2, 0.25] {
                let error = measured(freq, delay) - delay;
                assert!(error.abs() < 0.01, "{delay} at {freq}: {error}");
            }
        }
    }

    #[test]
    fn whole_delays_are_exact() {
        let mut line = Line::new(300);
        for n in 0..2_000_u16 {
            for back in [1_u16, 2, 7, 8, 100, 300] {
                let expected = f32::from(n.saturating_sub(back));
                assert_eq!(line.at(back.into()), expected);
            }
            line.push(n.into());
        }
    }

    #[test]
    fn the_clip_is_exact_below_1_and_bounded() {
        for i in 0..=100_i16 {
            let x = f32::from(i) / 100.0;
            assert_eq!((soft_clip(x), soft_clip(-x)), (x, -x));
        }
        assert!(soft_clip(1e9) <= 2.0 && soft_clip(-1e9) >= -2.0);
        assert!((soft_clip(1.01) - 1.01).abs() < 1e-4);
    }
}
