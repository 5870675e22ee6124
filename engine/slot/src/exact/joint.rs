//! Looking at every stop vector, equal windows of a reel taken together.

use super::tally::Tally;
use crate::game::{Mode, Place, SymbolId, SymbolKind};
use crate::machine::{Machine, Stops};
use crate::spin::Scene;
use crate::{Error, Result};
use std::collections::BTreeMap;
use std::ops::{ControlFlow, Range};

/// How many vectors are looked at between two calls of the caller.
const STRIDE: u64 = 1 << 20;

/// The stop vectors of a game as numbers, so that parts of them can be counted by themselves.
#[derive(Clone, Debug)]
pub struct Space {
    set: usize,
    /// Per reel: one stop and height of each kind of window, and how many outcomes show it.
    views: Vec<Vec<View>>,
}

#[derive(Clone, Copy, Debug)]
struct View {
    stop: u16,
    rows: u8,
    weight: u128,
}

/// What a part of a space wins.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct JointTally {
    /// Wins of lines, scatters and cascades of a spin, in credits.
    pub wins: Tally,
    /// Outcomes that win, or award a feature.
    pub wins_or_awards: u128,
}

impl JointTally {
    /// Adds another part.
    ///
    /// # Errors
    /// [`Error::Overflow`] past 128 bits. `[thread-safe]`
    pub fn merge(&mut self, other: &JointTally) -> Result<()> {
        self.wins_or_awards += other.wins_or_awards;
        self.wins.merge(&other.wins)
    }
}

impl Machine {
    /// The stop vectors of a paid spin, windows that win the same taken together. `[thread-safe]`
    pub fn space(&self) -> Space {
        self.space_of(0, true)
    }

    /// The stop vectors one by one, nothing taken together. `[thread-safe]`
    pub fn every_stop(&self) -> Space {
        self.space_of(0, false)
    }

    pub(super) fn space_of(&self, set: usize, merged: bool) -> Space {
        let reels = 0..self.game().rows.len();
        // A cascade draws from what lies above the window, so that no two stops are the same.
        let merged = merged && self.game().cascade.is_none();
        Space {
            set,
            views: reels.map(|reel| self.views(set, reel, merged)).collect(),
        }
    }

    fn views(&self, set: usize, reel: usize, merged: bool) -> Vec<View> {
        let mut kinds: BTreeMap<Vec<SymbolId>, View> = BTreeMap::new();
        for (rows, weight) in self.heights_of(reel) {
            for stop in 0..self.lengths(set)[reel] {
                let key = if merged {
                    self.view_key(set, reel, stop, rows)
                } else {
                    [stop.to_be_bytes().as_slice(), &[rows]].concat()
                };
                let view = kinds.entry(key).or_insert(View {
                    stop,
                    rows,
                    weight: 0,
                });
                view.weight += weight;
            }
        }
        kinds.into_values().collect()
    }

    fn heights_of(&self, reel: usize) -> Vec<(u8, u128)> {
        match &self.game().mode {
            Mode::Megaways { heights } => {
                let heights = heights[reel].iter();
                heights
                    .map(|height| (height.rows, u128::from(height.weight)))
                    .collect()
            }
            _ => vec![(self.game().rows[reel], 1)],
        }
    }

    /// What of a window can matter: symbols on lines, numbers of what counts anywhere; for ways
    /// the numbers of all symbols, for clusters and counts the whole window.
    fn view_key(&self, set: usize, reel: usize, stop: u16, rows: u8) -> Vec<SymbolId> {
        let below = |row: u8| self.symbol_below(set, reel, stop, u32::from(row));
        let mut window: Vec<SymbolId> = (0..rows).map(below).collect();
        match &self.game().mode {
            Mode::Lines(lines) => {
                let counted = self.counted_anywhere();
                let mut anywhere: Vec<SymbolId> = window
                    .iter()
                    .copied()
                    .filter(|symbol| counted >> symbol & 1 == 1)
                    .collect();
                anywhere.sort_unstable();
                let used = |row: &u8| lines.iter().any(|line| line[reel] == *row);
                let rows = (0..rows).filter(used);
                let mut key: Vec<SymbolId> = rows.map(below).collect();
                key.push(SymbolId::MAX);
                key.extend(anywhere);
                key
            }
            Mode::Ways | Mode::Megaways { .. } | Mode::AllPays { .. } => {
                window.sort_unstable();
                window
            }
            Mode::Cluster { .. } => window,
        }
    }

    /// Symbols that count in any row.
    fn counted_anywhere(&self) -> u32 {
        let scatters = self
            .paying(SymbolKind::Scatter)
            .fold(0, |set, symbol| set | 1 << symbol);
        let triggers = self
            .triggers
            .iter()
            .filter(|trigger| trigger.place == Place::Window);
        triggers.fold(scatters, |set, trigger| set | 1 << trigger.symbol)
    }

    /// Counts a part of a space. `progress` gets the number of vectors that are done, now and then.
    ///
    /// # Errors
    /// [`Error::Cancelled`] if `progress` breaks, [`Error::Overflow`] past 128 bits.
    /// `[thread-safe]`
    pub fn count_part(
        &self,
        space: &Space,
        part: Range<u64>,
        progress: &mut dyn FnMut(u64) -> ControlFlow<()>,
    ) -> Result<JointTally> {
        let mut joint = JointTally::default();
        let mut wins: BTreeMap<i64, u128> = BTreeMap::new();
        let mut losses = 0;
        let mut walk = StopWalk::new(self, space, part.start);
        let scene = Scene {
            set: space.set,
            ..Scene::base(1)
        };
        for done in 0..part.end.saturating_sub(part.start) {
            if done % STRIDE == STRIDE - 1 && progress(done + 1).is_break() {
                return Err(Error::Cancelled);
            }
            let (credits, places) = self.window_result_fast(&walk.stops, &scene);
            let mut awards = false;
            self.awards(false, &places, |_| awards = true);
            if credits > 0 || awards {
                joint.wins_or_awards += walk.weight;
            }
            match credits {
                0 => losses += walk.weight,
                _ => *wins.entry(credits).or_default() += walk.weight,
            }
            walk.next();
        }
        joint.wins.add(0, losses)?;
        for (credits, times) in wins {
            joint.wins.add(credits, times)?;
        }
        Ok(joint)
    }
}

impl Space {
    /// How many vectors there are to look at; `None` if more than 64 bits can count.
    /// `[thread-safe]`
    pub fn len(&self) -> Option<u64> {
        let mut reels = self.views.iter();
        reels.try_fold(1_u64, |len, views| len.checked_mul(views.len() as u64))
    }

    /// Always false: every reel has a stop. `[thread-safe]`
    pub fn is_empty(&self) -> bool {
        self.len() == Some(0)
    }

    /// The stops of a vector by its number. `[thread-safe]`
    pub fn stops(&self, machine: &Machine, number: u64) -> Stops {
        self.weighted_stops(machine, number).0
    }

    /// The same with how many outcomes they stand for.
    pub(crate) fn weighted_stops(&self, machine: &Machine, number: u64) -> (Stops, u128) {
        let walk = StopWalk::new(machine, self, number);
        (walk.stops, walk.weight)
    }
}

/// Goes through the vectors of a space in order, the last reel fastest.
struct StopWalk<'a> {
    space: &'a Space,
    at: Vec<usize>,
    stops: Stops,
    /// How many outcomes the vector stands for.
    weight: u128,
}

impl<'a> StopWalk<'a> {
    fn new(machine: &Machine, space: &'a Space, number: u64) -> StopWalk<'a> {
        let mut rest = number;
        let mut at = vec![0; space.views.len()];
        for (at, views) in at.iter_mut().zip(&space.views).rev() {
            *at = (rest % views.len() as u64) as usize;
            rest /= views.len() as u64;
        }
        let mut walk = StopWalk {
            space,
            at,
            stops: machine.resting(),
            weight: 1,
        };
        (0..walk.at.len()).for_each(|reel| walk.show(reel));
        walk.weigh();
        walk
    }

    fn next(&mut self) {
        for reel in (0..self.at.len()).rev() {
            self.at[reel] += 1;
            if self.at[reel] < self.space.views[reel].len() {
                self.show(reel);
                break;
            }
            self.at[reel] = 0;
            self.show(reel);
        }
        self.weigh();
    }

    fn show(&mut self, reel: usize) {
        let view = self.space.views[reel][self.at[reel]];
        self.stops.at[reel] = view.stop;
        self.stops.rows[reel] = view.rows;
    }

    fn weigh(&mut self) {
        let reels = self.space.views.iter().zip(&self.at);
        self.weight = reels.map(|(views, &at)| views[at].weight).product();
    }
}
