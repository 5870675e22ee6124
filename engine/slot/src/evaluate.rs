//! What a window wins.

use crate::game::{Mode, SymbolId, SymbolKind};
use crate::grid::{self, Cells, Grid, SYMBOLS, count_on};
use crate::machine::{LineTable, Machine};

/// A win of a window.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Hit {
    pub(crate) line: Option<u16>,
    pub(crate) symbol: SymbolId,
    pub(crate) count: u8,
    pub(crate) ways: u32,
    /// All of it, in credits.
    pub(crate) credits: i64,
    pub(crate) cells: Cells,
}

/// Where each symbol is.
pub(crate) type Places = [Cells; SYMBOLS];

impl Machine {
    /// Calls `found` for every win of the window except scatters.
    #[inline]
    pub(crate) fn wins(&self, grid: &Grid, places: &Places, found: impl FnMut(Hit)) {
        match &self.game().mode {
            Mode::Lines(_) => self.line_wins(grid, found),
            Mode::Ways | Mode::Megaways { .. } => self.way_wins(grid.reels, places, found),
            Mode::Cluster { min } => self.cluster_wins(*min, places, found),
            Mode::AllPays { min } => self.count_wins(*min, places, found),
        }
    }

    /// Calls `found` for every scatter that pays: anywhere in the window, times the total bet.
    #[inline]
    pub(crate) fn scatters(&self, places: &Places, mut found: impl FnMut(Hit)) {
        for symbol in self.paying(SymbolKind::Scatter) {
            let cells = places[usize::from(symbol)];
            let count = cells.count_ones();
            let credits = self.pay(symbol, count) * self.game().bet_credits;
            if credits > 0 {
                found(anywhere(symbol, count, 1, credits, cells));
            }
        }
    }

    #[inline]
    fn line_wins(&self, grid: &Grid, mut found: impl FnMut(Hit)) {
        for (number, line) in (0..).zip(&self.lines) {
            let (symbol, count, credits) = self.line_pay(grid, line);
            if credits > 0 {
                found(Hit {
                    line: Some(number),
                    symbol,
                    count: count as u8,
                    ways: 1,
                    credits,
                    cells: line.cells[count as usize],
                });
            }
        }
    }

    /// The higher of the run of leading wilds and the run of the first other symbol.
    #[inline]
    fn line_pay(&self, grid: &Grid, line: &LineTable) -> (SymbolId, u32, i64) {
        let mut symbols = [0; grid::REELS];
        for (reel, symbol) in symbols.iter_mut().enumerate().take(grid.reels) {
            *symbol = grid.cells[reel][usize::from(line.rows[reel]) % grid::ROWS];
        }
        self.run_pay(&symbols[..grid.reels])
    }

    /// Symbol, count and credits of the symbols along a line.
    #[inline]
    pub(crate) fn run_pay(&self, symbols: &[SymbolId]) -> (SymbolId, u32, i64) {
        let first = symbols[0];
        let mut wild_run = 0;
        while wild_run < symbols.len() && self.is_wild(symbols[wild_run]) {
            wild_run += 1;
        }
        let mut best = (first, 0, 0);
        if wild_run > 0 {
            best = (first, wild_run as u32, self.pay(first, wild_run as u32));
        }
        let Some(&symbol) = symbols.get(wild_run) else {
            return best;
        };
        if self.game().kind(symbol) != SymbolKind::Regular {
            return best;
        }
        let stand_ins = self.stand_ins(symbol);
        let mut run = 0;
        while run < symbols.len() && stand_ins >> symbols[run] & 1 == 1 {
            run += 1;
        }
        let credits = self.pay(symbol, run as u32);
        if credits > best.2 {
            best = (symbol, run as u32, credits);
        }
        best
    }

    /// Ways of a symbol with wilds, less those that consist of wilds only; then ways of wilds.
    fn way_wins(&self, reels: usize, places: &Places, mut found: impl FnMut(Hit)) {
        let wilds = self.union(self.wilds, places);
        for symbol in self.paying(SymbolKind::Regular) {
            let with = self.union(self.stand_ins(symbol), places);
            let own = places[usize::from(symbol)];
            if own != 0 {
                self.ways_of(symbol, reels, with, with & wilds & !own, &mut found);
            }
        }
        for symbol in self.paying(SymbolKind::Wild) {
            self.ways_of(symbol, reels, places[usize::from(symbol)], 0, &mut found);
        }
    }

    fn ways_of(
        &self,
        symbol: SymbolId,
        reels: usize,
        with: Cells,
        only_wilds: Cells,
        found: &mut impl FnMut(Hit),
    ) {
        let (mut all, mut wild, mut run, mut cells) = (1_u32, 1_u32, 0, 0);
        while run < reels && count_on(with, run) > 0 {
            all *= count_on(with, run);
            wild *= count_on(only_wilds, run);
            cells |= with & grid::of_reel(run);
            run += 1;
        }
        let ways = all - wild;
        let credits = self.pay(symbol, run as u32) * i64::from(ways);
        if run > 0 && credits > 0 {
            found(anywhere(symbol, run as u32, ways, credits, cells));
        }
    }

    fn cluster_wins(&self, min: u8, places: &Places, mut found: impl FnMut(Hit)) {
        for symbol in self.paying(SymbolKind::Regular) {
            let own = places[usize::from(symbol)];
            let with = self.union(self.stand_ins(symbol), places);
            self.clusters_of(symbol, own, with, min, &mut found);
        }
        for symbol in self.paying(SymbolKind::Wild) {
            let own = places[usize::from(symbol)];
            self.clusters_of(symbol, own, own, min, &mut found);
        }
    }

    /// Clusters of `with` that hold at least one cell of `own`.
    fn clusters_of(
        &self,
        symbol: SymbolId,
        own: Cells,
        with: Cells,
        min: u8,
        found: &mut impl FnMut(Hit),
    ) {
        let mut left = own;
        while left != 0 {
            let mut cluster = left & left.wrapping_neg();
            loop {
                let grown = grid::spread(cluster) & with;
                if grown == cluster {
                    break;
                }
                cluster = grown;
            }
            left &= !cluster;
            let count = cluster.count_ones();
            let credits = self.pay(symbol, count);
            if count >= u32::from(min) && credits > 0 {
                found(anywhere(symbol, count, 1, credits, cluster));
            }
        }
    }

    fn count_wins(&self, min: u8, places: &Places, mut found: impl FnMut(Hit)) {
        let regular = self.paying(SymbolKind::Regular);
        for symbol in regular.chain(self.paying(SymbolKind::Wild)) {
            let cells = self.union(self.stand_ins(symbol), places);
            let count = cells.count_ones();
            let credits = self.pay(symbol, count);
            if places[usize::from(symbol)] != 0 && count >= u32::from(min) && credits > 0 {
                found(anywhere(symbol, count, 1, credits, cells));
            }
        }
    }

    /// Where any symbol of the set is.
    fn union(&self, symbols: u32, places: &Places) -> Cells {
        let mut left = symbols;
        let mut cells = 0;
        while left != 0 {
            cells |= places[left.trailing_zeros() as usize];
            left &= left - 1;
        }
        cells
    }
}

fn anywhere(symbol: SymbolId, count: u32, ways: u32, credits: i64, cells: Cells) -> Hit {
    Hit {
        line: None,
        symbol,
        count: count as u8,
        ways,
        credits,
        cells,
    }
}
