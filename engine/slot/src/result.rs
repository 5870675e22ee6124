//! What a spin gave: one plain type.
//!
//! Money is in minor units of the currency. Reels, rows, lines and steps count from 0; row 0 is the
//! top of the window. Everything here follows from the game, the bet and the random numbers, so two
//! equal results are the same spin.

use crate::game::{FeatureKind, SymbolId, SymbolKind, Tier};

/// The visible symbols: one list per reel, from the top row down.
pub type Window = Vec<Vec<SymbolId>>;

/// A place in the window.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Cell {
    /// Reel from the left.
    pub reel: u8,
    /// Row from the top.
    pub row: u8,
}

/// Everything that one spin gave, with all that it led to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SpinResult {
    /// Total bet; a spin of a feature states the bet of the spin that led to it.
    pub bet: i64,
    /// Where each reel stopped: row `j` shows `strip[(stop + j) % len]`.
    pub stops: Vec<u16>,
    /// The window as it came to rest, before cascades.
    pub window: Window,
    /// The kind of each symbol of `window`, in the same order.
    pub kinds: Vec<Vec<SymbolKind>>,
    /// Wins on lines, of ways, of clusters or of counts in `window`, all multipliers included.
    pub line_wins: Vec<LineWin>,
    /// Wins of scatters in `window`, `multiplier` included. Windows of a cascade have none.
    pub scatter_wins: Vec<ScatterWin>,
    /// What every win of this spin was multiplied by: 1 unless free spins multiply.
    pub multiplier: i64,
    /// Further windows after winning symbols were removed.
    pub cascade: Vec<CascadeStep>,
    /// What the spin awarded, played to its end, in the order of play.
    pub features: Vec<Feature>,
    /// Jackpots of this spin that no feature paid.
    pub jackpots: Vec<JackpotWin>,
    /// One trigger short of a feature, with the missing one just outside of the window.
    pub near_miss: Option<NearMiss>,
    /// Lines, scatters and cascades of this spin.
    pub base_win: i64,
    /// `base_win`, `features` and `jackpots`.
    pub total_win: i64,
    /// What the player risked of `total_win` afterwards; `total_win` itself stays as it was.
    pub gamble: Option<GamblePlay>,
}

/// One win of the window.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LineWin {
    /// Number of the line, from 0; `None` for ways, clusters and counts.
    pub line: Option<u16>,
    /// The symbol that pays.
    pub symbol: SymbolId,
    /// Symbols in a row, reels in a row, or cells.
    pub count: u8,
    /// Ways; 1 on lines.
    pub ways: u32,
    /// Minor units.
    pub amount: i64,
    /// The cells that take part.
    pub cells: Vec<Cell>,
}

/// A win by symbols anywhere in the window.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScatterWin {
    /// The symbol that pays.
    pub symbol: SymbolId,
    /// How many are in view.
    pub count: u8,
    /// Minor units.
    pub amount: i64,
    /// Where they are.
    pub cells: Vec<Cell>,
}

/// One window of a cascade: what was removed, what stands there now, what it won.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CascadeStep {
    /// Cells of the window before that were removed.
    pub removed: Vec<Cell>,
    /// The window after survivors fell and new symbols came from the strips.
    pub window: Window,
    /// Wins of this window, all multipliers included. The last step has none, unless the cascade
    /// ended at its limit.
    pub line_wins: Vec<LineWin>,
    /// Multiplier of this window, that of free spins not included.
    pub multiplier: i64,
    /// Minor units.
    pub win: i64,
}

/// A feature, played to its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Feature {
    /// Number in the list of features of the game.
    pub index: u8,
    /// What it is.
    pub kind: FeatureKind,
    /// The cells that triggered it.
    pub triggers: Vec<Cell>,
    /// How it went.
    pub play: FeaturePlay,
    /// All it paid, jackpots included.
    pub total_win: i64,
}

/// How a feature went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FeaturePlay {
    /// Spins on the house.
    FreeSpins(FreeSpinsPlay),
    /// Coins that stay while the rest respins.
    HoldAndWin(HoldPlay),
    /// Picks among hidden prizes.
    Pick(PickPlay),
    /// A wheel; the prizes are those of its stops in order.
    Wheel(PickPlay),
}

/// Free spins.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FreeSpinsPlay {
    /// Spins at first.
    pub awarded: u32,
    /// What every win is multiplied by.
    pub multiplier: i64,
    /// The spins that were played, retriggered ones included.
    pub spins: Vec<SpinResult>,
    /// Further spins.
    pub retriggers: Vec<Retrigger>,
}

/// Further free spins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retrigger {
    /// The spin that gave them, from 0.
    pub spin: u32,
    /// How many.
    pub additional: u32,
    /// Spins of the feature from now on.
    pub new_total: u32,
}

/// Hold and win.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HoldPlay {
    /// Coins of the window that triggered it.
    pub start: Vec<Coin>,
    /// The respins.
    pub rounds: Vec<HoldRound>,
    /// All cells hold a coin at the end.
    pub full: bool,
    /// Jackpots of coins, then that of a full grid.
    pub jackpots: Vec<JackpotWin>,
}

/// One respin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HoldRound {
    /// Coins that landed.
    pub landed: Vec<Coin>,
    /// Respins left after this one.
    pub respins_left: u32,
    /// Cells that hold a coin now.
    pub filled: u32,
}

/// A coin that holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Coin {
    /// Where.
    pub cell: Cell,
    /// Minor units; that of a jackpot is what it pays.
    pub value: i64,
    /// The jackpot it is.
    pub jackpot: Option<Tier>,
}

/// Picks, or stops of a wheel.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PickPlay {
    /// Hidden options, or segments of the wheel.
    pub options: u32,
    /// What was revealed, in order.
    pub reveals: Vec<Reveal>,
    /// What the coins were multiplied by at the end.
    pub multiplier: i64,
    /// Jackpots among the prizes.
    pub jackpots: Vec<JackpotWin>,
}

/// One prize that was revealed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reveal {
    /// The pick it belongs to, from 0; one pick may reveal several prizes.
    pub pick: u32,
    /// Number of the prize in the table of the game.
    pub prize: u32,
    /// What it is.
    pub what: Revealed,
    /// It ends the feature.
    pub terminal: bool,
}

/// What a prize turned out to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Revealed {
    /// Minor units.
    Coins(i64),
    /// All coins of the feature are multiplied by this.
    Multiplier(i64),
    /// Further picks.
    ExtraPicks(u32),
    /// A jackpot.
    Jackpot(Tier),
    /// The feature ends and pays what was collected.
    Collect,
    /// The feature ends.
    EndGame,
}

/// Double or nothing with a win.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GamblePlay {
    /// What is risked at first, in minor units.
    pub stake: i64,
    /// Round after round.
    pub rounds: Vec<GambleRound>,
    /// What the player goes home with, in minor units.
    pub collected: i64,
}

/// One round of a gamble.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GambleRound {
    /// What the player chose, as the number of the colour, side or suit; 0 on a ladder.
    pub choice: u8,
    /// How it ended.
    pub outcome: GambleOutcome,
    /// What stands after it, in minor units.
    pub amount: i64,
}

/// How a round of a gamble ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GambleOutcome {
    /// More stands than before.
    Win,
    /// Less stands than before.
    Lose,
    /// As much stands as before.
    Draw,
}

/// A jackpot was won.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct JackpotWin {
    /// Which.
    pub tier: Tier,
    /// Minor units.
    pub amount: i64,
}

/// One symbol short of a feature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NearMiss {
    /// The feature that was missed, as its number in the list of the game.
    pub feature: u8,
    /// The symbol that is missing.
    pub symbol: SymbolId,
    /// The reel where it is closest.
    pub reel: u8,
    /// Rows between it and the window: 1 is the row next to it. Proximity is `1 / (1 + rows)`.
    pub rows: u8,
    /// It is above the window.
    pub above: bool,
}

impl SpinResult {
    /// What the player goes home with: the gamble's outcome if there was one. `[thread-safe]`
    pub fn paid(&self) -> i64 {
        let gamble = self.gamble.as_ref();
        gamble.map_or(self.total_win, |gamble| {
            self.total_win - gamble.stake + gamble.collected
        })
    }

    /// The jackpot wins of this spin, those inside features included, in order of play.
    /// `[thread-safe]`
    pub fn all_jackpots(&self) -> Vec<JackpotWin> {
        let mut all = self.jackpots.clone();
        all.extend(self.features.iter().flat_map(Feature::all_jackpots));
        all
    }
}

impl Feature {
    /// The jackpot wins of this feature, those of its free spins included, in order of play.
    /// `[thread-safe]`
    pub fn all_jackpots(&self) -> Vec<JackpotWin> {
        match &self.play {
            FeaturePlay::FreeSpins(play) => {
                let spins = play.spins.iter();
                spins.flat_map(SpinResult::all_jackpots).collect()
            }
            FeaturePlay::HoldAndWin(play) => play.jackpots.clone(),
            FeaturePlay::Pick(play) | FeaturePlay::Wheel(play) => play.jackpots.clone(),
        }
    }
}

impl NearMiss {
    /// 0 to 1: how close it was. `[thread-safe]`
    pub fn proximity(&self) -> f64 {
        1.0 / (1.0 + f64::from(self.rows))
    }
}
