//! What happened in a game, as one JSON object a line.

use segue_engine::Control;
use segue_engine::game::telemetry::{Row, What};
use segue_engine::rt::game::{NameId, ObjectId, PlayingId};
use segue_engine::rt::voices::GAME_VOICES;
use serde_json::{Map, Value, json};

/// A row as a JSON object: `t_smp`, `type`, and the fields of docs/interactive.md. Names are texts;
/// one that the project does not have is 16 hexadecimal digits.
pub(crate) fn object(control: &Control, row: &Row) -> Value {
    let (kind, fields) = fields(control, &row.what);
    let mut object = Map::new();
    object.insert("t_smp".to_owned(), row.at.into());
    object.insert("type".to_owned(), kind.into());
    if let Value::Object(fields) = fields {
        object.extend(fields);
    }
    Value::Object(object)
}

fn fields(control: &Control, what: &What) -> (&'static str, Value) {
    let posts = of_posts(control, what);
    let found = posts.or_else(|| of_choices(control, what));
    let found = found.or_else(|| of_values(control, what));
    found.unwrap_or_else(|| of_music(control, what))
}

/// Posts and their actions.
fn of_posts(control: &Control, what: &What) -> Option<(&'static str, Value)> {
    let name = |name: &NameId| name_of(control, *name);
    let on = |object: &ObjectId| object_of(control, *object);
    Some(match what {
        What::Posted {
            event,
            object,
            playing,
        } => (
            "posted",
            json!({"event": name(event), "object": on(object), "playing": number_of(*playing)}),
        ),
        What::Refused {
            event,
            object,
            playing,
            reason,
        } => (
            "refused",
            json!({"event": name(event), "object": on(object), "playing": number_of(*playing),
                "reason": snake(reason)}),
        ),
        What::Finished {
            event,
            object,
            playing,
        } => (
            "finished",
            json!({"event": name(event), "object": on(object), "playing": number_of(*playing)}),
        ),
        What::Action {
            event,
            object,
            playing,
            action,
            late_smp,
            result,
        } => (
            "action",
            json!({"event": name(event), "object": on(object), "playing": number_of(*playing),
                "action": action, "late_smp": late_smp, "result": snake(result)}),
        ),
        What::Ignored {
            name: what,
            object,
            reason,
        } => (
            "ignored",
            json!({"name": name(what), "object": on(object), "reason": snake(reason)}),
        ),
        _ => return None,
    })
}

/// Containers and voices.
fn of_choices(control: &Control, what: &What) -> Option<(&'static str, Value)> {
    let name = |name: &NameId| name_of(control, *name);
    let on = |object: &ObjectId| object_of(control, *object);
    Some(match what {
        What::Decision {
            container,
            child,
            object,
            playing,
            reason,
            weight_or_gain,
            cost_ns,
        } => (
            "decision",
            json!({"container": name(container), "child": name(child), "object": on(object),
                "playing": number_of(*playing), "reason": snake(reason),
                "weight_or_gain": number(*weight_or_gain), "cost_ns": cost_ns}),
        ),
        What::Seed {
            container,
            object,
            play_n,
            key,
            child,
            pitch_st,
            volume_db,
        } => (
            "seed",
            json!({"container": name(container), "object": on(object), "play_n": play_n,
                "key": format!("{key:016x}"), "child": (*child != u8::MAX).then_some(child),
                "pitch_st": number(*pitch_st), "volume_db": number(*volume_db)}),
        ),
        What::Voice {
            voice,
            asset,
            event,
            object,
            age_smp,
            aud_db,
            bus,
            priority,
            event_kind,
            reason,
        } => (
            "voice",
            json!({"voice": voice.0 & !GAME_VOICES, "event": name(event), "asset": name(asset),
                "bus": bus_of(control, (*bus).into()), "object": on(object), "what": snake(event_kind), "age_smp": age_smp,
                "priority": priority, "aud_db": number(*aud_db), "reason": snake(reason)}),
        ),
        _ => return None,
    })
}

/// Game values, levels, music, ducking.
fn of_values(control: &Control, what: &What) -> Option<(&'static str, Value)> {
    let name = |name: &NameId| name_of(control, *name);
    let on = |object: &ObjectId| object_of(control, *object);
    Some(match what {
        What::Rtpc {
            rtpc,
            object,
            playing,
            value,
            result,
        } => (
            "rtpc",
            json!({"rtpc": name(rtpc), "object": on(object), "playing": number_of(*playing),
                "value": number(*value), "result": snake(result)}),
        ),
        What::RtpcReset {
            rtpc,
            object,
            playing,
        } => (
            "rtpc_reset",
            json!({"rtpc": name(rtpc), "object": on(object), "playing": number_of(*playing)}),
        ),
        What::Unregistered { object } => ("unregistered", json!({"object": on(object)})),
        What::State { group, from, to } => (
            "state",
            json!({"group": name(group), "from": state(control, *from), "to": state(control, *to)}),
        ),
        What::Switch { group, object, to } => (
            "switch",
            json!({"group": name(group), "object": on(object), "to": name(to)}),
        ),
        What::Reseed { seed } => ("reseed", json!({"seed": format!("{seed:016x}")})),
        What::Dropped {
            rows,
            signals,
            late_actions,
            wakes,
        } => (
            "dropped",
            json!({"rows": rows, "signals": signals, "late_actions": late_actions,
                "wakes": wakes}),
        ),
        _ => return None,
    })
}

/// Levels, contexts, changes of the music, ducking.
fn of_music(control: &Control, what: &What) -> (&'static str, Value) {
    let name = |name: &NameId| name_of(control, *name);
    match what {
        What::Level {
            context,
            rule,
            from,
            to,
            refusal: code,
        } => (
            "level",
            json!({"context": name(context), "rule": name(rule), "from": from, "to": to,
                "refusal": refusal(*code)}),
        ),
        What::Context { from, to, level } => (
            "context",
            json!({"from": name(from), "to": name(to), "level": level}),
        ),
        What::Layer {
            context,
            layer,
            gain,
            target,
        } => (
            "layer",
            json!({"context": name(context), "layer": name(layer), "gain": number(*gain),
                "target": number(*target)}),
        ),
        What::Sync {
            asked_at,
            requested,
            granted,
            granted_at,
            error_smp,
        } => (
            "sync",
            json!({"asked_at_smp": asked_at, "requested": snake(requested),
                "granted": snake(granted), "granted_at_smp": granted_at,
                "error_smp": number(*error_smp)}),
        ),
        What::Duck {
            duck,
            envelope,
            gain_db,
        } => (
            "duck",
            json!({"rule": name(duck), "e": number(*envelope), "gain_db": number(*gain_db)}),
        ),
        What::Hdr {
            bus,
            is_open,
            top_db,
            gain_db,
        } => (
            "hdr",
            json!({"bus": bus_of(control, bus.index()), "open": is_open, "top_db": number(*top_db),
                "gain_db": number(*gain_db)}),
        ),
        What::DuckStuck { duck } => ("duck_stuck", json!({"rule": name(duck)})),
        // Those of the other groups were told before.
        _ => ("unknown", Value::Null),
    }
}

fn name_of(control: &Control, name: NameId) -> Value {
    match (name, control.game_names().text(name)) {
        (NameId::NONE, _) => Value::Null,
        (_, Some(text)) => text.into(),
        (name, None) => format!("{:016x}", name.0).into(),
    }
}

/// A value of a state group: no name is `none`.
fn state(control: &Control, value: NameId) -> Value {
    match value {
        NameId::NONE => "none".into(),
        value => name_of(control, value),
    }
}

/// What events post by themselves counts downwards from -1, so that scripts which read numbers in
/// double precision tell all of them apart.
fn number_of(playing: PlayingId) -> i64 {
    const OWN: u64 = 1 << 63;
    let number = i64::try_from(playing.0 & !OWN).unwrap_or(i64::MAX);
    if playing.0 & OWN == 0 {
        number
    } else {
        -number
    }
}

/// A bus of the project by its name.
fn bus_of(control: &Control, index: usize) -> Value {
    let found = control.buses().find(|(_, id)| id.index() == index);
    found.map_or_else(|| index.into(), |(name, _)| name.into())
}

/// The global object is null.
fn object_of(control: &Control, object: ObjectId) -> Value {
    match (object, control.object_text(object)) {
        (ObjectId::GLOBAL, _) => Value::Null,
        (_, Some(name)) => name.into(),
        (object, None) => format!("{:016x}", object.0).into(),
    }
}

/// Why a request for a level was refused; null when it was granted.
fn refusal(code: u8) -> Value {
    use segue_engine::middleware::adaptive::Refusal;
    const ALL: [Refusal; 8] = [
        Refusal::Bounds,
        Refusal::ContextCooldown,
        Refusal::ChangesPerSpin,
        Refusal::Hold,
        Refusal::Cooldown,
        Refusal::RuleCooldown,
        Refusal::Inertia,
        Refusal::Momentum,
    ];
    match (code, ALL.iter().find(|refusal| **refusal as u8 == code)) {
        (0, _) => Value::Null,
        (_, Some(refusal)) => snake(refusal).into(),
        (code, None) => code.into(),
    }
}

/// JSON has no infinity: silence is null. Seven digits are what a single-precision number holds.
fn number(value: f32) -> Value {
    let shown = format!("{value}");
    shown
        .parse::<f64>()
        .ok()
        .filter(|value| value.is_finite())
        .into()
}

/// `NaturalEnd` as `natural_end`.
pub(crate) fn snake(value: &impl std::fmt::Debug) -> String {
    let mut text = String::new();
    for c in format!("{value:?}").chars() {
        if c.is_ascii_uppercase() && !text.is_empty() {
            text.push('_');
        }
        text.push(c.to_ascii_lowercase());
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use segue_engine::rt::command::Reason;
    use segue_engine::{EngineConfig, create};

    #[test]
    fn rows_are_objects_with_texts_for_names() {
        let (control, _, _) = create(EngineConfig::new(48_000)).unwrap();
        let what = What::Refused {
            event: NameId::of("Play"),
            object: ObjectId::GLOBAL,
            playing: PlayingId(3),
            reason: Reason::LimitEvent,
        };
        let text = object(&control, &Row { at: 7, what }).to_string();
        let hash = format!("{:016x}", NameId::of("Play").0);
        let expected = format!(
            r#"{{"t_smp":7,"type":"refused","event":"{hash}","object":null,"playing":3,"reason":"limit_event"}}"#
        );
        assert_eq!(text, expected);
        assert_eq!(number_of(PlayingId(1 << 63 | 5)), -5);
        assert_eq!(bus_of(&control, 77), Value::from(77));
        assert_eq!(number(f32::NEG_INFINITY), Value::Null);
        assert_eq!(number(0.1).to_string(), "0.1");
        assert_eq!(
            (refusal(0), refusal(6)),
            (Value::Null, "rule_cooldown".into())
        );
    }
}
