//! Ogg Opus through libopus, after RFC 7845.

use std::io::Write;
use std::path::{Path, PathBuf};

use ogg::{PacketWriteEndInfo, PacketWriter};
use opusic_c::multistream::{Config, Encoder};
use opusic_c::{Application, Bitrate, ErrorCode, SampleRate};

use super::{Sink, SinkSpec, Written, vorbis_order};
use crate::atomic::AtomicFile;
use crate::error::{Error, Result};
use crate::tags::Tags;

/// The only rate of Opus that keeps the whole band.
const RATE: u32 = 48_000;
/// 20 ms.
const PACKET_FRAMES: usize = 960;
/// Packets of one Ogg page: a second.
const PAGE_PACKETS: u64 = 50;
/// No packet is larger, whatever the bit rate: 1275 bytes a stream, and their lengths.
const MAX_PACKET: usize = 1_277 * 8;

/// Streams and coupled streams, and the stream of each channel, in Vorbis order (RFC 7845, 5.1.1).
pub(crate) struct Mapping {
    pub(crate) streams: u8,
    pub(crate) coupled: u8,
    pub(crate) channels: &'static [u8],
}

/// Mapping families 0 and 1: 1 to 8 channels.
pub(crate) fn mapping(channels: usize) -> Option<Mapping> {
    let (streams, coupled, channels): (u8, u8, &[u8]) = match channels {
        1 => (1, 0, &[0]),
        2 => (1, 1, &[0, 1]),
        3 => (2, 1, &[0, 2, 1]),
        4 => (2, 2, &[0, 1, 2, 3]),
        5 => (3, 2, &[0, 4, 1, 2, 3]),
        6 => (4, 2, &[0, 4, 1, 2, 3, 5]),
        7 => (4, 3, &[0, 4, 1, 2, 3, 5, 6]),
        8 => (5, 3, &[0, 6, 1, 2, 3, 4, 5, 7]),
        _ => return None,
    };
    Some(Mapping {
        streams,
        coupled,
        channels,
    })
}

/// Calls `$make` with a `Config` of `$mapping`, whose length is a constant in libopus' binding.
macro_rules! with_config {
    ($mapping:expr, $make:expr) => {{
        let mapping: &$crate::sink::opus::Mapping = $mapping;
        match mapping.channels.len() {
            1 => with_config!(@ 1, mapping, $make),
            2 => with_config!(@ 2, mapping, $make),
            3 => with_config!(@ 3, mapping, $make),
            4 => with_config!(@ 4, mapping, $make),
            5 => with_config!(@ 5, mapping, $make),
            6 => with_config!(@ 6, mapping, $make),
            7 => with_config!(@ 7, mapping, $make),
            _ => with_config!(@ 8, mapping, $make),
        }
    }};
    (@ $n:literal, $mapping:expr, $make:expr) => {{
        let mut channels = [0; $n];
        channels.copy_from_slice(&$mapping.channels[..$n]);
        match Config::<$n>::try_new($mapping.streams, $mapping.coupled, channels) {
            Some(config) => $make(config, SampleRate::Hz48000),
            None => Err(ErrorCode::BadArg),
        }
    }};
}
pub(crate) use with_config;

pub(super) struct OpusSink {
    target: PathBuf,
    encoder: Encoder,
    pages: PacketWriter<'static, AtomicFile>,
    serial: u32,
    channels: usize,
    pre_skip: u16,
    /// Interleaved in Vorbis order, less than a packet.
    pending: Vec<f32>,
    packet: Vec<u8>,
    /// The newest packet: only the end tells whether it is the last one.
    held: Option<Vec<u8>>,
    /// Packets made, and frames taken.
    packets: u64,
    frames: u64,
}

impl OpusSink {
    pub(super) fn create(target: &Path, spec: &SinkSpec, bitrate: u32) -> Result<Self> {
        let channels = usize::from(spec.layout.channels());
        let mapping = mapping(channels).ok_or_else(|| {
            Error::Settings(format!("Ogg Opus: channels {channels} is not in 1..=8"))
        })?;
        if spec.rate != RATE {
            return Err(Error::Settings(format!(
                "Ogg Opus: rate {} is not 48000",
                spec.rate
            )));
        }
        let mut encoder = encoder(&mapping, bitrate).map_err(|e| failed(target, e))?;
        let look_ahead = encoder.get_look_ahead().map_err(|e| failed(target, e))?;
        let [a, b, c, d, ..] = spec.seed.to_le_bytes();
        let mut sink = Self {
            target: target.to_owned(),
            encoder,
            pages: PacketWriter::new(AtomicFile::create(target)?),
            serial: u32::from_le_bytes([a, b, c, d]),
            channels,
            pre_skip: u16::try_from(look_ahead).unwrap_or(u16::MAX),
            pending: Vec::new(),
            packet: vec![0; MAX_PACKET],
            held: None,
            packets: 0,
            frames: 0,
        };
        sink.put(sink.head(&mapping), PacketWriteEndInfo::EndPage, 0)?;
        sink.put(comments(&spec.tags), PacketWriteEndInfo::EndPage, 0)?;
        Ok(sink)
    }

    fn head(&self, mapping: &Mapping) -> Vec<u8> {
        let mut head = b"OpusHead\x01".to_vec();
        // `mapping` has 1 to 8 channels.
        head.push(u8::try_from(mapping.channels.len()).unwrap_or(0));
        head.extend(self.pre_skip.to_le_bytes());
        head.extend(RATE.to_le_bytes());
        head.extend([0; 2]);
        if mapping.channels.len() <= 2 {
            head.push(0);
        } else {
            head.extend([1, mapping.streams, mapping.coupled]);
            head.extend(mapping.channels);
        }
        head
    }

    fn put(&mut self, packet: Vec<u8>, end: PacketWriteEndInfo, granule: u64) -> Result<()> {
        self.pages
            .write_packet(packet, self.serial, end, granule)
            .map_err(|e| Error::io(&self.target, "write", e))
    }

    /// Encodes the packet that `pending` begins with.
    fn encode(&mut self) -> Result<()> {
        let samples = PACKET_FRAMES * self.channels;
        let len = self
            .encoder
            .encode_float_to_slice(&self.pending[..samples], &mut self.packet)
            .map_err(|e| failed(&self.target, e))?;
        self.pending.drain(..samples);
        if let Some(before) = self.held.replace(self.packet[..len].to_vec()) {
            let end = match self.packets % PAGE_PACKETS {
                0 => PacketWriteEndInfo::EndPage,
                _ => PacketWriteEndInfo::NormalPacket,
            };
            self.put(before, end, self.packets * PACKET_FRAMES as u64)?;
        }
        self.packets += 1;
        Ok(())
    }
}

fn encoder(mapping: &Mapping, bitrate: u32) -> std::result::Result<Encoder, ErrorCode> {
    let mut encoder: Encoder = with_config!(mapping, |config, rate| Encoder::new(
        config,
        rate,
        Application::Audio
    ))?;
    encoder.set_bitrate(Bitrate::Value(bitrate))?;
    encoder.set_vbr(true)?;
    encoder.set_vbr_constraint(false)?;
    encoder.set_complexity(10)?;
    Ok(encoder)
}

fn comments(tags: &Tags) -> Vec<u8> {
    let len = |n: usize| u32::try_from(n).unwrap_or(u32::MAX).to_le_bytes();
    let pictures = tags.picture_comments();
    let mut packet = b"OpusTags\x05\0\0\0Segue".to_vec();
    packet.extend(len(tags.comments().count() + pictures.len()));
    let mut put = |name: &str, text: &str| {
        packet.extend(len(name.len() + 1 + text.len()));
        packet.extend(name.as_bytes());
        packet.push(b'=');
        packet.extend(text.as_bytes());
    };
    tags.comments().for_each(|(name, text)| put(name, text));
    pictures.for_each(|(name, text)| put(name, &text));
    packet
}

fn failed(target: &Path, error: ErrorCode) -> Error {
    Error::Encode {
        path: target.to_owned(),
        codec: "Opus",
        reason: error.message().to_owned(),
    }
}

impl Sink for OpusSink {
    fn write(&mut self, interleaved: &[f32]) -> Result<()> {
        let order = vorbis_order(self.channels);
        for frame in interleaved.chunks_exact(self.channels) {
            self.pending.extend(order.iter().map(|c| frame[*c]));
        }
        self.frames += (interleaved.len() / self.channels) as u64;
        while self.pending.len() >= PACKET_FRAMES * self.channels {
            self.encode()?;
        }
        Ok(())
    }

    /// Silence follows until the encoder has given back the last frame.
    fn finish(mut self: Box<Self>) -> Result<Written> {
        let end = self.frames + u64::from(self.pre_skip);
        while self.packets == 0 || self.packets * (PACKET_FRAMES as u64) < end {
            self.pending.resize(PACKET_FRAMES * self.channels, 0.0);
            self.encode()?;
        }
        let last = self.held.take().unwrap_or_default();
        self.put(last, PacketWriteEndInfo::EndStream, end)?;
        let mut file = self.pages.into_inner();
        file.flush().map_err(|e| file.error(e))?;
        Ok(Written {
            file,
            clips: 0,
            delay: self.pre_skip.into(),
        })
    }
}
