//! Where a command's words go.

use crate::commands::Output;
use crate::failure::{Failure, Kind};
use serde_json::{Value, json};
use std::io::{self, IsTerminal, Write};
use std::process::ExitCode;

/// Standard output and standard error of a command.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Console {
    output: Output,
    is_terminal: bool,
}

impl Console {
    pub(crate) fn new(output: Output) -> Console {
        Console {
            output,
            is_terminal: io::stderr().is_terminal(),
        }
    }

    /// Whether progress can be drawn on standard error.
    pub(crate) fn draws(&self) -> bool {
        self.is_terminal && !self.output.quiet
    }

    /// Whether progress is told in lines, as it cannot be drawn.
    pub(crate) fn tells(&self) -> bool {
        !self.is_terminal && !self.output.quiet
    }

    /// A line of progress.
    pub(crate) fn progress(&self, text: &str) {
        if self.tells() {
            say(text);
        }
    }

    /// The result: `text` for a person, or the object that `json` makes.
    pub(crate) fn answer(
        &self,
        text: impl FnOnce() -> String,
        json: impl FnOnce() -> Value,
    ) -> Result<(), Failure> {
        let text = if self.output.json {
            json().to_string()
        } else {
            text()
        };
        self.write(text.trim_end().as_bytes())
            .and_then(|()| self.write(b"\n"))
    }

    /// Bytes to standard output as they are.
    pub(crate) fn write(&self, bytes: &[u8]) -> Result<(), Failure> {
        let mut stdout = io::stdout().lock();
        stdout
            .write_all(bytes)
            .and_then(|()| stdout.flush())
            .map_err(|error| Failure::stdout(&error))
    }

    /// Something a person should know, beside the result.
    pub(crate) fn warn(&self, text: &str) {
        if !self.output.quiet {
            say(&format!("warning: {text}"));
        }
    }

    /// Something that went wrong while other things go on.
    pub(crate) fn problem(&self, text: &str) {
        say(&format!("error: {text}"));
    }

    /// Something a person may want to know.
    pub(crate) fn note(&self, text: &str) {
        if !self.output.quiet && !self.output.json {
            say(text);
        }
    }

    /// Says why the command failed, and gives its exit code.
    pub(crate) fn fail(&self, failure: &Failure) -> ExitCode {
        let code = failure.kind.exit_code();
        if !matches!(failure.kind, Kind::ReaderGone | Kind::Stopped | Kind::Found) {
            say(&format!("error: {}", failure.message));
            if let Some(hint) = &failure.hint {
                say(&format!("hint: {hint}"));
            }
            if self.output.json {
                let (error, hint) = (&failure.message, &failure.hint);
                let object = json!({"error": error, "hint": hint, "exit_code": code});
                // The failure is on standard error already.
                let _ = self.write(format!("{object}\n").as_bytes());
            }
        }
        ExitCode::from(code)
    }
}

/// One line on standard error; nobody may be listening there.
fn say(text: &str) {
    let _ = writeln!(io::stderr(), "{text}");
}
