//! Ogg Opus through libopus, after RFC 7845; symphonia has no Opus.
#![allow(unsafe_code, reason = "one marker trait, see its SAFETY comment")]

mod links;

use std::collections::VecDeque;
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

/// Streams the packets of the first logical stream, and of those that are chained to it.
pub(super) struct OpusSource {
    path: PathBuf,
    packets: PacketReader<BufReader<File>>,
    decoder: OpusDecoder,
    serial: u32,
    channels: usize,
    /// 10^(gain of the header / 20).
    gain: f32,
    /// Frames of this link still to drop in front.
    skip: u64,
    /// Frames of this link decoded so far, and those of the file handed out.
    position: u64,
    given: u64,
    /// Granule position of the first frame, once the first page of the link is there.
    base: Option<u64>,
    /// Packets of the page under way, decoded in turn, and how many frames may come of them.
    page: VecDeque<ogg::Packet>,
    left: u64,
    /// Something was damaged since the last page.
    is_damaged: bool,
    /// Silence that goes before the packets.
    silent: u64,
    /// The link is complete.
    is_whole: bool,
    /// Granule position that the last page of the file names.
    last: Option<u64>,
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
        last_page(&mut file, len).map_err(io)?.map(|page| page.1)
    };
    let frames = if cut {
        None
    } else {
        let last = last_page(&mut file, len).map_err(io)?;
        links::frames(&mut file, offset, last).map_err(io)?
    };
    file.seek(SeekFrom::Start(offset)).map_err(io)?;
    let mut packets = PacketReader::new(BufReader::new(file));
    let first = next(path, &mut packets, 0)?.ok_or_else(|| bad(path, "no OpusHead packet"))?;
    let head = head(path, &first.data)?;
    next(path, &mut packets, 0)?.ok_or_else(|| bad(path, "no OpusTags packet"))?;
    options.check_format(path, head.channels as u64, RATE)?;
    options.check_frames(path, frames.unwrap_or(0), RATE)?;
    let source = OpusSource {
        path: path.to_owned(),
        packets,
        decoder: decoder(path, head.channels)?,
        serial: first.stream_serial(),
        channels: head.channels,
        gain: amplitude(head.gain_db),
        skip: head.pre_skip.into(),
        position: 0,
        given: 0,
        base: None,
        page: VecDeque::new(),
        left: 0,
        is_damaged: false,
        silent: 0,
        is_whole: false,
        last,
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

fn decoder(path: &Path, channels: usize) -> Result<OpusDecoder> {
    let make = |mapping: &Mapping| with_config!(mapping, OpusDecoder::new);
    let map = mapping(channels)
        .ok_or_else(|| Error::unsupported(path, format!("Opus with {channels} channels")))?;
    make(&map).map_err(|e: ErrorCode| bad(path, e.message()))
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

/// Stream and granule position of the last page of the file.
fn last_page(file: &mut File, len: u64) -> std::io::Result<Option<(u32, u64)>> {
    const LARGEST_PAGE: u64 = 65_307;
    let mut tail = Vec::new();
    file.seek(SeekFrom::Start(len.saturating_sub(2 * LARGEST_PAGE)))?;
    file.take(2 * LARGEST_PAGE).read_to_end(&mut tail)?;
    let at = tail.windows(4).rposition(|w| w == b"OggS");
    Ok(at.and_then(|at| {
        let granule = tail.get(at + 6..)?.first_chunk::<8>()?;
        let serial = tail.get(at + 14..)?.first_chunk::<4>()?;
        Some((u32::from_le_bytes(*serial), u64::from_le_bytes(*granule)))
    }))
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
            Err(e) if !self.conceal => return Err(self.corrupt(e.message())),
            Err(_) => {
                let frames = match links::packet_frames(packet) {
                    0 => MAX_FRAMES / 6,
                    frames => frames,
                };
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

    fn corrupt(&self, what: impl Into<String>) -> Error {
        Error::corrupt_frame(&self.path, self.given, what)
    }

    /// Drops the pre-skip, and what lies behind the final granule position.
    fn trim(&mut self, block: &mut Block) {
        let frames = (block.samples.len() / self.channels) as u64;
        let kept = frames.min(self.left);
        self.left -= kept;
        let skip = self.skip.min(kept);
        self.skip -= skip;
        let samples = |n: u64| usize::try_from(n).unwrap_or(usize::MAX) * self.channels;
        block.samples.truncate(samples(kept));
        block.samples.drain(..samples(skip));
        self.given += kept - skip;
    }

    /// Takes the packets that end on the next page; `false` at the end of the data.
    fn take_page(&mut self) -> Result<bool> {
        if self.is_whole {
            self.expect_link()?;
        }
        loop {
            let packet = match next(&self.path, &mut self.packets, self.given) {
                Ok(Some(packet)) => packet,
                Ok(None) => return Ok(false),
                Err(Error::Corrupt { .. }) if self.cut => return Ok(false),
                Err(Error::Corrupt { .. }) if self.conceal => {
                    self.is_damaged = true;
                    self.page.clear();
                    continue;
                }
                Err(e) => return Err(e),
            };
            if packet.data.starts_with(b"OpusHead") && packet.first_in_stream() {
                self.start_link(&packet)?;
                continue;
            }
            if packet.stream_serial() != self.serial {
                continue;
            }
            let is_page = packet.last_in_page();
            self.page.push_back(packet);
            if is_page {
                return Ok(true);
            }
        }
    }

    /// A stream may follow that has the serial number of the one that has ended (`cat a a`): the
    /// reader would take it for a fault of the first, and has to forget that one.
    fn expect_link(&mut self) -> Result<()> {
        let io = |e| Error::io(&self.path, "read", e);
        let reader = self.packets.get_mut();
        let at = reader.stream_position().map_err(io)?;
        let mut head = Vec::new();
        Read::by_ref(reader)
            .take(18)
            .read_to_end(&mut head)
            .map_err(io)?;
        reader.seek(SeekFrom::Start(at)).map_err(io)?;
        let serial = head.get(14..).and_then(|bytes| bytes.first_chunk::<4>());
        let is_first = head.starts_with(b"OggS") && head[5] & 2 != 0;
        if is_first && serial == Some(&self.serial.to_le_bytes()) {
            // A copy of the file has its position as well.
            let file = reader.get_ref().try_clone().map_err(io)?;
            let mut fresh = BufReader::new(file);
            fresh.seek(SeekFrom::Start(at)).map_err(io)?;
            self.packets = PacketReader::new(fresh);
        }
        Ok(())
    }

    /// Goes on with the stream that starts with this packet, as if it were the same.
    fn start_link(&mut self, first: &ogg::Packet) -> Result<()> {
        let head = head(&self.path, &first.data)?;
        if head.channels != self.channels {
            let text = |channels: usize| format!("{RATE} Hz, {channels} channels");
            return Err(Error::FormatChange {
                path: self.path.clone(),
                frame: self.given,
                from: text(self.channels),
                to: text(head.channels),
            });
        }
        if !self.is_whole && !self.conceal {
            return Err(self.corrupt("a stream ends here without its last page"));
        }
        next(&self.path, &mut self.packets, self.given)?
            .ok_or_else(|| self.corrupt("no OpusTags packet"))?;
        self.decoder = decoder(&self.path, self.channels)?;
        self.serial = first.stream_serial();
        self.gain = amplitude(head.gain_db);
        self.skip = head.pre_skip.into();
        (self.position, self.base) = (0, None);
        (self.is_damaged, self.is_whole) = (false, false);
        self.page.clear();
        Ok(())
    }

    /// Compares the page with its granule position: what is missing in front of it, and how much
    /// of it counts.
    fn place_page(&mut self) -> Result<()> {
        let frames = |packet: &ogg::Packet| links::packet_frames(&packet.data) as u64;
        let sum: u64 = self.page.iter().map(frames).sum();
        let Some(last) = self.page.back() else {
            return Ok(());
        };
        let (end, is_last, step) = (last.absgp_page(), last.last_in_stream(), frames(last));
        self.is_whole = is_last;
        self.left = u64::MAX;
        if end == u64::MAX {
            return Ok(());
        }
        let is_damaged = std::mem::take(&mut self.is_damaged);
        let base = *self
            .base
            .get_or_insert_with(|| match is_last || is_damaged {
                true => 0,
                false => end.saturating_sub(sum),
            });
        let end = end.saturating_sub(base);
        let mut missing = end.saturating_sub(self.position + sum);
        if is_last {
            // The last packet is padded: whole packets are missing, and at least one.
            if is_damaged {
                missing = missing.max(1).next_multiple_of(step.max(1));
            }
            self.left = end.saturating_sub(self.position);
        }
        if missing > 0 {
            self.lose(missing)?;
        }
        Ok(())
    }

    fn lose(&mut self, frames: u64) -> Result<()> {
        if !self.conceal {
            let until = self.given + frames;
            return Err(self.corrupt(format!("the frames up to {until} are missing")));
        }
        self.silent = frames;
        Ok(())
    }

    /// A piece of the silence for what is missing.
    fn silence(&mut self, block: &mut Block) {
        let frames = self.silent.min(MAX_FRAMES as u64);
        self.silent -= frames;
        self.position += frames;
        let len = usize::try_from(frames).unwrap_or(0) * self.channels;
        block.samples.resize(len, 0.0);
        let before = self.given;
        self.trim(block);
        block.concealed += self.given - before;
    }

    fn end(&mut self) -> Result<bool> {
        if self.cut && !self.allow_truncated {
            self.ended = true;
            return Err(Error::Truncated {
                path: self.path.clone(),
                what: "the last Ogg page is missing",
                found: self.given,
                expected: 0,
                unit: "frames",
            });
        }
        // The last page was damaged, though it says where the sound ends.
        let end = self.last.filter(|_| self.is_damaged && !self.is_whole);
        let end = end.map_or(0, |end| end.saturating_sub(self.base.unwrap_or(0)));
        match end.checked_sub(self.position) {
            None | Some(0) => self.ended = true,
            Some(missing) => {
                self.left = missing;
                self.lose(missing)?;
            }
        }
        Ok(!self.ended)
    }
}

impl Source for OpusSource {
    fn is_cut(&self) -> bool {
        self.cut
    }

    fn read(&mut self, block: &mut Block) -> Result<bool> {
        if self.ended {
            return Ok(false);
        }
        if self.silent > 0 {
            self.silence(block);
            return Ok(true);
        }
        if let Some(packet) = self.page.pop_front() {
            self.decode(&packet.data, block)?;
            return Ok(true);
        }
        if !self.take_page()? {
            return self.end();
        }
        self.place_page()?;
        Ok(true)
    }
}
