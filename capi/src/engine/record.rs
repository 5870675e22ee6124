//! Recording a session, to be rendered again to the same bits by
//! [`segue_replay`](crate::render::segue_replay).

use std::ffi::c_char;

use crate::boundary::{OK, boundary_on};
use crate::engine::{ENGINES, segue_engine};
use crate::handle::{Handle, lock};
use crate::memory::{needed, put, take_path};
use crate::status::{Failure, SEGUE_STATUS_WRONG_ORDER, segue_status};

/// Records everything that reaches the audio thread, from the first frame on, into a session log
/// that replaces what is at `path`. To be called after the project was loaded and before the
/// first `segue_engine_process`, on an engine that was made with `record` 1. From then on
/// `segue_engine_update` writes what has come, and what was written survives a crash. `[thread-safe]`
///
/// `path` is UTF-8 of `path_length` bytes, at most 4,096, not NUL-terminated.
///
/// Sizes: `path` at most 4,096 bytes.
/// Ownership: the text stays the caller's; the file is the engine's until
/// [`segue_engine_finish_recording`], or its end.
/// Errors: `WRONG_ORDER` when the engine does not record, has recorded before, has nothing loaded, or has rendered;
/// `EXISTS` for a file of the project itself and for one that is no session log, `WRONG_FILE` for a device or pipe; `INVALID_ARGUMENT` when the limits of voices are not
/// the project's; `SYSTEM`, `NOT_FOUND` for the folder; `INVALID_UTF8`, `LIMIT_EXCEEDED`,
/// `STALE_HANDLE`, `NULL_POINTER`, `POISONED`. Since 0.1.
///
/// # Safety
/// `path` is NULL or `path_length` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segue_engine_record(
    engine: *mut segue_engine,
    path: *const c_char,
    path_length: usize,
) -> segue_status {
    boundary_on(
        "segue_engine_record",
        &ENGINES,
        engine as Handle,
        |engine| {
            // SAFETY: the caller's promise.
            let path = unsafe { take_path("path", path, path_length) }?;
            let loaded = lock(&engine.extra).loaded.clone();
            let Some((project, report)) = loaded else {
                let text = "no project is loaded; wait for the job of segue_engine_load";
                return Err(Failure::plain(SEGUE_STATUS_WRONG_ORDER, text));
            };
            if engine.rendered().0 > 0 {
                let text = "the engine has rendered already; record before its first block";
                return Err(Failure::plain(SEGUE_STATUS_WRONG_ORDER, text));
            }
            project.refuse_as_output(path)?;
            engine.with(|control| Ok(control.record_to(path, &project, &report)?))?;
            OK
        },
    )
}

/// Ends the session log after what was rendered so far and brings it to the disk. Nothing happens
/// when nothing is recorded. Best called when the audio thread has stopped: what is rendered later is
/// not in the log. `[thread-safe]`
///
/// Ownership: `out_frames` is the caller's; the length of the session in frames.
/// Errors: `SYSTEM` when the log cannot be written or has gaps because `segue_engine_update` was not
/// called often enough; `STALE_HANDLE`, `NULL_POINTER`, `POISONED`. Since 0.1.
///
/// # Safety
/// `out_frames` is NULL or a `uint64_t`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segue_engine_finish_recording(
    engine: *mut segue_engine,
    out_frames: *mut u64,
) -> segue_status {
    boundary_on(
        "segue_engine_finish_recording",
        &ENGINES,
        engine as Handle,
        |engine| {
            needed("out_frames", out_frames)?;
            let frames = engine.with(|control| {
                // What was rendered is counted last: every row of it is in the log then.
                control.update()?;
                let frames = engine.rendered().0;
                control.finish_recording(frames)?;
                Ok(frames)
            })?;
            // SAFETY: checked above, the caller's promise.
            unsafe { put("out_frames", out_frames, frames) }?;
            OK
        },
    )
}
