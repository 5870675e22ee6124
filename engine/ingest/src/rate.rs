//! How many messages a second are taken from one peer.

use crate::inbox::{Class, RESERVED};

/// A bucket of tokens that fills evenly. Time is an argument, in microseconds. `[thread-safe]`
#[derive(Clone, Debug)]
pub struct TokenBucket {
    per_second: u32,
    burst: u32,
    /// In millionths of a token.
    held: u64,
    at_us: u64,
    dropped: u64,
}

const TOKEN: u64 = 1_000_000;

impl TokenBucket {
    /// A full bucket of `burst` tokens that gains `per_second`.
    #[must_use]
    pub const fn new(per_second: u32, burst: u32) -> Self {
        Self {
            per_second,
            burst,
            held: burst as u64 * TOKEN,
            at_us: 0,
            dropped: 0,
        }
    }

    /// Takes a token, or counts a drop and says no.
    pub fn take(&mut self, now_us: u64) -> bool {
        let passed = now_us.saturating_sub(self.at_us);
        self.at_us = self.at_us.max(now_us);
        let full = u64::from(self.burst) * TOKEN;
        let gained = passed.saturating_mul(u64::from(self.per_second));
        self.held = self.held.saturating_add(gained).min(full);
        let is_there = self.held >= TOKEN;
        if is_there {
            self.held -= TOKEN;
        } else {
            self.dropped += 1;
        }
        is_there
    }

    /// How often it said no.
    #[must_use]
    pub const fn dropped(&self) -> u64 {
        self.dropped
    }
}

/// Lets messages of one peer through, as many a second as are allowed. What ends something has a bucket
/// of its own beside the common one, so that a flood of other messages cannot take its place.
/// `[thread-safe]`
#[derive(Clone, Debug)]
pub struct Gate {
    all: TokenBucket,
    ends: TokenBucket,
}

/// The bucket of what ends something holds this part of the common one.
const ENDS_PART: u32 = 4;

impl Gate {
    /// `rate` are messages a second and at once, 1 to 4,294,967,295. Of [`Class::Reserved`] a quarter
    /// is let through besides, at least 16.
    #[must_use]
    pub fn new(rate: (u32, u32)) -> Self {
        let least = u32::try_from(RESERVED).unwrap_or(u32::MAX);
        let part = |count: u32| (count / ENDS_PART).max(least);
        Self {
            all: TokenBucket::new(rate.0, rate.1),
            ends: TokenBucket::new(part(rate.0), part(rate.1)),
        }
    }

    /// Whether a message of this class is taken at `now_us`.
    pub fn admits(&mut self, class: Class, now_us: u64) -> bool {
        self.all.take(now_us) || class == Class::Reserved && self.ends.take(now_us)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_takes_no_place_of_what_ends_something() {
        let mut gate = Gate::new((1000, 2000));
        let taken =
            |gate: &mut Gate, class, count| (0..count).filter(|_| gate.admits(class, 0)).count();
        assert_eq!(taken(&mut gate, Class::Coalescible, 4000), 2000);
        assert_eq!(taken(&mut gate, Class::Normal, 10), 0);
        // A flood of these has an end too.
        assert_eq!(taken(&mut gate, Class::Reserved, 4000), 500);
        assert_eq!(
            (1..=4000_u64)
                .filter(|n| gate.admits(Class::Reserved, n * 250))
                .count(),
            1249
        );
    }

    #[test]
    fn a_small_rate_keeps_sixteen_places() {
        let mut gate = Gate::new((1, 1));
        assert_eq!(
            (0..100).filter(|_| gate.admits(Class::Reserved, 0)).count(),
            17
        );
    }

    #[test]
    fn burst_then_the_rate() {
        let mut bucket = TokenBucket::new(1000, 2000);
        let taken = (0..5000).filter(|_| bucket.take(0)).count();
        assert_eq!((taken, bucket.dropped()), (2000, 3000));
        assert!(!bucket.take(999));
        assert!(bucket.take(1000) && !bucket.take(1000));
        let taken = (1..=60_000_u64)
            .filter(|n| bucket.take(1000 + n * 100))
            .count();
        assert_eq!(taken, 6000);
    }

    #[test]
    fn time_that_jumps_does_not_overflow() {
        let mut bucket = TokenBucket::new(1000, 2);
        assert!(bucket.take(u64::MAX) && bucket.take(0) && !bucket.take(5));
    }
}
