//! `segue measure`: loudness, peaks and dynamics of files.

use super::Output;
use super::convert::{check_report, write_report};
use crate::cancel::Cancel;
use crate::console::Console;
use crate::failure::{Failure, Kind};
use crate::jobs::reading::Reading;
use crate::jobs::rows;
use crate::jobs::sides::Sides;
use crate::progress::Bar;
use crate::values::{clock, level};
use clap::Args;
use segue_engine::Error;
use segue_engine::jobs::job::{JobProgress, Settings, measure, measure_with_history};
use segue_engine::jobs::measure::Measurement;
use segue_engine::jobs::plot::{Size, loudness_png, loudness_svg};
use segue_engine::jobs::{AtomicFile, Encoding};
use segue_engine::render::WavFormat;
use serde_json::Value;
use std::path::{Path, PathBuf};

const EXAMPLES: &str = "\
Examples:
  segue measure mix.wav
  segue measure --json *.flac | jq -r '[.file, .lufs_i] | @tsv'
  segue measure mix.wav --plot mix.svg
  segue measure *.wav --report levels.csv";

/// Measure loudness, peaks and dynamic range of audio files
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Measure {
    /// The files
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// Also write a report: .csv or .jsonl
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
    /// Draw loudness over time, for one file: .svg or .png
    #[arg(long, value_name = "FILE")]
    plot: Option<PathBuf>,
    /// Width of the plot in pixels
    #[arg(long, default_value_t = 1000, value_name = "PIXELS", requires = "plot")]
    width: u32,
    /// Height of the plot in pixels
    #[arg(long, default_value_t = 400, value_name = "PIXELS", requires = "plot")]
    height: u32,
    #[command(flatten)]
    reading: Reading,
    #[command(flatten)]
    pub(super) output: Output,
}

impl Measure {
    pub(super) fn run(&self, console: &Console) -> Result<(), Failure> {
        if self.plot.is_some() && self.files.len() > 1 {
            return Err(Failure::usage("--plot is for one file"));
        }
        self.check_sides()?;
        let cancel = Cancel::listen(|| ())?;
        self.plot
            .as_deref()
            .map_or(Ok(()), |plot| self.check_plot(plot))?;
        self.report.as_deref().map_or(Ok(()), check_report)?;
        let (mut rows, mut failed) = (Vec::new(), 0);
        let mut stop = None;
        for file in &self.files {
            let name = file.display().to_string();
            if stop.is_some() {
                rows.push(rows::not_measured(&name, "cancelled", None));
                continue;
            }
            match self.measure(console, &cancel, file) {
                Ok(row) => rows.push(row),
                Err(failure) if failure.kind == Kind::Failed => {
                    console.problem(&failure.message);
                    rows.push(rows::not_measured(&name, "failed", Some(&failure.message)));
                    failed += 1;
                }
                Err(failure) if failure.kind == Kind::Cancelled => {
                    rows.push(rows::not_measured(&name, "cancelled", None));
                    stop = Some(failure);
                }
                Err(failure) => return Err(failure),
            }
        }
        if let Some(path) = &self.report {
            write_report(path, &rows)?;
        }
        match (stop, failed) {
            (Some(cancelled), _) => Err(cancelled),
            (None, 0) => Ok(()),
            (None, _) => Err(Failure::found()),
        }
    }

    /// Plot and report may be none of the files.
    fn check_sides(&self) -> Result<(), Failure> {
        let mut sides = Sides::default();
        self.files
            .iter()
            .for_each(|file| sides.take(file, "an input"));
        for (option, path) in [("--plot", &self.plot), ("--report", &self.report)] {
            if let Some(path) = path {
                sides.claim(option, path)?;
            }
        }
        Ok(())
    }

    fn measure(&self, console: &Console, cancel: &Cancel, file: &Path) -> Result<Value, Failure> {
        let mut settings = Settings::new(Encoding::Wav(WavFormat::F32));
        settings.decode = self.reading.options();
        let bar = Bar::new(console, "Measuring");
        bar.say(file.display().to_string());
        let mut monitor = |progress: &JobProgress| {
            bar.share(progress.share);
            if let Some(left) = progress.eta_seconds {
                bar.say(format!("{}  {} left", file.display(), clock(left)));
            }
            cancel.flow()
        };
        let measured = match self.plot {
            Some(_) => measure_with_history(file, &settings, &mut monitor),
            None => measure(file, &settings, &mut monitor),
        };
        let measured = measured.map_err(Error::from)?;
        drop(bar);
        for warning in &measured.warnings {
            console.warn(&format!("{}: {warning}", file.display()));
        }
        let m = &measured.measurement;
        let row = rows::measured(&file.display().to_string(), &measured);
        console.answer(|| text(file, m), || row.clone())?;
        if let Some(plot) = &self.plot {
            self.draw(m, plot)?;
        }
        Ok(row)
    }

    /// Fails where no plot can be drawn, before anything is measured for it.
    fn check_plot(&self, plot: &Path) -> Result<(), Failure> {
        if !matches!(ending(plot).as_str(), "svg" | "png") {
            return Err(Failure::usage("the plot's name must end with .svg or .png"));
        }
        self.size().check().map_err(Error::from)?;
        // A temporary file that goes again when it is dropped.
        AtomicFile::create(plot).map_err(Error::from)?;
        Ok(())
    }

    fn size(&self) -> Size {
        Size {
            width: self.width,
            height: self.height,
        }
    }

    fn draw(&self, m: &Measurement, plot: &Path) -> Result<(), Failure> {
        let drawn = match ending(plot).as_str() {
            "svg" => loudness_svg(m, self.size(), plot),
            _ => loudness_png(m, self.size(), plot),
        };
        Ok(drawn.map_err(Error::from)?)
    }
}

fn ending(path: &Path) -> String {
    let ending = path.extension().unwrap_or_default();
    ending.to_string_lossy().to_lowercase()
}

/// A loudness that needs some sound: as much as `least` says.
fn lasting(m: &Measurement, loudness: f64, seconds: f64, least: &str) -> String {
    let is_sound = m.sample_peak.is_finite();
    if is_sound && !loudness.is_finite() && m.seconds() < seconds {
        return format!("too short{least}");
    }
    level(Some(loudness), "LUFS")
}

fn text(file: &Path, m: &Measurement) -> String {
    let flags: Vec<&str> = m.flags.iter().map(|flag| flag.name()).collect();
    let flags = if flags.is_empty() {
        String::new()
    } else {
        format!("\n  look at   {}", flags.join(", "))
    };
    let dr = m
        .dynamic_range
        .map_or_else(|| "-".to_owned(), |dr| dr.to_string());
    format!(
        "{}\n  length    {} at {} Hz, {} channels\n  loudness  {}, max M {}, max S {}, LRA {:.1} LU\n  \
         peak      {}, {}\n  range     DR{dr}{flags}",
        file.display(),
        clock(m.seconds()),
        m.sample_rate,
        m.channels,
        lasting(m, m.integrated, 0.4, " (below 400 ms)"),
        level(Some(m.one_shot.unwrap_or(m.max_momentary)), "LUFS"),
        // Shorter sounds have one, but the shortest.
        lasting(m, m.max_short_term, 3.0, ""),
        m.range,
        level(Some(m.true_peak), "dBTP"),
        level(Some(m.sample_peak), "dBFS"),
    )
}
