//! Recorded messages: read line by line, and where there are too many, a part of them.
//!
//! What is kept are runs of [`RUN`] lines that followed each other, because what a field means shows
//! in how it changes from one message to the next. Every run draws a number from the seed and its
//! place; those with the smallest numbers stay (bottom-k sampling), so every line is as likely as any
//! other, and one seed gives the same lines always.

use crate::frame::{FrameKind, PAYLOAD_MAX_BYTES};
use crate::json;
use crate::lines::LineReader;
use crate::trace::Via;
use segue_middleware::containers::rng::mix64;
use serde_json::{Map, Value as Json};
use std::collections::BTreeMap;
use std::io::{self, BufRead};

/// Lines that are kept.
pub const SAMPLES_MAX: usize = 10_000;
/// Bytes of lines that are kept.
pub const BYTES_MAX: usize = 64_000_000;
/// Longest line in bytes: a row of a trace, with a message in it.
pub const LINE_MAX_BYTES: usize = 128 * 1024;
/// Refused lines that are listed; further ones are counted.
pub const REFUSED_MAX: usize = 20;
/// Lines that are kept or dropped together.
const RUN: u64 = 50;

/// A line that is no message.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{file}, line {line}: {what}")]
pub struct LineError {
    /// The file, as the caller names it.
    pub file: String,
    /// From 1.
    pub line: u64,
    /// What is wrong with it.
    pub what: String,
}

/// Lines that were read. Holds at most [`SAMPLES_MAX`] of them with [`BYTES_MAX`] bytes.
#[derive(Clone, Debug)]
pub struct Samples {
    seed: u64,
    /// Runs by their number and place.
    runs: BTreeMap<(u64, u64), Vec<String>>,
    lines: usize,
    bytes: usize,
    /// Runs from this number on are not kept.
    below: Option<(u64, u64)>,
    next_run: u64,
    total: u64,
    refused: Vec<LineError>,
    refused_count: u64,
}

/// A message and when it came.
#[derive(Clone, Debug, PartialEq)]
pub struct Sample {
    /// Messages with the same number followed each other.
    pub run: u64,
    /// Milliseconds, where the recording has a time.
    pub at_ms: Option<f64>,
    /// What it says.
    pub message: Json,
}

impl Samples {
    /// None yet. The seed chooses which are kept where there are too many.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Self {
            seed,
            runs: BTreeMap::new(),
            lines: 0,
            bytes: 0,
            below: None,
            next_run: 0,
            total: 0,
            refused: Vec::new(),
            refused_count: 0,
        }
    }

    /// Reads a file to its end: a message a line, or the rows of a trace. Lines that are no
    /// messages are skipped and told by [`refused`](Self::refused); memory stays bounded whatever
    /// the lines are.
    ///
    /// # Errors
    /// Those of the reader.
    pub fn read(&mut self, name: &str, reader: impl BufRead) -> io::Result<()> {
        let mut lines = LineReader::new(reader, LINE_MAX_BYTES);
        let mut number = 0;
        let mut is_trace = false;
        let mut run = Run::new(self.next_run, self.seed);
        while let Some(line) = lines.line()? {
            number += 1;
            if line.text.is_some_and(|text| text.trim_ascii().is_empty()) {
                continue;
            }
            self.total += 1;
            if run.read == RUN {
                self.keep(run);
                run = Run::new(self.next_run, self.seed);
            }
            run.read += 1;
            // What will not be kept need not be looked at.
            if self.below.is_some_and(|below| run.key >= below) {
                continue;
            }
            match check(line.text) {
                Ok((text, Row::Message)) => run.lines.push(text.to_owned()),
                Ok((_, Row::Own)) => self.total -= 1,
                Ok((_, Row::Plain)) if is_trace => self.total -= 1,
                Ok((_, Row::Head)) if is_trace || number == 1 => {
                    is_trace = true;
                    self.total -= 1;
                }
                Ok((text, Row::Plain | Row::Head)) => run.lines.push(text.to_owned()),
                Err(what) => self.refuse(name, number, what),
            }
        }
        self.keep(run);
        Ok(())
    }

    /// How many lines there were; empty ones do not count.
    #[must_use]
    pub const fn total(&self) -> u64 {
        self.total
    }

    /// How many of them are kept.
    #[must_use]
    pub const fn kept(&self) -> usize {
        self.lines
    }

    /// Bytes of what is kept.
    #[must_use]
    pub const fn bytes(&self) -> usize {
        self.bytes
    }

    /// The first lines that were looked at and are no messages.
    #[must_use]
    pub fn refused(&self) -> &[LineError] {
        &self.refused
    }

    /// How many lines were looked at and are no messages.
    #[must_use]
    pub const fn refused_count(&self) -> u64 {
        self.refused_count
    }

    /// What is kept, in its order. Read anew each time, so that only text is held.
    pub fn messages(&self) -> impl Iterator<Item = Sample> {
        let mut runs: Vec<_> = self.runs.iter().collect();
        runs.sort_by_key(|((_, place), _)| *place);
        let lines = runs
            .into_iter()
            .flat_map(|((_, run), lines)| lines.iter().map(move |line| (*run, line)));
        lines.flat_map(|(run, line)| match json::parse(line) {
            Ok(value) => unwrap(run, value),
            Err(_) => Vec::new(),
        })
    }

    fn keep(&mut self, run: Run) {
        self.next_run += 1;
        if run.lines.is_empty() {
            return;
        }
        self.lines += run.lines.len();
        self.bytes += bytes_of(&run.lines);
        self.runs.insert(run.key, run.lines);
        while self.lines > SAMPLES_MAX || self.bytes > BYTES_MAX {
            let Some((key, lines)) = self.runs.pop_last() else {
                return;
            };
            self.lines -= lines.len();
            self.bytes -= bytes_of(&lines);
            self.below = Some(key);
        }
    }

    fn refuse(&mut self, file: &str, line: u64, what: String) {
        self.refused_count += 1;
        if self.refused.len() < REFUSED_MAX {
            let file = file.to_owned();
            self.refused.push(LineError { file, line, what });
        }
    }
}

fn bytes_of(lines: &[String]) -> usize {
    lines.iter().map(String::len).sum()
}

/// Lines that followed each other, with the number that they drew.
struct Run {
    key: (u64, u64),
    read: u64,
    lines: Vec<String>,
}

impl Run {
    fn new(place: u64, seed: u64) -> Self {
        Self {
            key: (mix64(mix64(seed) ^ place), place),
            read: 0,
            lines: Vec::new(),
        }
    }
}

/// What a line is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Row {
    /// The first of a trace; further down it is a message like another.
    Head,
    /// A message of a trace that a game said.
    Message,
    /// One of a trace that no adapter sees: OSC, and what Segue itself wrote.
    Own,
    /// A message, or in a trace something else.
    Plain,
}

/// The text of a line that can be read, and what it is.
fn check(line: Option<&[u8]>) -> Result<(&str, Row), String> {
    let line = line.ok_or_else(|| format!("longer than {LINE_MAX_BYTES} bytes"))?;
    let text = std::str::from_utf8(line)
        .map_err(|error| format!("not UTF-8 from byte {} on", error.valid_up_to()))?;
    let value = json::parse(text).map_err(|error| error.to_string())?;
    let row = match value.get("frame") {
        Some(Json::Object(_)) if value.get("n").is_some() && is_own(&value) => Row::Own,
        Some(Json::Object(_) | Json::Array(_)) if value.get("n").is_some() => Row::Message,
        _ if value.get("format").is_some_and(|it| it == "segue.trace") => Row::Head,
        _ => Row::Plain,
    };
    if row == Row::Plain && line.len() > PAYLOAD_MAX_BYTES {
        let bytes = line.len();
        return Err(format!(
            "a message of {bytes} bytes; at most {PAYLOAD_MAX_BYTES} are taken"
        ));
    }
    match value {
        Json::Object(_) | Json::Array(_) => Ok((text, row)),
        _ => Err("a message is a JSON object or a list".to_owned()),
    }
}

fn is_own(row: &Json) -> bool {
    let via = row.as_object().and_then(Via::of_row);
    matches!(via, Some(Via::Osc | Via::Segue))
}

/// The messages of a line: of a trace's row, of a frame, or the line itself.
fn unwrap(run: u64, value: Json) -> Vec<Sample> {
    let Json::Object(mut object) = value else {
        return vec![sample(run, None, value)];
    };
    let is_row = object.contains_key("n");
    let ms = |key: &str| Some(object.get(key)?.as_f64()? / 1000.0);
    let at_ms = ms("t_game_us").or_else(|| ms("t_rx_us"));
    match object.get_mut("frame").map(Json::take) {
        Some(Json::Object(frame)) if is_row => unframe(run, at_ms, frame),
        Some(frame @ Json::Array(_)) if is_row => vec![sample(run, at_ms, frame)],
        Some(frame) => {
            object.insert("frame".to_owned(), frame);
            unframe(run, None, object)
        }
        None => unframe(run, None, object),
    }
}

fn unframe(run: u64, at_ms: Option<f64>, mut object: Map<String, Json>) -> Vec<Sample> {
    let name = object.get("type").and_then(Json::as_str);
    let mut kinds = FrameKind::ALL.iter();
    let kind = kinds.find(|kind| Some(kind.name()) == name);
    let is_frame = object.get("seq").is_some_and(Json::is_u64) && object.contains_key("t_us");
    let (Some(kind), true) = (kind, is_frame) else {
        return vec![sample(run, at_ms, object.into())];
    };
    let at_ms = at_ms.or_else(|| Some(object.get("t_us")?.as_f64()? / 1000.0));
    match (kind, object.remove("data")) {
        (FrameKind::Batch, Some(Json::Object(mut data))) => match data.remove("items") {
            Some(Json::Array(items)) => {
                let data = |mut item: Json| item.as_object_mut()?.remove("data");
                let items = items.into_iter().filter_map(data);
                items.map(|item| sample(run, at_ms, item)).collect()
            }
            _ => Vec::new(),
        },
        (FrameKind::StageEvent | FrameKind::StateUpdate | FrameKind::Custom, Some(data)) => {
            vec![sample(run, at_ms, data)]
        }
        _ => Vec::new(),
    }
}

const fn sample(run: u64, at_ms: Option<f64>, message: Json) -> Sample {
    Sample {
        run,
        at_ms,
        message,
    }
}
