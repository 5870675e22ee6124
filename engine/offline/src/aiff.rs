//! Markers, loops and the instrument of AIFF, in the words that WAV has for them.
//!
//! AIFF has points with names (`MARK`) and an instrument (`INST`) whose two loops go from one point to
//! another. WAV has the same in `cue `, `LIST` of type `adtl`, `smpl` and `inst`. Read as those, they
//! move with cuts and rates as everything else does, and go from either format into the other.

use std::collections::HashMap;
use std::fs::File;
use std::path::Path;

use crate::decode::{Container, SampleLoop, aiff_chunk, identify};
use crate::error::{Error, Result};
use crate::wav::chunk::{Chunk, MAX_EDITABLE};

/// Bytes of `INST`.
const INSTRUMENT: usize = 20;
/// Loops that an instrument has: while a key is held, and after that.
const LOOPS: usize = 2;
/// Names of points are numbers above 0 of 16 bits with a sign.
const MAX_MARKERS: usize = 32_767;
/// Bytes of `smpl` before its loops, and of a loop; bytes of a cue point.
const SAMPLER_HEAD: usize = 36;
const ROW: usize = 24;
/// The middle C: what instruments sound like who do not say.
const MIDDLE_C: u8 = 60;

/// A point between two frames.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Marker {
    id: u16,
    at: u32,
    name: Vec<u8>,
}

/// From a point to another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Stretch {
    is_alternating: bool,
    begin: u32,
    end: u32,
}

/// Note, cents, keys, velocities and dB of an instrument, as both formats have them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Instrument {
    note: u8,
    cents: i8,
    range: [u8; 4],
    gain: i16,
}

/// What AIFF has of the chunks of a WAV file.
#[derive(Debug)]
pub(crate) struct Held {
    /// `MARK` and `INST`, as far as there is something for them.
    pub(crate) chunks: Vec<Chunk>,
    /// Loops and points for which there is no place.
    pub(crate) lost_loops: usize,
    pub(crate) lost_points: usize,
}

/// Whether [`held`] looks into chunks of this name.
pub(crate) fn knows(id: &[u8; 4]) -> bool {
    [b"cue ", b"smpl", b"inst"].contains(&id)
}

/// The markers and the instrument of an AIFF file of `rate` Hz as chunks of WAV; of another file
/// nothing.
///
/// # Errors
/// [`Error::Io`].
pub(crate) fn chunks(path: &Path, rate: u32) -> Result<Vec<Chunk>> {
    let Ok((mut file, Container::Aiff, offset)) = identify(path) else {
        return Ok(Vec::new());
    };
    let len = file
        .metadata()
        .map_err(|e| Error::io(path, "read", e))?
        .len();
    let (markers, instrument) = read(&mut file, offset, len);
    let mut chunks = Vec::new();
    if let Some(bytes) = instrument {
        let (instrument, loops) = told(&bytes, &markers);
        chunks.push(Chunk::new(*b"smpl", sampler(&instrument, &loops, rate)));
        chunks.push(Chunk::new(*b"inst", instrument.of_wav().to_vec()));
    }
    if !markers.is_empty() {
        chunks.push(Chunk::new(*b"cue ", cues(&markers)));
    }
    if markers.iter().any(|marker| !marker.name.is_empty()) {
        chunks.push(Chunk::new(*b"LIST", labels(&markers)));
    }
    Ok(chunks)
}

/// The loops of an AIFF file of `frames` frames that starts at `offset`.
pub(crate) fn loops(file: &mut File, offset: u64, len: u64, frames: u64) -> Vec<SampleLoop> {
    let (markers, Some(bytes)) = read(file, offset, len) else {
        return Vec::new();
    };
    let (_, loops) = told(&bytes, &markers);
    let inside = loops.iter().filter(|(_, l)| u64::from(l.end) <= frames);
    let found = inside.map(|(_, l)| SampleLoop {
        start: l.begin.into(),
        end: l.end.into(),
        count: 0,
    });
    found.collect()
}

/// `MARK` and `INST` of what chunks of WAV tell.
///
/// # Errors
/// As [`Chunk::bytes`].
pub(crate) fn held(chunks: &[Chunk]) -> Result<Held> {
    let body = |id: &[u8; 4]| -> Result<Option<Vec<u8>>> {
        let found = chunks.iter().find(|chunk| &chunk.id == id);
        let found = found.filter(|chunk| chunk.len() <= MAX_EDITABLE);
        found.map(Chunk::bytes).transpose()
    };
    let mut names = HashMap::new();
    for chunk in chunks.iter().filter(|chunk| &chunk.id == b"LIST") {
        if chunk.len() <= MAX_EDITABLE && chunk.starts_with(b"adtl")? {
            names.extend(names_of(&chunk.bytes()?));
        }
    }
    let (mut markers, lost_points) = points(&body(b"cue ")?.unwrap_or_default(), &names);
    let (sampler, own) = (body(b"smpl")?, body(b"inst")?);
    let loops = sampler.as_deref().map(stretches).unwrap_or_default();
    let mut out = Vec::new();
    let mut lost_loops = loops.len().saturating_sub(LOOPS);
    if sampler.is_some() || own.is_some() {
        let instrument = Instrument::of(sampler.as_deref(), own.as_deref());
        let mut bytes = instrument.of_aiff().to_vec();
        for at in 0..LOOPS {
            let placed = loops.get(at).and_then(|l| place(l, &mut markers));
            lost_loops += usize::from(placed.is_none() && at < loops.len());
            let words = placed.unwrap_or_default();
            bytes.extend(words.iter().flat_map(|word| word.to_be_bytes()));
        }
        out.push(Chunk::new(*b"INST", bytes));
    }
    if !markers.is_empty() {
        out.insert(0, Chunk::new(*b"MARK", marked(&markers)));
    }
    Ok(Held {
        chunks: out,
        lost_loops,
        lost_points,
    })
}

fn read(file: &mut File, offset: u64, len: u64) -> (Vec<Marker>, Option<Vec<u8>>) {
    let mut body = |id| aiff_chunk(file, (offset, len), id, MAX_EDITABLE);
    let markers = body(b"MARK").map_or_else(Vec::new, |bytes| markers(&bytes));
    let instrument = body(b"INST").filter(|bytes| bytes.len() >= INSTRUMENT);
    (markers, instrument)
}

/// The points of a `MARK` chunk, as far as they are whole.
fn markers(bytes: &[u8]) -> Vec<Marker> {
    let count = bytes.first_chunk().map_or(0, |b| u16::from_be_bytes(*b));
    let (mut markers, mut rest) = (Vec::new(), bytes.get(2..).unwrap_or_default());
    while markers.len() < usize::from(count) {
        let Some(([a, b, c, d, e, f, len], name)) = rest.split_first_chunk::<7>() else {
            break;
        };
        let Some((name, behind)) = name.split_at_checked(usize::from(*len)) else {
            break;
        };
        markers.push(Marker {
            id: u16::from_be_bytes([*a, *b]),
            at: u32::from_be_bytes([*c, *d, *e, *f]),
            name: name.to_vec(),
        });
        // The length and the name have an even number of bytes together.
        rest = behind
            .get(usize::from(len.is_multiple_of(2))..)
            .unwrap_or_default();
    }
    markers
}

/// The bytes of a `MARK` chunk.
fn marked(markers: &[Marker]) -> Vec<u8> {
    let markers = &markers[..markers.len().min(MAX_MARKERS)];
    // At most MAX_MARKERS.
    let count = u16::try_from(markers.len()).unwrap_or(0);
    let mut bytes = count.to_be_bytes().to_vec();
    for marker in markers {
        let name = &marker.name[..marker.name.len().min(255)];
        bytes.extend(marker.id.to_be_bytes());
        bytes.extend(marker.at.to_be_bytes());
        bytes.push(u8::try_from(name.len()).unwrap_or(255));
        bytes.extend(name);
        bytes.resize(bytes.len().next_multiple_of(2), 0);
    }
    bytes
}

/// An `INST` chunk, which is long enough, with its loops and the names of the points they begin at.
fn told(bytes: &[u8], markers: &[Marker]) -> (Instrument, Vec<(u16, Stretch)>) {
    let half = |at: usize| u16::from_be_bytes([bytes[at], bytes[at + 1]]);
    let at = |id: u16| {
        let found = markers.iter().find(|marker| marker.id == id);
        found.map(|marker| marker.at)
    };
    let mut loops = Vec::new();
    for place in [8, 14] {
        let (mode, ends) = (half(place), at(half(place + 2)).zip(at(half(place + 4))));
        let Some((begin, end)) = ends.filter(|(begin, end)| begin < end) else {
            continue;
        };
        if matches!(mode, 1 | 2) {
            let stretch = Stretch {
                is_alternating: mode == 2,
                begin,
                end,
            };
            loops.push((half(place + 2), stretch));
        }
    }
    let instrument = Instrument {
        note: bytes[0],
        cents: bytes[1].cast_signed(),
        range: [bytes[2], bytes[3], bytes[4], bytes[5]],
        gain: half(6).cast_signed(),
    };
    (instrument, loops)
}

/// Play mode, first and last point of a loop, with points of its own where there are none. `None`: there
/// are too many points.
fn place(stretch: &Stretch, markers: &mut Vec<Marker>) -> Option<[u16; 3]> {
    let mut point = |at: u32| {
        if let Some(marker) = markers.iter().take(MAX_MARKERS).find(|m| m.at == at) {
            return Some(marker.id);
        }
        let id = u16::try_from(markers.len() + 1).ok();
        let id = id.filter(|id| usize::from(*id) <= MAX_MARKERS)?;
        let name = Vec::new();
        markers.push(Marker { id, at, name });
        Some(id)
    };
    let (begin, end) = (point(stretch.begin)?, point(stretch.end)?);
    Some([1 + u16::from(stretch.is_alternating), begin, end])
}

impl Instrument {
    /// Of `smpl`, and of `inst` what that does not say.
    fn of(sampler: Option<&[u8]>, own: Option<&[u8]>) -> Self {
        let mut instrument = Self {
            note: MIDDLE_C,
            cents: 0,
            range: [0, 127, 1, 127],
            gain: 0,
        };
        if let Some([note, cents, gain, range @ ..]) = own.and_then(<[u8]>::first_chunk::<7>) {
            instrument.note = *note;
            instrument.cents = cents.cast_signed();
            instrument.gain = i16::from(gain.cast_signed());
            instrument.range = *range;
        }
        if let Some(sampler) = sampler.filter(|bytes| bytes.len() >= SAMPLER_HEAD) {
            // A part of a semitone, upwards.
            let cents = (u64::from(word(sampler, 16)) * 100 + (1 << 31)) >> 32;
            let (up, cents) = if cents > 50 {
                (1, cents.cast_signed() - 100)
            } else {
                (0, cents.cast_signed())
            };
            let note = u8::try_from(word(sampler, 12)).unwrap_or(MIDDLE_C);
            instrument.note = note.saturating_add(up).min(127);
            instrument.cents = i8::try_from(cents).unwrap_or(0);
        }
        instrument
    }

    /// Note, cents, keys, velocities and dB of `INST`.
    fn of_aiff(self) -> [u8; 8] {
        let [low, high, soft, loud] = self.range;
        let [a, b] = self.gain.to_be_bytes();
        [
            self.note,
            self.cents.cast_unsigned(),
            low,
            high,
            soft,
            loud,
            a,
            b,
        ]
    }

    /// An `inst` chunk.
    fn of_wav(self) -> [u8; 7] {
        let gain = self.gain.clamp(i8::MIN.into(), i8::MAX.into());
        let gain = i8::try_from(gain).unwrap_or(0).cast_unsigned();
        let [low, high, soft, loud] = self.range;
        [
            self.note,
            self.cents.cast_unsigned(),
            gain,
            low,
            high,
            soft,
            loud,
        ]
    }
}

/// A `smpl` chunk.
fn sampler(instrument: &Instrument, loops: &[(u16, Stretch)], rate: u32) -> Vec<u8> {
    let (note, cents) = match instrument.cents {
        cents if cents < 0 => (instrument.note.saturating_sub(1), 100 + i64::from(cents)),
        cents => (instrument.note, i64::from(cents)),
    };
    let part = (cents.cast_unsigned() << 32).div_ceil(100);
    let head = [
        0,
        0,
        1_000_000_000 / rate.max(1),
        note.into(),
        u32::try_from(part).unwrap_or(u32::MAX),
        0,
        0,
        // At most LOOPS.
        u32::try_from(loops.len()).unwrap_or(0),
        0,
    ];
    let rows = loops.iter().flat_map(|(name, l)| {
        let (name, kind) = (u32::from(*name), u32::from(l.is_alternating));
        // The end is the last frame that plays.
        [name, kind, l.begin, l.end - 1, 0, 0]
    });
    let words = head.into_iter().chain(rows);
    words.flat_map(u32::to_le_bytes).collect()
}

/// The loops of a `smpl` chunk.
fn stretches(bytes: &[u8]) -> Vec<Stretch> {
    let rows = bytes.get(SAMPLER_HEAD..).unwrap_or_default();
    let count = word(bytes, 28) as usize;
    let rows = rows.as_chunks::<ROW>().0.iter().take(count);
    let loops = rows.map(|row| Stretch {
        is_alternating: word(row, 4) == 1,
        begin: word(row, 8),
        end: word(row, 12).saturating_add(1),
    });
    loops.filter(|l| l.begin < l.end).collect()
}

/// A `cue ` chunk.
fn cues(markers: &[Marker]) -> Vec<u8> {
    // A `MARK` chunk has at most 65,535.
    let count = u32::try_from(markers.len()).unwrap_or(0);
    let mut bytes = count.to_le_bytes().to_vec();
    for marker in markers {
        bytes.extend(u32::from(marker.id).to_le_bytes());
        bytes.extend(marker.at.to_le_bytes());
        bytes.extend(b"data");
        bytes.extend([0; 8]);
        bytes.extend(marker.at.to_le_bytes());
    }
    bytes
}

/// The points of a `cue ` chunk under new numbers, with their names; how many there is no place for.
fn points(bytes: &[u8], names: &HashMap<u32, Vec<u8>>) -> (Vec<Marker>, usize) {
    let rows = bytes.get(4..).unwrap_or_default();
    let (rows, _) = rows.as_chunks::<ROW>();
    let rows = &rows[..rows.len().min(word(bytes, 0) as usize)];
    let markers = rows.iter().take(MAX_MARKERS).zip(1..).map(|(row, id)| {
        // Some writers fill in one of the two.
        let (order, offset) = (word(row, 4), word(row, 20));
        Marker {
            id,
            at: if offset == 0 { order } else { offset },
            name: names.get(&word(row, 0)).cloned().unwrap_or_default(),
        }
    });
    (markers.collect(), rows.len().saturating_sub(MAX_MARKERS))
}

/// A list of type `adtl` with the names of markers.
fn labels(markers: &[Marker]) -> Vec<u8> {
    let mut bytes = b"adtl".to_vec();
    for marker in markers.iter().filter(|marker| !marker.name.is_empty()) {
        // A name has at most 255 bytes.
        let len = u32::try_from(4 + marker.name.len() + 1).unwrap_or(0);
        bytes.extend(b"labl");
        bytes.extend(len.to_le_bytes());
        bytes.extend(u32::from(marker.id).to_le_bytes());
        bytes.extend(&marker.name);
        bytes.push(0);
        bytes.resize(bytes.len().next_multiple_of(2), 0);
    }
    bytes
}

/// The names of points in a list of type `adtl`.
fn names_of(bytes: &[u8]) -> HashMap<u32, Vec<u8>> {
    let mut names = HashMap::new();
    let mut at = 4;
    while let Some(head) = bytes.get(at..at + 8) {
        let (start, len) = (at + 8, word(head, 4) as usize);
        let item = bytes.get(start..start.saturating_add(len).min(bytes.len()));
        if head.starts_with(b"labl")
            && let Some((name, text)) = item.and_then(<[u8]>::split_first_chunk::<4>)
        {
            let end = text.iter().position(|b| *b == 0).unwrap_or(text.len());
            names.insert(u32::from_le_bytes(*name), text[..end].to_vec());
        }
        at = start.saturating_add(len).saturating_add(len % 2);
    }
    names
}

fn word(bytes: &[u8], at: usize) -> u32 {
    let field = bytes.get(at..).and_then(<[u8]>::first_chunk);
    u32::from_le_bytes(field.copied().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markers_come_back_as_they_were() {
        let marker = |id, at, name: &str| Marker {
            id,
            at,
            name: name.into(),
        };
        let all = [
            marker(1, 0, "odd"),
            marker(2, 70_000, ""),
            marker(3, 9, "even"),
        ];
        let bytes = marked(&all);
        assert_eq!(bytes[..9], [0, 3, 0, 1, 0, 0, 0, 0, 3]);
        assert_eq!(markers(&bytes), all);
        // What is cut off is not read, and nothing is made up.
        assert_eq!(markers(&bytes[..bytes.len() - 2]).len(), 2);
        assert_eq!(markers(&[]), []);
    }

    #[test]
    fn an_instrument_is_the_same_in_both_formats() {
        for (note, cents) in [(60, 0), (60, 37), (60, -49), (1, -1), (127, 50)] {
            let instrument = Instrument {
                note,
                cents,
                range: [10, 90, 2, 100],
                gain: -6,
            };
            let sampler = sampler(&instrument, &[], 48_000);
            let own = instrument.of_wav();
            assert_eq!(Instrument::of(Some(&sampler), Some(&own)), instrument);
            assert_eq!(Instrument::of(None, Some(&own)), instrument);
        }
    }

    #[test]
    fn a_third_loop_has_no_place() {
        let stretch = Stretch {
            is_alternating: true,
            begin: 10,
            end: 20,
        };
        let instrument = Instrument::of(None, None);
        let body = sampler(
            &instrument,
            &[(1, stretch), (2, stretch), (3, stretch)],
            48_000,
        );
        let held = held(&[Chunk::new(*b"smpl", body)]).unwrap();
        assert_eq!((held.lost_loops, held.lost_points), (1, 0));
        let inst = held.chunks[1].bytes().unwrap();
        assert_eq!(inst[8..], [0, 2, 0, 1, 0, 2, 0, 2, 0, 1, 0, 2]);
    }
}
