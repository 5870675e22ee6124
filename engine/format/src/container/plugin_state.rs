//! What a plug-in keeps beside its project.

use crate::error::{Error, Result};
use crate::json::{Document, Extra};
use crate::limits;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

const PLUG: Document = Document {
    name: "PLUG",
    limit: "plugin_chunk_bytes",
    max_bytes: limits::PLUGIN_CHUNK_BYTES,
};

/// The payload of a `PLUG` chunk: what a host's session holds beside the project.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct PluginState {
    /// Values of the plug-in's parameters by their ids, in their units.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub params: BTreeMap<String, f64>,
    /// Which outputs there are.
    #[serde(default, skip_serializing_if = "is_stereo")]
    pub layout: OutputLayout,
    /// The editor's size.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub editor: Option<EditorSize>,
    /// What the editor's VU meter calls 0, dBFS.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vu_zero_dbfs: Option<f32>,
    /// The absolute path of the folder where assets that are not embedded lie.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assets_root: Option<String>,
    /// The absolute path of the project folder that it was opened from and follows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// Unknown keys.
    #[serde(flatten)]
    pub extra: Extra,
}

/// Which outputs a plug-in has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OutputLayout {
    /// The master only.
    #[default]
    Stereo,
    /// The master and one pair for each bus.
    Multi,
}

/// The size of an editor in logical pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EditorSize {
    /// Pixels from left to right.
    pub width: u32,
    /// Pixels from top to bottom.
    pub height: u32,
    /// How much everything is enlarged, in percent.
    #[serde(default = "as_it_is", skip_serializing_if = "is_as_it_is")]
    pub percent: u32,
}

fn as_it_is() -> u32 {
    100
}

fn is_as_it_is(percent: &u32) -> bool {
    *percent == as_it_is()
}

impl PluginState {
    /// Reads the payload of a `PLUG` chunk. `[thread-safe]`
    ///
    /// # Errors
    /// [`Error::Limit`], [`Error::Json`].
    pub fn from_json(bytes: &[u8]) -> Result<PluginState> {
        let state: PluginState = PLUG.parse(PLUG.check_caps(bytes)?)?;
        state.check_limits()?;
        Ok(state)
    }

    /// Writes the payload of a `PLUG` chunk: equal states give equal bytes. `[thread-safe]`
    ///
    /// # Errors
    /// [`Error::Limit`]; [`Error::Json`] if an unknown key has the name of a known one.
    pub fn to_json(&self) -> Result<Vec<u8>> {
        self.check_limits()?;
        let text = PLUG.write(self)?;
        if !self.extra.is_empty() {
            // An unknown key may have the name of a known one.
            PLUG.parse::<PluginState>(&text)?;
        }
        Ok(text)
    }

    fn check_limits(&self) -> Result<()> {
        for (key, path) in [("assets_root", &self.assets_root), ("source", &self.source)] {
            let size = path.as_ref().map_or(0, String::len);
            let subject = || format!("the size of {key} in PLUG in bytes");
            let most = limits::TEXT_BYTES as u64;
            Error::check_limit("text_bytes", subject, size as u64, most)?;
        }
        Ok(())
    }
}

fn is_stereo(layout: &OutputLayout) -> bool {
    *layout == OutputLayout::Stereo
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_and_unknown_keys_survive() {
        let json = br#"{"params": {"macro_01": 0.1, "x": 1e-7}, "layout": "multi",
            "editor": {"width": 900, "height": 600, "percent": 150}, "vu_zero_dbfs": -14, "assets_root": "/a", "source": "/b",
            "later": [1, 2]}"#;
        let state = PluginState::from_json(json).unwrap();
        assert_eq!(state.editor.unwrap().percent, 150);
        let older = PluginState::from_json(br#"{"editor": {"width": 9, "height": 6}}"#).unwrap();
        assert_eq!(older.editor.unwrap().percent, 100);
        assert_eq!(
            (state.vu_zero_dbfs, older.vu_zero_dbfs),
            (Some(-14.0), None)
        );
        assert_eq!(state.layout, OutputLayout::Multi);
        assert_eq!(state.source.as_deref(), Some("/b"));
        let text = state.to_json().unwrap();
        assert_eq!(PluginState::from_json(&text).unwrap(), state);
        assert_eq!(state.extra["later"][1], 2);
        assert_eq!(
            PluginState::from_json(b"{}").unwrap(),
            PluginState::default()
        );
    }

    #[test]
    fn what_is_too_large_or_malformed_is_refused() {
        let path = || Some("a".repeat(limits::TEXT_BYTES + 1));
        let long = PluginState {
            assets_root: path(),
            ..PluginState::default()
        };
        assert!(matches!(long.to_json(), Err(Error::Limit { .. })));
        let long = PluginState {
            source: path(),
            ..PluginState::default()
        };
        assert!(matches!(long.to_json(), Err(Error::Limit { .. })));
        for bad in [
            &b"["[..],
            br#"{"layout": "mono"}"#,
            br#"{"params": {"a": "b"}}"#,
        ] {
            assert!(matches!(
                PluginState::from_json(bad),
                Err(Error::Json { .. })
            ));
        }
    }
}
