//! The static curve: reduction in dB for a level in dB.

use super::params::INFINITE_RATIO;
use crate::smooth::CellRamp;

/// Below this width the knee is hard; it only keeps the division finite.
const NARROWEST: f32 = 1e-6;

/// Threshold, slope, knee and range, each moving smoothly.
///
/// After D. Giannoulis, M. Massberg, J. Reiss, "Digital Dynamic Range Compressor Design" (JAES
/// 60, 2012), with the range as a floor.
#[derive(Clone, Copy, Debug)]
pub(super) struct Curve {
    pub(super) threshold: CellRamp,
    /// 1/ratio − 1.
    pub(super) slope: CellRamp,
    pub(super) knee: CellRamp,
    pub(super) range: CellRamp,
}

impl Curve {
    pub(super) fn finish(&mut self) {
        for ramp in self.ramps() {
            ramp.finish();
        }
    }

    pub(super) fn tick(&mut self) {
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
    pub(super) fn apply(&self, phase: usize, levels: &mut [f32]) {
        let Self {
            threshold,
            slope,
            knee,
            range,
        } = *self;
        for (i, level) in levels.iter_mut().enumerate() {
            let i = phase + i;
            *level = reduction(
                *level - threshold.at(i),
                slope.at(i),
                knee.at(i),
                range.at(i),
            );
        }
    }

    /// Reduction in dB of a full-scale signal, for the targets.
    pub(super) fn at_full_scale(&self) -> f64 {
        let target = |ramp: &CellRamp| crate::math::to_f32(ramp.target());
        let over = -target(&self.threshold);
        reduction(
            over,
            target(&self.slope),
            target(&self.knee),
            target(&self.range),
        )
        .into()
    }
}

/// 1/ratio − 1.
pub(super) fn slope(ratio: f32) -> f64 {
    if ratio >= INFINITE_RATIO {
        -1.0
    } else {
        1.0 / f64::from(ratio) - 1.0
    }
}

/// Reduction in dB of a level `over` dB above the threshold.
#[inline(always)]
fn reduction(over: f32, slope: f32, knee: f32, range: f32) -> f32 {
    let half = 0.5 * knee;
    let into = over + half;
    let into = if into > 0.0 { into } else { 0.0 };
    let into = if into < knee { into } else { knee };
    let beyond = over - half;
    let beyond = if beyond > 0.0 { beyond } else { 0.0 };
    let width = if knee > NARROWEST { knee } else { NARROWEST };
    let change = slope * (into * into / (2.0 * width) + beyond);
    if change > -range { change } else { -range }
}
