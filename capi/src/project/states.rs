//! Blobs that a project keeps by name: states of plug-ins, or of anything else that belongs to it.
//!
//! They are saved with the project (`segue_project_save`, `segue_project_save_as`): as chunks of its
//! container, or as `states.bin` in its folder. The library never looks into them. A name has 1 to 128 bytes
//! of UTF-8 without control characters; a blob has at most 16 MiB, all of them 64 MiB; there are at most
//! 1,000.

use std::ffi::c_char;
use std::sync::Arc;

use facade::project::{OpenProject, read_states, write_states};
use serde_json::json;

use crate::boundary::{OK, boundary_on};
use crate::engine::load::document;
use crate::handle::{Handle, lock};
use crate::memory::buffer::{give, segue_buffer};
use crate::memory::{MAX_STATE, needed, take_bytes, take_name, take_path};
use crate::project::{PROJECTS, Project, segue_project};
use crate::status::{Answer, Failure, SEGUE_STATUS_UNKNOWN_NAME, segue_status};

/// Stores a copy of a blob under a name, in the place of what is there. `[thread-safe]`
///
/// Sizes: `name` at most 1,024 bytes, `data` at most 16 MiB.
/// Ownership: name and bytes stay the caller's.
/// Errors: `INVALID_ARGUMENT` for an empty name;
/// `INVALID_DOCUMENT` for a name that cannot be, `LIMIT_EXCEEDED` for a blob, a sum (64 MiB) or a number of them
/// (1,000) that is too large: everything is as before; `INVALID_UTF8`, `STALE_HANDLE`, `NULL_POINTER`, `POISONED`. Since 0.1.
///
/// # Safety
/// `name` is NULL or `name_length` bytes, `data` NULL or `data_length` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segue_project_state_set(
    project: *mut segue_project,
    name: *const c_char,
    name_length: usize,
    data: *const u8,
    data_length: usize,
) -> segue_status {
    boundary_on(
        "segue_project_state_set",
        &PROJECTS,
        project as Handle,
        |project| {
            // SAFETY: the caller's promise.
            let name = unsafe { take_name("name", name, name_length) }?;
            // SAFETY: the caller's promise.
            let blob = unsafe { take_bytes("data", data, data_length, MAX_STATE) }?;
            edit(project, |open| {
                let set = open.states.set(name, blob.to_vec());
                set.map_err(|source| facade::Error::Format {
                    path: open.source.clone(),
                    source: Box::new(source),
                })?;
                OK
            })
        },
    )
}

/// A copy of the blob of a name. `[thread-safe]`
///
/// Sizes: `name` at most 1,024 bytes.
/// Ownership: `out_bytes` becomes the caller's; `segue_buffer_free` frees it.
/// Errors: `INVALID_ARGUMENT` for an empty name;
/// `UNKNOWN_NAME` with the nearest one, `INVALID_UTF8`, `LIMIT_EXCEEDED`, `STALE_HANDLE`,
/// `NULL_POINTER`, `POISONED`. Since 0.1.
///
/// # Safety
/// `name` is NULL or `name_length` bytes; `out_bytes` is NULL or a `segue_buffer`; one that holds
/// something is lost, not freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segue_project_state_get(
    project: *mut segue_project,
    name: *const c_char,
    name_length: usize,
    out_bytes: *mut segue_buffer,
) -> segue_status {
    boundary_on(
        "segue_project_state_get",
        &PROJECTS,
        project as Handle,
        |project| {
            needed("out_bytes", out_bytes)?;
            // SAFETY: the caller's promise.
            let name = unsafe { take_name("name", name, name_length) }?;
            let open = project.now();
            let blob = open.states.get(name).ok_or_else(|| unknown(&open, name))?;
            // SAFETY: not NULL, the caller's promise.
            unsafe { give("out_bytes", out_bytes, blob.to_vec()) }?;
            OK
        },
    )
}

/// Takes the blob of a name out. `[thread-safe]`
///
/// Sizes: `name` at most 1,024 bytes.
/// Ownership: none.
/// Errors: `INVALID_ARGUMENT` for an empty name;
/// `UNKNOWN_NAME` with the nearest one, `INVALID_UTF8`, `LIMIT_EXCEEDED`, `STALE_HANDLE`,
/// `NULL_POINTER`, `POISONED`. Since 0.1.
///
/// # Safety
/// `name` is NULL or `name_length` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segue_project_state_remove(
    project: *mut segue_project,
    name: *const c_char,
    name_length: usize,
) -> segue_status {
    boundary_on(
        "segue_project_state_remove",
        &PROJECTS,
        project as Handle,
        |project| {
            // SAFETY: the caller's promise.
            let name = unsafe { take_name("name", name, name_length) }?;
            edit(project, |open| match open.states.remove(name) {
                true => OK,
                false => Err(unknown(open, name)),
            })
        },
    )
}

/// The blobs of a project as a JSON object: `bytes` (all together), `states`, a list of `name` and `bytes`,
/// by name. `[thread-safe]`
///
/// Ownership: `out_document` becomes the caller's; `segue_buffer_free` frees it.
/// Errors: `STALE_HANDLE`, `NULL_POINTER`, `POISONED`. Since 0.1.
///
/// # Safety
/// `out_document` is NULL or a `segue_buffer`; one that holds something is lost, not freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segue_project_get_states(
    project: *mut segue_project,
    out_document: *mut segue_buffer,
) -> segue_status {
    boundary_on(
        "segue_project_get_states",
        &PROJECTS,
        project as Handle,
        |project| {
            needed("out_document", out_document)?;
            let open = project.now();
            let rows = open.states.iter();
            let rows = rows.map(|(name, blob)| json!({"name": name, "bytes": blob.len()}));
            let rows: Vec<_> = rows.collect();
            let json = document(&json!({"bytes": open.states.bytes(), "states": rows}))?;
            // SAFETY: not NULL, the caller's promise.
            unsafe { give("out_document", out_document, json) }?;
            OK
        },
    )
}

/// Writes the blobs into a file of their own, with a checksum, as one atomic step, in the place of such a file.
/// `[thread-safe]`, blocks for at most 64 MiB
///
/// `path` is UTF-8 of `path_length` bytes, at most 4,096, not NUL-terminated.
///
/// Sizes: `path` at most 4,096 bytes.
/// Ownership: the text stays the caller's.
/// Errors: `EXISTS` when something else is there, `SYSTEM`: then the file is as before; `INVALID_UTF8`,
/// `INVALID_ARGUMENT`, `LIMIT_EXCEEDED`, `STALE_HANDLE`, `NULL_POINTER`, `POISONED`. Since 0.1.
///
/// # Safety
/// `path` is NULL or `path_length` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segue_project_states_write(
    project: *mut segue_project,
    path: *const c_char,
    path_length: usize,
) -> segue_status {
    boundary_on(
        "segue_project_states_write",
        &PROJECTS,
        project as Handle,
        |project| {
            // SAFETY: the caller's promise.
            let path = unsafe { take_path("path", path, path_length) }?;
            write_states(path, &project.now().states)?;
            OK
        },
    )
}

/// Replaces the blobs of a project by those of a file that [`segue_project_states_write`] has written, or of
/// a packed project. `[thread-safe]`, blocks for at most 100 MB
///
/// Sizes: `path` at most 4,096 bytes.
/// Ownership: the text stays the caller's.
/// Errors: `NOT_FOUND`, `WRONG_FILE`, `DAMAGED`, `NEWER_VERSION`, `LIMIT_EXCEEDED` before it is read, `SYSTEM`:
/// then the project is as before; `INVALID_UTF8`, `INVALID_ARGUMENT`, `STALE_HANDLE`, `NULL_POINTER`,
/// `POISONED`. Since 0.1.
///
/// # Safety
/// `path` is NULL or `path_length` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segue_project_states_read(
    project: *mut segue_project,
    path: *const c_char,
    path_length: usize,
) -> segue_status {
    boundary_on(
        "segue_project_states_read",
        &PROJECTS,
        project as Handle,
        |project| {
            // SAFETY: the caller's promise.
            let path = unsafe { take_path("path", path, path_length) }?;
            let states = read_states(path)?;
            edit(project, |open| {
                open.states = states;
                OK
            })
        },
    )
}

/// Changes a copy, which takes the place of the project when that succeeds.
fn edit(
    project: &Project,
    change: impl FnOnce(&mut OpenProject) -> Answer<segue_status>,
) -> Answer<segue_status> {
    let mut now = lock(&project.open);
    let mut next = OpenProject::clone(&now);
    let status = change(&mut next)?;
    *now = Arc::new(next);
    Ok(status)
}

fn unknown(open: &OpenProject, name: &str) -> Failure {
    let known = open.states.iter().map(|(name, _)| name.to_owned());
    let error = facade::Error::Unknown {
        what: "state",
        name: name.to_owned(),
        known: known.collect(),
    };
    Failure::text(SEGUE_STATUS_UNKNOWN_NAME, error.to_string())
}
