//! Directors on a desk that keeps what it is told.

mod containers;
mod desk;
mod events;
mod mixer;
mod music;
mod splits;
pub(crate) mod stage;
mod swap;
