//! Conditions as flat code over slots.

use segue_rt::{Wide, widest};

use super::lookup::{Checks, Lookup, frames};
use super::signals::{Part, SLOTS, slot};
use super::test::{Test, Tests, Truths};
use crate::limits::{RULE_DEPTH, RULE_LIST};
use crate::source::{Compare, RuleCondition};

/// Never.
pub(super) const NEVER: u64 = u64::MAX;

/// One step of a condition. Values are truths on a stack of bits.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Op {
    Always,
    /// The truth of a comparison; `join` is what becomes of it and the one below it.
    Test {
        test: u32,
        join: Join,
    },
    /// As many of comparisons that stand next to one another hold as are needed: all, or one.
    Run {
        first: u32,
        count: u8,
        need: u8,
        join: Join,
    },
    And,
    Or,
    Not,
    /// In the place of a truth: it was true for so many frames.
    Held {
        timer: u32,
        frames: u32,
        join: Join,
    },
    /// A comparison was true for so many frames.
    HeldTest {
        test: u32,
        timer: u32,
        frames: u32,
        join: Join,
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
    fn with(self, stack: u64, truth: u64) -> u64 {
        let and = u64::from(self.and);
        (stack << self.push | truth & !and) & (truth | !and)
    }
}

/// Code of all rules and how many timers it needs. A timer belongs to one node of one rule.
#[derive(Clone, Debug, Default)]
pub(super) struct Code {
    pub(super) ops: Vec<Op>,
    pub(super) tests: Vec<Test>,
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
        if depth > RULE_DEPTH {
            let message = format!("conditions are nested deeper than {RULE_DEPTH}; flatten them");
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

    #[expect(
        clippy::cast_possible_truncation,
        reason = "at most 256 signals, 65,536 steps"
    )]
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
            test: self.code.tests.len() as u32,
            join: Join::PUSH,
        });
        self.code.tests.push(Test::of(op, slot, [value, high]));
    }

    fn list(&mut self, path: &str, key: &str, list: &[RuleCondition], op: Op, depth: usize) {
        let path = format!("{path}.{key}");
        self.length(&path, list, 1);
        let start = self.code.ops.len();
        for (n, one) in list.iter().enumerate() {
            let first = self.code.ops.len();
            self.condition(&format!("{path}[{n}]"), one, depth + 1);
            if n > 0 {
                self.join(first, op);
            }
        }
        self.run(start, op);
    }

    /// Makes one step of a list of nothing but comparisons: they stand next to one another.
    fn run(&mut self, start: usize, op: Op) {
        let list = &self.code.ops[start..];
        let alone = |op: &Op| matches!(op, Op::Test { .. });
        let (Some(Op::Test { test, join }), Ok(count)) = (list.first(), u8::try_from(list.len()))
        else {
            return;
        };
        if count > 1 && list.iter().all(alone) {
            let run = Op::Run {
                first: *test,
                count,
                need: if op == Op::And { count } else { 1 },
                join: *join,
            };
            self.code.ops.truncate(start);
            self.code.ops.push(run);
        }
    }

    /// Joins what the code from `first` on leaves with the truth below it: in the same step, where
    /// that ends with a comparison or a time.
    fn join(&mut self, first: usize, op: Op) {
        let how = if op == Op::And { Join::AND } else { Join::OR };
        match &mut self.code.ops[first..] {
            [Op::Test { join, .. } | Op::Run { join, .. } | Op::HeldTest { join, .. }]
            | [.., Op::Held { join, .. }] => *join = how,
            _ => self.code.ops.push(op),
        }
    }

    fn length(&mut self, path: &str, list: &[RuleCondition], least: usize) {
        if !(least..=RULE_LIST).contains(&list.len()) {
            let message = format!("{} conditions are not in {least}..={RULE_LIST}", list.len());
            self.checks.add(path, message);
        }
    }

    fn held(&mut self, path: &str, one: &RuleCondition, ms: f32, depth: usize) {
        let first = self.code.ops.len();
        self.condition(&format!("{path}.held_for"), one, depth + 1);
        let timer = self.code.timers;
        self.code.timers += 1;
        let frames = self.frames(&format!("{path}.ms"), ms);
        let join = Join::PUSH;
        match &mut self.code.ops[first..] {
            [op @ Op::Test { .. }] => {
                if let Op::Test { test, join } = *op {
                    *op = Op::HeldTest {
                        test,
                        timer,
                        frames,
                        join,
                    };
                }
            }
            _ => self.code.ops.push(Op::Held {
                timer,
                frames,
                join,
            }),
        }
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
    /// What the comparisons are at this tick.
    truths: Box<[Truths]>,
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
    /// For so many timers, sequences, and eight comparisons at a time.
    pub(super) fn new(timers: u32, sequences: u32, tests: usize) -> Self {
        Self {
            since: vec![NEVER; timers as usize].into_boxed_slice(),
            sequences: vec![Sequence::default(); sequences as usize].into_boxed_slice(),
            truths: vec![Truths::default(); tests].into_boxed_slice(),
        }
    }

    /// Makes all comparisons of a tick.
    pub(super) fn compare(&mut self, tests: &[Tests], now: &[f32; SLOTS], before: &[f32; SLOTS]) {
        widest(Comparing {
            tests,
            now,
            before,
            truths: &mut self.truths,
        });
    }

    /// Whether the condition of `code` holds at frame `at`. All of it is looked at, so that timers
    /// run whatever the rest says.
    pub(super) fn holds(&mut self, code: &[Op], at: u64) -> bool {
        let mut stack = 0u64;
        for op in code {
            stack = match *op {
                Op::Always => stack << 1 | 1,
                Op::Test { test, join } => join.with(stack, self.truth(test)),
                Op::Run {
                    first,
                    count,
                    need,
                    join,
                } => {
                    let truth = self.run(first as usize, count.into()) >= u32::from(need);
                    join.with(stack, truth.into())
                }
                Op::And => stack >> 1 & (stack | !1),
                Op::Or => stack >> 1 | stack & 1,
                Op::Not => stack ^ 1,
                Op::Held {
                    timer,
                    frames,
                    join,
                } => {
                    let truth = self.held(timer, frames.into(), at, stack & 1);
                    join.with(stack >> 1, truth)
                }
                Op::HeldTest {
                    test,
                    timer,
                    frames,
                    join,
                } => {
                    let truth = self.held(timer, frames.into(), at, self.truth(test));
                    join.with(stack, truth)
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

    /// How many of some comparisons hold.
    fn run(&self, first: usize, count: usize) -> u32 {
        let truths = &self.truths.as_flattened()[first..first + count];
        truths.iter().sum()
    }

    fn truth(&self, test: u32) -> u64 {
        self.truths.as_flattened()[test as usize].into()
    }

    fn held(&mut self, timer: u32, frames: u64, at: u64, truth: u64) -> u64 {
        let since = &mut self.since[timer as usize];
        // All bits, and with it `NEVER`, where it does not hold.
        *since = (*since).min(at) | truth.wrapping_sub(1);
        truth & u64::from(at.wrapping_sub(*since) >= frames)
    }
}

/// All comparisons of a tick.
struct Comparing<'a> {
    tests: &'a [Tests],
    now: &'a [f32; SLOTS],
    before: &'a [f32; SLOTS],
    truths: &'a mut [Truths],
}

impl Wide for Comparing<'_> {
    type Out = ();

    #[inline(always)]
    fn run(self) {
        for (tests, truths) in self.tests.iter().zip(self.truths) {
            *truths = tests.hold(self.now, self.before);
        }
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
