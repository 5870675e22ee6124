//! A live game at work: messages and notices in, effects at frames, rows and a trace out. No
//! socket and no clock of its own.
//!
//! Life of a live game:
//! 1. [`Live::new`] with an adapter, names of the connectors, and where a trace goes.
//! 2. [`Live::pump`] each few milliseconds: takes what waits in the [`Hub`], and carries out what
//!    is due on the [`Sink`].
//! 3. [`Live::finish`] closes the trace and says what happened.
//!
//! Bounded: 4096 effects wait for their frame, 4096 rows for whoever reads them. What is known of a
//! game (its order, its spin, its loops) is its own, and freed when it is gone.

mod commands;
mod games;
mod notices;
mod replay;
mod report;
mod spins;
mod units;

use crate::adapter::{Adapter, Answer, Report, When};
use crate::effect::{self, Effect};
use crate::frame::FrameKind;
use crate::hub::{Delivery, Hub, Notice, Peer};
use crate::inbox::Class;
use crate::rate::TokenBucket;
use crate::schedule::{FrameClock, Oddity, Schedule};
use crate::session::{Ack, Message, Refused};
use crate::stage_json::{self, WrongMessage};
use crate::trace::{self, Recorded, TraceWriter, Via};
use games::{Game, Games};
use notices::SETTLED;
use segue_middleware::stage::{Stage, StageEvent, StageId};
use serde_json::{Value, json};
use spins::Shown;
use std::collections::{BTreeMap, HashMap, VecDeque};
use std::io;
use units::{frames_us, ms_of, signed, until};

pub use commands::CAPABILITIES;
pub use replay::{Adapted, Nobody, covered};
pub use report::{LiveRow, StageCount, Summary, coverage_value};

/// Rows that wait; further ones are counted.
pub const ROWS_MAX: usize = 4096;
/// Places in the queue to the audio thread that a call may need: loops it ends, signals, RTPCs, its post; of a
/// game that is paused, 94 for its end.
pub const CALLS_OF_A_STAGE: usize = 128;
/// Messages of one round.
const ROUND: usize = 1024;
/// Longest time an adapter may take for one message, in nanoseconds.
const BUDGET_NS: u64 = 100_000_000;
/// Lines of report a second about one peer.
const LINES_PER_S: u32 = 10;

/// Where the output stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// The clock of deliveries, in microseconds.
    pub now_us: u64,
    /// The first frame that is certainly still to be rendered.
    pub next_frame: u64,
    /// So many frames from there on are rendered before the next call of [`Live::pump`], at most.
    pub ahead: u32,
}

/// What carries out effects: an engine.
pub trait Sink {
    /// Commands that can be queued now.
    fn room(&self) -> usize;

    /// The first frame at which something can still be carried out, where the output is about to
    /// render `next_frame`.
    fn earliest(&self, next_frame: u64) -> u64 {
        next_frame
    }

    /// Carries an effect out at an absolute frame. `game` says whose it is, as in traces: each game
    /// has loops of its own.
    ///
    /// # Errors
    /// [`Refusal`]; nothing has changed then.
    fn carry_out(&mut self, at: u64, game: &str, effect: &Effect) -> Result<Carried, Refusal>;
}

/// What became of an effect.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Carried {
    /// The event that is bound to the stage.
    pub event: Option<String>,
    /// What plays, by its number.
    pub playing: Option<u64>,
}

/// Why an effect was not carried out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// For programs.
    pub code: &'static str,
    /// For people.
    pub text: String,
}

/// What a live game is to be.
pub struct LiveConfig {
    /// Frames a second of the engine.
    pub sample_rate: u32,
    /// What messages mean; [`Adapter::native`] for Segue's own.
    pub adapter: Adapter,
    /// Names of the connectors in their order, and whether each speaks OSC.
    pub connectors: Vec<(String, bool)>,
    /// Where everything is recorded.
    pub trace: Option<TraceWriter>,
    /// Nanoseconds of a monotonic clock, for the adapter's budget.
    pub clock: fn() -> u64,
}

/// See the [module](self). `[main-thread]`
pub struct Live {
    rate: f64,
    adapter: Adapter,
    connectors: Vec<(String, bool)>,
    trace: Recorder,
    clock: fn() -> u64,
    frames: FrameClock,
    schedule: Schedule<Item>,
    rows: VecDeque<LiveRow>,
    peers: HashMap<Peer, Talker>,
    acks: Vec<(Peer, Ack)>,
    refused: Vec<(Peer, Refused)>,
    games: Games,
    is_queue_full: bool,
    /// Frame and order of the effect that was carried out last.
    last: (u64, u64),
    summary: Summary,
}

/// The trace, until it cannot be written: what is heard does not depend on it.
#[derive(Default)]
struct Recorder {
    writer: Option<TraceWriter>,
    failed: Option<io::Error>,
}

impl Recorder {
    fn write(&mut self, write: impl FnOnce(&mut TraceWriter) -> io::Result<()>) {
        if let Some(writer) = &mut self.writer
            && let Err(error) = write(writer)
        {
            self.writer = None;
            self.failed = Some(error);
        }
    }
}

/// A message and where it belongs.
struct Said<'a> {
    peer: Peer,
    n: u64,
    via: Via,
    message: &'a Message,
    /// Frame at which it takes effect.
    at: u64,
    /// The first frame that is still to be rendered.
    next: u64,
}

/// Whose message something is of.
#[derive(Clone, Copy)]
struct Origin {
    peer: Peer,
    n: u64,
    /// The number of its frame; 0 for Segue's own.
    seq: u64,
}

struct Item {
    of: Origin,
    /// Its place among the calls of its message.
    call: usize,
    effect: Effect,
}

/// What is known of a conversation.
struct Talker {
    /// It said something.
    spoke: bool,
    lines: TokenBucket,
    suppressed: u64,
    shown: Shown,
    /// What it was asked for and did not answer: 64 at most, as each has an answer or a timeout.
    asked: HashMap<String, String>,
}

impl Talker {
    /// What was asked for with this id.
    fn answered(&mut self, id: &str) -> Option<String> {
        self.asked.remove(id)
    }
}

impl Default for Talker {
    fn default() -> Self {
        Self {
            spoke: false,
            lines: TokenBucket::new(LINES_PER_S, LINES_PER_S),
            suppressed: 0,
            shown: Shown::default(),
            asked: HashMap::new(),
        }
    }
}

impl Live {
    /// Begins; nothing was heard yet.
    #[must_use]
    pub fn new(config: LiveConfig) -> Self {
        Self {
            rate: f64::from(config.sample_rate),
            adapter: config.adapter,
            connectors: config.connectors,
            trace: Recorder {
                writer: config.trace,
                failed: None,
            },
            clock: config.clock,
            frames: FrameClock::new(config.sample_rate),
            schedule: Schedule::default(),
            rows: VecDeque::new(),
            peers: HashMap::new(),
            acks: Vec::new(),
            refused: Vec::new(),
            games: Games::new(config.sample_rate),
            is_queue_full: false,
            last: (0, 0),
            summary: Summary::default(),
        }
    }

    /// Takes what waits in the hub, and carries out what is due.
    ///
    /// # Errors
    /// Once when the trace cannot be written, with a row `trace_lost`. It ends there; all the rest was
    /// done, and goes on.
    pub fn pump(&mut self, hub: &Hub, sink: &mut dyn Sink, place: Place) -> io::Result<()> {
        if let Some(by_us) = self.frames.observe(signed(place.now_us), place.next_frame) {
            let value = json!({"by_us": by_us});
            self.tell(LiveRow::new("output_step", Some(place.next_frame), value));
        }
        self.round(hub, sink, place);
        let Some(error) = self.trace.failed.take() else {
            return Ok(());
        };
        let value = json!({"text": error.to_string()});
        self.tell(LiveRow::new("trace_lost", Some(place.next_frame), value));
        Err(error)
    }

    /// Another adapter takes over, and goes on in the state of each game.
    pub fn set_adapter(&mut self, mut adapter: Adapter) {
        adapter.follow_up(&self.adapter);
        self.games.go_on(&adapter);
        self.adapter = adapter;
    }

    /// The adapter at work.
    #[must_use]
    pub const fn adapter(&self) -> &Adapter {
        &self.adapter
    }

    /// The oldest row that nobody read.
    pub fn next_row(&mut self) -> Option<LiveRow> {
        self.rows.pop_front()
    }

    /// Answers to commands of games, to be sent.
    pub fn take_acks(&mut self) -> Vec<(Peer, Ack)> {
        std::mem::take(&mut self.acks)
    }

    /// What games said and was not taken, to be told to them: as many as there are lines of report.
    pub fn take_refused(&mut self) -> Vec<(Peer, Refused)> {
        std::mem::take(&mut self.refused)
    }

    /// What happened so far.
    #[must_use]
    pub const fn summary(&self) -> &Summary {
        &self.summary
    }

    /// How many effects wait for their frame.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.schedule.len()
    }

    /// Ends the trace after `frames` frames and says what happened, loops that are open included;
    /// what sounds is the caller's to end.
    ///
    /// # Errors
    /// The trace cannot be written.
    pub fn finish(mut self, hub: &Hub, frames: u64) -> io::Result<Summary> {
        self.summary.open_loops = self.games.open();
        let (_, drops) = hub.counts();
        self.summary.drops = drops;
        self.summary.notices_lost = hub.notices_lost();
        if let Some(trace) = self.trace.writer.take() {
            trace.finish(frames)?;
        }
        Ok(self.summary)
    }

    fn round(&mut self, hub: &Hub, sink: &mut dyn Sink, place: Place) {
        self.settle(place.next_frame, place);
        for _ in 0..ROUND {
            let Some(delivery) = hub.take() else {
                break;
            };
            self.accept(delivery, place);
        }
        for _ in 0..ROUND {
            let Some(notice) = hub.notice() else {
                break;
            };
            if matches!(notice, Notice::Closed { .. }) {
                // What the game said before it was gone comes before its end.
                while let Some(delivery) = hub.take() {
                    self.accept(delivery, place);
                }
            }
            self.notice(notice, sink, place);
        }
        self.settle(until(place), place);
        self.carry_out_due(sink, place);
        self.trace
            .write(|trace| trace.flush_each_second(place.now_us));
    }

    /// A message: to effects, to the trace, to the schedule.
    fn accept(&mut self, delivery: Delivery, place: Place) {
        let Delivery {
            peer,
            due,
            mut message,
        } = delivery;
        let next = place.next_frame;
        let base = due.at_us.map_or(next, |at_us| self.frames.frame(at_us));
        self.hold_until(peer, base.max(next), place);
        self.summary.messages += 1;
        let n = self.summary.messages;
        self.peers.entry(peer).or_default().spoke = true;
        let late_us = match base < next {
            true => due.late_us + frames_us(next - base, self.rate),
            false => due.late_us,
        };
        if late_us > 0 {
            self.summary.late += 1;
            let value = json!({"n": n, "src": self.source(peer), "late_us": late_us});
            self.line(peer, place, LiveRow::new("late", Some(next), value));
        }
        self.take(peer, n, &mut message, base.max(next), place);
    }

    /// A message that takes effect at frame `base`.
    fn take(&mut self, peer: Peer, n: u64, message: &mut Message, base: u64, place: Place) {
        let of = Origin {
            peer,
            n,
            seq: message.seq,
        };
        let effects = match self.effects_of(message, peer) {
            Ok(answer) => self.told(answer, of, place),
            Err((code, text)) => {
                self.refuse(of, code, &text, place);
                Vec::new()
            }
        };
        let calls = self.calls(of, effects, base, place);
        let last = calls.iter().map(|(at, _)| *at).fold(base, u64::max);
        let rate = self.rate;
        self.game(peer).hold_from(last, rate);
        let via = match self.is_osc(peer) {
            true => Via::Osc,
            false => Via::Game,
        };
        let said = Said {
            peer,
            n,
            via,
            message,
            at: base,
            next: place.next_frame,
        };
        self.enter(&said, calls, place)
    }

    /// Effects with their frames.
    fn calls(
        &mut self,
        of: Origin,
        effects: Vec<(Effect, When)>,
        base: u64,
        place: Place,
    ) -> Vec<(u64, Effect)> {
        let Origin { peer, n, .. } = of;
        let next = place.next_frame;
        let mut calls = Vec::with_capacity(effects.len());
        for (effect, when) in effects {
            let (at, oddity) = self.plan(peer, base, when, &effect);
            match oddity {
                Some(Oddity::TooFar(frames)) => {
                    let text = format!("{frames} frames ahead; at most an hour is taken");
                    self.refuse(of, "too_far", &text, place);
                    continue;
                }
                Some(Oddity::Backwards(ms)) => {
                    let value = json!({"n": n, "src": self.source(peer), "by_ms": ms});
                    self.line(peer, place, LiveRow::new("time_backwards", Some(at), value));
                }
                None => {}
            }
            calls.push((at.max(next), effect));
        }
        calls
    }

    /// Wins that nobody said anything about for long enough count up no more.
    fn settle(&mut self, until: u64, place: Place) {
        for peer in self.games.holds_before(until) {
            self.hold_until(peer, until, place);
        }
    }

    /// Ends the win of a game that ends by itself before frame `until`.
    fn hold_until(&mut self, peer: Peer, until: u64, place: Place) {
        if let Some(at) = self.hold_of(peer, until) {
            self.hold_ends(peer, at, place);
        }
    }

    /// Takes the frame at which the win of a game ends by itself, where that is before frame `until`.
    fn hold_of(&mut self, peer: Peer, until: u64) -> Option<u64> {
        self.games.known(peer)?.hold_before(until)
    }

    /// The win of a game counts up no more, from frame `at` on.
    fn hold_ends(&mut self, peer: Peer, at: u64, place: Place) {
        let Some(game) = self.games.known(peer) else {
            return;
        };
        let answer = self.adapter.settle(&mut game.seen);
        let message = self.own_message(place, json!({SETTLED: true}));
        let said = Said {
            at: at.max(place.next_frame),
            ..self.own(peer, &message, place)
        };
        let (n, seq) = (said.n, 0);
        let of = Origin { peer, n, seq };
        let effects = self.told(Made::Stages(answer), of, place);
        let calls = self.calls(of, effects, said.at, place);
        self.enter(&said, calls, place);
    }

    fn game(&mut self, peer: Peer) -> &mut Game {
        self.games.get(peer, &self.adapter)
    }

    fn enter(&mut self, said: &Said<'_>, calls: Vec<(u64, Effect)>, place: Place) {
        self.record(said, &calls);
        let of = Origin {
            peer: said.peer,
            n: said.n,
            seq: said.message.seq,
        };
        for (call, (at, effect)) in calls.into_iter().enumerate() {
            let is_kept = effect.class() == Class::Reserved;
            let item = Item { of, call, effect };
            if self.schedule.push(at, item, is_kept).is_err() {
                self.trace.write(|trace| trace.moved(of.n, call, None));
                let text = "4096 effects wait for their time";
                self.refuse(of, "schedule_full", text, place);
            }
        }
    }

    fn record(&mut self, said: &Said<'_>, calls: &[(u64, Effect)]) {
        let source = self.source(said.peer);
        let row = Recorded {
            n: said.n,
            source: &source,
            via: said.via,
            message: said.message,
            at: said.at,
            next: said.next,
            calls,
        };
        self.trace.write(|trace| trace.accepted(row));
    }

    fn effects_of(
        &mut self,
        message: &mut Message,
        peer: Peer,
    ) -> Result<Made, (&'static str, String)> {
        let now_ms = ms_of(message.received_us);
        if self.is_osc(peer) {
            return match effect::of_osc(&message.data) {
                Ok(Effect::Stage(event)) => Ok(self.take_stage(peer, *event, When::After(0.0))),
                Ok(other) => Ok(Made::Effect(other)),
                Err(error) if effect::is_osc_stage(&message.data) => {
                    Err(self.wrong_stage(&error, message, "osc"))
                }
                Err(error) => Err(("osc", error.to_string())),
            };
        }
        if message.kind != FrameKind::StateUpdate && stage_json::is_stage(&message.data) {
            let (event, time) = match stage_json::read(&message.data) {
                Ok(read) => read,
                Err(error) => return Err(self.wrong_stage(&error, message, "stage")),
            };
            let when = time.map_or(When::After(0.0), |ms| When::Spin { ms, in_list: false });
            return Ok(self.take_stage(peer, event, when));
        }
        let start = (self.clock)();
        // The adapter looks at a whole value; the message has it back afterwards.
        let whole = Value::Object(std::mem::take(&mut message.data));
        let game = self.games.get(peer, &self.adapter);
        let answer = self.adapter.take_of(&mut game.seen, &whole, now_ms);
        if let Value::Object(data) = whole {
            message.data = data;
        }
        let spent = (self.clock)().saturating_sub(start);
        if spent > BUDGET_NS {
            let text = format!(
                "the adapter took {} ms; at most 100 are allowed",
                spent / 1_000_000
            );
            return Err(("budget", text));
        }
        Ok(Made::Stages(answer))
    }

    fn take_stage(&mut self, peer: Peer, event: StageEvent, when: When) -> Made {
        let game = self.games.get(peer, &self.adapter);
        Made::Stages(self.adapter.take_stage(&mut game.seen, event, when))
    }

    /// A stage in Segue's own words that is none; why it is refused.
    fn wrong_stage(
        &mut self,
        error: &WrongMessage,
        message: &Message,
        code: &'static str,
    ) -> (&'static str, String) {
        let now_ms = ms_of(message.received_us);
        self.adapter.refuse_stage(error, &message.data, now_ms);
        let code = match error {
            WrongMessage::UnknownStage { .. } => "unknown",
            WrongMessage::Other(_) => code,
        };
        (code, error.to_string())
    }

    /// Says what an adapter reported; the effects that are left.
    fn told(&mut self, made: Made, of: Origin, place: Place) -> Vec<(Effect, When)> {
        let Origin { peer, n, .. } = of;
        let answer = match made {
            Made::Effect(effect) => return vec![(effect, When::After(0.0))],
            Made::Stages(answer) => answer,
        };
        for report in &answer.reports {
            match report {
                Report::Refused { text } => self.refuse(of, "event", text, place),
                Report::Unknown { name } => {
                    let text = format!("the adapter does not know {name:?}");
                    self.refuse(of, "unknown", &text, place);
                }
                Report::Violation {
                    violation,
                    is_refused: true,
                } => self.refuse(of, "fsm_violation", &violation.to_string(), place),
                Report::Violation { violation, .. } => {
                    self.summary.violations += 1;
                    let text = violation.to_string();
                    let value = json!({"n": n, "src": self.source(peer), "text": text});
                    self.line(peer, place, LiveRow::new("fsm_violation", None, value));
                }
                Report::Unsure {
                    stage,
                    source,
                    confidence,
                } => {
                    let value = json!({"n": n, "src": self.source(peer), "stage": stage.name(),
                        "event": source, "confidence": confidence});
                    self.line(peer, place, LiveRow::new("unsure", None, value));
                }
                Report::Stuck { snapshots } => {
                    let value = json!({"n": n, "src": self.source(peer), "snapshots": snapshots});
                    self.line(peer, place, LiveRow::new("stuck", None, value));
                }
            }
        }
        let stages = answer.stages.into_iter().zip(answer.times);
        let effect = |(event, when)| (Effect::Stage(Box::new(event)), when);
        stages.map(effect).collect()
    }

    fn plan(
        &mut self,
        peer: Peer,
        base: u64,
        when: When,
        effect: &Effect,
    ) -> (u64, Option<Oddity>) {
        let Effect::Stage(event) = effect else {
            return (base, None);
        };
        let begins = matches!(event.stage, Stage::UiSpinPress {});
        let ends = matches!(event.stage, Stage::SpinEnd {});
        let game = self.game(peer);
        game.plays = true;
        game.planner.frame(base, when, begins, ends)
    }

    /// Queues everything that is heard before the next round.
    fn carry_out_due(&mut self, sink: &mut dyn Sink, place: Place) {
        let until = until(place);
        let earliest = sink.earliest(place.next_frame);
        while self.schedule.peek(until).is_some() {
            if sink.room() < CALLS_OF_A_STAGE {
                self.queue_full(place);
                return;
            }
            self.is_queue_full = false;
            let Some(waiting) = self.schedule.pop() else {
                break;
            };
            let at = self.in_order(waiting.at, waiting.order, earliest);
            if at != waiting.at {
                let (n, call) = (waiting.what.of.n, waiting.what.call);
                self.trace.write(|trace| trace.moved(n, call, Some(at)));
            }
            self.carry_out(sink, at, &waiting.what, place);
        }
    }

    /// The frame at which an effect is carried out: not one that was rendered already, and behind
    /// everything that was carried out before it, so that a trace sorted by frames tells the order.
    fn in_order(&mut self, at: u64, order: u64, earliest: u64) -> u64 {
        let (last_at, last_order) = self.last;
        let mut at = at.max(earliest).max(last_at);
        if at == last_at && order < last_order {
            at += 1;
        }
        self.last = (at, order);
        at
    }

    /// Told once until there is room again.
    fn queue_full(&mut self, place: Place) {
        if !std::mem::replace(&mut self.is_queue_full, true) {
            self.summary.queue_full += 1;
            let value = json!({"waiting": self.schedule.len()});
            self.tell(LiveRow::new("queue_full", Some(place.next_frame), value));
        }
    }

    fn carry_out(&mut self, sink: &mut dyn Sink, at: u64, item: &Item, place: Place) {
        if let Effect::Stage(event) = &item.effect {
            let shown = &mut self.peers.entry(item.of.peer).or_default().shown;
            if !shown.again(item.of.n) {
                shown.spins.heard(at, self.rate, event);
            }
        }
        let game = self.source(item.of.peer);
        let carried = match sink.carry_out(at, &game, &item.effect) {
            Ok(carried) => carried,
            Err(refusal) => {
                let Item { of, call, .. } = *item;
                match item.effect {
                    Effect::EndStages => _ = self.games.end(of.peer),
                    Effect::Pause { on } => {
                        self.peers.entry(of.peer).or_default().shown.is_paused = !on
                    }
                    _ => {}
                }
                self.trace.write(|trace| trace.moved(of.n, call, None));
                return self.refuse(of, refusal.code, &refusal.text, place);
            }
        };
        self.carried_out(at, item, &carried);
    }

    fn carried_out(&mut self, at: u64, item: &Item, carried: &Carried) {
        match &item.effect {
            Effect::Stage(event) => {
                self.game(item.of.peer).heard(&event.stage);
                self.summary.stage(event.stage.id(), carried);
            }
            // Whatever it says next begins anew.
            Effect::EndStages => {
                self.summary.loops_cut += self.games.end(item.of.peer);
                if let Some(talker) = self.peers.get_mut(&item.of.peer) {
                    talker.shown.is_paused = false;
                }
            }
            Effect::Pause { on } => {
                // What it plays while it is paused has an end.
                self.game(item.of.peer).plays = true;
                if let Some(talker) = self.peers.get_mut(&item.of.peer) {
                    talker.shown.is_paused = *on;
                }
            }
            Effect::Event { .. } => {
                // What it started may go on, so the game has an end.
                self.game(item.of.peer).plays = true;
                self.summary.other += 1;
            }
            _ => self.summary.other += 1,
        }
        let row = report::effect_row(
            item.of.n,
            &self.source(item.of.peer),
            at,
            &item.effect,
            carried,
        );
        self.tell(row);
    }

    /// Says on both sides that something was not taken.
    fn refuse(&mut self, of: Origin, code: &'static str, text: &str, place: Place) {
        let Origin { peer, n, seq } = of;
        *self.summary.refused.entry(code.to_owned()).or_default() += 1;
        let source = self.source(peer);
        self.trace
            .write(|trace| trace.refused(n, &source, code, text));
        let value = json!({"n": n, "src": source, "code": code, "text": text});
        let is_told = self.line(peer, place, LiveRow::new("refused", None, value));
        if is_told && seq > 0 && !self.is_osc(peer) && self.refused.len() < ROWS_MAX {
            let text = text.to_owned();
            self.refused.push((peer, Refused { code, text, seq }));
        }
    }

    /// A line of report about a peer: at most ten a second. False for one too many.
    fn line(&mut self, peer: Peer, place: Place, row: LiveRow) -> bool {
        let Some(talker) = self.peers.get_mut(&peer) else {
            self.tell(row);
            return true;
        };
        if !talker.lines.take(place.now_us) {
            talker.suppressed += 1;
            return false;
        }
        let suppressed = std::mem::take(&mut talker.suppressed);
        if suppressed > 0 {
            let value = json!({"src": self.source(peer), "count": suppressed});
            self.tell(LiveRow::new("suppressed", None, value));
        }
        self.tell(row);
        true
    }

    fn tell(&mut self, row: LiveRow) {
        if self.rows.len() < ROWS_MAX {
            self.rows.push_back(row);
        } else {
            self.summary.rows_lost += 1;
        }
    }

    fn source(&self, peer: Peer) -> String {
        let name = self.connectors.get(usize::from(peer.connector));
        trace::source(name.map_or("", |(name, _)| name), peer)
    }

    fn is_osc(&self, peer: Peer) -> bool {
        let connector = self.connectors.get(usize::from(peer.connector));
        connector.is_some_and(|(_, is_osc)| *is_osc)
    }
}

/// What a message became.
enum Made {
    Stages(Answer),
    Effect(Effect),
}

/// By stage: what became of it.
pub type StageCounts = BTreeMap<StageId, StageCount>;

#[cfg(test)]
mod tests;
