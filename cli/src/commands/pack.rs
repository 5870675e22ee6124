//! `segue pack`: a project folder into one file.

use super::Output;
use crate::console::Console;
use crate::failure::Failure;
use crate::values::{count, size};
use clap::{Args, ValueEnum};
use segue_engine::project::{CONTAINER_EXTENSION, PROJECT_FILE, PackOptions, pack};
use serde_json::json;
use std::path::{Path, PathBuf};

const EXAMPLES: &str = "\
Examples:
  segue pack game                    # writes game.segue
  segue pack game -o to-mail.segue
  segue play game.segue              # a packed project plays as it is
  segue pack game -o game.vstpreset  # a preset that VST3 hosts load into Segue
  segue pack game -o game.vstpreset --plugin segue-fx";

/// The ending of the presets of VST3 hosts.
const VST3_PRESET: &str = "vstpreset";

/// Pack a project folder into one file
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Pack {
    /// The project folder
    project: PathBuf,
    /// The file to write: with the ending `.vstpreset`, a preset for VST3 hosts
    /// [default: the name of the folder with `.segue`]
    #[arg(short = 'o', long = "output", value_name = "FILE")]
    out: Option<PathBuf>,
    /// The plug-in that a `.vstpreset` is for [default: segue]
    #[arg(long, value_enum)]
    plugin: Option<Plugin>,
    /// Pack the rest although audio files are missing
    #[arg(long)]
    allow_missing: bool,
    #[command(flatten)]
    pub(super) output: Output,
}

/// The plug-ins that load projects.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Plugin {
    /// Segue, the instrument
    Segue,
    /// Segue FX, the effect
    SegueFx,
}

impl Plugin {
    /// The class id that VST3 hosts know it by; it never changes.
    fn vst3_class(self) -> [u8; 16] {
        let id: u128 = match self {
            Plugin::Segue => 0x86D8_C916_E6BD_225A_520C_B294_CCB4_B515,
            Plugin::SegueFx => 0x0E0D_B74D_503E_2B35_4753_1E75_D2A8_0BB6,
        };
        id.to_be_bytes()
    }
}

impl Pack {
    pub(super) fn run(&self, console: &Console) -> Result<(), Failure> {
        let out = match &self.out {
            Some(out) => out.clone(),
            None => default_out(&self.project)?,
        };
        let options = PackOptions {
            allow_missing: self.allow_missing,
            vst3_class: self.vst3_class(&out)?,
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

impl Pack {
    fn vst3_class(&self, out: &Path) -> Result<Option<[u8; 16]>, Failure> {
        let ending = out.extension().and_then(|ending| ending.to_str());
        let is_preset = ending.is_some_and(|ending| ending.eq_ignore_ascii_case(VST3_PRESET));
        match (is_preset, self.plugin) {
            (true, plugin) => Ok(Some(plugin.unwrap_or(Plugin::Segue).vst3_class())),
            (false, None) => Ok(None),
            (false, Some(_)) => Err(Failure::usage(
                "--plugin is for presets; name the file with -o and the ending .vstpreset",
            )),
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_class_ids_are_those_of_the_plug_ins() {
        for (plugin, id) in [
            (Plugin::Segue, "audio.segue.segue"),
            (Plugin::SegueFx, "audio.segue.segue-fx"),
        ] {
            assert_eq!(plugin.vst3_class(), segue_vst3::class_id(id));
        }
    }
}
