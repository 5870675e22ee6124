//! What keeps levels steady: the order of refusals, holds, decay.

use super::rig::{DOWN, Do, UP, on, profile, rule, run};
use crate::adaptive::{Cause, Refusal};
use crate::source::{self, ContextEntry, RuleAction, Stability};

/// A down rule that fired once and is refused for every reason from number `from` on.
fn refused_from(from: usize) -> (source::Adaptive, bool) {
    let holds = |n: usize| from <= n;
    let bounds = |min| RuleAction::StepDown { n: 1, min, max: 4 };
    let mut down = rule("down", on("go"), bounds(if holds(0) { 2 } else { 0 }));
    let long = |n: usize| if holds(n) { 60_000.0 } else { 0.0 };
    down.strength_signal = Some("force".to_owned());
    down.requires_hold_expired = true;
    down.hold_ms = long(3);
    down.cooldown_ms = long(5);
    let up = rule(
        "up",
        on("x"),
        RuleAction::StepUp {
            n: 1,
            min: 0,
            max: 2,
        },
    );
    let mut source = profile(vec![down, up]);
    source.contexts[0].entry = ContextEntry::Fixed(3);
    source.contexts[0].constraints.cooldown_ms = long(1);
    source.contexts[0].constraints.max_changes_per_spin = if holds(2) { 1 } else { 0 };
    source.stability.cooldown_ms = long(4);
    source.stability.inertia = [1.0; 5];
    source.stability.momentum = if holds(7) { 0.3 } else { 2.0 };
    (source, holds(6))
}

#[test]
fn requests_are_tested_in_the_order_of_the_specification() {
    let order = [
        Refusal::Bounds,
        Refusal::ContextCooldown,
        Refusal::ChangesPerSpin,
        Refusal::Hold,
        Refusal::Cooldown,
        Refusal::RuleCooldown,
        Refusal::Inertia,
        Refusal::Momentum,
    ];
    for from in 0..=order.len() {
        let (source, weak) = refused_from(from);
        let mut calls = vec![
            (0, Do::Spin),
            (10, Do::Set("force", 1.0)),
            (10, Do::Set("go", 1.0)),
            (20, Do::Set("go", 0.0)),
        ];
        // Requests upwards, refused, but counted; one less when they shall not count.
        let asks = if from == order.len() { 0 } else { 10 };
        for n in 0..asks {
            calls.push((100 + 20 * n, Do::Set("x", 1.0)));
            calls.push((110 + 20 * n, Do::Set("x", 0.0)));
        }
        calls.push((1000, Do::Set("force", if weak { 0.4 } else { 0.5 })));
        calls.push((1000, Do::Set("go", 1.0)));
        let trace = run(&source, &calls, 1000);
        let expected = order.get(from).map(|refusal| (1000, *refusal));
        assert_eq!(trace.refusals(0).last().copied(), expected, "{from}");
        let fired = trace.levels().contains(&(1000, 1));
        assert_eq!(fired, from == order.len(), "{from}");
    }
}

#[test]
fn inertia_grows_with_the_level() {
    // 0.5·[1, 1.2, 1.5, 1.8, 2].
    for (level, least) in [(0, 0.5), (1, 0.6), (2, 0.75), (3, 0.9), (4, 1.0f32)] {
        for (force, passes) in [(least - 0.01, false), (least, true)] {
            let action = if level == 4 { DOWN } else { UP };
            let mut it = rule("r", on("go"), action);
            it.strength_signal = Some("force".to_owned());
            let mut source = profile(vec![it]);
            source.stability.inertia = Stability::default().inertia;
            let calls = [
                (0, Do::Level(level)),
                (10, Do::Set("force", force)),
                (10, Do::Set("go", 1.0)),
            ];
            let changed = run(&source, &calls, 10)
                .levels()
                .iter()
                .any(|it| it.0 == 10);
            assert_eq!(changed, passes, "{level} {force}");
        }
    }
}

#[test]
fn only_a_rule_that_needs_no_expired_hold_passes_one() {
    for (requires, levels) in [
        (true, vec![(10, 1), (2010, 2)]),
        (false, vec![(10, 1), (20, 2)]),
    ] {
        let mut up = rule(
            "up",
            on("go"),
            RuleAction::StepUp {
                n: 1,
                min: 0,
                max: 2,
            },
        );
        up.requires_hold_expired = requires;
        let mut source = profile(vec![up]);
        source.stability.hold_ms = 2000.0;
        let trace = run(&source, &[(10, Do::Set("go", 1.0))], 3000);
        assert_eq!(trace.levels(), levels, "{requires}");
    }
}

#[test]
fn changes_are_counted_from_spin_to_spin() {
    let mut source = profile(vec![rule("up", on("go"), UP)]);
    source.contexts[0].constraints.max_changes_per_spin = 1;
    let go = (10, Do::Set("go", 1.0));
    let free: Vec<u8> = run(&source, &[go], 100)
        .levels()
        .iter()
        .map(|it| it.1)
        .collect();
    assert_eq!(
        free,
        [1, 2, 3, 4],
        "before the first spin nothing is counted"
    );
    let trace = run(&source, &[(0, Do::Spin), go, (500, Do::Spin)], 1000);
    assert_eq!(trace.levels(), [(10, 1), (500, 2)]);
    assert_eq!(trace.refusals(0)[0], (20, Refusal::ChangesPerSpin));
}

#[test]
fn momentum_gives_way_to_requests_that_go_on() {
    let source = {
        let mut source = profile(vec![
            rule("up", on("go"), UP),
            rule("down", on("back"), DOWN),
        ]);
        source.stability.momentum = 0.3;
        source.stability.cooldown_ms = 100.0;
        source
    };
    // Four requests upwards.
    let calls = [
        (10, Do::Set("go", 1.0)),
        (400, Do::Set("go", 0.0)),
        (1000, Do::Set("back", 1.0)),
    ];
    let trace = run(&source, &calls, 2000);
    let ups: Vec<_> = trace
        .levels()
        .into_iter()
        .filter(|it| it.0 < 1000)
        .collect();
    assert_eq!(ups, [(10, 1), (110, 2), (210, 3), (310, 4)]);
    assert_eq!(trace.refusals(1)[0], (1000, Refusal::Momentum));
    // Means of 4 up and n down: 1, 3/5, 2/6, 1/7: after the third request down it may.
    assert_eq!(trace.levels()[4], (1210, 3));
}

#[test]
fn an_unchanged_level_decays_to_the_baseline_and_that_is_a_change() {
    let mut source = profile(vec![rule("up", on("go"), UP)]);
    source.stability.decay_per_s = 0.5;
    source.contexts[0].constraints.cooldown_ms = 1000.0;
    let calls = [
        (0, Do::Level(4)),
        (9100, Do::Set("go", 1.0)),
        (9110, Do::Set("go", 0.0)),
    ];
    let trace = run(&source, &calls, 60_000);
    assert_eq!(trace.levels(), [(0, 4), (7000, 3), (9000, 2), (11_000, 1)]);
    assert_eq!(trace.causes()[1..], [Cause::Decay; 3]);
    assert_eq!(trace.refusals(0), [(9100, Refusal::ContextCooldown)]);
    let up = run(&source, &[(0, Do::Level(0))], 60_000);
    assert_eq!(up.levels(), [(7000, 1)], "from below it comes up");
}

#[test]
fn decay_stands_still_in_a_hold() {
    let mut source = profile(vec![rule("hold", on("go"), RuleAction::Hold(10_000.0))]);
    source.stability.decay_per_s = 0.5;
    let calls = [(0, Do::Level(4)), (6000, Do::Set("go", 1.0))];
    let trace = run(&source, &calls, 18_000);
    // One of the two seconds had passed.
    assert_eq!(trace.levels(), [(0, 4), (17_000, 3)]);
}
