//! Writing a project, and finding audio files that it misses.
//!
//! Each of these is a job, since files are copied. One that has begun to write is not stopped by
//! `segue_job_cancel`: what it writes appears whole or not at all.

use std::ffi::c_char;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use facade::project::{self, CONTAINER_EXTENSION, OpenProject};
use serde_json::json;

use crate::boundary::{OK, boundary_on};
use crate::engine::load::document;
use crate::handle::{Handle, lock};
use crate::job::{Progress, cancelled, segue_job, start};
use crate::memory::{MAX_NAME, needed, take_path, take_text};
use crate::project::document::missing;
use crate::project::{PROJECTS, segue_project};
use crate::status::{
    Answer, Failure, SEGUE_STATUS_INVALID_ARGUMENT, SEGUE_STATUS_WRONG_ORDER, segue_status,
};

/// Pack although audio files are missing, for [`segue_project_pack`].
pub const SEGUE_PACK_ALLOW_MISSING: u32 = 1;

/// Saves a project where it was opened: `project.json` of its folder (and `states.bin`), or the whole container, with
/// everything in it that this version does not know. A crash leaves the old file or the new one. The
/// job's document is a JSON object: `path`. `[thread-safe]`
///
/// Ownership: `out_job` becomes the caller's; `segue_job_destroy` ends it. The project stays the
/// caller's and may be destroyed at any time.
/// Errors: `WRONG_ORDER` for a project that came from memory: use [`segue_project_save_as`]; the job
/// says `INVALID_DOCUMENT`, `LIMIT_EXCEEDED`, `NOT_FOUND` when the folder has gone, `WRONG_FILE` for a device or pipe,
/// `SYSTEM`, and then the file is as before; `LIMIT_EXCEEDED`
/// above 64 jobs, `STALE_HANDLE`, `NULL_POINTER`, `POISONED`. Since 0.1.
///
/// # Safety
/// `out_job` is NULL or a pointer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segue_project_save(
    project: *mut segue_project,
    out_job: *mut *mut segue_job,
) -> segue_status {
    boundary_on(
        "segue_project_save",
        &PROJECTS,
        project as Handle,
        |project| {
            needed("out_job", out_job)?;
            let open = project.now();
            if !open.source.is_absolute() {
                let text =
                    "the project came from memory and has no file; use segue_project_save_as";
                return Err(Failure::plain(SEGUE_STATUS_WRONG_ORDER, text));
            }
            let work = move |progress: &Progress| {
                still_wanted(progress)?;
                let place = match open.is_packed() {
                    true => &open.source,
                    false => &open.root,
                };
                let path = project::save_as(&open, &open.project, place)?;
                document(&json!({"path": path.display().to_string()}))
            };
            // SAFETY: the caller's promise.
            unsafe { start("segue-save", out_job, work) }?;
            OK
        },
    )
}

/// Saves a copy of a project at `path`: a container if that ends in `.segue`, else a folder with
/// `project.json` and all audio files. A project or container that is there is replaced. The
/// handle stays where it was opened. The job's document is a JSON object: `path`, `missing` (audio
/// files that are not there: a list of `id`, `file`, `reason`). `[thread-safe]`
///
/// `path` is UTF-8 of `path_length` bytes, at most 4,096, not NUL-terminated.
///
/// Sizes: `path` at most 4,096 bytes.
/// Ownership: as [`segue_project_save`].
/// Errors: the job says `EXISTS` when something else is there or audio files of the project itself would
/// be replaced, and else what [`segue_project_save`] says; `INVALID_UTF8`, `INVALID_ARGUMENT`,
/// `LIMIT_EXCEEDED`, `STALE_HANDLE`, `NULL_POINTER`, `POISONED`. Since 0.1.
///
/// # Safety
/// `path` is NULL or `path_length` bytes; `out_job` is NULL or a pointer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segue_project_save_as(
    project: *mut segue_project,
    path: *const c_char,
    path_length: usize,
    out_job: *mut *mut segue_job,
) -> segue_status {
    boundary_on(
        "segue_project_save_as",
        &PROJECTS,
        project as Handle,
        |project| {
            needed("out_job", out_job)?;
            // SAFETY: the caller's promise.
            let target = unsafe { take_path("path", path, path_length) }?.to_owned();
            let open = project.now();
            let work = move |progress: &Progress| {
                still_wanted(progress)?;
                let path = copy(&open, &target)?;
                let path = path.display().to_string();
                document(&json!({"path": path, "missing": missing(&open)}))
            };
            // SAFETY: the caller's promise.
            unsafe { start("segue-save", out_job, work) }?;
            OK
        },
    )
}

/// Packs a project, as it is open, into the container `path`, which ends in `.segue`; one that is
/// there is replaced. `flags` is 0 or [`SEGUE_PACK_ALLOW_MISSING`]. The job's document is a JSON
/// object: `path`, `bytes`, `assets` (how many are in it), `missing` (a list of `id`, `file`, `reason`).
/// `[thread-safe]`
///
/// Sizes: `path` at most 4,096 bytes.
/// Ownership: as [`segue_project_save`].
/// Errors: the job says `NOT_FOUND` when audio files are missing and that is not allowed, and else what
/// [`segue_project_save_as`] says; `INVALID_ARGUMENT` for flags or a path without `.segue`,
/// `INVALID_UTF8`, `LIMIT_EXCEEDED`, `STALE_HANDLE`, `NULL_POINTER`, `POISONED`. Since 0.1.
///
/// # Safety
/// `path` is NULL or `path_length` bytes; `out_job` is NULL or a pointer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segue_project_pack(
    project: *mut segue_project,
    path: *const c_char,
    path_length: usize,
    flags: u32,
    out_job: *mut *mut segue_job,
) -> segue_status {
    boundary_on(
        "segue_project_pack",
        &PROJECTS,
        project as Handle,
        |project| {
            needed("out_job", out_job)?;
            // SAFETY: the caller's promise.
            let target = unsafe { take_path("path", path, path_length) }?.to_owned();
            let ending = target.extension();
            if !ending.is_some_and(|it| it.eq_ignore_ascii_case(CONTAINER_EXTENSION)) {
                let problem = "does not end in .segue, as containers do";
                let status = SEGUE_STATUS_INVALID_ARGUMENT;
                return Err(Failure::argument(status, "path", problem));
            }
            if flags & !SEGUE_PACK_ALLOW_MISSING != 0 {
                return Err(Failure::range("flags", flags, "0..=1"));
            }
            let open = project.now();
            let work = move |progress: &Progress| {
                still_wanted(progress)?;
                if flags == 0 && !open.missing.is_empty() {
                    let files = open.missing.iter().map(|it| it.file.clone()).collect();
                    let path = open.source.clone();
                    return Err(facade::Error::Missing { path, files }.into());
                }
                let path = copy(&open, &target)?;
                let bytes = std::fs::metadata(&path).map_or(0, |file| file.len());
                document(&json!({
                    "path": path.display().to_string(),
                    "bytes": bytes,
                    "assets": open.assets.len() - open.missing.len(),
                    "missing": missing(&open),
                }))
            };
            // SAFETY: the caller's promise.
            unsafe { start("segue-save", out_job, work) }?;
            OK
        },
    )
}

/// Puts copies of audio files where a project expects them. With an `asset` (its id) `path` is the file;
/// with an empty one it is a folder, which is searched, with those below it, for all files that are
/// missing. The project then knows them. The job's document is a JSON object: `found` (ids of assets),
/// `missing` (what still is: a list of `id`, `file`, `reason`). `[thread-safe]`
///
/// Sizes: `asset` at most 1,024 bytes, `path` at most 4,096 bytes.
/// Ownership: as [`segue_project_save`]; both texts stay the caller's.
/// Errors: the job says `UNKNOWN_NAME` for the asset, `EXISTS` when its file is there, `NOT_FOUND` for
/// the file or folder, `WRONG_FILE` for a device or pipe, `SYSTEM`; `INVALID_UTF8`, `INVALID_ARGUMENT`, `LIMIT_EXCEEDED`, `STALE_HANDLE`,
/// `NULL_POINTER`, `POISONED`. Since 0.1.
///
/// # Safety
/// `asset` is NULL or `asset_length` bytes, `path` NULL or `path_length` bytes; `out_job` is NULL
/// or a pointer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segue_project_relocate(
    project: *mut segue_project,
    asset: *const c_char,
    asset_length: usize,
    path: *const c_char,
    path_length: usize,
    out_job: *mut *mut segue_job,
) -> segue_status {
    let handle = project as Handle;
    boundary_on("segue_project_relocate", &PROJECTS, handle, |project| {
        needed("out_job", out_job)?;
        // SAFETY: the caller's promise.
        let asset = unsafe { take_text("asset", asset, asset_length, MAX_NAME) }?.to_owned();
        // SAFETY: the caller's promise.
        let from = unsafe { take_path("path", path, path_length) }?.to_owned();
        let open = project.now();
        let work = move |progress: &Progress| {
            still_wanted(progress)?;
            let found = match asset.is_empty() {
                true => project::relocate_all(&open, &from)?,
                false => {
                    project::relocate(&open, &asset, &from)?;
                    vec![asset.clone()]
                }
            };
            // It may have been edited or destroyed meanwhile.
            let refreshed = match PROJECTS.enter(handle) {
                Ok(project) => {
                    let mut now = lock(&project.open);
                    *now = Arc::new(now.refreshed()?);
                    Arc::clone(&now)
                }
                Err(_) => Arc::new(open.refreshed()?),
            };
            document(&json!({"found": found, "missing": missing(&refreshed)}))
        };
        // SAFETY: the caller's promise.
        unsafe { start("segue-save", out_job, work) }?;
        OK
    })
}

/// A whole copy: an adaptive profile with a file of its own goes into the document.
fn copy(open: &OpenProject, target: &Path) -> Answer<PathBuf> {
    let is_own = !open.is_packed()
        && target.canonicalize().ok().as_deref() == open.root.canonicalize().ok().as_deref();
    let project = if is_own {
        open.project.clone()
    } else {
        open.whole()
    };
    Ok(project::save_as(open, &project, target)?)
}

pub(super) fn still_wanted(progress: &Progress) -> Answer {
    match progress.is_cancelled() {
        true => Err(cancelled()),
        false => Ok(()),
    }
}
