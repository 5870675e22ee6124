//! An adapter is refused, or takes any message. The input is a file and lines of messages, with a
//! line of `---` between them.
#![no_main]

use libfuzzer_sys::fuzz_target;
use segue_ingest::adapter::Adapter;
use segue_ingest::json;

fuzz_target!(|data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    let (file, messages) = text.split_once("\n---\n").unwrap_or((text, "{}\n[]"));
    let Ok(mut adapter) = Adapter::read(file) else {
        return;
    };
    let messages = messages.lines().filter_map(|line| json::parse(line).ok());
    for (at, message) in messages.enumerate() {
        let answer = adapter.take(&message, at as f64);
        assert!(answer.stages.len() <= 10_000);
    }
});
