//! Lines from standard input, heard at once.

use super::Run;
use super::events::Events;
use super::load;
use crate::audio::{self, Event, Opened, Playing, Request};
use crate::cancel::Cancel;
use crate::console::Console;
use crate::failure::Failure;
use crate::progress::Bar;
use crate::reload::Reloader;
use crate::values::clock;
use segue_engine::game::RowOrder;
use segue_engine::project::{OpenProject, open};
use segue_engine::scene::Live;
use segue_engine::{Control, EngineConfig, Shared, create};
use serde_json::json;
use std::io::BufRead;
use std::path::Path;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::Duration;

/// How often the engine is looked after while no line comes.
const TICK: Duration = Duration::from_millis(10);
/// How long what plays may fade out at the end, in seconds.
const FADE: f64 = 0.05;
/// Bytes of a line at most.
const LINE_BYTES: usize = 1 << 16;
/// Characters of a longer one that are shown.
const SHOWN: usize = 40;

/// A game that plays through an output.
struct Session {
    control: Control,
    shared: Shared,
    playing: Playing,
    output: Opened,
    live: Live,
    reloader: Reloader,
    inbox: Receiver<Event>,
    rows: Option<Events>,
    order: RowOrder,
    limit: Option<u64>,
    /// The frame from which the next rows of load are due, where they are wanted.
    load_at: Option<u64>,
    /// Standard input has ended: what sounds is waited for.
    ended: bool,
    lines: usize,
}

impl Run {
    pub(super) fn play_live(&self, console: &Console) -> Result<(), Failure> {
        let (sender, inbox) = channel();
        let stop = sender.clone();
        // Nobody listens any more when the command is ending anyway.
        let cancel = Cancel::listen(move || drop(stop.send(Event::Stop)))?;
        let project = open(&self.project)?;
        for warning in &project.warnings {
            console.warn(&warning.to_string());
        }
        let mut session = self.start(console, &cancel, project, inbox, &sender)?;
        read_lines(sender);
        console.note(&format!(
            "Playing through {} at {} Hz; type calls, Ctrl-C stops",
            session.output.name(),
            session.output.sample_rate(),
        ));
        let is_cancelled = session.follow(console)?;
        session.finish(console, self)?;
        if is_cancelled {
            Err(Failure::stopped())
        } else {
            Ok(())
        }
    }

    fn start(
        &self,
        console: &Console,
        cancel: &Cancel,
        project: OpenProject,
        inbox: Receiver<Event>,
        sender: &Sender<Event>,
    ) -> Result<Session, Failure> {
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
        let (mut control, renderer, shared) = create(config)?;
        let report = crate::reload::load(&mut control, &project, console, cancel)?;
        if let Some(log) = &self.how.log {
            project.refuse_as_output(log)?;
            control.record_to(log, &project, &report)?;
        }
        let to = self.events.as_deref().unwrap_or(Path::new("-"));
        let wants = self.events.is_some() || !self.output.quiet;
        let rows = wants.then(|| Events::create(to)).transpose()?;
        control.listen(rows.is_some());
        control.set_profiling(self.load);
        let live = Live::new(&project.project, &control)?;
        let reloader = Reloader::new(&self.project, project, self.how.log.is_some(), sender)?;
        let order = RowOrder::new(output.sample_rate());
        let playing = output.play(renderer, sender)?;
        let rate = f64::from(output.sample_rate());
        Ok(Session {
            limit: self.seconds.map(|seconds| frames(seconds * rate)),
            load_at: self.load.then(|| output.sample_rate().into()),
            control,
            shared,
            playing,
            output,
            live,
            reloader,
            inbox,
            rows,
            order,
            ended: false,
            lines: 0,
        })
    }
}

impl Session {
    /// Carries out lines until the input and the sounds have ended. True if the user stopped it.
    fn follow(&mut self, console: &Console) -> Result<bool, Failure> {
        let bar = Bar::line(console);
        loop {
            let heard = self.inbox.recv_timeout(TICK);
            let is_over = match heard {
                Ok(Event::Lost(error)) => return Err(self.output.failure(&error)),
                Ok(Event::Stop) => return self.fade().map(|()| true),
                Ok(Event::Line(text)) => self.line(&text, console),
                Ok(Event::LongLine(start)) => {
                    console.warn(&format!(
                        "the line that begins with {start:?} was refused: a line has at most \
                         {LINE_BYTES} bytes"
                    ));
                    false
                }
                Ok(Event::InputEnd) => {
                    self.ended = true;
                    false
                }
                Ok(Event::Changed) => {
                    self.reloader.reload(&mut self.control, console);
                    false
                }
                Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => self.is_over(),
            };
            self.look_after(console)?;
            let snapshot = self.shared.snapshot();
            bar.say(format!(
                "{:>9}  {} voices",
                clock(self.seconds(snapshot.frame)),
                snapshot.voices.real
            ));
            if is_over || self.limit.is_some_and(|limit| snapshot.frame >= limit) {
                return self.fade().map(|()| false);
            }
        }
    }

    /// Carries out a line; a wrong one is said and changes nothing. True for `end`.
    fn line(&mut self, text: &str, console: &Console) -> bool {
        let now = self.shared.snapshot().frame;
        match self.live.line(&mut self.control, text, now) {
            Ok(is_end) => {
                self.lines += 1;
                is_end
            }
            Err(error) => {
                console.warn(&error.to_string());
                false
            }
        }
    }

    /// Whether the input has ended and nothing sounds any more.
    fn is_over(&self) -> bool {
        let snapshot = self.shared.snapshot();
        let sounding = snapshot.voices.real + snapshot.voices.virtual_voices;
        self.ended && sounding == 0 && snapshot.frame > self.live.last()
    }

    fn look_after(&mut self, console: &Console) -> Result<(), Failure> {
        // As of now everything up to here was told.
        let now = self.shared.snapshot().frame;
        if let Err(error) = self.control.update() {
            console.warn(&error.to_string());
        }
        self.reloader.tend(&mut self.control, console);
        while self.control.next_report().is_some() {}
        self.tell(now)
    }

    /// Writes what happened up to the frame `now`, in its order.
    fn tell(&mut self, now: u64) -> Result<(), Failure> {
        while let Some(row) = self.control.next_row() {
            self.order.put(row);
        }
        while let Some(row) = self.order.next(now) {
            if let Some(rows) = &mut self.rows {
                rows.row(&self.control, &row);
            }
        }
        self.tell_load(now);
        self.rows.as_mut().map_or(Ok(()), Events::flush)
    }

    /// Once a second of the engine's clock.
    fn tell_load(&mut self, now: u64) {
        let second = u64::from(self.output.sample_rate());
        let (Some(at), Some(rows)) = (&mut self.load_at, &mut self.rows) else {
            return;
        };
        // The end of everything has no load of its own.
        if now < *at || now == u64::MAX {
            return;
        }
        *at = (now / second + 1) * second;
        for row in load::rows(&mut self.control, now) {
            rows.value(&row);
        }
    }

    /// Lets everything fade out.
    fn fade(&mut self) -> Result<(), Failure> {
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
                Ok(Event::Stop) => break,
                _ => {}
            }
        }
        Ok(())
    }

    fn finish(mut self, console: &Console, run: &Run) -> Result<(), Failure> {
        let frames = self.playing.stop();
        self.look_after(console)?;
        self.tell(u64::MAX)?;
        self.control.finish_recording(frames)?;
        if run.events.is_none() && self.rows.is_some() {
            return Ok(());
        }
        let seconds = self.seconds(frames);
        console.answer(
            || format!("played {} through {}", clock(seconds), self.output.name()),
            || {
                json!({
                    "project": run.project.display().to_string(),
                    "output": self.output.name(),
                    "sample_rate": self.output.sample_rate(),
                    "seconds": seconds,
                    "lines": self.lines,
                    "dropouts": self.playing.dropouts(),
                })
            },
        )
    }

    fn seconds(&self, frames: u64) -> f64 {
        // Below 2^53 frames: the conversion is exact.
        frames as f64 / f64::from(self.output.sample_rate())
    }
}

/// Reads standard input on a thread of its own, which the end of the program ends.
fn read_lines(sender: Sender<Event>) {
    let read = move || {
        let mut input = std::io::stdin().lock();
        loop {
            let event = next_line(&mut input);
            let is_end = matches!(event, Event::InputEnd);
            if sender.send(event).is_err() || is_end {
                return;
            }
        }
    };
    let thread = std::thread::Builder::new().name("segue-input".to_owned());
    // Without a thread there is no input, as if it had ended.
    drop(thread.spawn(read));
}

/// The next line; one that is too long is read to its end and thrown away.
fn next_line(input: &mut impl BufRead) -> Event {
    let mut bytes = Vec::new();
    let mut piece = std::io::Read::take(&mut *input, LINE_BYTES as u64 + 1);
    let got = piece.read_until(b'\n', &mut bytes).unwrap_or(0);
    let text = String::from_utf8_lossy(&bytes);
    if got == 0 {
        return Event::InputEnd;
    }
    if got <= LINE_BYTES || bytes.ends_with(b"\n") {
        return Event::Line(text.trim_end().to_owned());
    }
    // An input that breaks off ends the line too.
    _ = input.skip_until(b'\n');
    Event::LongLine(text.chars().take(SHOWN).collect())
}

#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "at most a day of frames, and not negative"
)]
fn frames(frames: f64) -> u64 {
    frames.round() as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_that_is_too_long_is_refused_once() {
        let long = "x".repeat(3 * LINE_BYTES);
        let text = format!("spin\n{long}\n{}\nlevel 1", &long[..LINE_BYTES]);
        let mut input = text.as_bytes();
        let mut told = Vec::new();
        loop {
            told.push(match next_line(&mut input) {
                Event::Line(line) => line.len().to_string(),
                Event::LongLine(start) => start,
                _ => break,
            });
        }
        let expected = [
            "4".to_owned(),
            "x".repeat(SHOWN),
            LINE_BYTES.to_string(),
            "7".to_owned(),
        ];
        assert_eq!(told, expected);
    }
}
