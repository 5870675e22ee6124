//! Parts that nobody uses, and values for which nothing plays.

use super::*;

fn adaptive(keys: Value) -> Value {
    let mut profile =
        json!({"contexts": {"BASE": {"levels": [[{"asset": "s"}], [{"asset": "l"}]]}}});
    for (key, value) in keys.as_object().unwrap() {
        profile[key] = value.clone();
    }
    json!({"adaptive": profile})
}

#[test]
fn music_that_nobody_plays() {
    let music = json!({"segments": [{"name": "a", "source": "s"}, {"name": "b", "source": "s"}, {"name": "f", "source": "s"}],
        "playlists": [{"name": "p", "entries": [{"segment": "b"}]}],
        "transitions": [{"filler": "f"}],
        "stingers": [{"name": "hit", "source": "s"}]});
    let mut all = json!({"music": music, "events": [{"name": "E", "actions": [
        {"do": "play_music", "music": "a"}, {"do": "play_music", "music": "p"}, {"do": "trigger", "stinger": "hit"}]}]});
    assert_eq!(findings(all.clone()), vec![]);
    for path in ["segments[0]", "playlists[0]", "stingers[0]"] {
        let mut actions = all["events"][0]["actions"].as_array().unwrap().clone();
        actions.remove(0);
        all["events"][0]["actions"] = json!(actions);
        let found = findings(all.clone());
        let path = format!("interactive.music.{path}");
        assert!(
            found.contains(&(Kind::UnusedMusic, path.clone())),
            "{path}: {found:?}"
        );
    }
}

#[test]
fn parts_of_the_layers_that_nobody_uses() {
    let cave = json!({"levels": [[{"asset": "s"}]], "exit": {"return_to": "BASE"}});
    let base = json!({"levels": [[{"asset": "s"}]]});
    let two = json!({"contexts": {"BASE": base, "CAVE": cave}});
    one(
        adaptive(two.clone()),
        Kind::UnusedContext,
        "adaptive.contexts.CAVE",
    );
    let mut entered = adaptive(two);
    entered["events"] =
        json!([{"name": "E", "actions": [{"do": "enter_context", "context": "CAVE"}]}]);
    assert_eq!(findings(entered), vec![]);

    let rule = |more: Value| {
        let mut rule = json!({"id": "r", "action": {"do": "step_up"}});
        for (key, value) in more.as_object().unwrap() {
            rule[key] = value.clone();
        }
        rule
    };
    let parts = |rule: Value| {
        adaptive(json!({"signals": [{"name": "fear"}], "rules": [rule],
            "transitions": {"slow": {}, "feature_exit": {}},
            "asset_manifest": {"stingers": [{"name": "hit", "asset": "s"}]}}))
    };
    let used = rule(
        json!({"condition": {"op": "gt", "signal": "fear.velocity"}, "transition": "slow",
        "side_effects": {"stinger": "hit"}}),
    );
    assert_eq!(findings(parts(used)), vec![]);
    let expected = [
        (Kind::UnusedSignal, "signals[0]"),
        (Kind::UnusedTransition, "transitions.slow"),
        (Kind::UnusedStinger, "asset_manifest.stingers[0]"),
    ];
    let expected = expected.map(|(kind, path)| (kind, format!("interactive.adaptive.{path}")));
    assert_eq!(findings(parts(rule(json!({})))), expected);
}

#[test]
fn levels_that_no_context_has() {
    let rule = |action: Value| adaptive(json!({"rules": [{"id": "r", "action": action}]}));
    one(
        rule(json!({"do": "set_level", "level": 3})),
        Kind::UnreachableLevel,
        "adaptive.rules[0].action.level",
    );
    one(
        rule(json!({"do": "pulse", "level": 1, "return": 2})),
        Kind::UnreachableLevel,
        "adaptive.rules[0].action.return",
    );
    assert_eq!(
        findings(rule(json!({"do": "set_level", "level": 1}))),
        vec![]
    );
    let exit = json!({"contexts": {"BASE": {"levels": [[{"asset": "s"}]], "exit": {"level": 2}}}});
    one(
        adaptive(exit),
        Kind::UnreachableLevel,
        "adaptive.contexts.BASE.exit.level",
    );
}

#[test]
fn values_for_which_nothing_plays() {
    let switch = |values: Value, default: Value| {
        let mut events = play("c");
        let set = json!({"do": "set_switch", "group": "Floor", "value": "stone"});
        events[0]["actions"].as_array_mut().unwrap().push(set);
        json!({"containers": [{"name": "c", "type": "switch", "group": "Floor", "values": values, "default": default}],
            "events": events, "switches": [{"name": "Floor", "values": ["wood", "stone"]}]})
    };
    one(
        switch(json!({"wood": ["s"]}), json!([])),
        Kind::SilentGap,
        "containers[0].values",
    );
    assert_eq!(
        findings(switch(json!({"wood": ["s"], "stone": []}), json!([]))),
        vec![]
    );
    assert_eq!(
        findings(switch(json!({"wood": ["s"]}), json!(["s"]))),
        vec![]
    );

    let blend = |ranges: &[[f32; 2]]| {
        let children: Vec<_> = ranges
            .iter()
            .map(|[lo, hi]| json!({"child": "s", "x_lo": lo, "x_hi": hi}))
            .collect();
        json!({"containers": [{"name": "c", "type": "blend", "rtpc": "speed", "children": children}],
            "events": play("c"), "rtpcs": [{"name": "speed"}]})
    };
    one(
        blend(&[[0.6, 1.0], [0.0, 0.3]]),
        Kind::SilentGap,
        "containers[0].children",
    );
    assert_eq!(findings(blend(&[[0.0, 0.5], [0.4, 1.0]])), vec![]);
    assert_eq!(
        findings(blend(&[[0.5, 1.0]])),
        vec![],
        "one that comes in late is meant so"
    );
}

#[test]
fn points_that_a_target_cannot_follow() {
    let bound = |target: &str, y: f32| {
        json!({"rtpcs": [{"name": "speed"}], "events": play("c"),
            "containers": [{"name": "c", "type": "group", "children": [{"child": "s"}],
                "bindings": [{"rtpc": "speed", "target": target, "curve": [{"x": 0, "y": 1}, {"x": 1, "y": y}]}]}]})
    };
    for (target, good, bad) in [
        ("volume", -96.0, 30.0),
        ("pan", -1.0, -1.5),
        ("width", 2.0, 2.5),
        ("playback_rate", 4.0, 0.1),
    ] {
        assert_eq!(findings(bound(target, good)), vec![], "{target}");
        one(
            bound(target, bad),
            Kind::RtpcOutOfRange,
            "containers[0].bindings[0].curve[1].y",
        );
    }
    let bus = json!({"rtpcs": [{"name": "speed", "targets": [{"target": "bus_volume", "bus": "master",
        "curve": [{"x": 0, "y": 0}, {"x": 1, "y": 40}]}]}]});
    one(bus, Kind::RtpcOutOfRange, "rtpcs[0].targets[0].curve[1].y");
}

#[test]
fn a_stop_counts_only_where_it_reaches() {
    let with = |play: &str, stop: Value| {
        json!({"events": [{"name": "Play", "actions": [{"do": "play", "target": "l", "scope": play}]},
            {"name": "Stop", "actions": [stop]}]})
    };
    let path = "events[0].actions[0]";
    assert_eq!(
        findings(with("global", json!({"do": "stop_all", "scope": "global"}))),
        vec![]
    );
    // Without an object both are the global one.
    assert_eq!(findings(with("global", json!({"do": "stop_all"}))), vec![]);
    one(
        with("game_object", json!({"do": "stop", "scope": "first_only"})),
        Kind::LoopWithoutStop,
        path,
    );
    assert_eq!(
        findings(with(
            "game_object",
            json!({"do": "stop", "target": "l", "scope": "first_only"})
        )),
        vec![]
    );
    let never = findings(with(
        "game_object",
        json!({"do": "stop_all", "probability": 0}),
    ));
    assert!(
        never.contains(&(Kind::LoopWithoutStop, format!("interactive.{path}"))),
        "{never:?}"
    );
}
