//! The slot game: the same everywhere, in its scale, small, and everything in it is used.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;
use std::sync::OnceLock;

use segue_format::project::{Project, Warning};

use crate::catalogue::{Item, Pcm, Role};
use crate::clock::BAR;
use crate::lantern::ITEMS;
use crate::output::{PRESETS, PROJECT_FILE, check};

/// Most bytes of the whole folder.
const FOLDER_BYTES: u64 = 3_000_000;

/// Every file, rendered once for all tests.
pub(super) fn all() -> impl Iterator<Item = (&'static Item, &'static Pcm)> {
    static RENDERED: OnceLock<Vec<Pcm>> = OnceLock::new();
    ITEMS
        .iter()
        .zip(RENDERED.get_or_init(|| ITEMS.iter().map(Item::render).collect()))
}

#[test]
fn the_folder_is_what_the_generator_makes() {
    let preset = PRESETS.iter().find(|preset| preset.name == "lantern");
    check(preset.unwrap(), &folder()).unwrap();
}

#[test]
fn the_layers_repeat_within_four_bars() {
    for (item, pcm) in all().filter(|(item, _)| item.role == Role::Stem) {
        assert!((4 * BAR).is_multiple_of(pcm.frames()), "{}", item.id);
    }
}

#[test]
fn the_folder_is_small_and_everything_in_it_is_used() {
    let folder: PathBuf = [env!("CARGO_MANIFEST_DIR"), "..", "lantern"]
        .iter()
        .collect();
    let bytes = fs::read(folder.join(PROJECT_FILE)).unwrap();
    let (project, warnings) = Project::from_json(&bytes).unwrap();
    assert_eq!(warnings, [] as [Warning; 0]);
    let mut total = bytes.len() as u64;
    for asset in &project.assets {
        let bytes = fs::read(folder.join(&asset.file)).unwrap();
        let hash = blake3::hash(&bytes).to_hex().to_string();
        assert_eq!(asset.hash.as_deref(), Some(hash.as_str()), "{}", asset.file);
        total += bytes.len() as u64;
    }
    assert!(total < FOLDER_BYTES, "{total} bytes");
    let files = fs::read_dir(folder.join("assets")).unwrap().count();
    assert_eq!(files, project.assets.len());
    let mut named = BTreeSet::new();
    super::names(
        &serde_json::to_value(&project.interactive).unwrap(),
        &mut named,
    );
    for sound in &project.sounds {
        assert!(named.contains(&sound.id), "{} is never played", sound.id);
    }
}

fn folder() -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "..", "lantern"]
        .iter()
        .collect()
}
