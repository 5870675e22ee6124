//! `segue play` through a JACK server without a sound card.

use crate::support::Space;
use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};

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
