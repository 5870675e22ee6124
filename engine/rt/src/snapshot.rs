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

const WORDS: usize = STATE_WORDS + 3;

/// Words of [`SnapshotReader::words`].
pub const STATE_WORDS: usize = 17;

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
        let mut words = [0; WORDS];
        while !self
            .once(|cells| words = std::array::from_fn(|at| cells[at].load(Ordering::Relaxed)))
        {
            std::hint::spin_loop();
        }
        decode(&words)
    }

    /// The same as plain words, for those who hand them on as they are: `look` reads each of them once. `false` when they
    /// were being written meanwhile: what it has read then means nothing, and the next attempt will do. Two values of
    /// 32 bits lie in one word as in memory, the first one in front.
    ///
    /// | word | value |
    /// |---|---|
    /// | 0 | frame |
    /// | 1, 2 | beats, tempo as `f64` |
    /// | 3, 4 | bar as `i64`; beat, 1 while the transport plays |
    /// | 5 | 1 while it is hosted, 1 while it loops |
    /// | 6, 7 | first and last beat of the loop as `f64` |
    /// | 8 | numerator, denominator |
    /// | 9, 10, 11 | real and virtual voices; tails, latency; waiting commands, 0 |
    /// | 12, 13 | late and stale commands |
    /// | 14, 15, 16 | missing frames, lost reports, lost rows of the log |
    ///
    #[inline(always)]
    pub fn words(&self, look: impl FnOnce(&[AtomicU64; STATE_WORDS])) -> bool {
        self.once(|words| {
            if let Some(first) = words.first_chunk() {
                look(first);
            }
        })
    }

    /// Looks at the words once; whether they were whole.
    #[inline(always)]
    fn once(&self, look: impl FnOnce(&[AtomicU64; WORDS])) -> bool {
        // Held once, and not looked for again after each word.
        let cell: &Cell = &self.0;
        let before = cell.version.load(Ordering::Acquire);
        look(&cell.words);
        fence(Ordering::Acquire);
        before & 1 == 0 && cell.version.load(Ordering::Relaxed) == before
    }
}

fn encode(s: &EngineSnapshot) -> [u64; WORDS] {
    let t = &s.transport;
    let range = t.range.unwrap_or(LoopRange {
        start_beats: 0.0,
        end_beats: 0.0,
    });
    let count = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
    [
        s.frame,
        t.beats.to_bits(),
        t.bpm.to_bits(),
        t.position.bar.cast_unsigned(),
        pair(t.position.beat, t.playing.into()),
        pair(t.hosted.into(), t.range.is_some().into()),
        range.start_beats.to_bits(),
        range.end_beats.to_bits(),
        pair(
            t.signature.numerator().into(),
            t.signature.denominator().into(),
        ),
        pair(count(s.voices.real), count(s.voices.virtual_voices)),
        pair(count(s.voices.tails), s.latency),
        pair(s.waiting, 0),
        s.late,
        s.stale,
        s.voices.missing_frames,
        s.voices.lost_reports,
        s.lost_log_rows,
        // What only this side reads.
        t.at,
        t.frames.cast_unsigned(),
        t.position.fraction.to_bits(),
    ]
}

#[inline]
#[allow(clippy::cast_possible_truncation, reason = "the reverse of encode")]
fn decode(w: &[u64; WORDS]) -> EngineSnapshot {
    let [beat, playing] = halves(w[4]);
    let [hosted, looping] = halves(w[5]);
    let [numerator, denominator] = halves(w[8]);
    let [real, virtual_voices] = halves(w[9]);
    let [tails, latency] = halves(w[10]);
    let [waiting, _] = halves(w[11]);
    let signature = TimeSignature::new(numerator as u8, denominator as u8);
    let range = LoopRange {
        start_beats: f64::from_bits(w[6]),
        end_beats: f64::from_bits(w[7]),
    };
    let position = BarsBeats {
        bar: w[3].cast_signed(),
        beat,
        fraction: f64::from_bits(w[19]),
    };
    EngineSnapshot {
        frame: w[0],
        transport: TransportSnapshot {
            at: w[17],
            playing: playing != 0,
            hosted: hosted != 0,
            frames: w[18].cast_signed(),
            beats: f64::from_bits(w[1]),
            position,
            bpm: f64::from_bits(w[2]),
            signature: signature.unwrap_or(TimeSignature::FOUR_FOUR),
            range: (looping != 0).then_some(range),
        },
        voices: VoiceCounts {
            real: real as usize,
            virtual_voices: virtual_voices as usize,
            tails: tails as usize,
            lost_reports: w[15],
            missing_frames: w[14],
        },
        latency,
        waiting,
        late: w[12],
        stale: w[13],
        lost_log_rows: w[16],
    }
}

/// Two values in one word, in memory the first one in front.
const fn pair(first: u32, second: u32) -> u64 {
    let [a, b, c, d] = first.to_ne_bytes();
    let [e, f, g, h] = second.to_ne_bytes();
    u64::from_ne_bytes([a, b, c, d, e, f, g, h])
}

/// The reverse of [`pair`].
#[inline]
const fn halves(both: u64) -> [u32; 2] {
    let [a, b, c, d, e, f, g, h] = both.to_ne_bytes();
    [
        u32::from_ne_bytes([a, b, c, d]),
        u32::from_ne_bytes([e, f, g, h]),
    ]
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
            let mut words = [0; STATE_WORDS];
            assert!(
                reader.words(
                    |cells| words = std::array::from_fn(|at| cells[at].load(Ordering::Relaxed))
                )
            );
            assert_eq!((words[0], words[16]), (n, n));
            assert_eq!(f64::from_bits(words[1]), n as f64 / 3.0);
            let number = u32::try_from(n).unwrap();
            assert_eq!((halves(words[9]), halves(words[10])), ([number, 0], [0, 7]));
            assert_eq!(halves(words[8]), [4, 4]);
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
