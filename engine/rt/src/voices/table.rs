//! A map from voice ids to places that never allocates after it was made.

use crate::ids::VoiceId;

/// Linear probing over a table at most half full; removal shifts back, so there are no graves.
pub(super) struct Table {
    keys: Box<[u64]>,
    places: Box<[u32]>,
    mask: usize,
}

impl Table {
    /// Room for `capacity` ids.
    pub(super) fn new(capacity: usize) -> Self {
        let size = (capacity.max(1) * 2).next_power_of_two();
        Self {
            keys: vec![0; size].into_boxed_slice(),
            places: vec![0; size].into_boxed_slice(),
            mask: size - 1,
        }
    }

    pub(super) fn get(&self, id: VoiceId) -> Option<u32> {
        let slot = self.find(id.0);
        (id.0 != 0 && self.keys[slot] == id.0).then(|| self.places[slot])
    }

    /// Sets the place of `id`. The caller never holds more ids than the capacity.
    pub(super) fn set(&mut self, id: VoiceId, place: u32) {
        if id.0 == 0 {
            return;
        }
        let slot = self.find(id.0);
        self.keys[slot] = id.0;
        self.places[slot] = place;
    }

    pub(super) fn remove(&mut self, id: VoiceId) {
        let mut hole = self.find(id.0);
        if id.0 == 0 || self.keys[hole] != id.0 {
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
            let mut table = Table::new(40);
            let mut model = HashMap::new();
            for (n, (key, add)) in (0_u32..).zip(steps) {
                if add {
                    table.set(VoiceId(key), n);
                    model.insert(key, n);
                } else {
                    table.remove(VoiceId(key));
                    model.remove(&key);
                }
                for key in 0..41 {
                    prop_assert_eq!(table.get(VoiceId(key)), model.get(&key).copied());
                }
            }
        }
    }
}
