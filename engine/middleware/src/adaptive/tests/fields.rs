//! Every field of a profile acts: without it something else comes out.

use super::rig::{DOWN, Do, UP, carry_out, compile, on, profile, rule};
use crate::adaptive::{Adaptive, AdaptiveForm, Effects, RuleIx, TransitionIx};
use crate::ids::{ContextIx, SignalIx};
use crate::music::{Commands, Layers};
use crate::source::{
    self, AdaptiveStinger, Arc, ArcForm, ArcPhase, Compare, Constraints, Context, ContextEntry,
    ContextExit, FadeLength, Layer, LevelTransition, MusicFade, Normalise, Rule, RuleAction,
    RuleCondition, Shape, SideEffects, Signal, Stability, Sync,
};

/// Everything a user can see of a profile: its problems, or names, effects and commands.
fn observe(source: &source::Adaptive, calls: &[(u64, Do)]) -> String {
    let form = match compile(source) {
        Ok(form) => form,
        Err(found) => return format!("{found:?}"),
    };
    let mut seen = texts(&form);
    let mut engine = Adaptive::new(&form);
    let mut layers = Layers::new();
    let (mut effects, mut out) = (Effects::default(), Commands::default());
    engine.begin(&form, 0, &mut effects);
    for ms in 0..=4000 {
        let at = ms * 48;
        for (_, call) in calls.iter().filter(|(when, _)| *when == ms) {
            carry_out(&mut engine, &form, at, *call, &mut effects);
        }
        if ms % 10 == 0 {
            engine.tick(&form, at, &mut effects);
        }
        while layers.next_boundary() <= at {
            let due = layers.next_boundary();
            layers.run(&form, due, &mut out);
        }
        for effect in effects.iter() {
            layers.apply(&form, at, effect, None, &mut out);
            seen += &format!("{ms} {effect:?}\n");
        }
        for command in out.iter() {
            seen += &format!("{ms} {command:?}\n");
        }
        effects.clear();
        out.clear();
    }
    seen
}

fn texts(form: &AdaptiveForm) -> String {
    format!(
        "{:?} {:?} {:?} {:?}\n",
        form.rule_text(RuleIx(0)),
        form.context_text(ContextIx(0)),
        form.signal_name(SignalIx(0)),
        form.transition_name(TransitionIx(0)),
    )
}

/// A field: a profile in which it matters, another value of it, and the calls that show it.
type Field = (
    &'static str,
    fn(&mut source::Adaptive),
    fn(&mut source::Adaptive),
    &'static [(u64, Do)],
);

const GO: &[(u64, Do)] = &[(100, Do::Set("go", 1.0)), (900, Do::Set("back", 1.0))];
const FEATURE: &[(u64, Do)] = &[
    (100, Do::Set("momentum", 1.0)),
    (150, Do::Enter("FEATURE", 0.5)),
    (200, Do::Level(4)),
    (300, Do::Set("feature_progress", 0.95)),
    (1500, Do::Leave(2)),
];
const SPINS: &[(u64, Do)] = &[(0, Do::Spin), (100, Do::Set("go", 1.0))];

fn nothing(_: &mut source::Adaptive) {}

/// Up to level 3 over the transition `way`.
fn over_way(it: &mut source::Adaptive) {
    it.rules[0].transition = Some("way".to_owned());
    it.rules[0].action = RuleAction::SetLevel(3);
    it.contexts[0].levels[3] = vec![Layer {
        asset: "b".to_owned(),
        gain_db: -6.0,
        ..Layer::default()
    }];
}

const SIGNALS: &[Field] = &[
    (
        "name",
        nothing,
        |it| it.signals[0].name = "gone".to_owned(),
        GO,
    ),
    ("default", nothing, |it| it.signals[0].default = 1.0, GO),
    (
        "normalise",
        |it| {
            it.rules[0].strength_signal = Some("go".to_owned());
            it.stability.inertia = [1.0; 5];
        },
        |it| it.signals[0].normalise = Normalise::Linear { a: 0.0, b: 10.0 },
        GO,
    ),
];

const RULES: &[Field] = &[
    (
        "id",
        nothing,
        |it| it.rules[0].id = "another".to_owned(),
        GO,
    ),
    (
        "name",
        nothing,
        |it| it.rules[0].name = "another".to_owned(),
        GO,
    ),
    ("enabled", nothing, |it| it.rules[0].enabled = false, GO),
    (
        "priority",
        |it| it.rules[1].condition = RuleCondition::And(vec![on("go")]),
        |it| it.rules[0].priority = 50,
        GO,
    ),
    (
        "contexts",
        nothing,
        |it| it.rules[0].contexts = vec!["FEATURE".to_owned()],
        GO,
    ),
    (
        "condition",
        nothing,
        |it| it.rules[0].condition = on("back"),
        GO,
    ),
    (
        "action",
        nothing,
        |it| it.rules[0].action = RuleAction::SetLevel(2),
        GO,
    ),
    (
        "transition",
        nothing,
        |it| it.rules[0].transition = Some("way".to_owned()),
        GO,
    ),
    (
        "strength_signal",
        |it| it.stability.inertia = [1.0; 5],
        |it| it.rules[0].strength_signal = Some("force".to_owned()),
        GO,
    ),
    (
        "cooldown_ms",
        nothing,
        |it| it.rules[0].cooldown_ms = 150.0,
        GO,
    ),
    (
        "hold_ms",
        |it| it.rules[0].requires_hold_expired = true,
        |it| it.rules[0].hold_ms = 170.0,
        GO,
    ),
    (
        "requires_hold_expired",
        |it| it.stability.hold_ms = 200.0,
        |it| it.rules[0].requires_hold_expired = true,
        GO,
    ),
    (
        "stinger",
        nothing,
        |it| it.rules[0].side_effects.stinger = Some("hey".to_owned()),
        GO,
    ),
    (
        "volume_lin",
        |it| it.rules[0].side_effects.stinger = Some("hit".to_owned()),
        |it| it.rules[0].side_effects.volume_lin = 0.2,
        GO,
    ),
    (
        "emit_event",
        nothing,
        |it| it.rules[0].side_effects.emit_event = Some("event".to_owned()),
        GO,
    ),
    (
        "momentum_delta",
        |it| it.rules[1].condition = momentum_above(0.3),
        |it| it.rules[0].side_effects.momentum_delta = 0.9,
        GO,
    ),
];

fn momentum_above(value: f32) -> RuleCondition {
    RuleCondition::Compare {
        signal: "momentum".to_owned(),
        raw: true,
        op: Compare::Gt,
        value,
        high: 0.0,
    }
}

const CONTEXTS: &[Field] = &[
    (
        "name",
        nothing,
        |it| it.contexts[0].name = "OTHER".to_owned(),
        &[],
    ),
    (
        "key",
        nothing,
        |it| it.contexts[0].key = "A minor".to_owned(),
        GO,
    ),
    ("bpm", over_way, |it| it.contexts[0].bpm = 100.0, GO),
    (
        "signature",
        over_way,
        |it| it.contexts[0].signature = [3, 4],
        GO,
    ),
    (
        "levels",
        nothing,
        |it| it.contexts[0].levels.truncate(2),
        GO,
    ),
    (
        "entry",
        nothing,
        |it| it.contexts[1].entry = ContextEntry::MomentumInherit,
        FEATURE,
    ),
    (
        "entry_stinger",
        nothing,
        |it| it.contexts[1].entry_stinger = Some("hit".to_owned()),
        FEATURE,
    ),
    (
        "entry_stinger_duck_db",
        |it| it.contexts[1].entry_stinger = Some("hit".to_owned()),
        |it| it.contexts[1].entry_stinger_duck_db = -20.0,
        FEATURE,
    ),
    (
        "return_to",
        nothing,
        |it| it.contexts[1].exit.return_to = "FEATURE".to_owned(),
        FEATURE,
    ),
    (
        "level",
        nothing,
        |it| it.contexts[1].exit.level = Some(3),
        FEATURE,
    ),
    (
        "wind_down",
        nothing,
        |it| it.contexts[1].exit.wind_down = true,
        FEATURE,
    ),
    (
        "fade_ms",
        nothing,
        |it| it.contexts[1].exit.fade_ms = 111.0,
        FEATURE,
    ),
    (
        "overlap_ms",
        nothing,
        |it| it.contexts[1].exit.overlap_ms = 111.0,
        FEATURE,
    ),
    (
        "summary_stingers",
        nothing,
        |it| it.contexts[1].exit.summary_stingers[1] = Some("hit".to_owned()),
        FEATURE,
    ),
    ("min", nothing, |it| it.contexts[0].constraints.min = 1, GO),
    ("max", nothing, |it| it.contexts[0].constraints.max = 2, GO),
    (
        "cooldown_ms",
        nothing,
        |it| it.contexts[0].constraints.cooldown_ms = 99.0,
        GO,
    ),
    (
        "max_changes_per_spin",
        nothing,
        |it| it.contexts[0].constraints.max_changes_per_spin = 1,
        SPINS,
    ),
    (
        "form",
        nothing,
        |it| it.contexts[0].arc.form = ArcForm::BuildToClimax,
        GO,
    ),
];

const LAYERS: &[Field] = &[
    (
        "asset",
        over_way,
        |it| it.contexts[0].levels[3][0].asset = "other".to_owned(),
        GO,
    ),
    (
        "gain_db",
        over_way,
        |it| it.contexts[0].levels[3][0].gain_db = -12.0,
        GO,
    ),
    (
        "pan",
        over_way,
        |it| it.contexts[0].levels[3][0].pan = 0.5,
        GO,
    ),
    (
        "loop_start_smp",
        over_way,
        |it| it.contexts[0].levels[3][0].loop_start_smp = 500,
        GO,
    ),
    (
        "loop_end_smp",
        over_way,
        |it| it.contexts[0].levels[3][0].loop_end_smp = 9_000,
        GO,
    ),
];

const PHASES: &[Field] = &[
    (
        "bias",
        phased,
        |it| it.contexts[0].arc.phases[0].bias = 1.0,
        GO,
    ),
    ("min", phased, |it| it.contexts[0].arc.phases[0].min = 2, GO),
    ("max", phased, |it| it.contexts[0].arc.phases[0].max = 2, GO),
];

fn phased(it: &mut source::Adaptive) {
    it.contexts[0].arc.phases = vec![ArcPhase {
        bias: 0.0,
        min: 0,
        max: 4,
    }];
}

fn waits(it: &mut source::Adaptive) {
    it.rules[0].requires_hold_expired = true;
}

fn decays(it: &mut source::Adaptive) {
    it.stability.decay_per_s = 4.0;
    it.stability.decay_after_ms = 100.0;
    it.rules[0].action = RuleAction::SetLevel(4);
    it.rules[0].cooldown_ms = 10_000.0;
}

const STABILITY: &[Field] = &[
    ("hold_ms", waits, |it| it.stability.hold_ms = 120.0, GO),
    (
        "cooldown_ms",
        nothing,
        |it| it.stability.cooldown_ms = 130.0,
        GO,
    ),
    (
        "inertia",
        |it| it.rules[0].strength_signal = Some("force".to_owned()),
        |it| it.stability.inertia = [0.1; 5],
        GO,
    ),
    ("momentum", nothing, |it| it.stability.momentum = 0.3, GO),
    (
        "decay_after_ms",
        decays,
        |it| it.stability.decay_after_ms = 300.0,
        GO,
    ),
    (
        "decay_per_s",
        decays,
        |it| it.stability.decay_per_s = 8.0,
        GO,
    ),
    ("baseline", decays, |it| it.stability.baseline = 3.0, GO),
];

const TRANSITIONS: &[Field] = &[
    (
        "name",
        over_way,
        |it| it.transitions[0].name = "other".to_owned(),
        GO,
    ),
    (
        "sync",
        over_way,
        |it| it.transitions[0].sync = Sync::Beat,
        GO,
    ),
    (
        "max_wait_ms",
        over_way,
        |it| it.transitions[0].max_wait_ms = 600.0,
        GO,
    ),
    (
        "fade_in",
        over_way,
        |it| it.transitions[0].fade_in = fade(77.0),
        GO,
    ),
    (
        "fade_out",
        over_way,
        |it| it.transitions[0].fade_out = fade(77.0),
        GO,
    ),
    (
        "overlap_ms",
        over_way,
        |it| it.transitions[0].overlap_ms = 20.0,
        GO,
    ),
    (
        "duck_db",
        over_way,
        |it| it.transitions[0].duck_db = None,
        GO,
    ),
    (
        "attack_ms",
        over_way,
        |it| it.transitions[0].attack_ms = 33.0,
        GO,
    ),
    (
        "release_ms",
        over_way,
        |it| it.transitions[0].release_ms = 33.0,
        GO,
    ),
];

const STINGERS: &[Field] = &[
    (
        "name",
        sting,
        |it| it.stingers[0].name = "other".to_owned(),
        GO,
    ),
    (
        "asset",
        sting,
        |it| it.stingers[0].asset = "other".to_owned(),
        GO,
    ),
];

fn sting(it: &mut source::Adaptive) {
    it.rules[0].side_effects.stinger = Some("hit".to_owned());
}

fn fade(ms: f32) -> MusicFade {
    MusicFade {
        length: FadeLength::Ms(ms),
        shape: Shape::Linear,
    }
}

/// Up while `go` holds, down while `back` does.
fn base() -> source::Adaptive {
    let mut source = profile(vec![
        rule("up", on("go"), UP),
        rule("down", on("back"), DOWN),
    ]);
    source.rules[0].priority = 90;
    source.rules[1].priority = 80;
    source.transitions = vec![LevelTransition {
        name: "way".to_owned(),
        sync: Sync::Bar,
        max_wait_ms: 600_000.0,
        fade_in: fade(100.0),
        fade_out: fade(200.0),
        overlap_ms: 50.0,
        duck_db: Some(-3.0),
        attack_ms: 10.0,
        release_ms: 20.0,
    }];
    source
}

#[test]
fn every_field_acts() {
    let mut ignored = Vec::new();
    for (of, _, fields) in tables() {
        for (field, matters, change, calls) in fields {
            let mut with = base();
            matters(&mut with);
            let without = with.clone();
            change(&mut with);
            let problems = compile(&without).err();
            assert_eq!(problems, None, "{of} {field}");
            assert_ne!(with, without, "{of} {field} has that value already");
            if observe(&with, calls) == observe(&without, calls) {
                ignored.push((of, field));
            }
        }
    }
    assert_eq!(ignored, []);
}

/// The names of all fields of a type: with one that is not named this does not compile. Fields
/// that are types with fields of their own stand behind the `;`.
macro_rules! fields {
    ($type:path { $($field:ident),* ; $($within:ident),* }) => {{
        let $type { $($field: _,)* $($within: _,)* } = Default::default();
        vec![$(stringify!($field)),*]
    }};
}

/// What is told of a table, all fields of its types, and the table.
fn tables() -> [(&'static str, Vec<&'static str>, &'static [Field]); 8] {
    let _parts: Vec<&str> = fields!(source::Adaptive {
        ; signals, contexts, rules, transitions, stability, stingers
    });
    let rule = fields!(Rule {
        id, name, enabled, priority, contexts, condition, action, transition, strength_signal,
        cooldown_ms, hold_ms, requires_hold_expired ; side_effects
    });
    let effects = fields!(SideEffects { stinger, volume_lin, emit_event, momentum_delta ; });
    let context = fields!(Context {
        name, key, bpm, signature, levels, entry, entry_stinger, entry_stinger_duck_db ;
        exit, constraints, arc
    });
    let exit = fields!(ContextExit {
        return_to, level, wind_down, fade_ms, overlap_ms, summary_stingers ;
    });
    let constraints = fields!(Constraints { min, max, cooldown_ms, max_changes_per_spin ; });
    let arc = fields!(Arc { form ; phases });
    let layer = fields!(Layer { asset, gain_db, pan, loop_start_smp, loop_end_smp ; });
    let stability = fields!(Stability {
        hold_ms, cooldown_ms, inertia, momentum, decay_after_ms, decay_per_s, baseline ;
        prediction
    });
    let transition = fields!(LevelTransition {
        name, sync, max_wait_ms, fade_in, fade_out, overlap_ms, duck_db, attack_ms, release_ms ;
    });
    [
        (
            "signal",
            fields!(Signal { name, normalise, default ; }),
            SIGNALS,
        ),
        ("rule", [rule, effects].concat(), RULES),
        (
            "context",
            [context, exit, constraints, arc].concat(),
            CONTEXTS,
        ),
        ("layer", layer, LAYERS),
        ("phase", fields!(ArcPhase { bias, min, max ; }), PHASES),
        ("stability", stability, STABILITY),
        ("transition", transition, TRANSITIONS),
        (
            "stinger",
            fields!(AdaptiveStinger { name, asset ; }),
            STINGERS,
        ),
    ]
}

/// A field more in a profile is a row more in the tables.
#[test]
fn no_field_is_forgotten() {
    for (of, mut fields, table) in tables() {
        let mut rows: Vec<&str> = table.iter().map(|row| row.0).collect();
        fields.sort_unstable();
        rows.sort_unstable();
        assert_eq!(rows, fields, "{of}");
    }
}
