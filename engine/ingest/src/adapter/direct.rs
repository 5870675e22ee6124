//! Events by name.

use super::config::{ConfigError, File, Heuristic, Mapping, Unit};
use super::emit::{Emit, Paths};
use super::path::Path;
use super::sure;
use super::{EPOCH_MIN_MS, Found, Made, Report, TIME_MAX_MS};
use segue_middleware::stage::StageId;
use serde_json::Value as Json;
use std::collections::HashMap;

/// Events of one message.
const EVENTS_MAX: usize = 1000;
/// Longest name of an event in characters.
const NAME_MAX: usize = 128;
/// Hints of a file, words of a hint, and characters of a word.
const HINTS_MAX: usize = 256;
const WORDS_MAX: usize = 64;
const WORD_MAX: usize = 64;
const LISTS: &[&str] = &[
    "/events",
    "/event_log",
    "/log",
    "/data/events",
    "/result/events",
];
const NAMES: &[&str] = &["name", "event", "type", "event_name", "eventName", "cmd"];
const TIMES: &[&str] = &["time", "timestamp", "ts", "time_ms", "timeMs"];

#[derive(Clone, Debug)]
enum Target {
    Ignore,
    Stage {
        emit: Emit,
        goes_on: bool,
        sure: f64,
    },
}

/// The first layer.
#[derive(Clone, Debug)]
pub(super) struct Direct {
    targets: HashMap<String, Target>,
    /// Words in small letters, for names that `targets` does not have.
    hints: Vec<(Vec<String>, Target)>,
    lists: Vec<Path>,
    names: Vec<Path>,
    times: Vec<Path>,
    ms_per_unit: f64,
}

impl Direct {
    pub(super) fn compile(file: &File, paths: &Paths) -> Result<Self, ConfigError> {
        let target = |(name, mapping): (&String, &Mapping)| {
            let field = format!("event_mapping.{name:?}");
            let target = match mapping {
                Mapping::Name(stage) if stage == "ignore" => Target::Ignore,
                Mapping::Full(full) if full.stage == "ignore" => Target::Ignore,
                Mapping::Name(stage) => stage_of(file, paths, stage, &field)?,
                Mapping::Full(full) => {
                    let emit = Emit::compile(&full.stage, &full.params, &field)?;
                    Target::Stage {
                        sure: sure::of_event(file, paths, &emit, full.confidence),
                        emit,
                        goes_on: full.goes_on,
                    }
                }
            };
            Ok((name.clone(), target))
        };
        let keys = |own: Option<&Path>, names: &[&str]| match own {
            Some(path) => vec![path.clone()],
            None => names.iter().map(|name| Path::key(name)).collect(),
        };
        let lists = match paths.get("events") {
            Some(path) => vec![path.clone()],
            None => LISTS.iter().filter_map(|path| path.parse().ok()).collect(),
        };
        Ok(Self {
            targets: file
                .event_mapping
                .iter()
                .map(target)
                .collect::<Result<_, ConfigError>>()?,
            hints: hints(file, paths)?,
            lists,
            names: keys(paths.get("event_name"), NAMES),
            times: keys(paths.get("timestamp"), TIMES),
            ms_per_unit: match file.timing.unit {
                Unit::S => 1000.0,
                Unit::Ms => 1.0,
                Unit::Us => 0.001,
            },
        })
    }

    /// The stage of each event that the file maps to one.
    pub(super) fn stages_of(&self, message: &Json) -> Vec<StageId> {
        let (events, _) = self.events(message);
        let target = |event: &&Json| {
            let mut names = self
                .names
                .iter()
                .filter_map(|path| path.first(event)?.as_str());
            match self.targets.get(names.next()?)? {
                Target::Ignore => None,
                Target::Stage { emit, .. } => Some(emit.info.id),
            }
        };
        let events = events.iter().take(EVENTS_MAX);
        events.filter_map(target).collect()
    }

    /// The names it knows.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.targets.keys().map(String::as_str)
    }

    pub(super) fn take(&self, message: &Json, made: &mut Made<'_>) -> Found {
        let (events, in_list) = self.events(message);
        made.in_list = in_list;
        if events.len() > EVENTS_MAX {
            let text = format!("{} events in a message; at most {EVENTS_MAX}", events.len());
            made.report(Report::Refused { text });
            return Found::Nothing;
        }
        let mut found = Found::Nothing;
        for event in events {
            found = found.max(self.take_event(event, made));
        }
        found
    }

    /// The list of events, or the message as the only one; whether it is a list.
    fn events<'a>(&self, message: &'a Json) -> (Vec<&'a Json>, bool) {
        if let Json::Array(events) = message {
            return (events.iter().collect(), true);
        }
        let lists = self
            .lists
            .iter()
            .filter_map(|path| path.first(message)?.as_array());
        match lists.into_iter().next() {
            Some(events) => (events.iter().collect(), true),
            None => (vec![message], false),
        }
    }

    fn take_event(&self, event: &Json, made: &mut Made<'_>) -> Found {
        let mut names = self
            .names
            .iter()
            .filter_map(|path| path.first(event)?.as_str());
        let Some(name) = names.next() else {
            return Found::Nothing;
        };
        if name.chars().count() > NAME_MAX {
            let text = format!("an event's name of more than {NAME_MAX} characters");
            made.report(Report::Refused { text });
            return Found::Nothing;
        }
        let target = match self.targets.get(name) {
            Some(target) => {
                made.seen(name, event);
                target
            }
            None => {
                made.unknown(name, event);
                match self.hint(name) {
                    Some(target) => target,
                    None => return Found::Nothing,
                }
            }
        };
        let (emit, goes_on) = match target {
            Target::Ignore => {
                made.is_mapped = true;
                return Found::Enough;
            }
            Target::Stage {
                emit,
                goes_on,
                sure,
            } => {
                made.sure = *sure;
                (emit, *goes_on)
            }
        };
        let time_ms = match self.time_ms(event) {
            _ if made.by_receipt => None,
            Ok(time) => time,
            Err(text) => {
                made.report(Report::Refused { text });
                return Found::Nothing;
            }
        };
        match (made.emit(emit, event, time_ms, Some(name)), goes_on) {
            (false, _) => Found::Nothing,
            (true, true) => Found::Some,
            (true, false) => Found::Enough,
        }
    }

    /// What a word in a name that is not known hints at.
    fn hint(&self, name: &str) -> Option<&Target> {
        if self.hints.is_empty() {
            return None;
        }
        let name = name.to_lowercase();
        let is_in = |(words, _): &&(Vec<String>, Target)| words.iter().any(|it| name.contains(it));
        self.hints.iter().find(is_in).map(|(_, target)| target)
    }

    fn time_ms(&self, event: &Json) -> Result<Option<f64>, String> {
        let mut times = self.times.iter().filter_map(|path| path.first(event));
        let Some(value) = times.next() else {
            return Ok(None);
        };
        let time = value.as_f64().map(|time| time * self.ms_per_unit);
        match time {
            Some(time) if (0.0..=TIME_MAX_MS).contains(&time) => Ok(Some(time)),
            // Since 1970: receipt and frame say when.
            Some(time) if time >= EPOCH_MIN_MS => Ok(None),
            Some(time) if time > TIME_MAX_MS => Err(format!(
                "the time {value} is {time} ms, but a time within a spin is in 0..={TIME_MAX_MS} ms and one \
                 since 1970 from {EPOCH_MIN_MS} ms on; correct timing.unit, or take timing.clock = \"receive\""
            )),
            _ => Err(format!("the time {value} is not in 0..={TIME_MAX_MS} ms")),
        }
    }
}

fn stage_of(file: &File, paths: &Paths, stage: &str, field: &str) -> Result<Target, ConfigError> {
    let emit = Emit::compile(stage, &Default::default(), field)?;
    Ok(Target::Stage {
        sure: sure::of_event(file, paths, &emit, 1.0),
        emit,
        goes_on: false,
    })
}

fn hints(file: &File, paths: &Paths) -> Result<Vec<(Vec<String>, Target)>, ConfigError> {
    let wrong = |field: String, message: String| ConfigError::Field { field, message };
    if file.heuristics.len() > HINTS_MAX {
        let text = format!("{} of them; at most {HINTS_MAX}", file.heuristics.len());
        return Err(wrong("heuristics".to_owned(), text));
    }
    let hint = |(at, hint): (usize, &Heuristic)| {
        let field = format!("heuristics[{at}]");
        let is_word = |word: &String| (1..=WORD_MAX).contains(&word.chars().count());
        let is_short = hint.keywords.len() <= WORDS_MAX;
        if !is_short || !hint.keywords.iter().all(is_word) {
            let text =
                format!("at most {WORDS_MAX} words of 1 to {WORD_MAX} characters stand here");
            return Err(wrong(format!("{field}.keywords"), text));
        }
        let words = hint.keywords.iter().map(|word| word.to_lowercase());
        let emit = Emit::compile(&hint.stage, &Default::default(), &format!("{field}.stage"))?;
        let target = Target::Stage {
            sure: sure::of_event(file, paths, &emit, hint.confidence),
            emit,
            goes_on: false,
        };
        Ok((words.collect(), target))
    };
    file.heuristics.iter().enumerate().map(hint).collect()
}
