//! What a file is.

use std::ffi::c_char;

use facade::info::inspect;

use crate::boundary::{OK, boundary};
use crate::engine::load::document;
use crate::job::{Progress, segue_job, start};
use crate::library::check_abi;
use crate::memory::{flag, needed, take_path};
use crate::status::segue_status;

/// Tells what the file or folder at `path` is, as `segue info` does: an audio file, a project with its audio files, a
/// packed one, or a session log. `check` 1 decodes every audio file to its end to see whether it is whole; 0 looks at
/// headers only. `abi` is `SEGUE_ABI` of the header. `[thread-safe]`
///
/// The job's document is a JSON object with the keys of `segue info --json`. `kind` says which:
/// - `audio`: `path`, `bytes`, `container`, `codec`, `sample_rate` (Hz), `channels`, `frames` and `seconds` (null if only
///   decoding tells), `loops` (a list of `start`, `end`, `count`), `check` (null, or `peak_db`, null for silence, and
///   `warnings`).
/// - `project`: `path`, `name`, `author`, `description`, `licence`, `seed` (a text), `sample_rate`, `tempo_bpm`,
///   `length_beats`, `assets` (a list of `id`, `file`, and `audio`, or `error` for one that cannot be used, which is no error
///   of the job), `buses`, `sounds` (ids), `clips`, `notes` (how many), `warnings`, `container` (null, or `bytes`,
///   `version`, `created_with`, `tags`, `unknown`).
/// - `session_log`: `path`, `bytes`, `version`, `project`, `project_path`, `sample_rate`, `seed` (a text), `max_block`,
///   `engine_version`, `rows`, `complete`, `frames` (null for one that was cut short).
///
/// It counts frames of the file that is decoded.
///
/// Sizes: `path` at most 4,096 bytes.
/// Ownership: the text stays the caller's. `out_job` becomes the caller's; `segue_job_destroy` ends it.
/// Errors: `ABI_MISMATCH`, `INVALID_ARGUMENT` for `check`; the job says `NOT_FOUND`, `WRONG_FILE` (also for a device or
/// pipe), `NEWER_VERSION`, `DAMAGED`, `INVALID_DOCUMENT`, `SYSTEM`, `CANCELLED`; `LIMIT_EXCEEDED`, `INVALID_UTF8`,
/// `NULL_POINTER`. Since 0.1.
///
/// # Safety
/// `path` is NULL or `path_length` bytes; `out_job` is NULL or a pointer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segue_inspect(
    abi: u32,
    path: *const c_char,
    path_length: usize,
    check: u32,
    out_job: *mut *mut segue_job,
) -> segue_status {
    boundary("segue_inspect", || {
        check_abi(abi)?;
        needed("out_job", out_job)?;
        // SAFETY: the caller's promise.
        let file = unsafe { take_path("path", path, path_length) }?.to_owned();
        let check = flag("check", check)?;
        let work = move |progress: &Progress| {
            let info = inspect(&file, check, &mut |at| progress.step(at.done, at.total))?;
            document(&info.value())
        };
        // SAFETY: the caller's promise.
        unsafe { start("segue-inspect", out_job, work) }?;
        OK
    })
}
