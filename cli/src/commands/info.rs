//! `segue info`: what a file is.

mod text;

use super::Output;
use crate::cancel::Cancel;
use crate::console::Console;
use crate::failure::Failure;
use crate::progress::Bar;
use clap::Args;
use segue_engine::info::inspect;
use std::path::PathBuf;

const EXAMPLES: &str = "\
Examples:
  segue info game                    # a project folder
  segue info game.segue              # a packed project
  segue info music.flac --check      # decode it to its end
  segue info game --json | jq .assets";

/// Describe a project, a packed project, an audio file or a session log
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Info {
    /// The file or project folder
    file: PathBuf,
    /// Decode every audio file to its end to see whether it is whole
    #[arg(long)]
    check: bool,
    #[command(flatten)]
    pub(super) output: Output,
}

impl Info {
    pub(super) fn run(&self, console: &Console) -> Result<(), Failure> {
        let cancel = Cancel::listen(|| ())?;
        let bar = Bar::new(console, "Checking");
        let info = inspect(&self.file, self.check, &mut |progress| {
            bar.at(progress.done, progress.total);
            bar.say(progress.path.display().to_string());
            cancel.flow()
        })?;
        drop(bar);
        console.answer(|| text::text(&info), || info.value())?;
        if self.check && info.is_flawed() {
            let message = format!("{}: some audio files cannot be used", self.file.display());
            return Err(Failure::new(message));
        }
        Ok(())
    }
}
