#[cfg(not(miri))]
use std::collections::VecDeque;
use std::sync::atomic::AtomicUsize;

#[cfg(not(miri))]
use proptest::prelude::*;

use super::*;

/// Counts how many of it live; larger than a word, so that halves would show.
struct Counted<'a>(&'a AtomicUsize, [u64; 5]);

impl<'a> Counted<'a> {
    fn new(count: &'a AtomicUsize, value: u64) -> Self {
        count.fetch_add(1, Ordering::Relaxed);
        Self(count, [value; 5])
    }
}

impl Drop for Counted<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

#[test]
fn a_full_line_makes_nothing_and_numbers_go_on() {
    let (mut sender, mut receiver) = line(3);
    for (number, room) in [(0, 3), (1, 2), (2, 1)] {
        assert_eq!((sender.number(), sender.room()), (number, room));
        assert!(sender.put(|given| given));
    }
    assert!(!sender.put(|_| panic!("there is no room for what would be made")));
    assert_eq!((sender.number(), sender.room()), (3, 0));
    assert_eq!(receiver.take(), Some(0));
    assert!(sender.put(|given| given));
    assert!(!sender.put(|given| given));
    for number in 1..4 {
        assert_eq!(receiver.take(), Some(number));
    }
    assert_eq!((receiver.take(), sender.room()), (None, 3));
}

#[test]
fn a_line_without_room_holds_one() {
    let (mut sender, mut receiver) = line(0);
    assert!(sender.put(|_| 'a'));
    assert!(!sender.put(|_| 'b'));
    assert_eq!((receiver.take(), receiver.take()), (Some('a'), None));
}

#[test]
fn what_was_not_taken_is_dropped_once() {
    let count = AtomicUsize::new(0);
    let (mut sender, mut receiver) = line(5);
    for value in 0..9 {
        assert!(sender.put(|_| Counted::new(&count, value)));
        if value < 6 {
            assert_eq!(receiver.take().unwrap().1, [value; 5]);
        }
    }
    assert_eq!(count.load(Ordering::Relaxed), 3);
    // Nobody takes any more, and what is put in is kept until the end.
    drop(receiver);
    assert!(sender.put(|_| Counted::new(&count, 9)));
    assert_eq!(count.load(Ordering::Relaxed), 4);
    drop(sender);
    assert_eq!(count.load(Ordering::Relaxed), 0);
}

#[test]
fn a_panic_while_a_value_is_made_puts_nothing_in() {
    let count = AtomicUsize::new(0);
    let (mut sender, mut receiver) = line(2);
    assert!(sender.put(|_| Counted::new(&count, 1)));
    let made = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        sender.put(|_| std::panic::panic_any("no value"))
    }));
    assert!(made.is_err());
    assert_eq!((sender.number(), sender.room()), (1, 1));
    assert!(sender.put(|number| Counted::new(&count, number)));
    assert_eq!(receiver.take().unwrap().1, [1; 5]);
    assert_eq!(receiver.take().unwrap().1, [1; 5]);
    assert!(receiver.take().is_none());
    assert_eq!(count.load(Ordering::Relaxed), 0);
}

#[test]
fn two_threads_see_whole_values_in_order() {
    let values: u64 = if cfg!(miri) { 200 } else { 200_000 };
    let count = AtomicUsize::new(0);
    let (mut sender, mut receiver) = line(7);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let mut value = 0;
            while value < values {
                let made = |number| Counted::new(&count, number);
                match sender.put(made) {
                    true => value += 1,
                    false => std::thread::yield_now(),
                }
            }
        });
        for value in 0..values {
            let taken = loop {
                match receiver.take() {
                    Some(taken) => break taken,
                    None => std::thread::yield_now(),
                }
            };
            assert_eq!(taken.1, [value; 5]);
        }
    });
    assert!(receiver.take().is_none());
    assert_eq!(count.load(Ordering::Relaxed), 0);
}

// The interpreter has no files, which proptest asks for.
#[cfg(not(miri))]
proptest! {
    #[test]
    fn does_what_a_deque_does(limit in 1_usize..20, steps in prop::collection::vec(0_u8..5, 0..200)) {
        let (mut sender, mut receiver) = line(limit);
        let (mut model, mut next) = (VecDeque::with_capacity(limit), 0_u64);
        assert_no_alloc::assert_no_alloc(|| {
            for step in &steps {
                // Runs of either, so that it is full and empty at times.
                for _ in 0..*step {
                    let fits = model.len() < limit;
                    assert_eq!(sender.put(|number| number), fits);
                    if fits {
                        model.push_back(next);
                        next += 1;
                    }
                }
                assert_eq!(sender.room(), limit - model.len());
                for _ in 0..4 - *step {
                    assert_eq!(receiver.take(), model.pop_front());
                }
            }
        });
    }
}
