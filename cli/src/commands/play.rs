//! `segue play`: a project through an audio output.

mod session;

use super::Output;
use crate::console::Console;
use crate::failure::Failure;
use crate::values::{clock, count, level, seconds};
use clap::Args;
use serde_json::json;
use session::{Ended, Session};
use std::path::PathBuf;

const EXAMPLES: &str = "\
Examples:
  segue play game                    # Ctrl-C stops it
  segue play game.segue --loop
  segue play game --device \"USB Audio\" --buffer 256
  segue play game --device jack --seconds 10 --log session.seglog";

/// Play a project through an audio output
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Play {
    /// The project folder or packed project
    project: PathBuf,
    /// The output: an id or name of `segue devices`, or an audio system such as `jack`
    #[arg(long, value_name = "NAME")]
    device: Option<String>,
    /// Sample rate in Hz, 8000 to 384000 [default: the project's if the output can, else its own]
    #[arg(long, value_parser = clap::value_parser!(u32).range(8_000..=384_000), value_name = "HZ")]
    rate: Option<u32>,
    /// Frames of the output's buffer [default: the output's]
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=65_536), value_name = "FRAMES")]
    buffer: Option<u32>,
    /// Stop after this many seconds
    #[arg(long, value_parser = seconds, allow_negative_numbers = true)]
    seconds: Option<f64>,
    /// Repeat until Ctrl-C
    #[arg(long = "loop")]
    looped: bool,
    /// Record the session, for `segue replay`
    #[arg(long, value_name = "FILE")]
    log: Option<PathBuf>,
    #[command(flatten)]
    pub(super) output: Output,
}

impl Play {
    pub(super) fn run(&self, console: &Console) -> Result<(), Failure> {
        let session = Session::start(self, console)?;
        let ended = session.run(console)?;
        self.answer(console, &ended)?;
        if ended.is_cancelled {
            Err(Failure::stopped())
        } else {
            Ok(())
        }
    }

    fn answer(&self, console: &Console, ended: &Ended) -> Result<(), Failure> {
        if ended.dropouts > 0 {
            let times = count(
                usize::try_from(ended.dropouts).unwrap_or(usize::MAX),
                "time",
            );
            console.warn(&format!(
                "the output ran dry {times}; try a larger --buffer"
            ));
        }
        if ended.missing_frames > 0 {
            let frames = ended.missing_frames;
            console.warn(&format!(
                "the disk was late or failed: {frames} frames of streamed sounds are lost"
            ));
        }
        console.answer(
            || {
                let (length, peak) = (clock(ended.seconds), level(ended.peak_db, "dBFS"));
                format!("played {length} through {}, peak {peak}", ended.output)
            },
            || {
                json!({
                    "project": self.project.display().to_string(),
                    "output": ended.output,
                    "sample_rate": ended.sample_rate,
                    "seconds": ended.seconds,
                    "peak_db": ended.peak_db,
                    "dropouts": ended.dropouts,
                    "missing_frames": ended.missing_frames,
                    "cancelled": ended.is_cancelled,
                })
            },
        )
    }
}
