//! The project's assets as sounds: decoded once into the cache, then in memory or streamed.

use std::collections::HashMap;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use segue_dsp::math::gain_to_db;
use segue_dsp::voice::Quality;
use segue_format::project::{self, MASTER, Streaming};
use segue_middleware::WorldSound;
use segue_offline::decode::{self, DecodeOptions};
use segue_offline::pcm_cache::{self, ImportOptions, PcmFile, PcmFormat};
use segue_rt::command::SoundBatch;
use segue_rt::ids::{IdPool, SoundId, kind};
use segue_rt::sound::{Planes, Sound, SoundSettings};
use segue_rt::voices::{LoopSpec, VoiceParams};
use serde_json::{Value, json};

use super::mixer::{gain, narrow};
use super::{AssetLength, Before, LoadReport, Names, pool};
use crate::config::EngineConfig;
use crate::disk::FrameSource;
use crate::error::{Error, Result};
use crate::project::OpenProject;

/// Frames of a streamed sound that stay in memory, so that it starts at once.
const HEAD_FRAMES: u64 = 16_384;
/// Most bytes of one sound in memory.
const MAX_RESIDENT_BYTES: u64 = 1 << 30;

/// How far loading is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LoadProgress<'a> {
    /// The asset at work.
    pub asset: &'a str,
    /// Assets that are done.
    pub done: usize,
    /// Assets in all.
    pub total: usize,
    /// How much of this asset is done, 0..=1.
    pub share: f32,
}

/// An asset that does not play, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unplayable {
    /// Its id.
    pub id: String,
    /// Its path in the project folder.
    pub file: String,
    /// Why.
    pub reason: String,
}

impl Unplayable {
    /// As documents tell it.
    pub fn value(&self) -> Value {
        json!({"id": self.id, "file": self.file, "reason": self.reason})
    }
}

/// The sounds of a project.
pub(super) struct Built {
    pub(super) batch: SoundBatch,
    pub(super) streams: Vec<(SoundId, Box<dyn FrameSource>)>,
    /// Length of each sound of the project, in frames.
    pub(super) lengths: HashMap<String, u64>,
    /// What events and containers may play: every sound of the project.
    pub(super) world: Vec<WorldSound>,
}

/// An asset in the cache.
#[derive(Clone, Debug)]
pub(super) struct Material {
    pub(super) path: PathBuf,
    frames: u64,
    /// Engine frames per frame of the source file.
    ratio: f64,
    streamed: bool,
    /// In dB; 0 is full scale, minus infinity silence.
    loudness_db: f32,
}

impl Material {
    /// Whether both are the same samples, played the same way.
    fn same(&self, other: &Known) -> bool {
        self.path == other.path && self.streamed == other.streamed
    }
}

/// A sound that the engine has: how it was written, and its samples.
#[derive(Clone, Debug)]
pub(crate) struct Known {
    pub(crate) sound: project::Sound,
    path: PathBuf,
    pub(crate) streamed: bool,
    /// At the engine's rate.
    pub(crate) frames: u64,
    pub(crate) id: SoundId,
}

pub(super) fn build(
    open: &OpenProject,
    config: &EngineConfig,
    ids: &mut IdPool<kind::Sound>,
    names: &mut Names,
    report: &mut LoadReport,
    progress: &mut dyn FnMut(LoadProgress<'_>) -> ControlFlow<()>,
) -> Result<Built> {
    let materials = import_all(open, config, names.before.as_ref(), report, progress)?;
    let mut built = Built {
        batch: Vec::new(),
        streams: Vec::new(),
        lengths: HashMap::new(),
        world: Vec::new(),
    };
    for sound in &open.project.sounds {
        let Some(material) = materials.get(&sound.asset) else {
            built.world.push(silent(sound));
            continue;
        };
        let id = match known(names, sound, material) {
            Some(id) => id,
            None => add(sound, material, ids, report, &mut built)?,
        };
        let place = Known {
            sound: sound.clone(),
            path: material.path.clone(),
            streamed: material.streamed,
            frames: material.frames,
            id,
        };
        let params = params(sound, material, id, names, f64::from(config.sample_rate))?;
        names.sounds.insert(sound.id.clone(), params);
        if names.places.len() <= id.index() {
            names.places.resize(id.index() + 1, None);
            names.labels.resize(id.index() + 1, String::new());
        }
        names.places[id.index()] = Some(params);
        names.labels[id.index()].clone_from(&sound.id);
        names.known.insert(sound.id.clone(), place);
        built.lengths.insert(sound.id.clone(), material.frames);
        built.world.push(WorldSound {
            name: sound.id.clone(),
            voice: Some(params),
            frames: material.frames,
            loudness_db: material.loudness_db,
            asset_rate: f64::from(config.sample_rate) / material.ratio,
        });
    }
    report.sounds = built.lengths.len();
    names.materials = materials;
    Ok(built)
}

/// The id of a sound that the engine has already, with the same samples and limit.
fn known(names: &Names, sound: &project::Sound, material: &Material) -> Option<SoundId> {
    let known = names.before.as_ref()?.known.get(&sound.id)?;
    let same = known.sound.max_instances == sound.max_instances && material.same(known);
    same.then_some(known.id)
}

/// Makes a sound for the pool.
fn add(
    sound: &project::Sound,
    material: &Material,
    ids: &mut IdPool<kind::Sound>,
    report: &mut LoadReport,
    built: &mut Built,
) -> Result<SoundId> {
    let id = ids.allocate()?;
    let made = make(sound, material)?;
    report.bytes += made.bytes();
    if made.is_streamed() {
        report.streamed += 1;
        let file = PcmFile::open(&material.path)?;
        built.streams.push((id, Box::new(file)));
    }
    built.batch.push(Some((id, Box::new(made))));
    Ok(id)
}

/// A sound whose asset does not play.
fn silent(sound: &project::Sound) -> WorldSound {
    WorldSound {
        name: sound.id.clone(),
        voice: None,
        frames: 0,
        loudness_db: 0.0,
        asset_rate: 48_000.0,
    }
}

/// Brings every asset into the cache; what does not play is listed. What played before goes on.
fn import_all(
    open: &OpenProject,
    config: &EngineConfig,
    before: Option<&Before>,
    report: &mut LoadReport,
    progress: &mut dyn FnMut(LoadProgress<'_>) -> ControlFlow<()>,
) -> Result<HashMap<String, Material>> {
    let cache = config.cache.clone().unwrap_or_else(default_cache);
    let total = open.project.assets.len();
    let mut materials = HashMap::new();
    for (done, asset) in open.project.assets.iter().enumerate() {
        let missing = open.missing.iter().find(|missing| missing.id == asset.id);
        let found = match (missing, open.asset_path(&asset.id)) {
            (None, Some(path)) => {
                let takes_changed = config.takes_changed || before.is_some();
                let found = import(
                    (asset, path),
                    config,
                    &cache,
                    takes_changed,
                    report,
                    &mut |share| {
                        progress(LoadProgress {
                            asset: &asset.id,
                            done,
                            total,
                            share,
                        })
                    },
                );
                match found {
                    Err(Error::Cancelled) => return Err(Error::Cancelled),
                    found => found.map_err(|error| error.to_string()),
                }
            }
            (missing, _) => Err(missing.map_or("it is missing".to_owned(), |m| m.reason.clone())),
        };
        let material = match found {
            Ok(material) => Some(material),
            Err(reason) => {
                let kept = before.and_then(|it| it.materials.get(&asset.id));
                let list = match kept {
                    Some(_) => &mut report.kept,
                    None => &mut report.unplayable,
                };
                let (id, file) = (asset.id.clone(), asset.file.clone());
                list.push(Unplayable { id, file, reason });
                kept.cloned()
            }
        };
        materials.extend(material.map(|material| (asset.id.clone(), material)));
    }
    Ok(materials)
}

#[allow(
    clippy::cast_precision_loss,
    reason = "a share, and lengths below 2^34"
)]
fn import(
    (asset, path): (&project::Asset, &Path),
    config: &EngineConfig,
    cache: &Path,
    takes_changed: bool,
    report: &mut LoadReport,
    progress: &mut dyn FnMut(f32) -> ControlFlow<()>,
) -> Result<Material> {
    let decode = DecodeOptions::default();
    let source = decode::probe(path, &decode)?;
    let options = ImportOptions {
        sample_rate: config.sample_rate,
        decode,
    };
    let imported = pcm_cache::import(path, cache, &options, &mut |done, total| {
        progress(done as f32 / total.max(1) as f32)
    })?;
    let hash = hex(&imported.header.source);
    if let Some(wanted) = asset.hash.as_ref().filter(|wanted| **wanted != hash) {
        if !takes_changed {
            return Err(Error::ChangedAsset {
                path: path.to_owned(),
                hash,
                way_out: "make that the \"hash\" of its asset in project.json, take \"hash\" out of it, or put the \
                          former file back",
            });
        }
        // Somebody works on it and saved it to be heard.
        report.renewed.push(Unplayable {
            id: asset.id.clone(),
            file: asset.file.clone(),
            reason: format!(
                "its \"hash\" in project.json is {wanted}, by which games and renders refuse it: make that {hash}, or \
                 take \"hash\" out of the asset"
            ),
        });
    }
    report.hashes.push((asset.file.clone(), hash));
    // The cache knows an amplitude.
    let loudness = gain_to_db(imported.header.loudness);
    report.loudness.insert(asset.id.clone(), loudness);
    let frames = imported.header.frames;
    let seconds = frames as f64 / f64::from(config.sample_rate);
    let streamed = match asset.stream {
        Streaming::Always => frames > HEAD_FRAMES,
        Streaming::Never => false,
        Streaming::Auto => seconds >= config.stream_above_seconds && frames > HEAD_FRAMES,
    };
    let length = AssetLength {
        frames,
        sample_rate: f64::from(config.sample_rate),
        asset_rate: f64::from(source.sample_rate),
    };
    report.lengths.insert(asset.id.clone(), length);
    let ratio = length.sample_rate / length.asset_rate;
    Ok(Material {
        path: imported.path,
        frames,
        ratio,
        streamed,
        loudness_db: loudness,
    })
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Reads what has to be in memory.
fn make(sound: &project::Sound, material: &Material) -> Result<Sound> {
    let resident = if material.streamed {
        HEAD_FRAMES
    } else {
        material.frames
    };
    let file = PcmFile::open(&material.path)?;
    let header = file.header().clone();
    let bytes = resident * u64::from(header.channels) * header.format.bytes();
    if bytes > MAX_RESIDENT_BYTES {
        return Err(Error::TooLarge {
            path: material.path.clone(),
            limit: "resident_bytes",
            subject: "the sound in memory",
            value: bytes,
            max: MAX_RESIDENT_BYTES,
        });
    }
    let settings = SoundSettings {
        loudness: header.loudness,
        max_instances: sound.max_instances.unwrap_or(0),
    };
    pool::sound(&material.path, resident, settings, || {
        read(file, material, resident, settings)
    })
}

/// Reads the first `resident` frames of a sound.
fn read(
    mut file: PcmFile,
    material: &Material,
    resident: u64,
    settings: SoundSettings,
) -> Result<Sound> {
    let header = file.header().clone();
    if !material.streamed {
        file.verify()?;
    }
    let channels = usize::from(header.channels);
    let frames = usize::try_from(resident).unwrap_or(0);
    let made = match header.format {
        PcmFormat::I16 => {
            let planes = planes(channels, frames, |at, out| file.read_i16(at, out))?;
            let refs: Vec<&[i16]> = planes.iter().map(Vec::as_slice).collect();
            Sound::streamed(&Planes::I16(&refs), material.frames, settings)
        }
        PcmFormat::F32 => {
            let planes = planes(channels, frames, |at, out| file.read_f32(at, out))?;
            let refs: Vec<&[f32]> = planes.iter().map(Vec::as_slice).collect();
            Sound::streamed(&Planes::F32(&refs), material.frames, settings)
        }
    };
    Ok(made?)
}

/// Reads interleaved frames piece by piece into planes.
pub(super) fn planes<T: Copy + Default>(
    channels: usize,
    frames: usize,
    mut read: impl FnMut(u64, &mut [T]) -> segue_offline::Result<usize>,
) -> Result<Vec<Vec<T>>> {
    let mut planes: Vec<Vec<T>> = (0..channels).map(|_| Vec::with_capacity(frames)).collect();
    let mut piece = vec![T::default(); 16_384 * channels];
    let mut at = 0;
    while at < frames {
        let wanted = (frames - at).min(16_384);
        let got = read(at as u64, &mut piece[..wanted * channels])?;
        if got == 0 {
            break;
        }
        for frame in piece[..got * channels].chunks_exact(channels) {
            planes
                .iter_mut()
                .zip(frame)
                .for_each(|(plane, sample)| plane.push(*sample));
        }
        at += got;
    }
    planes
        .iter_mut()
        .for_each(|plane| plane.resize(frames, T::default()));
    Ok(planes)
}

#[allow(
    clippy::cast_possible_truncation,
    reason = "times and priorities of a validated project"
)]
#[allow(clippy::cast_sign_loss, reason = "a time is not negative")]
fn params(
    sound: &project::Sound,
    material: &Material,
    id: SoundId,
    names: &Names,
    rate: f64,
) -> Result<VoiceParams> {
    let bus = sound.bus.as_deref().unwrap_or(MASTER);
    let bus = *names.buses.get(bus).ok_or_else(|| Error::Unknown {
        what: "bus",
        name: bus.to_owned(),
        known: names.buses.keys().cloned().collect(),
    })?;
    let frames = |ms: f64| (ms * rate / 1_000.0).round() as u32;
    Ok(VoiceParams {
        gain: gain(sound.gain_db),
        pan: narrow(sound.pan),
        pitch: segue_dsp::math::exp2_f64(sound.pitch_st / 12.0),
        lpf_hz: sound.lpf_hz.map_or(0.0, narrow),
        hpf_hz: sound.hpf_hz.map_or(0.0, narrow),
        quality: match sound.quality {
            project::Quality::Linear => Quality::Linear,
            project::Quality::Hermite4 => Quality::Hermite4,
            project::Quality::Sinc16 => Quality::Sinc16,
        },
        priority: u8::try_from(sound.priority).unwrap_or(100),
        fade_in: frames(sound.fade_in_ms),
        fade_out: frames(sound.fade_out_ms),
        looping: sound
            .loop_points
            .as_ref()
            .map_or(LoopSpec::default(), |l| looping(l, material)),
        ..VoiceParams::new(id, bus)
    })
}

/// Loop points at the engine's rate; the project counts frames of the source file.
#[allow(clippy::cast_possible_truncation, reason = "rounded to frames")]
#[allow(clippy::cast_sign_loss, reason = "a position is not negative")]
#[allow(
    clippy::cast_precision_loss,
    reason = "a sound is shorter than 2^34 frames"
)]
fn looping(points: &project::LoopPoints, material: &Material) -> LoopSpec {
    let scaled = |frame: u64| (frame as f64 * material.ratio).round() as u64;
    let end = points
        .end_smp
        .map_or(material.frames, scaled)
        .min(material.frames);
    LoopSpec {
        start: scaled(points.start_smp),
        end,
        count: points.count,
    }
}

/// The user's cache folder: `SEGUE_CACHE`, else the system's usual place, else a temporary one.
fn default_cache() -> PathBuf {
    let var = |name: &str| {
        std::env::var_os(name)
            .filter(|v| !v.is_empty())
            .map(PathBuf::from)
    };
    if let Some(folder) = var("SEGUE_CACHE") {
        return folder;
    }
    let base = if cfg!(target_os = "windows") {
        var("LOCALAPPDATA")
    } else if cfg!(target_os = "macos") {
        var("HOME").map(|home| home.join("Library/Caches"))
    } else {
        var("XDG_CACHE_HOME").or_else(|| var("HOME").map(|home| home.join(".cache")))
    };
    base.unwrap_or_else(std::env::temp_dir)
        .join("segue")
        .join("pcm")
}
