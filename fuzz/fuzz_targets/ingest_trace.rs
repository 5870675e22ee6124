//! A trace is refused or gives its calls.
#![no_main]

use libfuzzer_sys::fuzz_target;
use segue_ingest::trace::{TraceCalls, TraceReader};
use std::path::Path;

fuzz_target!(|data: &[u8]| {
    let read = || TraceReader::of_bytes(Path::new("input.trace.jsonl"), data.to_vec());
    if let (Ok(first), Ok(second)) = (read(), read()) {
        let _ = (
            TraceCalls::heard(first).count(),
            TraceCalls::planned(second).count(),
        );
    }
});
