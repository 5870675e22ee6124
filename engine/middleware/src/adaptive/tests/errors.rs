//! What a profile is refused for: every problem with its path.

use super::rig::{UP, compare, compile, on, profile, rule};
use crate::source::{
    Adaptive, ArcPhase, Compare, ContextEntry, FadeLength, LevelTransition, MusicFade, Normalise,
    RuleAction, RuleCondition, Signal, Sync,
};

type Case = (&'static str, fn(&mut Adaptive));

fn nested(depth: usize) -> RuleCondition {
    (0..depth).fold(on("x"), |inner, _| RuleCondition::Not(Box::new(inner)))
}

fn transition(change: impl FnOnce(&mut LevelTransition)) -> LevelTransition {
    let mut it = LevelTransition {
        name: "way".to_owned(),
        ..LevelTransition::default()
    };
    change(&mut it);
    it
}

const SIGNALS: &[Case] = &[
    ("signals[0].normalise", |it| {
        it.signals[0].normalise = Normalise::Linear { a: 1.0, b: 1.0 };
    }),
    ("signals[0].normalise.k", |it| {
        it.signals[0].normalise = Normalise::Sigmoid {
            k: f32::NAN,
            m: 0.0,
        };
    }),
    ("signals[0].normalise.k", |it| {
        it.signals[0].normalise = Normalise::Asymptotic { k: -1.0 };
    }),
    ("signals[0].default", |it| {
        it.signals[0].default = f32::INFINITY
    }),
    ("signals[5]", |it| {
        let twice: Signal = it.signals[0].clone();
        it.signals.push(twice);
    }),
];

const RULES: &[Case] = &[
    ("rules[0]", |it| it.rules[0].id.clear()),
    ("rules[0].name", |it| it.rules[0].name = "n".repeat(129)),
    ("rules[1]", |it| it.rules[1].id = it.rules[0].id.clone()),
    ("rules[1]", |it| {
        it.rules[1] = rule("other", on("go"), RuleAction::SetLevel(0));
    }),
    ("rules[0].contexts[0]", |it| {
        it.rules[0].contexts = vec!["BAES".to_owned()]
    }),
    ("rules[0].condition.signal", |it| {
        it.rules[0].condition = on("nobody")
    }),
    ("rules[0].condition.and", |it| {
        it.rules[0].condition = RuleCondition::And(vec![])
    }),
    ("rules[0].condition.and[1].signal", |it| {
        it.rules[0].condition = RuleCondition::And(vec![on("x"), on("nobody")]);
    }),
    ("rules[0].condition", |it| {
        it.rules[0].condition = compare("x", Compare::Gt, f32::NAN);
    }),
    ("rules[0].condition", |it| {
        it.rules[0].condition = RuleCondition::Compare {
            signal: "x".to_owned(),
            raw: true,
            op: Compare::InRange,
            value: 2.0,
            high: 1.0,
        };
    }),
    ("rules[0].condition.ms", |it| {
        it.rules[0].condition = RuleCondition::HeldFor(Box::new(on("x")), -1.0);
    }),
    ("rules[0].condition.sequence", |it| {
        it.rules[0].condition = RuleCondition::Sequence(vec![on("x")], 1.0);
    }),
    ("rules[0].condition.within_ms", |it| {
        it.rules[0].condition = RuleCondition::Sequence(vec![on("x"), on("y")], -1.0);
    }),
    ("rules[0].action.n", |it| {
        it.rules[0].action = RuleAction::StepUp {
            n: 0,
            min: 0,
            max: 4,
        };
    }),
    ("rules[0].action.max", |it| {
        it.rules[0].action = RuleAction::StepDown {
            n: 1,
            min: 0,
            max: 5,
        };
    }),
    ("rules[0].action.min", |it| {
        it.rules[0].action = RuleAction::StepUp {
            n: 1,
            min: 3,
            max: 2,
        };
    }),
    ("rules[0].action.level", |it| {
        it.rules[0].action = RuleAction::SetLevel(5)
    }),
    ("rules[0].action.back", |it| {
        it.rules[0].action = RuleAction::Pulse {
            level: 1,
            ms: 1.0,
            back: 9,
        };
    }),
    ("rules[0].action.ms", |it| {
        it.rules[0].action = RuleAction::Hold(-1.0)
    }),
    ("rules[0].transition", |it| {
        it.rules[0].transition = Some("upshift".to_owned())
    }),
    ("rules[0].strength_signal", |it| {
        it.rules[0].strength_signal = Some("nobody".to_owned())
    }),
    ("rules[0].cooldown_ms", |it| it.rules[0].cooldown_ms = -1.0),
    ("rules[0].hold_ms", |it| it.rules[0].hold_ms = f32::NAN),
    ("rules[0].side_effects.stinger", |it| {
        it.rules[0].side_effects.stinger = Some("nothing".to_owned());
    }),
    ("rules[0].side_effects.volume_lin", |it| {
        it.rules[0].side_effects.volume_lin = 3.0
    }),
    ("rules[0].side_effects.emit_event", |it| {
        it.rules[0].side_effects.emit_event = Some("nothing".to_owned());
    }),
    ("rules[0].side_effects.momentum_delta", |it| {
        it.rules[0].side_effects.momentum_delta = -2.0;
    }),
];

const CONTEXTS: &[Case] = &[
    ("contexts", |it| it.contexts.clear()),
    ("contexts[1]", |it| it.contexts[1].name = "BASE".to_owned()),
    ("contexts[0].key", |it| it.contexts[0].key = "k".repeat(129)),
    ("contexts[0].bpm", |it| it.contexts[0].bpm = 19.0),
    ("contexts[0].signature", |it| {
        it.contexts[0].signature = [0, 4]
    }),
    ("contexts[0].signature", |it| {
        it.contexts[0].signature = [4, 5]
    }),
    ("contexts[0].levels", |it| it.contexts[0].levels.clear()),
    ("contexts[0].levels", |it| {
        it.contexts[0].levels.push(vec![])
    }),
    ("contexts[0].levels[0]", |it| {
        let layer = it.contexts[0].levels[0][0].clone();
        it.contexts[0].levels[0] = vec![layer; 9];
    }),
    ("contexts[0].levels[0][1]", |it| {
        let twice = it.contexts[0].levels[0][0].clone();
        it.contexts[0].levels[0].push(twice);
    }),
    ("contexts[0].levels[1][0].asset", |it| {
        it.contexts[0].levels[1][0].asset.clear()
    }),
    ("contexts[0].levels[1][0].gain_db", |it| {
        it.contexts[0].levels[1][0].gain_db = 25.0
    }),
    ("contexts[0].levels[1][0].pan", |it| {
        it.contexts[0].levels[1][0].pan = -1.5
    }),
    ("contexts[0].levels[1][0].loop_end_smp", |it| {
        it.contexts[0].levels[1][0].loop_end_smp = 480_001;
    }),
    ("contexts[0].levels[1][0].loop_end_smp", |it| {
        it.contexts[0].levels[1][0].loop_start_smp = 10;
        it.contexts[0].levels[1][0].loop_end_smp = 10;
    }),
    ("contexts[0].entry", |it| {
        it.contexts[0].entry = ContextEntry::Fixed(5)
    }),
    ("contexts[0].entry", |it| {
        it.contexts[0].entry = ContextEntry::TriggerStrength(vec![(0.5, 1), (0.4, 2)]);
    }),
    ("contexts[0].entry", |it| {
        it.contexts[0].entry = ContextEntry::TriggerStrength(vec![])
    }),
    ("contexts[0].entry_stinger", |it| {
        it.contexts[0].entry_stinger = Some(String::new())
    }),
    ("contexts[0].entry_stinger_duck_db", |it| {
        it.contexts[0].entry_stinger_duck_db = 1.0
    }),
    ("contexts[0].exit.return_to", |it| {
        it.contexts[0].exit.return_to = "BAES".to_owned()
    }),
    ("contexts[0].exit.level", |it| {
        it.contexts[0].exit.level = Some(5)
    }),
    ("contexts[0].exit.fade_ms", |it| {
        it.contexts[0].exit.fade_ms = -1.0
    }),
    ("contexts[0].exit.overlap_ms", |it| {
        it.contexts[0].exit.overlap_ms = f32::NAN
    }),
    ("contexts[0].exit.summary_stingers[1]", |it| {
        it.contexts[0].exit.summary_stingers[1] = Some("nothing".to_owned());
    }),
    ("contexts[0].constraints.min", |it| {
        it.contexts[0].constraints.min = 3;
        it.contexts[0].constraints.max = 2;
    }),
    ("contexts[0].constraints.max", |it| {
        it.contexts[0].constraints.max = 5
    }),
    ("contexts[0].constraints.cooldown_ms", |it| {
        it.contexts[0].constraints.cooldown_ms = -1.0;
    }),
    ("contexts[0].arc.phases[0].bias", |it| {
        it.contexts[0].arc.phases = vec![ArcPhase {
            bias: 5.0,
            min: 0,
            max: 4,
        }];
    }),
    ("contexts[0].arc.phases[0].max", |it| {
        it.contexts[0].arc.phases = vec![ArcPhase {
            bias: 0.0,
            min: 0,
            max: 5,
        }];
    }),
    ("contexts[0].arc.phases[0].min", |it| {
        it.contexts[0].arc.phases = vec![ArcPhase {
            bias: 0.0,
            min: 3,
            max: 2,
        }];
    }),
];

const OTHERS: &[Case] = &[
    ("stability.hold_ms", |it| it.stability.hold_ms = -1.0),
    ("stability.cooldown_ms", |it| {
        it.stability.cooldown_ms = -1.0
    }),
    ("stability.inertia", |it| it.stability.inertia[2] = f32::NAN),
    ("stability.momentum", |it| it.stability.momentum = 3.0),
    ("stability.decay_after_ms", |it| {
        it.stability.decay_after_ms = -1.0
    }),
    ("stability.decay_per_s", |it| {
        it.stability.decay_per_s = -1.0
    }),
    ("stability.baseline", |it| it.stability.baseline = 4.5),
    ("stability.prediction", |it| it.stability.prediction = true),
    ("stingers[1]", |it| {
        it.stingers[1].name = it.stingers[0].name.clone()
    }),
    ("stingers[0].asset", |it| {
        it.stingers[0].asset = "nothing".to_owned()
    }),
    ("transitions[0]", |it| {
        it.transitions = vec![transition(|it| it.name.clear())]
    }),
    ("transitions[0].sync", |it| {
        it.transitions = vec![transition(|it| it.sync = Sync::Grid(0.0))];
    }),
    ("transitions[0].max_wait_ms", |it| {
        it.transitions = vec![transition(|it| it.max_wait_ms = -1.0)];
    }),
    ("transitions[0].fade_in", |it| {
        it.transitions = vec![transition(|it| it.fade_in.length = FadeLength::Ms(-1.0))];
    }),
    ("transitions[0].fade_out", |it| {
        let length = FadeLength::Beats(-1.0);
        it.transitions = vec![transition(|it| {
            it.fade_out = MusicFade {
                length,
                ..it.fade_out
            }
        })];
    }),
    ("transitions[0].overlap_ms", |it| {
        it.transitions = vec![transition(|it| it.overlap_ms = -1.0)];
    }),
    ("transitions[0].duck_db", |it| {
        it.transitions = vec![transition(|it| it.duck_db = Some(1.0))];
    }),
    ("transitions[0].attack_ms", |it| {
        it.transitions = vec![transition(|it| it.attack_ms = 6000.0)];
    }),
    ("transitions[0].release_ms", |it| {
        it.transitions = vec![transition(|it| it.release_ms = -1.0)];
    }),
];

#[test]
fn every_problem_is_told_with_its_path() {
    let good = profile(vec![
        rule("r", on("go"), UP),
        rule("s", on("x"), RuleAction::SetLevel(1)),
    ]);
    assert!(compile(&good).is_ok());
    for (path, spoil) in SIGNALS.iter().chain(RULES).chain(CONTEXTS).chain(OTHERS) {
        let mut bad = good.clone();
        spoil(&mut bad);
        let found = compile(&bad).expect_err(path);
        assert!(found.iter().any(|it| it.0 == *path), "{path}: {found:?}");
    }
}

#[test]
fn all_problems_are_told_not_only_the_first() {
    let mut bad = profile(vec![rule("r", on("nobody"), UP)]);
    bad.stability.baseline = -1.0;
    bad.contexts[0].bpm = 0.0;
    let found = compile(&bad).unwrap_err();
    assert_eq!(found.len(), 3, "{found:?}");
}

#[test]
fn conditions_nest_sixteen_deep() {
    for (depth, ok) in [(15, true), (16, false)] {
        let source = profile(vec![rule("r", nested(depth), UP)]);
        assert_eq!(compile(&source).is_ok(), ok, "{depth}");
    }
}
