//! Files for the tests of this crate.

use segue_format::Project;
use segue_format::project::{Asset, Clip, Sound};
use segue_offline::channels::Layout;
use segue_offline::quantize::Dither;
use segue_offline::wav::{WavFormat, WavSpec, WavWriter};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// A committed audio file of the decoder's tests.
pub(crate) fn fixture(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("offline/tests-data")
        .join(name)
}

/// Writes a mono saw of `frames` frames at 8 kHz.
pub(crate) fn wav(path: &Path, frames: usize) {
    wav_at(path, frames, 0.25);
}

/// The same with another peak.
pub(crate) fn wav_at(path: &Path, frames: usize, peak: f32) {
    write_wav(
        path,
        (0..frames).map(|n| ((n % 80) as f32 / 40.0 - 1.0) * peak),
    );
}

/// A sine of 100 Hz instead of the saw tooth.
pub(crate) fn sine(path: &Path, frames: usize) {
    let turn = std::f32::consts::TAU / 80.0;
    write_wav(
        path,
        (0..frames).map(|n| ((n % 80) as f32 * turn).sin() * 0.25),
    );
}

fn write_wav(path: &Path, samples: impl Iterator<Item = f32>) {
    let samples: Vec<f32> = samples.collect();
    let layout = Layout::discrete(1);
    let spec = WavSpec {
        layout,
        sample_rate: 8_000,
        format: WavFormat::I16,
        dither: Dither::None,
    };
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    let mut writer = WavWriter::create(path, spec).unwrap();
    writer.write(&samples).unwrap();
    writer.finish().unwrap();
}

/// Makes a project folder with the assets `assets/NAME.wav`.
pub(crate) fn project(folder: &Path, names: &[&str]) -> Project {
    let mut project = Project::new("Test");
    for name in names {
        let file = format!("assets/{name}.wav");
        wav(&folder.join(&file), 100);
        project.assets.push(Asset::new(*name, file));
        project.sounds.push(Sound::new(*name, *name));
        project.clips.push(Clip::new(*name, 0.0));
    }
    super::save(&project, folder).unwrap();
    project
}

/// Every file below a folder with its bytes.
pub(crate) fn tree(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    let mut rest = vec![folder.to_owned()];
    while let Some(next) = rest.pop() {
        for entry in fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                rest.push(path);
            } else {
                let name = path
                    .strip_prefix(folder)
                    .unwrap()
                    .to_string_lossy()
                    .into_owned();
                files.insert(name, fs::read(&path).unwrap());
            }
        }
    }
    files
}
