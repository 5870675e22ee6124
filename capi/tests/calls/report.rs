//! Reports on stages: of traces, of recordings of live games, of simulated spins.

use crate::common::*;
use facade::slot::{SessionOptions, open_game, spin_session};
use facade::stage_report::{Told, own_profile, report};
use segue::SEGUE_ABI;
use segue::live::trace::{segue_adapter_cover, segue_trace_compare};
use segue::project::clip::segue_project_add_clip;
use segue::project::document::segue_project_get_json;
use segue::project::{segue_project, segue_project_destroy};
use segue::render::segue_render;
use segue::slot::{segue_slot, segue_slot_destroy, segue_slot_open};
use segue::stages::names::{segue_stages_lookup, segue_stages_resolve};
use segue::stages::report::{segue_get_lint_profile, segue_stages_report};
use segue::status::segue_status;
use serde_json::{Value, json};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::ptr::null_mut;

type Ended = Result<Value, (segue_status, String)>;

fn lantern() -> *mut segue_project {
    open(&repository("presets/lantern"))
}

fn reported(project: *mut segue_project, slot: *mut segue_slot, options: &Value) -> Ended {
    let options = options.to_string();
    let (text, length) = c(&options);
    job(|out| unsafe { segue_stages_report(project, slot, text, length, out) })
}

/// A spin, as stages with their times in milliseconds.
fn a_spin() -> Vec<(u64, Value)> {
    vec![
        (0, json!({"type": "ui_spin_press"})),
        (10, json!({"type": "reel_spin_loop"})),
        (20, json!({"type": "reel_spinning_start", "reel": 0})),
        (900, json!({"type": "reel_spinning_stop", "reel": 0})),
        (910, json!({"type": "reel_stop", "reel": 0, "symbols": []})),
        (920, json!({"type": "evaluate_wins"})),
        (1_000, json!({"type": "spin_end"})),
    ]
}

/// The recording of a live game that plays these.
fn recording(path: &Path, stages: &[(u64, Value)]) -> PathBuf {
    let header =
        json!({"format": "segue.trace", "version": 1, "sample_rate_hz": 48_000, "seed": "1"});
    let mut text = format!("{header}\n");
    for (n, (ms, stage)) in (1..).zip(stages) {
        let at = ms * 48;
        let mut said = stage.clone();
        let name = said.as_object_mut().unwrap().remove("type");
        said["stage"] = name.unwrap();
        let frame = json!({"type": "stage_event", "seq": n, "t_us": 0, "data": said});
        let row = json!({"n": n, "src": "tcp/1", "t_rx_us": 0, "t_audio_smp": at, "frame": frame,
            "calls": [[at, {"stage": stage}]]});
        text += &format!("{row}\n");
    }
    text += "{\"end_smp\":96000}\n";
    std::fs::write(path, text).unwrap();
    path.to_owned()
}

#[test]
fn the_recording_of_a_live_game_is_reported_on_rendered_and_put_on_the_timeline() {
    let folder = tempfile::tempdir().unwrap();
    let trace = recording(&folder.path().join("take.trace.jsonl"), &a_spin());
    let project = lantern();
    let told = reported(project, null_mut(), &json!({"trace": trace})).unwrap();
    assert_eq!(
        (&told["spins"], &told["min_cycle_ms"]),
        (&json!(1), &json!(1000.0))
    );
    assert_eq!(
        (&told["violations"], &told["open_loops"]),
        (&json!([]), &json!([]))
    );
    let row = told["stages"]
        .as_array()
        .unwrap()
        .iter()
        .find(|it| it["stage"] == "reel_stop");
    assert_eq!(row.unwrap()["played"], 1, "{told}");
    let own = json!({"trace": trace, "profile": "turbo"});
    let (status, text) = reported(project, null_mut(), &own).unwrap_err();
    assert_eq!(status, SEGUE_STATUS_INVALID_ARGUMENT);
    assert!(text.contains("has its own times"), "{text}");
    let none = json!({"trace": folder.path().join("none.json")});
    assert_eq!(
        reported(project, null_mut(), &none).unwrap_err().0,
        SEGUE_STATUS_NOT_FOUND
    );

    let render = |name: &str, options: Value| {
        let out = folder.path().join(name);
        let options = options.to_string();
        let ((path, path_length), (text, length)) = (p(&out), c(&options));
        job(|out| unsafe { segue_render(project, path, path_length, text, length, out) })
    };
    let cache = folder.path().join("cache");
    let exact = render("a.wav", json!({"trace": trace, "cache": cache})).unwrap();
    assert_eq!(
        (&exact["frames"], &exact["calls"]),
        (&json!(96_000), &json!(7)),
        "{exact}"
    );
    assert_eq!(
        (
            &exact["cut_short"],
            &exact["skipped_lines"],
            &exact["other_project"]
        ),
        (&json!(false), &json!(0), &json!(false))
    );
    // Through Segue's own words it is the same.
    let adapter = "schema = 1\nadapter_id = \"acme\"\n";
    let options = json!({"trace": trace, "adapter": adapter, "cache": cache, "block": 64});
    let adapted = render("b.wav", options).unwrap();
    assert_eq!(adapted["frames"], 96_000);
    let mut none = null_mut();
    let (path, length) = p(&trace);
    let over = json!({"trace": trace}).to_string();
    let (text, text_length) = c(&over);
    let call = unsafe { segue_render(project, path, length, text, text_length, &mut none) };
    assert!(fails(call, SEGUE_STATUS_INVALID_ARGUMENT).contains("the trace too"));

    let clip = |options: Value| {
        let options = options.to_string();
        let ((path, length), (text, text_length)) = (p(&trace), c(&options));
        job(|out| unsafe { segue_project_add_clip(project, path, length, text, text_length, out) })
    };
    let added = clip(json!({"at": 4, "from": 0.5})).unwrap();
    assert_eq!(
        (&added["clip"], &added["stages"], &added["at_beats"]),
        (&json!("take"), &json!(4), &json!(4.0))
    );
    let text = json(|out| unsafe { segue_project_get_json(project, out) });
    let clips = text["interactive"]["stages"]["clips"].as_array().unwrap();
    assert!(clips.iter().any(|it| it["name"] == "take"), "{clips:?}");
    assert_eq!(clip(json!({})).unwrap_err().0, SEGUE_STATUS_EXISTS);
    let none = clip(json!({"name": "none", "from": 100}));
    assert_eq!(none.unwrap_err().0, SEGUE_STATUS_INVALID_ARGUMENT);
    ok(unsafe { segue_project_destroy(project) });
}

#[test]
fn two_recordings_are_compared_and_an_adapter_is_held_against_one() {
    let folder = tempfile::tempdir().unwrap();
    let first = recording(&folder.path().join("a.trace.jsonl"), &a_spin());
    let mut moved = a_spin();
    moved[4].0 += 1;
    moved.pop();
    let second = recording(&folder.path().join("b.trace.jsonl"), &moved);
    let compare = |first: &Path, second: &Path| {
        let ((a, a_length), (b, b_length)) = (p(first), p(second));
        job(|out| unsafe { segue_trace_compare(SEGUE_ABI, a, a_length, b, b_length, out) })
    };
    let told = compare(&first, &first).unwrap();
    assert_eq!(told, json!({"equal": true, "count": 0, "differences": []}));
    let told = compare(&first, &second).unwrap();
    assert_eq!(
        (&told["equal"], &told["count"]),
        (&json!(false), &json!(2)),
        "{told}"
    );
    let what: Vec<&Value> = told["differences"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| &it["what"])
        .collect();
    assert_eq!(what, [&json!("moved"), &json!("missing")]);
    let other = folder.path().join("other.json");
    std::fs::write(&other, "{}\n").unwrap();
    assert_eq!(
        compare(&first, &other).unwrap_err().0,
        SEGUE_STATUS_WRONG_FILE
    );

    let project = lantern();
    let cover = |project, adapter: &str| {
        let ((path, length), (text, text_length)) = (p(&first), c(adapter));
        job(|out| unsafe { segue_adapter_cover(project, path, length, text, text_length, out) })
    };
    let own = cover(project, "").unwrap();
    assert_eq!(
        (&own["messages"], &own["coverage"]),
        (&json!(7), &json!(1.0)),
        "{own}"
    );
    assert!(!own["bound_never_produced"].as_array().unwrap().is_empty());
    let alone = cover(null_mut(), "").unwrap();
    assert_eq!(alone["bound_never_produced"], json!([]));
    let mut none = null_mut();
    let ((path, length), (text, text_length)) = (p(&first), c("schema = 1\n"));
    let call = unsafe { segue_adapter_cover(project, path, length, text, text_length, &mut none) };
    fails(call, SEGUE_STATUS_INVALID_DOCUMENT);
    assert!(none.is_null());
    ok(unsafe { segue_project_destroy(project) });
}

#[test]
fn simulated_spins_are_reported_on_as_by_the_facade() {
    let project = lantern();
    let game = repository("presets/lantern/game.json");
    let (path, length) = p(&game);
    let slot = made(|out| unsafe { segue_slot_open(SEGUE_ABI, path, length, out) });
    let options = json!({"spins": 3, "seed": 5, "coin": 1, "pause_ms": 200});
    let told = reported(project, slot, &options).unwrap();
    assert_eq!(told["spins"], 3);

    let open = facade::project::open(&repository("presets/lantern")).unwrap();
    let machine = open_game(&game).unwrap();
    let how = SessionOptions {
        scenario: None,
        spins: Some(3),
        seed: 5,
        coin: 1,
        pause_ms: 200.0,
        gamble: 0,
    };
    let go = |_, _| ControlFlow::Continue(());
    let table = open.stage_table();
    let normal = table.profile("normal").unwrap();
    let trace = spin_session(&machine, &how, &go)
        .unwrap()
        .trace(&machine, &table, normal);
    let lint = facade::middleware::stage::lint::LintProfile::uk();
    let awards = facade::slot::awards(&machine);
    let profile = own_profile(&table, &trace);
    let expected = report(
        &open,
        Told::spun(trace.clone(), profile),
        &lint,
        &awards,
        &mut |_| ControlFlow::Continue(()),
    );
    assert_eq!(told, expected.unwrap().value());

    // The same trace as a document, but for what the game advertises.
    let text = facade::format::stages::trace_to_json(&trace).unwrap();
    let text: Value = serde_json::from_slice(&text).unwrap();
    let as_text = reported(project, null_mut(), &json!({"stages": text})).unwrap();
    assert_eq!(
        (&as_text["stages"], &as_text["spins"]),
        (&told["stages"], &told["spins"])
    );
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("t.json");
    std::fs::write(&file, text.to_string()).unwrap();
    assert_eq!(
        reported(project, null_mut(), &json!({"trace": file})).unwrap(),
        as_text
    );
    // Rules of one's own.
    let mut rules = json(|out| unsafe { segue_get_lint_profile(out) });
    assert!(!rules["rules"].as_array().unwrap().is_empty());
    rules["rules"] = json!([]);
    let lenient = reported(project, null_mut(), &json!({"stages": text, "lint": rules})).unwrap();
    assert_eq!(lenient["lint"], json!([]));
    assert!(!told["lint"].as_array().unwrap().is_empty(), "{told}");

    ok(unsafe { segue_slot_destroy(slot) });
    ok(unsafe { segue_project_destroy(project) });
}

#[test]
fn reports_refuse_what_they_are_not_asked_for() {
    let project = lantern();
    let game = repository("presets/lantern/game.json");
    let (path, length) = p(&game);
    let slot = made(|out| unsafe { segue_slot_open(SEGUE_ABI, path, length, out) });
    let mut none = null_mut();
    for (slot, options, status, said) in [
        (
            slot,
            json!({"trace": "a"}),
            SEGUE_STATUS_INVALID_ARGUMENT,
            "slot",
        ),
        (
            null_mut(),
            json!({"trace": "a", "stages": []}),
            SEGUE_STATUS_INVALID_ARGUMENT,
            "stages",
        ),
        (
            null_mut(),
            json!({"trace": "a", "spins": 2}),
            SEGUE_STATUS_INVALID_ARGUMENT,
            "options",
        ),
        (
            slot,
            json!({"gamble": 9}),
            SEGUE_STATUS_INVALID_ARGUMENT,
            "gamble",
        ),
        (
            slot,
            json!({"lint": {"format": "x"}}),
            SEGUE_STATUS_INVALID_DOCUMENT,
            "lint",
        ),
        (
            slot,
            json!({"spinns": 2}),
            SEGUE_STATUS_INVALID_DOCUMENT,
            "spins",
        ),
    ] {
        let options = options.to_string();
        let (text, length) = c(&options);
        let call = unsafe { segue_stages_report(project, slot, text, length, &mut none) };
        let error = fails(call, status);
        assert!(error.contains(said), "{error}");
    }
    let (status, _) = reported(project, slot, &json!({"profile": "tubro"})).unwrap_err();
    assert_eq!(status, SEGUE_STATUS_UNKNOWN_NAME);
    // A long one ends when it is cancelled; project and game may go before.
    let (text, length) = c(r#"{"spins": 100000}"#);
    let long = made(|out| unsafe { segue_stages_report(project, slot, text, length, out) });
    ok(unsafe { segue_slot_destroy(slot) });
    ok(unsafe { segue_project_destroy(project) });
    ok(unsafe { segue::job::segue_job_cancel(long) });
    assert_eq!(end_of(long).unwrap_err().0, SEGUE_STATUS_CANCELLED);
}

#[test]
fn names_are_looked_up_and_stages_get_their_times() {
    let project = lantern();
    let lookup = |project, name: &str| {
        let (name, length) = c(name);
        json(|out| unsafe { segue_stages_lookup(project, name, length, out) })
    };
    let found = lookup(project, "REEL_STOP_2");
    assert_eq!(found["names"][0], "REEL_STOP_2");
    assert!(
        found["bound"].is_string() && found["event"].is_string(),
        "{found}"
    );
    let alone = lookup(null_mut(), "REEL_STOP_2");
    assert_eq!(
        (&alone["names"], &alone["event"]),
        (&found["names"], &Value::Null)
    );
    let mut document = EMPTY;
    let (name, length) = c("no name");
    let call = unsafe { segue_stages_lookup(project, name, length, &mut document) };
    fails(call, SEGUE_STATUS_INVALID_ARGUMENT);

    let untimed = r#"[{"stage": "ui_spin_press"}, {"stage": "reel_spinning_start", "reel": 0},
        {"stage": "reel_spinning_stop", "reel": 0}, {"stage": "spin_end"}]"#;
    let resolve = |text: &str, timing: &str, out| {
        let ((text, length), (timing, timing_length)) = (c(text), c(timing));
        unsafe { segue_stages_resolve(project, text, length, timing, timing_length, out) }
    };
    let last = |trace: &Value| {
        let events = trace["events"].as_array().unwrap();
        events.last().unwrap()["timestamp_ms"].as_f64().unwrap()
    };
    let normal = json(|out| resolve(untimed, "", out));
    let turbo = json(|out| resolve(untimed, "turbo", out));
    assert!(
        last(&normal) > last(&turbo) && last(&turbo) > 0.0,
        "{normal} {turbo}"
    );
    let again = resolve(&normal.to_string(), "", &mut document);
    assert!(fails(again, SEGUE_STATUS_INVALID_ARGUMENT).contains("times already"));
    fails(
        resolve(untimed, "tubro", &mut document),
        SEGUE_STATUS_UNKNOWN_NAME,
    );
    fails(
        resolve("{}", "", &mut document),
        SEGUE_STATUS_INVALID_DOCUMENT,
    );
    ok(unsafe { segue_project_destroy(project) });
}
