//! A project on disk or in memory.

pub mod check;
pub mod clip;
pub mod document;
pub mod make;
pub mod profile;
pub mod save;
pub mod states;
pub mod unpack;

use std::ffi::c_char;
use std::path::Path;
use std::sync::{Arc, Mutex};

use facade::format::container::Package;
use facade::project::{self, OpenProject};

use crate::boundary::{OK, boundary};
use crate::handle::{Handle, Table, lock};
use crate::library::check_abi;
use crate::memory::{MAX_DOCUMENT, needed, put, take_bytes, take_path};
use crate::status::{Answer, segue_status};

/// What errors call a project that came without a file.
const MEMORY: &str = "(memory)";

/// Most projects that are open at a time.
pub const MAX_PROJECTS: usize = 64;

pub(crate) static PROJECTS: Table<Project, 3, MAX_PROJECTS> = Table::new("project");

/// An open project. Opaque.
#[repr(C)]
pub struct segue_project {
    private: [u8; 0],
}

pub(crate) struct Project {
    /// Exchanged as a whole when it is edited; who reads it keeps what it had.
    pub(crate) open: Mutex<Arc<OpenProject>>,
}

impl Project {
    /// What is open right now; an edit does not change what was taken.
    pub(crate) fn now(&self) -> Arc<OpenProject> {
        Arc::clone(&lock(&self.open))
    }
}

/// Opens a project: a folder, its `project.json`, or a packed `.segue` file. Audio files are looked
/// for, not read; those of a packed file are unpacked into a private folder of the system's for temporary files (`TMPDIR`),
/// which goes when nothing needs the project any more. `[thread-safe]`
///
/// `path` is UTF-8 of `path_length` bytes, at most 4,096, not NUL-terminated.
///
/// Sizes: `path` at most 4,096 bytes.
/// Ownership: `out_project` becomes the caller's; `segue_project_destroy` ends it.
/// Errors: `ABI_MISMATCH`, `NULL_POINTER`, `LIMIT_EXCEEDED`, `INVALID_UTF8`, `INVALID_ARGUMENT`,
/// `NOT_FOUND`, also for a folder for temporary files that is not there, `WRONG_FILE`, `NEWER_VERSION`, `DAMAGED`,
/// `INVALID_DOCUMENT`, `SYSTEM`. Since 0.1.
///
/// # Safety
/// `path` is NULL or `path_length` bytes; `out_project` is NULL or a pointer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segue_project_open(
    abi: u32,
    path: *const c_char,
    path_length: usize,
    out_project: *mut *mut segue_project,
) -> segue_status {
    boundary("segue_project_open", || {
        check_abi(abi)?;
        needed("out_project", out_project)?;
        // SAFETY: the caller's promise.
        let path = unsafe { take_path("path", path, path_length) }?;
        let open = project::open(path)?;
        // SAFETY: checked above, the caller's promise.
        unsafe { publish(out_project, open) }
    })
}

/// Opens a packed project that is in memory, at most 64 MiB. Its audio files are put into a private
/// temporary folder. `[thread-safe]`
///
/// Ownership: the bytes stay the caller's and are not needed afterwards. `out_project` becomes
/// the caller's; `segue_project_destroy` ends it.
/// Errors: as [`segue_project_open`]. Since 0.1.
///
/// # Safety
/// `data` is NULL or `data_length` bytes; `out_project` is NULL or a pointer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segue_project_open_memory(
    abi: u32,
    data: *const u8,
    data_length: usize,
    out_project: *mut *mut segue_project,
) -> segue_status {
    boundary("segue_project_open_memory", || {
        check_abi(abi)?;
        needed("out_project", out_project)?;
        // SAFETY: the caller's promise.
        let data = unsafe { take_bytes("data", data, data_length, MAX_DOCUMENT) }?;
        let package = Package::from_bytes(data).map_err(|error| facade::Error::Format {
            path: MEMORY.into(),
            source: Box::new(error),
        })?;
        let open = project::open_package(Path::new(MEMORY), &package)?;
        // SAFETY: checked above, the caller's promise.
        unsafe { publish(out_project, open) }
    })
}

/// # Safety
/// `out` is the caller's.
unsafe fn publish(out: *mut *mut segue_project, open: OpenProject) -> Answer<segue_status> {
    let handle = PROJECTS.insert(Project {
        open: Mutex::new(Arc::new(open)),
    })?;
    // SAFETY: the caller's promise.
    unsafe { put("out_project", out, handle as *mut segue_project) }?;
    OK
}

/// Closes a project. Engines and jobs that use it keep what they need. `[thread-safe]`
///
/// Ownership: the handle is stale afterwards. NULL is allowed and does nothing.
/// Errors: `STALE_HANDLE`, `BUSY` when calls on other threads do not leave within 10 s. Since 0.1.
///
/// # Safety
/// Any value of `project` is safe.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segue_project_destroy(project: *mut segue_project) -> segue_status {
    boundary("segue_project_destroy", || {
        if !project.is_null() {
            drop(PROJECTS.remove(project as Handle)?);
        }
        OK
    })
}
