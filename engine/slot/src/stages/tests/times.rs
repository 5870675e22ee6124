//! When the stages of a spin come, by the table of the timing profiles: in `normal` and in `turbo`.

use super::*;
use crate::game::FeatureKind;
use crate::result::{
    CascadeStep, Feature, FeaturePlay, FreeSpinsPlay, GambleOutcome, GamblePlay, GambleRound,
    Retrigger,
};

/// Stages by name, and their times in milliseconds, in `normal` and in `turbo`.
type Times<'a> = &'a [(&'a str, &'a [f64], &'a [f64])];

fn check_times(result: &SpinResult, expected: Times<'_>) {
    for (profile, traced) in ["normal", "turbo"].map(|it| (it, rules(it).spin(result))) {
        for (name, normal, turbo) in expected {
            let expected = if profile == "normal" { normal } else { turbo };
            assert_eq!(time(&traced, name), *expected, "{name} in {profile}");
        }
    }
}

fn losing() -> SpinResult {
    window(&[SymbolKind::Regular; 5])
}

fn line(line: u16, amount: i64) -> LineWin {
    LineWin {
        line: Some(line),
        symbol: 1,
        count: 3,
        ways: 1,
        amount,
        cells: vec![],
    }
}

#[test]
fn at_most_four_lines_are_shown_one_by_one() {
    let result = SpinResult {
        line_wins: (0..6).map(|n| line(n, 10)).collect(),
        base_win: 60,
        total_win: 60,
        ..losing()
    };
    check_times(
        &result,
        &[
            ("evaluate_wins", &[2050.0], &[850.0]),
            ("win_present", &[2250.0], &[950.0]),
            (
                "win_line_show",
                &[2250.0, 2750.0, 3250.0, 3750.0],
                &[950.0, 1150.0, 1350.0, 1550.0],
            ),
            ("spin_end", &[4350.0], &[1850.0]),
        ],
    );
    let trace = rules("turbo").spin(&result);
    let mut counts = trace.events.iter().filter_map(|event| match event.stage {
        Stage::WinPresent { line_count, .. } => Some(line_count),
        _ => None,
    });
    assert_eq!(counts.next(), Some(6), "all of them are counted");
}

#[test]
fn a_cascade_falls_step_by_step_before_the_count() {
    let fall = |win| CascadeStep {
        removed: vec![],
        window: losing().window,
        line_wins: vec![],
        multiplier: 2,
        win,
    };
    let result = SpinResult {
        cascade: vec![fall(30), fall(0)],
        ..losing()
    };
    check_times(
        &result,
        &[
            ("cascade_start", &[2050.0], &[825.0]),
            ("cascade_step", &[2650.0, 3250.0], &[1125.0, 1425.0]),
            ("cascade_end", &[3850.0], &[1725.0]),
            ("evaluate_wins", &[3900.0], &[1775.0]),
        ],
    );
}

#[test]
fn a_feature_plays_its_spins_from_its_entry_to_its_summary() {
    let retrigger = Retrigger {
        spin: 0,
        additional: 1,
        new_total: 3,
    };
    let play = FreeSpinsPlay {
        awarded: 2,
        multiplier: 1,
        spins: vec![losing(); 3],
        retriggers: vec![retrigger],
    };
    let result = SpinResult {
        features: vec![Feature {
            index: 0,
            kind: FeatureKind::FreeSpins,
            triggers: vec![],
            play: FeaturePlay::FreeSpins(play),
            total_win: 0,
        }],
        ..losing()
    };
    let steps: (&[f64], &[f64]) = (&[6200.0, 8400.0, 10_600.0], &[2800.0, 3775.0, 4750.0]);
    check_times(
        &result,
        &[
            ("feature_enter", &[2050.0], &[850.0]),
            ("feature_retrigger", &[6200.0], &[2800.0]),
            ("feature_step", steps.0, steps.1),
            ("feature_exit", &[10_650.0], &[4775.0]),
            ("fs_summary", &[10_700.0], &[4800.0]),
            (
                "spin_end",
                &[6200.0, 8400.0, 10_600.0, 12_800.0],
                &[2800.0, 3775.0, 4750.0, 5900.0],
            ),
        ],
    );
}

#[test]
fn a_gamble_goes_from_choice_to_result() {
    let round = |outcome, amount| GambleRound {
        choice: 0,
        outcome,
        amount,
    };
    let result = SpinResult {
        gamble: Some(GamblePlay {
            stake: 50,
            rounds: vec![
                round(GambleOutcome::Win, 100),
                round(GambleOutcome::Lose, 0),
            ],
            collected: 0,
        }),
        ..losing()
    };
    check_times(
        &result,
        &[
            ("gamble_start", &[2100.0], &[875.0]),
            ("gamble_choice", &[2150.0, 2700.0], &[900.0, 1125.0]),
            ("gamble_result", &[2650.0, 3200.0], &[1100.0, 1325.0]),
            ("gamble_end", &[3250.0], &[1350.0]),
            ("spin_end", &[3350.0], &[1450.0]),
        ],
    );
}
