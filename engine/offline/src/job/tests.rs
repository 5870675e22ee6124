pub(crate) mod support;

mod detail;
mod dynamics;
mod ebu;
mod faithful;
mod formats;
mod levels;
#[cfg(feature = "flac")]
mod metadata;
mod pipeline;
mod precision;
