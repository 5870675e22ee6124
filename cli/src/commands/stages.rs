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
use segue_engine::format::{Warning, nearest, stages as format};
use segue_engine::middleware::stage::StageTrace;
use segue_engine::middleware::stage::bind::{SCALES, StageTable};
use segue_engine::middleware::stage::timing::TimingProfile;
use segue_engine::stage_report::{Games, LiveStages, Told, is_live, live_stages, own_profile};
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

/// A file of stages.
enum Source {
    /// A trace.
    Trace(StageTrace, Vec<Warning>),
    /// The recording of live games.
    Live(LiveStages),
}

/// Reads a trace, one of stages or the recording of a live game, and what is odd in it.
pub(super) fn read_trace(path: &Path) -> Result<(StageTrace, Games, Vec<Warning>), Failure> {
    match read_either(path)? {
        Source::Live(live) => Ok((live.trace, live.games, Vec::new())),
        Source::Trace(trace, warnings) => {
            let games = Games::one(&trace);
            Ok((trace, games, warnings))
        }
    }
}

fn read_either(path: &Path) -> Result<Source, Failure> {
    // What is read of a pipe is gone from it: only a file is looked at first.
    let is_file = std::fs::metadata(path).is_ok_and(|it| it.is_file());
    if is_file {
        let start = start_of(path).map_err(|error| Failure::io(path, "read", &error))?;
        if is_live(&start) {
            return Ok(Source::Live(live_stages(path)?));
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
    Ok(Source::Trace(trace.0, trace.1))
}

/// The first bytes of a file: enough for the first line of a recording.
fn start_of(path: &Path) -> std::io::Result<Vec<u8>> {
    let mut start = Vec::new();
    File::open(path)?.take(8192).read_to_end(&mut start)?;
    Ok(start)
}

/// Reads a trace to be played with the timing profile `name`, else its own, else `normal`. A trace
/// without times gets those of the profile; the recording of a live game is played as it was heard.
pub(super) fn told(table: &StageTable, path: &Path, name: Option<&str>) -> Result<Told, Failure> {
    match read_either(path)? {
        Source::Live(_) if name.is_some() => {
            let text = "the recording of a live game has its own times";
            Err(Failure::usage(text).hint("leave --profile out"))
        }
        Source::Live(live) => Ok(Told::live(live)),
        Source::Trace(trace, _) => {
            let profile = profile_of(table, name, &trace)?;
            Ok(Told::timed(trace, profile))
        }
    }
}

/// A timing profile of a table by its name, or of a file.
pub(super) fn named_profile(table: &StageTable, name: &str) -> Result<TimingProfile, Failure> {
    if let Some(profile) = table.profile(name) {
        return Ok(profile);
    }
    if let Some(path) = profile_file(name) {
        return profile_of_file(path, name);
    }
    let near = nearest(name, table.profile_names());
    let names: Vec<&str> = table.profile_names().collect();
    let failure = Failure::usage(format!("there is no timing profile {name:?}"));
    Err(match near {
        Some(near) => failure.hint(format!("did you mean {near:?}?")),
        None => failure.hint(format!(
            "profiles are {}; others stand in project.json under interactive.stages.profiles, or in a file: \
             --profile mine.json",
            names.join(", ")
        )),
    })
}

/// The file of `FILE.json` or `FILE.json@K`.
fn profile_file(name: &str) -> Option<&str> {
    let is_file = |name: &&str| name.ends_with(".json");
    let slower = name.rsplit_once('@').map(|(file, _)| file);
    Some(name).filter(is_file).or(slower.filter(is_file))
}

/// The profile in a file, K times as slow for `FILE.json@K`.
fn profile_of_file(path: &str, name: &str) -> Result<TimingProfile, Failure> {
    let read = read_file(Path::new(path), |bytes| {
        format::timing_from_json(bytes).map(|it| it.0)
    })?;
    let own = read.name.clone();
    let slower = format!("{own}{}", &name[path.len()..]);
    let table = StageTable::new(Vec::new(), None, vec![read]);
    table.profile(&slower).ok_or_else(|| {
        let (least, most) = SCALES.into_inner();
        Failure::usage(format!("there is no timing profile {name:?}")).hint(format!(
            "behind the file {path:?} comes nothing, or @K with K in {least}..={most}"
        ))
    })
}

/// The timing profile of a trace: by `name`, else as the trace says, else `normal`.
pub(super) fn profile_of(
    table: &StageTable,
    name: Option<&str>,
    trace: &StageTrace,
) -> Result<TimingProfile, Failure> {
    match name {
        Some(name) => named_profile(table, name),
        None => Ok(own_profile(table, trace)),
    }
}
