//! WAV as a sink.

use std::path::Path;

use super::{Sink, SinkSpec, Written};
use crate::error::Result;
use crate::wav::chunk::WavChunks;
use crate::wav::{WavFormat, WavSpec, WavWriter};

pub(super) fn create(
    target: &Path,
    spec: &SinkSpec,
    format: WavFormat,
    chunks: WavChunks,
) -> Result<WavWriter> {
    let spec = WavSpec {
        layout: spec.layout,
        sample_rate: spec.rate,
        format,
        dither: spec.dither,
    };
    WavWriter::with_chunks(target, spec, chunks)
}

impl Sink for WavWriter {
    fn write(&mut self, interleaved: &[f32]) -> Result<()> {
        WavWriter::write(self, interleaved)
    }

    fn write_wide(&mut self, interleaved: &[f64]) -> Result<()> {
        WavWriter::write(self, interleaved)
    }

    fn finish(self: Box<Self>) -> Result<Written> {
        let (file, summary) = self.complete()?;
        Ok(Written {
            file,
            clips: summary.clips,
            delay: 0,
        })
    }
}
