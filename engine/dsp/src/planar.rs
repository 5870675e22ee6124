//! Helpers for planar blocks: one slice per channel, at most eight.

use core::ops::Range;

use crate::CELL;
use crate::simd::wide;

/// Most channels of a block.
pub(crate) const MAX_CHANNELS: usize = crate::processor::Setup::MAX_CHANNELS;

/// The frames `range` of every channel. Unused entries are empty. `[audio-thread]`
#[inline]
pub(crate) fn frames<'a>(
    io: &'a mut [&mut [f32]],
    range: &Range<usize>,
) -> [&'a mut [f32]; MAX_CHANNELS] {
    let mut channels = io.iter_mut();
    core::array::from_fn(|_| match channels.next() {
        Some(channel) => &mut channel[range.clone()],
        None => &mut [],
    })
}

/// The frames `range` of every channel, read only. Unused entries are empty. `[audio-thread]`
#[inline]
pub(crate) fn frames_of<'a>(
    input: &'a [&[f32]],
    range: &Range<usize>,
) -> [&'a [f32]; MAX_CHANNELS] {
    let mut channels = input.iter();
    core::array::from_fn(|_| match channels.next() {
        Some(channel) => &channel[range.clone()],
        None => &[],
    })
}

/// Frames of a block. `[audio-thread]`
#[inline]
pub(crate) fn len(io: &[&mut [f32]]) -> usize {
    io.first().map_or(0, |channel| channel.len())
}

/// Cuts `frames` from absolute frame `at` into pieces that end at the cell boundaries.
/// `[audio-thread]`
pub(crate) fn cells(at: u64, frames: usize) -> impl Iterator<Item = Range<usize>> {
    let mut start = 0;
    core::iter::from_fn(move || {
        if start >= frames {
            return None;
        }
        let end = frames.min(start + CELL - cell_phase(at, start));
        let piece = start..end;
        start = end;
        Some(piece)
    })
}

/// Position within its cell of the frame `offset` after `at`.
#[inline]
#[allow(clippy::cast_possible_truncation, reason = "below CELL")]
pub(crate) fn cell_phase(at: u64, offset: usize) -> usize {
    (at.wrapping_add(offset as u64) % CELL as u64) as usize
}

wide! {
    /// Multiplies frame by frame.
    pub(crate) fn multiply(signal: &mut [f32], gains: &[f32]) {
        for (x, gain) in signal.iter_mut().zip(gains) {
            *x *= *gain;
        }
    }
}

/// A delay by a fixed whole number of frames, for all channels of a bus.
#[derive(Clone, Debug)]
pub(crate) struct Lag {
    frames: usize,
    position: usize,
    rings: Vec<f32>,
}

impl Lag {
    /// A silent delay line. Allocates. `[main-thread]`
    pub(crate) fn new(frames: usize, channels: usize) -> Self {
        Self {
            frames,
            position: 0,
            rings: vec![0.0; frames * channels],
        }
    }

    /// Delays all channels in place. `[audio-thread]`
    pub(crate) fn process(&mut self, io: &mut [&mut [f32]]) {
        if self.frames == 0 {
            return;
        }
        let rings = self.rings.chunks_exact_mut(self.frames);
        let mut end = self.position;
        for (ring, channel) in rings.zip(io) {
            end = delay_channel(ring, self.position, channel);
        }
        self.position = end;
    }

    /// Forgets all it holds. `[audio-thread]`
    pub(crate) fn reset(&mut self) {
        self.rings.fill(0.0);
        self.position = 0;
    }
}

/// Swaps `signal` with `ring` from `position` on; returns the new position.
fn delay_channel(ring: &mut [f32], mut position: usize, signal: &mut [f32]) -> usize {
    let mut rest = signal;
    while !rest.is_empty() {
        let n = rest.len().min(ring.len() - position);
        let (part, tail) = rest.split_at_mut(n);
        ring[position..position + n].swap_with_slice(part);
        position = (position + n) % ring.len();
        rest = tail;
    }
    position
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_end_on_the_grid() {
        let pieces: Vec<_> = cells(70, 60).collect();
        assert_eq!(pieces, [0..26, 26..58, 58..60]);
        assert_eq!(cells(64, 0).count(), 0);
    }

    #[test]
    fn lag_delays_by_its_length_in_any_cut() {
        let input: Vec<f32> = (1..200_u16).map(f32::from).collect();
        for lag in [0, 1, 5, 64, 300] {
            for cut in [1, 7, 64, 199] {
                let mut line = Lag::new(lag, 1);
                let mut signal = input.clone();
                for part in signal.chunks_mut(cut) {
                    line.process(&mut [part]);
                }
                for (n, y) in signal.iter().enumerate() {
                    let expected = n.checked_sub(lag).map_or(0.0, |i| input[i]);
                    assert_eq!(*y, expected, "lag {lag} cut {cut} frame {n}");
                }
            }
        }
    }
}
