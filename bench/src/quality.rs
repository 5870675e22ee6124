//! `quality`: what the interpolation adds to a sound, and whether it adds nothing at ratio 1.
//!
//! A mono sine of 997 Hz or 10 kHz (amplitude 0.5) plays once at ratio 2^(1/12) and 2^(-1/12), gain 1, centre. 65 536 frames from
//! the middle go through a 7-term Blackman-Harris window (side lobes below -160 dB) and an f64 FFT. The row is the highest line
//! outside of the tone's own main lobe and of 0 Hz, in dB relative to the tone. The tone must stand where it should, and as
//! loud as it should within the interpolator's droop: that is the check of pitch and gain.
//!
//! `null`: stereo noise at ratio 1 against the asset itself, after the engine's delay and its pan law are taken away; the residual
//! in dB, or [`EXACT`] when not one bit differs.

use std::f64::consts::TAU;
use std::sync::Arc;

use realfft::RealFftPlanner;

use crate::asset::Asset;
use crate::report::Report;
use crate::subject::{BLOCK, Contender, Error, Mix, RATE, Result, Setup, Slot};

/// The value of a null that is bit-exact.
pub(crate) const EXACT: f64 = -400.0;

/// Runs all tones and the null for each contender.
pub(crate) fn quality(contenders: &[Contender], report: &mut Report) -> Result<()> {
    const SEMITONE: f64 = 1.0 / 12.0;
    let tones = [
        ("997 Hz up", 997.0, SEMITONE),
        ("997 Hz down", 997.0, -SEMITONE),
        ("10 kHz up", 10_000.0, SEMITONE),
        ("10 kHz down", 10_000.0, -SEMITONE),
    ];
    for contender in contenders {
        for (name, hertz, octaves) in tones {
            let value = worst_line(contender, name, hertz, octaves.exp2())?;
            report.value("quality", name, contender, "dB", value);
        }
        report.value("quality", "null", contender, "dB", null(contender)?);
    }
    Ok(())
}

const SKIP: usize = 8192;
const POINTS: usize = 65_536;
/// Bins on either side of a line that belong to it: the main lobe has 7, the rest is for the shoulder of a slightly wrong pitch.
const LOBE: usize = 10;

fn worst_line(contender: &Contender, name: &str, hertz: f64, ratio: f64) -> Result<f64> {
    let frames = SKIP + POINTS;
    let length = frames * 11 / 10 + RATE as usize / 10;
    let played = play(contender, Asset::sine(hertz, length), ratio, frames)?;
    let left: Vec<f32> = played.iter().skip(SKIP).map(|frame| frame[0]).collect();
    let lines = spectrum(&left);
    let bin = hertz * ratio * POINTS as f64 / f64::from(RATE);
    let tone = peak(&lines);
    check_tone(contender, name, (tone, lines[tone]), bin)?;
    let worst = lines
        .iter()
        .enumerate()
        .filter(|(i, _)| *i > LOBE && i.abs_diff(tone) > LOBE)
        .map(|(_, level)| *level)
        .fold(0.0, f64::max);
    Ok(20.0 * (worst / lines[tone]).max(1e-12).log10())
}

/// Magnitudes, scaled so that a sine shows its amplitude.
fn spectrum(samples: &[f32]) -> Vec<f64> {
    let window: Vec<f64> = (0..POINTS).map(blackman_harris).collect();
    let scale = 2.0 / window.iter().sum::<f64>();
    let mut input: Vec<f64> = samples
        .iter()
        .zip(&window)
        .map(|(s, w)| f64::from(*s) * w * scale)
        .collect();
    let plan = RealFftPlanner::<f64>::new().plan_fft_forward(POINTS);
    let mut output = plan.make_output_vec();
    // The lengths are those of the plan, so this cannot fail; a failure would leave zeros, and `check_tone` would tell.
    let _ = plan.process(&mut input, &mut output);
    output.iter().map(|line| line.norm()).collect()
}

/// 7 terms: Albrecht, "A family of cosine-sum windows for high-resolution measurements", 2001.
fn blackman_harris(i: usize) -> f64 {
    const TERMS: [f64; 7] = [
        0.271_051_400_693_424,
        -0.433_297_939_234_485,
        0.218_122_999_543_110,
        -0.065_925_446_388_031,
        0.010_811_742_098_371,
        -0.000_776_584_825_226,
        0.000_013_887_217_352,
    ];
    let phase = TAU * i as f64 / POINTS as f64;
    TERMS
        .iter()
        .enumerate()
        .map(|(k, term)| term * (k as f64 * phase).cos())
        .sum()
}

fn peak(lines: &[f64]) -> usize {
    (0..lines.len())
        .max_by(|a, b| lines[*a].total_cmp(&lines[*b]))
        .unwrap_or(0)
}

/// Pitch within 0.1 % (SoLoud's fixed-point step is 0.05 % off), level within 2.5 dB: linear interpolation loses up to 2 dB at
/// 10 kHz.
fn check_tone(
    contender: &Contender,
    name: &str,
    (tone, level): (usize, f64),
    bin: f64,
) -> Result<()> {
    let loud = 0.5 * f64::from((contender.pan_gains[0])(0.0)[0]);
    let off = 20.0 * (level / loud).log10();
    let away = (tone as f64 - bin).abs();
    if away <= 1.5 + 0.001 * bin && (-2.5..0.5).contains(&off) {
        return Ok(());
    }
    let what = format!("the tone is {away:.1} bins and {off:+.2} dB from where it should be");
    Err(Error::WrongSound {
        subject: contender.name,
        workload: name.into(),
        what,
    })
}

fn null(contender: &Contender) -> Result<f64> {
    const FRAMES: usize = 24_000;
    let asset = Asset::noise(2, 2 * FRAMES, 77);
    let source: Vec<[f32; 2]> = (0..asset.frames).map(|i| asset.frame(i)).collect();
    let played = play(contender, asset, 1.0, FRAMES)?;
    let heard = &played[SKIP..];
    let law = (contender.pan_gains[1])(0.0);
    let source = &source[best_start(heard, &source)..];
    if heard
        .iter()
        .zip(source)
        .all(|(a, b)| same_bits(*a, *b, law))
    {
        return Ok(EXACT);
    }
    let (mut error, mut power) = (0.0, 0.0);
    for (heard, source) in heard.iter().zip(source) {
        for side in 0..2 {
            let should = f64::from(source[side]) * f64::from(law[side]);
            error += (f64::from(heard[side]) - should).powi(2);
            power += should.powi(2);
        }
    }
    Ok(10.0 * (error / power).max(1e-39).log10())
}

fn same_bits(heard: [f32; 2], source: [f32; 2], law: [f32; 2]) -> bool {
    (0..2).all(|side| heard[side] == source[side] * law[side])
}

/// The frame of `source` at which it is most like `heard`, which starts at frame `SKIP` of the output: late by the engine's delay,
/// or early by the few frames that some leave out at the start.
fn best_start(heard: &[[f32; 2]], source: &[[f32; 2]]) -> usize {
    const LATE: usize = 2048;
    const EARLY: usize = 16;
    let likeness = |start: usize| -> f64 {
        let pairs = heard.iter().zip(&source[start..]).take(2048);
        pairs.map(|(a, b)| f64::from(a[0] * b[0])).sum()
    };
    (SKIP - LATE..SKIP + EARLY)
        .max_by(|a, b| likeness(*a).total_cmp(&likeness(*b)))
        .unwrap_or(SKIP)
}

/// The first `frames` frames of `asset`, played once at gain 1 in the centre.
fn play(contender: &Contender, asset: Asset, ratio: f64, frames: usize) -> Result<Vec<[f32; 2]>> {
    let setup = Setup {
        assets: vec![Arc::new(asset)],
        slots: vec![Slot {
            asset: 0,
            looping: false,
        }],
        audible: 1,
        needs_virtual: false,
        retargets: false,
    };
    let mut subject = (contender.create)(&setup)?;
    subject.start(
        0,
        Mix {
            gain: 1.0,
            pan: 0.0,
            ratio,
        },
    )?;
    subject.commit()?;
    let mut out = [0.0; 2 * BLOCK];
    let mut played = Vec::with_capacity(frames + BLOCK);
    while played.len() < frames {
        subject.render_block(&mut out)?;
        played.extend(out.chunks_exact(2).map(|frame| [frame[0], frame[1]]));
    }
    played.truncate(frames);
    Ok(played)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reference;

    #[test]
    fn linear_interpolation_measures_as_linear_interpolation() {
        // The first image of a linear interpolator at r = f / rate is (r / (1 - r))^2 of the tone: -66.9 dB at 997 Hz, exactly.
        let value = worst_line(
            &reference::LINEAR,
            "997 Hz up",
            997.0,
            (1.0f64 / 12.0).exp2(),
        );
        assert!((-67.2..-66.6).contains(&value.unwrap()));
        assert_eq!(null(&reference::LINEAR).unwrap(), EXACT);
    }

    #[test]
    fn wrong_pitch_is_refused() {
        let result = worst_line(
            &reference::SHARP,
            "997 Hz up",
            997.0,
            (1.0f64 / 12.0).exp2(),
        );
        assert!(matches!(result, Err(Error::WrongSound { .. })));
    }
}
