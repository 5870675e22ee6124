//! The document of an open project, and what is known of it.

use std::ffi::c_char;
use std::sync::Arc;

use facade::project::OpenProject;
use serde_json::{Value, json};

use crate::boundary::{OK, boundary_on};
use crate::engine::load::document;
use crate::handle::{Handle, lock};
use crate::memory::buffer::{give, segue_buffer};
use crate::memory::{MAX_JSON, needed, take_text};
use crate::project::{PROJECTS, segue_project};
use crate::status::{Failure, SEGUE_STATUS_INVALID_DOCUMENT, segue_status};

/// The project's document as UTF-8 JSON, as it would be written to `project.json`. Keys that this
/// version does not know are in it. `[thread-safe]`
///
/// Ownership: `out_document` becomes the caller's; `segue_buffer_free` frees it.
/// Errors: `INVALID_DOCUMENT` when it cannot be written, `STALE_HANDLE`, `NULL_POINTER`,
/// `POISONED`. Since 0.1.
///
/// # Safety
/// `out_document` is NULL or a `segue_buffer`; one that holds something is lost, not freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segue_project_get_json(
    project: *mut segue_project,
    out_document: *mut segue_buffer,
) -> segue_status {
    boundary_on(
        "segue_project_get_json",
        &PROJECTS,
        project as Handle,
        |project| {
            needed("out_document", out_document)?;
            let open = project.now();
            let json = open.project.to_json().map_err(|error| {
                let text = format!("{}: {error}", open.source.display());
                Failure::text(SEGUE_STATUS_INVALID_DOCUMENT, text)
            })?;
            // SAFETY: not NULL, the caller's promise.
            unsafe { give("out_document", out_document, json) }?;
            OK
        },
    )
}

/// Replaces the project's document as a whole, at most 16 MiB (16,777,216 bytes) of UTF-8 JSON, checked as on
/// opening; its audio files are looked for again in the same place. Nothing is written to the disk
/// ([`segue_project_save`](super::save::segue_project_save) does) and engines go on with what they
/// have loaded. `[thread-safe]`
///
/// Ownership: the text stays the caller's.
/// Errors: `INVALID_DOCUMENT`, whose text names path and place of the first problem, `NEWER_VERSION`,
/// `WRONG_FILE`; then the document is as before. `INVALID_UTF8`, `LIMIT_EXCEEDED`, `STALE_HANDLE`, `NULL_POINTER`,
/// `POISONED`. Since 0.1.
///
/// # Safety
/// `json` is NULL or `json_length` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segue_project_set_json(
    project: *mut segue_project,
    json: *const c_char,
    json_length: usize,
) -> segue_status {
    boundary_on(
        "segue_project_set_json",
        &PROJECTS,
        project as Handle,
        |project| {
            // SAFETY: the caller's promise.
            let json = unsafe { take_text("json", json, json_length, MAX_JSON) }?;
            // Held meanwhile, so that no other edit is lost.
            let mut now = lock(&project.open);
            *now = Arc::new(now.edited(json.as_bytes())?);
            OK
        },
    )
}

/// What is known of a project without reading its audio files, as a JSON object: `path`, `name`,
/// `author`, `description`, `licence`, `seed` (a text of digits), `sample_rate` (Hz or null),
/// `tempo_bpm`, `length_beats` (or null), `is_packed`, `buses`, `sounds` (their ids), `clips`,
/// `notes`, `events` (numbers), `assets` (a list of `id`, `file`, `bytes`, which is null when it is
/// missing), `missing` (a list of `id`, `file`, `reason`), `warnings` (texts). `[thread-safe]`
///
/// Ownership: `out_document` becomes the caller's; `segue_buffer_free` frees it.
/// Errors: `STALE_HANDLE`, `NULL_POINTER`, `POISONED`. Since 0.1.
///
/// # Safety
/// `out_document` is NULL or a `segue_buffer`; one that holds something is lost, not freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segue_project_get_info(
    project: *mut segue_project,
    out_document: *mut segue_buffer,
) -> segue_status {
    boundary_on(
        "segue_project_get_info",
        &PROJECTS,
        project as Handle,
        |project| {
            needed("out_document", out_document)?;
            let json = document(&info(&project.now()))?;
            // SAFETY: not NULL, the caller's promise.
            unsafe { give("out_document", out_document, json) }?;
            OK
        },
    )
}

fn info(open: &OpenProject) -> Value {
    let project = &open.project;
    let ids = |ids: &mut dyn Iterator<Item = &String>| ids.cloned().collect::<Vec<_>>();
    let assets = open
        .assets
        .iter()
        .map(|it| json!({"id": it.id, "file": it.file, "bytes": it.bytes}));
    let warnings = open.warnings.iter().map(ToString::to_string);
    json!({
        "path": open.source.display().to_string(),
        "name": project.name,
        "author": project.author,
        "description": project.description,
        "licence": project.licence,
        "seed": project.seed.to_string(),
        "sample_rate": project.sample_rate,
        "tempo_bpm": project.tempo.first().map(|point| point.bpm),
        "length_beats": project.length_beats,
        "is_packed": open.is_packed(),
        "buses": ids(&mut project.buses.iter().map(|bus| &bus.id)),
        "sounds": ids(&mut project.sounds.iter().map(|sound| &sound.id)),
        "clips": project.clips.len(),
        "notes": project.notes.len(),
        "events": open.interactive().events.len(),
        "assets": assets.collect::<Vec<_>>(),
        "missing": missing(open),
        "warnings": warnings.collect::<Vec<_>>(),
    })
}

/// The audio files that are not there, for documents.
pub(super) fn missing(open: &OpenProject) -> Vec<Value> {
    let row = |it: &facade::project::MissingAsset| json!({"id": it.id, "file": it.file, "reason": it.reason});
    open.missing.iter().map(row).collect()
}
