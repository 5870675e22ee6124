//! One connection's conversation: hello, numbers, heartbeats, commands. No socket and no clock of
//! its own: bytes and time go in, texts and messages come out.
//!
//! Life of a session:
//! 1. [`Session::new`] writes `auth` (a client with a token) and `hello`. A server that asks for a
//!    token says hello once it was right.
//! 2. The other side's `auth` within 2 s and `hello` within 5 s; anything else before them ends it. Of a
//!    server it may be a fatal `error`, which is the reason then.
//! 3. Frames both ways. Numbers that come twice are dropped, gaps are told and the conversation
//!    goes on. A heartbeat goes out every second and probes the clock; 3 s without any frame end
//!    it.
//! 4. [`Output::Close`] is the last output. Everything given in later is ignored.
//!
//! Bounded: 64 commands wait for their answer in each direction; outputs are taken after each call.

mod commands;
mod hello;
mod report;

use crate::clock::{Due, PeerClock, Probe, Timing, TooFarAhead};
use crate::frame::{Frame, FrameError, FrameKind, PAYLOAD_MAX_BYTES};
use crate::json;
use crate::rate::TokenBucket;
use commands::Pending;
use serde_json::{Map, Value, json};
use std::collections::VecDeque;

pub use commands::{Ack, Busy, COMMAND_TIMEOUT_US, COMMANDS_MAX};
pub use hello::{Hello, TOKEN_MAX_BYTES, Token, TokenError};
pub use report::{Close, Refused, Row, close_code};

/// Items of a batch, at most.
pub const BATCH_MAX: usize = 1000;
/// Events a second from one peer.
pub const RATE_MAX_PER_S: u32 = 1000;
/// Events at once from one peer.
pub const RATE_BURST: u32 = 2000;
/// Between two heartbeats, in microseconds.
pub const HEARTBEAT_US: u64 = 1_000_000;
/// Silence after which the peer counts as gone, in microseconds.
pub const SILENCE_US: u64 = 3_000_000;
/// For the token, in microseconds.
pub const AUTH_US: u64 = 2_000_000;
/// For hello, in microseconds.
pub const HELLO_US: u64 = 5_000_000;
const PROBE_US: u64 = 100_000;
const FIRST_PROBES: u32 = 8;
/// Frames a second that say what was not taken; the last one, which ends it, comes besides.
const ERRORS_PER_S: u32 = 10;
/// Frames that were not JSON, within [`PARSE_WINDOW_US`].
const PARSE_ERRORS_MAX: u32 = 100;
const PARSE_WINDOW_US: u64 = 10_000_000;
/// A press that lies further back than this, in microseconds, begins the time anew: less is a message that was overtaken.
const ANEW_US: i64 = 1_000_000;

/// Who listens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// The other side connected to us.
    Server,
    /// We connected to the other side.
    Client,
}

/// What a session is to be.
#[derive(Clone, Debug)]
pub struct Config {
    /// Who listens.
    pub role: Role,
    /// A server asks for it, a client gives it.
    pub token: Option<Token>,
    /// What we say of ourselves.
    pub hello: Hello,
}

/// What the owner is to do, in order.
#[derive(Clone, Debug, PartialEq)]
pub enum Output {
    /// Send this text as one message or line.
    Send(String),
    /// The other side is there and may be used.
    Open(Hello),
    /// A message for the adapter.
    Message(Message),
    /// The other side asks for something: answer by [`Session::acknowledge`].
    Command {
        /// To answer with.
        id: String,
        /// What.
        name: String,
        /// With what.
        args: Value,
    },
    /// An answer to one of our commands.
    Ack(Ack),
    /// Something worth a line in a report.
    Row(Row),
    /// Close the connection; nothing follows.
    Close(Close),
}

/// A message for the adapter.
#[derive(Clone, Debug, PartialEq)]
pub struct Message {
    /// `StageEvent`, `StateUpdate` or `Custom`.
    pub kind: FrameKind,
    /// Its frame's number.
    pub seq: u64,
    /// The sender's clock in microseconds; behind [`Session::in_time`] never smaller than that of the message before in
    /// its spin.
    pub t_us: i64,
    /// Our clock at its receipt, in microseconds.
    pub received_us: u64,
    /// What it says.
    pub data: Map<String, Value>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// Waits for the token.
    Auth,
    /// Waits for hello.
    Hello,
    Open,
    Closed,
}

/// See the [module](self).
#[derive(Debug)]
pub struct Session {
    config: Config,
    stage: Stage,
    outputs: VecDeque<Output>,
    started_us: u64,
    heard_us: u64,
    seq_out: u64,
    seq_in: u64,
    newest_us: i64,
    clock: PeerClock,
    probes: u32,
    next_probe_us: u64,
    parse_errors: (u64, u32),
    /// Errors that may still be told to the other side.
    errors: TokenBucket,
    asked: Pending,
    to_answer: Pending,
    next_command: u64,
}

impl Session {
    /// Begins a conversation at `now_us`, microseconds of our monotonic clock.
    #[must_use]
    pub fn new(config: Config, now_us: u64) -> Self {
        let asks_for_token = config.role == Role::Server && config.token.is_some();
        let mut session = Self {
            stage: if asks_for_token {
                Stage::Auth
            } else {
                Stage::Hello
            },
            config,
            outputs: VecDeque::new(),
            started_us: now_us,
            heard_us: now_us,
            seq_out: 0,
            seq_in: 0,
            newest_us: i64::MIN,
            clock: PeerClock::default(),
            probes: 0,
            next_probe_us: u64::MAX,
            parse_errors: (now_us, 0),
            errors: TokenBucket::new(ERRORS_PER_S, ERRORS_PER_S),
            asked: Pending::default(),
            to_answer: Pending::default(),
            next_command: 1,
        };
        if !asks_for_token {
            session.greet(now_us);
        }
        session
    }

    /// The next thing to do.
    pub fn poll(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// True once hellos were exchanged and until it closes.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.stage == Stage::Open
    }

    /// The clock of the other side.
    pub fn clock(&mut self) -> &mut PeerClock {
        &mut self.clock
    }

    /// Takes one message or line.
    pub fn receive(&mut self, bytes: &[u8], now_us: u64) {
        if self.stage == Stage::Closed {
            return;
        }
        self.heard_us = now_us;
        let mut frame = match Frame::read(bytes) {
            Ok(frame) => frame,
            Err(error) => return self.refuse_frame(&error, now_us),
        };
        // Whatever goes on from here may be recorded or shown.
        if self.stage != Stage::Auth
            && let Some(token) = &self.config.token
        {
            token.hide_in(&mut frame);
        }
        let is_fatal = frame.data.get("fatal") == Some(&Value::Bool(true));
        match (self.stage, frame.kind) {
            (Stage::Auth, FrameKind::Auth) => self.check_token(&frame, now_us),
            (Stage::Hello, FrameKind::Hello) => self.check_hello(&frame, now_us),
            (Stage::Open, _) => self.take(frame, now_us),
            // Who is not let in is told why, before any hello.
            (Stage::Hello, FrameKind::Error) if self.config.role == Role::Client && is_fatal => {
                self.take_error(&frame);
            }
            (Stage::Auth | Stage::Hello, _) => self.close(
                close_code::NOT_ADMITTED,
                "not_admitted",
                "the first frame is to be auth where a token is set, then hello",
                now_us,
            ),
            (Stage::Closed, _) => {}
        }
    }

    /// A line over the limit came and was skipped; its number, where it could be read.
    pub fn refuse_line(&mut self, seq: Option<u64>, now_us: u64) {
        if self.stage != Stage::Closed {
            self.heard_us = now_us;
            let error = FrameError::TooLong {
                bytes: PAYLOAD_MAX_BYTES + 1,
                seq,
            };
            self.refuse_frame(&error, now_us);
        }
    }

    /// Nothing was read until `now_us`, because the queue was full: that silence is not theirs.
    pub fn excuse(&mut self, now_us: u64) {
        self.heard_us = self.heard_us.max(now_us);
    }

    /// Lets time pass up to `now_us`: heartbeats, timeouts.
    pub fn tick(&mut self, now_us: u64) {
        match self.stage {
            Stage::Closed => return,
            Stage::Auth if now_us >= self.started_us + AUTH_US => {
                return self.close(
                    close_code::NOT_ADMITTED,
                    "auth_timeout",
                    "no token within 2 s",
                    now_us,
                );
            }
            Stage::Auth | Stage::Hello if now_us >= self.started_us + HELLO_US => {
                return self.close(
                    close_code::PROTOCOL,
                    "hello_timeout",
                    "no hello within 5 s",
                    now_us,
                );
            }
            Stage::Open if now_us >= self.heard_us + SILENCE_US => {
                return self.close(close_code::GOING_AWAY, "silent", "no frame for 3 s", now_us);
            }
            Stage::Auth | Stage::Hello | Stage::Open => {}
        }
        self.expire_commands(now_us);
        if self.stage == Stage::Open && now_us >= self.next_probe_us {
            self.probe(now_us);
        }
    }

    /// When [`tick`](Self::tick) is needed next.
    #[must_use]
    pub fn next_wake(&self) -> Option<u64> {
        let silence = self.heard_us + SILENCE_US;
        let own = match self.stage {
            Stage::Auth => self.started_us + AUTH_US,
            Stage::Hello => self.started_us + HELLO_US,
            Stage::Open => silence.min(self.next_probe_us),
            Stage::Closed => return None,
        };
        let commands = [self.asked.next_due(), self.to_answer.next_due()];
        commands.into_iter().flatten().chain([own]).min()
    }

    /// Ends the conversation: the socket is to be closed with this code.
    pub fn close(&mut self, code: u16, reason: &'static str, text: &str, now_us: u64) {
        if self.stage == Stage::Closed {
            return;
        }
        let is_permanent = close_code::is_permanent(code);
        // Lines have no close frame, so this is all that says why. One that is gone hears nothing.
        if code != close_code::NORMAL && reason != "gone" {
            let data = json!({"code": reason, "message": text, "fatal": true});
            self.send(FrameKind::Error, None, data, now_us);
        }
        for id in self.asked.drain() {
            self.outputs.push_back(Output::Ack(Ack::timeout(id)));
        }
        self.stage = Stage::Closed;
        self.outputs.push_back(Output::Close(Close {
            code,
            reason,
            text: text.to_owned(),
            is_permanent,
        }));
    }

    fn greet(&mut self, now_us: u64) {
        if self.config.role == Role::Client
            && let Some(token) = self.config.token.clone()
        {
            let data = json!({"token": token.reveal()});
            self.send(FrameKind::Auth, None, data, now_us);
        }
        let hello = self.config.hello.data(self.config.role);
        self.send(FrameKind::Hello, None, hello, now_us);
    }

    fn check_token(&mut self, frame: &Frame, now_us: u64) {
        self.count(frame.seq, now_us);
        let given = frame.data.get("token").and_then(Value::as_str);
        let is_right = hello::is_token(self.config.token.as_ref().map(Token::reveal), given);
        if !is_right {
            let text = "the token is not the one that is set here";
            return self.close(close_code::NOT_ADMITTED, "wrong_token", text, now_us);
        }
        self.stage = Stage::Hello;
        self.greet(now_us);
    }

    fn check_hello(&mut self, frame: &Frame, now_us: u64) {
        self.count(frame.seq, now_us);
        match Hello::read(&frame.data) {
            Ok(theirs) => self.open(theirs, now_us),
            Err(text) => self.close(close_code::PROTOCOL, "hello", &text, now_us),
        }
    }

    fn open(&mut self, theirs: Hello, now_us: u64) {
        let ours = &self.config.hello.project_hash;
        let is_other_project =
            !ours.is_empty() && !theirs.project_hash.is_empty() && *ours != theirs.project_hash;
        if is_other_project {
            let row = Row::OtherProject {
                theirs: theirs.project_hash.clone(),
            };
            self.outputs.push_back(Output::Row(row));
        }
        self.stage = Stage::Open;
        self.next_probe_us = now_us;
        self.outputs.push_back(Output::Open(theirs));
        self.tick(now_us);
    }

    /// A frame of an open conversation.
    fn take(&mut self, frame: Frame, now_us: u64) {
        if !self.count(frame.seq, now_us) {
            return;
        }
        match frame.kind {
            FrameKind::Heartbeat => self.take_heartbeat(&frame, now_us),
            FrameKind::StageEvent | FrameKind::StateUpdate | FrameKind::Custom => {
                let (kind, seq) = (frame.kind, frame.seq);
                self.take_message(kind, seq, frame.t_us, frame.data, now_us);
            }
            FrameKind::Batch => self.take_batch(frame, now_us),
            FrameKind::Command => self.take_command(frame, now_us),
            FrameKind::CommandAck => self.take_ack(&frame),
            FrameKind::Error => self.take_error(&frame),
            FrameKind::Gap => {
                let end = |name| frame.data.get(name).and_then(json::integer).unwrap_or(0);
                let row = Row::GapThere {
                    from: end("from"),
                    to: end("to"),
                };
                self.outputs.push_back(Output::Row(row));
            }
            FrameKind::Hello | FrameKind::Auth => {
                let text = "hello and auth come once, at the beginning";
                self.refuse("unexpected", text, Some(frame.seq), now_us);
            }
        }
    }

    /// Checks the frame's number; false for one that was here before.
    fn count(&mut self, seq: u64, now_us: u64) -> bool {
        let expected = self.seq_in + 1;
        if seq < expected {
            self.outputs.push_back(Output::Row(Row::Duplicate { seq }));
            return false;
        }
        if seq > expected {
            let (from, to) = (expected, seq - 1);
            self.outputs.push_back(Output::Row(Row::Gap { from, to }));
            self.send(
                FrameKind::Gap,
                None,
                json!({"from": from, "to": to}),
                now_us,
            );
        }
        self.seq_in = seq;
        true
    }

    fn take_heartbeat(&mut self, frame: &Frame, now_us: u64) {
        let field = |name| frame.data.get(name).and_then(json::integer);
        let now = signed(now_us);
        match (field("t0_us"), field("t1_us"), field("t2_us")) {
            (Some(t0), Some(t1), Some(t2)) => {
                let probe = Probe {
                    t0,
                    t1,
                    t2,
                    t3: now,
                };
                if let Some(by_us) = self.clock.probe(probe) {
                    self.outputs
                        .push_back(Output::Row(Row::ClockStep { by_us }));
                }
            }
            (Some(t0), None, None) => {
                let data = json!({
                    "seq_last": self.seq_in, "t0_us": t0, "t1_us": now, "t2_us": now,
                });
                self.send(FrameKind::Heartbeat, frame.id.clone(), data, now_us);
            }
            _ => self.refuse(
                "field",
                "t0_us is to be whole microseconds",
                Some(frame.seq),
                now_us,
            ),
        }
    }

    fn take_message(
        &mut self,
        kind: FrameKind,
        seq: u64,
        t_us: i64,
        data: Map<String, Value>,
        now_us: u64,
    ) {
        self.outputs.push_back(Output::Message(Message {
            kind,
            seq,
            t_us,
            received_us: now_us,
            data,
        }));
    }

    /// When a message takes effect; `presses` says that it begins a spin. Within a spin one that is older than the one
    /// before takes that one's time, which is worth the row. A spin that begins more than a second further back, as the
    /// clock was set or something was said for much later, begins the time anew.
    ///
    /// # Errors
    /// [`TooFarAhead`]; what follows does not take its time.
    pub fn in_time(
        &mut self,
        message: &mut Message,
        timing: Timing,
        presses: bool,
    ) -> Result<(Due, Option<Row>), TooFarAhead> {
        let received_us = signed(message.received_us);
        let own = timing.due(&mut self.clock, message.t_us, received_us)?;
        let by_us = self.newest_us.saturating_sub(message.t_us);
        if by_us <= 0 || presses && by_us > ANEW_US {
            self.newest_us = message.t_us;
            return Ok((own, None));
        }
        let seq = message.seq;
        let row = Some(Row::TimeBackwards { seq, by_us });
        match timing.due(&mut self.clock, self.newest_us, received_us) {
            Ok(held) => {
                message.t_us = self.newest_us;
                Ok((held, row))
            }
            // The clock was set since.
            Err(_) => {
                self.newest_us = message.t_us;
                Ok((own, row))
            }
        }
    }

    /// Good items are taken in order, bad ones are listed.
    fn take_batch(&mut self, mut frame: Frame, now_us: u64) {
        let Some(Value::Array(items)) = frame.data.remove("items") else {
            return self.refuse("field", "items is to be a list", Some(frame.seq), now_us);
        };
        if items.len() > BATCH_MAX {
            let text = format!(
                "a batch of {} items; at most {BATCH_MAX} are taken",
                items.len()
            );
            return self.refuse("batch_max", &text, Some(frame.seq), now_us);
        }
        for (at, item) in items.into_iter().enumerate() {
            match batch_item(item) {
                Some((kind, t_us, data)) => {
                    let t_us = t_us.unwrap_or(frame.t_us);
                    self.take_message(kind, frame.seq, t_us, data, now_us);
                }
                None => {
                    let text = format!(
                        "items[{at}] is to be {{type: stage_event, state_update or custom, data}}"
                    );
                    self.refuse("field", &text, Some(frame.seq), now_us);
                }
            }
        }
    }

    fn take_error(&mut self, frame: &Frame) {
        let text = |name| frame.data.get(name).and_then(Value::as_str).unwrap_or("");
        let theirs = text("code");
        let (code, message) = (self.printable(theirs), self.printable(text("message")));
        let is_fatal = frame.data.get("fatal") == Some(&Value::Bool(true));
        let row = Row::TheirError {
            code: code.clone(),
            message: message.clone(),
        };
        self.outputs.push_back(Output::Row(row));
        if is_fatal {
            // Their reason decides whether trying again can help.
            let is_final = ["wrong_token", "auth_timeout", "not_admitted", "hello"];
            let code = if is_final.contains(&theirs) {
                close_code::REFUSED_THERE
            } else {
                close_code::GOING_AWAY
            };
            self.stage_closed_by_peer(code, message);
        }
    }

    /// Words of the other side for people: at most 200 characters, none of which moves a cursor, and
    /// without the token, which it may repeat.
    fn printable(&self, theirs: &str) -> String {
        self.hide(theirs).chars().take(200).collect()
    }

    /// A text without control characters and without the token.
    fn hide(&self, text: &str) -> String {
        let plain = |text: &str| text.replace(char::is_control, "");
        let Some(token) = self.config.token.as_ref().map(Token::reveal) else {
            return plain(text);
        };
        // As it is, as errors quote it, and where control characters are strewn in.
        let mut text = text.replace(token, "***");
        text = text.replace(&token.escape_debug().to_string(), "***");
        let token = plain(token);
        text = plain(&text);
        if !token.is_empty() {
            text = text.replace(&token, "***");
        }
        text
    }

    fn stage_closed_by_peer(&mut self, code: u16, text: String) {
        for id in self.asked.drain() {
            self.outputs.push_back(Output::Ack(Ack::timeout(id)));
        }
        self.stage = Stage::Closed;
        self.outputs.push_back(Output::Close(Close {
            code,
            reason: "their_error",
            text,
            is_permanent: close_code::is_permanent(code),
        }));
    }

    fn refuse_frame(&mut self, error: &FrameError, now_us: u64) {
        let is_parse = error.code() == "parse";
        // It has arrived: its number is not missing. Before hello nothing is counted.
        if self.is_open()
            && let Some(seq) = error.seq()
            && !self.count(seq, now_us)
        {
            return;
        }
        // What a game says in the wrong place may be its token.
        let text = self.hide(&error.to_string());
        self.refuse(error.code(), &text, error.seq(), now_us);
        if !is_parse {
            return;
        }
        let (since, count) = &mut self.parse_errors;
        if *count == 0 || now_us.saturating_sub(*since) > PARSE_WINDOW_US {
            (*since, *count) = (now_us, 0);
        }
        *count += 1;
        if *count > PARSE_ERRORS_MAX {
            let text = "more than 100 frames in 10 s were not JSON";
            self.close(close_code::POLICY, "parse", text, now_us);
        }
    }

    /// Tells both sides that something was not taken.
    fn refuse(&mut self, code: &'static str, text: &str, seq: Option<u64>, now_us: u64) {
        let row = Row::Refused {
            code,
            seq,
            text: text.to_owned(),
        };
        self.outputs.push_back(Output::Row(row));
        self.tell_refused(code, text, seq, now_us);
    }

    /// Tells the other side that something it said was not taken; what was refused here was told.
    pub fn refused(&mut self, refused: &Refused, now_us: u64) {
        if self.is_open() {
            let Refused { code, text, seq } = refused;
            self.tell_refused(code, text, Some(*seq), now_us);
        }
    }

    /// At most ten a second: who floods is not answered with a flood.
    fn tell_refused(&mut self, code: &str, text: &str, seq: Option<u64>, now_us: u64) {
        if !self.errors.take(now_us) {
            return;
        }
        let data = json!({"code": code, "message": text, "seq": seq, "fatal": false});
        self.send(FrameKind::Error, None, data, now_us);
    }

    fn probe(&mut self, now_us: u64) {
        let data = json!({"seq_last": self.seq_in, "t0_us": signed(now_us)});
        self.send(FrameKind::Heartbeat, None, data, now_us);
        self.probes += 1;
        let wait = if self.probes < FIRST_PROBES {
            PROBE_US
        } else {
            HEARTBEAT_US
        };
        self.next_probe_us = now_us + wait;
    }

    fn send(&mut self, kind: FrameKind, id: Option<String>, data: Value, now_us: u64) {
        self.seq_out += 1;
        let Value::Object(data) = data else {
            return;
        };
        let frame = Frame {
            kind,
            seq: self.seq_out,
            t_us: signed(now_us),
            id,
            data,
        };
        self.outputs.push_back(Output::Send(frame.text()));
    }
}

fn batch_item(item: Value) -> Option<(FrameKind, Option<i64>, Map<String, Value>)> {
    let Value::Object(mut item) = item else {
        return None;
    };
    let name = item.get("type")?.as_str()?;
    let allowed = [
        FrameKind::StageEvent,
        FrameKind::StateUpdate,
        FrameKind::Custom,
    ];
    let kind = allowed.into_iter().find(|kind| kind.name() == name)?;
    let t_us = match item.get("t_us") {
        None => None,
        Some(value) => Some(json::integer(value)?),
    };
    match item.remove("data")? {
        Value::Object(data) => Some((kind, t_us, data)),
        _ => None,
    }
}

/// A monotonic clock does not reach 292,000 years.
fn signed(us: u64) -> i64 {
    i64::try_from(us).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests;
