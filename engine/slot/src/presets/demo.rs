//! One line game for each volatility, made to show what a game can do.
//!
//! Strips are tuned towards the targets of each volatility: how often a spin wins, awards a feature
//! or pays a jackpot. Near misses come from the strips too and stay rarer than their targets, because
//! a missing trigger within two rows of the window is hardly likelier than one in it. The studio
//! game pays more than it takes: it is for work on sounds.

use super::{lines, symbol};
use crate::game::{
    Award, Cascade, CoinPrize, CoinValue, Feature, FeatureRules, FreeSpins, Gamble, GambleKind,
    Game, HoldAndWin, Jackpot, JackpotTrigger, Mode, Place, Removal, SymbolKind, Tier, Trigger,
    reels_from_counts,
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
    /// Per symbol from the highest pay down, then blanks; the same on every reel.
    regular: [u32; 8],
    /// Wilds, scatters per reel.
    wild: [u32; 5],
    scatter: [u32; 5],
    /// Stacks of coins per reel, and how high they are.
    stacks: [u32; 5],
    height: u32,
    /// One in so many spins pays a mini, minor, major, grand.
    jackpots: [u64; 4],
    multipliers: Vec<i64>,
    /// What pays and coins are, in percent of the usual.
    pay_percent: i64,
    coin_percent: i64,
}

/// Pays for 2, 3, 4 and 5 symbols, from the highest down.
const PAYS: [[i64; 4]; 8] = [
    [0, 40, 150, 600],
    [0, 25, 80, 300],
    [0, 15, 50, 150],
    [0, 10, 25, 80],
    [0, 6, 15, 50],
    [0, 5, 12, 40],
    [0, 4, 10, 30],
    [0, 0, 0, 0],
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
        features: vec![free_spins(), hold_and_win(&tuning)],
        jackpots: jackpots(&tuning),
        gamble: Some(Gamble {
            kind: GambleKind::Colour,
            max_rounds: 5,
        }),
    }
}

fn tuning(volatility: Volatility) -> Tuning {
    match volatility {
        Volatility::Low => Tuning {
            id: "demo-low",
            name: "Demo, low volatility",
            regular: [2, 3, 3, 5, 6, 8, 11, 0],
            wild: [0, 1, 1, 1, 0],
            scatter: [1, 2, 0, 2, 2],
            stacks: [4, 4, 0, 0, 0],
            height: 3,
            jackpots: one_in(1e-4, USUAL),
            multipliers: vec![1, 2, 3, 5, 8, 10],
            pay_percent: 86,
            coin_percent: 100,
        },
        Volatility::Medium => Tuning {
            id: "demo-medium",
            name: "Demo, medium volatility",
            regular: [2, 3, 4, 5, 6, 7, 8, 4],
            wild: [0, 1, 1, 1, 0],
            scatter: [3, 2, 0, 0, 3],
            stacks: [1, 1, 5, 0, 3],
            height: 2,
            jackpots: one_in(5e-5, USUAL),
            multipliers: vec![1, 2, 3, 5, 8, 10],
            pay_percent: 205,
            coin_percent: 100,
        },
        Volatility::High => Tuning {
            id: "demo-high",
            name: "Demo, high volatility",
            regular: [2, 3, 4, 5, 6, 7, 8, 13],
            wild: [0, 1, 1, 1, 0],
            scatter: [3, 2, 0, 0, 3],
            stacks: [1, 1, 5, 0, 3],
            height: 2,
            jackpots: one_in(2e-5, USUAL),
            multipliers: vec![1, 2, 3, 5, 8, 10],
            pay_percent: 600,
            coin_percent: 100,
        },
        Volatility::Studio => Tuning {
            id: "demo-studio",
            name: "Demo, studio",
            regular: [1, 2, 3, 4, 5, 8, 18, 0],
            wild: [1, 2, 2, 2, 1],
            scatter: [5, 5, 2, 4, 8],
            stacks: [5, 4, 1, 3, 2],
            height: 5,
            jackpots: one_in(1e-2, MOSTLY_MINIS),
            multipliers: vec![1, 2, 3, 5, 8, 10],
            pay_percent: 25,
            coin_percent: 10,
        },
    }
}

/// Shares of minis, minors, majors and grands among all jackpots.
const USUAL: [f64; 4] = [0.6, 0.25, 0.1, 0.05];

/// Shares where one spin in a hundred pays a jackpot.
const MOSTLY_MINIS: [f64; 4] = [0.97, 0.02, 0.0095, 0.0005];

/// Spins between two jackpots of each tier, if all together come with this chance.
fn one_in(chance: f64, shares: [f64; 4]) -> [u64; 4] {
    shares.map(|share| (1.0 / (chance * share)).round() as u64)
}

fn symbols(tuning: &Tuning) -> Vec<crate::game::Symbol> {
    let names = [
        "Crown", "Bell", "Gem", "Ace", "King", "Queen", "Jack", "Blank",
    ];
    let scaled = |credits| percent(credits, tuning.pay_percent);
    let mut symbols: Vec<_> = names
        .iter()
        .zip(PAYS)
        .map(|(name, pays)| symbol(name, SymbolKind::Regular, pays.map(scaled)))
        .collect();
    symbols[usize::from(BLANK)].kind = SymbolKind::Blank;
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

/// Strips with the coins in stacks; a stack takes the place of one stop when it is spread.
fn strips(tuning: &Tuning) -> Vec<crate::game::Strip> {
    let mut counts: Vec<Vec<u32>> = tuning.regular.iter().map(|&count| vec![count; 5]).collect();
    counts.push(tuning.wild.to_vec());
    counts.push(tuning.scatter.to_vec());
    counts.push(tuning.stacks.to_vec());
    let stack = |symbol: u8| match symbol {
        COIN => vec![COIN; tuning.height as usize],
        other => vec![other],
    };
    let strips = reels_from_counts(&counts).into_iter();
    strips
        .map(|strip| strip.into_iter().flat_map(stack).collect())
        .collect()
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

fn hold_and_win(tuning: &Tuning) -> Feature {
    let coin = |what, weight| CoinPrize { what, weight };
    let credits = |credits, weight| {
        let scaled = percent(credits, tuning.coin_percent);
        coin(CoinValue::Credits(scaled), weight)
    };
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
