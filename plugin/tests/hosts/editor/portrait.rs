//! The factory project in an editor that a hand is at work in. The pictures stay in the test's
//! folder; `BLESS=1` puts the last one into the docs.

use std::path::Path;

use clack_host::events::event_types::{TransportEvent, TransportFlags};
use clack_host::events::{EventFlags, EventHeader};
use clack_host::prelude::*;
use clack_host::utils::{BeatTime, SecondsTime};
use segue_engine::format::container::{Package, PluginState};
use segue_engine::format::project::{Macro, MacroTarget};
use segue_plugin::{Kind, Param};

use super::screen::RETURN;
use super::use_it::MACRO;
use super::{Editor, Picture, Screen};
use crate::host::Host;
use crate::projects::project;

/// "Try the factory project", in an editor of the usual size without a project.
const FACTORY: [i16; 2] = [598, 412];
const SECOND_MACRO: [i16; 2] = [884, 131];
const TEMPO: f64 = 100.0;
const BLOCK: usize = 480;
/// Blocks after which the song begins again.
const LENGTH: u32 = 2_000;

/// A host whose song plays.
struct Song {
    host: Host,
    blocks: u32,
}

impl Song {
    /// Plays a block and returns its peak.
    fn play(&mut self) -> f32 {
        self.host.idle();
        let beats = f64::from(self.blocks) * 0.01 * TEMPO / 60.0;
        let transport = transport(beats);
        let none = EventBuffer::new();
        let (outs, _) = self.host.block(BLOCK, &[], &none, Some(&transport));
        self.blocks = (self.blocks + 1) % LENGTH;
        outs[0]
            .iter()
            .flatten()
            .fold(0.0, |peak, x| peak.max(x.abs()))
    }

    /// Plays on for a while, and looks.
    fn look(&mut self, editor: &Editor) -> Picture {
        for _ in 0..50 {
            self.play();
        }
        editor.look()
    }
}

fn transport(beats: f64) -> TransportEvent {
    let no_beats = BeatTime::from_float(0.0);
    let no_seconds = SecondsTime::from_float(0.0);
    TransportEvent {
        header: EventHeader::new_core(0, EventFlags::empty()),
        flags: TransportFlags::HAS_BEATS_TIMELINE
            | TransportFlags::HAS_TEMPO
            | TransportFlags::HAS_TIME_SIGNATURE
            | TransportFlags::IS_PLAYING,
        song_pos_beats: BeatTime::from_float(beats),
        song_pos_seconds: no_seconds,
        tempo: TEMPO,
        tempo_inc: 0.0,
        loop_start_beats: no_beats,
        loop_end_beats: no_beats,
        loop_start_seconds: no_seconds,
        loop_end_seconds: no_seconds,
        bar_start: BeatTime::from_float((beats / 4.0).floor() * 4.0),
        #[allow(clippy::cast_possible_truncation, reason = "a few bars")]
        bar_number: (beats / 4.0) as i32,
        time_signature_numerator: 4,
        time_signature_denominator: 4,
    }
}

/// The factory project with macros for some of its inserts.
fn with_macros(state: &[u8]) -> Vec<u8> {
    let row = |name: &str, value, bus: &str, insert: &str, param: &str, range: [f64; 2]| Macro {
        id: name.to_lowercase(),
        name: name.to_owned(),
        value,
        targets: vec![MacroTarget {
            bus: bus.to_owned(),
            insert: insert.to_owned(),
            param: param.to_owned(),
            min: range[0],
            max: range[1],
            ..MacroTarget::default()
        }],
        ..Macro::default()
    };
    let mut package = Package::from_bytes(state).unwrap().into_owned();
    let mut project = package.project().unwrap().0;
    project.interactive.macros.clear();
    project.macros = vec![
        row("Light", 0.5, "music", "tone", "band14_gain", [-6.0, 6.0]),
        row("Crush", 0.8, "squash", "crush", "threshold", [0.0, -45.0]),
        row("Glue", 0.25, "music", "glue", "ratio", [1.0, 6.0]),
        row(
            "Distance",
            0.1,
            "ambience",
            "distance",
            "band1_freq",
            [20.0, 900.0],
        ),
        row(
            "Ceiling",
            0.95,
            "master",
            "ceiling",
            "ceiling",
            [-20.0, 0.0],
        ),
    ];
    package
        .set_project_json(project.to_json().unwrap())
        .unwrap();
    package.set_plugin_state(&PluginState::default()).unwrap();
    package.to_bytes().unwrap()
}

fn keep(picture: &Picture, name: &str) {
    picture.save(&Path::new(env!("CARGO_TARGET_TMPDIR")).join(name));
}

#[test]
fn a_factory_project_plays_while_a_hand_is_at_work() {
    let screen = Screen::get();
    let mut host = Host::new(Kind::Instrument);
    host.start(48_000.0, 4_096);
    let mut editor = Editor::open(&mut host);
    let blank = editor.look();
    keep(&blank, "editor-blank.png");
    screen.click(FACTORY);
    let mut song = Song { host, blocks: 0 };
    screen.wait_until("the factory project", || {
        song.play();
        project(&song.host.save()).name == "Night chase"
    });
    // The session comes back with macros; the editor stays open.
    let state = with_macros(&song.host.save());
    song.host.load(&state).unwrap();
    assert_eq!(song.host.value(Param::Macro(1)), 0.8);
    song.blocks = 0;
    // It is loaded beside what plays.
    screen.wait_until("sound", || song.play() > 0.1);
    screen.wait_until("meters", || song.look(&editor).difference(&blank) > 20_000);
    let before = song.look(&editor);
    keep(&before, "editor-playing.png");

    screen.move_to(MACRO);
    screen.button(1, true);
    let [x, y] = MACRO;
    screen.move_to([x, y - 30]);
    screen.button(1, false);
    screen.move_to(SECOND_MACRO);
    screen.button(3, true);
    screen.button(3, false);
    screen.wait_until("the keyboard", || {
        song.play();
        screen.has_keyboard(editor.parent)
    });
    screen.type_text("37");
    screen.key(RETURN);
    screen.wait_until("what was typed", || {
        song.play();
        song.host.value(Param::Macro(1)) == 0.37
    });
    let mut after = song.look(&editor);
    let (number, knob) = ([850, 174, 70, 20], [856, 100, 56, 60]);
    screen.wait_until("the end of typing", || {
        let then = std::mem::replace(&mut after, song.look(&editor));
        let rests = |part| after.part(part) == then.part(part);
        after.part(knob) != before.part(knob) && rests(number) && rests(knob)
    });
    assert!(after.difference(&before) > 1_000);
    assert!(song.host.value(Param::Macro(0)) > 0.5);
    keep(&after, "editor-worked.png");
    if std::env::var_os("BLESS").is_some() {
        let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/img");
        after.save(&docs.join("editor.png"));
    }
    for (size, name) in [
        ([720, 480], "editor-small.png"),
        ([1600, 1000], "editor-large.png"),
        ([1080, 680], "editor-usual.png"),
    ] {
        editor.resize(&mut song.host, size);
        keep(&song.look(&editor), name);
    }
    editor.close(&mut song.host);
    for (scale, name) in [(1.5, "editor-1.5x.png"), (2.0, "editor-2x.png")] {
        let editor = Editor::open_at(&mut song.host, Some(scale));
        keep(&song.look(&editor), name);
        editor.close(&mut song.host);
    }
}
