//! One after the other in time.

mod plan;

pub use plan::{MAX_STEP_MS, MAX_STEPS, MIN_LOOP_MS, SequencePlan, StepPlan};

use crate::source::SequenceEnd;

/// One frame of a position in 32.32.
pub(crate) const ONE: u128 = 1 << 32;

/// Where one playing sequence is. Every frame is a closed form of the start, so any number of loops
/// drifts by nothing. `[audio-thread]`
#[derive(Clone, Debug, PartialEq)]
pub struct SequenceState {
    /// Frame of position 0.
    start: u64,
    /// Position of the end, 32.32.
    length: u128,
    /// End of each step, 32.32.
    ends: [u64; MAX_STEPS],
    /// The steps by their ends, the last first: the order backwards.
    back: [u8; MAX_STEPS],
    /// How many passes there are; `u64::MAX` is without end.
    passes: u64,
    /// That was said of this one, whatever its plan says.
    repeated: bool,
    /// Passes over the steps so far; with ping-pong the odd ones go backwards.
    pass: u64,
    /// Steps of this pass that have begun.
    begun: usize,
    /// Nothing begins any more.
    done: bool,
    /// The last frame at which a step that has begun is over.
    over: u64,
}

/// A step that begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StepStart {
    /// Place of the step as written.
    pub step: u8,
    /// Its frame.
    pub at: u64,
    /// The frame at which its child ends; `u64::MAX` leaves it to the child.
    pub end: u64,
    /// How often the child plays, 0 until `end`.
    pub loop_count: u32,
    /// Passes before this one.
    pub pass: u64,
}

impl SequenceState {
    /// Begins at frame `at`. `natural` is the length of a step's child in frames when it plays once,
    /// asked where the step gives none; 0 if nobody knows.
    pub fn new(plan: &SequencePlan, at: u64, natural: impl Fn(u8) -> u64) -> Self {
        let mut state = Self {
            start: at,
            length: 0,
            passes: match plan.end {
                SequenceEnd::Loop | SequenceEnd::PingPong => u64::MAX,
                SequenceEnd::Stop | SequenceEnd::HoldLast => 1,
            },
            repeated: false,
            ends: [0; MAX_STEPS],
            back: [0; MAX_STEPS],
            pass: 0,
            begun: 0,
            done: plan.steps.is_empty(),
            over: at,
        };
        for (n, step) in plan.steps.iter().enumerate() {
            state.ends[n] = step.end(natural(step.place));
        }
        let count = plan.steps.len();
        let end = state.ends[..count].iter().max();
        state.length = u128::from(end.copied().unwrap_or(0));
        if state.passes > 1 {
            state.length = state.length.max(u128::from(plan.least_length));
        }
        for (place, n) in state.back.iter_mut().zip(0..) {
            *place = n;
        }
        let ends = state.ends;
        state.back[..count].sort_unstable_by_key(|&n| (u64::MAX - ends[usize::from(n)], n));
        state
    }

    /// The same at frame `at`, as if it had begun at frame `start`: the steps of the present pass
    /// are still to be taken.
    pub fn resume(plan: &SequencePlan, start: u64, at: u64, natural: impl Fn(u8) -> u64) -> Self {
        let mut state = Self::new(plan, start, natural);
        state.find_pass(plan, at);
        state
    }

    fn find_pass(&mut self, plan: &SequencePlan, at: u64) {
        if self.passes > 1 && self.length > 0 {
            let passed = u128::from(at.saturating_sub(self.start)) * u128::from(plan.speed);
            let pass = u64::try_from(passed / self.length).unwrap_or(u64::MAX);
            self.pass = pass.min(self.passes - 1);
        }
    }

    /// It has `count` passes, 0 without end, whatever its plan says. Of one of which nothing has
    /// begun, at frame `at`.
    pub fn repeat(&mut self, plan: &SequencePlan, count: u32, at: u64) {
        self.repeated = true;
        self.passes = match count {
            0 => u64::MAX,
            count => count.into(),
        };
        if self.passes > 1 {
            self.length = self.length.max(u128::from(plan.least_length));
        }
        self.find_pass(plan, at);
    }

    /// Frames since its first one.
    #[must_use]
    pub fn elapsed(&self, at: u64) -> u64 {
        at.saturating_sub(self.start)
    }

    /// The frame of the next step, `u64::MAX` when none comes any more.
    #[must_use]
    pub fn next_due(&self, plan: &SequencePlan) -> u64 {
        if self.done {
            return u64::MAX;
        }
        let (begin, _) = self.span(plan, self.current(plan));
        self.frame(plan, begin)
    }

    /// The next step that begins at frame `at` or before.
    pub fn take_due(&mut self, plan: &SequencePlan, at: u64) -> Option<StepStart> {
        let due = self.next_due(plan);
        if due > at {
            return None;
        }
        let n = self.current(plan);
        let step = &plan.steps[n];
        let (_, end) = self.span(plan, n);
        let is_last = self.begun + 1 == plan.steps.len() && self.pass + 1 == self.passes;
        let held = plan.end == SequenceEnd::HoldLast && is_last;
        // What would go on for ever ends with the last pass of those that were asked for.
        let last_pass = self.pass + 1 == self.passes;
        let cut = step.is_endless() && self.repeated && last_pass;
        let over = match cut {
            true => self.frame(plan, self.length),
            false if step.is_endless() && last_pass => u64::MAX,
            false => self.frame(plan, end),
        };
        let forced = step.duration > 0 || cut;
        let start = StepStart {
            step: step.place,
            at: due,
            end: if forced && !held { over } else { u64::MAX },
            loop_count: if held { 0 } else { step.loop_count },
            pass: self.pass,
        };
        self.over = self.over.max(if held { u64::MAX } else { over });
        self.advance(plan);
        Some(start)
    }

    /// Nothing begins any more; what has begun ends as it does.
    pub fn leave(&mut self) {
        self.done = true;
    }

    /// The frame from which on nothing of it sounds and nothing comes, `u64::MAX` if it goes on for
    /// ever. Steps without a length count with that of their child.
    #[must_use]
    pub fn over_at(&self) -> u64 {
        if self.done { self.over } else { u64::MAX }
    }

    /// Everything that is to come, later by so many frames: it was paused.
    pub fn postpone(&mut self, frames: u64) {
        self.start = self.start.saturating_add(frames);
        self.over = self.over.saturating_add(frames);
    }

    /// Position in 32.32 frames at speed 1: within 0 and the length, backwards where a ping-pong
    /// goes back.
    #[must_use]
    pub fn position(&self, plan: &SequencePlan, at: u64) -> u64 {
        let passed = u128::from(at.saturating_sub(self.start)) * u128::from(plan.speed);
        let over = u128::from(self.passes).saturating_mul(self.length);
        let place = match plan.end {
            _ if self.length == 0 || passed >= over => self.length,
            SequenceEnd::Stop | SequenceEnd::HoldLast | SequenceEnd::Loop => passed % self.length,
            SequenceEnd::PingPong => {
                let place = passed % (2 * self.length);
                place.min(2 * self.length - place)
            }
        };
        u64::try_from(place).unwrap_or(u64::MAX)
    }

    /// How many passes there are, `u64::MAX` without end.
    pub(crate) fn passes(&self) -> u64 {
        if self.done { 1 } else { self.passes }
    }

    /// The frame at which the pass that it is in ends.
    pub(crate) fn pass_end(&self, plan: &SequencePlan) -> u64 {
        match self.begun {
            // Its steps are taken: the next pass is the one that it waits for.
            0 => self.frame(plan, 0),
            _ => self.frame(plan, self.length),
        }
    }

    /// Passes that were begun before this one.
    #[must_use]
    pub fn pass(&self) -> u64 {
        self.pass
    }

    /// Goes on under another plan at frame `at`, at the place of `old` in time: what would have
    /// begun before is not made up for.
    pub fn carry_over(
        &mut self,
        plan: &SequencePlan,
        at: u64,
        old: &Self,
        natural: impl Fn(u8) -> u64,
    ) {
        *self = Self::new(plan, old.start, natural);
        if old.repeated {
            let count = u32::try_from(old.passes).unwrap_or(0);
            self.repeat(plan, count, at);
        }
        self.over = old.over;
        self.done |= old.done;
        self.find_pass(plan, at);
        for _ in 0..plan.steps.len() {
            if self.next_due(plan) >= at {
                break;
            }
            self.advance(plan);
        }
    }

    fn backwards(&self, plan: &SequencePlan) -> bool {
        plan.end == SequenceEnd::PingPong && self.pass % 2 == 1
    }

    /// Which step comes next.
    fn current(&self, plan: &SequencePlan) -> usize {
        match self.backwards(plan) {
            true => usize::from(self.back[self.begun]),
            false => self.begun,
        }
    }

    /// Where a step begins and ends within this pass, 32.32.
    fn span(&self, plan: &SequencePlan, n: usize) -> (u128, u128) {
        let (begin, end) = (u128::from(plan.steps[n].start), u128::from(self.ends[n]));
        match self.backwards(plan) {
            true => (self.length - end, self.length - begin),
            false => (begin, end),
        }
    }

    /// The frame of a place in this pass: start + round((pass·length + place)/speed).
    fn frame(&self, plan: &SequencePlan, place: u128) -> u64 {
        let passed = u128::from(self.pass) * self.length + place;
        let speed = u128::from(plan.speed);
        let frames = (2 * passed + speed) / (2 * speed);
        let frames = u64::try_from(frames).unwrap_or(u64::MAX);
        self.start.saturating_add(frames)
    }

    fn advance(&mut self, plan: &SequencePlan) {
        self.begun += 1;
        if self.begun < plan.steps.len() {
            return;
        }
        if self.pass + 1 >= self.passes {
            self.done = true;
        } else {
            self.begun = 0;
            self.pass += 1;
        }
    }
}

#[cfg(test)]
mod tests;
