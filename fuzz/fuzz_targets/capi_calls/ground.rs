//! What calls stand on: a folder for what they write, a small project, and the promise that nothing is left.

use std::ffi::c_char;
use std::path::{Path, PathBuf};
use std::ptr::null_mut;
use std::sync::OnceLock;

use segue::SEGUE_ABI;
use segue::engine::{segue_engine, segue_engine_config, segue_engine_create};
use segue::job::{segue_job, segue_job_destroy, segue_job_get_result, segue_job_wait};
use segue::library::{segue_counters, segue_get_counters};
use segue::memory::buffer::{segue_buffer, segue_buffer_free};
use segue::project::{segue_project, segue_project_open};
use segue::status::segue_status;
use segue::status::segue_status::{SEGUE_STATUS_BUSY, SEGUE_STATUS_OK, SEGUE_STATUS_PANICKED};

/// Milliseconds after which a job is cancelled.
const LONGEST_MS: u32 = 200;
/// Times 10 s that it may then take to end.
const PATIENCE: u32 = 3;

const PROJECT: &str = r#"{
    "format": "segue.project", "version": 1, "name": "Small", "sample_rate": 8000,
    "assets": [{"id": "hit", "file": "hit.wav"}],
    "sounds": [{"id": "hit", "asset": "hit"}],
    "buses": [{"id": "music"}, {"id": "drums", "output": "music"}]
}"#;

/// The current folder is one that is thrown away, and holds the project `small` and the sound `a.wav`. What comes
/// from a fuzzer names nothing outside of it: see [`is_tame`].
pub fn stand() {
    static FOLDER: OnceLock<Option<tempfile::TempDir>> = OnceLock::new();
    FOLDER.get_or_init(|| {
        let folder = tempfile::tempdir().ok()?;
        std::env::set_current_dir(folder.path()).ok()?;
        std::fs::create_dir("small").ok()?;
        std::fs::write("small/project.json", PROJECT).ok()?;
        std::fs::write("small/hit.wav", wav()).ok()?;
        std::fs::write("a.wav", wav()).ok()?;
        Some(folder)
    });
}

/// Half a second of a square wave.
fn wav() -> Vec<u8> {
    let data: Vec<u8> = (0..4_000_i16)
        .flat_map(|n| (if n / 20 % 2 == 0 { 8_000_i16 } else { -8_000 }).to_le_bytes())
        .collect();
    let size = data.len() as u32;
    let mut file = Vec::new();
    file.extend(b"RIFF");
    file.extend((36 + size).to_le_bytes());
    file.extend(b"WAVEfmt \x10\0\0\0\x01\0\x01\0");
    file.extend(8_000_u32.to_le_bytes());
    file.extend(16_000_u32.to_le_bytes());
    file.extend(b"\x02\0\x10\0data");
    file.extend(size.to_le_bytes());
    file.extend(data);
    file
}

/// Whether a document can name only what lies in the current folder, and no other machine: without strokes and
/// escapes there is no way out, and what connects is called a client.
pub fn is_tame(text: &[u8]) -> bool {
    let has = |word: &[u8]| text.windows(word.len()).any(|part| part == word);
    !(has(b"/") || has(b"\\") || has(b"..") || has(b"client") || has(b"0.0.0.0"))
}

/// A text as C passes it.
pub fn c(text: &[u8]) -> (*const c_char, usize) {
    (text.as_ptr().cast(), text.len())
}

pub fn project() -> *mut segue_project {
    let path: PathBuf = Path::new("small").to_owned();
    let (text, length) = c(path.as_os_str().as_encoded_bytes());
    let mut project = null_mut();
    // SAFETY: the text and the place are there.
    let status = unsafe { segue_project_open(SEGUE_ABI, text, length, &mut project) };
    assert_eq!(status, SEGUE_STATUS_OK);
    project
}

/// An engine that is made quickly.
pub fn engine(project: *mut segue_project) -> *mut segue_engine {
    // SAFETY: 0 is the default of every field.
    let mut config: segue_engine_config = unsafe { std::mem::zeroed() };
    config.struct_size = std::mem::size_of::<segue_engine_config>() as u32;
    (config.buses, config.inserts, config.sends) = (4, 4, 4);
    (config.sounds, config.real_voices, config.virtual_voices) = (2, 4, 4);
    (config.commands, config.streams, config.offline) = (256, 1, 1);
    let mut engine = null_mut();
    // SAFETY: the struct and the place are there.
    let status = unsafe { segue_engine_create(SEGUE_ABI, &config, project, &mut engine) };
    assert_eq!(status, SEGUE_STATUS_OK);
    engine
}

pub const EMPTY: segue_buffer = segue_buffer {
    data: null_mut(),
    length: 0,
    capacity: 0,
};

/// Waits for a job, at most [`LONGEST_MS`], looks at what it made, and ends it.
pub fn finish(job: *mut segue_job) {
    if job.is_null() {
        return;
    }
    let mut out = EMPTY;
    // SAFETY: a handle and a place; the buffer is what the library has put there, or nothing.
    unsafe {
        segue_job_wait(job, LONGEST_MS);
        expect(segue_job_get_result(job, &mut out));
        segue_buffer_free(&mut out);
        // What a game does, too: a sanitizer makes the way to where a job looks whether it is cancelled long.
        let mut status = SEGUE_STATUS_BUSY;
        for _ in 0..PATIENCE {
            status = segue_job_destroy(job);
            if status != SEGUE_STATUS_BUSY {
                break;
            }
        }
        assert_eq!(status, SEGUE_STATUS_OK);
    }
}

/// Whatever comes, it is no panic.
pub fn expect(status: segue_status) {
    assert_ne!(status, SEGUE_STATUS_PANICKED);
}

pub fn expect_nothing_left() {
    // SAFETY: 0 is a value of every field.
    let mut counters: segue_counters = unsafe { std::mem::zeroed() };
    counters.struct_size = std::mem::size_of::<segue_counters>() as u32;
    // SAFETY: the struct is there.
    let status = unsafe { segue_get_counters(&mut counters) };
    assert_eq!(status, SEGUE_STATUS_OK);
    let left = counters.engines + counters.projects + counters.slots + counters.live_games;
    assert_eq!(left + counters.jobs + counters.job_threads, 0);
}
