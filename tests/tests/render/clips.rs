//! Recorded stages on the timeline: what the transport plays is what a game would have posted.

use integration_tests::rig::{Rig, check_same, peak};
use integration_tests::scene::{Scene, signal};
use integration_tests::{seeded, wav};
use proptest::prelude::*;
use segue_engine::check::{Kind, check_project};
use segue_engine::middleware::stage::{Stage, StageEvent};
use segue_engine::project;
use std::sync::Arc;

/// Reels that turn, and stops that sound differently each time. 6,000 frames a beat.
const SLOTS: &str = r#"{
  "format": "segue.project", "version": 1, "name": "Slots", "seed": "00000000000000ab",
  "sample_rate": 48000, "tempo": [{"at_beats": 0, "bpm": 480}],
  "buses": [{"id": "master"}],
  "assets": [{"id": "hum", "file": "assets/hum.wav"}, {"id": "hit", "file": "assets/hit.wav"}],
  "sounds": [{"id": "hum", "asset": "hum", "loop": {}}, {"id": "hit", "asset": "hit"}],
  "interactive": {
    "rtpcs": [{"name": "Level", "min": 0, "max": 9, "default": 9,
      "targets": [{"target": "bus_volume", "bus": "master",
                   "curve": [{"x": 0, "y": -12}, {"x": 9, "y": 0}]}]}],
    "containers": [{"name": "Stops", "type": "random", "children": [{"child": "hit"}],
      "random_pitch_st": [-4, 4], "random_volume_db": [-6, 0]}],
    "events": [
      {"name": "Reels", "actions": [{"do": "play", "target": "hum", "gain_lin": 0.3}]},
      {"name": "Stop", "max_voices": 8, "actions": [{"do": "play", "target": "Stops"}]}
    ],
    "stages": {
      "bindings": [
        {"stage": "REEL_SPIN_LOOP", "event": "Reels"},
        {"stage": "REEL_STOP", "event": "Stop", "rtpcs": {"reel": "Level"}}
      ],
      "clips": CLIPS
    }
  }
}"#;

fn slots(clips: &str) -> Scene {
    let scene = Scene::new();
    scene.write_json(&SLOTS.replace("CLIPS", clips));
    std::fs::create_dir_all(scene.path("project/assets")).unwrap();
    let at = |name: &str| scene.path(&format!("project/assets/{name}.wav"));
    wav::write_f32(&at("hum"), 2, 48_000, &signal(8_000, 1));
    wav::write_f32(&at("hit"), 2, 48_000, &signal(3_000, 2));
    scene
}

/// A clip at a beat: reels that turn, and stops of reels at their milliseconds.
fn clip(at_beats: f64, more: &str, stops: &[(u8, f64)]) -> String {
    let stop = |(reel, ms): &(u8, f64)| {
        format!(
            r#"{{"timestamp_ms": {ms}, "stage": {{"type": "reel_stop", "reel": {reel}, "symbols": []}}}}"#
        )
    };
    let turn = r#"{"timestamp_ms": 0, "stage": {"type": "reel_spin_loop"}}"#.to_owned();
    let events: Vec<String> = std::iter::once(turn)
        .chain(stops.iter().map(stop))
        .collect();
    let events = events.join(",");
    format!(r#"[{{"name": "Take", "at_beats": {at_beats}, {more} "events": [{events}]}}]"#)
}

const STOPS: [(u8, f64); 3] = [(0, 100.25), (1, 151.0), (7, 300.5)];

/// What a game posts for [`STOPS`] from frame `start` on.
fn posted(rig: &mut Rig, start: u64) {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a few seconds"
    )]
    let at = |ms: f64| start + (ms * 48.0).round() as u64;
    let turn = StageEvent::new(Stage::ReelSpinLoop {}, 0.0);
    rig.control.post_stage(&turn, "", at(0.0)).unwrap();
    for (reel, ms) in STOPS {
        let symbols = Vec::new();
        let stop = StageEvent::new(Stage::ReelStop { reel, symbols }, 0.0);
        rig.control.post_stage(&stop, "", at(ms)).unwrap();
    }
    rig.control.end_stages(at(300.5)).unwrap();
}

#[test]
fn the_transport_plays_what_a_game_would_have_posted_in_any_blocks() {
    let with = Arc::new(slots(&clip(1.25, "", &STOPS)));
    let without = slots("[]");
    let mut game = Rig::new(&without);
    game.control.play().unwrap();
    posted(&mut game, 7500);
    game.run_to(30_000);
    let first = game.out[0].iter().position(|x| *x != 0.0);
    assert_eq!(first, Some(7500));
    proptest!(seeded(8), |(blocks in prop::collection::vec(1..3000_usize, 30))| {
        let mut clip = Rig::new(&with);
        clip.control.play().unwrap();
        for frames in blocks {
            let left = usize::try_from(30_000_u64.saturating_sub(clip.renderer.now())).unwrap();
            clip.block(frames.min(left));
        }
        clip.run_to(30_000);
        check_same("a clip and a game", &clip.out, &game.out);
    });
}

#[test]
fn a_reload_that_leaves_the_time_line_alone_ends_nothing_of_it() {
    let scene = slots(&clip(1.25, "", &STOPS));
    let mut alone = Rig::new(&scene);
    alone.control.play().unwrap();
    alone.run_to(30_000);
    assert!(peak(&alone.out[0][9_000..]) > 0.1);
    let mut rig = Rig::new(&scene);
    rig.control.play().unwrap();
    // The reels turn, and the first one has stopped.
    rig.run_to(13_000);
    let more = r#"{"name": "More", "actions": [{"do": "play", "target": "hit"}]},
      {"name": "Reels""#;
    let text = SLOTS.replace("CLIPS", &clip(1.25, "", &STOPS));
    scene.write_json(&text.replace(r#"{"name": "Reels""#, more));
    let open = project::open(&scene.path("project")).unwrap();
    let go = &mut |_: segue_engine::LoadProgress<'_>| std::ops::ControlFlow::Continue(());
    let report = rig.control.reload(&open, go).unwrap();
    assert_eq!(report.changed, ["events"]);
    rig.control.post("More", "", 40_000).unwrap();
    rig.run_to(30_000);
    check_same("reloaded and left alone", &rig.out, &alone.out);
}

#[test]
fn a_clip_is_trimmed_at_both_ends() {
    let more = r#""from_ms": 100, "length_ms": 100,"#;
    let mut rig = Rig::new(&slots(&clip(1.0, more, &STOPS)));
    rig.control.play().unwrap();
    rig.run_to(30_000);
    // The loop began before it; the first stop is heard 0.25 ms after its beginning, and what comes
    // after its end is not heard.
    let first = rig.out[0].iter().position(|x| *x != 0.0);
    assert_eq!(first, Some(6012));
    assert_eq!(peak(&rig.out[0][16_000..]), 0.0);
}

#[test]
fn a_jump_ends_what_a_clip_has_begun_and_a_second_pass_plays_it_again() {
    let scene = slots(&clip(1.0, "", &[(0, 900.0)]));
    let mut rig = Rig::new(&scene);
    rig.control.play().unwrap();
    rig.run_to(12_000);
    assert!(peak(&rig.out[0][11_000..]) > 0.05);
    // To the middle of it, where nothing begins.
    rig.control.seek(2.0).unwrap();
    rig.run_to(18_000);
    assert_eq!(peak(&rig.out[0][15_000..]), 0.0);
    rig.control.seek(0.5).unwrap();
    rig.run_to(24_000);
    let again = rig.out[0][18_000..].iter().position(|x| *x != 0.0).unwrap();
    // Half a beat after the jump, which comes with a block.
    assert_eq!(again, 3000);
    rig.control.stop().unwrap();
    rig.run_to(30_000);
    assert_eq!(peak(&rig.out[0][27_000..]), 0.0);
}

#[test]
fn a_project_without_the_clip_that_takes_over_ends_what_it_has_begun() {
    let scene = slots(&clip(0.0, "", &[(0, 900.0)]));
    let mut rig = Rig::new(&scene);
    rig.control.play().unwrap();
    rig.run_to(6_000);
    assert!(peak(&rig.out[0][5_000..]) > 0.05);
    scene.write_json(&SLOTS.replace("CLIPS", "[]"));
    let mut go_on = |_: segue_engine::LoadProgress<'_>| std::ops::ControlFlow::Continue(());
    rig.control.reload(&scene.open(), &mut go_on).unwrap();
    rig.run_to(18_000);
    assert_eq!(peak(&rig.out[0][12_000..]), 0.0);
}

#[test]
fn a_loop_of_the_transport_plays_a_clip_each_time() {
    let scene = slots(&clip(1.0, "", &[(0, 20.0)]));
    let mut rig = Rig::new(&scene);
    rig.control.set_loop(true, 1.0, 3.0).unwrap();
    rig.control.play().unwrap();
    rig.run_to(45_000);
    for pass in 0..3 {
        let start = 6000 + pass * 12_000;
        assert_eq!(peak(&rig.out[0][start - 1000..start]), 0.0, "{pass}");
        assert_ne!(rig.out[0][start], 0.0, "{pass}");
    }
}

#[test]
fn what_is_wrong_with_a_clip_is_told_with_its_place() {
    for (clips, expected) in [
        (clip(-1.0, "", &[]), "interactive.stages.clips[0].at_beats"),
        (
            clip(0.0, r#""length_ms": 0,"#, &[]),
            "interactive.stages.clips[0].length_ms",
        ),
        (
            clip(0.0, r#""from_ms": 5000,"#, &[]),
            "no stage of the clip \"Take\" is played",
        ),
        (clip(0.0, "", &[(0, 9.0), (1, 8.0)]), "8 is before 9"),
        (
            clip(0.0, "", &[(77, 1.0)]),
            "interactive.stages.clips[0].events[1].stage",
        ),
    ] {
        let scene = slots(&clips);
        let error = project::open(&scene.path("project"))
            .unwrap_err()
            .to_string();
        assert!(error.contains(expected), "{expected}: {error}");
    }
}

#[test]
fn a_clip_of_which_nothing_is_bound_is_found() {
    let menu = r#"{"timestamp_ms": 5, "stage": {"type": "menu_open"}}"#;
    let silent = slots(&format!(r#"[{{"name": "Menu", "events": [{menu}]}}]"#));
    let heard = slots(&clip(0.0, "", &[]));
    let found = |scene: &Scene| {
        let mut go_on = |_: segue_engine::LoadProgress<'_>| std::ops::ControlFlow::Continue(());
        let all = check_project(&scene.open(), Some(scene.cache()), &mut go_on).unwrap();
        all.into_iter()
            .find(|finding| finding.kind == Kind::SilentClip)
    };
    assert_eq!(found(&heard), None);
    let finding = found(&silent).unwrap();
    assert_eq!(finding.path, "interactive.stages.clips[0]");
    assert!(finding.message.contains("none of the 1 stages of \"Menu\""));
}
