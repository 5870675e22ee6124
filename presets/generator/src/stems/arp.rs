//! Arpeggio: plucked pulses through the chord in sixteenths, with a dotted echo.

use super::human;
use crate::canvas::Canvas;
use crate::clock::{BAR, STEP, frames};
use crate::harmony::chord_at;
use crate::synth::{Echo, Fall, HighPass, Osc, Reverb, Svf, edges, gain, key_hz};

const LEVEL_DB: f64 = -16.4;
/// Which of the chord's keys on which sixteenth; none is a rest.
const ORDER: [Option<usize>; 16] = [
    Some(1),
    Some(2),
    Some(4),
    Some(3),
    Some(2),
    None,
    Some(4),
    Some(1),
    Some(3),
    Some(2),
    Some(4),
    Some(3),
    Some(1),
    None,
    Some(4),
    Some(2),
];
/// Three, three and two, twice.
const ACCENTS: [usize; 6] = [0, 3, 6, 8, 11, 14];

/// It repeats with the roots, after eight bars.
const BARS: usize = 8;

/// One channel.
pub(crate) fn render() -> Vec<Canvas> {
    let mut canvas = Canvas::looped(BARS * BAR);
    for place in 0..BARS * 16 {
        play(&mut canvas, place);
    }
    let mut echo = Echo::new(3 * STEP, 0.42, 0.36);
    let mut room = Reverb::new(1.4, 4000.0);
    let mut clean = HighPass::new(180.0);
    canvas.through(|_, x| {
        let x = clean.high(echo.tick(x));
        x + 0.1 * room.mono(x)
    });
    vec![canvas.scale(gain(LEVEL_DB))]
}

fn play(canvas: &mut Canvas, place: usize) {
    let (bar, step) = (place / 16, place % 16);
    let Some(index) = ORDER[step] else {
        return;
    };
    let is_accent = ACCENTS.contains(&step);
    let strength = if is_accent { 1.0 } else { 0.6 } * human(0x6172_7030, place, 0.08);
    // The second half climbs: its accents are an octave higher.
    let octaves = if bar >= BARS / 2 && is_accent { 24 } else { 12 };
    let key = chord_at(place / 4).keys[index] + octaves;
    pluck(canvas, place * STEP, key_hz(f64::from(key)), strength);
}

fn pluck(canvas: &mut Canvas, at: usize, hz: f64, strength: f64) {
    let length = frames(0.34);
    let (mut pulse, mut saw) = (Osc::new(hz, 0.0), Osc::new(hz * 1.004, 0.5));
    let (mut body, mut bite) = (Fall::new(0.5), Fall::new(0.28));
    let mut low = [Svf::new(1000.0, 0.9), Svf::new(3200.0, 0.6)];
    canvas.add(at, length, |n| {
        let (body, bite) = (body.next(), bite.next());
        if n % 8 == 0 {
            low[0].tune(350.0 + hz * 0.8 + 2600.0 * strength * bite);
        }
        let tone = 0.5 * pulse.pulse(0.3) + 0.4 * saw.saw();
        let tone = low.iter_mut().fold(tone, |x, filter| filter.low(x));
        strength * body * tone * edges(n, length, frames(0.0015), frames(0.06))
    });
}
