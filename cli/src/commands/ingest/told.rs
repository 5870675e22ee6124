//! Where rows of a live game go, and the adapter's file that may change.

use crate::console::Console;
use crate::failure::Failure;
use crate::telemetry;
use segue_engine::Control;
use segue_engine::game::telemetry::Row;
use segue_engine::ingest::LiveRow;
use segue_engine::project::{Watch, WatchedFiles};
use serde_json::Value;
use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// What is said once when a trace cannot be written any more.
pub(super) fn trace_lost(error: &segue_engine::Error) -> String {
    format!("{error}\nthe trace ends here; the game is heard as before")
}

/// Rows as JSON Lines to a file, and problems to the person.
pub(super) struct Told<'a> {
    console: &'a Console,
    path: PathBuf,
    out: Option<Box<dyn Write>>,
    /// Why it could not write; nothing more is written then.
    failed: Option<io::Error>,
    /// Why connections failed, as it was said.
    reasons: BTreeSet<String>,
}

/// Reasons of failed connections that are said.
const REASONS_MAX: usize = 100;

impl<'a> Told<'a> {
    /// Rows go to this file, `-` being standard output; without a file nowhere.
    pub(super) fn create(console: &'a Console, path: Option<&Path>) -> Result<Self, Failure> {
        let out: Option<Box<dyn Write>> = match path {
            None => None,
            Some(path) if path.as_os_str() == "-" => Some(Box::new(io::stdout())),
            Some(path) => {
                let file = File::create(path);
                let file = file.map_err(|error| Failure::io(path, "create", &error))?;
                Some(Box::new(BufWriter::new(file)))
            }
        };
        Ok(Told {
            console,
            path: path.unwrap_or(Path::new("")).to_owned(),
            out,
            failed: None,
            reasons: BTreeSet::new(),
        })
    }

    /// Rows on standard output are the answer.
    pub(super) fn is_answer(&self) -> bool {
        self.path.as_os_str() == "-"
    }

    pub(super) fn live(&mut self, row: &LiveRow) {
        let text = |key: &str| plain(row.value.get(key).and_then(Value::as_str).unwrap_or(""));
        match row.kind {
            "listening" => self.console.note(&format!(
                "{} listens on {}",
                text("connector"),
                text("address")
            )),
            "opened" => self.console.note(&format!(
                "{} is connected: {}",
                text("src"),
                text("game_id")
            )),
            "closed" => self
                .console
                .note(&format!("{} is gone: {}", text("src"), text("text"))),
            "ack" if row.value["success"] == true => {
                let data = plain(&row.value["data"].to_string());
                let (src, name) = (text("src"), text("name"));
                self.console.note(&format!("{src} did {name}: {data}"));
            }
            "connection" => self.connection(&text("connector"), &text("state"), &text("reason")),
            _ => {}
        }
        if let Some(problem) = row.problem() {
            self.console.warn(&plain(&problem));
        }
        self.line(&row.value);
    }

    /// Each reason is said once: a game that is not there yet is tried for again and again.
    fn connection(&mut self, connector: &str, state: &str, reason: &str) {
        let line = format!("{connector}: {reason}");
        match state {
            "gave_up" if reason.is_empty() => {
                self.console
                    .warn(&format!("{connector}: gave up; no game answers there"));
            }
            "gave_up" => self
                .console
                .warn(&format!("{connector}: gave up; {reason}")),
            "backoff" if reason.is_empty() || self.reasons.len() >= REASONS_MAX => {}
            "backoff" if self.reasons.insert(line.clone()) => {
                self.console.warn(&format!("{line}; it is tried again"));
            }
            _ => {}
        }
    }

    pub(super) fn engine(&mut self, control: &Control, row: &Row) {
        if self.out.is_some() {
            self.line(&telemetry::object(control, row));
        }
    }

    /// Everything up to now is on its way.
    pub(super) fn flush(&mut self) -> Result<(), Failure> {
        let flushed = self.out.as_mut().map_or(Ok(()), |out| out.flush());
        match self.failed.take().or(flushed.err()) {
            None => Ok(()),
            Some(error) if self.is_answer() => Err(Failure::stdout(&error)),
            Some(error) => Err(Failure::io(&self.path, "write", &error)),
        }
    }

    fn line(&mut self, value: &Value) {
        if let (Some(out), None) = (&mut self.out, &self.failed) {
            self.failed = writeln!(out, "{value}").err();
        }
    }
}

/// What a game says, without what would steer a terminal.
fn plain(text: &str) -> String {
    text.replace(|c: char| c.is_control() && c != '\n', "?")
}

/// An adapter's file, looked at four times a second.
pub(super) struct AdapterFile {
    path: PathBuf,
    changed: Arc<AtomicBool>,
    _watch: Watch,
}

impl AdapterFile {
    pub(super) fn watch(path: &Path) -> Result<AdapterFile, Failure> {
        let changed = Arc::new(AtomicBool::new(false));
        let flag = Arc::clone(&changed);
        let files = WatchedFiles::of_paths(vec![path.to_owned()]);
        Ok(AdapterFile {
            path: path.to_owned(),
            changed,
            _watch: Watch::start(files, move || flag.store(true, Ordering::Relaxed))?,
        })
    }

    /// Its text, if it changed since it was asked for the last time.
    pub(super) fn fresh(&self, console: &Console) -> Option<String> {
        if !self.changed.swap(false, Ordering::Relaxed) {
            return None;
        }
        match super::read_adapter(&self.path) {
            Ok(text) => {
                console.note(&format!("{}: read again", self.path.display()));
                Some(text)
            }
            Err(failure) => {
                console.warn(&failure.message);
                None
            }
        }
    }

    /// Says that it was not taken over.
    pub(super) fn refused(&self, console: &Console, error: &segue_engine::Error) {
        let failure = super::about(&self.path, error);
        console.warn(&format!(
            "the adapter was not taken over; the one before goes on\n{}",
            failure.message
        ));
    }
}
