//! The messages of a trace through another adapter.

use super::notices::SETTLED;
use super::{Carried, Live, LiveConfig, Place, Refusal, Sink};
use crate::adapter::{Adapter, Coverage};
use crate::effect::Effect;
use crate::frame::FrameKind;
use crate::hub::Peer;
use crate::schedule::{RESERVED, SCHEDULE_MAX};
use crate::session::Message;
use crate::trace::{TraceCall, TraceError, TraceHeader, TraceMessage, TraceRow, Via};
use serde_json::Map;
use std::collections::{BTreeMap, HashMap, VecDeque};

/// Calls that wait for their frame, as in a live game.
const OPEN_MAX: usize = SCHEDULE_MAX + RESERVED;
/// Games that are known at a time. A trace that ends none may have any number of them.
const GAMES_MAX: usize = 1024;

/// What a trace would have done with this adapter: rows with the same messages at the same frames.
/// [`TraceCalls::planned`](crate::trace::TraceCalls::planned) of both can be compared. Holds what
/// waits for its frame, as a live game does, and what is known of the games that are there: of more than
/// 1024, the one that came first is forgotten.
/// `[thread-safe]`
pub struct Adapted<R> {
    rows: R,
    games: Again,
    /// Made, and not given out.
    made: VecDeque<TraceRow>,
    /// The message for which the adapter took too long: that does not come again.
    left: Option<u64>,
    /// Calls that are still to be heard, if their game is not gone before.
    open: Vec<Open>,
    closing: Option<Closing>,
    /// The command that was read last: its calls may go on in further rows.
    asked: Option<TraceMessage>,
}

struct Open {
    at: u64,
    name: (u64, usize),
    source: String,
    /// Segue's own message planned it: the trace says what became of it.
    is_own: bool,
}

/// The end of a game. What it planned for after that was never heard.
struct Closing {
    n: u64,
    source: String,
    /// The frame at which it was written down.
    next: u64,
    /// The frame up to which the game was heard.
    end: u64,
}

impl<R: Iterator<Item = Result<TraceRow, TraceError>>> Adapted<R> {
    /// Rows of the trace with this header.
    pub fn new(header: &TraceHeader, rows: R, adapter: Adapter) -> Self {
        Self {
            rows,
            games: Again::new(header, adapter),
            made: VecDeque::new(),
            left: None,
            open: Vec::new(),
            closing: None,
            asked: None,
        }
    }

    fn take(&mut self, row: TraceRow) {
        match row {
            TraceRow::Message(message) => self.message(*message),
            TraceRow::Refused { n, code } => {
                if code == "budget" {
                    self.left = Some(n);
                }
                self.made.push_back(TraceRow::Refused { n, code });
            }
            // What Segue itself did is kept as it was.
            TraceRow::Moved { n, call, at } => {
                let is_it = |open: &Open| open.is_own && open.name == (n, call);
                if let Some(place) = self.open.iter().position(is_it) {
                    match at {
                        Some(at) => self.open[place].at = at,
                        None => drop(self.open.swap_remove(place)),
                    }
                    self.made.push_back(TraceRow::Moved { n, call, at });
                    return;
                }
                if let Some(closing) = self.closing.as_mut().filter(|it| it.n == n) {
                    closing.end = at.unwrap_or(closing.end);
                    self.made.push_back(TraceRow::Moved { n, call, at });
                }
            }
            TraceRow::End { at } => {
                self.settle(at);
                self.made.push_back(TraceRow::End { at });
            }
            TraceRow::More { n, calls } => self.more(n, calls),
        }
    }

    /// Calls of Segue's own message go on; those of a game are made anew.
    fn more(&mut self, n: u64, calls: Vec<TraceCall>) {
        let Some(asked) = self.asked.as_mut().filter(|it| it.n == n) else {
            return;
        };
        let (next, source) = (asked.next, asked.source.clone());
        let first = asked.calls.len();
        asked.calls.extend(calls.iter().cloned());
        for (call, it) in (first..).zip(&calls) {
            self.wait_for_own(it.planned, (n, call), &source, next);
        }
        self.made.push_back(TraceRow::More { n, calls });
    }

    /// What was heard before frame `next` is not moved any more; a command's own call may be at it.
    fn leave_past(&mut self, next: u64) {
        self.open
            .retain(|open| open.at > next || open.is_own && open.at == next);
    }

    /// What a command planned may be moved, as the trace says then.
    fn wait_for_own(&mut self, at: u64, name: (u64, usize), source: &str, next: u64) {
        if at >= next && self.open.len() < OPEN_MAX {
            self.open.push(Open {
                at,
                name,
                source: source.to_owned(),
                is_own: true,
            });
        }
    }

    /// How many games are known, and the oldest of them.
    #[cfg(test)]
    pub(super) fn known(&self) -> (usize, Option<&str>) {
        let sources = &self.games.sources;
        let count = sources.len().max(self.games.live.games.len());
        let oldest = sources.first_key_value();
        (count, oldest.map(|(_, source)| source.as_str()))
    }

    /// Wins that count up no more before this frame, though the trace does not say it.
    fn settle(&mut self, until: u64) {
        for message in self.games.settled(until) {
            self.made.push_back(TraceRow::Message(message.into()));
        }
    }

    fn message(&mut self, mut message: TraceMessage) {
        let is_later = |closing: &Closing| message.next > closing.next;
        if self.closing.as_ref().is_some_and(is_later) || closes(&message) {
            self.close();
        }
        if !settles(&message) {
            self.settle(message.next);
        }
        match message.via {
            Via::Segue => {
                self.games.own(&mut message);
                if settles(&message) {
                    self.wait_for(&mut message);
                }
            }
            Via::Game | Via::Osc if self.left == Some(message.n) => message.calls.clear(),
            Via::Game | Via::Osc => {
                message.calls = self.games.make(&mut message);
                self.wait_for(&mut message);
            }
        }
        if closes(&message) {
            self.closing = Some(Closing {
                n: message.n,
                source: message.source.clone(),
                next: message.next,
                end: ended_at(&message),
            });
        }
        // A stop is carried out at once, and its game may go on in the same block; what it plans itself is heard.
        if stops(&message) {
            self.close();
        }
        self.asked = asks(&message).then(|| message.clone());
        if let Some(asked) = &self.asked {
            let (source, next) = (asked.source.clone(), asked.next);
            self.leave_past(next);
            for (call, it) in message.calls.iter().enumerate() {
                self.wait_for_own(it.planned, (message.n, call), &source, next);
            }
        }
        self.made.push_back(TraceRow::Message(Box::new(message)));
    }

    /// Remembers what is heard later than the next block; what has no room there is never heard.
    fn wait_for(&mut self, message: &mut TraceMessage) {
        let next = message.next;
        self.leave_past(next);
        let later = message.calls.iter_mut().enumerate();
        for (call, it) in later.filter(|(_, it)| it.planned > next) {
            if self.open.len() < OPEN_MAX {
                self.open.push(Open {
                    at: it.planned,
                    name: (message.n, call),
                    source: message.source.clone(),
                    is_own: false,
                });
            } else {
                it.at = None;
            }
        }
    }

    fn close(&mut self) {
        let Some(Closing { source, end, .. }) = self.closing.take() else {
            return;
        };
        for open in self
            .open
            .extract_if(.., |open| !open.is_own && open.source == source)
        {
            if open.at > end {
                let (n, call) = open.name;
                self.made.push_back(TraceRow::Moved { n, call, at: None });
            }
        }
    }
}

impl<R: Iterator<Item = Result<TraceRow, TraceError>>> Iterator for Adapted<R> {
    type Item = Result<TraceRow, TraceError>;

    fn next(&mut self) -> Option<Self::Item> {
        while self.made.is_empty() {
            match self.rows.next() {
                Some(Ok(row)) => self.take(row),
                Some(Err(error)) => return Some(Err(error)),
                None if self.closing.is_none() => return None,
                None => self.close(),
            }
        }
        self.made.pop_front().map(Ok)
    }
}

/// The trace says itself that a win counts up no more.
fn settles(message: &TraceMessage) -> bool {
    message.via == Via::Segue && message.message.data.contains_key(SETTLED)
}

/// What its game planned is not heard any more.
fn closes(message: &TraceMessage) -> bool {
    is_over(message) || stops(message)
}

fn is_over(message: &TraceMessage) -> bool {
    message.via == Via::Segue && message.message.data.contains_key("closed")
}

/// A command that ends everything of its game: `stop`, and what begins a spin anew.
fn stops(message: &TraceMessage) -> bool {
    let mut calls = message.calls.iter();
    asks(message) && calls.any(|call| call.effect == Effect::EndStages)
}

/// A command of its game.
fn asks(message: &TraceMessage) -> bool {
    message.via == Via::Segue && message.message.data.contains_key("command")
}

/// The frame up to which a game was heard that is gone, as it is known with its row.
fn ended_at(closed: &TraceMessage) -> u64 {
    let call = closed.calls.first();
    call.and_then(|call| call.at).unwrap_or(closed.at)
}

/// What an adapter sees and makes of the messages of a trace. `[thread-safe]`
///
/// # Errors
/// Those of the rows.
pub fn covered(
    header: &TraceHeader,
    rows: impl Iterator<Item = Result<TraceRow, TraceError>>,
    adapter: Adapter,
) -> Result<Coverage, TraceError> {
    let mut all = Adapted::new(header, rows, adapter);
    for row in &mut all {
        row?;
    }
    Ok(all.games.live.adapter.coverage().clone())
}

/// The games of a trace at work again.
struct Again {
    live: Live,
    /// Which game a source is.
    peers: HashMap<String, Peer>,
    /// Their sources by number, the oldest first.
    sources: BTreeMap<u64, String>,
    /// Games so far.
    count: u64,
    /// Messages that the trace does not have: their numbers count from the largest down.
    added: u64,
}

impl Again {
    fn new(header: &TraceHeader, adapter: Adapter) -> Self {
        Self {
            live: of_trace(header, adapter),
            peers: HashMap::new(),
            sources: BTreeMap::new(),
            count: 0,
            added: 0,
        }
    }

    fn peer(&mut self, message: &TraceMessage) -> Peer {
        if let Some(peer) = self.peers.get(&message.source) {
            return *peer;
        }
        if self.sources.len() >= GAMES_MAX
            && let Some((_, oldest)) = self.sources.first_key_value()
        {
            let oldest = oldest.clone();
            self.forget(&oldest);
        }
        self.count += 1;
        let peer = Peer {
            connector: u16::from(message.via == Via::Osc),
            number: self.count,
        };
        self.peers.insert(message.source.clone(), peer);
        self.sources.insert(peer.number, message.source.clone());
        peer
    }

    fn forget(&mut self, source: &str) {
        if let Some(peer) = self.peers.remove(source) {
            self.sources.remove(&peer.number);
            self.live.games.end(peer);
            self.live.games.leave(peer);
            self.live.peers.remove(&peer);
        }
    }

    /// What a message of a game does.
    fn make(&mut self, message: &mut TraceMessage) -> Vec<TraceCall> {
        let (peer, place) = (self.peer(message), place_of(message));
        self.live.hold_until(peer, message.at, place);
        let (n, at) = (message.n, message.at);
        self.live.take(peer, n, &mut message.message, at, place);
        self.calls()
    }

    /// Takes a message of Segue's own: a win that counts up no more, and the end of a game, after
    /// which the next begins anew.
    fn own(&mut self, message: &mut TraceMessage) {
        let known = self.peers.get(&message.source).copied();
        if settles(message) {
            if let Some(peer) = known {
                let until = message.at.saturating_add(1);
                self.live.hold_until(peer, until, place_of(message));
            }
            message.calls = self.calls();
            return;
        }
        let data = &message.message.data;
        let args = data.get("args").filter(|_| {
            data.get("command")
                .is_some_and(|it| it == "set_timing_profile")
        });
        let profile = args.and_then(|args| args.get("profile")?.as_str().map(str::to_owned));
        if is_over(message) {
            self.forget(&message.source);
        } else if let (true, Some(profile)) = (asks(message), profile) {
            let (peer, live) = (self.peer(message), &mut self.live);
            // Another project may not have it.
            let _ = live.games.set_profile(peer, &profile, &live.adapter);
        } else if let Some(peer) = known {
            let mut calls = message.calls.iter();
            if calls.any(|call| call.effect == Effect::EndStages) {
                self.live.games.end(peer);
            }
        }
    }

    /// Wins that count up no more before frame `until`, as messages.
    fn settled(&mut self, until: u64) -> Vec<TraceMessage> {
        let mut settled = Vec::new();
        for peer in self.live.games.holds_before(until) {
            let Some(at) = self.live.hold_of(peer, until) else {
                continue;
            };
            let (now_us, next_frame, ahead) = (0, at, 0);
            let place = Place {
                now_us,
                next_frame,
                ahead,
            };
            self.live.hold_ends(peer, at, place);
            let source = self.sources.get(&peer.number).cloned();
            settled.push(TraceMessage {
                n: u64::MAX - self.added,
                source: source.unwrap_or_default(),
                via: Via::Segue,
                message: Message {
                    kind: FrameKind::Custom,
                    seq: 0,
                    t_us: 0,
                    received_us: 0,
                    data: Map::from_iter([(SETTLED.to_owned(), true.into())]),
                },
                at,
                next: at,
                calls: self.calls(),
            });
            self.added += 1;
        }
        settled
    }

    /// What was planned just now.
    fn calls(&mut self) -> Vec<TraceCall> {
        let mut made = Vec::new();
        while let Some(waiting) = self.live.schedule.pop() {
            made.push(TraceCall::at(waiting.at, waiting.what.effect));
        }
        self.live.rows.clear();
        self.live.refused.clear();
        made
    }
}

const fn place_of(message: &TraceMessage) -> Place {
    Place {
        now_us: message.message.received_us,
        next_frame: message.next,
        ahead: 0,
    }
}

fn of_trace(header: &TraceHeader, adapter: Adapter) -> Live {
    Live::new(LiveConfig {
        sample_rate: header.sample_rate_hz,
        adapter,
        connectors: vec![("trace".to_owned(), false), ("osc".to_owned(), true)],
        trace: None,
        clock: || 0,
    })
}

/// Carries nothing out.
#[derive(Debug, Default)]
pub struct Nobody;

impl Sink for Nobody {
    fn room(&self) -> usize {
        usize::MAX
    }

    /// Nothing is rendered, so nothing is too late.
    fn earliest(&self, _: u64) -> u64 {
        0
    }

    fn carry_out(&mut self, _: u64, _: &str, _: &Effect) -> Result<Carried, Refusal> {
        Ok(Carried::default())
    }
}
