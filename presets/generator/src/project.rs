//! `project.json`: the mixer, the sounds, the piece and the keys.

mod mixer;
mod piece;
mod sounds;

use segue_format::project::{Asset, LoopRegion, Project, Seed};

use crate::catalogue::ITEMS;
use crate::clock::RATE;

/// The project, with the BLAKE3 of each file in the order of [`ITEMS`].
pub(crate) fn build(hashes: &[String]) -> Project {
    let mut project = Project::new("Night chase");
    project.author = Some("Segue".into());
    project.description = Some(
        "Six stems, wind and twelve one-shots, made for Segue by its own generator. The piece \
         builds up over 64 s and ends; switch the loop on to stay in its second half."
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
    project.assets = assets(hashes);
    project.buses = mixer::buses();
    project.sounds = sounds::sounds();
    project.clips = piece::clips();
    project.notes = piece::notes();
    project
}

fn assets(hashes: &[String]) -> Vec<Asset> {
    let asset = |(index, item): (usize, &crate::catalogue::Item)| Asset {
        hash: hashes.get(index).cloned(),
        ..Asset::new(item.id, item.file())
    };
    ITEMS.iter().enumerate().map(asset).collect()
}
