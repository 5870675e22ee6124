//! Reading and writing JSON: caps first, errors with a path, stable text.

pub(crate) mod locate;
pub(crate) mod number;
pub(crate) mod path;
mod scan;
mod twice;

use crate::error::{Error, Place, Result};
use crate::limits;
pub(crate) use crate::nearest;
use path::Segment;
use serde::Serialize;
use serde::de::{DeserializeOwned, IgnoredAny};
use serde_json::Value;

/// The keys of a JSON object that this version does not know, in the order they were read.
///
/// They are written back after the known keys. Integers outside 64 bits are kept as the nearest
/// double. Must not contain a key that the object itself has.
pub type Extra = serde_json::Map<String, Value>;

/// A kind of JSON document: what it is called and how large it may be.
#[derive(Clone, Copy)]
pub(crate) struct Document {
    pub(crate) name: &'static str,
    pub(crate) limit: &'static str,
    pub(crate) max_bytes: usize,
}

impl Document {
    /// `bytes` without a byte order mark, once size, nesting and number of values are in range.
    pub(crate) fn check_caps<'a>(&self, bytes: &'a [u8]) -> Result<&'a [u8]> {
        let len = bytes.len() as u64;
        let subject = || format!("the size of {} in bytes", self.name);
        Error::check_limit(self.limit, subject, len, self.max_bytes as u64)?;
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        let shape = scan::scan(bytes);
        let subject = || format!("the nesting of {}", self.name);
        Error::check_limit(
            "json_depth",
            subject,
            shape.depth,
            limits::JSON_DEPTH as u64,
        )?;
        let subject = || format!("the number of values in {}", self.name);
        Error::check_limit(
            "json_values",
            subject,
            shape.values,
            limits::JSON_VALUES as u64,
        )?;
        Ok(bytes)
    }

    /// Parses text whose caps were checked. A key that an object has twice is refused: one of the
    /// two would be lost.
    pub(crate) fn parse<T: DeserializeOwned>(&self, text: &[u8]) -> Result<T> {
        let read = self.parse_again(text);
        // In malformed text the same key may come from a bracket that is missing.
        let is_json = read.is_ok() || serde_json::from_slice::<IgnoredAny>(text).is_ok();
        match twice::find(text).filter(|_| is_json) {
            Some(twice) => Err(self.twice(&twice, text)),
            None => read,
        }
    }

    fn twice(&self, twice: &twice::Twice, text: &[u8]) -> Error {
        let [first, (line, column)] = twice.at.map(|at| locate::place_of(text, at));
        let place = Place {
            file: String::new(),
            path: path::display(&twice.segments),
            line,
            column,
        };
        let message = format!(
            "this key is written twice, first in line {}, column {}; only one of them would count: \
             join them, or take one out",
            first.0, first.1
        );
        Error::Json {
            document: self.name,
            place,
            message,
        }
    }

    /// Parses text that [`Document::parse`] has read before.
    pub(crate) fn parse_again<T: DeserializeOwned>(&self, text: &[u8]) -> Result<T> {
        let mut reader = serde_json::Deserializer::from_slice(text);
        let value = serde_path_to_error::deserialize(&mut reader)
            .map_err(|error| self.error(&segments(error.path()), error.inner(), text))?;
        reader
            .end()
            .map_err(|error| self.error(&[], &error, text))?;
        Ok(value)
    }

    /// Reads a value of the document that was parsed from `text` and changed since.
    pub(crate) fn read_value<T: DeserializeOwned>(&self, value: Value, text: &[u8]) -> Result<T> {
        serde_path_to_error::deserialize(value).map_err(|error| {
            let place = place(&segments(error.path()), text);
            Error::Json {
                document: self.name,
                place,
                message: error.inner().to_string(),
            }
        })
    }

    /// Writes `value` as text that [`Document::check_caps`] accepts: struct order, two spaces, a
    /// newline at the end.
    pub(crate) fn write<T: Serialize>(&self, value: &T) -> Result<Vec<u8>> {
        let mut text =
            serde_json::to_vec_pretty(value).map_err(|error| self.error(&[], &error, &[]))?;
        text.push(b'\n');
        self.check_caps(&text)?;
        Ok(text)
    }

    /// A value of the wrong type is placed at its start; malformed text where it breaks off.
    fn error(&self, segments: &[Segment], error: &serde_json::Error, text: &[u8]) -> Error {
        let (line, column) = (error.line(), error.column());
        let shown = error.to_string();
        let message = shown.strip_suffix(&format!(" at line {line} column {column}"));
        let place = if error.is_data() {
            place(segments, text)
        } else {
            Place {
                file: String::new(),
                path: path::display(segments),
                line,
                column: column.max(1),
            }
        };
        let message = message.unwrap_or(&shown).to_owned();
        Error::Json {
            document: self.name,
            place,
            message,
        }
    }
}

/// The place of a path in the text it came from.
pub(crate) fn place(segments: &[Segment], text: &[u8]) -> Place {
    let (line, column) = locate::line_and_column(text, segments);
    Place {
        file: String::new(),
        path: path::display(segments),
        line,
        column,
    }
}

fn segments(path: &serde_path_to_error::Path) -> Vec<Segment> {
    use serde_path_to_error::Segment as Reported;
    path.iter()
        .filter_map(|segment| match segment {
            Reported::Seq { index } => Some(Segment::Index(*index)),
            Reported::Map { key } => Some(Segment::Key(key.clone())),
            Reported::Enum { .. } | Reported::Unknown => None,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const DOCUMENT: Document = Document {
        name: "test",
        limit: "test_bytes",
        max_bytes: 1000,
    };

    #[test]
    fn caps_come_first() {
        let text = vec![b' '; 1001];
        assert!(matches!(
            DOCUMENT.check_caps(&text),
            Err(Error::Limit {
                limit: "test_bytes",
                value: 1001,
                max: 1000,
                ..
            })
        ));
        let deep = "[".repeat(65);
        assert!(matches!(
            DOCUMENT.check_caps(deep.as_bytes()),
            Err(Error::Limit {
                limit: "json_depth",
                value: 65,
                ..
            })
        ));
        assert_eq!(DOCUMENT.check_caps(b"\xef\xbb\xbf{}").unwrap(), b"{}");
    }

    #[test]
    fn a_key_that_is_written_twice_is_refused() {
        let read = |text: &[u8]| DOCUMENT.parse::<Value>(text).map_err(|it| it.to_string());
        assert_eq!(
            read(b"{\n  \"a\": [{\"b\": 1,\n    \"b\": 2}]\n}").unwrap_err(),
            "test, a[0].b (line 3, column 5): this key is written twice, first in line 2, column 10; \
             only one of them would count: join them, or take one out"
        );
        assert!(read(b"{\"a\": 1, \"b\": {\"a\": 1}}").is_ok());
        // The bracket that is missing is what is wrong here.
        let broken = read(b"{\"a\": {\"b\": 1, \"b\": 2}").unwrap_err();
        assert!(broken.contains("EOF"), "{broken}");
    }

    #[test]
    fn type_errors_have_path_line_and_column() {
        let error = DOCUMENT
            .parse::<std::collections::BTreeMap<String, Vec<u8>>>(b"{\n  \"a\": [1, \"x\"]\n}");
        let text = error.unwrap_err().to_string();
        assert_eq!(
            text,
            "test, a[1] (line 2, column 12): invalid type: string \"x\", expected u8"
        );
    }
}
