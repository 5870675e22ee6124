//! The folder: writing it, and comparing it with what would be written.

use std::error::Error;
use std::fs;
use std::path::Path;

use segue_offline::flac::{FlacSpec, write_flac};
use segue_offline::no_progress;

use crate::catalogue::{BITS, ITEMS, Item};
use crate::clock::{FS, RATE};
use crate::{lantern, project};
use segue_format::project::Project;

/// What went wrong, in words.
pub(crate) type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// The name of the project's text.
pub(crate) const PROJECT_FILE: &str = "project.json";

/// A project that this program makes.
pub(crate) struct Preset {
    /// Its name on the command line, which is that of its folder.
    pub(crate) name: &'static str,
    /// Its files.
    pub(crate) items: &'static [Item],
    /// Its text, with the BLAKE3 of each file in the order of `items`.
    pub(crate) build: fn(&[String]) -> std::result::Result<Project, serde_json::Error>,
}

/// All of them.
pub(crate) const PRESETS: [Preset; 2] = [
    Preset {
        name: "factory",
        items: ITEMS,
        build: project::build,
    },
    Preset {
        name: "lantern",
        items: lantern::ITEMS,
        build: lantern::build,
    },
];

/// Writes `project.json` and all assets into `folder`; other files stay.
pub(crate) fn write(preset: &Preset, folder: &Path) -> Result<()> {
    fs::create_dir_all(folder.join("assets"))?;
    let mut hashes = Vec::new();
    let mut total = 0;
    for item in preset.items {
        let bytes = write_item(folder, item)?;
        total += bytes.len();
        hashes.push(blake3::hash(&bytes).to_hex().to_string());
    }
    let json = (preset.build)(&hashes)?.to_json()?;
    total += json.len();
    fs::write(folder.join(PROJECT_FILE), json)?;
    println!("{:>37} kB", total / 1000);
    Ok(())
}

/// Writes everything into a temporary folder and compares it with `folder`.
pub(crate) fn check(preset: &Preset, folder: &Path) -> Result<()> {
    let fresh = tempfile::tempdir()?;
    write(preset, fresh.path())?;
    let files = preset.items.iter().map(Item::file);
    for file in files.chain([PROJECT_FILE.to_owned()]) {
        let expected = fs::read(fresh.path().join(&file))?;
        let found = fs::read(folder.join(&file)).map_err(|error| format!("{file}: {error}"))?;
        if found != expected {
            return Err(format!(
                "{file} is not what the generator makes; run `cargo xtask factory`"
            )
            .into());
        }
    }
    println!("{} is what the generator makes", folder.display());
    Ok(())
}

/// Renders and encodes one asset; returns the file's bytes.
fn write_item(folder: &Path, item: &Item) -> Result<Vec<u8>> {
    let pcm = item.render();
    if pcm.clips > 0 {
        return Err(format!("{}: {} samples clip", item.id, pcm.clips).into());
    }
    let path = folder.join(item.file());
    let spec = FlacSpec {
        channels: pcm.channels,
        sample_rate: RATE,
        bits: BITS,
    };
    write_flac(&path, spec, &pcm.interleaved, &mut no_progress)?;
    let bytes = fs::read(path)?;
    let (seconds, kilobytes) = (pcm.frames() as f64 / FS, bytes.len() / 1000);
    println!(
        "{:<12} {:<8} {} ch {seconds:>6.2} s {kilobytes:>4} kB",
        item.id, item.role, pcm.channels
    );
    Ok(bytes)
}
