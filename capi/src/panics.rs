//! Panics on demand. Only with the feature `test-panics`, for the test that every boundary holds in the
//! release profile.

use std::cell::Cell;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::boundary::{OK, boundary};
use crate::status::{Failure, segue_status};

/// Whether any was ever asked for: until then a look here is all that the question costs, and calls cost what they do
/// in a game, which the same build is counted for.
static ASKED: AtomicBool = AtomicBool::new(false);

thread_local! {
    /// What the next boundary of this thread does.
    static NEXT: Cell<u32> = const { Cell::new(0) };
}

/// Whether the next job panics.
static NEXT_JOB: AtomicBool = AtomicBool::new(false);

/// A payload that panics again when it is dropped.
struct Again;

impl Drop for Again {
    fn drop(&mut self) {
        std::panic::panic_any("the payload of a panic was dropped");
    }
}

/// Asks for a panic: 1 in the next call on this thread, 2 the same with a payload that panics when it is
/// dropped, 3 in the next job. `[thread-safe]`
///
/// Ownership: none. Errors: `INVALID_ARGUMENT`. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn segue_test_panic(kind: u32) -> segue_status {
    boundary("segue_test_panic", || {
        ASKED.store(true, Ordering::Relaxed);
        match kind {
            1 | 2 => NEXT.set(kind),
            3 => NEXT_JOB.store(true, Ordering::Relaxed),
            other => return Err(Failure::range("kind", other, "1..=3")),
        }
        OK
    })
}

/// Whether none was asked for in this thread's next call.
#[inline(always)]
pub(crate) fn is_quiet() -> bool {
    !ASKED.load(Ordering::Relaxed) || is_next_quiet()
}

/// Apart, as the compiler would read it in every call.
#[cold]
#[inline(never)]
fn is_next_quiet() -> bool {
    NEXT.get() == 0
}

/// Inside of a boundary: panics if that was asked for in this thread.
#[inline(always)]
pub(crate) fn strike() {
    if ASKED.load(Ordering::Relaxed) {
        fall();
    }
}

#[cold]
#[inline(never)]
fn fall() {
    match NEXT.replace(0) {
        1 => std::panic::panic_any("a test asked for this panic"),
        2 => std::panic::panic_any(Again),
        _ => {}
    }
}

/// The same inside of a job.
pub(crate) fn strike_job() {
    if NEXT_JOB.swap(false, Ordering::Relaxed) {
        std::panic::panic_any("a test asked for this panic");
    }
}
