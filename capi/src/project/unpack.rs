//! A packed project into a folder.

use std::ffi::c_char;

use facade::project::unpack;
use serde_json::json;

use crate::boundary::{OK, boundary};
use crate::engine::load::document;
use crate::job::{Progress, segue_job, start};
use crate::library::check_abi;
use crate::memory::{flag, needed, take_path};
use crate::project::save::still_wanted;
use crate::status::segue_status;

/// Unpacks the container `path` into the folder `folder_path`, which appears whole or not at all. `replace` 1
/// replaces a project that is there, with everything in it; no other folder is replaced. `abi` is `SEGUE_ABI` of
/// the header. The job's document is a JSON object: `path`, `bytes`, `assets` (how many), `warnings` (texts). One that
/// has begun to write is not stopped by `segue_job_cancel`. `[thread-safe]`
///
/// Sizes: `path` at most 4,096 bytes, `folder_path` at most 4,096 bytes.
/// Ownership: the texts stay the caller's. `out_job` becomes the caller's; `segue_job_destroy` ends it.
/// Errors: `ABI_MISMATCH`, `INVALID_ARGUMENT` for `replace`; the job says `NOT_FOUND`, `WRONG_FILE` for something that is
/// no container, `EXISTS` for a folder that may not be replaced, `NEWER_VERSION`, `DAMAGED`, `INVALID_DOCUMENT`, `SYSTEM`,
/// `CANCELLED`; `LIMIT_EXCEEDED`, `INVALID_UTF8`, `NULL_POINTER`. Since 0.1.
///
/// # Safety
/// Each text is NULL or as many bytes as its length says; `out_job` is NULL or a pointer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segue_project_unpack(
    abi: u32,
    path: *const c_char,
    path_length: usize,
    folder_path: *const c_char,
    folder_path_length: usize,
    replace: u32,
    out_job: *mut *mut segue_job,
) -> segue_status {
    boundary("segue_project_unpack", || {
        check_abi(abi)?;
        needed("out_job", out_job)?;
        // SAFETY: the caller's promise.
        let container = unsafe { take_path("path", path, path_length) }?.to_owned();
        // SAFETY: the caller's promise.
        let folder = unsafe { take_path("folder_path", folder_path, folder_path_length) }?;
        let (folder, replace) = (folder.to_owned(), flag("replace", replace)?);
        let work = move |progress: &Progress| {
            still_wanted(progress)?;
            let report = unpack(&container, &folder, replace)?;
            document(&json!({
                "path": report.path.display().to_string(),
                "bytes": report.bytes,
                "assets": report.assets,
                "warnings": report.warnings,
            }))
        };
        // SAFETY: the caller's promise.
        unsafe { start("segue-save", out_job, work) }?;
        OK
    })
}
