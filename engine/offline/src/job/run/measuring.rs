//! The measuring pass.

use super::super::planes::{self, Planes};
use super::super::settings::Precision;
use super::super::{Job, Stage};
use super::Ticker;
use super::feed::{Feed, Kept};
use super::prepare::Prepared;
use crate::decode::Warning;
use crate::error::{Error, Result};
use crate::measure::{Measurement, Measurer};
use crate::sample::Flow;

/// A loop is measured for at least this long, in seconds.
const LOOP_SECONDS: u64 = 3;

/// A job behind its measuring pass, or one that measures while it writes.
pub(crate) struct Measured {
    pub(crate) prepared: Prepared,
    measurement: Option<Measurement>,
    /// Behind the curve, if the sound goes through one.
    shaped: Option<Measurement>,
    pub(crate) kept: Kept,
    pub(crate) warnings: Vec<Warning>,
}

impl Measured {
    /// Nothing is measured yet.
    pub(crate) fn later(prepared: Prepared) -> Self {
        Self {
            prepared,
            measurement: None,
            shaped: None,
            kept: Kept::nothing(),
            warnings: Vec::new(),
        }
    }

    pub(crate) fn measurement(&self) -> Option<&Measurement> {
        self.measurement.as_ref()
    }

    pub(crate) fn set(&mut self, measurement: Measurement) {
        self.measurement = Some(measurement);
    }

    pub(crate) fn set_shaped(&mut self, measurement: Option<Measurement>) {
        self.shaped = measurement;
    }

    /// What the gain meets: the sound, behind the curve if there is one.
    pub(crate) fn before_gain(&self) -> Option<&Measurement> {
        self.shaped.as_ref().or(self.measurement.as_ref())
    }

    pub(crate) fn into_parts(self) -> Result<(Measurement, Vec<Warning>)> {
        let missing = || Error::Settings("the sound was not measured".to_owned());
        Ok((self.measurement.ok_or_else(missing)?, self.warnings))
    }

    /// Blocks and tags are read again when they are needed.
    pub(crate) fn forget(&mut self) {
        self.kept = Kept::nothing();
        self.prepared.forget_tags();
    }
}

/// Runs the chain once and measures what comes out.
pub(crate) fn measured(
    job: &Job,
    prepared: Prepared,
    history: bool,
    ticker: &mut Ticker<'_, '_>,
) -> Result<Measured> {
    match job.settings.precision {
        Precision::Single => measured_as::<f32>(job, prepared, history, ticker),
        Precision::Best => measured_as::<f64>(job, prepared, history, ticker),
    }
}

fn measured_as<T: Flow>(
    job: &Job,
    prepared: Prepared,
    history: bool,
    ticker: &mut Ticker<'_, '_>,
) -> Result<Measured> {
    super::start(ticker, Stage::Measure, prepared.plan.frames);
    let mut scratch = Planes::new();
    let mut measurer = Measurer::of(
        super::parts(&job.settings, ticker.detail()),
        prepared.plan.rate,
        prepared.layout,
        history,
    );
    let is_loop = job.settings.normalise.is_some_and(|n| n.is_loop);
    if is_loop {
        pass::<T>(job, &prepared, &Kept::nothing(), |block| {
            measurer.pre_roll(&T::narrowed(block, &mut scratch));
            ticker.tell()
        })?;
    }
    let (mut kept, mut frames) = (Kept::at_most(prepared.room(ticker.memory())), 0);
    let warnings = pass::<T>(job, &prepared, &Kept::nothing(), |block| {
        measurer.push(&T::narrowed(block, &mut scratch));
        kept.add(block);
        frames += planes::frames(block) as u64;
        ticker.at(frames)
    })?;
    let mut heard = frames;
    while is_loop && frames > 0 && heard < LOOP_SECONDS * u64::from(prepared.plan.rate) {
        pass::<T>(job, &prepared, &kept, |block| {
            measurer.push_round(&T::narrowed(block, &mut scratch));
            ticker.tell()
        })?;
        heard += frames;
    }
    let mut prepared = prepared;
    prepared.plan.frames = Some(frames);
    let measurement = Some(measurer.finish());
    Ok(Measured {
        prepared,
        measurement,
        shaped: None,
        kept,
        warnings,
    })
}

/// Hands every block of the sound to `each`.
pub(crate) fn pass<T: Flow>(
    job: &Job,
    prepared: &Prepared,
    kept: &Kept,
    mut each: impl FnMut(&mut Planes<T>) -> Result<()>,
) -> Result<Vec<Warning>> {
    let mut feed = Feed::open(job, prepared, kept)?;
    let mut block: Planes<T> = vec![Vec::new(); usize::from(prepared.layout.channels())];
    while feed.next(&mut block)? {
        each(&mut block)?;
    }
    Ok(feed.warnings().to_vec())
}
