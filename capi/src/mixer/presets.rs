//! Presets of inserts.

use std::ffi::c_char;

use facade::inserts::{INSERTS, ProcessorInfo, presets};
use facade::rt::ids::{InsertId, kind};
use serde_json::{Map, Value, json};

use crate::boundary::{OK, boundary, boundary_on};
use crate::engine::load::document;
use crate::engine::{ENGINES, Engine, segue_engine};
use crate::handle::Handle;
use crate::ids;
use crate::memory::buffer::{give, segue_buffer};
use crate::memory::{MAX_DOCUMENT, needed, needed_array, put_text, take_text};
use crate::options::{Numbers, read};
use crate::status::{Answer, Failure, SEGUE_STATUS_INVALID_DOCUMENT, segue_status};

/// Every preset of every kind of insert, as JSON: a list of `kind` (as in `segue_get_insert_kinds`), `name` (what
/// `preset` says in `project.json`) and `params`, an object of values by the id of their parameter; those that
/// it does not name have their default. `[thread-safe]`
///
/// Ownership: `out_document` becomes the caller's; `segue_buffer_free` frees it.
/// Errors: `NULL_POINTER`. Since 0.1.
///
/// # Safety
/// `out_document` is NULL or a `segue_buffer`; one that holds something is lost, not freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segue_get_insert_presets(out_document: *mut segue_buffer) -> segue_status {
    boundary("segue_get_insert_presets", || {
        needed("out_document", out_document)?;
        let all = INSERTS
            .iter()
            .flat_map(|kind| presets(kind.id).iter().map(|preset| (kind.id, preset)));
        let row = |(kind, preset): (&str, &facade::inserts::Preset)| {
            let values = preset.values.iter();
            let values: Map<String, Value> = values
                .map(|(id, value)| ((*id).to_owned(), json!(value)))
                .collect();
            json!({"kind": kind, "name": preset.name, "params": values})
        };
        let rows: Vec<Value> = all.map(row).collect();
        // SAFETY: checked above, the caller's promise.
        unsafe { give("out_document", out_document, document(&json!(rows))?) }?;
        OK
    })
}

/// A preset of one's own, as a document.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Saved {
    kind: String,
    params: Numbers,
    /// For people.
    #[serde(default, rename = "name")]
    _name: Option<String>,
}

/// The parameters of an insert as they were last set, as a preset to be kept: a JSON object of `kind` and `params`,
/// an object of values by the id of their parameter. Mix and bypass are no part of it. `[thread-safe]`
///
/// Ownership: `out_document` becomes the caller's; `segue_buffer_free` frees it.
/// Errors: `STALE_ID`, `STALE_HANDLE`, `NULL_POINTER`, `POISONED`. Since 0.1.
///
/// # Safety
/// `out_document` is NULL or a `segue_buffer`; one that holds something is lost, not freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segue_insert_get_preset(
    engine: *mut segue_engine,
    insert: u64,
    out_document: *mut segue_buffer,
) -> segue_status {
    boundary_on(
        "segue_insert_get_preset",
        &ENGINES,
        engine as Handle,
        |engine| {
            needed("out_document", out_document)?;
            let insert = ids::taken::<kind::Insert>("insert", insert)?;
            let kind = kind(engine, insert)?;
            let values =
                engine.with(|control| Ok(control.insert_values(insert)?.params.clone()))?;
            let rows = kind.params.iter().zip(values);
            let params: Map<String, Value> = rows
                .map(|(row, value)| (row.id.to_owned(), json!(value)))
                .collect();
            let json = document(&json!({"kind": kind.id, "params": params}))?;
            // SAFETY: checked above, the caller's promise.
            unsafe { give("out_document", out_document, json) }?;
            OK
        },
    )
}

/// Sets every parameter of an insert to what a preset of one's own says ([`segue_insert_get_preset`]), or to its
/// default. Mix and bypass stay. `[thread-safe]`
///
/// `at` is an absolute frame; 0, or one that has passed, is at once.
///
/// Sizes: `json` at most 64 MiB.
/// Ownership: the text stays the caller's.
/// Errors: `STALE_ID`, `INVALID_DOCUMENT` for what is no preset or one of another kind, `UNKNOWN_NAME` for a parameter,
/// `INVALID_ARGUMENT` for a value, or when it needs another value of a parameter that is only read when the
/// insert is made, `INVALID_UTF8`, `LIMIT_EXCEEDED`, `QUEUE_FULL`, `STALE_HANDLE`, `NULL_POINTER`, `POISONED`. Nothing
/// has changed then. Since 0.1.
///
/// # Safety
/// `json` is NULL or `json_length` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segue_insert_set_preset(
    engine: *mut segue_engine,
    insert: u64,
    json: *const c_char,
    json_length: usize,
    at: u64,
) -> segue_status {
    boundary_on(
        "segue_insert_set_preset",
        &ENGINES,
        engine as Handle,
        |engine| {
            // SAFETY: the caller's promise.
            let text = unsafe { take_text("json", json, json_length, MAX_DOCUMENT) }?;
            let wrong = |text: String| Failure::text(SEGUE_STATUS_INVALID_DOCUMENT, text);
            if text.is_empty() {
                let text = "preset: it is empty; give what segue_insert_get_preset gave";
                return Err(wrong(text.to_owned()));
            }
            let saved: Saved = read(text).map_err(|fault| fault.failure("preset"))?;
            let insert = ids::taken::<kind::Insert>("insert", insert)?;
            let kind = kind(engine, insert)?;
            if saved.kind != kind.id {
                let text = format!(
                    "preset: kind {:?} is not {:?}, which the insert is",
                    saved.kind, kind.id
                );
                return Err(wrong(text));
            }
            let said = saved.params.0.iter();
            let said = said.map(|(id, value)| (id.as_str(), facade::to_f32(*value)));
            let said: Vec<_> = said.collect();
            engine.with(|control| Ok(control.set_insert_params(insert, &said, at)?))?;
            OK
        },
    )
}

/// What an insert is.
fn kind(engine: &Engine, insert: InsertId) -> Answer<&'static ProcessorInfo> {
    engine.with(|control| {
        control.check_insert(insert)?;
        let meta = control
            .graph()
            .insert(insert)
            .map_err(facade::Error::from)?
            .meta;
        let kind = INSERTS.get(usize::from(meta.kind));
        kind.ok_or_else(|| facade::Error::StaleInsert.into())
    })
}

/// The name of an insert on its bus, for [`segue_insert_find`](super::inserts::segue_insert_find); empty for one that
/// was added with `segue_insert_add`. Not NUL-terminated. `[thread-safe]`
///
/// Ownership: `text` holds `capacity` bytes of the caller; NULL with 0 asks for the length only.
/// Errors: `STALE_ID`, `BUFFER_TOO_SMALL`, `STALE_HANDLE`, `NULL_POINTER`, `POISONED`. Since 0.1.
///
/// # Safety
/// `text` is NULL or `capacity` bytes; `length` is NULL or a `size_t`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segue_insert_get_name(
    engine: *mut segue_engine,
    insert: u64,
    text: *mut c_char,
    capacity: usize,
    length: *mut usize,
) -> segue_status {
    boundary_on(
        "segue_insert_get_name",
        &ENGINES,
        engine as Handle,
        |engine| {
            needed_array("text", text, capacity, length)?;
            let insert = ids::taken::<kind::Insert>("insert", insert)?;
            engine.with(|control| {
                control.check_insert(insert)?;
                let name = control.insert_name(insert).unwrap_or("");
                // SAFETY: the caller's promise.
                unsafe { put_text(text, capacity, length, name) }
            })?;
            OK
        },
    )
}
