//! MP3 through LAME. LGPL: only with the feature `mp3`.

use std::io::{Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use mp3lame_encoder::{
    Bitrate, Builder, DualPcm, Encoder, FlushGap, Mode, MonoPcm, Quality, VbrMode,
    max_required_buffer_size,
};

use super::{Mp3Mode, Sink, SinkSpec, Written};
use crate::atomic::AtomicFile;
use crate::error::{Error, Result};

/// Encoder delay of LAME; decoders add 529 frames of their own and remove both.
const DELAY: u32 = 576;
/// Frames encoded at a time.
const CHUNK: usize = 4096;

pub(super) struct Mp3Sink {
    target: PathBuf,
    file: AtomicFile,
    encoder: Encoder,
    channels: usize,
    planes: [Vec<f32>; 2],
    out: Vec<u8>,
    /// Where the frame with delay, padding and length goes at the end.
    tag_at: u64,
}

impl Mp3Sink {
    pub(super) fn create(target: &Path, spec: &SinkSpec, mode: Mp3Mode) -> Result<Self> {
        let channels = usize::from(spec.layout.channels());
        let encoder =
            encoder(channels, spec.rate, mode).map_err(|e| failed(target, e.to_string()))?;
        let mut file = AtomicFile::create(target)?;
        let id3 = spec.tags.id3(target)?;
        id3.write(&mut file).map_err(|e| file.error(e))?;
        Ok(Self {
            target: target.to_owned(),
            file,
            encoder,
            channels,
            planes: [Vec::new(), Vec::new()],
            out: Vec::with_capacity(max_required_buffer_size(CHUNK)),
            tag_at: id3.len(),
        })
    }

    fn put(&mut self) -> Result<()> {
        let written = self
            .file
            .write_all(&self.out)
            .map_err(|e| self.file.error(e));
        self.out.clear();
        written
    }
}

fn encoder(
    channels: usize,
    rate: u32,
    mode: Mp3Mode,
) -> std::result::Result<Encoder, mp3lame_encoder::BuildError> {
    let mut builder = Builder::new().ok_or(mp3lame_encoder::BuildError::NoMem)?;
    builder.set_num_channels(if channels == 1 { 1 } else { 2 })?;
    builder.set_sample_rate(rate)?;
    builder.set_output_sample_rate(std::num::NonZeroU32::new(rate))?;
    builder.set_mode(if channels == 1 {
        Mode::Mono
    } else {
        Mode::JointStereo
    })?;
    builder.set_to_write_vbr_tag(true)?;
    match mode {
        Mp3Mode::Cbr(kbps) => {
            builder.set_vbr_mode(VbrMode::Off)?;
            builder.set_brate(bitrate(kbps))?;
            // LAME's own choice for constant bit rates.
            builder.set_quality(Quality::VeryNice)?;
        }
        Mp3Mode::Vbr(level) => {
            builder.set_vbr_mode(VbrMode::Mtrh)?;
            builder.set_vbr_quality(quality(level))?;
        }
    }
    builder.build()
}

fn bitrate(kbps: u16) -> Bitrate {
    match kbps {
        32 => Bitrate::Kbps32,
        40 => Bitrate::Kbps40,
        48 => Bitrate::Kbps48,
        64 => Bitrate::Kbps64,
        80 => Bitrate::Kbps80,
        96 => Bitrate::Kbps96,
        112 => Bitrate::Kbps112,
        128 => Bitrate::Kbps128,
        160 => Bitrate::Kbps160,
        192 => Bitrate::Kbps192,
        224 => Bitrate::Kbps224,
        256 => Bitrate::Kbps256,
        _ => Bitrate::Kbps320,
    }
}

fn quality(level: u8) -> Quality {
    match level {
        0 => Quality::Best,
        1 => Quality::SecondBest,
        2 => Quality::NearBest,
        3 => Quality::VeryNice,
        4 => Quality::Nice,
        5 => Quality::Good,
        6 => Quality::Decent,
        7 => Quality::Ok,
        8 => Quality::SecondWorst,
        _ => Quality::Worst,
    }
}

fn failed(target: &Path, reason: String) -> Error {
    Error::Encode {
        path: target.to_owned(),
        codec: "MP3",
        reason,
    }
}

impl Sink for Mp3Sink {
    fn write(&mut self, interleaved: &[f32]) -> Result<()> {
        for part in interleaved.chunks(CHUNK * self.channels) {
            for (c, plane) in self.planes.iter_mut().take(self.channels).enumerate() {
                plane.clear();
                plane.extend(part.iter().skip(c).step_by(self.channels));
            }
            let [left, right] = &self.planes;
            let done = if self.channels == 1 {
                self.encoder
                    .encode_to_vec(MonoPcm(left.as_slice()), &mut self.out)
            } else {
                let pcm = DualPcm {
                    left: left.as_slice(),
                    right: right.as_slice(),
                };
                self.encoder.encode_to_vec(pcm, &mut self.out)
            };
            done.map_err(|e| failed(&self.target, e.to_string()))?;
            self.put()?;
        }
        Ok(())
    }

    /// The first frame, written empty, becomes the one that tells delay, padding and length.
    fn finish(mut self: Box<Self>) -> Result<Written> {
        self.encoder
            .flush_to_vec::<FlushGap>(&mut self.out)
            .map_err(|e| failed(&self.target, e.to_string()))?;
        self.put()?;
        self.out.reserve(self.encoder.lame_tag_size());
        if self.encoder.lame_tag_encode_to_vec(&mut self.out).is_some() {
            self.file
                .seek(SeekFrom::Start(self.tag_at))
                .map_err(|e| self.file.error(e))?;
            self.put()?;
        }
        self.file.flush().map_err(|e| self.file.error(e))?;
        Ok(Written {
            file: self.file,
            clips: 0,
            delay: DELAY,
        })
    }
}
