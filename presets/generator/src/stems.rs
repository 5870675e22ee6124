//! The music, one stem a file. Each is a loop that works alone; together they grow.

pub(crate) mod arp;
pub(crate) mod bass;
pub(crate) mod drums;
pub(crate) mod lead;
pub(crate) mod pad;

/// Small differences between repeats: 1 ± `amount`.
pub(crate) fn human(seed: u64, n: usize, amount: f64) -> f64 {
    1.0 + amount * crate::rng::bipolar(seed, n)
}
