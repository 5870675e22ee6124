//! Chorus and flanger: delays that move.

use super::lfo::{Glide, Lfo};
use super::{LFO_PARAMS, LfoParam};
use crate::error::DspError;
use crate::line::{Line, rounds, soft_clip};
use crate::math::to_count;
use crate::planar::{self, MAX_CHANNELS};
use crate::processor::{Clock, ParamInfo, Processor, Setup, Tail, resolve};
use crate::smooth::{LogSmoother, Ramp};

/// Most voices of a chorus.
const VOICES: usize = 6;
/// Cycles from voice to voice: the golden ratio, so that no two ever move together.
const SPREAD: f64 = 0.618_033_988_749_894_9;
/// Share of the delay that full depth moves it by.
const SWING: f64 = 0.95;

/// The rows of [`Chorus::PARAMS`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChorusParam {
    /// Cycles per second.
    Rate,
    /// Counts the cycle in beats instead.
    Sync,
    /// Length of a cycle in quarter-note beats.
    Beats,
    /// Sine or triangle.
    Wave,
    /// How far every second channel is ahead, degrees.
    StereoPhase,
    /// Mean delay, ms.
    Delay,
    /// How far the delay moves, % of itself.
    Depth,
    /// Gain of the first voice back into the line, %.
    Feedback,
    /// Share of the moved signal, %; the rest is the input.
    Amount,
    /// Number of voices, 1 to 6.
    Voices,
}

/// The rows of [`Flanger::PARAMS`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FlangerParam {
    /// Cycles per second.
    Rate,
    /// Counts the cycle in beats instead.
    Sync,
    /// Length of a cycle in quarter-note beats.
    Beats,
    /// Sine or triangle.
    Wave,
    /// How far every second channel is ahead, degrees.
    StereoPhase,
    /// Mean delay, ms.
    Delay,
    /// How far the delay moves, % of itself.
    Depth,
    /// Gain of the delayed signal back into the line, %.
    Feedback,
    /// Share of the moved signal, %; the rest is the input.
    Amount,
}

const DELAY: usize = ChorusParam::Delay as usize;
const DEPTH: usize = ChorusParam::Depth as usize;
const FEEDBACK: usize = ChorusParam::Feedback as usize;
const AMOUNT: usize = ChorusParam::Amount as usize;
const NUMBER: usize = ChorusParam::Voices as usize;

const COUNTS: &[&str] = &["1", "2", "3", "4", "5", "6"];

/// Up to six voices, each a delay that moves on its own, next to the input.
///
/// `y = (1 − a)·x + a·Σ voices/√n`. The oscillator is tied to the absolute clock or to the song.
/// There is no latency.
#[derive(Debug)]
pub struct Chorus(Moving);

/// A short delay that moves, with feedback, next to the input.
///
/// `y = (1 − a)·x + a·tap`. The oscillator is tied to the absolute clock or to the song. There is
/// no latency.
#[derive(Debug)]
pub struct Flanger(Moving);

impl Chorus {
    /// Its parameters, in the order of [`ChorusParam`].
    pub const PARAMS: &[ParamInfo] = &[
        LFO_PARAMS[0],
        LFO_PARAMS[1],
        LFO_PARAMS[2],
        LFO_PARAMS[3],
        LFO_PARAMS[4],
        ParamInfo::log("delay", "Delay", (1.0, 50.0, 12.0), "ms"),
        ParamInfo::linear("depth", "Depth", (0.0, 100.0, 20.0), "%"),
        ParamInfo::linear("feedback", "Feedback", (-90.0, 90.0, 0.0), "%"),
        ParamInfo::linear("amount", "Amount", (0.0, 100.0, 50.0), "%"),
        ParamInfo::choice("voices", "Voices", COUNTS, 1),
    ];

    /// A chorus for `setup` with `values` (row, value) in place of the defaults. `[main-thread]`
    ///
    /// # Errors
    /// [`DspError`] when the setup or a value is out of range.
    pub fn new(setup: Setup, values: &[(u16, f32)]) -> Result<Self, DspError> {
        setup.check()?;
        let values = resolve("chorus", Self::PARAMS, values)?;
        Ok(Self(Moving::new(setup, Self::PARAMS, &values)))
    }
}

impl Flanger {
    /// Its parameters, in the order of [`FlangerParam`].
    pub const PARAMS: &[ParamInfo] = &[
        LFO_PARAMS[0],
        LFO_PARAMS[1],
        LFO_PARAMS[2],
        LFO_PARAMS[3],
        LFO_PARAMS[4],
        ParamInfo::log("delay", "Delay", (0.3, 10.0, 2.5), "ms"),
        ParamInfo::linear("depth", "Depth", (0.0, 100.0, 70.0), "%"),
        ParamInfo::linear("feedback", "Feedback", (-95.0, 95.0, 40.0), "%"),
        ParamInfo::linear("amount", "Amount", (0.0, 100.0, 50.0), "%"),
    ];

    /// A flanger for `setup` with `values` (row, value) in place of the defaults. `[main-thread]`
    ///
    /// # Errors
    /// [`DspError`] when the setup or a value is out of range.
    pub fn new(setup: Setup, values: &[(u16, f32)]) -> Result<Self, DspError> {
        setup.check()?;
        let values = resolve("flanger", Self::PARAMS, values)?;
        Ok(Self(Moving::new(setup, Self::PARAMS, &values)))
    }
}

/// What both are.
#[derive(Debug)]
struct Moving {
    lfo: Lfo,
    /// Frames.
    delay: LogSmoother,
    depth: LogSmoother,
    depth_target: f64,
    feedback: Ramp,
    amount: Ramp,
    /// Of every voice.
    gains: [Ramp; VOICES],
    glides: [[Glide; VOICES]; MAX_CHANNELS],
    lines: Vec<Line>,
    frames_per_ms: f64,
}

/// The least depth, because it moves in the log domain; it is half a thousandth of a percent.
const NO_DEPTH: f64 = 5e-6;

impl Moving {
    /// `values` has a value for every row of `params`.
    fn new(setup: Setup, params: &[ParamInfo], values: &[f32]) -> Self {
        let rate = setup.sample_rate;
        let longest = params.get(DELAY).map_or(1.0, |row| row.max);
        let zero = Ramp::new(0.0, rate);
        let mut gains = [zero; VOICES];
        gains[0] = Ramp::new(1.0, rate);
        let mut moving = Self {
            lfo: Lfo::new(rate),
            delay: LogSmoother::new(1.0, rate),
            depth: LogSmoother::new(NO_DEPTH, rate),
            depth_target: 0.0,
            feedback: zero,
            amount: zero,
            gains,
            glides: [[Glide::default(); VOICES]; MAX_CHANNELS],
            lines: vec![Line::new(2 * setup.frames(longest.into()) + 16); setup.channels],
            frames_per_ms: 0.001 * rate,
        };
        for (row, value) in values.iter().enumerate() {
            moving.set(row, *value);
        }
        moving.reset();
        moving
    }

    fn set(&mut self, row: usize, value: f32) {
        let number = f64::from(value);
        match row {
            DELAY => self.delay.set(number * self.frames_per_ms),
            DEPTH => {
                self.depth_target = number * 0.01;
                self.depth.set(self.depth_target.max(NO_DEPTH));
            }
            FEEDBACK => self.feedback.set(value * 0.01),
            AMOUNT => self.amount.set(value * 0.01),
            NUMBER => self.set_voices(to_count(number) + 1),
            row => {
                if let Some(&row) = LfoParam::ALL.get(row) {
                    self.lfo.set(row, value);
                }
            }
        }
    }

    fn set_voices(&mut self, count: usize) {
        let gain = 1.0 / (count as f32).sqrt();
        for (voice, ramp) in self.gains.iter_mut().enumerate() {
            ramp.set(if voice < count { gain } else { 0.0 });
        }
    }

    fn ramps(&mut self) -> impl Iterator<Item = &mut Ramp> {
        let others = [&mut self.feedback, &mut self.amount];
        self.gains.iter_mut().chain(others)
    }

    fn reset(&mut self) {
        self.lfo.reset();
        self.delay.finish();
        self.depth.finish();
        self.ramps().for_each(Ramp::finish);
        self.lines.iter_mut().for_each(Line::clear);
    }

    /// Enters the cell that begins at `cell`.
    fn enter(&mut self, cell: u64) {
        let follows = self.lfo.follows(cell);
        self.lfo.enter(cell);
        let before = (self.delay.value(), self.swing());
        if follows {
            self.delay.tick();
            self.depth.tick();
        }
        let now = (self.delay.value(), self.swing());
        for (channel, glides) in self.glides.iter_mut().enumerate().take(self.lines.len()) {
            for (voice, glide) in glides.iter_mut().enumerate() {
                #[allow(clippy::cast_precision_loss, reason = "a handful of voices")]
                let [from, to] = self.lfo.ends(channel, SPREAD * voice as f64);
                let place = |(delay, swing): (f64, f64), lfo: f64| {
                    (delay * (1.0 + swing * lfo)).max(Line::SHORTEST)
                };
                glide.enter([place(before, from), place(now, to)], follows);
            }
        }
    }

    /// Share of the delay that it moves by.
    fn swing(&self) -> f64 {
        if self.depth.is_steady() && self.depth_target == 0.0 {
            0.0
        } else {
            SWING * self.depth.value()
        }
    }

    fn process(&mut self, at: u64, io: &mut [&mut [f32]]) {
        let channels = io.len();
        for piece in planar::cells(at, planar::len(io)) {
            let now = at.wrapping_add(piece.start as u64);
            let phase = planar::cell_phase(now, 0);
            let cell = now.wrapping_sub(phase as u64);
            if !self.lfo.is_in(cell) {
                self.enter(cell);
            }
            let frames = piece.len();
            let mut part = planar::frames(io, &piece);
            for (channel, io) in part[..channels].iter_mut().enumerate() {
                self.channel(channel, phase, io);
            }
            self.ramps().for_each(|ramp| ramp.advance(frames));
        }
    }

    fn channel(&mut self, channel: usize, phase: usize, io: &mut [f32]) {
        let (line, glides) = (&mut self.lines[channel], &self.glides[channel]);
        for (i, y) in io.iter_mut().enumerate() {
            let x = *y;
            let (mut sum, mut first) = (0.0, 0.0);
            for (voice, (glide, gain)) in glides.iter().zip(&self.gains).enumerate() {
                let gain = gain.at(i);
                if gain == 0.0 {
                    continue;
                }
                let tap = line.at(glide.at(phase + i));
                if voice == 0 {
                    first = tap;
                }
                sum += gain * tap;
            }
            line.push(x + self.feedback.at(i) * soft_clip(first));
            let amount = self.amount.at(i);
            *y = (1.0 - amount) * x + amount * sum;
        }
    }

    fn tail(&self) -> Tail {
        let feedback = f64::from(
            self.feedback
                .target()
                .abs()
                .max(self.feedback.value().abs()),
        );
        let longest = self.lines.first().map_or(0, Line::length);
        match rounds(feedback) {
            Some(rounds) => {
                let swung = 2.0 * self.delay.value().max(self.delay.target());
                let frames = swung.max(Line::SHORTEST).min(longest as f64) + 16.0;
                Tail::Frames(to_count(rounds * frames) as u64)
            }
            None => Tail::Infinite,
        }
    }
}

macro_rules! processor {
    ($name:ident) => {
        impl Processor for $name {
            fn latency(&self) -> u32 {
                0
            }

            fn tail(&self) -> Tail {
                self.0.tail()
            }

            fn reset(&mut self) {
                self.0.reset();
            }

            fn set_param(&mut self, param: u16, value: f32) {
                self.0.set(param.into(), value);
            }

            fn set_clock(&mut self, clock: Clock) {
                self.0.lfo.set_clock(clock);
            }

            fn process(&mut self, at: u64, io: &mut [&mut [f32]], _key: Option<&[&[f32]]>) {
                self.0.process(at, io);
            }
        }
    };
}

processor!(Chorus);
processor!(Flanger);
