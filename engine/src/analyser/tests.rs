//! The cases of EBU Tech 3341 and 3342, live through the renderer.

use core::f64::consts::TAU;

use ebur128::{EbuR128, Mode};
use segue_dsp::math::{gain_to_db, to_count, to_f32};
use segue_rt::renderer::{BusInput, BusOutput};

use super::*;
use crate::config::EngineConfig;
use crate::control::{Control, create};
use segue_rt::renderer::Renderer;

const SILENCE: f64 = f64::NEG_INFINITY;

/// An engine whose master is analysed, driven through its input.
struct Live {
    control: Control,
    renderer: Renderer,
    analyser: BusAnalyser,
}

impl Live {
    fn new(rate: u32) -> Self {
        let (mut control, renderer, _) = create(EngineConfig::new(rate)).unwrap();
        control.commit().unwrap();
        let master = control.bus("master").unwrap();
        let options = SpectrumOptions::default();
        let analyser = control.analyse(master, options).unwrap();
        let mut live = Self {
            control,
            renderer,
            analyser,
        };
        // The graph and the tap arrive with the first block.
        live.play(&[0.0; 64], &[0.0; 64], |_| ());
        live.analyser.reset();
        live
    }

    /// Plays a signal in blocks and looks at the analyser every so often: at 10 ms at most.
    fn play(&mut self, left: &[f32], right: &[f32], mut look: impl FnMut(&BusAnalyser)) {
        let bus = self.control.bus("master").unwrap();
        let block = to_count(f64::from(self.control.config().sample_rate) / 100.0);
        for (l, r) in left.chunks(block).zip(right.chunks(block)) {
            let (mut a, mut b) = (vec![0.0; l.len()], vec![0.0; l.len()]);
            let input = BusInput { bus, sides: [l, r] };
            let mut output = [BusOutput {
                bus: None,
                sides: [&mut a, &mut b],
            }];
            self.renderer.process_buses(l.len(), &[input], &mut output);
            self.analyser.update();
            look(&self.analyser);
        }
        self.control.update().unwrap();
    }

    /// Reads a stereo signal, L = R, from a reset on.
    fn read(&mut self, x: &[f32]) -> LoudnessReading {
        self.analyser.reset();
        self.play(x, x, |_| ());
        self.analyser.reading().loudness
    }
}

/// A phase-continuous 1 kHz sine through (seconds, dBFS) segments.
fn tones(rate: u32, segments: &[(f64, f64)]) -> Vec<f32> {
    let rate = f64::from(rate);
    let levels = segments.iter().flat_map(|(seconds, db)| {
        core::iter::repeat_n(10f64.powf(db / 20.0), to_count(seconds * rate))
    });
    let wave = |(n, level): (usize, f64)| to_f32(level * (TAU * 1_000.0 * n as f64 / rate).sin());
    levels.enumerate().map(wave).collect()
}

fn assert_near(what: &str, found: f32, wanted: f64, tolerance: f64) {
    let off = (f64::from(found) - wanted).abs();
    assert!(off <= tolerance, "{what}: {found}, not {wanted}");
}

/// Cases 1 to 5, 9 to 14 of Tech 3341 and 1 to 4 of Tech 3342. Case 6 has five channels, which a
/// bus has not; the meter itself is tested with it.
fn loudness_cases(rate: u32) {
    let mut live = Live::new(rate);
    for level in [-23.0, -33.0, -18.0] {
        let reading = live.read(&tones(rate, &[(20.0, level)]));
        for loudness in [reading.momentary, reading.short_term, reading.integrated] {
            assert_near("cases 1, 2", loudness.0, level, 0.1);
        }
    }
    let gated: [&[(f64, f64)]; 3] = [
        &[(10.0, -36.0), (60.0, -23.0), (10.0, -36.0)],
        &[
            (10.0, -72.0),
            (10.0, -36.0),
            (60.0, -23.0),
            (10.0, -36.0),
            (10.0, -72.0),
        ],
        &[(20.0, -26.0), (20.1, -20.0), (20.0, -26.0)],
    ];
    for (case, segments) in (3..).zip(gated) {
        let reading = live.read(&tones(rate, segments));
        assert_near(&format!("case {case}"), reading.integrated.0, -23.0, 0.1);
    }
    steady_cases(&mut live, rate);
    moving_cases(&mut live, rate);
    for (levels, range) in [
        (&[-20.0, -30.0][..], 10.0),
        (&[-20.0, -15.0], 5.0),
        (&[-40.0, -20.0], 20.0),
        (&[-50.0, -35.0, -20.0, -35.0, -50.0], 15.0),
    ] {
        let segments: Vec<_> = levels.iter().map(|level| (20.0, *level)).collect();
        let reading = live.read(&tones(rate, &segments));
        assert_near("Tech 3342", reading.range, range, 1.0);
    }
}

/// Cases 9 and 12: a level that looks steady to its window.
fn steady_cases(live: &mut Live, rate: u32) {
    type Loudness = fn(&LoudnessReading) -> f32;
    let cases: [(f64, f64, usize, f64, Loudness); 2] = [
        (1.34, 1.66, 5, 3.0, |reading| reading.short_term.0),
        (0.18, 0.22, 25, 1.0, |reading| reading.momentary.0),
    ];
    for (loud, quiet, times, settled, loudness) in cases {
        let x = tones(rate, &[(loud, -20.0), (quiet, -30.0)].repeat(times));
        live.analyser.reset();
        let settled = to_count(settled * f64::from(rate)) as u64;
        let begin = live.analyser.reading().frames;
        live.play(&x, &x, |analyser| {
            let reading = analyser.reading();
            if reading.frames - begin >= settled {
                assert_near("cases 9, 12", loudness(&reading.loudness), -23.0, 0.1);
            }
        });
    }
}

/// Cases 10, 11, 13 and 14: a tone as long as the window, anywhere on the grid.
fn moving_cases(live: &mut Live, rate: u32) {
    for i in (0..20).map(f64::from) {
        let x = tones(rate, &[(i * 0.15, SILENCE), (3.0, -23.0), (1.0, SILENCE)]);
        assert_near("case 10", live.read(&x).max_short_term.0, -23.0, 0.1);
        let x = tones(rate, &[(i * 0.02, SILENCE), (0.4, -23.0), (1.0, SILENCE)]);
        assert_near("case 13", live.read(&x).max_momentary.0, -23.0, 0.1);
    }
    type Most = fn(&LoudnessReading) -> f32;
    let cases: [(f64, f64, Most); 2] = [
        (3.0, 0.15, |reading| reading.max_short_term.0),
        (0.4, 0.02, |reading| reading.max_momentary.0),
    ];
    for (long, step, most) in cases {
        live.analyser.reset();
        for i in (0..20).map(f64::from) {
            let x = tones(
                rate,
                &[
                    (i * step, SILENCE),
                    (long, -38.0 + i),
                    (long - i * step, SILENCE),
                ],
            );
            live.play(&x, &x, |_| ());
            let found = most(&live.analyser.reading().loudness);
            assert_near("cases 11, 14", found, -38.0 + i, 0.1);
        }
    }
}

/// Cases 15 to 23 of Tech 3341; at 96 and 192 kHz with the frequencies that they have at 48 kHz, too.
fn peak_cases(rate: u32) {
    let mut live = Live::new(rate);
    let frames = to_count(0.2 * f64::from(rate));
    let taper = to_count(0.01 * f64::from(rate));
    let stretch = (rate / 48_000).max(1);
    let tones = [
        (4.0, 0.50, 0.0, -6.0),
        (4.0, 0.50, 45.0, -6.0),
        (6.0, 0.50, 60.0, -6.0),
        (8.0, 0.50, 67.5, -6.0),
        (4.0, 1.41, 45.0, 3.0),
    ];
    let slow = tones.map(|(period, a, degrees, db)| (period * f64::from(stretch), a, degrees, db));
    for (period, amplitude, degrees, wanted) in tones.into_iter().chain(slow) {
        let wave = |n: usize| {
            let gate = (n.min(frames - n) as f64 / taper as f64).min(1.0);
            to_f32(gate * amplitude * (TAU * (n as f64 / period + degrees / 360.0)).sin())
        };
        let x: Vec<f32> = (0..frames).map(wave).chain([0.0; 480]).collect();
        let found = gain_to_db(live.read(&x).true_peak);
        assert!(
            found <= to_f32(wanted + 0.2) && found >= to_f32(wanted - 0.4),
            "{period}, {degrees}: {found}"
        );
    }
    // Four phases of the samples; two of those at 48 kHz are one at 96 kHz, four one at 192 kHz.
    let burst = burst();
    for step in [4, 4 / stretch as usize] {
        for offset in 0..step {
            let x: Vec<f32> = burst.iter().skip(offset).step_by(step).copied().collect();
            let found = gain_to_db(live.read(&x).true_peak);
            let range = -0.4..=0.2;
            assert!(range.contains(&found), "burst {offset} of {step}: {found}");
        }
    }
}

/// Cases 20 to 23 of Tech 3341 at four times 48 kHz: fs/6 at 0.50 and in it one period of fs/4 at
/// 1.00, band-limited below fs/2 by a windowed sinc; the ends taper.
fn burst() -> Vec<f32> {
    const HALF: usize = 512;
    let frames = 4 * 4_800;
    let start = frames / 2;
    let wave = |i: usize| {
        let (amplitude, phase) = match i {
            i if i < start => (0.5, (i as f64 - start as f64) / 24.0),
            i if i < start + 16 => (1.0, (i - start) as f64 / 16.0),
            i => (0.5, (i - start - 16) as f64 / 24.0),
        };
        let taper = (i.min(frames - i) as f64 / 1_920.0).min(1.0);
        taper * amplitude * (TAU * phase).sin()
    };
    let tap = |i: usize| {
        let t = i as f64 - HALF as f64;
        let x = TAU / 2.0 * t / (HALF as f64 + 1.0);
        let window = 0.42 + 0.5 * x.cos() + 0.08 * (2.0 * x).cos();
        let y = TAU * 0.123 * t;
        let sinc = if t == 0.0 { 1.0 } else { y.sin() / y };
        0.246 * sinc * window
    };
    let silence = [0.0; HALF];
    let high: Vec<f64> = [
        &silence[..],
        &(0..frames).map(wave).collect::<Vec<_>>(),
        &silence,
    ]
    .concat();
    let taps: Vec<f64> = (0..=2 * HALF).map(tap).collect();
    let low = high.windows(taps.len());
    low.map(|w| to_f32(w.iter().zip(&taps).map(|(x, h)| x * h).sum()))
        .collect()
}

#[test]
fn tech_3341_and_3342_live_at_44_1_khz() {
    loudness_cases(44_100);
    peak_cases(44_100);
}

#[test]
fn tech_3341_and_3342_live_at_48_khz() {
    loudness_cases(48_000);
    peak_cases(48_000);
}

#[test]
fn tech_3341_and_3342_live_at_96_khz() {
    loudness_cases(96_000);
    peak_cases(96_000);
}

#[test]
fn tech_3341_and_3342_live_at_192_khz() {
    loudness_cases(192_000);
    peak_cases(192_000);
}

/// Noise whose level wanders like a programme, a little different on both sides.
fn programme(rate: u32, seed: u64, seconds: usize) -> [Vec<f32>; 2] {
    let mut state = seed | 1;
    let mut random = move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        to_f32((state >> 11) as f64 * 2f64.powi(-52) - 1.0)
    };
    let (mut left, mut right) = (Vec::new(), Vec::new());
    let mut low = [0.0_f32; 2];
    for _ in 0..4 * seconds {
        let level = 10f32.powf((random() * 16.0 - 24.0) / 20.0);
        for _ in 0..rate / 4 {
            let (shared, own) = (random(), [random(), random()]);
            for (low, own) in low.iter_mut().zip(own) {
                *low += 0.2 * (level * (shared + 0.5 * own) - *low);
            }
            left.push(low[0]);
            right.push(low[1]);
        }
    }
    [left, right]
}

/// Without the range: the oracle takes S once a second only and needs a much longer programme, which
/// the meter's own test has.
#[test]
fn it_agrees_with_ebur128_live() {
    for (rate, seed) in [(44_100, 3), (48_000, 4), (96_000, 5), (192_000, 6)] {
        let [left, right] = programme(rate, seed, 30);
        let mut live = Live::new(rate);
        live.play(&left, &right, |_| ());
        let found = live.analyser.reading();
        let mut oracle = EbuR128::new(2, rate, Mode::all()).unwrap();
        oracle.add_frames_planar_f32(&[&left, &right]).unwrap();
        let loudness = found.loudness;
        // The weighting of the rates of music is the same; above, the designs part by a little.
        let (near, peak_near) = match rate {
            44_100 | 48_000 => (0.02, 0.2),
            96_000 => (0.03, 0.4),
            _ => (0.05, 0.4),
        };
        assert_near(
            &format!("I at {rate}"),
            loudness.integrated.0,
            oracle.loudness_global().unwrap(),
            near,
        );
        assert_near(
            &format!("M at {rate}"),
            loudness.momentary.0,
            oracle.loudness_momentary().unwrap(),
            near,
        );
        assert_near(
            "S",
            loudness.short_term.0,
            oracle.loudness_shortterm().unwrap(),
            near,
        );
        let peak = oracle
            .true_peak(0)
            .unwrap()
            .max(oracle.true_peak(1).unwrap());
        let peak = 20.0 * peak.log10();
        assert_near("true peak", gain_to_db(loudness.true_peak), peak, peak_near);
        let plr = f64::from(gain_to_db(loudness.true_peak) - loudness.integrated.0);
        assert_near("PLR", found.plr.unwrap(), plr, 1e-4);
        assert_eq!(found.lost_frames, 0);
    }
}

#[test]
fn needles_and_spectrum_follow_the_bus() {
    let mut live = Live::new(48_000);
    let tone = |n: usize, hz: f64| to_f32(0.5 * (TAU * hz * n as f64 / 48_000.0).sin());
    let left: Vec<f32> = (0..96_000).map(|n| tone(n, 1_500.0)).collect();
    let right: Vec<f32> = (0..96_000).map(|n| 0.1 * tone(n, 1_500.0)).collect();
    live.play(&left, &right, |_| ());
    let reading = live.analyser.reading();
    for ballistics in Ballistics::ALL {
        let [l, r] = reading.needle(ballistics).map(gain_to_db);
        assert!((l + 6.02).abs() < 0.2, "{ballistics:?}: {l}");
        assert!((l - r - 20.0).abs() < 0.1, "{ballistics:?}: {r}");
    }
    // The middle of 0.5 and 0.05.
    let spectrum = live.analyser.spectrum();
    let level = spectrum.levels()[128];
    assert!((spectrum.frequency(128) - 1_500.0).abs() < 1e-9);
    assert!((level - 20.0 * 0.275_f32.log10()).abs() < 0.01, "{level}");
}

#[test]
fn taps_are_bounded_and_come_back() {
    let mut live = Live::new(48_000);
    let master = live.control.bus("master").unwrap();
    let options = SpectrumOptions::default();
    let mut more = Vec::new();
    let full = loop {
        match live.control.analyse(master, options) {
            Ok(analyser) => more.push(analyser),
            Err(error) => break error.to_string(),
        }
    };
    assert_eq!(full, "meter_taps: 257 is over the limit of 256");
    let [left, right] = programme(48_000, 9, 1).map(|side| side[..960].to_vec());
    live.play(&left, &right, |_| ());
    for analyser in &mut more {
        analyser.update();
        assert_eq!(analyser.reading().frames, 960);
        assert!(!analyser.is_over());
    }
    more.clear();
    live.play(&left, &right, |_| ());
    let again = live.control.analyse(master, options);
    assert!(again.is_ok(), "the places are free again");
    // Nobody takes its frames for three seconds.
    let mut late = again.unwrap();
    live.play(
        &programme(48_000, 9, 3)[0],
        &programme(48_000, 9, 3)[1],
        |_| (),
    );
    late.update();
    let reading = late.reading();
    assert!(reading.lost_frames >= 47_000, "{}", reading.lost_frames);
    assert_eq!(reading.frames + reading.lost_frames, 144_000);
}
