//! A JACK server without a sound card, and what listens to it.

use segue_offline::decode::{DecodeOptions, decode_file};
use segue_offline::no_progress;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Servers share tables in memory, so one at a time.
static ONE: Mutex<()> = Mutex::new(());

/// Frames of its blocks.
pub(super) const BLOCK: usize = 256;

/// A server of its own, which is ended with the test.
pub(super) struct Server {
    child: Child,
    pub(super) name: String,
    _one: MutexGuard<'static, ()>,
}

impl Server {
    /// `None` on a machine without jackd.
    pub(super) fn start(test: &str) -> Option<Server> {
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
                &BLOCK.to_string(),
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

/// The output ports of Segue once they are connected to the server's.
pub(super) fn ports(server: &Server) -> Vec<String> {
    let deadline = Instant::now() + Duration::from_secs(60);
    while Instant::now() < deadline {
        let text = server.list(&["-c"]);
        let own = |line: &&str| line.starts_with("cpal_client") && line.contains("out_");
        let ports: Vec<String> = text.lines().filter(own).map(str::to_owned).collect();
        if ports.len() == 2 && text.contains("   system:playback_2") {
            return ports;
        }
    }
    panic!("segue has no connected ports after a minute");
}

pub(super) fn left_channel(path: &Path) -> Vec<f32> {
    let options = DecodeOptions::default();
    let decoded = decode_file(path, &options, 1 << 30, &mut no_progress).unwrap();
    decoded.channels.into_iter().next().unwrap()
}

/// Records what these ports send, into a WAV of 24 bits.
pub(super) fn record(server: &Server, ports: &[String], seconds: u32, wav: &Path) {
    let mut record = server.tool("jack_rec");
    record.arg("-f").arg(wav);
    let record = record
        .args(["-d", &seconds.to_string(), "-b", "24"])
        .args(ports);
    assert!(record.status().unwrap().success(), "jack_rec fails");
}
