//! libsegue takes any bytes as documents and any calls in any order, and answers; in the end nothing is left. The first
//! byte says what the others are. `capi/tests/c/fuzz.c` does the same with all functions; here libFuzzer finds the way.
//! What it starts from, `capi/tests/seeds.rs` runs without a fuzzer.
#![no_main]

#[path = "capi_calls/input.rs"]
mod input;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| input::run(data));
