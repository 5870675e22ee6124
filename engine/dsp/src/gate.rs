//! Gate and downward expander with hysteresis, hold, side chain and look-ahead; also a ducker.

mod params;
mod state;

pub use params::GateParam;

use crate::CELL;
use crate::dynamics::{Followers, KeyParam, SideChain, Time, key_band};
use crate::error::DspError;
use crate::math::{db_to_gain, to_f32};
use crate::planar::{self, MAX_CHANNELS, multiply};
use crate::processor::{ParamInfo, Processor, Setup, Shows, Tail, resolve};
use crate::smooth::CellRamp;
use state::{Law, State};

/// A gate.
///
/// 1. Level: as in the compressor, peak over the last 5 ms or mean power, of the bus or the key.
/// 2. Static curve: below the threshold one dB less is `ratio` dB less, down to `range`. While it
///    is open the threshold is lower by the hysteresis.
/// 3. Hold: an opening lasts for at least this long after the level fell.
/// 4. Smoother in dB: attack is the time for 63.2 % of an opening, release that of a closing.
///
/// As a ducker the curve is mirrored: what is above the threshold turns the signal down, attack
/// is the way down and release the way back.
///
/// The latency is the look-ahead. `reading` is the deepest reduction of the channels in dB.
#[derive(Debug)]
pub struct Gate {
    side_chain: SideChain,
    threshold: CellRamp,
    /// ratio − 1.
    slope: CellRamp,
    knee: CellRamp,
    range: CellRamp,
    hysteresis: CellRamp,
    attack: Time,
    release: Time,
    hold: u32,
    frames_per_ms: f64,
    duck: bool,
    states: [State; MAX_CHANNELS],
    /// Smoothed reduction of every detector.
    reduction: Followers,
}

impl Gate {
    /// Its parameters, in the order of [`GateParam`].
    pub const PARAMS: &[ParamInfo] = params::PARAMS;

    /// A gate for `setup` with `values` (row, value) in place of the defaults. `[main-thread]`
    ///
    /// # Errors
    /// [`DspError`] when the setup or a value is out of range.
    pub fn new(setup: Setup, values: &[(u16, f32)]) -> Result<Self, DspError> {
        setup.check()?;
        let values = resolve("gate", Self::PARAMS, values)?;
        let at = |row: usize| values.get(row).copied().unwrap_or(0.0);
        let value = |row: GateParam| at(row as usize);
        let rate = setup.sample_rate;
        let band = key_band(|row| at(params::FIRST_KEY + row as usize));
        let zero = CellRamp::new(0.0, rate);
        let mut gate = Self {
            side_chain: SideChain::new(setup, value(GateParam::LookAhead), band)?,
            threshold: zero,
            slope: zero,
            knee: zero,
            range: zero,
            hysteresis: zero,
            attack: Time::new(value(GateParam::Attack), rate),
            release: Time::new(value(GateParam::Release), rate),
            hold: 0,
            frames_per_ms: 0.001 * rate,
            duck: false,
            states: [State::CLOSED; MAX_CHANNELS],
            reduction: Followers::new(0.0),
        };
        for row in GateParam::ALL {
            gate.set(row, value(row));
        }
        gate.reset();
        Ok(gate)
    }

    fn set(&mut self, row: GateParam, value: f32) {
        let number = f64::from(value);
        match row {
            GateParam::Threshold => self.threshold.set(number),
            GateParam::Ratio => self.slope.set(params::slope(value)),
            GateParam::Knee => self.knee.set(number),
            GateParam::Range => self.range.set(number),
            GateParam::Hysteresis => self.hysteresis.set(number),
            GateParam::Attack => self.attack.set(value),
            GateParam::Hold => {
                let frames = crate::math::to_count(number * self.frames_per_ms);
                self.hold = u32::try_from(frames).unwrap_or(u32::MAX);
            }
            GateParam::Release => self.release.set(value),
            GateParam::LookAhead => {}
            GateParam::Mode => self.duck = value >= 0.5,
            row => {
                if let Some(&row) = KeyParam::ALL.get(row as usize - params::FIRST_KEY) {
                    self.side_chain.set(row, value);
                }
            }
        }
    }

    fn ramps(&mut self) -> [&mut CellRamp; 5] {
        [
            &mut self.threshold,
            &mut self.slope,
            &mut self.knee,
            &mut self.range,
            &mut self.hysteresis,
        ]
    }

    fn tick(&mut self) {
        self.ramps().into_iter().for_each(CellRamp::tick);
        self.attack.tick();
        self.release.tick();
    }

    /// The curve at `phase` of the cell.
    fn law(&self, phase: usize) -> Law {
        Law {
            threshold: self.threshold.at(phase),
            slope: self.slope.at(phase),
            knee: self.knee.at(phase),
            range: self.range.at(phase),
            hysteresis: self.hysteresis.at(phase),
            hold: self.hold,
            duck: self.duck,
        }
    }

    /// Processes frames of one cell.
    fn process_cell(&mut self, at: u64, io: &mut [&mut [f32]], key: Option<&[&[f32]]>) {
        let (phase, frames) = (planar::cell_phase(at, 0), planar::len(io));
        if phase == 0 {
            self.tick();
        }
        let mut gains = [[0.0; CELL]; MAX_CHANNELS];
        let count = self.side_chain.levels(at, io, key, &mut gains);
        for (channel, gains) in gains[..count].iter_mut().enumerate() {
            for (i, gain) in gains[..frames].iter_mut().enumerate() {
                let law = self.law(phase + i);
                *gain = self.states[channel].next(&law, *gain);
            }
        }
        let (attack, release) = (self.attack.keep, self.release.keep);
        let (falling, rising) = if self.duck {
            (attack, release)
        } else {
            (release, attack)
        };
        for (follower, gains) in self.reduction.first(count).iter_mut().zip(&mut gains) {
            let gains = &mut gains[..frames];
            follower.follow(phase, gains, falling, rising);
            for gain in gains {
                *gain = db_to_gain(*gain);
            }
        }
        let state = self.states[0];
        self.states[count..].fill(state);
        self.side_chain.delay(io);
        for (channel, io) in io.iter_mut().enumerate() {
            multiply(io, &gains[channel % count]);
        }
        self.side_chain.put_out_key(io);
    }
}

impl Processor for Gate {
    fn latency(&self) -> u32 {
        self.side_chain.latency()
    }

    fn tail(&self) -> Tail {
        Tail::Frames(self.side_chain.tail())
    }

    fn reset(&mut self) {
        self.ramps().into_iter().for_each(CellRamp::finish);
        self.attack.finish();
        self.release.finish();
        self.side_chain.reset();
        // At rest it is where silence has it.
        let mut state = State::CLOSED;
        let rest = state.next(&self.law(0), SILENCE_DB);
        self.states = [state; MAX_CHANNELS];
        self.reduction = Followers::new(rest.into());
    }

    fn set_param(&mut self, param: u16, value: f32) {
        if let Some(&row) = GateParam::ALL.get(usize::from(param)) {
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

/// The level of silence.
const SILENCE_DB: f32 = -200.0;

#[cfg(test)]
mod tests;
