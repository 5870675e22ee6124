//! One stage of a convolution: all partitions of one length, worked off in small steps.

use super::fft::{Point, Scratch, Transform, multiply_add};
use super::response::Response;
use crate::CELL;

/// Points that one step multiplies.
const CHUNK: usize = 512;
/// Cost of transforming a point, in points multiplied.
const COST_OF_TRANSFORM: usize = 6;

/// The input of a convolution, a ring for each channel, and the frames it holds.
pub(super) struct Inputs {
    pub(super) rings: Vec<Vec<f32>>,
    pub(super) mask: usize,
}

/// The responses that are heard: one, or two while they cross-fade.
pub(super) type Slots = [Option<Box<Response>>; 2];

/// What a stage is working on: the convolution of the block that was complete when it began.
#[derive(Clone, Copy, Default)]
struct Job {
    running: bool,
    part: Part,
    /// Which input, or which output of which slot.
    which: usize,
    step: usize,
    /// Frame of the ring at which the latest block ends.
    end: usize,
    done: usize,
    total: usize,
    cells: usize,
    cell: usize,
    /// Partitions that have an input block, for each slot.
    partitions: [usize; 2],
}

#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Part {
    #[default]
    Forward,
    Multiply,
    Backward,
}

/// What a job writes and what is played, for one output of one slot.
struct Output {
    sum: Vec<f32>,
    /// Blocks that are made and played in turn.
    blocks: [Vec<f32>; 2],
}

/// Partitions of one length.
pub(super) struct Stage {
    number: usize,
    transform: &'static Transform,
    scratch: Scratch,
    work: Vec<Point>,
    /// Slot 0's outputs, then slot 1's.
    outputs: Vec<Output>,
    /// Spectra of past input blocks: channel, block, points.
    past: Vec<Vec<Vec<f32>>>,
    newest: usize,
    /// Past blocks since the reset, at most as many as there are places.
    filled: usize,
    job: Job,
    /// The half of the outputs' blocks that is played.
    playing: usize,
    /// Whether each half holds something of a slot.
    made: [[bool; 2]; 2],
}

impl Stage {
    pub(super) fn new(number: usize, transform: &'static Transform, channels: usize) -> Self {
        let block = transform.block();
        let output = || Output {
            sum: vec![0.0; 2 * block],
            blocks: [vec![0.0; block], vec![0.0; block]],
        };
        Self {
            number,
            transform,
            scratch: transform.scratch(),
            work: vec![Point::default(); block],
            outputs: (0..2 * channels).map(|_| output()).collect(),
            past: vec![Vec::new(); channels],
            newest: 0,
            filled: 0,
            job: Job::default(),
            playing: 0,
            made: [[false; 2]; 2],
        }
    }

    pub(super) fn block(&self) -> usize {
        self.transform.block()
    }

    pub(super) fn reset(&mut self) {
        (self.newest, self.filled, self.playing) = (0, 0, 0);
        self.job = Job::default();
        self.made = [[false; 2]; 2];
    }

    /// Makes room for the past that `response` wants, keeping what is known of it. The response
    /// gets what was there before.
    pub(super) fn grow(&mut self, response: &mut Response) {
        let wanted = &mut response.stages[self.number];
        let (have, want) = (self.places(), wanted.partitions);
        if want <= have {
            return;
        }
        for (old, new) in self.past.iter_mut().zip(&mut wanted.past) {
            for age in 0..self.filled.min(have) {
                let from = (self.newest + have - age) % have;
                let to = want - 1 - age;
                core::mem::swap(&mut old[from], &mut new[to]);
            }
            core::mem::swap(old, new);
        }
        self.newest = want - 1;
    }

    fn places(&self) -> usize {
        self.past.first().map_or(0, Vec::len)
    }

    /// True when what is played holds `slot`.
    pub(super) fn plays(&self, slot: usize) -> bool {
        self.made[self.playing][slot]
    }

    /// What is played of an output of a slot.
    pub(super) fn output(&self, slot: usize, channel: usize, channels: usize) -> &[f32] {
        &self.outputs[slot * channels + channel].blocks[self.playing]
    }

    /// Forgets what was made for a slot whose response leaves.
    pub(super) fn forget(&mut self, slot: usize) {
        self.made[0][slot] = false;
        self.made[1][slot] = false;
        self.job.partitions[slot] = 0;
    }

    /// Crosses a cell boundary at frame `at` (since the reset): plays what is ready, begins what is
    /// due and works on it. A stage of one cell is ready at once, the others one block later.
    /// Returns the cost.
    pub(super) fn tick(&mut self, at: usize, inputs: &Inputs, slots: &Slots) -> usize {
        if self.places() == 0 {
            return 0;
        }
        let at_once = self.block() == CELL;
        if at.is_multiple_of(self.block()) {
            if !at_once {
                self.playing ^= 1;
            }
            self.begin(at, slots);
        }
        if !self.job.running {
            return 0;
        }
        let before = self.job.done;
        self.job.cell += 1;
        let due = self.job.total * self.job.cell / self.job.cells;
        while self.job.running && self.job.done < due {
            self.step(inputs, slots);
        }
        let cost = self.job.done - before;
        if at_once {
            self.playing ^= 1;
        }
        cost
    }

    fn channels(&self) -> usize {
        self.past.len()
    }

    fn begin(&mut self, at: usize, slots: &Slots) {
        self.newest = (self.newest + 1) % self.places();
        self.filled = (self.filled + 1).min(self.places());
        let partitions = [0, 1].map(|slot| {
            let response = slots[slot].as_ref();
            response.map_or(0, |r| r.stages[self.number].partitions.min(self.filled))
        });
        self.made[self.playing ^ 1] = [0, 1].map(|slot| slots[slot].is_some());
        let channels = self.channels();
        let transform = self.block() * COST_OF_TRANSFORM;
        let mut total = channels * 2 * transform;
        for (slot, partitions) in partitions.iter().enumerate() {
            for channel in 0..channels {
                let ways = self.ways(slots, slot, channel);
                let products = ways * partitions;
                let back = if products > 0 { 2 * transform } else { 0 };
                total += products * self.block() + back;
            }
        }
        self.job = Job {
            running: true,
            end: at,
            total,
            cells: (self.block() / CELL).max(1),
            partitions,
            ..Job::default()
        };
    }

    fn ways(&self, slots: &Slots, slot: usize, channel: usize) -> usize {
        let response = slots[slot].as_ref();
        response.map_or(0, |r| r.ways(channel, self.channels()).count())
    }

    /// The smallest piece of work.
    fn step(&mut self, inputs: &Inputs, slots: &Slots) {
        match self.job.part {
            Part::Forward => self.forward(inputs),
            Part::Multiply => self.multiply(slots),
            Part::Backward => self.backward(),
        }
    }

    fn forward(&mut self, inputs: &Inputs) {
        let (columns, rows) = (self.transform.columns, self.transform.rows);
        let (input, step, block) = (self.job.which, self.job.step, self.block());
        if step < columns {
            let ring = &inputs.rings[input];
            let start = self.job.end.wrapping_sub(2 * block);
            let pair = |n: usize| {
                let place = start.wrapping_add(n);
                (
                    ring[place & inputs.mask],
                    ring[place.wrapping_add(block) & inputs.mask],
                )
            };
            let (work, scratch) = (&mut self.work, &mut self.scratch);
            self.transform.forward_column(step, pair, work, scratch);
            self.job.done += rows * COST_OF_TRANSFORM;
        } else {
            let spectrum = &mut self.past[input][self.newest];
            let (work, scratch) = (&mut self.work, &mut self.scratch);
            self.transform
                .forward_row(step - columns, work, spectrum, scratch);
            self.job.done += columns * COST_OF_TRANSFORM;
        }
        self.job.step += 1;
        if self.job.step == columns + rows {
            (self.job.step, self.job.which) = (0, input + 1);
            if self.job.which == self.channels() {
                (self.job.which, self.job.part) = (0, Part::Multiply);
            }
        }
    }

    /// Multiplies a chunk of one partition of one way.
    fn multiply(&mut self, slots: &Slots) {
        let channels = self.channels();
        let (slot, channel) = (self.job.which / channels, self.job.which % channels);
        let partitions = self.job.partitions[slot];
        let ways = self.ways(slots, slot, channel);
        let products = ways * partitions;
        let Some(response) = slots[slot].as_ref().filter(|_| products > 0) else {
            // Nobody reads the output of a slot without partitions here.
            return self.next_output();
        };
        let (chunk, product) = (self.job.step / products, self.job.step % products);
        let (way, age) = (product / partitions, product % partitions);
        let Some((input, response_channel)) = response.ways(channel, channels).nth(way) else {
            return self.next_output();
        };
        let block = self.block();
        let points = chunk * CHUNK..block.min((chunk + 1) * CHUNK);
        let places = self.places();
        let x = &self.past[input][(self.newest + places - age) % places];
        let h = &response.stages[self.number].channels[response_channel][age];
        self.job.done += points.len();
        let last = points.end == block && product + 1 == products;
        let sum = &mut self.outputs[self.job.which].sum;
        multiply_add(sum, x, h, points, product == 0);
        self.job.step += 1;
        if last {
            (self.job.step, self.job.part) = (0, Part::Backward);
        }
    }

    fn backward(&mut self) {
        let (columns, rows) = (self.transform.columns, self.transform.rows);
        let step = self.job.step;
        let output = &mut self.outputs[self.job.which];
        let (work, scratch) = (&mut self.work, &mut self.scratch);
        if step < rows {
            self.transform
                .backward_row(step, &output.sum, work, scratch);
            self.job.done += columns * COST_OF_TRANSFORM;
        } else {
            let out = &mut output.blocks[self.playing ^ 1];
            self.transform
                .backward_column(step - rows, work, out, scratch);
            self.job.done += rows * COST_OF_TRANSFORM;
        }
        self.job.step += 1;
        if self.job.step == columns + rows {
            self.next_output();
        }
    }

    fn next_output(&mut self) {
        self.job.step = 0;
        self.job.part = Part::Multiply;
        self.job.which += 1;
        if self.job.which == self.outputs.len() {
            self.job.running = false;
            self.job.done = self.job.total;
        }
    }
}
