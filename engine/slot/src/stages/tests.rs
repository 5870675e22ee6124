mod awaited;
mod machine;
mod times;

use segue_middleware::stage::anticipation::AnticipationRule;
use segue_middleware::stage::field::Reason;
use segue_middleware::stage::fsm::violations;
use segue_middleware::stage::lint::spins;
use segue_middleware::stage::loops::Loops;
use segue_middleware::stage::timing::{PROFILES, TimingProfile};
use segue_middleware::stage::{Stage, StageTrace};

use super::{Anticipation, Awaited, StageRules};
use crate::game::{Game, SymbolKind};
use crate::presets;
use crate::result::{Cell, JackpotWin, LineWin, NearMiss, SpinResult};
use machine::{Machine, of_kind, window};

fn rules(profile: &str) -> StageRules {
    let timing = TimingProfile::built_in(profile).unwrap();
    let mut rules = StageRules::new(timing, &Game::default());
    rules.anticipation = three_of(&[SymbolKind::Scatter, SymbolKind::Bonus]);
    rules
}

/// Three symbols of a kind, one a reel, anywhere, in any spin.
fn three_of(kinds: &[SymbolKind]) -> Anticipation {
    let of = |kind: &SymbolKind| Awaited {
        rule: AnticipationRule::new(
            match kind {
                SymbolKind::Bonus => Reason::Bonus,
                _ => Reason::Scatter,
            },
            3,
            vec![1; 8],
        ),
        symbol: of_kind(*kind),
        lines: Vec::new(),
    };
    let paid: Vec<Awaited> = kinds.iter().map(of).collect();
    Anticipation {
        sequential_stop: true,
        tension_escalation: true,
        free: [(0, paid.clone())].into(),
        paid,
    }
}

fn times(trace: &StageTrace, is: impl Fn(&Stage) -> bool) -> Vec<f64> {
    let events = trace.events.iter().filter(|event| is(&event.stage));
    events.map(|event| event.timestamp_ms).collect()
}

fn time(trace: &StageTrace, name: &str) -> Vec<f64> {
    times(trace, |stage| stage.info().name == name)
}

/// Everything that holds of every trace.
fn check(trace: &StageTrace, results: &[SpinResult]) {
    assert_eq!(trace.first_disorder(), None);
    let stages = || trace.events.iter().map(|event| &event.stage);
    assert_eq!(violations(stages()), []);
    let mut loops = Loops::new();
    for stage in stages() {
        assert_eq!(loops.take(stage).cut, [], "a loop had no end of its own");
    }
    assert_eq!(loops.open(), []);
    assert_eq!(spins(trace).len(), results.len());
    check_order(trace);
}

/// Within a spin: stops before the count, the count before the win, progress that rises.
fn check_order(trace: &StageTrace) {
    // Of each awaited reel, and last of what counts up.
    let (mut counted, mut progress) = (false, [-1.0; 9]);
    for event in &trace.events {
        let step = match event.stage {
            Stage::AnticipationTensionLayer { reel, progress, .. } => (reel, progress),
            Stage::RollupTick { progress, .. } => (8, progress),
            _ => (8, f64::MAX),
        };
        match event.stage {
            Stage::UiSpinPress {} => counted = false,
            Stage::ReelStop { .. } | Stage::CascadeStep { .. } | Stage::CascadeEnd { .. } => {
                assert!(!counted);
            }
            Stage::EvaluateWins {} => counted = true,
            Stage::WinPresent { .. } => assert!(counted),
            Stage::RollupStart { .. } => progress[8] = -1.0,
            Stage::AnticipationOn { reel, .. } => progress[usize::from(reel)] = -1.0,
            Stage::AnticipationTensionLayer { .. } | Stage::RollupTick { .. } => {
                let last = &mut progress[usize::from(step.0)];
                assert!(step.1 > *last, "{} after {last}", step.1);
                *last = step.1;
            }
            _ => {}
        }
    }
}

#[test]
fn any_spin_in_any_profile_is_in_order_and_ends_its_loops() {
    let mut machine = Machine::new(7);
    let all: Vec<StageRules> = PROFILES.iter().map(|name| rules(name)).collect();
    for n in 0..100_000 {
        let mut rules = all[n % all.len()].clone();
        if n.is_multiple_of(3) {
            rules.anticipation.sequential_stop = n.is_multiple_of(2);
            for award in &mut rules.anticipation.paid {
                award.rule.final_grid = n.is_multiple_of(5);
            }
            rules.tiers = None;
            rules.timing = rules.timing.scaled(0.01 + (n % 17) as f64 / 4.0);
        }
        let result = machine.spin(2);
        check(&rules.spin(&result), &[result]);
    }
}

#[test]
fn spins_follow_one_another() {
    let mut machine = Machine::new(11);
    let results: Vec<SpinResult> = (0..50).map(|_| machine.spin(1)).collect();
    check(&rules("normal").spins(&results, 250.0), &results);
}

/// What a spin won can be told from what it shows alone, each amount counted once: games as they are, with
/// cascades, free spins, coins, picks, jackpots and gambles.
#[test]
fn what_a_spin_won_is_the_sum_of_what_it_shows() {
    let games = [
        presets::demo(presets::Volatility::Studio),
        presets::demo(presets::Volatility::High),
        presets::lobstermania(presets::Payback::High, 15),
    ];
    for game in games {
        let rules = StageRules::new(TimingProfile::built_in("normal").unwrap(), &game);
        let machine = crate::Machine::new(game).unwrap();
        let mut recorder = crate::log::Recorder::new(&machine, 5, 0, 2).unwrap();
        let mut rng = crate::Rng::new(6, 0);
        let spin = |n: u32| {
            let mut result = recorder.spin().unwrap().1;
            if let Some(rules) = machine
                .game()
                .gamble
                .as_ref()
                .filter(|_| n.is_multiple_of(3))
                && result.total_win > 0
            {
                let mut gamble = crate::gamble::GambleGame::new(rules, result.total_win).unwrap();
                gamble.choose(0, &mut rng).unwrap();
                result.gamble = Some(gamble.collect());
            }
            result
        };
        let results: Vec<SpinResult> = (0..4_000).map(spin).collect();
        assert!(results.iter().any(|it| !it.features.is_empty()));
        let trace = rules.spins(&results, 0.0);
        let mut bare = trace.clone();
        for event in &mut bare.events {
            event.payload.win = None;
        }
        for ((told, shown), result) in spins(&trace).iter().zip(spins(&bare)).zip(&results) {
            let most = result.total_win.max(result.paid());
            assert_eq!(
                (told.win, shown.win),
                (Some(most), Some(most)),
                "{result:?}"
            );
        }
    }
}

#[test]
fn a_losing_spin_has_the_times_of_its_profile() {
    let result = SpinResult {
        bet: 100,
        ..window(&[SymbolKind::Regular; 5])
    };
    let trace = rules("normal").spin(&result);
    let starts = time(&trace, "reel_spinning_start");
    assert_eq!(starts, [50.0, 60.0, 70.0, 80.0, 90.0]);
    let stops = time(&trace, "reel_stop");
    assert_eq!(stops, [800.0, 1100.0, 1400.0, 1700.0, 2000.0]);
    assert_eq!(time(&trace, "evaluate_wins"), [2050.0]);
    assert_eq!(time(&trace, "spin_end"), [2150.0]);
    assert_eq!(trace.events.len(), 2 + 3 * 5 + 2);
    let frames = rules("normal").timing.schedule(&trace, 48_000.0);
    let heard = |name: &str| {
        let of = frames
            .iter()
            .find(|it| trace.events[it.index].stage.info().name == name);
        of.unwrap().audio_smp
    };
    // 800 ms, 5 ms for the way to the ear, 20 ms before a reel lands.
    assert_eq!(heard("reel_stop"), 775 * 48);
    assert_eq!(heard("evaluate_wins"), 2045 * 48);
    let instant = rules("instant").spin(&result);
    assert!(instant.events.iter().all(|event| event.timestamp_ms == 0.0));
}

#[test]
fn reels_are_awaited_one_after_the_other() {
    use SymbolKind::{Regular, Scatter};
    let result = window(&[Scatter, Scatter, Regular, Scatter, Regular]);
    let trace = rules("normal").spin(&result);
    assert_eq!(time(&trace, "anticipation_on"), [1100.0, 2650.0]);
    assert_eq!(time(&trace, "anticipation_off"), [2600.0, 4150.0]);
    let stops = time(&trace, "reel_stop");
    assert_eq!(stops, [800.0, 1100.0, 2650.0, 4200.0, 4500.0]);
    let levels: Vec<u8> = trace
        .events
        .iter()
        .filter_map(|event| match event.stage {
            Stage::AnticipationTensionLayer { tension, .. } => Some(tension),
            _ => None,
        })
        .collect();
    assert_eq!(levels, [1, 1, 1, 2, 2, 2]);
    let mut parallel = rules("normal");
    parallel.anticipation.sequential_stop = false;
    assert_eq!(
        time(&parallel.spin(&result), "anticipation_on"),
        [1100.0; 3],
        "the last one too: what the third shows is not known yet"
    );
}

#[test]
fn what_is_heard_before_a_reel_lands_says_nothing_about_it() {
    let mut machine = Machine::new(3);
    let one_by_one = rules("normal");
    let mut together = one_by_one.clone();
    together.anticipation.sequential_stop = false;
    for n in 0..4_000 {
        let rules = if n % 2 == 0 { &one_by_one } else { &together };
        let (one, other) = (machine.spin(0), machine.spin(0));
        for reel in 1..5 {
            // The same reels up to `reel`, others from there on.
            let mut mixed = one.clone();
            mixed.window[reel..].clone_from_slice(&other.window[reel..]);
            mixed.kinds[reel..].clone_from_slice(&other.kinds[reel..]);
            mixed.near_miss = None;
            let before = |result: &SpinResult| {
                let trace = rules.spin(result);
                let is_it = |stage: &Stage| matches!(stage, Stage::ReelStop { reel: r, .. } if usize::from(*r) == reel);
                let landed = times(&trace, is_it)[0];
                let events = trace.events.into_iter();
                let told = events.take_while(|event| event.timestamp_ms < landed);
                told.map(|event| (event.stage, event.timestamp_ms))
                    .collect::<Vec<_>>()
            };
            assert_eq!(before(&one), before(&mixed), "reel {reel}");
        }
    }
}

#[test]
fn tension_is_full_after_half_of_any_wait_and_not_after_it() {
    use SymbolKind::{Regular, Scatter};
    let result = window(&[Scatter, Scatter, Regular, Regular, Regular]);
    for wait in 1..=200 {
        for rate in [44_100.0, 48_000.0, 192_000.0] {
            let mut rules = rules("normal");
            rules.timing.anticipation_ms = f64::from(wait);
            rules.sample_rate = rate;
            let trace = rules.spin(&result);
            let layers: Vec<usize> = (0..trace.events.len())
                .filter(|at| {
                    let stage = &trace.events[*at].stage;
                    matches!(stage, Stage::AnticipationTensionLayer { .. })
                })
                .collect();
            let frames = rules.timing.schedule(&trace, rate);
            let frame = |at: usize| frames.iter().find(|it| it.index == at).unwrap().visual_smp;
            let [start, half, full] = [layers[0], layers[1], layers[2]].map(frame);
            assert!(
                start < half && half < full,
                "{wait} ms: {start} {half} {full}"
            );
            let on = trace.events[layers[0]].timestamp_ms;
            let off = (rate * (on + f64::from(wait)) / 1000.0).round() as u64;
            assert!(full <= off, "{wait} ms");
        }
    }
}

#[test]
fn a_big_win_plays_its_tiers_while_it_counts() {
    let mut result = window(&[SymbolKind::Regular; 5]);
    result.bet = 100;
    result.line_wins = vec![LineWin {
        line: Some(3),
        symbol: 1,
        count: 5,
        ways: 1,
        amount: 5_000,
        cells: vec![Cell { reel: 0, row: 1 }],
    }];
    result.base_win = 5_000;
    result.total_win = 5_000;
    let trace = rules("normal").spin(&result);
    let counted = 2050.0 + 200.0 + 500.0;
    assert_eq!(time(&trace, "rollup_start"), [counted]);
    let tiers = time(&trace, "big_win_tier");
    assert_eq!(tiers, [counted + 500.0, counted + 4500.0]);
    let ticks = time(&trace, "rollup_tick");
    assert_eq!(ticks.len(), 85, "8.5 s at 10 a second");
    assert!(ticks[0] > counted && ticks[84] == counted + 8500.0);
    assert_eq!(time(&trace, "rollup_end"), [counted + 8600.0]);
    assert_eq!(
        time(&trace, "spin_end"),
        [counted + 8600.0 + 5000.0 + 100.0]
    );
    let last = trace
        .events
        .iter()
        .rev()
        .find_map(|event| match event.stage {
            Stage::RollupTick { current, .. } => Some(current),
            _ => None,
        });
    assert_eq!(last, Some(5_000));
    result.base_win = 99;
    let low = rules("normal").spin(&result);
    assert_eq!(time(&low, "win_present").len(), 1);
    assert_eq!(
        time(&low, "rollup_start"),
        [0.0; 0],
        "less than the bet is there at once"
    );
}

#[test]
fn a_jackpot_has_all_its_stages() {
    let mut result = window(&[SymbolKind::Regular; 5]);
    result.jackpots = vec![JackpotWin {
        tier: crate::game::Tier::Grand,
        amount: 1_000,
    }];
    result.near_miss = Some(NearMiss {
        feature: 0,
        symbol: 0,
        reel: 4,
        rows: 1,
        above: true,
    });
    let trace = rules("normal").spin(&result);
    let start = 2050.0 + 500.0;
    for (name, after) in [
        ("jackpot_trigger", 0.0),
        ("jackpot_buildup", 0.0),
        ("jackpot_reveal", 2500.0),
        ("jackpot_present", 3000.0),
        ("jackpot_celebration", 3000.0),
        ("jackpot_end", 4000.0),
    ] {
        assert_eq!(time(&trace, name), [start + after], "{name}");
    }
    let near = trace.events.iter().find_map(|event| match event.stage {
        Stage::NearMiss { proximity, .. } => Some(proximity),
        _ => None,
    });
    assert_eq!(near, Some(0.5));
}
