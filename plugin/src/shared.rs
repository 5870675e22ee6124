//! What all threads of an instance may look at.

use std::cell::Cell;
use std::marker::PhantomData;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use assert_no_alloc::assert_no_alloc;
use clack_plugin::host::HostSharedHandle;
use clack_plugin::plugin::PluginShared;
use segue_engine::LoadReport;
use segue_gui::LiveEngine;

use crate::deck::AUX;
use crate::document::Document;
use crate::kind::Kind;
use crate::params::{COUNT, Values};

/// The bits of all output ports: the main one, and one for each bus.
const PORTS: u32 = (1 << (1 + AUX)) - 1;

/// One instance as seen by every thread. `[thread-safe]`
pub(crate) struct Shared<'a> {
    pub(crate) kind: Kind,
    pub(crate) core: Arc<Core>,
    host: PhantomData<HostSharedHandle<'a>>,
}

impl<'a> PluginShared<'a> for Shared<'a> {}

impl<'a> Shared<'a> {
    pub(crate) fn new(kind: Kind, _host: HostSharedHandle<'a>) -> Self {
        Self {
            kind,
            core: Arc::new(Core::new()),
            host: PhantomData,
        }
    }
}

thread_local! {
    /// Whether this thread is inside of a block.
    static IN_BLOCK: Cell<bool> = const { Cell::new(false) };
}

/// Runs a block, in which nothing may be locked or allocated; a debug build checks both.
/// `[audio-thread]`
pub(crate) fn in_block(body: impl FnOnce()) {
    IN_BLOCK.set(true);
    assert_no_alloc(body);
    IN_BLOCK.set(false);
}

/// Takes a lock, never on the audio thread, which a debug build checks. A panic elsewhere leaves
/// nothing half done behind any of these locks.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    debug_assert!(!IN_BLOCK.get(), "a lock in a block");
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The part of it that the worker shares.
pub(crate) struct Core {
    pub(crate) values: Values,
    /// Whether the host renders faster or slower than real time.
    offline: AtomicBool,
    /// Taken while a save is brought to the engine that plays, and while the host begins to render
    /// offline: neither happens in the middle of the other.
    pub(crate) exchange: Mutex<()>,
    /// The project was saved by somebody else, and nobody has looked yet.
    changed: AtomicBool,
    /// Number of the last load that was asked for, and of the last one that is over.
    asked: AtomicU64,
    finished: AtomicU64,
    /// Output ports that the host wants to hear, by bit; the main one always is.
    outputs: AtomicU32,
    /// Events that the audio thread could not queue.
    pub(crate) lost_events: AtomicU64,
    /// Frames of inputs, per channel, that were no numbers and are heard as silence.
    pub(crate) bad_input: AtomicU64,
    status: Mutex<Status>,
    done: Condvar,
    /// Whether somebody looks at how busy the engine is.
    watched: AtomicBool,
}

/// How loading goes.
#[derive(Default)]
pub(crate) struct Status {
    /// Share of the load under way, 0..=1.
    pub(crate) progress: Option<f32>,
    /// The last load that ended, until the main thread takes it.
    pub(crate) outcome: Option<Outcome>,
    /// What may be looked at of the engine that was made last.
    pub(crate) engine: Option<LiveEngine>,
}

/// How a load ended.
pub(crate) struct Outcome {
    pub(crate) document: Arc<Document>,
    /// Text of the error, or what was loaded and the latency it has.
    pub(crate) result: Result<(LoadReport, Option<u32>), String>,
    /// Parameters the load was made for.
    pub(crate) values: [f64; COUNT],
    /// The document whose project was saved by somebody else and is taken over.
    pub(crate) renewed: Option<Arc<Document>>,
}

impl Core {
    pub(crate) fn new() -> Self {
        Self {
            values: Values::new(),
            offline: AtomicBool::new(false),
            exchange: Mutex::new(()),
            changed: AtomicBool::new(false),
            asked: AtomicU64::new(0),
            finished: AtomicU64::new(0),
            outputs: AtomicU32::new(u32::MAX),
            lost_events: AtomicU64::new(0),
            bad_input: AtomicU64::new(0),
            status: Mutex::new(Status::default()),
            done: Condvar::new(),
            watched: AtomicBool::new(false),
        }
    }

    /// `[thread-safe]`
    pub(crate) fn is_offline(&self) -> bool {
        self.offline.load(Ordering::Acquire)
    }

    /// `[main-thread]`
    pub(crate) fn set_offline(&self, is_offline: bool) {
        let _free = lock(&self.exchange);
        self.offline.store(is_offline, Ordering::Release);
    }

    /// The project was saved by somebody else.
    pub(crate) fn note_change(&self) {
        self.changed.store(true, Ordering::Release);
    }

    /// Whether it was since the last call.
    pub(crate) fn take_change(&self) -> bool {
        self.changed.swap(false, Ordering::AcqRel)
    }

    /// Switches measuring on or off, from the worker's next look at its engines on.
    pub(crate) fn set_watched(&self, watched: bool) {
        self.watched.store(watched, Ordering::Relaxed);
    }

    pub(crate) fn is_watched(&self) -> bool {
        self.watched.load(Ordering::Relaxed)
    }

    /// Never from the audio thread.
    pub(crate) fn status(&self) -> MutexGuard<'_, Status> {
        lock(&self.status)
    }

    /// The output ports that are heard, by bit. `[thread-safe]`
    pub(crate) fn heard(&self) -> u32 {
        self.outputs.load(Ordering::Relaxed) & PORTS | 1
    }

    /// Says whether an output port is heard. `[thread-safe]`
    pub(crate) fn set_heard(&self, port: u32, is_heard: bool) {
        let bit = 1_u32.checked_shl(port).unwrap_or(0);
        if is_heard {
            self.outputs.fetch_or(bit, Ordering::Relaxed);
        } else {
            self.outputs.fetch_and(!bit, Ordering::Relaxed);
        }
    }

    /// New ports are all heard until the host says otherwise. `[main-thread]`
    pub(crate) fn hear_all(&self) {
        self.outputs.store(u32::MAX, Ordering::Relaxed);
    }

    /// Counts a load that is asked for, and returns its number. `[main-thread]`
    pub(crate) fn ask(&self) -> u64 {
        self.asked.fetch_add(1, Ordering::AcqRel) + 1
    }

    /// True when a newer load was asked for. `[thread-safe]`
    pub(crate) fn is_outdated(&self, number: u64) -> bool {
        self.asked.load(Ordering::Acquire) != number
    }

    /// True while a load is under way. `[audio-thread]`
    pub(crate) fn is_loading(&self) -> bool {
        self.finished.load(Ordering::Acquire) != self.asked.load(Ordering::Acquire)
    }

    /// Says that load `number` is over. `[worker]`
    pub(crate) fn finish(&self, number: u64, outcome: Option<Outcome>) {
        let mut status = self.status();
        status.progress = None;
        if outcome.is_some() {
            status.outcome = outcome;
        }
        self.finished.fetch_max(number, Ordering::AcqRel);
        self.done.notify_all();
    }

    /// Waits until nothing is being loaded, at most this long. `[main-thread]`
    pub(crate) fn wait(&self, most: Duration) {
        let until = Instant::now() + most;
        let mut status = self.status();
        while self.is_loading() {
            let Some(left) = until.checked_duration_since(Instant::now()) else {
                return;
            };
            let waited = self.done.wait_timeout(status, left);
            status = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_that_hears_only_the_main_port_makes_no_other_one() {
        let core = Core::new();
        assert_eq!(core.heard().count_ones(), 17);
        let others = 1..=u32::try_from(AUX).unwrap();
        others.for_each(|port| core.set_heard(port, false));
        assert_eq!(core.heard(), 1);
        core.set_heard(3, true);
        core.set_heard(40, true);
        assert_eq!(core.heard(), 0b1001);
        core.hear_all();
        assert_eq!(core.heard().count_ones(), 17);
    }
}
