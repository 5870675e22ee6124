//! What connections tell.

use super::{Item, Live, LiveRow, Origin, Place, Said, Sink, signed};
use crate::effect::Effect;
use crate::frame::FrameKind;
use crate::hub::{Notice, Peer};
use crate::reconnect::State;
use crate::schedule::Waiting;
use crate::session::{Ack, Message, Row};
use crate::trace::Via;
use serde_json::{Map, Value, json};

/// In a row of Segue's own: a win counts up no more, as its game said nothing further.
pub(super) const SETTLED: &str = "settled";

impl Live {
    pub(super) fn notice(&mut self, notice: Notice, sink: &mut dyn Sink, place: Place) {
        match notice {
            Notice::Listening { connector, address } => {
                let value =
                    json!({"connector": self.name(connector), "address": address.to_string()});
                self.tell(LiveRow::new("listening", None, value));
            }
            Notice::State {
                connector,
                state,
                reason,
            } => {
                let mut value = state_value(state);
                if let Some(reason) = reason {
                    value["reason"] = reason.into();
                }
                value["connector"] = self.name(connector).into();
                self.tell(LiveRow::new("connection", None, value));
            }
            Notice::Opened { peer, hello } => {
                self.summary.opened += 1;
                self.peers.entry(peer).or_default();
                let value = json!({"src": self.source(peer), "game_id": hello.game_id});
                self.tell(LiveRow::new("opened", None, value));
            }
            Notice::Closed { peer, reason, text } => {
                // Its last words are heard.
                self.carry_out_due(sink, place);
                self.closed(peer, reason, &text, place);
            }
            Notice::Command {
                peer,
                id,
                name,
                args,
            } => {
                let answer = self.command(peer, &name, &args, sink, place);
                self.acks.push((peer, ack(id, answer)));
            }
            Notice::Ack { peer, ack } => {
                let asked = self
                    .peers
                    .get_mut(&peer)
                    .and_then(|it| it.answered(&ack.id));
                let value = json!({"src": self.source(peer), "command_id": ack.id, "name": asked,
                    "success": ack.success, "error": ack.error, "data": ack.data});
                self.tell(LiveRow::new("ack", None, value));
            }
            Notice::Row { peer, row } => {
                if let Row::OtherProject { theirs } = &row {
                    self.adapter.flag_project(theirs);
                }
                if let (Row::Asked { id, name }, Some(talker)) = (&row, self.peers.get_mut(&peer)) {
                    talker.asked.insert(id.clone(), name.clone());
                }
                let (kind, mut value) = row_value(row);
                value["src"] = self.source(peer).into();
                if kind == "refused" {
                    let code = value["code"].as_str().unwrap_or("").to_owned();
                    *self.summary.refused.entry(code).or_default() += 1;
                } else if let Some(count) = value["count"].as_u64() {
                    let others = self.summary.refused.entry("not_told".to_owned());
                    *others.or_default() += count;
                }
                self.tell(LiveRow::new(kind, None, value));
            }
        }
    }

    /// A game is gone: what it began is ended, and what it planned is not heard.
    fn closed(&mut self, peer: Peer, reason: &'static str, text: &str, place: Place) {
        *self.summary.closed.entry(reason.to_owned()).or_default() += 1;
        let talker = self.peers.remove(&peer);
        self.summary.gone += u64::from(talker.is_some());
        let talker = talker.unwrap_or_default();
        let value = json!({"src": self.source(peer), "reason": reason, "text": text});
        self.tell(LiveRow::new("closed", Some(place.next_frame), value));
        self.games.leave(peer);
        if !talker.spoke {
            return;
        }
        self.forget_planned(peer, None);
        let plays = self.games.known(peer).is_some_and(|game| {
            // Its win needs no end of its own: all that it began is ended.
            let _ = game.hold_before(u64::MAX);
            game.plays
        });
        // At once, as nothing of this game is in front of it any more.
        let calls = match plays {
            true => vec![(place.next_frame, Effect::EndStages)],
            false => Vec::new(),
        };
        let message = self.own_message(place, json!({"closed": reason}));
        let said = self.own(peer, &message, place);
        self.record(&said, &calls);
        let n = said.n;
        match calls.into_iter().next() {
            Some((at, effect)) => {
                let of = Origin { peer, n, seq: 0 };
                let call = 0;
                // There is always room for the end of a game: it comes once.
                let waiting = Waiting {
                    at,
                    order: self.schedule.next_order(),
                    what: Item { of, call, effect },
                };
                self.schedule.put_back(waiting);
            }
            None => _ = self.games.end(peer),
        }
    }

    /// What a game planned is not heard; of one message only the stages of that.
    pub(super) fn forget_planned(&mut self, peer: Peer, only: Option<u64>) {
        let is_meant = |item: &Item| match only {
            None => true,
            Some(n) => item.of.n == n && matches!(item.effect, Effect::Stage(_)),
        };
        let mut kept = Vec::new();
        while let Some(waiting) = self.schedule.pop() {
            if waiting.what.of.peer != peer || !is_meant(&waiting.what) {
                kept.push(waiting);
            } else {
                let (n, call) = (waiting.what.of.n, waiting.what.call);
                self.trace.write(|trace| trace.moved(n, call, None));
            }
        }
        for waiting in kept {
            self.schedule.put_back(waiting);
        }
    }

    /// Segue's own message of this moment, the last that was counted.
    pub(super) const fn own<'a>(&self, peer: Peer, message: &'a Message, place: Place) -> Said<'a> {
        Said {
            peer,
            n: self.summary.messages,
            via: Via::Segue,
            message,
            at: place.next_frame,
            next: place.next_frame,
        }
    }

    /// A message of Segue's own, for the trace.
    pub(super) fn own_message(&mut self, place: Place, data: Value) -> Message {
        self.summary.messages += 1;
        Message {
            kind: FrameKind::Custom,
            seq: 0,
            t_us: signed(place.now_us),
            received_us: place.now_us,
            data: match data {
                Value::Object(data) => data,
                _ => Map::new(),
            },
        }
    }

    fn name(&self, connector: u16) -> String {
        let found = self.connectors.get(usize::from(connector));
        found.map_or(String::new(), |(name, _)| name.clone())
    }
}

fn ack(id: String, answer: Result<Value, String>) -> Ack {
    match answer {
        Ok(data) => Ack {
            id,
            success: true,
            data,
            error: None,
        },
        Err(error) => Ack {
            id,
            success: false,
            data: Value::Null,
            error: Some(error),
        },
    }
}

fn state_value(state: State) -> Value {
    match state {
        State::Disconnected => json!({"state": "disconnected"}),
        State::Connecting { attempt, .. } => json!({"state": "connecting", "attempt": attempt}),
        State::Connected { attempt, .. } => json!({"state": "connected", "attempt": attempt}),
        State::Backoff {
            attempt,
            next_at_us,
        } => json!({"state": "backoff", "attempt": attempt, "next_at_us": next_at_us}),
        State::GaveUp { failures } => json!({"state": "gave_up", "failures": failures}),
        State::Closing { .. } => json!({"state": "closing"}),
    }
}

fn row_value(row: Row) -> (&'static str, Value) {
    match row {
        Row::Gap { from, to } => ("gap", json!({"from": from, "to": to})),
        Row::GapThere { from, to } => ("gap_there", json!({"from": from, "to": to})),
        Row::Duplicate { seq } => ("duplicate", json!({"seq": seq})),
        Row::Refused { code, seq, text } => {
            ("refused", json!({"code": code, "seq": seq, "text": text}))
        }
        Row::TheirError { code, message } => {
            ("their_error", json!({"code": code, "text": message}))
        }
        Row::ClockStep { by_us } => ("clock_step", json!({"by_us": by_us})),
        Row::TimeBackwards { seq, by_us } => {
            ("time_backwards", json!({"seq": seq, "by_us": by_us}))
        }
        Row::OtherProject { theirs } => ("other_project", json!({"theirs": theirs})),
        Row::Suppressed { count } => ("suppressed", json!({"count": count})),
        Row::Asked { id, name } => ("command", json!({"command_id": id, "name": name})),
        Row::LateAck { id } => ("late_ack", json!({"command_id": id})),
    }
}
