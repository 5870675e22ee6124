//! One child by chance.

mod deck;
mod states;

pub use states::{MAX_OWN_RANDOM_STATES, RandomStates};

use super::decision::{ChildRow, Reason};
use super::rng::{between, draw, mix64, pick};
use crate::source::{self, RandomMode};
use crate::values::check::{Checks, Found};

/// Most children of a random container.
pub const MAX_RANDOM_CHILDREN: usize = MOST as usize;
const MOST: u8 = 16;
/// Plays that [`RandomState::set_play_count`] makes again at most to find what was played lately.
pub const MAX_REPLAYED: u64 = 2048;

/// A checked random container.
#[derive(Clone, Debug, PartialEq)]
pub struct RandomPlan {
    children: Box<[Child]>,
    /// Those of the children, then 0.
    weights: [u32; MAX_RANDOM_CHILDREN],
    /// Places of the children with a weight above 0.
    live: Box<[u8]>,
    mode: RandomMode,
    /// Most recent plays that are not played again.
    avoid: u8,
    pitch_st: [f32; 2],
    volume_db: [f32; 2],
}

#[derive(Clone, Copy, Debug, PartialEq)]
struct Child {
    weight: u32,
    pitch_st: [f32; 2],
    volume_db: [f32; 2],
}

/// What a play came to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Choice {
    /// Place of the child; `None` when none could play.
    pub child: Option<u8>,
    /// Drawn for the container and the child, semitones.
    pub pitch_st: f32,
    /// The same, dB.
    pub volume_db: f32,
    /// Number of the play, from 0.
    pub play_n: u64,
    /// Key of its draws.
    pub key: u64,
}

/// What a random container knows on one object. `[audio-thread]`
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RandomState {
    key: u64,
    n: u64,
    /// What was played, a byte each, the latest the lowest.
    recent: u128,
    recent_len: u8,
    deck: deck::Deck,
}

impl RandomPlan {
    /// Checks a random container; names are not looked at. `[main-thread]`
    ///
    /// # Errors
    /// What is wrong, by `children[n].pitch_st[0]` and the like.
    pub fn compile(source: &source::Random) -> Found<Self> {
        let mut checks = Checks::new();
        let count = source.children.len();
        if !(1..=MAX_RANDOM_CHILDREN).contains(&count) {
            let message =
                format!("{count} children; a random container has 1..={MAX_RANDOM_CHILDREN}");
            checks.say("children", message);
        }
        let mut ranges = |path: &str, pitch_st, volume_db| {
            checks.pair(format!("{path}pitch_st"), pitch_st, -24.0..=24.0);
            checks.pair(format!("{path}volume_db"), volume_db, -96.0..=24.0);
        };
        // Those of all children have names of their own.
        ranges("random_", source.pitch_st, source.volume_db);
        for (n, child) in source.children.iter().enumerate() {
            ranges(&format!("children[{n}]."), child.pitch_st, child.volume_db);
        }
        let places = (0u8..).zip(source.children.iter());
        let live = places.filter(|(_, child)| child.weight > 0);
        let live: Box<[u8]> = live.map(|(place, _)| place).collect();
        let avoid = usize::from(source.avoid_last);
        if avoid > 0 && avoid >= live.len() {
            let with = live.len();
            let message = format!(
                "{avoid} leaves nothing to play: it must be below {with}, the children with a \
                 weight above 0"
            );
            checks.say("avoid_last", message);
        }
        // With a history the last one never comes again over the edge of two decks.
        let history = u8::from(source.mode == RandomMode::ShuffleHistory && live.len() > 1);
        let children = source.children.iter().map(|child| Child {
            weight: child.weight,
            pitch_st: child.pitch_st,
            volume_db: child.volume_db,
        });
        let mut weights = [0; MAX_RANDOM_CHILDREN];
        for (weight, child) in weights.iter_mut().zip(&source.children) {
            *weight = child.weight;
        }
        checks.finish(Some(Self {
            children: children.collect(),
            weights,
            live,
            mode: source.mode,
            avoid: source.avoid_last.max(history),
            pitch_st: source.pitch_st,
            volume_db: source.volume_db,
        }))
    }

    /// How many children there are.
    pub fn len(&self) -> usize {
        self.children.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.children.is_empty()
    }
}

impl RandomState {
    /// Before the first play.
    pub fn new(key: u64) -> Self {
        Self {
            key,
            n: 0,
            recent: 0,
            recent_len: 0,
            deck: deck::Deck::default(),
        }
    }

    /// From here on it draws by another key; where it is and what it played stays.
    pub fn draw_by(&mut self, key: u64) {
        self.key = key;
    }

    /// The next play: five draws, whatever comes of it. `rows` hears of every child.
    pub fn next(&mut self, plan: &RandomPlan, rows: impl FnMut(ChildRow)) -> Choice {
        let (key, n) = (self.key, self.n);
        let excluded = self.excluded(plan);
        let child = self.select(plan, excluded);
        self.n = n.wrapping_add(1);
        report(plan, child, excluded, rows);
        let own = child.map(|child| plan.children[usize::from(child)]);
        let drawn = |k, range| between(draw(key, n, k), range);
        let mut choice = Choice {
            child,
            pitch_st: drawn(1, plan.pitch_st),
            volume_db: drawn(3, plan.volume_db),
            play_n: n,
            key,
        };
        if let Some(own) = own {
            choice.pitch_st += drawn(2, own.pitch_st);
            choice.volume_db += drawn(4, own.volume_db);
        }
        choice
    }

    /// The key and the number of the next play, for a container that draws by itself.
    pub fn take(&mut self) -> (u64, u64) {
        let n = self.n;
        self.n = n.wrapping_add(1);
        (self.key, n)
    }

    /// Goes to before play `n` of a container that draws by itself: its plays know of no others.
    pub fn set_draw_count(&mut self, n: u64) {
        self.n = n;
    }

    /// Plays so far.
    pub fn play_count(&self) -> u64 {
        self.n
    }

    /// Goes to before play `n`, so that the next one is made as it was. What was played before it
    /// is found by making at most [`MAX_REPLAYED`] plays again, from the first one if it is not
    /// further back: whatever came before those, they end alike.
    pub fn set_play_count(&mut self, plan: &RandomPlan, n: u64) {
        let len = plan.live.len().max(1) as u64;
        let back = match plan.mode {
            RandomMode::RoundRobin => 0,
            _ if plan.avoid > 0 => MAX_REPLAYED,
            _ => 0,
        };
        let from = n.saturating_sub(back);
        *self = Self::new(self.key);
        if back > 0 && from > 0 && u64::from(plan.avoid) + 1 == len {
            // There never is a choice behind the first pass: all are as it.
            self.replay(plan, len);
            self.deck = deck::Deck::default();
            self.n = n - n % len;
        } else {
            self.n = match plan.mode {
                RandomMode::Shuffle | RandomMode::ShuffleHistory => from - from % len,
                _ => from,
            };
        }
        self.replay(plan, n);
    }

    /// Makes plays up to number `n`.
    fn replay(&mut self, plan: &RandomPlan, n: u64) {
        while self.n < n {
            let excluded = self.excluded(plan);
            self.select(plan, excluded);
            self.n += 1;
        }
    }

    /// Goes on under another plan.
    pub fn carry_over(&mut self, plan: &RandomPlan, old: &Self) {
        *self = Self {
            key: self.key,
            ..*old
        };
        let known = |child: &u8| usize::from(*child) < plan.len();
        let recent = self.recent.to_le_bytes();
        if !recent[..usize::from(self.recent_len)].iter().all(known) {
            self.recent_len = 0;
            self.deck = deck::Deck::default();
        }
        // It may hold a child that was not dealt yet and is gone.
        if !self.deck.is_of(&plan.live) {
            self.deck = deck::Deck::default();
        }
    }

    /// A bit for each child that was played lately.
    fn excluded(&self, plan: &RandomPlan) -> u32 {
        if plan.mode != RandomMode::Weighted {
            return 0;
        }
        let last = self.recent.to_le_bytes();
        let last = &last[..usize::from(self.recent_len.min(plan.avoid))];
        last.iter().fold(0, |mask, &child| mask | 1 << child)
    }

    /// The choice of play `self.n`, remembered.
    fn select(&mut self, plan: &RandomPlan, excluded: u32) -> Option<u8> {
        let child = match plan.mode {
            RandomMode::Weighted => self.weighted(plan, excluded),
            RandomMode::Shuffle | RandomMode::ShuffleHistory => self.dealt(plan),
            RandomMode::RoundRobin => {
                let count = plan.live.len().max(1) as u64;
                let place = usize::try_from(self.n % count).unwrap_or(0);
                plan.live.get(place).copied()
            }
        }?;
        self.recent = self.recent << 8 | u128::from(child);
        self.recent_len = (self.recent_len + 1).min(MOST);
        Some(child)
    }

    fn weighted(&self, plan: &RandomPlan, excluded: u32) -> Option<u8> {
        let mut ends = [0u64; MAX_RANDOM_CHILDREN];
        let mut total = 0;
        for (place, end) in ends.iter_mut().enumerate() {
            total += u64::from(plan.weights[place]) * u64::from(!excluded >> place & 1);
            *end = total;
        }
        let drawn = pick(draw(self.key, self.n, 0), total);
        // As many children end at or below the draw as come before the one that is meant.
        let before: u8 = ends.iter().map(|&end| u8::from(end <= drawn)).sum();
        (total > 0).then_some(before)
    }

    fn dealt(&mut self, plan: &RandomPlan) -> Option<u8> {
        let avoid = usize::from(plan.avoid.min(self.recent_len));
        let key = mix64(self.key ^ deck::DECKS);
        self.deck
            .card(key, self.n, &plan.live, &self.recent.to_le_bytes()[..avoid])
    }
}

fn report(plan: &RandomPlan, chosen: Option<u8>, excluded: u32, mut rows: impl FnMut(ChildRow)) {
    for (place, child) in (0u8..).zip(&plan.children) {
        let reason = match () {
            () if Some(place) == chosen => Reason::Selected,
            () if child.weight == 0 => Reason::WeightZero,
            () if excluded >> place & 1 == 1 => Reason::History,
            () => Reason::NotDrawn,
        };
        rows(ChildRow {
            child: place,
            reason,
            weight_or_gain: child.weight as f32,
        });
    }
    if chosen.is_none() {
        rows(ChildRow::EMPTY);
    }
}

#[cfg(test)]
pub(crate) mod tests;
