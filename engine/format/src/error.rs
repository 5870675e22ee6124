//! The one error type of the crate.

use std::fmt;

/// What this crate returns.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why bytes could not be read or a value could not be written.
///
/// Offsets count bytes from the start of the input; lines and columns count from 1.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Something is larger than the limit with this name in [`crate::limits`].
    #[error(
        "{subject} is {value}, above the limit of {max} ({limit}); make it smaller or split it"
    )]
    Limit {
        /// The limit's name in [`crate::limits::LIMITS`].
        limit: &'static str,
        /// What was measured, in words.
        subject: String,
        /// The size or count that was found or declared.
        value: u64,
        /// The largest allowed value.
        max: u64,
    },
    /// A JSON document is malformed, or a value in it has the wrong type.
    #[error("{document}, {place}: {message}")]
    Json {
        /// Which document: `project.json`, `META`, `session log header`.
        document: &'static str,
        /// Where in it.
        place: Place,
        /// What is wrong there.
        message: String,
    },
    /// The input is something else than what was asked for.
    #[error("this is not a {expected}: {found}")]
    Unrecognised {
        /// The format that was expected.
        expected: &'static str,
        /// What was found in its place.
        found: String,
    },
    /// The input was written by a newer Segue.
    #[error(
        "this {what} has version {found}, but this Segue reads up to version {supported}; \
         open it with a newer Segue"
    )]
    Newer {
        /// The format.
        what: &'static str,
        /// The version in the input.
        found: String,
        /// The newest version this crate reads.
        supported: String,
    },
    /// Values are out of range, duplicated or refer to something that does not exist.
    #[error("{0}")]
    Invalid(Problems),
    /// The input ends too early.
    #[error(
        "the {what} is cut short in {part} at offset {offset}: {needed} bytes are needed, {have} \
         are there; copy the file again or use a backup"
    )]
    Truncated {
        /// The format.
        what: &'static str,
        /// The part the cut falls into: `header`, `chunk ASST`, ...
        part: String,
        /// Where that part begins.
        offset: u64,
        /// Bytes the part needs from there on.
        needed: u64,
        /// Bytes there are from there on.
        have: u64,
    },
    /// The input contradicts itself or a checksum.
    #[error(
        "the {what} is damaged in {part} at offset {offset}: {reason}; copy the file again or use \
         a backup"
    )]
    Corrupt {
        /// The format.
        what: &'static str,
        /// The damaged part: `header`, `chunk ASST`, ...
        part: String,
        /// Where that part begins.
        offset: u64,
        /// What is wrong.
        reason: String,
    },
}

/// What an [`Error`] asks of its reader.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// Another file was meant.
    WrongFile,
    /// A newer Segue reads it.
    NewerVersion,
    /// It must become smaller.
    TooLarge,
    /// The values named in the text must be corrected.
    Invalid,
    /// The bytes were damaged on their way; another copy is needed.
    Damaged,
}

impl Error {
    /// What the error asks of its reader. `[thread-safe]`
    pub fn kind(&self) -> ErrorKind {
        match self {
            Error::Limit { .. } => ErrorKind::TooLarge,
            Error::Json { .. } | Error::Invalid(_) => ErrorKind::Invalid,
            Error::Unrecognised { .. } => ErrorKind::WrongFile,
            Error::Newer { .. } => ErrorKind::NewerVersion,
            Error::Truncated { .. } | Error::Corrupt { .. } => ErrorKind::Damaged,
        }
    }

    /// Checks `value` against a limit. `[thread-safe]`
    pub(crate) fn check_limit(
        limit: &'static str,
        subject: impl FnOnce() -> String,
        value: u64,
        max: u64,
    ) -> Result<()> {
        if value <= max {
            return Ok(());
        }
        Err(Error::Limit {
            limit,
            subject: subject(),
            value,
            max,
        })
    }
}

/// What is told of bytes that begin with another magic number: not the bytes, which may be a secret of another file.
pub(crate) fn begins_otherwise(bytes: &[u8]) -> String {
    match bytes.is_empty() {
        true => "it is empty".to_owned(),
        false => "it begins otherwise".to_owned(),
    }
}

/// A place in a JSON document. Displays as `buses[2].gain_db (line 14, column 18)`, behind the name
/// of a file if that is not the document itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// The file beside the document that it is in, such as that of an adaptive profile. Empty for
    /// the document itself.
    pub file: String,
    /// The JSON path, such as `buses[2].sends[0].to`. Empty for the whole document.
    pub path: String,
    /// Line in the text, from 1; 0 when the document did not come from a text.
    pub line: usize,
    /// Column in bytes, from 1; 0 when the document did not come from a text.
    pub column: usize,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.file.is_empty() {
            write!(f, "{}: ", self.file)?;
        }
        match (self.path.as_str(), self.line) {
            ("", 0) => f.write_str("document"),
            ("", line) => write!(f, "line {line}, column {}", self.column),
            (path, 0) => f.write_str(path),
            (path, line) => write!(f, "{path} (line {line}, column {})", self.column),
        }
    }
}

impl Error {
    /// The same error about a document that is one line of a file. `[thread-safe]`
    #[must_use]
    pub fn on_line(mut self, line: usize) -> Error {
        let put = |place: &mut Place| {
            (place.line, place.column) = (line, place.column.max(1));
        };
        match &mut self {
            Error::Json { place, .. } => put(place),
            Error::Invalid(problems) => {
                for problem in &mut problems.list {
                    put(&mut problem.place);
                }
            }
            _ => {}
        }
        self
    }
}

/// One thing that is wrong with a project.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Where.
    pub place: Place,
    /// What is wrong, the allowed range and the way out.
    pub message: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.message)
    }
}

/// What is wrong with a project: at least one problem, in the order of the document.
/// Displays one a line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Problems {
    /// The first problems, at most [`Problems::SHOWN`].
    pub list: Vec<Problem>,
    /// How many more there are.
    pub more: usize,
}

impl Problems {
    /// How many problems are described before the rest is only counted.
    pub const SHOWN: usize = 20;
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, problem) in self.list.iter().enumerate() {
            let separator = if index == 0 { "" } else { "\n" };
            write!(f, "{separator}{problem}")?;
        }
        if self.more > 0 {
            write!(f, "\nand {} more", self.more)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_name_value_range_and_place() {
        let limit = Error::check_limit("buses", || "the number of buses".into(), 300, 256);
        assert_eq!(
            limit.unwrap_err().to_string(),
            "the number of buses is 300, above the limit of 256 (buses); make it smaller or split \
             it"
        );
        let place = Place {
            file: String::new(),
            path: "buses[1].pan".into(),
            line: 4,
            column: 9,
        };
        assert_eq!(place.to_string(), "buses[1].pan (line 4, column 9)");
        let other = Place {
            file: "chase.json".into(),
            ..place.clone()
        };
        assert_eq!(
            other.to_string(),
            "chase.json: buses[1].pan (line 4, column 9)"
        );
        assert_eq!(
            Place {
                path: String::new(),
                ..place.clone()
            }
            .to_string(),
            "line 4, column 9"
        );
        assert_eq!(Place { line: 0, ..place }.to_string(), "buses[1].pan");
    }
}
