//! Where findings are: in which file, at which path, line and column.

use super::*;
use crate::game::tests::{edit, usual, write};
use crate::project::{open, testing};
use std::fs;

struct Space {
    folder: tempfile::TempDir,
    cache: tempfile::TempDir,
}

impl Space {
    fn new() -> Space {
        let space = Space {
            folder: tempfile::tempdir().unwrap(),
            cache: tempfile::tempdir().unwrap(),
        };
        for name in ["hit", "hum"] {
            testing::wav(&space.path(&format!("assets/{name}.wav")), 2_000);
        }
        write(space.folder.path(), &usual());
        space
    }

    fn path(&self, file: &str) -> PathBuf {
        self.folder.path().join(file)
    }

    /// Writes a project with these keys in its interactive part besides the usual ones.
    fn write(&self, keys: &Value) {
        let mut interactive = usual();
        for (key, value) in keys.as_object().unwrap() {
            interactive[key] = value.clone();
        }
        write(self.folder.path(), &interactive);
    }

    fn findings(&self) -> Vec<Finding> {
        match open(self.folder.path()) {
            Ok(project) => {
                let cache = Some(self.cache.path().to_owned());
                check_project(&project, cache, &mut |_| ControlFlow::Continue(())).unwrap()
            }
            Err(error) => check_refused(self.folder.path(), error).unwrap(),
        }
    }

    fn refused(&self) -> Vec<Finding> {
        let mut found = self.findings();
        found.retain(|it| it.kind == Kind::Invalid);
        found
    }

    /// What stands at the path of a finding in its file, if anything does.
    fn value(&self, finding: &Finding) -> Option<Value> {
        let text = fs::read(self.path(&finding.file)).unwrap();
        let mut value: Value = serde_json::from_slice(&text).unwrap();
        let pointer = pointer(&finding.path);
        value.pointer_mut(&pointer).map(Value::take)
    }
}

/// `a.b[0]["c d"]` as `/a/b/0/c d`.
fn pointer(path: &str) -> String {
    let mut pointer = String::new();
    let mut rest = path;
    while !rest.is_empty() {
        let (step, behind) = if let Some(inner) = rest.strip_prefix("[\"") {
            inner.split_once("\"]").unwrap()
        } else if let Some(inner) = rest.strip_prefix('[') {
            inner.split_once(']').unwrap()
        } else {
            let word = rest.trim_start_matches('.');
            word.split_at(word.find(['.', '[']).unwrap_or(word.len()))
        };
        pointer.push('/');
        pointer.push_str(step);
        rest = behind;
    }
    pointer
}

/// Interactive keys that do not compile, and where each is wrong.
type Bad = Vec<(Value, &'static str)>;

/// A frame behind the end of every asset.
const FAR: u64 = 1 << 40;

fn bad_values() -> Bad {
    let curve = |x: f32| json!([{"x": 0, "y": 0}, {"x": x, "y": 1}]);
    let switch = |values: Value| json!([{"name": "any", "type": "switch", "group": "Floor", "values": values}]);
    let state = |more: Value| {
        let mut group = json!({"name": "Combat", "values": [{"name": "on"}]});
        for (key, value) in more.as_object().unwrap() {
            group[key] = value.clone();
        }
        json!({"states": [group]})
    };
    vec![
        (
            json!({"containers": [{"name": "any", "type": "random", "children": [{"child": "hit"}]},
            {"name": "hit", "type": "random", "children": [{"child": "hum"}]}]}),
            "containers[1].name",
        ),
        (
            json!({"rtpcs": [{"name": "speed", "targets": [{"target": "bus_volume", "bus": "sfx", "curve": curve(0.0)}]}], "macros": []}),
            "rtpcs[0].targets[0].curve[1].x",
        ),
        (
            json!({"rtpcs": [{"name": "speed", "targets": [{"target": "bus_volume", "bus": "sfx", "curve": []}]}], "macros": []}),
            "rtpcs[0].targets[0].curve",
        ),
        (
            json!({"rtpcs": [{"name": "speed", "interp": "slew", "slew_per_s": -1}], "macros": []}),
            "rtpcs[0].slew_per_s",
        ),
        (
            json!({"rtpcs": [{"name": "speed"}, {"name": "speed"}], "macros": []}),
            "rtpcs[1].name",
        ),
        (
            json!({"containers": switch(json!({"wood": ["hit"], "sno": ["hum"]}))}),
            "containers[0].values.sno",
        ),
        (
            json!({"containers": switch(json!({"wood": ["hit", "humm"]}))}),
            "containers[0].values.wood[1]",
        ),
        (
            state(json!({"transition_ms": {"on": {"none": 5}, "*": {"onn": 10}}})),
            "states[0].transition_ms[\"*\"].onn",
        ),
        (
            state(json!({"values": [{"name": "on"}, {"name": "on"}]})),
            "states[0].values[1].name",
        ),
        (
            state(json!({"values": [{"name": "on", "changes": [{"bus": "sfy"}]}]})),
            "states[0].values[0].changes[0].bus",
        ),
        (
            json!({"ducks": [{"name": "d", "source_tag": "vo", "target_bus": "sfx"}]}),
            "ducks[0].source_tag",
        ),
        (
            json!({"ducks": [{"name": "d", "source_bus": "vo", "target_bus": "sfx"}]}),
            "ducks[0].source_bus",
        ),
    ]
}

fn bad_events() -> Bad {
    let action = |action: Value| json!([{"name": "Go", "actions": [action]}]);
    let segment = |name: &str| json!({"name": name, "source": "hit", "bars": 1});
    vec![
        (
            json!({"events": action(json!({"do": "play", "target": "hit", "trim_start_smp": FAR}))}),
            "events[0].actions[0].trim_start_smp",
        ),
        (
            json!({"events": action(json!({"do": "play", "target": "hit", "trim_end_smp": FAR}))}),
            "events[0].actions[0].trim_end_smp",
        ),
        (
            json!({"events": action(json!({"do": "play", "target": "hit", "trim_start_smp": 9, "trim_end_smp": 5}))}),
            "events[0].actions[0].trim_end_smp",
        ),
        (
            json!({"events": action(json!({"do": "play", "target": "hit", "fade_in_ms": -1}))}),
            "events[0].actions[0].fade_in_ms",
        ),
        (
            json!({"events": action(json!({"do": "stop", "conditions": [{"switch": "Flor", "value": "wood"}]}))}),
            "events[0].actions[0].conditions[0].switch",
        ),
        (
            json!({"events": [{"name": "Go", "tags": [""], "actions": [{"do": "stop"}]}]}),
            "events[0].tags[0]",
        ),
        (
            json!({"music": {"segments": [segment("a")], "playlists": [{"name": "a", "entries": [{"segment": "a"}]}]}}),
            "music.playlists[0].name",
        ),
        (
            json!({"music": {"segments": [segment("a")], "transitions": [{"to": "a"}, {"from": "a"}, {"to": "a"}]}}),
            "music.transitions[2]",
        ),
        (
            json!({"music": {"segments": [segment("a")], "transitions": [{"to": "a", "destination": "marker", "marker": "x"}]}}),
            "music.transitions[0].marker",
        ),
        (
            json!({"notes": [{"keys": [5, 2], "on": "Play_Hit"}]}),
            "notes[0].keys[1]",
        ),
        (
            json!({"stages": {"bindings": [{"stage": "SPIN_START", "event": "Play_Hitt"}]}}),
            "stages.bindings[0].event",
        ),
    ]
}

fn bad_layers() -> Bad {
    let adaptive = |keys: Value| {
        let mut profile = json!({"contexts": {"BASE": {"levels": [[{"asset": "hit"}]]}}});
        for (key, value) in keys.as_object().unwrap() {
            profile[key] = value.clone();
        }
        json!({"adaptive": profile})
    };
    let context = |context: Value| json!({"contexts": {"BASE": {"levels": [[{"asset": "hit"}]]}, "in the cave": context}});
    let rule = |condition: Value, action: Value| json!({"rules": [{"id": "r", "condition": condition, "action": action}]});
    let up = json!({"do": "step_up"});
    vec![
        (
            adaptive(context(json!({"levels": [[{"asset": "hit"}]], "bpm": 1}))),
            "adaptive.contexts[\"in the cave\"].bpm",
        ),
        (
            adaptive(context(
                json!({"levels": [[{"asset": "hit"}]], "exit": {"return_to": "BAES"}}),
            )),
            "adaptive.contexts[\"in the cave\"].exit.return_to",
        ),
        (
            adaptive(json!({"transitions": {"slow": {"overlap_ms": -1}}})),
            "adaptive.transitions.slow.overlap_ms",
        ),
        (
            adaptive(json!({"asset_manifest": {"stingers": [{"name": "s", "asset": "hitt"}]}})),
            "adaptive.asset_manifest.stingers[0].asset",
        ),
        (
            adaptive(json!({"signals": [{"name": "s", "normalise": "sigmoid", "k": 5000}]})),
            "adaptive.signals[0].k",
        ),
        (
            adaptive(rule(
                json!({"op": "and", "of": [{"op": "not", "of": {"op": "gt", "signal": "win_teir"}}]}),
                up.clone(),
            )),
            "adaptive.rules[0].condition.of[0].of.signal",
        ),
        (
            adaptive(rule(
                json!({"op": "held_for", "ms": 5, "of": {"op": "sequence", "of": []}}),
                up,
            )),
            "adaptive.rules[0].condition.of.of",
        ),
        (
            adaptive(rule(
                json!({"op": "always"}),
                json!({"do": "pulse", "return": 9}),
            )),
            "adaptive.rules[0].action.return",
        ),
    ]
}

#[test]
fn every_path_of_what_is_refused_is_one_of_the_file() {
    let space = Space::new();
    for (bad, path) in [bad_values(), bad_events(), bad_layers()].concat() {
        space.write(&bad);
        let found = space.refused();
        let path = format!("interactive.{path}");
        assert!(found.iter().any(|it| it.path == path), "{path}: {found:?}");
        for finding in &found {
            assert_eq!(finding.file, "project.json");
            assert!(finding.line > 0 && finding.column > 0, "{finding:?}");
            assert!(space.value(finding).is_some(), "{finding:?}");
        }
    }
}

#[test]
fn a_profile_of_its_own_is_named_with_its_own_paths() {
    let space = Space::new();
    space.write(&json!({"adaptive": "chase.json"}));
    let profile = |keys: &str| {
        let text = format!(
            "{{\"format\": \"segue.adaptive\", \"version\": 1,\n\"contexts\": {{\"BASE\": {{\"levels\": [[{{\"asset\": \"hit\"}}]]{keys}}}}}}}"
        );
        fs::write(space.path("chase.json"), text).unwrap();
        space.findings()
    };
    let found = profile(",\n\"bpm\": 1");
    let wrong = found.iter().find(|it| it.kind == Kind::Invalid).unwrap();
    assert_eq!(
        (wrong.file.as_str(), wrong.path.as_str()),
        ("chase.json", "contexts.BASE.bpm")
    );
    assert_eq!((wrong.line, wrong.column), (3, 8));
    assert!(
        wrong
            .to_string()
            .starts_with("chase.json: contexts.BASE.bpm (line 3, column 8) (invalid): ")
    );
    let unknown = profile(",\n\"bmp\": 1");
    let unknown = unknown
        .iter()
        .find(|it| it.kind == Kind::UnknownKey)
        .unwrap();
    assert_eq!((unknown.file.as_str(), unknown.line), ("chase.json", 3));
    assert!(unknown.message.contains("\"bpm\""), "{unknown}");
    let top = profile(", \"exit\": {\"level\": 3}");
    let top = top
        .iter()
        .find(|it| it.kind == Kind::UnreachableLevel)
        .unwrap();
    assert_eq!(
        (top.file.as_str(), top.path.as_str()),
        ("chase.json", "contexts.BASE.exit.level")
    );

    fs::write(
        space.path("chase.json"),
        "{\"format\": \"segue.adaptive\",\n \"version\": 9}",
    )
    .unwrap();
    assert_eq!(
        space.findings()[0].to_string(),
        "chase.json: version (line 2, column 13) (invalid): this adaptive profile has version 9, but \
         this Segue reads up to version 1; open it with a newer Segue"
    );
    fs::remove_file(space.path("chase.json")).unwrap();
    let gone = space.findings();
    let place = (gone[0].file.as_str(), gone[0].path.as_str());
    assert_eq!(place, ("project.json", "interactive.adaptive"));
    assert!(
        gone[0].line > 0 && gone[0].message.contains("chase.json"),
        "{}",
        gone[0]
    );
}

#[test]
fn the_budget_of_a_profile_of_its_own_counts() {
    let space = Space::new();
    space.write(&json!({"adaptive": "chase.json"}));
    let text = json!({"format": "segue.adaptive", "version": 1,
        "contexts": {"BASE": {"levels": [[{"asset": "hit"}]]}}, "metadata": {"audio_budget_mb": 0.001}});
    fs::write(space.path("chase.json"), text.to_string()).unwrap();
    let found = space.findings();
    let over = found.iter().find(|it| it.kind == Kind::OverBudget).unwrap();
    assert_eq!(
        (over.file.as_str(), over.path.as_str()),
        ("chase.json", "metadata.audio_budget_mb")
    );
}

#[test]
fn what_cannot_be_read_is_a_finding_too() {
    let space = Space::new();
    edit(space.folder.path(), |it| {
        it["interactive"]["rtpcs"] = json!({})
    });
    let shape = space.findings();
    assert_eq!(
        (shape[0].kind, shape[0].path.as_str()),
        (Kind::Invalid, "interactive.rtpcs")
    );
    assert!(shape[0].line > 0);
    edit(space.folder.path(), |it| it["version"] = 99.into());
    let newer = space.findings();
    assert!(newer[0].message.contains("99"), "{}", newer[0]);
    assert_eq!(newer[0].path, "version");
    assert!(newer[0].line > 0 && space.value(&newer[0]).is_some());
    fs::write(space.path("project.json"), "{").unwrap();
    assert_eq!(space.findings()[0].line, 1);
    // That there is no project is no finding in it.
    fs::remove_file(space.path("project.json")).unwrap();
    let error = open(space.folder.path()).unwrap_err();
    assert!(check_refused(space.folder.path(), error).is_err());
}

#[test]
fn every_finding_has_its_line() {
    let space = Space::new();
    space.write(&json!({"events": [{"name": "E", "actions": [{"do": "play", "target": "hum"}]}]}));
    let found = space.findings();
    let kinds: Vec<_> = found.iter().map(|it| it.kind).collect();
    assert!(
        kinds.contains(&Kind::LoopWithoutStop) && kinds.contains(&Kind::UnreachableContainer),
        "{found:?}"
    );
    assert!(
        found
            .iter()
            .all(|it| it.line > 0 && space.value(it).is_some()),
        "{found:?}"
    );
}

#[test]
fn keys_of_another_form_are_known_and_idle() {
    let space = Space::new();
    space.write(&json!({
        "rtpcs": [{"name": "a", "up_ms": 5}, {"name": "b", "interp": "linear", "slew_per_s": 1, "upms": 2}],
        "switches": [{"name": "Floor", "values": ["wood", "stone"]}],
        "events": [{"name": "E", "actions": [{"do": "stop", "value": 1, "target": "hit", "conditions": [
            {"switch": "Floor", "value": "wood", "not": true}, {"rtpc": "a", "max": 1, "not": true}]}]}]}));
    let found = space.findings();
    let of = |kind: Kind| -> Vec<&str> {
        let these = found.iter().filter(|it| it.kind == kind);
        these
            .map(|it| it.path.trim_start_matches("interactive."))
            .collect()
    };
    assert_eq!(of(Kind::UnknownKey), ["rtpcs[1].upms"]);
    assert_eq!(
        of(Kind::IdleKey),
        [
            "events[0].actions[0].conditions[0].not",
            "events[0].actions[0].conditions[1].not",
            "events[0].actions[0].value",
            "rtpcs[0].up_ms",
            "rtpcs[1].slew_per_s",
        ]
    );
    let said = |path: &str| {
        &found
            .iter()
            .find(|it| it.path.ends_with(path))
            .unwrap()
            .message
    };
    assert_eq!(
        said("up_ms"),
        "this has no effect with \"interp\": \"none\"; remove it, or choose another form"
    );
    assert!(said("[0].not").contains("a condition on a switch"));
}

#[test]
fn a_value_that_is_not_said_is_found_at_its_action() {
    let space = Space::new();
    space.write(&json!({
        "rtpcs": [{"name": "speed", "targets": [{"target": "bus_volume", "bus": "sfx",
            "curve": [{"x": 0, "y": 0}, {"x": 1, "y": 0}]}]}],
        "events": [{"name": "E", "actions": [{"do": "set_rtpc", "rtpc": "speed"},
            {"do": "set_signal", "signal": "danger"}, {"do": "set_rtpc", "rtpc": "speed", "value": 0}]}],
        "adaptive": {"signals": [{"name": "danger"}], "contexts": {"BASE": {"levels": [[{"asset": "hit"}]]}}}}));
    let found = space.findings();
    let missing: Vec<_> = found
        .iter()
        .filter(|it| it.kind == Kind::MissingValue)
        .map(|it| {
            (
                it.path.as_str(),
                it.message.as_str(),
                it.line > 0 && it.column > 0,
            )
        })
        .collect();
    let way = "says no \"value\" and sets 0; write the value that is meant";
    assert_eq!(
        missing,
        [
            (
                "interactive.events[0].actions[0].value",
                &*format!("set_rtpc {way}"),
                true
            ),
            (
                "interactive.events[0].actions[1].value",
                &*format!("set_signal {way}"),
                true
            ),
        ]
    );
}

#[test]
fn an_event_that_does_nothing_yet_loads() {
    let space = Space::new();
    let mut events = usual()["events"].clone();
    let at = events.as_array().unwrap().len();
    events
        .as_array_mut()
        .unwrap()
        .push(json!({"name": "Later"}));
    space.write(&json!({"events": events}));
    let found = space.findings();
    let empty = found.iter().find(|it| it.kind == Kind::EmptyEvent).unwrap();
    assert_eq!(empty.path, format!("interactive.events[{at}]"));
    assert_eq!(space.refused(), []);
}

#[test]
fn keys_without_effect_are_found() {
    let space = Space::new();
    let events = json!([
        {"name": "A", "actions": [{"do": "stop", "target": "hit", "gain_lin": 0.5, "priority": "high", "bus": "sfx", "loop_count": 0, "trim_start_smp": 5}]},
        {"name": "B", "actions": [{"do": "set_state", "group": "Combat", "value": "on", "fade_ms": 5, "scope": "global"},
            {"do": "set_bus_volume", "target": "sfx", "value": -3, "scope": "global", "fade_ms": 5}]},
        {"name": "C", "actions": [{"do": "play", "target": "any", "fade_ms": 5, "gain_lin": 0.5, "scope": "all", "gain_ln": 1}]}]);
    space.write(&json!({"events": events, "eventz": [],
        "adaptive": {"contexts": {"BASE": {"levels": [[{"asset": "hit"}]]}},
            "rules": [{"id": "r", "colour": 1, "action": {"do": "hold", "ms": 5}, "side_effects": {"volum_lin": 1}}]}}));
    let found = space.findings();
    let of = |kind: Kind| -> Vec<(String, bool)> {
        let these = found.iter().filter(|it| it.kind == kind);
        let row = |it: &Finding| {
            let path = it.path.trim_start_matches("interactive.").to_owned();
            (path, it.message.contains("did you mean"))
        };
        these.map(row).collect()
    };
    let rows = |rows: &[(&str, bool)]| -> Vec<(String, bool)> {
        rows.iter()
            .map(|(path, near)| ((*path).to_owned(), *near))
            .collect()
    };
    assert_eq!(
        of(Kind::UnknownKey),
        rows(&[
            ("adaptive.rules[0].colour", false),
            ("adaptive.rules[0].side_effects.volum_lin", true),
            ("events[2].actions[0].gain_ln", true),
            ("eventz", true),
        ])
    );
    assert_eq!(
        of(Kind::IdleKey),
        rows(&[
            ("events[0].actions[0].bus", false),
            ("events[0].actions[0].gain_lin", false),
            ("events[0].actions[0].loop_count", false),
            ("events[0].actions[0].priority", false),
            ("events[0].actions[0].trim_start_smp", false),
            ("events[1].actions[0].fade_ms", false),
            ("events[1].actions[0].scope", false),
            ("events[1].actions[1].scope", false),
        ])
    );
    assert!(
        found.iter().all(|it| space.value(it).is_some()),
        "{found:?}"
    );
}
