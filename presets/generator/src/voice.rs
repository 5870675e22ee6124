//! A voice on the radio: words out of a buzz, a hiss and three formants. It says no language.

use crate::canvas::Canvas;
use crate::clock::frames;
use crate::rng;
use crate::synth::{HighPass, Osc, Svf, drive, edges, gain};

/// One sound of speech.
#[derive(Clone, Copy)]
struct Phone {
    seconds: f64,
    /// Formants in hertz (Peterson and Barney, 1952, rounded).
    formants: [f64; 3],
    /// Levels of buzz and hiss.
    buzz: f64,
    hiss: f64,
}

const AH: Phone = vowel([730.0, 1090.0, 2440.0]);
const EE: Phone = vowel([270.0, 2290.0, 3010.0]);
const OH: Phone = vowel([570.0, 840.0, 2410.0]);
const OO: Phone = vowel([300.0, 870.0, 2240.0]);
const EH: Phone = vowel([530.0, 1840.0, 2480.0]);
const ER: Phone = vowel([490.0, 1350.0, 1690.0]);
const M: Phone = Phone {
    seconds: 0.08,
    buzz: 0.35,
    ..vowel([250.0, 1000.0, 2200.0])
};
const N: Phone = Phone {
    seconds: 0.07,
    buzz: 0.35,
    ..vowel([250.0, 1500.0, 2400.0])
};
const S: Phone = Phone {
    seconds: 0.1,
    formants: [2500.0, 3300.0, 4200.0],
    buzz: 0.0,
    hiss: 0.6,
};
const T: Phone = Phone {
    seconds: 0.05,
    formants: [1800.0, 2900.0, 3900.0],
    buzz: 0.0,
    hiss: 0.35,
};
const PAUSE: Phone = Phone {
    seconds: 0.12,
    buzz: 0.0,
    hiss: 0.0,
    ..AH
};

const fn vowel(formants: [f64; 3]) -> Phone {
    Phone {
        seconds: 0.13,
        formants,
        buzz: 1.0,
        hiss: 0.02,
    }
}

/// "They are near."
pub(crate) fn near() -> Canvas {
    say(&[N, EH, AH, M, PAUSE, S, OH, N, EE, ER], 118.0, 0x766f_0001)
}

/// "Now, go!"
pub(crate) fn go() -> Canvas {
    say(&[N, AH, OO, PAUSE, T, OH, OO, OO], 136.0, 0x766f_0002)
}

/// "All clear."
pub(crate) fn clear() -> Canvas {
    say(&[AH, OH, M, S, EE, EE, ER, ER], 108.0, 0x766f_0003)
}

/// Lets a voice with this pitch say it, through a small loudspeaker.
fn say(phones: &[Phone], hz: f64, seed: u64) -> Canvas {
    let seconds: f64 = phones.iter().map(|phone| phone.seconds).sum();
    let length = frames(seconds);
    let mut canvas = Canvas::once(length + frames(0.15));
    let mut voice = Voice::new(hz, seed);
    canvas.add(0, length, |n| {
        let t = n as f64 / length as f64;
        // A sentence falls.
        voice.pitch.tune(hz * (1.08 - 0.2 * t));
        voice.next(n, &at(phones, n)) * edges(n, length, frames(0.01), frames(0.04))
    });
    let (mut thin, mut dull) = (Svf::new(380.0, 0.8), Svf::new(3600.0, 0.8));
    canvas.through(|_, x| dull.low(thin.high(drive(2.2 * x))));
    let mut clean = HighPass::new(25.0);
    let all = canvas.frames();
    canvas.through(|n, x| clean.high(x) * edges(n, all, 0, all / 8));
    canvas.peak_to(gain(-6.0))
}

/// What sounds at frame `n`: each phone glides into the next over its last 40 %.
fn at(phones: &[Phone], n: usize) -> Phone {
    let mut left = n;
    for (place, phone) in phones.iter().enumerate() {
        let length = frames(phone.seconds);
        if left >= length {
            left -= length;
            continue;
        }
        let next = phones.get(place + 1).unwrap_or(phone);
        let way = (left as f64 / length as f64 - 0.6).max(0.0) / 0.4;
        return blend(phone, next, way);
    }
    PAUSE
}

fn blend(from: &Phone, to: &Phone, way: f64) -> Phone {
    let mix = |a: f64, b: f64| a + (b - a) * way;
    let formant = |n: usize| mix(from.formants[n], to.formants[n]);
    Phone {
        seconds: from.seconds,
        formants: [formant(0), formant(1), formant(2)],
        buzz: mix(from.buzz, to.buzz),
        hiss: mix(from.hiss, to.hiss),
    }
}

struct Voice {
    pitch: Osc,
    formants: [Svf; 3],
    seed: u64,
}

impl Voice {
    fn new(hz: f64, seed: u64) -> Self {
        Self {
            pitch: Osc::new(hz, 0.0),
            formants: [
                Svf::new(500.0, 7.0),
                Svf::new(1500.0, 10.0),
                Svf::new(2500.0, 11.0),
            ],
            seed,
        }
    }

    fn next(&mut self, n: usize, phone: &Phone) -> f64 {
        let source = phone.buzz * self.pitch.saw() + phone.hiss * rng::bipolar(self.seed, n);
        let levels = [1.0, 0.5, 0.3];
        let mut sum = 0.0;
        for ((filter, hz), level) in self.formants.iter_mut().zip(phone.formants).zip(levels) {
            if n.is_multiple_of(8) {
                filter.tune(hz);
            }
            sum += level * filter.band(source);
        }
        sum
    }
}
