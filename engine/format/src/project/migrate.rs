//! From older project versions to the current one.

use super::{DOCUMENT, VERSION};
use crate::error::{Error, Result};
use crate::json::path::Segment;
use crate::json::place;
use serde_json::{Map, Value, json};

/// One step from a version to the next. It may assume that the value is an object.
type Step = fn(Map<String, Value>) -> Result<Map<String, Value>, Fault>;

/// `STEPS[n]` leads from version n to n + 1.
const STEPS: &[Step] = &[from_0];

const _: () = assert!(STEPS.len() as u64 == VERSION);

/// Why a step cannot read the value at a path of the document.
struct Fault {
    segments: Vec<Segment>,
    message: String,
}

/// Brings the document that was parsed from `text` from version `from` to [`VERSION`].
pub(super) fn migrate(value: Value, from: u64, text: &[u8]) -> Result<Value> {
    let first = usize::try_from(from)
        .unwrap_or(STEPS.len())
        .min(STEPS.len());
    let Value::Object(mut project) = value else {
        return Err(refuse(
            Fault {
                segments: Vec::new(),
                message: "a project is a JSON object".into(),
            },
            text,
        ));
    };
    for step in &STEPS[first..] {
        project = step(project).map_err(|fault| refuse(fault, text))?;
    }
    Ok(Value::Object(project))
}

fn refuse(fault: Fault, text: &[u8]) -> Error {
    let place = place(&fault.segments, text);
    Error::Json {
        document: DOCUMENT.name,
        place,
        message: fault.message,
    }
}

/// The drafts before version 1: one tempo for all, `volume_db` instead of `gain_db` on buses.
fn from_0(mut project: Map<String, Value>) -> Result<Map<String, Value>, Fault> {
    if let Some(bpm) = project.shift_remove("tempo_bpm") {
        if !bpm.is_number() {
            return Err(Fault {
                segments: vec![Segment::Key("tempo_bpm".into())],
                message: "the tempo is not a number".into(),
            });
        }
        insert_new(
            &mut project,
            &[],
            "tempo_bpm",
            "tempo",
            json!([{"at_beats": 0, "bpm": bpm}]),
        )?;
    }
    let buses = project.get_mut("buses").and_then(Value::as_array_mut);
    for (index, bus) in buses.into_iter().flatten().enumerate() {
        let Value::Object(bus) = bus else { continue };
        if let Some(volume) = bus.shift_remove("volume_db") {
            let parents = [Segment::Key("buses".into()), Segment::Index(index)];
            insert_new(bus, &parents, "volume_db", "gain_db", volume)?;
        }
    }
    Ok(project)
}

/// Inserts what the key `old` said as `new`, unless both are there.
fn insert_new(
    object: &mut Map<String, Value>,
    parents: &[Segment],
    old: &str,
    new: &str,
    value: Value,
) -> Result<(), Fault> {
    if object.contains_key(new) {
        let mut segments = parents.to_vec();
        segments.push(Segment::Key(old.to_owned()));
        let message = format!("{old:?} and {new:?} say the same; leave one of them out");
        return Err(Fault { segments, message });
    }
    object.insert(new.to_owned(), value);
    Ok(())
}
