//! The app on a display without a screen, through a server without a sound card.

use super::display::Display;
use super::server::{BLOCK, Server, connected, left_channel, ports, record, terminate, try_record};
use crate::support::Space;
use serde_json::Value;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

/// An ALSA output of any rate and buffer that plays into the server too.
const ALSA: &[u8] = br#"
pcm.!default { type plug slave.pcm "server" }
pcm.server { type jack playback_ports { 0 system:playback_1 1 system:playback_2 } }
"#;
/// How the ports of its two systems begin.
const THROUGH_JACK: &str = "cpal_client";
const THROUGH_ALSA: &str = "segue.P.";

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
    fn start() -> App {
        let server = Server::start();
        let display = Display::start();
        let space = Space::new();
        let settings = br#"{"audio": {"system": "JACK"}}"#;
        space.write("config/app.json", settings);
        space.write("home/.asoundrc", ALSA);
        let child = launch(&space, &display, &server);
        App {
            child,
            display,
            server,
            space,
        }
    }

    /// What it has written down.
    fn settings(&self) -> Value {
        serde_json::from_slice(&self.space.read("config/app.json")).unwrap()
    }

    /// Saves the project under its name in the user's home, and reads it.
    fn save(&self) -> Value {
        let path = self.space.path("home/Night chase/project.json");
        if path.is_file() {
            fs::remove_dir_all(path.parent().unwrap()).unwrap();
        }
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

/// Starts it and waits for its window.
fn launch(space: &Space, display: &Display, server: &Server) -> Child {
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
    child
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
    let mut app = App::start();
    let ports = ports(&app.server).expect("connected ports");
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
    let mut app = App::start();
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
    let kept = app.settings();
    let recent = Path::new(kept["recent"][0].as_str().unwrap());
    assert_eq!(recent.file_name().unwrap(), "Night chase");
    assert_eq!(kept["audio"]["system"], "JACK");
}

#[test]
fn the_app_lives_on_when_its_output_goes() {
    let mut app = App::start();
    assert!(ports(&app.server).is_some());
    app.server.end();
    app.display.click([114, 618]);
    let saved = app.save();
    assert_eq!(saved["name"], "Night chase");
    app.end();
}

/// The rows of the settings, by the middle of their lists wherever what they tell wraps.
const SYSTEM: i32 = 186;
const RATE: i32 = 254;
const BUFFER: i32 = 288;
/// When what had no effect is done again.
const AGAIN: Duration = Duration::from_secs(5);
/// Beside the rows: a click there closes a list.
const BESIDE: [i32; 2] = [330, 156];

impl App {
    /// Chooses an entry of a list in the settings, again whenever it is not chosen, until something
    /// is so.
    fn choose(
        &self,
        [row, entry]: [i32; 2],
        what: &str,
        is_chosen: impl Fn() -> bool,
        is_so: impl Fn() -> bool,
    ) {
        let mut next = Instant::now();
        wait(what, || {
            // A list that was not open yet when its entry was clicked is opened once more, but not
            // before a slow app has seen every click.
            if Instant::now() >= next && !is_chosen() {
                self.display.click(BESIDE);
                self.display.click([700, row]);
                self.display.click([700, row + 33 + 32 * entry]);
                next = Instant::now() + AGAIN;
            }
            self.display.user(&["getmouselocation"]);
            is_so()
        });
    }

    /// Chooses it until it is written down.
    fn chooses(&self, at: [i32; 2], key: &str, value: &Value) {
        let is_chosen = || self.settings()["audio"][key] == *value;
        self.choose(at, key, is_chosen, is_chosen);
    }

    /// Chooses it until it is heard through ports that begin so. A server that gets no time refuses
    /// an output now and then; the app says so and goes back to what played before, and the user
    /// chooses once more.
    fn hears(&self, at: [i32; 2], key: &str, value: &Value, begin: &str) {
        let is_chosen = || self.settings()["audio"][key] == *value;
        self.choose(at, key, is_chosen, || {
            is_chosen() && self.is_heard(begin) && is_chosen()
        });
    }

    /// Whether the server hears something from the app, through ports that begin so.
    fn is_heard(&self, begin: &str) -> bool {
        let wav = self.space.path("heard.wav");
        let ports = connected(&self.server, begin);
        ports.len() == 2
            && try_record(&self.server, &ports, 1, &wav)
            && left_channel(&wav).iter().any(|x| x.abs() > 1e-2)
    }
}

#[test]
fn the_output_changes_while_it_plays_and_the_sound_goes_on() {
    let mut app = App::start();
    assert!(ports(&app.server).is_some());
    app.display.user(&["key", "space"]);
    wait("the sound", || app.is_heard(THROUGH_JACK));
    app.display.user(&["key", "ctrl+comma"]);
    app.hears([SYSTEM, 2], "system", &"ALSA".into(), THROUGH_ALSA);
    assert_eq!(connected(&app.server, THROUGH_JACK), Vec::<String>::new());
    app.hears([RATE, 3], "rate", &44_100.into(), THROUGH_ALSA);
    // The next change comes before the engine of the last one has begun.
    app.chooses([RATE, 0], "rate", &Value::Null);
    app.hears([BUFFER, 5], "buffer", &512.into(), THROUGH_ALSA);

    app.hears([SYSTEM, 1], "system", &"JACK".into(), THROUGH_JACK);
    // The server has a buffer of its own and refuses others: what plays goes on.
    let number = |app: &App| {
        fs::metadata(app.space.path("config/app.json"))
            .unwrap()
            .ino()
    };
    let before = number(&app);
    let is_refused = || number(&app) != before && app.settings()["audio"]["buffer"].is_null();
    app.choose([BUFFER, 5], "the refusal", || false, is_refused);
    wait("the sound", || app.is_heard(THROUGH_JACK));
    assert_eq!(app.settings()["audio"]["system"], "JACK");
    app.display.user(&["key", "Escape"]);
    app.display.click([114, 618]);
    let saved = app.save();
    assert_eq!(saved["name"], "Night chase");
    app.end();
}

#[test]
fn the_zoom_by_keys_is_remembered() {
    let mut app = App::start();
    app.display.user(&["key", "ctrl+equal"]);
    // Settings are written at the end, and what was typed before has been heard by then.
    let _ = app.save();
    app.end();
    let window = app.settings()["window"].clone();
    let scale = |window: &Value| window["scale"].as_f64().unwrap();
    assert!((scale(&window) - 1.1).abs() < 1e-3, "{window}");
    app.child = launch(&app.space, &app.display, &app.server);
    let _ = app.save();
    app.end();
    assert_eq!(app.settings()["window"], window);
    app.child = launch(&app.space, &app.display, &app.server);
    app.display.user(&["key", "ctrl+minus"]);
    let _ = app.save();
    app.end();
    assert_eq!(scale(&app.settings()["window"]), 1.0);
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
