use super::*;
use crate::effect::Effect;
use crate::frame::FrameKind;
use crate::session::Message;
use segue_middleware::stage::{Stage, StageEvent};
use serde_json::json;
use std::path::Path;
use whole::{Trace, diff};

fn message(seq: u64) -> Message {
    Message {
        kind: FrameKind::Custom,
        seq,
        t_us: 5,
        received_us: seq * 1000,
        data: json!({"cmd": "stop", "r": 1}).as_object().unwrap().clone(),
    }
}

fn reel_stop(reel: u8) -> Effect {
    let stage = Stage::ReelStop {
        reel,
        symbols: vec![1, 2],
    };
    Effect::Stage(Box::new(StageEvent::new(stage, 0.0)))
}

fn header() -> TraceHeader {
    TraceHeader {
        project_hash: "aa".to_owned(),
        adapter_hash: String::new(),
        engine_version: "1".to_owned(),
        sample_rate_hz: 48_000,
        seed: u64::MAX,
    }
}

/// A first line that names neither a recording nor a part.
const FIRST: &str =
    "{\"format\":\"segue.trace\",\"version\":1,\"sample_rate_hz\":48000,\"seed\":\"1\"}\n";

fn write(writer: &mut TraceWriter, n: u64, calls: &[(u64, Effect)]) {
    let recorded = Recorded {
        n,
        source: "web/1",
        via: Via::Game,
        message: &message(n),
        at: n * 100,
        next: n * 100,
        calls,
    };
    writer.accepted(recorded).unwrap();
}

#[test]
fn a_trace_reads_as_it_was_written() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.trace.jsonl");
    let mut writer = TraceWriter::create(&path, header()).unwrap();
    let many: Vec<(u64, Effect)> = (0..250).map(|n| (n, reel_stop(3))).collect();
    write(&mut writer, 1, &[(200, reel_stop(0)), (100, reel_stop(1))]);
    write(&mut writer, 2, &many);
    writer
        .refused(3, "web/1", "unknown", "no such stage")
        .unwrap();
    writer.moved(1, 1, Some(777)).unwrap();
    writer.moved(2, 0, None).unwrap();
    writer.finish(96_000).unwrap();
    let trace = Trace::read(&path).unwrap();
    assert_eq!(trace.header, header());
    assert_eq!(trace.messages[0].message, message(1));
    let moved = TraceCall {
        planned: 100,
        ..TraceCall::at(777, reel_stop(1))
    };
    let expected = [TraceCall::at(200, reel_stop(0)), moved];
    assert_eq!(trace.messages[0].calls, expected);
    assert_eq!(trace.messages[1].calls[0].at, None);
    assert_eq!(trace.planned().len(), 252);
    assert_eq!(trace.refused, [(3, "unknown".to_owned())]);
    assert_eq!(
        (trace.state.end, trace.state.torn.is_some()),
        (Some(96_000), false)
    );
    assert!(trace.state.skipped.is_empty());
    let order: Vec<u64> = trace.calls().iter().map(|(at, _)| *at).collect();
    assert!(order.is_sorted() && order.len() == 251);
}

#[test]
fn a_torn_last_line_is_ignored_and_what_is_wrong_is_listed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.trace.jsonl");
    let mut writer = TraceWriter::create(&path, header()).unwrap();
    write(&mut writer, 1, &[(5, reel_stop(0))]);
    write(&mut writer, 2, &[(9, reel_stop(1))]);
    writer.finish(10).unwrap();
    let whole = std::fs::read(&path).unwrap();
    let second = whole.iter().position(|byte| *byte == b'\n').unwrap() + 1;
    for cut in second..whole.len() {
        let trace = Trace::parse(Path::new("t"), &whole[..cut]).unwrap();
        assert!(trace.state.skipped.is_empty(), "{cut}");
        let is_whole = whole[cut - 1] == b'\n' || whole[cut] == b'\n';
        let lines = whole[..cut].iter().filter(|byte| **byte == b'\n').count();
        let torn = Skipped {
            part: 1,
            line: lines + 1,
        };
        assert_eq!(trace.state.torn, (!is_whole).then_some(torn), "{cut}");
        // Everything before is used, and what broke off has no end.
        let whole_lines = lines + usize::from(whole[cut] == b'\n');
        assert_eq!(trace.messages.len(), (whole_lines - 1).min(2), "{cut}");
        assert_eq!(trace.state.end, (whole_lines == 4).then_some(10), "{cut}");
    }
    let long = format!("{{\"n\":1,\"x\":\"{}\"}}\n", "y".repeat(LINE_MAX_BYTES));
    let text = [
        &whole[..second],
        b"nonsense\n",
        long.as_bytes(),
        &whole[second..],
    ]
    .concat();
    let trace = Trace::parse(Path::new("t"), &text).unwrap();
    let skipped: Vec<usize> = trace.state.skipped.iter().map(|it| it.line).collect();
    assert_eq!((skipped, trace.messages.len()), (vec![2, 3], 2));
}

#[test]
fn a_line_is_read_to_128_kib_and_no_longer() {
    let line = |length: usize| {
        let head = r#"{"n":1,"src":"a/1","refused":"x","text":""#;
        format!("{head}{}\"}}\n", "y".repeat(length - head.len() - 3))
    };
    for (length, skipped) in [(LINE_MAX_BYTES, 0), (LINE_MAX_BYTES + 1, 1)] {
        let text = format!("{FIRST}{}", line(length));
        let trace = Trace::parse(Path::new("t"), text.as_bytes()).unwrap();
        assert_eq!(trace.state.skipped.len(), skipped, "{length}");
    }
}

#[test]
fn the_next_part_begins_in_time_and_is_read_as_one() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.trace.jsonl");
    let writer = TraceWriter::create(&path, header()).unwrap();
    let mut writer = writer.with_part_max(3000);
    for n in 1..=50 {
        write(&mut writer, n, &[(n, reel_stop(0))]);
    }
    writer.finish(51).unwrap();
    assert!(folder.path().join("a.3.trace.jsonl").is_file());
    assert!(std::fs::metadata(&path).unwrap().len() <= 3000);
    let trace = Trace::read(&path).unwrap();
    assert_eq!((trace.messages.len(), trace.state.end), (50, Some(51)));
}

#[test]
fn what_is_no_trace_is_refused_with_a_reason() {
    let parse = |text: &str| {
        let error = Trace::parse(Path::new("t"), text.as_bytes());
        error.unwrap_err().to_string()
    };
    assert!(parse("").contains("it is empty"));
    assert!(parse("{}").contains("format is to be"));
    assert!(parse(r#"{"format":"segue.trace","version":2}"#).contains("update Segue"));
    let rate = r#"{"format":"segue.trace","version":1,"sample_rate_hz":5,"seed":"1"}"#;
    assert!(parse(rate).contains("8000..=384000"));
}

#[test]
fn a_file_over_the_limit_is_not_read() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.trace.jsonl");
    let file = std::fs::File::create(&path).unwrap();
    // No bytes on the disk: the length alone decides.
    file.set_len(FILE_MAX_BYTES + 1).unwrap();
    let error = Trace::read(&path).unwrap_err();
    assert!(matches!(error, TraceError::TooLarge { .. }), "{error}");
    file.set_len(FILE_MAX_BYTES).unwrap();
    let error = Trace::read(&path).unwrap_err();
    assert!(!matches!(error, TraceError::TooLarge { .. }), "{error}");
}

fn trace(calls: &[(u64, Effect)]) -> Trace {
    Trace::of_rows(vec![TraceRow::Message(Box::new(TraceMessage {
        n: 1,
        source: "a/1".to_owned(),
        via: Via::Game,
        message: message(1),
        at: 0,
        next: 0,
        calls: calls
            .iter()
            .map(|(at, effect)| TraceCall::at(*at, effect.clone()))
            .collect(),
    }))])
}

#[test]
fn differences_are_named() {
    let calls = |list: &[(u64, u8)]| {
        let all: Vec<_> = list
            .iter()
            .map(|(at, reel)| (*at, reel_stop(*reel)))
            .collect();
        trace(&all)
    };
    let first = calls(&[(0, 0), (10, 1), (20, 2), (30, 3)]);
    assert_eq!(diff(&first, &first), []);
    let second = calls(&[(1, 0), (20, 2), (33, 3), (40, 4)]);
    // Whose they are is told with them.
    let call = |reel| {
        let mut call = reel_stop(reel).write();
        call["src"] = "a/1".into();
        call
    };
    let expected = [
        Difference::Missing {
            at: 10,
            call: call(1),
        },
        Difference::Moved {
            from: 30,
            to: 33,
            call: call(3),
        },
        Difference::Added {
            at: 40,
            call: call(4),
        },
    ];
    assert_eq!(diff(&first, &second), expected);
}

mod parts;
mod stream;
pub(crate) mod whole;

mod strangers {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(
            bytes in proptest::collection::vec(any::<u8>(), 0..300),
            at in 0_usize..400,
        ) {
            let _ = Trace::parse(Path::new("t"), &bytes);
            let mut text = FIRST.as_bytes().to_vec();
            text.extend(br#"{"n":1,"src":"osc/1","t_rx_us":0,"t_audio_smp":3,"frame":{"type":"custom","seq":1,"t_us":0,"data":{}},"stages":[],"calls":[[3,{"event":"x"}]]}"#);
            let at = at.min(text.len());
            text.splice(at..at, bytes);
            if let Ok(trace) = Trace::parse(Path::new("t"), &text) {
                let _ = (trace.calls(), trace.planned());
            }
        }
    }
}

#[test]
fn a_new_trace_takes_nobodys_place() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.trace.jsonl");
    let first = TraceWriter::create_new(&path, header()).unwrap();
    first.finish(1).unwrap();
    let before = std::fs::read(&path).unwrap();
    let error = TraceWriter::create_new(&path, header()).unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::AlreadyExists);
    assert_eq!(std::fs::read(&path).unwrap(), before);
    TraceWriter::create(&path, header()).unwrap();
    assert_ne!(std::fs::read(&path).unwrap(), before);
}
