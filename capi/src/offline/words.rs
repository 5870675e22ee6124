//! What happens to a file, from JSON.

use std::fmt;
use std::path::{Path, PathBuf};

use facade::jobs::helpers::{CHAIN, Helper, RESPONSE, project_helpers};
use facade::jobs::job::{Impulse, InsertSpec};
use facade::jobs::words::Words;
use facade::{files, jobs};
use serde::de::{MapAccess, Visitor, value::MapAccessDeserializer};
use serde::{Deserialize, Deserializer};

use crate::options::{Numbers, read};
use crate::status::{Answer, Failure, SEGUE_STATUS_INVALID_DOCUMENT};

/// A struct with keys of its own besides those of [`Words`], by their names in JSON. Listed once, so that every key
/// is read where it stands, and one that is not known or given twice is told with its place.
macro_rules! with_words {
    ($(#[$meta:meta])* $name:ident { $($own:ident: $kind:ty,)* }) => {
        with_words!(@ $(#[$meta])* $name { $($own: $kind,)* } {
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
        });
    };
    (@ $(#[$meta:meta])* $name:ident { $($own:ident: $kind:ty,)* } {
        $($(#[$name_of:meta])* $word:ident: $type:ty,)*
    }) => {
        $(#[$meta])*
        #[derive(Clone, Default, serde::Deserialize)]
        #[serde(default, deny_unknown_fields)]
        pub(super) struct $name {
            $(pub(super) $own: $kind,)*
            chain: Option<$crate::offline::words::Chain>,
            $($(#[$name_of])* $word: $type,)*
        }

        impl $name {
            /// The words, and the files that they need beside the input. Paths start from `folder`.
            pub(super) fn words(self, folder: &Path) -> Answer<(Words, Vec<Helper>)> {
                let words = Words {
                    chain: None,
                    $($word: self.$word,)*
                };
                $crate::offline::words::prepared(words, self.chain, folder)
            }
        }
    };
}
pub(super) use with_words;

/// Reads what the words name.
pub(super) fn prepared(
    mut words: Words,
    chain: Option<Chain>,
    folder: &Path,
) -> Answer<(Words, Vec<Helper>)> {
    let mut helpers = Vec::new();
    match chain {
        None => {}
        Some(Chain::Inline(inserts)) => {
            let specs = inserts.specs("chain", folder, &mut helpers)?;
            words.chain = Some(specs);
        }
        Some(Chain::File(path)) => {
            let path = folder.join(path);
            let inserts = chain_of(&path)?;
            let beside = path.with_file_name("");
            let what = path.display().to_string();
            words.chain = Some(inserts.specs(&what, &beside, &mut helpers)?);
            helpers.push((path, CHAIN));
        }
    }
    if let Some(project) = &mut words.project {
        *project = folder.join(&*project);
        let bus = words.bus.as_deref().unwrap_or_default();
        helpers.extend(project_helpers(project, bus));
    }
    Ok((words, helpers))
}

/// A chain of inserts: the path of a file, or what would be in it.
#[derive(Clone)]
pub(super) enum Chain {
    File(PathBuf),
    Inline(Inserts),
}

impl<'de> Deserialize<'de> for Chain {
    fn deserialize<D: Deserializer<'de>>(reader: D) -> Result<Self, D::Error> {
        reader.deserialize_any(ChainVisitor)
    }
}

struct ChainVisitor;

impl<'de> Visitor<'de> for ChainVisitor {
    type Value = Chain;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the path of a file, or an object with `inserts`")
    }

    fn visit_str<E>(self, path: &str) -> Result<Chain, E> {
        Ok(Chain::File(path.into()))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Chain, A::Error> {
        Inserts::deserialize(MapAccessDeserializer::new(map)).map(Chain::Inline)
    }
}

/// `{"inserts": [{"kind": "eq", "params": {"band1_gain": 3}}]}`, as a bus of `project.json`.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Inserts {
    inserts: Vec<Insert>,
}

#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Insert {
    /// What a project calls it.
    #[serde(default, rename = "id")]
    _id: Option<String>,
    kind: String,
    /// What a project has and a file has not.
    key: Option<String>,
    preset: Option<String>,
    #[serde(default)]
    params: Numbers,
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

impl Inserts {
    /// What the inserts are, and the impulse responses that they need, from `folder`.
    fn specs(
        &self,
        what: &str,
        folder: &Path,
        helpers: &mut Vec<Helper>,
    ) -> Answer<Vec<InsertSpec>> {
        let mut spec = |(number, insert): (usize, &Insert)| {
            let wrong = |error: &dyn fmt::Display| {
                let text = format!("{what}.inserts[{number}]: {error}");
                Failure::text(SEGUE_STATUS_INVALID_DOCUMENT, text)
            };
            let mut spec = insert.spec().map_err(|error| wrong(&error))?;
            if let Some(ir) = &insert.ir {
                let ir = folder.join(ir);
                spec.response = Some(Impulse::open(&ir).map_err(facade::Error::from)?);
                helpers.push((ir, RESPONSE));
            }
            Ok(spec)
        };
        let inserts = self.inserts.iter().enumerate();
        inserts.map(&mut spec).collect()
    }
}

impl Insert {
    fn spec(&self) -> Result<InsertSpec, String> {
        if let Some(bus) = &self.key {
            return Err(format!(
                "key {bus:?} is a bus, and an offline job has no other bus; remove the key"
            ));
        }
        let params = self.params.0.iter();
        let params = params.map(|(name, value)| (name.as_str(), *value));
        jobs::insert(
            &self.kind,
            self.preset.as_deref(),
            params,
            self.mix,
            self.bypass,
        )
        .map_err(|error| error.to_string())
    }
}

fn chain_of(path: &Path) -> Answer<Inserts> {
    let text = files::read_text(path, "chain_bytes", jobs::MAX_CHAIN)?;
    read(&text).map_err(|fault| fault.failure(&path.display().to_string()))
}
