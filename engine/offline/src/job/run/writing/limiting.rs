//! The limiter behind the gain.

use segue_dsp::denormals::FlushGuard;
use segue_dsp::limiter::Limiter;
use segue_dsp::processor::{Processor, Setup};

use super::super::super::gain::{self, Decision};
use super::super::super::planes::{self, Planes};
use super::super::super::report::{Detail, Rule};
use super::super::super::settings::{LoudnessMode, Normalise, Precision};
use super::super::super::{Job, Stage};
use super::super::Ticker;
use super::super::measuring::{Measured, pass};
use super::OutputStage;
use crate::error::Result;
use crate::measure::Measurement;
use crate::sample::Flow;

/// Frames between two looks at the gain reduction; the limiter reports on its last 64.
const LOOK: usize = 64;
/// Rounds of correction at most, and how close to the target the level ends them, LU.
const ROUNDS: u32 = 8;
const CLOSE_ENOUGH: f64 = 0.02;
/// A target that is missed by more was not reached, LU.
const REACHED: f64 = 0.1;
/// Most gain that is taken for a dB of missing level.
const MOST_STEEPNESS: f64 = 10.0;

/// A limiter whose latency is removed. The gains are computed in f32 and multiply samples of the
/// job's kind.
pub(super) struct LimiterStage<T> {
    limiter: Limiter,
    at: u64,
    skip: usize,
    lowest_db: f64,
    /// The last frames of the input, as many as the latency has.
    waiting: Planes<T>,
    scratch: Planes,
    gains: Planes,
}

impl<T: Flow> LimiterStage<T> {
    pub(super) fn new(ceiling: f64, rate: u32, channels: usize) -> Result<Self> {
        let setup = Setup::new(f64::from(rate), channels)?;
        #[allow(clippy::cast_possible_truncation, reason = "a parameter is an f32")]
        let limiter = Limiter::new(setup, &[(Limiter::CEILING, ceiling as f32)])?;
        let latency = limiter.latency() as usize;
        Ok(Self {
            limiter,
            at: 0,
            skip: latency,
            lowest_db: 0.0,
            waiting: vec![vec![T::default(); latency]; channels],
            scratch: Vec::new(),
            gains: vec![vec![0.0; LOOK]; channels],
        })
    }

    pub(super) fn process(&mut self, block: &mut Planes<T>) {
        let _flush = FlushGuard::new();
        let frames = planes::frames(block);
        planes::convert(block, &mut self.scratch);
        for (waiting, plane) in self.waiting.iter_mut().zip(block.iter_mut()) {
            // The block becomes the input of a latency ago.
            waiting.extend_from_slice(plane);
            plane.copy_from_slice(&waiting[..frames]);
            waiting.drain(..frames);
        }
        for start in (0..frames).step_by(LOOK) {
            let end = frames.min(start + LOOK);
            let mut io: Vec<&mut [f32]> = self
                .scratch
                .iter_mut()
                .map(|plane| &mut plane[start..end])
                .collect();
            let mut gains: Vec<&mut [f32]> = self
                .gains
                .iter_mut()
                .map(|plane| &mut plane[..end - start])
                .collect();
            self.limiter
                .process_with_gains(self.at, &mut io, &mut gains);
            for (plane, gains) in block.iter_mut().zip(&self.gains) {
                let samples = plane[start..end].iter_mut().zip(gains);
                samples.for_each(|(x, gain)| *x = *x * T::from_f32(*gain));
            }
            self.at += (end - start) as u64;
            self.lowest_db = self.lowest_db.min(f64::from(self.limiter.reading()));
        }
        let drop = self.skip.min(frames);
        self.skip -= drop;
        block.iter_mut().for_each(|plane| {
            plane.drain(..drop);
        });
    }

    /// Replaces `block` by what is still inside.
    pub(super) fn flush(&mut self, block: &mut Planes<T>) {
        let latency = self.limiter.latency() as usize;
        block
            .iter_mut()
            .for_each(|plane| *plane = vec![T::default(); latency]);
        self.process(block);
    }

    /// Largest gain reduction so far, 0 or more.
    pub(super) fn reduction_db(&self) -> f64 {
        -self.lowest_db
    }
}

/// What is behind the limiter with a gain.
pub(super) struct Limited {
    gain_db: f64,
    limit: Option<f64>,
    pub(super) measurement: Measurement,
}

/// Makes `known` what is behind the limiter with this decision, if it is not that already.
pub(super) fn look(
    job: &Job,
    measured: &Measured,
    decision: &Decision,
    known: &mut Option<Limited>,
    ticker: &mut Ticker<'_, '_>,
) -> Result<()> {
    let is_same =
        |known: &Limited| known.gain_db == decision.gain_db && known.limit == decision.limit;
    if known.as_ref().is_some_and(is_same) {
        return Ok(());
    }
    let measurement = match job.settings.precision {
        Precision::Single => limited::<f32>(job, measured, decision, ticker)?,
        Precision::Best => limited::<f64>(job, measured, decision, ticker)?,
    };
    *known = measurement.map(|measurement| Limited {
        gain_db: decision.gain_db,
        limit: decision.limit,
        measurement,
    });
    Ok(())
}

/// Makes up for what the limiter takes from the level, as far as it may work. The last look behind
/// the limiter comes with the decision.
pub(super) fn tune(
    job: &Job,
    measured: &Measured,
    decision: Decision,
    normalise: &Normalise,
    ceiling: f64,
    ticker: &mut Ticker<'_, '_>,
) -> Result<(Decision, Option<Limited>)> {
    let peak = measured.measurement().map_or(0.0, |m| m.true_peak);
    let hardest = ceiling - peak + normalise.max_limiting;
    let most = hardest.min(gain::MOST);
    let (mut decision, mut known) = (decision, None);
    if decision.gain_db >= most || normalise.mode == LoudnessMode::Keep {
        return Ok((decision, known));
    }
    let mut search = Search::new(decision.gain_db, most);
    for _ in 0..ROUNDS {
        look(job, measured, &decision, &mut known, ticker)?;
        let Some(result) = &known else {
            break;
        };
        let missing = normalise.target - gain::level(normalise.mode, &result.measurement).0;
        if !missing.is_finite() || missing.abs() < CLOSE_ENOUGH {
            return Ok((decision, known));
        }
        let Some(gain_db) = search.next(decision.gain_db, missing) else {
            if missing > REACHED {
                decision.rule = if hardest > most {
                    Rule::Range
                } else {
                    Rule::Limiting
                };
            }
            return Ok((decision, known));
        };
        decision.gain_db = gain_db;
    }
    decision.gain_db = search.best;
    if search.missing.abs() > REACHED {
        decision.rule = Rule::Unreached;
    }
    Ok((decision, known))
}

/// The sound behind the limiter.
fn limited<T: Flow>(
    job: &Job,
    measured: &Measured,
    decision: &Decision,
    ticker: &mut Ticker<'_, '_>,
) -> Result<Option<Measurement>> {
    let prepared = &measured.prepared;
    super::super::start(ticker, Stage::Measure, prepared.plan.frames);
    let parts = super::super::parts(&job.settings, Detail::Needed);
    let mut stage = OutputStage::<T>::new(prepared, decision, parts)?;
    let mut frames = 0;
    pass::<T>(job, prepared, &measured.kept, |block| {
        frames += planes::frames(block) as u64;
        stage.process(block);
        ticker.at(frames)
    })?;
    let mut rest: Planes<T> = vec![Vec::new(); usize::from(prepared.layout.channels())];
    stage.finish(&mut rest);
    Ok(stage.into_result().0)
}

/// Looks for the gain with which nothing is missing: more gain brings more level, though less and
/// less of it the harder the limiter works.
struct Search {
    /// The tries, gain and what was missing, that are next to the target from either side.
    low: Option<(f64, f64)>,
    high: Option<(f64, f64)>,
    most: f64,
    /// The gain with the least missing, and what is missing there.
    best: f64,
    missing: f64,
}

impl Search {
    fn new(gain_db: f64, most: f64) -> Self {
        Self {
            low: None,
            high: None,
            most,
            best: gain_db,
            missing: f64::INFINITY,
        }
    }

    /// The next gain to try; `None` if the limiter may not work as hard as would be needed.
    fn next(&mut self, gain_db: f64, missing: f64) -> Option<f64> {
        if missing.abs() < self.missing.abs() {
            (self.best, self.missing) = (gain_db, missing);
        }
        if missing > 0.0 && gain_db >= self.most {
            return None;
        }
        let here = (gain_db, missing);
        let side = if missing > 0.0 {
            &mut self.low
        } else {
            &mut self.high
        };
        let before = side.replace(here);
        let next = match (self.low, self.high) {
            (Some(low), Some(high)) => between(low, high),
            _ => gain_db + missing * before.map_or(1.0, |before| steepness(here, before)),
        };
        Some(next.min(self.most).max(-gain::MOST))
    }
}

/// Gain for a dB of level, by two tries.
fn steepness(a: (f64, f64), b: (f64, f64)) -> f64 {
    let (gain, level) = (a.0 - b.0, b.1 - a.1);
    if level.abs() < 1e-6 {
        MOST_STEEPNESS
    } else {
        (gain / level).clamp(1.0, MOST_STEEPNESS)
    }
}

/// Where the line between the two has nothing missing, a tenth off either end at least.
fn between(low: (f64, f64), high: (f64, f64)) -> f64 {
    let share = low.1 / (low.1 - high.1);
    low.0 + (high.0 - low.0) * share.clamp(0.1, 0.9)
}
