//! The end of a thread, with a deadline.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Instant;

/// The end of a service's thread. Clones are the same thread's. `[thread-safe]`
#[derive(Clone, Debug)]
pub struct Ending(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    stage: Mutex<Stage>,
    changed: Condvar,
    thread: Mutex<Option<JoinHandle<()>>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd)]
enum Stage {
    Runs,
    /// No connection is left.
    Closed,
    /// The thread returns.
    Over,
}

/// Says that a thread is over, also where it panics.
struct Last(Arc<Shared>);

impl Drop for Last {
    fn drop(&mut self) {
        self.0.tell(Stage::Over);
    }
}

impl Ending {
    /// Starts a thread; `body` calls what it is given once no connection is left.
    pub(super) fn of_thread(
        name: &str,
        body: impl FnOnce(&dyn Fn()) + Send + 'static,
    ) -> std::io::Result<Self> {
        let shared = Arc::new(Shared {
            stage: Mutex::new(Stage::Runs),
            changed: Condvar::new(),
            thread: Mutex::default(),
        });
        let last = Last(Arc::clone(&shared));
        let thread = std::thread::Builder::new().name(name.to_owned());
        let thread = thread.spawn(move || body(&|| last.0.tell(Stage::Closed)))?;
        *lock(&shared.thread) = Some(thread);
        Ok(Self(shared))
    }

    /// Waits until no connection is left.
    pub(super) fn wait_until_closed(&self) {
        let stage = lock(&self.0.stage);
        let still = |stage: &mut Stage| *stage == Stage::Runs;
        let waited = self.0.changed.wait_while(stage, still);
        drop(waited.unwrap_or_else(PoisonError::into_inner));
    }

    /// Waits until the thread has ended and with it the look-up of every name, or until `deadline`: false then. May be called
    /// again, and by several at a time. Nothing ends before the service is closed.
    #[must_use = "false: it has not ended"]
    pub fn wait(&self, deadline: Instant) -> bool {
        let stage = lock(&self.0.stage);
        let most = deadline.saturating_duration_since(Instant::now());
        let still = |stage: &mut Stage| *stage < Stage::Over;
        let waited = self.0.changed.wait_timeout_while(stage, most, still);
        let (stage, _) = waited.unwrap_or_else(PoisonError::into_inner);
        if *stage < Stage::Over {
            return false;
        }
        drop(stage);
        // It has nothing left to do: this takes no time. Whoever comes second waits here for the first.
        let mut thread = lock(&self.0.thread);
        if let Some(thread) = thread.take() {
            // A panic of a task was told by the runtime; closing goes on.
            let _ = thread.join();
        }
        true
    }
}

impl Shared {
    fn tell(&self, stage: Stage) {
        *lock(&self.stage) = stage;
        self.changed.notify_all();
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
