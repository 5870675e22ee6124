//! Progress on standard error: a bar if a person can see it, else a line now and then.

use crate::console::Console;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Redraws a second, at most.
const REDRAWS: u8 = 10;
/// Before the first line, where no bar can be drawn: what is quicker says nothing.
const FIRST_LINE: Duration = Duration::from_secs(1);
/// Between two lines.
const LINES_APART: Duration = Duration::from_secs(5);

/// A bar on a terminal, lines elsewhere, or nothing if nobody looks. It is gone when dropped.
pub(crate) struct Bar {
    bar: ProgressBar,
    lines: Option<Mutex<Lines>>,
}

impl Bar {
    /// A bar that says what is being done.
    pub(crate) fn new(console: &Console, action: &'static str) -> Bar {
        let target = if console.draws() {
            ProgressDrawTarget::stderr_with_hz(REDRAWS)
        } else {
            ProgressDrawTarget::hidden()
        };
        let lines = console.tells().then(|| {
            Mutex::new(Lines {
                console: *console,
                action,
                message: String::new(),
                next: Instant::now() + FIRST_LINE,
            })
        });
        Bar {
            bar: bar(target, action),
            lines,
        }
    }

    /// A line of text instead of a bar, drawn again as it changes.
    pub(crate) fn line(console: &Console) -> Bar {
        let mut line = Bar::new(console, "");
        line.lines = None;
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
        if let Some(mut lines) = self.lines() {
            lines.at(done, total);
        }
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
        if let Some(mut lines) = self.lines() {
            lines.message = text.into();
        } else if !self.bar.is_hidden() {
            self.bar.set_message(text.into());
        }
    }

    fn lines(&self) -> Option<MutexGuard<'_, Lines>> {
        let lines = self.lines.as_ref()?;
        Some(lines.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

/// What it is at as lines, for a file or a pipe.
struct Lines {
    console: Console,
    action: &'static str,
    message: String,
    next: Instant,
}

impl Lines {
    fn at(&mut self, done: u64, total: u64) {
        if let Some(line) = self.due(Instant::now(), done, total) {
            self.console.progress(&line);
        }
    }

    /// The line that is to be written now, if it is time for one.
    fn due(&mut self, now: Instant, done: u64, total: u64) -> Option<String> {
        if now < self.next {
            return None;
        }
        self.next = now + LINES_APART;
        let percent = 100 * u128::from(done) / u128::from(total.max(1));
        let line = format!("{}: {percent} %  {}", self.action, self.message);
        Some(line.trim_end().to_owned())
    }
}

/// A bar whose line has room for the message on a terminal of 80 columns.
fn bar(target: ProgressDrawTarget, action: &'static str) -> ProgressBar {
    // A bar without a length is empty; one of length 0 is full.
    let bar = ProgressBar::with_draw_target(None, target);
    let template = "{prefix} [{bar:10}] {percent:>3} % {elapsed_precise} {wide_msg}";
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style.progress_chars("=> "));
    }
    bar.set_prefix(action);
    bar
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commands::Output;
    use indicatif::TermLike;
    use std::io;
    use std::sync::Arc;

    #[test]
    fn lines_come_now_and_then() {
        let start = Instant::now();
        let mut lines = Lines {
            console: Console::new(Output::default()),
            action: "Spinning",
            message: String::new(),
            next: start + FIRST_LINE,
        };
        let mut at = |ms, done, message: &str| {
            lines.message = message.to_owned();
            lines.due(start + Duration::from_millis(ms), done, 200)
        };
        assert_eq!(at(999, 1, ""), None);
        assert_eq!(at(1000, 3, "").as_deref(), Some("Spinning: 1 %"));
        assert_eq!(at(5999, 50, "return 96 %"), None);
        let line = at(6000, 100, "return 96 %");
        assert_eq!(line.as_deref(), Some("Spinning: 50 %  return 96 %"));
    }

    /// A terminal of 80 columns that keeps what is written.
    #[derive(Clone, Debug, Default)]
    struct Narrow(Arc<Mutex<String>>);

    impl TermLike for Narrow {
        fn width(&self) -> u16 {
            80
        }

        fn move_cursor_up(&self, _: usize) -> io::Result<()> {
            Ok(())
        }

        fn move_cursor_down(&self, _: usize) -> io::Result<()> {
            Ok(())
        }

        fn move_cursor_right(&self, _: usize) -> io::Result<()> {
            Ok(())
        }

        fn move_cursor_left(&self, _: usize) -> io::Result<()> {
            Ok(())
        }

        fn write_line(&self, text: &str) -> io::Result<()> {
            self.write_str(text)
        }

        fn write_str(&self, text: &str) -> io::Result<()> {
            self.0.lock().unwrap().push_str(text);
            Ok(())
        }

        fn clear_line(&self) -> io::Result<()> {
            Ok(())
        }

        fn flush(&self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn an_interval_fits_on_a_line_of_80_columns() {
        let screen = Narrow::default();
        let target = ProgressDrawTarget::term_like(Box::new(screen.clone()));
        let bar = bar(target, "Spinning");
        bar.set_length(10);
        let message = "return 102.2249 % (101.4123 to 103.0375)";
        bar.set_message(message);
        bar.set_position(10);
        bar.tick();
        let text = screen.0.lock().unwrap();
        assert!(text.contains(message), "{text}");
    }

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
