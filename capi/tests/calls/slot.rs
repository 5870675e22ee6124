//! Slot games and their stages.

use crate::common::*;
use segue::SEGUE_ABI;
use segue::project::segue_project;
use segue::slot::jobs::{
    segue_slot_enumerate, segue_slot_force, segue_slot_import, segue_slot_simulate,
};
use segue::slot::spin::{
    segue_slot_begin, segue_slot_get_result, segue_slot_get_stages, segue_slot_replay,
    segue_slot_spin, segue_slot_spin_at, segue_slot_spin_record, segue_slot_take_log,
};
use segue::slot::{
    segue_get_slot_builtins, segue_slot, segue_slot_destroy, segue_slot_get_json, segue_slot_open,
    segue_slot_open_builtin, segue_slot_open_memory,
};
use segue::status::segue_status;
use serde_json::{Value, json};
use std::path::Path;
use std::ptr::null_mut;

pub(crate) fn builtin(name: &str) -> *mut segue_slot {
    let (name, length) = c(name);
    made(|out| unsafe { segue_slot_open_builtin(SEGUE_ABI, name, length, out) })
}

fn empty() -> segue_slot_spin_record {
    let mut record: segue_slot_spin_record = unsafe { std::mem::zeroed() };
    record.struct_size = size_of::<segue_slot_spin_record>() as u32;
    record
}

/// A tiny game.
const SHEET: &str = "name,Tiny\nrows,1,1,1\nlength,4,4,4\n\
                 symbol,W,wild,1,1,1,3:50\nsymbol,A,regular,2,2,2,3:9\nsymbol,S,blank,1,1,1\n";

#[track_caller]
pub(crate) fn spin(slot: *mut segue_slot) -> segue_slot_spin_record {
    let mut record = empty();
    ok(unsafe { segue_slot_spin(slot, &mut record) });
    record
}

pub(crate) fn result(slot: *mut segue_slot) -> Value {
    json(|out| unsafe { segue_slot_get_result(slot, out) })
}

pub(crate) fn stages(slot: *mut segue_slot, project: *mut segue_project, profile: &str) -> Value {
    let (profile, length) = c(profile);
    json(|out| unsafe { segue_slot_get_stages(slot, project, profile, length, out) })
}

pub(crate) fn force(slot: *mut segue_slot, outcome: &str) -> Result<Value, (segue_status, String)> {
    let (outcome, length) = c(outcome);
    job(|out| unsafe { segue_slot_force(slot, outcome, length, out) })
}

#[test]
fn the_same_seed_gives_the_same_spins_from_any_of_them() {
    let slot = builtin("demo-medium");
    ok(unsafe { segue_slot_begin(slot, 7, 5, 0) });
    let all: Vec<_> = (0..50).map(|_| spin(slot)).collect();
    assert!(all.iter().any(|it| it.win > 0) && all.iter().any(|it| it.win == 0));
    assert_eq!(all[20].spin, 20);
    let twentieth = format!("{:?}", all[20]);

    let other = builtin("demo-medium");
    ok(unsafe { segue_slot_begin(other, 7, 5, 20) });
    assert_eq!(format!("{:?}", spin(other)), twentieth);
    let told = result(other);
    let stops = &all[20].stops[..all[20].reels as usize];
    assert_eq!((&told["spin"], &told["given"]), (&json!(20), &json!(false)));
    assert_eq!(told["result"]["stops"], json!(stops));
    ok(unsafe { segue_slot_begin(other, 8, 5, 20) });
    assert_ne!(format!("{:?}", spin(other)), twentieth);

    // The log replays, and one that was changed is found.
    let log = bytes(|out| unsafe { segue_slot_take_log(slot, out) });
    assert_eq!(log.iter().filter(|byte| **byte == b'\n').count(), 50);
    assert!(bytes(|out| unsafe { segue_slot_take_log(slot, out) }).is_empty());
    let replay = |log: &[u8], spins: &mut u64| unsafe {
        segue_slot_replay(other, log.as_ptr().cast(), log.len(), spins)
    };
    let mut spins = 0;
    ok(replay(&log, &mut spins));
    assert_eq!(spins, 50);
    let row: Value = serde_json::from_slice(log.split(|it| *it == b'\n').next().unwrap()).unwrap();
    let mut wrong = row.clone();
    wrong["win"] = json!(123_456);
    let error = fails(
        replay(wrong.to_string().as_bytes(), &mut spins),
        SEGUE_STATUS_INVALID_DOCUMENT,
    );
    assert!(error.contains("the win is 123456"), "{error}");
    let error = fails(replay(b"{}", &mut spins), SEGUE_STATUS_INVALID_DOCUMENT);
    assert!(error.contains("log, line 1"), "{error}");
    let error = fails(replay(b"\n", &mut spins), SEGUE_STATUS_INVALID_DOCUMENT);
    assert!(error.contains("no rows"), "{error}");
    for slot in [slot, other] {
        ok(unsafe { segue_slot_destroy(slot) });
    }
    fails(
        unsafe { segue_slot_destroy(slot) },
        SEGUE_STATUS_STALE_HANDLE,
    );
}

#[test]
fn stops_are_given_and_refused() {
    let slot = builtin("demo-low");
    let mut record = empty();
    let mut at = |stops: &[u32]| {
        let status = unsafe { segue_slot_spin_at(slot, stops.as_ptr(), stops.len(), &mut record) };
        (status, record.stops, record.is_given)
    };
    let (status, stops, given) = at(&[3, 1, 4, 1, 5]);
    ok(status);
    assert_eq!((&stops[..6], given), (&[3, 1, 4, 1, 5, 0][..], 1));
    for wrong in [&[1, 2, 3][..], &[3, 1, 4, 1, 70_000]] {
        fails(at(wrong).0, SEGUE_STATUS_INVALID_ARGUMENT);
    }
    fails(at(&[0; 9]).0, SEGUE_STATUS_LIMIT_EXCEEDED);
    let begun = unsafe { segue_slot_begin(slot, 1, -1, 0) };
    assert!(fails(begun, SEGUE_STATUS_INVALID_ARGUMENT).contains("credit"));
    // What was refused has spun nothing.
    assert_eq!(spin(slot).spin, 1);
    let most = segue::slot::spin::MAX_SKIP as u64;
    ok(unsafe { segue_slot_begin(slot, 1, 1, most) });
    fails(
        unsafe { segue_slot_begin(slot, 1, 1, most + 1) },
        SEGUE_STATUS_INVALID_ARGUMENT,
    );
    assert_eq!(spin(slot).spin, most);
    ok(unsafe { segue_slot_destroy(slot) });
}

#[test]
fn games_are_opened_from_files_and_memory() {
    let folder = tempfile::tempdir().unwrap();
    let slot = builtin("demo-high");
    let text = bytes(|out| unsafe { segue_slot_get_json(slot, out) });
    let file = folder.path().join("game.json");
    std::fs::write(&file, &text).unwrap();
    let (path, length) = p(&file);
    let from_file = made(|out| unsafe { segue_slot_open(SEGUE_ABI, path, length, out) });
    let from_memory = made(|out| unsafe {
        segue_slot_open_memory(SEGUE_ABI, text.as_ptr().cast(), text.len(), out)
    });
    let spins = [slot, from_file, from_memory].map(|it| format!("{:?}", spin(it)));
    assert!(spins.iter().all(|it| *it == spins[0]));
    let names = json(|out| unsafe { segue_get_slot_builtins(out) });
    assert_eq!(names["games"].as_array().unwrap().len(), 6);

    let mut none = null_mut();
    let (name, length) = c("demo-hihg");
    let call = unsafe { segue_slot_open_builtin(SEGUE_ABI, name, length, &mut none) };
    assert!(fails(call, SEGUE_STATUS_UNKNOWN_NAME).contains("demo-high"));
    let bad = br#"{"format": "segue.slot"}"#;
    let call =
        unsafe { segue_slot_open_memory(SEGUE_ABI, bad.as_ptr().cast(), bad.len(), &mut none) };
    assert!(fails(call, SEGUE_STATUS_INVALID_DOCUMENT).contains("missing field"));
    // A name of a built-in game is no file.
    let call = unsafe { segue_slot_open(SEGUE_ABI, name, length - 1, &mut none) };
    fails(call, SEGUE_STATUS_NOT_FOUND);
    assert!(none.is_null());
    for slot in [slot, from_file, from_memory] {
        ok(unsafe { segue_slot_destroy(slot) });
    }
}

#[test]
fn outcomes_are_found_or_said_to_be_impossible() {
    let slot = builtin("demo-studio");
    let big = force(slot, "big").unwrap();
    assert_eq!(big["spin"], 0);
    let free = force(slot, "free_spins").unwrap();
    assert_eq!(free["spin"], 1);
    assert!(!free["result"]["features"].as_array().unwrap().is_empty());
    assert_eq!(result(slot), free);
    let mut none = null_mut();
    let (outcome, length) = c("hughe");
    let call = unsafe { segue_slot_force(slot, outcome, length, &mut none) };
    assert!(fails(call, SEGUE_STATUS_UNKNOWN_NAME).contains("none of lose, small"));
    // The searched spins replay as drawn ones do.
    let log = bytes(|out| unsafe { segue_slot_take_log(slot, out) });
    let mut spins = 0;
    ok(unsafe { segue_slot_replay(slot, log.as_ptr().cast(), log.len(), &mut spins) });
    assert_eq!(spins, 2);
    ok(unsafe { segue_slot_destroy(slot) });

    let lobster = builtin("lobstermania-96");
    let (status, text) = force(lobster, "cascade").unwrap_err();
    assert_eq!(status, SEGUE_STATUS_INVALID_DOCUMENT);
    assert!(
        text.contains("no spin of \"lobstermania-96\" gives"),
        "{text}"
    );
    assert_eq!(spin(lobster).spin, 0);
    ok(unsafe { segue_slot_destroy(lobster) });
}

#[test]
fn spins_are_simulated_and_counted() {
    let folder = tempfile::tempdir().unwrap();
    let slot = tiny(folder.path());
    let simulate = |options: &str| {
        let (text, length) = c(options);
        job(|out| unsafe { segue_slot_simulate(slot, text, length, out) })
    };
    let page = folder.path().join("report.html");
    let options = json!({"spins": 20_000, "seed": "0x3", "workers": 1, "report": page});
    let one = simulate(&options.to_string()).unwrap();
    assert_eq!(
        (&one["game"], &one["spins"]),
        (&json!("tiny"), &json!(20_000))
    );
    assert!(std::fs::read_to_string(page).unwrap().contains("<svg"));
    let two = simulate(r#"{"spins": 20000, "seed": 3, "workers": 2}"#).unwrap();
    assert_eq!(one, two);
    let (counted, played) = (
        one["rtp_counted"].as_f64().unwrap(),
        one["rtp"].as_f64().unwrap(),
    );
    let sigma = one["rtp_sigma"].as_f64().unwrap();
    assert!((counted - played).abs() < 5.0 * sigma, "{one}");

    let (none, length) = c("{}");
    let odds = job(|out| unsafe { segue_slot_enumerate(slot, none, length, out) }).unwrap();
    assert_eq!(odds["brute_force"], false);
    let mut none = null_mut();
    for (bad, status) in [
        (r#"{"spins": 0}"#, SEGUE_STATUS_INVALID_ARGUMENT),
        (r#"{"sessions": 201}"#, SEGUE_STATUS_INVALID_ARGUMENT),
        (r#"{"spin": 1}"#, SEGUE_STATUS_INVALID_DOCUMENT),
    ] {
        let (text, length) = c(bad);
        fails(
            unsafe { segue_slot_simulate(slot, text, length, &mut none) },
            status,
        );
    }
    assert_eq!(
        simulate(r#"{"workers": 0}"#).unwrap_err().0,
        SEGUE_STATUS_INVALID_ARGUMENT
    );
    // A long one ends when it is cancelled, and the game may go before.
    let (text, length) = c(r#"{"spins": 1000000000000}"#);
    let long = made(|out| unsafe { segue_slot_simulate(slot, text, length, out) });
    ok(unsafe { segue_slot_destroy(slot) });
    ok(unsafe { segue::job::segue_job_cancel(long) });
    assert_eq!(end_of(long).unwrap_err().0, SEGUE_STATUS_CANCELLED);
}

fn import(folder: &Path, text: &str) -> Result<Value, (segue_status, String)> {
    let sheet = folder.join("tiny.csv");
    std::fs::write(&sheet, text).unwrap();
    let (path, length) = p(&sheet);
    job(|out| unsafe { segue_slot_import(SEGUE_ABI, path, length, out) })
}

/// A game with 64 stop vectors.
fn tiny(folder: &Path) -> *mut segue_slot {
    let game = import(folder, SHEET).unwrap()["document"].to_string();
    made(|out| unsafe { segue_slot_open_memory(SEGUE_ABI, game.as_ptr().cast(), game.len(), out) })
}

#[test]
fn a_sheet_becomes_a_game() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let told = import(folder, &format!("{SHEET}stated,line_hits,27\n")).unwrap();
    assert_eq!(told["is_true"], true, "{told}");
    assert_eq!(told["figures"][0]["verdict"], "equal");
    let slot = tiny(folder);
    assert_eq!(spin(slot).reels, 3);
    ok(unsafe { segue_slot_destroy(slot) });
    let told = import(folder, &format!("{SHEET}stated,line_hits,28\n")).unwrap();
    let verdict = &told["figures"][0]["verdict"];
    assert_eq!(
        (&told["is_true"], verdict),
        (&json!(false), &json!("differs"))
    );
    let (status, text) = import(folder, &SHEET.replace("length,4", "length,5")).unwrap_err();
    assert_eq!(status, SEGUE_STATUS_INVALID_DOCUMENT, "{text}");
}

#[test]
fn games_and_logs_have_limits() {
    let folder = tempfile::tempdir().unwrap();
    let slot = tiny(folder.path());
    let game = bytes(|out| unsafe { segue_slot_get_json(slot, out) });
    let more: Vec<_> = (1..segue::slot::MAX_SLOTS)
        .map(|_| {
            made(|out| unsafe {
                segue_slot_open_memory(SEGUE_ABI, game.as_ptr().cast(), game.len(), out)
            })
        })
        .collect();
    let mut none = null_mut();
    let call =
        unsafe { segue_slot_open_memory(SEGUE_ABI, game.as_ptr().cast(), game.len(), &mut none) };
    fails(call, SEGUE_STATUS_LIMIT_EXCEEDED);
    for slot in more {
        ok(unsafe { segue_slot_destroy(slot) });
    }

    let mut record = empty();
    for _ in 0..segue::slot::MAX_LOG {
        ok(unsafe { segue_slot_spin(slot, &mut record) });
    }
    let full = unsafe { segue_slot_spin(slot, &mut record) };
    assert!(fails(full, SEGUE_STATUS_LIMIT_EXCEEDED).contains("segue_slot_take_log"));
    let log = bytes(|out| unsafe { segue_slot_take_log(slot, out) });
    assert!(log.ends_with(b"\n"));
    assert_eq!(spin(slot).spin, segue::slot::MAX_LOG as u64);
    ok(unsafe { segue_slot_destroy(slot) });
}
