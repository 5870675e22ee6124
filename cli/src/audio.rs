//! The audio outputs of this machine.

mod device;
mod stream;
mod watch;

pub(crate) use device::{Listed, Output, default_outputs, find, outputs, systems};
pub(crate) use stream::{Event, Opened, Playing, Request, Sound, open};
pub(crate) use watch::Watch;

use crate::failure::Failure;
use cpal::ErrorKind;

/// Keeps what ALSA says about outputs that are not there out of standard error, while this thread
/// looks for outputs. What matters comes as an error as well.
pub(crate) fn hush() {
    #[cfg(target_os = "linux")]
    // If it cannot be silenced it talks.
    drop(alsa::Output::local_error_handler());
}

/// Why an output failed, with what to do about it.
fn failure(output: &str, error: &cpal::Error) -> Failure {
    let hint = match error.kind() {
        ErrorKind::DeviceBusy => "another program uses it; close that one and try again",
        ErrorKind::PermissionDenied => "allow this program to use audio, then try again",
        ErrorKind::HostUnavailable => "start the audio server, then try again",
        ErrorKind::UnsupportedConfig | ErrorKind::InvalidInput => {
            "try another --rate or --buffer; `segue devices` lists what it can do"
        }
        _ => {
            "plug it in or start its server and try again; `segue devices` lists the outputs, \
              --device chooses another one"
        }
    };
    Failure::new(format!("{output}: {error}")).hint(hint)
}
