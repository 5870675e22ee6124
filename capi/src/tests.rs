//! The ABI as C sees it: every call here is one that C could make.

mod edits;
mod effects;
mod ends;
mod engine;
mod said;
pub(crate) mod support;
mod time;
mod values;
