//! The order in which everything would happen if it were never put off.

/// When something happens, or would have happened without the budget of actions: what the budget puts
/// off keeps its place. Earlier ones compare less.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Moment {
    pub(super) at: u64,
    /// Of one frame: first what is called, then what was delayed to it, in their order.
    number: u64,
    /// Of one call: 18 bits for each event inside it, the outermost first.
    path: u128,
    depth: u8,
}

impl Moment {
    /// Before everything.
    pub(super) const NONE: Self = Self {
        at: 0,
        number: 0,
        path: 0,
        depth: 0,
    };
    /// Numbers of one call: one for each of its actions.
    const ACTIONS: u64 = 64;
    /// Set in the numbers of what comes behind the calls of its frame.
    const BEHIND: u64 = 1 << 63;
    const LEVEL: u32 = 18;

    /// A call, the `count`-th of all; `behind` when what was delayed to its frame came before it.
    pub(super) fn call(at: u64, count: u64, behind: bool) -> Self {
        let number = count * Self::ACTIONS;
        Self {
            at,
            number: if behind {
                number | Self::BEHIND
            } else {
                number
            },
            ..Self::NONE
        }
    }

    /// What waits for frame `at`, the `count`-th of all.
    pub(super) fn due(at: u64, count: u64) -> Self {
        Self::call(at, count, true)
    }

    /// The same on another frame.
    pub(super) fn on(self, at: u64) -> Self {
        Self { at, ..self }
    }

    /// So many frames later; behind what is called then.
    pub(super) fn delayed(self, by: u64) -> Self {
        match by {
            0 => self,
            _ => Self {
                at: self.at.saturating_add(by),
                number: self.number | Self::BEHIND,
                ..self
            },
        }
    }

    /// An action of the event that is posted here, 0..64.
    pub(super) fn action(self, number: u8) -> Self {
        let number = u64::from(number) % Self::ACTIONS;
        match self.depth {
            0 => Self {
                number: self.number + number,
                ..self
            },
            _ => Self {
                path: self.path | self.level(number),
                ..self
            },
        }
    }

    /// An event that this action posts, on the object of slot `slot`, 0..=4096.
    pub(super) fn inner(self, slot: u32) -> Self {
        let inner = Self {
            depth: self.depth.saturating_add(1),
            ..self
        };
        let slot = u64::from(slot.saturating_sub(1)) % 4_096;
        Self {
            path: inner.path | inner.level(slot * Self::ACTIONS),
            ..inner
        }
    }

    /// A part of the path; what is deeper than events may be has none.
    fn level(self, value: u64) -> u128 {
        let used = Self::LEVEL * u32::from(self.depth);
        let shift = u128::BITS.checked_sub(used).filter(|_| self.depth > 0);
        shift.map_or(0, |shift| u128::from(value) << shift)
    }
}
