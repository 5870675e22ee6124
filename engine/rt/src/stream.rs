//! Sound from disk to a voice: a ring between the I/O thread and the audio thread.
//!
//! Positions are source frames counted through: the I/O thread resolves loops, so frame numbers
//! only grow while a voice plays on, and a seek names where to go on.
//!
//! How both sides work:
//! 1. Control makes the pair with [`stream`] and sends the halves to their threads.
//! 2. The I/O thread asks [`StreamWriter::take_seek`], moves its decoder when there is one, and
//!    fills [`StreamWriter::room`] with [`StreamWriter::write`]; at the end of the source it calls
//!    [`StreamWriter::set_end`].
//! 3. The voice copies windows with [`StreamReader::window`] and gives frames back with
//!    [`StreamReader::release_to`]. It waits for nobody: what is not there is silent and counted.
//! 4. When the voice is over it calls [`StreamReader::close`] and goes back to the control thread,
//!    which drops it. The I/O thread drops its half when [`StreamWriter::is_closed`].

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};

use crate::limits::LimitError;

/// Frames before the released one that may still be read: what interpolation looks back at.
pub const HISTORY: u64 = 64;
/// Most channels of a stream.
pub const MAX_CHANNELS: usize = 8;
/// Fewest frames a ring holds.
pub const MIN_CAPACITY: usize = 1_024;
/// Most frames a ring holds: 11 s at 384 kHz.
pub const MAX_CAPACITY: usize = 1 << 22;

/// Why a stream was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StreamError {
    /// No channel.
    NoChannels,
    /// Too many channels or frames.
    Limit(LimitError),
}

impl fmt::Display for StreamError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoChannels => write!(f, "a stream needs 1..={MAX_CHANNELS} channels, not 0"),
            Self::Limit(limit) => limit.fmt(f),
        }
    }
}

impl std::error::Error for StreamError {}

/// A ring of interleaved frames that begins at source frame 0. `[main-thread]`
///
/// `capacity` is in frames, brought up to a power of two of at least [`MIN_CAPACITY`]; of these
/// [`HISTORY`] are behind the reader.
///
/// # Errors
/// [`StreamError`] before memory is taken: 0 or more than [`MAX_CHANNELS`] channels, more than
/// [`MAX_CAPACITY`] frames.
pub fn stream(
    channels: usize,
    capacity: usize,
) -> Result<(StreamWriter, StreamReader), StreamError> {
    let limit = |limit, value, max| Err(StreamError::Limit(LimitError { limit, value, max }));
    if channels == 0 {
        return Err(StreamError::NoChannels);
    }
    if channels > MAX_CHANNELS {
        return limit("stream_channels", channels, MAX_CHANNELS);
    }
    if capacity > MAX_CAPACITY {
        return limit("stream_frames", capacity, MAX_CAPACITY);
    }
    let frames = capacity.max(MIN_CAPACITY).next_power_of_two();
    let ring = Arc::new(Ring::new(channels, frames));
    let writer = StreamWriter {
        ring: Arc::clone(&ring),
        generation: 0,
        source: 0,
        produced: 0,
        floor: 0,
    };
    let reader = StreamReader {
        ring,
        generation: 0,
        consumed: 0,
    };
    Ok((writer, reader))
}

/// What both sides share.
///
/// Samples lie in relaxed atomic cells: on every target we build for that is a plain load or store,
/// so it costs only the compiler's vectorisation of a copy that is small beside interpolation, and
/// a mistake in the protocol could give wrong sound but never undefined behaviour. Their order
/// comes from `produced` and `released`, which count ring frames and only grow.
struct Ring {
    cells: Box<[AtomicU32]>,
    channels: usize,
    mask: u64,
    /// Ring frames written. Writer to reader: release, acquire.
    produced: AtomicU64,
    /// Ring frames that may be overwritten. Reader to writer: release, acquire.
    released: AtomicU64,
    /// The reader's last seek: number (release, acquire) and source frame.
    asked: AtomicU64,
    asked_frame: AtomicU64,
    /// The seek the writer follows: number (release, acquire), and what its first frame is in the
    /// source and in the ring. The writer changes them only for a new seek, which only the reader
    /// makes: the reader never sees them change while it uses them.
    granted: AtomicU64,
    granted_source: AtomicU64,
    granted_ring: AtomicU64,
    /// Source frame after the last one; the largest number while unknown.
    end: AtomicU64,
    missing: AtomicU64,
    reader_gone: AtomicBool,
    writer_gone: AtomicBool,
}

impl Ring {
    fn new(channels: usize, frames: usize) -> Self {
        let zero = || AtomicU64::new(0);
        Self {
            cells: (0..channels * frames).map(|_| AtomicU32::new(0)).collect(),
            channels,
            mask: frames as u64 - 1,
            produced: zero(),
            released: zero(),
            asked: zero(),
            asked_frame: zero(),
            granted: zero(),
            granted_source: zero(),
            granted_ring: zero(),
            end: AtomicU64::new(u64::MAX),
            missing: zero(),
            reader_gone: AtomicBool::new(false),
            writer_gone: AtomicBool::new(false),
        }
    }

    fn capacity(&self) -> u64 {
        self.mask + 1
    }

    /// The cells from ring frame `from` on: up to `frames`, in one or two pieces.
    fn pieces(&self, from: u64, frames: u64) -> (&[AtomicU32], &[AtomicU32]) {
        let frames = frames.min(self.capacity());
        let start = self.cell(from & self.mask);
        let length = self.cell(frames);
        let first = length.min(self.cells.len() - start);
        (
            &self.cells[start..start + first],
            &self.cells[..length - first],
        )
    }

    #[allow(
        clippy::cast_possible_truncation,
        reason = "at most the capacity, a usize"
    )]
    fn cell(&self, frames: u64) -> usize {
        frames as usize * self.channels
    }
}

/// The I/O thread's half of a stream. `Send`; no call waits or allocates.
pub struct StreamWriter {
    ring: Arc<Ring>,
    generation: u64,
    /// Source frame that is written next.
    source: u64,
    produced: u64,
    /// Ring frame before which nothing is read any more.
    floor: u64,
}

impl StreamWriter {
    /// Samples in a frame.
    pub fn channels(&self) -> usize {
        self.ring.channels
    }

    /// The source frame to write next.
    pub fn position(&self) -> u64 {
        self.source
    }

    /// Where the reader wants to go on, if it asked since the last call: move the decoder there
    /// before the next write. What the ring still holds is void, and the end unknown again.
    pub fn take_seek(&mut self) -> Option<u64> {
        let asked = self.ring.asked.load(Ordering::Acquire);
        if asked == self.generation {
            return None;
        }
        // This may be the frame of a still newer seek: then that comes again, and what is written
        // until then is granted to a number the reader no longer wants.
        let frame = self.ring.asked_frame.load(Ordering::Relaxed);
        self.generation = asked;
        self.source = frame;
        self.floor = self.produced;
        self.ring.end.store(u64::MAX, Ordering::Relaxed);
        self.ring.granted_source.store(frame, Ordering::Relaxed);
        self.ring
            .granted_ring
            .store(self.produced, Ordering::Relaxed);
        self.ring.granted.store(asked, Ordering::Release);
        Some(frame)
    }

    /// Frames that fit now.
    pub fn room(&self) -> usize {
        let released = self.ring.released.load(Ordering::Acquire).max(self.floor);
        let held = self.produced.saturating_sub(released);
        usize::try_from(self.ring.capacity().saturating_sub(held)).unwrap_or(0)
    }

    /// Appends interleaved samples and returns how many frames of them fitted. Samples that make no
    /// whole frame are left.
    pub fn write(&mut self, samples: &[f32]) -> usize {
        let frames = (samples.len() / self.ring.channels).min(self.room());
        let (first, second) = self.ring.pieces(self.produced, frames as u64);
        for (cell, sample) in first.iter().chain(second).zip(samples) {
            cell.store(sample.to_bits(), Ordering::Relaxed);
        }
        self.produced += frames as u64;
        self.source = self.source.saturating_add(frames as u64);
        self.ring.produced.store(self.produced, Ordering::Release);
        frames
    }

    /// Says after which source frame the sound is over; none for not known, as at first. Everything
    /// after it is silence and not missing.
    pub fn set_end(&mut self, end: Option<u64>) {
        self.ring
            .end
            .store(end.unwrap_or(u64::MAX), Ordering::Release);
    }

    /// True when nobody reads any more: stop and drop this half.
    pub fn is_closed(&self) -> bool {
        self.ring.reader_gone.load(Ordering::Acquire)
    }

    /// Frames that were missing when they were wanted, so far.
    pub fn missing(&self) -> u64 {
        self.ring.missing.load(Ordering::Relaxed)
    }
}

impl Drop for StreamWriter {
    fn drop(&mut self) {
        self.ring.writer_gone.store(true, Ordering::Release);
    }
}

/// The voice's half of a stream. `Send`; every method is `[audio-thread]`: none waits, allocates or
/// panics.
///
/// **Dropping it may free the ring: that is for the control thread only.** A voice that is over
/// calls [`StreamReader::close`] and sends this back through the retire queue.
pub struct StreamReader {
    ring: Arc<Ring>,
    generation: u64,
    /// Source frame released to.
    consumed: u64,
}

impl StreamReader {
    /// Samples in a frame.
    pub fn channels(&self) -> usize {
        self.ring.channels
    }

    /// Copies source frames from `start` on, interleaved, until `out` is full, and returns how many
    /// were missing: those are silent and counted. Silence, and not missing, is what is before
    /// frame 0 or after a known end.
    ///
    /// Frames from [`HISTORY`] before the released one are there again, later ones as far as they
    /// were written.
    pub fn window(&mut self, start: i64, out: &mut [f32]) -> usize {
        out.fill(0.0);
        let frames = (out.len() / self.ring.channels) as u64;
        let grant = self.grant();
        let end = start.saturating_add_unsigned(frames);
        let first = u64::try_from(start).unwrap_or(0);
        let last = u64::try_from(end)
            .unwrap_or(0)
            .min(grant.map_or(u64::MAX, |grant| grant.end));
        let wanted = last.saturating_sub(first);
        let silent = if start < 0 { start.unsigned_abs() } else { 0 };
        let missing = match grant {
            Some(grant) if wanted > 0 => {
                let skip = self.samples(silent);
                wanted - self.copy(&grant, first, last, &mut out[skip..])
            }
            _ => wanted,
        };
        if missing > 0 {
            self.ring.missing.fetch_add(missing, Ordering::Relaxed);
        }
        usize::try_from(missing).unwrap_or(usize::MAX)
    }

    /// Gives back the frames before `frame`, less [`HISTORY`]. Never moves back. Call it also while
    /// frames are missing: what was not written yet is given back only by a later call.
    pub fn release_to(&mut self, frame: u64) {
        self.consumed = self.consumed.max(frame);
        if let Some(grant) = self.grant() {
            // Not past what was written, or the frames of the next seek would be given back too.
            let keep = self.first_kept(&grant).min(grant.written) - grant.source;
            self.ring
                .released
                .store(grant.ring.saturating_add(keep), Ordering::Release);
        }
    }

    /// Goes on at `frame`, and asks the I/O thread for [`HISTORY`] before it. Until that has written
    /// there everything is missing.
    pub fn seek(&mut self, frame: u64) {
        self.consumed = frame;
        self.generation += 1;
        self.ring
            .asked_frame
            .store(frame.saturating_sub(HISTORY), Ordering::Relaxed);
        self.ring.asked.store(self.generation, Ordering::Release);
    }

    /// Frames from the released one on that can be read now.
    pub fn fill_level(&self) -> u64 {
        self.grant()
            .map_or(0, |grant| grant.written.saturating_sub(self.consumed))
    }

    /// Source frame after the last one written since the last seek; none before the I/O thread
    /// has followed that.
    pub fn written(&self) -> Option<u64> {
        self.grant().map(|grant| grant.written)
    }

    /// Source frame after the last one, once the I/O thread knows it.
    pub fn end(&self) -> Option<u64> {
        self.grant()
            .map(|grant| grant.end)
            .filter(|&end| end != u64::MAX)
    }

    /// Frames that were missing when they were wanted, so far.
    pub fn missing(&self) -> u64 {
        self.ring.missing.load(Ordering::Relaxed)
    }

    /// True when the I/O thread has given up: what was written can be read, no more will come.
    pub fn is_abandoned(&self) -> bool {
        self.ring.writer_gone.load(Ordering::Acquire)
    }

    /// Tells the I/O thread to stop.
    pub fn close(&self) {
        self.ring.reader_gone.store(true, Ordering::Release);
    }

    /// What the writer offers; none while it has not followed the last seek.
    fn grant(&self) -> Option<Grant> {
        let ring = &self.ring;
        if ring.granted.load(Ordering::Acquire) != self.generation {
            return None;
        }
        // Before `produced`: who sees the end sees all that was written up to it.
        let end = ring.end.load(Ordering::Acquire);
        let source = ring.granted_source.load(Ordering::Relaxed);
        let start = ring.granted_ring.load(Ordering::Relaxed);
        let produced = ring.produced.load(Ordering::Acquire);
        Some(Grant {
            source,
            ring: start,
            written: source.saturating_add(produced.saturating_sub(start)),
            end,
        })
    }

    /// First source frame that the writer may not have overwritten.
    fn first_kept(&self, grant: &Grant) -> u64 {
        self.consumed.saturating_sub(HISTORY).max(grant.source)
    }

    /// Copies what there is of `first..last` to its place in `out`, which begins with `first`, and
    /// returns how many frames that were.
    fn copy(&self, grant: &Grant, first: u64, last: u64, out: &mut [f32]) -> u64 {
        let from = first.max(self.first_kept(grant));
        let to = last.min(grant.written);
        let Some(frames) = to.checked_sub(from).filter(|&frames| frames > 0) else {
            return 0;
        };
        let (head, tail) = self.ring.pieces(grant.ring + (from - grant.source), frames);
        let skip = self.samples(from - first);
        for (sample, cell) in out[skip..].iter_mut().zip(head.iter().chain(tail)) {
            *sample = f32::from_bits(cell.load(Ordering::Relaxed));
        }
        frames
    }

    /// Samples in so many frames of a buffer.
    fn samples(&self, frames: u64) -> usize {
        usize::try_from(frames)
            .unwrap_or(usize::MAX)
            .saturating_mul(self.ring.channels)
    }
}

impl Drop for StreamReader {
    fn drop(&mut self) {
        self.close();
    }
}

/// Where the reader's frames are.
#[derive(Clone, Copy)]
struct Grant {
    /// First source frame in the ring, and its ring frame.
    source: u64,
    ring: u64,
    /// Source frame after the last one written.
    written: u64,
    end: u64,
}

#[cfg(test)]
mod tests;
