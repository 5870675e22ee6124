//! Sample-rate conversion of whole sounds: delay removed, exact length.

mod bridge;

use rubato::audioadapter_buffers::direct::SequentialSliceOfVecs;
use rubato::{Fft, FixedAsync, FixedSync, Indexing, Resampler, WindowFunction};

pub use bridge::{BridgeSpec, ClockBridge};

use crate::error::{Error, Result};
use crate::sample::Sample;

/// Lowest and highest rate in Hz that a resampler accepts.
const RATES: std::ops::RangeInclusive<u32> = 1..=768_000;
/// Filter length in frames at the lower of the two rates, at least: the transition band then lies
/// between 0.97 and 1.0 of the lower Nyquist frequency (48 kHz: 23.3 to 24 kHz).
const FILTER_FRAMES: u64 = 1024;
/// Frames that the tier `Stream` takes at a time.
const STREAM_CHUNK: usize = 1024;
/// More channels than this are refused.
const MAX_CHANNELS: usize = 64;

/// Arithmetic of the conversion; both use the same filter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Tier {
    /// f32: ripple 0.01 dB, distortion, images and aliases below -130 dB. For the audio pool.
    Import,
    /// f64: ripple 0.001 dB, below -170 dB before the result becomes f32. For masters.
    Offline,
    /// f32: what [`ClockBridge`] does with clocks that drift, at a ratio that stays: ripple 0.01 dB,
    /// below -130 dB, and aligned to a hundredth of a frame of the lower rate instead of exactly.
    Stream,
}

/// Length after conversion: `frames * to / from`, rounded to the nearest, halves up.
pub fn output_frames(frames: u64, from: u32, to: u32) -> u64 {
    let (from, to) = (u128::from(from.max(1)), u128::from(to));
    let scaled = (u128::from(frames) * to * 2 + from) / (from * 2);
    u64::try_from(scaled).unwrap_or(u64::MAX)
}

/// Converts planar `input` (f32 or f64, channels of equal length) from rate `from` to rate `to` in Hz.
///
/// The result is aligned with the input (no delay) and [`output_frames`] long; equal rates copy
/// the samples. `[thread-safe]`, blocks.
///
/// # Errors
/// [`Error::Argument`] for rates outside of 1..=768000, more than 64 channels, or channels of
/// different length.
pub fn resample<T: Sample>(
    input: &[Vec<T>],
    from: u32,
    to: u32,
    tier: Tier,
) -> Result<Vec<Vec<T>>> {
    let mut stream = StreamResampler::new(from, to, input.len(), tier)?;
    let mut output = vec![Vec::new(); input.len()];
    let slices: Vec<&[T]> = input.iter().map(Vec::as_slice).collect();
    stream.push(&slices, &mut output)?;
    stream.finish(&mut output)?;
    Ok(output)
}

/// Resampler for sounds that arrive in pieces; the memory it takes does not depend on their length.
///
/// 1. [`push`](Self::push) any number of planar pieces of any length.
/// 2. [`finish`](Self::finish) once.
///
/// The pieces may be cut anywhere: the result is bit-identical.
pub struct StreamResampler {
    kind: Kind,
    channels: usize,
}

enum Kind {
    /// Equal rates.
    Bypass,
    /// Import and stream.
    Single(Box<Core<f32>>),
    Offline(Box<Core<f64>>),
}

impl StreamResampler {
    /// Prepares a conversion of `channels` channels from rate `from` to rate `to` in Hz.
    ///
    /// # Errors
    /// [`Error::Argument`] for rates outside of 1..=768000, more than 64 channels, or, with
    /// [`Tier::Stream`], rates that differ by more than a factor of 48.
    pub fn new(from: u32, to: u32, channels: usize, tier: Tier) -> Result<Self> {
        check(from, to, channels)?;
        let kind = match tier {
            _ if from == to || channels == 0 => Kind::Bypass,
            Tier::Import => Kind::Single(Box::new(Core::new(from, to, channels)?)),
            Tier::Stream => Kind::Single(Box::new(Core::stream(from, to, channels)?)),
            Tier::Offline => Kind::Offline(Box::new(Core::new(from, to, channels)?)),
        };
        Ok(Self { kind, channels })
    }

    /// Takes one slice per channel (equal lengths) and appends what is ready to `output`.
    ///
    /// # Errors
    /// [`Error::Argument`] for a wrong number of channels or slices of different length.
    pub fn push<T: Sample>(&mut self, input: &[&[T]], output: &mut [Vec<T>]) -> Result<()> {
        let frames = input.first().map_or(0, |c| c.len());
        if input.len() != self.channels || output.len() != self.channels {
            return Err(bad(
                "number of channel buffers",
                input.len(),
                "the channels of new()",
            ));
        }
        if let Some(odd) = input.iter().find(|c| c.len() != frames) {
            return Err(bad(
                "length of a channel",
                odd.len(),
                "equal lengths in all channels",
            ));
        }
        match &mut self.kind {
            Kind::Bypass => {
                for (out, channel) in output.iter_mut().zip(input) {
                    out.extend_from_slice(channel);
                }
                Ok(())
            }
            Kind::Single(core) => core.push(input, output, T::narrow, T::from_f32),
            Kind::Offline(core) => core.push(input, output, T::widen, T::from_f64),
        }
    }

    /// Appends the rest to `output`.
    ///
    /// # Errors
    /// [`Error::Argument`] for a wrong number of channels.
    pub fn finish<T: Sample>(self, output: &mut [Vec<T>]) -> Result<()> {
        if output.len() != self.channels {
            return Err(bad(
                "number of channel buffers",
                output.len(),
                "the channels of new()",
            ));
        }
        match self.kind {
            Kind::Bypass => Ok(()),
            Kind::Single(mut core) => core.finish(output, T::from_f32),
            Kind::Offline(mut core) => core.finish(output, T::from_f64),
        }
    }
}

/// A resampler of rubato plus what makes its output aligned and exactly as long as it should be.
struct Core<T: rubato::Sample> {
    inner: Box<dyn Resampler<T>>,
    from: u32,
    to: u32,
    /// One chunk of input being filled, and one of output.
    input: Vec<Vec<T>>,
    output: Vec<Vec<T>>,
    filled: usize,
    taken: u64,
    /// Frames of filter delay still to drop, and frames handed out.
    delay: usize,
    given: u64,
}

impl<T: rubato::Sample> Core<T> {
    fn new(from: u32, to: u32, channels: usize) -> Result<Self> {
        let chunk = chunk_frames(from, to);
        // The filter is centred on a whole frame at both rates because the chunk is even.
        let fft = Fft::new_custom(
            from as usize,
            to as usize,
            chunk,
            1,
            channels,
            WindowFunction::BlackmanHarris2,
            FixedSync::Both,
        )
        .map_err(|_| bad("sample rate in Hz", from as usize, "1..=768000"))?;
        let delay = fft.output_delay();
        Ok(Self::around(Box::new(fft), delay, from, to, channels))
    }

    fn around(
        inner: Box<dyn Resampler<T>>,
        delay: usize,
        from: u32,
        to: u32,
        channels: usize,
    ) -> Self {
        let (frames_in, frames_out) = (inner.input_frames_next(), inner.output_frames_max());
        Self {
            delay,
            inner,
            from,
            to,
            input: vec![vec![T::zero(); frames_in]; channels],
            output: vec![vec![T::zero(); frames_out]; channels],
            filled: 0,
            taken: 0,
            given: 0,
        }
    }

    fn push<I: Copy, O>(
        &mut self,
        input: &[&[I]],
        output: &mut [Vec<O>],
        widen: fn(I) -> T,
        narrow: fn(T) -> O,
    ) -> Result<()> {
        let frames = input.first().map_or(0, |c| c.len());
        let chunk = self.inner.input_frames_next();
        let mut at = 0;
        while at < frames {
            let n = (chunk - self.filled).min(frames - at);
            for (own, channel) in self.input.iter_mut().zip(input) {
                let slots = &mut own[self.filled..self.filled + n];
                slots
                    .iter_mut()
                    .zip(&channel[at..at + n])
                    .for_each(|(s, x)| *s = widen(*x));
            }
            self.filled += n;
            self.taken += n as u64;
            at += n;
            if self.filled == chunk {
                self.chunk(output, u64::MAX, narrow)?;
            }
        }
        Ok(())
    }

    fn finish<O>(&mut self, output: &mut [Vec<O>], narrow: fn(T) -> O) -> Result<()> {
        let total = output_frames(self.taken, self.from, self.to);
        while self.given < total {
            self.chunk(output, total, narrow)?;
        }
        // `push` never gives more than `total`: it lags by half a filter.
        Ok(())
    }

    /// Converts the chunk in `input` (the unfilled part is silence) and hands out the result
    /// behind the delay, up to `total` frames in all.
    fn chunk<O>(&mut self, output: &mut [Vec<O>], total: u64, narrow: fn(T) -> O) -> Result<()> {
        let (frames_in, frames_out) = (
            self.inner.input_frames_next(),
            self.inner.output_frames_next(),
        );
        let channels = self.input.len();
        let partial = Indexing::new().partial_len(self.filled);
        let failed = |_| bad("resampler chunk", frames_in, "the size of its buffers");
        let input = SequentialSliceOfVecs::new(&self.input, channels, frames_in)
            .map_err(|_| bad("resampler chunk", frames_in, "the size of its buffers"))?;
        let mut result = SequentialSliceOfVecs::new_mut(&mut self.output, channels, frames_out)
            .map_err(|_| bad("resampler chunk", frames_out, "the size of its buffers"))?;
        let (_, made) = self
            .inner
            .process_into_buffer(&input, &mut result, Some(&partial))
            .map_err(failed)?;
        self.filled = 0;
        let skip = self.delay.min(made);
        self.delay -= skip;
        let room = usize::try_from(total - self.given).unwrap_or(usize::MAX);
        let take = (made - skip).min(room);
        for (out, own) in output.iter_mut().zip(&self.output) {
            out.extend(own[skip..skip + take].iter().map(|x| narrow(*x)));
        }
        self.given += take as u64;
        Ok(())
    }
}

impl Core<f32> {
    /// The filter of [`ClockBridge`], whose ratio stays.
    fn stream(from: u32, to: u32, channels: usize) -> Result<Self> {
        let ratio = f64::from(to) / f64::from(from);
        let sinc = bridge::sinc(ratio, 1.0, STREAM_CHUNK, channels, FixedAsync::Input)?;
        let (lead, delay) = lead_in(bridge::delay(ratio), ratio);
        Ok(Self {
            filled: lead,
            ..Self::around(Box::new(sinc), delay, from, to, channels)
        })
    }
}

/// Frames of silence in front of the input of the tier `Stream`, and frames to drop from its output.
/// A frame comes out `(centre - 1/128) * ratio - 1` frames late: the first output lies a step behind
/// the start, and the 128 phases of the filter begin with the second. Silence in front turns that
/// into a number that is as good as whole.
fn lead_in(centre: usize, ratio: f64) -> (usize, usize) {
    let late = |lead: usize| ((centre + lead) as f64 - 1.0 / 128.0) * ratio - 1.0;
    let off = |lead: &usize| (late(*lead) - late(*lead).round()).abs();
    let lead = (0..STREAM_CHUNK)
        .min_by(|a, b| off(a).total_cmp(&off(b)))
        .unwrap_or(0);
    (lead, segue_dsp::math::to_count(late(lead)))
}

/// Input frames per FFT: an even multiple of the smallest block of the two rates, so that both
/// sides have at least [`FILTER_FRAMES`] and the filter's centre is a whole frame on both.
fn chunk_frames(from: u32, to: u32) -> usize {
    let (from, to) = (u64::from(from), u64::from(to));
    let gcd = gcd(from, to);
    let smallest = (from.min(to) / gcd).max(1);
    let blocks = FILTER_FRAMES.div_ceil(smallest).next_multiple_of(2);
    usize::try_from(blocks * (from / gcd)).unwrap_or(usize::MAX)
}

fn gcd(a: u64, b: u64) -> u64 {
    if b == 0 { a } else { gcd(b, a % b) }
}

fn check(from: u32, to: u32, channels: usize) -> Result<()> {
    for rate in [from, to] {
        if !RATES.contains(&rate) {
            return Err(bad("sample rate in Hz", rate as usize, "1..=768000"));
        }
    }
    if channels > MAX_CHANNELS {
        return Err(bad("number of channels", channels, "0..=64"));
    }
    Ok(())
}

fn bad(what: &'static str, value: usize, allowed: &'static str) -> Error {
    Error::Argument {
        what,
        value: value as u64,
        allowed,
    }
}

#[cfg(test)]
mod tests;
