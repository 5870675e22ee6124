//! Scenarios, gambles, and sessions as traces.

use crate::common::*;
use crate::slot::{builtin, force, result, spin, stages};
use facade::slot::log::Recorder;
use facade::slot::scenario::Scenario;
use facade::slot::{Machine, spin_value};
use segue::job::segue_job_cancel;
use segue::slot::gamble::{MAX_ROUNDS, segue_slot_gamble};
use segue::slot::scenario::{
    MAX_PLAYED, segue_get_slot_scenarios, segue_slot_check_scenario, segue_slot_get_scenario,
    segue_slot_get_step, segue_slot_play_scenario, segue_slot_set_scenario,
    segue_slot_set_scenario_builtin, segue_slot_step,
};
use segue::slot::session::segue_slot_make_trace;
use segue::slot::spin::{segue_slot_begin, segue_slot_replay, segue_slot_take_log};
use segue::slot::{segue_slot, segue_slot_destroy};
use segue::stages::segue_stages_validate;
use segue::status::segue_status;
use serde_json::{Value, json};
use std::ptr::{null, null_mut};

/// A chosen win, chosen stops, and any spin, twice.
const SHOW: &str = r#"{"format": "segue.scenario", "version": 1, "repeat": {"count": 2}, "steps": [
    {"outcome": "big", "delay_ms": 500, "note": "look"}, {"stops": [3, 1, 4, 1, 5]}, {}]}"#;

fn set(slot: *mut segue_slot, text: &str) -> segue_status {
    let (text, length) = c(text);
    unsafe { segue_slot_set_scenario(slot, text, length) }
}

fn preset(slot: *mut segue_slot, name: &str) -> segue_status {
    let (name, length) = c(name);
    unsafe { segue_slot_set_scenario_builtin(slot, name, length) }
}

fn next(slot: *mut segue_slot) -> (segue_status, segue_slot_step) {
    let mut step: segue_slot_step = unsafe { std::mem::zeroed() };
    step.struct_size = size_of::<segue_slot_step>() as u32;
    (unsafe { segue_slot_get_step(slot, &mut step) }, step)
}

/// Number, pause, played, left.
#[track_caller]
fn step(slot: *mut segue_slot) -> (u32, u32, u64, u64) {
    let (status, step) = next(slot);
    ok(status);
    (step.step, step.delay_ms, step.played, step.left)
}

fn play(slot: *mut segue_slot, steps: u32) -> Result<Value, (segue_status, String)> {
    job(|out| unsafe { segue_slot_play_scenario(slot, steps, out) })
}

#[test]
fn a_scenario_is_shown_step_by_step() {
    let slot = builtin("demo-studio");
    let mut none = null_mut();
    let mut document = EMPTY;
    fails(next(slot).0, SEGUE_STATUS_NOTHING);
    let early = unsafe { segue_slot_play_scenario(slot, 1, &mut none) };
    assert!(fails(early, SEGUE_STATUS_NOTHING).contains("segue_slot_set_scenario"));
    let early = unsafe { segue_slot_get_scenario(slot, &mut document) };
    fails(early, SEGUE_STATUS_NOTHING);

    ok(set(slot, SHOW));
    assert_eq!(step(slot), (0, 500, 0, 6));
    let first = play(slot, 1).unwrap();
    assert_eq!(first["game"], "demo-studio");
    assert_eq!(first["spins"], json!([result(slot)]));
    let win = &first["spins"][0]["result"];
    let bets = win["total_win"].as_i64().unwrap() / win["bet"].as_i64().unwrap();
    assert!((15..25).contains(&bets), "{win}");
    // What is heard of it is what is heard of any spin.
    assert!(
        stages(slot, null_mut(), "")["events"]
            .as_array()
            .unwrap()
            .len()
            > 5
    );
    assert_eq!(step(slot), (1, 0, 1, 5));
    let second = play(slot, 1).unwrap();
    assert_eq!(
        second["spins"][0]["result"]["stops"],
        json!([3, 1, 4, 1, 5])
    );
    // A spin in between is no step.
    spin(slot);
    assert_eq!(step(slot), (2, 0, 2, 4));
    let rest = play(slot, 0).unwrap();
    assert_eq!(rest["spins"].as_array().unwrap().len(), 4);
    fails(next(slot).0, SEGUE_STATUS_NOTHING);
    let over = unsafe { segue_slot_play_scenario(slot, 0, &mut none) };
    assert!(fails(over, SEGUE_STATUS_NOTHING).contains("segue_slot_begin"));

    // Every spin is in the log, and plays again.
    let log = bytes(|out| unsafe { segue_slot_take_log(slot, out) });
    let mut spins = 0;
    ok(unsafe { segue_slot_replay(slot, log.as_ptr().cast(), log.len(), &mut spins) });
    assert_eq!(spins, 7);
    ok(unsafe { segue_slot_begin(slot, 1, 1, 0) });
    assert_eq!(step(slot), (0, 500, 0, 6));
    assert_eq!(play(slot, 1).unwrap(), first);
    assert!(none.is_null());
    ok(unsafe { segue_slot_destroy(slot) });
}

/// As `segue slot scenario` does: the same recorder, the same keys.
#[test]
fn a_whole_scenario_is_what_the_facade_plays() {
    let slot = builtin("demo-studio");
    ok(unsafe { segue_slot_begin(slot, 9, 1, 0) });
    ok(preset(slot, "free_spins"));
    let played = play(slot, 0).unwrap();
    let machine = Machine::new(facade::slot::builtin("demo-studio").unwrap()).unwrap();
    let scenario = Scenario::preset("free_spins", &machine).unwrap();
    let mut recorder = Recorder::new(&machine, 9, 0, 1).unwrap();
    let expected = scenario.steps.iter().map(|step| {
        let (row, result) = Scenario::spin(step, &mut recorder).unwrap();
        json!({"spin": row.spin, "seed": 9, "stream": 0, "counter_before": row.counter_before,
            "counter_after": row.counter_after, "given": row.given,
            "result": spin_value(machine.game(), &result)})
    });
    assert_eq!(played["spins"], json!(expected.collect::<Vec<_>>()));
    ok(unsafe { segue_slot_destroy(slot) });
}

#[test]
fn what_a_game_cannot_play_is_refused_with_its_step() {
    let slot = builtin("lobstermania-96");
    let check = |text: &str| {
        let (text, length) = c(text);
        unsafe { segue_slot_check_scenario(slot, text, length) }
    };
    let sound = r#"{"format": "segue.scenario", "version": 1, "steps": [{"outcome": "lose"}, {}]}"#;
    ok(check(sound));
    fails(next(slot).0, SEGUE_STATUS_NOTHING);
    ok(set(slot, sound));
    let own = bytes(|out| unsafe { segue_slot_get_scenario(slot, out) });
    for (from, to, status, said) in [
        ("lose", "cascade", SEGUE_STATUS_INVALID_DOCUMENT, "steps[0]"),
        (
            "lose",
            "losse",
            SEGUE_STATUS_INVALID_DOCUMENT,
            "did you mean",
        ),
        (
            "{}",
            r#"{"stops": [99, 0, 0, 0, 0]}"#,
            SEGUE_STATUS_INVALID_DOCUMENT,
            "steps[1]",
        ),
        (
            "{}",
            r#"{"stopps": [1]}"#,
            SEGUE_STATUS_INVALID_DOCUMENT,
            "stopps",
        ),
        (
            "\"version\": 1",
            "\"version\": 2",
            SEGUE_STATUS_NEWER_VERSION,
            "2",
        ),
        (
            "segue.scenario",
            "segue.slot",
            SEGUE_STATUS_WRONG_FILE,
            "segue.slot",
        ),
    ] {
        let wrong = sound.replace(from, to);
        let error = fails(check(&wrong), status);
        assert!(error.contains(said), "{error}");
        fails(set(slot, &wrong), status);
    }
    // The one before stays.
    assert_eq!(
        bytes(|out| unsafe { segue_slot_get_scenario(slot, out) }),
        own
    );
    assert!(fails(preset(slot, "cascades"), SEGUE_STATUS_UNKNOWN_NAME).contains("\"cascade\""));
    let error = fails(preset(slot, "cascade"), SEGUE_STATUS_INVALID_DOCUMENT);
    assert!(error.contains("its rules have no cascade"), "{error}");
    ok(preset(slot, "near_miss"));
    // What comes out goes in.
    let near = bytes(|out| unsafe { segue_slot_get_scenario(slot, out) });
    ok(set(slot, std::str::from_utf8(&near).unwrap()));
    assert_eq!(
        bytes(|out| unsafe { segue_slot_get_scenario(slot, out) }),
        near
    );
    ok(unsafe { segue_slot_set_scenario(slot, null(), 0) });
    fails(next(slot).0, SEGUE_STATUS_NOTHING);
    let told = json(|out| unsafe { segue_get_slot_scenarios(out) });
    assert!(
        told["scenarios"]
            .as_array()
            .unwrap()
            .contains(&json!("near_miss"))
    );
    ok(unsafe { segue_slot_destroy(slot) });
}

#[test]
fn an_endless_scenario_goes_on_and_a_job_has_an_end() {
    let slot = builtin("demo-low");
    let endless = r#"{"format": "segue.scenario", "version": 1, "repeat": "ping_pong",
        "steps": [{}, {"delay_ms": 7}, {"delay_ms": 9}]}"#;
    ok(set(slot, endless));
    assert_eq!(
        play(slot, 0).unwrap()["spins"].as_array().unwrap().len(),
        100
    );
    // There and back is four steps.
    assert_eq!((step(slot), next(slot).1.is_endless), ((0, 0, 100, 0), 1));
    for (at, pause) in [(0, 0), (1, 7), (2, 9), (1, 7), (0, 0)] {
        let (number, delay_ms, ..) = step(slot);
        assert_eq!((number, delay_ms), (at, pause));
        play(slot, 1).unwrap();
    }
    let mut none = null_mut();
    let too_many = unsafe { segue_slot_play_scenario(slot, MAX_PLAYED as u32 + 1, &mut none) };
    fails(too_many, SEGUE_STATUS_INVALID_ARGUMENT);
    assert!(none.is_null());
    // However far one comes that is cancelled: the player stands behind what is in the log.
    bytes(|out| unsafe { segue_slot_take_log(slot, out) });
    let before = step(slot).2;
    let long = made(|out| unsafe { segue_slot_play_scenario(slot, MAX_PLAYED as u32, out) });
    ok(unsafe { segue_job_cancel(long) });
    match end_of(long) {
        Ok(all) => assert_eq!(all["spins"].as_array().unwrap().len(), MAX_PLAYED),
        Err((status, text)) => assert_eq!(status, SEGUE_STATUS_CANCELLED, "{text}"),
    }
    let log = bytes(|out| unsafe { segue_slot_take_log(slot, out) });
    let rows = log.iter().filter(|byte| **byte == b'\n').count() as u64;
    assert_eq!(step(slot).2 - before, rows);
    ok(unsafe { segue_slot_destroy(slot) });
}

#[test]
fn a_win_is_risked_round_by_round() {
    let slot = builtin("demo-studio");
    let mut document = EMPTY;
    let gamble = |choices: &[u32]| {
        json(|out| unsafe { segue_slot_gamble(slot, choices.as_ptr(), choices.len(), out) })
    };
    let mut refused = |choices: &[u32], status| {
        let call =
            unsafe { segue_slot_gamble(slot, choices.as_ptr(), choices.len(), &mut document) };
        fails(call, status)
    };
    refused(&[0], SEGUE_STATUS_NOTHING);
    force(slot, "lose").unwrap();
    assert!(refused(&[0], SEGUE_STATUS_NOTHING).contains("won nothing"));
    let won = force(slot, "big").unwrap()["result"]["total_win"]
        .as_i64()
        .unwrap();
    let count = || {
        let trace = stages(slot, null_mut(), "");
        let events = trace["events"].as_array().unwrap().clone();
        let is_gamble = |it: &Value| it.to_string().contains("gamble_");
        events.iter().filter(|it| is_gamble(it)).count()
    };
    assert_eq!(count(), 0);
    let one = gamble(&[1]);
    let lucky = one["rounds"][0]["result"] == "win";
    let left = if lucky { 2 * won } else { 0 };
    assert_eq!(
        (&one["stake"], &one["collected"], &one["sides"]),
        (&json!(won), &json!(left), &json!(2)),
        "{one}"
    );
    assert_eq!(one["over"], json!(!lucky));
    assert!(count() >= 3);
    // The same sides, and one more: the first round stays. Whoever has lost plays no second.
    let two = gamble(&[1, 0]);
    assert_eq!(two["rounds"][0], one["rounds"][0]);
    assert_eq!(two["not_played"], json!(u32::from(!lucky)));
    let other = gamble(&[0]);
    assert_ne!(other["rounds"][0]["result"], one["rounds"][0]["result"]);
    gamble(&[]);
    assert_eq!(count(), 0);
    assert!(refused(&[2], SEGUE_STATUS_INVALID_ARGUMENT).contains("the choice"));
    refused(&[0; MAX_ROUNDS + 1], SEGUE_STATUS_LIMIT_EXCEEDED);
    ok(unsafe { segue_slot_destroy(slot) });

    let lobster = builtin("lobstermania-96");
    spin(lobster);
    let call = unsafe { segue_slot_gamble(lobster, [0].as_ptr(), 1, &mut document) };
    assert!(fails(call, SEGUE_STATUS_NOTHING).contains("has no gamble"));
    ok(unsafe { segue_slot_destroy(lobster) });
}

#[test]
fn a_session_is_one_trace() {
    let slot = builtin("demo-studio");
    let make = |options: &str| {
        let (text, length) = c(options);
        job(|out| unsafe { segue_slot_make_trace(slot, null_mut(), text, length, out) })
    };
    let starts = |trace: &Value| {
        let events = trace["events"].as_array().unwrap();
        let start = |it: &&Value| it.to_string().contains("\"ui_spin_press\"");
        events.iter().filter(start).count()
    };
    let three = make(r#"{"spins": 3, "seed": "0x7"}"#).unwrap();
    assert_eq!(
        (starts(&three), &three["game_id"]),
        (3, &json!("demo-studio"))
    );
    assert_eq!(make(r#"{"spins": 3, "seed": 7}"#).unwrap(), three);
    assert_eq!(starts(&make("{}").unwrap()), 1);
    // Chosen spins first, drawn ones behind them.
    let chosen = make(r#"{"scenario": "cascade", "spins": 1, "profile": "turbo"}"#).unwrap();
    assert_eq!(starts(&chosen), 4);
    assert_eq!(chosen["timing_profile"], "turbo");
    let text = chosen.to_string();
    let told = json(|out| unsafe { segue_stages_validate(text.as_ptr().cast(), text.len(), out) });
    assert_eq!(told["clean"], true, "{told}");
    // The player has spun nothing.
    assert_eq!(spin(slot).spin, 0);

    let mut none = null_mut();
    for (bad, status) in [
        (r#"{"spins": 0}"#, SEGUE_STATUS_INVALID_ARGUMENT),
        (r#"{"coin": 0}"#, SEGUE_STATUS_INVALID_ARGUMENT),
        (r#"{"gamble": 6}"#, SEGUE_STATUS_INVALID_ARGUMENT),
        (r#"{"pause_ms": -1}"#, SEGUE_STATUS_INVALID_ARGUMENT),
        (r#"{"profile": "tubro"}"#, SEGUE_STATUS_UNKNOWN_NAME),
        (r#"{"spin": 1}"#, SEGUE_STATUS_INVALID_DOCUMENT),
    ] {
        let (text, length) = c(bad);
        let call = unsafe { segue_slot_make_trace(slot, null_mut(), text, length, &mut none) };
        fails(call, status);
    }
    assert!(none.is_null());
    let (status, text) = make(r#"{"scenario": "cascades"}"#).unwrap_err();
    assert_eq!(status, SEGUE_STATUS_UNKNOWN_NAME);
    assert!(text.contains("\"cascade\""), "{text}");
    ok(unsafe { segue_slot_destroy(slot) });
}
