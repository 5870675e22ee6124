//! WAV files, written and read here without the engine's own code.

use std::fs;
use std::path::Path;

/// Writes interleaved 16-bit samples.
pub fn write_i16(path: &Path, channels: u16, rate: u32, samples: &[i16]) {
    let data: Vec<u8> = samples.iter().flat_map(|x| x.to_le_bytes()).collect();
    write(path, (1, channels, rate, 16), &data);
}

/// Writes interleaved float samples.
pub fn write_f32(path: &Path, channels: u16, rate: u32, samples: &[f32]) {
    let data: Vec<u8> = samples.iter().flat_map(|x| x.to_le_bytes()).collect();
    write(path, (3, channels, rate, 32), &data);
}

/// The channels of a stereo float file.
pub fn read_stereo_f32(path: &Path) -> [Vec<f32>; 2] {
    let bytes = fs::read(path).unwrap();
    let at = bytes.windows(4).position(|id| id == b"data").unwrap() + 8;
    let samples: Vec<f32> = bytes[at..]
        .chunks_exact(4)
        .map(|x| f32::from_le_bytes(x.try_into().unwrap()))
        .collect();
    let side = |n: usize| samples.chunks_exact(2).map(|frame| frame[n]).collect();
    [side(0), side(1)]
}

fn write(path: &Path, (tag, channels, rate, bits): (u16, u16, u32, u16), data: &[u8]) {
    let frame = channels * bits / 8;
    let size = u32::try_from(data.len()).unwrap();
    let mut out = b"RIFF".to_vec();
    out.extend((36 + size).to_le_bytes());
    out.extend(b"WAVEfmt \x10\0\0\0");
    out.extend(tag.to_le_bytes());
    out.extend(channels.to_le_bytes());
    out.extend(rate.to_le_bytes());
    out.extend((rate * u32::from(frame)).to_le_bytes());
    out.extend(frame.to_le_bytes());
    out.extend(bits.to_le_bytes());
    out.extend(b"data");
    out.extend(size.to_le_bytes());
    out.extend(data);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, out).unwrap();
}
