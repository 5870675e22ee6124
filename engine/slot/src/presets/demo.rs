//! One line game for each volatility, made to show what a game can do.
//!
//! Strips are tuned towards the targets of each volatility: how often a spin wins, awards a feature,
//! pays a jackpot or misses by little, and how many of its wins are big or go on in a cascade. The
//! test at the end says how near they come. Near misses come from the strips: a tall stack of coins
//! on the last reel and low ones next to it often show five coins, and the sixth is rare. The studio
//! game pays more than it takes: it is for work on sounds.

use super::{lines, symbol};
use crate::game::{
    Award, Cascade, CoinPrize, CoinValue, Feature, FeatureRules, FreeSpins, Gamble, GambleKind,
    Game, HoldAndWin, Jackpot, JackpotTrigger, Mode, Place, Removal, Strip, SymbolKind, Tier,
    Trigger, strip_from_counts,
};

/// How rare and how high wins are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Volatility {
    /// Many small wins.
    Low,
    /// In between.
    Medium,
    /// Few high wins.
    High,
    /// Something happens all the time; for work on sounds.
    Studio,
}

/// What differs between the demos.
struct Tuning {
    id: &'static str,
    name: &'static str,
    /// Crowns per reel: a line of them is a big win.
    crown: [u32; 5],
    /// The other regular symbols from the highest pay down, the same on every reel.
    regular: [u32; 6],
    wild: [u32; 5],
    scatter: [u32; 5],
    /// How many times a reel has all of these.
    times: [u32; 5],
    /// Blanks per reel, and in how many runs they stand; in 0 runs they are spread.
    blank: [u32; 5],
    runs: u32,
    /// Stacks of coins per reel, and how high they are.
    stacks: [u32; 5],
    height: [u32; 5],
    /// One in so many spins pays a mini, minor, major, grand.
    jackpots: [u64; 4],
    multipliers: Vec<i64>,
    /// What 3, 4 and 5 crowns pay.
    top: [i64; 3],
    /// What the others pay, in percent of the usual.
    pay_percent: i64,
}

/// Pays for 2, 3, 4 and 5 of the others, from the highest down.
const PAYS: [[i64; 4]; 6] = [
    [0, 25, 80, 300],
    [0, 15, 50, 150],
    [0, 10, 25, 80],
    [0, 6, 15, 50],
    [0, 5, 12, 40],
    [0, 4, 10, 30],
];

const BLANK: u8 = 7;

const SCATTER: u8 = 9;
const COIN: u8 = 10;

/// The demo game of a volatility: 20 lines that cascade, free spins, hold and win with jackpots,
/// and a gamble. `[thread-safe]`
pub fn demo(volatility: Volatility) -> Game {
    let tuning = tuning(volatility);
    Game {
        id: tuning.id.to_owned(),
        name: tuning.name.to_owned(),
        currency_exponent: 2,
        bet_credits: 20,
        rows: vec![3; 5],
        symbols: symbols(&tuning),
        strips: strips(&tuning),
        mode: Mode::Lines(lines(20)),
        cascade: Some(Cascade {
            max_steps: 8,
            multipliers: tuning.multipliers.clone(),
            removal: Removal::WinningOnly,
        }),
        features: vec![free_spins(), hold_and_win()],
        jackpots: jackpots(&tuning),
        gamble: Some(Gamble {
            kind: GambleKind::Colour,
            max_rounds: 5,
        }),
        ..Game::default()
    }
}

fn tuning(volatility: Volatility) -> Tuning {
    match volatility {
        Volatility::Low => Tuning {
            id: "demo-low",
            name: "Demo, low volatility",
            crown: [2, 1, 2, 2, 2],
            blank: [6, 7, 8, 0, 0],
            stacks: [0, 0, 1, 7, 1],
            height: [1, 1, 1, 2, 31],
            jackpots: one_in(1e-4, 1.7743e-5, USUAL),
            top: [500, 600, 900],
            pay_percent: 70,
            ..usual()
        },
        Volatility::Medium => Tuning {
            id: "demo-medium",
            name: "Demo, medium volatility",
            crown: [3, 3, 2, 2, 2],
            blank: [6, 6, 40, 0, 0],
            runs: 9,
            stacks: [0, 0, 1, 8, 1],
            height: [1, 1, 1, 2, 42],
            jackpots: one_in(5e-5, 1.3481e-5, USUAL),
            multipliers: vec![1, 1, 2, 3, 5, 8],
            top: [500, 600, 900],
            pay_percent: 60,
            ..usual()
        },
        Volatility::High => Tuning {
            id: "demo-high",
            name: "Demo, high volatility",
            crown: [3, 3, 4, 2, 2],
            wild: [0, 1, 2, 1, 0],
            scatter: [2, 2, 1, 0, 0],
            times: [1, 1, 2, 1, 1],
            blank: [8, 8, 108, 0, 0],
            runs: 6,
            stacks: [0, 0, 1, 10, 1],
            height: [1, 1, 1, 2, 57],
            jackpots: one_in(2e-5, 6.812e-6, USUAL),
            multipliers: vec![1, 1, 2, 2, 3, 5],
            top: [700, 800, 1200],
            pay_percent: 60,
            ..usual()
        },
        Volatility::Studio => Tuning {
            id: "demo-studio",
            name: "Demo, studio",
            crown: [3, 3, 2, 2, 2],
            regular: [1, 2, 3, 4, 5, 10],
            wild: [0, 2, 2, 1, 0],
            scatter: [2, 2, 1, 0, 0],
            times: [1, 1, 2, 1, 1],
            blank: [0, 0, 20, 0, 0],
            runs: 1,
            stacks: [0, 0, 9, 10, 1],
            height: [1, 1, 1, 2, 80],
            jackpots: one_in(1e-2, 1.5107e-4, MOSTLY_MINIS),
            top: [400, 500, 600],
            pay_percent: 25,
            ..usual()
        },
    }
}

/// Where they do not differ.
fn usual() -> Tuning {
    Tuning {
        id: "",
        name: "",
        crown: [2; 5],
        regular: [2, 3, 4, 5, 6, 8],
        wild: [0, 1, 1, 1, 0],
        scatter: [1, 1, 1, 0, 0],
        times: [1; 5],
        blank: [0; 5],
        runs: 0,
        stacks: [0; 5],
        height: [1; 5],
        jackpots: [1; 4],
        multipliers: vec![1, 2, 3, 5, 8, 10],
        top: [0; 3],
        pay_percent: 100,
    }
}

/// Shares of minis, minors, majors and grands among the jackpots that come at random.
const USUAL: [f64; 4] = [0.6, 0.25, 0.1, 0.05];

/// Shares where one spin in a hundred pays a jackpot.
const MOSTLY_MINIS: [f64; 4] = [0.97, 0.02, 0.0095, 0.0005];

/// Spins between two jackpots of each tier at random, if all together come with this chance, `full` of it as
/// grands of full grids of hold and win: what those pay follows from the strips.
fn one_in(chance: f64, full: f64, shares: [f64; 4]) -> [u64; 4] {
    shares.map(|share| (1.0 / ((chance - full) * share)).round() as u64)
}

fn symbols(tuning: &Tuning) -> Vec<crate::game::Symbol> {
    let names = ["Bell", "Gem", "Ace", "King", "Queen", "Jack"];
    let scaled = |credits| percent(credits, tuning.pay_percent);
    let [three, four, five] = tuning.top;
    let mut symbols = vec![symbol("Crown", SymbolKind::Regular, [0, three, four, five])];
    let others = names.iter().zip(PAYS);
    symbols.extend(others.map(|(name, pays)| symbol(name, SymbolKind::Regular, pays.map(scaled))));
    symbols.push(symbol("Blank", SymbolKind::Blank, [0; 4]));
    symbols.push(symbol(
        "Wild",
        SymbolKind::Wild,
        [0, 50, 200, 1000].map(scaled),
    ));
    symbols.push(symbol("Star", SymbolKind::Scatter, [0, 2, 10, 50]));
    symbols.push(symbol("Coin", SymbolKind::Bonus, [0; 4]));
    symbols
}

/// A share of credits, rounded; at least one if there were some.
fn percent(credits: i64, percent: i64) -> i64 {
    ((credits * percent + 50) / 100).max(credits.min(1))
}

/// The strips: what is spread, then the runs of blanks and the stacks of coins between it.
fn strips(tuning: &Tuning) -> Vec<crate::game::Strip> {
    let strip = |reel: usize| {
        let mut counts = vec![tuning.crown[reel]];
        counts.extend(tuning.regular);
        counts.extend([0, tuning.wild[reel], tuning.scatter[reel]]);
        for count in &mut counts {
            *count *= tuning.times[reel];
        }
        let blanks = tuning.blank[reel];
        counts[usize::from(BLANK)] = if tuning.runs == 0 { blanks } else { 0 };
        let strip = strip_from_counts(&counts);
        let run = blanks.checked_div(tuning.runs).unwrap_or(0);
        let strip = between(strip, BLANK, tuning.runs, run);
        between(strip, COIN, tuning.stacks[reel], tuning.height[reel])
    };
    (0..tuning.crown.len()).map(strip).collect()
}

/// Puts runs of a symbol at equal distances between the others.
fn between(others: Strip, symbol: u8, runs: u32, length: u32) -> Strip {
    let (all, runs) = (others.len(), runs as usize);
    let mut strip = Strip::new();
    for (at, other) in others.into_iter().enumerate() {
        if at * runs % all < runs {
            strip.extend(vec![symbol; length as usize]);
        }
        strip.push(other);
    }
    strip
}

fn free_spins() -> Feature {
    let award = |count, spins| Award { count, spins };
    Feature {
        name: "Free spins".to_owned(),
        trigger: Trigger {
            symbol: SCATTER,
            count: 3,
            reels: Vec::new(),
            place: Place::Window,
        },
        in_free_spins: false,
        rules: FeatureRules::FreeSpins(FreeSpins {
            awards: vec![award(3, 8), award(4, 12), award(5, 15)],
            multiplier: 2,
            retrigger: vec![award(3, 5)],
            strips: None,
            max_spins: crate::game::limits::MAX_FREE_SPINS,
            mercy: None,
        }),
    }
}

fn hold_and_win() -> Feature {
    let coin = |what, weight| CoinPrize { what, weight };
    let credits = |credits, weight| coin(CoinValue::Credits(credits), weight);
    Feature {
        name: "Hold and win".to_owned(),
        trigger: Trigger {
            symbol: COIN,
            count: 6,
            reels: Vec::new(),
            place: Place::Window,
        },
        in_free_spins: false,
        rules: FeatureRules::HoldAndWin(HoldAndWin {
            respins: 3,
            blank_weight: 1900,
            coins: vec![
                credits(20, 60),
                credits(40, 25),
                credits(100, 12),
                credits(200, 3),
            ],
            full: Some(Tier::Grand),
        }),
    }
}

fn jackpots(tuning: &Tuning) -> Vec<Jackpot> {
    let seeds = [50, 200, 1000, 10_000];
    let contributions = [5000, 3000, 2000, 1000];
    let tiers = Tier::ALL
        .iter()
        .zip(seeds)
        .zip(contributions)
        .zip(tuning.jackpots);
    let jackpot = |(((&tier, seed_bets), contribution_ppm), one_in)| Jackpot {
        tier,
        seed_bets,
        contribution_ppm,
        cap_seeds: (tier != Tier::Grand).then_some(10),
        trigger: JackpotTrigger::Random { one_in },
    };
    tiers.map(jackpot).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::{Plan, Statistics};
    use crate::{Machine, Meters};
    use std::ops::ControlFlow;

    /// Of all spins: wins, features, jackpots, near misses. Of the wins: those of 20 bets and more,
    /// and those that go on in a cascade.
    const TARGETS: [(Volatility, [f64; 4], [f64; 2]); 4] = [
        (Volatility::Low, [0.38, 0.012, 1e-4, 0.15], [0.02, 0.25]),
        (Volatility::Medium, [0.28, 0.008, 5e-5, 0.20], [0.05, 0.30]),
        (Volatility::High, [0.18, 0.005, 2e-5, 0.25], [0.10, 0.35]),
        (Volatility::Studio, [0.60, 0.10, 0.01, 0.30], [0.20, 0.50]),
    ];

    fn play(volatility: Volatility) -> Statistics {
        let machine = Machine::new(demo(volatility)).unwrap();
        let plan = Plan {
            seed: 4,
            coin: 1,
            meters: Meters::new(&machine, 1).unwrap(),
        };
        machine.simulate(&plan, 0, 300_000).unwrap()
    }

    /// Shares of spins are met within a tenth, shares of wins within a quarter. Jackpots fall too
    /// seldom to be met so soon: their counted odds, at random and of full grids, add up to the target.
    #[test]
    fn every_volatility_comes_near_its_targets() {
        for (volatility, [hit, feature, jackpot, near], [big, cascade]) in TARGETS {
            let sums = play(volatility);
            let spins = sums.spins as f64;
            let of_spins = [
                (sums.hits, hit),
                (sums.features, feature),
                (sums.near_misses, near),
            ];
            let of_wins = [(sums.big_wins, big), (sums.cascades, cascade)];
            let of_spins = of_spins.map(|(count, target)| (count as f64 / spins, target, 0.1));
            let hits = sums.hits as f64;
            let of_wins = of_wins.map(|(count, target)| (count as f64 / hits, target, 0.25));
            for (share, target, slack) in of_spins.into_iter().chain(of_wins) {
                let apart = share / target - 1.0;
                // Four standard errors on top: a feature comes 1500 times.
                assert!(
                    apart.abs() < slack + 4.0 / (target * spins).sqrt(),
                    "{volatility:?}: {share:.5} for {target}"
                );
            }
            let machine = Machine::new(demo(volatility)).unwrap();
            let odds = machine.odds(&mut |_, _| ControlFlow::Continue(())).unwrap();
            let counted: f64 = odds.jackpots.iter().map(|jackpot| jackpot.chance).sum();
            assert!(
                (counted / jackpot - 1.0).abs() < 5e-3,
                "{volatility:?}: {counted} for {jackpot}"
            );
        }
    }
}
