//! One bad value at a time: the path and the words of its error.

use super::*;

/// Sets a value in `full()` and expects a problem at `path` whose text has `words`.
fn check(pointer: &str, value: Value, path: &str, words: &str) {
    let found = read(&with(pointer, value.clone()));
    let Err(Error::Invalid(problems)) = found else {
        panic!("{pointer} = {value}: {found:?}")
    };
    let path = format!("interactive.{path}");
    let hit = problems
        .list
        .iter()
        .find(|problem| problem.place.path == path);
    let Some(problem) = hit else {
        panic!("{pointer} = {value}: {problems}")
    };
    assert!(
        problem.message.contains(words),
        "{pointer} = {value}: {problem}"
    );
    assert!(
        problem.place.line > 0 && problem.place.column > 0,
        "{problem}"
    );
}

#[test]
fn wrong_types_have_their_place() {
    for (pointer, value, path, words) in [
        ("/rtpcs", json!({}), "rtpcs", "{} is not a list [ ]"),
        ("/rtpcs/0", json!(3), "rtpcs[0]", "3 is not an object { }"),
        (
            "/rtpcs/0/name",
            json!(3),
            "rtpcs[0].name",
            "3 is not a text",
        ),
        (
            "/rtpcs/0/min",
            json!("low"),
            "rtpcs[0].min",
            "\"low\" is not a number",
        ),
        (
            "/rtpcs/0/host_param",
            json!(256),
            "rtpcs[0].host_param",
            "256 is not a whole number in 0..=255",
        ),
        (
            "/containers/0/children/0/weight",
            json!(-1),
            "containers[0].children[0].weight",
            "0..=4294967295",
        ),
        (
            "/containers/0/random_pitch_st",
            json!([1]),
            "containers[0].random_pitch_st",
            "a list of 2 values",
        ),
        (
            "/containers/3/continue_position",
            json!(1),
            "containers[3].continue_position",
            "true or false",
        ),
        (
            "/music/segments/0/markers/0/pos_smp",
            json!(0.5),
            "music.segments[0].markers[0].pos_smp",
            "whole number",
        ),
        (
            "/states/0/transition_ms/on/none",
            json!("x"),
            "states[0].transition_ms.on.none",
            "not a number",
        ),
        (
            "/containers/3/values",
            json!([]),
            "containers[3].values",
            "not an object",
        ),
    ] {
        check(pointer, value, path, words);
    }
}

#[test]
#[rustfmt::skip] // One case a line.
fn wrong_words_have_a_suggestion() {
    for (pointer, value, path, words) in [
        ("/containers/0/type", json!("randm"), "containers[0].type", "did you mean \"random\"?"),
        ("/containers/0/type", json!(""), "containers[0].type", "this must be one of blend, random"),
        ("/containers/0/mode", json!("shufle"), "containers[0].mode", "did you mean \"shuffle\"?"),
        ("/events/0/actions/0/do", json!("Play"), "events[0].actions[0].do", "did you mean \"play\"?"),
        ("/events/0/actions/0/scope", json!(1), "events[0].actions[0].scope", "1 is not one of global"),
        ("/events/0/actions/0/priority", json!("hihg"), "events[0].actions[0].priority", "\"high\""),
        ("/events/0/actions/0/priority", json!(101), "events[0].actions[0].priority", "101 is not in 0..=100"),
        ("/rtpcs/0/interp", json!("smooth"), "rtpcs[0].interp", "not one of none, linear"),
        ("/rtpcs/0/targets/0/target", json!("bus"), "rtpcs[0].targets[0].target", "bus_volume"),
        ("/music/transitions/0/sync", json!("bars"), "music.transitions[0].sync", "did you mean \"bar\"?"),
        ("/music/transitions/0/sync", json!({"grid": 1, "x": 1}), "music.transitions[0].sync", "{\"grid\": beats}"),
        ("/containers/3/on_change", json!("later"), "containers[3].on_change", "after_end"),
        ("/adaptive/rules/0/condition/of/0/op", json!("gtee"), "adaptive.rules[0].condition.of[0].op", "\"gte\""),
        ("/adaptive/rules/1/action/do", json!("step"), "adaptive.rules[1].action.do", "step_up"),
    ] {
        check(pointer, value, path, words);
    }
}

#[test]
#[rustfmt::skip] // One case a line.
fn names_must_be_there_and_values_must_not_contradict() {
    let long = "n".repeat(129);
    for (pointer, value, path, words) in [
        ("/events/0/name", json!(""), "events[0].name", "must not be empty"),
        ("/events/0/name", json!(long), "events[0].name", "129 bytes, above the limit of 128"),
        ("/events/0/name", json!("a\n"), "events[0].name", "control character"),
        ("/containers/0/children/0/child", json!(""), "containers[0].children[0].child", "empty"),
        ("/rtpcs/0/max", json!(1e12), "rtpcs[0].max", "is not in -1000000000"),
        ("/rtpcs/0/targets/0/curve/0/y", json!(null), "rtpcs[0].targets[0].curve[0].y", "not a number"),
        ("/events/0/actions/0/fade_ms", json!(1), "events[0].actions[0].fade_ms", "say the same"),
        ("/events/0/actions/2/fade_in_ms", json!(1), "events[0].actions[2].fade_in_ms", "use fade_out_ms"),
        ("/events/0/actions/6/fade_out_ms", json!(1), "events[0].actions[6].fade_out_ms", "use fade_in_ms"),
        ("/events/0/actions/11/fade_in_ms", json!(1), "events[0].actions[11].fade_in_ms", "use fade_ms"),
        ("/events/0/actions/20/smp", json!(1), "events[0].actions[20]", "one of \"seconds\""),
        ("/events/0/actions/0/conditions/0/state", json!("Combat"), "events[0].actions[0].conditions[0]", "names one of"),
        ("/states/0/values/0/changes/0/bus", json!("music"), "states[0].values[0].changes[0]", "one \"object\""),
        ("/ducks/0/source_bus", json!("drums"), "ducks[0]", "one source"),
        ("/music/transitions/0/fade_in/beats", json!(1), "music.transitions[0].fade_in", "leave one out"),
        ("/adaptive/version", json!(2), "adaptive.version", "open it with a newer Segue"),
        ("/adaptive/format", json!("x"), "adaptive.format", "is not \"segue.adaptive\""),
        ("/adaptive", json!("../x.json"), "adaptive", ".."),
    ] {
        check(pointer, value, path, words);
    }
}

#[test]
fn every_fault_is_said_at_once() {
    let faults = json!({"rtpcs": [{"name": 1, "min": "a", "interp": "b"}], "events": 3});
    let Err(Error::Invalid(problems)) = read(&faults) else {
        panic!("it is refused")
    };
    assert_eq!(problems.list.len(), 4, "{problems}");
}

#[test]
fn a_missing_number_of_a_point_is_said() {
    let curve = json!({"rtpcs": [{"name": "r", "targets": [
        {"target": "bus_volume", "bus": "master", "curve": [{"x": 1}, {"x": 2, "y": 0}]}]}]});
    let text = read(&curve).unwrap_err().to_string();
    assert!(
        text.contains("curve[0].y") && text.contains("is missing"),
        "{text}"
    );
}

#[test]
fn what_an_action_needs_is_said_to_be_missing() {
    let said = |event: Value| {
        let text = read(&json!({"events": [event]})).unwrap_err().to_string();
        assert!(text.contains("this number is missing"), "{text}");
        text.split(' ').next().unwrap_or_default().to_owned()
    };
    let of = |action: Value| said(json!({"name": "E", "actions": [action]}));
    let path = "interactive.events[0].actions[0]";
    for word in [
        "set_volume",
        "set_pitch",
        "set_lpf",
        "set_hpf",
        "set_bus_volume",
    ] {
        let found = of(json!({"do": word, "target": "sfx"}));
        assert_eq!(found, format!("{path}.value"), "{word}");
    }
    let fade = of(json!({"do": "fade", "target": "s", "fade_ms": 50}));
    assert_eq!(fade, format!("{path}.gain_lin"));
    let limit = said(json!({"name": "E", "limit_rule": "discard_oldest"}));
    assert_eq!(limit, "interactive.events[0].max_instances");
    // What is given may be nothing.
    let zero = json!({"do": "set_volume", "target": "s", "value": 0});
    let one = json!({"do": "fade", "target": "s", "gain_lin": 1});
    let given = json!({"events": [{"name": "E", "actions": [zero, one]}]});
    let (project, _) = read(&given).unwrap();
    check_stable(&project, "nothing and one");
}

#[test]
fn music_says_how_it_fades_in_one_way() {
    let play = |key: &str| {
        let mut action = json!({"do": "play_music", "music": "m"});
        action[key] = 500.into();
        read(&json!({"events": [{"name": "E", "actions": [action]}]}))
    };
    let text = play("fade_in_ms").unwrap_err().to_string();
    assert!(text.contains("music.transitions"), "{text}");
    let (_, warnings) = play("fade_ms").unwrap();
    let text = warnings[0].message();
    assert!(text.contains("music.transitions"), "{text}");
}

#[test]
fn conditions_nest_as_deep_as_rules_may() {
    let mut condition = json!({"op": "is_true", "signal": "turbo_mode"});
    for _ in 0..16 {
        condition = json!({"op": "and", "of": [condition]});
    }
    let rules = json!({"adaptive": {"rules": [{"id": "deep", "condition": condition}]}});
    let (project, _) = read(&rules).unwrap();
    check_stable(&project, "16 deep");
}
