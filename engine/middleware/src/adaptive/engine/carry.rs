//! Another bank while the engine runs.

use super::{Adaptive, Pulse};
use crate::adaptive::effect::Effects;
use crate::adaptive::form::AdaptiveForm;

impl Adaptive {
    /// Takes over the state of the engine that it replaces, by the names of things: signals keep
    /// their values, rules their times, the context its level. Where the context is gone, the
    /// first one begins. `self` is new. `[audio-thread]`
    pub fn carry_over(
        &mut self,
        form: &AdaptiveForm,
        at: u64,
        (old, old_form): (&Self, &AdaptiveForm),
        out: &mut Effects,
    ) {
        self.carry_signals(form, old, old_form);
        self.carry_rules(form, old, old_form);
        self.ticked = old.ticked;
        self.inputs.counts = old.inputs.counts;
        self.inputs.carry_nudge(&old.inputs);
        let context = old_form.contexts.get(old.context.at());
        let known = context.and_then(|context| form.context(context.id));
        if !old.begun {
            // It was ended, and waits for the game.
            self.level = old.level;
            return;
        }
        let Some(context) = known else {
            self.level = old.level;
            self.begin(form, at, out);
            return;
        };
        self.context = context;
        self.since = old.since;
        self.begun = true;
        self.steady = old.steady;
        self.pulse = old.pulse.map(|pulse| {
            let id = old_form.rules.iter().find(|it| it.rule == pulse.rule);
            let id = id.map(|it| it.id);
            let rule = form.rules.iter().find(|it| Some(it.id) == id);
            Pulse {
                rule: rule.map_or(pulse.rule, |it| it.rule),
                ..pulse
            }
        });
        self.wound_down = old.wound_down;
        self.level = self.bounded(form, old.level);
    }

    fn carry_signals(&mut self, form: &AdaptiveForm, old: &Self, old_form: &AdaptiveForm) {
        for (from, signal) in old_form.signals.iter().enumerate() {
            if let Some(to) = form.signal(signal.id) {
                self.inputs.carry(to.at(), &old.inputs, from);
                self.inputs.renormalise(form, to.at());
            }
        }
    }

    /// Times of rules with the same id; of timers, where the code has as many of them.
    fn carry_rules(&mut self, form: &AdaptiveForm, old: &Self, old_form: &AdaptiveForm) {
        for (rule, run) in form.rules.iter().zip(&mut self.rules) {
            let Some(from) = old_form.rules.iter().position(|other| other.id == rule.id) else {
                continue;
            };
            *run = old.rules[from];
            let other = &old_form.rules[from];
            if rule.timers.len() == other.timers.len() {
                let since = &old.memory.since[other.timers.clone()];
                self.memory.since[rule.timers.clone()].copy_from_slice(since);
            }
            if rule.sequences.len() == other.sequences.len() {
                let sequences = &old.memory.sequences[other.sequences.clone()];
                self.memory.sequences[rule.sequences.clone()].copy_from_slice(sequences);
            }
        }
    }
}
