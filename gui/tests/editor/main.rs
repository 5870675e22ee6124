//! The editor as a user meets it, without a window: see `stage` for how.

#[path = "../support/model.rs"]
mod model;
#[path = "../support/raster.rs"]
mod raster;

mod looks;
mod stage;
