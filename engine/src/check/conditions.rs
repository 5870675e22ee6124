//! Conditions that can never hold: of actions, of children of groups, of adaptive rules.

use std::collections::BTreeMap;

use segue_middleware::adaptive::signals::BUILT_IN;
use segue_middleware::source::{
    Adaptive, Compare, Condition, ContainerKind, Interactive, Normalise, RuleCondition,
};

use super::{Findings, Kind};

pub(super) fn check(source: &Interactive, findings: &mut Findings) {
    for (n, event) in source.events.iter().enumerate() {
        for (m, action) in event.actions.iter().enumerate() {
            let path = format!("interactive.events[{n}].actions[{m}].conditions");
            together(&path, &action.conditions, findings);
        }
    }
    for (n, container) in source.containers.iter().enumerate() {
        let ContainerKind::Group(group) = &container.kind else {
            continue;
        };
        for (m, child) in group.children.iter().enumerate() {
            let path = format!("interactive.containers[{n}].children[{m}].conditions");
            together(&path, &child.conditions, findings);
        }
    }
    if let Some(adaptive) = &source.adaptive {
        for (n, rule) in adaptive
            .rules
            .iter()
            .enumerate()
            .filter(|(_, it)| it.enabled)
        {
            let path = format!("interactive.adaptive.rules[{n}].condition");
            let mut rules = Rules { adaptive, findings };
            rules.all(&path, &rule.condition);
        }
    }
}

/// Conditions of which all must hold: the second one of a pair that cannot is told.
fn together(path: &str, conditions: &[Condition], findings: &mut Findings) {
    for (n, condition) in conditions.iter().enumerate() {
        let other = conditions[..n].iter().position(|it| exclude(it, condition));
        if let Some(other) = other {
            let message = format!(
                "this never holds together with conditions[{other}]; take one out or make them one \
                 child or action each"
            );
            findings.add(Kind::Contradiction, format!("{path}[{n}]"), message);
        }
    }
}

fn exclude(a: &Condition, b: &Condition) -> bool {
    use Condition::{Rtpc, State, Switch};
    match (a, b) {
        (
            State {
                group: a,
                value: x,
                not: p,
            },
            State {
                group: b,
                value: y,
                not: q,
            },
        ) if a == b => match (p, q) {
            (false, false) => x != y,
            (true, true) => false,
            _ => x == y,
        },
        (Switch { group: a, value: x }, Switch { group: b, value: y }) => a == b && x != y,
        (
            Rtpc {
                rtpc: a,
                min: low,
                max: high,
            },
            Rtpc { rtpc: b, min, max },
        ) => a == b && (high < min || max < low),
        _ => false,
    }
}

/// Walks over the condition of a rule.
struct Rules<'a, 'f> {
    adaptive: &'a Adaptive,
    findings: &'f mut Findings,
}

/// The value of a signal, by its name and whether the raw one is meant.
type Slot<'a> = (&'a str, bool);

/// Values that a signal may have.
#[derive(Clone, Copy, Debug)]
struct Span {
    low: f32,
    high: f32,
    /// The ends themselves do not count.
    open: [bool; 2],
    /// 0 does not count.
    not_zero: bool,
}

impl Span {
    const ALL: Span = Span {
        low: f32::NEG_INFINITY,
        high: f32::INFINITY,
        open: [false; 2],
        not_zero: false,
    };

    fn closed(low: f32, high: f32) -> Span {
        Span {
            low,
            high,
            ..Span::ALL
        }
    }

    /// What a comparison leaves; one with the past leaves everything.
    fn of(op: Compare, value: f32, high: f32) -> Span {
        let ends = |low, high, open| Span {
            low,
            high,
            open,
            ..Span::ALL
        };
        let (low, top) = (Span::ALL.low, Span::ALL.high);
        match op {
            Compare::Gt => ends(value, top, [true, false]),
            Compare::Gte | Compare::CrossedUp => Span::closed(value, top),
            Compare::Lt => ends(low, value, [false, true]),
            Compare::Lte | Compare::CrossedDown => Span::closed(low, value),
            Compare::Eq => Span::closed(value, value),
            Compare::InRange => Span::closed(value, high),
            Compare::IsFalse => Span::closed(0.0, 0.0),
            Compare::IsTrue => Span {
                not_zero: true,
                ..Span::ALL
            },
            Compare::Neq
            | Compare::OutOfRange
            | Compare::Changed
            | Compare::Increased
            | Compare::Decreased => Span::ALL,
        }
    }

    fn and(self, other: Span) -> Span {
        let (low, low_open) = match self.low.total_cmp(&other.low) {
            std::cmp::Ordering::Less => (other.low, other.open[0]),
            std::cmp::Ordering::Greater => (self.low, self.open[0]),
            std::cmp::Ordering::Equal => (self.low, self.open[0] || other.open[0]),
        };
        let (high, high_open) = match self.high.total_cmp(&other.high) {
            std::cmp::Ordering::Less => (self.high, self.open[1]),
            std::cmp::Ordering::Greater => (other.high, other.open[1]),
            std::cmp::Ordering::Equal => (self.high, self.open[1] || other.open[1]),
        };
        Span {
            low,
            high,
            open: [low_open, high_open],
            not_zero: self.not_zero || other.not_zero,
        }
    }

    fn is_empty(self) -> bool {
        let point = self.low == self.high;
        self.low > self.high
            || point && (self.open[0] || self.open[1] || self.not_zero && self.low == 0.0)
    }
}

impl<'a> Rules<'a, '_> {
    /// Looks at a condition and at all below it that may hold without the others.
    fn all(&mut self, path: &str, condition: &'a RuleCondition) {
        let mut spans = BTreeMap::new();
        let mut told = false;
        self.gather(path, condition, &mut spans, &mut told);
    }

    /// Adds what must hold at the same time; a comparison that leaves nothing of its signal is told,
    /// once for each condition.
    fn gather(
        &mut self,
        path: &str,
        condition: &'a RuleCondition,
        spans: &mut BTreeMap<Slot<'a>, Span>,
        told: &mut bool,
    ) {
        match condition {
            RuleCondition::Compare {
                signal,
                raw,
                op,
                value,
                high,
            } => {
                let slot = (signal.as_str(), *raw);
                let usual = self.range(slot);
                let own = Span::of(*op, *value, *high);
                let before = *spans.entry(slot).or_insert(usual);
                let left = before.and(own);
                spans.insert(slot, left);
                if left.is_empty() && !before.is_empty() && !*told {
                    *told = true;
                    self.never(path, signal, usual, usual.and(own).is_empty());
                }
            }
            RuleCondition::And(list) => {
                for (n, one) in list.iter().enumerate() {
                    self.gather(&format!("{path}.of[{n}]"), one, spans, told);
                }
            }
            RuleCondition::HeldFor(one, _) => {
                self.gather(&format!("{path}.of"), one, spans, told);
            }
            // Each of them may hold by itself, where everything around it does.
            RuleCondition::Or(list) => {
                for (n, one) in list.iter().enumerate() {
                    let (mut spans, mut told) = (spans.clone(), *told);
                    self.gather(&format!("{path}.of[{n}]"), one, &mut spans, &mut told);
                }
            }
            RuleCondition::Sequence(list, _) => {
                for (n, one) in list.iter().enumerate() {
                    self.all(&format!("{path}.of[{n}]"), one);
                }
            }
            RuleCondition::Not(_) | RuleCondition::Always => {}
        }
    }

    fn never(&mut self, path: &str, signal: &str, range: Span, alone: bool) {
        let message = match alone {
            true => format!(
                "this never holds: {signal} is in {}..={}; \"raw\": true looks at the value that \
                 the game sets",
                range.low, range.high
            ),
            false => format!(
                "this never holds together with what else the condition says of {signal}; take one \
                 out or join them with or"
            ),
        };
        self.findings
            .add(Kind::Contradiction, path.to_owned(), message);
    }

    /// The values that a signal can have.
    fn range(&self, (name, raw): Slot<'_>) -> Span {
        let own = self.adaptive.signals.iter().find(|it| it.name == name);
        let built_in = BUILT_IN.iter().find(|it| it.0 == name).map(|it| it.1);
        let Some(normalise) = own.map(|it| it.normalise).or(built_in) else {
            return Span::ALL;
        };
        // What a game counts is not known.
        match (normalise, raw) {
            (Normalise::None, _) | (_, true) => Span::ALL,
            (_, false) => Span::closed(0.0, 1.0),
        }
    }
}
