//! The drums, synthesised stroke by stroke.

use crate::canvas::Canvas;
use crate::clock::frames;
use crate::rng;
use crate::synth::{Fall, Osc, Svf, drive, edges};

/// One stroke: where, how hard (0 to 1), and which one (strokes differ in their noise).
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stroke {
    pub(crate) at: usize,
    pub(crate) strength: f64,
    pub(crate) seed: u64,
}

/// Bass drum: a sine that falls to 47 Hz, and a click when it is hit hard.
pub(crate) fn kick(canvas: &mut Canvas, stroke: Stroke) {
    drop_tone(canvas, stroke, [47.0, 190.0], [0.5, 0.085], 1.0);
    let length = frames(0.012);
    let mut low = Svf::new(3200.0, 0.7);
    let mut fall = Fall::new(0.01);
    let level = 0.35 * stroke.strength * stroke.strength;
    canvas.add(stroke.at, length, |n| {
        let noise = rng::bipolar(stroke.seed, n);
        level * low.low(noise) * fall.next() * edges(n, length, 8, 100)
    });
}

/// Tom: `hz` is its pitch.
pub(crate) fn tom(canvas: &mut Canvas, stroke: Stroke, hz: f64) {
    drop_tone(canvas, stroke, [hz, hz * 0.7], [0.4, 0.12], 0.7);
}

/// A sine that falls by `sweep` Hz to `hz`; `falls` are the times of loudness and pitch.
fn drop_tone(
    canvas: &mut Canvas,
    stroke: Stroke,
    [hz, sweep]: [f64; 2],
    [loud, pitch]: [f64; 2],
    level: f64,
) {
    let length = frames(loud * 0.95);
    let mut osc = Osc::new(hz, 0.0);
    let (mut loud, mut pitch) = (Fall::new(loud), Fall::new(pitch));
    canvas.add(stroke.at, length, |n| {
        osc.tune(hz + sweep * pitch.next());
        let tone = drive(1.5 * osc.sine() * loud.next());
        level * stroke.strength * tone * edges(n, length, 24, 900)
    });
}

/// Snare drum: two modes of the head and the wires.
pub(crate) fn snare(canvas: &mut Canvas, stroke: Stroke) {
    let length = frames(0.24);
    let mut modes = [Osc::new(187.0, 0.0), Osc::new(331.0, 0.0)];
    let (mut head, mut wires) = (Fall::new(0.16), Fall::new(0.24));
    let (mut band, mut high) = (Svf::new(3400.0, 0.5), Svf::new(1100.0, 0.7));
    canvas.add(stroke.at, length, |n| {
        let tone = 0.5 * modes[0].sine() + 0.28 * modes[1].sine();
        let noise = high.high(band.band(rng::bipolar(stroke.seed, n)));
        let sound = tone * head.next() + 1.5 * noise * wires.next();
        stroke.strength * sound * edges(n, length, 20, 2400)
    });
}

/// Hi-hat: six pulses out of tune with one another, above 7 kHz. `seconds` is short when closed.
pub(crate) fn hat(canvas: &mut Canvas, stroke: Stroke, seconds: f64) {
    const PITCHES: [f64; 6] = [1231.0, 1826.0, 2217.0, 3136.0, 3240.0, 4800.0];
    let length = frames(seconds);
    let mut metal = PITCHES.map(|hz| Osc::new(hz, rng::unipolar(stroke.seed, frames(hz))));
    let mut high = [Svf::new(7200.0, 0.8), Svf::new(6500.0, 0.7)];
    let mut fall = Fall::new(seconds);
    canvas.add(stroke.at, length, |n| {
        let tone: f64 = metal.iter_mut().map(|osc| osc.pulse(0.5)).sum();
        let tone = 0.16 * tone + 0.25 * rng::bipolar(stroke.seed, n);
        let tone = high.iter_mut().fold(tone, |x, filter| filter.high(x));
        stroke.strength * tone * fall.next() * edges(n, length, 16, length / 3)
    });
}

/// Shaker: a soft breath of noise.
pub(crate) fn shaker(canvas: &mut Canvas, stroke: Stroke) {
    let length = frames(0.075);
    let mut band = Svf::new(5600.0, 0.9);
    canvas.add(stroke.at, length, |n| {
        let noise = band.band(rng::bipolar(stroke.seed, n));
        0.6 * stroke.strength * noise * edges(n, length, length / 4, length * 3 / 4)
    });
}

/// Rim of the snare: two short modes.
pub(crate) fn rim(canvas: &mut Canvas, stroke: Stroke) {
    let length = frames(0.06);
    let mut modes = [Osc::new(523.0, 0.0), Osc::new(1718.0, 0.0)];
    let mut falls = [Fall::new(0.055), Fall::new(0.035)];
    canvas.add(stroke.at, length, |n| {
        let low = modes[0].sine() * falls[0].next();
        let high = modes[1].sine() * falls[1].next();
        stroke.strength * (0.45 * low + 0.55 * high) * edges(n, length, 6, 900)
    });
}
