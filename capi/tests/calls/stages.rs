//! Stages: of spins, in lists, and on their way to an engine.

use crate::common::*;
use crate::slot::{builtin, force, spin, stages};
use segue::SEGUE_ABI;
use segue::engine::load::segue_engine_load;
use segue::engine::{segue_engine_create, segue_engine_destroy};
use segue::project::segue_project_destroy;
use segue::slot::spin::segue_slot_get_stages;
use segue::slot::{segue_slot_destroy, segue_slot_open};
use segue::stages::{
    segue_get_stage_kinds, segue_stage_post, segue_stage_posted, segue_stages_end,
    segue_stages_validate,
};
use serde_json::{Value, json};
use std::ptr::null_mut;

fn validate(text: &str) -> Value {
    json(|out| unsafe { segue_stages_validate(text.as_ptr().cast(), text.len(), out) })
}

#[test]
fn stages_of_a_spin_are_in_order_and_timed() {
    let slot = builtin("demo-studio");
    let mut document = EMPTY;
    let (name, length) = c("");
    let early = unsafe { segue_slot_get_stages(slot, null_mut(), name, length, &mut document) };
    fails(early, SEGUE_STATUS_NOTHING);
    force(slot, "big").unwrap();
    let normal = stages(slot, null_mut(), "");
    let last = |trace: &Value| {
        let events = trace["events"].as_array().unwrap();
        events.last().unwrap()["timestamp_ms"].as_f64().unwrap()
    };
    assert!(last(&normal) > last(&stages(slot, null_mut(), "turbo")));
    let told = validate(&normal.to_string());
    assert_eq!(
        (&told["clean"], &told["findings"]),
        (&json!(true), &json!([]))
    );
    let (name, length) = c("tubro");
    let call = unsafe { segue_slot_get_stages(slot, null_mut(), name, length, &mut document) };
    assert!(fails(call, SEGUE_STATUS_UNKNOWN_NAME).contains("turbo"));
    ok(unsafe { segue_slot_destroy(slot) });

    let told = validate(
        r#"[{"stage": "ui_spin_press"}, {"stage": "win_present", "win_amount": 5, "line_count": 1}]"#,
    );
    assert_eq!(
        (&told["events"], &told["clean"]),
        (&json!(2), &json!(false)),
        "{told}"
    );
    for (bad, place) in [
        (r#"[{"stage": "reel_stopp"}]"#, "stages[0]"),
        ("[3]", "stages[0]"),
        ("{}", "stages"),
        ("[", "stages"),
    ] {
        let call = unsafe { segue_stages_validate(bad.as_ptr().cast(), bad.len(), &mut document) };
        let error = fails(call, SEGUE_STATUS_INVALID_DOCUMENT);
        assert!(error.contains(place), "{error}");
    }
    let table = json(|out| unsafe { segue_get_stage_kinds(out) });
    let stop = table["stages"]
        .as_array()
        .unwrap()
        .iter()
        .find(|it| it["name"] == "reel_stop");
    assert_eq!(stop.unwrap()["fields"][0]["name"], "reel");
}

#[test]
fn stages_are_posted_to_an_engine() {
    let project = open(&repository("presets/lantern"));
    let engine =
        made(|out| unsafe { segue_engine_create(SEGUE_ABI, std::ptr::null(), project, out) });
    job(|out| unsafe { segue_engine_load(engine, project, out) }).unwrap();
    let game = repository("presets/lantern/game.json");
    let (path, length) = p(&game);
    let slot = made(|out| unsafe { segue_slot_open(SEGUE_ABI, path, length, out) });
    spin(slot);
    let trace = stages(slot, project, "normal");
    let mut posted = segue_stage_posted {
        struct_size: size_of::<segue_stage_posted>() as u32,
        is_bound: 9,
        playing: 9,
        is_out_of_order: 9,
        reserved: 9,
    };
    let mut post = |text: &str, object: u64, at: u64| {
        let (text, length) = c(text);
        let status = unsafe { segue_stage_post(engine, text, length, object, at, &mut posted) };
        (status, posted)
    };
    let (mut bound, mut playing) = (0, 0);
    for event in trace["events"].as_array().unwrap() {
        let at = (event["timestamp_ms"].as_f64().unwrap_or(0.0) * 48.0) as u64;
        let (status, posted) = post(&event.to_string(), 0, at);
        ok(status);
        assert_eq!(posted.is_out_of_order, 0, "{event}");
        bound += posted.is_bound;
        playing += u32::from(posted.playing != 0);
    }
    assert!(bound > 5 && playing > 5, "{bound} {playing}");
    let (status, posted) = post(
        r#"{"stage": "win_present", "win_amount": 5, "line_count": 1}"#,
        0,
        0,
    );
    ok(status);
    assert_eq!(posted.is_out_of_order, 1);
    let error = fails(
        post(r#"{"stage": "reel_stop", "reel": -2}"#, 0, 0).0,
        SEGUE_STATUS_INVALID_DOCUMENT,
    );
    assert!(error.contains("reel"), "{error}");
    fails(
        post(r#"{"stage": "ui_spin_press"}"#, 77, 0).0,
        SEGUE_STATUS_STALE_ID,
    );
    ok(unsafe { segue_stages_end(engine, 0) });
    ok(unsafe { segue_slot_destroy(slot) });
    ok(unsafe { segue_engine_destroy(engine) });
    ok(unsafe { segue_project_destroy(project) });
}

#[test]
fn a_stage_has_a_largest_size() {
    let engine =
        made(|out| unsafe { segue_engine_create(SEGUE_ABI, std::ptr::null(), null_mut(), out) });
    let mut posted: segue_stage_posted = unsafe { std::mem::zeroed() };
    posted.struct_size = size_of::<segue_stage_posted>() as u32;
    let mut stage = r#"{"stage": "ui_spin_press"}"#.to_owned();
    let mut post = |stage: &str| {
        let (text, length) = c(stage);
        unsafe { segue_stage_post(engine, text, length, 0, 0, &mut posted) }
    };
    stage += &" ".repeat(segue::stages::MAX_STAGE - stage.len());
    let status = post(&stage);
    assert_ne!(status, SEGUE_STATUS_LIMIT_EXCEEDED);
    stage.push(' ');
    fails(post(&stage), SEGUE_STATUS_LIMIT_EXCEEDED);
    ok(unsafe { segue_engine_destroy(engine) });
}
