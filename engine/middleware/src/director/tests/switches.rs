//! Switch containers that wait.

use segue_rt::game::{GameCall, NameId, ObjectId};

use super::containers::{container, step, switch_group};
use super::stage::{SOUNDS, Stage, action, event, play};
use crate::music::Grid;
use crate::source::{
    ActionKind, ContainerKind, Interactive, OnChange, Sequence, SequenceEnd, Switch, Sync,
};
use crate::telemetry::{GridKind, What};

pub(super) fn source(first: &str, on_change: OnChange) -> Interactive {
    let switch = ContainerKind::Switch(Switch {
        group: "ground".into(),
        values: vec![
            ("wood".into(), vec![first.into()]),
            ("stone".into(), vec!["c".into()]),
            ("air".into(), vec!["b".into()]),
        ],
        on_change,
        ..Switch::default()
    });
    let sequence = |steps, end| {
        ContainerKind::Sequence(Sequence {
            steps,
            speed: 1.0,
            end,
        })
    };
    let two = vec![step("a", 0.0, 0.0), step("c", 150.1, 0.0)];
    let mut higher = play("s");
    higher.pitch_st = 12.0;
    Interactive {
        switches: vec![switch_group()],
        containers: vec![
            container("s", switch),
            container("once", sequence(two.clone(), SequenceEnd::Stop)),
            container("again", sequence(two, SequenceEnd::Loop)),
        ],
        events: vec![
            event("go", vec![play("s")]),
            event("higher", vec![higher]),
            event("pause", vec![action(ActionKind::Pause("s".into()))]),
            event("resume", vec![action(ActionKind::Resume("s".into()))]),
        ],
        ..Interactive::default()
    }
}

pub(super) fn ground(value: &str) -> GameCall {
    GameCall::SetSwitch {
        group: NameId::of("ground"),
        object: ObjectId(0),
        value: NameId::of(value),
    }
}

/// Starts of a switch whose first value plays `first`, posted at frame 100.
fn heard(first: &str, go: &str, turns: &[(u64, &str)]) -> Vec<(u64, &'static str)> {
    let mut stage = Stage::new(&source(first, OnChange::AfterEnd));
    stage.post(100, go);
    for (at, value) in turns {
        stage.at(*at, ground(value));
    }
    stage.run(60_000);
    stage.starts().iter().map(|it| (it.0, it.1)).collect()
}

#[test]
fn what_comes_after_the_end_comes_on_its_frame() {
    let (_, frames) = SOUNDS[0];
    let end = 100 + frames;
    // Between two ticks, whenever it is asked for, and not before what plays is over.
    for at in [100, 1_003, end - 80, end - 1] {
        assert_eq!(heard("a", "go", &[(at, "stone")]), [(100, "a"), (end, "c")]);
    }
    assert_eq!(
        heard("a", "higher", &[(1_003, "stone")]),
        [(100, "a"), (100 + frames / 2, "c")]
    );
    // The last word counts, and who goes back changes nothing.
    assert_eq!(
        heard("a", "go", &[(1_003, "stone"), (2_000, "air")]),
        [(100, "a"), (end, "b")]
    );
    assert_eq!(
        heard("a", "go", &[(1_003, "stone"), (end - 5, "wood")]),
        [(100, "a")]
    );
}

#[test]
fn what_never_ends_is_left_at_the_end_of_its_pass() {
    // The third pass of 4,800 frames.
    assert_eq!(
        heard("loop", "go", &[(12_345, "stone")]),
        [(100, "loop"), (14_500, "c")]
    );
    assert_eq!(
        heard("loop", "go", &[(12_345, "stone"), (14_400, "wood")]),
        [(100, "loop")]
    );
    let mut stage = Stage::new(&source("loop", OnChange::AfterEnd));
    stage.post(100, "go");
    stage.at(12_345, ground("stone"));
    stage.run(60_000);
    let over = stage
        .rows()
        .into_iter()
        .any(|row| matches!(row.what, What::Finished { .. }));
    assert!(over, "the loop has ended");
}

#[test]
fn sequences_are_waited_for_too() {
    // 150.1 ms and 2,400 frames of the last step.
    let end = 100 + 7_205 + 2_400;
    let steps = [(100, "a"), (7_305, "c")];
    let all = heard("once", "go", &[(1_003, "stone")]);
    assert_eq!(all, [steps.as_slice(), &[(end, "c")]].concat());
    let all = heard("again", "go", &[(1_003, "stone")]);
    assert_eq!(all, [steps.as_slice(), &[(end, "c")]].concat());
}

#[test]
fn a_pause_moves_the_end_that_is_waited_for() {
    let mut stage = Stage::new(&source("a", OnChange::AfterEnd));
    stage.post(100, "go");
    stage.at(1_003, ground("stone"));
    stage.post(1_760, "pause");
    stage.post(10_001, "resume");
    stage.run(60_000);
    let starts: Vec<_> = stage.starts().iter().map(|it| (it.0, it.1)).collect();
    assert_eq!(starts, [(100, "a"), (4_900 + 8_001, "c")]);
}

#[test]
fn a_change_on_a_grid_is_told() {
    let told = |transport| {
        let mut stage = Stage::new(&source("a", OnChange::Sync(Sync::Beat)));
        stage.desk.transport = transport;
        stage.post(0, "go");
        stage.at(1_000, ground("stone"));
        stage.run(60_000);
        let rows = stage.rows();
        let rows = rows.iter().filter_map(|row| match row.what {
            What::Sync {
                asked_at,
                requested,
                granted,
                granted_at,
                ..
            } => Some((asked_at, requested, granted, granted_at)),
            _ => None,
        });
        rows.collect::<Vec<_>>()
    };
    let (beat, now) = (GridKind::Beat, GridKind::Immediate);
    assert_eq!(told(None), [(1_000, beat, now, 1_000)]);
    // At frame 1,000 it is at beat 0.9 of 120 bpm: the next is 2,400 frames away.
    let place = Grid {
        t0: 1_000.0 - 0.9 * 24_000.0,
        beat: 24_000.0,
        per_bar: 4,
    };
    assert_eq!(told(Some(place)), [(1_000, beat, beat, 3_400)]);
}
