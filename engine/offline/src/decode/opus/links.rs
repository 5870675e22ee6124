//! How long an Ogg Opus file is, from the heads of its pages: streams may be chained.

use std::io::{BufReader, ErrorKind, Read, Result, Seek, SeekFrom};

/// Bytes of the head of a page without the table of segments.
const PAGE_HEAD: usize = 27;

/// One stream of a chain.
#[derive(Clone, Copy, Default)]
struct Link {
    serial: u32,
    pre_skip: u64,
    /// Granule position of the first frame.
    base: Option<u64>,
    last: u64,
}

impl Link {
    fn frames(&self) -> u64 {
        let before = self.base.unwrap_or(0).saturating_add(self.pre_skip);
        self.last.saturating_sub(before)
    }
}

/// Frames of all streams in a chain that starts at `offset`, which may share a serial number. If the
/// pages do not follow one another: what the `last` page (stream and granule position) says if it is
/// of the first stream, else `None`.
pub(super) fn frames<F: Read + Seek>(
    file: &mut F,
    offset: u64,
    last: Option<(u32, u64)>,
) -> Result<Option<u64>> {
    let mut file = BufReader::new(file);
    let end = file.seek(SeekFrom::End(0))?;
    let mut at = file.seek(SeekFrom::Start(offset))?;
    let (mut total, mut link) = (0u64, Link::default());
    let mut by_last = None;
    loop {
        let page = match read_head(&mut file) {
            Ok(Some(page)) => page,
            Ok(None) => return Ok(Some(total.saturating_add(link.frames()))),
            Err(e) if matches!(e.kind(), ErrorKind::InvalidData | ErrorKind::UnexpectedEof) => {
                return Ok(by_last);
            }
            Err(e) => return Err(e),
        };
        let (flags, granule) = (page[5], number::<8>(&page, 6));
        let serial = u32::try_from(number::<4>(&page, 14)).unwrap_or(0);
        let body_len = body_len(&page);
        at = at.saturating_add(page.len() as u64 + u64::from(body_len));
        if at > end {
            return Ok(by_last);
        }
        let is_audio = serial == link.serial && granule != 0 && granule != u64::MAX;
        // Of all other pages the head says enough.
        let mut body = Vec::new();
        if flags & 2 != 0 || is_audio && link.base.is_none() {
            body.resize(usize::from(body_len), 0);
            file.read_exact(&mut body)?;
        } else {
            file.seek_relative(i64::from(body_len))?;
        }
        if flags & 2 != 0 && body.starts_with(b"OpusHead") {
            total = total.saturating_add(link.frames());
            link = Link {
                serial,
                pre_skip: number::<2>(&body, 10),
                ..Link::default()
            };
        } else if is_audio {
            let sum = || packets(&page, &body).map(|p| packet_frames(p) as u64).sum();
            let is_last = flags & 4 != 0;
            link.base.get_or_insert_with(|| match is_last {
                true => 0,
                false => granule.saturating_sub(sum()),
            });
            link.last = granule;
            if let Some((_, end)) = last.filter(|page| page.0 == serial && total == 0) {
                let whole = Link { last: end, ..link };
                by_last.get_or_insert(whole.frames());
            }
        }
    }
}

/// Head with table; `None` at the end of the file.
fn read_head(file: &mut impl Read) -> Result<Option<Vec<u8>>> {
    let mut page = Vec::new();
    Read::by_ref(file)
        .take(PAGE_HEAD as u64)
        .read_to_end(&mut page)?;
    if page.is_empty() {
        return Ok(None);
    }
    if page.len() < PAGE_HEAD || !page.starts_with(b"OggS") {
        return Err(ErrorKind::InvalidData.into());
    }
    let segments = usize::from(page[26]);
    page.resize(PAGE_HEAD + segments, 0);
    file.read_exact(&mut page[PAGE_HEAD..])?;
    Ok(Some(page))
}

/// At most 255 segments of 255 bytes.
fn body_len(page: &[u8]) -> u16 {
    page[PAGE_HEAD..].iter().map(|n| u16::from(*n)).sum()
}

/// The packets that end on a page and start there.
fn packets<'a>(page: &'a [u8], body: &'a [u8]) -> impl Iterator<Item = &'a [u8]> {
    let (mut at, mut len) = (0, 0);
    page[PAGE_HEAD..].iter().filter_map(move |n| {
        len += usize::from(*n);
        if *n == 255 {
            return None;
        }
        let packet = body.get(at..at + len);
        (at, len) = (at + len, 0);
        packet
    })
}

fn number<const N: usize>(bytes: &[u8], at: usize) -> u64 {
    let digits = bytes.get(at..at + N).unwrap_or_default();
    digits
        .iter()
        .rev()
        .fold(0, |sum, byte| sum << 8 | u64::from(*byte))
}

/// Frames at 48 kHz of a packet (RFC 6716, 3.1); 0 if it is none.
pub(super) fn packet_frames(packet: &[u8]) -> usize {
    let Some(toc) = packet.first() else {
        return 0;
    };
    let (config, code) = (usize::from(toc >> 3), toc & 3);
    let frame = match config {
        0..12 => [480, 960, 1920, 2880][config & 3],
        12..16 => [480, 960][config & 1],
        _ => [120, 240, 480, 960][config & 3],
    };
    let count = match code {
        0 => 1,
        1 | 2 => 2,
        _ => packet.get(1).map_or(0, |n| usize::from(n & 0x3F)),
    };
    let frames = frame * count;
    if frames > super::MAX_FRAMES {
        0
    } else {
        frames
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Cursor;

    /// Counts what is read.
    struct Counted(Cursor<Vec<u8>>, usize);

    impl Read for Counted {
        fn read(&mut self, into: &mut [u8]) -> Result<usize> {
            let n = self.0.read(into)?;
            self.1 += n;
            Ok(n)
        }
    }

    impl Seek for Counted {
        fn seek(&mut self, to: SeekFrom) -> Result<u64> {
            self.0.seek(to)
        }
    }

    fn page(flags: u8, granule: u64, body: &[u8]) -> Vec<u8> {
        let mut page = b"OggS\0".to_vec();
        page.push(flags);
        page.extend(granule.to_le_bytes());
        page.extend([7, 0, 0, 0].iter().chain(&[0; 8]));
        let segments = body.len() / 255 + 1;
        page.push(u8::try_from(segments).unwrap());
        page.extend(std::iter::repeat_n(255, segments - 1));
        page.push(u8::try_from(body.len() % 255).unwrap());
        page.extend(body);
        page
    }

    /// Two links of one serial number, of 50 pages each with a packet of 20 ms.
    fn chain() -> Vec<u8> {
        let mut head = b"OpusHead\x01\x01".to_vec();
        head.extend([0x38, 0x01, 0, 0, 0, 0, 0, 0, 0]);
        let mut packet = vec![0; 60_000];
        packet[0] = 31 << 3;
        let mut bytes = Vec::new();
        for _ in 0..2 {
            bytes.extend(page(2, 0, &head));
            bytes.extend(page(0, 0, b"OpusTags"));
            for n in 1..=50 {
                let flags = if n == 50 { 4 } else { 0 };
                bytes.extend(page(flags, 960 * n, &packet));
            }
        }
        bytes
    }

    #[test]
    fn bodies_are_passed_over() {
        let bytes = chain();
        let all = bytes.len();
        let mut file = Counted(Cursor::new(bytes), 0);
        let found = frames(&mut file, 0, None).unwrap();
        assert_eq!(found, Some(2 * (50 * 960 - 312)));
        assert!(file.1 < all / 4, "{} of {all}", file.1);
    }

    /// The last page says how long the first stream is, if pages behind it are cut off.
    #[test]
    fn a_body_that_is_cut_off_is_seen() {
        let mut bytes = chain();
        bytes.truncate(bytes.len() - 1);
        let last = Some((7, 48_000));
        let mut file = Cursor::new(bytes);
        assert_eq!(frames(&mut file, 0, last).unwrap(), Some(48_000 - 312));
        assert_eq!(frames(&mut file, 0, None).unwrap(), None);
    }
}
