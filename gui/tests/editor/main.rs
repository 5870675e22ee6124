//! The editor as a user meets it, without a window: each test puts it on a stage, plays the user
//! and reads what was asked for, what a screen reader would say, or what it looks like.
#![forbid(unsafe_code)]
#![expect(
    clippy::expect_used,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a test stops where something is not as it should be"
)]

#[path = "../support/model.rs"]
mod model;
#[path = "../support/raster.rs"]
mod raster;

mod bars;
mod controls;
mod files;
mod game;
mod layouts;
mod looks;
mod loudness;
mod motion;
mod song;
mod stage;
