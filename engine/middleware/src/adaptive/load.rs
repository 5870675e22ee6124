//! A full-sized profile, to measure a tick with.

use segue_rt::game::NameId;

use super::{Adaptive, AdaptiveForm, Effects, Found, Lookup};
use crate::ids::{EventIx, NodeIx};
use crate::source::{self, Compare, Context, Layer, Rule, RuleAction, RuleCondition, Signal};

/// Frames a second of the measurement.
const SAMPLE_RATE: f64 = 48_000.0;
/// Frames of a tick.
const TICK: u64 = 480;

/// An engine under full load: `signals` of its own, each of them updated before every tick, and
/// `rules` with comparisons, timers and lists. `[main-thread]` to make, the rest as the engine.
pub struct Load {
    form: AdaptiveForm,
    engine: Adaptive,
    effects: Effects,
    names: Box<[NameId]>,
    ticks: u64,
}

impl Load {
    /// `signals` is 1..=236, besides those that are always there; `rules` is at most 1024. Errors:
    /// what the profile would be refused for.
    pub fn new(signals: usize, rules: usize) -> Result<Self, Vec<Found>> {
        let source = profile(signals, rules);
        let lookup = Lookup {
            node: &|_| Ok(NodeIx(0)),
            event: &|_| Ok(EventIx(0)),
            unknown: &|what, name, _| format!("there is no {what} {name:?}"),
            frame: &|_, frame| frame,
            length: &|_| Some(480_000),
        };
        let form = AdaptiveForm::new(&source, &lookup, SAMPLE_RATE)?;
        let mut engine = Adaptive::new(&form);
        let mut effects = Effects::default();
        engine.begin(&form, 0, &mut effects);
        Ok(Self {
            names: (0..signals).map(|n| NameId::of(&name(n))).collect(),
            form,
            engine,
            effects,
            ticks: 0,
        })
    }

    /// Gives every signal a new value: what callers do between two ticks.
    pub fn update(&mut self) {
        for (n, name) in self.names.iter().enumerate() {
            let value = ((self.ticks * 7 + n as u64 * 13) % 97) as f32 / 97.0;
            self.engine.signal(&self.form, *name, value);
        }
    }

    /// One tick; how many effects it had.
    pub fn tick(&mut self) -> usize {
        self.ticks += 1;
        self.effects.clear();
        self.engine
            .tick(&self.form, self.ticks * TICK, &mut self.effects);
        self.effects.iter().count()
    }
}

fn name(n: usize) -> String {
    format!("signal_{n}")
}

fn profile(signals: usize, rules: usize) -> source::Adaptive {
    let layer = Layer {
        asset: "layer".to_owned(),
        ..Layer::default()
    };
    let mut context = Context {
        name: "BASE".to_owned(),
        bpm: 120.0,
        signature: [4, 4],
        levels: vec![vec![layer]; 5],
        ..Context::default()
    };
    context.exit.return_to = "BASE".to_owned();
    source::Adaptive {
        signals: (0..signals).map(signal).collect(),
        contexts: vec![context],
        rules: (0..rules).map(|n| rule(n, signals)).collect(),
        ..source::Adaptive::default()
    }
}

fn signal(n: usize) -> Signal {
    Signal {
        name: name(n),
        normalise: source::Normalise::Asymptotic { k: 0.5 },
        default: 0.0,
    }
}

fn rule(n: usize, signals: usize) -> Rule {
    let compare = |k: usize, op, value| RuleCondition::Compare {
        signal: name((n * 3 + k) % signals),
        raw: k == 1,
        op,
        value,
        high: 0.9,
    };
    let list = vec![
        compare(0, Compare::Gt, 0.1),
        RuleCondition::HeldFor(Box::new(compare(1, Compare::InRange, 0.2)), 50.0),
        RuleCondition::Or(vec![
            compare(2, Compare::Increased, 0.0),
            compare(3, Compare::CrossedUp, 0.3),
        ]),
    ];
    Rule {
        id: format!("rule_{n}"),
        enabled: true,
        priority: 2000 - i32::try_from(n).unwrap_or(0),
        condition: RuleCondition::And(list),
        action: if n.is_multiple_of(2) {
            RuleAction::StepUp {
                n: 1,
                min: 0,
                max: 4,
            }
        } else {
            RuleAction::StepDown {
                n: 1,
                min: 0,
                max: 4,
            }
        },
        cooldown_ms: 100.0,
        requires_hold_expired: true,
        ..Rule::default()
    }
}
