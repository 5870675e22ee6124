//! CPU time of the running thread, and the numbers made of it.
//!
//! `cpu-time` reads `CLOCK_THREAD_CPUTIME_ID` on Unix and `GetThreadTimes` on Windows: time in which another program had the
//! core does not count.

use cpu_time::ThreadTime;

/// Nanoseconds of CPU time this thread spends in `work`, without the cost of asking.
pub(crate) fn nanos<T>(overhead: f64, work: impl FnOnce() -> T) -> (f64, T) {
    let start = ThreadTime::now();
    let value = work();
    let spent = start.elapsed().as_secs_f64() * 1e9;
    ((spent - overhead).max(0.0), value)
}

/// What [`nanos`] itself costs.
pub(crate) fn overhead() -> f64 {
    median(&mut (0..1001).map(|_| nanos(0.0, || ()).0).collect::<Vec<_>>())
}

/// The middle value; sorts `values`. 0 when there are none.
pub(crate) fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(0.0)
}

/// The least value.
pub(crate) fn least(values: &[f64]) -> f64 {
    values.iter().copied().fold(f64::INFINITY, f64::min)
}

/// The greatest value.
pub(crate) fn greatest(values: &[f64]) -> f64 {
    values.iter().copied().fold(0.0, f64::max)
}

/// How long a run takes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Plan {
    pub(crate) quick: bool,
    /// Turns each contender gets, one after the other.
    pub(crate) rounds: usize,
    /// Timed batches a turn.
    pub(crate) batches: usize,
    /// Singly timed blocks a turn.
    pub(crate) blocks: usize,
}

impl Plan {
    /// The full run, or the short one that only shows that everything works.
    pub(crate) fn new(quick: bool) -> Self {
        if quick {
            Self {
                quick,
                rounds: 3,
                batches: 2,
                blocks: 30,
            }
        } else {
            Self {
                quick,
                rounds: 9,
                batches: 6,
                blocks: 120,
            }
        }
    }
}
