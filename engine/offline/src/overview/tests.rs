use super::*;
use crate::channels::Layout;
use crate::decode::DecodeOptions;
use crate::progress::no_progress;
use crate::quantize::Dither;
use crate::testing::{Noise, damaged};
use crate::wav::{WavFormat, WavSpec, WavWriter};

fn sound(dir: &Path, channels: u16, frames: usize) -> (PathBuf, Vec<f32>) {
    let mut noise = Noise(9);
    let x: Vec<f32> = (0..frames * usize::from(channels))
        .map(|i| noise.sample() * (i % 5000) as f32 / 4000.0)
        .collect();
    let path = dir.join("x.wav");
    let layout = Layout::usual(channels);
    let (format, dither) = (WavFormat::F32, Dither::None);
    let spec = WavSpec {
        layout,
        sample_rate: 48_000,
        format,
        dither,
    };
    let mut writer = WavWriter::create(&path, spec).unwrap();
    writer.write(&x).unwrap();
    writer.finish().unwrap();
    (path, x)
}

fn overview(dir: &Path, input: &Path) -> Overview {
    let path = dir.join("x.wave");
    build(input, &path, &DecodeOptions::default(), &mut no_progress).unwrap();
    Overview::open(&path).unwrap()
}

#[test]
fn equals_brute_force_at_every_level() {
    let dir = tempfile::tempdir().unwrap();
    for frames in [0usize, 1, 255, 256, 257, 70_001] {
        let (input, x) = sound(dir.path(), 2, frames);
        let mut o = overview(dir.path(), &input);
        o.verify().unwrap();
        assert_eq!(
            std::fs::metadata(dir.path().join("x.wave")).unwrap().len(),
            o.info().bytes()
        );
        for level in 0..o.info().levels {
            for channel in 0..2u16 {
                let plane: Vec<f32> = x.iter().skip(channel.into()).step_by(2).copied().collect();
                let bins = o.bins(level, channel, 0..u64::MAX).unwrap();
                let chunks: Vec<&[f32]> = plane.chunks(frames_per_bin(level) as usize).collect();
                assert_eq!(bins.len(), chunks.len());
                for (bin, chunk) in bins.iter().zip(chunks) {
                    let min = chunk.iter().fold(f32::INFINITY, |a, b| a.min(*b));
                    let max = chunk.iter().fold(f32::NEG_INFINITY, |a, b| a.max(*b));
                    let power = chunk.iter().map(|x| f64::from(*x).powi(2)).sum::<f64>();
                    let rms = (power / chunk.len() as f64).sqrt() as f32;
                    assert_eq!(bin.min, (min * UNIT).floor() / UNIT);
                    assert_eq!(bin.max, (max * UNIT).ceil() / UNIT);
                    assert!(
                        (0.0..=1.001 / UNIT).contains(&(bin.rms - rms)),
                        "{} {rms}",
                        bin.rms
                    );
                }
            }
        }
    }
}

#[test]
fn is_small_and_a_picture_reads_few_bins_and_hides_no_peak() {
    let dir = tempfile::tempdir().unwrap();
    let (input, x) = sound(dir.path(), 1, 400_000);
    let mut o = overview(dir.path(), &input);
    assert!(o.info().bytes() as f64 <= 0.011 * 400_000.0 * 3.0 + 200.0);
    for (range, pixels) in [
        (0..400_000u64, 100u32),
        (1000..300_000, 333),
        (0..400_000, 3),
        (7..999, 50),
    ] {
        let level = o.level(range.end - range.start, pixels);
        let bins = (range.end - range.start).div_ceil(frames_per_bin(level));
        assert!(bins <= 4 * u64::from(pixels) + 4, "{bins} for {pixels}");
        let picture = o.picture(0, range.clone(), pixels).unwrap();
        assert_eq!(picture.len(), pixels as usize);
        let len = range.end - range.start;
        for (i, bin) in picture.iter().enumerate() {
            let edge = |p: u64| (range.start + len * p / u64::from(pixels)) as usize;
            for x in &x[edge(i as u64)..edge(i as u64 + 1)] {
                assert!(bin.min <= *x && *x <= bin.max, "{range:?} pixel {i}");
            }
        }
    }
}

#[test]
fn staleness_shows_in_the_hash_and_damage_is_found() {
    let dir = tempfile::tempdir().unwrap();
    let (input, _) = sound(dir.path(), 1, 3000);
    let o = overview(dir.path(), &input);
    let hash = blake3::hash(&std::fs::read(&input).unwrap());
    assert_eq!(o.info().hash, *hash.as_bytes());
    let path = dir.path().join("x.wave");
    let good = std::fs::read(&path).unwrap();
    for at in 0..good.len() {
        let mut bad = good.clone();
        bad[at] ^= 0x10;
        std::fs::write(&path, &bad).unwrap();
        let found = Overview::open(&path).and_then(|mut o| o.verify());
        assert!(found.is_err(), "byte {at}");
    }
    for len in 0..good.len() {
        std::fs::write(&path, &good[..len]).unwrap();
        assert!(Overview::open(&path).is_err(), "{len} bytes");
    }
}

#[test]
fn damaged_overviews_are_refused_or_read() {
    let dir = tempfile::tempdir().unwrap();
    let (input, _) = sound(dir.path(), 2, 70_001);
    overview(dir.path(), &input);
    let path = dir.path().join("x.wave");
    let whole = std::fs::read(&path).unwrap();
    // The header is small beside the bins: it is hit on purpose every other time.
    let heads = damaged(&whole[..HEADER_BYTES as usize], 1_000);
    let heads = heads.map(|head| [&head, &whole[HEADER_BYTES as usize..]].concat());
    let (mut refused, mut caught) = (0, 0);
    for bytes in heads.chain(damaged(&whole, 1_000)) {
        std::fs::write(&path, &bytes).unwrap();
        let Ok(mut opened) = Overview::open(&path) else {
            refused += 1;
            continue;
        };
        caught += u32::from(opened.verify().is_err());
        for level in [0, 1, u16::MAX] {
            let bins = opened.bins(level, 1, 0..u64::MAX);
            assert!(bins.map_or(0, |bins| bins.len()) <= bytes.len());
        }
        _ = opened.picture(0, 100..u64::MAX, 300);
    }
    assert!(refused > 900 && caught > 300, "{refused} {caught}");
}
