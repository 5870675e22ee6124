//! Why a command failed: a text, a way out, an exit code.

use segue_engine::{Error, ErrorKind};
use std::io;
use std::path::Path;

/// Why a command failed.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) message: String,
    pub(crate) hint: Option<String>,
    pub(crate) kind: Kind,
}

/// What a failure means for the program's exit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Something did not work.
    Failed,
    /// The arguments cannot be.
    Usage,
    /// The user stopped it.
    Cancelled,
    /// The user stopped it, and everything there is to say was said.
    Stopped,
    /// It worked, and found something; everything there is to say was said.
    Found,
    /// Whoever read the output has gone, which is no failure: `segue info game | head`.
    ReaderGone,
}

impl Kind {
    pub(crate) fn exit_code(self) -> u8 {
        match self {
            Kind::ReaderGone => 0,
            Kind::Failed | Kind::Found => 1,
            Kind::Usage => 2,
            Kind::Cancelled | Kind::Stopped => 130,
        }
    }
}

impl Failure {
    pub(crate) fn new(message: impl Into<String>) -> Failure {
        Failure {
            message: message.into(),
            hint: None,
            kind: Kind::Failed,
        }
    }

    pub(crate) fn usage(message: impl Into<String>) -> Failure {
        Failure {
            kind: Kind::Usage,
            ..Failure::new(message)
        }
    }

    pub(crate) fn hint(self, hint: impl Into<String>) -> Failure {
        Failure {
            hint: Some(hint.into()),
            ..self
        }
    }

    pub(crate) fn cancelled() -> Failure {
        Failure {
            kind: Kind::Cancelled,
            ..Failure::new("cancelled")
        }
    }

    pub(crate) fn stopped() -> Failure {
        Failure {
            kind: Kind::Stopped,
            ..Failure::new("stopped")
        }
    }

    pub(crate) fn found() -> Failure {
        Failure {
            kind: Kind::Found,
            ..Failure::new("something was found")
        }
    }

    pub(crate) fn io(path: &Path, action: &str, error: &io::Error) -> Failure {
        Failure::new(format!("{}: cannot {action}: {error}", path.display()))
    }

    /// An error of writing to standard output.
    pub(crate) fn stdout(error: &io::Error) -> Failure {
        let kind = match error.kind() {
            io::ErrorKind::BrokenPipe => Kind::ReaderGone,
            _ => Kind::Failed,
        };
        Failure {
            kind,
            ..Failure::new(format!("cannot write to standard output: {error}"))
        }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Failure {
        let kind = match error.kind() {
            ErrorKind::Cancelled => Kind::Cancelled,
            ErrorKind::Usage => Kind::Usage,
            _ => Kind::Failed,
        };
        let hint = error.hint().map(str::to_owned);
        Failure {
            message: with_flags(&error.to_string()),
            hint,
            kind,
        }
    }
}

/// The text with the flags of this program in the place of the settings that the engine names.
pub(crate) fn with_flags(text: &str) -> String {
    const FLAGS: [(&str, &str); 5] = [
        ("; allow_truncated accepts", "; --allow-truncated accepts"),
        ("; sanitize replaces", "; --sanitize replaces"),
        (
            "; choose another name, or overwrite or suffix",
            "; choose another name, or give --exists overwrite or --exists suffix",
        ),
        ("trim_keep is for trim,", "--trim-keep is for --trim,"),
        (
            "max_limiting is for over=limit,",
            "--max-limiting is for --over limit,",
        ),
    ];
    let text = FLAGS
        .iter()
        .fold(text.to_owned(), |text, (from, to)| text.replace(from, to));
    match text.strip_prefix("max_limiting ") {
        Some(rest) => format!("--max-limiting {rest}"),
        None => text,
    }
}

/// The same with the words of a manifest.
pub(crate) fn with_words(text: &str) -> String {
    const WORDS: [(&str, &str); 3] = [
        (
            "; allow_truncated accepts",
            "; \"allow_truncated\": true accepts",
        ),
        ("; sanitize replaces", "; \"sanitize\": true replaces"),
        (
            "; choose another name, or overwrite or suffix",
            "; choose another name, or \"exists\": \"overwrite\" or \"exists\": \"suffix\"",
        ),
    ];
    WORDS
        .iter()
        .fold(text.to_owned(), |text, (from, to)| text.replace(from, to))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exit_codes() {
        assert_eq!(Failure::new("x").kind.exit_code(), 1);
        assert_eq!(Failure::usage("x").kind.exit_code(), 2);
        assert_eq!(Failure::from(Error::Cancelled).kind.exit_code(), 130);
        let gone = Failure::stdout(&io::ErrorKind::BrokenPipe.into());
        assert_eq!(gone.kind.exit_code(), 0);
    }
}
