//! A streamed sound is the resident one, bit for bit.

use integration_tests::acts::{Performer, Script, script};
use integration_tests::rig::{Rig, check_same, peak};
use integration_tests::scene::{Scene, signal};
use integration_tests::{seeded, wav};
use proptest::prelude::*;
use segue_engine::PlayOptions;
use segue_engine::rt::ids::VoiceId;
use segue_engine::rt::voices::VoiceCommand;

/// The band twice: from the disk, and from memory.
fn both() -> [Scene; 2] {
    let resident = Scene::new();
    resident.write_band("never");
    [Scene::band(), resident]
}

fn check_alike(scenes: &[Scene; 2], perform: impl Fn(&mut Rig)) {
    let [streamed, resident] = scenes.each_ref().map(|scene| {
        let mut rig = Rig::new(scene);
        perform(&mut rig);
        rig
    });
    assert!(streamed.report.streamed > 0, "nothing streams");
    assert_eq!(resident.report.streamed, 0);
    assert_eq!(streamed.shared.snapshot().voices.missing_frames, 0);
    assert!(peak(&streamed.out[0]) > 0.02, "nothing is heard");
    check_same("streamed", &resident.out, &streamed.out);
}

#[test]
fn whole_sounds_at_several_pitches_at_once() {
    check_alike(&both(), |rig| {
        for (n, sound) in (0_u32..).zip(["long", "deep", "half", "twice", "long"]) {
            let options = PlayOptions {
                at: u64::from(n) * 1_111,
                pitch: 1.0 + f64::from(n) * 0.37,
                gain: 0.4,
                ..PlayOptions::default()
            };
            rig.control.play_sound(sound, &options).unwrap();
        }
        rig.run_to(150_000);
    });
}

/// Into the head, behind it, far, back, to the end, beyond it.
#[test]
fn starts_and_seeks_anywhere() {
    let frames = [
        0, 100, 16_000, 16_384, 16_400, 40_000, 300, 59_999, 25_000, 59_000, 70_000,
    ];
    check_alike(&both(), |rig| {
        for (n, frame) in (0_u64..).zip(frames) {
            let options = PlayOptions {
                at: n * 6_000,
                start: frame,
                ..PlayOptions::default()
            };
            let voice = rig.control.play_sound("long", &options).unwrap();
            for (m, frame) in (1_u64..).zip(frames) {
                let seek = VoiceCommand::Seek { voice, frame };
                let at = n * 6_000 + m * 500;
                rig.control
                    .send(at, segue_engine::rt::command::Plain::Voice(seek))
                    .unwrap();
            }
        }
        rig.run_to(80_000);
    });
}

#[test]
fn loops_are_left_at_their_end() {
    check_alike(&both(), |rig| {
        rig.control
            .play_sound("deep", &PlayOptions::default())
            .unwrap();
        let voice = VoiceId(1);
        for at in [30_000, 60_000] {
            let leave = VoiceCommand::LeaveLoop { voice };
            rig.control
                .send(at, segue_engine::rt::command::Plain::Voice(leave))
                .unwrap();
        }
        rig.run_to(170_000);
    });
}

#[test]
fn random_sessions() {
    let scenes = both();
    proptest!(seeded(16), |(script in script(60_000, 60))| {
        let scripted = &script as &Script;
        let [streamed, resident] = scenes.each_ref().map(|scene| {
            let mut rig = Rig::new(scene);
            Performer::default().run(&mut rig, (scripted, 60_000), 0, || 512);
            rig.out
        });
        check_same("streamed", &resident, &streamed);
    });
}

/// The beginning of a sound says nothing about how loud it becomes.
#[test]
fn a_streamed_sound_may_begin_with_silence() {
    let mut samples = vec![0.0; 30_000];
    samples.extend(signal(30_000, 9));
    let json = r#"{"format": "segue.project", "version": 1, "name": "Late", "sample_rate": 48000,
        "assets": [{"id": "late", "file": "late.wav", "stream": "STREAM"}],
        "sounds": [{"id": "late", "asset": "late"}]}"#;
    let scenes = ["always", "never"].map(|stream| {
        let scene = Scene::new();
        scene.write_json(&json.replace("STREAM", stream));
        wav::write_f32(&scene.path("project/late.wav"), 1, 48_000, &samples);
        scene
    });
    check_alike(&scenes, |rig| {
        rig.control
            .play_sound("late", &PlayOptions::default())
            .unwrap();
        rig.run_to(65_000);
    });
}
