//! Every limit on what strangers send, at its value and one above.

use crate::adapter::{Adapter, WIN_MAX};
use crate::connect::{CONNECTIONS_MAX, web_config};
use crate::frame::{Frame, PAYLOAD_MAX_BYTES};
use crate::json;
use crate::rate::TokenBucket;
use crate::session::{BATCH_MAX, RATE_BURST, RATE_MAX_PER_S, TOKEN_MAX_BYTES, Token};
use crate::{adapter, stage_json, trace};
use serde_json::{Value, json};

/// What is limited, how much of it is taken, and whether so much is.
type Limit = (&'static str, usize, fn(usize) -> bool);

fn is_stage(data: &Value) -> bool {
    stage_json::read(data.as_object().unwrap()).is_ok()
}

fn stage(name: &str, key: &str, value: usize) -> bool {
    let mut stage = json!({"type": name});
    stage[key] = value.into();
    if name == "reel_stop" {
        stage["symbols"] = json!([]);
    }
    if name == "win_present" {
        stage["line_count"] = json!(0);
    }
    is_stage(&json!({"stage": stage}))
}

fn frame(bytes: usize) -> bool {
    let (head, tail) = (
        r#"{"type":"custom","seq":1,"t_us":0,"data":{"a":""#,
        r#""}}"#,
    );
    let fill = "x".repeat(bytes - head.len() - tail.len());
    Frame::read(format!("{head}{fill}{tail}").as_bytes()).is_ok()
}

fn config(more: &str) -> bool {
    Adapter::read(&format!("schema = 1\nadapter_id = \"x\"\n{more}")).is_ok()
}

fn taken_at_once(events: usize) -> bool {
    let mut bucket = TokenBucket::new(RATE_MAX_PER_S, RATE_BURST);
    (0..events).all(|_| bucket.take(0))
}

/// In the second after a burst.
fn taken_in_a_second(events: usize) -> bool {
    let mut bucket = TokenBucket::new(RATE_MAX_PER_S, RATE_BURST);
    let _ = (0..RATE_BURST).filter(|_| bucket.take(0)).count();
    (0..events).all(|_| bucket.take(1_000_000))
}

fn list(events: usize) -> bool {
    let events = vec![json!({"type": "tick"}); events];
    let text = "schema = 1\nadapter_id = \"x\"\n[event_mapping]\ntick = \"ignore\"\n";
    let mut adapter = Adapter::read(text).unwrap();
    let answer = adapter.take(&json!({"events": events}), 0.0);
    answer.reports.is_empty()
}

/// An event's name, in the words of an adapter.
fn name(length: usize) -> bool {
    let text = "schema = 1\nadapter_id = \"x\"\n";
    let answer = Adapter::read(text)
        .unwrap()
        .take(&json!({"type": "x".repeat(length)}), 0.0);
    answer.reports.is_empty()
}

fn nested(depth: usize) -> bool {
    let text = format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    json::parse(&text).is_ok()
}

fn time_ms(ms: usize) -> bool {
    is_stage(&json!({"stage": "spin_end", "timestamp_ms": ms}))
}

const LIMITS: &[Limit] = &[
    ("bytes of a frame", 65_536, frame),
    ("items of an event list", 1000, list),
    ("characters of an event's name", 128, name),
    ("characters of a stage's name", 128, |length| {
        // One that is too long is not even looked for.
        let named = stage_json::named(&"x".repeat(length));
        matches!(named, Err(stage_json::WrongMessage::UnknownStage { .. }))
    }),
    ("depth of JSON", 32, nested),
    ("depth of a path", 10, |steps| {
        config(&format!(
            "[payload_paths]\nwin = \"{}\"\n",
            "/a".repeat(steps)
        ))
    }),
    ("depth of a predicate", 8, |depth| {
        let (open, close) = ("{ not = ".repeat(depth - 1), " }".repeat(depth - 1));
        config(&format!(
            "[[rule]]\nid = \"r\"\nwhen = {open}{{ path = \"/a\", present = true }}{close}\n\
             emit = \"spin_end\"\n"
        ))
    }),
    ("characters of a pattern", 256, |length| {
        config(&format!(
            "[[rule]]\nid = \"r\"\nwhen = {{ path = \"/a\", matches = \"{}\" }}\n\
             emit = \"spin_end\"\n",
            "x".repeat(length)
        ))
    }),
    ("events at once", 2000, taken_at_once),
    ("events a second", 1000, taken_in_a_second),
    ("amount", 1_000_000_000_000, |amount| {
        stage("win_present", "win_amount", amount)
    }),
    ("ms within a spin", 3_600_000, time_ms),
    ("reel", 9, |reel| stage("reel_stop", "reel", reel)),
    ("bytes of a token", 256, |bytes| {
        Token::new("x".repeat(bytes)).is_ok()
    }),
    ("bytes of an adapter", 100_000_000, |bytes| {
        let head = "schema = 1\nadapter_id = \"x\"\n";
        let text = format!("{head}{}", "\n".repeat(bytes - head.len()));
        Adapter::read(&text).is_ok()
    }),
];

#[test]
fn every_limit_holds_at_its_value_and_not_one_above() {
    for (what, most, is_taken) in LIMITS {
        assert!(is_taken(*most), "{what}: {most} are taken");
        assert!(!is_taken(*most + 1), "{what}: {} are not", most + 1);
    }
}

/// Those that need sockets or files have tests of their own; their values are those of the documents.
#[test]
fn limits_are_what_the_documents_say() {
    let web = web_config();
    let sizes = [web.max_message_size, web.max_frame_size];
    assert_eq!(sizes, [Some(16 << 20); 2]);
    assert_eq!((PAYLOAD_MAX_BYTES, BATCH_MAX), (65_536, 1000));
    assert_eq!((CONNECTIONS_MAX, TOKEN_MAX_BYTES), (16, 256));
    assert_eq!(
        (trace::LINE_MAX_BYTES, WIN_MAX),
        (128 * 1024, 1_000_000_000_000)
    );
    assert_eq!(
        (trace::FILE_MAX_BYTES, adapter::FILE_MAX_BYTES),
        (100_000_000, 100_000_000)
    );
}
