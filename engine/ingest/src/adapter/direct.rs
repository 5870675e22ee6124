//! Events by name.

use super::config::{ConfigError, File, Mapping, Unit};
use super::emit::{Emit, Paths};
use super::path::Path;
use super::{Found, Made, Report, TIME_MAX_MS};
use segue_middleware::stage::StageId;
use serde_json::Value as Json;
use std::collections::HashMap;

/// Events of one message.
const EVENTS_MAX: usize = 1000;
/// Longest name of an event in characters.
const NAME_MAX: usize = 128;
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
    Stage { emit: Emit, goes_on: bool },
}

/// The first layer.
#[derive(Clone, Debug)]
pub(super) struct Direct {
    targets: HashMap<String, Target>,
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
                Mapping::Name(stage) => Target::Stage {
                    emit: Emit::compile(stage, &Default::default(), &field)?,
                    goes_on: false,
                },
                Mapping::Full(full) => Target::Stage {
                    emit: Emit::compile(&full.stage, &full.params, &field)?,
                    goes_on: full.goes_on,
                },
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
        let (emit, goes_on) = match self.targets.get(name) {
            None => {
                made.unknown(name, event);
                return Found::Nothing;
            }
            Some(Target::Ignore) => {
                made.seen(name, event);
                return Found::Enough;
            }
            Some(Target::Stage { emit, goes_on }) => (emit, *goes_on),
        };
        made.seen(name, event);
        let time_ms = match self.time_ms(event) {
            Ok(time) => time,
            Err(text) => {
                made.report(Report::Refused { text });
                return Found::Nothing;
            }
        };
        made.emit(emit, event, time_ms, Some(name));
        if goes_on { Found::Some } else { Found::Enough }
    }

    fn time_ms(&self, event: &Json) -> Result<Option<f64>, String> {
        let mut times = self.times.iter().filter_map(|path| path.first(event));
        let Some(value) = times.next() else {
            return Ok(None);
        };
        let time = value.as_f64().map(|time| time * self.ms_per_unit);
        match time {
            Some(time) if (0.0..=TIME_MAX_MS).contains(&time) => Ok(Some(time)),
            // An epoch, or a clock that runs since the start: receipt and frame say when.
            Some(time) if time > TIME_MAX_MS => Ok(None),
            _ => Err(format!("the time {value} is not in 0..={TIME_MAX_MS} ms")),
        }
    }
}
