//! The projects that come with Segue: composed, synthesised and written by this program.
//!
//! The files in `presets/factory` and `presets/lantern` are its output, bit for bit, on any machine: nothing here calls
//! the system's mathematics, asks a clock, or draws a number that is not a function of a seed.
//! `cargo xtask factory` runs it; `cargo xtask factory --check` compares instead of writing.
#![forbid(unsafe_code)]
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command-line tool answers on its standard streams"
)]

mod ambience;
mod canvas;
mod catalogue;
mod clock;
mod harmony;
mod kit;
mod lantern;
mod output;
mod project;
mod rng;
mod shots;
mod stems;
mod synth;
mod voice;

#[cfg(test)]
mod tests;

use std::path::Path;
use std::process::ExitCode;

const USAGE: &str = "usage: segue-factory factory|lantern FOLDER [--check]";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let preset = |name: &str| output::PRESETS.iter().find(|preset| preset.name == name);
    let result = match words[..] {
        [name, folder] if !folder.starts_with('-') => match preset(name) {
            Some(preset) => output::write(preset, Path::new(folder)),
            None => Err(USAGE.into()),
        },
        [name, folder, "--check"] => match preset(name) {
            Some(preset) => output::check(preset, Path::new(folder)),
            None => Err(USAGE.into()),
        },
        _ => Err(USAGE.into()),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}
