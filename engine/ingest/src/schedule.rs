//! When effects are heard: from the game's time to frames, and the queue of what is still to come.

use crate::adapter::When;
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// Effects that may wait for their frame.
pub const SCHEDULE_MAX: usize = 4096;
/// Further places for what ends something.
pub const RESERVED: usize = 16;
/// A fall of the time within the spin by more ms than this begins another spin.
const NEW_SPIN_MS: f64 = 1000.0;
/// The place of the output is followed by at most this, in microseconds a second.
const SLEW: f64 = 0.001;
/// The place of the output is not followed below this, in microseconds.
const DEADBAND_US: f64 = 1000.0;
/// Beyond this the clock jumps, in microseconds.
const STEP_US: f64 = 50_000.0;
/// Places are compared over so many microseconds.
const WINDOW_US: i64 = 1_000_000;

/// Which frame sounds when: follows an output that asks for its frames a block at a time.
///
/// Frames are asked for in steps, so the place is that of the output just after a step: every frame
/// from there on has not been rendered. It is followed slowly, so the distances between two moments
/// stay what they are. `[thread-safe]`
#[derive(Clone, Debug)]
pub struct FrameClock {
    rate: f64,
    /// A moment in microseconds, and its frame.
    anchor: Option<(i64, f64)>,
    /// The furthest that the output was ahead in this window, in microseconds.
    ahead_us: f64,
    window_us: i64,
    /// The first window has passed.
    is_settled: bool,
}

impl FrameClock {
    /// For an output of `sample_rate` frames a second.
    #[must_use]
    pub fn new(sample_rate: u32) -> Self {
        Self {
            rate: f64::from(sample_rate),
            anchor: None,
            ahead_us: f64::NEG_INFINITY,
            window_us: 0,
            is_settled: false,
        }
    }

    /// At `now_us` the output has asked for `frames`. Answers by how many microseconds the clock
    /// jumped, if it did.
    #[expect(clippy::cast_precision_loss, reason = "frames far below 2^53")]
    pub fn observe(&mut self, now_us: i64, frames: u64) -> Option<f64> {
        let Some((at_us, _)) = self.anchor else {
            self.anchor = Some((now_us, frames as f64));
            self.window_us = now_us;
            return None;
        };
        let ahead_us = (frames as f64 - self.exact(now_us)) / self.rate * 1e6;
        self.ahead_us = self.ahead_us.max(ahead_us);
        if now_us.saturating_sub(self.window_us) < WINDOW_US {
            return None;
        }
        let ahead_us = std::mem::replace(&mut self.ahead_us, f64::NEG_INFINITY);
        self.window_us = now_us;
        let is_first = !std::mem::replace(&mut self.is_settled, true);
        let step = Some(ahead_us).filter(|by_us| by_us.abs() > STEP_US && !is_first);
        let most = SLEW * now_us.saturating_sub(at_us) as f64;
        let by_us = match step {
            Some(by_us) => by_us,
            // What was there in the beginning may be any place within a block.
            None if is_first => ahead_us,
            None if ahead_us.abs() > DEADBAND_US => ahead_us.clamp(-most, most),
            None => 0.0,
        };
        // The anchor moves along, so that numbers stay small and a slew counts from here.
        self.anchor = Some((now_us, self.exact(now_us) + by_us * self.rate / 1e6));
        step
    }

    /// The frame of a moment, at least 0.
    #[must_use]
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "rounded and not negative"
    )]
    pub fn frame(&self, at_us: i64) -> u64 {
        self.exact(at_us).round().max(0.0) as u64
    }

    #[expect(clippy::cast_precision_loss, reason = "differences of hours in us")]
    fn exact(&self, at_us: i64) -> f64 {
        let (anchor_us, frame) = self.anchor.unwrap_or((0, 0.0));
        frame + at_us.saturating_sub(anchor_us) as f64 * self.rate / 1e6
    }
}

/// What is odd about the time of a stage.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Oddity {
    /// It is older than the one before in its spin: it takes that one's time. By so many ms.
    Backwards(f64),
    /// More than an hour ahead, in frames.
    TooFar(u64),
}

/// From when a stage is seen to its frame. Knows the spin. `[thread-safe]`
#[derive(Clone, Debug)]
pub struct Planner {
    rate: f64,
    /// Frame of the spin's time 0.
    origin: Option<f64>,
    last_ms: f64,
    /// The last frame of [`When::Behind`].
    behind: u64,
}

impl Planner {
    /// For `sample_rate` frames a second.
    #[must_use]
    pub fn new(sample_rate: u32) -> Self {
        Self {
            rate: f64::from(sample_rate),
            origin: None,
            last_ms: 0.0,
            behind: 0,
        }
    }

    const fn forget_spin(&mut self) {
        self.origin = None;
        self.last_ms = 0.0;
    }

    /// The frame of a stage whose message is due at frame `due`. `begins` and `ends` say whether
    /// it is the first or last of a spin.
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "frames far below 2^53, rounded and not negative"
    )]
    pub fn frame(
        &mut self,
        due: u64,
        when: When,
        begins: bool,
        ends: bool,
    ) -> (u64, Option<Oddity>) {
        let per_ms = self.rate / 1000.0;
        if begins {
            self.forget_spin();
        }
        let (at, oddity) = match when {
            When::After(ms) | When::Behind(ms) => (due as f64 + ms * per_ms, None),
            When::Spin { ms, in_list } => {
                let fell = self.last_ms - ms;
                if fell > NEW_SPIN_MS {
                    self.origin = None;
                }
                let (ms, oddity) = if self.origin.is_some() && fell > 0.0 {
                    (self.last_ms, Some(Oddity::Backwards(fell)))
                } else {
                    (ms, None)
                };
                self.last_ms = ms;
                let ahead = if in_list { 0.0 } else { ms * per_ms };
                let origin = *self.origin.get_or_insert(due as f64 - ahead);
                (origin + ms * per_ms, oddity)
            }
        };
        if ends {
            self.forget_spin();
        }
        let mut at = at.round().max(0.0) as u64;
        if let When::Behind(_) = when {
            at = at.max(self.behind);
            self.behind = at;
        }
        let hour = (self.rate * 3600.0) as u64;
        if at > due.saturating_add(hour) {
            return (at, Some(Oddity::TooFar(at - due)));
        }
        (at, oddity)
    }
}

/// An effect that waits. Two are compared by frame and order alone.
#[derive(Clone, Debug)]
pub struct Waiting<T> {
    /// Its frame.
    pub at: u64,
    /// In which order it came.
    pub order: u64,
    /// What.
    pub what: T,
}

impl<T> PartialEq for Waiting<T> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl<T> Eq for Waiting<T> {}

impl<T> Ord for Waiting<T> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (self.at, self.order).cmp(&(other.at, other.order))
    }
}

impl<T> PartialOrd for Waiting<T> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

/// What is still to come, by frame and then as it came. Holds [`SCHEDULE_MAX`], and [`RESERVED`]
/// more of what ends something; when full, the new one is handed back.
#[derive(Clone, Debug)]
pub struct Schedule<T> {
    heap: BinaryHeap<Reverse<Waiting<T>>>,
    next: u64,
}

impl<T> Default for Schedule<T> {
    fn default() -> Self {
        Self {
            heap: BinaryHeap::new(),
            next: 0,
        }
    }
}

impl<T> Schedule<T> {
    /// Adds an effect for frame `at`; `ends` says that it ends something.
    ///
    /// # Errors
    /// The effect, when it is full.
    pub fn push(&mut self, at: u64, what: T, ends: bool) -> Result<(), T> {
        let most = SCHEDULE_MAX + if ends { RESERVED } else { 0 };
        if self.heap.len() >= most {
            return Err(what);
        }
        let order = self.next;
        self.next += 1;
        self.heap.push(Reverse(Waiting { at, order, what }));
        Ok(())
    }

    /// A place in the order behind everything that came, for what is carried out at once.
    pub const fn next_order(&mut self) -> u64 {
        let order = self.next;
        self.next += 1;
        order
    }

    /// Puts back what was taken, in its own place.
    pub fn put_back(&mut self, waiting: Waiting<T>) {
        self.heap.push(Reverse(waiting));
    }

    /// The first, if it comes before frame `until`.
    #[must_use]
    pub fn peek(&self, until: u64) -> Option<&Waiting<T>> {
        let Reverse(first) = self.heap.peek()?;
        (first.at < until).then_some(first)
    }

    /// Takes the first.
    pub fn pop(&mut self) -> Option<Waiting<T>> {
        self.heap.pop().map(|Reverse(first)| first)
    }

    /// How many wait.
    #[must_use]
    pub fn len(&self) -> usize {
        self.heap.len()
    }

    /// True when none waits.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.heap.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_do_not_depend_on_blocks() {
        for block in [64_u64, 480, 4096] {
            let mut clock = FrameClock::new(48_000);
            let mut frames = Vec::new();
            for ms in 0..20_000_i64 {
                let at = u64::try_from(ms).unwrap() * 48;
                assert_eq!(clock.observe(ms * 1000, at.div_ceil(block) * block), None);
                if ms >= 3000 && ms % 100 == 0 {
                    frames.push(clock.frame(ms * 1000));
                }
            }
            // Once it has found the place it stands.
            assert!(
                frames.windows(2).all(|pair| pair[1] - pair[0] == 4800),
                "{block}"
            );
        }
    }

    #[test]
    fn an_output_that_runs_faster_is_followed_slowly() {
        let mut clock = FrameClock::new(48_000);
        // 100 ppm fast, over ten minutes.
        for ms in 0..600_000_i64 {
            let frames = ms as f64 * 48.0 * 1.0001;
            let whole = u64::try_from(ms * 480_048 / 10_000).unwrap();
            assert_eq!(clock.observe(ms * 1000, whole), None);
            if ms > 1000 {
                let error = clock.frame(ms * 1000) as f64 - frames;
                assert!(error.abs() < 48.0 * 1.3, "{error} frames at {ms} ms");
            }
        }
    }

    #[test]
    fn an_output_that_stood_still_is_a_step() {
        let mut clock = FrameClock::new(48_000);
        clock.observe(0, 0);
        clock.observe(500_000, 24_000);
        assert_eq!(clock.observe(1_000_000, 48_000), None);
        // It stood for two seconds.
        let step = clock.observe(4_000_000, 96_000);
        assert_eq!(step.map(f64::round), Some(-2_000_000.0));
        assert_eq!(clock.frame(4_500_000), 120_000);
    }

    const fn spin(ms: f64) -> When {
        When::Spin { ms, in_list: false }
    }

    #[test]
    fn events_of_a_spin_keep_the_games_distances() {
        let mut planner = Planner::new(48_000);
        // Each message comes late by another time.
        let due = |ms: u64, late: u64| (ms + late) * 48;
        let mut frame = |due, ms, begins| planner.frame(due, spin(ms), begins, false);
        assert_eq!(frame(due(0, 5), 0.0, true), (240, None));
        assert_eq!(frame(due(100, 1), 100.0, false), (240 + 4800, None));
        assert_eq!(frame(due(200, 9), 200.0, false), (240 + 9600, None));
        // Back in time within the spin: held, and told.
        let odd = Some(Oddity::Backwards(50.0));
        assert_eq!(frame(due(250, 0), 150.0, false), (240 + 9600, odd));
        // The next spin counts from its own beginning.
        assert_eq!(frame(due(5000, 0), 0.0, true), (240_000, None));
    }

    #[test]
    fn a_list_begins_with_its_message() {
        let mut planner = Planner::new(48_000);
        let mut frame = |ms| planner.frame(1000, When::Spin { ms, in_list: true }, false, false);
        assert_eq!(frame(10.0), (1480, None));
        assert_eq!(frame(20.0), (1960, None));
    }

    #[test]
    fn what_comes_behind_waits_for_what_was_planned_before() {
        let mut planner = Planner::new(48_000);
        let mut frame = |due, when| planner.frame(due, when, false, false).0;
        assert_eq!(frame(1000, When::Behind(300.0)), 15_400);
        assert_eq!(frame(5800, When::Behind(0.0)), 15_400);
        assert_eq!(frame(5800, When::After(0.0)), 5800);
        assert_eq!(frame(20_000, When::Behind(0.0)), 20_000);
    }

    #[test]
    fn more_than_an_hour_ahead_is_told() {
        let mut planner = Planner::new(48_000);
        let hour = 3_600_000.0;
        assert_eq!(planner.frame(0, When::After(hour), false, false).1, None);
        let (_, odd) = planner.frame(0, When::After(hour + 1.0), false, false);
        assert!(matches!(odd, Some(Oddity::TooFar(_))));
    }

    #[test]
    fn what_waits_comes_in_order_and_has_an_end() {
        let mut schedule = Schedule::default();
        for (at, what) in [(20, 'b'), (10, 'a'), (20, 'c')] {
            schedule.push(at, what, false).unwrap();
        }
        assert!(schedule.peek(10).is_none());
        let order: Vec<char> = std::iter::from_fn(|| schedule.pop())
            .map(|waiting| waiting.what)
            .collect();
        assert_eq!(order, ['a', 'b', 'c']);
        for n in 0..SCHEDULE_MAX {
            schedule.push(n as u64, 'x', n % 2 == 0).unwrap();
        }
        assert_eq!(schedule.push(0, 'y', false), Err('y'));
        for _ in 0..RESERVED {
            schedule.push(0, 'e', true).unwrap();
        }
        assert_eq!(schedule.push(0, 'z', true), Err('z'));
        assert_eq!(schedule.len(), SCHEDULE_MAX + RESERVED);
    }
}
