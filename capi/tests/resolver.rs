//! A resolver that takes its time: no thread is left of a live game that has ended.
#![cfg(all(target_os = "linux", not(miri)))]
#![allow(
    clippy::undocumented_unsafe_blocks,
    reason = "every call is one that C could make: what it points to lives in the test"
)]
#![allow(
    clippy::unwrap_used,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "in a test both are seen at once"
)]

#[path = "calls/common.rs"]
#[allow(dead_code, reason = "other tests need the rest")]
mod common;

use common::*;
use segue::SEGUE_ABI;
use segue::engine::{segue_engine, segue_engine_create, segue_engine_destroy};
use segue::live::{segue_live, segue_live_destroy, segue_live_finish, segue_live_start};
use std::ffi::{c_char, c_int, c_void};
use std::ptr::{null, null_mut};
use std::sync::{Condvar, Mutex};
use std::time::{Duration, Instant};

/// How many look-ups are under way, and how many may return.
static LOOKUPS: Mutex<(usize, usize)> = Mutex::new((0, 0));
static CHANGED: Condvar = Condvar::new();

/// Takes the place of the system's in this program: answers that there is no such host once it may.
#[unsafe(no_mangle)]
extern "C" fn getaddrinfo(
    _: *const c_char,
    _: *const c_char,
    _: *const c_void,
    _: *mut *mut c_void,
) -> c_int {
    const NO_SUCH_HOST: c_int = -2;
    let mut lookups = LOOKUPS.lock().unwrap();
    lookups.0 += 1;
    CHANGED.notify_all();
    let mut lookups = CHANGED.wait_while(lookups, |it| it.1 == 0).unwrap();
    *lookups = (lookups.0 - 1, lookups.1 - 1);
    NO_SUCH_HOST
}

fn let_one_return() {
    LOOKUPS.lock().unwrap().1 += 1;
    CHANGED.notify_all();
}

/// A live game whose client looks a name up.
fn asking(engine: *mut segue_engine) -> *mut segue_live {
    let options = r#"{"connectors": [{"name": "a", "kind": "line_client", "connect": "game.example:9000",
        "reconnect": {"base_ms": 60000, "cap_ms": 60000}}]}"#;
    let (text, length) = c(options);
    let live = made(|out| unsafe { segue_live_start(engine, text, length, out) });
    let lookups = LOOKUPS.lock().unwrap();
    drop(CHANGED.wait_while(lookups, |it| it.0 == 0).unwrap());
    live
}

fn threads() -> usize {
    std::fs::read_dir("/proc/self/task").map_or(0, Iterator::count)
}

/// A thread that was joined may be listed for a moment still.
#[track_caller]
fn expect_threads(count: usize) {
    let began = Instant::now();
    while threads() != count {
        assert!(
            began.elapsed() < Duration::from_secs(20),
            "{} instead of {count}",
            threads()
        );
        std::thread::yield_now();
    }
}

#[test]
fn destroying_waits_for_a_name_that_is_looked_up() {
    let engine = made(|out| unsafe { segue_engine_create(SEGUE_ABI, null(), null_mut(), out) });
    let before = threads();

    // It returns while destroying waits.
    let live = asking(engine);
    let address = live as usize;
    let destroying = std::thread::Builder::new()
        .spawn(move || unsafe { segue_live_destroy(address as *mut segue_live) })
        .unwrap();
    let_one_return();
    ok(destroying.join().unwrap());
    expect_threads(before);
    fails(
        unsafe { segue_live_destroy(live) },
        SEGUE_STATUS_STALE_HANDLE,
    );

    // It does not return in time: the game is finished, and its handle lives on.
    let live = asking(engine);
    json(|out| unsafe { segue_live_finish(live, out) });
    let error = fails(unsafe { segue_live_destroy(live) }, SEGUE_STATUS_BUSY);
    assert!(error.contains("a name is still looked up"), "{error}");
    assert!(threads() > before);
    fails(
        unsafe { segue_live_finish(live, &mut { EMPTY }) },
        SEGUE_STATUS_WRONG_ORDER,
    );
    let_one_return();
    ok(unsafe { segue_live_destroy(live) });
    expect_threads(before);
    ok(unsafe { segue_engine_destroy(engine) });
}
