//! Results of every shape, from a seed. They need not be possible in any game.

use crate::game::{FeatureKind, SymbolKind, Tier};
use crate::result::{
    CascadeStep, Cell, Coin, Feature, FeaturePlay, FreeSpinsPlay, GambleOutcome, GamblePlay,
    GambleRound, HoldPlay, HoldRound, JackpotWin, LineWin, NearMiss, PickPlay, Retrigger, Reveal,
    Revealed, SpinResult,
};

/// The symbol of a kind in [`window`].
pub(super) fn of_kind(kind: SymbolKind) -> u8 {
    match kind {
        SymbolKind::Scatter => 10,
        SymbolKind::Bonus => 11,
        SymbolKind::Wild => 12,
        SymbolKind::Regular | SymbolKind::Blank => 1,
    }
}

/// A spin whose reels show these kinds in their middle row.
pub(super) fn window(kinds: &[SymbolKind]) -> SpinResult {
    let usual = SymbolKind::Regular;
    SpinResult {
        bet: 100,
        stops: vec![0; kinds.len()],
        window: kinds
            .iter()
            .map(|kind| vec![0, of_kind(*kind), 2])
            .collect(),
        kinds: kinds.iter().map(|kind| vec![usual, *kind, usual]).collect(),
        multiplier: 1,
        ..SpinResult::default()
    }
}

pub(super) struct Machine(u64);

impl Machine {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// Below `end`; splitmix64.
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % end
    }

    fn one_in(&mut self, n: u64) -> bool {
        self.below(n) == 0
    }

    fn amount(&mut self) -> i64 {
        let bets = [
            0, 30, 100, 101, 250, 600, 1_500, 2_500, 7_000, 30_000, 90_000,
        ];
        bets[usize::try_from(self.below(11)).unwrap()]
    }

    /// A spin with features inside one another at most so deep.
    pub(super) fn spin(&mut self, depth: u32) -> SpinResult {
        let all = [
            SymbolKind::Regular,
            SymbolKind::Regular,
            SymbolKind::Scatter,
            SymbolKind::Bonus,
            SymbolKind::Wild,
        ];
        let reels = if depth == 0 { 5 } else { 3 + self.below(6) };
        let kinds: Vec<_> = (0..reels)
            .map(|_| all[usize::try_from(self.below(5)).unwrap()])
            .collect();
        let mut result = window(&kinds);
        if depth == 0 {
            return result;
        }
        result.base_win = self.amount();
        if result.base_win > 0 {
            result.line_wins = (0..=self.below(5)).map(|_| self.line()).collect();
        }
        result.cascade = (0..self.below(4)).map(|_| fall()).collect();
        if self.one_in(4) {
            result.near_miss = Some(NearMiss {
                feature: 0,
                symbol: 1,
                reel: 2,
                rows: 2,
                above: false,
            });
        }
        if self.one_in(6) {
            result.jackpots = vec![self.jackpot()];
        }
        result.features = (0..self.below(3))
            .map(|_| self.feature(depth - 1))
            .collect();
        result.total_win = result.base_win + 10;
        if result.base_win > 0 && self.one_in(5) {
            result.gamble = Some(self.gamble(result.total_win));
        }
        result
    }

    fn line(&mut self) -> LineWin {
        LineWin {
            line: self.one_in(2).then_some(4),
            symbol: 1,
            count: 3,
            ways: 1,
            amount: 10,
            cells: vec![Cell { reel: 0, row: 0 }],
        }
    }

    fn jackpot(&mut self) -> JackpotWin {
        JackpotWin {
            tier: Tier::ALL[usize::try_from(self.below(4)).unwrap()],
            amount: 5_000,
        }
    }

    fn gamble(&mut self, stake: i64) -> GamblePlay {
        let rounds = (0..1 + self.below(3)).map(|_| GambleRound {
            choice: 1,
            outcome: GambleOutcome::Win,
            amount: stake,
        });
        GamblePlay {
            stake,
            rounds: rounds.collect(),
            collected: stake,
        }
    }

    fn feature(&mut self, depth: u32) -> Feature {
        let (kind, play) = match self.below(4) {
            0 => (FeatureKind::FreeSpins, self.free_spins(depth)),
            1 => (FeatureKind::HoldAndWin, self.hold()),
            2 => (FeatureKind::Pick, FeaturePlay::Pick(self.pick())),
            _ => (FeatureKind::Wheel, FeaturePlay::Wheel(self.pick())),
        };
        Feature {
            index: 0,
            kind,
            triggers: Vec::new(),
            play,
            total_win: 100,
        }
    }

    fn free_spins(&mut self, depth: u32) -> FeaturePlay {
        let spins: Vec<_> = (0..1 + self.below(3)).map(|_| self.spin(depth)).collect();
        FeaturePlay::FreeSpins(FreeSpinsPlay {
            awarded: 2,
            multiplier: 2,
            spins,
            retriggers: vec![Retrigger {
                spin: 0,
                additional: 1,
                new_total: 3,
            }],
        })
    }

    fn hold(&mut self) -> FeaturePlay {
        let coin = Coin {
            cell: Cell { reel: 1, row: 1 },
            value: 10,
            jackpot: None,
        };
        let rounds = (0..self.below(4)).map(|n| HoldRound {
            landed: vec![coin],
            respins_left: 3,
            filled: u32::try_from(n).unwrap(),
        });
        let rounds = rounds.collect();
        FeaturePlay::HoldAndWin(HoldPlay {
            start: vec![coin],
            rounds,
            full: false,
            jackpots: vec![self.jackpot()],
        })
    }

    fn pick(&mut self) -> PickPlay {
        let what = [
            Revealed::Coins(50),
            Revealed::Multiplier(2),
            Revealed::ExtraPicks(1),
            Revealed::Jackpot(Tier::Mini),
            Revealed::Collect,
        ];
        let count = self.below(5);
        let reveals = (0..count).map(|n| Reveal {
            pick: u32::try_from(n / 2).unwrap(),
            prize: 0,
            what: what[usize::try_from(n).unwrap()],
            terminal: n + 1 == count,
        });
        PickPlay {
            options: 12,
            reveals: reveals.collect(),
            multiplier: 1,
            jackpots: Vec::new(),
        }
    }
}

fn fall() -> CascadeStep {
    CascadeStep {
        removed: Vec::new(),
        window: Vec::new(),
        line_wins: Vec::new(),
        multiplier: 2,
        win: 5,
    }
}
