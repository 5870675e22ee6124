//! FLAC as the end of a job.

use std::io::Write;
use std::path::Path;

use super::FlacSpec;
use super::encoder::Encoder;
use super::metadata::Metadata;
use crate::atomic::AtomicFile;
use crate::channels::Layout;
use crate::decode::CHANNEL_MASK;
use crate::error::Result;
use crate::quantize::Quantizer;
use crate::sink::{Sink, SinkSpec, Written};

/// Quantises and encodes a stream.
pub(crate) struct FlacSink {
    encoder: Encoder,
    quantizer: Quantizer,
    samples: Vec<i32>,
}

impl FlacSink {
    pub(crate) fn create(
        target: &Path,
        spec: &SinkSpec,
        bits: u16,
        level: Option<u8>,
    ) -> Result<Self> {
        let flac = FlacSpec {
            channels: spec.layout.channels(),
            sample_rate: spec.rate,
            bits,
        };
        super::check(target, flac)?;
        let layout = spec.layout;
        let mask = (layout != Layout::usual(layout.channels()))
            .then(|| (CHANNEL_MASK, format!("0x{:04X}", layout.mask())));
        let metadata = Metadata::new(&spec.tags, mask)?;
        let pictures = spec.tags.flac_pictures(target)?;
        let file = AtomicFile::create(target)?;
        Ok(Self {
            encoder: Encoder::new(
                file,
                flac,
                level,
                spec.verify,
                spec.frames,
                metadata,
                Some(pictures),
            )?,
            quantizer: Quantizer::interleaved(
                bits.into(),
                spec.dither,
                spec.layout.channels().into(),
            ),
            samples: Vec::new(),
        })
    }
}

impl Sink for FlacSink {
    fn write(&mut self, interleaved: &[f32]) -> Result<()> {
        self.quantizer.quantize_all(interleaved, &mut self.samples);
        self.encoder.push(&self.samples)
    }

    fn write_wide(&mut self, interleaved: &[f64]) -> Result<()> {
        self.quantizer.quantize_all(interleaved, &mut self.samples);
        self.encoder.push(&self.samples)
    }

    fn finish(self: Box<Self>) -> Result<Written> {
        let clips = self.quantizer.clips();
        let mut file = self.encoder.finish()?;
        file.flush().map_err(|e| file.error(e))?;
        Ok(Written {
            file,
            clips,
            delay: 0,
        })
    }
}
