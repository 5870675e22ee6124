//! Absolute frames to song position and back.

use super::host::Target;
use super::{LoopRange, MIN_LOOP_FRAMES};
use crate::tempo::{TempoMap, nearest};
use crate::timeline::Reach;

/// What makes beats out of frames.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) enum Pace {
    /// The tempo map.
    #[default]
    Map,
    /// A host's tempo, from the beat it gave.
    Steady {
        /// The beat at frame 0 of the position.
        beats: f64,
        /// Frames a quarter note lasts.
        frames_per_beat: f64,
    },
    /// A host's tempo that changes with every frame.
    Ramp(Ramp),
}

/// A tempo that changes by the same amount each frame from the beat that a host gave until it
/// reaches the slowest or fastest one there is. Before that beat it was steady.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Ramp {
    /// The beat at frame 0 of the position.
    pub(super) beats: f64,
    /// Beats a frame there, above 0.
    pub(super) speed: f64,
    /// What each frame adds to the speed.
    pub(super) slope: f64,
    /// Frames that it lasts; the speed is above 0 there too.
    pub(super) length: f64,
}

impl Ramp {
    fn speed_at(self, frames: f64) -> f64 {
        self.speed + self.slope * frames.clamp(0.0, self.length)
    }

    fn beats(self, frames: f64) -> f64 {
        let inside = frames.clamp(0.0, self.length);
        let ramped = inside * (self.speed + 0.5 * self.slope * inside);
        self.beats + ramped + (frames - inside) * self.speed_at(frames)
    }

    fn frames(self, beats: f64) -> f64 {
        let way = beats - self.beats;
        if way <= 0.0 {
            return way / self.speed;
        }
        let whole = self.length * (self.speed + 0.5 * self.slope * self.length);
        if way >= whole {
            return self.length + (way - whole) / self.speed_at(self.length);
        }
        // The root of the parabola in the form that does not cancel.
        let root = (self.speed * self.speed + 2.0 * self.slope * way).max(0.0);
        2.0 * way / (self.speed + root.sqrt())
    }
}

impl Pace {
    fn frames(self, tempo: &TempoMap, beats: f64) -> f64 {
        match self {
            Self::Map => tempo.frames(beats),
            Self::Steady {
                beats: first,
                frames_per_beat,
            } => (beats - first) * frames_per_beat,
            Self::Ramp(ramp) => ramp.frames(beats),
        }
    }

    fn beats(self, tempo: &TempoMap, frames: f64) -> f64 {
        match self {
            Self::Map => tempo.beats(frames),
            Self::Steady {
                beats,
                frames_per_beat,
            } => beats + frames / frames_per_beat,
            Self::Ramp(ramp) => ramp.beats(frames),
        }
    }
}

/// The position at any frame, from one anchor: `base + (at - origin) - laps * lap`.
///
/// The anchor moves only when something jumps, so nothing accumulates; laps of a loop are counted.
#[derive(Clone, Copy, Debug)]
pub(super) struct Clock {
    /// Absolute frame of the anchor.
    origin: u64,
    /// Position there, in frames of the pace.
    base: f64,
    pace: Pace,
    running: bool,
    range: Option<LoopRange>,
    /// Exact frames of a loop.
    lap: f64,
    /// Loops since the anchor.
    laps: u64,
    /// Absolute frame of the next wrap.
    wrap: u64,
}

impl Default for Clock {
    fn default() -> Self {
        Self {
            origin: 0,
            base: 0.0,
            pace: Pace::Map,
            running: false,
            range: None,
            lap: 0.0,
            laps: 0,
            wrap: u64::MAX,
        }
    }
}

impl Clock {
    pub(super) fn running(&self) -> bool {
        self.running
    }

    pub(super) fn range(&self) -> Option<LoopRange> {
        self.range
    }

    pub(super) fn pace(&self) -> Pace {
        self.pace
    }

    /// Absolute frame at which the loop wraps next; the largest number for never.
    pub(super) fn wrap(&self) -> u64 {
        self.wrap
    }

    /// Frames from the anchor to `at`.
    pub(super) fn elapsed(&self, at: u64) -> i64 {
        i64::try_from(at.saturating_sub(self.origin)).unwrap_or(i64::MAX)
    }

    /// The absolute frame this many frames after the anchor.
    pub(super) fn absolute(&self, elapsed: i64) -> u64 {
        self.origin.saturating_add_signed(elapsed)
    }

    /// Song position in frames of the pace.
    pub(super) fn position(&self, at: u64) -> f64 {
        if !self.running {
            return self.base;
        }
        self.base + self.elapsed(at) as f64 - self.laps as f64 * self.lap
    }

    pub(super) fn beats(&self, tempo: &TempoMap, at: u64) -> f64 {
        self.beats_at(tempo, self.position(at))
    }

    /// As [`Clock::beats`], without the part of a frame by which a wrap is early.
    pub(super) fn shown_beats(&self, tempo: &TempoMap, at: u64) -> f64 {
        let beats = self.beats(tempo, at);
        match self.range {
            Some(range) if self.laps > 0 => beats.max(range.start_beats),
            _ => beats,
        }
    }

    pub(super) fn beats_at(&self, tempo: &TempoMap, frames: f64) -> f64 {
        self.pace.beats(tempo, frames)
    }

    /// Frames from beat 0 under the present pace.
    pub(super) fn frames(&self, tempo: &TempoMap, beats: f64) -> f64 {
        self.pace.frames(tempo, beats) - self.pace.frames(tempo, 0.0)
    }

    /// Frames a quarter note lasts at a beat.
    pub(super) fn frames_per_beat(&self, tempo: &TempoMap, beats: f64) -> f64 {
        match self.pace {
            Pace::Map => 60.0 * f64::from(tempo.sample_rate()) / tempo.bpm(beats),
            Pace::Steady {
                frames_per_beat, ..
            } => frames_per_beat,
            Pace::Ramp(ramp) => 1.0 / ramp.speed_at(ramp.frames(beats)),
        }
    }

    /// The frame of a beat in the present lap, counted from the anchor; negative before it.
    pub(super) fn when(&self, tempo: &TempoMap, beats: f64) -> i64 {
        nearest(self.exact(tempo, beats))
    }

    /// The same with parts of a frame.
    pub(super) fn exact(&self, tempo: &TempoMap, beats: f64) -> f64 {
        self.pace.frames(tempo, beats) - self.base + self.laps as f64 * self.lap
    }

    /// The absolute frame of the anchor.
    pub(super) fn origin(&self) -> u64 {
        self.origin
    }

    /// True while a sound of `length_frames` that starts at a beat is not over, `now` frames after
    /// the anchor.
    pub(super) fn rings(&self, tempo: &TempoMap, now: i64, start: f64, length_frames: u64) -> bool {
        self.when(tempo, start)
            .saturating_add_unsigned(length_frames)
            > now
    }

    /// True once what is cut off at a beat, infinite for never, has been.
    pub(super) fn is_cut(&self, tempo: &TempoMap, now: i64, end_beats: f64) -> bool {
        end_beats != f64::INFINITY && self.when(tempo, end_beats) <= now
    }

    /// True while what starts at a beat is neither over nor cut off.
    pub(super) fn lasts(&self, tempo: &TempoMap, now: i64, start: f64, reach: Reach) -> bool {
        !self.is_cut(tempo, now, reach.end_beats)
            && self.rings(tempo, now, start, reach.length_frames)
    }

    pub(super) fn set_running(&mut self, tempo: &TempoMap, at: u64, on: bool) {
        if on != self.running {
            let base = self.position(at);
            self.running = on;
            self.anchor(tempo, at, base);
        }
    }

    pub(super) fn set_range(&mut self, tempo: &TempoMap, at: u64, range: Option<LoopRange>) {
        let base = self.position(at);
        self.range = range;
        self.anchor(tempo, at, base);
    }

    pub(super) fn jump(&mut self, tempo: &TempoMap, at: u64, beats: f64) {
        let base = self.pace.frames(tempo, beats);
        self.anchor(tempo, at, base);
    }

    /// Goes on at `beats` as a host wants it.
    pub(super) fn follow(&mut self, tempo: &TempoMap, at: u64, beats: f64, target: &Target) {
        self.running = target.playing;
        self.range = target.range;
        self.pace = target.pace(beats);
        self.jump(tempo, at, beats);
    }

    /// Counts the laps that are over at `at`, if any, and returns whether there were.
    pub(super) fn catch_up(&mut self, tempo: &TempoMap, at: u64) -> bool {
        if at < self.wrap || self.wrap == u64::MAX {
            return false;
        }
        self.laps += 1;
        self.find_wrap(tempo);
        if self.wrap <= at {
            let late = nearest((at - self.wrap) as f64 / self.lap - 0.5);
            self.laps = self.laps.saturating_add_signed(late).saturating_add(1);
            self.find_wrap(tempo);
        }
        if self.wrap <= at {
            self.laps = self.laps.saturating_add(1);
            self.find_wrap(tempo);
        }
        if self.wrap <= at {
            // Hundreds of thousands of years late: the position is no longer exact to a lap.
            self.wrap = u64::MAX;
        }
        true
    }

    fn anchor(&mut self, tempo: &TempoMap, at: u64, base: f64) {
        self.origin = at;
        self.base = base;
        self.laps = 0;
        self.lap = 0.0;
        self.wrap = u64::MAX;
        let Some(range) = self.range.filter(|_| self.running) else {
            return;
        };
        let end = self.pace.frames(tempo, range.end_beats);
        let lap = end - self.pace.frames(tempo, range.start_beats);
        // At the end, to the nearest frame, is past it.
        if lap >= f64::from(MIN_LOOP_FRAMES) && nearest(end - base) > 0 {
            self.lap = lap;
            self.find_wrap(tempo);
        }
    }

    fn find_wrap(&mut self, tempo: &TempoMap) {
        let end = self.range.map_or(f64::INFINITY, |range| range.end_beats);
        self.wrap = self.absolute(self.when(tempo, end));
    }
}
