//! Events: what a game calls.

mod action;
mod kind;

pub use action::{Action, Eval, Priority};
pub use kind::ActionKind;

use super::super::check::Checker;
use super::json::{Faults, Fields, Idle, Json, take};
use super::lower::Lower;
use crate::json::Extra;
use crate::json::path::Path;
use segue_middleware::source;
use source::{LimitRule, Scope};

object! {
    /// A named list of actions.
    pub struct Event {
        /// Unique, at most 128 bytes.
        name: String = String::new() => needed,
        /// For people and tools.
        category: String = String::new(),
        /// At most 64; with none it does nothing.
        actions: Vec<Action> = Vec::new(),
        /// Most playing instances at once; 0 is no limit.
        max_instances: u16 = 0,
        /// What happens at that limit.
        limit_rule: LimitRule = LimitRule::DiscardNewest,
        /// Most voices of all its posts; 0 is no limit.
        max_voices: u16 = 0,
        /// A post within this time after the last accepted one is refused.
        cooldown_ms: f64 = 0.0,
        /// At most 16; ducks may name them.
        tags: Vec<String> = Vec::new(),
    }
    checked by check_event
}

fn check_event(event: &Event, at: Path<'_>, c: &mut Checker) {
    if event.limit_rule != LimitRule::default() && event.max_instances == 0 {
        c.problem(at.key("max_instances"), || {
            "this number is missing: limit_rule says what happens at it; give it, or leave \
             limit_rule out"
                .into()
        });
    }
}

object! {
    /// What holds for every game object.
    pub struct GameObjects {
        /// Most voices of one object, the global one not counted; 0 is no limit.
        max_voices: u16 = 0,
    }
}

words! {
    LimitRule {
        "discard_newest" DiscardNewest,
        "discard_oldest" DiscardOldest,
        "discard_lowest_priority" DiscardLowestPriority,
        "ignore" Ignore,
    }
    Scope {
        "global" Global,
        "game_object" GameObject,
        "emitter" Emitter,
        "all" All,
        "first_only" FirstOnly,
        "random" Random,
    }
}

lower! {
    Event { name, category, actions, max_instances, limit_rule, max_voices, cooldown_ms, tags }
    GameObjects { max_voices }
}

object! {
    /// Something that must hold.
    pub struct Condition {
        @#[doc = "What."] test: ConditionTest,
    }
}

/// What a condition looks at: the key `state`, `switch` or `rtpc` says which group or RTPC.
#[derive(Clone, Debug, PartialEq)]
pub enum ConditionTest {
    /// A state group has this value.
    State {
        /// The group.
        state: String,
        /// The value, or `none`.
        value: String,
        /// Inverted.
        not: bool,
    },
    /// A switch group has this value on the object.
    Switch {
        /// The group.
        switch: String,
        /// The value.
        value: String,
    },
    /// An RTPC is in this range, both ends included.
    Rtpc {
        /// The RTPC.
        rtpc: String,
        /// Least value; absent: no lower end.
        min: Option<f64>,
        /// Largest value; absent: no upper end.
        max: Option<f64>,
    },
}

impl Default for ConditionTest {
    fn default() -> Self {
        Self::State {
            state: String::new(),
            value: String::new(),
            not: false,
        }
    }
}

impl Fields for ConditionTest {
    fn take(map: &mut Extra, at: Path<'_>, faults: &mut Faults) -> Self {
        let keys = ["state", "switch", "rtpc"].map(|key| map.contains_key(key));
        let text =
            |map: &mut Extra, key, faults: &mut Faults| take(map, key, String::new(), at, faults);
        match keys {
            [true, false, false] => Self::State {
                state: text(map, "state", faults),
                value: text(map, "value", faults),
                not: take(map, "not", false, at, faults),
            },
            [false, true, false] => Self::Switch {
                switch: text(map, "switch", faults),
                value: text(map, "value", faults),
            },
            [false, false, true] => Self::Rtpc {
                rtpc: text(map, "rtpc", faults),
                min: take(map, "min", None, at, faults),
                max: take(map, "max", None, at, faults),
            },
            _ => {
                let message = "a condition names one of \"state\", \"switch\" and \"rtpc\"";
                faults.push(at, message);
                Self::default()
            }
        }
    }

    fn put(&self, map: &mut Extra) {
        let mut insert = |key: &str, value| _ = map.insert(key.to_owned(), value);
        match self {
            Self::State { state, value, not } => {
                insert("state", state.write());
                insert("value", value.write());
                if *not {
                    insert("not", true.into());
                }
            }
            Self::Switch { switch, value } => {
                insert("switch", switch.write());
                insert("value", value.write());
            }
            Self::Rtpc { rtpc, min, max } => {
                insert("rtpc", rtpc.write());
                for (key, end) in [("min", min), ("max", max)] {
                    if let Some(end) = end {
                        insert(key, end.write());
                    }
                }
            }
        }
    }

    fn check_fields(&self, at: Path<'_>, c: &mut Checker) {
        match self {
            Self::State { state, value, .. } => {
                c.name(at.key("state"), state);
                c.name(at.key("value"), value);
            }
            Self::Switch { switch, value } => {
                c.name(at.key("switch"), switch);
                c.name(at.key("value"), value);
            }
            Self::Rtpc { rtpc, min, max } => {
                c.name(at.key("rtpc"), rtpc);
                min.check(at.key("min"), c);
                max.check(at.key("max"), c);
            }
        }
    }

    fn keys(&self, known: &mut Vec<&'static str>) {
        let own: &[_] = match self {
            Self::State { .. } => &["state", "value", "not"],
            Self::Switch { .. } => &["switch", "value"],
            Self::Rtpc { .. } => &["rtpc", "min", "max"],
        };
        known.extend(own);
    }

    fn idle(&self) -> Option<Idle> {
        let form = match self {
            Self::State { .. } => "a condition on a state",
            Self::Switch { .. } => "a condition on a switch",
            Self::Rtpc { .. } => "a condition on an RTPC",
        };
        Some(Idle {
            form: form.to_owned(),
            keys: vec!["value", "not", "min", "max"],
        })
    }
}

impl Lower<source::Condition> for Condition {
    fn lower(&self) -> source::Condition {
        match &self.test {
            ConditionTest::State { state, value, not } => source::Condition::State {
                group: state.clone(),
                value: value.clone(),
                not: *not,
            },
            ConditionTest::Switch { switch, value } => source::Condition::Switch {
                group: switch.clone(),
                value: value.clone(),
            },
            ConditionTest::Rtpc { rtpc, min, max } => source::Condition::Rtpc {
                rtpc: rtpc.clone(),
                min: min.lower().unwrap_or(f32::MIN),
                max: max.lower().unwrap_or(f32::MAX),
            },
        }
    }
}
