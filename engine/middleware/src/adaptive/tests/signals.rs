//! Signals: normalisation, momentum, velocity, and what conditions see of them.

use segue_rt::game::NameId;

use super::rig::{Do, MS, UP, carry_out, compare, form, on, profile, rule, run};
use crate::adaptive::signals::BUILT_IN;
use crate::adaptive::{Adaptive, Effects};
use crate::source::{Compare, Normalise, RuleCondition, Signal};

#[test]
fn values_are_normalised_by_the_formulas() {
    for (normalise, x, y) in [
        (Normalise::None, 3.5, 3.5),
        (Normalise::Linear { a: 2.0, b: 4.0 }, 1.0, 0.0),
        (Normalise::Linear { a: 2.0, b: 4.0 }, 2.5, 0.25),
        (Normalise::Linear { a: 4.0, b: 2.0 }, 2.5, 0.75),
        (Normalise::Linear { a: 2.0, b: 4.0 }, 9.0, 1.0),
        (Normalise::Sigmoid { k: 2.0, m: 1.0 }, 1.0, 0.5),
        (Normalise::Sigmoid { k: 2.0, m: 1.0 }, 2.0, 0.880_797),
        (Normalise::Asymptotic { k: 0.3 }, 0.0, 0.0),
        (Normalise::Asymptotic { k: 0.3 }, 2.0, 0.451_188_36),
        (Normalise::Asymptotic { k: 0.3 }, -1e9, 0.0),
    ] {
        assert!((normalise.value(x) - y).abs() < 1e-6, "{normalise:?} {x}");
    }
}

#[test]
fn those_that_are_always_there_have_the_forms_of_the_table() {
    let form = form(&profile(vec![]));
    let mut engine = Adaptive::new(&form);
    for (name, x, normal) in [
        ("win_tier", 2.5, 0.5),
        ("feature_progress", 0.5, 0.5),
        ("respins_remaining", 5.0, 0.5),
        ("win_x_bet", 10.0, 1.0 - (-0.5f32).exp()),
        ("consecutive_wins", 2.0, 1.0 - (-0.6f32).exp()),
        ("consecutive_losses", 2.0, 1.0 - (-0.4f32).exp()),
        ("win_streak_length", 2.0, 1.0 - (-0.5f32).exp()),
        ("loss_streak_length", 2.0, 1.0 - (-0.3f32).exp()),
        ("multiplier", 2.0, 1.0 - (-0.2f32).exp()),
        ("cascade_depth", 2.0, 1.0 - (-0.6f32).exp()),
        ("jackpot_proximity", 2.0, 1.0 - (-1.0f32).exp()),
        ("balance_trend", 0.5, 1.0 / (1.0 + (-1.0f32).exp())),
        ("session_profit", 2.0, 1.0 / (1.0 + (-1.0f32).exp())),
        ("near_miss_intensity", 2.0, 2.0),
        ("anticipation_level", 2.0, 2.0),
        ("spins_in_feature", 2.0, 2.0),
        ("total_feature_spins", 2.0, 2.0),
        ("turbo_mode", 1.0, 1.0),
        ("momentum", 0.5, 0.5),
        ("velocity", 0.5, 0.5),
    ] {
        assert!(engine.signal(&form, NameId::of(name), x), "{name}");
        engine.tick(&form, 480, &mut Effects::default());
        let (raw, found) = engine
            .value(form.signal(NameId::of(name)).unwrap())
            .unwrap();
        assert!(raw == x && (found - normal).abs() < 1e-6, "{name}: {found}");
    }
    assert_eq!(BUILT_IN.len(), 20);
}

/// The value of a signal after the calls, of which each is followed by a tick.
fn after(calls: &[(u64, Do)], signal: &str) -> f32 {
    let mut source = profile(vec![]);
    source.signals[2].default = 1.0;
    let form = form(&source);
    let mut engine = Adaptive::new(&form);
    let mut out = Effects::default();
    for (at, call) in calls {
        carry_out(&mut engine, &form, at * MS, *call, &mut out);
        engine.tick(&form, at * MS, &mut out);
    }
    engine
        .value(form.signal(NameId::of(signal)).unwrap())
        .unwrap()
        .0
}

#[test]
fn momentum_and_velocity_follow_every_update() {
    let calls = [(10, Do::Set("y", 1.0)), (510, Do::Set("y", 3.0))];
    // 0.2·1, then + 0.2·(3 - 0.2).
    assert!((after(&calls, "momentum") - 0.76).abs() < 1e-6);
    assert!((after(&calls, "velocity") - 4.0).abs() < 1e-6);
    assert_eq!(
        after(&calls[..1], "velocity"),
        0.0,
        "of the first nothing is known"
    );
    assert_eq!(after(&[], "x"), 1.0);
}

#[test]
fn parts_of_a_signal_can_be_compared() {
    for (signal, value, at) in [("x.momentum", 0.5, 30), ("x.velocity", 50.0, 30)] {
        let fast = rule("r", compare(signal, Compare::Gt, value), UP);
        let mut source = profile(vec![fast]);
        source.contexts[0].constraints.max = 1;
        let calls = [
            (10, Do::Set("x", 1.0)),
            (20, Do::Set("x", 1.1)),
            (30, Do::Set("x", 2.0)),
        ];
        assert_eq!(run(&source, &calls, 100).levels(), [(at, 1)], "{signal}");
    }
}

#[test]
fn comparisons_see_this_tick_and_the_one_before() {
    // x is 1, then 2, then 2, then 3; each comparison holds at these ticks.
    for (op, value, at) in [
        (Compare::Gt, 2.0, vec![40]),
        (Compare::Gte, 2.0, vec![20, 30, 40]),
        (Compare::Lt, 2.0, vec![0, 10]),
        (Compare::Lte, 2.0, vec![0, 10, 20, 30]),
        (Compare::Eq, 2.0, vec![20, 30]),
        (Compare::Neq, 2.0, vec![0, 10, 40]),
        (Compare::Changed, 0.0, vec![10, 20, 40]),
        (Compare::Increased, 0.0, vec![10, 20, 40]),
        (Compare::Decreased, 0.0, vec![]),
        (Compare::InRange, 1.5, vec![20, 30]),
        (Compare::OutOfRange, 1.5, vec![0, 10, 40]),
        (Compare::CrossedUp, 2.0, vec![20]),
        (Compare::CrossedDown, 2.0, vec![]),
        (Compare::IsTrue, 0.0, vec![10, 20, 30, 40]),
        (Compare::IsFalse, 0.0, vec![0]),
    ] {
        let calls = [
            (10, Do::Set("x", 1.0)),
            (20, Do::Set("x", 2.0)),
            (40, Do::Set("x", 3.0)),
        ];
        assert_eq!(times(compare("x", op, value), &calls), at, "{op:?}");
    }
    let falls = [(10, Do::Set("x", 3.0)), (20, Do::Set("x", 1.0))];
    assert_eq!(times(compare("x", Compare::Decreased, 0.0), &falls), [20]);
    assert_eq!(times(compare("x", Compare::CrossedDown, 2.0), &falls), [20]);
}

/// The ticks up to 40 ms at which a condition holds: there the level goes up, else to 0.
fn times(condition: RuleCondition, calls: &[(u64, Do)]) -> Vec<u64> {
    let source = profile(vec![
        rule("holds", condition.clone(), UP),
        rule(
            "not",
            RuleCondition::Not(Box::new(condition)),
            crate::source::RuleAction::SetLevel(0),
        ),
    ]);
    let trace = run(&source, calls, 40);
    trace
        .levels()
        .iter()
        .filter(|it| it.1 > 0)
        .map(|it| it.0)
        .collect()
}

#[test]
fn the_raw_or_the_normalised_value_is_read() {
    for (raw, levels) in [(true, vec![]), (false, vec![(10, 1)])] {
        let condition = RuleCondition::Compare {
            signal: "win_tier".to_owned(),
            raw,
            op: Compare::Lt,
            value: 0.5,
            high: 0.0,
        };
        let both = RuleCondition::And(vec![on("win_tier"), condition]);
        let mut source = profile(vec![rule("r", both, UP)]);
        source.contexts[0].constraints.max = 1;
        let trace = run(&source, &[(10, Do::Set("win_tier", 1.0))], 30);
        assert_eq!(trace.levels(), levels, "{raw}");
    }
}

#[test]
fn a_profile_gives_one_that_is_always_there_another_form() {
    let mut source = profile(vec![]);
    source.signals.push(Signal {
        name: "win_tier".to_owned(),
        normalise: Normalise::Linear { a: 0.0, b: 10.0 },
        default: 5.0,
    });
    let form = form(&source);
    let engine = Adaptive::new(&form);
    let value = engine.value(form.signal(NameId::of("win_tier")).unwrap());
    assert_eq!(value, Some((5.0, 0.5)));
    assert_eq!(form.signals(), 5 + 20);
}
