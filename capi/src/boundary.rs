//! The border that no panic crosses.
//!
//! A panic in an `extern "C"` function ends the process of the host. So every exported body is one
//! closure in one of these functions: they look the handle up, refuse it when it is stale or
//! poisoned, catch a panic, poison what it may have left half-done, and answer with a status.
//! `cargo xtask tidy` fails on an exported body without one.
//!
//! They are inlined into every function: what a call costs is mostly what stands around it, and a compiler
//! that sees all of it leaves little.

use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::handle::{Entered, Handle, Table};
#[cfg(feature = "test-panics")]
use crate::panics::{is_quiet, strike};
use crate::status::{Answer, Failure, SEGUE_STATUS_OK, SEGUE_STATUS_PANICKED, segue_status};

thread_local! {
    /// The last call of this thread that failed, and why.
    static LAST: RefCell<Option<(&'static str, Failure)>> = const { RefCell::new(None) };
}

/// A body that needs no handle. `name` is the function's. `[thread-safe]`
pub(crate) fn boundary(
    name: &'static str,
    body: impl FnOnce() -> Answer<segue_status>,
) -> segue_status {
    let body = || {
        strike();
        told(name, body())
    };
    match catch_unwind(AssertUnwindSafe(body)) {
        Ok(status) => status,
        Err(payload) => keep(name, panicked(payload)),
    }
}

/// A body on what a handle stands for. A panic poisons the handle. `[thread-safe]`
#[inline(always)]
pub(crate) fn boundary_on<T: Send + Sync + 'static, const KIND: usize, const N: usize>(
    name: &'static str,
    table: &'static Table<T, KIND, N>,
    handle: Handle,
    body: impl FnOnce(&Entered<'_, T>) -> Answer<segue_status>,
) -> segue_status {
    let entered = match table.enter(handle) {
        Ok(entered) => entered,
        Err(failure) => return keep(name, failure),
    };
    // A failure is kept in here, so that no more than a status has to come out.
    let body = || {
        strike();
        told(name, body(&entered))
    };
    match catch_unwind(AssertUnwindSafe(body)) {
        Ok(status) => status,
        Err(payload) => {
            entered.poison();
            keep(name, panicked(payload))
        }
    }
}

/// The same for a getter that a game calls often. `glance` answers what goes well: it cannot panic, so there is nothing
/// to catch, and it answers `false` when anything is not as it should be, whereupon `body` does it all again.
/// `[thread-safe]`
#[inline(always)]
pub(crate) fn boundary_glance<T: Send + Sync + 'static, const KIND: usize, const N: usize>(
    name: &'static str,
    table: &'static Table<T, KIND, N>,
    handle: Handle,
    glance: impl FnOnce(&T) -> bool,
    body: impl FnOnce(&Entered<'_, T>) -> Answer<segue_status>,
) -> segue_status {
    if is_quiet() && table.glance(handle).is_some_and(|entered| glance(&entered)) {
        return SEGUE_STATUS_OK;
    }
    behind(name, table, handle, body)
}

/// [`boundary_on`], where it costs nothing as long as it is not called.
#[cold]
#[inline(never)]
fn behind<T: Send + Sync + 'static, const KIND: usize, const N: usize>(
    name: &'static str,
    table: &'static Table<T, KIND, N>,
    handle: Handle,
    body: impl FnOnce(&Entered<'_, T>) -> Answer<segue_status>,
) -> segue_status {
    boundary_on(name, table, handle, body)
}

/// A body on the audio thread: the same without the text of the last error. `[audio-thread]`
#[inline(always)]
pub(crate) fn boundary_rt<T: Send + Sync + 'static, const KIND: usize, const N: usize>(
    table: &'static Table<T, KIND, N>,
    handle: Handle,
    body: impl FnOnce(&T) -> segue_status,
) -> segue_status {
    let entered = match table.enter(handle) {
        Ok(entered) => entered,
        Err(failure) => return failure.status,
    };
    let body = || {
        strike();
        body(&entered)
    };
    match catch_unwind(AssertUnwindSafe(body)) {
        Ok(status) => status,
        Err(payload) => {
            entered.poison();
            panicked(payload).status
        }
    }
}

/// Where a test may ask for a panic.
#[cfg(not(feature = "test-panics"))]
#[inline(always)]
fn strike() {}

/// Whether no panic was asked for.
#[cfg(not(feature = "test-panics"))]
#[inline(always)]
fn is_quiet() -> bool {
    true
}

/// Success of a body that has no more to say.
pub(crate) const OK: Answer<segue_status> = Ok(SEGUE_STATUS_OK);

/// The text of this thread's last error: "function: what, value, allowed range, way out".
pub(crate) fn last_error() -> String {
    let text = LAST.try_with(|last| match &*last.borrow() {
        Some((name, failure)) => redacted(&format!("{name}: {failure}")),
        None => String::new(),
    });
    // A thread that is about to end has none any more.
    text.unwrap_or_default()
}

/// A text whose URLs have lost what may be secret: who asks, and what stands behind the `?`.
fn redacted(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    // One that was taken for a path has one of its strokes left.
    while let Some(at) = rest.find(":/") {
        let strokes = rest[at + 1..].bytes().take_while(|b| *b == b'/').count();
        let (before, after) = rest.split_at(at + 1 + strokes);
        out.push_str(before);
        let scheme = rest[..at].bytes().rev();
        if scheme.take_while(u8::is_ascii_alphabetic).count() < 2 {
            // A drive, or nothing.
            rest = after;
            continue;
        }
        let ends = |c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '<' | '>' | '`');
        let (url, _) = after.split_at(after.find(ends).unwrap_or(after.len()));
        let url = url.trim_end_matches([':', ';', ',', '.']);
        let place = url.find(['/', '?', '#']).unwrap_or(url.len());
        let (host, path) = url.split_at(place);
        out.push_str(host.rsplit_once('@').map_or(host, |(_, host)| host));
        match path.split_once(['?', '#']) {
            Some((path, _)) => out.extend([path, "?..."]),
            None => out.push_str(path),
        }
        rest = &after[url.len()..];
    }
    out + rest
}

/// Forgets this thread's last error.
pub(crate) fn clear_last_error() {
    // Dropped outside of the borrow: what an error holds may not come back here.
    let _before = LAST.try_with(RefCell::take);
}

/// The status of an answer; what failed is kept out of the way of what succeeds.
#[inline(always)]
fn told(name: &'static str, answer: Answer<segue_status>) -> segue_status {
    match answer {
        Ok(status) => status,
        Err(failure) => keep(name, failure),
    }
}

/// Keeps a failure as the last one of this thread.
#[cold]
#[inline(never)]
fn keep(name: &'static str, failure: Failure) -> segue_status {
    let status = failure.status;
    // A thread that is about to end has no place for it any more.
    let _before = LAST.try_with(|last| last.replace(Some((name, failure))));
    status
}

/// Drops a panic's payload, whose own destructor may panic again.
pub(crate) fn drop_payload(payload: Box<dyn std::any::Any + Send>) {
    if let Err(second) = catch_unwind(AssertUnwindSafe(|| drop(payload))) {
        // It panics whenever it is dropped: better a leak than the end of the host.
        std::mem::forget(second);
    }
}

#[cold]
#[inline(never)]
fn panicked(payload: Box<dyn std::any::Any + Send>) -> Failure {
    drop_payload(payload);
    let text =
        "a defect of the library; if the call was on a handle, destroy it and make a new one";
    Failure::plain(SEGUE_STATUS_PANICKED, text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::status::{SEGUE_STATUS_BUSY, SEGUE_STATUS_POISONED, SEGUE_STATUS_STALE_HANDLE};

    /// A payload that panics again when it is dropped.
    struct Twice;

    impl Drop for Twice {
        fn drop(&mut self) {
            panic!("again");
        }
    }

    #[test]
    fn no_panic_comes_out_and_the_text_says_whose_it_was() {
        let status = boundary("segue_a", || panic!("once"));
        assert_eq!(status, SEGUE_STATUS_PANICKED);
        assert!(
            last_error().starts_with("segue_a: a defect"),
            "{}",
            last_error()
        );
        clear_last_error();
        let status = boundary("segue_b", || std::panic::panic_any(Twice));
        assert_eq!(status, SEGUE_STATUS_PANICKED);
        assert!(last_error().starts_with("segue_b: "), "{}", last_error());
        let busy = || Err(Failure::plain(SEGUE_STATUS_BUSY, "wait"));
        assert_eq!(boundary("segue_c", busy), SEGUE_STATUS_BUSY);
        assert_eq!(last_error(), "segue_c: wait");
        // What succeeds leaves the text alone, and another thread has its own.
        assert_eq!(boundary("segue_d", || OK), SEGUE_STATUS_OK);
        assert_eq!(last_error(), "segue_c: wait");
        let other = std::thread::Builder::new().name("other".to_owned());
        let other = other.spawn(last_error).unwrap().join();
        assert_eq!(other.unwrap(), "");
    }

    #[test]
    fn a_panic_poisons_the_handle_that_it_came_from() {
        static TABLE: Table<u32, 1, 3> = Table::new("thing");
        let [whole, struck, heard] = [1, 2, 3].map(|value| TABLE.insert(value).unwrap());
        let on = |handle| boundary_on("segue_a", &TABLE, handle, |_| OK);
        let status = boundary_on("segue_b", &TABLE, struck, |_| panic!("once"));
        assert_eq!(status, SEGUE_STATUS_PANICKED);
        assert_eq!(
            (on(struck), on(whole)),
            (SEGUE_STATUS_POISONED, SEGUE_STATUS_OK)
        );
        clear_last_error();
        // The audio thread keeps no text.
        let status = boundary_rt(&TABLE, heard, |_| std::panic::panic_any(Twice));
        assert_eq!((status, last_error().as_str()), (SEGUE_STATUS_PANICKED, ""));
        let rt = |handle| boundary_rt(&TABLE, handle, |_| SEGUE_STATUS_OK);
        assert_eq!(
            (rt(heard), rt(whole)),
            (SEGUE_STATUS_POISONED, SEGUE_STATUS_OK)
        );
        for handle in [whole, struck, heard] {
            TABLE.remove(handle).unwrap();
            assert_eq!(
                (on(handle), rt(handle)),
                (SEGUE_STATUS_STALE_HANDLE, SEGUE_STATUS_STALE_HANDLE)
            );
        }
    }

    #[test]
    fn urls_are_shown_without_their_secrets() {
        for (text, shown) in [
            ("no URL at all?", "no URL at all?"),
            ("ws://host:1/a", "ws://host:1/a"),
            (
                "x: https://host/a/b?token=1: not found",
                "x: https://host/a/b?...: not found",
            ),
            (
                "\"ws://me:1234@host?t\" and ws://b#t.",
                "\"ws://host?...\" and ws://b?....",
            ),
            ("https://host/a@b", "https://host/a@b"),
            ("://", "://"),
            (
                "games/https:/me:1@host/a?token=1",
                "games/https:/host/a?...",
            ),
            ("C:/me@home/a", "C:/me@home/a"),
        ] {
            assert_eq!(redacted(text), shown);
        }
    }
}
