//! What concerns the whole library: versions, names of statuses, the last error, limits, counters.

use std::ffi::c_char;

use crate::boundary::{OK, boundary, clear_last_error, last_error};
use crate::memory::{Record, put, put_record, put_records, put_text};
use crate::status::{self, Answer, Failure, SEGUE_STATUS_ABI_MISMATCH, segue_status};
use crate::{SEGUE_ABI, engine, events, job, live, memory, offline, project, slot, stages};

/// The number of the ABI this library has; compare it with `SEGUE_ABI` of the header. `[thread-safe]`
///
/// Ownership: none. Errors: none. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn segue_get_abi() -> u32 {
    SEGUE_ABI
}

/// The version of the library, as in `SEGUE_VERSION_MAJOR` and so on of the header it was built
/// with. Each pointer may be NULL. `[thread-safe]`
///
/// Ownership: the numbers are the caller's. Errors: none. Since 0.1.
///
/// # Safety
/// Each pointer is NULL or a `uint32_t`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segue_get_version(
    major: *mut u32,
    minor: *mut u32,
    patch: *mut u32,
) -> segue_status {
    boundary("segue_get_version", || {
        let parts = [
            (major, env!("CARGO_PKG_VERSION_MAJOR")),
            (minor, env!("CARGO_PKG_VERSION_MINOR")),
            (patch, env!("CARGO_PKG_VERSION_PATCH")),
        ];
        for (place, text) in parts.into_iter().filter(|(place, _)| !place.is_null()) {
            // SAFETY: not NULL, the caller's promise.
            unsafe { put("version", place, text.parse().unwrap_or(0)) }?;
        }
        OK
    })
}

/// The name of a status without its prefix, such as `QUEUE_FULL`; `UNKNOWN` for a number that this
/// version does not know. Not NUL-terminated. `[thread-safe]`
///
/// Ownership: `text` holds `capacity` bytes of the caller; NULL with 0 asks for the length only.
/// Errors: `BUFFER_TOO_SMALL` (`length` says what is needed, nothing else was written),
/// `NULL_POINTER`. Since 0.1.
///
/// # Safety
/// `text` is NULL or `capacity` bytes; `length` is NULL or a `size_t`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segue_status_get_name(
    status: i32,
    text: *mut c_char,
    capacity: usize,
    length: *mut usize,
) -> segue_status {
    boundary("segue_status_get_name", || {
        let known = status::ALL
            .iter()
            .find(|(known, _)| *known as i32 == status);
        let name = known.map_or("UNKNOWN", |(_, name)| name);
        // SAFETY: the caller's promise.
        unsafe { put_text(text, capacity, length, name) }?;
        OK
    })
}

/// The text of the last call on this thread that failed: which function, what was wrong, the
/// allowed values, the way out. Empty when none has failed. Not NUL-terminated. Functions of the
/// audio thread leave none. `[thread-safe]`
///
/// Ownership: `text` holds `capacity` bytes of the caller; NULL with 0 asks for the length only.
/// Errors: `BUFFER_TOO_SMALL` (`length` says what is needed, nothing else was written),
/// `NULL_POINTER`; these leave the last error as it was. Since 0.1.
///
/// # Safety
/// `text` is NULL or `capacity` bytes; `length` is NULL or a `size_t`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segue_error_get_text(
    text: *mut c_char,
    capacity: usize,
    length: *mut usize,
) -> segue_status {
    let mut status = status::SEGUE_STATUS_OK;
    let outer = boundary("segue_error_get_text", || {
        // SAFETY: the caller's promise.
        if let Err(failure) = unsafe { put_text(text, capacity, length, &last_error()) } {
            status = failure.status;
        }
        OK
    });
    match outer {
        status::SEGUE_STATUS_OK => status,
        failed => failed,
    }
}

/// Forgets the last error of this thread. `[thread-safe]`
///
/// Ownership: none. Errors: none. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn segue_error_clear() -> segue_status {
    boundary("segue_error_clear", || {
        clear_last_error();
        OK
    })
}

/// One limit of the library.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct segue_limit {
    /// `sizeof(segue_limit)`.
    pub struct_size: u32,
    /// Bytes of `name` that count.
    pub name_length: u32,
    /// Its name, as in errors and in docs/limits.md.
    pub name: [c_char; 32],
    /// What you get when you do not choose; the most there is where you cannot.
    pub default_value: u64,
    /// Smallest allowed choice.
    pub min: u64,
    /// Largest allowed choice.
    pub max: u64,
}

// SAFETY: repr(C), numbers only, the size first.
unsafe impl Record for segue_limit {
    const NAME: &'static str = "segue_limit";
}

/// Every limit: first those of an engine, which its configuration may choose, then those of this
/// ABI. `[thread-safe]`
///
/// Ownership: `limits` holds `capacity` structs of the caller, the first with its `struct_size`
/// set; NULL with 0 asks for the length only.
/// Errors: `BUFFER_TOO_SMALL`, `NULL_POINTER`, `STRUCT_SIZE`. Since 0.1.
///
/// # Safety
/// `limits` is NULL or `capacity` structs of `struct_size` bytes; `length` is NULL or a `size_t`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segue_get_limits(
    limits: *mut segue_limit,
    capacity: usize,
    length: *mut usize,
) -> segue_status {
    boundary("segue_get_limits", || {
        let engine = facade::rt::limits::LIMITS.iter();
        let engine = engine.map(|row| limit(row.name, row.default, row.min, row.max));
        let own = OWN_LIMITS
            .iter()
            .map(|(name, max)| limit(name, *max, 0, *max));
        let rows: Vec<segue_limit> = engine.chain(own).collect();
        // SAFETY: the caller's promise.
        unsafe { put_records("limits", limits, capacity, length, &rows) }?;
        OK
    })
}

/// Limits of this ABI that nobody can choose.
pub const OWN_LIMITS: &[(&str, usize)] = &[
    ("capi_engines", engine::MAX_ENGINES),
    ("capi_projects", project::MAX_PROJECTS),
    ("capi_slots", slot::MAX_SLOTS),
    ("capi_slot_log", slot::MAX_LOG),
    ("capi_slot_skip", slot::spin::MAX_SKIP),
    ("capi_slot_steps", slot::scenario::MAX_PLAYED),
    ("capi_gamble_rounds", slot::gamble::MAX_ROUNDS),
    ("capi_live_games", live::MAX_LIVES),
    ("capi_command_bytes", live::MAX_ARGS),
    ("capi_stage_bytes", stages::MAX_STAGE),
    ("capi_files", offline::MAX_FILES),
    ("capi_jobs", job::MAX_JOBS),
    ("capi_wait_ms", job::MAX_WAIT_MS as usize),
    ("capi_channels", engine::MAX_CHANNELS),
    ("capi_frames", engine::audio::MAX_FRAMES as usize),
    ("capi_events", events::MAX_EVENTS as usize),
    ("capi_name_bytes", memory::MAX_NAME),
    ("capi_path_bytes", memory::MAX_PATH),
    ("capi_document_bytes", memory::MAX_DOCUMENT),
    ("capi_struct_bytes", memory::MAX_STRUCT),
];

fn limit(name: &str, default: usize, min: usize, max: usize) -> segue_limit {
    let mut row = segue_limit {
        struct_size: 0,
        name_length: 0,
        name: [0; 32],
        default_value: default as u64,
        min: min as u64,
        max: max as u64,
    };
    for (place, byte) in row.name.iter_mut().zip(name.bytes()) {
        *place = c_char::from_ne_bytes([byte]);
        row.name_length += 1;
    }
    row
}

/// What of the library lives right now: all 0 after everything was destroyed.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct segue_counters {
    /// `sizeof(segue_counters)`.
    pub struct_size: u32,
    /// Engines.
    pub engines: u32,
    /// Projects.
    pub projects: u32,
    /// Slot games.
    pub slots: u32,
    /// Live games.
    pub live_games: u32,
    /// Jobs.
    pub jobs: u32,
    /// Threads of jobs that run.
    pub job_threads: u32,
}

// SAFETY: repr(C), numbers only, the size first.
unsafe impl Record for segue_counters {
    const NAME: &'static str = "segue_counters";
}

/// Counts what lives, to find what was not destroyed. `[thread-safe]`
///
/// Ownership: `out_counters` is the caller's, with its `struct_size` set.
/// Errors: `NULL_POINTER`, `STRUCT_SIZE`. Since 0.1.
///
/// # Safety
/// `out_counters` is NULL or a struct of `struct_size` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segue_get_counters(out_counters: *mut segue_counters) -> segue_status {
    boundary("segue_get_counters", || {
        let count = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        let counters = segue_counters {
            struct_size: 0,
            engines: count(engine::ENGINES.count()),
            projects: count(project::PROJECTS.count()),
            slots: count(slot::SLOTS.count()),
            live_games: count(live::LIVES.count()),
            jobs: count(job::JOBS.count()),
            job_threads: count(job::threads()),
        };
        // SAFETY: the caller's promise.
        unsafe { put_record("out_counters", out_counters, &counters) }?;
        OK
    })
}

/// Refuses a caller who was built for another ABI.
pub(crate) fn check_abi(abi: u32) -> Answer {
    if abi == SEGUE_ABI {
        return Ok(());
    }
    let text = format!(
        "abi {abi} is not {SEGUE_ABI}, the one of this library; pass SEGUE_ABI of its segue.h"
    );
    Err(Failure::text(SEGUE_STATUS_ABI_MISMATCH, text))
}
