//! Where the module lies on disk, for `clap_plugin_entry.init`.

use std::ffi::{CString, c_void};

/// The path of the shared library (on macOS: of its bundle) that contains `address`, or an empty
/// one.
pub(crate) fn of_module(address: *const c_void) -> CString {
    let path = system::of_module(address).unwrap_or_default();
    CString::new(bundle(&path)).unwrap_or_default()
}

/// CLAP gives the bundle on macOS and the library itself elsewhere.
fn bundle(path: &str) -> &str {
    let inside = if cfg!(target_os = "macos") {
        path.rfind("/Contents/MacOS/")
    } else {
        None
    };
    inside.map_or(path, |end| &path[..end])
}

#[cfg(unix)]
mod system {
    use std::ffi::{c_char, c_int, c_void};

    use crate::text::from_pointer;

    #[repr(C)]
    struct Symbol {
        file: *const c_char,
        base: *mut c_void,
        name: *const c_char,
        address: *mut c_void,
    }

    unsafe extern "C" {
        fn dladdr(address: *const c_void, symbol: *mut Symbol) -> c_int;
    }

    pub(super) fn of_module(address: *const c_void) -> Option<String> {
        let mut symbol = Symbol {
            file: std::ptr::null(),
            base: std::ptr::null_mut(),
            name: std::ptr::null(),
            address: std::ptr::null_mut(),
        };
        // SAFETY: `symbol` has the layout of `Dl_info`, and any address may be asked for.
        let is_known = unsafe { dladdr(address, &raw mut symbol) } != 0;
        // SAFETY: the loader's string stays as long as the library is loaded.
        is_known.then(|| unsafe { from_pointer(symbol.file) })
    }
}

#[cfg(windows)]
mod system {
    use std::ffi::c_void;

    const FROM_ADDRESS: u32 = 4;
    const UNCHANGED_COUNT: u32 = 2;
    const LONGEST: u32 = 32_768;

    #[link(name = "kernel32")]
    unsafe extern "system" {
        fn GetModuleHandleExW(flags: u32, address: *const c_void, module: *mut *mut c_void) -> i32;
        fn GetModuleFileNameW(module: *mut c_void, path: *mut u16, size: u32) -> u32;
    }

    pub(super) fn of_module(address: *const c_void) -> Option<String> {
        let mut module = std::ptr::null_mut();
        let flags = FROM_ADDRESS | UNCHANGED_COUNT;
        // SAFETY: any address may be asked for; `module` is a place for the answer.
        if unsafe { GetModuleHandleExW(flags, address, &raw mut module) } == 0 {
            return None;
        }
        let mut path = vec![0_u16; LONGEST as usize];
        // SAFETY: the buffer has the length that is passed.
        let length = unsafe { GetModuleFileNameW(module, path.as_mut_ptr(), LONGEST) };
        Some(String::from_utf16_lossy(&path[..length as usize]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_module_of_an_address_is_a_file() {
        static INSIDE: u8 = 0;
        let path = of_module((&raw const INSIDE).cast());
        assert!(std::path::Path::new(path.to_str().unwrap()).is_file());
        assert!(of_module(std::ptr::null()).is_empty());
    }
}
