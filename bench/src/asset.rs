//! The sounds every engine plays: made here, so that they are the same on every machine.

use std::f64::consts::TAU;

use crate::subject::RATE;

/// Interleaved samples at [`RATE`].
#[derive(Debug)]
pub(crate) struct Asset {
    /// 1 or 2.
    pub(crate) channels: usize,
    /// Length in frames.
    pub(crate) frames: usize,
    /// `frames * channels` samples.
    pub(crate) samples: Vec<f32>,
}

impl Asset {
    /// Noise with an RMS of 0.1 and a gentle slope above 2 kHz, so that an interpolator's droop does not change its level.
    /// Channels are independent. `seed` chooses the noise.
    pub(crate) fn noise(channels: usize, frames: usize, seed: u64) -> Self {
        let mut random = Random::new(seed);
        let mut state = vec![0.0; channels];
        let mut samples: Vec<f64> = Vec::with_capacity(frames * channels);
        for _ in 0..frames {
            for low in &mut state {
                *low += 0.23 * (random.bipolar() - *low);
                samples.push(*low);
            }
        }
        let rms = (samples.iter().map(|s| s * s).sum::<f64>() / samples.len() as f64).sqrt();
        let samples = samples.iter().map(|s| narrow(s * 0.1 / rms)).collect();
        Self {
            channels,
            frames,
            samples,
        }
    }

    /// A mono sine of `hertz` with amplitude 0.5.
    pub(crate) fn sine(hertz: f64, frames: usize) -> Self {
        let step = TAU * hertz / f64::from(RATE);
        let samples = (0..frames)
            .map(|i| narrow(0.5 * (step * i as f64).sin()))
            .collect();
        Self {
            channels: 1,
            frames,
            samples,
        }
    }

    /// Frame `index` as left and right; a mono asset sounds on both sides.
    pub(crate) fn frame(&self, index: usize) -> [f32; 2] {
        let at = index * self.channels;
        [self.samples[at], self.samples[at + self.channels - 1]]
    }

    /// The samples of each channel.
    pub(crate) fn planar(&self) -> Vec<Vec<f32>> {
        (0..self.channels)
            .map(|c| {
                self.samples
                    .iter()
                    .skip(c)
                    .step_by(self.channels)
                    .copied()
                    .collect()
            })
            .collect()
    }

    /// Mean square of left and right.
    pub(crate) fn power(&self) -> [f64; 2] {
        let mut sum = [0.0; 2];
        for index in 0..self.frames {
            for (sum, sample) in sum.iter_mut().zip(self.frame(index)) {
                *sum += f64::from(sample).powi(2);
            }
        }
        sum.map(|s| s / self.frames as f64)
    }
}

/// xorshift64*: repeatable and good enough for noise.
struct Random(u64);

impl Random {
    fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    fn bipolar(&mut self) -> f64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let bits = self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 11;
        bits as f64 / (1u64 << 52) as f64 - 1.0
    }
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "rounding to f32 is the point"
)]
fn narrow(value: f64) -> f32 {
    value as f32
}
