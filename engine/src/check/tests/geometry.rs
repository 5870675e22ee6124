//! Loops, cues and markers behind the end of their file, which has 48000 frames at 48 kHz.

use super::*;
use crate::load::AssetLength;

/// The findings of this kind, each as its path and message, of a project with a sound `s` with this
/// loop.
fn outside(interactive: Value, looping: Value) -> Vec<(String, String)> {
    let project = json!({"format": "segue.project", "version": 1, "name": "P",
        "assets": [{"id": "a", "file": "a.wav"}], "sounds": [{"id": "s", "asset": "a"}],
        "interactive": interactive});
    let (mut project, _) = Project::from_json(project.to_string().as_bytes()).unwrap();
    project.sounds[0].loop_points = serde_json::from_value(looping).unwrap();
    let source = project.interactive.lower(None);
    let length = AssetLength {
        frames: 96_000,
        sample_rate: 96_000.0,
        asset_rate: 48_000.0,
    };
    let known = SoundFacts {
        loudness_db: Some(-20.0),
        bytes: 1,
        length: Some(length),
        unplayable: None,
    };
    let facts = BTreeMap::from([("s".to_owned(), known)]);
    let mut found = check(&project, &source, &facts);
    found.retain(|it| it.kind == Kind::OutsideOfAsset);
    found.into_iter().map(|it| (it.path, it.message)).collect()
}

fn segment(keys: Value) -> Value {
    let mut segment = json!({"name": "m", "source": "s", "beats_per_bar": 2, "bars": 1});
    for (key, value) in keys.as_object().unwrap() {
        segment[key] = value.clone();
    }
    json!({"music": {"segments": [segment]}})
}

fn layer(keys: Value) -> Value {
    let mut layer = json!({"asset": "s"});
    for (key, value) in keys.as_object().unwrap() {
        layer[key] = value.clone();
    }
    json!({"adaptive": {"contexts": {"BASE": {"levels": [[layer]]}}}})
}

#[test]
fn what_is_behind_the_end_of_its_file_is_told() {
    let music = "interactive.music.segments[0]";
    let level = "interactive.adaptive.contexts.BASE.levels[0][0]";
    let (none, whole) = (Value::Null, json!({}));
    let frames = "48000 frames, the length of the file";
    let bars = "the file, which has 1.000 bars (48000 frames)";
    for (interactive, looping, path, message) in [
        (
            json!({}),
            json!({"start_smp": 48_000}),
            "sounds[0].loop.start_smp".to_owned(),
            format!("48000 is not below {frames}: there is nothing to repeat"),
        ),
        (
            json!({}),
            json!({"end_smp": 60_000}),
            "sounds[0].loop.end_smp".to_owned(),
            format!("60000 is above {frames}: the loop ends with the file"),
        ),
        (
            segment(json!({"loop_start_smp": 1, "loop_end_smp": 48_001})),
            whole,
            format!("{music}.loop_end_smp"),
            format!("48001 is above {frames}: the loop ends with the file"),
        ),
        (
            layer(json!({"loop_start_smp": 50_000})),
            none.clone(),
            format!("{level}.loop_start_smp"),
            format!("50000 is not below {frames}: there is nothing to repeat"),
        ),
        (
            layer(json!({"loop_end_smp": 90_000})),
            none.clone(),
            format!("{level}.loop_end_smp"),
            format!("90000 is above {frames}: the loop ends with the file"),
        ),
        (
            segment(json!({"entry_cue_bars": 1})),
            none.clone(),
            format!("{music}.entry_cue_bars"),
            format!("1 is not inside of {bars}: nothing of the segment is heard"),
        ),
        (
            segment(json!({"exit_cue_bars": 1.5})),
            none.clone(),
            format!("{music}.exit_cue_bars"),
            format!("1.5 is behind {bars}: it is silent until then"),
        ),
        (
            segment(json!({"markers": [{"name": "in", "pos_smp": 48_000},
            {"name": "out", "pos_smp": 48_001}]})),
            none.clone(),
            format!("{music}.markers[1].pos_smp"),
            format!("48001 is above {frames}: music does not come there"),
        ),
    ] {
        assert_eq!(
            outside(interactive.clone(), looping),
            [(path, message)],
            "{interactive}"
        );
    }
}

#[test]
fn what_fits_and_what_repeats_is_not_told() {
    let (none, whole) = (Value::Null, json!({}));
    for (interactive, looping) in [
        (json!({}), json!({"start_smp": 47_999, "end_smp": 48_000})),
        (
            segment(json!({"entry_cue_bars": 0.5, "exit_cue_bars": 1.004})),
            none.clone(),
        ),
        (
            segment(json!({"loop_end_smp": 48_000, "exit_cue_bars": 9})),
            none.clone(),
        ),
        (segment(json!({"exit_cue_bars": 9})), whole),
        (layer(json!({"loop_start_smp": 47_999})), none),
    ] {
        assert_eq!(
            outside(interactive.clone(), looping),
            vec![],
            "{interactive}"
        );
    }
}

#[test]
fn steps_that_begin_together_are_told() {
    let steps = |steps: Value| {
        json!({"containers": [{"name": "c", "type": "sequence", "steps": steps}],
            "events": play("c")})
    };
    let together = steps(json!([{"child": "s"}, {"child": "s"}]));
    one(together, Kind::StepsAtOnce, "containers[0].steps");
    let apart = steps(json!([{"child": "s"}, {"child": "s", "start_ms": 500}]));
    assert_eq!(findings(apart), vec![]);
}

#[test]
fn a_matrix_of_one_bus_is_told() {
    let matrix = |buses: Value| {
        let found = findings(json!({"duck_matrix": buses}));
        found
            .into_iter()
            .filter(|it| it.1 == "interactive.duck_matrix")
            .collect::<Vec<_>>()
    };
    let told = (Kind::IdleKey, "interactive.duck_matrix".to_owned());
    assert_eq!(matrix(json!(["master"])), [told]);
    assert_eq!(matrix(json!(["sfx", "master"])), vec![]);
    assert_eq!(matrix(json!([])), vec![]);
}

#[test]
fn a_built_in_signal_in_another_form_is_told() {
    let profile = |signal: Value| {
        let found = findings(json!({"adaptive": {"signals": [signal],
            "contexts": {"BASE": {"levels": [[{"asset": "s"}]]}}}}));
        found
            .into_iter()
            .filter(|it| it.0 == Kind::RedefinedSignal)
            .map(|it| it.1)
            .collect::<Vec<_>>()
    };
    let path = "interactive.adaptive.signals[0].normalise";
    assert_eq!(profile(json!({"name": "win_tier"})), [path]);
    let same = json!({"name": "win_tier", "normalise": "linear", "a": 0, "b": 5});
    assert_eq!(profile(same), [""; 0]);
    assert_eq!(profile(json!({"name": "mine"})), [""; 0]);
}
