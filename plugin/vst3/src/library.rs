//! The CLAP entry and the module that exports it.

use std::ffi::{CStr, CString, c_char, c_void};
use std::ptr::{NonNull, null_mut};
use std::sync::{Arc, Mutex, Weak};

use clap_sys::entry::clap_plugin_entry;
use clap_sys::factory::plugin_factory::{CLAP_PLUGIN_FACTORY_ID, clap_plugin_factory};
use clap_sys::host::clap_host;
use clap_sys::plugin::{clap_plugin, clap_plugin_descriptor};
use clap_sys::version::clap_version_is_compatible;

use crate::Options;
use crate::factory::Factory;
use crate::guard::{catch, lock, swap};
use crate::path;
use crate::text::from_pointer;

/// What [`export!`](crate::export) makes of a CLAP entry: the functions of a VST3 module.
///
/// The entry is initialised when the first host object needs it and deinitialised when the module
/// has exited and the last object is gone, so that a host that leaks one never calls into an entry
/// that was deinitialised below it.
pub struct Module {
    entry: *const clap_plugin_entry,
    options: Options,
    /// Held between the module's entry and its exit.
    held: Mutex<Option<Arc<Library>>>,
    last: Mutex<Weak<Library>>,
}

// SAFETY: the entry lives as long as the program (see `new`) and CLAP's entry is thread-safe for
// everything but `init` and `deinit`, which happen under the lock of `last`.
unsafe impl Sync for Module {}

impl Module {
    /// `entry` as a module that is not initialised yet.
    ///
    /// # Safety
    /// `entry` points to a CLAP entry that keeps CLAP's rules and is valid until the end of the
    /// program.
    #[must_use]
    pub const unsafe fn new(entry: *const clap_plugin_entry, options: Options) -> Self {
        Self {
            entry,
            options,
            held: Mutex::new(None),
            last: Mutex::new(Weak::new()),
        }
    }

    /// `[main-thread]` What a host calls when it has loaded the module.
    pub fn enter(&self) -> bool {
        catch(false, || {
            let library = self.library();
            let is_open = library.is_some();
            drop(swap(&self.held, library));
            is_open
        })
    }

    /// `[main-thread]` What a host calls before it unloads the module.
    pub fn exit(&self) -> bool {
        catch(false, || swap(&self.held, None).is_some())
    }

    /// `[main-thread]` A new reference to a plug-in factory (`IPluginFactory*`), or null if the entry
    /// refuses to start.
    pub fn factory(&self) -> *mut c_void {
        catch(null_mut(), || match self.library() {
            Some(library) => Factory::into_raw(library, self.options),
            None => null_mut(),
        })
    }

    pub(crate) fn library(&self) -> Option<Arc<Library>> {
        let mut last = lock(&self.last);
        if let Some(library) = last.upgrade() {
            return Some(library);
        }
        // SAFETY: `new` demands a valid entry.
        let library = Arc::new(unsafe { Library::open(self.entry)? });
        *last = Arc::downgrade(&library);
        Some(library)
    }
}

/// An initialised CLAP entry; deinitialises it on drop.
pub(crate) struct Library {
    entry: NonNull<clap_plugin_entry>,
    factory: NonNull<clap_plugin_factory>,
}

// SAFETY: CLAP's plug-in factory is thread-safe.
unsafe impl Send for Library {}
// SAFETY: as above.
unsafe impl Sync for Library {}

impl Library {
    /// Initialises the entry and asks for its plug-in factory.
    ///
    /// # Safety
    /// `entry` is null or points to a CLAP entry that stays valid.
    unsafe fn open(entry: *const clap_plugin_entry) -> Option<Self> {
        let entry = NonNull::new(entry.cast_mut())?;
        // SAFETY: not null, and the caller vouches for the rest.
        let table = unsafe { entry.as_ref() };
        if !clap_version_is_compatible(table.clap_version) {
            return None;
        }
        let file = path::of_module(entry.as_ptr().cast());
        // SAFETY: the path ends with zero and outlives the call.
        if !unsafe { table.init?(file.as_ptr()) } {
            return None;
        }
        // SAFETY: the entry is initialised.
        let factory = unsafe { table.get_factory?(CLAP_PLUGIN_FACTORY_ID.as_ptr()) };
        let factory = NonNull::new(factory.cast_mut().cast());
        if factory.is_none()
            && let Some(deinit) = table.deinit
        {
            // SAFETY: `init` has succeeded and nothing else uses the entry.
            unsafe { deinit() };
        }
        Some(Self {
            entry,
            factory: factory?,
        })
    }

    pub(crate) fn descriptors(&self) -> Vec<Descriptor> {
        let factory = self.factory.as_ptr();
        // SAFETY: the factory lives as long as the initialised entry.
        let table = unsafe { self.factory.as_ref() };
        let (Some(count), Some(descriptor)) = (table.get_plugin_count, table.get_plugin_descriptor)
        else {
            return Vec::new();
        };
        // SAFETY: `factory` is what the function belongs to.
        let count = unsafe { count(factory) };
        // SAFETY: the index is below the count; the result is null or a descriptor that stays.
        (0..count)
            .filter_map(|index| unsafe { Descriptor::read(descriptor(factory, index)) })
            .collect()
    }

    /// A plug-in that is not initialised yet.
    ///
    /// # Safety
    /// `host` stays valid until the plug-in is destroyed.
    pub(crate) unsafe fn create(
        &self,
        host: *const clap_host,
        id: &CStr,
    ) -> Option<NonNull<clap_plugin>> {
        // SAFETY: the factory lives as long as the initialised entry.
        let create = unsafe { self.factory.as_ref() }.create_plugin?;
        // SAFETY: all arguments are valid, the host for long enough.
        let plugin = unsafe { create(self.factory.as_ptr(), host, id.as_ptr()) };
        NonNull::new(plugin.cast_mut())
    }
}

impl Drop for Library {
    fn drop(&mut self) {
        // SAFETY: the entry is initialised, and whatever came from it holds this library.
        unsafe {
            if let Some(deinit) = self.entry.as_ref().deinit {
                deinit();
            }
        }
    }
}

/// What a plug-in says about itself.
#[derive(Clone, Debug)]
pub(crate) struct Descriptor {
    pub(crate) id: CString,
    pub(crate) name: String,
    pub(crate) vendor: String,
    pub(crate) url: String,
    pub(crate) version: String,
    pub(crate) features: Vec<String>,
}

impl Descriptor {
    /// # Safety
    /// `descriptor` is null or valid, and so is each of its strings.
    unsafe fn read(descriptor: *const clap_plugin_descriptor) -> Option<Self> {
        // SAFETY: the caller vouches for it.
        let descriptor = unsafe { descriptor.as_ref()? };
        // SAFETY: the same.
        let text = |pointer: *const c_char| unsafe { from_pointer(pointer) };
        let id = CString::new(text(descriptor.id)).ok()?;
        (!id.is_empty()).then(|| Self {
            id,
            name: text(descriptor.name),
            vendor: text(descriptor.vendor),
            url: text(descriptor.url),
            version: text(descriptor.version),
            // SAFETY: the list ends with null.
            features: unsafe { features(descriptor.features) },
        })
    }
}

/// # Safety
/// `list` is null or points to pointers to strings, the last of them null.
unsafe fn features(list: *const *const c_char) -> Vec<String> {
    let mut features = Vec::new();
    if list.is_null() {
        return features;
    }
    loop {
        // SAFETY: no pointer before this one was the last.
        let feature = unsafe { *list.add(features.len()) };
        if feature.is_null() {
            return features;
        }
        // SAFETY: the list holds strings.
        features.push(unsafe { from_pointer(feature) });
    }
}
