//! Pauses: layers and their grid stand still together, while their voices do.

use super::Layers;
use crate::adaptive::AdaptiveForm;
use crate::music::command::{Command, Commands, DuckSlot, SyncRow};
use crate::music::grid::{Outer, grant};

impl Layers {
    /// From frame `until` on nothing happens any more, until they go on: everything that plays is
    /// paused at frame `at` by whoever plays it, and has faded by then. Changes from then on are
    /// planned as of that frame.
    pub fn pause(&mut self, at: u64, until: u64) {
        let busy = self.context.is_some() || self.change.is_some();
        if busy && self.paused.is_none() {
            (self.paused, self.pauses_at) = (Some(until), at);
        }
    }

    /// Go on where they stood still, everything later by the time for which they did; nothing is, in
    /// the fade of the pause. `outer` is the grid that holds instead of their own: it may have gone
    /// on, so a change waits for its next point.
    pub fn resume(
        &mut self,
        form: &AdaptiveForm,
        at: u64,
        outer: Option<&Outer<'_>>,
        out: &mut Commands,
    ) {
        let Some(since) = self.paused.take() else {
            return;
        };
        if at < since {
            return self.run(form, at, out);
        }
        let by = at.saturating_sub(since);
        self.since = self.since.saturating_add(by);
        for layer in &mut self.layers {
            layer.course.wait(since, by);
        }
        if let Some(change) = &mut self.change {
            change.at = change.at.saturating_add(by);
            change.told = change.told.map(|told| told.later(by));
        }
        if let (Some(change), Some(grid)) = (&mut self.change, outer) {
            let how = &form.transitions[usize::from(change.transition.0)];
            let next = |sync| grid.next(sync, at);
            let granted = grant(how.sync, at, at, how.max_wait, next);
            change.at = granted.point.frame;
            let again = |told: SyncRow| SyncRow::new(told.asked_at, how.sync, &granted);
            change.told = change.told.map(again);
        }
        if let Some(told) = self.change.and_then(|change| change.told) {
            out.push(Command::Sync(told));
        }
        if let Some((frame, _)) = &mut self.release {
            *frame = frame.saturating_add(by);
        }
        self.duck.wait(since, by);
        out.push(Command::Duck(DuckSlot::Transition, self.duck));
        let duck = self.stings.wait(since, by);
        out.push(Command::Duck(DuckSlot::AdaptiveStinger, duck));
        self.run(form, at, out);
    }

    /// The frame that it is for them: that from which on they stand still, while they do.
    pub fn time(&self, at: u64) -> u64 {
        self.paused.map_or(at, |since| since.min(at))
    }
    /// The fade of its pause: its first frame, and that from which on they stand still.
    pub(crate) fn pausing(&self) -> Option<[u64; 2]> {
        self.paused.map(|until| [self.pauses_at, until])
    }

    /// Whether they stand still at frame `at`.
    pub(super) fn is_held(&self, at: u64) -> bool {
        self.paused.is_some_and(|until| until <= at)
    }
}
