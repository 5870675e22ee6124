//! States of plug-ins, and the presets of inserts.

use crate::common::*;
use segue::mixer::inserts::segue_get_insert_kinds;
use segue::mixer::presets::segue_get_insert_presets;
use segue::project::save::{segue_project_save, segue_project_save_as};
use segue::project::states::{
    segue_project_get_states, segue_project_state_get, segue_project_state_remove,
    segue_project_state_set, segue_project_states_read, segue_project_states_write,
};
use segue::project::{segue_project, segue_project_destroy};
use segue::status::segue_status;
use serde_json::{Value, json};
use std::path::Path;

fn set(project: *mut segue_project, name: &str, blob: &[u8]) -> segue_status {
    let (name, length) = c(name);
    unsafe { segue_project_state_set(project, name, length, blob.as_ptr(), blob.len()) }
}

fn get(project: *mut segue_project, name: &str) -> Vec<u8> {
    let (name, length) = c(name);
    bytes(|out| unsafe { segue_project_state_get(project, name, length, out) })
}

fn list(project: *mut segue_project) -> Value {
    json(|out| unsafe { segue_project_get_states(project, out) })
}

fn save_as(project: *mut segue_project, to: &Path) {
    let (path, length) = p(to);
    job(|out| unsafe { segue_project_save_as(project, path, length, out) }).unwrap();
}

#[test]
fn states_are_kept_with_folders_and_containers() {
    let folder = tempfile::tempdir().unwrap();
    let at = game(&folder.path().join("game"));
    let project = open(&at);
    ok(set(project, "synth/1", &[0, 1, 2, 255]));
    ok(set(project, "eq", b"old"));
    ok(set(project, "eq", b""));
    assert_eq!(get(project, "synth/1"), [0, 1, 2, 255]);
    let told = json!({"bytes": 4, "states": [
        {"name": "eq", "bytes": 0}, {"name": "synth/1", "bytes": 4}]});
    assert_eq!(list(project), told);

    // An edit of the document keeps them.
    let text =
        json(|out| unsafe { segue::project::document::segue_project_get_json(project, out) });
    let text = text.to_string();
    ok(unsafe {
        segue::project::document::segue_project_set_json(project, text.as_ptr().cast(), text.len())
    });
    assert_eq!(list(project), told);
    job(|out| unsafe { segue_project_save(project, out) }).unwrap();
    let again = open(&at);
    assert_eq!(
        (list(again), get(again, "synth/1")),
        (told.clone(), vec![0, 1, 2, 255])
    );

    let packed = folder.path().join("game.segue");
    save_as(again, &packed);
    let inside = open(&packed);
    assert_eq!(list(inside), told);
    let (name, length) = c("eq");
    ok(unsafe { segue_project_state_remove(inside, name, length) });
    fails(
        unsafe { segue_project_state_remove(inside, name, length) },
        SEGUE_STATUS_UNKNOWN_NAME,
    );
    job(|out| unsafe { segue_project_save(inside, out) }).unwrap();
    let once_more = open(&packed);
    assert_eq!(
        list(once_more)["states"],
        json!([{"name": "synth/1", "bytes": 4}])
    );
    let unpacked = folder.path().join("copy");
    save_as(once_more, &unpacked);
    let copy = open(&unpacked);
    assert_eq!(get(copy, "synth/1"), [0, 1, 2, 255]);

    let (name, length) = c("sinth/1");
    let mut none = EMPTY;
    let call = unsafe { segue_project_state_get(copy, name, length, &mut none) };
    assert!(fails(call, SEGUE_STATUS_UNKNOWN_NAME).contains("synth/1"));
    for project in [project, again, inside, once_more, copy] {
        ok(unsafe { segue_project_destroy(project) });
    }
}

#[test]
fn states_have_limits_and_files_of_their_own() {
    let folder = tempfile::tempdir().unwrap();
    let project = open(&game(&folder.path().join("game")));
    let big = vec![7; 16 << 20];
    ok(set(project, "big", &big));
    let mut bigger = big.clone();
    bigger.push(0);
    let error = fails(set(project, "bigger", &bigger), SEGUE_STATUS_LIMIT_EXCEEDED);
    assert!(
        error.contains("data: 16777217 is over the limit of 16777216"),
        "{error}"
    );
    let error = fails(set(project, "a\nb", &[]), SEGUE_STATUS_INVALID_DOCUMENT);
    assert!(error.contains("control characters"), "{error}");
    for name in ["b", "c", "d"] {
        ok(set(project, name, &big));
    }
    fails(set(project, "e", &[1]), SEGUE_STATUS_LIMIT_EXCEEDED);
    assert_eq!(list(project)["states"].as_array().unwrap().len(), 4);

    let write = |project, path: &Path| {
        let (path, length) = p(path);
        unsafe { segue_project_states_write(project, path, length) }
    };
    let read = |project, path: &Path| {
        let (path, length) = p(path);
        unsafe { segue_project_states_read(project, path, length) }
    };
    let other = open(&game(&folder.path().join("other")));
    ok(set(other, "small", b"small"));
    let file = folder.path().join("states");
    ok(write(other, &file));
    ok(write(other, &file));
    ok(read(project, &file));
    assert_eq!(get(project, "small"), b"small");
    assert_eq!(list(project)["bytes"], 5);
    // Nothing else is taken for one, or written over.
    let json = folder.path().join("game/project.json");
    fails(write(other, &json), SEGUE_STATUS_EXISTS);
    fails(read(other, &json), SEGUE_STATUS_WRONG_FILE);
    let packed = folder.path().join("game.segue");
    save_as(project, &packed);
    fails(write(other, &packed), SEGUE_STATUS_EXISTS);
    fails(
        read(other, &folder.path().join("none")),
        SEGUE_STATUS_NOT_FOUND,
    );
    let mut damaged = std::fs::read(&file).unwrap();
    let last = damaged.len() - 6;
    damaged[last] ^= 1;
    std::fs::write(&file, damaged).unwrap();
    fails(read(project, &file), SEGUE_STATUS_DAMAGED);
    assert_eq!(get(project, "small"), b"small");
    for project in [project, other] {
        ok(unsafe { segue_project_destroy(project) });
    }
}

#[test]
fn presets_name_parameters_of_their_insert() {
    let presets = json(|out| unsafe { segue_get_insert_presets(out) });
    let kinds = json(|out| unsafe { segue_get_insert_kinds(out) });
    let presets = presets.as_array().unwrap();
    assert!(presets.len() > 20, "{}", presets.len());
    for preset in presets {
        let own = kinds.as_array().unwrap().iter();
        let own = own
            .clone()
            .find(|kind| kind["kind"] == preset["kind"])
            .unwrap();
        let params = own["params"].as_array().unwrap();
        let values = preset["params"].as_object().unwrap();
        assert!(!values.is_empty(), "{preset}");
        for (id, value) in values {
            let param = params.iter().find(|param| param["id"] == *id).unwrap();
            let limit = |end: &str| param[end].as_f64().unwrap();
            let range = limit("min")..=limit("max");
            assert!(range.contains(&value.as_f64().unwrap()), "{preset} {id}");
        }
    }
}
