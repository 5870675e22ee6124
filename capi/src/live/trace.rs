//! Recordings of live games: what two of them did differently, and what an adapter makes of one.

use std::collections::BTreeSet;
use std::ffi::c_char;
use std::path::Path;
use std::sync::Arc;

use facade::ingest::{
    Adapter, Difference, Heard, TraceCalls, TraceError, TraceReader, TraceSurvey, coverage_value,
    covered, diff, project_hash,
};
use serde_json::{Value, json};

use crate::boundary::{OK, boundary};
use crate::engine::load::document;
use crate::handle::Handle;
use crate::job::{Progress, cancelled, segue_job, start};
use crate::library::check_abi;
use crate::live::read::failure;
use crate::memory::{MAX_DOCUMENT, needed, take_path, take_text};
use crate::project::{PROJECTS, segue_project};
use crate::status::{Answer, segue_status};

/// Differences that are listed; further ones are counted.
const LISTED: usize = 10_000;

/// Compares what two recordings of live games did, as `segue ingest diff` does: calls that are added, missing, or moved by
/// more than a frame; whose they are does not count. `first_path` and `second_path` are files (the `trace` of
/// [`segue_live_start`](super::segue_live_start)). `abi` is `SEGUE_ABI` of the header. The job's document is a JSON object: `equal`, `count`, `differences`
/// (the first 10,000: a list of `what`: `added`, `missing` or `moved`, their frames, and `call`). It counts calls that
/// were read. `[thread-safe]`
///
/// Sizes: `first_path` at most 4,096 bytes, `second_path` at most 4,096 bytes.
/// Ownership: the texts stay the caller's. `out_job` becomes the caller's; `segue_job_destroy` ends it.
/// Errors: `ABI_MISMATCH`, `INVALID_ARGUMENT`; the job says `NOT_FOUND`, `WRONG_FILE`, `NEWER_VERSION`, `DAMAGED`,
/// `INVALID_DOCUMENT`, `SYSTEM`, `CANCELLED`; `LIMIT_EXCEEDED`, `INVALID_UTF8`, `NULL_POINTER`. Since 0.1.
///
/// # Safety
/// Each text is NULL or as many bytes as its length says; `out_job` is NULL or a pointer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segue_trace_compare(
    abi: u32,
    first_path: *const c_char,
    first_path_length: usize,
    second_path: *const c_char,
    second_path_length: usize,
    out_job: *mut *mut segue_job,
) -> segue_status {
    boundary("segue_trace_compare", || {
        check_abi(abi)?;
        needed("out_job", out_job)?;
        // SAFETY: the caller's promise.
        let first = unsafe { take_path("first_path", first_path, first_path_length) }?.to_owned();
        // SAFETY: the caller's promise.
        let second = unsafe { take_path("second_path", second_path, second_path_length) }?;
        let second = second.to_owned();
        let work = move |progress: &Progress| document(&compared(&first, &second, progress)?);
        // SAFETY: the caller's promise.
        unsafe { start("segue-trace", out_job, work) }?;
        OK
    })
}

/// Tells what an adapter makes of the recording of a live game, as `segue ingest coverage` does. `path` is the
/// recording, `adapter` the text of the adapter (TOML; empty: Segue's own words only); `project` may be NULL, its bindings are
/// compared with what was produced where it is not. The job's document is a JSON object: `coverage` (the share of mapped
/// messages, 0 to 1), `messages`, `mapped`, `unmapped`, `never_seen`, `stages`, `bound_never_produced`,
/// `produced_without_audio` and others, as [`segue_live_get_report`](super::segue_live_get_report) has them, and
/// `other_project`: the hash of the project that it was recorded with, where that was another one, or null. It counts rows.
/// `[thread-safe]`
///
/// Sizes: `path` at most 4,096 bytes, `adapter` at most 64 MiB.
/// Ownership: the texts stay the caller's. `out_job` becomes the caller's; `segue_job_destroy` ends it.
/// The project may be destroyed meanwhile.
/// Errors: `INVALID_DOCUMENT` for the adapter, with line and column; `INVALID_ARGUMENT`; the job says `NOT_FOUND`,
/// `WRONG_FILE`, `NEWER_VERSION`, `DAMAGED`, `INVALID_DOCUMENT`, `SYSTEM`, `CANCELLED`; `LIMIT_EXCEEDED`, `INVALID_UTF8`,
/// `STALE_HANDLE`, `NULL_POINTER`, `POISONED`. Since 0.1.
///
/// # Safety
/// Each text is NULL or as many bytes as its length says; `out_job` is NULL or a pointer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segue_adapter_cover(
    project: *mut segue_project,
    path: *const c_char,
    path_length: usize,
    adapter: *const c_char,
    adapter_length: usize,
    out_job: *mut *mut segue_job,
) -> segue_status {
    boundary("segue_adapter_cover", || {
        needed("out_job", out_job)?;
        // SAFETY: the caller's promise.
        let path = unsafe { take_path("path", path, path_length) }?.to_owned();
        // SAFETY: the caller's promise.
        let text = unsafe { take_text("adapter", adapter, adapter_length, MAX_DOCUMENT) }?;
        let project = match project.is_null() {
            true => None,
            false => Some(PROJECTS.enter(project as Handle)?.now()),
        };
        let table = project.as_ref().map(|project| project.stage_table());
        let mut adapter = match text.is_empty() {
            true => Adapter::native(),
            false => Adapter::read_for(text, &table.clone().unwrap_or_default())
                .map_err(|error| failure(error.into()))?,
        };
        let bound = table.map_or_else(BTreeSet::new, |table| table.bound_stages());
        let work = move |progress: &Progress| {
            let header = open(&path)?.header().clone();
            if let Some(project) = &project {
                let recorded = &header.project_hash;
                if !recorded.is_empty() && *recorded != project_hash(project)? {
                    adapter.flag_project(recorded);
                }
            }
            let rows = Watched::new(open(&path)?, progress);
            let found = covered(&header, rows, adapter).map_err(facade::Error::from)?;
            still_wanted(progress)?;
            document(&coverage_value(&found, &bound))
        };
        // SAFETY: the caller's promise.
        unsafe { start("segue-trace", out_job, work) }?;
        OK
    })
}

/// Rows or calls, as many as the job is wanted for. Who takes them asks afterwards whether they were all.
struct Watched<'a, I> {
    inner: I,
    progress: &'a Progress,
    total: u64,
    done: u64,
}

impl<'a> Watched<'a, TraceReader> {
    fn new(inner: TraceReader, progress: &'a Progress) -> Self {
        Self {
            inner,
            progress,
            total: 0,
            done: 0,
        }
    }
}

impl<T, I: Iterator<Item = Result<T, TraceError>>> Iterator for Watched<'_, I> {
    type Item = Result<T, TraceError>;

    fn next(&mut self) -> Option<Self::Item> {
        let step = self.progress.step(self.done, self.total);
        self.done += 1;
        if step.is_break() {
            return None;
        }
        self.inner.next()
    }
}

/// The keys of `segue ingest diff --json`.
fn compared(first: &Path, second: &Path, progress: &Progress) -> Answer<Value> {
    let all = |path: &Path| TraceSurvey::of(path).map_err(facade::Error::from);
    let total = all(first)?.calls + all(second)?.calls;
    let (mut listed, mut count) = (Vec::new(), 0_u64);
    let calls = |path: &Path| -> Answer<_> {
        let calls = TraceCalls::heard(open(path)?).map(unnamed);
        Ok(Watched {
            inner: calls,
            progress,
            total,
            done: 0,
        })
    };
    let take = |difference: Difference| {
        count += 1;
        if listed.len() < LISTED {
            listed.push(difference.write());
        }
    };
    diff(calls(first)?, calls(second)?, take).map_err(facade::Error::from)?;
    still_wanted(progress)?;
    _ = progress.step(total, total);
    Ok(json!({"equal": count == 0, "count": count, "differences": listed}))
}

/// The numbers of conversations differ from one recording to the next: whose a call is does not count.
fn unnamed(call: Result<Heard, TraceError>) -> Result<Heard, TraceError> {
    call.map(|call| Heard {
        source: Arc::from(""),
        ..call
    })
}

fn open(path: &Path) -> Answer<TraceReader> {
    Ok(TraceReader::open(path).map_err(facade::Error::from)?)
}

fn still_wanted(progress: &Progress) -> Answer {
    match progress.is_cancelled() {
        true => Err(cancelled()),
        false => Ok(()),
    }
}
