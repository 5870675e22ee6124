mod support;

mod formats;
mod levels;
mod pipeline;
