//! Peaks, levels and faults of the buses, for anyone who wants to look.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering::Relaxed};

use segue_dsp::math;
pub use segue_dsp::meter::MeterReading;

use crate::ids::{BusId, InsertId};
use crate::profiler::Cost;

/// Readers that can look at one board at a time, each with its own peaks.
pub const MAX_READERS: usize = 4;

/// Meters of all buses of one mixer. Shared between the audio thread, which publishes every 10 ms
/// (at the absolute frames `round(k·rate/100)`), and up to [`MAX_READERS`] [`MeterReader`]s.
///
/// What it loses: nothing of peaks, clip counts and faults, which are collected until each reader
/// has looked; of RMS and correlation all but the latest value; the position of a clip, all but the
/// first one since the last look. A reader that looks while a bus is exchanged for another one in
/// the same slot may miss up to 10 ms of either. Up to 10 ms pass until something is seen.
/// `[thread-safe]`
#[derive(Debug)]
pub struct MeterBoard {
    taken: [AtomicBool; MAX_READERS],
    buses: Box<[BusCell]>,
    inserts: Box<[InsertCell]>,
}

/// What is published of one insert.
#[derive(Debug, Default)]
struct InsertCell {
    /// Id of the insert that lives in this slot; 0: none.
    id: AtomicU64,
    reading: AtomicU32,
}

/// What is published of one bus.
#[derive(Debug, Default)]
struct BusCell {
    /// Id of the bus that lives in this slot; 0: none.
    id: AtomicU64,
    /// Bits of both, [`pair`]ed, so that they are of one moment.
    rms: AtomicU64,
    correlation: AtomicU32,
    /// Nanoseconds of the longest and the mean block, paired.
    cost: AtomicU64,
    readers: [ReaderCell; MAX_READERS],
}

/// What one reader has not seen yet.
#[derive(Debug)]
struct ReaderCell {
    /// Bits of the largest values, [`pair`]ed; those of numbers >= 0 have the order of the numbers.
    peak: AtomicU64,
    /// Clips and bad cells, paired, up to the largest number that fits.
    counts: AtomicU64,
    first_clip: AtomicU64,
}

/// Left and right, or clips and bad cells, in one word: so a reader takes both at once.
const fn pair(first: u32, second: u32) -> u64 {
    first as u64 | (second as u64) << 32
}

#[inline]
#[allow(clippy::cast_possible_truncation, reason = "the reverse of pair")]
const fn halves(both: u64) -> [u32; 2] {
    [both as u32, (both >> 32) as u32]
}

/// No clip yet.
const NO_CLIP: u64 = u64::MAX;

impl Default for ReaderCell {
    fn default() -> Self {
        Self {
            peak: AtomicU64::new(0),
            counts: AtomicU64::new(0),
            first_clip: AtomicU64::new(NO_CLIP),
        }
    }
}

/// What a [`MeterReader`] sees of one bus.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct BusLevels {
    /// Peak, RMS, correlation and clips, peaks and clips since this reader's last look.
    pub meter: MeterReading,
    /// Cells of 32 frames that were muted because of NaN or infinity since this reader's last
    /// look; 0: the bus is sound.
    pub bad_cells: u32,
}

/// All [`MAX_READERS`] places of a board are taken; drop a reader first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoMeterReader;

impl std::fmt::Display for NoMeterReader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "meter readers: all {MAX_READERS} are in use; drop one first"
        )
    }
}

impl std::error::Error for NoMeterReader {}

impl MeterBoard {
    pub(crate) fn new(buses: usize, inserts: usize) -> Self {
        Self {
            taken: Default::default(),
            buses: (0..buses).map(|_| BusCell::default()).collect(),
            inserts: (0..inserts).map(|_| InsertCell::default()).collect(),
        }
    }

    /// A reader of its own, which sees everything from now on.
    ///
    /// # Errors
    /// [`NoMeterReader`].
    pub fn subscribe(self: &Arc<Self>) -> Result<MeterReader, NoMeterReader> {
        let free = |place: &usize| !self.taken[*place].swap(true, Relaxed);
        let place = (0..MAX_READERS).find(free).ok_or(NoMeterReader)?;
        for bus in &self.buses {
            bus.readers[place].take_all();
        }
        Ok(MeterReader {
            board: Arc::clone(self),
            place,
        })
    }

    /// What an insert shows, as of the last 10 ms; see [`segue_dsp::processor::Processor::shows`].
    /// `None` for an insert that is not (or no longer) heard.
    #[inline]
    pub fn insert(&self, insert: InsertId) -> Option<f32> {
        let cell = self.inserts.get(insert.index())?;
        let reading = f32::from_bits(cell.reading.load(Relaxed));
        (cell.id.load(Relaxed) == insert.to_bits()).then_some(reading)
    }

    /// How long a bus takes in a block, its inserts with it: the longest and the mean of the last 1,000 to 2,000 blocks
    /// (see [`crate::profiler::WINDOW`]), as of the last block; 0 until the profiler was on. `None` for a bus that is
    /// not (or no longer) there.
    pub fn cost(&self, bus: BusId) -> Option<Cost> {
        let cell = self.buses.get(bus.index())?;
        let [worst_ns, mean] = halves(cell.cost.load(Relaxed));
        let mean_ns = f32::from_bits(mean);
        (cell.id.load(Relaxed) == bus.to_bits()).then_some(Cost { worst_ns, mean_ns })
    }

    /// Says how long a bus takes. `[audio-thread]`
    pub(crate) fn publish_cost(&self, bus: BusId, cost: Cost) {
        if let Some(cell) = self.buses.get(bus.index()) {
            let both = pair(cost.worst_ns, cost.mean_ns.to_bits());
            cell.cost.store(both, Relaxed);
        }
    }

    /// Says what lives in a slot for inserts and what it shows. `[audio-thread]`
    pub(crate) fn publish_insert(&self, slot: usize, insert: Option<(InsertId, f32)>) {
        let Some(cell) = self.inserts.get(slot) else {
            return;
        };
        let (id, reading) = insert.map_or((0, 0.0), |(id, reading)| (id.to_bits(), reading));
        cell.reading.store(reading.to_bits(), Relaxed);
        cell.id.store(id, Relaxed);
    }

    /// A bus starts to live in its slot. `[audio-thread]`
    pub(crate) fn open(&self, bus: BusId) {
        if let Some(cell) = self.buses.get(bus.index()) {
            cell.clear();
            cell.id.store(bus.to_bits(), Relaxed);
        }
    }

    /// A bus is gone. `[audio-thread]`
    pub(crate) fn close(&self, bus: BusId) {
        if let Some(cell) = self.buses.get(bus.index()) {
            cell.id.store(0, Relaxed);
            cell.clear();
        }
    }

    /// Adds what was measured since the last call. `[audio-thread]`
    pub(crate) fn publish(&self, bus: BusId, reading: &MeterReading, bad_cells: u32) {
        let Some(cell) = self.buses.get(bus.index()) else {
            return;
        };
        let [left, right] = reading.rms.map(f32::to_bits);
        cell.rms.store(pair(left, right), Relaxed);
        cell.correlation
            .store(reading.correlation.to_bits(), Relaxed);
        for (reader, taken) in cell.readers.iter().zip(&self.taken) {
            if taken.load(Relaxed) {
                reader.add(reading, bad_cells);
            }
        }
    }
}

impl BusCell {
    /// Adds what every reader sees the same of.
    #[inline]
    fn with_means(&self, mut levels: BusLevels) -> BusLevels {
        levels.meter.rms = halves(self.rms.load(Relaxed)).map(f32::from_bits);
        levels.meter.correlation = f32::from_bits(self.correlation.load(Relaxed));
        levels
    }

    fn clear(&self) {
        self.rms.store(0, Relaxed);
        self.correlation.store(0, Relaxed);
        self.cost.store(0, Relaxed);
        self.readers.iter().for_each(|reader| {
            reader.take_all();
        });
    }
}

impl ReaderCell {
    fn add(&self, reading: &MeterReading, bad_cells: u32) {
        let [left, right] = reading.peak.map(f32::to_bits);
        change(&self.peak, |[l, r]| [l.max(left), r.max(right)]);
        if let Some(first) = reading.first_clip {
            self.first_clip.fetch_min(first, Relaxed);
        }
        if reading.clips > 0 || bad_cells > 0 {
            change(&self.counts, |[clips, bad]| {
                [
                    clips.saturating_add(reading.clips),
                    bad.saturating_add(bad_cells),
                ]
            });
        }
    }

    /// Reads and empties it.
    fn take_all(&self) -> BusLevels {
        let first_clip = self.first_clip.swap(NO_CLIP, Relaxed);
        let mut levels = self.take();
        levels.meter.first_clip = (first_clip != NO_CLIP).then_some(first_clip);
        levels
    }

    /// The same, but for where the first clip was.
    #[inline]
    fn take(&self) -> BusLevels {
        let [clips, bad_cells] = halves(self.counts.swap(0, Relaxed));
        BusLevels {
            meter: MeterReading {
                peak: halves(self.peak.swap(0, Relaxed)).map(f32::from_bits),
                clips,
                ..MeterReading::default()
            },
            bad_cells,
        }
    }
}

/// Changes both halves of a word. Tries again only when the reader has emptied it meanwhile.
fn change(cell: &AtomicU64, to: impl Fn([u32; 2]) -> [u32; 2]) {
    let changed = |both| {
        let [first, second] = to(halves(both));
        Some(pair(first, second))
    };
    // `changed` never gives up.
    _ = cell.fetch_update(Relaxed, Relaxed, changed);
}

/// One reader of a [`MeterBoard`]; its place is free again when it is dropped. `[thread-safe]`
#[derive(Debug)]
pub struct MeterReader {
    board: Arc<MeterBoard>,
    place: usize,
}

impl MeterReader {
    /// What this reader has not seen of `bus` yet; `None` if the bus is not (or no longer) there.
    pub fn read(&mut self, bus: BusId) -> Option<BusLevels> {
        let (cell, place) = self.cell(bus)?;
        Some(cell.with_means(place.take_all()))
    }

    /// The same for threads that share a reader: each of them takes what no other one has. Where the first clip was
    /// is not said: it might be that of another one's clips.
    #[inline]
    pub fn take(&self, bus: BusId) -> Option<BusLevels> {
        let (cell, place) = self.cell(bus)?;
        Some(cell.with_means(place.take()))
    }

    #[inline]
    fn cell(&self, bus: BusId) -> Option<(&BusCell, &ReaderCell)> {
        let cell = self.board.buses.get(bus.index())?;
        // Below that; a power of two, which spares a look.
        let place = &cell.readers[self.place % MAX_READERS];
        (cell.id.load(Relaxed) == bus.to_bits()).then_some((cell, place))
    }
}

impl Drop for MeterReader {
    fn drop(&mut self) {
        self.board.taken[self.place].store(false, Relaxed);
    }
}

/// The absolute frames at which meters are published: `round(k·rate/100)`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct MeterGrid {
    rate: u64,
}

impl MeterGrid {
    pub(crate) fn new(sample_rate: f64) -> Self {
        Self {
            rate: math::to_count(sample_rate).max(100) as u64,
        }
    }

    /// The first one after frame `at`.
    pub(crate) fn next(self, at: u64) -> u64 {
        // The largest k with floor((k·rate + 50)/100) <= at is the bin that holds `at`.
        let bin = (at.saturating_mul(100) + 49) / self.rate;
        ((bin + 1).saturating_mul(self.rate) + 50) / 100
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pulse(peak: f32, at: u64) -> MeterReading {
        MeterReading {
            peak: [peak, 0.0],
            clips: u32::from(peak >= 1.0),
            first_clip: (peak >= 1.0).then_some(at),
            ..MeterReading::default()
        }
    }

    #[test]
    fn each_reader_sees_a_pulse_once() {
        let board = Arc::new(MeterBoard::new(2, 0));
        let bus = BusId::new(1, 3);
        board.open(bus);
        let mut a = board.subscribe().unwrap();
        let mut b = board.subscribe().unwrap();
        board.publish(bus, &pulse(1.5, 700), 0);
        board.publish(bus, &pulse(0.2, 0), 2);
        let seen = a.read(bus).unwrap();
        assert_eq!((seen.meter.peak, seen.bad_cells), ([1.5, 0.0], 2));
        assert_eq!((seen.meter.clips, seen.meter.first_clip), (1, Some(700)));
        assert_eq!(a.read(bus), Some(BusLevels::default()));
        board.publish(bus, &pulse(0.4, 0), 0);
        assert_eq!(b.read(bus).unwrap().meter.peak[0], 1.5);
        assert_eq!(a.read(bus).unwrap().meter.peak[0], 0.4);
        assert_eq!(b.read(bus), Some(BusLevels::default()));
    }

    #[test]
    fn counts_stop_at_the_largest_number() {
        let board = Arc::new(MeterBoard::new(1, 0));
        let bus = BusId::new(0, 1);
        board.open(bus);
        let mut reader = board.subscribe().unwrap();
        let clipped = |clips| MeterReading {
            clips,
            peak: [0.25, 2.0],
            ..pulse(0.0, 0)
        };
        board.publish(bus, &clipped(u32::MAX - 1), 7);
        board.publish(bus, &clipped(9), u32::MAX - 7);
        let seen = reader.read(bus).unwrap();
        assert_eq!((seen.meter.clips, seen.bad_cells), (u32::MAX, u32::MAX));
        assert_eq!(seen.meter.peak, [0.25, 2.0]);
        board.publish(bus, &clipped(0), 1);
        let seen = reader.read(bus).unwrap();
        assert_eq!((seen.meter.clips, seen.bad_cells), (0, 1));
    }

    #[test]
    fn stale_buses_and_a_fifth_reader_are_refused() {
        let board = Arc::new(MeterBoard::new(1, 0));
        let (old, new) = (BusId::new(0, 1), BusId::new(0, 2));
        board.open(old);
        let mut readers: Vec<_> = (0..MAX_READERS)
            .map(|_| board.subscribe().unwrap())
            .collect();
        let refused = board.subscribe().unwrap_err().to_string();
        assert_eq!(refused, "meter readers: all 4 are in use; drop one first");
        board.publish(old, &pulse(0.5, 0), 0);
        board.open(new);
        assert_eq!(readers[0].read(old), None);
        assert_eq!(readers[0].read(new), Some(BusLevels::default()));
        board.close(new);
        assert_eq!(readers[0].read(new), None);
        readers.pop();
        assert!(board.subscribe().is_ok());
    }

    #[test]
    fn the_grid_is_round_k_fs_100() {
        for rate in [8_000.0, 11_025.0, 44_100.0, 48_000.0, 384_000.0] {
            let grid = MeterGrid::new(rate);
            let mut at = 0;
            for k in 1..2_000_u32 {
                let next = grid.next(at);
                assert_eq!(next as f64, (f64::from(k) * rate / 100.0 + 0.5).floor());
                assert_eq!(grid.next(next - 1), next);
                at = next;
            }
        }
    }
}
