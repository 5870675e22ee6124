//! Sequences whose children loop by themselves.

use super::containers::{container, random, step};
use super::stage::{Stage, action, event, play};
use crate::source::{ActionKind, ContainerKind, Interactive, Sequence, SequenceEnd, Step};
use crate::telemetry::What;

fn playing(steps: Vec<Step>, end: SequenceEnd) -> Interactive {
    let kind = ContainerKind::Sequence(Sequence {
        steps,
        speed: 1.0,
        end,
    });
    Interactive {
        containers: vec![container("s", kind), container("r", random(&[("loop", 1)]))],
        events: vec![
            event("go", vec![play("s")]),
            event("break", vec![action(ActionKind::Break("s".into()))]),
        ],
        ..Interactive::default()
    }
}

fn times(child: &str, loop_count: u32) -> Step {
    Step {
        loop_count,
        ..step(child, 0.0, 0.0)
    }
}

/// Frames at which its sounds begin, the most that sound at a tick, and the frame of the end.
fn heard(steps: Vec<Step>, end: SequenceEnd, until: u64) -> (Vec<u64>, usize, Option<u64>) {
    let mut stage = Stage::new(&playing(steps, end));
    stage.post(0, "go");
    let mut most = 0;
    for at in (0..=until).step_by(480) {
        stage.run(at + 1);
        most = most.max(stage.desk.sounding());
    }
    let starts = stage.starts().iter().map(|it| it.0).collect();
    let rows = stage.rows();
    let mut over = rows.iter().filter_map(|row| match row.what {
        What::Finished { .. } => Some(row.at),
        _ => None,
    });
    (starts, most, over.next())
}

#[test]
fn a_step_plays_what_loops_as_often_as_it_says() {
    let frames = |count| heard(vec![times("loop", count)], SequenceEnd::Stop, 48_000).2;
    assert_eq!(frames(1), Some(4_800));
    assert_eq!(frames(3), Some(14_400));
    assert_eq!(frames(0), None, "for ever");
    // A written duration is filled.
    let filled = heard(vec![step("loop", 0.0, 250.0)], SequenceEnd::Stop, 24_000);
    assert_eq!(filled.2, Some(12_000));
    // What is below a container plays once too.
    let below = heard(vec![times("r", 1)], SequenceEnd::Stop, 24_000);
    assert_eq!(below.2, Some(4_800));
}

#[test]
fn passes_do_not_pile_up_what_loops() {
    for end in [SequenceEnd::Loop, SequenceEnd::PingPong] {
        for (count, length) in [(1, 4_800), (3, 14_400), (0, 4_800)] {
            let (starts, most, over) = heard(vec![times("loop", count)], end, 96_000);
            let expect: Vec<u64> = (0..=96_000).step_by(length).collect();
            assert_eq!(starts, expect, "{end:?} {count}");
            assert!(most <= 2, "{end:?} {count}: {most}");
            assert_eq!(over, None);
        }
    }
    // Beside a step that lasts longer, one of them goes on until its step begins anew.
    let steps = vec![times("loop", 0), step("b", 100.0, 0.0)];
    let (starts, most, _) = heard(steps, SequenceEnd::Loop, 96_000);
    assert_eq!(starts[..4], [0, 4_800, 14_400, 19_200]);
    assert!(most <= 3, "{most}");
}

#[test]
fn a_step_without_end_is_left_by_break_and_ends_with_the_last_pass() {
    let mut stage = Stage::new(&playing(vec![times("loop", 0)], SequenceEnd::Stop));
    stage.post(0, "go");
    stage.post(10_000, "break");
    stage.run(48_000);
    assert!(stage.voices().contains(&"10000 1 leave".to_owned()));
    let over = |row: &crate::telemetry::Row| match row.what {
        What::Finished { .. } => Some(row.at),
        _ => None,
    };
    let mut source = playing(vec![times("loop", 0)], SequenceEnd::Loop);
    source.events[0].actions[0].loop_count = 2;
    let mut stage = Stage::new(&source);
    stage.post(0, "go");
    stage.run(48_000);
    assert_eq!(stage.starts().len(), 2);
    assert_eq!(stage.rows().iter().find_map(over), Some(9_600));
}
