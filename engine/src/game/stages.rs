//! Stages of slot games: what they post, and what goes on until another stage ends it.
//!
//! A stage becomes calls of the game at its frame: the ends of the loops that it ends, the signals
//! that it moves, the RTPCs of its binding, and the post. Nothing of it is new to the audio thread,
//! and a session log holds the calls.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::Call;
use crate::control::Control;
use crate::error::Result;
use crate::project::OpenProject;
use segue_middleware::source;
use segue_middleware::stage::bind::{Bound, CELEBRATION, StageTable};
use segue_middleware::stage::fsm::{Fsm, Violation};
use segue_middleware::stage::loops::{Change, Loop, Loops};
use segue_middleware::stage::signals::SignalTracker;
use segue_middleware::stage::timing::{Scheduled, TimingProfile};
use segue_middleware::stage::{Stage, StageEvent, StageId, StageTrace};
use segue_rt::command::Plain;
use segue_rt::game::{GameCall, PlayingId};

/// What follows the stages of a game.
#[derive(Debug, Default)]
pub(crate) struct StageSide {
    pub(crate) table: Arc<StageTable>,
    order: Fsm,
    loops: Loops,
    signals: SignalTracker,
    /// What the open loops play, and the fade with which it ends, in seconds.
    playing: Vec<(Loop, PlayingId, f64)>,
}

/// What became of a stage.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StagePost {
    /// The binding that was found, as its place in [`StageTable::bound`].
    pub bound: Option<usize>,
    /// What it plays; a loop that goes on, and a stage that nothing is bound to, play nothing new.
    pub playing: Option<PlayingId>,
    /// It may not come where it came. It was carried out all the same.
    pub violation: Option<Violation>,
}

impl Control {
    /// Carries out a stage on an object (`""` is the global one) at the absolute frame `at`, or
    /// [`NOW`](crate::NOW). Stages are posted in the order in which they are heard. A stage that
    /// nothing is bound to is no error. `[main-thread]`
    ///
    /// # Errors
    /// [`Error::Unknown`](crate::Error::Unknown) for an object that was not registered; then
    /// nothing has changed. [`Error::QueueFull`](crate::Error::QueueFull): some of its calls may
    /// have been queued.
    pub fn post_stage(&mut self, event: &StageEvent, object: &str, at: u64) -> Result<StagePost> {
        self.check_object(object)?;
        let side = &mut self.game_mut().stages;
        let violation = side.order.take(&event.stage).err();
        let change = side.loops.take(&event.stage);
        let signals = side.signals.take(event);
        let table = Arc::clone(&side.table);
        self.end_loops(&change, at)?;
        if matches!(event.stage, Stage::UiSpinPress {}) {
            self.send(at, Plain::Game(GameCall::NewSpin))?;
        }
        for (signal, value) in signals {
            self.set_stage_signal(signal, value, at)?;
        }
        let bound = table.find(event);
        let mut post = StagePost {
            bound,
            playing: None,
            violation,
        };
        if let Some(binding) = bound.and_then(|at| table.bound().get(at)) {
            post.playing = self.post_bound(event, binding, &change, object, at)?;
        }
        Ok(post)
    }

    /// Ends everything that stages have begun and not ended: for a game that is gone.
    /// `[main-thread]`
    ///
    /// # Errors
    /// [`Error::QueueFull`](crate::Error::QueueFull).
    pub fn end_stages(&mut self, at: u64) -> Result<()> {
        let side = &mut self.game_mut().stages;
        let ended = side.loops.end_all();
        let change = Change {
            ended,
            ..Change::default()
        };
        side.order = Fsm::default();
        self.end_loops(&change, at)
    }

    /// Ends these loops of stages: for one of several games that is gone. `[main-thread]`
    ///
    /// # Errors
    /// [`Error::QueueFull`](crate::Error::QueueFull).
    pub fn end_stage_loops(&mut self, loops: &[Loop], at: u64) -> Result<()> {
        let ended = self.game_mut().stages.loops.end_only(loops);
        let change = Change {
            ended,
            ..Change::default()
        };
        self.end_loops(&change, at)
    }

    /// Which event each stage posts. `[main-thread]`
    pub fn stage_table(&self) -> &Arc<StageTable> {
        &self.game().stages.table
    }

    /// Stages to which the project binds a sound. `[main-thread]`
    pub fn bound_stages(&self) -> BTreeSet<StageId> {
        self.stage_table().bound_stages()
    }

    /// The most commands that a stage becomes: loops that end, a spin, signals, RTPCs, and a post.
    pub(super) fn stage_commands(&self) -> usize {
        let (names, side) = (&self.game().names, &self.game().stages);
        let rtpcs = side.table.bound().iter().map(|it| it.rtpcs.len());
        side.playing.len() + 1 + names.signals.len() + rtpcs.max().unwrap_or(0) + 2
    }

    fn post_bound(
        &mut self,
        event: &StageEvent,
        binding: &Bound,
        change: &Change,
        object: &str,
        at: u64,
    ) -> Result<Option<PlayingId>> {
        let table = Arc::clone(self.stage_table());
        for (field, rtpc) in &binding.rtpcs {
            if let Some(value) = table.number_of(event, field) {
                let call = Call::Rtpc {
                    rtpc: rtpc.clone(),
                    value: crate::to_f32(value),
                    object: object.to_owned(),
                    label: None,
                    ramp: 0.0,
                };
                self.call(&call, at)?;
            }
        }
        let loops = event.stage.id().loops() && !binding.each;
        if loops && change.goes_on {
            return Ok(None);
        }
        let post = Call::Post {
            event: binding.event.clone(),
            object: object.to_owned(),
            emitter: 0,
            gain_db: event.gain_db,
            label: None,
        };
        let playing = self.call(&post, at)?.unwrap_or_default();
        if let Some(begun) = change.begun.filter(|_| loops) {
            let side = &mut self.game_mut().stages;
            side.playing.push((begun, playing, binding.fade_s));
        }
        Ok(Some(playing))
    }

    fn end_loops(&mut self, change: &Change, at: u64) -> Result<()> {
        for over in change.ended.iter().chain(&change.cut) {
            let playing = &mut self.game_mut().stages.playing;
            let Some(place) = playing.iter().position(|(it, ..)| it == over) else {
                continue;
            };
            let (_, playing, fade) = playing.remove(place);
            let fade = self.frames_of(fade);
            self.send(at, Plain::Game(GameCall::StopPlaying { playing, fade }))?;
        }
        Ok(())
    }

    /// Signals that the project does not have are nobody's business.
    fn set_stage_signal(&mut self, signal: &str, value: f32, at: u64) -> Result<()> {
        if self
            .game()
            .names
            .signals
            .iter()
            .any(|known| known == signal)
        {
            let signal = signal.to_owned();
            self.call(&Call::Signal { signal, value }, at)?;
        }
        Ok(())
    }

    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a fade of at most a minute"
    )]
    fn frames_of(&self, seconds: f64) -> u32 {
        (seconds * f64::from(self.config().sample_rate)).round() as u32
    }
}

/// A call that is right where a stage on this object is.
pub(super) fn on_object(object: &str) -> Call {
    Call::StopAll {
        object: object.to_owned(),
        fade: 0.0,
    }
}

impl OpenProject {
    /// Which event each stage posts, as the compiler makes it; it checks that when the project is
    /// played. `[thread-safe]`
    pub fn stage_table(&self) -> StageTable {
        let interactive = self.interactive();
        let celebrates = |event: &source::Event| event.tags.iter().any(|tag| tag == CELEBRATION);
        let source::Stages {
            bindings,
            tiers,
            profiles,
        } = interactive.stages;
        let bound = bindings.into_iter().map(|it| Bound {
            celebrates: interactive
                .events
                .iter()
                .any(|event| event.name == it.event && celebrates(event)),
            stage: it.stage,
            event: it.event,
            each: it.each,
            fade_s: f64::from(it.fade_ms) / 1000.0,
            rtpcs: it.rtpcs,
        });
        StageTable::new(bound.collect(), tiers, profiles)
    }
}

/// Feeds a trace to an engine as it plays, each stage at its frame.
#[derive(Clone, Debug)]
pub struct StageFeed {
    trace: StageTrace,
    schedule: Vec<Scheduled>,
    next: usize,
    start: u64,
}

impl StageFeed {
    /// A trace that begins at the absolute frame `start`. Latency is compensated as `profile` says.
    /// `[thread-safe]`
    pub fn new(trace: StageTrace, profile: &TimingProfile, sample_rate: u32, start: u64) -> Self {
        let schedule = profile.schedule(&trace, f64::from(sample_rate));
        Self {
            trace,
            schedule,
            next: 0,
            start,
        }
    }

    /// Frame of the last stage.
    pub fn end(&self) -> u64 {
        let last = self.schedule.last().map_or(0, |it| it.audio_smp);
        self.start + last
    }

    /// The stages with their absolute frames, in the order in which they are heard.
    pub fn stages(&self) -> impl Iterator<Item = (u64, &StageEvent)> {
        let at =
            |it: &Scheduled| Some((self.start + it.audio_smp, self.trace.events.get(it.index)?));
        self.schedule.iter().filter_map(at)
    }

    /// Posts every stage that comes before frame `until` and was not posted; how many that were.
    /// Called again after [`Error::QueueFull`](crate::Error::QueueFull) it goes on where it was.
    /// `[main-thread]`
    ///
    /// # Errors
    /// As [`Control::post_stage`].
    pub fn feed(&mut self, control: &mut Control, until: u64) -> Result<usize> {
        let first = self.next;
        while let Some(it) = self.schedule.get(self.next) {
            let at = self.start + it.audio_smp;
            let Some(event) = self.trace.events.get(it.index).filter(|_| at < until) else {
                break;
            };
            // It counts as posted whatever comes: a stage must not begin twice.
            self.next += 1;
            control.post_stage(event, "", at)?;
        }
        Ok(self.next - first)
    }
}

#[cfg(test)]
mod tests;
