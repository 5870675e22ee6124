//! Loudness values sorted into bins of 0.01 LU, for gating without a list that grows.

use crate::math;

/// The absolute gate, LUFS: lower values are not kept.
const GATE: f64 = -70.0;
/// Bins per LU, and how many there are: up to +30 LUFS; louder values count in the last one.
const PER_LU: f64 = 100.0;
const BINS: usize = 10_001;

/// Loudness in LUFS of a weighted mean energy; 0 gives minus infinity.
pub(super) fn loudness_of(energy: f64) -> f64 {
    -0.691 + 10.0 * math::log10_f64(energy)
}

/// Counts and energies per bin.
#[derive(Clone, Debug)]
pub(super) struct Histogram {
    bins: Vec<Bin>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Bin {
    count: u32,
    energy: f64,
}

impl Bin {
    fn join(self, other: &Self) -> Self {
        Self {
            count: self.count + other.count,
            energy: self.energy + other.energy,
        }
    }

    fn mean(&self) -> f64 {
        self.energy / f64::from(self.count)
    }
}

impl Histogram {
    pub(super) fn new() -> Self {
        Self {
            bins: vec![Bin::default(); BINS],
        }
    }

    pub(super) fn clear(&mut self) {
        self.bins.fill(Bin::default());
    }

    /// Adds one value, given as weighted mean energy.
    pub(super) fn add(&mut self, energy: f64) {
        let loudness = loudness_of(energy);
        if loudness >= GATE {
            let index = math::to_count((loudness - GATE) * PER_LU).min(BINS - 1);
            self.bins[index] = self.bins[index].join(&Bin { count: 1, energy });
        }
    }

    /// Mean energy of the values that are at most `below` LU under the mean of all; 0 if none.
    pub(super) fn gated_energy(&self, below: f64) -> f64 {
        let gated = self.sum(self.gate(below));
        if gated.count > 0 { gated.mean() } else { 0.0 }
    }

    /// Distance in LU from the 10th to the 95th percentile (nearest rank) of the values that are
    /// at most 20 LU under the mean of all (EBU Tech 3342).
    pub(super) fn range(&self) -> f64 {
        let gate = self.gate(20.0);
        let count = self.sum(gate).count;
        if count == 0 {
            return 0.0;
        }
        let rank = |percent: f64| math::to_count(f64::from(count - 1) * percent / 100.0) + 1;
        self.ranked(gate, rank(95.0)) - self.ranked(gate, rank(10.0))
    }

    /// Energy from which values pass the relative gate.
    fn gate(&self, below: f64) -> f64 {
        let all = self.sum(0.0);
        if all.count > 0 {
            all.mean() * math::exp_f64(-below * core::f64::consts::LN_10 / 10.0)
        } else {
            0.0
        }
    }

    fn sum(&self, gate: f64) -> Bin {
        self.passing(gate).fold(Bin::default(), Bin::join)
    }

    /// Loudness of the `rank`-th value, counted from 1, that passes the gate.
    fn ranked(&self, gate: f64, rank: usize) -> f64 {
        let mut below = 0;
        let mut bins = self.passing(gate);
        let bin = bins.find(|bin| {
            below += bin.count as usize;
            below >= rank
        });
        bin.map_or(GATE, |bin| loudness_of(bin.mean()))
    }

    fn passing(&self, gate: f64) -> impl Iterator<Item = &Bin> {
        self.bins
            .iter()
            .filter(move |bin| bin.count > 0 && bin.mean() >= gate)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(loudness: &[f64]) -> Histogram {
        let mut histogram = Histogram::new();
        loudness
            .iter()
            .for_each(|l| histogram.add(10f64.powf((l + 0.691) / 10.0)));
        histogram
    }

    #[test]
    fn gates_leave_out_the_quiet() {
        assert_eq!(filled(&[]).gated_energy(10.0), 0.0);
        assert_eq!(filled(&[-70.1, f64::NEG_INFINITY]).gated_energy(10.0), 0.0);
        let gated = |values: &[f64]| loudness_of(filled(values).gated_energy(10.0));
        assert!((gated(&[-20.0, -20.0, -35.0, -69.0]) + 20.0).abs() < 1e-9);
        assert!(
            (gated(&[-20.003, -20.0]) + 20.0015).abs() < 1e-4,
            "energies are not rounded"
        );
        assert!(
            (gated(&[40.0]) - 40.0).abs() < 1e-9,
            "the last bin has no ceiling"
        );
    }

    #[test]
    fn percentiles_are_nearest_rank() {
        let values: Vec<f64> = (0..=20).map(|i| -30.0 + f64::from(i)).collect();
        // Ranks round(20·0.10)+1 = 3 and round(20·0.95)+1 = 20 of -30 … -10.
        assert!((filled(&values).range() - 17.0).abs() < 1e-9);
        assert_eq!(filled(&[-20.0]).range(), 0.0);
        assert_eq!(filled(&[]).range(), 0.0);
    }
}
