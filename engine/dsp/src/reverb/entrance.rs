//! What happens before the tail: pre-delay, early reflections, diffusion.

use core::f64::consts::{LOG2_10, PI};

use super::line::{Morph, Ring, Tap};
use super::{Place, Rows};
use crate::CELL;
use crate::math::{exp2_f64, tan, to_count, to_f32};
use crate::smooth::CellRamp;

/// Early reflections at 100 % size, ms, of the left and the right side.
const EARLY_MS: [[f64; TAPS]; 2] = [
    [7.9, 13.1, 18.7, 24.1, 31.3, 39.7, 48.3, 59.1],
    [9.3, 11.7, 20.3, 26.9, 33.7, 37.1, 51.9, 62.3],
];
/// Signals that are summed at a time.
pub(super) const TAPS: usize = 8;
/// Lengths of the all-passes at 100 % size, ms.
const DIFFUSER_MS: [[f64; STAGES]; 2] = [
    [1.93, 4.77, 3.59, 12.73, 9.31, 6.71],
    [2.09, 5.03, 3.77, 11.91, 8.87, 7.13],
];
const STAGES: usize = 6;
/// Largest coefficient of an all-pass.
const DIFFUSION: f64 = 0.72;
/// An all-pass shall fade in this share of the decay, so that it does not set the decay itself.
const SHARE_OF_DECAY: f64 = 0.35;
/// Corner of the filter that keeps 0 Hz out, Hz.
const DC_HZ: f64 = 8.0;

/// Keeps 0 Hz out of the room: its impulse response then has no mean either.
///
/// A one-pole takes the mean, which takes its state in the frame before. A group of frames is a sum
/// of what the state before the group has left and of what the frames brought in, which does not
/// wait for that state. Groups begin with every fourth frame of a cell.
#[derive(Clone, Copy, Debug)]
pub(super) struct DcBlock {
    pole: f64,
    /// What is left of the state after each frame of a group.
    left: [f64; GROUP],
    /// The state before the group.
    state: f64,
    /// What the frames of the group were so far.
    heard: [f64; GROUP],
}

/// Frames of a group.
const GROUP: usize = 4;

impl DcBlock {
    pub(super) fn new(sample_rate: f64) -> Self {
        let g = tan(PI * DC_HZ / sample_rate);
        let pole = g / (1.0 + g);
        let keep = 1.0 - 2.0 * pole;
        Self {
            pole,
            left: [
                keep,
                keep * keep,
                keep * keep * keep,
                (keep * keep) * (keep * keep),
            ],
            state: 0.0,
            heard: [0.0; GROUP],
        }
    }

    pub(super) fn reset(&mut self) {
        (self.state, self.heard) = (0.0, [0.0; GROUP]);
    }

    /// Both sides, from `phase` in the cell.
    #[inline(always)]
    pub(super) fn process(both: &mut [Self; 2], io: &mut Rows<2>, phase: usize, frames: usize) {
        let over = phase % GROUP;
        let first = if over == 0 {
            0
        } else {
            frames.min(GROUP - over)
        };
        for (side, signal) in both.iter_mut().zip(io) {
            let (head, rest) = signal[..frames].split_at_mut(first);
            if !head.is_empty() {
                side.some(over, head);
            }
            let (groups, tail) = rest.as_chunks_mut::<GROUP>();
            groups.iter_mut().for_each(|group| side.some(0, group));
            if !tail.is_empty() {
                side.some(0, tail);
            }
        }
    }

    /// Frames of one group, of which some may be over.
    #[inline(always)]
    fn some(&mut self, over: usize, signal: &mut [f32]) {
        for (heard, x) in self.heard[over..].iter_mut().zip(signal.iter()) {
            *heard = f64::from(*x);
        }
        let (keep, left) = (self.left[0], &self.left);
        let [a, b, c, d] = self.heard.map(|x| 2.0 * self.pole * x);
        let brought = [a, keep * a + b, left[1] * a + (keep * b + c)];
        let states = [
            self.state,
            left[0] * self.state + brought[0],
            left[1] * self.state + brought[1],
            left[2] * self.state + brought[2],
        ];
        let end = over + signal.len();
        for (step, x) in (over..end).zip(signal) {
            let (input, state) = (self.heard[step], states[step]);
            *x = to_f32(input - (state + (input - state) * self.pole));
        }
        if end == GROUP {
            self.state = left[3] * self.state + (keep * brought[2] + d);
        }
    }
}

/// Gains of both sides. Boundaries of cells are many, changes are few.
#[derive(Clone, Debug)]
struct Gains<const N: usize> {
    ramps: [[CellRamp; N]; 2],
    moves: bool,
    /// What they are while none moves.
    now: [[f32; N]; 2],
}

impl<const N: usize> Gains<N> {
    fn new(sample_rate: f64) -> Self {
        Self {
            ramps: [[CellRamp::new(0.0, sample_rate); N]; 2],
            moves: false,
            now: [[0.0; N]; 2],
        }
    }

    /// The gains of a whole cell in which neither they nor lengths move.
    #[inline(always)]
    fn still(&self, place: &Place, morph: &Morph) -> Option<&[[f32; N]; 2]> {
        (place.frames == CELL && !self.moves && morph.rests()).then_some(&self.now)
    }

    /// The ramps, to be set.
    fn change(&mut self) -> &mut [[CellRamp; N]; 2] {
        self.moves = true;
        &mut self.ramps
    }

    #[inline(always)]
    fn tick(&mut self) {
        if self.moves {
            self.move_on();
        }
    }

    fn move_on(&mut self) {
        self.ramps.iter_mut().flatten().for_each(CellRamp::tick);
        self.moves = !self.ramps.iter().flatten().all(CellRamp::is_at_rest);
        self.keep();
    }

    fn keep(&mut self) {
        for (now, ramp) in self.now.iter_mut().zip(&self.ramps) {
            *now = core::array::from_fn(|n| ramp[n].at(0));
        }
    }

    fn finish(&mut self) {
        self.ramps.iter_mut().flatten().for_each(CellRamp::finish);
        self.moves = false;
        self.keep();
    }
}

/// Times and gains of the early reflections.
#[derive(Clone, Debug)]
pub(super) struct Early {
    taps: [[Tap; TAPS]; 2],
    gains: Gains<TAPS>,
}

impl Early {
    pub(super) fn new(sample_rate: f64) -> Self {
        Self {
            taps: [[Tap::default(); TAPS]; 2],
            gains: Gains::new(sample_rate),
        }
    }

    /// Leaves for other times; at once when `jump`.
    pub(super) fn place(&mut self, pre: usize, size: f64, sample_rate: f64, jump: bool) {
        for (taps, times) in self.taps.iter_mut().zip(EARLY_MS) {
            for (tap, ms) in taps.iter_mut().zip(times) {
                let delay = pre + to_count(ms * 0.001 * size * sample_rate);
                if jump {
                    *tap = Tap::at(delay);
                } else {
                    tap.leave(delay);
                }
            }
        }
    }

    /// Sets gains that fall with the distance, and with the decay.
    pub(super) fn set_gains(&mut self, seconds: f64, size: f64) {
        for (side, gains) in self.gains.change().iter_mut().enumerate() {
            for (place, gain) in gains.iter_mut().enumerate() {
                let ms = EARLY_MS[side][place];
                let near = EARLY_MS[0][0] / ms;
                let fade = exp2_f64(-3.0 * ms * 0.001 * size / seconds * LOG2_10);
                let sign = if (place / 2 + side).is_multiple_of(2) {
                    1.0
                } else {
                    -1.0
                };
                gain.set(sign * near.sqrt() * fade * 0.5);
            }
        }
    }

    pub(super) fn finish(&mut self) {
        self.gains.finish();
    }

    #[inline(always)]
    pub(super) fn tick(&mut self) {
        self.gains.tick();
    }

    /// Writes both sides of the reflections. Every second one comes from the other side.
    #[inline(always)]
    pub(super) fn read(&self, rings: &[Ring; 2], place: &Place, morph: &Morph, out: &mut Rows<2>) {
        for (side, out) in out.iter_mut().enumerate() {
            match self.at_rest(side, rings, place, morph) {
                Some(taps) => gathered(&taps, out),
                None => self.read_moving(side, rings, place, morph, out),
            }
        }
    }

    /// Gain and reflection of every tap of a side, if nothing of them moves.
    #[inline(always)]
    fn at_rest<'r>(
        &self,
        side: usize,
        rings: &'r [Ring; 2],
        place: &Place,
        morph: &Morph,
    ) -> Option<[(f32, &'r [f32; CELL]); TAPS]> {
        const SILENCE: &[f32; CELL] = &[0.0; CELL];
        let gains = &self.gains.still(place, morph)?[side];
        let mut found = [(0.0, SILENCE); TAPS];
        let taps = self.taps[side].iter().zip(gains);
        for ((number, found), (tap, gain)) in found.iter_mut().enumerate().zip(taps) {
            let ring = &rings[(side + number) % 2];
            *found = (*gain, tap.at_rest(ring, place.at)?);
        }
        Some(found)
    }

    #[inline(always)]
    fn read_moving(
        &self,
        side: usize,
        rings: &[Ring; 2],
        place: &Place,
        morph: &Morph,
        out: &mut [f32; CELL],
    ) {
        let mut reflection = [0.0; CELL];
        let reflection = &mut reflection[..place.frames];
        out.fill(0.0);
        let taps = self.taps[side].iter().zip(&self.gains.ramps[side]);
        for (number, (tap, gain)) in taps.enumerate() {
            let ring = &rings[(side + number) % 2];
            tap.read(ring, place.at, (morph, place.phase), reflection);
            for (i, (y, x)) in out.iter_mut().zip(reflection.iter()).enumerate() {
                *y += gain.at(place.phase + i) * *x;
            }
        }
    }
}

/// Sums in the order of the taps.
#[inline(always)]
pub(super) fn gathered(taps: &[(f32, &[f32; CELL]); TAPS], out: &mut [f32; CELL]) {
    for (i, y) in out.iter_mut().enumerate() {
        let mut sum = 0.0;
        for (gain, reflection) in taps {
            sum += *gain * reflection[i];
        }
        *y = sum;
    }
}

/// A row of all-passes for each side.
#[derive(Clone, Debug)]
pub(super) struct Diffuser {
    rings: [[Ring; STAGES]; 2],
    taps: [[Tap; STAGES]; 2],
    gains: Gains<STAGES>,
}

impl Diffuser {
    /// All-passes for sizes up to `largest`. Allocates. `[main-thread]`
    pub(super) fn new(sample_rate: f64, largest: f64) -> Self {
        let ring = |ms: f64| Ring::new(frames(ms, largest, sample_rate));
        Self {
            rings: DIFFUSER_MS.map(|side| side.map(ring)),
            taps: [[Tap::default(); STAGES]; 2],
            gains: Gains::new(sample_rate),
        }
    }

    pub(super) fn reset(&mut self) {
        self.rings.iter_mut().flatten().for_each(Ring::reset);
        self.gains.finish();
    }

    /// Leaves for another size; at once when `jump`.
    pub(super) fn place(&mut self, size: f64, sample_rate: f64, jump: bool) {
        for (taps, lengths) in self.taps.iter_mut().zip(DIFFUSER_MS) {
            for (tap, ms) in taps.iter_mut().zip(lengths) {
                let delay = frames(ms, size, sample_rate);
                if jump {
                    *tap = Tap::at(delay);
                } else {
                    tap.leave(delay);
                }
            }
        }
    }

    /// `amount` is 0 to 1.
    pub(super) fn set_gains(&mut self, amount: f64, seconds: f64, size: f64, sample_rate: f64) {
        for (gains, lengths) in self.gains.change().iter_mut().zip(DIFFUSER_MS) {
            for (gain, ms) in gains.iter_mut().zip(lengths) {
                let length = frames(ms, size, sample_rate) as f64 / sample_rate;
                let most = exp2_f64(-3.0 * length / (SHARE_OF_DECAY * seconds) * LOG2_10);
                gain.set((DIFFUSION * amount).min(most));
            }
        }
    }

    #[inline(always)]
    pub(super) fn tick(&mut self) {
        self.gains.tick();
    }

    #[inline(always)]
    pub(super) fn process(&mut self, place: &Place, morph: &Morph, io: &mut Rows<2>) {
        let pass = |g: f32, x: &mut f32, v: &mut f32| {
            let inner = *x - g * *v;
            *x = *v + g * inner;
            *v = inner;
        };
        let still = self.gains.still(place, morph);
        for (side, signal) in io.iter_mut().enumerate() {
            for stage in 0..STAGES {
                let ring = &mut self.rings[side][stage];
                let (tap, gain) = (&self.taps[side][stage], &self.gains.ramps[side][stage]);
                if let Some(gains) = still
                    && let Some(past) = tap.at_rest(ring, place.at)
                {
                    let g = gains[side][stage];
                    let mut past = *past;
                    for (x, v) in signal.iter_mut().zip(&mut past) {
                        pass(g, x, v);
                    }
                    ring.write(place.at, &past);
                    continue;
                }
                let mut past = [0.0; CELL];
                let past = &mut past[..place.frames];
                tap.read(ring, place.at, (morph, place.phase), past);
                for (i, (x, v)) in signal.iter_mut().zip(past.iter_mut()).enumerate() {
                    pass(gain.at(place.phase + i), x, v);
                }
                ring.write(place.at, past);
            }
        }
    }
}

/// Length of an all-pass: a cell at least, so that a piece never reads what it has not written.
fn frames(ms: f64, size: f64, sample_rate: f64) -> usize {
    to_count(ms * 0.001 * size * sample_rate).max(CELL)
}
