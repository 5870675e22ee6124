//! Feed-forward compressor with soft knee, side chain and look-ahead.

mod params;

pub use params::CompressorParam;

use crate::CELL;
use crate::dynamics::{Curve, Followers, KeyParam, SideChain, Time, key_band, slope};
use crate::error::DspError;
use crate::math::{db_to_gain, to_f32};
use crate::planar::{self, MAX_CHANNELS, multiply};
use crate::processor::{ParamInfo, Processor, Setup, Shows, Tail, resolve};
use crate::simd::wide;
use crate::smooth::CellRamp;

/// Share of the reduction at full scale that automatic make-up gives back.
const AUTO_SHARE: f64 = 0.5;

/// A feed-forward compressor.
///
/// 1. Level: peak over the last 5 ms (or the look-ahead, when longer), or mean power over 10 ms
///    (a sine reads 3.01 dB lower); of the bus, or of the key when one is connected; linked
///    between the channels in dB.
/// 2. Static curve with knee and range.
/// 3. Branching smoother in dB: attack and release are the times for 63.2 % of a change.
/// 4. Make-up gain.
///
/// The latency is the look-ahead. `reading` is the deepest reduction of the channels in dB.
#[derive(Debug)]
pub struct Compressor {
    side_chain: SideChain,
    curve: Curve,
    make_up: CellRamp,
    /// The user's make-up in dB, and whether the automatic one is added.
    make_up_db: f64,
    auto_make_up: bool,
    attack: Time,
    release: Time,
    /// Smoothed reduction of every detector.
    reduction: Followers,
}

impl Compressor {
    /// Its parameters, in the order of [`CompressorParam`].
    pub const PARAMS: &[ParamInfo] = params::PARAMS;

    /// A compressor for `setup` with `values` (row, value) in place of the defaults.
    /// `[main-thread]`
    ///
    /// # Errors
    /// [`DspError`] when the setup or a value is out of range.
    pub fn new(setup: Setup, values: &[(u16, f32)]) -> Result<Self, DspError> {
        setup.check()?;
        let values = resolve("compressor", Self::PARAMS, values)?;
        let at = |row: usize| values.get(row).copied().unwrap_or(0.0);
        let value = |row: CompressorParam| at(row as usize);
        let rate = setup.sample_rate;
        let band = key_band(|row| at(params::FIRST_KEY + row as usize));
        let mut compressor = Self {
            side_chain: SideChain::new(setup, value(CompressorParam::LookAhead), band)?,
            curve: Curve::new(rate),
            make_up: CellRamp::new(0.0, rate),
            make_up_db: 0.0,
            auto_make_up: false,
            attack: Time::new(value(CompressorParam::Attack), rate),
            release: Time::new(value(CompressorParam::Release), rate),
            reduction: Followers::new(0.0),
        };
        for row in CompressorParam::ALL {
            compressor.set(row, value(row));
        }
        compressor.reset();
        Ok(compressor)
    }

    fn set(&mut self, row: CompressorParam, value: f32) {
        let number = f64::from(value);
        match row {
            CompressorParam::Threshold => self.curve.threshold.set(number),
            CompressorParam::Ratio => self.curve.slope.set(slope(value)),
            CompressorParam::Knee => self.curve.knee.set(number),
            CompressorParam::Range => self.curve.range.set(number),
            CompressorParam::Attack => self.attack.set(value),
            CompressorParam::Release => self.release.set(value),
            CompressorParam::LookAhead => {}
            CompressorParam::MakeUp => self.make_up_db = number,
            CompressorParam::AutoMakeUp => self.auto_make_up = value >= 0.5,
            row => {
                if let Some(&row) = KeyParam::ALL.get(row as usize - params::FIRST_KEY) {
                    self.side_chain.set(row, value);
                }
            }
        }
        let auto = AUTO_SHARE * self.curve.at_full_scale();
        let auto = if self.auto_make_up { auto } else { 0.0 };
        self.make_up.set(self.make_up_db - auto);
    }

    fn tick(&mut self) {
        self.curve.tick();
        self.make_up.tick();
        self.attack.tick();
        self.release.tick();
    }

    /// Processes frames of one cell.
    fn process_cell(&mut self, at: u64, io: &mut [&mut [f32]], key: Option<&[&[f32]]>) {
        let (phase, frames) = (planar::cell_phase(at, 0), planar::len(io));
        if phase == 0 {
            self.tick();
        }
        let mut gains = [[0.0; CELL]; MAX_CHANNELS];
        let count = self.side_chain.levels(at, io, key, &mut gains);
        let (attack, release) = (self.attack.keep, self.release.keep);
        for (follower, gains) in self.reduction.first(count).iter_mut().zip(&mut gains) {
            let gains = &mut gains[..frames];
            self.curve.apply(phase, gains);
            follower.follow(phase, gains, attack, release);
            to_gains(gains, &self.make_up, phase);
        }
        self.side_chain.delay(io);
        for (channel, io) in io.iter_mut().enumerate() {
            multiply(io, &gains[channel % count]);
        }
        self.side_chain.put_out_key(io);
    }
}

wide! {
    /// Gains in dB, and the make-up on top, to factors.
    fn to_gains(gains: &mut [f32], make_up: &CellRamp, phase: usize) {
        if make_up.is_flat() {
            // Without a number of the frame in it, the loop becomes vectors.
            let make_up = make_up.at(phase);
            gains.iter_mut().for_each(|gain| *gain = db_to_gain(*gain + make_up));
            return;
        }
        for (i, gain) in gains.iter_mut().enumerate() {
            *gain = db_to_gain(*gain + make_up.at(phase + i));
        }
    }
}

impl Processor for Compressor {
    fn latency(&self) -> u32 {
        self.side_chain.latency()
    }

    fn tail(&self) -> Tail {
        Tail::Frames(self.side_chain.tail())
    }

    fn reset(&mut self) {
        self.curve.finish();
        self.make_up.finish();
        self.attack.finish();
        self.release.finish();
        self.side_chain.reset();
        self.reduction = Followers::new(0.0);
    }

    fn set_param(&mut self, param: u16, value: f32) {
        if let Some(&row) = CompressorParam::ALL.get(usize::from(param)) {
            self.set(row, value);
        }
    }

    fn process(&mut self, at: u64, io: &mut [&mut [f32]], key: Option<&[&[f32]]>) {
        let channels = io.len();
        for piece in planar::cells(at, planar::len(io)) {
            let mut part = planar::frames(io, &piece);
            let key = key.map(|key| (planar::frames_of(key, &piece), key.len()));
            let key = key.as_ref().map(|(parts, count)| &parts[..*count]);
            let now = at.wrapping_add(piece.start as u64);
            self.process_cell(now, &mut part[..channels], key);
        }
    }

    fn shows(&self) -> Shows {
        Shows::GainChange
    }

    fn reading(&self) -> f32 {
        to_f32(self.reduction.lowest())
    }
}

#[cfg(test)]
mod tests;
