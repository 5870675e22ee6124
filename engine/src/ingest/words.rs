//! Connectors and proposals in words: the same names on the command line, in files and in the C ABI.

use super::wizard::{Proposal, Samples};
use super::{
    ConnectorConfig, Endpoint, ReconnectPolicy, StartError, Timing, Token, coverage_value,
    default_port,
};
use crate::error::Result;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

/// Kinds of sockets by their names.
pub const KINDS: [&str; 5] = [
    "web_socket_server",
    "web_socket_client",
    "line_server",
    "line_client",
    "osc_server",
];

/// What a connector is to be. docs/ingest.md describes it.
#[derive(Clone, Debug, Default)]
pub struct ConnectorWords {
    /// Its name in errors and reports, 1 to 128 characters.
    pub name: String,
    /// One of [`KINDS`].
    pub kind: String,
    /// Where a server listens; port 0 takes a free one.
    pub bind: Option<SocketAddr>,
    /// Whom a client connects to: `ws://host:port/path`, or `host:port` for lines.
    pub connect: Option<String>,
    /// Pages that may connect to a WebSocket server besides those of this machine.
    pub origins: Vec<String>,
    /// Machines that may send OSC besides this one.
    pub osc_allow: Vec<IpAddr>,
    /// The secret.
    pub token: Option<Token>,
    /// Messages are held back so long, 0..=500 ms; `None`: each is heard at once.
    pub latency_ms: Option<f64>,
    /// Messages a second from one game; twice as many at once.
    pub rate_max_per_s: Option<u32>,
    /// How a client's failures are answered.
    pub policy: ReconnectPolicy,
}

impl ConnectorWords {
    /// The connector. [`LiveGame::start`](super::LiveGame::start) checks the rest. `[thread-safe]`
    ///
    /// # Errors
    /// [`Error::Connector`](crate::Error::Connector) for a kind that there is not, an address that is
    /// missing, or a latency out of range.
    pub fn config(self) -> Result<ConnectorConfig> {
        let missing = |field, range| StartError::Field {
            name: self.name.clone(),
            field,
            value: "(none)".to_owned(),
            range,
        };
        let bind = self
            .bind
            .ok_or_else(|| missing("bind", "an address such as 127.0.0.1:39470"));
        let connect = self
            .connect
            .clone()
            .ok_or_else(|| missing("connect", "ws://host:port/path or host:port"));
        let endpoint = match self.kind.as_str() {
            "web_socket_server" => Endpoint::WebSocketServer {
                bind: bind?,
                origins: self.origins,
            },
            "web_socket_client" => Endpoint::WebSocketClient { url: connect? },
            "line_server" => Endpoint::LineServer { bind: bind? },
            "line_client" => Endpoint::LineClient { address: connect? },
            "osc_server" => Endpoint::OscServer {
                bind: bind?,
                allow: self.osc_allow,
            },
            _ => {
                return Err(StartError::Field {
                    name: self.name,
                    field: "kind",
                    value: format!("{:?}", self.kind),
                    range: "one of web_socket_server, web_socket_client, line_server, line_client, \
                            osc_server",
                }
                .into());
            }
        };
        let mut config = ConnectorConfig::new(&self.name, endpoint);
        config.policy = self.policy;
        config.token = self.token;
        if let Some(ms) = self.latency_ms {
            config.timing = latency(&self.name, ms)?;
        }
        if let Some(rate) = self.rate_max_per_s {
            config.rate = (rate, rate.saturating_mul(2));
        }
        Ok(config)
    }
}

/// Messages of a connector held back for `ms` milliseconds, 0..=500. `[thread-safe]`
///
/// # Errors
/// [`Error::Connector`](crate::Error::Connector) for another number.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "0 to half a million"
)]
pub fn latency(connector: &str, ms: f64) -> Result<Timing> {
    if !(0.0..=500.0).contains(&ms) {
        return Err(StartError::Field {
            name: connector.to_owned(),
            field: "latency_ms",
            value: ms.to_string(),
            range: "in 0..=500",
        }
        .into());
    }
    let latency_us = (ms * 1000.0).round() as u32;
    Ok(Timing::JitterBuffer { latency_us })
}

/// Where games of this machine connect, unless somebody says otherwise: `ws`, a WebSocket server on
/// 127.0.0.1:39470; `tcp`, a server of JSON lines on 39471; `osc` on 39472. `[thread-safe]`
pub fn local_servers() -> Vec<ConnectorConfig> {
    let bind = |port| SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let (web, lines, osc) = (
        bind(default_port::WEB_SOCKET),
        bind(default_port::LINES),
        bind(default_port::OSC),
    );
    vec![
        ConnectorConfig::new(
            "ws",
            Endpoint::WebSocketServer {
                bind: web,
                origins: Vec::new(),
            },
        ),
        ConnectorConfig::new("tcp", Endpoint::LineServer { bind: lines }),
        ConnectorConfig::new(
            "osc",
            Endpoint::OscServer {
                bind: osc,
                allow: Vec::new(),
            },
        ),
    ]
}

/// A proposal of the wizard as `segue ingest wizard --json` and libsegue tell it; `changes` are those to the adapter that
/// there is. `[thread-safe]`
pub fn proposal_value(proposal: &Proposal, samples: &Samples, changes: Option<&str>) -> Value {
    let fields = proposal.fields.iter().map(|found| {
        let guess = &found.guess;
        json!({
            "purpose": guess.purpose.name(),
            "path": guess.path,
            "in": if found.in_snapshot { "snapshot" } else { "event" },
            "confidence": guess.confidence,
            "name_match": guess.name_match,
            "type_share": guess.type_share,
            "test_share": guess.test_share,
            "proposed": found.is_proposed,
            "example": guess.example,
        })
    });
    let events = proposal.events.iter().map(|event| {
        json!({
            "name": event.name,
            "stage": event.stage.unwrap_or("ignore"),
            "confidence": event.confidence,
            "count": event.count,
        })
    });
    json!({
        "messages": samples.total(),
        "looked_at": samples.kept(),
        "refused_lines": samples.refused_count(),
        "list": proposal.list,
        "fields": fields.collect::<Vec<_>>(),
        "events": events.collect::<Vec<_>>(),
        "warnings": proposal.warnings,
        "coverage": coverage_value(&proposal.coverage, &BTreeSet::new()),
        "toml": proposal.toml,
        "diff": changes,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_is_named_and_a_secret_is_not() {
        let words = |kind: &str| ConnectorWords {
            name: "a".to_owned(),
            kind: kind.to_owned(),
            token: Some(Token::new("t0ken").unwrap()),
            ..ConnectorWords::default()
        };
        for kind in KINDS {
            let text = words(kind).config().unwrap_err().to_string();
            assert!(
                text.starts_with("connector a: ") && text.contains("(none)"),
                "{text}"
            );
        }
        let text = words("web").config().unwrap_err().to_string();
        assert!(
            text.contains("\"web\" is not one of web_socket_server"),
            "{text}"
        );
        assert!(!format!("{:?}", words("web")).contains("t0ken"));
        assert!(latency("a", 500.1).is_err() && latency("a", f64::NAN).is_err());
        let local = local_servers();
        assert!(local.iter().all(|it| it.timing == Timing::Immediate) && local.len() == 3);
    }
}
