//! The bad-input table of the offline spec, row by row, and mutations of everything.

use std::fs::{self, File};
use std::io::{Seek, SeekFrom, Write};
use std::path::PathBuf;

use proptest::prelude::*;

use super::*;
use crate::progress::no_progress;
use crate::testing::{FRAMES, fixture, signal, signal_f32};

const ALL: [&str; 17] = [
    "adpcm.wav",
    "alac.caf",
    "alac.m4a",
    "flac.ogg",
    "mono.aiff",
    "mono.caf",
    "mono.flac",
    "mono.m4a",
    "mono.mp3",
    "mono.ogg",
    "opus.ogg",
    "six.flac",
    "six.m4a",
    "six.ogg",
    "stereo.aac",
    "stereo.mp3",
    "stereo.ogg",
];

const STRICT: DecodeOptions = DecodeOptions {
    limits: DecodeLimits {
        max_channels: 64,
        min_rate: 8_000,
        max_rate: 384_000,
        max_seconds: 86_400,
    },
    allow_truncated: false,
    sanitize: false,
    conceal: false,
};
const LENIENT: DecodeOptions = DecodeOptions {
    allow_truncated: true,
    sanitize: true,
    conceal: true,
    ..STRICT
};

struct Dir(tempfile::TempDir);

impl Dir {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn file(&self, bytes: &[u8]) -> PathBuf {
        let path = self.0.path().join("x.bin");
        fs::write(&path, bytes).unwrap();
        path
    }

    fn decode(&self, bytes: &[u8], options: &DecodeOptions) -> Result<Decoded> {
        decode_file(&self.file(bytes), options, 1 << 28, &mut no_progress)
    }
}

fn chunk(id: &[u8], body: &[u8]) -> Vec<u8> {
    let mut bytes = [id, &(body.len() as u32).to_le_bytes(), body].concat();
    bytes.resize(bytes.len().next_multiple_of(2), 0);
    bytes
}

fn fmt(tag: u16, channels: u16, rate: u32, bits: u16) -> Vec<u8> {
    let align = channels.wrapping_mul(bits / 8);
    let mut body = [tag.to_le_bytes(), channels.to_le_bytes()].concat();
    body.extend(rate.to_le_bytes());
    body.extend(rate.wrapping_mul(align.into()).to_le_bytes());
    body.extend(align.to_le_bytes());
    body.extend(bits.to_le_bytes());
    chunk(b"fmt ", &body)
}

/// A file of these chunks with a correct RIFF size.
fn riff(chunks: &[Vec<u8>]) -> Vec<u8> {
    let body = [b"WAVE".to_vec(), chunks.concat()].concat();
    [
        b"RIFF".to_vec(),
        (body.len() as u32).to_le_bytes().to_vec(),
        body,
    ]
    .concat()
}

fn pcm16(samples: &[i16]) -> Vec<u8> {
    samples.iter().flat_map(|x| x.to_le_bytes()).collect()
}

/// A mono 16-bit file of 100 frames, and where its data size stands.
fn small_wav() -> (Vec<u8>, usize) {
    let data = pcm16(&signal(100, 0));
    let bytes = riff(&[fmt(1, 1, 48_000, 16), chunk(b"data", &data)]);
    let at = bytes.len() - data.len() - 4;
    (bytes, at)
}

#[test]
fn wav_depths_and_odd_chunks() {
    let dir = Dir::new();
    let rows: [(u16, u16, &[u8], f32); 6] = [
        (1, 8, &[0xC0], 0.5),
        (1, 16, &[0, 0xC0], -0.5),
        (1, 24, &[0, 0, 0x40], 0.5),
        (1, 32, &[0, 0, 0, 0x80], -1.0),
        (3, 32, &[0, 0, 0x20, 0x40], 2.5),
        (3, 64, &[0, 0, 0, 0, 0, 0, 4, 0x40], 2.5),
    ];
    for (tag, bits, sample, expect) in rows {
        // An odd chunk with its pad byte in front, the format behind the data.
        let data = chunk(b"data", &sample.repeat(3));
        let bytes = riff(&[chunk(b"LIST", b"odd"), data, fmt(tag, 1, 8_000, bits)]);
        let decoded = dir.decode(&bytes, &STRICT).unwrap();
        assert_eq!(decoded.channels, [[expect; 3]], "{tag} {bits}");
        assert_eq!(decoded.info.exact_i16, bits <= 16 && tag == 1);
        assert_eq!(decoded.warnings, []);
    }
}

#[test]
fn wrong_data_sizes_are_read_to_the_end() {
    let dir = Dir::new();
    let (good, at) = small_wav();
    for size in [0, u32::MAX, 0x7FFF_F000, 201, 5000] {
        let mut bytes = good.clone();
        bytes[at..at + 4].copy_from_slice(&size.to_le_bytes());
        let decoded = dir.decode(&bytes, &STRICT).unwrap();
        assert_eq!(decoded.channels, [signal_f32(100, 0)], "{size}");
        let warning = Warning::WrongDataSize {
            declared: size.into(),
            used: 200,
        };
        assert_eq!(decoded.warnings, [warning], "{size}");
    }
    // Really empty: nothing, or another chunk, follows.
    for tail in [vec![], chunk(b"LIST", b"info")] {
        let bytes = riff(&[fmt(1, 1, 48_000, 16), chunk(b"data", b""), tail]);
        let decoded = dir.decode(&bytes, &STRICT).unwrap();
        assert_eq!((decoded.info.frames, decoded.warnings.len()), (Some(0), 0));
    }
}

/// What streams put in for a size is shorter than they may become.
#[test]
fn streams_are_read_beyond_their_placeholder() {
    let dir = Dir::new();
    let (good, at) = small_wav();
    // Eight bits and a high rate: long files that last less than a day.
    let head = riff(&[fmt(1, 1, 384_000, 8)]);
    for (size, behind, is_meant) in [
        (u32::MAX, &b""[..], false),
        (u32::MAX, b"LIST\x04\0\0\0INFO", false),
        (0x8000_0000, b"", false),
        (0x7FFF_F000, b"\0\x01\0\x02\0\x03\0\x04\0\x05", false),
        (0x8000_0000, b"LIST\x04\0\0\0INFO", true),
        (0x7FFF_F000, b"_PMX\x02\0\0\0ab", true),
        // A size that is not one of a stream.
        (0x9000_0000, b"\0\0\0\0\0\0\0\0\0\0", true),
    ] {
        let path = dir.file(&head);
        let mut file = File::options().append(true).open(&path).unwrap();
        file.write_all(b"data").unwrap();
        file.write_all(&size.to_le_bytes()).unwrap();
        let data = head.len() as u64 + 8 + u64::from(size);
        // A hole up to there, and a bit of sound if it is longer.
        file.set_len(data.next_multiple_of(2)).unwrap();
        file.seek(SeekFrom::End(0)).unwrap();
        let tail = if behind.is_empty() {
            &[0x80; 64][..]
        } else {
            behind
        };
        file.write_all(tail).unwrap();
        let rest = file.metadata().unwrap().len() - head.len() as u64 - 8;
        let decoder = Decoder::open(&path, &STRICT).unwrap();
        let used = if is_meant { size.into() } else { rest };
        assert_eq!(decoder.info().frames, Some(used), "{size:x} {behind:?}");
        let warning = Warning::WrongDataSize {
            declared: size.into(),
            used,
        };
        let told: &[Warning] = if is_meant { &[] } else { &[warning] };
        assert_eq!(decoder.warnings(), told, "{size:x} {behind:?}");
        // Sound is not taken for chunks.
        let chunks = crate::wav::chunk::read_chunks(&path).unwrap();
        assert_eq!(chunks.len(), usize::from(is_meant));
    }
    // A file that does not know its own length is not cut.
    let mut bytes = good.clone();
    bytes[4..8].fill(0xFF);
    bytes[at..at + 4].copy_from_slice(&5000u32.to_le_bytes());
    let decoded = dir.decode(&bytes, &STRICT).unwrap();
    assert_eq!(decoded.channels, [signal_f32(100, 0)]);
    let warning = Warning::WrongDataSize {
        declared: 5000,
        used: 200,
    };
    assert_eq!(decoded.warnings, [warning]);
}

#[test]
fn a_cut_wav_is_truncated_unless_allowed() {
    let dir = Dir::new();
    let (good, _) = small_wav();
    let cut = &good[..good.len() - 100];
    let Err(e) = dir.decode(cut, &STRICT) else {
        panic!("a cut file was accepted")
    };
    assert!(
        matches!(
            e,
            Error::Truncated {
                found: 100,
                expected: 200,
                ..
            }
        ),
        "{e}"
    );
    assert!(e.to_string().contains("allow_truncated"));
    let decoded = dir.decode(cut, &LENIENT).unwrap();
    assert_eq!(decoded.channels, [&signal_f32(100, 0)[..50]]);
    assert_eq!(
        decoded.warnings,
        [Warning::Truncated {
            found: 50,
            expected: 100
        }]
    );
    // No option helps where nothing says how to read it.
    for len in [4, 12, 20, 30, 36, 40] {
        for options in [&STRICT, &LENIENT] {
            let e = dir.decode(&good[..len], options).unwrap_err();
            assert!(
                matches!(e, Error::CutHeaders { .. } | Error::NotAudio { .. }),
                "{len}: {e}"
            );
        }
    }
}

#[test]
fn huge_promises_are_refused_at_once() {
    let dir = Dir::new();
    let ds64 = [1u64 << 63, 1 << 63, 0]
        .into_iter()
        .flat_map(|n| n.to_le_bytes());
    let ds64: Vec<u8> = ds64.chain([0; 4]).collect();
    let mut bytes = riff(&[
        chunk(b"ds64", &ds64),
        fmt(1, 2, 48_000, 16),
        chunk(b"data", &[0; 8]),
    ]);
    bytes[..4].copy_from_slice(b"RF64");
    let at = bytes.len() - 12;
    bytes[at..at + 4].fill(0xFF);
    for options in [STRICT, LENIENT] {
        let e = dir.decode(&bytes, &options).unwrap_err();
        assert!(
            matches!(
                e,
                Error::Limit {
                    limit: "number of frames",
                    ..
                }
            ),
            "{e}"
        );
    }
    for (channels, rate) in [(0, 48_000), (65, 48_000), (1, 7_999), (1, 384_001), (1, 0)] {
        let bytes = riff(&[fmt(1, channels, rate, 16), chunk(b"data", &[0; 260])]);
        let e = dir.decode(&bytes, &LENIENT).unwrap_err();
        assert!(matches!(e, Error::Limit { .. }), "{channels} {rate}: {e}");
    }
    let many = riff(&vec![chunk(b"LIST", b""); 10_001]);
    let e = dir.decode(&many, &LENIENT).unwrap_err();
    assert!(
        matches!(
            e,
            Error::Limit {
                limit: "number of chunks",
                ..
            }
        ),
        "{e}"
    );
}

/// Ten frames behind 5 GB of holes in a sparse file.
#[test]
fn five_gigabytes_of_rf64() {
    let dir = Dir::new();
    let data: u64 = 5_000_000_000;
    let sizes = [data + 80, data, data / 2]
        .into_iter()
        .flat_map(|n| n.to_le_bytes());
    let ds64: Vec<u8> = sizes.chain([0; 4]).collect();
    let head = riff(&[
        chunk(b"ds64", &ds64),
        fmt(1, 1, 96_000, 16),
        chunk(b"data", b""),
    ]);
    let path = dir.file(&head);
    let mut file = File::options().write(true).open(&path).unwrap();
    file.write_all(b"RF64\xFF\xFF\xFF\xFF").unwrap();
    file.seek(SeekFrom::Start(head.len() as u64 - 4)).unwrap();
    file.write_all(&[0xFF; 4]).unwrap();
    file.write_all(&pcm16(&signal(4096, 0))).unwrap();
    file.set_len(head.len() as u64 + data).unwrap();
    let mut decoder = Decoder::open(&path, &STRICT).unwrap();
    assert_eq!(decoder.info().frames, Some(data / 2));
    assert_eq!(decoder.info().container, Container::Rf64);
    assert_eq!(decoder.next_block().unwrap().unwrap(), signal_f32(4096, 0));
    assert_eq!(decoder.next_block().unwrap().unwrap(), [0.0; 4096]);
    let e = decode_file(&path, &STRICT, 1 << 30, &mut no_progress).unwrap_err();
    assert!(
        matches!(
            e,
            Error::Limit {
                limit: "bytes of decoded audio",
                ..
            }
        ),
        "{e}"
    );
}

#[test]
fn nan_is_an_error_or_zero() {
    let dir = Dir::new();
    let samples = [0.5, 0.25, f32::NAN, f32::INFINITY];
    let data: Vec<u8> = samples.iter().flat_map(|x| x.to_le_bytes()).collect();
    let bytes = riff(&[fmt(3, 2, 48_000, 32), chunk(b"data", &data)]);
    let e = dir.decode(&bytes, &STRICT).unwrap_err();
    assert!(
        matches!(
            e,
            Error::NonFinite {
                frame: 1,
                channel: 0,
                ..
            }
        ),
        "{e}"
    );
    let decoded = dir.decode(&bytes, &LENIENT).unwrap();
    assert_eq!(decoded.channels, [[0.5, 0.0], [0.25, 0.0]]);
    assert_eq!(decoded.warnings, [Warning::Sanitized { samples: 2 }]);
}

#[test]
fn foreign_files_are_named() {
    let dir = Dir::new();
    let rows: [(&[u8], &str); 4] = [
        (b"", "an empty file"),
        (b"\x89PNG\r\n\x1a\n", "a PNG picture"),
        (b"[section]\nkey = value\n", "text"),
        (b"ID3\x04\0\0\0\0\0\0", "ID3 tags without audio"),
    ];
    for (bytes, found) in rows {
        let e = dir.decode(bytes, &LENIENT).unwrap_err();
        assert!(
            matches!(&e, Error::NotAudio { .. }) && e.to_string().contains(found),
            "{e}"
        );
        assert!(e.to_string().contains("supported: WAV"));
    }
    for (name, found) in [("adpcm.wav", "IMA ADPCM"), ("six.m4a", "AAC")] {
        let e = probe(&fixture(name), &STRICT).unwrap_err();
        assert!(
            matches!(&e, Error::Unsupported { .. }) && e.to_string().contains(found),
            "{e}"
        );
    }
    assert!(matches!(
        probe(dir.0.path(), &STRICT),
        Err(Error::NotAudio { .. })
    ));
    let missing = probe(&dir.0.path().join("no such file"), &STRICT).unwrap_err();
    assert!(
        matches!(missing, Error::Io { action: "open", .. }),
        "{missing}"
    );
}

#[test]
fn names_do_not_matter_and_tags_are_skipped() {
    let dir = Dir::new();
    let mut tag = b"ID3\x03\0\0\0\0\x01\x00".to_vec();
    tag.extend([0; 128]);
    for name in ["mono.flac", "mono.mp3", "mono.m4a", "mono.ogg", "mono.aiff"] {
        let bytes = fs::read(fixture(name)).unwrap();
        let plain = dir.decode(&bytes, &STRICT).unwrap();
        assert_eq!(plain.channels[0].len(), FRAMES, "{name}");
        let tagged = dir.decode(&[tag.clone(), bytes].concat(), &STRICT);
        // MP4 holds absolute positions: with a tag in front it is a broken file.
        if name != "mono.m4a" {
            assert_eq!(tagged.unwrap().channels, plain.channels, "{name}");
        }
    }
}

#[test]
fn cut_files_are_errors_with_a_way_out() {
    let dir = Dir::new();
    for name in [
        "alac.m4a",
        "flac.ogg",
        "mono.aiff",
        "mono.caf",
        "mono.flac",
        "mono.mp3",
        "mono.ogg",
    ] {
        let bytes = fs::read(fixture(name)).unwrap();
        let cut = &bytes[..bytes.len() * 6 / 10];
        let e = dir.decode(cut, &STRICT).expect_err(name);
        let fits = matches!(
            e,
            Error::Truncated { .. } | Error::Corrupt { .. } | Error::CutHeaders { .. }
        );
        assert!(fits, "{name}: {e}");
        if let Ok(decoded) = dir.decode(cut, &LENIENT) {
            assert!(decoded.channels[0].len() < FRAMES, "{name}");
            assert!(!decoded.warnings.is_empty(), "{name}");
        }
    }
}

/// The zeros that stand for what a cut file lacks aren't rows of a table: of speakers here, 80 GB of them.
#[test]
fn a_table_in_a_cut_file_ends_with_the_file() {
    let dir = Dir::new();
    let mut bytes = fs::read(fixture("mono.caf")).unwrap();
    let at = |name: &[u8; 4]| bytes.windows(4).position(|id| id == name).unwrap() + 4;
    let (speakers, sound) = (at(b"chan") + 16, at(b"data"));
    bytes[speakers..speakers + 4].fill(0xFF);
    bytes[sound..sound + 8].copy_from_slice(&(1u64 << 50).to_be_bytes());
    for options in [STRICT, LENIENT] {
        let error = dir.decode(&bytes, &options).unwrap_err();
        assert!(!matches!(error, Error::Io { .. }), "{error}");
    }
}

/// The decoder would take memory for 4 billion frames.
#[test]
fn packets_without_measure_are_refused() {
    let dir = Dir::new();
    let mut bytes = fs::read(fixture("mono.caf")).unwrap();
    // Packets of many bytes and as many frames, as `desc` tells them.
    bytes[36..40].copy_from_slice(&0x0FFF_FFFE_u32.to_be_bytes());
    bytes[40..44].copy_from_slice(&0x7FFF_FFFF_u32.to_be_bytes());
    let error = dir.decode(&bytes, &LENIENT).unwrap_err().to_string();
    assert!(error.contains("frames in a packet"), "{error}");
}

/// The head of the last frame of ADTS says how long it is, and nothing else does.
#[test]
fn a_cut_adts_frame_is_truncated_unless_allowed() {
    let dir = Dir::new();
    let bytes = fs::read(fixture("stereo.aac")).unwrap();
    let whole = dir.decode(&bytes, &STRICT).unwrap().channels[0].len();
    let mut last = 0;
    while let Some(n) = sniff::adts_frame_len(&bytes[last..]).filter(|n| last + n < bytes.len()) {
        last += n;
    }
    for end in [
        bytes.len() - 1,
        (last + bytes.len()) / 2,
        last + 7,
        last + 3,
        last + 1,
    ] {
        let e = dir.decode(&bytes[..end], &STRICT).unwrap_err();
        assert!(matches!(e, Error::Truncated { .. }), "{end}: {e}");
        let text = e.to_string();
        let told = format!(
            "the last frame is not whole: {} frames are present",
            whole - 1024
        );
        assert!(text.contains(&told), "{end}: {text}");
        let decoded = dir.decode(&bytes[..end], &LENIENT).unwrap();
        assert_eq!(decoded.channels[0].len(), whole - 1024, "{end}");
        let found = whole as u64 - 1024;
        assert_eq!(decoded.warnings, [Warning::EndMissing { found }], "{end}");
    }
    // A file that ends with a frame, and one with a tag behind it, are whole as far as anybody can tell.
    let tag = [b"TAG".to_vec(), vec![0; 125]].concat();
    for bytes in [
        bytes[..last].to_vec(),
        [bytes[..last].to_vec(), tag].concat(),
    ] {
        let decoded = dir.decode(&bytes, &STRICT).unwrap();
        assert_eq!(decoded.channels[0].len(), whole - 1024);
        assert_eq!(decoded.warnings, []);
    }
}

/// Without its index nothing of an MP4 file can be read, and nothing is advised.
#[test]
fn an_mp4_without_its_index_is_truncated() {
    let dir = Dir::new();
    let bytes = fs::read(fixture("mono.m4a")).unwrap();
    let index = bytes.windows(4).position(|w| w == b"moov").unwrap() - 4;
    for end in [index + 40, index + 8, index + 4, index, 40] {
        for options in [STRICT, LENIENT] {
            let e = dir.decode(&bytes[..end], &options).unwrap_err();
            assert!(matches!(e, Error::CutHeaders { .. }), "{end}: {e}");
            let text = e.to_string();
            assert!(
                text.contains("truncated: the file ends before its index"),
                "{text}"
            );
            assert!(!text.contains("allow"), "{text}");
        }
    }
}

#[test]
fn corrupt_flac_frames_have_a_position_or_become_silence() {
    let dir = Dir::new();
    let mut bytes = fs::read(fixture("mono.flac")).unwrap();
    let at = bytes.len() - 2000;
    bytes[at..at + 8].fill(0x5A);
    let e = dir.decode(&bytes, &STRICT).unwrap_err();
    assert!(
        matches!(
            e,
            Error::Corrupt { unit: "frame", .. } | Error::Truncated { .. }
        ),
        "{e}"
    );
    let decoded = dir.decode(&bytes, &LENIENT).unwrap();
    assert!(!decoded.warnings.is_empty());
    assert_eq!(decoded.channels[0][..4096], signal_f32(4096, 0));
}

/// Two recordings that somebody joined: frames of another rate and number of channels behind the
/// first ones.
#[test]
fn an_mp3_that_changes_its_format_says_where_and_what_to_do() {
    let dir = Dir::new();
    // The first frame is no sound but the tag with the length.
    let frames = |name: &str| {
        let bytes = fs::read(fixture(name)).unwrap();
        let tag = sniff::mp3_frame_len(&bytes).unwrap();
        bytes[tag..].to_vec()
    };
    let joined = [frames("mono.mp3"), frames("stereo.mp3")].concat();
    for options in [STRICT, LENIENT] {
        let error = dir.decode(&joined, &options).unwrap_err();
        assert!(matches!(error, Error::FormatChange { .. }), "{error}");
        let text = error.to_string();
        assert!(text.contains("1 channels to"), "{text}");
        assert!(text.contains("2 channels; split the file there"), "{text}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    /// Whatever happens to the bytes: an error or finite samples, no panic out of the crate.
    #[test]
    fn mutations_never_panic(
        which in 0..ALL.len(),
        hits in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..12),
        near_start: bool,
        cut in prop::option::of(any::<prop::sample::Index>()),
        lenient: bool,
    ) {
        let dir = Dir::new();
        let mut bytes = fs::read(fixture(ALL[which])).unwrap();
        let reach = if near_start { bytes.len().min(400) } else { bytes.len() };
        for (at, value) in hits {
            bytes[at.index(reach)] = value;
        }
        if let Some(cut) = cut {
            bytes.truncate(cut.index(bytes.len()));
        }
        let options = if lenient { LENIENT } else { STRICT };
        if let Ok(decoded) = dir.decode(&bytes, &options) {
            prop_assert!(decoded.channels.iter().flatten().all(|x| x.is_finite()));
        }
    }

    /// The own WAV reader sees far more mutations: it has no guard around it.
    #[test]
    fn wav_mutations_never_panic(
        hits in prop::collection::vec((0usize..120, any::<u8>()), 0..12),
        cut in 0usize..260,
        id in prop::sample::select(vec![*b"RIFF", *b"RF64", *b"BW64"]),
    ) {
        let dir = Dir::new();
        let ds64: Vec<u8> = [200u64, 100, 50].into_iter().flat_map(|n| n.to_le_bytes()).collect();
        let mut bytes = riff(&[
            chunk(b"ds64", &[ds64, vec![0; 4]].concat()),
            fmt(1, 1, 48_000, 16),
            chunk(b"smpl", &[1; 60]),
            chunk(b"data", &pcm16(&signal(50, 0))),
        ]);
        bytes[..4].copy_from_slice(&id);
        hits.into_iter().for_each(|(at, value)| bytes[at] = value);
        bytes.truncate(cut);
        for options in [STRICT, LENIENT] {
            let _ = dir.decode(&bytes, &options);
        }
    }
}
