//! What a connector is to be, and whether that can be.

use crate::clock::Timing;
use crate::reconnect::{JitterSeed, PolicyError, ReconnectPolicy};
use crate::session::{self, Hello, Role, Token};
use std::io;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use tokio_tungstenite::tungstenite::http::Uri;

/// Ports that no known audio tool uses.
pub mod default_port {
    /// WebSocket server.
    pub const WEB_SOCKET: u16 = 39_470;
    /// Server of lines over TCP.
    pub const LINES: u16 = 39_471;
    /// OSC over UDP.
    pub const OSC: u16 = 39_472;
}

/// Longest wait of the jitter buffer in microseconds.
const LATENCY_MAX_US: u32 = 500_000;
/// Connectors of one service.
const CONNECTORS_MAX: usize = 64;
const NAME_MAX: usize = 128;

/// Which socket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Endpoint {
    /// Text messages of JSON over WebSocket; the game connects.
    WebSocketServer {
        /// Where it listens; port 0 takes a free one.
        bind: SocketAddr,
        /// Pages that may connect besides those of this machine, as `https://host:port`.
        origins: Vec<String>,
    },
    /// Text messages of JSON over WebSocket; the game listens.
    WebSocketClient {
        /// `ws://host:port/path`.
        url: String,
    },
    /// Lines of JSON over TCP; the game connects.
    LineServer {
        /// Where it listens; port 0 takes a free one.
        bind: SocketAddr,
    },
    /// Lines of JSON over TCP; the game listens.
    LineClient {
        /// `host:port`.
        address: String,
    },
    /// OSC 1.0 over UDP; the game sends.
    OscServer {
        /// Where it listens; port 0 takes a free one.
        bind: SocketAddr,
        /// Senders that are heard besides this machine.
        allow: Vec<IpAddr>,
    },
}

/// One connector.
#[derive(Clone, Debug)]
pub struct ConnectorConfig {
    /// Its name in errors and reports, at most 128 characters.
    pub name: String,
    /// Which socket.
    pub endpoint: Endpoint,
    /// The secret, needed by a server that other machines can reach.
    pub token: Option<Token>,
    /// What we say of ourselves.
    pub hello: Hello,
    /// How a client's failures are answered.
    pub policy: ReconnectPolicy,
    /// What a client's jitter is drawn from.
    pub seed: JitterSeed,
    /// When messages take effect.
    pub timing: Timing,
    /// Events a second and at once that are taken from one peer.
    pub rate: (u32, u32),
}

impl ConnectorConfig {
    /// Defaults of everything but name and socket.
    #[must_use]
    pub fn new(name: &str, endpoint: Endpoint) -> Self {
        Self {
            name: name.to_owned(),
            endpoint,
            token: None,
            hello: Hello::default(),
            policy: ReconnectPolicy::default(),
            seed: JitterSeed::default(),
            timing: Timing::Immediate,
            rate: (session::RATE_MAX_PER_S, session::RATE_BURST),
        }
    }

    pub(super) fn session(&self, role: Role) -> session::Config {
        session::Config {
            role,
            token: self.token.clone(),
            hello: self.hello.clone(),
        }
    }
}

/// Why a service does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The socket cannot be opened.
    #[error(
        "connector {name}: cannot listen on {address}: {source}; {}",
        hint(source)
    )]
    Bind {
        /// The connector.
        name: String,
        /// Where.
        address: SocketAddr,
        /// The system's reason.
        source: io::Error,
    },
    /// Others could connect without a secret.
    #[error(
        "connector {name}: {address} can be reached from other machines: set a token, or listen on \
         127.0.0.1"
    )]
    NeedsToken {
        /// The connector.
        name: String,
        /// Where.
        address: SocketAddr,
    },
    /// OSC has no secret.
    #[error(
        "connector {name}: {address} can be reached from other machines and OSC has no token: list \
         the senders in osc_allow, or listen on 127.0.0.1"
    )]
    NeedsAllow {
        /// The connector.
        name: String,
        /// Where.
        address: SocketAddr,
    },
    /// A field out of range.
    #[error("connector {name}: {field} {value} is not {range}")]
    Field {
        /// The connector.
        name: String,
        /// Which.
        field: &'static str,
        /// What it was set to.
        value: String,
        /// What is allowed.
        range: &'static str,
    },
    /// A character that stands in no URL.
    #[error(
        "connector {name}: url {value}, shown without what may be secret, holds {character:?}, which no URL does; write it as {written}"
    )]
    Character {
        /// The connector.
        name: String,
        /// The URL without what may be secret.
        value: String,
        /// Which.
        character: char,
        /// How a URL has it.
        written: String,
    },
    /// A policy out of range.
    #[error("connector {name}: {source}")]
    Policy {
        /// The connector.
        name: String,
        /// What.
        source: PolicyError,
    },
    /// The system gives no thread.
    #[error("cannot start the thread of the connectors: {0}")]
    Thread(io::Error),
}

impl StartError {
    /// The system refused; what was asked for could be.
    #[must_use]
    pub const fn is_of_the_system(&self) -> bool {
        matches!(self, Self::Bind { .. } | Self::Thread(_))
    }
}

fn hint(error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::AddrInUse => {
            "another program listens there: end it, or choose another port on both sides"
        }
        io::ErrorKind::PermissionDenied => "choose a port from 1024 on",
        _ => "choose an address of this machine",
    }
}

pub(super) fn check_all(connectors: &[ConnectorConfig]) -> Result<(), StartError> {
    if connectors.len() > CONNECTORS_MAX {
        let name = &connectors[CONNECTORS_MAX].name;
        let count = connectors.len().to_string();
        return Err(wrong(name, "connectors", &count, "at most 64"));
    }
    connectors.iter().try_for_each(check)
}

fn check(config: &ConnectorConfig) -> Result<(), StartError> {
    let name = &config.name;
    if name.is_empty() || name.chars().count() > NAME_MAX {
        return Err(wrong(name, "name", name, "text of 1 to 128 characters"));
    }
    config.policy.check().map_err(|source| StartError::Policy {
        name: name.clone(),
        source,
    })?;
    if let Timing::JitterBuffer { latency_us } = config.timing
        && latency_us > LATENCY_MAX_US
    {
        let ms = format!("{}", f64::from(latency_us) / 1000.0);
        return Err(wrong(name, "latency_ms", &ms, "in 0..=500"));
    }
    if config.rate.0 == 0 || config.rate.1 == 0 {
        return Err(wrong(name, "rate_max_per_s", "0", "from 1 on"));
    }
    check_endpoint(config)
}

fn check_endpoint(config: &ConnectorConfig) -> Result<(), StartError> {
    let name = config.name.clone();
    if let Endpoint::WebSocketServer { origins, .. } = &config.endpoint
        && let Some(wrong_one) = origins.iter().find(|origin| !is_origin(origin))
    {
        let form =
            "of the form https://host or https://host:port, in lower case and without a path";
        return Err(wrong(&name, "origin", wrong_one, form));
    }
    match &config.endpoint {
        Endpoint::WebSocketServer { bind, .. } | Endpoint::LineServer { bind }
            if !bind.ip().is_loopback() && config.token.is_none() =>
        {
            Err(StartError::NeedsToken {
                name,
                address: *bind,
            })
        }
        Endpoint::OscServer { bind, allow } if !bind.ip().is_loopback() && allow.is_empty() => {
            Err(StartError::NeedsAllow {
                name,
                address: *bind,
            })
        }
        Endpoint::WebSocketClient { url } if host_of_url(url).is_none() => {
            Err(not_a_url(name, url))
        }
        Endpoint::LineClient { address } if !is_host_and_port(address) => Err(wrong(
            &name,
            "address",
            &public(address),
            "of the form host:port",
        )),
        _ => Ok(()),
    }
}

/// Host and port of `ws://host:port/path`; the port is 80 where none stands. An address of IPv6 stands in
/// brackets, which are left out here.
pub(super) fn host_of_url(url: &str) -> Option<(String, u16)> {
    let url: Uri = url.parse().ok()?;
    let authority = url.authority()?;
    let host = authority.host();
    // Behind the user, who may have a colon too.
    let asked = authority.as_str().rsplit('@').next()?;
    let port = match asked.strip_prefix(host)? {
        "" => 80,
        port => port.strip_prefix(':')?.parse().ok()?,
    };
    let is_right = url.scheme_str() == Some("ws") && !host.is_empty() && port > 0;
    let bare = host.strip_prefix('[').and_then(|it| it.strip_suffix(']'));
    is_right.then(|| (bare.unwrap_or(host).to_owned(), port))
}

/// Whether this is `host:port`, with an address of IPv6 in brackets.
fn is_host_and_port(address: &str) -> bool {
    let Some((host, port)) = address.rsplit_once(':') else {
        return false;
    };
    let is_bracketed = host.starts_with('[') && host.ends_with(']');
    let is_port = port.parse::<u16>().is_ok_and(|port| port > 0);
    !host.is_empty() && is_port && (is_bracketed || !host.contains(':'))
}

/// Whether a browser may name a page so (RFC 6454, 6.2): scheme, host and perhaps a port, or `null`, which
/// stands for pages without an origin.
fn is_origin(origin: &str) -> bool {
    if origin == "null" {
        return true;
    }
    let Some((scheme, rest)) = origin.split_once("://") else {
        return false;
    };
    let (host, port) = match rest.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
        _ => (rest, None),
    };
    let consists_of = |text: &str, others: &[u8]| {
        let is_in = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
        !text.is_empty()
            && text
                .bytes()
                .all(|byte| is_in(byte) || others.contains(&byte))
    };
    let bare = host.strip_prefix('[').and_then(|it| it.strip_suffix(']'));
    let is_host = match bare {
        Some(bare) => bare.parse::<Ipv6Addr>().is_ok(),
        None => consists_of(host, b"-._"),
    };
    let is_port = port.is_none_or(|port| port.parse::<u16>().is_ok_and(|port| port > 0));
    consists_of(scheme, b"+-.") && is_host && is_port
}

/// Where a client connects to, without what may be secret in it.
pub(super) fn target(endpoint: &Endpoint) -> String {
    match endpoint {
        Endpoint::WebSocketClient { url } => match host_of_url(url) {
            Some((host, port)) if host.contains(':') => format!("ws://[{host}]:{port}"),
            Some((host, port)) => format!("ws://{host}:{port}"),
            None => public(url),
        },
        Endpoint::LineClient { address } => public(address),
        _ => String::new(),
    }
}

/// An address without what may be secret in it: who asks, and what stands behind `?`.
fn public(address: &str) -> String {
    let whole = address.split(['?', '#']).next().unwrap_or("");
    let (scheme, rest) = match whole.split_once("://") {
        Some((scheme, rest)) => (format!("{scheme}://"), rest),
        None => (String::new(), whole),
    };
    // A password may hold a slash: what stands before the last @ is taken for one if it has a colon.
    match rest.rsplit_once('@') {
        Some((user, host)) if user.contains(':') || !user.contains('/') => {
            format!("{scheme}...@{host}")
        }
        _ => format!("{scheme}{rest}"),
    }
}

/// What is wrong with the URL of a client: its form, or one character of what is hidden perhaps.
fn not_a_url(name: String, url: &str) -> StartError {
    let stands_in_urls =
        |c: char| c.is_ascii_alphanumeric() || "-._~:/?#[]@!$&'()*+,;=%".contains(c);
    let others: String = url
        .chars()
        .map(|c| if stands_in_urls(c) { c } else { '-' })
        .collect();
    match url.chars().find(|c| !stands_in_urls(*c)) {
        Some(character) if host_of_url(&others).is_some() => StartError::Character {
            name,
            value: format!("{:?}", public(url)),
            character,
            written: percent(character),
        },
        _ => wrong(
            &name,
            "url",
            &public(url),
            "of the form ws://host:port/path",
        ),
    }
}

/// A character as a URL has it.
fn percent(character: char) -> String {
    let mut bytes = [0; 4];
    let bytes = character.encode_utf8(&mut bytes).bytes();
    bytes.map(|byte| format!("%{byte:02X}")).collect()
}

fn wrong(name: &str, field: &'static str, value: &str, range: &'static str) -> StartError {
    StartError::Field {
        name: name.to_owned(),
        field,
        value: format!("{value:?}"),
        range,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_shown_without_their_secrets() {
        for (address, shown) in [
            ("wss://me:pw@host:1/a?token=t#f", "wss://...@host:1/a"),
            ("ws://host/a@b?x", "ws://host/a@b"),
            ("ws://user:p/w@host/x", "ws://...@host/x"),
            ("me:pw@host", "...@host"),
            ("host", "host"),
            ("?token", ""),
        ] {
            assert_eq!(public(address), shown);
        }
        let endpoint = Endpoint::WebSocketClient {
            url: "http://me:pw@host/?token=t".to_owned(),
        };
        let text = check(&ConnectorConfig::new("a", endpoint))
            .unwrap_err()
            .to_string();
        assert!(
            text.contains("\"http://...@host/\" is not of the form ws://"),
            "{text}"
        );
        for (url, told) in [
            (
                "ws://h:1/a?x=<y>",
                "connector a: url \"ws://h:1/a\", shown without what may be secret, holds '<', which no URL does; write it as %3C",
            ),
            (
                "ws://h:1/a b",
                "connector a: url \"ws://h:1/a b\", shown without what may be secret, holds ' ', which no URL does; write it as %20",
            ),
            (
                "ws://h:0/<",
                "connector a: url \"ws://h:0/<\" is not of the form ws://host:port/path",
            ),
        ] {
            let endpoint = Endpoint::WebSocketClient {
                url: url.to_owned(),
            };
            let error = check(&ConnectorConfig::new("a", endpoint)).unwrap_err();
            assert_eq!(error.to_string(), told);
        }
    }

    #[test]
    fn origins_are_as_browsers_write_them() {
        for (origin, is_right) in [
            ("https://game.example", true),
            ("http://game.example:8080", true),
            ("http://[::1]", true),
            ("http://[::1]:80", true),
            ("null", true),
            ("foo", false),
            ("", false),
            ("game.example", false),
            ("https://", false),
            ("https://Game.example", false),
            ("https://game.example/", false),
            ("https://game.example/play", false),
            ("https://game.example:0", false),
            ("https://me@game.example", false),
            ("*", false),
        ] {
            assert_eq!(is_origin(origin), is_right, "{origin}");
        }
        let bind = "127.0.0.1:0".parse().unwrap();
        let origins = vec!["foo".to_owned()];
        let endpoint = Endpoint::WebSocketServer { bind, origins };
        let error = check(&ConnectorConfig::new("ws", endpoint)).unwrap_err();
        let text = error.to_string();
        assert!(
            text.starts_with("connector ws: origin \"foo\" is not of the form https://host"),
            "{text}"
        );
    }

    #[test]
    fn hosts_and_ports_of_addresses() {
        for (url, expected) in [
            ("ws://host:1/x", Some(("host", 1))),
            ("ws://host", Some(("host", 80))),
            ("ws://host/a:b?c=d:1", Some(("host", 80))),
            ("ws://[::1]/x", Some(("::1", 80))),
            ("ws://[::1]:9/x", Some(("::1", 9))),
            ("ws://me:pw@host/x", Some(("host", 80))),
            ("ws://me:pw@[::1]:7", Some(("::1", 7))),
            ("ws://host:0/", None),
            ("ws://host:/", None),
            ("ws://host:70000/", None),
            ("ws:///x", None),
            ("wss://host/", None),
            ("host:1", None),
            ("ws://ho st/", None),
        ] {
            let expected = expected.map(|(host, port)| (host.to_owned(), port));
            assert_eq!(host_of_url(url), expected, "{url}");
        }
        for (address, is_right) in [
            ("host:1", true),
            ("127.0.0.1:65535", true),
            ("[::1]:9", true),
            ("::1", false),
            ("[::1]", false),
            ("host", false),
            (":9", false),
            ("host:", false),
            ("host:0", false),
            ("host:65536", false),
        ] {
            assert_eq!(is_host_and_port(address), is_right, "{address}");
        }
        let url = "ws://me:pw@host/x?token=t".to_owned();
        assert_eq!(target(&Endpoint::WebSocketClient { url }), "ws://host:80");
    }
}
