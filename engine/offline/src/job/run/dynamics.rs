//! The curve with which a sound has the dynamic range that is wanted.

use super::super::crest::{CrestStage, Curve};
use super::super::gain::{self, Decision};
use super::super::planes::{self, Planes};
use super::super::report::{Detail, Rule};
use super::super::settings::{Normalise, Precision};
use super::super::{Job, Stage};
use super::Ticker;
use super::measuring::{Measured, pass};
use crate::error::{Error, Result};
use crate::measure::{Measurement, Measurer};
use crate::sample::Flow;

/// Passes at most, and how close to the target they end, dB.
const ROUNDS: u32 = 12;
const CLOSE_ENOUGH: f64 = 0.05;
/// A target that is missed by more is an error, dB.
const REACHED: f64 = 0.5;
/// The steepest curve.
const STEEPEST: f64 = 4.0;

/// Looks for the curve, and for the gain that holds the ceiling behind it. The measurement is of what comes
/// out of the curve, if that changes anything.
pub(super) fn tune(
    job: &Job,
    measured: &Measured,
    normalise: &Normalise,
    ticker: &mut Ticker<'_, '_>,
) -> Result<(Decision, Option<Measurement>)> {
    let loud = measured.measurement().and_then(|m| m.dynamics);
    let Some((loud, true_peak)) = loud.zip(measured.measurement().map(|m| m.true_peak)) else {
        let silence = Decision {
            rule: Rule::Silence,
            ..Decision::NONE
        };
        return Ok((silence, None));
    };
    let mut tries = Tries::new(loud.range, normalise.target);
    let mut behind = None;
    while let Some(slope) = tries.next() {
        let curve = Curve {
            slope,
            above_db: loud.loud_db,
        };
        let result = match job.settings.precision {
            Precision::Single => shaped::<f32>(job, measured, curve, ticker)?,
            Precision::Best => shaped::<f64>(job, measured, curve, ticker)?,
        };
        let range = result.dynamics.map_or(0.0, |dynamics| dynamics.range);
        if tries.note(slope, range) {
            behind = Some(result);
        }
    }
    let best = tries.best;
    if (best.1 - normalise.target).abs() > REACHED {
        return Err(unreachable(job, loud.range, normalise.target, best));
    }
    let free = Decision {
        rule: Rule::Target,
        curve: Curve {
            slope: best.0,
            above_db: loud.loud_db,
        },
        ..Decision::NONE
    };
    let peak = behind.as_ref().map_or(true_peak, |m| m.true_peak);
    Ok((gain::below(normalise, free, peak), behind))
}

fn unreachable(job: &Job, from: f64, target: f64, best: (f64, f64)) -> Error {
    // No -0.0.
    let tenths = |range: f64| (range * 10.0).round() / 10.0 + 0.0;
    Error::Settings(format!(
        "{}: a dynamic range of {target} dB cannot be reached: the sound has {:.1}, and the \
         strongest curve makes it {:.1}; choose a target that is not beyond that",
        job.input.display(),
        tenths(from),
        tenths(best.1)
    ))
}

/// Slopes that were tried and the dynamic range that they gave.
struct Tries {
    target: f64,
    low: Option<(f64, f64)>,
    high: Option<(f64, f64)>,
    best: (f64, f64),
    rounds: u32,
}

impl Tries {
    /// A slope of 1 leaves the range what it is.
    fn new(range: f64, target: f64) -> Self {
        let mut tries = Self {
            target,
            low: None,
            high: None,
            best: (1.0, range),
            rounds: 0,
        };
        tries.note(1.0, range);
        tries
    }

    /// The slope to try next; `None` at the end.
    fn next(&mut self) -> Option<f64> {
        if (self.best.1 - self.target).abs() <= CLOSE_ENOUGH || self.rounds == ROUNDS {
            return None;
        }
        self.rounds += 1;
        match (self.low, self.high) {
            (Some(low), Some(high)) => {
                let share = (self.target - low.1) / (high.1 - low.1);
                let share = if share.is_finite() { share } else { 0.5 };
                Some(low.0 + (high.0 - low.0) * share.clamp(0.1, 0.9))
            }
            (None, Some(high)) => (high.0 > 0.0).then_some(0.0),
            (Some(low), None) => (low.0 < STEEPEST).then_some(STEEPEST),
            (None, None) => None,
        }
    }

    /// Takes a result; whether it is the best so far.
    fn note(&mut self, slope: f64, range: f64) -> bool {
        let side = match range < self.target {
            true => &mut self.low,
            false => &mut self.high,
        };
        *side = Some((slope, range));
        let is_best = (range - self.target).abs() < (self.best.1 - self.target).abs();
        if is_best {
            self.best = (slope, range);
        }
        is_best
    }
}

/// The sound behind the curve.
fn shaped<T: Flow>(
    job: &Job,
    measured: &Measured,
    curve: Curve,
    ticker: &mut Ticker<'_, '_>,
) -> Result<Measurement> {
    let prepared = &measured.prepared;
    super::start(ticker, Stage::Measure, prepared.plan.frames);
    let channels = usize::from(prepared.layout.channels());
    let mut stage = CrestStage::<T>::new(curve, prepared.plan.rate, channels);
    let parts = super::parts(&job.settings, Detail::Needed);
    let mut measurer = Measurer::of(parts, prepared.plan.rate, prepared.layout, false);
    let (mut scratch, mut frames) = (Planes::new(), 0);
    pass::<T>(job, prepared, &measured.kept, |block| {
        frames += planes::frames(block) as u64;
        stage.process(block);
        measurer.push(&T::narrowed(block, &mut scratch));
        ticker.at(frames)
    })?;
    let mut rest: Planes<T> = vec![Vec::new(); channels];
    stage.flush(&mut rest);
    measurer.push(&T::narrowed(&rest, &mut scratch));
    Ok(measurer.finish())
}
