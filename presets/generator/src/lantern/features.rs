//! Features and jackpots: gongs, falling stones, bells, drum rolls.

use super::reels::knock;
use super::wins::glass;
use crate::canvas::Canvas;
use crate::clock::{BAR, frames};
use crate::kit::{self, Stroke};
use crate::rng;
use crate::shots::{brass, finish, ping, room};
use crate::synth::{Fall, Svf, edges, key_hz, rise};

/// A gong: a feature begins.
pub(super) fn gong() -> Vec<Canvas> {
    const PARTIALS: [(f64, f64, f64); 7] = [
        (1.0, 0.7, 2.6),
        (1.52, 0.4, 2.2),
        (2.0, 0.35, 2.0),
        (2.74, 0.3, 1.5),
        (3.76, 0.22, 1.1),
        (5.1, 0.15, 0.7),
        (6.9, 0.1, 0.4),
    ];
    let mut canvas = Canvas::once(frames(2.6));
    for (ratio, level, seconds) in PARTIALS {
        ping(&mut canvas, 0, key_hz(43.0) * ratio, seconds, level);
        ping(
            &mut canvas,
            0,
            key_hz(43.0) * ratio * 1.004,
            seconds,
            0.5 * level,
        );
    }
    let (mut low, mut fall) = (Svf::new(3000.0, 0.6), Fall::new(0.5));
    let length = frames(0.5);
    canvas.add(0, length, |n| {
        0.4 * low.low(rng::bipolar(0x676f_6e67, n)) * fall.next() * edges(n, length, 60, 3000)
    });
    room(&mut canvas, 1.6, 0.2);
    vec![finish(canvas, -6.0)]
}

/// Symbols fall once: a drop of water, played higher from step to step.
pub(super) fn drop() -> Vec<Canvas> {
    let mut canvas = Canvas::once(frames(0.6));
    glass(&mut canvas, 0.0, 67.0, 0.3);
    glass(&mut canvas, 0.06, 74.0, 0.45);
    knock(&mut canvas, 0, 260.0, 0.08, 0x6472_6f70, 0.6);
    vec![finish(canvas, -7.0)]
}

/// Symbols that won break.
pub(super) fn crumble() -> Vec<Canvas> {
    let mut canvas = Canvas::once(frames(0.7));
    for shard in 0..14 {
        let at = frames(0.035) * shard;
        let hz = 700.0 + 1800.0 * rng::unipolar(0x6372_756d, shard);
        let strength = 1.0 - shard as f64 / 16.0;
        knock(
            &mut canvas,
            at,
            hz,
            0.06,
            0x6372_0000 + shard as u64,
            strength,
        );
    }
    vec![finish(canvas, -8.0)]
}

/// A handful of small bells.
pub(super) fn sparkle() -> Vec<Canvas> {
    let mut canvas = Canvas::once(frames(1.0));
    for (number, key) in [86.0, 91.0, 95.0, 98.0, 103.0].into_iter().enumerate() {
        glass(&mut canvas, 0.06 * number as f64, key, 0.5);
    }
    vec![finish(canvas, -8.0)]
}

/// A jackpot falls: two bells that call.
pub(super) fn alarm() -> Vec<Canvas> {
    let mut canvas = Canvas::once(frames(1.4));
    for stroke in 0..8 {
        let key = if stroke % 2 == 0 { 79.0 } else { 83.0 };
        glass(&mut canvas, 0.14 * f64::from(stroke), key, 0.4);
    }
    vec![finish(canvas, -6.0)]
}

/// Drums that rise for two and a half seconds.
pub(super) fn roll() -> Vec<Canvas> {
    let length = BAR + BAR / 4;
    let mut canvas = Canvas::once(length);
    let mut at = 0;
    let mut number = 0;
    while at < length - frames(0.1) {
        let stroke = Stroke {
            at,
            strength: 0.1 + 0.5 * rise(at, length),
            seed: 0x726f_6c6c + number,
        };
        kit::tom(&mut canvas, stroke, 82.0);
        kit::snare(
            &mut canvas,
            Stroke {
                strength: 0.5 * stroke.strength,
                ..stroke
            },
        );
        // From eight to sixteen strokes a second.
        at += frames(0.125 - 0.0625 * rise(at, length));
        number += 1;
    }
    vec![finish(canvas, -7.0)]
}

/// Here it is: brass and every drum.
pub(super) fn hit() -> Vec<Canvas> {
    let mut canvas = Canvas::once(frames(2.0));
    for (voice, key) in [43.0, 55.0, 62.0, 67.0, 71.0, 74.0, 79.0]
        .into_iter()
        .enumerate()
    {
        brass(&mut canvas, 0, voice, key);
    }
    for seed in [1, 2] {
        let stroke = Stroke {
            at: 0,
            strength: 1.5,
            seed,
        };
        kit::kick(&mut canvas, stroke);
        kit::snare(&mut canvas, stroke);
    }
    room(&mut canvas, 1.4, 0.3);
    vec![finish(canvas, -5.0)]
}

/// It is over: three notes down.
pub(super) fn close() -> Vec<Canvas> {
    let mut canvas = Canvas::once(frames(1.1));
    for (number, key) in [79.0, 74.0, 67.0].into_iter().enumerate() {
        glass(&mut canvas, 0.13 * number as f64, key, 0.7);
    }
    room(&mut canvas, 1.0, 0.2);
    vec![finish(canvas, -8.0)]
}

/// No.
pub(super) fn no() -> Vec<Canvas> {
    let mut canvas = Canvas::once(frames(0.4));
    ping(&mut canvas, 0, key_hz(62.0), 0.2, 0.8);
    ping(&mut canvas, frames(0.1), key_hz(57.0), 0.28, 0.8);
    vec![finish(canvas, -9.0)]
}
