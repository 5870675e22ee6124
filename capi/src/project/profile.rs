//! The adaptive profile of a project: a document of its own, within `project.json` or beside it.

use std::ffi::c_char;
use std::sync::Arc;

use crate::boundary::{OK, boundary_on};
use crate::handle::{Handle, lock};
use crate::memory::buffer::{give, segue_buffer};
use crate::memory::{MAX_JSON, needed, take_text};
use crate::project::{PROJECTS, segue_project};
use crate::status::{Failure, SEGUE_STATUS_NOTHING, segue_status};

/// The adaptive profile of a project as UTF-8 JSON (`"format": "segue.adaptive"`), as it would be written to a file of
/// its own. `[thread-safe]`
///
/// Ownership: `out_document` becomes the caller's; `segue_buffer_free` frees it.
/// Errors: `NOTHING` when the project has none, `INVALID_DOCUMENT` when it cannot be written, `STALE_HANDLE`,
/// `NULL_POINTER`, `POISONED`. Since 0.1.
///
/// # Safety
/// `out_document` is NULL or a `segue_buffer`; one that holds something is lost, not freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segue_project_get_profile(
    project: *mut segue_project,
    out_document: *mut segue_buffer,
) -> segue_status {
    boundary_on(
        "segue_project_get_profile",
        &PROJECTS,
        project as Handle,
        |project| {
            needed("out_document", out_document)?;
            let Some(json) = project.now().profile_json()? else {
                let text =
                    "the project has no adaptive profile; segue_project_set_profile gives it one";
                return Err(Failure::plain(SEGUE_STATUS_NOTHING, text));
            };
            // SAFETY: not NULL, the caller's promise.
            unsafe { give("out_document", out_document, json) }?;
            OK
        },
    )
}

/// Gives a project another adaptive profile, at most 16 MiB (16,777,216 bytes) of UTF-8 JSON; `(NULL, 0)` takes it away. It
/// stands within the project's document from then on, where it may have named a file of its own before.
/// Nothing is written to the disk ([`segue_project_save`](super::save::segue_project_save) does) and engines go on
/// with what they have loaded. `[thread-safe]`
///
/// Ownership: the text stays the caller's.
/// Errors: `INVALID_DOCUMENT`, whose text names path and place of the first problem, `NEWER_VERSION`, `WRONG_FILE`; then
/// the project is as before. `INVALID_UTF8`, `LIMIT_EXCEEDED`, `STALE_HANDLE`, `NULL_POINTER`, `POISONED`. Since 0.1.
///
/// # Safety
/// `json` is NULL or `json_length` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segue_project_set_profile(
    project: *mut segue_project,
    json: *const c_char,
    json_length: usize,
) -> segue_status {
    boundary_on(
        "segue_project_set_profile",
        &PROJECTS,
        project as Handle,
        |project| {
            // SAFETY: the caller's promise.
            let json = unsafe { take_text("json", json, json_length, MAX_JSON) }?;
            let profile = (!json.is_empty()).then_some(json.as_bytes());
            // Held meanwhile, so that no other edit is lost.
            let mut now = lock(&project.open);
            *now = Arc::new(now.with_profile(profile)?);
            OK
        },
    )
}
