//! `segue pack`: a project folder into one file.

use super::Output;
use crate::console::Console;
use crate::failure::Failure;
use crate::values::{count, size};
use clap::Args;
use segue_engine::project::{CONTAINER_EXTENSION, PROJECT_FILE, PackOptions, pack};
use serde_json::json;
use std::path::{Path, PathBuf};

const EXAMPLES: &str = "\
Examples:
  segue pack game                    # writes game.segue
  segue pack game -o to-mail.segue
  segue play game.segue              # a packed project plays as it is";

/// Pack a project folder into one file
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Pack {
    /// The project folder
    project: PathBuf,
    /// The file to write [default: the name of the folder with `.segue`]
    #[arg(short = 'o', long = "output", value_name = "FILE")]
    out: Option<PathBuf>,
    /// Pack the rest although audio files are missing
    #[arg(long)]
    allow_missing: bool,
    #[command(flatten)]
    pub(super) output: Output,
}

impl Pack {
    pub(super) fn run(&self, console: &Console) -> Result<(), Failure> {
        let out = match &self.out {
            Some(out) => out.clone(),
            None => default_out(&self.project)?,
        };
        let options = PackOptions {
            allow_missing: self.allow_missing,
        };
        let report = pack(&self.project, &out, &options)?;
        for file in &report.missing {
            console.warn(&format!("{file} is missing and not in the package"));
        }
        console.answer(
            || {
                let (assets, bytes) = (count(report.assets, "audio file"), size(report.bytes));
                format!("{}: {assets}, {bytes}", out.display())
            },
            || {
                json!({
                    "path": report.path.display().to_string(),
                    "bytes": report.bytes,
                    "assets": report.assets,
                    "missing": report.missing,
                })
            },
        )
    }
}

/// Beside the folder, with its name.
fn default_out(project: &Path) -> Result<PathBuf, Failure> {
    let absolute =
        std::path::absolute(project).map_err(|error| Failure::io(project, "find", &error))?;
    let folder = match absolute.file_name() {
        Some(name) if name == PROJECT_FILE => absolute.parent().unwrap_or(&absolute).to_owned(),
        _ => absolute,
    };
    let Some(name) = folder.file_name() else {
        return Err(Failure::usage(
            "this folder has no name; name the file with -o",
        ));
    };
    let mut name = name.to_owned();
    name.push(".");
    name.push(CONTAINER_EXTENSION);
    Ok(folder.with_file_name(name))
}
