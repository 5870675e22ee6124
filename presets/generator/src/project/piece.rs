//! The piece on the timeline, and the keys of a keyboard.

use segue_format::project::{Clip, NoteMap};

/// 64 s, and 4 s for the last chord.
pub(super) const LENGTH_BEATS: f64 = 136.0;
/// The second half: all stems.
pub(super) const LOOP_BEATS: (f64, f64) = (64.0, 128.0);

/// Layers: sound, first beat, beats, gain. They enter at bar lines and start anew where the loop
/// region begins.
const LAYERS: &[(&str, f64, f64, f64)] = &[
    ("wind", 0.0, 64.0, 0.0),
    ("pad", 0.0, 64.0, 0.0),
    ("drums_light", 16.0, 48.0, 0.0),
    ("bass", 32.0, 32.0, 0.0),
    ("arp_far", 32.0, 32.0, 0.0),
    ("wind", 64.0, 64.0, -6.0),
    ("pad", 64.0, 64.0, 0.0),
    ("bass", 64.0, 64.0, 0.0),
    ("drums_light", 64.0, 64.0, 0.0),
    ("drums_full", 64.0, 64.0, 0.0),
    ("arp", 64.0, 64.0, 0.0),
    ("lead", 64.0, 64.0, 0.0),
];

/// One-shots: sound, beat, gain, place.
const HITS: &[(&str, f64, f64, Option<f64>)] = &[
    ("footstep_a", 8.0, 0.0, Some(-0.5)),
    ("footstep_b", 9.0, 0.0, Some(-0.3)),
    ("footstep_a", 10.0, 0.0, Some(-0.1)),
    ("footstep_b", 11.0, 0.0, Some(0.1)),
    ("bell", 16.0, -3.0, Some(0.4)),
    ("bell", 32.0, -3.0, Some(-0.4)),
    ("coin", 46.0, -3.0, Some(0.3)),
    ("coin", 47.0, -3.0, Some(0.5)),
    ("riser", 56.0, 0.0, None),
    ("impact", 64.0, 0.0, None),
    ("boost", 78.0, -3.0, Some(-0.3)),
    ("whoosh", 95.3, 0.0, Some(0.3)),
    ("impact", 96.0, -4.0, None),
    ("coin", 110.0, -3.0, Some(-0.4)),
    ("riser", 120.0, -2.0, None),
    ("stinger", 128.0, 0.0, None),
    ("impact", 128.0, -3.0, None),
];

/// One-shots from C2 up, a key each.
const SHOT_KEYS: &[&str] = &[
    "impact",
    "ui_tick",
    "ui_confirm",
    "ui_cancel",
    "coin",
    "boost",
    "whoosh",
    "footstep_a",
    "footstep_b",
    "riser",
    "stinger",
];
/// Loops from C1 up, a key each.
const LOOP_KEYS: &[&str] = &[
    "wind",
    "pad",
    "bass",
    "drums_light",
    "drums_full",
    "arp",
    "lead",
];

/// The piece.
pub(super) fn clips() -> Vec<Clip> {
    let layers = LAYERS.iter().map(|&(sound, at, beats, gain_db)| Clip {
        length_beats: Some(beats),
        looped: true,
        gain_db,
        ..Clip::new(sound, at)
    });
    let hits = HITS.iter().map(|&(sound, at, gain_db, pan)| Clip {
        gain_db,
        pan,
        ..Clip::new(sound, at)
    });
    let mut clips: Vec<Clip> = layers.chain(hits).collect();
    clips.sort_by(|a, b| a.at_beats.total_cmp(&b.at_beats));
    clips
}

/// The keys: loops from 24, one-shots from 36, the bell as an instrument from 60.
pub(super) fn notes() -> Vec<NoteMap> {
    let one_each = |first: u32, sounds: &'static [&str]| {
        (first..)
            .zip(sounds)
            .map(|(key, sound)| NoteMap::new(*sound, key, key, key))
    };
    let mut notes: Vec<NoteMap> = one_each(24, LOOP_KEYS)
        .chain(one_each(36, SHOT_KEYS))
        .collect();
    notes.push(NoteMap::new("bell", 60, 96, 74));
    notes
}
