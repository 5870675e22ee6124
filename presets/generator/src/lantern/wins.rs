//! Wins: from a soft word for what came back to a fanfare.

use crate::canvas::Canvas;
use crate::clock::{BEAT, frames};
use crate::kit::{self, Stroke};
use crate::rng;
use crate::shots::{brass, finish, ping, room};
use crate::synth::{Svf, gain, key_hz, lfo};

/// A line is shown.
pub(super) fn chime() -> Vec<Canvas> {
    let mut canvas = Canvas::once(frames(0.6));
    glass(&mut canvas, 0.0, 79.0, 0.5);
    vec![finish(canvas, -8.0)]
}

/// One coin of many.
pub(super) fn coin() -> Vec<Canvas> {
    let mut canvas = Canvas::once(frames(0.16));
    for (ratio, level, seconds) in [(1.0, 0.7, 0.13), (2.76, 0.3, 0.07), (5.4, 0.12, 0.03)] {
        ping(&mut canvas, 0, key_hz(86.0) * ratio, seconds, level);
    }
    vec![finish(canvas, -9.0)]
}

/// What came back is no more than what was paid: nothing to cheer at.
pub(super) fn soft() -> Vec<Canvas> {
    let mut canvas = Canvas::once(frames(0.35));
    ping(&mut canvas, 0, key_hz(67.0), 0.3, 0.8);
    ping(&mut canvas, 0, key_hz(79.0), 0.12, 0.15);
    vec![finish(canvas, -9.0)]
}

/// Three notes.
pub(super) fn small() -> Vec<Canvas> {
    run(&[67.0, 71.0, 74.0], 0.09, 0.5)
}

/// Five notes.
pub(super) fn nice() -> Vec<Canvas> {
    run(&[67.0, 71.0, 74.0, 79.0, 83.0], 0.085, 0.7)
}

/// Seven notes and a drum.
pub(super) fn great() -> Vec<Canvas> {
    let mut all = run(&[67.0, 71.0, 74.0, 79.0, 83.0, 86.0, 91.0], 0.08, 1.0);
    for canvas in &mut all {
        let stroke = Stroke {
            at: 0,
            strength: 0.25,
            seed: 0x6772_6561,
        };
        kit::kick(canvas, stroke);
    }
    all.into_iter().map(|canvas| finish(canvas, -6.0)).collect()
}

/// The home chord on brass, in three steps.
pub(super) fn fanfare() -> Vec<Canvas> {
    let mut canvas = Canvas::once(frames(2.6));
    let chords: [(usize, &[f64]); 3] = [
        (0, &[55.0, 62.0, 67.0]),
        (BEAT / 2, &[57.0, 64.0, 69.0]),
        (BEAT, &[43.0, 55.0, 62.0, 67.0, 71.0, 79.0]),
    ];
    for (number, (at, keys)) in chords.into_iter().enumerate() {
        for (voice, key) in keys.iter().enumerate() {
            brass(&mut canvas, at, number * 8 + voice, *key);
        }
    }
    let stroke = Stroke {
        at: BEAT,
        strength: 1.4,
        seed: 0x6661_6e66,
    };
    kit::kick(&mut canvas, stroke);
    room(&mut canvas, 1.4, 0.25);
    vec![finish(canvas, -5.0)]
}

/// A cascade of bells over the fanfare.
pub(super) fn bells() -> Vec<Canvas> {
    let mut canvas = Canvas::once(frames(2.4));
    let keys = [91.0, 86.0, 83.0, 79.0, 86.0, 91.0, 95.0, 98.0];
    for (number, key) in keys.into_iter().enumerate() {
        glass(&mut canvas, 0.125 * number as f64, key, 0.8);
    }
    room(&mut canvas, 1.2, 0.2);
    vec![finish(canvas, -7.0)]
}

/// People who are glad: a loop.
pub(super) fn cheer() -> Vec<Canvas> {
    const LENGTH: usize = 4 * BEAT;
    let mut canvas = Canvas::looped(LENGTH);
    for (number, hz) in [620.0, 910.0, 1250.0, 1700.0].into_iter().enumerate() {
        let mut voices = Canvas::looped(LENGTH);
        let mut formant = Svf::new(hz, 4.0);
        voices.add(0, LENGTH, |n| rng::bipolar(0x6368_6565 + number as u64, n));
        voices.through(|n, x| {
            if n % 16 == 0 {
                formant.tune(hz * (1.0 + 0.12 * lfo(n, LENGTH, 3 + number)));
            }
            formant.band(x) * (0.7 + 0.3 * lfo(n, LENGTH, 5 + 2 * number))
        });
        canvas.mix(&voices, 0.8 / (1.0 + number as f64));
    }
    vec![canvas.scale(gain(-3.0))]
}

/// Notes one after the other.
fn run(keys: &[f64], step: f64, ring: f64) -> Vec<Canvas> {
    let seconds = step * keys.len() as f64 + ring;
    let mut canvas = Canvas::once(frames(seconds));
    for (number, key) in keys.iter().enumerate() {
        glass(&mut canvas, step * number as f64, *key, ring);
    }
    room(&mut canvas, 0.9, 0.2);
    vec![finish(canvas, -7.0)]
}

/// A bar of glass.
pub(super) fn glass(canvas: &mut Canvas, at: f64, key: f64, seconds: f64) {
    for (ratio, level, share) in [(1.0, 0.7, 1.0), (2.0, 0.3, 0.5), (3.01, 0.12, 0.25)] {
        ping(
            canvas,
            frames(at),
            key_hz(key) * ratio,
            seconds * share,
            level,
        );
    }
}
