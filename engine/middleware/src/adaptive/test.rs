//! Comparisons as ranges: two looks at a number, and no branch that could be foretold wrongly.

use super::signals::{LANES, Lanes, SLOTS};
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
}

/// Eight comparisons. They are all looked at in every tick, before the conditions that join them.
#[derive(Clone, Debug)]
pub(super) struct Tests {
    slots: [u16; LANES],
    flags: [u32; LANES],
    low: Lanes,
    high: Lanes,
}

/// 1 for each of eight comparisons that holds, else 0.
pub(super) type Truths = [u32; LANES];

impl Tests {
    /// All comparisons of a profile, eight by eight. `[main-thread]`
    pub(super) fn all(list: &[Test]) -> Box<[Self]> {
        let never = Test {
            flags: 0,
            slot: 0,
            low: f32::INFINITY,
            high: f32::NEG_INFINITY,
        };
        let some = |tests: &[Test]| {
            let test = |n: usize| tests.get(n).unwrap_or(&never);
            Self {
                slots: std::array::from_fn(|n| test(n).slot),
                flags: std::array::from_fn(|n| test(n).flags.into()),
                low: std::array::from_fn(|n| test(n).low),
                high: std::array::from_fn(|n| test(n).high),
            }
        };
        list.chunks(LANES).map(some).collect()
    }

    /// Which of them hold for the slots of this tick and of the one before. `[audio-thread]`
    #[inline(always)]
    pub(super) fn hold(&self, now: &[f32; SLOTS], before: &[f32; SLOTS]) -> Truths {
        let slot = |n: usize| usize::from(self.slots[n]) & (SLOTS - 1);
        let now: Lanes = std::array::from_fn(|n| now[slot(n)]);
        let before: Lanes = std::array::from_fn(|n| before[slot(n)]);
        let mut truths = [0; LANES];
        for n in 0..LANES {
            let within = |x: f32| u32::from(x >= self.low[n]) & u32::from(x <= self.high[n]);
            let flag = |flag: u8| self.flags[n] >> flag.trailing_zeros() & 1;
            // All bits for a change, none else.
            let taken = before[n].to_bits() & flag(CHANGE).wrapping_neg();
            let holds = within(now[n] - f32::from_bits(taken)) ^ flag(NOT);
            truths[n] = holds & !(within(before[n]) & flag(EDGE));
        }
        truths
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const OPS: [Compare; 15] = [
        Compare::Gt,
        Compare::Gte,
        Compare::Lt,
        Compare::Lte,
        Compare::Eq,
        Compare::Neq,
        Compare::Changed,
        Compare::Increased,
        Compare::Decreased,
        Compare::InRange,
        Compare::OutOfRange,
        Compare::CrossedUp,
        Compare::CrossedDown,
        Compare::IsTrue,
        Compare::IsFalse,
    ];

    /// What the words mean.
    fn meant(op: Compare, now: f32, before: f32, [value, high]: [f32; 2]) -> bool {
        match op {
            Compare::Gt => now > value,
            Compare::Gte => now >= value,
            Compare::Lt => now < value,
            Compare::Lte => now <= value,
            Compare::Eq => now == value,
            Compare::Neq => now != value,
            Compare::Changed => now != before,
            Compare::Increased => now > before,
            Compare::Decreased => now < before,
            Compare::InRange => value <= now && now <= high,
            Compare::OutOfRange => now < value || now > high,
            Compare::CrossedUp => now >= value && before < value,
            Compare::CrossedDown => now <= value && before > value,
            Compare::IsTrue => now != 0.0,
            Compare::IsFalse => now == 0.0,
        }
    }

    /// Few different numbers, so that they often meet.
    fn any_number() -> impl Strategy<Value = f32> {
        prop_oneof![(-4i8..=4).prop_map(|n| f32::from(n) / 4.0), -1e12f32..1e12]
    }

    proptest! {
        #[test]
        fn eight_at_once_are_what_the_words_mean(
            list in prop::collection::vec(
                (prop::sample::select(OPS.to_vec()), 0u16..20, any_number(), any_number()),
                1..=30,
            ),
            numbers in prop::collection::vec((any_number(), any_number()), 20),
        ) {
            let (mut now, mut before) = ([0.0; SLOTS], [0.0; SLOTS]);
            for (n, it) in numbers.iter().enumerate() {
                (now[n], before[n]) = *it;
            }
            let test = |it: &(Compare, u16, f32, f32)| Test::of(it.0, it.1, [it.2, it.3]);
            let all = Tests::all(&list.iter().map(test).collect::<Vec<_>>());
            let found: Vec<u32> = all.iter().flat_map(|it| it.hold(&now, &before)).collect();
            for (n, (op, slot, value, high)) in list.iter().enumerate() {
                let slot = usize::from(*slot);
                let expected = meant(*op, now[slot], before[slot], [*value, *high]);
                prop_assert_eq!(found[n] == 1, expected, "{:?}", op);
            }
            prop_assert!(found[list.len()..].iter().all(|it| *it == 0));
        }
    }
}
