//! A stereo delay of whole frames.

/// Delays two sides by a number of frames that may change while it is silent.
#[derive(Debug)]
pub(crate) struct Line {
    sides: [Box<[f32]>; 2],
    at: usize,
}

impl Line {
    /// A silent line for at most `most` frames. `[main-thread]`
    pub(crate) fn new(most: u32) -> Self {
        let side = || vec![0.0; most as usize + 1].into_boxed_slice();
        Self {
            sides: [side(), side()],
            at: 0,
        }
    }

    /// Delays in place by `delay` frames, at most what it was made for. `[audio-thread]`
    pub(crate) fn process(&mut self, delay: u32, io: [&mut [f32]; 2]) {
        let len = self.sides[0].len();
        let delay = (delay as usize).min(len - 1);
        let frames = io[0].len().min(io[1].len());
        for (line, io) in self.sides.iter_mut().zip(io) {
            let mut at = self.at;
            for x in &mut io[..frames] {
                line[at] = *x;
                let from = if at >= delay {
                    at - delay
                } else {
                    at + len - delay
                };
                *x = line[from];
                at = if at + 1 == len { 0 } else { at + 1 };
            }
        }
        self.at = (self.at + frames) % len;
    }

    /// Silence. `[audio-thread]`
    pub(crate) fn reset(&mut self) {
        self.sides.iter_mut().for_each(|side| side.fill(0.0));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_delays_by_whole_frames_over_blocks() {
        let mut line = Line::new(3);
        let mut left: Vec<f32> = (1..=8_u8).map(f32::from).collect();
        let mut right = left.clone();
        for (l, r) in left.chunks_mut(3).zip(right.chunks_mut(3)) {
            line.process(3, [l, r]);
        }
        assert_eq!(left, [0.0, 0.0, 0.0, 1.0, 2.0, 3.0, 4.0, 5.0]);
        assert_eq!(left, right);
        line.process(0, [&mut left, &mut right]);
        assert_eq!(left[3], 1.0);
    }
}
