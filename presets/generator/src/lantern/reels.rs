//! The reels: they turn, are awaited, and land.

use crate::canvas::Canvas;
use crate::clock::{BEAT, frames};
use crate::rng;
use crate::shots::{finish, ping, room};
use crate::synth::{Fall, Osc, Svf, edges, gain, key_hz, lfo, sine, swell};

/// A wooden button.
pub(super) fn press() -> Vec<Canvas> {
    let mut canvas = Canvas::once(frames(0.22));
    knock(&mut canvas, 0, 420.0, 0.09, 0x7072_6573, 1.0);
    ping(&mut canvas, frames(0.015), key_hz(79.0), 0.16, 0.35);
    vec![finish(canvas, -9.0)]
}

/// All reels together: a beat of clatter without a seam.
pub(super) fn spin() -> Vec<Canvas> {
    let mut canvas = Canvas::looped(2 * BEAT);
    for tooth in 0..16 {
        let at = tooth * BEAT / 8;
        let hz = 700.0 + 260.0 * rng::bipolar(0x7370_696e, tooth);
        knock(&mut canvas, at, hz, 0.05, 0x7370_0000 + tooth as u64, 0.6);
    }
    let mut low = Svf::new(900.0, 0.6);
    canvas.through(|n, x| {
        let air = low.low(rng::bipolar(0x6169_7273, n % (2 * BEAT)));
        x + 0.35 * air * (0.75 + 0.25 * lfo(n, 2 * BEAT, 4))
    });
    vec![canvas.centred().scale(gain(-9.0))]
}

/// One reel that turns: a soft hum.
pub(super) fn whirr() -> Vec<Canvas> {
    let mut canvas = Canvas::looped(BEAT);
    let mut band = Svf::new(520.0, 2.5);
    canvas.add(0, BEAT, |n| rng::bipolar(0x7768_6972, n));
    canvas.through(|n, x| band.band(x) * (0.6 + 0.4 * lfo(n, BEAT, 12)));
    vec![canvas.centred().scale(gain(-8.0))]
}

/// A reel is awaited: a fifth that trembles.
pub(super) fn wait() -> Vec<Canvas> {
    let mut canvas = Canvas::looped(2 * BEAT);
    for (key, level) in [(67.0, 0.5), (74.0, 0.4), (79.0, 0.25)] {
        // A whole number of rounds in the loop, so that it has no seam.
        let rounds = segue_dsp::math::to_count(key_hz(key) * 2.0 * BEAT as f64 / 48_000.0);
        canvas.add(0, 2 * BEAT, |n| {
            let tremble = 0.55 + 0.45 * lfo(n, 2 * BEAT, 12);
            level * lfo(n, 2 * BEAT, rounds) * tremble
        });
    }
    vec![canvas.centred().scale(gain(-17.0))]
}

/// How tense it is: a pulse that is played higher and louder from reel to reel.
pub(super) fn tension() -> Vec<Canvas> {
    let mut canvas = Canvas::looped(BEAT);
    for beat in 0..4 {
        let at = beat * BEAT / 4;
        let length = frames(0.1);
        let (mut osc, mut fall) = (Osc::new(key_hz(55.0), 0.0), Fall::new(0.16));
        let strength = if beat == 0 { 1.0 } else { 0.65 };
        canvas.add(at, length, |n| {
            strength
                * (osc.pulse(0.4) * 0.4 + 0.6 * sine(n as f64 * 98.0 / 48_000.0))
                * fall.next()
                * edges(n, length, 60, 1500)
        });
        knock(
            &mut canvas,
            at,
            1500.0,
            0.03,
            0x7465_6e73 + beat as u64,
            0.3,
        );
    }
    let mut low = Svf::new(2200.0, 0.7);
    canvas.through(|_, x| low.low(x));
    vec![canvas.centred().scale(gain(-9.0))]
}

/// A reel lands: wood on wood.
pub(super) fn land() -> Vec<Canvas> {
    let mut canvas = Canvas::once(frames(0.3));
    knock(&mut canvas, 0, 190.0, 0.14, 0x6c61_6e64, 1.0);
    knock(&mut canvas, frames(0.012), 900.0, 0.05, 0x6c61_6e65, 0.5);
    vec![finish(canvas, -7.0)]
}

/// A star lands: the same, and a bell in G.
pub(super) fn land_star() -> Vec<Canvas> {
    let mut canvas = Canvas::once(frames(1.1));
    knock(&mut canvas, 0, 190.0, 0.14, 0x6c61_6e64, 0.5);
    for (ratio, level, seconds) in [(1.0, 0.7, 0.9), (2.0, 0.4, 0.6), (2.76, 0.2, 0.4)] {
        ping(&mut canvas, 0, key_hz(79.0) * ratio, seconds, level);
    }
    room(&mut canvas, 1.0, 0.25);
    vec![finish(canvas, -7.0)]
}

/// A coin lands.
pub(super) fn land_coin() -> Vec<Canvas> {
    let mut canvas = Canvas::once(frames(0.7));
    knock(&mut canvas, 0, 240.0, 0.1, 0x6c61_6e66, 0.5);
    for (at, key) in [(0.0, 86.0), (0.05, 91.0)] {
        for (ratio, level, seconds) in [(1.0, 0.6, 0.5), (2.93, 0.25, 0.25), (5.2, 0.1, 0.1)] {
            ping(&mut canvas, frames(at), key_hz(key) * ratio, seconds, level);
        }
    }
    vec![finish(canvas, -7.0)]
}

/// Something small happens.
pub(super) fn tick() -> Vec<Canvas> {
    let mut canvas = Canvas::once(frames(0.08));
    ping(&mut canvas, 0, key_hz(91.0), 0.06, 1.0);
    ping(&mut canvas, 0, key_hz(103.0), 0.03, 0.3);
    vec![finish(canvas, -9.0)]
}

/// The wait is over: air.
pub(super) fn breath() -> Vec<Canvas> {
    let length = frames(0.5);
    let mut canvas = Canvas::once(length);
    let mut band = Svf::new(1800.0, 0.9);
    canvas.add(0, length, |n| {
        let bow = swell(n, length, 0.2);
        if n % 8 == 0 {
            band.tune(500.0 + 2200.0 * bow);
        }
        band.band(rng::bipolar(0x6272_6561, n)) * bow * bow
    });
    vec![finish(canvas, -8.0)]
}

/// A knock on wood of this pitch.
pub(super) fn knock(
    canvas: &mut Canvas,
    at: usize,
    hz: f64,
    seconds: f64,
    seed: u64,
    strength: f64,
) {
    let length = frames(seconds);
    let (mut band, mut fall) = (Svf::new(hz * 2.4, 0.8), Fall::new(seconds));
    let mut tone = Osc::new(hz, 0.0);
    canvas.add(at, length, |n| {
        let noise = band.band(rng::bipolar(seed, n));
        strength
            * (0.7 * noise + 0.8 * tone.sine())
            * fall.next()
            * edges(n, length, 40, length / 3)
    });
}
