//! Changes of the level that no rule asks for, and what a change does.

use super::{Adaptive, Part, slot};
use crate::adaptive::effect::{Cause, Effect, Effects, TransitionIx};
use crate::adaptive::form::AdaptiveForm;

/// Where a context winds down to.
const WIND_DOWN_LEVEL: u8 = 2;
/// From this progress on.
const WIND_DOWN_PROGRESS: f32 = 0.9;
/// With so many spins left.
const WIND_DOWN_SPINS: f32 = 2.0;

impl Adaptive {
    /// The level becomes `to`. `transition` is how; `None` is by direction.
    pub(super) fn change(
        &mut self,
        form: &AdaptiveForm,
        at: u64,
        to: u8,
        transition: Option<TransitionIx>,
        cause: Cause,
        out: &mut Effects,
    ) {
        let from = std::mem::replace(&mut self.level, to);
        let by_direction = if to > from {
            form.ways.up
        } else {
            form.ways.down
        };
        out.push(Effect::Level {
            context: self.context,
            from,
            to,
            transition: transition.unwrap_or(by_direction),
            cause,
        });
        let steady = &mut self.steady;
        steady.changed = Some(at);
        steady.changes = steady.changes.saturating_add(1);
        if cause != Cause::Decay {
            self.still(at);
        }
    }

    /// The level is as wanted: the decay starts over.
    pub(super) fn still(&mut self, at: u64) {
        self.steady.still_since = at;
        self.steady.decay_frames = 0;
        self.steady.decay_steps = 0;
    }

    /// A level within the bounds of the context.
    pub(super) fn bounded(&self, form: &AdaptiveForm, level: u8) -> u8 {
        let bounds = &self.form(form).bounds;
        level.clamp(bounds.min, bounds.max)
    }

    pub(super) fn end_pulse(&mut self, form: &AdaptiveForm, at: u64, out: &mut Effects) {
        if let Some(pulse) = self.pulse.take_if(|pulse| pulse.due <= at) {
            let to = self.bounded(form, pulse.back);
            if to != self.level {
                let mut rules = form.rules.iter();
                let rule = rules.find(|rule| rule.rule == pulse.rule);
                let way = rule.and_then(|rule| rule.transition);
                self.change(form, at, to, way, Cause::PulseEnd(pulse.rule), out);
            }
        }
    }

    /// The context nears its end: once, whatever else holds.
    pub(super) fn wind_down(&mut self, form: &AdaptiveForm, at: u64, out: &mut Effects) {
        if self.wound_down || !self.form(form).exit.wind_down || !self.nears_end(form) {
            return;
        }
        self.wound_down = true;
        self.pulse = None;
        let to = self.bounded(form, WIND_DOWN_LEVEL);
        if to != self.level {
            self.change(form, at, to, None, Cause::WindDown, out);
            self.steady.hold_until = at + form.stability.hold;
        }
    }

    fn nears_end(&self, form: &AdaptiveForm) -> bool {
        let raw = |signal| self.inputs.now[slot(signal, Part::Raw)];
        let total = raw(form.known.total_spins);
        let left = total - raw(form.known.spins);
        self.progress(form) >= WIND_DOWN_PROGRESS || (total > 0.0 && left <= WIND_DOWN_SPINS)
    }

    /// Counts the frames since the last tick that the decay may use: not those of a hold, nor
    /// those in which the level has not been unchanged for long enough.
    pub(super) fn count_decay(&mut self, form: &AdaptiveForm, at: u64) {
        let steady = &mut self.steady;
        let starts = steady
            .still_since
            .saturating_add(form.stability.decay_after);
        let from = starts.max(self.ticked).max(steady.hold_until);
        steady.decay_frames += at.saturating_sub(from);
    }

    /// Unchanged for long, the level goes to the baseline. How far it has come is a function of
    /// the frames that were counted.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "not negative; a cast saturates"
    )]
    pub(super) fn decay(&mut self, form: &AdaptiveForm, at: u64, out: &mut Effects) {
        let rules = &form.stability;
        let steady = &mut self.steady;
        let due = (steady.decay_frames as f64 * rules.decay_per_s / form.sample_rate) as u64;
        let steps = due - steady.decay_steps.min(due);
        if steps == 0 || self.pulse.is_some() {
            return;
        }
        steady.decay_steps = due;
        let to = self.decayed(form, steps);
        if to != self.level {
            self.change(form, at, to, None, Cause::Decay, out);
        }
    }

    /// The level after so many steps to the baseline, which it does not pass.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "the baseline is 0..=4"
    )]
    fn decayed(&self, form: &AdaptiveForm, steps: u64) -> u8 {
        let steps = u8::try_from(steps).unwrap_or(u8::MAX);
        let above = form.stability.baseline.ceil() as u8;
        let below = form.stability.baseline.floor() as u8;
        let to = if self.level > above {
            self.level.saturating_sub(steps).max(above)
        } else if self.level < below {
            self.level.saturating_add(steps).min(below)
        } else {
            self.level
        };
        self.bounded(form, to)
    }
}
