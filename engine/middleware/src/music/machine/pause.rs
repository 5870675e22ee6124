//! Pauses: the time of the music stands still.

use super::Music;
use crate::music::command::{Command, Commands, DuckSlot};
use crate::music::form::MusicForm;
use crate::music::grid::Grid;

impl Music {
    /// Nothing happens any more, until it goes on: everything that plays is paused by whoever plays
    /// it. What is asked of it meanwhile is planned as of frame `at`. Nothing for silent music, for
    /// which nothing is planned.
    pub fn pause(&mut self, at: u64) {
        let busy = self.line.is_some()
            || self.asked.is_some()
            || self.filler.is_some()
            || self.stings.due() != u64::MAX
            || self.stings.sounds.is_some();
        if busy && self.paused.is_none() {
            self.paused = Some(at);
        }
    }

    /// Goes on where it was paused, everything later by the pause. `transport` is its grid: what
    /// waits for that, and not for music, waits for its next point.
    pub fn resume(
        &mut self,
        form: &MusicForm,
        at: u64,
        transport: Option<&Grid>,
        out: &mut Commands,
    ) {
        if self.paused.is_none() {
            return;
        }
        self.go_on(at, out);
        if self.line.is_some() {
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
            let mut waits = std::mem::take(&mut self.stings.waits);
            while let Some(sting) = waits.take() {
                // It was allowed to wait, and what may have to give way has not changed.
                _ = self.stinger(form, at, sting.stinger, transport, out);
            }
        }
        self.run(form, at, out);
    }

    /// Shifts everything by the pause.
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

    /// The frame that it is for it: that of its pause, while it is paused.
    pub fn time(&self, at: u64) -> u64 {
        self.paused.map_or(at, |since| since.min(at))
    }
}
