//! The inputs that the fuzz target starts from, without a fuzzer: `fuzz/seeds/capi_calls`, one file an input.

#[allow(
    unreachable_pub,
    clippy::undocumented_unsafe_blocks,
    clippy::cast_possible_truncation,
    clippy::print_stderr,
    reason = "the fuzz target's own module, which stands in a crate with other rules"
)]
#[path = "../../fuzz/fuzz_targets/capi_calls/input.rs"]
mod input;

use std::path::Path;

/// One test, for the library knows its handles by process: what one input leaves, the next would be blamed for.
#[test]
fn what_the_fuzzer_starts_from_leaves_nothing() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz/seeds/capi_calls");
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    assert!(files.len() >= 22, "one for each kind of input: {files:?}");
    for file in files {
        let bytes = std::fs::read(&file).unwrap();
        input::run(&bytes);
        // What libFuzzer would make of it at once.
        input::run(&bytes[..bytes.len() / 2]);
    }
}
