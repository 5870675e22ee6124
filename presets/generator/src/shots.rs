//! One-shots for a game: menu, pick-ups, blows, movement, music.

use crate::canvas::Canvas;
use crate::clock::{BAR, BEAT, frames};
use crate::kit::{self, Stroke};
use crate::rng;
use crate::synth::{
    Echo, Fall, HighPass, Osc, Reverb, Svf, drive, edges, gain, key_hz, rise, sine, swell,
};

/// The tick of a menu.
pub(crate) fn ui_tick() -> Canvas {
    let mut canvas = Canvas::once(frames(0.06));
    ping(&mut canvas, 0, 2093.0, 0.05, 1.0);
    ping(&mut canvas, 0, 3520.0, 0.025, 0.5);
    finish(canvas, -9.0)
}

/// Yes: a fifth upwards.
pub(crate) fn ui_confirm() -> Canvas {
    let mut canvas = Canvas::once(frames(0.4));
    for (number, key) in [81.0, 88.0].into_iter().enumerate() {
        let at = number * frames(0.075);
        ping(&mut canvas, at, key_hz(key), 0.3, 0.8);
        ping(&mut canvas, at, 2.0 * key_hz(key), 0.14, 0.25);
    }
    finish(canvas, -8.0)
}

/// No: a minor second downwards.
pub(crate) fn ui_cancel() -> Canvas {
    let mut canvas = Canvas::once(frames(0.34));
    for (number, key) in [70.0, 69.0 - 6.0].into_iter().enumerate() {
        let at = number * frames(0.085);
        ping(&mut canvas, at, key_hz(key), 0.22, 0.8);
        ping(&mut canvas, at, 3.0 * key_hz(key), 0.08, 0.2);
    }
    finish(canvas, -9.0)
}

/// A coin: a grace note and a fourth above it that rings.
pub(crate) fn coin() -> Canvas {
    let mut canvas = Canvas::once(frames(0.75));
    let late = frames(0.07);
    for (at, key, seconds) in [(0, 83.0, 0.09), (late, 88.0, 0.65)] {
        let hz = key_hz(key);
        for (ratio, level, share) in [(1.0, 0.7, 1.0), (2.76, 0.25, 0.6), (5.4, 0.12, 0.3)] {
            ping(&mut canvas, at, hz * ratio, seconds * share, level);
        }
    }
    finish(canvas, -7.0)
}

/// A bell in D, for one key or for a tune.
pub(crate) fn bell() -> Canvas {
    /// Ratio to the strike note, level, seconds: the partials of a cast bell, with its minor third.
    const PARTIALS: [(f64, f64, f64); 8] = [
        (0.5, 0.35, 2.6),
        (1.0, 0.6, 2.2),
        (1.003, 0.3, 2.0),
        (1.2, 0.4, 1.5),
        (1.5, 0.25, 1.2),
        (2.0, 0.5, 1.1),
        (2.66, 0.22, 0.6),
        (4.1, 0.15, 0.35),
    ];
    let mut canvas = Canvas::once(frames(2.4));
    for (ratio, level, seconds) in PARTIALS {
        ping(&mut canvas, 0, key_hz(74.0) * ratio, seconds, level);
    }
    finish(canvas, -8.0)
}

/// Something heavy hits something hollow.
pub(crate) fn impact() -> Canvas {
    let mut canvas = Canvas::once(frames(1.6));
    kit::kick(
        &mut canvas,
        Stroke {
            at: 0,
            strength: 1.0,
            seed: 0x696d_7061,
        },
    );
    kit::tom(
        &mut canvas,
        Stroke {
            at: 0,
            strength: 0.8,
            seed: 0,
        },
        71.0,
    );
    let length = frames(0.7);
    let (mut low, mut fall) = (Svf::new(2600.0, 0.8), Fall::new(0.7));
    canvas.add(0, length, |n| {
        let level = fall.next();
        if n % 16 == 0 {
            low.tune(180.0 + 2600.0 * level);
        }
        0.9 * low.low(rng::bipolar(0x696d_7062, n)) * level * edges(n, length, 30, 4000)
    });
    canvas.through(|_, x| drive(1.3 * x));
    room(&mut canvas, 1.3, 0.35);
    finish(canvas, -4.0)
}

/// Something passes quickly.
pub(crate) fn whoosh() -> Canvas {
    let length = frames(0.75);
    let mut canvas = Canvas::once(length);
    let (mut band, mut low) = (Svf::new(400.0, 1.4), Svf::new(3000.0, 0.7));
    canvas.add(0, length, |n| {
        let bow = swell(n, length, 0.45);
        if n % 8 == 0 {
            band.tune(key_hz(62.0 + 36.0 * bow));
            low.tune(key_hz(86.0 + 24.0 * bow));
        }
        low.low(band.band(rng::bipolar(0x7768_6f6f, n))) * bow * bow
    });
    finish(canvas, -7.0)
}

/// Two bars that climb to the next downbeat.
pub(crate) fn riser() -> Canvas {
    let length = 2 * BAR;
    let mut canvas = Canvas::once(length);
    let mut saws = [
        Osc::new(100.0, 0.1),
        Osc::new(100.0, 0.6),
        Osc::new(100.0, 0.8),
    ];
    let (mut low, mut band) = (Svf::new(300.0, 1.0), Svf::new(500.0, 1.0));
    canvas.add(0, length, |n| {
        let t = n as f64 / length as f64;
        if n % 8 == 0 {
            for (osc, (key, spread)) in
                saws.iter_mut()
                    .zip([(50.0, -0.1), (50.0, 0.1), (57.0, 0.0)])
            {
                osc.tune(key_hz(key + spread + 12.0 * t * t));
            }
            low.tune(key_hz(60.0 + 46.0 * t));
            band.tune(key_hz(70.0 + 38.0 * t));
        }
        // The pulse doubles its pace with every half bar.
        let pace = n as f64 / BEAT as f64 * (1.0 + (3.0 * t).floor());
        let pulse = 1.0 - 0.5 * t * (0.5 - 0.5 * sine(pace + 0.25));
        let tone: f64 = saws.iter_mut().map(Osc::saw).sum();
        let noise = band.band(rng::bipolar(0x7269_7365, n));
        let sound = low.low(0.3 * tone) + 0.22 * t * noise;
        sound * pulse * (0.06 + 0.94 * t * t * t) * edges(n, length, frames(0.2), frames(0.02))
    });
    finish(canvas, -7.0)
}

/// Won: the home chord on brass.
pub(crate) fn stinger() -> Canvas {
    let mut canvas = Canvas::once(frames(3.2));
    for (number, key) in [38.0, 50.0, 57.0, 62.0, 65.0, 69.0, 76.0]
        .into_iter()
        .enumerate()
    {
        brass(&mut canvas, number * frames(0.012), number, key);
    }
    kit::kick(
        &mut canvas,
        Stroke {
            at: 0,
            strength: 2.5,
            seed: 0x7374_696e,
        },
    );
    room(&mut canvas, 1.8, 0.3);
    finish(canvas, -5.0)
}

/// Speed: a note shoots up through two octaves.
pub(crate) fn boost() -> Canvas {
    let length = frames(0.7);
    let mut canvas = Canvas::once(frames(1.1));
    let (mut first, mut second) = (Osc::new(100.0, 0.0), Osc::new(100.0, 0.4));
    let mut low = Svf::new(600.0, 1.3);
    canvas.add(0, length, |n| {
        let t = rise(n, length * 3 / 4);
        if n % 8 == 0 {
            first.tune(key_hz(50.0 + 24.0 * t));
            second.tune(key_hz(57.05 + 24.0 * t));
            low.tune(key_hz(72.0 + 30.0 * t));
        }
        let tone = low.low(0.5 * first.saw() + 0.4 * second.pulse(0.35));
        tone * edges(n, length, frames(0.02), frames(0.3))
    });
    let mut echo = Echo::new(BEAT / 4, 0.3, 0.25);
    canvas.through(|_, x| echo.tick(x));
    finish(canvas, -7.0)
}

/// A step of a boot; `_a` and `_b` are two takes of it.
pub(crate) fn footstep_a() -> Canvas {
    footstep(0x666f_6f61, 1.0)
}

/// See [`footstep_a`].
pub(crate) fn footstep_b() -> Canvas {
    footstep(0x666f_6f62, 0.89)
}

fn footstep(seed: u64, pitch: f64) -> Canvas {
    let mut canvas = Canvas::once(frames(0.28));
    for (at, strength, hz) in [(0.0, 1.0, 900.0), (0.085, 0.55, 1900.0)] {
        let length = frames(0.13);
        let (mut low, mut fall) = (Svf::new(hz * pitch, 0.9), Fall::new(0.12));
        let mut thud = Osc::new(96.0 * pitch, 0.0);
        canvas.add(frames(at), length, |n| {
            let level = fall.next() * edges(n, length, 60, 1500);
            let noise = low.low(rng::bipolar(seed, n + frames(at)));
            strength * level * (0.8 * noise + 0.7 * strength * thud.sine())
        });
    }
    finish(canvas, -8.0)
}

/// A decaying sine.
pub(crate) fn ping(canvas: &mut Canvas, at: usize, hz: f64, seconds: f64, level: f64) {
    let length = canvas.frames().saturating_sub(at);
    let (mut osc, mut fall) = (Osc::new(hz, 0.0), Fall::new(seconds));
    canvas.add(at, length, |n| {
        level * osc.sine() * fall.next() * rise(n, 48)
    });
}

pub(crate) fn brass(canvas: &mut Canvas, at: usize, number: usize, key: f64) {
    let length = frames(1.5);
    let phase = rng::unipolar(0x6272_6173, number);
    let mut saws = [
        Osc::new(key_hz(key - 0.06), phase),
        Osc::new(key_hz(key + 0.06), 1.0 - phase),
    ];
    let (mut body, mut bite) = (Fall::new(2.6), Fall::new(1.2));
    let mut low = Svf::new(800.0, 0.8);
    canvas.add(at, length, |n| {
        let open = rise(n, frames(0.07)) * bite.next();
        if n % 8 == 0 {
            low.tune(300.0 + key_hz(key) + 3200.0 * open);
        }
        let tone: f64 = saws.iter_mut().map(Osc::saw).sum();
        0.5 * low.low(tone) * body.next() * edges(n, length, frames(0.02), frames(0.5))
    });
}

/// Adds a room behind the sound.
pub(crate) fn room(canvas: &mut Canvas, seconds: f64, wet: f64) {
    let mut room = Reverb::new(seconds, 3000.0);
    let mut thin = HighPass::new(200.0);
    canvas.through(|_, x| x + wet * room.mono(thin.high(x)));
}

/// No constant part, silence at both ends, and the highest sample at `peak_db`.
pub(crate) fn finish(mut canvas: Canvas, peak_db: f64) -> Canvas {
    let mut clean = HighPass::new(25.0);
    let length = canvas.frames();
    canvas.through(|n, x| clean.high(x) * edges(n, length, 0, length / 6));
    canvas.peak_to(gain(peak_db))
}
