//! A slow oscillator that is tied to the absolute clock, or to the song.

use super::LfoParam;
use crate::CELL;
use crate::math::{exp_f64, sin_cos, to_f32};
use crate::processor::Clock;
use crate::smooth::{CellRamp, LogSmoother};

/// Turns of a whole cycle in the phase's fixed point, 2^64.
const CYCLE: f64 = 18_446_744_073_709_551_616.0;
/// Time constant with which it catches up when the song jumps, ms.
const CATCH_UP_MS: f64 = 20.0;
/// Distance in cycles at which it has caught up.
const SNAP: f64 = 1e-5;

/// The phase of frame n is n·rate/fs, modulo 1 and in whole numbers, so it is the same wherever
/// one starts to listen. After a change of the rate it goes on without a jump. In time with the
/// song it is the song's position; when that jumps, the oscillator catches up within some 20 ms.
///
/// Values are straight lines from one cell boundary to the next.
#[derive(Clone, Copy, Debug)]
pub(super) struct Lfo {
    rate: LogSmoother,
    beats: f64,
    sync: bool,
    /// 0 sine to 1 triangle.
    wave: CellRamp,
    /// Cycles by which every second channel is ahead.
    stereo: CellRamp,
    clock: Clock,
    /// Phase at the start of the cell, and per frame.
    phase: u64,
    step: u64,
    /// Where the next cell begins, if nothing is left out.
    next: Option<u64>,
    /// What is left of a distance to the song after one cell.
    keep: f64,
    sample_rate: f64,
}

impl Lfo {
    pub(super) fn new(sample_rate: f64) -> Self {
        let cells = CATCH_UP_MS * 0.001 * sample_rate / CELL as f64;
        Self {
            rate: LogSmoother::new(1.0, sample_rate),
            beats: 4.0,
            sync: false,
            wave: CellRamp::new(0.0, sample_rate),
            stereo: CellRamp::new(0.0, sample_rate),
            clock: Clock::STOPPED,
            phase: 0,
            step: 0,
            next: None,
            keep: exp_f64(-1.0 / cells),
            sample_rate,
        }
    }

    pub(super) fn set(&mut self, row: LfoParam, value: f32) {
        let number = f64::from(value);
        match row {
            LfoParam::Rate => self.rate.set(number),
            LfoParam::Sync => self.sync = value >= 0.5,
            LfoParam::Beats => self.beats = number,
            LfoParam::Wave => self.wave.set(if value >= 0.5 { 1.0 } else { 0.0 }),
            LfoParam::StereoPhase => self.stereo.set(number / 360.0),
        }
    }

    pub(super) fn set_clock(&mut self, clock: Clock) {
        self.clock = clock;
    }

    pub(super) fn reset(&mut self) {
        self.rate.finish();
        self.wave.finish();
        self.stereo.finish();
        self.next = None;
    }

    /// True when the cell that begins at `cell` is the one after the last one.
    pub(super) fn follows(&self, cell: u64) -> bool {
        self.next == Some(cell)
    }

    /// True when it has entered the cell that begins at `cell`.
    pub(super) fn is_in(&self, cell: u64) -> bool {
        self.next == Some(cell.wrapping_add(CELL as u64))
    }

    /// Enters the cell that begins at frame `cell`. `[audio-thread]`
    pub(super) fn enter(&mut self, cell: u64) {
        let follows = self.follows(cell);
        if follows {
            self.phase = self.phase.wrapping_add(self.step.wrapping_mul(CELL as u64));
            self.rate.tick();
            self.wave.tick();
            self.stereo.tick();
        }
        let hertz = if self.sync {
            self.clock.bpm / (60.0 * self.beats)
        } else {
            self.rate.value()
        };
        self.step = fixed(hertz / self.sample_rate);
        if !follows {
            self.phase = self.step.wrapping_mul(cell);
        }
        if self.sync && self.clock.playing {
            self.follow_song(cell, follows);
        }
        self.next = Some(cell.wrapping_add(CELL as u64));
    }

    fn follow_song(&mut self, cell: u64, gently: bool) {
        let song = fixed(self.clock.beats_at(cell, self.sample_rate) / self.beats);
        let distance = self.phase.wrapping_sub(song).cast_signed() as f64 / CYCLE;
        self.phase = if gently && distance.abs() > SNAP {
            song.wrapping_add(fixed(distance * self.keep))
        } else {
            song
        };
    }

    /// Value in -1 to 1 at the start and at the end of the cell, `offset` cycles ahead, for a
    /// channel.
    pub(super) fn ends(&self, channel: usize, offset: f64) -> [f64; 2] {
        let odd = channel % 2 == 1;
        let at = |frame: usize| {
            let stereo = if odd { self.stereo.at(frame) } else { 0.0 };
            let ahead = fixed(offset + f64::from(stereo));
            let phase = self
                .phase
                .wrapping_add(self.step.wrapping_mul(frame as u64));
            let turns = phase.wrapping_add(ahead) as f64 / CYCLE;
            let triangle = 1.0 - 4.0 * ((turns + 0.25).fract() - 0.5).abs();
            let sine = sin_cos(core::f64::consts::TAU * turns).0;
            sine + f64::from(self.wave.at(frame)) * (triangle - sine)
        };
        [at(0), at(CELL)]
    }
}

/// Cycles in fixed point, modulo 1.
#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a fraction of a cycle in 64 bits; saturates"
)]
fn fixed(cycles: f64) -> u64 {
    ((cycles - cycles.floor()) * CYCLE) as u64
}

/// A number that goes in a straight line through the cell.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Glide {
    from: f64,
    step: f64,
}

impl Glide {
    /// Goes from where the last cell ended, or from `ends[0]` if there was none, to `ends[1]`.
    pub(super) fn enter(&mut self, ends: [f64; 2], follows: bool) {
        self.from = if follows {
            self.from + self.step * CELL as f64
        } else {
            ends[0]
        };
        self.step = (ends[1] - self.from) / CELL as f64;
    }

    #[inline(always)]
    pub(super) fn at(&self, phase: usize) -> f64 {
        self.from + self.step * phase as f64
    }

    #[inline(always)]
    pub(super) fn at_f32(&self, phase: usize) -> f32 {
        to_f32(self.at(phase))
    }
}
