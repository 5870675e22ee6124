//! Commands that wait for their frame.

use std::collections::VecDeque;

use crate::command::Timed;

/// Commands in the order of their frames, equal ones in the order of their numbers. Holds as many
/// as it was made for and never allocates after that; whoever fills it asks for
/// [`Queue::room`] first, so it loses nothing. `[audio-thread]`
pub(crate) struct Queue {
    waiting: VecDeque<Timed>,
    capacity: usize,
}

impl Queue {
    /// Room for `capacity` commands. `[main-thread]`
    pub(crate) fn new(capacity: usize) -> Self {
        Self {
            waiting: VecDeque::with_capacity(capacity),
            capacity,
        }
    }

    /// Commands that fit now.
    pub(crate) fn room(&self) -> usize {
        self.capacity - self.waiting.len()
    }

    /// Commands that wait.
    pub(crate) fn len(&self) -> usize {
        self.waiting.len()
    }

    /// Takes `command` in; hands it back when there is no room.
    pub(crate) fn push(&mut self, command: Timed) -> Option<Timed> {
        if self.room() == 0 {
            return Some(command);
        }
        let key = (command.at, command.number);
        // Nearly always the last one: commands come in the order of time.
        if self
            .waiting
            .back()
            .is_none_or(|last| (last.at, last.number) <= key)
        {
            self.waiting.push_back(command);
        } else {
            let place = self
                .waiting
                .partition_point(|other| (other.at, other.number) <= key);
            self.waiting.insert(place, command);
        }
        None
    }

    /// The first command that is due at `now`.
    pub(crate) fn pop_due(&mut self, now: u64) -> Option<Timed> {
        (self.next_frame() <= now).then(|| self.waiting.pop_front())?
    }

    /// The frame of the first command; `u64::MAX` when none waits.
    pub(crate) fn next_frame(&self) -> u64 {
        self.waiting.front().map_or(u64::MAX, |first| first.at)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::command::{Command, Plain};

    fn timed(at: u64, number: u64) -> Timed {
        Timed {
            at,
            number,
            command: Command::Plain(Plain::ReleaseHost),
        }
    }

    proptest! {
        #[test]
        fn comes_out_sorted_and_without_allocation(frames in prop::collection::vec(0_u64..20, 0..64)) {
            let mut queue = Queue::new(64);
            let mut out = Vec::with_capacity(64);
            assert_no_alloc::assert_no_alloc(|| {
                for (number, at) in frames.iter().enumerate() {
                    assert!(queue.push(timed(*at, number as u64)).is_none());
                }
                while let Some(first) = queue.pop_due(u64::MAX - 1) {
                    out.push((first.at, first.number));
                }
            });
            let mut expected: Vec<_> =
                frames.iter().enumerate().map(|(n, at)| (*at, n as u64)).collect();
            expected.sort_unstable();
            prop_assert_eq!(out, expected);
        }
    }

    #[test]
    fn a_full_queue_hands_back_and_waits_for_its_frame() {
        let mut queue = Queue::new(1);
        assert!(queue.push(timed(5, 0)).is_none());
        assert!(queue.push(timed(6, 1)).is_some());
        assert!(queue.pop_due(4).is_none());
        assert_eq!(queue.next_frame(), 5);
        assert!(queue.pop_due(5).is_some());
        assert_eq!(queue.next_frame(), u64::MAX);
    }
}
