//! What waits for its frame.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// Things with a frame, at most as many as there is room for; equal frames in their order.
#[derive(Debug)]
pub(super) struct Agenda<T> {
    heap: BinaryHeap<Reverse<Entry<T>>>,
    capacity: usize,
    count: u64,
}

#[derive(Debug)]
struct Entry<T> {
    at: u64,
    number: u64,
    what: T,
}

impl<T> PartialEq for Entry<T> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}
impl<T> Eq for Entry<T> {}
impl<T> PartialOrd for Entry<T> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl<T> Ord for Entry<T> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (self.at, self.number).cmp(&(other.at, other.number))
    }
}

impl<T> Agenda<T> {
    pub(super) fn new(capacity: usize) -> Self {
        Self {
            heap: BinaryHeap::with_capacity(capacity),
            capacity,
            count: 0,
        }
    }

    /// Puts something on it; false when it is full.
    pub(super) fn put(&mut self, at: u64, what: T) -> bool {
        if self.heap.len() >= self.capacity {
            return false;
        }
        self.count += 1;
        let number = self.count;
        self.heap.push(Reverse(Entry { at, number, what }));
        true
    }

    /// Changes what waits, and drops what `keep` refuses. Allocates nothing.
    pub(super) fn retain(&mut self, mut keep: impl FnMut(&mut T) -> bool) {
        let mut entries = std::mem::take(&mut self.heap).into_vec();
        entries.retain_mut(|Reverse(entry)| keep(&mut entry.what));
        self.heap = BinaryHeap::from(entries);
    }

    /// Gives everything another frame, and drops what has none. Equal frames keep their order.
    /// Allocates nothing.
    pub(super) fn retime(&mut self, mut frame: impl FnMut(u64, &T) -> Option<u64>) {
        let mut entries = std::mem::take(&mut self.heap).into_vec();
        entries.retain_mut(|Reverse(entry)| match frame(entry.at, &entry.what) {
            Some(at) => {
                entry.at = at;
                true
            }
            None => false,
        });
        self.heap = BinaryHeap::from(entries);
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.heap.len()
    }

    /// The earliest frame; [`u64::MAX`] for none.
    pub(super) fn next(&self) -> u64 {
        self.heap.peek().map_or(u64::MAX, |Reverse(entry)| entry.at)
    }

    /// The next thing that is due at `at`, and its frame.
    pub(super) fn take(&mut self, at: u64) -> Option<(u64, T)> {
        if self.next() > at {
            return None;
        }
        self.heap.pop().map(|Reverse(entry)| (entry.at, entry.what))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_frames_keep_their_order_and_a_full_one_refuses() {
        let mut agenda = Agenda::new(3);
        assert!(agenda.put(5, 'b') && agenda.put(2, 'a') && agenda.put(5, 'c'));
        assert!(!agenda.put(1, 'd'));
        assert_eq!(agenda.take(1), None);
        assert_eq!(agenda.take(9), Some((2, 'a')));
        assert_eq!(agenda.next(), 5);
        assert_eq!(agenda.take(9), Some((5, 'b')));
        assert_eq!(agenda.take(9), Some((5, 'c')));
        assert_eq!(agenda.next(), u64::MAX);
        for (at, what) in [(5, 'a'), (9, 'b'), (7, 'c')] {
            agenda.put(at, what);
        }
        agenda.retime(|at, what| (*what != 'b').then_some(at.max(8)));
        assert_eq!(agenda.take(9), Some((8, 'a')));
        assert_eq!(agenda.take(9), Some((8, 'c')));
        assert_eq!(agenda.take(9), None);
    }
}
