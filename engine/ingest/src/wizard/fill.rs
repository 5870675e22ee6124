//! Where the fields of a stage stand in an event.

use super::draft::quote;
use super::purpose::{Purpose, tokens};
use super::walk::Paths;
use crate::adapter::Probe;
use segue_middleware::stage::field::{FeatureType, JackpotTier, Kind};
use segue_middleware::stage::{FieldInfo, StageInfo};
use serde_json::Value as Json;

/// What the wizard found for the fields of one event.
#[derive(Debug, Default)]
pub(super) struct Filled {
    /// Fields and where they come from, as TOML.
    pub(super) params: Vec<(&'static str, String)>,
    /// What a person should look at.
    pub(super) warnings: Vec<String>,
}

/// Amounts without which a stage says nothing.
const NEEDED: [&str; 5] = ["win_amount", "amount", "target", "current", "final"];
/// Words for a tier of a big win.
const TIERS: [(&str, u8); 5] = [
    ("big", 1),
    ("super", 2),
    ("mega", 3),
    ("epic", 4),
    ("ultra", 5),
];
/// Names of a field besides its own.
const SYNONYMS: &[(&str, &[&str])] = &[
    ("reason", &["why", "cause"]),
    ("tier", &["level", "class"]),
    ("index", &["step", "spin", "n"]),
    ("remaining", &["left", "spinsleft", "freespinsleft"]),
    ("total_steps", &["spins", "count", "freespins"]),
    ("line", &["payline", "lineindex", "lineid"]),
    ("line_count", &["lines"]),
    (
        "start",
        &[
            "from",
            "startvalue",
            "startamount",
            "fromamount",
            "begin",
            "countfrom",
            "initial",
        ],
    ),
    ("base", &["basewin", "baseamount", "unmultiplied"]),
    ("additional", &["added", "extra", "spins"]),
];

/// Looks for each field in samples of the event: first where an adapter looks by itself, then by
/// name, then in the event's own name; else something stands for it.
pub(super) fn fill(
    stage: &'static StageInfo,
    name: &str,
    number: Option<(&'static str, i64)>,
    samples: &[Json],
    probe: &Probe,
) -> Filled {
    let mut filled = Filled::default();
    for field in stage.fields {
        let found = |event: &Json| probe.finds(stage, field, event);
        if is_most(samples, |event| found(event) == Some(true)) {
            continue;
        }
        let is_in_the_way = samples.iter().any(|event| found(event) == Some(false));
        if let Some(path) = by_name(field, samples, probe) {
            filled.params.push((field.name, quote(&format!("${path}"))));
        } else if let Some((_, number)) = number.filter(|(it, _)| *it == field.name) {
            filled.params.push((field.name, number.to_string()));
        } else if field.optional {
            if is_in_the_way {
                // A path where nothing is.
                filled.params.push((field.name, "\"$/-\"".to_owned()));
                let what = format!(
                    "{name:?}: what it has as {} is not {}",
                    field.name, field.kind
                );
                filled.warnings.push(what);
            }
        } else if let Some(value) = stand_in(field, name) {
            let what = format!(
                "{name:?}: no {} was found, {value} stands for it",
                field.name
            );
            filled.params.push((field.name, value));
            filled.warnings.push(what);
        } else {
            let needs = format!("{} needs {}: {}", stage.name, field.name, field.kind);
            filled
                .warnings
                .push(format!("{name:?}: {needs}; nothing in it looks like that"));
        }
    }
    filled
}

fn is_most(samples: &[Json], is: impl Fn(&Json) -> bool) -> bool {
    let count = samples.iter().filter(|event| is(event)).count();
    count * 2 > samples.len()
}

/// The path of a value that the field can hold and whose name is near to that of the field.
fn by_name(field: &FieldInfo, samples: &[Json], probe: &Probe) -> Option<String> {
    let mut paths = Paths::default();
    for event in samples {
        paths.walk(event, &mut |_, _| ());
    }
    let near = |number: &usize| closeness(field, paths.keys(*number));
    let fits = |number: &usize| {
        let pointer = paths.pointer(*number);
        let fits = |event: &Json| {
            let value = event.pointer(&pointer);
            value.is_some_and(|value| probe.fits(field, value))
        };
        near(number) > 0.0 && is_most(samples, fits)
    };
    let fitting = (0..paths.len()).filter(fits);
    let best = fitting.reduce(|best, next| {
        if near(&next) > near(&best) {
            next
        } else {
            best
        }
    });
    best.map(|number| paths.pointer(number))
}

fn closeness(field: &FieldInfo, keys: &[String]) -> f64 {
    let last = keys.last().map(|key| tokens(key).concat());
    let last = last.unwrap_or_default();
    let own = tokens(field.name).concat();
    let synonyms = SYNONYMS.iter().find(|(name, _)| *name == field.name);
    if last == own || synonyms.is_some_and(|(_, names)| names.contains(&last.as_str())) {
        return 1.0;
    }
    match purpose(field) {
        Some(Purpose::Win) if matches!(last.as_str(), "amount" | "value" | "total" | "sum") => 0.6,
        Some(purpose) => purpose.name_match(keys).0,
        None => 0.0,
    }
}

fn purpose(field: &FieldInfo) -> Option<Purpose> {
    match field.name {
        "reel" => Some(Purpose::Reel),
        "symbols" => Some(Purpose::Symbols),
        "multiplier" => Some(Purpose::Multiplier),
        "feature_type" | "bonus_type" => Some(Purpose::Feature),
        "stake" => Some(Purpose::Bet),
        // What stood before the win: the win itself would be wrong.
        "start" | "base" => None,
        _ if is_money(field) => Some(Purpose::Win),
        _ => None,
    }
}

const fn is_money(field: &FieldInfo) -> bool {
    matches!(
        field.kind,
        Kind::Int {
            min: 0,
            max: i64::MAX
        }
    )
}

/// What may stand for a field that an event does not have, as TOML.
fn stand_in(field: &FieldInfo, name: &str) -> Option<String> {
    let words = tokens(name);
    let has = |word: &str| words.iter().any(|it| it == word);
    let quoted = |word: &str| format!("\"{word}\"");
    match (field.name, field.kind) {
        ("reel", _) => None,
        ("tier", Kind::Int { .. }) => {
            let named = TIERS.iter().find(|(word, _)| has(word));
            Some(named.map_or(1, |(_, tier)| *tier).to_string())
        }
        ("tier", Kind::Word(_)) => {
            let named = JackpotTier::WORDS.iter().find(|word| has(word));
            Some(quoted(named.unwrap_or(&"custom")))
        }
        (_, Kind::WordOrCustom(_)) => {
            let joined = words.join("_");
            let named = FeatureType::WORDS
                .iter()
                .find(|word| joined.contains(**word));
            Some(quoted(named.unwrap_or(&"free_spins")))
        }
        (_, Kind::Word(list)) => list.last().map(|word| quoted(word)),
        (_, Kind::Bool) => Some("false".to_owned()),
        (_, Kind::Number { .. }) => Some("1.0".to_owned()),
        (_, Kind::Ints { .. }) => Some("[]".to_owned()),
        (_, Kind::Int { .. }) if is_money(field) && NEEDED.contains(&field.name) => None,
        (_, Kind::Int { min, .. }) => Some(min.to_string()),
        (_, Kind::Text { .. }) => None,
    }
}
