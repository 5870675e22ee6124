//! What waits for its frame.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::moment::Moment;

/// Things with a frame, at most as many as there is room for; equal frames in their order.
#[derive(Debug)]
pub(super) struct Agenda<T> {
    heap: BinaryHeap<Reverse<Entry<T>>>,
    capacity: usize,
    /// What was put on it or called.
    count: u64,
    /// The last frame whose things were looked for.
    reads: Option<u64>,
    /// How often all of it was looked at.
    #[cfg(test)]
    pub(super) walks: u64,
}

#[derive(Debug)]
struct Entry<T> {
    moment: Moment,
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
        (self.moment, self.number).cmp(&(other.moment, other.number))
    }
}

impl<T> Agenda<T> {
    pub(super) fn new(capacity: usize) -> Self {
        Self {
            heap: BinaryHeap::with_capacity(capacity),
            capacity,
            count: 0,
            reads: None,
            #[cfg(test)]
            walks: 0,
        }
    }

    /// Puts something that waits for its frame on it; false when it is full.
    pub(super) fn put(&mut self, at: u64, what: T) -> bool {
        self.put_off(Moment::due(at, self.count + 1), what)
    }

    /// Puts something on it whose moment was; false when it is full.
    pub(super) fn put_off(&mut self, moment: Moment, what: T) -> bool {
        if self.heap.len() >= self.capacity {
            return false;
        }
        self.count += 1;
        self.heap.push(Reverse(Entry {
            moment,
            number: self.count,
            what,
        }));
        true
    }

    /// Puts what was just taken on it again, for another frame.
    pub(super) fn put_back(&mut self, at: u64, moment: Moment, what: T) {
        _ = self.put_off(moment.on(at), what);
    }

    /// The moment of something that is called on frame `at`.
    pub(super) fn call(&mut self, at: u64) -> Moment {
        self.count += 1;
        Moment::call(at, self.count, self.reads == Some(at))
    }

    /// From here on it is looked for what is due at `at`.
    pub(super) fn read(&mut self, at: u64) {
        self.reads = Some(at);
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
        #[cfg(test)]
        {
            self.walks += 1;
        }
        let mut entries = std::mem::take(&mut self.heap).into_vec();
        entries.retain_mut(|Reverse(entry)| match frame(entry.moment.at, &entry.what) {
            Some(at) => {
                entry.moment.at = at;
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
        let first = self.heap.peek();
        first.map_or(u64::MAX, |Reverse(entry)| entry.moment.at)
    }

    /// The next thing that is due at `at`, and its moment.
    pub(super) fn take(&mut self, at: u64) -> Option<(Moment, T)> {
        if self.next() > at {
            return None;
        }
        let first = self.heap.pop();
        first.map(|Reverse(entry)| (entry.moment, entry.what))
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
        let take = |agenda: &mut Agenda<char>, at| {
            let taken = agenda.take(at);
            taken.map(|(moment, what)| (moment.at, what))
        };
        assert_eq!(take(&mut agenda, 1), None);
        assert_eq!(take(&mut agenda, 9), Some((2, 'a')));
        assert_eq!(agenda.next(), 5);
        assert_eq!(take(&mut agenda, 9), Some((5, 'b')));
        assert_eq!(take(&mut agenda, 9), Some((5, 'c')));
        assert_eq!(agenda.next(), u64::MAX);
        for (at, what) in [(5, 'a'), (9, 'b'), (7, 'c')] {
            agenda.put(at, what);
        }
        agenda.retime(|at, what| (*what != 'b').then_some(at.max(8)));
        assert_eq!(take(&mut agenda, 9), Some((8, 'a')));
        assert_eq!(take(&mut agenda, 9), Some((8, 'c')));
        assert_eq!(take(&mut agenda, 9), None);
    }
}
