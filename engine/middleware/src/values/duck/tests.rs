use proptest::prelude::*;

use super::super::testing::Names;
use super::*;
use crate::source::{Duck, DuckSource, DuckTrigger, Shape};

const FS: f64 = 48_000.0;

fn duck(target: &str) -> Duck {
    Duck {
        name: "duck".into(),
        source: DuckSource::Bus("vo".into()),
        target_bus: target.into(),
        depth_db: -6.0,
        attack_ms: 10.0,
        hold_ms: 0.0,
        release_ms: 100.0,
        trigger: DuckTrigger::Activity,
        threshold_lin: 0.01,
        curve: Shape::Linear,
    }
}

fn rules(ducks: &[Duck]) -> (DuckRules, Ducks) {
    let rules = DuckRules::compile(ducks, &Names, FS).unwrap();
    let ducks = Ducks::new(&rules);
    (rules, ducks)
}

#[test]
fn without_attack_it_is_full_on_the_same_sample() {
    let (rules, mut ducks) = rules(&[Duck {
        attack_ms: 0.0,
        ..duck("music")
    }]);
    assert_eq!(ducks.gain(&rules, 0, 0), 1.0, "nothing pushes yet");
    assert!(ducks.source_active(&rules, 1001, 0, true));
    assert_eq!(ducks.gain(&rules, 1001, 0), db_to_gain(-6.0));
    assert!(!ducks.moving(1001));
}

#[test]
fn two_rules_of_six_decibels_are_twelve() {
    let other = Duck {
        source: DuckSource::Tag("speech".into()),
        ..duck("music")
    };
    let (rules, mut ducks) = rules(&[duck("music"), duck("sfx"), other]);
    for rule in 0..3 {
        ducks.source_active(&rules, 0, rule, true);
    }
    let gains: Vec<_> = (0..rules.buses().len())
        .map(|bus| 20.0 * ducks.gain(&rules, 480, bus).log10())
        .collect();
    assert!(
        (gains[0] + 12.0).abs() < 1e-4 && (gains[1] + 6.0).abs() < 1e-4,
        "{gains:?}"
    );
}

#[test]
fn it_lets_go_from_where_it_is_and_comes_back_from_there() {
    let (rules, mut ducks) = rules(&[duck("music")]);
    ducks.source_active(&rules, 0, 0, true);
    assert_eq!(ducks.envelope(&rules, 240, 0), 0.5);
    ducks.source_active(&rules, 240, 0, false);
    assert_eq!(ducks.envelope(&rules, 240, 0), 0.5);
    assert_eq!(ducks.envelope(&rules, 1440, 0), 0.25);
    assert!(ducks.moving(1440));
    ducks.source_active(&rules, 1440, 0, true);
    assert_eq!(ducks.envelope(&rules, 1440, 0), 0.25);
    assert_eq!(ducks.envelope(&rules, 1680, 0), 0.75);
    assert_eq!(ducks.envelope(&rules, 1800, 0), 1.0);
    ducks.source_active(&rules, 2000, 0, false);
    assert_eq!(ducks.envelope(&rules, 2000 + 4800, 0), 0.0);
}

#[test]
fn a_hold_delays_the_way_back() {
    let (rules, mut ducks) = rules(&[Duck {
        hold_ms: 50.0,
        release_ms: 0.0,
        ..duck("music")
    }]);
    ducks.source_active(&rules, 0, 0, true);
    ducks.source_active(&rules, 1000, 0, false);
    assert_eq!(ducks.envelope(&rules, 3399, 0), 1.0);
    assert_eq!(ducks.envelope(&rules, 3400, 0), 0.0);
}

#[test]
fn the_curve_is_honoured() {
    let (rules, mut ducks) = rules(&[Duck {
        curve: Shape::Exp3,
        depth_db: -20.0,
        ..duck("music")
    }]);
    ducks.source_active(&rules, 0, 0, true);
    let expect = -20.0 * (1.5f64.exp() - 1.0) / (3f64.exp() - 1.0);
    assert!((f64::from(ducks.rule_db(&rules, 240, 0)) - expect).abs() < 1e-5);
}

#[test]
fn a_level_triggers_with_three_decibels_of_hysteresis() {
    let (rules, mut ducks) = rules(&[Duck {
        trigger: DuckTrigger::Level,
        threshold_lin: 0.1,
        ..duck("music")
    }]);
    let mut tell = |rms_db: f32| {
        ducks.source_level(&rules, 0, 0, 10f32.powf(rms_db / 10.0));
        ducks.active(0)
    };
    let heard = [-20.1, -19.9, -22.9, -23.1, -22.9, -19.9].map(&mut tell);
    assert_eq!(heard, [false, true, true, false, false, true]);
}

#[test]
fn a_silent_source_that_counts_as_playing_is_told_once() {
    let (rules, mut ducks) = rules(&[duck("music")]);
    ducks.source_active(&rules, 0, 0, true);
    let second = 48_000;
    let mut told = Vec::new();
    for s in 0..300u64 {
        let power = if s < 100 { 0.1 } else { 0.0 };
        ducks.source_level(&rules, s * second, 0, power);
        told.extend(ducks.stuck(&rules, s * second).map(|rule| (s, rule)));
    }
    assert_eq!(told, [(221, 0)]);
}

#[test]
fn another_bank_goes_on_from_where_it_is() {
    let (old_rules, mut old) = rules(&[duck("music"), duck("sfx")]);
    old.source_active(&old_rules, 0, 0, true);
    old.source_active(&old_rules, 0, 1, true);
    old.source_active(&old_rules, 480, 1, false);
    let slower = Duck {
        attack_ms: 20.0,
        release_ms: 200.0,
        ..duck("sfx")
    };
    let music = Duck {
        attack_ms: 20.0,
        ..duck("music")
    };
    let (rules, mut new) = rules(&[music, slower]);
    new.carry_over(&rules, 240, (&old, &old_rules), &|rule| {
        (rule == 0).then_some(0)
    });
    assert_eq!(new.envelope(&rules, 240, 0), 0.5);
    assert_eq!(new.envelope(&rules, 480, 0), 0.75);
    assert_eq!(new.envelope(&rules, 480, 1), 0.0);
    new.carry_over(&rules, 2880, (&old, &old_rules), &Some);
    assert_eq!(new.envelope(&rules, 2880, 1), 0.5);
    assert_eq!(new.envelope(&rules, 2880 + 2400, 1), 0.25);
}

#[test]
fn bad_rules_are_named() {
    let bad = |duck: Duck| {
        DuckRules::compile(&[duck], &Names, FS).unwrap_err()[0]
            .path
            .clone()
    };
    let good = duck("music");
    let depth_db = 1.0;
    assert_eq!(
        bad(Duck {
            depth_db,
            ..good.clone()
        }),
        "[0].depth_db"
    );
    assert_eq!(bad(duck("vo")), "[0].target_bus");
    assert_eq!(bad(duck("nowhere")), "[0].target_bus");
}

#[test]
fn the_slots_of_a_game_push_all_below_them() {
    let matrix = slot_matrix(&["vo", "sfx", "music"]);
    let found: Vec<_> = matrix
        .iter()
        .map(|duck| (&*duck.name, duck.depth_db))
        .collect();
    assert_eq!(
        found,
        [
            ("vo over sfx", -6.0),
            ("vo over music", -96.0),
            ("sfx over music", -6.0)
        ]
    );
    assert_eq!(DuckRules::compile(&matrix, &Names, FS).unwrap().len(), 3);
}

proptest! {
    #[test]
    fn an_envelope_never_jumps(
        attack_ms in 1.0..100.0f32,
        release_ms in 1.0..100.0f32,
        hold_ms in 0.0..20.0f32,
        changes in proptest::collection::vec(1u64..6000, 1..20),
    ) {
        let (rules, mut ducks) = rules(&[Duck { attack_ms, hold_ms, release_ms, ..duck("music") }]);
        let (mut at, mut last) = (0, 0.0);
        for (n, wait) in changes.into_iter().enumerate() {
            ducks.source_active(&rules, at, 0, n % 2 == 0);
            for now in at..at + wait {
                let e = ducks.envelope(&rules, now, 0);
                prop_assert!((e - last).abs() < 1.0 / 40.0, "{last} to {e} at {now}");
                last = e;
            }
            at += wait;
        }
    }
}
