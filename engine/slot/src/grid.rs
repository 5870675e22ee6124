//! The window as bits: one bit a cell, eight rows a reel.

use crate::game::{SymbolId, limits};
use crate::result::{Cell, Window};

/// A set of cells: bit `8 * reel + row`.
pub(crate) type Cells = u64;

pub(crate) const REELS: usize = limits::MAX_REELS;
pub(crate) const ROWS: usize = limits::MAX_ROWS;
pub(crate) const SYMBOLS: usize = limits::MAX_SYMBOLS;

/// A window of symbols.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Grid {
    pub(crate) cells: [[SymbolId; ROWS]; REELS],
    pub(crate) rows: [u8; REELS],
    pub(crate) reels: usize,
}

impl Grid {
    pub(crate) fn window(&self) -> Window {
        let reels = self.cells.iter().zip(&self.rows).take(self.reels);
        reels
            .map(|(cells, &rows)| cells[..usize::from(rows)].to_vec())
            .collect()
    }

    /// Where each symbol is.
    pub(crate) fn places(&self) -> [Cells; SYMBOLS] {
        let mut places = [0; SYMBOLS];
        for reel in 0..self.reels {
            for row in 0..usize::from(self.rows[reel]) {
                places[usize::from(self.cells[reel][row]) % SYMBOLS] |= bit(reel, row);
            }
        }
        places
    }

    /// Every cell of the window.
    pub(crate) fn all(&self) -> Cells {
        (0..self.reels).fold(0, |all, reel| {
            let rows = (1_u64 << self.rows[reel]) - 1;
            all | rows << (8 * reel)
        })
    }
}

pub(crate) fn bit(reel: usize, row: usize) -> Cells {
    1 << (8 * reel + row)
}

/// The cells of one reel.
pub(crate) fn of_reel(reel: usize) -> Cells {
    0xff << (8 * reel)
}

/// How many cells of a reel are in the set.
pub(crate) fn count_on(cells: Cells, reel: usize) -> u32 {
    (cells & of_reel(reel)).count_ones()
}

/// The cells at the sides of a set, and the set itself.
pub(crate) fn spread(cells: Cells) -> Cells {
    const TOP_ROW: Cells = 0x0101_0101_0101_0101;
    let down = (cells & !(TOP_ROW << 7)) << 1;
    let up = (cells & !TOP_ROW) >> 1;
    cells | down | up | cells << 8 | cells >> 8
}

/// The cells one by one, by reel and row.
pub(crate) fn list(cells: Cells) -> Vec<Cell> {
    let mut left = cells;
    let mut list = Vec::with_capacity(cells.count_ones() as usize);
    while left != 0 {
        let at = left.trailing_zeros() as u8;
        list.push(Cell {
            reel: at / 8,
            row: at % 8,
        });
        left &= left - 1;
    }
    list
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_touch_by_their_sides() {
        let centre = spread(bit(2, 1));
        let cross = bit(2, 0) | bit(2, 1) | bit(2, 2) | bit(1, 1) | bit(3, 1);
        assert_eq!(centre, cross);
        // The bottom row of one reel does not touch the top row of the next.
        assert_eq!(spread(bit(0, 7)), bit(0, 7) | bit(0, 6) | bit(1, 7));
        assert_eq!(
            spread(bit(1, 0)),
            bit(1, 0) | bit(1, 1) | bit(0, 0) | bit(2, 0)
        );
    }

    #[test]
    fn cells_are_listed_by_reel_and_row() {
        let cells = list(bit(3, 2) | bit(0, 1));
        assert_eq!(cells, [Cell { reel: 0, row: 1 }, Cell { reel: 3, row: 2 }]);
        assert_eq!(count_on(bit(3, 2) | bit(3, 0) | bit(2, 0), 3), 2);
    }
}
