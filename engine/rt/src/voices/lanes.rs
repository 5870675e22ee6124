//! Lanes: rings that carry long sounds from the I/O thread to voices. A lane belongs to the engine
//! for its whole life and is lent to one streamed voice at a time.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

use super::LoopSpec;
use crate::ids::SoundId;
use crate::stream::{self, StreamError, StreamReader, StreamWriter};

/// Channels of every lane.
pub const LANE_CHANNELS: usize = 2;
/// Frames a window may look back: three octaves of half-band reach and the sinc's taps.
const LOOK_BACK: u64 = 192;

/// What the audio thread wants streamed; read by the I/O thread after it saw the seek.
#[derive(Debug, Default)]
struct Wish {
    sound: AtomicU64,
    loop_start: AtomicU64,
    loop_end: AtomicU64,
    loop_count: AtomicU32,
}

/// The voice's end of a lane. Dropped on the control thread only.
pub struct Lane {
    reader: StreamReader,
    wish: Arc<Wish>,
    pub(super) busy: bool,
    missing: u64,
}

/// The I/O thread's end of a lane.
pub struct LaneWriter {
    writer: StreamWriter,
    wish: Arc<Wish>,
}

/// What to stream, and from where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LaneJob {
    /// Which sound.
    pub sound: SoundId,
    /// How it is unrolled.
    pub looping: LoopSpec,
    /// First frame of the unrolled sound that is wanted.
    pub frame: u64,
}

/// `count` lanes of `frames` frames each. `[main-thread]`
///
/// # Errors
/// [`StreamError`] when `frames` is over the limit of a ring.
pub fn lanes(count: usize, frames: usize) -> Result<(Vec<Lane>, Vec<LaneWriter>), StreamError> {
    let mut ends = (Vec::with_capacity(count), Vec::with_capacity(count));
    for _ in 0..count {
        let (writer, reader) = stream::stream(LANE_CHANNELS, frames)?;
        let wish = Arc::new(Wish::default());
        ends.0.push(Lane {
            reader,
            wish: Arc::clone(&wish),
            busy: false,
            missing: 0,
        });
        ends.1.push(LaneWriter { writer, wish });
    }
    Ok(ends)
}

impl Lane {
    /// Asks for `sound`, unrolled, from around `frame` on. `[audio-thread]`
    pub(super) fn start(&mut self, sound: SoundId, looping: LoopSpec, frame: u64) {
        self.wish.sound.store(sound.to_bits(), Ordering::Relaxed);
        self.wish.loop_start.store(looping.start, Ordering::Relaxed);
        self.wish.loop_end.store(looping.end, Ordering::Relaxed);
        self.wish.loop_count.store(looping.count, Ordering::Relaxed);
        // The seek publishes the wish.
        self.reader.seek(frame.saturating_sub(LOOK_BACK));
        self.busy = true;
    }

    /// One channel of unrolled frames from `first` on; returns how many were missing and are
    /// silent. `[audio-thread]`
    pub(super) fn read(&mut self, channel: usize, first: u64, out: &mut [f32]) -> usize {
        let mut frames = [0.0; LANE_CHANNELS * 64];
        let mut missing = 0;
        for (n, part) in out.chunks_mut(64).enumerate() {
            let window = &mut frames[..part.len() * LANE_CHANNELS];
            missing += self
                .reader
                .window(first.saturating_add(n as u64 * 64).cast_signed(), window);
            for (out, frame) in part.iter_mut().zip(window.chunks_exact(LANE_CHANNELS)) {
                *out = frame[channel];
            }
        }
        if channel == 0 {
            self.missing += missing as u64;
        }
        missing
    }

    /// Gives back what a voice at `frame` does not need any more. `[audio-thread]`
    pub(super) fn release_to(&mut self, frame: u64) {
        self.reader.release_to(frame.saturating_sub(LOOK_BACK));
    }

    /// True when everything before `frame` has been streamed, or never will be. `[audio-thread]`
    pub(super) fn has(&self, frame: u64) -> bool {
        let wanted = frame.min(self.reader.end().unwrap_or(u64::MAX));
        self.reader.is_abandoned()
            || self
                .reader
                .written()
                .is_some_and(|written| written >= wanted)
    }

    /// Frames that were missing when they were wanted, so far.
    pub(super) fn missing(&self) -> u64 {
        self.missing
    }
}

impl LaneWriter {
    /// A new wish since the last call: forget what was streamed and go on there.
    pub fn take_job(&mut self) -> Option<LaneJob> {
        let frame = self.writer.take_seek()?;
        let wish = &self.wish;
        let looping = LoopSpec {
            start: wish.loop_start.load(Ordering::Relaxed),
            end: wish.loop_end.load(Ordering::Relaxed),
            count: wish.loop_count.load(Ordering::Relaxed),
        };
        let sound = SoundId::from_bits(wish.sound.load(Ordering::Relaxed));
        Some(LaneJob {
            sound,
            looping,
            frame,
        })
    }

    /// Frames that fit now.
    pub fn room(&self) -> usize {
        self.writer.room()
    }

    /// The unrolled frame that is written next.
    pub fn position(&self) -> u64 {
        self.writer.position()
    }

    /// Appends interleaved stereo samples; returns how many frames fitted.
    pub fn write(&mut self, samples: &[f32]) -> usize {
        self.writer.write(samples)
    }

    /// Says that the unrolled sound is over before `frame`.
    pub fn set_end(&mut self, frame: u64) {
        self.writer.set_end(Some(frame));
    }
}
