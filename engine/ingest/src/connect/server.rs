//! Listens, and talks to up to 16 peers at a time.

use super::talk::{Rows, Talk};
use super::{Context, Endpoint, Order, StartError, wire};
use crate::hub::{Notice, Peer};
use crate::session::{Role, Row, Session, close_code};
use std::collections::HashMap;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};
use tokio_tungstenite::tungstenite;
use tokio_tungstenite::tungstenite::handshake::server::{ErrorResponse, Request, Response};
use tokio_tungstenite::tungstenite::http::{StatusCode, header::ORIGIN};
use tokio_tungstenite::{WebSocketStream, accept_hdr_async_with_config};

/// Conversations of one server at a time; further peers are told to come later.
pub const CONNECTIONS_MAX: usize = 16;
/// For the handshake of WebSocket.
const HANDSHAKE: Duration = Duration::from_secs(5);
/// After a failed accept, when the system is out of sockets.
const BREATH: Duration = Duration::from_millis(100);
const ORDERS_MAX: usize = 64;
/// Characters of an origin that are shown.
const ORIGIN_SHOWN: usize = 200;

pub(super) fn bind(context: &Context, address: SocketAddr) -> Result<TcpListener, StartError> {
    let listen = || {
        let listener = std::net::TcpListener::bind(address)?;
        listener.set_nonblocking(true)?;
        let listener = TcpListener::from_std(listener)?;
        let address = listener.local_addr()?;
        Ok((listener, address))
    };
    let (listener, address) = listen().map_err(|source| StartError::Bind {
        name: context.config.name.clone(),
        address,
        source,
    })?;
    context.hub.tell(Notice::Listening {
        connector: context.connector,
        address,
    });
    Ok(listener)
}

pub(super) async fn serve(
    context: Context,
    listener: TcpListener,
    mut orders: mpsc::Receiver<Order>,
) {
    let mut talks: JoinSet<Ended> = JoinSet::new();
    let mut refusals: JoinSet<Ended> = JoinSet::new();
    let mut peers: HashMap<Peer, mpsc::Sender<Order>> = HashMap::new();
    // Of all who are not let in together: each of them is a peer of its own.
    let mut rows = Rows::new();
    loop {
        tokio::select! {
            // Who has gone makes room before the next is let in.
            biased;
            () = context.ended() => break,
            Some(ended) = talks.join_next() => {
                if let Ok(ended) = ended {
                    peers.remove(&ended.peer);
                    ended.tell(&context, &mut rows);
                }
            }
            Some(ended) = refusals.join_next() => {
                if let Ok(ended) = ended {
                    ended.tell(&context, &mut rows);
                }
            }
            Some(order) = orders.recv() => forward(&context, &peers, &order),
            accepted = accept(&context, &listener) => match accepted {
                Ok((stream, from)) if peers.len() < CONNECTIONS_MAX => {
                    let peer = context.new_peer();
                    let (sender, receiver) = mpsc::channel(ORDERS_MAX);
                    peers.insert(peer, sender);
                    let stream = (stream, from);
                    talks.spawn(converse(context.clone(), peer, stream, receiver, false));
                }
                Ok((stream, from)) => {
                    context.hub.dropped(context.connector, "connections", "peer", 1);
                    if refusals.len() < CONNECTIONS_MAX {
                        let (_, receiver) = mpsc::channel(1);
                        let peer = context.new_peer();
                        let stream = (stream, from);
                        refusals.spawn(converse(context.clone(), peer, stream, receiver, true));
                    }
                }
                Err(_) => sleep(BREATH).await,
            },
        }
    }
    drop(listener);
    while talks.join_next().await.is_some() {}
    while refusals.join_next().await.is_some() {}
    let number = 0;
    let connector = context.connector;
    rows.flush(&context, Peer { connector, number });
}

/// The next peer, once there is room to tell of it.
async fn accept(context: &Context, listener: &TcpListener) -> io::Result<(TcpStream, SocketAddr)> {
    context.hub.has_room_for_peers().await;
    listener.accept().await
}

fn forward(context: &Context, peers: &HashMap<Peer, mpsc::Sender<Order>>, order: &Order) {
    for (peer, sender) in peers {
        let copy = match order {
            Order::Connect => continue,
            Order::Close => Order::Close,
            Order::Command { peer: only, .. } if only.is_some_and(|only| only != *peer) => continue,
            Order::Acknowledge { peer: only, .. } | Order::Refuse { peer: only, .. }
                if only != peer =>
            {
                continue;
            }
            Order::Command { name, args, .. } => Order::Command {
                peer: None,
                name: name.clone(),
                args: args.clone(),
            },
            Order::Acknowledge { ack, .. } => Order::Acknowledge {
                peer: *peer,
                ack: ack.clone(),
            },
            Order::Refuse { refused, .. } => Order::Refuse {
                peer: *peer,
                refused: refused.clone(),
            },
        };
        if sender.try_send(copy).is_err() {
            context
                .hub
                .dropped(context.connector, "busy", order.kind(), 1);
        }
    }
}

/// A conversation that is over.
struct Ended {
    peer: Peer,
    /// Why it never began, for people.
    refused: Option<String>,
}

impl Ended {
    /// Says on this side why somebody was not let in.
    fn tell(self, context: &Context, rows: &mut Rows) {
        if let Some(text) = self.refused {
            let row = Row::Refused {
                code: "handshake",
                seq: None,
                text,
            };
            rows.tell(context, self.peer, row);
        }
    }
}

/// Handshake and conversation.
async fn converse(
    context: Context,
    peer: Peer,
    (stream, from): (TcpStream, SocketAddr),
    orders: mpsc::Receiver<Order>,
    is_refusal: bool,
) -> Ended {
    let over = |refused| Ended { peer, refused };
    let ends = match &context.config.endpoint {
        Endpoint::WebSocketServer { origins, .. } => {
            let done = tokio::select! {
                done = shake_hands(stream, origins) => done,
                () = context.ended() => return over(None),
            };
            match done {
                Ok(stream) => wire::web(stream),
                Err(reason) => {
                    let (hub, connector) = (&context.hub, context.connector);
                    hub.dropped(connector, "handshake", "peer", 1);
                    let text = match from.ip().is_loopback() {
                        true => format!("from this machine: {reason}"),
                        false => format!("from another machine: {reason}"),
                    };
                    return over(Some(text));
                }
            }
        }
        _ => wire::lines(stream),
    };
    let now = context.now_us();
    let mut session = Session::new(context.config.session(Role::Server), now);
    if is_refusal {
        let text = "16 peers are connected already";
        session.close(close_code::TRY_LATER, "full", text, now);
    }
    let talk = Talk::new(context, peer, session, orders);
    talk.run(ends, |_| ()).await;
    over(None)
}

/// The handshake of WebSocket; what is wrong with it otherwise, and the way out. Nothing that the peer
/// says is in it but the page's origin.
async fn shake_hands(
    stream: TcpStream,
    origins: &[String],
) -> Result<WebSocketStream<TcpStream>, String> {
    let mut refused = None;
    #[expect(
        clippy::result_large_err,
        reason = "the type of tungstenite's callback"
    )]
    let check = |request: &Request, response| {
        check_origin(request, response, origins).inspect_err(|_| refused = Some(origin_of(request)))
    };
    let config = Some(wire::web_config());
    let handshake = accept_hdr_async_with_config(stream, check, config);
    let done = timeout(HANDSHAKE, handshake).await;
    match done {
        Ok(Ok(stream)) => Ok(stream),
        Err(_) => Err("no handshake of WebSocket within 5 s".to_owned()),
        Ok(Err(error)) => Err(match refused {
            Some(origin) => format!(
                "a page of {origin:?} was refused: it is not of this machine and not in the list \
                 of origins; `--origin` (`origins` in a file) adds it"
            ),
            None => format!("{}; {USE_WEB_SOCKETS}", handshake_error(&error)),
        }),
    }
}

const USE_WEB_SOCKETS: &str = "open it as ws://, and send lines of JSON to the port of TCP";

fn handshake_error(error: &tungstenite::Error) -> String {
    match error {
        tungstenite::Error::Protocol(what) => format!("no handshake of WebSocket: {what}"),
        tungstenite::Error::Io(what) => format!("the handshake of WebSocket broke off: {what}"),
        // Others may repeat what the peer said.
        _ => "no handshake of WebSocket".to_owned(),
    }
}

/// Which page asks, cut to what fits into a line.
fn origin_of(request: &Request) -> String {
    let origin = request.headers().get(ORIGIN);
    let text = origin.map_or("", |origin| origin.to_str().unwrap_or("no text"));
    text.chars().take(ORIGIN_SHOWN).collect()
}

/// Browsers say which page connects; other programs say nothing.
#[expect(
    clippy::result_large_err,
    reason = "the type of tungstenite's callback"
)]
fn check_origin(
    request: &Request,
    response: Response,
    origins: &[String],
) -> Result<Response, ErrorResponse> {
    let origin = request.headers().get(ORIGIN);
    let is_allowed = origin.is_none_or(|origin| {
        let text = origin.to_str().unwrap_or("");
        is_of_this_machine(text) || origins.iter().any(|allowed| allowed == text)
    });
    if is_allowed {
        return Ok(response);
    }
    let text = "this page is not in the connector's list of origins\n";
    let mut refusal = ErrorResponse::new(Some(text.to_owned()));
    *refusal.status_mut() = StatusCode::FORBIDDEN;
    Err(refusal)
}

/// `http://localhost:8000` and the like.
fn is_of_this_machine(origin: &str) -> bool {
    let Some((_, host)) = origin.split_once("://") else {
        return false;
    };
    let host = match host.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host,
        _ => host,
    };
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    let address = bare.parse::<IpAddr>();
    host == "localhost" || address.is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_of_this_machine_are_known() {
        for origin in [
            "http://localhost",
            "http://localhost:8000",
            "https://127.0.0.1:1",
            "http://[::1]:80",
        ] {
            assert!(is_of_this_machine(origin), "{origin}");
        }
        for origin in [
            "null",
            "",
            "http://localhost.evil.example",
            "http://evil.example",
            "http://10.0.0.1:80",
        ] {
            assert!(!is_of_this_machine(origin), "{origin}");
        }
    }
}
