//! Parametric equaliser: 16 bands that follow their analogue prototypes up to fs/2.

mod bank;
mod chain;
pub mod design;
mod params;

pub(crate) use bank::Bank;
pub use chain::{BandSettings, BandShape, Placement};
pub use design::{Band, BandKind};

use crate::error::DspError;
use crate::processor::{ParamInfo, Processor, Setup, Tail, resolve};

/// The rows of one band in [`Eq::PARAMS`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EqParam {
    /// In use.
    On,
    /// Index into [`BandKind::ALL`].
    Type,
    /// Centre or corner frequency, Hz; above 0.45 fs it acts as 0.45 fs.
    Freq,
    /// Gain, dB.
    Gain,
    /// Quality factor; shelves and tilt use 0.3 to 1.2.
    Q,
    /// Slope of low- and high-passes: 0 is 6 dB/octave, each step 6 more.
    Slope,
    /// Index into [`Placement::ALL`].
    Channel,
    /// Mutes all bands that are not soloed.
    Solo,
}

/// A parametric equaliser of 16 bands in series, without latency.
///
/// Frequency, gain and Q move with 20 ms on the cell grid, the other parameters by a cross-fade of
/// 10 ms. Bands at 0 dB are exact and cost nothing.
#[derive(Debug)]
pub struct Eq {
    bank: Bank,
}

impl Eq {
    /// Number of bands.
    pub const BANDS: usize = params::BANDS;
    /// Its parameters: eight rows per band in the order of [`EqParam`], band after band.
    pub const PARAMS: &[ParamInfo] = params::PARAMS;

    /// The row of `param` of `band`, counted from 0.
    #[must_use]
    pub const fn row(band: u16, param: EqParam) -> u16 {
        band * params::ROWS + param as u16
    }

    /// An equaliser for `setup` with `values` (row, value) in place of the defaults.
    /// `[main-thread]`
    ///
    /// # Errors
    /// [`DspError`] when the setup or a value is out of range.
    pub fn new(setup: Setup, values: &[(u16, f32)]) -> Result<Self, DspError> {
        setup.check()?;
        let values = resolve("eq", Self::PARAMS, values)?;
        let bands: Vec<BandSettings> = values
            .chunks(params::ROWS.into())
            .map(params::settings)
            .collect();
        Ok(Self {
            bank: Bank::new(setup, &bands),
        })
    }
}

impl Processor for Eq {
    fn latency(&self) -> u32 {
        0
    }

    fn tail(&self) -> Tail {
        self.bank.tail()
    }

    fn reset(&mut self) {
        self.bank.reset();
    }

    fn set_param(&mut self, param: u16, value: f32) {
        let band = usize::from(param / params::ROWS);
        let number = f64::from(value);
        match param % params::ROWS {
            0 => self.bank.change_shape(band, |s| s.on = value >= 0.5),
            1 => self
                .bank
                .change_shape(band, |s| s.kind = params::kind(value)),
            2 => self.bank.set_freq(band, number),
            3 => self.bank.set_gain(band, number),
            4 => self.bank.set_q(band, number),
            5 => self
                .bank
                .change_shape(band, |s| s.order = params::order(value)),
            6 => self
                .bank
                .change_shape(band, |s| s.placement = params::placement(value)),
            _ => self.bank.change_shape(band, |s| s.solo = value >= 0.5),
        }
    }

    fn process(&mut self, at: u64, io: &mut [&mut [f32]], _key: Option<&[&[f32]]>) {
        self.bank.process(at, io);
    }
}

#[cfg(test)]
mod tests;
