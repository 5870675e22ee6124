//! `segue ingest clip`: a trace on a project's timeline.

use super::replay::survey;
use crate::commands::Output;
use crate::console::Console;
use crate::failure::Failure;
use crate::values::{moment, seconds};
use clap::Args;
use segue_engine::Error;
use segue_engine::ingest::{TraceReader, clip_of};
use segue_engine::project::{open, save_as};
use serde_json::json;
use std::path::PathBuf;

const EXAMPLES: &str = "\
Examples:
  segue ingest clip game a.trace.jsonl --at 16               # from beat 16 on
  segue ingest clip game a.trace.jsonl --from 12.5 --length 8 --name \"Big win\"
  segue render game -o take.wav                              # the transport plays it

The stages are copied into project.json (interactive.stages.clips), where from_ms and length_ms trim
them further. docs/ingest.md says how they are played.";

/// Put the stages of a trace on a project's timeline: the transport plays them, each at its sample
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Clip {
    /// The project folder or packed project; it is saved with the clip
    project: PathBuf,
    /// The trace
    trace: PathBuf,
    /// Where it begins, in quarter notes
    #[arg(long, default_value = "0", value_name = "BEATS")]
    at: f64,
    /// What it is called [default: the name of the trace]
    #[arg(long)]
    name: Option<String>,
    /// Leave out what comes before this second of the trace
    #[arg(long, value_parser = moment, default_value = "0", value_name = "SECONDS")]
    from: f64,
    /// Leave out what comes so many seconds later
    #[arg(long, value_parser = seconds, value_name = "SECONDS")]
    length: Option<f64>,
    #[command(flatten)]
    pub(super) output: Output,
}

impl Clip {
    pub(super) fn run(&self, console: &Console) -> Result<(), Failure> {
        let project = open(&self.project)?;
        let name = self.name();
        let mut changed = project.project.clone();
        let clips = &mut changed.interactive.stages.clips;
        if clips.iter().any(|clip| clip.name == name) {
            let failure = Failure::new(format!("the project has a clip {name:?} already"));
            return Err(failure.hint("give it another name with --name"));
        }
        survey(&self.trace, console)?;
        let trace = TraceReader::open(&self.trace).map_err(Error::from)?;
        let (clip, others) = clip_of(trace, &name, self.at, self.from, self.length)?;
        let (stages, seconds) = (clip.events.len(), clip.end_ms() / 1000.0);
        clips.push(clip);
        save_as(&project, &changed, &self.project)?;
        if others > 0 {
            console.warn(&format!(
                "{others} calls of the trace are no stages (RTPCs, states, switches, events); the clip \
                 does not have them"
            ));
        }
        let at = self.at;
        console.answer(
            || format!("{name}: {stages} stages, {seconds:.1} s, from beat {at} on"),
            || {
                json!({"clip": name, "stages": stages, "seconds": seconds, "at_beats": at,
                "left_out": others})
            },
        )
    }

    fn name(&self) -> String {
        let stem = || {
            let name = self.trace.file_name().unwrap_or_default().to_string_lossy();
            let stem = name.strip_suffix(".trace.jsonl").unwrap_or(&name);
            stem.to_owned()
        };
        self.name.clone().unwrap_or_else(stem)
    }
}
