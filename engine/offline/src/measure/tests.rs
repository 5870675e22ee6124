use super::*;
use crate::testing::Noise;

fn sine(rate: u32, seconds: f64, hz: f64, dbfs: f64) -> Vec<f32> {
    let n = (seconds * f64::from(rate)).round() as usize;
    let a = 10f64.powf(dbfs / 20.0);
    let w = std::f64::consts::TAU * hz / f64::from(rate);
    (0..n).map(|i| (a * (w * i as f64).sin()) as f32).collect()
}

fn measured(rate: u32, planes: &[Vec<f32>], block: usize, history: bool) -> Measurement {
    let layout = Layout::usual(planes.len() as u16);
    let mut measurer = Measurer::new(rate, layout, history);
    for start in (0..planes[0].len()).step_by(block) {
        let end = planes[0].len().min(start + block);
        let part: Vec<&[f32]> = planes.iter().map(|p| &p[start..end]).collect();
        measurer.push(&part);
    }
    measurer.finish()
}

/// Closed form: a tone of d ms reads 10·log10(d/400) below its level when it is shorter than the
/// window, and its level when it is longer.
#[test]
fn one_shots_follow_the_closed_form_and_are_continuous_at_400_ms() {
    for ms in [
        20.0, 50.0, 100.0, 200.0, 390.0, 400.0, 410.0, 1000.0, 2990.0,
    ] {
        let tone = sine(48_000, ms / 1000.0, 1000.0, -20.0);
        let m = measured(48_000, &[tone.clone(), tone], 4096, false);
        let expect = -20.0 + 10.0 * (ms / 400.0).min(1.0).log10();
        let (level, name) = m.loudness();
        assert_eq!(name, "max_m", "{ms}");
        assert!(
            (level - expect).abs() < 0.1,
            "{ms} ms: {level} instead of {expect}"
        );
    }
    let tone = sine(48_000, 3.0, 1000.0, -20.0);
    let m = measured(48_000, &[tone.clone(), tone], 4096, false);
    assert_eq!(m.loudness().1, "i");
    assert!((m.loudness().0 + 20.0).abs() < 0.1);
}

/// A square wave has DR 0 dB less 3.01 (its RMS is taken as a sine's), a sine one of 0.
#[test]
fn dynamic_range_of_known_signals() {
    let steady = sine(48_000, 30.0, 1000.0, -6.0);
    assert_eq!(
        measured(48_000, &[steady], 4096, false).dynamic_range,
        Some(0)
    );
    // A fifth of the blocks at -6 dBFS, the others at -26: the loudest fifth decides both.
    let mut x = sine(48_000, 6.0, 1000.0, -6.0);
    x.extend(sine(48_000, 24.0, 1000.0, -26.0));
    assert_eq!(
        measured(48_000, &[x.clone()], 4096, false).dynamic_range,
        Some(0)
    );
    // Clicks of full scale in two quiet blocks: peak 0 dBFS, RMS of a sine at -20.
    let mut x = sine(48_000, 30.0, 1000.0, -20.0);
    (x[10_000], x[500_000]) = (1.0, -1.0);
    assert_eq!(measured(48_000, &[x], 4096, false).dynamic_range, Some(20));
    assert_eq!(
        measured(48_000, &[vec![0.0; 48_000]], 4096, false).dynamic_range,
        None
    );
}

#[test]
fn faults_are_flagged() {
    let flags = |planes: &[Vec<f32>]| measured(48_000, planes, 1000, false).flags;
    let clean = sine(48_000, 1.0, 100.0, -20.0);
    assert_eq!(flags(&[clean.clone(), clean.clone()]), []);
    let opposed: Vec<f32> = clean.iter().map(|x| -x).collect();
    assert_eq!(flags(&[clean.clone(), opposed]), [Flag::OutOfPhase]);
    let shifted: Vec<f32> = clean.iter().map(|x| x + 0.02).collect();
    assert_eq!(flags(&[shifted]), [Flag::Dc, Flag::EdgeClick]);
    let mut quiet = clean;
    quiet.resize(120_000, 0.0);
    let m = measured(48_000, &[quiet], 1000, false);
    assert_eq!(m.flags, [Flag::MostlySilent]);
    assert!((m.silence[1] as i64 - 72_000).abs() < 48, "{:?}", m.silence);
    let loud = sine(48_000, 1.0, 100.0, 0.5);
    let m = measured(48_000, &[loud], 1000, false);
    assert!(m.flags.contains(&Flag::Clips) && m.clips > 1000);
}

#[test]
fn blocks_do_not_matter_and_history_has_every_100_ms() {
    let mut noise = Noise(3);
    let x: Vec<f32> = (0..44_100 * 4).map(|_| noise.sample() * 0.3).collect();
    let a = measured(44_100, &[x.clone(), x.clone()], 4096, true);
    let b = measured(44_100, &[x.clone(), x], 777, true);
    assert_eq!(a.history, b.history);
    assert_eq!(a.history.len(), 40);
    assert_eq!(
        (a.integrated, a.true_peak, a.range),
        (b.integrated, b.true_peak, b.range)
    );
    let plain = measured(44_100, &[vec![0.1; 44_100]], 4096, false);
    assert!(plain.history.is_empty());
}

#[test]
fn a_group_is_gated_as_one_programme() {
    let loud = sine(48_000, 20.0, 1000.0, -20.0);
    let soft = sine(48_000, 20.0, 1000.0, -26.0);
    let faint = sine(48_000, 20.0, 1000.0, -60.0);
    let history = |x: &Vec<f32>| measured(48_000, &[x.clone(), x.clone()], 4096, true).history;
    let all = [history(&loud), history(&soft), history(&faint)];
    let level = group_loudness(all.iter().map(Vec::as_slice));
    // The faint one is below the relative gate; the mean energy of the two others counts.
    let expect = 10.0 * ((10f64.powf(-2.0) + 10f64.powf(-2.6)) / 2.0).log10();
    assert!((level - expect).abs() < 0.05, "{level} {expect}");
    // One file alone is what its meter says.
    let m = measured(48_000, &[loud.clone(), loud.clone()], 4096, true);
    assert!((group_loudness([m.history.as_slice()].into_iter()) - m.integrated).abs() < 0.02);
}

/// The oracle: crate `ebur128`, on seeded programme-like noise.
#[test]
fn agrees_with_ebur128() {
    for rate in [44_100u32, 48_000, 96_000, 192_000] {
        let mut noise = Noise(u64::from(rate));
        let mut low = [0.0f32; 2];
        let planes: Vec<Vec<f32>> = (0..2)
            .map(|c| {
                (0..rate as usize * 20)
                    .map(|i| {
                        low[c] += 0.05 * (noise.sample() - low[c]);
                        let swell = 0.3 + 0.25 * (i as f32 / rate as f32 * 0.7).sin();
                        low[c] * swell * 2.0
                    })
                    .collect()
            })
            .collect();
        let ours = measured(rate, &planes, 4096, false);
        let mode = ebur128::Mode::all();
        let mut theirs = ebur128::EbuR128::new(2, rate, mode).unwrap();
        theirs
            .add_frames_planar_f32(&[&planes[0], &planes[1]])
            .unwrap();
        let i = theirs.loudness_global().unwrap();
        let peak = (0..2)
            .map(|c| theirs.true_peak(c).unwrap())
            .fold(0.0, f64::max);
        assert!(
            (ours.integrated - i).abs() < if rate > 96_000 { 0.05 } else { 0.02 },
            "{rate}: {} {i}",
            ours.integrated
        );
        let near = if rate > 96_000 { 0.4 } else { 0.2 };
        assert!(
            (ours.true_peak - 20.0 * peak.log10()).abs() < near,
            "{rate}"
        );
    }
}

/// Crate `ebur128` takes S once a second and no silence behind a file (EBU Tech 3342), so the
/// sound is long and its level moves slowly.
#[test]
fn the_range_agrees_with_ebur128() {
    for rate in [8_000u32, 48_000] {
        let mut noise = Noise(5);
        let x: Vec<f32> = (0..rate as usize * 600)
            .map(|i| {
                let swell = (i as f32 / rate as f32 * 0.05).sin();
                noise.sample() * 10f32.powf((swell * 6.0 - 20.0) / 20.0)
            })
            .collect();
        let parts = Parts {
            loudness: true,
            ..Parts::default()
        };
        let mut measurer = Measurer::of(parts, rate, Layout::usual(1), false);
        x.chunks(4096).for_each(|part| measurer.push(&[part]));
        let ours = measurer.finish();
        let mut theirs = ebur128::EbuR128::new(1, rate, ebur128::Mode::LRA).unwrap();
        theirs.add_frames_planar_f32(&[&x]).unwrap();
        let range = theirs.loudness_range().unwrap();
        assert!(
            (ours.range - range).abs() <= 0.1,
            "{rate}: {} {range}",
            ours.range
        );
    }
}

/// Every sound of the factory project as crate `ebur128` hears it: I where there is one, largest M and S
/// of all 10 ms, and the true peak, of which it sees four points a frame.
#[cfg(feature = "flac")]
#[test]
fn the_factory_sounds_agree_with_ebur128() {
    let folder =
        std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../presets/lantern/assets");
    let mut sounds = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let options = crate::decode::DecodeOptions::default();
        let sound = crate::decode::decode_file(&path, &options, 1 << 30, &mut crate::no_progress);
        let sound = sound.unwrap();
        let (rate, planes) = (sound.info.sample_rate, &sound.channels);
        let ours = measured(rate, planes, 4096, false);
        // Not the histogram, whose steps are 0.1 LU.
        let mode = ebur128::Mode::I | ebur128::Mode::S | ebur128::Mode::TRUE_PEAK;
        let mut theirs = ebur128::EbuR128::new(planes.len() as u32, rate, mode).unwrap();
        let (mut m, mut s) = (f64::NEG_INFINITY, f64::NEG_INFINITY);
        let (step, frames) = (rate as usize / 100, planes[0].len());
        for start in (0..frames).step_by(step) {
            let end = frames.min(start + step);
            let part: Vec<&[f32]> = planes.iter().map(|plane| &plane[start..end]).collect();
            theirs.add_frames_planar_f32(&part).unwrap();
            // A window that is not full yet, or that ends between two steps, is no window.
            if end - start == step && end >= step * 40 {
                m = m.max(theirs.loudness_momentary().unwrap());
            }
            if end - start == step && end >= step * 300 {
                s = s.max(theirs.loudness_shortterm().unwrap());
            }
        }
        let near = |what: &str, ours: f64, theirs: f64, most: f64| {
            let same = !theirs.is_finite() || (ours - theirs).abs() <= most;
            assert!(same, "{}: {what} {ours} {theirs}", path.display());
        };
        near(
            "I",
            ours.integrated,
            theirs.loudness_global().unwrap(),
            0.02,
        );
        near("M", ours.max_momentary, m, 0.02);
        near("S", ours.max_short_term, s, 0.02);
        let peaks = (0..planes.len() as u32).map(|c| theirs.true_peak(c).unwrap());
        let peak = 20.0 * peaks.fold(0.0_f64, f64::max).log10();
        let above = ours.true_peak - peak;
        assert!((-0.1..0.5).contains(&above), "{}: {above}", path.display());
        sounds += 1;
    }
    assert!(sounds > 20, "{sounds}");
}

#[test]
fn surrounds_weigh_more_and_the_lfe_nothing() {
    assert_eq!(weights(Layout::usual(6)), [1.0, 1.0, 1.0, 0.0, 1.41, 1.41]);
    assert_eq!(
        weights(Layout::usual(8)),
        [1.0, 1.0, 1.0, 0.0, 1.0, 1.0, 1.41, 1.41]
    );
    assert_eq!(weights(Layout::discrete(3)), [1.0; 3]);
    assert_eq!(weights(Layout::usual(1)), [1.0]);
}

fn flags_of(rate: u32, planes: &[Vec<f32>]) -> Vec<Flag> {
    let layout = Layout::usual(planes.len() as u16);
    let mut measurer = Measurer::new(rate, layout, false);
    let frames = planes[0].len();
    for at in (0..frames).step_by(1000) {
        let end = frames.min(at + 1000);
        let part: Vec<&[f32]> = planes.iter().map(|plane| &plane[at..end]).collect();
        measurer.push(&part);
    }
    measurer.finish().flags
}

fn is_upsampled(rate: u32, planes: &[Vec<f32>]) -> bool {
    flags_of(rate, planes).contains(&Flag::Upsampled)
}

/// White noise through `poles` low passes of 6 dB an octave each.
fn noise(rate: u32, frames: usize, cutoff: f64, poles: usize) -> Vec<f32> {
    let mut noise = crate::testing::Noise(5);
    let a = (1.0 - (-std::f64::consts::TAU * cutoff / f64::from(rate)).exp()) as f32;
    let mut states = vec![0.0f32; poles];
    let sample = |_| {
        let mut x = noise.sample() * 0.3;
        for state in &mut states {
            *state += a * (x - *state);
            x = *state;
        }
        x
    };
    (0..frames).map(sample).collect()
}

#[test]
fn upsampled_sound_is_flagged_and_native_sound_is_not() {
    for (from, to) in [
        (44_100, 96_000),
        (48_000, 96_000),
        (22_050, 44_100),
        (32_000, 48_000),
        (44_100, 192_000),
    ] {
        let x = noise(from, 3 * from as usize, 6_000.0, 1);
        let mut resampler =
            crate::resample::StreamResampler::new(from, to, 1, crate::resample::Tier::Offline)
                .unwrap();
        let mut out = vec![Vec::new()];
        resampler.push(&[&x], &mut out).unwrap();
        resampler.finish(&mut out).unwrap();
        assert!(is_upsampled(to, &out), "{from} {to}");
        // 24 bits, dithered.
        let mut dither = crate::testing::Noise(8);
        let scale = 8_388_608.0f32;
        out[0]
            .iter_mut()
            .for_each(|x| *x = (*x * scale + dither.sample()).round() / scale);
        assert!(is_upsampled(to, &out), "{from} {to}, 24 bits");
    }
    for rate in [44_100, 48_000, 96_000, 192_000] {
        let frames = 3 * rate as usize;
        assert!(
            !is_upsampled(rate, &[noise(rate, frames, 0.0, 0)]),
            "{rate} white"
        );
        for (cutoff, poles) in [(500.0, 1), (3_000.0, 4), (8_000.0, 8), (12_000.0, 4)] {
            let x = noise(rate, frames, cutoff, poles);
            assert!(!is_upsampled(rate, &[x]), "{rate} {cutoff} {poles}");
        }
        // A chord ends at its highest partial, and silence nowhere.
        let tone = |i: usize| {
            let t = i as f64 / f64::from(rate);
            (1..16)
                .map(|k| (t * 660.0 * std::f64::consts::TAU * f64::from(k)).sin())
                .sum::<f64>() as f32
                / 16.0
        };
        assert!(
            !is_upsampled(rate, &[(0..frames).map(tone).collect()]),
            "{rate} chord"
        );
        assert!(!is_upsampled(rate, &[vec![0.0; frames]]), "{rate} silence");
    }
}
