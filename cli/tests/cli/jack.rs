//! `segue play` and `segue app` through a JACK server without a sound card.

#[path = "jack/app.rs"]
mod app;
#[path = "jack/display.rs"]
mod display;
#[path = "jack/game.rs"]
mod game;
#[path = "jack/server.rs"]
mod server;

use crate::support::Space;
use serde_json::{Value, json};
use server::{Server, left_channel, ports, record, terminate};
use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Child, Stdio};

/// `segue play` with this server, once it plays.
fn playing(space: &Space, server: &Server, options: &[&str]) -> (Child, impl BufRead + use<>) {
    let mut child = space
        .command(&[&["play", "game", "--device", "jack"][..], options].concat())
        .env("JACK_DEFAULT_SERVER", &server.name)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut errors = BufReader::new(child.stderr.take().unwrap());
    let mut line = String::new();
    while !line.starts_with("Playing game through JACK") {
        line.clear();
        assert!(
            errors.read_line(&mut line).unwrap() > 0,
            "it ended before it played"
        );
    }
    (child, errors)
}

#[test]
fn what_is_played_is_recorded_and_replayed() {
    let server = Server::start();
    let space = Space::new();
    space.project("game");
    let options = ["--seconds", "0.4", "--log", "a.seglog"];
    let (mut child, _errors) = playing(&space, &server, &options);
    assert!(child.wait().unwrap().success());
    let mut answer = String::new();
    child
        .stdout
        .take()
        .unwrap()
        .read_to_string(&mut answer)
        .unwrap();
    assert!(
        answer.starts_with("played 0:00.") && answer.contains(" dBFS"),
        "{answer}"
    );

    let replayed = space
        .segue(&["replay", "a.seglog", "-o", "a.wav", "--json"])
        .ok()
        .json();
    assert_eq!(
        (&replayed["sample_rate"], &replayed["cut_short"]),
        (&48_000.into(), &false.into())
    );
    assert!(replayed["seconds"].as_f64().unwrap() >= 0.4);
    assert!(replayed["true_peak_dbtp"].as_f64().unwrap() > -30.0);
}

/// Where `part` lies in `whole`, within a step of 24 bits.
fn find(part: &[f32], whole: &[f32]) -> Option<usize> {
    let close = |(a, b): (&f32, &f32)| (a - b).abs() <= 1.3e-7;
    whole
        .windows(part.len())
        .position(|here| here.iter().zip(part).all(close))
}

#[test]
fn the_server_hears_what_the_recording_replays() {
    let space = Space::new();
    let factory = Path::new(env!("CARGO_MANIFEST_DIR")).join("../presets/factory");
    let game = format!("{}", factory.display());
    let begin = |_| {
        let server = Server::start();
        let mut play = space.command(&["play", &game, "--device", "jack", "--loop"]);
        play.args(["--log", "a.seglog"])
            .env("JACK_DEFAULT_SERVER", &server.name);
        let mut play = play
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let Some(ports) = ports(&server) else {
            // A server on a machine under load may lose a client while it connects.
            terminate(&play, "KILL");
            play.wait().unwrap();
            _ = std::fs::remove_file(space.path("a.seglog"));
            return None;
        };
        Some((server, play, ports))
    };
    let begun = (0..3).find_map(begin);
    let (server, mut play, ports) = begun.expect("segue has no connected ports");
    record(&server, &ports, 3, &space.path("heard.wav"));
    terminate(&play, "INT");
    assert_eq!(play.wait().unwrap().code(), Some(130));
    space
        .segue(&["replay", "a.seglog", "-o", "again.wav", "--bits", "32f"])
        .ok();

    let heard = left_channel(&space.path("heard.wav"));
    let again = left_channel(&space.path("again.wav"));
    let start = heard
        .iter()
        .position(|x| x.abs() > 1e-3)
        .expect("the server heard nothing");
    // A busy machine may drop blocks on the way to the recorder: a quarter second must be whole.
    let mut parts = heard[start..].chunks_exact(12_000);
    assert!(
        parts.any(|part| find(part, &again).is_some()),
        "not what the replay has"
    );
}

#[test]
fn ctrl_c_stops_and_keeps_the_recording() {
    let server = Server::start();
    let space = Space::new();
    space.project("game");
    let (mut child, _errors) = playing(&space, &server, &["--loop", "--log", "a.seglog"]);
    terminate(&child, "INT");
    assert_eq!(child.wait().unwrap().code(), Some(130));
    let info = space.segue(&["info", "a.seglog", "--json"]).ok().json();
    assert_eq!(info["complete"], true);
}

#[test]
fn an_output_that_goes_away_is_said() {
    let mut server = Server::start();
    let space = Space::new();
    space.project("game");
    let (mut child, mut errors) = playing(&space, &server, &["--loop", "--log", "a.seglog"]);
    server.end();
    assert_eq!(child.wait().unwrap().code(), Some(1));
    let mut text = String::new();
    errors.read_to_string(&mut text).unwrap();
    assert!(
        text.contains("error: JACK Output: ") && text.contains("(after 0:"),
        "{text}"
    );
    assert!(
        text.contains("hint: plug it in or start its server and try again"),
        "{text}"
    );
    let info = space.segue(&["info", "a.seglog", "--json"]).ok().json();
    assert_eq!(
        info["complete"], true,
        "what was played until then is there"
    );
}

#[test]
fn live_lines_are_heard_and_a_save_is_taken_over() {
    let server = Server::start();
    let space = Space::new();
    space.project("game");
    let mut child = space
        .command(&[
            "run", "game", "--live", "--device", "jack", "--events", "-", "--load",
        ])
        .env("JACK_DEFAULT_SERVER", &server.name)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    let mut rows = BufReader::new(child.stdout.take().unwrap());
    let mut notes = BufReader::new(child.stderr.take().unwrap());
    until(&mut notes, "Playing through JACK");
    writeln!(input, "post Play_hit").unwrap();
    until(&mut rows, r#""type":"posted","event":"Play_hit""#);
    writeln!(input, "post Play_htt").unwrap();
    until(
        &mut notes,
        "input, line 2: there is no event called \"Play_htt\"; did you mean",
    );

    let project = String::from_utf8(space.read("game/project.json")).unwrap();
    space.write(
        "game/project.json",
        project.replace("Play_hit", "").as_bytes(),
    );
    until(
        &mut notes,
        "the save was not taken over; what plays goes on",
    );
    until(&mut notes, "interactive.events[0].name (line ");
    space.write(
        "game/project.json",
        project.replace("Play_hit", "Play_it").as_bytes(),
    );
    until(&mut notes, "the project was loaded again");
    writeln!(input, "post Play_it").unwrap();
    until(&mut rows, r#""type":"posted","event":"Play_it""#);
    // Nor does another mixer need a new start.
    let mut other: Value = serde_json::from_slice(&space.read("game/project.json")).unwrap();
    let insert = json!({"id": "e", "kind": "eq"});
    let bus = json!({"id": "other", "inserts": [insert]});
    other["buses"] = json!([bus]);
    other["sounds"][0]["bus"] = "other".into();
    space.write("game/project.json", other.to_string().as_bytes());
    until(
        &mut notes,
        "the project was loaded again (changed: buses, sounds",
    );
    writeln!(input, "post Play_it").unwrap();
    until(&mut rows, r#""type":"posted","event":"Play_it""#);
    for thread in ["audio", "control", "disk"] {
        until(
            &mut rows,
            &format!(r#""type":"thread","thread":"{thread}""#),
        );
    }
    until(&mut rows, r#""type":"node","bus":"other""#);
    drop(input);
    assert!(
        child.wait().unwrap().success(),
        "it ends with its input and its sounds"
    );
}

/// Reads lines until one has these words.
fn until(lines: &mut impl BufRead, words: &str) {
    let mut line = String::new();
    while !line.contains(words) {
        line.clear();
        assert!(
            lines.read_line(&mut line).unwrap() > 0,
            "it ended without {words}"
        );
    }
}
