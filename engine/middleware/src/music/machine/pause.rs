//! Pauses: the time of the music stands still while its voices do.

use super::Music;
use crate::music::command::{Command, Commands, DuckSlot};
use crate::music::form::MusicForm;
use crate::music::grid::Outer;

impl Music {
    /// From frame `until` on nothing happens any more, until it goes on: everything that plays is
    /// paused at frame `at` by whoever plays it, and has faded by then. What is asked of it from then
    /// on is planned as of that frame. Nothing for silent music, for which nothing is planned.
    pub fn pause(&mut self, at: u64, until: u64) {
        let busy = self.line.is_some()
            || self.asked.is_some()
            || self.filler.is_some()
            || self.stings.due() != u64::MAX
            || self.stings.sounds.is_some();
        if busy && self.paused.is_none() {
            (self.paused, self.pauses_at) = (Some(until), at);
        }
    }

    /// Goes on where it stood still, everything later by the time for which it did; nothing is, in
    /// the fade of the pause. `transport` is its grid: what waits for that, and not for music, waits
    /// for its next point.
    pub fn resume(
        &mut self,
        form: &MusicForm,
        at: u64,
        transport: Option<&Outer<'_>>,
        out: &mut Commands,
    ) {
        if self.paused.is_none() {
            return;
        }
        let held = self.is_held(at);
        self.go_on(at, out);
        if !held {
            return self.run(form, at, out);
        }
        let waited = self.line.is_some();
        if waited {
            // The change comes later than it was told.
            let told = self.asked.and_then(|plan| plan.told);
            if let Some(told) = told {
                out.push(Command::Sync(told));
            }
        } else {
            let asked = self.asked.take_if(|plan| plan.begun_play().is_none());
            if let Some(plan) = asked {
                _ = self.play(form, at, plan.music, transport, out);
            }
        }
        // They were allowed to wait, and what may have to give way has not changed.
        self.stings_behind_pause(form, at, (waited, transport), out);
        self.run(form, at, out);
    }

    /// Shifts everything by the time for which it stood still.
    pub(super) fn go_on(&mut self, at: u64, out: &mut Commands) {
        let Some(since) = self.paused.take() else {
            return;
        };
        let by = at.saturating_sub(since);
        if let Some(line) = &mut self.line {
            line.place.t0 += by.cast_signed();
            line.course.wait(since, by);
        }
        for plan in [&mut self.asked, &mut self.follow].into_iter().flatten() {
            plan.wait(since, by);
        }
        if let Some((_, course)) = &mut self.filler {
            course.wait(since, by);
        }
        let duck = self.stings.wait(since, by);
        out.push(Command::Duck(DuckSlot::MusicStinger, duck));
    }

    /// The frame that it is for it: that from which on it stands still, while it does.
    pub fn time(&self, at: u64) -> u64 {
        self.paused.map_or(at, |since| since.min(at))
    }
    /// The fade of its pause: its first frame, and that from which on it stands still.
    pub(crate) fn pausing(&self) -> Option<[u64; 2]> {
        self.paused.map(|until| [self.pauses_at, until])
    }

    /// Whether it stands still at frame `at`.
    pub(super) fn is_held(&self, at: u64) -> bool {
        self.paused.is_some_and(|until| until <= at)
    }
}
