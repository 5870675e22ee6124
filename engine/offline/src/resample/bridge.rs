//! From one clock to another that is never quite as fast.
//!
//! Two devices that both claim 48 kHz differ by up to a few hundred parts per million and drift with
//! their temperature. A queue between them runs full or empty after minutes. Here the ratio of a
//! windowed sinc follows the fill of that queue, slowly, so that nothing is heard of it.

use rubato::audioadapter_buffers::direct::SequentialSliceOfVecs;
use rubato::{
    Adjustable, Async, FixedAsync, Resampler, SincInterpolationParameters, WindowFunction,
};

use super::{bad, check};
use crate::error::{Error, Result};

/// Taps of the filter at the lower rate: flat to 20 kHz at 44.1 kHz, below -130 dB from 22.3 kHz on.
const TAPS: f64 = 320.0;
/// The largest factor between two rates: that of 8 and 384 kHz. It bounds the taps.
const FARTHEST: f64 = 48.0;
/// rubato rounds their number up to a multiple of this.
const TAPS_STEP: usize = 8;
/// Output frames between two changes of the ratio.
const CHUNK: usize = 32;
/// Largest correction of the ratio either way: 0.5 %.
const MOST: f64 = 0.005;
/// Time constant of the two low-passes over the fill, seconds: times of callbacks jitter.
const SMOOTH: f64 = 0.5;
/// Proportional and integral gain of the loop, per second and per second squared: critically damped,
/// a disturbance is gone after half a minute.
const PROPORTIONAL: f64 = 0.4;
const INTEGRAL: f64 = 0.04;

/// Delay of the filter in input frames.
pub(super) fn delay(ratio: f64) -> usize {
    taps(ratio) / 2
}

/// At the input's rate, which is `1 / ratio` of the output's.
fn taps(ratio: f64) -> usize {
    segue_dsp::math::to_count((TAPS / ratio.min(1.0)).ceil()).next_multiple_of(TAPS_STEP)
}

/// The sinc of the tier `Stream`.
pub(super) fn sinc(
    ratio: f64,
    most: f64,
    chunk: usize,
    channels: usize,
    fixed: FixedAsync,
) -> Result<Async<f32>> {
    let factor = ratio.max(1.0 / ratio);
    if factor > FARTHEST {
        let factor = segue_dsp::math::to_count(factor);
        return Err(bad("factor between the rates", factor, "1..=48"));
    }
    let parameters = SincInterpolationParameters::new(taps(ratio), WindowFunction::BlackmanHarris2);
    Async::new_sinc(ratio, most, &parameters, chunk, channels, fixed)
        .map_err(|_| bad("channels of a resampler", channels, "1..=64"))
}

/// What a [`ClockBridge`] connects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BridgeSpec {
    /// Nominal rate of what is pushed, Hz, 1 to 768,000.
    pub from: u32,
    /// Nominal rate of what is pulled, Hz, 1 to 768,000.
    pub to: u32,
    /// Channels, 1 to 64.
    pub channels: usize,
    /// Most frames of one push at `from`, and of one pull at `to`. What is larger is taken as well, but may
    /// find the bridge empty.
    pub blocks: [usize; 2],
    /// Frames at `from` that wait between the two and in the block that is being recorded, 64 to 65,536: at
    /// least both blocks together. Add 3 ms for clocks that differ by up to 0.1 %, and as much as
    /// callbacks come late.
    pub latency: usize,
}

impl BridgeSpec {
    /// Both blocks together at the input's rate. Blocks and rates are in their ranges.
    fn least(&self) -> usize {
        let pull = self.blocks[1] as u64 * u64::from(self.from);
        let pull = usize::try_from(pull.div_ceil(u64::from(self.to))).unwrap_or(usize::MAX);
        self.blocks[0].saturating_add(pull)
    }
}

/// Takes frames at one device's pace and gives them at another's. The ratio follows them: no frame is
/// lost or made up while they differ by up to 0.1 % and the [latency](BridgeSpec::latency) is as said there.
///
/// 1. [`push`](Self::push) what the input device brings.
/// 2. [`pull`](Self::pull) what the output device wants; silence until `latency` frames are there.
///
/// Both take the time of their callback, in seconds of one steady clock. It is for one thread: what
/// comes from the thread of another device goes through a queue first. Neither allocates, locks nor
/// asks the system. The sound comes `latency` frames, and the [delay](Self::delay) of the filter, later.
pub struct ClockBridge {
    sinc: Async<f32>,
    spec: BridgeSpec,
    /// Frames that wait, a vector of fixed capacity per channel.
    waiting: Vec<Vec<f32>>,
    input: Vec<Vec<f32>>,
    output: Vec<Vec<f32>>,
    /// Frames of `output` that were given.
    given: usize,
    /// Waits for the first `latency` frames, or for those behind an underrun.
    is_filling: bool,
    pushed_at: f64,
    last_push: f64,
    smooth: [f64; 2],
    integral: f64,
    correction: f64,
    dropped: u64,
    missed: u64,
}

impl ClockBridge {
    /// A bridge with nothing in it. `[main-thread]`
    ///
    /// # Errors
    /// [`Error::Argument`] for a rate, a number of channels or a latency out of its range, for a
    /// latency below both blocks together, and for rates that differ by more than a factor of 48.
    pub fn new(spec: BridgeSpec) -> Result<Self> {
        let BridgeSpec { from, to, .. } = spec;
        check(from, to, spec.channels)?;
        if spec.channels == 0 {
            return Err(bad("number of channels", 0, "1..=64"));
        }
        if !(64..=65_536).contains(&spec.latency) {
            return Err(bad("latency in frames", spec.latency, "64..=65536"));
        }
        if spec.blocks.iter().any(|block| *block > 65_536) || spec.latency < spec.least() {
            let allowed = "the largest push and pull together, at the rate of the push, or more";
            return Err(bad("latency in frames", spec.latency, allowed));
        }
        let ratio = f64::from(to) / f64::from(from);
        let sinc = sinc(
            ratio,
            1.0 + 2.0 * MOST,
            CHUNK,
            spec.channels,
            FixedAsync::Output,
        )?;
        let most = sinc.input_frames_max();
        let room = 4 * spec.latency + most;
        Ok(Self {
            // Not cloned: a clone has no more room than it needs.
            waiting: (0..spec.channels)
                .map(|_| Vec::with_capacity(room))
                .collect(),
            input: vec![vec![0.0; most]; spec.channels],
            output: vec![vec![0.0; CHUNK]; spec.channels],
            sinc,
            spec,
            given: CHUNK,
            is_filling: true,
            pushed_at: 0.0,
            last_push: 0.0,
            smooth: [0.0; 2],
            integral: 0.0,
            correction: 0.0,
            dropped: 0,
            missed: 0,
        })
    }

    /// Delay of the filter in input frames, beside the latency: 160 frames at the lower rate.
    pub fn delay(&self) -> usize {
        delay(f64::from(self.spec.to) / f64::from(self.spec.from))
    }

    /// Frames that came while there was no room, and frames of silence that were given because none
    /// had come, not counting those before the first sound.
    pub fn faults(&self) -> [u64; 2] {
        [self.dropped, self.missed]
    }

    /// How much faster the input runs than its nominal rate, against the output, in parts per
    /// million: the present guess.
    pub fn drift_ppm(&self) -> f64 {
        self.correction * 1e6
    }

    /// Takes what the input device brought at `now`, one slice of equal length a channel. What there
    /// is no room for is dropped and counted. `[audio-thread]`
    ///
    /// # Errors
    /// [`Error::Argument`] for a wrong number of channels or slices of different length.
    pub fn push(&mut self, now: f64, input: &[&[f32]]) -> Result<()> {
        let frames = input.first().map_or(0, |channel| channel.len());
        self.check(input.len(), input.iter().all(|c| c.len() == frames))?;
        let room = self.room();
        let taken = frames.min(room);
        for (waiting, channel) in self.waiting.iter_mut().zip(input) {
            waiting.extend_from_slice(&channel[..taken]);
        }
        self.dropped += (frames - taken) as u64;
        self.pushed_at = now;
        self.last_push = frames as f64;
        Ok(())
    }

    /// Fills what the output device wants at `now`, one slice of equal length a channel.
    /// `[audio-thread]`
    ///
    /// # Errors
    /// As [`push`](Self::push).
    pub fn pull(&mut self, now: f64, output: &mut [&mut [f32]]) -> Result<()> {
        let frames = output.first().map_or(0, |channel| channel.len());
        self.check(output.len(), output.iter().all(|c| c.len() == frames))?;
        let mut at = 0;
        while at < frames {
            if self.given == CHUNK {
                let ahead = at as f64 / f64::from(self.spec.to);
                self.convert(now + ahead)?;
            }
            let n = (CHUNK - self.given).min(frames - at);
            for (out, own) in output.iter_mut().zip(&self.output) {
                out[at..at + n].copy_from_slice(&own[self.given..self.given + n]);
            }
            self.given += n;
            at += n;
        }
        Ok(())
    }

    fn check(&self, channels: usize, are_equal: bool) -> Result<()> {
        if channels != self.spec.channels {
            let what = "number of channel buffers";
            return Err(bad(what, channels, "the channels of new()"));
        }
        match are_equal {
            true => Ok(()),
            false => Err(Error::Argument {
                what: "length of a channel",
                value: 0,
                allowed: "equal lengths in all channels",
            }),
        }
    }

    fn fill(&self) -> usize {
        self.waiting.first().map_or(0, Vec::len)
    }

    fn room(&self) -> usize {
        self.waiting.first().map_or(0, |w| w.capacity() - w.len())
    }

    /// Makes the next output frames.
    fn convert(&mut self, now: f64) -> Result<()> {
        self.given = 0;
        if self.is_filling && self.fill() < self.spec.latency {
            self.output.iter_mut().for_each(|out| out.fill(0.0));
            return Ok(());
        }
        if self.is_filling {
            self.is_filling = false;
            self.start(now);
        }
        self.steer(now);
        let need = self.sinc.input_frames_next();
        let have = need.min(self.fill());
        for (input, waiting) in self.input.iter_mut().zip(&mut self.waiting) {
            input[..have].copy_from_slice(&waiting[..have]);
            input[have..need].fill(0.0);
            waiting.drain(..have);
        }
        if have < need {
            self.missed += (need - have) as u64;
            self.is_filling = true;
        }
        let channels = self.spec.channels;
        let failed = || bad("chunk of a clock bridge", need, "the size of its buffers");
        let input =
            SequentialSliceOfVecs::new(&self.input, channels, need).map_err(|_| failed())?;
        let mut output = SequentialSliceOfVecs::new_mut(&mut self.output, channels, CHUNK)
            .map_err(|_| failed())?;
        self.sinc
            .process_into_buffer(&input, &mut output, None)
            .map_err(|_| failed())?;
        Ok(())
    }

    /// Begins with as much as shall wait: what came before is not needed, and to work it off would
    /// take seconds.
    fn start(&mut self, now: f64) {
        let surplus = self.error(now) * f64::from(self.spec.from);
        let surplus = segue_dsp::math::to_count(surplus.max(0.0)).min(self.fill());
        self.waiting.iter_mut().for_each(|waiting| {
            waiting.drain(..surplus);
        });
        self.smooth = [self.error(now); 2];
    }

    /// Seconds of sound that wait beyond the latency. What the input device has recorded since its
    /// last block counts, so that the size of its blocks does not show.
    fn error(&self, now: f64) -> f64 {
        let rate = f64::from(self.spec.from);
        let since = ((now - self.pushed_at) * rate).clamp(0.0, self.last_push);
        (self.fill() as f64 + since - self.spec.latency as f64) / rate
    }

    /// Turns the ratio towards the fill that should be.
    fn steer(&mut self, now: f64) {
        let step = CHUNK as f64 / f64::from(self.spec.to);
        let mut value = self.error(now);
        for smooth in &mut self.smooth {
            *smooth += (value - *smooth) * step / (SMOOTH + step);
            value = *smooth;
        }
        let wanted = PROPORTIONAL * value + self.integral;
        self.correction = wanted.clamp(-MOST, MOST);
        // At its end the loop can do no more: to add up what is missing would only overshoot.
        if wanted == self.correction {
            self.integral = (self.integral + INTEGRAL * step * value).clamp(-MOST, MOST);
        }
        let nominal = f64::from(self.spec.to) / f64::from(self.spec.from);
        // More waits than should: the input is faster, and each of its frames becomes shorter. Within
        // the bounds that the filter was made for, so it is never refused.
        _ = self
            .sinc
            .set_resample_ratio(nominal / (1.0 + self.correction), true);
    }
}

#[cfg(test)]
mod tests;
