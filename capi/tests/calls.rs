//! The exported functions, called as C calls them.

#![allow(
    clippy::undocumented_unsafe_blocks,
    reason = "every call is one that C could make: what it points to lives in the test"
)]
#![allow(
    clippy::unwrap_used,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "in a test both are seen at once"
)]

#[path = "calls/common.rs"]
mod common;
#[path = "calls/inspect.rs"]
mod inspect;
#[path = "calls/live.rs"]
mod live;
#[path = "calls/offline.rs"]
mod offline;
#[path = "calls/project.rs"]
mod project;
#[path = "calls/refusals.rs"]
mod refusals;
#[path = "calls/render.rs"]
mod render;
#[path = "calls/report.rs"]
mod report;
#[path = "calls/scenario.rs"]
mod scenario;
#[path = "calls/secrets.rs"]
mod secrets;
#[path = "calls/slot.rs"]
mod slot;
#[path = "calls/stages.rs"]
mod stages;
#[path = "calls/states.rs"]
mod states;
#[path = "calls/threads.rs"]
mod threads;
