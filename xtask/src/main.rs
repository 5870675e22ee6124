//! Segue's chores.

fn main() {}
