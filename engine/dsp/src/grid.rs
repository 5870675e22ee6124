//! The 10 ms grid on which meters measure.

use crate::math;

/// Bins of 10 ms on a clock of frames: bin k starts at frame `round(k·rate/100)`, so bins never
/// drift, also at rates that are no multiple of 100 Hz.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TenMillis {
    rate: u64,
    bin: u64,
    start: u64,
    end: u64,
}

impl TenMillis {
    /// The grid at `sample_rate` frames per second (rounded to a whole number), standing in bin 0.
    pub(crate) fn new(sample_rate: f64) -> Self {
        let mut grid = Self {
            rate: math::to_count(sample_rate).max(100) as u64,
            bin: 0,
            start: 0,
            end: 0,
        };
        grid.enter(0);
        grid
    }

    /// Moves to the bin that holds frame `at`.
    pub(crate) fn seek(&mut self, at: u64) {
        // The largest k with floor((k·rate + 50)/100) ≤ at.
        self.enter((at.saturating_mul(100) + 49) / self.rate);
    }

    /// Moves to the next bin.
    pub(crate) fn advance(&mut self) {
        self.enter(self.bin + 1);
    }

    /// Number of the current bin.
    pub(crate) fn bin(&self) -> u64 {
        self.bin
    }

    /// First frame of the current bin.
    pub(crate) fn start(&self) -> u64 {
        self.start
    }

    /// Frame after the last one of the current bin.
    pub(crate) fn end(&self) -> u64 {
        self.end
    }

    /// How many of `frames` frames from `at` on lie in the current bin.
    pub(crate) fn room(&self, at: u64, frames: usize) -> usize {
        usize::try_from(self.end - at).map_or(frames, |room| room.min(frames))
    }

    fn enter(&mut self, bin: u64) {
        self.bin = bin;
        self.start = self.edge(bin);
        self.end = self.edge(bin + 1);
    }

    fn edge(&self, bin: u64) -> u64 {
        bin.saturating_mul(self.rate).saturating_add(50) / 100
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seeking_and_advancing_agree() {
        for rate in [8e3, 11_025.0, 22_050.0, 44_100.0, 48e3, 96_001.0, 384e3] {
            let mut grid = TenMillis::new(rate);
            let mut sought = grid;
            for at in 0..40_000 {
                if at == grid.end() {
                    grid.advance();
                }
                sought.seek(at);
                assert_eq!(
                    (sought.bin(), sought.end()),
                    (grid.bin(), grid.end()),
                    "{rate} {at}"
                );
            }
            let exact = rate * (grid.bin() + 1) as f64 / 100.0;
            assert!((grid.end() as f64 - exact).abs() <= 0.5);
        }
    }

    #[test]
    fn room_ends_at_the_edge() {
        let mut grid = TenMillis::new(48_000.0);
        grid.seek(500);
        assert_eq!(
            (grid.start(), grid.room(500, 64), grid.room(940, 64)),
            (480, 64, 20)
        );
    }
}
