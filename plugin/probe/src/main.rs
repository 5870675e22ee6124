//! Loads a built plug-in library as a host does, and says what it found.
//!
//! | command | answer |
//! |---|---|
//! | `describe LIBRARY NAME VERSION` | JSON: the ids of the CLAP plug-ins, the VST3 module info of a bundle with this name and version |
//! | `time LIBRARY clap\|vst3` | microseconds from loading the library to the first instance |
//! | `scan LIBRARY ROUNDS` | loads, reads, instantiates and unloads; fails if a thread or a file is left |
//! | `crowd LIBRARY COUNT` | this many VST3 instances in one process, all processing |
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command-line tool answers on its standard streams"
)]
#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_sign_loss,
    clippy::unnecessary_cast,
    reason = "the interface counts in i32, and its characters are signed on some systems"
)]

mod clap;
mod crowd;
mod left;
mod module_info;
mod vst3;

use std::path::Path;
use std::process::ExitCode;
use std::time::Instant;

use serde_json::json;

use crate::clap::Clap;
use crate::vst3::Vst3;

/// What went wrong, in words.
type Result<T> = std::result::Result<T, String>;

const USAGE: &str = "usage: segue-probe describe LIBRARY NAME VERSION | time LIBRARY clap|vst3 | \
                     scan LIBRARY ROUNDS | crowd LIBRARY COUNT";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match answer(&words) {
        Ok(text) => {
            println!("{text}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn answer(words: &[&str]) -> Result<String> {
    match words {
        ["describe", library, name, version] => describe(Path::new(library), name, version),
        ["time", library, format] => time(Path::new(library), format),
        ["scan", library, rounds] => scan(Path::new(library), number(rounds)?),
        ["crowd", library, count] => crowd::crowd(Path::new(library), number(count)?),
        _ => Err(USAGE.to_owned()),
    }
}

fn number(word: &str) -> Result<usize> {
    match word.parse() {
        Ok(number @ 1..=10_000) => Ok(number),
        _ => Err(format!("{word} is not a number in 1..=10000")),
    }
}

fn describe(library: &Path, name: &str, version: &str) -> Result<String> {
    let ids = Clap::load(library)?.ids();
    let info = module_info::read(&Vst3::load(library)?, name, version)?;
    let both = json!({ "clap_ids": ids, "module_info": info });
    Ok(format!("{both:#}"))
}

fn time(library: &Path, format: &str) -> Result<String> {
    let start = Instant::now();
    let time = match format {
        "clap" => {
            let clap = Clap::load(library)?;
            let first = clap.first()?;
            let time = start.elapsed();
            drop(first);
            time
        }
        "vst3" => {
            let vst3 = Vst3::load(library)?;
            let first = vst3.instance(0)?;
            let time = start.elapsed();
            drop(first);
            time
        }
        other => return Err(format!("{other} is not clap or vst3")),
    };
    Ok(time.as_micros().to_string())
}

/// What a plug-in scanner does, over and over in one process.
fn scan(library: &Path, rounds: usize) -> Result<String> {
    let before = left::count();
    for _ in 0..rounds {
        let clap = Clap::load(library)?;
        drop(clap.first()?);
        let ids = clap.ids().len();
        drop(clap);
        let vst3 = Vst3::load(library)?;
        let classes = vst3.classes()?.len();
        if ids == 0 || ids != classes {
            return Err(format!("{ids} CLAP plug-ins but {classes} VST3 classes"));
        }
        for index in 0..classes {
            drop(vst3.instance(index)?);
        }
    }
    left::nothing_new(before)?;
    Ok(format!("scanned {rounds} times, no thread or file left"))
}
