//! `offline`: jobs as users start them, CPU seconds from the start of the process to its end.

mod scale;
mod works;

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::report::{Report, Row};
use crate::{Options, Result, files, median, process, signal};
use works::{Contender, Work};

/// Where everything lies.
pub(crate) struct Place<'a> {
    options: &'a Options,
    folder: &'a Path,
    /// The programme at 48 kHz, and its first part as if it were at 44.1 kHz.
    input: PathBuf,
    input_44: PathBuf,
    seconds: usize,
}

impl Place<'_> {
    fn segue(&self, words: &str) -> Command {
        let mut command = Command::new(&self.options.segue);
        command.args(words.split_whitespace()).arg("--quiet");
        command
    }

    fn python(&self, code: &str) -> Command {
        let mut command = Command::new(&self.options.python);
        command.args(["-B", "-c", code]).env("OMP_NUM_THREADS", "1");
        command
    }
}

pub(crate) fn run(options: &Options, folder: &Path, report: &mut Report) -> Result<()> {
    let seconds = match options.seconds {
        0 if options.quick => 20,
        0 => 600,
        seconds => seconds,
    };
    let programme = signal::programme(signal::RATE, seconds * signal::RATE as usize);
    let place = Place {
        options,
        folder,
        input: folder.join("in.wav"),
        input_44: folder.join("in44.wav"),
        seconds,
    };
    files::write(&place.input, signal::RATE, &programme)?;
    files::write(&place.input_44, 44_100, &programme)?;
    drop(programme);
    for work in works::all(&place)? {
        if options.wants_work(work.name) {
            compare(&place, &work, report)?;
        }
    }
    if options.wants_work("files") {
        scale::batch(&place, report)?;
    }
    if options.wants_work("memory") {
        scale::memory(&place, report)?;
    }
    Ok(())
}

/// Runs all in turn, at least five times, and judges what they made.
fn compare(place: &Place, work: &Work, report: &mut Report) -> Result<()> {
    let rounds = if place.options.quick { 1 } else { 5 };
    let mut ready = Vec::new();
    for contender in &work.contenders {
        match once(place, work, contender) {
            Ok(_) => ready.push((contender, Vec::new())),
            Err(error) if contender.name == "segue" && !contender.is_optional => return Err(error),
            Err(error) => report.push(row(work, contender, None, why(&error.to_string()))),
        }
    }
    for _ in 0..rounds {
        for (contender, times) in &mut ready {
            times.push(once(place, work, contender)?);
        }
    }
    for (contender, times) in &mut ready {
        let mut quality = (work.judge)(place, &result(place, work, contender), contender)?;
        if !contender.checks.is_empty() {
            quality = format!("{quality}, {}", contender.checks);
        }
        report.push(row(work, contender, Some(median(times)), quality));
    }
    for (contender, _) in &ready {
        _ = std::fs::remove_file(result(place, work, contender));
    }
    Ok(())
}

fn once(place: &Place, work: &Work, contender: &Contender) -> Result<f64> {
    let output = result(place, work, contender);
    // Everyone writes a new file: some refuse to replace one.
    _ = std::fs::remove_file(&output);
    let mut spent = 0.0;
    for mut command in (contender.commands)(place, &work.input, &output)? {
        spent += process::usage(&mut command)?.cpu;
    }
    std::fs::metadata(&output).map_err(|e| format!("{}: no result: {e}", contender.name))?;
    Ok(spent)
}

fn result(place: &Place, work: &Work, contender: &Contender) -> PathBuf {
    place
        .folder
        .join(format!("{}.{}", contender.file, work.extension))
}

/// The last line of what went wrong, or that the program is not there.
fn why(error: &str) -> String {
    if error.contains("No such file or directory") || error.contains("No module named") {
        return "not installed".to_owned();
    }
    let line = error.lines().last().unwrap_or_default();
    line.chars().take(100).collect()
}

fn row(work: &Work, contender: &Contender, value: Option<f64>, quality: String) -> Row {
    Row {
        bench: "offline",
        work: work.name,
        subject: contender.name.to_owned(),
        value,
        unit: "CPU s",
        quality,
        goal: contender.goal.to_owned(),
    }
}
