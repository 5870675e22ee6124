//! What compressor, gate and de-esser share: a side chain that hears levels, and a smoother for
//! gains in dB.

mod curve;
mod detector;
mod follower;

pub(crate) use curve::{Curve, slope};
pub(crate) use follower::Followers;

use crate::CELL;
use crate::eq::{BandKind, BandSettings, BandShape, Bank, Placement};
use crate::error::DspError;
use crate::math::{exp_f64, gain_to_db};
use crate::planar::{self, Lag, MAX_CHANNELS};
use crate::processor::{ParamInfo, Setup, Tail};
use crate::simd::wide;
use crate::smooth::{CellRamp, LogSmoother, Ramp};
use detector::{Detector, raise_to_magnitude};

/// The ratio that stands for infinity.
pub(crate) const INFINITE_RATIO: f32 = 100.0;
/// Shortest window of the peak detector, ms: tones above 100 Hz read their true peak.
const WINDOW_MS: f64 = 5.0;
/// Amplitude below which a level counts as this, -200 dB.
const QUIETEST: f32 = 1e-10;
/// An attack of 0 ms moves to and from this time, which is below one frame at every rate.
const INSTANT_MS: f32 = 1e-4;

/// Rows of up to a cell of frames per channel.
pub(crate) type Rows = [[f32; CELL]; MAX_CHANNELS];

const KEY_FILTERS: &[&str] = &["off", "high_pass", "low_pass", "bell"];

/// The rows that every processor with a key has, in the order of [`KeyParam`].
pub(crate) const KEY_PARAMS: [ParamInfo; 7] = [
    ParamInfo::choice("detector", "Detector", &["peak", "rms"], 0),
    ParamInfo::linear("link", "Link", (0.0, 100.0, 100.0), "%"),
    ParamInfo::choice("key_filter", "Key Filter", KEY_FILTERS, 0),
    ParamInfo::log("key_freq", "Key Frequency", (20.0, 20_000.0, 100.0), "Hz"),
    ParamInfo::log(
        "key_q",
        "Key Q",
        (0.1, 40.0, core::f32::consts::FRAC_1_SQRT_2),
        "",
    ),
    ParamInfo::linear("key_gain", "Key Gain", (-30.0, 30.0, 0.0), "dB"),
    ParamInfo::toggle("listen", "Key Listen", false),
];

/// The rows of [`KEY_PARAMS`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum KeyParam {
    /// Peak or RMS.
    Detector,
    /// 0 %: each channel by itself, 100 %: all by the loudest.
    Link,
    /// Off, high-pass, low-pass, bell.
    Filter,
    /// Hz.
    Freq,
    /// Quality factor.
    Q,
    /// Of the bell, dB.
    Gain,
    /// Puts out what the detector hears.
    Listen,
}

impl KeyParam {
    pub(crate) const ALL: [Self; 7] = [
        Self::Detector,
        Self::Link,
        Self::Filter,
        Self::Freq,
        Self::Q,
        Self::Gain,
        Self::Listen,
    ];
}

/// Applies a choice of key filter to the shape of its band.
fn key_shape(shape: &mut BandShape, choice: f32) {
    shape.on = choice >= 0.5;
    shape.kind = match choice {
        c if c < 1.5 => BandKind::HighPass,
        c if c < 2.5 => BandKind::LowPass,
        _ => BandKind::Bell,
    };
}

/// The band of the key filter for `value(row)`.
pub(crate) fn key_band(value: impl Fn(KeyParam) -> f32) -> BandSettings {
    let mut shape = BandShape {
        on: false,
        solo: false,
        kind: BandKind::HighPass,
        order: 2,
        placement: Placement::Stereo,
    };
    key_shape(&mut shape, value(KeyParam::Filter));
    BandSettings {
        shape,
        freq: value(KeyParam::Freq).into(),
        gain_db: value(KeyParam::Gain).into(),
        q: value(KeyParam::Q).into(),
    }
}

/// From the signal or a key to levels in dB, and the delay of the look-ahead.
///
/// Level: peak over the last 5 ms (or the look-ahead, when longer), or mean power over 10 ms (a
/// sine reads 3.01 dB lower); of the bus, or of the key when one is connected; behind the key
/// filter; linked between the channels in dB.
#[derive(Debug)]
pub(crate) struct SideChain {
    latency: usize,
    link: CellRamp,
    rms: Ramp,
    listen: Ramp,
    pub(crate) filter: Bank,
    /// One per channel; while `shared`, the first one's window is that of all.
    detectors: Vec<Detector>,
    shared: bool,
    lag: Lag,
    listen_lag: Lag,
    heard: Rows,
    keys: usize,
}

impl SideChain {
    /// A silent side chain with `look_ahead_ms` and a filter of one `band`, at the defaults of
    /// [`KEY_PARAMS`] otherwise. `[main-thread]`
    ///
    /// # Errors
    /// [`DspError`] when the setup is out of range.
    pub(crate) fn new(
        setup: Setup,
        look_ahead_ms: f32,
        band: BandSettings,
    ) -> Result<Self, DspError> {
        let (rate, latency) = (setup.sample_rate, setup.frames(look_ahead_ms.into()));
        let keys = Setup::new(rate, setup.channels.max(2))?;
        let window = setup.frames(WINDOW_MS).max(latency);
        Ok(Self {
            latency,
            link: CellRamp::new(1.0, rate),
            rms: Ramp::new(0.0, rate),
            listen: Ramp::new(0.0, rate),
            filter: Bank::new(keys, &[band]),
            detectors: vec![Detector::new(setup, window); keys.channels],
            shared: true,
            lag: Lag::new(latency, setup.channels),
            listen_lag: Lag::new(latency, setup.channels),
            heard: [[0.0; CELL]; MAX_CHANNELS],
            keys: 1,
        })
    }

    pub(crate) fn latency(&self) -> u32 {
        u32::try_from(self.latency).unwrap_or(u32::MAX)
    }

    /// Frames until nothing of the signal is left.
    pub(crate) fn tail(&self) -> u64 {
        let latency = self.latency as u64;
        match self.filter.tail() {
            Tail::Frames(ringing) if self.listen.target() > 0.0 => latency + ringing,
            _ => latency,
        }
    }

    /// Sets a row of [`KEY_PARAMS`]. `[audio-thread]`
    pub(crate) fn set(&mut self, row: KeyParam, value: f32) {
        match row {
            KeyParam::Detector => self.set_detector(value >= 0.5),
            KeyParam::Link => self.link.set(f64::from(value) * 0.01),
            KeyParam::Filter => self.filter.change_shape(0, |s| key_shape(s, value)),
            KeyParam::Freq => self.filter.set_freq(0, value.into()),
            KeyParam::Q => self.filter.set_q(0, value.into()),
            KeyParam::Gain => self.filter.set_gain(0, value.into()),
            KeyParam::Listen => self.set_listen(value >= 0.5),
        }
    }

    fn set_detector(&mut self, rms: bool) {
        if rms && self.rms.is_steady() && self.rms.target() == 0.0 {
            for n in 0..self.detectors.len() {
                let peak = self.detectors[if self.shared { 0 } else { n }].peak();
                self.detectors[n].seed_power(peak);
            }
        }
        self.rms.set(if rms { 1.0 } else { 0.0 });
    }

    fn set_listen(&mut self, listen: bool) {
        if listen && self.listen.is_steady() && self.listen.target() == 0.0 {
            self.listen_lag.reset();
        }
        self.listen.set(if listen { 1.0 } else { 0.0 });
    }

    /// Forgets the signal and finishes every change. `[audio-thread]`
    pub(crate) fn reset(&mut self) {
        self.link.finish();
        self.rms.finish();
        self.listen.finish();
        self.filter.reset();
        self.detectors.iter_mut().for_each(Detector::reset);
        self.lag.reset();
        self.listen_lag.reset();
    }

    /// Hears frames of one cell. Writes the level in dB for every channel that differs from the
    /// others to `out`, which holds zeros; returns how many. `[audio-thread]`
    pub(crate) fn levels(
        &mut self,
        at: u64,
        io: &[&mut [f32]],
        key: Option<&[&[f32]]>,
        out: &mut Rows,
    ) -> usize {
        let (phase, frames) = (planar::cell_phase(at, 0), planar::len(io));
        if phase == 0 {
            self.link.tick();
        }
        let key = key.filter(|key| !key.is_empty());
        self.keys = key.map_or(io.len(), |key| key.len().min(self.detectors.len()));
        let linked = self.link.rests_at(1.0);
        let count = if linked { 1 } else { self.keys };
        share(&mut self.detectors[..self.keys], &mut self.shared, linked);
        let mut raise = |channel: usize, signal: &[f32]| {
            raise_to_magnitude(&mut out[channel.min(count - 1)][..frames], signal);
        };
        if self.listens_as_it_is() {
            match key {
                Some(key) => (0..self.keys).for_each(|n| raise(n, key[n])),
                None => (0..self.keys).for_each(|n| raise(n, io[n])),
            }
        } else {
            self.hear(at, io, key);
            (0..self.keys).for_each(|n| raise(n, &self.heard[n]));
        }
        for (row, detector) in out[..count].iter_mut().zip(&mut self.detectors) {
            detector.hold(&mut row[..frames]);
            to_decibels(&mut row[..frames]);
        }
        if !(self.rms.is_steady() && self.rms.target() == 0.0) {
            self.blend_rms(frames, &mut out[..count]);
        }
        if !linked {
            self.link_levels(phase, &mut out[..count], frames);
        }
        count
    }

    /// Delays `io` by the look-ahead. `[audio-thread]`
    pub(crate) fn delay(&mut self, io: &mut [&mut [f32]]) {
        self.lag.process(io);
    }

    /// Fades from the output to what the detectors hear, delayed alike, and ends the piece.
    /// `[audio-thread]`
    pub(crate) fn put_out_key(&mut self, io: &mut [&mut [f32]]) {
        let frames = planar::len(io);
        if !(self.listen.is_steady() && self.listen.target() == 0.0) {
            self.blend_key(io);
        }
        self.rms.advance(frames);
        self.listen.advance(frames);
    }

    /// Whether only peaks of what comes in count, which needs no copy of it.
    fn listens_as_it_is(&self) -> bool {
        let rests = |ramp: &Ramp| ramp.is_steady() && ramp.target() == 0.0;
        self.filter.is_idle() && rests(&self.rms) && rests(&self.listen)
    }

    /// Copies what the detectors listen to into `heard`, through the key filter.
    fn hear(&mut self, at: u64, io: &[&mut [f32]], key: Option<&[&[f32]]>) {
        let frames = planar::len(io);
        for (n, heard) in self.heard[..self.keys].iter_mut().enumerate() {
            let signal = match key {
                Some(key) => key[n],
                None => &*io[n],
            };
            heard[..frames].copy_from_slice(signal);
        }
        let mut parts = parts(&mut self.heard, frames);
        self.filter.process(at, &mut parts[..self.keys]);
    }

    /// Moves peak levels to RMS levels, as far as the detector has been switched.
    fn blend_rms(&mut self, frames: usize, levels: &mut [[f32; CELL]]) {
        let mut powers = [[0.0; CELL]; MAX_CHANNELS];
        let last = levels.len() - 1;
        for (channel, heard) in self.heard[..self.keys].iter().enumerate() {
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

    fn blend_key(&mut self, io: &mut [&mut [f32]]) {
        let (keys, source) = (self.keys, self.heard);
        for (channel, row) in self.heard.iter_mut().enumerate() {
            *row = source[channel % keys];
        }
        let mut parts = parts(&mut self.heard, planar::len(io));
        self.listen_lag.process(&mut parts[..io.len()]);
        for (io, key) in io.iter_mut().zip(&parts) {
            for (i, (y, key)) in io.iter_mut().zip(key.iter()).enumerate() {
                let share = self.listen.at(i);
                *y = (1.0 - share) * *y + share * key;
            }
        }
    }
}

/// Lets the window of the first detector be that of all, or each have its own again, which begins with what they
/// had in common. The largest of all channels is the same either way.
fn share(detectors: &mut [Detector], shared: &mut bool, linked: bool) {
    if *shared == linked {
        return;
    }
    *shared = linked;
    if let Some((first, others)) = detectors.split_first_mut() {
        for other in others {
            match linked {
                true => first.join_window(other),
                false => other.take_window(first),
            }
        }
    }
}

wide! {
    /// Amplitudes to levels in dB.
    fn to_decibels(levels: &mut [f32]) {
        for level in levels {
            *level = gain_to_db(louder(*level, QUIETEST));
        }
    }
}

/// The first `frames` of every row.
pub(crate) fn parts(rows: &mut Rows, frames: usize) -> [&mut [f32]; MAX_CHANNELS] {
    let mut rows = rows.iter_mut();
    core::array::from_fn(|_| rows.next().map_or(&mut [][..], |row| &mut row[..frames]))
}

/// A time constant that moves smoothly, with its one-pole coefficient.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Time {
    ms: LogSmoother,
    /// What is left of a distance after one frame.
    pub(crate) keep: f64,
    frames_per_ms: f64,
}

impl Time {
    pub(crate) fn new(ms: f32, sample_rate: f64) -> Self {
        let mut time = Self {
            ms: LogSmoother::new(louder(ms, INSTANT_MS).into(), sample_rate),
            keep: 0.0,
            frames_per_ms: 0.001 * sample_rate,
        };
        time.finish();
        time
    }

    pub(crate) fn set(&mut self, ms: f32) {
        self.ms.set(louder(ms, INSTANT_MS).into());
    }

    pub(crate) fn tick(&mut self) {
        if self.ms.tick() {
            self.update();
        }
    }

    pub(crate) fn finish(&mut self) {
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
pub(crate) fn louder(a: f32, b: f32) -> f32 {
    if a > b { a } else { b }
}

#[inline(always)]
pub(crate) fn lower(a: f64, b: f64) -> f64 {
    if a < b { a } else { b }
}
