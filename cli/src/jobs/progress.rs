//! One bar for all jobs that go on at the same time.

use crate::cancel::Cancel;
use crate::console::Console;
use crate::progress::Bar;
use segue_engine::jobs::batch::BatchEvent;
use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::{Mutex, MutexGuard};
use std::time::Instant;

/// Steps of the bar for one job.
const STEPS: f64 = 1000.0;
/// Share of the work before which no time is guessed.
const FIRST_GUESS: f64 = 0.02;

/// Draws what all workers are at.
pub(crate) struct Watch<'a> {
    cancel: &'a Cancel,
    started: Instant,
    total: usize,
    state: Mutex<State>,
}

struct State {
    bar: Bar,
    ended: usize,
    /// Share of each job that goes on.
    shares: BTreeMap<usize, f64>,
    /// Seconds that the last job told of has left.
    own: Option<f64>,
}

impl<'a> Watch<'a> {
    pub(crate) fn new(console: &Console, cancel: &'a Cancel, total: usize) -> Watch<'a> {
        let bar = Bar::new(console, "Files");
        let state = State {
            bar,
            ended: 0,
            shares: BTreeMap::new(),
            own: None,
        };
        Watch {
            cancel,
            started: Instant::now(),
            total,
            state: Mutex::new(state),
        }
    }

    pub(crate) fn at(&self, event: BatchEvent<'_>) -> ControlFlow<()> {
        let mut state = self.state();
        let text = match event {
            BatchEvent::Progress(number, progress) => {
                state.shares.insert(number, progress.share);
                state.own = progress.eta_seconds;
                format!(
                    "{} {}/{}",
                    progress.stage.name(),
                    progress.pass,
                    progress.passes
                )
            }
            BatchEvent::Ended(number, _) => {
                state.shares.remove(&number);
                state.ended += 1;
                String::new()
            }
        };
        let share =
            (state.ended as f64 + state.shares.values().sum::<f64>()) / self.total.max(1) as f64;
        state
            .bar
            .at(steps(share * self.total as f64), steps(self.total as f64));
        state.bar.say(format!(
            "{}/{} files  {text}{}",
            state.ended,
            self.total,
            self.left(share, state.own)
        ));
        self.cancel.flow()
    }

    /// `own` is what a job says of itself, which knows best what one file takes.
    fn left(&self, share: f64, own: Option<f64>) -> String {
        if share < FIRST_GUESS {
            return String::new();
        }
        let spent = self.started.elapsed().as_secs_f64();
        let left = match own {
            Some(seconds) if self.total == 1 => seconds,
            _ => spent / share * (1.0 - share),
        };
        format!("  {} left", crate::values::clock(left))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "at most 100,000 jobs"
)]
fn steps(jobs: f64) -> u64 {
    (jobs * STEPS).round() as u64
}
