//! What `cargo metadata` says about the workspace, reduced to what the chores ask.

use std::collections::HashMap;
use std::path::PathBuf;

use serde_json::Value;

use crate::shell::{Result, Shell, fail};

/// The resolved packages of the workspace with its default features, for all platforms.
pub(crate) struct Metadata {
    pub(crate) packages: Vec<Package>,
    pub(crate) target_directory: PathBuf,
}

pub(crate) struct Package {
    pub(crate) name: String,
    /// SPDX expression as the manifest gives it.
    pub(crate) licence: Option<String>,
    pub(crate) is_member: bool,
    /// Source files that start a crate: library, programs, tests, examples, build script.
    pub(crate) roots: Vec<PathBuf>,
    /// Indices into [`Metadata::packages`]; neither dev- nor build-dependencies.
    pub(crate) uses: Vec<usize>,
}

impl Metadata {
    pub(crate) fn read(shell: &Shell) -> Result<Self> {
        let text =
            shell.output(
                shell
                    .cargo()
                    .args(["metadata", "--format-version", "1", "--quiet"]),
            )?;
        let parsed = serde_json::from_str(&text)
            .ok()
            .and_then(|value| parse(&value));
        match parsed {
            Some(metadata) => Ok(metadata),
            None => fail("`cargo metadata` answered in a form that xtask does not know"),
        }
    }

    pub(crate) fn members(&self) -> impl Iterator<Item = (usize, &Package)> {
        self.packages
            .iter()
            .enumerate()
            .filter(|(_, package)| package.is_member)
    }
}

fn parse(value: &Value) -> Option<Metadata> {
    let members = value["workspace_members"].as_array()?;
    let listed = value["packages"].as_array()?;
    let mut packages = listed
        .iter()
        .map(|json| package(json, members))
        .collect::<Option<Vec<_>>>()?;
    let ids = listed
        .iter()
        .map(|json| json["id"].as_str())
        .collect::<Option<Vec<_>>>()?;
    let index: HashMap<&str, usize> = ids.into_iter().zip(0..).collect();
    for node in value["resolve"]["nodes"].as_array()? {
        let user = *index.get(node["id"].as_str()?)?;
        let normal = node["deps"]
            .as_array()?
            .iter()
            .filter(|edge| is_normal(edge));
        packages[user].uses = normal
            .map(|edge| index.get(edge["pkg"].as_str()?).copied())
            .collect::<Option<_>>()?;
    }
    Some(Metadata {
        packages,
        target_directory: value["target_directory"].as_str()?.into(),
    })
}

fn package(json: &Value, members: &[Value]) -> Option<Package> {
    let roots = json["targets"]
        .as_array()?
        .iter()
        .map(|target| target["src_path"].as_str());
    Some(Package {
        name: json["name"].as_str()?.to_owned(),
        licence: json["license"].as_str().map(str::to_owned),
        is_member: members.contains(&json["id"]),
        roots: roots
            .map(|root| root.map(PathBuf::from))
            .collect::<Option<_>>()?,
        uses: Vec::new(),
    })
}

/// One edge can be of several kinds; `null` is cargo's word for a normal one.
fn is_normal(edge: &Value) -> bool {
    edge["dep_kinds"]
        .as_array()
        .is_some_and(|kinds| kinds.iter().any(|kind| kind["kind"].is_null()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SMALL: &str = r#"{
        "packages": [
            {"id": "a", "name": "alpha", "license": "MIT", "targets": [{"src_path": "a/lib.rs"}]},
            {"id": "b", "name": "beta", "license": null, "targets": []},
            {"id": "c", "name": "gamma", "license": "ISC", "targets": []}
        ],
        "workspace_members": ["a"],
        "target_directory": "t",
        "resolve": {"nodes": [
            {"id": "a", "deps": [
                {"pkg": "b", "dep_kinds": [{"kind": "dev"}, {"kind": null}]},
                {"pkg": "c", "dep_kinds": [{"kind": "dev"}]}
            ]},
            {"id": "b", "deps": []},
            {"id": "c", "deps": []}
        ]}
    }"#;

    #[test]
    fn only_normal_edges_are_kept() {
        let value = serde_json::from_str(SMALL).expect("valid JSON");
        let metadata = parse(&value).expect("complete");
        assert_eq!(metadata.packages[0].uses, [1]);
        assert_eq!(metadata.members().count(), 1);
        assert_eq!(metadata.packages[0].roots, [PathBuf::from("a/lib.rs")]);
        assert_eq!(metadata.packages[1].licence, None);
    }

    #[test]
    fn an_unknown_form_is_refused() {
        assert!(parse(&serde_json::json!({"packages": []})).is_none());
    }
}
