//! The JSON Schema of frames, made from their kinds and from the table of stages.

use super::{FrameKind, ID_MAX};
use crate::adapter::{TIME_MAX_MS, WIN_MAX};
use crate::session::{BATCH_MAX, TOKEN_MAX_BYTES};
use segue_middleware::stage::docs;
use serde_json::{Map, Value, json};

/// Largest whole number that is taken as a number.
const WHOLE_MAX: u64 = 1 << 53;

/// The schema of one frame. Fields that it does not name are ignored by Segue. `[thread-safe]`
#[must_use]
pub fn schema() -> Value {
    let kinds: Vec<Value> = FrameKind::ALL.iter().map(|kind| frame(*kind)).collect();
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Segue frame",
        "oneOf": kinds,
        "$defs": {
            "stage_event": stage_event(),
            "snapshot": {"type": "object"},
            "custom": {"type": "object"},
        },
    })
}

fn frame(kind: FrameKind) -> Value {
    json!({
        "type": "object",
        "properties": {
            "type": {"const": kind.name()},
            "seq": whole(1),
            "t_us": signed(),
            "id": {"type": ["string", "null"], "maxLength": ID_MAX},
            "data": data(kind),
        },
        "required": if is_free(kind) {
            json!(["type", "seq", "t_us"])
        } else {
            json!(["type", "seq", "t_us", "data"])
        },
    })
}

/// What a frame says may be nothing.
const fn is_free(kind: FrameKind) -> bool {
    matches!(
        kind,
        FrameKind::StateUpdate | FrameKind::Custom | FrameKind::CommandAck | FrameKind::Error
    )
}

fn data(kind: FrameKind) -> Value {
    let text = json!({"type": "string", "maxLength": ID_MAX});
    match kind {
        FrameKind::Hello => object(
            json!({
                "protocol": {"const": "segue"}, "version": {"const": 1}, "game_id": text,
                "project_hash": text, "role": {"enum": ["server", "client"]},
                "capabilities": {"type": "array", "maxItems": 64, "items": {"type": "string"}},
            }),
            &["protocol", "version"],
        ),
        FrameKind::Auth => object(
            json!({"token": {"type": "string", "minLength": 1, "maxLength": TOKEN_MAX_BYTES}}),
            &["token"],
        ),
        FrameKind::StageEvent => json!({"$ref": "#/$defs/stage_event"}),
        FrameKind::StateUpdate => json!({"$ref": "#/$defs/snapshot"}),
        FrameKind::Custom => json!({"$ref": "#/$defs/custom"}),
        FrameKind::Batch => object(
            json!({"items": {"type": "array", "maxItems": BATCH_MAX, "items": item()}}),
            &["items"],
        ),
        FrameKind::Command => object(json!({"id": text, "name": text, "args": {}}), &["name"]),
        FrameKind::CommandAck => object(
            json!({"command_id": text, "success": {"type": "boolean"}, "data": {},
                "error": {"type": ["string", "null"]}}),
            &[],
        ),
        FrameKind::Error => object(
            json!({"code": {"type": "string"}, "message": {"type": "string"},
                "seq": {"type": ["integer", "null"]}, "fatal": {"type": "boolean"}}),
            &[],
        ),
        FrameKind::Heartbeat => object(
            json!({"seq_last": whole(0), "t0_us": signed(), "t1_us": signed(), "t2_us": signed()}),
            &["t0_us"],
        ),
        FrameKind::Gap => object(json!({"from": whole(1), "to": whole(1)}), &["from", "to"]),
    }
}

/// An item of a batch.
fn item() -> Value {
    let of = |kind: FrameKind| {
        let properties =
            json!({"type": {"const": kind.name()}, "t_us": signed(), "data": data(kind)});
        object(properties, &["type", "data"])
    };
    json!({"oneOf": [of(FrameKind::StageEvent), of(FrameKind::StateUpdate), of(FrameKind::Custom)]})
}

/// A stage in its long form, or in the short one; what an adapter maps is in neither.
fn stage_event() -> Value {
    let stage = serde_json::from_str::<Value>(&docs::schema()).unwrap_or_default();
    let mut rows = stage["oneOf"].as_array().cloned().unwrap_or_default();
    rows.iter_mut().for_each(bound_amounts);
    let short: Vec<Value> = rows.iter().filter_map(short).collect();
    let amount = json!({"type": "integer", "minimum": 0, "maximum": WIN_MAX});
    let around = json!({
        "win": amount, "bet": amount, "spins_remaining": whole(0),
        "multiplier": {"type": "number", "minimum": 0, "maximum": 1e6},
        "symbol": {"type": "string"}, "feature": {"type": "string"},
    });
    json!({
        "type": "object",
        "properties": {
            "timestamp_ms": {"type": "number", "minimum": 0, "maximum": TIME_MAX_MS},
            "gain_db": {"type": "number", "minimum": -96, "maximum": 0},
            "payload": object(around, &[]),
        },
        "anyOf": [
            object(json!({"stage": {"oneOf": rows}}), &["stage"]),
            {"oneOf": short},
            // For an adapter.
            {"not": {"required": ["stage"]}},
        ],
    })
}

/// Amounts that a game says end earlier than those that a stage can hold.
fn bound_amounts(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            if fields.get("maximum").and_then(Value::as_i64) == Some(i64::MAX) {
                fields.insert("maximum".to_owned(), WIN_MAX.into());
            }
            fields.values_mut().for_each(bound_amounts);
        }
        Value::Array(items) => items.iter_mut().for_each(bound_amounts),
        _ => {}
    }
}

/// A stage whose name stands under `stage`, with its fields beside it.
fn short(row: &Value) -> Option<Value> {
    let mut properties = row.get("properties")?.as_object()?.clone();
    let name = properties.remove("type")?;
    properties.insert("stage".to_owned(), name);
    let required = row.get("required")?.as_array()?.iter();
    let required = required.filter_map(Value::as_str).map(|name| match name {
        "type" => "stage",
        other => other,
    });
    let required: Vec<&str> = required.collect();
    Some(object(Value::Object(properties), &required))
}

fn object(properties: Value, required: &[&str]) -> Value {
    let mut object = Map::new();
    object.insert("type".to_owned(), "object".into());
    object.insert("properties".to_owned(), properties);
    if !required.is_empty() {
        object.insert("required".to_owned(), required.into());
    }
    object.into()
}

/// A whole number, or one as text where it may be beyond 2^53.
fn whole(least: u64) -> Value {
    json!({"anyOf": [
        {"type": "integer", "minimum": least, "maximum": WHOLE_MAX},
        {"type": "string", "pattern": "^[0-9]+$"},
    ]})
}

fn signed() -> Value {
    json!({"anyOf": [
        {"type": "integer", "minimum": -9_007_199_254_740_992_i64, "maximum": WHOLE_MAX},
        {"type": "string", "pattern": "^-?[0-9]+$"},
    ]})
}

#[cfg(test)]
mod tests {
    use super::*;
    use segue_middleware::stage::table::STAGES;

    #[test]
    fn every_kind_and_every_stage_in_both_forms_is_there() {
        let schema = schema();
        let kinds = schema["oneOf"].as_array().unwrap().iter();
        let kinds: Vec<&str> = kinds
            .map(|kind| kind["properties"]["type"]["const"].as_str().unwrap())
            .collect();
        let names: Vec<&str> = FrameKind::ALL.iter().map(|kind| kind.name()).collect();
        assert_eq!(kinds, names);
        let forms = &schema["$defs"]["stage_event"]["anyOf"];
        let long = forms[0]["properties"]["stage"]["oneOf"].as_array().unwrap();
        let short = forms[1]["oneOf"].as_array().unwrap();
        assert_eq!((long.len(), short.len()), (STAGES.len(), STAGES.len()));
        for ((long, short), info) in long.iter().zip(short).zip(STAGES) {
            assert_eq!(long["properties"]["type"]["enum"][0], info.name);
            assert_eq!(short["properties"]["stage"]["enum"][0], info.name);
            for field in info.fields {
                assert_eq!(
                    short["properties"][field.name],
                    long["properties"][field.name]
                );
            }
            assert_eq!(short["required"][0], "stage");
        }
    }
}
