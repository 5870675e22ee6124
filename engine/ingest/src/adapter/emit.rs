//! A stage out of a message: which fields, from where.

use super::config::ConfigError;
use super::money::{self, Money};
use super::path::Path;
use crate::stage_json::MULTIPLIER_MAX;
use segue_middleware::stage::table::{self, StageError};
use segue_middleware::stage::{FeatureType, FieldInfo, Stage, StageInfo, StagePayload};
use serde_json::{Map, Value as Json};
use std::collections::BTreeMap;

/// Names under which amounts and others stand in `payload_paths`, by the fields they fill.
const ALIASES: &[(&str, &[&str])] = &[
    (
        "win",
        &[
            "win_amount",
            "amount",
            "target",
            "total_win",
            "final",
            "current",
            "total",
        ],
    ),
    ("bet", &["stake", "base"]),
    ("reel_data", &["symbols"]),
    ("symbol", &["symbol"]),
    ("feature", &["feature_type"]),
    ("reel", &["reel"]),
    ("tier", &["tier"]),
    ("multiplier", &["multiplier", "value"]),
    ("spins_remaining", &["remaining", "total_steps"]),
];

/// Longest name of a symbol in characters.
const SYMBOL_MAX: usize = 128;

/// Where things stand in a message, by name.
pub(super) type Paths = BTreeMap<String, Path>;

/// Reads a table of paths whose names are known.
pub(super) fn paths(
    table: &BTreeMap<String, String>,
    field: &str,
    known: &[&str],
) -> Result<Paths, ConfigError> {
    let path = |(name, text): (&String, &String)| {
        let field = format!("{field}.{name}");
        if !known.contains(&name.as_str()) {
            let message = format!("is not known; it may be {}", known.join(", "));
            return Err(ConfigError::Field { field, message });
        }
        let path = text.parse::<Path>().map_err(|error| ConfigError::Field {
            field,
            message: error.to_string(),
        })?;
        Ok((name.clone(), path))
    };
    table.iter().map(path).collect()
}

/// An event with the objects in it that fields may stand in, looked up once: a stage asks for many.
#[derive(Clone, Copy)]
pub(super) struct Fields<'a> {
    event: &'a Json,
    /// Payload, data and the like, as many as there are.
    inside: [Option<&'a Map<String, Json>>; INSIDE.len()],
}

/// Under which names games put the fields of an event, the first counts.
const INSIDE: [&str; 4] = ["payload", "data", "params", "d"];

impl<'a> Fields<'a> {
    pub(super) fn of(event: &'a Json) -> Self {
        let mut found = INSIDE.iter().filter_map(|key| event.get(key)?.as_object());
        let inside = [(); INSIDE.len()].map(|()| found.next());
        Self { event, inside }
    }

    /// A field of the event, of its payload or of its data.
    fn by_key(&self, name: &str) -> Option<&'a Json> {
        let mut inside = self.inside.iter().map_while(|it| *it);
        let own = self.event.get(name);
        own.or_else(|| inside.find_map(|object| object.get(name)))
    }
}

/// Where a field comes from.
#[derive(Clone, Debug)]
enum Source {
    Literal(Json),
    /// `$x`.
    Named(String),
    /// `$/a/b`.
    At(Path),
}

/// What is known around a stage, where the message says it.
pub(super) fn around(fields: Fields<'_>, paths: &Paths, money: Money, payload: &mut StagePayload) {
    let find = |name: &str| {
        let own = paths.get(name).and_then(|path| path.first(fields.event));
        own.or_else(|| fields.by_key(name))
    };
    // What is no amount is no news: a field of the stage that needs it was refused before.
    let amount = |name: &str| find(name).and_then(|value| money.amount(value).ok());
    payload.win = amount("win");
    payload.bet = amount("bet");
    let symbol = find("symbol").and_then(Json::as_str);
    payload.symbol = symbol.map(|name| name.chars().take(SYMBOL_MAX).collect());
    let spins = find("spins_remaining").and_then(Json::as_u64);
    payload.spins_remaining = spins.and_then(|count| u32::try_from(count).ok());
    let times = find("multiplier").and_then(Json::as_f64);
    payload.multiplier = times.filter(|x| (0.0..=MULTIPLIER_MAX).contains(x));
    let feature = find("feature").and_then(Json::as_str);
    payload.feature = feature.and_then(FeatureType::of_word);
}

/// A stage and where its fields come from.
#[derive(Clone, Debug)]
pub(super) struct Emit {
    pub(super) info: &'static StageInfo,
    params: BTreeMap<&'static str, Source>,
}

impl Emit {
    pub(super) fn compile(
        stage: &str,
        params: &BTreeMap<String, toml::Value>,
        field: &str,
    ) -> Result<Self, ConfigError> {
        let at = |field: String, error: StageError| ConfigError::Field {
            field,
            message: error.to_string(),
        };
        let info = table::named(stage).map_err(|error| at(field.to_owned(), error))?;
        let param = |(name, value): (&String, &toml::Value)| {
            let field = format!("{field}.params.{name}");
            let info = info.field(name).map_err(|error| at(field.clone(), error))?;
            Ok((info.name, source(value, &field)?))
        };
        let params = params
            .iter()
            .map(param)
            .collect::<Result<_, ConfigError>>()?;
        Ok(Self { info, params })
    }

    /// The stage, with fields of an event.
    pub(super) fn make(
        &self,
        event: Fields<'_>,
        paths: &Paths,
        money: Money,
    ) -> Result<Stage, String> {
        let mut wrong = None;
        let stage = Stage::build(self.info, &mut |field| {
            let value = self.find(field, event, paths)?;
            match money::field(field, value, money) {
                Ok(value) => Some(value),
                Err(error) => {
                    wrong.get_or_insert(format!("{}: {error}", field.name));
                    None
                }
            }
        });
        match wrong {
            Some(error) => Err(format!("{}: {error}", self.info.name)),
            None => stage.map_err(|error| error.to_string()),
        }
    }

    /// The names of the paths that its fields may come from.
    pub(super) fn paths<'a>(&'a self, paths: &'a Paths) -> Vec<&'a str> {
        let fields = self.info.fields.iter();
        let of = |field: &FieldInfo| -> Vec<&'a str> {
            match self.params.get(field.name) {
                Some(Source::Literal(_)) => Vec::new(),
                Some(Source::Named(name)) => vec![name],
                Some(Source::At(path)) => {
                    let same = paths.iter().filter(|(_, known)| *known == path);
                    same.map(|(name, _)| name.as_str()).collect()
                }
                None => {
                    let is_it = |(_, fields): &&(&str, &[&str])| fields.contains(&field.name);
                    ALIASES
                        .iter()
                        .find(is_it)
                        .map(|it| it.0)
                        .into_iter()
                        .collect()
                }
            }
        };
        let names = fields.flat_map(of);
        names.filter(|name| paths.contains_key(*name)).collect()
    }

    pub(super) fn find<'a>(
        &'a self,
        field: &FieldInfo,
        event: Fields<'a>,
        paths: &Paths,
    ) -> Option<&'a Json> {
        let found = match self.params.get(field.name) {
            Some(Source::Literal(value)) => Some(value),
            Some(Source::At(path)) => path.first(event.event),
            Some(Source::Named(name)) => named(name, event, paths),
            None => {
                let alias = ALIASES
                    .iter()
                    .find(|(_, fields)| fields.contains(&field.name));
                let own = event.by_key(field.name);
                own.or_else(|| paths.get(alias?.0)?.first(event.event))
            }
        };
        found.filter(|value| !value.is_null())
    }
}

fn source(value: &toml::Value, field: &str) -> Result<Source, ConfigError> {
    let wrong = |message: String| ConfigError::Field {
        field: field.to_owned(),
        message,
    };
    match value {
        toml::Value::String(text) => match text.strip_prefix('$') {
            Some(rest) if rest.starts_with('/') => {
                let path = rest
                    .parse::<Path>()
                    .map_err(|error| wrong(error.to_string()))?;
                Ok(Source::At(path))
            }
            Some(name) if !name.is_empty() => Ok(Source::Named(name.to_owned())),
            Some(_) => Err(wrong("a name or a path follows the $".to_owned())),
            None => Ok(Source::Literal(text.as_str().into())),
        },
        other => json(other).map(Source::Literal).ok_or_else(|| {
            wrong("a text, number, true, false or a list of them stands here".to_owned())
        }),
    }
}

/// A TOML value as JSON; times and tables are none.
pub(super) fn json(value: &toml::Value) -> Option<Json> {
    match value {
        toml::Value::String(text) => Some(text.as_str().into()),
        toml::Value::Integer(number) => Some((*number).into()),
        toml::Value::Float(number) => serde_json::Number::from_f64(*number).map(Json::Number),
        toml::Value::Boolean(on) => Some((*on).into()),
        toml::Value::Array(items) => {
            let items = items.iter().map(json).collect::<Option<Vec<_>>>()?;
            Some(items.into())
        }
        toml::Value::Datetime(_) | toml::Value::Table(_) => None,
    }
}

fn named<'a>(name: &str, event: Fields<'a>, paths: &Paths) -> Option<&'a Json> {
    match paths.get(name) {
        Some(path) => path.first(event.event),
        None => event.by_key(name),
    }
}
