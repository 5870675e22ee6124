//! `segue stages` and `segue run --trace`.

use crate::support::Space;
use serde_json::{Value, json};
#[cfg(unix)]
use std::{io::Write, process::Stdio};

/// A slot project: reels that turn, stops, and a fanfare for every win that is shown.
fn slots() -> Space {
    let space = Space::new();
    for name in ["hum", "hit"] {
        space.wav(&format!("slots/assets/{name}.wav"), 4_000);
    }
    let project = json!({"format": "segue.project", "version": 1, "name": "Slots",
    "assets": [{"id": "hit", "file": "assets/hit.wav"}, {"id": "hum", "file": "assets/hum.wav"}],
    "sounds": [{"id": "hit", "asset": "hit"}, {"id": "hum", "asset": "hum", "loop": {}}],
    "interactive": {
        "events": [
            {"name": "Reels", "actions": [{"do": "play", "target": "hum"}]},
            {"name": "Stop", "actions": [{"do": "play", "target": "hit"}]},
            {"name": "Fanfare", "tags": ["celebration"], "actions": [{"do": "play", "target": "hit"}]},
        ],
        "stages": {"bindings": [
            {"stage": "REEL_SPIN_LOOP", "event": "Reels"},
            {"stage": "REEL_STOP", "event": "Stop"},
            {"stage": "REEL_STOP_SCATTER", "event": "Stop"},
            {"stage": "win_present", "event": "Fanfare"},
            {"stage": "CUSTOM_LAMP", "event": "Stop"},
        ]},
    }});
    space.write("slots/project.json", project.to_string().as_bytes());
    space
}

/// A spin that wins half of its bet, and is too quick.
fn disguised() -> Value {
    let at = |ms: u32, stage: Value| json!({"timestamp_ms": ms, "stage": stage, "payload": {"bet": 100}});
    let mut events = vec![
        at(0, json!({"type": "ui_spin_press"})),
        at(0, json!({"type": "reel_spin_loop"})),
        at(50, json!({"type": "reel_spinning_start", "reel": 0})),
        at(800, json!({"type": "reel_spinning_stop", "reel": 0})),
        at(800, json!({"type": "reel_stop", "reel": 0, "symbols": [1]})),
        at(900, json!({"type": "evaluate_wins"})),
        at(
            1000,
            json!({"type": "win_present", "win_amount": 50, "line_count": 1}),
        ),
        at(2000, json!({"type": "spin_end"})),
    ];
    events[7]["payload"]["win"] = 50.into();
    json!({"format": "segue.stages", "version": 1, "events": events})
}

#[test]
fn stages_are_listed_and_looked_up() {
    let space = slots();
    let list = space.segue(&["stages", "list", "--json"]).ok().json();
    let stop = list["stages"]
        .as_array()
        .unwrap()
        .iter()
        .find(|row| row["name"] == "reel_stop");
    assert_eq!(stop.unwrap()["id"], "0106");
    let schema = space.segue(&["stages", "schema"]).ok().stdout;
    let schema: Value = serde_json::from_str(&schema).unwrap();
    assert_eq!(schema["title"], "Segue stage");
    let found = space.segue(&[
        "stages",
        "lookup",
        "REEL_STOP_SCATTER_2",
        "--project",
        "slots",
        "--json",
    ]);
    let found = found.ok().json();
    assert_eq!(
        (&found["bound"], &found["event"]),
        (&"REEL_STOP_SCATTER".into(), &"Stop".into())
    );
    assert_eq!(found["names"][3], "REEL_STOP");
    let wrong = space.segue(&["stages", "lookup", "REEL_STPO"]);
    wrong.fails(2).says("did you mean \"reel_stop\"?");
    let wrong = space.segue(&["stages", "lookup", "jackpot_present.huge"]);
    wrong.fails(2).says("\"huge\" is not one of mini");
}

#[test]
fn a_qualified_name_is_looked_up_as_it_is_played() {
    let space = slots();
    let text = String::from_utf8(space.read("slots/project.json")).unwrap();
    let mut project: Value = serde_json::from_str(&text).unwrap();
    project["interactive"]["stages"]["bindings"] = json!([
        {"stage": "JACKPOT_PRESENT", "event": "Stop"},
        {"stage": "jackpot_present.grand", "event": "Fanfare"},
        {"stage": "reel_stop:reel=2", "event": "Stop"},
    ]);
    space.write("slots/project.json", project.to_string().as_bytes());
    let look = |name: &str| {
        let lookup = ["stages", "lookup", name, "--project", "slots"];
        space.segue(&lookup).ok().stdout
    };
    assert_eq!(
        look("jackpot_present.grand"),
        "jackpot_present.grand  -> Fanfare\nJACKPOT_PRESENT_GRAND\nJACKPOT_PRESENT\n"
    );
    assert_eq!(
        look("jackpot_present.mini"),
        "jackpot_present.mini\nJACKPOT_PRESENT_MINI\nJACKPOT_PRESENT  -> Stop\n"
    );
    assert_eq!(
        look("reel_stop:reel=2").lines().next(),
        Some("reel_stop:reel=2  -> Stop")
    );
}

#[test]
fn a_trace_that_would_be_too_large_is_not_played_to_its_end() {
    let space = Space::new();
    let make = ["stages", "make", "--spins", "100000", "-o", "t.json"];
    let found = space.segue(&make).fails(2);
    found.says("more than the 65536 of a trace");
    found.says(" spins fit");
    assert!(!space.path("t.json").exists());
}

#[test]
fn a_file_is_a_timing_profile() {
    let space = slots();
    let mine =
        json!({"format": "segue.timing", "version": 1, "name": "mine", "first_stop_ms": 2000});
    space.write("prof.json", mine.to_string().as_bytes());
    let first_stop = |profile: &str| {
        let make = [
            "stages",
            "make",
            "--spins",
            "1",
            "--profile",
            profile,
            "-o",
            "t.json",
        ];
        space.segue(&make).ok();
        let text = String::from_utf8(space.read("t.json")).unwrap();
        let trace: Value = serde_json::from_str(&text).unwrap();
        let events = trace["events"].as_array().unwrap();
        let stop = events.iter().find(|it| it["stage"]["type"] == "reel_stop");
        let ms = stop.unwrap()["timestamp_ms"].as_f64().unwrap();
        (ms, trace["timing_profile"].as_str().unwrap().to_owned())
    };
    assert_eq!(first_stop("prof.json"), (2000.0, "mine".to_owned()));
    assert_eq!(first_stop("prof.json@2"), (4000.0, "mine@2".to_owned()));
    let run = [
        "run",
        "slots",
        "--slot",
        "demo-studio",
        "--profile",
        "prof.json",
    ];
    space.segue(&[&run[..], &["-o", "a.wav"]].concat()).ok();
    let make = |profile: &str| {
        let make = ["stages", "make", "--profile", profile];
        space.segue(&make)
    };
    make("other.json").fails(1).says("other.json");
    make("prof.json@99").fails(2).says("@K with K in 0.05..=20");
    make("nothing").fails(2).says("interactive.stages.profiles");
    space.write("wrong.json", b"{\"format\": \"segue.tiers\"}");
    make("wrong.json").fails(1).says("wrong.json");
}

#[test]
fn a_made_trace_is_in_order_and_plays_the_same_twice() {
    let space = slots();
    for name in ["a", "b"] {
        let trace = format!("{name}.json");
        space
            .segue(&[
                "stages", "make", "--spins", "3", "--seed", "7", "-o", &trace,
            ])
            .ok();
        let (wav, rows) = (format!("{name}.wav"), format!("{name}.jsonl"));
        let run = [
            "run",
            "slots",
            "--trace",
            &trace,
            "-o",
            &wav,
            "--events",
            &rows,
            "--seconds",
            "8",
        ];
        space.segue(&run).ok();
    }
    assert_eq!(space.read("a.json"), space.read("b.json"));
    assert_eq!(space.read("a.wav"), space.read("b.wav"));
    let valid = space
        .segue(&["stages", "validate", "a.json", "--json"])
        .ok()
        .json();
    assert_eq!(valid["clean"], true);
    let rows = String::from_utf8(space.read("a.jsonl")).unwrap();
    let rows: Vec<Value> = rows
        .lines()
        .map(|row| serde_json::from_str(row).unwrap())
        .collect();
    let posted = |event: &str| {
        let is_it = |row: &&Value| row["type"] == "posted" && row["event"] == event;
        let row = rows.iter().find(is_it).unwrap();
        row["t_smp"].as_u64().unwrap()
    };
    // Heard 5 ms before it is seen, reels that land 20 ms more.
    assert_eq!((posted("Reels"), posted("Stop")), (0, 775 * 48));
}

#[test]
fn a_report_names_what_must_not_be() {
    let space = slots();
    space.write("t.json", disguised().to_string().as_bytes());
    let report = space.segue(&["stages", "report", "slots", "t.json", "--json"]);
    let report = report.fails(1).json();
    let rules: Vec<&Value> = report["lint"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| &it["rule"])
        .collect();
    assert_eq!(rules, ["ldw", "min_cycle"]);
    assert_eq!(
        report["never_triggered"],
        json!(["REEL_STOP_SCATTER", "CUSTOM_LAMP"])
    );
    assert_eq!(
        (&report["losses_as_wins"], &report["spins"]),
        (&1.into(), &1.into())
    );
    let stages = report["stages"].as_array().unwrap();
    let stop = stages
        .iter()
        .find(|row| row["stage"] == "reel_stop")
        .unwrap();
    assert_eq!((&stop["seen"], &stop["played"]), (&1.into(), &1.into()));
    assert_eq!(
        (report["open_loops"].clone(), report["violations"].clone()),
        (json!([]), json!([]))
    );
    // An event that posts the fanfare celebrates as the fanfare does.
    let text = String::from_utf8(space.read("slots/project.json")).unwrap();
    let mut wrapped: Value = serde_json::from_str(&text).unwrap();
    let events = wrapped["interactive"]["events"].as_array_mut().unwrap();
    events.push(json!({"name": "Wrap", "actions": [{"do": "post_event", "event": "Fanfare"}]}));
    wrapped["interactive"]["stages"]["bindings"][3]["event"] = "Wrap".into();
    space.write("slots/project.json", wrapped.to_string().as_bytes());
    let again = space.segue(&["stages", "report", "slots", "t.json", "--json"]);
    let again = again.fails(1).json();
    assert_eq!(
        (&again["losses_as_wins"], &again["lint"]),
        (&1.into(), &report["lint"])
    );
    space.write("slots/project.json", text.as_bytes());
    // What nobody celebrates is a small win, and not shown as more.
    let mut plain: Value = serde_json::from_str(&text).unwrap();
    plain["interactive"]["events"][2]["tags"] = json!([]);
    space.write("slots/project.json", plain.to_string().as_bytes());
    let quiet = space.segue(&["stages", "report", "slots", "t.json", "--json"]);
    let quiet = quiet.fails(1).json();
    assert_eq!(
        (&quiet["losses_as_wins"], &quiet["lint"][0]["rule"]),
        (&0.into(), &"min_cycle".into())
    );
    space.write("slots/project.json", text.as_bytes());
    let mut cut = disguised();
    cut["events"].as_array_mut().unwrap().remove(3);
    space.write("cut.json", cut.to_string().as_bytes());
    let found = space.segue(&["stages", "validate", "cut.json"]).fails(1);
    assert!(
        found
            .stdout
            .contains("reel_spinning_start of reel 0 had no end of its own")
    );
    // The rules are data: without them nothing is wrong.
    space
        .segue(&["stages", "report", "slots", "--write-lint", "mine.json"])
        .ok();
    let mine = String::from_utf8(space.read("mine.json")).unwrap();
    let mut mine: Value = serde_json::from_str(&mine).unwrap();
    mine["rules"] = json!([]);
    space.write("mine.json", mine.to_string().as_bytes());
    space
        .segue(&["stages", "report", "slots", "t.json", "--lint", "mine.json"])
        .ok();
}

/// A recording of a live game: a spin that wins half of its bet, as the tool heard it.
fn live() -> String {
    let header =
        json!({"format": "segue.trace", "version": 1, "sample_rate_hz": 48000, "seed": "1"});
    let mut text = format!("{header}\n");
    for (n, event) in (1..).zip(disguised()["events"].as_array().unwrap()) {
        let at = event["timestamp_ms"].as_u64().unwrap() * 48;
        let frame = json!({"type": "stage_event", "seq": n, "t_us": 0, "data": {}});
        let call = json!({"stage": event["stage"], "payload": event["payload"]});
        let row = json!({"n": n, "src": "tcp/1", "t_rx_us": 0, "t_audio_smp": at, "frame": frame,
            "calls": [[at, call]]});
        text += &format!("{row}\n");
    }
    text + "{\"end_smp\":99000}\n"
}

#[test]
fn the_report_takes_the_recording_of_a_live_game() {
    let space = slots();
    space.write("take.trace.jsonl", live().as_bytes());
    let report = ["stages", "report", "slots", "take.trace.jsonl", "--json"];
    let report = space.segue(&report).fails(1).json();
    assert_eq!(report["spins"], 1);
    assert_eq!(report["min_cycle_ms"], 2000.0);
    assert_eq!(
        report["never_triggered"],
        json!(["REEL_STOP_SCATTER", "CUSTOM_LAMP"])
    );
    let stages = report["stages"].as_array().unwrap();
    let stop = stages
        .iter()
        .find(|row| row["stage"] == "reel_stop")
        .unwrap();
    assert_eq!((&stop["seen"], &stop["played"]), (&1.into(), &1.into()));
    space
        .segue(&["stages", "validate", "take.trace.jsonl"])
        .ok();
    space
        .segue(&[
            "stages",
            "report",
            "slots",
            "take.trace.jsonl",
            "--profile",
            "turbo",
        ])
        .fails(2)
        .says("has its own times");
}

/// Its socket closed within a spin, and it came back.
#[test]
fn a_game_that_was_gone_is_no_finding_of_the_report() {
    let space = slots();
    let mut lines: Vec<String> = live().lines().map(str::to_owned).collect();
    // The header, and what came before the reels turn no more.
    let cut = lines
        .iter()
        .position(|line| line.contains("reel_spinning_stop"));
    let mut again: Vec<String> = lines.drain(cut.unwrap()..).collect();
    let first = lines[1..].to_vec();
    let call = |at: u64, call: &Value| {
        let frame = json!({"type": "custom", "seq": 0, "t_us": 0, "data": {"closed": "gone"}});
        let row = json!({"n": 50, "src": "tcp/1", "via": "segue", "t_rx_us": 0, "t_audio_smp": at,
            "frame": frame, "calls": [[at, call]]});
        row.to_string()
    };
    let ends = |line: &str| {
        let row: Value = serde_json::from_str(line).unwrap();
        row["t_audio_smp"].as_u64().unwrap()
    };
    lines.push(call(
        ends(&first[first.len() - 1]),
        &json!({"end_stages": true}),
    ));
    let later = |line: String| {
        let Ok(mut row) = serde_json::from_str::<Value>(&line) else {
            return line;
        };
        if let Some(at) = row["t_audio_smp"].as_u64() {
            row["t_audio_smp"] = (at + 480_000).into();
            row["calls"][0][0] = (at + 480_000).into();
            row["n"] = (row["n"].as_u64().unwrap() + 100).into();
            row["src"] = "tcp/2".into();
        }
        row.to_string()
    };
    let rest = again.pop().unwrap();
    lines.extend(first.into_iter().chain(again).map(later));
    lines.push(rest.replace("99000", "600000"));
    space.write("take.trace.jsonl", (lines.join("\n") + "\n").as_bytes());
    space
        .segue(&["stages", "validate", "take.trace.jsonl"])
        .ok();
    let report = ["stages", "report", "slots", "take.trace.jsonl", "--json"];
    let report = space.segue(&report).fails(1).json();
    let (open, violations) = (&report["open_loops"], &report["violations"]);
    assert_eq!((open, violations), (&json!([]), &json!([])));
    let gone = json!([{"stage": "reel_spin_loop", "reel": null},
        {"stage": "reel_spinning_start", "reel": 0}]);
    assert_eq!(report["gone_loops"], gone);
    let text = ["stages", "report", "slots", "take.trace.jsonl"];
    let text = space.segue(&text).fails(1).stdout;
    let line = text
        .lines()
        .find(|line| line.starts_with("ended as the game"));
    assert!(
        line.unwrap().ends_with("reel_spinning_start of reel 0"),
        "{text}"
    );
}

#[test]
fn keys_that_nobody_knows_are_named() {
    let space = slots();
    let mut trace = disguised();
    trace["colour"] = "red".into();
    trace["events"][1]["reell"] = 3.into();
    space.write("odd.json", trace.to_string().as_bytes());
    let said = space.segue(&["stages", "validate", "odd.json"]).ok();
    for key in ["colour", "events[1].reell"] {
        said.says(key);
    }
}

#[test]
fn a_trace_without_times_gets_those_of_the_profile() {
    let space = slots();
    let mut untimed = disguised();
    for event in untimed["events"].as_array_mut().unwrap() {
        event.as_object_mut().unwrap().remove("timestamp_ms");
    }
    space.write("u.json", untimed.to_string().as_bytes());
    space
        .segue(&["stages", "validate", "u.json"])
        .ok()
        .says("nothing says when");
    let posted = |more: &[&str]| {
        let run = ["run", "slots", "--trace", "u.json", "--events", "u.jsonl"];
        space.segue(&[&run[..], more].concat()).ok();
        let rows = String::from_utf8(space.read("u.jsonl")).unwrap();
        let rows = rows
            .lines()
            .map(|row| serde_json::from_str::<Value>(row).unwrap());
        let is_stop = |row: &Value| row["type"] == "posted" && row["event"] == "Stop";
        rows.filter(is_stop)
            .map(|row| row["t_smp"].as_u64().unwrap())
            .next()
            .unwrap()
    };
    // 100 ms to the reels, 800 to the first stop; 25 earlier, as it is heard before it is seen.
    assert_eq!(posted(&[]), (900 - 25) * 48);
    assert_eq!(posted(&["--profile", "turbo"]), (40 + 300 - 13) * 48);
    let make = [
        "stages",
        "make",
        "--resolve",
        "u.json",
        "--profile",
        "turbo",
        "-o",
        "t.json",
    ];
    space.segue(&make).ok();
    let timed: Value = serde_json::from_slice(&space.read("t.json")).unwrap();
    assert_eq!(
        (
            &timed["timing_profile"],
            &timed["events"][4]["timestamp_ms"]
        ),
        (&"turbo".into(), &340.into())
    );
    let again = ["stages", "make", "--resolve", "t.json", "-o", "x.json"];
    space.segue(&again).fails(2).says("has times already");
    for option in ["--seed", "--game", "--coin", "--pause", "--gamble"] {
        let more = [option, "1"];
        let resolve = ["stages", "make", "--resolve", "u.json"];
        space
            .segue(&[&resolve[..], &more].concat())
            .fails(2)
            .says("cannot be used with");
        let report = ["stages", "report", "slots", "u.json"];
        space
            .segue(&[&report[..], &more].concat())
            .fails(2)
            .says("cannot be used with");
    }
}

/// What is looked at first of a pipe is gone from it.
#[cfg(unix)]
#[test]
fn a_trace_comes_through_a_pipe() {
    let space = slots();
    let through = |text: &str| {
        let mut command = space.command(&["stages", "report", "slots", "/dev/stdin", "--json"]);
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.stderr(Stdio::piped()).spawn().unwrap();
        let mut input = child.stdin.take().unwrap();
        input.write_all(text.as_bytes()).unwrap();
        drop(input);
        child.wait_with_output().unwrap()
    };
    // Longer than what is looked at.
    let mut trace = disguised();
    trace["trace_id"] = "x".into();
    let text = trace.to_string() + &" ".repeat(20_000);
    let report: Value = serde_json::from_slice(&through(&text).stdout).unwrap();
    assert_eq!(report["spins"], 1);
    let refused = through(&live());
    let told = String::from_utf8_lossy(&refused.stderr);
    assert!(told.contains("is read from a file only"), "{told}");
}

#[test]
fn a_profile_of_the_project_times_what_is_made() {
    let space = slots();
    let mut project: Value = serde_json::from_slice(&space.read("slots/project.json")).unwrap();
    project["interactive"]["stages"]["profiles"] = json!([{"name": "mine", "first_stop_ms": 700}]);
    space.write("slots/project.json", project.to_string().as_bytes());
    let make = ["stages", "make", "--profile", "mine", "-o", "m.json"];
    space
        .segue(&make)
        .fails(2)
        .says("no timing profile \"mine\"");
    space
        .segue(&[&make[..], &["--project", "slots"]].concat())
        .ok();
    let made: Value = serde_json::from_slice(&space.read("m.json")).unwrap();
    let events = made["events"].as_array().unwrap();
    let stop = events
        .iter()
        .find(|event| event["stage"]["type"] == "reel_stop");
    assert_eq!(stop.unwrap()["timestamp_ms"], 700);
    assert_eq!(made["timing_profile"], "mine");
}

#[test]
fn a_missing_file_is_a_binding_without_a_sound() {
    let space = slots();
    space.write("t.json", disguised().to_string().as_bytes());
    std::fs::remove_file(space.path("slots/assets/hit.wav")).unwrap();
    let report = space
        .segue(&["stages", "report", "slots", "t.json", "--json"])
        .fails(1)
        .json();
    assert_eq!(report["without_asset"], json!({"Fanfare": 1, "Stop": 1}));
    let stages = report["stages"].as_array().unwrap();
    let stop = stages
        .iter()
        .find(|row| row["stage"] == "reel_stop")
        .unwrap();
    assert_eq!((&stop["posted"], &stop["played"]), (&1.into(), &0.into()));
}

#[test]
fn an_alias_is_looked_up() {
    let space = slots();
    for (alias, own) in [
        ("SPIN_START", "UI_SPIN_PRESS"),
        ("reel_spinning", "REEL_SPINNING_START"),
    ] {
        let found = space
            .segue(&["stages", "lookup", alias, "--json"])
            .ok()
            .json();
        assert_eq!(found["names"][0], own);
    }
}

#[test]
fn a_session_logs_what_was_heard_of_each_spin() {
    let space = slots();
    let run = [
        "run",
        "slots",
        "--slot",
        "demo-low",
        "--spins",
        "3",
        "--spin-log",
        "l.jsonl",
    ];
    space.segue(&run).ok();
    let text = String::from_utf8(space.read("l.jsonl")).unwrap();
    let rows: Vec<Value> = text
        .lines()
        .map(|row| serde_json::from_str(row).unwrap())
        .collect();
    assert_eq!(rows.len(), 3);
    for row in &rows {
        let decisions = row["audio_decisions"].as_array().unwrap();
        let posts = decisions.iter().filter(|it| *it == "post Stop").count();
        assert_eq!(
            (&decisions[0], posts >= 5),
            (&"post Reels".into(), true),
            "{row}"
        );
        assert_eq!(row["stages"][0], "ui_spin_press");
        assert_eq!(row["project_hash"].as_str().unwrap().len(), 16);
    }
    let again = space.segue(&["slot", "replay", "demo-low", "l.jsonl"]).ok();
    assert!(
        again.stdout.contains("3 spins played again"),
        "{}",
        again.stdout
    );
}
