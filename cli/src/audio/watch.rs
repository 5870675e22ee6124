//! Outputs that go away silently.

use super::Opened;
use crate::failure::Failure;
use std::time::{Duration, Instant};

/// An output that asks for nothing this long has gone.
const SILENT: Duration = Duration::from_secs(5);

/// Notices an output that has gone without a word.
pub(crate) struct Watch {
    frames: u64,
    since: Instant,
}

impl Watch {
    pub(crate) fn new() -> Watch {
        Watch {
            frames: 0,
            since: Instant::now(),
        }
    }

    /// Fails when the number of frames has not grown for too long.
    pub(crate) fn look(&mut self, frames: u64, output: &Opened) -> Result<(), Failure> {
        if frames != self.frames {
            *self = Watch {
                frames,
                since: Instant::now(),
            };
        }
        if self.since.elapsed() < SILENT {
            return Ok(());
        }
        let seconds = SILENT.as_secs();
        let text = format!("it has not asked for audio for {seconds} seconds");
        Err(output.failure(&cpal::Error::with_message(
            cpal::ErrorKind::DeviceNotAvailable,
            text,
        )))
    }
}
