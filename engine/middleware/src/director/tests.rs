//! Directors on a desk that keeps what it is told.

mod desk;
mod events;
mod stage;
