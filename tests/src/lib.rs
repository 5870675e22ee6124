//! Shared parts of the integration tests: small projects, engines whose every block is watched for
//! allocations, and random things to do with them.

#![forbid(unsafe_code)]
#![allow(
    clippy::unwrap_used,
    clippy::missing_panics_doc,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "only tests use this"
)]

pub mod acts;
pub mod rig;
pub mod scene;
pub mod wav;

use proptest::test_runner::{Config, RngSeed};

/// Aborts where something is allocated or freed inside of `assert_no_alloc`.
#[global_allocator]
static GUARD: assert_no_alloc::AllocDisabler = assert_no_alloc::AllocDisabler;

/// `cases` cases that are the same in every run. `PROPTEST_CASES` and `PROPTEST_RNG_SEED` in the
/// environment are for more and other ones.
pub fn seeded(cases: u32) -> Config {
    let default = Config::default();
    let rng_seed = match default.rng_seed {
        RngSeed::Random => RngSeed::Fixed(0x5e90e),
        chosen => chosen,
    };
    let asked = std::env::var_os("PROPTEST_CASES").map(|_| default.cases);
    Config {
        cases: asked.unwrap_or(cases),
        rng_seed,
        failure_persistence: None,
        ..default
    }
}
