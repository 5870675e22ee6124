//! One stage: `{"type": "reel_stop", "reel": 2, "symbols": [1, 5, 7]}`.

use super::super::super::check::Checker;
use super::super::json::{Faults, Json, object};
use crate::json::path::Path;
use crate::json::{Extra, number};
use segue_middleware::stage::{FeatureType, Kind, Stage, StageError, Value as Field, named};
use serde_json::Value;

/// Reads a stage; keys that it does not have are ignored. `[thread-safe]`
///
/// # Errors
/// What is wrong with it and what is allowed.
pub fn stage_from_value(value: Value) -> Result<Stage, String> {
    let mut faults = Faults::default();
    let stage = Stage::read(value, Path::Root, &mut faults);
    faults.first().map_or(Ok(stage), Err)
}

/// Writes a stage with the fields that it has. `[thread-safe]`
pub fn stage_to_value(stage: &Stage) -> Value {
    stage.write()
}

impl Json for Stage {
    fn read(value: Value, at: Path<'_>, faults: &mut Faults) -> Self {
        let map = object(value, at, faults);
        match read(&map) {
            Ok(stage) => stage,
            Err((key, message)) => {
                match key {
                    Some(key) => faults.push(at.key(key), message),
                    None => faults.push(at, message),
                }
                Self::SpinEnd {}
            }
        }
    }

    fn write(&self) -> Value {
        let mut map = Extra::new();
        map.insert("type".to_owned(), self.info().name.into());
        self.each_field(&mut |info, value| {
            map.insert(info.name.to_owned(), json(value));
        });
        Value::Object(map)
    }

    fn check(&self, _: Path<'_>, _: &mut Checker) {}
}

/// The stage of an object, or the key that is wrong and why.
fn read(map: &Extra) -> Result<Stage, (Option<&'static str>, String)> {
    let Some(name) = map.get("type").and_then(Value::as_str) else {
        let message = "this needs the key \"type\": the name of a stage".to_owned();
        return Err((None, message));
    };
    let info = named(name).map_err(|error| (Some("type"), error.to_string()))?;
    let mut odd = None;
    let built = Stage::build(info, &mut |field| match map.get(field.name) {
        None | Some(Value::Null) => None,
        Some(value) => {
            let read = plain(value);
            if read.is_none() {
                let shown = super::super::super::brief(value);
                odd = Some((field.name, format!("{shown} is not {}", field.kind)));
            }
            read
        }
    });
    match (odd, built) {
        (Some((key, message)), _) => Err((Some(key), message)),
        (None, Ok(stage)) => Ok(stage),
        (None, Err(StageError::Field { field, reason, .. })) => Err((Some(field), reason)),
        (None, Err(error)) => Err((None, error.to_string())),
    }
}

/// A value as fields hold them; objects are none.
fn plain(value: &Value) -> Option<Field> {
    Some(match value {
        Value::Bool(on) => Field::Bool(*on),
        Value::Number(number) => match number.as_i64() {
            Some(n) => Field::Int(n),
            None => Field::Number(number.as_f64()?),
        },
        Value::String(text) => Field::Text(text.clone()),
        Value::Array(list) => Field::List(list.iter().map(plain).collect::<Option<_>>()?),
        Value::Null | Value::Object(_) => return None,
    })
}

fn json(value: Field) -> Value {
    match value {
        Field::Bool(on) => on.into(),
        Field::Int(n) => n.into(),
        Field::Number(x) => number::value(x),
        Field::Text(text) => text.into(),
        Field::List(list) => list.into_iter().map(json).collect(),
    }
}

impl Json for FeatureType {
    fn read(value: Value, at: Path<'_>, faults: &mut Faults) -> Self {
        let word = value.as_str().unwrap_or_default();
        Self::of_word(word).unwrap_or_else(|| {
            let shown = super::super::super::brief(&value);
            faults.push(
                at,
                format!("{shown} is not {}", Kind::WordOrCustom(Self::WORDS)),
            );
            Self::FreeSpins
        })
    }

    fn write(&self) -> Value {
        self.word().into()
    }

    fn check(&self, _: Path<'_>, _: &mut Checker) {}
}
