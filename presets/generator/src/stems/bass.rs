//! Bass: a driven saw over a sine, three-three-two and four more.

use super::human;
use crate::canvas::Canvas;
use crate::clock::{BAR, STEP, frames};
use crate::harmony::chord_at;
use crate::synth::{Fall, HighPass, Osc, Svf, drive, edges, gain, key_hz};

const LEVEL_DB: f64 = -14.2;

/// Step, length in steps, semitones above the root, strength.
type Hit = (usize, usize, u8, f64);

const BAR_HITS: &[Hit] = &[
    (0, 3, 0, 1.0),
    (3, 3, 0, 0.8),
    (6, 2, 0, 0.85),
    (8, 2, 0, 0.95),
    (10, 2, 12, 0.7),
    (12, 2, 0, 0.85),
    (14, 2, 7, 0.75),
];
/// Every fourth bar moves on.
const TURN_HITS: &[Hit] = &[
    (0, 3, 0, 1.0),
    (3, 3, 0, 0.8),
    (6, 2, 12, 0.8),
    (8, 1, 0, 0.95),
    (9, 1, 0, 0.6),
    (10, 2, 7, 0.8),
    (12, 2, 12, 0.9),
    (14, 1, 7, 0.8),
    (15, 1, 0, 0.8),
];

/// The roots return after eight bars, and the bass with them.
const BARS: usize = 8;

/// One channel.
pub(crate) fn render() -> Vec<Canvas> {
    let mut canvas = Canvas::looped(BARS * BAR);
    for bar in 0..BARS {
        let hits = if bar % 4 == 3 { TURN_HITS } else { BAR_HITS };
        for hit in hits {
            play(&mut canvas, bar, *hit);
        }
    }
    let mut clean = HighPass::new(28.0);
    canvas.through(|_, x| clean.high(x));
    vec![canvas.scale(gain(LEVEL_DB))]
}

fn play(canvas: &mut Canvas, bar: usize, (step, steps, interval, strength): Hit) {
    let place = bar * 16 + step;
    let hz = key_hz(f64::from(chord_at(place / 4).root + interval));
    let strength = strength * human(0x6261_7373, place, 0.05);
    let length = steps * STEP - STEP / 8;
    let (mut saw, mut sub) = (Osc::new(hz, 0.5), Osc::new(hz, 0.0));
    let mut body = Fall::new(2.2);
    let mut bite = Fall::new(0.42);
    let mut low = Svf::new(400.0, 1.1);
    canvas.add(place * STEP, length, |n| {
        let (bite, body) = (bite.next(), body.next());
        if n % 8 == 0 {
            low.tune(hz * 2.0 + 1700.0 * strength * strength * bite);
        }
        let tone = low.low(0.42 * saw.saw()) + 0.95 * sub.sine();
        let shape = edges(n, length, frames(0.004), frames(0.03));
        drive(1.25 * strength * body * tone) * shape
    });
}
