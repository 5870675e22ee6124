//! Counting by symbols: what needs no look at every stop vector.

use super::AwardView;
use super::tally::Tally;
use crate::Result;
use crate::evaluate::Places;
use crate::game::{Mode, Place, SymbolId, SymbolKind};
use crate::grid::{self, REELS, SYMBOLS};
use crate::machine::{Machine, Stops};
use std::collections::BTreeMap;

/// How often each reel shows each symbol in one row.
type Counts = Vec<[u128; SYMBOLS]>;

impl Machine {
    /// Every combination of symbols along one line, weighted by how often the strips give it.
    pub(super) fn line_tally(&self, set: usize) -> Result<Tally> {
        let counts = self.symbol_counts(set);
        let mut after = vec![1_u128];
        for reel in counts.iter().rev() {
            let length: u128 = reel.iter().sum();
            after.insert(0, after[0] * length);
        }
        let mut tally = Tally::default();
        let mut walk = Walk {
            machine: self,
            counts: &counts,
            after: &after,
            tally: &mut tally,
        };
        walk.down(&mut Vec::with_capacity(counts.len()), 1)?;
        Ok(tally)
    }

    fn symbol_counts(&self, set: usize) -> Counts {
        let count = |strip: &&[SymbolId]| {
            let mut counts = [0; SYMBOLS];
            for &symbol in *strip {
                counts[usize::from(symbol)] += 1;
            }
            counts
        };
        self.strips(set).iter().map(count).collect()
    }

    /// By number of a symbol in the windows of some reels: how many outcomes show it.
    pub(super) fn view_counts(
        &self,
        set: usize,
        symbol: SymbolId,
        reels: grid::Cells,
    ) -> Vec<u128> {
        let one_reel = |reel: usize| {
            let mut counts = vec![0_u128; grid::ROWS + 1];
            self.each_view(set, reel, |places, weight| {
                let seen = places[usize::from(symbol)] & reels;
                counts[seen.count_ones() as usize] += weight;
            });
            counts
        };
        let all = 0..self.game().rows.len();
        all.fold(vec![1], |so_far, reel| convolve(&so_far, &one_reel(reel)))
    }

    /// By number of a symbol on the counting reels of one line: how many outcomes show it.
    pub(super) fn line_counts(
        &self,
        set: usize,
        symbol: SymbolId,
        reels: grid::Cells,
    ) -> Vec<u128> {
        let counts = self.symbol_counts(set);
        let mut so_far = vec![1];
        for (reel, counts) in counts.iter().enumerate() {
            let all: u128 = counts.iter().sum();
            let with = match reels & grid::of_reel(reel) {
                0 => 0,
                _ => counts[usize::from(symbol)],
            };
            so_far = convolve(&so_far, &[all - with, with]);
        }
        so_far
    }

    /// By number of triggers: how many outcomes, and how many awards one of them gives at most.
    pub(super) fn award_counts(&self, set: usize, feature: usize) -> Vec<u128> {
        let trigger = self.triggers[feature];
        match trigger.place {
            Place::Window => self.view_counts(set, trigger.symbol, trigger.reels),
            Place::Line => {
                let lines = self.lines.len() as u128;
                let one = self.line_counts(set, trigger.symbol, trigger.reels);
                one.into_iter().map(|count| count * lines).collect()
            }
        }
    }

    /// By triggers and cells in view: how many outcomes award a feature. Lines count each by itself.
    pub(super) fn award_views(&self, set: usize, feature: usize) -> Vec<AwardView> {
        let trigger = self.triggers[feature];
        let cells: usize = self.game().rows.iter().map(|&rows| usize::from(rows)).sum();
        let is_drawn = matches!(self.game().mode, Mode::Megaways { .. });
        let views: Vec<AwardView> = if is_drawn {
            self.drawn_views(set, trigger.symbol, trigger.reels)
        } else {
            let counts = self.award_counts(set, feature).into_iter().enumerate();
            let view = |(count, times)| AwardView {
                count,
                cells,
                times,
            };
            counts.map(view).collect()
        };
        let awards = |view: &AwardView| view.count >= trigger.count as usize && view.times > 0;
        views.into_iter().filter(awards).collect()
    }

    /// By number of a symbol and of cells in view, where heights are drawn: how many outcomes show them.
    fn drawn_views(&self, set: usize, symbol: SymbolId, reels: grid::Cells) -> Vec<AwardView> {
        let mut so_far = BTreeMap::from([((0, 0), 1_u128)]);
        for reel in 0..self.game().rows.len() {
            let mut one = BTreeMap::new();
            self.each_view(set, reel, |places, weight| {
                let seen = (places[usize::from(symbol)] & reels).count_ones() as usize;
                let cells: u32 = places.iter().map(|cells| cells.count_ones()).sum();
                *one.entry((seen, cells as usize)).or_insert(0_u128) += weight;
            });
            let mut sums = BTreeMap::new();
            for (&(count, cells), &times) in &so_far {
                for (&(more, rows), &weight) in &one {
                    *sums.entry((count + more, cells + rows)).or_insert(0) += times * weight;
                }
            }
            so_far = sums;
        }
        let view = |((count, cells), times)| AwardView {
            count,
            cells,
            times,
        };
        so_far.into_iter().map(view).collect()
    }

    /// How many outcomes award a feature; lines count each by itself.
    pub(crate) fn awards_among(&self, feature: usize) -> u128 {
        let counts = self.award_counts(0, feature);
        counts
            .iter()
            .skip(self.triggers[feature].count as usize)
            .sum()
    }

    /// The highest number of a symbol that a window can show.
    pub(crate) fn most_in_view(&self, symbol: SymbolId) -> u32 {
        if usize::from(symbol) >= self.game().symbols.len() {
            return 0;
        }
        self.view_counts(0, symbol, u64::MAX).len() as u32 - 1
    }

    /// Sum of what all ways win over all outcomes: products of sums over the strips.
    pub(super) fn ways_sum(&self, set: usize) -> u128 {
        let regular = self.paying(SymbolKind::Regular).map(|symbol| {
            let wilds = self.wilds & self.stand_ins(symbol);
            self.ways_of_symbol(set, symbol, self.stand_ins(symbol), wilds)
        });
        let wild = self
            .paying(SymbolKind::Wild)
            .map(|symbol| self.ways_of_symbol(set, symbol, 1 << symbol, 0));
        regular.chain(wild).sum()
    }

    fn ways_of_symbol(&self, set: usize, symbol: SymbolId, with: u32, wilds: u32) -> u128 {
        let reels = self.game().rows.len();
        let (mut all_ways, mut wild_ways, mut sum) = (1_u128, 1_u128, 0_u128);
        for run in 0..=reels {
            let (mut none, mut ways_here, mut wilds_here, mut rest) = (1, 0, 0, 1_u128);
            if run < reels {
                (none, ways_here, wilds_here) = self.matches(set, run, with, wilds);
                let later = (run + 1..reels).map(|reel| self.reel_weight(set, reel));
                rest = later.product();
            }
            if run > 0 {
                let credits = u128::from(self.pay(symbol, run as u32).unsigned_abs());
                sum += credits * (all_ways - wild_ways) * none * rest;
            }
            all_ways *= ways_here;
            wild_ways *= wilds_here;
        }
        sum
    }

    /// For one reel: outcomes without a match, sum of matches, sum of matching wilds.
    fn matches(&self, set: usize, reel: usize, with: u32, wilds: u32) -> (u128, u128, u128) {
        let (mut none, mut all, mut wild) = (0, 0, 0);
        self.each_view(set, reel, |places, weight| {
            let count = |symbols: u32| -> u128 {
                let wanted = (0..SYMBOLS).filter(|&symbol| symbols >> symbol & 1 == 1);
                wanted
                    .map(|symbol| u128::from(places[symbol].count_ones()))
                    .sum()
            };
            none += if count(with) == 0 { weight } else { 0 };
            all += count(with) * weight;
            wild += count(wilds) * weight;
        });
        (none, all, wild)
    }

    /// How many outcomes one reel has by itself.
    fn reel_weight(&self, set: usize, reel: usize) -> u128 {
        let mut total = 0;
        self.each_view(set, reel, |_, weight| total += weight);
        total
    }

    /// Calls `look` with what one reel shows, at every stop and height; other reels show nothing.
    fn each_view(&self, set: usize, reel: usize, mut look: impl FnMut(&Places, u128)) {
        let full = [(self.game().rows[reel], 1)];
        let drawn: Vec<(u8, u32)> = match &self.game().mode {
            Mode::Megaways { heights } => {
                let heights = heights[reel].iter();
                heights.map(|height| (height.rows, height.weight)).collect()
            }
            _ => full.to_vec(),
        };
        for (rows, weight) in drawn {
            let mut stops: Stops = self.resting();
            stops.rows = [0; REELS];
            stops.rows[reel] = rows;
            for at in 0..self.lengths(set)[reel] {
                stops.at[reel] = at;
                look(&self.grid(set, &stops).places(), u128::from(weight));
            }
        }
    }
}

/// A walk through the combinations of a line that leaves out what cannot matter any more.
struct Walk<'a> {
    machine: &'a Machine,
    counts: &'a Counts,
    /// How many stops the reels from this one on have.
    after: &'a [u128],
    tally: &'a mut Tally,
}

impl Walk<'_> {
    fn down(&mut self, symbols: &mut Vec<SymbolId>, times: u128) -> Result<()> {
        let reel = symbols.len();
        if reel > 0 && (reel == self.counts.len() || self.is_decided(symbols)) {
            let (_, _, credits) = self.machine.run_pay(symbols);
            return self.tally.add(credits, times * self.after[reel]);
        }
        let counts = &self.counts[reel];
        for (symbol, &count) in (0..).zip(counts) {
            if count > 0 {
                symbols.push(symbol);
                self.down(symbols, times * count)?;
                symbols.pop();
            }
        }
        Ok(())
    }

    /// The run has ended, so that further reels change nothing.
    fn is_decided(&self, symbols: &[SymbolId]) -> bool {
        let other = symbols
            .iter()
            .find(|&&symbol| !self.machine.is_wild(symbol));
        other.is_some_and(|&other| {
            let stand_ins = self.machine.stand_ins(other);
            let pays = self.machine.game().kind(other) == SymbolKind::Regular;
            !pays || symbols.iter().any(|&symbol| stand_ins >> symbol & 1 == 0)
        })
    }
}

fn convolve(left: &[u128], right: &[u128]) -> Vec<u128> {
    let mut sums = vec![0; left.len() + right.len() - 1];
    for (at, &one) in left.iter().enumerate() {
        for (by, &other) in right.iter().enumerate() {
            sums[at + by] += one * other;
        }
    }
    while sums.len() > 1 && sums.last() == Some(&0) {
        sums.pop();
    }
    sums
}
