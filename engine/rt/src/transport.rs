//! The song position: play, stop, seek and loop on exact frames, on its own or after a host.
//!
//! How the renderer uses a [`Transport`], `[audio-thread]`:
//! 1. At the first frame of a host block, [`Transport::host`] if a host drives it.
//! 2. At every frame at which something is due: its commands and installs, in any order, then
//!    [`Transport::run`] once.
//! 3. Render up to the earliest of the next command, the end of the block and
//!    [`Transport::next_boundary`]; go on with 2.
//!
//! What happens depends only on the frames at which commands arrive, never on where blocks or spans
//! begin. Nothing here allocates, frees, locks or panics after [`Transport::new`].

mod clock;
mod host;

use crate::command::TransportCommand;
use crate::tempo::{Bars, BarsBeats, Grid, MAX_BEATS, TempoMap, TimeSignature, nearest};
use crate::timeline::{Clip, Timeline};
use clock::Clock;
use host::HostState;
pub use host::HostTransport;

/// A loop shorter than this many frames is not wrapped: the transport runs on.
pub const MIN_LOOP_FRAMES: u32 = 64;
/// Seconds over which a clip that is cut off fades out.
pub const CLIP_FADE_SECONDS: f64 = 0.005;

/// What plays the clips of a transport. `[audio-thread]`
///
/// All calls of one [`Transport::run`] have the same `at`, and come in this order: `stop_clips`,
/// `stop_clip`, `start_clip`; each kind in the order of the time line.
pub trait TransportSink<P: Copy> {
    /// Starts a clip at frame `at`, `offset_frames` into its sound. An offset above 0 is in the
    /// middle of the sound and wants a short fade-in.
    fn start_clip(&mut self, at: u64, clip: &Clip<P>, offset_frames: u64);

    /// Fades one clip out from frame `at` on, because its `length_beats` have passed. Its sound may
    /// be over already for other reasons.
    fn stop_clip(&mut self, at: u64, clip: &Clip<P>, fade_frames: u32);

    /// Fades out all clips that were started before, from frame `at` on. A sound whose last frame
    /// is before `at` is over and stays so.
    fn stop_clips(&mut self, at: u64, fade_frames: u32);
}

/// A stretch of the song that repeats.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LoopRange {
    /// First beat.
    pub start_beats: f64,
    /// Beat at which it wraps.
    pub end_beats: f64,
}

/// Where the transport is at one frame.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct TransportSnapshot {
    /// The frame of the engine clock it holds for.
    pub at: u64,
    /// True while the position moves.
    pub playing: bool,
    /// True while a host says where it is.
    pub hosted: bool,
    /// Position in frames from beat 0; under a host's tempo, as if that had always held.
    pub frames: i64,
    /// Position in quarter-note beats.
    pub beats: f64,
    /// Position in bars and beats.
    pub position: BarsBeats,
    /// Tempo in quarter notes a minute.
    pub bpm: f64,
    /// Time signature.
    pub signature: TimeSignature,
    /// The loop, if it is on.
    pub range: Option<LoopRange>,
}

/// The audio thread's song position and the clips that hang on it. `[audio-thread]`
///
/// A loop wraps at frame `floor(x + 1/2)` of its exact end, every time counted from where the
/// position was last set, so a loop that is no whole number of frames long never drifts. A position
/// at or past the loop's end runs on without wrapping. At a wrap all clips fade out over 5 ms and
/// those that sound at the loop's start begin there; a clip at the loop's very end is not played.
#[derive(Debug)]
pub struct Transport<P: Copy> {
    tempo: Box<TempoMap>,
    timeline: Box<Timeline<P>>,
    clock: Clock,
    host: Option<HostState>,
    cursor: Cursor,
    due: Due,
    fade_frames: u32,
    /// The position jumped: what sounds must be found anew.
    moved: bool,
    /// A clip was started since all were stopped.
    active: bool,
    /// It goes another way than it was about to.
    turned: bool,
}

/// A point of a grid on the way of a transport.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct GridPoint {
    /// Its frame.
    pub frame: u64,
    /// Where it would be if frames had parts.
    pub exact: f64,
}

/// How far the clips have been played.
#[derive(Clone, Copy, Debug, Default)]
struct Cursor {
    /// First clip that was not started.
    start: usize,
    /// First place in the order of ends that was not cut off.
    end: usize,
}

/// Absolute frames of the next start and end of a clip.
#[derive(Clone, Copy, Debug)]
struct Due {
    start: u64,
    end: u64,
}

impl<P: Copy> Transport<P> {
    /// A stopped transport at beat 0. `[main-thread]`
    pub fn new(tempo: Box<TempoMap>, timeline: Box<Timeline<P>>) -> Self {
        let fade = nearest(CLIP_FADE_SECONDS * f64::from(tempo.sample_rate()));
        Self {
            tempo,
            timeline,
            clock: Clock::default(),
            host: None,
            cursor: Cursor::default(),
            due: Due {
                start: u64::MAX,
                end: u64::MAX,
            },
            fade_frames: u32::try_from(fade).unwrap_or(1),
            moved: false,
            active: false,
            turned: false,
        }
    }

    /// Does what was asked at frame `at`; what follows from it happens in [`Transport::run`].
    /// Returns false, and does nothing, when the values make no sense or a host drives the transport.
    pub fn command(&mut self, at: u64, command: TransportCommand) -> bool {
        if self.host.is_some() {
            return false;
        }
        self.catch_up(at);
        self.turned = true;
        let done = match command {
            TransportCommand::Play => self.set_running(at, true),
            TransportCommand::Stop => self.set_running(at, false),
            TransportCommand::Seek { beats } => self.seek(at, beats),
            TransportCommand::Loop {
                enabled,
                start_beats,
                end_beats,
            } => self.set_loop(at, enabled, start_beats, end_beats),
        };
        self.refresh();
        done
    }

    /// Exchanges the tempo map at frame `at` and returns the old one for the retire queue. The
    /// position in beats stays and clips sound on. Its sample rate must be the engine's.
    pub fn install_tempo(&mut self, at: u64, tempo: Box<TempoMap>) -> Box<TempoMap> {
        self.catch_up(at);
        let beats = self.clock.beats(&self.tempo, at);
        let old = std::mem::replace(&mut self.tempo, tempo);
        self.turned = true;
        self.clock.jump(&self.tempo, at, beats);
        self.refresh();
        old
    }

    /// The clips.
    pub fn timeline(&self) -> &Timeline<P> {
        &self.timeline
    }

    /// Exchanges the clips at frame `at` and returns the old ones for the retire queue. Clips of the
    /// old fade out, those of the new that span the position begin.
    pub fn install_timeline(&mut self, at: u64, timeline: Box<Timeline<P>>) -> Box<Timeline<P>> {
        self.catch_up(at);
        let old = std::mem::replace(&mut self.timeline, timeline);
        self.cursor = Cursor::default();
        self.moved = true;
        self.refresh();
        old
    }

    /// The next frame at which [`Transport::run`] has something to do: `at` itself while that is
    /// pending, later than `at` after the run; [`u64::MAX`] for never.
    pub fn next_boundary(&self, at: u64) -> u64 {
        if self.moved {
            return at;
        }
        self.due
            .start
            .min(self.due.end)
            .min(self.clock.wrap())
            .max(at)
    }

    /// Does everything that is due at frame `at`: loop wrap, clips to stop and to start. What a late
    /// call finds is done at `at`, clips in the middle of their sound.
    pub fn run(&mut self, at: u64, sink: &mut dyn TransportSink<P>) {
        if at < self.next_boundary(at) {
            return;
        }
        self.catch_up(at);
        if self.moved {
            self.locate(at, sink);
        }
        if self.clock.running() {
            self.cut_due(at, sink);
            self.start_due(at, sink);
        }
        self.refresh();
    }

    /// Whether its way is another one since this was asked last: it began, stopped, jumped, or has another
    /// tempo, signature or loop. The wraps of a loop are on its way.
    pub fn take_turned(&mut self) -> bool {
        std::mem::take(&mut self.turned)
    }

    /// True while the position moves.
    pub fn is_running(&self) -> bool {
        self.clock.running()
    }

    /// Position at frame `at` in quarter-note beats.
    pub fn beats(&self, at: u64) -> f64 {
        self.clock.beats(&self.tempo, at)
    }

    /// Position and tempo at frame `at`, for processors in time with the song.
    pub fn song(&self, at: u64) -> segue_dsp::processor::Clock {
        let beats = self.beats(at);
        segue_dsp::processor::Clock {
            at,
            bpm: self.bpm(beats),
            beats,
            playing: self.clock.running(),
        }
    }

    /// The first grid point at or after frame `at`, present or to come, on the way that the transport goes now; none
    /// when it is stopped. A loop's end is a point of every grid.
    pub fn next_grid(&self, at: u64, grid: Grid) -> Option<GridPoint> {
        let mut clock = self.clock;
        clock.catch_up(&self.tempo, at);
        if !clock.running() {
            return None;
        }
        let bars = self.bars();
        let point = |beats: f64| {
            let exact = clock.exact(&self.tempo, beats);
            let when = nearest(exact);
            (when >= clock.elapsed(at)).then(|| GridPoint {
                frame: clock.absolute(when),
                exact: clock.origin() as f64 + exact,
            })
        };
        // A point up to half a frame ago still falls on this frame.
        let from = clock.position(at) - 0.5;
        let beats = bars.next_grid(clock.beats_at(&self.tempo, from), grid)?;
        let next = point(beats).or_else(|| point(bars.next_grid(beats.next_up(), grid)?))?;
        let end = clock.range().filter(|_| clock.wrap() != u64::MAX);
        let end = end.and_then(|range| point(range.end_beats));
        Some(end.filter(|end| end.frame < next.frame).unwrap_or(next))
    }

    /// Everything a view wants to know at frame `at`.
    pub fn snapshot(&self, at: u64) -> TransportSnapshot {
        let beats = self.clock.shown_beats(&self.tempo, at);
        TransportSnapshot {
            at,
            playing: self.clock.running(),
            hosted: self.host.is_some(),
            frames: nearest(self.clock.frames(&self.tempo, beats)),
            beats,
            position: self.bars().split(beats),
            bpm: self.bpm(beats),
            signature: self.bars().signature(beats),
            range: self.clock.range(),
        }
    }

    fn bpm(&self, beats: f64) -> f64 {
        let seconds =
            self.clock.frames_per_beat(&self.tempo, beats) / f64::from(self.tempo.sample_rate());
        60.0 / seconds
    }

    fn set_running(&mut self, at: u64, on: bool) -> bool {
        self.moved |= on != self.clock.running();
        self.clock.set_running(&self.tempo, at, on);
        true
    }

    fn seek(&mut self, at: u64, beats: f64) -> bool {
        if !(0.0..=MAX_BEATS).contains(&beats) {
            return false;
        }
        self.clock.jump(&self.tempo, at, beats);
        self.moved |= self.clock.running();
        true
    }

    fn set_loop(&mut self, at: u64, enabled: bool, start_beats: f64, end_beats: f64) -> bool {
        let valid = 0.0 <= start_beats && start_beats < end_beats && end_beats <= MAX_BEATS;
        if enabled && !valid {
            return false;
        }
        let range = LoopRange {
            start_beats,
            end_beats,
        };
        self.clock
            .set_range(&self.tempo, at, enabled.then_some(range));
        true
    }

    /// Wraps the loop if that is due.
    fn catch_up(&mut self, at: u64) {
        self.moved |= self.clock.catch_up(&self.tempo, at);
    }

    /// Stops what sounds, finds the place among the clips and starts those that span it.
    fn locate(&mut self, at: u64, sink: &mut dyn TransportSink<P>) {
        self.moved = false;
        if std::mem::take(&mut self.active) {
            sink.stop_clips(at, self.fade_frames);
        }
        if !self.clock.running() {
            return;
        }
        let (clock, tempo) = (&self.clock, &*self.tempo);
        let now = clock.elapsed(at);
        let clips = self.timeline.clips();
        self.cursor = Cursor {
            start: clips.partition_point(|clip| clock.when(tempo, clip.start_beats) < now),
            end: self
                .timeline
                .end_partition(|beats| clock.when(tempo, beats) <= now),
        };
        let active = &mut self.active;
        self.timeline.lasting(
            self.cursor.start,
            &|start_beats, reach| clock.lasts(tempo, now, start_beats, reach),
            &mut |clip| {
                *active = true;
                let start = clock.when(tempo, clip.start_beats);
                sink.start_clip(at, clip, now.abs_diff(start));
            },
        );
    }

    /// Cuts off the clips whose length has passed and whose sound has not.
    fn cut_due(&mut self, at: u64, sink: &mut dyn TransportSink<P>) {
        let now = self.clock.elapsed(at);
        while let Some(clip) = self.timeline.ending(self.cursor.end) {
            if self.clock.when(&self.tempo, clip.end_beats()) > now {
                return;
            }
            self.cursor.end += 1;
            if self.clock.rings(
                &self.tempo,
                now,
                clip.start_beats,
                clip.reach().length_frames,
            ) {
                sink.stop_clip(at, clip, self.fade_frames);
            }
        }
    }

    fn start_due(&mut self, at: u64, sink: &mut dyn TransportSink<P>) {
        let now = self.clock.elapsed(at);
        while let Some(clip) = self.timeline.clips().get(self.cursor.start) {
            let start = self.clock.when(&self.tempo, clip.start_beats);
            if start > now {
                return;
            }
            self.cursor.start += 1;
            // What a correction by the host has passed over, before the anchor, starts whole.
            let offset = now.abs_diff(start.max(0));
            let over = clip.length_frames.is_some_and(|length| length <= offset);
            if !over && !self.clock.is_cut(&self.tempo, now, clip.end_beats()) {
                self.active = true;
                sink.start_clip(at, clip, offset);
            }
        }
    }

    /// Finds the frames of the next clip to start and to stop.
    fn refresh(&mut self) {
        let when = |beats: f64| self.clock.absolute(self.clock.when(&self.tempo, beats));
        let running = self.clock.running();
        let start = self
            .timeline
            .clips()
            .get(self.cursor.start)
            .filter(|_| running);
        let end = self.timeline.ending(self.cursor.end).filter(|_| running);
        self.due = Due {
            start: start.map_or(u64::MAX, |clip| when(clip.start_beats)),
            end: end.map_or(u64::MAX, |clip| when(clip.end_beats())),
        };
    }

    fn bars(&self) -> Bars<'_> {
        self.host
            .as_ref()
            .and_then(HostState::bars)
            .unwrap_or(self.tempo.bars())
    }
}

#[cfg(test)]
mod tests;
