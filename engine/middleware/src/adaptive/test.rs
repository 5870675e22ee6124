//! Comparisons as ranges: two looks at a number, and no branch that could be foretold wrongly.

use crate::source::Compare;

/// A comparison of one slot.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Test {
    kind: Kind,
    /// It holds outside of the range.
    not: bool,
    slot: u16,
    low: f32,
    high: f32,
}

/// What has to be within the range.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// The value of this tick.
    Now,
    /// How far it is from that of the last tick.
    Change,
    /// That of this tick is, that of the last was not, and lay below; `low` counts.
    Up,
    /// The same from above; `high` counts.
    Down,
}

impl Test {
    /// `value` is the limit, or with `high` the range.
    pub(super) fn of(op: Compare, slot: u16, [value, high]: [f32; 2]) -> Self {
        const ALL: f32 = f32::INFINITY;
        let (kind, not, low, high) = match op {
            Compare::Gt => (Kind::Now, false, above(value), ALL),
            Compare::Gte => (Kind::Now, false, value, ALL),
            Compare::Lt => (Kind::Now, false, -ALL, -above(-value)),
            Compare::Lte => (Kind::Now, false, -ALL, value),
            Compare::Eq => (Kind::Now, false, value, value),
            Compare::Neq => (Kind::Now, true, value, value),
            Compare::Changed => (Kind::Change, true, 0.0, 0.0),
            Compare::Increased => (Kind::Change, false, f32::MIN_POSITIVE, ALL),
            Compare::Decreased => (Kind::Change, false, -ALL, -f32::MIN_POSITIVE),
            Compare::InRange => (Kind::Now, false, value, high),
            Compare::OutOfRange => (Kind::Now, true, value, high),
            Compare::CrossedUp => (Kind::Up, false, value, ALL),
            Compare::CrossedDown => (Kind::Down, false, -ALL, value),
            Compare::IsTrue => (Kind::Now, true, 0.0, 0.0),
            Compare::IsFalse => (Kind::Now, false, 0.0, 0.0),
        };
        Self {
            kind,
            not,
            slot,
            low,
            high,
        }
    }

    /// Whether it holds for the slots of this tick and of the one before.
    #[inline]
    pub(super) fn holds(&self, now: &[f32], before: &[f32]) -> bool {
        let slot = usize::from(self.slot);
        let now = now[slot];
        let within = |x: f32| (x >= self.low) & (x <= self.high) ^ self.not;
        match self.kind {
            Kind::Now => within(now),
            Kind::Change => within(now - before[slot]),
            Kind::Up => (now >= self.low) & (before[slot] < self.low),
            Kind::Down => (now <= self.high) & (before[slot] > self.high),
        }
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
