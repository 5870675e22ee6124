//! Chains of inserts in a file of their own.

use crate::failure::{Failure, Kind};
use segue_engine::jobs::job::{Impulse, InsertSpec, MAX_INSERTS};
use segue_engine::{files, jobs};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// `{"inserts": [{"kind": "eq", "params": {"band1_gain": 3}}]}`, as a bus of `project.json`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Chain {
    inserts: Vec<Insert>,
}

#[derive(Deserialize)]
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
    params: BTreeMap<String, f64>,
    #[serde(default = "one")]
    mix: f64,
    #[serde(default)]
    bypass: bool,
    /// Impulse response of a convolution: an audio file, from the folder of the chain.
    ir: Option<PathBuf>,
}

fn one() -> f64 {
    1.0
}

impl Insert {
    /// What of a project's inserts has no meaning without a project.
    fn check(&self) -> Result<(), String> {
        match &self.key {
            Some(bus) => Err(format!(
                "it has the side-chain {bus:?}, and an offline job has no other bus; remove the key"
            )),
            None if !(0.0..=1.0).contains(&self.mix) => {
                Err(format!("mix {} is not in 0..=1", self.mix))
            }
            None => Ok(()),
        }
    }

    /// What it is for a job; `chain` is the file that it stands in.
    fn spec(&self, chain: &Path) -> Result<InsertSpec, Failure> {
        self.check().map_err(Failure::new)?;
        let params = self.params.iter();
        let mut spec = jobs::insert(
            &self.kind,
            self.preset.as_deref(),
            params.map(|(name, value)| (name.as_str(), *value)),
            self.mix,
            self.bypass,
        )?;
        jobs::check_values(&spec)?;
        if let Some(ir) = &self.ir {
            let file = chain.with_file_name("").join(ir);
            spec.response = Some(Impulse::open(&file).map_err(segue_engine::Error::from)?);
        }
        Ok(spec)
    }
}

/// The impulse responses that a chain file names; none if it cannot be read.
pub(crate) fn responses(path: &Path) -> Vec<PathBuf> {
    let inserts = parse(path).map_or(Vec::new(), |chain| chain.inserts);
    let files = inserts.into_iter().filter_map(|insert| insert.ir);
    files.map(|ir| path.with_file_name("").join(ir)).collect()
}

fn parse(path: &Path) -> Result<Chain, Failure> {
    let bytes = files::read(path, "chain_bytes", jobs::MAX_CHAIN)?;
    serde_json::from_slice(&bytes).map_err(|e| {
        Failure::new(format!(
            "{}: this is not a chain of inserts: {}",
            path.display(),
            super::plain(&e)
        ))
    })
}

/// The inserts of a chain file.
pub(crate) fn read(path: &Path) -> Result<Vec<InsertSpec>, Failure> {
    let chain = parse(path)?;
    if chain.inserts.len() > MAX_INSERTS {
        let (path, found) = (path.display(), chain.inserts.len());
        return Err(Failure::new(format!(
            "{path}: {found} inserts; a chain has at most {MAX_INSERTS}"
        )));
    }
    let spec = |(number, insert): (usize, &Insert)| {
        insert.spec(path).map_err(|failure| Failure {
            message: format!(
                "{}, insert {number} ({}): {}",
                path.display(),
                insert.kind,
                failure.message
            ),
            // It is the file that is wrong, and with it one job of a batch.
            kind: Kind::Failed,
            ..failure
        })
    };
    (1..).zip(&chain.inserts).map(spec).collect()
}
