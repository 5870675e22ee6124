//! The factory project in an editor that a hand is at work in. The pictures stay in the test's
//! folder; `BLESS=1` puts the last one into the docs.

use std::path::Path;

use clack_host::events::event_types::{TransportEvent, TransportFlags};
use clack_host::events::{EventFlags, EventHeader};
use clack_host::prelude::*;
use clack_host::utils::{BeatTime, SecondsTime};
use segue_plugin::{Kind, Param};

use super::use_it::MACRO;
use super::{Editor, Picture, Screen};
use crate::host::Host;
use crate::projects::project;

/// "Try the factory project", in an editor of the usual size without a project.
const FACTORY: [i16; 2] = [600, 424];
const SECOND_MACRO: [i16; 2] = [884, 131];
const RETURN: u32 = 0xff0d;
const TEMPO: f64 = 100.0;
const BLOCK: usize = 480;

/// A host whose song plays.
struct Song {
    host: Host,
    blocks: u32,
}

impl Song {
    /// Plays a block.
    fn play(&mut self) {
        self.host.idle();
        let beats = f64::from(self.blocks) * 0.01 * TEMPO / 60.0;
        let transport = transport(beats);
        let none = EventBuffer::new();
        self.host.block(BLOCK, &[], &none, Some(&transport));
        self.blocks += 1;
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
        !project(&song.host.save()).macros.is_empty()
    });
    // It is loaded beside what plays.
    song.blocks = 0;
    screen.wait_until("sound", || {
        song.play();
        let playing = editor.look().difference(&blank) > 20_000;
        playing && song.blocks > 200
    });
    let before = editor.look();
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
    let mut after = editor.look();
    screen.wait_until("its picture", || {
        song.play();
        after = editor.look();
        after.difference(&before) > 1_000
    });
    keep(&after, "editor-worked.png");
    if std::env::var_os("BLESS").is_some() {
        let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/img");
        after.save(&docs.join("editor.png"));
    }
    for (size, name) in [
        ([720, 480], "editor-small.png"),
        ([1600, 1000], "editor-large.png"),
    ] {
        editor.resize(&mut song.host, size);
        (0..50).for_each(|_| song.play());
        keep(&editor.look(), name);
    }
    editor.close(&mut song.host);
    for (scale, name) in [(1.5, "editor-1.5x.png"), (2.0, "editor-2x.png")] {
        let editor = Editor::open_at(&mut song.host, Some(scale));
        (0..50).for_each(|_| song.play());
        keep(&editor.look(), name);
        editor.close(&mut song.host);
    }
}
