//! `segue new`: a playable project out of audio files.

mod rules;

use super::Output;
use crate::cancel::Cancel;
use crate::console::Console;
use crate::failure::Failure;
use crate::progress::Bar;
use crate::values::{clock, count, tempo};
use clap::Args;
use segue_engine::project::{NewGroup, NewOptions, NewReport, NewSound, new_from_files};
use std::path::PathBuf;

const EXAMPLES: &str = "\
Examples:
  segue new game --from music.flac hit.wav voices/
  segue new game --from *.wav --name \"Night drive\" --tempo 98
  segue play game

Files of 8 seconds and more (or with a loop in them) become looping music or ambience, unless they
are called vo_ or stinger_; shorter ones become one-shots on the notes from 36 on. Your files are copied, never changed.

Names say more: a prefix such as mus_, amb_, sfx_, ui_ or vo_ is the bus; step_a, step_b or step_01,
step_02 or \"step (1)\", \"step (2)\" are variants of which one plays; engine_layer1, engine_layer2 are
layers that an RTPC moves through; a space or a dash is as good as an underscore. Events Play_X and
Stop_X are made for all of them. --rules replaces these rules:

  [[rule]]
  match = '^wpn_'
  bus = 'weapons'
  [[rule]]
  match = '^(?<base>.+)_v(?<index>\\d+)$'
  group = 'variants'   # or 'layers'";

/// Make a playable project out of your own audio files
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct New {
    /// The folder to make; it must be new or empty
    folder: PathBuf,
    /// WAV, AIFF, FLAC, MP3, Ogg Vorbis, AAC or ALAC files, or folders of them
    #[arg(long, required = true, num_args = 1.., value_name = "FILES")]
    from: Vec<PathBuf>,
    /// Name of the project [default: the name of the folder]
    #[arg(long)]
    name: Option<String>,
    /// Quarter notes a minute
    #[arg(long, default_value = "120", value_parser = tempo, value_name = "BPM")]
    tempo: f64,
    /// Rules for names, as TOML or JSON, in place of those built in
    #[arg(long, value_name = "FILE")]
    rules: Option<PathBuf>,
    #[command(flatten)]
    pub(super) output: Output,
}

impl New {
    pub(super) fn run(&self, console: &Console) -> Result<(), Failure> {
        let cancel = Cancel::listen(|| ())?;
        let options = NewOptions {
            name: self.name.clone(),
            tempo_bpm: self.tempo,
            naming: self.rules.as_deref().map(rules::read).transpose()?,
            ..NewOptions::default()
        };
        let bar = Bar::new(console, "Reading");
        let report = new_from_files(&self.folder, &self.from, &options, &mut |progress| {
            bar.at(progress.done as u64, progress.total as u64);
            bar.say(progress.path.display().to_string());
            cancel.flow()
        })?;
        drop(bar);
        for skipped in &report.skipped {
            console.warn(&format!(
                "skipped {}: {}",
                skipped.path.display(),
                skipped.reason
            ));
        }
        console.answer(|| self.text(&report), || report.value())
    }

    fn text(&self, report: &NewReport) -> String {
        let lines = report.sounds.iter().map(line).collect::<String>();
        let groups = report.groups.iter().map(group).collect::<String>();
        format!(
            "{}\n{lines}{groups}{}, {}, {} on the time line, {} skipped\nNext: segue play {}",
            report.path.display(),
            count(report.sounds.len(), "sound"),
            count(report.events, "event"),
            clock(report.seconds),
            report.skipped.len(),
            self.folder.display(),
        )
    }
}

fn line(sound: &NewSound) -> String {
    let key = sound
        .key
        .map_or_else(String::new, |key| format!(", note {key}"));
    let role = sound.role.name();
    format!(
        "  {:<24} {role:<8} {:>9}{key}\n",
        sound.id,
        clock(sound.seconds)
    )
}

fn group(group: &NewGroup) -> String {
    let sounds = group.sounds.join(", ");
    let rtpc = group.rtpc.as_ref();
    let rtpc = rtpc.map_or_else(String::new, |rtpc| format!(", RTPC {rtpc}"));
    format!(
        "  {:<24} {:<8} {sounds}{rtpc}\n",
        group.name,
        group.kind.name()
    )
}
