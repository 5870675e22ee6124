//! `segue waveform`: overviews and pictures of waveforms.

use super::Output;
use crate::cancel::Cancel;
use crate::console::Console;
use crate::failure::Failure;
use crate::jobs::reading::Reading;
use crate::jobs::sides::Sides;
use crate::progress::Bar;
use crate::values::size;
use clap::Args;
use segue_engine::Error;
use segue_engine::jobs::overview::{Overview, build, frames_per_bin};
use segue_engine::jobs::plot::{Size, waveform_png};
use serde_json::json;
use std::path::PathBuf;

const EXAMPLES: &str = "\
Examples:
  segue waveform mix.wav -o mix.wave
  segue waveform mix.wav -o mix.wave --png mix.png --width 2000 --height 300

An overview holds minimum, maximum and RMS at several scales; docs/offline.md describes it.";

/// Make a waveform overview of an audio file, and a picture of it
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Waveform {
    /// The audio file
    file: PathBuf,
    /// The overview to write [default: the file's name with .wave]
    #[arg(short = 'o', long = "output", value_name = "FILE")]
    out: Option<PathBuf>,
    /// Also draw it to this PNG file
    #[arg(long, value_name = "FILE")]
    png: Option<PathBuf>,
    /// Width of the picture in pixels
    #[arg(long, default_value_t = 1600, value_name = "PIXELS", requires = "png")]
    width: u32,
    /// Height of the picture in pixels
    #[arg(long, default_value_t = 300, value_name = "PIXELS", requires = "png")]
    height: u32,
    #[command(flatten)]
    reading: Reading,
    #[command(flatten)]
    pub(super) output: Output,
}

impl Waveform {
    pub(super) fn run(&self, console: &Console) -> Result<(), Failure> {
        let cancel = Cancel::listen(|| ())?;
        let out = self
            .out
            .clone()
            .unwrap_or_else(|| self.file.with_extension("wave"));
        let mut sides = Sides::default();
        sides.take(&self.file, "the audio file");
        sides.claim("--output", &out)?;
        if let Some(png) = &self.png {
            sides.claim("--png", png)?;
        }
        let bar = Bar::new(console, "Reading");
        let mut progress = |done, total| {
            bar.at(done, total);
            cancel.flow()
        };
        let options = self.reading.options();
        let info = build(&self.file, &out, &options, &mut progress).map_err(Error::from)?;
        drop(bar);
        if let Some(png) = &self.png {
            let mut overview = Overview::open(&out).map_err(Error::from)?;
            let size = Size {
                width: self.width,
                height: self.height,
            };
            waveform_png(&mut overview, 0..info.frames, size, png).map_err(Error::from)?;
        }
        let bins: Vec<u64> = (0..info.levels).map(frames_per_bin).collect();
        console.answer(
            || {
                format!(
                    "{}  {}  {} levels",
                    out.display(),
                    size(info.bytes()),
                    info.levels
                )
            },
            || {
                json!({
                    "path": out.display().to_string(),
                    "bytes": info.bytes(),
                    "sample_rate": info.sample_rate,
                    "channels": info.channels,
                    "frames": info.frames,
                    "frames_per_bin": bins,
                })
            },
        )
    }
}
