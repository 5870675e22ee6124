//! Reading a trace.

use super::file::{Head, TraceFile, load, object};
use super::{FILE_MAX_BYTES, TraceHeader, Via};
use crate::effect::{Effect, whole};
use crate::frame::FrameKind;
use crate::json;
use crate::session::Message;
use serde_json::{Map, Value};
use std::collections::HashMap;
use std::io;
use std::path::{Path, PathBuf};

/// Lines that are listed as skipped; further ones are counted.
pub const SKIPPED_MAX: usize = 100;

/// A message of a trace and what it did.
#[derive(Clone, Debug, PartialEq)]
pub struct TraceMessage {
    /// Its number.
    pub n: u64,
    /// From whom: `connector/number`.
    pub source: String,
    /// How it came.
    pub via: Via,
    /// What it said.
    pub message: Message,
    /// Frame at which it took effect.
    pub at: u64,
    /// The first frame that was still to be rendered when it came.
    pub next: u64,
    /// What it did.
    pub calls: Vec<TraceCall>,
}

/// A call of a message.
#[derive(Clone, Debug, PartialEq)]
pub struct TraceCall {
    /// The frame at which it was to be.
    pub planned: u64,
    /// The frame at which it was; `None` where it was refused, or its game was gone before.
    pub at: Option<u64>,
    /// What.
    pub effect: Effect,
}

impl TraceCall {
    /// One that was carried out as it was planned.
    #[must_use]
    pub const fn at(frame: u64, effect: Effect) -> Self {
        Self {
            planned: frame,
            at: Some(frame),
            effect,
        }
    }
}

/// A line that was passed over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Skipped {
    /// In which part, from 1.
    pub part: u32,
    /// Which line of it, from 1.
    pub line: usize,
}

/// A trace that was read.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Trace {
    /// What the first line says.
    pub header: TraceHeader,
    /// Accepted messages in their order.
    pub messages: Vec<TraceMessage>,
    /// Refusals: number, code.
    pub refused: Vec<(u64, String)>,
    /// Frames that were rendered, where the recording ended in order.
    pub end: Option<u64>,
    /// Its last line was cut short, and ignored.
    pub is_torn: bool,
    /// The part that is to follow and is not there: what came from there on is not here.
    pub missing: Option<PathBuf>,
    /// Lines over [`LINE_MAX_BYTES`](super::LINE_MAX_BYTES), or that are not of a trace; the first
    /// [`SKIPPED_MAX`].
    pub skipped: Vec<Skipped>,
    /// How many lines were skipped.
    pub skipped_count: u64,
}

/// Why a trace is not read.
#[derive(Debug, thiserror::Error)]
pub enum TraceError {
    /// The file cannot be read.
    #[error("{}: cannot read: {source}", path.display())]
    Io {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Over [`FILE_MAX_BYTES`].
    #[error("{}: {bytes} bytes; at most {FILE_MAX_BYTES} are read", path.display())]
    TooLarge {
        /// Which.
        path: PathBuf,
        /// Its size.
        bytes: u64,
    },
    /// Its first line is not that of a trace.
    #[error("{}: not a trace: {reason}", path.display())]
    NotATrace {
        /// Which.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// It is not where a trace begins.
    #[error("{}: part {part} of a trace; name its first part, which reads the others too", path.display())]
    NotTheFirst {
        /// Which.
        path: PathBuf,
        /// Its number.
        part: u32,
    },
}

impl Trace {
    /// Reads a trace with all its parts. `[thread-safe]`
    ///
    /// # Errors
    /// [`TraceError`]; single lines that are wrong are skipped and listed.
    pub fn read(path: &Path) -> Result<Self, TraceError> {
        let file = TraceFile::new(path);
        let mut reader = Reader::default();
        let first = reader.part(path, &load(path)?)?;
        if first.part > 1 {
            return Err(TraceError::NotTheFirst {
                path: path.to_owned(),
                part: first.part,
            });
        }
        for part in 2.. {
            let is_wanted = reader.next == Some(part);
            let Some(bytes) = file.load_next(&first, part, is_wanted)? else {
                reader.trace.missing = is_wanted.then(|| file.part(part));
                break;
            };
            reader.part(&file.part(part), &bytes)?;
        }
        reader.trace.header = first.header;
        Ok(reader.trace)
    }

    /// Reads one part; `path` is what errors call it. `[thread-safe]`
    ///
    /// # Errors
    /// [`TraceError::NotATrace`].
    pub fn parse(path: &Path, bytes: &[u8]) -> Result<Self, TraceError> {
        let mut reader = Reader::default();
        reader.trace.header = reader.part(path, bytes)?.header;
        Ok(reader.trace)
    }

    /// Everything it did, in the order in which it is heard.
    #[must_use]
    pub fn calls(&self) -> Vec<(u64, &Effect)> {
        self.sorted(|call| call.at)
    }

    /// Everything that it was to do, also what was refused, came later or never: what its adapter
    /// made of the messages.
    #[must_use]
    pub fn planned(&self) -> Vec<(u64, &Effect)> {
        self.sorted(|call| Some(call.planned))
    }

    fn sorted(&self, when: impl Fn(&TraceCall) -> Option<u64>) -> Vec<(u64, &Effect)> {
        let all = self.messages.iter().flat_map(|it| &it.calls);
        let all = all.filter_map(|call| Some((when(call)?, &call.effect)));
        let mut calls: Vec<_> = all.collect();
        // Equal frames stay as they came.
        calls.sort_by_key(|(at, _)| *at);
        calls
    }

    /// The last frame of which it knows.
    #[must_use]
    pub fn frames(&self) -> u64 {
        let last = self.calls().last().map_or(0, |(at, _)| *at);
        self.end.unwrap_or(last)
    }
}

/// Reads one part after the other.
#[derive(Default)]
struct Reader {
    trace: Trace,
    /// Where each number's message stands, for the lines that are about it.
    places: HashMap<u64, usize>,
    parts: u32,
    /// The part that is to follow.
    next: Option<u32>,
}

impl Reader {
    fn part(&mut self, path: &Path, bytes: &[u8]) -> Result<Head, TraceError> {
        let not = |reason: String| TraceError::NotATrace {
            path: path.to_owned(),
            reason,
        };
        let mut lines = bytes.split_inclusive(|byte| *byte == b'\n').enumerate();
        let (_, first) = lines.next().ok_or_else(|| not("it is empty".to_owned()))?;
        let head = Head::read(first).map_err(not)?;
        self.parts += 1;
        self.next = None;
        for (at, line) in lines {
            if line.last() != Some(&b'\n') && object(line).is_none() {
                self.trace.is_torn = true;
            } else if !self.row(line) {
                self.skip(at + 1);
            }
        }
        Ok(head)
    }

    fn skip(&mut self, line: usize) {
        let trace = &mut self.trace;
        trace.skipped_count += 1;
        if trace.skipped.len() < SKIPPED_MAX {
            let part = self.parts;
            trace.skipped.push(Skipped { part, line });
        }
    }

    /// False for a line that means nothing.
    fn row(&mut self, line: &[u8]) -> bool {
        let Some(row) = object(line) else {
            return false;
        };
        if let Some(end) = whole(row.get("end_smp")) {
            self.trace.end = Some(end);
            return true;
        }
        if let Some(next) = whole(row.get("next_part")) {
            self.next = u32::try_from(next).ok();
            return true;
        }
        let Some(n) = whole(row.get("n")) else {
            return false;
        };
        if let Some(code) = row.get("refused").and_then(Value::as_str) {
            self.trace.refused.push((n, code.to_owned()));
            return true;
        }
        if let Some(message) = message(n, &row) {
            self.places.insert(n, self.trace.messages.len());
            self.trace.messages.push(message);
            return true;
        }
        self.more(n, &row).is_some()
    }

    /// A line about a message that stands before it.
    fn more(&mut self, n: u64, row: &Map<String, Value>) -> Option<()> {
        let message = self.trace.messages.get_mut(*self.places.get(&n)?)?;
        if let Some(moved) = row.get("moved_smp") {
            let call = usize::try_from(whole(row.get("call"))?).ok()?;
            message.calls.get_mut(call)?.at = whole(Some(moved));
        } else {
            message.calls.extend(calls(row.get("calls")?)?);
        }
        Some(())
    }
}

fn message(n: u64, row: &Map<String, Value>) -> Option<TraceMessage> {
    let frame = row.get("frame")?.as_object()?;
    let name = frame.get("type")?.as_str()?;
    let kind = FrameKind::ALL.iter().find(|kind| kind.name() == name)?;
    let at = whole(row.get("t_audio_smp"))?;
    Some(TraceMessage {
        n,
        source: row.get("src")?.as_str()?.to_owned(),
        via: Via::of_row(row)?,
        message: Message {
            kind: *kind,
            seq: whole(frame.get("seq"))?,
            t_us: frame.get("t_us").and_then(json::integer)?,
            received_us: whole(row.get("t_rx_us"))?,
            data: frame.get("data")?.as_object()?.clone(),
        },
        at,
        next: match row.get("t_next_smp") {
            None => at,
            next => whole(next)?,
        },
        calls: calls(row.get("calls")?)?,
    })
}

fn calls(value: &Value) -> Option<Vec<TraceCall>> {
    let call = |value: &Value| match value.as_array()?.as_slice() {
        [at, call] => Some(TraceCall::at(whole(Some(at))?, Effect::read(call).ok()?)),
        _ => None,
    };
    value.as_array()?.iter().map(call).collect()
}
