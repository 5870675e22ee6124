//! What happens to a file, from JSON.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use facade::jobs;
use facade::jobs::helpers::{CHAIN, Helper, RESPONSE, project_helpers};
use facade::jobs::job::{Impulse, InsertSpec};
use facade::jobs::words::Words;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

use crate::options::wrong;
use crate::status::Answer;

/// Bytes of a file with a chain of inserts.
const MAX_CHAIN: u64 = 1 << 20;

/// The files that such an object's job needs beside its input. What cannot be read has none; the job says why.
pub(super) fn helpers(object: &Map<String, Value>, folder: &Path) -> Vec<Helper> {
    let mut files = Vec::new();
    let (inserts, beside) = match object.get("chain") {
        Some(Value::String(path)) => {
            let path = folder.join(path);
            let inserts = read(&path).ok();
            let beside = path.with_file_name("");
            files.push((path, CHAIN));
            (inserts, beside)
        }
        Some(inline) => (Inserts::deserialize(inline).ok(), PathBuf::new()),
        None => (None, PathBuf::new()),
    };
    let inserts = inserts.map_or(Vec::new(), |chain| chain.inserts);
    let responses = inserts.into_iter().filter_map(|insert| insert.ir);
    files.extend(responses.map(|ir| (beside.join(ir), RESPONSE)));
    if let Some(project) = object.get("project").and_then(Value::as_str) {
        let bus = object.get("bus").and_then(Value::as_str);
        files.extend(project_helpers(
            &folder.join(project),
            bus.unwrap_or_default(),
        ));
    }
    files
}

/// The words of a JSON object, once the keys of its own were taken out. Its paths start from `folder`.
pub(super) fn words(mut object: Map<String, Value>, folder: &Path) -> Answer<Words> {
    for key in ["chain", "project"] {
        if let Some(Value::String(path)) = object.get_mut(key) {
            *path = folder.join(&*path).display().to_string();
        }
    }
    Described::deserialize(Value::Object(object)).map_err(|error| wrong("options", &error))
}

/// The fields of [`Words`], by their names in JSON.
#[derive(Default, Deserialize)]
#[serde(remote = "Words", default, deny_unknown_fields)]
struct Described {
    format: Option<String>,
    bits: Option<String>,
    quality: Option<f32>,
    bitrate: Option<u16>,
    rate: Option<u32>,
    resampler: Option<String>,
    precision: Option<String>,
    dither: Option<String>,
    channels: Option<String>,
    start: Option<f64>,
    end: Option<f64>,
    trim: Option<f64>,
    trim_keep: Option<f64>,
    remove_dc: bool,
    fade_in: Option<f64>,
    fade_out: Option<f64>,
    #[serde(deserialize_with = "chain")]
    chain: Option<Vec<InsertSpec>>,
    project: Option<PathBuf>,
    bus: Option<String>,
    tempo: Option<f64>,
    tail: Option<String>,
    profile: Option<String>,
    target: Option<f64>,
    mode: Option<String>,
    ceiling: Option<f64>,
    no_ceiling: bool,
    over: Option<String>,
    max_limiting: Option<f64>,
    #[serde(rename = "loop")]
    is_loop: bool,
    tags: Vec<String>,
    drop_tags: bool,
    replay_gain: bool,
    bext: bool,
    exists: Option<String>,
    allow_truncated: bool,
    sanitize: bool,
    conceal: bool,
    no_verify: bool,
}

/// A chain of inserts: the path of a file, or what would be in it.
#[derive(Deserialize)]
#[serde(untagged)]
enum Chain {
    File(PathBuf),
    Inline(Inserts),
}

/// `{"inserts": [{"kind": "eq", "params": {"band1_gain": 3}}]}`, as a bus of `project.json`.
#[derive(Deserialize)]
struct Inserts {
    inserts: Vec<Insert>,
}

#[derive(Deserialize)]
struct Insert {
    kind: String,
    preset: Option<String>,
    #[serde(default)]
    params: BTreeMap<String, f64>,
    #[serde(default = "one")]
    mix: f64,
    #[serde(default)]
    bypass: bool,
    /// Impulse response of a convolution: an audio file, from the folder of the chain if that is a file.
    ir: Option<PathBuf>,
}

fn one() -> f64 {
    1.0
}

fn chain<'de, D: Deserializer<'de>>(reader: D) -> Result<Option<Vec<InsertSpec>>, D::Error> {
    let Some(chain) = Option::<Chain>::deserialize(reader)? else {
        return Ok(None);
    };
    let (inserts, folder) = match chain {
        Chain::Inline(inserts) => (inserts, PathBuf::new()),
        Chain::File(path) => {
            let inserts = read(&path).map_err(D::Error::custom)?;
            (inserts, path.with_file_name(""))
        }
    };
    let spec = |it: &Insert| {
        let params = it
            .params
            .iter()
            .map(|(name, value)| (name.as_str(), *value));
        let mut spec = jobs::insert(&it.kind, it.preset.as_deref(), params, it.mix, it.bypass)?;
        if let Some(ir) = &it.ir {
            spec.response = Some(Impulse::open(&folder.join(ir))?);
        }
        Ok(spec)
    };
    let specs: facade::Result<_> = inserts.inserts.iter().map(spec).collect();
    specs.map(Some).map_err(D::Error::custom)
}

fn read(path: &Path) -> Result<Inserts, String> {
    let shown = path.display();
    let size = std::fs::metadata(path).map_err(|error| format!("{shown}: cannot open: {error}"))?;
    if size.len() > MAX_CHAIN {
        let size = size.len();
        return Err(format!(
            "{shown}: a chain of {size} bytes is not in 0..={MAX_CHAIN}"
        ));
    }
    let bytes = std::fs::read(path).map_err(|error| format!("{shown}: cannot read: {error}"))?;
    serde_json::from_slice(&bytes)
        .map_err(|error| format!("{shown}: this is not a chain of inserts: {error}"))
}
