//! Whether a field of a stage could be filled from an event, for the wizard.

use super::config::ConfigError;
use super::emit::{self, Emit, Fields, Paths};
use super::money::{self, Money};
use super::{PAYLOAD_KEYS, config::MoneyFile, config::MoneySource};
use segue_middleware::stage::{FieldInfo, StageInfo};
use serde_json::Value as Json;
use std::collections::BTreeMap;

/// Looks at events as an adapter with these paths would.
pub(crate) struct Probe {
    paths: Paths,
    money: Money,
}

impl Probe {
    pub(crate) fn new(
        paths: &BTreeMap<String, String>,
        money: &MoneyFile,
    ) -> Result<Self, ConfigError> {
        Ok(Self {
            paths: emit::paths(paths, "payload_paths", PAYLOAD_KEYS)?,
            money: Money {
                exponent: money.exponent,
                is_minor: money.source == MoneySource::Integer,
            },
        })
    }

    /// Whether the field is filled without being told from where; `None` where nothing is there.
    pub(crate) fn finds(&self, stage: &StageInfo, field: &FieldInfo, event: &Json) -> Option<bool> {
        let emit = Emit::compile(stage.name, &BTreeMap::new(), "").ok()?;
        let value = emit.find(field, Fields::of(event), &self.paths)?;
        Some(self.fits(field, value))
    }

    /// Whether the field can hold a value.
    pub(crate) fn fits(&self, field: &FieldInfo, value: &Json) -> bool {
        let value = money::field(field, value, self.money);
        value.is_ok_and(|value| field.kind.accept(value).is_ok())
    }
}
