//! A map from ids to places that never allocates after it was made.

/// A map from ids, 0 being none, to places, of a fixed capacity: linear probing over a table at
/// most half full; removal shifts back, so there are no graves. Never allocates after it was made.
#[derive(Debug)]
pub struct IdTable {
    keys: Box<[u64]>,
    places: Box<[u32]>,
    mask: usize,
}

impl IdTable {
    /// Room for `capacity` ids.
    pub fn new(capacity: usize) -> Self {
        let size = (capacity.max(1) * 2).next_power_of_two();
        Self {
            keys: vec![0; size].into_boxed_slice(),
            places: vec![0; size].into_boxed_slice(),
            mask: size - 1,
        }
    }

    /// The place of `id`. `[audio-thread]`
    pub fn get(&self, id: impl Into<u64>) -> Option<u32> {
        let key = id.into();
        let slot = self.find(key);
        (key != 0 && self.keys[slot] == key).then(|| self.places[slot])
    }

    /// Sets the place of `id`. The caller never holds more ids than the capacity. `[audio-thread]`
    pub fn set(&mut self, id: impl Into<u64>, place: u32) {
        let key = id.into();
        if key == 0 {
            return;
        }
        let slot = self.find(key);
        self.keys[slot] = key;
        self.places[slot] = place;
    }

    /// Forgets `id`. `[audio-thread]`
    pub fn remove(&mut self, id: impl Into<u64>) {
        let key = id.into();
        let mut hole = self.find(key);
        if key == 0 || self.keys[hole] != key {
            return;
        }
        let mut next = (hole + 1) & self.mask;
        while self.keys[next] != 0 {
            let home = self.home(self.keys[next]);
            let reach = next.wrapping_sub(home) & self.mask;
            if reach >= (next.wrapping_sub(hole) & self.mask) {
                self.keys[hole] = self.keys[next];
                self.places[hole] = self.places[next];
                hole = next;
            }
            next = (next + 1) & self.mask;
        }
        self.keys[hole] = 0;
    }

    /// The slot of `key`, or the free one where it belongs.
    fn find(&self, key: u64) -> usize {
        let mut slot = self.home(key);
        while self.keys[slot] != 0 && self.keys[slot] != key {
            slot = (slot + 1) & self.mask;
        }
        slot
    }

    #[allow(clippy::cast_possible_truncation, reason = "masked right away")]
    fn home(&self, key: u64) -> usize {
        (key.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 32) as usize & self.mask
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn behaves_like_a_hash_map(steps in prop::collection::vec((1_u64..40, any::<bool>()), 0..400)) {
            let mut table = IdTable::new(40);
            let mut model = HashMap::new();
            for (n, (key, add)) in (0_u32..).zip(steps) {
                if add {
                    table.set(key, n);
                    model.insert(key, n);
                } else {
                    table.remove(key);
                    model.remove(&key);
                }
                for key in 0..41 {
                    prop_assert_eq!(table.get(key), model.get(&key).copied());
                }
            }
        }
    }
}
