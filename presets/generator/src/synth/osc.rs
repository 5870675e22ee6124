//! Band-limited oscillators: jumps are rounded over two samples by a polynomial (V. Välimäki and
//! A. Huovilainen, "Antialiasing Oscillators in Subtractive Synthesis", 2007).

use core::f64::consts::TAU;

use segue_dsp::math;

use crate::clock::FS;

/// A phase that wraps at 1.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Osc {
    phase: f64,
    step: f64,
}

impl Osc {
    /// Starts at `phase`, 0 to 1.
    pub(crate) fn new(hz: f64, phase: f64) -> Self {
        Self {
            phase,
            step: hz / FS,
        }
    }

    /// Changes the pitch from the next sample on.
    pub(crate) fn tune(&mut self, hz: f64) {
        self.step = hz / FS;
    }

    /// Falling edge once a cycle, -1 to 1.
    pub(crate) fn saw(&mut self) -> f64 {
        let t = self.advance();
        2.0 * t - 1.0 - self.edge(t)
    }

    /// High for `duty` of the cycle; without the constant part.
    pub(crate) fn pulse(&mut self, duty: f64) -> f64 {
        let t = self.advance();
        let late = t - duty;
        let late = if late < 0.0 { late + 1.0 } else { late };
        let level = if t < duty { 1.0 } else { -1.0 };
        level + self.edge(t) - self.edge(late) - (2.0 * duty - 1.0)
    }

    /// Sine.
    pub(crate) fn sine(&mut self) -> f64 {
        let t = self.advance();
        sine(t)
    }

    /// This sample's phase.
    fn advance(&mut self) -> f64 {
        let t = self.phase;
        self.phase += self.step;
        self.phase -= self.phase.floor();
        t
    }

    /// What rounds a jump of 2 at phase 0.
    fn edge(&self, t: f64) -> f64 {
        let step = self.step;
        if t < step {
            let x = t / step;
            x + x - x * x - 1.0
        } else if t > 1.0 - step {
            let x = (t - 1.0) / step;
            x * x + x + x + 1.0
        } else {
            0.0
        }
    }
}

/// Sine of a phase in cycles.
pub(crate) fn sine(cycles: f64) -> f64 {
    math::sin_cos(cycles * TAU).0
}

/// Sine that makes `cycles` rounds in a loop of `frames`, seen at frame `n`.
pub(crate) fn lfo(n: usize, frames: usize, cycles: usize) -> f64 {
    sine(((n * cycles) % frames) as f64 / frames as f64)
}
