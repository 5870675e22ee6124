//! Ogg Vorbis through libvorbis (aoTuV and Lancer), which `vorbis_rs` builds from source.

use std::num::{NonZeroU8, NonZeroU32};
use std::path::{Path, PathBuf};

use std::io::Write;
use vorbis_rs::{
    VorbisBitrateManagementStrategy, VorbisEncoder, VorbisEncoderBuilder, VorbisError,
};

use super::{Sink, SinkSpec, Written, vorbis_order};
use crate::atomic::AtomicFile;
use crate::error::{Error, Result};

pub(super) struct VorbisSink {
    target: PathBuf,
    encoder: VorbisEncoder<AtomicFile>,
    channels: usize,
    planes: Vec<Vec<f32>>,
}

impl VorbisSink {
    pub(super) fn create(target: &Path, spec: &SinkSpec, quality: f32) -> Result<Self> {
        let channels = usize::from(spec.layout.channels());
        let zero = || Error::Settings("Ogg Vorbis needs a rate and channels above 0".to_owned());
        let rate = NonZeroU32::new(spec.rate).ok_or_else(zero)?;
        let count = u8::try_from(channels)
            .ok()
            .and_then(NonZeroU8::new)
            .ok_or_else(zero)?;
        let [a, b, c, d, ..] = spec.seed.to_le_bytes();
        let serial = i32::from_le_bytes([a, b, c, d]);
        let file = AtomicFile::create(target)?;
        let strategy = VorbisBitrateManagementStrategy::QualityVbr {
            target_quality: quality / 10.0,
        };
        let texts = spec.tags.comments().cloned();
        let pictures = spec.tags.picture_comments();
        let comments = texts.chain(pictures.map(|(name, text)| (name.to_owned(), text)));
        let encoder = VorbisEncoderBuilder::new_with_serial(rate, count, file, serial)
            .bitrate_management_strategy(strategy)
            .comment_tags(comments)
            .and_then(VorbisEncoderBuilder::build)
            .map_err(|e| failed(target, e))?;
        Ok(Self {
            target: target.to_owned(),
            encoder,
            channels,
            planes: vec![Vec::new(); channels],
        })
    }
}

fn failed(target: &Path, error: VorbisError) -> Error {
    match error {
        VorbisError::Io(source) => Error::io(target, "write", source),
        other => Error::Encode {
            path: target.to_owned(),
            codec: "Ogg Vorbis",
            reason: other.to_string(),
        },
    }
}

impl Sink for VorbisSink {
    fn write(&mut self, interleaved: &[f32]) -> Result<()> {
        // libvorbis takes an empty block for the end of the stream.
        if interleaved.is_empty() {
            return Ok(());
        }
        for (plane, c) in self.planes.iter_mut().zip(vorbis_order(self.channels)) {
            plane.clear();
            plane.extend(interleaved.iter().skip(*c).step_by(self.channels));
        }
        self.encoder
            .encode_audio_block(&self.planes)
            .map_err(|e| failed(&self.target, e))
    }

    fn finish(self: Box<Self>) -> Result<Written> {
        let mut file = self.encoder.finish().map_err(|e| failed(&self.target, e))?;
        file.flush().map_err(|e| file.error(e))?;
        Ok(Written {
            file,
            clips: 0,
            delay: 0,
        })
    }
}
