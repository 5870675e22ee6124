//! Processors, meters and offline jobs next to their peers, in one run.
//!
//! ```text
//! segue-bench-delivery [--json] [--quick] [--seconds=N] [--only=WORD] --python PYTHON --segue PROGRAM
//!     [dsp] [offline]
//! ```
//!
//! PYTHON has the packages of `bench/delivery/requirements.txt`, PROGRAM is a release build of
//! `segue`. `--seconds` shortens the ten minutes that the jobs of `offline` get, `--only` leaves out
//! work whose name does not contain WORD. A peer that is not installed is named and left out.
//!
//! Contenders take turns, values are medians, time is CPU time (user and system); what the result
//! is worth stands beside it. Nothing here fails on a time, and everything on a wrong result.

#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "numbers of frames and bytes that fit, samples of known range"
)]

mod dsp;
mod files;
mod filters;
mod offline;
mod own;
mod process;
mod python;
mod report;
mod signal;

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

/// Anything that can go wrong ends the run.
type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

/// What was asked for.
struct Options {
    json: bool,
    quick: bool,
    /// Of sound for the jobs of `offline`.
    seconds: usize,
    /// Part of the names of the work that is done.
    only: String,
    python: PathBuf,
    segue: PathBuf,
    names: Vec<String>,
}

impl Options {
    fn wants_work(&self, name: &str) -> bool {
        name.contains(&self.only)
    }
}

fn main() -> ExitCode {
    match options().and_then(|options| run(&options)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // There is no other place to say it.
            _ = writeln!(std::io::stderr(), "segue-bench-delivery: {error}");
            ExitCode::FAILURE
        }
    }
}

fn options() -> Result<Options> {
    let mut options = Options {
        json: false,
        quick: false,
        seconds: 0,
        only: String::new(),
        python: "python3".into(),
        segue: "segue".into(),
        names: Vec::new(),
    };
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        if let Some((flag, value)) = word.split_once('=') {
            match flag {
                "--seconds" => options.seconds = value.parse()?,
                "--only" => value.clone_into(&mut options.only),
                _ => return Err(format!("unknown option {flag}").into()),
            }
            continue;
        }
        match word.as_str() {
            "--json" => options.json = true,
            "--quick" => options.quick = true,
            "--python" => options.python = words.next().ok_or("--python PYTHON")?.into(),
            "--segue" => options.segue = words.next().ok_or("--segue PROGRAM")?.into(),
            flag if flag.starts_with('-') => return Err(format!("unknown option {flag}").into()),
            _ => options.names.push(word),
        }
    }
    Ok(options)
}

fn run(options: &Options) -> Result<()> {
    let wants = |name: &str| options.names.is_empty() || options.names.iter().any(|n| n == name);
    let folder = tempfile::tempdir()?;
    let mut report = report::Report::default();
    if wants("dsp") {
        dsp::run(options, folder.path(), &mut report)?;
    }
    if wants("offline") {
        offline::run(options, folder.path(), &mut report)?;
    }
    let mut out = std::io::stdout().lock();
    if options.json {
        report.write_json(&mut out)
    } else {
        report.write_table(&mut out)
    }
}

/// The middle value; sorts `values`. 0 when there are none.
fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(0.0)
}
