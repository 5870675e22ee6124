use super::*;
use crate::game::StageFeed;
use crate::game::tests::usual;
use crate::project::open;
use crate::render::{RenderOptions, render_scene};
use crate::scene::Scene;
use segue_middleware::stage::Stage;
use segue_middleware::stage::timing::TimingProfile;
use serde_json::{Value, json};
use std::ops::ControlFlow;
use std::path::Path;

/// A project whose stops sound and whose wins change a switch.
fn project(folder: &Path) -> OpenProject {
    let mut interactive = usual();
    let events = interactive["events"].as_array_mut().unwrap();
    events.push(json!({"name": "Win", "actions": [
        {"do": "set_switch", "group": "Floor", "value": "stone"}]}));
    interactive["stages"] = json!({"bindings": [
        {"stage": "REEL_STOP", "event": "Play_Hit"},
        {"stage": "REEL_SPIN_LOOP", "event": "Play_Hum"},
        {"stage": "spin_end", "event": "Win"},
    ]});
    crate::game::tests::game(folder, &interactive)
}

fn trace() -> StageTrace {
    let stop = |reel| Stage::ReelStop {
        reel,
        symbols: vec![],
    };
    let stages = [
        (0.0, Stage::UiSpinPress {}),
        (100.0, stop(0)),
        (200.0, stop(1)),
        (300.0, Stage::SpinEnd {}),
    ];
    let events = stages.map(|(at, stage)| StageEvent::new(stage, at));
    StageTrace {
        events: events.to_vec(),
        ..StageTrace::default()
    }
}

fn report(project: &OpenProject) -> StageReport {
    let trace = trace();
    let rules = LintProfile {
        rules: Vec::new(),
        ..LintProfile::uk()
    };
    let mut report = StageReport::new(project, &trace, &rules);
    let feed = StageFeed::new(trace, &TimingProfile::normal(), 48_000, 0);
    let mut rows = |control: &Control, row: &Row| report.row(control, row);
    let options = RenderOptions::default();
    let scene = Scene::of_stages("t", &feed);
    render_scene(
        project,
        &scene,
        &options,
        None,
        Some(&mut rows),
        &mut |_| ControlFlow::Continue(()),
    )
    .unwrap();
    report.finish(&project.stage_table());
    report
}

fn counts(report: &StageReport, stage: &str) -> (u64, u64) {
    let found = report.stages.iter().find(|(id, _)| id.name() == stage);
    found
        .map(|(_, count)| (count.posted, count.played))
        .unwrap()
}

#[test]
fn what_has_no_sound_is_named_though_nothing_posts_it_and_counts_as_not_played() {
    let folder = tempfile::tempdir().unwrap();
    let whole = report(&project(folder.path()));
    assert!(whole.without_asset.is_empty());
    assert_eq!(counts(&whole, "reel_stop"), (2, 2));
    assert_eq!(
        counts(&whole, "spin_end"),
        (1, 1),
        "it starts no sound and is carried out"
    );
    for name in ["hit", "hum"] {
        std::fs::remove_file(folder.path().join(format!("assets/{name}.wav"))).unwrap();
    }
    let silent = report(&open(folder.path()).unwrap());
    let named: Vec<(&str, u64)> = silent
        .without_asset
        .iter()
        .map(|(event, times)| (event.as_str(), *times))
        .collect();
    assert_eq!(named, [("Play_Hit", 2), ("Play_Hum", 0)]);
    assert_eq!(counts(&silent, "reel_stop"), (2, 0));
    assert_eq!(counts(&silent, "spin_end"), (1, 1));
    assert_eq!(
        silent.refused, 0,
        "nothing was refused; it had nothing to play"
    );
    assert!(!silent.is_clean());
}

#[test]
fn an_event_that_only_sets_something_misses_no_sound() {
    let folder = tempfile::tempdir().unwrap();
    let project = project(folder.path());
    let assets = Assets::of(&project);
    assert!(assets.missing.is_empty(), "{:?}", assets.missing);
    assert!(assets.sounding.contains("Play_Hit") && !assets.sounding.contains("Win"));
}

/// As `segue ingest run --record` writes it: a message a line, with the calls that it led to.
fn take(folder: &Path, calls: &[(u64, Value)]) -> std::path::PathBuf {
    let header = json!({"format": "segue.trace", "version": 1, "sample_rate_hz": 48000,
        "seed": "1"});
    let mut text = format!("{header}\n");
    for (n, (at, call)) in (1..).zip(calls) {
        let frame = json!({"type": "stage_event", "seq": n, "t_us": 0, "data": {}});
        let row = json!({"n": n, "src": "tcp/1", "t_rx_us": 0, "t_audio_smp": at, "frame": frame,
            "calls": [[at, call]]});
        text += &format!("{row}\n");
    }
    text += "{\"end_smp\":99000}\n";
    let path = folder.join("take.trace.jsonl");
    std::fs::write(&path, text).unwrap();
    path
}

#[test]
fn a_live_trace_is_one_of_stages_at_the_times_at_which_they_were_heard() {
    let folder = tempfile::tempdir().unwrap();
    let stage = |stage: Value| json!({"stage": stage});
    let path = take(
        folder.path(),
        &[
            (480, stage(json!({"type": "ui_spin_press"}))),
            (600, json!({"rtpc": "Speed", "value": 1.0, "object": ""})),
            (
                700,
                json!({"end_loops": [{"stage": "idle_loop", "reel": null}]}),
            ),
            (48_000, stage(json!({"type": "spin_end"}))),
            (48_100, json!({"end_stages": true})),
        ],
    );
    assert!(is_live(&std::fs::read(&path).unwrap()));
    let (trace, others) = live_stages(&path).unwrap();
    let times: Vec<(&str, f64)> = trace
        .events
        .iter()
        .map(|event| (event.stage.id().name(), event.timestamp_ms))
        .collect();
    assert_eq!(times, [("ui_spin_press", 10.0), ("spin_end", 1000.0)]);
    assert_eq!((trace.trace_id.as_str(), others), ("take", 1));
    let none = take(folder.path(), &[]);
    assert!(
        live_stages(&none)
            .unwrap_err()
            .to_string()
            .contains("no stage")
    );
}

#[test]
fn other_files_are_no_live_traces() {
    for other in [
        "{\"format\": \"segue.stages\"}",
        "",
        "{",
        "[1]\n{\"format\":\"segue.trace\"}",
    ] {
        assert!(!is_live(other.as_bytes()), "{other}");
    }
}
