//! What the tests of the ABI share.

use std::ffi::{c_char, c_void};
use std::path::{Path, PathBuf};
use std::ptr::{null, null_mut};

use crate::SEGUE_ABI;
use crate::engine::load::segue_engine_load;
use crate::engine::{segue_engine, segue_engine_config, segue_engine_create, segue_engine_destroy};
use crate::events::{segue_engine_dispatch, segue_event};
use crate::job::{segue_job, segue_job_destroy, segue_job_get_result, segue_job_wait};
use crate::library::segue_error_get_text;
use crate::memory::buffer::{segue_buffer, segue_buffer_free};
use crate::project::{segue_project, segue_project_destroy, segue_project_open};
use crate::status::segue_status;
use crate::status::segue_status::SEGUE_STATUS_OK;

/// Fails with the error's text unless a call answered OK.
#[track_caller]
pub(crate) fn ok(status: segue_status) {
    assert_eq!(status, SEGUE_STATUS_OK, "{}", error());
}

/// The last error of this thread.
pub(crate) fn error() -> String {
    let mut text = vec![0_u8; 4_096];
    let mut length = 0;
    // SAFETY: the array and the length are there.
    let status =
        unsafe { segue_error_get_text(text.as_mut_ptr().cast(), text.len(), &raw mut length) };
    assert_eq!(status, SEGUE_STATUS_OK);
    text.truncate(length);
    String::from_utf8(text).unwrap()
}

/// A text as C passes it.
pub(crate) fn text(text: &str) -> (*const c_char, usize) {
    (text.as_ptr().cast(), text.len())
}

/// The factory project's folder.
pub(crate) fn factory() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../presets/factory")
}

pub(crate) fn open(path: &Path) -> *mut segue_project {
    let path = path.to_str().unwrap();
    let mut project = null_mut();
    let (start, length) = text(path);
    // SAFETY: the text and the place are there.
    ok(unsafe { segue_project_open(SEGUE_ABI, start, length, &raw mut project) });
    project
}

pub(crate) fn engine(project: *mut segue_project) -> *mut segue_engine {
    engine_with(null(), project)
}

pub(crate) fn engine_with(
    config: *const segue_engine_config,
    project: *mut segue_project,
) -> *mut segue_engine {
    let mut engine = null_mut();
    // SAFETY: the struct is NULL or there, the place is there.
    ok(unsafe { segue_engine_create(SEGUE_ABI, config, project, &raw mut engine) });
    engine
}

/// Waits for a job and returns its document.
#[track_caller]
pub(crate) fn finish(job: *mut segue_job) -> serde_json::Value {
    // SAFETY: a handle and a place.
    unsafe {
        ok(segue_job_wait(job, 120_000));
        let value = taken(|out| segue_job_get_result(job, out));
        ok(segue_job_destroy(job));
        value
    }
}

/// The document that a call gives.
#[track_caller]
pub(crate) fn taken(call: impl FnOnce(*mut segue_buffer) -> segue_status) -> serde_json::Value {
    let mut buffer = segue_buffer {
        data: null_mut(),
        length: 0,
        capacity: 0,
    };
    ok(call(&raw mut buffer));
    // SAFETY: the buffer is there, and what is in it is read before it is freed.
    unsafe {
        let bytes = std::slice::from_raw_parts(buffer.data, buffer.length);
        let value = serde_json::from_slice(bytes).unwrap();
        ok(segue_buffer_free(&raw mut buffer));
        value
    }
}

/// Everything that has happened.
pub(crate) fn events(engine: *mut segue_engine) -> Vec<segue_event> {
    extern "C-unwind" fn keep(all: *mut c_void, event: *const segue_event) {
        // SAFETY: what dispatch was given, and the event it gives.
        unsafe { (*all.cast::<Vec<segue_event>>()).push(*event) };
    }
    let mut all: Vec<segue_event> = Vec::new();
    let data = (&raw mut all).cast();
    // SAFETY: a handle, and a function for its data.
    ok(unsafe { segue_engine_dispatch(engine, Some(keep), data, 0, null_mut()) });
    all
}

/// Renders so many frames and 20 ms more, block by block, and tells everything that has happened.
pub(crate) fn run(engine: *mut segue_engine, frames: usize) -> Vec<segue_event> {
    let mut all = Vec::new();
    for _ in 0..frames.div_ceil(480) + 2 {
        super::engine::render(engine, 480, 480);
        all.extend(events(engine));
    }
    all
}

/// An engine that has loaded the factory project, and the project.
pub(crate) fn loaded() -> (*mut segue_engine, *mut segue_project) {
    let project = open(&factory());
    // SAFETY: all 0 is a value of a record.
    let mut config: segue_engine_config = unsafe { std::mem::zeroed() };
    config.struct_size = u32::try_from(size_of::<segue_engine_config>()).unwrap();
    config.offline = 1;
    let engine = engine_with(&raw const config, project);
    let mut job = null_mut();
    // SAFETY: the place is there.
    ok(unsafe { segue_engine_load(engine, project, &raw mut job) });
    let report = finish(job);
    assert!(report["sounds"].as_u64().unwrap() > 5, "{report}");
    (engine, project)
}

pub(crate) fn destroy(engine: *mut segue_engine, project: *mut segue_project) {
    // SAFETY: handles.
    unsafe {
        ok(segue_engine_destroy(engine));
        ok(segue_project_destroy(project));
    }
}
