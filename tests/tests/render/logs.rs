//! Session logs that were cut, damaged, moved, or whose project is not what it was.

use std::fs;

use integration_tests::acts::{Performer, Script, script};
use integration_tests::rig::{Rig, check_same, replayed};
use integration_tests::scene::{Scene, signal};
use integration_tests::{seeded, wav};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use segue_engine::rt::command::{MixerCommand, Plain};
use segue_engine::{Edit, EngineConfig, Error, ErrorKind, NOW, create};

/// Frames of the session.
const END: u64 = 20_000;

/// A scene with `session.log` in it, the output of the session, and the latency left out of files.
fn recorded() -> (Scene, [Vec<f32>; 2]) {
    let scene = Scene::band();
    let script: Script = script(END, 60)
        .new_tree(&mut TestRunner::deterministic())
        .unwrap()
        .current();
    let mut rig = Rig::recording(&scene, "session.log");
    let latency = usize::try_from(rig.control.latency()).unwrap();
    rig.control.play().unwrap();
    Performer::default().run(&mut rig, (&script, END), 0, || 512);
    rig.finish_recording();
    let heard = rig.out.each_ref().map(|side| side[latency..].to_vec());
    (scene, heard)
}

#[track_caller]
fn check_refused(scene: &Scene, kind: ErrorKind, word: &str) {
    let error = replayed(scene, &scene.path("session.log")).unwrap_err();
    assert_eq!(error.kind(), kind, "{error}");
    assert!(
        error.to_string().contains(word),
        "{word:?} is not in \"{error}\""
    );
    assert!(
        !scene.path("replayed.wav").exists(),
        "a file is left behind"
    );
}

#[test]
fn a_log_that_was_cut_gives_what_is_whole() {
    let (scene, heard) = recorded();
    let log = scene.path("session.log");
    let bytes = fs::read(&log).unwrap();
    let (mut whole, mut shorter) = (0, 0);
    for cut in (bytes.len() / 2..=bytes.len()).rev().step_by(37) {
        fs::write(&log, &bytes[..cut]).unwrap();
        match replayed(&scene, &log) {
            Ok((report, sides)) => {
                assert_eq!(report.truncated, cut < bytes.len(), "{cut} bytes");
                let frames = sides[0].len();
                check_same(
                    "cut",
                    &sides,
                    &heard.each_ref().map(|side| side[..frames].to_vec()),
                );
                whole += u32::from(!report.truncated);
                shorter += u32::from(report.truncated);
            }
            Err(error) => assert_eq!(error.kind(), ErrorKind::Damaged, "{error}"),
        }
    }
    assert!(
        whole == 1 && shorter > 3,
        "{whole} whole and {shorter} shorter ones"
    );
}

#[test]
fn damage_is_found_wherever_it_is() {
    let (scene, _) = recorded();
    let log = scene.path("session.log");
    let bytes = fs::read(&log).unwrap();
    proptest!(seeded(60), |(at in any::<prop::sample::Index>(), bit in 0..8_u32)| {
        let mut damaged = bytes.clone();
        damaged[at.index(bytes.len())] ^= 1 << bit;
        fs::write(&log, damaged).unwrap();
        let error = replayed(&scene, &log).expect_err("damage is not found");
        let kind = error.kind();
        let fits = [ErrorKind::Damaged, ErrorKind::WrongFile, ErrorKind::NewerVersion];
        prop_assert!(fits.contains(&kind), "{}", error);
    });
}

#[test]
fn what_is_not_as_it_was_is_named() {
    let (scene, _) = recorded();
    let (log, noise) = (
        scene.path("session.log"),
        scene.path("project/assets/noise.wav"),
    );
    let (bytes, audio) = (fs::read(&log).unwrap(), fs::read(&noise).unwrap());

    wav::write_f32(&noise, 1, 48_000, &signal(9_000, 77));
    check_refused(&scene, ErrorKind::WrongFile, "noise.wav");
    fs::remove_file(&noise).unwrap();
    check_refused(&scene, ErrorKind::NotFound, "noise.wav");
    fs::write(&noise, audio).unwrap();

    // The log has the project as it was: what happened to project.json since does not matter.
    let json = fs::read_to_string(scene.path("project/project.json")).unwrap();
    scene.write_json(&json.replace(r#""bpm": 480"#, r#""bpm": 120"#));
    replayed(&scene, &log).unwrap();
    fs::remove_file(scene.path("replayed.wav")).unwrap();

    fs::rename(scene.path("project"), scene.path("moved")).unwrap();
    check_refused(&scene, ErrorKind::NotFound, "project");
    fs::write(&log, "no log").unwrap();
    check_refused(&scene, ErrorKind::WrongFile, "session.log");
    fs::remove_file(&log).unwrap();
    check_refused(&scene, ErrorKind::NotFound, "session.log");
    fs::write(&log, bytes).unwrap();
}

/// A command may be on its way to an insert when that is removed; it is heard until the commit.
#[test]
fn commands_for_an_insert_that_is_removed_meanwhile() {
    let scene = Scene::band();
    let mut rig = Rig::recording(&scene, "session.log");
    let latency = usize::try_from(rig.control.latency()).unwrap();
    let insert = rig.control.insert("fx", "trim").unwrap();
    rig.control.play().unwrap();
    let gain = |value| {
        Plain::Mixer(MixerCommand::InsertParam {
            insert,
            param: 0,
            value,
        })
    };
    rig.control.send(9_000, gain(-20.0)).unwrap();
    rig.run_to(4_000);
    rig.control.apply(Edit::RemoveInsert { insert }).unwrap();
    let stale = rig.control.send(NOW, gain(0.0));
    assert!(matches!(stale, Err(Error::StaleInsert)));
    rig.run_to(14_000);
    rig.control.commit().unwrap();
    rig.run_to(END);
    rig.finish_recording();
    let out = rig.out.clone();
    integration_tests::rig::check_replay(&scene, "session.log", latency, &out);
}

/// The sizes of the engine decide who is refused, so they are in the log.
#[test]
fn sizes_come_back_from_the_log() {
    let scene = Scene::band();
    let open = scene.open();
    let mut config = EngineConfig::for_project(&open.project, None);
    (config.cache, config.record) = (Some(scene.cache()), true);
    (config.limits.real_voices, config.limits.virtual_voices) = (2, 0);
    config.streams = 1;
    let (mut control, mut renderer, _) = create(config).unwrap();
    let report = control
        .load_project(&open, &mut |_| std::ops::ControlFlow::Continue(()))
        .unwrap();
    control
        .record_to(&scene.path("session.log"), &open, &report)
        .unwrap();
    let latency = usize::try_from(control.latency()).unwrap();
    renderer.set_wait(Some(std::thread::yield_now));
    control.play().unwrap();
    let (mut left, mut right) = (vec![0.0; 30_000], vec![0.0; 30_000]);
    renderer.process(&mut [&mut left, &mut right]);
    control.finish_recording(renderer.now()).unwrap();
    integration_tests::rig::check_replay(&scene, "session.log", latency, &[left, right]);
}

/// What was edited and played between loading and recording belongs to the session.
#[test]
fn a_recording_begins_with_the_engine() {
    let scene = Scene::band();
    let open = scene.open();
    let mut config = EngineConfig::for_project(&open.project, None);
    (config.cache, config.record) = (Some(scene.cache()), true);
    let (mut control, mut renderer, _) = create(config.clone()).unwrap();
    control.stop().unwrap();
    let report = control
        .load_project(&open, &mut |_| std::ops::ControlFlow::Continue(()))
        .unwrap();
    let latency = usize::try_from(control.latency()).unwrap();
    control.play().unwrap();
    let music = control.bus("music").unwrap();
    control
        .add_insert(music, 0, "gain", &[("gain", -12.0)])
        .unwrap();
    control.commit().unwrap();
    control
        .record_to(&scene.path("session.log"), &open, &report)
        .unwrap();
    renderer.set_wait(Some(std::thread::yield_now));
    let (mut left, mut right) = (vec![0.0; 30_000], vec![0.0; 30_000]);
    renderer.process(&mut [&mut left, &mut right]);
    control.finish_recording(renderer.now()).unwrap();
    integration_tests::rig::check_replay(&scene, "session.log", latency, &[left, right]);

    // Rules that a replay would not know are refused.
    config.policy.steal_fade += 1;
    let (mut control, ..) = create(config).unwrap();
    let report = control
        .load_project(&open, &mut |_| std::ops::ControlFlow::Continue(()))
        .unwrap();
    let refused = control.record_to(&scene.path("other.log"), &open, &report);
    assert!(matches!(
        refused,
        Err(Error::Argument { what: "policy", .. })
    ));
    assert!(!scene.path("other.log").exists());
}
