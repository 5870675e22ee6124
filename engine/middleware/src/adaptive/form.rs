//! An adaptive profile as the engine reads it: slots, code and frames.

mod context;
mod rule;
mod transition;

use segue_rt::game::NameId;

use super::code::{Code, Op};
use super::effect::{RuleIx, TransitionIx};
use super::lookup::{Checks, Found, Hashed, Lookup};
use super::norms::Norms;
use super::signals::BUILT_IN;
use super::test::Tests;
use crate::ids::{ContextIx, NodeIx, SignalIx};
use crate::limits;
use crate::source::{self, Normalise, Stability};

pub(super) use context::Entry;
pub(crate) use context::{ContextForm, LayerAt};
pub(super) use rule::{Action, HotRule, RuleForm};
pub(crate) use transition::{DuckForm, TransitionForm};

/// What of an adaptive profile the game needs, compiled. Immutable; `[thread-safe]`.
#[derive(Clone, Debug)]
pub struct AdaptiveForm {
    pub(crate) sample_rate: f64,
    pub(crate) contexts: Box<[ContextForm]>,
    pub(crate) transitions: Box<[TransitionForm]>,
    pub(super) signals: Box<[SignalForm]>,
    /// Those of all signals.
    pub(super) norms: Box<[Norms]>,
    /// In the order in which they are looked at.
    pub(super) rules: Box<[RuleForm]>,
    pub(super) hot: Box<[HotRule]>,
    pub(super) ops: Box<[Op]>,
    pub(super) tests: Box<[Tests]>,
    pub(super) timers: u32,
    pub(super) sequences: u32,
    pub(super) stability: StabilityForm,
    pub(super) ways: Ways,
    /// Places of the signals that the engine itself reads or writes.
    pub(super) known: Known,
    signal_names: Hashed,
    context_names: Hashed,
    texts: Texts,
}

/// For people.
#[derive(Clone, Debug)]
struct Texts {
    signals: Box<[String]>,
    contexts: Box<[(String, String)]>,
    /// In the profile's order: id, name.
    rules: Box<[(String, String)]>,
    transitions: Box<[String]>,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct SignalForm {
    pub(super) id: NameId,
    pub(super) normalise: Normalise,
    pub(super) default: f32,
}

/// Times of the stability in frames.
#[derive(Clone, Copy, Debug)]
pub(super) struct StabilityForm {
    pub(super) hold: u64,
    pub(super) cooldown: u64,
    /// Least strength by level.
    pub(super) inertia: [f32; 5],
    pub(super) momentum: f32,
    pub(super) decay_after: u64,
    /// Levels a second.
    pub(super) decay_per_s: f64,
    pub(super) baseline: f32,
}

/// The transitions that are taken without being named.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ways {
    pub(super) up: TransitionIx,
    pub(super) down: TransitionIx,
    pub(super) enter: TransitionIx,
    pub(super) exit: TransitionIx,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Known {
    pub(super) momentum: usize,
    pub(super) velocity: usize,
    pub(super) progress: usize,
    pub(super) spins: usize,
    pub(super) total_spins: usize,
}

impl AdaptiveForm {
    /// Checks and resolves a profile. Errors: every problem, with its path below the profile.
    /// `[main-thread]`
    pub fn new(
        source: &source::Adaptive,
        lookup: &Lookup<'_>,
        sample_rate: f64,
    ) -> Result<Self, Vec<Found>> {
        let mut checks = Checks::default();
        let form = form(source, lookup, sample_rate, &mut checks);
        checks.done(form)
    }

    /// The signal of a name. `[thread-safe]`
    pub fn signal(&self, name: NameId) -> Option<SignalIx> {
        self.signal_names.find(name).map(SignalIx)
    }

    /// The context of a name. `[thread-safe]`
    pub fn context(&self, name: NameId) -> Option<ContextIx> {
        self.context_names.find(name).map(ContextIx)
    }

    /// How many signals there are. `[thread-safe]`
    pub fn signals(&self) -> usize {
        self.signals.len()
    }

    /// The name of a signal. `[main-thread]`
    pub fn signal_name(&self, signal: SignalIx) -> Option<&str> {
        self.texts.signals.get(signal.at()).map(String::as_str)
    }

    /// The name and the musical key of a context. `[main-thread]`
    pub fn context_text(&self, context: ContextIx) -> Option<(&str, &str)> {
        let (name, key) = self.texts.contexts.get(context.at())?;
        Some((name, key))
    }

    /// The id and the name of a rule. `[main-thread]`
    pub fn rule_text(&self, rule: RuleIx) -> Option<(&str, &str)> {
        let (id, name) = self.texts.rules.get(usize::from(rule.0))?;
        Some((id, name))
    }

    /// The name of a transition. `[main-thread]`
    pub fn transition_name(&self, transition: TransitionIx) -> Option<&str> {
        let names = &self.texts.transitions;
        names.get(usize::from(transition.0)).map(String::as_str)
    }

    /// For changes that nobody asked for.
    pub(crate) fn plain_transition(&self) -> TransitionIx {
        self.ways.down
    }

    /// What the layers of a level play, to have it at hand. `[thread-safe]`
    pub fn level_nodes(
        &self,
        context: ContextIx,
        level: u8,
    ) -> impl Iterator<Item = NodeIx> + use<'_> {
        let context = self.contexts.get(context.at());
        let level = context.and_then(|it| it.levels.get(usize::from(level)).map(|at| (it, at)));
        let layers = level
            .into_iter()
            .flat_map(|(context, at)| context.layers.iter().zip(at));
        layers
            .filter(|(_, at)| at.is_some())
            .map(|(layer, _)| layer.node)
    }
}

/// Names of the parts of a profile.
struct Names<'a> {
    signals: Vec<&'a str>,
    contexts: Vec<&'a str>,
    stingers: Vec<&'a str>,
    transitions: Vec<String>,
}

fn form(
    source: &source::Adaptive,
    lookup: &Lookup<'_>,
    sample_rate: f64,
    checks: &mut Checks,
) -> AdaptiveForm {
    let signals = signals(source, checks);
    let names = Names {
        signals: signals.iter().map(|(name, _)| *name).collect(),
        contexts: source.contexts.iter().map(|it| &*it.name).collect(),
        stingers: source.stingers.iter().map(|it| &*it.name).collect(),
        transitions: transition::names(source),
    };
    let stingers = stingers(source, lookup, checks, &names.stingers);
    let mut builder = Builder {
        checks,
        lookup,
        sample_rate,
        names: &names,
        stingers,
        code: Code::default(),
    };
    let transitions = builder.transitions(&source.transitions);
    let contexts = builder.contexts(&source.contexts);
    let (rules, hot) = builder.rules(&source.rules);
    let stability = builder.stability(&source.stability);
    let Code {
        ops,
        tests,
        timers,
        sequences,
    } = builder.code;
    let normalised: Vec<_> = signals.iter().map(|(_, form)| form.normalise).collect();
    AdaptiveForm {
        sample_rate,
        contexts,
        transitions,
        rules,
        hot,
        ops: ops.into_boxed_slice(),
        tests: Tests::all(&tests),
        timers,
        sequences,
        stability,
        ways: ways(&names.transitions),
        known: known(&names.signals),
        signal_names: Hashed::new(names.signals.iter().copied()),
        context_names: Hashed::new(names.contexts.iter().copied()),
        texts: texts(source, &names),
        signals: signals.iter().map(|(_, form)| *form).collect(),
        norms: Norms::all(&normalised),
    }
}

/// What is needed everywhere.
struct Builder<'a> {
    checks: &'a mut Checks,
    lookup: &'a Lookup<'a>,
    sample_rate: f64,
    names: &'a Names<'a>,
    stingers: Vec<NodeIx>,
    code: Code,
}

impl Builder<'_> {
    fn frames(&mut self, path: &str, ms: f32) -> u64 {
        u64::from(self.checks.frames(path, ms, 3_600_000.0, self.sample_rate))
    }

    /// A stinger by name.
    fn stinger(&mut self, path: &str, name: Option<&String>) -> Option<NodeIx> {
        let known = &self.names.stingers;
        let place = self
            .lookup
            .place(self.checks, path, "stinger", name?, known);
        Some(self.stingers[place?])
    }

    fn stability(&mut self, it: &Stability) -> StabilityForm {
        let mut range = |key: &str, value, least, most| {
            self.checks
                .range(&format!("stability.{key}"), value, least, most)
        };
        let inertia = it
            .inertia
            .map(|factor| range("inertia", factor, 0.0, 100.0));
        let momentum = range("momentum", it.momentum, 0.0, 2.0);
        let decay_per_s = f64::from(range("decay_per_s", it.decay_per_s, 0.0, 100.0));
        let baseline = range("baseline", it.baseline, 0.0, 4.0);
        if it.prediction {
            let message = "true would do nothing: all layers of a context run from its start, so no \
                           level has to be fetched ahead; leave it out";
            self.checks.add("stability.prediction", message);
        }
        StabilityForm {
            hold: self.frames("stability.hold_ms", it.hold_ms),
            cooldown: self.frames("stability.cooldown_ms", it.cooldown_ms),
            inertia: inertia.map(|factor| (0.5 * factor).min(1.0)),
            momentum,
            decay_after: self.frames("stability.decay_after_ms", it.decay_after_ms),
            decay_per_s,
            baseline,
        }
    }
}

/// The signals of a profile, then those that are always there and were not listed.
fn signals<'a>(source: &'a source::Adaptive, checks: &mut Checks) -> Vec<(&'a str, SignalForm)> {
    let mut list: Vec<(&str, SignalForm)> = Vec::new();
    let names: Vec<&str> = source.signals.iter().map(|it| &*it.name).collect();
    checks.names("signals", &names);
    for (n, it) in source.signals.iter().enumerate() {
        let path = format!("signals[{n}]");
        normalise(checks, &format!("{path}.normalise"), it.normalise);
        let default = checks.range(&format!("{path}.default"), it.default, -1e9, 1e9);
        list.push((&it.name, signal(&it.name, it.normalise, default)));
    }
    for (name, normalise) in BUILT_IN {
        if !names.contains(&name) {
            list.push((name, signal(name, normalise, 0.0)));
        }
    }
    let always = "signals, those that are always there included,";
    checks.count("signals", always, list.len(), limits::SIGNALS);
    list
}

fn signal(name: &str, normalise: Normalise, default: f32) -> SignalForm {
    SignalForm {
        id: NameId::of(name),
        normalise,
        default,
    }
}

fn normalise(checks: &mut Checks, path: &str, it: Normalise) {
    match it {
        Normalise::None => {}
        Normalise::Linear { a, b } => {
            if !(a.is_finite() && b.is_finite() && a != b) {
                checks.add(path, format!("{a} and {b} must be two different numbers"));
            }
        }
        Normalise::Sigmoid { k, m } => {
            checks.range(&format!("{path}.k"), k, -1000.0, 1000.0);
            checks.range(&format!("{path}.m"), m, -1e9, 1e9);
        }
        Normalise::Asymptotic { k } => {
            checks.range(&format!("{path}.k"), k, 0.0, 1000.0);
        }
    }
}

fn stingers(
    source: &source::Adaptive,
    lookup: &Lookup<'_>,
    checks: &mut Checks,
    names: &[&str],
) -> Vec<NodeIx> {
    checks.count("stingers", "stingers", names.len(), limits::STINGERS);
    checks.names("stingers", names);
    let one = |(n, it): (usize, &source::AdaptiveStinger)| {
        lookup.node(checks, &format!("stingers[{n}].asset"), &it.asset)
    };
    source.stingers.iter().enumerate().map(one).collect()
}

fn ways(names: &[String]) -> Ways {
    let way = |name: &str| {
        let at = names.iter().position(|other| other == name);
        TransitionIx(u16::try_from(at.unwrap_or_default()).unwrap_or_default())
    };
    Ways {
        up: way("upshift_energetic"),
        down: way("downshift_smooth"),
        enter: way("feature_enter"),
        exit: way("feature_exit"),
    }
}

fn known(names: &[&str]) -> Known {
    let place = |name: &str| {
        names
            .iter()
            .position(|other| *other == name)
            .unwrap_or_default()
    };
    Known {
        momentum: place("momentum"),
        velocity: place("velocity"),
        progress: place("feature_progress"),
        spins: place("spins_in_feature"),
        total_spins: place("total_feature_spins"),
    }
}

fn texts(source: &source::Adaptive, names: &Names<'_>) -> Texts {
    let contexts = source.contexts.iter();
    let rules = source.rules.iter();
    Texts {
        signals: names.signals.iter().map(|&name| name.to_owned()).collect(),
        contexts: contexts
            .map(|it| (it.name.clone(), it.key.clone()))
            .collect(),
        rules: rules.map(|it| (it.id.clone(), it.name.clone())).collect(),
        transitions: names.transitions.clone().into_boxed_slice(),
    }
}
