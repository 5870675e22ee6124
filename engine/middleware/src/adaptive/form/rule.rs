//! Rules: in the order in which they are looked at, with their code.

use std::ops::Range;

use segue_rt::game::NameId;

use super::Builder;
use crate::adaptive::code::Coder;
use crate::adaptive::effect::{RuleIx, TransitionIx};
use crate::adaptive::signals::{Part, slot};
use crate::ids::{EventIx, NodeIx};
use crate::limits::{RULE_STEPS, RULES};
use crate::source::{Rule, RuleAction};

#[derive(Clone, Debug)]
pub(in crate::adaptive) struct RuleForm {
    /// Its place in the profile, and its id.
    pub(in crate::adaptive) rule: RuleIx,
    pub(in crate::adaptive) id: NameId,
    pub(in crate::adaptive) timers: Range<usize>,
    pub(in crate::adaptive) sequences: Range<usize>,
    pub(in crate::adaptive) action: Action,
    pub(in crate::adaptive) transition: Option<TransitionIx>,
    /// Slot of the strength.
    pub(in crate::adaptive) strength: Option<usize>,
    pub(in crate::adaptive) cooldown: u64,
    /// 0 is that of the stability.
    pub(in crate::adaptive) hold: u64,
    pub(in crate::adaptive) waits_for_hold: bool,
    /// Sound and linear gain.
    pub(in crate::adaptive) stinger: Option<(NodeIx, f32)>,
    pub(in crate::adaptive) event: Option<EventIx>,
    pub(in crate::adaptive) momentum: f32,
}

/// What every tick reads of a rule, apart from the rest that only those that hold need.
#[derive(Clone, Copy, Debug)]
pub(in crate::adaptive) struct HotRule {
    /// A bit for each context.
    pub(in crate::adaptive) contexts: u32,
    /// Where its code ends, and that of the next rule begins.
    pub(in crate::adaptive) end: u32,
}

/// An action with times in frames.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::adaptive) enum Action {
    Up { n: u8, min: u8, max: u8 },
    Down { n: u8, min: u8, max: u8 },
    Set(u8),
    Hold(u64),
    Release,
    Pulse { level: u8, frames: u64, back: u8 },
}

impl Builder<'_> {
    /// Those that are enabled, in the order in which they are looked at.
    pub(super) fn rules(&mut self, list: &[Rule]) -> (Box<[RuleForm]>, Box<[HotRule]>) {
        self.checks.count("rules", "rules", list.len(), RULES);
        let ids: Vec<&str> = list.iter().map(|it| &*it.id).collect();
        self.checks.names("rules", &ids);
        self.contradictions(list);
        let mut order: Vec<usize> = (0..list.len()).collect();
        order.sort_by_key(|n| std::cmp::Reverse(list[*n].priority));
        let mut rules = Vec::with_capacity(list.len());
        let mut hot = Vec::with_capacity(list.len());
        for n in order {
            let start = [self.code.ops.len(), self.code.tests.len()];
            let contexts = self.rule_contexts(&format!("rules[{n}].contexts"), &list[n]);
            let form = self.rule(n, &list[n]);
            if list[n].enabled {
                rules.push(form);
                let end = u32::try_from(self.code.ops.len()).unwrap_or(u32::MAX);
                hot.push(HotRule { contexts, end });
            } else {
                self.code.ops.truncate(start[0]);
                self.code.tests.truncate(start[1]);
            }
        }
        let steps = self.code.ops.len();
        self.checks
            .count("rules", "steps of all conditions", steps, RULE_STEPS);
        (rules.into_boxed_slice(), hot.into_boxed_slice())
    }

    fn rule(&mut self, n: usize, it: &Rule) -> RuleForm {
        let path = format!("rules[{n}]");
        let sub = |key: &str| format!("{path}.{key}");
        if it.name.len() > 128 {
            let message = format!("it has {} bytes; 128 are allowed", it.name.len());
            self.checks.add(&sub("name"), message);
        }
        let (timers, sequences) = self.code(&sub("condition"), it);
        let effects = &it.side_effects;
        let place = sub("side_effects.volume_lin");
        let volume = self.checks.range(&place, effects.volume_lin, 0.0, 2.0);
        let place = sub("side_effects.momentum_delta");
        let momentum = self.checks.range(&place, effects.momentum_delta, -1.0, 1.0);
        let place = sub("side_effects.stinger");
        let stinger = self.stinger(&place, effects.stinger.as_ref());
        RuleForm {
            rule: RuleIx(u16::try_from(n).unwrap_or(u16::MAX)),
            id: NameId::of(&it.id),
            timers,
            sequences,
            action: self.action(&sub("action"), it.action),
            transition: self.transition(&sub("transition"), it),
            strength: self.strength(&sub("strength_signal"), it),
            cooldown: self.frames(&sub("cooldown_ms"), it.cooldown_ms),
            hold: self.frames(&sub("hold_ms"), it.hold_ms),
            waits_for_hold: it.requires_hold_expired,
            stinger: stinger.map(|node| (node, volume)),
            event: self.event(&sub("side_effects.emit_event"), effects.emit_event.as_ref()),
            momentum,
        }
    }

    fn code(&mut self, path: &str, it: &Rule) -> (Range<usize>, Range<usize>) {
        let before = self.memory_size();
        Coder {
            checks: self.checks,
            lookup: self.lookup,
            signals: &self.names.signals,
            sample_rate: self.sample_rate,
            code: &mut self.code,
        }
        .condition(path, &it.condition, 1);
        let after = self.memory_size();
        (before.0..after.0, before.1..after.1)
    }

    fn memory_size(&self) -> (usize, usize) {
        (self.code.timers as usize, self.code.sequences as usize)
    }

    fn rule_contexts(&mut self, path: &str, it: &Rule) -> u32 {
        if it.contexts.is_empty() {
            return u32::MAX;
        }
        let mut mask = 0;
        for (n, name) in it.contexts.iter().enumerate() {
            let path = format!("{path}[{n}]");
            let names = &self.names.contexts;
            let place = self
                .lookup
                .place(self.checks, &path, "context", name, names);
            mask |= place
                .filter(|place| *place < 32)
                .map_or(0, |place| 1 << place);
        }
        mask
    }

    fn transition(&mut self, path: &str, it: &Rule) -> Option<TransitionIx> {
        let name = it.transition.as_ref()?;
        let names: Vec<&str> = self.names.transitions.iter().map(String::as_str).collect();
        let place = self
            .lookup
            .place(self.checks, path, "transition", name, &names)?;
        u16::try_from(place).ok().map(TransitionIx)
    }

    fn strength(&mut self, path: &str, it: &Rule) -> Option<usize> {
        let name = it.strength_signal.as_ref()?;
        let names = &self.names.signals;
        let place = self
            .lookup
            .place(self.checks, path, "signal", name, names)?;
        Some(slot(place, Part::Normal))
    }

    fn event(&mut self, path: &str, name: Option<&String>) -> Option<EventIx> {
        match (self.lookup.event)(name?) {
            Ok(event) => Some(event),
            Err(message) => {
                self.checks.add(path, message);
                None
            }
        }
    }

    fn action(&mut self, path: &str, action: RuleAction) -> Action {
        match action {
            RuleAction::StepUp { n, min, max } => {
                self.step(path, n, [min, max]);
                Action::Up { n, min, max }
            }
            RuleAction::StepDown { n, min, max } => {
                self.step(path, n, [min, max]);
                Action::Down { n, min, max }
            }
            RuleAction::SetLevel(level) => {
                self.checks
                    .whole(&format!("{path}.level"), u64::from(level), 0, 4);
                Action::Set(level)
            }
            RuleAction::Hold(ms) => Action::Hold(self.frames(&format!("{path}.ms"), ms)),
            RuleAction::Release => Action::Release,
            RuleAction::Pulse { level, ms, back } => {
                self.checks
                    .whole(&format!("{path}.level"), u64::from(level), 0, 4);
                self.checks
                    .whole(&format!("{path}.back"), u64::from(back), 0, 4);
                let frames = self.frames(&format!("{path}.ms"), ms);
                Action::Pulse {
                    level,
                    frames,
                    back,
                }
            }
        }
    }

    fn step(&mut self, path: &str, n: u8, [min, max]: [u8; 2]) {
        self.checks.whole(&format!("{path}.n"), u64::from(n), 1, 4);
        self.checks
            .whole(&format!("{path}.max"), u64::from(max), 0, 4);
        if min > max {
            let message = format!("{min} is above max {max}; exchange them");
            self.checks.add(&format!("{path}.min"), message);
        }
    }

    /// Two rules that want different levels at the same time with the same right.
    fn contradictions(&mut self, list: &[Rule]) {
        for (n, it) in list.iter().enumerate().filter(|(_, it)| it.enabled) {
            let first = list[..n].iter().position(|other| contradict(other, it));
            if let Some(first) = first {
                let message = format!(
                    "it contradicts rules[{first}]: same condition, contexts and priority {}, \
                     another action; give one another priority",
                    it.priority
                );
                self.checks.add(&format!("rules[{n}]"), message);
            }
        }
    }
}

fn contradict(a: &Rule, b: &Rule) -> bool {
    let shared = |name| b.contexts.is_empty() || b.contexts.contains(name);
    let meet = a.contexts.is_empty() || b.contexts.is_empty() || a.contexts.iter().any(shared);
    a.enabled
        && a.priority == b.priority
        && meet
        && a.condition == b.condition
        && a.action != b.action
}
