//! Rendering, recording and replaying.

use crate::common::*;
use segue::SEGUE_ABI;
use segue::engine::audio::segue_engine_process_interleaved;
use segue::engine::load::segue_engine_load;
use segue::engine::record::{segue_engine_finish_recording, segue_engine_record};
use segue::engine::{
    segue_engine, segue_engine_config, segue_engine_create, segue_engine_destroy,
    segue_engine_update,
};
use segue::job::{segue_job_cancel, segue_job_destroy};
use segue::project::{segue_project, segue_project_destroy};
use segue::render::{segue_render, segue_replay};
use segue::status::segue_status;
use segue::transport::segue_transport_play;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

type Ended = Result<Value, (segue_status, String)>;

fn render(project: *mut segue_project, out: &Path, options: &str) -> Ended {
    let ((path, length), (text, bytes)) = (p(out), c(options));
    job(|out| unsafe { segue_render(project, path, length, text, bytes, out) })
}

fn replay(log: &Path, out: &Path, options: &str) -> Ended {
    let ((log, log_length), (path, length), (text, bytes)) = (p(log), p(out), c(options));
    job(|out| unsafe { segue_replay(SEGUE_ABI, log, log_length, path, length, text, bytes, out) })
}

/// The samples of a 32-bit float WAV file, behind its header.
fn floats(path: &Path) -> Vec<f32> {
    let file = std::fs::read(path).unwrap();
    let data = file.windows(4).position(|at| at == b"data").unwrap() + 8;
    let whole = file[data..].chunks_exact(4);
    whole
        .map(|it| f32::from_le_bytes(it.try_into().unwrap()))
        .collect()
}

fn engine(project: *mut segue_project, record: u32) -> *mut segue_engine {
    let mut config: segue_engine_config = unsafe { std::mem::zeroed() };
    config.struct_size = size_of::<segue_engine_config>() as u32;
    config.record = record;
    made(|out| unsafe { segue_engine_create(SEGUE_ABI, &config, project, out) })
}

/// Nobody reads from the pipe: who opens it never comes back. And what is no log is something else that was not meant.
#[cfg(target_os = "linux")]
#[test]
fn a_log_takes_no_place_but_that_of_a_log() {
    let folder = tempfile::tempdir().unwrap();
    let project = open(&game(&folder.path().join("game")));
    let (pipe, notes) = (folder.path().join("pipe"), folder.path().join("notes"));
    let made = std::process::Command::new("mkfifo").arg(&pipe).status();
    assert!(made.unwrap().success());
    std::fs::write(&notes, "months of work").unwrap();
    let out = folder.path().join("out.wav");
    for (place, expected) in [
        (&pipe, SEGUE_STATUS_WRONG_FILE),
        (&notes, SEGUE_STATUS_EXISTS),
    ] {
        let (status, text) = render(project, &out, &json!({"log": place}).to_string()).unwrap_err();
        assert_eq!(status, expected, "{text}");
        let engine = engine(project, 1);
        let loaded = job(|out| unsafe { segue_engine_load(engine, project, out) });
        loaded.unwrap();
        let (path, length) = p(place);
        fails(
            unsafe { segue_engine_record(engine, path, length) },
            expected,
        );
        ok(unsafe { segue_engine_destroy(engine) });
    }
    assert_eq!(std::fs::read(&notes).unwrap(), b"months of work");
    ok(unsafe { segue_project_destroy(project) });
}

#[test]
fn a_project_renders_and_a_scene_is_played() {
    let folder = tempfile::tempdir().unwrap();
    let project = open(&game(&folder.path().join("game")));
    let out = folder.path().join("out.wav");
    let report = render(project, &out, r#"{"bits": "32f", "block": "random"}"#).unwrap();
    assert_eq!(report["path"], out.to_str().unwrap());
    assert_eq!(report["sample_rate"], 48_000);
    assert_eq!(report["frames"], 48_000);
    let whole = floats(&out);
    assert_eq!(whole.len(), 96_000);
    // A sine of half of full scale, in stereo.
    let peak = report["sample_peak_db"].as_f64().unwrap();
    assert!((-10.0..-5.0).contains(&peak), "{report}");
    let again = render(project, &out, r#"{"bits": "32f", "block": 64}"#).unwrap();
    assert_eq!((floats(&out), &again), (whole, &report));

    // The transport of a scene stands: nothing is heard of the clip.
    let scene = json!({"scene": "0 register hero\n0.1 end", "bits": "32f", "rate": 8000});
    let report = render(project, &out, &scene.to_string()).unwrap();
    assert_eq!(
        (&report["calls"], &report["frames"]),
        (&json!(1), &json!(800))
    );
    assert_eq!(report["loudness_lufs"], Value::Null);

    let wrong = json!({"scene": "0 jump"}).to_string();
    let ((path, length), (text, bytes)) = (p(&out), c(&wrong));
    let mut none = std::ptr::null_mut();
    let call = unsafe { segue_render(project, path, length, text, bytes, &mut none) };
    let error = fails(call, SEGUE_STATUS_INVALID_DOCUMENT);
    assert!(error.contains("line 1"), "{error}");
    ok(unsafe { segue_project_destroy(project) });
}

#[test]
fn options_are_checked_before_anything_is_done() {
    let folder = tempfile::tempdir().unwrap();
    let game = game(&folder.path().join("game"));
    let project = open(&game);
    let out = folder.path().join("out.wav");
    let refused = |path: &Path, options: &str, status| {
        let ((path, length), (text, bytes)) = (p(path), c(options));
        let mut none = std::ptr::null_mut();
        let call = unsafe { segue_render(project, path, length, text, bytes, &mut none) };
        let text = fails(call, status);
        assert!(none.is_null());
        text
    };
    let text = refused(&out, r#"{"bit": 16}"#, SEGUE_STATUS_INVALID_DOCUMENT);
    assert!(
        text.contains("`bit` is not known; did you mean `bits`?") && text.contains("column"),
        "{text}"
    );
    refused(&out, r#"{"bits": "20"}"#, SEGUE_STATUS_INVALID_DOCUMENT);
    refused(&out, r#"{"seed": "x1"}"#, SEGUE_STATUS_INVALID_DOCUMENT);
    refused(&out, "[", SEGUE_STATUS_INVALID_DOCUMENT);
    refused(&game.join("assets/hit.wav"), "", SEGUE_STATUS_EXISTS);
    refused(&game.join("project.json"), "", SEGUE_STATUS_EXISTS);
    let (status, text) = render(project, &out, r#"{"seconds": -1}"#).unwrap_err();
    assert_eq!(status, SEGUE_STATUS_INVALID_ARGUMENT);
    assert!(text.contains("seconds -1 is not in 0..=86400"), "{text}");
    let (status, _) = render(project, &out, r#"{"block": 0}"#).unwrap_err();
    assert_eq!(status, SEGUE_STATUS_INVALID_ARGUMENT);
    assert!(!out.exists());
    ok(unsafe { segue_project_destroy(project) });
}

#[test]
fn a_cancelled_render_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let project = open(&game(&folder.path().join("game")));
    let out = folder.path().join("out.wav");
    let ((path, length), (text, bytes)) = (p(&out), c(r#"{"seconds": 86400}"#));
    let job = made(|job| unsafe { segue_render(project, path, length, text, bytes, job) });
    // The project may go while it is rendered.
    ok(unsafe { segue_project_destroy(project) });
    ok(unsafe { segue_job_cancel(job) });
    assert_eq!(end_of(job).unwrap_err().0, SEGUE_STATUS_CANCELLED);
    assert!(!out.exists());
    let mut stale = EMPTY;
    let call = unsafe { segue::job::segue_job_get_result(job, &mut stale) };
    fails(call, SEGUE_STATUS_STALE_HANDLE);
    ok(unsafe { segue_job_destroy(std::ptr::null_mut()) });
}

fn record(engine: *mut segue_engine, log: &Path) -> segue_status {
    let (path, length) = p(log);
    unsafe { segue_engine_record(engine, path, length) }
}

#[test]
fn a_session_is_recorded_and_replayed_to_the_same_bits() {
    let folder = tempfile::tempdir().unwrap();
    let project = open(&game(&folder.path().join("game")));
    let log: PathBuf = folder.path().join("session.seglog");
    let plain = engine(project, 0);
    fails(record(plain, &log), SEGUE_STATUS_WRONG_ORDER);
    job(|out| unsafe { segue_engine_load(plain, project, out) }).unwrap();
    let error = fails(record(plain, &log), SEGUE_STATUS_WRONG_ORDER);
    assert!(error.contains("does not record"), "{error}");
    ok(unsafe { segue_engine_destroy(plain) });

    let engine = engine(project, 1);
    job(|out| unsafe { segue_engine_load(engine, project, out) }).unwrap();
    ok(record(engine, &log));
    let mut played = Vec::new();
    for n in 0..40 {
        if n == 5 {
            ok(unsafe { segue_transport_play(engine, 0) });
        }
        let mut block = vec![0.0_f32; 2 * 480];
        ok(unsafe { segue_engine_process_interleaved(engine, block.as_mut_ptr(), 2, 480) });
        ok(unsafe { segue_engine_update(engine) });
        played.extend(block);
    }
    let mut frames = 0;
    ok(unsafe { segue_engine_finish_recording(engine, &mut frames) });
    assert_eq!(frames, 40 * 480);
    assert!(played.iter().any(|it| *it != 0.0));
    // What has rendered is too late to be recorded from the start.
    fails(record(engine, &log), SEGUE_STATUS_WRONG_ORDER);
    ok(unsafe { segue_engine_destroy(engine) });
    ok(unsafe { segue_project_destroy(project) });

    let out = folder.path().join("again.wav");
    let report = replay(&log, &out, r#"{"bits": "32f"}"#).unwrap();
    assert_eq!(
        (&report["frames"], &report["cut_short"]),
        (&json!(19_200), &json!(false))
    );
    assert_eq!(floats(&out), played);

    let mut none = std::ptr::null_mut();
    let (path, length) = p(&log);
    let call = unsafe {
        segue_replay(
            SEGUE_ABI,
            path,
            length,
            path,
            length,
            std::ptr::null(),
            0,
            &mut none,
        )
    };
    fails(call, SEGUE_STATUS_INVALID_ARGUMENT);
    let call = unsafe {
        segue_replay(
            9,
            path,
            length,
            path,
            length,
            std::ptr::null(),
            0,
            &mut none,
        )
    };
    fails(call, SEGUE_STATUS_ABI_MISMATCH);
    let nothing = folder.path().join("none.seglog");
    assert_eq!(
        replay(&nothing, &out, "").unwrap_err().0,
        SEGUE_STATUS_NOT_FOUND
    );
    wav(&folder.path().join("game/assets/pad.wav"), 7_999);
    assert_eq!(
        replay(&log, &out, "").unwrap_err().0,
        SEGUE_STATUS_WRONG_FILE
    );
}
