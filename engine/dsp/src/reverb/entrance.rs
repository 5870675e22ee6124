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
/// A one-pole takes the mean, which takes its state in the frame before. The states within a group
/// of frames are what the state before the group has left, and a sum of what the frames brought in,
/// which does not wait for that state: a frame waits for another one once in a group only. Groups
/// begin with every eighth frame of a cell.
#[derive(Clone, Copy, Debug)]
pub(super) struct DcBlock {
    /// What the output is of the distance between input and state.
    give: f32,
    /// What every frame of a group brings into the states after it and after those behind it.
    brings: [[f32; GROUP]; GROUP],
    /// What is gone of the state before a group after each of its frames.
    gone: [f32; GROUP],
    /// The states of both sides before the group.
    states: [f32; 2],
    /// What the frames of the group were so far.
    heard: [[f32; GROUP]; 2],
}

/// Frames of a group.
const GROUP: usize = 8;
/// What is louder, and what is no number, does not count: 0 times it would be no number either.
const LOUDEST: f32 = 1e20;

impl DcBlock {
    pub(super) fn new(sample_rate: f64) -> Self {
        let g = tan(PI * DC_HZ / sample_rate);
        let pole = g / (1.0 + g);
        let keep = 1.0 - 2.0 * pole;
        let kept = |frames: usize| (0..frames).fold(1.0, |kept, _| kept * keep);
        let row = |first: usize| {
            core::array::from_fn(|frame| match frame.checked_sub(first) {
                Some(since) => to_f32(2.0 * pole * kept(since)),
                None => 0.0,
            })
        };
        Self {
            give: to_f32(1.0 - pole),
            brings: core::array::from_fn(row),
            gone: core::array::from_fn(|frame| to_f32(1.0 - kept(frame + 1))),
            states: [0.0; 2],
            heard: [[0.0; GROUP]; 2],
        }
    }

    pub(super) fn reset(&mut self) {
        (self.states, self.heard) = ([0.0; 2], [[0.0; GROUP]; 2]);
    }

    /// Both sides, from `phase` in the cell.
    #[inline(always)]
    pub(super) fn process(&mut self, io: &mut Rows<2>, phase: usize, frames: usize) {
        if frames == CELL {
            for (side, signal) in io.iter_mut().enumerate() {
                self.cell(side, signal);
            }
            return;
        }
        for (side, signal) in io.iter_mut().enumerate() {
            let mut done = 0;
            while done < frames {
                let over = (phase + done) % GROUP;
                let end = frames.min(done + GROUP - over);
                self.some(side, over, &mut signal[done..end]);
                done = end;
            }
        }
    }

    /// A whole cell.
    #[inline(always)]
    fn cell(&mut self, side: usize, signal: &mut [f32; CELL]) {
        let mut before = [0.0; CELL + 1];
        let mut state = self.states[side];
        before[0] = state;
        for (group, before) in signal
            .as_chunks::<GROUP>()
            .0
            .iter()
            .zip(before[1..].as_chunks_mut::<GROUP>().0)
        {
            *before = self.after(state, &group.map(counted));
            state = before[GROUP - 1];
        }
        self.states[side] = state;
        for (x, state) in signal.iter_mut().zip(&before) {
            *x = self.give * (*x - *state);
        }
    }

    /// Frames of one group, of which some may be over.
    #[inline(always)]
    fn some(&mut self, side: usize, over: usize, signal: &mut [f32]) {
        let heard = &mut self.heard[side];
        for (heard, x) in heard[over..].iter_mut().zip(signal.iter()) {
            *heard = counted(*x);
        }
        let state = self.states[side];
        let after = self.after(state, &self.heard[side]);
        let end = over + signal.len();
        for (step, x) in (over..end).zip(signal) {
            let state = if step == 0 { state } else { after[step - 1] };
            *x = self.give * (*x - state);
        }
        if end == GROUP {
            self.states[side] = after[GROUP - 1];
        }
    }

    /// The states after the frames of a group. None depends on the frames behind it: those bring
    /// in 0.
    #[inline(always)]
    fn after(&self, state: f32, group: &[f32; GROUP]) -> [f32; GROUP] {
        let mut after = [0.0; GROUP];
        for (x, brings) in group.iter().zip(&self.brings) {
            for (after, brings) in after.iter_mut().zip(brings) {
                *after += *brings * *x;
            }
        }
        for (after, gone) in after.iter_mut().zip(&self.gone) {
            *after = state + (*after - *gone * state);
        }
        after
    }
}

#[inline(always)]
fn counted(x: f32) -> f32 {
    if x.abs() < LOUDEST { x } else { 0.0 }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{apart_db, biquad_twin, noise};

    #[test]
    fn what_keeps_0_hz_out_follows_a_twin_in_double_precision() {
        for rate in [8_000.0, 44_100.0, 192_000.0, 384_000.0] {
            // With an offset, which is what it is there for.
            let x: Vec<f32> = noise(2).take(CELL * 3_000).map(|x| x + 0.5).collect();
            let mut twin: Vec<f64> = x.iter().map(|x| f64::from(*x)).collect();
            let g = (PI * DC_HZ / rate).tan();
            biquad_twin([1.0, -1.0, 0.0], [1.0 + g, g - 1.0, 0.0], &mut twin);
            let mut block = DcBlock::new(rate);
            let mut y = Vec::new();
            for cell in x.as_chunks::<CELL>().0 {
                let mut io = [*cell; 2];
                block.process(&mut io, 0, CELL);
                assert!(io[0] == io[1]);
                y.extend(io[0]);
            }
            let error = apart_db(&y, &twin);
            assert!(error < -120.0, "{rate}: {error} dB");
        }
    }

    #[test]
    fn what_keeps_0_hz_out_gives_the_same_bits_in_any_cut() {
        let sides: [Vec<f32>; 2] = [1, 2].map(|seed| noise(seed).take(CELL * 20).collect());
        let run = |cut: usize| {
            let mut block = DcBlock::new(48_000.0);
            let mut out = Vec::new();
            let mut at = 0;
            while at < sides[0].len() {
                let frames = cut.min(CELL - at % CELL);
                let mut io: Rows<2> = [[0.0; CELL]; 2];
                for (io, side) in io.iter_mut().zip(&sides) {
                    io[..frames].copy_from_slice(&side[at..at + frames]);
                }
                block.process(&mut io, at % CELL, frames);
                out.extend((0..frames).map(|n| io.map(|side| side[n].to_bits())));
                at += frames;
            }
            out
        };
        let whole = run(CELL);
        for cut in [1, 3, 7, 8, 9, 31] {
            assert!(run(cut) == whole, "{cut}");
        }
    }

    #[test]
    fn what_is_no_number_is_gone_with_its_frame() {
        let mut block = DcBlock::new(48_000.0);
        for bad in [f32::NAN, f32::INFINITY, f32::MAX] {
            let mut io = [[0.5; CELL]; 2];
            io[0][9] = bad;
            block.process(&mut io, 0, CELL);
            let side = io[0].iter().enumerate();
            assert!(side.filter(|(n, _)| *n != 9).all(|(_, y)| y.abs() < 1.0));
        }
    }
}
