use super::*;
use crate::game::tests::usual;
use crate::game::{Call, StageFeed};
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
    let games = Games::one(&trace);
    report_of(project, (trace, &games), &TimingProfile::normal())
}

fn report_of(
    project: &OpenProject,
    (trace, games): (StageTrace, &Games),
    profile: &TimingProfile,
) -> StageReport {
    let rules = LintProfile {
        rules: Vec::new(),
        ..LintProfile::uk()
    };
    let mut report = StageReport::new(project, &trace, games, &rules);
    let feed = StageFeed::new(trace, profile, 48_000, 0).of_games(games);
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

/// A project with these events besides, and bindings.
fn with(folder: &Path, more: &Value, bindings: &Value) -> OpenProject {
    let mut interactive = usual();
    let events = interactive["events"].as_array_mut().unwrap();
    events.extend(more.as_array().unwrap().iter().cloned());
    interactive["stages"] = json!({"bindings": bindings});
    crate::game::tests::game(folder, &interactive)
}

fn told(stages: &[(f64, Stage)]) -> StageTrace {
    let events = stages.iter().cloned();
    StageTrace {
        events: events
            .map(|(at, stage)| StageEvent::new(stage, at))
            .collect(),
        ..StageTrace::default()
    }
}

fn report_on(project: &OpenProject, stages: &[(f64, Stage)]) -> StageReport {
    let trace = told(stages);
    let games = Games::one(&trace);
    report_of(project, (trace, &games), &TimingProfile::zero("t"))
}

fn stops(reel: u8) -> Stage {
    Stage::ReelStop {
        reel,
        symbols: vec![],
    }
}

#[test]
fn a_sound_is_missing_behind_an_event_that_posts_another() {
    let folder = tempfile::tempdir().unwrap();
    let wrap = json!([{"name": "Wrap", "actions": [{"do": "post_event", "event": "Play_Hit"}]}]);
    with(
        folder.path(),
        &wrap,
        &json!([{"stage": "REEL_STOP", "event": "Wrap"}]),
    );
    let whole = report_on(&open(folder.path()).unwrap(), &[(0.0, stops(0))]);
    assert!(whole.without_asset.is_empty());
    std::fs::remove_file(folder.path().join("assets/hit.wav")).unwrap();
    let project = open(folder.path()).unwrap();
    let silent = report_on(&project, &[(0.0, stops(0)), (100.0, stops(1))]);
    let expected = BTreeMap::from([("Play_Hit".to_owned(), 2)]);
    assert_eq!(silent.without_asset, expected);
}

#[test]
fn a_voice_that_gives_way_is_stolen_also_where_it_goes_on_virtually() {
    let folder = tempfile::tempdir().unwrap();
    let bindings = json!([{"stage": "REEL_STOP", "event": "Play_Hit"}]);
    with(folder.path(), &json!([]), &bindings);
    let (apart, together) = (
        [(0.0, stops(0)), (500.0, stops(1))],
        [(0.0, stops(0)), (50.0, stops(1))],
    );
    for (limit, on_limit, stages, steals) in [
        (1, "virtual", &together, 1),
        (1, "reject", &together, 1),
        (1, "virtual", &apart, 0),
        (2, "virtual", &together, 0),
    ] {
        crate::game::tests::edit(folder.path(), |project| {
            project["voices"] = json!({"on_limit": on_limit, "max_real": limit});
        });
        let report = report_on(&open(folder.path()).unwrap(), stages);
        assert_eq!(report.voice_steals, steals, "{limit} {on_limit}");
    }
}

#[test]
fn loops_without_an_end_are_open() {
    let folder = tempfile::tempdir().unwrap();
    let project = project(folder.path());
    let press = || (0.0, Stage::UiSpinPress {});
    let turns = || (50.0, Stage::ReelSpinningStart { reel: 1 });
    let found = |stages: &[(f64, Stage)]| {
        let report = report_on(&project, stages);
        assert!(!report.is_clean());
        let open = report.open_loops.iter();
        let open = open.map(|it| (it.stage.name(), it.reel, it.cut_at));
        open.collect::<Vec<_>>()
    };
    let cut = found(&[press(), turns(), (100.0, Stage::SpinEnd {})]);
    assert_eq!(cut, [("reel_spinning_start", Some(1), Some(2))]);
    let never = found(&[press(), turns()]);
    assert_eq!(never, [("reel_spinning_start", Some(1), None)]);
}

#[test]
fn what_still_plays_at_the_end_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let wrap = json!([{"name": "Wrap", "actions": [{"do": "post_event", "event": "Play_Hum"}]}]);
    let bindings = json!([
        {"stage": "UI_SPIN_PRESS", "event": "Wrap"},
        {"stage": "REEL_STOP", "event": "Play_Hit"},
        {"stage": "SPIN_END", "event": "Stop_Hum"},
    ]);
    let project = with(folder.path(), &wrap, &bindings);
    let spin = [
        (0.0, Stage::UiSpinPress {}),
        (100.0, stops(0)),
        (200.0, Stage::SpinEnd {}),
    ];
    let whole = report_on(&project, &spin);
    assert!(whole.open_posts.is_empty(), "{:?}", whole.open_posts);
    let cut = report_on(&project, &spin[..2]);
    let expected = BTreeMap::from([("Play_Hum".to_owned(), 1)]);
    assert_eq!(cut.open_posts, expected);
    assert_eq!(cut.value()["open_posts"], json!({"Play_Hum": 1}));
    assert_eq!(cut.open_loops, []);
}

/// A loop that nobody hears holds a duck down.
#[test]
fn a_duck_that_stays_down_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let silent = json!([{"name": "Silent", "tags": ["speech"], "actions": [
        {"do": "play", "target": "hum", "gain_lin": 0.0}]}]);
    with(
        folder.path(),
        &silent,
        &json!([{"stage": "UI_SPIN_PRESS", "event": "Silent"}]),
    );
    crate::game::tests::edit(folder.path(), |project| {
        project["sample_rate"] = 8_000.into();
        project["interactive"]["ducks"] = json!([
            {"name": "speech", "source_tag": "speech", "target_bus": "sfx"}]);
    });
    let project = open(folder.path()).unwrap();
    let report = |end: f64| {
        let trace = told(&[(0.0, Stage::UiSpinPress {}), (end, Stage::SpinEnd {})]);
        let played = Told::spun(trace, TimingProfile::zero("t"));
        let go = &mut |_: crate::render::RenderProgress<'_>| ControlFlow::Continue(());
        play::report(&project, played, &LintProfile::uk(), &[], go).unwrap()
    };
    assert!(report(100_000.0).stuck_ducks.is_empty());
    let stuck = report(125_000.0);
    assert_eq!(stuck.stuck_ducks, ["speech"]);
    assert!(!stuck.is_clean());
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
    let of = |(at, call): &(u64, Value)| (*at, "tcp/1", call.clone());
    take_of(folder, &calls.iter().map(of).collect::<Vec<_>>())
}

/// The same with several games.
fn take_of(folder: &Path, calls: &[(u64, &str, Value)]) -> std::path::PathBuf {
    let header = json!({"format": "segue.trace", "version": 1, "sample_rate_hz": 48000,
        "seed": "1"});
    let mut text = format!("{header}\n");
    for (n, (at, source, call)) in (1..).zip(calls) {
        let frame = json!({"type": "stage_event", "seq": n, "t_us": 0, "data": {}});
        let row = json!({"n": n, "src": source, "t_rx_us": 0, "t_audio_smp": at, "frame": frame,
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
    let LiveStages { trace, others, .. } = live_stages(&path).unwrap();
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

/// A game whose socket closed within its spin, and the one that came after it, in a spin too.
fn crash(folder: &Path) -> LiveStages {
    let stage = |stage: Value| json!({"stage": stage});
    let turns = |reel: u8| stage(json!({"type": "reel_spinning_start", "reel": reel}));
    let lands = |reel: u8| stage(json!({"type": "reel_stop", "reel": reel, "symbols": []}));
    let still = |reel: u8| stage(json!({"type": "reel_spinning_stop", "reel": reel}));
    let press = || stage(json!({"type": "ui_spin_press"}));
    let hum = || stage(json!({"type": "reel_spin_loop"}));
    let path = take_of(
        folder,
        &[
            (480, "tcp/1", press()),
            (480, "tcp/1", hum()),
            (480, "tcp/1", turns(0)),
            (9_600, "tcp/1", json!({"end_stages": true})),
            (9_600, "tcp/2", press()),
            (9_600, "tcp/2", hum()),
            (9_600, "tcp/2", turns(0)),
            (48_000, "tcp/2", still(0)),
            (48_000, "tcp/2", lands(0)),
            (48_480, "tcp/2", stage(json!({"type": "evaluate_wins"}))),
            (48_960, "tcp/2", stage(json!({"type": "spin_end"}))),
        ],
    );
    live_stages(&path).unwrap()
}

#[test]
fn the_end_of_a_game_is_no_disorder_and_its_loops_are_listed_apart() {
    let folder = tempfile::tempdir().unwrap();
    let LiveStages { trace, games, .. } = crash(folder.path());
    assert_eq!(disorder_of(&trace, &games), Vec::<String>::new());
    // As one game it would be none.
    assert!(!disorder(&trace).is_empty());
    let project = project(folder.path());
    let report = report_of(&project, (trace, &games), &TimingProfile::zero("live"));
    assert_eq!((&report.violations, &report.open_loops), (&vec![], &vec![]));
    let gone = report.gone_loops.iter();
    let gone: Vec<_> = gone.map(|it| (it.stage.name(), it.reel)).collect();
    let expected = [("reel_spin_loop", None), ("reel_spinning_start", Some(0))];
    assert_eq!(gone, expected);
    // Each of both games posts its own.
    assert_eq!(counts(&report, "reel_spin_loop"), (2, 2));
    assert_eq!((report.spins, report.min_cycle_ms), (2, Some(820.0)));
}

#[test]
fn a_feed_ends_what_is_of_a_game_that_is_gone() {
    let folder = tempfile::tempdir().unwrap();
    let LiveStages { trace, games, .. } = crash(folder.path());
    let feed = StageFeed::new(trace, &TimingProfile::zero("live"), 48_000, 1_000);
    let feed = feed.of_games(&games);
    let of = |call: &Call| match call {
        Call::Stage { event, game, .. } => (event.stage.id().name(), game.clone()),
        Call::EndStages { game: Some(game) } => ("end", game.clone()),
        other => panic!("{other:?}"),
    };
    let calls: Vec<_> = feed.calls().map(|(at, call)| (at, of(&call))).collect();
    let at = |place: usize| (calls[place].0, calls[place].1.0, calls[place].1.1.as_str());
    assert_eq!(at(2), (1_480, "reel_spinning_start", "tcp/1"));
    // Before what the next one says in the same frame.
    assert_eq!(at(3), (10_600, "end", "tcp/1"));
    assert_eq!(at(4), (10_600, "ui_spin_press", "tcp/2"));
    assert_eq!(calls.len(), 11);
}

#[test]
fn games_that_play_at_once_are_looked_at_each_for_itself() {
    let folder = tempfile::tempdir().unwrap();
    let spin = [
        json!({"type": "ui_spin_press"}),
        json!({"type": "reel_spin_loop"}),
        json!({"type": "reel_spinning_start", "reel": 0}),
        json!({"type": "reel_spinning_stop", "reel": 0}),
        json!({"type": "reel_stop", "reel": 0, "symbols": []}),
        json!({"type": "evaluate_wins"}),
        json!({"type": "spin_end"}),
    ];
    let mut calls = Vec::new();
    for (place, stage) in (0..).zip(&spin) {
        for (behind, game) in [(0, "tcp/1"), (14_400, "ws/7")] {
            let at = place * 9_600 + behind;
            calls.push((at, game, json!({"stage": stage})));
        }
    }
    calls.sort_by_key(|it| it.0);
    let path = take_of(folder.path(), &calls);
    let LiveStages { trace, games, .. } = live_stages(&path).unwrap();
    assert_eq!(disorder_of(&trace, &games), Vec::<String>::new());
    let project = project(folder.path());
    let live = TimingProfile::zero("live");
    let report = report_of(&project, (trace.clone(), &games), &live);
    assert_eq!((report.violations.len(), report.open_loops.len()), (0, 0));
    assert_eq!((report.gone_loops.len(), report.spins), (0, 2));
    assert_eq!(report.min_cycle_ms, Some(1200.0));
    assert_eq!(counts(&report, "reel_spin_loop"), (2, 2));
    // What is wrong is named by its place among all.
    let mut wrong = trace;
    let turns = wrong
        .events
        .iter()
        .rposition(|event| event.stage.id().loops());
    let turns = turns.unwrap();
    wrong.events[turns].stage = Stage::IdleStart {};
    let report = report_of(&project, (wrong.clone(), &games), &live);
    let [wrong_one] = report.violations[..] else {
        panic!("{:?}", report.violations);
    };
    let name = wrong.events[wrong_one.index].stage.id().name();
    assert_eq!((name, wrong_one.stage.name()), ("reel_stop", "reel_stop"));
    assert!(wrong_one.index > turns);
    let found = disorder_of(&wrong, &games);
    assert_eq!(found, [wrong_one.to_string()]);
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
