//! The name by which programs remember the library: one of another ABI is never taken for it.

use std::env::var;

/// Counts up when an ABI is left behind; 0 until the first release.
const GENERATION: u32 = 0;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let is = |name: &str, value: &str| var(name).is_ok_and(|found| found == value);
    let name = match () {
        () if is("CARGO_CFG_TARGET_VENDOR", "apple") => {
            format!("-Wl,-install_name,@rpath/libsegue.{GENERATION}.dylib")
        }
        // The DLL's name is its only one.
        () if is("CARGO_CFG_TARGET_ENV", "msvc") || is("CARGO_CFG_TARGET_OS", "windows") => return,
        () => format!("-Wl,-soname,libsegue.so.{GENERATION}"),
    };
    println!("cargo::rustc-cdylib-link-arg={name}");
}
