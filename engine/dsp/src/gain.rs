//! Gain: one number for all channels.

use crate::error::DspError;
use crate::math::db_to_gain;
use crate::planar;
use crate::processor::{ParamInfo, Processor, Setup, Tail, resolve};
use crate::smooth::Ramp;

/// The lowest gain, dB; it is silence.
const SILENCE_DB: f32 = -120.0;

/// Multiplies every channel by a gain that moves linearly over 10 ms.
#[derive(Clone, Debug)]
pub struct Gain {
    gain: Ramp,
}

impl Gain {
    /// Row of the gain, dB.
    pub const GAIN: u16 = 0;

    /// Its parameters.
    pub const PARAMS: &[ParamInfo] = &[ParamInfo::linear(
        "gain",
        "Gain",
        (SILENCE_DB, 24.0, 0.0),
        "dB",
    )];

    /// A gain for `setup` with `values` (row, value) in place of the defaults. `[main-thread]`
    ///
    /// # Errors
    /// [`DspError`] when the setup or a value is out of range.
    pub fn new(setup: Setup, values: &[(u16, f32)]) -> Result<Self, DspError> {
        setup.check()?;
        let values = resolve("gain", Self::PARAMS, values)?;
        let gain = amplitude(values.first().copied().unwrap_or(0.0));
        Ok(Self {
            gain: Ramp::new(gain, setup.sample_rate),
        })
    }
}

impl Processor for Gain {
    fn latency(&self) -> u32 {
        0
    }

    fn tail(&self) -> Tail {
        Tail::Frames(0)
    }

    fn reset(&mut self) {
        self.gain.finish();
    }

    fn set_param(&mut self, param: u16, value: f32) {
        if param == Self::GAIN {
            self.gain.set(amplitude(value));
        }
    }

    fn process(&mut self, _at: u64, io: &mut [&mut [f32]], _key: Option<&[&[f32]]>) {
        for channel in io.iter_mut() {
            self.gain.apply(channel);
        }
        self.gain.advance(planar::len(io));
    }
}

pub(crate) fn amplitude(db: f32) -> f32 {
    if db <= SILENCE_DB {
        0.0
    } else {
        db_to_gain(db)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gain(db: f32) -> Gain {
        let setup = Setup::new(48_000.0, 1).unwrap();
        Gain::new(setup, &[(Gain::GAIN, db)]).unwrap()
    }

    #[test]
    fn levels_are_exact() {
        for (db, expected) in [(0.0, 1.0), (-120.0, 0.0), (20.0, 10.0), (-20.0, 0.1)] {
            let mut signal = [1.0_f32; 4];
            gain(db).process(0, &mut [&mut signal], None);
            assert!((signal[3] - expected).abs() <= 1e-6 * expected, "{db} dB");
        }
    }

    #[test]
    fn a_change_takes_10_ms_from_its_frame() {
        let mut signal = vec![1.0_f32; 1000];
        let mut gain = gain(0.0);
        let (before, after) = signal.split_at_mut(101);
        gain.process(0, &mut [before], None);
        gain.set_param(Gain::GAIN, -120.0);
        gain.process(101, &mut [after], None);
        assert_eq!(signal[101], 1.0);
        assert!((signal[101 + 240] - 0.5).abs() < 1e-6);
        assert!(signal[101 + 479] > 0.0);
        assert_eq!(signal[101 + 480], 0.0);
    }
}
