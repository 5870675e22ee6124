//! "Lantern festival": the sounds and the mixer of a slot game.
//!
//! 120 bpm and G major throughout, so that every layer fits every other; one-shots keep to the
//! pentatonic scale of the music. What the game's moments post is in `lantern/game.json`.

mod features;
mod layers;
mod reels;
mod sounds;
mod wins;

use segue_format::project::{Bus, MASTER, Project, Seed};

use crate::catalogue::{Item, ambience, shot, stem};
use crate::clock::RATE;
use crate::project::mixer::{HIGH_PASS, bus, insert};

/// What the game's moments post, the levels of the music and what moves between them.
const GAME: &str = include_str!("lantern/game.json");

/// All files, the music first.
pub(crate) const ITEMS: &[Item] = &[
    stem("dusk", layers::dusk),
    stem("kalimba", layers::kalimba),
    stem("bass", layers::bass),
    stem("drums", layers::drums),
    stem("taiko", layers::taiko),
    stem("flute", layers::flute),
    stem("lights", layers::lights),
    stem("pulse", layers::pulse),
    ambience("crickets", layers::crickets),
    ambience("spin", reels::spin),
    ambience("whirr", reels::whirr),
    ambience("await", reels::wait),
    ambience("tension", reels::tension),
    ambience("cheer", wins::cheer),
    shot("press", reels::press),
    shot("land", reels::land),
    shot("land_star", reels::land_star),
    shot("land_coin", reels::land_coin),
    shot("tick", reels::tick),
    shot("breath", reels::breath),
    shot("chime", wins::chime),
    shot("coin", wins::coin),
    shot("soft", wins::soft),
    shot("win_small", wins::small),
    shot("win_nice", wins::nice),
    shot("win_great", wins::great),
    shot("fanfare", wins::fanfare),
    shot("bells", wins::bells),
    shot("gong", features::gong),
    shot("drop", features::drop),
    shot("crumble", features::crumble),
    shot("sparkle", features::sparkle),
    shot("alarm", features::alarm),
    shot("roll", features::roll),
    shot("hit", features::hit),
    shot("close", features::close),
    shot("no", features::no),
];

/// The project, with the BLAKE3 of each file in the order of [`ITEMS`].
///
/// # Errors
/// What is wrong with the text of the game.
pub(crate) fn build(hashes: &[String]) -> Result<Project, serde_json::Error> {
    let mut project = Project::new("Lantern festival");
    project.author = Some("Segue".into());
    project.description = Some(
        "A slot game to hear: every moment of a spin posts an event, music in five contexts \
         follows what the game wins. game.json holds its strips, scenes/showcase.json shows \
         everything once."
            .into(),
    );
    project.licence = Some("CC0-1.0".into());
    project.seed = Seed(0x4c61_6e74_6572_6e01);
    project.sample_rate = Some(RATE);
    project.assets = crate::project::assets(ITEMS, hashes);
    project.buses = buses();
    project.sounds = sounds::sounds();
    project.interactive = serde_json::from_str(GAME)?;
    Ok(project)
}

fn buses() -> Vec<Bus> {
    let ceiling = insert(
        "ceiling",
        "limiter",
        &[("ceiling", -1.5), ("release", 120.0)],
    );
    let glue = insert(
        "glue",
        "compressor",
        &[
            ("threshold", -20.0),
            ("ratio", 2.0),
            ("knee", 8.0),
            ("attack", 25.0),
            ("release", 200.0),
            ("make_up", 1.5),
        ],
    );
    let thin = insert(
        "thin",
        "eq",
        &[
            ("band1_on", 1.0),
            ("band1_type", HIGH_PASS),
            ("band1_freq", 60.0),
        ],
    );
    vec![
        Bus {
            inserts: vec![ceiling],
            ..bus(MASTER, "Master")
        },
        Bus {
            inserts: vec![glue],
            ..bus("music", "Music")
        },
        Bus {
            inserts: vec![thin],
            ..bus("reels", "Reels")
        },
        bus("wins", "Wins"),
        bus("features", "Features"),
        bus("ambience", "Ambience"),
        bus("ui", "Menu"),
    ]
}
