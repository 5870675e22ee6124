//! `segue ingest wizard`.

use crate::support::Space;
use serde_json::{Value, json};
use std::io::Write;
use std::process::Stdio;

/// Some spins of a game that says what it does.
fn messages() -> String {
    let mut lines = Vec::new();
    let mut balance = 10_000;
    for spin in 0..40 {
        balance -= 100;
        let event = |kind: &str, ts: u32, data: Value| {
            json!({"type": kind, "ts": ts, "round": spin, "d": data}).to_string()
        };
        lines.push(event(
            "spin_start",
            0,
            json!({"bet": 100, "balance": balance}),
        ));
        for reel in 0..3 {
            let data = json!({"reel": reel, "syms": [spin % 7, 1, 2]});
            lines.push(event("reel.land", 700 + reel * 100, data));
        }
        if spin % 4 == 0 {
            lines.push(event("show_win", 1000, json!({"win": 250})));
            balance += 250;
            lines.push(event("odd", 1100, json!({"balance": balance})));
        }
    }
    lines.join("\n")
}

#[test]
fn a_proposal_is_an_adapter_and_never_goes_over_a_file() {
    let space = Space::new();
    space.write("m.jsonl", messages().as_bytes());
    let propose = ["ingest", "wizard", "m.jsonl", "-o", "acme.toml"];
    let told = space.segue(&propose).ok();
    for words in [
        "reel.land",
        "reel_stop",
        "as loud as bound",
        "unmapped: odd (10)",
        "written to acme.toml",
    ] {
        assert!(told.stdout.contains(words), "{words}\n{}", told.stdout);
    }
    let first = space.read("acme.toml");
    assert!(String::from_utf8_lossy(&first).contains("adapter_id = \"acme\""));
    space.segue(&propose).fails(1).says("is there already");
    space
        .segue(&[&propose[..], &["--exists", "suffix"]].concat())
        .ok();
    assert_eq!(space.names("."), ["acme-2.toml", "acme.toml", "m.jsonl"]);
    assert_eq!(space.read("acme.toml"), first);

    let answer = space.segue(&[
        "ingest",
        "wizard",
        "m.jsonl",
        "--current",
        "acme.toml",
        "--json",
    ]);
    let answer = answer.ok().json();
    assert_eq!(
        (&answer["diff"], &answer["path"]),
        (&"".into(), &Value::Null)
    );
    assert_eq!(
        (&answer["messages"], &answer["looked_at"]),
        (&180.into(), &180.into())
    );
    let fields = answer["fields"].as_array().unwrap();
    let win = fields
        .iter()
        .find(|field| field["purpose"] == "win")
        .unwrap();
    assert_eq!(
        (&win["path"], &win["proposed"]),
        (&"/d/win".into(), &true.into())
    );
    assert!(win["confidence"].as_f64().unwrap() >= 0.8);
    // 40 presses, 120 stops, 10 wins of 180 messages.
    assert_eq!(answer["coverage"]["coverage"], json!(170.0 / 180.0));
}

#[test]
fn standard_input_and_output_do() {
    let space = Space::new();
    let mut command = space.command(&["ingest", "wizard", "-", "-o", "-", "--quiet"]);
    command.stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut input = child.stdin.take().unwrap();
    input.write_all(messages().as_bytes()).unwrap();
    drop(input);
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success());
    let toml = String::from_utf8(output.stdout).unwrap();
    assert!(
        toml.starts_with("schema = 1\nadapter_id = \"proposed\"\n"),
        "{toml}"
    );
    assert_eq!(space.names("."), [""; 0]);
}

#[test]
fn what_is_no_recording_is_told_with_its_line() {
    let space = Space::new();
    space.write("empty.jsonl", b"");
    let empty = space.segue(&["ingest", "wizard", "empty.jsonl"]);
    empty.fails(1).says("there are no messages");
    space.write("bad.jsonl", b"{\"a\":1}\n\xff\n{\"b\":2}\n");
    let nothing = space.segue(&["ingest", "wizard", "bad.jsonl"]);
    nothing.fails(1).says("nothing in 2 messages looks like");
    space.write("worse.jsonl", b"\n\xff\n");
    let worse = space.segue(&["ingest", "wizard", "worse.jsonl"]);
    worse
        .fails(1)
        .says("worse.jsonl, line 2: not UTF-8 from byte 0 on");
    space.segue(&["ingest", "wizard"]).fails(2).says("required");
    space
        .segue(&["ingest", "wizard", "none.jsonl"])
        .fails(1)
        .says("cannot read");
    space.write("m.jsonl", messages().as_bytes());
    space.write("old.toml", b"schema = 1\nadapter_id = \"a\"\ncolour = 1\n");
    let old = space.segue(&["ingest", "wizard", "m.jsonl", "--current", "old.toml"]);
    old.fails(1).says("old.toml: ");
}
