//! Cascades: winners go, the rest falls, the strip fills up from above.

use super::{Scene, line_win};
use crate::game::{Cascade, Removal};
use crate::grid::{self, Cells, Grid, REELS, count_on, of_reel};
use crate::machine::{Machine, Stops};
use crate::result::CascadeStep;

impl Machine {
    /// The multiplier of a window of a cascade, from 0; 1 without cascades.
    pub(crate) fn window_multiplier(&self, window: usize) -> i64 {
        let multipliers = self.game().cascade.as_ref().map(|rules| &rules.multipliers);
        let at = |list: &Vec<i64>| list.get(window).or(list.last()).copied();
        multipliers.and_then(at).unwrap_or(1)
    }

    /// The windows that follow the first one, up to the first without a win.
    pub(crate) fn cascade(&self, first: &Grid, stops: &Stops, scene: &Scene) -> Vec<CascadeStep> {
        let mut steps = Vec::new();
        let Some(rules) = &self.game().cascade else {
            return steps;
        };
        let mut grid = *first;
        let mut taken = [0_u32; REELS];
        let mut winners = 0;
        self.wins(&grid, &grid.places(), |hit| winners |= hit.cells);
        while winners != 0 && (steps.len() as u32) < rules.max_steps {
            let removed = removed(rules, &grid, winners);
            self.refill(&mut grid, stops, scene.set, removed, &mut taken);
            let multiplier = self.window_multiplier(steps.len() + 1);
            let mut line_wins = Vec::new();
            winners = 0;
            self.wins(&grid, &grid.places(), |hit| {
                winners |= hit.cells;
                line_wins.push(line_win(&hit, scene.coin * scene.multiplier * multiplier));
            });
            steps.push(CascadeStep {
                removed: grid::list(removed),
                window: grid.window(),
                win: line_wins.iter().map(|win| win.amount).sum(),
                line_wins,
                multiplier,
            });
        }
        steps
    }

    /// Lets survivors fall; above them come the next symbols of the strip, going up from its stop.
    fn refill(
        &self,
        grid: &mut Grid,
        stops: &Stops,
        set: usize,
        removed: Cells,
        taken: &mut [u32; REELS],
    ) {
        for (reel, taken) in taken.iter_mut().enumerate().take(grid.reels) {
            let old = grid.cells[reel];
            let mut to = usize::from(grid.rows[reel]);
            for row in (0..usize::from(grid.rows[reel])).rev() {
                if removed & grid::bit(reel, row) == 0 {
                    to -= 1;
                    grid.cells[reel][to] = old[row];
                }
            }
            while to > 0 {
                to -= 1;
                *taken += 1;
                let symbol = self.symbol_above(set, reel, stops.at[reel], *taken);
                grid.cells[reel][to] = symbol;
            }
        }
    }
}

fn removed(rules: &Cascade, grid: &Grid, winners: Cells) -> Cells {
    let removed = match rules.removal {
        Removal::WinningOnly => winners,
        Removal::WithAdjacent => grid::spread(winners),
        Removal::WholeReel => {
            let reels = (0..grid.reels).filter(|&reel| count_on(winners, reel) > 0);
            reels.fold(0, |cells, reel| cells | of_reel(reel))
        }
    };
    removed & grid.all()
}
