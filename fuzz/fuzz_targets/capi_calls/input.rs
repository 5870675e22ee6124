//! One input: what its first byte says that the others are.

mod documents;
mod ground;
mod sequences;

/// Runs it, and looks whether anything is left.
pub fn run(data: &[u8]) {
    let Some((which, data)) = data.split_first() else {
        return;
    };
    ground::stand();
    match which % 22 {
        15 => sequences::run(data),
        which => documents::run(which, data),
    }
    ground::expect_nothing_left();
}
