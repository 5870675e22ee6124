//! Ambience: wind around a large room.

use crate::canvas::Canvas;
use crate::clock::BAR;
use crate::rng;
use crate::synth::{HighPass, Svf, gain, key_hz, lfo};

/// Six bars: it returns with the beat, although nobody hears one in it.
const FRAMES: usize = 6 * BAR;
const LEVEL_DB: f64 = -16.0;

/// Left and right.
pub(crate) fn render() -> Vec<Canvas> {
    let centre = wind(0x77_01, 0);
    let side = |index: usize| {
        let mut canvas = wind(0x77_02 + index as u64, index * FRAMES / 3);
        canvas.mix(&centre, 0.6);
        canvas.mix(&room(0x77_10 + index as u64), 0.8);
        canvas.scale(gain(LEVEL_DB))
    };
    vec![side(0), side(1)]
}

/// Gusts: noise around a pitch that wanders, louder when higher.
fn wind(seed: u64, shift: usize) -> Canvas {
    let mut canvas = noise(seed);
    let (mut band, mut low) = (Svf::new(300.0, 1.2), Svf::new(700.0, 0.6));
    let mut steep = Svf::new(1100.0, 0.7);
    canvas.through(|n, x| {
        let at = n + shift;
        let gust = 0.5 * lfo(at, FRAMES, 1) + 0.3 * lfo(at, FRAMES, 3) + 0.2 * lfo(at, FRAMES, 7);
        if n % 16 == 0 {
            band.tune(key_hz(62.0 + 7.0 * gust));
        }
        let loud = 0.55 + 0.4 * gust;
        steep.low(low.low(band.band(x))) * loud
    });
    canvas
}

/// The deep tone of a room at night.
fn room(seed: u64) -> Canvas {
    let mut canvas = noise(seed);
    let mut low = [Svf::new(140.0, 0.6), Svf::new(180.0, 0.6)];
    let mut clean = HighPass::new(35.0);
    canvas.through(|_, x| clean.high(low.iter_mut().fold(x, |x, filter| filter.low(x))));
    canvas
}

fn noise(seed: u64) -> Canvas {
    let mut canvas = Canvas::looped(FRAMES);
    canvas.add(0, FRAMES, |n| rng::bipolar(seed, n));
    canvas
}
