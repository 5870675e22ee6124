//! Stages: the moments of a slot game, whatever the game calls them.

pub mod names;
pub mod report;

use std::ffi::c_char;

use facade::format::stages::trace_from_json;
use facade::game::stage_value;
use facade::ingest::{DEPTH_MAX, object as object_of, stage_json};
use facade::middleware::stage::StageTrace;
use facade::middleware::stage::table::STAGES;
use facade::rt::game::ObjectId;
use facade::stage_report::disorder;
use serde_json::{Value, json};

use crate::boundary::{OK, boundary, boundary_on};
use crate::engine::load::document;
use crate::engine::{ENGINES, segue_engine};
use crate::handle::Handle;
use crate::memory::buffer::{give, segue_buffer};
use crate::memory::{MAX_JSON, Record, needed, needed_record, put_record, take_text};
use crate::options::wrong;
use crate::status::{Answer, Failure, SEGUE_STATUS_INVALID_DOCUMENT, segue_status};

/// Longest stage, in bytes of JSON.
pub const MAX_STAGE: usize = 1 << 20;

/// What became of a stage.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct segue_stage_posted {
    /// `sizeof(segue_stage_posted)`.
    pub struct_size: u32,
    /// 1: the project binds an event to it.
    pub is_bound: u32,
    /// What it plays, for `segue_playing_stop`; 0: nothing, or a loop that goes on.
    pub playing: u64,
    /// 1: it may not come where it came. It was carried out all the same.
    pub is_out_of_order: u32,
    /// 0; so that the size is a multiple of 8.
    pub reserved: u32,
}

// SAFETY: repr(C), numbers only, the size first.
unsafe impl Record for segue_stage_posted {
    const NAME: &'static str = "segue_stage_posted";
}

/// Carries a stage out on an object (0: the global one) at the absolute frame `at`
/// (0: at once): what the project binds to it is posted, what it ends fades out, and its signals move. Post
/// stages in the order in which they are heard. One that nothing is bound to is no error. `[thread-safe]`
///
/// `stage` is a JSON object of at most 1 MiB, with its fields beside it or, with `payload`, apart
/// (docs/stages.md): `{"stage": "reel_stop", "reel": 2, "bet": 100}` or an event of
/// [`segue_slot_get_stages`](crate::slot::spin::segue_slot_get_stages).
///
/// Ownership: the text stays the caller's; `out_posted` is the caller's, with its `struct_size` set.
/// Errors: `INVALID_DOCUMENT` for the stage: the text names the field and what is allowed; `STALE_ID` for
/// an object that is not there; then nothing has changed. `QUEUE_FULL`: some of its calls may have been
/// queued; `INVALID_UTF8`, `LIMIT_EXCEEDED`, `STRUCT_SIZE`, `STALE_HANDLE`, `NULL_POINTER`,
/// `POISONED`. Since 0.1.
///
/// # Safety
/// `stage` is NULL or `stage_length` bytes; `out_posted` is NULL or a struct of `struct_size` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segue_stage_post(
    engine: *mut segue_engine,
    stage: *const c_char,
    stage_length: usize,
    object: u64,
    at: u64,
    out_posted: *mut segue_stage_posted,
) -> segue_status {
    boundary_on("segue_stage_post", &ENGINES, engine as Handle, |engine| {
        // SAFETY: the caller's promise.
        unsafe { needed_record("out_posted", out_posted) }?;
        // SAFETY: the caller's promise.
        let stage = unsafe { take_text("stage", stage, stage_length, MAX_STAGE) }?;
        let said = object_of(stage).map_err(|error| bad("stage", &error))?;
        let (event, _) =
            stage_json::read(&said).map_err(|error| bad("stage", &error.to_string()))?;
        let post = engine.with(|control| {
            let on = control.object_name(ObjectId(object)).map(str::to_owned);
            let on = match (on, object) {
                (Some(name), _) => name,
                (None, 0) => String::new(),
                (None, id) => {
                    let what = "game object";
                    return Err(facade::Error::StaleId { what, id }.into());
                }
            };
            Ok(control.post_stage(&event, &on, at)?)
        })?;
        let posted = segue_stage_posted {
            struct_size: 0,
            is_bound: u32::from(post.bound.is_some()),
            playing: post.playing.map_or(0, |playing| playing.0),
            is_out_of_order: u32::from(post.violation.is_some()),
            reserved: 0,
        };
        // SAFETY: not NULL, the caller's promise.
        unsafe { put_record("out_posted", out_posted, &posted) }?;
        OK
    })
}

/// Ends everything that stages have begun and not ended, at the absolute frame `at` (0: at once): for a
/// game that is gone. `[thread-safe]`
///
/// Ownership: none.
/// Errors: `QUEUE_FULL`, `STALE_HANDLE`, `NULL_POINTER`, `POISONED`. Since 0.1.
///
/// # Safety
/// Any value is safe.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segue_stages_end(engine: *mut segue_engine, at: u64) -> segue_status {
    boundary_on("segue_stages_end", &ENGINES, engine as Handle, |engine| {
        engine.with(|control| Ok(control.end_stages(at)?))?;
        OK
    })
}

/// Every stage there is, as a JSON object: `stages`, a list of `id`, `name`, `aliases`, `loops` (it goes on
/// until another one ends it), `ducks`, `about`, `fields` (a list of `name`, `optional`, `allowed`).
/// `[thread-safe]`
///
/// Ownership: `out_document` becomes the caller's; `segue_buffer_free` frees it.
/// Errors: `NULL_POINTER`. Since 0.1.
///
/// # Safety
/// `out_document` is NULL or a `segue_buffer`; one that holds something is lost, not freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segue_get_stage_kinds(out_document: *mut segue_buffer) -> segue_status {
    boundary("segue_get_stage_kinds", || {
        needed("out_document", out_document)?;
        let stages: Vec<Value> = STAGES.iter().map(stage_value).collect();
        let json = document(&json!({"stages": stages}))?;
        // SAFETY: not NULL, the caller's promise.
        unsafe { give("out_document", out_document, json) }?;
        OK
    })
}

/// Checks the order of stages, and whether every loop has an end: `stages` is a trace (docs/stages.md),
/// or a JSON list of stages as [`segue_stage_post`] takes them. The document is a JSON object: `events` (how
/// many), `clean`, `findings` (texts, which name the place of the event from 0). `[thread-safe]`
///
/// Ownership: the text stays the caller's. `out_document` becomes the caller's; `segue_buffer_free`
/// frees it.
/// Errors: `INVALID_DOCUMENT` for something that is no trace and no list of stages, with the place;
/// `INVALID_UTF8`, `LIMIT_EXCEEDED` above 16 MiB, `NULL_POINTER`. Since 0.1.
///
/// # Safety
/// `stages` is NULL or `stages_length` bytes; `out_document` is NULL or a `segue_buffer`; one that holds
/// something is lost, not freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segue_stages_validate(
    stages: *const c_char,
    stages_length: usize,
    out_document: *mut segue_buffer,
) -> segue_status {
    boundary("segue_stages_validate", || {
        needed("out_document", out_document)?;
        // SAFETY: the caller's promise.
        let text = unsafe { take_text("stages", stages, stages_length, MAX_JSON) }?;
        let trace = trace(text)?;
        let findings = disorder(&trace);
        let json = document(&json!({
            "events": trace.events.len(),
            "clean": findings.is_empty(),
            "findings": findings,
        }))?;
        // SAFETY: not NULL, the caller's promise.
        unsafe { give("out_document", out_document, json) }?;
        OK
    })
}

/// A trace, or a list of stages.
pub(crate) fn trace(text: &str) -> Answer<StageTrace> {
    let is_list = text.trim_start().starts_with('[');
    if !is_list {
        let read = trace_from_json(text.as_bytes());
        return Ok(read.map_err(|error| bad("stages", &error.to_string()))?.0);
    }
    let list: Vec<Value> = serde_json::from_str(text).map_err(|error| wrong("stages", &error))?;
    let mut trace = StageTrace::default();
    for (number, stage) in list.iter().enumerate() {
        let place = format!("stages[{number}]");
        let said = stage.as_object();
        let said = said.ok_or_else(|| bad(&place, "a stage is to be an object"))?;
        if depth(stage) > DEPTH_MAX {
            return Err(bad(&place, &format!("nested deeper than {DEPTH_MAX}")));
        }
        let (event, _) = stage_json::read(said).map_err(|error| bad(&place, &error.to_string()))?;
        trace.events.push(event);
    }
    Ok(trace)
}

/// Objects and arrays inside one another.
fn depth(value: &Value) -> usize {
    match value {
        Value::Object(object) => 1 + object.values().map(depth).max().unwrap_or(0),
        Value::Array(list) => 1 + list.iter().map(depth).max().unwrap_or(0),
        _ => 0,
    }
}

pub(crate) fn bad(what: &str, error: &str) -> Failure {
    Failure::text(SEGUE_STATUS_INVALID_DOCUMENT, format!("{what}: {error}"))
}
