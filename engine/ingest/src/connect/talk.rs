//! One conversation: a session between a socket and the hub.

use super::wire::{Incoming, Reader, Writer};
use super::{Context, Order};
use crate::hub::{Delivery, Notice, Peer};
use crate::inbox::Class;
use crate::rate::{Gate, TokenBucket};
use crate::session::{Busy, Close, Hello, Message, Output, Refused, Row, Session, close_code};
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::sync::mpsc::error::TrySendError;
use tokio::task::JoinSet;
use tokio::time::{sleep_until, timeout};

/// Texts that wait for a peer that does not read.
const OUTBOUND_MAX: usize = 256;
/// For saying good-bye.
const GOODBYE: Duration = Duration::from_millis(500);
/// Lines of report a second from one peer.
const ROWS_PER_S: u32 = 10;
/// The stage that begins a spin, as the hub's sorting names it.
const PRESS: &str = "ui_spin_press";

enum Out {
    Text(String),
    Close(u16, String),
}

/// What one conversation needs.
pub(super) struct Talk {
    context: Context,
    peer: Peer,
    session: Session,
    orders: mpsc::Receiver<Order>,
    gate: Gate,
}

impl Talk {
    pub(super) fn new(
        context: Context,
        peer: Peer,
        session: Session,
        orders: mpsc::Receiver<Order>,
    ) -> Self {
        Self {
            gate: Gate::new(context.config.rate),
            context,
            peer,
            session,
            orders,
        }
    }

    /// Talks until one side ends it. `opened` is called once hellos were exchanged.
    pub(super) async fn run(
        mut self,
        (mut reader, writer): (Reader, Writer),
        mut opened: impl FnMut(u64),
    ) -> Close {
        let (out, texts) = mpsc::channel(OUTBOUND_MAX);
        let mut writing = JoinSet::new();
        writing.spawn(write(writer, texts));
        let mut rows = Rows::new();
        let close = loop {
            if let Some(close) = self.carry_out(&out, &mut rows, &mut opened).await {
                break close;
            }
            self.wait(&mut reader).await;
        };
        let goodbye = Out::Close(close.code, close.text.clone());
        // A peer that does not read is left without.
        let _ = out.try_send(goodbye);
        drop(out);
        let _ = timeout(GOODBYE, writing.join_next()).await;
        rows.flush(&self.context, self.peer);
        self.context.hub.tell(Notice::Closed {
            peer: self.peer,
            reason: close.reason,
            text: close.text.clone(),
        });
        close
    }

    /// Until something happens.
    async fn wait(&mut self, reader: &mut Reader) {
        let now = self.context.now_us();
        let wake = self.session.next_wake().unwrap_or(now);
        let wake = self.context.at(wake);
        let hub = &self.context.hub;
        let is_filling = hub.is_filling();
        if is_filling {
            // Their silence is ours: we do not listen.
            self.session.excuse(now);
        }
        tokio::select! {
            // After a halt of the machine, what was sent meanwhile comes before the time that has passed.
            biased;
            () = self.context.ended() => self.obey(None),
            order = self.orders.recv() => self.obey(order),
            incoming = reader.next(), if !is_filling => {
                self.take(incoming);
                // One that never pauses does not hold up what is due.
                self.session.tick(self.context.now_us());
            }
            () = hub.has_room(), if is_filling => {}
            () = sleep_until(wake) => self.session.tick(self.context.now_us()),
        }
    }

    fn take(&mut self, incoming: Incoming) {
        let now = self.context.now_us();
        match incoming {
            Incoming::Text(bytes) => self.session.receive(&bytes, now),
            Incoming::TooLong(seq) => self.session.refuse_line(seq, now),
            Incoming::TooBig => {
                let text = "a message of more than 16 MB";
                self.session
                    .close(close_code::TOO_BIG, "too_big", text, now);
            }
            Incoming::Binary => {
                let text = "only text messages are taken";
                self.session
                    .close(close_code::UNSUPPORTED, "binary", text, now);
            }
            Incoming::NotUtf8 => {
                let text = "text that is not UTF-8";
                self.session
                    .close(close_code::INVALID_DATA, "parse", text, now);
            }
            Incoming::Gone(text) => {
                self.session
                    .close(close_code::GOING_AWAY, "gone", &text, now);
            }
        }
    }

    fn obey(&mut self, order: Option<Order>) {
        let now = self.context.now_us();
        match order {
            None | Some(Order::Close) => {
                self.session
                    .close(close_code::NORMAL, "closed", "closed here", now);
            }
            Some(Order::Command { name, args, .. }) => {
                if self.session.command(&name, args, now).is_err() {
                    self.dropped("busy", "command", 1);
                    let row = Row::Refused {
                        code: "busy",
                        seq: None,
                        text: format!("the command {name} was not sent: {Busy}"),
                    };
                    let peer = self.peer;
                    self.context.hub.tell(Notice::Row { peer, row });
                }
            }
            Some(Order::Acknowledge { ack, .. }) => self.session.acknowledge(ack, now),
            Some(Order::Refuse { peer, refused }) if peer == self.peer => {
                self.session.refused(&refused, now);
            }
            // What is for the conversation before this one has come too late.
            Some(Order::Connect | Order::Refuse { .. }) => {}
        }
    }

    async fn carry_out(
        &mut self,
        out: &mpsc::Sender<Out>,
        rows: &mut Rows,
        opened: &mut impl FnMut(u64),
    ) -> Option<Close> {
        while let Some(output) = self.session.poll() {
            match output {
                Output::Send(text) => self.send(out, text),
                Output::Open(hello) => self.open(hello, opened),
                Output::Message(message) => {
                    let sorted = self.context.hub.sort(&message);
                    if !self.gate.admits(sorted.0, message.received_us) {
                        self.dropped("rate", &sorted.1, 1);
                        continue;
                    }
                    // A batch may hold more than there is room for.
                    tokio::select! {
                        () = self.context.hub.has_room() => {}
                        () = self.context.ended() => {}
                    }
                    self.deliver(message, sorted, rows);
                }
                Output::Command { id, name, args } => self.context.hub.tell(Notice::Command {
                    peer: self.peer,
                    id,
                    name,
                    args,
                }),
                Output::Ack(ack) => self.context.hub.tell(Notice::Ack {
                    peer: self.peer,
                    ack,
                }),
                Output::Row(row) => {
                    self.count(&row);
                    rows.tell(&self.context, self.peer, row);
                }
                Output::Close(close) => return Some(close),
            }
        }
        None
    }

    /// Rows are told ten a second; these are counted each.
    fn count(&self, row: &Row) {
        match row {
            Row::Duplicate { .. } => self.dropped("duplicate", "frame", 1),
            Row::Gap { from, to } => self.dropped("gap", "frame", to - from + 1),
            _ => {}
        }
    }

    fn dropped(&self, reason: &'static str, kind: &str, count: u64) {
        let hub = &self.context.hub;
        hub.dropped(self.peer.connector, reason, kind, count);
    }

    fn send(&mut self, out: &mpsc::Sender<Out>, text: String) {
        let Err(error) = out.try_send(Out::Text(text)) else {
            return;
        };
        let (code, reason, text) = unsent(&error);
        let now = self.context.now_us();
        self.session.close(code, reason, text, now);
    }

    fn open(&self, hello: Hello, opened: &mut impl FnMut(u64)) {
        opened(self.context.now_us());
        self.context.hub.tell(Notice::Opened {
            peer: self.peer,
            hello,
        });
    }

    fn deliver(&mut self, mut message: Message, sorted: (Class, String), rows: &mut Rows) {
        let timing = self.context.config.timing;
        let presses = sorted.1 == PRESS;
        match self.session.in_time(&mut message, timing, presses) {
            Ok((due, row)) => {
                if let Some(row) = row {
                    rows.tell(&self.context, self.peer, row);
                }
                let delivery = Delivery {
                    peer: self.peer,
                    due,
                    message,
                };
                self.context.hub.deliver_sorted(delivery, sorted);
            }
            Err(error) => {
                self.dropped("too_far", &sorted.1, 1);
                let refused = Refused {
                    code: "too_far",
                    text: error.to_string(),
                    seq: message.seq,
                };
                self.session.refused(&refused, self.context.now_us());
                let Refused { code, text, seq } = refused;
                let seq = Some(seq);
                rows.tell(&self.context, self.peer, Row::Refused { code, seq, text });
            }
        }
    }
}

/// How a conversation ends that takes no more texts: code, reason, and that for people.
const fn unsent(error: &TrySendError<Out>) -> (u16, &'static str, &'static str) {
    match error {
        TrySendError::Full(_) => (
            close_code::TRY_LATER,
            "slow",
            "256 messages wait for this peer, which does not read",
        ),
        // Its writer has ended, as nothing can be written any more.
        TrySendError::Closed(_) => (
            close_code::GOING_AWAY,
            "gone",
            "the other side takes nothing any more",
        ),
    }
}

async fn write(mut writer: Writer, mut texts: mpsc::Receiver<Out>) {
    while let Some(out) = texts.recv().await {
        match out {
            Out::Text(text) => {
                if !writer.send(text).await {
                    return;
                }
            }
            Out::Close(code, reason) => return writer.close(code, &reason).await,
        }
    }
}

/// At most ten lines of report a second from one peer, then how many were not told. What whoever runs Segue asked of it
/// is always told: at most 64 commands wait, and their answers come by these rows' ids.
pub(super) struct Rows {
    bucket: TokenBucket,
    suppressed: u64,
}

impl Rows {
    pub(super) const fn new() -> Self {
        Self {
            bucket: TokenBucket::new(ROWS_PER_S, ROWS_PER_S),
            suppressed: 0,
        }
    }

    pub(super) fn tell(&mut self, context: &Context, peer: Peer, row: Row) {
        if matches!(row, Row::Asked { .. }) {
            context.hub.tell(Notice::Row { peer, row });
        } else if self.bucket.take(context.now_us()) {
            self.flush(context, peer);
            context.hub.tell(Notice::Row { peer, row });
        } else {
            self.suppressed += 1;
        }
    }

    pub(super) fn flush(&mut self, context: &Context, peer: Peer) {
        let count = std::mem::take(&mut self.suppressed);
        if count > 0 {
            let row = Row::Suppressed { count };
            context.hub.tell(Notice::Row { peer, row });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_does_not_read_is_told_from_who_is_gone() {
        let (out, texts) = mpsc::channel(1);
        let say = || out.try_send(Out::Text(String::new()));
        assert!(say().is_ok());
        let full = say().unwrap_err();
        assert_eq!(unsent(&full).1, "slow");
        drop(texts);
        let closed = say().unwrap_err();
        assert_eq!(
            (unsent(&closed).0, unsent(&closed).1),
            (close_code::GOING_AWAY, "gone")
        );
    }
}
