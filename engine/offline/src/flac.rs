//! Writing FLAC, the same bytes on every machine.
//!
//! The reference encoder (libFLAC, built from source by `libflac-sys`) chooses linear predictors in
//! floating point, whose rounding differs between CPUs. Here only its fixed predictors are used,
//! with full mid/side search and partition orders up to 8: encodings are then compared by whole
//! bits. One floating-point estimate is left, which skips predictors whose residual is estimated
//! to need at least as many bits as the samples; that is far from where rounding could matter.
//! Checked with each x86 SIMD level of libFLAC switched off: the same bytes. The price is larger
//! files than linear prediction makes. Jobs (see [`crate::job`]) may ask for a compression level
//! instead, which is as small as `flac` makes it and repeats on one kind of CPU.

mod encoder;
mod metadata;
pub(crate) mod sink;

use std::ops::ControlFlow;
use std::path::Path;

use crate::atomic::AtomicFile;
use crate::error::{Error, Result, check_limit};
use crate::progress::Progress;
use crate::quantize::{Dither, Quantizer};
use encoder::Encoder;

/// Frames handed to the encoder at a time.
const BLOCK_FRAMES: usize = 4096;

/// What [`write_flac`] writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct FlacSpec {
    /// 1 to 8.
    pub channels: u16,
    /// 8000 to 384000 Hz.
    pub sample_rate: u32,
    /// 16 or 24.
    pub bits: u16,
}

/// Encodes interleaved integers (range of `spec.bits`) into `target`, atomically.
///
/// The bytes depend on the samples and the spec only. `[thread-safe]`, blocks; `progress` counts
/// frames.
///
/// # Errors
/// [`Error::Limit`] for the spec, [`Error::Argument`] for a broken frame or a sample out of range,
/// [`Error::Io`], [`Error::Cancelled`]; nothing is left behind.
pub fn write_flac(
    target: &Path,
    spec: FlacSpec,
    interleaved: &[i32],
    progress: Progress<'_>,
) -> Result<()> {
    check(target, spec)?;
    check_samples(spec, interleaved)?;
    let channels = usize::from(spec.channels);
    let total = (interleaved.len() / channels) as u64;
    let mut encoder = Encoder::new(
        AtomicFile::create(target)?,
        spec,
        None,
        false,
        total,
        None,
        None,
    )?;
    let mut done = 0;
    for block in interleaved.chunks(BLOCK_FRAMES * channels) {
        encoder.push(block)?;
        done += (block.len() / channels) as u64;
        if let ControlFlow::Break(()) = progress(done, total) {
            return Err(Error::Cancelled);
        }
    }
    encoder.finish()?.finish()
}

/// Quantises interleaved f32 (full scale = 1) and encodes it; returns the number of clipped
/// samples.
///
/// # Errors
/// As [`write_flac`].
pub fn write_flac_f32(
    target: &Path,
    spec: FlacSpec,
    interleaved: &[f32],
    dither: Dither,
    progress: Progress<'_>,
) -> Result<u64> {
    let mut quantizer = Quantizer::new(spec.bits.into(), dither);
    let mut samples = Vec::new();
    quantizer.quantize_all(interleaved, &mut samples);
    write_flac(target, spec, &samples, progress)?;
    Ok(quantizer.clips())
}

fn check(target: &Path, spec: FlacSpec) -> Result<()> {
    check_limit(target, "number of channels", spec.channels.into(), 1, 8)?;
    check_limit(
        target,
        "sample rate in Hz",
        spec.sample_rate.into(),
        8_000,
        384_000,
    )?;
    if ![16, 24].contains(&spec.bits) {
        let (what, value) = ("bits per sample", spec.bits.into());
        return Err(Error::Argument {
            what,
            value,
            allowed: "16, 24",
        });
    }
    Ok(())
}

fn check_samples(spec: FlacSpec, interleaved: &[i32]) -> Result<()> {
    if !interleaved.len().is_multiple_of(spec.channels.into()) {
        let (what, value) = ("number of interleaved samples", interleaved.len() as u64);
        return Err(Error::Argument {
            what,
            value,
            allowed: "the multiples of the channels",
        });
    }
    let full = 1 << (spec.bits - 1);
    if let Some(x) = interleaved.iter().find(|x| !(-full..full).contains(*x)) {
        let (what, value) = ("magnitude of a sample", x.unsigned_abs().into());
        return Err(Error::Argument {
            what,
            value,
            allowed: "the range of the bit depth",
        });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::decode::{DecodeOptions, decode_file};
    use crate::progress::no_progress;
    use crate::testing::{Noise, oracle, signal};

    fn spec(channels: u16, bits: u16) -> FlacSpec {
        FlacSpec {
            channels,
            sample_rate: 48_000,
            bits,
        }
    }

    /// Tones in the low channels, noise in the high ones, some silence and full scale.
    fn material(channels: u16, bits: u16, frames: usize) -> Vec<i32> {
        let mut noise = Noise(9);
        let tone = signal(frames, 1);
        let full = (1i64 << (bits - 1)) as f32;
        let sample = |i: usize, c: u16, noise: &mut Noise| match (i / 2000) % 3 {
            0 => i32::from(tone[i]) << (bits - 16) >> c,
            1 => (noise.sample() * full) as i32,
            _ if i.is_multiple_of(999) => -(full as i32),
            _ => 0,
        };
        (0..frames)
            .flat_map(|i| (0..channels).map(move |c| (i, c)))
            .map(|(i, c)| sample(i, c, &mut noise))
            .collect()
    }

    #[test]
    fn bit_exact_for_us_and_for_flac() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("ü.flac");
        for (channels, bits) in [(1, 16), (2, 16), (2, 24), (6, 24), (8, 16)] {
            for frames in [0, 1, 17, 20_001] {
                let x = material(channels, bits, frames);
                write_flac(&path, spec(channels, bits), &x, &mut no_progress).unwrap();
                let label = format!("{channels} {bits} {frames}");
                if let Some((ok, _, log)) = oracle("flac", &["-ts", path.to_str().unwrap()]) {
                    assert!(ok, "{label}: {log}");
                }
                let options = DecodeOptions::default();
                let back = decode_file(&path, &options, 1 << 30, &mut no_progress).unwrap();
                let full = (1i64 << (bits - 1)) as f32;
                for (c, plane) in back.channels.iter().enumerate() {
                    let expect = x
                        .iter()
                        .skip(c)
                        .step_by(channels.into())
                        .map(|x| *x as f32 / full);
                    assert!(plane.iter().copied().eq(expect), "{label}, channel {c}");
                }
            }
        }
    }

    /// The hash was made on x86-64, with and without SIMD; any other machine has to make it too.
    #[test]
    fn the_bytes_are_the_same_everywhere() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.flac");
        write_flac(
            &path,
            spec(2, 16),
            &material(2, 16, 30_000),
            &mut no_progress,
        )
        .unwrap();
        let first = fs::read(&path).unwrap();
        let hash = blake3::hash(&first).to_hex();
        assert_eq!(&hash[..16], "cc322caf9af7c8bc");
        assert!(first.len() < 30_000 * 4 * 7 / 10, "{} bytes", first.len());
        // STREAMINFO knows the length and the MD5, although the encoder streams.
        let total = u32::from_be_bytes([first[22], first[23], first[24], first[25]]);
        assert_eq!(total, 30_000);
        assert_ne!(first[26..42], [0; 16]);
    }

    #[test]
    fn floats_are_quantised_and_clips_counted() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.flac");
        let x = [0.5, 1.5, -1.0, 0.0];
        let none = Dither::None;
        assert_eq!(
            write_flac_f32(&path, spec(2, 24), &x, none, &mut no_progress).unwrap(),
            1
        );
        let options = DecodeOptions::default();
        let back = decode_file(&path, &options, 1 << 30, &mut no_progress).unwrap();
        assert_eq!(back.channels[0], [0.5, -1.0]);
    }

    #[test]
    fn refusals_leave_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.flac");
        let refuse = |spec, x: &[i32]| write_flac(&path, spec, x, &mut no_progress).unwrap_err();
        for bad in [spec(0, 16), spec(9, 16), spec(2, 20)] {
            refuse(bad, &[]);
        }
        refuse(spec(2, 16), &[0]);
        refuse(spec(1, 16), &[32_768]);
        let stop = &mut |_, _| ControlFlow::Break(());
        let cancelled = write_flac(&path, spec(1, 16), &[0; 9000], stop);
        assert!(matches!(cancelled, Err(Error::Cancelled)));
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
    }
}
