//! A delay whose repeats grow darker.

use super::filter::{HighPass, OnePole};

/// Adds repeats to a signal.
#[derive(Clone, Debug)]
pub(crate) struct Echo {
    line: Vec<f64>,
    at: usize,
    feedback: f64,
    level: f64,
    dark: OnePole,
    thin: HighPass,
}

impl Echo {
    /// Repeats every `frames`, each `feedback` times the one before; the first has `level`.
    pub(crate) fn new(frames: usize, feedback: f64, level: f64) -> Self {
        Self {
            line: vec![0.0; frames.max(1)],
            at: 0,
            feedback,
            level,
            dark: OnePole::new(2200.0),
            thin: HighPass::new(250.0),
        }
    }

    /// The signal with its repeats.
    pub(crate) fn tick(&mut self, x: f64) -> f64 {
        let late = self.line[self.at];
        let back = self.thin.high(self.dark.low(late));
        self.line[self.at] = x + self.feedback * back;
        self.at = (self.at + 1) % self.line.len();
        x + self.level * late
    }
}
