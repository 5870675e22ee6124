//! Presets of inserts.

use facade::inserts::{INSERTS, presets};
use serde_json::{Map, Value, json};

use crate::boundary::{OK, boundary};
use crate::engine::load::document;
use crate::memory::buffer::{give, segue_buffer};
use crate::memory::needed;
use crate::status::segue_status;

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
