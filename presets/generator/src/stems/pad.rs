//! Pad: slow chords of detuned saws behind a moving low-pass, in a hall.

use crate::canvas::Canvas;
use crate::clock::{BEAT, LOOP, frames};
use crate::harmony::{CHORDS, Chord};
use crate::rng;
use crate::synth::{HighPass, Osc, Reverb, Svf, edges, gain, key_hz, lfo};

const LEVEL_DB: f64 = -31.1;
const ATTACK: f64 = 0.45;
const RELEASE: f64 = 1.1;
/// Detuning of the four saws in semitones: two on each side.
const DETUNE: [[f64; 2]; 2] = [[-0.09, 0.05], [0.085, -0.045]];

/// Left and right.
pub(crate) fn render() -> Vec<Canvas> {
    let mut sides = [side(0), side(1)];
    let rooms = hall(&sides);
    for (side, room) in sides.iter_mut().zip(&rooms) {
        side.mix(room, 0.16);
    }
    let level = gain(LEVEL_DB);
    sides.into_iter().map(|side| side.scale(level)).collect()
}

/// Both sides of the hall that both sides of the pad sound in.
fn hall(sides: &[Canvas; 2]) -> [Canvas; 2] {
    let (mut left, mut right) = (sides[0].clone(), vec![0.0; LOOP]);
    left.mix(&sides[1], 1.0);
    let mut reverb = Reverb::new(2.6, 3000.0);
    left.through(|n, x| {
        let (l, r) = reverb.tick(x);
        right[n] = r;
        l
    });
    let mut other = Canvas::looped(LOOP);
    other.add(0, LOOP, |n| right[n]);
    [left, other]
}

fn side(index: usize) -> Canvas {
    let mut canvas = Canvas::looped(LOOP);
    for (number, chord) in CHORDS.iter().enumerate() {
        play(&mut canvas, chord, number, index);
    }
    let mut low = [Svf::new(900.0, 0.6), Svf::new(900.0, 0.6)];
    let mut clean = HighPass::new(140.0);
    let mut rumble = Svf::new(130.0, 0.7);
    canvas.through(|n, x| {
        if n % 16 == 0 {
            low.iter_mut()
                .for_each(|filter| filter.tune(corner(n, index)));
        }
        let x = low.iter_mut().fold(x, |x, filter| filter.low(x));
        rumble.high(clean.high(x))
    });
    canvas
}

/// The corner breathes once in eight bars, and faster with a little difference between sides.
fn corner(n: usize, side: usize) -> f64 {
    let breath = lfo(n + LOOP * 3 / 4, LOOP, 2);
    let shimmer = lfo(n + side * LOOP / 64, LOOP, 16);
    key_hz(79.5 + 9.0 * breath + 2.0 * shimmer)
}

fn play(canvas: &mut Canvas, chord: &Chord, number: usize, side: usize) {
    let length = chord.beats * BEAT + frames(RELEASE);
    let (attack, release) = (frames(ATTACK), frames(RELEASE + ATTACK * 0.5));
    for (voice, key) in chord.keys.into_iter().enumerate() {
        let level = if voice == 0 { 0.6 } else { 1.0 };
        let mut saws = DETUNE[side].map(|cents| {
            let seed = 0x7061_6400 + (number * 8 + voice) as u64;
            let phase = rng::unipolar(seed, frames(cents.abs()));
            Osc::new(key_hz(f64::from(key) + cents), phase)
        });
        canvas.add(chord.at * BEAT, length, |n| {
            let tone: f64 = saws.iter_mut().map(Osc::saw).sum();
            level * tone * edges(n, length, attack, release)
        });
    }
}
