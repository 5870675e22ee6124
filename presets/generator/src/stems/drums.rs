//! Drums in two strengths: a pulse to walk to, and the whole kit on top of it.

use super::human;
use crate::canvas::Canvas;
use crate::clock::{BAR, STEP};
use crate::kit::{self, Stroke};
use crate::synth::{HighPass, Reverb, drive, gain};

/// The pulse repeats after four bars, the kit after eight.
const LIGHT_BARS: usize = 4;
const FULL_BARS: usize = 8;
const LIGHT_DB: f64 = -7.2;
const FULL_DB: f64 = -9.2;

/// Soft bass drum, rim, hats and shaker.
pub(crate) fn light() -> Vec<Canvas> {
    let mut canvas = Canvas::looped(LIGHT_BARS * BAR);
    for bar in 0..LIGHT_BARS {
        let last = bar == LIGHT_BARS - 1;
        let kicks: &[_] = if last {
            &[(0, 0.7), (10, 0.55), (15, 0.4)]
        } else {
            &[(0, 0.7), (10, 0.55)]
        };
        strokes(&mut canvas, bar, 1, kicks, kit::kick);
        let rims: &[_] = if last {
            &[(7, 0.3), (12, 0.45), (14, 0.35)]
        } else {
            &[(12, 0.45)]
        };
        strokes(&mut canvas, bar, 2, rims, kit::rim);
        let hats = &[(2, 0.5), (6, 0.42), (10, 0.5), (14, 0.42)];
        strokes(&mut canvas, bar, 3, hats, |c, s| kit::hat(c, s, 0.05));
        let shakes = &[
            (0, 0.2),
            (3, 0.32),
            (4, 0.16),
            (8, 0.2),
            (11, 0.32),
            (12, 0.16),
        ];
        strokes(&mut canvas, bar, 4, shakes, kit::shaker);
    }
    finish(canvas, 0.04, LIGHT_DB)
}

/// Bass drum on every beat, snare, open hats; toms at the end of the phrase.
pub(crate) fn full() -> Vec<Canvas> {
    let mut canvas = Canvas::looped(FULL_BARS * BAR);
    for bar in 0..FULL_BARS {
        let is_fill = bar == FULL_BARS - 1;
        let kicks: &[_] = match (is_fill, bar % 2) {
            (true, _) => &[(0, 1.0), (4, 0.9), (8, 0.9)],
            (_, 0) => &[(0, 1.0), (4, 0.9), (8, 0.95), (12, 0.9)],
            _ => &[
                (0, 1.0),
                (4, 0.9),
                (7, 0.6),
                (8, 0.95),
                (12, 0.9),
                (14, 0.65),
            ],
        };
        strokes(&mut canvas, bar, 11, kicks, kit::kick);
        let snares: &[_] = match (is_fill, bar % 2) {
            (true, _) => &[
                (4, 0.8),
                (7, 0.25),
                (12, 0.5),
                (13, 0.4),
                (14, 0.65),
                (15, 0.8),
            ],
            (_, 0) => &[(4, 0.8), (12, 0.85)],
            _ => &[(4, 0.8), (9, 0.2), (12, 0.85), (15, 0.25)],
        };
        strokes(&mut canvas, bar, 12, snares, kit::snare);
        strokes(&mut canvas, bar, 13, &[(6, 0.4), (14, 0.4)], |c, s| {
            kit::hat(c, s, 0.2)
        });
        let closed = &[
            (0, 0.35),
            (3, 0.25),
            (4, 0.35),
            (8, 0.35),
            (11, 0.25),
            (12, 0.35),
        ];
        strokes(&mut canvas, bar, 14, closed, |c, s| kit::hat(c, s, 0.035));
        if is_fill {
            fill(&mut canvas, bar);
        }
    }
    finish(canvas, 0.06, FULL_DB)
}

fn fill(canvas: &mut Canvas, bar: usize) {
    for (step, strength, hz) in [
        (8, 0.7, 164.0),
        (9, 0.6, 164.0),
        (10, 0.75, 123.0),
        (11, 0.8, 92.0),
    ] {
        strokes(canvas, bar, 15, &[(step, strength)], |c, s| {
            kit::tom(c, s, hz)
        });
    }
}

/// Plays `hits` (sixteenth, strength) of a bar; `part` keeps the parts' noises apart.
fn strokes(
    canvas: &mut Canvas,
    bar: usize,
    part: u64,
    hits: &[(usize, f64)],
    play: impl Fn(&mut Canvas, Stroke),
) {
    for (step, strength) in hits {
        let place = bar * 16 + step;
        let strength = strength * human(part, place, 0.06);
        let seed = (part << 16) + place as u64;
        play(
            canvas,
            Stroke {
                at: place * STEP,
                strength,
                seed,
            },
        );
    }
}

/// Strokes that meet are rounded like on tape; then a small room.
fn finish(mut canvas: Canvas, wet: f64, level_db: f64) -> Vec<Canvas> {
    let mut room = Reverb::new(0.5, 5000.0);
    let mut clean = HighPass::new(25.0);
    let mut thin = HighPass::new(300.0);
    canvas.through(|_, x| {
        let x = clean.high(2.0 * drive(0.5 * x));
        x + wet * room.mono(thin.high(x))
    });
    vec![canvas.scale(gain(level_db))]
}
