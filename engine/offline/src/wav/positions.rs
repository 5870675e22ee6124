//! Frame positions in `smpl`, `cue `, `adtl`, `plst` and `bext`, moved to another start and rate.

use std::collections::{HashMap, HashSet};

use super::bext;
use super::chunk::{Chunk, MAX_EDITABLE};
use super::ixml;
use crate::error::Result;

/// How positions of the source become positions of the result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PositionMap {
    /// First frame of the source that is kept.
    pub start: u64,
    /// Frame of the source behind the last one that is kept; `u64::MAX`: all to the end.
    pub end: u64,
    /// Rate of the source in Hz.
    pub from: u32,
    /// Rate of the result in Hz.
    pub to: u32,
    /// Length of the result in frames.
    pub frames: u64,
}

/// What lay in a part of the source that is not kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LeftOut {
    /// Loops of which no frame is left.
    pub loops: u32,
    /// Cue points, with their labels.
    pub cues: u32,
}

impl LeftOut {
    /// Counts what was left out of chunks, and passes on what was not.
    pub(crate) fn add(&mut self, (chunks, left_out): (Vec<Chunk>, LeftOut)) -> Vec<Chunk> {
        self.loops += left_out.loops;
        self.cues += left_out.cues;
        chunks
    }
}

impl PositionMap {
    /// Whether positions stay what they are, and all of them.
    pub fn is_identity(&self) -> bool {
        self.start == 0 && self.end == u64::MAX && self.from == self.to
    }

    /// A frame of the source as a frame of the result: that of the nearest frame that is kept.
    pub fn frame(&self, frame: u64) -> u64 {
        self.scale(frame.min(self.end).saturating_sub(self.start))
            .min(self.frames)
    }

    /// The same for a stretch, from its first frame to the one behind its last; `None` if nothing
    /// of it is left.
    pub fn stretch(&self, from: u64, to: u64) -> Option<(u64, u64)> {
        let (from, to) = (self.frame(from), self.frame(to));
        (from < to).then_some((from, to))
    }

    /// Whether a point lies in what is kept, its end included.
    pub(super) fn has(&self, frame: u64) -> bool {
        (self.start..=self.end).contains(&frame)
    }

    /// A length or a time in frames.
    pub(super) fn scale(&self, frames: u64) -> u64 {
        crate::resample::output_frames(frames, self.from, self.to)
    }
}

/// Which names of cues and loops are left, with the places of the cues in the source.
#[derive(Default)]
struct Names {
    kept: HashMap<u32, Option<u64>>,
    gone: HashSet<u32>,
}

impl Names {
    fn is_gone(&self, name: u32) -> bool {
        self.gone.contains(&name) && !self.kept.contains_key(&name)
    }

    /// The length in the result of what starts at a cue.
    fn length(&self, name: u32, frames: u32, map: &PositionMap) -> u32 {
        let frames = u64::from(frames);
        word_of(match self.kept.get(&name) {
            Some(Some(at)) => map.frame(at.saturating_add(frames)) - map.frame(*at),
            _ => map.scale(frames),
        })
    }
}

/// The chunks with their positions moved, without the loops and cues of what is cut off; chunks
/// without positions stay byte for byte.
///
/// # Errors
/// As [`Chunk::bytes`].
pub fn moved(chunks: Vec<Chunk>, map: &PositionMap) -> Result<(Vec<Chunk>, LeftOut)> {
    let mut left_out = LeftOut::default();
    if map.is_identity() {
        return Ok((chunks, left_out));
    }
    let mut names = Names::default();
    let edit = |chunk: Chunk, with: &mut dyn FnMut(&mut Vec<u8>)| -> Result<Chunk> {
        if chunk.len() > MAX_EDITABLE {
            return Ok(chunk);
        }
        let mut bytes = chunk.bytes()?;
        with(&mut bytes);
        Ok(Chunk::new(chunk.id, bytes))
    };
    let mut out = Vec::with_capacity(chunks.len());
    for chunk in chunks {
        out.push(match &chunk.id {
            b"smpl" => edit(chunk, &mut |bytes| {
                left_out.loops += sampler(bytes, map, &mut names);
            })?,
            b"cue " => edit(chunk, &mut |bytes| {
                left_out.cues += cues(bytes, map, &mut names);
            })?,
            b"bext" => edit(chunk, &mut |bytes| {
                bext::shift_time(bytes, |t| map.scale(t.saturating_add(map.start)));
            })?,
            b"iXML" => edit(chunk, &mut |bytes| ixml::moved(bytes, map))?,
            _ => chunk,
        });
    }
    // Labels may come before what they name.
    for chunk in &mut out {
        let whole = std::mem::replace(chunk, Chunk::new(*b"JUNK", Vec::new()));
        *chunk = match &whole.id {
            b"LIST" => edit(whole, &mut |bytes| labels(bytes, map, &names))?,
            b"plst" => edit(whole, &mut |bytes| playlist(bytes, map, &names))?,
            _ => whole,
        };
    }
    let is_empty = |chunk: &Chunk| match &chunk.body {
        super::chunk::ChunkBody::Bytes(bytes) => match &chunk.id {
            b"LIST" => bytes == b"adtl",
            b"cue " => left_out.cues > 0 && bytes == &[0; 4],
            b"plst" => !names.gone.is_empty() && bytes == &[0; 4],
            _ => false,
        },
        super::chunk::ChunkBody::InFile { .. } => false,
    };
    out.retain(|chunk| !is_empty(chunk));
    Ok((out, left_out))
}

/// The loops of a `smpl` chunk; how many are gone. What stands behind them is the maker's own.
fn sampler(bytes: &mut Vec<u8>, map: &PositionMap, names: &mut Names) -> u32 {
    const HEAD: usize = 36;
    if map.from != map.to {
        set(bytes, 8, 1_000_000_000 / map.to.max(1));
    }
    rows::<24>(bytes, 28, HEAD, |row| {
        let (name, start) = (word(row, 0), u64::from(word(row, 8)));
        // The end is the last frame that plays.
        let stretch = map.stretch(start, u64::from(word(row, 12)) + 1);
        let Some((start, end)) = stretch else {
            names.gone.insert(name);
            return false;
        };
        names.kept.entry(name).or_insert(None);
        set(row, 8, word_of(start));
        set(row, 12, word_of(end - 1));
        true
    })
}

/// The points of a `cue ` chunk; how many are gone.
fn cues(bytes: &mut Vec<u8>, map: &PositionMap, names: &mut Names) -> u32 {
    rows::<24>(bytes, 0, 4, |row| {
        // Some writers fill in one of the two.
        let (name, order, offset) = (word(row, 0), word(row, 4), word(row, 20));
        let at = u64::from(if offset == 0 { order } else { offset });
        if !map.has(at) {
            names.gone.insert(name);
            return false;
        }
        names.kept.insert(name, Some(at));
        set(row, 4, word_of(map.frame(order.into())));
        set(row, 20, word_of(map.frame(offset.into())));
        true
    })
}

/// The stretches of a `plst` chunk, which begin at cues.
fn playlist(bytes: &mut Vec<u8>, map: &PositionMap, names: &Names) {
    rows::<12>(bytes, 0, 4, |row| {
        let (name, frames) = (word(row, 0), word(row, 4));
        set(row, 4, names.length(name, frames, map));
        !names.is_gone(name)
    });
}

/// Edits the rows of `N` bytes from `first` on, as many as the count at `count_at` says and there
/// are. Those for which `edit` says no are taken out, and the count goes down by as many.
fn rows<const N: usize>(
    bytes: &mut Vec<u8>,
    count_at: usize,
    first: usize,
    mut edit: impl FnMut(&mut [u8; N]) -> bool,
) -> u32 {
    if bytes.len() < first {
        return 0;
    }
    let count = word(bytes, count_at);
    let rest = bytes.split_off(first);
    let (rows, _) = rest.as_chunks::<N>();
    let rows = &rows[..rows.len().min(count as usize)];
    let mut gone = 0;
    for row in rows {
        let mut row = *row;
        match edit(&mut row) {
            true => bytes.extend(row),
            false => gone += 1,
        }
    }
    bytes.extend(&rest[rows.len() * N..]);
    if gone > 0 {
        set(bytes, count_at, count - gone);
    }
    gone
}

/// Labels, notes and lengths in a list of type `adtl`.
fn labels(bytes: &mut Vec<u8>, map: &PositionMap, names: &Names) {
    if !bytes.starts_with(b"adtl") {
        return;
    }
    let old = std::mem::take(bytes);
    bytes.extend(b"adtl");
    let mut at = 4;
    while let Some(head) = old.get(at..at + 8) {
        let len = word(head, 4) as usize;
        let end = (at + 8).saturating_add(len).saturating_add(len % 2);
        let mut item = old[at..end.min(old.len())].to_vec();
        at = end;
        let is_of_cue = [b"labl", b"note", b"ltxt", b"file"]
            .iter()
            .any(|id| item.starts_with(*id));
        if is_of_cue && item.len() >= 12 {
            let name = word(&item, 8);
            if names.is_gone(name) {
                continue;
            }
            if item.starts_with(b"ltxt") && item.len() >= 16 {
                let length = names.length(name, word(&item, 12), map);
                set(&mut item, 12, length);
            }
        }
        bytes.extend(item);
    }
    bytes.extend(old.get(at..).unwrap_or_default());
}

fn word(bytes: &[u8], at: usize) -> u32 {
    let field = bytes.get(at..).and_then(<[u8]>::first_chunk);
    u32::from_le_bytes(field.copied().unwrap_or_default())
}

fn set(bytes: &mut [u8], at: usize, value: u32) {
    if let Some(field) = bytes.get_mut(at..).and_then(<[u8]>::first_chunk_mut) {
        *field = value.to_le_bytes();
    }
}

fn word_of(value: u64) -> u32 {
    u32::try_from(value).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests;
