//! What a file is, told from its bytes; its name is never looked at.

/// Bytes of the head of a file that [`sniff`] wants to see.
pub(crate) const HEAD_BYTES: usize = 64 * 1024;

/// Container found at the start of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Container {
    /// RIFF/WAVE.
    Wav,
    /// RF64 or BW64: WAV with 64-bit sizes.
    Rf64,
    /// AIFF or AIFF-C.
    Aiff,
    /// Native FLAC.
    Flac,
    /// MPEG layer III elementary stream, with or without ID3 tags.
    Mp3,
    /// Ogg (Vorbis or FLAC).
    Ogg,
    /// Ogg with Opus in it.
    OggOpus,
    /// ISO base media: MP4, M4A, MOV.
    Mp4,
    /// AAC in ADTS frames.
    Adts,
    /// Apple Core Audio Format.
    Caf,
}

impl Container {
    /// Name for people.
    pub fn name(self) -> &'static str {
        match self {
            Self::Wav => "WAV",
            Self::Rf64 => "RF64",
            Self::Aiff => "AIFF",
            Self::Flac => "FLAC",
            Self::Mp3 => "MP3",
            Self::Ogg => "Ogg",
            Self::OggOpus => "Ogg Opus",
            Self::Mp4 => "MP4",
            Self::Adts => "ADTS AAC",
            Self::Caf => "CAF",
        }
    }
}

/// Verdict of [`sniff`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Found {
    /// Decodable container that starts after `offset` bytes of tag or junk.
    Audio { container: Container, offset: u64 },
    /// Audio that is not decoded here.
    UnsupportedAudio(&'static str),
    /// Something else, described.
    NotAudio(String),
    /// Leading ID3 tag that reaches beyond the head: look again after this many bytes.
    TagUntil(u64),
}

/// Start, offset, description.
const FOREIGN: &[(&[u8], usize, &str)] = &[
    (b"\x89PNG", 0, "a PNG picture"),
    (b"\xFF\xD8\xFF", 0, "a JPEG picture"),
    (b"GIF8", 0, "a GIF picture"),
    (b"WEBP", 8, "a WebP picture"),
    (b"AVI ", 8, "an AVI video"),
    (b"%PDF", 0, "a PDF document"),
    (b"PK\x03\x04", 0, "a ZIP archive"),
    (b"\x1F\x8B", 0, "a gzip archive"),
    (b"7z\xBC\xAF", 0, "a 7z archive"),
    (b"\x7FELF", 0, "an ELF program"),
    (b"MZ", 0, "a Windows program"),
    (b"<!DOCTYPE", 0, "an HTML page"),
    (b"<html", 0, "an HTML page"),
    (
        b"version https://git-lfs",
        0,
        "a Git LFS pointer: run `git lfs pull`",
    ),
    (b"MThd", 0, "a MIDI file (notes, no audio)"),
];

/// Start, offset, name.
const OTHER_AUDIO: &[(&[u8], usize, &str)] = &[
    (b"Speex   ", 28, "Ogg Speex"),
    (b"\x1A\x45\xDF\xA3", 0, "Matroska/WebM"),
    (
        b"\x30\x26\xB2\x75\x8E\x66\xCF\x11",
        0,
        "Windows Media (ASF)",
    ),
    (b"wvpk", 0, "WavPack"),
    (b"MAC ", 0, "Monkey's Audio"),
    (b"DSD ", 0, "DSD (DSF)"),
    (b"FRM8", 0, "DSD (DSDIFF)"),
    (b".snd", 0, "Sun AU"),
    (b"#!AMR", 0, "AMR"),
    (b"TTA1", 0, "True Audio"),
    (b"MPCK", 0, "Musepack"),
    (b"MP+", 0, "Musepack"),
    (b"riff\x2E\x91\xCF\x11", 0, "Sony Wave64"),
];

/// Names the content of a file from its first bytes (up to [`HEAD_BYTES`]).
pub(crate) fn sniff(head: &[u8]) -> Found {
    if head.is_empty() {
        return Found::NotAudio("an empty file".to_owned());
    }
    if let Some(end) = id3v2_len(head) {
        return after_tag(head, end);
    }
    if let Some(container) = by_magic(head) {
        return Found::Audio {
            container,
            offset: 0,
        };
    }
    if let Some(row) = OTHER_AUDIO
        .iter()
        .find(|row| matches_at(head, row.0, row.1))
    {
        return Found::UnsupportedAudio(row.2);
    }
    if let Some(row) = FOREIGN.iter().find(|row| matches_at(head, row.0, row.1)) {
        return Found::NotAudio(row.2.to_owned());
    }
    match find_frames(head) {
        Some((container, offset)) => Found::Audio {
            container,
            offset: offset as u64,
        },
        None => Found::NotAudio(describe(head)),
    }
}

fn after_tag(head: &[u8], end: u64) -> Found {
    let Some(rest) = usize::try_from(end).ok().and_then(|end| head.get(end..)) else {
        return Found::TagUntil(end);
    };
    if rest.len() < 16 {
        return Found::TagUntil(end);
    }
    match sniff(rest) {
        Found::Audio { container, offset } => Found::Audio {
            container,
            offset: end.saturating_add(offset),
        },
        Found::TagUntil(more) => Found::TagUntil(end.saturating_add(more)),
        other => other,
    }
}

fn by_magic(head: &[u8]) -> Option<Container> {
    let at = |bytes: &[u8], offset| matches_at(head, bytes, offset);
    let is_wave = at(b"WAVE", 8);
    let container = match () {
        () if at(b"RIFF", 0) && is_wave => Container::Wav,
        () if (at(b"RF64", 0) || at(b"BW64", 0)) && is_wave => Container::Rf64,
        () if at(b"FORM", 0) && (at(b"AIFF", 8) || at(b"AIFC", 8)) => Container::Aiff,
        () if at(b"fLaC", 0) => Container::Flac,
        () if at(b"OggS", 0) && !at(b"OpusHead", 28) && !at(b"Speex   ", 28) => Container::Ogg,
        () if at(b"OggS", 0) && at(b"OpusHead", 28) => Container::OggOpus,
        () if at(b"ftyp", 4) => Container::Mp4,
        () if at(b"caff", 0) => Container::Caf,
        () => return None,
    };
    Some(container)
}

fn matches_at(head: &[u8], bytes: &[u8], offset: usize) -> bool {
    head.get(offset..)
        .is_some_and(|rest| rest.starts_with(bytes))
}

/// Length in bytes of an ID3v2 tag at the start, footer included.
fn id3v2_len(head: &[u8]) -> Option<u64> {
    let [b'I', b'D', b'3', major, _, flags, a, b, c, d, ..] = *head else {
        return None;
    };
    if major == 0xFF || [a, b, c, d].iter().any(|x| x & 0x80 != 0) {
        return None;
    }
    let size = [a, b, c, d]
        .iter()
        .fold(0u64, |n, x| (n << 7) | u64::from(*x));
    let footer = if flags & 0x10 != 0 { 10 } else { 0 };
    Some(10 + size + footer)
}

/// First offset at which two or more consecutive MPEG layer III or ADTS frames start.
fn find_frames(head: &[u8]) -> Option<(Container, usize)> {
    let starts = (0..head.len().saturating_sub(4)).filter(|&i| head[i] == 0xFF);
    for i in starts {
        if follows(head, i, mp3_frame_len) {
            return Some((Container::Mp3, i));
        }
        if follows(head, i, adts_frame_len) {
            return Some((Container::Adts, i));
        }
    }
    None
}

/// True if `len` sees a frame at `i` and at least one more right behind it; at offset 0 a single
/// frame that ends with the file is enough.
fn follows(head: &[u8], i: usize, len: fn(&[u8]) -> Option<usize>) -> bool {
    let mut at = i;
    for seen in 0..4 {
        let Some(n) = head.get(at..).and_then(len) else {
            return seen >= 2 && at + 4 > head.len();
        };
        at += n;
        if at >= head.len() {
            return seen >= 1 || (i == 0 && at == head.len());
        }
    }
    true
}

/// Length in bytes of the MPEG-1/2/2.5 layer III frame that starts here.
pub(crate) fn mp3_frame_len(bytes: &[u8]) -> Option<usize> {
    const V1: [usize; 15] = [
        0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320,
    ];
    const V2: [usize; 15] = [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160];
    let [0xFF, b1, b2, _, ..] = *bytes else {
        return None;
    };
    let (version, layer) = ((b1 >> 3) & 3, (b1 >> 1) & 3);
    if b1 & 0xE0 != 0xE0 || version == 1 || layer != 1 {
        return None;
    }
    let base = [44_100, 48_000, 32_000].get(usize::from((b2 >> 2) & 3))?;
    let index = usize::from(b2 >> 4);
    let (kbps, rate, factor) = match version {
        3 => (*V1.get(index)?, *base, 144_000),
        2 => (*V2.get(index)?, base / 2, 72_000),
        _ => (*V2.get(index)?, base / 4, 72_000),
    };
    if kbps == 0 {
        return None;
    }
    Some(factor * kbps / rate + usize::from((b2 >> 1) & 1))
}

/// Rate in Hz and channels of the layer III frame that starts here.
pub(crate) fn mp3_format(bytes: &[u8]) -> Option<(u32, usize)> {
    mp3_frame_len(bytes)?;
    let [_, b1, b2, b3, ..] = *bytes else {
        return None;
    };
    let base = *[44_100, 48_000, 32_000].get(usize::from((b2 >> 2) & 3))?;
    let rate = match (b1 >> 3) & 3 {
        3 => base,
        2 => base / 2,
        _ => base / 4,
    };
    Some((rate, if b3 >> 6 == 3 { 1 } else { 2 }))
}

/// Length in bytes of the ADTS frame that starts here.
pub(crate) fn adts_frame_len(bytes: &[u8]) -> Option<usize> {
    let [0xFF, b1, b2, b3, b4, b5, ..] = *bytes else {
        return None;
    };
    if b1 & 0xF6 != 0xF0 || (b2 >> 2) & 15 > 12 {
        return None;
    }
    let len = (usize::from(b3 & 3) << 11) | (usize::from(b4) << 3) | usize::from(b5 >> 5);
    (len > 7).then_some(len)
}

fn describe(head: &[u8]) -> String {
    let start = &head[..head.len().min(512)];
    if start.iter().all(|b| *b == 0) {
        return "only zero bytes".to_owned();
    }
    let printable = |b: &u8| matches!(b, b'\t' | b'\n' | b'\r' | 0x20..=0x7E | 0x80..);
    if std::str::from_utf8(&start[..start.len().min(64)]).is_ok() && start.iter().all(printable) {
        return "text".to_owned();
    }
    let hex: Vec<String> = start.iter().take(8).map(|b| format!("{b:02x}")).collect();
    format!("unknown bytes {}", hex.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_what_it_sees() {
        let riff = b"RIFF\0\0\0\0WAVEfmt ";
        assert_eq!(
            sniff(riff),
            Found::Audio {
                container: Container::Wav,
                offset: 0
            }
        );
        assert_eq!(
            sniff(b"OggS"),
            Found::Audio {
                container: Container::Ogg,
                offset: 0
            }
        );
        assert_eq!(sniff(b""), Found::NotAudio("an empty file".into()));
        assert_eq!(
            sniff(b"\x89PNG\r\n"),
            Found::NotAudio("a PNG picture".into())
        );
        assert_eq!(sniff(b"hello, world"), Found::NotAudio("text".into()));
        assert_eq!(sniff(&[0; 100]), Found::NotAudio("only zero bytes".into()));
        assert_eq!(
            sniff(&[1, 2, 3]),
            Found::NotAudio("unknown bytes 01 02 03".into())
        );
        let mut opus = b"OggS".to_vec();
        opus.resize(28, 0);
        opus.extend(b"OpusHead");
        assert_eq!(
            sniff(&opus),
            Found::Audio {
                container: Container::OggOpus,
                offset: 0
            }
        );
    }

    #[test]
    fn finds_frames_behind_junk_but_not_in_noise() {
        // 128 kbit/s, 44.1 kHz, no padding: 417 bytes.
        let mut file = vec![0u8; 33];
        for _ in 0..5 {
            file.extend([0xFF, 0xFB, 0x90, 0x00]);
            file.extend([0x55; 413]);
        }
        assert_eq!(
            sniff(&file),
            Found::Audio {
                container: Container::Mp3,
                offset: 33
            }
        );
        assert!(matches!(sniff(&file[..40]), Found::NotAudio(_)));
        assert!(matches!(sniff(&[0xFF; 4096]), Found::NotAudio(_)));
    }

    #[test]
    fn looks_behind_an_id3_tag() {
        let mut file = b"ID3\x04\0\0\0\0\x01\x00".to_vec();
        file.extend([0; 128]);
        assert_eq!(sniff(&file), Found::TagUntil(138));
        file.extend(b"fLaC0000000000000000");
        assert_eq!(
            sniff(&file),
            Found::Audio {
                container: Container::Flac,
                offset: 138
            }
        );
    }
}
