//! A room: eight delay lines that feed one another (J.-M. Jot, "Digital delay networks for
//! designing artificial reverberators", 1991).

use segue_dsp::math;

use super::filter::OnePole;
use crate::clock::FS;

const LINES: usize = 8;
/// Lengths in frames, without a common divisor.
const LENGTHS: [usize; LINES] = [1153, 1327, 1559, 1801, 2069, 2351, 2687, 2999];
/// All-passes that blur the input.
const BLUR: [usize; 3] = [142, 379, 607];

/// One channel in, the wet sound of two channels out.
#[derive(Clone, Debug)]
pub(crate) struct Reverb {
    blur: Vec<AllPass>,
    lines: Vec<Line>,
}

impl Reverb {
    /// Falls by 60 dB in `seconds`, faster above `bright` Hz.
    pub(crate) fn new(seconds: f64, bright: f64) -> Self {
        let line = |frames: usize| Line {
            samples: vec![0.0; frames],
            at: 0,
            gain: math::exp2_f64(-9.965_784_284_662_087 * frames as f64 / (seconds * FS)),
            dark: OnePole::new(bright),
        };
        Self {
            blur: BLUR.into_iter().map(AllPass::new).collect(),
            lines: LENGTHS.into_iter().map(line).collect(),
        }
    }

    /// Left and right of the room.
    pub(crate) fn tick(&mut self, x: f64) -> (f64, f64) {
        let x = self.blur.iter_mut().fold(x, |x, stage| stage.tick(x));
        let mut out = [0.0; LINES];
        for (value, line) in out.iter_mut().zip(&mut self.lines) {
            *value = line.read();
        }
        let wet = (
            out[0] - out[2] + out[4] - out[6],
            out[1] - out[3] + out[5] - out[7],
        );
        scatter(&mut out);
        for (value, line) in out.into_iter().zip(&mut self.lines) {
            line.write(x + value);
        }
        (0.5 * wet.0, 0.5 * wet.1)
    }

    /// The room in one channel.
    pub(crate) fn mono(&mut self, x: f64) -> f64 {
        self.tick(x).0
    }
}

/// Hadamard's matrix: every line reaches every line, and no energy is made or lost.
fn scatter(values: &mut [f64; LINES]) {
    for span in [1, 2, 4] {
        for low in (0..LINES).filter(|index| index & span == 0) {
            let (a, b) = (values[low], values[low + span]);
            values[low] = (a + b) * core::f64::consts::FRAC_1_SQRT_2;
            values[low + span] = (a - b) * core::f64::consts::FRAC_1_SQRT_2;
        }
    }
}

#[derive(Clone, Debug)]
struct Line {
    samples: Vec<f64>,
    at: usize,
    gain: f64,
    dark: OnePole,
}

impl Line {
    fn read(&mut self) -> f64 {
        self.gain * self.dark.low(self.samples[self.at])
    }

    fn write(&mut self, x: f64) {
        self.samples[self.at] = x;
        self.at = (self.at + 1) % self.samples.len();
    }
}

#[derive(Clone, Debug)]
struct AllPass {
    samples: Vec<f64>,
    at: usize,
}

impl AllPass {
    fn new(frames: usize) -> Self {
        Self {
            samples: vec![0.0; frames],
            at: 0,
        }
    }

    fn tick(&mut self, x: f64) -> f64 {
        const SHARE: f64 = 0.6;
        let late = self.samples[self.at];
        let kept = x - SHARE * late;
        self.samples[self.at] = kept;
        self.at = (self.at + 1) % self.samples.len();
        late + SHARE * kept
    }
}
