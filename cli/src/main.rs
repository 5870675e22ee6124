//! Segue on the command line.

fn main() {}
