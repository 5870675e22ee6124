//! Presets: where hosts find them, what they say about themselves, and loading them.

use std::ffi::{CStr, CString};
use std::io::Read;
use std::path::Path;

use clack_extensions::preset_discovery::prelude::*;
use clack_plugin::prelude::PluginError;
use segue_engine::format::container::{Meta, Package};
use segue_engine::format::limits::CONTAINER_BYTES;
use segue_engine::project::CONTAINER_EXTENSION;

use crate::document::Document;
use crate::error::{Error, Result};
use crate::factory;
use crate::kind::Kind;
use crate::main_thread::MainThread;

const PROVIDER: &CStr = c"audio.segue.presets";

impl PluginPresetLoadImpl for MainThread<'_> {
    fn load_from_location(
        &self,
        location: Location,
        load_key: Option<&CStr>,
    ) -> Result<(), PluginError> {
        let document = read(location, load_key).inspect_err(|error| self.say(error));
        let loaded = document.and_then(|document| self.hold_new(document));
        if let Some(host) = self.host.get_extension::<HostPresetLoad>() {
            match &loaded {
                Ok(()) => host.loaded(&self.host, location, load_key),
                Err(error) => {
                    let text = text(&error.to_string());
                    host.on_error(&self.host, location, load_key, 0, Some(&text));
                }
            }
        }
        Ok(loaded?)
    }
}

fn read(location: Location<'_>, load_key: Option<&CStr>) -> Result<Document> {
    match location {
        Location::Plugin => {
            let key = load_key.unwrap_or_default().to_string_lossy();
            factory::document(&key)
        }
        Location::File { path } => {
            Document::open(Path::new(path.to_str().map_err(|_| Error::BadPath)?))
        }
    }
}

/// Lists the presets of this library. `[main-thread]`
pub(crate) struct Presets {
    descriptor: ProviderDescriptor,
}

impl Presets {
    pub(crate) fn new() -> Self {
        let descriptor = ProviderDescriptor::new(&PROVIDER.to_string_lossy(), "Segue presets");
        Self {
            descriptor: descriptor.with_vendor("Segue"),
        }
    }
}

impl PresetDiscoveryFactoryImpl for Presets {
    fn provider_count(&self) -> u32 {
        1
    }

    fn provider_descriptor(&self, index: u32) -> Option<&ProviderDescriptor> {
        (index == 0).then_some(&self.descriptor)
    }

    fn create_provider<'a>(
        &'a self,
        host_info: IndexerInfo<'a>,
        provider_id: &CStr,
    ) -> Option<ProviderInstance<'a>> {
        (provider_id == PROVIDER).then(|| {
            ProviderInstance::new(host_info, &self.descriptor, |mut indexer| {
                declare(&mut indexer)?;
                Ok(Provider)
            })
        })
    }
}

fn declare(indexer: &mut Indexer<'_>) -> Result<(), PluginError> {
    let extension = text(CONTAINER_EXTENSION);
    indexer.declare_filetype(FileType {
        name: c"Segue preset",
        description: Some(c"A project with its audio files"),
        file_extension: Some(&extension),
    })?;
    indexer.declare_location(LocationInfo {
        name: c"Segue factory",
        flags: Flags::IS_FACTORY_CONTENT,
        location: Location::Plugin,
    })?;
    Ok(())
}

struct Provider;

impl<'a> ProviderImpl<'a> for Provider {
    fn get_metadata(
        &mut self,
        location: Location,
        receiver: &mut MetadataReceiver,
    ) -> Result<(), PluginError> {
        match location {
            Location::Plugin => {
                let meta = factory::meta(factory::NIGHT_CHASE)?;
                describe(&meta, Some(&text(factory::NIGHT_CHASE)), receiver)
            }
            Location::File { path } => {
                let meta = meta_of(Path::new(path.to_str()?))?;
                describe(&meta, None, receiver)
            }
        }
    }
}

/// What a preset file says about itself, without unpacking it.
fn meta_of(path: &Path) -> Result<Meta> {
    let mut bytes = Vec::new();
    let most = CONTAINER_BYTES as u64 + 1;
    std::fs::File::open(path)?
        .take(most)
        .read_to_end(&mut bytes)?;
    let package = Package::from_bytes(&bytes)?;
    let meta = package.meta()?.filter(|meta| !meta.name.is_empty());
    let Some(meta) = meta else {
        let (project, _) = package.project()?;
        return Ok(factory::meta_of(project));
    };
    Ok(meta)
}

fn describe(
    meta: &Meta,
    key: Option<&CStr>,
    receiver: &mut MetadataReceiver,
) -> Result<(), PluginError> {
    let preset = receiver.begin_preset(Some(&text(&meta.name)), key)?;
    for kind in Kind::ALL {
        preset.add_plugin_id(UniversalPluginId::clap(kind.id()));
    }
    for tag in &meta.tags {
        preset.add_feature(&text(tag));
    }
    if !meta.author.is_empty() {
        preset.add_creator(&text(&meta.author));
    }
    if !meta.description.is_empty() {
        preset.set_description(&text(&meta.description));
    }
    Ok(())
}

/// A text as C wants it, up to its first NUL.
fn text(text: &str) -> CString {
    let end = text.find('\0').unwrap_or(text.len());
    CString::new(&text[..end]).unwrap_or_default()
}
