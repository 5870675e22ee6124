//! How sure a mapping is, and what that means for what is heard.
//!
//! | confidence | at run time |
//! |---|---|
//! | from 0.8 | the stage, as it is |
//! | from `min_confidence` (0.5) | the stage, 6 dB quieter |
//! | from 0.2 | no stage, a row in the report |
//! | below | no stage, counted |
//!
//! What a person wrote has confidence 1; the wizard writes its own next to what it proposes.

use super::config::{ConfigError, File};
use super::emit::{Emit, Paths};
use super::path::Path;

/// From here on a stage is as loud as it is.
pub const TRIGGER_MIN: f64 = 0.8;
/// From here on a stage that makes no sound is told.
pub const WARNING_MIN: f64 = 0.2;
/// Gain in decibels of a stage that is less sure.
pub const UNSURE_GAIN_DB: f32 = -6.0;

/// What becomes of a stage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Band {
    Trigger,
    Quieter,
    Warning,
    Ignored,
}

/// The band of a confidence where sound begins at `least`.
pub(super) fn band(confidence: f64, least: f64) -> Band {
    match confidence {
        c if c >= least && c >= TRIGGER_MIN => Band::Trigger,
        c if c >= least => Band::Quieter,
        c if c >= WARNING_MIN => Band::Warning,
        _ => Band::Ignored,
    }
}

/// The confidence of a path of a file, 1 where the file says none.
pub(super) fn of_path(file: &File, table: &str, name: &str) -> f64 {
    let key = format!("{table}.{name}");
    file.confidence.get(&key).copied().unwrap_or(1.0)
}

/// The least of the confidences of what a stage by name is made of: its mapping, the name's path,
/// and the paths of its fields.
pub(super) fn of_event(file: &File, paths: &Paths, emit: &Emit, mapping: f64) -> f64 {
    let name = of_path(file, "payload_paths", "event_name");
    of_fields(file, paths, emit).min(name).min(mapping)
}

/// The least of the confidences of the paths of a stage's fields.
pub(super) fn of_fields(file: &File, paths: &Paths, emit: &Emit) -> f64 {
    let names = emit.paths(paths).into_iter();
    let sures = names.map(|name| of_path(file, "payload_paths", name));
    sures.fold(1.0, f64::min)
}

/// The least of the confidences of those paths of the file that stand where one of `looked` does.
pub(super) fn of_paths(file: &File, payload: &Paths, snapshot: &Paths, looked: &[&Path]) -> f64 {
    let tables = [("payload_paths", payload), ("snapshot_paths", snapshot)];
    let all = tables
        .into_iter()
        .flat_map(|(table, paths)| paths.iter().map(move |(name, path)| (table, name, path)));
    let met = all.filter(|(_, _, path)| looked.contains(path));
    let sures = met.map(|(table, name, _)| of_path(file, table, name));
    sures.fold(1.0, f64::min)
}

/// Refuses confidences that are none, and those of paths that the file does not have.
pub(super) fn check(file: &File) -> Result<(), ConfigError> {
    let rules = file.rule.iter().enumerate();
    let rules = rules.map(|(at, rule)| (format!("rule[{at}].confidence"), rule.confidence));
    let hints = file.heuristics.iter().enumerate();
    let hints = hints.map(|(at, hint)| (format!("heuristics[{at}].confidence"), hint.confidence));
    let events = file.event_mapping.iter().filter_map(|(name, mapping)| {
        let sure = mapping.confidence();
        (sure != 1.0).then(|| (format!("event_mapping.{name:?}.confidence"), sure))
    });
    let paths = file.confidence.iter();
    let paths = paths.map(|(key, sure)| (format!("confidence.{key:?}"), *sure));
    let least = file.validation.min_confidence;
    let least = [("validation.min_confidence".to_owned(), least)];
    let all = rules.chain(hints).chain(events).chain(paths).chain(least);
    for (field, sure) in all {
        if !(0.0..=1.0).contains(&sure) {
            let message = format!("{sure} is not in 0..=1");
            return Err(ConfigError::Field { field, message });
        }
    }
    for key in file.confidence.keys() {
        let is_there = match key.split_once('.') {
            Some(("payload_paths", name)) => file.payload_paths.contains_key(name),
            Some(("snapshot_paths", name)) => file.snapshot_paths.contains_key(name),
            _ => false,
        };
        if !is_there {
            let field = format!("confidence.{key:?}");
            let message = "is no path of this file; write \"payload_paths.win\"".to_owned();
            return Err(ConfigError::Field { field, message });
        }
    }
    Ok(())
}
