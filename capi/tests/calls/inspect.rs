//! What files are, projects out of audio files and out of containers, and what a game has done.

use crate::common::*;
use facade::info::inspect;
use segue::SEGUE_ABI;
use segue::engine::audio::segue_engine_process_interleaved;
use segue::engine::load::segue_engine_load;
use segue::engine::{segue_engine, segue_engine_create, segue_engine_destroy, segue_engine_update};
use segue::events::segue_reason;
use segue::game::counts::{segue_engine_get_counts, segue_game_counts};
use segue::game::{segue_event_post, segue_name_find, segue_name_kind};
use segue::job::segue_job_cancel;
use segue::offline::inspect::segue_inspect;
use segue::project::make::segue_project_make;
use segue::project::save::segue_project_pack;
use segue::project::segue_project_destroy;
use segue::project::unpack::segue_project_unpack;
use segue::status::segue_status;
use serde_json::{Value, json};
use std::ops::ControlFlow;
use std::path::Path;
use std::ptr::{null, null_mut};

type Ended = Result<Value, (segue_status, String)>;

fn look(path: &Path, check: u32) -> Ended {
    let (text, length) = p(path);
    job(|out| unsafe { segue_inspect(SEGUE_ABI, text, length, check, out) })
}

#[test]
fn a_file_is_what_the_facade_says_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let root = game(&folder.path().join("game"));
    std::fs::write(root.join("assets/hit.wav"), b"%PDF").unwrap();
    let sound = root.join("assets/pad.wav");
    for (path, check) in [
        (&root, false),
        (&root, true),
        (&sound, false),
        (&sound, true),
    ] {
        let expected = inspect(path, check, &mut |_| ControlFlow::Continue(())).unwrap();
        assert_eq!(look(path, u32::from(check)).unwrap(), expected.value());
    }
    let told = look(&root, 1).unwrap();
    assert_eq!(
        (&told["kind"], &told["sounds"]),
        (&json!("project"), &json!(["hit", "pad"]))
    );
    let error = told["assets"][0]["error"].as_str().unwrap();
    assert!(error.contains("a PDF document"), "{error}");
    assert_eq!(told["assets"][1]["audio"]["check"]["warnings"], json!([]));
    let told = look(&sound, 0).unwrap();
    assert_eq!(
        (&told["kind"], &told["frames"]),
        (&json!("audio"), &json!(8_000))
    );

    assert_eq!(
        look(&root.join("none"), 0).unwrap_err().0,
        SEGUE_STATUS_NOT_FOUND
    );
    assert_eq!(
        look(Path::new("/dev/zero"), 0).unwrap_err().0,
        SEGUE_STATUS_WRONG_FILE
    );
    let mut none = null_mut();
    let (text, length) = p(&sound);
    let call = unsafe { segue_inspect(SEGUE_ABI, text, length, 2, &mut none) };
    fails(call, SEGUE_STATUS_INVALID_ARGUMENT);
    assert!(none.is_null());
    // One that decodes for long ends when it is cancelled.
    let long = folder.path().join("long.wav");
    wav(&long, 4_000_000);
    let (text, length) = p(&long);
    let job = made(|out| unsafe { segue_inspect(SEGUE_ABI, text, length, 1, out) });
    ok(unsafe { segue_job_cancel(job) });
    assert_eq!(end_of(job).unwrap_err().0, SEGUE_STATUS_CANCELLED);
}

#[test]
fn a_project_is_made_packed_and_unpacked() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    wav(&at("in/step_01.wav"), 800);
    wav(&at("in/step_02.wav"), 800);
    wav(&at("in/long_bed.wav"), 4_000);
    std::fs::write(at("in/notes.wav"), b"no audio").unwrap();
    let make = |options: Value| {
        let options = options.to_string();
        let (text, length) = c(&options);
        job(|out| unsafe { segue_project_make(SEGUE_ABI, text, length, out) })
    };
    let made_of = json!({"folder": at("game"), "files": [at("in")], "name": "Mine", "tempo": 98,
        "long_seconds": 0.25, "rules": [
            {"match": "^long_", "bus": "beds"},
            {"match": r"^(?<base>.+)_(?<index>\d+)$", "group": "variants"}]});
    let told = make(made_of.clone()).unwrap();
    assert_eq!(
        (&told["name"], told["sounds"].as_array().unwrap().len()),
        (&json!("Mine"), 3)
    );
    assert_eq!(told["groups"][0]["kind"], "variants", "{told}");
    let bus = |id: &str| {
        let sounds = told["sounds"].as_array().unwrap();
        sounds.iter().find(|it| it["id"] == id).unwrap()["bus"].clone()
    };
    assert_eq!(bus("long_bed"), "beds");
    assert_eq!(told["skipped"].as_array().unwrap().len(), 1);
    assert_eq!(make(made_of).unwrap_err().0, SEGUE_STATUS_EXISTS);
    let mut none = null_mut();
    for (bad, status) in [
        (json!({"files": ["a"]}), SEGUE_STATUS_INVALID_ARGUMENT),
        (json!({"folder": "a"}), SEGUE_STATUS_INVALID_ARGUMENT),
        (
            json!({"folder": "a", "files": ["b"], "rules": [{}]}),
            SEGUE_STATUS_INVALID_ARGUMENT,
        ),
        (
            json!({"folder": "a", "files": ["b"], "rules": [{"match": "("}]}),
            SEGUE_STATUS_INVALID_ARGUMENT,
        ),
        (
            json!({"folder": "a", "files": ["b"], "rule": []}),
            SEGUE_STATUS_INVALID_DOCUMENT,
        ),
    ] {
        let bad = bad.to_string();
        let (text, length) = c(&bad);
        fails(
            unsafe { segue_project_make(SEGUE_ABI, text, length, &mut none) },
            status,
        );
    }
    assert!(none.is_null());

    let project = open(&at("game"));
    let packed = at("game.segue");
    let (text, length) = p(&packed);
    job(|out| unsafe { segue_project_pack(project, text, length, 0, out) }).unwrap();
    ok(unsafe { segue_project_destroy(project) });
    let unpack = |folder: &str, replace: u32| {
        let folder = at(folder);
        let (to, to_length) = p(&folder);
        job(|out| unsafe {
            segue_project_unpack(SEGUE_ABI, text, length, to, to_length, replace, out)
        })
    };
    let told = unpack("again", 0).unwrap();
    assert_eq!(
        (&told["assets"], &told["warnings"]),
        (&json!(3), &json!([]))
    );
    assert_eq!(unpack("again", 0).unwrap_err().0, SEGUE_STATUS_EXISTS);
    unpack("again", 1).unwrap();
    // A folder that is no project is not replaced.
    assert_eq!(unpack("in", 1).unwrap_err().0, SEGUE_STATUS_EXISTS);
    let project = open(&at("again"));
    ok(unsafe { segue_project_destroy(project) });
    let sound = at("in/step_01.wav");
    let (text, length) = p(&sound);
    let (to, to_length) = c("x");
    let wrong =
        job(|out| unsafe { segue_project_unpack(SEGUE_ABI, text, length, to, to_length, 0, out) });
    assert_eq!(wrong.unwrap_err().0, SEGUE_STATUS_WRONG_FILE);
}

fn counts(engine: *mut segue_engine) -> segue_game_counts {
    let mut counts: segue_game_counts = unsafe { std::mem::zeroed() };
    counts.struct_size = size_of::<segue_game_counts>() as u32;
    ok(unsafe { segue_engine_get_counts(engine, &mut counts) });
    counts
}

#[test]
fn what_a_game_did_is_counted() {
    let project = open(&repository("presets/lantern"));
    let engine = made(|out| unsafe { segue_engine_create(SEGUE_ABI, null(), project, out) });
    assert_eq!(counts(engine).posts, 0);
    job(|out| unsafe { segue_engine_load(engine, project, out) }).unwrap();
    let (name, length) = c("Spin_Press");
    let mut event = 0;
    let kind = segue_name_kind::SEGUE_NAME_EVENT as i32;
    ok(unsafe { segue_name_find(engine, kind, name, length, &mut event) });
    let mut playing = 0;
    ok(unsafe { segue_event_post(engine, event, 0, null(), 0, &mut playing) });
    let mut samples = [0.0; 2_048];
    for _ in 0..4 {
        let samples = samples.as_mut_ptr();
        ok(unsafe { segue_engine_process_interleaved(engine, samples, 2, 1_024) });
        ok(unsafe { segue_engine_update(engine) });
    }
    let told = counts(engine);
    assert_eq!((told.posts, told.refused), (1, 0), "{told:?}");
    assert!(told.actions >= 1, "{told:?}");
    assert_eq!(told.refusals, [0; 32]);
    ok(unsafe { segue_engine_destroy(engine) });
    ok(unsafe { segue_project_destroy(project) });
}

#[test]
fn refusals_are_counted_by_reason() {
    let project = open(&repository("presets/factory"));
    let engine = made(|out| unsafe { segue_engine_create(SEGUE_ABI, null(), project, out) });
    job(|out| unsafe { segue_engine_load(engine, project, out) }).unwrap();
    let (name, length) = c("Pass");
    let mut event = 0;
    let kind = segue_name_kind::SEGUE_NAME_EVENT as i32;
    ok(unsafe { segue_name_find(engine, kind, name, length, &mut event) });
    // The second and the third come within its 250 ms.
    for _ in 0..3 {
        let mut playing = 0;
        ok(unsafe { segue_event_post(engine, event, 0, null(), 0, &mut playing) });
    }
    let mut samples = [0.0; 2_048];
    ok(unsafe { segue_engine_process_interleaved(engine, samples.as_mut_ptr(), 2, 1_024) });
    ok(unsafe { segue_engine_update(engine) });
    let told = counts(engine);
    let mut expected = [0; 32];
    expected[segue_reason::SEGUE_REASON_COOLDOWN as usize] = 2;
    assert_eq!((told.posts, told.refusals), (1, expected), "{told:?}");
    ok(unsafe { segue_engine_destroy(engine) });
    ok(unsafe { segue_project_destroy(project) });
}
