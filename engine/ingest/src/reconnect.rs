//! When to try again: the states of a connection, with time as an argument.
//!
//! | from | event | to |
//! |---|---|---|
//! | `Disconnected`, `GaveUp` | [`Connection::connect`] | `Connecting`, attempt 0 |
//! | `Connecting` | [`Connection::opened`] | `Connected` |
//! | `Connecting` | [`Connection::failed`], or 5 s | `Backoff` or `GaveUp` |
//! | `Connected` | [`Connection::failed`] | `Backoff` or `GaveUp` |
//! | `Connected` | stable for `reset_after_stable_ms` | `Connected`, attempt 0 |
//! | `Backoff` | its time has come, or [`Connection::connect`] | `Connecting`, attempt kept |
//! | any | [`Connection::close`] | `Closing` |
//! | `Closing` | [`Connection::closed`], or 500 ms | `Disconnected` |
//!
//! Nothing here sleeps, opens or owns a socket: whoever drives it asks [`Connection::next_wake`],
//! calls [`Connection::tick`] then, and does what the state says. Memory does not grow with
//! attempts.

use segue_middleware::containers::rng::mix64;
use segue_rt::game::{FNV_BASIS, fnv1a};

/// How long a connection may take to open and to say hello, in microseconds.
pub const CONNECT_TIMEOUT_US: u64 = 5_000_000;
/// How long closing may take, in microseconds.
pub const CLOSE_TIMEOUT_US: u64 = 500_000;

/// How failures are answered. `[thread-safe]`
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ReconnectPolicy {
    /// Wait after the first failure in ms, 1 to 3,600,000.
    pub base_ms: u32,
    /// Growth from one failure to the next, 1 to 100.
    pub factor: f64,
    /// Longest wait before jitter in ms, `base_ms` to 3,600,000.
    pub cap_ms: u32,
    /// Share of the wait by which it varies, 0 to 1. It is put on after the cap.
    pub jitter: f64,
    /// Failures in a row that are answered by another attempt; `None` never gives up.
    pub max_retries: Option<u32>,
    /// A connection that held this long in ms forgets its failures.
    pub reset_after_stable_ms: u32,
}

impl Default for ReconnectPolicy {
    fn default() -> Self {
        Self {
            base_ms: 250,
            factor: 2.0,
            cap_ms: 30_000,
            jitter: 0.20,
            max_retries: Some(20),
            reset_after_stable_ms: 10_000,
        }
    }
}

/// A policy that makes no sense.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("reconnect.{field} {value} is not in {range}")]
pub struct PolicyError {
    /// The field.
    pub field: &'static str,
    /// What it was set to.
    pub value: f64,
    /// What is allowed.
    pub range: &'static str,
}

impl ReconnectPolicy {
    /// Checks every field.
    ///
    /// # Errors
    /// The first field out of range.
    pub fn check(&self) -> Result<(), PolicyError> {
        let wrong = |field, value, range| {
            Err(PolicyError {
                field,
                value,
                range,
            })
        };
        if !(1..=3_600_000).contains(&self.base_ms) {
            return wrong("base_ms", f64::from(self.base_ms), "1..=3600000");
        }
        if !(1.0..=100.0).contains(&self.factor) {
            return wrong("factor", self.factor, "1..=100");
        }
        if !(self.base_ms..=3_600_000).contains(&self.cap_ms) {
            return wrong("cap_ms", f64::from(self.cap_ms), "base_ms..=3600000");
        }
        if !(0.0..=1.0).contains(&self.jitter) {
            return wrong("jitter", self.jitter, "0..=1");
        }
        if self.reset_after_stable_ms > 3_600_000 {
            let value = f64::from(self.reset_after_stable_ms);
            return wrong("reset_after_stable_ms", value, "0..=3600000");
        }
        Ok(())
    }

    /// The wait in microseconds after failure `n` in a row, from 1 on: `cap` bounds the growth,
    /// then jitter is put on. The same for the same seed. `[thread-safe]`
    #[must_use]
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "between 0 and two hours in us"
    )]
    pub fn delay_us(&self, n: u32, seed: JitterSeed) -> u64 {
        // Growth that overflows is infinite, and the cap bounds it.
        let grown = f64::from(self.base_ms) * self.factor.powf(f64::from(n.saturating_sub(1)));
        let wait = grown.min(f64::from(self.cap_ms)) * (1.0 + self.jitter * seed.unit(n));
        (wait * 1000.0).round() as u64
    }
}

/// What jitter is drawn from, so that a recorded session waits as long again. `[thread-safe]`
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct JitterSeed {
    /// The project's seed.
    pub project: u64,
    /// The connector's id.
    pub connector: u64,
}

impl JitterSeed {
    /// -1 to 1 for failure `n`; 1 is never reached.
    #[expect(clippy::cast_precision_loss, reason = "53 bits are kept")]
    fn unit(self, n: u32) -> f64 {
        let parts = [self.project, self.connector, u64::from(n)];
        let hash = parts
            .iter()
            .fold(FNV_BASIS, |state, part| fnv1a(&part.to_le_bytes(), state));
        (mix64(hash) >> 11) as f64 / (1_u64 << 52) as f64 - 1.0
    }
}

/// Where a connection stands. Times are microseconds of the caller's clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Not wanted.
    Disconnected,
    /// The socket is to be opened and hello exchanged.
    Connecting {
        /// Failures in a row so far.
        attempt: u32,
        /// Since when.
        since_us: u64,
    },
    /// Hello was exchanged.
    Connected {
        /// Failures before it; 0 once it was stable.
        attempt: u32,
        /// Since when.
        since_us: u64,
    },
    /// Waits for the next attempt.
    Backoff {
        /// Failures in a row so far.
        attempt: u32,
        /// When it tries again.
        next_at_us: u64,
    },
    /// Too many failures, or one that trying again cannot mend.
    GaveUp {
        /// Failures in a row.
        failures: u32,
    },
    /// The socket is to be closed.
    Closing {
        /// Since when.
        since_us: u64,
    },
}

/// Whether another attempt can help.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// Refused, lost, timed out.
    Retryable,
    /// The other side refused the token or speaks another version.
    Permanent,
}

/// The states of one connection. See the [module](self).
#[derive(Clone, Debug)]
pub struct Connection {
    policy: ReconnectPolicy,
    seed: JitterSeed,
    state: State,
}

impl Connection {
    /// A connection that is not wanted yet.
    ///
    /// # Errors
    /// [`PolicyError`] for a policy out of range.
    pub fn new(policy: ReconnectPolicy, seed: JitterSeed) -> Result<Self, PolicyError> {
        policy.check()?;
        Ok(Self {
            policy,
            seed,
            state: State::Disconnected,
        })
    }

    /// Where it stands.
    #[must_use]
    pub const fn state(&self) -> State {
        self.state
    }

    /// The user wants it. May be called in every state, any number of times; while it closes, it
    /// opens again at once.
    pub fn connect(&mut self, now_us: u64) {
        let attempt = match self.state {
            State::Disconnected | State::GaveUp { .. } | State::Closing { .. } => 0,
            State::Backoff { attempt, .. } => attempt,
            State::Connecting { .. } | State::Connected { .. } => return,
        };
        self.state = State::Connecting {
            attempt,
            since_us: now_us,
        };
    }

    /// Socket and hello are there. Only counts while connecting.
    pub fn opened(&mut self, now_us: u64) {
        if let State::Connecting { attempt, .. } = self.state {
            self.state = State::Connected {
                attempt,
                since_us: now_us,
            };
        }
    }

    /// It could not be opened, or was lost. Only counts while connecting or connected.
    pub fn failed(&mut self, now_us: u64, failure: Failure) {
        self.tick_stable(now_us);
        let (State::Connecting { attempt, .. } | State::Connected { attempt, .. }) = self.state
        else {
            return;
        };
        let failures = attempt.saturating_add(1);
        let is_last = self.policy.max_retries.is_some_and(|max| failures > max);
        self.state = if is_last || failure == Failure::Permanent {
            State::GaveUp { failures }
        } else {
            let wait = self.policy.delay_us(failures, self.seed);
            State::Backoff {
                attempt: failures,
                next_at_us: now_us.saturating_add(wait),
            }
        };
    }

    /// The user does not want it any more.
    pub fn close(&mut self, now_us: u64) {
        self.state = match self.state {
            State::Connecting { .. } | State::Connected { .. } => {
                State::Closing { since_us: now_us }
            }
            State::Closing { since_us } => State::Closing { since_us },
            State::Disconnected | State::Backoff { .. } | State::GaveUp { .. } => {
                State::Disconnected
            }
        };
    }

    /// The socket is gone after [`close`](Self::close).
    pub fn closed(&mut self) {
        if let State::Closing { .. } = self.state {
            self.state = State::Disconnected;
        }
    }

    /// Lets time pass up to `now_us`.
    pub fn tick(&mut self, now_us: u64) {
        let is_due = self.next_wake().is_some_and(|wake| wake <= now_us);
        if !is_due {
            return;
        }
        match self.state {
            State::Connecting { .. } => self.failed(now_us, Failure::Retryable),
            State::Connected { .. } => self.tick_stable(now_us),
            State::Backoff { .. } => self.connect(now_us),
            State::Closing { .. } => self.closed(),
            State::Disconnected | State::GaveUp { .. } => {}
        }
    }

    /// When [`tick`](Self::tick) changes the state by itself, `None` for never.
    #[must_use]
    pub fn next_wake(&self) -> Option<u64> {
        let (start, wait) = match self.state {
            State::Connecting { since_us, .. } => (since_us, CONNECT_TIMEOUT_US),
            State::Connected {
                attempt, since_us, ..
            } if attempt > 0 => (since_us, self.stable_us()),
            State::Backoff { next_at_us, .. } => (next_at_us, 0),
            State::Closing { since_us } => (since_us, CLOSE_TIMEOUT_US),
            State::Disconnected | State::GaveUp { .. } | State::Connected { .. } => return None,
        };
        Some(start.saturating_add(wait))
    }

    fn stable_us(&self) -> u64 {
        u64::from(self.policy.reset_after_stable_ms) * 1000
    }

    fn tick_stable(&mut self, now_us: u64) {
        if let State::Connected { attempt, since_us } = &mut self.state
            && now_us.saturating_sub(*since_us)
                >= u64::from(self.policy.reset_after_stable_ms) * 1000
        {
            *attempt = 0;
        }
    }
}

#[cfg(test)]
mod tests;
