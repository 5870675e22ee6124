//! What a trace did, in the order in which it is heard.
//!
//! Rows come in the order of the messages, and tell only later that a call was moved. What was
//! planned and not carried out yet is at most what a schedule holds ([`SCHEDULE_MAX`]), so a window of
//! many more calls puts all of them in order, and a trace of any length is read with it.
//!
//! [`SCHEDULE_MAX`]: crate::schedule::SCHEDULE_MAX

use super::{TraceError, TraceRow};
use crate::effect::Effect;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

/// Calls that are held.
pub const HELD_MAX: usize = 65_536;

/// A call of a trace.
#[derive(Clone, Debug, PartialEq)]
pub struct Heard {
    /// Its frame.
    pub at: u64,
    /// Whose it is: `connector/number`.
    pub source: Arc<str>,
    /// What.
    pub effect: Effect,
}

/// Calls of the rows of a trace with their frames, sorted; equal frames stay as they came. Holds
/// [`HELD_MAX`] calls and those of one row. `[thread-safe]`
#[derive(Debug)]
pub struct TraceCalls<R> {
    rows: R,
    window: Window,
    is_planned: bool,
    is_over: bool,
}

impl<R: Iterator<Item = Result<TraceRow, TraceError>>> TraceCalls<R> {
    /// Everything that was heard.
    pub fn heard(rows: R) -> Self {
        Self::new(rows, false)
    }

    /// Everything that was to be, also what was refused, came later or never: what an adapter made
    /// of the messages.
    pub fn planned(rows: R) -> Self {
        Self::new(rows, true)
    }

    fn new(rows: R, is_planned: bool) -> Self {
        Self {
            rows,
            window: Window::new(HELD_MAX),
            is_planned,
            is_over: false,
        }
    }

    /// Holds only so many calls; for tests.
    #[cfg(test)]
    pub(crate) fn holding(mut self, most: usize) -> Self {
        self.window.most = most;
        self
    }

    /// The rows.
    pub const fn rows(&self) -> &R {
        &self.rows
    }

    /// Rows about calls that are not there, or were given out before.
    pub const fn stale(&self) -> u64 {
        self.window.stale
    }

    /// How many calls are held.
    pub fn held(&self) -> usize {
        self.window.held.len()
    }

    fn take(&mut self, row: TraceRow) {
        match row {
            TraceRow::Message(message) => {
                self.window.begin(message.n, &message.source);
                self.more(message.calls);
            }
            TraceRow::More { calls, .. } => self.more(calls),
            TraceRow::Moved { n, call, at } if !self.is_planned => {
                self.window.move_call(n, call, at);
            }
            TraceRow::Moved { .. } | TraceRow::Refused { .. } | TraceRow::End { .. } => {}
        }
    }

    fn more(&mut self, calls: Vec<super::TraceCall>) {
        for call in calls {
            let at = match self.is_planned {
                true => Some(call.planned),
                false => call.at,
            };
            self.window.add(at, call.effect);
        }
    }
}

impl<R: Iterator<Item = Result<TraceRow, TraceError>>> Iterator for TraceCalls<R> {
    type Item = Result<Heard, TraceError>;

    /// The next call. An error is followed by those that were read before it.
    fn next(&mut self) -> Option<Self::Item> {
        while !self.is_over && !self.window.is_full() {
            match self.rows.next() {
                Some(Ok(row)) => self.take(row),
                Some(Err(error)) => {
                    self.is_over = true;
                    return Some(Err(error));
                }
                None => self.is_over = true,
            }
        }
        self.window.pop().map(Ok)
    }
}

/// Calls that may still be moved.
#[derive(Debug)]
struct Window {
    most: usize,
    /// By frame, then as they came.
    held: BTreeMap<Place, Held>,
    /// By number of the message, and place among its calls.
    places: HashMap<(u64, usize), Place>,
    /// The message whose calls come, and how many came.
    newest: (u64, usize),
    /// Whose message that is.
    source: Arc<str>,
    came: u64,
    /// Frame of the call that was given out last.
    front: u64,
    stale: u64,
}

type Place = (u64, u64);

#[derive(Debug)]
struct Held {
    name: (u64, usize),
    source: Arc<str>,
    effect: Effect,
}

impl Window {
    fn new(most: usize) -> Self {
        Self {
            most,
            held: BTreeMap::new(),
            places: HashMap::new(),
            newest: (0, 0),
            source: Arc::from(""),
            came: 0,
            front: 0,
            stale: 0,
        }
    }

    fn is_full(&self) -> bool {
        self.held.len() > self.most
    }

    fn begin(&mut self, n: u64, source: &str) {
        self.newest = (n, 0);
        if *self.source != *source {
            self.source = source.into();
        }
    }

    fn add(&mut self, at: Option<u64>, effect: Effect) {
        let name = self.newest;
        self.newest.1 += 1;
        self.came += 1;
        if let Some(at) = at {
            let source = Arc::clone(&self.source);
            let held = Held {
                name,
                source,
                effect,
            };
            self.put((at, self.came), held);
        }
    }

    /// Nothing comes before what was given out.
    fn put(&mut self, (at, order): Place, held: Held) {
        let place = (at.max(self.front), order);
        self.stale += u64::from(at < self.front);
        self.places.insert(held.name, place);
        self.held.insert(place, held);
    }

    fn move_call(&mut self, n: u64, call: usize, at: Option<u64>) {
        let place = self.places.remove(&(n, call));
        let Some((place, held)) = place.and_then(|it| Some((it, self.held.remove(&it)?))) else {
            self.stale += 1;
            return;
        };
        if let Some(at) = at {
            self.put((at, place.1), held);
        }
    }

    fn pop(&mut self) -> Option<Heard> {
        let ((at, order), held) = self.held.pop_first()?;
        self.front = at;
        // A number that came twice is that of the later call.
        if self.places.get(&held.name) == Some(&(at, order)) {
            self.places.remove(&held.name);
        }
        let Held { source, effect, .. } = held;
        Some(Heard { at, source, effect })
    }
}
