//! Contexts: how they begin, develop and end.

use super::rig::{DOWN, Do, UP, form, on, profile, rule, run};
use crate::adaptive::{Adaptive, Cause, Effect, Effects};
use crate::ids::ContextIx;
use crate::source::{
    self, ArcForm, ArcPhase, Compare, ContextEntry, Normalise, RuleAction, RuleCondition,
};

#[test]
fn a_context_begins_as_it_says() {
    let map = vec![(0.0, 1), (0.5, 2), (0.9, 4)];
    for (entry, strength, level) in [
        (ContextEntry::Fixed(2), 0.0, 2),
        (ContextEntry::TriggerStrength(map.clone()), 0.0, 1),
        (ContextEntry::TriggerStrength(map.clone()), 0.5, 2),
        (ContextEntry::TriggerStrength(map.clone()), 0.89, 2),
        (ContextEntry::TriggerStrength(map), 1.0, 4),
        (ContextEntry::Inherit, 0.0, 3),
        (ContextEntry::MomentumInherit, 0.0, 2),
    ] {
        let mut source = profile(vec![]);
        source.contexts[1].entry = entry.clone();
        let calls = [
            (0, Do::Level(3)),
            (0, Do::Set("momentum", 0.5)),
            (50, Do::Enter("FEATURE", strength)),
            (60, Do::Enter("FEATURE", 1.0)),
        ];
        let contexts = run(&source, &calls, 100).contexts();
        assert_eq!(contexts[1..], [(50, 1, level)], "{entry:?} {strength}");
    }
}

#[test]
fn a_context_ends_as_it_says() {
    for (level, expected) in [(Some(3), 3), (None, 0)] {
        let mut source = profile(vec![]);
        let exit = &mut source.contexts[1].exit;
        exit.level = level;
        (exit.fade_ms, exit.overlap_ms) = (100.0, 50.0);
        exit.summary_stingers = [None, Some("hit".to_owned()), Some("hey".to_owned())];
        for (summary, stings) in [
            (0, vec![]),
            (1, vec![]),
            (2, vec![(500, "sting", 1.0, -6.0)]),
            (3, vec![(500, "other", 1.0, -6.0)]),
        ] {
            let calls = [(50, Do::Enter("FEATURE", 0.0)), (500, Do::Leave(summary))];
            let trace = run(&source, &calls, 600);
            assert_eq!(trace.contexts()[2..], [(500, 0, expected)]);
            assert_eq!(trace.stings(), stings);
        }
        let calls = [(50, Do::Enter("FEATURE", 0.0)), (500, Do::Leave(0))];
        let trace = run(&source, &calls, 600);
        let fades = trace.effects.iter().filter_map(|it| match it.1 {
            Effect::Context { fade, .. } => Some(fade),
            _ => None,
        });
        assert_eq!(fades.collect::<Vec<_>>(), [None, None, Some((4800, 2400))]);
    }
}

#[test]
fn leaving_where_it_returns_to_changes_nothing() {
    let trace = run(&profile(vec![]), &[(50, Do::Leave(0))], 100);
    assert_eq!(trace.contexts(), [(0, 0, 0)]);
}

#[test]
fn a_context_winds_down_near_its_end_once() {
    for (calls, at) in [
        (vec![(100, Do::Set("feature_progress", 0.89))], None),
        (vec![(100, Do::Set("feature_progress", 0.9))], Some(100)),
        (
            vec![
                (100, Do::Set("total_feature_spins", 10.0)),
                (200, Do::Set("spins_in_feature", 7.0)),
                (300, Do::Set("spins_in_feature", 8.0)),
            ],
            Some(300),
        ),
    ] {
        let mut source = profile(vec![]);
        source.contexts[1].exit.wind_down = true;
        let mut all = vec![(50, Do::Enter("FEATURE", 0.0)), (60, Do::Level(4))];
        all.extend(calls);
        all.push((400, Do::Level(4)));
        let trace = run(&source, &all, 1000);
        let winds = trace.effects.iter().filter(|it| {
            matches!(
                it.1,
                Effect::Level {
                    cause: Cause::WindDown,
                    to: 2,
                    ..
                }
            )
        });
        assert_eq!(
            winds.map(|it| it.0).collect::<Vec<_>>(),
            at.into_iter().collect::<Vec<_>>()
        );
    }
}

#[test]
fn an_arc_bends_requests_by_the_progress() {
    for (form, progress, levels) in [
        (ArcForm::DataDriven, 0.0, vec![2]),
        (ArcForm::BuildToClimax, 0.0, vec![1]),
        (ArcForm::BuildToClimax, 0.5, vec![2]),
        (ArcForm::BuildToClimax, 1.0, vec![3]),
        (ArcForm::FrontLoaded, 0.0, vec![3]),
        (ArcForm::FrontLoaded, 1.0, vec![1]),
        (ArcForm::Sustained, 0.0, vec![1, 2]),
    ] {
        let mut source = profile(vec![rule("r", on("go"), RuleAction::SetLevel(2))]);
        source.contexts[0].arc.form = form;
        let calls = [
            (0, Do::Set("feature_progress", progress)),
            (10, Do::Set("go", 1.0)),
        ];
        let found = run(&source, &calls, 100).levels();
        let found: Vec<u8> = found.iter().map(|it| it.1).collect();
        assert_eq!(found, levels, "{form:?} {progress}");
    }
}

#[test]
fn phases_add_their_bias_and_bounds() {
    let phase = |bias, min, max| ArcPhase { bias, min, max };
    for (progress, action, levels) in [
        (0.0, RuleAction::SetLevel(1), vec![2]),
        (0.49, RuleAction::SetLevel(3), vec![2]),
        (0.5, RuleAction::SetLevel(1), vec![3]),
        (1.0, RuleAction::SetLevel(4), vec![4]),
    ] {
        let mut source = profile(vec![rule("r", on("go"), action)]);
        source.contexts[0].arc.phases = vec![phase(1.4, 0, 2), phase(0.0, 3, 4)];
        let calls = [
            (0, Do::Set("feature_progress", progress)),
            (10, Do::Set("go", 1.0)),
        ];
        let found = run(&source, &calls, 10).levels();
        let found: Vec<u8> = found.iter().map(|it| it.1).collect();
        assert_eq!(found, levels, "{progress} {action:?}");
    }
}

#[test]
fn a_level_is_never_out_of_the_bounds_of_its_context() {
    let mut source = profile(vec![
        rule("up", on("go"), UP),
        rule("down", on("back"), DOWN),
    ]);
    source.contexts[0].constraints.min = 1;
    source.contexts[0].constraints.max = 3;
    let calls = [
        (10, Do::Level(4)),
        (20, Do::Level(0)),
        (30, Do::Set("go", 1.0)),
    ];
    let trace = run(&source, &calls, 100);
    assert_eq!(trace.contexts(), [(0, 0, 1)]);
    assert_eq!(trace.levels(), [(10, 3), (20, 1), (30, 2), (40, 3)]);
}

#[test]
fn beats_are_those_of_the_context() {
    let mut source = profile(vec![]);
    source.contexts[1].bpm = 60.0;
    source.contexts[1].signature = [3, 8];
    let form = form(&source);
    let mut engine = Adaptive::new(&form);
    let mut out = Effects::default();
    engine.begin(&form, 100, &mut out);
    assert!((engine.beats(&form, 100 + 48_000) - 2.0).abs() < 1e-9);
    engine.enter(&form, 1000, ContextIx(1), 0.0, &mut out);
    assert!((engine.beats(&form, 49_000) - 1.0).abs() < 1e-9);
    let node = form.level_nodes(ContextIx(0), 0).map(|node| node.0);
    assert_eq!(node.collect::<Vec<_>>(), [0]);
}

#[test]
fn another_bank_keeps_signals_times_and_the_level_by_name() {
    let mut up = rule("up", on("go"), UP);
    up.cooldown_ms = 1000.0;
    let source = profile(vec![up]);
    let old_form = form(&source);
    let mut old = Adaptive::new(&old_form);
    let mut out = Effects::default();
    old.begin(&old_form, 0, &mut out);
    old.enter(&old_form, 0, ContextIx(1), 0.0, &mut out);
    old.signal(&old_form, segue_rt::game::NameId::of("go"), 1.0);
    old.tick(&old_form, 480, &mut out);
    assert_eq!(old.level(), 1);
    let mut new: source::Adaptive = source.clone();
    new.signals.reverse();
    new.contexts.reverse();
    new.rules
        .insert(0, rule("never", on("x"), RuleAction::SetLevel(0)));
    let new_form = form(&new);
    let mut engine = Adaptive::new(&new_form);
    out.clear();
    engine.carry_over(&new_form, 500, (&old, &old_form), &mut out);
    assert_eq!((engine.context(), engine.level()), (ContextIx(0), 1));
    engine.tick(&new_form, 960, &mut out);
    assert_eq!(engine.level(), 1, "the rule still cools down");
    engine.tick(&new_form, 480 + 48_000, &mut out);
    assert_eq!(engine.level(), 2, "the signal is still set");
    new.contexts.remove(0);
    let gone_form = form(&new);
    let mut engine = Adaptive::new(&gone_form);
    out.clear();
    engine.carry_over(&gone_form, 500, (&old, &old_form), &mut out);
    assert!(matches!(
        out.iter().next(),
        Some(Effect::Context {
            to: ContextIx(0),
            ..
        })
    ));
}

#[test]
fn another_normalisation_is_no_change_of_a_signal() {
    let changed = RuleCondition::Compare {
        signal: "go".to_owned(),
        raw: false,
        op: Compare::Changed,
        value: 0.0,
        high: 0.0,
    };
    let mut source = profile(vec![rule("changed", changed, UP)]);
    let old_form = form(&source);
    let mut old = Adaptive::new(&old_form);
    let mut out = Effects::default();
    old.begin(&old_form, 0, &mut out);
    let go = segue_rt::game::NameId::of("go");
    old.signal(&old_form, go, 1.0);
    old.tick(&old_form, 480, &mut out);
    old.tick(&old_form, 960, &mut out);
    assert_eq!(old.level(), 1, "it was one");
    source.signals[0].normalise = Normalise::Linear { a: 0.0, b: 4.0 };
    let new_form = form(&source);
    let mut engine = Adaptive::new(&new_form);
    engine.carry_over(&new_form, 1_000, (&old, &old_form), &mut out);
    assert_eq!(
        engine.value(new_form.signal(go).unwrap()),
        Some((1.0, 0.25))
    );
    for n in 3..10 {
        engine.tick(&new_form, n * 480, &mut out);
    }
    assert_eq!(engine.level(), 1);
    engine.signal(&new_form, go, 2.0);
    engine.tick(&new_form, 4_800, &mut out);
    assert_eq!(engine.level(), 2);
}
