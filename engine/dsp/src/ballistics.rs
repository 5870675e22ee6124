//! Needles: programme meters whose rise and fall a standard prescribes.
//!
//! All of them read a sine by its peak: a steady tone at 0 dBFS reads 1 (0 dB).

use core::f64::consts::{FRAC_PI_2, LN_10};

use crate::math::{exp_f64, tan};

/// Which standard a [`Needle`] follows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Ballistics {
    /// IEC 60268-10 type I (DIN): 10 ms read -1 dB, falls 20 dB in 1.7 s.
    PpmI,
    /// IEC 60268-10 types IIa (BBC) and IIb (EBU): 10 ms read -2.5 dB, falls 24 dB in 2.8 s.
    #[default]
    PpmII,
    /// IEC 60268-18: rises at once, falls 20 dB in 1.7 s.
    Digital,
    /// IEC 60268-17: the mean of |x|, 99 % after 300 ms, 1 to 1.5 % overshoot.
    Vu,
}

impl Ballistics {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::PpmI, Self::PpmII, Self::Digital, Self::Vu];
}

/// Two peak rectifiers whose sum has the rise of the standard's table (found by a least-maximum
/// fit to it); 1/s, and what their sum reads of a steady tone of amplitude 1.
struct Rectifiers {
    rise: [f64; 2],
    fall: f64,
    steady: f64,
}

const PPM_I: Rectifiers = Rectifiers {
    rise: [465.7, 1_077.2],
    fall: LN_10 / 1.7,
    steady: 1.9565,
};
const PPM_II: Rectifiers = Rectifiers {
    rise: [159.2, 979.5],
    fall: 1.2 * LN_10 / 2.8,
    steady: 1.9411,
};
/// Natural frequency (rad/s) and damping of the VU meter's needle.
const VU: (f64, f64) = (13.512, 0.8127);

/// The needle of one channel.
#[derive(Clone, Debug)]
pub struct Needle {
    kind: Kind,
    state: [f64; 2],
    most: f64,
}

#[derive(Clone, Copy, Debug)]
enum Kind {
    /// Shares per frame of the way up, what is left per frame of the way down, scale.
    Ppm([f64; 2], f64, f64),
    Digital(f64),
    /// Coefficients of a low-pass in state-variable form.
    Vu([f64; 3]),
}

impl Needle {
    /// A needle at rest for `sample_rate` frames per second. `[thread-safe]`
    #[must_use]
    pub fn new(ballistics: Ballistics, sample_rate: f64) -> Self {
        let per_frame = |rate: f64| exp_f64(-rate / sample_rate);
        let ppm = |it: Rectifiers| {
            let rise = it.rise.map(|rate| 1.0 - per_frame(rate));
            Kind::Ppm(rise, per_frame(it.fall), 1.0 / it.steady)
        };
        let kind = match ballistics {
            Ballistics::PpmI => ppm(PPM_I),
            Ballistics::PpmII => ppm(PPM_II),
            Ballistics::Digital => Kind::Digital(per_frame(LN_10 / 1.7)),
            Ballistics::Vu => {
                let (omega, damping) = VU;
                let g = tan(0.5 * omega / sample_rate);
                let a = 1.0 / (1.0 + g * (g + 2.0 * damping));
                Kind::Vu([a, g * a, g * g * a])
            }
        };
        Self {
            kind,
            state: [0.0; 2],
            most: 0.0,
        }
    }

    /// Moves with the frames of `signal`; a frame that is not finite counts as silence.
    /// `[audio-thread]`
    pub fn process(&mut self, signal: &[f32]) {
        for x in signal {
            let x = if x.is_finite() {
                f64::from(x.abs())
            } else {
                0.0
            };
            let now = self.frame(x);
            self.most = self.most.max(now);
        }
    }

    /// Where it stands: the amplitude of a steady sine that would bring it there.
    #[must_use]
    pub fn value(&self) -> f64 {
        match self.kind {
            Kind::Ppm(_, _, scale) => (self.state[0] + self.state[1]) * scale,
            Kind::Digital(_) => self.state[0],
            Kind::Vu(_) => self.state[1] * FRAC_PI_2,
        }
    }

    /// The highest it stood since the last call; never less than where it stands.
    pub fn take_most(&mut self) -> f64 {
        let most = self.most.max(self.value());
        self.most = 0.0;
        most
    }

    /// Back to rest. `[audio-thread]`
    pub fn reset(&mut self) {
        (self.state, self.most) = ([0.0; 2], 0.0);
    }

    #[inline]
    fn frame(&mut self, x: f64) -> f64 {
        match self.kind {
            Kind::Ppm(rise, fall, _) => {
                for (state, rise) in self.state.iter_mut().zip(rise) {
                    *state *= fall;
                    *state += (x - *state).max(0.0) * rise;
                }
            }
            Kind::Digital(fall) => self.state[0] = x.max(self.state[0] * fall),
            Kind::Vu([a1, a2, a3]) => {
                let [band, low] = self.state;
                let v = x - low;
                let middle = a1 * band + a2 * v;
                let through = low + a2 * band + a3 * v;
                self.state = [2.0 * middle - band, 2.0 * through - low];
            }
        }
        self.value()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::math::{to_count, to_f32};
    use core::f64::consts::TAU;

    const RATES: [f64; 4] = [44_100.0, 48_000.0, 96_000.0, 192_000.0];

    fn tone(rate: f64, hz: f64, seconds: f64) -> Vec<f32> {
        let frame = |n: usize| to_f32((TAU * hz * n as f64 / rate).sin());
        (0..to_count(seconds * rate)).map(frame).collect()
    }

    /// Highest reading of a burst at 5 kHz, dB relative to the steady tone.
    fn burst(ballistics: Ballistics, rate: f64, ms: f64) -> f64 {
        let mut needle = Needle::new(ballistics, rate);
        needle.process(&tone(rate, 5_000.0, ms * 0.001));
        20.0 * needle.take_most().log10()
    }

    /// Seconds in which it falls by so many dB after a steady tone.
    fn fall(ballistics: Ballistics, rate: f64, db: f64) -> f64 {
        let mut needle = Needle::new(ballistics, rate);
        needle.process(&tone(rate, 1_000.0, 2.0));
        let goal = needle.value() * 10f64.powf(-db / 20.0);
        let frames = (1..).find(|_| {
            needle.process(&[0.0]);
            needle.value() <= goal
        });
        frames.map_or(f64::NAN, |n: i32| f64::from(n) / rate)
    }

    #[test]
    fn bursts_read_what_the_standards_say() {
        use Ballistics::{Digital, PpmI, PpmII};
        for rate in RATES {
            for (ballistics, ms, wanted, tolerance) in [
                (PpmI, 10.0, -1.0, 0.5),
                (PpmI, 5.0, -2.0, 1.0),
                (PpmI, 3.0, -4.0, 1.0),
                (PpmI, 0.4, -15.0, 4.0),
                (PpmII, 100.0, 0.0, 0.5),
                (PpmII, 10.0, -2.5, 0.5),
                (PpmII, 5.0, -4.0, 0.75),
                (PpmII, 1.5, -9.0, 1.0),
                (PpmII, 0.5, -17.0, 2.0),
                (Digital, 0.4, 0.0, 0.1),
            ] {
                let read = burst(ballistics, rate, ms);
                let off = (read - wanted).abs();
                assert!(off <= tolerance, "{ballistics:?} {rate} {ms} ms: {read}");
            }
        }
    }

    #[test]
    fn needles_fall_in_time() {
        for rate in RATES {
            for (ballistics, db, seconds, tolerance) in [
                (Ballistics::PpmI, 20.0, 1.7, 0.3),
                (Ballistics::PpmII, 24.0, 2.8, 0.3),
                (Ballistics::Digital, 20.0, 1.7, 0.01),
            ] {
                let found = fall(ballistics, rate, db);
                let off = (found - seconds).abs();
                assert!(off <= tolerance, "{ballistics:?} {rate}: {found} s");
            }
        }
    }

    #[test]
    fn steady_tones_read_their_level() {
        for rate in RATES {
            for ballistics in Ballistics::ALL {
                let mut needle = Needle::new(ballistics, rate);
                needle.process(&tone(rate, 5_000.0, 3.0));
                let level = 20.0 * needle.value().log10();
                assert!(level.abs() < 0.2, "{ballistics:?} {rate}: {level}");
            }
        }
    }

    #[test]
    fn vu_needs_300_ms_and_overshoots_a_little() {
        for rate in RATES {
            let mut needle = Needle::new(Ballistics::Vu, rate);
            let mut reached = None;
            for (n, x) in (1_i32..).zip(tone(rate, 1_000.0, 2.0)) {
                needle.process(&[x]);
                if needle.value() >= 0.99 && reached.is_none() {
                    reached = Some(f64::from(n) / rate);
                }
            }
            let reached = reached.unwrap();
            assert!((0.27..=0.33).contains(&reached), "{rate}: {reached} s");
            let overshoot = needle.take_most() - 1.0;
            assert!((0.01..=0.015).contains(&overshoot), "{rate}: {overshoot}");
            let fallen = fall(Ballistics::Vu, rate, 40.0);
            assert!(
                (0.27..=0.33).contains(&fallen),
                "{rate}: falls in {fallen} s"
            );
        }
    }

    #[test]
    fn what_is_not_finite_leaves_no_trace() {
        for ballistics in Ballistics::ALL {
            let mut needle = Needle::new(ballistics, 48_000.0);
            needle.process(&[f32::NAN, f32::INFINITY, 0.0]);
            assert_eq!(needle.take_most(), 0.0);
            needle.process(&[0.5; 100]);
            needle.reset();
            assert_eq!(needle.value(), 0.0);
        }
    }
}
