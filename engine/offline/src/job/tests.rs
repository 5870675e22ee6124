mod support;

mod detail;
mod ebu;
mod formats;
mod levels;
mod pipeline;
