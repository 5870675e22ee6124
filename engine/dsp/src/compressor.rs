//! Feed-forward compressor with soft knee, side chain and look-ahead.

mod curve;
mod detector;
mod params;

pub use params::CompressorParam;

use crate::CELL;
use crate::eq::Bank;
use crate::error::DspError;
use crate::math::{db_to_gain, exp_f64, gain_to_db, to_f32};
use crate::planar::{self, Lag, MAX_CHANNELS};
use crate::processor::{ParamInfo, Processor, Setup, Tail, resolve};
use crate::smooth::{CellRamp, LogSmoother, Ramp};
use curve::Curve;
use detector::Detector;

/// Shortest window of the peak detector, ms: tones above 100 Hz read their true peak.
const WINDOW_MS: f64 = 5.0;
/// Amplitude below which a level counts as this, -200 dB.
const QUIETEST: f32 = 1e-10;
/// An attack of 0 ms moves to and from this time, which is below one frame at every rate.
const INSTANT_MS: f32 = 1e-4;
/// Share of the reduction at full scale that automatic make-up gives back.
const AUTO_SHARE: f64 = 0.5;

/// A feed-forward compressor.
///
/// 1. Level: peak over the last 5 ms (or the look-ahead, when longer), or mean power over 10 ms
///    (a sine reads 3.01 dB lower); of the bus, or of the key when one is connected; linked
///    between the channels in dB.
/// 2. Static curve with knee and range.
/// 3. Branching smoother in dB: attack and release are the times for 63.2 % of a change.
/// 4. Make-up gain.
///
/// The latency is the look-ahead. `reading` is the deepest reduction of the channels in dB.
#[derive(Debug)]
pub struct Compressor {
    latency: usize,
    curve: Curve,
    make_up: CellRamp,
    /// The user's make-up in dB, and whether the automatic one is added.
    make_up_db: f64,
    auto_make_up: bool,
    link: CellRamp,
    attack: Time,
    release: Time,
    rms: Ramp,
    listen: Ramp,
    key_filter: Bank,
    detectors: Vec<Detector>,
    /// Smoothed reduction of every detector, dB.
    reduction: [f64; MAX_CHANNELS],
    lag: Lag,
    listen_lag: Lag,
}

/// Rows of up to a cell of frames per channel.
type Rows = [[f32; CELL]; MAX_CHANNELS];

impl Compressor {
    /// Its parameters, in the order of [`CompressorParam`].
    pub const PARAMS: &[ParamInfo] = params::PARAMS;

    /// A compressor for `setup` with `values` (row, value) in place of the defaults.
    /// `[main-thread]`
    ///
    /// # Errors
    /// [`DspError`] when the setup or a value is out of range.
    pub fn new(setup: Setup, values: &[(u16, f32)]) -> Result<Self, DspError> {
        setup.check()?;
        let values = resolve("compressor", Self::PARAMS, values)?;
        let value = |row: CompressorParam| values.get(row as usize).copied().unwrap_or(0.0);
        let look_ahead = f64::from(value(CompressorParam::LookAhead));
        let (rate, latency) = (setup.sample_rate, setup.frames(look_ahead));
        let keys = Setup::new(rate, setup.channels.max(2))?;
        let window = setup.frames(WINDOW_MS).max(latency);
        let zero = CellRamp::new(0.0, rate);
        let mut compressor = Self {
            latency,
            curve: Curve {
                threshold: zero,
                slope: zero,
                knee: zero,
                range: zero,
            },
            make_up: zero,
            make_up_db: 0.0,
            auto_make_up: false,
            link: zero,
            attack: Time::new(value(CompressorParam::Attack), rate),
            release: Time::new(value(CompressorParam::Release), rate),
            rms: Ramp::new(0.0, rate),
            listen: Ramp::new(0.0, rate),
            key_filter: Bank::new(keys, &[params::key_band(value)]),
            detectors: vec![Detector::new(setup, window); keys.channels],
            reduction: [0.0; MAX_CHANNELS],
            lag: Lag::new(latency, setup.channels),
            listen_lag: Lag::new(latency, setup.channels),
        };
        for row in CompressorParam::ALL {
            compressor.set(row, value(row));
        }
        compressor.reset();
        Ok(compressor)
    }

    fn set(&mut self, row: CompressorParam, value: f32) {
        let number = f64::from(value);
        match row {
            CompressorParam::Threshold => self.curve.threshold.set(number),
            CompressorParam::Ratio => self.curve.slope.set(curve::slope(value)),
            CompressorParam::Knee => self.curve.knee.set(number),
            CompressorParam::Range => self.curve.range.set(number),
            CompressorParam::Attack => self.attack.set(value),
            CompressorParam::Release => self.release.set(value),
            CompressorParam::LookAhead => {}
            CompressorParam::MakeUp => self.make_up_db = number,
            CompressorParam::AutoMakeUp => self.auto_make_up = value >= 0.5,
            CompressorParam::Detector => self.set_detector(value >= 0.5),
            CompressorParam::Link => self.link.set(number * 0.01),
            CompressorParam::KeyFilter => {
                self.key_filter
                    .change_shape(0, |s| params::key_shape(s, value));
            }
            CompressorParam::KeyFreq => self.key_filter.set_freq(0, number),
            CompressorParam::KeyQ => self.key_filter.set_q(0, number),
            CompressorParam::KeyGain => self.key_filter.set_gain(0, number),
            CompressorParam::Listen => self.set_listen(value >= 0.5),
        }
        let auto = AUTO_SHARE * self.curve.at_full_scale();
        let auto = if self.auto_make_up { auto } else { 0.0 };
        self.make_up.set(self.make_up_db - auto);
    }

    fn set_detector(&mut self, rms: bool) {
        if rms && self.rms.is_steady() && self.rms.target() == 0.0 {
            self.detectors.iter_mut().for_each(Detector::seed_power);
        }
        self.rms.set(if rms { 1.0 } else { 0.0 });
    }

    fn set_listen(&mut self, listen: bool) {
        if listen && self.listen.is_steady() && self.listen.target() == 0.0 {
            self.listen_lag.reset();
        }
        self.listen.set(if listen { 1.0 } else { 0.0 });
    }

    fn tick(&mut self) {
        self.curve.tick();
        self.make_up.tick();
        self.link.tick();
        self.attack.tick();
        self.release.tick();
    }

    /// Processes frames of one cell, from `phase` within it.
    fn process_cell(&mut self, at: u64, io: &mut [&mut [f32]], key: Option<&[&[f32]]>) {
        let (phase, frames) = (planar::cell_phase(at, 0), planar::len(io));
        if phase == 0 {
            self.tick();
        }
        let mut heard = [[0.0; CELL]; MAX_CHANNELS];
        let keys = self.hear(at, io, key, &mut heard);
        let mut gains = [[0.0; CELL]; MAX_CHANNELS];
        let count = self.levels(phase, &heard[..keys], frames, &mut gains);
        for (channel, gains) in gains[..count].iter_mut().enumerate() {
            self.curve.apply(phase, &mut gains[..frames]);
            self.smooth(channel, &mut gains[..frames]);
            let make_up = self.make_up;
            for (i, gain) in gains[..frames].iter_mut().enumerate() {
                *gain = db_to_gain(*gain + make_up.at(phase + i));
            }
        }
        let first = self.reduction[0];
        self.reduction[count..].fill(first);
        self.lag.process(io);
        for (channel, io) in io.iter_mut().enumerate() {
            for (y, gain) in io.iter_mut().zip(&gains[channel % count]) {
                *y *= gain;
            }
        }
        self.put_out_key(&mut heard, keys, io);
        self.rms.advance(frames);
        self.listen.advance(frames);
    }

    /// Copies what the detectors listen to into `heard`; returns the number of its channels.
    fn hear(
        &mut self,
        at: u64,
        io: &[&mut [f32]],
        key: Option<&[&[f32]]>,
        heard: &mut Rows,
    ) -> usize {
        let frames = planar::len(io);
        let limit = self.detectors.len();
        let count = match key {
            Some(key) if !key.is_empty() => {
                for (heard, key) in heard.iter_mut().zip(key.iter().take(limit)) {
                    heard[..frames].copy_from_slice(key);
                }
                key.len().min(limit)
            }
            _ => {
                for (heard, channel) in heard.iter_mut().zip(io) {
                    heard[..frames].copy_from_slice(channel);
                }
                io.len()
            }
        };
        let mut rows = heard.iter_mut();
        let mut parts: [&mut [f32]; MAX_CHANNELS] =
            core::array::from_fn(|_| rows.next().map_or(&mut [][..], |row| &mut row[..frames]));
        self.key_filter.process(at, &mut parts[..count]);
        count
    }

    /// Writes the level in dB for every detector that differs from the others; returns how many.
    fn levels(
        &mut self,
        phase: usize,
        heard: &[[f32; CELL]],
        frames: usize,
        out: &mut Rows,
    ) -> usize {
        let linked = self.link.rests_at(1.0);
        let count = if linked { 1 } else { heard.len() };
        let with_rms = !(self.rms.is_steady() && self.rms.target() == 0.0);
        for (channel, heard) in heard.iter().enumerate() {
            let level = &mut out[channel.min(count - 1)][..frames];
            self.detectors[channel].raise_to_peak(&heard[..frames], level);
        }
        for row in &mut out[..count] {
            for level in &mut row[..frames] {
                *level = gain_to_db(louder(*level, QUIETEST));
            }
        }
        if with_rms {
            self.blend_rms(heard, frames, &mut out[..count]);
        }
        if !linked {
            self.link_levels(phase, &mut out[..count], frames);
        }
        count
    }

    /// Moves peak levels to RMS levels, as far as the detector has been switched.
    fn blend_rms(&mut self, heard: &[[f32; CELL]], frames: usize, levels: &mut [[f32; CELL]]) {
        let mut powers = [[0.0; CELL]; MAX_CHANNELS];
        let last = levels.len() - 1;
        for (channel, heard) in heard.iter().enumerate() {
            let power = &mut powers[channel.min(last)][..frames];
            self.detectors[channel].raise_to_power(&heard[..frames], power);
        }
        for (levels, powers) in levels.iter_mut().zip(&powers) {
            for (i, (level, power)) in levels[..frames].iter_mut().zip(powers).enumerate() {
                let rms = 0.5 * gain_to_db(louder(*power, QUIETEST * QUIETEST));
                let share = self.rms.at(i);
                *level = (1.0 - share) * *level + share * rms;
            }
        }
    }

    /// Raises every level towards the loudest one.
    fn link_levels(&self, phase: usize, levels: &mut [[f32; CELL]], frames: usize) {
        for i in 0..frames {
            let loudest = levels.iter().fold(f32::MIN, |max, row| louder(max, row[i]));
            let link = self.link.at(phase + i);
            for row in levels.iter_mut() {
                row[i] += link * (loudest - row[i]);
            }
        }
    }

    /// Replaces the wanted reductions by the smoothed ones.
    fn smooth(&mut self, channel: usize, wanted: &mut [f32]) {
        let state = &mut self.reduction[channel];
        let (attack, release) = (self.attack.keep, self.release.keep);
        // Of the two candidates the one further down is the attack's while the reduction grows
        // and the release's while it shrinks, provided that the attack is the faster one.
        if attack <= release {
            follow(
                state,
                wanted,
                attack,
                release,
                |a, b| if a < b { a } else { b },
            );
        } else {
            follow(
                state,
                wanted,
                attack,
                release,
                |a, b| if a > b { a } else { b },
            );
        }
    }

    /// Fades from the output to what the detectors hear, delayed alike.
    fn put_out_key(&mut self, heard: &mut Rows, keys: usize, io: &mut [&mut [f32]]) {
        if self.listen.is_steady() && self.listen.target() == 0.0 {
            return;
        }
        let frames = planar::len(io);
        let source = *heard;
        for (channel, row) in heard.iter_mut().enumerate() {
            *row = source[channel % keys];
        }
        let mut rows = heard.iter_mut();
        let mut parts: [&mut [f32]; MAX_CHANNELS] =
            core::array::from_fn(|_| rows.next().map_or(&mut [][..], |row| &mut row[..frames]));
        self.listen_lag.process(&mut parts[..io.len()]);
        for (io, key) in io.iter_mut().zip(&parts) {
            for (i, (y, key)) in io.iter_mut().zip(key.iter()).enumerate() {
                let share = self.listen.at(i);
                *y = (1.0 - share) * *y + share * key;
            }
        }
    }
}

impl Processor for Compressor {
    fn latency(&self) -> u32 {
        u32::try_from(self.latency).unwrap_or(u32::MAX)
    }

    fn tail(&self) -> Tail {
        let latency = self.latency as u64;
        match self.key_filter.tail() {
            Tail::Frames(ringing) if self.listen.target() > 0.0 => Tail::Frames(latency + ringing),
            _ => Tail::Frames(latency),
        }
    }

    fn reset(&mut self) {
        self.curve.finish();
        self.make_up.finish();
        self.link.finish();
        self.attack.finish();
        self.release.finish();
        self.rms.finish();
        self.listen.finish();
        self.key_filter.reset();
        self.detectors.iter_mut().for_each(Detector::reset);
        self.reduction = [0.0; MAX_CHANNELS];
        self.lag.reset();
        self.listen_lag.reset();
    }

    fn set_param(&mut self, param: u16, value: f32) {
        if let Some(&row) = CompressorParam::ALL.get(usize::from(param)) {
            self.set(row, value);
        }
    }

    fn process(&mut self, at: u64, io: &mut [&mut [f32]], key: Option<&[&[f32]]>) {
        let channels = io.len();
        for piece in planar::cells(at, planar::len(io)) {
            let mut part = planar::frames(io, &piece);
            let key = key.map(|key| (planar::frames_of(key, &piece), key.len()));
            let key = key.as_ref().map(|(parts, count)| &parts[..*count]);
            let now = at.wrapping_add(piece.start as u64);
            self.process_cell(now, &mut part[..channels], key);
        }
    }

    fn reading(&self) -> f32 {
        to_f32(self.reduction.iter().copied().fold(0.0, f64::min))
    }
}

/// A time constant that moves smoothly, with its one-pole coefficient.
#[derive(Clone, Copy, Debug)]
struct Time {
    ms: LogSmoother,
    keep: f64,
    frames_per_ms: f64,
}

impl Time {
    fn new(ms: f32, sample_rate: f64) -> Self {
        let mut time = Self {
            ms: LogSmoother::new(louder(ms, INSTANT_MS).into(), sample_rate),
            keep: 0.0,
            frames_per_ms: 0.001 * sample_rate,
        };
        time.finish();
        time
    }

    fn set(&mut self, ms: f32) {
        self.ms.set(louder(ms, INSTANT_MS).into());
    }

    fn tick(&mut self) {
        if self.ms.tick() {
            self.update();
        }
    }

    fn finish(&mut self) {
        self.ms.finish();
        self.update();
    }

    fn update(&mut self) {
        let ms = self.ms.value();
        self.keep = if ms <= f64::from(INSTANT_MS) {
            0.0
        } else {
            exp_f64(-1.0 / (ms * self.frames_per_ms))
        };
    }
}

#[inline(always)]
fn louder(a: f32, b: f32) -> f32 {
    if a > b { a } else { b }
}

/// One-pole with two coefficients; `choose` picks between their results.
#[inline(always)]
fn follow(
    state: &mut f64,
    wanted: &mut [f32],
    attack: f64,
    release: f64,
    choose: impl Fn(f64, f64) -> f64,
) {
    let mut g = *state;
    for wanted in wanted {
        let c = f64::from(*wanted);
        let fast = (1.0 - attack) * c + attack * g;
        let slow = (1.0 - release) * c + release * g;
        g = choose(fast, slow);
        *wanted = to_f32(g);
    }
    *state = g;
}

#[cfg(test)]
mod tests;
