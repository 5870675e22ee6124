//! The app on a display without a screen, through a server without a sound card.

use super::display::Display;
use super::server::{BLOCK, Server, left_channel, ports, record, terminate};
use crate::support::Space;
use serde_json::Value;
use std::fs;
use std::path::Path;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

/// A long time for anything to happen on a busy machine.
const LONG: Duration = Duration::from_secs(90);

/// The app with the factory project, and everything around it.
struct App {
    child: Child,
    // After the app, which would hear of their ends.
    display: Display,
    server: Server,
    space: Space,
}

impl App {
    /// `None` on a machine without the tools.
    fn start(test: &str) -> Option<App> {
        let server = Server::start(test)?;
        let display = Display::start()?;
        let space = Space::new();
        let settings = br#"{"audio": {"system": "JACK"}}"#;
        space.write("config/app.json", settings);
        space.write("home/.keep", b"");
        let said = fs::File::create(space.path("said.txt")).unwrap();
        let mut child = space
            .command(&["app", "--factory"])
            .env("DISPLAY", &display.name)
            .env_remove("WAYLAND_DISPLAY")
            .env("LIBGL_ALWAYS_SOFTWARE", "1")
            .env("JACK_DEFAULT_SERVER", &server.name)
            .env("SEGUE_CONFIG", space.path("config"))
            .env("HOME", space.path("home"))
            .stdout(Stdio::null())
            .stderr(said)
            .spawn()
            .unwrap();
        display.focus("^Night chase", || {
            if let Some(status) = child.try_wait().unwrap() {
                let said = fs::read_to_string(space.path("said.txt")).unwrap();
                panic!("the app is gone, {status}: {said}");
            }
        });
        Some(App {
            child,
            display,
            server,
            space,
        })
    }

    /// Saves the project under its name in the user's home, and reads it.
    fn save(&self) -> Value {
        let path = self.space.path("home/Night chase/project.json");
        self.display.user(&["key", "ctrl+shift+s"]);
        wait("the saved project", || {
            // The dialog suggests a name: Enter takes it.
            self.display.user(&["key", "Return"]);
            path.is_file()
        });
        serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
    }

    /// Ends it as a user at a terminal does.
    fn end(&mut self) {
        terminate(&self.child, "INT");
        assert!(self.child.wait().unwrap().success());
    }
}

impl Drop for App {
    fn drop(&mut self) {
        _ = self.child.kill();
        _ = self.child.wait();
    }
}

fn wait(what: &str, mut is_so: impl FnMut() -> bool) {
    let end = Instant::now() + LONG;
    while !is_so() {
        assert!(Instant::now() < end, "{what} does not come");
        std::thread::yield_now();
    }
}

/// Where sounds begin that follow silence of at least a tenth of a second.
fn onsets(samples: &[f32]) -> Vec<usize> {
    let mut silent = usize::MAX / 2;
    let mut found = Vec::new();
    for (at, sample) in samples.iter().enumerate() {
        if sample.abs() < 1e-3 {
            silent += 1;
            continue;
        }
        if silent >= 4_800 {
            found.push(at);
        }
        silent = 0;
    }
    found
}

#[test]
fn notes_of_a_sequencer_are_heard_on_their_frames() {
    let Some(mut app) = App::start("notes") else {
        return;
    };
    let ports = ports(&app.server);
    wait("the MIDI port", || {
        app.server.list(&[]).contains("segue:midi_in")
    });
    // A short tick every half second.
    let mut sequencer = app.server.tool("jack_midiseq");
    let mut sequencer = sequencer
        .args(["seq", "24000", "0", "37", "6000"])
        .spawn()
        .unwrap();
    wait("the connection", || {
        let mut connect = app.server.tool("jack_connect");
        connect
            .args(["seq:out", "segue:midi_in"])
            .status()
            .unwrap()
            .success()
    });
    let wav = app.space.path("heard.wav");
    record(&app.server, &ports, 4, &wav);
    terminate(&sequencer, "TERM");
    sequencer.wait().unwrap();
    app.end();

    let heard = left_channel(&wav);
    let onsets = onsets(&heard);
    // A busy machine drops whole blocks, and what came in one of those begins with the next; all
    // other notes stay on their frame within their block.
    let is_exact = |two: &&[usize]| (two[1] - two[0]).abs_diff(24_000).is_multiple_of(BLOCK);
    let exact = onsets.windows(2).filter(is_exact).count();
    assert!(exact >= 3 && 2 * exact > onsets.len(), "{onsets:?}");
}

#[test]
fn a_click_a_drag_and_typing_reach_the_saved_project() {
    let Some(mut app) = App::start("hands") else {
        return;
    };
    // Strips are 84 points apart; see the sizes in segue-gui's strip.
    let strip = |number: i32, x: i32, y: i32| [8 + 84 * number + x, y];
    app.display.click(strip(0, 20, 588));
    app.display.user(&["type", "--", "-12"]);
    app.display.user(&["key", "Return"]);
    app.display.drag_down(strip(1, 20, 300), 60);
    app.display.click(strip(2, 20, 618));
    let saved = app.save();
    let buses = saved["buses"].as_array().unwrap();
    let others: Vec<&Value> = buses.iter().filter(|bus| bus["id"] != "master").collect();
    assert_eq!(others[0]["gain_db"], -12, "typed");
    let dragged = others[1]["gain_db"].as_f64().unwrap();
    assert!((-40.0..-1.0).contains(&dragged), "dragged to {dragged}");
    assert_eq!(others[2]["mute"], true, "clicked");
    app.end();
    let kept = fs::read(app.space.path("config/app.json")).unwrap();
    let kept: Value = serde_json::from_slice(&kept).unwrap();
    let recent = Path::new(kept["recent"][0].as_str().unwrap());
    assert_eq!(recent.file_name().unwrap(), "Night chase");
    assert_eq!(kept["audio"]["system"], "JACK");
}

#[test]
fn the_app_lives_on_when_its_output_goes() {
    let Some(mut app) = App::start("lives") else {
        return;
    };
    ports(&app.server);
    app.server.end();
    app.display.click([114, 618]);
    let saved = app.save();
    assert_eq!(saved["name"], "Night chase");
    app.end();
}

#[test]
fn without_a_display_the_way_out_is_said() {
    let space = Space::new();
    let mut app = space.command(&["app"]);
    app.env_remove("DISPLAY").env_remove("WAYLAND_DISPLAY");
    let output = app.output().unwrap();
    let text = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(text.contains("there is no display"), "{text}");
    assert!(
        text.contains("`segue play` and `segue render` need no display"),
        "{text}"
    );
}
