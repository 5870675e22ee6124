//! The subcommands: one file each.

mod app;
mod batch;
mod check;
mod completions;
mod convert;
mod devices;
mod info;
mod ingest;
mod inserts;
mod man;
mod measure;
mod new;
mod pack;
mod play;
mod render;
mod replay;
mod run;
mod slot;
mod stages;
mod unpack;
mod waveform;

use crate::console::Console;
use crate::failure::Failure;
use clap::{Args, Parser, Subcommand};

const EXAMPLES: &str = "\
Examples:
  segue new game --from music.flac hit.wav voices/
  segue play game
  segue run game --scene chase.txt -o chase.wav
  segue render game -o game.wav --seconds 30
  segue pack game

Exit codes: 0 done, 1 failed, 2 wrong usage, 130 cancelled.";

/// Real-time interactive audio: make, play, render and pack projects.
#[derive(Debug, Parser)]
#[command(name = "segue", version, after_help = EXAMPLES)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    New(new::New),
    App(app::App),
    Play(play::Play),
    Render(render::Render),
    Replay(replay::Replay),
    Run(run::Run),
    Slot(slot::Slot),
    Stages(stages::Stages),
    Ingest(ingest::Ingest),
    Check(check::Check),
    Info(info::Info),
    Pack(pack::Pack),
    Unpack(unpack::Unpack),
    Convert(Box<convert::Convert>),
    Normalize(Box<convert::Normalize>),
    Measure(measure::Measure),
    Batch(batch::Batch),
    Waveform(waveform::Waveform),
    Inserts(inserts::Inserts),
    Devices(devices::Devices),
    Completions(completions::Completions),
    Man(man::Man),
}

/// How a command answers.
#[derive(Clone, Copy, Debug, Default, Args)]
pub(crate) struct Output {
    /// Answer with one JSON object on standard output
    #[arg(long)]
    pub(crate) json: bool,
    /// No progress and no notes, only results and errors
    #[arg(short, long)]
    pub(crate) quiet: bool,
}

impl Command {
    pub(crate) fn run(&self, console: &Console) -> Result<(), Failure> {
        match self {
            Command::New(command) => command.run(console),
            Command::App(command) => command.run(),
            Command::Play(command) => command.run(console),
            Command::Render(command) => command.run(console),
            Command::Replay(command) => command.run(console),
            Command::Run(command) => command.run(console),
            Command::Slot(command) => command.run(console),
            Command::Stages(command) => command.run(console),
            Command::Ingest(command) => command.run(console),
            Command::Check(command) => command.run(console),
            Command::Info(command) => command.run(console),
            Command::Pack(command) => command.run(console),
            Command::Unpack(command) => command.run(console),
            Command::Convert(command) => command.run(console),
            Command::Normalize(command) => command.run(console),
            Command::Measure(command) => command.run(console),
            Command::Batch(command) => command.run(console),
            Command::Waveform(command) => command.run(console),
            Command::Inserts(command) => command.run(console),
            Command::Devices(command) => command.run(console),
            Command::Completions(command) => command.run(console),
            Command::Man(command) => command.run(console),
        }
    }

    pub(crate) fn output(&self) -> Output {
        match self {
            Command::New(command) => command.output,
            Command::Play(command) => command.output,
            Command::Render(command) => command.output,
            Command::Replay(command) => command.output,
            Command::Run(command) => command.output,
            Command::Slot(command) => command.output(),
            Command::Stages(command) => command.output(),
            Command::Ingest(command) => command.output(),
            Command::Check(command) => command.output,
            Command::Info(command) => command.output,
            Command::Pack(command) => command.output,
            Command::Unpack(command) => command.output,
            Command::Convert(command) => command.output(),
            Command::Normalize(command) => command.output(),
            Command::Measure(command) => command.output,
            Command::Batch(command) => command.output,
            Command::Waveform(command) => command.output,
            Command::Inserts(command) => command.output,
            Command::Devices(command) => command.output,
            Command::App(_) | Command::Completions(_) | Command::Man(_) => Output::default(),
        }
    }
}
