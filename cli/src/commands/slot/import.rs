//! `segue slot import`: PAR sheets.

use super::super::Output;
use super::check_outputs;
use crate::cancel::Cancel;
use crate::console::Console;
use crate::failure::Failure;
use crate::progress::Bar;
use clap::Args;
use segue_engine::slot::par::{Comparison, ParSheet, Verdict};
use segue_engine::slot::{game_to_json, open_sheet, write_file};
use serde_json::json;
use std::path::PathBuf;

/// Make a game out of a PAR sheet, and compare every figure of it with the counted one
#[derive(Debug, Args)]
pub(crate) struct Import {
    /// The sheet, CSV or JSON
    sheet: PathBuf,
    /// The game's file to write; one that is there is replaced
    #[arg(short = 'o', long = "output", value_name = "FILE")]
    out: Option<PathBuf>,
    #[command(flatten)]
    pub(super) output: Output,
}

impl Import {
    pub(super) fn run(&self, console: &Console) -> Result<(), Failure> {
        let cancel = Cancel::listen(|| ())?;
        let sheet = open_sheet(&self.sheet)?;
        check_outputs(&self.sheet, &[("--output", self.out.as_deref())])?;
        let failed = |error: segue_engine::slot::SlotError| match error {
            segue_engine::slot::SlotError::Cancelled => segue_engine::Error::Cancelled.into(),
            error => Failure::new(format!("{}: {error}", self.sheet.display())),
        };
        let bar = Bar::new(console, "Counting");
        let mut progress = |done, total| {
            bar.at(done, total);
            cancel.flow()
        };
        let (odds, rows) = sheet.compare(&mut progress).map_err(failed)?;
        drop(bar);
        if let Some(path) = &self.out {
            let game = sheet.game().map_err(failed)?;
            let text = game_to_json(&game).map_err(|error| Failure::new(error.to_string()))?;
            write_file(path, &text)?;
        }
        console.answer(
            || {
                let mut text = text(&sheet, odds.rtp.float, &rows);
                if let Some(path) = &self.out {
                    text += &format!("\nwritten to {}", path.display());
                }
                text
            },
            || {
                let rows = rows.iter().map(|row| {
                    json!({
                        "figure": row.figure.name(),
                        "stated": row.stated,
                        "counted": row.counted,
                        "verdict": word(row.verdict),
                    })
                });
                json!({
                    "game": sheet.id,
                    "rtp": odds.rtp.float,
                    "figures": rows.collect::<Vec<_>>(),
                    "path": self.out.as_ref().map(|path| path.display().to_string()),
                })
            },
        )?;
        let wrong = |row: &Comparison| matches!(row.verdict, Verdict::Differs | Verdict::Unknown);
        if rows.iter().any(wrong) {
            return Err(Failure::found());
        }
        Ok(())
    }
}

fn word(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Equal => "equal",
        Verdict::Rounded => "rounded",
        Verdict::Differs => "differs",
        Verdict::Unknown => "cannot be counted",
    }
}

fn text(sheet: &ParSheet, rtp: f64, rows: &[Comparison]) -> String {
    let mut lines = vec![format!("{}: return {:.4} %", sheet.name, 100.0 * rtp)];
    lines.extend(rows.iter().map(|row| {
        let counted = row
            .counted
            .map_or("-".to_owned(), |counted| format!("{counted:.4}"));
        format!(
            "  {:<16} stated {:>12}, counted {counted:>16}: {}",
            row.figure.name(),
            row.stated,
            word(row.verdict)
        )
    }));
    lines.join("\n")
}
