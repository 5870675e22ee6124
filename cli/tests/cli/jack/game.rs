//! `segue ingest run` through a JACK server.

use super::server::Server;
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
    // A machine that is busy may carry a stage out late; then the log alone knows when.
    if late.iter().all(|late| *late == 0) {
        let header = 200;
        let frames = usize::try_from(at(ended[0])).unwrap();
        let samples = |wav: &[u8]| wav[header..frames * 8].to_vec();
        assert!(
            samples(&log) == samples(&trace),
            "the trace is not the session"
        );
    }
    assert!(log.len() > 48_000 && trace.len() > 48_000);
}
