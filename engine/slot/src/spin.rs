//! Playing a spin with everything that it leads to.
//!
//! The order in which random numbers are drawn is part of the log's meaning: heights and stops,
//! jackpots at random, then each feature in the order of the game's list.

mod cascade;
mod feature;
mod free;

pub(crate) use free::award;

use crate::Result;
use crate::evaluate::{Hit, Places};
use crate::game::{JackpotTrigger, Mercy, Place, SymbolKind};
use crate::grid::{self, Cells, Grid};
use crate::jackpot::Meters;
use crate::machine::{LineTable, Machine, Stops, TriggerTable};
use crate::result::{JackpotWin, LineWin, NearMiss, ScatterWin, SpinResult};
use crate::rng::Rng;

/// Rows outside of the window in which a missing trigger is still near.
const NEAR_ROWS: u8 = 2;

/// Which strips are in use, and what is multiplied.
#[derive(Clone, Copy)]
pub(crate) struct Scene {
    pub(crate) set: usize,
    pub(crate) coin: i64,
    pub(crate) multiplier: i64,
    /// A symbol that was put into the window.
    pub(crate) put: Option<Mercy>,
    /// In free spins, whose triggers are retriggers.
    pub(crate) in_free_spins: bool,
}

/// What a spin needs besides the machine.
pub(crate) struct Table<'a> {
    pub(crate) rng: &'a mut Rng,
    pub(crate) meters: &'a mut Meters,
    pub(crate) coin: i64,
}

/// A feature that the window awards: its number and what triggered it.
pub(crate) struct Awarded {
    pub(crate) feature: usize,
    pub(crate) cells: Cells,
    /// Symbols in view; for free spins it decides how many.
    pub(crate) count: u32,
}

/// What a window gives, without the details.
#[derive(Clone, Copy, Default)]
pub(crate) struct Glance {
    /// In credits, without a cascade.
    pub(crate) credits: i64,
    pub(crate) near_miss: bool,
    /// There is more to it: a feature, a cascade or a jackpot.
    pub(crate) leads_on: bool,
}

impl Scene {
    pub(crate) fn base(coin: i64) -> Scene {
        Scene {
            set: 0,
            coin,
            multiplier: 1,
            put: None,
            in_free_spins: false,
        }
    }
}

impl Machine {
    /// A paid spin: draws stops and plays them. `[thread-safe]`
    ///
    /// # Errors
    /// Those of [`Machine::bet`].
    pub fn spin(&self, rng: &mut Rng, meters: &mut Meters, coin: i64) -> Result<SpinResult> {
        self.bet(coin)?;
        let stops = self.draw(0, rng);
        Ok(self.play_from(stops, rng, meters, coin))
    }

    /// A paid spin at given stops; `rng` is only drawn from for what they lead to. `[thread-safe]`
    ///
    /// # Errors
    /// Those of [`Machine::bet`].
    pub fn play(
        &self,
        stops: Stops,
        rng: &mut Rng,
        meters: &mut Meters,
        coin: i64,
    ) -> Result<SpinResult> {
        self.bet(coin)?;
        Ok(self.play_from(stops, rng, meters, coin))
    }

    pub(crate) fn play_from(
        &self,
        stops: Stops,
        rng: &mut Rng,
        meters: &mut Meters,
        coin: i64,
    ) -> SpinResult {
        let jackpots = self.draw_jackpots(rng, meters);
        self.finish(stops, jackpots, &mut Table { rng, meters, coin })
    }

    /// Takes the bet for the jackpots, and draws those that come at random.
    pub(crate) fn draw_jackpots(&self, rng: &mut Rng, meters: &mut Meters) -> Vec<JackpotWin> {
        let game = self.game();
        let mut won = Vec::new();
        meters.contribute(game);
        for jackpot in &game.jackpots {
            if let JackpotTrigger::Random { one_in } = jackpot.trigger
                && rng.below(one_in) == 0
            {
                won.push(meters.pay(game, jackpot.tier));
            }
        }
        won
    }

    /// The rest of a paid spin.
    pub(crate) fn finish(
        &self,
        stops: Stops,
        jackpots: Vec<JackpotWin>,
        table: &mut Table<'_>,
    ) -> SpinResult {
        let scene = Scene::base(table.coin);
        let (mut result, places) = self.window_result(&stops, &scene);
        result.jackpots = jackpots;
        for jackpot in &self.game().jackpots {
            if self.shows_jackpot(jackpot.trigger, &places) {
                let win = table.meters.pay(self.game(), jackpot.tier);
                result.jackpots.push(win);
            }
        }
        self.play_features(&mut result, &places, &scene, table);
        result
    }

    /// Lines, scatters and cascades at these stops: a pure function of them and the tables.
    /// Features are not played. `[thread-safe]`
    ///
    /// # Errors
    /// Those of [`Machine::bet`].
    pub fn evaluate(&self, stops: &Stops, coin: i64) -> Result<SpinResult> {
        self.bet(coin)?;
        Ok(self.window_result(stops, &Scene::base(coin)).0)
    }

    pub(crate) fn window_result(&self, stops: &Stops, scene: &Scene) -> (SpinResult, Places) {
        let grid = self.scene_grid(stops, scene);
        let places = grid.places();
        let game = self.game();
        let mut result = SpinResult {
            bet: game.bet_credits * scene.coin,
            stops: stops.at().to_vec(),
            window: grid.window(),
            multiplier: scene.multiplier,
            near_miss: self.near_miss(stops, scene, &places),
            ..SpinResult::default()
        };
        let kinds = |reel: &Vec<u8>| reel.iter().map(|&symbol| game.kind(symbol)).collect();
        result.kinds = result.window.iter().map(kinds).collect();
        let first = self.window_multiplier(0);
        self.wins(&grid, &places, |hit| {
            let factor = scene.coin * scene.multiplier * first;
            result.line_wins.push(line_win(&hit, factor));
        });
        self.scatters(&places, |hit| {
            result.scatter_wins.push(ScatterWin {
                symbol: hit.symbol,
                count: hit.count,
                amount: hit.credits * scene.coin * scene.multiplier,
                cells: grid::list(hit.cells),
            });
        });
        result.cascade = self.cascade(&grid, stops, scene);
        let lines = result.line_wins.iter().map(|win| win.amount);
        let scatters = result.scatter_wins.iter().map(|win| win.amount);
        let steps = result.cascade.iter().map(|step| step.win);
        result.base_win = lines.chain(scatters).chain(steps).sum();
        result.total_win = result.base_win;
        (result, places)
    }

    fn scene_grid(&self, stops: &Stops, scene: &Scene) -> Grid {
        let mut grid = self.grid(scene.set, stops);
        if let Some(put) = scene.put {
            grid.cells[usize::from(put.reel)][usize::from(put.row)] = put.symbol;
        }
        grid
    }

    /// What a window gives, as fast as it can be told; the same as [`Machine::finish`] gives.
    #[inline]
    pub(crate) fn glance(&self, stops: &Stops, scene: &Scene) -> Glance {
        let grid = self.grid(scene.set, stops);
        let places = grid.places();
        let mut glance = Glance::default();
        self.wins(&grid, &places, |hit: Hit| glance.credits += hit.credits);
        if self.game().cascade.is_some() {
            glance.leads_on = glance.credits > 0;
            glance.credits *= self.window_multiplier(0);
        }
        self.scatters(&places, |hit| glance.credits += hit.credits);
        let mut jackpots = self.game().jackpots.iter();
        glance.leads_on |= jackpots.any(|jackpot| self.shows_jackpot(jackpot.trigger, &places));
        glance.leads_on |= self.is_awarded(scene.in_free_spins, &places);
        glance.near_miss = self.near_miss(stops, scene, &places).is_some();
        glance
    }

    /// What [`Machine::window_result`] wins in all, in credits, and where its symbols are.
    pub(crate) fn window_result_fast(&self, stops: &Stops, scene: &Scene) -> (i64, Places) {
        let grid = self.grid(scene.set, stops);
        let places = grid.places();
        let mut credits = 0;
        self.wins(&grid, &places, |hit| credits += hit.credits);
        if credits > 0 && self.game().cascade.is_some() {
            credits *= self.window_multiplier(0);
            let steps = self.cascade(&grid, stops, scene);
            credits += steps.iter().map(|step| step.win).sum::<i64>();
        }
        self.scatters(&places, |hit| credits += hit.credits);
        (credits, places)
    }

    pub(crate) fn shows_jackpot(&self, trigger: JackpotTrigger, places: &Places) -> bool {
        match trigger {
            JackpotTrigger::Symbols { symbol, count } => {
                places[usize::from(symbol)].count_ones() >= u32::from(count)
            }
            JackpotTrigger::Features | JackpotTrigger::Random { .. } => false,
        }
    }

    pub(crate) fn is_awarded(&self, in_free_spins: bool, places: &Places) -> bool {
        let mut awarded = false;
        self.awards(in_free_spins, places, |_| awarded = true);
        awarded
    }

    /// Calls `found` for every feature that the window awards. Free spins do not award free spins.
    pub(crate) fn awards(
        &self,
        in_free_spins: bool,
        places: &Places,
        mut found: impl FnMut(Awarded),
    ) {
        for (feature, trigger) in self.triggers.iter().enumerate() {
            let cells = places[usize::from(trigger.symbol)] & trigger.reels;
            let count = cells.count_ones();
            if count < trigger.count || in_free_spins && !trigger.in_free_spins {
                continue;
            }
            if trigger.place == Place::Window {
                found(Awarded {
                    feature,
                    cells,
                    count,
                });
                continue;
            }
            for line in &self.lines {
                let cells = cells & line.cells[self.game().rows.len()];
                let count = cells.count_ones();
                if count >= trigger.count {
                    found(Awarded {
                        feature,
                        cells,
                        count,
                    });
                }
            }
        }
    }

    /// One trigger short of a feature, with the missing one just outside of the window: of a reel that
    /// shows none, if one a reel is enough, else of any reel. On lines the others are on one line, and
    /// no line awards the feature.
    fn near_miss(&self, stops: &Stops, scene: &Scene, places: &Places) -> Option<NearMiss> {
        for (feature, trigger) in (0_u8..).zip(&self.triggers) {
            let cells = places[usize::from(trigger.symbol)] & trigger.reels;
            let missed = cells.count_ones() + 1;
            let may_be_near = self.is_missed(trigger)
                && match trigger.place {
                    Place::Window => missed == trigger.count,
                    Place::Line => missed >= trigger.count,
                };
            if !may_be_near || scene.in_free_spins && !trigger.in_free_spins {
                continue;
            }
            let outside = match trigger.place {
                Place::Window => {
                    let one_a_reel = trigger.count <= trigger.reels.count_ones() / 8;
                    let taken = if one_a_reel { cells } else { 0 };
                    self.just_outside(stops, scene, trigger, taken)
                }
                Place::Line => self.just_off_a_line(stops, scene, trigger, cells),
            };
            if let Some((reel, rows, above)) = outside {
                let symbol = trigger.symbol;
                return Some(NearMiss {
                    feature,
                    symbol,
                    reel,
                    rows,
                    above,
                });
            }
        }
        None
    }

    /// Only scatters and bonus symbols are missed.
    pub(crate) fn is_missed(&self, trigger: &TriggerTable) -> bool {
        let kind = self.game().kind(trigger.symbol);
        matches!(kind, SymbolKind::Scatter | SymbolKind::Bonus)
    }

    /// The trigger that one line lacks; reel, rows and side of it.
    fn just_off_a_line(
        &self,
        stops: &Stops,
        scene: &Scene,
        trigger: &TriggerTable,
        cells: Cells,
    ) -> Option<(u8, u8, bool)> {
        let on_line = |line: &LineTable| cells & line.cells[self.game().rows.len()];
        let counts = || self.lines.iter().map(|line| on_line(line).count_ones());
        if counts().max().unwrap_or(0) + 1 != trigger.count {
            return None;
        }
        let near = self.lines.iter().map(on_line);
        let mut near = near.filter(|taken| taken.count_ones() + 1 == trigger.count);
        near.find_map(|taken| self.just_outside(stops, scene, trigger, taken))
    }

    /// The nearest trigger outside of the window, of reels that count and have none of `taken`.
    fn just_outside(
        &self,
        stops: &Stops,
        scene: &Scene,
        trigger: &TriggerTable,
        taken: Cells,
    ) -> Option<(u8, u8, bool)> {
        for rows in 1..=NEAR_ROWS {
            for reel in 0..usize::from(stops.reels) {
                let counts = grid::of_reel(reel) & trigger.reels != 0;
                if !counts || grid::count_on(taken, reel) > 0 {
                    continue;
                }
                for above in [true, false] {
                    let outside = self.symbol_outside(scene.set, stops, reel, rows, above);
                    if outside == trigger.symbol {
                        return Some((reel as u8, rows, above));
                    }
                }
            }
        }
        None
    }

    fn symbol_outside(&self, set: usize, stops: &Stops, reel: usize, rows: u8, above: bool) -> u8 {
        let stop = stops.at[reel];
        if above {
            return self.symbol_above(set, reel, stop, u32::from(rows));
        }
        let below = u32::from(stops.rows[reel]) + u32::from(rows) - 1;
        self.symbol_below(set, reel, stop, below)
    }
}

fn line_win(hit: &Hit, factor: i64) -> LineWin {
    LineWin {
        line: hit.line,
        symbol: hit.symbol,
        count: hit.count,
        ways: hit.ways,
        amount: hit.credits * factor,
        cells: grid::list(hit.cells),
    }
}
