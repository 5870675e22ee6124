//! Damage that a demuxer steps over without a word: pages of Ogg and frames of MP3 that are gone.
//!
//! A look at the container says where they are missing, so that the decoder can say so too, or put
//! silence in their place.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{BufReader, Read, Result as IoResult, Seek, SeekFrom};
use std::ops::Range;

use symphonia::core::checksum::Crc32;
use symphonia::core::io::Monitor;

use super::sniff::{adts_frame_len, mp3_frame_len};

/// Bytes looked at together in the search for the next page or frame.
const CHUNK: usize = 8192;
/// Bytes of the head of an Ogg page without the table of segments.
const PAGE_HEAD: usize = 27;

/// A place where something is missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Hole {
    /// Packets of audio before it.
    pub(super) packets: u64,
    pub(super) size: Size,
}

/// How much is missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Size {
    /// Frames of sound.
    Frames(u64),
    /// The next packets of audio, this many, end at this frame.
    UntilEnd { packets: u64, end: u64 },
}

/// Reads at any place of a file, best forwards.
struct Bytes {
    file: BufReader<File>,
    at: u64,
    len: u64,
}

impl Bytes {
    fn new(file: File, len: u64) -> IoResult<Self> {
        let mut file = BufReader::with_capacity(1 << 16, file);
        file.seek(SeekFrom::Start(0))?;
        Ok(Self { file, at: 0, len })
    }

    /// Up to `count` bytes from `at`, fewer at the end.
    fn read(&mut self, at: u64, count: usize, out: &mut Vec<u8>) -> IoResult<()> {
        out.clear();
        match i64::try_from(i128::from(at) - i128::from(self.at)) {
            Ok(step) => self.file.seek_relative(step)?,
            Err(_) => _ = self.file.seek(SeekFrom::Start(at))?,
        }
        let n = Read::by_ref(&mut self.file)
            .take(count as u64)
            .read_to_end(out)?;
        self.at = at + n as u64;
        Ok(())
    }

    /// The first place from `at` on where `is_start` says yes to the bytes that follow, which are
    /// at least `reach` unless the file ends.
    fn find(
        &mut self,
        mut at: u64,
        reach: usize,
        mut is_start: impl FnMut(&mut Self, u64, &[u8]) -> IoResult<bool>,
    ) -> IoResult<Option<u64>> {
        let mut chunk = Vec::new();
        while at < self.len {
            self.read(at, CHUNK + reach, &mut chunk)?;
            let count = chunk.len().min(CHUNK);
            for i in 0..count {
                if is_start(self, at + i as u64, &chunk[i..])? {
                    return Ok(Some(at + i as u64));
                }
            }
            at += count.max(1) as u64;
        }
        Ok(None)
    }
}

/// What a walk over the frames of an MP3 file found.
#[derive(Default)]
pub(super) struct Mp3Walk {
    /// Bytes with whole frames, in order; what lies between is no audio.
    pub(super) parts: Vec<Range<u64>>,
    /// Frames before the end of each part.
    frames: Vec<u64>,
    /// Bytes behind each part that are neither frames nor tags.
    junk: Vec<u64>,
}

impl Mp3Walk {
    /// Walks from the first frame at `offset`.
    pub(super) fn new(file: File, offset: u64, len: u64) -> IoResult<Self> {
        let mut bytes = Bytes::new(file, len)?;
        let mut walk = Self::default();
        let (mut at, mut frames, mut head) = (offset, 0, Vec::new());
        bytes.read(at, 4, &mut head)?;
        let first = head.clone();
        loop {
            let start = at;
            while let Some(n) = frame_at(&mut bytes, at, &first, &mut head)? {
                at += n;
                frames += 1;
            }
            walk.parts.push(start..at.min(len));
            walk.frames.push(frames);
            let behind = skip_tags(&mut bytes, at)?;
            let next = bytes.find(behind, 4, |bytes, at, head| {
                if !is_like(head, &first) {
                    return Ok(false);
                }
                let n = mp3_frame_len(head).unwrap_or(0) as u64;
                let mut next = Vec::new();
                bytes.read(at + n, 4, &mut next)?;
                Ok(at + n == bytes.len || is_like(&next, &first))
            })?;
            let end = next.unwrap_or(len);
            let tail = last_tag(&mut bytes, end)?;
            // A frame that the end of the file cuts is no damage of this kind.
            bytes.read(behind, 4, &mut head)?;
            let is_cut = next.is_none() && is_like(&head, &first);
            let junk = if is_cut {
                0
            } else {
                tail.saturating_sub(behind)
            };
            walk.junk.push(junk);
            match next {
                Some(next) => at = next,
                None => return Ok(walk),
            }
        }
    }

    /// What is missing. `promised` is how many frames the file says it has, its first one included;
    /// `has_info` that the first one holds no sound.
    pub(super) fn holes(
        &self,
        promised: Option<u64>,
        has_info: bool,
        frame: u64,
    ) -> VecDeque<Hole> {
        let found = self.frames.last().copied().unwrap_or(0);
        let audio: u64 = self.parts.iter().map(|part| part.end - part.start).sum();
        // What lies behind the last frame is a tag that nobody knows, unless frames are missing.
        let has_all = promised.is_none_or(|n| n < found + 2);
        let counted = self.junk.len() - usize::from(has_all && !self.junk.is_empty());
        let junk: u64 = self.junk[..counted].iter().sum();
        // As many as the whole file lacks, if that can be; else of the usual length.
        let usual = junk as f64 * found as f64 / audio.max(1) as f64;
        let lost = promised.map_or(usual, |n| {
            let lacks = n.saturating_sub(found) as f64;
            lacks.min(2.0 * usual + 1.0)
        });
        let (mut holes, mut seen, mut before) = (VecDeque::new(), 0, 0);
        for (frames, bytes) in self.frames.iter().zip(&self.junk[..counted]) {
            seen += bytes;
            let until = rounded(lost * seen as f64 / junk.max(1) as f64);
            if until > before {
                holes.push_back(Hole {
                    packets: frames.saturating_sub(u64::from(has_info)),
                    size: Size::Frames((until - before) * frame),
                });
                before = until;
            }
        }
        holes
    }
}

#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a number of frames of a file, 0 or more"
)]
fn rounded(x: f64) -> u64 {
    x.round() as u64
}

/// Length of the frame at `at`, if a whole one like the first is there.
fn frame_at(bytes: &mut Bytes, at: u64, first: &[u8], head: &mut Vec<u8>) -> IoResult<Option<u64>> {
    bytes.read(at, 4, head)?;
    let len = mp3_frame_len(head).filter(|_| is_like(head, first));
    Ok(len.map(|n| n as u64).filter(|n| at + n <= bytes.len))
}

/// A frame's head of the version and the rate of another one.
fn is_like(head: &[u8], first: &[u8]) -> bool {
    let same = |i: usize, mask: u8| {
        let bits = |bytes: &[u8]| bytes.get(i).map(|byte| byte & mask);
        bits(head).is_some() && bits(head) == bits(first)
    };
    same(1, 0x1E) && same(2, 0x0C) && mp3_frame_len(head).is_some()
}

/// Behind the ID3v2 and APE tags that start at `at`.
fn skip_tags(bytes: &mut Bytes, mut at: u64) -> IoResult<u64> {
    let mut head = Vec::new();
    loop {
        bytes.read(at, 32, &mut head)?;
        let number = |i: usize| head.get(i).map_or(0, |byte| u64::from(*byte));
        let len = if head.starts_with(b"ID3") && head.len() >= 10 {
            let size = (6..10).fold(0, |size, i| size << 7 | (number(i) & 0x7F));
            10 + size
        } else if head.starts_with(b"APETAGEX") && head.len() == 32 {
            32 + (12..16).rev().fold(0, |size, i| size << 8 | number(i))
        } else {
            return Ok(at);
        };
        at = at.saturating_add(len);
        if at >= bytes.len {
            return Ok(bytes.len);
        }
    }
}

/// Where the ID3v1 tag in front of `end` starts, else `end`.
fn last_tag(bytes: &mut Bytes, end: u64) -> IoResult<u64> {
    let mut head = Vec::new();
    let Some(at) = end.checked_sub(128).filter(|_| end == bytes.len) else {
        return Ok(end);
    };
    bytes.read(at, 3, &mut head)?;
    Ok(if head == b"TAG" { at } else { end })
}

/// Whether the last frame of an ADTS file is not whole. What lies behind the last frame and does not
/// start like one is no part of the sound.
pub(super) fn adts_is_cut(file: File, offset: u64, len: u64) -> IoResult<bool> {
    /// Bytes of the head of a frame.
    const HEAD: usize = 7;
    let mut bytes = Bytes::new(file, len)?;
    let (mut at, mut head) = (offset, Vec::new());
    while at < len {
        bytes.read(at, HEAD, &mut head)?;
        if let Some(n) = adts_frame_len(&head) {
            at += n as u64;
            continue;
        }
        let is_part_of_head = head.len() < HEAD
            && head.first() == Some(&0xFF)
            && head.get(1).is_none_or(|byte| byte & 0xF6 == 0xF0);
        if is_part_of_head {
            return Ok(true);
        }
        // Damage, or a tag: the next frame is one that another follows.
        let next = bytes.find(at + 1, HEAD, |bytes, at, head| {
            let Some(n) = adts_frame_len(head) else {
                return Ok(false);
            };
            let (behind, mut next) = (at + n as u64, Vec::new());
            bytes.read(behind, HEAD, &mut next)?;
            Ok(behind == bytes.len || adts_frame_len(&next).is_some())
        })?;
        match next {
            Some(next) => at = next,
            None => return Ok(false),
        }
    }
    Ok(at > len)
}

/// What a walk over the pages of one stream of an Ogg file found.
#[derive(Default)]
pub(super) struct OggSeen {
    /// What is missing between pages.
    pub(super) holes: VecDeque<Hole>,
    /// The stream begins again behind its end, under the same number.
    pub(super) is_chained: bool,
}

/// Walks over the pages of one stream of an Ogg file. `is_audio` looks at the first byte of a packet.
pub(super) fn ogg_holes(
    file: File,
    offset: u64,
    len: u64,
    serial: u32,
    is_audio: fn(u8) -> bool,
) -> IoResult<OggSeen> {
    const BEGINS: u8 = 2;
    let mut bytes = Bytes::new(file, len)?;
    let mut walk = OggWalk {
        is_audio,
        sequence: None,
        part: None,
        packets: 0,
        is_lost: false,
        holes: VecDeque::new(),
    };
    let (mut at, mut page) = (offset, Vec::new());
    while at < len {
        match whole_page(&mut bytes, at, &mut page)? {
            Some(n) => {
                if page.get(14..18) == Some(&serial.to_le_bytes()) {
                    if walk.sequence.is_some() && page[5] & BEGINS != 0 {
                        return Ok(OggSeen {
                            holes: walk.holes,
                            is_chained: true,
                        });
                    }
                    walk.page(&page);
                }
                at += n;
            }
            None => {
                walk.is_lost = true;
                let is_start = |_: &mut Bytes, _, head: &[u8]| Ok(head.starts_with(b"OggS"));
                match bytes.find(at + 1, 4, is_start)? {
                    Some(next) => at = next,
                    None => break,
                }
            }
        }
    }
    Ok(OggSeen {
        holes: walk.holes,
        is_chained: false,
    })
}

/// Length of the page at `at`, which is left in `page`; `None` if it is damaged or none.
fn whole_page(bytes: &mut Bytes, at: u64, page: &mut Vec<u8>) -> IoResult<Option<u64>> {
    bytes.read(at, PAGE_HEAD + 255, page)?;
    if page.len() < PAGE_HEAD || !page.starts_with(b"OggS") || page[4] != 0 {
        return Ok(None);
    }
    let n = super::compressed::ogg_page_len(page);
    bytes.read(at, n, page)?;
    if page.len() < n {
        return Ok(None);
    }
    let mut crc = Crc32::new(0);
    crc.process_buf_bytes(&page[..22]);
    crc.process_buf_bytes(&[0; 4]);
    crc.process_buf_bytes(&page[26..]);
    Ok((page[22..26] == crc.crc().to_le_bytes()).then_some(n as u64))
}

/// Counts packets as the demuxer does.
struct OggWalk {
    is_audio: fn(u8) -> bool,
    sequence: Option<u32>,
    /// First byte of a packet that goes on with the next page.
    part: Option<u8>,
    packets: u64,
    is_lost: bool,
    holes: VecDeque<Hole>,
}

impl OggWalk {
    fn page(&mut self, page: &[u8]) {
        let sequence = word(page, 18);
        if self
            .sequence
            .is_some_and(|last| sequence != last.wrapping_add(1))
        {
            self.part = None;
            self.is_lost = true;
        }
        self.sequence = Some(sequence);
        let is_continued = page[5] & 1 != 0;
        let mut part = self.part.take().filter(|_| is_continued);
        let mut drops = is_continued && part.is_none();
        let segments = usize::from(page[26]);
        let (table, body) = page[PAGE_HEAD..].split_at(segments.min(page.len() - PAGE_HEAD));
        let (mut at, mut len, mut count) = (0usize, 0usize, 0);
        for n in table {
            len += usize::from(*n);
            if *n == 255 {
                continue;
            }
            let first = part.take().or(body.get(at).copied().filter(|_| len > 0));
            count += u64::from(!drops && first.is_some_and(self.is_audio));
            drops = false;
            (at, len) = (at + len, 0);
        }
        if len > 0 && !drops {
            self.part = part.or(body.get(at).copied());
        }
        self.completed(count, page);
    }

    /// Notes the packets that ended in a page.
    fn completed(&mut self, count: u64, page: &[u8]) {
        let end = u64::from(word(page, 6)) | u64::from(word(page, 10)) << 32;
        if count == 0 || end == u64::MAX {
            return;
        }
        if std::mem::take(&mut self.is_lost) {
            self.holes.push_back(Hole {
                packets: self.packets,
                size: Size::UntilEnd {
                    packets: count,
                    end,
                },
            });
        }
        self.packets += count;
    }
}

fn word(page: &[u8], at: usize) -> u32 {
    let bytes = page.get(at..).and_then(|rest| rest.first_chunk::<4>());
    bytes.map_or(0, |bytes| u32::from_le_bytes(*bytes))
}
