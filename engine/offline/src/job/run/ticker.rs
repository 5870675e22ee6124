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

    /// How many passes there will be.
    pub(crate) fn expect(&mut self, passes: u32) {
        self.passes = passes.max(1);
    }

    /// Begins a pass over `total` frames (0: unknown).
    pub(crate) fn start(&mut self, stage: Stage, total: u64) {
        self.stage = stage;
        self.pass += 1;
        self.passes = self.passes.max(self.pass);
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
            let within = self.done as f64 / self.total as f64;
            let before = f64::from(self.pass.saturating_sub(1));
            self.share = self.share.max((before + within) / f64::from(self.passes));
        }
        self.tell()
    }

    /// Asks whether to go on, between two frames.
    ///
    /// # Errors
    /// [`Error::Cancelled`] if the monitor says so.
    pub(crate) fn tell(&mut self) -> Result<()> {
        let spent = self.started.elapsed().as_secs_f64();
        let guess = (self.share > FIRST_GUESS).then(|| spent / self.share * (1.0 - self.share));
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
