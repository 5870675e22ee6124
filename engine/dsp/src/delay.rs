//! Delay: repeats in milliseconds or in beats.

mod params;

pub use params::DelayParam;

use crate::CELL;
use crate::error::DspError;
use crate::line::{Line, rounds, soft_clip};
use crate::math::{self, exp_f64};
use crate::planar::{self, MAX_CHANNELS};
use crate::processor::{Clock, ParamInfo, Processor, Setup, Tail, resolve};
use crate::smooth::{LogSmoother, Ramp};
use crate::tpt::OnePole;

/// Longest delay, s.
const LONGEST: f64 = 4.0;
/// Duration of the change from one time to the next, ms.
const FADE_MS: f64 = 20.0;

/// Repeats the signal.
///
/// `y[n] = tap(d)`; into the line goes the input plus the tap through a low cut, a high cut, a
/// soft clip that is exact up to 0 dBFS, and the feedback. The k-th repeat so comes after k·d
/// frames with the gain feedback^(k−1). The output is the repeats alone: add the dry signal with
/// the insert's mix.
///
/// The time is a fraction of a frame exact; `sync` counts it in beats of the song. A new time is
/// faded to in 20 ms, or glided to as on tape. Ping-pong sends the sum of the first two channels
/// from side to side, the left first. There is no latency.
#[derive(Debug)]
pub struct Delay {
    lines: Vec<Line>,
    low_cuts: [OnePole; MAX_CHANNELS],
    high_cuts: [OnePole; MAX_CHANNELS],
    /// Shares of the filters in the loop.
    low_cut: Ramp,
    high_cut: Ramp,
    low_freq: LogSmoother,
    high_freq: LogSmoother,
    feedback: Ramp,
    ping_pong: Ramp,
    time: Time,
    sample_rate: f64,
}

/// Where the tap is.
#[derive(Clone, Copy, Debug)]
struct Time {
    ms: f64,
    beats: f64,
    sync: bool,
    tape: bool,
    /// What is left of the distance after one cell, on tape.
    keep: f64,
    clock: Clock,
    /// Frames at the start of the cell, and how they change per frame.
    frames: f64,
    step: f64,
    /// Where a fade goes to, and the frames done of it.
    next: f64,
    done: usize,
    fade: usize,
    /// True until it has processed something.
    fresh: bool,
}

impl Delay {
    /// Its parameters, in the order of [`DelayParam`].
    pub const PARAMS: &[ParamInfo] = params::PARAMS;

    /// A delay for `setup` with `values` (row, value) in place of the defaults. `[main-thread]`
    ///
    /// # Errors
    /// [`DspError`] when the setup or a value is out of range.
    pub fn new(setup: Setup, values: &[(u16, f32)]) -> Result<Self, DspError> {
        setup.check()?;
        let values = resolve("delay", Self::PARAMS, values)?;
        let value = |row: DelayParam| values.get(row as usize).copied().unwrap_or(0.0);
        let rate = setup.sample_rate;
        let longest = math::to_count(LONGEST * rate) + 1;
        let zero = Ramp::new(0.0, rate);
        let mut delay = Self {
            lines: vec![Line::new(longest); setup.channels],
            low_cuts: [OnePole::SILENT; MAX_CHANNELS],
            high_cuts: [OnePole::SILENT; MAX_CHANNELS],
            low_cut: zero,
            high_cut: zero,
            low_freq: LogSmoother::new(value(DelayParam::LowCut).into(), rate),
            high_freq: LogSmoother::new(value(DelayParam::HighCut).into(), rate),
            feedback: zero,
            ping_pong: zero,
            time: Time::new(setup),
            sample_rate: rate,
        };
        for row in DelayParam::ALL {
            delay.set(row, value(row));
        }
        delay.reset();
        Ok(delay)
    }

    fn set(&mut self, row: DelayParam, value: f32) {
        let number = f64::from(value);
        let switch = |on: bool| if on { 1.0 } else { 0.0 };
        match row {
            DelayParam::Time => self.time.ms = number,
            DelayParam::Sync => self.time.sync = value >= 0.5,
            DelayParam::Beats => self.time.beats = number,
            DelayParam::Change => self.time.tape = value >= 0.5,
            DelayParam::Glide => {
                let cells = number * 0.001 * self.sample_rate / CELL as f64;
                self.time.keep = exp_f64(-1.0 / cells);
            }
            DelayParam::Feedback => self.feedback.set(value * 0.01),
            DelayParam::PingPong => self.ping_pong.set(switch(value >= 0.5)),
            DelayParam::LowCut => {
                self.low_freq.set(number);
                self.low_cut.set(switch(value > params::LOW_CUT_OFF));
            }
            DelayParam::HighCut => {
                self.high_freq.set(number);
                self.high_cut.set(switch(value < params::HIGH_CUT_OFF));
            }
        }
    }

    fn tick(&mut self) {
        self.time.tick(self.sample_rate);
        let (low, high) = (self.low_freq.tick(), self.high_freq.tick());
        if low || high {
            self.tune();
        }
    }

    fn tune(&mut self) {
        let low = self.low_freq.value() / self.sample_rate;
        let high = self.high_freq.value() / self.sample_rate;
        self.low_cuts.iter_mut().for_each(|filter| filter.tune(low));
        self.high_cuts
            .iter_mut()
            .for_each(|filter| filter.tune(high));
    }

    /// One frame of all channels, `i` frames after the start of the piece, `phase` into the cell.
    fn frame(&mut self, phase: usize, i: usize, io: &mut [&mut [f32]]) {
        let (mut taps, mut back) = ([0.0; MAX_CHANNELS], [0.0; MAX_CHANNELS]);
        let feedback = self.feedback.at(i);
        let both = taps.iter_mut().zip(&mut back).take(io.len());
        for (channel, (tap, back)) in both.enumerate() {
            *tap = self.time.read(&self.lines[channel], phase);
            let low = self.low_cuts[channel].low_pass(*tap);
            let cut = *tap - self.low_cut.at(i) * low;
            let high = self.high_cuts[channel].low_pass(cut);
            let cut = cut + self.high_cut.at(i) * (high - cut);
            *back = feedback * soft_clip(cut);
        }
        let mut fed = [0.0; MAX_CHANNELS];
        for (channel, fed) in fed[..io.len()].iter_mut().enumerate() {
            *fed = io[channel][i] + back[channel];
        }
        let share = self.ping_pong.at(i);
        if share > 0.0 && io.len() > 1 {
            // From side to side: each crossing is one repeat.
            let left = 0.5 * (io[0][i] + io[1][i]) + back[1];
            let right = back[0];
            fed[0] += share * (left - fed[0]);
            fed[1] += share * (right - fed[1]);
        }
        for (channel, io) in io.iter_mut().enumerate() {
            self.lines[channel].push(fed[channel]);
            io[i] = taps[channel];
        }
        self.time.advance();
    }
}

impl Time {
    fn new(setup: Setup) -> Self {
        Self {
            ms: 1.0,
            beats: 1.0,
            sync: false,
            tape: false,
            keep: 0.0,
            clock: Clock::STOPPED,
            frames: 1.0,
            step: 0.0,
            next: 1.0,
            done: 0,
            fade: setup.frames(FADE_MS).max(1),
            fresh: true,
        }
    }

    /// Where the tap should be.
    fn target(&self, sample_rate: f64) -> f64 {
        let mut seconds = if self.sync {
            self.beats * 60.0 / self.clock.bpm
        } else {
            0.001 * self.ms
        };
        // Too long for the line: the longest octave of it that fits keeps the beat.
        while seconds > LONGEST {
            seconds *= 0.5;
        }
        (seconds * sample_rate).max(1.0)
    }

    /// Crosses a cell boundary.
    fn tick(&mut self, sample_rate: f64) {
        self.frames += self.step * CELL as f64;
        self.step = 0.0;
        if self.is_fading() {
            return;
        }
        let target = self.target(sample_rate);
        let distance = self.frames - target;
        if distance == 0.0 {
            return;
        }
        if !self.tape {
            (self.next, self.done) = (target, 0);
        } else if distance.abs() < SNAP {
            self.frames = target;
            self.next = target;
        } else {
            self.step = distance * (self.keep - 1.0) / CELL as f64;
            self.next = self.frames;
        }
    }

    fn is_fading(&self) -> bool {
        self.done < self.fade
    }

    #[inline]
    fn read(&self, line: &Line, phase: usize) -> f32 {
        #[allow(clippy::cast_precision_loss, reason = "less than a cell")]
        let tap = line.at(self.frames + self.step * phase as f64);
        if !self.is_fading() {
            return tap;
        }
        #[allow(clippy::cast_precision_loss, reason = "frames of 20 ms")]
        let share = self.done as f32 / self.fade as f32;
        tap + share * (line.at(self.next) - tap)
    }

    #[inline]
    fn advance(&mut self) {
        if self.is_fading() {
            self.done += 1;
            if !self.is_fading() {
                self.frames = self.next;
            }
        }
    }

    /// Jumps to where it should be.
    fn settle(&mut self, sample_rate: f64) {
        self.frames = self.target(sample_rate);
        (self.next, self.step, self.done) = (self.frames, 0.0, self.fade);
        self.fresh = false;
    }
}

/// Distance in frames at which a tape arrives.
const SNAP: f64 = 1e-3;

impl Processor for Delay {
    fn latency(&self) -> u32 {
        0
    }

    fn tail(&self) -> Tail {
        let feedback = f64::from(
            self.feedback
                .target()
                .abs()
                .max(self.feedback.value().abs()),
        );
        let target = self.time.target(self.sample_rate);
        let frames = target.max(self.time.frames).max(self.time.next);
        match rounds(feedback) {
            Some(rounds) => Tail::Frames(math::to_count((rounds * frames).ceil()) as u64 + 1),
            None => Tail::Infinite,
        }
    }

    fn reset(&mut self) {
        self.lines.iter_mut().for_each(Line::clear);
        self.low_cuts.iter_mut().for_each(OnePole::clear);
        self.high_cuts.iter_mut().for_each(OnePole::clear);
        self.low_freq.finish();
        self.high_freq.finish();
        for ramp in [
            &mut self.low_cut,
            &mut self.high_cut,
            &mut self.feedback,
            &mut self.ping_pong,
        ] {
            ramp.finish();
        }
        self.tune();
        self.time.fresh = true;
    }

    fn set_param(&mut self, param: u16, value: f32) {
        if let Some(&row) = DelayParam::ALL.get(usize::from(param)) {
            self.set(row, value);
        }
    }

    fn set_clock(&mut self, clock: Clock) {
        self.time.clock = clock;
    }

    fn process(&mut self, at: u64, io: &mut [&mut [f32]], _key: Option<&[&[f32]]>) {
        if self.time.fresh {
            self.time.settle(self.sample_rate);
        }
        for piece in planar::cells(at, planar::len(io)) {
            let now = at.wrapping_add(piece.start as u64);
            let phase = planar::cell_phase(now, 0);
            if phase == 0 {
                self.tick();
            }
            let (start, frames) = (piece.start, piece.len());
            let channels = io.len();
            let mut part = planar::frames(io, &(start..start + frames));
            for i in 0..frames {
                self.frame(phase + i, i, &mut part[..channels]);
            }
            for ramp in [
                &mut self.low_cut,
                &mut self.high_cut,
                &mut self.feedback,
                &mut self.ping_pong,
            ] {
                ramp.advance(frames);
            }
        }
    }
}

#[cfg(test)]
mod tests;
