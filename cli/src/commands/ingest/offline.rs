//! A live game without an output.

use super::asks::Asks;
use super::run::{Heard, Run};
use super::told::{AdapterFile, Told};
use crate::cancel::Cancel;
use crate::console::Console;
use crate::failure::Failure;
use segue_engine::ingest::{LiveGame, LiveOptions};
use segue_engine::project::{OpenProject, open};
use segue_engine::render::{Driver, LiveEvent, Wish, render_live};
use segue_engine::{Control, Error};
use std::ops::ControlFlow;
use std::path::Path;

impl Run {
    pub(super) fn offline(&self, console: &Console) -> Result<(), Failure> {
        let cancel = Cancel::listen(|| ())?;
        let project = open(&self.project)?;
        self.check_outputs(&project)?;
        for warning in &project.warnings {
            console.warn(&warning.to_string());
        }
        let text = self.adapter_text()?;
        let connectors = self.connect.configs(project.project.seed.0)?;
        let names: Vec<(String, bool)> = connectors
            .iter()
            .map(segue_engine::ingest::name_of)
            .collect();
        let options = LiveOptions {
            connectors,
            adapter: text.as_deref(),
            trace: self.trace.as_deref(),
            trace_exists: self.exists.into(),
            project_hash: String::new(),
        };
        let rate = self
            .how
            .rate
            .or(project.project.sample_rate)
            .unwrap_or(48_000);
        let mut drive = Drive {
            told: Told::create(console, self.events.as_deref())?,
            adapter: self
                .adapter
                .as_deref()
                .map(AdapterFile::watch)
                .transpose()?,
            asks: self.commands.then(Asks::listen),
            console,
            cancel: &cancel,
            once: self.once,
            tail: frames(self.tail * f64::from(rate)),
            left_at: None,
        };
        let report = render_live(
            &project,
            options,
            &self.how.options(&project, self.seconds),
            self.out.as_deref(),
            &mut drive,
            &mut |_| ControlFlow::Continue(()),
        )
        .map_err(|error| self.failure(error))?;
        drive.told.flush()?;
        if drive.told.is_answer() {
            return Ok(());
        }
        let heard = Heard {
            project: &self.project,
            seconds: report.render.seconds(),
            render: Some(&report.render),
            output: None,
            summary: &report.summary,
            connectors: &names,
            coverage: serde_json::from_str(&report.coverage).unwrap_or_default(),
        };
        heard.answer(console)
    }

    /// No result takes the place of what it is made from.
    pub(super) fn check_outputs(&self, project: &OpenProject) -> Result<(), Failure> {
        let events = self.events.as_deref();
        let events = events.filter(|path| path.as_os_str() != "-");
        let outputs = [
            self.out.as_deref(),
            self.trace.as_deref(),
            self.how.log.as_deref(),
            events,
        ];
        for path in outputs.into_iter().flatten() {
            project.refuse_as_output(path)?;
            let adapter = self.adapter.as_deref();
            if adapter.is_some_and(|adapter| is_same(adapter, path)) {
                let failure = Failure::usage(format!("{}: is the adapter", path.display()));
                return Err(failure.hint("name another file for the result"));
            }
        }
        Ok(())
    }
}

/// Whether both are one file that is there.
fn is_same(one: &Path, other: &Path) -> bool {
    matches!((one.canonicalize(), other.canonicalize()), (Ok(one), Ok(other)) if one == other)
}

struct Drive<'a> {
    told: Told<'a>,
    adapter: Option<AdapterFile>,
    asks: Option<Asks>,
    console: &'a Console,
    cancel: &'a Cancel,
    once: bool,
    /// Frames that are played after the last game is gone.
    tail: u64,
    left_at: Option<u64>,
}

impl Driver for Drive<'_> {
    fn row(&mut self, control: &Control, event: LiveEvent<'_>) {
        match event {
            LiveEvent::Live(row) => self.told.live(row),
            LiveEvent::Engine(row) => self.told.engine(control, row),
        }
    }

    fn wish(&mut self, game: &LiveGame, frame: u64) -> Wish {
        // Whoever reads the rows reads them now; what fails is told at the end.
        let failed = self.told.flush().is_err();
        if failed || self.cancel.is_pressed() {
            return Wish::End;
        }
        if let Some(asks) = &self.asks {
            asks.send(game, self.console);
        }
        if self.once && game.is_left() {
            let left_at = *self.left_at.get_or_insert(frame);
            if frame >= left_at.saturating_add(self.tail) {
                return Wish::End;
            }
        } else {
            self.left_at = None;
        }
        let fresh = self.adapter.as_ref();
        let fresh = fresh.and_then(|adapter| adapter.fresh(self.console));
        fresh.map_or(Wish::GoOn, Wish::Adapter)
    }

    fn refused(&mut self, error: &Error) {
        if let Some(adapter) = &self.adapter {
            adapter.refused(self.console, error);
        }
    }

    fn lost(&mut self, error: &Error) {
        self.console.warn(&super::told::trace_lost(error));
    }
}

#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "at most a day of frames, and not negative"
)]
pub(super) fn frames(frames: f64) -> u64 {
    frames.round() as u64
}
