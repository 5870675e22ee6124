//! Reading a trace.

use super::write::part_path;
use super::{FILE_MAX_BYTES, FORMAT, LINE_MAX_BYTES, TraceHeader, VERSION};
use crate::effect::{Effect, whole};
use crate::frame::FrameKind;
use crate::json;
use crate::session::Message;
use serde_json::{Map, Value};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// Parts of one trace.
const PARTS_MAX: u32 = 1000;

/// The frame of a call that was not carried out.
const NEVER: u64 = u64::MAX;

/// A message of a trace and what it did.
#[derive(Clone, Debug, PartialEq)]
pub struct TraceMessage {
    /// Its number.
    pub n: u64,
    /// From whom: `connector/number`.
    pub source: String,
    /// It came over OSC.
    pub is_osc: bool,
    /// What it said.
    pub message: Message,
    /// Frame at which it took effect.
    pub at: u64,
    /// What it did, and at which frame.
    pub calls: Vec<(u64, Effect)>,
}

/// A trace that was read.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TraceFile {
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
    /// Numbers of lines over [`LINE_MAX_BYTES`], or that are not of a trace; they were skipped.
    pub skipped: Vec<usize>,
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
}

impl TraceFile {
    /// Reads a trace with all its parts. `[thread-safe]`
    ///
    /// # Errors
    /// [`TraceError`]; single lines that are wrong are skipped and listed.
    pub fn read(path: &Path) -> Result<Self, TraceError> {
        let mut trace = Self::parse(path, &load(path)?)?;
        for part in 2..PARTS_MAX {
            let next = part_path(path, part);
            if !next.is_file() {
                break;
            }
            let more = Self::parse(&next, &load(&next)?)?;
            trace.append(more);
        }
        Ok(trace)
    }

    /// Reads one part; `path` is what errors call it. `[thread-safe]`
    ///
    /// # Errors
    /// [`TraceError::NotATrace`].
    pub fn parse(path: &Path, bytes: &[u8]) -> Result<Self, TraceError> {
        let not = |reason: String| TraceError::NotATrace {
            path: path.to_owned(),
            reason,
        };
        let mut lines = bytes.split_inclusive(|byte| *byte == b'\n').enumerate();
        let (_, first) = lines.next().ok_or_else(|| not("it is empty".to_owned()))?;
        let mut trace = Self {
            header: object(first)
                .ok_or_else(|| not("its first line is no JSON object".to_owned()))
                .and_then(|first| header(&first).map_err(not))?,
            ..Self::default()
        };
        for (at, line) in lines {
            if line.last() != Some(&b'\n') && object(line).is_none() {
                trace.is_torn = true;
            } else if !trace.row(line) {
                trace.skipped.push(at + 1);
            }
        }
        Ok(trace)
    }

    /// Everything it did, in the order in which it is heard.
    #[must_use]
    pub fn calls(&self) -> Vec<(u64, &Effect)> {
        let all = self.messages.iter().flat_map(|it| &it.calls);
        let heard = all.filter(|(at, _)| *at != NEVER);
        let mut calls: Vec<_> = heard.map(|(at, effect)| (*at, effect)).collect();
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

    fn append(&mut self, more: Self) {
        for message in more.messages {
            match self.messages.last_mut().filter(|last| last.n == message.n) {
                Some(last) => last.calls.extend(message.calls),
                None => self.messages.push(message),
            }
        }
        self.refused.extend(more.refused);
        self.skipped.extend(more.skipped);
        self.is_torn |= more.is_torn;
        self.end = more.end.or(self.end);
    }

    /// False for a line that means nothing.
    fn row(&mut self, line: &[u8]) -> bool {
        let Some(row) = object(line).filter(|_| line.len() <= LINE_MAX_BYTES) else {
            return false;
        };
        if let Some(end) = whole(row.get("end_smp")) {
            self.end = Some(end);
            return true;
        }
        let Some(n) = whole(row.get("n")) else {
            return false;
        };
        if let Some(code) = row.get("refused").and_then(Value::as_str) {
            self.refused.push((n, code.to_owned()));
            return true;
        }
        if let Some(message) = message(n, &row) {
            self.messages.push(message);
            return true;
        }
        self.more(n, &row).is_some()
    }

    /// A line about a message that stands before it.
    fn more(&mut self, n: u64, row: &Map<String, Value>) -> Option<()> {
        let mut before = self.messages.iter_mut().rev();
        let message = before.find(|message| message.n == n)?;
        if let Some(moved) = row.get("moved_smp") {
            let call = usize::try_from(whole(row.get("call"))?).ok()?;
            message.calls.get_mut(call)?.0 = whole(Some(moved)).unwrap_or(NEVER);
        } else {
            message.calls.extend(calls(row.get("calls")?)?);
        }
        Some(())
    }
}

fn load(path: &Path) -> Result<Vec<u8>, TraceError> {
    let failed = |source| TraceError::Io {
        path: path.to_owned(),
        source,
    };
    let bytes = fs::metadata(path).map_err(failed)?.len();
    if bytes > FILE_MAX_BYTES {
        return Err(TraceError::TooLarge {
            path: path.to_owned(),
            bytes,
        });
    }
    fs::read(path).map_err(failed)
}

fn object(line: &[u8]) -> Option<Map<String, Value>> {
    if line.len() > LINE_MAX_BYTES {
        return None;
    }
    match json::parse_below(std::str::from_utf8(line).ok()?, 1) {
        Ok(Value::Object(object)) => Some(object),
        _ => None,
    }
}

fn header(row: &Map<String, Value>) -> Result<TraceHeader, String> {
    let text = |key: &str| {
        let value = row.get(key).and_then(Value::as_str);
        value.unwrap_or("").to_owned()
    };
    if text("format") != FORMAT {
        return Err(format!("format is to be {FORMAT:?}"));
    }
    let version = whole(row.get("version"));
    if version != Some(VERSION) {
        return Err(format!("version is to be {VERSION}; update Segue"));
    }
    let rate = whole(row.get("sample_rate_hz")).and_then(|rate| u32::try_from(rate).ok());
    let rate = rate.filter(|rate| (8_000..=384_000).contains(rate));
    let seed = match row.get("seed") {
        Some(Value::String(digits)) => digits.parse().ok(),
        value => whole(value),
    };
    Ok(TraceHeader {
        project_hash: text("project_hash"),
        adapter_hash: text("adapter_hash"),
        engine_version: text("engine_version"),
        sample_rate_hz: rate.ok_or("sample_rate_hz is not in 8000..=384000")?,
        seed: seed.ok_or("seed is to be a whole number")?,
    })
}

fn message(n: u64, row: &Map<String, Value>) -> Option<TraceMessage> {
    let frame = row.get("frame")?.as_object()?;
    let name = frame.get("type")?.as_str()?;
    let kind = FrameKind::ALL.iter().find(|kind| kind.name() == name)?;
    let source = row.get("src")?.as_str()?.to_owned();
    let data = frame.get("data")?.as_object()?.clone();
    Some(TraceMessage {
        n,
        is_osc: source.starts_with("osc") && data.contains_key("address"),
        source,
        message: Message {
            kind: *kind,
            seq: whole(frame.get("seq"))?,
            t_us: frame.get("t_us").and_then(json::integer)?,
            received_us: whole(row.get("t_rx_us"))?,
            data,
        },
        at: whole(row.get("t_audio_smp"))?,
        calls: calls(row.get("calls")?)?,
    })
}

fn calls(value: &Value) -> Option<Vec<(u64, Effect)>> {
    let call = |value: &Value| match value.as_array()?.as_slice() {
        [at, call] => Some((whole(Some(at))?, Effect::read(call).ok()?)),
        _ => None,
    };
    value.as_array()?.iter().map(call).collect()
}
