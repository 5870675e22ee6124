//! What a session log says about how it was recorded.

use crate::error::{Error, Result};
use crate::json::{Document, Extra};
use crate::limits;
use crate::project::Seed;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

const DOCUMENT: Document = Document {
    name: "session log header",
    limit: "log_header_bytes",
    max_bytes: limits::LOG_HEADER_BYTES,
};

/// Everything besides the rows that the output depends on.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogHeader {
    /// Frames a second, 8000 to 384000.
    pub sample_rate: u32,
    /// The seed the engine was started with.
    pub seed: Seed,
    /// The largest block in frames the engine was activated for, at least 1.
    pub max_block: u32,
    /// The quality the engine was started with.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub quality: String,
    /// The SIMD level it ran at; the bits are the same on the same level.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub simd: String,
    /// The version of the engine.
    pub engine_version: String,
    /// Where the project lay, so that a replay finds the assets.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub project_path: String,
    /// The assets that were loaded.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub assets: Vec<LogAsset>,
    /// The engine's limits by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub limits: BTreeMap<String, u64>,
    /// Unknown keys.
    #[serde(flatten)]
    pub extra: Extra,
}

/// An asset as it was when the log was recorded.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogAsset {
    /// Path in the project folder.
    pub file: String,
    /// BLAKE3 of the file's bytes, 64 hexadecimal digits.
    pub hash: String,
    /// Unknown keys.
    #[serde(flatten)]
    pub extra: Extra,
}

impl LogHeader {
    pub(super) fn from_json(bytes: &[u8]) -> Result<LogHeader> {
        let header: LogHeader = DOCUMENT.parse(DOCUMENT.check_caps(bytes)?)?;
        header.check()?;
        Ok(header)
    }

    pub(super) fn to_json(&self) -> Result<Vec<u8>> {
        self.check()?;
        let text = DOCUMENT.write(self)?;
        if !self.extra.is_empty() || self.assets.iter().any(|asset| !asset.extra.is_empty()) {
            // An unknown key may have the name of a known one.
            DOCUMENT.parse::<LogHeader>(&text)?;
        }
        Ok(text)
    }

    fn check(&self) -> Result<()> {
        let count = self.assets.len() as u64;
        let subject = || "the number of assets in the session log".to_owned();
        Error::check_limit("assets", subject, count, limits::ASSETS as u64)?;
        let rate = self.sample_rate;
        if !(8000..=384_000).contains(&rate) {
            return Err(invalid(
                "sample_rate",
                format!("{rate} is not in 8000..=384000"),
            ));
        }
        if self.max_block == 0 {
            return Err(invalid("max_block", "0 is not in 1..=4294967295".into()));
        }
        Ok(())
    }
}

fn invalid(path: &str, message: String) -> Error {
    let place = crate::error::Place {
        file: String::new(),
        path: path.into(),
        line: 0,
        column: 0,
    };
    Error::Json {
        document: DOCUMENT.name,
        place,
        message,
    }
}
