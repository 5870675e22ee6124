//! Many files on all cores, and one file of three hours in bounded memory.

use super::Place;
use crate::report::{Report, Row};
use crate::{Result, files, median, process, signal};

/// Files of the batch.
const FILES: usize = 100;

/// Wall-clock time of a batch with one worker and with all cores.
pub(crate) fn batch(place: &Place, report: &mut Report) -> Result<()> {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let folder = place.folder.join("batch");
    std::fs::create_dir_all(&folder)?;
    let programme = signal::programme(signal::RATE, 10 * signal::RATE as usize);
    files::write(&folder.join("in.wav"), signal::RATE, &programme)?;
    let count = if place.options.quick { 10 } else { FILES };
    let line = |n| {
        format!(
            "{{\"input\": \"in.wav\", \"output\": \"out{n}.flac\", \"target\": {}, \"exists\": \"overwrite\"}}\n",
            -16.0 - n as f64 * 0.01
        )
    };
    std::fs::write(
        folder.join("jobs.jsonl"),
        (0..count).map(line).collect::<String>(),
    )?;
    let rounds = if place.options.quick { 1 } else { 5 };
    let mut times = [Vec::new(), Vec::new()];
    for _ in 0..rounds {
        for (workers, times) in [1, cores].iter().zip(&mut times) {
            let mut command = place.segue("batch --no-journal");
            command.arg("--workers");
            command
                .arg(workers.to_string())
                .arg(folder.join("jobs.jsonl"));
            times.push(process::usage(&mut command)?.wall);
        }
    }
    let [one, all] = times.map(|mut times| median(&mut times));
    let row = |subject: String, value: f64, quality: String, goal: String| Row {
        bench: "offline",
        work: "100 files of 10 s, -16 LUFS, FLAC",
        subject,
        value: Some(value),
        unit: "s wall",
        quality,
        goal,
    };
    let gain = one / all;
    report.push(row(
        "segue, 1 worker".to_owned(),
        one,
        format!("{count} files"),
        String::new(),
    ));
    report.push(row(
        format!("segue, {cores} workers"),
        all,
        format!("{gain:.2} times one worker"),
        format!(">= {:.2}x", 0.85 * cores as f64),
    ));
    Ok(std::fs::remove_dir_all(folder)?)
}

/// Largest resident set for a file of three hours, 24 bits.
pub(crate) fn memory(place: &Place, report: &mut Report) -> Result<()> {
    let hours = if place.options.quick { 1 } else { 3 };
    let input = place.folder.join("long.wav");
    let start = signal::programme(signal::RATE, 30 * signal::RATE as usize);
    files::write_sparse(
        &input,
        signal::RATE,
        &start,
        hours * 3_600 * u64::from(signal::RATE),
    )?;
    let output = place.folder.join("long.out.wav");
    let mut row = |work: &'static str, words: &str| -> Result<()> {
        let mut command = place.segue(words);
        command.arg(&input);
        if !words.starts_with("measure") {
            command.arg("-o").arg(&output);
        }
        let usage = process::usage(&mut command)?;
        _ = std::fs::remove_file(&output);
        report.push(Row {
            bench: "offline",
            work,
            subject: "segue".to_owned(),
            value: Some(usage.memory),
            unit: "MB",
            quality: format!("{hours} h of audio in {:.1} CPU s", usage.cpu),
            goal: "< 64".to_owned(),
        });
        Ok(())
    };
    row("memory, measure", "measure")?;
    row(
        "memory, -23 LUFS, 44.1 kHz, WAV 24",
        "normalize --target -23 --rate 44100 --bits 24",
    )?;
    Ok(std::fs::remove_file(input)?)
}
