//! Segue on the command line.
//!
//! Results go to standard output (with `--json` as one object), everything else to standard error.
//! Exit codes: 0 done, 1 failed, 2 wrong usage, 130 cancelled.

#![forbid(unsafe_code)]

mod app;
mod audio;
mod cancel;
mod commands;
mod console;
mod failure;
mod jobs;
mod progress;
mod reload;
mod telemetry;
mod values;

use clap::Parser;
use std::process::ExitCode;

fn main() -> ExitCode {
    let cli = commands::Cli::parse();
    let console = console::Console::new(cli.command.output());
    match cli.command.run(&console) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => console.fail(&failure),
    }
}
