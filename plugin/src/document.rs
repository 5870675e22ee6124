//! What an instance holds: a project with its audio files or with where they are, and the bytes
//! that a host's session keeps of it.

use std::borrow::Cow;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use segue_engine::EngineConfig;
use segue_engine::format::container::{Package, PluginState};
use segue_engine::format::limits::CONTAINER_BYTES;
use segue_engine::format::project::Asset;
use segue_engine::format::project::interactive::Rtpc;
use segue_engine::project::{self, OpenProject, Project, WatchedFiles};

use crate::error::{Error, Result};
use crate::kind::Kind;
use crate::params::Param;

/// Audio files of a folder that are together at most this large travel inside of the session.
const EMBED_BYTES: u64 = 8 << 20;
/// What errors call a project that lies in a session.
const LABEL: &str = "plug-in state";

/// One project, checked, with everything to play and to save it. Immutable. `[thread-safe]`
pub(crate) struct Document {
    package: Package<'static>,
    project: Project,
    state: PluginState,
    /// The same in documents that are one project at different times.
    origin: Arc<()>,
    /// How often it was saved by somebody else since it is held.
    revision: u32,
    /// What was read of it on the disk last; `None` for one out of a session.
    read: Option<Arc<ReadFiles>>,
}

/// A project on the disk as it was read, and what its files were then.
pub(crate) struct ReadFiles {
    pub(crate) files: WatchedFiles,
    pub(crate) project: Project,
}

/// The RTPC of a project that is the parameter of this number.
pub(crate) fn host_rtpc(project: &Project, number: usize) -> Option<&Rtpc> {
    let mut rtpcs = project.interactive.rtpcs.iter();
    rtpcs.find(|it| it.host_param.map(usize::from) == Some(number))
}

/// What an RTPC of a project begins with, as the value of its parameter: where the last macro that moves it stands,
/// else its own default.
pub(crate) fn host_value(project: &Project, rtpc: &Rtpc) -> f64 {
    let rows = project.interactive.macros.iter().rev();
    let mut moved = rows.filter(|row| row.rtpc == rtpc.name);
    let begin = moved.find_map(|row| {
        let found = project.macros.iter().find(|it| it.id == row.macro_id)?;
        let [low, high] = row.range.unwrap_or([rtpc.min, rtpc.max]);
        Some(low + (high - low) * found.value.clamp(0.0, 1.0))
    });
    let begin = begin.unwrap_or(rtpc.default);
    let share = (begin - rtpc.min) / (rtpc.max - rtpc.min);
    if share.is_nan() {
        0.0
    } else {
        share.clamp(0.0, 1.0)
    }
}

impl Document {
    /// What a new instance holds.
    pub(crate) fn new(kind: Kind) -> Result<Self> {
        Self::from_package(Package::new(kind.new_project().to_json()?)?)
    }

    /// Reads what [`Document::to_bytes`] has written, or a preset. `[main-thread]`
    pub(crate) fn from_bytes(bytes: &[u8]) -> Result<Self> {
        Self::from_package(Package::from_bytes(bytes)?.into_owned())
    }

    /// Reads the state out of a host's stream.
    pub(crate) fn from_stream(stream: &mut impl Read) -> Result<Self> {
        let mut bytes = Vec::new();
        let most = CONTAINER_BYTES as u64 + 1;
        stream.take(most).read_to_end(&mut bytes)?;
        if bytes.len() > CONTAINER_BYTES {
            let max = CONTAINER_BYTES;
            return Err(Error::TooLarge { max });
        }
        Self::from_bytes(&bytes)
    }

    /// Opens a folder, a `project.json` or a container. `[main-thread]`
    pub(crate) fn open(path: &Path) -> Result<Self> {
        Self::of(&project::open(path)?)
    }

    /// A project that was opened. One in a folder is followed there.
    fn of(open: &OpenProject) -> Result<Self> {
        let is_small = open.assets.iter().filter_map(|it| it.bytes).sum::<u64>() <= EMBED_BYTES;
        // Its adaptive profile may lie in a file of its own.
        let mut package = Package::new(open.whole().to_json()?)?;
        let mut state = PluginState::default();
        if open.missing.is_empty() && (open.is_packed() || is_small) {
            embed(&mut package, open)?;
        } else {
            state.assets_root = Some(text_of(&open.root)?);
        }
        if !open.is_packed() {
            state.source = Some(text_of(&open.root)?);
        }
        if state != PluginState::default() {
            package.set_plugin_state(&state)?;
        }
        let read = ReadFiles {
            files: WatchedFiles::of(open),
            project: open.whole(),
        };
        Ok(Self {
            read: (!open.is_packed()).then(|| Arc::new(read)),
            ..Self::from_package(package)?
        })
    }

    /// The same project as somebody else has saved it, with `project` for what is in `open`.
    /// `[worker]`
    pub(crate) fn renewed(&self, open: &OpenProject, project: &Project) -> Result<Self> {
        let disk = Self::of(open)?;
        let mut package = disk.package;
        package.set_project_json(project.to_json()?)?;
        // Files that the user has found elsewhere stay there.
        let relocated = self.state.assets_root.clone();
        let relocated = relocated.filter(|_| self.is_relocated());
        package.set_plugin_state(&PluginState {
            assets_root: relocated.or(disk.state.assets_root),
            source: disk.state.source,
            ..self.state.clone()
        })?;
        Ok(Self {
            revision: self.revision.wrapping_add(1),
            read: disk.read,
            ..self.changed(package)?
        })
    }

    pub(crate) fn from_package(package: Package<'static>) -> Result<Self> {
        let (project, _) = package.project()?;
        let state = package.plugin_state()?.unwrap_or_default();
        let document = Self {
            package,
            project,
            state,
            origin: Arc::default(),
            revision: 0,
            read: None,
        };
        document.check()?;
        Ok(document)
    }

    /// The same project with its audio files in another folder. `[main-thread]`
    pub(crate) fn relocated(&self, root: &Path) -> Result<Self> {
        let mut package = self.package.clone();
        package.set_plugin_state(&PluginState {
            assets_root: Some(text_of(root)?),
            ..self.state.clone()
        })?;
        Self::from_package(package)
    }

    /// The same project with the hashes of its audio files, so that a session knows them again: of files that
    /// lie elsewhere, and of the assets `renewed`, whose files are others than the project says.
    pub(crate) fn with_hashes(
        &self,
        hashes: &[(String, String)],
        renewed: &[&str],
    ) -> Result<Self> {
        let mut project = self.project.clone();
        let is_elsewhere = self.is_by_reference();
        let lacks = |it: &&mut Asset| {
            it.hash.is_none() && is_elsewhere || renewed.contains(&it.id.as_str())
        };
        for asset in project.assets.iter_mut().filter(lacks) {
            let known = hashes.iter().find(|(file, _)| *file == asset.file);
            asset.hash = known.map(|(_, hash)| hash.clone());
        }
        let mut package = self.package.clone();
        if project != self.project {
            package.set_project_json(project.to_json()?)?;
        }
        self.changed(package)
    }

    /// The same project after the user has changed something in it.
    pub(crate) fn with_project(&self, project: &Project) -> Result<Self> {
        let mut package = self.package.clone();
        package.set_project_json(project.to_json()?)?;
        self.changed(package)
    }

    fn changed(&self, package: Package<'static>) -> Result<Self> {
        Ok(Self {
            origin: Arc::clone(&self.origin),
            revision: self.revision,
            read: self.read.clone(),
            ..Self::from_package(package)?
        })
    }

    /// True if both are one project, maybe at different times.
    pub(crate) fn is_same_project(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.origin, &other.origin)
    }

    /// How often it was saved by somebody else since it is held.
    pub(crate) fn revision(&self) -> u32 {
        self.revision
    }

    /// What was read of it on the disk last.
    pub(crate) fn read(&self) -> Option<&ReadFiles> {
        self.read.as_deref()
    }

    /// The folder that it was opened from, if it was.
    pub(crate) fn source(&self) -> Option<&Path> {
        self.state.source.as_deref().map(Path::new)
    }

    /// What a parameter begins with: the value of its macro or RTPC, else its own default.
    pub(crate) fn own_value(&self, param: Param) -> f64 {
        let own = match param {
            Param::Macro(number) => self.project.macros.get(number).map(|it| it.value),
            Param::Rtpc(number) => {
                let found = host_rtpc(&self.project, number);
                found.map(|rtpc| host_value(&self.project, rtpc))
            }
            Param::MasterGain | Param::Bypass => None,
        };
        param.clamp(own.unwrap_or(param.range().2))
    }

    pub(crate) fn project(&self) -> &Project {
        &self.project
    }

    /// What the session said beside the project.
    pub(crate) fn state(&self) -> &PluginState {
        &self.state
    }

    /// True when the audio files lie elsewhere.
    pub(crate) fn is_by_reference(&self) -> bool {
        !self.project.assets.is_empty() && self.package.assets().next().is_none()
    }

    /// True when the user has found them elsewhere than beside the project.
    pub(crate) fn is_relocated(&self) -> bool {
        let PluginState {
            assets_root,
            source,
            ..
        } = &self.state;
        self.is_by_reference() && assets_root.is_some() && assets_root != source
    }

    /// The bytes for the host's session: equal content gives equal bytes. `[main-thread]`
    pub(crate) fn to_bytes(&self, state: &PluginState) -> Result<Vec<u8>> {
        let mut package = self.package.borrowed();
        package.set_plugin_state(state)?;
        Ok(package.to_bytes()?)
    }

    /// Puts the audio files where the engine finds them. Blocks. `[worker]`
    pub(crate) fn unpack(&self, project: Project) -> Result<OpenProject> {
        if self.package.assets().next().is_none() {
            let root = self.state.assets_root.as_deref().unwrap_or_default();
            return Ok(project::open_in(Path::new(root), project));
        }
        let mut package = self.package.borrowed();
        package.set_project_json(Cow::Owned(project.to_json()?))?;
        Ok(project::open_package(Path::new(LABEL), &package)?)
    }

    /// Refuses a project that the engine could not build.
    fn check(&self) -> Result<()> {
        let config = EngineConfig::for_project(&self.project, None);
        let open = project::open_in(Path::new(""), self.project.clone());
        Ok(open.check(&config)?)
    }
}

fn embed(package: &mut Package<'static>, open: &OpenProject) -> Result<()> {
    let mut done: Vec<&str> = Vec::new();
    for asset in &open.assets {
        // Several assets may share a file.
        if done.contains(&asset.file.as_str()) {
            continue;
        }
        package.add_asset(&asset.file, &std::fs::read(&asset.path)?)?;
        done.push(&asset.file);
    }
    Ok(())
}

fn text_of(path: &Path) -> Result<String> {
    let text = PathBuf::from(path).into_os_string().into_string();
    text.map_err(|_| Error::BadPath)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_state_is_read_back_to_the_same_bytes() {
        for kind in Kind::ALL {
            let document = Document::new(kind).unwrap();
            let state = PluginState {
                params: [("macro_01".to_owned(), 0.25)].into(),
                ..PluginState::default()
            };
            let bytes = document.to_bytes(&state).unwrap();
            let again = Document::from_bytes(&bytes).unwrap();
            assert_eq!(again.state(), &state);
            assert_eq!(again.to_bytes(&state).unwrap(), bytes);
        }
    }

    #[test]
    fn a_save_leaves_files_where_the_user_found_them() {
        let folder = tempfile::tempdir().unwrap();
        let json = r#"{"format": "segue.project", "version": 1, "name": "P",
            "assets": [{"id": "a", "file": "assets/a.wav"}]}"#;
        std::fs::write(folder.path().join("project.json"), json).unwrap();
        let open = project::open(folder.path()).unwrap();
        let document = Document::open(folder.path()).unwrap();
        let renewed = document.renewed(&open, document.project()).unwrap();
        assert!(!renewed.is_relocated());
        let root = renewed.state().assets_root.clone();
        assert_eq!(root, renewed.state().source);
        let moved = document.relocated(Path::new("there")).unwrap();
        let renewed = moved.renewed(&open, moved.project()).unwrap();
        assert!(renewed.is_relocated());
        assert_eq!(renewed.state().assets_root.as_deref(), Some("there"));
        assert_eq!(renewed.revision(), 1);
    }

    #[test]
    fn an_rtpc_begins_where_the_last_of_its_macros_stands() {
        let json = r#"{"format": "segue.project", "version": 1, "name": "P",
            "macros": [{"id": "m", "name": "M", "value": 1}, {"id": "n", "name": "N", "value": 0.25}],
            "interactive": {
                "rtpcs": [{"name": "a", "min": -10, "max": 10, "default": 10, "host_param": 0},
                    {"name": "b", "min": -10, "max": 10, "default": 5, "host_param": 1}],
                "macros": [{"macro_id": "m", "rtpc": "a"}, {"macro_id": "n", "rtpc": "a", "range": [-10, -2]}]}}"#;
        let (project, _) = Project::from_json(json.as_bytes()).unwrap();
        let package = Package::new(project.to_json().unwrap()).unwrap();
        let document = Document::from_package(package).unwrap();
        let begins = [0, 1].map(|number| document.own_value(Param::Rtpc(number)));
        assert_eq!(begins, [0.1, 0.75], "-8 and 5 of -10 to 10");
    }

    #[test]
    fn a_reference_keeps_place_and_hash_and_can_be_moved() {
        let mut project = Project::new("far");
        project.assets = vec![Asset {
            id: "a".into(),
            file: "assets/a.wav".into(),
            ..Asset::default()
        }];
        let package = Package::new(project.to_json().unwrap()).unwrap();
        let document = Document::from_package(package).unwrap();
        assert!(document.is_by_reference());
        let moved = document.relocated(Path::new("/there")).unwrap();
        assert_eq!(moved.state().assets_root.as_deref(), Some("/there"));
        let hash = "0".repeat(64);
        let known = [("assets/a.wav".to_owned(), hash.clone())];
        let hashed = moved.with_hashes(&known, &[]).unwrap();
        assert_eq!(hashed.project().assets[0].hash, Some(hash));
        assert_eq!(hashed.state().assets_root.as_deref(), Some("/there"));
        let open = hashed.unpack(hashed.project().clone()).unwrap();
        assert_eq!(open.missing.len(), 1);
    }
}
