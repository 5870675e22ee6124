//! The host's song: from beat 0 on at 120 bpm.

use crate::{BLOCK, RATE};

pub(crate) const BPM: f64 = 120.0;

/// Counts blocks.
#[derive(Default)]
pub(crate) struct Song(u64);

impl Song {
    /// The beat of the next block, going round within a minute.
    pub(crate) fn next(&mut self) -> f64 {
        let frames = self.0 as f64 * BLOCK as f64;
        self.0 += 1;
        frames / RATE * BPM / 60.0 % 120.0
    }
}

/// The loudest sample.
pub(crate) fn peak<'a>(samples: impl Iterator<Item = &'a f32>) -> f32 {
    samples.fold(0.0, |most, x| most.max(x.abs()))
}
