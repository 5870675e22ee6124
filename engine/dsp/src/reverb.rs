//! Algorithmic reverb: a feedback delay network behind early reflections and diffusion.

mod decay;
mod entrance;
mod line;
mod params;
mod tank;

pub use params::ReverbParam;

use crate::CELL;
use crate::error::DspError;
use crate::math::{db_to_gain, to_count};
use crate::planar::{self, MAX_CHANNELS};
use crate::processor::{ParamInfo, Processor, Setup, Tail, resolve};
use crate::simd::wide;
use crate::smooth::{CellRamp, CellSmoother, LogSmoother, Ramp};
use decay::Decay;
use entrance::{DcBlock, Diffuser, Early};
use line::{Morph, Ring, Tap};
use tank::{Exits, Tank};

/// Lines of the network.
const LINES: usize = 16;
/// The tail is below -120 dBFS after this many decay times.
const TAIL_DECAYS: f64 = 2.2;
/// What early reflections and all-passes add to the tail, seconds per size.
const TAIL_EXTRA: f64 = 0.3;

/// A cell of frames for each of `N` signals.
type Rows<const N: usize> = [[f32; CELL]; N];

/// Where a piece of work lies.
struct Place {
    /// Frames since the reset.
    at: usize,
    /// Frames into the cell of the absolute clock.
    phase: usize,
    frames: usize,
}

/// A room made of delays.
///
/// 1. The channels become a left and a right signal (even and odd ones), without 0 Hz.
/// 2. Early reflections, eight for each side, with pre-delay.
/// 3. Six all-passes for each side smear the sound.
/// 4. Sixteen lines, mixed by a Hadamard matrix, each with an absorption filter, so that the decay
///    follows a curve over frequency: the set time in the middle, times `low_ratio` below
///    `low_freq`, times `high_ratio` above `high_freq`, with first-order transitions of the decay
///    *rate*. Every second line moves slowly.
/// 5. Every channel takes all lines with signs of its own, which makes the channels independent.
///
/// A short decay makes the room smaller too, as in life: the lines are at most `2·decay + 0.1` of
/// their length. Its impulse response has the same energy for every decay. New lengths cross-fade
/// within 30 ms; everything happens on the grid of cells, so no partition of time changes a bit.
/// Latency 0; the output is wet only (the mix is the slot's).
#[derive(Clone, Debug)]
pub struct Reverb {
    setup: Setup,
    values: [f32; ReverbParam::ALL.len()],
    at: usize,
    dc: [DcBlock; 2],
    rings: [Ring; 2],
    early: Early,
    diffuser: Diffuser,
    tank: Tank,
    morph: Morph,
    /// Room size and pre-delay that the taps have or head for.
    placed: (f64, usize),
    entrance: Tap,
    decay: [LogSmoother; 5],
    freeze: CellSmoother,
    /// Open while nothing is frozen.
    gate: Ramp,
    early_level: Ramp,
    late_level: Ramp,
    /// The level at which the tail has the right energy.
    energy: CellRamp,
    width: Ramp,
    exits: [Exits; MAX_CHANNELS / 2],
}

impl Reverb {
    /// Its parameters, in the order of [`ReverbParam`].
    pub const PARAMS: &[ParamInfo] = params::PARAMS;

    /// A reverb for `setup` with `values` (row, value) in place of the defaults. `[main-thread]`
    ///
    /// # Errors
    /// [`DspError`] when the setup or a value is out of range.
    pub fn new(setup: Setup, values: &[(u16, f32)]) -> Result<Self, DspError> {
        setup.check()?;
        let values = resolve("reverb", Self::PARAMS, values)?;
        let (rate, largest) = (setup.sample_rate, f64::from(params::MAX_SIZE) * 0.01);
        let ring = Ring::new(setup.frames(f64::from(params::MAX_PRE_DELAY) + 70.0 * largest));
        let log = LogSmoother::new(1.0, rate);
        let mut reverb = Self {
            setup,
            values: core::array::from_fn(|row| values.get(row).copied().unwrap_or(0.0)),
            at: 0,
            dc: [DcBlock::new(rate); 2],
            rings: [ring.clone(), ring],
            early: Early::new(rate),
            diffuser: Diffuser::new(rate, largest),
            tank: Tank::new(rate, largest),
            morph: Morph::new(rate),
            placed: (0.0, 0),
            entrance: Tap::default(),
            decay: [log; 5],
            freeze: CellSmoother::new(0.0, rate),
            gate: Ramp::new(1.0, rate),
            early_level: Ramp::new(0.0, rate),
            late_level: Ramp::new(0.0, rate),
            energy: CellRamp::new(0.0, rate),
            width: Ramp::new(0.0, rate),
            exits: core::array::from_fn(Exits::new),
        };
        for row in ReverbParam::ALL {
            reverb.set(row);
        }
        reverb.reset();
        Ok(reverb)
    }

    fn value(&self, row: ReverbParam) -> f64 {
        f64::from(self.values[row as usize])
    }

    /// Takes over the value of one row.
    fn set(&mut self, row: ReverbParam) {
        let (value, single) = (self.value(row), self.values[row as usize]);
        match row {
            ReverbParam::Decay => self.decay[0].set(value),
            ReverbParam::LowRatio => self.decay[1].set(value),
            ReverbParam::LowFreq => self.decay[2].set(value),
            ReverbParam::HighRatio => self.decay[3].set(value),
            ReverbParam::HighFreq => self.decay[4].set(value),
            ReverbParam::Early => self.early_level.set(level(single)),
            ReverbParam::Late => self.late_level.set(level(single)),
            ReverbParam::ModRate => self.tank.rate.set(value),
            ReverbParam::ModDepth => self.tank.set_depth(value * 0.01),
            ReverbParam::Width => self.width.set(single * 0.01),
            ReverbParam::Freeze => {
                self.freeze.set(value);
                self.gate.set(1.0 - single);
            }
            ReverbParam::PreDelay | ReverbParam::Size | ReverbParam::Diffusion => {}
        }
        self.aim();
    }

    /// Sets everything that depends on several rows.
    fn aim(&mut self) {
        let (size, seconds) = (self.size(), self.value(ReverbParam::Decay));
        let amount = self.value(ReverbParam::Diffusion) * 0.01;
        self.early.set_gains(seconds, size);
        self.diffuser
            .set_gains(amount, seconds, size, self.setup.sample_rate);
        self.energy.set(Tank::level(seconds, size));
    }

    /// The size of the room, 1 is 100 %.
    fn size(&self) -> f64 {
        let size = self.value(ReverbParam::Size) * 0.01;
        size.min(2.0 * self.value(ReverbParam::Decay) + 0.1)
    }

    fn pre_delay(&self) -> usize {
        self.setup.frames(self.value(ReverbParam::PreDelay))
    }

    fn decay(&self) -> Decay {
        let [seconds, low_ratio, low_hz, high_ratio, high_hz] = self.decay.map(|d| d.value());
        Decay {
            seconds,
            low_ratio,
            low_hz,
            high_ratio,
            high_hz,
            freeze: self.freeze.value(),
        }
    }

    /// Crosses a cell boundary.
    #[inline(always)]
    fn tick(&mut self) {
        let mut changed = false;
        for smoother in &mut self.decay {
            changed |= smoother.tick();
        }
        changed |= self.freeze.tick();
        self.morph.tick();
        let wanted = (self.size(), self.pre_delay());
        if self.morph.rests() && wanted != self.placed {
            changed |= wanted.0 != self.placed.0;
            self.leave(wanted);
        }
        let frozen = self.freeze.value() > 0.0 || self.freeze.target() > 0.0;
        let decay = changed.then(|| self.decay());
        self.tank.tick(decay.as_ref(), frozen);
        self.early.tick();
        self.diffuser.tick();
        self.energy.tick();
    }

    fn leave(&mut self, (size, pre): (f64, usize)) {
        let rate = self.setup.sample_rate;
        self.tank.leave(size);
        self.early.place(pre, size, rate, false);
        self.diffuser.place(size, rate, false);
        self.entrance.leave(pre);
        self.placed = (size, pre);
        self.morph.start();
    }

    /// One piece within a cell.
    #[inline(always)]
    fn piece(&mut self, place: &Place, io: &mut [&mut [f32]]) {
        let frames = place.frames;
        let mut input = gather(io, frames);
        DcBlock::process(&mut self.dc, &mut input, place.phase, frames);
        for (signal, ring) in input.iter_mut().zip(&mut self.rings) {
            let signal = &mut signal[..frames];
            self.gate.apply(signal);
            ring.write(place.at, signal);
        }
        self.gate.advance(frames);
        let mut early = [[0.0; CELL]; 2];
        self.early.read(&self.rings, place, &self.morph, &mut early);
        for (signal, ring) in input.iter_mut().zip(&self.rings) {
            let way = (&self.morph, place.phase);
            self.entrance
                .read(ring, place.at, way, &mut signal[..frames]);
        }
        self.diffuser.process(place, &self.morph, &mut input);
        let mut rows = [[0.0; CELL]; LINES];
        self.tank.read(place, &self.morph, &mut rows);
        self.collect(place, &early, &rows, io);
        self.tank.write(place, &input, &mut rows);
    }

    /// Writes the output from the reflections and the ends of the lines.
    #[inline(always)]
    fn collect(&self, place: &Place, early: &Rows<2>, rows: &Rows<LINES>, io: &mut [&mut [f32]]) {
        let levels = self.early_level.is_steady() && self.late_level.is_steady();
        let is_flat = levels && self.energy.is_flat();
        for (pair, exits) in io.chunks_mut(2).zip(&self.exits) {
            let sums = exits.sums(rows);
            for (out, (early, sum)) in pair.iter_mut().zip(early.iter().zip(&sums)) {
                if is_flat {
                    let late = self.late_level.target() * self.energy.at(0);
                    let near = self.early_level.target();
                    for (y, (early, sum)) in out.iter_mut().zip(early.iter().zip(sum)) {
                        *y = near * *early + late * *sum;
                    }
                    continue;
                }
                for (i, y) in out.iter_mut().enumerate() {
                    let late = self.late_level.at(i) * self.energy.at(place.phase + i);
                    *y = self.early_level.at(i) * early[i] + late * sum[i];
                }
            }
        }
        self.narrow(io);
    }

    /// Brings the sides of every pair of channels together.
    fn narrow(&self, io: &mut [&mut [f32]]) {
        if self.width.is_steady() && self.width.target() == 1.0 {
            return;
        }
        for pair in io.chunks_exact_mut(2) {
            let [left, right] = pair else { return };
            for (i, (l, r)) in left.iter_mut().zip(right.iter_mut()).enumerate() {
                let (middle, side) = (0.5 * (*l + *r), 0.5 * (*l - *r) * self.width.at(i));
                (*l, *r) = (middle + side, middle - side);
            }
        }
    }

    /// Moves everything on that runs by frames.
    fn advance(&mut self, frames: usize) {
        self.early_level.advance(frames);
        self.late_level.advance(frames);
        self.width.advance(frames);
        self.at = self.at.wrapping_add(frames);
    }
}

impl Processor for Reverb {
    fn latency(&self) -> u32 {
        0
    }

    fn tail(&self) -> Tail {
        if self.value(ReverbParam::Freeze) >= 0.5 {
            return Tail::Infinite;
        }
        let [low, high] = [ReverbParam::LowRatio, ReverbParam::HighRatio];
        let ratio = self.value(low).max(self.value(high)).max(1.0);
        let seconds = TAIL_DECAYS * self.value(ReverbParam::Decay) * ratio
            + TAIL_EXTRA * self.value(ReverbParam::Size) * 0.01;
        let frames = to_count(seconds * self.setup.sample_rate) + self.pre_delay();
        Tail::Frames(frames as u64)
    }

    fn reset(&mut self) {
        self.at = 0;
        self.dc.iter_mut().for_each(DcBlock::reset);
        self.rings.iter_mut().for_each(Ring::reset);
        self.decay.iter_mut().for_each(LogSmoother::finish);
        self.freeze.finish();
        for ramp in [
            &mut self.gate,
            &mut self.early_level,
            &mut self.late_level,
            &mut self.width,
        ] {
            ramp.finish();
        }
        self.morph.finish();
        let (size, pre, rate) = (self.size(), self.pre_delay(), self.setup.sample_rate);
        self.placed = (size, pre);
        self.entrance = Tap::at(pre);
        self.early.place(pre, size, rate, true);
        self.early.finish();
        self.diffuser.place(size, rate, true);
        self.diffuser.reset();
        self.energy.finish();
        let decay = self.decay();
        self.tank.reset(&decay, size);
    }

    fn set_param(&mut self, param: u16, value: f32) {
        let Some(row) = ReverbParam::ALL.get(usize::from(param)) else {
            return;
        };
        self.values[*row as usize] = value;
        self.set(*row);
    }

    fn process(&mut self, at: u64, io: &mut [&mut [f32]], _key: Option<&[&[f32]]>) {
        let channels = io.len();
        for piece in planar::cells(at, planar::len(io)) {
            let place = Place {
                at: self.at,
                phase: planar::cell_phase(at, piece.start),
                frames: piece.len(),
            };
            if place.phase == 0 {
                cross_cell(self);
            }
            let mut part = planar::frames(io, &piece);
            run_piece(self, &place, &mut part[..channels]);
            self.advance(piece.len());
        }
    }
}

wide! {
    /// The boundary of a cell.
    fn cross_cell(reverb: &mut Reverb) {
        reverb.tick();
    }
}

wide! {
    /// One piece, all of it with the vectors of this machine.
    fn run_piece(reverb: &mut Reverb, place: &Place, io: &mut [&mut [f32]]) {
        reverb.piece(place, io);
    }
}

/// The means of the even and of the odd channels; a single channel is both.
#[inline(always)]
fn gather(io: &[&mut [f32]], frames: usize) -> Rows<2> {
    let mut input = [[0.0; CELL]; 2];
    if let [mono] = io {
        for side in &mut input {
            side[..frames].copy_from_slice(mono);
        }
        return input;
    }
    for (side, sum) in input.iter_mut().enumerate() {
        let channels = io.iter().skip(side).step_by(2);
        let share = 1.0 / channels.len() as f32;
        for channel in channels {
            for (sum, x) in sum.iter_mut().zip(channel.iter()) {
                *sum += share * *x;
            }
        }
    }
    input
}

/// Signs of a bent function: as unlike as can be to every row of the mixing matrix.
fn signs(line: usize) -> f32 {
    if is_upright(line) { 1.0 } else { -1.0 }
}

const fn is_upright(line: usize) -> bool {
    let (low, high) = (line & 3, line >> 2 & 3);
    (low == 3) == (high == 3)
}

fn level(db: f32) -> f32 {
    if db <= params::SILENT_DB {
        0.0
    } else {
        db_to_gain(db)
    }
}

#[cfg(test)]
mod tests;
