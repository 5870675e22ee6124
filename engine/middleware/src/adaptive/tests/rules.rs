//! Rules: conditions in time, actions, and which of them fires.

use super::rig::{DOWN, Do, UP, compare, on, profile, rule, run};
use crate::adaptive::{Cause, Effect, Refusal, RuleIx};
use crate::ids::EventIx;
use crate::source::{Compare, RuleAction, RuleCondition, SideEffects};

#[test]
fn a_refused_rule_never_keeps_a_later_one_from_firing() {
    let mut first = rule("first", on("go"), RuleAction::SetLevel(4));
    first.priority = 200;
    first.cooldown_ms = 10_000.0;
    let second = rule("second", on("go"), RuleAction::SetLevel(1));
    let source = profile(vec![second, first]);
    let trace = run(&source, &[(10, Do::Set("go", 1.0))], 100);
    assert_eq!(trace.levels(), [(10, 4), (20, 1)]);
    assert_eq!(
        trace.refusals(1),
        [(30, Refusal::RuleCooldown)],
        "told once"
    );
}

#[test]
fn of_equal_priority_the_first_of_the_profile_fires() {
    let source = profile(vec![
        rule("first", on("go"), RuleAction::SetLevel(2)),
        rule(
            "second",
            RuleCondition::And(vec![on("go")]),
            RuleAction::SetLevel(3),
        ),
    ]);
    let trace = run(&source, &[(10, Do::Set("go", 1.0))], 10);
    assert_eq!(trace.levels(), [(10, 2)]);
    assert_eq!(trace.causes(), [Cause::Rule(RuleIx(0))]);
}

#[test]
fn steps_stay_within_their_bounds() {
    for (action, from, levels) in [
        (
            RuleAction::StepUp {
                n: 2,
                min: 0,
                max: 4,
            },
            1,
            vec![3, 4],
        ),
        (
            RuleAction::StepUp {
                n: 1,
                min: 3,
                max: 4,
            },
            0,
            vec![3, 4],
        ),
        (
            RuleAction::StepUp {
                n: 1,
                min: 0,
                max: 2,
            },
            3,
            vec![],
        ),
        (
            RuleAction::StepDown {
                n: 3,
                min: 0,
                max: 4,
            },
            4,
            vec![1, 0],
        ),
        (
            RuleAction::StepDown {
                n: 1,
                min: 0,
                max: 2,
            },
            4,
            vec![2, 1, 0],
        ),
        (
            RuleAction::StepDown {
                n: 1,
                min: 2,
                max: 4,
            },
            1,
            vec![],
        ),
    ] {
        let source = profile(vec![rule("r", on("go"), action)]);
        let calls = [(0, Do::Level(from)), (10, Do::Set("go", 1.0))];
        let trace = run(&source, &calls, 100);
        let found = trace
            .levels()
            .into_iter()
            .filter(|it| it.0 > 0)
            .map(|it| it.1);
        assert_eq!(found.collect::<Vec<_>>(), levels, "{action:?} from {from}");
        assert_eq!(
            trace.refusals(0).last().map(|it| it.1),
            Some(Refusal::Bounds)
        );
    }
}

#[test]
fn a_condition_is_held_without_a_break() {
    let held = RuleCondition::HeldFor(Box::new(on("go")), 50.0);
    let source = profile(vec![rule("r", held, RuleAction::SetLevel(1))]);
    let calls = [
        (10, Do::Set("go", 1.0)),
        (50, Do::Set("go", 0.0)),
        (60, Do::Set("go", 1.0)),
    ];
    assert_eq!(run(&source, &calls, 200).levels(), [(110, 1)]);
}

#[test]
fn the_timers_of_a_rule_run_while_it_is_elsewhere_in_its_condition() {
    let held = RuleCondition::HeldFor(Box::new(on("x")), 50.0);
    let both = RuleCondition::And(vec![on("go"), held]);
    let source = profile(vec![rule("r", both, RuleAction::SetLevel(1))]);
    let calls = [(10, Do::Set("x", 1.0)), (100, Do::Set("go", 1.0))];
    assert_eq!(run(&source, &calls, 200).levels(), [(100, 1)]);
}

#[test]
fn a_sequence_comes_true_in_its_order_within_its_time() {
    let sequence = RuleCondition::Sequence(vec![on("x"), on("y"), on("go")], 100.0);
    let source = profile(vec![rule("r", sequence, RuleAction::SetLevel(1))]);
    for (times, levels) in [
        ([10, 50, 110], vec![(110, 1)]),
        ([10, 50, 120], vec![]),
        ([50, 10, 110], vec![]),
        ([10, 10, 110], vec![]),
    ] {
        let calls = [
            (times[0], Do::Set("x", 1.0)),
            (times[1], Do::Set("y", 1.0)),
            (times[2], Do::Set("go", 1.0)),
        ];
        assert_eq!(run(&source, &calls, 300).levels(), levels, "{times:?}");
    }
}

#[test]
fn lists_and_not_are_what_they_say() {
    let both = RuleCondition::And(vec![on("x"), on("y")]);
    let either = RuleCondition::Or(vec![on("x"), on("y"), both.clone()]);
    let not = RuleCondition::Not(Box::new(either.clone()));
    for (condition, truths) in [
        (both, [false, false, false, true]),
        (either, [false, true, true, true]),
        (not, [true, false, false, false]),
    ] {
        for (n, truth) in truths.into_iter().enumerate() {
            let source = profile(vec![rule("r", condition.clone(), RuleAction::SetLevel(1))]);
            let [x, y] = [n & 1, n >> 1].map(|bit| bit as f32);
            let calls = [(0, Do::Set("x", x)), (0, Do::Set("y", y))];
            let fired = !run(&source, &calls, 10).levels().is_empty();
            assert_eq!(fired, truth, "{condition:?} {x} {y}");
        }
    }
}

#[test]
fn a_pulse_goes_back_unless_something_else_changed_the_level() {
    let pulse = RuleAction::Pulse {
        level: 3,
        ms: 200.0,
        back: 1,
    };
    let source = profile(vec![
        rule("pulse", compare("go", Compare::CrossedUp, 1.0), pulse),
        rule("other", on("x"), RuleAction::SetLevel(2)),
    ]);
    let go = (10, Do::Set("go", 1.0));
    let trace = run(&source, &[go], 1000);
    assert_eq!(trace.levels(), [(10, 3), (210, 1)]);
    assert_eq!(trace.causes()[1], Cause::PulseEnd(RuleIx(0)));
    let trace = run(&source, &[go, (100, Do::Set("x", 1.0))], 1000);
    assert_eq!(trace.levels(), [(10, 3), (100, 2)]);
    let trace = run(&source, &[go, (100, Do::Level(4))], 1000);
    assert_eq!(trace.levels(), [(10, 3), (100, 4)]);
}

#[test]
fn a_hold_lasts_until_its_time_or_a_release() {
    let mut up = rule("up", on("x"), UP);
    up.requires_hold_expired = true;
    let source = profile(vec![
        rule("hold", on("go"), RuleAction::Hold(500.0)),
        rule("release", on("back"), RuleAction::Release),
        up,
    ]);
    let calls = [(10, Do::Set("go", 1.0)), (20, Do::Set("x", 1.0))];
    let trace = run(&source, &calls, 510);
    assert_eq!(trace.levels(), [(510, 1)]);
    assert_eq!(trace.refusals(2), [(20, Refusal::Hold)]);
    let calls = [calls[0], calls[1], (100, Do::Set("back", 1.0))];
    assert_eq!(run(&source, &calls, 110).levels(), [(110, 1)]);
}

#[test]
fn a_rule_without_a_level_fires_once_each_time_it_comes_true() {
    let mut tell = rule("tell", on("go"), RuleAction::Release);
    tell.side_effects.emit_event = Some("event".to_owned());
    let source = profile(vec![tell]);
    let calls = [
        (10, Do::Set("go", 1.0)),
        (100, Do::Set("go", 0.0)),
        (200, Do::Set("go", 1.0)),
    ];
    let trace = run(&source, &calls, 300);
    let events = trace
        .effects
        .iter()
        .filter(|it| it.1 == Effect::Event(EventIx(7)));
    assert_eq!(events.map(|it| it.0).collect::<Vec<_>>(), [10, 200]);
}

#[test]
fn what_a_rule_does_besides_follows_the_change() {
    let mut up = rule("up", on("go"), RuleAction::SetLevel(1));
    up.side_effects = SideEffects {
        stinger: Some("hit".to_owned()),
        volume_lin: 0.5,
        emit_event: Some("event".to_owned()),
        momentum_delta: 0.25,
    };
    let above = compare("momentum", Compare::Gt, 0.4);
    let source = profile(vec![up, rule("then", above, RuleAction::SetLevel(3))]);
    let trace = run(&source, &[(10, Do::Set("go", 1.0))], 10);
    let kinds: Vec<_> = trace.effects[1..].iter().map(|it| it.1).collect();
    assert!(matches!(kinds[0], Effect::Level { to: 1, .. }));
    assert!(matches!(kinds[1], Effect::Stinger { .. }));
    assert_eq!(kinds[2], Effect::Event(EventIx(7)));
    assert_eq!(trace.stings(), [(10, "sting", 0.5, -6.0)]);
    // 0.2 of the update and 0.25 of the rule are above 0.4 in the next tick.
    let trace = run(&source, &[(10, Do::Set("go", 1.0))], 40);
    assert_eq!(trace.levels(), [(10, 1), (20, 3), (30, 1), (40, 3)]);
}

#[test]
fn a_rule_holds_in_its_contexts_only() {
    let mut up = rule("up", on("go"), UP);
    up.contexts = vec!["FEATURE".to_owned()];
    up.cooldown_ms = 10_000.0;
    let source = profile(vec![up, rule("down", on("back"), DOWN)]);
    let calls = [(10, Do::Set("go", 1.0)), (50, Do::Enter("FEATURE", 0.0))];
    let trace = run(&source, &calls, 200);
    assert_eq!(trace.levels(), [(50, 1)]);
}
