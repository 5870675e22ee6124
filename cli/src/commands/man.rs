//! `segue man`: the manual pages.

use super::Cli;
use crate::console::Console;
use crate::failure::Failure;
use clap::{Args, CommandFactory};
use std::fs;
use std::path::PathBuf;

const EXAMPLES: &str = "\
Examples:
  segue man ~/.local/share/man/man1
  man segue-render";

/// Write the manual pages into a folder
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Man {
    /// The folder, which is made if it is missing
    folder: PathBuf,
}

impl Man {
    pub(super) fn run(&self, console: &Console) -> Result<(), Failure> {
        let failed = |error| Failure::io(&self.folder, "write", &error);
        fs::create_dir_all(&self.folder).map_err(failed)?;
        clap_mangen::generate_to(Cli::command(), &self.folder).map_err(failed)?;
        console.note(&format!(
            "the manual pages are in {}",
            self.folder.display()
        ));
        Ok(())
    }
}
