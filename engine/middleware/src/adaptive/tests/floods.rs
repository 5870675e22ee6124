//! Too much of everything: bounded, counted, without allocation.

use assert_no_alloc::assert_no_alloc;
use segue_rt::game::NameId;

use super::rig::{UP, form, on, profile, rule};
use crate::adaptive::load::Load;
use crate::adaptive::{Adaptive, Effect, Effects, SignalCounts};
use crate::source::{RuleAction, Signal};

#[test]
fn a_million_updates_are_one_for_each_signal_and_the_rest_is_counted() {
    let source = profile(vec![rule("up", on("go"), UP)]);
    let form = form(&source);
    let mut engine = Adaptive::new(&form);
    let mut out = Effects::default();
    let names = ["go", "back", "x", "y"].map(NameId::of);
    assert_no_alloc(|| {
        engine.begin(&form, 0, &mut out);
        for n in 0..1_000_000u32 {
            engine.signal(&form, names[n as usize % 4], n as f32);
        }
        assert!(!engine.signal(&form, NameId::of("nobody"), 1.0));
        assert!(!engine.signal(&form, names[0], f32::NAN));
        engine.tick(&form, 480, &mut out);
    });
    let expected = SignalCounts {
        updates: 1_000_002,
        dropped: 999_996,
        refused: 2,
    };
    assert_eq!(engine.counts(), expected);
    let value = |name: &str| {
        engine
            .value(form.signal(NameId::of(name)).unwrap())
            .unwrap()
            .0
    };
    assert_eq!(
        ["go", "back", "x", "y"].map(value),
        [999_996.0, 999_997.0, 999_998.0, 999_999.0]
    );
    assert_eq!(engine.level(), 1);
    // Four updates moved the momentum, not a million: the order is that of the signals.
    let mut momentum = 0.0f32;
    for x in [999_996.0, 999_997.0, 999_998.0, 999_999.0] {
        momentum += 0.2 * (x - momentum);
    }
    assert_eq!(value("momentum"), momentum);
}

#[test]
fn a_full_profile_ticks_without_allocation() {
    let mut load = Load::new(236, 200).unwrap();
    let mut effects = 0;
    assert_no_alloc(|| {
        for _ in 0..1000 {
            load.update();
            effects += load.tick();
        }
    });
    assert!(effects > 10, "{effects}");
    assert!(Load::new(237, 1).is_err(), "20 more are always there");
}

#[test]
fn refusals_beyond_what_a_tick_can_tell_are_counted_and_changes_still_come() {
    let mut rules = Vec::new();
    for n in 0..200 {
        let mut it = rule(&format!("r{n}"), on("go"), RuleAction::SetLevel(1));
        it.requires_hold_expired = true;
        it.priority = 200 - n;
        rules.push(it);
    }
    let mut last = rule("last", on("go"), RuleAction::SetLevel(2));
    last.priority = -1;
    rules.push(last);
    let mut source = profile(rules);
    source.stability.hold_ms = 1000.0;
    let form = form(&source);
    let mut engine = Adaptive::new(&form);
    let mut out = Effects::default();
    engine.begin(&form, 0, &mut out);
    out.clear();
    engine.set_level(&form, 0, 0, &mut out);
    engine.signal(&form, NameId::of("go"), 1.0);
    engine.tick(&form, 480, &mut out);
    let refused = out
        .iter()
        .filter(|it| matches!(it, Effect::Refused { .. }))
        .count();
    assert_eq!((refused, out.lost()), (32, 168));
    assert!(
        out.iter()
            .any(|it| matches!(it, Effect::Level { to: 2, .. }))
    );
}

#[test]
fn too_many_signals_are_told() {
    let mut source = profile(vec![]);
    source.signals = (0..237)
        .map(|n| Signal {
            name: format!("s{n}"),
            ..Signal::default()
        })
        .collect();
    let found = super::rig::compile(&source).unwrap_err();
    assert_eq!(found[0].0, "signals");
    assert!(
        found[0].1.contains("257") && found[0].1.contains("256"),
        "{found:?}"
    );
}
