//! Opaque handles that know when they are stale.
//!
//! C sees pointers, but a handle is no address: it is a kind, a place in a table and a generation.
//! So a handle that was destroyed, or is of another kind, or was never one, is told apart
//! without touching memory, on any thread, without a lock: destroying twice or using after
//! destroying is `SEGUE_STATUS_STALE_HANDLE`, whatever the caller does.
//!
//! Who uses a handle is counted. Destroying refuses new users, waits for those inside to leave,
//! and only then drops what was behind it.

use std::cell::{RefCell, UnsafeCell};
use std::ops::Deref;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use crate::status::{
    Answer, Failure, SEGUE_STATUS_BUSY, SEGUE_STATUS_IN_CALLBACK, SEGUE_STATUS_POISONED,
    SEGUE_STATUS_STALE_HANDLE,
};

/// The bits of a pointer of C.
pub(crate) type Handle = usize;

/// How long destroying waits for calls on other threads to leave.
pub(crate) const PATIENCE: Duration = Duration::from_secs(10);

// A handle, from its lowest bit on: index, kind, a 0 in the place of what is poisoned, generation. So what stands
// above the users in a slot's state is what stands above the kind in the handle of what lives there.
const INDEX_BITS: u32 = 10;
const KIND_BITS: u32 = 3;
const POISON_AT: u32 = INDEX_BITS + KIND_BITS;
const GENERATION_AT: u32 = POISON_AT + 1;
/// Generations that fit: 18 bits where pointers have 32.
const GENERATION_BITS: u32 = if usize::BITS >= 64 {
    32
} else {
    32 - GENERATION_AT
};
const GENERATIONS: u64 = (1 << GENERATION_BITS) - 1;
/// What a handle says below the generations, and their lowest bit, which is 1 in all of them.
const LOW: usize = (2 << GENERATION_AT) - 1;

const USER_BITS: u32 = 31;
const USERS: u64 = (1 << USER_BITS) - 1;
const POISONED: u64 = 1 << USER_BITS;
const ONE_GENERATION: u64 = 1 << 32;

/// Everything of one kind that is alive. `KIND` is 1..=7, another one for each table, so that handles of different
/// kinds differ.
pub(crate) struct Table<T, const KIND: usize, const N: usize> {
    /// What the caller calls it, for errors.
    name: &'static str,
    slots: [Slot<T>; N],
    /// Held while a slot is chosen, so that two makers never choose the same one.
    making: Mutex<()>,
}

struct Slot<T> {
    /// Generation in the upper half, odd while something lives here; below it whether that is poisoned, and users.
    state: AtomicU64,
    /// Whether nothing is here, nor on its way out.
    vacant: AtomicBool,
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
    /// The handles whose callbacks run on this thread, one inside the other.
    static IN_CALLBACK: RefCell<Vec<Handle>> = const { RefCell::new(Vec::new()) };
}

impl<T: Send + Sync, const KIND: usize, const N: usize> Table<T, KIND, N> {
    /// What handles of this table have in [`LOW`] besides the index.
    const LIVE: usize = KIND << INDEX_BITS | 1 << GENERATION_AT;

    /// An empty table.
    pub(crate) const fn new(name: &'static str) -> Self {
        assert!(N < 1 << INDEX_BITS && KIND > 0 && KIND < 1 << KIND_BITS);
        Self {
            name,
            slots: [const {
                Slot {
                    state: AtomicU64::new(0),
                    vacant: AtomicBool::new(true),
                    value: UnsafeCell::new(None),
                }
            }; N],
            making: Mutex::new(()),
        }
    }

    /// Puts a value into the table and gives out its handle.
    pub(crate) fn insert(&self, value: T) -> Answer<Handle> {
        let _making = lock(&self.making);
        let free = |slot: &&Slot<T>| slot.vacant.load(Ordering::Acquire);
        let Some((index, slot)) = (0..).zip(&self.slots).find(|(_, slot)| free(slot)) else {
            return Err(Failure::limit(self.name, N + 1, N));
        };
        slot.vacant.store(false, Ordering::Relaxed);
        // SAFETY: the slot was vacant: what was here before was taken out by `remove`, whose last
        // step that is, and the generation is even, so nobody reads. Only the holder of `making` writes.
        unsafe { *slot.value.get() = Some(value) };
        slot.state.fetch_and(!POISONED, Ordering::Relaxed);
        let before = slot.state.fetch_add(ONE_GENERATION, Ordering::Release);
        Ok(self.handle(index, (before >> 32) + 1))
    }

    /// Looks a handle up and keeps what it stands for alive. `[audio-thread]`
    #[inline(always)]
    pub(crate) fn enter(&self, handle: Handle) -> Answer<Entered<'_, T>> {
        let Some(slot) = self.find(handle) else {
            return Err(self.unknown(handle));
        };
        let was = slot.state.fetch_add(1, Ordering::Acquire);
        if !is_sound(was, handle) {
            return Err(self.leave(slot, was, handle));
        }
        // SAFETY: this user is counted, and the handle's generation, which is odd, lives.
        Ok(unsafe { Entered::new(slot) })
    }

    /// The same for those who ask [`Self::enter`] why they were not let in. `[audio-thread]`
    #[inline(always)]
    pub(crate) fn glance(&self, handle: Handle) -> Option<Entered<'_, T>> {
        let slot = self.find(handle)?;
        let was = slot.state.fetch_add(1, Ordering::Acquire);
        if !is_sound(was, handle) {
            slot.state.fetch_sub(1, Ordering::Release);
            return None;
        }
        // SAFETY: this user is counted, and the handle's generation, which is odd, lives.
        Some(unsafe { Entered::new(slot) })
    }

    /// The same, also when it is poisoned: for destroying.
    pub(crate) fn enter_even_poisoned(&self, handle: Handle) -> Answer<Entered<'_, T>> {
        let Some(slot) = self.find(handle) else {
            return Err(self.unknown(handle));
        };
        let was = slot.state.fetch_add(1, Ordering::Acquire);
        if of_state(was) != of_handle(handle) {
            return Err(self.leave(slot, was, handle));
        }
        // SAFETY: this user is counted, and the handle's generation, which is odd, lives.
        Ok(unsafe { Entered::new(slot) })
    }

    /// Refuses to end a handle inside of its own callback.
    pub(crate) fn check_callback(&self, handle: Handle) -> Answer {
        // A thread that is ending, as those of a program's last destructors are, is in no callback.
        let is_inside = IN_CALLBACK.try_with(|handles| handles.borrow().contains(&handle));
        if is_inside.unwrap_or(false) {
            let text = "a handle cannot be destroyed inside of its own callback; do it afterwards";
            return Err(Failure::plain(SEGUE_STATUS_IN_CALLBACK, text));
        }
        Ok(())
    }

    /// Ends the life of a handle: refuses new users, waits for those inside, and takes out what it
    /// stood for. When they do not leave in time the handle lives on.
    pub(crate) fn remove(&self, handle: Handle) -> Answer<T> {
        self.remove_by(handle, Instant::now() + PATIENCE)
    }

    /// The same, for those that have waited for something else before.
    pub(crate) fn remove_by(&self, handle: Handle, deadline: Instant) -> Answer<T> {
        self.check_callback(handle)?;
        let Some(slot) = self.find(handle) else {
            return Err(self.unknown(handle));
        };
        let mut state = slot.state.load(Ordering::Relaxed);
        loop {
            if of_state(state) != of_handle(handle) {
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
        while slot.state.load(Ordering::Acquire) & USERS != 0 {
            if Instant::now() > deadline {
                slot.state.fetch_sub(ONE_GENERATION, Ordering::Release);
                let text = "calls on other threads are still inside after 10 s; let them return";
                return Err(Failure::plain(SEGUE_STATUS_BUSY, text));
            }
            std::thread::yield_now();
        }
        let _making = lock(&self.making);
        // SAFETY: the generation is even and nobody is inside: only this thread, which has closed
        // the slot, touches the value until it is vacant.
        let value = unsafe { (*slot.value.get()).take() };
        slot.vacant.store(true, Ordering::Release);
        value.ok_or_else(|| self.stale())
    }

    /// How many live.
    pub(crate) fn count(&self) -> usize {
        let lives = |slot: &&Slot<T>| (slot.state.load(Ordering::Relaxed) >> 32) & 1 == 1;
        self.slots.iter().filter(lives).count()
    }

    /// The slot of a handle of this kind. Whatever else stands in its low bits makes a place that there is not.
    #[inline(always)]
    fn find(&self, handle: Handle) -> Option<&Slot<T>> {
        self.slots.get((handle & LOW) ^ Self::LIVE)
    }

    #[allow(
        clippy::cast_possible_truncation,
        reason = "masked to the bits that there are"
    )]
    fn handle(&self, index: usize, generation: u64) -> Handle {
        let generation = (generation & GENERATIONS) as usize;
        index | KIND << INDEX_BITS | generation << GENERATION_AT
    }

    /// What is said of a handle that is none of this kind.
    #[cold]
    #[inline(never)]
    fn unknown(&self, handle: Handle) -> Failure {
        match handle {
            0 => crate::memory::null(self.name),
            _ => self.stale(),
        }
    }

    /// Takes a user that was not let in away again, and says why.
    #[cold]
    #[inline(never)]
    fn leave(&self, slot: &Slot<T>, was: u64, handle: Handle) -> Failure {
        slot.state.fetch_sub(1, Ordering::Release);
        match of_state(was) == of_handle(handle) {
            true => poisoned(),
            false => self.stale(),
        }
    }

    #[cold]
    #[inline(never)]
    fn stale(&self) -> Failure {
        let problem = "was destroyed, or never made";
        Failure::argument(SEGUE_STATUS_STALE_HANDLE, self.name, problem)
    }
}

/// Whether a slot is of the handle's generation and not poisoned, both at once.
#[inline(always)]
const fn is_sound(state: u64, handle: Handle) -> bool {
    (state >> USER_BITS) & (GENERATIONS << 1 | 1) == (handle >> POISON_AT) as u64
}

/// The generation that a slot's state tells, as far as handles do.
const fn of_state(state: u64) -> u64 {
    (state >> 32) & GENERATIONS
}

/// The generation that a handle is of.
const fn of_handle(handle: Handle) -> u64 {
    (handle >> GENERATION_AT) as u64
}

#[cold]
#[inline(never)]
fn poisoned() -> Failure {
    let text = "a call on this handle has panicked before; destroy it and make a new one";
    Failure::plain(SEGUE_STATUS_POISONED, text)
}

impl<'a, T> Entered<'a, T> {
    /// # Safety
    /// The slot's generation was odd when this user was counted.
    #[inline(always)]
    unsafe fn new(slot: &'a Slot<T>) -> Self {
        // SAFETY: while the generation is odd the value is there, and it stays until the users have left.
        let value = unsafe { (*slot.value.get()).as_ref().unwrap_unchecked() };
        Self { slot, value }
    }

    /// From now on the handle can only be destroyed.
    pub(crate) fn poison(&self) {
        self.slot.state.fetch_or(POISONED, Ordering::Relaxed);
    }
}

impl<T> Deref for Entered<'_, T> {
    type Target = T;

    #[inline(always)]
    fn deref(&self) -> &T {
        self.value
    }
}

impl<T> Drop for Entered<'_, T> {
    #[inline(always)]
    fn drop(&mut self) {
        self.slot.state.fetch_sub(1, Ordering::Release);
    }
}

/// Marks that callbacks of a handle run on this thread, until it is dropped.
pub(crate) struct InCallback(());

impl InCallback {
    pub(crate) fn enter(handle: Handle) -> Self {
        _ = IN_CALLBACK.try_with(|handles| handles.borrow_mut().push(handle));
        Self(())
    }
}

impl Drop for InCallback {
    fn drop(&mut self) {
        _ = IN_CALLBACK.try_with(|handles| handles.borrow_mut().pop());
    }
}

/// A lock that a panic does not close: what it guards is checked by poisoned handles.
#[inline(always)]
pub(crate) fn lock<T: ?Sized>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::status::SEGUE_STATUS_NULL_POINTER;
    use std::sync::Arc;
    use std::sync::atomic::AtomicUsize;

    /// Counts how many of it live.
    struct Counted(Arc<AtomicUsize>, u32);

    impl Counted {
        fn new(count: &Arc<AtomicUsize>, value: u32) -> Self {
            count.fetch_add(1, Ordering::Relaxed);
            Self(Arc::clone(count), value)
        }
    }

    impl Drop for Counted {
        fn drop(&mut self) {
            self.0.fetch_sub(1, Ordering::Relaxed);
        }
    }

    fn status<T>(answer: Answer<T>) -> crate::status::segue_status {
        answer.map(|_| ()).unwrap_err().status
    }

    #[test]
    fn a_handle_that_was_destroyed_is_stale_for_ever() {
        static TABLE: Table<Counted, 1, 2> = Table::new("thing");
        static OTHER: Table<Counted, 2, 2> = Table::new("other");
        let count = Arc::default();
        let first = TABLE.insert(Counted::new(&count, 1)).unwrap();
        assert_eq!(TABLE.enter(first).unwrap().1, 1);
        drop(TABLE.remove(first).unwrap());
        assert_eq!(count.load(Ordering::Relaxed), 0);
        assert_eq!(status(TABLE.remove(first)), SEGUE_STATUS_STALE_HANDLE);
        let second = TABLE.insert(Counted::new(&count, 2)).unwrap();
        assert_ne!(first, second);
        assert_eq!(status(TABLE.enter(first)), SEGUE_STATUS_STALE_HANDLE);
        assert_eq!(TABLE.enter(second).unwrap().1, 2);
        // Of another kind, never made, or no handle at all.
        assert_eq!(status(OTHER.enter(second)), SEGUE_STATUS_STALE_HANDLE);
        for wrong in [1, 0x3ff, usize::MAX, second + 1, second ^ (1 << 20)] {
            assert_eq!(
                status(TABLE.enter(wrong)),
                SEGUE_STATUS_STALE_HANDLE,
                "{wrong:#x}"
            );
        }
        assert_eq!(status(TABLE.enter(0)), SEGUE_STATUS_NULL_POINTER);
        TABLE.insert(Counted::new(&count, 3)).unwrap();
        assert_eq!(TABLE.count(), 2);
        let full = TABLE.insert(Counted::new(&count, 4)).unwrap_err();
        assert_eq!(full.to_string(), "thing: 3 is over the limit of 2");
        assert_eq!(count.load(Ordering::Relaxed), 2);
    }

    #[test]
    fn a_poisoned_handle_can_only_be_destroyed() {
        static TABLE: Table<u32, 1, 1> = Table::new("thing");
        let handle = TABLE.insert(1).unwrap();
        TABLE.enter(handle).unwrap().poison();
        assert_eq!(status(TABLE.enter(handle)), SEGUE_STATUS_POISONED);
        assert_eq!(*TABLE.enter_even_poisoned(handle).unwrap(), 1);
        // As the poison stands in the state, one that claims it is no handle.
        let claims = handle | 1 << POISON_AT;
        assert_eq!(status(TABLE.enter(claims)), SEGUE_STATUS_STALE_HANDLE);
        assert_eq!(TABLE.remove(handle).unwrap(), 1);
        assert_eq!(status(TABLE.enter(handle)), SEGUE_STATUS_STALE_HANDLE);
        let next = TABLE.insert(2).unwrap();
        assert_eq!(*TABLE.enter(next).unwrap(), 2);
    }

    #[test]
    fn destroying_waits_for_those_inside() {
        static TABLE: Table<Counted, 1, 1> = Table::new("thing");
        let count: Arc<AtomicUsize> = Arc::default();
        let handle = TABLE.insert(Counted::new(&count, 7)).unwrap();
        let (entered, is_inside) = std::sync::mpsc::channel();
        let (leave, may_leave) = std::sync::mpsc::channel::<()>();
        std::thread::scope(|scope| {
            let user = scope.spawn(move || {
                let inside = TABLE.enter(handle).unwrap();
                entered.send(()).unwrap();
                may_leave.recv().unwrap();
                inside.1
            });
            is_inside.recv().unwrap();
            let owner = scope.spawn(|| TABLE.remove(handle).map(|value| value.1));
            // New users are refused while the one inside still has its value.
            while TABLE.enter(handle).is_ok() {
                std::thread::yield_now();
            }
            assert_eq!(count.load(Ordering::Relaxed), 1);
            leave.send(()).unwrap();
            assert_eq!(user.join().unwrap(), 7);
            assert_eq!(owner.join().unwrap().unwrap(), 7);
        });
        assert_eq!(count.load(Ordering::Relaxed), 0);
    }

    #[test]
    fn many_threads_use_and_one_destroys() {
        static TABLE: Table<Counted, 1, 4> = Table::new("thing");
        let count: Arc<AtomicUsize> = Arc::default();
        let rounds = if cfg!(miri) { 5 } else { 100 };
        for round in 0..rounds {
            let handle = TABLE.insert(Counted::new(&count, round)).unwrap();
            std::thread::scope(|scope| {
                let user = || {
                    while let Ok(inside) = TABLE.enter(handle) {
                        assert_eq!(inside.1, round);
                    }
                };
                scope.spawn(user);
                scope.spawn(user);
                let destroy = || TABLE.remove(handle).is_ok();
                let owners = [scope.spawn(destroy), scope.spawn(destroy)];
                let destroyed = owners.map(|owner| owner.join().unwrap());
                assert_eq!(destroyed.iter().filter(|ok| **ok).count(), 1);
            });
        }
        assert_eq!((TABLE.count(), count.load(Ordering::Relaxed)), (0, 0));
    }

    #[test]
    fn a_slot_is_given_out_again_only_when_it_is_empty() {
        static TABLE: Table<Counted, 1, 2> = Table::new("thing");
        let count: Arc<AtomicUsize> = Arc::default();
        let rounds = if cfg!(miri) { 5 } else { 2_000 };
        std::thread::scope(|scope| {
            for thread in 0..4 {
                let count = Arc::clone(&count);
                scope.spawn(move || {
                    for round in 0..rounds {
                        let mine = thread * rounds + round;
                        // Four threads share two places: some find none.
                        let Ok(handle) = TABLE.insert(Counted::new(&count, mine)) else {
                            continue;
                        };
                        assert_eq!(TABLE.enter(handle).unwrap().1, mine);
                        assert_eq!(TABLE.remove(handle).unwrap().1, mine);
                    }
                });
            }
        });
        assert_eq!((TABLE.count(), count.load(Ordering::Relaxed)), (0, 0));
    }

    #[test]
    fn a_callback_cannot_destroy_its_own_handle() {
        static TABLE: Table<u32, 1, 2> = Table::new("thing");
        let (mine, other) = (TABLE.insert(1).unwrap(), TABLE.insert(2).unwrap());
        let inside = InCallback::enter(mine);
        let deeper = InCallback::enter(other);
        assert_eq!(status(TABLE.remove(mine)), SEGUE_STATUS_IN_CALLBACK);
        drop(deeper);
        assert_eq!(TABLE.remove(other).unwrap(), 2);
        assert_eq!(status(TABLE.remove(mine)), SEGUE_STATUS_IN_CALLBACK);
        drop(inside);
        assert_eq!(TABLE.remove(mine).unwrap(), 1);
    }
}
