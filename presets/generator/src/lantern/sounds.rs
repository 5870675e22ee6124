//! How the files sound: bus, level, priority.

use crate::project::sounds::{looped, once};
use segue_format::project::Sound;

/// Everything that plays.
pub(super) fn sounds() -> Vec<Sound> {
    let mut sounds = music();
    sounds.extend(reels());
    sounds.extend(wins());
    sounds.extend(features());
    sounds
}

fn music() -> Vec<Sound> {
    let layer = |id, gain_db| Sound {
        gain_db,
        ..looped(id, "music", 95, 40.0)
    };
    vec![
        layer("dusk", 0.0),
        layer("kalimba", 0.0),
        layer("bass", 0.0),
        layer("drums", 0.0),
        layer("taiko", 0.0),
        layer("flute", 0.0),
        layer("lights", 0.0),
        layer("pulse", 0.0),
    ]
}

fn reels() -> Vec<Sound> {
    let most = |count, sound| Sound {
        max_instances: Some(count),
        ..sound
    };
    let turning = |id, gain_db| Sound {
        gain_db,
        max_instances: Some(8),
        ..looped(id, "reels", 40, 60.0)
    };
    vec![
        turning("spin", 0.0),
        turning("whirr", -0.5),
        turning("await", 0.0),
        turning("tension", 0.0),
        looped("crickets", "ambience", 30, 800.0),
        once("press", "ui", 60, -6.0),
        most(8, once("land", "reels", 50, -4.0)),
        most(8, once("land_star", "reels", 60, -4.0)),
        most(8, once("land_coin", "reels", 60, -5.0)),
        most(4, once("tick", "ui", 20, -14.0)),
        most(4, once("breath", "reels", 45, -10.0)),
    ]
}

fn wins() -> Vec<Sound> {
    vec![
        Sound {
            max_instances: Some(6),
            ..once("chime", "wins", 55, -7.0)
        },
        Sound {
            max_instances: Some(6),
            ..once("coin", "wins", 35, -8.5)
        },
        once("soft", "wins", 45, -9.0),
        once("win_small", "wins", 60, -5.0),
        once("win_nice", "wins", 65, -4.0),
        once("win_great", "wins", 70, -3.0),
        once("fanfare", "wins", 85, -2.0),
        once("bells", "wins", 80, -5.0),
        Sound {
            gain_db: -4.0,
            fade_in_ms: 300.0,
            ..looped("cheer", "wins", 75, 700.0)
        },
    ]
}

fn features() -> Vec<Sound> {
    vec![
        once("gong", "features", 85, -3.0),
        once("drop", "features", 60, -5.0),
        once("crumble", "features", 55, -7.0),
        once("sparkle", "features", 65, -6.0),
        once("alarm", "features", 90, -3.0),
        once("roll", "features", 90, -3.0),
        once("hit", "features", 92, -2.0),
        once("close", "features", 70, -5.0),
        once("no", "ui", 50, -6.0),
    ]
}
