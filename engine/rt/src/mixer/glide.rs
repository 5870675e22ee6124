//! A linear change of an amplitude on the absolute clock.

use segue_dsp::CELL;

/// A value that goes linearly from one level to another between two absolute frames, as
/// `from + step·i` without a running sum, and arrives exactly.
///
/// Unlike [`segue_dsp::smooth::Ramp`] it is a function of the absolute frame: what is skipped
/// while it is silent does not lag behind, and a change can lie in the future.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Glide {
    from: f32,
    to: f32,
    step: f32,
    start: u64,
    frames: u32,
}

impl Glide {
    /// Rests at `value`.
    pub(crate) const fn rest(value: f32) -> Self {
        Self {
            from: value,
            to: value,
            step: 0.0,
            start: 0,
            frames: 0,
        }
    }

    /// Stays at `from` until `start`, then goes to `to` within `frames`.
    #[allow(clippy::cast_precision_loss, reason = "a few thousand frames")]
    pub(crate) fn new(from: f32, to: f32, start: u64, frames: u32) -> Self {
        Self {
            from,
            to,
            step: (to - from) / frames.max(1) as f32,
            start,
            frames,
        }
    }

    /// Heads for `to` from its value at `at`; nothing changes if it does so already.
    pub(crate) fn set(&mut self, at: u64, to: f32, frames: u32) {
        if self.to.to_bits() != to.to_bits() {
            *self = Self::new(self.at(at), to, at, frames);
        }
    }

    /// Where it heads for.
    pub(crate) fn target(&self) -> f32 {
        self.to
    }

    /// True from the frame on at which it has arrived.
    pub(crate) fn is_settled(&self, at: u64) -> bool {
        at >= self.start.saturating_add(u64::from(self.frames))
    }

    /// The value at an absolute frame.
    #[allow(clippy::cast_precision_loss, reason = "a few thousand frames")]
    pub(crate) fn at(&self, at: u64) -> f32 {
        if self.is_settled(at) {
            self.to
        } else {
            self.from + self.step * at.saturating_sub(self.start) as f32
        }
    }

    /// The larger one of the value at `at` and where it heads for.
    pub(crate) fn most(&self, at: u64) -> f32 {
        self.at(at).max(self.to)
    }

    /// Multiplies `gains`, which start at frame `at`.
    pub(crate) fn scale(&self, at: u64, gains: &mut [f32]) {
        if self.is_settled(at) {
            gains.iter_mut().for_each(|g| *g *= self.to);
        } else {
            (at..).zip(gains).for_each(|(at, g)| *g *= self.at(at));
        }
    }
}

/// A product of glides over one piece: one number while all rest, else one per frame. Both give
/// the same bits.
#[derive(Clone, Copy)]
pub(crate) enum Gains {
    Steady(f32),
    Moving([f32; CELL]),
}

impl Gains {
    /// The product of `glides`, multiplied in their order.
    pub(crate) fn of(at: u64, glides: &[&Glide]) -> Self {
        if glides.iter().all(|glide| glide.is_settled(at)) {
            return Self::Steady(glides.iter().fold(1.0, |gain, glide| gain * glide.to));
        }
        let mut gains = [1.0; CELL];
        glides.iter().for_each(|glide| glide.scale(at, &mut gains));
        Self::Moving(gains)
    }

    pub(crate) fn is_zero(&self) -> bool {
        matches!(self, Self::Steady(gain) if *gain == 0.0)
    }

    /// `out += signal·gain`.
    pub(crate) fn add(&self, out: &mut [f32], signal: &[f32]) {
        match self {
            Self::Steady(gain) => {
                out.iter_mut().zip(signal).for_each(|(y, x)| *y += x * gain);
            }
            Self::Moving(gains) => {
                let frames = out.iter_mut().zip(signal).zip(gains);
                frames.for_each(|((y, x), gain)| *y += x * gain);
            }
        }
    }

    /// `out = signal·gain`, never -0, so that a skipped product has the same bits.
    pub(crate) fn write(&self, out: &mut [f32], signal: &[f32]) {
        match self {
            Self::Steady(gain) => {
                let frames = out.iter_mut().zip(signal);
                frames.for_each(|(y, x)| *y = x * gain + 0.0);
            }
            Self::Moving(gains) => {
                let frames = out.iter_mut().zip(signal).zip(gains);
                frames.for_each(|((y, x), gain)| *y = x * gain + 0.0);
            }
        }
    }

    /// `signal *= gain`.
    pub(crate) fn apply(&self, signal: &mut [f32]) {
        match self {
            Self::Steady(gain) => signal.iter_mut().for_each(|x| *x *= gain),
            Self::Moving(gains) => signal.iter_mut().zip(gains).for_each(|(x, g)| *x *= g),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arrives_exactly_and_waits_for_its_start() {
        let glide = Glide::new(0.25, 1.0, 100, 480);
        assert_eq!((glide.at(0), glide.at(100)), (0.25, 0.25));
        assert!((glide.at(340) - 0.625).abs() < 1e-6);
        assert!(!glide.is_settled(579) && glide.is_settled(580));
        assert_eq!((glide.at(580), glide.at(u64::MAX)), (1.0, 1.0));
    }

    #[test]
    fn turns_around_without_a_step() {
        let mut glide = Glide::rest(0.0);
        glide.set(50, 1.0, 480);
        let before = glide.at(170);
        glide.set(170, 0.0, 480);
        assert_eq!(glide.at(170), before);
        glide.set(200, 0.0, 480);
        assert!(glide.is_settled(650), "the same target starts nothing");
    }

    #[test]
    fn steady_and_moving_products_have_the_same_bits() {
        let resting = Glide::rest(0.3);
        let moving = Glide::new(1.0, 0.7, 0, 16);
        let x = [0.1_f32; CELL];
        let (mut a, mut b) = ([0.0; CELL], [0.0; CELL]);
        Gains::of(0, &[&moving, &resting]).write(&mut a, &x);
        Gains::of(16, &[&moving, &resting]).write(&mut b[16..], &x[16..]);
        assert_eq!(a[16..], b[16..]);
        Gains::of(16, &[&Glide::rest(0.0)]).write(&mut b, &[-1.0; CELL]);
        assert!(b.iter().all(|y| y.to_bits() == 0));
    }
}
