mod mixer;

use super::*;
use crate::game::tests::{Rig, usual, write};
use crate::game::{self, Call};
use crate::project::{open, testing};
use serde_json::{Value, json};

fn reload(rig: &mut Rig) -> Result<ReloadReport> {
    let project = open(rig.folder())?;
    let go = &mut |_: LoadProgress<'_>| ControlFlow::Continue(());
    rig.control.reload(&project, go)
}

fn edit(rig: &Rig, change: impl FnOnce(&mut Value)) {
    game::tests::edit(rig.folder(), change);
}

#[test]
fn a_new_event_is_there_and_what_sounds_goes_on() {
    let mut rig = Rig::new(&usual());
    rig.control.post("Play_Hum", "", NOW).unwrap();
    assert!(rig.peak(4_800) > 0.1);
    assert!(rig.control.post("Play_New", "", NOW).is_err());

    let mut more = usual();
    let new = json!({"name": "Play_New", "actions": [{"do": "play", "target": "hit"}]});
    more["events"].as_array_mut().unwrap().push(new);
    write(rig.folder(), &more);
    let report = reload(&mut rig).unwrap();
    assert_eq!((report.sounds, report.mixer), (0, 0), "no sound changed");
    assert_eq!(report.changed, ["events"]);
    assert!(rig.peak(48_000) > 0.1, "the loop goes on");
    rig.control.post("Play_New", "", NOW).unwrap();
    rig.peak(480);
    rig.control.post("Stop_Hum", "", NOW).unwrap();
    rig.peak(48_000);
    assert_eq!(
        rig.peak(4_800),
        0.0,
        "the new bank stops what the old one started"
    );
}

#[test]
fn a_project_without_a_game_any_more_has_no_events_and_what_sounds_goes_on() {
    for without in [json!({}), Value::Null] {
        let mut rig = Rig::new(&usual());
        rig.control.post("Play_Hum", "", NOW).unwrap();
        assert!(rig.peak(4_800) > 0.1);
        edit(&rig, |it| match without.is_null() {
            true => drop(it.as_object_mut().unwrap().remove("interactive")),
            false => it["interactive"] = without.clone(),
        });
        let report = reload(&mut rig).unwrap();
        assert!(report.changed.contains(&"events"));
        assert!(rig.control.post("Play_Hum", "", NOW).is_err());
        assert!(rig.peak(48_000) > 0.1, "the loop goes on");
        write(rig.folder(), &usual());
        reload(&mut rig).unwrap();
        rig.control.post("Stop_Hum", "", NOW).unwrap();
        rig.peak(48_000);
        assert_eq!(rig.peak(4_800), 0.0);
    }
}

#[test]
fn rows_tell_names_that_a_reload_took_away() {
    use segue_middleware::telemetry::What;
    let mut rig = Rig::new(&usual());
    rig.control.post("Play_Hit", "", NOW).unwrap();
    rig.peak(480);
    let mut less = usual();
    less["containers"] = json!([]);
    less["events"].as_array_mut().unwrap().remove(0);
    write(rig.folder(), &less);
    reload(&mut rig).unwrap();
    rig.peak(48_000);
    let ends = rig.rows().into_iter().filter_map(|what| match what {
        What::Voice { event, .. } => Some(event),
        _ => None,
    });
    let ends: Vec<_> = ends.collect();
    let names = rig.control.game_names();
    assert!(!ends.is_empty());
    for event in ends {
        assert_eq!(names.text(event), Some("Play_Hit"));
    }
}

#[test]
fn a_saved_file_is_heard_whatever_hash_the_project_has() {
    let hash = "0".repeat(64);
    let mut rig = Rig::new(&usual());
    edit(&rig, |it| it["assets"][0]["hash"] = hash.clone().into());
    testing::wav(&rig.folder().join("assets/hit.wav"), 8_000);
    let report = reload(&mut rig).unwrap();
    assert_eq!((report.sounds, report.load.kept.len()), (1, 0));
    let renewed = &report.load.renewed[0];
    assert_eq!(renewed.file, "assets/hit.wav");
    let now = &report
        .load
        .hashes
        .iter()
        .find(|it| it.0 == renewed.file)
        .unwrap()
        .1;
    assert!(renewed.reason.contains(&hash) && renewed.reason.contains(now.as_str()));
    rig.control.post("Play_Hit", "", NOW).unwrap();
    rig.peak(24_000);
    assert!(rig.peak(4_800) > 0.1, "the new file is longer");
    // A new start is strict, unless somebody works on the project.
    let project = open(rig.folder()).unwrap();
    for (takes_changed, refused) in [(false, 1), (true, 0)] {
        let mut config = EngineConfig::for_project(&project.project, Some(48_000));
        config.cache = Some(rig.folder().join("cache"));
        config.takes_changed = takes_changed;
        let (mut control, _renderer, _) = crate::create(config).unwrap();
        let go = &mut |_: LoadProgress<'_>| ControlFlow::Continue(());
        let report = control.load_project(&project, go).unwrap();
        assert_eq!(report.unplayable.len(), refused);
        assert_eq!(report.renewed.len(), 1 - refused);
        if let Some(it) = report.unplayable.first() {
            assert!(
                it.reason.contains("take \"hash\" out of it"),
                "{}",
                it.reason
            );
        }
    }
}

#[test]
fn a_changed_file_is_heard_by_the_next_voice() {
    let mut rig = Rig::new(&usual());
    rig.control.post("Play_Hit", "", NOW).unwrap();
    rig.peak(24_000);
    assert_eq!(rig.peak(4_800), 0.0, "2,000 frames at 8 kHz are over");
    testing::wav(&rig.folder().join("assets/hit.wav"), 8_000);
    let report = reload(&mut rig).unwrap();
    assert_eq!((report.sounds, report.load.unplayable.len()), (1, 0));
    rig.control.post("Play_Hit", "", NOW).unwrap();
    rig.peak(24_000);
    assert!(rig.peak(4_800) > 0.1, "it is longer now");
}

#[test]
fn a_file_that_is_broken_or_gone_is_heard_as_it_was() {
    let mut rig = Rig::new(&usual());
    let path = rig.folder().join("assets/hit.wav");
    let harms: [fn(&std::path::Path); 2] = [
        |path| std::fs::write(path, "RIFF").unwrap(),
        |path| std::fs::remove_file(path).unwrap(),
    ];
    for harm in harms {
        harm(&path);
        let report = reload(&mut rig).unwrap();
        assert_eq!((report.sounds, report.load.unplayable.len()), (0, 0));
        let kept: Vec<_> = report.load.kept.iter().map(|it| &*it.file).collect();
        assert_eq!(kept, ["assets/hit.wav"]);
        rig.control.post("Play_Hit", "", NOW).unwrap();
        assert!(rig.peak(2_000) > 0.1);
        rig.peak(24_000);
    }
    testing::wav(&path, 8_000);
    let report = reload(&mut rig).unwrap();
    assert_eq!((report.sounds, report.load.kept.len()), (1, 0));
}

#[test]
fn an_invalid_save_changes_nothing() {
    let mut rig = Rig::new(&usual());
    rig.control.post("Play_Hum", "", NOW).unwrap();
    rig.peak(4_800);
    let mut bad = usual();
    bad["events"][1]["actions"][0]["target"] = "humm".into();
    bad["events"][0]["name"] = "Other".into();
    write(rig.folder(), &bad);
    let error = reload(&mut rig).unwrap_err().to_string();
    assert!(
        error.contains("interactive.events[1].actions[0].target (line 1"),
        "{error}"
    );
    assert!(rig.peak(4_800) > 0.1);
    rig.control.post("Play_Hit", "", NOW).unwrap();
    assert!(rig.control.post("Other", "", NOW).is_err());
    for (save, words) in INVALID {
        let mut bad = usual();
        bad["events"][0]["name"] = "Other".into();
        save(&mut bad);
        write(rig.folder(), &bad);
        let error = reload(&mut rig).unwrap_err().to_string();
        for word in *words {
            assert!(error.contains(word), "{word}: {error}");
        }
        assert!(rig.peak(4_800) > 0.1, "{error}: the loop goes on");
        rig.control.post("Play_Hit", "", NOW).unwrap();
        assert!(rig.control.post("Other", "", NOW).is_err(), "{error}");
    }
    std::fs::write(rig.folder().join("project.json"), "{").unwrap();
    assert!(reload(&mut rig).is_err());
    rig.control.post("Stop_Hum", "", NOW).unwrap();
    write(rig.folder(), &usual());
    reload(&mut rig).unwrap();
}

/// What is wrong with a save, and what is told: the place and the problem.
type Save = (fn(&mut Value), &'static [&'static str]);

const INVALID: &[Save] = &[
    (
        |it| {
            it["containers"] = json!([
                {"name": "any", "type": "random", "children": [{"child": "order"}]},
                {"name": "order", "type": "group", "children": [{"child": "any"}]}]);
        },
        &[
            "interactive.containers[0] (line 1",
            "in a circle: any → order → any",
        ],
    ),
    (
        |it| {
            let play = json!({"do": "play", "target": "hit"});
            it["events"][1]["actions"] = vec![play; 65].into();
        },
        &[
            "interactive.events[1].actions (line 1",
            "65 actions are over the limit of 64",
        ],
    ),
    (
        |it| {
            it["adaptive"] = json!({"format": "segue.adaptive", "version": 2,
                "contexts": {"BASE": {"levels": [[{"asset": "hum"}]]}}});
        },
        &["interactive.adaptive", "version"],
    ),
    (
        |it| {
            let rule = |id: &str, level: u8| json!({"id": id, "action": {"do": "set_level", "level": level}});
            it["adaptive"] = json!({"format": "segue.adaptive", "version": 1,
                "contexts": {"BASE": {"levels": [[{"asset": "hum"}], [{"asset": "hum"}]]}},
                "rules": [rule("a", 0), rule("b", 1)]});
        },
        &[
            "interactive.adaptive.rules[1] (line 1",
            "it contradicts rules[0]",
        ],
    ),
    (
        |it| it["containers"][1]["name"] = "any".into(),
        &[
            "interactive.containers[1].name (line 1",
            "\"any\" is taken by",
        ],
    ),
    (
        |it| it["rtpcs"][0]["min"] = 20.into(),
        &["interactive.rtpcs[0]", "(line 1"],
    ),
];

#[test]
fn values_of_the_mixer_move_and_limits_of_voices_need_a_new_start() {
    let mut rig = Rig::new(&usual());
    rig.control.post("Play_Hum", "", NOW).unwrap();
    let loud = rig.peak(4_800);
    edit(&rig, |project| {
        project["buses"][0]["gain_db"] = (-144).into();
        project["buses"][0]["inserts"][0]["mix"] = 0.5.into();
    });
    let report = reload(&mut rig).unwrap();
    assert_eq!((report.mixer, report.changed), (2, vec!["buses"]));
    rig.peak(4_800);
    assert!(rig.peak(4_800) < loud * 0.01, "the fader is down");
    edit(&rig, |project| project["voices"] = json!({"max_real": 10}));
    let error = reload(&mut rig).unwrap_err();
    assert!(matches!(error, Error::Restart { .. }), "{error}");
    let error = error.to_string();
    assert!(
        error.contains("project.json: voices (line 1, column "),
        "{error}"
    );
    assert!(
        error.contains("): the limits of voices changed; start again"),
        "{error}"
    );
}

#[test]
fn a_macro_holds_the_parameter_that_it_moves() {
    let target = json!([{"bus": "sfx", "insert": "g", "param": "gain", "min": -60, "max": 0}]);
    let mut rig = Rig::with(&usual(), |it| {
        it["macros"][0]["value"] = 1.into();
        it["macros"][0]["targets"] = target;
    });
    rig.control.post("Play_Hum", "", NOW).unwrap();
    let loud = rig.peak(9_600);
    let mut quiet = |change: &dyn Fn(&mut Value)| {
        edit(&rig, change);
        reload(&mut rig).unwrap();
        rig.peak(9_600);
        rig.peak(4_800) / loud
    };
    let params = |it: &mut Value| it["buses"][0]["inserts"][0]["params"] = json!({"gain": -40});
    assert!(quiet(&params) > 0.9, "its own value does not count");
    let value = |it: &mut Value| it["macros"][0]["value"] = 0.into();
    assert!(quiet(&value) < 0.01, "the macro was turned");
    let target = |it: &mut Value| it["macros"][0]["targets"][0]["min"] = (-6).into();
    assert!(quiet(&target) > 0.4, "it moves less far");
}

#[test]
fn a_macro_that_the_game_turned_stays_until_the_project_turns_it() {
    let target = json!([{"bus": "sfx", "insert": "g", "param": "gain", "min": -60, "max": 0}]);
    let mut rig = Rig::with(&usual(), |it| {
        it["macros"][0]["value"] = 1.into();
        it["macros"][0]["targets"] = target;
    });
    rig.control.post("Play_Hum", "", NOW).unwrap();
    let loud = rig.peak(9_600);
    rig.control.set_macro(0, 0.0, NOW).unwrap();
    let mut heard = |change: &dyn Fn(&mut Value)| {
        edit(&rig, change);
        reload(&mut rig).unwrap();
        rig.peak(9_600);
        rig.peak(4_800) / loud
    };
    let other = |it: &mut Value| it["buses"][0]["inserts"][0]["mix"] = 0.99.into();
    assert!(heard(&other) < 0.1, "another change leaves it alone");
    let mix = |it: &mut Value| it["buses"][0]["inserts"][0]["mix"] = 1.into();
    heard(&mix);
    let params = |it: &mut Value| it["buses"][0]["inserts"][0]["params"] = json!({"gain": -40});
    assert!(heard(&params) < 0.01, "it still holds the parameter");
    let value = |it: &mut Value| it["macros"][0]["value"] = 0.9.into();
    assert!(heard(&value) > 0.3, "the project turned it");
}

#[test]
fn what_happened_before_a_reload_is_told_after_it() {
    let mut rig = Rig::new(&usual());
    rig.control.listen(true);
    rig.control.post("Play_Hum", "", NOW).unwrap();
    rig.peak(4_800);
    edit(&rig, |it| it["buses"][0]["gain_db"] = (-1).into());
    reload(&mut rig).unwrap();
    while rig.control.next_row().is_some() {}
    assert_eq!(rig.control.activity().playing.len(), 1);
}

#[test]
fn objects_live_on() {
    let mut rig = Rig::new(&usual());
    let hero = Call::Register {
        object: "hero".to_owned(),
        pan: None,
        width: None,
        detach: None,
    };
    rig.control.call(&hero, NOW).unwrap();
    rig.peak(480);
    reload(&mut rig).unwrap();
    rig.control.post("Play_Hit", "hero", NOW).unwrap();
    assert!(rig.peak(4_800) > 0.1);
}

#[test]
fn many_saves_do_not_fill_the_pool() {
    let mut rig = Rig::new(&usual());
    for n in 0..70 {
        testing::wav(&rig.folder().join("assets/hit.wav"), 100 + n);
        reload(&mut rig).unwrap();
        rig.peak(64);
    }
    assert_eq!(rig.control.stale_sounds.len(), STALE_SOUNDS);
}

#[test]
fn a_preset_is_heard_under_own_values_and_can_be_changed_while_it_plays() {
    let insert = |preset: &str, more: Value| json!([{"id": "t", "kind": "delay", "preset": preset, "params": more}]);
    let mut rig = Rig::with(&usual(), |it| {
        it["buses"][0]["inserts"] = insert("slapback", json!({"feedback": 20}));
    });
    edit(&rig, |it| {
        it["buses"][0]["inserts"] = insert("canyon", json!({"feedback": 20}))
    });
    // Time, ping-pong, low cut and high cut; not the feedback, which is its own.
    assert_eq!(reload(&mut rig).unwrap().mixer, 4);
    edit(&rig, |it| {
        it["buses"][0]["inserts"] = insert("canyon", json!({}))
    });
    assert_eq!(reload(&mut rig).unwrap().mixer, 1);
    edit(&rig, |it| {
        it["buses"][0]["inserts"] = insert("nowhere", json!({}))
    });
    let text = reload(&mut rig).unwrap_err().to_string();
    assert!(
        text.contains("nowhere") && text.contains("slapback"),
        "{text}"
    );
    // What a preset says about the latency takes another insert.
    let saturator = |preset: &str| json!([{"id": "t", "kind": "saturator", "preset": preset}]);
    let mut rig = Rig::with(&usual(), |it| {
        it["buses"][0]["inserts"] = saturator("tape");
    });
    edit(&rig, |it| it["buses"][0]["inserts"] = saturator("tube"));
    let report = reload(&mut rig).unwrap();
    assert!(report.mixer > 0 && !report.is_rewired);
    rig.peak(480);
    edit(&rig, |it| it["buses"][0]["inserts"] = saturator("clipper"));
    assert!(reload(&mut rig).unwrap().is_rewired);
}
