//! Why a client is not connected: each failure has its own words, and no secret is in them.

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
