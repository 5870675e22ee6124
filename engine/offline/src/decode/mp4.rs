//! Encoder delay and padding of MP4 files: edit lists and iTunes' `iTunSMPB`.
//!
//! symphonia 0.6 ignores both, so the boxes that matter are read here. Anything odd means "no
//! edit": symphonia judges the file itself.

use std::io::{Read, Seek, SeekFrom};

/// Boxes visited before giving up.
const MAX_BOXES: u32 = 10_000;
/// Largest leaf box read into memory.
const MAX_LEAF_BYTES: u64 = 64 * 1024;

/// Frames to drop in front, and frames to keep after that, at the track's sample rate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Edit {
    pub(super) delay: u64,
    pub(super) frames: Option<u64>,
}

#[derive(Debug, Default)]
struct Track {
    is_audio: bool,
    timescale: u64,
    /// Duration in the movie's timescale, start in the track's.
    edit: Option<(u64, i64)>,
    /// Sum of `stts` in the track's timescale.
    total: u64,
}

/// The boxes of a file that tell its edits.
#[derive(Debug, Default)]
pub(super) struct Movie {
    timescale: u64,
    tracks: Vec<Track>,
    /// Delay, padding, valid frames.
    smpb: Option<[u64; 3]>,
    /// Where the names of boxes with texts and pictures lie.
    texts: Vec<u64>,
    /// Bytes of covers.
    pictures: u64,
    boxes: u32,
}

/// Reads the boxes of a file; `None` if they cannot be followed.
pub(super) fn read(file: &mut (impl Read + Seek), offset: u64) -> Option<Movie> {
    let len = file.seek(SeekFrom::End(0)).ok()?;
    let mut movie = Movie::default();
    walk(file, &mut movie, offset, len, 0)?;
    Some(movie)
}

/// Whether the file ends before, or within, the box that tells where its sound lies. False for one
/// whose boxes make no sense.
pub(super) fn is_without_index(file: &mut (impl Read + Seek), offset: u64) -> bool {
    let Ok(len) = file.seek(SeekFrom::End(0)) else {
        return false;
    };
    let mut at = offset;
    for _ in 0..MAX_BOXES {
        let mut head = [0; 16];
        let mut read = |at: u64, bytes: &mut [u8]| -> Option<()> {
            file.seek(SeekFrom::Start(at)).ok()?;
            file.read_exact(bytes).ok()
        };
        if read(at, &mut head[..8]).is_none() {
            return true;
        }
        let (size, header) = match be(&head[..4]) {
            0 => (len - at, 8),
            1 if read(at + 8, &mut head[8..]).is_some() => (be(&head[8..]), 16),
            1 => return true,
            size => (size, 8),
        };
        let Some(next) = at.checked_add(size).filter(|_| size >= header) else {
            return false;
        };
        if next > len || head[4..8] == *b"moov" {
            return next > len;
        }
        at = next;
    }
    false
}

/// Bytes of the covers in a file, as far as its boxes can be followed.
pub(crate) fn picture_bytes(file: &mut (impl Read + Seek)) -> u64 {
    let mut movie = Movie::default();
    let end = file.seek(SeekFrom::End(0)).unwrap_or(0);
    // What comes behind a box that makes no sense, nobody reads.
    let _ = walk(file, &mut movie, 0, end, 0);
    movie.pictures
}

impl Movie {
    /// What a demuxer is to see in other places, so that it takes texts and pictures for free space.
    pub(super) fn hidden(&self) -> Vec<(u64, u8)> {
        let named = |at: &u64| (*at..).zip(*b"free").collect::<Vec<_>>();
        self.texts.iter().flat_map(named).collect()
    }

    /// Ticks a second of the first audio track.
    pub(super) fn clock(&self) -> Option<u32> {
        let track = self.tracks.iter().find(|t| t.is_audio)?;
        u32::try_from(track.timescale).ok()
    }

    /// The edit of the first audio track at its rate in Hz, or `None` if it has none.
    pub(super) fn edit(&self, sample_rate: u32) -> Option<Edit> {
        resolve(self, u64::from(sample_rate))
    }
}

fn resolve(movie: &Movie, rate: u64) -> Option<Edit> {
    let track = movie.tracks.iter().find(|t| t.is_audio)?;
    let scale = |ticks: u64, timescale: u64| {
        let frames = u128::from(ticks) * u128::from(rate) / u128::from(timescale.max(1));
        u64::try_from(frames).ok()
    };
    let total = scale(track.total, track.timescale)?;
    if let Some([delay, padding, valid]) = movie.smpb {
        // Some writers count the padding short; the valid count is what players honour.
        let sane = valid > 0 && delay.saturating_add(valid) <= total.saturating_add(padding);
        if sane && delay < rate {
            return Some(Edit {
                delay,
                frames: Some(valid),
            });
        }
    }
    let (duration, start) = track.edit?;
    let delay = scale(u64::try_from(start).ok()?, track.timescale)?;
    let rest = total.checked_sub(delay)?;
    let edited = scale(duration, movie.timescale)?;
    // One tick of the movie's clock is often a millisecond: within it, the sample table is exact.
    let tick = rate / movie.timescale.max(1) + 1;
    let frames = if duration == 0 || edited.saturating_add(tick) >= rest {
        rest
    } else {
        edited
    };
    Some(Edit {
        delay,
        frames: Some(frames),
    })
}

/// Visits the boxes between `at` and `end`.
fn walk<R: Read + Seek>(
    file: &mut R,
    movie: &mut Movie,
    mut at: u64,
    end: u64,
    depth: u32,
) -> Option<()> {
    while at.checked_add(8)? <= end {
        movie.boxes += 1;
        if movie.boxes > MAX_BOXES || depth > 8 {
            return None;
        }
        file.seek(SeekFrom::Start(at)).ok()?;
        let mut head = [0; 8];
        file.read_exact(&mut head).ok()?;
        let (mut size, mut header) = (be(&head[..4]), 8);
        if size == 1 {
            let mut large = [0; 8];
            file.read_exact(&mut large).ok()?;
            (size, header) = (be(&large), 16);
        } else if size == 0 {
            size = end - at;
        }
        let next = at.checked_add(size)?;
        if size < header || next > end {
            return None;
        }
        match &head[4..] {
            b"udta" => movie.texts.push(at + 4),
            b"covr" => movie.pictures += size,
            _ => {}
        }
        enter(file, movie, &head[4..], at + header, next, depth)?;
        at = next;
    }
    Some(())
}

fn enter<R: Read + Seek>(
    file: &mut R,
    movie: &mut Movie,
    kind: &[u8],
    body: u64,
    end: u64,
    depth: u32,
) -> Option<()> {
    match kind {
        b"trak" => movie.tracks.push(Track::default()),
        b"moov" | b"mdia" | b"minf" | b"stbl" | b"edts" | b"udta" | b"ilst" => {}
        // A full box: version and flags come before the children.
        b"meta" => return walk(file, movie, body.checked_add(4)?, end, depth + 1),
        b"mvhd" | b"mdhd" | b"hdlr" | b"elst" | b"stts" | b"----" => {
            let mut bytes = Vec::new();
            file.take((end - body).min(MAX_LEAF_BYTES))
                .read_to_end(&mut bytes)
                .ok()?;
            // A leaf that cannot be read is one that is not there.
            let _ = leaf(movie, kind, &bytes, end - body);
            return Some(());
        }
        _ => return Some(()),
    }
    walk(file, movie, body, end, depth + 1)
}

fn leaf(movie: &mut Movie, kind: &[u8], bytes: &[u8], len: u64) -> Option<()> {
    let wide = *bytes.first()? == 1;
    match kind {
        b"mvhd" => movie.timescale = field(bytes, if wide { 20 } else { 12 }, 4)?,
        b"----" => movie.smpb = movie.smpb.or_else(|| itunsmpb(bytes)),
        b"mdhd" => {
            movie.tracks.last_mut()?.timescale = field(bytes, if wide { 20 } else { 12 }, 4)?
        }
        b"hdlr" => {
            // `meta` has a handler too; only the track's first one counts.
            let track = movie.tracks.last_mut()?;
            track.is_audio |= bytes.get(8..12)? == b"soun";
        }
        b"elst" => movie.tracks.last_mut()?.edit = first_edit(bytes, wide),
        b"stts" => movie.tracks.last_mut()?.total = total_duration(bytes, len)?,
        _ => {}
    }
    Some(())
}

/// The only edit with media in it; lists that splice are beyond an encoder's delay.
fn first_edit(bytes: &[u8], wide: bool) -> Option<(u64, i64)> {
    let count = field(bytes, 4, 4)?;
    let row = if wide { 20 } else { 12 };
    let mut edits = Vec::new();
    for i in 0..usize::try_from(count.min(16)).ok()? {
        let at = 8 + i * row;
        let (duration, start) = if wide {
            (field(bytes, at, 8)?, field(bytes, at + 8, 8)?.cast_signed())
        } else {
            let start = u32::try_from(field(bytes, at + 4, 4)?).ok()?;
            (field(bytes, at, 4)?, i64::from(start.cast_signed()))
        };
        edits.push((duration, start));
    }
    edits.retain(|edit| edit.1 >= 0);
    (edits.len() == 1).then(|| edits.first().copied()).flatten()
}

fn total_duration(bytes: &[u8], len: u64) -> Option<u64> {
    let count = field(bytes, 4, 4)?;
    if len > MAX_LEAF_BYTES || count > (len.saturating_sub(8)) / 8 {
        return None;
    }
    let rows = bytes
        .get(8..)?
        .chunks_exact(8)
        .take(usize::try_from(count).ok()?);
    Some(rows.fold(0, |sum: u64, row| {
        sum.saturating_add(be(&row[..4]).saturating_mul(be(&row[4..])))
    }))
}

/// " 00000000 00000840 000001CA 00000000003F31F6 ...": delay, padding, valid frames in hex.
fn itunsmpb(bytes: &[u8]) -> Option<[u64; 3]> {
    let text = String::from_utf8_lossy(bytes);
    if !text.contains("iTunSMPB") {
        return None;
    }
    let at = text.find(" 00000000 ")?;
    let mut words = text[at..].split_whitespace().skip(1);
    let mut next = || u64::from_str_radix(words.next()?, 16).ok();
    Some([next()?, next()?, next()?])
}

fn field(bytes: &[u8], at: usize, len: usize) -> Option<u64> {
    Some(be(bytes.get(at..at.checked_add(len)?)?))
}

fn be(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0, |n, b| (n << 8) | u64::from(*b))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn movie(edit: Option<(u64, i64)>, smpb: Option<[u64; 3]>) -> Movie {
        let track = Track {
            is_audio: true,
            timescale: 44_100,
            edit,
            total: 1024 * 10,
        };
        Movie {
            timescale: 1000,
            tracks: vec![track],
            smpb,
            texts: Vec::new(),
            pictures: 0,
            boxes: 0,
        }
    }

    #[test]
    fn sample_table_beats_a_coarse_edit_list() {
        // 9216 frames are 208.98 ms, written as 208 or 209.
        for ms in [208, 209] {
            let edit = resolve(&movie(Some((ms, 1024)), None), 44_100).unwrap();
            assert_eq!(
                edit,
                Edit {
                    delay: 1024,
                    frames: Some(9216)
                }
            );
        }
        let shorter = resolve(&movie(Some((100, 1024)), None), 44_100).unwrap();
        assert_eq!(shorter.frames, Some(4410));
        assert_eq!(resolve(&movie(None, None), 44_100), None);
    }

    #[test]
    fn itunes_tag_wins_when_sane() {
        let tag = "....mean....name....iTunSMPBdata........ 00000000 00000840 000001CA 0000000000001000 0";
        assert_eq!(itunsmpb(tag.as_bytes()), Some([0x840, 0x1CA, 0x1000]));
        let edit = resolve(&movie(Some((209, 1024)), Some([2112, 458, 4096])), 44_100).unwrap();
        assert_eq!(
            edit,
            Edit {
                delay: 2112,
                frames: Some(4096)
            }
        );
        let absurd = resolve(&movie(None, Some([2112, 0, 1 << 40])), 44_100);
        assert_eq!(absurd, None);
    }
}
