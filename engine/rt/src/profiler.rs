//! How long the stages of a thread take.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use segue_dsp::math;
use triple_buffer::{Input, Output, TripleBuffer};

/// Blocks over which worst and mean are taken.
pub const WINDOW: usize = 1_000;

/// What a thread spends its time on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(usize)]
pub enum Stage {
    /// Commands and events out of the queues.
    Drain,
    /// Song position and clips.
    Transport,
    /// Voices.
    Voices,
    /// Buses, without their inserts.
    Mixer,
    /// Meters and snapshots.
    Meters,
    /// Conversion to the output.
    Output,
    /// Inserts.
    Inserts,
}

impl Stage {
    /// Every stage, in order.
    pub const ALL: [Self; 7] = [
        Self::Drain,
        Self::Transport,
        Self::Voices,
        Self::Mixer,
        Self::Meters,
        Self::Output,
        Self::Inserts,
    ];

    /// Its name in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Drain => "drain",
            Self::Transport => "transport",
            Self::Voices => "voices",
            Self::Mixer => "mixer",
            Self::Meters => "meters",
            Self::Output => "output",
            Self::Inserts => "inserts",
        }
    }
}

/// The thread that is measured.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum ThreadKind {
    /// The audio callback.
    #[default]
    Audio,
    /// The control thread.
    Control,
    /// The thread that reads streams from disk.
    Disk,
    /// The thread that talks to a live game.
    Net,
}

/// Worst and mean of one quantity over the last [`WINDOW`] blocks.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Cost {
    /// The longest block, in nanoseconds.
    pub worst_ns: u32,
    /// The mean block, in nanoseconds.
    pub mean_ns: f32,
}

/// What a [`Profiler`] found. Figures are of the last [`WINDOW`] blocks, counts since it was made.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct LoadReport {
    /// Whose load it is.
    pub thread: ThreadKind,
    /// Each stage, in the order of [`Stage::ALL`].
    pub stages: [Cost; Stage::ALL.len()],
    /// From begin to end of a block.
    pub total: Cost,
    /// Largest share of a block's own time that the block took, 1 for all of it.
    pub worst_load: f32,
    /// Share of the time that was spent.
    pub mean_load: f32,
    /// Blocks measured.
    pub blocks: u64,
    /// Blocks that took longer than they last.
    pub overloads: u64,
}

/// A pair of profiler and reader for one thread at `sample_rate` frames a second.
///
/// `clock` gives nanoseconds from any origin; it is called on the measured thread. `[main-thread]`
pub fn profiler(
    thread: ThreadKind,
    sample_rate: u32,
    clock: fn() -> u64,
) -> (Profiler, ProfileReader) {
    let (input, output) = TripleBuffer::<LoadReport>::default().split();
    let wanted = Arc::new(AtomicBool::new(false));
    let profiler = Profiler {
        thread,
        sample_rate: sample_rate.max(1),
        clock,
        wanted: Arc::clone(&wanted),
        on: false,
        began: 0,
        last: 0,
        worked: None,
        budget: 0,
        block: [0; STAGES],
        columns: Box::new([Column::EMPTY; COLUMNS]),
        place: 0,
        blocks: 0,
        overloads: 0,
        output: input,
    };
    (profiler, ProfileReader { wanted, output })
}

const STAGES: usize = Stage::ALL.len();
/// One for each stage, then total time, the block's own time and load in millionths.
const COLUMNS: usize = STAGES + 3;
const TOTAL: usize = STAGES;
const BUDGET: usize = STAGES + 1;
const LOAD: usize = STAGES + 2;

/// Measures the blocks of one thread: `begin`, any number of `lap`, `end`. `[audio-thread]`
///
/// Off, each call is one branch and the clock is not asked. On, nothing allocates or locks; each
/// report goes out by triple buffer, so a reader sees the newest whole one and loses those between.
/// Drop it on the control thread.
pub struct Profiler {
    thread: ThreadKind,
    sample_rate: u32,
    clock: fn() -> u64,
    wanted: Arc<AtomicBool>,
    on: bool,
    began: u64,
    last: u64,
    /// What the block took, once its work was done before its end.
    worked: Option<u64>,
    /// Nanoseconds the block lasts.
    budget: u64,
    block: [u64; STAGES],
    columns: Box<[Column; COLUMNS]>,
    place: usize,
    blocks: u64,
    overloads: u64,
    output: Input<LoadReport>,
}

impl Profiler {
    /// A block of `frames` begins; one of 0 frames is not measured.
    pub fn begin(&mut self, frames: u32) {
        self.on = frames > 0 && self.wanted.load(Ordering::Relaxed);
        if !self.on {
            return;
        }
        self.budget = u64::from(frames) * 1_000_000_000 / u64::from(self.sample_rate);
        self.block = [0; STAGES];
        self.worked = None;
        self.began = (self.clock)();
        self.last = self.began;
    }

    /// The block has turned out to be of `frames`; of none, it is not measured.
    pub fn resize(&mut self, frames: u32) {
        self.on &= frames > 0;
        self.budget = u64::from(frames) * 1_000_000_000 / u64::from(self.sample_rate);
    }

    /// The time since the last call went into `stage`. A stage may come several times in a block.
    pub fn lap(&mut self, stage: Stage) {
        if !self.on {
            return;
        }
        let now = (self.clock)();
        let spent = &mut self.block[stage as usize];
        *spent = spent.saturating_add(now.saturating_sub(self.last));
        self.last = now;
    }

    /// The work of the block is done, but how long it lasts is not known yet: [`Self::resize`] and [`Self::end`] come
    /// later, and what passes until then is not counted.
    pub fn pause(&mut self) {
        if self.on {
            self.worked = Some((self.clock)().saturating_sub(self.began));
        }
    }

    /// The clock while a block is measured.
    pub fn clock(&self) -> Option<fn() -> u64> {
        self.on.then_some(self.clock)
    }

    /// `spent` nanoseconds that were counted for one stage belong to another one.
    pub fn shift(&mut self, from: Stage, to: Stage, spent: u64) {
        let spent = spent.min(self.block[from as usize]);
        self.block[from as usize] -= spent;
        self.block[to as usize] += spent;
    }

    /// The block is over: counts it and publishes the report.
    pub fn end(&mut self) {
        if !std::mem::take(&mut self.on) {
            return;
        }
        let worked = self.worked.take();
        let total = worked.unwrap_or_else(|| (self.clock)().saturating_sub(self.began));
        self.blocks += 1;
        self.overloads += u64::from(total > self.budget);
        for (column, &spent) in self.columns.iter_mut().zip(&self.block) {
            column.put(self.place, spent);
        }
        let load = total.saturating_mul(1_000_000) / self.budget.max(1);
        self.columns[TOTAL].put(self.place, total);
        self.columns[BUDGET].put(self.place, self.budget);
        self.columns[LOAD].put(self.place, load);
        self.place = (self.place + 1) % WINDOW;
        self.output.write(self.report());
    }

    fn report(&self) -> LoadReport {
        let count = self.blocks.min(WINDOW as u64).max(1) as f32;
        let cost = |column: usize| Cost {
            worst_ns: self.columns[column].worst,
            mean_ns: self.columns[column].sum as f32 / count,
        };
        LoadReport {
            thread: self.thread,
            stages: std::array::from_fn(cost),
            total: cost(TOTAL),
            worst_load: self.columns[LOAD].worst as f32 * 1e-6,
            mean_load: self.columns[TOTAL].sum as f32 / self.columns[BUDGET].sum.max(1) as f32,
            blocks: self.blocks,
            overloads: self.overloads,
        }
    }
}

/// Switches a [`Profiler`] and reads its reports. One thread at a time.
pub struct ProfileReader {
    wanted: Arc<AtomicBool>,
    output: Output<LoadReport>,
}

impl ProfileReader {
    /// Switches measuring on or off, from the next block on.
    pub fn set_enabled(&self, on: bool) {
        self.wanted.store(on, Ordering::Relaxed);
    }

    /// Whether measuring is switched on.
    pub fn is_enabled(&self) -> bool {
        self.wanted.load(Ordering::Relaxed)
    }

    /// Whether its profiler is gone, so that the report stays as it is.
    pub fn is_abandoned(&self) -> bool {
        Arc::strong_count(&self.wanted) == 1
    }

    /// The newest report.
    pub fn report(&mut self) -> LoadReport {
        *self.output.read()
    }
}

/// Worst and mean of one quantity where a [`Column`] would be too large: of the last [`WINDOW`] to twice as many
/// blocks.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Tally {
    now: Sum,
    before: Sum,
}

#[derive(Clone, Copy, Debug, Default)]
struct Sum {
    total: u64,
    worst: u32,
    blocks: u32,
}

impl Tally {
    /// Counts one block; worst and mean with it.
    pub(crate) fn count(&mut self, spent: u64) -> Cost {
        if self.now.blocks as usize == WINDOW {
            self.before = std::mem::take(&mut self.now);
        }
        let short = u32::try_from(spent).unwrap_or(u32::MAX);
        self.now.total = self.now.total.saturating_add(spent);
        self.now.worst = self.now.worst.max(short);
        self.now.blocks += 1;
        let blocks = self.now.blocks + self.before.blocks;
        let total = self.now.total.saturating_add(self.before.total);
        Cost {
            worst_ns: self.now.worst.max(self.before.worst),
            mean_ns: math::to_f32(total as f64 / f64::from(blocks)),
        }
    }
}

/// The last [`WINDOW`] values of one quantity, with their sum and maximum.
struct Column {
    ring: [u32; WINDOW],
    sum: u64,
    worst: u32,
}

impl Column {
    const EMPTY: Self = Self {
        ring: [0; WINDOW],
        sum: 0,
        worst: 0,
    };

    fn put(&mut self, place: usize, value: u64) {
        let value = u32::try_from(value).unwrap_or(u32::MAX);
        let old = std::mem::replace(&mut self.ring[place], value);
        self.sum = self.sum + u64::from(value) - u64::from(old);
        if value >= self.worst {
            self.worst = value;
        } else if old == self.worst {
            // Only when the worst leaves is the ring looked through.
            self.worst = self.ring.iter().copied().max().unwrap_or(0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use assert_no_alloc::assert_no_alloc;
    use proptest::prelude::*;
    use std::cell::Cell;

    thread_local! {
        static NOW: Cell<u64> = const { Cell::new(0) };
        static ASKED: Cell<u64> = const { Cell::new(0) };
    }

    fn now() -> u64 {
        ASKED.set(ASKED.get() + 1);
        NOW.get()
    }

    fn pass(time: u64) {
        NOW.set(NOW.get() + time);
    }

    #[test]
    fn stages_add_up_and_load_is_of_the_blocks_time() {
        let (mut profiler, mut reader) = profiler(ThreadKind::Audio, 48_000, now);
        reader.set_enabled(true);
        for voices in [100_000, 2_000_000] {
            assert_no_alloc(|| {
                profiler.begin(48);
                pass(5);
                profiler.lap(Stage::Drain);
                pass(voices);
                profiler.lap(Stage::Voices);
                pass(10);
                profiler.lap(Stage::Drain);
                profiler.end();
            });
        }
        let report = reader.report();
        assert_eq!(report.stages[Stage::Drain as usize].worst_ns, 15);
        assert_eq!(report.stages[Stage::Voices as usize].worst_ns, 2_000_000);
        assert_eq!(report.stages[Stage::Voices as usize].mean_ns, 1_050_000.0);
        assert_eq!((report.blocks, report.overloads), (2, 1));
        assert!((report.worst_load - 2.000_015).abs() < 1e-6);
        assert!((report.mean_load - 1.050_015).abs() < 1e-6);
    }

    #[test]
    fn off_it_does_not_ask_the_clock() {
        let (mut profiler, mut reader) = profiler(ThreadKind::Disk, 48_000, now);
        let before = ASKED.get();
        profiler.begin(64);
        profiler.lap(Stage::Mixer);
        profiler.end();
        assert_eq!(ASKED.get(), before);
        assert_eq!(reader.report(), LoadReport::default());
    }

    #[test]
    fn what_is_shifted_is_counted_once() {
        let (mut profiler, mut reader) = profiler(ThreadKind::Audio, 48_000, now);
        reader.set_enabled(true);
        assert_eq!(profiler.clock().map(|_| ()), None, "no block has begun");
        profiler.begin(48);
        pass(70);
        profiler.lap(Stage::Mixer);
        profiler.shift(Stage::Mixer, Stage::Inserts, 50);
        profiler.shift(Stage::Mixer, Stage::Inserts, 50);
        assert!(profiler.clock().is_some());
        profiler.end();
        let report = reader.report();
        let worst = |stage: Stage| report.stages[stage as usize].worst_ns;
        assert_eq!([worst(Stage::Mixer), worst(Stage::Inserts)], [0, 70]);
        assert_eq!(report.total.worst_ns, 70);
        assert!(!reader.is_abandoned());
        drop(profiler);
        assert!(reader.is_abandoned());
    }

    #[test]
    fn a_pause_ends_the_work_but_not_the_block() {
        let (mut profiler, mut reader) = profiler(ThreadKind::Net, 1_000_000, now);
        reader.set_enabled(true);
        for _ in 0..2 {
            profiler.begin(1);
            pass(5_000);
            profiler.pause();
            pass(95_000);
            profiler.resize(100);
            profiler.end();
        }
        let report = reader.report();
        assert_eq!((report.total.worst_ns, report.blocks), (5_000, 2));
        assert!((report.mean_load - 0.05).abs() < 1e-6);
    }

    #[test]
    fn a_tally_forgets_what_is_two_windows_old() {
        let mut tally = Tally::default();
        assert_eq!(tally.count(9_000).worst_ns, 9_000);
        for _ in 1..2 * WINDOW {
            assert_eq!(tally.count(10).worst_ns, 9_000);
        }
        let cost = tally.count(30);
        assert_eq!(cost.worst_ns, 30);
        assert!((cost.mean_ns - 10_030.0 / 1_001.0).abs() < 1e-4, "{cost:?}");
    }

    #[test]
    fn no_time_and_no_frames_upset_it() {
        let (mut profiler, reader) = profiler(ThreadKind::Net, 0, now);
        reader.set_enabled(true);
        for (frames, step) in [(0, 5), (u32::MAX, u64::MAX / 2), (1, 0)] {
            profiler.begin(frames);
            NOW.set(NOW.get().wrapping_sub(step));
            profiler.lap(Stage::Output);
            NOW.set(u64::MAX);
            profiler.lap(Stage::Output);
            profiler.end();
            NOW.set(7);
        }
    }

    proptest! {
        #[test]
        fn worst_and_sum_are_of_the_window(values in prop::collection::vec(0..1_000_000_u64, 1..4_000)) {
            let mut column = Column::EMPTY;
            for (index, &value) in values.iter().enumerate() {
                column.put(index % WINDOW, value);
            }
            let window = &values[values.len().saturating_sub(WINDOW)..];
            prop_assert_eq!(u64::from(column.worst), *window.iter().max().unwrap());
            prop_assert_eq!(column.sum, window.iter().sum::<u64>());
        }
    }
}
