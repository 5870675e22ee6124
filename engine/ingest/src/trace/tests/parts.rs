//! Traces of several parts, and lines that would be too long.

use super::*;
use std::path::PathBuf;

struct Folder {
    folder: tempfile::TempDir,
}

impl Folder {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self { folder }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(format!("{name}.trace.jsonl"))
    }

    /// Writes `count` messages from `first` on, in parts of 3000 bytes.
    fn record(&self, first: u64, count: u64) {
        let writer = TraceWriter::create(&self.path("a"), header()).unwrap();
        let mut writer = writer.with_part_max(3000);
        for n in first..first + count {
            write(&mut writer, n, &[(n, reel_stop(0))]);
        }
        writer.finish(count).unwrap();
    }

    fn read(&self) -> Trace {
        Trace::read(&self.path("a")).unwrap()
    }
}

fn numbers(trace: &Trace) -> Vec<u64> {
    trace.messages.iter().map(|message| message.n).collect()
}

#[test]
fn what_an_earlier_recording_left_is_no_part() {
    let folder = Folder::new();
    for count in [50, 12, 2] {
        folder.record(100, 50);
        assert!(folder.path("a.4").is_file());
        folder.record(1, count);
        let trace = folder.read();
        assert_eq!(numbers(&trace), (1..=count).collect::<Vec<_>>());
        assert_eq!((trace.state.end, trace.state.missing), (Some(count), None));
    }
}

#[test]
fn a_part_that_is_missing_is_said() {
    let folder = Folder::new();
    folder.record(100, 50);
    let other = std::fs::read(folder.path("a.2")).unwrap();
    folder.record(1, 50);
    let before = Trace::parse(Path::new("a"), &std::fs::read(folder.path("a")).unwrap()).unwrap();
    let gone = |folder: &Folder| {
        let trace = folder.read();
        assert_eq!(trace.state.missing, Some(folder.path("a.2")));
        assert_eq!(numbers(&trace), numbers(&before));
    };
    std::fs::write(folder.path("a.2"), other).unwrap();
    gone(&folder);
    std::fs::remove_file(folder.path("a.2")).unwrap();
    gone(&folder);
    let error = Trace::read(&folder.path("a.3")).unwrap_err().to_string();
    assert!(error.contains("part 3 of a trace"), "{error}");
}

#[test]
fn a_recording_that_died_between_two_parts_is_whole() {
    let folder = Folder::new();
    folder.record(1, 50);
    let all = std::fs::read_to_string(folder.path("a")).unwrap();
    let (kept, last) = all.trim_end().rsplit_once('\n').unwrap();
    assert_eq!(last, r#"{"next_part":2}"#);
    std::fs::write(folder.path("a"), format!("{kept}\n")).unwrap();
    let trace = folder.read();
    assert_eq!((trace.messages.len(), trace.state.missing), (50, None));
}

#[test]
fn lines_about_a_message_reach_it_in_later_parts() {
    let folder = Folder::new();
    let writer = TraceWriter::create(&folder.path("a"), header()).unwrap();
    let mut writer = writer.with_part_max(LINE_MAX_BYTES as u64);
    // More calls than one line holds: they go on in the next part.
    let many: Vec<(u64, Effect)> = (0..4000).map(|n| (n, reel_stop(3))).collect();
    write(&mut writer, 1, &many);
    writer.moved(1, 0, Some(7000)).unwrap();
    writer.moved(1, 3999, None).unwrap();
    writer.finish(1).unwrap();
    assert!(folder.path("a.3").is_file());
    let trace = folder.read();
    assert_eq!(trace.state.skipped, []);
    let calls = &trace.messages[0].calls;
    let planned: Vec<(u64, Effect)> = calls
        .iter()
        .map(|call| (call.planned, call.effect.clone()))
        .collect();
    assert_eq!(planned, many);
    assert_eq!((calls[0].at, calls[3999].at), (Some(7000), None));
}

#[test]
fn a_part_takes_the_place_of_no_other_trace() {
    let folder = Folder::new();
    let own = TraceWriter::create(&folder.path("a.2"), header()).unwrap();
    own.finish(5).unwrap();
    std::fs::write(folder.path("b.2"), "notes").unwrap();
    for name in ["a", "b"] {
        let second = folder.path(&format!("{name}.2"));
        let before = std::fs::read(&second).unwrap();
        let writer = TraceWriter::create(&folder.path(name), header()).unwrap();
        let mut writer = writer.with_part_max(400);
        let error = (1..10).find_map(|n| writer.moved(n, 0, Some(n)).err());
        let error = error.unwrap().to_string();
        assert!(error.contains("no later part of a trace"), "{error}");
        assert_eq!(std::fs::read(&second).unwrap(), before);
    }
}

/// A message as long as a frame may be, of numbers that JSON writers like to write longer.
fn numbers_of(token: &str) -> Message {
    let count = (crate::frame::PAYLOAD_MAX_BYTES - 100) / (token.len() + 1);
    let text = format!("{{\"list\":[{}]}}", vec![token; count].join(","));
    Message {
        data: json::object(&text).unwrap(),
        ..message(1)
    }
}

use crate::json;

#[test]
fn what_a_game_may_say_is_read_again() {
    let folder = Folder::new();
    let mut writer = TraceWriter::create(&folder.path("a"), header()).unwrap();
    let calls: Vec<(u64, Effect)> = (0..1000)
        .map(|n| {
            let symbols = vec![u16::MAX; 64];
            let stage = Stage::ReelStop { reel: 7, symbols };
            (n, Effect::Stage(Box::new(StageEvent::new(stage, 0.0))))
        })
        .collect();
    let said: Vec<Message> = ["1e15", "-0", "1e9", "0.1e-1", "18446744073709551616"]
        .map(numbers_of)
        .to_vec();
    for (n, message) in (1..).zip(&said) {
        let recorded = Recorded {
            n,
            source: "web/1",
            via: Via::Game,
            message,
            at: 5,
            next: 3,
            calls: &calls,
        };
        writer.accepted(recorded).unwrap();
    }
    writer.finish(6).unwrap();
    let trace = folder.read();
    assert_eq!(trace.state.skipped, []);
    assert_eq!(trace.messages.len(), said.len());
    for (read, said) in trace.messages.iter().zip(&said) {
        assert_eq!(read.message.data, said.data);
        assert_eq!((read.calls.len(), read.at, read.next), (1000, 5, 3));
    }
}

#[test]
fn the_calls_of_a_message_that_is_too_long_are_kept() {
    let folder = Folder::new();
    let mut writer = TraceWriter::create(&folder.path("a"), header()).unwrap();
    let said = Message {
        data: json::object(&format!("{{\"x\":\"{}\"}}", "y".repeat(LINE_MAX_BYTES))).unwrap(),
        ..message(1)
    };
    let calls = [(5, reel_stop(1))];
    let recorded = Recorded {
        n: 1,
        source: "web/1",
        via: Via::Game,
        message: &said,
        at: 5,
        next: 5,
        calls: &calls,
    };
    writer.accepted(recorded).unwrap();
    writer.finish(6).unwrap();
    let trace = folder.read();
    assert_eq!(trace.state.skipped, []);
    assert!(trace.messages[0].message.data.is_empty());
    assert_eq!(trace.calls(), [(5, reel_stop(1))]);
}

#[test]
fn how_a_message_came_is_told_by_its_row() {
    let via = |more: &str, source: &str, seq: u32, data: &str| {
        let row = format!(
            "{{\"n\":1,\"src\":\"{source}\",{more}\"t_rx_us\":0,\"t_audio_smp\":3,\"frame\":{{\"type\":\
             \"custom\",\"seq\":{seq},\"t_us\":0,\"data\":{data}}},\"calls\":[]}}\n"
        );
        let trace = Trace::parse(Path::new("t"), format!("{FIRST}{row}").as_bytes());
        trace.unwrap().messages.first().map(|message| message.via)
    };
    let osc = r#"{"address":"/rtpc/x","args":[1]}"#;
    assert_eq!(
        via("\"via\":\"osc\",", "stage left/1", 4, osc),
        Some(Via::Osc)
    );
    assert_eq!(via("\"via\":\"game\",", "osc/1", 4, osc), Some(Via::Game));
    assert_eq!(via("\"via\":\"smoke\",", "osc/1", 4, osc), None);
    // Rows of before.
    assert_eq!(via("", "osc/1", 4, osc), Some(Via::Osc));
    assert_eq!(via("", "web/1", 4, osc), Some(Via::Game));
    let closed = r#"{"closed":"gone"}"#;
    assert_eq!(via("", "web/1", 0, closed), Some(Via::Segue));
    assert_eq!(via("", "web/1", 1, closed), Some(Via::Game));
}

/// A reader that looks through all messages for each line does not come to an end here.
#[test]
fn many_lines_about_the_first_message_are_read() {
    let row = |n: u32| {
        format!(
            "{{\"n\":{n},\"src\":\"a\",\"t_rx_us\":0,\"t_audio_smp\":0,\"frame\":{{\"type\":\"custom\",\
             \"seq\":1,\"t_us\":0,\"data\":{{}}}},\"calls\":[[0,{{\"event\":\"x\"}}]]}}\n"
        )
    };
    let moved = |at: u32| format!("{{\"n\":1,\"call\":0,\"moved_smp\":{at}}}\n");
    let count = 100_000;
    let lines = (1..=count).map(row).chain((1..=count).map(moved));
    let text: String = std::iter::once(FIRST.to_owned()).chain(lines).collect();
    let trace = Trace::parse(Path::new("t"), text.as_bytes()).unwrap();
    assert_eq!(trace.messages.len(), count as usize);
    assert_eq!(trace.messages[0].calls[0].at, Some(u64::from(count)));
}

#[test]
fn skipped_lines_are_listed_to_a_hundred() {
    let text = format!("{FIRST}{}", "x\n".repeat(1000));
    let trace = Trace::parse(Path::new("t"), text.as_bytes()).unwrap();
    assert_eq!(
        (trace.state.skipped.len(), trace.state.skipped_count),
        (SKIPPED_MAX, 1000)
    );
    assert_eq!(trace.state.skipped[0], Skipped { part: 1, line: 2 });
}
