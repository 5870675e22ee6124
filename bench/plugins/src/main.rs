//! What the plug-ins cost, measured on the files that hosts load.
//!
//! ```text
//! segue-bench-plugins [--json] [--quick] SEGUE NICE FACTORY
//! ```
//!
//! SEGUE and NICE are the built libraries of Segue and of a minimal nice-plug plug-in, FACTORY is
//! the folder of the factory project.
//!
//! | row | meaning |
//! |---|---|
//! | `to first block` | from opening the file to the end of the first block, in a process of its own: wall clock |
//! | `factory, to first block` | the same with the factory project as the session's state, decoded before |
//! | `idle` | a block of a new instance |
//! | `busy` | a block of the factory project while the host's song plays it |
//! | `file` | the size of the library |
//!
//! `segue-engine` is the renderer with the same project and no plug-in around it: what `segue-clap`
//! and `segue-vst3` take more is the cost of the adapters. A block has 512 frames at 48 kHz. All
//! values are medians, contenders take turns; blocks are measured in CPU time of their thread.

#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::unnecessary_cast,
    reason = "small constants; enumerations of VST3 differ by system"
)]

mod clap;
mod engine;
mod song;
mod vst;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::time::{Duration, Instant};

/// Anything that can go wrong ends the run.
type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

/// Frames of a block.
const BLOCK: usize = 512;
/// Blocks of a turn, and those of them that do not count.
const TURN: usize = 32;
const UNCOUNTED: usize = 8;
/// How long the disk's thread gets for a turn, which is 0.34 s of sound.
const REST: Duration = Duration::from_millis(60);
/// Frames a second.
const RATE: f64 = 48_000.0;

/// Something that renders blocks.
trait Subject {
    /// Renders the next blocks, as many as `times` holds; the CPU time of each call, without what the
    /// host prepares for it.
    fn blocks(&mut self, times: &mut [Duration]) -> Result<()>;
    /// The loudest sample of the last block.
    fn peak(&self) -> f32;
}

struct Options {
    json: bool,
    /// Processes started for a start-up time, and blocks of each turn.
    starts: usize,
    blocks: usize,
    segue: PathBuf,
    nice: PathBuf,
    factory: PathBuf,
}

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let result = match words.first().map(String::as_str) {
        Some("--first") => first(&words[1..]),
        _ => options(&words).and_then(|options| run(&options)),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // There is no other place to say it.
            _ = writeln!(std::io::stderr(), "segue-bench-plugins: {error}");
            ExitCode::FAILURE
        }
    }
}

fn options(words: &[String]) -> Result<Options> {
    let has = |flag: &str| words.iter().any(|word| word == flag);
    let paths: Vec<&String> = words.iter().filter(|word| !word.starts_with('-')).collect();
    let [segue, nice, factory] = paths[..] else {
        return Err("usage: segue-bench-plugins [--json] [--quick] SEGUE NICE FACTORY".into());
    };
    let is_quick = has("--quick");
    Ok(Options {
        json: has("--json"),
        starts: if is_quick { 3 } else { 21 },
        blocks: if is_quick { 100 } else { 2_000 },
        segue: segue.into(),
        nice: nice.into(),
        factory: factory.into(),
    })
}

fn run(options: &Options) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let state = folder.path().join("factory.segue");
    segue_engine::project::pack(&options.factory, &state, &Default::default())?;
    let mut out = std::io::stdout().lock();
    let mut row = |workload: &str, subject: &str, value: f64, unit: &str| {
        if options.json {
            writeln!(
                out,
                "{{\"bench\":\"plugin\",\"workload\":\"{workload}\",\"subject\":\"{subject}\",\
                 \"value\":{value},\"unit\":\"{unit}\",\"ratio_to_best_peer\":null}}"
            )
        } else {
            writeln!(
                out,
                "plugin     {workload:<26} {subject:<14} {value:>10.2} {unit}"
            )
        }
    };
    for (name, library) in [("segue-clap", &options.segue), ("nice-plug", &options.nice)] {
        let bytes = std::fs::metadata(library)?.len();
        row("file", name, bytes as f64 / 1e6, "MB")?;
    }
    for (subject, library, state) in [
        ("segue-clap", &options.segue, None),
        ("segue-vst3", &options.segue, None),
        ("nice-plug", &options.nice, None),
        ("segue-clap", &options.segue, Some(&state)),
        ("segue-vst3", &options.segue, Some(&state)),
    ] {
        let workload = if state.is_some() {
            "factory, to first block"
        } else {
            "to first block"
        };
        let time = start_up(
            subject,
            library,
            state.map(PathBuf::as_path),
            options.starts,
        )?;
        row(workload, subject, time, "ms")?;
    }
    let bytes = std::fs::read(&state)?;
    for (workload, state) in [("idle", None), ("busy", Some(&bytes[..]))] {
        let mut subjects: Vec<(&str, Box<dyn Subject>)> = vec![
            ("segue-engine", Box::new(engine::Bare::new(state)?)),
            (
                "segue-clap",
                Box::new(clap::Plugin::segue(&options.segue, state)?),
            ),
            (
                "segue-vst3",
                Box::new(vst::Plugin::new(&options.segue, state)?),
            ),
        ];
        if state.is_none() {
            let nice = clap::Plugin::nice(&options.nice)?;
            subjects.push(("nice-plug", Box::new(nice)));
        }
        let times = compare(&mut subjects, options.blocks)?;
        for ((name, subject), time) in subjects.iter().zip(&times) {
            if state.is_some() && subject.peak() < 1e-3 {
                return Err(format!("{name} plays nothing").into());
            }
            row(workload, name, *time, "us/block")?;
        }
        if state.is_some() {
            for (name, time) in ["clap adapter", "vst3 adapter"].iter().zip(&times[1..]) {
                row(
                    "more than the engine",
                    name,
                    (time / times[0] - 1.0) * 100.0,
                    "%",
                )?;
            }
        }
    }
    Ok(())
}

/// Microseconds of a block of each. They take turns, so that all meet the same machine; the first
/// blocks of a turn find what the others have left in the caches, and do not count. Before a turn
/// the disk's thread fills the streams, so that none of them falls silent in it.
fn compare(subjects: &mut [(&str, Box<dyn Subject>)], blocks: usize) -> Result<Vec<f64>> {
    let mut all = vec![Vec::with_capacity(blocks); subjects.len()];
    for _ in 0..blocks.div_ceil(TURN - UNCOUNTED) {
        for ((_, subject), all) in subjects.iter_mut().zip(&mut all) {
            std::thread::park_timeout(REST);
            let mut times = [Duration::ZERO; TURN];
            subject.blocks(&mut times)?;
            all.extend(
                times[UNCOUNTED..]
                    .iter()
                    .map(|time| time.as_secs_f64() * 1e6),
            );
        }
    }
    Ok(all.iter_mut().map(|times| median(times)).collect())
}

/// Milliseconds, each time in a process of its own.
fn start_up(subject: &str, library: &Path, state: Option<&Path>, starts: usize) -> Result<f64> {
    let mut times = Vec::with_capacity(starts);
    // The first one fills the caches of the disk and of decoded audio.
    for start in 0..=starts {
        let mut command = Command::new(std::env::current_exe()?);
        command.args(["--first", subject]).arg(library).args(state);
        let output = command.output()?;
        let text = String::from_utf8(output.stdout)?;
        if !output.status.success() {
            return Err(String::from_utf8_lossy(&output.stderr).into_owned().into());
        }
        if start > 0 {
            times.push(text.trim().parse()?);
        }
    }
    Ok(median(&mut times))
}

/// The child: prints the milliseconds to the end of its first block.
fn first(words: &[String]) -> Result<()> {
    let [subject, library, rest @ ..] = words else {
        return Err("--first SUBJECT LIBRARY [STATE]".into());
    };
    let library = Path::new(library);
    let state = rest.first().map(std::fs::read).transpose()?;
    let start = Instant::now();
    let mut subject: Box<dyn Subject> = match subject.as_str() {
        "segue-clap" => Box::new(clap::Plugin::segue(library, state.as_deref())?),
        "segue-vst3" => Box::new(vst::Plugin::new(library, state.as_deref())?),
        _ => Box::new(clap::Plugin::nice(library)?),
    };
    subject.blocks(&mut [Duration::ZERO])?;
    let spent = start.elapsed().as_secs_f64() * 1e3;
    writeln!(std::io::stdout(), "{spent}")?;
    Ok(())
}

fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(0.0)
}
