//! What a message asks of the engine, and how much of it may be missed.

use crate::adapter::EventNames;
use crate::frame::FrameKind;
use crate::inbox::Class;
use crate::json;
use crate::session::Message;
use crate::stage_json::{self, WrongMessage};
use segue_middleware::stage::{StageEvent, StageId};
use serde_json::{Map, Value, json};

/// Longest name of an RTPC, state, switch, event or object in characters.
pub const NAME_MAX: usize = 128;

/// What the engine is to do. Names are those of the project; an object of `""` is the global one.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// A stage.
    Stage(Box<StageEvent>),
    /// Sets an RTPC.
    Rtpc {
        /// Which.
        name: String,
        /// In its unit.
        value: f32,
        /// On which object.
        object: String,
    },
    /// Sets a state group.
    State {
        /// Which.
        group: String,
        /// Its value.
        value: String,
    },
    /// Sets a switch group.
    Switch {
        /// On which object.
        object: String,
        /// Which.
        group: String,
        /// Its value.
        value: String,
    },
    /// Everything random draws by another seed from here on, for all games.
    Reseed {
        /// Any number.
        seed: u64,
    },
    /// Posts an event.
    Event {
        /// Which.
        name: String,
        /// On which object.
        object: String,
    },
    /// Ends everything that the stages of its game have begun: the game is gone, or says `stop`.
    EndStages,
    /// Pauses everything that its game plays, or lets it go on.
    Pause {
        /// True: pause.
        on: bool,
    },
}

impl Effect {
    /// Its name in reports.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Stage(_) => "stage",
            Self::Rtpc { .. } => "rtpc",
            Self::State { .. } => "state",
            Self::Switch { .. } => "switch",
            Self::Reseed { .. } => "reseed",
            Self::Event { .. } => "event",
            Self::EndStages => "end_stages",
            Self::Pause { on: true } => "pause",
            Self::Pause { on: false } => "resume",
        }
    }

    /// How much it may be missed.
    #[must_use]
    pub fn class(&self) -> Class {
        match self {
            Self::Stage(event) => of_stage(event.stage.id()),
            Self::Rtpc { .. } => Class::Coalescible,
            Self::Event { .. } => Class::Normal,
            Self::State { .. }
            | Self::Switch { .. }
            | Self::Reseed { .. }
            | Self::EndStages
            | Self::Pause { .. } => Class::Reserved,
        }
    }

    /// As traces have it.
    #[must_use]
    pub fn write(&self) -> Value {
        match self {
            Self::Stage(event) => stage_json::write(event),
            Self::Rtpc {
                name,
                value,
                object,
            } => json!({"rtpc": name, "value": value, "object": object}),
            Self::State { group, value } => json!({"state": group, "value": value}),
            Self::Switch {
                object,
                group,
                value,
            } => json!({"switch": group, "value": value, "object": object}),
            Self::Reseed { seed } => json!({"seed": format!("{seed:016x}")}),
            Self::Event { name, object } => json!({"event": name, "object": object}),
            Self::EndStages => json!({"end_stages": true}),
            Self::Pause { on } => json!({"pause_stages": on}),
        }
    }

    /// Reads what [`write`](Self::write) wrote.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn read(value: &Value) -> Result<Self, String> {
        let object = value.as_object().ok_or("a call is an object")?;
        if stage_json::is_stage(object) {
            let (event, _) = stage_json::read(object).map_err(|error| error.to_string())?;
            return Ok(Self::Stage(Box::new(event)));
        }
        let is_long = |value: &Value| {
            value
                .as_str()
                .is_some_and(|it| it.chars().count() > NAME_MAX)
        };
        if let Some((key, _)) = object.iter().find(|(_, value)| is_long(value)) {
            return Err(format!("{key}: a name has at most {NAME_MAX} characters"));
        }
        let text = |key: &str| object.get(key).and_then(Value::as_str).map(str::to_owned);
        let on = || text("object").unwrap_or_default();
        if let Some(name) = text("rtpc") {
            let value = object.get("value").and_then(single);
            let value = value.ok_or("value is to be a number")?;
            let object = on();
            return Ok(Self::Rtpc {
                name,
                value,
                object,
            });
        }
        let value = || text("value").ok_or("value is to be a name");
        if let Some(group) = text("state") {
            let value = value()?;
            return Ok(Self::State { group, value });
        }
        if let Some(group) = text("switch") {
            let (object, value) = (on(), value()?);
            return Ok(Self::Switch {
                object,
                group,
                value,
            });
        }
        if let Some(digits) = text("seed") {
            let is_seed = digits.len() == 16 && digits.bytes().all(|it| it.is_ascii_hexdigit());
            let seed = u64::from_str_radix(&digits, 16).ok().filter(|_| is_seed);
            let seed = seed.ok_or("seed is to be 16 hexadecimal digits")?;
            return Ok(Self::Reseed { seed });
        }
        if let Some(name) = text("event") {
            return Ok(Self::Event { name, object: on() });
        }
        if let Some(on) = object.get("pause_stages") {
            let on = on.as_bool().ok_or("pause_stages is to be true or false")?;
            return Ok(Self::Pause { on });
        }
        // Older recordings name the loops of the game that is gone.
        match object.get("end_stages").or(object.get("end_loops")) {
            Some(_) => Ok(Self::EndStages),
            None => Err("a call of no known kind".to_owned()),
        }
    }
}

/// What an OSC message asks for: `/stage/reel_stop 2`, `/rtpc/Speed 0.5`, `/state/Mood Calm`,
/// `/switch/hero/Ground Grass`, `/event/Play_Door`, `/seed 77`. Arguments of a stage are its fields in
/// the order of the table; a list takes the rest.
///
/// # Errors
/// What is wrong with it.
pub fn of_osc(data: &Map<String, Value>) -> Result<Effect, WrongMessage> {
    let address = address(data);
    let args = data.get("args").and_then(Value::as_array);
    let args = args.map_or(&[][..], Vec::as_slice);
    let mut parts = address.split('/').skip(1);
    let (kind, name) = (parts.next().unwrap_or(""), parts.next().unwrap_or(""));
    let last = parts.next();
    let is_whole = parts.next().is_none() && !name.is_empty();
    let text = |what: &str| match args {
        [Value::String(text)] if text.chars().count() <= NAME_MAX => Ok(text.clone()),
        _ => Err(format!("{address}: one text is expected, {what}")),
    };
    match (kind, last, is_whole) {
        ("stage", None, true) => osc_stage(name, args),
        ("rtpc", object, true) => match args.iter().map(single).collect::<Option<Vec<_>>>() {
            Some(values) if values.len() == 1 => Ok(Effect::Rtpc {
                name: name.to_owned(),
                value: values[0],
                object: object.unwrap_or("").to_owned(),
            }),
            _ => Err(format!("{address}: one number is expected").into()),
        },
        ("state", None, true) => Ok(Effect::State {
            group: name.to_owned(),
            value: text("the state")?,
        }),
        ("switch", Some(group), true) => Ok(Effect::Switch {
            object: global(name),
            group: group.to_owned(),
            value: text("the switch")?,
        }),
        ("event", object, true) => Ok(Effect::Event {
            name: name.to_owned(),
            object: object.unwrap_or("").to_owned(),
        }),
        ("seed", None, false) if address == "/seed" => match args {
            [seed] => match osc_seed(seed) {
                Some(seed) => Ok(Effect::Reseed { seed }),
                None => {
                    Err(format!("{address}: {seed} is no whole number of the type h or i").into())
                }
            },
            _ => Err(format!("{address}: one whole number is expected").into()),
        },
        _ => Err(format!(
            "{address:?} is not /stage/NAME, /rtpc/NAME, /state/GROUP, /switch/OBJECT/GROUP, \
             /event/NAME or /seed"
        )
        .into()),
    }
}

/// Whether an OSC message is about a stage.
#[must_use]
pub fn is_osc_stage(data: &Map<String, Value>) -> bool {
    address(data).starts_with("/stage/")
}

fn address(data: &Map<String, Value>) -> &str {
    data.get("address").and_then(Value::as_str).unwrap_or("")
}

/// An address cannot have an empty part: the global object is `global`.
fn global(object: &str) -> String {
    match object {
        "global" => String::new(),
        other => other.to_owned(),
    }
}

/// The seed of an `h` or `i`, of whose bits a negative one has those of two's complement.
fn osc_seed(value: &Value) -> Option<u64> {
    let is_text = value.is_string();
    let seed = json::integer(value)?;
    // As text comes what is beyond 2^53; another text was one when it was sent.
    let is_sent_so = !is_text || seed.abs_diff(0) > json::EXACT_MAX.unsigned_abs();
    is_sent_so.then_some(seed.cast_unsigned())
}

fn osc_stage(name: &str, args: &[Value]) -> Result<Effect, WrongMessage> {
    let info = stage_json::named(name)?;
    let mut fields = Map::new();
    let mut rest = args;
    for field in info.fields {
        let is_list = matches!(field.kind, segue_middleware::stage::Kind::Ints { .. });
        if is_list {
            fields.insert(field.name.to_owned(), rest.to_vec().into());
            rest = &[];
        } else if let Some((first, more)) = rest.split_first() {
            fields.insert(field.name.to_owned(), first.clone());
            rest = more;
        }
    }
    if !rest.is_empty() {
        let count = info.fields.len();
        let text = format!(
            "{name}: {} arguments; at most {count} are taken",
            args.len()
        );
        return Err(text.into());
    }
    fields.insert("type".to_owned(), info.name.into());
    let mut data = Map::new();
    data.insert("stage".to_owned(), fields.into());
    let (event, _) = stage_json::read(&data)?;
    Ok(Effect::Stage(Box::new(event)))
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "RTPCs are of single precision"
)]
fn single(value: &Value) -> Option<f32> {
    let number = value.as_f64()? as f32;
    number.is_finite().then_some(number)
}

/// How much a message may be missed, and its name for the counters. `names` are those of the
/// adapter; `is_osc` says that it came over OSC.
#[must_use]
pub fn classify(message: &Message, is_osc: bool, names: Option<&EventNames>) -> (Class, String) {
    let data = &message.data;
    if is_osc {
        return of_address(address(data));
    }
    if message.kind == FrameKind::StateUpdate {
        return (Class::Coalescible, "state_update".to_owned());
    }
    let name = match data.get("stage") {
        Some(Value::String(name)) => Some(name),
        Some(Value::Object(stage)) => match stage.get("type") {
            Some(Value::String(name)) => Some(name),
            _ => None,
        },
        _ => None,
    };
    if let Some(info) = name.and_then(|name| stage_json::known(name)) {
        return (of_stage(info.id), info.name.to_owned());
    }
    let whole = Value::Object(data.clone());
    let stages = names.map_or_else(Vec::new, |names| names.stages(&whole));
    let class = stages.iter().map(|id| of_stage(*id)).max_by_key(rank);
    let name = stages.first().map_or(message.kind.name(), |id| id.name());
    (class.unwrap_or(Class::Normal), name.to_owned())
}

/// A message is as important as its most important stage.
const fn rank(class: &Class) -> u8 {
    match class {
        Class::Coalescible => 0,
        Class::Normal => 1,
        Class::Reserved => 2,
    }
}

fn of_address(address: &str) -> (Class, String) {
    let mut parts = address.split('/').skip(1);
    let kind = parts.next().unwrap_or("");
    let class = match kind {
        "rtpc" => Class::Coalescible,
        "state" | "switch" | "seed" => Class::Reserved,
        "stage" => {
            let name = parts.next().unwrap_or("");
            return match stage_json::known(name) {
                Some(info) => (of_stage(info.id), info.name.to_owned()),
                None => (Class::Normal, "stage".to_owned()),
            };
        }
        _ => Class::Normal,
    };
    (class, kind.chars().take(NAME_MAX).collect())
}

/// Stages that end a loop are never dropped; those that only say how far something is may be.
fn of_stage(id: StageId) -> Class {
    const ENDS: &[&str] = &[
        "reel_stop",
        "reel_spinning_stop",
        "evaluate_wins",
        "anticipation_off",
        "rollup_end",
        "jackpot_end",
        "spin_end",
        "ui_spin_press",
        "feature_exit",
        "bonus_exit",
        "gamble_end",
        "cascade_end",
        "autoplay_stop",
        "menu_close",
    ];
    match id.name() {
        "rollup_tick" | "anticipation_tension_layer" => Class::Coalescible,
        name if ENDS.contains(&name) => Class::Reserved,
        _ => Class::Normal,
    }
}

/// A whole number that the JSON of frames keeps exactly.
pub(crate) fn whole(value: Option<&Value>) -> Option<u64> {
    value
        .and_then(json::integer)
        .and_then(|n| u64::try_from(n).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn osc(address: &str, args: Value) -> Result<Effect, String> {
        let data = json!({"address": address, "args": args});
        of_osc(data.as_object().unwrap()).map_err(|error| error.to_string())
    }

    #[test]
    fn osc_says_stages_and_values() {
        let Ok(Effect::Stage(event)) = osc("/stage/reel_stop", json!([2, 1, 5, 7])) else {
            panic!("no stage");
        };
        let text = stage_json::write(&event).to_string();
        assert!(
            text.contains(r#""reel":2"#) && text.contains(r#""symbols":[1,5,7]"#),
            "{text}"
        );
        let effects = [
            osc("/rtpc/Speed", json!([0.5])),
            osc("/rtpc/Speed/hero", json!([1])),
            osc("/state/Mood", json!(["Calm"])),
            osc("/switch/global/Ground", json!(["Grass"])),
            osc("/event/Play_Door", json!([])),
            osc("/seed", json!([77])),
        ];
        for effect in effects {
            let effect = effect.unwrap();
            assert_eq!(Effect::read(&effect.write()), Ok(effect));
        }
        let ended = Effect::read(&Effect::EndStages.write());
        assert_eq!(ended, Ok(Effect::EndStages));
        for on in [true, false] {
            let pause = Effect::Pause { on };
            assert_eq!(Effect::read(&pause.write()), Ok(pause));
        }
        let loops = json!([{"stage": "reel_spin_loop"}, {"stage": "anticipation_on", "reel": 4}]);
        let ended = Effect::read(&json!({"end_loops": loops}));
        assert_eq!(ended, Ok(Effect::EndStages));
    }

    #[test]
    fn a_seed_has_all_64_bits() {
        for (arg, seed) in [
            (json!(0), 0),
            (json!(-1), u64::MAX),
            (json!(1_i64 << 53), 1 << 53),
            (json!("9007199254740993"), (1 << 53) + 1),
            (json!("-9223372036854775808"), 1 << 63),
        ] {
            let effect = osc("/seed", json!([arg]));
            assert_eq!(effect, Ok(Effect::Reseed { seed }), "{arg}");
            let written = effect.unwrap().write();
            assert_eq!(written, json!({"seed": format!("{seed:016x}")}));
        }
        for wrong in [
            json!("4d2g"),
            json!("4d2"),
            json!("+0000000000004d2"),
            json!("10000000000000000"),
        ] {
            let found = Effect::read(&json!({"seed": wrong}));
            assert!(found.unwrap_err().contains("16 hex"), "{wrong}");
        }
    }

    #[test]
    fn wrong_osc_is_named() {
        for (address, args, text) in [
            ("/stage/reel_stpo", json!([]), "did you mean"),
            ("/stage/spin_end", json!([1]), "1 arguments; at most 0"),
            (
                "/stage/reel_spinning_stop",
                json!([10]),
                "10 is not a whole",
            ),
            ("/rtpc/Speed", json!(["x"]), "one number"),
            ("/rtpc/Speed", json!([1, 2]), "one number"),
            ("/state/Mood", json!([1]), "one text"),
            ("/seed", json!([]), "one whole number"),
            ("/seed", json!([1, 2]), "one whole number"),
            ("/seed", json!([1.0]), "no whole number of the type h"),
            ("/seed", json!(["77"]), "no whole number of the type h"),
            ("/seed", json!([true]), "no whole number of the type h"),
            ("/seed/hero", json!([1]), "is not /stage/NAME"),
            ("/seed/", json!([1]), "is not /stage/NAME"),
            ("/nothing/x", json!([]), "is not /stage/NAME"),
            ("/stage/a/b", json!([]), "is not /stage/NAME"),
        ] {
            let error = osc(address, args).unwrap_err();
            assert!(error.contains(text), "{address}: {error}");
        }
    }

    fn class(kind: FrameKind, is_osc: bool, data: Value) -> (Class, String) {
        let message = Message {
            kind,
            seq: 1,
            t_us: 0,
            received_us: 0,
            data: data.as_object().unwrap().clone(),
        };
        classify(&message, is_osc, None)
    }

    #[test]
    fn what_ends_something_is_never_dropped() {
        let stage = FrameKind::StageEvent;
        for (name, expected) in [
            ("spin_end", Class::Reserved),
            ("rollup_tick", Class::Coalescible),
            ("win_present", Class::Normal),
        ] {
            let found = class(stage, false, json!({"stage": name}));
            assert_eq!(found, (expected, name.to_owned()));
            let found = class(stage, false, json!({"stage": {"type": name}}));
            assert_eq!(found.0, expected);
            let address = format!("/stage/{name}");
            let found = class(FrameKind::Custom, true, json!({"address": address}));
            assert_eq!(found.0, expected);
        }
        let found = class(FrameKind::StateUpdate, false, json!({}));
        assert_eq!(found.0, Class::Coalescible);
        let found = class(FrameKind::Custom, true, json!({"address": "/state/a"}));
        assert_eq!(found, (Class::Reserved, "state".to_owned()));
        let found = class(FrameKind::Custom, true, json!({"address": "/seed"}));
        assert_eq!(found, (Class::Reserved, "seed".to_owned()));
    }
}
