//! What set and mute actions say holds for later plays, until it is taken back.

use segue_rt::ids::VoiceId;

use super::containers::{container, random};
use super::desk::Told;
use super::stage::{Stage, action, event, play};
use crate::source::{Action, ActionKind, Event, Fade, Interactive, Scope, Shape};

fn faded(kind: ActionKind, ms: f32) -> Action {
    Action {
        fade: Fade {
            ms,
            shape: Shape::Linear,
        },
        ..action(kind)
    }
}

fn source(sets: Vec<(&str, Action)>) -> Interactive {
    let sets = sets
        .into_iter()
        .map(|(name, action)| event(name, vec![action]));
    let go = ["long", "loop"].map(|name| event(name, vec![play(name)]));
    Interactive {
        events: go.into_iter().chain(sets).collect::<Vec<Event>>(),
        ..Interactive::default()
    }
}

fn volume(target: &str, db: f32) -> Action {
    action(ActionKind::SetVolume(target.into(), db))
}

/// With what each voice started: gain, pitch, low-pass, high-pass.
fn starts(stage: &Stage) -> Vec<(f32, f64, f32, f32)> {
    let told = stage.desk.told.iter();
    told.filter_map(|(_, told)| match told {
        Told::Start(_, params) => Some((params.gain, params.pitch, params.lpf_hz, params.hpf_hz)),
        _ => None,
    })
    .collect()
}

fn gains(stage: &Stage) -> Vec<f32> {
    starts(stage)
        .iter()
        .map(|it| (it.0 * 1e3).round() / 1e3)
        .collect()
}

#[test]
fn every_set_action_holds_for_later_plays_of_its_target() {
    let on = |kind: fn(String, f32) -> ActionKind, value| action(kind("long".into(), value));
    let mut stage = Stage::new(&source(vec![
        ("volume", on(ActionKind::SetVolume, -6.0)),
        ("pitch", on(ActionKind::SetPitch, 12.0)),
        ("lpf", on(ActionKind::SetLpf, 1_000.0)),
        ("hpf", on(ActionKind::SetHpf, 100.0)),
    ]));
    for name in ["volume", "pitch", "lpf", "hpf"] {
        stage.post(0, name);
    }
    stage.post(480, "long");
    stage.post(480, "loop");
    stage.run(960);
    let found = starts(&stage);
    let near = |a: f32, b: f32| (a - b).abs() < 0.01 * b;
    let (gain, pitch, lpf, hpf) = found[0];
    assert!(
        near(gain, 0.5012) && near(lpf, 1_000.0) && near(hpf, 100.0),
        "{found:?}"
    );
    assert_eq!(pitch, 2.0);
    assert_eq!(found[1], (1.0, 1.0, 0.0, 0.0), "another sound");
}

#[test]
fn a_way_goes_on_in_what_starts_on_it() {
    let slow = faded(ActionKind::SetVolume("long".into(), -20.0), 100.0);
    let mut stage = Stage::new(&source(vec![("slow", slow)]));
    stage.post(0, "long");
    stage.post(0, "slow");
    stage.post(2_400, "long");
    stage.run(9_600);
    for t in [2_400, 3_600, 4_799, 6_000] {
        let [old, new] = [1, 2].map(|voice| stage.gain_at(VoiceId(voice), t));
        assert!((old - new).abs() < 1e-6, "{t}: {old} {new}");
    }
    assert!((stage.gain_at(VoiceId(2), 2_400) - 0.3162).abs() < 1e-3);
}

#[test]
fn it_holds_on_its_object_or_for_everybody_and_the_last_word_counts() {
    let everybody = Action {
        scope: Scope::Global,
        ..volume("long", -20.0)
    };
    let mut stage = Stage::new(&source(vec![
        ("own", volume("long", -6.0)),
        ("all", everybody),
        ("any", volume("", -40.0)),
    ]));
    stage.register(0, 1).register(0, 2);
    stage.post_on(0, "own", 1);
    stage.post_on(480, "long", 1);
    stage.post_on(480, "long", 2);
    stage.post_on(960, "all", 2);
    stage.post_on(1_440, "long", 1);
    stage.post_on(1_440, "long", 2);
    stage.post_on(1_920, "own", 1);
    stage.post_on(2_400, "long", 1);
    stage.post_on(2_400, "long", 2);
    stage.post_on(2_880, "any", 2);
    stage.post_on(3_360, "loop", 2);
    stage.post_on(3_360, "loop", 1);
    stage.run(4_800);
    let expected = [0.501, 1.0, 0.1, 0.1, 0.501, 0.1, 0.01, 1.0];
    assert_eq!(gains(&stage), expected);
}

#[test]
fn scopes_of_single_instances_reach_only_what_plays() {
    for scope in [Scope::FirstOnly, Scope::Random, Scope::Emitter] {
        let one = Action {
            scope,
            ..volume("long", -20.0)
        };
        let mut stage = Stage::new(&source(vec![("one", one)]));
        stage.post(0, "long");
        stage.post(480, "one");
        stage.post(960, "long");
        stage.run(4_800);
        assert_eq!(gains(&stage), [1.0, 1.0], "{scope:?}");
        assert!((stage.gain_at(VoiceId(1), 4_800) - 0.1).abs() < 1e-6);
    }
}

#[test]
fn a_mute_holds_until_it_is_taken_back() {
    let reset = faded(ActionKind::Reset("long".into()), 20.0);
    let mut stage = Stage::new(&source(vec![
        ("mute", action(ActionKind::Mute("long".into()))),
        ("unmute", action(ActionKind::Unmute("long".into()))),
        ("quiet", volume("long", -20.0)),
        ("reset", reset),
    ]));
    stage.post(0, "mute");
    stage.post(480, "long");
    stage.post(960, "unmute");
    stage.post(960, "quiet");
    stage.post(2_400, "long");
    stage.post(4_800, "reset");
    stage.post(7_200, "long");
    stage.run(9_600);
    assert_eq!(gains(&stage), [0.0, 0.1, 1.0]);
    for voice in [1, 2] {
        assert_eq!(stage.gain_at(VoiceId(voice), 4_700), 0.1);
        assert_eq!(stage.gain_at(VoiceId(voice), 6_000), 1.0);
    }
}

#[test]
fn it_ends_with_its_object_and_outlives_a_bank() {
    let source = source(vec![("own", volume("long", -20.0))]);
    let mut stage = Stage::new(&source);
    let object = segue_rt::game::ObjectId(1);
    stage.register(0, 1);
    stage.post_on(0, "own", 1);
    stage.post(0, "own");
    stage.run(480);
    // Another container moves the numbers of the sounds.
    stage.swap(&Interactive {
        containers: vec![container("r", random(&[("a", 1)]))],
        ..source
    });
    stage.post(480, "long");
    stage.at(960, segue_rt::game::GameCall::Unregister { object });
    stage.register(1_440, 1);
    stage.post_on(1_920, "long", 1);
    stage.run(2_400);
    assert_eq!(gains(&stage), [0.1, 1.0]);
}
