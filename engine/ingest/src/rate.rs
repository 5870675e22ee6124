//! How many messages a second are taken from one peer.

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

#[cfg(test)]
mod tests {
    use super::*;

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
