//! Offline jobs: files in, files out, no engine and no audio thread.
//!
//! A [`job::Job`] is one file on its way to another; [`batch`] does many. Chains of inserts come
//! from a project's bus or by name, and give the bits of the live engine.

pub mod helpers;
pub mod rows;
pub mod words;

use std::collections::HashMap;
use std::ops::ControlFlow;
use std::path::Path;

use segue_dsp::processor::{self, PROCESSORS, ProcessorKind, Scale};
use segue_offline::job::{Impulse, InsertSpec, Settings};

use crate::error::{Error, Result};
use crate::project::OpenProject;

pub use segue_offline::atomic::{AtomicFile, write_atomic};
pub use segue_offline::decode::{DecodeOptions, FileInfo, probe};
pub use segue_offline::{Encoding, Error as JobError, Mp3Mode};
pub use segue_offline::{batch, job, measure, overview, plot, profile, resample};

/// Bytes of a file with a chain of inserts.
pub const MAX_CHAIN: u64 = 1 << 20;
/// Bytes of a manifest or of a report of a batch.
pub const MAX_MANIFEST: u64 = 256 << 20;

/// A processor by its names: kind, preset and parameters as in `project.json`; parameters come on
/// top of the preset. What counts in beats goes by 120 beats a minute. `[thread-safe]`
///
/// # Errors
/// [`Error::Unknown`] for the kind, the preset or a parameter.
pub fn insert<'a>(
    kind: &str,
    preset: Option<&str>,
    params: impl IntoIterator<Item = (&'a str, f64)>,
    mix: f64,
    bypass: bool,
) -> Result<InsertSpec> {
    let found = processor::kind_from_id(kind).ok_or_else(|| Error::Unknown {
        what: "insert kind",
        name: kind.to_owned(),
        known: PROCESSORS.iter().map(|row| row.id.to_owned()).collect(),
    })?;
    let info = processor::info(found);
    let value = |(name, value): (&str, f64)| {
        let number = info.param(name).ok_or_else(|| Error::Unknown {
            what: "parameter",
            name: name.to_owned(),
            known: info.params.iter().map(|row| row.id.to_owned()).collect(),
        })?;
        Ok((number, segue_dsp::math::to_f32(value)))
    };
    let preset = crate::load::preset(kind, preset)?.iter();
    let preset = preset.map(|(name, value)| (*name, f64::from(*value)));
    Ok(InsertSpec {
        kind: found,
        values: preset.chain(params).map(value).collect::<Result<_>>()?,
        mix: segue_dsp::math::to_f32(mix),
        bypass,
        response: None,
    })
}

/// Checks the numbers of an insert that somebody wrote down: those of choices name one of them.
/// `[thread-safe]`
///
/// # Errors
/// [`Error::Dsp`] for a number out of its range, [`Error::Unknown`] for one between two alternatives,
/// with all of them.
pub fn check_values(insert: &InsertSpec) -> Result<()> {
    let info = processor::info(insert.kind);
    for (row, value) in &insert.values {
        let Some(param) = info.params.get(usize::from(*row)) else {
            continue;
        };
        param.check(*value)?;
        let Scale::Choice(choices) = param.scale else {
            continue;
        };
        if value.fract() != 0.0 {
            let rows = choices.iter().enumerate();
            return Err(Error::Unknown {
                what: param.id,
                name: value.to_string(),
                known: rows.map(|(n, name)| format!("{n} ({name})")).collect(),
            });
        }
    }
    Ok(())
}

/// The inserts of a bus of a project, macros at their values. `[thread-safe]`
///
/// # Errors
/// [`Error::Unknown`] for the bus; [`Error::Argument`] for an insert that listens to another bus,
/// which a file does not have; [`Error::Audio`] for the impulse response of a
/// convolution.
pub fn bus_inserts(project: &OpenProject, bus: &str) -> Result<Vec<InsertSpec>> {
    let open = project;
    let project = &project.project;
    let found = match bus {
        segue_format::project::MASTER => project.master(),
        _ => project.bus(bus).cloned().ok_or_else(|| {
            let known: Vec<String> = project.buses.iter().map(|bus| bus.id.clone()).collect();
            Error::unknown("bus", bus, known.iter())
        })?,
    };
    let spec = |own: &segue_format::project::Insert| {
        if let Some(key) = &own.key {
            return Err(Error::Argument {
                what: "side-chain of an insert",
                value: key.clone(),
                allowed: "the inserts of offline jobs, which have no other bus; remove the key",
            });
        }
        let params = own
            .params
            .iter()
            .map(|(name, value)| (name.as_str(), *value));
        let moved = crate::load::macro_values(project, bus, own);
        let preset = own.preset.as_deref();
        let mut spec = insert(&own.kind, preset, params.chain(moved), own.mix, own.bypass)?;
        if spec.kind == ProcessorKind::Convolution {
            spec.response = impulse(open, own)?;
        }
        Ok(spec)
    };
    found.inserts.iter().map(spec).collect()
}

/// The files that the convolutions of a bus read; none of a bus that is not there. `[thread-safe]`
pub fn bus_responses(project: &OpenProject, bus: &str) -> Vec<std::path::PathBuf> {
    let found = match bus {
        segue_format::project::MASTER => Some(project.project.master()),
        _ => project.project.bus(bus).cloned(),
    };
    let inserts = found.map_or(Vec::new(), |bus| bus.inserts);
    let names: Vec<String> = inserts.into_iter().filter_map(|own| own.ir).collect();
    let is_used = |id: &String| names.contains(id);
    let used = project.assets.iter().filter(|asset| is_used(&asset.id));
    used.map(|asset| asset.path.clone()).collect()
}

/// The asset that an insert convolves with.
fn impulse(project: &OpenProject, own: &segue_format::project::Insert) -> Result<Option<Impulse>> {
    let Some(id) = &own.ir else {
        return Ok(None);
    };
    let found = project.assets.iter().find(|asset| asset.id == *id);
    let asset = found
        .ok_or_else(|| Error::unknown("asset", id, project.assets.iter().map(|asset| &asset.id)))?;
    Ok(Some(Impulse::open(&asset.path)?))
}

/// What a result is known by: a hash of the input's bytes and the settings, 32 hexadecimal digits.
/// `[thread-safe]`, blocks.
///
/// # Errors
/// [`Error::Io`], [`Error::Cancelled`].
pub fn content_key(
    input: &Path,
    settings: &Settings,
    go_on: &mut dyn FnMut() -> ControlFlow<()>,
) -> Result<String> {
    Ok(job::content_key(input, settings, go_on)?)
}

/// Puts the keys of [`content_key`] in the place of `{hash}` in the names of outputs. Jobs of other
/// shards, whose inputs need not be there, get their number. A job that is the same as one before it
/// is noted as such ([`batch::BatchItem::same_as`]), for doing it twice would change nothing. What was
/// put in, job by job, `None` for names without. `[thread-safe]`, blocks.
///
/// # Errors
/// [`Error::Cancelled`].
pub fn name_by_content(
    items: &mut [batch::BatchItem],
    shard: batch::Shard,
    go_on: &mut dyn FnMut() -> ControlFlow<()>,
) -> Result<Vec<Option<String>>> {
    let own = batch::selected(items, shard);
    let mut keys = Vec::new();
    let mut known = HashMap::new();
    for (number, (item, is_own)) in items.iter_mut().zip(own).enumerate() {
        let text = item.job.output.display().to_string();
        if !text.contains(HASH) {
            keys.push(None);
            continue;
        }
        let found = match is_own && item.refused.is_none() {
            true => match content_key(&item.job.input, &item.job.settings, go_on) {
                Err(Error::Cancelled) => return Err(Error::Cancelled),
                // An input that cannot be read will say so when its turn comes.
                other => other.ok(),
            },
            false => None,
        };
        let is_content = found.is_some();
        let key = found.unwrap_or_else(|| number.to_string());
        item.job.output = text.replace(HASH, &key).into();
        if is_content {
            let place = job::location(&item.job.output);
            let first = *known.entry((place, item.group.clone())).or_insert(number);
            item.same_as = (first != number).then_some(first);
        }
        keys.push(Some(key));
    }
    Ok(keys)
}

/// What stands for [`content_key`] in the name of an output.
pub const HASH: &str = "{hash}";

/// Where a manifest's shard notes what was done, unless somebody says otherwise: beside it.
/// `[thread-safe]`
pub fn journal_beside(manifest: &Path, shard: batch::Shard) -> std::path::PathBuf {
    let mut name = manifest.file_name().unwrap_or_default().to_owned();
    if shard != batch::Shard::ALL {
        name.push(format!(".{}-of-{}", shard.index, shard.count));
    }
    name.push(".journal");
    manifest.with_file_name(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::EngineConfig;
    use crate::control::{PlayOptions, create};
    use segue_offline::job::{Job, Tail, run};
    use segue_offline::wav::{WavFormat, WavSpec, WavWriter};
    use serde_json::{Value, json};

    const FRAMES: usize = 30_000;

    fn project(folder: &Path, inserts: &Value) -> OpenProject {
        let project = json!({"format": "segue.project", "version": 1, "name": "R",
            "assets": [{"id": "hit", "file": "assets/hit.wav"},
                {"id": "room", "file": "assets/room.wav"}],
            "buses": [{"id": "sfx", "inserts": inserts}],
            "sounds": [{"id": "hit", "asset": "hit", "bus": "sfx"}]});
        std::fs::write(folder.join("project.json"), project.to_string()).unwrap();
        crate::project::open(folder).unwrap()
    }

    /// What the engine plays of the sound, through the inserts.
    fn live(folder: &Path, inserts: &Value) -> [Vec<f32>; 2] {
        let project = project(folder, inserts);
        let cache = tempfile::tempdir().unwrap();
        let mut config = EngineConfig::for_project(&project.project, Some(48_000));
        config.cache = Some(cache.path().to_owned());
        let (mut control, mut renderer, _) = create(config).unwrap();
        let report = control
            .load_project(&project, &mut |_| ControlFlow::Continue(()))
            .unwrap();
        assert!(report.unplayable.is_empty(), "{report:?}");
        control.play_sound("hit", &PlayOptions::default()).unwrap();
        let mut out = [vec![0.0; FRAMES], vec![0.0; FRAMES]];
        let [left, right] = &mut out;
        renderer.process(&mut [left, right]);
        out
    }

    fn wav(path: &Path, rate: u32, planes: &[Vec<f32>]) {
        let spec = WavSpec {
            layout: segue_offline::channels::Layout::usual(2),
            sample_rate: rate,
            format: WavFormat::F32,
            dither: segue_offline::quantize::Dither::None,
        };
        let frames = planes[0].iter().zip(&planes[1]);
        let samples: Vec<f32> = frames.flat_map(|(l, r)| [*l, *r]).collect();
        let mut writer = WavWriter::create(path, spec).unwrap();
        writer.write(&samples).unwrap();
        writer.finish().unwrap();
    }

    /// The same samples in, from the engine without inserts; the same bits out, with them.
    #[test]
    fn the_convolution_of_a_bus_gives_the_bits_of_the_engine() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        crate::project::testing::wav(&at("assets/hit.wav"), 6_000);
        let fading = |step: f32| -> Vec<f32> {
            let x = |i: usize| (i as f32 * step).sin() * 0.999f32.powf(i as f32);
            (0..6_000).map(x).collect()
        };
        // Another rate: the response is resampled as in the engine's cache.
        wav(
            &at("assets/room.wav"),
            44_100,
            &[fading(0.31), fading(0.47)],
        );
        let inserts = json!([{"id": "c", "kind": "convolution", "ir": "room", "mix": 0.7},
            {"id": "e", "kind": "eq", "params": {"band1_gain": 3}}]);
        let dry = live(folder.path(), &json!([]));
        let wet = live(folder.path(), &inserts);
        assert_ne!(dry, wet);
        wav(&at("dry.wav"), 48_000, &dry);
        let settings = Settings {
            inserts: bus_inserts(&project(folder.path(), &inserts), "sfx").unwrap(),
            tail: Tail::None,
            ..Settings::new(Encoding::Wav(WavFormat::F32))
        };
        let job = Job {
            input: at("dry.wav"),
            output: at("wet.wav"),
            settings,
        };
        run(&job, &mut |_| ControlFlow::Continue(())).unwrap();
        let mut decoder =
            segue_offline::decode::Decoder::open(&job.output, &DecodeOptions::default()).unwrap();
        let mut ours = Vec::new();
        while let Some(block) = decoder.next_block().unwrap() {
            ours.extend_from_slice(block);
        }
        let expected: Vec<f32> = wet[0]
            .iter()
            .zip(&wet[1])
            .flat_map(|(l, r)| [*l, *r])
            .collect();
        assert_eq!(ours.len(), expected.len());
        let different = ours.iter().zip(&expected).position(|(a, b)| a != b);
        assert_eq!(different, None);
        let missing = json!([{"id": "c", "kind": "convolution"}]);
        let settings = Settings {
            inserts: bus_inserts(&project(folder.path(), &missing), "sfx").unwrap(),
            ..Settings::new(Encoding::Wav(WavFormat::F32))
        };
        assert!(
            settings
                .check()
                .unwrap_err()
                .to_string()
                .contains("no impulse response")
        );
    }
}
