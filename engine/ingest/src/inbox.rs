//! The bounded queue between a connection and the adapter.

use std::collections::VecDeque;

/// Places for everything.
pub const CAPACITY: usize = 256;
/// Further places for messages that may not be lost.
pub const RESERVED: usize = 16;
/// Filled this far, a reader stops reading, so that the sender waits before anything is dropped.
pub const STOP_READING_AT: usize = CAPACITY * 3 / 4;

/// How much a message may be missed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// A newer one says all that it said: RTPCs, snapshots, tension, rollup ticks.
    Coalescible,
    /// Most messages.
    Normal,
    /// Stops, ends of loops, states and switches.
    Reserved,
}

/// What became of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pushed<T> {
    /// It waits.
    Queued,
    /// It waits in the place of this one, which nobody will see.
    Instead(T),
    /// There was no place: here it is again.
    Refused(T),
}

/// First in, first out. Holds 256 messages and 16 more of [`Class::Reserved`]. When full, the
/// oldest coalescible message makes room; when there is none, the new one is refused, unless it is
/// reserved and one of its 16 places is free. Order is kept. `[thread-safe]`
#[derive(Clone, Debug)]
pub struct Inbox<T> {
    items: VecDeque<(Class, T)>,
    coalescible: usize,
}

impl<T> Default for Inbox<T> {
    fn default() -> Self {
        Self {
            items: VecDeque::with_capacity(CAPACITY + RESERVED),
            coalescible: 0,
        }
    }
}

impl<T> Inbox<T> {
    /// Appends a message.
    pub fn push(&mut self, class: Class, item: T) -> Pushed<T> {
        if self.items.len() < CAPACITY {
            self.append(class, item);
            return Pushed::Queued;
        }
        if let Some(old) = self.take_oldest_coalescible() {
            self.append(class, item);
            return Pushed::Instead(old);
        }
        if class == Class::Reserved && self.items.len() < CAPACITY + RESERVED {
            self.append(class, item);
            return Pushed::Queued;
        }
        Pushed::Refused(item)
    }

    /// Takes the oldest.
    pub fn pop(&mut self) -> Option<T> {
        let (class, item) = self.items.pop_front()?;
        self.coalescible -= usize::from(class == Class::Coalescible);
        Some(item)
    }

    /// How many wait.
    #[must_use]
    pub fn len(&self) -> usize {
        self.items.len()
    }

    /// True when none waits.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// True when the reader should let the sender wait.
    #[must_use]
    pub fn is_filling(&self) -> bool {
        self.items.len() >= STOP_READING_AT
    }

    fn append(&mut self, class: Class, item: T) {
        self.coalescible += usize::from(class == Class::Coalescible);
        self.items.push_back((class, item));
    }

    fn take_oldest_coalescible(&mut self) -> Option<T> {
        if self.coalescible == 0 {
            return None;
        }
        let is_coalescible = |(class, _): &(Class, T)| *class == Class::Coalescible;
        let oldest = self.items.iter().position(is_coalescible)?;
        self.coalescible -= 1;
        self.items.remove(oldest).map(|(_, item)| item)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Class::{Coalescible, Normal, Reserved};

    fn filled(class: Class, count: usize) -> Inbox<usize> {
        let mut inbox = Inbox::default();
        for n in 0..count {
            assert_eq!(inbox.push(class, n), Pushed::Queued);
        }
        inbox
    }

    #[test]
    fn the_newest_is_refused_when_nothing_can_go() {
        let mut inbox = filled(Normal, CAPACITY);
        assert_eq!(inbox.push(Normal, 999), Pushed::Refused(999));
        assert_eq!(inbox.push(Coalescible, 998), Pushed::Refused(998));
        assert_eq!(inbox.pop(), Some(0));
        assert_eq!(inbox.push(Normal, 999), Pushed::Queued);
    }

    #[test]
    fn the_oldest_coalescible_makes_room() {
        let mut inbox = filled(Normal, 10);
        for n in 10..CAPACITY {
            inbox.push(Coalescible, n);
        }
        assert_eq!(inbox.push(Normal, 1000), Pushed::Instead(10));
        assert_eq!(inbox.push(Coalescible, 1001), Pushed::Instead(11));
        let rest: Vec<usize> = std::iter::from_fn(|| inbox.pop()).collect();
        let expected: Vec<usize> = (0..10).chain(12..CAPACITY).chain([1000, 1001]).collect();
        assert_eq!(rest, expected);
        assert!(inbox.is_empty());
    }

    #[test]
    fn sixteen_places_are_kept_for_what_may_not_be_lost() {
        let mut inbox = filled(Normal, CAPACITY);
        for n in 0..RESERVED {
            assert_eq!(inbox.push(Reserved, n), Pushed::Queued);
        }
        assert_eq!(inbox.push(Reserved, 7), Pushed::Refused(7));
        assert_eq!(inbox.len(), CAPACITY + RESERVED);
    }

    #[test]
    fn a_flood_keeps_every_end_of_a_loop_and_counts_exactly() {
        let mut inbox = Inbox::default();
        let (mut dropped, mut ends) = (0_u64, 0_u64);
        for n in 0..1_000_000_u64 {
            let (class, item) = if n % 10_000 == 0 {
                (Reserved, 1)
            } else {
                (Coalescible, 0)
            };
            match inbox.push(class, item) {
                Pushed::Queued => {}
                Pushed::Instead(old) => {
                    assert_eq!(old, 0);
                    dropped += 1;
                }
                Pushed::Refused(_) => panic!("refused"),
            }
            if n % 1000 == 0 {
                ends += std::iter::from_fn(|| inbox.pop()).sum::<u64>();
            }
        }
        ends += std::iter::from_fn(|| inbox.pop()).sum::<u64>();
        assert_eq!(ends, 100);
        // Of each thousand between two readings all but 256 go.
        assert_eq!(dropped, 999 * (1000 - 256) + (999 - 256));
    }

    #[test]
    fn readers_stop_at_three_quarters() {
        assert!(!filled(Normal, 191).is_filling() && filled(Normal, 192).is_filling());
    }
}
