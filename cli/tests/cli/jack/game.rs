//! `segue ingest run` through a JACK server.

use super::server::{Server, ports, terminate};
use crate::ingest::{Game, slots};
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Read};
use std::process::Stdio;

#[test]
fn a_live_game_is_heard_recorded_and_replayed() {
    let server = Server::start();
    let space = slots();
    let mut child = space
        .command(&[
            "ingest",
            "run",
            "slots",
            "--device",
            "jack",
            "--tcp",
            "127.0.0.1:0",
        ])
        .args([
            "--events",
            "-",
            "--log",
            "a.seglog",
            "--trace",
            "a.trace.jsonl",
        ])
        .args(["--once", "--tail", "0.3"])
        .env("JACK_DEFAULT_SERVER", &server.name)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut output = BufReader::new(child.stdout.take().unwrap());
    let mut rows: Vec<Value> = Vec::new();
    let mut until = |rows: &mut Vec<Value>, kind: &str, count: usize| {
        while rows.iter().filter(|row| row["type"] == kind).count() < count {
            let mut line = String::new();
            assert_ne!(output.read_line(&mut line).unwrap(), 0, "no row {kind}");
            rows.push(serde_json::from_str(&line).unwrap());
        }
    };
    until(&mut rows, "listening", 1);
    let address = rows[0]["address"].as_str().unwrap().to_owned();
    let mut game = Game::hello(&address);
    game.stage(&json!({"stage": "reel_spin_loop"}));
    for reel in 0..3 {
        game.stage(&json!({"stage": "reel_stop", "reel": reel, "symbols": []}));
        until(&mut rows, "stage", reel + 2);
    }
    drop(game);
    until(&mut rows, "end_stages", 1);
    let mut rest = String::new();
    output.read_to_string(&mut rest).unwrap();
    assert!(child.wait().unwrap().success());
    rows.extend(
        rest.lines()
            .map(|line| serde_json::from_str::<Value>(line).unwrap()),
    );

    let of = |kind: &str| {
        rows.iter()
            .filter(|row| row["type"] == kind)
            .collect::<Vec<_>>()
    };
    let (stages, posted, ended) = (of("stage"), of("posted"), of("end_stages"));
    assert_eq!((stages.len(), posted.len()), (4, 4));
    assert!(of("finished").iter().any(|row| row["event"] == "Reels"));
    let at = |row: &Value| row["t_smp"].as_u64().unwrap();
    let late: Vec<u64> = stages
        .iter()
        .zip(&posted)
        .map(|(stage, posted)| at(posted) - at(stage))
        .collect();
    let heard = |arguments: &[&str]| {
        let more = ["-o", "again.wav", "--bits", "32f"];
        space.segue(&[arguments, &more].concat()).ok();
        space.read("again.wav")
    };
    let log = heard(&["replay", "a.seglog"]);
    let trace = heard(&["ingest", "replay", "slots", "a.trace.jsonl"]);
    // The trace ends where everything begins to fade out, which no game asked for.
    assert!(log.len() > trace.len());
    // A machine that is busy may carry a stage out late; then the log alone knows when.
    if late.iter().all(|late| *late == 0) {
        let header = 200;
        let samples = |wav: &[u8]| wav[header..trace.len()].to_vec();
        assert!(
            samples(&log) == samples(&trace),
            "the trace is not the session"
        );
    }
    assert!(at(ended[0]) > 0 && trace.len() > 48_000);
}

/// A loop is still heard when it is stopped.
#[test]
fn a_run_that_is_stopped_leaves_a_trace_that_replays() {
    let server = Server::start();
    let space = slots();
    let options = [
        "ingest",
        "run",
        "slots",
        "--device",
        "jack",
        "--tcp",
        "127.0.0.1:0",
    ];
    let mut child = space
        .command(&options)
        .args([
            "--events",
            "-",
            "--log",
            "a.seglog",
            "--trace",
            "a.trace.jsonl",
        ])
        .env("JACK_DEFAULT_SERVER", &server.name)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut output = BufReader::new(child.stdout.take().unwrap());
    let mut row = |kind: &str| loop {
        let mut line = String::new();
        assert_ne!(output.read_line(&mut line).unwrap(), 0, "no row {kind}");
        let row: Value = serde_json::from_str(&line).unwrap();
        if row["type"] == kind {
            return row;
        }
    };
    let address = row("listening")["address"].as_str().unwrap().to_owned();
    let mut game = Game::hello(&address);
    game.stage(&json!({"stage": "reel_spin_loop"}));
    let stage = row("stage")["t_smp"].as_u64().unwrap();
    let posted = row("posted")["t_smp"].as_u64().unwrap();
    terminate(&child, "INT");
    assert_eq!(child.wait().unwrap().code(), Some(130));
    let heard = |arguments: &[&str]| {
        let more = ["-o", "again.wav", "--bits", "32f"];
        space.segue(&[arguments, &more].concat()).ok();
        space.read("again.wav")
    };
    let log = heard(&["replay", "a.seglog"]);
    let trace = heard(&["ingest", "replay", "slots", "a.trace.jsonl"]);
    assert!(log.len() > trace.len());
    if stage == posted {
        assert!(log[200..trace.len()] == trace[200..], "not what was heard");
    }
}

#[test]
fn a_trace_is_played_at_another_speed() {
    let server = Server::start();
    let space = slots();
    let head = r#"{"format":"segue.trace","version":1,"sample_rate_hz":48000,"seed":"1"}"#;
    let row = |n: u32, at: u32| {
        format!(
            "{{\"n\":{n},\"src\":\"tcp/1\",\"t_rx_us\":0,\"t_audio_smp\":{at},\"frame\":{{\"type\":\
             \"custom\",\"seq\":1,\"t_us\":0,\"data\":{{}}}},\"calls\":[[{at},{{\"event\":\"Stop\"}}]]}}\n"
        )
    };
    let trace = |last: u32| format!("{head}\n{}{}", row(1, 0), row(2, last));
    let replay = [
        "ingest",
        "replay",
        "slots",
        "a.trace.jsonl",
        "--mode",
        "timed",
    ];
    let timed = |speed: &str| {
        let mut command = space.command(&replay);
        command.args(["--device", "jack", "--json", "--speed", speed]);
        command.env("JACK_DEFAULT_SERVER", &server.name);
        command.stdout(Stdio::piped());
        command
    };
    // 0.3 s become 3 s, and what comes before and after is 2.1 s.
    space.write("a.trace.jsonl", trace(14_400).as_bytes());
    let ended = timed("0.1").output().unwrap();
    assert!(ended.status.success());
    let result: Value = serde_json::from_slice(&ended.stdout).unwrap();
    assert_eq!(result["calls"], 2);
    assert!(result["seconds"].as_f64().unwrap() >= 5.1, "{result}");
    assert!(result["output"].as_str().unwrap().starts_with("JACK"));
    // An hour: Ctrl-C is the ordinary end.
    space.write("a.trace.jsonl", trace(360 * 48_000).as_bytes());
    let child = timed("0.1").spawn().unwrap();
    assert!(ports(&server).is_some());
    terminate(&child, "INT");
    let ended = child.wait_with_output().unwrap();
    assert_eq!(ended.status.code(), Some(0));
    let result: Value = serde_json::from_slice(&ended.stdout).unwrap();
    assert!(result["calls"].as_u64().unwrap() < 2, "{result}");
    for speed in ["0.09", "10.1", "nan"] {
        let wrong = timed(speed).output().unwrap();
        assert_eq!(wrong.status.code(), Some(2));
    }
}
