//! Peers that are slow, huge or silent, and one that does everything right.

use super::*;
use crate::alone::{grown, is_alone};

/// A peer by hand: numbers its frames.
struct Peer {
    wire: Wire,
    seq: u64,
}

/// How frames travel.
enum Wire {
    Lines(TcpStream, BufReader<TcpStream>),
    Web(Box<tungstenite::WebSocket<TcpStream>>),
}

impl Peer {
    fn new(stream: TcpStream) -> Self {
        let lines = BufReader::new(stream.try_clone().unwrap());
        Self {
            wire: Wire::Lines(stream, lines),
            seq: 0,
        }
    }

    fn web(socket: tungstenite::WebSocket<TcpStream>) -> Self {
        let wire = Wire::Web(Box::new(socket));
        Self { wire, seq: 0 }
    }

    fn say(&mut self, kind: &str, data: &Value) {
        assert!(self.try_say(kind, data), "gone");
    }

    /// False when the other side is gone.
    fn try_say(&mut self, kind: &str, data: &Value) -> bool {
        self.seq += 1;
        let text = json!({"type": kind, "seq": self.seq, "t_us": 0, "data": data}).to_string();
        match &mut self.wire {
            Wire::Lines(stream, _) => writeln!(stream, "{text}").is_ok(),
            Wire::Web(socket) => socket.send(tungstenite::Message::text(text)).is_ok(),
        }
    }

    fn hear(&mut self, kind: &str) -> Value {
        loop {
            let text = match &mut self.wire {
                Wire::Lines(_, lines) => {
                    let mut line = String::new();
                    assert_ne!(lines.read_line(&mut line).unwrap(), 0, "no {kind}");
                    line
                }
                Wire::Web(socket) => match socket.read().unwrap() {
                    tungstenite::Message::Text(text) => text.to_string(),
                    other => panic!("{other:?} and no {kind}"),
                },
            };
            let frame: Value = serde_json::from_str(&text).unwrap();
            if frame["type"] == kind {
                return frame;
            }
        }
    }
}

impl Peer {
    /// Asks for the time, and waits for the answer.
    fn ask(&mut self) {
        self.say("heartbeat", &json!({"seq_last": 0, "t0_us": 5}));
        // A question of the other side has no second time.
        while !self.hear("heartbeat")["data"]["t1_us"].is_i64() {}
    }
}

/// What every implementation must do, whichever side listens.
fn conform(peer: &mut Peer, service: &Service) {
    peer.say(
        "hello",
        &json!({"protocol": "segue", "version": 1, "game_id": "c"}),
    );
    let hello = peer.hear("hello");
    assert_eq!(
        (&hello["seq"], &hello["data"]["version"]),
        (&json!(1), &json!(1))
    );
    let who = opened(service);
    // Its probe of our clock, and ours of its.
    let probe = peer.hear("heartbeat");
    assert!(probe["seq"].as_u64().unwrap() > 1 && probe["data"]["t0_us"].is_i64());
    let t0 = &probe["data"]["t0_us"];
    peer.say(
        "heartbeat",
        &json!({"seq_last": 1, "t0_us": t0, "t1_us": 5, "t2_us": 6}),
    );
    peer.say("heartbeat", &json!({"seq_last": 1, "t0_us": 77}));
    let answer = loop {
        let frame = peer.hear("heartbeat");
        if frame["data"]["t0_us"] == 77 {
            break frame;
        }
    };
    assert!(answer["data"]["t1_us"].is_i64() && answer["data"]["t2_us"].is_i64());
    // A gap is told once, a double is dropped.
    peer.seq += 2;
    peer.say("stage_event", &json!({"n": 1}));
    let gap = peer.hear("gap");
    assert_eq!(gap["data"], json!({"from": 4, "to": 5}));
    assert_eq!(delivery(service).message.data["n"], 1);
    peer.seq -= 1;
    peer.say("stage_event", &json!({"n": 2}));
    peer.say("stage_event", &json!({"n": 3}));
    assert_eq!(delivery(service).message.data["n"], 3);
    // Each command has one answer.
    peer.say("command", &json!({"id": "x", "name": "get_state"}));
    let asked = notice(service, |notice| match notice {
        Notice::Command { id, name, .. } => Some((id, name)),
        _ => None,
    });
    assert_eq!(asked, ("x".to_owned(), "get_state".to_owned()));
    let ack = |data| Ack {
        id: "x".to_owned(),
        success: true,
        data,
        error: None,
    };
    service.acknowledge(who, ack(json!(1))).unwrap();
    service.acknowledge(who, ack(json!(2))).unwrap();
    assert_eq!(peer.hear("command_ack")["data"]["data"], 1);
    peer.say("bye", &json!({}));
    assert_eq!(peer.hear("error")["data"]["code"], "unknown");
}

#[test]
fn a_server_conforms() {
    let service = service(vec![lines()]);
    let stream = TcpStream::connect(address(&service)).unwrap();
    conform(&mut Peer::new(stream), &service);
}

#[test]
fn a_client_conforms() {
    let listener = TcpListener::bind(LOCAL).unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let service = service(vec![ConnectorConfig::new(
        "c",
        Endpoint::LineClient { address },
    )]);
    let (stream, _) = listener.accept().unwrap();
    conform(&mut Peer::new(stream), &service);
}

#[test]
fn a_web_server_conforms() {
    let service = service(vec![web()]);
    let address = address(&service);
    let stream = TcpStream::connect(address).unwrap();
    let (socket, _) = tungstenite::client(format!("ws://{address}/"), stream).unwrap();
    conform(&mut Peer::web(socket), &service);
}

#[test]
fn a_web_client_conforms() {
    let listener = TcpListener::bind(LOCAL).unwrap();
    let url = format!("ws://{}/segue", listener.local_addr().unwrap());
    let endpoint = Endpoint::WebSocketClient { url };
    let service = service(vec![ConnectorConfig::new("c", endpoint)]);
    let (stream, _) = listener.accept().unwrap();
    let socket = tungstenite::accept(stream).unwrap();
    conform(&mut Peer::web(socket), &service);
}

#[test]
fn one_that_does_not_read_is_closed_and_the_others_are_not() {
    let service = service(vec![lines()]);
    let address = address(&service);
    let mut good = Peer::new(TcpStream::connect(address).unwrap());
    good.say("hello", &json!({"protocol": "segue", "version": 1}));
    opened(&service);
    let mut slow = Peer::new(TcpStream::connect(address).unwrap());
    slow.say("hello", &json!({"protocol": "segue", "version": 1}));
    let its = opened(&service);
    // Each wants an answer that is never read, until the system's buffers are full.
    let asking = move || {
        let data = json!({"seq_last": 0, "t0_us": 1});
        while slow.try_say("heartbeat", &data) {}
    };
    let thread = std::thread::Builder::new().name("slow".to_owned());
    let asking = thread.spawn(asking).unwrap();
    // Meanwhile the other one is heard, and has its answers.
    good.say("stage_event", &json!({"n": 9}));
    assert_eq!(delivery(&service).message.data["n"], 9);
    let deadline = std::time::Instant::now() + Duration::from_secs(60);
    let found = loop {
        assert!(std::time::Instant::now() < deadline, "not within a minute");
        good.ask();
        if let Some(Notice::Closed { peer, reason, .. }) = service.hub().notice() {
            break (peer, reason);
        }
    };
    assert_eq!(found, (its, "slow"));
    asking.join().unwrap();
    good.say("stage_event", &json!({"n": 10}));
    assert_eq!(delivery(&service).message.data["n"], 10);
    good.ask();
}

/// A line without an end is thrown away as it comes. On the wire itself, as a conversation has its own
/// time for a frame.
#[test]
fn an_endless_line_takes_no_memory() {
    if !is_alone("connect::tests::hostile::an_endless_line_takes_no_memory") {
        return;
    }
    let listener = TcpListener::bind(LOCAL).unwrap();
    let mut game = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    let (stream, _) = listener.accept().unwrap();
    stream.set_nonblocking(true).unwrap();
    let sending = std::thread::spawn(move || {
        let chunk = [b'x'; 100_000];
        for _ in 0..1000 {
            game.write_all(&chunk).unwrap();
        }
        game.write_all(b"\n{}\n").unwrap();
    });
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let reading = async {
        let stream = tokio::net::TcpStream::from_std(stream).unwrap();
        let (mut reader, _writer) = wire::lines(stream);
        let first = reader.next().await;
        assert!(matches!(first, wire::Incoming::TooLong(None)));
        let wire::Incoming::Text(line) = reader.next().await else {
            panic!("no line after it");
        };
        assert_eq!(line, b"{}");
    };
    let bytes = grown(|| runtime.block_on(reading));
    sending.join().unwrap();
    assert!(bytes < 4 << 20, "{bytes} bytes of memory");
}

#[test]
fn a_length_from_elsewhere_is_refused_at_once() {
    if !is_alone("connect::tests::hostile::a_length_from_elsewhere_is_refused_at_once") {
        return;
    }
    let service = service(vec![web()]);
    let address = address(&service);
    let claim = || {
        let mut stream = TcpStream::connect(address).unwrap();
        let request = format!(
            "GET / HTTP/1.1\r\nHost: {address}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
             Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
        );
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = BufReader::new(stream.try_clone().unwrap()).lines();
        let last = answer.find(|line| line.as_ref().unwrap().is_empty());
        assert!(last.is_some(), "no answer to the handshake");
        // A text frame that claims to have 2^63 bytes.
        stream.write_all(&[0x81, 0xff]).unwrap();
        stream.write_all(&(1_u64 << 63).to_be_bytes()).unwrap();
        stream.write_all(&[0, 0, 0, 0, b'x']).unwrap();
        assert_eq!(closed(&service), "too_big");
    };
    // The first one brings the code itself into memory.
    claim();
    let bytes = grown(claim);
    assert!(bytes < 1 << 20, "{bytes} bytes of memory");
}

/// A WebSocket of tungstenite, past hello.
fn web_game(address: SocketAddr) -> tungstenite::WebSocket<TcpStream> {
    let stream = TcpStream::connect(address).unwrap();
    let (mut game, _) = tungstenite::client(format!("ws://{address}/"), stream).unwrap();
    let hello = json!({"protocol": "segue", "version": 1});
    let hello = json!({"type": "hello", "seq": 1, "t_us": 0, "data": hello});
    game.send(tungstenite::Message::text(hello.to_string()))
        .unwrap();
    game
}

use tokio_tungstenite::tungstenite;

#[test]
fn a_message_of_16_mib_is_refused_and_a_larger_one_ends_it() {
    let service = service(vec![web()]);
    let mut game = web_game(address(&service));
    opened(&service);
    let limit = 16 << 20;
    game.send(tungstenite::Message::text("x".repeat(limit)))
        .unwrap();
    let code = notice(&service, |notice| match notice {
        Notice::Row {
            row: crate::session::Row::Refused { code, .. },
            ..
        } => Some(code),
        _ => None,
    });
    assert_eq!(code, "too_long");
    // The other side closes before all of it is written.
    let _ = game.send(tungstenite::Message::text("x".repeat(limit + 1)));
    assert_eq!(closed(&service), "too_big");
}

#[test]
fn text_that_is_not_utf_8_ends_it() {
    let service = service(vec![web()]);
    let mut game = web_game(address(&service));
    opened(&service);
    // An unmasked frame of a client would do as well: both are against the protocol.
    game.get_mut()
        .write_all(&[0x81, 0x82, 0, 0, 0, 0, 0xff, 0xfe])
        .unwrap();
    assert_eq!(closed(&service), "parse");
    let frame = loop {
        match game.read() {
            Ok(tungstenite::Message::Close(frame)) => break frame.unwrap(),
            Ok(_) => {}
            Err(error) => panic!("{error}"),
        }
    };
    assert_eq!(u16::from(frame.code), 1007);
    assert_eq!(frame.reason.as_str(), "text that is not UTF-8");
}

#[test]
fn a_batch_that_is_larger_than_the_queue_arrives_whole() {
    let service = service(vec![lines()]);
    let mut game = Peer::new(TcpStream::connect(address(&service)).unwrap());
    game.say(
        "hello",
        &json!({"protocol": "segue", "version": 1, "game_id": "c"}),
    );
    opened(&service);
    let item = |n: usize| json!({"type": "custom", "data": {"n": n}});
    let items: Vec<Value> = (0..1000).map(item).collect();
    game.say("batch", &json!({"items": items}));
    for n in 0..1000 {
        assert_eq!(delivery(&service).message.data["n"], n);
    }
}

/// The close frame of a WebSocket, and the last error before it.
fn close_of(socket: &mut tungstenite::WebSocket<TcpStream>) -> (u16, String) {
    let mut code = String::new();
    loop {
        match socket.read() {
            Ok(tungstenite::Message::Close(frame)) => {
                return (frame.unwrap().code.into(), code);
            }
            Ok(tungstenite::Message::Text(text)) => {
                let frame: Value = serde_json::from_str(&text).unwrap();
                if frame["type"] == "error" {
                    frame["data"]["code"]
                        .as_str()
                        .unwrap()
                        .clone_into(&mut code);
                }
            }
            Ok(_) => {}
            Err(error) => panic!("no close frame: {error}"),
        }
    }
}

#[test]
fn why_it_ends_is_on_the_wire() {
    let service = service(vec![web()]);
    let address = address(&service);
    let text = |text: String| tungstenite::Message::text(text);
    let said = |number: u32, after: &mut dyn FnMut(u32) -> tungstenite::Message| {
        let mut game = web_game(address);
        opened(&service);
        for n in 0..number {
            game.send(after(n)).unwrap();
        }
        let told = close_of(&mut game);
        assert_eq!(closed(&service), told.1);
        told
    };
    let binary = said(1, &mut |_| tungstenite::Message::binary(b"x".to_vec()));
    assert_eq!(binary, (1003, "binary".to_owned()));
    // A hundred frames that are not JSON are borne, one more is not.
    let wrong = said(101, &mut |_| text("nonsense".to_owned()));
    assert_eq!(wrong, (1008, "parse".to_owned()));
    let version =
        json!({"type": "hello", "seq": 1, "t_us": 0, "data": {"protocol": "segue", "version": 2}});
    for (first, expected) in [
        (
            json!({"type": "custom", "seq": 1, "t_us": 0, "data": {}}),
            (4401, "not_admitted"),
        ),
        (version, (1002, "hello")),
    ] {
        let stream = TcpStream::connect(address).unwrap();
        let (mut game, _) = tungstenite::client(format!("ws://{address}/"), stream).unwrap();
        game.send(text(first.to_string())).unwrap();
        let (code, reason) = close_of(&mut game);
        assert_eq!((code, reason.as_str()), expected);
        assert_eq!(closed(&service), reason);
    }
}

#[test]
fn a_hundred_frames_that_are_no_json_are_borne() {
    let service = service(vec![web()]);
    let mut game = web_game(address(&service));
    opened(&service);
    for _ in 0..100 {
        game.send(tungstenite::Message::text("nonsense")).unwrap();
    }
    let custom = json!({"type": "custom", "seq": 2, "t_us": 0, "data": {"n": 1}});
    game.send(tungstenite::Message::text(custom.to_string()))
        .unwrap();
    assert_eq!(delivery(&service).message.data["n"], 1);
}

#[test]
fn a_message_that_is_too_big_is_told_before_the_end() {
    let service = service(vec![web()]);
    let mut game = web_game(address(&service));
    opened(&service);
    // Only what the frame claims: a client that sends all of it may find the connection reset.
    let claim = (16_u64 << 20) + 1;
    let mut header = vec![0x81, 0xff];
    header.extend(claim.to_be_bytes());
    header.extend([0, 0, 0, 0]);
    game.get_mut().write_all(&header).unwrap();
    assert_eq!(close_of(&mut game), (1009, "too_big".to_owned()));
    assert_eq!(closed(&service), "too_big");
}

#[test]
fn the_seventeenth_of_the_web_is_told_to_come_later() {
    let service = service(vec![web()]);
    let address = address(&service);
    let games: Vec<_> = (0..CONNECTIONS_MAX)
        .map(|_| {
            let game = web_game(address);
            opened(&service);
            game
        })
        .collect();
    let stream = TcpStream::connect(address).unwrap();
    let (mut game, _) = tungstenite::client(format!("ws://{address}/"), stream).unwrap();
    assert_eq!(close_of(&mut game), (1013, "full".to_owned()));
    assert_eq!(games.len(), CONNECTIONS_MAX);
}

#[test]
fn who_does_not_give_the_token_is_told_so() {
    let mut config = web();
    config.token = Some(Token::new("a long secret").unwrap());
    let service = service(vec![config]);
    let address = address(&service);
    let guess = json!({"type": "auth", "seq": 1, "t_us": 0, "data": {"token": "a guess"}});
    for (first, reason) in [(Some(guess), "wrong_token"), (None, "auth_timeout")] {
        let stream = TcpStream::connect(address).unwrap();
        let (mut game, _) = tungstenite::client(format!("ws://{address}/"), stream).unwrap();
        if let Some(first) = first {
            game.send(tungstenite::Message::text(first.to_string()))
                .unwrap();
        }
        assert_eq!(close_of(&mut game), (4401, reason.to_owned()));
        assert_eq!(closed(&service), reason);
    }
}
