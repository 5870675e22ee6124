//! A stage as JSON, as frames and traces have it.
//!
//! `{"stage": {"type": "reel_stop", "reel": 2}, "payload": {"bet": 100}}`, or short:
//! `{"stage": "reel_stop", "reel": 2, "bet": 100}`. Amounts are whole minor units.

use crate::adapter::TIME_MAX_MS;
use crate::adapter::money::{self, Money};
use segue_middleware::stage::table::{self, StageError};
use segue_middleware::stage::{FeatureType, FieldInfo, Stage, StageEvent, StageInfo, Value};
use serde_json::{Map, Value as Json, json};

/// Largest number of a multiplier, as in the table of stages.
pub(crate) const MULTIPLIER_MAX: f64 = 1e6;
/// Longest name of a symbol in characters.
const NAME_MAX: usize = 128;

/// Why a message in Segue's own words is not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WrongMessage {
    /// No stage has this name.
    #[error("{text}")]
    UnknownStage {
        /// The name, of at most 128 characters.
        name: String,
        /// What is said of it.
        text: String,
    },
    /// Anything else: the field, the value, and what is allowed.
    #[error("{0}")]
    Other(String),
}

impl From<String> for WrongMessage {
    fn from(text: String) -> Self {
        Self::Other(text)
    }
}

/// Whether a message says a stage of Segue's own.
#[must_use]
pub fn is_stage(data: &Map<String, Json>) -> bool {
    data.contains_key("stage")
}

/// A stage with what is known around it, and the time within the spin in ms where it has one.
///
/// # Errors
/// What is wrong with it: the field, the value, and what is allowed.
pub fn read(data: &Map<String, Json>) -> Result<(StageEvent, Option<f64>), WrongMessage> {
    let (info, fields) = info_of(data)?;
    let stage = build(info, fields)?;
    let time = time(data)?;
    let mut event = StageEvent::new(stage, time.unwrap_or(0.0));
    let around = match data.get("payload") {
        None | Some(Json::Null) => data,
        Some(Json::Object(payload)) => payload,
        Some(_) => return Err("payload is to be an object".to_owned().into()),
    };
    // In the short form a field of the stage itself has the name first.
    let own = match std::ptr::eq(around, fields) {
        true => info.fields,
        false => &[],
    };
    read_around(around, own, &mut event)?;
    event.source_event = match data.get("source_event") {
        Some(Json::String(name)) => Some(name.chars().take(NAME_MAX).collect()),
        _ => None,
    };
    event.gain_db = gain(data)?;
    Ok((event, time))
}

/// The long form, which [`read`] reads to the same stage.
#[must_use]
pub fn write(event: &StageEvent) -> Json {
    let mut stage = Map::new();
    stage.insert("type".to_owned(), event.stage.info().name.into());
    event.stage.each_field(&mut |info, value| {
        stage.insert(info.name.to_owned(), json_of(value));
    });
    let mut object = Map::new();
    object.insert("stage".to_owned(), stage.into());
    let payload = around_of(event);
    if !payload.is_empty() {
        object.insert("payload".to_owned(), payload.into());
    }
    if let Some(name) = &event.source_event {
        object.insert("source_event".to_owned(), name.as_str().into());
    }
    if event.gain_db != 0.0 {
        object.insert("gain_db".to_owned(), event.gain_db.into());
    }
    object.into()
}

fn info_of(
    data: &Map<String, Json>,
) -> Result<(&'static StageInfo, &Map<String, Json>), WrongMessage> {
    let (name, fields) = match data.get("stage") {
        Some(Json::String(name)) => (Some(name), data),
        Some(Json::Object(stage)) => match stage.get("type") {
            Some(Json::String(name)) => (Some(name), stage),
            _ => (None, stage),
        },
        _ => (None, data),
    };
    let wrong = || "stage is to be a name, or an object with a type".to_owned();
    let name = name.ok_or_else(wrong)?;
    Ok((named(name)?, fields))
}

/// The stage of a name, without looking for what was meant where there is none.
pub(crate) fn known(name: &str) -> Option<&'static StageInfo> {
    let is = |known: &str| known.eq_ignore_ascii_case(name);
    let mut stages = table::STAGES.iter();
    stages.find(|info| is(info.name) || info.aliases.iter().any(|(alias, _)| is(alias)))
}

/// The stage of a name.
pub(crate) fn named(name: &str) -> Result<&'static StageInfo, WrongMessage> {
    let count = name.chars().count();
    if count > NAME_MAX {
        let text = format!("a stage's name of {count} characters; at most {NAME_MAX} are taken");
        return Err(text.into());
    }
    table::parse(name).map_err(|error| match error {
        StageError::Unknown { .. } => WrongMessage::UnknownStage {
            name: name.to_owned(),
            text: error.to_string(),
        },
        other => WrongMessage::Other(other.to_string()),
    })
}

fn build(info: &'static StageInfo, fields: &Map<String, Json>) -> Result<Stage, String> {
    let mut wrong = None;
    let stage = Stage::build(info, &mut |field| {
        let value = fields.get(field.name).filter(|value| !value.is_null())?;
        match money::field(field, value, Money::MINOR) {
            Ok(value) => Some(value),
            Err(error) => {
                wrong.get_or_insert(format!("{}: {}: {error}", info.name, field.name));
                None
            }
        }
    });
    match wrong {
        Some(error) => Err(error),
        None => stage.map_err(|error| error.to_string()),
    }
}

fn time(data: &Map<String, Json>) -> Result<Option<f64>, String> {
    let Some(value) = data.get("timestamp_ms").filter(|value| !value.is_null()) else {
        return Ok(None);
    };
    let time = value.as_f64().filter(|ms| (0.0..=TIME_MAX_MS).contains(ms));
    time.map(Some)
        .ok_or_else(|| format!("timestamp_ms: {value} is not in 0..={TIME_MAX_MS}"))
}

/// How much quieter it is than its event.
#[expect(clippy::cast_possible_truncation, reason = "a gain of a few digits")]
fn gain(data: &Map<String, Json>) -> Result<f32, String> {
    let Some(value) = data.get("gain_db").filter(|value| !value.is_null()) else {
        return Ok(0.0);
    };
    let gain = value.as_f64().filter(|db| (-96.0..=0.0).contains(db));
    gain.map(|db| db as f32)
        .ok_or_else(|| format!("gain_db: {value} is not in -96..=0"))
}

/// What of the payload sounds depend on.
fn read_around(
    from: &Map<String, Json>,
    own: &[FieldInfo],
    event: &mut StageEvent,
) -> Result<(), String> {
    let get = |key: &str| {
        let is_own = own.iter().any(|field| field.name == key);
        from.get(key).filter(|value| !value.is_null() && !is_own)
    };
    let wrong = |key: &'static str| move |error: String| format!("{key}: {error}");
    let payload = &mut event.payload;
    if let Some(win) = get("win") {
        payload.win = Some(Money::MINOR.amount(win).map_err(wrong("win"))?);
    }
    if let Some(bet) = get("bet") {
        payload.bet = Some(Money::MINOR.amount(bet).map_err(wrong("bet"))?);
    }
    if let Some(Json::String(symbol)) = get("symbol") {
        payload.symbol = Some(symbol.chars().take(NAME_MAX).collect());
    }
    if let Some(spins) = get("spins_remaining") {
        let count = spins.as_u64().and_then(|count| u32::try_from(count).ok());
        let text = || format!("spins_remaining: {spins} is not in 0..=4294967295");
        payload.spins_remaining = Some(count.ok_or_else(text)?);
    }
    if let Some(value) = get("multiplier") {
        let times = value
            .as_f64()
            .filter(|x| (0.0..=MULTIPLIER_MAX).contains(x));
        let text = || format!("multiplier: {value} is not in 0..={MULTIPLIER_MAX}");
        payload.multiplier = Some(times.ok_or_else(text)?);
    }
    if let Some(value) = get("feature") {
        payload.feature = Some(feature(value)?);
    }
    derive(event);
    Ok(())
}

/// Win over bet follows from both.
pub(crate) fn derive(event: &mut StageEvent) {
    let payload = &mut event.payload;
    #[expect(clippy::cast_precision_loss, reason = "derived, never counted with")]
    if let (Some(win), Some(bet)) = (payload.win, payload.bet.filter(|bet| *bet > 0)) {
        payload.ratio = Some(win as f64 / bet as f64);
    }
}

fn feature(value: &Json) -> Result<FeatureType, String> {
    let found = value.as_str().and_then(FeatureType::of_word);
    let words = || FeatureType::WORDS.join(", ");
    found.ok_or_else(|| format!("feature: {value} is not one of {}, custom:N", words()))
}

fn around_of(event: &StageEvent) -> Map<String, Json> {
    let payload = &event.payload;
    let mut object = Map::new();
    let mut put = |key: &str, value: Option<Json>| {
        if let Some(value) = value {
            object.insert(key.to_owned(), value);
        }
    };
    put("win", payload.win.map(Json::from));
    put("bet", payload.bet.map(Json::from));
    put("symbol", payload.symbol.as_deref().map(Json::from));
    put("spins_remaining", payload.spins_remaining.map(Json::from));
    put("multiplier", payload.multiplier.map(Json::from));
    put(
        "feature",
        payload.feature.map(|feature| feature.word().into()),
    );
    object
}

fn json_of(value: Value) -> Json {
    match value {
        Value::Bool(on) => on.into(),
        Value::Int(n) => n.into(),
        Value::Number(x) => json!(x),
        Value::Text(text) => text.into(),
        Value::List(items) => items.into_iter().map(json_of).collect::<Vec<_>>().into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use segue_middleware::stage::Kind;

    fn object(value: Json) -> Map<String, Json> {
        value.as_object().unwrap().clone()
    }

    #[test]
    fn the_short_form_and_the_long_one_are_the_same() {
        let short = json!({"stage": "win_present", "win_amount": 1500, "line_count": 2,
                           "win": 1500, "bet": 100, "symbol": "cherry"});
        let long = json!({"stage": {"type": "win_present", "win_amount": 1500, "line_count": 2},
                          "payload": {"win": 1500, "bet": 100, "symbol": "cherry"}});
        let (event, time) = read(&object(short)).unwrap();
        assert_eq!((event.payload.ratio, time), (Some(15.0), None));
        assert_eq!(read(&object(long)).unwrap().0, event);
        assert_eq!(read(&object(write(&event))).unwrap().0, event);
        let quieter = StageEvent {
            gain_db: -6.0,
            ..event
        };
        assert_eq!(read(&object(write(&quieter))).unwrap().0, quieter);
    }

    #[test]
    fn what_is_around_a_stage_may_have_the_name_of_a_field() {
        let stage = json!({"type": "feature_step", "index": 2, "multiplier": 3.0});
        let long = json!({"stage": stage, "payload": {"multiplier": 5.0}});
        let (event, _) = read(&object(long)).unwrap();
        assert_eq!(event.payload.multiplier, Some(5.0));
        assert_eq!(read(&object(write(&event))).unwrap().0, event);
        let short = json!({"stage": "feature_step", "index": 2, "multiplier": 3.0});
        let (event, _) = read(&object(short)).unwrap();
        assert_eq!(event.payload.multiplier, None);
    }

    #[test]
    fn every_stage_comes_back_as_it_was() {
        for info in table::STAGES {
            let stage = Stage::build(info, &mut |field| {
                Some(match field.kind {
                    Kind::Bool => Value::Bool(true),
                    Kind::Int { .. } => Value::Int(1),
                    Kind::Number { .. } => Value::Number(0.5),
                    Kind::Text { .. } => Value::Text("x".to_owned()),
                    Kind::Word(words) | Kind::WordOrCustom(words) => {
                        Value::Text(words[0].to_owned())
                    }
                    Kind::Ints { .. } => Value::List(vec![Value::Int(3)]),
                })
            });
            let event = StageEvent::new(stage.unwrap(), 0.0);
            assert_eq!(read(&object(write(&event))).unwrap().0, event);
        }
    }

    #[test]
    fn what_is_wrong_is_named() {
        let cases = [
            (json!({"stage": 3}), "stage is to be a name"),
            (
                json!({"stage": "x".repeat(129)}),
                "a stage's name of 129 characters; at most 128 are taken",
            ),
            (json!({"stage": "reel_stpo"}), "did you mean \"reel_stop\""),
            (json!({"stage": "reel_stop"}), "reel_stop needs reel"),
            (
                json!({"stage": "reel_stop", "reel": 10, "symbols": []}),
                "10 is not a whole number in 0..=9",
            ),
            (
                json!({"stage": "spin_end", "timestamp_ms": 3_600_001}),
                "timestamp_ms: 3600001 is not in 0..=3600000",
            ),
            (
                json!({"stage": "spin_end", "gain_db": 1}),
                "gain_db: 1 is not in -96..=0",
            ),
            (
                json!({"stage": "spin_end", "win": 1_000_000_000_001_i64}),
                "win: 1000000000001 minor units are not in 0..=1000000000000",
            ),
            (
                json!({"stage": "rollup_end", "final": -1}),
                "rollup_end: final: -1 minor units are not in",
            ),
            (json!({"stage": "spin_end", "feature": "free"}), "feature"),
        ];
        for (value, text) in cases {
            let error = read(&object(value)).unwrap_err().to_string();
            assert!(error.contains(text), "{error}");
        }
        let most =
            json!({"stage": "spin_end", "timestamp_ms": 3_600_000, "win": 1_000_000_000_000_i64});
        read(&object(most)).unwrap();
        read(&object(
            json!({"stage": "reel_stop", "reel": 9, "symbols": []}),
        ))
        .unwrap();
    }
}
