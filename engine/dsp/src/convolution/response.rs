//! Impulse responses: how a recording becomes one, and the spectra a convolution works with.

use super::fft::Transform;
use super::{HEAD, Latency, STAGES, Shapes};
use crate::error::DspError;
use crate::math::{to_count, to_f32};

/// Longest impulse response, seconds.
pub const MAX_SECONDS: f64 = 20.0;
/// Below its loudest frame by this much, dB, a response counts as silent.
const SILENCE_DB: f64 = -90.0;
/// Fade at the end of a trimmed response, seconds.
const FADE_OUT_SECONDS: f64 = 0.02;
/// Frames before the first one that sounds which are kept, and fade in.
const FADE_IN: usize = 16;

/// What [`prepare`] does to a recording.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Preparation {
    /// Cuts the silence before and after the sound.
    pub trim: bool,
    /// Brings the loudest way through the response to an energy of 1, so that noise leaves as
    /// loud as it came.
    pub normalise: bool,
}

impl Default for Preparation {
    fn default() -> Self {
        Self {
            trim: true,
            normalise: true,
        }
    }
}

/// Trims a recorded impulse response at the engine's rate to where it sounds (-90 dB below its
/// loudest frame) and to [`MAX_SECONDS`], fades both ends, and normalises its energy. Silence
/// stays silence. `[main-thread]`
pub fn prepare(channels: &mut [Vec<f32>], sample_rate: f64, how: Preparation) {
    let frames = channels.iter().map(Vec::len).min().unwrap_or(0);
    let loudest = channels
        .iter()
        .flatten()
        .fold(0.0_f32, |m, x| m.max(x.abs()));
    let floor = loudest * to_f32(10f64.powf(SILENCE_DB / 20.0));
    let sounds = |n: &usize| channels.iter().any(|c| c[*n].abs() > floor);
    let (first, last) = match how.trim {
        true => (
            (0..frames).find(sounds).unwrap_or(0),
            (0..frames).rev().find(sounds).map_or(0, |n| n + 1),
        ),
        false => (0, frames),
    };
    let start = first.saturating_sub(FADE_IN);
    let longest = to_count(MAX_SECONDS * sample_rate);
    let end = last.max(start).min(start + longest);
    let fade_out = to_count(FADE_OUT_SECONDS * sample_rate).min((end - start) / 4);
    for channel in channels.iter_mut() {
        channel.truncate(end);
        channel.drain(..start);
        let lead = first - start;
        for (n, x) in channel.iter_mut().take(lead).enumerate() {
            *x *= (n + 1) as f32 / (lead + 1) as f32;
        }
        if end < frames || how.trim {
            for (n, x) in channel.iter_mut().rev().take(fade_out).enumerate() {
                *x *= n as f32 / fade_out as f32;
            }
        }
    }
    if how.normalise {
        normalise(channels);
    }
}

fn normalise(channels: &mut [Vec<f32>]) {
    let energy = |channel: &Vec<f32>| channel.iter().map(|x| f64::from(*x).powi(2)).sum::<f64>();
    let energies: Vec<f64> = channels.iter().map(energy).collect();
    // True stereo: what arrives at an output comes over two ways.
    let most = match energies[..] {
        [ll, lr, rl, rr] => (ll + rl).max(lr + rr),
        _ => energies.iter().copied().fold(0.0, f64::max),
    };
    if most > 0.0 {
        let gain = to_f32(1.0 / most.sqrt());
        channels.iter_mut().flatten().for_each(|x| *x *= gain);
    }
}

/// The spectra of one stage: partition after partition, for each channel of the response.
pub(super) struct StageSpectra {
    pub(super) partitions: usize,
    pub(super) channels: Vec<Vec<Vec<f32>>>,
    /// Room for the spectra of as many input blocks, for each input channel.
    pub(super) past: Vec<Vec<Vec<f32>>>,
}

/// An impulse response, ready for a [`Convolution`](super::Convolution) of the same latency. Made
/// and dropped on the control thread.
pub struct Response {
    pub(super) latency: Latency,
    pub(super) frames: usize,
    /// 1: the same for every channel; 2: left and right; 4: left to left, left to right, right to
    /// left, right to right. 0: no response, the input passes.
    pub(super) channels: usize,
    /// What is convolved directly.
    pub(super) head: Vec<[f32; HEAD]>,
    pub(super) stages: [StageSpectra; STAGES],
}

impl Response {
    /// A response at the engine's rate for a processor with `inputs` channels. Allocates about
    /// 16 bytes a frame and channel. `[main-thread]`
    ///
    /// # Errors
    /// [`DspError::OutOfRange`] when it has neither 1, 2 nor 4 channels, or is longer than
    /// [`MAX_SECONDS`] at `sample_rate`.
    pub fn new(
        channels: &[Vec<f32>],
        inputs: usize,
        sample_rate: f64,
        latency: Latency,
    ) -> Result<Self, DspError> {
        let count = channels.len();
        if !matches!(count, 1 | 2 | 4) {
            DspError::check(
                "impulse response channels (1, 2 or 4)",
                count as f64,
                1.0,
                2.0,
            )?;
        }
        let frames = channels.iter().map(Vec::len).max().unwrap_or(0);
        let seconds = frames as f64 / sample_rate;
        DspError::check("impulse response seconds", seconds, 0.0, MAX_SECONDS + 0.01)?;
        let shapes = Shapes::new(latency);
        let transforms = super::transforms();
        let stage = |k: usize| {
            let range = shapes.range(k);
            let frames = frames.min(range.end).saturating_sub(range.start);
            stage_spectra(channels, range.start, frames, inputs, &transforms[k])
        };
        let head = |channel: &Vec<f32>| {
            core::array::from_fn(|n| match latency {
                Latency::Zero => channel.get(n).copied().unwrap_or(0.0),
                _ => 0.0,
            })
        };
        Ok(Self {
            latency,
            frames,
            channels: count,
            head: channels.iter().map(head).collect(),
            stages: core::array::from_fn(stage),
        })
    }

    /// No response: the input passes, delayed by the latency only. `[main-thread]`
    #[must_use]
    pub fn none(latency: Latency) -> Self {
        let stage = |_| StageSpectra {
            partitions: 0,
            channels: Vec::new(),
            past: Vec::new(),
        };
        Self {
            latency,
            frames: 0,
            channels: 0,
            head: Vec::new(),
            stages: core::array::from_fn(stage),
        }
    }

    /// Its length in frames.
    #[must_use]
    pub fn frames(&self) -> usize {
        self.frames
    }

    /// The ways into output `out` of `outputs`: input channel and channel of the response.
    pub(super) fn ways(&self, out: usize, outputs: usize) -> impl Iterator<Item = (usize, usize)> {
        let (base, side) = (out & !1, out & 1);
        let crossed = self.channels == 4 && base + 1 < outputs;
        let straight = match self.channels {
            1 => 0,
            2 => side,
            _ => 0,
        };
        let ways = match (self.channels, crossed) {
            (0, _) => [None, None],
            (_, true) => [Some((base, side)), Some((base + 1, 2 + side))],
            (_, false) => [Some((out, straight)), None],
        };
        ways.into_iter().flatten()
    }
}

fn stage_spectra(
    channels: &[Vec<f32>],
    start: usize,
    frames: usize,
    inputs: usize,
    transform: &Transform,
) -> StageSpectra {
    let block = transform.block();
    let partitions = frames.div_ceil(block);
    let spectra = |channel: &Vec<f32>| -> Vec<Vec<f32>> {
        let piece = |p: usize| {
            let from = (start + p * block).min(channel.len());
            let to = (start + (p + 1) * block).min(channel.len());
            transform.spectrum_of(&channel[from..to])
        };
        (0..partitions).map(piece).collect()
    };
    let past = vec![vec![vec![0.0; 2 * block]; partitions]; inputs];
    StageSpectra {
        partitions,
        channels: channels.iter().map(spectra).collect(),
        past,
    }
}
