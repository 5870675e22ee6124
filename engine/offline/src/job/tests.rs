mod support;

mod ebu;
mod formats;
mod levels;
mod pipeline;
