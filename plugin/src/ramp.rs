//! A gain that moves in a straight line.

/// A gain on its way to a target, frame by frame: the same bits for any blocks. `[audio-thread]`
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ramp {
    now: f32,
    target: f32,
    step: f32,
    left: u32,
    length: u32,
}

impl Ramp {
    /// At rest at `value`; every way takes `length` frames, at least one.
    pub(crate) fn new(value: f32, length: u32) -> Self {
        Self {
            now: value,
            target: value,
            step: 0.0,
            left: 0,
            length: length.max(1),
        }
    }

    pub(crate) fn aim(&mut self, target: f32) {
        if target == self.target {
            return;
        }
        self.target = target;
        self.left = self.length;
        self.step = (target - self.now) / self.length as f32;
    }

    /// True while it does not move and is at `value`.
    pub(crate) fn rests_at(&self, value: f32) -> bool {
        self.left == 0 && self.now == value
    }

    /// The gain of the next frame.
    pub(crate) fn next(&mut self) -> f32 {
        match self.left {
            0 => {}
            1 => (self.left, self.now) = (0, self.target),
            _ => {
                self.left -= 1;
                self.now += self.step;
            }
        }
        self.now
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_arrives_exactly_and_stays() {
        let mut ramp = Ramp::new(1.0, 4);
        ramp.aim(0.0);
        let way: Vec<f32> = (0..6).map(|_| ramp.next()).collect();
        assert_eq!(way, [0.75, 0.5, 0.25, 0.0, 0.0, 0.0]);
        assert!(ramp.rests_at(0.0));
    }
}
