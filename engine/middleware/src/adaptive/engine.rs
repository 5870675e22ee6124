//! The adaptive engine while it runs.

mod calls;
mod carry;
mod change;
mod inputs;
mod rules;

use segue_rt::game::NameId;

use super::code::{Memory, NEVER};
use super::effect::{Effects, RuleIx};
use super::form::{AdaptiveForm, ContextForm};
use super::signals::{Part, slot};
use crate::ids::{ContextIx, SignalIx};
use inputs::Inputs;
use rules::RuleRun;

/// The adaptive layers of a project while they run. Made on the control thread, everything else is
/// `[audio-thread]`: bounded and without allocation.
///
/// 1. [`Adaptive::begin`] once.
/// 2. Calls at their frames: [`Adaptive::signal`], [`Adaptive::enter`], [`Adaptive::leave`], ..
/// 3. [`Adaptive::tick`] every 10 ms: updates, beat, derived signals, timers, rules, decay.
#[derive(Clone, Debug)]
pub struct Adaptive {
    inputs: Inputs,
    memory: Memory,
    rules: Box<[RuleRun]>,
    context: ContextIx,
    /// Frame at which the context began.
    since: u64,
    level: u8,
    steady: Steady,
    pulse: Option<Pulse>,
    wound_down: bool,
    ticked: u64,
    begun: bool,
    #[cfg(test)]
    work: Work,
}

/// What ticks have done, counted step by step: time says little on a busy machine.
#[cfg(test)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Work {
    /// Values of signals that were taken.
    pub(crate) signals: u64,
    /// Comparisons, rules and steps of their code.
    pub(crate) tests: u64,
    pub(crate) rules: u64,
    pub(crate) steps: u64,
    /// Effects that came out.
    pub(crate) effects: u64,
}

/// What keeps the level steady.
#[derive(Clone, Copy, Debug, Default)]
struct Steady {
    /// Frame of the last change, decay included; `None` before the first.
    changed: Option<u64>,
    /// The hold ends here.
    hold_until: u64,
    /// Changes since the last spin; counts only after the first spin.
    changes: u8,
    spins: bool,
    /// The last directions that were asked for, -1 or 1, the newest at `asked % 10`.
    directions: [i8; 10],
    asked: u32,
    /// From when on the level is unchanged for the decay.
    still_since: u64,
    /// Frames of decay so far, and steps taken of it.
    decay_frames: u64,
    decay_steps: u64,
}

/// A pulse that will end.
#[derive(Clone, Copy, Debug)]
struct Pulse {
    rule: RuleIx,
    due: u64,
    back: u8,
}

/// What happened to signal updates since the engine was made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SignalCounts {
    /// All that arrived.
    pub updates: u64,
    /// Replaced by a later one of the same signal before a tick saw them.
    pub dropped: u64,
    /// Of no known signal, or no number.
    pub refused: u64,
}

impl Adaptive {
    /// The engine before its first context. Allocates. `[main-thread]`
    pub fn new(form: &AdaptiveForm) -> Self {
        Self {
            inputs: Inputs::new(form),
            memory: Memory::new(form.timers, form.sequences, form.tests.len()),
            rules: vec![RuleRun::default(); form.rules.len()].into_boxed_slice(),
            context: ContextIx::default(),
            since: 0,
            level: 0,
            steady: Steady::default(),
            pulse: None,
            wound_down: false,
            ticked: 0,
            begun: false,
            #[cfg(test)]
            work: Work::default(),
        }
    }

    #[cfg(test)]
    pub(crate) fn work(&self) -> Work {
        Work {
            signals: self.inputs.taken,
            ..self.work
        }
    }

    /// No context holds any more, and no rule, until the next one is entered.
    pub fn end(&mut self) {
        self.begun = false;
    }

    /// Whether a context holds.
    pub fn begun(&self) -> bool {
        self.begun
    }

    /// The level that holds, 0..=4.
    pub fn level(&self) -> u8 {
        self.level
    }

    /// The context that holds.
    pub fn context(&self) -> ContextIx {
        self.context
    }

    /// The raw and the normalised value of a signal, as of the last tick.
    pub fn value(&self, signal: SignalIx) -> Option<(f32, f32)> {
        let part = |part| self.inputs.now.get(slot(signal.at(), part)).copied();
        Some((part(Part::Raw)?, part(Part::Normal)?))
    }

    /// Beats of the context since it began, of its own tempo.
    pub fn beats(&self, form: &AdaptiveForm, at: u64) -> f64 {
        at.saturating_sub(self.since) as f64 / self.form(form).beat
    }

    /// What happened to updates of signals.
    pub fn counts(&self) -> SignalCounts {
        self.inputs.counts
    }

    /// A new value of a signal; of several in one tick the last counts. False when there is no
    /// such signal or the value is no number.
    pub fn signal(&mut self, form: &AdaptiveForm, signal: NameId, value: f32) -> bool {
        self.inputs.put(form.signal(signal), value)
    }

    /// Every 10 ms, with `at` never falling.
    pub fn tick(&mut self, form: &AdaptiveForm, at: u64, out: &mut Effects) {
        self.inputs.drain(form, at);
        if self.begun {
            self.count_decay(form, at);
            self.end_pulse(form, at, out);
            self.wind_down(form, at, out);
            self.run_rules(form, at, out);
            self.decay(form, at, out);
        }
        self.inputs.remember();
        self.ticked = at;
        #[cfg(test)]
        {
            self.work.effects += out.iter().count() as u64;
        }
    }

    fn form<'a>(&self, form: &'a AdaptiveForm) -> &'a ContextForm {
        &form.contexts[self.context.at()]
    }

    /// How far the feature is, 0..=1.
    fn progress(&self, form: &AdaptiveForm) -> f32 {
        let progress = self.inputs.now[slot(form.known.progress, Part::Raw)];
        progress.clamp(0.0, 1.0)
    }
}

/// Whether fewer than `frames` have passed since `then`.
fn within(at: u64, then: Option<u64>, frames: u64) -> bool {
    then.is_some_and(|then| at.saturating_sub(then) < frames)
}

/// `NEVER` as an option.
fn known(frame: u64) -> Option<u64> {
    (frame != NEVER).then_some(frame)
}
