//! Features, played to their end: hold and win, picks, wheels.

use super::{Awarded, Scene, Table};
use crate::evaluate::Places;
use crate::game::{CoinValue, FeatureRules, HoldAndWin, Pick, PrizeKind, limits};
use crate::grid::{self, Cells};
use crate::machine::{Machine, weighted};
use crate::result::{
    Coin, Feature, FeaturePlay, HoldPlay, HoldRound, JackpotWin, PickPlay, Reveal, Revealed,
    SpinResult,
};
use crate::rng::Rng;

impl Machine {
    /// Plays what the window awards and adds it to the result.
    pub(super) fn play_features(
        &self,
        result: &mut SpinResult,
        places: &Places,
        scene: &Scene,
        table: &mut Table<'_>,
    ) {
        let mut awarded = Vec::new();
        self.awards(scene.in_free_spins, places, |award| awarded.push(award));
        for award in awarded {
            let feature = self.play_feature(&award, &result.stops_rows(), table);
            result.features.push(feature);
        }
        let features: i64 = result
            .features
            .iter()
            .map(|feature| feature.total_win)
            .sum();
        let jackpots: i64 = result.jackpots.iter().map(|jackpot| jackpot.amount).sum();
        result.total_win = result.base_win + features + jackpots;
    }

    fn play_feature(&self, awarded: &Awarded, rows: &[u8], table: &mut Table<'_>) -> Feature {
        let feature = &self.game().features[awarded.feature];
        let (play, total_win) = match &feature.rules {
            FeatureRules::FreeSpins(rules) => {
                let play = self.free_spins(awarded, rules, table);
                let total = play.spins.iter().map(|spin| spin.total_win).sum();
                (FeaturePlay::FreeSpins(play), total)
            }
            FeatureRules::HoldAndWin(rules) => {
                let play = self.hold(awarded.cells, rows, rules, table);
                let total = hold_total(&play, rules);
                (FeaturePlay::HoldAndWin(play), total)
            }
            FeatureRules::Pick(rules) => {
                let (play, total) = self.pick(rules, table);
                (FeaturePlay::Pick(play), total)
            }
            FeatureRules::Wheel(rules) => {
                let (play, total) = self.pick(rules, table);
                (FeaturePlay::Wheel(play), total)
            }
        };
        Feature {
            index: awarded.feature as u8,
            kind: feature.kind(),
            triggers: grid::list(awarded.cells),
            play,
            total_win,
        }
    }

    /// Coins stay; the other cells respin until a number of respins in a row brought none.
    fn hold(
        &self,
        start: Cells,
        rows: &[u8],
        rules: &HoldAndWin,
        table: &mut Table<'_>,
    ) -> HoldPlay {
        let mut play = HoldPlay::default();
        play.start = self.coins(start, 0, rules, table, &mut play.jackpots);
        let reels = rows.iter().enumerate();
        let all = reels.fold(0, |all, (reel, &rows)| {
            all | ((1_u64 << rows) - 1) << (8 * reel)
        });
        let mut filled = start;
        let mut left = rules.respins;
        while left > 0 && filled != all {
            let blank = rules.blank_weight;
            let landed = self.coins(all & !filled, blank, rules, table, &mut play.jackpots);
            filled = landed.iter().fold(filled, |filled, coin| {
                filled | grid::bit(usize::from(coin.cell.reel), usize::from(coin.cell.row))
            });
            left = if landed.is_empty() {
                left - 1
            } else {
                rules.respins
            };
            play.rounds.push(HoldRound {
                landed,
                respins_left: left,
                filled: filled.count_ones(),
            });
        }
        play.full = filled == all;
        if let Some(tier) = rules.full.filter(|_| play.full) {
            play.jackpots.push(table.meters.pay(self.game(), tier));
        }
        play
    }

    /// Draws each of the cells: nothing with the weight `blank`, else a coin.
    fn coins(
        &self,
        cells: Cells,
        blank: u32,
        rules: &HoldAndWin,
        table: &mut Table<'_>,
        jackpots: &mut Vec<JackpotWin>,
    ) -> Vec<Coin> {
        let mut coins = Vec::new();
        for cell in grid::list(cells) {
            let weights = rules.coins.iter().map(|coin| coin.weight);
            let drawn = weighted(table.rng, std::iter::once(blank).chain(weights));
            let Some(drawn) = drawn.checked_sub(1) else {
                continue;
            };
            let (value, jackpot) = match rules.coins[drawn].what {
                CoinValue::Credits(credits) => (credits * table.coin, None),
                CoinValue::Jackpot(tier) => {
                    let win = table.meters.pay(self.game(), tier);
                    jackpots.push(win);
                    (win.amount, Some(tier))
                }
            };
            coins.push(Coin {
                cell,
                value,
                jackpot,
            });
        }
        coins
    }

    /// Reveals prizes until the picks are used up, nothing is hidden any more, or one ends it.
    fn pick(&self, rules: &Pick, table: &mut Table<'_>) -> (PickPlay, i64) {
        let mut weights: Vec<u32> = rules.prizes.iter().map(|prize| prize.weight).collect();
        let mut play = PickPlay {
            options: weights.iter().sum(),
            multiplier: 1,
            ..PickPlay::default()
        };
        let (mut picks, mut pick, mut coins) = (rules.picks, 0, 0_i64);
        'picks: while pick < picks {
            let several = rules.max_prizes - rules.min_prizes + 1;
            let prizes = rules.min_prizes + several_of(table.rng, several);
            for _ in 0..prizes {
                let is_over = play.reveals.len() as u32 == limits::MAX_REVEALS;
                if is_over || weights.iter().all(|&weight| weight == 0) {
                    break 'picks;
                }
                let prize = weighted(table.rng, weights.iter().copied());
                if !rules.replacement {
                    weights[prize] -= 1;
                }
                let what = self.reveal(rules.prizes[prize].what, table, &mut play.jackpots);
                match what {
                    Revealed::Coins(amount) => coins += amount,
                    Revealed::Multiplier(by) => {
                        play.multiplier = play.multiplier.saturating_mul(by);
                    }
                    Revealed::ExtraPicks(more) => picks += more,
                    _ => {}
                }
                let terminal = matches!(what, Revealed::EndGame | Revealed::Collect);
                play.reveals.push(Reveal {
                    pick,
                    prize: prize as u32,
                    what,
                    terminal,
                });
                if terminal {
                    break 'picks;
                }
            }
            pick += 1;
        }
        let jackpots: i64 = play.jackpots.iter().map(|jackpot| jackpot.amount).sum();
        let total = coins
            .saturating_mul(play.multiplier)
            .saturating_add(jackpots);
        (play, total)
    }

    fn reveal(
        &self,
        prize: PrizeKind,
        table: &mut Table<'_>,
        jackpots: &mut Vec<JackpotWin>,
    ) -> Revealed {
        match prize {
            PrizeKind::Coins(credits) => Revealed::Coins(credits * table.coin),
            PrizeKind::Multiplier(by) => Revealed::Multiplier(by),
            PrizeKind::ExtraPicks(more) => Revealed::ExtraPicks(more),
            PrizeKind::EndGame => Revealed::EndGame,
            PrizeKind::Collect => Revealed::Collect,
            PrizeKind::Jackpot(tier) => {
                jackpots.push(table.meters.pay(self.game(), tier));
                Revealed::Jackpot(tier)
            }
        }
    }
}

/// One of `several`, from 0; draws nothing if there is no choice.
fn several_of(rng: &mut Rng, several: u32) -> u32 {
    match several {
        1 => 0,
        _ => rng.below(u64::from(several)) as u32,
    }
}

/// Coins with what they are worth, and the jackpot of a full grid, which is no coin.
fn hold_total(play: &HoldPlay, rules: &HoldAndWin) -> i64 {
    let landed = play.rounds.iter().flat_map(|round| &round.landed);
    let coins: i64 = play.start.iter().chain(landed).map(|coin| coin.value).sum();
    let full = rules.full.filter(|_| play.full).and(play.jackpots.last());
    coins + full.map_or(0, |jackpot| jackpot.amount)
}

impl SpinResult {
    /// Rows in view, one number per reel.
    fn stops_rows(&self) -> Vec<u8> {
        self.window.iter().map(|reel| reel.len() as u8).collect()
    }
}
