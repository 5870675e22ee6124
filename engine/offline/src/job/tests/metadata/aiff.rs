//! Points and loops of AIFF.

use super::*;

/// A chunk of AIFF.
fn form_chunk(id: &[u8; 4], body: &[u8]) -> Vec<u8> {
    let mut chunk = id.to_vec();
    chunk.extend((body.len() as u32).to_be_bytes());
    chunk.extend(body);
    chunk.resize(chunk.len().next_multiple_of(2), 0);
    chunk
}

/// The body of a chunk of AIFF.
fn in_form(path: &Path, id: &[u8; 4]) -> Option<Vec<u8>> {
    let file = std::fs::read(path).unwrap();
    let mut at = 12;
    while at + 8 <= file.len() {
        let size = u32::from_be_bytes(file[at + 4..at + 8].try_into().unwrap()) as usize;
        if &file[at..at + 4] == id {
            return Some(file[at + 8..at + 8 + size].to_vec());
        }
        at += 8 + size + size % 2;
    }
    None
}

/// Loop and points of an AIFF file as somebody else wrote it: the instrument plays from "in" to "out".
fn aiff_loop(space: &Space) -> PathBuf {
    let aiff = Settings::new(Encoding::Aiff { bits: 24 });
    let x = sine(48_000, 96_000, 1, 400.0, 0.5);
    let plain = space.wav("plain.wav", 48_000, 1, WavFormat::I24, &x);
    let made = go(&space.job(&plain, "loop.aiff", aiff)).unwrap();
    let mut marks = 3u16.to_be_bytes().to_vec();
    for (id, at, name) in [
        (7u16, 24_000u32, "in"),
        (9, 48_000, "out"),
        (2, 90_000, "hit"),
    ] {
        marks.extend(id.to_be_bytes());
        marks.extend(at.to_be_bytes());
        marks.push(name.len() as u8);
        marks.extend(name.as_bytes());
        marks.resize(marks.len().next_multiple_of(2), 0);
    }
    let mut instrument = vec![64, 0xF6, 10, 100, 1, 120, 0xFF, 0xFA];
    instrument.extend([0, 1, 0, 7, 0, 9, 0, 0, 0, 0, 0, 0]);
    let mut file = std::fs::read(&made.output).unwrap();
    file.extend(form_chunk(b"MARK", &marks));
    file.extend(form_chunk(b"INST", &instrument));
    let form = (file.len() as u32 - 8).to_be_bytes();
    file[4..8].copy_from_slice(&form);
    std::fs::write(&made.output, file).unwrap();
    made.output
}

#[test]
fn markers_and_loops_of_aiff_stay_in_aiff_and_wav() {
    let space = Space::new();
    let input = aiff_loop(&space);
    let aiff = Settings::new(Encoding::Aiff { bits: 24 });
    let loops = |path: &Path| -> Vec<(u64, u64)> {
        let found = read(path).info.loops;
        found.iter().map(|l| (l.start, l.end)).collect()
    };
    assert_eq!(loops(&input), [(24_000, 48_000)]);
    // There and back: the same points under the same names, in their order.
    let to_wav = go(&space.job(&input, "a.wav", wav(WavFormat::I24))).unwrap();
    assert_eq!(to_wav.warnings, []);
    assert_eq!(loops(&to_wav.output), [(24_000, 48_000)]);
    let back = go(&space.job(&to_wav.output, "b.aiff", aiff.clone())).unwrap();
    let same = go(&space.job(&input, "c.aiff", aiff.clone())).unwrap();
    for made in [back, same] {
        assert_eq!(made.warnings, []);
        assert_eq!(loops(&made.output), [(24_000, 48_000)]);
        let marks = in_form(&made.output, b"MARK").unwrap();
        assert_eq!(
            marks,
            b"\0\x03\0\x01\0\0\x5D\xC0\x02in\0\0\x02\0\0\xBB\x80\x03out\0\x03\0\x01\x5F\x90\x03hit"
        );
        let instrument = in_form(&made.output, b"INST").unwrap();
        let own = [64, 0xF6, 10, 100, 1, 120, 0xFF, 0xFA];
        assert_eq!(instrument[..8], own);
        assert_eq!(instrument[8..], [0, 1, 0, 1, 0, 2, 0, 0, 0, 0, 0, 0]);
        let args = [
            "-v",
            "error",
            "-i",
            made.output.to_str().unwrap(),
            "-f",
            "null",
            "-",
        ];
        if let Some((is_read, _, text)) = oracle("ffmpeg", &args) {
            assert!(is_read && text.is_empty(), "{text}");
        }
    }
}

#[test]
fn markers_and_loops_of_aiff_move() {
    let space = Space::new();
    let input = aiff_loop(&space);
    let settings = Settings {
        rate: Some(96_000),
        range: Range {
            start: 0.25,
            end: Some(1.5),
        },
        ..Settings::new(Encoding::Aiff { bits: 24 })
    };
    let made = go(&space.job(&input, "o.aiff", settings)).unwrap();
    let found = read(&made.output).info.loops;
    assert_eq!((found[0].start, found[0].end), (24_000, 72_000));
    // The last point is behind the cut.
    assert_eq!(made.warnings, [Warning::CutOff { loops: 0, cues: 1 }]);
    assert_eq!(in_form(&made.output, b"MARK").unwrap()[..2], [0, 2]);
    // Where there is no place, that is told.
    let made = go(&space.job(&input, "o.flac", flac())).unwrap();
    let text = made.warnings[0].to_string();
    assert!(text.contains("loops (1) and cue points (3)"), "{text}");
}

/// A loop of WAV that no point marks gets points of its own.
#[test]
fn loops_of_wav_go_to_aiff() {
    let space = Space::new();
    let aiff = Settings::new(Encoding::Aiff { bits: 24 });
    let made = go(&space.job(&looped(&space), "o.aiff", aiff)).unwrap();
    assert_eq!(made.warnings, []);
    let found = read(&made.output).info.loops;
    assert_eq!((found[0].start, found[0].end), (72_000, 96_000));
    // Three points, of which one is the beginning of the loop, and its end.
    assert_eq!(in_form(&made.output, b"MARK").unwrap()[..2], [0, 4]);
}
