//! More than a spin can win, so that no win of a game that loads leaves 64 bits.
//!
//! Every sum and product here stops at the highest number there is: a bound that is reached says only
//! that the game is refused.

use crate::game::{
    CoinValue, Feature, FeatureRules, Gamble, GambleKind, Game, HoldAndWin, Mode, Pick, Place,
    PrizeKind, Symbol, SymbolKind, Tier, limits,
};
use crate::grid::SYMBOLS;
use crate::jackpot;

/// What a spin with everything that it leads to does not exceed.
pub(crate) struct Most {
    /// In credits, gambled with all the luck there is; at least 1.
    pub(crate) credits: i128,
    /// The same, not gambled, with the jackpots that nothing stops at a credit of one minor unit.
    pub(crate) spin: i128,
    /// In minor units, whatever a credit is worth: jackpots that nothing stops.
    pub(crate) minor_units: i128,
}

/// More than a spin of the game can win.
pub(crate) fn of(game: &Game) -> Most {
    let base = window(game);
    let grown = game.jackpots.iter().map(|jackpot| {
        let seeds = jackpot.cap_seeds.unwrap_or(jackpot::UNCAPPED_SEEDS);
        let seed = times(jackpot.seed_bets.max(1), game.bet_credits);
        // It falls by itself, and then for the symbols in view.
        seed.saturating_mul(i128::from(seeds)).saturating_add(seed)
    });
    let features = |in_free_spins: bool| {
        let played = game.features.iter();
        let played = played.filter(move |feature| !in_free_spins || feature.in_free_spins);
        sum(played.map(|feature| awards(game, feature).saturating_mul(one(game, feature))))
    };
    let free = game.features.iter().map(|feature| match &feature.rules {
        FeatureRules::FreeSpins(rules) => {
            let spin = base.saturating_mul(i128::from(rules.multiplier));
            let spin = spin.saturating_add(features(true));
            let spins = awards(game, feature).saturating_mul(i128::from(rules.max_spins));
            spins.saturating_mul(spin)
        }
        _ => 0,
    });
    let parts = [base, sum(grown), features(false), sum(free)];
    let gambled = game.gamble.as_ref().map_or(1, most_of_gamble);
    let uncapped = game.jackpots.iter().filter(|it| it.cap_seeds.is_none());
    let uncapped = uncapped.count() as i128 * i128::from(jackpot::UNCAPPED_MAX);
    Most {
        credits: sum(parts).saturating_mul(gambled).max(1),
        spin: sum(parts).saturating_add(uncapped),
        minor_units: uncapped.saturating_mul(gambled),
    }
}

/// What a gamble can make of 1.
pub(crate) fn most_of_gamble(gamble: &Gamble) -> i128 {
    match &gamble.kind {
        GambleKind::Colour | GambleKind::Coin => 1 << gamble.max_rounds,
        GambleKind::Suit => 1 << (2 * gamble.max_rounds),
        GambleKind::Ladder(rungs) => i128::from(rungs.last().copied().unwrap_or(1)),
    }
}

/// A window with everything that falls after it.
pub(super) fn window(game: &Game) -> i128 {
    let best = |symbol: &Symbol| symbol.pays.iter().map(|pay| pay.credits).max().unwrap_or(0);
    let scatters = game.symbols.iter();
    let scatters = scatters.filter(|symbol| symbol.kind == SymbolKind::Scatter);
    let scatters = sum(scatters.map(|symbol| times(best(symbol), game.bet_credits)));
    let others = game.symbols.iter();
    let others = others.filter(|symbol| symbol.kind != SymbolKind::Scatter);
    let pay = i128::from(others.map(best).max().unwrap_or(0));
    let ways: i128 = game.rows.iter().map(|&rows| i128::from(rows)).product();
    let combinations = match &game.mode {
        Mode::Lines(lines) => lines.len() as i128,
        // Leading wilds pay for themselves and again as part of a longer way.
        Mode::Ways | Mode::Megaways { .. } => 2 * ways,
        Mode::Cluster { .. } => cells(game),
        Mode::AllPays { .. } => SYMBOLS as i128,
    };
    let windows = game.cascade.as_ref().map_or(1, |cascade| {
        let highest = cascade.multipliers.iter().max().copied().unwrap_or(1);
        i128::from(cascade.max_steps + 1) * i128::from(highest)
    });
    pay.saturating_mul(combinations * windows)
        .saturating_add(scatters)
}

fn cells(game: &Game) -> i128 {
    game.rows.iter().map(|&rows| i128::from(rows)).sum()
}

/// How often one window awards a feature.
fn awards(game: &Game, feature: &Feature) -> i128 {
    match (&game.mode, feature.trigger.place) {
        (Mode::Lines(lines), Place::Line) => lines.len() as i128,
        _ => 1,
    }
}

/// One award of a feature other than free spins. Its jackpots are at their seeds: what they grew by is
/// won once.
fn one(game: &Game, feature: &Feature) -> i128 {
    match &feature.rules {
        FeatureRules::FreeSpins(_) => 0,
        FeatureRules::HoldAndWin(rules) => most_of_hold(game, rules),
        FeatureRules::Pick(rules) | FeatureRules::Wheel(rules) => most_of_pick(game, rules),
    }
}

fn most_of_hold(game: &Game, rules: &HoldAndWin) -> i128 {
    let values = rules.coins.iter().map(|coin| match coin.what {
        CoinValue::Credits(credits) => i128::from(credits),
        CoinValue::Jackpot(tier) => seed(game, tier),
    });
    let coins = values.max().unwrap_or(0).saturating_mul(cells(game));
    coins.saturating_add(rules.full.map_or(0, |tier| seed(game, tier)))
}

fn most_of_pick(game: &Game, rules: &Pick) -> i128 {
    let hidden = Hidden::of(rules);
    let reveals = hidden.reveals(rules);
    let coins = (0..=reveals).map(|factors| {
        let coins = sum(hidden.coins.iter().take(reveals - factors).copied());
        let factors = hidden.factors.iter().take(factors);
        factors.fold(coins, |coins, by| coins.saturating_mul(*by))
    });
    let jackpots = rules.prizes.iter().map(|prize| match prize.what {
        PrizeKind::Jackpot(tier) => seed(game, tier),
        _ => 0,
    });
    let jackpots = jackpots.max().unwrap_or(0).saturating_mul(reveals as i128);
    coins.max().unwrap_or(0).saturating_add(jackpots)
}

/// Prizes in the order in which they would best come, as many as there are.
struct Hidden {
    coins: Vec<i128>,
    factors: Vec<i128>,
    more_picks: Vec<i128>,
}

impl Hidden {
    fn of(rules: &Pick) -> Self {
        let most = limits::MAX_REVEALS as usize;
        let list = |value: fn(PrizeKind) -> Option<i128>| {
            let prizes = rules.prizes.iter();
            let values = prizes.filter_map(|prize| Some((value(prize.what)?, prize.weight)));
            let mut values: Vec<(i128, u32)> = values.collect();
            values.sort_by_key(|(value, _)| std::cmp::Reverse(*value));
            let repeated = values.into_iter().flat_map(|(value, weight)| {
                let there = if rules.replacement {
                    most
                } else {
                    weight as usize
                };
                std::iter::repeat_n(value, there.min(most))
            });
            repeated.take(most).collect()
        };
        Self {
            coins: list(|what| match what {
                PrizeKind::Coins(credits) => Some(i128::from(credits)),
                _ => None,
            }),
            factors: list(|what| match what {
                PrizeKind::Multiplier(by) => Some(i128::from(by)),
                _ => None,
            }),
            more_picks: list(|what| match what {
                PrizeKind::ExtraPicks(more) => Some(i128::from(more)),
                _ => None,
            }),
        }
    }

    /// Most prizes that a round can reveal besides further picks.
    fn reveals(&self, rules: &Pick) -> usize {
        let mut picks = i128::from(rules.picks);
        let mut most = 0;
        let more_picks = std::iter::once(0).chain(self.more_picks.iter().copied());
        for (used, more) in (0..).zip(more_picks) {
            picks += more;
            let reveals = picks * i128::from(rules.max_prizes);
            most = most.max(reveals.min(i128::from(limits::MAX_REVEALS)) - used);
        }
        usize::try_from(most).unwrap_or(0)
    }
}

/// What a jackpot pays at its seed, in credits.
fn seed(game: &Game, tier: Tier) -> i128 {
    let found = game.jackpots.iter().find(|jackpot| jackpot.tier == tier);
    found.map_or(0, |jackpot| times(jackpot.seed_bets, game.bet_credits))
}

fn times(seeds: i64, bet: i64) -> i128 {
    i128::from(seeds) * i128::from(bet)
}

fn sum(parts: impl IntoIterator<Item = i128>) -> i128 {
    parts
        .into_iter()
        .fold(0, |sum, part| sum.saturating_add(part))
}
