//! Values that few of many have: a hash table of fixed capacity.

/// What a [`Sparse`] is looked up by.
pub trait SparseKey: Copy + Eq {
    /// A hash; equal keys have equal ones.
    fn hash(self) -> u64;
}

/// A table of at most `capacity` values. What comes when it is full is refused and counted. The
/// memory is taken when it is made; the order of its entries depends on nothing but the calls.
///
/// Open addressing with linear probing over places in a dense list, at most half full; removing
/// moves later entries back, so it never slows down with age.
#[derive(Debug)]
pub struct Sparse<K, V> {
    /// Places in `entries`, or [`FREE`].
    slots: Box<[u32]>,
    entries: Vec<(K, V)>,
    capacity: usize,
    refused: u64,
}

const FREE: u32 = u32::MAX;

/// A copy has room for as many as the original; that of a list alone would have none to spare.
impl<K: Clone, V: Clone> Clone for Sparse<K, V> {
    fn clone(&self) -> Self {
        let mut entries = Vec::with_capacity(self.capacity);
        entries.extend_from_slice(&self.entries);
        Self {
            slots: self.slots.clone(),
            entries,
            ..*self
        }
    }
}

impl<K: SparseKey, V> Sparse<K, V> {
    /// An empty table for `capacity` values, at most 2³⁰. `[main-thread]`
    pub fn new(capacity: usize) -> Self {
        let capacity = capacity.min(1 << 30);
        Self {
            slots: vec![FREE; (2 * capacity).next_power_of_two().max(2)].into(),
            entries: Vec::with_capacity(capacity),
            capacity,
            refused: 0,
        }
    }

    /// The value of a key. `[audio-thread]`
    pub fn get(&self, key: K) -> Option<&V> {
        let slot = self.find(key)?;
        Some(&self.entries[self.slots[slot] as usize].1)
    }

    /// The value of a key, to be changed. `[audio-thread]`
    pub fn get_mut(&mut self, key: K) -> Option<&mut V> {
        let slot = self.find(key)?;
        Some(&mut self.entries[self.slots[slot] as usize].1)
    }

    /// Sets the value of a key; false when it is new and the table is full. `[audio-thread]`
    pub fn insert(&mut self, key: K, value: V) -> bool {
        if let Some(there) = self.get_mut(key) {
            *there = value;
            return true;
        }
        if self.entries.len() == self.capacity {
            self.refused += 1;
            return false;
        }
        let slot = self.free_slot(key);
        self.slots[slot] = super::check::index(self.entries.len());
        self.entries.push((key, value));
        true
    }

    /// Takes a value out. `[audio-thread]`
    pub fn remove(&mut self, key: K) -> Option<V> {
        let slot = self.find(key)?;
        let place = self.slots[slot] as usize;
        self.close_gap(slot);
        let (_, value) = self.entries.swap_remove(place);
        if let Some(&(moved, _)) = self.entries.get(place) {
            let from = super::check::index(self.entries.len());
            let mut slot = self.home(moved);
            while self.slots[slot] != from {
                slot = self.next(slot);
            }
            self.slots[slot] = super::check::index(place);
        }
        Some(value)
    }

    /// Removes all for which `keep` is false. `[audio-thread]`
    pub fn retain(&mut self, mut keep: impl FnMut(K, &mut V) -> bool) {
        let mut place = 0;
        while let Some((key, value)) = self.entries.get_mut(place) {
            let key = *key;
            if keep(key, value) {
                place += 1;
            } else {
                self.remove(key);
            }
        }
    }

    /// Removes all. `[audio-thread]`
    pub fn clear(&mut self) {
        self.slots.fill(FREE);
        self.entries.clear();
    }

    /// All entries, in no useful order. `[audio-thread]`
    pub fn entries(&self) -> &[(K, V)] {
        &self.entries
    }

    /// All values, to be changed. `[audio-thread]`
    pub fn values_mut(&mut self) -> impl Iterator<Item = (K, &mut V)> {
        self.entries.iter_mut().map(|(key, value)| (*key, value))
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// How many were refused because the table was full.
    pub fn refused(&self) -> u64 {
        self.refused
    }

    #[expect(
        clippy::cast_possible_truncation,
        reason = "masked to the number of slots"
    )]
    fn home(&self, key: K) -> usize {
        key.hash() as usize & (self.slots.len() - 1)
    }

    fn next(&self, slot: usize) -> usize {
        (slot + 1) & (self.slots.len() - 1)
    }

    /// Slots are at least twice as many as entries, so a free one always ends the search.
    fn find(&self, key: K) -> Option<usize> {
        let mut slot = self.home(key);
        loop {
            let place = self.slots[slot];
            if place == FREE {
                return None;
            }
            if self.entries[place as usize].0 == key {
                return Some(slot);
            }
            slot = self.next(slot);
        }
    }

    fn free_slot(&self, key: K) -> usize {
        let mut slot = self.home(key);
        while self.slots[slot] != FREE {
            slot = self.next(slot);
        }
        slot
    }

    /// Frees a slot and moves back what was pushed past it.
    fn close_gap(&mut self, mut gap: usize) {
        let mask = self.slots.len() - 1;
        let mut slot = self.next(gap);
        while self.slots[slot] != FREE {
            let home = self.home(self.entries[self.slots[slot] as usize].0);
            let distance = slot.wrapping_sub(home) & mask;
            if distance >= (slot.wrapping_sub(gap) & mask) {
                self.slots[gap] = self.slots[slot];
                gap = slot;
            }
            slot = self.next(slot);
        }
        self.slots[gap] = FREE;
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    impl SparseKey for u8 {
        /// Few homes, so that keys collide.
        fn hash(self) -> u64 {
            u64::from(self % 5)
        }
    }

    #[test]
    fn a_full_table_refuses_and_counts() {
        let mut table = Sparse::new(2);
        assert!(table.insert(1u8, 'a') && table.insert(2, 'b'));
        assert!(!table.insert(3, 'c'));
        assert!(table.insert(2, 'd'), "a key that is there is set");
        assert_eq!((table.refused(), table.len()), (1, 2));
        assert_eq!(table.remove(1), Some('a'));
        assert!(table.insert(3, 'c'));
        assert_eq!(table.get(3), Some(&'c'));
    }

    proptest! {
        #[test]
        fn a_table_is_a_map(steps in proptest::collection::vec((any::<u8>(), any::<Option<u16>>()), 0..200)) {
            let mut table = Sparse::new(32);
            let mut map = BTreeMap::new();
            for (key, value) in steps {
                let key = key % 48;
                match value {
                    Some(value) if map.len() < 32 || map.contains_key(&key) => {
                        prop_assert!(table.insert(key, value));
                        map.insert(key, value);
                    }
                    Some(value) => prop_assert!(!table.insert(key, value)),
                    None => prop_assert_eq!(table.remove(key), map.remove(&key)),
                }
                for key in 0..48 {
                    prop_assert_eq!(table.get(key), map.get(&key));
                }
            }
            table.retain(|key, _| key % 2 == 0);
            map.retain(|key, _| key % 2 == 0);
            let mut left = table.entries().to_vec();
            left.sort_unstable();
            prop_assert_eq!(left, map.into_iter().collect::<Vec<_>>());
        }
    }
}
