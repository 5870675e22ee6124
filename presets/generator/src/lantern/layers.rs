//! The music: G major, four chords in four bars. Every layer works with every other.

use crate::canvas::Canvas;
use crate::clock::{BAR, BEAT, STEP, frames};
use crate::kit::{self, Stroke};
use crate::rng;
use crate::stems::human;
use crate::synth::{
    Echo, Fall, HighPass, Osc, Reverb, Svf, drive, edges, gain, key_hz, lfo, rise, sine,
};

/// Bars of the progression.
const BARS: usize = 4;

/// One bar: the bass and four keys above it, MIDI keys.
struct Chord {
    root: f64,
    keys: [f64; 4],
}

/// Gadd9, Em7, Cmaj9, D with a fourth that leads home.
const CHORDS: [Chord; BARS] = [
    chord(43.0, [55.0, 59.0, 62.0, 69.0]),
    chord(40.0, [55.0, 59.0, 62.0, 67.0]),
    chord(36.0, [55.0, 59.0, 62.0, 64.0]),
    chord(38.0, [57.0, 62.0, 66.0, 67.0]),
];

/// Sixteenth, length in sixteenths, key: a tune of five notes.
const TUNE: [(usize, usize, f64); 19] = [
    (0, 4, 74.0),
    (4, 2, 76.0),
    (6, 6, 79.0),
    (12, 2, 76.0),
    (14, 2, 74.0),
    (16, 8, 71.0),
    (24, 4, 74.0),
    (28, 4, 76.0),
    (32, 6, 79.0),
    (38, 2, 81.0),
    (40, 4, 83.0),
    (44, 4, 81.0),
    (48, 4, 79.0),
    (52, 2, 76.0),
    (54, 2, 74.0),
    (56, 2, 76.0),
    (58, 2, 79.0),
    (60, 2, 81.0),
    (62, 2, 76.0),
];

const fn chord(root: f64, keys: [f64; 4]) -> Chord {
    Chord { root, keys }
}

/// Slow chords on soft saws, in a hall.
pub(super) fn dusk() -> Vec<Canvas> {
    let mut canvas = Canvas::looped(BARS * BAR);
    for (bar, chord) in CHORDS.iter().enumerate() {
        for (voice, key) in chord.keys.into_iter().enumerate() {
            let seed = 0x6475_736b + (bar * 4 + voice) as u64;
            let mut saws = [-0.07, 0.08].map(|cents| {
                let phase = rng::unipolar(seed, frames(1.0 + cents));
                Osc::new(key_hz(key + cents), phase)
            });
            let length = BAR + frames(0.7);
            canvas.add(bar * BAR, length, |n| {
                let tone: f64 = saws.iter_mut().map(Osc::saw).sum();
                tone * edges(n, length, frames(0.4), frames(0.9))
            });
        }
    }
    let mut low = [Svf::new(800.0, 0.6), Svf::new(900.0, 0.6)];
    let (mut clean, mut room) = (HighPass::new(160.0), Reverb::new(2.2, 2500.0));
    canvas.through(|n, x| {
        if n % 16 == 0 {
            let corner = key_hz(78.0 + 6.0 * lfo(n, BARS * BAR, 1));
            low.iter_mut().for_each(|filter| filter.tune(corner));
        }
        let x = clean.high(low.iter_mut().fold(x, |x, filter| filter.low(x)));
        x + 0.25 * room.mono(x)
    });
    vec![canvas.scale(gain(-26.0))]
}

/// A thumb piano through the chords, in sixteenths.
pub(super) fn kalimba() -> Vec<Canvas> {
    const ORDER: [Option<usize>; 16] = [
        Some(0),
        None,
        Some(2),
        Some(3),
        None,
        Some(1),
        Some(2),
        None,
        Some(0),
        Some(2),
        None,
        Some(3),
        Some(1),
        None,
        Some(2),
        Some(1),
    ];
    let mut canvas = Canvas::looped(BARS * BAR);
    for place in 0..BARS * 16 {
        if let Some(voice) = ORDER[place % 16] {
            let key = CHORDS[place / 16].keys[voice] + 12.0;
            let strength = if place % 4 == 0 { 1.0 } else { 0.7 };
            tine(
                &mut canvas,
                place * STEP,
                key,
                strength * human(0x6b61_6c69, place, 0.1),
            );
        }
    }
    let (mut echo, mut clean) = (Echo::new(3 * STEP, 0.35, 0.25), HighPass::new(150.0));
    canvas.through(|_, x| clean.high(echo.tick(x)));
    vec![canvas.scale(gain(-13.5))]
}

/// A plucked tongue of metal: a sine, an octave that dies soon, and a knock.
fn tine(canvas: &mut Canvas, at: usize, key: f64, strength: f64) {
    let hz = key_hz(key);
    for (ratio, level, seconds) in [(1.0, 0.8, 0.9), (2.0, 0.18, 0.35), (5.43, 0.12, 0.08)] {
        let length = frames(seconds * 0.9);
        let (mut osc, mut fall) = (Osc::new(hz * ratio, 0.0), Fall::new(seconds));
        canvas.add(at, length, |n| {
            strength * level * osc.sine() * fall.next() * edges(n, length, 40, 1200)
        });
    }
}

/// A round bass that steps on one, the and of two, and four.
pub(super) fn bass() -> Vec<Canvas> {
    const HITS: [(usize, usize, f64, f64); 5] = [
        (0, 5, 0.0, 1.0),
        (6, 3, 0.0, 0.8),
        (10, 2, 7.0, 0.7),
        (12, 3, 12.0, 0.75),
        (15, 1, 7.0, 0.6),
    ];
    let mut canvas = Canvas::looped(BARS * BAR);
    for (bar, chord) in CHORDS.iter().enumerate() {
        for (step, steps, interval, strength) in HITS {
            let hz = key_hz(chord.root + interval);
            let length = steps * STEP - STEP / 8;
            let (mut sub, mut saw) = (Osc::new(hz, 0.0), Osc::new(hz, 0.5));
            let (mut low, mut body) = (Svf::new(hz * 4.0, 0.7), Fall::new(1.6));
            canvas.add((bar * 16 + step) * STEP, length, |n| {
                let tone = sub.sine() + 0.3 * low.low(saw.saw());
                strength * drive(tone * body.next()) * edges(n, length, 200, 1500)
            });
        }
    }
    let mut clean = HighPass::new(28.0);
    canvas.through(|_, x| clean.high(x));
    vec![canvas.scale(gain(-13.5))]
}

/// A soft kit: two bars.
pub(super) fn drums() -> Vec<Canvas> {
    let mut canvas = Canvas::looped(2 * BAR);
    for bar in 0..2 {
        let kicks: &[usize] = if bar == 0 { &[0, 6, 8] } else { &[0, 6, 10] };
        each(&mut canvas, bar, kicks, 0.7, kit::kick);
        each(&mut canvas, bar, &[4, 12], 0.45, kit::rim);
        each(&mut canvas, bar, &[2, 6, 10, 14], 0.35, |canvas, stroke| {
            kit::hat(canvas, stroke, 0.06);
        });
        each(&mut canvas, bar, &[3, 7, 11, 15], 0.3, kit::shaker);
    }
    finish_drums(canvas, -9.0)
}

/// Big drums and the whole kit: two bars.
pub(super) fn taiko() -> Vec<Canvas> {
    let mut canvas = Canvas::looped(2 * BAR);
    for bar in 0..2 {
        each(&mut canvas, bar, &[0, 4, 8, 12], 0.85, kit::kick);
        each(&mut canvas, bar, &[4, 12], 0.6, kit::snare);
        let high: &[usize] = if bar == 0 {
            &[3, 6, 14]
        } else {
            &[3, 6, 11, 14]
        };
        each(&mut canvas, bar, high, 0.7, |canvas, stroke| {
            kit::tom(canvas, stroke, 98.0);
        });
        each(&mut canvas, bar, &[0, 10], 0.9, |canvas, stroke| {
            kit::tom(canvas, stroke, 65.4);
        });
    }
    finish_drums(canvas, -10.5)
}

fn each(
    canvas: &mut Canvas,
    bar: usize,
    steps: &[usize],
    strength: f64,
    play: impl Fn(&mut Canvas, Stroke),
) {
    for step in steps {
        let place = bar * 16 + step;
        let seed = 0x6472_756d + place as u64;
        let stroke = Stroke {
            at: place * STEP,
            strength: strength * human(seed, place, 0.08),
            seed,
        };
        play(canvas, stroke);
    }
}

fn finish_drums(mut canvas: Canvas, level_db: f64) -> Vec<Canvas> {
    let (mut clean, mut thin) = (HighPass::new(25.0), HighPass::new(250.0));
    let mut room = Reverb::new(0.6, 4500.0);
    canvas.through(|_, x| {
        let x = clean.high(2.0 * drive(0.5 * x));
        x + 0.05 * room.mono(thin.high(x))
    });
    vec![canvas.scale(gain(level_db))]
}

/// The tune on a wooden flute.
pub(super) fn flute() -> Vec<Canvas> {
    let mut canvas = Canvas::looped(BARS * BAR);
    for (number, (step, steps, key)) in TUNE.into_iter().enumerate() {
        let length = steps * STEP + frames(0.08);
        let (mut tone, mut second) = (Osc::new(440.0, 0.0), Osc::new(880.0, 0.2));
        let mut breath = Svf::new(key_hz(key) * 1.5, 1.2);
        let strength = human(0x666c_7574, number, 0.1);
        canvas.add(step * STEP, length, |n| {
            if n % 8 == 0 {
                let wave = 0.14 * rise(n.saturating_sub(frames(0.2)), frames(0.4));
                let bend = wave * sine(n as f64 * 5.1 / crate::clock::FS)
                    - 0.2 * (1.0 - rise(n, frames(0.06)));
                tone.tune(key_hz(key + bend));
                second.tune(2.0 * key_hz(key + bend));
            }
            let air = breath.band(rng::bipolar(0x6169_7200 + number as u64, n));
            let sound = tone.sine() + 0.16 * second.sine() + 0.22 * air;
            strength * sound * edges(n, length, frames(0.05), frames(0.1))
        });
    }
    let (mut echo, mut room) = (Echo::new(BEAT, 0.3, 0.2), Reverb::new(1.8, 3500.0));
    let mut clean = HighPass::new(200.0);
    canvas.through(|_, x| {
        let x = clean.high(echo.tick(x));
        x + 0.18 * room.mono(x)
    });
    vec![canvas.scale(gain(-21.5))]
}

/// High bells in eighths: the festival has begun.
pub(super) fn lights() -> Vec<Canvas> {
    let mut canvas = Canvas::looped(BARS * BAR);
    for place in 0..BARS * 8 {
        let keys = CHORDS[place / 8].keys;
        let key = keys[(place * 3 + place / 4) % 4] + 24.0;
        let strength = if place % 2 == 0 { 0.9 } else { 0.55 };
        bell(&mut canvas, place * 2 * STEP, key, strength);
    }
    let (mut room, mut clean) = (Reverb::new(1.5, 5000.0), HighPass::new(400.0));
    canvas.through(|_, x| {
        let x = clean.high(x);
        x + 0.2 * room.mono(x)
    });
    vec![canvas.scale(gain(-10.0))]
}

fn bell(canvas: &mut Canvas, at: usize, key: f64, strength: f64) {
    let hz = key_hz(key);
    for (ratio, level, seconds) in [(1.0, 0.7, 0.6), (2.76, 0.22, 0.3), (5.4, 0.08, 0.12)] {
        let length = frames(seconds * 0.9);
        let (mut osc, mut fall) = (Osc::new(hz * ratio, 0.0), Fall::new(seconds));
        canvas.add(at, length, |n| {
            strength * level * osc.sine() * fall.next() * edges(n, length, 30, 800)
        });
    }
}

/// A low heart that beats in eighths while coins hold: two bars.
pub(super) fn pulse() -> Vec<Canvas> {
    let mut canvas = Canvas::looped(2 * BAR);
    for place in 0..16 {
        let hz = key_hz(if place % 8 == 6 { 41.0 } else { 43.0 });
        let length = 2 * STEP - STEP / 4;
        let (mut saw, mut sub) = (Osc::new(hz, 0.5), Osc::new(hz / 2.0, 0.0));
        let (mut low, mut bite) = (Svf::new(300.0, 1.6), Fall::new(0.25));
        let strength = if place % 4 == 0 { 1.0 } else { 0.7 };
        canvas.add(place * 2 * STEP, length, |n| {
            if n % 8 == 0 {
                low.tune(200.0 + 900.0 * bite.next());
            }
            strength
                * drive(low.low(0.6 * saw.saw()) + 0.6 * sub.sine())
                * edges(n, length, 150, 2000)
        });
    }
    let mut clean = HighPass::new(30.0);
    canvas.through(|_, x| clean.high(x));
    vec![canvas.scale(gain(-11.0))]
}

/// A summer night: crickets that pause in turn.
pub(super) fn crickets() -> Vec<Canvas> {
    const LENGTH: usize = 2 * BAR;
    let mut canvas = Canvas::looped(LENGTH);
    for (number, (hz, every)) in [(4100.0, 12_000), (4530.0, 16_000), (3720.0, 19_200)]
        .into_iter()
        .enumerate()
    {
        for chirp in 0..LENGTH / every {
            let at = chirp * every + number * 2_900;
            for beat in 0..4 {
                let length = frames(0.028);
                let mut osc = Osc::new(hz, 0.0);
                let level = 0.5 + 0.5 * rng::unipolar(0x6372_6963 + number as u64, chirp);
                canvas.add(at + beat * frames(0.042), length, |n| {
                    level * osc.sine() * edges(n, length, length / 2, length / 2)
                });
            }
        }
    }
    let mut low = Svf::new(500.0, 0.5);
    canvas.through(|n, x| x + 0.25 * low.low(rng::bipolar(0x6e69_6768, n % LENGTH)));
    vec![canvas.scale(gain(-30.0))]
}
