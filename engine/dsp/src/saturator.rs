//! Saturator: a static curve at up to eight times the rate.

mod shape;

pub use shape::Shape;

use crate::CELL;
use crate::eq::{BandKind, BandSettings, BandShape, Bank, Placement};
use crate::error::DspError;
use crate::math::{self, db_to_gain, gain_to_db, sin_cos, to_f32};
use crate::meter::{larger, peak_of};
use crate::oversample::{MAX_FRAMES, Oversampler};
use crate::planar::{self, Lag};
use crate::processor::{ParamInfo, Processor, Setup, Shows, Tail, resolve};
use crate::smooth::{RAMP_MS, Ramp};
use crate::tpt::DcBlocker;

/// Centre of the tilt, Hz.
const TILT_HZ: f64 = 1000.0;

/// Bends every channel by a curve.
///
/// 1. Drive and bias.
/// 2. Up to 2, 4 or 8 times the rate, the curve less its value at the bias, and down again
///    (linear phase, delay of a whole number of frames).
/// 3. A 5 Hz DC blocker, while the curve is not odd or a bias is set.
/// 4. Tilt around 1 kHz and trim; with `compensate` the drive is taken back, so that quiet signals
///    keep their level.
///
/// `off` is exactly the input, delayed. `reading` is how much the loudest driven frame was turned
/// down, dB.
#[derive(Debug)]
pub struct Saturator {
    latency: usize,
    /// 0 off to 1 on.
    on: Ramp,
    drive: Ramp,
    bias: Ramp,
    /// Share of what the DC blocker takes.
    block: Ramp,
    trim: Ramp,
    trim_db: f32,
    drive_db: f32,
    compensate: bool,
    bias_target: f32,
    shape: Shape,
    wanted: Shape,
    /// Frames done of the change from `shape` to the next one.
    fade: Option<(Shape, usize)>,
    /// cos(π/2·i/n) for i = 0..=n, n the frames of a change of shape.
    curve: Vec<f32>,
    oversamplers: Vec<Oversampler>,
    blockers: Vec<DcBlocker>,
    tilt: Bank,
    lag: Lag,
    sample_rate: f64,
    reading: f32,
}

impl Saturator {
    /// Row of the shape: off, or an index into [`Shape::ALL`] plus 1.
    pub const SHAPE: u16 = 0;
    /// Row of the drive, dB.
    pub const DRIVE: u16 = 1;
    /// Row of what is added before the curve.
    pub const BIAS: u16 = 2;
    /// Row of the tilt, dB: half of it up above 1 kHz, half of it down below.
    pub const TILT: u16 = 3;
    /// Row of the gain behind everything, dB.
    pub const TRIM: u16 = 4;
    /// Row of the switch that takes the drive back behind the curve.
    pub const COMPENSATE: u16 = 5;
    /// Row of the oversampling: 1, 2, 4 or 8 times. It makes the latency.
    pub const OVERSAMPLING: u16 = 6;

    /// Its parameters.
    pub const PARAMS: &[ParamInfo] = &[
        ParamInfo::choice(
            "shape",
            "Shape",
            &["off", "tanh", "cubic", "asymmetric", "hard", "fold"],
            1,
        ),
        ParamInfo::linear("drive", "Drive", (0.0, 36.0, 6.0), "dB"),
        ParamInfo::linear("bias", "Bias", (-1.0, 1.0, 0.0), ""),
        ParamInfo::linear("tilt", "Tilt", (-12.0, 12.0, 0.0), "dB"),
        ParamInfo::linear("trim", "Trim", (-24.0, 24.0, 0.0), "dB"),
        ParamInfo::toggle("compensate", "Compensate drive", false),
        ParamInfo::choice("oversampling", "Oversampling", &["1x", "2x", "4x", "8x"], 2)
            .structural(),
    ];

    /// A saturator for `setup` with `values` (row, value) in place of the defaults.
    /// `[main-thread]`
    ///
    /// # Errors
    /// [`DspError`] when the setup or a value is out of range.
    pub fn new(setup: Setup, values: &[(u16, f32)]) -> Result<Self, DspError> {
        setup.check()?;
        let values = resolve("saturator", Self::PARAMS, values)?;
        let value = |row: u16| values.get(usize::from(row)).copied().unwrap_or(0.0);
        let doublings = math::to_count(value(Self::OVERSAMPLING).into());
        let latency = Oversampler::latency(doublings);
        let rate = setup.sample_rate;
        let frames = setup.frames(RAMP_MS).max(1);
        let quarter = core::f64::consts::FRAC_PI_2 / frames as f64;
        let one = Ramp::new(1.0, rate);
        let mut saturator = Self {
            latency,
            on: one,
            drive: one,
            bias: Ramp::new(0.0, rate),
            block: Ramp::new(0.0, rate),
            trim: one,
            trim_db: 0.0,
            drive_db: 0.0,
            compensate: false,
            bias_target: 0.0,
            shape: Shape::Tanh,
            wanted: Shape::Tanh,
            fade: None,
            curve: (0..=frames)
                .map(|i| to_f32(sin_cos(quarter * i as f64).1.max(0.0)))
                .collect(),
            oversamplers: vec![Oversampler::new(doublings); setup.channels],
            blockers: vec![DcBlocker::new(rate); setup.channels],
            tilt: Bank::new(setup, &[tilt_band(value(Self::TILT))]),
            lag: Lag::new(latency, setup.channels),
            sample_rate: rate,
            reading: 0.0,
        };
        for (row, value) in (0..).zip(values) {
            saturator.set_param(row, value);
        }
        saturator.reset();
        Ok(saturator)
    }

    fn set_shape(&mut self, choice: f32) {
        let index = math::to_count(choice.into());
        let shape = index.checked_sub(1).and_then(|n| Shape::ALL.get(n));
        if let Some(&shape) = shape {
            self.wanted = shape;
        }
        self.on.set(if shape.is_some() { 1.0 } else { 0.0 });
        self.update_blocker();
    }

    fn update_blocker(&mut self) {
        let even = !self.wanted.is_odd() || self.bias_target != 0.0;
        if even && self.block.is_steady() && self.block.target() == 0.0 {
            self.blockers.iter_mut().for_each(DcBlocker::clear);
        }
        self.block.set(if even { 1.0 } else { 0.0 });
    }

    fn update_trim(&mut self) {
        let back = if self.compensate { self.drive_db } else { 0.0 };
        self.trim.set(db_to_gain(self.trim_db - back));
    }

    /// Processes at most a cell.
    fn piece(&mut self, at: u64, io: &mut [&mut [f32]]) {
        let frames = planar::len(io);
        let mut dry = [[0.0_f32; CELL]; planar::MAX_CHANNELS];
        for (dry, channel) in dry.iter_mut().zip(io.iter()) {
            dry[..frames].copy_from_slice(channel);
        }
        self.lag
            .process(&mut crate::dynamics::parts(&mut dry, frames)[..io.len()]);
        self.begin_fade();
        let mut peaks = (0.0, 0.0);
        for (channel, io) in io.iter_mut().enumerate() {
            self.drive.apply(io);
            self.bend(channel, io, &mut peaks);
            self.block(channel, io);
        }
        self.reading = gain_to_db((peaks.1 / larger(peaks.0, 1e-6)).min(1.0)).max(-60.0);
        if peaks.0 < 1e-6 {
            self.reading = 0.0;
        }
        self.tilt.process(at, io);
        for (io, dry) in io.iter_mut().zip(&dry) {
            self.trim.apply(io);
            self.blend(io, dry);
        }
        self.advance(frames);
    }

    fn begin_fade(&mut self) {
        if self.fade.is_none() && self.wanted != self.shape {
            self.fade = Some((self.wanted, 0));
        }
    }

    /// The curve at the higher rate. `peaks`: of what goes into it and of what comes out.
    fn bend(&mut self, channel: usize, io: &mut [f32], peaks: &mut (f32, f32)) {
        let frames = io.len();
        let mut bias = [0.0; CELL];
        for (i, bias) in bias[..frames].iter_mut().enumerate() {
            *bias = self.bias.at(i);
        }
        let (bias, shape, fade, curve) = (&bias[..frames], self.shape, self.fade, &self.curve);
        self.oversamplers[channel].process(io, |high| {
            peaks.0 = larger(peaks.0, peak_of(high));
            match fade {
                None => shape.apply(high, bias),
                Some((next, done)) => cross_fade(high, bias, (shape, next), &curve[..], done),
            }
            peaks.1 = larger(peaks.1, peak_of(high));
        });
    }

    fn block(&mut self, channel: usize, io: &mut [f32]) {
        if self.block.is_steady() && self.block.target() == 0.0 {
            return;
        }
        let blocker = &mut self.blockers[channel];
        for (i, x) in io.iter_mut().enumerate() {
            *x -= self.block.at(i) * blocker.offset(*x);
        }
    }

    /// Fades between the signal and the delayed input.
    fn blend(&self, io: &mut [f32], dry: &[f32]) {
        if self.on.is_steady() && self.on.target() == 1.0 {
            return;
        }
        if self.on.is_steady() && self.on.target() == 0.0 {
            io.copy_from_slice(&dry[..io.len()]);
            return;
        }
        for (i, (y, x)) in io.iter_mut().zip(dry).enumerate() {
            *y = x + self.on.at(i) * (*y - x);
        }
    }

    fn advance(&mut self, frames: usize) {
        for ramp in self.ramps() {
            ramp.advance(frames);
        }
        if let Some((next, done)) = self.fade {
            let done = done + frames;
            self.fade = (done < self.curve.len() - 1).then_some((next, done));
            if self.fade.is_none() {
                self.shape = next;
            }
        }
    }

    fn ramps(&mut self) -> [&mut Ramp; 5] {
        [
            &mut self.on,
            &mut self.drive,
            &mut self.bias,
            &mut self.block,
            &mut self.trim,
        ]
    }
}

/// What both shapes make of `high`, cross-faded with equal power from frame `done` on.
fn cross_fade(
    high: &mut [f32],
    bias: &[f32],
    (from, to): (Shape, Shape),
    curve: &[f32],
    done: usize,
) {
    let mut other = [0.0_f32; MAX_FRAMES];
    let other = &mut other[..high.len()];
    other.copy_from_slice(high);
    from.apply(high, bias);
    to.apply(other, bias);
    let (ratio, last) = (high.len() / bias.len().max(1), curve.len() - 1);
    let pairs = high.chunks_exact_mut(ratio).zip(other.chunks_exact(ratio));
    for (i, (high, other)) in pairs.enumerate() {
        let frame = last.min(done + i);
        for (y, x) in high.iter_mut().zip(other) {
            *y = curve[frame] * *y + curve[last - frame] * x;
        }
    }
}

/// The tilt as a band of an equaliser.
fn tilt_band(db: f32) -> BandSettings {
    BandSettings {
        shape: BandShape {
            on: true,
            solo: false,
            kind: BandKind::Tilt,
            order: 2,
            placement: Placement::Stereo,
        },
        freq: TILT_HZ,
        gain_db: db.into(),
        q: core::f64::consts::FRAC_1_SQRT_2,
    }
}

impl Processor for Saturator {
    fn latency(&self) -> u32 {
        u32::try_from(self.latency).unwrap_or(u32::MAX)
    }

    fn tail(&self) -> Tail {
        let blocking = !(self.block.is_steady() && self.block.target() == 0.0);
        let blocker = if blocking {
            DcBlocker::tail(self.sample_rate)
        } else {
            0
        };
        let tilt = match self.tilt.tail() {
            Tail::Frames(frames) => frames,
            Tail::Infinite => 0,
        };
        Tail::Frames(2 * self.latency as u64 + blocker + tilt)
    }

    fn reset(&mut self) {
        self.ramps().into_iter().for_each(Ramp::finish);
        (self.shape, self.fade) = (self.wanted, None);
        self.oversamplers.iter_mut().for_each(Oversampler::reset);
        self.blockers.iter_mut().for_each(DcBlocker::clear);
        self.tilt.reset();
        self.lag.reset();
        self.reading = 0.0;
    }

    fn set_param(&mut self, param: u16, value: f32) {
        match param {
            Self::SHAPE => self.set_shape(value),
            Self::DRIVE => {
                self.drive_db = value;
                self.drive.set(db_to_gain(value));
                self.update_trim();
            }
            Self::BIAS => {
                self.bias_target = value;
                self.bias.set(value);
                self.update_blocker();
            }
            Self::TILT => self.tilt.set_gain(0, value.into()),
            Self::TRIM => {
                self.trim_db = value;
                self.update_trim();
            }
            Self::COMPENSATE => {
                self.compensate = value >= 0.5;
                self.update_trim();
            }
            _ => {}
        }
    }

    fn process(&mut self, at: u64, io: &mut [&mut [f32]], _key: Option<&[&[f32]]>) {
        let channels = io.len();
        let frames = planar::len(io);
        let mut start = 0;
        while start < frames {
            // Pieces end where a change does, so that what comes next begins at its frame.
            let fade = self
                .fade
                .map_or(CELL, |(_, done)| self.curve.len() - 1 - done);
            let on = match self.on.remaining() {
                0 => CELL,
                left => left,
            };
            let room = CELL - planar::cell_phase(at, start);
            let end = frames.min(start + room.min(fade).min(on));
            let mut part = planar::frames(io, &(start..end));
            self.piece(at.wrapping_add(start as u64), &mut part[..channels]);
            start = end;
        }
    }

    fn shows(&self) -> Shows {
        Shows::GainChange
    }

    fn reading(&self) -> f32 {
        self.reading
    }
}

#[cfg(test)]
mod tests;
