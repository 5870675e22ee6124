//! Buses and what is on them.
//!
//! `drums` and `squash` play into `music`; `music`, `ambience`, `sfx` `ui` and `voice` into `master`.

use segue_format::project::{Bus, Insert, MASTER, Send};

/// All buses, what is heard first.
pub(super) fn buses() -> Vec<Bus> {
    vec![
        master(),
        music(),
        drums(),
        squash(),
        ambience(),
        group("sfx", "Effects"),
        group("ui", "Menu"),
        group("voice", "Voice"),
    ]
}

fn master() -> Bus {
    Bus {
        inserts: vec![insert(
            "ceiling",
            "limiter",
            &[("ceiling", -1.0), ("release", 120.0)],
        )],
        ..bus(MASTER, "Master")
    }
}

fn music() -> Bus {
    let tone = insert(
        "tone",
        "eq",
        &[
            ("band1_on", 1.0),
            ("band1_type", HIGH_PASS),
            ("band1_freq", 28.0),
            ("band7_on", 1.0),
            ("band7_freq", 380.0),
            ("band7_gain", -1.5),
            ("band7_q", 0.9),
            ("band14_on", 1.0),
            ("band14_type", HIGH_SHELF),
            ("band14_freq", 7000.0),
            ("band14_gain", 1.5),
        ],
    );
    let glue = insert(
        "glue",
        "compressor",
        &[
            ("threshold", -16.0),
            ("ratio", 2.0),
            ("knee", 8.0),
            ("attack", 25.0),
            ("release", 180.0),
            ("key_filter", 1.0),
            ("key_freq", 90.0),
            ("make_up", 1.0),
        ],
    );
    Bus {
        inserts: vec![tone, glue],
        ..group("music", "Music")
    }
}

fn drums() -> Bus {
    Bus {
        output: Some("music".into()),
        sends: vec![Send {
            gain_db: -8.0,
            ..Send::new("squash")
        }],
        ..bus("drums", "Drums")
    }
}

/// Parallel compression: the drums' room and tails, brought up under their strokes.
fn squash() -> Bus {
    let crush = insert(
        "crush",
        "compressor",
        &[
            ("threshold", -36.0),
            ("ratio", 8.0),
            ("attack", 3.0),
            ("release", 90.0),
            ("make_up", 6.0),
            ("detector", 1.0),
        ],
    );
    Bus {
        output: Some("music".into()),
        inserts: vec![crush],
        ..bus("squash", "Drums squashed")
    }
}

fn ambience() -> Bus {
    let distance = insert(
        "distance",
        "eq",
        &[
            ("band1_on", 1.0),
            ("band1_type", HIGH_PASS),
            ("band1_freq", 45.0),
        ],
    );
    Bus {
        inserts: vec![distance],
        ..group("ambience", "Ambience")
    }
}

/// What plays into the master: the song and the game at its highest level fit in together.
fn group(id: &str, name: &str) -> Bus {
    Bus {
        gain_db: HEADROOM_DB,
        ..bus(id, name)
    }
}

const HEADROOM_DB: f64 = -4.5;

/// Choices of the equaliser's `type`.
const HIGH_SHELF: f64 = 2.0;
pub(crate) const HIGH_PASS: f64 = 5.0;

/// A bus with a name for people.
pub(crate) fn bus(id: &str, name: &str) -> Bus {
    Bus {
        name: Some(name.into()),
        ..Bus::new(id)
    }
}

/// An insert with what differs from its defaults.
pub(crate) fn insert(id: &str, kind: &str, params: &[(&str, f64)]) -> Insert {
    Insert {
        params: params
            .iter()
            .map(|(name, value)| ((*name).to_owned(), *value))
            .collect(),
        ..Insert::new(id, kind)
    }
}
