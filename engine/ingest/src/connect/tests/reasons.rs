//! Why a client is not connected, and why something was not taken: each failure has its own words, and no secret is in them.

use super::*;

/// The next state in which a client waits, and why.
fn backoff(service: &Service) -> Option<String> {
    notice(service, |notice| match notice {
        Notice::State {
            state: State::Backoff { .. },
            reason,
            ..
        } => Some(reason),
        _ => None,
    })
}

fn client(endpoint: Endpoint) -> Service {
    service(vec![ConnectorConfig::new("c", endpoint)])
}

#[test]
fn a_port_where_nobody_listens_is_named() {
    let address = TcpListener::bind(LOCAL).unwrap().local_addr().unwrap();
    let lines = client(Endpoint::LineClient {
        address: address.to_string(),
    });
    let reason = backoff(&lines).unwrap();
    assert!(
        reason.starts_with(&format!("cannot connect to {address}: Connection refused")),
        "{reason}"
    );
    let web = client(Endpoint::WebSocketClient {
        url: format!("ws://me:pw@{address}/x?token=secret"),
    });
    let reason = backoff(&web).unwrap();
    let expected = format!("cannot connect to ws://{address}: Connection refused");
    assert!(reason.starts_with(&expected), "{reason}");
}

#[test]
fn a_server_that_refuses_says_its_status_and_nothing_of_the_address() {
    let listener = TcpListener::bind(LOCAL).unwrap();
    let address = listener.local_addr().unwrap();
    let service = client(Endpoint::WebSocketClient {
        url: format!("ws://me:pw@{address}/x?token=secret"),
    });
    for status in ["403 Forbidden", "404 Not Found"] {
        let (mut stream, _) = listener.accept().unwrap();
        let mut request = BufReader::new(stream.try_clone().unwrap()).lines();
        let last = request.find(|line| line.as_ref().unwrap().is_empty());
        assert!(last.is_some(), "no request");
        write!(stream, "HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n").unwrap();
        let expected = format!("cannot connect to ws://{address}: the server answers {status}");
        assert_eq!(backoff(&service), Some(expected));
    }
    // What is no answer of HTTP at all has other words.
    let (mut stream, _) = listener.accept().unwrap();
    stream.write_all(b"hello\r\n\r\n").unwrap();
    drop(stream);
    let reason = backoff(&service).unwrap();
    assert!(
        reason.starts_with(&format!("cannot connect to ws://{address}: ")),
        "{reason}"
    );
    for secret in ["pw", "secret", "answers"] {
        assert!(!reason.contains(secret), "{reason}");
    }
}

#[test]
fn a_conversation_that_ends_says_how() {
    let listener = TcpListener::bind(LOCAL).unwrap();
    let service = client(Endpoint::LineClient {
        address: listener.local_addr().unwrap().to_string(),
    });
    let (stream, _) = listener.accept().unwrap();
    // Kept, as what is not read would make it a reset.
    stream.shutdown(std::net::Shutdown::Write).unwrap();
    assert_eq!(
        backoff(&service).as_deref(),
        Some("closed by the other side")
    );
}

#[test]
fn what_is_too_far_ahead_is_told_to_the_game_and_holds_up_nothing() {
    let mut config = lines();
    config.timing = Timing::JitterBuffer { latency_us: 1000 };
    let service = service(vec![config]);
    let stream = TcpStream::connect(address(&service)).unwrap();
    let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
    let mut hear = |kind: &str| loop {
        let line = lines.next().unwrap().unwrap();
        let frame: Value = serde_json::from_str(&line).unwrap();
        if frame["type"] == kind {
            break frame["data"].clone();
        }
    };
    let mut game = Game { stream, seq: 0 }.greeted();
    opened(&service);
    let probe = hear("heartbeat");
    let t0 = probe["t0_us"].as_i64().unwrap();
    let answer = json!({"seq_last": 1, "t0_us": t0, "t1_us": t0, "t2_us": t0});
    game.say("heartbeat", &answer);
    let mut say = |t_us: i64| {
        game.seq += 1;
        let data = json!({"stage": "reel_stop", "reel": 0});
        let line = json!({"type": "stage_event", "seq": game.seq, "t_us": t_us, "data": data});
        writeln!(game.stream, "{line}").unwrap();
    };
    say(t0 + 7_200_000_000);
    say(t0 + 1);
    say(t0 + 2);
    let error = hear("error");
    assert_eq!(
        (&error["code"], &error["seq"]),
        (&json!("too_far"), &json!(3))
    );
    for n in 1..3 {
        assert_eq!(delivery(&service).message.t_us, t0 + n);
    }
    let (_, drops) = service.hub().counts();
    assert_eq!(
        drops,
        [((0, "too_far", "stage_event".to_owned()), 1)].into()
    );
}
