//! Chains of inserts in a file of their own.

use crate::failure::Failure;
use segue_engine::jobs;
use segue_engine::jobs::job::InsertSpec;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::Path;

/// Bytes of a chain file.
const MAX_BYTES: u64 = 1 << 20;

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
    ir: Option<String>,
    preset: Option<String>,
    #[serde(default)]
    params: BTreeMap<String, f64>,
    #[serde(default = "one")]
    mix: f64,
    #[serde(default)]
    bypass: bool,
}

fn one() -> f64 {
    1.0
}

impl Insert {
    /// What of a project's inserts has no meaning without a project.
    fn check(&self) -> Result<(), String> {
        match (&self.key, &self.ir) {
            (Some(bus), _) => Err(format!(
                "the side-chain {bus:?}, and an offline job has no other bus; remove the key"
            )),
            (None, Some(asset)) => Err(format!(
                "the impulse response {asset:?}, and a chain file has no assets; use --project and --bus"
            )),
            (None, None) => Ok(()),
        }
    }
}

/// The inserts of a chain file.
pub(crate) fn read(path: &Path) -> Result<Vec<InsertSpec>, Failure> {
    let size = std::fs::metadata(path)
        .map_err(|e| Failure::io(path, "open", &e))?
        .len();
    if size > MAX_BYTES {
        let text = format!(
            "{}: a chain of {size} bytes is not in 0..={MAX_BYTES}",
            path.display()
        );
        return Err(Failure::new(text));
    }
    let bytes = std::fs::read(path).map_err(|e| Failure::io(path, "read", &e))?;
    let chain: Chain = serde_json::from_slice(&bytes).map_err(|e| {
        Failure::new(format!(
            "{}: this is not a chain of inserts: {e}",
            path.display()
        ))
    })?;
    let spec = |insert: &Insert| {
        insert.check().map_err(|what| {
            let (path, kind) = (path.display(), &insert.kind);
            Failure::new(format!("{path}: the insert {kind:?} has {what}"))
        })?;
        let params = insert
            .params
            .iter()
            .map(|(name, value)| (name.as_str(), *value));
        Ok(jobs::insert(
            &insert.kind,
            insert.preset.as_deref(),
            params,
            insert.mix,
            insert.bypass,
        )?)
    };
    chain.inserts.iter().map(spec).collect()
}
