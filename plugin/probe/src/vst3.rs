//! The library as a VST3 host sees it.

use std::ffi::c_void;
use std::path::Path;
use std::ptr::null_mut;

use libloading::{Library, Symbol};
use vst3::Steinberg::Vst::*;
use vst3::Steinberg::*;
use vst3::{ComPtr, Interface};

use crate::Result;

#[cfg(target_os = "macos")]
const ENTER_EXIT: [&[u8]; 2] = [b"bundleEntry", b"bundleExit"];
#[cfg(windows)]
const ENTER_EXIT: [&[u8]; 2] = [b"InitDll", b"ExitDll"];
#[cfg(not(any(target_os = "macos", windows)))]
const ENTER_EXIT: [&[u8]; 2] = [b"ModuleEntry", b"ModuleExit"];

#[cfg(windows)]
type Enter = unsafe extern "system" fn() -> bool;
#[cfg(not(windows))]
type Enter = unsafe extern "system" fn(*mut c_void) -> bool;
type Exit = unsafe extern "system" fn() -> bool;
type GetFactory = unsafe extern "system" fn() -> *mut c_void;

/// A loaded library; exits the module when it is dropped.
pub(crate) struct Vst3 {
    /// `None` only while it is dropped.
    factory: Option<ComPtr<IPluginFactory3>>,
    library: Library,
}

impl Vst3 {
    pub(crate) fn load(path: &Path) -> Result<Self> {
        // SAFETY: as with any host, the library is trusted to be a VST3 module.
        let library = unsafe { Library::new(path) };
        let library = library.map_err(|error| format!("{}: {error}", path.display()))?;
        // SAFETY: the functions have the types that VST3 gives them, and the library stays loaded.
        let factory = unsafe {
            if !enter(&library)? {
                return Err("the module refuses to start".to_owned());
            }
            let factory: Symbol<'_, GetFactory> = symbol(&library, b"GetPluginFactory")?;
            ComPtr::<IPluginFactory>::from_raw(factory().cast())
        };
        let factory = factory.and_then(|factory| factory.cast::<IPluginFactory3>());
        Ok(Self {
            factory: Some(factory.ok_or("the module has no factory of version 3")?),
            library,
        })
    }

    pub(crate) fn factory(&self) -> Result<&ComPtr<IPluginFactory3>> {
        self.factory.as_ref().ok_or_else(|| "unloaded".to_owned())
    }

    /// What the factory says about its classes.
    pub(crate) fn classes(&self) -> Result<Vec<PClassInfoW>> {
        let factory = self.factory()?;
        // SAFETY: the factory is alive, the indices are below the count, the place is valid.
        unsafe {
            (0..factory.countClasses())
                .map(|index| {
                    let mut info: PClassInfoW = std::mem::zeroed();
                    let result = factory.getClassInfoUnicode(index, &raw mut info);
                    accepted(result, "the description of a class").map(|()| info)
                })
                .collect()
        }
    }

    /// An initialised instance of the class at `index`.
    pub(crate) fn instance(&self, index: usize) -> Result<Instance> {
        let class = self.classes()?.get(index).copied();
        let class = class.ok_or_else(|| format!("no class {index}"))?;
        let mut object: *mut c_void = null_mut();
        let iid = IComponent_iid;
        // SAFETY: both ids have 16 bytes, the place is valid, and what arrives is a component.
        let component = unsafe {
            let factory = self.factory()?;
            factory.createInstance(class.cid.as_ptr(), iid.as_ptr(), &raw mut object);
            ComPtr::<IComponent>::from_raw(object.cast())
        };
        let component = component.ok_or_else(|| format!("class {index} makes no component"))?;
        // SAFETY: a host without a context passes none.
        let result = unsafe { component.initialize(null_mut()) };
        accepted(result, "the initialisation of an instance").map(|()| Instance { component })
    }
}

impl Drop for Vst3 {
    fn drop(&mut self) {
        self.factory = None;
        // SAFETY: the function has this type, and nothing of the module is used any more.
        unsafe {
            if let Ok(exit) = symbol::<Exit>(&self.library, ENTER_EXIT[1]) {
                exit();
            }
        }
    }
}

/// One initialised plug-in; terminates it when it is dropped. Must not outlive its [`Vst3`].
pub(crate) struct Instance {
    component: ComPtr<IComponent>,
}

impl Instance {
    /// The same object through another of its interfaces.
    pub(crate) fn cast<I: Interface>(&self) -> Result<ComPtr<I>> {
        let other = self.component.cast();
        other.ok_or_else(|| "an interface is missing".to_owned())
    }

    pub(crate) fn component(&self) -> &ComPtr<IComponent> {
        &self.component
    }
}

impl Drop for Instance {
    fn drop(&mut self) {
        // SAFETY: it was initialised.
        unsafe { self.component.terminate() };
    }
}

/// # Safety
/// `T` is the type of the symbol.
unsafe fn symbol<'a, T>(library: &'a Library, name: &[u8]) -> Result<Symbol<'a, T>> {
    // SAFETY: the caller vouches for the type.
    unsafe { library.get(name) }.map_err(|error| error.to_string())
}

/// # Safety
/// The library is a VST3 module that has not been entered.
unsafe fn enter(library: &Library) -> Result<bool> {
    // SAFETY: the caller vouches for the module, which gives the function this type.
    unsafe {
        let enter: Symbol<'_, Enter> = symbol(library, ENTER_EXIT[0])?;
        #[cfg(windows)]
        return Ok(enter());
        #[cfg(not(windows))]
        Ok(enter(null_mut()))
    }
}

/// An error unless the plug-in said yes.
pub(crate) fn accepted(result: tresult, what: &str) -> Result<()> {
    if result == kResultOk {
        return Ok(());
    }
    Err(format!("{what} was refused: {result}"))
}
