//! Small filters for one channel that stand fast changes of their frequency: trapezoidal
//! integrators (V. Zavalishin, "The Art of VA Filter Design", 2012). Their pass bands have a gain
//! of exactly 1 at the centre or the edge, with no phase shift there, so they may be added to and
//! taken from the signal.

use crate::math::{tan, to_f32};

/// Highest frequency in cycles per frame.
const HIGHEST: f64 = 0.45;

/// Half the phase of a frequency in cycles per frame, as an integrator gain.
fn gain_of(freq: f64) -> f64 {
    tan(core::f64::consts::PI * freq.clamp(1e-6, HIGHEST))
}

/// Low- or high-pass of 6 dB per octave.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct OnePole {
    gain: f32,
    state: f32,
}

impl OnePole {
    /// Holds nothing, and is not tuned yet.
    pub(crate) const SILENT: Self = Self {
        gain: 0.0,
        state: 0.0,
    };

    /// Moves to `freq` in cycles per frame. `[audio-thread]`
    pub(crate) fn tune(&mut self, freq: f64) {
        let g = gain_of(freq);
        self.gain = to_f32(g / (1.0 + g));
    }

    /// Forgets the signal. `[audio-thread]`
    pub(crate) fn clear(&mut self) {
        self.state = 0.0;
    }

    /// What is below the frequency. `[audio-thread]`
    #[inline(always)]
    pub(crate) fn low_pass(&mut self, x: f32) -> f32 {
        let v = (x - self.state) * self.gain;
        let y = v + self.state;
        self.state = y + v;
        y
    }

    /// What is above the frequency. `[audio-thread]`
    #[inline(always)]
    pub(crate) fn high_pass(&mut self, x: f32) -> f32 {
        x - self.low_pass(x)
    }
}

/// Two poles: band-pass or high-pass of 12 dB per octave.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Svf {
    a1: f32,
    a2: f32,
    a3: f32,
    damping: f32,
    s1: f32,
    s2: f32,
}

impl Svf {
    /// Holds nothing, and is not tuned yet.
    pub(crate) const SILENT: Self = Self {
        a1: 0.0,
        a2: 0.0,
        a3: 0.0,
        damping: 0.0,
        s1: 0.0,
        s2: 0.0,
    };

    /// Moves to `freq` in cycles per frame with quality factor `q`. `[audio-thread]`
    pub(crate) fn tune(&mut self, freq: f64, q: f64) {
        let (g, k) = (gain_of(freq), 1.0 / q);
        let a1 = 1.0 / (1.0 + g * (g + k));
        self.a1 = to_f32(a1);
        self.a2 = to_f32(g * a1);
        self.a3 = to_f32(g * g * a1);
        self.damping = to_f32(k);
    }

    /// Forgets the signal. `[audio-thread]`
    pub(crate) fn clear(&mut self) {
        (self.s1, self.s2) = (0.0, 0.0);
    }

    /// What is around the frequency; 1 in the middle. `[audio-thread]`
    #[inline(always)]
    pub(crate) fn band_pass(&mut self, x: f32) -> f32 {
        self.damping * self.step(x).0
    }

    /// What is above the frequency. `[audio-thread]`
    #[inline(always)]
    pub(crate) fn high_pass(&mut self, x: f32) -> f32 {
        let (band, low) = self.step(x);
        x - self.damping * band - low
    }

    #[inline(always)]
    fn step(&mut self, x: f32) -> (f32, f32) {
        let v3 = x - self.s2;
        let band = self.a1 * self.s1 + self.a2 * v3;
        let low = self.s2 + self.a2 * self.s1 + self.a3 * v3;
        self.s1 = 2.0 * band - self.s1;
        self.s2 = 2.0 * low - self.s2;
        (band, low)
    }
}

/// Follows what is constant in a signal: a low-pass of 5 Hz, in double precision.
#[derive(Clone, Copy, Debug)]
pub(crate) struct DcBlocker {
    give: f64,
    offset: f64,
}

impl DcBlocker {
    /// Corner, Hz.
    const FREQ: f64 = 5.0;

    /// Holds nothing, for a signal of `sample_rate` Hz.
    pub(crate) fn new(sample_rate: f64) -> Self {
        let turn = core::f64::consts::TAU * Self::FREQ / sample_rate;
        Self {
            give: 1.0 - crate::math::exp_f64(-turn),
            offset: 0.0,
        }
    }

    /// Frames until an offset of 40 dBFS is below -120 dBFS.
    pub(crate) fn tail(sample_rate: f64) -> u64 {
        /// ln 10^8
        const NEPERS: f64 = 18.42;
        let turn = core::f64::consts::TAU * Self::FREQ / sample_rate;
        crate::math::to_count(NEPERS / turn) as u64
    }

    /// Forgets the signal. `[audio-thread]`
    pub(crate) fn clear(&mut self) {
        self.offset = 0.0;
    }

    /// What is to be taken from `x`. `[audio-thread]`
    #[inline(always)]
    pub(crate) fn offset(&mut self, x: f32) -> f32 {
        self.offset += self.give * (f64::from(x) - self.offset);
        to_f32(self.offset)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Largest output after the first second of a sine of 1 at 48 kHz.
    fn level(freq: f64, mut filter: impl FnMut(f32) -> f32) -> f32 {
        let tone = |n: u32| to_f32((f64::from(n) * freq * std::f64::consts::TAU / 48e3).sin());
        let outputs = (0..96_000).map(|n| filter(tone(n)));
        outputs.skip(48_000).fold(0.0, |m, y| m.max(y.abs()))
    }

    #[test]
    fn one_pole_is_3_db_down_at_its_frequency() {
        let mut filter = OnePole::SILENT;
        filter.tune(1000.0 / 48e3);
        for (freq, low, high) in [(1000.0, -3.01, -3.01), (10.0, 0.0, -40.0)] {
            let y = crate::math::gain_to_db(level(freq, |x| filter.low_pass(x)));
            assert!((y - low).abs() < 0.05, "{freq}: {y}");
            let y = crate::math::gain_to_db(level(freq, |x| filter.high_pass(x)));
            assert!((y - high).abs() < 0.05, "{freq}: {y}");
        }
    }

    #[test]
    fn svf_follows_its_prototypes() {
        let mut filter = Svf::SILENT;
        filter.tune(1000.0 / 48e3, 4.0);
        let y = level(1000.0, |x| filter.band_pass(x));
        assert!((y - 1.0).abs() < 1e-3, "{y}");
        filter.clear();
        filter.tune(1000.0 / 48e3, core::f64::consts::FRAC_1_SQRT_2);
        for (freq, expected) in [(1000.0, -3.01), (100.0, -40.0)] {
            let y = crate::math::gain_to_db(level(freq, |x| filter.high_pass(x)));
            assert!((y - expected).abs() < 0.05, "{freq}: {y}");
        }
    }
}
