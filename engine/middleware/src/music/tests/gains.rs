//! Cross-fades: continuous, monotonic, of constant power; also interrupted.

use proptest::prelude::*;

use super::rig::{Rig, ms, rule, segment};
use crate::music::course::{Course, DuckCourse};
use crate::source::{self, Shape, Sync};

const SHAPES: [Shape; 18] = [
    Shape::Linear,
    Shape::Sine,
    Shape::Log4,
    Shape::Log2,
    Shape::Exp1,
    Shape::Exp3,
    Shape::S2,
    Shape::S3,
    Shape::InvS,
    Shape::QuadIn,
    Shape::QuadOut,
    Shape::QuadInOut,
    Shape::CubicIn,
    Shape::CubicOut,
    Shape::CubicInOut,
    Shape::ExpoIn,
    Shape::ExpoOut,
    Shape::SineS,
];

#[test]
fn the_formulas_are_those_of_the_specification() {
    use std::f64::consts::FRAC_PI_2;
    let (t0, n) = (1000, 4800);
    let arrive = Course::enter(0.0, 1.0, t0, n, Shape::S2);
    let leave = Course::leave(1.0, 1.0, t0, n, Shape::S2);
    for frame in 0..=n {
        let t = f64::from(frame) / f64::from(n);
        let s = if t < 0.5 {
            2.0 * t * t
        } else {
            1.0 - 2.0 * (1.0 - t) * (1.0 - t)
        };
        let at = t0 + u64::from(frame);
        assert!((f64::from(arrive.gain(at)) - (FRAC_PI_2 * s).sin()).abs() < 1e-6);
        assert!((f64::from(leave.gain(at)) - (FRAC_PI_2 * s).cos()).abs() < 1e-6);
    }
    assert_eq!((arrive.gain(0), arrive.gain(t0 + 4800)), (0.0, 1.0));
    assert_eq!((leave.gain(0), leave.gain(t0 + 4800)), (1.0, 0.0));
}

#[test]
fn a_step_is_a_step_on_its_frame() {
    let course = Course::enter(0.0, 0.5, 10, 0, Shape::Linear);
    assert_eq!((course.gain(9), course.gain(10)), (0.0, 0.5));
    let late = Course::enter(0.0, 1.0, 10, 100, Shape::Constant);
    assert_eq!((late.gain(109), late.gain(110)), (0.0, 1.0));
}

/// Both gains over a cross-fade that goes back at `turn`; every one starts where the other ended.
fn interrupted(shape: Shape, frames: u32, turn: u64) -> Vec<[f32; 2]> {
    let a = Course::leave(1.0, 1.0, 0, frames, shape);
    let b = Course::enter(0.0, 1.0, 0, frames, shape);
    let back_a = Course::enter(a.exact(turn), 1.0, turn, frames, shape);
    let back_b = Course::leave(b.exact(turn), 1.0, turn, frames, shape);
    let before = (0..turn).map(|t| [a.gain(t), b.gain(t)]);
    let after = (turn..=turn + u64::from(frames)).map(|t| [back_a.gain(t), back_b.gain(t)]);
    before.chain(after).collect()
}

proptest! {
    #[test]
    fn an_interrupted_cross_fade_has_no_step_and_constant_power(
        shape in prop::sample::select(SHAPES.to_vec()),
        frames in 2400u32..20_000,
        share in 0.0f64..1.0,
    ) {
        let turn = (f64::from(frames) * share) as u64;
        let gains = interrupted(shape, frames, turn);
        // The steepest shapes are roots at their ends.
        let step = 4.0 / (frames as f32).sqrt();
        for (t, pair) in gains.windows(2).enumerate() {
            for n in [0, 1] {
                prop_assert!((pair[1][n] - pair[0][n]).abs() <= step, "step at {}", t);
            }
            let down = (t as u64) + 1 < turn;
            if down {
                prop_assert!(pair[1][0] <= pair[0][0] && pair[1][1] >= pair[0][1]);
            } else if t as u64 >= turn {
                prop_assert!(pair[1][0] >= pair[0][0] && pair[1][1] <= pair[0][1]);
            }
        }
        for [a, b] in &gains {
            prop_assert!((a * a + b * b - 1.0).abs() <= 1e-6);
        }
        let last = gains[gains.len() - 1];
        prop_assert_eq!(last, [1.0, 0.0]);
    }

    #[test]
    fn a_glide_stays_between_its_ends(
        shape in prop::sample::select(SHAPES.to_vec()),
        from in 0.0f64..2.0,
        to in 0.0f32..2.0,
        frames in 1u32..10_000,
    ) {
        let course = Course::glide(from, to, 50, frames, shape);
        prop_assert_eq!(course.exact(50), from);
        prop_assert_eq!(course.gain(course.end()), to);
        let mut last = from as f32;
        for t in 50..=course.end() {
            let gain = course.gain(t);
            let on = if f64::from(to) >= from { gain >= last - 1e-6 } else { gain <= last + 1e-6 };
            prop_assert!(on);
            last = gain;
        }
    }
}

#[test]
fn ducks_are_straight_in_decibels_and_at_once_without_attack() {
    let duck = DuckCourse::new(0.0, -12.0, 100, 100);
    assert_eq!([duck.db(0), duck.db(150), duck.db(200)], [0.0, -6.0, -12.0]);
    let back = DuckCourse::new(duck.db(150), 0.0, 150, 60);
    assert_eq!(
        [back.db(150), back.db(180), back.db(210)],
        [-6.0, -3.0, 0.0]
    );
    let at_once = DuckCourse::new(0.0, -20.0, 7, 0);
    assert_eq!((at_once.db(6), at_once.db(7)), (0.0, -20.0));
}

/// Three segments, asked for faster than they fade: nothing steps and nothing turns back.
#[test]
fn music_that_is_interrupted_goes_on_from_its_gains() {
    let mut all = rule("*", "*", Sync::Immediate);
    (all.fade_out, all.fade_in) = (ms(500.0), ms(500.0));
    let mut rig = Rig::new(&source::Music {
        segments: vec![
            segment("a", 120.0, 90),
            segment("b", 90.0, 90),
            segment("c", 97.0, 90),
        ],
        transitions: vec![all],
        ..source::Music::default()
    });
    let asks = [
        (0, "a"),
        (48_000, "b"),
        (55_000, "c"),
        (60_000, "a"),
        (61_000, "b"),
    ];
    for (at, name) in asks {
        rig.play(at, name);
    }
    rig.until(200_000);
    let plays = rig.said.iter().filter_map(|(at, command)| match command {
        crate::music::Command::Start(start) => Some((*at, start.play)),
        _ => None,
    });
    let plays = plays.collect::<Vec<_>>();
    assert_eq!(plays.len(), 5);
    for (n, (started, play)) in plays.iter().enumerate() {
        let leaves = plays.get(n + 1).map_or(u64::MAX, |next| next.0);
        let mut last = 0.0;
        for t in (*started..120_000).step_by(16) {
            let gain = rig.gain(*play, t).unwrap_or(0.0);
            assert!(
                (gain - last).abs() < 0.002,
                "{n} steps from {last} to {gain} at {t}"
            );
            let rises = t <= leaves && gain >= last;
            let falls = t > leaves && (gain <= last || t < leaves + 16);
            assert!(rises || falls, "{n} at {t}");
            last = gain;
        }
        assert_eq!(last, if n == 4 { 1.0 } else { 0.0 });
    }
}
