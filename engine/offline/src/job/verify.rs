//! Reading back what was written, before it is published.

use std::io::{Read, Seek, SeekFrom};

use segue_dsp::true_peak::TruePeakMeter;

use super::planes::{self, Planes};
use super::run::Ticker;
use crate::atomic::{AtomicFile, Body};
use crate::channels::Layout;
use crate::decode::{DecodeOptions, Decoder};
use crate::error::{Error, Result};
use crate::measure::{Measurement, Measurer, Parts, decibels};
use crate::sink::Encoding;

/// Bytes read at a time.
const READ_BYTES: usize = 256 * 1024;

/// What a file must be, and what else is asked for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wanted {
    pub(crate) rate: u32,
    pub(crate) layout: Layout,
    pub(crate) frames: u64,
    /// The true peak of what a lossy format decodes to.
    pub(crate) true_peak: bool,
    /// BLAKE3 of the file, if it is read anyway.
    pub(crate) hash: bool,
    /// What is measured of what the file decodes to.
    pub(crate) levels: Option<Parts>,
    /// M and S of every 100 ms as well.
    pub(crate) history: bool,
}

/// What reading back found.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Checked {
    /// Of a lossy result, dBTP.
    pub(crate) true_peak: Option<f64>,
    /// BLAKE3 of the file, as hexadecimal digits.
    pub(crate) hash: Option<String>,
    /// The levels of what the file decodes to, if they were asked for.
    pub(crate) own: Option<Measurement>,
}

/// Reads the file before it is published. Its header must say the rate, the channels and the length
/// that were written. Behind the header, a lossless format has to have the check sum of what was
/// written (and libFLAC has decoded every frame and compared it); a lossy one is decoded.
pub(crate) fn verify(
    file: &AtomicFile,
    encoding: &Encoding,
    wanted: &Wanted,
    ticker: &mut Ticker<'_, '_>,
) -> Result<Checked> {
    let bad = |reason: String| Error::Verify {
        path: file.target().to_owned(),
        reason,
    };
    let options = DecodeOptions::default();
    let mut decoder =
        Decoder::open(file.temporary(), &options).map_err(|e| unnamed(&e, file, bad))?;
    let (rate, channels) = (decoder.info().sample_rate, decoder.channels());
    let expected = (wanted.rate, usize::from(wanted.layout.channels()));
    if (rate, channels) != expected {
        return Err(bad(format!(
            "it has {rate} Hz and {channels} channels instead of {} and {}",
            expected.0, expected.1
        )));
    }
    let short = |found: u64| {
        let frames = wanted.frames;
        bad(format!("it has {found} frames instead of {frames}"))
    };
    let mut hash = None;
    if let (Some(body), Some(found)) = (file.body(), decoder.info().frames) {
        if found != wanted.frames {
            return Err(short(found));
        }
        let crc;
        (crc, hash) = read_back(file, body, wanted, ticker)?;
        if crc != body.crc {
            let text = "what is read back is not what was written".to_owned();
            return Err(bad(text));
        }
        if wanted.levels.is_none() {
            return Ok(Checked {
                hash,
                ..Checked::default()
            });
        }
    }
    let looks = encoding.is_lossy() && wanted.true_peak;
    let mut peaks = looks.then(|| Peaks::new(rate, channels));
    let mut measurer = wanted
        .levels
        .map(|parts| Measurer::of(parts, rate, wanted.layout, wanted.history));
    let mut block_planes: Planes = vec![Vec::new(); channels];
    loop {
        let position = decoder.position();
        let block = match decoder.next_block() {
            Ok(Some(block)) => block,
            Ok(None) => break,
            Err(e) => return Err(unnamed(&e, file, bad)),
        };
        if let Some(peaks) = &mut peaks {
            peaks.push(block, channels);
        }
        if let Some(measurer) = &mut measurer {
            planes::clear(&mut block_planes);
            planes::split(block, &mut block_planes);
            measurer.push(&planes::slices(&block_planes));
        }
        ticker.at(position)?;
    }
    let found = decoder.position();
    ticker.at(found)?;
    // ADTS has no place for the encoder's delay and the last packet's padding.
    let has_length = !matches!(encoding, Encoding::Aac { adts: true, .. });
    if has_length && found != wanted.frames {
        return Err(short(found));
    }
    Ok(Checked {
        true_peak: peaks.map(Peaks::finish),
        hash,
        own: measurer.map(Measurer::finish),
    })
}

/// Check sum of what lies behind the header, and the hash of the whole file.
fn read_back(
    file: &AtomicFile,
    body: Body,
    wanted: &Wanted,
    ticker: &mut Ticker<'_, '_>,
) -> Result<(u32, Option<String>)> {
    let io = |e| Error::io(file.target(), "read back", e);
    let mut from = crate::input::open(file.temporary())?;
    let mut hasher = wanted.hash.then(blake3::Hasher::new);
    match &mut hasher {
        // Piece by piece: there may be pictures in it.
        Some(hasher) => std::io::copy(&mut (&from).take(body.start), hasher),
        None => from.seek(SeekFrom::Start(body.start)),
    }
    .map_err(io)?;
    let mut bytes = vec![0; READ_BYTES];
    let (mut crc, mut at) = (0, 0u64);
    loop {
        let n = from.read(&mut bytes).map_err(io)?;
        if n == 0 {
            break;
        }
        crc = crc32c::crc32c_append(crc, &bytes[..n]);
        if let Some(hasher) = &mut hasher {
            hasher.update(&bytes[..n]);
        }
        at += n as u64;
        // Frames by the share of the bytes.
        let share = at as f64 / body.bytes.max(1) as f64;
        ticker.at(share_of(wanted.frames, share))?;
    }
    Ok((
        crc,
        hasher.map(|hasher| hasher.finalize().to_hex().to_string()),
    ))
}

#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a share of 0 to 1"
)]
fn share_of(frames: u64, share: f64) -> u64 {
    (frames as f64 * share.min(1.0)) as u64
}

/// The decoder's error without the temporary name.
fn unnamed(error: &Error, file: &AtomicFile, bad: impl Fn(String) -> Error) -> Error {
    let name = file.temporary().display().to_string();
    bad(error.to_string().replace(&format!("{name}: "), ""))
}

/// The true peak over all channels.
struct Peaks {
    meters: Vec<TruePeakMeter>,
    plane: Vec<f32>,
}

impl Peaks {
    fn new(rate: u32, channels: usize) -> Self {
        Self {
            meters: vec![TruePeakMeter::new(f64::from(rate)); channels],
            plane: Vec::new(),
        }
    }

    fn push(&mut self, interleaved: &[f32], channels: usize) {
        for (c, meter) in self.meters.iter_mut().enumerate() {
            self.plane.clear();
            self.plane
                .extend(interleaved.iter().skip(c).step_by(channels));
            meter.process(&self.plane);
        }
    }

    /// Silence follows; dBTP.
    fn finish(mut self) -> f64 {
        self.meters.iter_mut().for_each(TruePeakMeter::finish);
        let peaks = self.meters.iter().map(TruePeakMeter::peak);
        decibels(f64::from(peaks.fold(0.0, f32::max)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::quantize::Dither;
    use crate::wav::{WavFormat, WavSpec, WavWriter};
    use std::io::Write;
    use std::ops::ControlFlow;

    /// A bit that changed on the disk is seen, whether the samples are measured or not.
    #[test]
    fn a_changed_bit_is_seen() {
        let dir = tempfile::tempdir().unwrap();
        let layout = Layout::usual(1);
        let spec = WavSpec {
            layout,
            sample_rate: 48_000,
            format: WavFormat::I16,
            dither: Dither::None,
        };
        for levels in [None, Some(Parts::ALL)] {
            for is_changed in [false, true] {
                let mut writer = WavWriter::create(&dir.path().join("o.wav"), spec).unwrap();
                writer.write(&[1.5f32; 1000]).unwrap();
                let (file, _) = writer.complete().unwrap();
                if is_changed {
                    let mut on_disk = std::fs::OpenOptions::new()
                        .write(true)
                        .open(file.temporary())
                        .unwrap();
                    on_disk.seek(SeekFrom::End(-100)).unwrap();
                    on_disk.write_all(&[0x7E]).unwrap();
                }
                let wanted = Wanted {
                    rate: 48_000,
                    layout,
                    frames: 1000,
                    true_peak: false,
                    hash: true,
                    levels,
                    history: false,
                };
                let mut monitor = |_: &super::super::JobProgress| ControlFlow::Continue(());
                let mut ticker = Ticker::new(&mut monitor, super::super::RunOptions::default());
                let encoding = Encoding::Wav(WavFormat::I16);
                let checked = verify(&file, &encoding, &wanted, &mut ticker);
                assert_eq!(checked.is_err(), is_changed, "{levels:?}");
                if let Ok(checked) = checked {
                    assert!(checked.hash.is_some());
                    assert_eq!(checked.own.is_some(), levels.is_some());
                }
            }
        }
    }
}
