//! What stands at every border: no panic crosses it, and the thread knows which role it plays.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// What the current call is, in the words of CLAP's thread-check extension.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// No call of the host is under way on this thread.
    None,
    Main,
    Audio,
}

thread_local! {
    static ROLE: Cell<Role> = const { Cell::new(Role::None) };
}

/// The role of the current thread. Never allocates.
pub(crate) fn role() -> Role {
    ROLE.get()
}

/// Runs `body` in `role` and returns to the former role, also when `body` panics.
pub(crate) fn as_role<T>(role: Role, body: impl FnOnce() -> T) -> T {
    struct Restore(Role);
    impl Drop for Restore {
        fn drop(&mut self) {
            ROLE.set(self.0);
        }
    }
    let _restore = Restore(ROLE.replace(role));
    body()
}

/// Runs `body` and answers `fallback` if it panics, because unwinding into C is an abort.
pub(crate) fn catch<T>(fallback: T, body: impl FnOnce() -> T) -> T {
    match catch_unwind(AssertUnwindSafe(body)) {
        Ok(value) => value,
        Err(payload) => {
            // Its destructor could panic again.
            std::mem::forget(payload);
            fallback
        }
    }
}

/// The guard of `mutex`, also after a panic: every value behind one is valid at all times. Never
/// from the audio thread, which a debug build checks.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    debug_assert!(role() != Role::Audio, "a lock on the audio thread");
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Puts `value` into `mutex` and returns the former one, to be dropped without the lock: dropping
/// a COM pointer calls the host.
pub(crate) fn swap<T>(mutex: &Mutex<T>, value: T) -> T {
    std::mem::replace(&mut *lock(mutex), value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_becomes_the_fallback_and_restores_the_role() {
        let result = catch(1, || as_role(Role::Audio, || panic!("on purpose")));
        assert_eq!(result, 1);
        assert_eq!(role(), Role::None);
    }

    #[test]
    fn roles_nest() {
        as_role(Role::Main, || {
            as_role(Role::Audio, || assert_eq!(role(), Role::Audio));
            assert_eq!(role(), Role::Main);
        });
        assert_eq!(role(), Role::None);
    }
}
