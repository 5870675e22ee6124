//! `segue ingest`: games over real sockets, and what is heard of them.

#[path = "ingest/commands.rs"]
mod commands;

use crate::support::Space;
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream, UdpSocket};
use std::process::{Child, ChildStdout, Stdio};

/// A slot project: reels that turn, stops, a pad whose level follows an RTPC.
pub(crate) fn slots() -> Space {
    let space = Space::new();
    for name in ["hum", "hit"] {
        space.wav(&format!("slots/assets/{name}.wav"), 4_000);
    }
    let project = json!({"format": "segue.project", "version": 1, "name": "Slots",
    "assets": [{"id": "hit", "file": "assets/hit.wav"}, {"id": "hum", "file": "assets/hum.wav"}],
    "sounds": [{"id": "hit", "asset": "hit"}, {"id": "hum", "asset": "hum", "loop": {}}],
    "interactive": {
        "rtpcs": [{"name": "Speed", "min": 0, "max": 10}],
        "containers": [{"name": "Stops", "type": "random", "children": [{"child": "hit"}],
            "random_pitch_st": [-3.0, 3.0]}],
        "events": [
            {"name": "Reels", "actions": [{"do": "play", "target": "hum"}]},
            {"name": "Stop", "actions": [{"do": "play", "target": "Stops"}]},
        ],
        "stages": {"bindings": [
            {"stage": "REEL_SPIN_LOOP", "event": "Reels"},
            {"stage": "REEL_STOP", "event": "Stop"},
            {"stage": "win_present", "event": "Stop"},
        ]},
    }});
    space.write("slots/project.json", project.to_string().as_bytes());
    space
}

/// `segue ingest run` at work; its rows come line by line.
struct Running {
    child: Child,
    rows: BufReader<ChildStdout>,
}

impl Running {
    fn start(space: &Space, arguments: &[&str]) -> Running {
        let first = ["ingest", "run", "slots", "--offline", "--events", "-"];
        let all = [&first[..], arguments].concat();
        let mut command = space.command(&all);
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let rows = BufReader::new(child.stdout.take().unwrap());
        Running { child, rows }
    }

    /// The next row of this type; what comes before it is passed over.
    #[track_caller]
    fn row(&mut self, kind: &str) -> Value {
        let mut line = String::new();
        loop {
            line.clear();
            let read = self.rows.read_line(&mut line).unwrap();
            assert_ne!(read, 0, "it ended without a row {kind}");
            let row: Value = serde_json::from_str(&line).unwrap();
            if row["type"] == kind {
                return row;
            }
        }
    }

    /// Where a connector listens.
    fn address(&mut self) -> String {
        self.row("listening")["address"]
            .as_str()
            .unwrap()
            .to_owned()
    }

    /// The rest of the rows, after the end in order.
    fn end(mut self) -> Vec<Value> {
        let mut text = String::new();
        self.rows.read_to_string(&mut text).unwrap();
        let mut errors = String::new();
        let mut stderr = self.child.stderr.take().unwrap();
        stderr.read_to_string(&mut errors).unwrap();
        assert!(self.child.wait().unwrap().success(), "{errors}");
        let rows = text.lines().map(|line| serde_json::from_str(line).unwrap());
        rows.collect()
    }
}

/// A game that speaks lines.
pub(crate) struct Game {
    stream: TcpStream,
    seq: u64,
}

impl Game {
    pub(crate) fn hello(address: &str) -> Game {
        let stream = TcpStream::connect(address).unwrap();
        let mut game = Game { stream, seq: 0 };
        game.say(
            "hello",
            &json!({"protocol": "segue", "version": 1, "game_id": "test"}),
        );
        game
    }

    fn say(&mut self, kind: &str, data: &Value) {
        self.seq += 1;
        let t_us = self.seq * 1000;
        let line = json!({"type": kind, "seq": self.seq, "t_us": t_us, "data": data});
        writeln!(self.stream, "{line}").unwrap();
    }

    pub(crate) fn stage(&mut self, data: &Value) {
        self.say("stage_event", data);
    }
}

const TCP: &[&str] = &["--tcp", "127.0.0.1:0"];

fn arguments<'a>(more: &[&'a str]) -> Vec<&'a str> {
    [TCP, more].concat()
}

#[test]
fn what_a_game_says_is_heard_and_replays_to_the_same_bits() {
    let space = slots();
    let take = [
        "-o",
        "take.wav",
        "--trace",
        "take.trace.jsonl",
        "--once",
        "--tail",
        "0.3",
    ];
    let mut run = Running::start(&space, &arguments(&take));
    let mut game = Game::hello(&run.address());
    game.stage(&json!({"stage": "ui_spin_press"}));
    game.stage(&json!({"stage": "reel_spin_loop"}));
    // A whole spin at once, with the game's own times.
    let stop = |reel: u32, ms: u32| {
        let stage = json!({"type": "reel_stop", "reel": reel, "symbols": [1]});
        json!({"type": "stage_event", "data": {"stage": stage, "timestamp_ms": ms}})
    };
    game.say(
        "batch",
        &json!({"items": [stop(0, 0), stop(1, 101), stop(2, 203)]}),
    );
    let stops: Vec<u64> = (0..3)
        .map(|_| {
            loop {
                let row = run.row("stage");
                if row["stage"] == "reel_stop" {
                    assert_eq!(row["event"], "Stop");
                    break row["t_smp"].as_u64().unwrap();
                }
            }
        })
        .collect();
    assert_eq!([stops[1] - stops[0], stops[2] - stops[0]], [4848, 9744]);
    // Gone in the middle of the spin: the loop is ended.
    drop(game);
    let ended = run.row("end_stages")["t_smp"].as_u64().unwrap();
    let rows = run.end();
    let finished = rows
        .iter()
        .any(|row| row["type"] == "finished" && row["event"] == "Reels");
    assert!(finished, "the loop goes on");
    let take = space.read("take.wav");
    for block in ["16", "512", "2048", "random"] {
        let again = [
            "ingest",
            "replay",
            "slots",
            "take.trace.jsonl",
            "-o",
            "again.wav",
        ];
        let report = space
            .segue(&[&again[..], &["--block", block, "--json"]].concat())
            .ok()
            .json();
        assert_eq!(report["calls"], 6);
        assert!(report["sample_peak_db"].as_f64().unwrap() > -40.0);
        assert!(space.read("again.wav") == take, "blocks of {block}");
    }
    assert!(ended > stops[2]);
    let trace = String::from_utf8(space.read("take.trace.jsonl")).unwrap();
    assert!(trace.lines().last().unwrap().contains("end_smp"));
}

#[test]
fn osc_is_heard() {
    let space = slots();
    let mut run = Running::start(&space, &["--osc", "127.0.0.1:0", "--seconds", "60"]);
    let address = run.address();
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    // "/stage/win_present" with two ints, by hand.
    let mut packet = b"/stage/win_present\0\0,ii\0".to_vec();
    packet.extend(500_i32.to_be_bytes());
    packet.extend(1_i32.to_be_bytes());
    socket.send_to(&packet, &address).unwrap();
    let row = run.row("stage");
    assert_eq!(
        (&row["stage"], &row["event"]),
        (&json!("win_present"), &json!("Stop"))
    );
    let mut packet = b"/rtpc/Speed\0,f\0\0".to_vec();
    packet.extend(2.5_f32.to_be_bytes());
    socket.send_to(&packet, &address).unwrap();
    let row = run.row("rtpc");
    assert_eq!(row["value"], 2.5);
    run.child.kill().unwrap();
    run.child.wait().unwrap();
}

/// An adapter that knows two names.
const ADAPTER: &str = "schema = 1\nadapter_id = \"acme\"\n[event_mapping]\nspin = \"ui_spin_press\"\n\
    stop = { stage = \"reel_stop\", params = { reel = \"$r\", symbols = [] } }\n";

#[test]
fn an_adapter_is_read_again_and_a_wrong_one_changes_nothing() {
    let space = slots();
    space.write("acme.toml", ADAPTER.as_bytes());
    let options = [
        "--adapter",
        "acme.toml",
        "--trace",
        "a.trace.jsonl",
        "--once",
        "--tail",
        "0.1",
    ];
    let mut run = Running::start(&space, &arguments(&options));
    let mut game = Game::hello(&run.address());
    game.say("custom", &json!({"event": "stop", "r": 2}));
    assert_eq!(run.row("stage")["fields"]["reel"], 2);
    let mut said = BufReader::new(run.child.stderr.take().unwrap()).lines();
    let mut until = |words: &str| {
        let found = said.find(|line| line.as_ref().unwrap().contains(words));
        assert!(found.is_some(), "it never said {words}");
    };
    space.write("acme.toml", format!("{ADAPTER}stup = 3\n").as_bytes());
    until("line 6, column");
    game.say("custom", &json!({"event": "stop", "r": 3}));
    assert_eq!(run.row("stage")["fields"]["reel"], 3);
    space.write(
        "acme.toml",
        format!("{ADAPTER}halt = \"spin_end\"\n").as_bytes(),
    );
    until("read again");
    // Until it is taken over the name is unknown.
    loop {
        game.say("custom", &json!({"event": "halt"}));
        game.say("custom", &json!({"event": "stop", "r": 1}));
        if run.row("stage")["stage"] == "spin_end" {
            break;
        }
    }
    drop(game);
    run.row("closed");
    drop(said);
    run.child.wait().unwrap();

    let covered = [
        "ingest",
        "coverage",
        "a.trace.jsonl",
        "--adapter",
        "acme.toml",
    ];
    let report = space
        .segue(&[&covered[..], &["--json"]].concat())
        .ok()
        .json();
    assert_eq!(report["never_seen"], json!(["spin"]));
    // Without an adapter only Segue's own words count.
    let own = [&covered[..3], &["--json", "--min", "0.1"]].concat();
    let own = space.segue(&own).fails(1).json();
    assert_eq!(
        (&own["coverage"], &own["messages"]),
        (&json!(0.0), &report["messages"])
    );
    space.write("acme.toml", ADAPTER.as_bytes());
    let report = space.segue(&[&covered[..], &["--json", "--min", "1"]].concat());
    let report = report.fails(1).json();
    assert_eq!(report["unmapped"][0]["name"], "halt");
    let adapted = [
        "ingest",
        "replay",
        "slots",
        "a.trace.jsonl",
        "--mode",
        "adapter",
    ];
    let differences = space
        .segue(&[&adapted[..], &["--adapter", "acme.toml", "--json"]].concat())
        .fails(1)
        .json();
    assert_eq!(differences["differences"][0]["what"], "missing");
}

#[test]
fn two_traces_are_compared() {
    let space = slots();
    let header = r#"{"format":"segue.trace","version":1,"sample_rate_hz":48000,"seed":"1"}"#;
    let row = |at: u32| {
        format!(
            "{{\"n\":1,\"src\":\"tcp/1\",\"t_rx_us\":0,\"t_audio_smp\":{at},\"frame\":{{\"type\":\
             \"custom\",\"seq\":1,\"t_us\":0,\"data\":{{}}}},\"calls\":[[{at},{{\"event\":\"Stop\"}}]]}}"
        )
    };
    for (name, at) in [("a", 10), ("b", 11), ("c", 12)] {
        let text = format!("{header}\n{}\n", row(at));
        space.write(&format!("{name}.trace.jsonl"), text.as_bytes());
    }
    let diff = |other: &str| space.segue(&["ingest", "diff", "a.trace.jsonl", other, "--json"]);
    assert_eq!(diff("b.trace.jsonl").ok().json()["equal"], true);
    let played = [
        "ingest",
        "diff",
        "a.trace.jsonl",
        "b.trace.jsonl",
        "--project",
        "slots",
        "--json",
    ];
    assert_eq!(space.segue(&played).ok().json()["decisions"], json!([]));
    let found = diff("c.trace.jsonl").fails(1).json();
    assert_eq!(found["differences"][0]["what"], "moved");
}

#[test]
fn what_cannot_be_is_said() {
    let space = slots();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let run = |more: &[&str]| {
        let first = ["ingest", "run", "slots", "--offline", "--seconds", "0.1"];
        space.segue(&[&first[..], more].concat())
    };
    run(&["--ws", &address]).fails(1).says(&address);
    run(&["--tcp", "0.0.0.0:0"]).fails(2).says("set a token");
    run(&["--osc", "0.0.0.0:0"]).fails(2).says("osc_allow");
    run(&["--tcp", "127.0.0.1:0", "--latency", "501"])
        .fails(2)
        .says("0..=500");
    space.write("bad.toml", b"schema = 1\nadapter_id = \"x\"\nlayer = []\n");
    let bad = run(&["--tcp", "127.0.0.1:0", "--adapter", "bad.toml"]).fails(1);
    assert!(
        bad.stderr.contains("bad.toml")
            && bad.stderr.contains("line 3, column 1")
            && !bad.stderr.ends_with("\n\n"),
        "{}",
        bad.stderr
    );
    for (mode, option, value) in [
        ("exact", "--adapter", "acme.toml"),
        ("exact", "--speed", "2"),
        ("instant", "--device", "x"),
        ("adapter", "-o", "q.wav"),
        ("timed", "--events", "-"),
    ] {
        let words = ["ingest", "replay", "slots", "a.trace.jsonl"];
        let run = space.segue(&[&words[..], &["--mode", mode, option, value]].concat());
        run.fails(2)
            .says(&format!("does nothing with --mode {mode}"));
    }
    let replay = |trace: &str| space.segue(&["ingest", "replay", "slots", trace]);
    replay("nowhere.trace.jsonl")
        .fails(1)
        .says("nowhere.trace.jsonl");
    replay("bad.toml").fails(1).says("not a trace");
}

#[test]
fn samples_are_recorded_without_a_project() {
    let space = Space::new();
    let options = [
        "ingest",
        "record",
        "-o",
        "s.trace.jsonl",
        "--tcp",
        "127.0.0.1:0",
        "--once",
        "--events",
        "-",
    ];
    let mut command = space.command(&options);
    let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
    let rows = BufReader::new(child.stdout.take().unwrap());
    let mut run = Running { child, rows };
    let mut game = Game::hello(&run.address());
    game.say("custom", &json!({"event": "whatever"}));
    run.row("opened");
    drop(game);
    run.row("closed");
    assert!(run.child.wait().unwrap().success());
    let text = String::from_utf8(space.read("s.trace.jsonl")).unwrap();
    assert!(text.lines().nth(1).unwrap().contains("whatever"), "{text}");
}

#[test]
fn a_recording_is_not_overwritten_unless_that_is_wanted() {
    let space = Space::new();
    space.write("a.trace.jsonl", b"mine");
    let record = |out: &str, more: &[&str]| {
        let options = ["ingest", "record", "-o", out, "--seconds", "0.1"];
        space.segue(&[&options[..], TCP, more].concat())
    };
    record("a.trace.jsonl", &[])
        .fails(1)
        .says("is there already");
    assert_eq!(space.read("a.trace.jsonl"), b"mine");
    record("x.json", &[])
        .fails(2)
        .says("ends with .trace.jsonl");
    record("a.trace.jsonl", &["--exists", "overwrite"]).ok();
    let text = String::from_utf8(space.read("a.trace.jsonl")).unwrap();
    assert!(text.contains("segue.trace"), "{text}");
}

/// Why no game is there is said once, however often it is tried, and nothing secret of where.
#[test]
fn why_a_game_is_not_reached_is_said_once() {
    let space = Space::new();
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = free.local_addr().unwrap();
    drop(free);
    let url = format!("ws://me:pw@{address}/x?token=secret");
    let out = space.segue(&[
        "ingest",
        "record",
        "-o",
        "a.trace.jsonl",
        "--ws-connect",
        &url,
        "--seconds",
        "2",
        "--events",
        "rows.jsonl",
    ]);
    let out = out.ok();
    let reason = format!("cannot connect to ws://{address}: Connection refused");
    assert_eq!(out.stderr.matches(&reason).count(), 1, "{}", out.stderr);
    let rows = String::from_utf8(space.read("rows.jsonl")).unwrap();
    let waits: Vec<Value> = rows
        .lines()
        .map(|row| serde_json::from_str(row).unwrap())
        .filter(|row: &Value| row["state"] == "backoff")
        .collect();
    assert!(!waits.is_empty(), "{rows}");
    for row in &waits {
        assert!(
            row["reason"].as_str().unwrap().starts_with(&reason),
            "{row}"
        );
    }
    for secret in ["pw", "secret"] {
        assert!(!out.stderr.contains(secret) && !rows.contains(secret));
    }
}

/// What a person does with Ctrl-C, once `segue` has said that it listens.
#[cfg(unix)]
fn interrupt(child: &Child) {
    let pid = child.id().to_string();
    let killed = std::process::Command::new("kill")
        .args(["-INT", &pid])
        .status();
    assert!(killed.unwrap().success());
}

#[cfg(unix)]
#[test]
fn ctrl_c_is_the_ordinary_end_of_what_only_writes() {
    let space = slots();
    let record = [
        "ingest",
        "record",
        "-o",
        "s.trace.jsonl",
        "--events",
        "e.jsonl",
    ];
    let offline = [
        "ingest",
        "run",
        "slots",
        "--offline",
        "-o",
        "take.wav",
        "--trace",
        "t.trace.jsonl",
    ];
    for command in [&record[..], &offline[..]] {
        let all = [command, TCP].concat();
        let mut command = space.command(&all);
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut notes = BufReader::new(child.stderr.take().unwrap());
        let mut line = String::new();
        while !line.contains("listens on") {
            line.clear();
            assert_ne!(notes.read_line(&mut line).unwrap(), 0, "it never listened");
        }
        interrupt(&child);
        let ended = child.wait_with_output().unwrap();
        assert_eq!(ended.status.code(), Some(0), "{all:?}");
        let result = String::from_utf8(ended.stdout).unwrap();
        assert!(result.contains("messages    0,"), "{result}");
    }
    for trace in ["s.trace.jsonl", "t.trace.jsonl"] {
        let text = String::from_utf8(space.read(trace)).unwrap();
        assert!(text.lines().last().unwrap().contains("end_smp"), "{text}");
    }
    assert!(space.read("take.wav").len() > 44);
}

/// What is planned for later does not keep back what comes before it.
#[test]
fn what_is_recorded_is_what_arrived() {
    let space = Space::new();
    let options = [
        "ingest",
        "record",
        "-o",
        "s.trace.jsonl",
        "--once",
        "--events",
        "-",
    ];
    let mut command = space.command(&[&options[..], TCP].concat());
    let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
    let rows = BufReader::new(child.stdout.take().unwrap());
    let mut run = Running { child, rows };
    let mut game = Game::hello(&run.address());
    game.stage(&json!({"stage": "ui_spin_press", "timestamp_ms": 0}));
    game.stage(&json!({"stage": "spin_end", "timestamp_ms": 3_000_000}));
    run.row("stage");
    for _ in 0..3 {
        game.stage(&json!({"stage": "menu_open"}));
        run.row("stage");
    }
    drop(game);
    run.row("closed");
    assert!(run.child.wait().unwrap().success());
    let text = String::from_utf8(space.read("s.trace.jsonl")).unwrap();
    let rows: Vec<Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let moved: Vec<&Value> = rows
        .iter()
        .filter(|row| !row["moved_smp"].is_null())
        .collect();
    assert!(moved.is_empty(), "{moved:?}");
    let said: Vec<&str> = rows
        .iter()
        .filter_map(|row| row["frame"]["data"]["stage"].as_str())
        .collect();
    let expected = [
        "ui_spin_press",
        "spin_end",
        "menu_open",
        "menu_open",
        "menu_open",
    ];
    assert_eq!(said, expected);
}

#[test]
fn a_part_of_a_trace_that_is_missing_is_said() {
    let space = slots();
    let head = |run: u32, part: u32| {
        format!(
            "{{\"format\":\"segue.trace\",\"version\":1,\"run\":\"{run:016x}\",\"part\":{part},\
             \"sample_rate_hz\":48000,\"seed\":\"1\"}}\n"
        )
    };
    let first = format!("{}{{\"next_part\":2}}\n", head(1, 1));
    space.write("a.trace.jsonl", first.as_bytes());
    space.write("a.2.trace.jsonl", head(2, 2).as_bytes());
    let replay = |trace: &str| space.segue(&["ingest", "replay", "slots", trace]);
    replay("a.trace.jsonl")
        .ok()
        .says("a.2.trace.jsonl: this part of the trace is missing");
    replay("a.2.trace.jsonl").fails(1).says("part 2 of a trace");
}

/// A trace of stops of a reel, as they are heard at their frames.
fn stops(space: &Space, name: &str, frames: &[u32], rest: &str) {
    let mut text =
        "{\"format\":\"segue.trace\",\"version\":1,\"sample_rate_hz\":48000,\"seed\":\"1\"}\n"
            .to_owned();
    for (n, at) in (1..).zip(frames) {
        let frame = json!({"type": "stage_event", "seq": n, "t_us": 0, "data": {}});
        let stage = json!({"stage": {"type": "reel_stop", "reel": 0, "symbols": []}});
        let row = json!({"n": n, "src": "tcp/1", "t_rx_us": 0, "t_audio_smp": at, "frame": frame,
            "calls": [[at, stage], [at, {"rtpc": "Speed", "value": 1.0, "object": ""}]]});
        text += &format!("{row}\n");
    }
    space.write(name, format!("{text}{rest}").as_bytes());
}

#[test]
fn a_trace_that_broke_off_is_used_and_what_is_cut_short_is_named() {
    let space = slots();
    stops(
        &space,
        "a.trace.jsonl",
        &[480, 960],
        "{\"n\":3,\"src\":\"tc",
    );
    let replay = ["ingest", "replay", "slots", "a.trace.jsonl", "--json"];
    let run = space.segue(&replay).ok();
    assert_eq!(run.json()["calls"], 4);
    run.says("cut short and left out: line 4");
    run.says("the recording broke off");
}

#[test]
fn a_trace_becomes_a_clip_that_the_transport_plays() {
    let space = slots();
    stops(
        &space,
        "take.trace.jsonl",
        &[4_800, 48_000, 96_000],
        "{\"end_smp\":99000}\n",
    );
    let clip = |more: &[&str]| {
        let first = ["ingest", "clip", "slots", "take.trace.jsonl", "--json"];
        space.segue(&[&first[..], more].concat())
    };
    let run = clip(&["--at", "4", "--from", "0.5", "--length", "1.4"]).ok();
    run.says("1 calls of the trace are no stages");
    assert_eq!(
        run.json(),
        json!({"clip": "take", "stages": 1, "seconds": 1.4, "at_beats": 4.0, "left_out": 1})
    );
    let project: Value = serde_json::from_slice(&space.read("slots/project.json")).unwrap();
    let clips = &project["interactive"]["stages"]["clips"];
    assert_eq!(
        (&clips[0]["name"], &clips[0]["events"][0]["timestamp_ms"]),
        (&json!("take"), &json!(500))
    );
    // Beat 4 is 2 s; it is heard half a second later.
    let render = [
        "render",
        "slots",
        "-o",
        "take.wav",
        "--seconds",
        "3",
        "--bits",
        "32f",
        "--json",
    ];
    space.segue(&render).ok();
    let bytes = space.read("take.wav");
    let frame = bytes[bytes.len() - 8 * 3 * 48_000..]
        .chunks(8)
        .position(|frame| frame != [0; 8]);
    assert_eq!(frame, Some(120_000));
    clip(&[]).fails(1).says("has a clip \"take\" already");
    clip(&["--name", "b", "--from", "5"])
        .fails(2)
        .says("in this part of the trace: none is not in 1..=10000; choose");
}

/// Containers choose by the seed: with another one they choose differently.
#[test]
fn what_containers_chose_is_compared() {
    let space = slots();
    let project = String::from_utf8(space.read("slots/project.json")).unwrap();
    let two = r#""children":[{"child":"hit"},{"child":"hum"}]"#;
    let project = project.replace(r#""children":[{"child":"hit"}]"#, two);
    assert!(project.contains(two));
    space.write("slots/project.json", project.as_bytes());
    let row = |n: u32| {
        format!(
            "{{\"n\":{n},\"src\":\"tcp/1\",\"t_rx_us\":0,\"t_audio_smp\":{at},\"frame\":{{\"type\":\
             \"custom\",\"seq\":1,\"t_us\":0,\"data\":{{}}}},\"calls\":[[{at},{{\"event\":\"Stop\"}}]]}}\n",
            at = n * 1000
        )
    };
    let rows: String = (1..=20).map(row).collect();
    for seed in [1, 2] {
        let head = format!(
            "{{\"format\":\"segue.trace\",\"version\":1,\"sample_rate_hz\":48000,\"seed\":\"{seed}\"}}\n"
        );
        space.write(&format!("{seed}.trace.jsonl"), (head + &rows).as_bytes());
    }
    let diff = |other: &str| {
        let all = [
            "ingest",
            "diff",
            "1.trace.jsonl",
            other,
            "--project",
            "slots",
            "--json",
        ];
        space.segue(&all)
    };
    assert_eq!(diff("1.trace.jsonl").ok().json()["decisions"], json!([]));
    let found = diff("2.trace.jsonl").fails(1).json();
    assert_eq!(
        (&found["equal"], &found["differences"]),
        (&json!(false), &json!([]))
    );
    // A row for each of two children.
    let decisions = found["decisions"].as_array().unwrap();
    assert!((1..=40).contains(&decisions.len()), "{decisions:?}");
    for decision in decisions {
        let (first, second) = (&decision["first"], &decision["second"]);
        assert_eq!(first["container"], "Stops");
        assert_eq!(first["child"], second["child"]);
        assert_ne!(first["reason"], second["reason"]);
    }
}

#[test]
fn results_never_take_the_place_of_what_they_are_made_from() {
    let space = slots();
    space.write("a.toml", b"schema = 1\nadapter_id = \"a\"\n");
    let before = space.tree("slots");
    for mode in [&[][..], &["--offline"]] {
        let run = ["ingest", "run", "slots", "--adapter", "a.toml"];
        let refuses = |more: &[&str], code: i32, words: &str| {
            let all = [&run[..], mode, more].concat();
            space.segue(&all).fails(code).says(words);
        };
        let project = "a file of the project itself is in the way";
        let name = "a trace ends with .trace.jsonl";
        refuses(&["--trace", "slots/project.json"], 2, name);
        refuses(&["--events", "slots/project.json"], 1, project);
        refuses(&["--events", "slots/assets/hit.wav"], 1, project);
        refuses(&["--trace", "a.toml"], 2, name);
        refuses(&["--events", "a.toml"], 2, "a.toml: is the adapter");
    }
    assert_eq!(space.tree("slots"), before);
}
