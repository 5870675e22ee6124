//! `segue replay`: a recorded session to a WAV file.

use super::Output;
use super::render::{Bits, Stages, answer};
use crate::cancel::Cancel;
use crate::console::Console;
use crate::failure::Failure;
use clap::Args;
use segue_engine::render::replay;
use std::path::PathBuf;

const EXAMPLES: &str = "\
Examples:
  segue play game --log session.seglog
  segue replay session.seglog -o session.wav
  segue replay session.seglog -o session.wav --bits 32f   # the bits of the session

The project must lie where it was when the session was recorded; `segue info` says where.";

/// Render a recorded session again, to the same bits
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Replay {
    /// The session log
    log: PathBuf,
    /// The WAV file to write
    #[arg(short = 'o', long = "output", value_name = "FILE")]
    out: PathBuf,
    /// How samples are stored
    #[arg(long, value_enum, default_value = "24")]
    bits: Bits,
    #[command(flatten)]
    pub(super) output: Output,
}

impl Replay {
    pub(super) fn run(&self, console: &Console) -> Result<(), Failure> {
        let cancel = Cancel::listen(|| ())?;
        if std::path::absolute(&self.log).ok() == std::path::absolute(&self.out).ok() {
            return Err(Failure::usage(
                "the session log and --output name the same file",
            ));
        }
        let mut progress = Stages::new(console, &cancel);
        let report = replay(&self.log, &self.out, self.bits.format(), &mut |step| {
            progress.at(step)
        })?;
        drop(progress);
        answer(console, &report)
    }
}
