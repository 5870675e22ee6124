//! Packets in, interleaved samples out.

use std::collections::VecDeque;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use symphonia::core::audio::Channels;
use symphonia::core::codecs::audio::AudioDecoder;
use symphonia::core::errors::Error as SymphoniaError;
use symphonia::core::formats::{FormatReader, Track};
use symphonia::core::packet::Packet;

use super::super::holes::{Hole, Size};
use super::super::{Block, Container, DecodeOptions, FileInfo, Source, mp4, sniff};
use super::guard::guard;
use super::{CHAIN, Look, Seen};
use crate::channels::Layout;
use crate::error::{Error, Result};
use crate::sample::Sample;

/// No codec here yields more frames per packet (FLAC: 65,535).
const MAX_PACKET_FRAMES: u64 = 65_536;

/// Streams the packets of one track.
pub(crate) struct PacketSource<T> {
    path: PathBuf,
    reader: Box<dyn FormatReader>,
    decoder: Box<dyn AudioDecoder>,
    track: u32,
    rate: u32,
    channels: usize,
    /// Packets carry positions that a lost packet makes jump.
    has_positions: bool,
    is_mp3: bool,
    /// What is missing at the end of a stream that does not say how long it is.
    cut: Option<&'static str>,
    conceal: bool,
    allow_truncated: bool,
    /// Frames still to drop in front, and to keep after that.
    skip: u64,
    keep: Option<u64>,
    /// Frames decoded, before skip and keep.
    position: u64,
    scratch: Vec<T>,
    ended: bool,
    look: Option<Look>,
    /// Length of the sound, if known.
    frames: Option<u64>,
    /// Packets handed out by the demuxer so far, and where some are missing.
    delivered: u64,
    holes: VecDeque<Hole>,
    /// Frames in all, if known; before skip and keep.
    total: Option<u64>,
    /// Silence to hand out before anything else, and what comes behind it.
    silent: u64,
    behind: Block<T>,
}

/// Speakers of a symphonia channel set, whose low bits are those of WAV.
pub(crate) fn layout_of(channels: Option<&Channels>) -> Layout {
    let count = channels.map_or(0, Channels::count);
    let count = u16::try_from(count).unwrap_or(u16::MAX);
    match channels {
        // FLAC, Vorbis and Core Audio call a single channel the left one.
        Some(_) if count == 1 => Layout::usual(1),
        Some(Channels::Positioned(set)) => {
            Layout::from_mask(count, u32::try_from(set.bits()).unwrap_or(0))
        }
        _ => Layout::discrete(count),
    }
}

impl<T: Sample> PacketSource<T> {
    #[allow(
        clippy::too_many_arguments,
        reason = "called once, by the opener that has them all"
    )]
    pub(super) fn new(
        path: &Path,
        reader: Box<dyn FormatReader>,
        decoder: Box<dyn AudioDecoder>,
        track: &Track,
        info: &FileInfo,
        edit: Option<mp4::Edit>,
        cut: Option<&'static str>,
        options: &DecodeOptions,
    ) -> Self {
        Self {
            path: path.to_owned(),
            reader,
            decoder,
            track: track.id,
            rate: info.sample_rate,
            channels: usize::from(info.layout.channels()),
            has_positions: matches!(info.container, Container::Flac),
            is_mp3: info.container == Container::Mp3,
            cut,
            conceal: options.conceal,
            allow_truncated: options.allow_truncated,
            skip: edit.map_or(0, |e| e.delay),
            keep: edit.and_then(|e| e.frames),
            position: 0,
            scratch: Vec::new(),
            ended: false,
            look: None,
            frames: info.frames,
            delivered: 0,
            holes: VecDeque::new(),
            total: None,
            silent: 0,
            behind: Block::default(),
        }
    }

    /// What comes behind this many frames is not in the file.
    pub(super) fn keep_first(&mut self, frames: u64) {
        self.keep = Some(self.keep.map_or(frames, |keep| keep.min(frames)));
        self.ended = frames == 0;
    }

    /// Looks for damage before the first packet.
    pub(super) fn look_first(&mut self, look: Look) {
        self.look = Some(look);
    }

    fn look(&mut self, look: Look) -> Result<()> {
        let Seen {
            holes,
            reader,
            is_cut,
        } = look.run(&self.path)?;
        if let Some(reader) = reader {
            self.reader = reader;
        }
        if is_cut {
            self.cut = Some("the last frame is not whole");
        }
        self.total = self.frames.map(|frames| frames + self.skip);
        if !holes.is_empty() {
            // The demuxer cuts padding off by counting packets, of which there are too few.
            self.keep = self.keep.or(self.frames);
        }
        self.holes = holes;
        Ok(())
    }

    /// The next packet of the track, `None` at the end of the data.
    fn packet(&mut self) -> Result<Option<Packet>> {
        let Self {
            reader,
            path,
            position,
            ..
        } = self;
        loop {
            match guard(path, *position, || reader.next_packet())? {
                Ok(Some(packet)) if packet.track_id == self.track => return Ok(Some(packet)),
                Ok(Some(_)) => {}
                Ok(None) => return Ok(None),
                Err(SymphoniaError::IoError(e)) if e.kind() == ErrorKind::UnexpectedEof => {
                    return Ok(None);
                }
                Err(SymphoniaError::IoError(e)) => return Err(Error::io(path, "read", e)),
                Err(SymphoniaError::ResetRequired) => {
                    return Err(Error::unsupported(path, CHAIN));
                }
                Err(other) => {
                    return Err(Error::corrupt_frame(path, *position, other.to_string()));
                }
            }
        }
    }

    /// Fills the gap that a lost packet left.
    fn gap(&mut self, packet: &Packet) -> Result<()> {
        let at = u64::try_from(packet.pts.get()).unwrap_or(0);
        if !self.has_positions || at <= self.position {
            return Ok(());
        }
        self.lose(at - self.position)
    }

    /// Frames are missing here: an error, or silence that goes first.
    fn lose(&mut self, frames: u64) -> Result<()> {
        if !self.conceal {
            let end = self.position.saturating_add(frames);
            let what = format!("the frames up to {end} are damaged");
            return Err(Error::corrupt_frame(&self.path, self.position, what));
        }
        // No more than there can be.
        let left = self
            .total
            .map_or(u64::MAX, |n| n.saturating_sub(self.position));
        self.silent = frames.min(left);
        Ok(())
    }

    /// The hole in front of the next packet, if there is one.
    fn hole(&mut self, block: &mut Block<T>) -> Result<()> {
        let Some(hole) = self
            .holes
            .pop_front_if(|hole| hole.packets <= self.delivered)
        else {
            return Ok(());
        };
        let (packets, end) = match hole.size {
            Size::Frames(frames) => return self.lose(frames),
            Size::UntilEnd { packets, end } => (packets, end),
        };
        let (start, mut behind) = (self.position, Block::default());
        for _ in 0..packets {
            if !self.step(&mut behind)? {
                break;
            }
        }
        let found = self.position - start;
        self.position = start;
        self.lose_before(end, found)?;
        block.concealed += behind.concealed;
        self.behind = behind;
        Ok(())
    }

    /// What follows has `found` frames and ends at `end`.
    fn lose_before(&mut self, end: u64, found: u64) -> Result<()> {
        match end.checked_sub(self.position + found) {
            None | Some(0) => Ok(()),
            Some(missing) => self.lose(missing),
        }
    }

    fn silence(&mut self, frames: u64, block: &mut Block<T>) {
        let frames = frames.min(MAX_PACKET_FRAMES);
        let len = usize::try_from(frames).unwrap_or(0) * self.channels;
        block
            .samples
            .resize(block.samples.len() + len, T::default());
        block.concealed += frames;
        self.position += frames;
    }

    /// Hands out silence, then what comes behind it; `false` if there is neither.
    fn fill(&mut self, block: &mut Block<T>) -> bool {
        if self.silent > 0 {
            let frames = self.silent.min(MAX_PACKET_FRAMES);
            self.silent -= frames;
            self.silence(frames, block);
            return true;
        }
        let behind = std::mem::take(&mut self.behind.samples);
        self.position += (behind.len() / self.channels.max(1)) as u64;
        block.samples.extend_from_slice(&behind);
        !behind.is_empty()
    }

    /// Decodes the next packet; `false` at the end.
    fn step(&mut self, block: &mut Block<T>) -> Result<bool> {
        let Some(packet) = self.packet()? else {
            return Ok(false);
        };
        self.delivered += 1;
        self.gap(&packet)?;
        if self.silent == 0 {
            self.decode(&packet, block)?;
            return Ok(true);
        }
        // The silence goes first, counted when it does.
        let (start, mut behind) = (self.position, Block::default());
        self.decode(&packet, &mut behind)?;
        self.position = start;
        block.concealed += behind.concealed;
        self.behind = behind;
        Ok(true)
    }

    fn decode(&mut self, packet: &Packet, block: &mut Block<T>) -> Result<()> {
        let Self {
            decoder,
            scratch,
            path,
            ..
        } = self;
        let (channels, rate, position) = (self.channels, self.rate, self.position);
        let decoded = guard(path, position, || {
            decoder.decode(packet).map(|audio| {
                let spec = (audio.spec().rate(), audio.spec().channels().count());
                if spec == (rate, channels) {
                    audio.copy_to_vec_interleaved(scratch);
                }
                (spec, audio.frames())
            })
        })?;
        match decoded {
            Ok((now, frames)) if frames > 0 && now != (rate, channels) => {
                Err(self.format_change(now))
            }
            Ok((_, 0)) => Ok(()),
            Ok((_, frames)) => {
                block.samples.extend_from_slice(scratch);
                self.position += frames as u64;
                Ok(())
            }
            // The decoder of MP3 calls another format damage; its frames say what they hold.
            Err(_) if let Some(now) = self.changed_mp3(packet) => Err(self.format_change(now)),
            Err(_) if self.conceal => {
                self.silence(packet.dur.get(), block);
                Ok(())
            }
            Err(e) => Err(Error::corrupt_frame(&self.path, position, e.to_string())),
        }
    }

    /// The format of an MP3 frame that is not that of the file.
    fn changed_mp3(&self, packet: &Packet) -> Option<(u32, usize)> {
        let now = sniff::mp3_format(&packet.data).filter(|_| self.is_mp3)?;
        (now != (self.rate, self.channels)).then_some(now)
    }

    fn format_change(&self, (rate, channels): (u32, usize)) -> Error {
        Error::FormatChange {
            path: self.path.clone(),
            frame: self.position,
            from: format!("{} Hz, {} channels", self.rate, self.channels),
            to: format!("{rate} Hz, {channels} channels"),
        }
    }

    /// Applies the edit: drops the encoder's delay and padding.
    fn trim(&mut self, block: &mut Block<T>) {
        let channels = self.channels.max(1);
        let frames = (block.samples.len() / channels) as u64;
        let skip = self.skip.min(frames);
        self.skip -= skip;
        // Both counts are at most `frames`, a length in memory.
        let index = |n: u64| {
            usize::try_from(n)
                .unwrap_or(usize::MAX)
                .saturating_mul(channels)
        };
        block.samples.drain(..index(skip));
        if let Some(keep) = &mut self.keep {
            let kept = (frames - skip).min(*keep);
            block.samples.truncate(index(kept));
            *keep -= kept;
            self.ended = *keep == 0;
        }
    }

    fn end(&self) -> Result<bool> {
        match self.cut {
            Some(what) if !self.allow_truncated => Err(Error::Truncated {
                path: self.path.clone(),
                what,
                found: self.position,
                expected: 0,
                unit: "frames",
            }),
            _ => Ok(false),
        }
    }
}

impl<T: Sample> Source<T> for PacketSource<T> {
    fn read(&mut self, block: &mut Block<T>) -> Result<bool> {
        if self.ended {
            return self.end();
        }
        if let Some(look) = self.look.take() {
            self.look(look)?;
        }
        if !self.fill(block) {
            self.hole(block)?;
            let waits = self.silent > 0 || !self.behind.samples.is_empty();
            if !waits && !self.step(block)? {
                return self.end();
            }
        }
        self.trim(block);
        Ok(true)
    }

    fn is_cut(&self) -> bool {
        self.cut.is_some()
    }

    fn verify(&mut self) -> Option<bool> {
        self.decoder.finalize().verify_ok
    }
}
