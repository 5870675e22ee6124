//! Clips: recorded stages at a place of the timeline.

use super::super::super::check::Checker;
use super::trace::{Event, check_order, event_of};
use crate::json::path::Path;
use segue_middleware::stage::StageEvent;

object! {
    /// Recorded stages at a place of the timeline: the transport plays them, each at its sample.
    pub struct StageClip {
        /// What it is called.
        name: String = String::new() => needed,
        /// Where it begins, in quarter notes; 0 to 1000000.
        at_beats: f64 = 0.0,
        /// So much of its beginning is left out, in milliseconds.
        from_ms: f64 = 0.0,
        /// It ends so many milliseconds after its beginning; absent: with its last stage.
        length_ms: Option<f64> = None,
        /// Its stages in the order of their times.
        events: Vec<Event> = Vec::new(),
    }
    checked by check_clip
}

/// Quarter notes of a timeline.
const BEATS_MAX: f64 = 1_000_000.0;
/// Milliseconds of a day.
const DAY_MS: f64 = 86_400_000.0;

fn check_clip(clip: &StageClip, at: Path<'_>, c: &mut Checker) {
    c.range(at.key("at_beats"), clip.at_beats, 0.0..=BEATS_MAX);
    c.range(at.key("from_ms"), clip.from_ms, 0.0..=DAY_MS);
    if let Some(length) = clip.length_ms {
        c.range(at.key("length_ms"), length, 1.0..=DAY_MS);
    }
    check_order(&clip.events, at, c);
    if clip.stages().is_empty() {
        c.problem(at.key("events"), || {
            format!(
                "no stage of the clip {:?} is played: from_ms and length_ms leave all of them out; \
                 move them, or remove the clip",
                clip.name
            )
        });
    }
}

impl StageClip {
    /// Stages at a place in quarter notes; their times count from the first. `[thread-safe]`
    pub fn new(name: impl Into<String>, at_beats: f64, stages: &[StageEvent]) -> StageClip {
        StageClip {
            name: name.into(),
            at_beats,
            events: stages.iter().map(event_of).collect(),
            ..StageClip::default()
        }
    }

    /// The stages that are played, each with its time in milliseconds after the clip's beginning.
    /// `[thread-safe]`
    pub fn stages(&self) -> Vec<(f64, StageEvent)> {
        let length = self.length_ms.unwrap_or(f64::INFINITY);
        let lower = |event: &Event| event.clone().lower();
        let stages = self.events.iter().filter_map(lower);
        let timed = stages.map(|event| (event.timestamp_ms - self.from_ms, event));
        timed.filter(|(ms, _)| (0.0..length).contains(ms)).collect()
    }

    /// Where it ends, in milliseconds after its beginning. `[thread-safe]`
    pub fn end_ms(&self) -> f64 {
        let last = self.events.last().map_or(0.0, |event| event.timestamp_ms);
        self.length_ms.unwrap_or((last - self.from_ms).max(0.0))
    }
}
