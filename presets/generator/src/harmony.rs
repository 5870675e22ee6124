//! What the music is about: a minor-key progression over 16 bars and the tune above it.

/// Several keys for a while.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Chord {
    /// First beat.
    pub(crate) at: usize,
    /// Length in beats.
    pub(crate) beats: usize,
    /// The bass, a MIDI key.
    pub(crate) root: u8,
    /// From low to high, MIDI keys.
    pub(crate) keys: [u8; 5],
}

/// A key for a while.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Note {
    /// Bar, from 0.
    pub(crate) bar: usize,
    /// Sixteenth in the bar.
    pub(crate) step: usize,
    /// Length in sixteenths.
    pub(crate) steps: usize,
    /// MIDI key.
    pub(crate) key: u8,
}

const fn chord(at: usize, beats: usize, root: u8, keys: [u8; 5]) -> Chord {
    Chord {
        at,
        beats,
        root,
        keys,
    }
}

const fn note(bar: usize, step: usize, steps: usize, key: u8) -> Note {
    Note {
        bar,
        step,
        steps,
        key,
    }
}

/// The progression: eight bars, and the same eight bars an inversion higher. Because the halves
/// share their roots, a stem may enter at either of them.
pub(crate) const CHORDS: [Chord; 14] = [
    // Dm9, B flat maj9, F, C, Gm9, A7 with a suspended fourth that resolves
    chord(0, 8, 38, [50, 57, 60, 64, 65]),
    chord(8, 8, 34, [46, 53, 57, 60, 62]),
    chord(16, 4, 41, [48, 53, 57, 60, 67]),
    chord(20, 4, 36, [48, 55, 60, 62, 64]),
    chord(24, 4, 31, [43, 53, 57, 58, 62]),
    chord(28, 2, 33, [45, 55, 57, 62, 64]),
    chord(30, 2, 33, [45, 55, 57, 61, 64]),
    chord(32, 8, 38, [50, 57, 64, 65, 69]),
    chord(40, 8, 34, [46, 58, 62, 65, 69]),
    chord(48, 4, 41, [45, 57, 60, 65, 69]),
    chord(52, 4, 36, [48, 55, 60, 64, 67]),
    chord(56, 4, 31, [43, 55, 58, 62, 65]),
    chord(60, 2, 33, [45, 55, 62, 64, 67]),
    chord(62, 2, 33, [45, 55, 61, 64, 67]),
];

/// The tune: bar, sixteenth, length in sixteenths, key.
pub(crate) const TUNE: [Note; 48] = [
    note(0, 0, 6, 69),
    note(0, 6, 2, 74),
    note(0, 8, 4, 76),
    note(0, 12, 4, 77),
    note(1, 0, 12, 76),
    note(2, 0, 6, 74),
    note(2, 6, 2, 77),
    note(2, 8, 4, 81),
    note(2, 12, 4, 79),
    note(3, 0, 10, 77),
    note(3, 10, 2, 74),
    note(3, 12, 4, 72),
    note(4, 0, 4, 72),
    note(4, 4, 4, 77),
    note(4, 8, 4, 81),
    note(4, 12, 4, 79),
    note(5, 0, 12, 76),
    note(6, 0, 6, 74),
    note(6, 6, 2, 70),
    note(6, 8, 4, 74),
    note(6, 12, 4, 77),
    note(7, 0, 6, 76),
    note(7, 6, 2, 74),
    note(7, 8, 6, 73),
    note(8, 0, 6, 69),
    note(8, 6, 2, 74),
    note(8, 8, 4, 76),
    note(8, 12, 4, 77),
    note(9, 0, 14, 81),
    note(10, 0, 6, 82),
    note(10, 6, 2, 81),
    note(10, 8, 4, 77),
    note(10, 12, 4, 74),
    note(11, 0, 8, 77),
    note(11, 8, 4, 79),
    note(11, 12, 4, 81),
    note(12, 0, 8, 84),
    note(12, 8, 4, 81),
    note(12, 12, 4, 77),
    note(13, 0, 10, 79),
    note(13, 10, 2, 76),
    note(13, 12, 4, 72),
    note(14, 0, 6, 82),
    note(14, 6, 2, 81),
    note(14, 8, 4, 79),
    note(14, 12, 4, 77),
    note(15, 0, 8, 76),
    note(15, 8, 6, 73),
];

/// The chord that sounds at a beat.
pub(crate) fn chord_at(beat: usize) -> &'static Chord {
    let is_there = |chord: &&Chord| (chord.at..chord.at + chord.beats).contains(&beat);
    CHORDS.iter().find(is_there).unwrap_or(&CHORDS[0])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::BARS;

    #[test]
    fn the_progression_fills_the_loop() {
        let mut at = 0;
        for chord in &CHORDS {
            assert_eq!(chord.at, at);
            assert!(chord.keys.is_sorted() && chord.root < chord.keys[0]);
            at += chord.beats;
        }
        assert_eq!(at, BARS * 4);
    }

    #[test]
    fn both_halves_share_their_roots() {
        let half = BARS * 2;
        for beat in 0..half {
            assert_eq!(chord_at(beat).root, chord_at(beat + half).root, "{beat}");
        }
    }

    #[test]
    fn the_tune_has_one_note_at_a_time() {
        for pair in TUNE.windows(2) {
            let end = pair[0].bar * 16 + pair[0].step + pair[0].steps;
            assert!(end <= pair[1].bar * 16 + pair[1].step, "{pair:?}");
        }
    }
}
