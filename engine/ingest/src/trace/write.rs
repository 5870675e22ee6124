//! Writing a trace as it happens.

use super::{FILE_MAX_BYTES, LINE_MAX_BYTES, TraceHeader};
use crate::effect::Effect;
use crate::session::Message;
use serde_json::{Value, json};
use std::fs::{File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

/// Between two flushes, in microseconds.
const FLUSH_US: u64 = 1_000_000;
/// Calls of one line.
const CALLS_A_LINE: usize = 100;

/// An accepted message.
#[derive(Clone, Copy, Debug)]
pub struct Recorded<'a> {
    /// Its number, from 1.
    pub n: u64,
    /// From whom: see [`super::source`].
    pub source: &'a str,
    /// What it said.
    pub message: &'a Message,
    /// Frame at which it takes effect.
    pub at: u64,
    /// What it does, and at which frame.
    pub calls: &'a [(u64, Effect)],
}

/// Appends to a trace. Lines are written through once a second; when a part has become 100 MB, the
/// next one begins: `game.trace.jsonl`, `game.2.trace.jsonl`, and so on.
#[derive(Debug)]
pub struct TraceWriter {
    path: PathBuf,
    header: TraceHeader,
    part: u32,
    file: BufWriter<File>,
    bytes: u64,
    part_max: u64,
    flushed_us: u64,
}

impl TraceWriter {
    /// Begins a trace in place of what is there.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn create(path: &Path, header: TraceHeader) -> io::Result<Self> {
        let mut writer = Self {
            file: BufWriter::new(begin(path)?),
            path: path.to_owned(),
            header,
            part: 1,
            bytes: 0,
            part_max: FILE_MAX_BYTES - LINE_MAX_BYTES as u64,
            flushed_us: 0,
        };
        let header = writer.header.write();
        writer.line(&header)?;
        writer.flush()?;
        Ok(writer)
    }

    /// Where it begins.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Begins the next part already at so many bytes; for tests.
    #[must_use]
    pub const fn with_part_max(mut self, bytes: u64) -> Self {
        self.part_max = bytes;
        self
    }

    /// Writes to another file from now on.
    #[cfg(test)]
    pub(crate) fn go_on_in(&mut self, file: File) {
        self.file = BufWriter::new(file);
    }

    /// A message that was accepted.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn accepted(&mut self, it: Recorded<'_>) -> io::Result<()> {
        let mut lines = it.calls.chunks(CALLS_A_LINE);
        let first = lines.next().unwrap_or(&[]);
        let stage = |(_, effect): &(u64, Effect)| match effect {
            Effect::Stage(event) => Some(event.stage.id().to_string()),
            _ => None,
        };
        let message = it.message;
        let row = json!({
            "n": it.n,
            "src": it.source,
            "t_rx_us": message.received_us,
            "t_game_us": message.t_us,
            "t_audio_smp": it.at,
            "frame": {
                "type": message.kind.name(),
                "seq": message.seq,
                "t_us": message.t_us,
                "data": message.data,
            },
            "stages": it.calls.iter().filter_map(stage).collect::<Vec<_>>(),
            "calls": calls(first),
        });
        self.line(&row)?;
        for more in lines {
            self.line(&json!({"n": it.n, "calls": calls(more)}))?;
        }
        self.flush_each_second(message.received_us)
    }

    /// A call of message `n` that came later than planned, or never.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn moved(&mut self, n: u64, call: usize, at: Option<u64>) -> io::Result<()> {
        self.line(&json!({"n": n, "call": call, "moved_smp": at}))
    }

    /// A message that was not taken, or part of it.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn refused(&mut self, n: u64, source: &str, code: &str, text: &str) -> io::Result<()> {
        let text: String = text.chars().take(500).collect();
        self.line(&json!({"n": n, "src": source, "refused": code, "text": text}))
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

    /// The end, after `frames` frames.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn finish(mut self, frames: u64) -> io::Result<()> {
        self.line(&json!({"end_smp": frames}))?;
        self.flush()?;
        self.file.get_ref().sync_all()
    }

    fn line(&mut self, row: &Value) -> io::Result<()> {
        let line = format!("{row}\n");
        if self.bytes + line.len() as u64 > self.part_max && self.bytes > 0 {
            self.next_part()?;
        }
        self.bytes += line.len() as u64;
        self.file.write_all(line.as_bytes())
    }

    fn next_part(&mut self) -> io::Result<()> {
        self.flush()?;
        self.part += 1;
        self.file = BufWriter::new(begin(&part_path(&self.path, self.part))?);
        let header = format!("{}\n", self.header.write());
        self.bytes = header.len() as u64;
        self.file.write_all(header.as_bytes())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

fn begin(path: &Path) -> io::Result<File> {
    // What an earlier trace left there must not stand behind this one.
    File::create(path)?;
    OpenOptions::new().append(true).open(path)
}

/// `game.trace.jsonl` is followed by `game.2.trace.jsonl`.
pub(super) fn part_path(path: &Path, part: u32) -> PathBuf {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let (stem, end) = match name.strip_suffix(".trace.jsonl") {
        Some(stem) => (stem.to_owned(), ".trace.jsonl"),
        None => (name.into_owned(), ""),
    };
    path.with_file_name(format!("{stem}.{part}{end}"))
}

fn calls(calls: &[(u64, Effect)]) -> Vec<Value> {
    let call = |(at, effect): &(u64, Effect)| json!([at, effect.write()]);
    calls.iter().map(call).collect()
}
