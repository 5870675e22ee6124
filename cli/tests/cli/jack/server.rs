//! A JACK server without a sound card, and what listens to it.

use segue_offline::decode::{DecodeOptions, decode_file};
use segue_offline::no_progress;
use std::fs::File;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// The names that servers get. JACK keeps the names of eight servers in a table in memory. One that
/// was killed, or that fell over while its clients went, leaves its name there, and only the next
/// server of that name clears it: with ever new names the table would be full one day.
const NAMES: usize = 4;

/// Frames of its blocks.
pub(super) const BLOCK: usize = 256;

/// A server of its own, which is ended with the test.
pub(super) struct Server {
    child: Child,
    pub(super) name: String,
    /// Keeps the name from everybody else on this machine.
    _lock: File,
}

impl Server {
    pub(super) fn start() -> Server {
        let end = Instant::now() + Duration::from_secs(300);
        while Instant::now() < end {
            let started = (0..NAMES).find_map(Server::with_name);
            if let Some(server) = started {
                return server;
            }
            std::thread::yield_now();
        }
        panic!("no JACK server can be started");
    }

    /// `None` if somebody has a server of this name.
    fn with_name(number: usize) -> Option<Server> {
        let name = format!("segue-test-{number}");
        let lock = File::create(std::env::temp_dir().join(format!("{name}.lock"))).unwrap();
        lock.try_lock().ok()?;
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
                &BLOCK.to_string(),
            ])
            .env("JACK_NO_AUDIO_RESERVATION", "1")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("jackd: `cargo xtask test` installs it");
        let mut server = Server {
            child,
            name,
            _lock: lock,
        };
        let waited = Command::new("jack_wait")
            .args(["-s", &server.name, "-w", "-t", "30"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
        // One that was left over by a killed test may answer in its place.
        let is_alive = server.child.try_wait().unwrap().is_none();
        (waited.unwrap().success() && is_alive).then_some(server)
    }

    /// A JACK tool that talks to this server.
    pub(super) fn tool(&self, name: &str) -> Command {
        let mut tool = Command::new(name);
        tool.env("JACK_DEFAULT_SERVER", &self.name)
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        tool
    }

    /// What `jack_lsp` says with these options.
    pub(super) fn list(&self, options: &[&str]) -> String {
        let list = self
            .tool("jack_lsp")
            .args(options)
            .stdout(Stdio::piped())
            .output();
        String::from_utf8(list.unwrap().stdout).unwrap()
    }

    /// Ends it in order: killed, it would leave its tables behind.
    pub(super) fn end(&mut self) {
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

/// Sends a signal.
pub(super) fn terminate(child: &Child, signal: &str) {
    let kill = Command::new("kill")
        .args([&format!("-{signal}"), &child.id().to_string()])
        .output();
    kill.unwrap();
}

/// The output ports of Segue once they are connected to the server's; `None` if they are not after half a minute.
pub(super) fn ports(server: &Server) -> Option<Vec<String>> {
    let deadline = Instant::now() + Duration::from_secs(30);
    while Instant::now() < deadline {
        let ports = connected(server, "cpal_client");
        if ports.len() == 2 {
            return Some(ports);
        }
    }
    None
}

/// The output ports that begin so, if something is connected to the server's.
pub(super) fn connected(server: &Server, begin: &str) -> Vec<String> {
    let text = server.list(&["-c"]);
    let own = |line: &&str| line.starts_with(begin) && line.contains("out_");
    let ports = text.lines().filter(own).map(str::to_owned);
    if text.contains("   system:playback_2") {
        ports.collect()
    } else {
        Vec::new()
    }
}

pub(super) fn left_channel(path: &Path) -> Vec<f32> {
    let options = DecodeOptions::default();
    let decoded = decode_file(path, &options, 1 << 30, &mut no_progress).unwrap();
    decoded.channels.into_iter().next().unwrap()
}

/// Records what these ports send, into a WAV of 24 bits.
pub(super) fn record(server: &Server, ports: &[String], seconds: u32, wav: &Path) {
    assert!(try_record(server, ports, seconds, wav), "jack_rec fails");
}

/// The same; false if the ports are gone.
pub(super) fn try_record(server: &Server, ports: &[String], seconds: u32, wav: &Path) -> bool {
    let mut record = server.tool("jack_rec");
    record.arg("-f").arg(wav);
    let record = record
        .args(["-d", &seconds.to_string(), "-b", "24"])
        .args(ports);
    record.status().unwrap().success()
}
