//! When to draw again: often while something moves, seldom while nothing does.

use std::time::Duration;

/// At most 60 frames a second.
pub const ACTIVE_INTERVAL: Duration = Duration::from_nanos(16_666_667);
/// How often a still editor looks whether its model has moved. Whoever knows earlier calls
/// [`egui::Context::request_repaint`].
pub const IDLE_INTERVAL: Duration = Duration::from_millis(100);

/// Decides when the next frame is due.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Repaint {
    fingerprint: u64,
    moves: bool,
}

impl Repaint {
    /// Starts a frame that shows what has this fingerprint.
    pub fn begin(&mut self, fingerprint: u64) {
        self.moves = fingerprint != self.fingerprint;
        self.fingerprint = fingerprint;
    }

    /// Something in a view is under way: a meter that falls, a hand on a knob.
    pub fn keep_moving(&mut self) {
        self.moves = true;
    }

    /// Time from the end of this frame to the next one, if this one took `spent` so far.
    pub fn delay(&self, spent: Duration) -> Duration {
        // Never zero: egui takes that for "at once, and once more".
        let shortest = Duration::from_millis(1);
        if !self.moves {
            return IDLE_INTERVAL;
        }
        ACTIVE_INTERVAL.saturating_sub(spent).max(shortest)
    }
}

/// Collects bits of what is shown into one number that changes when they do (FNV-1a by words).
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fingerprint(u64);

impl Fingerprint {
    pub(crate) fn new() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }

    pub(crate) fn add(&mut self, word: u64) {
        self.0 = (self.0 ^ word)
            .wrapping_mul(0x0000_0100_0000_01b3)
            .rotate_left(23);
    }

    pub(crate) fn add_f32(&mut self, value: f32) {
        self.add(u64::from(value.to_bits()));
    }

    pub(crate) fn add_text(&mut self, text: &str) {
        self.add(text.len() as u64);
        for byte in text.bytes() {
            self.add(u64::from(byte));
        }
    }

    pub(crate) fn finish(self) -> u64 {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_moves_is_drawn_60_times_a_second_and_what_rests_10_times() {
        let mut repaint = Repaint::default();
        repaint.begin(7);
        assert_eq!(repaint.delay(Duration::ZERO), ACTIVE_INTERVAL);
        repaint.begin(7);
        assert_eq!(repaint.delay(Duration::from_millis(2)), IDLE_INTERVAL);
        repaint.keep_moving();
        let rest = ACTIVE_INTERVAL - Duration::from_millis(2);
        assert_eq!(repaint.delay(Duration::from_millis(2)), rest);
        assert_eq!(
            repaint.delay(Duration::from_secs(1)),
            Duration::from_millis(1)
        );
    }

    #[test]
    fn a_fingerprint_changes_with_every_part() {
        let of = |number: f32, text: &str| {
            let mut print = Fingerprint::new();
            print.add_f32(number);
            print.add_text(text);
            print.finish()
        };
        assert_eq!(of(1.0, "a"), of(1.0, "a"));
        assert_ne!(of(1.0, "a"), of(1.5, "a"));
        assert_ne!(of(1.0, "a"), of(1.0, "b"));
        assert_ne!(of(0.0, "a"), of(-0.0, "a"));
    }
}
