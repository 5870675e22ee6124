//! The exported functions, called as C calls them.

#[path = "calls/common.rs"]
mod common;
#[path = "calls/offline.rs"]
mod offline;
#[path = "calls/project.rs"]
mod project;
#[path = "calls/render.rs"]
mod render;
