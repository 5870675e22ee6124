//! Loops, and sounds with their loops unrolled.

/// The part of a sound that repeats.
///
/// Positions of voices count unrolled frames: a loop is counted on, not jumped back, and what
/// follows the loop comes after its last pass.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LoopSpec {
    /// First frame of the loop.
    pub start: u64,
    /// Frame behind the last one; not above `start` means no loop.
    pub end: u64,
    /// Times the loop is played; 0 is endless.
    pub count: u32,
}

impl LoopSpec {
    /// True when it is a loop inside of a sound of `frames` frames. `[thread-safe]`
    pub const fn is_in(&self, frames: u64) -> bool {
        self.end > self.start && self.end <= frames
    }

    /// Length of the unrolled sound in frames; `u64::MAX` when it never ends. `[thread-safe]`
    pub fn unrolled(&self, frames: u64) -> u64 {
        match (self.is_in(frames), self.count) {
            (false, _) => frames,
            (true, 0) => u64::MAX,
            (true, n) => {
                let more = (self.end - self.start).saturating_mul(u64::from(n - 1));
                frames.saturating_add(more)
            }
        }
    }

    /// The same loop, left at the end of the pass that unrolled frame `at` is in; unchanged where it
    /// ends no later by itself. `[thread-safe]`
    #[must_use]
    pub fn left_at(&self, at: u64, frames: u64) -> Self {
        if !self.is_in(frames) {
            return *self;
        }
        let pass = at.saturating_sub(self.start) / (self.end - self.start);
        let last = u32::try_from(pass.saturating_add(1)).unwrap_or(u32::MAX);
        match self.count == 0 || last < self.count {
            true => Self {
                count: last,
                ..*self
            },
            false => *self,
        }
    }

    /// The frame of the sound at unrolled frame `at`, and how many follow it in one piece; the
    /// last piece counts as endless. `[thread-safe]`
    pub fn locate(&self, at: u64, frames: u64) -> (u64, u64) {
        if !self.is_in(frames) {
            return (at, u64::MAX);
        }
        if at < self.end {
            return (at, self.end - at);
        }
        let length = self.end - self.start;
        let pass = (at - self.start) / length;
        if self.count == 0 || pass < u64::from(self.count) {
            let within = (at - self.start) % length;
            (self.start + within, length - within)
        } else {
            (at - u64::from(self.count - 1) * length, u64::MAX)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_passes_and_the_rest() {
        let looping = LoopSpec {
            start: 2,
            end: 5,
            count: 3,
        };
        assert_eq!(looping.unrolled(7), 13);
        let frames: Vec<u64> = (0..13).map(|at| looping.locate(at, 7).0).collect();
        assert_eq!(frames, [0, 1, 2, 3, 4, 2, 3, 4, 2, 3, 4, 5, 6]);
        assert_eq!(looping.locate(6, 7), (3, 2));
        let lengths = [0, 5, 8, 11].map(|at| looping.left_at(at, 7).unrolled(7));
        assert_eq!(
            lengths,
            [7, 10, 13, 13],
            "left in the first pass to the last"
        );
        assert_eq!(looping.unrolled(4), 4, "a loop that does not fit is none");
        assert_eq!(
            LoopSpec {
                count: 0,
                ..looping
            }
            .unrolled(7),
            u64::MAX
        );
    }
}
