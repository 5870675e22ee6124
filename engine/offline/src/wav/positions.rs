//! Frame positions in `smpl`, `cue `, `adtl` and `bext`, moved to another start and rate.

use super::bext;
use super::chunk::{Chunk, MAX_EDITABLE};
use crate::error::Result;

/// How positions of the source become positions of the result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PositionMap {
    /// First frame of the source that is kept.
    pub start: u64,
    /// Rate of the source in Hz.
    pub from: u32,
    /// Rate of the result in Hz.
    pub to: u32,
    /// Length of the result in frames.
    pub frames: u64,
}

impl PositionMap {
    /// Whether positions stay what they are.
    pub fn is_identity(&self) -> bool {
        self.start == 0 && self.from == self.to
    }

    /// A frame of the source as a frame of the result, at most its length.
    pub fn frame(&self, frame: u64) -> u64 {
        self.scale(frame.saturating_sub(self.start))
            .min(self.frames)
    }

    /// A length or a time in frames.
    fn scale(&self, frames: u64) -> u64 {
        crate::resample::output_frames(frames, self.from, self.to)
    }

    fn word(&self, bytes: &mut [u8], at: usize, map: impl Fn(&Self, u64) -> u64) {
        if let Some(field) = bytes.get_mut(at..at + 4) {
            let mut word = [0; 4];
            word.copy_from_slice(field);
            let moved = map(self, u64::from(u32::from_le_bytes(word)));
            field.copy_from_slice(&u32::try_from(moved).unwrap_or(u32::MAX).to_le_bytes());
        }
    }
}

/// The chunks with their positions moved; chunks without positions stay byte for byte.
///
/// # Errors
/// As [`Chunk::bytes`].
pub fn moved(chunks: Vec<Chunk>, map: &PositionMap) -> Result<Vec<Chunk>> {
    let has_positions = |id: &[u8; 4]| matches!(id, b"smpl" | b"cue " | b"LIST" | b"bext");
    let edit = |chunk: Chunk| {
        if map.is_identity() || !has_positions(&chunk.id) || chunk.len() > MAX_EDITABLE {
            return Ok(chunk);
        }
        let mut bytes = chunk.bytes()?;
        match &chunk.id {
            b"smpl" => sampler(&mut bytes, map),
            b"cue " => cues(&mut bytes, map),
            b"LIST" => labels(&mut bytes, map),
            _ => bext::shift_time(&mut bytes, |t| map.scale(t.saturating_add(map.start))),
        }
        Ok(Chunk::new(chunk.id, bytes))
    };
    chunks.into_iter().map(edit).collect()
}

fn sampler(bytes: &mut [u8], map: &PositionMap) {
    const HEAD: usize = 36;
    const LOOP: usize = 24;
    let period = 1_000_000_000 / u64::from(map.to.max(1));
    map.word(bytes, 8, |_, _| period);
    for at in (HEAD..bytes.len()).step_by(LOOP) {
        map.word(bytes, at + 8, PositionMap::frame);
        // The end is the last frame that plays.
        map.word(bytes, at + 12, |map, end| {
            map.frame(end + 1).saturating_sub(1)
        });
    }
}

fn cues(bytes: &mut [u8], map: &PositionMap) {
    for at in (4..bytes.len()).step_by(24) {
        map.word(bytes, at + 4, PositionMap::frame);
        map.word(bytes, at + 20, PositionMap::frame);
    }
}

/// The lengths of `ltxt` in a list of type `adtl`.
fn labels(bytes: &mut [u8], map: &PositionMap) {
    if !bytes.starts_with(b"adtl") {
        return;
    }
    let mut at = 4;
    while let Some(&[a, b, c, d, e, f, g, h]) = bytes.get(at..at + 8) {
        if &[a, b, c, d] == b"ltxt" {
            map.word(bytes, at + 12, PositionMap::scale);
        }
        let len = u32::from_le_bytes([e, f, g, h]) as usize;
        at = at.saturating_add(8 + len + len % 2);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(words: &[u32]) -> Vec<u8> {
        words.iter().flat_map(|w| w.to_le_bytes()).collect()
    }

    #[test]
    fn loops_and_cues_scale_with_the_rate_and_start() {
        let map = PositionMap {
            start: 441,
            from: 44_100,
            to: 48_000,
            frames: 480_000,
        };
        let smpl = words(&[0, 0, 22_675, 60, 0, 0, 0, 1, 0, 7, 0, 44_541, 88_640, 0, 2]);
        let cue = words(&[1, 9, 44_541, u32::from_le_bytes(*b"data"), 0, 0, 44_541]);
        let mut list = b"adtlltxt".to_vec();
        list.extend(words(&[20, 9, 44_100, 0, 0, 0]));
        let chunks = vec![
            Chunk::new(*b"smpl", smpl),
            Chunk::new(*b"cue ", cue),
            Chunk::new(*b"LIST", list.clone()),
            Chunk::new(*b"iXML", b"<x/>".to_vec()),
        ];
        let out = moved(chunks.clone(), &map).unwrap();
        let smpl = words(&[0, 0, 20_833, 60, 0, 0, 0, 1, 0, 7, 0, 48_000, 95_999, 0, 2]);
        assert_eq!(out[0].bytes().unwrap(), smpl);
        let cue = words(&[1, 9, 48_000, u32::from_le_bytes(*b"data"), 0, 0, 48_000]);
        assert_eq!(out[1].bytes().unwrap(), cue);
        assert_eq!(out[2].bytes().unwrap()[16..20], 48_000u32.to_le_bytes());
        assert_eq!(out[3], chunks[3]);
        let same = PositionMap {
            start: 0,
            from: 48_000,
            to: 48_000,
            frames: 1,
        };
        assert_eq!(moved(chunks.clone(), &same).unwrap(), chunks);
    }

    #[test]
    fn damaged_chunks_do_not_panic() {
        let map = PositionMap {
            start: 1,
            from: 44_100,
            to: 48_000,
            frames: 10,
        };
        for len in 0..64 {
            for id in [*b"smpl", *b"cue ", *b"LIST", *b"bext"] {
                let mut bytes = b"adtl".to_vec();
                bytes.resize(len, 0xFF);
                assert_eq!(
                    moved(vec![Chunk::new(id, bytes)], &map).unwrap()[0].len(),
                    len as u64
                );
            }
        }
    }
}
