//! What differs between two traces, stage by stage.

use super::{Heard, TraceError};
use serde_json::{Value, json};
use std::collections::VecDeque;

/// Stages are looked for so far ahead, in both.
const AHEAD: usize = 64;

/// One difference.
#[derive(Clone, Debug, PartialEq)]
pub enum Difference {
    /// Only in the second.
    Added {
        /// Its frame.
        at: u64,
        /// What.
        call: Value,
    },
    /// Only in the first.
    Missing {
        /// Its frame.
        at: u64,
        /// What.
        call: Value,
    },
    /// In both, more than a frame apart.
    Moved {
        /// Its frame in the first.
        from: u64,
        /// Its frame in the second.
        to: u64,
        /// What.
        call: Value,
    },
}

impl Difference {
    /// As reports have it.
    #[must_use]
    pub fn write(&self) -> Value {
        match self {
            Self::Added { at, call } => json!({"what": "added", "t_smp": at, "call": call}),
            Self::Missing { at, call } => json!({"what": "missing", "t_smp": at, "call": call}),
            Self::Moved { from, to, call } => {
                json!({"what": "moved", "from_smp": from, "to_smp": to, "call": call})
            }
        }
    }
}

/// Compares the calls of two traces, in order, and hands every difference to `found`. Calls that differ
/// in a field, or are of another game (`src`), are one missing and one added. Holds some 64 calls of each. `[thread-safe]`
///
/// # Errors
/// Those of the calls.
pub fn diff(
    first: impl Iterator<Item = Result<Heard, TraceError>>,
    second: impl Iterator<Item = Result<Heard, TraceError>>,
    mut found: impl FnMut(Difference),
) -> Result<(), TraceError> {
    let (mut first, mut second) = (Ahead::new(first), Ahead::new(second));
    loop {
        first.fill()?;
        second.fill()?;
        let (Some((from, left)), Some((to, right))) = (first.calls.front(), second.calls.front())
        else {
            break;
        };
        if left == right {
            if from.abs_diff(*to) > 1 {
                found(Difference::Moved {
                    from: *from,
                    to: *to,
                    call: left.clone(),
                });
            }
            first.calls.pop_front();
            second.calls.pop_front();
            continue;
        }
        // The nearer of both that the other side has further on says which side has more.
        let (in_second, in_first) = (second.place_of(left), first.place_of(right));
        if in_first <= in_second {
            first.pop(|at, call| found(Difference::Missing { at, call }));
        }
        if in_second <= in_first {
            second.pop(|at, call| found(Difference::Added { at, call }));
        }
    }
    // One of both has come to its end.
    first.rest(|at, call| found(Difference::Missing { at, call }))?;
    second.rest(|at, call| found(Difference::Added { at, call }))
}

/// Calls, and those that come after.
struct Ahead<I> {
    source: I,
    calls: VecDeque<(u64, Value)>,
}

impl<I: Iterator<Item = Result<Heard, TraceError>>> Ahead<I> {
    const fn new(source: I) -> Self {
        let calls = VecDeque::new();
        Self { source, calls }
    }

    fn fill(&mut self) -> Result<(), TraceError> {
        while self.calls.len() < AHEAD {
            let Some(call) = self.source.next() else {
                break;
            };
            let Heard { at, source, effect } = call?;
            let mut call = effect.write();
            if !source.is_empty() {
                call["src"] = (*source).into();
            }
            self.calls.push_back((at, call));
        }
        Ok(())
    }

    /// How far away a call is that is the same.
    fn place_of(&self, wanted: &Value) -> usize {
        let place = self.calls.iter().position(|(_, call)| call == wanted);
        place.unwrap_or(usize::MAX)
    }

    fn pop(&mut self, each: impl FnOnce(u64, Value)) {
        if let Some((at, call)) = self.calls.pop_front() {
            each(at, call);
        }
    }

    fn rest(&mut self, mut each: impl FnMut(u64, Value)) -> Result<(), TraceError> {
        while !self.calls.is_empty() {
            self.pop(&mut each);
            self.fill()?;
        }
        Ok(())
    }
}
