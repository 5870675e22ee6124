//! What a feature pays on average.

use super::value::Value;
use crate::game::{CoinValue, HoldAndWin, Pick, PrizeKind, Tier, limits};
use std::collections::HashMap;

/// Averages of one award of a feature.
#[derive(Clone, Debug, PartialEq)]
pub struct Average {
    /// Credits, without jackpots.
    pub credits: Value,
    /// Jackpots of each tier of [`Tier::ALL`].
    pub jackpots: [f64; 4],
}

impl Average {
    pub(super) const NOTHING: Average = Average {
        credits: Value::ZERO,
        jackpots: [0.0; 4],
    };
}

/// Most states that are looked at to find an average; more is left to simulation.
const MAX_STATES: usize = 200_000;

/// The average of a pick or wheel; `None` if there are too many ways to go through it.
///
/// If `a` is what the multiplier will have grown by and `b` the coins to come, times what the
/// multiplier will be then, a coin of `v` now adds `v * a` to `b`, and a factor of `m` multiplies
/// both.
pub(super) fn pick(rules: &Pick) -> Option<Average> {
    let weights: Vec<u32> = rules.prizes.iter().map(|prize| prize.weight).collect();
    let mut chances = Chances {
        rules,
        known: HashMap::new(),
        depth: 0,
    };
    let start = Hidden {
        weights: if rules.replacement {
            Vec::new()
        } else {
            weights
        },
        picks: rules.picks,
        prizes: 0,
        reveals: 0,
    };
    let future = chances.next_pick(&start)?;
    Some(Average {
        credits: future.coins,
        jackpots: future.jackpots,
    })
}

/// What is still hidden, and what may still be picked.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Hidden {
    /// Empty with replacement.
    weights: Vec<u32>,
    picks: u32,
    /// Prizes left of the current pick.
    prizes: u32,
    reveals: u32,
}

/// What is to come.
#[derive(Clone, Copy)]
struct Future {
    factor: Value,
    coins: Value,
    jackpots: [f64; 4],
}

const OVER: Future = Future {
    factor: Value {
        exact: Some(super::value::Ratio {
            numerator: 1,
            denominator: 1,
        }),
        float: 1.0,
    },
    coins: Value::ZERO,
    jackpots: [0.0; 4],
};

struct Chances<'a> {
    rules: &'a Pick,
    known: HashMap<Hidden, Future>,
    depth: usize,
}

impl Chances<'_> {
    fn next_pick(&mut self, hidden: &Hidden) -> Option<Future> {
        if hidden.picks == 0 {
            return Some(OVER);
        }
        let (least, most) = (self.rules.min_prizes, self.rules.max_prizes);
        let share = Value::ratio(1, i128::from(most - least + 1));
        let mut sum = NONE;
        for prizes in least..=most {
            let hidden = Hidden {
                picks: hidden.picks - 1,
                prizes,
                ..hidden.clone()
            };
            sum.add(self.reveal(&hidden)?, share);
        }
        Some(sum)
    }

    fn reveal(&mut self, hidden: &Hidden) -> Option<Future> {
        if hidden.prizes == 0 {
            return self.next_pick(hidden);
        }
        let empty = !self.rules.replacement && hidden.weights.iter().all(|&weight| weight == 0);
        if empty || hidden.reveals == limits::MAX_REVEALS {
            return Some(OVER);
        }
        if let Some(known) = self.known.get(hidden) {
            return Some(*known);
        }
        self.depth += 1;
        if self.known.len() + self.depth > MAX_STATES {
            return None;
        }
        let future = self.prizes(hidden)?;
        self.depth -= 1;
        self.known.insert(hidden.clone(), future);
        Some(future)
    }

    /// The next prize, each with its chance.
    fn prizes(&mut self, hidden: &Hidden) -> Option<Future> {
        let weight = |at: usize| match hidden.weights.get(at) {
            Some(&left) => left,
            None => self.rules.prizes[at].weight,
        };
        let weights: Vec<u32> = (0..self.rules.prizes.len()).map(weight).collect();
        let total: i128 = weights.iter().map(|&weight| i128::from(weight)).sum();
        let mut sum = NONE;
        for (at, weight) in weights
            .into_iter()
            .enumerate()
            .filter(|(_, weight)| *weight > 0)
        {
            let mut next = hidden.clone();
            next.prizes -= 1;
            next.reveals += 1;
            if let Some(left) = next.weights.get_mut(at) {
                *left -= 1;
            }
            let future = self.after(self.rules.prizes[at].what, next)?;
            sum.add(future, Value::ratio(i128::from(weight), total));
        }
        Some(sum)
    }

    fn after(&mut self, prize: PrizeKind, mut next: Hidden) -> Option<Future> {
        let mut future = match prize {
            PrizeKind::EndGame | PrizeKind::Collect => return Some(OVER),
            PrizeKind::ExtraPicks(more) => {
                next.picks = (next.picks + more).min(limits::MAX_REVEALS);
                self.reveal(&next)?
            }
            _ => self.reveal(&next)?,
        };
        match prize {
            PrizeKind::Coins(credits) => {
                future.coins = future.coins + future.factor * Value::whole(i128::from(credits));
            }
            PrizeKind::Multiplier(by) => {
                future.factor = future.factor * Value::whole(i128::from(by));
                future.coins = future.coins * Value::whole(i128::from(by));
            }
            PrizeKind::Jackpot(tier) => future.jackpots[tier as usize] += 1.0,
            _ => {}
        }
        Some(future)
    }
}

const NONE: Future = Future {
    factor: Value::ZERO,
    coins: Value::ZERO,
    jackpots: [0.0; 4],
};

impl Future {
    fn add(&mut self, other: Future, chance: Value) {
        self.factor = self.factor + other.factor * chance;
        self.coins = self.coins + other.coins * chance;
        for (sum, jackpots) in self.jackpots.iter_mut().zip(other.jackpots) {
            *sum += jackpots * chance.float;
        }
    }
}

/// The average of hold and win in a window of `cells`, by number of coins that start it.
pub(super) fn hold(rules: &HoldAndWin, cells: usize) -> Vec<Average> {
    let coin_weight: f64 = rules.coins.iter().map(|coin| f64::from(coin.weight)).sum();
    let chance = coin_weight / (coin_weight + f64::from(rules.blank_weight));
    let share = |wanted: fn(CoinValue, Tier) -> f64, tier: Tier| -> f64 {
        let coins = rules.coins.iter();
        let sum: f64 = coins
            .map(|coin| wanted(coin.what, tier) * f64::from(coin.weight))
            .sum();
        sum / coin_weight
    };
    let credits = share(
        |what, _| match what {
            CoinValue::Credits(credits) => credits as f64,
            CoinValue::Jackpot(_) => 0.0,
        },
        Tier::Mini,
    );
    let is_tier = |what, tier| f64::from(u8::from(what == CoinValue::Jackpot(tier)));
    let (coins, full) = fill(cells, rules.respins as usize, chance);
    let average = |start: usize| Average {
        credits: Value::float(coins[start] * credits),
        jackpots: Tier::ALL.map(|tier| {
            let at_end = f64::from(u8::from(rules.full == Some(tier))) * full[start];
            coins[start] * share(is_tier, tier) + at_end
        }),
    };
    (0..=cells).map(average).collect()
}

/// By number of cells that are filled at first: how many are at the end, and the chance of all.
fn fill(cells: usize, respins: usize, chance: f64) -> (Vec<f64>, Vec<f64>) {
    let (mut coins, mut full) = (vec![cells as f64; cells + 1], vec![1.0; cells + 1]);
    for filled in (0..cells).rev() {
        let landing = binomial(cells - filled, chance);
        // Of one respin: the chance that nothing lands, and what follows if something does.
        let later = |table: &[f64]| -> f64 {
            let lands = (1..landing.len()).map(|more| landing[more] * table[filled + more]);
            lands.sum()
        };
        let (later_coins, later_full) = (later(&coins), later(&full));
        let (mut end_coins, mut end_full) = (filled as f64, 0.0);
        for _ in 0..respins {
            end_coins = later_coins + landing[0] * end_coins;
            end_full = later_full + landing[0] * end_full;
        }
        coins[filled] = end_coins;
        full[filled] = end_full;
    }
    (coins, full)
}

fn binomial(trials: usize, chance: f64) -> Vec<f64> {
    let mut odds = vec![1.0];
    for _ in 0..trials {
        let mut next = vec![0.0; odds.len() + 1];
        for (hits, odd) in odds.iter().enumerate() {
            next[hits] += odd * (1.0 - chance);
            next[hits + 1] += odd * chance;
        }
        odds = next;
    }
    odds
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::game::Prize;

    fn prize(what: PrizeKind, weight: u32) -> Prize {
        Prize { what, weight }
    }

    #[test]
    fn a_pick_without_replacement_pays_the_average_of_all_orders() {
        // Coins 10 and 20 and an end: of six orders, two end at once, one pays 10, one 20, two 30.
        let rules = Pick {
            picks: 3,
            min_prizes: 1,
            max_prizes: 1,
            replacement: false,
            prizes: vec![
                prize(PrizeKind::Coins(10), 1),
                prize(PrizeKind::Coins(20), 1),
                prize(PrizeKind::EndGame, 1),
            ],
        };
        let average = pick(&rules).unwrap();
        assert_eq!(average.credits, Value::ratio(90, 6));
    }

    #[test]
    fn multipliers_and_further_picks_count() {
        // One pick: half the time 7, else times 3 and no coin; a further pick would be needed.
        let prizes = vec![
            prize(PrizeKind::Coins(8), 1),
            prize(PrizeKind::Multiplier(3), 1),
        ];
        let mut rules = Pick {
            picks: 2,
            min_prizes: 1,
            max_prizes: 1,
            replacement: true,
            prizes,
        };
        // CC 16, CM 24, MC 24, MM 0.
        assert_eq!(pick(&rules).unwrap().credits.exact, Value::whole(16).exact);
        rules.picks = 1;
        rules.prizes = vec![
            prize(PrizeKind::ExtraPicks(1), 1),
            prize(PrizeKind::Coins(8), 1),
        ];
        // Up to the bound of reveals, 8 comes at last.
        assert!((pick(&rules).unwrap().credits.float - 8.0).abs() < 1e-12);
    }

    #[test]
    fn one_empty_cell_fills_by_the_geometric_law() {
        let (coins, full) = fill(2, 3, 0.25);
        let never = 0.75_f64.powi(3);
        assert!((full[1] - (1.0 - never)).abs() < 1e-15);
        assert!((coins[1] - (2.0 - never)).abs() < 1e-15);
    }
}
