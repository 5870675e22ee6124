//! Adapters: checked, and proposed from recorded messages.

use std::ffi::c_char;
use std::io::{self, BufReader, Read};

use facade::ingest::wizard::{Samples, WizardError, diff, propose};
use facade::ingest::{Adapter, ConfigError, proposal_value};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::boundary::{OK, boundary};
use crate::engine::load::document;
use crate::job::{Progress, cancelled, segue_job, start};
use crate::library::check_abi;
use crate::memory::buffer::{give, segue_buffer};
use crate::memory::{MAX_DOCUMENT, needed, take_text};
use crate::options::{Seed, options};
use crate::status::{
    Answer, Failure, SEGUE_STATUS_INVALID_ARGUMENT, SEGUE_STATUS_INVALID_DOCUMENT, segue_status,
};

/// Checks the text of an adapter (TOML, docs/ingest.md). The document is a JSON object: `adapter_id`.
/// `[thread-safe]`
///
/// Ownership: the text stays the caller's. `out_document` becomes the caller's; `segue_buffer_free`
/// frees it.
/// Errors: `INVALID_DOCUMENT` with line and column, or the field; `LIMIT_EXCEEDED` above 64 MiB,
/// `INVALID_UTF8`, `NULL_POINTER`. Since 0.1.
///
/// # Safety
/// `adapter` is NULL or `adapter_length` bytes; `out_document` is NULL or a `segue_buffer`; one that holds
/// something is lost, not freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segue_adapter_check(
    adapter: *const c_char,
    adapter_length: usize,
    out_document: *mut segue_buffer,
) -> segue_status {
    boundary("segue_adapter_check", || {
        needed("out_document", out_document)?;
        // SAFETY: the caller's promise.
        let text = unsafe { take_text("adapter", adapter, adapter_length, MAX_DOCUMENT) }?;
        let adapter = Adapter::read(text).map_err(|error| failure(error.into()))?;
        let json = document(&json!({"adapter_id": adapter.id()}))?;
        // SAFETY: not NULL, the caller's promise.
        unsafe { give("out_document", out_document, json) }?;
        OK
    })
}

/// Proposes an adapter from recorded messages, as `segue ingest wizard` does, with how sure each part is.
/// `samples` is JSON, one message a line, or a trace; at most 64 MiB. Of more than 10,000 messages a part is
/// looked at. `abi` is `SEGUE_ABI` of the header. `[thread-safe]`
///
/// `options` is a JSON object (`options_length` bytes of UTF-8, or NULL and 0) with any of:
/// - `adapter_id`: the name of the new adapter, 1 to 128 characters; default `proposed`.
/// - `current`: the text of the adapter that is there: what a person wrote is kept; default: none.
/// - `seed`: chooses which messages are looked at, a number or a text of digits; default 1.
///
/// The job's document is a JSON object: `messages`, `looked_at`, `refused_lines` (how many), `list` (where
/// the events stand in a message, or null), `fields` (a list of `purpose`, `path`, `in`, `confidence`,
/// `name_match`, `type_share`, `test_share`, `proposed`, `example`), `events` (a list of `name`, `stage`,
/// `confidence`, `count`), `warnings`, `coverage`, `toml` (the adapter), `diff` (to `current`, or null).
/// Cancelled, it stops while the messages are read; the rest of the work, on 10,000 of them, ends by itself.
///
/// Ownership: the texts stay the caller's. `out_job` becomes the caller's; `segue_job_destroy` ends it.
/// Errors: `ABI_MISMATCH`, `INVALID_DOCUMENT` for the options; the job says `INVALID_DOCUMENT` when there are
/// no messages, nothing in them looks like a game, or `current` is no adapter; `LIMIT_EXCEEDED`,
/// `INVALID_ARGUMENT`, `INVALID_UTF8`, `SYSTEM`, `NULL_POINTER`. Since 0.1.
///
/// # Safety
/// `samples` is NULL or `samples_length` bytes, `options` NULL or `options_length` bytes; `out_job` is NULL or
/// a pointer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segue_adapter_propose(
    abi: u32,
    samples: *const c_char,
    samples_length: usize,
    options: *const c_char,
    options_length: usize,
    out_job: *mut *mut segue_job,
) -> segue_status {
    boundary("segue_adapter_propose", || {
        check_abi(abi)?;
        needed("out_job", out_job)?;
        // SAFETY: the caller's promise.
        let given = unsafe { take_text("samples", samples, samples_length, MAX_DOCUMENT) }?
            .as_bytes()
            .to_vec();
        // SAFETY: the caller's promise.
        let wanted: Wanted = unsafe { self::options(options, options_length) }?;
        let id = wanted
            .adapter_id
            .clone()
            .unwrap_or_else(|| "proposed".to_owned());
        if !(1..=128).contains(&id.chars().count()) {
            let problem = "is not 1 to 128 characters long";
            let status = SEGUE_STATUS_INVALID_ARGUMENT;
            return Err(Failure::argument(status, "adapter_id", problem));
        }
        let work = move |progress: &Progress| {
            let given = Stoppable {
                rest: &given,
                progress,
            };
            document(&wanted.propose(given, &id)?)
        };
        // SAFETY: the caller's promise.
        unsafe { start("segue-wizard", out_job, work) }?;
        OK
    })
}

/// Bytes that cannot be read any more once the job is cancelled.
struct Stoppable<'a> {
    rest: &'a [u8],
    progress: &'a Progress,
}

impl Read for Stoppable<'_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        match self.progress.is_cancelled() {
            true => Err(io::Error::other("cancelled")),
            false => self.rest.read(out),
        }
    }
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Wanted {
    adapter_id: Option<String>,
    current: Option<String>,
    seed: Option<Seed>,
}

impl Wanted {
    fn propose(&self, given: Stoppable<'_>, id: &str) -> Answer<Value> {
        let progress = given.progress;
        let mut samples = Samples::new(self.seed.map_or(1, Seed::value));
        let failed = |_| match progress.is_cancelled() {
            true => cancelled(),
            false => Failure::plain(SEGUE_STATUS_INVALID_DOCUMENT, "samples are no UTF-8"),
        };
        samples
            .read("samples", BufReader::new(given))
            .map_err(failed)?;
        let proposal = propose(&samples, id, self.current.as_deref()).map_err(|error| {
            let text = match error {
                WizardError::Current(error) => return failure(error.into()),
                other => other.to_string(),
            };
            Failure::text(SEGUE_STATUS_INVALID_DOCUMENT, text)
        })?;
        let changes = self.current.as_ref().map(|it| diff(it, &proposal.toml));
        Ok(proposal_value(&proposal, &samples, changes.as_deref()))
    }
}

/// The name of an adapter that was read before.
pub(super) fn name_of(text: Option<&str>) -> String {
    match text {
        None => Adapter::native().id().to_owned(),
        Some(text) => Adapter::read(text).map_or_else(|_| String::new(), |it| it.id().to_owned()),
    }
}

/// A failure of a live game whose text shows nothing of a document but the place.
pub(crate) fn failure(error: facade::Error) -> Failure {
    match error {
        facade::Error::Adapter(ConfigError::Toml(text)) => {
            // "TOML parse error at line 2, column 1", the lines, and what is the matter.
            let mut lines = text.lines().filter(|line| !line.contains('|'));
            let place = lines
                .next()
                .unwrap_or("")
                .trim_start_matches("TOML parse error at ");
            let problem = hidden(lines.next_back().unwrap_or(""));
            let text = format!("adapter, {place}: {problem}");
            Failure::text(SEGUE_STATUS_INVALID_DOCUMENT, text)
        }
        other => other.into(),
    }
}

/// What serde says is wrong, without the value that was found.
pub(super) fn hidden(message: &str) -> String {
    // The last one: what was found, which comes before it, may hold the word as well.
    let expected = message.rfind("expected ").map(|at| &message[at..]);
    // A place behind it is told apart from it.
    let expected = expected.map(|it| it.split(" at line ").next().unwrap_or(it));
    let kinds = [
        ("unknown field", "a key is not known"),
        ("unknown variant", "a word is not known"),
        ("invalid type", "a value is of another kind"),
        ("invalid value", "a value cannot be"),
        ("invalid length", "a list has another length"),
    ];
    let found = kinds.iter().find(|(start, _)| message.starts_with(start));
    match (found, expected) {
        (Some((_, said)), Some(expected)) => format!("{said}, {expected}"),
        (Some((_, said)), None) => (*said).to_owned(),
        (None, _) if message.starts_with("missing field") || message.starts_with("duplicate") => {
            message.split(" at line ").next().unwrap_or("").to_owned()
        }
        _ => "is not sound there".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_found_is_not_shown() {
        let cases = [
            (
                "unknown field `s3cret`, expected `name` or `kind` at line 1 column 5",
                "a key is not known, expected `name` or `kind`",
            ),
            (
                "invalid type: string \"s3cret\", expected u32",
                "a value is of another kind, expected u32",
            ),
            (
                "missing field `name` at line 1 column 2",
                "missing field `name`",
            ),
            ("string values must be quoted s3cret", "is not sound there"),
        ];
        for (message, shown) in cases {
            assert_eq!(hidden(message), shown);
        }
        let toml = ConfigError::Toml(
            "TOML parse error at line 2, column 1\n  |\n2 | s3cret = 1\n  | ^^\nunknown field \
             `s3cret`, expected `schema`\n"
                .to_owned(),
        );
        assert_eq!(
            failure(toml.into()).to_string(),
            "adapter, line 2, column 1: a key is not known, expected `schema`"
        );
    }
}
