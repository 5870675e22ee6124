//! When the window is drawn.

use std::time::{Duration, Instant};

use segue_gui::ACTIVE_INTERVAL;

/// Timers come this much too early or too late.
const SLACK: Duration = Duration::from_millis(1);

/// Knows when the next frame is due and which wake-up is on its way. Wake-ups cannot be taken back:
/// one that comes too early finds that nothing is due, and none is ever asked for twice.
#[derive(Debug, Default)]
pub(super) struct Pace {
    due: Option<Instant>,
    wake: Option<Instant>,
    /// When the last frame began.
    last: Option<Instant>,
}

impl Pace {
    /// Wants a frame at `at`, or earlier if one was wanted earlier; never more than 60 a second.
    pub(super) fn want(&mut self, at: Instant) {
        let earliest = self.last.map_or(at, |last| last + ACTIVE_INTERVAL);
        let at = at.max(earliest);
        self.due = Some(self.due.map_or(at, |due| due.min(at)));
    }

    /// Wants a frame now, whenever the last one was: what is on the screen is wrong.
    pub(super) fn want_now(&mut self, now: Instant) {
        self.due = Some(now);
    }

    /// Begins a frame if one is due.
    pub(super) fn begin(&mut self, now: Instant) -> bool {
        let is_due = self.due.is_some_and(|due| due <= now + SLACK);
        if is_due {
            self.due = None;
            self.last = Some(now);
        }
        is_due
    }

    /// How long until the window must be woken; `None` when nothing is due or it will be woken in
    /// time anyway.
    pub(super) fn next_wake(&mut self, now: Instant) -> Option<Duration> {
        let due = self.due?;
        let is_in_time = |wake: Instant| wake > now && wake <= due;
        if self.wake.is_some_and(is_in_time) {
            return None;
        }
        self.wake = Some(due);
        Some(due.saturating_duration_since(now))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: Duration = Duration::from_millis(1);

    #[test]
    fn frames_keep_their_distance_but_for_damage() {
        let now = Instant::now();
        let mut pace = Pace::default();
        pace.want(now);
        assert!(pace.begin(now));
        assert!(!pace.begin(now), "once");
        pace.want(now + MS);
        assert!(!pace.begin(now + 2 * MS));
        assert!(pace.begin(now + 16 * MS));
        pace.want_now(now + 17 * MS);
        assert!(pace.begin(now + 17 * MS));
    }

    #[test]
    fn the_earlier_wish_counts() {
        let now = Instant::now();
        let mut pace = Pace::default();
        pace.want(now + 50 * MS);
        pace.want(now + 100 * MS);
        assert!(!pace.begin(now + 40 * MS));
        assert!(pace.begin(now + 50 * MS));
    }

    #[test]
    fn wake_ups_do_not_pile_up() {
        let now = Instant::now();
        let mut pace = Pace::default();
        assert_eq!(pace.next_wake(now), None);
        pace.want(now + 100 * MS);
        assert_eq!(pace.next_wake(now), Some(100 * MS));
        assert_eq!(pace.next_wake(now + MS), None);
        pace.want(now + 20 * MS);
        assert_eq!(pace.next_wake(now + MS), Some(19 * MS));
        // The wake-up that is left over from the first wish finds nothing to do.
        assert!(pace.begin(now + 20 * MS));
        assert!(!pace.begin(now + 100 * MS));
        assert_eq!(pace.next_wake(now + 100 * MS), None);
    }
}
