use std::fs;
use std::path::PathBuf;

use super::*;
use crate::decode::{Container, DecodeOptions, Decoded, decode_file};
use crate::progress::no_progress;
use crate::testing::{Noise, oracle, signal_f32};

fn spec(channels: u16, format: WavFormat) -> WavSpec {
    let layout = Layout::usual(channels);
    WavSpec {
        layout,
        sample_rate: 48_000,
        format,
        dither: Dither::None,
    }
}

fn write(path: &Path, spec: WavSpec, x: &[f32], rf64_above: u64) -> WavSummary {
    let mut writer = WavWriter::create(path, spec).unwrap();
    writer.rf64_above = rf64_above;
    for piece in x.chunks(usize::from(spec.layout.channels()) * 1000) {
        writer.write(piece).unwrap();
    }
    writer.finish().unwrap()
}

fn read(path: &Path) -> Decoded {
    decode_file(path, &DecodeOptions::default(), 1 << 30, &mut no_progress).unwrap()
}

/// Samples that `format` can hold exactly.
fn exact(format: WavFormat, count: usize) -> Vec<f32> {
    let mut noise = Noise(5);
    let bits = match format {
        WavFormat::U8 => 8,
        WavFormat::I16 => 16,
        WavFormat::I24 | WavFormat::I32 => 24,
        WavFormat::F32 | WavFormat::F64 => {
            return (0..count).map(|_| noise.sample() * 3.0).collect();
        }
    };
    let full = (1i64 << (bits - 1)) as f32;
    (0..count)
        .map(|_| (noise.sample() * full).floor() / full)
        .collect()
}

fn interleave(channels: &[Vec<f32>]) -> Vec<f32> {
    (0..channels[0].len())
        .flat_map(|i| channels.iter().map(move |c| c[i]))
        .collect()
}

#[test]
fn round_trips_are_bit_exact_as_wav_and_rf64() {
    let dir = tempfile::tempdir().unwrap();
    for format in [
        WavFormat::U8,
        WavFormat::I16,
        WavFormat::I24,
        WavFormat::I32,
        WavFormat::F32,
        WavFormat::F64,
    ] {
        for channels in [1u16, 2, 6, 64] {
            for (limit, container) in [(u32::MAX.into(), Container::Wav), (99, Container::Rf64)] {
                let x = exact(format, usize::from(channels) * 1021);
                let path = dir.path().join("x.wav");
                let summary = write(&path, spec(channels, format), &x, limit);
                let back = read(&path);
                let label = format!("{format:?} {channels} {container:?}");
                assert_eq!(interleave(&back.channels), x, "{label}");
                assert_eq!(
                    (back.info.container, summary.frames),
                    (container, 1021),
                    "{label}"
                );
                assert_eq!(back.info.layout, Layout::usual(channels), "{label}");
                let is_small = matches!(format, WavFormat::I16 | WavFormat::U8);
                assert_eq!(back.info.exact_i16, is_small, "{label}");
                assert_eq!(summary.bytes, fs::metadata(&path).unwrap().len(), "{label}");
                assert_eq!((summary.clips, back.warnings.len()), (0, 0), "{label}");
            }
        }
    }
}

/// ffmpeg as an oracle; without it only our own reader has a say.
#[test]
fn ffmpeg_reads_the_same_samples() {
    let dir = tempfile::tempdir().unwrap();
    let x = exact(WavFormat::I16, 2 * 3001);
    for format in [
        WavFormat::I16,
        WavFormat::I24,
        WavFormat::I32,
        WavFormat::F32,
    ] {
        for limit in [u64::from(u32::MAX), 99] {
            let path = dir.path().join("x.wav");
            write(&path, spec(2, format), &x, limit);
            let args = [
                "-v",
                "error",
                "-i",
                path.to_str().unwrap(),
                "-f",
                "f32le",
                "-",
            ];
            let Some((ok, raw, log)) = oracle("ffmpeg", &args) else {
                return;
            };
            let y: Vec<f32> = raw
                .as_chunks::<4>()
                .0
                .iter()
                .map(|b| f32::from_le_bytes(*b))
                .collect();
            assert!(ok && log.is_empty(), "{log}");
            assert_eq!(y, x, "{format:?} {limit}");
        }
    }
}

#[test]
fn empty_and_odd_sizes_are_valid() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("x.wav");
    for frames in [0, 1] {
        write(
            &path,
            spec(1, WavFormat::I24),
            &vec![0.5; frames],
            u32::MAX.into(),
        );
        assert_eq!(read(&path).channels, [vec![0.5; frames]]);
        assert_eq!(fs::metadata(&path).unwrap().len() % 2, 0);
    }
}

#[test]
fn same_input_same_bytes_and_dither_only_when_asked() {
    let dir = tempfile::tempdir().unwrap();
    let x = signal_f32(4000, 0);
    let bytes = |name: &str, dither| {
        let path = dir.path().join(name);
        write(
            &path,
            WavSpec {
                dither,
                ..spec(1, WavFormat::I16)
            },
            &x,
            u32::MAX.into(),
        );
        fs::read(path).unwrap()
    };
    let (plain, a) = (
        bytes("p", Dither::None),
        bytes("a", Dither::Tpdf { seed: 3 }),
    );
    assert_eq!(a, bytes("b", Dither::Tpdf { seed: 3 }));
    assert_ne!(a, bytes("c", Dither::Tpdf { seed: 4 }));
    assert_ne!(a, plain);
}

#[test]
fn refuses_what_it_cannot_write_and_leaves_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("x.wav");
    let mut writer = WavWriter::create(&path, spec(2, WavFormat::F32)).unwrap();
    assert!(matches!(writer.write(&[0.0]), Err(Error::Argument { .. })));
    writer.write(&[0.0; 4]).unwrap();
    let nan = writer.write(&[0.0, 0.0, 0.0, f32::NAN]);
    assert!(matches!(
        nan,
        Err(Error::NonFinite {
            frame: 3,
            channel: 1,
            ..
        })
    ));
    drop(writer);
    assert!(WavWriter::create(&path, spec(0, WavFormat::F32)).is_err());
    assert!(WavWriter::create(&path, spec(65, WavFormat::F32)).is_err());
    let low = WavSpec {
        sample_rate: 1,
        ..spec(1, WavFormat::F32)
    };
    let text = WavWriter::create(&path, low).unwrap_err().to_string();
    assert!(
        text.ends_with("sample rate in Hz 1 is not in 8000..=384000"),
        "{text}"
    );
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
}

#[test]
fn clips_are_counted() {
    let dir = tempfile::tempdir().unwrap();
    let path: PathBuf = dir.path().join("x.wav");
    let summary = write(
        &path,
        spec(1, WavFormat::I16),
        &[1.5, -1.0, -2.0, 0.0],
        u32::MAX.into(),
    );
    assert_eq!(summary.clips, 2);
    assert_eq!(
        read(&path).channels,
        [[32_767.0 / 32_768.0, -1.0, -1.0, 0.0]]
    );
}
