//! What adaptive layers and music have to know of the rest of a project.

use crate::ids::{EventIx, NodeIx};

/// A problem: the path below the part that was read, and what is wrong with it.
pub type Found = (String, String);

/// How names become places. Errors are messages for the author, with the nearest match.
/// `[main-thread]`
pub struct Lookup<'a> {
    /// A sound or container.
    pub node: &'a dyn Fn(&str) -> Result<NodeIx, String>,
    /// An event.
    pub event: &'a dyn Fn(&str) -> Result<EventIx, String>,
    /// The message for a name that is unknown: what it should name, the name, those there are.
    pub unknown: &'a dyn Fn(&str, &str, &[&str]) -> String,
    /// A frame of the node's asset as a frame of the engine's rate. Containers have no asset:
    /// theirs are frames of the engine.
    pub frame: &'a dyn Fn(NodeIx, u64) -> u64,
    /// Length in frames of the engine's rate; `None` where nobody knows it beforehand.
    pub length: &'a dyn Fn(NodeIx) -> Option<u64>,
}
