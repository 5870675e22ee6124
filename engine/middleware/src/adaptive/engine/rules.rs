//! Rules: the first one that holds and may, fires.

use super::{Adaptive, Pulse, known, within};
use crate::adaptive::code::NEVER;
use crate::adaptive::effect::{Cause, Effect, Effects, Refusal};
use crate::adaptive::form::{Action, AdaptiveForm, RuleForm};
use crate::source::ArcForm;

/// What a rule remembers.
#[derive(Clone, Copy, Debug)]
pub(super) struct RuleRun {
    /// Frame at which it last fired.
    pub(super) fired: u64,
    /// Frame at which its request last counted as asked; [`NEVER`] while it does not hold.
    pub(super) asked: u64,
    /// For rules that change no level: it has come true and has not fired since.
    pub(super) armed: bool,
    /// It held at the last tick, in its context.
    pub(super) held: bool,
    /// What was told of it.
    pub(super) refused: Option<Refusal>,
}

impl Default for RuleRun {
    fn default() -> Self {
        Self {
            fired: NEVER,
            asked: NEVER,
            armed: false,
            held: false,
            refused: None,
        }
    }
}

/// What the arc of the context adds to every request, and the bounds of the result.
type Bend = (i32, [u8; 2]);

/// What a rule wants to do to the level.
#[derive(Clone, Copy, Debug)]
struct Request {
    to: u8,
    /// Why it cannot, already.
    refusal: Option<Refusal>,
}

impl Adaptive {
    /// Looks at every rule in its order; the timers of all of them run. A rule that is refused
    /// never keeps a later one from firing.
    pub(super) fn run_rules(&mut self, form: &AdaptiveForm, at: u64, out: &mut Effects) {
        let here = 1u32 << self.context.at();
        let bend = self.form(form).shaped(self.progress(form));
        let inputs = &self.inputs;
        self.memory
            .compare(&form.tests, &inputs.now, &inputs.before);
        #[cfg(test)]
        {
            self.work.tests += form.tests.len() as u64;
        }
        let mut fired = false;
        let mut first = 0;
        for (n, hot) in form.hot.iter().enumerate() {
            let last = hot.end as usize;
            let code = &form.ops[first..last];
            first = last;
            #[cfg(test)]
            {
                self.work.rules += 1;
                self.work.steps += code.len() as u64;
            }
            let holds = self.memory.holds(code, at);
            let holds = holds & (hot.contexts & here != 0);
            let run = &mut self.rules[n];
            if !(holds | run.held) {
                continue;
            }
            run.armed = holds && (run.armed || !run.held);
            run.held = holds;
            if !holds {
                run.asked = NEVER;
                run.refused = None;
            } else if !fired {
                fired = self.try_rule(form, at, (n, bend), out);
            }
        }
    }

    /// Fires a rule that holds, when it may.
    fn try_rule(
        &mut self,
        form: &AdaptiveForm,
        at: u64,
        (n, bend): (usize, Bend),
        out: &mut Effects,
    ) -> bool {
        let rule = &form.rules[n];
        let fired = match rule.action {
            Action::Hold(_) | Action::Release => self.try_hold(at, n, rule, out),
            _ => self.try_level(form, at, (n, bend), out),
        };
        if fired {
            self.rules[n].fired = at;
            self.rules[n].armed = false;
            self.rules[n].refused = None;
            self.side_effects(form, n, out);
        }
        fired
    }

    fn try_hold(&mut self, at: u64, n: usize, rule: &RuleForm, out: &mut Effects) -> bool {
        let run = &self.rules[n];
        if !run.armed {
            return false;
        }
        if within(at, known(run.fired), rule.cooldown) {
            self.refuse(n, rule, self.level, Refusal::RuleCooldown, out);
            return false;
        }
        self.steady.hold_until = match rule.action {
            Action::Hold(frames) => at + frames,
            _ => at,
        };
        true
    }

    fn try_level(
        &mut self,
        form: &AdaptiveForm,
        at: u64,
        (n, bend): (usize, Bend),
        out: &mut Effects,
    ) -> bool {
        let rule = &form.rules[n];
        let Some(request) = self.request(form, rule, bend) else {
            self.rules[n].refused = None;
            return false;
        };
        let refusal = self.stable(form, at, n, request);
        self.count_asked(form, at, n, request.to);
        if let Some(refusal) = refusal {
            self.refuse(n, rule, request.to, refusal, out);
            return false;
        }
        self.pulse = match rule.action {
            Action::Pulse { frames, back, .. } => Some(Pulse {
                rule: rule.rule,
                due: at + frames,
                back,
            }),
            _ => None,
        };
        let cause = Cause::Rule(rule.rule);
        self.change(form, at, request.to, rule.transition, cause, out);
        let hold = if rule.hold > 0 {
            rule.hold
        } else {
            form.stability.hold
        };
        self.steady.hold_until = at + hold;
        true
    }

    /// The level a rule wants here; `None` when it is the one that holds.
    fn request(
        &self,
        form: &AdaptiveForm,
        rule: &RuleForm,
        (bias, shape): Bend,
    ) -> Option<Request> {
        let level = i32::from(self.level);
        let (wanted, bounds) = match rule.action {
            Action::Up { n, min, max } => (level + i32::from(n), [min, max]),
            Action::Down { n, min, max } => (level - i32::from(n), [min, max]),
            Action::Set(to) | Action::Pulse { level: to, .. } => (i32::from(to), [0, u8::MAX]),
            Action::Hold(_) | Action::Release => return None,
        };
        let context = self.form(form);
        let clamp = |level: i32, [least, most]: [u8; 2]| level.clamp(least.into(), most.into());
        let meant = wanted + bias;
        let mut to = clamp(clamp(wanted, bounds) + bias, shape);
        if context.arc.form == ArcForm::Sustained {
            to = to.clamp(level - 1, level + 1);
        }
        let along = match rule.action {
            Action::Up { .. } => to > level,
            Action::Down { .. } => to < level,
            _ => to != level,
        };
        let steps = matches!(rule.action, Action::Up { .. } | Action::Down { .. });
        if !steps && to == level && meant == level {
            return None;
        }
        let to = if along { to } else { meant };
        Some(Request {
            to: u8::try_from(to.max(0)).unwrap_or(0),
            refusal: (!along).then_some(Refusal::Bounds),
        })
    }

    /// Why a request is refused: in the order of the specification.
    fn stable(&self, form: &AdaptiveForm, at: u64, n: usize, request: Request) -> Option<Refusal> {
        let rule = &form.rules[n];
        let steady = &self.steady;
        let bounds = &self.form(form).bounds;
        let full = steady.spins && bounds.changes > 0 && steady.changes >= bounds.changes;
        let weak = || {
            let strength = rule.strength.map_or(1.0, |slot| self.inputs.now[slot]);
            strength < form.stability.inertia[usize::from(self.level).min(4)]
        };
        if request.refusal.is_some() {
            request.refusal
        } else if within(at, steady.changed, bounds.cooldown) {
            Some(Refusal::ContextCooldown)
        } else if full {
            Some(Refusal::ChangesPerSpin)
        } else if at < steady.hold_until && rule.waits_for_hold {
            Some(Refusal::Hold)
        } else if within(at, steady.changed, form.stability.cooldown) {
            Some(Refusal::Cooldown)
        } else if within(at, known(self.rules[n].fired), rule.cooldown) {
            Some(Refusal::RuleCooldown)
        } else if weak() {
            Some(Refusal::Inertia)
        } else {
            self.against(form, request.to).then_some(Refusal::Momentum)
        }
    }

    /// Whether a level is against the direction of the last requests.
    fn against(&self, form: &AdaptiveForm, to: u8) -> bool {
        let count = self.steady.asked.min(10);
        if count == 0 {
            return false;
        }
        let sum: i8 = self.steady.directions.iter().sum();
        let mean = f32::from(sum) / count as f32;
        let up = to > self.level;
        mean.abs() >= form.stability.momentum && mean != 0.0 && (mean > 0.0) != up
    }

    /// A request counts when its rule comes true, and again after every cool-down of the
    /// stability while it is refused: not a hundred times a second.
    fn count_asked(&mut self, form: &AdaptiveForm, at: u64, n: usize, to: u8) {
        let run = &mut self.rules[n];
        if within(at, known(run.asked), form.stability.cooldown) {
            return;
        }
        run.asked = at;
        let direction = if to > self.level { 1 } else { -1 };
        let steady = &mut self.steady;
        steady.directions[(steady.asked % 10) as usize] = direction;
        steady.asked += 1;
    }

    /// Tells why a rule does not fire, once.
    fn refuse(&mut self, n: usize, rule: &RuleForm, to: u8, refusal: Refusal, out: &mut Effects) {
        if self.rules[n].refused.replace(refusal) != Some(refusal) {
            out.push(Effect::Refused {
                context: self.context,
                from: self.level,
                to,
                rule: rule.rule,
                refusal,
            });
        }
    }
}
