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
             "inserts": [{"id": "c", "kind": "compressor", "bypass": true, "mix": 0.5,
                "key": "music", "params": {"threshold_db": -20, "ratio": 4.5}, "x": 1}],
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
        "macros": [{"id": "m", "name": "Energy", "value": 0.5, "x": 1}],
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

/// Sets a value in `full()` and expects exactly one problem, at `path`, whose text has `words`.
fn check_refused(pointer: &str, value: Value, path: &str, words: &str) {
    let (place, message) = match read(&with(pointer, value.clone())) {
        Err(Error::Invalid(problems)) => {
            assert_eq!((problems.list.len(), problems.more), (1, 0), "{problems}");
            (
                problems.list[0].place.clone(),
                problems.list[0].message.clone(),
            )
        }
        Err(Error::Json { place, message, .. }) => (place, message),
        other => panic!("{pointer} = {value}: {other:?}"),
    };
    assert_eq!(place.path, path, "{pointer} = {value}: {message}");
    assert!(message.contains(words), "{pointer} = {value}: {message}");
    assert!(place.line > 0 && place.column > 0, "{place:?}");
}

#[test]
fn a_full_project_round_trips_to_the_byte() {
    let bytes = read_full().to_json().unwrap();
    let (again, warnings) = Project::from_json(&bytes).unwrap();
    assert_eq!(again, read_full());
    assert_eq!(again.to_json().unwrap(), bytes);
    assert_eq!(bytes.last(), Some(&b'\n'));
    assert_eq!(warnings.len(), 15, "{warnings:?}");
    let path = "buses[1].sends[0].x".to_owned();
    assert!(warnings.contains(&Warning::UnknownKey { path }));
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
fn every_bad_value_is_refused_at_its_path() {
    let long = "n".repeat(limits::NAME_BYTES + 1);
    let text = "t".repeat(limits::TEXT_BYTES + 1);
    let over = |max: usize| json!(vec![json!({"id": "i", "kind": "k"}); max + 1]);
    let sends = json!(vec![json!({"to": "reverb"}); limits::SENDS_PER_BUS + 1]);
    let cases: &[(&str, Value, &str, &str)] = &[
        ("/name", json!(""), "name", "empty"),
        (
            "/name",
            json!(long),
            "name",
            "129 bytes, above the limit of 128",
        ),
        ("/name", json!("a\u{7}"), "name", "control character"),
        ("/name", json!(3), "name", "invalid type"),
        ("/author", json!(long), "author", "above the limit of 128"),
        (
            "/description",
            json!(text),
            "description",
            "above the limit of 4096",
        ),
        ("/licence", json!(long), "licence", "above the limit of 128"),
        ("/seed", json!("4d2"), "seed", "16 hexadecimal digits"),
        (
            "/seed",
            json!("+0000000000004d2"),
            "seed",
            "16 hexadecimal digits",
        ),
        (
            "/sample_rate",
            json!(1),
            "sample_rate",
            "1 is not in 8000..=384000",
        ),
        ("/sample_rate", json!(-1), "sample_rate", "invalid value"),
        (
            "/length_beats",
            json!(-1),
            "length_beats",
            "-1 is not in 0..=1000000",
        ),
        ("/length_beats", json!(0), "length_beats", "plays nothing"),
        ("/tempo", json!([]), "tempo", "empty"),
        (
            "/tempo/0/at_beats",
            json!(1),
            "tempo[0].at_beats",
            "not at beat 0",
        ),
        (
            "/tempo/1/at_beats",
            json!(0),
            "tempo[1].at_beats",
            "not after 0",
        ),
        (
            "/tempo/1/at_beats",
            json!(1e9),
            "tempo[1].at_beats",
            "is not in 0..=1000000",
        ),
        (
            "/tempo/0/bpm",
            json!(0),
            "tempo[0].bpm",
            "0 is not in 1..=1000",
        ),
        (
            "/time_signatures/0/numerator",
            json!(0),
            "time_signatures[0].numerator",
            "1..=64",
        ),
        (
            "/time_signatures/0/denominator",
            json!(3),
            "time_signatures[0].denominator",
            "3 is not",
        ),
        (
            "/time_signatures/0/denominator",
            json!(128),
            "time_signatures[0].denominator",
            "128",
        ),
        (
            "/loop/start_beats",
            json!(-1),
            "loop.start_beats",
            "-1 is not in",
        ),
        (
            "/loop/end_beats",
            json!(4),
            "loop.end_beats",
            "not after start_beats, 4",
        ),
        (
            "/assets/0/file",
            json!("../a.wav"),
            "assets[0].file",
            "relative path inside",
        ),
        (
            "/assets/0/file",
            json!("/a.wav"),
            "assets[0].file",
            "is absolute",
        ),
        (
            "/assets/0/hash",
            json!("12"),
            "assets[0].hash",
            "64 lower-case hexadecimal digits",
        ),
        (
            "/assets/0/stream",
            json!("maybe"),
            "assets[0].stream",
            "unknown variant",
        ),
        (
            "/buses/0/output",
            json!("drums"),
            "buses[0].output",
            "master bus has no output",
        ),
        (
            "/buses/1/output",
            json!("nowhere"),
            "buses[1].output",
            "no bus \"nowhere\"",
        ),
        (
            "/buses/4/id",
            json!("music"),
            "buses[4].id",
            "taken by entry 2",
        ),
        ("/buses/1/name", json!(""), "buses[1].name", "empty"),
        (
            "/buses/1/gain_db",
            json!(25),
            "buses[1].gain_db",
            "25 is not in -144..=24",
        ),
        (
            "/buses/1/pan",
            json!(1.5),
            "buses[1].pan",
            "1.5 is not in -1..=1",
        ),
        (
            "/buses/1/pan_law",
            json!("minus2"),
            "buses[1].pan_law",
            "unknown variant",
        ),
        (
            "/buses/1/mute",
            json!(1),
            "buses[1].mute",
            "expected a boolean",
        ),
        (
            "/buses/1/sends/0/to",
            json!("x"),
            "buses[1].sends[0].to",
            "no bus \"x\"",
        ),
        (
            "/buses/1/sends/0/to",
            json!("drums"),
            "buses[1].sends[0].to",
            "drums -> drums",
        ),
        (
            "/buses/1/sends/0/gain_db",
            json!(-145),
            "buses[1].sends[0].gain_db",
            "-145 is not",
        ),
        (
            "/buses/1/sends",
            sends,
            "buses[1].sends",
            "17 sends are above the limit of 16",
        ),
        (
            "/buses/1/inserts",
            over(16),
            "buses[1].inserts",
            "17 inserts are above the limit",
        ),
        (
            "/buses/1/inserts/0/id",
            json!(""),
            "buses[1].inserts[0].id",
            "empty",
        ),
        (
            "/buses/1/inserts/0/kind",
            json!(""),
            "buses[1].inserts[0].kind",
            "empty",
        ),
        (
            "/buses/1/inserts/0/mix",
            json!(2),
            "buses[1].inserts[0].mix",
            "2 is not in 0..=1",
        ),
        (
            "/buses/1/inserts/0/key",
            json!("x"),
            "buses[1].inserts[0].key",
            "no bus \"x\"",
        ),
        (
            "/buses/1/inserts/0/key",
            json!("master"),
            "buses[1].output",
            "loop master -> drums -> master",
        ),
        (
            "/buses/1/inserts/0/params",
            json!({"a": "b"}),
            "buses[1].inserts[0].params.a",
            "f64",
        ),
        (
            "/buses/1/inserts/0/params",
            json!({"": 1}),
            "buses[1].inserts[0].params[\"\"]",
            "empty",
        ),
        (
            "/buses/3/output",
            json!("drums"),
            "buses[3].output",
            "drums -> reverb -> drums",
        ),
        (
            "/sounds/0/asset",
            json!("x"),
            "sounds[0].asset",
            "no asset \"x\"",
        ),
        ("/sounds/0/bus", json!("x"), "sounds[0].bus", "no bus \"x\""),
        (
            "/sounds/0/gain_db",
            json!(24.5),
            "sounds[0].gain_db",
            "24.5 is not in",
        ),
        ("/sounds/0/pan", json!(-2), "sounds[0].pan", "-2 is not in"),
        (
            "/sounds/0/pitch_st",
            json!(37),
            "sounds[0].pitch_st",
            "37 is not in -36..=36",
        ),
        (
            "/sounds/0/quality",
            json!("best"),
            "sounds[0].quality",
            "unknown variant",
        ),
        (
            "/sounds/0/lpf_hz",
            json!(1),
            "sounds[0].lpf_hz",
            "1 is not in 10..=192000",
        ),
        (
            "/sounds/0/hpf_hz",
            json!(0),
            "sounds[0].hpf_hz",
            "0 is not in 10..=192000",
        ),
        (
            "/sounds/0/fade_in_ms",
            json!(-1),
            "sounds[0].fade_in_ms",
            "-1 is not in 0..=600000",
        ),
        (
            "/sounds/0/fade_out_ms",
            json!(1e7),
            "sounds[0].fade_out_ms",
            "is not in 0..=600000",
        ),
        (
            "/sounds/0/priority",
            json!(101),
            "sounds[0].priority",
            "101 is not in 0..=100",
        ),
        (
            "/sounds/0/loop/end_smp",
            json!(10),
            "sounds[0].loop.end_smp",
            "not after start_smp, 10",
        ),
        (
            "/sounds/0/max_instances",
            json!(0),
            "sounds[0].max_instances",
            "0 is not in 1..=65535",
        ),
        (
            "/clips/0/sound",
            json!("x"),
            "clips[0].sound",
            "no sound \"x\"",
        ),
        (
            "/clips/1/id",
            json!("c1"),
            "clips[1].id",
            "taken by entry 0",
        ),
        (
            "/clips/0/at_beats",
            json!(-0.5),
            "clips[0].at_beats",
            "-0.5 is not in",
        ),
        (
            "/clips/0/length_beats",
            json!(0),
            "clips[0].length_beats",
            "plays nothing",
        ),
        (
            "/clips/0/gain_db",
            json!(100),
            "clips[0].gain_db",
            "100 is not in",
        ),
        (
            "/clips/0/pan",
            json!(9),
            "clips[0].pan",
            "9 is not in -1..=1",
        ),
        (
            "/notes/0/keys",
            json!([0, 128]),
            "notes[0].keys[1]",
            "128 is not in 0..=127",
        ),
        (
            "/notes/0/keys",
            json!([9, 3]),
            "notes[0].keys[1]",
            "3 is below 9",
        ),
        (
            "/notes/0/keys",
            json!([9]),
            "notes[0].keys",
            "invalid length",
        ),
        (
            "/notes/0/root",
            json!(128),
            "notes[0].root",
            "128 is not in 0..=127",
        ),
        (
            "/notes/0/sound",
            json!("x"),
            "notes[0].sound",
            "no sound \"x\"",
        ),
        (
            "/notes/0/channel",
            json!(16),
            "notes[0].channel",
            "16 is not in 0..=15",
        ),
        (
            "/notes/0/velocity",
            json!([0, 9]),
            "notes[0].velocity[0]",
            "0 is not in 1..=127",
        ),
        (
            "/notes/0/gain_db",
            json!(99),
            "notes[0].gain_db",
            "99 is not in",
        ),
        (
            "/voices/max_real",
            json!(0),
            "voices.max_real",
            "0 is not in 1..=10000",
        ),
        (
            "/voices/max_virtual",
            json!(65537),
            "voices.max_virtual",
            "is not in 0..=65536",
        ),
        (
            "/voices/steal_mode",
            json!("all"),
            "voices.steal_mode",
            "unknown variant",
        ),
        (
            "/voices/steal_fade_ms",
            json!(51),
            "voices.steal_fade_ms",
            "51 is not in 0..=50",
        ),
        ("/voices/on_limit", json!(1), "voices.on_limit", ""),
        (
            "/voices/virtual_mode",
            json!("x"),
            "voices.virtual_mode",
            "unknown variant",
        ),
        (
            "/voices/virtual_below_db",
            json!(-150),
            "voices.virtual_below_db",
            "-144..=0",
        ),
        (
            "/voices/real_above_db",
            json!(1),
            "voices.real_above_db",
            "1 is not in -144..=0",
        ),
        (
            "/voices/real_above_db",
            json!(-100),
            "voices.real_above_db",
            "below virtual_below_db",
        ),
        ("/macros/0/id", json!(""), "macros[0].id", "empty"),
        (
            "/macros/0/name",
            json!(long),
            "macros[0].name",
            "above the limit",
        ),
        (
            "/macros/0/value",
            json!(1.1),
            "macros[0].value",
            "1.1 is not in 0..=1",
        ),
    ];
    for (pointer, value, path, words) in cases {
        check_refused(pointer, value.clone(), path, words);
    }
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
        text.contains("buses[0].inserts[0].params") && text.contains("set twice"),
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
    assert_eq!(
        warnings[1],
        Warning::UnknownKey {
            path: "buses[0].x".into()
        }
    );
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
        text.contains("tempo[0].bpm") && text.contains("0 is not in 1..=1000"),
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
    fn noise_is_an_error(bytes in prop::collection::vec(any::<u8>(), 0..4096)) {
        prop_assert!(Project::from_json(&bytes).is_err());
    }
}
