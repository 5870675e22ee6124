//! The way from one point to the next.

use std::f64::consts::{E, FRAC_PI_2, LN_2, PI};

use crate::source::Shape;

impl Shape {
    /// s(t). `t` is clamped to 0..=1. `[thread-safe]`
    #[must_use]
    pub fn at(self, t: f64) -> f64 {
        if t >= 1.0 {
            return 1.0;
        }
        let t = t.max(0.0);
        if t == 0.0 {
            return 0.0;
        }
        match self {
            Self::Linear => t,
            Self::Constant => 0.0,
            Self::Sine => (t * FRAC_PI_2).sin(),
            Self::Log4 => (3.0 * t).ln_1p() / (2.0 * LN_2),
            Self::Log2 => t.ln_1p() / LN_2,
            Self::Exp1 => t.exp_m1() / (E - 1.0),
            Self::Exp3 => (3.0 * t).exp_m1() / (E * E * E - 1.0),
            Self::S2 | Self::QuadInOut => mirrored(t, |t| 2.0 * t * t),
            Self::S3 | Self::CubicInOut => mirrored(t, |t| 4.0 * t * t * t),
            Self::InvS => mirrored(t, |t| (t / 2.0).sqrt()),
            Self::QuadIn => t * t,
            Self::QuadOut => turned(t, |t| t * t),
            Self::CubicIn => t * t * t,
            Self::CubicOut => turned(t, |t| t * t * t),
            Self::ExpoIn => expo(t),
            Self::ExpoOut => turned(t, expo),
            Self::SineS => mirrored(t, |t| (1.0 - (t * PI).cos()) / 2.0),
        }
    }
}

/// 2^10t, from 0 to 1.
fn expo(t: f64) -> f64 {
    (10.0 * LN_2 * t).exp_m1() / 1023.0
}

/// The same turned around the middle.
fn turned(t: f64, other: impl Fn(f64) -> f64) -> f64 {
    1.0 - other(1.0 - t)
}

/// `half` up to ½, and the same turned around the middle from there.
fn mirrored(t: f64, half: impl Fn(f64) -> f64) -> f64 {
    if t < 0.5 {
        half(t)
    } else {
        1.0 - half(1.0 - t)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const ALL: [Shape; 19] = [
        Shape::Linear,
        Shape::Constant,
        Shape::Sine,
        Shape::Log4,
        Shape::Log2,
        Shape::Exp1,
        Shape::Exp3,
        Shape::S2,
        Shape::S3,
        Shape::InvS,
        Shape::QuadIn,
        Shape::QuadOut,
        Shape::QuadInOut,
        Shape::CubicIn,
        Shape::CubicOut,
        Shape::CubicInOut,
        Shape::ExpoIn,
        Shape::ExpoOut,
        Shape::SineS,
    ];

    /// The formulas as they are written in the specification.
    fn written(shape: Shape, t: f64) -> f64 {
        match shape {
            Shape::Linear => t,
            Shape::Constant => f64::from(u8::from(t >= 1.0)),
            Shape::Sine => (std::f64::consts::PI * t / 2.0).sin(),
            Shape::Log4 => (1.0 + 3.0 * t).ln() / 4f64.ln(),
            Shape::Log2 => (1.0 + t).ln() / 2f64.ln(),
            Shape::Exp1 => (t.exp() - 1.0) / (1f64.exp() - 1.0),
            Shape::Exp3 => ((3.0 * t).exp() - 1.0) / (3f64.exp() - 1.0),
            Shape::S2 | Shape::QuadInOut if t < 0.5 => 2.0 * t.powi(2),
            Shape::S2 | Shape::QuadInOut => 1.0 - 2.0 * (1.0 - t).powi(2),
            Shape::S3 | Shape::CubicInOut if t < 0.5 => 4.0 * t.powi(3),
            Shape::S3 | Shape::CubicInOut => 1.0 - 4.0 * (1.0 - t).powi(3),
            Shape::InvS if t < 0.5 => (t / 2.0).sqrt(),
            Shape::InvS => 1.0 - ((1.0 - t) / 2.0).sqrt(),
            Shape::QuadIn => t.powi(2),
            Shape::QuadOut => 1.0 - (1.0 - t).powi(2),
            Shape::CubicIn => t.powi(3),
            Shape::CubicOut => 1.0 - (1.0 - t).powi(3),
            Shape::ExpoIn => (2f64.powf(10.0 * t) - 1.0) / 1023.0,
            Shape::ExpoOut => 1.0 - (2f64.powf(10.0 * (1.0 - t)) - 1.0) / 1023.0,
            Shape::SineS => 0.5 - 0.5 * (std::f64::consts::PI * t).cos(),
        }
    }

    #[test]
    fn shapes_are_those_of_the_specification() {
        for shape in ALL {
            for n in 0..=1000 {
                let t = f64::from(n) / 1000.0;
                let error = (shape.at(t) - written(shape, t)).abs();
                assert!(error < 1e-12, "{shape:?} at {t}: {error}");
            }
        }
    }

    #[test]
    fn shapes_end_exactly_and_clamp() {
        for shape in ALL {
            assert_eq!(shape.at(0.0), 0.0, "{shape:?}");
            assert_eq!(shape.at(-3.0), 0.0, "{shape:?}");
            assert_eq!(shape.at(1.0), 1.0, "{shape:?}");
            assert_eq!(shape.at(7.0), 1.0, "{shape:?}");
            assert_eq!(shape.at(f64::NAN), 0.0, "{shape:?}");
        }
    }

    proptest! {
        #[test]
        fn shapes_never_turn_back(which in 0..ALL.len(), a in 0.0..=1.0f64, b in 0.0..=1.0f64) {
            let shape = ALL[which];
            prop_assert!(shape.at(a.min(b)) <= shape.at(a.max(b)) + 1e-12);
        }
    }
}
