//! Conditions as flat code over slots.

use super::lookup::{Checks, Lookup, frames};
use super::signals::{Part, slot};
use super::test::Test;
use crate::source::{Compare, RuleCondition};

/// Deepest nesting of a condition.
const DEPTH: usize = 16;
/// Most conditions in one list.
const LIST: usize = 16;
/// Never.
pub(super) const NEVER: u64 = u64::MAX;

/// One step of a condition. Values are truths on a stack of bits.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Op {
    Always,
    /// A comparison; `join` is what becomes of it and the truth below it.
    Test {
        test: Test,
        join: Join,
    },
    And,
    Or,
    Not,
    /// True when it was true for so many frames.
    Held {
        timer: u32,
        frames: u32,
    },
    /// Takes note of a step of a sequence.
    Step {
        sequence: u32,
        step: u8,
    },
    /// True at the tick at which the last step comes.
    Sequence {
        sequence: u32,
        steps: u8,
        frames: u32,
    },
}

/// All code of 200 rules stays in a first-level cache.
const _: () = assert!(size_of::<Op>() == 16);

/// How a comparison joins what is on the stack.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Join {
    /// 1 makes a new place on the stack.
    push: u8,
    /// 1 is `and` instead of `or`.
    and: u8,
}

impl Join {
    const PUSH: Self = Self { push: 1, and: 0 };
    const AND: Self = Self { push: 0, and: 1 };
    const OR: Self = Self { push: 0, and: 0 };

    /// The stack with `truth`; without a branch, for none would be foretold.
    fn with(self, stack: u64, truth: bool) -> u64 {
        let (truth, and) = (u64::from(truth), u64::from(self.and));
        (stack << self.push | truth & !and) & (truth | !and)
    }
}

/// Code of all rules and how many timers it needs. A timer belongs to one node of one rule.
#[derive(Clone, Debug, Default)]
pub(super) struct Code {
    pub(super) ops: Vec<Op>,
    pub(super) timers: u32,
    pub(super) sequences: u32,
}

/// Makes code of conditions.
pub(super) struct Coder<'a> {
    pub(super) checks: &'a mut Checks,
    pub(super) lookup: &'a Lookup<'a>,
    pub(super) signals: &'a [&'a str],
    pub(super) sample_rate: f64,
    pub(super) code: &'a mut Code,
}

impl Coder<'_> {
    pub(super) fn condition(&mut self, path: &str, it: &RuleCondition, depth: usize) {
        if depth > DEPTH {
            let message = format!("conditions are nested deeper than {DEPTH}; flatten them");
            self.checks.add(path, message);
            return;
        }
        match it {
            RuleCondition::Always => self.code.ops.push(Op::Always),
            RuleCondition::Compare {
                signal,
                raw,
                op,
                value,
                high,
            } => self.compare(path, (signal, *raw), *op, [*value, *high]),
            RuleCondition::And(list) => self.list(path, "and", list, Op::And, depth),
            RuleCondition::Or(list) => self.list(path, "or", list, Op::Or, depth),
            RuleCondition::Not(one) => {
                self.condition(&format!("{path}.not"), one, depth + 1);
                self.code.ops.push(Op::Not);
            }
            RuleCondition::HeldFor(one, ms) => self.held(path, one, *ms, depth),
            RuleCondition::Sequence(list, ms) => self.sequence(path, list, *ms, depth),
        }
    }

    #[expect(clippy::cast_possible_truncation, reason = "at most 256 signals")]
    fn compare(
        &mut self,
        path: &str,
        (signal, raw): (&str, bool),
        op: Compare,
        [value, high]: [f32; 2],
    ) {
        if !value.is_finite() || !high.is_finite() {
            self.checks
                .add(path, format!("{value} or {high} is no number"));
        }
        if matches!(op, Compare::InRange | Compare::OutOfRange) && value > high {
            let message = format!("the range {value}..={high} is empty; exchange the ends");
            self.checks.add(path, message);
        }
        let (name, part) = part(signal, raw, self.signals);
        let path = format!("{path}.signal");
        let place = self
            .lookup
            .place(self.checks, &path, "signal", name, self.signals);
        let slot = slot(place.unwrap_or_default(), part) as u16;
        self.code.ops.push(Op::Test {
            test: Test::of(op, slot, [value, high]),
            join: Join::PUSH,
        });
    }

    fn list(&mut self, path: &str, key: &str, list: &[RuleCondition], op: Op, depth: usize) {
        let path = format!("{path}.{key}");
        self.length(&path, list, 1);
        for (n, one) in list.iter().enumerate() {
            let first = self.code.ops.len();
            self.condition(&format!("{path}[{n}]"), one, depth + 1);
            if n > 0 {
                self.join(first, op);
            }
        }
    }

    /// Joins what the code from `first` on leaves with the truth below it: in the same step, where
    /// that is a single comparison.
    fn join(&mut self, first: usize, op: Op) {
        let how = if op == Op::And { Join::AND } else { Join::OR };
        match &mut self.code.ops[first..] {
            [Op::Test { join, .. }] => *join = how,
            _ => self.code.ops.push(op),
        }
    }

    fn length(&mut self, path: &str, list: &[RuleCondition], least: usize) {
        if !(least..=LIST).contains(&list.len()) {
            let message = format!("{} conditions are not in {least}..={LIST}", list.len());
            self.checks.add(path, message);
        }
    }

    fn held(&mut self, path: &str, one: &RuleCondition, ms: f32, depth: usize) {
        self.condition(&format!("{path}.held_for"), one, depth + 1);
        let timer = self.code.timers;
        self.code.timers += 1;
        let frames = self.frames(&format!("{path}.ms"), ms);
        self.code.ops.push(Op::Held { timer, frames });
    }

    #[expect(clippy::cast_possible_truncation, reason = "the length was checked")]
    fn sequence(&mut self, path: &str, list: &[RuleCondition], ms: f32, depth: usize) {
        let sequence = self.code.sequences;
        self.code.sequences += 1;
        let steps = list.len() as u8;
        let key = format!("{path}.sequence");
        self.length(&key, list, 2);
        for (step, one) in list.iter().enumerate() {
            self.condition(&format!("{key}[{step}]"), one, depth + 1);
            let step = step as u8;
            self.code.ops.push(Op::Step { sequence, step });
        }
        let frames = self.frames(&format!("{path}.within_ms"), ms);
        self.code.ops.push(Op::Sequence {
            sequence,
            steps,
            frames,
        });
    }

    fn frames(&mut self, path: &str, ms: f32) -> u32 {
        frames(
            self.checks.range(path, ms, 0.0, 3_600_000.0),
            self.sample_rate,
        )
    }
}

/// A signal's name and which part of it is meant: `x.momentum` and `x.velocity` are parts of x.
fn part<'a>(signal: &'a str, raw: bool, known: &[&str]) -> (&'a str, Part) {
    if !known.contains(&signal) {
        if let Some(name) = signal.strip_suffix(".momentum") {
            return (name, Part::Momentum);
        }
        if let Some(name) = signal.strip_suffix(".velocity") {
            return (name, Part::Velocity);
        }
    }
    (signal, if raw { Part::Raw } else { Part::Normal })
}

/// What the code remembers from tick to tick.
#[derive(Clone, Debug)]
pub(super) struct Memory {
    /// Since when each held condition is true.
    pub(super) since: Box<[u64]>,
    pub(super) sequences: Box<[Sequence]>,
}

/// How far a sequence has come.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Sequence {
    /// Frame of the first step.
    start: u64,
    /// The step that is waited for.
    stage: u8,
    /// Steps that were true at the last tick, and those that came true at this.
    was: u16,
    rose: u16,
}

impl Memory {
    pub(super) fn new(timers: u32, sequences: u32) -> Self {
        Self {
            since: vec![NEVER; timers as usize].into_boxed_slice(),
            sequences: vec![Sequence::default(); sequences as usize].into_boxed_slice(),
        }
    }

    /// Whether the condition of `code` holds at frame `at`. All of it is looked at, so that timers
    /// run whatever the rest says.
    pub(super) fn holds(&mut self, code: &[Op], at: u64, now: &[f32], before: &[f32]) -> bool {
        let mut stack = 0u64;
        for op in code {
            stack = match *op {
                Op::Always => stack << 1 | 1,
                Op::Test { test, join } => join.with(stack, test.holds(now, before)),
                Op::And => stack >> 1 & (stack | !1),
                Op::Or => stack >> 1 | stack & 1,
                Op::Not => stack ^ 1,
                Op::Held { timer, frames } => {
                    let truth = self.held(timer, frames.into(), at, stack & 1 == 1);
                    stack & !1 | u64::from(truth)
                }
                Op::Step { sequence, step } => {
                    self.sequences[sequence as usize].step(step, stack & 1 == 1);
                    stack >> 1
                }
                Op::Sequence {
                    sequence,
                    steps,
                    frames,
                } => {
                    let truth = self.sequences[sequence as usize].advance(steps, frames.into(), at);
                    stack << 1 | u64::from(truth)
                }
            };
        }
        stack & 1 == 1
    }

    fn held(&mut self, timer: u32, frames: u64, at: u64, truth: bool) -> bool {
        let since = &mut self.since[timer as usize];
        *since = if truth { (*since).min(at) } else { NEVER };
        truth & (at.wrapping_sub(*since) >= frames)
    }
}

impl Sequence {
    fn step(&mut self, step: u8, truth: bool) {
        let bit = 1 << step;
        let rose = truth && self.was & bit == 0;
        self.rose = if rose {
            self.rose | bit
        } else {
            self.rose & !bit
        };
        self.was = if truth {
            self.was | bit
        } else {
            self.was & !bit
        };
    }

    fn advance(&mut self, steps: u8, frames: u64, at: u64) -> bool {
        if self.stage > 0 && at - self.start > frames {
            self.stage = 0;
        }
        if self.rose >> self.stage & 1 == 1 {
            if self.stage == 0 {
                self.start = at;
            }
            self.stage += 1;
        } else if self.stage == 1 && self.rose & 1 == 1 {
            self.start = at;
        }
        let done = self.stage == steps;
        if done {
            self.stage = 0;
        }
        done
    }
}
