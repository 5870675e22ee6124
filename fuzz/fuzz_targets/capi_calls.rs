//! libsegue takes any bytes as documents and any calls in any order, and answers; in the end nothing is left. The first
//! byte says what the others are. `capi/tests/c/fuzz.c` does the same with all functions; here libFuzzer finds the way.
#![no_main]

#[path = "capi_calls/documents.rs"]
mod documents;
#[path = "capi_calls/ground.rs"]
mod ground;
#[path = "capi_calls/sequences.rs"]
mod sequences;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let Some((which, data)) = data.split_first() else {
        return;
    };
    ground::stand();
    match which % 16 {
        15 => sequences::run(data),
        which => documents::run(which, data),
    }
    ground::expect_nothing_left();
});
