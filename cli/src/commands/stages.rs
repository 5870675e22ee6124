//! `segue stages`: what the moments of a slot game are called, and what a project makes of them.

mod list;
mod lookup;
pub(crate) mod make;
mod report;
mod validate;

use super::Output;
use crate::console::Console;
use crate::failure::Failure;
use clap::{Args, Subcommand};
use segue_engine::format::{nearest, stages as format};
use segue_engine::middleware::stage::StageTrace;
use segue_engine::middleware::stage::bind::StageTable;
use segue_engine::middleware::stage::timing::TimingProfile;
use segue_engine::project::OpenProject;
use std::path::Path;

const EXAMPLES: &str = "\
Examples:
  segue stages list
  segue stages lookup REEL_STOP_CHERRY_2 --project slots
  segue stages make --game demo-high --spins 5 -o spins.json
  segue stages validate spins.json
  segue run slots --trace spins.json -o spins.wav
  segue stages report slots --game slots/game.json --scenario audio_test --spins 1000";

/// The stages of slot games: names, traces, and what a project makes of them
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Stages {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    List(list::List),
    Schema(list::Schema),
    Docs(list::Docs),
    Validate(validate::Validate),
    Lookup(lookup::Lookup),
    Make(make::Make),
    Report(report::Report),
}

impl Stages {
    pub(super) fn run(&self, console: &Console) -> Result<(), Failure> {
        match &self.command {
            Command::List(command) => command.run(console),
            Command::Schema(command) => command.run(console),
            Command::Docs(command) => command.run(console),
            Command::Validate(command) => command.run(console),
            Command::Lookup(command) => command.run(console),
            Command::Make(command) => command.run(console),
            Command::Report(command) => command.run(console),
        }
    }

    pub(super) fn output(&self) -> Output {
        match &self.command {
            Command::List(command) => command.output,
            Command::Schema(command) => command.output,
            Command::Docs(command) => command.output,
            Command::Validate(command) => command.output,
            Command::Lookup(command) => command.output,
            Command::Make(command) => command.output,
            Command::Report(command) => command.output,
        }
    }
}

/// Reads a file of the engine's formats.
pub(super) fn read_file<T>(
    path: &Path,
    read: impl FnOnce(&[u8]) -> segue_engine::format::Result<T>,
) -> Result<T, Failure> {
    let bytes = std::fs::read(path).map_err(|error| Failure::io(path, "read", &error))?;
    read(&bytes).map_err(|error| Failure::new(format!("{}: {error}", path.display())))
}

/// Reads a trace.
pub(super) fn read_trace(path: &Path) -> Result<StageTrace, Failure> {
    read_file(path, |bytes| {
        format::trace_from_json(bytes).map(|read| read.0)
    })
}

/// A timing profile of a table by its name.
pub(super) fn named_profile(table: &StageTable, name: &str) -> Result<TimingProfile, Failure> {
    table.profile(name).ok_or_else(|| {
        let near = nearest(name, table.profile_names());
        let names: Vec<&str> = table.profile_names().collect();
        let failure = Failure::usage(format!("there is no timing profile {name:?}"));
        match near {
            Some(near) => failure.hint(format!("did you mean {near:?}?")),
            None => failure.hint(format!("profiles are {}", names.join(", "))),
        }
    })
}

/// The timing profile of a trace: by `name`, else as the trace says, else `normal`. A trace may
/// come from where its profile is known and this project does not have it.
pub(super) fn profile_of(
    project: &OpenProject,
    name: Option<&str>,
    trace: &StageTrace,
) -> Result<TimingProfile, Failure> {
    let table = project.stage_table();
    match name {
        Some(name) => named_profile(&table, name),
        None => {
            let told = trace.timing_profile.as_deref();
            let told = told.and_then(|name| table.profile(name));
            Ok(told.unwrap_or_else(TimingProfile::normal))
        }
    }
}
