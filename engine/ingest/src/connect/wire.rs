//! Texts over a socket: lines of TCP, or messages of WebSocket.

use crate::frame::{PAYLOAD_MAX_BYTES, seq_in};
use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt, StreamExt};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::frame::CloseFrame;
use tokio_tungstenite::tungstenite::protocol::{Message, WebSocketConfig};
use tokio_tungstenite::tungstenite::{self, error::CapacityError};

/// Longest message of WebSocket, put together, in bytes.
const MESSAGE_MAX_BYTES: usize = 16 << 20;
/// Bytes read at a time.
const CHUNK: usize = 8192;
/// Longest text in a close frame (RFC 6455, 5.5: 125 bytes with the code).
const REASON_MAX_BYTES: usize = 123;

/// What arrived.
pub(super) enum Incoming {
    Text(Vec<u8>),
    /// A line over the limit, told as soon as it is; the rest of it is skipped. Its frame's number, where it begins
    /// with one.
    TooLong(Option<u64>),
    /// A message over the limit; the stream is of no use any more.
    TooBig,
    /// A message that is not text.
    Binary,
    /// Text that is not UTF-8; RFC 6455, 8.1 ends the connection.
    NotUtf8,
    /// The other side is gone, and why.
    Gone(String),
}

/// The receiving half. Waiting for it may be given up at any time; nothing is lost.
pub(super) enum Reader {
    Lines(Lines),
    Web(Box<SplitStream<WebSocketStream<TcpStream>>>),
}

/// The sending half.
pub(super) enum Writer {
    Lines(OwnedWriteHalf),
    Web(Box<SplitSink<WebSocketStream<TcpStream>, Message>>),
}

/// How WebSockets are read.
pub(crate) fn web_config() -> WebSocketConfig {
    WebSocketConfig::default()
        .max_message_size(Some(MESSAGE_MAX_BYTES))
        .max_frame_size(Some(MESSAGE_MAX_BYTES))
}

pub(super) fn lines(stream: TcpStream) -> (Reader, Writer) {
    // Messages are small and wanted now.
    let _ = stream.set_nodelay(true);
    let (read, write) = stream.into_split();
    (Reader::Lines(Lines::new(read)), Writer::Lines(write))
}

pub(super) fn web(stream: WebSocketStream<TcpStream>) -> (Reader, Writer) {
    let _ = stream.get_ref().set_nodelay(true);
    let (write, read) = stream.split();
    (Reader::Web(Box::new(read)), Writer::Web(Box::new(write)))
}

impl Reader {
    pub(super) async fn next(&mut self) -> Incoming {
        match self {
            Self::Lines(lines) => lines.next().await,
            Self::Web(stream) => loop {
                match stream.next().await {
                    Some(Ok(Message::Text(text))) => {
                        return Incoming::Text(text.as_bytes().to_vec());
                    }
                    Some(Ok(Message::Binary(_))) => return Incoming::Binary,
                    Some(Ok(Message::Close(_))) | None => {
                        return Incoming::Gone("closed by the other side".to_owned());
                    }
                    Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_))) => {}
                    Some(Err(error)) => return web_error(&error),
                }
            },
        }
    }
}

fn web_error(error: &tungstenite::Error) -> Incoming {
    match error {
        tungstenite::Error::Capacity(CapacityError::MessageTooLong { .. }) => Incoming::TooBig,
        tungstenite::Error::Utf8(_) => Incoming::NotUtf8,
        other => Incoming::Gone(other.to_string()),
    }
}

impl Writer {
    /// False when the other side is gone.
    pub(super) async fn send(&mut self, text: String) -> bool {
        match self {
            Self::Lines(stream) => {
                let line = text + "\n";
                stream.write_all(line.as_bytes()).await.is_ok()
            }
            Self::Web(sink) => sink.send(Message::text(text)).await.is_ok(),
        }
    }

    /// Says good-bye. The socket closes when both halves are dropped.
    pub(super) async fn close(&mut self, code: u16, reason: &str) {
        match self {
            Self::Lines(stream) => {
                // It may be gone already.
                let _ = stream.shutdown().await;
            }
            Self::Web(sink) => {
                let frame = CloseFrame {
                    code: code.into(),
                    reason: cut(reason).into(),
                };
                let _ = sink.send(Message::Close(Some(frame))).await;
                let _ = sink.flush().await;
            }
        }
    }
}

/// At most what a close frame holds, at a border of characters.
fn cut(reason: &str) -> &str {
    let end = (0..=reason.len().min(REASON_MAX_BYTES)).rev();
    let mut ends = end.filter(|at| reason.is_char_boundary(*at));
    &reason[..ends.next().unwrap_or(0)]
}

/// Lines of at most [`PAYLOAD_MAX_BYTES`], with `\n` or `\r\n`. Holds that much and no more.
pub(super) struct Lines {
    stream: OwnedReadHalf,
    held: Vec<u8>,
    /// So many bytes of `held` have no line's end.
    searched: usize,
    /// The rest of a line that was too long is thrown away.
    skips: bool,
}

impl Lines {
    fn new(stream: OwnedReadHalf) -> Self {
        Self {
            stream,
            held: Vec::with_capacity(CHUNK),
            searched: 0,
            skips: false,
        }
    }

    async fn next(&mut self) -> Incoming {
        loop {
            if let Some(found) = self.take_line() {
                return found;
            }
            self.held.reserve(CHUNK);
            match self.stream.read_buf(&mut self.held).await {
                Ok(0) => return Incoming::Gone("closed by the other side".to_owned()),
                Ok(_) => {}
                Err(error) => return Incoming::Gone(error.to_string()),
            }
        }
    }

    fn take_line(&mut self) -> Option<Incoming> {
        loop {
            let rest = &self.held[self.searched..];
            let Some(end) = rest.iter().position(|byte| *byte == b'\n') else {
                self.searched = self.held.len();
                // A carriage return may be a part of the line's end.
                let length = self.held.len() - usize::from(self.held.last() == Some(&b'\r'));
                let is_over = !self.skips && length > PAYLOAD_MAX_BYTES;
                let told = is_over.then(|| Incoming::TooLong(seq_in(&self.held)));
                self.skips |= is_over;
                if self.skips {
                    self.held.clear();
                    self.searched = 0;
                }
                return told;
            };
            let end = self.searched + end;
            let mut line: Vec<u8> = self.held.drain(..=end).collect();
            self.searched = 0;
            line.pop();
            if line.last() == Some(&b'\r') {
                line.pop();
            }
            if std::mem::take(&mut self.skips) {
                continue;
            }
            if line.len() > PAYLOAD_MAX_BYTES {
                return Some(Incoming::TooLong(seq_in(&line)));
            }
            if !line.is_empty() {
                return Some(Incoming::Text(line));
            }
        }
    }
}
