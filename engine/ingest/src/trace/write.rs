//! Writing a trace as it happens.

use super::file::{Head, PartWriter, TraceFile};
use super::{FILE_MAX_BYTES, LINE_MAX_BYTES, TraceHeader, Via, short};
use crate::effect::Effect;
use crate::session::Message;
use serde_json::{Map, Value, json};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Between two flushes, in microseconds.
const FLUSH_US: u64 = 1_000_000;

/// An accepted message.
#[derive(Clone, Copy, Debug)]
pub struct Recorded<'a> {
    /// Its number, from 1.
    pub n: u64,
    /// From whom: see [`super::source`].
    pub source: &'a str,
    /// How it came.
    pub via: Via,
    /// What it said.
    pub message: &'a Message,
    /// Frame at which it takes effect.
    pub at: u64,
    /// The first frame that was still to be rendered when it came.
    pub next: u64,
    /// What it does, and at which frame.
    pub calls: &'a [(u64, Effect)],
}

/// Appends to a trace. Lines are written through once a second; when a part has become 100 MB, the
/// next one begins: `game.trace.jsonl`, `game.2.trace.jsonl`, and so on. After an error it is of no
/// use any more: what was written before can be read, as of a recording that broke off.
#[derive(Debug)]
pub struct TraceWriter {
    file: TraceFile,
    head: Head,
    part: PartWriter,
    part_max: u64,
    flushed_us: u64,
}

impl TraceWriter {
    /// Begins a trace in place of what is there.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn create(path: &Path, header: TraceHeader) -> io::Result<Self> {
        Self::begin(path, header, false)
    }

    /// Begins a trace where nothing is.
    ///
    /// # Errors
    /// The file cannot be written, or is there already ([`io::ErrorKind::AlreadyExists`]): it stays.
    pub fn create_new(path: &Path, header: TraceHeader) -> io::Result<Self> {
        Self::begin(path, header, true)
    }

    fn begin(path: &Path, header: TraceHeader, is_new: bool) -> io::Result<Self> {
        let (file, head) = (TraceFile::new(path), Head::new(header));
        Ok(Self {
            part: file.begin(&head, is_new)?,
            file,
            head,
            part_max: FILE_MAX_BYTES,
            flushed_us: 0,
        })
    }

    /// Where it begins.
    #[must_use]
    pub fn path(&self) -> PathBuf {
        self.file.part(1)
    }

    /// Begins the next part already at so many bytes; for tests.
    #[must_use]
    pub const fn with_part_max(mut self, bytes: u64) -> Self {
        self.part_max = bytes;
        self
    }

    /// Writes to another file from now on.
    #[cfg(test)]
    pub(crate) fn go_on_in(&mut self, file: std::fs::File) {
        self.part.out = io::BufWriter::new(file);
    }

    /// A message that was accepted.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn accepted(&mut self, it: Recorded<'_>) -> io::Result<()> {
        let call = |(at, effect): &(u64, Effect)| short::text(&json!([at, effect.write()]));
        let calls = it.calls.iter().map(call).collect::<io::Result<Vec<_>>>()?;
        let mut left = &calls[..];
        let mut head = head_of(it)?;
        loop {
            let (line, rest) = fill(&head, left);
            self.line(&line)?;
            if rest.is_empty() {
                break;
            }
            (head, left) = (short::text(&json!({"n": it.n}))?, rest);
        }
        self.flush_each_second(it.message.received_us)
    }

    /// A call of message `n` that came later than planned, or never.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn moved(&mut self, n: u64, call: usize, at: Option<u64>) -> io::Result<()> {
        self.row(&json!({"n": n, "call": call, "moved_smp": at}))
    }

    /// A message that was not taken, or part of it.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn refused(&mut self, n: u64, source: &str, code: &str, text: &str) -> io::Result<()> {
        let text: String = text.chars().take(500).collect();
        self.row(&json!({"n": n, "src": source, "refused": code, "text": text}))
    }

    /// Writes through what has waited for a second.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn flush_each_second(&mut self, now_us: u64) -> io::Result<()> {
        if now_us.saturating_sub(self.flushed_us) >= FLUSH_US {
            self.flushed_us = now_us;
            self.flush()?;
        }
        Ok(())
    }

    /// Writes through, and looks whether it is where it will be looked for: a file that was removed
    /// or exchanged takes what is written to it, and nobody finds that again.
    fn flush(&mut self) -> io::Result<()> {
        self.part.out.flush()?;
        let path = self.file.part(self.head.part);
        let there = std::fs::metadata(&path)?;
        // A device has no length.
        if there.is_file() && there.len() != self.part.bytes {
            let (found, written) = (there.len(), self.part.bytes);
            let text = format!(
                "{}: has {found} bytes where {written} were written; somebody else changed it",
                path.display()
            );
            return Err(io::Error::other(text));
        }
        Ok(())
    }

    /// The end, after `frames` frames.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn finish(mut self, frames: u64) -> io::Result<()> {
        self.row(&json!({"end_smp": frames}))?;
        self.flush()?;
        self.part.out.get_ref().sync_all()
    }

    fn row(&mut self, row: &Value) -> io::Result<()> {
        self.line(&format!("{row}\n"))
    }

    fn line(&mut self, line: &str) -> io::Result<()> {
        if !self.part.has_room(line.len(), self.part_max) {
            self.next_part()?;
        }
        self.part.line(line)
    }

    /// The next part is there before this one says that it goes on.
    fn next_part(&mut self) -> io::Result<()> {
        let head = Head {
            part: self.head.part + 1,
            ..self.head.clone()
        };
        let next = self.file.begin(&head, false)?;
        TraceFile::go_on(&mut self.part, head.part)?;
        (self.head, self.part) = (head, next);
        Ok(())
    }
}

/// The row of a message without its calls.
fn head_of(it: Recorded<'_>) -> io::Result<String> {
    let text = short::text(&row(it, &it.message.data))?;
    // What cannot be read again would lose the calls too.
    if text.len() <= LINE_MAX_BYTES - ENDING {
        return Ok(text);
    }
    let mut row = row(it, &Map::new());
    row["cut_bytes"] = text.len().into();
    short::text(&row)
}

fn row(it: Recorded<'_>, data: &Map<String, Value>) -> Value {
    let stage = |(_, effect): &(u64, Effect)| match effect {
        Effect::Stage(event) => Some(event.stage.id().to_string()),
        _ => None,
    };
    let message = it.message;
    let mut row = json!({
        "n": it.n,
        "src": it.source,
        "via": it.via.name(),
        "t_rx_us": message.received_us,
        "t_game_us": message.t_us,
        "t_audio_smp": it.at,
        "frame": {
            "type": message.kind.name(),
            "seq": message.seq,
            "t_us": message.t_us,
            "data": data,
        },
        "stages": it.calls.iter().filter_map(stage).collect::<Vec<_>>(),
    });
    if it.next != it.at {
        row["t_next_smp"] = it.next.into();
    }
    row
}

/// Bytes around calls: `,"calls":[` and `]}` and the line's end.
const ENDING: usize = 13;

/// An object with as many calls as a line holds, and those that are left.
fn fill<'a>(head: &str, calls: &'a [String]) -> (String, &'a [String]) {
    let mut line = head.strip_suffix('}').unwrap_or(head).to_owned();
    line += ",\"calls\":[";
    let mut taken = 0;
    for call in calls {
        let is_full = line.len() + call.len() + ENDING > LINE_MAX_BYTES;
        // A line that only goes on has one at least.
        if is_full && (taken > 0 || head.len() > CONTINUED_BYTES) {
            break;
        }
        if taken > 0 {
            line.push(',');
        }
        line += call;
        taken += 1;
    }
    line += "]}\n";
    (line, &calls[taken..])
}

/// `{"n":18446744073709551615}` is not longer.
const CONTINUED_BYTES: usize = 26;
