//! Generation-checked ids: a stale id is an error, never another object.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::marker::PhantomData;

use crate::limits::LimitError;

/// Names one object of kind `K`: a slot, and the generation of its occupant.
///
/// Generation 0 never occurs in a live id, so the bits 0 mean "none". `[thread-safe]`
pub struct Id<K> {
    index: u32,
    generation: u32,
    kind: PhantomData<fn() -> K>,
}

/// Kinds of objects that have ids.
pub mod kind {
    /// A mixer bus.
    pub enum Bus {}
    /// A send from one bus to another.
    pub enum Send {}
    /// An insert on a bus.
    pub enum Insert {}
    /// A playable sound in the audio pool.
    pub enum Sound {}
}

/// A mixer bus.
pub type BusId = Id<kind::Bus>;
/// A send from one bus to another.
pub type SendId = Id<kind::Send>;
/// An insert on a bus.
pub type InsertId = Id<kind::Insert>;
/// A playable sound in the audio pool.
pub type SoundId = Id<kind::Sound>;

/// One playing instance of a sound. Never reused; 0 means none. The caller chooses it, so a voice
/// can be steered before the audio thread has started it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct VoiceId(pub u64);

/// Generations of a slot are below this, which leaves the four highest bits of an id to foreign interfaces: they say
/// there what it is the id of.
pub const GENERATIONS: u32 = 1 << 28;

impl<K> Id<K> {
    /// An id out of its parts.
    pub const fn new(index: u32, generation: u32) -> Self {
        Self {
            index,
            generation,
            kind: PhantomData,
        }
    }

    /// The slot it names.
    pub const fn index(self) -> usize {
        self.index as usize
    }

    /// The generation of the slot's occupant it was made for.
    pub const fn generation(self) -> u32 {
        self.generation
    }

    /// One number for logs and foreign interfaces.
    pub const fn to_bits(self) -> u64 {
        ((self.generation as u64) << 32) | self.index as u64
    }

    /// The id that [`Id::to_bits`] gave.
    #[allow(
        clippy::cast_possible_truncation,
        reason = "takes the two halves apart"
    )]
    pub const fn from_bits(bits: u64) -> Self {
        Self::new(bits as u32, (bits >> 32) as u32)
    }
}

/// Hands out ids and knows which are live. `[main-thread]`
#[derive(Debug)]
pub struct IdPool<K> {
    generations: Vec<u32>,
    live: Vec<bool>,
    free: Vec<u32>,
    limit: usize,
    limit_name: &'static str,
    kind: PhantomData<fn() -> K>,
}

impl<K> Clone for IdPool<K> {
    fn clone(&self) -> Self {
        Self {
            generations: self.generations.clone(),
            live: self.live.clone(),
            free: self.free.clone(),
            limit: self.limit,
            limit_name: self.limit_name,
            kind: PhantomData,
        }
    }
}

impl<K> IdPool<K> {
    /// A pool of at most `limit` live ids; `limit_name` is named when it is full.
    pub fn new(limit: usize, limit_name: &'static str) -> Self {
        Self {
            generations: Vec::new(),
            live: Vec::new(),
            free: Vec::new(),
            limit,
            limit_name,
            kind: PhantomData,
        }
    }

    /// A fresh id.
    ///
    /// # Errors
    /// [`LimitError`] when `limit` ids are live.
    pub fn allocate(&mut self) -> Result<Id<K>, LimitError> {
        if let Some(index) = self.free.pop() {
            self.live[index as usize] = true;
            return Ok(Id::new(index, self.generations[index as usize]));
        }
        let index = self.generations.len();
        let Some(narrow) = u32::try_from(index).ok().filter(|_| index < self.limit) else {
            return Err(LimitError {
                limit: self.limit_name,
                value: index + 1,
                max: self.limit,
            });
        };
        self.generations.push(1);
        self.live.push(true);
        Ok(Id::new(narrow, 1))
    }

    /// True while `id` is live.
    #[inline]
    pub fn contains(&self, id: Id<K>) -> bool {
        self.live.get(id.index()).copied().unwrap_or(false)
            && self.generations[id.index()] == id.generation()
    }

    /// Ends the life of `id`; its slot may be given out again under the next generation.
    /// Returns false when it was not live.
    pub fn release(&mut self, id: Id<K>) -> bool {
        if !self.contains(id) {
            return false;
        }
        let index = id.index();
        self.live[index] = false;
        self.generations[index] += 1;
        // One that has used up its generations is not given out again, so that no id ever comes twice.
        if self.generations[index] < GENERATIONS {
            self.free.push(id.index);
        }
        true
    }
}

impl<K> Clone for Id<K> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<K> Copy for Id<K> {}
impl<K> PartialEq for Id<K> {
    fn eq(&self, other: &Self) -> bool {
        self.to_bits() == other.to_bits()
    }
}
impl<K> Eq for Id<K> {}
impl<K> PartialOrd for Id<K> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl<K> Ord for Id<K> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.to_bits().cmp(&other.to_bits())
    }
}
impl<K> Hash for Id<K> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.to_bits().hash(state);
    }
}
impl<K> fmt::Debug for Id<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}v{}", self.index, self.generation)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_released_id_stays_stale() {
        let mut pool = IdPool::<kind::Bus>::new(2, "buses");
        let first = pool.allocate().unwrap();
        assert!(pool.release(first));
        let second = pool.allocate().unwrap();
        assert_eq!(first.index(), second.index());
        assert!(!pool.contains(first) && pool.contains(second));
        assert!(!pool.release(first));
    }

    #[test]
    fn a_full_pool_names_its_limit() {
        let mut pool = IdPool::<kind::Bus>::new(1, "buses");
        pool.allocate().unwrap();
        assert_eq!(
            pool.allocate().unwrap_err().to_string(),
            "buses: 2 is over the limit of 1"
        );
    }

    #[test]
    fn a_slot_is_given_up_before_an_id_comes_twice() {
        let mut pool = IdPool::<kind::Bus>::new(2, "buses");
        let first = pool.allocate().unwrap();
        pool.generations[first.index()] = GENERATIONS - 2;
        let before = Id::new(0, GENERATIONS - 2);
        assert!(pool.release(before));
        let last = pool.allocate().unwrap();
        assert_eq!((last.index(), last.generation()), (0, GENERATIONS - 1));
        assert_eq!(last.to_bits() >> 60, 0);
        assert!(pool.release(last) && !pool.contains(last));
        assert_eq!(pool.allocate().unwrap().index(), 1);
    }

    #[test]
    fn bits_round_trip() {
        let id = BusId::new(7, 9);
        assert_eq!(BusId::from_bits(id.to_bits()), id);
    }
}
