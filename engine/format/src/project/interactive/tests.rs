mod refused;

use super::*;
use crate::Project;
use crate::error::{Error, ErrorKind};
use crate::project::Warning;
use crate::project::tests::unknown;
use proptest::prelude::*;
use serde_json::json;

/// Everything, with an unknown key in every object.
fn full() -> Value {
    serde_json::from_str(include_str!("tests/full.json")).unwrap()
}

fn project(interactive: &Value) -> Value {
    json!({"format": "segue.project", "version": 1, "name": "P", "interactive": interactive})
}

fn read(interactive: &Value) -> Result<(Project, Vec<Warning>)> {
    Project::from_json(&serde_json::to_vec_pretty(&project(interactive)).unwrap())
}

fn read_full() -> Interactive {
    read(&full()).unwrap().0.interactive
}

/// `full()` with one value set; a path is keys and indices with slashes.
fn with(pointer: &str, value: Value) -> Value {
    let mut changed = full();
    let (parent, key) = pointer.rsplit_once('/').unwrap();
    match changed.pointer_mut(parent).unwrap() {
        Value::Object(object) => _ = object.insert(key.into(), value),
        Value::Array(list) => list[key.parse::<usize>().unwrap()] = value,
        other => panic!("{pointer} leads into {other}"),
    }
    changed
}

#[test]
fn nothing_that_was_said_is_lost() {
    let (project, warnings) = read(&full()).unwrap();
    let bytes = project.to_json().unwrap();
    let written: Value = serde_json::from_slice(&bytes).unwrap();
    let difference = differences(&written["interactive"], &full(), "");
    assert_eq!(difference, Vec::<String>::new());
    assert_eq!(Project::from_json(&bytes).unwrap().0, project);
    let path = "interactive.adaptive.rules[0].condition.of[0].x".to_owned();
    assert!(warnings.contains(&unknown(&path)), "{warnings:?}");
    let unknown = include_str!("tests/full.json").matches("\"x\": 1").count();
    // Points of curves have an x of their own; one more unknown key is no number.
    let known = include_str!("tests/full.json")
        .matches("{\"x\": 1, \"y\"")
        .count()
        + include_str!("tests/full.json")
            .matches("{\"x\": 10, \"y\"")
            .count()
        + 1;
    assert!(
        warnings.len() + known >= unknown,
        "{} of {unknown}",
        warnings.len()
    );
}

/// Where two values differ; numbers are compared as doubles.
fn differences(a: &Value, b: &Value, at: &str) -> Vec<String> {
    match (a, b) {
        (Value::Object(a), Value::Object(b)) => {
            let keys: std::collections::BTreeSet<_> = a.keys().chain(b.keys()).collect();
            let inner = keys.into_iter().flat_map(|key| {
                let null = Value::Null;
                let (a, b) = (a.get(key).unwrap_or(&null), b.get(key).unwrap_or(&null));
                differences(a, b, &format!("{at}/{key}"))
            });
            inner.collect()
        }
        (Value::Array(a), Value::Array(b)) if a.len() == b.len() => {
            let pairs = a.iter().zip(b).enumerate();
            pairs
                .flat_map(|(n, (a, b))| differences(a, b, &format!("{at}/{n}")))
                .collect()
        }
        (Value::Number(a), Value::Number(b)) if a.as_f64() == b.as_f64() => Vec::new(),
        (a, b) if a == b => Vec::new(),
        (a, b) => vec![format!("{at}: {a} is not {b}")],
    }
}

#[test]
fn defaults_are_not_written() {
    let said = json!({
        "rtpcs": [{"name": "a"}],
        "containers": [{"name": "c", "type": "random", "children": [{"child": "s"}]},
            {"name": "b", "type": "blend"}],
        "events": [{"name": "e", "actions": [{"do": "play", "target": "c"}, {"do": "stop_all"}]}],
        "adaptive": {"contexts": {"BASE": {}}, "rules": [{"id": "r", "action": {"do": "release"}}]},
    });
    let (project, warnings) = read(&said).unwrap();
    assert_eq!(warnings, vec![]);
    let written: Value = serde_json::from_slice(&project.to_json().unwrap()).unwrap();
    // An action of a rule is the default one when it says `step_up`, and is left out then.
    assert_eq!(written["interactive"], said);
    let empty = read(&json!({})).unwrap().0;
    assert_eq!(empty, Project::new("P"));
    let text = String::from_utf8(empty.to_json().unwrap()).unwrap();
    assert!(!text.contains("interactive"), "{text}");
}

#[test]
fn the_compiler_gets_what_was_said() {
    let lowered = read_full().lower(None);
    let source::ActionKind::Play(target) = &lowered.events[0].actions[0].kind else {
        panic!("{:?}", lowered.events[0].actions[0])
    };
    let play = &lowered.events[0].actions[0];
    assert_eq!(
        (target.as_str(), play.priority, play.gain_lin),
        ("steps", 83, 0.8)
    );
    assert_eq!(
        play.fade,
        source::Fade {
            ms: 50.0,
            shape: Shape::Exp1
        }
    );
    assert_eq!(play.fade_out.ms, 70.0);
    assert!(play.eval_at_fire);
    let stop = &lowered.events[0].actions[2];
    assert_eq!((stop.fade.ms, stop.fade_out.ms), (100.0, 0.0));
    let fade = &lowered.events[0].actions[25];
    assert_eq!(
        fade.kind,
        source::ActionKind::FadeTo("steps".into(), 0.25, true)
    );
    assert_eq!((fade.gain_lin, fade.fade.ms), (1.0, 900.0));
    let times = &lowered.states[0].transition_ms;
    assert_eq!(times[0], ("*".into(), "on".into(), 500.0));
    assert_eq!(times.len(), 3);
    let source::ContainerKind::Random(random) = &lowered.containers[0].kind else {
        panic!("{:?}", lowered.containers[0])
    };
    assert_eq!(random.pitch_st, [-1.0, 1.0]);
    assert_eq!(lowered.containers[0].props.pitch_st, 1.0);
    assert_eq!(
        lowered.ducks[0].source,
        source::DuckSource::Tag("vo".into())
    );
    let adaptive = lowered.adaptive.unwrap();
    assert_eq!(adaptive.contexts[0].name, "BASE");
    assert_eq!(
        adaptive.contexts[0].levels[0][0].asset, "k",
        "by the asset manifest"
    );
    assert_eq!(adaptive.stingers[0].name, "big");
    assert_eq!(
        adaptive.transitions[0].fade_out.length,
        source::FadeLength::Beats(1.0)
    );
}

#[test]
fn a_source_tag_counts_by_activity_unless_it_says_otherwise() {
    let matrix = json!({"ducks": [{"name": "a", "source_tag": "t", "target_bus": "master"}],
        "duck_matrix": ["jackpot", "win", "ambient"]});
    let (project, _) = read(&matrix).unwrap();
    let ducks = project.interactive.lower(None).ducks;
    let found: Vec<_> = ducks
        .iter()
        .map(|it| (it.name.as_str(), it.target_bus.as_str(), it.depth_db))
        .collect();
    let expected = [
        ("a", "master", -6.0),
        ("jackpot over win", "win", -6.0),
        ("jackpot over ambient", "ambient", -96.0),
        ("win over ambient", "ambient", -6.0),
    ];
    assert_eq!(found, expected);
    let ducks = json!({"ducks": [{"name": "a", "source_tag": "t", "target_bus": "master"},
        {"name": "b", "source_bus": "master", "target_bus": "master"}]});
    let lowered = read(&ducks).unwrap().0.interactive.lower(None);
    let triggers: Vec<_> = lowered.ducks.iter().map(|duck| duck.trigger).collect();
    assert_eq!(triggers, [DuckTrigger::Activity, DuckTrigger::Level]);
}

#[test]
fn a_profile_is_a_file_of_its_own_or_part_of_the_project() {
    let inline = full()["adaptive"].clone();
    let (profile, warnings) = Profile::from_json(inline.to_string().as_bytes()).unwrap();
    assert!(warnings.contains(&unknown("stability.x")));
    let written: Value = serde_json::from_slice(&profile.to_json().unwrap()).unwrap();
    assert_eq!(differences(&written, &inline, ""), Vec::<String>::new());

    let named = read(&json!({"adaptive": "chase.json"}))
        .unwrap()
        .0
        .interactive;
    assert_eq!(named.profile_file(), Some("chase.json"));
    let text = serde_json::to_string(&named.write()).unwrap();
    assert_eq!(text, r#"{"adaptive":"chase.json"}"#);
    assert_eq!(named.lower(Some(&profile)).adaptive, Some(profile.lower()));
    assert_eq!(named.lower(None).adaptive, None);
}

/// What a profile leaves out has the numbers that the engine's own defaults have.
#[test]
fn what_a_profile_leaves_out_has_the_usual_numbers() {
    use segue_middleware::source;
    let text = json!({"format": "segue.adaptive", "version": 1,
        "contexts": {"BASE": {"levels": [[{"asset": "a"}]]}},
        "rules": [{"id": "r", "action": {"do": "set_level", "level": 0}}]});
    let (profile, _) = Profile::from_json(text.to_string().as_bytes()).unwrap();
    assert_eq!(profile.metadata.audio_budget_mb, 150.0);
    let lowered = profile.lower();
    assert_eq!(lowered.stability, source::Stability::default());
    let base = &lowered.contexts[0];
    assert_eq!((base.bpm, base.signature), (120.0, [4, 4]));
    assert_eq!(base.entry_stinger_duck_db, -12.0);
    assert_eq!(base.exit, source::ContextExit::default());
    assert_eq!(base.constraints, source::Constraints::default());
    let rule = &lowered.rules[0];
    assert!(rule.enabled && rule.requires_hold_expired);
    assert_eq!(rule.priority, 100);
    assert_eq!(rule.side_effects, source::SideEffects::default());
}

#[test]
fn profiles_of_another_kind_or_time_are_told_apart() {
    let changed = |key: &str, value: Value| {
        let mut profile = full()["adaptive"].clone();
        profile[key] = value;
        Profile::from_json(profile.to_string().as_bytes()).unwrap_err()
    };
    for (key, value, kind, words) in [
        (
            "version",
            json!(2),
            ErrorKind::NewerVersion,
            "has version 2, but this Segue reads up to",
        ),
        (
            "version",
            json!("1"),
            ErrorKind::WrongFile,
            "\"version\" is missing",
        ),
        (
            "format",
            json!("other"),
            ErrorKind::WrongFile,
            "\"other\" is not \"segue.adaptive\"",
        ),
        (
            "format",
            json!(null),
            ErrorKind::WrongFile,
            "segue.adaptive",
        ),
        (
            "rules",
            json!(3),
            ErrorKind::Invalid,
            "rules (line 1, column",
        ),
    ] {
        let error = changed(key, value);
        assert_eq!(error.kind(), kind, "{error}");
        assert!(error.to_string().contains(words), "{error}");
    }
}

#[test]
fn problems_of_the_compiler_get_their_line() {
    let text = serde_json::to_vec_pretty(&project(&full())).unwrap();
    let line = |words: &str| {
        let text = String::from_utf8(text.clone()).unwrap();
        text.lines().position(|line| line.contains(words)).unwrap() + 1
    };
    let problems = [
        ("containers[0].kind.avoid_last", "too large"),
        ("containers[0].props.pan", "2 is not in -1..=1"),
        ("events[0].actions[0].target", "there is no \"steps\""),
        ("events[9].name", "gone"),
        ("events[0].actions[2].fade_ms", "too long"),
        ("containers[5].children[0].conditions[0].group", "unknown"),
    ];
    let placed = Project::place_problems(&text, None, problems);
    let at: Vec<_> = placed
        .list
        .iter()
        .map(|problem| problem.place.line)
        .collect();
    assert_eq!(at[..2], [line("\"avoid_last\""), line("\"pan\": 0.5")]);
    assert_eq!(at[2], line("\"target\": \"steps\""));
    assert_eq!(at[3], line("\"events\""));
    let shown = |n: usize| placed.list[n].to_string();
    let fade = "interactive.events[0].actions[2].fade_out_ms (line ";
    assert!(shown(4).starts_with(fade), "{}", shown(4));
    let group = "interactive.containers[5].children[0].conditions[0].state (line ";
    assert!(shown(5).starts_with(group), "{}", shown(5));
    let shown = placed.list[1].to_string();
    assert!(
        shown.starts_with("interactive.containers[0].pan (line "),
        "{shown}"
    );
    let many = vec![("rtpcs", "bad"); 30];
    assert_eq!(Project::place_problems(&text, None, many).more, 10);
}

#[test]
fn the_example_of_the_documentation_is_read_without_warnings() {
    let page = include_str!("../../../../../docs/interactive.md");
    let example = page.split("```json").nth(1).unwrap();
    let example = example.split("```").next().unwrap();
    let (project, warnings) = Project::from_json(example.as_bytes()).unwrap();
    assert_eq!((project.interactive.events.len(), warnings), (7, vec![]));
    let written: Value = serde_json::from_slice(&project.to_json().unwrap()).unwrap();
    let said: Value = serde_json::from_str(example).unwrap();
    // Both say the default, which is not written.
    let left_out: Vec<_> = differences(&written, &said, "").into_iter().collect();
    assert_eq!(left_out.len(), 2, "{left_out:?}");
    assert!(
        left_out
            .iter()
            .all(|it| it.contains("x_lo") || it.contains("probability"))
    );
}

/// Values that are odd somewhere.
fn odd_values() -> Vec<Value> {
    vec![
        json!(null),
        json!(true),
        json!(-1),
        json!(0.5),
        json!(1e308),
        json!(-0.0),
        json!(u64::MAX),
        json!(""),
        json!("\u{0}\"\\\u{1f600}"),
        json!("k"),
        json!("a".repeat(5000)),
        json!([]),
        json!([[], {}, null]),
        json!({}),
        json!({"do": "play", "type": "random", "op": "gt", "child": [1]}),
    ]
}

/// The JSON pointers of all values inside of `value`.
fn pointers(value: &Value, at: &str, out: &mut Vec<String>) {
    let inner: Vec<(String, &Value)> = match value {
        Value::Object(object) => object
            .iter()
            .map(|(key, child)| (key.clone(), child))
            .collect(),
        Value::Array(list) => list
            .iter()
            .enumerate()
            .map(|(n, child)| (n.to_string(), child))
            .collect(),
        _ => Vec::new(),
    };
    for (key, child) in inner {
        let at = format!("{at}/{key}");
        out.push(at.clone());
        pointers(child, &at, out);
    }
}

#[test]
fn every_value_replaced_by_an_odd_one_is_refused_or_stable() {
    let mut all = Vec::new();
    pointers(&full(), "", &mut all);
    assert!(all.len() > 600, "{}", all.len());
    let mut refused = 0;
    for (n, pointer) in all.iter().enumerate() {
        let odd = odd_values();
        let value = odd[n % odd.len()].clone();
        match read(&with(pointer, value.clone())) {
            Ok((project, _)) => check_stable(&project, &format!("{pointer} = {value}")),
            Err(error) => {
                refused += 1;
                assert!(!error.to_string().is_empty());
            }
        }
    }
    assert!(refused > 100, "{refused}");
}

fn check_stable(project: &Project, what: &str) {
    let written = project
        .to_json()
        .unwrap_or_else(|error| panic!("{what}: {error}"));
    let (again, _) = Project::from_json(&written).unwrap_or_else(|error| panic!("{what}: {error}"));
    assert_eq!(again.to_json().unwrap(), written, "{what}");
    again.interactive.lower(None);
}

proptest! {
    #[test]
    fn damage_is_an_error_or_a_stable_project(
        hits in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
    ) {
        let mut bytes = serde_json::to_vec(&project(&full())).unwrap();
        for (at, byte) in hits {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        if let Ok((project, _)) = Project::from_json(&bytes) {
            check_stable(&project, "damaged");
        }
    }

    #[test]
    fn numbers_keep_their_bits(x in -1e9..1e9_f64, y in -1.0..1.0_f64, n in any::<u64>()) {
        let mut interactive = Interactive::default();
        let points = vec![
            CurvePoint { x, y, ..CurvePoint::default() },
            CurvePoint { x: y, y: x, ..CurvePoint::default() },
        ];
        let target = RtpcTarget { curve: points, ..RtpcTarget::default() };
        interactive.rtpcs = vec![Rtpc { name: "r".into(), targets: vec![target], ..Rtpc::default() }];
        interactive.music.segments = vec![Segment {
            name: "s".into(),
            source: "k".into(),
            loop_end_smp: n,
            ..Segment::default()
        }];
        let mut project = Project::new("P");
        project.interactive = interactive;
        let (again, _) = Project::from_json(&project.to_json().unwrap()).unwrap();
        prop_assert_eq!(again, project);
    }
}
