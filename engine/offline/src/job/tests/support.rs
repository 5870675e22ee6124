//! Sounds and jobs for tests.

use std::fs;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use super::super::*;
use crate::channels::Layout;
use crate::decode::{DecodeOptions, Decoded, decode_file};
use crate::error::Result;
use crate::progress::no_progress;
use crate::quantize::Dither;
use crate::sink::Encoding;
use crate::testing::Noise;
use crate::wav::{WavFormat, WavSpec, WavWriter};

pub(crate) struct Space {
    pub(crate) dir: tempfile::TempDir,
}

impl Space {
    pub(crate) fn new() -> Self {
        Self {
            dir: tempfile::tempdir().unwrap(),
        }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// Writes interleaved samples.
    pub(crate) fn wav(
        &self,
        name: &str,
        rate: u32,
        channels: u16,
        format: WavFormat,
        x: &[f32],
    ) -> PathBuf {
        let path = self.path(name);
        let spec = WavSpec {
            layout: Layout::usual(channels),
            sample_rate: rate,
            format,
            dither: Dither::None,
        };
        let mut writer = WavWriter::create(&path, spec).unwrap();
        writer.write(x).unwrap();
        writer.finish().unwrap();
        path
    }

    pub(crate) fn job(&self, input: &Path, output: &str, settings: Settings) -> Job {
        Job {
            input: input.to_owned(),
            output: self.path(output),
            settings,
        }
    }

    /// Names in the folder.
    pub(crate) fn names(&self) -> Vec<String> {
        let mut names: Vec<String> = fs::read_dir(self.dir.path())
            .unwrap()
            .map(|e| e.unwrap().file_name().to_string_lossy().into_owned())
            .collect();
        names.sort();
        names
    }
}

pub(crate) fn go(job: &Job) -> Result<Report> {
    run(job, &mut |_| ControlFlow::Continue(()))
}

pub(crate) fn read(path: &Path) -> Decoded {
    decode_file(path, &DecodeOptions::default(), 1 << 30, &mut no_progress).unwrap()
}

pub(crate) fn wav(format: WavFormat) -> Settings {
    Settings::new(Encoding::Wav(format))
}

/// Programme-like stereo noise with swells, interleaved, below full scale.
pub(crate) fn programme(rate: u32, seconds: u32, channels: usize, level: f32) -> Vec<f32> {
    let mut noise = Noise(77);
    let mut low = vec![0.0f32; channels];
    let mut out = Vec::new();
    for i in 0..(rate * seconds) as usize {
        let swell = level * (0.6 + 0.4 * (i as f32 / rate as f32 * 0.9).sin());
        for state in &mut low {
            *state += 0.1 * (noise.sample() - *state);
            out.push(*state * swell);
        }
    }
    out
}

/// A sine, the same in every channel.
pub(crate) fn sine(rate: u32, frames: usize, channels: usize, hz: f64, amplitude: f64) -> Vec<f32> {
    let w = std::f64::consts::TAU * hz / f64::from(rate);
    (0..frames)
        .flat_map(|i| std::iter::repeat_n((amplitude * (w * i as f64).sin()) as f32, channels))
        .collect()
}
