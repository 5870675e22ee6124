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

/// A spin of a bet that wins on one line.
fn winning(win: i64, bet: i64) -> SpinResult {
    SpinResult {
        bet,
        line_wins: vec![line(0, win)],
        base_win: win,
        total_win: win,
        ..losing()
    }
}

/// Behind the one line of a win in `normal`.
const COUNT: f64 = 2050.0 + 200.0 + 500.0;

#[test]
fn a_win_counts_up_in_the_time_and_ticks_of_its_tier() {
    for (win, length, ticks) in [
        (100, 500.0, 10_u32),
        (101, 800.0, 14),
        (199, 800.0, 14),
        (200, 1000.0, 16),
        (300, 1200.0, 18),
        (500, 1500.0, 21),
        (800, 2000.0, 24),
        (1_200, 2500.0, 25),
        (1_999, 2500.0, 25),
    ] {
        let trace = rules("normal").spin(&winning(win, 100));
        assert_eq!(time(&trace, "rollup_start"), [COUNT], "{win}");
        let ticked = time(&trace, "rollup_tick");
        let even = (1..=ticks).map(|tick| COUNT + length * f64::from(tick) / f64::from(ticks));
        assert!(
            even.zip(&ticked)
                .all(|(at, found)| (at - found).abs() < 1e-6),
            "{win}: {ticked:?}"
        );
        assert_eq!(
            (ticked.len(), ticked.last()),
            (ticks as usize, Some(&(COUNT + length))),
            "{win}"
        );
        let end = COUNT + length + 100.0;
        assert_eq!(time(&trace, "rollup_end"), [end], "{win}");
        assert_eq!(time(&trace, "spin_end"), [end + 100.0], "{win}");
    }
}

/// Without win tiers the profile says how long a win counts up, and how long a big one is celebrated.
#[test]
fn without_tiers_a_win_counts_up_at_the_speed_of_its_profile() {
    let trace = |profile, win, bet| {
        let mut rules = rules(profile);
        rules.tiers = None;
        rules.spin(&winning(win, bet))
    };
    // 50 credits a second, and 200 in `turbo`; never below half a second or above ten.
    for (profile, from, win, bet, length) in [
        ("normal", COUNT, 60, 50, 1200.0),
        ("normal", COUNT, 24, 20, 500.0),
        ("normal", COUNT, 25, 20, 500.0),
        ("normal", COUNT, 26, 20, 520.0),
        ("normal", COUNT, 499, 400, 9_980.0),
        ("normal", COUNT, 600, 500, 10_000.0),
        ("turbo", 1150.0, 600, 500, 3_000.0),
    ] {
        let trace = trace(profile, win, bet);
        assert_eq!(time(&trace, "rollup_start"), [from], "{win}");
        let last = time(&trace, "rollup_tick").pop();
        assert_eq!(last, Some(from + length), "{win}");
        assert_eq!(time(&trace, "rollup_end"), [from + length + 100.0], "{win}");
        assert_eq!(time(&trace, "big_win_tier"), [0.0; 0], "{win}");
    }
    for (win, celebrated) in [
        (99, 0.0),
        (100, 3_000.0),
        (149, 3_000.0),
        (150, 4_500.0),
        (249, 4_500.0),
        (250, 6_000.0),
        (499, 6_000.0),
        (500, 7_500.0),
        (999, 7_500.0),
        (1_000, 9_000.0),
    ] {
        let trace = trace("normal", win, 10);
        let end = time(&trace, "rollup_end")[0];
        assert_eq!(
            time(&trace, "spin_end"),
            [end + celebrated + 100.0],
            "{win}"
        );
        let tiers = time(&trace, "big_win_tier");
        assert_eq!(tiers, vec![COUNT; usize::from(win >= 100)], "{win}");
    }
}
