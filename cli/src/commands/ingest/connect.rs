//! Which sockets: options, or a file of connectors.

use crate::failure::Failure;
use clap::Args;
use segue_engine::ingest::{
    ConnectorConfig, ConnectorWords, Endpoint, Hello, JitterSeed, ReconnectPolicy, Token, latency,
    local_servers,
};
use serde::Deserialize;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};

/// The variable that holds the token.
const TOKEN: &str = "SEGUE_TOKEN";

/// Where games connect. Without any of these: a WebSocket server on 127.0.0.1:39470, a server of
/// JSON lines on 39471 and OSC on 39472.
#[derive(Debug, Default, Args)]
pub(super) struct Connect {
    /// Listen for WebSockets [default address: 127.0.0.1:39470; port 0 takes a free one]
    #[arg(long, value_name = "ADDRESS", num_args = 0..=1, default_missing_value = "127.0.0.1:39470")]
    ws: Option<SocketAddr>,
    /// Listen for lines of JSON over TCP [default address: 127.0.0.1:39471]
    #[arg(long, value_name = "ADDRESS", num_args = 0..=1, default_missing_value = "127.0.0.1:39471")]
    tcp: Option<SocketAddr>,
    /// Listen for OSC over UDP [default address: 127.0.0.1:39472]
    #[arg(long, value_name = "ADDRESS", num_args = 0..=1, default_missing_value = "127.0.0.1:39472")]
    osc: Option<SocketAddr>,
    /// Connect to a game that listens for WebSockets
    #[arg(long, value_name = "ws://HOST:PORT/PATH")]
    ws_connect: Option<String>,
    /// Connect to a game that listens for lines of JSON
    #[arg(long, value_name = "HOST:PORT")]
    tcp_connect: Option<String>,
    /// A page that may connect besides those of this machine
    #[arg(long, value_name = "https://HOST", requires = "ws")]
    origin: Vec<String>,
    /// A machine that may send OSC besides this one
    #[arg(long, value_name = "IP", requires = "osc")]
    osc_allow: Vec<IpAddr>,
    /// A file whose first line is the token that games must give; else the variable SEGUE_TOKEN
    #[arg(long, value_name = "FILE")]
    token_file: Option<PathBuf>,
    /// Hold messages back so long after the game's own time, 0 to 500 ms, so that a network that
    /// hurries and lags is not heard [default: each is heard at once]
    #[arg(long, value_name = "MS", allow_negative_numbers = true)]
    latency: Option<f64>,
    /// Messages a second from one game, at most [default: 1000, 2000 at once]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    rate_max: Option<u32>,
    /// A TOML file of connectors in place of these options
    #[arg(long, value_name = "FILE", conflicts_with_all = ["ws", "tcp", "osc", "ws_connect", "tcp_connect"])]
    connectors: Option<PathBuf>,
}

impl Connect {
    /// The connectors that are wanted.
    pub(super) fn configs(&self, seed: u64) -> Result<Vec<ConnectorConfig>, Failure> {
        let token = self.token()?;
        let mut configs = match &self.connectors {
            Some(path) => from_file(path)?,
            None => self.asked_for(),
        };
        for (number, config) in (0..).zip(&mut configs) {
            config.hello = Hello {
                game_id: "segue".to_owned(),
                ..Hello::default()
            };
            config.seed = JitterSeed {
                project: seed,
                connector: number,
            };
            if config.token.is_none() && !matches!(config.endpoint, Endpoint::OscServer { .. }) {
                config.token.clone_from(&token);
            }
            if let Some(ms) = self.latency {
                config.timing = latency(&config.name, ms)?;
            }
            if let Some(rate) = self.rate_max {
                config.rate = (rate, rate.saturating_mul(2));
            }
        }
        Ok(configs)
    }

    fn asked_for(&self) -> Vec<ConnectorConfig> {
        let is_default = self.ws.is_none()
            && self.tcp.is_none()
            && self.osc.is_none()
            && self.ws_connect.is_none()
            && self.tcp_connect.is_none();
        if is_default {
            return local_servers();
        }
        let mut configs = Vec::new();
        let mut add = |name: &str, endpoint| configs.push(ConnectorConfig::new(name, endpoint));
        if let Some(bind) = self.ws {
            let origins = self.origin.clone();
            add("ws", Endpoint::WebSocketServer { bind, origins });
        }
        if let Some(bind) = self.tcp {
            add("tcp", Endpoint::LineServer { bind });
        }
        if let Some(bind) = self.osc {
            let allow = self.osc_allow.clone();
            add("osc", Endpoint::OscServer { bind, allow });
        }
        if let Some(url) = self.ws_connect.clone() {
            add("ws-out", Endpoint::WebSocketClient { url });
        }
        if let Some(address) = self.tcp_connect.clone() {
            add("tcp-out", Endpoint::LineClient { address });
        }
        configs
    }

    /// Never from the command line, where others could read it.
    fn token(&self) -> Result<Option<Token>, Failure> {
        let text = match &self.token_file {
            Some(path) => {
                let text = std::fs::read_to_string(path);
                let text = text.map_err(|error| Failure::io(path, "read", &error))?;
                Some(text.lines().next().unwrap_or("").trim_end().to_owned())
            }
            None => std::env::var(TOKEN).ok(),
        };
        let token = text.map(Token::new).transpose();
        token.map_err(|error| Failure::usage(error.to_string()))
    }
}

/// A file of connectors.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    connector: Vec<Connector>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Connector {
    name: String,
    kind: String,
    bind: Option<SocketAddr>,
    connect: Option<String>,
    #[serde(default)]
    origins: Vec<String>,
    #[serde(default)]
    osc_allow: Vec<IpAddr>,
    token_file: Option<PathBuf>,
    latency_ms: Option<f64>,
    rate_max_per_s: Option<u32>,
    #[serde(default)]
    reconnect: Reconnect,
}

/// How a client's failures are answered; `max_retries = 0` gives up at once, `forever = true` never.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Reconnect {
    base_ms: u32,
    factor: f64,
    cap_ms: u32,
    jitter: f64,
    max_retries: u32,
    forever: bool,
    reset_after_stable_ms: u32,
}

impl Default for Reconnect {
    fn default() -> Self {
        let policy = ReconnectPolicy::default();
        Reconnect {
            base_ms: policy.base_ms,
            factor: policy.factor,
            cap_ms: policy.cap_ms,
            jitter: policy.jitter,
            max_retries: policy.max_retries.unwrap_or(0),
            forever: false,
            reset_after_stable_ms: policy.reset_after_stable_ms,
        }
    }
}

impl Reconnect {
    fn policy(&self) -> ReconnectPolicy {
        ReconnectPolicy {
            base_ms: self.base_ms,
            factor: self.factor,
            cap_ms: self.cap_ms,
            jitter: self.jitter,
            max_retries: (!self.forever).then_some(self.max_retries),
            reset_after_stable_ms: self.reset_after_stable_ms,
        }
    }
}

fn from_file(path: &Path) -> Result<Vec<ConnectorConfig>, Failure> {
    let text = std::fs::read_to_string(path).map_err(|error| Failure::io(path, "read", &error))?;
    let wrong = |text: String| Failure::new(format!("{}: {text}", path.display()));
    let file: File = toml::from_str(&text).map_err(|error| wrong(error.to_string()))?;
    if file.connector.is_empty() {
        return Err(wrong("there is no [[connector]]".to_owned()));
    }
    let configs = file
        .connector
        .into_iter()
        .map(|it| config(it, path).map_err(&wrong));
    configs.collect()
}

fn config(it: Connector, file: &Path) -> Result<ConnectorConfig, String> {
    let mut words = ConnectorWords {
        name: it.name,
        kind: it.kind,
        bind: it.bind,
        connect: it.connect,
        origins: it.origins,
        osc_allow: it.osc_allow,
        token: None,
        latency_ms: it.latency_ms,
        rate_max_per_s: it.rate_max_per_s,
        policy: it.reconnect.policy(),
    };
    if let Some(token) = it.token_file {
        // Beside the file that names it.
        let token = file.with_file_name(token);
        let text = std::fs::read_to_string(&token);
        let wrong = |text: String| format!("connector {}: {text}", words.name);
        let text =
            text.map_err(|error| wrong(format!("{}: cannot read: {error}", token.display())))?;
        let text = text.lines().next().unwrap_or("").trim_end().to_owned();
        words.token = Some(Token::new(text).map_err(|error| wrong(error.to_string()))?);
    }
    words.config().map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use segue_engine::ingest::Timing;

    fn read(text: &str) -> Result<Vec<ConnectorConfig>, Failure> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("c.toml");
        std::fs::write(&path, text).unwrap();
        std::fs::write(folder.path().join("token"), "secret\n").unwrap();
        from_file(&path)
    }

    #[test]
    fn a_file_says_what_the_options_say_and_more() {
        let configs = read(
            "[[connector]]\nname = \"web\"\nkind = \"web_socket_server\"\nbind = \"127.0.0.1:0\"\n\
             token_file = \"token\"\nlatency_ms = 20\n\n[[connector]]\nname = \"out\"\n\
             kind = \"line_client\"\nconnect = \"localhost:9000\"\nreconnect = { forever = true }\n",
        )
        .unwrap();
        assert_eq!(configs.len(), 2);
        assert!(configs[0].token.is_some());
        assert_eq!(
            configs[0].timing,
            Timing::JitterBuffer { latency_us: 20_000 }
        );
        assert_eq!(configs[1].policy.max_retries, None);
        assert_eq!(configs[1].policy.base_ms, 250);
    }

    #[test]
    fn what_is_wrong_in_a_file_is_named() {
        for (text, expected) in [
            ("", "there is no [[connector]]"),
            ("[[connector]]\nnam = 1\n", "line 2, column 1"),
            (
                "[[connector]]\nname = \"a\"\nkind = \"line_server\"\n",
                "connector a: bind",
            ),
            (
                "[[connector]]\nname = \"a\"\nkind = \"line_server\"\nbind = \"127.0.0.1:1\"\nlatency_ms = 501\n",
                "501 is not in 0..=500",
            ),
        ] {
            let message = read(text).unwrap_err().message;
            assert!(message.contains(expected), "{message}");
        }
    }

    #[test]
    fn nothing_asked_for_is_all_servers_of_this_machine() {
        let configs = Connect::default().asked_for();
        let names: Vec<&str> = configs.iter().map(|it| it.name.as_str()).collect();
        assert_eq!(names, ["ws", "tcp", "osc"]);
        let only = Connect {
            tcp: Some("127.0.0.1:5".parse().unwrap()),
            ..Connect::default()
        };
        assert_eq!(only.asked_for().len(), 1);
    }
}
