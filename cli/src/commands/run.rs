//! `segue run`: the game of a project, played by a text.

mod events;
mod live;
mod offline;

use super::Output;
use super::render::How;
use crate::console::Console;
use crate::failure::Failure;
use crate::values::seconds;
use clap::Args;
use std::path::PathBuf;

const EXAMPLES: &str = "\
Examples:
  segue run game --scene chase.txt -o chase.wav
  segue run game --scene chase.txt --events chase.jsonl    # what happens, without audio
  segue run slots --trace spin.json -o spin.wav            # stages, as `segue stages make` writes them
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
        required_unless_present_any = ["live", "trace"],
        conflicts_with = "live"
    )]
    scene: Option<PathBuf>,
    /// A trace of stages in place of a scene
    #[arg(long, value_name = "FILE", conflicts_with_all = ["live", "scene"])]
    trace: Option<PathBuf>,
    /// The timing profile that says how much earlier the stages of a trace are heard [default: the
    /// trace's, else normal]
    #[arg(long, value_name = "NAME", requires = "trace")]
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
    #[command(flatten)]
    pub(super) output: Output,
}

impl Run {
    pub(super) fn run(&self, console: &Console) -> Result<(), Failure> {
        match self.scene.as_ref().or(self.trace.as_ref()) {
            Some(text) => self.offline(text, console),
            None => self.play_live(console),
        }
    }
}
