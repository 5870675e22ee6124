//! Writing AIFF.

use std::io::{Seek, SeekFrom, Write};
use std::path::Path;

use super::{Sink, SinkSpec, Written};
use crate::atomic::AtomicFile;
use crate::channels::Layout;
use crate::decode::DISCRETE;
use crate::error::{Error, Result};
use crate::quantize::Quantizer;
use crate::sample::Sample;
use crate::tags::Id3;
use crate::wav::chunk::Chunk;

/// `FORM` + `COMM` + the head of `SSND`.
const HEADER_BYTES: u64 = 12 + (8 + 18) + (8 + 8);

/// Streams big-endian integers into a file whose sizes are filled in at the end.
pub(super) struct AiffSink {
    file: AtomicFile,
    channels: u16,
    rate: u32,
    bits: u16,
    quantizer: Quantizer,
    samples: u64,
    bytes: Vec<u8>,
    /// The `CHAN` chunk, if the number of channels does not tell the speakers.
    speakers: Vec<u8>,
    /// Chunks behind the sound, in memory: points and loops.
    chunks: Vec<Chunk>,
    /// What goes into the `ID3 ` chunk behind them.
    id3: Id3,
}

impl AiffSink {
    pub(super) fn create(
        target: &Path,
        spec: &SinkSpec,
        bits: u16,
        chunks: Vec<Chunk>,
    ) -> Result<Self> {
        let mut sink = Self {
            file: AtomicFile::create(target)?,
            channels: spec.layout.channels(),
            rate: spec.rate,
            bits,
            quantizer: Quantizer::interleaved(
                bits.into(),
                spec.dither,
                spec.layout.channels().into(),
            ),
            samples: 0,
            bytes: Vec::new(),
            speakers: speakers(spec.layout),
            chunks,
            id3: spec.tags.id3(target)?,
        };
        let header = sink.header(0);
        sink.put(&header)?;
        sink.file.begin_body();
        Ok(sink)
    }

    fn put(&mut self, bytes: &[u8]) -> Result<()> {
        self.file.write_all(bytes).map_err(|e| self.file.error(e))
    }

    fn data_bytes(&self) -> u64 {
        self.samples * u64::from(self.bits / 8)
    }

    /// Bytes behind the sound: chunks, their heads and pad bytes included.
    fn tail_bytes(&self) -> u64 {
        let id3 = match self.id3.len() {
            0 => 0,
            len => 8 + len + len % 2,
        };
        self.chunks.iter().map(Chunk::stored_bytes).sum::<u64>() + id3
    }

    fn write_tail(&mut self) -> Result<()> {
        for chunk in std::mem::take(&mut self.chunks) {
            let body = chunk.bytes()?;
            let size = u32::try_from(body.len()).unwrap_or(u32::MAX).to_be_bytes();
            let pad = &[0][..body.len() % 2];
            self.put(&[chunk.id.as_slice(), size.as_slice(), body.as_slice(), pad].concat())?;
        }
        let len = self.id3.len();
        if len == 0 {
            return Ok(());
        }
        // At most 25 MiB, see the limits of tags.
        let size = u32::try_from(len).unwrap_or(u32::MAX).to_be_bytes();
        self.put(&[b"ID3 ".as_slice(), &size].concat())?;
        self.id3
            .write(&mut self.file)
            .map_err(|e| self.file.error(e))?;
        self.put(&[0][..usize::from(len % 2 == 1)])
    }

    /// For `data` bytes, which fit.
    fn header(&self, data: u32) -> Vec<u8> {
        let frames = self.samples / u64::from(self.channels.max(1));
        let size = |n: u64| u32::try_from(n).unwrap_or(u32::MAX).to_be_bytes();
        let mut h = b"FORM".to_vec();
        h.extend(size(
            HEADER_BYTES - 8
                + self.speakers.len() as u64
                + u64::from(data)
                + u64::from(data % 2)
                + self.tail_bytes(),
        ));
        h.extend(b"AIFFCOMM");
        h.extend(18u32.to_be_bytes());
        h.extend(self.channels.to_be_bytes());
        h.extend(size(frames));
        h.extend(self.bits.to_be_bytes());
        h.extend(extended(self.rate));
        h.extend(&self.speakers);
        h.extend(b"SSND");
        h.extend(size(u64::from(data) + 8));
        h.extend([0; 8]);
        h
    }
}

/// A chunk that names speakers as Core Audio does: a bitmap, whose bits are those of WAV.
fn speakers(layout: Layout) -> Vec<u8> {
    const USES_BITMAP: u32 = 1 << 16;
    let channels = layout.channels();
    // What readers take for granted: mono, stereo, L R C, and nothing beyond that.
    let plain = match channels {
        3 => Layout::usual(3),
        n => Layout::discrete(n),
    };
    if layout == plain {
        return Vec::new();
    }
    let (tag, bitmap) = match layout.mask() {
        0 => (DISCRETE | u32::from(channels), 0),
        mask => (USES_BITMAP, mask),
    };
    let mut chunk = b"CHAN".to_vec();
    for word in [12, tag, bitmap, 0] {
        chunk.extend(word.to_be_bytes());
    }
    chunk
}

/// An IEEE 754 number of 80 bits.
fn extended(rate: u32) -> [u8; 10] {
    let shift = rate.leading_zeros();
    let exponent = u16::try_from(16_383 + 31 - shift)
        .unwrap_or(0)
        .to_be_bytes();
    let mantissa = (rate << shift.min(31)).to_be_bytes();
    let mut out = [0; 10];
    out[..2].copy_from_slice(&exponent);
    out[2..6].copy_from_slice(&mantissa);
    out
}

impl AiffSink {
    fn push<T: Sample>(&mut self, interleaved: &[T]) -> Result<()> {
        let after = self.data_bytes() + interleaved.len() as u64 * u64::from(self.bits / 8);
        if HEADER_BYTES + self.speakers.len() as u64 + after + 1 + self.tail_bytes()
            > u64::from(u32::MAX)
        {
            return Err(Error::Unfit {
                path: self.file.target().to_owned(),
                format: "AIFF",
                found: "more than 4 GiB".to_owned(),
                way_out: "choose WAV, which becomes RF64",
            });
        }
        let mut bytes = std::mem::take(&mut self.bytes);
        bytes.clear();
        for x in interleaved {
            let word = self.quantizer.quantize(*x).to_be_bytes();
            bytes.extend(&word[if self.bits == 16 { 2 } else { 1 }..]);
        }
        self.put(&bytes)?;
        self.bytes = bytes;
        self.samples += interleaved.len() as u64;
        Ok(())
    }
}

impl Sink for AiffSink {
    fn write(&mut self, interleaved: &[f32]) -> Result<()> {
        self.push(interleaved)
    }

    fn write_wide(&mut self, interleaved: &[f64]) -> Result<()> {
        self.push(interleaved)
    }

    fn finish(mut self: Box<Self>) -> Result<Written> {
        // `write` has kept it below 4 GiB.
        let data = u32::try_from(self.data_bytes()).unwrap_or(u32::MAX);
        if data % 2 == 1 {
            self.put(&[0])?;
        }
        let header = self.header(data);
        self.write_tail()?;
        self.file
            .seek(SeekFrom::Start(0))
            .map_err(|e| self.file.error(e))?;
        self.put(&header)?;
        self.file.flush().map_err(|e| self.file.error(e))?;
        Ok(Written {
            clips: self.quantizer.clips(),
            file: self.file,
            delay: 0,
        })
    }
}
