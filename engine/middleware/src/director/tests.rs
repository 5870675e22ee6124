//! Directors on a desk that keeps what it is told.

#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "small numbers"
)]

mod bindings;
mod containers;
mod crowds;
mod desk;
mod ends;
mod events;
mod floods;
mod heard;
mod holds;
mod late;
mod lives;
mod long;
mod mixer;
pub(crate) mod music;
mod pauses;
mod places;
mod real;
mod rows;
mod scopes;
mod seeds;
mod sequences;
mod sets;
mod song;
mod splits;
pub(crate) mod stage;
mod swap;
mod switches;
mod waits;

pub(crate) use splits::everything;
