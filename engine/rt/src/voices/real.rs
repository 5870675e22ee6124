//! The state of one rendered voice, and how its course is cut into segments.

use segue_dsp::CELL;
use segue_dsp::pan::{self, PanLaw};
use segue_dsp::voice::sinc::{Band, SincBank};
use segue_dsp::voice::{GainLine, ONE, Path, Quality, TAPS_BEFORE};

use super::VoiceParams;
use crate::command::Reason;
use crate::ids::VoiceId;

/// Steps are multiples of this, so that halving a position three times is exact.
const STEP_GRAIN: u64 = 8;

/// Frames after which a moving pitch is aimed anew, on the absolute clock: a multiple of a cell, so
/// short that rounding its slope to the grain does not matter.
const AIM: u64 = 16 * CELL as u64;

/// Longest segment, in frames: ends at its multiples.
const LONGEST: u64 = 1 << 24;

/// A voice that is wholly in memory.
pub(super) const NO_LANE: u16 = u16::MAX;

/// One voice that is rendered.
#[derive(Clone, Copy)]
pub(super) struct Voice {
    pub(super) id: VoiceId,
    pub(super) params: VoiceParams,
    pub(super) place: Place,
    pub(super) started: u64,
    /// Frame at which it ends at the latest, and why.
    pub(super) stop_at: u64,
    pub(super) ending: Reason,
    /// It fades out towards `stop_at`.
    pub(super) stopping: bool,
    /// When the fade-out of a voice with a set length begins.
    pub(super) release_at: u64,
    pub(super) paused: bool,
    /// Stolen: it only fades and no longer counts.
    pub(super) tail: bool,
    /// On its way out by its gain.
    pub(super) leaves: bool,
    pub(super) quiet_ticks: u8,
    /// Linear level at the output, at the last tick.
    pub(super) audibility: f32,
    pub(super) channels: u8,
    /// Lane lent to it, or [`NO_LANE`].
    pub(super) lane: u16,
    /// Lane that goes on from unrolled frame `switch_at`, or [`NO_LANE`]: after a left loop the one
    /// at hand carries what would have followed.
    pub(super) next_lane: u16,
    pub(super) switch_at: u64,
    /// Gains of the two sides by pan alone.
    pub(super) sides: [f32; 2],
    pub(super) levels: [Ramp; 2],
    pub(super) width: Ramp,
    pub(super) fade: Ramp,
    pub(super) pitch: PitchRamp,
    pub(super) segment: Segment,
}

/// A position in the unrolled sound: loops are counted on, not jumped back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) frame: u64,
    pub(super) fraction: u32,
}

/// A value on a straight line from `from` at frame `at` to `to` after `len` frames.
#[derive(Clone, Copy)]
pub(super) struct Ramp {
    pub(super) from: f32,
    pub(super) to: f32,
    pub(super) at: u64,
    pub(super) len: u32,
}

/// The same for a 32.32 step.
#[derive(Clone, Copy)]
pub(super) struct PitchRamp {
    pub(super) from: u64,
    pub(super) to: u64,
    pub(super) at: u64,
    pub(super) len: u32,
}

/// A stretch in which gains and pitch are straight lines.
#[derive(Clone, Copy)]
pub(super) struct Segment {
    pub(super) start: u64,
    /// First frame that is not in it. Not above `start`: a new one must be made.
    pub(super) end: u64,
    pub(super) lines: [GainLine; 2],
    pub(super) step: u64,
    pub(super) slope: i64,
    pub(super) band: Band,
    /// The band before, cross-faded from over this segment when it differs.
    pub(super) old_band: Band,
}

impl Voice {
    pub(super) fn new(id: VoiceId, params: VoiceParams, channels: usize, at: u64) -> Self {
        let step = step_of(params.pitch);
        let sides = sides(params.pan, channels);
        let fade = if params.fade_in > 0 {
            Ramp::new(0.0, 1.0, at, params.fade_in)
        } else {
            Ramp::hold(1.0)
        };
        let stop_at = at.saturating_add(params.length);
        let release = u64::from(params.fade_out).min(params.length);
        let open = params.length == u64::MAX;
        let mut voice = Self {
            id,
            params,
            place: Place {
                frame: params.start,
                fraction: 0,
            },
            started: at,
            stop_at,
            ending: Reason::NaturalEnd,
            stopping: false,
            release_at: if open || release == 0 {
                u64::MAX
            } else {
                stop_at - release
            },
            paused: false,
            tail: false,
            leaves: false,
            quiet_ticks: 0,
            audibility: 0.0,
            lane: NO_LANE,
            next_lane: NO_LANE,
            switch_at: 0,
            channels: if channels == 2 { 2 } else { 1 },
            sides,
            levels: sides.map(|side| Ramp::hold(params.gain * side)),
            width: Ramp::hold(params.width),
            fade,
            pitch: PitchRamp {
                from: step,
                to: step,
                at,
                len: 0,
            },
            segment: Segment::empty(),
        };
        voice.segment.band = voice.band(step);
        voice.segment.old_band = voice.segment.band;
        voice
    }

    /// Moves the gain from where it is at `at`, arriving `ramp` frames later.
    pub(super) fn gain_to(&mut self, at: u64, gain: f32, ramp: u32) {
        self.params.gain = gain;
        self.retarget(at, ramp);
    }

    /// Moves the pan likewise.
    pub(super) fn pan_to(&mut self, at: u64, pan: f32, ramp: u32) {
        self.params.pan = pan;
        self.sides = sides(pan, usize::from(self.channels));
        self.retarget(at, ramp);
    }

    /// Moves the width likewise.
    pub(super) fn width_to(&mut self, at: u64, width: f32, ramp: u32) {
        self.params.width = width;
        self.width = Ramp::new(self.width.at(at), width, at, ramp);
    }

    /// True when its sides are mixed with each other at `at`; it ends where a piece does.
    pub(super) fn is_reshaped(&self, at: u64) -> bool {
        self.channels == 2 && (self.width.to != 1.0 || at < self.width.end())
    }

    fn retarget(&mut self, at: u64, ramp: u32) {
        for (level, side) in self.levels.iter_mut().zip(self.sides) {
            *level = Ramp::new(level.at(at), self.params.gain * side, at, ramp);
        }
        self.cut(at);
    }

    /// Fades from the present fade level to `to` over `len` frames.
    pub(super) fn fade_to(&mut self, at: u64, to: f32, len: u32) {
        self.fade = Ramp::new(self.fade.at(at), to, at, len);
        self.cut(at);
    }

    /// Fades out over `len` frames and ends for `reason`. An earlier end stays.
    /// Whether it takes a place below a limit: not while it fades out and ends.
    pub(super) fn counts(&self) -> bool {
        !self.stopping && !self.leaves
    }

    pub(super) fn stop(&mut self, at: u64, len: u32, reason: Reason) {
        if self.is_frozen(at) {
            self.stop_at = at;
            self.ending = reason;
            self.stopping = true;
            return;
        }
        self.paused = false;
        let stop_at = (at + u64::from(len)).min(self.stop_at);
        if self.stopping && self.stop_at <= stop_at {
            return;
        }
        self.fade_to(at, 0.0, frames_u32(stop_at - at));
        self.stop_at = stop_at;
        self.release_at = u64::MAX;
        self.ending = reason;
        self.stopping = true;
    }

    /// Fades out over `len` frames and stays where it is then.
    pub(super) fn pause(&mut self, at: u64, len: u32) {
        if !self.paused && !self.stopping {
            self.fade_to(at, 0.0, len);
            self.paused = true;
        }
    }

    /// Goes on from where it was paused; a set length is counted on from there.
    pub(super) fn resume(&mut self, at: u64, len: u32) {
        if !self.paused || self.stopping {
            return;
        }
        let stood = at.saturating_sub(self.fade.end());
        self.stop_at = self.stop_at.saturating_add(stood);
        self.release_at = self.release_at.saturating_add(stood);
        self.paused = false;
        self.fade_to(at, 1.0, len);
    }

    /// True from the frame on at which a pause has faded out.
    pub(super) fn is_frozen(&self, at: u64) -> bool {
        self.paused && at >= self.fade.end()
    }

    /// Moves to `ratio` over `len` frames.
    pub(super) fn pitch_to(&mut self, at: u64, ratio: f64, len: u32) {
        self.params.pitch = ratio;
        self.pitch = PitchRamp {
            from: self.pitch.at(at),
            to: step_of(ratio),
            at,
            len,
        };
        self.cut(at);
    }

    /// Ends the segment here: the next frame starts a new one.
    pub(super) fn cut(&mut self, at: u64) {
        self.segment.end = self.segment.end.min(at);
    }

    /// Level without pan, for audibility: gain on its way times fade.
    pub(super) fn level(&self, at: u64) -> f32 {
        // The louder side is never silent by pan alone.
        let n = usize::from(self.sides[1] > self.sides[0]);
        let level = self.levels[n];
        let gain = if at >= level.end() {
            self.params.gain
        } else {
            level.at(at) / self.sides[n]
        };
        gain * self.fade.at(at)
    }

    /// Makes the segment that starts at `at`. Called there and nowhere else.
    pub(super) fn begin_segment(&mut self, at: u64) {
        if at >= self.release_at {
            self.fade = Ramp::new(self.fade.at(at), 0.0, at, frames_u32(self.stop_at - at));
            self.release_at = u64::MAX;
            self.stopping = true;
        }
        let near_end = self.near_end(at);
        let end = self.segment_end(at).min(near_end);
        let old = self.segment.band;
        let (from, to) = (self.pitch.at(at), self.pitch.at(end));
        let moving = from != to;
        self.segment = Segment {
            start: at,
            end,
            lines: self.lines(at, end),
            step: from,
            slope: if moving { slope(from, to, end - at) } else { 0 },
            band: self.band(from.max(to)),
            old_band: old,
        };
        if self.segment.is_blending() {
            self.segment.end = end.min(next_cell(at));
        }
    }

    /// Where a segment from `at` must end because the voice comes near its set end; there, its
    /// fade-out begins. The pitch may move on the way, so that is looked at again and again.
    fn near_end(&mut self, at: u64) -> u64 {
        if self.params.end == u64::MAX || self.stopping {
            return u64::MAX;
        }
        let end = self.params.unrolled(u64::MAX);
        if end == u64::MAX {
            return u64::MAX;
        }
        let here = u128::from(self.place.frame) << 32 | u128::from(self.place.fraction);
        let left = (u128::from(end) << 32).saturating_sub(here);
        let (now, fade) = (self.pitch.at(at), u128::from(self.params.fade_out));
        let outputs = left.div_ceil(u128::from(now.max(1)));
        if outputs > fade {
            let fastest = u128::from(now.max(self.pitch.to));
            let frames = left.saturating_sub(fade * fastest) / fastest;
            let frames = u64::try_from(frames).unwrap_or(u64::MAX);
            let soonest = if self.pitch.end() > at {
                next_cell(at)
            } else {
                at + 1
            };
            return at.saturating_add(frames).max(soonest);
        }
        // Whoever starts that near its end has no more time; else there is always enough of the
        // sound left to fade well.
        let frames = if at == self.started {
            u32::try_from(outputs).unwrap_or(u32::MAX)
        } else {
            self.params.fade_out
        };
        self.fade = Ramp::new(self.fade.at(at), 0.0, at, frames);
        self.stop_at = self.stop_at.min(at + u64::from(frames));
        self.release_at = u64::MAX;
        self.stopping = true;
        self.stop_at
    }

    fn band(&self, step: u64) -> Band {
        SincBank::band(step, self.params.quality == Quality::Sinc16)
    }

    /// Where the segment from `at` must end: the end of any ramp, the frames where a fade-out
    /// begins or ends, and where a straight line would not do.
    fn segment_end(&self, at: u64) -> u64 {
        let mut end = self.stop_at.min(self.release_at);
        let (level, fade, pitch) = (self.levels[0].end(), self.fade.end(), self.pitch.end());
        for ramp_end in [level, fade, pitch] {
            if ramp_end > at {
                end = end.min(ramp_end);
            }
        }
        if level > at && fade > at {
            // The product of two lines is none.
            end = end.min(next_cell(at));
        }
        if pitch > at {
            // The band follows a gliding pitch from cell to cell.
            let aim = (at / AIM + 1) * AIM;
            let (from, to) = (self.pitch.at(at), self.pitch.at(aim));
            let one_band = self.band(from) == self.band(to);
            end = end.min(if one_band { aim } else { next_cell(at) });
        }
        // Offsets in a segment stay exact in f32.
        end.min((at / LONGEST + 1) * LONGEST)
    }

    /// The gains of both sides between two frames.
    #[allow(
        clippy::cast_precision_loss,
        reason = "the slope of a gain needs no more than 24 bits"
    )]
    fn lines(&self, at: u64, end: u64) -> [GainLine; 2] {
        let fades = [self.fade.at(at), self.fade.at(end)];
        let moving = self.levels[0].end() > at || self.fade.end() > at;
        self.levels.map(|level| {
            let from = level.at(at) * fades[0];
            if !moving {
                return GainLine::constant(from);
            }
            let slope = (level.at(end) * fades[1] - from) / (end - at) as f32;
            GainLine {
                from,
                slope,
                offset: 0,
            }
        })
    }

    /// The path of the next outputs through a window that starts [`TAPS_BEFORE`] frames early.
    pub(super) fn path(&self, at: u64) -> Path {
        let done = at - self.segment.start;
        let step = step_after(self.segment.step, self.segment.slope, done);
        let start = ((TAPS_BEFORE as u64) << 32) | u64::from(self.place.fraction);
        Path {
            start,
            step,
            slope: self.segment.slope,
        }
    }
}

impl Segment {
    const fn empty() -> Self {
        let band = Band { octaves: 0, row: 0 };
        Self {
            start: 0,
            end: 0,
            lines: [GainLine::constant(0.0); 2],
            step: ONE,
            slope: 0,
            band,
            old_band: band,
        }
    }

    pub(super) fn is_blending(&self) -> bool {
        self.band != self.old_band
    }

    /// The gain lines of both sides for outputs from frame `at` on.
    pub(super) fn lines(&self, at: u64) -> [GainLine; 2] {
        self.lines.map(|line| GainLine {
            offset: if line.slope == 0.0 {
                0
            } else {
                frames_u32(at - self.start)
            },
            ..line
        })
    }
}

impl Ramp {
    pub(super) fn new(from: f32, to: f32, at: u64, len: u32) -> Self {
        Self { from, to, at, len }
    }

    pub(super) const fn hold(value: f32) -> Self {
        Self {
            from: value,
            to: value,
            at: 0,
            len: 0,
        }
    }

    pub(super) fn end(&self) -> u64 {
        self.at + u64::from(self.len)
    }

    #[allow(clippy::cast_precision_loss, reason = "the share of a ramp")]
    pub(super) fn at(&self, at: u64) -> f32 {
        if at >= self.end() {
            return self.to;
        }
        self.from + (self.to - self.from) * ((at.saturating_sub(self.at)) as f32 / self.len as f32)
    }
}

impl PitchRamp {
    fn end(&self) -> u64 {
        self.at + u64::from(self.len)
    }

    /// Steps are below 2^36, so they and their difference are exact in f64.
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_precision_loss,
        reason = "between two steps"
    )]
    pub(super) fn at(&self, at: u64) -> u64 {
        if at >= self.end() {
            return self.to;
        }
        let way = self.to.cast_signed() - self.from.cast_signed();
        let share = at.saturating_sub(self.at) as f64 / f64::from(self.len);
        let step = self.from.saturating_add_signed((way as f64 * share) as i64);
        step & !(STEP_GRAIN - 1)
    }
}

impl Place {
    /// The place `span` (32.32) further on.
    #[allow(
        clippy::cast_possible_truncation,
        reason = "takes the parts of a position"
    )]
    pub(super) fn after(self, span: u64) -> Self {
        let sum = u64::from(self.fraction) + span;
        Self {
            frame: self.frame + (sum >> 32),
            fraction: sum as u32,
        }
    }

    /// The place `span` (32.32, any length) further on.
    #[allow(
        clippy::cast_possible_truncation,
        reason = "takes the parts of a position"
    )]
    pub(super) fn plus(self, span: u128) -> Self {
        let sum = ((u128::from(self.frame)) << 32 | u128::from(self.fraction)) + span;
        Self {
            frame: (sum >> 32) as u64,
            fraction: sum as u32,
        }
    }
}

/// A pitch ratio as a 32.32 step; exactly [`ONE`] for 1.
#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "checked range"
)]
#[allow(clippy::cast_precision_loss, reason = "2^32 is exact")]
pub(super) fn step_of(ratio: f64) -> u64 {
    let (low, high) = super::PITCH_RANGE;
    let step = (ratio.clamp(low, high) * ONE as f64 / STEP_GRAIN as f64).round();
    step as u64 * STEP_GRAIN
}

/// Gains of the two outputs by pan alone.
fn sides(pan: f32, channels: usize) -> [f32; 2] {
    let law = if channels == 2 {
        PanLaw::Balance
    } else {
        PanLaw::Minus3
    };
    pan::gains(law, pan).into()
}

/// Start of the next 32-frame cell after `at`.
pub(super) fn next_cell(at: u64) -> u64 {
    (at / CELL as u64 + 1) * CELL as u64
}

fn slope(from: u64, to: u64, len: u64) -> i64 {
    let way = to.cast_signed().wrapping_sub(from.cast_signed());
    let grain = STEP_GRAIN.cast_signed();
    way / len.max(1).cast_signed() / grain * grain
}

fn step_after(step: u64, slope: i64, frames: u64) -> u64 {
    step.wrapping_add(slope.cast_unsigned().wrapping_mul(frames))
}

pub(super) fn frames_u32(frames: u64) -> u32 {
    u32::try_from(frames).unwrap_or(u32::MAX)
}
