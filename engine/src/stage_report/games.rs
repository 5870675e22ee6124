//! Which games a trace is of. A recording of live games has the stages of several in one order: each is
//! looked at on its own, from its first stage to its end, and what comes back after that begins anew.

use segue_middleware::stage::{StageEvent, StageTrace};
use std::collections::HashMap;
use std::sync::Arc;

/// Which stages of a trace are of which game, and which of the games were gone before its end.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Games {
    parts: Vec<Part>,
}

/// One game from its first stage to its end.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Part {
    /// What it is called: `connector/number` in recordings.
    pub(crate) game: Arc<str>,
    /// The places of its events, ascending.
    pub(crate) events: Vec<usize>,
    /// It was gone, and all its loops were ended.
    pub(crate) gone: Option<Gone>,
}

/// When a game was gone.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Gone {
    /// The time in ms.
    pub(crate) at_ms: f64,
    /// The place of the first event that comes after it.
    pub(crate) before: usize,
}

impl Games {
    /// All stages are of one game, which goes on to the end of the trace. `[thread-safe]`
    pub fn one(trace: &StageTrace) -> Self {
        let part = Part {
            game: "".into(),
            events: (0..trace.events.len()).collect(),
            gone: None,
        };
        Self { parts: vec![part] }
    }

    /// They are not those of a recording.
    pub(crate) fn is_own(&self) -> bool {
        let mut parts = self.parts.iter();
        parts.all(|part| part.game.is_empty() && part.gone.is_none())
    }

    pub(crate) fn parts(&self) -> &[Part] {
        &self.parts
    }
}

impl Part {
    /// Its stages as a trace of their own.
    pub(super) fn of(&self, trace: &StageTrace) -> StageTrace {
        let events = self.in_trace(trace).map(|(_, event)| event.clone());
        StageTrace {
            events: events.collect(),
            timing_profile: trace.timing_profile.clone(),
            ..StageTrace::default()
        }
    }

    /// Its events with their places in the whole trace.
    pub(super) fn in_trace<'a>(
        &'a self,
        trace: &'a StageTrace,
    ) -> impl Iterator<Item = (usize, &'a StageEvent)> {
        let events = self.events.iter();
        events.filter_map(|place| Some((*place, trace.events.get(*place)?)))
    }

    /// The place in the whole trace of its event of this number.
    pub(super) fn place(&self, event: usize) -> usize {
        self.events.get(event).copied().unwrap_or(event)
    }
}

/// Sorts the stages of a recording.
#[derive(Debug, Default)]
pub(super) struct Sorter {
    parts: Vec<Part>,
    /// Games that are there, and their parts.
    open: HashMap<Arc<str>, usize>,
}

impl Sorter {
    /// The event at this place is of this game.
    pub(super) fn stage(&mut self, game: &Arc<str>, place: usize) {
        let part = *self.open.entry(Arc::clone(game)).or_insert_with(|| {
            self.parts.push(Part {
                game: Arc::clone(game),
                events: Vec::new(),
                gone: None,
            });
            self.parts.len() - 1
        });
        self.parts[part].events.push(place);
    }

    /// This game is gone before the event at this place.
    pub(super) fn end(&mut self, game: &str, at_ms: f64, before: usize) {
        if let Some(part) = self.open.remove(game) {
            self.parts[part].gone = Some(Gone { at_ms, before });
        }
    }

    pub(super) fn games(self) -> Games {
        Games { parts: self.parts }
    }
}
