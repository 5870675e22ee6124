//! Progress of the passes of one job.

use std::time::Instant;

use super::super::report::{Detail, Report};
use super::super::{JobProgress, Monitor, Stage};
use super::RunOptions;
use crate::error::{Error, Result};

/// Before this share is done, a guess of the time left is worth nothing.
const FIRST_GUESS: f64 = 0.02;

/// Told of what is about to be published; an error keeps it from that.
pub(crate) type Before<'a> = Option<&'a (dyn Fn(&Report) -> Result<()> + 'a)>;

/// What is to be done, in units of a pass that reads alone. It is a guess: how often a sound goes through
/// the limiter or an encoder, only its results tell.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Work {
    /// Passes that are foreseen from now on.
    pub(crate) passes: Vec<Stage>,
    /// What a pass of writing, and one of reading back, takes.
    pub(crate) write: f64,
    pub(crate) verify: f64,
    /// What a pass that measures takes.
    pub(crate) measure: f64,
    /// The result is read back.
    pub(crate) verifies: bool,
    /// The result may have to be written again.
    pub(crate) may_repeat: bool,
}

impl Work {
    /// Passes that read alone.
    pub(crate) fn of(passes: Vec<Stage>) -> Self {
        Self {
            passes,
            write: 1.0,
            verify: 1.0,
            measure: 1.0,
            verifies: false,
            may_repeat: false,
        }
    }

    fn cost(&self, stage: Stage) -> f64 {
        match stage {
            Stage::Scan => 1.0,
            Stage::Measure => self.measure,
            Stage::Write => self.write,
            Stage::Verify => self.verify,
        }
    }

    /// What comes behind a pass that was not foreseen, or is the last of those that were.
    fn least_behind(&self, stage: Stage) -> f64 {
        let verify = if self.verifies { self.verify } else { 0.0 };
        let again = match self.may_repeat {
            true => AGAIN * (self.write + verify),
            false => 0.0,
        };
        match stage {
            Stage::Scan | Stage::Measure if self.may_repeat => self.write + verify + again,
            Stage::Scan | Stage::Measure | Stage::Verify => again,
            Stage::Write => verify + again,
        }
    }

    /// Takes the next pass out; what comes behind it.
    fn begin(&mut self, stage: Stage) -> f64 {
        if let Some(at) = self.passes.iter().position(|next| *next == stage) {
            // What comes before it was left out.
            self.passes.drain(..=at);
        }
        let behind: f64 = self.passes.iter().map(|stage| self.cost(*stage)).sum();
        behind.max(self.least_behind(stage))
    }
}

/// Share of another try that is counted on while a result may have to be written again.
const AGAIN: f64 = 0.2;

/// Counts passes and frames, and asks the monitor whether to go on.
pub(crate) struct Ticker<'a, 'm> {
    monitor: &'a mut (dyn FnMut(&JobProgress) -> std::ops::ControlFlow<()> + 'm),
    started: Instant,
    stage: Stage,
    pass: u32,
    passes: u32,
    total: u64,
    done: u64,
    share: f64,
    work: Work,
    /// The share when the pass began, what the pass takes and what comes behind it.
    base: f64,
    cost: f64,
    behind: f64,
    /// What was done before the pass.
    spent: f64,
    options: RunOptions,
    before: Before<'a>,
}

impl<'a> Ticker<'a, 'a> {
    pub(crate) fn new(monitor: Monitor<'a>, options: RunOptions) -> Self {
        Self {
            monitor,
            started: Instant::now(),
            stage: Stage::Scan,
            pass: 0,
            passes: 1,
            total: 0,
            done: 0,
            share: 0.0,
            work: Work::of(Vec::new()),
            base: 0.0,
            cost: 0.0,
            behind: 0.0,
            spent: 0.0,
            options,
            before: None,
        }
    }

    /// The same, with somebody to be told before the result is published.
    pub(crate) fn telling(self, before: Before<'a>) -> Self {
        Self { before, ..self }
    }
}

impl Ticker<'_, '_> {
    /// Bytes of samples that the job may keep between two passes.
    pub(crate) fn memory(&self) -> usize {
        self.options.memory
    }

    /// What the report shall hold.
    pub(crate) fn detail(&self) -> Detail {
        self.options.detail
    }

    /// The result is complete, and will be published.
    ///
    /// # Errors
    /// That of who is told.
    pub(crate) fn before(&self, report: &Report) -> Result<()> {
        self.before.map_or(Ok(()), |before| before(report))
    }

    /// What there is to be done from now on.
    pub(crate) fn expect(&mut self, work: Work) {
        self.passes = self.pass + u32::try_from(work.passes.len()).unwrap_or(1);
        self.work = work;
    }

    /// Begins a pass over `total` frames (0: unknown).
    pub(crate) fn start(&mut self, stage: Stage, total: u64) {
        self.stage = stage;
        self.pass += 1;
        self.spent += self.cost;
        (self.base, self.cost) = (self.share, self.work.cost(stage));
        self.behind = self.work.begin(stage);
        let left = u32::try_from(self.work.passes.len()).unwrap_or(0);
        let verify = u32::from(stage == Stage::Write && self.work.verifies);
        self.passes = self.pass + left.max(verify);
        (self.total, self.done) = (total, 0);
    }

    /// `done` frames of the pass are done.
    ///
    /// # Errors
    /// [`Error::Cancelled`] if the monitor says so.
    pub(crate) fn at(&mut self, done: u64) -> Result<()> {
        self.done = self.done.max(done);
        if self.total > 0 {
            self.done = self.done.min(self.total);
            let part = self.cost * self.within() / (self.cost + self.behind);
            self.share = self.share.max(self.base + (1.0 - self.base) * part);
        }
        self.tell()
    }

    /// Everything is done but the name of the result.
    ///
    /// # Errors
    /// [`Error::Cancelled`] if the monitor says so.
    pub(crate) fn complete(&mut self) -> Result<()> {
        (self.share, self.behind, self.done) = (1.0, 0.0, self.total);
        self.tell()
    }

    /// How much of the pass is done.
    fn within(&self) -> f64 {
        match self.total {
            0 => 0.0,
            total => self.done as f64 / total as f64,
        }
    }

    /// Asks whether to go on, between two frames.
    ///
    /// # Errors
    /// [`Error::Cancelled`] if the monitor says so.
    pub(crate) fn tell(&mut self) -> Result<()> {
        let seconds = self.started.elapsed().as_secs_f64();
        let done = self.spent + self.cost * self.within();
        let left = self.cost * (1.0 - self.within()) + self.behind;
        let guess = (self.share > FIRST_GUESS && done > 0.0).then(|| seconds / done * left);
        let progress = JobProgress {
            stage: self.stage,
            pass: self.pass.max(1),
            passes: self.passes,
            done: self.done,
            total: self.total,
            share: self.share,
            eta_seconds: guess,
        };
        match (self.monitor)(&progress) {
            std::ops::ControlFlow::Continue(()) => Ok(()),
            std::ops::ControlFlow::Break(()) => Err(Error::Cancelled),
        }
    }
}
