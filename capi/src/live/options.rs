//! The options of a live game, whose errors show no value: a secret may stand anywhere.

use std::io::Read;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

use facade::ingest::{
    ConnectorConfig, ConnectorWords, Endpoint, Hello, JitterSeed, ReconnectPolicy, Token,
    TraceExists, local_servers,
};
use serde::Deserialize;

use super::read::{failure, hidden};
use crate::status::{
    Answer, Failure, SEGUE_STATUS_INVALID_ARGUMENT, SEGUE_STATUS_INVALID_DOCUMENT,
    SEGUE_STATUS_NOT_FOUND, SEGUE_STATUS_SYSTEM,
};

/// Longest `game_id`, in characters.
const GAME_ID: usize = 128;

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Wanted {
    #[serde(alias = "connector")]
    connectors: Option<Vec<Connector>>,
    pub(super) adapter: Option<String>,
    pub(super) trace: Option<PathBuf>,
    pub(super) trace_exists: Exists,
    game_id: Option<String>,
}

/// When the trace is there already.
#[derive(Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Exists {
    #[default]
    Fail,
    Overwrite,
}

impl From<Exists> for TraceExists {
    fn from(exists: Exists) -> Self {
        match exists {
            Exists::Fail => Self::Fail,
            Exists::Overwrite => Self::Overwrite,
        }
    }
}

#[derive(Clone, Deserialize)]
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
    token: Option<String>,
    token_file: Option<PathBuf>,
    latency_ms: Option<f64>,
    rate_max_per_s: Option<u32>,
    #[serde(default)]
    reconnect: Reconnect,
}

/// How a client's failures are answered.
#[derive(Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Reconnect {
    base_ms: Option<u32>,
    factor: Option<f64>,
    cap_ms: Option<u32>,
    jitter: Option<f64>,
    max_retries: Option<u32>,
    /// Known, to be refused with a way out: every wait of the ABI has an end.
    forever: bool,
    reset_after_stable_ms: Option<u32>,
}

/// A document in JSON, or in TOML when it does not begin as an object.
pub(super) fn read(text: &str) -> Answer<Wanted> {
    let wrong = |(line, column): (usize, usize), problem: String| {
        let text = format!("options, line {line}, column {column}: {problem}");
        Failure::text(SEGUE_STATUS_INVALID_DOCUMENT, text)
    };
    if text.trim_start().starts_with('{') {
        return serde_json::from_str(text).map_err(|error| {
            let problem = match error.is_data() {
                true => hidden(&error.to_string()),
                false => "is no sound JSON".to_owned(),
            };
            wrong((error.line(), error.column()), problem)
        });
    }
    toml::from_str(text).map_err(|error| {
        let start = error.span().map_or(0, |span| span.start.min(text.len()));
        let before = text.get(..start).unwrap_or("");
        let line = before.bytes().filter(|byte| *byte == b'\n').count() + 1;
        let column = before
            .rsplit('\n')
            .next()
            .map_or(0, |it| it.chars().count())
            + 1;
        wrong((line, column), hidden(error.message()))
    })
}

impl Wanted {
    /// The connectors, which say the hash of the project.
    pub(super) fn connectors(&self, seed: u64, hash: &str) -> Answer<Vec<ConnectorConfig>> {
        let mut configs: Vec<ConnectorConfig> = match &self.connectors {
            None => local_servers(),
            Some(list) => list
                .iter()
                .map(|it| it.clone().config())
                .collect::<Answer<_>>()?,
        };
        if configs.is_empty() {
            let problem = "is empty; leave it out, or name at least one";
            let status = SEGUE_STATUS_INVALID_ARGUMENT;
            return Err(Failure::argument(status, "connectors", problem));
        }
        let game_id = self.game_id.as_deref().unwrap_or("segue");
        let length = game_id.chars().count();
        if length > GAME_ID {
            return Err(Failure::limit("game_id", length, GAME_ID));
        }
        for (number, config) in (0..).zip(&mut configs) {
            config.hello = Hello {
                game_id: game_id.to_owned(),
                project_hash: hash.to_owned(),
                ..Hello::default()
            };
            config.seed = JitterSeed {
                project: seed,
                connector: number,
            };
        }
        Ok(configs)
    }
}

impl Connector {
    fn config(self) -> Answer<ConnectorConfig> {
        let name = self.name.clone();
        if self.reconnect.forever {
            let text = format!(
                "connector {name}: reconnect: forever is not taken here; give max_retries, 0..=4294967295"
            );
            return Err(Failure::text(SEGUE_STATUS_INVALID_ARGUMENT, text));
        }
        let token = self.secret().map_err(|failure| {
            Failure::text(failure.status, format!("connector {name}: {failure}"))
        })?;
        let words = ConnectorWords {
            name: self.name,
            kind: self.kind,
            bind: self.bind,
            connect: self.connect,
            origins: self.origins,
            osc_allow: self.osc_allow,
            token,
            latency_ms: self.latency_ms,
            rate_max_per_s: self.rate_max_per_s,
            policy: self.reconnect.policy(),
        };
        let config = words.config().map_err(failure)?;
        if config.token.is_some() && matches!(config.endpoint, Endpoint::OscServer { .. }) {
            let text = format!("connector {name}: OSC has no token; list the senders in osc_allow");
            return Err(Failure::text(SEGUE_STATUS_INVALID_ARGUMENT, text));
        }
        Ok(config)
    }

    fn secret(&self) -> Answer<Option<Token>> {
        let text = match (&self.token, &self.token_file) {
            (None, None) => return Ok(None),
            (Some(_), Some(_)) => {
                let problem = "is given besides token; give one of them";
                let status = SEGUE_STATUS_INVALID_ARGUMENT;
                return Err(Failure::argument(status, "token_file", problem));
            }
            (Some(token), None) => token.clone(),
            (None, Some(path)) => {
                let text = first_bytes(path).map_err(|error| {
                    let status = match error.kind() {
                        std::io::ErrorKind::NotFound => SEGUE_STATUS_NOT_FOUND,
                        _ => SEGUE_STATUS_SYSTEM,
                    };
                    Failure::text(status, format!("{}: cannot read: {error}", path.display()))
                })?;
                text.lines().next().unwrap_or("").trim_end().to_owned()
            }
        };
        let wrong =
            |error: &dyn ToString| Failure::text(SEGUE_STATUS_INVALID_ARGUMENT, error.to_string());
        Token::new(text).map(Some).map_err(|error| wrong(&error))
    }
}

/// The beginning of a file, which is as long as a token may be.
fn first_bytes(path: &std::path::Path) -> std::io::Result<String> {
    if !path.metadata()?.is_file() {
        return Err(std::io::Error::other("it is no file"));
    }
    let mut bytes = Vec::new();
    let file = std::fs::File::open(path)?;
    file.take(TOKEN_FILE_BYTES).read_to_end(&mut bytes)?;
    String::from_utf8(bytes).map_err(|_| std::io::Error::other("it is no text"))
}

/// What is read of a file with a token.
const TOKEN_FILE_BYTES: u64 = 4_096;

impl Reconnect {
    fn policy(&self) -> ReconnectPolicy {
        let usual = ReconnectPolicy::default();
        ReconnectPolicy {
            base_ms: self.base_ms.unwrap_or(usual.base_ms),
            factor: self.factor.unwrap_or(usual.factor),
            cap_ms: self.cap_ms.unwrap_or(usual.cap_ms),
            jitter: self.jitter.unwrap_or(usual.jitter),
            max_retries: self.max_retries.or(usual.max_retries),
            reset_after_stable_ms: self
                .reset_after_stable_ms
                .unwrap_or(usual.reset_after_stable_ms),
        }
    }
}
