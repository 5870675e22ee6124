//! Keeps one connection to a game that listens.

use super::talk::Talk;
use super::wire::{self, Reader, Writer};
use super::{Context, Endpoint, Order, config};
use crate::hub::Notice;
use crate::reconnect::{CONNECT_TIMEOUT_US, Connection, Failure, State};
use crate::session::{Close, Role, Session};
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio::time::{sleep_until, timeout_at};
use tokio_tungstenite::client_async_with_config;
use tokio_tungstenite::tungstenite;

const ORDERS_MAX: usize = 64;

/// Connects, and connects again, as [`Connection`] says.
pub(super) async fn keep(context: Context, mut orders: mpsc::Receiver<Order>) {
    let config = &context.config;
    // The policy was checked when the service started.
    let Ok(mut connection) = Connection::new(config.policy, config.seed) else {
        return;
    };
    connection.connect(context.now_us());
    let (mut reason, mut told) = (None, None);
    while !*context.end.borrow() {
        // An order that changes nothing is no news.
        let state = Some(connection.state());
        if reason.is_some() || told != state {
            tell(&context, &connection, reason.take());
            told = state;
        }
        match connection.state() {
            State::Connecting { since_us, .. } => {
                reason = attempt(&context, &mut connection, &mut orders, since_us).await;
            }
            _ => rest(&context, &mut connection, &mut orders).await,
        }
    }
}

/// Until the next attempt is due or wanted.
async fn rest(context: &Context, connection: &mut Connection, orders: &mut mpsc::Receiver<Order>) {
    let wake = connection.next_wake();
    let wake_at = context.at(wake.unwrap_or(0));
    tokio::select! {
        () = sleep_until(wake_at), if wake.is_some() => connection.tick(context.now_us()),
        order = orders.recv() => match order {
            Some(Order::Connect) => connection.connect(context.now_us()),
            Some(Order::Close) | None => connection.close(context.now_us()),
            Some(order) => context.hub.dropped(context.connector, "not_connected", order.kind(), 1),
        },
        () = context.ended() => {}
    }
}

/// One attempt and, if it succeeds, the conversation. Why it failed, or ended.
async fn attempt(
    context: &Context,
    connection: &mut Connection,
    orders: &mut mpsc::Receiver<Order>,
    since_us: u64,
) -> Option<String> {
    let deadline = context.at(connection.next_wake().unwrap_or(since_us));
    let mut is_let_in = false;
    let opening = timeout_at(deadline, async {
        context.hub.has_room_for_peers().await;
        is_let_in = true;
        open(&context.config.endpoint).await
    });
    let ends = tokio::select! {
        opened = opening => opened,
        () = context.ended() => return None,
        () = cancelled(connection, context, orders) => return None,
    };
    let ends = ends.unwrap_or_else(|_| Err(too_late(is_let_in)));
    let ends = match ends {
        Ok(ends) => ends,
        Err(text) => {
            connection.failed(context.now_us(), Failure::Retryable);
            let target = config::target(&context.config.endpoint);
            return Some(format!("cannot connect to {target}: {text}"));
        }
    };
    let close = converse(context, connection, orders, since_us, ends).await;
    let is_over = matches!(connection.state(), State::Closing { .. });
    if is_over {
        connection.closed();
    } else if close.is_permanent {
        connection.failed(context.now_us(), Failure::Permanent);
    } else {
        connection.failed(context.now_us(), Failure::Retryable);
    }
    (!is_over).then_some(close.text)
}

/// Why an attempt took too long. Before it was let in, nobody was asked.
fn too_late(is_let_in: bool) -> String {
    let what = match is_let_in {
        true => "no answer",
        false => "not tried, as nobody reads what waits here of other connections",
    };
    format!("{what} within {} s", CONNECT_TIMEOUT_US / 1_000_000)
}

/// Returns when the owner does not want the connection any more.
async fn cancelled(
    connection: &mut Connection,
    context: &Context,
    orders: &mut mpsc::Receiver<Order>,
) {
    loop {
        match orders.recv().await {
            Some(Order::Connect) => {}
            Some(Order::Close) | None => {
                connection.close(context.now_us());
                connection.closed();
                return;
            }
            Some(order) => context
                .hub
                .dropped(context.connector, "not_connected", order.kind(), 1),
        }
    }
}

async fn converse(
    context: &Context,
    connection: &mut Connection,
    orders: &mut mpsc::Receiver<Order>,
    since_us: u64,
    ends: (Reader, Writer),
) -> Close {
    let (sender, receiver) = mpsc::channel(ORDERS_MAX);
    let session = Session::new(context.config.session(Role::Client), since_us);
    let talk = Talk::new(context.clone(), context.new_peer(), session, receiver);
    let (opened, mut is_open) = mpsc::channel(1);
    let mut talking = std::pin::pin!(talk.run(ends, move |now_us| {
        // Said once, into an empty channel.
        let _ = opened.try_send(now_us);
    }));
    loop {
        tokio::select! {
            close = &mut talking => return close,
            Some(now_us) = is_open.recv() => {
                connection.opened(now_us);
                tell(context, connection, None);
            }
            order = orders.recv() => match order {
                Some(Order::Connect) => {}
                Some(Order::Close) | None => {
                    connection.close(context.now_us());
                    tell(context, connection, None);
                    let _ = sender.try_send(Order::Close);
                }
                Some(order) => {
                    let kind = order.kind();
                    if sender.try_send(order).is_err() {
                        context.hub.dropped(context.connector, "busy", kind, 1);
                    }
                }
            },
        }
    }
}

async fn open(endpoint: &Endpoint) -> Result<(Reader, Writer), String> {
    match endpoint {
        Endpoint::WebSocketClient { url } => {
            // Checked when the service started.
            let (host, port) = config::host_of_url(url).ok_or("not an address")?;
            let stream = TcpStream::connect((host.as_str(), port)).await;
            let stream = stream.map_err(|error| error.to_string())?;
            let config = Some(wire::web_config());
            let handshake = client_async_with_config(url.as_str(), stream, config).await;
            let (stream, _) = handshake.map_err(|error| shake_error(&error))?;
            Ok(wire::web(stream))
        }
        Endpoint::LineClient { address } => {
            let stream = TcpStream::connect(address)
                .await
                .map_err(|e| e.to_string())?;
            Ok(wire::lines(stream))
        }
        _ => Err("not a client".to_owned()),
    }
}

/// What became of a handshake, without what was sent in it: there may be secrets in the address.
fn shake_error(error: &tungstenite::Error) -> String {
    match error {
        tungstenite::Error::Http(answer) => format!("the server answers {}", answer.status()),
        tungstenite::Error::Url(_) | tungstenite::Error::HttpFormat(_) => {
            "the address is none of a WebSocket".to_owned()
        }
        other => other.to_string(),
    }
}

fn tell(context: &Context, connection: &Connection, reason: Option<String>) {
    context.hub.tell(Notice::State {
        connector: context.connector,
        state: connection.state(),
        reason,
    });
}
