//! What the game calls: contexts, levels, spins.

use super::{Adaptive, Part, slot};
use crate::adaptive::effect::{Cause, Effect, Effects, TransitionIx};
use crate::adaptive::form::{AdaptiveForm, ContextForm, Entry};
use crate::ids::{ContextIx, NodeIx};

/// What the music does below a stinger for which nobody says it, dB.
const STINGER_DUCK_DB: f32 = -6.0;

impl Adaptive {
    /// The first context begins. Does nothing the second time.
    pub fn begin(&mut self, form: &AdaptiveForm, at: u64, out: &mut Effects) {
        if !self.begun {
            let first = ContextIx::default();
            let level = self.entry_level(form, first, 0.0);
            self.go(form, at, first, (level, form.ways.enter, None), out);
        }
    }

    /// Enters a context; nothing when it holds already. `strength` is 0..=1, for those that begin
    /// by strength.
    pub fn enter(
        &mut self,
        form: &AdaptiveForm,
        at: u64,
        context: ContextIx,
        strength: f32,
        out: &mut Effects,
    ) {
        let same = self.begun && context == self.context;
        if !same && context.at() < form.contexts.len() {
            let level = self.entry_level(form, context, strength);
            self.go(form, at, context, (level, form.ways.enter, None), out);
        }
    }

    /// Leaves the context as its exit says. `summary` is 0 for no stinger, 1 to 3 for a small, big
    /// or mega result.
    pub fn leave(&mut self, form: &AdaptiveForm, at: u64, summary: u8, out: &mut Effects) {
        if !self.begun {
            return;
        }
        let exit = &self.form(form).exit;
        let stinger = usize::from(summary).checked_sub(1);
        if let Some(node) = stinger.and_then(|n| exit.summary.get(n).copied().flatten()) {
            sting(node, 1.0, STINGER_DUCK_DB, out);
        }
        if exit.to != self.context {
            let own = || self.entry_level(form, exit.to, 0.0);
            let level = exit.level.unwrap_or_else(own);
            let how = (level, form.ways.exit, Some(exit.fade));
            self.go(form, at, exit.to, how, out);
        }
    }

    /// Sets the level, whatever the rules say; only the context's bounds hold.
    pub fn set_level(&mut self, form: &AdaptiveForm, at: u64, level: u8, out: &mut Effects) {
        if !self.begun {
            return;
        }
        self.pulse = None;
        let to = self.bounded(form, level);
        if to != self.level {
            self.change(form, at, to, None, Cause::Call, out);
        }
        self.steady.hold_until = at + form.stability.hold;
    }

    /// A new spin begins: changes are counted from here on.
    pub fn new_spin(&mut self) {
        self.steady.spins = true;
        self.steady.changes = 0;
    }

    /// What a rule does besides.
    pub(super) fn side_effects(&mut self, form: &AdaptiveForm, rule: usize, out: &mut Effects) {
        let rule = &form.rules[rule];
        if let Some((node, gain)) = rule.stinger {
            sting(node, gain, STINGER_DUCK_DB, out);
        }
        if let Some(event) = rule.event {
            out.push(Effect::Event(event));
        }
        if rule.momentum != 0.0 {
            self.inputs.nudge_momentum(rule.momentum);
        }
    }

    /// The context becomes `to`.
    fn go(
        &mut self,
        form: &AdaptiveForm,
        at: u64,
        to: ContextIx,
        (level, transition, fade): (u8, TransitionIx, Option<(u32, u32)>),
        out: &mut Effects,
    ) {
        let from = self.begun.then_some(self.context);
        self.context = to;
        self.since = at;
        self.begun = true;
        self.level = self.bounded(form, level);
        self.pulse = None;
        self.wound_down = false;
        self.steady.changed = from.map(|_| at);
        self.steady.hold_until = 0;
        self.steady.changes = 0;
        self.steady.asked = 0;
        self.steady.directions = [0; 10];
        self.still(at);
        out.push(Effect::Context {
            from,
            to,
            level: self.level,
            transition,
            fade,
        });
        let context: &ContextForm = self.form(form);
        if let Some(node) = context.entry_stinger {
            sting(node, 1.0, context.entry_duck_db, out);
        }
    }

    /// The level a context begins with; its bounds come later.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "0..=4 after the clamp"
    )]
    fn entry_level(&self, form: &AdaptiveForm, context: ContextIx, strength: f32) -> u8 {
        let context = &form.contexts[context.at()];
        match &context.entry {
            Entry::Fixed(level) => *level,
            Entry::Inherit => self.level,
            Entry::Strength(map) => {
                let at = map.partition_point(|(least, _)| *least <= strength);
                map.get(at.saturating_sub(1)).map_or(0, |(_, level)| *level)
            }
            Entry::Momentum => {
                let momentum = self.inputs.now[slot(form.known.momentum, Part::Normal)];
                let top = (context.levels.len() - 1) as f32;
                (momentum.clamp(0.0, 1.0) * top).round() as u8
            }
        }
    }
}

fn sting(node: NodeIx, gain: f32, duck_db: f32, out: &mut Effects) {
    out.push(Effect::Stinger {
        node,
        gain,
        duck_db,
    });
}
