//! The messages of a trace through another adapter.

use super::{Carried, Live, LiveConfig, Place, Refusal, Sink};
use crate::adapter::{Adapter, Coverage};
use crate::clock::Due;
use crate::effect::Effect;
use crate::hub::{Delivery, Peer};
use crate::trace::{TraceFile, TraceMessage};

/// What a trace would have done with this adapter: the same messages at the same frames.
/// [`crate::trace::diff`] compares both.
#[must_use]
pub fn adapt(trace: &TraceFile, adapter: Adapter) -> TraceFile {
    let mut live = of_trace(trace, adapter);
    let mut adapted = TraceFile {
        header: trace.header.clone(),
        end: trace.end,
        ..TraceFile::default()
    };
    for message in &trace.messages {
        let calls = if is_own(message) {
            message.calls.clone()
        } else {
            live.make(message)
        };
        adapted.messages.push(TraceMessage {
            calls,
            ..message.clone()
        });
    }
    adapted
}

/// What an adapter sees and makes of the messages of a trace.
#[must_use]
pub fn covered(trace: &TraceFile, adapter: Adapter) -> Coverage {
    let mut live = of_trace(trace, adapter);
    for message in trace.messages.iter().filter(|it| !is_own(it)) {
        live.make(message);
    }
    live.adapter.coverage().clone()
}

fn of_trace(trace: &TraceFile, adapter: Adapter) -> Live {
    Live::new(LiveConfig {
        sample_rate: trace.header.sample_rate_hz,
        adapter,
        connectors: vec![("trace".to_owned(), false), ("osc".to_owned(), true)],
        trace: None,
        clock: || 0,
    })
}

/// What Segue itself wrote: the end of a game, or a command that was carried out.
fn is_own(message: &TraceMessage) -> bool {
    let (seq, data) = (message.message.seq, &message.message.data);
    // Numbers of games begin at 1.
    seq == 0 && !message.is_osc && (data.contains_key("closed") || data.contains_key("command"))
}

impl Live {
    /// What a message of a trace does.
    fn make(&mut self, message: &TraceMessage) -> Vec<(u64, Effect)> {
        let place = Place {
            now_us: message.message.received_us,
            next_frame: message.at,
            ahead: 0,
        };
        let delivery = Delivery {
            peer: Peer {
                connector: u16::from(message.is_osc),
                number: 1,
            },
            due: Due {
                at_us: None,
                late_us: 0,
            },
            message: message.message.clone(),
        };
        self.accept(delivery, place);
        let mut made = Vec::new();
        while let Some(waiting) = self.schedule.pop() {
            made.push((waiting.at, waiting.what.effect));
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

    fn carry_out(&mut self, _: u64, _: &Effect) -> Result<Carried, Refusal> {
        Ok(Carried::default())
    }
}
