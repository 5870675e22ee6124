//! What is told of what happens.

use std::sync::Arc;

use segue_rt::game::{GameCall, NameId};

use super::containers::{rtpc, switch_group};
use super::music::adaptive;
use super::stage::{Stage, action, bank, event, play};
use crate::bank::event::Do;
use crate::director::Config;
use crate::ids::EventIx;
use crate::source::{
    ActionKind, Duck, DuckSource, DuckTrigger, Interactive, Interp, Shape, SwitchFollow,
    SwitchGroup,
};
use crate::telemetry::{Outcome, What};

#[test]
fn a_voice_is_as_loud_as_its_buses_leave_it() {
    let source = Interactive {
        events: vec![event("go", vec![play("a")])],
        ..Interactive::default()
    };
    let level = |path: f32| {
        let mut stage = Stage::new(&source);
        stage.desk.path = path;
        stage.post(0, "go");
        stage.run(9_600);
        let told = stage.rows().into_iter().find_map(|row| match row.what {
            What::Voice { aud_db, .. } => Some(aud_db),
            _ => None,
        });
        told.unwrap()
    };
    assert!((level(1.0) + 20.0).abs() < 1e-4);
    assert!((level(0.1) + 40.0).abs() < 1e-4);
    assert_eq!(level(0.0), f32::NEG_INFINITY);
}

#[test]
fn an_event_without_actions_is_over_at_once() {
    let source = Interactive {
        events: vec![event("go", Vec::new())],
        ..Interactive::default()
    };
    let mut stage = Stage::new(&source);
    stage.post(0, "go");
    stage.post(480, "go");
    stage.run(960);
    let told = stage.rows().into_iter().map(|row| match row.what {
        What::Posted { .. } => ("posted", row.at),
        What::Finished { .. } => ("finished", row.at),
        _ => ("else", row.at),
    });
    assert_eq!(
        told.collect::<Vec<_>>(),
        [
            ("posted", 0),
            ("finished", 0),
            ("posted", 480),
            ("finished", 480)
        ]
    );
}

#[test]
fn a_value_is_told_as_it_is_taken() {
    let source = Interactive {
        rtpcs: vec![rtpc("x", Interp::None)],
        ..Interactive::default()
    };
    let mut stage = Stage::new(&source);
    stage.rtpc(0, "x", 99.0).rtpc(480, "x", 0.5);
    stage.run(960);
    let told = stage.rows().into_iter().filter_map(|row| match row.what {
        What::Rtpc { value, .. } => Some(value),
        _ => None,
    });
    assert_eq!(told.collect::<Vec<_>>(), [1.0, 0.5]);
}

#[test]
fn a_duck_or_layer_whose_row_was_lost_is_counted_and_told_again() {
    let duck = Duck {
        name: "vo".to_owned(),
        source: DuckSource::Bus("vo".to_owned()),
        target_bus: "music".to_owned(),
        depth_db: -6.0,
        attack_ms: 50.0,
        hold_ms: 0.0,
        release_ms: 500.0,
        trigger: DuckTrigger::Level,
        threshold_lin: 0.01,
        curve: Shape::Linear,
    };
    let source = Interactive {
        ducks: vec![duck],
        adaptive: Some(adaptive()),
        ..Interactive::default()
    };
    let mut stage = Stage::with(
        bank(&source),
        &Config {
            telemetry: 4,
            ..Config::default()
        },
    );
    let signal = NameId::of("danger");
    stage.at(960, GameCall::Signal { signal, value: 1.0 });
    // Nobody reads until everything has come to rest, on a bus that is loud.
    stage.desk.powers.fill(1.0);
    stage.run(192_000);
    assert!(stage.rows().len() <= 4);
    stage.run(193_000);
    let mut rows = stage.rows();
    stage.run(194_000);
    rows.extend(stage.rows());
    let has = |found: &dyn Fn(&What) -> bool| rows.iter().any(|row| found(&row.what));
    assert!(
        has(&|it| matches!(it, What::Dropped { rows, .. } if *rows > 0)),
        "{rows:?}"
    );
    assert!(
        has(&|it| matches!(it, What::Duck { envelope: 1.0, .. })),
        "{rows:?}"
    );
    assert!(
        has(&|it| matches!(
            it,
            What::Layer {
                gain: 1.0,
                target: 1.0,
                ..
            }
        )),
        "{rows:?}"
    );
}

/// A project cannot say so; a bank that does is stopped all the same.
#[test]
fn events_that_post_each_other_without_end_are_stopped() {
    let post = action(ActionKind::PostEvent("other".to_owned()));
    let source = Interactive {
        events: vec![
            event("go", vec![post, play("a")]),
            event("other", vec![play("b")]),
        ],
        ..Interactive::default()
    };
    let mut bank = Arc::into_inner(bank(&source)).unwrap();
    bank.events[0].actions[0].what = Do::Post(EventIx(0));
    let mut stage = Stage::of(Arc::new(bank));
    stage.post(0, "go");
    stage.run(480);
    let rows = stage.rows();
    let deep = rows.iter().filter(|row| {
        matches!(row.what, What::Action { result: Outcome::Depth, event, .. }
            if event == NameId::of("go"))
    });
    assert_eq!(deep.count(), 1, "{rows:?}");
    assert_eq!(stage.starts().len(), crate::limits::POST_DEPTH);
}

#[test]
fn what_was_lost_is_told_once_and_everything_is_counted() {
    let source = Interactive {
        events: vec![event("go", vec![play("a"), play("gone")])],
        ..Interactive::default()
    };
    let mut stage = Stage::new(&source);
    stage.listener.listen(false);
    stage.post(1, "go");
    stage.post(1, "none");
    stage.run(480);
    let counts = stage.listener.counts();
    assert_eq!(counts, stage.director.counts());
    let found = (counts.posts, counts.refused, counts.actions, counts.missing);
    assert_eq!(found, (1, 1, 2, 1));
    stage.listener.listen(true);
    stage.director.state.counts.lost_wakes += 3;
    stage.run(2_000);
    let lost = stage.rows().into_iter().filter_map(|row| match row.what {
        What::Dropped { wakes, .. } => Some(wakes),
        _ => None,
    });
    assert_eq!(lost.collect::<Vec<_>>(), [3]);
}

/// What is ignored is not told as done.
#[test]
fn an_action_that_meant_nothing_says_so() {
    let follows = SwitchGroup {
        name: "height".to_owned(),
        values: vec!["low".to_owned(), "high".to_owned()],
        follow: Some(SwitchFollow {
            rtpc: "x".to_owned(),
            thresholds: vec![0.5],
            hysteresis: 0.0,
        }),
        ..SwitchGroup::default()
    };
    let switch = |group: &str, value: &str| ActionKind::SetSwitch(group.into(), value.into());
    let source = Interactive {
        rtpcs: vec![rtpc("x", Interp::None)],
        switches: vec![follows, switch_group()],
        events: vec![event(
            "go",
            vec![
                action(switch("height", "high")),
                action(switch("ground", "stone")),
                action(ActionKind::SetSignal("win_tier".into(), 1.0)),
            ],
        )],
        ..Interactive::default()
    };
    let mut stage = Stage::new(&source);
    stage.post(0, "go");
    stage.run(480);
    let rows = stage.rows();
    let results = rows.iter().filter_map(|row| match row.what {
        What::Action { result, .. } => Some(result),
        _ => None,
    });
    let results: Vec<_> = results.collect();
    assert_eq!(results, [Outcome::Nothing, Outcome::Done, Outcome::Nothing]);
    // Nor is anything only counted: without adaptive layers there is no signal.
    let ignored = rows.iter().filter_map(|row| match row.what {
        What::Ignored { name, .. } => Some(name),
        _ => None,
    });
    let ignored: Vec<_> = ignored.collect();
    assert_eq!(ignored, ["height", "win_tier"].map(NameId::of));
    assert_eq!(stage.director.counts().ignored, 2);
}
