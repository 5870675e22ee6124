//! AAC-LC through Fraunhofer's FDK library. Only with the feature `aac`; see docs/offline.md.

mod mp4;

use std::io::Write;
use std::path::{Path, PathBuf};

use fdk_aac::enc::{
    AudioObjectType, BitRate, ChannelMode, Encoder, EncoderError, EncoderParams, Transport,
};

use super::{Sink, SinkSpec, Written};
use crate::atomic::AtomicFile;
use crate::error::{Error, Result};
use crate::quantize::{Dither, Quantizer};

/// Frames of a packet of AAC-LC.
const PACKET_FRAMES: usize = 1024;
/// No packet is larger: 6144 bits a channel, and the head of ADTS.
const MAX_PACKET: usize = 2_048;

pub(super) struct AacSink {
    target: PathBuf,
    file: AtomicFile,
    encoder: Encoder,
    movie: Option<mp4::Movie>,
    quantizer: Quantizer,
    channels: usize,
    /// Encoder delay in frames.
    delay: u32,
    pending: Vec<i16>,
    frames: u64,
    packets: u64,
}

impl AacSink {
    pub(super) fn create(target: &Path, spec: &SinkSpec, bitrate: u32, adts: bool) -> Result<Self> {
        let channels = usize::from(spec.layout.channels());
        let encoder = Encoder::new(EncoderParams {
            bit_rate: BitRate::Cbr(bitrate),
            sample_rate: spec.rate,
            transport: if adts {
                Transport::Adts
            } else {
                Transport::Raw
            },
            channels: if channels == 1 {
                ChannelMode::Mono
            } else {
                ChannelMode::Stereo
            },
            audio_object_type: AudioObjectType::Mpeg4LowComplexity,
        })
        .map_err(|e| failed(target, &e))?;
        let info = encoder.info().map_err(|e| failed(target, &e))?;
        let mut file = AtomicFile::create(target)?;
        let movie = if adts {
            None
        } else {
            let config = &info.confBuf[..(info.confSize as usize).min(info.confBuf.len())];
            let ilst = spec.tags.ilst(target)?;
            Some(mp4::Movie::start(
                &mut file, spec.rate, channels, bitrate, config, ilst,
            )?)
        };
        Ok(Self {
            target: target.to_owned(),
            file,
            encoder,
            movie,
            // The library takes 16 bits; its quantisation noise hides theirs.
            quantizer: Quantizer::new(16, Dither::None),
            channels,
            delay: info.nDelay,
            pending: Vec::new(),
            frames: 0,
            packets: 0,
        })
    }

    /// Hands over one packet's worth of samples.
    fn encode(&mut self) -> Result<()> {
        let samples = PACKET_FRAMES * self.channels;
        let mut at = 0;
        while at < samples {
            let mut packet = [0; MAX_PACKET];
            let done = self
                .encoder
                .encode(&self.pending[at..samples], &mut packet)
                .map_err(|e| failed(&self.target, &e))?;
            at += done.input_consumed;
            self.put(&packet[..done.output_size])?;
            if done.input_consumed == 0 && done.output_size == 0 {
                return Err(Error::Encode {
                    path: self.target.clone(),
                    codec: "AAC",
                    reason: "it takes no more samples".to_owned(),
                });
            }
        }
        self.pending.drain(..samples);
        Ok(())
    }

    fn put(&mut self, packet: &[u8]) -> Result<()> {
        if packet.is_empty() {
            return Ok(());
        }
        self.packets += 1;
        if let Some(movie) = &mut self.movie {
            movie.packet(packet.len());
        }
        self.file.write_all(packet).map_err(|e| self.file.error(e))
    }
}

fn failed(target: &Path, error: &EncoderError) -> Error {
    Error::Encode {
        path: target.to_owned(),
        codec: "AAC",
        reason: error.to_string(),
    }
}

impl Sink for AacSink {
    fn write(&mut self, interleaved: &[f32]) -> Result<()> {
        let quantizer = &mut self.quantizer;
        let narrow = |x: &f32| i16::try_from(quantizer.quantize(*x)).unwrap_or(0);
        self.pending.extend(interleaved.iter().map(narrow));
        self.frames += (interleaved.len() / self.channels) as u64;
        while self.pending.len() >= PACKET_FRAMES * self.channels {
            self.encode()?;
        }
        Ok(())
    }

    /// Silence follows until every frame has come out behind the encoder's delay.
    fn finish(mut self: Box<Self>) -> Result<Written> {
        let end = self.frames + u64::from(self.delay);
        while self.packets * (PACKET_FRAMES as u64) < end {
            self.pending.resize(PACKET_FRAMES * self.channels, 0);
            self.encode()?;
        }
        if let Some(movie) = self.movie.take() {
            movie.finish(&mut self.file, self.delay, self.frames)?;
        }
        self.file.flush().map_err(|e| self.file.error(e))?;
        Ok(Written {
            clips: self.quantizer.clips(),
            file: self.file,
            delay: self.delay,
        })
    }
}
