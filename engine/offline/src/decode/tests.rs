use super::*;
use crate::progress::no_progress;
use crate::testing::{FRAMES, SIX_FRAMES, fixture, signal_f32};

const MEMORY: u64 = 1 << 30;

fn decode(path: &Path) -> Result<Decoded> {
    decode_file(path, &DecodeOptions::default(), MEMORY, &mut no_progress)
}

/// Lag in frames at which `y` fits `x` best, and the error there in dB below `x`.
fn fit(x: &[f32], y: &[f32]) -> (i64, f64) {
    let dot = |lag: i64| -> f64 {
        let pairs = (0..x.len() as i64).filter(|i| (0..y.len() as i64).contains(&(i + lag)));
        pairs
            .map(|i| f64::from(x[i as usize]) * f64::from(y[(i + lag) as usize]))
            .sum()
    };
    let lag = (-1500..=1500)
        .max_by(|a, b| dot(*a).total_cmp(&dot(*b)))
        .unwrap();
    let power: f64 = x.iter().map(|x| f64::from(*x).powi(2)).sum();
    let error: f64 = x.iter().zip(y).map(|(x, y)| f64::from(x - y).powi(2)).sum();
    (lag, 10.0 * (error / power).log10())
}

#[test]
fn lossless_files_are_bit_exact() {
    let rows = [
        ("mono.aiff", Container::Aiff, "PCM 16-bit"),
        ("mono.caf", Container::Caf, "PCM 16-bit"),
        ("mono.flac", Container::Flac, "FLAC 16-bit"),
        ("flac.ogg", Container::Ogg, "FLAC 16-bit"),
        ("alac.m4a", Container::Mp4, "ALAC 16-bit"),
        ("alac.caf", Container::Caf, "ALAC 16-bit"),
    ];
    for (name, container, codec) in rows {
        let info = probe(&fixture(name), &DecodeOptions::default()).unwrap();
        assert_eq!(
            (info.container, info.codec.as_str()),
            (container, codec),
            "{name}"
        );
        let known = (name != "alac.caf").then_some(FRAMES as u64);
        assert_eq!(info.frames, known, "{name}");
        assert!(info.exact_i16, "{name}");
        assert_eq!((info.sample_rate, info.bits), (44_100, 16), "{name}");
        let decoded = decode(&fixture(name)).unwrap();
        assert_eq!(decoded.channels, [signal_f32(FRAMES, 0)], "{name}");
        assert_eq!(decoded.warnings, [], "{name}");
    }
}

/// ffmpeg as an oracle; without it only the length has a say.
#[cfg(feature = "opus")]
#[test]
fn opus_is_what_ffmpeg_decodes() {
    let path = fixture("opus.ogg");
    let decoded = decode(&path).unwrap();
    let info = &decoded.info;
    assert_eq!(
        (info.container, info.sample_rate),
        (Container::OggOpus, 48_000)
    );
    assert_eq!(info.frames, Some((FRAMES * 48_000).div_ceil(44_100) as u64));
    // ffmpeg's own decoder resamples narrow bands with another delay than the reference does.
    let args = [
        "-v",
        "error",
        "-c:a",
        "libopus",
        "-i",
        path.to_str().unwrap(),
        "-f",
        "f32le",
        "-",
    ];
    let Some((true, raw, _)) = crate::testing::oracle("ffmpeg", &args) else {
        return;
    };
    let theirs: Vec<f32> = raw
        .as_chunks::<4>()
        .0
        .iter()
        .map(|b| f32::from_le_bytes(*b))
        .collect();
    let (lag, error) = fit(&theirs, &decoded.channels[0]);
    assert!(lag == 0 && error < -50.0, "{lag} {error}");
    assert_eq!(theirs.len(), decoded.channels[0].len());
}

#[test]
fn lossy_files_have_the_right_length_and_alignment() {
    // Name, channels, known length, largest error in dB.
    let rows = [
        ("mono.mp3", 1, true, -15.0),
        ("stereo.mp3", 2, true, -20.0),
        ("mono.ogg", 1, true, -15.0),
        ("stereo.ogg", 2, true, -15.0),
        ("mono.m4a", 1, true, -15.0),
        ("stereo.m4a", 2, true, -15.0),
    ];
    for (name, channels, known, limit) in rows {
        let info = probe(&fixture(name), &DecodeOptions::default()).unwrap();
        assert_eq!(info.frames, known.then_some(FRAMES as u64), "{name}");
        assert!(!info.exact_i16, "{name}");
        let decoded = decode(&fixture(name)).unwrap();
        assert_eq!(decoded.channels.len(), channels, "{name}");
        for (c, channel) in decoded.channels.iter().enumerate() {
            assert_eq!(channel.len(), FRAMES, "{name}");
            let (lag, error) = fit(&signal_f32(FRAMES, c as u32), channel);
            assert_eq!(lag, 0, "{name}, channel {c}");
            assert!(error < limit, "{name}, channel {c}: {error} dB");
        }
        assert_eq!(decoded.warnings, [], "{name}");
    }
}

#[test]
fn adts_has_whole_packets_because_nothing_says_more() {
    let decoded = decode(&fixture("stereo.aac")).unwrap();
    assert_eq!(
        probe(&fixture("stereo.aac"), &DecodeOptions::default())
            .unwrap()
            .frames,
        None
    );
    assert_eq!(decoded.channels[0].len() % 1024, 0);
    let (lag, _) = fit(&signal_f32(FRAMES, 0), &decoded.channels[0]);
    assert_eq!(lag, 1024);
}

#[test]
fn six_channels_arrive_in_wav_order() {
    for name in ["six.flac", "six.ogg"] {
        let decoded = decode(&fixture(name)).unwrap();
        assert_eq!(decoded.channels.len(), 6, "{name}");
        assert!(
            [0x3F, 0x60F].contains(&decoded.info.layout.mask()),
            "{name}"
        );
        for (c, channel) in decoded.channels.iter().enumerate() {
            assert_eq!(channel.len(), SIX_FRAMES, "{name}");
            let (lag, error) = fit(&signal_f32(SIX_FRAMES, c as u32), channel);
            // The LFE of lossy codecs is band-limited: only its place is checked.
            assert!(
                c == 3 || (lag == 0 && error < -20.0),
                "{name}, channel {c}: {lag} {error}"
            );
        }
    }
}

#[test]
fn what_is_no_number_is_found_wherever_it_is() {
    let plain = [0.0, -0.0, 1.0, f32::MIN_POSITIVE / 2.0, f32::MAX, f32::MIN];
    let samples: Vec<f32> = plain.into_iter().cycle().take(100).collect();
    assert_eq!(f32::first_non_finite(&samples), None);
    for bad in [f32::NAN, -f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
        for at in [0, 15, 16, 50, 95, 96, 99] {
            let mut samples = samples.clone();
            samples[at] = bad;
            samples[99] = bad;
            assert_eq!(f32::first_non_finite(&samples), Some(at), "{bad}");
        }
    }
}

/// Every byte of both logarithmic codes, as ffmpeg reads it.
#[test]
fn logarithmic_wav_is_what_ffmpeg_decodes() {
    let dir = tempfile::tempdir().unwrap();
    for (tag, codec) in [(6u16, "A-law"), (7, "mu-law")] {
        let path = dir.path().join(codec);
        let mut body = b"WAVEfmt \x12\0\0\0".to_vec();
        for word in [tag, 1, 8_000, 0, 8_000, 0, 1, 8, 0] {
            body.extend(word.to_le_bytes());
        }
        body.extend(b"data\0\x01\0\0");
        body.extend(0..=255u8);
        let riff = (body.len() as u32).to_le_bytes();
        std::fs::write(&path, [b"RIFF", riff.as_slice(), &body].concat()).unwrap();
        let decoded = decode(&path).unwrap();
        let info = &decoded.info;
        assert_eq!((info.codec.as_str(), info.bits), (codec, 16));
        assert!(info.exact_i16 && decoded.warnings.is_empty());
        let own: Vec<i16> = decoded.channels[0]
            .iter()
            .map(|x| (x * 32_768.0) as i16)
            .collect();
        assert_eq!(own.len(), 256);
        let name = path.to_str().unwrap();
        let args = ["-v", "error", "-i", name, "-f", "s16le", "-"];
        if let Some((is_read, bytes, text)) = crate::testing::oracle("ffmpeg", &args) {
            assert!(is_read, "{text}");
            let theirs: Vec<i16> = bytes
                .as_chunks()
                .0
                .iter()
                .map(|b| i16::from_le_bytes(*b))
                .collect();
            assert_eq!(own, theirs, "{codec}");
        }
    }
}
