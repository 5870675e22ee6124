//! The engine's state for anyone who wants to look: one writer, any number of readers.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering, fence};

use crate::tempo::{BarsBeats, TimeSignature};
use crate::transport::{LoopRange, TransportSnapshot};
use crate::voices::VoiceCounts;

/// What the engine was doing at one frame.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct EngineSnapshot {
    /// The frame it holds for: the next one to be rendered.
    pub frame: u64,
    /// Where the song is.
    pub transport: TransportSnapshot,
    /// How many voices there are, and what was lost.
    pub voices: VoiceCounts,
    /// Frames from a voice to the output.
    pub latency: u32,
    /// Commands that wait for their frame.
    pub waiting: u32,
    /// Commands that came after their frame and were carried out at once.
    pub late: u64,
    /// Commands whose object did not exist any more.
    pub stale: u64,
    /// Rows of the session log that found their queue full: what was recorded has gaps.
    pub lost_log_rows: u64,
}

const WORDS: usize = 24;

/// A snapshot cell. The writer never waits; a reader that meets a write tries again. Readers see
/// the newest whole snapshot and lose those between. `[thread-safe]`
#[derive(Debug)]
struct Cell {
    /// Odd while the words are being written.
    version: AtomicU64,
    words: [AtomicU64; WORDS],
}

/// The audio thread's end of a snapshot.
#[derive(Debug)]
pub(crate) struct SnapshotWriter(Arc<Cell>);

/// A reader of snapshots; clone it as you like. `[thread-safe]`
#[derive(Clone, Debug)]
pub struct SnapshotReader(Arc<Cell>);

/// A connected pair, with the default snapshot in it. `[main-thread]`
pub(crate) fn snapshot() -> (SnapshotWriter, SnapshotReader) {
    let words = encode(&EngineSnapshot::default()).map(AtomicU64::new);
    let cell = Arc::new(Cell {
        version: AtomicU64::new(0),
        words,
    });
    (SnapshotWriter(Arc::clone(&cell)), SnapshotReader(cell))
}

impl SnapshotWriter {
    /// Publishes `snapshot`. `[audio-thread]`
    pub(crate) fn write(&mut self, snapshot: &EngineSnapshot) {
        let version = self.0.version.load(Ordering::Relaxed);
        self.0
            .version
            .store(version.wrapping_add(1), Ordering::Relaxed);
        fence(Ordering::Release);
        for (cell, word) in self.0.words.iter().zip(encode(snapshot)) {
            cell.store(word, Ordering::Relaxed);
        }
        self.0
            .version
            .store(version.wrapping_add(2), Ordering::Release);
    }
}

impl SnapshotReader {
    /// The newest snapshot, published every 10 ms of the engine clock.
    #[inline]
    pub fn read(&self) -> EngineSnapshot {
        loop {
            let before = self.0.version.load(Ordering::Acquire);
            let words = std::array::from_fn(|n| self.0.words[n].load(Ordering::Relaxed));
            fence(Ordering::Acquire);
            if before & 1 == 0 && self.0.version.load(Ordering::Relaxed) == before {
                return decode(&words);
            }
            std::hint::spin_loop();
        }
    }
}

fn encode(s: &EngineSnapshot) -> [u64; WORDS] {
    let t = &s.transport;
    let range = t.range.unwrap_or(LoopRange {
        start_beats: 0.0,
        end_beats: 0.0,
    });
    [
        s.frame,
        t.at,
        u64::from(t.playing) | u64::from(t.hosted) << 1 | u64::from(t.range.is_some()) << 2,
        t.frames.cast_unsigned(),
        t.beats.to_bits(),
        t.position.bar.cast_unsigned(),
        u64::from(t.position.beat),
        t.position.fraction.to_bits(),
        t.bpm.to_bits(),
        u64::from(t.signature.numerator()) << 8 | u64::from(t.signature.denominator()),
        range.start_beats.to_bits(),
        range.end_beats.to_bits(),
        s.voices.real as u64,
        s.voices.virtual_voices as u64,
        s.voices.tails as u64,
        s.voices.lost_reports,
        s.voices.missing_frames,
        u64::from(s.latency),
        u64::from(s.waiting),
        s.late,
        s.stale,
        s.lost_log_rows,
        0,
        0,
    ]
}

#[inline]
#[allow(clippy::cast_possible_truncation, reason = "the reverse of encode")]
fn decode(w: &[u64; WORDS]) -> EngineSnapshot {
    let signature = TimeSignature::new((w[9] >> 8) as u8, w[9] as u8);
    let range = LoopRange {
        start_beats: f64::from_bits(w[10]),
        end_beats: f64::from_bits(w[11]),
    };
    let position = BarsBeats {
        bar: w[5].cast_signed(),
        beat: w[6] as u32,
        fraction: f64::from_bits(w[7]),
    };
    EngineSnapshot {
        frame: w[0],
        transport: TransportSnapshot {
            at: w[1],
            playing: w[2] & 1 != 0,
            hosted: w[2] & 2 != 0,
            frames: w[3].cast_signed(),
            beats: f64::from_bits(w[4]),
            position,
            bpm: f64::from_bits(w[8]),
            signature: signature.unwrap_or(TimeSignature::FOUR_FOUR),
            range: (w[2] & 4 != 0).then_some(range),
        },
        voices: VoiceCounts {
            real: w[12] as usize,
            virtual_voices: w[13] as usize,
            tails: w[14] as usize,
            lost_reports: w[15],
            missing_frames: w[16],
        },
        latency: w[17] as u32,
        waiting: w[18] as u32,
        late: w[19],
        stale: w[20],
        lost_log_rows: w[21],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbered(n: u64) -> EngineSnapshot {
        EngineSnapshot {
            frame: n,
            transport: TransportSnapshot {
                at: n,
                playing: n.is_multiple_of(2),
                beats: n as f64 / 3.0,
                range: n.is_multiple_of(3).then_some(LoopRange {
                    start_beats: 1.0,
                    end_beats: 2.0,
                }),
                ..TransportSnapshot::default()
            },
            voices: VoiceCounts {
                real: usize::try_from(n).unwrap(),
                missing_frames: n,
                ..VoiceCounts::default()
            },
            latency: 7,
            waiting: 8,
            late: n,
            stale: n,
            lost_log_rows: n,
        }
    }

    #[test]
    fn nothing_is_lost_on_the_way() {
        let (mut writer, reader) = snapshot();
        for n in 0..12 {
            assert_no_alloc::assert_no_alloc(|| writer.write(&numbered(n)));
            assert_eq!(reader.read(), numbered(n));
        }
    }

    #[test]
    fn readers_never_see_halves() {
        let (mut writer, reader) = snapshot();
        writer.write(&numbered(0));
        let looker = std::thread::Builder::new().name("looker".into());
        let looker = looker.spawn(move || {
            let mut last = 0;
            while last < 20_000 {
                let seen = reader.read();
                assert_eq!(seen, numbered(seen.frame));
                assert!(seen.frame >= last);
                last = seen.frame;
            }
        });
        for n in 0..=20_000 {
            writer.write(&numbered(n));
        }
        looker.unwrap().join().unwrap();
    }
}
