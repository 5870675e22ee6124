//! What is done about damaged files by commands that only read.

use clap::Args;
use segue_engine::jobs::DecodeOptions;

/// Options of every command that reads audio files.
#[derive(Clone, Copy, Debug, Args)]
pub(crate) struct Reading {
    /// Take what is there of a file that was cut
    #[arg(long, help_heading = "Safety")]
    allow_truncated: bool,
    /// Set samples that are NaN or infinite to 0
    #[arg(long, help_heading = "Safety")]
    sanitize: bool,
    /// Replace corrupt packets by silence
    #[arg(long, help_heading = "Safety")]
    conceal: bool,
}

impl Reading {
    pub(crate) fn options(self) -> DecodeOptions {
        DecodeOptions {
            allow_truncated: self.allow_truncated,
            sanitize: self.sanitize,
            conceal: self.conceal,
            ..DecodeOptions::default()
        }
    }
}
