//! Two ways to the same number.

use super::small;
use crate::exact::{Basis, Odds, SpinOdds};
use crate::game::{
    Award, Cascade, CoinPrize, CoinValue, Feature, FeatureRules, FreeSpins, Game, Height,
    HoldAndWin, Jackpot, JackpotTrigger, Mercy, Mode, Pick, Place, Prize, PrizeKind, Removal, Tier,
    Trigger,
};
use crate::log::Recorder;
use crate::presets::{Payback, Volatility, demo, lobstermania};
use crate::result::{FeaturePlay, LineWin, SpinResult};
use crate::sim::Plan;
use crate::{Machine, Rng};
use proptest::prelude::*;
use std::collections::BTreeSet;
use std::ops::ControlFlow;

pub(super) fn odds(machine: &Machine) -> Odds {
    machine.odds(&mut |_, _| ControlFlow::Continue(())).unwrap()
}

/// A game with other strips, rows, pays, mode and cascade, from a seed.
fn changed(mut game: Game, seed: u64) -> Game {
    let mut rng = Rng::new(seed, 0);
    let symbols = game.symbols.len() as u64;
    for strip in &mut game.strips {
        let length = 4 + rng.below(7);
        *strip = (0..length).map(|_| rng.below(symbols) as u8).collect();
    }
    game.rows = (0..3).map(|_| 1 + rng.below(3) as u8).collect();
    for pay in game.symbols.iter_mut().flat_map(|symbol| &mut symbol.pays) {
        pay.credits = rng.below(40) as i64;
    }
    game.mode = match rng.below(6) {
        0 => Mode::Ways,
        2 => Mode::Cluster {
            min: 2 + rng.below(2) as u8,
        },
        3 => Mode::AllPays {
            min: 1 + rng.below(3) as u8,
        },
        1 => {
            let height = |rows| Height {
                rows,
                weight: 1 + u32::from(rows),
            };
            let heights = |rows: &u8| (1..=*rows).map(height).collect();
            Mode::Megaways {
                heights: game.rows.iter().map(heights).collect(),
            }
        }
        _ => {
            let rows = game.rows.clone();
            let mut line = || {
                rows.iter()
                    .map(|&rows| rng.below(u64::from(rows)) as u8)
                    .collect()
            };
            let mut lines: Vec<Vec<u8>> = (0..3).map(|_| line()).collect();
            lines.sort();
            lines.dedup();
            Mode::Lines(lines)
        }
    };
    let removals = [
        Removal::WinningOnly,
        Removal::WholeReel,
        Removal::WithAdjacent,
    ];
    game.cascade = (rng.below(3) == 0).then(|| Cascade {
        max_steps: 1 + rng.below(4) as u32,
        multipliers: (0..=rng.below(3))
            .map(|_| 1 + rng.below(5) as i64)
            .collect(),
        removal: removals[rng.below(3) as usize],
    });
    game.bet_credits = 3;
    game
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    /// Sums over symbols equal the sum over all stop vectors, whatever the game.
    #[test]
    fn counting_by_symbols_equals_looking_at_every_stop(seed in any::<u64>()) {
        let machine = Machine::new(changed(small(), seed)).unwrap();
        let odds = odds(&machine);
        let every = machine.every_stop();
        let len = every.len().unwrap();
        let mut go_on = |_| ControlFlow::Continue(());
        let joint = machine.count_part(&every, 0..len, &mut go_on).unwrap();
        let SpinOdds::Exact(merged) = &odds.spin else {
            panic!("a small game is looked at");
        };
        prop_assert_eq!(&joint, merged);
        prop_assert_eq!(joint.wins.states, machine.states());
        let sum = (odds.rtp_lines.float + odds.rtp_scatters.float) * 3.0 * joint.wins.states as f64;
        prop_assert!((sum - joint.wins.sum as f64).abs() < 1e-6 * sum.max(1.0));
        // Parts add up.
        let cut = len / 3;
        let mut parts = machine.count_part(&every, 0..cut, &mut go_on).unwrap();
        parts.merge(&machine.count_part(&every, cut..len, &mut go_on).unwrap()).unwrap();
        prop_assert_eq!(parts, joint);
    }
}

/// Every mode, with a cascade and without one: the return that is counted is the one that is played.
#[test]
fn the_return_of_every_mode_is_the_one_that_is_played() {
    let mut played = BTreeSet::new();
    for seed in 0..200 {
        let game = changed(small(), seed);
        let kind = (name(&game.mode), game.cascade.is_some());
        let machine = Machine::new(game).unwrap();
        let odds = odds(&machine);
        assert_eq!(odds.basis, Basis::Exact, "{kind:?}: {:?}", odds.reasons);
        // One of each is enough, if it wins at all.
        if odds.rtp.float == 0.0 || !played.insert(kind) {
            continue;
        }
        let plan = Plan::new(&machine, &odds, seed, 1).unwrap();
        let rtp = machine.simulate(&plan, 0, 300_000).unwrap().rtp();
        let apart = (rtp.value - odds.rtp.float).abs();
        assert!(
            apart < 4.0 * rtp.sigma,
            "{kind:?}, seed {seed}: {} {rtp:?}",
            odds.rtp.float
        );
    }
    assert_eq!(played.len(), 10, "{played:?}");
}

fn name(mode: &Mode) -> &'static str {
    match mode {
        Mode::Lines(_) => "lines",
        Mode::Ways => "ways",
        Mode::Cluster { .. } => "cluster",
        Mode::AllPays { .. } => "all pays",
        Mode::Megaways { .. } => "megaways",
    }
}

/// Hold and win that two scatters award, in spins and in free spins, which two of another symbol award.
fn held(mut game: Game) -> Game {
    let feature = |name: &str, symbol, in_free_spins, rules| Feature {
        name: name.to_owned(),
        trigger: Trigger {
            symbol,
            count: 2,
            reels: Vec::new(),
            place: Place::Window,
        },
        in_free_spins,
        rules,
    };
    let free = FreeSpins {
        awards: vec![Award { count: 2, spins: 2 }],
        multiplier: 2,
        retrigger: Vec::new(),
        strips: Some(vec![vec![4, 1, 2], vec![1, 4, 4, 2], vec![2, 4, 3, 0, 1]]),
        max_spins: 10_000,
        mercy: None,
    };
    let hold = HoldAndWin {
        respins: 2,
        blank_weight: 3,
        coins: vec![CoinPrize {
            what: CoinValue::Credits(7),
            weight: 1,
        }],
        full: Some(Tier::Grand),
    };
    game.features = vec![
        feature("Free spins", 3, false, FeatureRules::FreeSpins(free)),
        feature("Hold and win", 4, true, FeatureRules::HoldAndWin(hold)),
    ];
    game.jackpots = vec![Jackpot {
        tier: Tier::Grand,
        seed_bets: 5,
        contribution_ppm: 1000,
        cap_seeds: None,
        trigger: JackpotTrigger::Features,
    }];
    game
}

/// Every mode, with a cascade and without one: hold and win is counted as it is played, on as many cells as are in
/// view, in free spins too, and its jackpot of a full grid with it.
#[test]
fn hold_and_win_of_every_mode_is_the_one_that_is_played() {
    let mut played = BTreeSet::new();
    for seed in 0..400 {
        let game = changed(small(), seed);
        let kind = (name(&game.mode), game.cascade.is_some());
        // Heights that are drawn are to matter.
        let is_low = game.rows.iter().map(|&rows| u32::from(rows)).sum::<u32>() < 6;
        let machine = Machine::new(held(game)).unwrap();
        let odds = odds(&machine);
        let never = odds.features.iter().any(|it| it.awards * 50 < odds.states);
        if is_low || never || !played.insert(kind) {
            continue;
        }
        assert_eq!((odds.basis, odds.rtp.exact), (Basis::Counted, None));
        assert_eq!(odds.reasons.len(), 1, "{:?}", odds.reasons);
        let plan = Plan::new(&machine, &odds, seed, 1).unwrap();
        let sums = machine.simulate(&plan, 0, 200_000).unwrap();
        let rtp = sums.rtp();
        let apart = (rtp.value - odds.rtp.float).abs();
        assert!(
            apart < 4.0 * rtp.sigma,
            "{kind:?}, seed {seed}: {} {rtp:?}",
            odds.rtp.float
        );
        let bets = sums.spins as f64 * sums.bet as f64;
        for (feature, &won) in odds.features.iter().zip(&sums.feature_won) {
            let share = won as f64 / bets / feature.rtp.float;
            assert!(
                (share - 1.0).abs() < 0.05,
                "{kind:?}, seed {seed}: {share} {feature:?}"
            );
        }
        let grands = sums.jackpots_of(Tier::Grand) as f64;
        let expected = odds.jackpots[0].chance * sums.spins as f64;
        // Those of one spin's free spins come together: twice four standard errors.
        assert!(
            (grands - expected).abs() < 8.0 * expected.sqrt(),
            "{kind:?}, seed {seed}: {grands} of {expected}"
        );
    }
    assert_eq!(played.len(), 10, "{played:?}");
}

/// A jackpot that features pay more than once a spin, one that every spin pays, and one that cannot grow: numbers,
/// and those that are played.
#[test]
fn jackpots_that_come_all_the_time_have_a_return() {
    let game = |random, cap, contribution_ppm| {
        let mut game = awarding(FeatureRules::HoldAndWin(HoldAndWin {
            respins: 3,
            blank_weight: 2,
            coins: vec![CoinPrize {
                what: CoinValue::Jackpot(Tier::Mini),
                weight: 1,
            }],
            full: None,
        }));
        game.strips = vec![vec![4, 1]; 3];
        game.jackpots[0].cap_seeds = Some(cap);
        game.jackpots[0].contribution_ppm = contribution_ppm;
        if random {
            game.features.clear();
            game.jackpots[0].trigger = JackpotTrigger::Random { one_in: 1 };
        }
        Machine::new(game).unwrap()
    };
    for (random, cap, contribution) in [
        (false, 10, 50_000),
        (false, 1, 50_000),
        (true, 10, 50_000),
        (true, 1, 50_000),
        (true, 1, 0),
    ] {
        let machine = game(random, cap, contribution);
        let odds = odds(&machine);
        let jackpot = &odds.jackpots[0];
        assert_eq!(jackpot.chance > 1.0, !random, "{}", jackpot.chance);
        let plan = Plan::new(&machine, &odds, 5, 100).unwrap();
        let sums = machine.simulate(&plan, 0, 100_000).unwrap();
        let rtp = sums.rtp();
        let apart = (rtp.value - odds.rtp.float).abs();
        // What is paid is whole minor units.
        assert!(
            apart < 4.0 * rtp.sigma + 0.01,
            "{random} {cap} {contribution}: {} {rtp:?}",
            odds.rtp.float
        );
        assert!((jackpot.average_bets - 10.0).abs() <= 0.06, "{jackpot:?}");
    }
}

/// Where stops are drawn, the odds say so, and how far they may be off.
#[test]
fn an_estimate_is_told_to_be_one_and_comes_near() {
    let machine = Machine::new(demo(Volatility::Medium)).unwrap();
    let odds = odds(&machine);
    assert!(matches!(odds.spin, SpinOdds::Estimate(_)));
    let says = |words: &str| odds.reasons.iter().any(|reason| reason.contains(words));
    assert_eq!(odds.basis, Basis::Estimated);
    assert!(says("too many to look at each"), "{:?}", odds.reasons);
    let drawn = odds.rtp_sigma.unwrap();
    assert!(drawn > 0.0, "{drawn}");
    let plan = Plan::new(&machine, &odds, 19, 1).unwrap();
    let rtp = machine.simulate(&plan, 0, 300_000).unwrap().rtp();
    let apart = (rtp.value - odds.rtp.float).abs();
    assert!(
        apart < 4.0 * rtp.sigma.hypot(drawn),
        "{} +- {drawn}, {rtp:?}",
        odds.rtp.float
    );
}

/// The largest game of the presets on shorter strips: three million stops, each looked at by itself, equal
/// what is counted by symbols and by merged windows.
#[test]
fn every_stop_of_a_real_game_equals_what_is_counted() {
    let mut game = lobstermania(Payback::High, 15);
    for strip in &mut game.strips {
        strip.truncate(20);
    }
    let machine = Machine::new(game).unwrap();
    let every = machine.every_stop();
    let len = every.len().unwrap();
    assert_eq!((len, machine.states()), (20_u64.pow(5), 20_u128.pow(5)));
    let mut go_on = |_| ControlFlow::Continue(());
    let joint = machine.count_part(&every, 0..len, &mut go_on).unwrap();
    let merged = machine.space();
    assert!(merged.len().unwrap() < len, "{:?}", merged.len());
    let odds = odds(&machine);
    let SpinOdds::Exact(merged) = &odds.spin else {
        panic!("so few are looked at");
    };
    assert_eq!(&joint, merged);
    let bet = machine.game().bet_credits as u128;
    let scatters: u128 = odds.scatters.iter().map(|scatter| scatter.tally.sum).sum();
    assert_eq!(joint.wins.sum, 15 * odds.line.unwrap().sum + bet * scatters);
}

/// What the windows of a spin won is what their lines, scatters and falls did.
fn windows_add_up(result: &SpinResult) {
    let sum = |wins: &[LineWin]| wins.iter().map(|win| win.amount).sum::<i64>();
    let scatters: i64 = result.scatter_wins.iter().map(|win| win.amount).sum();
    let falls: i64 = result.cascade.iter().map(|step| step.win).sum();
    assert_eq!(result.base_win, sum(&result.line_wins) + scatters + falls);
    for step in &result.cascade {
        assert_eq!(step.win, sum(&step.line_wins));
    }
}

#[test]
fn a_simulation_is_the_sum_of_its_spins() {
    let machine = Machine::new(demo(Volatility::Studio)).unwrap();
    let plan = Plan {
        seed: 21,
        coin: 3,
        meters: crate::Meters::new(&machine, 3).unwrap(),
    };
    let sums = machine.simulate(&plan, 5, 20_000).unwrap();
    let mut recorder = Recorder::new(&machine, 21, 5, 3).unwrap();
    let (mut won, mut near, mut cascades, mut features) = (0, 0, 0, 0);
    for _ in 0..20_000 {
        let (_, result) = recorder.spin().unwrap();
        won += i128::from(result.total_win);
        near += u64::from(result.near_miss.is_some());
        cascades += u64::from(result.cascade.iter().any(|step| step.win > 0));
        features += u64::from(!result.features.is_empty());
        let parts: i64 = result
            .features
            .iter()
            .map(|feature| feature.total_win)
            .sum();
        let jackpots: i64 = result.jackpots.iter().map(|jackpot| jackpot.amount).sum();
        assert_eq!(result.total_win, result.base_win + parts + jackpots);
        windows_add_up(&result);
        for feature in &result.features {
            if let FeaturePlay::FreeSpins(play) = &feature.play {
                play.spins.iter().for_each(windows_add_up);
            }
        }
    }
    assert_eq!((sums.spins, sums.won), (20_000, won));
    assert_eq!(
        (sums.near_misses, sums.cascades, sums.features),
        (near, cascades, features)
    );
}

/// Free spins, hold and win and jackpots, by closed forms and by play.
#[test]
fn the_return_of_features_is_the_one_that_is_played() {
    let machine = Machine::new(short_features()).unwrap();
    let odds = odds(&machine);
    assert!(
        odds.features.iter().all(|feature| feature.rtp.float > 0.01),
        "{odds:?}"
    );
    let plan = Plan::new(&machine, &odds, 77, 1).unwrap();
    let sums = machine.simulate(&plan, 0, 1_000_000).unwrap();
    let rtp = sums.rtp();
    let apart = (rtp.value - odds.rtp.float).abs();
    assert!(apart < 4.0 * rtp.sigma, "{} {:?}", odds.rtp.float, rtp);
    // By parts, which a sum could hide; jackpots are a part of their own, wherever they were won.
    let bets = sums.spins as f64 * sums.bet as f64;
    for (feature, &won) in odds.features.iter().zip(&sums.feature_won) {
        let played = won as f64 / bets;
        let slack = 0.05 * feature.rtp.float;
        assert!(
            (played - feature.rtp.float).abs() < slack,
            "{played} {feature:?}"
        );
    }
    let spins = odds.features[0].spins.unwrap().float * sums.awards[0] as f64;
    assert!((spins / sums.free_spins as f64 - 1.0).abs() < 0.01);
}

/// The studio game without what needs a look at every stop, and with features that are often
/// awarded and soon over: more of them for the same number of windows. Two stars are enough.
fn short_features() -> Game {
    let mut game = demo(Volatility::Studio);
    game.cascade = None;
    for feature in &mut game.features {
        match &mut feature.rules {
            FeatureRules::FreeSpins(rules) => {
                feature.trigger.count = 2;
                for (award, spins) in rules.awards.iter_mut().zip([2, 3, 4]) {
                    (award.count, award.spins) = (award.count - 1, spins);
                }
                for award in &mut rules.retrigger {
                    (award.count, award.spins) = (2, 2);
                }
            }
            FeatureRules::HoldAndWin(rules) => rules.respins = 2,
            _ => {}
        }
    }
    game
}

/// A game of three reels of two rows, in which two of its scatters award this, and features pay a jackpot.
fn awarding(rules: FeatureRules) -> Game {
    let mut game = small();
    game.bet_credits = 2;
    game.rows = vec![2; 3];
    game.mode = Mode::Lines(vec![vec![0; 3], vec![1; 3]]);
    game.features = vec![Feature {
        name: "F".to_owned(),
        trigger: Trigger {
            symbol: 4,
            count: 2,
            reels: Vec::new(),
            place: Place::Window,
        },
        in_free_spins: false,
        rules,
    }];
    game.jackpots = vec![Jackpot {
        tier: Tier::Mini,
        seed_bets: 10,
        contribution_ppm: 50_000,
        cap_seeds: Some(10),
        trigger: JackpotTrigger::Features,
    }];
    game
}

/// Every kind of prize; with replacement none that gives picks again and again, for which multipliers would grow
/// beyond what a win can be.
fn prizes(replacement: bool) -> Pick {
    let prize = |(what, weight)| Prize { what, weight };
    let prizes = [
        (PrizeKind::Coins(5), 3),
        (PrizeKind::Multiplier(3), 1),
        (PrizeKind::ExtraPicks(1), 1),
        (PrizeKind::Jackpot(Tier::Mini), 1),
        (PrizeKind::EndGame, 2),
        (PrizeKind::Collect, 1),
    ];
    Pick {
        picks: 2,
        min_prizes: 1,
        max_prizes: 2,
        replacement,
        prizes: prizes
            .into_iter()
            .filter(|(what, _)| !replacement || *what != PrizeKind::ExtraPicks(1))
            .map(prize)
            .collect(),
    }
}

/// Picks with and without replacement and a wheel, with jackpots, collecting and ends, are counted as they are
/// played.
#[test]
fn the_return_of_picks_and_wheels_is_the_one_that_is_played() {
    let wheel = Pick {
        max_prizes: 1,
        ..prizes(true)
    };
    for rules in [
        FeatureRules::Pick(prizes(true)),
        FeatureRules::Pick(prizes(false)),
        FeatureRules::Wheel(wheel),
    ] {
        let machine = Machine::new(awarding(rules.clone())).unwrap();
        let odds = odds(&machine);
        let plan = Plan::new(&machine, &odds, 31, 1).unwrap();
        let sums = machine.simulate(&plan, 0, 300_000).unwrap();
        let rtp = sums.rtp();
        let apart = (rtp.value - odds.rtp.float).abs();
        assert!(
            apart < 4.0 * rtp.sigma,
            "{rules:?} {} {rtp:?}",
            odds.rtp.float
        );
        let bets = sums.spins as f64 * sums.bet as f64;
        let (played, counted) = (
            sums.feature_won[0] as f64 / bets,
            odds.features[0].rtp.float,
        );
        assert!((played / counted - 1.0).abs() < 0.05, "{played} {counted}");
        let (won, counted) = (sums.jackpots_won as f64 / bets, odds.jackpots[0].rtp.float);
        assert!((won / counted - 1.0).abs() < 0.05, "{won} {counted}");
    }
}

/// Mercy makes odds depend on the past: they are told to be no exact ones.
#[test]
fn a_game_with_mercy_says_that_its_return_is_not_exact() {
    let free = |mercy| {
        FeatureRules::FreeSpins(FreeSpins {
            awards: vec![
                Award { count: 2, spins: 8 },
                Award {
                    count: 3,
                    spins: 15,
                },
            ],
            multiplier: 2,
            retrigger: Vec::new(),
            strips: None,
            max_spins: 10_000,
            mercy,
        })
    };
    let mercy = Mercy {
        after: 3,
        symbol: 0,
        reel: 1,
        row: 0,
    };
    for (mercy, basis) in [(None, Basis::Exact), (Some(mercy), Basis::Estimated)] {
        let mut game = awarding(free(mercy));
        game.jackpots.clear();
        let odds = odds(&Machine::new(game).unwrap());
        let is_told = odds
            .reasons
            .iter()
            .any(|it| it.contains("depends on the past"));
        assert_eq!((odds.basis, is_told), (basis, mercy.is_some()));
    }
}
