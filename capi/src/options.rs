//! Documents of options: UTF-8 JSON objects with known keys only.
//!
//! Whatever is not given has its default; `(NULL, 0)` is an empty document. A key that is not known or
//! given twice, or a value of another type, is `INVALID_DOCUMENT` with line, column and key, before anything is done.

use std::fmt;

use facade::format::nearest;
use serde::de::{DeserializeOwned, Error as _, Visitor};
use serde::{Deserialize, Deserializer};

use crate::memory::{MAX_DOCUMENT, take_text};
use crate::status::{Answer, Failure, SEGUE_STATUS_INVALID_DOCUMENT};

/// The options of `(pointer, length)`.
///
/// # Safety
/// As [`take_text`].
pub(crate) unsafe fn options<T: DeserializeOwned + Default>(
    pointer: *const std::ffi::c_char,
    length: usize,
) -> Answer<T> {
    // SAFETY: the caller's promise.
    let text = unsafe { take_text("options", pointer, length, MAX_DOCUMENT) }?;
    if text.trim().is_empty() {
        return Ok(T::default());
    }
    read(text).map_err(|fault| fault.failure("options"))
}

/// What is wrong with a document.
pub(crate) fn wrong(what: &str, error: &serde_json::Error) -> Failure {
    Failure::text(SEGUE_STATUS_INVALID_DOCUMENT, format!("{what}: {error}"))
}

/// Where a document is wrong, and how.
#[derive(Debug)]
pub(crate) struct Fault {
    line: usize,
    pub(crate) column: usize,
    /// The key and what is wrong with it.
    pub(crate) problem: String,
}

impl Fault {
    /// The failure of a document that is called `what`.
    pub(crate) fn failure(&self, what: &str) -> Failure {
        let Self {
            line,
            column,
            problem,
        } = self;
        let text = format!("{what}, line {line}, column {column}: {problem}");
        Failure::text(SEGUE_STATUS_INVALID_DOCUMENT, text)
    }
}

/// Reads one JSON document.
pub(crate) fn read<T: DeserializeOwned>(text: &str) -> Result<T, Fault> {
    let mut reader = serde_json::Deserializer::from_str(text);
    let found = serde_path_to_error::deserialize(&mut reader).map_err(|error| {
        let path = error.path().to_string();
        fault(&path, error.inner())
    })?;
    reader.end().map_err(|error| fault(".", &error))?;
    Ok(found)
}

fn fault(path: &str, error: &serde_json::Error) -> Fault {
    let (line, column) = (error.line(), error.column());
    let text = error.to_string();
    let place = format!(" at line {line} column {column}");
    let said = text.strip_suffix(&place).unwrap_or(&text);
    let said = match error.is_data() {
        true => reworded(said),
        false => format!("this is no sound JSON: {said}"),
    };
    // Of a key that is not known, the path names the key, which the text names too.
    let (owner, last) = path.rsplit_once('.').unwrap_or((".", path));
    let path = match said.contains(&format!("the key `{last}`")) {
        true => owner,
        false => path,
    };
    let problem = match path {
        "." | "" | "?" => said,
        path => format!("{path}: {said}"),
    };
    Fault {
        line,
        column,
        problem,
    }
}

/// What serde says, in the words of documents, with a way out.
fn reworded(said: &str) -> String {
    let (name, known) = quoted(said);
    if said.starts_with("unknown field") {
        return format!("the key `{name}` is not known{}", instead(name, &known));
    }
    if said.starts_with("unknown variant") {
        return format!("`{name}` is not allowed{}", instead(name, &known));
    }
    if said.starts_with("duplicate field") {
        return format!("the key `{name}` is given twice; give it once");
    }
    if said.starts_with("missing field") {
        return format!("the key `{name}` is missing; give it");
    }
    let kinds = [
        ("u64", "a whole number from 0"),
        ("usize", "a whole number from 0"),
        ("u32", "a whole number in 0..=4294967295"),
        ("u16", "a whole number in 0..=65535"),
        ("i64", "a whole number"),
        ("f32", "a number"),
        ("f64", "a number"),
        ("a boolean", "true or false"),
        ("a string", "a text"),
        ("path string", "a text, a path"),
        ("a sequence", "a list"),
        ("a map", "an object"),
    ];
    let Some((found, wanted)) = said.rsplit_once(", expected ") else {
        return said.to_owned();
    };
    let found = found.replace("invalid type: map", "invalid type: object");
    let found = found.replace("invalid type: sequence", "invalid type: list");
    let kind = kinds.iter().find(|(rust, _)| *rust == wanted);
    let wanted = match kind {
        Some((_, words)) => words,
        None if wanted.starts_with("struct ") => "an object",
        None => wanted,
    };
    format!("{found}; give {wanted}")
}

/// The first name between backticks, and the others.
fn quoted(said: &str) -> (&str, Vec<&str>) {
    let mut names = said.split('`').skip(1).step_by(2);
    (names.next().unwrap_or_default(), names.collect())
}

fn instead(name: &str, known: &[&str]) -> String {
    match nearest(name, known.iter().copied()) {
        Some(near) => format!("; did you mean `{near}`?"),
        None if known.is_empty() => "; there is none".to_owned(),
        None => format!("; there are `{}`", known.join("`, `")),
    }
}

/// A number up to 2^64, also as a text: JSON numbers of many languages end at 2^53.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Seed(u64);

impl Seed {
    pub(crate) fn value(self) -> u64 {
        self.0
    }
}

impl<'de> Deserialize<'de> for Seed {
    fn deserialize<D: Deserializer<'de>>(reader: D) -> Result<Self, D::Error> {
        reader.deserialize_any(SeedVisitor)
    }
}

struct SeedVisitor;

impl Visitor<'_> for SeedVisitor {
    type Value = Seed;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "a whole number in 0..=2^64-1, or a text of digits or of 0x and hexadecimal digits",
        )
    }

    fn visit_u64<E>(self, number: u64) -> Result<Seed, E> {
        Ok(Seed(number))
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Seed, E> {
        let hex = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X"));
        let parsed = match hex {
            Some(digits) => u64::from_str_radix(digits, 16),
            None => text.parse(),
        };
        let wrong = |_| E::invalid_value(serde::de::Unexpected::Str(text), &self);
        parsed.map(Seed).map_err(wrong)
    }
}

/// An object of numbers by name, each given once.
#[derive(Clone, Debug, Default)]
pub(crate) struct Numbers(pub(crate) Vec<(String, f64)>);

impl<'de> Deserialize<'de> for Numbers {
    fn deserialize<D: Deserializer<'de>>(reader: D) -> Result<Self, D::Error> {
        reader.deserialize_map(NumbersVisitor)
    }
}

struct NumbersVisitor;

impl<'de> Visitor<'de> for NumbersVisitor {
    type Value = Numbers;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object of numbers by name")
    }

    fn visit_map<A: serde::de::MapAccess<'de>>(self, mut map: A) -> Result<Numbers, A::Error> {
        let mut known = std::collections::BTreeSet::new();
        let mut numbers = Vec::new();
        while let Some(name) = map.next_key::<String>()? {
            let value = map.next_value()?;
            if !known.insert(name.clone()) {
                return Err(A::Error::custom(format!("duplicate field `{name}`")));
            }
            numbers.push((name, value));
        }
        Ok(Numbers(numbers))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Default, Deserialize)]
    #[serde(default, deny_unknown_fields)]
    #[allow(dead_code, reason = "only read")]
    struct Example {
        rate: Option<u32>,
        seed: Option<Seed>,
        jobs: Vec<Inner>,
    }

    #[derive(Debug, Default, Deserialize)]
    #[serde(default, deny_unknown_fields)]
    #[allow(dead_code, reason = "only read")]
    struct Inner {
        input: String,
        params: Numbers,
    }

    #[test]
    fn a_fault_has_its_place_its_key_and_a_way_out() {
        for (text, said) in [
            (
                "{\"rate\": 1,\n \"rte\": 2}",
                "line 2, column 6: the key `rte` is not known; did you mean `rate`?",
            ),
            (
                "{\"other\": 2}",
                "the key `other` is not known; there are `rate`, `seed`, `jobs`",
            ),
            (
                "{\"rate\": \"x\"}",
                "rate: invalid type: string \"x\"; give a whole number in 0..=4294967295",
            ),
            (
                "{\"rate\": 1, \"rate\": 2}",
                "the key `rate` is given twice; give it once",
            ),
            (
                "{\"seed\": \"zz\"}",
                "seed: invalid value: string \"zz\"; give a whole number in 0..=2^64-1",
            ),
            (
                "{\"seed\": -1}",
                "seed: invalid type: integer `-1`; give a whole number",
            ),
            (
                "{\"jobs\": [{}, {\"inpt\": 1}]}",
                "jobs[1]: the key `inpt` is not known; did you mean `input`?",
            ),
            (
                "{\"jobs\": [{\"params\": {\"a\": 1, \"a\": 2}}]}",
                "jobs[0].params: the key `a` is given twice",
            ),
            ("{\"jobs\": {}}", "jobs: invalid type: object; give a list"),
            (
                "{\"rate\": 1",
                "this is no sound JSON: EOF while parsing an object",
            ),
            (
                "{} {}",
                "line 1, column 4: this is no sound JSON: trailing characters",
            ),
        ] {
            let found = read::<Example>(text).unwrap_err().failure("options");
            let found = found.to_string();
            assert!(
                found.starts_with("options, line ") && found.contains(said),
                "{found}"
            );
        }
        let seed = |text: &str| read::<Example>(text).unwrap().seed.unwrap().value();
        assert_eq!(seed("{\"seed\": \"18446744073709551615\"}"), u64::MAX);
        assert_eq!(
            (seed("{\"seed\": 7}"), seed("{\"seed\": \"0Xff\"}")),
            (7, 255)
        );
    }
}
