//! Lead: the tune on two saws with a vibrato that sets in late, and an echo.

use super::human;
use crate::canvas::Canvas;
use crate::clock::{BEAT, LOOP, STEP, frames};
use crate::harmony::{Note, TUNE};
use crate::synth::{Echo, Fall, HighPass, Osc, Reverb, Svf, edges, gain, key_hz, rise, sine};

const LEVEL_DB: f64 = -19.4;

/// One channel.
pub(crate) fn render() -> Vec<Canvas> {
    let mut canvas = Canvas::looped(LOOP);
    for (number, note) in TUNE.iter().enumerate() {
        play(&mut canvas, number, note);
    }
    let mut echo = Echo::new(BEAT, 0.3, 0.22);
    let mut room = Reverb::new(1.9, 3500.0);
    let mut clean = HighPass::new(200.0);
    canvas.through(|_, x| {
        let x = clean.high(echo.tick(x));
        x + 0.14 * room.mono(x)
    });
    vec![canvas.scale(gain(LEVEL_DB))]
}

fn play(canvas: &mut Canvas, number: usize, note: &Note) {
    let key = f64::from(note.key);
    let strength = human(0x6c65_6164, number, 0.06);
    let release = frames(0.14);
    let length = note.steps * STEP + release;
    let (mut first, mut second) = (Osc::new(440.0, 0.0), Osc::new(440.0, 0.37));
    let mut bite = Fall::new(0.8);
    let mut low = [Svf::new(2000.0, 0.8), Svf::new(2600.0, 0.6)];
    canvas.add((note.bar * 16 + note.step) * STEP, length, |n| {
        let bite = bite.next();
        if n % 8 == 0 {
            let bend = vibrato(n);
            first.tune(key_hz(key - 0.04 + bend));
            second.tune(key_hz(key + 0.04 + bend));
            low[0].tune(key_hz(key) * 1.6 + 1200.0 * bite);
        }
        let tone = 0.6 * first.saw() + 0.4 * second.pulse(0.42);
        let tone = low.iter_mut().fold(tone, |x, filter| filter.low(x));
        strength * tone * edges(n, length, frames(0.018), release)
    });
}

/// Semitones off the note: a scoop from below, then a slow wave.
fn vibrato(n: usize) -> f64 {
    let scoop = -0.35 * (1.0 - rise(n, frames(0.05)));
    let depth = 0.16 * rise(n.saturating_sub(frames(0.3)), frames(0.6));
    scoop + depth * sine(n as f64 * 5.4 / crate::clock::FS)
}
