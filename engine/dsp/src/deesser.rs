//! De-esser: turns the sibilants down, and nothing else.

mod params;

pub use params::DeesserParam;

use crate::CELL;
use crate::dynamics::{Curve, Followers, KeyParam, SideChain, Time, slope};
use crate::error::DspError;
use crate::math::{db_to_gain, to_f32};
use crate::planar::{self, MAX_CHANNELS};
use crate::processor::{ParamInfo, Processor, Setup, Shows, Tail, resolve};
use crate::smooth::{LogSmoother, Ramp};
use crate::tpt::{OnePole, Svf};

/// A compressor that hears one band.
///
/// 1. Level of the sibilant band: around the frequency (`bell`), or above it (`shelf`).
/// 2. The compressor's static curve and smoother.
/// 3. Split: the gain g works on the band alone, `y = x + (g − 1)·band(x)`, which is a bell or a
///    shelf whose depth follows the sibilants, without any crossover: at g = 1 the output is
///    exactly the input. Wide: it works on everything.
///
/// `listen` puts out the band that it hears. The latency is the look-ahead. `reading` is the
/// deepest reduction of the channels in dB.
#[derive(Debug)]
pub struct Deesser {
    side_chain: SideChain,
    curve: Curve,
    attack: Time,
    release: Time,
    /// 0 split to 1 wide.
    wide: Ramp,
    /// 0 bell to 1 shelf.
    shelf: Ramp,
    freq: LogSmoother,
    q: LogSmoother,
    bells: [Svf; MAX_CHANNELS],
    shelves: [OnePole; MAX_CHANNELS],
    sample_rate: f64,
    /// Smoothed reduction of every detector.
    reduction: Followers,
}

impl Deesser {
    /// Its parameters, in the order of [`DeesserParam`].
    pub const PARAMS: &[ParamInfo] = params::PARAMS;

    /// A de-esser for `setup` with `values` (row, value) in place of the defaults.
    /// `[main-thread]`
    ///
    /// # Errors
    /// [`DspError`] when the setup or a value is out of range.
    pub fn new(setup: Setup, values: &[(u16, f32)]) -> Result<Self, DspError> {
        setup.check()?;
        let values = resolve("deesser", Self::PARAMS, values)?;
        let value = |row: DeesserParam| values.get(row as usize).copied().unwrap_or(0.0);
        let rate = setup.sample_rate;
        let band = params::band(value);
        let mut deesser = Self {
            side_chain: SideChain::new(setup, value(DeesserParam::LookAhead), band)?,
            curve: Curve::new(rate),
            attack: Time::new(value(DeesserParam::Attack), rate),
            release: Time::new(value(DeesserParam::Release), rate),
            wide: Ramp::new(0.0, rate),
            shelf: Ramp::new(0.0, rate),
            freq: LogSmoother::new(value(DeesserParam::Freq).into(), rate),
            q: LogSmoother::new(value(DeesserParam::Q).into(), rate),
            bells: [Svf::SILENT; MAX_CHANNELS],
            shelves: [OnePole::SILENT; MAX_CHANNELS],
            sample_rate: rate,
            reduction: Followers::new(0.0),
        };
        deesser.curve.knee.set(params::KNEE_DB);
        for row in DeesserParam::ALL {
            deesser.set(row, value(row));
        }
        deesser.reset();
        Ok(deesser)
    }

    fn set(&mut self, row: DeesserParam, value: f32) {
        let number = f64::from(value);
        let switch = |on: bool| if on { 1.0 } else { 0.0 };
        match row {
            DeesserParam::Mode => self.wide.set(switch(value >= 0.5)),
            DeesserParam::Shape => {
                self.shelf.set(switch(value >= 0.5));
                let filter = &mut self.side_chain.filter;
                filter.change_shape(0, |shape| shape.kind = params::kind(value));
            }
            DeesserParam::Freq => {
                self.freq.set(number);
                self.side_chain.filter.set_freq(0, number);
            }
            DeesserParam::Q => {
                self.q.set(number);
                self.side_chain.filter.set_q(0, number);
            }
            DeesserParam::Threshold => self.curve.threshold.set(number),
            DeesserParam::Ratio => self.curve.slope.set(slope(value)),
            DeesserParam::Range => self.curve.range.set(number),
            DeesserParam::Attack => self.attack.set(value),
            DeesserParam::Release => self.release.set(value),
            DeesserParam::LookAhead => {}
            DeesserParam::Detector => self.side_chain.set(KeyParam::Detector, value),
            DeesserParam::Link => self.side_chain.set(KeyParam::Link, value),
            DeesserParam::Listen => self.side_chain.set(KeyParam::Listen, value),
        }
    }

    fn tick(&mut self) {
        self.curve.tick();
        self.attack.tick();
        self.release.tick();
        let (freq, q) = (self.freq.tick(), self.q.tick());
        if freq || q {
            self.tune();
        }
    }

    /// Brings the band filters to the current frequency and Q.
    fn tune(&mut self) {
        let (freq, q) = (self.freq.value() / self.sample_rate, self.q.value());
        self.bells.iter_mut().for_each(|bell| bell.tune(freq, q));
        self.shelves.iter_mut().for_each(|shelf| shelf.tune(freq));
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
            gains.iter_mut().for_each(|gain| *gain = db_to_gain(*gain));
        }
        self.side_chain.delay(io);
        for (channel, io) in io.iter_mut().enumerate() {
            self.turn_down(channel, io, &gains[channel % count]);
        }
        self.wide.advance(frames);
        self.shelf.advance(frames);
        self.side_chain.put_out_key(io);
    }

    /// Applies gains to the band of one channel, or to all of it.
    fn turn_down(&mut self, channel: usize, io: &mut [f32], gains: &[f32]) {
        let (bell, shelf) = (&mut self.bells[channel], &mut self.shelves[channel]);
        for (i, (y, gain)) in io.iter_mut().zip(gains).enumerate() {
            let x = *y;
            let (bell, shelf) = (bell.band_pass(x), shelf.high_pass(x));
            let band = bell + self.shelf.at(i) * (shelf - bell);
            let band = band + self.wide.at(i) * (x - band);
            *y = x + (gain - 1.0) * band;
        }
    }
}

impl Processor for Deesser {
    fn latency(&self) -> u32 {
        self.side_chain.latency()
    }

    fn tail(&self) -> Tail {
        // The band rings out as in the detector's filter, which is at least as narrow.
        let ringing = match self.side_chain.filter.tail() {
            Tail::Frames(frames) => frames,
            Tail::Infinite => 0,
        };
        Tail::Frames(u64::from(self.latency()) + ringing)
    }

    fn reset(&mut self) {
        self.curve.finish();
        self.attack.finish();
        self.release.finish();
        self.wide.finish();
        self.shelf.finish();
        self.freq.finish();
        self.q.finish();
        self.side_chain.reset();
        self.bells = [Svf::SILENT; MAX_CHANNELS];
        self.shelves = [OnePole::SILENT; MAX_CHANNELS];
        self.tune();
        self.reduction = Followers::new(0.0);
    }

    fn set_param(&mut self, param: u16, value: f32) {
        if let Some(&row) = DeesserParam::ALL.get(usize::from(param)) {
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
