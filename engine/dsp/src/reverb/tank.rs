//! The tail: a feedback delay network of 16 lines, mixed by a Hadamard matrix.

#[cfg(target_arch = "x86_64")]
mod avx2;

use core::f64::consts::{LOG2_10, TAU};

use super::decay::{Absorption, Decay, Lanes, Resting};
use super::entrance::{TAPS, gathered};
use super::line::{Drift, Morph, Ring, Tap};
use super::{LINES, Place, Rows, is_upright, signs};
use crate::CELL;
use crate::math::{exp2_f64, sin_cos, slot, to_count};
use crate::smooth::{CellSmoother, LogSmoother};

/// Lengths of the lines at 100 % size, ms: spread evenly on a logarithmic scale, no two in a
/// simple ratio.
const LENGTHS_MS: [f64; LINES] = [
    21.3, 23.9, 26.9, 29.3, 31.7, 34.7, 37.9, 41.1, 44.7, 48.1, 52.3, 56.9, 61.7, 67.1, 73.3, 79.9,
];
/// Shortest line: a cell, so that a piece never reads what it has not written yet.
const SHORTEST: usize = CELL + 4;
/// Largest excursion of a moving line, ms; every second line moves.
const EXCURSION_MS: f64 = 0.35;
/// The second modulator's rate over that of the first.
const SECOND_RATE: f64 = 0.773;

/// The network. Its lines are orthogonally mixed and every line attenuates by its length, so all
/// of them fade alike.
#[derive(Clone, Debug)]
pub(super) struct Tank {
    sample_rate: f64,
    rings: Vec<Ring>,
    taps: [Tap; LINES],
    drifts: [Drift; LINES],
    absorption: Absorption,
    seconds: [f64; LINES],
    /// Turns of the two modulators.
    turns: [f64; 2],
    pub(super) rate: LogSmoother,
    /// Frames.
    depth: CellSmoother,
}

impl Tank {
    /// Lines for sizes up to `largest` (1 is 100 %). Allocates. `[main-thread]`
    pub(super) fn new(sample_rate: f64, largest: f64) -> Self {
        let longest = |ms: f64| to_count((ms * largest + 4.0 * EXCURSION_MS) * 0.001 * sample_rate);
        Self {
            sample_rate,
            rings: LENGTHS_MS
                .iter()
                .map(|ms| Ring::new(longest(*ms)))
                .collect(),
            taps: [Tap::default(); LINES],
            drifts: [Drift::default(); LINES],
            absorption: Absorption::new(),
            seconds: [0.0; LINES],
            turns: [0.0; 2],
            rate: LogSmoother::new(1.0, sample_rate),
            depth: CellSmoother::new(0.0, sample_rate),
        }
    }

    /// How far the lines move, 0 to 1.
    pub(super) fn set_depth(&mut self, depth: f64) {
        self.depth
            .set(0.5 * depth * EXCURSION_MS * 0.001 * self.sample_rate);
    }

    /// Forgets the signal and rests at its targets.
    pub(super) fn reset(&mut self, decay: &Decay, size: f64) {
        self.rings.iter_mut().for_each(Ring::reset);
        self.taps = self.lengths(size).map(Tap::at);
        self.drifts = [Drift::default(); LINES];
        self.turns = [0.0; 2];
        self.rate.finish();
        self.depth.finish();
        self.measure(size);
        self.absorption
            .reset(decay, &self.seconds, self.sample_rate);
    }

    /// Leaves for another size.
    pub(super) fn leave(&mut self, size: f64) {
        let lengths = self.lengths(size);
        for (tap, frames) in self.taps.iter_mut().zip(lengths) {
            tap.leave(frames);
        }
        self.measure(size);
    }

    /// Crosses a cell boundary. `decay` is given when it has changed, or the size has.
    #[inline(always)]
    pub(super) fn tick(&mut self, decay: Option<&Decay>, frozen: bool) {
        let change = decay.map(|decay| (decay, &self.seconds));
        self.absorption.tick(change, self.sample_rate);
        self.rate.tick();
        self.depth.tick();
        // A frozen room must not move: what is read faster than it was written gains energy.
        let depth = if frozen { 0.0 } else { self.depth.value() };
        let cell = CELL as f64 / self.sample_rate * self.rate.value();
        for (turn, rate) in self.turns.iter_mut().zip([1.0, SECOND_RATE]) {
            *turn = (*turn + cell * rate).fract();
        }
        let moving = self.drifts.iter().skip(1).step_by(2);
        if depth == 0.0 && moving.clone().all(Drift::rests_at_zero) {
            return self.drifts.iter_mut().for_each(|drift| drift.tick(0.0));
        }
        let waves = self.turns.map(|turn| sin_cos(TAU * turn));
        for (place, drift) in self.drifts.iter_mut().skip(1).step_by(2).enumerate() {
            let (sine, cosine) = waves[place & 1];
            // Four directions for each modulator.
            let wave = match place >> 1 {
                0 => sine,
                1 => cosine,
                2 => -sine,
                _ => -cosine,
            };
            drift.tick(depth * (1.0 + wave));
        }
    }

    /// Reads the ends of the lines into `rows`.
    #[inline(always)]
    pub(super) fn read(&self, place: &Place, morph: &Morph, rows: &mut Rows<LINES>) {
        let lines = self.rings.iter().zip(&self.taps).zip(&self.drifts);
        for (((ring, tap), drift), row) in lines.zip(rows) {
            let row = &mut row[..place.frames];
            tap.read_moving(ring, place.at, (morph, place.phase), drift, row);
        }
    }

    /// Lets `rows` fade, mixes them, adds the input and writes them to the lines' beginnings.
    #[inline(always)]
    pub(super) fn write(&mut self, place: &Place, input: &Rows<2>, rows: &mut Rows<LINES>) {
        if place.frames == CELL && self.absorption.rests() {
            fade_cell(&mut self.absorption, rows);
        } else {
            for i in 0..place.frames {
                let x: Lanes = core::array::from_fn(|l| rows[l][i]);
                let y = self.absorption.frame(&x, place.phase + i);
                for (row, y) in rows.iter_mut().zip(y) {
                    row[i] = y;
                }
            }
        }
        mix(rows, input);
        for (ring, row) in self.rings.iter_mut().zip(rows) {
            ring.write(place.at, &row[..place.frames]);
        }
    }

    /// Level of the tail for an impulse response of half the impulse's energy.
    pub(super) fn level(seconds: f64, size: f64) -> f64 {
        let mean = LENGTHS_MS.iter().sum::<f64>() / LINES as f64 * 0.001 * size;
        let pass = exp2_f64(-6.0 * mean / seconds * LOG2_10);
        (0.5 * (1.0 - pass)).sqrt()
    }

    fn lengths(&self, size: f64) -> [usize; LINES] {
        LENGTHS_MS.map(|ms| to_count(ms * 0.001 * size * self.sample_rate).max(SHORTEST))
    }

    fn measure(&mut self, size: f64) {
        self.seconds = self
            .lengths(size)
            .map(|frames| frames as f64 / self.sample_rate);
    }
}

/// Signs with which each line goes to output `channel`: orthogonal for up to 16 of them, and each
/// spread over all the directions that the mixing matrix knows.
fn exit(channel: usize) -> Lanes {
    let row = slot((5 * channel + 3) as u64, LINES);
    core::array::from_fn(|line| {
        let walsh = if (row & line).count_ones().is_multiple_of(2) {
            1.0
        } else {
            -1.0
        };
        walsh * signs(line)
    })
}

/// The ways in: each side as it is, and turned over.
const WAYS: [(f32, usize); 4] = [(SHARE, 0), (SHARE, 1), (-SHARE, 0), (-SHARE, 1)];
/// Which of them each line takes.
const ENTERS: [usize; LINES] = {
    let mut ways = [0; LINES];
    let mut line = 0;
    while line < LINES {
        ways[line] = line % 2 + if is_upright(line) { 0 } else { 2 };
        line += 1;
    }
    ways
};
/// The ways out of two channels: each line has a sign for each, and they agree about half of them.
#[derive(Clone, Copy, Debug)]
pub(super) struct Exits {
    /// The lines of which both take the same, then those of which the second takes the opposite.
    lines: [usize; LINES],
    /// The signs of the first channel, in that order.
    signs: Lanes,
}

impl Exits {
    /// Of channels `2·pair` and `2·pair + 1`.
    pub(super) fn new(pair: usize) -> Self {
        let (first, second) = (exit(2 * pair), exit(2 * pair + 1));
        let mut lines: [usize; LINES] = core::array::from_fn(|line| line);
        lines.sort_by_key(|line| first[*line] != second[*line]);
        Self {
            lines,
            signs: lines.map(|line| first[line]),
        }
    }

    /// What the two channels take from all lines.
    #[inline(always)]
    pub(super) fn sums(&self, rows: &Rows<LINES>) -> Rows<2> {
        let half = |from: usize| -> [(f32, &[f32; CELL]); TAPS] {
            core::array::from_fn(|n| {
                let place = (from + n) % LINES;
                (self.signs[place], &rows[self.lines[place] % LINES])
            })
        };
        let mut sums = [[0.0; CELL]; 2];
        let [first, second] = &mut sums;
        gathered(&half(0), first);
        gathered(&half(TAPS), second);
        for (a, b) in first.iter_mut().zip(second) {
            (*a, *b) = (*a + *b, *a - *b);
        }
        sums
    }
}

/// Weight with which its side enters a line: the left one the even lines, the right one the odd
/// ones, with the energy of one in all.
const SHARE: f32 = 0.353_553_4;
/// What the mixing leaves to the filters before it: a quarter, whose scale is exact.
pub(super) const MIXED: f32 = 0.25;
/// Frames of all lines that fit into registers together.
const COLUMN: usize = 8;
/// Frames that the filters take in one go.
const QUAD: usize = 4;

/// Lets a whole cell fade.
#[inline(always)]
fn fade_cell(absorption: &mut Absorption, rows: &mut Rows<LINES>) {
    let mut filter = absorption.resting();
    fade(&mut filter, rows);
    absorption.keep(filter.state());
}

#[cfg(target_arch = "x86_64")]
fn fade(filter: &mut Resting, rows: &mut Rows<LINES>) {
    if std::is_x86_feature_detected!("avx2") {
        #[allow(unsafe_code, reason = "vector instructions that are there")]
        // SAFETY: this machine has what the function is compiled for.
        return unsafe { avx2::fade(filter, rows) };
    }
    fade_plain(filter, rows);
}

#[cfg(not(target_arch = "x86_64"))]
use fade_plain as fade;

/// Some frames at a time: a lane is a line there, a frame elsewhere.
#[cfg_attr(target_arch = "x86_64", inline(never))]
fn fade_plain(filter: &mut Resting, rows: &mut Rows<LINES>) {
    for i in (0..CELL).step_by(QUAD) {
        let mut frames = [[0.0; LINES]; QUAD];
        for (l, quad) in rows.as_chunks::<4>().0.iter().enumerate() {
            for (n, frame) in frames.iter_mut().enumerate() {
                for (k, row) in quad.iter().enumerate() {
                    frame[4 * l + k] = row[i + n];
                }
            }
        }
        for frame in &mut frames {
            *frame = filter.frame(frame);
        }
        for (l, quad) in rows.as_chunks_mut::<4>().0.iter_mut().enumerate() {
            for (k, row) in quad.iter_mut().enumerate() {
                for (n, frame) in frames.iter().enumerate() {
                    row[i + n] = frame[4 * l + k];
                }
            }
        }
    }
}

/// Mixes the lines and adds the input, some frames of all lines at a time.
#[inline(always)]
fn mix(rows: &mut Rows<LINES>, input: &Rows<2>) {
    for i in (0..CELL).step_by(COLUMN) {
        let mut lines = [[0.0; COLUMN]; LINES];
        for (line, row) in lines.iter_mut().zip(rows.iter()) {
            line.copy_from_slice(&row[i..i + COLUMN]);
        }
        hadamard(&mut lines);
        let mut entering = [[0.0; COLUMN]; 4];
        for (entering, (share, side)) in entering.iter_mut().zip(WAYS) {
            for (y, x) in entering.iter_mut().zip(&input[side][i..i + COLUMN]) {
                *y = share * *x;
            }
        }
        for ((line, row), way) in lines.iter().zip(rows.iter_mut()).zip(&ENTERS) {
            let entering = &entering[way % WAYS.len()];
            for ((y, line), x) in row[i..i + COLUMN].iter_mut().zip(line).zip(entering) {
                *y = *line + *x;
            }
        }
    }
}

/// Mixing of the lines, frame by frame: the Hadamard matrix of order 16. With [`MIXED`] it is
/// orthogonal.
#[inline(always)]
fn hadamard<const N: usize>(lines: &mut [[f32; N]; LINES]) {
    let mut half = LINES / 2;
    while half > 0 {
        for block in lines.chunks_exact_mut(2 * half) {
            let (upper, lower) = block.split_at_mut(half);
            for (a, b) in upper.iter_mut().zip(lower) {
                for (a, b) in a.iter_mut().zip(b) {
                    (*a, *b) = (*a + *b, *a - *b);
                }
            }
        }
        half /= 2;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::noise;

    #[test]
    fn wider_vectors_fade_to_the_same_bits() {
        let decay = Decay {
            seconds: 0.5,
            low_ratio: 1.3,
            low_hz: 300.0,
            high_ratio: 0.4,
            high_hz: 4_000.0,
            freeze: 0.0,
        };
        let mut absorption = Absorption::new();
        let seconds = LENGTHS_MS.map(|ms| 0.001 * ms);
        absorption.reset(&decay, &seconds, 48_000.0);
        let (mut one, mut other) = (absorption.resting(), absorption.resting());
        let mut sound = noise(7);
        for _ in 0..20 {
            let mut rows: Rows<LINES> =
                core::array::from_fn(|_| core::array::from_fn(|_| sound.next().unwrap_or(0.0)));
            let mut plain = rows;
            fade(&mut one, &mut rows);
            fade_plain(&mut other, &mut plain);
            assert!(rows == plain && one.state() == other.state());
        }
    }

    #[test]
    fn mixing_keeps_the_energy() {
        let first: Rows<LINES> = core::array::from_fn(|l| [signs(l) * (l as f32 + 1.0); CELL]);
        let mut x = first;
        let energy = |x: &Rows<LINES>| x.iter().map(|x| x[5] * x[5]).sum::<f32>();
        hadamard(&mut x);
        let gain = energy(&x) / energy(&first) * MIXED * MIXED;
        assert!((gain - 1.0).abs() < 1e-6);
        let sum: f32 = first.iter().map(|x| x[0]).sum();
        assert!((x[0][0] - sum).abs() < 1e-5, "it mixes");
        hadamard(&mut x);
        for (a, b) in x.iter().flatten().zip(first.iter().flatten()) {
            assert!(
                (a * MIXED * MIXED - b).abs() < 1e-5,
                "it is its own inverse"
            );
        }
    }

    #[test]
    fn a_pair_of_channels_takes_what_each_of_them_would() {
        let mut sound = noise(3);
        let rows: Rows<LINES> =
            core::array::from_fn(|_| core::array::from_fn(|_| sound.next().unwrap_or(0.0)));
        for pair in 0..4 {
            let sums = Exits::new(pair).sums(&rows);
            for (side, sum) in sums.iter().enumerate() {
                let signs = exit(2 * pair + side);
                for (i, sum) in sum.iter().enumerate() {
                    let lines = rows.iter().zip(&signs);
                    let wanted: f32 = lines.map(|(row, sign)| sign * row[i]).sum();
                    assert!((sum - wanted).abs() < 1e-5, "{pair} {side} {i}");
                }
            }
        }
    }

    #[test]
    fn exits_are_orthogonal() {
        for a in 0..8 {
            for b in 0..8 {
                let product: f32 = exit(a).iter().zip(exit(b)).map(|(a, b)| a * b).sum();
                assert_eq!(product, if a == b { 16.0 } else { 0.0 });
            }
        }
    }
}
