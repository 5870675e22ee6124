//! What hosts find out about presets before anything is loaded.

use crate::projects::state;
use clack_extensions::preset_discovery::indexer::IndexerImpl;
use clack_extensions::preset_discovery::metadata_receiver::MetadataReceiverImpl;
use clack_extensions::preset_discovery::preset_data::{
    FileType, Flags, Location, LocationInfo, Soundpack,
};
use clack_extensions::preset_discovery::provider::Provider;
use clack_host::prelude::*;
use clack_host::utils::{Timestamp, UniversalPluginId};
use segue_plugin::{Kind, SegueEntry};
use std::ffi::{CStr, CString};
use std::sync::{Arc, Mutex};

fn text(text: &CStr) -> String {
    text.to_string_lossy().into_owned()
}

/// Notes down every call, one line each.
#[derive(Clone, Default)]
struct Notes(Arc<Mutex<Vec<String>>>);

impl Notes {
    fn add(&self, line: String) {
        self.0.lock().unwrap().push(line);
    }

    fn take(&self) -> Vec<String> {
        std::mem::take(&mut *self.0.lock().unwrap())
    }
}

impl IndexerImpl for Notes {
    fn declare_filetype(&mut self, file_type: FileType) -> Result<(), HostError> {
        self.add(format!("type {}", text(file_type.file_extension.unwrap())));
        Ok(())
    }
    fn declare_location(&mut self, location: LocationInfo) -> Result<(), HostError> {
        self.add(format!("location {}", text(location.name)));
        Ok(())
    }
    fn declare_soundpack(&mut self, _: Soundpack) -> Result<(), HostError> {
        Ok(())
    }
}

impl MetadataReceiverImpl for Notes {
    fn on_error(&mut self, _: i32, message: Option<&CStr>) {
        self.add(format!("error {}", message.map(text).unwrap_or_default()));
    }
    fn begin_preset(&mut self, name: Option<&CStr>, key: Option<&CStr>) -> Result<(), HostError> {
        self.add(format!(
            "preset {} {:?}",
            text(name.unwrap()),
            key.map(text)
        ));
        Ok(())
    }
    fn add_plugin_id(&mut self, plugin_id: UniversalPluginId) {
        self.add(format!("for {}", text(plugin_id.id)));
    }
    fn set_soundpack_id(&mut self, _: &CStr) {}
    fn set_flags(&mut self, _: Flags) {}
    fn add_creator(&mut self, _: &CStr) {}
    fn set_description(&mut self, _: &CStr) {}
    fn set_timestamps(&mut self, _: Option<Timestamp>, _: Option<Timestamp>) {}
    fn add_feature(&mut self, _: &CStr) {}
    fn add_extra_info(&mut self, _: &CStr, _: &CStr) {}
}

#[test]
fn hosts_find_the_factory_presets_and_files() {
    let entry = PluginEntry::load_from_clack::<SegueEntry>(c"").unwrap();
    let info = HostInfo::new("Segue's tests", "Segue", "", "1").unwrap();
    let mut notes = Notes::default();
    let id = c"audio.segue.presets";
    let mut provider = Provider::instantiate(notes.clone(), &entry, id, &info).unwrap();
    assert_eq!(notes.take(), ["type segue", "location Segue factory"]);

    let both = Kind::ALL.map(|kind| format!("for {}", text(kind.id())));
    provider.get_metadata(Location::Plugin, &mut notes);
    let found = notes.take();
    assert_eq!(found[0], "preset Night chase Some(\"factory/night-chase\")");
    assert_eq!(found[1..], both);

    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("steps.segue");
    for (bytes, first) in [(state(), "preset Steps None"), (vec![1; 99], "error ")] {
        std::fs::write(&path, bytes).unwrap();
        let path = CString::new(path.to_str().unwrap()).unwrap();
        provider.get_metadata(Location::File { path: &path }, &mut notes);
        assert!(notes.take()[0].starts_with(first), "{first}");
    }
}
