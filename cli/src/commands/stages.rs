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
use segue_engine::middleware::stage::resolve::ResolverProfile;
use segue_engine::middleware::stage::timing::TimingProfile;
use segue_engine::stage_report::{Games, is_live, live_stages};
use std::fs::File;
use std::io::Read;
use std::path::Path;

const EXAMPLES: &str = "\
Examples:
  segue stages list
  segue stages lookup REEL_STOP_CHERRY_2 --project slots
  segue stages make --game demo-high --spins 5 -o spins.json
  segue stages validate spins.json
  segue stages make --resolve untimed.json --profile turbo -o timed.json
  segue run slots --trace spins.json -o spins.wav
  segue stages report slots take.trace.jsonl
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

/// Reads a trace: one of stages, or the recording of a live game.
pub(super) fn read_trace(path: &Path) -> Result<(StageTrace, Games), Failure> {
    let (trace, games) = read_either(path)?;
    let games = games.unwrap_or_else(|| Games::one(&trace));
    Ok((trace, games))
}

/// Reads a trace, and for the recording of live games which they are.
fn read_either(path: &Path) -> Result<(StageTrace, Option<Games>), Failure> {
    // What is read of a pipe is gone from it: only a file is looked at first.
    let is_file = std::fs::metadata(path).is_ok_and(|it| it.is_file());
    if is_file {
        let start = start_of(path).map_err(|error| Failure::io(path, "read", &error))?;
        if is_live(&start) {
            let live = live_stages(path)?;
            return Ok((live.trace, Some(live.games)));
        }
    }
    let bytes = std::fs::read(path).map_err(|error| Failure::io(path, "read", &error))?;
    if !is_file && is_live(&bytes) {
        let text = format!(
            "{}: the recording of a live game is read from a file only",
            path.display()
        );
        return Err(Failure::usage(text).hint("write it into a file first"));
    }
    let trace = format::trace_from_json(&bytes);
    let trace = trace.map_err(|error| Failure::new(format!("{}: {error}", path.display())))?;
    Ok((trace.0, None))
}

/// The first bytes of a file: enough for the first line of a recording.
fn start_of(path: &Path) -> std::io::Result<Vec<u8>> {
    let mut start = Vec::new();
    File::open(path)?.take(8192).read_to_end(&mut start)?;
    Ok(start)
}

/// A trace and how it is heard.
pub(super) struct Told {
    /// The trace, with times.
    pub(super) trace: StageTrace,
    /// Of which games it is.
    pub(super) games: Games,
    /// The timing profile that compensates latency.
    pub(super) profile: TimingProfile,
    /// The trace had no times; the profile gave them.
    pub(super) resolved: bool,
}

/// Reads a trace to be played with the timing profile `name`, else its own, else `normal`. A trace
/// without times gets those of the profile; the recording of a live game is played as it was heard.
pub(super) fn told(table: &StageTable, path: &Path, name: Option<&str>) -> Result<Told, Failure> {
    let (mut trace, games) = read_either(path)?;
    if let Some(games) = games {
        if name.is_some() {
            let text = "the recording of a live game has its own times";
            return Err(Failure::usage(text).hint("leave --profile out"));
        }
        let profile = TimingProfile::zero("live");
        return Ok(Told {
            trace,
            games,
            profile,
            resolved: false,
        });
    }
    let profile = profile_of(table, name, &trace)?;
    let resolved = trace.is_untimed();
    if resolved {
        ResolverProfile::of(&profile).resolve(&mut trace);
    }
    Ok(Told {
        games: Games::one(&trace),
        trace,
        profile,
        resolved,
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
    table: &StageTable,
    name: Option<&str>,
    trace: &StageTrace,
) -> Result<TimingProfile, Failure> {
    match name {
        Some(name) => named_profile(table, name),
        None => {
            let told = trace.timing_profile.as_deref();
            let told = told.and_then(|name| table.profile(name));
            Ok(told.unwrap_or_else(TimingProfile::normal))
        }
    }
}
