//! The messages of a trace through another adapter.

use super::{Carried, Live, LiveConfig, Place, Refusal, Sink};
use crate::adapter::{Adapter, Coverage};
use crate::effect::Effect;
use crate::hub::Peer;
use crate::trace::{Trace, TraceCall, TraceMessage, Via};
use std::collections::{HashMap, HashSet};

/// What a trace would have done with this adapter: the same messages at the same frames.
/// [`crate::trace::diff_planned`] compares both.
#[must_use]
pub fn adapt(trace: &Trace, adapter: Adapter) -> Trace {
    let mut live = of_trace(trace, adapter);
    let mut adapted = Trace {
        header: trace.header.clone(),
        end: trace.end,
        ..Trace::default()
    };
    // Where each game's messages stand that may still be taken back.
    let mut open: HashMap<&str, Vec<usize>> = HashMap::new();
    for (message, is_heard) in heard(trace) {
        let calls = match message.via {
            Via::Segue => {
                live.ends(message);
                if message.message.data.contains_key("closed") {
                    let said = open.remove(message.source.as_str()).unwrap_or_default();
                    cancel(&mut adapted, &said, ended_at(message));
                }
                message.calls.clone()
            }
            Via::Game | Via::Osc if is_heard => live.make(message),
            Via::Game | Via::Osc => Vec::new(),
        };
        let said = open.entry(&message.source).or_default();
        said.push(adapted.messages.len());
        adapted.messages.push(TraceMessage {
            calls,
            ..message.clone()
        });
    }
    adapted
}

/// Messages, and whether they were made into something: one for which the adapter took too long was
/// left, which does not come again.
fn heard(trace: &Trace) -> impl Iterator<Item = (&TraceMessage, bool)> {
    let refused = trace.refused.iter().filter(|(_, code)| code == "budget");
    let left: HashSet<u64> = refused.map(|(n, _)| *n).collect();
    let messages = trace.messages.iter();
    messages.map(move |message| (message, !left.contains(&message.n)))
}

/// The frame up to which a game was heard that is gone.
fn ended_at(closed: &TraceMessage) -> u64 {
    let call = closed.calls.first();
    call.and_then(|call| call.at).unwrap_or(closed.at)
}

/// What a game planned for after its end was never heard.
fn cancel(trace: &mut Trace, messages: &[usize], end: u64) {
    for at in messages {
        for call in &mut trace.messages[*at].calls {
            call.at = call.at.filter(|at| *at <= end);
        }
    }
}

/// What an adapter sees and makes of the messages of a trace.
#[must_use]
pub fn covered(trace: &Trace, adapter: Adapter) -> Coverage {
    let mut live = of_trace(trace, adapter);
    for message in &trace.messages {
        match message.via {
            Via::Segue => live.ends(message),
            Via::Game | Via::Osc => _ = live.make(message),
        }
    }
    live.adapter.coverage().clone()
}

fn of_trace(trace: &Trace, adapter: Adapter) -> Live {
    Live::new(LiveConfig {
        sample_rate: trace.header.sample_rate_hz,
        adapter,
        connectors: vec![("trace".to_owned(), false), ("osc".to_owned(), true)],
        trace: None,
        clock: || 0,
    })
}

impl Live {
    /// Takes a message of Segue's own: after the end of a game the next begins anew.
    fn ends(&mut self, message: &TraceMessage) {
        let mut calls = message.calls.iter();
        if calls.any(|call| call.effect == Effect::EndStages) {
            self.begin_anew();
        }
    }

    /// What a message of a trace does.
    fn make(&mut self, message: &TraceMessage) -> Vec<TraceCall> {
        let place = Place {
            now_us: message.message.received_us,
            next_frame: message.next,
            ahead: 0,
        };
        let peer = Peer {
            connector: u16::from(message.via == Via::Osc),
            number: 1,
        };
        self.take(peer, message.n, &message.message, message.at, place);
        let mut made = Vec::new();
        while let Some(waiting) = self.schedule.pop() {
            made.push(TraceCall::at(waiting.at, waiting.what.effect));
        }
        self.rows.clear();
        made
    }
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

    fn carry_out(&mut self, _: u64, _: &Effect) -> Result<Carried, Refusal> {
        Ok(Carried::default())
    }
}
