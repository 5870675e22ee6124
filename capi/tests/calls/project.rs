//! Documents of projects, saving, packing, finding files, checking.

use crate::common::*;
use segue::project::check::segue_project_check;
use segue::project::document::{
    segue_project_get_info, segue_project_get_json, segue_project_set_json,
};
use segue::project::save::{
    SEGUE_PACK_ALLOW_MISSING, segue_project_pack, segue_project_relocate, segue_project_save,
    segue_project_save_as,
};
use segue::project::{segue_project, segue_project_destroy, segue_project_open_memory};
use segue::status::segue_status;
use serde_json::{Value, json};
use std::path::Path;

fn document(project: *mut segue_project) -> Value {
    json(|out| unsafe { segue_project_get_json(project, out) })
}

fn info(project: *mut segue_project) -> Value {
    json(|out| unsafe { segue_project_get_info(project, out) })
}

fn set(project: *mut segue_project, text: &str) -> segue_status {
    unsafe { segue_project_set_json(project, text.as_ptr().cast(), text.len()) }
}

fn pack(
    project: *mut segue_project,
    to: &Path,
    flags: u32,
) -> Result<Value, (segue_status, String)> {
    let (text, length) = p(to);
    job(|out| unsafe { segue_project_pack(project, text, length, flags, out) })
}

#[test]
fn a_document_is_taken_whole_or_not_at_all_and_saved() {
    let folder = tempfile::tempdir().unwrap();
    let project = open(&game(folder.path()));
    let mut text = document(project);
    assert_eq!(text["name"], "Game");
    text["name"] = json!("Other");
    text["x_unknown"] = json!({"kept": [1, 2]});
    ok(set(project, &text.to_string()));
    assert_eq!(document(project), text);

    for (bad, place) in [
        ("{", "line 1"),
        (
            r#"{"format": "segue.project", "version": 1, "name": 3}"#,
            "name",
        ),
        (
            r#"{"format": "segue.project", "version": 1, "name": "x",
                "sounds": [{"id": "a", "asset": "none"}]}"#,
            "sounds[0].asset",
        ),
    ] {
        let error = fails(set(project, bad), SEGUE_STATUS_INVALID_DOCUMENT);
        assert!(error.contains(place), "{error}");
        assert_eq!(document(project), text);
    }
    let newer = r#"{"format": "segue.project", "version": 99, "name": "x"}"#;
    fails(set(project, newer), SEGUE_STATUS_NEWER_VERSION);
    fails(
        set(project, r#"{"format": "other"}"#),
        SEGUE_STATUS_WRONG_FILE,
    );

    // Nothing was written until now.
    let file = folder.path().join("project.json");
    assert!(std::fs::read_to_string(&file).unwrap().contains("Game"));
    let saved = job(|out| unsafe { segue_project_save(project, out) }).unwrap();
    assert_eq!(saved["path"], folder.path().to_str().unwrap());
    let written: Value = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
    assert_eq!(written, text);
    ok(unsafe { segue_project_destroy(project) });
}

#[test]
fn a_container_goes_there_and_back_with_edits() {
    let folder = tempfile::tempdir().unwrap();
    let game = game(&folder.path().join("game"));
    let project = open(&game);
    let packed = folder.path().join("game.segue");
    let report = pack(project, &packed, 0).unwrap();
    assert_eq!(report["assets"], 2);
    assert_eq!(report["bytes"], std::fs::metadata(&packed).unwrap().len());

    let inside = open(&packed);
    let mut text = document(inside);
    text["name"] = json!("Inside");
    ok(set(inside, &text.to_string()));
    // The folder it is unpacked into lives as long as an edit of it.
    assert_eq!(info(inside)["missing"], json!([]));
    job(|out| unsafe { segue_project_save(inside, out) }).unwrap();
    ok(unsafe { segue_project_destroy(inside) });
    let again = open(&packed);
    assert_eq!(document(again)["name"], "Inside");
    assert_eq!(info(again)["is_packed"], true);

    let copy = folder.path().join("copy");
    let (path, length) = p(&copy);
    let saved = job(|out| unsafe { segue_project_save_as(again, path, length, out) }).unwrap();
    assert_eq!(saved["missing"], json!([]));
    assert!(copy.join("assets/hit.wav").is_file());

    // What lies in memory has no place to be saved at.
    let data = std::fs::read(&packed).unwrap();
    let memory = made(|out| unsafe {
        segue_project_open_memory(segue::SEGUE_ABI, data.as_ptr(), data.len(), out)
    });
    let mut none = std::ptr::null_mut();
    let error = fails(
        unsafe { segue_project_save(memory, &mut none) },
        SEGUE_STATUS_WRONG_ORDER,
    );
    assert!(error.contains("save_as") && none.is_null(), "{error}");
    for project in [project, again, memory] {
        ok(unsafe { segue_project_destroy(project) });
    }
}

#[test]
fn what_is_in_the_way_stays() {
    let folder = tempfile::tempdir().unwrap();
    let project = open(&game(&folder.path().join("game")));
    let other = folder.path().join("notes.segue");
    std::fs::write(&other, "mine").unwrap();
    let (status, text) = pack(project, &other, 0).unwrap_err();
    assert_eq!(status, SEGUE_STATUS_EXISTS, "{text}");
    assert_eq!(std::fs::read(&other).unwrap(), b"mine");
    let mut none = std::ptr::null_mut();
    let (path, length) = c("game.zip");
    let call = unsafe { segue_project_pack(project, path, length, 0, &mut none) };
    assert!(fails(call, SEGUE_STATUS_INVALID_ARGUMENT).contains(".segue"));
    let (path, length) = p(&other);
    let call = unsafe { segue_project_pack(project, path, length, 2, &mut none) };
    assert!(fails(call, SEGUE_STATUS_INVALID_ARGUMENT).contains("flags 2"));
    ok(unsafe { segue_project_destroy(project) });
}

#[test]
fn missing_files_are_told_found_and_put_in_place() {
    let folder = tempfile::tempdir().unwrap();
    let game = game(&folder.path().join("game"));
    let away = folder.path().join("away/deep");
    std::fs::create_dir_all(&away).unwrap();
    for name in ["hit.wav", "pad.wav"] {
        std::fs::rename(game.join("assets").join(name), away.join(name)).unwrap();
    }
    let project = open(&game);
    let told = info(project);
    assert_eq!(told["missing"][0]["id"], "hit");
    assert_eq!(told["assets"][0]["bytes"], Value::Null);

    let packed = folder.path().join("game.segue");
    let (status, text) = pack(project, &packed, 0).unwrap_err();
    assert_eq!(status, SEGUE_STATUS_NOT_FOUND, "{text}");
    assert!(!packed.exists());
    let report = pack(project, &packed, SEGUE_PACK_ALLOW_MISSING).unwrap();
    assert_eq!(report["assets"], 0);

    let relocate = |asset: &str, path: &Path| {
        let ((asset, asset_length), (path, length)) = (c(asset), p(path));
        job(|out| unsafe {
            segue_project_relocate(project, asset, asset_length, path, length, out)
        })
    };
    let (status, text) = relocate("hti", &away.join("hit.wav")).unwrap_err();
    assert_eq!(status, SEGUE_STATUS_UNKNOWN_NAME);
    assert!(text.contains("\"hit\""), "{text}");
    if cfg!(target_os = "linux") {
        // It has no end.
        let (status, text) = relocate("hit", Path::new("/dev/zero")).unwrap_err();
        assert_eq!(status, SEGUE_STATUS_WRONG_FILE, "{text}");
    }
    let found = relocate("hit", &away.join("hit.wav")).unwrap();
    assert_eq!(found["missing"][0]["id"], "pad");
    let found = relocate("", &folder.path().join("away")).unwrap();
    assert_eq!(found, json!({"found": ["pad"], "missing": []}));
    assert_eq!(info(project)["missing"], json!([]));
    let (status, _) = relocate("hit", &away.join("hit.wav")).unwrap_err();
    assert_eq!(status, SEGUE_STATUS_EXISTS);
    ok(unsafe { segue_project_destroy(project) });
}

#[test]
fn a_check_finds_what_nothing_plays() {
    let folder = tempfile::tempdir().unwrap();
    let project = open(&game(folder.path()));
    let report = job(|out| unsafe { segue_project_check(project, out) }).unwrap();
    assert_eq!(report["clean"], false);
    let finding = |it: &Value| it["kind"] == "unused_sound" && it["path"] == "sounds[0]";
    let findings = report["findings"].as_array().unwrap();
    assert!(findings.iter().any(finding), "{report}");
    ok(unsafe { segue_project_destroy(project) });
    // A stale handle is told, whatever the function.
    let mut buffer = EMPTY;
    let call = unsafe { segue_project_get_json(project, &mut buffer) };
    fails(call, SEGUE_STATUS_STALE_HANDLE);
}
