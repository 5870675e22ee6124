//! The proposed file.

use crate::adapter::{Clock, File, Mapping, MoneyFile, MoneySource, UNSURE_GAIN_DB, Unit};
use serde_json::Value as Json;
use std::collections::BTreeMap;
use std::fmt::Write;

/// What is proposed, before it is a text.
#[derive(Clone, Debug, Default)]
pub(super) struct Draft {
    pub(super) adapter_id: String,
    pub(super) unit: Unit,
    pub(super) clock: Clock,
    pub(super) money: MoneyFile,
    pub(super) events: BTreeMap<String, Event>,
    pub(super) payload: BTreeMap<String, Place>,
    pub(super) snapshot: BTreeMap<String, Place>,
    pub(super) rules: Vec<Rule>,
    /// What is kept of the file that is there.
    pub(super) current: Option<File>,
}

/// A path and how sure it is.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Place {
    pub(super) path: String,
    pub(super) confidence: f64,
}

/// An event's stage, or none where it is to be ignored.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Event {
    pub(super) stage: Option<&'static str>,
    /// Fields and values, as TOML.
    pub(super) params: Vec<(String, String)>,
    pub(super) goes_on: bool,
    pub(super) confidence: f64,
}

/// A stage when a phase begins.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Rule {
    pub(super) path: String,
    pub(super) phase: String,
    pub(super) stage: &'static str,
    pub(super) params: Vec<(String, String)>,
    pub(super) confidence: f64,
}

impl Draft {
    /// The paths of events alone.
    pub(super) fn payload_paths(&self) -> BTreeMap<String, String> {
        let paths = self.payload.iter();
        paths
            .map(|(name, place)| (name.clone(), place.path.clone()))
            .collect()
    }

    /// The file's text.
    pub(super) fn toml(&self) -> String {
        let mut text = String::new();
        self.head(&mut text);
        self.mappings(&mut text);
        places(&mut text, "payload_paths", &self.payload);
        places(&mut text, "snapshot_paths", &self.snapshot);
        for (at, rule) in self.rules.iter().enumerate() {
            rule.write(at + 1, &mut text);
        }
        self.tail(&mut text);
        text
    }

    fn head(&self, text: &mut String) {
        let current = self.current.as_ref();
        let mut layers = Vec::new();
        if !self.events.is_empty() {
            layers.push("\"direct_event\"");
        }
        if !self.snapshot.is_empty() {
            layers.push("\"snapshot_diff\"");
        }
        if !self.rules.is_empty() {
            layers.push("\"rule_based\"");
        }
        line(text, "schema = 1");
        line(text, &format!("adapter_id = {}", quote(&self.adapter_id)));
        let names = current.map(|file| {
            [
                ("company_name", &file.company_name),
                ("engine_name", &file.engine_name),
                ("version", &file.version),
            ]
        });
        for (key, value) in names.into_iter().flatten() {
            if !value.is_empty() {
                line(text, &format!("{key} = {}", quote(value)));
            }
        }
        line(text, &format!("layers = [{}]", layers.join(", ")));
        if let Some(file) = self.base() {
            line(text, &format!("stuck_snapshots = {}", file.stuck_snapshots));
            if let Some(reels) = file.reel_count {
                line(text, &format!("reel_count = {reels}"));
            }
            line(
                text,
                &format!("bigwin_thresholds = {:?}", file.bigwin_thresholds),
            );
        }
        let source = match self.money.source {
            MoneySource::DecimalString => "decimal_string",
            MoneySource::Integer => "integer",
        };
        let exponent = self.money.exponent;
        line(
            text,
            &format!("money = {{ exponent = {exponent}, source = \"{source}\" }}"),
        );
    }

    /// The file that is there, or one in which nothing is said.
    fn base(&self) -> Option<File> {
        let plain = || File::read("schema = 1\nadapter_id = \"a\"\n").ok();
        self.current.clone().or_else(plain)
    }

    fn mappings(&self, text: &mut String) {
        if self.events.is_empty() {
            return;
        }
        line(text, "\n[event_mapping]");
        let quieter = format!(
            "# From 0.8 on as loud as bound, from 0.5 on {UNSURE_GAIN_DB} dB, below silent."
        );
        if self.events.values().any(|event| event.confidence < 1.0) {
            line(text, &quieter);
        }
        for (name, event) in &self.events {
            line(text, &format!("{} = {}", quote(name), event.toml()));
        }
    }

    fn tail(&self, text: &mut String) {
        line(text, "\n[timing]");
        let unit = match self.unit {
            Unit::S => "s",
            Unit::Ms => "ms",
            Unit::Us => "us",
        };
        let clock = match self.clock {
            Clock::Game => "game",
            Clock::Receive => "receive",
        };
        line(text, &format!("unit = \"{unit}\"\nclock = \"{clock}\""));
        if let Some(file) = self.base() {
            line(text, &format!("profile = {}", quote(&file.timing.profile)));
        }
        let validation = self.current.as_ref().map(|file| file.validation.clone());
        let validation = validation.unwrap_or_default();
        line(text, "\n[validation]");
        line(text, &format!("strict_fsm = {}", validation.strict_fsm));
        line(
            text,
            &format!("allow_unknown = {}", validation.allow_unknown),
        );
        line(
            text,
            &format!("min_confidence = {:?}", validation.min_confidence),
        );
        let both = [
            ("payload_paths", &self.payload),
            ("snapshot_paths", &self.snapshot),
        ];
        let all = both.iter().flat_map(|(table, places)| {
            places.iter().map(move |(name, place)| (table, name, place))
        });
        let unsure: Vec<_> = all.filter(|(_, _, place)| place.confidence < 1.0).collect();
        if !unsure.is_empty() {
            line(text, "\n[confidence]");
        }
        for (table, name, place) in unsure {
            line(
                text,
                &format!("\"{table}.{name}\" = {}", number(place.confidence)),
            );
        }
        for hint in self.current.iter().flat_map(|file| &file.heuristics) {
            let words: Vec<String> = hint.keywords.iter().map(|word| quote(word)).collect();
            line(text, "\n[[heuristics]]");
            line(text, &format!("keywords = [{}]", words.join(", ")));
            line(text, &format!("stage = {}", quote(&hint.stage)));
            line(text, &format!("confidence = {:?}", hint.confidence));
        }
    }
}

impl Event {
    /// A mapping that a person wrote; `None` where a value has no place in one line.
    pub(super) fn of(mapping: &Mapping) -> Option<Self> {
        let stage = |name: &str| match name {
            "ignore" => Some(None),
            name => segue_middleware::stage::named(name)
                .ok()
                .map(|info| Some(info.name)),
        };
        Some(match mapping {
            Mapping::Name(name) => Self {
                stage: stage(name)?,
                params: Vec::new(),
                goes_on: false,
                confidence: 1.0,
            },
            Mapping::Full(full) => Self {
                stage: stage(&full.stage)?,
                params: full
                    .params
                    .iter()
                    .map(|(name, value)| Some((name.clone(), toml_value(value)?)))
                    .collect::<Option<_>>()?,
                goes_on: full.goes_on,
                confidence: full.confidence,
            },
        })
    }

    fn toml(&self) -> String {
        let stage = self.stage.unwrap_or("ignore");
        if self.params.is_empty() && self.confidence >= 1.0 && !self.goes_on {
            return quote(stage);
        }
        let mut text = format!("{{ stage = {}", quote(stage));
        if !self.params.is_empty() {
            // Writing to a text does not fail.
            _ = write!(text, ", params = {}", params(&self.params));
        }
        if self.goes_on {
            text.push_str(", continue = true");
        }
        if self.confidence < 1.0 {
            _ = write!(text, ", confidence = {}", number(self.confidence));
        }
        text.push_str(" }");
        text
    }
}

impl Rule {
    fn write(&self, at: usize, text: &mut String) {
        let path = quote(&self.path);
        line(text, "\n[[rule]]");
        line(text, &format!("id = \"phase-{at}\""));
        let changed = format!("{{ path = {path}, changed = true }}");
        let equals = format!("{{ path = {path}, equals = {} }}", quote(&self.phase));
        line(text, &format!("when = {{ all = [{changed}, {equals}] }}"));
        line(text, &format!("emit = {}", quote(self.stage)));
        if !self.params.is_empty() {
            line(text, &format!("params = {}", params(&self.params)));
        }
        if self.confidence < 1.0 {
            line(text, &format!("confidence = {}", number(self.confidence)));
        }
    }
}

fn line(text: &mut String, line: &str) {
    text.push_str(line);
    text.push('\n');
}

fn places(text: &mut String, table: &str, places: &BTreeMap<String, Place>) {
    if places.is_empty() {
        return;
    }
    line(text, &format!("\n[{table}]"));
    for (name, place) in places {
        line(text, &format!("{name} = {}", quote(&place.path)));
    }
}

fn params(params: &[(String, String)]) -> String {
    let params: Vec<String> = params
        .iter()
        .map(|(name, value)| format!("{} = {value}", quote(name)))
        .collect();
    format!("{{ {} }}", params.join(", "))
}

/// Three places, cut so that no band is reached by rounding.
fn number(confidence: f64) -> String {
    format!("{:.3}", (confidence * 1000.0 + 1e-6).floor() / 1000.0)
}

/// A basic string of TOML.
pub(super) fn quote(text: &str) -> String {
    // JSON escapes all that TOML wants escaped, but for DEL.
    Json::from(text).to_string().replace('\u{7f}', "\\u007f")
}

fn toml_value(value: &toml::Value) -> Option<String> {
    match value {
        toml::Value::String(text) => Some(quote(text)),
        toml::Value::Integer(number) => Some(number.to_string()),
        toml::Value::Float(number) => Some(format!("{number:?}")),
        toml::Value::Boolean(on) => Some(on.to_string()),
        toml::Value::Array(items) => {
            let items: Option<Vec<String>> = items.iter().map(toml_value).collect();
            items.map(|items| format!("[{}]", items.join(", ")))
        }
        toml::Value::Datetime(_) | toml::Value::Table(_) => None,
    }
}
