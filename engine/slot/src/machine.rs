//! A game made ready to play: tables that are looked up, strips that need no wrapping.

mod most;

use crate::game::{FeatureRules, Game, Mode, Place, Strip, SymbolId, SymbolKind, limits};
use crate::grid::{Cells, Grid, REELS, ROWS, SYMBOLS, bit, of_reel};
use crate::rng::Rng;
use crate::{Error, Result};

pub(crate) use most::most_of_gamble;
#[cfg(test)]
pub(crate) use most::of as most_of;

/// Counts a pay can have: 0 to all cells.
const COUNTS: usize = REELS * ROWS + 1;

/// A sound game, ready to play. Every method is a pure function of it and its arguments.
#[derive(Clone, Debug)]
pub struct Machine {
    game: Game,
    /// Credits by symbol and count.
    pays: Vec<[i64; COUNTS]>,
    /// By symbol: the symbols that count as it, one bit each.
    stands_for: [u32; SYMBOLS],
    pub(crate) wilds: u32,
    pub(crate) lines: Vec<LineTable>,
    /// Strips of the game, then those of free spins that have their own.
    sets: Vec<ReelSet>,
    pub(crate) triggers: Vec<TriggerTable>,
    max_coin: i64,
    /// More than a spin can win, in credits, jackpots and all.
    pub(crate) most: i128,
}

/// A line and, for each number of reels from the left, its cells.
#[derive(Clone, Debug)]
pub(crate) struct LineTable {
    pub(crate) rows: [u8; REELS],
    pub(crate) cells: [Cells; REELS + 1],
}

/// What a feature looks for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TriggerTable {
    pub(crate) symbol: SymbolId,
    pub(crate) count: u32,
    /// Every cell of the reels that count.
    pub(crate) reels: Cells,
    pub(crate) place: Place,
    /// Its strips in [`Machine::sets`], for free spins.
    pub(crate) set: usize,
    pub(crate) in_free_spins: bool,
}

#[derive(Clone, Debug)]
struct ReelSet {
    /// Each strip, and after its end the first symbols again.
    strips: Vec<Vec<SymbolId>>,
    lengths: [u16; REELS],
}

/// Where the reels stopped, and how many rows each shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stops {
    pub(crate) at: [u16; REELS],
    pub(crate) rows: [u8; REELS],
    pub(crate) reels: u8,
}

impl Stops {
    /// One stop per reel. `[thread-safe]`
    pub fn at(&self) -> &[u16] {
        &self.at[..usize::from(self.reels)]
    }

    /// Rows in view, one number per reel. `[thread-safe]`
    pub fn rows(&self) -> &[u8] {
        &self.rows[..usize::from(self.reels)]
    }
}

impl Machine {
    /// Makes a game ready.
    ///
    /// # Errors
    /// [`Error::Invalid`] if [`Game::check`] refuses it. `[thread-safe]`
    pub fn new(game: Game) -> Result<Machine> {
        game.check()?;
        let mut sets = vec![ReelSet::new(&game.strips)];
        let triggers = triggers(&game, &mut sets);
        let most = most::of(&game);
        let room = i128::from(i64::MAX) - most.minor_units;
        let max_coin = i128::from(limits::MAX_COIN).min(room / most.credits) as i64;
        if max_coin < 1 {
            let way_out = "make pays, multipliers or numbers of spins smaller";
            let allowed = format!("at most {room} credits");
            let win = match most.credits {
                i128::MAX => "above 10^38".to_owned(),
                credits => credits.to_string(),
            };
            return Err(Error::invalid(
                "game",
                "the highest win",
                win,
                allowed,
                way_out,
            ));
        }
        let machine = Machine {
            pays: game.symbols.iter().map(pay_table).collect(),
            stands_for: stand_ins(&game),
            wilds: of_kind(&game, SymbolKind::Wild),
            lines: line_tables(&game),
            sets,
            triggers,
            max_coin,
            most: most.spin,
            game,
        };
        machine.check_outcomes()?;
        Ok(machine)
    }

    /// All that all outcomes win together is counted in 128 bits.
    fn check_outcomes(&self) -> Result<()> {
        let window = most::window(&self.game).max(1).unsigned_abs();
        let most = u128::MAX / window;
        for set in 0..self.sets.len() {
            let outcomes = self.states_of(set);
            if outcomes > most {
                let allowed = format!("at most {most} with such pays");
                let way_out = "make strips shorter, or pays or the weights of heights smaller";
                let what = "the number of outcomes";
                return Err(Error::invalid("strips", what, outcomes, allowed, way_out));
            }
        }
        Ok(())
    }

    /// The game as it was given. `[thread-safe]`
    pub fn game(&self) -> &Game {
        &self.game
    }

    /// What a spin costs in minor units, if a credit is worth `coin`. `[thread-safe]`
    ///
    /// # Errors
    /// [`Error::Invalid`] if wins could not be counted with such a credit, or it is below 1.
    pub fn bet(&self, coin: i64) -> Result<i64> {
        if (1..=self.max_coin).contains(&coin) {
            return Ok(self.game.bet_credits * coin);
        }
        let allowed = format!("1..={}", self.max_coin);
        let way_out = "give the value of one credit in minor units";
        Err(Error::invalid("coin", "a credit", coin, allowed, way_out))
    }

    /// How many outcomes a spin has: stop vectors, times weights of heights where those are drawn.
    /// `[thread-safe]`
    pub fn states(&self) -> u128 {
        self.states_of(0)
    }

    pub(crate) fn states_of(&self, set: usize) -> u128 {
        let reels = self.lengths(set).iter().map(|&length| u128::from(length));
        let heights: u128 = match &self.game.mode {
            Mode::Megaways { heights } => heights
                .iter()
                .map(|reel| {
                    reel.iter()
                        .map(|height| u128::from(height.weight))
                        .sum::<u128>()
                })
                .fold(1, u128::saturating_mul),
            _ => 1,
        };
        reels.product::<u128>().saturating_mul(heights)
    }

    /// The strips of a set, without what follows their ends.
    pub(crate) fn strips(&self, set: usize) -> Vec<&[SymbolId]> {
        let set = &self.sets[set];
        let lengths = set.lengths.iter().map(|&length| usize::from(length));
        let strips = set.strips.iter().zip(lengths);
        strips.map(|(strip, length)| &strip[..length]).collect()
    }

    /// Stops given by hand. Rows are only needed where the game draws them.
    ///
    /// # Errors
    /// [`Error::Invalid`] if there is no such stop or number of rows. `[thread-safe]`
    pub fn stops(&self, at: &[u16], rows: Option<&[u8]>) -> Result<Stops> {
        self.stops_of(0, at, rows)
    }

    pub(crate) fn stops_of(&self, set: usize, at: &[u16], rows: Option<&[u8]>) -> Result<Stops> {
        let reels = self.game.rows.len();
        let rows = rows.unwrap_or(&self.game.rows);
        for (what, len) in [
            ("the number of stops", at.len()),
            ("the number of rows", rows.len()),
        ] {
            if len != reels {
                let allowed = format!("{reels}, one per reel");
                return Err(Error::invalid(
                    "stops",
                    what,
                    len,
                    allowed,
                    "name every reel",
                ));
            }
        }
        let mut stops = self.resting();
        for reel in 0..reels {
            let place = format!("stops[{reel}]");
            let length = self.sets[set].lengths[reel];
            if at[reel] >= length {
                let allowed = format!("0..={}", length - 1);
                let way_out = "name a stop of the strip";
                return Err(Error::invalid(
                    place, "the stop", at[reel], allowed, way_out,
                ));
            }
            if !self.may_show(reel, rows[reel]) {
                let allowed = "a number of rows that the reel can show";
                let way_out = "leave the rows out, or name possible ones";
                return Err(Error::invalid(
                    place,
                    "the height",
                    rows[reel],
                    allowed,
                    way_out,
                ));
            }
            stops.at[reel] = at[reel];
            stops.rows[reel] = rows[reel];
        }
        Ok(stops)
    }

    fn may_show(&self, reel: usize, rows: u8) -> bool {
        match &self.game.mode {
            Mode::Megaways { heights } => heights[reel].iter().any(|height| height.rows == rows),
            _ => rows == self.game.rows[reel],
        }
    }

    /// Every reel at its stop 0.
    pub(crate) fn resting(&self) -> Stops {
        let mut stops = Stops {
            at: [0; REELS],
            rows: [0; REELS],
            reels: self.game.rows.len() as u8,
        };
        stops.rows[..self.game.rows.len()].copy_from_slice(&self.game.rows);
        stops
    }

    /// Draws heights where the game has them, then a stop for each reel from the left.
    pub(crate) fn draw(&self, set: usize, rng: &mut Rng) -> Stops {
        let mut stops = self.resting();
        if let Mode::Megaways { heights } = &self.game.mode {
            for (rows, heights) in stops.rows.iter_mut().zip(heights) {
                let weights = heights.iter().map(|height| height.weight);
                *rows = heights[weighted(rng, weights)].rows;
            }
        }
        let lengths = &self.sets[set].lengths;
        let reels = usize::from(stops.reels);
        for (at, &length) in stops.at.iter_mut().zip(lengths).take(reels) {
            *at = rng.below(u64::from(length)) as u16;
        }
        stops
    }

    /// What the reels show at these stops.
    pub(crate) fn grid(&self, set: usize, stops: &Stops) -> Grid {
        let mut grid = Grid {
            cells: [[0; ROWS]; REELS],
            rows: stops.rows,
            reels: usize::from(stops.reels),
        };
        let strips = &self.sets[set].strips;
        for ((cells, strip), &at) in grid.cells.iter_mut().zip(strips).zip(&stops.at) {
            let at = usize::from(at);
            cells.copy_from_slice(&strip[at..at + ROWS]);
        }
        grid
    }

    /// Lengths of the strips of a set.
    pub(crate) fn lengths(&self, set: usize) -> &[u16] {
        &self.sets[set].lengths[..self.game.rows.len()]
    }

    /// The symbol `below` places below a stop.
    pub(crate) fn symbol_below(&self, set: usize, reel: usize, stop: u16, below: u32) -> SymbolId {
        let length = u32::from(self.sets[set].lengths[reel]);
        self.sets[set].strips[reel][((u32::from(stop) + below) % length) as usize]
    }

    /// The symbol `above` places above a stop.
    pub(crate) fn symbol_above(&self, set: usize, reel: usize, stop: u16, above: u32) -> SymbolId {
        let length = u32::from(self.sets[set].lengths[reel]);
        let at = (u32::from(stop) + length - above % length) % length;
        self.sets[set].strips[reel][at as usize]
    }

    /// What `count` of a symbol pay, in credits.
    pub(crate) fn pay(&self, symbol: SymbolId, count: u32) -> i64 {
        self.pays[usize::from(symbol)][count as usize]
    }

    /// The symbols that count as this one, itself among them.
    pub(crate) fn stand_ins(&self, symbol: SymbolId) -> u32 {
        self.stands_for[usize::from(symbol)]
    }

    pub(crate) fn is_wild(&self, symbol: SymbolId) -> bool {
        self.wilds >> symbol & 1 == 1
    }

    /// Symbols of a kind that pay, in order.
    pub(crate) fn paying(&self, kind: SymbolKind) -> impl Iterator<Item = SymbolId> + '_ {
        let symbols = (0..).zip(&self.game.symbols);
        let paying =
            symbols.filter(move |(_, symbol)| symbol.kind == kind && !symbol.pays.is_empty());
        paying.map(|(at, _)| at)
    }
}

/// Draws from a list of weights; they are not all 0.
pub(crate) fn weighted(rng: &mut Rng, weights: impl Iterator<Item = u32> + Clone) -> usize {
    let total = weights.clone().map(u64::from).sum();
    let mut drawn = rng.below(total);
    for (at, weight) in weights.enumerate() {
        if drawn < u64::from(weight) {
            return at;
        }
        drawn -= u64::from(weight);
    }
    0
}

impl ReelSet {
    fn new(strips: &[Strip]) -> ReelSet {
        let mut lengths = [0; REELS];
        let with_start = |strip: &Strip| {
            let start = strip.iter().cycle().take(ROWS);
            strip.iter().chain(start).copied().collect()
        };
        for (length, strip) in lengths.iter_mut().zip(strips) {
            *length = strip.len() as u16;
        }
        ReelSet {
            strips: strips.iter().map(with_start).collect(),
            lengths,
        }
    }
}

fn pay_table(symbol: &crate::game::Symbol) -> [i64; COUNTS] {
    let mut table = [0; COUNTS];
    for pay in &symbol.pays {
        table[usize::from(pay.count)..].fill(pay.credits);
    }
    table
}

fn of_kind(game: &Game, kind: SymbolKind) -> u32 {
    let symbols = game.symbols.iter().enumerate();
    let of_kind = symbols.filter(|(_, symbol)| symbol.kind == kind);
    of_kind.fold(0, |set, (at, _)| set | 1 << at)
}

fn stand_ins(game: &Game) -> [u32; SYMBOLS] {
    let mut table = [0; SYMBOLS];
    for (at, symbol) in game.symbols.iter().enumerate() {
        table[at] = 1 << at;
        if symbol.kind != SymbolKind::Regular {
            continue;
        }
        for (wild, other) in game.symbols.iter().enumerate() {
            let excluded = other
                .excludes
                .iter()
                .any(|&excluded| usize::from(excluded) == at);
            if other.kind == SymbolKind::Wild && !excluded {
                table[at] |= 1 << wild;
            }
        }
    }
    table
}

fn line_tables(game: &Game) -> Vec<LineTable> {
    let Mode::Lines(lines) = &game.mode else {
        return Vec::new();
    };
    let table = |line: &Vec<u8>| {
        let mut table = LineTable {
            rows: [0; REELS],
            cells: [0; REELS + 1],
        };
        for (reel, &row) in line.iter().enumerate() {
            table.rows[reel] = row;
            table.cells[reel + 1] = table.cells[reel] | bit(reel, usize::from(row));
        }
        table
    };
    lines.iter().map(table).collect()
}

fn triggers(game: &Game, sets: &mut Vec<ReelSet>) -> Vec<TriggerTable> {
    let mut table = Vec::with_capacity(game.features.len());
    for feature in &game.features {
        let trigger = &feature.trigger;
        let every = 0..game.rows.len() as u8;
        let reels = match trigger.reels.as_slice() {
            [] => every.fold(0, |all, reel| all | of_reel(usize::from(reel))),
            some => some
                .iter()
                .fold(0, |all, &reel| all | of_reel(usize::from(reel))),
        };
        let mut set = 0;
        if let FeatureRules::FreeSpins(rules) = &feature.rules
            && let Some(strips) = &rules.strips
        {
            set = sets.len();
            sets.push(ReelSet::new(strips));
        }
        table.push(TriggerTable {
            symbol: trigger.symbol,
            count: u32::from(trigger.count),
            reels,
            place: trigger.place,
            set,
            // Free spins award more of them by their retrigger, never themselves.
            in_free_spins: feature.in_free_spins
                && !matches!(feature.rules, FeatureRules::FreeSpins(_)),
        });
    }
    table
}
