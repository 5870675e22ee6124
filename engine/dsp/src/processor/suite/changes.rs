//! What a change sounds like while it happens: bypass, mix, and every parameter.

use super::*;
use core::f64::consts::TAU;

/// Frames of a fade at 48 kHz.
const FADE: usize = 480;
/// The frame at which something happens; not the start of a cell.
const WHEN: usize = 1001;

/// A processor with a random setting and its scene.
fn scene(row: &'static ProcessorInfo, seed: u64) -> Scene {
    let mut scene = Scene::new(row, 2, 6000);
    scene.values = random_values(row, seed);
    scene
}

/// `dry + w·(wet − dry)` on every frame, with the weight of that frame; outside of fades exact
/// where that is 0 or 1.
fn assert_blend(
    what: &str,
    found: &[Vec<f32>],
    [dry, wet]: [&[Vec<f32>]; 2],
    weight: impl Fn(usize) -> Weight,
) {
    for (channel, found) in found.iter().enumerate() {
        for (n, y) in found.iter().enumerate() {
            let [dry, wet] = [dry, wet].map(|x| f64::from(x[channel][n]));
            let Weight { w, is_fading } = weight(n);
            let expected = dry + w * (wet - dry);
            let slack = if !is_fading && (w == 0.0 || w == 1.0) {
                0.0
            } else {
                1e-6 * (dry.abs() + wet.abs()).max(1e-3)
            };
            let error = (f64::from(*y) - expected).abs();
            assert!(error <= slack, "{what} frame {n}, w = {w}: {y}, {expected}");
        }
    }
}

/// The share of the processed signal on a frame.
struct Weight {
    w: f64,
    is_fading: bool,
}

/// A straight line over the fade from frame `start` on.
fn line(n: usize, start: usize, [from, to]: [f64; 2]) -> Weight {
    let done = n.saturating_sub(start).min(FADE);
    Weight {
        w: from + (to - from) * done as f64 / FADE as f64,
        is_fading: n >= start && done < FADE,
    }
}

#[test]
fn bypass_is_a_straight_line_of_10_ms_and_then_exact() {
    for row in PROCESSORS {
        for seed in 3..6 {
            let mut scene = scene(row, seed);
            let (wet, dry) = (scene.render(&[64]), scene.delayed());
            scene.events = vec![(WHEN, Event::Bypass(true))];
            let found = scene.render(&[64]);
            assert_blend(row.id, &found, [&dry, &wet], |n| line(n, WHEN, [1.0, 0.0]));
        }
    }
}

#[test]
fn a_change_of_mix_is_a_straight_line_of_10_ms() {
    for row in PROCESSORS {
        let mut scene = scene(row, 3);
        let (wet, dry) = (scene.render(&[64]), scene.delayed());
        let mix = 0.3_f32;
        scene.events = vec![(WHEN, Event::Mix(mix)), (3000, Event::Mix(1.0))];
        let found = scene.render(&[64]);
        let mix = f64::from(mix);
        assert_blend(row.id, &found, [&dry, &wet], |n| match n {
            ..3000 => line(n, WHEN, [1.0, mix]),
            _ => line(n, 3000, [mix, 1.0]),
        });
    }
}

/// The processor starts afresh at the request, runs unheard until it has caught up, and comes in.
#[test]
fn leaving_bypass_warms_up_and_fades_in() {
    for row in PROCESSORS {
        for seed in 3..6 {
            let scene = scene(row, seed);
            let mut fresh = scene.insert(64);
            let mut wet = scene.delayed();
            apply(&mut fresh, Event::Song(1.25, true), scene.start);
            let mut late = scene.input.clone();
            scene.process(&mut fresh, &mut late, WHEN..scene.frames());
            for (wet, late) in wet.iter_mut().zip(&late) {
                wet[WHEN..].copy_from_slice(&late[WHEN..]);
            }
            let mut later = scene.clone();
            later.events = vec![(WHEN, Event::Bypass(false))];
            let mut insert = scene.insert(64).bypassed();
            let found = later.render_with(&mut insert, &[64]);
            let start = WHEN + fresh.latency() as usize;
            let dry = scene.delayed();
            assert_blend(row.id, &found, [&dry, &wet], |n| line(n, start, [0.0, 1.0]));
            assert!(!insert.is_fully_bypassed());
        }
    }
}

/// The steepest step from one frame to the next.
fn steepest(x: &[f32]) -> f32 {
    let step = |w: &[f32]| (w[1] - w[0]).abs();
    x.windows(2).map(step).fold(0.0, f32::max)
}

/// The law of a change: no step much steeper than the signal's own before, after or at its loudest
/// while it changes, plus that of a ramp over 10 ms. A jump would be ten times that and more.
///
/// What it says where it is broken.
fn click(what: &str, output: &[f32], when: usize, [hz, bend]: [f64; 2]) -> Option<String> {
    let settled = when + 48_000;
    let rest = steepest(&output[when / 2..when]).max(steepest(&output[settled..]));
    let loudest = output[when / 2..]
        .iter()
        .fold(0.0_f32, |m, x| m.max(x.abs()));
    let slope = loudest * crate::math::to_f32(TAU * hz * bend / 48_000.0);
    let ramp = 2.0 * loudest / FADE as f32;
    let (at, change) = (when - 1..settled)
        .map(|n| (n, (output[n + 1] - output[n]).abs()))
        .fold((0, 0.0_f32), |m, x| if x.1 > m.1 { x } else { m });
    let bound = 1.25 * rest.max(slope) + ramp;
    (change > bound).then(|| format!("{what}: {change} at {at}, not {bound}"))
}

#[test]
fn no_change_of_a_parameter_clicks() {
    let hz = 220.0;
    let when = 24_001;
    let mut clicks = Vec::new();
    for row in PROCESSORS {
        let rows = (0..).zip(row.params).filter(|(_, info)| !info.structural);
        for (number, info) in rows {
            for edge in [info.min, info.max] {
                let mut scene = Scene::new(row, 2, when + 60_000);
                scene.input = vec![crate::testing::sine(hz, -6.0, 48_000.0, scene.frames()); 2];
                scene.values = lively(row, number);
                scene.events = vec![(when, Event::Param(number, edge))];
                let what = format!("{} {} to {edge}", row.id, info.id);
                // A delay that moves bends the pitch, like a tape.
                let bend = if info.id == "delay" { 2.0 } else { 1.0 };
                for output in scene.render(&[64]) {
                    clicks.extend(click(&what, &output, when, [hz, bend]));
                }
            }
        }
    }
    assert!(clicks.is_empty(), "{clicks:#?}");
}

/// Settings under which parameter `number` is heard, where the defaults would hide it.
fn lively(row: &ProcessorInfo, number: u16) -> Vec<(u16, f32)> {
    let value = |id: &str, value: f32| (row.param(id).unwrap(), value);
    match row.id {
        "eq" => {
            let band = number / 8 * 8;
            vec![(band, 1.0), (band + 2, 300.0), (band + 3, 9.0)]
        }
        "limiter" => vec![value("input", 9.0)],
        "compressor" => vec![value("attack", 50.0), value("release", 50.0)],
        "gate" => vec![
            value("threshold", -3.0),
            value("range", 20.0),
            value("attack", 30.0),
        ],
        "deesser" => vec![value("freq", 1_000.0), value("mode", 1.0)],
        // A moving resonance would be steeper at times than before and after.
        "flanger" => vec![value("depth", 0.0)],
        _ => Vec::new(),
    }
}
