//! Conditions of actions and containers.

use super::check::{Checks, Found, Resolve};
use super::rtpc::{RtpcValues, Rtpcs, Who};
use super::states::StateValues;
use super::switches::{SwitchGroups, SwitchValues};
use crate::ids::{RtpcIx, StateIx, SwitchIx};
use crate::source;

/// Most conditions of one action or child.
pub const MAX_CONDITIONS: usize = 8;

/// What conditions look at.
#[derive(Clone, Copy, Debug)]
pub struct GameValues<'a> {
    /// RTPCs.
    pub rtpcs: (&'a Rtpcs, &'a RtpcValues),
    /// State groups.
    pub states: &'a StateValues,
    /// Switch groups.
    pub switches: (&'a SwitchGroups, &'a SwitchValues),
}

/// Conditions of which all must hold; none always hold.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Conditions {
    all: Box<[Condition]>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Condition {
    State {
        group: StateIx,
        value: u8,
        not: bool,
    },
    Switch {
        group: SwitchIx,
        value: u8,
    },
    Rtpc {
        rtpc: RtpcIx,
        min: f32,
        max: f32,
    },
}

impl Conditions {
    /// Checks at most 8 conditions. `[main-thread]`
    ///
    /// # Errors
    /// What is wrong, by `[n].value` and the like.
    pub fn compile(source: &[source::Condition], names: &impl Resolve) -> Found<Self> {
        let mut checks = Checks::new();
        if source.len() > MAX_CONDITIONS {
            let count = source.len();
            checks.say(
                "",
                format!("{count} conditions; at most {MAX_CONDITIONS} are allowed"),
            );
        }
        let all = source.iter().enumerate().filter_map(|(n, condition)| {
            let condition = Condition::compile(condition, names);
            checks.part(&format!("[{n}]"), condition)
        });
        let all = all.collect();
        checks.finish(Some(Self { all }))
    }

    /// Whether all hold at frame `at`. `[audio-thread]`
    pub fn hold(&self, values: &GameValues, at: u64, who: Who) -> bool {
        self.all.iter().all(|one| one.holds(values, at, who))
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.all.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }
}

impl Condition {
    fn compile(source: &source::Condition, names: &impl Resolve) -> Found<Self> {
        let mut checks = Checks::new();
        let found = match source {
            source::Condition::State { group, value, not } => {
                let group = checks.take("group", names.state_group(group));
                group.and_then(|group| {
                    let value = checks.take("value", names.state_value(group, value))?;
                    let not = *not;
                    Some(Self::State { group, value, not })
                })
            }
            source::Condition::Switch { group, value } => {
                let group = checks.take("group", names.switch_group(group));
                group.and_then(|group| {
                    let value = checks.take("value", names.switch_value(group, value))?;
                    Some(Self::Switch { group, value })
                })
            }
            source::Condition::Rtpc { rtpc, min, max } => {
                if min.is_nan() || max.is_nan() || min > max {
                    checks.say("min", format!("{min} is not below max {max}"));
                }
                let rtpc = checks.take("rtpc", names.rtpc(rtpc));
                let (min, max) = (*min, *max);
                rtpc.map(|rtpc| Self::Rtpc { rtpc, min, max })
            }
        };
        checks.finish(found)
    }

    fn holds(&self, values: &GameValues, at: u64, who: Who) -> bool {
        match *self {
            Self::State { group, value, not } => (values.states.value(group) == value) != not,
            Self::Switch { group, value } => {
                let (groups, switches) = values.switches;
                switches.get(groups, group, who.object) == value
            }
            Self::Rtpc { rtpc, min, max } => {
                let (rtpcs, of) = values.rtpcs;
                (min..=max).contains(&of.get(rtpcs, at, rtpc, who))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use segue_rt::game::ObjectId;

    use super::super::states::StateGroups;
    use super::super::testing::Names;
    use super::*;
    use crate::source::Condition as Written;

    fn state(value: &str, not: bool) -> Written {
        Written::State {
            group: "place".into(),
            value: value.into(),
            not,
        }
    }

    fn switch(value: &str) -> Written {
        Written::Switch {
            group: "ground".into(),
            value: value.into(),
        }
    }

    fn rtpc(min: f32, max: f32) -> Written {
        Written::Rtpc {
            rtpc: "speed".into(),
            min,
            max,
        }
    }

    /// In a cave, object 7 on wood at speed 10; object 0 on grass at speed 0.
    fn check(conditions: &[Written], object: u64) -> bool {
        let place = source::StateGroup {
            name: "place".into(),
            values: ["cave", "beach"]
                .map(|name| source::StateValue {
                    name: name.into(),
                    changes: Vec::new(),
                })
                .into(),
            ..Default::default()
        };
        let ground = source::SwitchGroup {
            name: "ground".into(),
            values: ["grass", "stone", "wood"].map(String::from).into(),
            ..Default::default()
        };
        let speed = source::Rtpc {
            name: "speed".into(),
            unit: String::new(),
            min: 0.0,
            max: 100.0,
            default: 0.0,
            interp: source::Interp::None,
            host_param: None,
            targets: Vec::new(),
        };
        let object_7 = ObjectId(7);
        let states = StateGroups::compile(&[place], &Names, 48_000.0).unwrap();
        let mut state_values = StateValues::new(&states, 48_000.0);
        state_values.set(&states, 0, StateIx(0), 1);
        let switches = SwitchGroups::compile(&[ground], &Names).unwrap();
        let mut switch_values = SwitchValues::new(&switches);
        switch_values.set(&switches, SwitchIx(0), object_7, 2);
        let rtpcs = Rtpcs::compile(&[speed], 48_000.0).unwrap();
        let mut rtpc_values = RtpcValues::new(&rtpcs);
        rtpc_values.set(&rtpcs, 0, RtpcIx(0), Who::object(object_7), 10.0, 0);
        let values = GameValues {
            rtpcs: (&rtpcs, &rtpc_values),
            states: &state_values,
            switches: (&switches, &switch_values),
        };
        let compiled = Conditions::compile(conditions, &Names).unwrap();
        compiled.hold(&values, 0, Who::object(ObjectId(object)))
    }

    #[test]
    fn all_of_them_must_hold() {
        assert!(check(&[], 7));
        assert!(check(
            &[state("cave", false), switch("wood"), rtpc(10.0, 10.0)],
            7
        ));
        assert!(!check(&[state("cave", false), switch("wood")], 0));
        assert!(!check(&[state("cave", true)], 7));
        assert!(check(&[state("none", true), state("beach", true)], 7));
        assert!(check(&[switch("grass"), rtpc(0.0, 9.9)], 0));
        assert!(!check(&[rtpc(0.0, 9.9)], 7));
    }

    #[test]
    fn bad_conditions_are_named() {
        let paths = |conditions: &[Written]| -> Vec<String> {
            let problems = Conditions::compile(conditions, &Names).unwrap_err();
            problems.into_iter().map(|problem| problem.path).collect()
        };
        assert_eq!(
            paths(&[state("moon", false), rtpc(2.0, 1.0), rtpc(f32::NAN, 1.0)]),
            ["[0].value", "[1].min", "[2].min"]
        );
        assert_eq!(paths(&vec![switch("wood"); 9]), [""]);
    }
}
