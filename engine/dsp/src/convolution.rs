//! Convolution with an impulse response, in partitions of growing length.

mod fft;
mod response;
mod stage;

use std::sync::OnceLock;

pub use response::{MAX_SECONDS, Preparation, Response, prepare};

use crate::CELL;
use crate::error::DspError;
use crate::math::to_count;
use crate::planar::{self, MAX_CHANNELS};
use crate::processor::{ParamInfo, Processor, Resource, Setup, Tail, resolve};
use fft::Transform;
use stage::{Inputs, Slots, Stage};

/// Lengths of the partitions.
const STAGES: usize = 4;
/// Rows and columns of the stages' transforms: partitions of 32, 256, 2048 and 16384 frames.
const LAYOUT: [(usize, usize); STAGES] = [(1, 32), (16, 16), (32, 64), (128, 128)];
/// Frames at the beginning of a response that are convolved directly.
const HEAD: usize = CELL;
/// Duration of the cross-fade between two responses, seconds.
const FADE_SECONDS: f64 = 0.05;
/// Responses that wait to be dropped at most.
const SPENT: usize = 3;

/// How far the output lags.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Latency {
    /// Not at all: the first 32 frames of the response are convolved directly.
    #[default]
    Zero,
    /// By a partition of 32 frames.
    Partition,
    /// By 512 frames, which saves the work on the shortest partitions.
    Saving,
}

impl Latency {
    const NAMES: &[&str] = &["0", "32", "512"];

    /// In frames.
    #[must_use]
    pub fn frames(self) -> usize {
        match self {
            Self::Zero => 0,
            Self::Partition => 32,
            Self::Saving => 512,
        }
    }

    /// The one with the number of its choice; the first one for any other number.
    #[must_use]
    pub fn from_value(value: f32) -> Self {
        match to_count(f64::from(value)) {
            1 => Self::Partition,
            2 => Self::Saving,
            _ => Self::Zero,
        }
    }
}

/// Which frames of a response each stage convolves.
#[derive(Clone, Copy)]
struct Shapes {
    starts: [usize; STAGES + 1],
}

impl Shapes {
    /// A stage of one cell answers at once, one of B frames 2·B after a block has begun; whatever
    /// the output lags comes off.
    fn new(latency: Latency) -> Self {
        let lag = latency.frames();
        let start = |k: usize| match (latency, k) {
            (_, STAGES) => usize::MAX,
            (Latency::Saving, 0) => 0,
            (_, 0) => HEAD - lag,
            _ => 2 * LAYOUT[k].0 * LAYOUT[k].1 - lag,
        };
        Self {
            starts: core::array::from_fn(start),
        }
    }

    fn range(&self, stage: usize) -> core::ops::Range<usize> {
        self.starts[stage]..self.starts[stage + 1]
    }
}

/// The transforms of all stages, made once. `[main-thread]`
fn transforms() -> &'static [Transform; STAGES] {
    static TRANSFORMS: OnceLock<[Transform; STAGES]> = OnceLock::new();
    TRANSFORMS.get_or_init(|| LAYOUT.map(|(rows, columns)| Transform::new(rows, columns)))
}

/// A response that fades in.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Change {
    None,
    /// Not all stages have its output yet.
    Warming,
    /// Frames of the fade that are done.
    Fading(usize),
}

/// Convolves with a mono, stereo or true stereo impulse response of up to 20 s.
///
/// The response is cut into partitions of 32, 256, 2048 and 16384 frames (Gardner, Efficient
/// Convolution without Input-Output Delay, 1995); the work on the long ones is spread evenly over
/// the cells until their result is due, so that no cell costs much more than another. Without a
/// response the input passes, delayed by the latency.
///
/// A new response comes by [`Processor::exchange`] and works on the input of the past as well, as
/// far as the former one was long. It cross-fades within 50 ms as soon as all its partitions have
/// answered: after twice the longest one at most. Another one that comes meanwhile waits for its
/// turn; only the latest one does.
///
/// All frames count from the last reset, on the cells of the absolute clock.
pub struct Convolution {
    setup: Setup,
    latency: Latency,
    at: usize,
    inputs: Inputs,
    stages: Vec<Stage>,
    slots: Slots,
    live: usize,
    change: Change,
    fade_frames: usize,
    waiting: Option<Box<Response>>,
    spent: [Option<Box<Response>>; SPENT],
    /// Work done in the last cell, in points multiplied.
    cost: usize,
    started: bool,
}

impl Convolution {
    /// Row of the latency.
    pub const LATENCY: u16 = 0;

    /// Its parameters.
    pub const PARAMS: &[ParamInfo] =
        &[ParamInfo::choice("latency", "Latency (frames)", Latency::NAMES, 0).structural()];

    /// A convolution for `setup`, without a response yet. `[main-thread]`
    ///
    /// # Errors
    /// [`DspError`] when the setup or a value is out of range.
    pub fn new(setup: Setup, values: &[(u16, f32)]) -> Result<Self, DspError> {
        setup.check()?;
        let values = resolve("convolution", Self::PARAMS, values)?;
        let latency = Latency::from_value(values.first().copied().unwrap_or(0.0));
        let transforms = transforms();
        let longest = transforms
            .iter()
            .map(Transform::block)
            .max()
            .unwrap_or(CELL);
        // A job reads its two blocks while the next one is written.
        let ring = (4 * longest).next_power_of_two();
        let stage = |(number, transform)| Stage::new(number, transform, setup.channels);
        Ok(Self {
            setup,
            latency,
            at: 0,
            inputs: Inputs {
                rings: vec![vec![0.0; ring]; setup.channels],
                mask: ring - 1,
            },
            stages: transforms.iter().enumerate().map(stage).collect(),
            slots: [None, None],
            live: 0,
            change: Change::None,
            fade_frames: to_count(FADE_SECONDS * setup.sample_rate).max(CELL),
            waiting: None,
            spent: Default::default(),
            cost: 0,
            started: false,
        })
    }

    /// Takes over the next response, if one waits and the last change is done.
    fn take_waiting(&mut self) {
        if self.change != Change::None || self.spent.iter().all(Option::is_some) {
            return;
        }
        let Some(mut response) = self.waiting.take() else {
            return;
        };
        for stage in &mut self.stages {
            stage.grow(&mut response);
        }
        self.slots[self.live ^ 1] = Some(response);
        self.change = Change::Warming;
        if !self.started {
            self.finish_change();
        }
    }

    /// The new response is the only one from here on.
    fn finish_change(&mut self) {
        let old = self.live;
        self.live ^= 1;
        self.change = Change::None;
        self.stages.iter_mut().for_each(|stage| stage.forget(old));
        if let Some(response) = self.slots[old].take() {
            let place = self.spent.iter_mut().find(|place| place.is_none());
            // `take_waiting` has seen a free place.
            match place {
                Some(place) => *place = Some(response),
                None => self.slots[old] = Some(response),
            }
        }
    }

    /// Crosses a cell boundary.
    fn tick(&mut self) {
        if let Change::Fading(done) = self.change
            && done >= self.fade_frames
        {
            self.finish_change();
        }
        self.take_waiting();
        self.cost = 0;
        for stage in &mut self.stages {
            self.cost += stage.tick(self.at, &self.inputs, &self.slots);
        }
        let next = self.live ^ 1;
        if self.change == Change::Warming && self.is_warm(next) {
            self.change = Change::Fading(0);
        }
    }

    /// Work done at the last cell boundary, in points multiplied: the part that could differ from
    /// cell to cell. `[audio-thread]`
    #[must_use]
    pub fn cost(&self) -> usize {
        self.cost
    }

    /// True when every stage plays what `slot` needs.
    fn is_warm(&self, slot: usize) -> bool {
        self.slots[slot].as_ref().is_none_or(|response| {
            let stages = self.stages.iter().zip(&response.stages);
            stages
                .filter(|(_, spectra)| spectra.partitions > 0)
                .all(|(stage, _)| stage.plays(slot))
        })
    }

    /// Writes what `slot` makes of an output's input to `out`, `phase` frames into the cell.
    fn render(&self, slot: usize, channel: usize, out: &mut [f32]) {
        let Some(response) = self.slots[slot].as_ref().filter(|r| r.channels > 0) else {
            return self.read(channel, self.latency.frames(), out);
        };
        out.fill(0.0);
        if self.latency == Latency::Zero {
            for (input, response_channel) in response.ways(channel, self.setup.channels) {
                self.convolve_head(input, &response.head[response_channel], out);
            }
        }
        for (stage, spectra) in self.stages.iter().zip(&response.stages) {
            if spectra.partitions > 0 && stage.plays(slot) {
                let place = self.at % stage.block();
                let block = stage.output(slot, channel, self.setup.channels);
                let part = &block[place..place + out.len()];
                out.iter_mut().zip(part).for_each(|(y, x)| *y += x);
            }
        }
    }

    /// The input that lies `lag` frames before the present ones.
    fn read(&self, input: usize, lag: usize, out: &mut [f32]) {
        let ring = &self.inputs.rings[input];
        for (i, y) in out.iter_mut().enumerate() {
            *y = ring[(self.at + i).wrapping_sub(lag) & self.inputs.mask];
        }
    }

    fn convolve_head(&self, input: usize, head: &[f32; HEAD], out: &mut [f32]) {
        let mut window = [0.0; HEAD + CELL];
        let window = &mut window[..HEAD + out.len()];
        self.read(input, HEAD, window);
        for (k, h) in head.iter().enumerate() {
            let past = &window[HEAD - k..];
            out.iter_mut().zip(past).for_each(|(y, x)| *y += h * x);
        }
    }

    /// One piece within a cell.
    fn piece(&mut self, io: &mut [&mut [f32]]) {
        let frames = planar::len(io);
        for (ring, signal) in self.inputs.rings.iter_mut().zip(io.iter()) {
            for (i, x) in signal.iter().enumerate() {
                ring[(self.at + i) & self.inputs.mask] = *x;
            }
        }
        for (channel, out) in io.iter_mut().enumerate() {
            self.render(self.live, channel, out);
            if let Change::Fading(done) = self.change {
                let mut new = [0.0; CELL];
                let new = &mut new[..frames];
                self.render(self.live ^ 1, channel, new);
                for (i, (y, x)) in out.iter_mut().zip(new.iter()).enumerate() {
                    let share = ((done + i) as f32 / self.fade_frames as f32).min(1.0);
                    *y += share * (x - *y);
                }
            }
        }
        if let Change::Fading(done) = &mut self.change {
            *done += frames;
        }
        self.at = self.at.wrapping_add(frames);
    }

    /// Lets silence pass until the frames count as the clock does: after a pause.
    fn align(&mut self, phase: usize) {
        let gap = (phase + CELL - self.at % CELL) % CELL;
        for _ in 0..gap {
            let mut silence = [[0.0; 1]; MAX_CHANNELS];
            let mut io = silence.each_mut().map(|x| &mut x[..]);
            self.cell(&mut io[..self.setup.channels]);
        }
    }

    /// A piece that may begin a cell.
    fn cell(&mut self, io: &mut [&mut [f32]]) {
        if self.at.is_multiple_of(CELL) {
            self.tick();
        }
        self.piece(io);
    }
}

impl Processor for Convolution {
    #[allow(clippy::cast_possible_truncation, reason = "512 at most")]
    fn latency(&self) -> u32 {
        self.latency.frames() as u32
    }

    fn tail(&self) -> Tail {
        let responses = self.slots.iter().flatten().chain(&self.waiting);
        let longest = responses.map(|r| r.frames).max().unwrap_or(0);
        // The spectra of the past have to run empty as well.
        let blocks = LAYOUT.iter().map(|(rows, columns)| rows * columns);
        let used = blocks
            .filter(|block| longest > 2 * block)
            .max()
            .unwrap_or(0);
        Tail::Frames((longest + self.latency.frames() + 3 * used) as u64)
    }

    fn reset(&mut self) {
        self.at = 0;
        self.started = false;
        for ring in &mut self.inputs.rings {
            ring.fill(0.0);
        }
        self.stages.iter_mut().for_each(Stage::reset);
        if self.change != Change::None {
            self.finish_change();
        }
        self.take_waiting();
    }

    fn set_param(&mut self, _param: u16, _value: f32) {}

    fn process(&mut self, at: u64, io: &mut [&mut [f32]], _key: Option<&[&[f32]]>) {
        let channels = io.len();
        let phase = planar::cell_phase(at, 0);
        if !self.started {
            self.started = true;
            self.at = phase;
        }
        if self.at % CELL != phase {
            self.align(phase);
        }
        for piece in planar::cells(at, planar::len(io)) {
            let mut part = planar::frames(io, &piece);
            self.cell(&mut part[..channels]);
        }
    }

    fn exchange(&mut self, resource: Resource) -> Option<Resource> {
        let response = match resource.downcast::<Response>() {
            Ok(response) if response.latency == self.latency => response,
            Ok(response) => return Some(response),
            Err(other) => return Some(other),
        };
        let before = self.waiting.replace(response);
        if !self.started {
            self.take_waiting();
        }
        before.map(|response| response as Resource)
    }

    fn take_spent(&mut self) -> Option<Resource> {
        let place = self.spent.iter_mut().find(|place| place.is_some())?;
        place.take().map(|response| response as Resource)
    }
}

#[cfg(test)]
mod tests;
