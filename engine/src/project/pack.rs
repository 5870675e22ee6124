//! Between a project folder and a container.

use super::staging::{Staging, write_new};
use super::states::{self, STATES_FILE};
use super::{Kind, OpenProject, PROJECT_FILE, kind_of, open, read_all};
use crate::error::{Error, Result};
use segue_format::container::{Meta, Package};
use segue_format::{Project, limits, vst3_preset};
use segue_offline::atomic;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// How to pack.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PackOptions {
    /// Pack what is there although assets are missing.
    pub allow_missing: bool,
    /// Make it a preset that VST3 hosts load into the plug-in with this class id, instead of a
    /// container that Segue loads.
    pub vst3_class: Option<[u8; 16]>,
}

/// What was packed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PackReport {
    /// The container, absolute.
    pub path: PathBuf,
    /// Its size.
    pub bytes: u64,
    /// Audio files in it.
    pub assets: usize,
    /// Audio files of the project that are not in it.
    pub missing: Vec<String>,
}

/// What was unpacked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnpackReport {
    /// The project folder, absolute.
    pub path: PathBuf,
    /// Audio files in it.
    pub assets: usize,
    /// Their size, with `project.json`.
    pub bytes: u64,
    /// What a person should know: parts without a place in a folder, a project that does not load.
    pub warnings: Vec<String>,
}

/// Packs the project in `folder` (or its `project.json`) into the container `out`. `[thread-safe]`
///
/// The bytes of `project.json` and of every audio file are kept as they are; an adaptive profile with
/// a file of its own is put into the project. `out` appears whole,
/// in the place of what was there.
///
/// # Errors
/// As [`open`]; [`Error::Missing`] unless `allow_missing`; [`Error::TooLarge`] before the files are
/// read; [`Error::Exists`] if `out` is a file of the project itself.
pub fn pack(folder: &Path, out: &Path, options: &PackOptions) -> Result<PackReport> {
    if kind_of(folder)? == Kind::Container {
        let found = "it is packed already".to_owned();
        return Err(Error::NotAProject {
            path: folder.to_owned(),
            found,
        });
    }
    let project = open(folder)?;
    let out = &std::path::absolute(out).map_err(|error| Error::io(out, "find", error))?;
    let missing: Vec<String> = project
        .missing
        .iter()
        .map(|asset| asset.file.clone())
        .collect();
    if !missing.is_empty() && !options.allow_missing {
        return Err(Error::Missing {
            path: project.source,
            files: missing,
        });
    }
    project.refuse_as_output(out)?;
    check_sizes(&project)?;
    let (mut bytes, assets) = build(&project)?;
    if let Some(class) = &options.vst3_class {
        bytes = vst3_preset::wrap(class, &bytes);
    }
    atomic::write_atomic(out, &bytes)?;
    Ok(PackReport {
        path: out.clone(),
        bytes: bytes.len() as u64,
        assets,
        missing,
    })
}

/// Unpacks a container into the folder `target`. `[thread-safe]`
///
/// The folder appears whole. Every path in the container is checked: nothing is written outside of
/// it. With `replace`, a project that is there is replaced; any other folder never is.
///
/// # Errors
/// [`Error::Exists`], [`Error::Format`], [`Error::TooLarge`], [`Error::Io`]; then nothing was
/// changed.
pub fn unpack(container: &Path, target: &Path, replace: bool) -> Result<UnpackReport> {
    if kind_of(container)? != Kind::Container {
        let found = "a packed project was expected".to_owned();
        return Err(Error::NotAProject {
            path: container.to_owned(),
            found,
        });
    }
    let bytes = read_all(container, "container_bytes", limits::CONTAINER_BYTES)?;
    let package = Package::from_bytes(&bytes).map_err(|error| Error::format(container, error))?;
    let staging = Staging::beside(target, replace)?;
    let (assets, bytes) = unpack_into(container, &package, staging.path())?;
    let path = staging.publish()?;
    Ok(UnpackReport {
        path,
        assets,
        bytes,
        warnings: warnings(&package),
    })
}

impl OpenProject {
    /// Refuses to write a result over `project.json`, an audio file or the container of the
    /// project. `[thread-safe]`
    ///
    /// # Errors
    /// [`Error::Exists`].
    pub fn refuse_as_output(&self, out: &Path) -> Result<()> {
        let Ok(out) = out.canonicalize() else {
            return Ok(());
        };
        let own = self.assets.iter().map(|asset| asset.path.clone());
        let json = self.root.join(PROJECT_FILE);
        let profile = self.project.interactive.profile_file();
        let profile = profile.map(|file| self.root.join(file));
        let own = own
            .chain([json, self.root.join(STATES_FILE), self.source.clone()])
            .chain(profile);
        if own
            .filter_map(|path| path.canonicalize().ok())
            .any(|path| path == out)
        {
            return Err(Error::Exists {
                path: out,
                what: "a file of the project itself",
            });
        }
        Ok(())
    }
}

/// Writes `project.json` and the assets into an empty folder. Returns the number of assets and of
/// bytes.
pub(super) fn unpack_into(
    container: &Path,
    package: &Package<'_>,
    folder: &Path,
) -> Result<(usize, u64)> {
    let failed = |error| Error::io(container, "unpack", error);
    let json = package.project_json();
    write_new(&folder.join(PROJECT_FILE), json).map_err(failed)?;
    let states = package.states();
    let states = states.map_err(|error| Error::format(container, error))?;
    states::write_folder(folder, &states)?;
    let (mut assets, mut bytes) = (0, json.len() as u64);
    for asset in package.assets() {
        write_new(&folder.join(asset.path), asset.bytes).map_err(failed)?;
        assets += 1;
        bytes += asset.bytes.len() as u64;
    }
    Ok((assets, bytes))
}

/// The container in memory, and how many assets are in it.
fn build(project: &OpenProject) -> Result<(Vec<u8>, usize)> {
    let format = |error| Error::format(&project.source, error);
    let json_path = project.root.join(PROJECT_FILE);
    let json = match &project.profile {
        None => read_all(&json_path, "project_json_bytes", limits::PROJECT_JSON_BYTES)?,
        Some(_) => project.whole().to_json().map_err(format)?,
    };
    let mut package = Package::new(json).map_err(format)?;
    let packed = build_from(&mut package, project)?;
    package.set_states(&project.states);
    Ok((package.to_bytes().map_err(format)?, packed))
}

/// Adds to a container what a project has and it lacks. Returns the number of audio files of the
/// project.
pub(super) fn build_from(package: &mut Package<'_>, project: &OpenProject) -> Result<usize> {
    let format = |error| Error::format(&project.source, error);
    if package.meta().map_err(format)?.is_none() {
        package.set_meta(&meta(&project.project)).map_err(format)?;
    }
    let there: BTreeSet<String> = package.assets().map(|it| it.path.to_owned()).collect();
    let mut packed = BTreeSet::new();
    for asset in &project.assets {
        // Several assets may share a file.
        if asset.bytes.is_none() || !packed.insert(&asset.file) || there.contains(&asset.file) {
            continue;
        }
        let bytes = read_all(&asset.path, "asset_chunk_bytes", limits::ASSET_CHUNK_BYTES)?;
        package
            .add_asset(&asset.file, &bytes)
            .map_err(|error| Error::format(&asset.path, error))?;
    }
    Ok(packed.len())
}

pub(super) fn check_sizes(project: &OpenProject) -> Result<()> {
    let files: BTreeSet<_> = project
        .assets
        .iter()
        .map(|asset| (&asset.file, asset.bytes))
        .collect();
    let value = files.iter().filter_map(|(_, bytes)| *bytes).sum();
    let max = limits::CONTAINER_BYTES as u64;
    if value <= max {
        return Ok(());
    }
    Err(Error::TooLarge {
        path: project.source.clone(),
        limit: "container_bytes",
        subject: "the size of its audio files in bytes",
        value,
        max,
    })
}

fn meta(project: &Project) -> Meta {
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    Meta {
        name: project.name.clone(),
        author: text(&project.author),
        description: text(&project.description),
        licence: text(&project.licence),
        created_with: concat!("segue ", env!("CARGO_PKG_VERSION")).to_owned(),
        ..Meta::default()
    }
}

fn warnings(package: &Package<'_>) -> Vec<String> {
    let unknown = package.unknown().map(|(tag, bytes)| {
        format!(
            "the part {tag} ({} bytes) has no place in a folder; it was left out",
            bytes.len()
        )
    });
    let project = package
        .project()
        .err()
        .map(|error| format!("project.json: {error}"));
    unknown.chain(project).collect()
}
