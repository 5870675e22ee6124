//! Carries out game calls on the audio thread.

mod act;
mod agenda;
mod buses;
mod calls;
mod cancel;
mod containers;
mod ends;
mod groups;
mod holds;
mod line;
mod lists;
mod mix;
mod moment;
mod notes;
mod objects;
mod pause;
mod perform;
mod places;
mod plays;
mod pool;
mod post;
mod score;
mod start;
mod state;
mod swap;
mod switching;
#[cfg(test)]
pub(crate) mod tests;
mod voices;
mod waiting;

use std::sync::Arc;

use segue_rt::command::Reason;
use segue_rt::game::{Desk, GameCall, Program};
use segue_rt::keymap::NoteEvent;

use crate::bank::Bank;
use crate::limits;
use crate::telemetry::{self, Listener};
use state::{Cx, Due, State};

/// Sizes of a director. One that takes over from another of the same sizes goes on with what plays;
/// with other sizes, what plays fades out. `[main-thread]`
#[derive(Clone, Copy, Debug)]
pub struct Config {
    /// Playing containers and sounds of all posts, 1..=16,384.
    pub instances: usize,
    /// Posts that play at a time, 1..=4,096.
    pub playing: usize,
    /// Rows of telemetry that wait, 1..=16,384.
    pub telemetry: usize,
    /// Nanoseconds of some clock, for the cost of decisions; without one it is 0. Nothing else
    /// depends on it.
    pub clock: Option<fn() -> u64>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            instances: 8_192,
            playing: limits::PLAYING,
            telemetry: limits::TELEMETRY,
            clock: None,
        }
    }
}

/// What a director did since it was made. `[thread-safe]`
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Accepted posts.
    pub posts: u64,
    /// Refused posts.
    pub refused: u64,
    /// Actions that were carried out or failed.
    pub actions: u64,
    /// Plays whose sound is missing.
    pub missing: u64,
    /// Calls that named something unknown, or had no room.
    pub ignored: u64,
    /// Steps and fades that were lost because too much waits.
    pub lost_wakes: u64,
    /// Posts and voices that were refused and calls that were ignored, for each of
    /// [`Reason::ALL`]: as many as rows that say so.
    pub refusals: Refusals,
}

/// How often each reason was given, in the order of [`Reason::ALL`].
pub type Refusals = [u64; Reason::ALL.len()];

impl Counts {
    /// Numbers of all counts.
    pub(crate) const LEN: usize = 6 + Reason::ALL.len();

    /// Counts a refusal.
    pub(crate) fn refuse(&mut self, reason: Reason) {
        self.refusals[reason as usize] += 1;
    }

    pub(crate) fn to_array(self) -> [u64; Self::LEN] {
        let mut all = [0; Self::LEN];
        let (totals, refusals) = all.split_at_mut(6);
        totals.copy_from_slice(&[
            self.posts,
            self.refused,
            self.actions,
            self.missing,
            self.ignored,
            self.lost_wakes,
        ]);
        refusals.copy_from_slice(&self.refusals);
        all
    }

    pub(crate) fn from_array(counts: [u64; Self::LEN]) -> Self {
        let [
            posts,
            refused,
            actions,
            missing,
            ignored,
            lost_wakes,
            refusals @ ..,
        ] = counts;
        Self {
            posts,
            refused,
            actions,
            missing,
            ignored,
            lost_wakes,
            refusals,
        }
    }
}

/// Carries out a [`Bank`]. Made and dropped on the control thread; everything else is
/// `[audio-thread]`.
pub struct Director {
    bank: Arc<Bank>,
    state: State,
    /// Instances and posts there is room for.
    sizes: [usize; 2],
    /// The desk has heard of everything that it starts with.
    began: bool,
}

impl Director {
    /// A director of `bank` at its beginning, and the end of its telemetry. `[main-thread]`
    pub fn new(bank: Arc<Bank>, config: &Config) -> (Self, Listener) {
        let config = Config {
            instances: config.instances.clamp(1, limits::INSTANCES),
            playing: config.playing.clamp(1, limits::PLAYING),
            telemetry: config.telemetry.clamp(1, limits::TELEMETRY),
            clock: config.clock,
        };
        let (teller, listener) = telemetry::channel(config.telemetry);
        let state = State::new(&bank, &config, teller);
        let director = Self {
            bank,
            state,
            sizes: [config.instances, config.playing],
            began: false,
        };
        (director, listener)
    }

    /// What it did so far.
    pub fn counts(&self) -> Counts {
        self.state.counts
    }

    fn split<'a>(&'a mut self, at: u64, desk: &'a mut dyn Desk) -> (&'a mut State, Cx<'a>) {
        let cx = Cx {
            bank: &self.bank,
            desk,
            at,
        };
        (&mut self.state, cx)
    }

    /// The first time it is called, the desk is told what holds from the beginning.
    fn begin(&mut self, at: u64, desk: &mut dyn Desk) {
        if !std::mem::replace(&mut self.began, true) {
            let (state, mut cx) = self.split(at, desk);
            state.begin_buses(&mut cx);
            state.begin_score(&mut cx);
        }
    }
}

impl Program for Director {
    fn call(&mut self, at: u64, call: &GameCall, desk: &mut dyn Desk) {
        self.begin(at, desk);
        let (state, mut cx) = self.split(at, desk);
        state.call(&mut cx, call);
        state.teller.show(&state.counts);
    }

    fn note(&mut self, at: u64, note: &NoteEvent, desk: &mut dyn Desk) -> bool {
        self.begin(at, desk);
        let (state, mut cx) = self.split(at, desk);
        state.note(&mut cx, note)
    }

    fn next_boundary(&self, at: u64) -> u64 {
        if !self.began {
            return at;
        }
        let state = &self.state;
        let due = match (state.retime, state.budget) {
            (true, _) => at,
            (false, 0) => u64::MAX,
            (false, _) => state.agenda.next(),
        };
        due.min(state.control)
            .min(state.score.next_boundary(&self.bank))
            .max(at)
    }

    fn run(&mut self, at: u64, desk: &mut dyn Desk) {
        self.begin(at, desk);
        let (state, mut cx) = self.split(at, desk);
        state.run_agenda(&mut cx);
        state.run_score(&mut cx);
        if state.control <= at {
            state.control(&mut cx);
        }
    }

    fn transport_turned(&mut self, at: u64, desk: &mut dyn Desk) {
        self.begin(at, desk);
        let (state, mut cx) = self.split(at, desk);
        state.transport_turned(&mut cx);
    }

    fn tick(&mut self, at: u64, desk: &mut dyn Desk) {
        self.begin(at, desk);
        let (state, mut cx) = self.split(at, desk);
        state.tick(&mut cx);
    }

    fn take_over(&mut self, at: u64, old: &mut dyn Program, desk: &mut dyn Desk) {
        let Some(old) = old.as_any().downcast_mut::<Self>() else {
            return;
        };
        if !old.began {
            return;
        }
        let alike = self.sizes == old.sizes;
        let Self { bank, state, .. } = self;
        let mut cx = Cx { bank, desk, at };
        if alike {
            state.take_over(&mut cx, &old.bank, &mut old.state);
            self.began = true;
        } else {
            state.replace(&mut cx, &old.bank, &old.state);
        }
    }

    fn as_any(&mut self) -> &mut dyn std::any::Any {
        self
    }
}

impl State {
    /// Everything whose frame has come, while there is budget; the rest waits for the next tick.
    fn run_agenda(&mut self, cx: &mut Cx<'_>) {
        self.agenda.read(cx.at);
        loop {
            while self.budget > 0 {
                let Some((moment, due)) = self.agenda.take(cx.at) else {
                    break;
                };
                match due {
                    Due::Fire {
                        play,
                        generation,
                        action,
                    } => self.fire_due(cx, moment, play, generation, action),
                    Due::Wake { inst, generation } => self.wake_due(cx, inst, generation),
                }
            }
            // What was let go may be due now.
            if !std::mem::take(&mut self.retime) {
                return;
            }
            self.time_held(cx);
        }
    }

    fn tick(&mut self, cx: &mut Cx<'_>) {
        self.budget = self.tick_actions;
        self.take_reports(cx);
        self.retime |= std::mem::take(&mut self.waits_gone);
        self.run_agenda(cx);
        for list in [&mut self.switchers, &mut self.blends] {
            mix::forget_gone(list, &self.pool);
        }
        self.follow_switches(cx);
        self.tick_score(cx);
        self.tick_buses(cx);
        self.values.rtpcs.tidy(cx.at);
        self.tell_drops(cx);
        self.teller.show(&self.counts);
    }

    fn tell_drops(&mut self, cx: &Cx<'_>) {
        let rows = self.teller.take_dropped();
        let late_actions = std::mem::take(&mut self.put_off);
        let signals = self.score.take_dropped();
        let wakes = self.counts.lost_wakes - self.told_wakes;
        self.told_wakes = self.counts.lost_wakes;
        if rows > 0 || late_actions > 0 || signals > 0 || wakes > 0 {
            let what = telemetry::What::Dropped {
                rows,
                signals,
                late_actions,
                wakes: u32::try_from(wakes).unwrap_or(u32::MAX),
            };
            self.teller.tell(cx.at, what);
        }
    }
}
