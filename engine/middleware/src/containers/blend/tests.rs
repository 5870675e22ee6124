use proptest::prelude::*;

use super::*;
use crate::source::{Blend, BlendChild};

const FS: f64 = 48_000.0;

fn blend(law: BlendLaw, warp: BlendWarp, ranges: &[(f32, f32)]) -> Blend {
    let children = ranges.iter().map(|&(x_lo, x_hi)| BlendChild {
        child: "a".into(),
        x_lo,
        x_hi,
        gain_db: 0.0,
    });
    Blend {
        rtpc: "speed".into(),
        smooth_ms: 100.0,
        children: children.collect(),
        law,
        warp,
    }
}

fn gains(plan: &BlendPlan, x: f32) -> [f32; 8] {
    let mut gains = [0.0; 8];
    plan.gains(x, &mut gains, |_| {});
    gains
}

fn any_law() -> impl Strategy<Value = (BlendLaw, BlendWarp)> {
    let warps = prop_oneof![
        Just(BlendWarp::Linear),
        Just(BlendWarp::Smooth),
        Just(BlendWarp::Log),
        Just(BlendWarp::Exp)
    ];
    (
        prop_oneof![Just(BlendLaw::Power), Just(BlendLaw::Amplitude)],
        warps,
    )
}

proptest! {
    #[test]
    fn what_a_law_keeps_stays_one(
        (law, warp) in any_law(),
        // Each range begins between the end of the one before the last and that of the last.
        cuts in proptest::collection::vec((0.0..1.0f32, 0.1..10.0f32), 2..=8),
        u in 0.0..=1.0f32,
    ) {
        let mut ranges = vec![(-5.0f32, 5.0f32)];
        for (share, length) in cuts.iter().skip(1) {
            let (lo, hi) = ranges[ranges.len() - 1];
            let least = ranges.iter().rev().nth(1).map_or(lo, |(_, hi)| *hi).max(lo + 1e-3);
            let begin = least + (hi - least) * share;
            ranges.push((begin, hi + length));
        }
        let plan = BlendPlan::compile(&blend(law, warp, &ranges), FS).unwrap();
        let end = ranges[ranges.len() - 1].1;
        let gains = gains(&plan, -5.0 + (end + 5.0) * u);
        let sum: f64 = gains.map(f64::from).map(|gain| match law {
            BlendLaw::Power => gain * gain,
            BlendLaw::Amplitude => gain,
        }).iter().sum();
        prop_assert!((sum - 1.0).abs() < 1e-6, "{sum}");
    }
}

#[test]
fn children_are_heard_inside_and_cross_in_the_overlap() {
    let source = blend(
        BlendLaw::Power,
        BlendWarp::Linear,
        &[(4.0, 10.0), (0.0, 6.0), (12.0, 13.0)],
    );
    let plan = BlendPlan::compile(&source, FS).unwrap();
    let half = 0.5f32.sqrt();
    for (x, expect) in [
        (-0.1, [0.0, 0.0, 0.0]),
        (0.0, [0.0, 1.0, 0.0]),
        (4.0, [0.0, 1.0, 0.0]),
        (5.0, [half, half, 0.0]),
        (6.0, [1.0, 0.0, 0.0]),
        (10.0, [1.0, 0.0, 0.0]),
        (11.0, [0.0, 0.0, 0.0]),
        (13.0, [0.0, 0.0, 1.0]),
        (13.1, [0.0, 0.0, 0.0]),
    ] {
        for (gain, expect) in gains(&plan, x).iter().zip(expect) {
            assert!((gain - expect).abs() < 1e-6, "{gain} for {expect} at {x}");
        }
    }
}

#[test]
fn ranges_that_touch_change_over_without_a_gap() {
    let source = blend(
        BlendLaw::Power,
        BlendWarp::Linear,
        &[(0.0, 1.0), (1.0, 2.0), (2.0, 3.0)],
    );
    let plan = BlendPlan::compile(&source, FS).unwrap();
    assert_eq!(gains(&plan, 1.0)[..3], [0.0, 1.0, 0.0]);
    assert_eq!(gains(&plan, 3.0)[..3], [0.0, 0.0, 1.0]);
}

#[test]
fn own_gains_come_on_top_and_silence_has_a_reason() {
    let mut source = blend(
        BlendLaw::Power,
        BlendWarp::Linear,
        &[(0.0, 1.0), (2.0, 3.0)],
    );
    source.children[0].gain_db = -6.0;
    let plan = BlendPlan::compile(&source, FS).unwrap();
    let mut rows = Vec::new();
    plan.gains(0.5, &mut [0.0; 8], |row| {
        rows.push((row.child, row.reason, row.weight_or_gain))
    });
    let gain = 10f32.powf(-0.3);
    assert_eq!(rows[1], (1, Reason::GainZero, 0.0));
    assert_eq!((rows[0].0, rows[0].1), (0, Reason::Selected));
    assert!((rows[0].2 - gain).abs() < 1e-6);
}

#[test]
fn the_input_is_smoothed_critically() {
    let plan = blend(BlendLaw::Power, BlendWarp::Linear, &[(0.0, 1.0)]);
    let plan = BlendPlan::compile(&plan, FS).unwrap();
    let mut state = BlendState::new(0.0);
    assert_eq!(state.input(&plan, 0, 0.0), 0.0);
    assert_eq!(state.input(&plan, 32, 1.0), 0.0);
    assert!(state.moving(32));
    assert!((state.input(&plan, 32 + 4800, 1.0) - 0.9).abs() < 1e-4);
    assert_eq!(state.input(&plan, 1_000_000, 1.0), 1.0);
    assert!(!state.moving(1_000_000));
}

#[test]
fn bad_blends_are_named() {
    let bad = |ranges: &[(f32, f32)]| {
        let source = blend(BlendLaw::Power, BlendWarp::Linear, ranges);
        let problems = BlendPlan::compile(&source, FS).unwrap_err();
        (problems[0].path.clone(), problems[0].message.clone())
    };
    let three = bad(&[(0.0, 2.0), (1.0, 3.0), (1.5, 4.0)]);
    assert_eq!(three.0, "children[2]");
    assert_eq!(
        three.1,
        "three ranges over 1.5: begin at 2 or above, where children[0] ends"
    );
    assert_eq!(
        bad(&[(1.0, 2.0), (0.0, 3.0)]).0,
        "children[0]",
        "inside another"
    );
    assert_eq!(
        bad(&[(0.0, 1.0), (0.0, 1.0)]).0,
        "children[1]",
        "the same twice"
    );
    let source = blend(
        BlendLaw::Power,
        BlendWarp::Linear,
        &[(6.0, 0.0), (1.0, 2.0)],
    );
    let turned = BlendPlan::compile(&source, FS).unwrap_err();
    assert_eq!(
        turned.len(),
        1,
        "a range that is none is told once: {turned:?}"
    );
    assert_eq!(bad(&[(1.0, 1.0)]).0, "children[0].x_hi");
    assert_eq!(bad(&[(f32::NAN, 1.0)]).0, "children[0].x_hi");
    assert_eq!(bad(&[]).0, "children");
    let nine: Vec<_> = (0..9u8)
        .map(|n| (f32::from(n), f32::from(n) + 1.0))
        .collect();
    assert_eq!(bad(&nine).0, "children");
}
