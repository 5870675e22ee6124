//! Projects, in a folder or packed.

use super::OnCheck;
use super::audio::{self, AudioInfo};
use crate::error::{Error, Result};
use crate::project::{self, OpenProject, read_all};
use segue_format::container::{Package, Reader};
use segue_format::{Project, limits};
use std::path::{Path, PathBuf};

/// What a project is.
#[derive(Clone, Debug, PartialEq)]
pub struct ProjectInfo {
    /// The project folder or the container, absolute.
    pub path: PathBuf,
    /// What `project.json` says.
    pub project: Project,
    /// Its audio files, in the order of `project.assets`.
    pub assets: Vec<AssetInfo>,
    /// What a person should look at.
    pub warnings: Vec<String>,
    /// About the container, if it is packed.
    pub container: Option<ContainerInfo>,
}

/// An audio file of a project.
#[derive(Clone, Debug, PartialEq)]
pub struct AssetInfo {
    /// The asset's id.
    pub id: String,
    /// Its path in the project folder.
    pub file: String,
    /// What it is, or why it cannot be used.
    pub audio: Result<AudioInfo, String>,
}

/// What a container says about itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ContainerInfo {
    /// Its size.
    pub bytes: u64,
    /// The version of the format.
    pub version: String,
    /// The program that wrote it.
    pub created_with: String,
    /// Words to find it by.
    pub tags: Vec<String>,
    /// Its chunks of unknown kinds, as (tag, size in bytes).
    pub unknown: Vec<(String, u64)>,
}

pub(super) fn describe(path: &Path, check: bool, progress: OnCheck<'_>) -> Result<ProjectInfo> {
    let opened = project::open(path)?;
    let container = opened
        .is_packed()
        .then(|| container(&opened.source))
        .transpose()?;
    let mut assets = Vec::new();
    for index in 0..opened.assets.len() {
        assets.extend(asset(&opened, index, check, progress)?);
    }
    let warnings = opened.warnings.iter().map(ToString::to_string).collect();
    let OpenProject {
        source, project, ..
    } = opened;
    Ok(ProjectInfo {
        path: source,
        project,
        assets,
        warnings,
        container,
    })
}

fn asset(
    opened: &OpenProject,
    index: usize,
    check: bool,
    progress: OnCheck<'_>,
) -> Result<Option<AssetInfo>> {
    let Some(asset) = opened.assets.get(index) else {
        return Ok(None);
    };
    let missing = opened.missing.iter().find(|missing| missing.id == asset.id);
    let audio = match missing {
        Some(missing) => Err(missing.reason.clone()),
        None => match audio::describe(&asset.path, check, progress) {
            Err(Error::Cancelled) => return Err(Error::Cancelled),
            described => described.map_err(|error| reason(&asset.path, &error)),
        },
    };
    Ok(Some(AssetInfo {
        id: asset.id.clone(),
        file: asset.file.clone(),
        audio,
    }))
}

/// The text of an error without the path, which stands beside it.
fn reason(path: &Path, error: &Error) -> String {
    let text = error.to_string();
    text.replacen(&format!("{}: ", path.display()), "", 1)
}

fn container(path: &Path) -> Result<ContainerInfo> {
    let bytes = read_all(path, "container_bytes", limits::CONTAINER_BYTES)?;
    let format = |error| Error::format(path, error);
    let package = Package::from_bytes(&bytes).map_err(format)?;
    let header = Reader::new(&bytes, &Default::default())
        .map_err(format)?
        .header();
    let meta = package.meta().map_err(format)?.unwrap_or_default();
    let unknown = package
        .unknown()
        .map(|(tag, bytes)| (tag.to_string(), bytes.len() as u64));
    Ok(ContainerInfo {
        bytes: bytes.len() as u64,
        version: header.version.to_string(),
        created_with: meta.created_with,
        tags: meta.tags,
        unknown: unknown.collect(),
    })
}
