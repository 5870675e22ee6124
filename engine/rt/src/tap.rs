//! A copy of a bus's signal for measuring it elsewhere.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use rtrb::chunks::ChunkError;
use rtrb::{Consumer, Producer, RingBuffer};

use crate::ids::BusId;

/// Taps that one mixer has at most: one for each bus of the largest project, the master included.
/// Those that nobody has made cost nothing.
pub const MAX_TAPS: usize = 256;

/// The end of a tap on the audio thread: what a bus puts out after its fader.
///
/// What it loses: nothing while its listener takes what there is often enough; when the ring is
/// full, whole pieces of the signal, whose frames are counted.
#[derive(Debug)]
pub struct Tap {
    pub(crate) bus: BusId,
    frames: Producer<[f32; 2]>,
    lost: Arc<AtomicU64>,
}

/// The end of a tap where its signal is taken. When it is dropped the audio thread lets go of its
/// own end. `[thread-safe]`
#[derive(Debug)]
pub struct TapListener {
    frames: Consumer<[f32; 2]>,
    lost: Arc<AtomicU64>,
}

/// A tap for `bus` that holds up to `capacity` frames. `[main-thread]`
#[must_use]
pub fn tap(bus: BusId, capacity: usize) -> (Tap, TapListener) {
    let (producer, consumer) = RingBuffer::new(capacity.max(1));
    let lost = Arc::new(AtomicU64::new(0));
    let tap = Tap {
        bus,
        frames: producer,
        lost: Arc::clone(&lost),
    };
    let listener = TapListener {
        frames: consumer,
        lost,
    };
    (tap, listener)
}

impl Tap {
    /// Copies frames; all or, when they do not fit, none. `[audio-thread]`
    pub(crate) fn write(&mut self, left: &[f32], right: &[f32]) {
        match self.frames.write_chunk_uninit(left.len()) {
            Ok(chunk) => {
                let frames = left.iter().zip(right).map(|(l, r)| [*l, *r]);
                chunk.fill_from_iter(frames);
            }
            Err(ChunkError::TooFewSlots(_)) => {
                self.lost.fetch_add(left.len() as u64, Relaxed);
            }
        }
    }

    /// True when nobody listens any more. `[audio-thread]`
    pub(crate) fn is_abandoned(&self) -> bool {
        self.frames.is_abandoned()
    }
}

impl TapListener {
    /// Hands over all frames that have arrived, left and right, piece by piece; returns how many.
    pub fn take(&mut self, mut each: impl FnMut(&[[f32; 2]])) -> usize {
        let count = self.frames.slots();
        let Ok(chunk) = self.frames.read_chunk(count) else {
            return 0;
        };
        let (first, second) = chunk.as_slices();
        each(first);
        each(second);
        chunk.commit_all();
        count
    }

    /// Frames that were lost so far because they were not taken in time.
    #[must_use]
    pub fn lost(&self) -> u64 {
        self.lost.load(Relaxed)
    }

    /// True when the bus, or its engine, is gone; what has arrived can still be taken.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.frames.is_abandoned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_bus_of_the_largest_mixer_can_have_one() {
        let buses = crate::limits::LIMITS.iter().find(|row| row.name == "buses");
        assert_eq!(buses.map(|row| row.max), Some(MAX_TAPS));
    }

    #[test]
    fn what_does_not_fit_is_counted() {
        let (mut tap, mut listener) = tap(BusId::new(0, 1), 100);
        tap.write(&[0.5; 60], &[0.25; 60]);
        tap.write(&[0.5; 60], &[0.25; 60]);
        assert_eq!(listener.lost(), 60);
        let mut sum = 0.0;
        let taken = listener.take(|frames| sum += frames.iter().map(|[l, r]| l + r).sum::<f32>());
        assert_eq!((taken, sum), (60, 45.0));
        tap.write(&[0.5; 60], &[0.25; 60]);
        assert_eq!((listener.take(|_| ()), listener.lost()), (60, 60));
        assert!(!listener.is_over() && !tap.is_abandoned());
        drop(tap);
        assert!(listener.is_over());
    }
}
