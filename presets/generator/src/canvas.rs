//! What instruments paint on: one channel that may wrap around.

/// One channel of a fixed length. A looped canvas has no ends: what is painted past its end
/// appears at its start, and effects have been running for a whole round before they are heard.
#[derive(Clone, Debug)]
pub(crate) struct Canvas {
    samples: Vec<f64>,
    is_loop: bool,
}

impl Canvas {
    /// A silent loop of `frames`.
    pub(crate) fn looped(frames: usize) -> Self {
        Self {
            samples: vec![0.0; frames],
            is_loop: true,
        }
    }

    /// Silence with a start and an end.
    pub(crate) fn once(frames: usize) -> Self {
        Self {
            samples: vec![0.0; frames],
            is_loop: false,
        }
    }

    /// Adds `frames` of `voice`, which is told the frame since its own start.
    pub(crate) fn add(&mut self, at: usize, frames: usize, mut voice: impl FnMut(usize) -> f64) {
        let length = self.samples.len();
        for n in 0..frames {
            let place = at + n;
            let place = if self.is_loop { place % length } else { place };
            if let Some(sample) = self.samples.get_mut(place) {
                *sample += voice(n);
            }
        }
    }

    /// Adds another canvas of the same length.
    pub(crate) fn mix(&mut self, other: &Self, gain: f64) {
        for (sample, more) in self.samples.iter_mut().zip(&other.samples) {
            *sample += gain * more;
        }
    }

    /// Replaces every sample by what `effect` makes of its frame and value. In a loop, the
    /// effect's memory at the start is the one at the end.
    pub(crate) fn through(&mut self, mut effect: impl FnMut(usize, f64) -> f64) {
        if self.is_loop {
            for (n, sample) in self.samples.iter().enumerate() {
                effect(n, *sample);
            }
        }
        for (n, sample) in self.samples.iter_mut().enumerate() {
            *sample = effect(n, *sample);
        }
    }

    /// Multiplies everything.
    pub(crate) fn scale(mut self, gain: f64) -> Self {
        self.samples.iter_mut().for_each(|sample| *sample *= gain);
        self
    }

    /// Without the constant part of a loop.
    pub(crate) fn centred(mut self) -> Self {
        let mean = self.samples.iter().sum::<f64>() / self.samples.len() as f64;
        self.samples.iter_mut().for_each(|sample| *sample -= mean);
        self
    }

    /// Scales the highest sample to `peak`.
    pub(crate) fn peak_to(self, peak: f64) -> Self {
        let highest = self
            .samples
            .iter()
            .fold(0.0, |high: f64, x| high.max(x.abs()));
        self.scale(if highest > 0.0 { peak / highest } else { 1.0 })
    }

    /// The samples.
    pub(crate) fn into_samples(self) -> Vec<f64> {
        self.samples
    }

    /// Length in frames.
    pub(crate) fn frames(&self) -> usize {
        self.samples.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_loop_wraps_and_a_shot_ends() {
        let mut round = Canvas::looped(4);
        round.add(3, 3, |n| 1.0 + n as f64);
        assert_eq!(round.into_samples(), [2.0, 3.0, 0.0, 1.0]);
        let mut once = Canvas::once(4);
        once.add(3, 3, |n| 1.0 + n as f64);
        assert_eq!(once.into_samples(), [0.0, 0.0, 0.0, 1.0]);
    }

    #[test]
    fn effects_remember_the_round_before() {
        let mut round = Canvas::looped(4);
        round.add(3, 1, |_| 1.0);
        let mut last = 0.0;
        round.through(|_, x| core::mem::replace(&mut last, x));
        assert_eq!(round.into_samples(), [1.0, 0.0, 0.0, 0.0]);
    }
}
