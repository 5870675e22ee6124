//! A pause stops the time of what is paused: fades, grids, and everything that is planned.

use segue_rt::ids::VoiceId;

use super::stage::{Stage, action, event, play};
use crate::source::{Action, ActionKind, Fade, Interactive, Shape};

fn slowly(kind: ActionKind) -> Action {
    Action {
        fade: Fade {
            ms: 1_000.0,
            shape: Shape::Linear,
        },
        ..action(kind)
    }
}

fn controls() -> Vec<crate::source::Event> {
    vec![
        event("pause", vec![action(ActionKind::PauseAll)]),
        event("resume", vec![action(ActionKind::ResumeAll)]),
    ]
}

fn faded() -> Interactive {
    let mut events = controls();
    events.push(event("in", vec![slowly(ActionKind::Play("long".into()))]));
    events.push(event("go", vec![play("long")]));
    events.push(event("stop", vec![slowly(ActionKind::StopAll)]));
    let quiet = ActionKind::FadeTo(String::new(), 0.5, false);
    events.push(event("quiet", vec![slowly(quiet)]));
    Interactive {
        events,
        ..Interactive::default()
    }
}

#[test]
fn a_fade_stands_still_while_it_is_paused() {
    let mut stage = Stage::new(&faded());
    stage.post(0, "in");
    stage.post(24_000, "pause");
    stage.post(240_000, "resume");
    stage.run(300_000);
    for (t, gain) in [
        (24_100, 0.5),
        (150_000, 0.5),
        (240_032, 0.5),
        (252_000, 0.75),
        (265_000, 1.0),
    ] {
        let is = stage.gain_at(VoiceId(1), t);
        assert!((is - gain).abs() < 2e-3, "{t}: {is}");
    }
}

#[test]
fn a_fade_that_is_asked_for_in_a_pause_begins_behind_it() {
    let mut stage = Stage::new(&faded());
    stage.post(0, "go");
    stage.post(10_000, "pause");
    stage.post(30_000, "quiet");
    stage.post(100_000, "resume");
    stage.run(200_000);
    for (t, gain) in [(99_000, 1.0), (124_000, 0.75), (149_000, 0.5)] {
        let is = stage.gain_at(VoiceId(1), t);
        assert!((is - gain).abs() < 2e-3, "{t}: {is}");
    }
}

#[test]
fn a_stop_that_is_paused_ends_behind_the_pause_or_with_the_next_stop() {
    let mut stage = Stage::new(&faded());
    stage.post(0, "go");
    stage.post(10_000, "stop");
    stage.post(34_000, "pause");
    stage.post(100_000, "resume");
    stage.run(150_000);
    let stops = |stage: &Stage| -> Vec<String> {
        let voices = stage.voices().into_iter();
        voices.filter(|line| line.contains("stop")).collect()
    };
    assert_eq!(stops(&stage), ["124000 1 stop 0"]);
    let mut stage = Stage::new(&faded());
    stage.post(0, "go");
    stage.post(10_000, "stop");
    stage.post(34_000, "pause");
    stage.post(60_000, "stop");
    stage.run(70_000);
    assert_eq!(stops(&stage), ["60000 1 stop 0"]);
}
