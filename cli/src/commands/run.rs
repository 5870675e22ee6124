//! `segue run`: the game of a project, played by a text, a trace, or a slot game.

mod events;
mod live;
mod load;
mod offline;
mod spin_log;

use super::Output;
use super::render::How;
use super::stages::make::Session;
use crate::console::Console;
use crate::failure::Failure;
use crate::values::{seconds, up_to};
use clap::Args;
use std::path::PathBuf;

const EXAMPLES: &str = "\
Examples:
  segue run game --scene chase.txt -o chase.wav
  segue run game --scene chase.txt --events chase.jsonl    # what happens, without audio
  segue run slots --trace spin.json -o spin.wav            # stages, as `segue stages make` writes them
  segue run slots --slot demo-high --spins 20 -o session.wav
  echo 'post Play_Door' | segue run game --live
  segue run game --live --events - < chase.txt

A scene has one call a line, with its time: `0:01.500 post Play_Footstep object=hero`. docs/scene.md
lists the calls. With --live the lines come from standard input, times may be left out, and a
project that is saved is heard at once.";

/// Play a project's game from a scene: a text of timed calls
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Run {
    /// The project folder or packed project
    pub(super) project: PathBuf,
    /// The scene: a text file
    #[arg(
        long,
        value_name = "FILE",
        required_unless_present_any = ["live", "trace", "slot", "spins", "spin_log", "scenario"],
        conflicts_with = "live"
    )]
    scene: Option<PathBuf>,
    /// A trace of stages in place of a scene
    #[arg(long, value_name = "FILE", conflicts_with_all = ["live", "scene"])]
    trace: Option<PathBuf>,
    /// A slot game in place of a scene: a file or a built-in one, spun with --seed
    #[arg(long, value_name = "GAME", conflicts_with_all = ["live", "scene", "trace"])]
    slot: Option<PathBuf>,
    /// How many spins of --slot, behind those of --scenario [default: 1, with a scenario none]
    #[arg(long, value_name = "N", requires = "slot", value_parser = up_to::<100_000>)]
    spins: Option<u32>,
    /// Write a row per spin of --slot, as `segue slot spin --log` does, with its stages and what the
    /// engine decided
    #[arg(long, value_name = "FILE", requires = "slot")]
    spin_log: Option<PathBuf>,
    #[command(flatten)]
    session: Session,
    /// The timing profile: how fast --slot plays, and how much earlier stages are heard than seen.
    /// A name, or a file of the format segue.timing (FILE.json) [default: the trace's, else normal]
    #[arg(long, value_name = "NAME", conflicts_with_all = ["live", "scene"])]
    profile: Option<String>,
    /// Read the lines from standard input and play through an output
    #[arg(long)]
    live: bool,
    /// The WAV file to write
    #[arg(
        short = 'o',
        long = "output",
        value_name = "FILE",
        conflicts_with = "live"
    )]
    out: Option<PathBuf>,
    /// Where to write what happens, as JSON Lines; `-` is standard output [default for --live: -]
    #[arg(long, value_name = "FILE")]
    events: Option<PathBuf>,
    /// Length in seconds [default: to the scene's `end`, else 5 s after its last call]
    #[arg(long, value_parser = seconds, allow_negative_numbers = true)]
    seconds: Option<f64>,
    #[command(flatten)]
    how: How,
    /// The output for --live: an id or name of `segue devices`
    #[arg(long, value_name = "NAME", requires = "live")]
    device: Option<String>,
    /// Frames of the output's buffer for --live
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=65_536), value_name = "FRAMES", requires = "live")]
    buffer: Option<u32>,
    /// Add to the rows of --live, once a second, how long the engine's threads and buses take
    #[arg(long, requires = "live")]
    load: bool,
    #[command(flatten)]
    pub(super) output: Output,
}

impl Run {
    pub(super) fn run(&self, console: &Console) -> Result<(), Failure> {
        if self.slot.is_none() && self.session.is_chosen() {
            return Err(
                Failure::usage("--scenario and --gamble need a game that spins")
                    .hint("name it with --slot"),
            );
        }
        // What is required of an option is not looked for where another one excludes it.
        if self.slot.is_none() && (self.spins.is_some() || self.spin_log.is_some()) {
            let text = "--spins and --spin-log need a game that spins; scenes, traces and --live have none";
            return Err(Failure::usage(text).hint("name it with --slot in their place"));
        }
        if !self.live && (self.device.is_some() || self.buffer.is_some()) {
            let text = "--device and --buffer are for an output, and nothing is played through one";
            return Err(Failure::usage(text).hint("leave them out, or use --live"));
        }
        match self.live {
            true => self.play_live(console),
            false => self.offline(console),
        }
    }
}
