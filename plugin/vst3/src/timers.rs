//! The timers of the plug-in, driven by the adapter's own tick on the main thread.

use std::sync::Mutex;
use std::time::{Duration, Instant};

use crate::guard::lock;

/// A shorter period than the tick cannot be kept.
const SHORTEST: Duration = Duration::from_millis(crate::run_loop::TICK_MS);

#[derive(Default)]
pub(crate) struct Timers(Mutex<List>);

#[derive(Default)]
struct List {
    next_id: u32,
    timers: Vec<Timer>,
}

struct Timer {
    id: u32,
    period: Duration,
    due: Instant,
}

impl Timers {
    /// A new timer's id. Its first call comes after one period.
    pub(crate) fn add(&self, period_ms: u32) -> u32 {
        let mut list = lock(&self.0);
        let id = list.next_id;
        list.next_id = id.wrapping_add(1);
        let period = Duration::from_millis(u64::from(period_ms)).max(SHORTEST);
        let due = Instant::now() + period;
        list.timers.push(Timer { id, period, due });
        id
    }

    pub(crate) fn remove(&self, id: u32) -> bool {
        let mut list = lock(&self.0);
        let before = list.timers.len();
        list.timers.retain(|timer| timer.id != id);
        list.timers.len() < before
    }

    /// The next timer that is due at `now`; it is due again one period later. Periods that were
    /// missed are not made up for.
    pub(crate) fn pop_due(&self, now: Instant) -> Option<u32> {
        let mut list = lock(&self.0);
        let timer = list.timers.iter_mut().find(|timer| timer.due <= now)?;
        timer.due = (timer.due + timer.period).max(now + Duration::from_nanos(1));
        Some(timer.id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_timer_is_due_once_a_period() {
        let timers = Timers::default();
        let id = timers.add(100);
        let start = Instant::now();
        let later = |ms| start + Duration::from_millis(ms);
        assert_eq!(timers.pop_due(later(10)), None);
        assert_eq!(timers.pop_due(later(110)), Some(id));
        assert_eq!(timers.pop_due(later(110)), None);
        assert_eq!(timers.pop_due(later(1_000)), Some(id));
        assert_eq!(timers.pop_due(later(1_000)), None);
        assert!(timers.remove(id));
        assert!(!timers.remove(id));
        assert_eq!(timers.pop_due(later(9_000)), None);
    }
}
