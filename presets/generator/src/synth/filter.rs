//! Filters.

use core::f64::consts::PI;

use segue_dsp::math;

use crate::clock::FS;

/// State-variable filter, 12 dB an octave (A. Simper, "Linear Trapezoidal State Variable
/// Filter", 2013). Its pitch may move.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Svf {
    first: f64,
    second: f64,
    tangent: f64,
    damping: f64,
}

impl Svf {
    /// `q` is √½ for the flattest pass band.
    pub(crate) fn new(hz: f64, q: f64) -> Self {
        let mut filter = Self {
            first: 0.0,
            second: 0.0,
            tangent: 0.0,
            damping: 1.0 / q,
        };
        filter.tune(hz);
        filter
    }

    /// Moves the corner.
    pub(crate) fn tune(&mut self, hz: f64) {
        self.tangent = math::tan(PI * hz.clamp(5.0, 0.45 * FS) / FS);
    }

    /// What is below the corner.
    pub(crate) fn low(&mut self, x: f64) -> f64 {
        self.bands(x).0
    }

    /// What is around the corner, 0 dB there.
    pub(crate) fn band(&mut self, x: f64) -> f64 {
        self.damping * self.bands(x).1
    }

    /// What is above the corner.
    pub(crate) fn high(&mut self, x: f64) -> f64 {
        let (low, band) = self.bands(x);
        x - self.damping * band - low
    }

    fn bands(&mut self, x: f64) -> (f64, f64) {
        let g = self.tangent;
        let a1 = 1.0 / (1.0 + g * (g + self.damping));
        let a2 = g * a1;
        let v3 = x - self.second;
        let band = a1 * self.first + a2 * v3;
        let low = self.second + a2 * self.first + g * a2 * v3;
        self.first = 2.0 * band - self.first;
        self.second = 2.0 * low - self.second;
        (low, band)
    }
}

/// Low-pass, 6 dB an octave.
#[derive(Clone, Copy, Debug)]
pub(crate) struct OnePole {
    value: f64,
    share: f64,
}

impl OnePole {
    /// A fixed corner.
    pub(crate) fn new(hz: f64) -> Self {
        let g = math::tan(PI * hz / FS);
        Self {
            value: 0.0,
            share: g / (1.0 + g),
        }
    }

    /// The next sample.
    pub(crate) fn low(&mut self, x: f64) -> f64 {
        let v = (x - self.value) * self.share;
        let y = v + self.value;
        self.value = y + v;
        y
    }
}

/// High-pass, 6 dB an octave: keeps constant parts out.
#[derive(Clone, Copy, Debug)]
pub(crate) struct HighPass(OnePole);

impl HighPass {
    /// A fixed corner.
    pub(crate) fn new(hz: f64) -> Self {
        Self(OnePole::new(hz))
    }

    /// The next sample.
    pub(crate) fn high(&mut self, x: f64) -> f64 {
        x - self.0.low(x)
    }
}
