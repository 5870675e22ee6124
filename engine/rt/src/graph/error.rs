//! Why an edit of a [`Graph`](super::Graph) was refused.

use std::fmt;

use crate::limits::LimitError;

/// Why an edit of a [`Graph`](super::Graph) was refused. The graph is unchanged. `[thread-safe]`
#[derive(Clone, Debug, PartialEq)]
pub enum GraphError {
    /// The id names nothing, or something that was removed.
    Unknown {
        /// "bus", "send" or "insert".
        what: &'static str,
        /// The id.
        id: u64,
    },
    /// The new edge would lead back to where it starts.
    Cycle {
        /// Names of the buses along the circle, the first one repeated at the end.
        path: Vec<String>,
    },
    /// One more of something than an engine is sized for.
    Limit(LimitError),
    /// A bus name is empty or too long.
    NameLength {
        /// Its length in bytes.
        bytes: usize,
        /// The most that is allowed.
        max: usize,
    },
    /// Another bus has this name.
    NameTaken {
        /// The name.
        name: String,
    },
    /// The master cannot do this: it cannot be removed and has neither an output nor sends.
    Master {
        /// What was asked of it.
        what: &'static str,
    },
    /// A number is outside its range, or not a number.
    Range {
        /// What it sets.
        what: &'static str,
        /// The value.
        value: f32,
        /// Smallest allowed value.
        min: f32,
        /// Largest allowed value.
        max: f32,
    },
    /// The bus has fewer inserts than the position asks for.
    Position {
        /// The position.
        position: usize,
        /// The last possible one.
        max: usize,
    },
}

impl GraphError {
    /// Whether it is about an id that names nothing any more. `[thread-safe]`
    pub fn is_stale(&self) -> bool {
        matches!(self, Self::Unknown { .. })
    }
}

impl fmt::Display for GraphError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown { what, id } => {
                write!(
                    f,
                    "no {what} has the id {id:#x}; it was removed or never made"
                )
            }
            Self::Cycle { path } => {
                write!(
                    f,
                    "this would feed a bus into itself: {}",
                    path.join(" -> ")
                )
            }
            Self::Limit(limit) => limit.fmt(f),
            Self::NameLength { bytes, max } => {
                write!(f, "a bus name of {bytes} bytes is not in 1..={max}")
            }
            Self::NameTaken { name } => write!(f, "another bus is named {name:?}"),
            Self::Master { what } => write!(f, "the master bus cannot {what}"),
            Self::Range {
                what,
                value,
                min,
                max,
            } => write!(f, "{what} {value} is not in {min}..={max}"),
            Self::Position { position, max } => {
                write!(f, "insert position {position} is not in 0..={max}")
            }
        }
    }
}

impl std::error::Error for GraphError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Limit(limit) => Some(limit),
            _ => None,
        }
    }
}

impl From<LimitError> for GraphError {
    fn from(limit: LimitError) -> Self {
        Self::Limit(limit)
    }
}
