//! `segue play` through a JACK server without a sound card.

use crate::support::Space;
use segue_offline::decode::{DecodeOptions, decode_file};
use segue_offline::no_progress;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Servers share tables in memory, so one at a time.
static ONE: Mutex<()> = Mutex::new(());

/// A server of its own, which is ended with the test.
struct Server {
    child: Child,
    name: String,
    _one: MutexGuard<'static, ()>,
}

impl Server {
    /// `None` on a machine without jackd.
    fn start(test: &str) -> Option<Server> {
        let one = ONE.lock().unwrap_or_else(PoisonError::into_inner);
        let name = format!("segue-{test}-{}", std::process::id());
        let child = Command::new("jackd")
            .args([
                "--no-realtime",
                "-n",
                &name,
                "-d",
                "dummy",
                "-r",
                "48000",
                "-p",
                "256",
            ])
            .env("JACK_NO_AUDIO_RESERVATION", "1")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        let Ok(child) = child else {
            assert!(
                std::env::var_os("CI").is_none(),
                "jackd is missing: run `cargo xtask test`"
            );
            eprintln!("jackd is not installed: nothing was tested");
            return None;
        };
        let server = Server {
            child,
            name,
            _one: one,
        };
        let waited = Command::new("jack_wait")
            .args(["-s", &server.name, "-w", "-t", "30"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
        assert!(waited.unwrap().success(), "the JACK server does not answer");
        Some(server)
    }

    /// Ends it in order: killed, it would leave its tables behind.
    fn end(&mut self) {
        if let Ok(None) = self.child.try_wait() {
            terminate(&self.child, "TERM");
            let _ = self.child.wait();
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.end();
    }
}

fn terminate(child: &Child, signal: &str) {
    let kill = Command::new("kill")
        .args([&format!("-{signal}"), &child.id().to_string()])
        .output();
    kill.unwrap();
}

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
    let Some(server) = Server::start("play") else {
        return;
    };
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

/// The output ports of Segue once they are connected to the server's.
fn ports(server: &Server) -> Vec<String> {
    let deadline = Instant::now() + Duration::from_secs(60);
    while Instant::now() < deadline {
        let mut list = Command::new("jack_lsp");
        let list = list
            .arg("-c")
            .env("JACK_DEFAULT_SERVER", &server.name)
            .output()
            .unwrap();
        let text = String::from_utf8(list.stdout).unwrap();
        let own = |line: &&str| line.starts_with("cpal_client") && line.contains("out_");
        let ports: Vec<String> = text.lines().filter(own).map(str::to_owned).collect();
        if ports.len() == 2 && text.contains("   system:playback_2") {
            return ports;
        }
    }
    panic!("segue has no connected ports after a minute");
}

fn left_channel(path: &Path) -> Vec<f32> {
    let options = DecodeOptions::default();
    let decoded = decode_file(path, &options, 1 << 30, &mut no_progress).unwrap();
    decoded.channels.into_iter().next().unwrap()
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
    let Some(server) = Server::start("hear") else {
        return;
    };
    let space = Space::new();
    let factory = Path::new(env!("CARGO_MANIFEST_DIR")).join("../presets/factory");
    let game = format!("{}", factory.display());
    let mut play = space.command(&["play", &game, "--device", "jack", "--loop"]);
    play.args(["--log", "a.seglog"])
        .env("JACK_DEFAULT_SERVER", &server.name);
    let mut play = play
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let ports = ports(&server);
    let mut record = Command::new("jack_rec");
    record
        .arg("-f")
        .arg(space.path("heard.wav"))
        .args(["-d", "3", "-b", "24"])
        .args(&ports);
    record.env("JACK_DEFAULT_SERVER", &server.name);
    let recorded = record
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .unwrap();
    terminate(&play, "INT");
    assert_eq!(play.wait().unwrap().code(), Some(130));
    assert!(recorded.success(), "jack_rec fails");
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
    let Some(server) = Server::start("stop") else {
        return;
    };
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
    let Some(mut server) = Server::start("gone") else {
        return;
    };
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
    let Some(server) = Server::start("live") else {
        return;
    };
    let space = Space::new();
    space.project("game");
    let mut child = space
        .command(&["run", "game", "--live", "--device", "jack", "--events", "-"])
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
