//! A display without a screen, and a user at it.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// A display of its own, which is ended with the test.
pub(super) struct Display {
    child: Child,
    pub(super) name: String,
}

impl Display {
    pub(super) fn start() -> Display {
        let tool = Command::new("xdotool").arg("version").output();
        tool.expect("xdotool: `cargo xtask test` installs it");
        let mut child = Command::new("Xvfb")
            .args([
                "-displayfd",
                "1",
                "-screen",
                "0",
                "1280x800x24",
                "-nolisten",
                "tcp",
                // Without it the server begins anew, and turns others away, whenever nobody is connected.
                "-noreset",
            ])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("Xvfb: `cargo xtask test` installs it");
        let mut number = String::new();
        let mut said = BufReader::new(child.stdout.take().unwrap());
        said.read_line(&mut number).unwrap();
        let name = format!(":{}", number.trim());
        Display { child, name }
    }

    /// Runs xdotool and returns what it prints.
    pub(super) fn user(&self, arguments: &[&str]) -> String {
        let mut tool = Command::new("xdotool");
        let tool = tool.args(arguments).env("DISPLAY", &self.name);
        String::from_utf8(tool.output().unwrap().stdout).unwrap()
    }

    /// Waits for the window with this title and gives it the keyboard. There is no window manager.
    pub(super) fn focus(&self, title: &str, mut alive: impl FnMut()) {
        let end = Instant::now() + Duration::from_secs(180);
        loop {
            let found = self.user(&["search", "--onlyvisible", "--name", title]);
            if let Some(window) = found.lines().next() {
                self.user(&["windowfocus", "--sync", window]);
                return;
            }
            alive();
            assert!(Instant::now() < end, "there is no window {title:?}");
        }
    }

    pub(super) fn click(&self, [x, y]: [i32; 2]) {
        let (x, y) = (x.to_string(), y.to_string());
        self.user(&["mousemove", "--sync", &x, &y]);
        self.user(&["click", "1"]);
    }

    /// Drags down by so many points, in steps as a hand does.
    pub(super) fn drag_down(&self, [x, y]: [i32; 2], by: i32) {
        let to = |y: i32| {
            let (x, y) = (x.to_string(), y.to_string());
            self.user(&["mousemove", "--sync", &x, &y]);
        };
        to(y);
        self.user(&["mousedown", "1"]);
        for step in 1..=by / 10 {
            to(y + step * 10);
        }
        self.user(&["mouseup", "1"]);
    }
}

impl Drop for Display {
    fn drop(&mut self) {
        _ = self.child.kill();
        _ = self.child.wait();
    }
}
