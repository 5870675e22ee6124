//! Signals and the rules over them.

use super::super::super::check::Checker;
use super::super::json::{Faults, Fields, Json, check_foreign, no_word, put, take};
use super::super::lower::Lower;
use crate::json::Extra;
use crate::json::path::Path;
use segue_middleware::source::{self, Compare};

object! {
    /// A game value that rules look at. The built-in ones need not be listed.
    pub struct Signal {
        /// Unique.
        name: String = String::new() => needed,
        /// Before anybody sets it.
        default: f64 = 0.0,
        ..#[doc = "How its normalised value comes about."] normalise: Normalise,
    }
    checked by check_signal
}

fn check_signal(signal: &Signal, at: Path<'_>, c: &mut Checker) {
    check_foreign(&signal.normalise, &signal.extra, at, c);
}

variants! {
    /// How a value becomes 0 to 1.
    pub enum Normalise by "normalise" default None {
        /// As it is.
        "none" None {}
        /// clamp((x-a)/(b-a)).
        "linear" Linear {
            /// Is 0.
            a: f64 = 0.0,
            /// Is 1.
            b: f64 = 1.0,
        }
        /// 1/(1+e^(-k(x-m))).
        "sigmoid" Sigmoid {
            /// Steepness.
            k: f64 = 1.0,
            /// Is ½.
            m: f64 = 0.0,
        }
        /// 1-e^(-kx).
        "asymptotic" Asymptotic {
            /// Steepness.
            k: f64 = 1.0,
        }
    }
}

object! {
    /// A rule.
    pub struct Rule {
        /// Unique.
        id: String = String::new() => needed,
        /// For people.
        name: String = String::new(),
        /// Whether it is looked at; default true.
        enabled: bool = true,
        /// The highest first; default 100.
        priority: i32 = 100,
        /// Where it holds; empty is everywhere.
        contexts: Vec<String> = Vec::new(),
        /// When; absent: always.
        condition: RuleCondition = RuleCondition::default(),
        /// What.
        action: RuleAction = RuleAction::default(),
        /// How; absent: by direction.
        transition: Option<String> = None,
        /// A signal whose normalised value is the strength of the request.
        strength_signal: Option<String> = None,
        /// After it fired.
        cooldown_ms: f64 = 0.0,
        /// No other change for so long after it fired; 0 is that of the stability.
        hold_ms: f64 = 0.0,
        /// It waits for the hold of others; default true.
        requires_hold_expired: bool = true,
        /// What else it does.
        side_effects: SideEffects = SideEffects::default(),
    }
}

object! {
    /// What a rule does besides changing the level.
    pub struct SideEffects {
        /// A stinger of the profile.
        stinger: Option<String> = None,
        /// Its level, linear; default 0.7.
        volume_lin: f64 = 0.7,
        /// An event to post.
        emit_event: Option<String> = None,
        /// Added to the signal `momentum`.
        momentum_delta: f64 = 0.0,
    }
}

object! {
    /// What a rule asks for.
    pub struct RuleAction {
        @#[doc = "What."] kind: RuleActionKind,
    }
    checked by check_rule_action
}

fn check_rule_action(action: &RuleAction, at: Path<'_>, c: &mut Checker) {
    check_foreign(&action.kind, &action.extra, at, c);
}

variants! {
    /// What a rule asks for.
    pub enum RuleActionKind by "do" {
        /// So many levels up, within these.
        "step_up" StepUp {
            /// Levels; default 1.
            n: u8 = 1,
            /// Least level after it.
            min: u8 = 0,
            /// Largest level after it; default 4.
            max: u8 = 4,
        }
        /// So many levels down, within these.
        "step_down" StepDown {
            /// Levels; default 1.
            n: u8 = 1,
            /// Least level after it.
            min: u8 = 0,
            /// Largest level after it; default 4.
            max: u8 = 4,
        }
        /// This level.
        "set_level" SetLevel {
            /// The level.
            level: u8 = 0,
        }
        /// No change for so long.
        "hold" Hold {
            /// Milliseconds.
            ms: f64 = 0.0,
        }
        /// Ends a hold.
        "release" Release {}
        /// This level for so long, then another one.
        "pulse" Pulse {
            /// The level.
            level: u8 = 0,
            /// Milliseconds.
            ms: f64 = 0.0,
            /// The level afterwards.
            back ("return"): u8 = 0,
        }
    }
}

object! {
    /// When a rule holds.
    pub struct RuleCondition {
        @#[doc = "What is looked at."] test: RuleTest,
    }
    checked by check_test
}

/// Every key of a condition means something, or the condition is refused.
fn check_test(condition: &RuleCondition, at: Path<'_>, c: &mut Checker) {
    let test = &condition.test;
    let mut idle = Vec::new();
    if let RuleTest::Compare {
        op, value, high, ..
    } = test
    {
        use Compare::{Changed, Decreased, InRange, Increased, IsFalse, IsTrue, OutOfRange};
        if *value != 0.0 && matches!(op, Changed | Increased | Decreased | IsTrue | IsFalse) {
            idle.push("value");
        }
        if *high != 0.0 && !matches!(op, InRange | OutOfRange) {
            idle.push("high");
        }
    }
    for key in idle {
        c.problem(at.key(key), || {
            format!("{} has no use for this; remove it", test.op())
        });
    }
    c.foreign(at, test.op(), &condition.extra, &TEST_KEYS);
}

/// The keys of all conditions.
const TEST_KEYS: [&str; 7] = ["signal", "raw", "value", "high", "of", "ms", "within_ms"];

/// What a condition of a rule looks at; the key `op` says how.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum RuleTest {
    /// Always holds.
    #[default]
    Always,
    /// Compares a signal with a number.
    Compare {
        /// How: the key `op`.
        op: Compare,
        /// The signal.
        signal: String,
        /// The raw value, not the normalised one.
        raw: bool,
        /// With what; for ranges the lower end.
        value: f64,
        /// The upper end of ranges.
        high: f64,
    },
    /// All of `of` hold.
    And(Vec<RuleCondition>),
    /// One of `of` holds.
    Or(Vec<RuleCondition>),
    /// `of` does not hold.
    Not(Box<RuleCondition>),
    /// `of` has held for so many `ms` without a break.
    HeldFor(Box<RuleCondition>, f64),
    /// `of` came true one after the other `within_ms`.
    Sequence(Vec<RuleCondition>, f64),
}

const COMPARES: [(&str, Compare); 15] = [
    ("gt", Compare::Gt),
    ("gte", Compare::Gte),
    ("lt", Compare::Lt),
    ("lte", Compare::Lte),
    ("eq", Compare::Eq),
    ("neq", Compare::Neq),
    ("changed", Compare::Changed),
    ("increased", Compare::Increased),
    ("decreased", Compare::Decreased),
    ("in_range", Compare::InRange),
    ("out_of_range", Compare::OutOfRange),
    ("crossed_up", Compare::CrossedUp),
    ("crossed_down", Compare::CrossedDown),
    ("is_true", Compare::IsTrue),
    ("is_false", Compare::IsFalse),
];

const COMBINATIONS: [&str; 6] = ["always", "and", "or", "not", "held_for", "sequence"];

impl RuleTest {
    fn op(&self) -> &'static str {
        match self {
            Self::Always => "always",
            Self::Compare { op, .. } => {
                let row = COMPARES.iter().find(|(_, known)| known == op);
                row.map_or("gt", |(word, _)| word)
            }
            Self::And(_) => "and",
            Self::Or(_) => "or",
            Self::Not(_) => "not",
            Self::HeldFor(..) => "held_for",
            Self::Sequence(..) => "sequence",
        }
    }
}

impl Fields for RuleTest {
    fn take(map: &mut Extra, at: Path<'_>, faults: &mut Faults) -> Self {
        let op = take(map, "op", String::new(), at, faults);
        match op.as_str() {
            "always" => Self::Always,
            "and" => Self::And(take(map, "of", Vec::new(), at, faults)),
            "or" => Self::Or(take(map, "of", Vec::new(), at, faults)),
            "not" => Self::Not(take(map, "of", Box::default(), at, faults)),
            "held_for" => Self::HeldFor(
                take(map, "of", Box::default(), at, faults),
                take(map, "ms", 0.0, at, faults),
            ),
            "sequence" => Self::Sequence(
                take(map, "of", Vec::new(), at, faults),
                take(map, "within_ms", 0.0, at, faults),
            ),
            word => match COMPARES.iter().find(|(known, _)| *known == word) {
                Some((_, op)) => Self::Compare {
                    op: *op,
                    signal: take(map, "signal", String::new(), at, faults),
                    raw: take(map, "raw", false, at, faults),
                    value: take(map, "value", 0.0, at, faults),
                    high: take(map, "high", 0.0, at, faults),
                },
                None => {
                    let words = COMPARES.iter().map(|(word, _)| *word).chain(COMBINATIONS);
                    let message = no_word(word, &words.collect::<Vec<_>>());
                    faults.push(at.key("op"), message);
                    Self::default()
                }
            },
        }
    }

    fn put(&self, map: &mut Extra) {
        map.insert("op".to_owned(), self.op().into());
        match self {
            Self::Always => {}
            Self::Compare {
                signal,
                raw,
                value,
                high,
                ..
            } => {
                put(map, "signal", signal, &String::new());
                put(map, "raw", raw, &false);
                put(map, "value", value, &0.0);
                put(map, "high", high, &0.0);
            }
            Self::And(of) | Self::Or(of) => put(map, "of", of, &Vec::new()),
            Self::Not(of) => _ = map.insert("of".to_owned(), of.write()),
            Self::HeldFor(of, ms) => {
                map.insert("of".to_owned(), of.write());
                put(map, "ms", ms, &0.0);
            }
            Self::Sequence(of, within_ms) => {
                put(map, "of", of, &Vec::new());
                put(map, "within_ms", within_ms, &0.0);
            }
        }
    }

    fn check_fields(&self, at: Path<'_>, c: &mut Checker) {
        match self {
            Self::Always => {}
            Self::Compare {
                signal,
                value,
                high,
                ..
            } => {
                c.name(at.key("signal"), signal);
                value.check(at.key("value"), c);
                high.check(at.key("high"), c);
            }
            Self::And(of) | Self::Or(of) => of.check(at.key("of"), c),
            Self::Not(of) => of.check(at.key("of"), c),
            Self::HeldFor(of, ms) => {
                of.check(at.key("of"), c);
                ms.check(at.key("ms"), c);
            }
            Self::Sequence(of, within_ms) => {
                of.check(at.key("of"), c);
                within_ms.check(at.key("within_ms"), c);
            }
        }
    }

    fn keys(&self, known: &mut Vec<&'static str>) {
        let own: &[_] = match self {
            Self::Always => &["op"],
            Self::Compare { .. } => &["op", "signal", "raw", "value", "high"],
            Self::And(_) | Self::Or(_) | Self::Not(_) => &["op", "of"],
            Self::HeldFor(..) => &["op", "of", "ms"],
            Self::Sequence(..) => &["op", "of", "within_ms"],
        };
        known.extend(own);
    }
}

lower! {
    Signal { name, normalise, default }
    Rule {
        id, name, enabled, priority, contexts, condition, action, transition, strength_signal,
        cooldown_ms, hold_ms, requires_hold_expired, side_effects
    }
    SideEffects { stinger, volume_lin, emit_event, momentum_delta }
}

impl Lower<source::Normalise> for Normalise {
    fn lower(&self) -> source::Normalise {
        match self {
            Self::None {} => source::Normalise::None,
            Self::Linear { a, b } => source::Normalise::Linear {
                a: a.lower(),
                b: b.lower(),
            },
            Self::Sigmoid { k, m } => source::Normalise::Sigmoid {
                k: k.lower(),
                m: m.lower(),
            },
            Self::Asymptotic { k } => source::Normalise::Asymptotic { k: k.lower() },
        }
    }
}

impl Lower<source::RuleAction> for RuleAction {
    fn lower(&self) -> source::RuleAction {
        use source::RuleAction as To;
        match self.kind {
            RuleActionKind::StepUp { n, min, max } => To::StepUp { n, min, max },
            RuleActionKind::StepDown { n, min, max } => To::StepDown { n, min, max },
            RuleActionKind::SetLevel { level } => To::SetLevel(level),
            RuleActionKind::Hold { ms } => To::Hold(ms.lower()),
            RuleActionKind::Release {} => To::Release,
            RuleActionKind::Pulse { level, ms, back } => To::Pulse {
                level,
                ms: ms.lower(),
                back,
            },
        }
    }
}

impl Lower<source::RuleCondition> for RuleCondition {
    fn lower(&self) -> source::RuleCondition {
        use source::RuleCondition as To;
        match &self.test {
            RuleTest::Always => To::Always,
            RuleTest::Compare {
                op,
                signal,
                raw,
                value,
                high,
            } => To::Compare {
                signal: signal.clone(),
                raw: *raw,
                op: *op,
                value: value.lower(),
                high: high.lower(),
            },
            RuleTest::And(of) => To::And(of.lower()),
            RuleTest::Or(of) => To::Or(of.lower()),
            RuleTest::Not(of) => To::Not(Box::new(of.lower())),
            RuleTest::HeldFor(of, ms) => To::HeldFor(Box::new(of.lower()), ms.lower()),
            RuleTest::Sequence(of, within_ms) => To::Sequence(of.lower(), within_ms.lower()),
        }
    }
}
