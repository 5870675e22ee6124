//! What a game is: reels, strips, pays, features. Plain data; [`Game::check`] says whether it is
//! sound.

mod anticipation;
mod check;
mod strips;

pub use anticipation::{Anticipation, Awaits};
pub(crate) use check::CORRECT;
pub use strips::{reels_from_counts, strip_from_counts};

/// Number of a symbol in [`Game::symbols`].
pub type SymbolId = u8;

/// The symbols of one reel in order, closed to a ring.
pub type Strip = Vec<SymbolId>;

/// The row that a line crosses on each reel.
pub type Line = Vec<u8>;

/// Bounds of a game.
pub mod limits {
    /// Fewest reels.
    pub const MIN_REELS: usize = 3;
    /// Most reels.
    pub const MAX_REELS: usize = 8;
    /// Most rows of a reel.
    pub const MAX_ROWS: usize = 8;
    /// Most symbols.
    pub const MAX_SYMBOLS: usize = 32;
    /// Longest strip.
    pub const MAX_STRIP: usize = 1024;
    /// Most lines.
    pub const MAX_LINES: usize = 200;
    /// Most features.
    pub const MAX_FEATURES: usize = 16;
    /// Highest pay, in credits.
    pub const MAX_PAY: i64 = 1_000_000_000;
    /// Highest cost of a spin, in credits.
    pub const MAX_BET: i64 = 100_000;
    /// Most windows of a cascade after the first.
    pub const MAX_CASCADE: u32 = 1000;
    /// Most free spins of one feature.
    pub const MAX_FREE_SPINS: u32 = 10_000;
    /// Most prizes of a table.
    pub const MAX_PRIZES: usize = 1024;
    /// Most reveals of one pick or wheel feature.
    pub const MAX_REVEALS: u32 = 100;
    /// Most rounds of a gamble.
    pub const MAX_GAMBLES: u32 = 5;
    /// Highest value of one credit, in minor units.
    pub const MAX_COIN: i64 = 1_000_000;
}

/// A slot game. Pays are in credits; a spin states what a credit is worth.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Game {
    /// Short name for files and logs.
    pub id: String,
    /// Name for people.
    pub name: String,
    /// Decimal places of the currency: 2 where a minor unit is a cent.
    pub currency_exponent: u8,
    /// What a spin costs, in credits; the number of lines in most line games.
    pub bet_credits: i64,
    /// Rows in view, one number per reel; for [`Mode::Megaways`] the highest.
    pub rows: Vec<u8>,
    /// The symbols.
    pub symbols: Vec<Symbol>,
    /// One strip per reel.
    pub strips: Vec<Strip>,
    /// How symbols in the window win.
    pub mode: Mode,
    /// Winning symbols are removed and others fall.
    pub cascade: Option<Cascade>,
    /// What symbols can award.
    pub features: Vec<Feature>,
    /// Progressive jackpots, at most one per tier.
    pub jackpots: Vec<Jackpot>,
    /// What can be done with a win.
    pub gamble: Option<Gamble>,
    /// How reels are awaited.
    pub anticipation: Anticipation,
}

/// A symbol.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Symbol {
    /// Its name; unique in the game.
    pub name: String,
    /// What it does.
    pub kind: SymbolKind,
    /// Symbols that this wild does not stand for, besides scatter, bonus and blank ones.
    pub excludes: Vec<SymbolId>,
    /// Pays by count, in credits; those of a scatter are times the total bet.
    pub pays: Vec<Pay>,
}

/// What a symbol does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum SymbolKind {
    /// It pays in combinations.
    #[default]
    Regular,
    /// It pays, and stands for regular symbols.
    Wild,
    /// It pays and triggers wherever it is in view.
    Scatter,
    /// It triggers.
    Bonus,
    /// It does nothing.
    Blank,
}

/// What a number of symbols pays. A count without an entry pays as the next lower one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pay {
    /// Symbols in a row, reels in a row, or cells.
    pub count: u8,
    /// Credits.
    pub credits: i64,
}

/// How symbols in the window win.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mode {
    /// On lines from the left: the higher of the run of leading wilds and the run of the first
    /// other symbol with wilds.
    Lines(Vec<Line>),
    /// On adjacent reels from the left, in any row: pay times the number of ways. Ways of wilds
    /// only count for the wild, not for what it stands for.
    Ways,
    /// Cells that touch by their sides; wilds join every cluster they touch.
    Cluster {
        /// Fewest cells.
        min: u8,
    },
    /// Cells anywhere; wilds count for every symbol.
    AllPays {
        /// Fewest cells.
        min: u8,
    },
    /// Ways, with a number of rows that is drawn for each reel.
    Megaways {
        /// Per reel the rows and their weights.
        heights: Vec<Vec<Height>>,
    },
}

/// A number of rows that a reel can show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Height {
    /// Rows.
    pub rows: u8,
    /// How often, in proportion to the weights of the reel.
    pub weight: u32,
}

/// Winning symbols are removed, the others fall, and the strip fills up from above:
/// `strip[stop - 1]`, `strip[stop - 2]`, and so on. Scatters pay and trigger in the window that
/// the reels stopped on, not again in those that follow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cascade {
    /// Most windows after the first.
    pub max_steps: u32,
    /// Multipliers by window, from the one the reels stopped on; the last one stays.
    pub multipliers: Vec<i64>,
    /// What is removed.
    pub removal: Removal,
}

/// What a cascade removes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Removal {
    /// The cells that won.
    #[default]
    WinningOnly,
    /// Every cell of a reel with a cell that won.
    WholeReel,
    /// The cells that won and those at their sides.
    WithAdjacent,
}

/// Something that symbols can award.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Feature {
    /// Name for people.
    pub name: String,
    /// What must be in view.
    pub trigger: Trigger,
    /// Whether free spins can award it too. For free spins themselves see
    /// [`FreeSpins::retrigger`].
    pub in_free_spins: bool,
    /// What happens then.
    pub rules: FeatureRules,
}

/// What must be in view for a feature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trigger {
    /// The symbol.
    pub symbol: SymbolId,
    /// How many of it: in the window, or on one line.
    pub count: u8,
    /// The reels that count, in ascending order; none means all of them.
    pub reels: Vec<u8>,
    /// Where.
    pub place: Place,
}

/// Where a trigger counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Place {
    /// Anywhere in the window.
    #[default]
    Window,
    /// On a line, each line by itself: two lines award it twice.
    Line,
}

/// The kinds of features.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FeatureKind {
    /// Spins on the house.
    FreeSpins,
    /// Coins that stay while the rest respins.
    HoldAndWin,
    /// Picks among hidden prizes.
    Pick,
    /// A wheel.
    Wheel,
}

/// What a feature does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FeatureRules {
    /// Spins on the house.
    FreeSpins(FreeSpins),
    /// Coins that stay while the rest respins.
    HoldAndWin(HoldAndWin),
    /// Picks among hidden prizes.
    Pick(Pick),
    /// A wheel: every stop draws from all of its segments.
    Wheel(Pick),
}

/// Spins on the house.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FreeSpins {
    /// Spins by number of triggers in view, in ascending order.
    pub awards: Vec<Award>,
    /// What every win is multiplied by.
    pub multiplier: i64,
    /// Further spins by number of triggers in view.
    pub retrigger: Vec<Award>,
    /// Strips in place of those of the game.
    pub strips: Option<Vec<Strip>>,
    /// Spins of one feature, at most.
    pub max_spins: u32,
    /// A wild after a row of losses. It makes odds depend on the past.
    pub mercy: Option<Mercy>,
}

/// Spins for a number of symbols.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Award {
    /// Symbols in view.
    pub count: u8,
    /// Spins.
    pub spins: u32,
}

/// A symbol that is put into the window after a row of losing free spins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mercy {
    /// Losing spins in a row.
    pub after: u32,
    /// The symbol.
    pub symbol: SymbolId,
    /// Its reel.
    pub reel: u8,
    /// Its row.
    pub row: u8,
}

/// Coins that stay while the rest respins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HoldAndWin {
    /// Respins at first, and again after every coin that lands.
    pub respins: u32,
    /// How often a cell of a respin stays empty, in proportion to the weights of the coins.
    pub blank_weight: u32,
    /// The coins.
    pub coins: Vec<CoinPrize>,
    /// What a full grid pays besides.
    pub full: Option<Tier>,
}

/// A coin of hold and win.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CoinPrize {
    /// What it is worth.
    pub what: CoinValue,
    /// How often, in proportion to the other weights.
    pub weight: u32,
}

/// What a coin is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CoinValue {
    /// Credits.
    Credits(i64),
    /// A jackpot.
    Jackpot(Tier),
}

/// Hidden prizes, or the segments of a wheel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pick {
    /// Picks, or stops of the wheel.
    pub picks: u32,
    /// Fewest prizes that one pick reveals.
    pub min_prizes: u32,
    /// Most prizes that one pick reveals; every number in between is equally likely.
    pub max_prizes: u32,
    /// A prize that was revealed can come again. Without it a weight is a number of options.
    pub replacement: bool,
    /// The prizes.
    pub prizes: Vec<Prize>,
}

/// A prize of a pick or a wheel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Prize {
    /// What it is.
    pub what: PrizeKind,
    /// How often, in proportion to the other weights.
    pub weight: u32,
}

/// What a prize is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PrizeKind {
    /// Credits.
    Coins(i64),
    /// All coins of the feature are multiplied by this at the end.
    Multiplier(i64),
    /// Further picks.
    ExtraPicks(u32),
    /// A jackpot.
    Jackpot(Tier),
    /// The feature ends; what was collected is paid.
    EndGame,
    /// The player is offered what was collected and takes it: the feature ends.
    Collect,
}

/// Tiers of jackpots, from the smallest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Tier {
    /// The smallest.
    Mini,
    /// The second.
    Minor,
    /// The third.
    Major,
    /// The highest.
    Grand,
}

impl Tier {
    /// All tiers, from the smallest.
    pub const ALL: [Tier; 4] = [Tier::Mini, Tier::Minor, Tier::Major, Tier::Grand];

    /// Its name in files.
    pub fn name(self) -> &'static str {
        ["mini", "minor", "major", "grand"][self as usize]
    }
}

/// A progressive jackpot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Jackpot {
    /// Which.
    pub tier: Tier,
    /// Where it starts, in bets.
    pub seed_bets: i64,
    /// What every bet adds, in millionths of the bet.
    pub contribution_ppm: u32,
    /// Where it stops to grow, in seeds; `None` is nowhere.
    pub cap_seeds: Option<i64>,
    /// How a spin wins it, besides the features that pay it.
    pub trigger: JackpotTrigger,
}

/// How a spin wins a jackpot.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum JackpotTrigger {
    /// Only features pay it.
    #[default]
    Features,
    /// One paid spin in so many, at random.
    Random {
        /// Spins.
        one_in: u64,
    },
    /// Symbols in the window of a paid spin.
    Symbols {
        /// The symbol.
        symbol: SymbolId,
        /// How many, at least.
        count: u8,
    },
}

/// What can be done with a win: a fair bet, so it changes no RTP.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gamble {
    /// What is played.
    pub kind: GambleKind,
    /// Most rounds.
    pub max_rounds: u32,
}

/// The kinds of gambles.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GambleKind {
    /// Red or black: 1 in 2 doubles.
    Colour,
    /// Heads or tails: 1 in 2 doubles.
    Coin,
    /// One of four suits: 1 in 4 quadruples.
    Suit,
    /// Rungs in multiples of the stake, ascending from 0, with a 1 to start on. A round goes one
    /// up or one down, with the odds that keep it fair.
    Ladder(Vec<i64>),
}

impl Default for Mode {
    fn default() -> Mode {
        Mode::Lines(Vec::new())
    }
}

impl Feature {
    /// What it is. `[thread-safe]`
    pub fn kind(&self) -> FeatureKind {
        match self.rules {
            FeatureRules::FreeSpins(_) => FeatureKind::FreeSpins,
            FeatureRules::HoldAndWin(_) => FeatureKind::HoldAndWin,
            FeatureRules::Pick(_) => FeatureKind::Pick,
            FeatureRules::Wheel(_) => FeatureKind::Wheel,
        }
    }
}

impl Game {
    /// The number of the symbol of this name. `[thread-safe]`
    pub fn symbol(&self, name: &str) -> Option<SymbolId> {
        let at = self.symbols.iter().position(|symbol| symbol.name == name)?;
        SymbolId::try_from(at).ok()
    }

    /// The kind of a symbol; blank if there is none of this number. `[thread-safe]`
    pub fn kind(&self, symbol: SymbolId) -> SymbolKind {
        let symbol = self.symbols.get(usize::from(symbol));
        symbol.map_or(SymbolKind::Blank, |symbol| symbol.kind)
    }

    /// The strips of free spins of a feature: its own, else those of the game. `[thread-safe]`
    pub fn free_strips(&self, feature: usize) -> &[Strip] {
        let rules = self.features.get(feature).map(|feature| &feature.rules);
        match rules {
            Some(FeatureRules::FreeSpins(FreeSpins {
                strips: Some(strips),
                ..
            })) => strips,
            _ => &self.strips,
        }
    }
}
