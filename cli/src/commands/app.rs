//! `segue app`: the window.

use crate::app::{self, Start};
use crate::failure::Failure;
use clap::Args;
use std::path::PathBuf;

const EXAMPLES: &str = "\
Examples:
  segue app                          # begins with nothing; the menu opens a project
  segue app game                     # a project folder
  segue app game.segue               # or a packed project
  segue app --factory

Output, sample rate, buffer and MIDI inputs are chosen under Settings in the menu at the top left
(Ctrl+,). Space plays and stops, Ctrl+O opens, Ctrl+S saves, Ctrl+B bounces to a file. With JACK,
MIDI is heard on the port segue:midi_in. Settings are kept in segue/app.json in your configuration
folder, or in the folder that SEGUE_CONFIG names.";

/// Open the window: mixer, macros, transport, MIDI input
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct App {
    /// The project folder or packed project to begin with
    project: Option<PathBuf>,
    /// Begin with the project that comes with Segue
    #[arg(long, conflicts_with = "project")]
    factory: bool,
}

impl App {
    pub(super) fn run(&self) -> Result<(), Failure> {
        app::run(match &self.project {
            Some(path) => Start::Path(path.clone()),
            None if self.factory => Start::Factory,
            None => Start::Nothing,
        })
    }
}
