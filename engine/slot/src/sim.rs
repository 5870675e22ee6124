//! Playing a great many spins.
//!
//! A simulation consists of chunks, each with a random stream of its own, so that any number of
//! workers that share them gives the same sums. Jackpots stand at their long-run average when a
//! chunk begins.

use crate::Result;
use crate::exact::Odds;
use crate::game::{FeatureKind, Tier};
use crate::jackpot::Meters;
use crate::machine::Machine;
use crate::result::{FeaturePlay, SpinResult};
use crate::rng::Rng;
use crate::spin::{Scene, Table};
use std::collections::BTreeMap;

/// Spins of a chunk, unless the caller wants another number.
pub const CHUNK: u64 = 250_000;

/// From which multiple of the bet a win is big.
const BIG: i64 = 20;

/// Wins up to this many credits are counted without a search.
const DIRECT: usize = 4096;

/// What a simulation is asked for.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Seed of all chunks.
    pub seed: u64,
    /// Value of a credit in minor units.
    pub coin: i64,
    /// What the jackpots stand at when a chunk begins.
    pub meters: Meters,
}

/// What spins gave. Money is in minor units.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Statistics {
    /// Paid spins.
    pub spins: u64,
    /// Bet of one.
    pub bet: i64,
    /// Sum of all wins.
    pub won: i128,
    /// Sum of their squares; it stops at the highest number there is.
    pub squares: u128,
    /// Spins that won something.
    pub hits: u64,
    /// Spins that won no more than the bet, but something.
    pub losses_as_wins: u64,
    /// Spins that won at least 20 bets.
    pub big_wins: u64,
    /// Highest win.
    pub highest: i64,
    /// Spins with a near miss.
    pub near_misses: u64,
    /// Spins of which a cascade won again.
    pub cascades: u64,
    /// Spins that awarded a feature.
    pub features: u64,
    /// Awards of each feature, in the order of the game.
    pub awards: Vec<u64>,
    /// What each feature paid, without the jackpots in it, as in
    /// [`FeatureOdds::rtp`](crate::exact::FeatureOdds::rtp).
    pub feature_won: Vec<i128>,
    /// Free spins that were played.
    pub free_spins: u64,
    /// Jackpots by tier, from the smallest.
    pub jackpots: [u64; 4],
    /// What jackpots paid, those in features included.
    pub jackpots_won: i128,
    /// How many spins won how much; those that won nothing are not in it.
    pub histogram: BTreeMap<i64, u64>,
}

/// An interval around a measured value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval {
    /// The measured value.
    pub value: f64,
    /// Its standard error.
    pub sigma: f64,
}

impl Interval {
    /// The interval that holds the true value in 95 of 100 simulations. `[thread-safe]`
    pub fn bounds_95(&self) -> (f64, f64) {
        self.bounds(1.959_963_984_540_054)
    }

    /// The interval of so many standard errors to each side. `[thread-safe]`
    pub fn bounds(&self, sigmas: f64) -> (f64, f64) {
        (
            self.value - sigmas * self.sigma,
            self.value + sigmas * self.sigma,
        )
    }
}

impl Plan {
    /// A plan whose jackpots start where they stand in the long run.
    ///
    /// # Errors
    /// Those of [`Machine::bet`]. `[thread-safe]`
    pub fn new(machine: &Machine, odds: &Odds, seed: u64, coin: i64) -> Result<Plan> {
        let average = |at: usize| odds.jackpots[at].average_bets;
        Ok(Plan {
            seed,
            coin,
            meters: Meters::standing(machine, coin, average)?,
        })
    }
}

impl Machine {
    /// Plays a chunk. The same plan, number and length give the same statistics. `[thread-safe]`
    ///
    /// # Errors
    /// Those of [`Machine::bet`].
    pub fn simulate(&self, plan: &Plan, chunk: u64, spins: u64) -> Result<Statistics> {
        let mut parts = self.simulate_in_parts(plan, chunk, spins, spins)?;
        parts
            .pop()
            .map_or_else(|| Statistics::empty(self, plan.coin), Ok)
    }

    /// Plays a chunk as [`simulate`](Self::simulate) does, told in parts of `step` spins (at least 1; the last
    /// may be shorter), which merge to the same statistics. `[thread-safe]`
    ///
    /// # Errors
    /// Those of [`Machine::bet`].
    pub fn simulate_in_parts(
        &self,
        plan: &Plan,
        chunk: u64,
        spins: u64,
        step: u64,
    ) -> Result<Vec<Statistics>> {
        let empty = Statistics::empty(self, plan.coin)?;
        let mut player = Player {
            machine: self,
            coin: plan.coin,
            rng: Rng::new(plan.seed, chunk),
            meters: plan.meters.clone(),
            sums: empty.clone(),
            wins: vec![0; DIRECT],
        };
        let (mut parts, mut left) = (Vec::new(), spins);
        while left > 0 {
            let part = left.min(step.max(1));
            for _ in 0..part {
                player.spin();
            }
            parts.push(player.take(&empty));
            left -= part;
        }
        Ok(parts)
    }

    /// The balance after each spin of a session, in minor units, from 0. `[thread-safe]`
    ///
    /// # Errors
    /// Those of [`Machine::bet`].
    pub fn session(&self, plan: &Plan, number: u64, spins: u64) -> Result<Vec<i64>> {
        let bet = self.bet(plan.coin)?;
        // Streams from the far end, which no chunk reaches.
        let mut rng = Rng::new(plan.seed, u64::MAX - number);
        let mut meters = plan.meters.clone();
        let mut balance = 0_i64;
        let play = |_| {
            let result = self.spin(&mut rng, &mut meters, plan.coin)?;
            balance = balance.saturating_add(result.total_win - bet);
            Ok(balance)
        };
        (0..spins).map(play).collect()
    }
}

struct Player<'a> {
    machine: &'a Machine,
    coin: i64,
    rng: Rng,
    meters: Meters,
    sums: Statistics,
    /// Spins by win in credits.
    wins: Vec<u64>,
}

impl Player<'_> {
    #[inline]
    fn spin(&mut self) {
        let stops = self.machine.draw(0, &mut self.rng);
        let jackpots = self.machine.draw_jackpots(&mut self.rng, &mut self.meters);
        let glance = self.machine.glance(&stops, &Scene::base(self.coin));
        self.sums.near_misses += u64::from(glance.near_miss);
        if !glance.leads_on && jackpots.is_empty() {
            let at = glance.credits as usize;
            match self.wins.get_mut(at) {
                Some(count) => *count += 1,
                None => self.sums.win(glance.credits * self.coin, 1),
            }
            return;
        }
        let mut table = Table {
            rng: &mut self.rng,
            meters: &mut self.meters,
            coin: self.coin,
        };
        let result = self.machine.finish(stops, jackpots, &mut table);
        self.sums.add_details(&result);
        self.sums.win(result.total_win, 1);
    }

    /// The sums since they were taken last.
    fn take(&mut self, empty: &Statistics) -> Statistics {
        for (credits, times) in (0..).zip(&mut self.wins) {
            if *times > 0 {
                self.sums.win(credits * self.coin, std::mem::take(times));
            }
        }
        std::mem::replace(&mut self.sums, empty.clone())
    }
}

impl Statistics {
    fn empty(machine: &Machine, coin: i64) -> Result<Statistics> {
        let features = machine.game().features.len();
        Ok(Statistics {
            bet: machine.bet(coin)?,
            awards: vec![0; features],
            feature_won: vec![0; features],
            ..Statistics::default()
        })
    }

    fn win(&mut self, amount: i64, times: u64) {
        self.spins += times;
        if amount == 0 {
            return;
        }
        let win = u128::from(amount.unsigned_abs());
        self.hits += times;
        self.won += i128::from(amount) * i128::from(times);
        let squares = (win * win).saturating_mul(u128::from(times));
        self.squares = self.squares.saturating_add(squares);
        self.losses_as_wins += if amount <= self.bet { times } else { 0 };
        self.big_wins += if amount / BIG >= self.bet { times } else { 0 };
        self.highest = self.highest.max(amount);
        *self.histogram.entry(amount).or_default() += times;
    }

    fn add_details(&mut self, result: &SpinResult) {
        self.cascades += u64::from(result.cascade.iter().any(|step| step.win > 0));
        self.features += u64::from(!result.features.is_empty());
        for jackpot in result.all_jackpots() {
            self.jackpots[jackpot.tier as usize] += 1;
            self.jackpots_won += i128::from(jackpot.amount);
        }
        for feature in &result.features {
            let at = usize::from(feature.index);
            self.awards[at] += 1;
            let jackpots = feature.all_jackpots();
            let jackpots: i64 = jackpots.iter().map(|jackpot| jackpot.amount).sum();
            self.feature_won[at] += i128::from(feature.total_win - jackpots);
            if let FeaturePlay::FreeSpins(play) = &feature.play {
                self.free_spins += play.spins.len() as u64;
            }
        }
    }

    /// Adds the statistics of other spins of the same plan. The order does not matter.
    /// `[thread-safe]`
    pub fn merge(&mut self, other: &Statistics) {
        if self.spins == 0 {
            *self = other.clone();
            return;
        }
        self.spins += other.spins;
        self.won += other.won;
        self.squares = self.squares.saturating_add(other.squares);
        self.hits += other.hits;
        self.losses_as_wins += other.losses_as_wins;
        self.big_wins += other.big_wins;
        self.highest = self.highest.max(other.highest);
        self.near_misses += other.near_misses;
        self.cascades += other.cascades;
        self.features += other.features;
        self.free_spins += other.free_spins;
        self.jackpots_won += other.jackpots_won;
        let tiers = self.jackpots.iter_mut().zip(other.jackpots);
        tiers.for_each(|(sum, more)| *sum += more);
        let awards = self.awards.iter_mut().zip(&other.awards);
        awards.for_each(|(sum, more)| *sum += more);
        let won = self.feature_won.iter_mut().zip(&other.feature_won);
        won.for_each(|(sum, more)| *sum += more);
        for (&win, &times) in &other.histogram {
            *self.histogram.entry(win).or_default() += times;
        }
    }

    /// The return with its standard error. `[thread-safe]`
    pub fn rtp(&self) -> Interval {
        let (spins, bet) = (self.spins.max(1) as f64, self.bet.max(1) as f64);
        let mean = self.won as f64 / spins / bet;
        Interval {
            value: mean,
            sigma: (self.variance() / spins).sqrt(),
        }
    }

    /// Variance of a spin's win, in squares of the bet. `[thread-safe]`
    pub fn variance(&self) -> f64 {
        let (spins, bet) = (self.spins.max(1) as f64, self.bet.max(1) as f64);
        let mean = self.won as f64 / spins / bet;
        (self.squares as f64 / spins / bet / bet - mean * mean).max(0.0)
    }

    /// The share of spins that something happened in, with its standard error. `[thread-safe]`
    pub fn share(&self, count: u64) -> Interval {
        let spins = self.spins.max(1) as f64;
        let share = count as f64 / spins;
        Interval {
            value: share,
            sigma: (share * (1.0 - share) / spins).sqrt(),
        }
    }

    /// Awards of a kind of feature. `[thread-safe]`
    pub fn awards_of(&self, machine: &Machine, kind: FeatureKind) -> u64 {
        let features = machine.game().features.iter().zip(&self.awards);
        features
            .filter(|(feature, _)| feature.kind() == kind)
            .map(|(_, count)| count)
            .sum()
    }

    /// Jackpots of a tier. `[thread-safe]`
    pub fn jackpots_of(&self, tier: Tier) -> u64 {
        self.jackpots[tier as usize]
    }
}
