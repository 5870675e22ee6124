//! A live game through an output.

use super::asks::Asks;
use super::offline::frames;
use super::run::{Heard, Run};
use super::told::{AdapterFile, Told};
use crate::audio::{self, Event, Opened, Playing, Request};
use crate::cancel::Cancel;
use crate::console::Console;
use crate::failure::Failure;
use crate::reload::Reloader;
use segue_engine::ingest::{LiveGame, LiveOptions, coverage_value, project_hash};
use segue_engine::project::{OpenProject, open};
use segue_engine::{Control, EngineConfig, create};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, TryRecvError, channel};
use std::time::Duration;

/// How often the game is looked after.
const TICK: Duration = Duration::from_millis(4);
/// Stages are queued so many ticks ahead of the output.
const TICKS_AHEAD: u32 = 3;
/// How long what plays may fade out at the end, in seconds.
const FADE: f64 = 0.05;

struct Session<'a> {
    run: &'a Run,
    console: &'a Console,
    control: Control,
    playing: Playing,
    output: Opened,
    game: LiveGame,
    told: Told<'a>,
    adapter: Option<AdapterFile>,
    asks: Option<Asks>,
    reloader: Reloader,
    inbox: Receiver<Event>,
    left_at: Option<u64>,
    /// The frame at which everything began to fade out.
    faded_at: Option<u64>,
}

impl Run {
    pub(super) fn live(&self, console: &Console) -> Result<(), Failure> {
        let (sender, inbox) = channel();
        let stop = sender.clone();
        // Nobody listens any more when the command is ending anyway.
        let cancel = Cancel::listen(move || drop(stop.send(Event::Stop)))?;
        let project = open(&self.project)?;
        for warning in &project.warnings {
            console.warn(&warning.to_string());
        }
        self.check_outputs(&project)?;
        let mut session = self.start(console, &cancel, project, inbox, &sender)?;
        let is_stopped = session.follow()?;
        session.finish()?;
        match is_stopped {
            true => Err(Failure::stopped()),
            false => Ok(()),
        }
    }

    fn start<'a>(
        &'a self,
        console: &'a Console,
        cancel: &Cancel,
        project: OpenProject,
        inbox: Receiver<Event>,
        sender: &Sender<Event>,
    ) -> Result<Session<'a>, Failure> {
        let adapter = self.adapter_text()?;
        let mut connectors = self.connect.configs(project.project.seed.0)?;
        let output = audio::open(&Request {
            device: self.device.clone(),
            rate: self.how.rate,
            preferred_rate: project.project.sample_rate,
            buffer: self.buffer,
        })?;
        let mut config = EngineConfig::for_project(&project.project, Some(output.sample_rate()));
        config.seed = self.how.seed.unwrap_or(config.seed);
        config.record = self.how.log.is_some();
        // A recording is of the files that the project means; else somebody works on them.
        config.takes_changed = !config.record && !project.is_packed();
        let (mut control, renderer, _) = create(config)?;
        let report = crate::reload::load(&mut control, &project, console, cancel)?;
        if let Some(log) = &self.how.log {
            control.record_to(log, &project, &report)?;
        }
        let hash = project_hash(&project)?;
        for connector in &mut connectors {
            connector.hello.project_hash.clone_from(&hash);
        }
        let options = LiveOptions {
            connectors,
            adapter: adapter.as_deref(),
            trace: self.trace.as_deref(),
            trace_exists: self.exists.into(),
            project_hash: hash,
        };
        let game = LiveGame::start(options, Some(&mut control));
        let game = game.map_err(|error| self.failure(error))?;
        control.listen(self.events.is_some());
        let reloader = Reloader::new(&self.project, project, self.how.log.is_some(), sender)?;
        let playing = output.play(renderer, sender)?;
        console.note(&format!(
            "Playing through {} at {} Hz; Ctrl-C stops",
            output.name(),
            output.sample_rate(),
        ));
        Ok(Session {
            run: self,
            console,
            control,
            playing,
            output,
            game,
            told: Told::create(console, self.events.as_deref())?,
            adapter: self
                .adapter
                .as_deref()
                .map(AdapterFile::watch)
                .transpose()?,
            asks: self.commands.then(Asks::listen),
            reloader,
            inbox,
            left_at: None,
            faded_at: None,
        })
    }
}

impl Session<'_> {
    /// Plays until the user, the length or the last game ends it. True for the user.
    fn follow(&mut self) -> Result<bool, Failure> {
        let rate = f64::from(self.output.sample_rate());
        let limit = self.run.seconds.map(|seconds| frames(seconds * rate));
        loop {
            self.game.wait(TICK);
            match self.inbox.try_recv() {
                Ok(Event::Stop) => return self.fade().map(|()| true),
                Ok(Event::Lost(error)) => return Err(self.output.failure(&error)),
                Ok(Event::Changed) => self.reloader.reload(&mut self.control, self.console),
                Ok(Event::Line(_) | Event::LongLine(_) | Event::InputEnd)
                | Err(TryRecvError::Empty | TryRecvError::Disconnected) => {}
            }
            self.look_after()?;
            let frame = self.playing.frames();
            let is_over = limit.is_some_and(|limit| frame >= limit) || self.is_left(frame, rate);
            if is_over {
                return self.fade().map(|()| false);
            }
        }
    }

    fn is_left(&mut self, frame: u64, rate: f64) -> bool {
        if !self.run.once || !self.game.is_left() {
            self.left_at = None;
            return false;
        }
        let left_at = *self.left_at.get_or_insert(frame);
        frame >= left_at.saturating_add(frames(self.run.tail * rate))
    }

    fn look_after(&mut self) -> Result<(), Failure> {
        self.update();
        self.reloader.tend(&mut self.control, self.console);
        let fresh = self.adapter.as_ref().and_then(|it| it.fresh(self.console));
        if let (Some(text), Some(adapter)) = (fresh, &self.adapter)
            && let Err(error) = self.game.set_adapter(&text)
        {
            adapter.refused(self.console, &error);
        }
        if let Some(asks) = &self.asks {
            asks.send(&self.game, self.console);
        }
        self.pump();
        self.tell()
    }

    fn update(&mut self) {
        if let Err(error) = self.control.update() {
            self.console.warn(&error.to_string());
        }
        while self.control.next_report().is_some() {}
    }

    fn tell(&mut self) -> Result<(), Failure> {
        while let Some(row) = self.game.next_row() {
            self.told.live(&row);
        }
        while let Some(row) = self.control.next_row() {
            self.told.engine(&self.control, &row);
        }
        self.told.flush()
    }

    fn pump(&mut self) {
        let block = u32::try_from(self.playing.block()).unwrap_or(u32::MAX);
        let tick = frames(TICK.as_secs_f64() * f64::from(self.output.sample_rate()));
        let ahead = TICKS_AHEAD.saturating_mul(u32::try_from(tick).unwrap_or(u32::MAX));
        let ahead = ahead.saturating_add(block);
        // The block that is being rendered is too late.
        let next = self.playing.frames() + u64::from(block);
        if let Err(error) = self.game.pump(&mut self.control, next, ahead) {
            self.console.warn(&super::told::trace_lost(&error));
        }
    }

    /// Lets everything fade out. The trace ends before, as no game asked for that.
    fn fade(&mut self) -> Result<(), Failure> {
        self.faded_at = Some(self.playing.frames());
        let stop = segue_engine::game::Call::StopAll {
            object: String::new(),
            fade: FADE / 2.0,
        };
        self.control.call(&stop, segue_engine::NOW)?;
        self.control.stop()?;
        let end = self.playing.frames() + frames(FADE * f64::from(self.output.sample_rate()));
        while self.playing.frames() < end {
            match self.inbox.recv_timeout(TICK) {
                Ok(Event::Lost(error)) => return Err(self.output.failure(&error)),
                Ok(Event::Stop) | Err(RecvTimeoutError::Disconnected) => break,
                _ => {}
            }
        }
        Ok(())
    }

    fn finish(mut self) -> Result<(), Failure> {
        let frames = self.playing.stop();
        self.update();
        self.tell()?;
        self.control.finish_recording(frames)?;
        let coverage = coverage_value(self.game.coverage(), &self.control.bound_stages());
        let connectors = self.game.connectors().to_vec();
        let summary = self.game.finish(self.faded_at.unwrap_or(frames))?;
        if self.told.is_answer() {
            return Ok(());
        }
        // Below 2^53 frames: the conversion is exact.
        let seconds = frames as f64 / f64::from(self.output.sample_rate());
        let heard = Heard {
            project: &self.run.project,
            seconds,
            render: None,
            output: Some(self.output.name()),
            summary: &summary,
            connectors: &connectors,
            coverage,
        };
        heard.answer(self.console)
    }
}
