//! Who speaks.

use super::Role;
use crate::frame::Frame;
use serde_json::{Map, Value, json};
use std::fmt;

/// Longest token in bytes.
pub const TOKEN_MAX_BYTES: usize = 256;
const PROTOCOL: &str = "segue";
const VERSION: u64 = 1;
const TEXT_MAX: usize = 128;
const CAPABILITIES_MAX: usize = 64;

/// A secret that both sides know. Never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Token(String);

impl Token {
    /// 1 to [`TOKEN_MAX_BYTES`] bytes.
    ///
    /// # Errors
    /// [`TokenError`] for another length.
    pub fn new(text: impl Into<String>) -> Result<Self, TokenError> {
        let text = text.into();
        if (1..=TOKEN_MAX_BYTES).contains(&text.len()) {
            Ok(Self(text))
        } else {
            Err(TokenError { bytes: text.len() })
        }
    }

    pub(super) fn reveal(&self) -> &str {
        &self.0
    }
}

/// Tokens from this length on, in bytes, are taken out of what the other side says: a shorter one can be
/// part of any word.
const HIDDEN_FROM_BYTES: usize = 8;

impl Token {
    /// Puts `***` where a frame repeats the token, in names and values.
    pub(super) fn hide_in(&self, frame: &mut Frame) {
        if self.0.len() < HIDDEN_FROM_BYTES {
            return;
        }
        if let Some(id) = &mut frame.id {
            self.hide_in_text(id);
        }
        self.hide_in_object(&mut frame.data);
    }

    fn hide_in_text(&self, text: &mut String) {
        if text.contains(&self.0) {
            *text = text.replace(&self.0, "***");
        }
    }

    fn hide_in_object(&self, object: &mut Map<String, Value>) {
        if object.keys().any(|name| name.contains(&self.0)) {
            let named = std::mem::take(object).into_iter().map(|(mut name, value)| {
                self.hide_in_text(&mut name);
                (name, value)
            });
            *object = named.collect();
        }
        object
            .values_mut()
            .for_each(|value| self.hide_in_value(value));
    }

    fn hide_in_value(&self, value: &mut Value) {
        match value {
            Value::String(text) => self.hide_in_text(text),
            Value::Array(list) => list.iter_mut().for_each(|value| self.hide_in_value(value)),
            Value::Object(object) => self.hide_in_object(object),
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(…)")
    }
}

/// A token that is empty or too long.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a token of {bytes} bytes is not in 1..={TOKEN_MAX_BYTES} bytes")]
pub struct TokenError {
    /// Its length.
    pub bytes: usize,
}

/// What a side says of itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hello {
    /// Which game or program, at most 128 characters.
    pub game_id: String,
    /// Hash of the project it was built with; empty for none.
    pub project_hash: String,
    /// What it can do, at most 64 names.
    pub capabilities: Vec<String>,
}

impl Hello {
    pub(super) fn data(&self, role: Role) -> Value {
        json!({
            "protocol": PROTOCOL,
            "version": VERSION,
            "role": match role { Role::Server => "server", Role::Client => "client" },
            "game_id": self.game_id,
            "project_hash": self.project_hash,
            "clock": {"unit": "us", "epoch": "monotonic"},
            "capabilities": self.capabilities,
        })
    }

    /// Why it is not one, or what it says.
    pub(super) fn read(data: &Map<String, Value>) -> Result<Self, String> {
        let protocol = data.get("protocol").and_then(Value::as_str);
        if protocol != Some(PROTOCOL) {
            return Err(format!("protocol is to be {PROTOCOL:?}"));
        }
        let version = data.get("version").and_then(Value::as_u64);
        if version != Some(VERSION) {
            let theirs = version.map_or("none".to_owned(), |version| version.to_string());
            return Err(format!(
                "version {theirs} is not spoken here, only {VERSION}: update the older side"
            ));
        }
        Ok(Self {
            game_id: text(data, "game_id")?,
            project_hash: text(data, "project_hash")?,
            capabilities: capabilities(data)?,
        })
    }
}

fn text(data: &Map<String, Value>, field: &str) -> Result<String, String> {
    match data.get(field) {
        None | Some(Value::Null) => Ok(String::new()),
        Some(Value::String(text)) if text.chars().count() <= TEXT_MAX => Ok(text.clone()),
        Some(_) => Err(format!(
            "{field} is to be text of at most {TEXT_MAX} characters"
        )),
    }
}

fn capabilities(data: &Map<String, Value>) -> Result<Vec<String>, String> {
    let wrong = || format!("capabilities is to be a list of at most {CAPABILITIES_MAX} names");
    let items = match data.get("capabilities") {
        None | Some(Value::Null) => return Ok(Vec::new()),
        Some(Value::Array(items)) if items.len() <= CAPABILITIES_MAX => items,
        Some(_) => return Err(wrong()),
    };
    let name = |item: &Value| item.as_str().map(str::to_owned);
    items
        .iter()
        .map(name)
        .collect::<Option<_>>()
        .ok_or_else(wrong)
}

/// Whether `given` is the token. The time does not depend on where they differ, nor on how long
/// the right one is.
pub(super) fn is_token(expected: Option<&str>, given: Option<&str>) -> bool {
    let expected = padded(expected.unwrap_or(""));
    let is_given = given.is_some_and(|given| given.len() <= TOKEN_MAX_BYTES);
    let given = padded(given.unwrap_or(""));
    is_same(expected.iter().zip(&given)) & is_given
}

/// Whether the bytes of every pair are the same. All are looked at, wherever the first differ.
fn is_same<'a>(pairs: impl Iterator<Item = (&'a u8, &'a u8)>) -> bool {
    let difference = pairs.fold(0, |all, (left, right)| {
        std::hint::black_box(all | (left ^ right))
    });
    difference == 0
}

/// Length and bytes in a place of fixed size.
fn padded(token: &str) -> [u8; TOKEN_MAX_BYTES + 2] {
    let mut place = [0; TOKEN_MAX_BYTES + 2];
    let length = token.len().min(TOKEN_MAX_BYTES);
    place[..length].copy_from_slice(&token.as_bytes()[..length]);
    let count = u16::try_from(token.len()).unwrap_or(u16::MAX);
    place[TOKEN_MAX_BYTES..].copy_from_slice(&count.to_le_bytes());
    place
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_is_compared_wherever_tokens_differ() {
        let token = "0123456789abcdef";
        let longest = "x".repeat(TOKEN_MAX_BYTES);
        let cases = [
            (token, true),
            ("*123456789abcdef", false),
            ("0123456789abcde*", false),
            ("0123456789abcde", false),
            ("0123456789abcdef*", false),
            ("", false),
            (&longest, false),
        ];
        for (given, is_right) in cases {
            assert_eq!(is_token(Some(token), Some(given)), is_right, "{given}");
            let (left, right) = (padded(token), padded(given));
            let mut seen = 0;
            let pairs = left.iter().zip(&right).inspect(|_| seen += 1);
            assert_eq!(is_same(pairs), is_right, "{given}");
            assert_eq!(seen, TOKEN_MAX_BYTES + 2, "{given}");
        }
    }
}
