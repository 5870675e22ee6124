//! Damage in the middle of compressed files, and streams chained in one file.

use std::path::{Path, PathBuf};

use super::*;
use crate::channels::Layout;
use crate::job::{Job, Settings, run};
use crate::progress::no_progress;
use crate::sink::Encoding;
use crate::testing::{Noise, fixture};
use crate::wav::{WavFormat, WavSpec, WavWriter};

const CONCEAL: DecodeOptions = DecodeOptions {
    limits: DecodeLimits {
        max_channels: 64,
        min_rate: 8_000,
        max_rate: 384_000,
        max_seconds: 86_400,
    },
    allow_truncated: false,
    sanitize: false,
    conceal: true,
};

struct Dir(tempfile::TempDir);

impl Dir {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    /// Low noise that fades in, encoded.
    fn encoded(&self, name: &str, channels: u16, frames: u32, encoding: Encoding) -> Vec<u8> {
        let mut noise = Noise(u64::from(frames));
        let mut low = 0.0f32;
        let x: Vec<f32> = (0..frames * u32::from(channels))
            .map(|i| {
                low += 0.2 * (noise.sample() - low);
                low * (0.1 + 0.8 * i as f32 / (frames * u32::from(channels)) as f32)
            })
            .collect();
        let input = self.0.path().join("in.wav");
        let spec = WavSpec {
            layout: Layout::usual(channels),
            sample_rate: 48_000,
            format: WavFormat::F32,
            dither: crate::quantize::Dither::None,
        };
        let mut writer = WavWriter::create(&input, spec).unwrap();
        writer.write(&x).unwrap();
        writer.finish().unwrap();
        let output = self.0.path().join(name);
        let job = Job {
            input,
            output: output.clone(),
            settings: Settings {
                exists: crate::job::Exists::Overwrite,
                ..Settings::new(encoding)
            },
        };
        run(&job, &mut |_| ControlFlow::Continue(())).unwrap();
        std::fs::read(output).unwrap()
    }

    fn file(&self, bytes: &[u8]) -> PathBuf {
        let path = self.0.path().join("x.bin");
        std::fs::write(&path, bytes).unwrap();
        path
    }

    fn decode(&self, bytes: &[u8], options: &DecodeOptions) -> Result<Decoded> {
        decode_path(&self.file(bytes), options)
    }
}

fn decode_path(path: &Path, options: &DecodeOptions) -> Result<Decoded> {
    decode_file(path, options, 1 << 30, &mut no_progress)
}

fn concealed(decoded: &Decoded) -> u64 {
    let frames = decoded.warnings.iter().map(|warning| match warning {
        Warning::Concealed { frames } => *frames,
        _ => 0,
    });
    frames.sum()
}

/// The damage is told with its place, or becomes silence, and the rest stays where it was.
fn check(name: &str, dir: &Dir, whole: &[u8], damaged: &[u8]) {
    let strict = dir.decode(damaged, &DecodeOptions::default());
    let error = strict.expect_err(name);
    let at = match &error {
        Error::Corrupt {
            position,
            unit: "frame",
            ..
        } => *position,
        other => panic!("{name}: {other}"),
    };
    let good = dir.decode(whole, &DecodeOptions::default()).unwrap();
    let frames = good.channels[0].len();
    let position = at as f64 / frames as f64;
    assert!((0.2..0.8).contains(&position), "{name}: at {position}");
    let repaired = dir.decode(damaged, &CONCEAL).unwrap();
    assert_eq!(repaired.channels[0].len(), frames, "{name}");
    let lost = concealed(&repaired);
    assert!(lost > 0 && lost < frames as u64 / 2, "{name}: {lost}");
    // Nothing moved: the last tenth is what it was.
    let (a, b) = (&good.channels[0], &repaired.channels[0]);
    let tail = frames * 9 / 10..frames;
    let power = |x: &[f32]| x.iter().map(|x| f64::from(*x).powi(2)).sum::<f64>();
    let difference: Vec<f32> = tail.clone().map(|i| a[i] - b[i]).collect();
    let error = power(&difference) / power(&a[tail]);
    assert!(error < 0.05, "{name}: {error}");
}

fn overwritten(bytes: &[u8], share: f64, count: usize) -> Vec<u8> {
    let mut damaged = bytes.to_vec();
    let at = (bytes.len() as f64 * share) as usize;
    damaged[at..at + count].fill(0x5A);
    damaged
}

#[cfg(feature = "opus")]
#[test]
fn a_damaged_opus_page_becomes_silence() {
    let dir = Dir::new();
    for channels in [1, 2] {
        let encoding = Encoding::Opus { bitrate: 96_000 };
        let whole = dir.encoded("a.opus", channels, 48_000 * 8 + 777, encoding);
        check("opus", &dir, &whole, &overwritten(&whole, 0.5, 8));
        let several = overwritten(&overwritten(&whole, 0.4, 20_000), 0.45, 3);
        check("opus, more", &dir, &whole, &several);
        let mut last = whole.clone();
        let at = last.len() - 40;
        last[at..].fill(0x5A);
        let repaired = dir.decode(&last, &CONCEAL).unwrap();
        assert_eq!(repaired.channels[0].len(), 48_000 * 8 + 777);
        assert!(concealed(&repaired) > 0);
    }
}

#[cfg(feature = "vorbis")]
#[test]
fn a_damaged_vorbis_page_becomes_silence() {
    let dir = Dir::new();
    for channels in [1, 2] {
        let encoding = Encoding::Vorbis { quality: 5.0 };
        let whole = dir.encoded("a.ogg", channels, 48_000 * 8 + 777, encoding);
        check("vorbis", &dir, &whole, &overwritten(&whole, 0.5, 8));
        let several = overwritten(&overwritten(&whole, 0.4, 9_000), 0.6, 3);
        check("vorbis, more", &dir, &whole, &several);
    }
}

#[test]
fn a_damaged_flac_frame_becomes_silence() {
    let dir = Dir::new();
    let encoding = Encoding::Flac {
        bits: 16,
        level: Some(5),
    };
    let whole = dir.encoded("a.flac", 1, 48_000 * 8 + 777, encoding);
    check("flac", &dir, &whole, &overwritten(&whole, 0.5, 8));
    // More than 65,536 frames in one piece.
    let large = overwritten(&whole, 0.4, whole.len() / 4);
    check("flac, more", &dir, &whole, &large);
}

/// Frames of a fixture of constant bit rate, repeated: there is no encoder in the default build.
#[test]
fn damaged_mp3_frames_become_silence() {
    let dir = Dir::new();
    let bytes = std::fs::read(crate::testing::fixture("stereo.mp3")).unwrap();
    let mut starts = Vec::new();
    let mut at = bytes
        .windows(2)
        .position(|w| w[0] == 0xFF && w[1] & 0xE0 == 0xE0)
        .unwrap();
    while let Some(n) = sniff::mp3_frame_len(&bytes[at..]) {
        starts.push(at);
        at += n;
    }
    assert!(starts.len() > 8);
    // A head in the middle is gone: one frame is lost, wherever the count is known or not.
    let middle = starts[starts.len() / 2];
    let mut damaged = bytes.clone();
    damaged[middle..middle + 8].fill(0x5A);
    let good = dir.decode(&bytes, &DecodeOptions::default()).unwrap();
    let error = dir.decode(&damaged, &DecodeOptions::default()).unwrap_err();
    let fits = matches!(error, Error::Corrupt { unit: "frame", position, .. } if position > 1000);
    assert!(fits, "{error}");
    let repaired = dir.decode(&damaged, &CONCEAL).unwrap();
    assert_eq!(repaired.channels[0].len(), good.channels[0].len());
    assert_eq!(concealed(&repaired), 1152);
    let without = &damaged[starts[1]..];
    let error = dir.decode(without, &DecodeOptions::default()).unwrap_err();
    assert!(
        matches!(error, Error::Corrupt { unit: "frame", .. }),
        "{error}"
    );
    let repaired = dir.decode(without, &CONCEAL).unwrap();
    let whole = dir
        .decode(&bytes[starts[1]..], &DecodeOptions::default())
        .unwrap();
    assert_eq!(repaired.channels[0].len(), whole.channels[0].len());
    // What is a tag is no damage.
    let mut tagged = bytes[..middle].to_vec();
    tagged.extend(b"ID3\x03\0\0\0\0\x01\x00");
    tagged.extend([0; 128]);
    tagged.extend(&bytes[middle..]);
    tagged.extend(b"TAG");
    tagged.extend([0; 125]);
    let decoded = dir.decode(&tagged, &DecodeOptions::default()).unwrap();
    assert_eq!(decoded.channels[0].len(), good.channels[0].len());
}

/// Heads of pages damaged one after the other: never longer than the whole, never a panic.
#[cfg(all(feature = "opus", feature = "vorbis"))]
#[test]
fn any_damaged_byte_leaves_a_file_of_the_same_length() {
    let dir = Dir::new();
    for (name, encoding) in [
        ("a.opus", Encoding::Opus { bitrate: 32_000 }),
        ("a.ogg", Encoding::Vorbis { quality: 0.0 }),
    ] {
        let whole = dir.encoded(name, 1, 48_000 * 5, encoding);
        let mut same = 0;
        let places: Vec<usize> = (0..40).map(|n| whole.len() * (n + 5) / 50).collect();
        for at in &places {
            let mut damaged = whole.clone();
            damaged[*at] ^= 0x10;
            let Ok(decoded) = dir.decode(&damaged, &CONCEAL) else {
                continue;
            };
            assert!(decoded.channels[0].len() <= 48_000 * 5, "{name} {at}");
            same += usize::from(decoded.channels[0].len() == 48_000 * 5);
        }
        assert!(same * 10 > places.len() * 8, "{name}: {same}");
    }
}

/// `cat a.ogg a.ogg` has one serial number twice.
#[test]
fn a_chain_of_one_serial_number_is_refused() {
    let dir = Dir::new();
    for name in ["stereo.ogg", "flac.ogg"] {
        let one = std::fs::read(fixture(name)).unwrap();
        let options = DecodeOptions::default();
        dir.decode(&one, &options).unwrap();
        let error = dir.decode(&one.repeat(2), &options).unwrap_err();
        assert!(
            matches!(error, Error::Unsupported { .. }),
            "{name}: {error}"
        );
        assert!(error.to_string().contains("a chain"), "{name}: {error}");
    }
}

#[cfg(feature = "opus")]
#[test]
fn chained_opus_streams_are_read_to_the_end() {
    let dir = Dir::new();
    let encoding = Encoding::Opus { bitrate: 64_000 };
    let long = dir.encoded("a.opus", 2, 48_000 * 3 + 5, encoding);
    let short = dir.encoded("b.opus", 2, 48_000 + 77, encoding);
    let mono = dir.encoded("c.opus", 1, 48_000, encoding);
    // The same file twice (`cat a.opus a.opus`) has one serial number twice.
    for parts in [[&long, &short], [&short, &long], [&short, &short]] {
        let chain = [parts[0].as_slice(), parts[1].as_slice()].concat();
        let both = dir.decode(&chain, &DecodeOptions::default()).unwrap();
        let each = parts.map(|part| dir.decode(part, &DecodeOptions::default()).unwrap());
        assert_eq!(both.warnings, []);
        let expected = [each[0].channels[0].clone(), each[1].channels[0].clone()].concat();
        assert!(both.channels[0] == expected);
        let info = probe(&dir.file(&chain), &DecodeOptions::default()).unwrap();
        assert_eq!(info.frames, Some(expected.len() as u64));
    }
    let change = [long.as_slice(), mono.as_slice()].concat();
    let error = dir.decode(&change, &DecodeOptions::default()).unwrap_err();
    let fits = matches!(error, Error::FormatChange { frame, .. } if frame == 48_000 * 3 + 5);
    assert!(fits, "{error}");
}
