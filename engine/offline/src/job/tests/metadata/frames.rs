//! Frames of ID3 that say more than a text, and fields that formats have other names for.

use lofty::config::WriteOptions;
use lofty::mp4::{Atom, AtomData, AtomIdent, Ilst};
use lofty::tag::TagExt as _;

use super::*;

fn frame(id: &[u8; 4], body: &[u8]) -> Vec<u8> {
    [&id[..], &[0, 0, 0, body.len() as u8, 0, 0], body].concat()
}

/// A WAV file with a chunk of ID3 in it, of which every kind of file that has ID3 can be made.
fn with_id3(space: &Space, frames: &[Vec<u8>]) -> PathBuf {
    let x = sine(48_000, 24_000, 1, 400.0, 0.5);
    let input = space.wav("id3.wav", 48_000, 1, WavFormat::I16, &x);
    let frames = frames.concat();
    let [high, low] = [frames.len() >> 7, frames.len() & 0x7F].map(|n| n as u8);
    let tag = [b"ID3\x04\0\0\0\0".as_slice(), &[high, low], &frames].concat();
    with_chunks(&input, &[(b"id3 ", tag)]);
    input
}

fn comments() -> Vec<Vec<u8>> {
    vec![
        frame(b"COMM", b"\x03engiTunNORM\0 00000A12 00000A12"),
        frame(b"COMM", b"\x03engiTunSMPB\0 00000000 00000210"),
        frame(b"COMM", b"\x03eng\0my comment"),
        frame(b"COMM", b"\x03gerother\0noch einer"),
        frame(b"USLT", b"\x03eng\0la la"),
        frame(b"POPM", b"a@b\0\xC8\0\0\0\x03"),
    ]
}

fn aiff() -> Settings {
    Settings::new(Encoding::Aiff { bits: 16 })
}

/// With the same sound, so that nothing that it says is stale.
fn same_kind(space: &Space, input: &Path) -> PathBuf {
    let first = go(&space.job(input, "1.aiff", aiff())).unwrap();
    assert_eq!(first.warnings, []);
    go(&space.job(&first.output, "2.aiff", aiff()))
        .unwrap()
        .output
}

#[test]
fn comments_with_a_description_are_not_the_users() {
    let space = Space::new();
    let input = with_id3(&space, &comments());
    let made = go(&space.job(&input, "a.flac", flac())).unwrap();
    let tags = Tags::read(&made.output).unwrap();
    let mut texts = tags.texts;
    texts.sort();
    let expected = [
        ("COMMENT", "my comment"),
        ("COMMENT:other", "noch einer"),
        ("LYRICS", "la la"),
        ("iTunNORM", " 00000A12 00000A12"),
    ];
    assert_eq!(texts, pairs(&expected));
    let text = made.warnings[0].to_string();
    assert!(text.contains("the ID3 frames POPM"), "{text}");
    // What the level was is not that of a softer sound.
    let softer = Settings {
        normalise: Some(Normalise::new(LoudnessMode::Lufs, -30.0)),
        ..flac()
    };
    let softer = go(&space.job(&input, "softer.flac", softer)).unwrap();
    let tags = Tags::read(&softer.output).unwrap();
    assert_eq!(tags.get("ITUNNORM"), None);
    assert_eq!(tags.get("COMMENT"), Some("my comment"));
    // And back into ID3: what is there of a description stays.
    let back = go(&space.job(&made.output, "back.aiff", aiff())).unwrap();
    let file = std::fs::read(&back.output).unwrap();
    assert!(holds(&file, b"COMM\0\0\0\x14\0\0\x03XXXother\0noch einer"));
}

fn holds(file: &[u8], part: &[u8]) -> bool {
    file.windows(part.len()).any(|window| window == part)
}

#[test]
fn frames_stay_what_they_are_between_files_with_id3() {
    let space = Space::new();
    let path = same_kind(&space, &with_id3(&space, &comments()));
    let file = std::fs::read(path).unwrap();
    for (at, frame) in comments().iter().enumerate() {
        // The second is of the encoder.
        assert_eq!(holds(&file, frame), at != 1, "frame {at}");
    }
    assert!(!holds(&file, b"TXXX"));
    // A comment that somebody gives takes the place of the other.
    let mut settings = aiff();
    settings.metadata.set = pairs(&[("COMMENT", "new")]);
    let set = go(&space.job(&space.path("2.aiff"), "3.aiff", settings)).unwrap();
    let file = std::fs::read(set.output).unwrap();
    assert!(!holds(&file, b"my comment") && holds(&file, b"new"));
    assert!(holds(&file, b"gerother\0noch einer"));
}

#[test]
fn words_and_beats_have_one_field_in_every_format() {
    let space = Space::new();
    let input = space.wav("w.wav", 48_000, 1, WavFormat::I16, &[0.25; 4_800]);
    let mut settings = flac();
    settings.metadata.set = pairs(&[("LYRICS", "la la"), ("BPM", "128")]);
    let first = go(&space.job(&input, "a.flac", settings)).unwrap();
    let id3 = go(&space.job(&first.output, "b.aiff", aiff())).unwrap();
    let file = std::fs::read(&id3.output).unwrap();
    assert!(holds(&file, b"USLT") && holds(&file, b"TBPM") && !holds(&file, b"TXXX"));
    let m4a = space.path("c.m4a");
    std::fs::copy(crate::testing::fixture("alac.m4a"), &m4a).unwrap();
    let mut ilst = Ilst::new();
    ilst.insert(Atom::new(
        AtomIdent::Fourcc(*b"tmpo"),
        AtomData::SignedInteger(128),
    ));
    ilst.insert(Atom::new(
        AtomIdent::Fourcc(*b"\xA9lyr"),
        AtomData::UTF8("la la".to_owned()),
    ));
    ilst.save_to_path(&m4a, WriteOptions::new()).unwrap();
    for (name, from) in [("d", &id3.output), ("e", &m4a)] {
        let made = go(&space.job(from, &format!("{name}.flac"), flac())).unwrap();
        assert_eq!(made.warnings, [], "{name}");
        let mut texts = Tags::read(&made.output).unwrap().texts;
        texts.sort();
        assert_eq!(
            texts,
            pairs(&[("BPM", "128"), ("LYRICS", "la la")]),
            "{name}"
        );
    }
    let made = go(&space.job(&m4a, "f.aiff", aiff())).unwrap();
    let file = std::fs::read(&made.output).unwrap();
    assert!(holds(&file, b"USLT") && !holds(&file, b"TXXX"));
}
