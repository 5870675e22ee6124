//! A profile, a list of calls, and everything that came of it.

use segue_rt::game::NameId;

use crate::adaptive::{Adaptive, AdaptiveForm, Cause, Effect, Effects, Found, Lookup, Refusal};
use crate::ids::{EventIx, NodeIx};
use crate::source::{self, Compare, Context, Layer, Rule, RuleAction, RuleCondition};

pub(super) const RATE: f64 = 48_000.0;
/// Frames of a millisecond.
pub(super) const MS: u64 = 48;

/// A call of the game.
#[derive(Clone, Copy, Debug)]
pub(super) enum Do {
    Set(&'static str, f32),
    Enter(&'static str, f32),
    Leave(u8),
    Level(u8),
    Spin,
}

pub(super) const NODES: [&str; 4] = ["a", "b", "sting", "other"];

pub(super) fn lookup<R>(go: impl FnOnce(&Lookup<'_>) -> R) -> R {
    let find = |name: &str| NODES.iter().position(|node| *node == name);
    go(&Lookup {
        node: &|name| match find(name) {
            Some(at) => Ok(NodeIx(u32::try_from(at).unwrap())),
            None => Err(format!("there is no sound {name:?}")),
        },
        event: &|name| match name {
            "event" => Ok(EventIx(7)),
            _ => Err(format!("there is no event {name:?}")),
        },
        unknown: &|what, name, _| format!("there is no {what} {name:?}"),
        frame: &|_, frame| frame,
        length: &|_| Some(480_000),
    })
}

pub(super) fn compile(source: &source::Adaptive) -> Result<AdaptiveForm, Vec<Found>> {
    lookup(|lookup| AdaptiveForm::new(source, lookup, RATE))
}

pub(super) fn form(source: &source::Adaptive) -> AdaptiveForm {
    compile(source).unwrap_or_else(|found| panic!("{found:?}"))
}

pub(super) fn context(name: &str) -> Context {
    let layer = |asset: &str| Layer {
        asset: asset.to_owned(),
        ..Layer::default()
    };
    let mut context = Context {
        name: name.to_owned(),
        bpm: 120.0,
        signature: [4, 4],
        levels: vec![vec![layer("a")]; 5],
        ..Context::default()
    };
    context.constraints.cooldown_ms = 0.0;
    context
}

/// Nothing keeps a level from changing.
pub(super) fn free() -> source::Stability {
    source::Stability {
        hold_ms: 0.0,
        cooldown_ms: 0.0,
        inertia: [0.0; 5],
        momentum: 2.0,
        decay_per_s: 0.0,
        ..source::Stability::default()
    }
}

/// Holds while a raw signal is not 0.
pub(super) fn on(signal: &str) -> RuleCondition {
    compare(signal, Compare::IsTrue, 0.0)
}

pub(super) fn compare(signal: &str, op: Compare, value: f32) -> RuleCondition {
    RuleCondition::Compare {
        signal: signal.to_owned(),
        raw: true,
        op,
        value,
        high: value + 1.0,
    }
}

pub(super) fn rule(id: &str, condition: RuleCondition, action: RuleAction) -> Rule {
    Rule {
        id: id.to_owned(),
        enabled: true,
        priority: 100,
        condition,
        action,
        ..Rule::default()
    }
}

pub(super) const UP: RuleAction = RuleAction::StepUp {
    n: 1,
    min: 0,
    max: 4,
};
pub(super) const DOWN: RuleAction = RuleAction::StepDown {
    n: 1,
    min: 0,
    max: 4,
};

/// `go` and `back` are signals of it; it begins at level 0 of BASE and knows FEATURE.
pub(super) fn profile(rules: Vec<Rule>) -> source::Adaptive {
    let signal = |name: &str| source::Signal {
        name: name.to_owned(),
        ..source::Signal::default()
    };
    source::Adaptive {
        signals: ["go", "back", "x", "y", "force"].map(signal).to_vec(),
        contexts: vec![context("BASE"), context("FEATURE")],
        rules,
        stability: free(),
        stingers: ["hit", "hey"]
            .map(|name| source::AdaptiveStinger {
                name: name.to_owned(),
                asset: if name == "hit" { "sting" } else { "other" }.to_owned(),
            })
            .to_vec(),
        ..source::Adaptive::default()
    }
}

/// What came of a list of calls.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Trace {
    /// With its time in ms.
    pub(super) effects: Vec<(u64, Effect)>,
}

impl Trace {
    /// Times and levels of all changes.
    pub(super) fn levels(&self) -> Vec<(u64, u8)> {
        let levels = self.effects.iter().filter_map(|(at, effect)| match effect {
            Effect::Level { to, .. } => Some((*at, *to)),
            _ => None,
        });
        levels.collect()
    }

    pub(super) fn causes(&self) -> Vec<Cause> {
        let causes = self.effects.iter().filter_map(|(_, effect)| match effect {
            Effect::Level { cause, .. } => Some(*cause),
            _ => None,
        });
        causes.collect()
    }

    /// Times and reasons of refusals of a rule.
    pub(super) fn refusals(&self, of: u16) -> Vec<(u64, Refusal)> {
        let refusals = self.effects.iter().filter_map(|(at, effect)| match effect {
            Effect::Refused { rule, refusal, .. } if rule.0 == of => Some((*at, *refusal)),
            _ => None,
        });
        refusals.collect()
    }

    /// Times, sounds, gains and ducks of stingers.
    pub(super) fn stings(&self) -> Vec<(u64, &'static str, f32, f32)> {
        let stings = self.effects.iter().filter_map(|(at, effect)| match effect {
            Effect::Stinger {
                node,
                gain,
                duck_db,
            } => Some((*at, NODES[node.at()], *gain, *duck_db)),
            _ => None,
        });
        stings.collect()
    }

    /// Times, places and levels of contexts that began.
    pub(super) fn contexts(&self) -> Vec<(u64, u32, u8)> {
        let contexts = self.effects.iter().filter_map(|(at, effect)| match effect {
            Effect::Context { to, level, .. } => Some((*at, to.0, *level)),
            _ => None,
        });
        contexts.collect()
    }
}

/// Calls at their ms, a tick every 10 ms after them, from 0 to `until`.
pub(super) fn run(source: &source::Adaptive, calls: &[(u64, Do)], until: u64) -> Trace {
    let form = form(source);
    let mut engine = Adaptive::new(&form);
    let mut effects = Vec::new();
    let mut out = Effects::default();
    engine.begin(&form, 0, &mut out);
    effects.extend(out.iter().map(|effect| (0, *effect)));
    for ms in 0..=until {
        for (_, call) in calls.iter().filter(|(at, _)| *at == ms) {
            out.clear();
            carry_out(&mut engine, &form, ms * MS, *call, &mut out);
            effects.extend(out.iter().map(|effect| (ms, *effect)));
        }
        if ms % 10 == 0 {
            out.clear();
            engine.tick(&form, ms * MS, &mut out);
            effects.extend(out.iter().map(|effect| (ms, *effect)));
        }
    }
    Trace { effects }
}

pub(super) fn carry_out(
    engine: &mut Adaptive,
    form: &AdaptiveForm,
    at: u64,
    call: Do,
    out: &mut Effects,
) {
    match call {
        Do::Set(signal, value) => {
            assert!(engine.signal(form, NameId::of(signal), value));
        }
        Do::Enter(context, strength) => {
            let context = form.context(NameId::of(context)).unwrap();
            engine.enter(form, at, context, strength, out);
        }
        Do::Leave(summary) => engine.leave(form, at, summary, out),
        Do::Level(level) => engine.set_level(form, at, level, out),
        Do::Spin => engine.new_spin(),
    }
}
