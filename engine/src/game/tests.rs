use super::*;
use crate::config::EngineConfig;
use crate::control::{NOW, create};
use crate::error::Error;
use crate::project::{OpenProject, open, testing};
use crate::scene::Live;
use segue_middleware::telemetry::What;
use segue_rt::game::NameId;
use segue_rt::renderer::Renderer;
use serde_json::{Value, json};
use std::ops::ControlFlow;
use std::path::Path;

/// A project with the sounds `hit` and `hum` (which loops), and these interactive keys.
pub(crate) fn game(folder: &Path, interactive: &Value) -> OpenProject {
    for name in ["hit", "hum"] {
        testing::wav(&folder.join(format!("assets/{name}.wav")), 2_000);
    }
    write(folder, interactive);
    open(folder).unwrap()
}

pub(crate) fn write(folder: &Path, interactive: &Value) {
    let project = json!({"format": "segue.project", "version": 1, "name": "G",
        "assets": [{"id": "hit", "file": "assets/hit.wav"}, {"id": "hum", "file": "assets/hum.wav"}],
        "buses": [{"id": "sfx", "inserts": [{"id": "g", "kind": "gain"}]}],
        "sounds": [{"id": "hit", "asset": "hit", "bus": "sfx"},
            {"id": "hum", "asset": "hum", "bus": "sfx", "loop": {}}],
        "macros": [{"id": "m", "name": "M"}],
        "interactive": interactive});
    std::fs::write(folder.join("project.json"), project.to_string()).unwrap();
}

pub(crate) fn usual() -> Value {
    json!({
        "rtpcs": [{"name": "speed", "max": 10}],
        "states": [{"name": "Combat", "values": [{"name": "on"}]}],
        "switches": [{"name": "Floor", "values": ["wood", "stone"]}],
        "containers": [{"name": "any", "type": "random", "children": [{"child": "hit"}]},
            {"name": "order", "type": "group", "mode": "all", "children": [{"child": "hit"}]}],
        "events": [{"name": "Play_Hit", "actions": [{"do": "play", "target": "any"}]},
            {"name": "Play_Hum", "actions": [{"do": "play", "target": "hum"}]},
            {"name": "Stop_Hum", "actions": [{"do": "stop", "target": "hum"}]}],
        "macros": [{"macro_id": "m", "rtpc": "speed", "range": [2, 8]}],
    })
}

/// An engine with a game, rendered by hand.
pub(crate) struct Rig {
    pub(crate) control: Control,
    pub(crate) renderer: Renderer,
    folder: tempfile::TempDir,
    _cache: tempfile::TempDir,
}

/// Changes a project's text on the disk.
pub(crate) fn edit(folder: &Path, change: impl FnOnce(&mut Value)) {
    let path = folder.join("project.json");
    let mut project: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    change(&mut project);
    std::fs::write(&path, project.to_string()).unwrap();
}

impl Rig {
    pub(crate) fn new(interactive: &Value) -> Rig {
        Rig::with(interactive, |_| ())
    }

    /// A game whose project's text is changed before it is opened.
    pub(crate) fn with(interactive: &Value, change: impl FnOnce(&mut Value)) -> Rig {
        let (folder, cache) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        game(folder.path(), interactive);
        edit(folder.path(), change);
        Rig::of(folder, cache)
    }

    /// The game in a folder.
    fn of(folder: tempfile::TempDir, cache: tempfile::TempDir) -> Rig {
        let project = open(folder.path()).unwrap();
        let mut config = EngineConfig::for_project(&project.project, Some(48_000));
        config.cache = Some(cache.path().to_owned());
        let (mut control, renderer, _) = create(config).unwrap();
        let go = &mut |_: crate::LoadProgress<'_>| ControlFlow::Continue(());
        control.load_project(&project, go).unwrap();
        control.listen(true);
        Rig {
            control,
            renderer,
            folder,
            _cache: cache,
        }
    }

    /// The game as it is on the disk, in an engine of its own.
    pub(crate) fn again(self) -> Rig {
        Rig::of(self.folder, self._cache)
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The largest sample of so many frames.
    pub(crate) fn peak(&mut self, frames: usize) -> f32 {
        let (mut left, mut right) = (vec![0.0; frames], vec![0.0; frames]);
        self.renderer.process(&mut [&mut left, &mut right]);
        self.control.update().unwrap();
        left.iter()
            .chain(&right)
            .fold(0.0, |peak, x| peak.max(x.abs()))
    }

    pub(crate) fn rows(&mut self) -> Vec<What> {
        std::iter::from_fn(|| self.control.next_row())
            .map(|row| row.what)
            .collect()
    }
}

#[test]
fn an_event_is_posted_by_name_and_heard() {
    let mut rig = Rig::new(&usual());
    assert_eq!(rig.peak(480), 0.0);
    let playing = rig.control.post("Play_Hit", "", NOW).unwrap();
    let next = rig.control.post("Play_Hum", "", 1_000).unwrap();
    assert!(playing.0 > 0 && next.0 > playing.0);
    assert!(rig.peak(2_000) > 0.1);
    let rows = rig.rows();
    let posted = |row: &What| matches!(row, What::Posted { playing: id, .. } if *id == playing);
    assert!(rows.iter().any(posted), "{rows:?}");
    let name = NameId::of("Play_Hit");
    assert_eq!(rig.control.game_names().text(name), Some("Play_Hit"));
}

#[test]
#[rustfmt::skip] // One case a line.
fn unknown_names_and_values_out_of_range_are_refused() {
    let mut rig = Rig::new(&usual());
    let text = |text: &str| text.to_owned();
    let label = None;
    for (call, words) in [
        (Call::Post { event: text("Play_Hti"), object: text(""), emitter: 0, gain_db: 0.0, label: label.clone() }, "no event called \"Play_Hti\"; did you mean \"Play_Hit\"?"),
        (Call::Post { event: text("Play_Hit"), object: text("hero"), emitter: 0, gain_db: 0.0, label: label.clone() }, "no game object called \"hero\""),
        (Call::Post { event: text("Play_Hit"), object: text(""), emitter: 8, gain_db: 0.0, label: label.clone() }, "emitter 8 is not in 0..=7"),
        (Call::Rtpc { rtpc: text("sped"), value: 1.0, object: text(""), label: label.clone(), ramp: 0.0 }, "did you mean \"speed\"?"),
        (Call::Rtpc { rtpc: text("speed"), value: f32::NAN, object: text(""), label: label.clone(), ramp: 0.0 }, "value NaN is not in finite numbers"),
        (Call::Rtpc { rtpc: text("speed"), value: 1.0, object: text(""), label, ramp: -1.0 }, "ramp -1 is not in 0..=3600 seconds"),
        (Call::State { group: text("Combat"), value: text("onn") }, "did you mean \"on\"?"),
        (Call::State { group: text("Combta"), value: text("on") }, "did you mean \"Combat\"?"),
        (Call::Switch { group: text("Floor"), value: text("steel"), object: text("") }, "no value called \"steel\"; there are: wood, stone"),
        (Call::Signal { signal: text("win_tier"), value: 1.0 }, "no signal called \"win_tier\"; there is none"),
        (Call::Context { context: text("BASE"), strength: 0.0 }, "no context"),
        (Call::Stinger { stinger: text("hit") }, "no stinger"),
        (Call::PlayCount { container: text("anny"), play_n: 0, object: text("") }, "did you mean \"any\"?"),
        (Call::PlayCount { container: text("order"), play_n: 0, object: text("") }, "container order is not in those that choose by chance: of the type random, or groups of the mode random"),
        (Call::PlayCount { container: text("ani"), play_n: 0, object: text("") }, "did you mean \"any\"?"),
        (Call::StopPost { label: text("x"), fade: 0.0 }, "no post called \"x\""),
        (Call::Macro { id: text("n"), value: 0.0 }, "no macro called"),
        (Call::Macro { id: text("m"), value: 1.5 }, "value 1.5 is not in 0..=1"),
        (Call::Level { level: 5 }, "level 5 is not in 0..=4"),
        (Call::Note { key: 128, velocity: 1.0, channel: 0 }, "key 128 is not in 0..=127"),
        (Call::Register { object: text(""), pan: None, width: None, detach: None }, "object"),
        (Call::Register { object: text("a"), pan: Some(2.0), width: None, detach: None }, "pan 2 is not in -1..=1"),
        (Call::Unregister { object: text("a") }, "no game object called \"a\""),
    ] {
        let error = rig.control.call(&call, NOW).unwrap_err().to_string();
        assert!(error.contains(words), "{call:?}: {error}");
    }
    assert_eq!(rig.peak(4_800), 0.0, "nothing was carried out");
}

#[test]
fn objects_and_labels_are_known_once_they_are_made() {
    let mut rig = Rig::new(&usual());
    let mut live = Live::new(&open(rig.folder()).unwrap().project, &rig.control).unwrap();
    let mut line = |rig: &mut Rig, text: &str| {
        let now = rig.renderer.now();
        live.line(&mut rig.control, text, now)
            .map_err(|error| error.to_string())
    };
    assert_eq!(line(&mut rig, "# nothing"), Ok(false));
    assert_eq!(line(&mut rig, "register hero"), Ok(false));
    assert_eq!(
        line(&mut rig, "post Play_Hum object=hero as=hum"),
        Ok(false)
    );
    assert!(rig.peak(4_800) > 0.1);
    assert_eq!(rig.control.object_name(object_id("hero")), Some("hero"));
    assert_eq!(line(&mut rig, "stop hum"), Ok(false));
    rig.peak(4_800);
    assert_eq!(rig.peak(480), 0.0);
    assert_eq!(line(&mut rig, "unregister hero"), Ok(false));
    // Its last rows still come.
    let hero = object_id("hero");
    assert_eq!(rig.control.object_name(hero), None);
    assert_eq!(rig.control.object_text(hero), Some("hero"));
    let gone = line(&mut rig, "post Play_Hum object=hero").unwrap_err();
    assert!(
        gone.starts_with("input, line 6: there is no game object called \"hero\""),
        "{gone}"
    );
    assert!(
        line(&mut rig, "psot Play_Hum")
            .unwrap_err()
            .contains("did you mean \"post\"?")
    );
    assert_eq!(line(&mut rig, "end"), Ok(true));
}

#[test]
fn an_object_that_is_moved_keeps_what_is_not_named() {
    let mut rig = Rig::new(&usual());
    let register = |pan: Option<f32>, detach| Call::Register {
        object: "hero".into(),
        pan,
        width: None,
        detach,
    };
    let gone = Call::Unregister {
        object: "hero".into(),
    };
    let mut heard = |calls: &[Call]| {
        for call in calls {
            rig.control.call(call, NOW).unwrap();
        }
        rig.control.post("Play_Hum", "hero", NOW).unwrap();
        rig.peak(4_800);
        rig.control.call(&gone, NOW).unwrap();
        rig.peak(4_800);
        rig.peak(480)
    };
    // One that is made anew has nothing of the old one.
    let anew = [
        register(None, Some(true)),
        gone.clone(),
        register(Some(1.0), None),
    ];
    assert_eq!(heard(&anew), 0.0);
    let moved = [register(None, Some(true)), register(Some(1.0), None)];
    assert!(heard(&moved) > 0.1, "it was detached");
}

#[test]
fn a_line_that_does_not_fit_sends_nothing() {
    let mut rig = Rig::new(&usual());
    rig.peak(480);
    let mut live = Live::new(&open(rig.folder()).unwrap().project, &rig.control).unwrap();
    let free = rig.control.free_commands();
    for text in [
        format!("repeat {} every 0.01 post Play_Hit", free + 1),
        // It moves an RTPC.
        format!("repeat {} every 0.01 macro m 0.5", free + 1),
    ] {
        let error = live.line(&mut rig.control, &text, 480).unwrap_err();
        let error = error.to_string();
        assert!(error.contains("nothing was sent"), "{error}");
        assert_eq!(rig.control.free_commands(), free, "{text}");
    }
    let last = live.last();
    assert_eq!(last, 0, "the next line counts from where it did");
    let text = format!("repeat {free} every 0.01 post Play_Hit");
    live.line(&mut rig.control, &text, 480).unwrap();
    assert_eq!(rig.control.free_commands(), 0);
}

#[test]
fn an_rtpc_begins_where_its_macro_stands() {
    let above = json!({"rtpc": "speed", "min": 7});
    let mut game = usual();
    game["rtpcs"][0]["interp"] = "linear".into();
    game["rtpcs"][0]["up_ms"] = 5_000.into();
    game["events"][0]["actions"][0]["conditions"] = json!([above]);
    // Of two macros for one RTPC the last counts.
    let first = json!({"macro_id": "m", "rtpc": "speed", "range": [0, 1]});
    let list = game["macros"].as_array_mut().unwrap();
    list.insert(0, first);
    for (value, is_heard) in [(0.5, false), (1.0, true)] {
        let mut rig = Rig::with(&game, |it| it["macros"][0]["value"] = value.into());
        rig.control.post("Play_Hit", "", NOW).unwrap();
        assert_eq!(rig.peak(2_000) > 0.1, is_heard, "{value}");
        let project = open(rig.folder()).unwrap().project;
        let speed = &project.interactive.rtpcs[0];
        assert_eq!(project.first_rtpc(speed), 2.0 + 6.0 * value);
        rig.peak(24_000);
        // Nobody has moved it, so it follows the macro of a save.
        edit(rig.folder(), |it| {
            it["macros"][0]["value"] = (1.0 - value).into();
        });
        let saved = open(rig.folder()).unwrap();
        let go = &mut |_: crate::LoadProgress<'_>| ControlFlow::Continue(());
        rig.control.reload(&saved, go).unwrap();
        rig.control.post("Play_Hit", "", NOW).unwrap();
        assert_eq!(rig.peak(2_000), 0.0, "a macro at {}", 1.0 - value);
    }
}

#[test]
fn placing_an_object_keeps_what_is_not_named() {
    let mut rig = Rig::new(&usual());
    for text in [
        "register hero",
        "place hero emitter=2 pan=-1",
        "place hero emitter=2 width=0.5",
    ] {
        let line = crate::scene::Line::parse(text).unwrap().unwrap();
        let call = line.call.unwrap();
        rig.control.call(&call, NOW).unwrap();
    }
    let post = Call::Post {
        event: "Play_Hum".into(),
        object: "hero".into(),
        emitter: 2,
        gain_db: 0.0,
        label: None,
    };
    rig.control.call(&post, NOW).unwrap();
    let (mut left, mut right) = (vec![0.0; 960], vec![0.0; 960]);
    rig.renderer.process(&mut [&mut left, &mut right]);
    let peak = |side: &[f32]| side.iter().fold(0.0_f32, |peak, x| peak.max(x.abs()));
    assert!(peak(&left) > 0.1 && peak(&right) < 0.01, "{}", peak(&right));
}

#[test]
fn a_macro_moves_its_rtpcs() {
    let mut rig = Rig::new(&usual());
    assert_eq!(rig.control.macro_targets()[0].len(), 1);
    rig.control
        .call(
            &Call::Macro {
                id: "m".to_owned(),
                value: 0.5,
            },
            NOW,
        )
        .unwrap();
    rig.peak(480);
    let rows = rig.rows();
    let moved = |row: &What| matches!(row, What::Rtpc { rtpc, value, .. } if *rtpc == NameId::of("speed") && *value == 5.0);
    assert!(rows.iter().any(moved), "{rows:?}");
}

#[test]
fn an_interactive_part_that_does_not_compile_is_refused_with_its_place() {
    let folder = tempfile::tempdir().unwrap();
    let mut bad = usual();
    bad["events"][0]["actions"][0]["target"] = "anny".into();
    bad["containers"][0]["children"][0]["child"] = "hitt".into();
    let project = game(folder.path(), &bad);
    let mut config = EngineConfig::for_project(&project.project, Some(48_000));
    config.cache = Some(folder.path().join("cache"));
    let (mut control, _renderer, _) = create(config).unwrap();
    let go = &mut |_: crate::LoadProgress<'_>| ControlFlow::Continue(());
    let error = control.load_project(&project, go).unwrap_err();
    let Error::Format { source, .. } = &error else {
        panic!("{error}")
    };
    let segue_format::Error::Invalid(problems) = &**source else {
        panic!("{error}")
    };
    let text = problems.to_string();
    assert!(
        text.contains("interactive.events[0].actions[0].target (line 1, column "),
        "{text}"
    );
    assert!(
        text.contains("did you mean \"any\"?") && text.contains("did you mean \"hit\"?"),
        "{text}"
    );
}

/// Peak of `hit` on a bus with a high dynamic range from `threshold` on, and its level and that of
/// a hum of `hum` full scale as they were told.
fn in_a_window(threshold: f64, hum: f32) -> (f32, [f32; 2]) {
    let mut interactive = usual();
    interactive["hdr"] = json!([{"bus": "sfx", "threshold_db": threshold, "range_db": 30}]);
    let (folder, cache) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    game(folder.path(), &interactive);
    testing::wav_at(&folder.path().join("assets/hum.wav"), 2_000, hum);
    let mut rig = Rig::of(folder, cache);
    rig.control.post("Play_Hum", "", NOW).unwrap();
    rig.control.post("Play_Hit", "", NOW).unwrap();
    // The window opens at the first tick.
    rig.peak(4_800);
    let peak = rig.peak(4_800);
    let rows = rig.rows();
    let level = |sound: &str| {
        let told = rows.iter().find_map(|row| match row {
            What::Voice { asset, aud_db, .. } if *asset == NameId::of(sound) => Some(*aud_db),
            _ => None,
        });
        told.unwrap()
    };
    (peak, ["hit", "hum"].map(level))
}

#[test]
fn levels_of_sounds_are_decibels_of_their_files() {
    // A saw of this peak has an RMS of 0.25 / sqrt(3), -16.8 dB.
    let (free, [hit, hum]) = in_a_window(-10.0, 0.025);
    assert!((hit + 16.8).abs() < 0.2, "{hit}");
    assert!((hum + 36.8).abs() < 0.2, "{hum}");
    let (pushed, _) = in_a_window(-26.8, 0.025);
    let moved = 20.0 * (pushed / free).log10();
    assert!(
        (moved + 9.9).abs() < 0.3,
        "10 dB above the threshold: {moved}"
    );
    assert_eq!(in_a_window(-10.0, 0.0).1[1], f32::NEG_INFINITY);
}

#[test]
fn a_call_that_comes_late_says_by_how_much() {
    let mut rig = Rig::new(&usual());
    rig.peak(1_000);
    rig.control.post("Play_Hit", "", 100).unwrap();
    rig.control.post("Play_Hit", "", NOW).unwrap();
    rig.peak(480);
    let rows = rig.rows();
    let late = rows.iter().filter_map(|row| match row {
        What::Action { late_smp, .. } => Some(*late_smp),
        _ => None,
    });
    // In the order of the frames they were for.
    assert_eq!(late.collect::<Vec<_>>(), [0, 900]);
    let counts = rig.control.game_counts();
    assert_eq!((counts.posts, counts.actions), (2, 2));
}

#[test]
fn a_matrix_of_ducks_works_and_is_refused_by_its_own_name() {
    let mut interactive = usual();
    interactive["duck_matrix"] = json!(["sfx", "music"]);
    let buses = |project: &mut Value| {
        project["buses"] = json!([{"id": "sfx"}, {"id": "music"}]);
    };
    let mut rig = Rig::with(&interactive, buses);
    rig.control.post("Play_Hum", "", NOW).unwrap();
    rig.peak(9_600);
    let duck = |row: &What| match row {
        What::Duck { duck, gain_db, .. } => Some((*duck, *gain_db)),
        _ => None,
    };
    let last = rig.rows().iter().filter_map(duck).next_back();
    assert_eq!(last, Some((NameId::of("sfx over music"), -6.0)));

    let folder = tempfile::tempdir().unwrap();
    interactive["duck_matrix"] = json!(["sfx", "musik"]);
    let project = game(folder.path(), &interactive);
    let mut config = EngineConfig::for_project(&project.project, None);
    config.cache = Some(folder.path().join("cache"));
    let (mut control, _renderer, _) = create(config).unwrap();
    let go = &mut |_: crate::LoadProgress<'_>| ControlFlow::Continue(());
    let error = control.load_project(&project, go).unwrap_err().to_string();
    assert!(error.contains("interactive.duck_matrix"), "{error}");
    assert!(error.contains("\"musik\""), "{error}");
}

#[test]
fn ids_of_objects_are_those_of_their_names() {
    assert_eq!(object_id(""), segue_rt::game::ObjectId::GLOBAL);
    assert_ne!(object_id("hero"), object_id("villain"));
}

#[test]
fn a_bus_begins_where_the_macro_of_its_rtpc_stands() {
    let curve = json!([{"x": 2, "y": 0}, {"x": 8, "y": -20}]);
    let target = json!({"target": "bus_volume", "bus": "sfx", "curve": curve});
    let mut game = usual();
    game["rtpcs"] = json!([{"name": "speed", "max": 10, "default": 2, "targets": [target]}]);
    let mut heard = |value: f64, macros: Value| {
        game["macros"] = macros;
        let mut rig = Rig::with(&game, |it| it["macros"][0]["value"] = value.into());
        rig.control.post("Play_Hum", "", NOW).unwrap();
        [rig.peak(2_000), rig.peak(9_600)]
    };
    let up = json!({"macro_id": "m", "rtpc": "speed", "range": [2, 8]});
    let down = json!({"macro_id": "m", "rtpc": "speed", "range": [8, 2]});
    let loud = heard(0.0, json!([up]));
    for (value, macros, ratio) in [
        (1.0, json!([up]), 0.1),
        (0.5, json!([up]), 0.316),
        (0.0, json!([down]), 0.1),
        // Of several the last one counts.
        (1.0, json!([up, down]), 1.0),
        (1.0, json!([]), 1.0),
    ] {
        let now = heard(value, macros.clone());
        for (now, loud) in now.into_iter().zip(loud) {
            assert!(
                (now / loud - ratio).abs() < 0.01,
                "{value} {macros}: {now} {loud}"
            );
        }
    }
}
