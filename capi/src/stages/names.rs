//! Which names are tried for a stage, and when stages without times are heard.

use std::ffi::c_char;

use facade::format::stages::trace_to_json;
use facade::middleware::stage::bind::check_name;
use facade::middleware::stage::names::chain;
use facade::stage_report::{Told, own_profile};
use serde_json::json;

use crate::boundary::{OK, boundary};
use crate::engine::load::document;
use crate::memory::buffer::{give, segue_buffer};
use crate::memory::{MAX_JSON, MAX_NAME, needed, take_name, take_text};
use crate::project::segue_project;
use crate::slot::session::{named_profile, table_of};
use crate::stages::{bad, trace};
use crate::status::{Failure, SEGUE_STATUS_INVALID_ARGUMENT, segue_status};

/// The names that are tried for a stage's sound, such as `REEL_STOP_2`, and which of them a project binds.
/// `project` may be NULL. The document is a JSON object with the keys of `segue stages lookup --json`: `names`, in the
/// order in which they are tried, `bound` (the one that is bound) and `event` (to what), or null. `[thread-safe]`
///
/// Sizes: `name` at most 1,024 bytes.
/// Ownership: the text stays the caller's. `out_document` becomes the caller's; `segue_buffer_free` frees it.
/// Errors: `INVALID_ARGUMENT` for what can be no name of a stage; `INVALID_UTF8`, `LIMIT_EXCEEDED`, `STALE_HANDLE`,
/// `NULL_POINTER`, `POISONED`. Since 0.1.
///
/// # Safety
/// `name` is NULL or `name_length` bytes; `out_document` is NULL or a `segue_buffer`; one that holds something is lost,
/// not freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segue_stages_lookup(
    project: *mut segue_project,
    name: *const c_char,
    name_length: usize,
    out_document: *mut segue_buffer,
) -> segue_status {
    boundary("segue_stages_lookup", || {
        needed("out_document", out_document)?;
        // SAFETY: the caller's promise.
        let name = unsafe { take_name("name", name, name_length) }?;
        check_name(name).map_err(|problem| {
            Failure::text(SEGUE_STATUS_INVALID_ARGUMENT, format!("name: {problem}"))
        })?;
        let table = table_of(project)?;
        let found = table.find_name(name);
        let found = found.map(|(name, at)| (name, table.bound()[at].event.clone()));
        let (bound, event) = found.unzip();
        let json = document(&json!({"names": chain(name), "bound": bound, "event": event}))?;
        // SAFETY: not NULL, the caller's promise.
        unsafe { give("out_document", out_document, json) }?;
        OK
    })
}

/// Gives times to stages that have none, those of the timing profile `timing` (empty: the one that the stages
/// name, else `normal`), as `segue stages make --resolve` does. `stages` is a trace (docs/stages.md), or a JSON list of stages
/// as [`segue_stage_post`](super::segue_stage_post) takes them; `project` may be NULL, its profiles count where it is
/// not. The document is a trace. `[thread-safe]`
///
/// Sizes: `timing` at most 1,024 bytes.
/// Ownership: the texts stay the caller's. `out_document` becomes the caller's; `segue_buffer_free` frees it.
/// Errors: `INVALID_DOCUMENT` for something that is no trace and no list of stages, with the place;
/// `INVALID_ARGUMENT` for stages that have times already; `UNKNOWN_NAME` for the profile; `INVALID_UTF8`,
/// `LIMIT_EXCEEDED` above 16 MiB, and for a trace that becomes too large; `STALE_HANDLE`, `NULL_POINTER`, `POISONED`.
/// Since 0.1.
///
/// # Safety
/// Each text is NULL or as many bytes as its length says; `out_document` is NULL or a `segue_buffer`; one that holds
/// something is lost, not freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segue_stages_resolve(
    project: *mut segue_project,
    stages: *const c_char,
    stages_length: usize,
    timing: *const c_char,
    timing_length: usize,
    out_document: *mut segue_buffer,
) -> segue_status {
    boundary("segue_stages_resolve", || {
        needed("out_document", out_document)?;
        // SAFETY: the caller's promise.
        let text = unsafe { take_text("stages", stages, stages_length, MAX_JSON) }?;
        // SAFETY: the caller's promise.
        let timing = unsafe { take_text("timing", timing, timing_length, MAX_NAME) }?;
        let table = table_of(project)?;
        let trace = trace(text)?;
        let profile = match timing.is_empty() {
            true => own_profile(&table, &trace),
            false => named_profile(&table, timing)?,
        };
        let told = Told::timed(trace, profile);
        if !told.resolved && told.trace.events.len() > 1 {
            let problem = "have times already; use them as they are";
            let status = SEGUE_STATUS_INVALID_ARGUMENT;
            return Err(Failure::argument(status, "stages", problem));
        }
        let json = trace_to_json(&told.trace).map_err(|error| bad("stages", &error.to_string()))?;
        // SAFETY: not NULL, the caller's promise.
        unsafe { give("out_document", out_document, json) }?;
        OK
    })
}
