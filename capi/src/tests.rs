//! The ABI as C sees it: every call here is one that C could make.

mod engine;
pub(crate) mod support;
mod time;
mod values;
