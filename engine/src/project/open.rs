//! Opening a project, wherever it lies.

use super::pack::unpack_into;
use super::watch::{Stamps, stamp};
use super::{Kind, PROJECT_FILE, kind_of, read_all, states};
use crate::config::EngineConfig;
use crate::error::{Error, Result};
use segue_format::container::{Package, States};
use segue_format::project::interactive::{Profile, ProfileSource};
use segue_format::{Project, Warning, limits};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tempfile::TempDir;

/// A project that was read, and where its audio files are.
///
/// A packed project lies unpacked in a private temporary folder as long as this value lives.
#[derive(Clone, Debug)]
pub struct OpenProject {
    /// What was opened, absolute: the project folder or the container.
    pub source: PathBuf,
    /// The folder that the paths of the assets start from, absolute.
    pub root: PathBuf,
    /// The project.
    pub project: Project,
    /// The adaptive profile, where the project names a file of its own for it.
    pub profile: Option<Profile>,
    /// What was read but deserves a look.
    pub warnings: Vec<Warning>,
    /// Where the assets are, in the order of `project.assets`.
    pub assets: Vec<AssetFile>,
    /// The assets that are not there. The rest plays.
    pub missing: Vec<MissingAsset>,
    /// Blobs that it keeps by name: states of plug-ins, or of anything else.
    pub states: States,
    /// The text of `project.json`, for places in it.
    text: Vec<u8>,
    /// That of the profile's file, where there is one.
    profile_text: Vec<u8>,
    /// What its files were just before they were read; what is saved later is a change.
    pub(super) stamps: Stamps,
    unpacked: Option<Arc<TempDir>>,
}

/// Where an asset of an open project is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AssetFile {
    /// Its id.
    pub id: String,
    /// Its path in the project folder.
    pub file: String,
    /// Its absolute path.
    pub path: PathBuf,
    /// Size in bytes; `None` if it is missing.
    pub bytes: Option<u64>,
}

/// An asset that is not there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MissingAsset {
    /// Its id.
    pub id: String,
    /// Its path in the project folder.
    pub file: String,
    /// Why it cannot be used.
    pub reason: String,
}

/// Opens a project: a folder, its `project.json`, or a container. `[thread-safe]`
///
/// Assets are looked for, not read. Those that are missing are listed, which is no error.
///
/// # Errors
/// [`Error::NotAProject`], [`Error::Io`], [`Error::Format`] with the place in the file,
/// [`Error::TooLarge`] before anything large is read.
pub fn open(path: &Path) -> Result<OpenProject> {
    let path = &std::path::absolute(path).map_err(|error| Error::io(path, "find", error))?;
    let not_a_project = |found: &str| {
        Err(Error::NotAProject {
            path: path.to_owned(),
            found: found.to_owned(),
        })
    };
    match kind_of(path)? {
        Kind::Folder if !path.join(PROJECT_FILE).exists() => {
            not_a_project("the folder has no project.json")
        }
        Kind::Folder => open_folder(path),
        Kind::Json => open_folder_of(path),
        Kind::Container => open_container(path),
        Kind::Log => not_a_project("it is a session log, which `segue replay` renders"),
        Kind::Empty => not_a_project("the file is empty"),
        Kind::Other => not_a_project(
            "a project is a folder with project.json, or a packed .segue file; `segue new` makes \
             one out of audio files",
        ),
    }
}

/// Opens a container that is in memory; `label` is what errors call it. `[thread-safe]`
///
/// # Errors
/// [`Error::Format`] for what is wrong with its project; [`Error::Io`] when its audio files cannot
/// be put into a temporary folder.
pub fn open_package(label: &Path, package: &Package<'_>) -> Result<OpenProject> {
    let project = package.project();
    let (project, warnings) = project.map_err(|error| Error::format(label, error))?;
    let folder = private_folder().map_err(|error| Error::io(label, "unpack", error))?;
    unpack_into(label, package, folder.path())?;
    let mut opened = OpenProject::resolve(folder.path().to_owned(), project, warnings)?;
    let states = package.states();
    opened.states = states.map_err(|error| Error::format(label, error))?;
    opened.source = label.to_owned();
    opened.unpacked = Some(Arc::new(folder));
    Ok(opened)
}

/// A project whose audio files lie in the folder `root`. A file of an adaptive
/// profile is not read: have the profile in the project. `[thread-safe]`
pub fn open_in(root: &Path, project: Project) -> OpenProject {
    OpenProject::resolved(root.to_owned(), project, Vec::new())
}

impl OpenProject {
    /// Checks what the project says about everything but its audio files, for an engine of this
    /// configuration: what passes can be loaded. `[thread-safe]`
    ///
    /// # Errors
    /// As [`Control::load_project`](crate::Control::load_project).
    pub fn check(&self, config: &EngineConfig) -> Result<()> {
        config.check()?;
        crate::load::check(&self.project, config)
    }

    /// Where the asset with this id is; `None` if there is no such asset or its file is missing.
    /// `[thread-safe]`
    pub fn asset_path(&self, id: &str) -> Option<&Path> {
        let asset = self.assets.iter().find(|asset| asset.id == id)?;
        asset.bytes.is_some().then_some(asset.path.as_path())
    }

    /// Whether it was opened from a container. `[thread-safe]`
    pub fn is_packed(&self) -> bool {
        self.unpacked.is_some()
    }

    /// What is interactive, for the compiler. `[thread-safe]`
    pub fn interactive(&self) -> segue_middleware::source::Interactive {
        self.project.interactive.lower(self.profile.as_ref())
    }

    /// The project with its adaptive profile in it, for places where its file is not at hand.
    /// `[thread-safe]`
    pub fn whole(&self) -> Project {
        let mut project = self.project.clone();
        if let Some(profile) = &self.profile {
            let inline = ProfileSource::Inline(Box::new(profile.clone()));
            project.interactive.adaptive = Some(inline);
        }
        project
    }

    /// The adaptive profile as the document of a file of its own; `None` without one. `[thread-safe]`
    ///
    /// # Errors
    /// [`Error::Format`] when it cannot be written.
    pub fn profile_json(&self) -> Result<Option<Vec<u8>>> {
        let inline = match &self.project.interactive.adaptive {
            Some(ProfileSource::Inline(profile)) => Some(&**profile),
            _ => None,
        };
        let Some(profile) = inline.or(self.profile.as_ref()) else {
            return Ok(None);
        };
        let json = profile.to_json();
        json.map(Some)
            .map_err(|error| Error::format(&self.source, error))
    }

    /// The same project with this adaptive profile in its document, or without one. Nothing is written, and this
    /// value stays as it is. `[thread-safe]`
    ///
    /// # Errors
    /// [`Error::Format`] with the place in the profile, or in the project with it; as [`OpenProject::edited`].
    pub fn with_profile(&self, json: Option<&[u8]>) -> Result<OpenProject> {
        let wrong = |error| Error::format(&self.source, error);
        let read = json.map(Profile::from_json).transpose().map_err(wrong)?;
        let mut project = self.project.clone();
        project.interactive.adaptive =
            read.map(|(profile, _)| ProfileSource::Inline(Box::new(profile)));
        self.edited(&project.to_json().map_err(wrong)?)
    }

    /// The same place with another document in it, checked as [`open`] does: the assets are looked
    /// for again, and so is a file of an adaptive profile. Nothing is written, and this value stays
    /// as it is. `[thread-safe]`
    ///
    /// # Errors
    /// [`Error::Format`] with the path and the place in the document; [`Error::TooLarge`];
    /// [`Error::Io`] for the profile's file.
    pub fn edited(&self, json: &[u8]) -> Result<OpenProject> {
        let read = Project::from_json(json);
        let (project, warnings) = read.map_err(|error| Error::format(&self.source, error))?;
        let mut opened = OpenProject::resolve(self.root.clone(), project, warnings)?;
        opened.source.clone_from(&self.source);
        opened.unpacked.clone_from(&self.unpacked);
        opened.states.clone_from(&self.states);
        opened.text = json.to_vec();
        Ok(opened)
    }

    /// The same place with another state of its project in it, as an editor holds it. The assets are
    /// looked for again, and so is a file of an adaptive profile; places in errors are those of the
    /// text that was read. `[thread-safe]`
    ///
    /// # Errors
    /// As [`OpenProject::edited`], for the profile.
    pub fn holding(&self, project: Project) -> Result<OpenProject> {
        let resolved = OpenProject::resolve(self.root.clone(), project, Vec::new())?;
        Ok(OpenProject {
            source: self.source.clone(),
            states: self.states.clone(),
            text: self.text.clone(),
            unpacked: self.unpacked.clone(),
            ..resolved
        })
    }

    /// The same project, its files looked for again. `[thread-safe]`
    ///
    /// # Errors
    /// As [`OpenProject::edited`].
    pub fn refreshed(&self) -> Result<OpenProject> {
        self.edited(&self.text())
    }

    /// Whether what was read is on the disk no more: somebody has written another `project.json` since. False
    /// for a packed project, and where there is none. `[thread-safe]`
    pub fn is_replaced(&self) -> bool {
        if self.is_packed() || self.text.is_empty() {
            return false;
        }
        let now = std::fs::read(self.root.join(PROJECT_FILE));
        now.is_ok_and(|now| now != self.text)
    }

    /// The text of `project.json`: as it was read, else as it would be written.
    pub(crate) fn text(&self) -> Vec<u8> {
        match self.text.is_empty() {
            true => self.project.to_json().unwrap_or_default(),
            false => self.text.clone(),
        }
    }

    /// Name and text of the file of the adaptive profile, where there is one.
    pub(crate) fn profile_text(&self) -> Option<(&str, &[u8])> {
        let file = self.project.interactive.profile_file()?;
        self.profile.as_ref()?;
        Some((file, &self.profile_text))
    }

    /// The same place with another project in it. `[thread-safe]`
    pub(crate) fn with_project(self, project: Project) -> OpenProject {
        let resolved = OpenProject::resolved(self.root, project, Vec::new());
        OpenProject {
            source: self.source,
            states: self.states,
            unpacked: self.unpacked,
            ..resolved
        }
    }

    /// Finds the assets of `project` in `root`, and reads its adaptive profile.
    fn resolve(root: PathBuf, project: Project, warnings: Vec<Warning>) -> Result<OpenProject> {
        let file = project.interactive.profile_file();
        let seen = file
            .map(|file| root.join(file))
            .map(|path| (stamp(&path), path));
        let profile = read_profile(&root, &project)?;
        let mut opened = OpenProject::resolved(root, project, warnings);
        opened
            .stamps
            .extend(seen.map(|(stamp, path)| (path, stamp)));
        if let Some((profile, warnings, text)) = profile {
            opened.profile = Some(profile);
            opened.profile_text = text;
            opened.warnings.extend(warnings);
        }
        Ok(opened)
    }

    /// Finds the assets of `project` in `root`.
    fn resolved(root: PathBuf, project: Project, warnings: Vec<Warning>) -> OpenProject {
        let (mut assets, mut missing) = (Vec::new(), Vec::new());
        let mut stamps = Stamps::new();
        for asset in &project.assets {
            let (id, file) = (asset.id.clone(), asset.file.clone());
            let path = root.join(&file);
            stamps.insert(path.clone(), stamp(&path));
            let found = look_for(&path);
            if let Err(reason) = &found {
                let (id, file, reason) = (id.clone(), file.clone(), reason.clone());
                missing.push(MissingAsset { id, file, reason });
            }
            assets.push(AssetFile {
                id,
                file,
                path,
                bytes: found.ok(),
            });
        }
        let source = root.clone();
        OpenProject {
            source,
            root,
            project,
            profile: None,
            warnings,
            assets,
            missing,
            states: States::new(),
            text: Vec::new(),
            profile_text: Vec::new(),
            stamps,
            unpacked: None,
        }
    }
}

/// A profile, what in it deserves a look, and its text.
type ReadProfile = (Profile, Vec<Warning>, Vec<u8>);

/// The adaptive profile of a project that has a file of its own for it.
fn read_profile(root: &Path, project: &Project) -> Result<Option<ReadProfile>> {
    let Some(file) = project.interactive.profile_file() else {
        return Ok(None);
    };
    let path = root.join(file);
    let bytes = read_all(&path, "project_json_bytes", limits::PROJECT_JSON_BYTES)?;
    let read = Profile::from_json(&bytes).map_err(|error| Error::format(&path, error));
    let (profile, warnings) = read?;
    Ok(Some((profile, warnings, bytes)))
}

/// Opens the folder that this JSON file belongs to.
fn open_folder_of(json: &Path) -> Result<OpenProject> {
    let root = json.parent().unwrap_or(json);
    let seen = stamp(json);
    let bytes = read_all(json, "project_json_bytes", limits::PROJECT_JSON_BYTES)?;
    // The text says project.json itself.
    let is_usual = json.file_name().is_some_and(|name| name == PROJECT_FILE);
    let named = if is_usual { root } else { json };
    let (project, warnings) =
        Project::from_json(&bytes).map_err(|error| Error::format(named, error))?;
    let mut opened = OpenProject::resolve(root.to_owned(), project, warnings)?;
    opened.states = states::read_folder(root)?;
    opened.text = bytes;
    opened.stamps.insert(json.to_owned(), seen);
    Ok(opened)
}

fn open_folder(folder: &Path) -> Result<OpenProject> {
    let json = folder.join(PROJECT_FILE);
    match kind_of(&json)? {
        Kind::Folder => {
            let found = "its project.json is a folder".to_owned();
            Err(Error::NotAProject {
                path: folder.to_owned(),
                found,
            })
        }
        _ => open_folder_of(&json),
    }
}

fn open_container(path: &Path) -> Result<OpenProject> {
    let bytes = read_all(path, "container_bytes", limits::CONTAINER_BYTES)?;
    let format = |error| Error::format(path, error);
    let package = Package::from_bytes(&bytes).map_err(format)?;
    open_package(path, &package)
}

/// A new folder that only this user can look into.
fn private_folder() -> std::io::Result<TempDir> {
    let mut builder = tempfile::Builder::new();
    builder.prefix("segue-");
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o700));
    builder.tempdir()
}

/// The size of a file, or why it cannot be used.
fn look_for(path: &Path) -> Result<u64, String> {
    match fs::metadata(path) {
        Ok(metadata) if metadata.is_file() => Ok(metadata.len()),
        Ok(metadata) if metadata.is_dir() => Err("it is a folder".to_owned()),
        Ok(_) => Err("it is a device or pipe".to_owned()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            Err("there is no such file".to_owned())
        }
        Err(error) => Err(error.to_string()),
    }
}
