//! A project with its assets in one container.

use super::header::corrupt;
use super::{Caps, Chunk, PluginState, Reader, States, Tag, VERSION, WHAT, Writer};
use crate::error::{Error, Result};
use crate::json::{Document, Extra};
use crate::limits;
use crate::project::{Project, Warning, check_asset_path};
use crate::version::Version;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::collections::BTreeSet;

const META: Document = Document {
    name: "META",
    limit: "meta_chunk_bytes",
    max_bytes: limits::META_CHUNK_BYTES,
};

/// The chunks this crate knows.
const KNOWN: [Tag; 5] = [Tag::PROJECT, Tag::META, Tag::PLUGIN, Tag::ASSET, Tag::STATE];

/// The version of their payloads this crate writes.
const CHUNK_VERSION: Version = Version::new(1, 0);

/// A packed project: `project.json`, assets and metadata.
///
/// A package that was read is written back to the same bytes: chunk order, unknown chunks,
/// versions and flags are kept. The payloads are borrowed from the bytes it was read from.
#[derive(Clone, Debug, PartialEq)]
pub struct Package<'a> {
    version: Version,
    flags: u16,
    parts: Vec<Part<'a>>,
    paths: BTreeSet<String>,
}

/// An asset inside of a package.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PackedAsset<'a> {
    /// Its path in the project folder; passes [`check_asset_path`].
    pub path: &'a str,
    /// The file's bytes.
    pub bytes: &'a [u8],
}

/// What a package says about itself, for a preset browser.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Meta {
    /// The name people see, at most 128 bytes.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// Who made it, at most 128 bytes.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub author: String,
    /// Words to find it by, at most 64 of at most 128 bytes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    /// What it is, at most 4096 bytes.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// Under which licence it may be used, at most 128 bytes.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub licence: String,
    /// The program and version that wrote it, at most 128 bytes.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub created_with: String,
    /// Unknown keys.
    #[serde(flatten)]
    pub extra: Extra,
}

#[derive(Clone, Debug, PartialEq)]
struct Part<'a> {
    tag: Tag,
    version: Version,
    flags: u16,
    payload: Cow<'a, [u8]>,
}

impl<'a> Package<'a> {
    /// A package of the bytes of a `project.json`, which are not looked into. `[thread-safe]`
    ///
    /// # Errors
    /// [`Error::Limit`] above 16 MiB.
    pub fn new(project_json: impl Into<Cow<'a, [u8]>>) -> Result<Package<'a>> {
        let mut package = Package {
            version: VERSION,
            flags: 0,
            parts: Vec::new(),
            paths: BTreeSet::new(),
        };
        package.set_project_json(project_json)?;
        Ok(package)
    }

    /// Reads a package with the default caps. `[thread-safe]`
    ///
    /// # Errors
    /// As [`Package::from_bytes_with`].
    pub fn from_bytes(data: &'a [u8]) -> Result<Package<'a>> {
        Package::from_bytes_with(data, &Caps::default())
    }

    /// Reads a package. The project is not looked into; see [`Package::project`]. `[thread-safe]`
    ///
    /// # Errors
    /// As [`Reader::new`]; [`Error::Corrupt`] if `PROJ` is missing or there twice, `META` or `PLUG`
    /// is there twice, or an asset has a bad path or one that is taken; [`Error::Json`] if `META` or
    /// `PLUG` cannot be read; [`Error::Newer`] if one of these chunks has a newer major version.
    pub fn from_bytes_with(data: &'a [u8], caps: &Caps) -> Result<Package<'a>> {
        let reader = Reader::new(data, caps)?;
        let header = reader.header();
        let (version, flags) = (header.version, header.flags);
        let mut package = Package {
            version,
            flags,
            parts: Vec::new(),
            paths: BTreeSet::new(),
        };
        for chunk in reader.chunks() {
            package.accept(&chunk)?;
        }
        if package.find(Tag::PROJECT).is_none() {
            return Err(corrupt("chunk PROJ", header.total_len, "it is missing"));
        }
        Ok(package)
    }

    /// Writes the package with the default caps. `[thread-safe]`
    ///
    /// # Errors
    /// [`Error::Limit`].
    pub fn to_bytes(&self) -> Result<Vec<u8>> {
        self.to_bytes_with(&Caps::default())
    }

    /// Writes the package. `[thread-safe]`
    ///
    /// # Errors
    /// [`Error::Limit`].
    pub fn to_bytes_with(&self, caps: &Caps) -> Result<Vec<u8>> {
        let mut writer = Writer::with_version(self.version, self.flags, *caps);
        for part in &self.parts {
            writer.chunk(part.tag, part.version, part.flags, &part.payload)?;
        }
        Ok(writer.finish())
    }

    /// The bytes of `project.json`. `[thread-safe]`
    pub fn project_json(&self) -> &[u8] {
        self.find(Tag::PROJECT).map_or(&[], |part| &part.payload)
    }

    /// Reads the project. `[thread-safe]`
    ///
    /// # Errors
    /// As [`Project::from_json`].
    pub fn project(&self) -> Result<(Project, Vec<Warning>)> {
        Project::from_json(self.project_json())
    }

    /// Puts the bytes of another `project.json` in place. `[thread-safe]`
    ///
    /// # Errors
    /// [`Error::Limit`] above 16 MiB; then the package is as before.
    pub fn set_project_json(&mut self, json: impl Into<Cow<'a, [u8]>>) -> Result<()> {
        let json = json.into();
        let max = limits::PROJECT_JSON_BYTES as u64;
        let subject = || "the size of project.json in bytes".to_owned();
        Error::check_limit("project_json_bytes", subject, json.len() as u64, max)?;
        self.put(Tag::PROJECT, json, 0);
        Ok(())
    }

    /// The metadata, if there are any. `[thread-safe]`
    ///
    /// # Errors
    /// None for a package that was read or built by this crate.
    pub fn meta(&self) -> Result<Option<Meta>> {
        self.find(Tag::META)
            .map(|part| Meta::from_json(&part.payload))
            .transpose()
    }

    /// Puts metadata in place. `[thread-safe]`
    ///
    /// # Errors
    /// [`Error::Limit`]; then the package is as before.
    pub fn set_meta(&mut self, meta: &Meta) -> Result<()> {
        let json = meta.to_json()?;
        self.put(Tag::META, json.into(), 1);
        Ok(())
    }

    /// The state of a plug-in, if there is one. `[thread-safe]`
    ///
    /// # Errors
    /// None for a package that was read or built by this crate.
    pub fn plugin_state(&self) -> Result<Option<PluginState>> {
        self.find(Tag::PLUGIN)
            .map(|part| PluginState::from_json(&part.payload))
            .transpose()
    }

    /// Puts the state of a plug-in in place. `[thread-safe]`
    ///
    /// # Errors
    /// [`Error::Limit`]; then the package is as before.
    pub fn set_plugin_state(&mut self, state: &PluginState) -> Result<()> {
        let json = state.to_json()?;
        self.put(Tag::PLUGIN, json.into(), 2);
        Ok(())
    }

    /// The states it keeps. `[thread-safe]`
    ///
    /// # Errors
    /// [`Error::Corrupt`] for one with a bad name or one that is taken; [`Error::Limit`].
    pub fn states(&self) -> Result<States> {
        let mut states = States::new();
        for part in self.parts.iter().filter(|part| part.tag == Tag::STATE) {
            states.accept(&part.payload, 0)?;
        }
        Ok(states)
    }

    /// Puts these states in the place of those it keeps. `[thread-safe]`
    pub fn set_states(&mut self, states: &States) {
        self.parts.retain(|part| part.tag != Tag::STATE);
        for payload in states.payloads() {
            self.push(Tag::STATE, CHUNK_VERSION, 0, payload.into());
        }
    }

    /// The assets in order. `[thread-safe]`
    pub fn assets(&self) -> impl Iterator<Item = PackedAsset<'_>> {
        self.parts
            .iter()
            .filter(|part| part.tag == Tag::ASSET)
            .filter_map(|part| parse_asset(&part.payload).ok())
    }

    /// Appends an asset. `[thread-safe]`
    ///
    /// # Errors
    /// [`Error::Corrupt`] if the path is bad or taken; [`Error::Limit`] if there are too many. Then
    /// the package is as before. Sizes are checked when it is written.
    pub fn add_asset(&mut self, path: &str, bytes: &[u8]) -> Result<()> {
        let mut payload = Vec::with_capacity(2 + path.len() + bytes.len());
        // A path too long for u16 is refused below, before its length matters.
        let path_len = u16::try_from(path.len()).unwrap_or(u16::MAX);
        payload.extend_from_slice(&path_len.to_le_bytes());
        payload.extend_from_slice(path.as_bytes());
        payload.extend_from_slice(bytes);
        self.claim(path, 0)?;
        self.push(Tag::ASSET, CHUNK_VERSION, 0, payload.into());
        Ok(())
    }

    /// The chunks this version does not know, as (tag, payload), in order. `[thread-safe]`
    pub fn unknown(&self) -> impl Iterator<Item = (Tag, &[u8])> {
        let unknown = self.parts.iter().filter(|part| !KNOWN.contains(&part.tag));
        unknown.map(|part| (part.tag, &*part.payload))
    }

    /// The same package, on the bytes of this one. `[thread-safe]`
    pub fn borrowed(&self) -> Package<'_> {
        let parts = self.parts.iter().map(|part| Part {
            tag: part.tag,
            version: part.version,
            flags: part.flags,
            payload: Cow::Borrowed(&*part.payload),
        });
        Package {
            version: self.version,
            flags: self.flags,
            parts: parts.collect(),
            paths: self.paths.clone(),
        }
    }

    /// The same package, on its own bytes. `[thread-safe]`
    pub fn into_owned(self) -> Package<'static> {
        let own = |part: Part<'_>| Part {
            tag: part.tag,
            version: part.version,
            flags: part.flags,
            payload: Cow::Owned(part.payload.into_owned()),
        };
        let parts = self.parts.into_iter().map(own).collect();
        Package {
            version: self.version,
            flags: self.flags,
            parts,
            paths: self.paths,
        }
    }

    /// Takes a chunk of a container over, once its content is checked.
    fn accept(&mut self, chunk: &Chunk<'a>) -> Result<()> {
        let part = format!("chunk {}", chunk.tag);
        if KNOWN.contains(&chunk.tag) && chunk.version.major() > CHUNK_VERSION.major() {
            return Err(Error::Newer {
                what: WHAT,
                found: format!("{} in {part}", chunk.version),
                supported: format!("{}.x", CHUNK_VERSION.major()),
            });
        }
        match chunk.tag {
            Tag::PROJECT | Tag::META | Tag::PLUGIN if self.find(chunk.tag).is_some() => {
                return Err(corrupt(&part, chunk.offset, "it is there twice"));
            }
            Tag::META => drop(Meta::from_json(chunk.payload)?),
            Tag::PLUGIN => drop(PluginState::from_json(chunk.payload)?),
            Tag::ASSET => {
                let asset = parse_asset(chunk.payload)
                    .map_err(|reason| corrupt(&part, chunk.offset, reason))?;
                self.claim(asset.path, chunk.offset)?;
            }
            _ => {}
        }
        self.push(chunk.tag, chunk.version, chunk.flags, chunk.payload.into());
        Ok(())
    }

    /// Takes a path for the asset whose chunk is at `offset`.
    fn claim(&mut self, path: &str, offset: u64) -> Result<()> {
        check_asset_path(path).map_err(|reason| corrupt("chunk ASST", offset, &reason))?;
        let count = self.paths.len() as u64 + 1;
        let subject = || "the number of assets".to_owned();
        Error::check_limit("assets", subject, count, limits::ASSETS as u64)?;
        if !self.paths.insert(path.to_owned()) {
            let reason = format!("the path {path:?} is there twice");
            return Err(corrupt("chunk ASST", offset, &reason));
        }
        Ok(())
    }

    fn find(&self, tag: Tag) -> Option<&Part<'a>> {
        self.parts.iter().find(|part| part.tag == tag)
    }

    /// Replaces the payload of the chunk with this tag, or inserts the chunk at `index`.
    fn put(&mut self, tag: Tag, payload: Cow<'a, [u8]>, index: usize) {
        match self.parts.iter_mut().find(|part| part.tag == tag) {
            Some(part) => part.payload = payload,
            None => {
                let part = Part {
                    tag,
                    version: CHUNK_VERSION,
                    flags: 0,
                    payload,
                };
                self.parts.insert(index.min(self.parts.len()), part);
            }
        }
    }

    fn push(&mut self, tag: Tag, version: Version, flags: u16, payload: Cow<'a, [u8]>) {
        self.parts.push(Part {
            tag,
            version,
            flags,
            payload,
        });
    }
}

impl Meta {
    /// Reads the payload of a `META` chunk. `[thread-safe]`
    ///
    /// # Errors
    /// [`Error::Limit`], [`Error::Json`].
    pub fn from_json(bytes: &[u8]) -> Result<Meta> {
        let meta: Meta = META.parse(META.check_caps(bytes)?)?;
        meta.check_limits()?;
        Ok(meta)
    }

    /// Writes the payload of a `META` chunk. `[thread-safe]`
    ///
    /// # Errors
    /// [`Error::Limit`]; [`Error::Json`] if an unknown key has the name of a known one.
    pub fn to_json(&self) -> Result<Vec<u8>> {
        self.check_limits()?;
        let text = META.write(self)?;
        if !self.extra.is_empty() {
            // An unknown key may have the name of a known one.
            META.parse::<Meta>(&text)?;
        }
        Ok(text)
    }

    fn check_limits(&self) -> Result<()> {
        let name = limits::NAME_BYTES;
        let tags = self
            .tags
            .iter()
            .map(|tag| ("tags", tag, "name_bytes", name));
        for (key, text, limit, max) in tags.chain([
            ("name", &self.name, "name_bytes", name),
            ("author", &self.author, "name_bytes", name),
            (
                "description",
                &self.description,
                "text_bytes",
                limits::TEXT_BYTES,
            ),
            ("licence", &self.licence, "name_bytes", name),
            ("created_with", &self.created_with, "name_bytes", name),
        ]) {
            let subject = || format!("the size of {key} in META in bytes");
            Error::check_limit(limit, subject, text.len() as u64, max as u64)?;
        }
        let subject = || "the number of tags in META".to_owned();
        Error::check_limit(
            "meta_tags",
            subject,
            self.tags.len() as u64,
            limits::META_TAGS as u64,
        )
    }
}

fn parse_asset(payload: &[u8]) -> Result<PackedAsset<'_>, &'static str> {
    let (len, rest) = payload.split_first_chunk().ok_or("it has no path")?;
    let len = usize::from(u16::from_le_bytes(*len));
    let (path, bytes) = rest
        .split_at_checked(len)
        .ok_or("its path is longer than it is")?;
    let path = std::str::from_utf8(path).map_err(|_| "its path is not UTF-8")?;
    Ok(PackedAsset { path, bytes })
}
