//! Gains in dB that follow others: one time constant on the way down, another one on the way up.

use crate::math::to_f32;
use crate::simd::wide;

/// Frames that are computed from one state. Groups begin with every fourth frame of a cell.
const GROUP: usize = 4;
/// Groups side by side.
const SIDE: usize = 4;

/// One-pole with two coefficients, of which the faster one is that of falling or of rising gains.
///
/// A frame is the lower of two straight lines in the frame before (the higher one where rising is
/// faster), so the j-th frame of a group is the lowest of j + 1 lines in the state before the group,
/// one for each number of falling frames among the j. Their offsets do not wait for the state: from
/// one group to the next there is one product, one sum and three comparisons.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Follower {
    /// The state before the group.
    start: f64,
    /// What the frames of the group wanted so far; those to come touch no frame before them.
    wanted: [f64; GROUP],
    now: f64,
}

/// The coefficients of a cell.
struct Pace {
    /// What is left of a distance after one frame.
    falling: f64,
    rising: f64,
    /// What is left of the state after the frames of a group, by the number of falling ones.
    left: [[f64; GROUP + 1]; GROUP],
    /// -1 where rising is the faster one: then everything is turned upside down.
    sign: f64,
}

/// Offsets of the lines, by frame and number of falling frames, for `N` groups.
type Offsets<const N: usize> = [[[f64; N]; GROUP + 1]; GROUP];

impl Follower {
    /// At rest at `db`.
    pub(crate) const fn new(db: f64) -> Self {
        Self {
            start: db,
            wanted: [db; GROUP],
            now: db,
        }
    }

    /// The gain of the last frame, dB.
    pub(crate) fn value(&self) -> f64 {
        self.now
    }

    /// Replaces wanted gains in dB by smoothed ones, from `phase` in the cell: what is left of the
    /// distance after one frame is `falling` for a gain that falls and `rising` for one that rises.
    /// `[audio-thread]`
    pub(crate) fn follow(&mut self, phase: usize, gains: &mut [f32], falling: f64, rising: f64) {
        run(self, phase, gains, &Pace::new(falling, rising));
    }

    /// Frames of one group, of which some may be over.
    #[inline(always)]
    fn some(&mut self, over: usize, gains: &mut [f32], pace: &Pace) {
        for (wanted, gain) in self.wanted[over..].iter_mut().zip(gains.iter()) {
            *wanted = f64::from(*gain);
        }
        let offsets = offsets(pace, &self.wanted.map(|wanted| [pace.sign * wanted]));
        let end = over + gains.len();
        for (step, gain) in (over..end).zip(gains) {
            let [value] = lowest(pace, step, &offsets[step], &[pace.sign * self.start]);
            self.now = pace.sign * value;
            *gain = to_f32(self.now);
        }
        if end == GROUP {
            self.start = self.now;
        }
    }

    /// Whole groups.
    #[inline(always)]
    fn many(&mut self, gains: &mut [f32; GROUP * SIDE], pace: &Pace) {
        let mut wanted = [[0.0; SIDE]; GROUP];
        for (step, wanted) in wanted.iter_mut().enumerate() {
            for (group, wanted) in wanted.iter_mut().enumerate() {
                *wanted = pace.sign * f64::from(gains[group * GROUP + step]);
            }
        }
        let offsets = offsets(pace, &wanted);
        let (mut starts, mut ends) = ([0.0; SIDE], [0.0; SIDE]);
        let mut state = pace.sign * self.start;
        for group in 0..SIDE {
            starts[group] = state;
            let line = |falls: usize| {
                offsets[GROUP - 1][falls][group] + pace.left[GROUP - 1][falls] * state
            };
            let pairs = [lower(line(0), line(1)), lower(line(2), line(3))];
            state = lower(lower(pairs[0], pairs[1]), line(4));
            ends[group] = state;
        }
        for step in 0..GROUP {
            let values = if step + 1 == GROUP {
                ends
            } else {
                lowest(pace, step, &offsets[step], &starts)
            };
            for (group, value) in values.into_iter().enumerate() {
                gains[group * GROUP + step] = to_f32(pace.sign * value);
            }
        }
        self.now = pace.sign * state;
        self.start = self.now;
    }
}

impl Pace {
    fn new(falling: f64, rising: f64) -> Self {
        let mut left = [[0.0; GROUP + 1]; GROUP];
        let mut before = [1.0; GROUP + 1];
        for (step, row) in left.iter_mut().enumerate() {
            row[0] = rising * before[0];
            for falls in 1..=step + 1 {
                row[falls] = falling * before[falls - 1];
            }
            before = *row;
        }
        Self {
            falling,
            rising,
            left,
            sign: if falling <= rising { 1.0 } else { -1.0 },
        }
    }
}

wide! {
    /// [`Follower::follow`].
    fn run(follower: &mut Follower, phase: usize, gains: &mut [f32], pace: &Pace) {
        let over = phase % GROUP;
        let first = if over == 0 { 0 } else { gains.len().min(GROUP - over) };
        let (head, rest) = gains.split_at_mut(first);
        if !head.is_empty() {
            follower.some(over, head, pace);
        }
        let (whole, tail) = rest.as_chunks_mut::<{ GROUP * SIDE }>();
        for gains in whole {
            follower.many(gains, pace);
        }
        for gains in tail.chunks_mut(GROUP) {
            follower.some(0, gains, pace);
        }
    }
}

#[inline(always)]
fn offsets<const N: usize>(pace: &Pace, wanted: &[[f64; N]; GROUP]) -> Offsets<N> {
    let mut rows: Offsets<N> = [[[0.0; N]; GROUP + 1]; GROUP];
    let mut before = [[0.0; N]; GROUP + 1];
    for step in 0..GROUP {
        for falls in 0..=step + 1 {
            for n in 0..N {
                let rise = (1.0 - pace.rising) * wanted[step][n] + pace.rising * before[falls][n];
                let last = before[falls.saturating_sub(1)][n];
                let fall = (1.0 - pace.falling) * wanted[step][n] + pace.falling * last;
                rows[step][falls][n] = match falls {
                    0 => rise,
                    _ if falls == step + 1 => fall,
                    _ => lower(rise, fall),
                };
            }
        }
        before = rows[step];
    }
    rows
}

/// The lowest of the lines of a frame.
#[inline(always)]
fn lowest<const N: usize>(
    pace: &Pace,
    step: usize,
    offsets: &[[f64; N]; GROUP + 1],
    starts: &[f64; N],
) -> [f64; N] {
    let mut lowest = [f64::INFINITY; N];
    for falls in 0..=step + 1 {
        for n in 0..N {
            let line = offsets[falls][n] + pace.left[step][falls] * starts[n];
            lowest[n] = lower(lowest[n], line);
        }
    }
    lowest
}

#[inline(always)]
fn lower(a: f64, b: f64) -> f64 {
    if b < a { b } else { a }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::CELL;
    use crate::testing::noise;

    /// Frame by frame.
    fn textbook(state: &mut f64, wanted: f32, falling: f64, rising: f64) -> f64 {
        let wanted = f64::from(wanted);
        let keep = if wanted < *state { falling } else { rising };
        *state = wanted + keep * (*state - wanted);
        *state
    }

    #[test]
    fn it_follows_as_the_textbook_says_in_any_cut() {
        for (falling, rising) in [
            (0.9, 0.999),
            (0.0, 0.99),
            (0.999, 0.9),
            (0.5, 0.5),
            (0.9, 0.0),
        ] {
            let wanted: Vec<f32> = noise(3).map(|x| 40.0 * x - 20.0).take(3_000).collect();
            let mut whole = wanted.clone();
            let mut follower = Follower::new(-3.0);
            whole
                .chunks_mut(CELL)
                .for_each(|cell| follower.follow(0, cell, falling, rising));
            let mut state = -3.0;
            for (n, (gain, wanted)) in whole.iter().zip(&wanted).enumerate() {
                let expected = textbook(&mut state, *wanted, falling, rising);
                let off = f64::from(*gain) - expected;
                assert!(
                    off.abs() < 1e-5,
                    "{falling} {rising} {n}: {gain} {expected}"
                );
            }
            assert!((follower.value() - state).abs() < 1e-11);
            for cut in [1, 3, 4, 7, 17] {
                let (mut parts, mut follower) = (wanted.clone(), Follower::new(-3.0));
                for cell in parts.chunks_mut(CELL) {
                    for (n, part) in cell.chunks_mut(cut).enumerate() {
                        follower.follow(n * cut, part, falling, rising);
                    }
                }
                assert_eq!(parts, whole, "{falling} {rising} {cut}");
            }
        }
    }
}
