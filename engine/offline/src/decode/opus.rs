//! Ogg Opus through libopus, after RFC 7845; symphonia has no Opus.
#![allow(unsafe_code, reason = "one marker trait, see its SAFETY comment")]

use std::fs::File;
use std::io::{BufReader, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use ogg::reading::{OggReadError, PacketReader};
use opusic_c::multistream::{Config, Decoder as OpusDecoder};
use opusic_c::{ErrorCode, SampleRate};

use super::{Block, Container, DecodeOptions, FileInfo, Source};
use crate::channels::Layout;
use crate::error::{Error, Result};
use crate::sink::opus::{Mapping, mapping, with_config};
use crate::sink::vorbis_order;

/// Opus decodes at this rate, whatever was encoded.
const RATE: u32 = 48_000;
/// Longest packet: 120 ms.
const MAX_FRAMES: usize = 5_760;

/// Streams the packets of the first logical stream.
pub(super) struct OpusSource {
    path: PathBuf,
    packets: PacketReader<BufReader<File>>,
    decoder: OpusDecoder,
    serial: u32,
    channels: usize,
    /// 10^(gain of the header / 20).
    gain: f32,
    /// Frames still to drop in front, and to keep after that.
    skip: u64,
    keep: Option<u64>,
    position: u64,
    /// The last page is missing.
    cut: bool,
    conceal: bool,
    allow_truncated: bool,
    scratch: Vec<f32>,
    ended: bool,
}

// SAFETY: everything else in it is `Send`. The decoder is one block of memory that this value alone
// owns; libopus keeps nothing per thread and nothing global (opus.h: a state may be used by one
// thread at a time).
unsafe impl Send for OpusSource {}

/// What `OpusHead` says.
struct Head {
    channels: usize,
    pre_skip: u16,
    gain_db: f64,
}

pub(super) fn open(
    path: &Path,
    mut file: File,
    offset: u64,
    options: &DecodeOptions,
) -> Result<(OpusSource, FileInfo)> {
    let io = |e| Error::io(path, "read", e);
    let len = file.metadata().map_err(io)?.len();
    let cut = !super::compressed::ogg_is_complete(&mut file, len).map_err(io)?;
    let last = if cut {
        None
    } else {
        last_granule(&mut file, len).map_err(io)?
    };
    file.seek(SeekFrom::Start(offset)).map_err(io)?;
    let mut packets = PacketReader::new(BufReader::new(file));
    let first = next(path, &mut packets, 0)?.ok_or_else(|| bad(path, "no OpusHead packet"))?;
    let head = head(path, &first.data)?;
    next(path, &mut packets, 0)?.ok_or_else(|| bad(path, "no OpusTags packet"))?;
    options.check_format(path, head.channels as u64, RATE)?;
    let frames = last.map(|end| end.saturating_sub(u64::from(head.pre_skip)));
    options.check_frames(path, frames.unwrap_or(0), RATE)?;
    let map = mapping(head.channels)
        .ok_or_else(|| Error::unsupported(path, format!("Opus with {} channels", head.channels)))?;
    let decoder = decoder(&map).map_err(|e| bad(path, e.message()))?;
    let source = OpusSource {
        path: path.to_owned(),
        packets,
        decoder,
        serial: first.stream_serial(),
        channels: head.channels,
        gain: amplitude(head.gain_db),
        skip: head.pre_skip.into(),
        keep: frames,
        position: 0,
        cut,
        conceal: options.conceal,
        allow_truncated: options.allow_truncated,
        scratch: vec![0.0; MAX_FRAMES * head.channels],
        ended: false,
    };
    Ok((source, info(&head, frames)))
}

fn info(head: &Head, frames: Option<u64>) -> FileInfo {
    FileInfo {
        container: Container::OggOpus,
        codec: "Opus".to_owned(),
        sample_rate: RATE,
        layout: Layout::usual(u16::try_from(head.channels).unwrap_or(0)),
        frames,
        bits: 16,
        exact_i16: false,
        loops: Vec::new(),
    }
}

fn decoder(mapping: &Mapping) -> std::result::Result<OpusDecoder, ErrorCode> {
    with_config!(mapping, OpusDecoder::new)
}

/// Mapping family 0, or 1 with the usual mapping.
fn head(path: &Path, packet: &[u8]) -> Result<Head> {
    let Some((fixed, rest)) = packet.split_at_checked(19) else {
        return Err(bad(path, "the OpusHead packet is too short"));
    };
    let channels = usize::from(fixed[9]);
    let head = Head {
        channels,
        pre_skip: u16::from_le_bytes([fixed[10], fixed[11]]),
        gain_db: f64::from(i16::from_le_bytes([fixed[16], fixed[17]])) / 256.0,
    };
    if !fixed.starts_with(b"OpusHead") || fixed[8] >= 16 {
        return Err(Error::unsupported(
            path,
            format!("Opus of version {}", fixed[8]),
        ));
    }
    let usual = mapping(channels).is_some_and(|map| match fixed[18] {
        0 => channels <= 2,
        1 => {
            rest.first_chunk::<2>() == Some(&[map.streams, map.coupled])
                && rest[2..] == *map.channels
        }
        _ => false,
    });
    if !usual {
        let found = format!(
            "Opus with {channels} channels in mapping family {}",
            fixed[18]
        );
        return Err(Error::unsupported(path, found));
    }
    Ok(head)
}

/// Granule position of the last page of the file.
fn last_granule(file: &mut File, len: u64) -> std::io::Result<Option<u64>> {
    const LARGEST_PAGE: u64 = 65_307;
    let mut tail = Vec::new();
    file.seek(SeekFrom::Start(len.saturating_sub(2 * LARGEST_PAGE)))?;
    file.take(2 * LARGEST_PAGE).read_to_end(&mut tail)?;
    let at = tail.windows(4).rposition(|w| w == b"OggS");
    let granule = at.and_then(|at| tail.get(at + 6..)?.first_chunk::<8>().copied());
    Ok(granule.map(u64::from_le_bytes))
}

fn next(
    path: &Path,
    packets: &mut PacketReader<BufReader<File>>,
    position: u64,
) -> Result<Option<ogg::Packet>> {
    packets.read_packet().map_err(|e| match e {
        OggReadError::ReadError(e) if e.kind() == std::io::ErrorKind::UnexpectedEof => {
            Error::corrupt_frame(path, position, "the file ends within a page")
        }
        OggReadError::ReadError(e) => Error::io(path, "read", e),
        other => Error::corrupt_frame(path, position, other.to_string()),
    })
}

fn bad(path: &Path, what: &str) -> Error {
    Error::corrupt_byte(path, 0, what)
}

#[allow(clippy::cast_possible_truncation, reason = "a gain is an f32")]
fn amplitude(db: f64) -> f32 {
    if db == 0.0 {
        1.0
    } else {
        10f64.powf(db / 20.0) as f32
    }
}

impl OpusSource {
    fn decode(&mut self, packet: &[u8], block: &mut Block) -> Result<()> {
        let frames = match self
            .decoder
            .decode_float_to_slice(packet, &mut self.scratch, false)
        {
            Ok(frames) => frames.min(MAX_FRAMES),
            Err(e) if !self.conceal => {
                return Err(Error::corrupt_frame(&self.path, self.position, e.message()));
            }
            // As long as most packets are.
            Err(_) => {
                let frames = MAX_FRAMES / 6;
                self.scratch[..frames * self.channels].fill(0.0);
                block.concealed += frames as u64;
                frames
            }
        };
        let order = vorbis_order(self.channels);
        for frame in self.scratch[..frames * self.channels].chunks_exact(self.channels) {
            let start = block.samples.len();
            block.samples.resize(start + self.channels, 0.0);
            for (x, c) in frame.iter().zip(order) {
                block.samples[start + c] = x * self.gain;
            }
        }
        self.position += frames as u64;
        self.trim(block);
        Ok(())
    }

    /// Drops the pre-skip, and what lies behind the final granule position.
    fn trim(&mut self, block: &mut Block) {
        let frames = (block.samples.len() / self.channels) as u64;
        let skip = self.skip.min(frames);
        self.skip -= skip;
        let samples = |n: u64| usize::try_from(n).unwrap_or(usize::MAX) * self.channels;
        block.samples.drain(..samples(skip));
        if let Some(keep) = &mut self.keep {
            let kept = (frames - skip).min(*keep);
            block.samples.truncate(samples(kept));
            *keep -= kept;
            self.ended = *keep == 0;
        }
    }

    fn end(&mut self) -> Result<bool> {
        self.ended = true;
        if self.cut && !self.allow_truncated {
            return Err(Error::Truncated {
                path: self.path.clone(),
                what: "the last Ogg page is missing, audio data",
                found: self.position,
                expected: self.position + 1,
                unit: "frames or more",
            });
        }
        Ok(false)
    }
}

impl Source for OpusSource {
    fn read(&mut self, block: &mut Block) -> Result<bool> {
        if self.ended {
            return Ok(false);
        }
        let packet = match next(&self.path, &mut self.packets, self.position) {
            Ok(Some(packet)) => packet,
            Ok(None) => return self.end(),
            Err(Error::Corrupt { .. }) if self.cut => return self.end(),
            Err(Error::Corrupt { .. }) if self.conceal => return Ok(true),
            Err(e) => return Err(e),
        };
        if packet.stream_serial() != self.serial {
            if packet.data.starts_with(b"OpusHead") {
                let what = "a chain of several streams in one file";
                return Err(Error::unsupported(&self.path, what));
            }
            return Ok(true);
        }
        self.decode(&packet.data, block)?;
        Ok(true)
    }
}
