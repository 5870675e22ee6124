pub(crate) mod support;

mod detail;
mod dynamics;
mod ebu;
mod formats;
mod levels;
mod pipeline;
mod precision;
