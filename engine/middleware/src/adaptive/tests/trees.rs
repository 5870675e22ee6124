//! Conditions as code against conditions as they are read.

use proptest::prelude::*;

use super::rig::{MS, RATE, UP, form, profile, rule};
use crate::adaptive::code::Memory;
use crate::adaptive::lookup::frames;
use crate::adaptive::signals::{Part, SLOTS, slot};
use crate::source::{Compare, RuleCondition};

const NAMES: [&str; 5] = ["go", "back", "x", "y", "force"];
const OPS: [Compare; 6] = [
    Compare::Gt,
    Compare::Neq,
    Compare::Changed,
    Compare::Increased,
    Compare::CrossedDown,
    Compare::IsTrue,
];

fn any_comparison() -> impl Strategy<Value = RuleCondition> {
    let op = prop::sample::select(OPS.to_vec());
    (0..NAMES.len(), op, 0u8..3).prop_map(|(signal, op, value)| RuleCondition::Compare {
        signal: NAMES[signal].to_owned(),
        raw: true,
        op,
        value: value.into(),
        high: 9.0,
    })
}

fn any_condition() -> impl Strategy<Value = RuleCondition> {
    let leaf = prop_oneof![9 => any_comparison(), 1 => Just(RuleCondition::Always)];
    leaf.prop_recursive(4, 24, 4, |inner| {
        let list = |least: usize| prop::collection::vec(inner.clone(), least..=4);
        let ms = (0u8..6).prop_map(|n| f32::from(n) * 10.0);
        prop_oneof![
            list(1).prop_map(RuleCondition::And),
            list(1).prop_map(RuleCondition::Or),
            inner
                .clone()
                .prop_map(|it| RuleCondition::Not(Box::new(it))),
            (inner.clone(), ms.clone())
                .prop_map(|(it, ms)| RuleCondition::HeldFor(Box::new(it), ms)),
            (list(2), ms).prop_map(|(list, ms)| RuleCondition::Sequence(list, ms)),
        ]
    })
}

/// What a condition remembers, and those below it.
#[derive(Clone, Default)]
struct Past {
    since: Option<u64>,
    was: Vec<bool>,
    stage: usize,
    start: u64,
    below: Vec<Past>,
}

impl Past {
    fn each(&mut self, list: &[RuleCondition], at: u64, slots: [&[f32; SLOTS]; 2]) -> Vec<bool> {
        self.below.resize(list.len(), Self::default());
        let both = list.iter().zip(&mut self.below);
        both.map(|(it, past)| past.holds(it, at, slots)).collect()
    }

    fn holds(&mut self, it: &RuleCondition, at: u64, slots: [&[f32; SLOTS]; 2]) -> bool {
        match it {
            RuleCondition::Always => true,
            RuleCondition::Compare {
                signal, op, value, ..
            } => {
                let signal = NAMES.iter().position(|name| name == signal).unwrap();
                let [now, before] = slots.map(|it| it[slot(signal, Part::Raw)]);
                match op {
                    Compare::Gt => now > *value,
                    Compare::Neq => now != *value,
                    Compare::Changed => now != before,
                    Compare::Increased => now > before,
                    Compare::CrossedDown => now <= *value && before > *value,
                    _ => now != 0.0,
                }
            }
            RuleCondition::And(list) => self.each(list, at, slots).iter().all(|it| *it),
            RuleCondition::Or(list) => self.each(list, at, slots).iter().any(|it| *it),
            RuleCondition::Not(one) => !self.each(std::slice::from_ref(one), at, slots)[0],
            RuleCondition::HeldFor(one, ms) => {
                let holds = self.each(std::slice::from_ref(one), at, slots)[0];
                self.since = holds.then(|| self.since.unwrap_or(at));
                self.since
                    .is_some_and(|since| at - since >= u64::from(frames(*ms, RATE)))
            }
            RuleCondition::Sequence(list, ms) => {
                let now = self.each(list, at, slots);
                self.was.resize(list.len(), false);
                let rose: Vec<bool> = now.iter().zip(&self.was).map(|(a, b)| *a && !b).collect();
                self.was = now;
                self.follow(&rose, at, frames(*ms, RATE).into())
            }
        }
    }

    /// The last of the steps has come, each behind the one before and all of them in time.
    fn follow(&mut self, rose: &[bool], at: u64, frames: u64) -> bool {
        if self.stage > 0 && at - self.start > frames {
            self.stage = 0;
        }
        if rose[self.stage] {
            self.start = if self.stage == 0 { at } else { self.start };
            self.stage += 1;
        } else if self.stage == 1 && rose[0] {
            self.start = at;
        }
        let done = self.stage == rose.len();
        self.stage = if done { 0 } else { self.stage };
        done
    }
}

proptest! {
    /// Several rules, so that each finds its own part of the code, the timers and the comparisons.
    #[test]
    fn code_holds_when_what_it_was_made_of_does(
        conditions in prop::collection::vec(any_condition(), 1..=4),
        values in prop::collection::vec(prop::array::uniform5(0u8..4), 40),
    ) {
        let rules = conditions.iter().enumerate();
        let rules = rules.map(|(n, it)| rule(&format!("r{n}"), it.clone(), UP));
        let form = form(&profile(rules.collect()));
        let mut memory = Memory::new(form.timers, form.sequences, form.tests.len());
        let mut pasts = vec![Past::default(); conditions.len()];
        let mut before = [0.0; SLOTS];
        for (tick, values) in (0u64..).zip(values) {
            let at = tick * 10 * MS;
            let mut now = before;
            for (signal, value) in values.into_iter().enumerate() {
                // 3 leaves it alone.
                if value < 3 {
                    now[slot(signal, Part::Raw)] = value.into();
                }
            }
            memory.compare(&form.tests, &now, &before);
            let mut first = 0;
            for (n, (condition, past)) in conditions.iter().zip(&mut pasts).enumerate() {
                let last = form.hot[n].end as usize;
                let found = memory.holds(&form.ops[first..last], at);
                first = last;
                let expected = past.holds(condition, at, [&now, &before]);
                prop_assert_eq!(found, expected, "{:?} at tick {}", condition, tick);
            }
            before = now;
        }
    }
}
