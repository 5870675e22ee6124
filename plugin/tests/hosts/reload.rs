//! A project that was opened from a folder, and that somebody else saves there.

use crate::host::{Event, Host};
use crate::projects::{project, wav_with};
use clack_extensions::preset_discovery::prelude::{Location, PluginPresetLoad};
use segue_engine::format::container::Package;
use segue_plugin::{Kind, Param};
use std::ffi::CString;
use std::fs;
use std::path::Path;
use std::sync::atomic::Ordering::Relaxed;
use std::time::{Duration, Instant};

/// Longer than anything takes on a busy machine.
const LONG: Duration = Duration::from_secs(60);

const PROJECT: &str = r#"{"format": "segue.project", "version": 1, "name": "Steps",
"assets": [{"id": "step", "file": "assets/step.wav"}, {"id": "hum", "file": "assets/hum.wav"}],
"buses": [{"id": "master", "pan_law": "balance"}, {"id": "tone"}, {"id": "low", "inserts": [{"id": "g", "kind": "gain"}]}],
"sounds": [{"id": "step", "asset": "step", "bus": "tone"}, {"id": "hum", "asset": "hum", "bus": "low", "loop": {}}],
"macros": [{"id": "m", "name": "Trim", "value": 1,
  "targets": [{"bus": "low", "insert": "g", "param": "gain", "min": -60, "max": 0}]}],
"notes": [{"keys": [60, 60], "root": 60, "sound": "step"}, {"keys": [48, 48], "root": 48, "sound": "hum"}]}"#;

/// Puts a file where a host may be reading it: all of it at once.
fn put(path: &Path, bytes: &[u8]) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    let new = path.with_extension("new");
    fs::write(&new, bytes).unwrap();
    fs::rename(new, path).unwrap();
}

/// A folder with the project, and an instance that has opened it and plays.
struct Rig {
    host: Host,
    folder: tempfile::TempDir,
}

impl Rig {
    fn new() -> Rig {
        let folder = tempfile::tempdir().unwrap();
        put(&folder.path().join("assets/step.wav"), &wav_with(480, 0.5));
        put(
            &folder.path().join("assets/hum.wav"),
            &wav_with(4_800, 0.125),
        );
        put(&folder.path().join("project.json"), PROJECT.as_bytes());
        let mut host = Host::new(Kind::Instrument);
        let extension: PluginPresetLoad = host.extension();
        let path = CString::new(folder.path().to_str().unwrap()).unwrap();
        let location = Location::File { path: &path };
        extension
            .load_from_location(&host.instance.plugin_handle(), location, None)
            .unwrap();
        host.start(48_000.0, 4_096);
        host.idle();
        Rig { host, folder }
    }

    fn save(&self, text: &str) {
        put(&self.folder.path().join("project.json"), text.as_bytes());
    }

    /// What is heard at the end of 960 frames: with a note of the short sound, or without.
    fn level(&mut self, is_struck: bool) -> f32 {
        self.host.idle();
        let note = [(0, Event::On(60, 1.0))];
        let notes = if is_struck { &note[..] } else { &[] };
        let out = self.host.render(960, &[], notes, &[480]);
        out[0][400]
    }

    /// Plays on until it sounds like this.
    fn hear(&mut self, is_struck: bool, level: f32) {
        let end = Instant::now() + LONG;
        loop {
            let now = self.level(is_struck);
            if (now - level).abs() < 1e-3 {
                return;
            }
            assert!(Instant::now() < end, "{now} is heard, not {level}");
        }
    }

    /// Plays on until the plug-in says that something is wrong.
    fn error(&mut self) -> String {
        let end = Instant::now() + LONG;
        loop {
            self.level(false);
            if let Some(text) = self.host.error() {
                return text;
            }
            assert!(Instant::now() < end, "nothing is said");
        }
    }

    /// The session, once it holds what is heard: the audio thread may be ahead of the main thread.
    fn session(&mut self, is_it: impl Fn(&Package<'_>) -> bool) -> Vec<u8> {
        let end = Instant::now() + LONG;
        loop {
            self.host.idle();
            let saved = self.host.save();
            if is_it(&Package::from_bytes(&saved).unwrap()) {
                return saved;
            }
            assert!(Instant::now() < end, "the session does not hold it");
        }
    }

    /// Waits until it asks for a visit.
    fn called(&mut self) {
        let end = Instant::now() + LONG;
        while self.host.asked.callback.load(Relaxed) == 0 {
            assert!(Instant::now() < end, "nothing is asked");
            std::thread::yield_now();
        }
    }
}

#[test]
fn a_saved_file_is_heard_and_what_sounds_goes_on() {
    let mut rig = Rig::new();
    rig.hear(true, 0.5);
    let hold = [(0, Event::On(48, 1.0))];
    rig.host.render(960, &[], &hold, &[480]);
    rig.hear(false, 0.125);
    let dirty = rig.host.asked.dirty.load(Relaxed);
    put(
        &rig.folder.path().join("assets/step.wav"),
        &wav_with(480, 0.25),
    );
    let end = Instant::now() + LONG;
    while (rig.level(true) - 0.375).abs() > 1e-3 {
        assert!(Instant::now() < end, "the new file is not heard");
        assert!(rig.level(false) > 0.12, "the loop goes on");
    }
    assert!((rig.level(false) - 0.125).abs() < 1e-3);
    rig.session(|session| {
        let step = session.assets().find(|it| it.path.ends_with("step.wav"));
        *step.unwrap().bytes == wav_with(480, 0.25)
    });
    assert!(rig.host.asked.dirty.load(Relaxed) > dirty);
}

#[test]
fn an_invalid_save_is_told_with_its_place_and_changes_nothing() {
    let mut rig = Rig::new();
    let before = rig.host.save();
    rig.hear(true, 0.5);
    rig.save(&PROJECT.replace("\"bus\": \"tone\"", "\"bus\": \"tune\""));
    let text = rig.error();
    assert!(
        text.contains("not taken over") && text.contains("line 4"),
        "{text}"
    );
    assert!(text.contains("sounds[0].bus"), "{text}");
    rig.hear(true, 0.5);
    assert!(rig.host.save() == before);
    // The next save is taken over, also where it needs another mixer.
    let more = "{\"id\": \"tone\", \"gain_db\": -6.0206}, {\"id\": \"more\"}";
    rig.save(&PROJECT.replace("{\"id\": \"tone\"}", more));
    rig.hear(true, 0.25);
    rig.session(|session| session.project().unwrap().0.bus("more").is_some());
}

#[test]
fn what_was_changed_in_the_host_stays() {
    let mut rig = Rig::new();
    rig.hear(true, 0.5);
    // As if the fader had been moved, and the session been opened again.
    let saved = rig.host.save();
    let mut package = Package::from_bytes(&saved).unwrap().into_owned();
    let (mut changed, _) = package.project().unwrap();
    let tone = changed.buses.iter_mut().find(|it| it.id == "tone").unwrap();
    tone.gain_db = -6.0206;
    package
        .set_project_json(changed.to_json().unwrap())
        .unwrap();
    rig.host.load(&package.to_bytes().unwrap()).unwrap();
    rig.hear(true, 0.25);
    let hold = [
        (0, Event::On(48, 1.0)),
        (0, Event::Value(Param::Macro(0), 0.9)),
    ];
    rig.host.render(960, &[], &hold, &[480]);
    let text = PROJECT.replace("\"Steps\"", "\"Other\"");
    rig.save(&text.replace("{\"id\": \"low\",", "{\"id\": \"low\", \"gain_db\": -20,"));
    // -20 dB of the fader and -6 dB of the macro.
    rig.hear(false, 0.125 * 0.1 * 0.501_187);
    let saved = rig.session(|session| session.project().unwrap().0.name == "Other");
    let now = project(&saved);
    assert_eq!(now.bus("tone").unwrap().gain_db, -6.0206);
    assert_eq!(rig.host.value(Param::Macro(0)), 0.9);
}

#[test]
fn what_the_host_modulates_stays_where_it_is() {
    let mut rig = Rig::new();
    let hold = [
        (0, Event::On(48, 1.0)),
        (0, Event::Mod(Param::Macro(0), -0.1)),
    ];
    rig.host.render(960, &[], &hold, &[480]);
    rig.hear(false, 0.125 * 0.501_187);
    let (plain, more) = (
        r#""low", "inserts": [{"id": "g", "kind": "gain"}]"#,
        r#""low", "gain_db": -20, "inserts": [{"id": "g", "kind": "gain", "params": {"gain": -40}}]"#,
    );
    assert!(PROJECT.contains(plain));
    rig.save(&PROJECT.replace(plain, more));
    // -20 dB of the fader and -6 dB of the macro; the insert's own value does not count.
    rig.hear(false, 0.125 * 0.1 * 0.501_187);
}

#[test]
fn a_value_that_the_game_moved_survives_a_save_and_not_a_macro() {
    let interactive = r#", "interactive": {
        "rtpcs": [{"name": "Level", "default": 1, "targets": [{"target": "bus_volume", "bus": "low",
            "curve": [{"x": 0, "y": -20}, {"x": 1, "y": 0}]}]}],
        "macros": [{"macro_id": "level", "rtpc": "Level"}],
        "events": [{"name": "Quiet", "actions": [{"do": "set_rtpc", "rtpc": "Level", "value": 0}]}],
        "notes": [{"keys": [36, 36], "on": "Quiet"}]}}"#;
    let text = PROJECT.trim_end_matches('}').to_owned() + interactive;
    let text = text.replace(
        r#""macros": [{"id": "m""#,
        r#""macros": [{"id": "level", "name": "Level", "value": 1}, {"id": "m""#,
    );
    let mut rig = Rig::new();
    rig.save(&text);
    rig.session(|session| session.project().unwrap().0.macros.len() == 2);
    let hold = |key| [(0, Event::On(key, 1.0))];
    rig.host.render(960, &[], &hold(48), &[480]);
    rig.hear(false, 0.125);
    rig.host.render(960, &[], &hold(36), &[480]);
    rig.hear(false, 0.0125);
    rig.save(&text.replace(r#"{"id": "low","#, r#"{"id": "low", "gain_db": 12.0412,"#));
    rig.hear(false, 0.05);
    let level = [(0, Event::Value(Param::Macro(0), 0.5))];
    rig.host.render(960, &[], &level, &[480]);
    rig.hear(false, 0.5 * 0.316_228);
}

#[test]
fn an_offline_render_is_not_changed_in_the_middle() {
    let mut rig = Rig::new();
    rig.hear(true, 0.5);
    rig.host.set_offline(true);
    rig.host.idle();
    put(
        &rig.folder.path().join("assets/step.wav"),
        &wav_with(480, 0.25),
    );
    rig.called();
    for _ in 0..100 {
        assert!((rig.level(true) - 0.5).abs() < 1e-3);
    }
    rig.host.set_offline(false);
    rig.hear(true, 0.25);
}

#[test]
fn an_instance_that_does_not_run_holds_what_was_saved() {
    let mut rig = Rig::new();
    rig.host.stop();
    rig.save(&PROJECT.replace("\"Steps\"", "\"Other\""));
    rig.session(|session| session.project().unwrap().0.name == "Other");
    rig.host.start(48_000.0, 4_096);
    rig.hear(true, 0.5);
}
