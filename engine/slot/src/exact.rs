//! Odds that are counted, not drawn.
//!
//! Lines and ways are sums over symbols, so that they are exact whatever the number of stops;
//! clusters, counts and cascades are exact where every stop vector can be looked at. What a
//! feature pays comes from closed forms.

mod count;
mod feature;
mod joint;
mod tally;
mod value;

pub use feature::Average;
pub use joint::{JointTally, Space};
pub use tally::Tally;
pub use value::{Ratio, Value};

use crate::game::{
    Award, FeatureKind, FeatureRules, FreeSpins, JackpotTrigger, Mode, SymbolId, SymbolKind, Tier,
};
use crate::machine::Machine;
use crate::rng::Rng;
use crate::spin::{Scene, award};
use crate::{Error, Result};
use std::collections::BTreeMap;
use std::ops::ControlFlow;

/// How many stop vectors are looked at by [`Machine::odds`]; beyond it drawn ones are.
pub const MAX_STATES: u64 = 100_000_000;

/// Vectors that are drawn where there are too many to look at each.
const DRAWN: u64 = 2_000_000;

/// Free spins from which on a bound of their number changes no digit of an average.
const UNBOUNDED: u32 = 1000;

/// Why a return that was counted is no exact one.
const NO_FRACTION: &str = "nothing was drawn, but no fraction of 128 bits holds the return: chances were summed as \
                           doubles";

/// What a game pays in the long run, per paid spin.
#[derive(Clone, Debug)]
pub struct Odds {
    /// Outcomes of a paid spin.
    pub states: u128,
    /// Cost of a paid spin, in credits.
    pub bet: i64,
    /// One line at one credit; `None` for games without lines, and with cascades.
    pub line: Option<Tally>,
    /// Scatters, by symbol.
    pub scatters: Vec<ScatterOdds>,
    /// Features, in the order of the game.
    pub features: Vec<FeatureOdds>,
    /// Jackpots, in the order of the game.
    pub jackpots: Vec<JackpotOdds>,
    /// Lines and scatters together, without features and jackpots.
    pub spin: SpinOdds,
    /// Return of lines, ways, clusters, counts and cascades.
    pub rtp_lines: Value,
    /// Return of scatters.
    pub rtp_scatters: Value,
    /// All of the return.
    pub rtp: Value,
    /// What stands behind `rtp`.
    pub basis: Basis,
    /// Standard error of `rtp`, if a part of it was drawn.
    pub rtp_sigma: Option<f64>,
    /// Why it is not exact, in words; empty if it is.
    pub reasons: Vec<String>,
}

/// What stands behind a return.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Basis {
    /// Whole numbers: [`Odds::rtp`] is a fraction.
    Exact,
    /// Nothing was drawn or left out, but no fraction of 128 bits holds it: chances of hold and win or of jackpots
    /// were summed as doubles, to some 12 digits.
    Counted,
    /// Something was drawn, left out or simplified.
    Estimated,
}

impl Basis {
    /// `exact`, `counted`, `estimated`. `[thread-safe]`
    pub fn name(self) -> &'static str {
        match self {
            Basis::Exact => "exact",
            Basis::Counted => "counted",
            Basis::Estimated => "estimated",
        }
    }
}

/// Wins of lines, scatters and cascades of a paid spin.
#[derive(Clone, Debug)]
pub enum SpinOdds {
    /// Every vector was looked at.
    Exact(JointTally),
    /// Vectors were drawn: their tally, with the bet of [`Odds`].
    Estimate(JointTally),
}

/// Odds of a scatter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScatterOdds {
    /// The symbol.
    pub symbol: SymbolId,
    /// Wins for one credit a spin, counted by outcome.
    pub tally: Tally,
    /// Outcomes by number of symbols in view, from 0.
    pub by_count: Vec<u128>,
}

/// Odds of a feature.
#[derive(Clone, Debug)]
pub struct FeatureOdds {
    /// What it is.
    pub kind: FeatureKind,
    /// Outcomes that award it by number of triggers, from 0; a line game counts each line that
    /// awards it by itself.
    pub by_count: Vec<u128>,
    /// All awards among all outcomes.
    pub awards: u128,
    /// What an award pays, in credits, jackpots not included; `None` if it was not found.
    pub average: Option<Value>,
    /// Free spins of an award, retriggers included.
    pub spins: Option<Value>,
    /// Its part of the return.
    pub rtp: Value,
}

/// Odds of a jackpot.
#[derive(Clone, Copy, Debug)]
pub struct JackpotOdds {
    /// Which.
    pub tier: Tier,
    /// How often a paid spin wins it on average; above 1 where features pay it more than once a spin.
    pub chance: f64,
    /// Outcomes that win it, and outcomes in all; `None` where features pay it, as these draw more than stops.
    pub counts: Option<(u128, u128)>,
    /// What it pays on average, in bets.
    pub average_bets: f64,
    /// Its part of the return.
    pub rtp: Value,
}

/// What the strips of a game or of free spins give per spin.
struct SetOdds {
    lines: Value,
    scatters: Value,
    features: Value,
    jackpots: [f64; 4],
}

impl Machine {
    /// What the game pays in the long run. `progress` gets what is done of how much, now and then.
    ///
    /// # Errors
    /// [`Error::Cancelled`] if `progress` breaks, [`Error::Overflow`] past 128 bits,
    /// [`Error::Invalid`] if free spins give free spins without end. `[thread-safe]`
    pub fn odds(&self, progress: &mut dyn FnMut(u64, u64) -> ControlFlow<()>) -> Result<Odds> {
        let mut reasons = Vec::new();
        let spin = self.spin_odds(0, progress)?;
        let features = self.feature_odds(&spin, &mut reasons)?;
        let base = self.set_odds(0, false, &features, Some(&spin))?;
        let bet = Value::whole(i128::from(self.game().bet_credits)).inverse();
        let jackpots = self.jackpot_odds(&base, &mut reasons);
        let rtp_jackpots: Value = jackpots.iter().map(|jackpot| jackpot.rtp).sum();
        let (rtp_lines, rtp_scatters) = (base.lines * bet, base.scatters * bet);
        let rtp = rtp_lines + rtp_scatters + base.features * bet + rtp_jackpots;
        let is_drawn = self.needs_look() && matches!(spin, SpinOdds::Estimate(_));
        if is_drawn {
            reasons.push(format!(
                "{} stop vectors are too many to look at each (up to {MAX_STATES}); {DRAWN} were \
                 drawn",
                self.states()
            ));
        }
        let basis = match (reasons.is_empty(), rtp.exact) {
            (true, Some(_)) => Basis::Exact,
            (true, None) => Basis::Counted,
            (false, _) => Basis::Estimated,
        };
        if basis == Basis::Counted {
            reasons.push(NO_FRACTION.to_owned());
        }
        Ok(Odds {
            states: self.states(),
            bet: self.game().bet_credits,
            line: self.one_line()?,
            scatters: self.scatter_odds()?,
            rtp_sigma: is_drawn.then(|| spin.mean_sigma() * bet.float),
            basis,
            features: features.into_iter().map(|feature| feature.odds).collect(),
            jackpots,
            spin,
            rtp_lines,
            rtp_scatters,
            rtp,
            reasons,
        })
    }

    /// What one line wins in one window at one credit: every combination of symbols, weighted by
    /// the strips. All lines win the same.
    ///
    /// # Errors
    /// [`Error::Overflow`] past 128 bits. `[thread-safe]`
    pub fn line_odds(&self) -> Result<Tally> {
        self.line_tally(0)
    }

    /// Clusters, counts and cascades cannot be summed symbol by symbol.
    fn needs_look(&self) -> bool {
        let sums = matches!(
            self.game().mode,
            Mode::Lines(_) | Mode::Ways | Mode::Megaways { .. }
        );
        !sums || self.game().cascade.is_some()
    }

    fn one_line(&self) -> Result<Option<Tally>> {
        let is_line_game = matches!(self.game().mode, Mode::Lines(_)) && !self.needs_look();
        is_line_game.then(|| self.line_tally(0)).transpose()
    }

    fn spin_odds(
        &self,
        set: usize,
        progress: &mut dyn FnMut(u64, u64) -> ControlFlow<()>,
    ) -> Result<SpinOdds> {
        let space = self.space_of(set, true);
        if let Some(len) = space.len().filter(|&len| len <= MAX_STATES) {
            let joint = self.count_part(&space, 0..len, &mut |done| progress(done, len))?;
            return Ok(SpinOdds::Exact(joint));
        }
        let mut rng = Rng::new(0, 0);
        let mut joint = JointTally::default();
        let scene = Scene {
            set,
            ..Scene::base(1)
        };
        for drawn in 0..DRAWN {
            if drawn % 10_000 == 9_999 && progress(drawn, DRAWN).is_break() {
                return Err(Error::Cancelled);
            }
            let stops = self.draw(set, &mut rng);
            let (result, places) = self.window_result_fast(&stops, &scene);
            let mut wins = result > 0;
            self.awards(false, &places, |_| wins = true);
            joint.wins_or_awards += u128::from(wins);
            joint.wins.add(result, 1)?;
        }
        Ok(SpinOdds::Estimate(joint))
    }

    fn scatter_odds(&self) -> Result<Vec<ScatterOdds>> {
        let symbols = self.paying(SymbolKind::Scatter);
        let odds = symbols.map(|symbol| {
            let by_count = self.view_counts(0, symbol, u64::MAX);
            let mut tally = Tally::default();
            for (count, &times) in (0..).zip(&by_count) {
                tally.add(self.pay(symbol, count), times)?;
            }
            Ok(ScatterOdds {
                symbol,
                tally,
                by_count,
            })
        });
        odds.collect()
    }

    /// What a spin on the strips of a set gives on average, in credits.
    fn set_odds(
        &self,
        set: usize,
        in_free_spins: bool,
        features: &[FeatureAverage],
        spin: Option<&SpinOdds>,
    ) -> Result<SetOdds> {
        let states = self.states_of(set);
        let mut scatters = Value::ZERO;
        for symbol in self.paying(SymbolKind::Scatter) {
            let counts = self.view_counts(set, symbol, u64::MAX);
            let sum = (0..).zip(&counts).map(|(count, &times)| {
                times * u128::from((self.pay(symbol, count) * self.game().bet_credits) as u64)
            });
            scatters = scatters + Value::of_counts(sum.sum(), states);
        }
        let lines = match &self.game().mode {
            _ if self.needs_look() => {
                let owned = match spin {
                    Some(_) => None,
                    None => Some(self.spin_odds(set, &mut |_, _| ControlFlow::Continue(()))?),
                };
                let odds = spin.or(owned.as_ref());
                let mean = odds.map_or(Value::ZERO, |odds| odds.tally().wins.mean());
                mean + Value::whole(-1) * scatters
            }
            Mode::Lines(lines) => {
                let lines = Value::whole(lines.len() as i128);
                self.line_tally(set)?.mean() * lines
            }
            _ => Value::of_counts(self.ways_sum(set), states),
        };
        let mut odds = SetOdds {
            lines,
            scatters,
            features: Value::ZERO,
            jackpots: [0.0; 4],
        };
        for (at, feature) in features.iter().enumerate() {
            if in_free_spins && !self.triggers[at].in_free_spins {
                continue;
            }
            for view in self.award_views(set, at) {
                let average = feature.averages.of(view);
                let chance = Value::of_counts(view.times, states);
                odds.features = odds.features + average.credits * chance;
                for (sum, jackpots) in odds.jackpots.iter_mut().zip(average.jackpots) {
                    *sum += jackpots * chance.float;
                }
            }
        }
        Ok(odds)
    }

    /// Picks, wheels and coins first: free spins can award them.
    fn feature_odds(
        &self,
        spin: &SpinOdds,
        reasons: &mut Vec<String>,
    ) -> Result<Vec<FeatureAverage>> {
        let game = self.game();
        let mut features = Vec::new();
        for at in 0..game.features.len() {
            let averages = self.plain_averages(at, reasons);
            features.push(FeatureAverage {
                averages,
                odds: self.feature_row(at),
            });
        }
        for (at, feature) in game.features.iter().enumerate() {
            if let FeatureRules::FreeSpins(rules) = &feature.rules {
                let (by_count, spins) = self.free_averages(at, rules, &features, spin, reasons)?;
                features[at].averages = Averages::ByCount(by_count);
                features[at].odds.spins = Some(spins);
            }
        }
        for (at, feature) in features.iter_mut().enumerate() {
            let chance = |view: AwardView| Value::of_counts(view.times, self.states());
            let views = self.award_views(0, at).into_iter();
            let sum: Value = views
                .map(|view| feature.averages.of(view).credits * chance(view))
                .sum();
            let awards = Value::of_counts(feature.odds.awards, self.states());
            feature.odds.rtp = sum * Value::whole(i128::from(game.bet_credits)).inverse();
            let awarded = feature.odds.awards > 0;
            feature.odds.average = awarded.then(|| sum * awards.inverse());
        }
        Ok(features)
    }

    fn feature_row(&self, at: usize) -> FeatureOdds {
        let mut by_count = self.award_counts(0, at);
        let least = self.triggers[at].count as usize;
        for count in by_count.iter_mut().take(least) {
            *count = 0;
        }
        FeatureOdds {
            kind: self.game().features[at].kind(),
            awards: by_count.iter().sum(),
            by_count,
            average: None,
            spins: None,
            rtp: Value::ZERO,
        }
    }

    /// Averages of everything but free spins.
    fn plain_averages(&self, at: usize, reasons: &mut Vec<String>) -> Averages {
        match &self.game().features[at].rules {
            FeatureRules::FreeSpins(_) => Averages::Always(Average::NOTHING),
            FeatureRules::HoldAndWin(rules) => {
                // As many cells as are in view respin: where heights are drawn, up to those of `rows`.
                let most: usize = self.game().rows.iter().map(|&rows| usize::from(rows)).sum();
                let least = match self.game().mode {
                    Mode::Megaways { .. } => 0,
                    _ => most,
                };
                let of = |cells| (cells, feature::hold(rules, cells));
                Averages::ByCells((least..=most).map(of).collect())
            }
            FeatureRules::Pick(rules) | FeatureRules::Wheel(rules) => {
                Averages::Always(feature::pick(rules).unwrap_or_else(|| {
                    let name = &self.game().features[at].name;
                    reasons.push(format!(
                        "{name} has too many courses to count; it is left out"
                    ));
                    Average::NOTHING
                }))
            }
        }
    }

    /// Averages of free spins: `E[N] = N0 / (1 - p R)` times what one of them gives.
    fn free_averages(
        &self,
        at: usize,
        rules: &FreeSpins,
        features: &[FeatureAverage],
        spin: &SpinOdds,
        reasons: &mut Vec<String>,
    ) -> Result<(Vec<Average>, Value)> {
        let trigger = self.triggers[at];
        let name = &self.game().features[at].name;
        if rules.mercy.is_some() {
            let what = "a wild after losing spins depends on the past; it is left out";
            reasons.push(format!("{name}: {what}"));
        }
        let states = self.states_of(trigger.set);
        let spins_of = |awards: &[Award], counts: &[u128]| -> u128 {
            let rows = (0..).zip(counts);
            rows.map(|(count, &times)| u128::from(award(awards, count)) * times)
                .sum()
        };
        let views = self.view_counts(trigger.set, trigger.symbol, trigger.reels);
        let more = spins_of(&rules.retrigger, &views);
        let Some(left) = states.checked_sub(more).filter(|&left| left > 0) else {
            let value = Value::of_counts(more, states).float;
            let way_out = "let retriggers give fewer spins, or make them rarer";
            let (what, allowed) = ("the spins that a free spin gives on average", "below 1");
            return Err(Error::invalid(name, what, value, allowed, way_out));
        };
        if rules.max_spins < UNBOUNDED && more > 0 {
            let bound = rules.max_spins;
            reasons.push(format!("{name}: the bound of {bound} spins is left out"));
        }
        // Free spins on the strips of the game win what its spins do.
        let same = (trigger.set == 0).then_some(spin);
        let one = self.set_odds(trigger.set, true, features, same)?;
        let won = (one.lines + one.scatters) * Value::whole(i128::from(rules.multiplier));
        let one_win = won + one.features;
        let growth = Value::of_counts(states, left);
        let average = |count: u32| {
            let first = award(&rules.awards, count).min(rules.max_spins);
            let spins = Value::whole(i128::from(first)) * growth;
            Average {
                credits: spins * one_win,
                jackpots: one.jackpots.map(|jackpots| jackpots * spins.float),
            }
        };
        let counts = self.award_counts(0, at);
        let first = spins_of(&rules.awards, &counts);
        let awards = features[at].odds.awards.max(1);
        Ok((
            (0..counts.len() as u32).map(average).collect(),
            Value::of_counts(first, awards) * growth,
        ))
    }

    fn jackpot_odds(&self, base: &SetOdds, reasons: &mut Vec<String>) -> Vec<JackpotOdds> {
        let mut odds = Vec::new();
        for jackpot in &self.game().jackpots {
            let from_features = base.jackpots[jackpot.tier as usize];
            let counts = self.jackpot_counts(jackpot.trigger);
            let own = match jackpot.trigger {
                JackpotTrigger::Features => Value::ZERO,
                _ => Value::of_counts(counts.0, counts.1),
            };
            if from_features > 0.0 && jackpot.cap_seeds.is_some() {
                let name = jackpot.tier.name();
                let taken = match own.float + from_features < 1.0 {
                    true => "as one chance a spin",
                    false => "to be paid in every spin",
                };
                reasons.push(format!(
                    "{name}: what a capped jackpot pays depends on when it was paid last; \
                     it is taken {taken}"
                ));
            }
            let chance = if from_features == 0.0 {
                own
            } else {
                own + Value::float(from_features)
            };
            let row = jackpot_row(jackpot, chance);
            odds.push(JackpotOdds {
                counts: (from_features == 0.0).then_some(counts),
                ..row
            });
        }
        odds
    }

    /// How often a paid spin wins a jackpot by itself, features not included: outcomes that do, and outcomes in
    /// all. `[thread-safe]`
    pub fn jackpot_counts(&self, trigger: JackpotTrigger) -> (u128, u128) {
        match trigger {
            JackpotTrigger::Features => (0, self.states()),
            JackpotTrigger::Random { one_in } => (1, u128::from(one_in)),
            JackpotTrigger::Symbols { symbol, count } => {
                let counts = self.view_counts(0, symbol, u64::MAX);
                let shown = counts.iter().skip(usize::from(count)).sum();
                (shown, self.states())
            }
        }
    }
}

/// A jackpot with one chance a spin: it pays its seed and what was added since. One that is won more than once a
/// spin grows by what one spin adds.
fn jackpot_row(jackpot: &crate::game::Jackpot, chance: Value) -> JackpotOdds {
    let added = Value::ratio(i128::from(jackpot.contribution_ppm), 1_000_000);
    let seed = Value::whole(i128::from(jackpot.seed_bets));
    let rtp = match jackpot.cap_seeds {
        _ if chance.float == 0.0 => Value::ZERO,
        None => seed * chance + added,
        Some(cap) => {
            let room = seed.float * (cap - 1) as f64;
            let steps = if added.float > 0.0 {
                (room / added.float).floor()
            } else {
                0.0
            };
            // Sum over n up to `steps` of the chance to wait at least n spins, each worth `added`.
            let once = chance.float.min(1.0);
            // The chance to be won within `steps` spins; without a loss of digits where it is small.
            let within = match steps == 0.0 {
                true => 0.0,
                false => -(steps * (-once).ln_1p()).exp_m1(),
            };
            let rest = (room - steps * added.float).min(added.float) * (1.0 - within);
            let grown = added.float * within / once + rest;
            Value::float(seed.float * chance.float + grown * once)
        }
    };
    JackpotOdds {
        tier: jackpot.tier,
        chance: chance.float,
        counts: None,
        average_bets: if chance.float == 0.0 {
            0.0
        } else {
            rtp.float / chance.float
        },
        rtp,
    }
}

/// Averages of a feature, and its row.
struct FeatureAverage {
    averages: Averages,
    odds: FeatureOdds,
}

/// What an award pays on average, by what of the window matters.
enum Averages {
    /// Nothing of it.
    Always(Average),
    /// The number of triggers.
    ByCount(Vec<Average>),
    /// The cells in view, then the number of triggers.
    ByCells(BTreeMap<usize, Vec<Average>>),
}

/// Windows that award a feature.
#[derive(Clone, Copy)]
struct AwardView {
    /// Triggers that they show.
    count: usize,
    /// Cells in view.
    cells: usize,
    /// How many outcomes show them.
    times: u128,
}

impl Averages {
    fn of(&self, view: AwardView) -> &Average {
        let found = match self {
            Averages::Always(average) => Some(average),
            Averages::ByCount(averages) => averages.get(view.count),
            Averages::ByCells(by_cells) => {
                let averages = by_cells.get(&view.cells);
                averages.and_then(|averages| averages.get(view.count))
            }
        };
        found.unwrap_or(&Average::NOTHING)
    }
}

impl SpinOdds {
    /// The counts. `[thread-safe]`
    pub fn tally(&self) -> &JointTally {
        match self {
            SpinOdds::Exact(tally) | SpinOdds::Estimate(tally) => tally,
        }
    }

    /// Standard error of the mean of drawn vectors, in credits.
    fn mean_sigma(&self) -> f64 {
        let wins = &self.tally().wins;
        (wins.variance().float.max(0.0) / wins.states.max(1) as f64).sqrt()
    }
}
