//! WAV files of 24 bits, written and read by nobody's library.

use std::io::{BufWriter, Write};
use std::path::Path;

use crate::Result;

/// Writes two sides as 24-bit PCM.
pub(crate) fn write(path: &Path, rate: u32, sides: &[Vec<f32>; 2]) -> Result<()> {
    let bytes = u32::try_from(sides[0].len() * 6)?;
    let mut file = BufWriter::new(std::fs::File::create(path)?);
    head(&mut file, rate, bytes)?;
    for (left, right) in sides[0].iter().zip(&sides[1]) {
        for x in [left, right] {
            let step = (x * 8_388_608.0).round().clamp(-8_388_608.0, 8_388_607.0) as i32;
            file.write_all(&step.to_le_bytes()[..3])?;
        }
    }
    Ok(file.flush()?)
}

/// A file that sounds for the frames of `start` and is silent for the rest of `frames`.
pub(crate) fn write_sparse(
    path: &Path,
    rate: u32,
    start: &[Vec<f32>; 2],
    frames: u64,
) -> Result<()> {
    let bytes = u32::try_from(frames * 6)?;
    write(path, rate, start)?;
    let file = std::fs::OpenOptions::new().write(true).open(path)?;
    file.set_len(44 + u64::from(bytes))?;
    head(&mut &file, rate, bytes)
}

fn head(file: &mut dyn Write, rate: u32, bytes: u32) -> Result<()> {
    file.write_all(b"RIFF")?;
    file.write_all(&(bytes + 36).to_le_bytes())?;
    file.write_all(b"WAVEfmt \x10\0\0\0\x01\0\x02\0")?;
    file.write_all(&rate.to_le_bytes())?;
    file.write_all(&(rate * 6).to_le_bytes())?;
    file.write_all(b"\x06\0\x18\0data")?;
    Ok(file.write_all(&bytes.to_le_bytes())?)
}

/// Reads two sides of 24-bit PCM.
pub(crate) fn read(path: &Path) -> Result<[Vec<f32>; 2]> {
    let bytes = std::fs::read(path)?;
    let word = |at: usize| -> Result<u32> {
        let part = bytes.get(at..at + 4).ok_or("a WAV file that ends early")?;
        Ok(u32::from_le_bytes(part.try_into()?))
    };
    let mut at = 12;
    while bytes.get(at..at + 4) != Some(b"data") {
        if bytes.get(at..at + 4) == Some(b"fmt ")
            && (word(at + 8)? >> 16, word(at + 20)? >> 16) != (2, 24)
        {
            return Err(format!("{} is not stereo of 24 bits", path.display()).into());
        }
        at += 8 + word(at + 4)?.next_multiple_of(2) as usize;
    }
    let end = (at + 8)
        .saturating_add(word(at + 4)? as usize)
        .min(bytes.len());
    let mut sides = [Vec::new(), Vec::new()];
    for (n, sample) in bytes[at + 8..end].as_chunks::<3>().0.iter().enumerate() {
        let step = i32::from_le_bytes([0, sample[0], sample[1], sample[2]]) >> 8;
        sides[n % 2].push(step as f32 / 8_388_608.0);
    }
    Ok(sides)
}
