//! The line from the control side to the audio thread: one thread puts in, one takes out, nobody waits.
//!
//! Why it is not `rtrb`, as the other queues are: every call of a game goes through this one. Its counters run on
//! without wrapping, so that a value's count is its number, room is looked for only when what was known of it is used
//! up, and a value is made in its place instead of being moved there.

#![allow(
    unsafe_code,
    reason = "slots that two threads use in turn; what keeps them apart stands at Ring"
)]

use std::cell::UnsafeCell;
use std::mem::MaybeUninit;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Keeps what two threads write in lines of the cache of their own.
#[repr(align(128))]
struct Apart<T>(T);

/// What both ends share.
///
/// Of the values from `taken` on, those before `put` are in their slots and belong to the receiver; all other slots
/// are empty and belong to the sender. Only the sender moves `put`, after a slot was filled; only the receiver moves
/// `taken`, after a slot was emptied. `put - taken` is never above `limit`, and there are at least as many
/// slots.
struct Ring<T> {
    /// Values that were ever put in.
    put: Apart<AtomicU64>,
    /// Values that were ever taken out.
    taken: Apart<AtomicU64>,
    /// A power of two of them, so that a count is a place without a division.
    slots: Box<[UnsafeCell<MaybeUninit<T>>]>,
    limit: u64,
}

// SAFETY: a slot is used by one end at a time, as said at `Ring`; what is in it goes from the one thread to the other.
unsafe impl<T: Send> Sync for Ring<T> {}

impl<T> Ring<T> {
    /// The slot of the value of this count.
    #[inline(always)]
    #[allow(
        clippy::cast_possible_truncation,
        reason = "masked to the slots there are"
    )]
    fn slot(&self, count: u64) -> *mut MaybeUninit<T> {
        let mask = self.slots.len() - 1;
        // SAFETY: the number of slots is a power of two, so a masked count is one of them.
        unsafe { self.slots.get_unchecked(count as usize & mask) }.get()
    }
}

impl<T> Drop for Ring<T> {
    fn drop(&mut self) {
        for count in *self.taken.0.get_mut()..*self.put.0.get_mut() {
            // SAFETY: both ends are gone, and this slot is full. It is emptied once.
            unsafe { (*self.slot(count)).assume_init_drop() };
        }
    }
}

/// The end that values are put in at.
pub struct Sender<T> {
    ring: Arc<Ring<T>>,
    /// `put` as only this end changes it.
    put: u64,
    /// How far it may go before `taken` is looked at again.
    end: u64,
}

/// The end that values are taken out at, in the order in which they were put in.
pub struct Receiver<T> {
    ring: Arc<Ring<T>>,
    /// `taken` as only this end changes it.
    taken: u64,
    /// `put` when it was looked at last.
    seen: u64,
}

/// A line that holds `limit` values, at least 1. `[main-thread]`
pub fn line<T>(limit: usize) -> (Sender<T>, Receiver<T>) {
    let limit = limit.max(1);
    let slots = (0..limit.next_power_of_two()).map(|_| UnsafeCell::new(MaybeUninit::uninit()));
    let ring = Arc::new(Ring {
        put: Apart(AtomicU64::new(0)),
        taken: Apart(AtomicU64::new(0)),
        slots: slots.collect(),
        limit: limit as u64,
    });
    let sender = Sender {
        ring: Arc::clone(&ring),
        put: 0,
        end: limit as u64,
    };
    let receiver = Receiver {
        ring,
        taken: 0,
        seen: 0,
    };
    (sender, receiver)
}

impl<T> Sender<T> {
    /// Puts in what `make` makes of its number: 0 for the first value, one more for each. False, and nothing
    /// made, while it is full. Inlined, so that only what the value says is written, in its place.
    #[inline(always)]
    pub fn put(&mut self, make: impl FnOnce(u64) -> T) -> bool {
        let number = self.put;
        if number == self.end && !self.look() {
            return false;
        }
        // SAFETY: `number` is below `taken` plus the limit, so its slot is empty and this end's.
        unsafe { (*self.ring.slot(number)).write(make(number)) };
        self.put = number + 1;
        // After the slot was filled.
        self.ring.put.0.store(number + 1, Ordering::Release);
        true
    }

    /// Whether there is no room.
    pub fn is_full(&mut self) -> bool {
        self.put == self.end && !self.look()
    }

    /// The number of the next value.
    #[inline]
    pub fn number(&self) -> u64 {
        self.put
    }

    /// Values that can be put in now.
    pub fn room(&self) -> usize {
        let taken = self.ring.taken.0.load(Ordering::Acquire);
        let room = self.ring.limit - (self.put - taken);
        usize::try_from(room).unwrap_or(usize::MAX)
    }

    /// Whether the other end has made room since.
    #[cold]
    #[inline(never)]
    fn look(&mut self) -> bool {
        // What is emptied is filled again only after this.
        self.end = self.ring.taken.0.load(Ordering::Acquire) + self.ring.limit;
        self.put != self.end
    }
}

impl<T> Receiver<T> {
    /// Takes the oldest value out.
    #[inline]
    pub fn take(&mut self) -> Option<T> {
        if self.taken == self.seen {
            // What was put in is read only after this.
            self.seen = self.ring.put.0.load(Ordering::Acquire);
            if self.taken == self.seen {
                return None;
            }
        }
        // SAFETY: it was put in and not taken out yet, so its slot is full and this end's; it is emptied once, since
        // `taken` goes on.
        let value = unsafe { (*self.ring.slot(self.taken)).assume_init_read() };
        self.taken += 1;
        // After the slot was emptied.
        self.ring.taken.0.store(self.taken, Ordering::Release);
        Some(value)
    }
}

#[cfg(test)]
mod tests;
