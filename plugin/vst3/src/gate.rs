//! One value that the audio thread owns while it runs and the main thread while it does not.

use std::cell::UnsafeCell;
use std::ops::{Deref, DerefMut};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// How long the main thread waits for a block to end. Longer than any block, shorter than a freeze
/// that a user would kill: a host that changes the state from inside of `process` gets a refusal.
const PATIENCE: Duration = Duration::from_secs(2);

/// Lets one thread at a time reach the value.
///
/// The audio thread never waits: it gets in at once or not at all. The main thread waits for the
/// end of the block that is running.
pub(crate) struct Gate<T> {
    is_busy: AtomicBool,
    value: UnsafeCell<T>,
}

// SAFETY: `is_busy` admits one thread at a time, so the gate only moves the value between threads.
unsafe impl<T: Send> Sync for Gate<T> {}

impl<T> Gate<T> {
    pub(crate) fn new(value: T) -> Self {
        Self {
            is_busy: AtomicBool::new(false),
            value: UnsafeCell::new(value),
        }
    }

    /// `[thread-safe]` Enters if nobody is inside. One atomic operation; never waits.
    pub(crate) fn try_enter(&self) -> Option<Entered<'_, T>> {
        let was_free =
            self.is_busy
                .compare_exchange(false, true, Ordering::Acquire, Ordering::Relaxed);
        // Not `then_some`: an `Entered` that is made and dropped opens the gate.
        was_free.is_ok().then(|| Entered(self))
    }

    /// `[main-thread]` Waits until nobody is inside; `None` after two seconds.
    pub(crate) fn enter(&self) -> Option<Entered<'_, T>> {
        let mut deadline = None;
        loop {
            if let Some(entered) = self.try_enter() {
                return Some(entered);
            }
            let end = *deadline.get_or_insert_with(|| Instant::now() + PATIENCE);
            if Instant::now() > end {
                return None;
            }
            std::thread::yield_now();
        }
    }
}

/// Being inside of a [`Gate`].
pub(crate) struct Entered<'a, T>(&'a Gate<T>);

impl<T> Deref for Entered<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        // SAFETY: `Entered` exists once at a time, and the reference cannot outlive it.
        unsafe { &*self.0.value.get() }
    }
}

impl<T> DerefMut for Entered<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: `Entered` exists once at a time and is borrowed mutably here.
        unsafe { &mut *self.0.value.get() }
    }
}

impl<T> Drop for Entered<'_, T> {
    fn drop(&mut self) {
        self.0.is_busy.store(false, Ordering::Release);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_one_is_inside() {
        let gate = Gate::new(1);
        let mut inside = gate.try_enter().unwrap();
        *inside += 1;
        for _ in 0..2 {
            assert!(gate.try_enter().is_none());
        }
        drop(inside);
        assert_eq!(*gate.enter().unwrap(), 2);
    }

    #[test]
    fn threads_take_turns() {
        let gate = Gate::new(0_u64);
        std::thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| {
                    for _ in 0..1_000 {
                        *gate.enter().unwrap() += 1;
                    }
                });
            }
        });
        assert_eq!(*gate.try_enter().unwrap(), 2_000);
    }
}
