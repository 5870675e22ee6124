//! One session of `segue play`: an engine, an output, and what ends it.

use super::Play;
use crate::audio::{self, Event, Opened, Playing, Request, Watch};
use crate::cancel::Cancel;
use crate::console::Console;
use crate::failure::Failure;
use crate::progress::Bar;
use crate::reload::{Reloader, load};
use crate::values::{clock, count, level};
use segue_engine::project::{OpenProject, open};
use segue_engine::rt::ids::BusId;
use segue_engine::rt::meters::MeterReader;
use segue_engine::rt::snapshot::EngineSnapshot;
use segue_engine::{Control, EngineConfig, LoadReport, Shared, create};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

/// How often the engine is looked after.
const TICK: Duration = Duration::from_millis(20);
/// How long clips may fade out once the session is to end.
const FADE: Duration = Duration::from_millis(50);

/// An engine that plays through an output.
pub(super) struct Session {
    control: Control,
    shared: Shared,
    meters: MeterReader,
    master: BusId,
    output: Opened,
    playing: Playing,
    events: Receiver<Event>,
    end: End,
    reloader: Reloader,
}

/// When the session ends by itself, in frames of the engine.
struct End {
    /// After `--seconds`.
    limit: Option<u64>,
    /// Where the project says it ends.
    length: Option<u64>,
    /// Where the last clip ends that does; then the voices that still sound are waited for.
    clips: u64,
    /// At the end of the clips it starts again, because there is nothing better to repeat.
    rewinds: bool,
    /// It repeats, so only `limit` counts.
    repeats: bool,
}

/// How a session went.
pub(super) struct Ended {
    pub(super) output: String,
    pub(super) sample_rate: u32,
    pub(super) seconds: f64,
    pub(super) peak_db: Option<f64>,
    pub(super) dropouts: u64,
    pub(super) missing_frames: u64,
    pub(super) is_cancelled: bool,
}

impl Session {
    /// Opens the project and the output, loads, and starts to play.
    pub(super) fn start(play: &Play, console: &Console) -> Result<Session, Failure> {
        let (sender, events) = channel();
        let stop = sender.clone();
        // Nobody listens any more when the command is ending anyway.
        let cancel = Cancel::listen(move || drop(stop.send(Event::Stop)))?;
        let project = open(&play.project)?;
        for warning in &project.warnings {
            console.warn(&warning.to_string());
        }
        let output = audio::open(&request(play, &project))?;
        let mut config = EngineConfig::for_project(&project.project, Some(output.sample_rate()));
        config.record = play.log.is_some();
        // A recording is of the files that the project means; else somebody works on them.
        config.takes_changed = !config.record && !project.is_packed();
        let (mut control, renderer, shared) = create(config)?;
        let report = load(&mut control, &project, console, &cancel)?;
        refuse_silence(&project, &report)?;
        if let Some(log) = &play.log {
            project.refuse_as_output(log)?;
            control.record_to(log, &project, &report)?;
        }
        let end = begin(&mut control, &project, &report, play)?;
        let master = control.bus(segue_engine::project::MASTER)?;
        let meters = shared.meters()?;
        let reloader = Reloader::new(&play.project, project, play.log.is_some(), &sender)?;
        let playing = output.play(renderer, &sender)?;
        Ok(Session {
            control,
            shared,
            meters,
            master,
            output,
            playing,
            events,
            end,
            reloader,
        })
    }

    /// Plays until it ends, is stopped, or the output is lost.
    pub(super) fn run(mut self, console: &Console) -> Result<Ended, Failure> {
        let line = Bar::line(console);
        console.note(&format!(
            "Playing {} through {} at {} Hz; Ctrl-C stops",
            self.reloader.project().project.name,
            self.output.name(),
            self.output.sample_rate(),
        ));
        let mut peak = 0.0_f32;
        let result = self.follow(console, &line, &mut peak);
        drop(line);
        let snapshot = self.shared.snapshot();
        let played = self.playing.frames();
        let dropouts = self.playing.dropouts();
        // The renderer is gone with the output, so the number of frames is final.
        let frames = self.playing.stop();
        self.control.finish_recording(frames)?;
        let is_cancelled = result.map_err(|failure| self.after(failure, played))?;
        Ok(Ended {
            output: self.output.name().to_owned(),
            sample_rate: self.output.sample_rate(),
            seconds: self.seconds(frames),
            peak_db: decibels(peak),
            dropouts,
            missing_frames: snapshot.voices.missing_frames + self.control.unread_frames(),
            is_cancelled,
        })
    }

    /// Looks after the engine until the session ends. True if the user stopped it.
    fn follow(&mut self, console: &Console, line: &Bar, peak: &mut f32) -> Result<bool, Failure> {
        let mut is_cancelled = false;
        let mut fading: Option<Instant> = None;
        let mut watch = Watch::new();
        loop {
            match self.events.recv_timeout(TICK) {
                Ok(Event::Lost(error)) => return Err(self.output.failure(&error)),
                Ok(Event::Stop) => is_cancelled = true,
                Ok(Event::Changed) => self.reloader.reload(&mut self.control, console),
                // This command reads no input.
                Ok(Event::Line(_) | Event::LongLine(_) | Event::InputEnd)
                | Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {}
            }
            watch.look(self.playing.frames(), &self.output)?;
            if let Err(error) = self.control.update() {
                console.warn(&error.to_string());
            }
            self.reloader.tend(&mut self.control, console);
            while self.control.next_report().is_some() {}
            let snapshot = self.shared.snapshot();
            *peak = peak.max(self.draw(&snapshot, line));
            if fading.is_none() && (is_cancelled || self.is_over(&snapshot)?) {
                self.control.stop()?;
                fading = Some(Instant::now());
            }
            if fading.is_some_and(|since| since.elapsed() >= FADE) {
                return Ok(is_cancelled);
            }
        }
    }

    /// Whether everything was heard. Starts again instead if that was asked for.
    fn is_over(&mut self, snapshot: &EngineSnapshot) -> Result<bool, Failure> {
        let end = &self.end;
        if end.limit.is_some_and(|limit| snapshot.frame >= limit) {
            return Ok(true);
        }
        if end.repeats {
            return Ok(false);
        }
        if let Some(length) = end.length {
            return Ok(snapshot.frame >= length);
        }
        let position = snapshot.transport.frames;
        let sounding = snapshot.voices.real + snapshot.voices.virtual_voices;
        let is_past = u64::try_from(position).is_ok_and(|position| position >= end.clips);
        let is_over = is_past && sounding == 0;
        if is_over && end.rewinds {
            self.control.seek(0.0)?;
            return Ok(false);
        }
        Ok(is_over)
    }

    /// Draws the status line; the largest sample since the last time.
    fn draw(&mut self, snapshot: &EngineSnapshot, line: &Bar) -> f32 {
        let levels = self.meters.read(self.master).unwrap_or_default();
        let [left, right] = levels.meter.peak;
        let transport = &snapshot.transport;
        let position = u64::try_from(transport.frames).unwrap_or(0);
        line.say(format!(
            "{:>9}  bar {}.{}  {:.1} bpm  {}{} {:>8}  {}",
            clock(self.seconds(position)),
            transport.position.bar + 1,
            transport.position.beat + 1,
            transport.bpm,
            ladder(left),
            ladder(right),
            level(decibels(left.max(right)), "dB"),
            count(snapshot.voices.real, "voice"),
        ));
        left.max(right)
    }

    fn after(&self, failure: Failure, frames: u64) -> Failure {
        let played = clock(self.seconds(frames));
        Failure {
            message: format!("{} (after {played})", failure.message),
            ..failure
        }
    }

    fn seconds(&self, frames: u64) -> f64 {
        // Below 2^53 frames: the conversion is exact.
        frames as f64 / f64::from(self.output.sample_rate())
    }
}

fn request(play: &Play, project: &OpenProject) -> Request {
    Request {
        device: play.device.clone(),
        rate: play.rate,
        preferred_rate: project.project.sample_rate,
        buffer: play.buffer,
    }
}

/// A project in which nothing would be heard.
fn refuse_silence(project: &OpenProject, report: &LoadReport) -> Result<(), Failure> {
    if report.sounds > 0 && !project.project.clips.is_empty() {
        return Ok(());
    }
    let path = project.source.display();
    let is_game = !project.project.interactive.events.is_empty();
    let hint = match is_game {
        true => "its events are played by `segue run`",
        false => "add clips to project.json, or make a project with `segue new`",
    };
    let text = format!("{path}: there is nothing on the time line to play");
    Err(Failure::new(text).hint(hint))
}

/// Runs the transport, and says when it ends.
fn begin(
    control: &mut Control,
    project: &OpenProject,
    report: &LoadReport,
    play: &Play,
) -> Result<End, Failure> {
    let project = &project.project;
    let region = project.loop_region.as_ref();
    let range = region
        .map(|region| (region.start_beats, region.end_beats))
        .or(project.length_beats.map(|end| (0.0, end)));
    let wants = play.looped || region.is_some_and(|region| region.enabled);
    let range = range.filter(|_| wants);
    if let Some((start, end)) = range {
        control.set_loop(true, start, end)?;
    }
    control.play()?;
    let rate = f64::from(control.config().sample_rate);
    Ok(End {
        limit: play.seconds.map(|seconds| frames(seconds * rate)),
        length: project.length_beats.map(|_| report.frames),
        clips: report.frames,
        rewinds: wants,
        repeats: range.is_some(),
    })
}

#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "at most a day of frames, and not negative"
)]
fn frames(frames: f64) -> u64 {
    frames.round() as u64
}

/// A peak as ten steps of 6 dB.
fn ladder(peak: f32) -> String {
    let db = decibels(peak);
    let lit = (1..=10).filter(|step| db.is_some_and(|db| db > f64::from(step - 10) * 6.0 - 6.0));
    let lit = lit.count();
    format!("[{}{}]", "#".repeat(lit), "-".repeat(10 - lit))
}

fn decibels(peak: f32) -> Option<f64> {
    (peak > 0.0).then(|| 20.0 * f64::from(peak).log10())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ladders_rise_with_the_level() {
        assert_eq!(ladder(0.0), "[----------]");
        assert_eq!(ladder(1.0), "[##########]");
        assert_eq!(ladder(0.49), "[#########-]");
        assert_eq!(ladder(1e-6), "[----------]");
    }
}
