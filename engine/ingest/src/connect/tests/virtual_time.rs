//! Sockets on a clock that only runs when all wait.

use super::*;
use crate::reconnect::JitterSeed;
use crate::session::Row;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{advance, sleep};

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .start_paused(true)
        .build()
        .unwrap()
}

/// A connector that begins now, and what ends it.
fn context(config: ConnectorConfig, hub: &Arc<Hub>) -> (Context, watch::Sender<bool>) {
    let (end, ended) = watch::channel(false);
    let context = Context {
        hub: Arc::clone(hub),
        config: Arc::new(config),
        connector: 0,
        start: Instant::now(),
        peers: Arc::default(),
        end: ended,
    };
    (context, end)
}

/// A client of a port where nobody listens.
#[test]
fn a_thousand_failures_keep_the_delays_and_end() {
    let free = TcpListener::bind(LOCAL).unwrap().local_addr().unwrap();
    let mut config = ConnectorConfig::new(
        "c",
        Endpoint::LineClient {
            address: free.to_string(),
        },
    );
    config.policy = ReconnectPolicy {
        max_retries: Some(999),
        ..ReconnectPolicy::default()
    };
    config.seed = JitterSeed {
        project: 5,
        connector: 1,
    };
    let expected: Vec<u64> = (1..1000)
        .map(|n| config.policy.delay_us(n, config.seed))
        .collect();
    let hub = hub();
    let (_orders, receiver) = mpsc::channel(1);
    let mut waits = Vec::new();
    let last = runtime().block_on(async {
        let (context, _end) = context(config, &hub);
        let start = context.start;
        let mut client = std::pin::pin!(client::keep(context, receiver));
        loop {
            tokio::select! {
                () = &mut client => panic!("it ended by itself"),
                () = sleep(Duration::from_millis(100)) => {}
            }
            let now = u64::try_from(start.elapsed().as_micros()).unwrap();
            while let Some(notice) = hub.notice() {
                match notice {
                    Notice::State {
                        state:
                            State::Backoff {
                                attempt,
                                next_at_us,
                            },
                        ..
                    } => {
                        waits.push((attempt, next_at_us, now));
                    }
                    Notice::State {
                        state: State::GaveUp { failures },
                        ..
                    } => return failures,
                    _ => {}
                }
            }
        }
    });
    assert_eq!((last, waits.len()), (1000, 999));
    let mut earliest = 0;
    for ((attempt, next_at_us, now), (n, wait)) in waits.iter().zip((1..).zip(&expected)) {
        assert_eq!(*attempt, n);
        let failed_at = next_at_us - wait;
        assert!((earliest..=*now).contains(&failed_at), "failure {n}");
        earliest = *next_at_us;
    }
}

/// A server, and what becomes of a game that connects to it.
fn with_server<T>(
    config: ConnectorConfig,
    hub: &Arc<Hub>,
    game: impl AsyncFnOnce(SocketAddr) -> T,
) -> T {
    let (_orders, receiver) = mpsc::channel(1);
    runtime().block_on(async {
        let (context, _end) = context(config, hub);
        let listener = server::bind(&context, LOCAL.parse().unwrap()).unwrap();
        let address = listener.local_addr().unwrap();
        tokio::select! {
            () = server::serve(context, listener, receiver) => panic!("it ended by itself"),
            end = game(address) => end,
        }
    })
}

/// Between two bytes of a drip.
const DRIP: Duration = Duration::from_millis(200);

/// Why a server lets go of one that says `whole` at once and then drips for a minute, byte by byte, and
/// what it says to it.
fn dripped(config: ConnectorConfig, whole: &str, bytes: &str) -> (&'static str, String) {
    let hub = hub();
    with_server(config, &hub, async |address| {
        let mut game = TcpStream::connect(address).await.unwrap();
        game.write_all(whole.as_bytes()).await.unwrap();
        for byte in bytes.bytes().cycle().take(300) {
            // It may be closed by now.
            let _ = game.write_all(&[byte]).await;
            sleep(DRIP).await;
            if let Some(why) = std::iter::from_fn(|| hub.notice()).find_map(let_go) {
                let mut said = Vec::new();
                // A reset after the last line is an end as well.
                let _ = game.read_to_end(&mut said).await;
                return (why, String::from_utf8(said).unwrap());
            }
        }
        panic!("one may drip for a minute");
    })
}

/// Why somebody is not there any more.
fn let_go(notice: Notice) -> Option<&'static str> {
    match notice {
        Notice::Closed { reason, .. } => Some(reason),
        Notice::Row {
            row: Row::Refused { code, text, .. },
            ..
        } => {
            assert!(text.ends_with("within 5 s"), "{text}");
            Some(code)
        }
        _ => None,
    }
}

#[test]
fn a_hello_that_drips_is_waited_for_no_longer_than_any() {
    let (why, said) = dripped(lines(), "{\"type\":\"hello\"", " ");
    assert_eq!(why, "hello_timeout");
    assert!(said.contains("no hello within 5 s"), "{said}");
}

#[test]
fn a_frame_that_drips_is_silence() {
    let hello = json!({"type": "hello", "seq": 1, "t_us": 0,
        "data": {"protocol": "segue", "version": 1}});
    let (why, said) = dripped(lines(), &format!("{hello}\n"), "{\"type\":\"custom\",");
    assert_eq!(why, "silent");
    assert!(said.contains("\"heartbeat\""), "{said}");
    let last: Value = serde_json::from_str(said.lines().last().unwrap()).unwrap();
    assert_eq!(
        (&last["type"], &last["data"]["code"]),
        (&json!("error"), &json!("silent"))
    );
}

#[test]
fn a_handshake_that_drips_is_broken_off() {
    let (why, said) = dripped(web(), "GET / HTTP/1.1\r\nHost: here\r\nX-Long: ", "x");
    assert_eq!((why, said.as_str()), ("handshake", ""));
}

/// A machine that stood still finds what was sent meanwhile before it takes it for silence.
#[test]
fn who_spoke_while_nobody_looked_was_not_silent() {
    with_server(lines(), &hub(), async |address| {
        let mut game = TcpStream::connect(address).await.unwrap();
        let (read, mut write) = game.split();
        let mut lines = tokio::io::BufReader::new(read).lines();
        let mut kind = ("hello", json!({"protocol": "segue", "version": 1}));
        for seq in 1..40 {
            let frame = json!({"type": kind.0, "seq": seq, "t_us": 0, "data": kind.1});
            write
                .write_all(format!("{frame}\n").as_bytes())
                .await
                .unwrap();
            advance(Duration::from_secs(4)).await;
            let answer = match kind.0 {
                "hello" => "\"hello\"",
                _ => "\"t1_us\"",
            };
            loop {
                let line = lines.next_line().await.unwrap();
                let line = line.unwrap_or_else(|| panic!("closed after {seq}"));
                assert!(!line.contains("\"error\""), "{line}");
                if line.contains(answer) {
                    break;
                }
            }
            kind = ("heartbeat", json!({"seq_last": 0, "t0_us": 0}));
        }
    });
}
