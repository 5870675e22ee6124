//! `project.json`: the mixer, the sounds, the piece and the keys.

pub(crate) mod mixer;
mod piece;
pub(crate) mod sounds;

use segue_format::project::{Asset, LoopRegion, Macro, Project, Seed};

use crate::catalogue::{ITEMS, Item};
use crate::clock::RATE;

/// The game: what its events, values and levels do.
const CHASE: &str = include_str!("project/chase.json");

/// The project, with the BLAKE3 of each file in the order of [`ITEMS`].
///
/// # Errors
/// What is wrong with the text of the game.
pub(crate) fn build(hashes: &[String]) -> Result<Project, serde_json::Error> {
    let mut project = Project::new("Night chase");
    project.author = Some("Segue".into());
    project.description = Some(
        "Six stems, wind, twelve one-shots and a radio voice, made for Segue by its own \
         generator. The piece builds up over 64 s and ends; the game plays a chase in three \
         contexts and five levels: scenes/chase.txt."
            .into(),
    );
    project.licence = Some("MIT OR Apache-2.0".into());
    project.seed = Seed(0x5365_6775_6500_0001);
    project.sample_rate = Some(RATE);
    project.length_beats = Some(piece::LENGTH_BEATS);
    project.loop_region = Some(LoopRegion {
        start_beats: piece::LOOP_BEATS.0,
        end_beats: piece::LOOP_BEATS.1,
        enabled: false,
        extra: Default::default(),
    });
    project.assets = assets(ITEMS, hashes);
    project.buses = mixer::buses();
    project.sounds = sounds::sounds();
    project.clips = piece::clips();
    project.notes = piece::notes();
    // Where the RTPCs that they move have their defaults.
    project.macros = [("speed", "Speed", 0.2), ("health", "Wounds", 0.0)]
        .map(|(id, name, value)| Macro {
            id: id.into(),
            name: name.into(),
            value,
            ..Macro::default()
        })
        .into();
    project.interactive = serde_json::from_str(CHASE)?;
    Ok(project)
}

/// The assets of some files, with the BLAKE3 of each.
pub(crate) fn assets(items: &[Item], hashes: &[String]) -> Vec<Asset> {
    let asset = |(index, item): (usize, &Item)| Asset {
        hash: hashes.get(index).cloned(),
        ..Asset::new(item.id, item.file())
    };
    items.iter().enumerate().map(asset).collect()
}
