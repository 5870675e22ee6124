//! What every test needs: texts, jobs, files.

use std::ffi::c_char;
use std::path::{Path, PathBuf};

use segue::SEGUE_ABI;
use segue::job::{segue_job, segue_job_destroy, segue_job_get_result, segue_job_wait};
use segue::library::segue_error_get_text;
use segue::memory::buffer::{segue_buffer, segue_buffer_free};
use segue::project::{segue_project, segue_project_open};
use segue::status::segue_status;
pub(crate) use segue::status::segue_status::*;
use serde_json::Value;

/// A text as pointer and length.
pub(crate) fn c(text: &str) -> (*const c_char, usize) {
    (text.as_ptr().cast(), text.len())
}

/// The same for a path.
pub(crate) fn p(path: &Path) -> (*const c_char, usize) {
    c(path.to_str().unwrap())
}

/// The last error of this thread.
pub(crate) fn last_error() -> String {
    let mut length = 0;
    unsafe { segue_error_get_text(std::ptr::null_mut(), 0, &mut length) };
    let mut text = vec![0_u8; length];
    let status = unsafe { segue_error_get_text(text.as_mut_ptr().cast(), length, &mut length) };
    assert_eq!(status, SEGUE_STATUS_OK);
    String::from_utf8(text).unwrap()
}

/// Succeeds, or shows the last error.
#[track_caller]
pub(crate) fn ok(status: segue_status) {
    assert_eq!(status, SEGUE_STATUS_OK, "{}", last_error());
}

/// Fails as expected; the text of the error.
#[track_caller]
pub(crate) fn fails(status: segue_status, expected: segue_status) -> String {
    assert_eq!(status, expected, "{}", last_error());
    last_error()
}

pub(crate) const EMPTY: segue_buffer = segue_buffer {
    data: std::ptr::null_mut(),
    length: 0,
    capacity: 0,
};

/// What a function puts into a buffer.
#[track_caller]
pub(crate) fn bytes(call: impl FnOnce(*mut segue_buffer) -> segue_status) -> Vec<u8> {
    let mut buffer = EMPTY;
    ok(call(&mut buffer));
    let found = match buffer.length {
        0 => Vec::new(),
        length => unsafe { std::slice::from_raw_parts(buffer.data, length) }.to_vec(),
    };
    ok(unsafe { segue_buffer_free(&mut buffer) });
    assert!(buffer.data.is_null());
    found
}

/// The same as JSON.
#[track_caller]
pub(crate) fn json(call: impl FnOnce(*mut segue_buffer) -> segue_status) -> Value {
    serde_json::from_slice(&bytes(call)).unwrap()
}

/// A handle that a function makes.
#[track_caller]
pub(crate) fn made<T>(call: impl FnOnce(*mut *mut T) -> segue_status) -> *mut T {
    let mut handle = std::ptr::null_mut();
    ok(call(&mut handle));
    assert!(!handle.is_null());
    handle
}

/// Starts a job, waits for its end, and takes what it made or how it failed.
#[track_caller]
pub(crate) fn job(
    call: impl FnOnce(*mut *mut segue_job) -> segue_status,
) -> Result<Value, (segue_status, String)> {
    end_of(made(call))
}

/// The end of a job that was started.
#[track_caller]
pub(crate) fn end_of(job: *mut segue_job) -> Result<Value, (segue_status, String)> {
    ok(unsafe { segue_job_wait(job, 120_000) });
    let mut buffer = EMPTY;
    let ended = match unsafe { segue_job_get_result(job, &mut buffer) } {
        SEGUE_STATUS_OK => {
            let text = unsafe { std::slice::from_raw_parts(buffer.data, buffer.length) };
            Ok(serde_json::from_slice(text).unwrap())
        }
        status => Err((status, last_error())),
    };
    unsafe { segue_buffer_free(&mut buffer) };
    ok(unsafe { segue_job_destroy(job) });
    ended
}

/// Opens a project.
#[track_caller]
pub(crate) fn open(path: &Path) -> *mut segue_project {
    let (text, length) = p(path);
    made(|out| unsafe { segue_project_open(SEGUE_ABI, text, length, out) })
}

/// A file of the repository.
pub(crate) fn repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path)
}

/// Writes a mono sine of 440 Hz and half of full scale, 16 bits at 8 kHz.
pub(crate) fn wav(path: &Path, frames: u32) {
    let mut data = Vec::new();
    for n in 0..frames {
        let phase = f64::from(n) * 440.0 / 8_000.0 * std::f64::consts::TAU;
        data.extend(((phase.sin() * 16_384.0) as i16).to_le_bytes());
    }
    let mut file = Vec::new();
    file.extend(b"RIFF");
    file.extend((36 + data.len() as u32).to_le_bytes());
    file.extend(b"WAVEfmt ");
    file.extend(16_u32.to_le_bytes());
    file.extend(1_u16.to_le_bytes());
    file.extend(1_u16.to_le_bytes());
    file.extend(8_000_u32.to_le_bytes());
    file.extend(16_000_u32.to_le_bytes());
    file.extend(2_u16.to_le_bytes());
    file.extend(16_u16.to_le_bytes());
    file.extend(b"data");
    file.extend((data.len() as u32).to_le_bytes());
    file.extend(data);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, file).unwrap();
}

/// A project folder with two sounds, of which one is played from the start.
pub(crate) fn game(folder: &Path) -> PathBuf {
    wav(&folder.join("assets/hit.wav"), 4_000);
    wav(&folder.join("assets/pad.wav"), 8_000);
    let text = r#"{
        "format": "segue.project", "version": 1, "name": "Game", "sample_rate": 48000,
        "assets": [
            {"id": "hit", "file": "assets/hit.wav"},
            {"id": "pad", "file": "assets/pad.wav"}
        ],
        "sounds": [{"id": "hit", "asset": "hit"}, {"id": "pad", "asset": "pad"}],
        "clips": [{"sound": "pad", "at_beats": 0}]
    }"#;
    std::fs::write(folder.join("project.json"), text).unwrap();
    folder.to_owned()
}
