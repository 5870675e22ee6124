//! The low-pass and high-pass of one voice: two 12 dB/octave state-variable filters
//! (A. Simper's trapezoidal form), glided on the 32-frame grid.

use std::f64::consts::{PI, SQRT_2};

use segue_dsp::math;

/// Above this a low-pass is open, below this a high-pass is: hertz.
const OPEN_LOW_PASS: f32 = 20_000.0;
const OPEN_HIGH_PASS: f32 = 20.0;
/// Time constant of a cut-off's glide, in seconds.
const GLIDE: f64 = 0.020;

/// Both filters of a voice, for two channels.
#[derive(Clone, Copy, Default)]
pub(super) struct VoiceFilter {
    low_pass: Glide,
    high_pass: Glide,
    states: [[State; 2]; 2],
    /// Channels whose low-pass has not seen a sample since it was switched on.
    fresh: [bool; 2],
    share: f64,
}

/// A cut-off on its way, as log2 of hertz, and the coefficients it has now and at the cell's end.
#[derive(Clone, Copy, Default)]
struct Glide {
    now: f64,
    target: f64,
    from: Coefficients,
    to: Coefficients,
    on: bool,
}

#[derive(Clone, Copy, Default)]
struct State {
    ic1: f32,
    ic2: f32,
}

#[derive(Clone, Copy, Default)]
struct Coefficients([f32; 3]);

const DAMPING: f32 = std::f32::consts::SQRT_2;

impl VoiceFilter {
    /// Filters that are open, for `rate` hertz.
    pub(super) fn new(rate: f64) -> Self {
        Self {
            share: 1.0 - math::exp2_f64(-32.0 / (GLIDE * rate) / std::f64::consts::LN_2),
            ..Self::default()
        }
    }

    /// True while either filter does anything.
    pub(super) fn is_on(&self) -> bool {
        self.low_pass.on || self.high_pass.on
    }

    /// Aims at new cut-offs in hertz; 0 opens a filter. `jump` sets them at once (voice start).
    pub(super) fn aim(&mut self, rate: f64, low_pass_hz: f32, high_pass_hz: f32, jump: bool) {
        let starts_low_pass = !self.low_pass.on;
        let low = if low_pass_hz > 0.0 {
            low_pass_hz
        } else {
            OPEN_LOW_PASS
        };
        let high = if high_pass_hz > 0.0 {
            high_pass_hz
        } else {
            OPEN_HIGH_PASS
        };
        self.low_pass
            .aim(rate, low, OPEN_LOW_PASS, low < OPEN_LOW_PASS, jump);
        self.high_pass
            .aim(rate, high, OPEN_HIGH_PASS, high > OPEN_HIGH_PASS, jump);
        if starts_low_pass && !jump {
            self.fresh = [true; 2];
        }
    }

    /// Moves the glides on by one cell. Called at every multiple of 32 frames.
    pub(super) fn next_cell(&mut self, rate: f64) {
        for glide in [&mut self.low_pass, &mut self.high_pass] {
            if glide.on {
                glide.step(rate, self.share);
            }
        }
    }

    /// Filters one channel in place. `offset` is the distance of the first frame from the start of
    /// its cell; `block` does not leave that cell.
    pub(super) fn process(&mut self, channel: usize, offset: usize, block: &mut [f32]) {
        let Some(&first) = block.first() else { return };
        if self.low_pass.on {
            let state = &mut self.states[0][channel & 1];
            if std::mem::take(&mut self.fresh[channel & 1]) {
                // Settled around the first sample, so that it starts without a step.
                *state = State {
                    ic1: 0.0,
                    ic2: first,
                };
            }
            self.low_pass.run(state, offset, block, |_, _, v2| v2);
        }
        if self.high_pass.on {
            let state = &mut self.states[1][channel & 1];
            self.high_pass
                .run(state, offset, block, |v0, v1, v2| v0 - DAMPING * v1 - v2);
        }
    }
}

impl Glide {
    fn aim(&mut self, rate: f64, hertz: f32, open: f32, wanted: bool, jump: bool) {
        self.target = math::log2_f64(f64::from(hertz));
        if !self.on && wanted {
            self.on = true;
            self.now = if jump {
                self.target
            } else {
                math::log2_f64(f64::from(open))
            };
            self.to = Coefficients::new(self.now, rate);
            self.from = self.to;
        }
    }

    fn step(&mut self, rate: f64, share: f64) {
        self.from = self.to;
        let way = self.target - self.now;
        if way == 0.0 {
            return;
        }
        self.now = if way.abs() < 1e-4 {
            self.target
        } else {
            self.now + share * way
        };
        self.to = Coefficients::new(self.now, rate);
    }

    #[inline(always)]
    #[allow(clippy::cast_precision_loss, reason = "at most 32")]
    fn run(
        &self,
        state: &mut State,
        offset: usize,
        block: &mut [f32],
        output: impl Fn(f32, f32, f32) -> f32,
    ) {
        let slope: [f32; 3] = std::array::from_fn(|k| (self.to.0[k] - self.from.0[k]) / 32.0);
        let State { mut ic1, mut ic2 } = *state;
        for (n, sample) in block.iter_mut().enumerate() {
            let along = (offset + n + 1) as f32;
            let [a1, a2, a3] = std::array::from_fn(|k| self.from.0[k] + slope[k] * along);
            let v3 = *sample - ic2;
            let v1 = a1 * ic1 + a2 * v3;
            let v2 = ic2 + a2 * ic1 + a3 * v3;
            ic1 = 2.0 * v1 - ic1;
            ic2 = 2.0 * v2 - ic2;
            *sample = output(*sample, v1, v2);
        }
        *state = State { ic1, ic2 };
    }
}

impl Coefficients {
    /// For a cut-off of 2^`octaves` hertz, kept below 0.45 of the rate.
    #[allow(clippy::cast_possible_truncation, reason = "coefficients are f32")]
    fn new(octaves: f64, rate: f64) -> Self {
        let hertz = math::exp2_f64(octaves).min(0.45 * rate);
        let g = math::tan(PI * hertz / rate);
        let a1 = 1.0 / (1.0 + g * (g + SQRT_2));
        Self([a1 as f32, (g * a1) as f32, (g * g * a1) as f32])
    }
}
