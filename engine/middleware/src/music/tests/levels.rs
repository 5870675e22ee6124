//! Adaptive layers: in step, without restarts, from the gains they have.

use segue_rt::game::NameId;

use super::rig::{NODES, RATE, gain, lookup, ms};
use crate::adaptive::{Adaptive, AdaptiveForm, Cause, Effect, Effects, TransitionIx};
use crate::ids::{ContextIx, NodeIx};
use crate::music::{Command, Commands, DuckSlot, Grid, Layers, Outer, PlayNo, Role};
use crate::source::{self, Context, Layer, LevelTransition, Sync};

fn layer(asset: &str, gain_db: f32, pan: f32) -> Layer {
    Layer {
        asset: asset.to_owned(),
        gain_db,
        pan,
        ..Layer::default()
    }
}

fn context(name: &str, levels: Vec<Vec<Layer>>) -> Context {
    let mut context = Context {
        name: name.to_owned(),
        bpm: 120.0,
        signature: [4, 4],
        levels,
        ..Context::default()
    };
    context.exit.return_to = "BASE".to_owned();
    context
}

/// Level 0 is a; 1 is a and b; 2 is b, softer and to the right.
fn profile() -> source::Adaptive {
    let base = vec![
        vec![layer("a", 0.0, 0.0)],
        vec![layer("a", 0.0, 0.0), layer("b", 0.0, 0.0)],
        vec![layer("b", -20.0, 0.5)],
    ];
    source::Adaptive {
        contexts: vec![
            context("BASE", base),
            context(
                "WIN",
                vec![vec![layer("a", 0.0, 0.0), layer("c", 0.0, 0.0)]],
            ),
        ],
        transitions: vec![LevelTransition {
            name: "way".to_owned(),
            sync: Sync::Bar,
            max_wait_ms: 600_000.0,
            fade_in: ms(200.0),
            fade_out: ms(300.0),
            overlap_ms: 100.0,
            duck_db: Some(-6.0),
            attack_ms: 10.0,
            release_ms: 50.0,
        }],
        ..source::Adaptive::default()
    }
}

struct Rig {
    form: AdaptiveForm,
    layers: Layers,
    said: Vec<(u64, Command)>,
    transport: Option<Grid>,
}

const WAY: TransitionIx = TransitionIx(0);

impl Rig {
    fn new(source: &source::Adaptive) -> Self {
        let form = lookup(|lookup| AdaptiveForm::new(source, lookup, RATE));
        Self {
            form: form.unwrap_or_else(|found| panic!("{found:?}")),
            layers: Layers::new(),
            said: Vec::new(),
            transport: None,
        }
    }

    fn apply(&mut self, at: u64, effect: Effect) {
        self.until(at);
        let mut out = Commands::default();
        let transport = self.transport;
        self.layers.apply(
            &self.form,
            at,
            &effect,
            transport.map(Outer::Even).as_ref(),
            &mut out,
        );
        self.said.extend(out.iter().map(|command| (at, *command)));
    }

    fn until(&mut self, at: u64) {
        while self.layers.next_boundary() <= at {
            let due = self.layers.next_boundary();
            let mut out = Commands::default();
            self.layers.run(&self.form, due, &mut out);
            self.said.extend(out.iter().map(|command| (due, *command)));
            assert!(self.layers.next_boundary() > due);
        }
    }

    fn begin(&mut self, at: u64) {
        self.enter(at, 0, None);
    }

    fn enter(&mut self, at: u64, context: u32, fade: Option<(u32, u32)>) {
        let effect = Effect::Context {
            from: None,
            to: ContextIx(context),
            level: 0,
            transition: WAY,
            fade,
        };
        self.apply(at, effect);
    }

    fn level(&mut self, at: u64, to: u8) {
        let effect = Effect::Level {
            context: ContextIx(0),
            from: 0,
            to,
            transition: WAY,
            cause: Cause::Call,
        };
        self.apply(at, effect);
    }

    /// Frame, name and number of every start.
    fn starts(&self) -> Vec<(u64, &'static str, PlayNo)> {
        let starts = self.said.iter().filter_map(|(at, command)| match command {
            Command::Start(start) => Some((*at, NODES[start.node.at()], start.play)),
            _ => None,
        });
        starts.collect()
    }

    fn gain(&self, n: usize, t: u64) -> Option<f32> {
        gain(&self.said, self.starts()[n].2, t)
    }
}

const BAR: u64 = 96_000;

#[test]
fn all_sounds_of_a_context_start_together_and_only_once() {
    let mut rig = Rig::new(&profile());
    rig.begin(5);
    for (at, level) in [(BAR, 1), (2 * BAR, 2), (4 * BAR, 0), (6 * BAR, 2)] {
        rig.level(at, level);
    }
    rig.until(20 * BAR);
    let starts: Vec<_> = rig.starts().iter().map(|it| (it.0, it.1)).collect();
    assert_eq!(starts, [(5, "a"), (5, "b")], "no level restarts a sound");
    let roles = |it: &(u64, Command)| matches!(it.1, Command::Start(start) if start.role == Role::Layer && start.offset == 0 && start.looping == Some([0, 4_800_000]));
    assert_eq!(rig.said.iter().filter(|it| roles(it)).count(), 2);
}

#[test]
fn a_level_comes_on_the_context_s_own_bar_or_that_of_the_transport() {
    for (transport, at) in [(None, 5 + BAR), (Some(777.0), 777 + 72_000)] {
        let mut rig = Rig::new(&profile());
        rig.begin(5);
        rig.transport = transport.map(|t0| Grid {
            t0,
            beat: 24_000.0,
            per_bar: 3,
        });
        rig.level(1000, 1);
        let granted = rig
            .said
            .iter()
            .rev()
            .find_map(|(_, command)| match command {
                Command::Sync(row) => Some((row.granted, row.frame)),
                _ => None,
            });
        assert_eq!(granted, Some((Sync::Bar, at)));
    }
}

#[test]
fn what_arrives_waits_for_all_but_the_overlap() {
    let mut rig = Rig::new(&profile());
    rig.begin(0);
    rig.level(1000, 1);
    rig.level(BAR + 50_000, 0);
    rig.level(3 * BAR, 2);
    rig.until(9 * BAR);
    // Down to level 0 at bar 2: b goes over 14400 frames, a stays as it is.
    for (n, t, expected) in [
        (0, 4_800, std::f32::consts::FRAC_1_SQRT_2),
        (0, 9_600, 1.0),
        (1, BAR + 9_600, 0.0),
        (1, BAR + 9_600 + 4_800, std::f32::consts::FRAC_1_SQRT_2),
        (1, BAR + 9_600 + 9_600, 1.0),
        (1, 2 * BAR, 1.0),
        (1, 2 * BAR + 7_200, std::f32::consts::FRAC_1_SQRT_2),
        (1, 2 * BAR + 14_400, 0.0),
        (0, 2 * BAR + 7_200, 1.0),
        // To level 2 at bar 3: a goes at once, b comes later, at a tenth.
        (0, 3 * BAR + 14_400, 0.0),
        (1, 3 * BAR + 9_600, 0.0),
        (1, 3 * BAR + 19_200, 0.1),
    ] {
        let found = rig.gain(n, t).unwrap();
        assert!((found - expected).abs() < 1e-5, "{n} {t}: {found}");
    }
    let pans: Vec<_> = rig
        .said
        .iter()
        .filter(|it| matches!(it.1, Command::Pan { .. }))
        .collect();
    let play = rig.starts()[1].2;
    let pan = |pan, ramp| Command::Pan { play, pan, ramp };
    assert_eq!(pans, [&(BAR, pan(0.0, 0)), &(3 * BAR, pan(0.5, 0))]);
}

#[test]
fn a_change_in_a_change_goes_on_from_the_gains_there_are() {
    let mut source = profile();
    source.transitions[0].sync = Sync::Immediate;
    let mut rig = Rig::new(&source);
    rig.begin(0);
    let mut at = 20_000;
    for (level, wait) in [
        (1, 9_700),
        (0, 3_000),
        (2, 12_000),
        (1, 10_000),
        (2, 14_000),
        (0, 700),
    ] {
        rig.level(at, level);
        at += wait;
    }
    rig.until(at + 50_000);
    for n in [0, 1] {
        let mut last = rig.gain(n, 0).unwrap();
        for t in (0..at + 50_000).step_by(8) {
            let gain = rig.gain(n, t).unwrap();
            assert!(
                (gain - last).abs() < 0.003,
                "{n} steps from {last} to {gain} at {t}"
            );
            last = gain;
        }
    }
}

#[test]
fn the_music_makes_way_for_a_change_until_it_is_complete() {
    let mut rig = Rig::new(&profile());
    rig.begin(0);
    rig.until(50_000);
    rig.said.clear();
    rig.level(60_000, 1);
    rig.until(3 * BAR);
    let ducks = rig.said.iter().filter_map(|(at, command)| match command {
        Command::Duck(DuckSlot::Transition, course) => {
            Some((*at, course.end(), course.db(u64::MAX)))
        }
        _ => None,
    });
    let ducks: Vec<_> = ducks.collect();
    let complete = BAR + 19_200;
    assert_eq!(
        ducks,
        [(BAR, BAR + 480, -6.0), (complete, complete + 2_400, 0.0)]
    );
}

#[test]
fn a_context_takes_the_place_of_another_with_its_exit_s_fade() {
    let mut rig = Rig::new(&profile());
    rig.begin(0);
    rig.enter(1000, 1, Some((9_600, 4_800)));
    rig.level(2000, 0);
    rig.until(2 * BAR);
    let starts: Vec<_> = rig.starts().iter().map(|it| (it.0, it.1)).collect();
    assert_eq!(starts, [(0, "a"), (0, "b"), (BAR, "a"), (BAR, "c")]);
    let half = std::f32::consts::FRAC_1_SQRT_2;
    for (n, t, expected) in [
        (0, BAR + 4_800, Some(half)),
        (0, BAR + 9_600, None),
        (1, BAR + 9_600, None),
        (2, BAR + 4_800, Some(0.0)),
        (2, BAR + 9_600, Some(half)),
        (3, BAR + 14_400, Some(1.0)),
    ] {
        let found = rig.gain(n, t);
        let near = found
            .zip(expected)
            .is_none_or(|(a, b)| (a - b).abs() < 1e-5);
        assert!(
            near && found.is_some() == expected.is_some(),
            "{n} {t}: {found:?}"
        );
    }
}

#[test]
fn equal_fades_that_overlap_wholly_keep_the_power() {
    let mut source = profile();
    source.transitions[0].fade_in = ms(300.0);
    source.transitions[0].overlap_ms = 300.0;
    source.contexts[0].levels = vec![vec![layer("a", 0.0, 0.0)], vec![layer("b", 0.0, 0.0)]];
    let mut rig = Rig::new(&source);
    rig.begin(0);
    rig.level(20_000, 1);
    rig.until(2 * BAR);
    for t in (BAR..BAR + 14_400).step_by(7) {
        let [a, b] = [0, 1].map(|n| rig.gain(n, t).unwrap());
        assert!((a * a + b * b - 1.0).abs() < 1e-6, "{t}");
    }
}

#[test]
fn stingers_of_rules_duck_together_as_deep_as_the_deepest() {
    let mut rig = Rig::new(&profile());
    let sting = |duck_db| Effect::Stinger {
        node: NodeIx(4),
        gain: 0.7,
        duck_db,
    };
    rig.apply(1000, sting(-6.0));
    rig.apply(5000, sting(-12.0));
    let plays: Vec<PlayNo> = rig.starts().iter().map(|it| it.2).collect();
    assert_eq!(rig.gain(0, 2000), Some(0.7));
    for (at, play) in [(20_000, plays[1]), (40_000, plays[0])] {
        let mut out = Commands::default();
        rig.layers.ended(at, play, &mut out);
        rig.said.extend(out.iter().map(|command| (at, *command)));
    }
    let goals = rig.said.iter().filter_map(|(at, command)| match command {
        Command::Duck(DuckSlot::AdaptiveStinger, course) => {
            Some((*at, course.end() - at, course.db(u64::MAX)))
        }
        _ => None,
    });
    let goals: Vec<_> = goals.collect();
    // 50 ms down, 200 ms up.
    let expected = [
        (1000, 2400, -6.0),
        (5000, 2400, -12.0),
        (20_000, 9600, -6.0),
        (40_000, 9600, 0.0),
    ];
    assert_eq!(goals, expected);
}

#[test]
fn another_bank_goes_on_when_its_layers_are_the_same() {
    let mut source = profile();
    let mut rig = Rig::new(&source);
    rig.begin(0);
    let mut engine = Adaptive::new(&rig.form);
    let mut effects = Effects::default();
    engine.begin(&rig.form, 0, &mut effects);
    source.contexts[0].levels[0][0].gain_db = -20.0;
    for (levels, starts) in [(3, 0), (2, 2)] {
        // Without level 2 the second sound is still there; with another order it is another set.
        let mut source = source.clone();
        if levels == 2 {
            source.contexts[0].levels[1].reverse();
            source.contexts[0].levels.swap(0, 1);
        }
        let form = lookup(|lookup| AdaptiveForm::new(&source, lookup, RATE)).unwrap();
        let mut next = Adaptive::new(&form);
        next.carry_over(&form, 5000, (&engine, &rig.form), &mut effects);
        let mut layers = Layers::new();
        let mut out = Commands::default();
        layers.carry_over(
            &form,
            5000,
            (&rig.layers, &rig.form),
            &next,
            &Some,
            &mut out,
        );
        let started = out
            .iter()
            .filter(|it| matches!(it, Command::Start(_)))
            .count();
        assert_eq!(started, starts);
        let fades = out.iter().filter_map(|it| match it {
            Command::Fade { play, course, stop } => Some((*play, course.gain(u64::MAX), *stop)),
            _ => None,
        });
        let fades: Vec<_> = fades.collect();
        let [a, b] = [0, 1].map(|n| rig.starts()[n].2);
        if levels == 3 {
            assert_eq!(fades.len(), 1);
            assert!(fades[0].0 == a && (fades[0].1 - 0.1).abs() < 1e-6 && !fades[0].2);
        } else {
            assert_eq!(fades, [(a, 0.0, true), (b, 0.0, true)]);
        }
    }
    assert_eq!(rig.form.context(NameId::of("WIN")), Some(ContextIx(1)));
}
