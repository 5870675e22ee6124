//! Pauses: layers and their grid stand still together.

use super::Layers;
use crate::adaptive::AdaptiveForm;
use crate::music::command::{Command, Commands, DuckSlot, SyncRow};
use crate::music::grid::{Grid, grant};

impl Layers {
    /// Nothing happens any more, until they go on: everything that plays is paused by whoever plays
    /// it. Changes meanwhile are planned as of frame `at`.
    pub fn pause(&mut self, at: u64) {
        let busy = self.context.is_some() || self.change.is_some();
        if busy && self.paused.is_none() {
            self.paused = Some(at);
        }
    }

    /// Go on where they were paused, everything later by the pause. `outer` is the grid that holds
    /// instead of their own: it may have gone on, so a change waits for its next point.
    pub fn resume(
        &mut self,
        form: &AdaptiveForm,
        at: u64,
        outer: Option<&Grid>,
        out: &mut Commands,
    ) {
        let Some(since) = self.paused.take() else {
            return;
        };
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

    /// The frame that it is for them: that of their pause, while they are paused.
    pub fn time(&self, at: u64) -> u64 {
        self.paused.map_or(at, |since| since.min(at))
    }
}
