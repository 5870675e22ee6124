//! Phaser: all-passes that move.

use super::lfo::{Glide, Lfo};
use super::{LFO_PARAMS, LfoParam};
use crate::error::DspError;
use crate::line::soft_clip;
use crate::math::{exp2_f64, tan, to_count};
use crate::planar::{self, MAX_CHANNELS};
use crate::processor::{Clock, ParamInfo, Processor, Setup, Tail, resolve};
use crate::smooth::{CellSmoother, LogSmoother, Ramp};

/// Numbers of stages to choose from.
const STAGES: [usize; 5] = [2, 4, 6, 8, 12];
/// Most stages.
const MOST: usize = 12;
/// Octaves that full depth moves up and down.
const OCTAVES: f64 = 3.0;

/// The rows of [`Phaser::PARAMS`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PhaserParam {
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
    /// Frequency in the middle of the sweep, Hz.
    Freq,
    /// How far it sweeps: at 100 % three octaves up and down.
    Depth,
    /// Gain of the last stage back to the first, %.
    Feedback,
    /// Share of the turned signal, %; the rest is the input.
    Amount,
    /// 2, 4, 6, 8 or 12 stages: half as many notches.
    Stages,
}

const FREQ: usize = PhaserParam::Freq as usize;
const DEPTH: usize = PhaserParam::Depth as usize;
const FEEDBACK: usize = PhaserParam::Feedback as usize;
const AMOUNT: usize = PhaserParam::Amount as usize;
const NUMBER: usize = PhaserParam::Stages as usize;

/// A row of first-order all-passes that move together, next to the input.
///
/// `y = (1 − a)·x + a·allpasses(x)`: at 50 % there is a notch wherever the stages have turned the
/// phase by half a cycle. The oscillator is tied to the absolute clock or to the song. There is no
/// latency.
#[derive(Debug)]
pub struct Phaser {
    lfo: Lfo,
    freq: LogSmoother,
    depth: CellSmoother,
    feedback: Ramp,
    amount: Ramp,
    /// Of the signal behind every number of stages.
    gains: [Ramp; STAGES.len()],
    /// Coefficient of every channel's all-passes.
    glides: [Glide; MAX_CHANNELS],
    states: [[f32; MOST]; MAX_CHANNELS],
    /// Last output of the stages.
    last: [f32; MAX_CHANNELS],
    channels: usize,
    sample_rate: f64,
}

impl Phaser {
    /// Its parameters, in the order of [`PhaserParam`].
    pub const PARAMS: &[ParamInfo] = &[
        LFO_PARAMS[0],
        LFO_PARAMS[1],
        LFO_PARAMS[2],
        LFO_PARAMS[3],
        LFO_PARAMS[4],
        ParamInfo::log("freq", "Frequency", (50.0, 8000.0, 800.0), "Hz"),
        ParamInfo::linear("depth", "Depth", (0.0, 100.0, 60.0), "%"),
        ParamInfo::linear("feedback", "Feedback", (-95.0, 95.0, 30.0), "%"),
        ParamInfo::linear("amount", "Amount", (0.0, 100.0, 50.0), "%"),
        ParamInfo::choice("stages", "Stages", &["2", "4", "6", "8", "12"], 1),
    ];

    /// A phaser for `setup` with `values` (row, value) in place of the defaults. `[main-thread]`
    ///
    /// # Errors
    /// [`DspError`] when the setup or a value is out of range.
    pub fn new(setup: Setup, values: &[(u16, f32)]) -> Result<Self, DspError> {
        setup.check()?;
        let values = resolve("phaser", Self::PARAMS, values)?;
        let rate = setup.sample_rate;
        let zero = Ramp::new(0.0, rate);
        let mut phaser = Self {
            lfo: Lfo::new(rate),
            freq: LogSmoother::new(800.0, rate),
            depth: CellSmoother::new(0.0, rate),
            feedback: zero,
            amount: zero,
            gains: [zero; STAGES.len()],
            glides: [Glide::default(); MAX_CHANNELS],
            states: [[0.0; MOST]; MAX_CHANNELS],
            last: [0.0; MAX_CHANNELS],
            channels: setup.channels,
            sample_rate: rate,
        };
        for (row, value) in (0..).zip(values) {
            phaser.set_param(row, value);
        }
        phaser.reset();
        Ok(phaser)
    }

    fn ramps(&mut self) -> impl Iterator<Item = &mut Ramp> {
        let others = [&mut self.feedback, &mut self.amount];
        self.gains.iter_mut().chain(others)
    }

    /// Coefficient of an all-pass that turns by a quarter of a cycle at `octaves` from the middle.
    fn coefficient(&self, freq: f64, octaves: f64) -> f64 {
        let freq = freq * exp2_f64(octaves) / self.sample_rate;
        let t = tan(core::f64::consts::PI * freq.clamp(1e-5, 0.45));
        (t - 1.0) / (t + 1.0)
    }

    /// Enters the cell that begins at `cell`.
    fn enter(&mut self, cell: u64) {
        let follows = self.lfo.follows(cell);
        self.lfo.enter(cell);
        let before = (self.freq.value(), self.depth.value());
        if follows {
            self.freq.tick();
            self.depth.tick();
        }
        let now = (self.freq.value(), self.depth.value());
        for channel in 0..self.channels {
            let [from, to] = self.lfo.ends(channel, 0.0);
            let place =
                |(freq, depth): (f64, f64), lfo: f64| self.coefficient(freq, OCTAVES * depth * lfo);
            let ends = [place(before, from), place(now, to)];
            self.glides[channel].enter(ends, follows);
        }
    }

    fn channel(&mut self, channel: usize, phase: usize, io: &mut [f32]) {
        let (states, glide) = (&mut self.states[channel], &self.glides[channel]);
        let mut last = self.last[channel];
        for (i, y) in io.iter_mut().enumerate() {
            let (x, c) = (*y, glide.at_f32(phase + i));
            let mut signal = x + self.feedback.at(i) * soft_clip(last);
            let (mut sum, mut stages) = (0.0, states.iter_mut());
            let mut done = 0;
            for (count, gain) in STAGES.iter().zip(&self.gains) {
                for state in stages.by_ref().take(count - done) {
                    let out = c * signal + *state;
                    *state = signal - c * out;
                    signal = out;
                }
                done = *count;
                sum += gain.at(i) * signal;
            }
            last = sum;
            let amount = self.amount.at(i);
            *y = (1.0 - amount) * x + amount * sum;
        }
        self.last[channel] = last;
    }
}

impl Processor for Phaser {
    fn latency(&self) -> u32 {
        0
    }

    fn tail(&self) -> Tail {
        /// ln 10^8
        const NEPERS: f64 = 18.42;
        let feedback = f64::from(
            self.feedback
                .target()
                .abs()
                .max(self.feedback.value().abs()),
        );
        let octaves = OCTAVES * self.depth.value().max(self.depth.target());
        let lowest = self.freq.value().min(self.freq.target()) * exp2_f64(-octaves);
        // The slowest pole of one stage, and how many stages and rounds a signal goes through:
        // the group delay of a stage is at most twice its time constant.
        let stage = self.sample_rate / (core::f64::consts::TAU * lowest);
        let rounds = crate::line::rounds(feedback).unwrap_or(f64::MAX);
        let frames = stage * (NEPERS * 2.0 + 2.0 * MOST as f64 * rounds);
        Tail::Frames(to_count(frames) as u64)
    }

    fn reset(&mut self) {
        self.lfo.reset();
        self.freq.finish();
        self.depth.finish();
        self.ramps().for_each(Ramp::finish);
        self.states = [[0.0; MOST]; MAX_CHANNELS];
        self.last = [0.0; MAX_CHANNELS];
    }

    fn set_param(&mut self, param: u16, value: f32) {
        let number = f64::from(value);
        match usize::from(param) {
            FREQ => self.freq.set(number),
            DEPTH => self.depth.set(number * 0.01),
            FEEDBACK => self.feedback.set(value * 0.01),
            AMOUNT => self.amount.set(value * 0.01),
            NUMBER => {
                let choice = to_count(number);
                for (row, gain) in self.gains.iter_mut().enumerate() {
                    gain.set(if row == choice { 1.0 } else { 0.0 });
                }
            }
            row => {
                if let Some(&row) = LfoParam::ALL.get(row) {
                    self.lfo.set(row, value);
                }
            }
        }
    }

    fn set_clock(&mut self, clock: Clock) {
        self.lfo.set_clock(clock);
    }

    fn process(&mut self, at: u64, io: &mut [&mut [f32]], _key: Option<&[&[f32]]>) {
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
}
