//! Any bytes are frames, adapters, traces and messages of a live game, or are refused.
#![no_main]

use libfuzzer_sys::fuzz_target;
use segue_ingest::adapter::Adapter;
use segue_ingest::frame::Frame;
use segue_ingest::session::{Config, Hello, Role, Session};
use segue_ingest::trace::TraceFile;
use segue_ingest::{effect, json, stage_json};
use std::path::Path;

fuzz_target!(|data: &[u8]| {
    let _ = Frame::read(data);
    let _ = TraceFile::parse(Path::new("input"), data);
    let config = Config {
        role: Role::Server,
        token: None,
        hello: Hello::default(),
        rate: (1000, 2000),
    };
    let mut session = Session::new(config, 0);
    let mut now_us = 0;
    for line in data.split(|byte| *byte == b'\n') {
        session.receive(line, now_us);
        now_us += 100_000;
        session.tick(now_us);
        while session.poll().is_some() {}
    }
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    let mut lines = text.splitn(2, '\0');
    let adapter = Adapter::read(lines.next().unwrap_or(""));
    let Ok(message) = json::object(lines.next().unwrap_or(text)) else {
        return;
    };
    let _ = stage_json::read(&message);
    let _ = effect::of_osc(&message);
    if let Ok(mut adapter) = adapter {
        let _ = adapter.take(&message.into(), 0.0);
    }
});
