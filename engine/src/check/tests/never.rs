//! Conditions that can never hold.

use super::*;

#[test]
fn conditions_that_exclude_each_other() {
    let with = |conditions: Value| {
        json!({"events": [{"name": "E", "actions": [{"do": "play", "target": "s", "conditions": conditions},
                {"do": "set_state", "group": "Mood", "value": "calm"}, {"do": "set_state", "group": "Mood", "value": "wild"},
                {"do": "set_switch", "group": "Floor", "value": "stone"}]}],
            "rtpcs": [{"name": "speed"}],
            "states": [{"name": "Mood", "values": [{"name": "calm"}, {"name": "wild"}]}],
            "switches": [{"name": "Floor", "values": ["wood", "stone"]}],
            "containers": [{"name": "c", "type": "group", "children": [{"child": "s", "conditions": [{"rtpc": "speed", "max": 0.5}]}]}],
            "notes": []})
    };
    let base = |conditions: Value| {
        let mut found = findings(with(conditions));
        found.retain(|it| it.0 == Kind::Contradiction);
        found
    };
    let path = "interactive.events[0].actions[0].conditions[1]".to_owned();
    let never = vec![(Kind::Contradiction, path)];
    let mood = |value: &str, not: bool| json!({"state": "Mood", "value": value, "not": not});
    for pair in [
        json!([mood("calm", false), mood("calm", true)]),
        json!([mood("calm", false), mood("wild", false)]),
        json!([{"switch": "Floor", "value": "wood"}, {"switch": "Floor", "value": "stone"}]),
        json!([{"rtpc": "speed", "max": 0.3}, {"rtpc": "speed", "min": 0.4}]),
    ] {
        assert_eq!(base(pair.clone()), never, "{pair}");
    }
    for pair in [
        json!([mood("calm", true), mood("wild", true)]),
        json!([mood("calm", false), mood("wild", true)]),
        json!([{"rtpc": "speed", "max": 0.4}, {"rtpc": "speed", "min": 0.4}]),
    ] {
        assert_eq!(base(pair.clone()), vec![], "{pair}");
    }
}

#[test]
fn rules_that_never_fire() {
    let found = |condition: Value| {
        let rule = json!({"id": "r", "action": {"do": "step_up"}, "condition": condition});
        findings(
            json!({"adaptive": {"contexts": {"BASE": {"levels": [[{"asset": "s"}]]}},
            "signals": [{"name": "own", "normalise": "linear", "b": 5}], "rules": [rule, {"id": "o", "priority": 1,
                "action": {"do": "step_up"}, "condition": {"op": "gt", "signal": "own"}}]}}),
        )
    };
    let gt =
        |op: &str, value: f32| json!({"op": op, "signal": "win_tier", "raw": true, "value": value});
    let and = |list: Value| json!({"op": "and", "of": list});
    for (never, path) in [
        (and(json!([gt("gt", 3.0), gt("lt", 2.0)])), ".of[1]"),
        (and(json!([gt("gte", 3.0), gt("lt", 3.0)])), ".of[1]"),
        (and(json!([gt("eq", 0.0), gt("is_true", 0.0)])), ".of[1]"),
        (json!({"op": "gt", "signal": "win_tier", "value": 3}), ""),
        (
            json!({"op": "held_for", "ms": 50, "of": {"op": "lt", "signal": "win_tier", "value": 0}}),
            ".of",
        ),
        (
            and(json!([gt("gt", 3.0), {"op": "or", "of": [gt("lt", 1.0), gt("gt", 4.0)]}])),
            ".of[1].of[0]",
        ),
    ] {
        let path = format!("interactive.adaptive.rules[0].condition{path}");
        assert_eq!(
            found(never.clone()),
            [(Kind::Contradiction, path)],
            "{never}"
        );
    }
    for fine in [
        and(json!([gt("gte", 2.0), gt("lte", 2.0)])),
        and(json!([gt("gt", 4.0), gt("changed", 0.0)])),
        gt("gt", 9.0),
        json!({"op": "or", "of": [gt("gt", 3.0), gt("lt", 2.0)]}),
        json!({"op": "not", "of": gt("gt", 2.0)}),
        json!({"op": "gt", "signal": "own", "raw": true, "value": 9}),
        json!({"op": "gt", "signal": "win_tier.velocity", "value": 9}),
        json!({"op": "sequence", "within_ms": 500, "of": [gt("gt", 3.0), gt("lt", 2.0)]}),
    ] {
        assert_eq!(found(fine.clone()), vec![], "{fine}");
    }
}
