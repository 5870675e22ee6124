//! Music that nothing ends.

use super::*;

fn with(segment: Value, list: Value, more: Value) -> Value {
    let mut actions = vec![json!({"do": "play_music", "music": "m"})];
    actions.extend(more.as_array().unwrap().iter().cloned());
    let mut first = json!({"name": "a", "source": "s"});
    for (key, value) in segment.as_object().unwrap() {
        first[key] = value.clone();
    }
    let mut music = json!({"segments": [first, {"name": "b", "source": "s"}],
        "playlists": [{"name": "m", "entries": [{"segment": "a"}, {"segment": "b"}]}],
        "transitions": [{"filler": "b"}], "stingers": []});
    for (key, value) in list.as_object().unwrap() {
        music["playlists"][0][key] = value.clone();
    }
    json!({"music": music, "events": [{"name": "E", "actions": actions}]})
}

#[test]
fn music_that_loops_needs_an_end() {
    let path = "events[0].actions[0]";
    let looping = json!({"loop_end_smp": 96000});
    let plain = json!({});
    let endless = [
        (looping.clone(), plain.clone()),
        (plain.clone(), json!({"loop": true})),
        (json!({"source": "l"}), plain.clone()),
    ];
    for (segment, list) in endless {
        one(
            with(segment.clone(), list.clone(), json!([])),
            Kind::LoopWithoutStop,
            path,
        );
        let never = json!([{"do": "play_music", "music": "m"}]);
        let found = findings(with(segment.clone(), list.clone(), never));
        assert_eq!(
            found.len(),
            2,
            "the same music again ends nothing: {found:?}"
        );
        for end in [
            json!({"do": "stop_music"}),
            json!({"do": "stop_all"}),
            json!({"do": "stop", "target": "s"}),
            json!({"do": "play_music", "music": "b"}),
        ] {
            let found = findings(with(segment.clone(), list.clone(), json!([end])));
            assert_eq!(found, vec![], "{end}");
        }
    }
    // A break leaves the loop of a segment, and a list goes on.
    let leave = json!([{"do": "break", "target": "s"}]);
    let left = findings(with(looping.clone(), plain.clone(), leave.clone()));
    assert_eq!(left, vec![]);
    let list = json!({"loop": true});
    one(
        with(plain.clone(), list, leave),
        Kind::LoopWithoutStop,
        path,
    );
    assert_eq!(findings(with(plain.clone(), plain, json!([]))), vec![]);
    let never = json!([{"do": "stop_music", "probability": 0}]);
    let found = findings(with(looping, json!({}), never));
    assert!(
        found.contains(&(Kind::LoopWithoutStop, format!("interactive.{path}"))),
        "{found:?}"
    );
}
