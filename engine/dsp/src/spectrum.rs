//! A spectrum for people to look at.

use std::sync::Arc;

use rustfft::num_complex::Complex;
use rustfft::{Fft, FftPlanner};

use crate::error::DspError;
use crate::math::{exp2_f64, log2_f64, sin_cos, to_count, to_f32};

/// Most spectra a second.
const REFRESH_HZ: f64 = 30.0;
/// The level of silence, dB.
pub const FLOOR_DB: f32 = -150.0;
/// Where a tilt leaves the level as it is, Hz.
const TILT_HZ: f64 = 1_000.0;

/// How a [`Spectrum`] looks.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SpectrumOptions {
    /// Frames of the window: a power of two, 1024 to 8192.
    pub size: usize,
    /// dB per octave that are added, 0 dB at 1 kHz; 3 makes pink noise level.
    pub tilt: f32,
    /// Averages the power over 1/n of an octave, n 3 to 24; 0: not at all.
    pub smoothing: u8,
}

impl Default for SpectrumOptions {
    fn default() -> Self {
        Self {
            size: 4_096,
            tilt: 0.0,
            smoothing: 0,
        }
    }
}

/// Levels of a signal over frequency: Hann windows that overlap by 75 %, or less where the
/// refresh rate would be over 30 Hz. A sine reads its level, 0 dB is full scale. Not for the audio
/// thread, which has better things to do.
pub struct Spectrum {
    options: SpectrumOptions,
    sample_rate: f64,
    plan: Arc<dyn Fft<f32>>,
    window: Vec<f32>,
    /// The last frames, a ring.
    past: Vec<f32>,
    at: usize,
    /// Frames from one spectrum to the next, and to the next one.
    hop: usize,
    due: usize,
    points: Vec<Complex<f32>>,
    scratch: Vec<Complex<f32>>,
    power: Vec<f64>,
    levels: Vec<f32>,
}

impl Spectrum {
    /// A spectrum at `sample_rate` frames per second. `[main-thread]`
    ///
    /// # Errors
    /// [`DspError::OutOfRange`] when an option is.
    pub fn new(sample_rate: f64, options: SpectrumOptions) -> Result<Self, DspError> {
        let size = options.size;
        DspError::check("spectrum size", size as f64, 1_024.0, 8_192.0)?;
        let rounded = size.next_power_of_two();
        let exact = rounded as f64;
        DspError::check("spectrum size (a power of two)", size as f64, exact, exact)?;
        DspError::check("spectrum tilt", options.tilt.into(), -12.0, 12.0)?;
        if options.smoothing != 0 {
            DspError::check("spectrum smoothing", options.smoothing.into(), 3.0, 24.0)?;
        }
        let plan = FftPlanner::new().plan_fft_forward(size);
        let hann = |n: usize| {
            let (_, cosine) = sin_cos(core::f64::consts::TAU * n as f64 / size as f64);
            // Twice over the window's sum, size / 2: a sine reads its amplitude.
            to_f32((0.5 - 0.5 * cosine) * 4.0 / size as f64)
        };
        let hop = (size / 4).max(to_count((sample_rate / REFRESH_HZ).ceil()));
        let mut spectrum = Self {
            options,
            sample_rate,
            window: (0..size).map(hann).collect(),
            past: vec![0.0; size],
            at: 0,
            hop,
            due: hop,
            points: vec![Complex::default(); size],
            scratch: vec![Complex::default(); plan.get_inplace_scratch_len()],
            plan,
            power: vec![0.0; size / 2 + 1],
            levels: vec![FLOOR_DB; size / 2 + 1],
        };
        spectrum.measure();
        Ok(spectrum)
    }

    /// Takes the next frames; true when there is a new spectrum.
    pub fn process(&mut self, signal: &[f32]) -> bool {
        let mut new = false;
        for x in signal {
            self.past[self.at] = if x.is_finite() { *x } else { 0.0 };
            self.at = (self.at + 1) % self.past.len();
            self.due -= 1;
            if self.due == 0 {
                self.due = self.hop;
                self.measure();
                new = true;
            }
        }
        new
    }

    /// The level of each bin in dB, from 0 Hz to half the sample rate.
    #[must_use]
    pub fn levels(&self) -> &[f32] {
        &self.levels
    }

    /// The frequency of a bin.
    #[must_use]
    pub fn frequency(&self, bin: usize) -> f64 {
        bin as f64 * self.sample_rate / self.options.size as f64
    }

    /// Forgets the signal.
    pub fn reset(&mut self) {
        self.past.fill(0.0);
        self.due = self.hop;
        self.measure();
    }

    fn measure(&mut self) {
        let (new, old) = self.past.split_at(self.at);
        let frames = old.iter().chain(new).zip(&self.window);
        for (point, (x, w)) in self.points.iter_mut().zip(frames) {
            *point = Complex::new(x * w, 0.0);
        }
        self.plan
            .process_with_scratch(&mut self.points, &mut self.scratch);
        for (power, point) in self.power.iter_mut().zip(&self.points) {
            *power = f64::from(point.re).powi(2) + f64::from(point.im).powi(2);
        }
        for bin in 0..self.levels.len() {
            let power = self.smoothed(bin);
            let octaves = log2_f64(self.frequency(bin.max(1)) / TILT_HZ);
            let tilt = f64::from(self.options.tilt) * octaves;
            let level = 3.010_299_956_639_812 * log2_f64(power) + tilt;
            self.levels[bin] = to_f32(level).max(FLOOR_DB);
        }
    }

    /// The mean power around a bin.
    fn smoothed(&self, bin: usize) -> f64 {
        if self.options.smoothing == 0 || bin == 0 {
            return self.power[bin];
        }
        let half = exp2_f64(0.5 / f64::from(self.options.smoothing));
        let first = to_count(bin as f64 / half);
        let last = to_count(bin as f64 * half).min(self.power.len() - 1);
        let bins = &self.power[first.min(bin)..=last.max(bin)];
        bins.iter().sum::<f64>() / bins.len() as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tone(rate: f64, hz: f64, frames: usize) -> Vec<f32> {
        let frame = |n: usize| to_f32((core::f64::consts::TAU * hz * n as f64 / rate).sin());
        (0..frames).map(frame).collect()
    }

    fn highest(spectrum: &Spectrum) -> f32 {
        spectrum.levels().iter().copied().fold(f32::MIN, f32::max)
    }

    #[test]
    fn a_sine_reads_its_level() {
        for size in [1_024, 2_048, 4_096, 8_192] {
            for rate in [44_100.0, 48_000.0, 96_000.0, 192_000.0] {
                let options = SpectrumOptions {
                    size,
                    ..SpectrumOptions::default()
                };
                let mut spectrum = Spectrum::new(rate, options).unwrap();
                let bin = 100.0 * rate / size as f64;
                assert!(spectrum.process(&tone(rate, bin, 20_000)));
                assert!(highest(&spectrum).abs() < 0.01);
                assert!(spectrum.levels()[100].abs() < 0.01);
                spectrum.process(&tone(rate, bin * 1.005, 20_000));
                let between = highest(&spectrum);
                assert!((-1.43..=-1.41).contains(&between), "{size}: {between}");
            }
        }
    }

    #[test]
    fn it_comes_30_times_a_second_at_most() {
        for (rate, size) in [(44_100.0, 1_024), (48_000.0, 8_192), (192_000.0, 4_096)] {
            let options = SpectrumOptions {
                size,
                ..SpectrumOptions::default()
            };
            let mut spectrum = Spectrum::new(rate, options).unwrap();
            let second = tone(rate, 1_000.0, to_count(rate));
            let count = second.iter().filter(|x| spectrum.process(&[**x])).count();
            assert!((20..=30).contains(&count), "{rate} {size}: {count}");
        }
    }

    #[test]
    fn noise_is_smooth_and_tilted() {
        let options = SpectrumOptions {
            size: 8_192,
            tilt: 3.0,
            smoothing: 3,
        };
        let mut spectrum = Spectrum::new(48_000.0, options).unwrap();
        let noise: Vec<f32> = crate::testing::noise(3).take(50_000).collect();
        spectrum.process(&noise);
        let level = |hz: f64| spectrum.levels()[to_count(hz * 8_192.0 / 48_000.0)];
        let tilt = level(8_000.0) - level(1_000.0);
        assert!((tilt - 9.0).abs() < 1.5, "{tilt}");
        spectrum.reset();
        assert_eq!(highest(&spectrum), FLOOR_DB);
    }

    #[test]
    fn wrong_options_are_refused() {
        for (size, smoothing, words) in [
            (512, 0, "spectrum size 512 is not in 1024..=8192"),
            (3_000, 0, "spectrum size (a power of two) 3000"),
            (2_048, 2, "spectrum smoothing 2 is not in 3..=24"),
        ] {
            let options = SpectrumOptions {
                size,
                smoothing,
                tilt: 0.0,
            };
            let error = Spectrum::new(48_000.0, options).err().unwrap().to_string();
            assert!(error.starts_with(words), "{error}");
        }
    }
}
