//! `segue ingest replay`: a trace again.

use crate::cancel::Cancel;
use crate::commands::Output;
use crate::commands::ingest::diff::Found;
use crate::commands::ingest::told::Told;
use crate::commands::render::{Bits, Stages, text, warn};
use crate::console::Console;
use crate::failure::Failure;
use crate::values::{Block, block, count, seconds};
use clap::{Args, ValueEnum};
use segue_engine::Control;
use segue_engine::game::telemetry::Row;
use segue_engine::ingest::{
    Adapted, Adapter, Heard, Skipped, TraceCalls, TraceError, TraceReader, TraceSurvey, diff,
    project_hash,
};
use segue_engine::project::{OpenProject, open};
use segue_engine::render::{BlockSize, RenderOptions, render_trace};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

/// Play a trace again: to the same bits, through another adapter, or through an output
#[derive(Debug, Args)]
pub(super) struct Replay {
    /// The project folder or packed project
    pub(super) project: PathBuf,
    /// The trace
    pub(super) trace: PathBuf,
    /// How
    #[arg(long, value_enum, default_value = "exact")]
    mode: Mode,
    /// With the modes adapter and instant: what messages mean
    #[arg(long, value_name = "FILE")]
    adapter: Option<PathBuf>,
    /// With the mode timed: how fast, 0.1 to 10 [default: 1]
    #[arg(long, value_parser = speed, value_name = "X")]
    pub(super) speed: Option<f64>,
    /// With the mode timed: the output, an id or name of `segue devices`
    #[arg(long, value_name = "NAME")]
    pub(super) device: Option<String>,
    /// With the modes exact and instant: the WAV file to write
    #[arg(short = 'o', long = "output", value_name = "FILE")]
    out: Option<PathBuf>,
    /// With the modes exact and instant: where to write what happens, as JSON Lines; `-` is standard
    /// output
    #[arg(long, value_name = "FILE")]
    events: Option<PathBuf>,
    /// With the modes exact and instant: length in seconds [default: that of the recording]
    #[arg(long, value_parser = seconds, allow_negative_numbers = true)]
    seconds: Option<f64>,
    /// Frames rendered at a time, or `random`
    #[arg(long, default_value = "512", value_parser = block, value_name = "N|random")]
    block: Block,
    /// How samples are stored
    #[arg(long, value_enum, default_value = "24")]
    bits: Bits,
    #[command(flatten)]
    pub(super) output: Output,
}

/// How a trace is played again.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Mode {
    /// Every stage at its recorded sample: the bits that were heard
    Exact,
    /// The messages through an adapter: says what is different
    Adapter,
    /// Through an output, at --speed
    Timed,
    /// The messages through an adapter, without waiting; audio only with --output
    Instant,
}

fn speed(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(value) if (0.1..=10.0).contains(&value) => Ok(value),
        _ => Err("a speed is a number in 0.1..=10".to_owned()),
    }
}

impl Replay {
    pub(super) fn run(&self, console: &Console) -> Result<(), Failure> {
        self.check()?;
        let cancel = Cancel::listen(|| ())?;
        let trace = survey(&self.trace, console)?;
        match self.mode {
            Mode::Adapter => self.compare(console),
            Mode::Timed => self.timed(&trace, console, &cancel),
            Mode::Exact => self.exact(&trace, &|| heard(&self.trace), console, &cancel),
            Mode::Instant => {
                // The adapter begins anew with the trace.
                let adapter = self.adapter()?;
                let calls = || Ok(TraceCalls::heard(self.adapted(adapter.clone())?));
                self.exact(&trace, &calls, console, &cancel)
            }
        }
    }

    /// Refuses options that this mode does not heed.
    fn check(&self) -> Result<(), Failure> {
        let is_timed = matches!(self.mode, Mode::Timed);
        let adapts = matches!(self.mode, Mode::Adapter | Mode::Instant);
        let renders = matches!(self.mode, Mode::Exact | Mode::Instant);
        let (out, events) = (self.out.is_some(), self.events.is_some());
        let options = [
            (
                "--adapter",
                self.adapter.is_some(),
                adapts,
                "adapter or instant",
            ),
            ("--speed", self.speed.is_some(), is_timed, "timed"),
            ("--device", self.device.is_some(), is_timed, "timed"),
            ("--output", out, renders, "exact or instant"),
            ("--events", events, renders, "exact or instant"),
            (
                "--seconds",
                self.seconds.is_some(),
                renders,
                "exact or instant",
            ),
        ];
        let idle = options
            .iter()
            .find(|(_, is_given, counts, _)| *is_given && !counts);
        let Some((name, .., modes)) = idle else {
            return Ok(());
        };
        let mode = self.mode.to_possible_value();
        let mode = mode.as_ref().map_or("", |mode| mode.get_name());
        let text = format!("{name} does nothing with --mode {mode}");
        Err(Failure::usage(text).hint(format!("leave it out, or name --mode {modes}")))
    }

    /// What messages mean; without a file only Segue's own words do.
    fn adapter(&self) -> Result<Adapter, Failure> {
        let Some(path) = &self.adapter else {
            return Ok(Adapter::native());
        };
        let table = open(&self.project)?.stage_table();
        let adapter = Adapter::read_for(&super::read_adapter(path)?, &table);
        adapter.map_err(|error| super::about(path, &error.into()))
    }

    fn adapted(&self, adapter: Adapter) -> Result<Adapted<TraceReader>, segue_engine::Error> {
        let reader = TraceReader::open(&self.trace)?;
        Ok(Adapted::new(&reader.header().clone(), reader, adapter))
    }

    fn compare(&self, console: &Console) -> Result<(), Failure> {
        let first =
            TraceCalls::planned(TraceReader::open(&self.trace).map_err(segue_engine::Error::from)?);
        let adapter = self.adapter()?;
        let second = TraceCalls::planned(self.adapted(adapter)?);
        let mut found = Found::default();
        diff(first, second, |difference| found.take(difference))
            .map_err(segue_engine::Error::from)?;
        found.answer(console, None)
    }

    fn exact<C>(
        &self,
        trace: &TraceSurvey,
        calls: &dyn Fn() -> Result<C, segue_engine::Error>,
        console: &Console,
        cancel: &Cancel,
    ) -> Result<(), Failure>
    where
        C: Iterator<Item = Result<Heard, TraceError>>,
    {
        let project = self.open(trace, console)?;
        let mut told = Told::create(console, self.events.as_deref())?;
        let mut rows = |control: &Control, row: &Row| told.engine(control, row);
        let mut progress = Stages::new(console, cancel);
        let report = render_trace(
            &project,
            calls,
            &self.options(trace),
            self.out.as_deref(),
            Some(&mut rows),
            &mut |step| progress.at(step),
        )?;
        drop(progress);
        told.flush()?;
        warn(console, &report.render);
        if told.is_answer() {
            return Ok(());
        }
        console.answer(
            || match &self.out {
                Some(_) => format!("{}\ncalls       {}", text(&report.render), report.calls),
                None => format!("{} carried out", count(report.calls, "call")),
            },
            || {
                let mut object = report.render.value();
                object["calls"] = report.calls.into();
                if self.out.is_none() {
                    object["path"] = Value::Null;
                }
                object
            },
        )
    }

    pub(super) fn open(
        &self,
        trace: &TraceSurvey,
        console: &Console,
    ) -> Result<OpenProject, Failure> {
        let project = open(&self.project)?;
        if let Some(out) = &self.out {
            project.refuse_as_output(out)?;
        }
        let recorded = &trace.header.project_hash;
        if !recorded.is_empty() && *recorded != project_hash(&project)? {
            console.warn("the project is not what it was when the trace was recorded");
        }
        Ok(project)
    }

    fn options(&self, trace: &TraceSurvey) -> RenderOptions {
        let header = &trace.header;
        // Below 2^53 frames: the conversion is exact.
        let recorded = trace
            .state
            .end
            .map(|end| end as f64 / f64::from(header.sample_rate_hz));
        RenderOptions {
            seconds: self.seconds.or(recorded.filter(|seconds| *seconds > 0.0)),
            seed: Some(header.seed),
            rate: Some(header.sample_rate_hz),
            block: match self.block {
                Block::Frames(frames) => BlockSize::Fixed(frames.get()),
                Block::Random => BlockSize::Random(header.seed),
            },
            format: self.bits.format(),
            ..RenderOptions::default()
        }
    }
}

/// What a trace did, in the order in which it was heard.
pub(super) fn heard(path: &Path) -> Result<TraceCalls<TraceReader>, segue_engine::Error> {
    Ok(TraceCalls::heard(TraceReader::open(path)?))
}

/// Reads a trace to its end, and says what of it cannot be used.
pub(super) fn survey(path: &Path, console: &Console) -> Result<TraceSurvey, Failure> {
    let trace = TraceSurvey::of(path).map_err(segue_engine::Error::from)?;
    let state = &trace.state;
    if let Some(place) = state.torn {
        console.warn(&format!(
            "the last line of the trace is cut short and left out: line {}",
            line_of(&place)
        ));
    }
    if !state.skipped.is_empty() {
        let lines: Vec<String> = state.skipped.iter().take(10).map(line_of).collect();
        console.warn(&format!(
            "{} lines of the trace cannot be read, the first: {}",
            state.skipped_count,
            lines.join(", ")
        ));
    }
    if trace.stale > 0 {
        console.warn(&format!(
            "{} lines of the trace move calls that are not there; they are left out",
            trace.stale
        ));
    }
    if let Some(part) = &state.missing {
        console.warn(&format!(
            "{}: this part of the trace is missing, or is of another recording; what came from there \
             on is left out",
            part.display()
        ));
    } else if state.end.is_none() {
        console.warn("the recording broke off: the trace has no end, and what it has is used");
    }
    Ok(trace)
}

fn line_of(skipped: &Skipped) -> String {
    match skipped {
        Skipped { part: 1, line } => line.to_string(),
        Skipped { part, line } => format!("{line} of part {part}"),
    }
}

impl Replay {
    /// The answer of a replay that was heard.
    pub(super) fn heard(
        &self,
        console: &Console,
        output: &str,
        calls: usize,
        seconds: f64,
    ) -> Result<(), Failure> {
        console.answer(
            || {
                format!(
                    "played {} in {seconds:.1} s through {output}",
                    count(calls, "call")
                )
            },
            || {
                let trace = self.trace.display().to_string();
                json!({"trace": trace, "output": output, "calls": calls, "seconds": seconds})
            },
        )
    }
}
