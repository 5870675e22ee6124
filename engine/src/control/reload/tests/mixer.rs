//! Buses, sends and inserts that a save adds, removes or moves.

use super::*;
use segue_middleware::telemetry::What;

/// A game whose `hum` is a sine, so that a click would be seen.
fn rig(change: impl FnOnce(&mut Value)) -> Rig {
    let rig = Rig::with(&usual(), |_| ());
    testing::sine(&rig.folder().join("assets/hum.wav"), 2_000);
    edit(&rig, change);
    rig.again()
}

fn render(rig: &mut Rig, frames: usize) -> Vec<f32> {
    let (mut left, mut right) = (vec![0.0; frames], vec![0.0; frames]);
    rig.renderer.process(&mut [&mut left, &mut right]);
    rig.control.update().unwrap();
    left
}

/// The sine at full scale of its file moves by 0.0033 a frame, and a fade of 10 ms by 0.0005.
fn check_no_click(what: &str, from: f32, signal: &[f32]) {
    let mut last = from;
    for (n, x) in signal.iter().enumerate() {
        let step = (x - last).abs();
        assert!(step < 0.005, "{what}: {step} at frame {n}");
        last = *x;
    }
}

fn peak(signal: &[f32]) -> f32 {
    signal.iter().fold(0.0, |peak, x| peak.max(x.abs()))
}

/// Plays the hum, saves a change, and renders over it: the loudness before and long after it.
fn heard_over(rig: &mut Rig, what: &str, change: impl FnOnce(&mut Value)) -> [f32; 2] {
    let before = render(rig, 9_600);
    edit(rig, change);
    let report = reload(rig).unwrap();
    assert!(report.is_rewired, "{what}: {report:?}");
    let after = render(rig, 9_600);
    check_no_click(what, *before.last().unwrap(), &after);
    [peak(&before[4_800..]), peak(&after[4_800..])]
}

fn near(heard: [f32; 2], ratio: f32) {
    let [before, after] = heard;
    let error = (after / before - ratio).abs();
    assert!(error < 0.02, "{before} and {after} are not 1 to {ratio}");
}

fn buses(project: &mut Value) -> &mut Vec<Value> {
    project["buses"].as_array_mut().unwrap()
}

#[test]
fn a_sound_on_a_new_bus_is_heard_at_once_with_its_gain() {
    let mut rig = Rig::new(&usual());
    rig.control.post("Play_Hit", "", NOW).unwrap();
    let loud = rig.peak(400);
    rig.peak(26_000);
    // The old one goes at the same time, which takes 10 ms.
    edit(&rig, |it| {
        it["buses"] = json!([{"id": "over"}, {"id": "new", "output": "over", "gain_db": -20}]);
        it["sounds"][0]["bus"] = "new".into();
        it["sounds"][1]["bus"] = "new".into();
    });
    let report = reload(&mut rig).unwrap();
    assert!(report.is_rewired && report.mixer == 0);
    rig.control.post("Play_Hit", "", NOW).unwrap();
    let first = rig.peak(400);
    assert!(
        (first / (loud * 0.1) - 1.0).abs() < 0.05,
        "{first} of {loud}"
    );
    assert!(rig.control.bus("sfx").is_err());
    let new = rig.control.bus("new").unwrap();
    assert!((rig.control.bus_values(new).unwrap().gain - 0.1).abs() < 1e-6);
    let names: Vec<_> = rig
        .control
        .buses()
        .map(|(name, _)| name.to_owned())
        .collect();
    assert_eq!(names, ["master", "over", "new"]);
}

#[test]
fn a_new_bus_comes_with_its_mute_its_solo_and_its_limit() {
    for (key, value, sounds) in [
        ("mute", json!(true), 0),
        ("max_voices", json!(1), 1),
        ("max_voices", json!(0), 2),
    ] {
        let mut rig = Rig::new(&usual());
        rig.peak(480);
        edit(&rig, |it| {
            buses(it).push(json!({"id": "new", key: value}));
            it["sounds"][1]["bus"] = "new".into();
        });
        reload(&mut rig).unwrap();
        for _ in 0..2 {
            rig.control.post("Play_Hum", "", NOW).unwrap();
        }
        rig.peak(9_600);
        let real = rig.control.shared().snapshot().voices.real;
        assert_eq!(real, sounds, "{key}");
    }
    let mut rig = rig(|_| ());
    rig.control.post("Play_Hum", "", NOW).unwrap();
    let solo = |it: &mut Value| buses(it).push(json!({"id": "new", "solo": true}));
    near(heard_over(&mut rig, "solo", solo), 0.0);
}

#[test]
fn voices_on_a_bus_that_is_removed_fade_out_with_it() {
    let mut rig = rig(|_| ());
    rig.control.post("Play_Hum", "", NOW).unwrap();
    let heard = heard_over(&mut rig, "a bus goes", |it| {
        it["buses"] = json!([{"id": "new", "gain_db": -20}]);
        it["sounds"][0]["bus"] = "new".into();
        it["sounds"][1]["bus"] = "new".into();
    });
    near(heard, 0.0);
    let rows = rig.rows();
    let over = |row: &What| matches!(row, What::Voice { .. });
    assert!(rows.iter().any(over), "it is told");
    assert!(rig.control.activity().playing.is_empty());
    rig.control.post("Play_Hum", "", NOW).unwrap();
    let again = peak(&render(&mut rig, 9_600)[4_800..]);
    near([heard[0], again], 0.1);
}

#[test]
fn voices_that_are_not_heard_end_with_their_bus_too() {
    let mut rig = Rig::with(&usual(), |it| it["buses"][0]["mute"] = true.into());
    rig.control.post("Play_Hum", "", NOW).unwrap();
    rig.peak(9_600);
    let voices = |rig: &Rig| rig.control.shared().snapshot().voices;
    assert_eq!(voices(&rig).virtual_voices, 1);
    edit(&rig, |it| {
        it["buses"] = json!([]);
        for sound in it["sounds"].as_array_mut().unwrap() {
            sound.as_object_mut().unwrap().remove("bus");
        }
    });
    reload(&mut rig).unwrap();
    rig.peak(4_800);
    assert_eq!((voices(&rig).virtual_voices, voices(&rig).real), (0, 0));
}

#[test]
fn a_bus_that_only_has_another_name_goes_on_bit_for_bit() {
    let with = |it: &mut Value| {
        buses(it).insert(
            0,
            json!({"id": "all", "inserts": [{"id": "e", "kind": "compressor", "key": "sfx"}]}),
        );
        buses(it).push(json!({"id": "aux"}));
        it["buses"][1]["output"] = "aux".into();
        it["buses"][1]["sends"] = json!([{"to": "all", "gain_db": -12}]);
    };
    let mut alone = Rig::with(&usual(), with);
    let mut saved = Rig::with(&usual(), with);
    for rig in [&mut alone, &mut saved] {
        rig.control.post("Play_Hum", "", NOW).unwrap();
        render(rig, 4_800);
    }
    let text = std::fs::read_to_string(saved.folder().join("project.json")).unwrap();
    let text = text
        .replace("\"sfx\"", "\"effects\"")
        .replace("\"aux\"", "\"side\"");
    std::fs::write(saved.folder().join("project.json"), text).unwrap();
    let before = saved.control.bus("sfx").unwrap();
    let report = reload(&mut saved).unwrap();
    assert!(!report.is_rewired && report.mixer == 0, "{report:?}");
    assert_eq!(saved.control.bus("effects").unwrap(), before);
    assert!(saved.control.bus("sfx").is_err() && saved.control.bus("aux").is_err());
    assert!(saved.control.insert("effects", "g").is_some());
    assert!(saved.control.send_of("effects", "all").is_some());
    assert_eq!(render(&mut alone, 9_600), render(&mut saved, 9_600));
    edit(&saved, |it| {
        let effects = buses(it).iter_mut().find(|it| it["id"] == "effects");
        effects.unwrap()["gain_db"] = (-20).into();
    });
    assert_eq!(reload(&mut saved).unwrap().mixer, 1);
}

#[test]
fn inserts_come_go_and_change_without_a_click() {
    let mut rig = rig(|_| ());
    rig.control.post("Play_Hum", "", NOW).unwrap();
    let quiet = json!({"id": "q", "kind": "gain", "params": {"gain": -20}});
    let heard = heard_over(&mut rig, "an insert comes", |it| {
        it["buses"][0]["inserts"]
            .as_array_mut()
            .unwrap()
            .push(quiet.clone());
    });
    near(heard, 0.1);
    let insert = rig.control.insert("sfx", "q").unwrap();
    assert_eq!(rig.control.insert_values(insert).unwrap().params[0], -20.0);
    // It stays the same insert, and can be moved as before.
    edit(&rig, |it| {
        it["buses"][0]["inserts"][1]["params"]["gain"] = (-6).into()
    });
    let report = reload(&mut rig).unwrap();
    assert_eq!((report.mixer, report.is_rewired), (1, false));
    assert_eq!(rig.control.insert("sfx", "q"), Some(insert));
    let heard = heard_over(&mut rig, "inserts change places", |it| {
        it["buses"][0]["inserts"].as_array_mut().unwrap().reverse();
    });
    near(heard, 1.0);
    assert_eq!(rig.control.insert("sfx", "q"), Some(insert));
    let bus = rig.control.bus("sfx").unwrap();
    assert_eq!(rig.control.graph().bus(bus).unwrap().inserts[0].id, insert);
    let heard = heard_over(&mut rig, "another kind", |it| {
        it["buses"][0]["inserts"][0] =
            json!({"id": "q", "kind": "limiter", "params": {"ceiling": -24}});
    });
    assert!(heard[1] < heard[0] * 0.75, "{heard:?}");
    assert_ne!(rig.control.insert("sfx", "q"), Some(insert));
    let heard = heard_over(&mut rig, "an insert goes", |it| {
        it["buses"][0]["inserts"] = json!([]);
    });
    assert!(heard[1] > 0.15, "{heard:?}");
    assert!(rig.control.insert("sfx", "q").is_none());
    assert!(rig.control.insert_values(insert).is_err());
}

#[test]
fn outputs_sends_and_pan_laws_follow_a_save() {
    let mut rig = rig(|it| {
        buses(it).push(json!({"id": "low", "gain_db": -20}));
        buses(it).push(json!({"id": "top"}));
        it["buses"][0]["sends"] = json!([{"to": "low"}]);
    });
    rig.control.post("Play_Hum", "", NOW).unwrap();
    // 1 + 0.1 of the send.
    let send = rig.control.send_of("sfx", "low").unwrap();
    let heard = heard_over(&mut rig, "into another bus", |it| {
        it["buses"][0]["output"] = "low".into()
    });
    near(heard, 0.2 / 1.1);
    let heard = heard_over(&mut rig, "back, and no send", |it| {
        it["buses"][0]["output"] = "top".into();
        it["buses"][0]["sends"] = json!([]);
    });
    near(heard, 1.0 / 0.2);
    assert!(rig.control.send_of("sfx", "low").is_none() && rig.control.send_gain(send).is_err());
    let heard = heard_over(&mut rig, "a send in front of the fader", |it| {
        it["buses"][0]["gain_db"] = (-144).into();
        it["buses"][0]["sends"] = json!([{"to": "low", "position": "pre"}]);
    });
    near(heard, 0.1);
    let heard = heard_over(&mut rig, "behind the fader", |it| {
        it["buses"][0]["sends"] = json!([{"to": "low", "position": "post"}]);
    });
    near(heard, 0.0);
    let heard = heard_over(&mut rig, "the other way round", |it| {
        it["buses"][0]["gain_db"] = 0.into();
        it["buses"][0]["sends"] = json!([]);
        it["buses"][0]["output"] = "low".into();
        it["buses"][1]["output"] = "top".into();
        it["buses"].as_array_mut().unwrap().reverse();
    });
    assert!(heard[1] > 0.01, "{heard:?}");
    let heard = heard_over(&mut rig, "a circle that is none", |it| {
        it["buses"][1]["output"] = "sfx".into();
        it["buses"][2].as_object_mut().unwrap().remove("output");
        it["buses"][0]["output"] = "low".into();
    });
    near(heard, 10.0);
    let heard = heard_over(&mut rig, "a pan law", |it| {
        it["buses"][2]["pan_law"] = "minus6".into();
    });
    near(heard, 0.5);
}

#[test]
fn a_macro_holds_a_parameter_of_a_new_insert_where_it_was_turned() {
    let mut rig = Rig::with(&usual(), |it| it["macros"][0]["value"] = 1.into());
    rig.control.set_macro(0, 0.0, NOW).unwrap();
    rig.control.post("Play_Hum", "", NOW).unwrap();
    let loud = rig.peak(9_600);
    edit(&rig, |it| {
        it["buses"][0]["inserts"][0] = json!({"id": "h", "kind": "gain"});
        it["macros"][0]["targets"] =
            json!([{"bus": "sfx", "insert": "h", "param": "gain", "min": -20, "max": 0}]);
    });
    reload(&mut rig).unwrap();
    rig.peak(9_600);
    let held = rig.peak(4_800) / loud;
    assert!((held - 0.1).abs() < 0.01, "{held}");
    let insert = rig.control.insert("sfx", "h").unwrap();
    assert_eq!(rig.control.insert_values(insert).unwrap().params[0], -20.0);
}

#[test]
fn a_game_moves_what_is_new() {
    let mut game = usual();
    let rtpc = |targets: Value| json!([{"name": "speed", "max": 10, "targets": targets}]);
    game["rtpcs"] = rtpc(json!([]));
    let mut rig = Rig::new(&game);
    rig.control.post("Play_Hum", "", NOW).unwrap();
    let loud = rig.peak(9_600);
    let curve = json!([{"x": 0, "y": -96}, {"x": 10, "y": 0}]);
    edit(&rig, |it| {
        buses(it).push(json!({"id": "new"}));
        it["buses"][0]["sends"] = json!([{"to": "new"}]);
        // What goes takes 10 ms, and so long the send is only coming.
        it["buses"][0]["inserts"] = json!([]);
        it["interactive"]["rtpcs"] =
            rtpc(json!([{"target": "send", "from": "sfx", "to": "new", "curve": curve}]));
    });
    reload(&mut rig).unwrap();
    rig.peak(9_600);
    let held = rig.peak(4_800) / loud;
    assert!((held - 1.0).abs() < 0.01, "the send is closed: {held}");
}

/// A game whose RTPC holds a parameter at -20 dB, and a send at -20 dB that is the only way to the output.
fn held() -> Rig {
    let flat = |y: i32| json!([{"x": 0, "y": y}, {"x": 10, "y": y}]);
    let mut game = usual();
    game["rtpcs"] = json!([{"name": "speed", "max": 10, "targets": [
        {"target": "insert_param", "bus": "sfx", "insert": "g", "param": "gain", "curve": flat(-20)},
        {"target": "send", "from": "sfx", "to": "back", "curve": flat(-20)}]}]);
    game["macros"] = json!([]);
    Rig::with(&game, |it| {
        buses(it).push(json!({"id": "back"}));
        buses(it).push(json!({"id": "away", "gain_db": -96}));
        it["buses"][0]["sends"] = json!([{"to": "back"}]);
        it["buses"][0]["output"] = "away".into();
        it["buses"][0]["inserts"] = json!([{"id": "g", "kind": "gain"}]);
        it["macros"] = json!([]);
    })
}

#[test]
fn what_no_rtpc_holds_any_more_goes_back_to_the_project() {
    type Change<'a> = (&'a dyn Fn(&mut Value), f32);
    let changes: [Change<'_>; 5] = [
        (
            &|it| {
                drop(
                    it["interactive"]["rtpcs"][0]["targets"]
                        .as_array_mut()
                        .unwrap()
                        .remove(0),
                )
            },
            0.1,
        ),
        (
            &|it| {
                drop(
                    it["interactive"]["rtpcs"][0]["targets"]
                        .as_array_mut()
                        .unwrap()
                        .remove(1),
                )
            },
            0.1,
        ),
        (
            &|it| it["interactive"]["rtpcs"][0]["targets"] = json!([]),
            1.0,
        ),
        (&|it| it["interactive"]["rtpcs"] = json!([]), 1.0),
        (
            &|it| drop(it.as_object_mut().unwrap().remove("interactive")),
            1.0,
        ),
    ];
    for (number, (change, expected)) in changes.into_iter().enumerate() {
        let mut free = Rig::new(&usual());
        free.control.post("Play_Hum", "", NOW).unwrap();
        free.peak(9_600);
        let loud = free.peak(9_600);
        let mut rig = held();
        rig.control.post("Play_Hum", "", NOW).unwrap();
        rig.peak(9_600);
        let low = rig.peak(9_600) / loud;
        assert!((low - 0.01).abs() < 0.001, "{low}");
        edit(&rig, change);
        reload(&mut rig).unwrap();
        rig.peak(9_600);
        let heard = rig.peak(9_600) / loud;
        assert!(
            (heard / expected - 1.0).abs() < 0.01,
            "{number}: {heard} of {expected}"
        );
    }
}

#[test]
fn a_macro_gets_back_what_an_rtpc_held() {
    let mut rig = held();
    rig.control.post("Play_Hum", "", NOW).unwrap();
    rig.peak(9_600);
    let low = rig.peak(9_600);
    edit(&rig, |it| {
        it["interactive"]["rtpcs"] = json!([]);
        let target =
            json!([{"bus": "sfx", "insert": "g", "param": "gain", "min": -60, "max": -40}]);
        it["macros"] = json!([{"id": "m", "name": "M", "value": 1, "targets": target}]);
    });
    reload(&mut rig).unwrap();
    rig.peak(9_600);
    // The send is 20 dB louder, the parameter 20 dB lower.
    let heard = rig.peak(9_600) / low;
    assert!((heard - 1.0).abs() < 0.01, "{heard}");
}

#[test]
fn the_own_value_of_what_an_rtpc_holds_is_not_heard() {
    let mut rig = held();
    rig.control.post("Play_Hum", "", NOW).unwrap();
    rig.peak(9_600);
    let low = rig.peak(9_600);
    edit(&rig, |it| {
        it["buses"][0]["inserts"][0]["params"] = json!({"gain": -3})
    });
    reload(&mut rig).unwrap();
    let most = rig.peak(9_600) / low;
    assert!((most - 1.0).abs() < 0.01, "a bump of {most}");
}

#[test]
fn a_save_during_another_one_waits_and_leaves_all_as_it_is() {
    let mut rig = Rig::new(&usual());
    rig.peak(480);
    edit(&rig, |it| buses(it).push(json!({"id": "one"})));
    reload(&mut rig).unwrap();
    edit(&rig, |it| {
        buses(it).push(json!({"id": "two"}));
        it["interactive"]["events"]
            .as_array_mut()
            .unwrap()
            .remove(0);
    });
    let project = open(rig.folder()).unwrap();
    let go = &mut |_: LoadProgress<'_>| ControlFlow::Continue(());
    let plan = rig.control.plan_reload(&project).unwrap();
    let prepared = plan.prepare(&project, go).unwrap();
    assert!(!rig.control.has_room_for_reload(&prepared, &project));
    let free = rig.control.free_commands();
    let error = rig.control.reload(&project, go).unwrap_err();
    assert!(matches!(error, Error::Commit(CommitError::Busy)), "{error}");
    assert_eq!(rig.control.free_commands(), free);
    assert!(rig.control.bus("two").is_err() && rig.control.bus("one").is_ok());
    rig.control.post("Play_Hit", "", NOW).unwrap();
    assert!(rig.peak(480) > 0.1);
    rig.peak(480);
    assert!(rig.control.has_room_for_reload(&prepared, &project));
    let report = rig.control.finish_reload(prepared, &project).unwrap();
    assert!(report.is_rewired);
    assert!(rig.control.bus("two").is_ok());
    assert!(rig.control.post("Play_Hit", "", NOW).is_err());
}

#[test]
fn what_cannot_be_built_leaves_the_mixer_as_it_is() {
    let mut rig = Rig::new(&usual());
    rig.control.post("Play_Hum", "", NOW).unwrap();
    let loud = rig.peak(9_600);
    let more = |it: &mut Value| {
        buses(it).push(json!({"id": "new", "inserts": [{"id": "e", "kind": "eq"}]}));
        it["buses"][0]["output"] = "new".into();
        it["buses"][0]["gain_db"] = (-144).into();
    };
    for (wrong, words) in [
        (
            (|it| it["interactive"]["events"][1]["actions"][0]["target"] = "humm".into())
                as fn(&mut Value),
            "interactive.events[1].actions[0].target (line 1",
        ),
        (|it| it["buses"][1]["output"] = "sfx".into(), "sfx"),
        (
            |it| it["buses"][1]["inserts"][0]["kind"] = "eqq".into(),
            "eqq",
        ),
        (
            |it| it["voices"] = json!({"max_real": 10}),
            "voices (line 1",
        ),
        (
            |it| {
                for n in 0..70 {
                    buses(it).push(json!({"id": format!("b{n}"), "gain_db": -1}));
                }
            },
            "buses[63] (line 1",
        ),
    ] {
        edit(&rig, more);
        edit(&rig, wrong);
        let error = reload(&mut rig).unwrap_err().to_string();
        assert!(error.contains(words), "{error}");
        assert_eq!(rig.control.graph().buses().len(), 2, "{error}");
        assert!(rig.control.bus("new").is_err());
        assert!(rig.peak(4_800) > loud * 0.9, "{error}");
        write(rig.folder(), &usual());
    }
    edit(&rig, more);
    reload(&mut rig).unwrap();
    rig.peak(9_600);
    assert!(rig.peak(4_800) < 1e-6);
}

#[test]
fn edits_that_wait_for_a_commit_are_not_committed_by_a_save() {
    let mut rig = Rig::new(&usual());
    rig.peak(480);
    let master = rig.control.bus("master").unwrap();
    let mine = rig.control.add_bus("mine", master).unwrap();
    edit(&rig, |it| buses(it).push(json!({"id": "new"})));
    let error = reload(&mut rig).unwrap_err();
    assert!(matches!(error, Error::Restart { .. }), "{error}");
    rig.control.commit().unwrap();
    rig.peak(960);
    rig.peak(960);
    reload(&mut rig).unwrap();
    assert!(
        rig.control.check_bus(mine).is_ok(),
        "what is not the project's stays"
    );
    assert!(rig.control.bus("new").is_ok() && rig.control.bus("mine").is_ok());
}

#[test]
fn a_save_is_heard_the_same_for_any_blocks() {
    let film = |sizes: &[usize]| {
        let mut rig = rig(|_| ());
        rig.control.post("Play_Hum", "", NOW).unwrap();
        let mut heard = Vec::new();
        let mut go = |rig: &mut Rig, mut frames: usize| {
            for size in sizes.iter().cycle() {
                let block = frames.min(*size);
                heard.extend(render(rig, block));
                frames -= block;
                if frames == 0 {
                    return;
                }
            }
        };
        go(&mut rig, 4_801);
        edit(&rig, |it| {
            it["buses"] = json!([{"id": "new", "gain_db": -3, "inserts": [
                {"id": "l", "kind": "limiter"}, {"id": "e", "kind": "eq"}]}, {"id": "sfx", "output": "new",
                "sends": [{"to": "new"}], "inserts": [{"id": "c", "kind": "compressor", "key": "key"}]}, {"id": "key"}]);
            it["sounds"][0]["bus"] = "key".into();
        });
        reload(&mut rig).unwrap();
        rig.control.post("Play_Hit", "", NOW).unwrap();
        go(&mut rig, 9_599);
        heard
    };
    let whole = film(&[14_400]);
    assert!(peak(&whole[9_600..]) > 0.1);
    for sizes in [&[64][..], &[1, 31, 33, 500], &[333]] {
        assert_eq!(film(sizes), whole, "{sizes:?}");
    }
}

/// A bus says how many frames it may be late, and what is over is named: when it is loaded, when it is
/// saved, and when it is edited.
#[test]
fn a_mixer_that_is_later_than_a_bus_may_be_is_refused_by_name() {
    let with = |most: Option<u32>| {
        move |it: &mut Value| {
            let bus = &mut it["buses"][0];
            bus["inserts"] = json!([{"id": "wall", "kind": "limiter"}]);
            match most {
                Some(most) => bus["max_latency"] = most.into(),
                None => drop(bus.as_object_mut().unwrap().remove("max_latency")),
            }
        }
    };
    let mut rig = Rig::with(&usual(), with(None));
    rig.peak(4_800);
    let frames = rig.control.latency();
    assert!(frames > 1);
    let bus = rig.control.graph().buses()[1].clone();
    let check = |error: Error| {
        let text = error.to_string();
        let [has, max] = [frames, frames - 1].map(|n| n.to_string());
        let words = [bus.name.as_str(), "\"wall\"", "max_latency", &has, &max];
        for word in words {
            assert!(text.contains(word), "{word}: {text}");
        }
        assert_eq!(error.kind(), crate::ErrorKind::Invalid);
    };
    // Saved while it plays.
    edit(&rig, with(Some(frames - 1)));
    check(reload(&mut rig).unwrap_err());
    // Loaded.
    let open = open(rig.folder()).unwrap();
    let (mut fresh, ..) = crate::create(EngineConfig::new(48_000)).unwrap();
    let go = &mut |_: LoadProgress<'_>| ControlFlow::Continue(());
    check(fresh.load_project(&open, go).unwrap_err());
    // As many as there are may be; a new bus comes along.
    edit(&rig, |it| {
        with(Some(frames))(it);
        buses(it).push(json!({"id": "new", "inserts": [{"id": "wall", "kind": "limiter"}]}));
    });
    assert!(reload(&mut rig).unwrap().is_rewired);
    rig.peak(4_800);
    let id = rig.control.graph().buses()[1].id;
    let limit = |rig: &Rig| rig.control.graph().bus(id).unwrap().max_latency;
    assert_eq!(limit(&rig), Some(frames));
    // Edited.
    rig.control.set_max_latency(id, Some(frames - 1)).unwrap();
    check(rig.control.commit().unwrap_err());
    rig.control.set_max_latency(id, None).unwrap();
    rig.control.commit().unwrap();
    rig.peak(4_800);
    assert_eq!(limit(&rig), None);
}
