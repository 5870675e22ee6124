//! Scopes: one post that plays on many objects, and actions on one of many sounds.

use segue_rt::command::Reason;
use segue_rt::game::PlayingId;

use super::desk::Told;
use super::stage::{Stage, action, event, play};
use crate::source::{Action, ActionKind, Event, Fade, Interactive, LimitRule, Scope, Shape};
use crate::telemetry::{Row, What};
use segue_rt::voices::VoiceCommand;

fn on_all(target: &str, limit_rule: LimitRule) -> Interactive {
    let go = Action {
        scope: Scope::All,
        ..play(target)
    };
    let go = Event {
        max_instances: 1,
        limit_rule,
        ..event("go", vec![go])
    };
    Interactive {
        events: vec![go],
        ..Interactive::default()
    }
}

fn crowd(source: &Interactive) -> Stage {
    let mut stage = Stage::new(source);
    for object in 1..=3 {
        stage.register(0, object);
    }
    stage
}

fn refused(rows: &[Row]) -> Vec<(u64, Reason)> {
    let refused = rows.iter().filter_map(|row| match row.what {
        What::Refused { reason, .. } => Some((row.at, reason)),
        _ => None,
    });
    refused.collect()
}

fn finished(rows: &[Row]) -> Vec<(u64, PlayingId)> {
    let finished = rows.iter().filter_map(|row| match row.what {
        What::Finished { playing, .. } => Some((row.at, playing)),
        _ => None,
    });
    finished.collect()
}

#[test]
fn a_post_that_plays_on_many_objects_counts_once_and_is_over_with_the_last() {
    let mut stage = crowd(&on_all("a", LimitRule::DiscardNewest));
    let first = stage.post(0, "go");
    stage.post(2_400, "go");
    let third = stage.post(9_600, "go");
    stage.run(24_000);
    let rows = stage.rows();
    assert_eq!(stage.starts().len(), 6);
    assert_eq!(refused(&rows), [(2_400, Reason::LimitEvent)]);
    // 4,800 frames each, told with the tick at which the voices are found to be over.
    assert_eq!(finished(&rows), [(4_800, first), (14_400, third)]);
}

#[test]
fn a_post_that_gives_way_does_so_on_all_objects() {
    let mut stage = crowd(&on_all("long", LimitRule::DiscardOldest));
    let first = stage.post(0, "go");
    stage.post(4_800, "go");
    stage.run(9_600);
    let mut stopped: Vec<u64> = stage
        .desk
        .told
        .iter()
        .filter_map(|(_, told)| match told {
            Told::Voice(VoiceCommand::Stop { voice, .. }) => Some(voice.0),
            _ => None,
        })
        .collect();
    stopped.sort_unstable();
    assert_eq!(stopped, [1, 2, 3]);
    let rows = stage.rows();
    assert_eq!(
        finished(&rows).iter().map(|it| it.1).collect::<Vec<_>>(),
        [first]
    );
    // What is left is still one post.
    stage.post(9_600, "go");
    stage.run(14_400);
    assert_eq!(stage.starts().len(), 9);
    let over: Vec<_> = finished(&stage.rows());
    assert_eq!(over.len(), 1);
}

#[test]
fn a_post_that_gives_way_in_a_pause_is_over_once() {
    let mut source = on_all("long", LimitRule::DiscardOldest);
    let pause = event("pause", vec![action(ActionKind::PauseAll)]);
    source.events.push(pause);
    let mut stage = crowd(&source);
    stage.post(0, "go");
    stage.post_on(2_400, "pause", 1);
    for object in [2, 3] {
        stage.post_on(2_400, "pause", object);
    }
    // It is over in that moment, and the next ones find it gone.
    for at in [4_800, 9_600, 14_400] {
        stage.post(at, "go");
        stage.run(at + 2_400);
    }
    assert_eq!(refused(&stage.rows()), []);
    assert_eq!(stage.starts().len(), 12);
}

fn single(kind: ActionKind, scope: Scope) -> Action {
    Action {
        scope,
        fade: Fade {
            ms: 1_000.0,
            shape: Shape::Linear,
        },
        ..action(kind)
    }
}

/// The voices that were told a gain at each frame of `frames`.
fn touched(stage: &Stage, frames: [u64; 2]) -> Vec<u64> {
    let told = stage.desk.told.iter();
    let mut voices: Vec<u64> = told
        .filter(|(at, _)| (frames[0]..frames[1]).contains(at))
        .filter_map(|(_, told)| match told {
            Told::Voice(VoiceCommand::Gain { voice, .. }) => Some(voice.0),
            _ => None,
        })
        .collect();
    voices.sort_unstable();
    voices.dedup();
    voices
}

#[test]
fn a_stop_of_one_takes_one_that_does_not_stop_already() {
    for scope in [Scope::FirstOnly, Scope::Random] {
        let stop = single(ActionKind::Stop("loop".into()), scope);
        let source = Interactive {
            events: vec![event("go", vec![play("loop")]), event("stop", vec![stop])],
            ..Interactive::default()
        };
        let mut stage = Stage::new(&source);
        for n in 0..4 {
            stage.post(n, "go");
        }
        for _ in 0..3 {
            stage.post(4_800, "stop");
        }
        stage.run(7_200);
        let three = touched(&stage, [4_800, 7_200]);
        assert_eq!(three.len(), 3, "{scope:?}");
        if scope == Scope::FirstOnly {
            assert_eq!(three, [1, 2, 3]);
        }
        stage.post(9_600, "stop");
        stage.run(12_000);
        assert_eq!(touched(&stage, [9_600, 12_000]), [1, 2, 3, 4], "{scope:?}");
    }
}

#[test]
fn several_picks_on_one_frame_are_several_draws() {
    let quiet = single(ActionKind::FadeTo("loop".into(), 0.5, false), Scope::Random);
    let source = Interactive {
        events: vec![event("go", vec![play("loop")]), event("quiet", vec![quiet])],
        ..Interactive::default()
    };
    let run = |block| {
        let mut stage = Stage::new(&source);
        for n in 0..8 {
            stage.post(n, "go");
        }
        for _ in 0..8 {
            stage.post(4_800, "quiet");
        }
        stage.run_in(7_200, block);
        touched(&stage, [4_800, 7_200])
    };
    let voices = run(512);
    assert!(voices.len() > 2, "{voices:?}");
    assert_eq!(run(31), voices);
}
