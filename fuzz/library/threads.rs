//! The test of libsegue's threads, alone in a program with few dependencies, so that ThreadSanitizer's build is short.

#![allow(
    dead_code,
    unreachable_pub,
    reason = "what other tests of libsegue use, too"
)]

#[path = "../../capi/tests/calls/common.rs"]
mod common;
#[path = "../../capi/tests/calls/threads.rs"]
mod threads;
