//! `segue unpack`: a packed project into a folder.

use super::Output;
use crate::console::Console;
use crate::failure::Failure;
use crate::values::{count, size};
use clap::Args;
use segue_engine::ErrorKind;
use segue_engine::project::unpack;
use serde_json::json;
use std::path::PathBuf;

const EXAMPLES: &str = "\
Examples:
  segue unpack game.segue            # makes the folder game
  segue unpack game.segue elsewhere
  segue unpack game.segue --force    # replaces the project that is there";

/// Unpack a packed project into a folder
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Unpack {
    /// The packed project
    file: PathBuf,
    /// The folder to make [default: the file's name without its extension, in this folder]
    folder: Option<PathBuf>,
    /// Replace the project folder that is there, with everything in it
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    pub(super) output: Output,
}

impl Unpack {
    pub(super) fn run(&self, console: &Console) -> Result<(), Failure> {
        let folder = self.folder();
        let report = unpack(&self.file, &folder, self.force).map_err(|error| {
            let is_in_the_way = error.kind() == ErrorKind::Exists;
            let failure = Failure::from(error);
            match is_in_the_way {
                true => failure.hint("name another folder; --force replaces a project"),
                false => failure,
            }
        })?;
        for warning in &report.warnings {
            console.warn(warning);
        }
        console.answer(
            || {
                let (assets, bytes) = (count(report.assets, "audio file"), size(report.bytes));
                format!("{}: {assets}, {bytes}", folder.display())
            },
            || {
                json!({
                    "path": report.path.display().to_string(),
                    "bytes": report.bytes,
                    "assets": report.assets,
                    "warnings": report.warnings,
                })
            },
        )
    }

    fn folder(&self) -> PathBuf {
        self.folder.clone().unwrap_or_else(|| {
            let stem = self.file.file_stem().unwrap_or(self.file.as_os_str());
            match self.file.extension() {
                Some(_) => stem.into(),
                // Without an extension the folder would be the file itself.
                None => format!("{}-unpacked", stem.to_string_lossy()).into(),
            }
        })
    }
}
