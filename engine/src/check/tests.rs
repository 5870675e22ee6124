mod dead;
mod ducks;
mod geometry;
mod music;
mod never;
mod places;

use super::*;
use serde_json::{Value, json};

/// The findings of a project with these interactive keys, two sounds `s` and `l` (which loops), and
/// a clip of `s`.
fn findings(interactive: Value) -> Vec<(Kind, String)> {
    let (project, source) = project(interactive);
    let facts = BTreeMap::new();
    let found = check(&project, &source, &facts);
    found
        .into_iter()
        .map(|finding| (finding.kind, finding.path))
        .collect()
}

fn project(interactive: Value) -> (Project, Interactive) {
    let project = json!({"format": "segue.project", "version": 1, "name": "P",
        "assets": [{"id": "a", "file": "a.wav"}],
        "sounds": [{"id": "s", "asset": "a"}, {"id": "l", "asset": "a", "loop": {}}],
        "clips": [{"sound": "s", "at_beats": 0}, {"sound": "l", "at_beats": 0}],
        "interactive": interactive});
    let (project, _) = Project::from_json(project.to_string().as_bytes()).unwrap();
    let source = project.interactive.lower(None);
    (project, source)
}

/// Expects one finding, at this path below `interactive`.
fn one(interactive: Value, kind: Kind, path: &str) {
    let expected = vec![(kind, format!("interactive.{path}"))];
    assert_eq!(findings(interactive.clone()), expected, "{interactive}");
}

/// An event that plays `target`, and one that stops it.
fn play(target: &str) -> Value {
    json!([{"name": "Play", "actions": [{"do": "play", "target": target}]},
        {"name": "Stop", "actions": [{"do": "stop", "target": target}]}])
}

#[test]
fn a_sound_project_has_none() {
    let clean = json!({
        "rtpcs": [{"name": "speed", "max": 10}],
        "states": [{"name": "Combat", "values": [{"name": "on"}]}],
        "switches": [{"name": "Floor", "values": ["wood", "stone"]}],
        "containers": [{"name": "c", "type": "random", "children": [{"child": "s"}, {"child": "f"}],
            "bindings": [{"rtpc": "speed", "curve": [{"x": 0, "y": 0}, {"x": 10, "y": 1}]}]},
            {"name": "f", "type": "switch", "group": "Floor", "values": {"wood": ["s"]}, "default": ["l"]}],
        "events": [{"name": "Play", "actions": [{"do": "play", "target": "c"},
            {"do": "set_state", "group": "Combat", "value": "on"},
            {"do": "set_switch", "group": "Floor", "value": "stone"}]},
            {"name": "Stop", "actions": [{"do": "stop", "target": "c"}]}],
    });
    assert_eq!(findings(clean), vec![]);
    assert_eq!(findings(json!({})), vec![]);
}

#[test]
fn events_without_actions() {
    one(
        json!({"events": [{"name": "E"}]}),
        Kind::EmptyEvent,
        "events[0]",
    );
    let never = json!({"events": [{"name": "E", "actions": [
        {"do": "play", "target": "s", "probability": 0}]}]});
    one(never, Kind::EmptyEvent, "events[0].actions[0].probability");
}

#[test]
fn what_nothing_plays() {
    let random = json!({"name": "c", "type": "random", "children": [{"child": "s"}]});
    one(
        json!({"containers": [random]}),
        Kind::UnreachableContainer,
        "containers[0]",
    );
    let nested = json!({"containers": [random,
        {"name": "d", "type": "group", "children": [{"child": "c"}]}], "events": play("d")});
    assert_eq!(findings(nested), vec![]);
    for root in [
        json!({"music": {"segments": [{"name": "m", "source": "c"}]}}),
        json!({"music": {"stingers": [{"name": "m", "source": "c"}]}}),
        json!({"adaptive": {"contexts": {"BASE": {"levels": [[{"asset": "c"}]]}}}}),
        json!({"adaptive": {"asset_manifest": {"stingers": [{"name": "m", "asset": "c"}]}}}),
    ] {
        let mut with = root.clone();
        with["containers"] = json!([random]);
        let found = findings(with);
        let unreachable = found.iter().find(|it| it.0 == Kind::UnreachableContainer);
        assert_eq!(unreachable, None, "{root}");
    }
}

#[test]
fn what_nothing_plays_is_told_once() {
    // The outer container is the cause; what is in it only follows.
    let (mut project, source) = project(json!({"containers": [
        {"name": "inner", "type": "random", "children": [{"child": "s"}]},
        {"name": "outer", "type": "group", "children": [{"child": "inner"}, {"child": "l"}]}]}));
    project.clips.clear();
    let found = check(&project, &source, &BTreeMap::new());
    let found: Vec<_> = found.iter().map(|it| (it.kind, it.path.as_str())).collect();
    let outer = "interactive.containers[1]";
    assert_eq!(found, [(Kind::UnreachableContainer, outer)]);
}

#[test]
fn what_follows_from_a_refusal_is_not_told() {
    let finding = |kind, path: &str| Finding {
        kind,
        path: path.to_owned(),
        message: String::new(),
        file: PROJECT_FILE.to_owned(),
        line: 0,
        column: 0,
    };
    let refused = finding(Kind::Invalid, "interactive.events[1].actions[0].target");
    let missing = finding(Kind::MissingAsset, "assets[0]");
    let elsewhere = finding(Kind::EmptyEvent, "interactive.events[10]");
    let all = vec![
        refused.clone(),
        missing.clone(),
        finding(Kind::UnusedSound, "sounds[0]"),
        finding(Kind::EmptyEvent, "interactive.events[1]"),
        finding(
            Kind::RtpcOutOfRange,
            "interactive.events[1].actions[0].target.x",
        ),
        elsewhere.clone(),
    ];
    let alone: Vec<_> = all[2..].to_vec();
    assert_eq!(causes(all), [refused, missing, elsewhere.clone()]);
    assert_eq!(causes(alone.clone()), alone);
    // Nothing fits into the range of an RTPC that has none.
    let range = finding(Kind::Invalid, "interactive.rtpcs[0].max");
    let all = vec![
        range.clone(),
        finding(Kind::SilentGap, "interactive.containers[2]"),
        finding(
            Kind::UnreachableChild,
            "interactive.containers[2].children[0]",
        ),
        finding(Kind::RtpcOutOfRange, "interactive.events[0].actions[0]"),
        elsewhere.clone(),
    ];
    assert_eq!(causes(all), [range, elsewhere]);
}

#[test]
fn children_that_are_never_heard() {
    for (container, place) in [
        (
            json!({"type": "random", "children": [{"child": "s"}, {"child": "s", "weight": 0}]}),
            ".children[1].weight",
        ),
        (json!({"type": "random"}), ""),
        (
            json!({"type": "blend", "rtpc": "speed", "children": [{"child": "s", "x_lo": 11, "x_hi": 12}]}),
            ".children[0]",
        ),
        (
            json!({"type": "switch", "group": "Floor", "values": {"wod": ["s"]}}),
            ".values.wod",
        ),
        (
            json!({"type": "switch", "group": "Floor", "values": {"wood": ["s"], "stone": ["s"]}, "default": ["s"]}),
            ".default",
        ),
        (
            json!({"type": "group", "mode": "first_match", "children": [{"child": "s"}, {"child": "s"}]}),
            ".children[1]",
        ),
        (
            json!({"type": "group", "mode": "random", "children": [{"child": "s", "weight": 0}, {"child": "s"}]}),
            ".children[0]",
        ),
    ] {
        let mut container = container;
        container["name"] = json!("c");
        let bindings = json!([{"rtpc": "speed", "curve": [{"x": 0, "y": 0}, {"x": 1, "y": 0}]}]);
        container["bindings"] = bindings;
        let mut events = play("c");
        let set = json!({"do": "set_switch", "group": "Floor", "value": "stone"});
        events[0]["actions"].as_array_mut().unwrap().push(set);
        let project = json!({"containers": [container], "events": events,
            "rtpcs": [{"name": "speed", "max": 10}],
            "switches": [{"name": "Floor", "values": ["wood", "stone"]}]});
        one(
            project,
            Kind::UnreachableChild,
            &format!("containers[0]{place}"),
        );
    }
}

#[test]
fn ranges_that_an_rtpc_never_reaches() {
    let points = |x: f32| json!([{"x": 0, "y": 0}, {"x": x, "y": 1}]);
    let target = |x: f32| json!({"target": "bus_volume", "bus": "master", "curve": points(x)});
    let with = |rest: Value| {
        let mut project =
            json!({"rtpcs": [{"name": "speed", "max": 10, "targets": [target(10.0)]}]});
        for (key, value) in rest.as_object().unwrap() {
            project[key] = value.clone();
        }
        project
    };
    assert_eq!(findings(with(json!({}))), vec![]);
    let far = json!({"rtpcs": [{"name": "speed", "max": 10, "targets": [target(12.0)]}]});
    one(far, Kind::RtpcOutOfRange, "rtpcs[0].targets[0].curve[1].x");
    let bound = json!({"containers": [{"name": "c", "type": "group", "children": [{"child": "s"}],
        "bindings": [{"rtpc": "speed", "curve": points(11.0)}]}], "events": play("c")});
    one(
        with(bound),
        Kind::RtpcOutOfRange,
        "containers[0].bindings[0].curve[1].x",
    );
    let condition = json!({"events": [{"name": "E", "actions": [{"do": "play", "target": "s",
        "conditions": [{"rtpc": "speed", "min": 11}]}]}]});
    one(
        with(condition),
        Kind::RtpcOutOfRange,
        "events[0].actions[0].conditions[0]",
    );
    let set = json!({"events": [{"name": "E", "actions": [{"do": "set_rtpc", "rtpc": "speed", "value": -1}]}]});
    one(
        with(set),
        Kind::RtpcOutOfRange,
        "events[0].actions[0].value",
    );
    let follow = json!({"switches": [{"name": "F", "values": ["a", "b"],
        "follow": {"rtpc": "speed", "thresholds": [20]}}]});
    one(
        with(follow),
        Kind::RtpcOutOfRange,
        "switches[0].follow.thresholds[0]",
    );
    // A value that nobody but the RTPC can set.
    let follow = json!({"switches": [{"name": "F", "values": ["a", "b"],
            "follow": {"rtpc": "speed", "thresholds": [5]}}],
        "events": [{"name": "E", "actions": [{"do": "set_switch", "group": "F", "value": "b"}]}]});
    one(with(follow), Kind::EmptyEvent, "events[0].actions[0].group");
    one(
        json!({"rtpcs": [{"name": "idle"}]}),
        Kind::UnusedRtpc,
        "rtpcs[0]",
    );
}

#[test]
fn loops_that_nobody_stops() {
    let event = |action: Value| json!([{"name": "Play", "actions": [action]}]);
    let endless = event(json!({"do": "play", "target": "s", "loop_count": 0}));
    one(
        json!({"events": endless}),
        Kind::LoopWithoutStop,
        "events[0].actions[0]",
    );
    let sound = event(json!({"do": "play", "target": "l"}));
    one(
        json!({"events": sound}),
        Kind::LoopWithoutStop,
        "events[0].actions[0]",
    );
    let container =
        json!([{"name": "c", "type": "random", "children": [{"child": "l"}, {"child": "s"}]}]);
    let played = event(json!({"do": "play", "target": "c"}));
    one(
        json!({"containers": container, "events": played}),
        Kind::LoopWithoutStop,
        "events[0].actions[0]",
    );
    let sequence =
        json!([{"name": "c", "type": "sequence", "end": "loop", "steps": [{"child": "s"}]}]);
    one(
        json!({"containers": sequence, "events": played}),
        Kind::LoopWithoutStop,
        "events[0].actions[0]",
    );
    for stop in [
        json!({"do": "stop", "target": "c"}),
        json!({"do": "break", "target": "c"}),
        json!({"do": "stop", "target": "l"}),
        json!({"do": "fade", "target": "c", "gain_lin": 0, "stop": true}),
        json!({"do": "stop_all"}),
        json!({"do": "stop"}),
    ] {
        let events = json!([played[0], {"name": "Stop", "actions": [stop]}]);
        let project = json!({"containers": container, "events": events});
        assert_eq!(findings(project), vec![], "{stop}");
    }
    // A count ends loops and sequences, but not what loops in a step.
    let counted = |target: &str| event(json!({"do": "play", "target": target, "loop_count": 2}));
    for (step, ends) in [("s", true), ("l", true)] {
        let sequence =
            json!([{"name": "c", "type": "sequence", "end": "loop", "steps": [{"child": step}]}]);
        let found = findings(json!({"containers": sequence, "events": counted("c")}));
        assert_eq!(found.is_empty(), ends, "{found:?}");
    }
    assert_eq!(findings(json!({"events": counted("l")})), vec![]);
    let fade = json!([played[0], {"name": "F", "actions": [{"do": "fade", "target": "c", "gain_lin": 0}]}]);
    one(
        json!({"containers": container, "events": fade}),
        Kind::LoopWithoutStop,
        "events[0].actions[0]",
    );
}

#[test]
fn sequences_that_hold_or_end_what_loops() {
    let played = |action: Value, end: &str, step: Value, stop: Option<Value>| {
        let mut events = vec![json!({"name": "Play", "actions": [action]})];
        events.extend(stop.map(|stop| json!({"name": "Stop", "actions": [stop]})));
        let first = json!({"child": "s", "duration_ms": 500});
        let sequence = json!([{"name": "c", "type": "sequence", "end": end,
            "steps": [step, first]}]);
        let found = findings(json!({"containers": sequence, "events": events}));
        found.iter().any(|(kind, _)| *kind == Kind::LoopWithoutStop)
    };
    let plain = || json!({"do": "play", "target": "c"});
    let counted = || json!({"do": "play", "target": "c", "loop_count": 3});
    let once = json!({"child": "s", "start_ms": 500});
    // What is held repeats, whatever it is, also behind the last of several passes.
    assert!(!played(plain(), "stop", once.clone(), None));
    for action in [plain(), counted()] {
        assert!(played(action, "hold_last", once.clone(), None));
    }
    let timed = json!({"child": "l", "start_ms": 500, "duration_ms": 200});
    assert!(played(plain(), "hold_last", timed.clone(), None));
    for (target, ends) in [("s", true), ("c", true), ("l", false)] {
        let stop = json!({"do": "stop", "target": target});
        let stays = played(plain(), "hold_last", once.clone(), Some(stop));
        assert_eq!(stays, !ends, "{target}");
    }
    // An endless child ends with its step, and one that repeats for ever with its duration.
    assert!(!played(plain(), "stop", timed, None));
    for duration_ms in [0, 200] {
        for child in ["s", "l"] {
            let step = json!({"child": child, "loop_count": 0, "duration_ms": duration_ms});
            let stays = played(plain(), "stop", step, None);
            assert_eq!(stays, duration_ms == 0, "{child} {duration_ms}");
        }
    }
    let left = |loop_count: u32| json!({"child": "l", "loop_count": loop_count});
    assert!(!played(plain(), "stop", left(1), None));
    assert!(!played(plain(), "stop", left(2), None));
    // A pass begins anew with what was stopped.
    let stop = || Some(json!({"do": "stop", "target": "l"}));
    assert!(!played(plain(), "stop", left(0), stop()));
    assert!(played(plain(), "loop", left(1), stop()));
}

#[test]
fn what_a_stage_goes_on_with_is_stopped_by_another() {
    let events = json!([{"name": "Play", "actions": [{"do": "play", "target": "l"}]}]);
    let bound = |stage: &str, each: bool| {
        let binding = json!({"stage": stage, "event": "Play", "each": each});
        json!({"events": events, "stages": {"bindings": [binding]}})
    };
    for stage in [
        "REEL_SPIN_LOOP",
        "ANTICIPATION_TENSION",
        "anticipation_on.scatter",
    ] {
        assert_eq!(findings(bound(stage, false)), vec![], "{stage}");
    }
    // A sound for every step, or a stage that is over at once, is stopped by nobody.
    for project in [bound("rollup_tick", true), bound("REEL_STOP", false)] {
        one(project, Kind::LoopWithoutStop, "events[0].actions[0]");
    }
}

#[test]
fn values_that_nobody_sets() {
    let states = json!({"states": [{"name": "Combat", "values": [{"name": "on"}]}]});
    one(states, Kind::StateNeverSet, "states[0].values[0]");
    let switches = json!({"switches": [{"name": "F", "values": ["a", "b", "c"], "default": "b"}]});
    let paths: Vec<_> = findings(switches)
        .into_iter()
        .map(|(_, path)| path)
        .collect();
    assert_eq!(
        paths,
        [
            "interactive.switches[0].values[0]",
            "interactive.switches[0].values[2]"
        ]
    );
}

#[test]
fn unused_files_and_sounds() {
    let (mut project, source) = project(json!({}));
    project.clips.clear();
    project
        .assets
        .push(segue_format::project::Asset::new("b", "b.wav"));
    let kinds: Vec<_> = check(&project, &source, &BTreeMap::new())
        .iter()
        .map(|it| (it.kind, it.path.clone()))
        .collect();
    let expected = [
        (Kind::UnusedAsset, "assets[1]".to_owned()),
        (Kind::UnusedSound, "sounds[0]".to_owned()),
        (Kind::UnusedSound, "sounds[1]".to_owned()),
    ];
    assert_eq!(kinds, expected);
}

#[test]
fn levels_that_stick_out_and_files_over_the_budget() {
    let (mut project, source) = project(json!({"adaptive": {"metadata": {"audio_budget_mb": 1}}}));
    let mut facts = BTreeMap::new();
    for (id, loudness, gain) in [
        ("s", -20.0, 0.0),
        ("l", -21.0, 0.0),
        ("x", -30.0, 10.0),
        ("y", -20.0, 13.0),
        ("z", -33.5, 0.0),
    ] {
        if project.sounds.iter().all(|sound| sound.id != id) {
            let mut sound = segue_format::project::Sound::new(id, "a");
            sound.gain_db = gain;
            project.sounds.push(sound);
            project
                .clips
                .push(segue_format::project::Clip::new(id, 0.0));
        }
        let known = SoundFacts {
            loudness_db: Some(loudness),
            bytes: 400_000,
            length: None,
            unplayable: None,
        };
        facts.insert(id.to_owned(), known);
    }
    let found = check(&project, &source, &facts);
    let paths: Vec<_> = found.iter().map(|it| it.path.as_str()).collect();
    assert_eq!(paths, ["sounds[3].gain_db", "sounds[4].gain_db"]);
    assert!(
        found[0]
            .message
            .contains("13.0 dB louder than the usual sound on master"),
        "{}",
        found[0]
    );
    facts.get_mut("s").unwrap().bytes = 1_100_000;
    facts.values_mut().for_each(|it| it.bytes = 1_100_000);
    facts.get_mut("s").unwrap().loudness_db = None;
    let kinds: Vec<_> = check(&project, &source, &facts)
        .iter()
        .map(|it| it.kind)
        .collect();
    assert_eq!(kinds.last(), Some(&Kind::OverBudget));
    assert_eq!(
        kinds
            .iter()
            .filter(|kind| **kind == Kind::LevelOutlier)
            .count(),
        3
    );
}

#[test]
fn levels_are_measured_in_the_files() {
    use crate::project::testing;
    let (folder, cache) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let mut project = testing::project(folder.path(), &["a", "b", "c", "loud", "none"]);
    let write = |name: &str, peak| {
        let path = folder.path().join(format!("assets/{name}.wav"));
        testing::wav_at(&path, 2_000, peak);
    };
    for (name, peak) in [
        ("a", 0.05),
        ("b", 0.06),
        ("c", 0.04),
        ("loud", 0.5),
        ("none", 0.0),
    ] {
        write(name, peak);
    }
    project
        .assets
        .iter_mut()
        .for_each(|asset| asset.hash = None);
    crate::project::save(&project, folder.path()).unwrap();
    let open = crate::project::open(folder.path()).unwrap();
    let go_on = &mut |_: LoadProgress<'_>| ControlFlow::Continue(());
    let found = check_project(&open, Some(cache.path().to_owned()), go_on).unwrap();
    let levels: Vec<_> = found
        .iter()
        .filter(|it| it.kind == Kind::LevelOutlier)
        .map(|it| it.message.as_str())
        .collect();
    assert_eq!(levels.len(), 2, "{levels:?}");
    assert_eq!(levels[1], "\"none\" is silent");
    // A saw's RMS is its peak over the root of three.
    assert!(
        levels[0].starts_with("\"loud\" is 18.4 dB louder"),
        "{levels:?}"
    );
    assert!(levels[0].contains("(-10.8 against -29.2 dB)"), "{levels:?}");
}

#[test]
fn kinds_have_names_of_their_own() {
    let names: std::collections::BTreeSet<_> = Kind::ALL.iter().map(|kind| kind.name()).collect();
    assert_eq!(names.len(), Kind::ALL.len());
}
