//! Everything that strangers send, with bytes changed: nothing panics, memory stays bounded.
//!
//! The inputs come from a fixed seed; `SEGUE_MUTATIONS=10000000` makes so many of each kind.

use crate::adapter::Adapter;
use crate::alone::{grown, is_alone};
use crate::connect::osc_messages;
use crate::connect::web_config;
use crate::effect;
use crate::frame::{Frame, FrameKind};
use crate::json;
use crate::session::{Config, Hello, Output, Role, Session, Token};
use crate::stage_json;
use crate::trace::{TraceCalls, TraceReader};
use crate::wizard::{Samples, WizardError, propose};
use segue_middleware::containers::rng::mix64;
use std::io::{self, Read, Write};
use std::path::Path;
use tokio_tungstenite::tungstenite::{WebSocket, protocol};

/// Inputs of each kind, where nobody asks for more.
const INPUTS: u64 = 20_000;
/// Longest input that is made, in bytes.
const LENGTH_MAX: usize = 16_384;
/// Most memory that a kind of input may take.
const MEMORY_MAX_BYTES: u64 = 64 << 20;
/// Pieces that parsers stumble over.
const PIECES: &[&[u8]] = &[
    b"9223372036854775808",
    b"-1",
    b"1e999",
    b"9007199254740993",
    b"0.1",
    b"NaN",
    b"null",
    b"true",
    b"{",
    b"}",
    b"[",
    b"]",
    b"\"",
    b"\\u0000",
    b"\\ud800",
    b"\xff",
    b"\xf0\x9f\x8e\xb0",
    b"\0\0\0\0",
    b"\x7f",
    b"\r\n",
    b"\n",
    b"=",
    b"[[",
    b"'''",
    b"\"\"\"",
    b"#bundle\0",
    b",ifsTF",
    b"/",
    b"~",
    b"$",
    b"[*]",
    b"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[",
    b"\xff\xff\xff\xff",
    b"data",
    b"events",
    b"type",
];

const FRAME: &str = r#"{"type":"batch","seq":7,"t_us":123456,"id":"a","data":{"items":[{"type":"custom","data":{"a":[1,2.5,"x",null]}}]}}"#;
const TOML: &str = r#"
schema = 1
adapter_id = "acme"
layers = ["direct_event", "snapshot_diff", "rule_based"]
money = { exponent = 2, source = "decimal_string" }
[event_mapping]
"reel.land" = "reel_stop"
"tease" = { stage = "anticipation_on", params = { reel = "$r", reason = "$/d/why" }, confidence = 0.7 }
[payload_paths]
events = "/events"
event_name = "$.type"
win = "$['d'].win[0]"
[snapshot_paths]
reels = "/state/reels"
balance = "/state/balance"
[confidence]
"payload_paths.win" = 0.5
[[rule]]
id = "r"
when = { any = [{ path = "/a", matches = "^x+$" }, { not = { path = "/b", changed = true } }] }
emit = "idle_start"
cooldown_ms = 3.5
[[heuristics]]
keywords = ["coin"]
stage = "win_present"
confidence = 0.6
"#;
const MESSAGES: [&str; 3] = [
    r#"{"events":[{"type":"reel.land","ts":1,"reel":0,"symbols":[1]},{"type":"tease","r":1},{"type":"coin"}]}"#,
    r#"{"state":{"reels":[null,[1]],"balance":"12.50"},"a":"xx","b":1}"#,
    r#"{"type":"tease","r":99,"d":{"win":["1.00"],"why":"scatter"}}"#,
];
const SAMPLES: &str = r#"{"type":"spin_start","ts":0,"spin":1,"bet":100,"balance":900}
{"type":"reel_stop","ts":800,"spin":1,"reel":0,"symbols":[1,2]}
{"type":"show_win","ts":900,"spin":1,"win":"5.00"}
{"data":{"events":[{"type":"spin_end","time":1.5}]}}
{"state":{"round":2,"reels":[null,[1]],"balance":800,"free":true,"phase":"BONUS"}}
"#;

/// A mutation by number: the same for the same number.
fn mutate(bases: &[Vec<u8>], number: u64) -> Vec<u8> {
    let mut state = mix64(number);
    let mut draw = |below: usize| {
        state = mix64(state.wrapping_add(0x9E37_79B9_7F4A_7C15));
        usize::try_from(state % below.max(1) as u64).unwrap_or(0)
    };
    let mut bytes = bases[draw(bases.len())].clone();
    for _ in 0..=draw(8) {
        let at = draw(bytes.len() + 1);
        let end = (at + draw(24)).min(bytes.len());
        match draw(6) {
            0 if at < bytes.len() => bytes[at] = u8::try_from(draw(256)).unwrap_or(0),
            1 => {
                let piece = PIECES[draw(PIECES.len())];
                bytes.splice(at..at, piece.iter().copied());
            }
            2 => {
                let piece = PIECES[draw(PIECES.len())];
                bytes.splice(at..end, piece.iter().copied());
            }
            3 => drop(bytes.drain(at..end)),
            4 => {
                let part = bytes[at..end].to_vec();
                for _ in 0..draw(20) {
                    bytes.splice(at..at, part.iter().copied());
                }
            }
            _ if draw(8) == 0 => bytes.truncate(at),
            _ => {}
        }
    }
    bytes.truncate(LENGTH_MAX);
    bytes
}

/// Hands so many mutations of the bases to `take`. The test is to be alone in its process.
fn check(bases: &[Vec<u8>], share: u64, mut take: impl FnMut(&[u8])) {
    let asked = std::env::var("SEGUE_MUTATIONS").ok();
    let inputs = asked
        .and_then(|text| text.parse().ok())
        .unwrap_or(INPUTS / share);
    let bytes = grown(|| {
        for base in bases {
            take(base);
        }
        for number in 0..inputs {
            take(&mutate(bases, number));
        }
    });
    assert!(bytes <= MEMORY_MAX_BYTES, "{bytes} bytes of memory");
}

#[test]
fn frames() {
    if !is_alone("mutations::frames") {
        return;
    }
    let mut taken = 0;
    check(&[FRAME.into()], 1, |bytes| {
        if let Ok(frame) = Frame::read(bytes) {
            taken += 1;
            assert_eq!(Frame::read(frame.text().as_bytes()).unwrap(), frame);
        }
    });
    // Mutations that all fail early would test little.
    assert!(taken > 200, "{taken}");
}

#[test]
fn adapters_and_what_they_make_of_messages() {
    if !is_alone("mutations::adapters_and_what_they_make_of_messages") {
        return;
    }
    let messages: Vec<_> = MESSAGES
        .iter()
        .map(|text| json::parse(text).unwrap())
        .collect();
    let mut taken = 0;
    check(&[TOML.into()], 10, |bytes| {
        let text = String::from_utf8_lossy(bytes);
        if let Ok(mut adapter) = Adapter::read(&text) {
            taken += 1;
            for (at, message) in messages.iter().cycle().take(6).enumerate() {
                adapter.take(message, at as f64 * 10.0);
            }
            assert_eq!(adapter.coverage().messages(), 6);
        }
    });
    assert!(taken > 40, "{taken}");
}

#[test]
fn messages_of_games() {
    if !is_alone("mutations::messages_of_games") {
        return;
    }
    let mut adapter = Adapter::read(TOML).unwrap();
    let bases: Vec<Vec<u8>> = MESSAGES.iter().map(|text| (*text).into()).collect();
    let mut taken = 0;
    check(&bases, 1, |bytes| {
        let message = std::str::from_utf8(bytes)
            .ok()
            .and_then(|text| json::parse(text).ok());
        if let Some(message) = message {
            adapter.take(&message, f64::from(taken));
            taken += 1;
        }
    });
    assert!(taken > 200, "{taken}");
    assert!(adapter.coverage().unknown().len() <= 1000);
}

#[test]
fn osc_packets() {
    if !is_alone("mutations::osc_packets") {
        return;
    }
    let plain = b"/stage/reel_stop\0\0\0\0,ifs\0\0\0\0\0\0\0\x02\x3f\x80\0\0abc\0".to_vec();
    let bundle = |inner: &[u8]| {
        let length = u32::try_from(inner.len()).unwrap().to_be_bytes();
        [&b"#bundle\0\0\0\0\0\0\0\0\x01"[..], &length, inner].concat()
    };
    let nested = bundle(&bundle(&plain));
    for packet in [&plain, &nested] {
        assert_eq!(osc_messages(packet).unwrap().len(), 1);
    }
    let mut taken = 0;
    let mut effects = 0;
    let value = b"/rtpc/Speed\0,f\0\0\x3f\0\0\0".to_vec();
    check(
        &[plain.clone(), bundle(&plain), nested, value],
        1,
        |bytes| {
            for message in osc_messages(bytes).unwrap_or_default() {
                taken += 1;
                effects += u32::from(effect::of_osc(&message).is_ok());
            }
        },
    );
    assert!(taken > 200 && effects > 20, "{taken}, {effects}");
}

#[test]
fn stages_in_their_own_words() {
    if !is_alone("mutations::stages_in_their_own_words") {
        return;
    }
    let bases = [
        r#"{"stage":"reel_stop","reel":1,"symbols":[1,2],"win":"500","bet":100,"timestamp_ms":1.5}"#,
        r#"{"stage":{"type":"jackpot_present","amount":7,"tier":"grand"},"payload":{"feature":"free_spins"}}"#,
        r#"{"stage":"feature_enter","type":"free_spins","total_steps":10,"multiplier":2,"spins_remaining":3}"#,
    ];
    let bases: Vec<Vec<u8>> = bases.map(Into::into).to_vec();
    let mut taken = 0;
    check(&bases, 1, |bytes| {
        let text = std::str::from_utf8(bytes).unwrap_or("");
        if let Ok(data) = json::object(text)
            && let Ok((event, _)) = stage_json::read(&data)
        {
            taken += 1;
            let text = stage_json::write(&event).to_string();
            let again = json::object(&text).unwrap();
            let (mut again, _) = stage_json::read(&again).unwrap();
            // Its time is that of whoever writes it down.
            again.timestamp_ms = event.timestamp_ms;
            assert_eq!(again, event);
        }
    });
    assert!(taken > 200, "{taken}");
}

/// A server that asks for a token is given one that is changed; one that asks for none talks on.
#[test]
fn conversations() {
    if !is_alone("mutations::conversations") {
        return;
    }
    let config = |token: Option<&str>| Config {
        role: Role::Server,
        token: token.map(|text| Token::new(text).unwrap()),
        hello: Hello::default(),
    };
    let line = |kind: &str, seq: u32, data: &str| {
        format!(r#"{{"type":"{kind}","seq":{seq},"t_us":{seq},"data":{data}}}"#)
    };
    let hello = line(
        "hello",
        1,
        r#"{"protocol":"segue","version":1,"game_id":"a"}"#,
    );
    let lines = [
        line("auth", 1, r#"{"token":"secret"}"#),
        hello.clone(),
        line(
            "heartbeat",
            2,
            r#"{"seq_last":1,"t0_us":5,"t1_us":6,"t2_us":7}"#,
        ),
        line("command", 2, r#"{"id":"1","name":"stop","args":{}}"#),
        line("command_ack", 2, r#"{"command_id":"1","success":true}"#),
        FRAME.to_owned(),
    ];
    let (mut opened, mut admitted) = (0, 0);
    check(&lines.map(String::into_bytes), 4, |bytes| {
        let mut open = Session::new(config(None), 0);
        open.receive(hello.as_bytes(), 0);
        let mut asking = Session::new(config(Some("secret")), 0);
        for (session, first) in [(&mut open, 2), (&mut asking, 1)] {
            for at in first..first + 2 {
                session.receive(bytes, at * 1000);
            }
            session.tick(10_000_000);
        }
        opened += u32::from(std::iter::from_fn(|| open.poll()).any(is_message));
        let said: Vec<Output> = std::iter::from_fn(|| asking.poll()).collect();
        let is_secret = |output: &Output| format!("{output:?}").contains("secret");
        assert!(!said.iter().any(is_secret), "{said:?}");
        let is_hello = |it: &Output| match it {
            Output::Send(text) => Frame::read(text.as_bytes()).unwrap().kind == FrameKind::Hello,
            _ => false,
        };
        let greeted = said.iter().any(is_hello);
        assert!(
            !greeted || contains(bytes, b"secret") || contains(bytes, b"\\u"),
            "{bytes:?}"
        );
        admitted += u32::from(greeted);
    });
    assert!(opened > 20 && admitted > 20, "{opened}, {admitted}");
}

fn is_message(output: Output) -> bool {
    matches!(output, Output::Message(_))
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

/// What a stranger sends; nobody reads what is sent back.
struct Wire<'a>(&'a [u8]);

impl Read for Wire<'_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        self.0.read(out)
    }
}

impl Write for Wire<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The bytes of a WebSocket after its handshake, with the limits that they are read with.
#[test]
fn web_socket_bytes() {
    if !is_alone("mutations::web_socket_bytes") {
        return;
    }
    let framed = |first: u8, text: &str| {
        let length = u8::try_from(text.len()).unwrap_or(126);
        let mut bytes = vec![first, 0x80 | length];
        if length == 126 {
            bytes.extend(u16::try_from(text.len()).unwrap().to_be_bytes());
        }
        bytes.extend([0; 4]);
        bytes.extend(text.as_bytes());
        bytes
    };
    let long_claim = [&[0x81, 0xff, 0x7f][..], &[0xff; 7], b"0000{}"].concat();
    let parts = [framed(0x01, "{\"type\":"), framed(0x80, "1}")].concat();
    let bases = [
        framed(0x81, FRAME),
        framed(0x89, "ping"),
        framed(0x88, "\x03\x31"),
        parts,
        long_claim,
    ];
    let mut taken = 0;
    check(&bases, 1, |bytes| {
        let stream = Wire(bytes);
        let role = protocol::Role::Server;
        let mut socket = WebSocket::from_raw_socket(stream, role, Some(web_config()));
        while let Ok(message) = socket.read() {
            if message.is_text() {
                taken += 1;
                let _ = Frame::read(&message.into_data());
            }
        }
    });
    assert!(taken > 200, "{taken}");
}

#[test]
fn recordings_for_the_wizard() {
    if !is_alone("mutations::recordings_for_the_wizard") {
        return;
    }
    let mut proposed = 0;
    check(&[SAMPLES.into()], 20, |bytes| {
        let mut samples = Samples::new(1);
        samples.read("mutated", bytes).unwrap();
        match propose(&samples, "test", None) {
            Ok(proposal) => {
                proposed += 1;
                Adapter::read(&proposal.toml).unwrap();
            }
            Err(WizardError::Proposal(error)) => panic!("{error}"),
            Err(_) => {}
        }
    });
    assert!(proposed > 100, "{proposed}");
}

#[test]
fn traces() {
    if !is_alone("mutations::traces") {
        return;
    }
    let head = r#"{"format":"segue.trace","version":1,"sample_rate_hz":48000,"seed":"1"}"#;
    let frame = r#"{"type":"custom","seq":1,"t_us":4,"data":{"a":1}}"#;
    let call = r#"[96,{"stage":{"type":"reel_stop","reel":1,"symbols":[1]}}]"#;
    let row = format!(
        r#"{{"n":1,"src":"ws/1","t_rx_us":5,"t_audio_smp":96,"frame":{frame},"calls":[{call}]}}"#
    );
    let rest =
        "{\"n\":1,\"call\":0,\"moved_smp\":99}\n{\"n\":2,\"refused\":\"parse\"}\n{\"end_smp\":9}\n";
    let text = format!("{head}\n{row}\n{rest}");
    let read = |bytes: &[u8]| {
        let reader = TraceReader::of_bytes(Path::new("a.trace.jsonl"), bytes.to_vec());
        reader.map_or(0, |reader| {
            let calls: Result<Vec<_>, _> = TraceCalls::heard(reader).collect();
            let calls = calls.unwrap();
            assert!(calls.is_sorted_by_key(|call| call.at));
            calls.len()
        })
    };
    assert_eq!(read(text.as_bytes()), 1);
    let mut taken = 0;
    check(&[text.into_bytes()], 4, |bytes| taken += read(bytes));
    assert!(taken > 200, "{taken}");
}
