//! The numbers of the specification, section 10, for what a profile does not say.

use super::rig::{context, form, on, profile, rule};
use crate::music::FadeForm;
use crate::source::{
    self, ArcForm, Constraints, ContextExit, RuleAction, SideEffects, Stability, Sync,
};

/// Name, sync, longest wait, fade in, fade out and overlap in ms, and the duck in dB.
type Row = (&'static str, Sync, [u32; 4], Option<f32>);

const TRANSITIONS: [Row; 4] = [
    (
        "upshift_energetic",
        Sync::Beat,
        [500, 250, 200, 100],
        Some(-4.0),
    ),
    ("downshift_smooth", Sync::Bar, [1_000, 500, 600, 300], None),
    (
        "feature_enter",
        Sync::NextDownbeat,
        [2_000, 400, 300, 200],
        Some(-8.0),
    ),
    (
        "feature_exit",
        Sync::Phrase,
        [4_000, 1_000, 1_500, 500],
        None,
    ),
];

#[test]
fn the_four_transitions_are_those_of_the_table() {
    let form = form(&profile(Vec::new()));
    assert_eq!(form.transitions.len(), TRANSITIONS.len());
    for (it, (name, sync, ms, duck_db)) in form.transitions.iter().zip(TRANSITIONS) {
        let [wait, fade_in, fade_out, overlap] = ms.map(|ms| ms * 48);
        assert_eq!(it.id, segue_rt::game::NameId::of(name));
        assert_eq!((it.sync, it.max_wait), (sync, u64::from(wait)), "{name}");
        assert_eq!(it.fade_in, FadeForm::frames(fade_in), "{name}");
        assert_eq!(it.fade_out, FadeForm::frames(fade_out), "{name}");
        assert_eq!(it.overlap, overlap, "{name}");
        let duck = it.duck.map(|duck| (duck.db, duck.attack, duck.release));
        // Within 50 ms, back within 200.
        assert_eq!(duck, duck_db.map(|db| (db, 2_400, 9_600)), "{name}");
    }
    let [up, down] = [form.ways.up, form.ways.down].map(|way| way.0);
    let [enter, exit] = [form.ways.enter, form.ways.exit].map(|way| way.0);
    assert_eq!([up, down, enter, exit], [0, 1, 2, 3]);
}

#[test]
fn what_keeps_levels_steady_is_that_of_the_text() {
    let source = source::Adaptive {
        stability: Stability::default(),
        ..profile(vec![rule("r", on("go"), RuleAction::SetLevel(1))])
    };
    let it = form(&source).stability;
    assert_eq!(
        (it.hold, it.cooldown, it.decay_after),
        (96_000, 24_000, 240_000)
    );
    // Half of 1, 1.2, 1.5, 1.8 and 2.
    assert_eq!(it.inertia, [0.5, 0.6, 0.75, 0.9, 1.0]);
    assert_eq!((it.momentum, it.decay_per_s, it.baseline), (0.3, 0.5, 1.0));
    assert!(!source.stability.prediction);
}

#[test]
fn contexts_and_rules_begin_with_the_numbers_of_the_text() {
    let exit = ContextExit {
        return_to: "BASE".to_owned(),
        level: None,
        wind_down: false,
        fade_ms: 2_000.0,
        overlap_ms: 500.0,
        summary_stingers: [None, None, None],
    };
    assert_eq!(ContextExit::default(), exit);
    let constraints = Constraints {
        min: 0,
        max: 4,
        cooldown_ms: 1_500.0,
        max_changes_per_spin: 2,
    };
    assert_eq!(Constraints::default(), constraints);
    let effects = SideEffects {
        stinger: None,
        volume_lin: 0.7,
        emit_event: None,
        momentum_delta: 0.0,
    };
    assert_eq!(SideEffects::default(), effects);
    assert_eq!(source::Arc::default().form, ArcForm::DataDriven);
    let mut base = context("BASE");
    base.constraints = constraints;
    let source = source::Adaptive {
        contexts: vec![base],
        ..profile(Vec::new())
    };
    let form = form(&source);
    let it = &form.contexts[0];
    assert_eq!(it.exit.fade, (96_000, 24_000));
    let bounds = (
        it.bounds.min,
        it.bounds.max,
        it.bounds.cooldown,
        it.bounds.changes,
    );
    assert_eq!(bounds, (0, 4, 72_000, 2));
}
