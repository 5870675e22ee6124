//! A trace is refused or gives its calls.
#![no_main]

use libfuzzer_sys::fuzz_target;
use segue_ingest::trace::Trace;
use std::path::Path;

fuzz_target!(|data: &[u8]| {
    if let Ok(trace) = Trace::parse(Path::new("input.trace.jsonl"), data) {
        let _ = (trace.calls(), trace.planned(), trace.frames());
    }
});
