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
        // A bar without a length is empty; one of length 0 is full.
        let bar = ProgressBar::with_draw_target(None, target);
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

    /// `done` of `total` steps; a total of 0 is unknown, and moves nothing.
    pub(crate) fn at(&self, done: u64, total: u64) {
        if total == 0 {
            return;
        }
        if self.bar.length() != Some(total) {
            self.bar.set_length(total);
        }
        self.bar.set_position(done);
    }

    /// A share of the work, 0 to 1.
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a share of a thousand"
    )]
    pub(crate) fn share(&self, share: f64) {
        self.at((share.clamp(0.0, 1.0) * 1e3).round() as u64, 1000);
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commands::Output;

    #[test]
    fn a_bar_begins_empty_and_only_grows() {
        let bar = Bar::new(&Console::new(Output::default()), "Testing");
        let mut last = 0.0;
        let mut look = |share: f32| {
            assert!(share >= last, "{last} to {share}");
            last = share;
        };
        bar.bar.update(|state| look(state.fraction()));
        for (done, total) in [(0, 0), (0, 10), (4, 10), (0, 0), (9, 10)] {
            bar.at(done, total);
            bar.bar.update(|state| look(state.fraction()));
        }
        bar.share(1.0);
        bar.bar.update(|state| look(state.fraction()));
        assert_eq!(last, 1.0);
    }
}
