use proptest::prelude::*;

use super::*;
use crate::source::{Sequence, Step};

const FS: f64 = 48_000.0;

/// Steps of (start, duration) in ms.
fn sequence(speed: f32, end: SequenceEnd, steps: &[(f64, f64)]) -> Sequence {
    let steps = steps.iter().map(|&(start_ms, duration_ms)| Step {
        child: "a".into(),
        start_ms,
        duration_ms,
        loop_count: 1,
        ..Step::default()
    });
    Sequence {
        steps: steps.collect(),
        speed,
        end,
    }
}

fn plan(speed: f32, end: SequenceEnd, steps: &[(f64, f64)]) -> SequencePlan {
    SequencePlan::compile(&sequence(speed, end, steps), FS).unwrap()
}

fn starts(plan: &SequencePlan, at: u64, count: usize) -> Vec<(u8, u64, u64)> {
    let mut state = SequenceState::new(plan, at, |_| 0);
    std::iter::from_fn(|| state.take_due(plan, u64::MAX - 1))
        .take(count)
        .map(|start| (start.step, start.at, start.end))
        .collect()
}

#[test]
fn a_million_loops_drift_by_nothing() {
    // 1/3 ms and 0.7 do not fit into frames: the ideal is computed in whole numbers.
    let (numerator, denominator) = (100_000u128 + 1000, 3u128);
    let length_ms = 101_000.0 / 3.0;
    let plan = plan(0.75, SequenceEnd::Loop, &[(0.0, length_ms)]);
    let mut state = SequenceState::new(&plan, 1000, |_| 0);
    for k in 0..1_000_000u64 {
        let start = state.take_due(&plan, u64::MAX - 1).unwrap();
        // k · length · 48 / 0.75, rounded.
        let (a, b) = (u128::from(k) * numerator * 48 * 4, denominator * 3);
        let ideal = 1000 + u64::try_from((2 * a + b) / (2 * b)).unwrap();
        assert_eq!((start.at, start.pass), (ideal, k));
    }
}

#[test]
fn steps_begin_and_end_at_their_frames() {
    let plan = plan(2.0, SequenceEnd::Stop, &[(100.0, 50.0), (0.0, 120.0)]);
    assert_eq!(starts(&plan, 10, 9), [(1, 10, 2890), (0, 2410, 3610)]);
    let mut state = SequenceState::new(&plan, 10, |_| 0);
    assert_eq!((state.next_due(&plan), state.over_at()), (10, u64::MAX));
    assert!(state.take_due(&plan, 9).is_none());
    assert!(state.take_due(&plan, 10).is_some());
    assert_eq!(state.next_due(&plan), 2410);
    assert!(state.take_due(&plan, 3000).is_some());
    assert_eq!((state.next_due(&plan), state.over_at()), (u64::MAX, 3610));
}

#[test]
fn ping_pong_reflects_at_both_ends() {
    let plan = plan(1.0, SequenceEnd::PingPong, &[(0.0, 10.0), (10.0, 30.0)]);
    let found = starts(&plan, 0, 6);
    let expect = [
        (0, 0, 480),
        (1, 480, 1920),
        (1, 1920, 3360),
        (0, 3360, 3840),
        (0, 3840, 4320),
        (1, 4320, 5760),
    ];
    assert_eq!(found, expect);
    let state = SequenceState::new(&plan, 0, |_| 0);
    let place = |at| state.position(&plan, at) >> 32;
    assert_eq!(
        [1919, 1920, 1921, 3839, 3840, 3841].map(place),
        [1919, 1920, 1919, 1, 0, 1]
    );
}

#[test]
fn a_loop_carries_its_residue() {
    let plan = plan(1.0, SequenceEnd::Loop, &[(0.0, 10.01)]);
    let state = SequenceState::new(&plan, 0, |_| 0);
    let length = 480.48 * 4_294_967_296.0;
    let place = state.position(&plan, 481) as f64;
    assert!(
        (place - (481.0 * 4_294_967_296.0 - length)).abs() < 2.0,
        "{place}"
    );
}

#[test]
fn natural_lengths_come_from_the_children() {
    let plan = plan(1.0, SequenceEnd::Loop, &[(0.0, 0.0), (10.0, 0.0)]);
    let mut state = SequenceState::new(&plan, 0, |step| [5000, 1000][usize::from(step)]);
    let mut next = || state.take_due(&plan, u64::MAX - 1).unwrap();
    let found = [next(), next(), next()].map(|start| (start.step, start.at, start.end));
    let left_alone = u64::MAX;
    assert_eq!(
        found,
        [
            (0, 0, left_alone),
            (1, 480, left_alone),
            (0, 5000, left_alone)
        ]
    );
    // Nobody knows any length: it still does not repeat faster than every 10 ms.
    let plan = self::plan(1.0, SequenceEnd::Loop, &[(0.0, 0.0)]);
    assert_eq!(starts(&plan, 0, 2)[1].1, 480);
}

#[test]
fn the_last_is_held_and_a_left_sequence_ends_after_its_step() {
    let held = plan(1.0, SequenceEnd::HoldLast, &[(0.0, 10.0), (10.0, 10.0)]);
    let mut state = SequenceState::new(&held, 0, |_| 0);
    state.take_due(&held, 480).unwrap();
    let last = state.take_due(&held, 480).unwrap();
    assert_eq!(
        (last.end, last.loop_count, state.over_at()),
        (u64::MAX, 0, u64::MAX)
    );

    let looped = plan(1.0, SequenceEnd::Loop, &[(0.0, 10.0), (10.0, 20.0)]);
    let mut state = SequenceState::new(&looped, 0, |_| 0);
    state.take_due(&looped, 0).unwrap();
    state.take_due(&looped, 480).unwrap();
    state.leave();
    assert_eq!((state.next_due(&looped), state.over_at()), (u64::MAX, 1440));
}

#[test]
fn a_pause_moves_what_is_to_come() {
    let plan = plan(1.0, SequenceEnd::Stop, &[(0.0, 10.0), (10.0, 10.0)]);
    let mut state = SequenceState::new(&plan, 0, |_| 0);
    state.take_due(&plan, 0).unwrap();
    state.postpone(1000);
    assert_eq!(state.take_due(&plan, 1480).unwrap().at, 1480);
    assert_eq!(state.over_at(), 1960);
}

#[test]
fn bad_sequences_are_named() {
    let bad = |edit: fn(&mut Sequence)| {
        let mut source = sequence(1.0, SequenceEnd::Loop, &[(0.0, 10.0)]);
        edit(&mut source);
        let problems = SequencePlan::compile(&source, FS).unwrap_err();
        problems[0].path.clone()
    };
    assert_eq!(bad(|source| source.steps.clear()), "steps");
    assert_eq!(bad(|source| source.speed = 0.0), "speed");
    assert_eq!(
        bad(|source| source.steps[0].start_ms = f64::NAN),
        "steps[0].start_ms"
    );
    assert_eq!(bad(|source| source.steps[0].duration_ms = 1.0), "steps");
    assert_eq!(
        bad(|source| source.steps[0].gain_db = 99.0),
        "steps[0].gain_db"
    );
}

fn any_end() -> impl Strategy<Value = SequenceEnd> {
    prop_oneof![
        Just(SequenceEnd::Stop),
        Just(SequenceEnd::Loop),
        Just(SequenceEnd::HoldLast),
        Just(SequenceEnd::PingPong),
    ]
}

proptest! {
    #[test]
    fn where_time_is_cut_does_not_matter(
        speed in 0.1..10.0f32,
        end in any_end(),
        steps in proptest::collection::vec((0.0..50.0f64, 10.0..50.0f64), 1..8),
        block in 1u64..5000,
    ) {
        let plan = plan(speed, end, &steps);
        let mut whole = SequenceState::new(&plan, 7, |_| 0);
        let mut cut = whole.clone();
        let mut a = Vec::new();
        while let Some(start) = whole.take_due(&plan, 20_000) {
            a.push(start);
        }
        let mut b = Vec::new();
        for at in (0..20_000).step_by(usize::try_from(block).unwrap()).chain([20_000]) {
            while let Some(start) = cut.take_due(&plan, at) {
                b.push(start);
            }
        }
        prop_assert_eq!(&a, &b);
        prop_assert!(a.windows(2).all(|pair| pair[0].at <= pair[1].at));
        // Another bank with the same plan goes on with the same steps.
        let old = SequenceState::new(&plan, 7, |_| 0);
        let mut new = old.clone();
        new.carry_over(&plan, 9000, &old, |_| 0);
        let rest: Vec<_> = std::iter::from_fn(|| new.take_due(&plan, 20_000)).collect();
        let expect: Vec<_> = a.iter().copied().filter(|start| start.at >= 9000).collect();
        prop_assert_eq!(rest, expect);
    }
}
