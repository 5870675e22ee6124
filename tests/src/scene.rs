//! Projects in temporary folders.

use std::fs;
use std::path::{Path, PathBuf};

use segue_engine::project::{self, OpenProject};
use tempfile::TempDir;

use crate::wav;

/// A project, a cache and whatever else a test writes, all gone afterwards.
pub struct Scene {
    folder: TempDir,
}

/// Eight sounds of every kind on four buses: mono and stereo, 16-bit and float, resampled, looped,
/// streamed; sends, a side chain, inserts with and without latency; six clips and two key zones;
/// few enough voices that some are stolen and some become virtual. 6,000 frames a beat.
pub const BAND: &str = r#"{
  "format": "segue.project", "version": 1, "name": "Band", "seed": "00000000000000ab",
  "sample_rate": 48000,
  "tempo": [{"at_beats": 0, "bpm": 480}],
  "assets": [
    {"id": "noise", "file": "assets/noise.wav", "stream": "never"},
    {"id": "tone", "file": "assets/tone.wav", "stream": "never"},
    {"id": "pad", "file": "assets/pad.wav", "stream": "never"},
    {"id": "low", "file": "assets/low.wav", "stream": "never"},
    {"id": "long", "file": "assets/long.wav", "stream": "STREAM"},
    {"id": "deep", "file": "assets/deep.wav", "stream": "STREAM"}
  ],
  "buses": [
    {"id": "master", "inserts": [{"id": "ceiling", "kind": "limiter", "params": {"ceiling": -1}}]},
    {"id": "music", "gain_db": -3, "pan": 0.1, "pan_law": "minus4_5",
     "sends": [{"to": "fx", "gain_db": -6}],
     "inserts": [{"id": "duck", "kind": "compressor", "key": "drums",
                  "params": {"threshold": -40, "ratio": 6}}]},
    {"id": "drums", "pan_law": "balance",
     "inserts": [{"id": "tone", "kind": "eq", "mix": 0.7,
                  "params": {"band1_on": 1, "band1_gain": 6, "band1_freq": 900}}]},
    {"id": "fx", "sends": [], "inserts": [{"id": "trim", "kind": "gain", "params": {"gain": -3}}]}
  ],
  "sounds": [
    {"id": "noise", "asset": "noise", "bus": "drums", "max_instances": 3},
    {"id": "tone", "asset": "tone", "bus": "music", "quality": "sinc16", "pitch_st": 7},
    {"id": "pad", "asset": "pad", "bus": "music", "gain_db": -6, "priority": 60,
     "fade_in_ms": 10, "fade_out_ms": 30, "loop": {"start_smp": 2000, "end_smp": 17000}},
    {"id": "low", "asset": "low", "bus": "drums", "quality": "linear", "lpf_hz": 3000,
     "hpf_hz": 60, "pan": -0.5},
    {"id": "long", "asset": "long", "bus": "fx"},
    {"id": "deep", "asset": "deep", "gain_db": -9, "pan": 0.4,
     "loop": {"start_smp": 1000, "end_smp": 40000, "count": 3}},
    {"id": "half", "asset": "long", "bus": "music", "pitch_st": -12},
    {"id": "twice", "asset": "deep", "pitch_st": 19}
  ],
  "clips": [
    {"sound": "noise", "at_beats": 0}, {"sound": "pad", "at_beats": 0.5, "length_beats": 4},
    {"sound": "long", "at_beats": 1, "gain_db": -6}, {"sound": "tone", "at_beats": 2.25},
    {"sound": "low", "at_beats": 3, "loop": true, "length_beats": 2},
    {"sound": "twice", "at_beats": 4}
  ],
  "notes": [
    {"keys": [48, 72], "root": 60, "sound": "tone", "gain_db": -6},
    {"keys": [60, 96], "root": 72, "sound": "pad", "channel": 0}
  ],
  "voices": {"max_real": 14, "max_virtual": 24}
}"#;

/// The names of the sounds of [`BAND`].
pub const SOUNDS: [&str; 8] = [
    "noise", "tone", "pad", "low", "long", "deep", "half", "twice",
];

impl Scene {
    /// An empty folder.
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self { folder }
    }

    /// [`BAND`] with its audio; its two long sounds stream.
    pub fn band() -> Self {
        let scene = Self::new();
        scene.write_band("always");
        scene
    }

    /// Writes [`BAND`] and its audio; `stream` says whether its long sounds stream.
    pub fn write_band(&self, stream: &str) {
        self.write_json(&BAND.replace("STREAM", stream));
        let at = |name: &str| self.path(&format!("project/assets/{name}.wav"));
        let i16s = |frames: usize, seed, channels| {
            let signal = signal(frames * channels, seed);
            signal
                .iter()
                .map(|x| (x * 32_767.0) as i16)
                .collect::<Vec<_>>()
        };
        wav::write_i16(&at("noise"), 1, 48_000, &i16s(9_000, 1, 1));
        wav::write_i16(&at("tone"), 2, 48_000, &i16s(12_000, 2, 2));
        wav::write_f32(&at("pad"), 2, 48_000, &signal(40_000, 3));
        wav::write_i16(&at("low"), 1, 32_000, &i16s(6_000, 4, 1));
        wav::write_i16(&at("long"), 2, 48_000, &i16s(60_000, 5, 2));
        wav::write_f32(&at("deep"), 1, 48_000, &signal(50_000, 6));
    }

    /// Writes `project.json`.
    pub fn write_json(&self, json: &str) {
        fs::create_dir_all(self.path("project")).unwrap();
        fs::write(self.path("project/project.json"), json).unwrap();
    }

    /// A path in the folder.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Opens the project.
    pub fn open(&self) -> OpenProject {
        project::open(&self.path("project")).unwrap()
    }

    /// Where decoded sounds are kept.
    pub fn cache(&self) -> PathBuf {
        self.path("cache")
    }

    /// Every file but those of the cache, relative to the folder.
    pub fn files(&self) -> Vec<PathBuf> {
        let mut found = Vec::new();
        let mut rest = vec![self.folder.path().to_owned()];
        while let Some(folder) = rest.pop() {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                match path.is_dir() {
                    true if path != self.cache() => rest.push(path),
                    true => {}
                    false => found.push(self.relative(&path)),
                }
            }
        }
        found.sort();
        found
    }

    fn relative(&self, path: &Path) -> PathBuf {
        path.strip_prefix(self.folder.path()).unwrap().to_owned()
    }
}

impl Default for Scene {
    fn default() -> Self {
        Self::new()
    }
}

/// A sine that glides, and noise, both from integers: the same on every machine.
pub fn signal(samples: usize, seed: u32) -> Vec<f32> {
    let mut state = seed.wrapping_mul(0x9e37_79b9) | 1;
    let mut phase = 0_u32;
    (0..samples)
        .map(|n| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            phase = phase.wrapping_add(20_000_000 * seed + 300 * n as u32);
            let triangle = (f64::from(phase.cast_signed()) / 2_147_483_648.0).abs() - 0.5;
            let noise = f64::from(state.cast_signed()) / 2_147_483_648.0;
            (0.8 * triangle + 0.1 * noise) as f32
        })
        .collect()
}
