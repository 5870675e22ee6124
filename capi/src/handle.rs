//! Opaque handles that know when they are stale.
//!
//! C sees pointers, but a handle is no address: it is a kind, a place in a table and a generation.
//! So a handle that was destroyed, or is of another kind, or was never one, is told apart
//! without touching memory, on any thread, without a lock: destroying twice or using after
//! destroying is `SEGUE_STATUS_STALE_HANDLE`, whatever the caller does.
//!
//! Who uses a handle is counted. Destroying refuses new users, waits for those inside to leave,
//! and only then drops what was behind it.

use std::cell::{Cell, UnsafeCell};
use std::ops::Deref;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use crate::status::{
    Answer, Failure, SEGUE_STATUS_BUSY, SEGUE_STATUS_IN_CALLBACK, SEGUE_STATUS_NULL_POINTER,
    SEGUE_STATUS_POISONED, SEGUE_STATUS_STALE_HANDLE,
};

/// The bits of a pointer of C.
pub(crate) type Handle = usize;

/// How long destroying waits for calls on other threads to leave.
pub(crate) const PATIENCE: Duration = Duration::from_secs(10);

const INDEX_BITS: u32 = 10;
const KIND_BITS: u32 = 3;
/// Generations that fit: 19 bits where pointers have 32.
const GENERATION_BITS: u32 = if usize::BITS >= 64 {
    32
} else {
    32 - INDEX_BITS - KIND_BITS
};
const GENERATIONS: u64 = (1 << GENERATION_BITS) - 1;
const USERS: u64 = 0xffff_ffff;
const ONE_GENERATION: u64 = 1 << 32;

/// Everything of one kind that is alive.
pub(crate) struct Table<T, const N: usize> {
    /// 1..=7, another one for each table, so that handles of different kinds differ.
    kind: usize,
    /// What the caller calls it, for errors.
    name: &'static str,
    slots: [Slot<T>; N],
    /// Held while a slot is chosen, so that two makers never choose the same one.
    making: Mutex<()>,
}

struct Slot<T> {
    /// Generation in the upper half, odd while something lives here; users in the lower half.
    state: AtomicU64,
    poisoned: AtomicBool,
    value: UnsafeCell<Option<T>>,
}

// SAFETY: the value is written while the generation is even and nobody is inside, and is only
// shared (`T: Sync`) while it is odd; it may be dropped on another thread (`T: Send`).
unsafe impl<T: Send + Sync> Sync for Slot<T> {}

/// What a handle stands for, kept alive while this lives.
pub(crate) struct Entered<'a, T> {
    slot: &'a Slot<T>,
    value: &'a T,
}

thread_local! {
    /// The handle whose callback runs on this thread, 0 for none.
    static IN_CALLBACK: Cell<Handle> = const { Cell::new(0) };
}

impl<T: Send + Sync, const N: usize> Table<T, N> {
    /// An empty table.
    pub(crate) const fn new(kind: usize, name: &'static str) -> Self {
        assert!(N < 1 << INDEX_BITS && kind > 0 && kind < 1 << KIND_BITS);
        Self {
            kind,
            name,
            slots: [const {
                Slot {
                    state: AtomicU64::new(0),
                    poisoned: AtomicBool::new(false),
                    value: UnsafeCell::new(None),
                }
            }; N],
            making: Mutex::new(()),
        }
    }

    /// Puts a value into the table and gives out its handle.
    pub(crate) fn insert(&self, value: T) -> Answer<Handle> {
        let _making = lock(&self.making);
        let free = |slot: &&Slot<T>| (slot.state.load(Ordering::Acquire) >> 32) & 1 == 0;
        let Some((index, slot)) = (0..).zip(&self.slots).find(|(_, slot)| free(slot)) else {
            return Err(Failure::limit(self.name, N + 1, N));
        };
        // SAFETY: the generation is even, so nobody reads the value, and only the holder of
        // `making` writes it. What was here before was taken out by `remove`.
        unsafe { *slot.value.get() = Some(value) };
        slot.poisoned.store(false, Ordering::Relaxed);
        let before = slot.state.fetch_add(ONE_GENERATION, Ordering::Release);
        Ok(self.handle(index, (before >> 32) + 1))
    }

    /// Looks a handle up and keeps what it stands for alive. `[audio-thread]`
    pub(crate) fn enter(&self, handle: Handle) -> Answer<Entered<'_, T>> {
        let entered = self.enter_even_poisoned(handle)?;
        if entered.slot.poisoned.load(Ordering::Relaxed) {
            let text = "a call on this handle has panicked before; destroy it and make a new one";
            return Err(Failure::plain(SEGUE_STATUS_POISONED, text));
        }
        Ok(entered)
    }

    /// The same, also when it is poisoned: for destroying.
    pub(crate) fn enter_even_poisoned(&self, handle: Handle) -> Answer<Entered<'_, T>> {
        let (slot, generation) = self.find(handle)?;
        let state = slot.state.fetch_add(1, Ordering::Acquire);
        if (state >> 32) & GENERATIONS != generation {
            slot.state.fetch_sub(1, Ordering::Release);
            return Err(self.stale());
        }
        // SAFETY: the generation is odd and the count of users above 0, so the value is there and
        // stays until this user has left.
        let value = unsafe { (*slot.value.get()).as_ref() };
        match value {
            Some(value) => Ok(Entered { slot, value }),
            None => {
                slot.state.fetch_sub(1, Ordering::Release);
                Err(self.stale())
            }
        }
    }

    /// Ends the life of a handle: refuses new users, waits for those inside, and takes out what it
    /// stood for. When they do not leave in time the handle lives on.
    pub(crate) fn remove(&self, handle: Handle) -> Answer<T> {
        if IN_CALLBACK.get() == handle && handle != 0 {
            let text = "a handle cannot be destroyed inside of its own callback; do it afterwards";
            return Err(Failure::plain(SEGUE_STATUS_IN_CALLBACK, text));
        }
        let (slot, generation) = self.find(handle)?;
        let mut state = slot.state.load(Ordering::Relaxed);
        loop {
            if (state >> 32) & GENERATIONS != generation {
                return Err(self.stale());
            }
            let closed = state + ONE_GENERATION;
            match slot.state.compare_exchange_weak(
                state,
                closed,
                Ordering::AcqRel,
                Ordering::Relaxed,
            ) {
                Ok(_) => break,
                Err(now) => state = now,
            }
        }
        let began = Instant::now();
        while slot.state.load(Ordering::Acquire) & USERS != 0 {
            if began.elapsed() > PATIENCE {
                slot.state.fetch_sub(ONE_GENERATION, Ordering::Release);
                let text = "calls on other threads are still inside after 10 s; let them return";
                return Err(Failure::plain(SEGUE_STATUS_BUSY, text));
            }
            std::thread::yield_now();
        }
        let _making = lock(&self.making);
        // SAFETY: the generation is even and nobody is inside: only this thread, which has closed
        // the slot, touches the value; `making` keeps out whoever looks for a free slot.
        let value = unsafe { (*slot.value.get()).take() };
        value.ok_or_else(|| self.stale())
    }

    /// How many live.
    pub(crate) fn count(&self) -> usize {
        let lives = |slot: &&Slot<T>| (slot.state.load(Ordering::Relaxed) >> 32) & 1 == 1;
        self.slots.iter().filter(lives).count()
    }

    fn find(&self, handle: Handle) -> Answer<(&Slot<T>, u64)> {
        if handle == 0 {
            return Err(Failure::argument(
                SEGUE_STATUS_NULL_POINTER,
                self.name,
                "is NULL",
            ));
        }
        let index = handle & ((1 << INDEX_BITS) - 1);
        let kind = handle >> INDEX_BITS & ((1 << KIND_BITS) - 1);
        let generation = (handle >> (INDEX_BITS + KIND_BITS)) as u64;
        match self.slots.get(index) {
            Some(slot) if kind == self.kind && generation & 1 == 1 => Ok((slot, generation)),
            _ => Err(self.stale()),
        }
    }

    #[allow(
        clippy::cast_possible_truncation,
        reason = "masked to the bits that there are"
    )]
    fn handle(&self, index: usize, generation: u64) -> Handle {
        let generation = (generation & GENERATIONS) as usize;
        index | self.kind << INDEX_BITS | generation << (INDEX_BITS + KIND_BITS)
    }

    fn stale(&self) -> Failure {
        let problem = "was destroyed, or never made";
        Failure::argument(SEGUE_STATUS_STALE_HANDLE, self.name, problem)
    }
}

impl<T> Entered<'_, T> {
    /// From now on the handle can only be destroyed.
    pub(crate) fn poison(&self) {
        self.slot.poisoned.store(true, Ordering::Relaxed);
    }
}

impl<T> Deref for Entered<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        self.value
    }
}

impl<T> Drop for Entered<'_, T> {
    fn drop(&mut self) {
        self.slot.state.fetch_sub(1, Ordering::Release);
    }
}

/// Marks that callbacks of a handle run on this thread, until it is dropped.
pub(crate) struct InCallback(Handle);

impl InCallback {
    pub(crate) fn enter(handle: Handle) -> Self {
        Self(IN_CALLBACK.replace(handle))
    }
}

impl Drop for InCallback {
    fn drop(&mut self) {
        IN_CALLBACK.set(self.0);
    }
}

/// A lock that a panic does not close: what it guards is checked by poisoned handles.
pub(crate) fn lock<T: ?Sized>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner)
}
