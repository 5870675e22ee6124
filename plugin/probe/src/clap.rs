//! The library as a CLAP host sees it.

use std::path::Path;

use clack_host::prelude::*;

use crate::Result;

/// A loaded library.
pub(crate) struct Clap {
    entry: PluginEntry,
}

/// One plug-in that was made and initialised.
pub(crate) struct First(
    #[expect(dead_code, reason = "held until it is dropped")] PluginInstance<Quiet>,
);

/// A host that offers nothing.
struct Quiet;
struct QuietShared;

impl SharedHandler<'_> for QuietShared {
    fn request_restart(&self) {}
    fn request_process(&self) {}
    fn request_callback(&self) {}
}

impl HostHandlers for Quiet {
    type Shared<'a> = QuietShared;
    type MainThread<'a> = ();
    type AudioProcessor<'a> = ();
}

impl Clap {
    pub(crate) fn load(library: &Path) -> Result<Self> {
        // SAFETY: as with any host, the library is trusted to be a CLAP plug-in.
        let entry = unsafe { PluginEntry::load(library) };
        match entry {
            Ok(entry) => Ok(Self { entry }),
            Err(error) => Err(format!("{} as CLAP: {error}", library.display())),
        }
    }

    /// Ids in the order of the factory.
    pub(crate) fn ids(&self) -> Vec<String> {
        let Some(factory) = self.entry.get_plugin_factory() else {
            return Vec::new();
        };
        let ids = factory.plugin_descriptors();
        ids.filter_map(|plugin| Some(plugin.id()?.to_string_lossy().into_owned()))
            .collect()
    }

    /// An instance of the first plug-in.
    pub(crate) fn first(&self) -> Result<First> {
        let factory = self.entry.get_plugin_factory();
        let factory = factory.ok_or("the library has no CLAP plug-in factory")?;
        let first = factory.plugin_descriptors().next();
        let id = first.as_ref().and_then(|first| first.id());
        let id = id.ok_or("the CLAP factory is empty")?;
        let host = HostInfo::new("segue-probe", "Segue", "", env!("CARGO_PKG_VERSION"))
            .map_err(|error| error.to_string())?;
        PluginInstance::new(|_| QuietShared, |_| (), &self.entry, id, &host)
            .map(First)
            .map_err(|error| error.to_string())
    }
}
