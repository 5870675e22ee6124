use super::*;
use crate::clock::Timing;
use crate::hub::{Delivery, Notice};
use crate::inbox::Class;
use crate::reconnect::{ReconnectPolicy, State};
use crate::session::{Hello, Token};
use serde_json::json;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream, UdpSocket};

const LOCAL: &str = "127.0.0.1:0";

fn hub() -> Arc<Hub> {
    Arc::new(Hub::new(Box::new(|message| {
        (Class::Normal, message.kind.name().to_owned())
    })))
}

fn service(configs: Vec<ConnectorConfig>) -> Service {
    Service::start(configs, hub(), None).unwrap()
}

fn lines() -> ConnectorConfig {
    let bind = LOCAL.parse().unwrap();
    ConnectorConfig::new("lines", Endpoint::LineServer { bind })
}

fn web() -> ConnectorConfig {
    let bind = LOCAL.parse().unwrap();
    let origins = Vec::new();
    ConnectorConfig::new("web", Endpoint::WebSocketServer { bind, origins })
}

/// The first notice that `pick` wants; a minute is enough for every machine.
fn notice<T>(service: &Service, mut pick: impl FnMut(Notice) -> Option<T>) -> T {
    let deadline = std::time::Instant::now() + Duration::from_secs(60);
    while std::time::Instant::now() < deadline {
        while let Some(notice) = service.hub().notice() {
            if let Some(found) = pick(notice) {
                return found;
            }
        }
        service.hub().wait(Duration::from_millis(50));
    }
    panic!("no such notice within a minute");
}

fn address(service: &Service) -> SocketAddr {
    notice(service, |notice| match notice {
        Notice::Listening { address, .. } => Some(address),
        _ => None,
    })
}

fn opened(service: &Service) -> Peer {
    notice(service, |notice| match notice {
        Notice::Opened { peer, .. } => Some(peer),
        _ => None,
    })
}

fn closed(service: &Service) -> &'static str {
    notice(service, |notice| match notice {
        Notice::Closed { reason, .. } => Some(reason),
        _ => None,
    })
}

fn delivery(service: &Service) -> Delivery {
    let deadline = std::time::Instant::now() + Duration::from_secs(60);
    while std::time::Instant::now() < deadline {
        if let Some(delivery) = service.hub().take() {
            return delivery;
        }
        service.hub().wait(Duration::from_millis(50));
        // Notices that wait end the wait at once.
        std::thread::yield_now();
    }
    panic!("no message within a minute");
}

/// A game that speaks lines.
struct Game {
    stream: TcpStream,
    seq: u64,
}

impl Game {
    fn connect(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).unwrap();
        Self { stream, seq: 0 }
    }

    fn hello(address: SocketAddr) -> Self {
        Self::connect(address).greeted()
    }

    /// The next one that connects to `listener`.
    fn accept(listener: &TcpListener) -> Self {
        let (stream, _) = listener.accept().unwrap();
        Self { stream, seq: 0 }.greeted()
    }

    fn greeted(mut self) -> Self {
        self.say(
            "hello",
            &json!({"protocol": "segue", "version": 1, "game_id": "g"}),
        );
        self
    }

    fn say(&mut self, kind: &str, data: &Value) {
        self.seq += 1;
        let line = json!({"type": kind, "seq": self.seq, "t_us": self.seq, "data": data});
        writeln!(self.stream, "{line}").unwrap();
    }

    /// All lines until the other side closes.
    fn rest(&mut self) -> Vec<Value> {
        let mut text = String::new();
        // A reset after the last line is an end as well.
        let _ = self.stream.read_to_string(&mut text);
        text.lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }
}

#[test]
fn a_game_says_what_happens_over_lines() {
    let service = service(vec![lines()]);
    let mut game = Game::hello(address(&service));
    let peer = opened(&service);
    game.say("stage_event", &json!({"n": 1}));
    let delivery = delivery(&service);
    assert_eq!(
        (delivery.peer, delivery.message.data["n"].as_i64()),
        (peer, Some(1))
    );
    assert_eq!(delivery.due.at_us, None);
}

#[test]
fn the_thread_of_connectors_is_measured() {
    use segue_rt::profiler::{ThreadKind, profiler};
    // Every reading is a microsecond later.
    static NOW: AtomicU64 = AtomicU64::new(0);
    let clock = || NOW.fetch_add(1_000, Ordering::Relaxed);
    let (watch, mut reader) = profiler(ThreadKind::Net, 1_000_000, clock);
    reader.set_enabled(true);
    let service = Service::start(vec![lines()], hub(), Some(watch)).unwrap();
    let mut game = Game::hello(address(&service));
    opened(&service);
    for n in 0..10 {
        game.say("stage_event", &json!({"stage": "reel_stop", "reel": 0}));
        assert_eq!(delivery(&service).message.seq, n + 2);
    }
    drop(service);
    let report = reader.report();
    assert!(report.blocks >= 10, "each message woke it: {report:?}");
    assert_eq!(report.total.worst_ns, 1_000, "from waking up to sleep");
    assert!(report.mean_load > 0.0);
    assert!(reader.is_abandoned());
}

#[test]
fn what_was_asked_of_a_game_is_always_told() {
    use crate::session::Row;
    let service = service(vec![lines()]);
    let _game = Game::hello(address(&service));
    opened(&service);
    for _ in 0..30 {
        service.command(0, None, "pause", Value::Null).unwrap();
    }
    let mut asked = 0;
    notice(&service, |notice| {
        let is_told = matches!(
            &notice,
            Notice::Row {
                row: Row::Asked { .. },
                ..
            }
        );
        asked += u32::from(is_told);
        (asked == 30).then_some(())
    });
}

#[test]
fn lines_end_with_or_without_a_carriage_return_and_come_in_pieces() {
    let service = service(vec![lines()]);
    let mut game = Game::hello(address(&service));
    let text = b"{\"type\":\"custom\",\"seq\":2,\"t_us\":0,\"data\":{\"n\":1}}\r\n\n\
                 {\"type\":\"custom\",\"seq\":3,\"t_us\":0,\"data\":{\"n\":2}}\n";
    for byte in text {
        game.stream.write_all(&[*byte]).unwrap();
    }
    let numbers = [delivery(&service), delivery(&service)];
    let numbers = numbers.map(|delivery| delivery.message.data["n"].as_i64());
    assert_eq!(numbers, [Some(1), Some(2)]);
}

#[test]
fn a_line_over_the_limit_is_skipped_and_the_next_is_taken() {
    let service = service(vec![lines()]);
    let mut game = Game::hello(address(&service));
    let head = r#"{"type":"custom","seq":2,"t_us":0,"data":{"a":""#;
    let fitting = "x".repeat(65_536 - head.len() - 3);
    writeln!(game.stream, "{head}{fitting}\"}}}}").unwrap();
    assert_eq!(delivery(&service).message.seq, 2);
    for length in [65_537, 10_000_000] {
        writeln!(game.stream, "{}", "y".repeat(length)).unwrap();
        let code = notice(&service, |notice| match notice {
            Notice::Row {
                row: crate::session::Row::Refused { code, .. },
                ..
            } => Some(code),
            _ => None,
        });
        assert_eq!(code, "too_long");
    }
    game.seq = 2;
    game.say("custom", &json!({}));
    assert_eq!(delivery(&service).message.seq, 3);
}

/// A line that never ends is told as soon as it is over the limit, once.
#[test]
fn a_line_without_an_end_is_told_at_the_limit() {
    let service = service(vec![lines()]);
    let mut game = Game::hello(address(&service));
    opened(&service);
    let codes = |service: &Service| {
        notice(service, |notice| match notice {
            Notice::Row {
                row: crate::session::Row::Refused { code, seq, .. },
                ..
            } => Some((code, seq)),
            _ => None,
        })
    };
    let head = r#"{"type":"custom","seq":2,"data":""#;
    write!(game.stream, "{head}{}", "x".repeat(65_537 - head.len())).unwrap();
    assert_eq!(codes(&service), ("too_long", Some(2)));
    // Its rest is no line of its own, however long.
    writeln!(game.stream, "{}", "x".repeat(200_000)).unwrap();
    writeln!(game.stream, "nonsense").unwrap();
    assert_eq!(codes(&service).0, "parse");
}

#[test]
fn a_wrong_token_is_refused_with_a_reason() {
    let mut config = lines();
    config.token = Some(Token::new("secret").unwrap());
    let service = service(vec![config]);
    let address = address(&service);
    let mut game = Game::connect(address);
    game.say("auth", &json!({"token": "guess"}));
    let said = game.rest();
    assert_eq!(said.last().unwrap()["data"]["code"], "wrong_token");
    assert_eq!(closed(&service), "wrong_token");

    let mut game = Game::connect(address);
    game.say("auth", &json!({"token": "secret"}));
    game.say("hello", &json!({"protocol": "segue", "version": 1}));
    opened(&service);
}

#[test]
fn the_seventeenth_is_told_to_come_later() {
    let service = service(vec![lines()]);
    let address = address(&service);
    let games: Vec<Game> = (0..CONNECTIONS_MAX)
        .map(|_| {
            let game = Game::hello(address);
            opened(&service);
            game
        })
        .collect();
    let said = Game::connect(address).rest();
    let error = said.iter().find(|frame| frame["type"] == "error").unwrap();
    assert_eq!(error["data"]["code"], "full");
    assert_eq!(closed(&service), "full");
    drop(games);
    for _ in 0..CONNECTIONS_MAX {
        assert_eq!(closed(&service), "gone");
    }
    let _game = Game::hello(address);
    opened(&service);
}

#[test]
fn a_port_in_use_is_named_and_nothing_else_is_taken() {
    let taken = TcpListener::bind(LOCAL).unwrap();
    let bind = taken.local_addr().unwrap();
    let config = ConnectorConfig::new("game", Endpoint::LineServer { bind });
    let error = Service::start(vec![config], hub(), None)
        .err()
        .unwrap()
        .to_string();
    let expected = format!("connector game: cannot listen on {bind}: ");
    assert!(error.starts_with(&expected), "{error}");
    assert!(
        error.ends_with("end it, or choose another port on both sides"),
        "{error}"
    );
}

#[test]
fn other_machines_need_a_token() {
    let bind = "0.0.0.0:0".parse().unwrap();
    let config = ConnectorConfig::new("open", Endpoint::LineServer { bind });
    let error = Service::start(vec![config.clone()], hub(), None)
        .err()
        .unwrap();
    assert!(
        error
            .to_string()
            .contains("set a token, or listen on 127.0.0.1"),
        "{error}"
    );
    let allow = Vec::new();
    let osc = ConnectorConfig::new("osc", Endpoint::OscServer { bind, allow });
    let error = Service::start(vec![osc], hub(), None).err().unwrap();
    assert!(error.to_string().contains("osc_allow"), "{error}");
    let token = Some(Token::new("secret").unwrap());
    Service::start(vec![ConnectorConfig { token, ..config }], hub(), None).unwrap();
}

#[test]
fn fields_out_of_range_are_named() {
    let cases: [(ConnectorConfig, &str); 4] = [
        (
            ConnectorConfig {
                name: String::new(),
                ..lines()
            },
            "name \"\"",
        ),
        (
            ConnectorConfig {
                timing: Timing::JitterBuffer {
                    latency_us: 500_001,
                },
                ..lines()
            },
            "latency_ms \"500.001\" is not in 0..=500",
        ),
        (
            ConnectorConfig::new(
                "c",
                Endpoint::WebSocketClient {
                    url: "http://x".to_owned(),
                },
            ),
            "is not of the form ws://host:port/path",
        ),
        (
            ConnectorConfig {
                policy: ReconnectPolicy {
                    base_ms: 0,
                    ..ReconnectPolicy::default()
                },
                ..lines()
            },
            "reconnect.base_ms 0 is not in 1..=3600000",
        ),
    ];
    for (config, text) in cases {
        let error = Service::start(vec![config], hub(), None)
            .err()
            .unwrap()
            .to_string();
        assert!(error.contains(text), "{error}");
    }
}

/// Our client talks to our server.
fn both(server: ConnectorConfig, client: impl Fn(SocketAddr) -> Endpoint) {
    let here = service(vec![server]);
    let address = address(&here);
    let mut config = ConnectorConfig::new("client", client(address));
    config.hello = Hello {
        game_id: "there".to_owned(),
        ..Hello::default()
    };
    let mut there = service(vec![config]);
    let peer = opened(&here);
    opened(&there);
    here.command(0, None, "get_state", json!({"x": 1})).unwrap();
    let (from, id) = notice(&there, |notice| match notice {
        Notice::Command { peer, id, name, .. } if name == "get_state" => Some((peer, id)),
        _ => None,
    });
    let ack = Ack {
        id,
        success: true,
        data: json!([7]),
        error: None,
    };
    there.acknowledge(from, ack.clone()).unwrap();
    let answer = notice(&here, |notice| match notice {
        Notice::Ack { peer: from, ack } if from == peer => Some(ack),
        _ => None,
    });
    assert_eq!(answer, ack);
    there.close();
    closed(&here);
}

#[test]
fn lines_connect_both_ways() {
    both(lines(), |address| Endpoint::LineClient {
        address: address.to_string(),
    });
}

#[test]
fn web_sockets_connect_both_ways() {
    both(web(), |address| Endpoint::WebSocketClient {
        url: format!("ws://{address}/segue"),
    });
}

/// What a server answers to a handshake with this origin.
fn handshake(address: SocketAddr, origin: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    write!(
        stream,
        "GET / HTTP/1.1\r\nHost: {address}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\
         Origin: {origin}\r\n\r\n"
    )
    .unwrap();
    let mut line = String::new();
    BufReader::new(stream).read_line(&mut line).unwrap();
    line
}

#[test]
fn pages_of_others_are_refused() {
    let mut config = web();
    let Endpoint::WebSocketServer { origins, .. } = &mut config.endpoint else {
        panic!("no server");
    };
    origins.push("https://games.example".to_owned());
    let service = service(vec![config]);
    let address = address(&service);
    for (origin, status) in [
        ("http://localhost:9", "101"),
        ("https://games.example", "101"),
        ("https://evil.example", "403"),
        ("null", "403"),
    ] {
        let answer = handshake(address, origin);
        assert!(answer.contains(status), "{origin}: {answer}");
    }
    // It is said here too, and how to let the page in.
    for origin in ["https://evil.example", "null"] {
        let text = not_let_in(&service);
        let start = format!("from this machine: a page of {origin:?} was refused");
        assert!(
            text.starts_with(&start) && text.contains("--origin"),
            "{text}"
        );
    }
}

/// Why the next one that was not let in was not.
fn not_let_in(service: &Service) -> String {
    notice(service, |notice| match notice {
        Notice::Row {
            row:
                crate::session::Row::Refused {
                    code: "handshake",
                    seq: None,
                    text,
                },
            ..
        } => Some(text),
        _ => None,
    })
}

#[test]
fn what_does_not_speak_web_sockets_is_told_here() {
    let service = service(vec![web()]);
    let address = address(&service);
    let get = format!("GET / HTTP/1.1\r\nHost: {address}\r\n\r\n");
    for said in [get.as_str(), "{\"type\":\"hello\",\"secret\":1}\n"] {
        let mut stream = TcpStream::connect(address).unwrap();
        stream.write_all(said.as_bytes()).unwrap();
        let text = not_let_in(&service);
        let start = "from this machine: no handshake of WebSocket: ";
        assert!(text.starts_with(start), "{text}");
        assert!(text.ends_with("to the port of TCP"), "{text}");
        assert!(!text.contains("secret"), "{text}");
    }
    let (_, drops) = service.hub().counts();
    assert_eq!(drops[&(0, "handshake", "peer".to_owned())], 2);
}

#[test]
fn osc_is_heard() {
    let bind = LOCAL.parse().unwrap();
    let allow = Vec::new();
    let service = service(vec![ConnectorConfig::new(
        "osc",
        Endpoint::OscServer { bind, allow },
    )]);
    let address = address(&service);
    let socket = UdpSocket::bind(LOCAL).unwrap();
    let packet = rosc::OscPacket::Message(rosc::OscMessage {
        addr: "/stage/reel_stop".to_owned(),
        args: vec![rosc::OscType::Int(2)],
    });
    socket
        .send_to(&rosc::encoder::encode(&packet).unwrap(), address)
        .unwrap();
    let delivery = delivery(&service);
    assert_eq!(
        Value::Object(delivery.message.data),
        json!({"address": "/stage/reel_stop", "args": [2]})
    );
    socket.send_to(b"not osc", address).unwrap();
    let is_row = |notice| matches!(notice, Notice::Row { .. }).then_some(());
    notice(&service, is_row);
}

/// That it gave up is told once, with its reason.
#[test]
fn an_order_that_changes_nothing_is_no_news() {
    let nobody = TcpListener::bind(LOCAL).unwrap();
    let address = nobody.local_addr().unwrap().to_string();
    drop(nobody);
    let mut config = ConnectorConfig::new("c", Endpoint::LineClient { address });
    config.policy.max_retries = Some(0);
    let client = service(vec![config]);
    let next = || {
        notice(&client, |notice| match notice {
            Notice::State { state, reason, .. } => Some((state, reason.is_some())),
            _ => None,
        })
    };
    assert!(matches!(next(), (State::Connecting { .. }, false)));
    assert!(matches!(next(), (State::GaveUp { .. }, true)));
    client.command(0, None, "stop", json!({})).unwrap();
    client.connect(0).unwrap();
    let after = next();
    assert!(
        matches!(after, (State::Connecting { .. }, false)),
        "{after:?}"
    );
}

/// A state's name, and the failures before it.
fn named(state: State) -> (&'static str, u32) {
    match state {
        State::Connecting { attempt, .. } => ("connecting", attempt),
        State::Connected { attempt, .. } => ("connected", attempt),
        State::Backoff { attempt, .. } => ("backoff", attempt),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_game_that_comes_back_on_its_port_is_found_again() {
    let listener = TcpListener::bind(LOCAL).unwrap();
    let address = listener.local_addr().unwrap();
    let endpoint = Endpoint::LineClient {
        address: address.to_string(),
    };
    let client = service(vec![ConnectorConfig::new("c", endpoint)]);
    let mut states = Vec::new();
    let mut wait_for = |wanted: &str, least: u32| {
        notice(&client, |notice| match notice {
            Notice::State { state, .. } => {
                let (name, failures) = named(state);
                states.push((name, failures));
                (name == wanted && failures >= least).then_some(failures)
            }
            _ => None,
        })
    };
    let game = Game::accept(&listener);
    wait_for("connected", 0);
    drop(listener);
    drop(game);
    // The first failure is the loss, the second that nobody listens.
    wait_for("backoff", 2);
    let listener = TcpListener::bind(address).unwrap();
    let mut game = Game::accept(&listener);
    let failures = wait_for("connected", 2);
    game.say("stage_event", &json!({"n": 7}));
    assert_eq!(delivery(&client).message.data["n"], 7);
    // A slow machine may see nobody listen more than once.
    let mut expected = vec![("connecting", 0), ("connected", 0)];
    expected.extend((1..=failures).flat_map(|n| [("backoff", n), ("connecting", n)]));
    expected.push(("connected", failures));
    assert_eq!(states, expected);
}

/// Sockets of this process with this port on one of their sides; `None` where the system does not
/// say it.
fn sockets(port: u16) -> Option<usize> {
    let table = std::fs::read_to_string("/proc/net/tcp").ok()?;
    let hex = format!(":{port:04X}");
    // Number, here, there, state, queues, timer, retries, user, timeout, inode.
    let inode = |line: &str| {
        let words: Vec<&str> = line.split_whitespace().collect();
        let is_its = words.get(1..3)?.iter().any(|side| side.ends_with(&hex));
        is_its.then(|| format!("socket:[{}]", words.get(9).unwrap_or(&"0")))
    };
    let its: Vec<String> = table.lines().filter_map(inode).collect();
    let open = std::fs::read_dir("/proc/self/fd").ok()?;
    let links = open.filter_map(|fd| std::fs::read_link(fd.ok()?.path()).ok());
    let links = links.filter(|link| its.iter().any(|it| link.as_os_str() == it.as_str()));
    Some(links.count())
}

/// Waits until it is so; a minute is enough for every machine.
fn until(is_so: impl Fn() -> bool) {
    let deadline = std::time::Instant::now() + Duration::from_secs(60);
    while !is_so() {
        assert!(std::time::Instant::now() < deadline, "not within a minute");
        std::thread::yield_now();
    }
}

#[test]
fn connect_and_close_a_thousand_times_leaves_nothing() {
    let server = service(vec![lines()]);
    let address = address(&server);
    let port = address.port();
    let address = address.to_string();
    let client = service(vec![ConnectorConfig::new(
        "c",
        Endpoint::LineClient { address },
    )]);
    let now = || {
        let tasks = [&server, &client].map(|it| it.metrics.num_alive_tasks());
        (tasks, sockets(port))
    };
    let mut first = None;
    for _ in 0..1000 {
        opened(&client);
        if first.is_none() {
            opened(&server);
            // What is only beginning or about to end does not count.
            until(|| {
                let before = now();
                std::thread::yield_now();
                before == now()
            });
            first = Some(now());
        }
        client.disconnect(0).unwrap();
        closed(&client);
        client.connect(0).unwrap();
    }
    opened(&client);
    // What was closed last may still be about to end.
    until(|| Some(now()) == first);
    drop(client);
    // The listening socket, and the task that listens.
    until(|| server.metrics.num_alive_tasks() == 1 && sockets(port).is_none_or(|count| count == 1));
    let mut gone = 0;
    notice(&server, |notice| {
        gone += usize::from(matches!(notice, Notice::Closed { .. }));
        (gone == 1001).then_some(())
    });
    assert_eq!(server.hub().notices_lost(), 0);
}

/// A flood of what may be missed does not take the place of what ends loops.
#[test]
fn a_flood_over_the_rate_keeps_what_ends_loops() {
    let hub = Hub::new(Box::new(|message| {
        crate::effect::classify(message, false, None)
    }));
    let mut config = lines();
    config.rate = (1, 10);
    let service = Service::start(vec![config], Arc::new(hub), None).unwrap();
    let mut game = Game::hello(address(&service));
    opened(&service);
    for n in 0..200 {
        let tick = json!({"stage": "rollup_tick", "current": n, "progress": 0.5});
        game.say("stage_event", &tick);
    }
    let ends = [
        json!({"stage": "rollup_end", "final": 200}),
        json!({"stage": "reel_spinning_stop", "reel": 0}),
        json!({"stage": "reel_stop", "reel": 0, "symbols": []}),
        json!({"stage": "spin_end"}),
    ];
    for end in &ends {
        game.say("stage_event", end);
    }
    let (mut ticks, mut heard) = (0, Vec::new());
    while heard.len() < ends.len() {
        let data = Value::Object(delivery(&service).message.data);
        match data["stage"] == "rollup_tick" {
            true => ticks += 1,
            false => heard.push(data),
        }
    }
    assert_eq!(heard, ends);
    let (_, drops) = service.hub().counts();
    let expected = [((0, "rate", "rollup_tick".to_owned()), 200 - ticks)];
    assert_eq!(drops, expected.into());
}

#[test]
fn doubles_and_gaps_are_counted_each() {
    let service = service(vec![lines()]);
    let mut game = Game::hello(address(&service));
    for _ in 0..50 {
        game.say("custom", &json!({}));
        game.seq -= 1;
    }
    game.seq += 8;
    game.say("custom", &json!({"n": 1}));
    while !delivery(&service).message.data.contains_key("n") {}
    let (_, drops) = service.hub().counts();
    let of = |reason| drops[&(0, reason, "frame".to_owned())];
    assert_eq!((of("duplicate"), of("gap")), (49, 7));
}

/// While nobody looks, nobody is let in, so that who came and went needs no endless list.
#[test]
fn a_flood_of_games_waits_until_somebody_looks() {
    let server = service(vec![lines()]);
    let address = address(&server);
    let row = || Notice::Row {
        peer: Peer {
            connector: 0,
            number: 0,
        },
        row: crate::session::Row::Duplicate { seq: 1 },
    };
    for _ in 0..crate::hub::NOTICES_MAX {
        server.hub().tell(row());
    }
    let games: Vec<Game> = (0..CONNECTIONS_MAX).map(|_| Game::hello(address)).collect();
    for _ in 0..CONNECTIONS_MAX {
        opened(&server);
    }
    drop(games);
    for _ in 0..CONNECTIONS_MAX {
        closed(&server);
    }
}

mod hostile;
mod reasons;
mod virtual_time;
