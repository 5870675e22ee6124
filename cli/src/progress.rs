//! Progress bars on standard error, if a person can see them.

use crate::console::Console;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// Redraws a second, at most.
const REDRAWS: u8 = 10;

/// A bar, or nothing if nobody looks. It is gone when dropped.
pub(crate) struct Bar {
    bar: ProgressBar,
}

impl Bar {
    /// A bar that says what is being done.
    pub(crate) fn new(console: &Console, action: &'static str) -> Bar {
        let target = if console.draws() {
            ProgressDrawTarget::stderr_with_hz(REDRAWS)
        } else {
            ProgressDrawTarget::hidden()
        };
        let bar = ProgressBar::with_draw_target(Some(0), target);
        let template = "{prefix} [{bar:30}] {percent:>3} % {elapsed_precise} {wide_msg}";
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style.progress_chars("=> "));
        }
        bar.set_prefix(action);
        Bar { bar }
    }

    /// A line of text instead of a bar, drawn again as it changes.
    pub(crate) fn line(console: &Console) -> Bar {
        let line = Bar::new(console, "");
        if let Ok(style) = ProgressStyle::with_template("{wide_msg}") {
            line.bar.set_style(style);
        }
        line
    }

    /// `done` of `total` steps; a total of 0 is unknown.
    pub(crate) fn at(&self, done: u64, total: u64) {
        if self.bar.length() != Some(total) {
            self.bar.set_length(total);
        }
        self.bar.set_position(done);
    }

    /// What it is at.
    pub(crate) fn say(&self, text: impl Into<String>) {
        if !self.bar.is_hidden() {
            self.bar.set_message(text.into());
        }
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
