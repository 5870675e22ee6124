use std::fs;
use std::ops::ControlFlow;
use std::path::PathBuf;

use super::*;
use crate::channels::Layout;
use crate::decode::DecodeOptions;
use crate::error::Error;
use crate::progress::no_progress;
use crate::quantize::Dither;
use crate::resample::{Tier, output_frames, resample};
use crate::testing::{FRAMES, SIX_FRAMES, fixture, signal, signal_f32};
use crate::wav::{WavFormat, WavSpec, WavWriter};

const MEMORY: u64 = 1 << 30;

fn options(sample_rate: u32) -> ImportOptions {
    ImportOptions {
        sample_rate,
        decode: DecodeOptions::default(),
    }
}

fn imported(source: &Path, folder: &Path, rate: u32) -> ImportedAsset {
    import(source, folder, &options(rate), &mut no_progress).unwrap()
}

#[test]
fn sixteen_bit_sources_stay_i16_and_exact() {
    let dir = tempfile::tempdir().unwrap();
    for name in ["mono.flac", "mono.aiff", "alac.m4a"] {
        let asset = imported(&fixture(name), dir.path(), 44_100);
        let data = load_planar(&asset.path, MEMORY).unwrap();
        assert_eq!(
            data.samples,
            PcmSamples::I16(vec![signal(FRAMES, 0)]),
            "{name}"
        );
        assert_eq!((data.frames, data.sample_rate), (FRAMES as u64, 44_100));
    }
}

#[test]
fn other_rates_are_resampled_once() {
    let dir = tempfile::tempdir().unwrap();
    let asset = imported(&fixture("mono.flac"), dir.path(), 48_000);
    let expect = resample(&[signal_f32(FRAMES, 0)], 44_100, 48_000, Tier::Import).unwrap();
    let data = load_planar(&asset.path, MEMORY).unwrap();
    assert_eq!(data.frames, output_frames(FRAMES as u64, 44_100, 48_000));
    assert_eq!(data.samples, PcmSamples::F32(expect));
}

#[test]
fn more_than_two_channels_fold_to_stereo() {
    let dir = tempfile::tempdir().unwrap();
    let asset = imported(&fixture("six.flac"), dir.path(), 44_100);
    let data = load_planar(&asset.path, MEMORY).unwrap();
    let x: Vec<Vec<f32>> = (0..6).map(|c| signal_f32(SIX_FRAMES, c)).collect();
    let k = std::f32::consts::FRAC_1_SQRT_2;
    let side = |front: usize, back: usize| -> Vec<f32> {
        (0..SIX_FRAMES)
            .map(|i| x[front][i] + k * x[2][i] + k * x[back][i])
            .collect()
    };
    let PcmSamples::F32(planes) = data.samples else {
        panic!("folded sounds are f32")
    };
    for (plane, expect) in planes.iter().zip([side(0, 4), side(1, 5)]) {
        assert!(plane.iter().zip(expect).all(|(a, b)| (a - b).abs() < 1e-6));
    }
}

#[test]
fn equal_content_is_reused_under_any_name() {
    let dir = tempfile::tempdir().unwrap();
    let cache = dir.path().join("new/cache");
    let copy = dir.path().join("ünï.txt");
    fs::copy(fixture("mono.mp3"), &copy).unwrap();
    let first = imported(&fixture("mono.mp3"), &cache, 48_000);
    let again = imported(&copy, &cache, 48_000);
    assert!(first.source.is_some() && again.source.is_none());
    assert_eq!((&first.path, &first.header), (&again.path, &again.header));
    assert_ne!(imported(&copy, &cache, 44_100).path, first.path);
    let lenient = DecodeOptions {
        conceal: true,
        ..DecodeOptions::default()
    };
    let lenient = ImportOptions {
        sample_rate: 48_000,
        decode: lenient,
    };
    assert_ne!(
        cache_path(&cache, &first.header.source, &lenient),
        first.path
    );
}

#[test]
fn damaged_cache_files_are_found_and_built_again() {
    let dir = tempfile::tempdir().unwrap();
    let source = fixture("mono.flac");
    let path = imported(&source, dir.path(), 44_100).path;
    let good = fs::read(&path).unwrap();
    // Magic, version, frames, loops, unused, data CRC, header CRC, first and last sample.
    for at in [0, 8, 24, 70, 230, 248, 255, 256, good.len() - 1] {
        let mut bad = good.clone();
        bad[at] ^= 0x10;
        fs::write(&path, &bad).unwrap();
        assert!(load_planar(&path, MEMORY).is_err(), "byte {at}");
        assert!(
            imported(&source, dir.path(), 44_100).source.is_some(),
            "byte {at}"
        );
        assert_eq!(fs::read(&path).unwrap(), good, "byte {at}");
    }
    for len in [0, 100, 256, good.len() - 1] {
        fs::write(&path, &good[..len]).unwrap();
        assert!(PcmFile::open(&path).is_err(), "{len} bytes");
    }
    let mut long = good.clone();
    long.push(0);
    fs::write(&path, &long).unwrap();
    assert!(PcmFile::open(&path).is_err());
}

#[test]
fn seeks_are_sample_exact() {
    let dir = tempfile::tempdir().unwrap();
    let (left, right) = (signal(FRAMES, 0), signal(FRAMES, 1));
    let x: Vec<f32> = left
        .iter()
        .zip(&right)
        .flat_map(|(l, r)| [*l, *r])
        .map(|x| f32::from(x) / 32_768.0)
        .collect();
    for format in [PcmFormat::I16, PcmFormat::F32] {
        let path = dir.path().join("a.pcm");
        let spec = PcmSpec {
            channels: 2,
            format,
            sample_rate: 48_000,
            source: [7; 32],
        };
        let mut writer = PcmWriter::create(&path, &spec).unwrap();
        x.chunks(2 * 777)
            .for_each(|piece| writer.write(piece).unwrap());
        assert!(writer.write(&[0.0]).is_err());
        writer.finish(&[]).unwrap();
        let mut file = PcmFile::open(&path).unwrap();
        let mut out = [9.0; 2 * 50];
        for start in [0, 50, 1, 8_990, 8_990, 17, 9_000, 9_001, u64::MAX] {
            let frames = file.read_f32(start, &mut out).unwrap();
            assert_eq!(
                frames,
                (FRAMES as u64).saturating_sub(start).min(50) as usize
            );
            let from = (start as usize).min(FRAMES) * 2;
            assert_eq!(out[..frames * 2], x[from..from + frames * 2], "{start}");
        }
        let mut whole = vec![0.0; x.len() + 10];
        assert_eq!(file.read_f32(0, &mut whole).unwrap(), FRAMES);
        assert_eq!(whole[..x.len()], x);
        assert_eq!(
            file.read_i16(0, &mut [0; 2]).is_ok(),
            format == PcmFormat::I16
        );
    }
}

#[test]
fn loops_scale_with_the_rate() {
    let dir = tempfile::tempdir().unwrap();
    let source = looped_wav(dir.path());
    let same = imported(&source, dir.path(), 44_100);
    let at = |start, end| CachedLoop {
        start,
        end,
        count: 3,
    };
    assert_eq!(same.header.loops, [at(441, 882)]);
    let scaled = imported(&source, dir.path(), 48_000);
    assert_eq!(
        load_planar(&scaled.path, MEMORY).unwrap().loops,
        [at(480, 960)]
    );
}

/// A second of silence with a loop 441..882 and one outside of the sound.
fn looped_wav(folder: &Path) -> PathBuf {
    let path = folder.join("loop.wav");
    let layout = Layout::usual(1);
    let spec = WavSpec {
        layout,
        sample_rate: 44_100,
        format: WavFormat::I16,
        dither: Dither::None,
    };
    let mut writer = WavWriter::create(&path, spec).unwrap();
    writer.write(&[0.0; 1000]).unwrap();
    writer.finish().unwrap();
    let mut bytes = fs::read(&path).unwrap();
    bytes.extend(b"smpl");
    bytes.extend((36u32 + 48).to_le_bytes());
    let mut words = [0u32; 21];
    words[7] = 2;
    words[9..15].copy_from_slice(&[0, 0, 441, 881, 0, 3]);
    words[15..21].copy_from_slice(&[0, 0, 900, 1000, 0, 0]);
    bytes.extend(words.iter().flat_map(|w| w.to_le_bytes()));
    let riff = (bytes.len() - 8) as u32;
    bytes[4..8].copy_from_slice(&riff.to_le_bytes());
    fs::write(&path, bytes).unwrap();
    path
}

#[test]
fn files_of_the_version_without_loops_of_aiff_are_built_again() {
    let dir = tempfile::tempdir().unwrap();
    let source = looped_aiff(dir.path());
    let wanted = [CachedLoop {
        start: 441,
        end: 882,
        count: 0,
    }];
    let path = imported(&source, dir.path(), 44_100).path;
    let mut old = fs::read(&path).unwrap();
    old[8..12].copy_from_slice(&2u32.to_le_bytes());
    old[20..24].fill(0);
    old[64..84].fill(0);
    let sum = crc32c::crc32c(&old[..252]).to_le_bytes();
    old[252..256].copy_from_slice(&sum);
    fs::write(&path, &old).unwrap();
    let again = imported(&source, dir.path(), 44_100);
    assert_eq!(again.header.loops, wanted);
    assert!(again.source.is_some());
}

/// A chirp whose instrument has a loop 441..882.
fn looped_aiff(folder: &Path) -> PathBuf {
    let path = folder.join("loop.aiff");
    let mut bytes = fs::read(fixture("mono.aiff")).unwrap();
    bytes.resize(bytes.len().next_multiple_of(2), 0);
    bytes.extend(b"MARK\0\0\0\x12\0\x02\0\x01\0\0\x01\xB9\0\0\0\x02\0\0\x03\x72\0\0");
    bytes.extend(b"INST\0\0\0\x14\x3C\0\0\x7F\x01\x7F\0\0\0\x01\0\x01\0\x02\0\0\0\0\0\0");
    let form = u32::try_from(bytes.len() - 8).unwrap();
    bytes[4..8].copy_from_slice(&form.to_be_bytes());
    fs::write(&path, bytes).unwrap();
    path
}

#[test]
fn cancel_and_bad_sources_leave_nothing() {
    let dir = tempfile::tempdir().unwrap();
    for stop_at in 0..6 {
        let mut calls = 0;
        let mut stop = |_, _| {
            calls += 1;
            if calls > stop_at {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            }
        };
        let result = import(
            &fixture("mono.flac"),
            dir.path(),
            &options(48_000),
            &mut stop,
        );
        if let Err(e) = result {
            assert!(matches!(e, Error::Cancelled));
            assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
        }
    }
    let empty = tempfile::tempdir().unwrap();
    let adpcm = import(
        &fixture("adpcm.wav"),
        empty.path(),
        &options(48_000),
        &mut no_progress,
    );
    assert!(matches!(adpcm, Err(Error::Unsupported { .. })));
    assert!(import(dir.path(), empty.path(), &options(48_000), &mut no_progress).is_err());
    assert!(
        import(
            &fixture("mono.flac"),
            empty.path(),
            &options(1),
            &mut no_progress
        )
        .is_err()
    );
    assert_eq!(fs::read_dir(empty.path()).unwrap().count(), 0);
    let path = imported(&fixture("mono.flac"), empty.path(), 44_100).path;
    assert!(matches!(
        load_planar(&path, 18_001),
        Err(Error::Limit { value: 18_002, .. })
    ));
}
