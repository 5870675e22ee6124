//! The static curve: reduction in dB for a level in dB.

use super::INFINITE_RATIO;
use crate::smooth::CellRamp;

/// Below this width the knee is hard; it only keeps the division finite.
const NARROWEST: f32 = 1e-6;

/// Threshold, slope, knee and range, each moving smoothly.
///
/// After D. Giannoulis, M. Massberg, J. Reiss, "Digital Dynamic Range Compressor Design" (JAES
/// 60, 2012), with the range as a floor.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Curve {
    pub(crate) threshold: CellRamp,
    /// 1/ratio − 1.
    pub(crate) slope: CellRamp,
    pub(crate) knee: CellRamp,
    pub(crate) range: CellRamp,
}

impl Curve {
    /// A curve that does nothing, for a signal of `sample_rate` Hz.
    pub(crate) fn new(sample_rate: f64) -> Self {
        let zero = CellRamp::new(0.0, sample_rate);
        Self {
            threshold: zero,
            slope: zero,
            knee: zero,
            range: zero,
        }
    }

    pub(crate) fn finish(&mut self) {
        for ramp in self.ramps() {
            ramp.finish();
        }
    }

    pub(crate) fn tick(&mut self) {
        for ramp in self.ramps() {
            ramp.tick();
        }
    }

    fn ramps(&mut self) -> [&mut CellRamp; 4] {
        [
            &mut self.threshold,
            &mut self.slope,
            &mut self.knee,
            &mut self.range,
        ]
    }

    /// Replaces levels in dB by reductions in dB (0 or below), from `phase` in the cell.
    /// `[audio-thread]`
    pub(crate) fn apply(&self, phase: usize, levels: &mut [f32]) {
        let Self {
            threshold,
            slope,
            knee,
            range,
        } = self;
        let at = |i| Point::new(threshold.at(i), slope.at(i), knee.at(i), range.at(i));
        if [threshold, slope, knee, range].iter().all(|r| r.is_flat()) {
            let point = at(phase);
            for level in levels {
                *level = point.reduction(*level);
            }
        } else {
            for (i, level) in levels.iter_mut().enumerate() {
                *level = at(phase + i).reduction(*level);
            }
        }
    }

    /// Reduction in dB of a full-scale signal, for the targets.
    pub(crate) fn at_full_scale(&self) -> f64 {
        let target = |ramp: &CellRamp| crate::math::to_f32(ramp.target());
        let point = Point::new(
            target(&self.threshold),
            target(&self.slope),
            target(&self.knee),
            target(&self.range),
        );
        point.reduction(0.0).into()
    }
}

/// 1/ratio − 1.
pub(crate) fn slope(ratio: f32) -> f64 {
    if ratio >= INFINITE_RATIO {
        -1.0
    } else {
        1.0 / f64::from(ratio) - 1.0
    }
}

/// The curve at one frame.
#[derive(Clone, Copy)]
struct Point {
    /// Level at which the knee begins, dB.
    begin: f32,
    slope: f32,
    knee: f32,
    /// Half over the width of the knee.
    steepness: f32,
    floor: f32,
}

impl Point {
    #[inline(always)]
    fn new(threshold: f32, slope: f32, knee: f32, range: f32) -> Self {
        let width = if knee > NARROWEST { knee } else { NARROWEST };
        Self {
            begin: threshold - 0.5 * knee,
            slope,
            knee,
            steepness: 0.5 / width,
            floor: -range,
        }
    }

    /// Reduction in dB of a `level` in dB.
    #[inline(always)]
    fn reduction(&self, level: f32) -> f32 {
        let over = level - self.begin;
        let over = if over > 0.0 { over } else { 0.0 };
        let into = if over < self.knee { over } else { self.knee };
        let change = self.slope * (into * into * self.steepness + (over - into));
        if change > self.floor {
            change
        } else {
            self.floor
        }
    }
}
