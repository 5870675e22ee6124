//! Parts of the adaptive layers that nobody uses, and levels that are not there.

use std::collections::BTreeSet;

use segue_middleware::adaptive::signals::BUILT_IN;
use segue_middleware::source::{
    ActionKind, Adaptive, Context, Interactive, Normalise, Rule, RuleAction, RuleCondition,
};

use super::reach::entry;
use super::{Findings, Kind};

const PATH: &str = "interactive.adaptive";

/// The transitions that are taken without being named.
const ALWAYS: [&str; 4] = [
    "upshift_energetic",
    "downshift_smooth",
    "feature_enter",
    "feature_exit",
];

pub(super) fn check(source: &Interactive, findings: &mut Findings) {
    let Some(adaptive) = &source.adaptive else {
        return;
    };
    contexts(source, adaptive, findings);
    signals(adaptive, findings);
    redefined(adaptive, findings);
    transitions(adaptive, findings);
    stingers(adaptive, findings);
    levels(adaptive, findings);
}

fn contexts(source: &Interactive, adaptive: &Adaptive, findings: &mut Findings) {
    let actions = source.events.iter().flat_map(|event| &event.actions);
    let mut open: Vec<&str> = actions
        .filter_map(|action| match &action.kind {
            ActionKind::EnterContext(name) => Some(name.as_str()),
            _ => None,
        })
        .chain(adaptive.contexts.first().map(|it| it.name.as_str()))
        .collect();
    let mut entered = BTreeSet::new();
    while let Some(name) = open.pop() {
        let context = adaptive.contexts.iter().find(|it| it.name == name);
        if entered.insert(name)
            && let Some(context) = context
        {
            open.push(&context.exit.return_to);
        }
    }
    for context in &adaptive.contexts {
        if !entered.contains(context.name.as_str()) {
            let message = format!(
                "no event enters the context {:?}; only a call of the game could",
                context.name
            );
            findings.add(
                Kind::UnusedContext,
                format!("{PATH}.contexts{}", entry(&context.name)),
                message,
            );
        }
    }
}

fn signals(adaptive: &Adaptive, findings: &mut Findings) {
    let mut used = BTreeSet::new();
    for rule in &adaptive.rules {
        named(&rule.condition, &mut used);
        used.extend(rule.strength_signal.as_deref());
    }
    // All signals together make these two.
    if used.contains("momentum") || used.contains("velocity") {
        return;
    }
    let part = |name: &str, suffix: &str| used.contains(format!("{name}.{suffix}").as_str());
    // What the engine itself looks at counts as used.
    let by_itself = [
        "momentum",
        "feature_progress",
        "spins_in_feature",
        "total_feature_spins",
    ];
    for (n, signal) in adaptive.signals.iter().enumerate() {
        let name = signal.name.as_str();
        let is_used = used.contains(name)
            || by_itself.contains(&name)
            || part(name, "momentum")
            || part(name, "velocity");
        if !is_used {
            let message = format!("no rule looks at the signal {name:?}; use it or remove it");
            findings.add(Kind::UnusedSignal, format!("{PATH}.signals[{n}]"), message);
        }
    }
}

/// Built-in signals in another form than every rule and every game expects.
fn redefined(adaptive: &Adaptive, findings: &mut Findings) {
    for (n, signal) in adaptive.signals.iter().enumerate() {
        let built_in = BUILT_IN.iter().find(|(name, _)| *name == signal.name);
        if let Some((name, usual)) = built_in.filter(|(_, usual)| *usual != signal.normalise) {
            let message = format!(
                "the signal {name:?} is built in with the form {}, and has {} here; leave it out, or \
                 give it another name, unless that is meant",
                words(*usual),
                words(signal.normalise)
            );
            let path = format!("{PATH}.signals[{n}].normalise");
            findings.add(Kind::RedefinedSignal, path, message);
        }
    }
}

/// A form as it is written.
fn words(form: Normalise) -> String {
    match form {
        Normalise::None => "none".to_owned(),
        Normalise::Linear { a, b } => format!("linear (a {a}, b {b})"),
        Normalise::Sigmoid { k, m } => format!("sigmoid (k {k}, m {m})"),
        Normalise::Asymptotic { k } => format!("asymptotic (k {k})"),
    }
}

/// The signals that a condition names.
fn named<'a>(condition: &'a RuleCondition, used: &mut BTreeSet<&'a str>) {
    match condition {
        RuleCondition::Always => {}
        RuleCondition::Compare { signal, .. } => _ = used.insert(signal),
        RuleCondition::And(list) | RuleCondition::Or(list) | RuleCondition::Sequence(list, _) => {
            list.iter().for_each(|one| named(one, used));
        }
        RuleCondition::Not(one) | RuleCondition::HeldFor(one, _) => named(one, used),
    }
}

fn transitions(adaptive: &Adaptive, findings: &mut Findings) {
    let by_rules = adaptive
        .rules
        .iter()
        .filter_map(|it| it.transition.as_deref());
    let used: BTreeSet<&str> = by_rules.chain(ALWAYS).collect();
    for it in &adaptive.transitions {
        if !used.contains(it.name.as_str()) {
            let message = format!(
                "no rule names the transition {:?}; name it or remove it",
                it.name
            );
            findings.add(
                Kind::UnusedTransition,
                format!("{PATH}.transitions{}", entry(&it.name)),
                message,
            );
        }
    }
}

fn stingers(adaptive: &Adaptive, findings: &mut Findings) {
    let by_rules = adaptive.rules.iter();
    let by_rules = by_rules.filter_map(|it| it.side_effects.stinger.as_deref());
    let by_contexts = adaptive.contexts.iter().flat_map(|it| {
        let summary = it.exit.summary_stingers.iter().flatten();
        summary.chain(&it.entry_stinger).map(String::as_str)
    });
    let used: BTreeSet<&str> = by_rules.chain(by_contexts).collect();
    for (n, it) in adaptive.stingers.iter().enumerate() {
        if !used.contains(it.name.as_str()) {
            let message = format!(
                "no rule or context plays the stinger {:?}; play it or remove it",
                it.name
            );
            findings.add(
                Kind::UnusedStinger,
                format!("{PATH}.asset_manifest.stingers[{n}]"),
                message,
            );
        }
    }
}

/// Levels above those of every context that is meant.
fn levels(adaptive: &Adaptive, findings: &mut Findings) {
    for (n, rule) in adaptive
        .rules
        .iter()
        .enumerate()
        .filter(|(_, it)| it.enabled)
    {
        let asked: &[(&str, u8)] = match rule.action {
            RuleAction::SetLevel(level) => &[("level", level)],
            RuleAction::Pulse { level, back, .. } => &[("level", level), ("return", back)],
            RuleAction::StepUp { min, .. } | RuleAction::StepDown { min, .. } => &[("min", min)],
            RuleAction::Hold(_) | RuleAction::Release => &[],
        };
        let Some(top) = top_of(adaptive, rule) else {
            continue;
        };
        for (key, level) in asked.iter().filter(|(_, level)| *level > top) {
            let path = format!("{PATH}.rules[{n}].action.{key}");
            findings.add(Kind::UnreachableLevel, path, no_level(*level, top));
        }
    }
    for context in &adaptive.contexts {
        let back = adaptive.contexts.iter();
        let mut back = back.filter(|it| it.name == context.exit.return_to);
        let top = back.next().and_then(top);
        if let (Some(level), Some(top)) = (context.exit.level, top)
            && level > top
        {
            let path = format!("{PATH}.contexts{}.exit.level", entry(&context.name));
            findings.add(Kind::UnreachableLevel, path, no_level(level, top));
        }
    }
}

fn no_level(level: u8, top: u8) -> String {
    format!("there is no level {level}: the highest one is {top}; add levels or ask for that one")
}

/// The highest level that a context has and may have.
fn top(context: &Context) -> Option<u8> {
    let top = u8::try_from(context.levels.len().checked_sub(1)?).ok()?;
    Some(top.min(context.constraints.max))
}

/// The highest level of all contexts in which a rule holds.
fn top_of(adaptive: &Adaptive, rule: &Rule) -> Option<u8> {
    let holds = |it: &&Context| rule.contexts.is_empty() || rule.contexts.contains(&it.name);
    adaptive.contexts.iter().filter(holds).filter_map(top).max()
}
