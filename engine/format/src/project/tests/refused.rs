//! One bad value at a time: the path and the words of its error.

use super::*;

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

/// As [`check_refused`], for each row.
fn check_all(cases: &[(&str, Value, &str, &str)]) {
    for (pointer, value, path, words) in cases {
        check_refused(pointer, value.clone(), path, words);
    }
}

#[test]
fn bad_values_of_the_head_are_refused() {
    let long = "n".repeat(limits::NAME_BYTES + 1);
    let text = "t".repeat(limits::TEXT_BYTES + 1);
    check_all(&[
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
    ]);
}

#[test]
fn bad_values_of_tempo_and_time_signatures_are_refused() {
    check_all(&[
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
            "0 is not in 1..=999",
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
    ]);
}

#[test]
fn bad_values_of_assets_are_refused() {
    check_all(&[
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
    ]);
}

#[test]
fn bad_values_of_buses_are_refused() {
    check_all(&[
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
            "/buses/1/max_latency",
            json!(-1),
            "buses[1].max_latency",
            "expected",
        ),
        (
            "/buses/1/mute",
            json!(1),
            "buses[1].mute",
            "expected a boolean",
        ),
    ]);
}

#[test]
fn bad_values_of_inserts_and_sends_are_refused() {
    let over = |max: usize| json!(vec![json!({"id": "i", "kind": "k"}); max + 1]);
    let sends = json!(vec![json!({"to": "reverb"}); limits::SENDS_PER_BUS + 1]);
    check_all(&[
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
            "/buses/1/inserts/0/ir",
            json!("hall"),
            "buses[1].inserts[0].ir",
            "no asset \"hall\"",
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
    ]);
}

#[test]
fn bad_values_of_sounds_are_refused() {
    check_all(&[
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
    ]);
}

#[test]
fn bad_values_of_clips_and_notes_are_refused() {
    check_all(&[
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
    ]);
}

#[test]
fn bad_values_of_voices_and_macros_are_refused() {
    let long = "n".repeat(limits::NAME_BYTES + 1);
    check_all(&[
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
        (
            "/macros/0/midi",
            json!("cc128"),
            "macros[0].midi",
            "\"cc128\" is not cc0 to cc127",
        ),
        (
            "/macros/0/targets",
            json!([{"bus": "master", "insert": "none", "param": "a", "min": 0, "max": 1}]),
            "macros[0].targets[0]",
            "there is no insert \"none\" on a bus \"master\"",
        ),
    ]);
}
