//! Reading a trace.

use super::file::{Head, TraceFile, object, open};
use super::{FILE_MAX_BYTES, LINE_MAX_BYTES, TraceHeader, Via};
use crate::effect::{Effect, whole};
use crate::frame::FrameKind;
use crate::json;
use crate::lines::LineReader;
use crate::session::Message;
use serde_json::{Map, Value};
use std::io::{self, BufRead, Cursor};
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

/// A line of a trace that was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Skipped {
    /// In which part, from 1.
    pub part: u32,
    /// Which line of it, from 1.
    pub line: usize,
}

/// A row of a trace.
#[derive(Clone, Debug, PartialEq)]
pub enum TraceRow {
    /// An accepted message with its first calls.
    Message(Box<TraceMessage>),
    /// More calls of the message before.
    More {
        /// The message's number.
        n: u64,
        /// What else it did.
        calls: Vec<TraceCall>,
    },
    /// A call came at another frame than planned, or never.
    Moved {
        /// The message's number.
        n: u64,
        /// Its place among the calls of its message.
        call: usize,
        /// When it came; `None` for never.
        at: Option<u64>,
    },
    /// A message was not taken, or a part of it.
    Refused {
        /// The message's number.
        n: u64,
        /// Why.
        code: String,
    },
    /// So far was rendered; the last row.
    End {
        /// Frames.
        at: u64,
    },
}

/// What a trace was found to be; whole when it was read to its end.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TraceState {
    /// Frames that were rendered; `None` where the recording broke off.
    pub end: Option<u64>,
    /// The last line of a part, cut short, and left out.
    pub torn: Option<Skipped>,
    /// The part that is to follow and is not there: what came from there on is not here.
    pub missing: Option<PathBuf>,
    /// Lines over [`LINE_MAX_BYTES`], or that are not of a trace; the first [`SKIPPED_MAX`].
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

/// Reads a trace with all its parts, a row at a time: it holds one line, and nothing of what it read.
/// Single lines that are wrong are skipped and listed. `[thread-safe]`
pub struct TraceReader {
    file: TraceFile,
    first: Head,
    lines: Lines,
    /// Which part is read, and which line of it.
    place: Skipped,
    /// The part that this one says is to follow.
    next: Option<u32>,
    /// The message that a row of more calls is about.
    newest: Option<u64>,
    state: TraceState,
    is_over: bool,
}

type Lines = LineReader<Box<dyn BufRead + Send>>;

impl std::fmt::Debug for TraceReader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut text = f.debug_struct("TraceReader");
        text.field("first", &self.first).field("place", &self.place);
        text.finish_non_exhaustive()
    }
}

/// What a line means.
enum Meaning {
    Row(TraceRow),
    /// It is about the file.
    Own,
    Nothing,
}

impl TraceReader {
    /// Opens a trace by its first part.
    ///
    /// # Errors
    /// [`TraceError`].
    pub fn open(path: &Path) -> Result<Self, TraceError> {
        let source = open(path)?;
        let reader = Self::begin(path, Box::new(source))?;
        match reader.first.part {
            0 | 1 => Ok(reader),
            part => Err(TraceError::NotTheFirst {
                path: path.to_owned(),
                part,
            }),
        }
    }

    /// Reads a trace of one part; `path` is what errors call it.
    ///
    /// # Errors
    /// [`TraceError::NotATrace`].
    pub fn of_bytes(path: &Path, bytes: Vec<u8>) -> Result<Self, TraceError> {
        let mut reader = Self::begin(path, Box::new(Cursor::new(bytes)))?;
        // The parts after it are no files.
        reader.first.run.clear();
        reader.first.part = ALONE;
        Ok(reader)
    }

    fn begin(path: &Path, source: Box<dyn BufRead + Send>) -> Result<Self, TraceError> {
        let mut lines = LineReader::new(source, LINE_MAX_BYTES - 1);
        Ok(Self {
            first: head(path, &mut lines)?,
            file: TraceFile::new(path),
            lines,
            place: Skipped { part: 1, line: 1 },
            next: None,
            newest: None,
            state: TraceState::default(),
            is_over: false,
        })
    }

    /// What the first line says.
    #[must_use]
    pub const fn header(&self) -> &TraceHeader {
        &self.first.header
    }

    /// Bytes of the file that are held.
    #[cfg(test)]
    pub(crate) const fn held(&self) -> usize {
        self.lines.held()
    }

    /// What was found so far.
    #[must_use]
    pub const fn state(&self) -> &TraceState {
        &self.state
    }

    fn row(&mut self) -> Result<Option<TraceRow>, TraceError> {
        while !self.is_over {
            let (file, place) = (&self.file, self.place);
            let failed = |source| TraceError::Io {
                path: file.part(place.part),
                source,
            };
            let Some(line) = self.lines.line().map_err(failed)? else {
                self.is_over = !self.next_part()?;
                continue;
            };
            self.place.line += 1;
            let (row, is_ended) = (line.text.and_then(object), line.is_ended);
            match row.map(|row| self.meaning(row)) {
                Some(Meaning::Row(row)) => return Ok(Some(row)),
                Some(Meaning::Own) => {}
                None if !is_ended => self.state.torn = Some(self.place),
                Some(Meaning::Nothing) | None => self.skip(),
            }
        }
        Ok(None)
    }

    /// Goes on with the next part; false when there is none.
    fn next_part(&mut self) -> Result<bool, TraceError> {
        let part = self.place.part + 1;
        if self.first.part == ALONE {
            return Ok(false);
        }
        let is_wanted = self.next.take() == Some(part);
        if !self.file.has_next(&self.first, part, is_wanted)? {
            self.state.missing = is_wanted.then(|| self.file.part(part));
            return Ok(false);
        }
        let path = self.file.part(part);
        self.lines = LineReader::new(Box::new(open(&path)?), LINE_MAX_BYTES - 1);
        head(&path, &mut self.lines)?;
        self.place = Skipped { part, line: 1 };
        Ok(true)
    }

    fn skip(&mut self) {
        let state = &mut self.state;
        state.skipped_count += 1;
        if state.skipped.len() < SKIPPED_MAX {
            state.skipped.push(self.place);
        }
    }

    fn meaning(&mut self, row: Map<String, Value>) -> Meaning {
        if let Some(end) = whole(row.get("end_smp")) {
            self.state.end = Some(end);
            return Meaning::Row(TraceRow::End { at: end });
        }
        if let Some(next) = whole(row.get("next_part")) {
            self.next = u32::try_from(next).ok();
            return Meaning::Own;
        }
        let row = whole(row.get("n")).and_then(|n| self.about(n, row));
        row.map_or(Meaning::Nothing, Meaning::Row)
    }

    /// A row about message `n`.
    fn about(&mut self, n: u64, mut row: Map<String, Value>) -> Option<TraceRow> {
        if let Some(Value::String(code)) = row.get_mut("refused") {
            let code = std::mem::take(code);
            return Some(TraceRow::Refused { n, code });
        }
        if let Some(moved) = row.get("moved_smp") {
            let call = usize::try_from(whole(row.get("call"))?).ok()?;
            let at = whole(Some(moved));
            return Some(TraceRow::Moved { n, call, at });
        }
        if row.contains_key("frame") {
            let message = message(n, &mut row)?;
            self.newest = Some(n);
            return Some(TraceRow::Message(Box::new(message)));
        }
        let calls = calls(row.get("calls")?)?;
        (self.newest == Some(n)).then_some(TraceRow::More { n, calls })
    }
}

impl Iterator for TraceReader {
    type Item = Result<TraceRow, TraceError>;

    /// The next row. An error is the last.
    fn next(&mut self) -> Option<Self::Item> {
        let row = self.row();
        self.is_over |= row.is_err();
        row.transpose()
    }
}

/// The number of a part that stands for itself.
const ALONE: u32 = u32::MAX;

fn head(path: &Path, lines: &mut Lines) -> Result<Head, TraceError> {
    let failed = |source| TraceError::Io {
        path: path.to_owned(),
        source,
    };
    let line = lines.line().map_err(failed)?;
    let head = match line {
        None => Err("it is empty".to_owned()),
        Some(line) => Head::read(line.text.unwrap_or_default()),
    };
    head.map_err(|reason| TraceError::NotATrace {
        path: path.to_owned(),
        reason,
    })
}

fn message(n: u64, row: &mut Map<String, Value>) -> Option<TraceMessage> {
    let (via, calls) = (Via::of_row(row)?, calls(row.get("calls")?)?);
    let mut frame = row.remove("frame")?;
    let name = frame.get("type")?.as_str()?;
    let kind = FrameKind::ALL.iter().find(|kind| kind.name() == name)?;
    let at = whole(row.get("t_audio_smp"))?;
    Some(TraceMessage {
        n,
        source: row.get("src")?.as_str()?.to_owned(),
        via,
        message: Message {
            kind: *kind,
            seq: whole(frame.get("seq"))?,
            t_us: frame.get("t_us").and_then(json::integer)?,
            received_us: whole(row.get("t_rx_us"))?,
            data: match frame.get_mut("data").map(Value::take) {
                Some(Value::Object(data)) => data,
                _ => return None,
            },
        },
        at,
        next: match row.get("t_next_smp") {
            None => at,
            next => whole(next)?,
        },
        calls,
    })
}

fn calls(value: &Value) -> Option<Vec<TraceCall>> {
    let call = |value: &Value| match value.as_array()?.as_slice() {
        [at, call] => Some(TraceCall::at(whole(Some(at))?, Effect::read(call).ok()?)),
        _ => None,
    };
    value.as_array()?.iter().map(call).collect()
}
