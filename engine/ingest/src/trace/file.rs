//! The files of a trace: `game.trace.jsonl`, then `game.2.trace.jsonl` and so on.
//!
//! The first line of each part names the recording and the part's number, and a part that another one
//! follows says so in its last line. What an earlier recording left beside a trace is none of its parts.

use super::{FILE_MAX_BYTES, FORMAT, LINE_MAX_BYTES, TraceError, TraceHeader, VERSION};
use crate::effect::whole;
use crate::json;
use serde_json::{Map, Value, json};
use std::fs::{File, OpenOptions};
use std::hash::{BuildHasher, RandomState};
use std::io::{self, BufRead, BufReader, BufWriter, Read, Write};
use std::path::{Path, PathBuf};

/// Parts of one trace.
pub(super) const PARTS_MAX: u32 = 1000;
/// A line that says which part follows is shorter.
const NEXT_LINE_BYTES: u64 = 32;

/// The first line of a part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Head {
    pub(super) header: TraceHeader,
    /// Which recording: 16 hexadecimal digits; empty in traces without a name.
    pub(super) run: String,
    /// From 1; 0 where the line says none.
    pub(super) part: u32,
}

impl Head {
    /// The first part of a recording that nobody else has.
    pub(super) fn new(header: TraceHeader) -> Self {
        Self {
            header,
            // The keys of the standard library's tables differ each time.
            run: format!("{:016x}", RandomState::new().hash_one(FORMAT)),
            part: 1,
        }
    }

    fn write(&self) -> Value {
        let header = &self.header;
        json!({
            "format": FORMAT,
            "version": VERSION,
            "run": self.run,
            "part": self.part,
            "project_hash": header.project_hash,
            "adapter_hash": header.adapter_hash,
            "engine_version": header.engine_version,
            "sample_rate_hz": header.sample_rate_hz,
            "seed": header.seed.to_string(),
            "clock": "us",
        })
    }

    /// Reads the first line of a part.
    pub(super) fn read(line: &[u8]) -> Result<Self, String> {
        let row = object(line).ok_or("its first line is no JSON object")?;
        let text = |key: &str| {
            let value = row.get(key).and_then(Value::as_str);
            value.unwrap_or("").to_owned()
        };
        if text("format") != FORMAT {
            return Err(format!("format is to be {FORMAT:?}"));
        }
        if whole(row.get("version")) != Some(VERSION) {
            return Err(format!("version is to be {VERSION}; update Segue"));
        }
        let rate = whole(row.get("sample_rate_hz")).and_then(|rate| u32::try_from(rate).ok());
        let rate = rate.filter(|rate| (8_000..=384_000).contains(rate));
        let seed = match row.get("seed") {
            Some(Value::String(digits)) => digits.parse().ok(),
            value => whole(value),
        };
        let part = whole(row.get("part")).and_then(|part| u32::try_from(part).ok());
        Ok(Self {
            header: TraceHeader {
                project_hash: text("project_hash"),
                adapter_hash: text("adapter_hash"),
                engine_version: text("engine_version"),
                sample_rate_hz: rate.ok_or("sample_rate_hz is not in 8000..=384000")?,
                seed: seed.ok_or("seed is to be a whole number")?,
            },
            run: text("run"),
            part: part.unwrap_or(0),
        })
    }

    /// Whether this one begins part `part` of the same recording as `first`.
    pub(super) fn follows(&self, first: &Self, part: u32) -> bool {
        let is_named = !first.run.is_empty();
        let is_next = self.part == part || (!is_named && self.part == 0);
        self.run == first.run && self.header == first.header && is_next
    }
}

/// A part that is being written.
#[derive(Debug)]
pub(super) struct PartWriter {
    pub(super) out: BufWriter<File>,
    pub(super) bytes: u64,
}

impl PartWriter {
    /// Whether a line has room before the part is `most` bytes long.
    pub(super) const fn has_room(&self, line: usize, most: u64) -> bool {
        self.bytes + line as u64 + NEXT_LINE_BYTES <= most
    }

    pub(super) fn line(&mut self, line: &str) -> io::Result<()> {
        self.bytes += line.len() as u64;
        self.out.write_all(line.as_bytes())
    }
}

/// Where a trace lies, for those who write it and those who read it.
#[derive(Clone, Debug)]
pub(super) struct TraceFile {
    first: PathBuf,
}

impl TraceFile {
    pub(super) fn new(first: &Path) -> Self {
        let first = first.to_owned();
        Self { first }
    }

    /// Where a part lies; the first is 1.
    pub(super) fn part(&self, part: u32) -> PathBuf {
        if part <= 1 {
            return self.first.clone();
        }
        let name = self.first.file_name().unwrap_or_default().to_string_lossy();
        let (stem, end) = match name.strip_suffix(".trace.jsonl") {
            Some(stem) => (stem.to_owned(), ".trace.jsonl"),
            None => (name.into_owned(), ""),
        };
        self.first.with_file_name(format!("{stem}.{part}{end}"))
    }

    /// Begins a part. The first takes the place of what is there, unless it is to be new; a later one only of
    /// a part.
    pub(super) fn begin(&self, head: &Head, is_new: bool) -> io::Result<PartWriter> {
        let path = self.part(head.part);
        if head.part > 1 && path.exists() && !is_later_part(&path) {
            let text = format!(
                "{}: is there already and is no later part of a trace",
                path.display()
            );
            return Err(io::Error::new(io::ErrorKind::AlreadyExists, text));
        }
        if head.part > PARTS_MAX {
            let text = format!("a trace has at most {PARTS_MAX} parts");
            return Err(io::Error::new(io::ErrorKind::FileTooLarge, text));
        }
        if path.metadata().is_ok_and(|found| !found.is_file()) {
            let text = format!(
                "{}: is a folder, a device or pipe; name a file",
                path.display()
            );
            return Err(io::Error::new(io::ErrorKind::AlreadyExists, text));
        }
        match is_new && head.part == 1 {
            true => _ = File::create_new(&path).map_err(taken)?,
            false => _ = File::create(&path)?,
        }
        let file = OpenOptions::new().append(true).open(&path)?;
        let mut part = PartWriter {
            out: BufWriter::new(file),
            bytes: 0,
        };
        part.line(&format!("{}\n", head.write()))?;
        part.out.flush()?;
        Ok(part)
    }

    /// Ends a part that another one follows.
    pub(super) fn go_on(part: &mut PartWriter, next: u32) -> io::Result<()> {
        part.line(&format!("{}\n", json!({"next_part": next})))?;
        part.out.flush()
    }

    /// Whether part `part` of the recording that begins with `first` is there. `is_wanted` says that
    /// it is to be.
    pub(super) fn has_next(
        &self,
        first: &Head,
        part: u32,
        is_wanted: bool,
    ) -> Result<bool, TraceError> {
        match head_of(&self.part(part)) {
            Ok(head) => Ok(head.follows(first, part)),
            Err(TraceError::Io { source, path })
                if is_wanted && source.kind() != io::ErrorKind::NotFound =>
            {
                Err(TraceError::Io { path, source })
            }
            Err(_) => Ok(false),
        }
    }
}

/// Why a new trace is not begun.
fn taken(error: io::Error) -> io::Error {
    match error.kind() {
        io::ErrorKind::AlreadyExists => io::Error::new(
            error.kind(),
            "it is there already; name another file, or choose that it is overwritten",
        ),
        _ => error,
    }
}

/// Whether a file is a part of a trace that is not its first, so that it may be written over.
fn is_later_part(path: &Path) -> bool {
    head_of(path).is_ok_and(|head| head.part != 1)
}

/// The first line of a file.
fn head_of(path: &Path) -> Result<Head, TraceError> {
    let failed = |source| TraceError::Io {
        path: path.to_owned(),
        source,
    };
    let file = regular(path)?;
    let mut line = Vec::new();
    let mut reader = BufReader::new(file.take(LINE_MAX_BYTES as u64 + 1));
    reader.read_until(b'\n', &mut line).map_err(failed)?;
    Head::read(&line).map_err(|reason| TraceError::NotATrace {
        path: path.to_owned(),
        reason,
    })
}

/// Opens a regular file: a pipe would wait for somebody to write, a device has no end.
fn regular(path: &Path) -> Result<File, TraceError> {
    let failed = |source| TraceError::Io {
        path: path.to_owned(),
        source,
    };
    match std::fs::metadata(path).map_err(failed)?.is_file() {
        true => File::open(path).map_err(failed),
        false => Err(TraceError::NotATrace {
            path: path.to_owned(),
            reason: "it is a folder, a device or pipe".into(),
        }),
    }
}

/// A file of a trace, if it is not too large.
pub(super) fn open(path: &Path) -> Result<BufReader<File>, TraceError> {
    let failed = |source| TraceError::Io {
        path: path.to_owned(),
        source,
    };
    let file = regular(path)?;
    let bytes = file.metadata().map_err(failed)?.len();
    if bytes > FILE_MAX_BYTES {
        return Err(TraceError::TooLarge {
            path: path.to_owned(),
            bytes,
        });
    }
    Ok(BufReader::new(file))
}

/// A line that is one JSON object and not too long.
pub(super) fn object(line: &[u8]) -> Option<Map<String, Value>> {
    if line.len() > LINE_MAX_BYTES {
        return None;
    }
    match json::parse_below(std::str::from_utf8(line).ok()?, 1) {
        Ok(Value::Object(object)) => Some(object),
        _ => None,
    }
}
