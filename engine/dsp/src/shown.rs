//! What a slot shows of a processor that measures nothing itself: how much louder or quieter the
//! sound became, or how alike its sides are.

use crate::math;
use crate::processor::Shows;

/// Length of the windows that are measured, ms.
const WINDOW_MS: f64 = 100.0;
/// Largest level change that is shown, dB either way: a tail behind silence is endlessly louder.
const MOST_DB: f64 = 60.0;
/// Mean square of what counts as silence: -120 dBFS.
const SILENT: f64 = 1e-12;
/// Sums that run side by side.
const LANES: usize = 16;

/// Sums over the window that goes on, and what the last one gave.
#[derive(Clone, Debug)]
pub(crate) struct Shown {
    shows: Shows,
    window: usize,
    frames: usize,
    /// Of the input and the output, or of left, right and their product.
    sums: [f64; 3],
    value: f32,
}

impl Shown {
    /// For a processor that shows `shows`, at `sample_rate` Hz. `[main-thread]`
    pub(crate) fn new(shows: Shows, sample_rate: f64) -> Self {
        Self {
            shows,
            window: math::to_count(WINDOW_MS * 0.001 * sample_rate).max(1),
            frames: 0,
            sums: [0.0; 3],
            value: 0.0,
        }
    }

    /// Takes in a piece: `before` and `after`, planar and of equal length. `[audio-thread]`
    pub(crate) fn add<'a>(
        &mut self,
        before: impl Iterator<Item = &'a [f32]>,
        after: &[&mut [f32]],
        frames: usize,
    ) {
        match (self.shows, after) {
            (Shows::GainChange, _) => return,
            (Shows::LevelChange, _) => {
                for (before, after) in before.zip(after) {
                    self.sums[0] += dot(&before[..after.len()], &before[..after.len()]);
                    self.sums[1] += dot(after, after);
                }
            }
            (Shows::Correlation, [left, right, ..]) => {
                self.sums[0] += dot(left, left);
                self.sums[1] += dot(right, right);
                self.sums[2] += dot(left, right);
            }
            (Shows::Correlation, _) => return,
        }
        self.frames += frames;
        if self.frames >= self.window {
            self.value = self.result();
            self.frames = 0;
            self.sums = [0.0; 3];
        }
    }

    /// Of the last window. `[audio-thread]`
    pub(crate) fn value(&self) -> f32 {
        self.value
    }

    /// `[audio-thread]`
    pub(crate) fn reset(&mut self) {
        self.frames = 0;
        self.sums = [0.0; 3];
        self.value = 0.0;
    }

    fn result(&self) -> f32 {
        let floor = SILENT * self.frames as f64;
        let [a, b, product] = self.sums;
        let value = match self.shows {
            Shows::Correlation if a > floor && b > floor => product / (a.sqrt() * b.sqrt()),
            Shows::LevelChange if a > floor || b > floor => {
                let change = 10.0 * math::log10_f64(b.max(floor) / a.max(floor));
                change.clamp(-MOST_DB, MOST_DB)
            }
            _ => 0.0,
        };
        if value.is_finite() {
            math::to_f32(value)
        } else {
            0.0
        }
    }
}

/// Sum of the products of two rows of equal length.
fn dot(x: &[f32], y: &[f32]) -> f64 {
    let mut lanes = [0.0_f32; LANES];
    let (xs, x_rest) = x.as_chunks::<LANES>();
    let (ys, y_rest) = y.as_chunks::<LANES>();
    for (x, y) in xs.iter().zip(ys) {
        for ((lane, x), y) in lanes.iter_mut().zip(x).zip(y) {
            *lane += x * y;
        }
    }
    let rest = x_rest.iter().zip(y_rest);
    let rest: f64 = rest.map(|(x, y)| f64::from(x * y)).sum();
    lanes.iter().map(|lane| f64::from(*lane)).sum::<f64>() + rest
}
