//! What libFuzzer starts from in `fuzz/`, and inputs that are made of it, through the same calls. One test, since it counts
//! what is left in the whole process and stands in a folder of its own.

#![allow(
    clippy::cast_possible_truncation,
    reason = "in a test both are seen at once"
)]

#[path = "../../fuzz/fuzz_targets/capi_calls/documents.rs"]
mod documents;
#[path = "../../fuzz/fuzz_targets/capi_calls/ground.rs"]
mod ground;
#[path = "../../fuzz/fuzz_targets/capi_calls/sequences.rs"]
mod sequences;

use std::path::Path;

/// How many are made of each seed.
const MADE: usize = 20;

fn run(input: &[u8]) {
    let Some((which, data)) = input.split_first() else {
        return;
    };
    match which % 16 {
        15 => sequences::run(data),
        which => documents::run(which, data),
    }
    ground::expect_nothing_left();
}

/// Some bytes exchanged, some cut off.
fn made_of(seed: &[u8], state: &mut u64) -> Vec<u8> {
    let mut draw = |end: usize| {
        *state ^= *state << 13;
        *state ^= *state >> 7;
        *state ^= *state << 17;
        (*state >> 32) as usize % end.max(1)
    };
    let mut made = seed.to_vec();
    made.truncate(seed.len() - draw(seed.len()) / 4);
    for _ in 0..=draw(4) {
        let at = draw(made.len());
        // What the input is, the first byte says.
        if at > 0 {
            made[at] = draw(256) as u8;
        }
    }
    made
}

#[test]
fn seeds_and_what_is_made_of_them_are_answered() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz/seeds/capi_calls");
    let mut seeds = Vec::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        seeds.extend(std::fs::read(entry.path()));
    }
    seeds.sort();
    let kinds: std::collections::BTreeSet<u8> = seeds.iter().map(|seed| seed[0] % 16).collect();
    assert_eq!(kinds.len(), 16, "each kind of input has a seed: {kinds:?}");
    ground::stand();
    let mut state = 0x9e37_79b9_7f4a_7c15;
    for seed in &seeds {
        run(seed);
        for _ in 0..MADE {
            run(&made_of(seed, &mut state));
        }
    }
}
