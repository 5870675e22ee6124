//! Pan laws: how one position becomes two gains.

use core::f64::consts::FRAC_PI_4;

use crate::math;

/// How loud the centre of a pan is. The gains are for p = -1 (left) to 1 (right).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PanLaw {
    /// Constant power: cos θ and sin θ with θ = (p+1)·π/4; centre -3.01 dB.
    #[default]
    Minus3,
    /// Geometric mean of the -3 and -6 laws; centre -4.52 dB.
    Minus4Point5,
    /// Linear: (1-p)/2 and (1+p)/2, constant amplitude sum; centre -6.02 dB.
    Minus6,
    /// For stereo sources: the near side stays, the far side fades linearly; centre 0 dB.
    Balance,
}

/// Gains of the left and right channel for `position` from -1 (left) to 1 (right), clamped.
/// The far channel is exactly 0 at the ends, and `gains(law, -p)` is `gains(law, p)` swapped, to
/// the bit. `[audio-thread]`
#[must_use]
pub fn gains(law: PanLaw, position: f32) -> (f32, f32) {
    let p = f64::from(position.clamp(-1.0, 1.0));
    (
        math::to_f32(side_gain(law, 1.0 - p)),
        math::to_f32(side_gain(law, 1.0 + p)),
    )
}

/// Gain of one side; `near` is 0 when the source is at the other end, 1 in the middle, 2 here.
/// cos θ is taken as the sine of the complement, which makes the far end an exact zero.
fn side_gain(law: PanLaw, near: f64) -> f64 {
    let power = || math::sin_cos(near * FRAC_PI_4).0;
    match law {
        PanLaw::Minus3 => power(),
        PanLaw::Minus4Point5 => (power() * near * 0.5).sqrt(),
        PanLaw::Minus6 => near * 0.5,
        PanLaw::Balance => near.min(1.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LAWS: [PanLaw; 4] = [
        PanLaw::Minus3,
        PanLaw::Minus4Point5,
        PanLaw::Minus6,
        PanLaw::Balance,
    ];

    /// The table of the laws as it is written, with std's functions.
    fn table(law: PanLaw, p: f64) -> (f64, f64) {
        let theta = (p + 1.0) * FRAC_PI_4;
        let (l, r) = ((1.0 - p) / 2.0, (1.0 + p) / 2.0);
        match law {
            PanLaw::Minus3 => (theta.cos(), theta.sin()),
            PanLaw::Minus4Point5 => ((theta.cos() * l).sqrt(), (theta.sin() * r).sqrt()),
            PanLaw::Minus6 => (l, r),
            PanLaw::Balance => ((1.0 - p).min(1.0), (1.0 + p).min(1.0)),
        }
    }

    #[test]
    fn laws_follow_the_table_at_201_points() {
        for law in LAWS {
            for i in -100..=100_i8 {
                let p = f32::from(i) / 100.0;
                let (l, r) = gains(law, p);
                let (tl, tr) = table(law, f64::from(p));
                let error = (f64::from(l) - tl).abs().max((f64::from(r) - tr).abs());
                assert!(error <= 1e-6, "{law:?} at {p}: {error:e}");
                assert_eq!(gains(law, -p), (r, l), "{law:?} at {p}");
            }
        }
    }

    #[test]
    fn ends_and_centre() {
        for (law, centre) in LAWS.into_iter().zip([-3.0103, -4.5154, -6.0206, 0.0]) {
            assert_eq!(gains(law, -1.0), (1.0, 0.0), "{law:?}");
            assert_eq!(gains(law, 7.0), (0.0, 1.0), "{law:?} clamps");
            let (l, r) = gains(law, 0.0);
            assert_eq!(l, r);
            assert!((math::gain_to_db(l) - centre).abs() < 1e-3, "{law:?}");
        }
    }
}
