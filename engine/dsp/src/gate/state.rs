//! From levels to wanted gains: the static curve, hysteresis and hold.

/// The numbers of the curve at one frame.
#[derive(Clone, Copy)]
pub(super) struct Law {
    pub(super) threshold: f32,
    /// ratio − 1.
    pub(super) slope: f32,
    pub(super) knee: f32,
    pub(super) range: f32,
    pub(super) hysteresis: f32,
    /// Frames.
    pub(super) hold: u32,
    /// Mirrors the curve at the threshold.
    pub(super) duck: bool,
}

impl Law {
    /// Gain in dB (0 or below) of a level `under` dB below the threshold, or above it for a ducker.
    #[inline]
    fn gain(&self, under: f32) -> f32 {
        // Into the knee, which begins half its width before the threshold.
        let over = under + 0.5 * self.knee;
        let over = if over > 0.0 { over } else { 0.0 };
        let into = if over < self.knee { over } else { self.knee };
        let knee = if self.knee > NARROWEST {
            self.knee
        } else {
            NARROWEST
        };
        let gain = -self.slope * (into * into * 0.5 / knee + (over - into));
        if gain > -self.range {
            gain
        } else {
            -self.range
        }
    }
}

/// Below this width the knee is hard; it only keeps the division finite.
const NARROWEST: f32 = 1e-6;

/// What one channel remembers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct State {
    /// The level was above the threshold and has not fallen below the lower one since.
    above: bool,
    /// The gain of the last frame before smoothing, dB.
    gain: f32,
    /// Frames for which `gain` still holds.
    left: u32,
}

impl State {
    pub(super) const CLOSED: Self = Self {
        above: false,
        gain: 0.0,
        left: 0,
    };

    /// The wanted gain in dB of the next frame, of a `level` in dB.
    #[inline]
    pub(super) fn next(&mut self, law: &Law, level: f32) -> f32 {
        let lower = law.threshold - law.hysteresis;
        self.above = level >= if self.above { lower } else { law.threshold };
        let threshold = if self.above { lower } else { law.threshold };
        let under = threshold - level;
        let wanted = law.gain(if law.duck { -under } else { under });
        let active = if law.duck {
            wanted <= self.gain
        } else {
            wanted >= self.gain
        };
        if active {
            self.left = law.hold;
        } else if self.left > 0 {
            self.left -= 1;
            // A range that has been made smaller holds at once.
            return if self.gain > -law.range {
                self.gain
            } else {
                -law.range
            };
        }
        self.gain = wanted;
        wanted
    }
}
