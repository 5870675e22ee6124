//! How loudness moves over a note.

use segue_dsp::math;

use crate::clock::FS;

/// Exponential decay from 1.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fall {
    value: f64,
    factor: f64,
}

impl Fall {
    /// Falls by 60 dB in `seconds`.
    pub(crate) fn new(seconds: f64) -> Self {
        /// log2 of a thousandth.
        const SIXTY_DB: f64 = -9.965_784_284_662_087;
        Self {
            value: 1.0,
            factor: math::exp2_f64(SIXTY_DB / (seconds * FS)),
        }
    }

    /// The value of this frame.
    pub(crate) fn next(&mut self) -> f64 {
        let value = self.value;
        self.value *= self.factor;
        value
    }
}

/// From 0 to 1 over `frames`, without a corner at either end.
pub(crate) fn rise(n: usize, frames: usize) -> f64 {
    if n >= frames {
        return 1.0;
    }
    let x = n as f64 / frames as f64;
    x * x * (3.0 - 2.0 * x)
}

/// Rises over the first `attack` frames and falls to 0 over the last `release` of `length`.
pub(crate) fn edges(n: usize, length: usize, attack: usize, release: usize) -> f64 {
    rise(n, attack) * rise(length.saturating_sub(n), release)
}

/// One bow over `length`: 0, 1 at `peak` (a share of the length), 0.
pub(crate) fn swell(n: usize, length: usize, peak: f64) -> f64 {
    let top = math::to_count(length as f64 * peak);
    edges(n, length, top, length.saturating_sub(top))
}
