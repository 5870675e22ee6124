//! What differs between two traces, stage by stage.

use super::Trace;
use crate::effect::Effect;
use serde_json::{Value, json};

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

/// Compares what two traces did, in order. Calls that differ in a field are one missing and one
/// added.
#[must_use]
pub fn diff(first: &Trace, second: &Trace) -> Vec<Difference> {
    compare(&plain(first.calls()), &plain(second.calls()))
}

/// Compares what two adapters made of the same messages: what was refused, came later or never does
/// not count.
#[must_use]
pub fn diff_planned(first: &Trace, second: &Trace) -> Vec<Difference> {
    compare(&plain(first.planned()), &plain(second.planned()))
}

type Calls = Vec<(u64, Value)>;

fn plain(calls: Vec<(u64, &Effect)>) -> Calls {
    let call = |(at, effect): (u64, &Effect)| (at, effect.write());
    calls.into_iter().map(call).collect()
}

fn compare(first: &Calls, second: &Calls) -> Vec<Difference> {
    let mut found = Vec::new();
    let (mut a, mut b) = (0, 0);
    while let (Some((from, left)), Some((to, right))) = (first.get(a), second.get(b)) {
        if left == right {
            if from.abs_diff(*to) > 1 {
                found.push(Difference::Moved {
                    from: *from,
                    to: *to,
                    call: left.clone(),
                });
            }
            (a, b) = (a + 1, b + 1);
            continue;
        }
        // The nearer of both that the other side has further on says which side has more.
        let place = |calls: &Calls, start: usize, wanted: &Value| {
            let ahead = calls.iter().skip(start).take(AHEAD);
            ahead
                .map(|(_, call)| call)
                .position(|call| call == wanted)
                .unwrap_or(usize::MAX)
        };
        let (in_second, in_first) = (place(second, b, left), place(first, a, right));
        if in_first <= in_second {
            found.push(missing(*from, left));
            a += 1;
        }
        if in_second <= in_first {
            found.push(added(*to, right));
            b += 1;
        }
    }
    found.extend(first[a..].iter().map(|(at, call)| missing(*at, call)));
    found.extend(second[b..].iter().map(|(at, call)| added(*at, call)));
    found
}

fn missing(at: u64, call: &Value) -> Difference {
    let call = call.clone();
    Difference::Missing { at, call }
}

fn added(at: u64, call: &Value) -> Difference {
    let call = call.clone();
    Difference::Added { at, call }
}
