mod corpus;
mod refused;

use super::*;
use crate::error::ErrorKind;
use proptest::prelude::*;
use serde_json::json;

/// A project that says something for every key, with an unknown key in every object.
fn full() -> Value {
    json!({
        "format": "segue.project", "version": 1,
        "name": "Night drive", "author": "A", "description": "D", "licence": "CC0",
        "seed": "00000000000004d2", "sample_rate": 48000, "length_beats": 64.5,
        "tempo": [{"at_beats": 0, "bpm": 120, "ramp": true, "x": 1}, {"at_beats": 16, "bpm": 90.5}],
        "time_signatures": [{"at_beats": 0, "numerator": 7, "denominator": 8, "x": [1]}],
        "loop": {"start_beats": 4, "end_beats": 8, "enabled": false, "x": null},
        "assets": [{"id": "kick", "file": "assets/kick.flac", "hash": "ab".repeat(32),
            "stream": "never", "x": {"deep": [1.0, 2, "three"]}}],
        "buses": [
            {"id": "master", "gain_db": -1, "x": 1},
            {"id": "drums", "name": "Drums", "output": "master", "gain_db": -6, "pan": 0.25,
             "pan_law": "minus4_5", "mute": true, "solo": true,
             "max_voices": 8, "max_latency": 240, "inserts": [{"id": "c", "kind": "compressor", "bypass": true, "mix": 0.5,
                "key": "music", "preset": "glue", "params": {"threshold_db": -20, "ratio": 4.5}, "x": 1}],
             "sends": [{"to": "reverb", "gain_db": -12, "position": "pre", "x": 1}], "x": 2},
            {"id": "music"}, {"id": "reverb"}, {"id": "spare"}],
        "sounds": [{"id": "k", "asset": "kick", "bus": "drums", "gain_db": -3, "pan": -1,
            "pitch_st": 12, "quality": "sinc16", "lpf_hz": 9000, "hpf_hz": 40, "fade_in_ms": 1,
            "fade_out_ms": 20, "priority": 80,
            "loop": {"start_smp": 10, "end_smp": 100, "count": 3, "x": 1},
            "max_instances": 4, "x": 1}],
        "clips": [{"id": "c1", "sound": "k", "at_beats": 1.5, "length_beats": 2, "gain_db": -1,
            "pan": 0, "loop": true, "x": 1}, {"sound": "k", "at_beats": 3}],
        "notes": [{"keys": [0, 127], "root": 60, "sound": "k", "channel": 9,
            "velocity": [1, 127], "gain_db": -2, "x": 1}],
        "voices": {"max_real": 64, "max_virtual": 0, "steal_mode": "none", "steal_fade_ms": 2.5,
            "on_limit": "reject", "virtual_mode": "restart", "virtual_below_db": -90,
            "real_above_db": -80, "protect_loops": false, "x": 1},
        "macros": [{"id": "m", "name": "Energy", "value": 0.5, "midi": "cc1", "targets": [
            {"bus": "drums", "insert": "c", "param": "ratio", "min": 8, "max": 1.5, "x": 1}],
            "x": 1}],
        "x": {"y": 18446744073709551615_u64}
    })
}

fn read(value: &Value) -> Result<(Project, Vec<Warning>)> {
    Project::from_json(&serde_json::to_vec(value).unwrap())
}

fn read_full() -> Project {
    read(&full()).unwrap().0
}

/// `full()` with one value set; a path is keys and indices with slashes.
fn with(pointer: &str, value: Value) -> Value {
    let mut project = full();
    let (parent, key) = pointer.rsplit_once('/').unwrap();
    match project.pointer_mut(parent).unwrap() {
        Value::Object(object) => {
            object.insert(key.into(), value);
        }
        Value::Array(list) => list[key.parse::<usize>().unwrap()] = value,
        other => panic!("{pointer} leads into {other}"),
    }
    project
}

/// The warning of a key that is like no other.
pub(super) fn unknown(path: &str) -> Warning {
    Warning::UnknownKey {
        path: path.to_owned(),
        nearest: None,
    }
}

#[test]
fn a_full_project_round_trips_to_the_byte() {
    let bytes = read_full().to_json().unwrap();
    let (again, warnings) = Project::from_json(&bytes).unwrap();
    assert_eq!(again, read_full());
    assert_eq!(again.to_json().unwrap(), bytes);
    assert_eq!(bytes.last(), Some(&b'\n'));
    assert_eq!(warnings.len(), 16, "{warnings:?}");
    let path = "buses[1].sends[0].x".to_owned();
    assert!(warnings.contains(&unknown(&path)));
}

#[test]
fn nothing_that_was_said_is_lost() {
    let written: Value = serde_json::from_slice(&read_full().to_json().unwrap()).unwrap();
    assert_eq!(written, full());
}

#[test]
fn defaults_are_not_written() {
    let text = String::from_utf8(Project::new("Empty").to_json().unwrap()).unwrap();
    let expected = "{\n  \"format\": \"segue.project\",\n  \"version\": 1,\n  \"name\": \
                    \"Empty\",\n  \"seed\": \"0000000000000000\"\n}\n";
    assert_eq!(text, expected);
    let (read, warnings) = Project::from_json(expected.as_bytes()).unwrap();
    assert_eq!((read, warnings), (Project::new("Empty"), vec![]));

    let mut project = Project::new("Small");
    project.assets.push(Asset::new("a", "a.wav"));
    project.buses.push(Bus::new("b"));
    project.buses[0].inserts.push(Insert::new("i", "eq"));
    project.buses[0].sends.push(Send::new(MASTER));
    project.sounds.push(Sound::new("s", "a"));
    project.clips.push(Clip::new("s", 0.0));
    project.notes.push(NoteMap::new("s", 0, 127, 60));
    let value: Value = serde_json::from_slice(&project.to_json().unwrap()).unwrap();
    assert_eq!(
        value["buses"],
        json!([{"id": "b", "inserts": [{"id": "i", "kind": "eq"}], "sends": [{"to": "master"}]}])
    );
    assert_eq!(value["sounds"], json!([{"id": "s", "asset": "a"}]));
    assert_eq!(value["clips"], json!([{"sound": "s", "at_beats": 0}]));
    assert_eq!(
        value["notes"],
        json!([{"keys": [0, 127], "root": 60, "sound": "s"}])
    );
    assert_eq!(value.get("voices"), None);
}

#[test]
fn keys_keep_the_order_of_the_types() {
    let text = String::from_utf8(read_full().to_json().unwrap()).unwrap();
    let keys = [
        "format", "version", "name", "seed", "tempo", "loop", "assets", "buses", "sounds", "clips",
        "notes", "voices", "macros", "x",
    ];
    let at = keys.map(|key| text.find(&format!("\n  \"{key}\":")).unwrap());
    assert!(at.is_sorted(), "{at:?}");
}

#[test]
fn whole_numbers_are_written_without_a_fraction_but_unknown_values_as_they_were() {
    let text = String::from_utf8(read_full().to_json().unwrap()).unwrap();
    assert!(text.contains("\"gain_db\": -6,"));
    assert!(text.contains("\"threshold_db\": -20"));
    assert!(text.contains("18446744073709551615"));
    assert!(
        text.contains("1.0,"),
        "inside of the unknown key of the asset"
    );
}

#[test]
fn lists_over_their_limit_are_one_problem() {
    let mut project = Project::new("Many");
    project.buses = (0..limits::BUSES)
        .map(|n| Bus::new(format!("b{n}")))
        .collect();
    let text = project.validate().unwrap_err().to_string();
    assert_eq!(
        text,
        "buses: 257 buses with the master bus are above the limit of 256"
    );
    project.buses.pop();
    project.validate().unwrap();
    project.clips = vec![Clip::new("none", 0.0); limits::CLIPS + 1];
    let text = project.validate().unwrap_err().to_string();
    assert_eq!(text, "clips: 65537 clips are above the limit of 65536");
}

#[test]
fn a_project_at_its_limits_is_written_and_read() {
    let mut project = Project::new("Large");
    for n in 0..limits::SOUNDS {
        project
            .assets
            .push(Asset::new(format!("{n}"), format!("{n}")));
        project
            .sounds
            .push(Sound::new(format!("{n}"), format!("{n}")));
        project.clips.push(Clip::new("0", 0.0));
    }
    let bytes = project.to_json().unwrap();
    assert_eq!(Project::from_json(&bytes).unwrap(), (project, vec![]));
}

#[test]
fn the_example_of_the_documentation_plays_something() {
    let page = include_str!("../../../../docs/formats.md");
    let example = page
        .split("```")
        .find_map(|block| block.strip_prefix("json"))
        .unwrap();
    let (project, warnings) = Project::from_json(example.as_bytes()).unwrap();
    assert_eq!((project.clips.len(), warnings), (1, vec![]));
}

#[test]
fn problems_are_listed_up_to_a_number_and_counted_beyond() {
    let mut project = Project::new("Bad");
    project.clips = vec![Clip::new("none", 0.0); 50];
    let Err(Error::Invalid(problems)) = project.validate() else {
        panic!()
    };
    assert_eq!((problems.list.len(), problems.more), (20, 30));
    assert!(problems.to_string().ends_with("and 30 more"));
    assert!(
        matches!(project.to_json(), Err(Error::Invalid(_))),
        "not written either"
    );
}

#[test]
fn not_a_number_is_never_written() {
    let mut project = read_full();
    project.sounds[0].gain_db = f64::NAN;
    assert!(matches!(project.to_json(), Err(Error::Invalid(_))));
    let mut project = read_full();
    project.buses[1].inserts[0]
        .params
        .insert("a".into(), f64::INFINITY);
    let text = project.to_json().unwrap_err().to_string();
    assert_eq!(
        text,
        "buses[1].inserts[0].params.a: inf is not a finite number"
    );
}

#[test]
fn an_unknown_key_with_a_known_name_is_not_written() {
    for key in ["version", "name", "clips"] {
        let mut project = Project::new("Twice");
        project.clips.push(Clip::new("s", 0.0));
        project.assets.push(Asset::new("a", "a"));
        project.sounds.push(Sound::new("s", "a"));
        project.extra.insert(key.into(), json!(1));
        let text = project.to_json().unwrap_err().to_string();
        let words = format!("project.json, {key} (");
        assert!(text.starts_with(&words), "{text}");
        assert!(text.contains("this key is written twice"), "{text}");
    }
}

#[test]
fn a_key_that_is_written_twice_is_refused() {
    let head = r#"{"format": "segue.project", "version": 1, "name": "P","#;
    for (rest, path) in [
        (r#""name": "Q"}"#, "name"),
        (
            r#""interactive": {"events": [], "rtpcs": [], "events": []}}"#,
            "interactive.events",
        ),
        (
            r#""interactive": {"events": [{"name": "e", "actions": [{"do": "stop", "do": "play"}]}]}}"#,
            "interactive.events[0].actions[0].do",
        ),
        // Nobody knows what this means, and it would be lost with the next save.
        (r#""new": {"a": 1, "a": 2}}"#, "new.a"),
    ] {
        let error = Project::from_json(format!("{head}\n{rest}").as_bytes()).unwrap_err();
        let Error::Json { place, message, .. } = &error else {
            panic!("{error:?}")
        };
        assert_eq!((place.path.as_str(), place.line), (path, 2), "{error}");
        assert!(message.starts_with("this key is written twice"), "{error}");
    }
    let profile = br#"{"format": "segue.adaptive", "version": 1, "rules": [], "rules": []}"#;
    let error = interactive::Profile::from_json(profile)
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("rules (line 1, column 57): this key is"),
        "{error}"
    );
}

#[test]
fn errors_in_the_text_have_path_line_and_column() {
    let text = String::from_utf8(read_full().to_json().unwrap()).unwrap();
    let bad = text.replace("\"gain_db\": -12", "\"gain_db\": \"soft\"");
    let error = Project::from_json(bad.as_bytes()).unwrap_err();
    let line = bad.lines().position(|line| line.contains("soft")).unwrap() + 1;
    let Error::Json { place, .. } = &error else {
        panic!("{error:?}")
    };
    assert_eq!(
        (place.path.as_str(), place.line),
        ("buses[1].sends[0].gain_db", line)
    );

    let bad = text.replace("\"gain_db\": -12", "\"gain_db\": 77");
    let text = Project::from_json(bad.as_bytes()).unwrap_err().to_string();
    let expected = format!("buses[1].sends[0].gain_db (line {line}, column 22): 77 is not in");
    assert!(text.starts_with(&expected), "{text}");

    let text = Project::from_json(b"{\n  \"format\": trve\n}")
        .unwrap_err()
        .to_string();
    assert!(
        text.starts_with("project.json, format (line 2, column"),
        "{text}"
    );

    let twice = r#"{"format": "segue.project", "version": 1, "name": "a", "buses": [
        {"id": "b", "inserts": [{"id": "i", "kind": "k", "params": {"g": 1, "g": 2}}]}]}"#;
    let text = Project::from_json(twice.as_bytes())
        .unwrap_err()
        .to_string();
    assert!(
        text.contains("buses[0].inserts[0].params") && text.contains("written twice"),
        "{text}"
    );
}

#[test]
fn other_files_and_newer_versions_are_told_apart() {
    for (pointer, value, kind, words) in [
        (
            "/format",
            json!("other"),
            ErrorKind::WrongFile,
            "\"format\" is \"other\"",
        ),
        (
            "/format",
            json!(null),
            ErrorKind::WrongFile,
            "\"format\": \"segue.project\" is missing",
        ),
        (
            "/version",
            json!(null),
            ErrorKind::WrongFile,
            "\"version\" is missing",
        ),
        ("/version", json!("1"), ErrorKind::WrongFile, "not a number"),
        (
            "/version",
            json!(-1),
            ErrorKind::WrongFile,
            "not a whole number",
        ),
        (
            "/version",
            json!(2),
            ErrorKind::NewerVersion,
            "version 2, but this Segue reads up to",
        ),
        (
            "/version",
            json!(u64::MAX),
            ErrorKind::NewerVersion,
            "newer Segue",
        ),
    ] {
        let error = read(&with(pointer, value)).unwrap_err();
        assert_eq!(error.kind(), kind, "{error}");
        assert!(error.to_string().contains(words), "{error}");
    }
    assert_eq!(
        Project::from_json(b"").unwrap_err().kind(),
        ErrorKind::Invalid
    );
    assert_eq!(
        Project::from_json(b"[]").unwrap_err().kind(),
        ErrorKind::Invalid
    );
    assert_eq!(
        Project::from_json(b"{}").unwrap_err().kind(),
        ErrorKind::WrongFile
    );
}

fn draft() -> Value {
    json!({
        "format": "segue.project", "version": 0, "name": "Draft", "tempo_bpm": 98.5,
        "buses": [{"id": "a", "volume_db": -6, "x": 1}, {"id": "b"}]
    })
}

#[test]
fn drafts_are_migrated() {
    let (project, warnings) = read(&draft()).unwrap();
    assert_eq!(project.tempo, vec![TempoPoint::new(0.0, 98.5)]);
    assert_eq!(
        (project.buses[0].gain_db, project.buses[1].gain_db),
        (-6.0, 0.0)
    );
    assert_eq!(warnings[0], Warning::Migrated { from: 0, to: 1 });
    assert_eq!(warnings[1], unknown("buses[0].x"));
    assert_eq!(warnings.len(), 2);
    let saved: Value = serde_json::from_slice(&project.to_json().unwrap()).unwrap();
    assert_eq!(saved["version"], 1);
}

#[test]
fn what_a_migration_cannot_read_has_its_place() {
    let refused = |key: &str, value: Value| {
        let mut project = draft();
        project[key] = value;
        read(&project).unwrap_err().to_string()
    };
    let text = refused("tempo_bpm", json!("fast"));
    assert!(
        text.starts_with("project.json, tempo_bpm (line 1, column 66): the tempo"),
        "{text}"
    );
    let text = refused("buses", json!([{"id": "a", "volume_db": 1, "gain_db": 1}]));
    assert!(text.contains("buses[0].volume_db (line 1"), "{text}");
    let text = refused("buses", json!([{"id": "a", "pan": "left"}]));
    assert!(text.contains("buses[0].pan (line 1, column"), "{text}");
    let text = refused("tempo_bpm", json!(0));
    assert!(
        text.contains("tempo[0].bpm") && text.contains("0 is not in 1..=999"),
        "{text}"
    );
}

#[test]
fn size_nesting_and_number_of_values_are_capped() {
    let limit = |text: &[u8]| match Project::from_json(text) {
        Err(Error::Limit { limit, .. }) => limit,
        other => panic!("{other:?}"),
    };
    assert_eq!(
        limit(&vec![b' '; limits::PROJECT_JSON_BYTES + 1]),
        "project_json_bytes"
    );
    assert_eq!(limit("[".repeat(1_000_000).as_bytes()), "json_depth");
    assert_eq!(
        limit("0,".repeat(limits::JSON_VALUES).as_bytes()),
        "json_values"
    );

    let mut deep = json!(1);
    for _ in 0..limits::JSON_DEPTH {
        deep = json!([deep]);
    }
    let mut project = Project::new("Deep");
    project.extra.insert("deep".into(), deep);
    assert!(matches!(
        project.to_json(),
        Err(Error::Limit {
            limit: "json_depth",
            ..
        })
    ));
}

#[test]
fn a_cut_project_is_an_error_at_every_length() {
    let bytes = read_full().to_json().unwrap();
    for end in 0..bytes.len() - 2 {
        let error = Project::from_json(&bytes[..end]).unwrap_err();
        assert!(matches!(error, Error::Json { .. }), "{end}: {error}");
    }
}

proptest! {
    #[test]
    fn damage_is_an_error_or_a_valid_project(
        hits in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
    ) {
        let mut bytes = read_full().to_json().unwrap();
        for (at, byte) in hits {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        if let Ok((project, _)) = Project::from_json(&bytes) {
            let written = project.to_json().unwrap();
            let (again, _) = Project::from_json(&written).unwrap();
            prop_assert_eq!(again.to_json().unwrap(), written);
        }
    }

    #[test]
    fn every_double_keeps_its_bits(
        value in prop::num::f64::NORMAL | prop::num::f64::SUBNORMAL | prop::num::f64::ZERO,
    ) {
        let mut project = read_full();
        project.buses[1].inserts[0].params.insert("x".into(), value);
        let (read, _) = Project::from_json(&project.to_json().unwrap()).unwrap();
        prop_assert_eq!(read.buses[1].inserts[0].params["x"].to_bits(), value.to_bits());
    }

    #[test]
    fn noise_is_an_error(bytes in prop::collection::vec(any::<u8>(), 0..4096)) {
        prop_assert!(Project::from_json(&bytes).is_err());
    }
}
