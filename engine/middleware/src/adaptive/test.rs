//! Comparisons as ranges: two looks at a number, and no branch that could be foretold wrongly.

use crate::source::Compare;

/// A comparison of one slot: its value of this tick is within a range.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Test {
    flags: u8,
    slot: u16,
    low: f32,
    high: f32,
}

/// How far it is from that of the last tick has to be within the range.
const CHANGE: u8 = 1;
/// It holds outside of the range.
const NOT: u8 = 2;
/// That of the last tick was not within the range.
const EDGE: u8 = 4;

impl Test {
    /// `value` is the limit, or with `high` the range.
    pub(super) fn of(op: Compare, slot: u16, [value, high]: [f32; 2]) -> Self {
        const ALL: f32 = f32::INFINITY;
        let (flags, low, high) = match op {
            Compare::Gt => (0, above(value), ALL),
            Compare::Gte => (0, value, ALL),
            Compare::Lt => (0, -ALL, -above(-value)),
            Compare::Lte => (0, -ALL, value),
            Compare::Eq => (0, value, value),
            Compare::Neq => (NOT, value, value),
            Compare::Changed => (CHANGE | NOT, 0.0, 0.0),
            Compare::Increased => (CHANGE, f32::MIN_POSITIVE, ALL),
            Compare::Decreased => (CHANGE, -ALL, -f32::MIN_POSITIVE),
            Compare::InRange => (0, value, high),
            Compare::OutOfRange => (NOT, value, high),
            Compare::CrossedUp => (EDGE, value, ALL),
            Compare::CrossedDown => (EDGE, -ALL, value),
            Compare::IsTrue => (NOT, 0.0, 0.0),
            Compare::IsFalse => (0, 0.0, 0.0),
        };
        Self {
            flags,
            slot,
            low,
            high,
        }
    }

    /// Whether it holds for the slots of this tick and of the one before; without a branch, for none
    /// would be foretold.
    #[inline]
    pub(super) fn holds(&self, now: &[f32], before: &[f32]) -> bool {
        let slot = usize::from(self.slot);
        let (now, before) = (now[slot], before[slot]);
        let within = |x: f32| (x >= self.low) & (x <= self.high);
        // All bits for a change, none else.
        let taken = before.to_bits() & u32::from(self.flags & CHANGE).wrapping_neg();
        let holds = within(now - f32::from_bits(taken)) ^ (self.flags & NOT != 0);
        holds & !(within(before) & (self.flags & EDGE != 0))
    }
}

/// The least number above `x` that is not too small for a processor that takes tiny numbers for 0.
fn above(x: f32) -> f32 {
    let next = x.next_up();
    if next > 0.0 && next < f32::MIN_POSITIVE {
        f32::MIN_POSITIVE
    } else if next < 0.0 && next > -f32::MIN_POSITIVE {
        0.0
    } else {
        next
    }
}
