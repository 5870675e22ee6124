//! Curves over game values.

use super::check::{Checks, Found, narrow};
use crate::source;
use crate::source::CurvePoint;

/// Most points of a curve.
pub const MAX_CURVE_POINTS: usize = 64;

/// A checked curve: exact at every x, no table in between.
#[derive(Clone, Debug, PartialEq)]
pub struct Curve {
    points: Box<[CurvePoint]>,
}

impl Curve {
    /// Checks a curve: 2..=64 points, all finite, x strictly ascending. `[main-thread]`
    ///
    /// # Errors
    /// What is wrong, by `points[n].x` and the like.
    pub fn compile(source: &source::Curve) -> Found<Self> {
        let mut checks = Checks::new();
        let points = &source.points;
        if !(2..=MAX_CURVE_POINTS).contains(&points.len()) {
            let count = points.len();
            checks.say(
                "points",
                format!("{count} points; a curve has 2..={MAX_CURVE_POINTS}"),
            );
        }
        for (n, point) in points.iter().enumerate() {
            for (axis, value) in [("x", point.x), ("y", point.y)] {
                if !value.is_finite() {
                    checks.say(
                        format!("points[{n}].{axis}"),
                        format!("{value} is no number"),
                    );
                }
            }
            if n > 0 && point.x <= points[n - 1].x {
                let (x, before) = (point.x, points[n - 1].x);
                checks.say(
                    format!("points[{n}].x"),
                    format!("{x} is not above {before}, the x before it"),
                );
            }
        }
        checks.finish(Some(Self {
            points: points.as_slice().into(),
        }))
    }

    /// y at x; beyond the ends their y holds. `[audio-thread]`
    #[must_use]
    pub fn value(&self, x: f32) -> f32 {
        let after = self.points.partition_point(|point| point.x <= x);
        let Some(next) = self.points.get(after) else {
            return self.points.last().map_or(0.0, |point| point.y);
        };
        let Some(last) = after.checked_sub(1).map(|n| self.points[n]) else {
            return next.y;
        };
        let t = (f64::from(x) - f64::from(last.x)) / (f64::from(next.x) - f64::from(last.x));
        let rise = f64::from(next.y) - f64::from(last.y);
        narrow(f64::from(last.y) + rise * last.shape.at(t))
    }

    /// Least and largest y.
    #[must_use]
    pub fn range(&self) -> (f32, f32) {
        let ys = self.points.iter().map(|point| point.y);
        (
            ys.clone().fold(f32::MAX, f32::min),
            ys.fold(f32::MIN, f32::max),
        )
    }

    /// First and last x.
    #[must_use]
    pub fn domain(&self) -> (f32, f32) {
        (self.points[0].x, self.points[self.points.len() - 1].x)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Shape;

    fn curve(points: &[(f32, f32, Shape)]) -> source::Curve {
        let points = points.iter();
        source::Curve {
            points: points
                .map(|&(x, y, shape)| CurvePoint { x, y, shape })
                .collect(),
        }
    }

    #[test]
    fn points_are_hit_and_ends_hold() {
        let curve = Curve::compile(&curve(&[
            (-10.0, -60.0, Shape::Log4),
            (5.0, 0.0, Shape::Constant),
            (6.0, 6.0, Shape::Exp3),
        ]))
        .unwrap();
        for (x, y) in [
            (-1e9, -60.0),
            (-10.0, -60.0),
            (5.0, 0.0),
            (5.999, 0.0),
            (6.0, 6.0),
            (f32::INFINITY, 6.0),
            (f32::NEG_INFINITY, -60.0),
        ] {
            assert_eq!(curve.value(x), y, "at {x}");
        }
        assert_eq!(curve.range(), (-60.0, 6.0));
        assert_eq!(curve.domain(), (-10.0, 6.0));
    }

    #[test]
    fn a_curve_is_within_a_ten_thousandth_of_its_formula() {
        let curve = Curve::compile(&curve(&[
            (0.0, -96.0, Shape::Exp3),
            (100.0, 12.0, Shape::Linear),
        ]))
        .unwrap();
        for n in 0..=10_000u16 {
            let x = f32::from(n) / 100.0;
            let t = f64::from(x) / 100.0;
            let y = -96.0 + 108.0 * ((3.0 * t).exp() - 1.0) / (3f64.exp() - 1.0);
            let error = (f64::from(curve.value(x)) - y).abs() / 108.0;
            assert!(error <= 1e-4, "at {x}: {error}");
        }
    }

    #[test]
    fn bad_curves_are_named() {
        let paths = |points: &[(f32, f32, Shape)]| -> Vec<String> {
            let problems = Curve::compile(&curve(points)).unwrap_err();
            problems.into_iter().map(|problem| problem.path).collect()
        };
        let at = |x, y| (x, y, Shape::Linear);
        assert_eq!(paths(&[at(0.0, 0.0)]), ["points"]);
        assert_eq!(paths(&[at(0.0, 0.0), at(0.0, 1.0)]), ["points[1].x"]);
        assert_eq!(paths(&[at(0.0, f32::NAN), at(1.0, 1.0)]), ["points[0].y"]);
        let many: Vec<_> = (0..65u8).map(|n| at(f32::from(n), 0.0)).collect();
        assert_eq!(paths(&many), ["points"]);
    }
}
