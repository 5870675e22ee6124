//! A trace through an output.

use super::offline::frames;
use super::replay::Replay;
use crate::audio::{self, Event, Request};
use crate::cancel::Cancel;
use crate::console::Console;
use crate::failure::Failure;
use segue_engine::ingest::{Heard, Sink, TraceError, TraceSurvey};
use segue_engine::{EngineConfig, Error, create};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;

/// How often the engine is looked after.
const TICK: Duration = Duration::from_millis(5);
/// Calls are queued so far ahead, in seconds.
const AHEAD: f64 = 0.1;
/// Seconds that are played after the last call.
const TAIL: f64 = 2.0;
/// Commands that one call may need.
const ROOM: usize = 128;

type Call = Result<Heard, TraceError>;

impl Replay {
    pub(super) fn timed(
        &self,
        trace: &TraceSurvey,
        console: &Console,
        cancel: &Cancel,
    ) -> Result<(), Failure> {
        let project = self.open(trace, console)?;
        let output = audio::open(&Request {
            device: self.device.clone(),
            rate: None,
            preferred_rate: Some(trace.header.sample_rate_hz),
            buffer: None,
        })?;
        let rate = f64::from(output.sample_rate());
        let mut config = EngineConfig::for_project(&project.project, Some(output.sample_rate()));
        config.seed = trace.header.seed;
        let (mut control, renderer, _) = create(config)?;
        crate::reload::load(&mut control, &project, console, cancel)?;
        let (sender, inbox) = channel();
        let mut playing = output.play(renderer, &sender)?;
        let start = frames(AHEAD * rate);
        let scale = rate / f64::from(trace.header.sample_rate_hz) / self.speed.unwrap_or(1.0);
        let scaled = |at: u64| start + frames(at as f64 * scale);
        let is_due = |call: &Call, until: u64| match call {
            Ok(call) => scaled(call.at) < until,
            Err(_) => true,
        };
        let mut calls = super::replay::heard(&self.trace)?.peekable();
        let end = scaled(trace.frames) + frames(TAIL * rate);
        let mut count = 0;
        while playing.frames() < end && !cancel.is_pressed() {
            match inbox.recv_timeout(TICK) {
                Ok(Event::Lost(error)) => return Err(output.failure(&error)),
                Ok(_) | Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {}
            }
            control.update()?;
            let until = playing.frames() + start;
            while control.room() >= ROOM
                && let Some(call) = calls.next_if(|call| is_due(call, until))
            {
                let Heard { at, source, effect } = call.map_err(Error::from)?;
                count += 1;
                if let Err(refusal) = control.carry_out(scaled(at), &source, &effect) {
                    console.warn(&refusal.text);
                }
            }
        }
        // Below 2^53 frames: the conversion is exact.
        let seconds = playing.stop() as f64 / rate;
        self.heard(console, output.name(), count, seconds)
    }
}
