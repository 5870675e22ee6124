//! The K-weighting filter of BS.1770-5, annex 1.
//!
//! The standard gives coefficients for 48 kHz only. They are bilinear transforms of an analogue
//! high shelf and high-pass whose parameters B. De Man published ("Evaluation of implementations
//! of the EBU R128 loudness measurement", AES 145, 2018); other rates transform the same
//! prototype anew.

use core::f64::consts::PI;

use crate::math;

/// High shelf: corner in Hz, Q, gains at infinity and at the corner (dB).
const SHELF_HZ: f64 = 1_681.974_450_955_533;
const SHELF_Q: f64 = 0.707_175_236_955_419_6;
const SHELF_HIGH: f64 = 1.584_864_701_130_855;
const SHELF_MID: f64 = 1.258_720_930_232_562;
/// High-pass: corner in Hz, Q.
const PASS_HZ: f64 = 38.135_470_876_024_44;
const PASS_Q: f64 = 0.500_327_037_323_877_3;

/// Coefficients of both biquads for one rate. The gain of the high-pass is folded into the
/// shelf, so that its numerator is 1, -2, 1.
#[derive(Clone, Copy, Debug)]
pub(super) struct KWeighting {
    b: [f64; 3],
    shelf_a: [f64; 2],
    pass_a: [f64; 2],
}

impl KWeighting {
    pub(super) fn new(sample_rate: f64) -> Self {
        let k = math::tan(PI * SHELF_HZ / sample_rate);
        let a0 = 1.0 + k / SHELF_Q + k * k;
        let shelf_a = [2.0 * (k * k - 1.0) / a0, (1.0 - k / SHELF_Q + k * k) / a0];
        let numerator = |sign: f64| SHELF_HIGH + sign * SHELF_MID * k / SHELF_Q + k * k;
        let (scale, pass_a) = high_pass(sample_rate);
        let scale = high_pass(48_000.0).0.recip() * scale / a0;
        let b = [numerator(1.0), 2.0 * (k * k - SHELF_HIGH), numerator(-1.0)].map(|b| b * scale);
        Self { b, shelf_a, pass_a }
    }
}

/// Scale of the numerator 1, -2, 1 for a gain of 1 at infinity, and the denominator. The standard
/// leaves the scale out at 48 kHz, which is part of the prototype's gain.
fn high_pass(sample_rate: f64) -> (f64, [f64; 2]) {
    let k = math::tan(PI * PASS_HZ / sample_rate);
    let a0 = 1.0 + k / PASS_Q + k * k;
    (
        a0.recip(),
        [2.0 * (k * k - 1.0) / a0, (1.0 - k / PASS_Q + k * k) / a0],
    )
}

/// Both biquads for two channels side by side, in direct form I: the shortest way from one
/// output to the next. The state is f64 as the standard's low corner needs.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct PairFilter {
    /// The last two inputs, shelf outputs and high-pass outputs, newest first.
    x: [[f64; 2]; 2],
    y: [[f64; 2]; 2],
    z: [[f64; 2]; 2],
    energy: [f64; 2],
}

impl PairFilter {
    /// Adds the weighted energy of two channels of equal length.
    pub(super) fn process(&mut self, k: &KWeighting, a: &[f32], b: &[f32]) {
        let mut state = *self;
        for (&a, &b) in a.iter().zip(b) {
            state.step(k, [f64::from(a), f64::from(b)]);
        }
        *self = state;
    }

    /// The same for the first channel alone.
    pub(super) fn process_one(&mut self, k: &KWeighting, a: &[f32]) {
        let mut state = *self;
        for &a in a {
            state.step(k, [f64::from(a), 0.0]);
        }
        *self = state;
    }

    /// Energies since the last call.
    pub(super) fn take_energy(&mut self) -> [f64; 2] {
        core::mem::take(&mut self.energy)
    }

    /// All that it remembers of the signal.
    #[cfg(test)]
    pub(super) fn memory(&self) -> impl Iterator<Item = f64> {
        [self.x, self.y, self.z].into_iter().flatten().flatten()
    }

    #[inline(always)]
    fn step(&mut self, k: &KWeighting, x: [f64; 2]) {
        let lane = |i: usize| {
            let forward = k.b[0] * x[i] + (k.b[1] * self.x[0][i] + k.b[2] * self.x[1][i]);
            let y = (forward - k.shelf_a[1] * self.y[1][i]) - k.shelf_a[0] * self.y[0][i];
            let forward = y + (self.y[1][i] - 2.0 * self.y[0][i]);
            let z = (forward - k.pass_a[1] * self.z[1][i]) - k.pass_a[0] * self.z[0][i];
            (y, z)
        };
        let (left, right) = (lane(0), lane(1));
        let (y, z) = ([left.0, right.0], [left.1, right.1]);
        self.x = [x, self.x[0]];
        self.y = [y, self.y[0]];
        self.z = [z, self.z[0]];
        self.energy = [self.energy[0] + z[0] * z[0], self.energy[1] + z[1] * z[1]];
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// |H| of b/a at `w` rad per frame.
    fn magnitude(b: [f64; 3], a: [f64; 2], w: f64) -> f64 {
        let at = |c: [f64; 3]| {
            let re = c[0] + c[1] * w.cos() + c[2] * (2.0 * w).cos();
            let im = c[1] * w.sin() + c[2] * (2.0 * w).sin();
            re.hypot(im)
        };
        at(b) / at([1.0, a[0], a[1]])
    }

    fn response(k: &KWeighting, rate: f64, hz: f64) -> f64 {
        let w = 2.0 * PI * hz / rate;
        let gain = magnitude(k.b, k.shelf_a, w) * magnitude([1.0, -2.0, 1.0], k.pass_a, w);
        20.0 * gain.log10()
    }

    #[test]
    fn coefficients_of_the_standard_at_48_khz() {
        let k = KWeighting::new(48_000.0);
        let found = [k.b.as_slice(), &k.shelf_a, &k.pass_a].concat();
        let standard = [
            1.535_124_859_586_97,
            -2.691_696_189_406_38,
            1.198_392_810_852_85,
            -1.690_659_293_182_41,
            0.732_480_774_215_85,
            -1.990_047_454_833_98,
            0.990_072_250_366_21,
        ];
        for (found, standard) in found.iter().zip(standard) {
            assert!((found - standard).abs() < 1e-13, "{found} {standard}");
        }
    }

    /// Both filters in transposed direct form II, made from the analogue prototype with std's tangent.
    #[test]
    fn energies_are_those_of_a_straight_line() {
        let design = |hz: f64, q: f64, high: f64, mid: f64, low: f64, rate: f64| {
            let k = (PI * hz / rate).tan();
            let b = [
                high + mid * k / q + low * k * k,
                2.0 * (low * k * k - high),
                high - mid * k / q + low * k * k,
            ];
            let a = [
                1.0 + k / q + k * k,
                2.0 * (k * k - 1.0),
                1.0 - k / q + k * k,
            ];
            (b.map(|b| b / a[0]), a.map(|x| x / a[0]))
        };
        let run = |(b, a): ([f64; 3], [f64; 3]), x: &mut [f64]| {
            let mut s = [0.0; 2];
            for x in x {
                let y = b[0] * *x + s[0];
                s = [b[1] * *x - a[1] * y + s[1], b[2] * *x - a[2] * y];
                *x = y;
            }
        };
        for rate in [44_100.0, 48_000.0, 96_000.0, 192_000.0] {
            let x: Vec<f32> = crate::testing::swells(3, rate, math::to_count(rate));
            let mut filter = PairFilter::default();
            filter.process(&KWeighting::new(rate), &x, &x);
            let mut twin: Vec<f64> = x.iter().map(|x| f64::from(*x)).collect();
            run(
                design(SHELF_HZ, SHELF_Q, SHELF_HIGH, SHELF_MID, 1.0, rate),
                &mut twin,
            );
            run(design(PASS_HZ, PASS_Q, 1.0, 0.0, 0.0, rate), &mut twin);
            // The standard leaves the factor of the high-pass out at 48 kHz, and so it is everywhere.
            let factor = design(PASS_HZ, PASS_Q, 1.0, 0.0, 0.0, 48_000.0).0[0];
            let energy = twin.iter().map(|x| (x / factor).powi(2)).sum::<f64>();
            let [left, right] = filter.take_energy();
            assert!(
                left == right && (left / energy - 1.0).abs() < 1e-9,
                "{rate}"
            );
        }
    }

    #[test]
    fn other_rates_have_the_same_response() {
        let reference = KWeighting::new(48_000.0);
        for rate in [44_100.0, 88_200.0, 96_000.0, 192_000.0, 384_000.0] {
            let k = KWeighting::new(rate);
            for hz in [
                10.0, 20.0, 38.0, 100.0, 1e3, 1.5e3, 2e3, 5e3, 1e4, 1.5e4, 2e4,
            ] {
                let error = response(&k, rate, hz) - response(&reference, 48e3, hz);
                assert!(error.abs() < 0.05, "{rate} {hz}: {error}");
            }
        }
    }
}
