//! Traces: stages at their times.

use super::super::super::check::Checker;
use super::super::entries::Entries;
use super::super::json::{Faults, Json};
use crate::json::path::Path;
use segue_middleware::stage::{self, FeatureType, GridPlace, Stage, WinLine};
use serde_json::Value;

object! {
    /// A trace.
    pub(super) struct Trace {
        /// What it is called.
        trace_id: String = String::new(),
        /// Of which game.
        game_id: String = String::new(),
        /// Of which session.
        session: Option<String> = None,
        /// Of which spin.
        spin: Option<u64> = None,
        /// When it was recorded.
        recorded_at: String = String::new(),
        /// The timing profile that gave the times.
        timing_profile: Option<String> = None,
        /// The adapter that made stages of messages.
        adapter_id: Option<String> = None,
        /// For people and tools.
        metadata: Entries<String> = Entries::default(),
        /// In the order of their times.
        events: Vec<Event> = Vec::new(),
    }
    checked by check_times
}

object! {
    /// A stage at its time.
    pub struct Event {
        /// What happens.
        stage: Happens = Happens(None),
        /// When it is seen.
        timestamp_ms: f64 = 0.0,
        /// Of all that it posts, in decibels.
        gain_db: f64 = 0.0,
        /// What is known around it.
        payload: Payload = Payload::default(),
        /// What the game called it.
        source_event: Option<String> = None,
        /// For tools.
        tags: Vec<String> = Vec::new(),
    }
}

object! {
    /// What is known around a stage.
    pub struct Payload {
        /// Win of the spin so far.
        win: Option<i64> = None,
        /// Total bet of the spin.
        bet: Option<i64> = None,
        /// Win over bet.
        ratio: Option<f64> = None,
        /// What the lines pay.
        win_lines: Vec<Line> = Vec::new(),
        /// The symbol it is about.
        symbol: Option<String> = None,
        /// Symbols in view.
        grid: Vec<Vec<u16>> = Vec::new(),
        /// The feature that is on.
        feature: Option<FeatureType> = None,
        /// Spins that remain of it.
        spins_remaining: Option<u32> = None,
        /// The multiplier that holds.
        multiplier: Option<f64> = None,
    }
}

object! {
    /// A line that pays.
    pub struct Line {
        /// Its number.
        line: u16 = 0,
        /// What it pays.
        amount: i64 = 0,
        /// Reel and row of its symbols.
        places: Vec<[u8; 2]> = Vec::new(),
    }
}

/// A stage that has to be there.
#[derive(Clone, Debug, PartialEq)]
pub struct Happens(Option<Stage>);

impl Json for Happens {
    fn read(value: Value, at: Path<'_>, faults: &mut Faults) -> Self {
        Self(Some(Stage::read(value, at, faults)))
    }

    fn write(&self) -> Value {
        self.0.as_ref().map_or(Value::Null, Json::write)
    }

    fn check(&self, at: Path<'_>, c: &mut Checker) {
        if self.0.is_none() {
            c.problem(at, || "this event has no stage".into());
        }
    }
}

fn check_times(trace: &Trace, at: Path<'_>, c: &mut Checker) {
    check_order(&trace.events, at, c);
}

/// Whether the times of `events` do not go back.
pub(super) fn check_order(all: &[Event], at: Path<'_>, c: &mut Checker) {
    let mut last = 0.0;
    let events = at.key("events");
    for (index, event) in all.iter().enumerate() {
        let time = event.timestamp_ms;
        let place = events.index(index);
        if time < 0.0 {
            c.problem(place.key("timestamp_ms"), || format!("{time} is below 0"));
        } else if time < last {
            c.problem(place.key("timestamp_ms"), || {
                format!("{time} is before {last}, the time of the event before; sort them")
            });
        }
        last = time.max(last);
        c.range(place.key("gain_db"), event.gain_db, -96.0..=0.0);
    }
}

#[expect(clippy::cast_possible_truncation, reason = "decibels")]
const fn single(gain_db: f64) -> f32 {
    gain_db as f32
}

impl Trace {
    pub(super) fn of(trace: &stage::StageTrace) -> Self {
        Self {
            trace_id: trace.trace_id.clone(),
            game_id: trace.game_id.clone(),
            session: trace.session.clone(),
            spin: trace.spin,
            recorded_at: trace.recorded_at.clone(),
            timing_profile: trace.timing_profile.clone(),
            adapter_id: trace.adapter_id.clone(),
            metadata: Entries(trace.metadata.clone()),
            events: trace.events.iter().map(event_of).collect(),
            ..Self::default()
        }
    }

    pub(super) fn lower(self) -> stage::StageTrace {
        stage::StageTrace {
            trace_id: self.trace_id,
            game_id: self.game_id,
            session: self.session,
            spin: self.spin,
            events: self.events.into_iter().filter_map(Event::lower).collect(),
            recorded_at: self.recorded_at,
            timing_profile: self.timing_profile,
            adapter_id: self.adapter_id,
            metadata: self.metadata.0,
        }
    }
}

pub(super) fn event_of(event: &stage::StageEvent) -> Event {
    let payload = &event.payload;
    let line = |line: &WinLine| Line {
        line: line.line,
        amount: line.amount,
        places: line.places.iter().map(|it| [it.reel, it.row]).collect(),
        ..Line::default()
    };
    Event {
        stage: Happens(Some(event.stage.clone())),
        timestamp_ms: event.timestamp_ms,
        gain_db: f64::from(event.gain_db),
        payload: Payload {
            win: payload.win,
            bet: payload.bet,
            ratio: payload.ratio,
            win_lines: payload.win_lines.iter().map(line).collect(),
            symbol: payload.symbol.clone(),
            grid: payload.grid.clone(),
            feature: payload.feature,
            spins_remaining: payload.spins_remaining,
            multiplier: payload.multiplier,
            ..Payload::default()
        },
        source_event: event.source_event.clone(),
        tags: event.tags.clone(),
        ..Event::default()
    }
}

impl Event {
    pub(super) fn lower(self) -> Option<stage::StageEvent> {
        let payload = self.payload;
        let line = |line: Line| WinLine {
            line: line.line,
            amount: line.amount,
            places: line
                .places
                .iter()
                .map(|[reel, row]| GridPlace {
                    reel: *reel,
                    row: *row,
                })
                .collect(),
        };
        Some(stage::StageEvent {
            stage: self.stage.0?,
            timestamp_ms: self.timestamp_ms,
            payload: stage::StagePayload {
                win: payload.win,
                bet: payload.bet,
                ratio: payload.ratio,
                win_lines: payload.win_lines.into_iter().map(line).collect(),
                symbol: payload.symbol,
                grid: payload.grid,
                feature: payload.feature,
                spins_remaining: payload.spins_remaining,
                multiplier: payload.multiplier,
            },
            source_event: self.source_event,
            tags: self.tags,
            gain_db: single(self.gain_db),
        })
    }
}
