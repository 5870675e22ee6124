//! True-peak limiter: no peak of the continuous signal passes the ceiling.
//!
//! The detector reads eight points per frame ([`crate::true_peak`]). From each peak above the
//! threshold follows the gain it needs; the smallest gain over the look-ahead is held, released,
//! and smoothed by a filter as long as the look-ahead, so that the gain has arrived when the peak
//! does (the scheme of P. Hämäläinen, "Smoothing of the control signal without clipped output in
//! digital peak limiters", DAFx-02). The threshold lies 0.1 dB below the ceiling for what eight
//! points per frame can miss at 0.45 fs.
//!
//! Below the threshold the output is exactly the input, delayed.

mod chain;

use chain::{GainChain, Release};

use crate::error::DspError;
use crate::math;
use crate::meter::{larger, peak_of};
use crate::planar::{self, Lag, multiply};
use crate::processor::{ParamInfo, Processor, Setup, Shows, Tail, resolve};
use crate::simd::wide;
use crate::smooth::{LogSmoother, Ramp};
use crate::true_peak::{Accuracy, TruePeakDetector};

/// Frames processed at a time.
const CHUNK: usize = 64;
/// Distance from the threshold to the ceiling, dB.
const MARGIN_DB: f32 = 0.1;
/// Doublings of the rate for the detector: eight points per frame.
const DOUBLINGS: usize = 3;

/// A look-ahead limiter for 1 to 8 channels. It ignores the key.
#[derive(Clone, Debug)]
pub struct Limiter {
    detectors: Vec<TruePeakDetector>,
    /// One per channel; while `shared`, the first one speaks for all.
    chains: Vec<GainChain>,
    shared: bool,
    lag: Lag,
    latency: u32,
    /// One row of [`CHUNK`] per channel.
    peaks: Vec<f32>,
    input: Ramp,
    threshold: Ramp,
    link: Ramp,
    release_ms: LogSmoother,
    release: Release,
    sample_rate: f64,
    /// Smallest gain of the last piece.
    lowest: f32,
}

impl Limiter {
    /// Row of the ceiling, dBTP.
    pub const CEILING: u16 = 0;
    /// Row of the gain before the limiter, dB.
    pub const INPUT: u16 = 1;
    /// Row of the look-ahead, ms; with the detector's 27 frames it makes the latency.
    pub const LOOK_AHEAD: u16 = 2;
    /// Row of the release, ms: the gain reduction falls to 37 % in this time.
    pub const RELEASE: u16 = 3;
    /// Row of the programme-dependent release: what is limited for long recovers eight times
    /// slower.
    pub const AUTO: u16 = 4;
    /// Row of the channel link: at 100 % all channels get the gain of the loudest.
    pub const LINK: u16 = 5;

    /// Its parameters.
    pub const PARAMS: &[ParamInfo] = &[
        ParamInfo::linear("ceiling", "Ceiling", (-24.0, 0.0, -1.0), "dB"),
        ParamInfo::linear("input", "Input gain", (-24.0, 24.0, 0.0), "dB"),
        ParamInfo::log("look_ahead", "Look-ahead", (0.5, 10.0, 1.5), "ms").structural(),
        ParamInfo::log("release", "Release", (1.0, 2000.0, 100.0), "ms"),
        ParamInfo::toggle("auto", "Auto release", false),
        ParamInfo::linear("link", "Link", (0.0, 100.0, 100.0), "%"),
    ];

    /// A limiter for `setup` with `values` (row, value) in place of the defaults. `[main-thread]`
    ///
    /// # Errors
    /// [`DspError`] when the setup or a value is out of range.
    pub fn new(setup: Setup, values: &[(u16, f32)]) -> Result<Self, DspError> {
        setup.check()?;
        let values = resolve("limiter", Self::PARAMS, values)?;
        let value = |row: u16| values.get(usize::from(row)).copied().unwrap_or_default();
        let look_ahead = setup.frames(f64::from(value(Self::LOOK_AHEAD)));
        let detector = TruePeakDetector::new(Accuracy::Limiter, DOUBLINGS);
        let latency = look_ahead + detector.delay();
        let ramp = |value| Ramp::new(value, setup.sample_rate);
        let mut limiter = Self {
            detectors: vec![detector; setup.channels],
            chains: vec![GainChain::new(look_ahead); setup.channels],
            shared: false,
            lag: Lag::new(latency, setup.channels),
            latency: u32::try_from(latency).unwrap_or(u32::MAX),
            peaks: vec![0.0; CHUNK * setup.channels],
            input: ramp(1.0),
            threshold: ramp(1.0),
            link: ramp(1.0),
            release_ms: LogSmoother::new(f64::from(value(Self::RELEASE)), setup.sample_rate),
            release: Release::default(),
            sample_rate: setup.sample_rate,
            lowest: 1.0,
        };
        for (row, value) in (0..).zip(values) {
            limiter.set_param(row, value);
        }
        limiter.reset();
        Ok(limiter)
    }
}

impl Processor for Limiter {
    fn latency(&self) -> u32 {
        self.latency
    }

    fn tail(&self) -> Tail {
        Tail::Frames(u64::from(self.latency))
    }

    fn reset(&mut self) {
        self.detectors.iter_mut().for_each(TruePeakDetector::reset);
        self.chains.iter_mut().for_each(GainChain::reset);
        self.lag.reset();
        for ramp in [&mut self.input, &mut self.threshold, &mut self.link] {
            ramp.finish();
        }
        self.release_ms.finish();
        self.update_release();
        self.shared = self.is_linked();
        self.lowest = 1.0;
    }

    fn set_param(&mut self, param: u16, value: f32) {
        match param {
            Self::CEILING => self.threshold.set(math::db_to_gain(value - MARGIN_DB)),
            Self::INPUT => self.input.set(math::db_to_gain(value)),
            Self::RELEASE => self.release_ms.set(f64::from(value)),
            Self::AUTO => self.release.auto = value >= 0.5,
            Self::LINK => self.link.set(value / 100.0),
            _ => {}
        }
    }

    fn process(&mut self, at: u64, io: &mut [&mut [f32]], _key: Option<&[&[f32]]>) {
        self.run(at, io, &mut []);
    }

    fn shows(&self) -> Shows {
        Shows::GainChange
    }

    fn reading(&self) -> f32 {
        math::gain_to_db(self.lowest)
    }
}

impl Limiter {
    /// As [`Processor::process`], and tells what it multiplied the delayed input with: one slice a
    /// channel, as long as those of `io`. With the input gain at 0 dB it is all that was done to
    /// the sound. `[audio-thread]`
    pub fn process_with_gains(&mut self, at: u64, io: &mut [&mut [f32]], gains: &mut [&mut [f32]]) {
        self.run(at, io, gains);
    }

    /// `gains` may be empty.
    fn run(&mut self, at: u64, io: &mut [&mut [f32]], gains: &mut [&mut [f32]]) {
        let (channels, frames) = (io.len(), planar::len(io));
        let mut start = 0;
        while start < frames {
            let phase = planar::cell_phase(at, start);
            if phase == 0 && self.release_ms.tick() {
                self.update_release();
            }
            let longest = if self.release_ms.is_steady() {
                CHUNK
            } else {
                crate::CELL - phase
            };
            let end = frames.min(start + longest);
            let told = gains.len();
            self.piece(
                &mut planar::frames(io, &(start..end))[..channels],
                &mut planar::frames(gains, &(start..end))[..told],
            );
            start = end;
        }
    }

    /// At most [`CHUNK`] frames with one release time.
    fn piece(&mut self, io: &mut [&mut [f32]], told: &mut [&mut [f32]]) {
        let frames = planar::len(io);
        io.iter_mut().for_each(|channel| self.input.apply(channel));
        // The ramp is monotonic: its ends bound it.
        let floor = self.threshold.value().min(self.threshold.at(frames));
        let highest = self.detect(io, floor);
        self.lag.process(io);
        self.update_sharing();
        self.lowest = 1.0;
        if highest > floor || !self.chains.iter().all(GainChain::is_idle) {
            self.link_peaks(frames);
            self.apply_gains(io, told);
        } else {
            told.iter_mut().for_each(|gains| gains.fill(1.0));
        }
        for ramp in [&mut self.input, &mut self.threshold, &mut self.link] {
            ramp.advance(frames);
        }
    }

    /// Fills `peaks`; returns the highest.
    fn detect(&mut self, io: &[&mut [f32]], floor: f32) -> f32 {
        let floor = self.detection_floor(io, floor);
        let rows = self.peaks.chunks_exact_mut(CHUNK);
        let mut highest = 0.0;
        for ((detector, row), channel) in self.detectors.iter_mut().zip(rows).zip(io) {
            let row = &mut row[..channel.len()];
            detector.process(channel, floor, row);
            highest = larger(highest, peak_of(row));
        }
        highest
    }

    /// What the detectors may leave out. A half-open link mixes the peaks of all channels, so
    /// there either all of them are too low to matter or every one is needed.
    fn detection_floor(&self, io: &[&mut [f32]], floor: f32) -> f32 {
        let link = self.link.target();
        if self.link.is_steady() && (link == 0.0 || link == 1.0) {
            return floor;
        }
        let mut channels = self.detectors.iter().zip(io);
        let quiet = channels.all(|(detector, channel)| detector.bound(channel) <= floor);
        if quiet { floor } else { 0.0 }
    }

    /// Moves every channel's peaks towards the highest of all channels.
    fn link_peaks(&mut self, frames: usize) {
        let mut highest = [0.0; CHUNK];
        for row in self.peaks.chunks_exact(CHUNK) {
            for (high, peak) in highest.iter_mut().zip(&row[..frames]) {
                *high = larger(*high, *peak);
            }
        }
        let linked = self.is_linked();
        for row in self.peaks.chunks_exact_mut(CHUNK) {
            if linked {
                row.copy_from_slice(&highest);
                continue;
            }
            for (i, (peak, high)) in row[..frames].iter_mut().zip(&highest).enumerate() {
                let link = self.link.at(i);
                let mixed = (1.0 - link) * *peak + link * high;
                *peak = mixed.min(*high);
            }
        }
    }

    /// Multiplies the delayed signal by the gains that follow from `peaks`.
    fn apply_gains(&mut self, io: &mut [&mut [f32]], told: &mut [&mut [f32]]) {
        let mut gains = [1.0; CHUNK];
        let rows = self.peaks.chunks_exact(CHUNK);
        for (c, ((chain, row), channel)) in self
            .chains
            .iter_mut()
            .zip(rows)
            .zip(io.iter_mut())
            .enumerate()
        {
            let gains = &mut gains[..channel.len()];
            if c == 0 || !self.shared {
                chain.process(&self.release, &self.threshold, row, gains);
                self.lowest = lower(self.lowest, lowest_of(gains));
            }
            multiply(channel, gains);
            if let Some(told) = told.get_mut(c) {
                told.copy_from_slice(gains);
            }
        }
    }

    /// Fully linked channels have one gain. A shared chain is handed to all channels as soon as
    /// the link opens, and shared again once nothing is limited.
    fn update_sharing(&mut self) {
        let linked = self.is_linked();
        if self.shared && !linked {
            if let Some((first, others)) = self.chains.split_first_mut() {
                others.iter_mut().for_each(|chain| chain.copy_from(first));
            }
            self.shared = false;
        } else if !self.shared && linked {
            self.shared = self.chains.iter().all(GainChain::is_idle);
        }
    }

    fn is_linked(&self) -> bool {
        self.link.is_steady() && self.link.target() == 1.0
    }

    fn update_release(&mut self) {
        self.release
            .set_frames(self.release_ms.value() * 0.001 * self.sample_rate);
    }
}

/// Values that are compared at a time.
const LANES: usize = 16;

wide! {
    /// The lowest of gains, at most 1; any order gives the same bits.
    fn lowest_of(gains: &[f32]) -> f32 {
        let mut lanes = [1.0; LANES];
        let (groups, tail) = gains.as_chunks::<LANES>();
        for group in groups {
            for (lane, gain) in lanes.iter_mut().zip(group) {
                *lane = lower(*lane, *gain);
            }
        }
        for (lane, gain) in lanes.iter_mut().zip(tail) {
            *lane = lower(*lane, *gain);
        }
        lanes.into_iter().fold(1.0, lower)
    }
}

#[inline(always)]
fn lower(a: f32, b: f32) -> f32 {
    if b < a { b } else { a }
}

#[cfg(test)]
mod tests;
