//! `segue render`: a project to a WAV file.

use super::Output;
use crate::cancel::Cancel;
use crate::console::Console;
use crate::failure::Failure;
use crate::progress::Bar;
use crate::values::{Block, block, clock, level, seconds, seed};
use clap::{Args, ValueEnum};
use segue_engine::project::{OpenProject, open};
use segue_engine::render::{
    BlockSize, RenderOptions, RenderProgress, RenderReport, WavFormat, render,
};
use std::ops::ControlFlow;
use std::path::PathBuf;

const EXAMPLES: &str = "\
Examples:
  segue render game -o game.wav
  segue render game.segue -o game.wav --seconds 30 --bits 16
  segue render game -o game.wav --rate 96000 --bits 32f --log session.seglog
  segue render game -o game.wav --json | jq .loudness_lufs

The file appears when it is complete, in the place of what was there. The samples do not depend on
the size of the blocks.";

/// Render a project to a WAV file, faster than real time
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Render {
    /// The project folder or packed project
    project: PathBuf,
    /// The WAV file to write
    #[arg(short = 'o', long = "output", value_name = "FILE")]
    out: PathBuf,
    /// Length in seconds [default: the project's]
    #[arg(long, value_parser = seconds, allow_negative_numbers = true)]
    seconds: Option<f64>,
    #[command(flatten)]
    how: How,
    #[command(flatten)]
    pub(super) output: Output,
}

/// How samples are made, of a project and of its game.
#[derive(Debug, Args)]
pub(super) struct How {
    /// Seed of everything random: a number, 0x and hexadecimal digits, or the 16 digits that
    /// project.json has [default: the project's]
    #[arg(long, value_parser = seed)]
    pub(super) seed: Option<u64>,
    /// Sample rate in Hz, 8000 to 384000 [default: the project's, else 48000]
    #[arg(long, value_parser = clap::value_parser!(u32).range(8_000..=384_000), value_name = "HZ")]
    pub(super) rate: Option<u32>,
    /// Frames rendered at a time, or `random`
    #[arg(long, default_value = "512", value_parser = block, value_name = "N|random")]
    pub(super) block: Block,
    /// How samples are stored
    #[arg(long, value_enum, default_value = "24")]
    pub(super) bits: Bits,
    /// Record the session, for `segue replay`
    #[arg(long, value_name = "FILE")]
    pub(super) log: Option<PathBuf>,
}

/// How samples are stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Bits {
    /// 16-bit integer
    #[value(name = "16")]
    Integer16,
    /// 24-bit integer
    #[value(name = "24")]
    Integer24,
    /// 32-bit float: the engine's own samples
    #[value(name = "32f")]
    Float32,
}

impl How {
    pub(super) fn options(&self, project: &OpenProject, seconds: Option<f64>) -> RenderOptions {
        let seed = self.seed.unwrap_or(project.project.seed.0);
        RenderOptions {
            seconds,
            seed: self.seed,
            rate: self.rate,
            block: match self.block {
                Block::Frames(frames) => BlockSize::Fixed(frames.get()),
                Block::Random => BlockSize::Random(seed),
            },
            log: self.log.clone(),
            format: self.bits.format(),
            ..RenderOptions::default()
        }
    }
}

impl Bits {
    pub(super) fn format(self) -> WavFormat {
        match self {
            Bits::Integer16 => WavFormat::I16,
            Bits::Integer24 => WavFormat::I24,
            Bits::Float32 => WavFormat::F32,
        }
    }
}

impl Render {
    pub(super) fn run(&self, console: &Console) -> Result<(), Failure> {
        let cancel = Cancel::listen(|| ())?;
        let project = open(&self.project)?;
        self.check_outputs(&project)?;
        for warning in &project.warnings {
            console.warn(&warning.to_string());
        }
        let options = self.how.options(&project, self.seconds);
        let mut progress = Stages::new(console, &cancel);
        let report = render(&project, &options, &self.out, &mut |step| progress.at(step))?;
        drop(progress);
        answer(console, &report)
    }

    /// Results must not take the place of the project's own files, nor of one another.
    fn check_outputs(&self, project: &OpenProject) -> Result<(), Failure> {
        project.refuse_as_output(&self.out)?;
        let Some(log) = &self.how.log else {
            return Ok(());
        };
        project.refuse_as_output(log)?;
        if std::path::absolute(log).ok() == std::path::absolute(&self.out).ok() {
            return Err(Failure::usage("--output and --log name the same file"));
        }
        Ok(())
    }
}

/// The two stages of a render as bars, and Ctrl-C.
pub(super) struct Stages<'a> {
    console: &'a Console,
    cancel: &'a Cancel,
    bar: Bar,
    is_rendering: bool,
}

impl<'a> Stages<'a> {
    pub(super) fn new(console: &'a Console, cancel: &'a Cancel) -> Stages<'a> {
        Stages {
            console,
            cancel,
            bar: Bar::new(console, "Loading"),
            is_rendering: false,
        }
    }

    pub(super) fn at(&mut self, step: RenderProgress<'_>) -> ControlFlow<()> {
        match step {
            RenderProgress::Loading(loading) => {
                self.bar.at(loading.done as u64, loading.total as u64);
                self.bar.say(loading.asset);
            }
            RenderProgress::Rendering { done, total } => {
                if !self.is_rendering {
                    self.is_rendering = true;
                    self.bar = Bar::new(self.console, "Rendering");
                }
                self.bar.at(done, total);
            }
        }
        self.cancel.flow()
    }
}

/// What was rendered, for people and for scripts.
pub(super) fn answer(console: &Console, report: &RenderReport) -> Result<(), Failure> {
    warn(console, report);
    console.answer(|| text(report), || report.value())
}

/// What a person should know of a render beside its result.
pub(super) fn warn(console: &Console, report: &RenderReport) {
    for missing in &report.missing {
        console.warn(&format!(
            "{} was not heard: {}",
            missing.file, missing.reason
        ));
    }
    if report.clips > 0 {
        let clips = report.clips;
        console.warn(&format!(
            "{clips} samples were beyond full scale and were clipped"
        ));
    }
    if report.unread_frames > 0 {
        let frames = report.unread_frames;
        console.warn(&format!(
            "{frames} frames of streamed sounds could not be read and are silent"
        ));
    }
    if report.truncated {
        console.warn("the recording was cut short; what is there was rendered");
    }
}

pub(super) fn text(report: &RenderReport) -> String {
    format!(
        "{}\nlength      {} ({} frames at {} Hz)\nloudness    {}\ntrue peak   {}",
        report.path.display(),
        clock(report.seconds()),
        report.frames,
        report.sample_rate,
        level(Some(report.loudness_lufs.into()), "LUFS"),
        level(Some(report.true_peak_dbtp.into()), "dBTP"),
    )
}
