//! Offline jobs: files in, files out, no engine and no audio thread.
//!
//! A [`job::Job`] is one file on its way to another; [`batch`] does many. Chains of inserts come
//! from a project's bus or by name, and give the bits of the live engine.

pub mod words;

use std::ops::ControlFlow;
use std::path::Path;

use segue_dsp::processor::{self, PROCESSORS};
use segue_offline::job::{InsertSpec, Settings};

use crate::error::{Error, Result};
use crate::project::OpenProject;

pub use segue_offline::atomic::{AtomicFile, write_atomic};
pub use segue_offline::decode::{DecodeOptions, FileInfo, probe};
pub use segue_offline::{Encoding, Error as JobError, Mp3Mode};
pub use segue_offline::{batch, job, measure, overview, plot, profile};

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
    })
}

/// The inserts of a bus of a project, macros at their values. `[thread-safe]`
///
/// # Errors
/// [`Error::Unknown`] for the bus; [`Error::Argument`] for an insert that listens to another bus,
/// which a file does not have.
pub fn bus_inserts(project: &OpenProject, bus: &str) -> Result<Vec<InsertSpec>> {
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
        insert(&own.kind, preset, params.chain(moved), own.mix, own.bypass)
    };
    found.inserts.iter().map(spec).collect()
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
/// shards, whose inputs need not be there, get their number. What was put in, job by job, `None` for
/// names without. `[thread-safe]`, blocks.
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
    for (number, (item, is_own)) in items.iter_mut().zip(own).enumerate() {
        let text = item.job.output.display().to_string();
        if !text.contains(HASH) {
            keys.push(None);
            continue;
        }
        let key = match is_own {
            // An input that cannot be read will say so when its turn comes.
            true => match content_key(&item.job.input, &item.job.settings, go_on) {
                Err(Error::Cancelled) => return Err(Error::Cancelled),
                other => other.unwrap_or_else(|_| number.to_string()),
            },
            false => number.to_string(),
        };
        item.job.output = text.replace(HASH, &key).into();
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
