//! Which sounds a note starts.

use std::fmt;

use crate::limits::LimitError;

/// Number of keys.
pub const KEYS: usize = 128;
/// Number of channels.
pub const CHANNELS: usize = 16;
/// Most zones in one map.
pub const MAX_ZONES: usize = 4_096;
/// As key or channel of a note's end: every one.
pub const ANY: u8 = u8::MAX;

/// What happens to a note.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoteKind {
    /// It starts, also at velocity 0. (In MIDI that is an end: whoever reads MIDI says so.)
    On,
    /// Its key is let go.
    Off,
    /// It ends at once.
    Choke,
}

/// A note at its exact frame.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct NoteEvent {
    /// What happens.
    pub kind: NoteKind,
    /// Channel, 0..=15; [`ANY`] in an end.
    pub channel: u8,
    /// Key, 0..=127, 60 the middle C; [`ANY`] in an end.
    pub key: u8,
    /// Velocity, 0..=1.
    pub velocity: f32,
    /// The host's number for this note, >= 0; -1 when it has none.
    pub note_id: i32,
    /// Absolute frame.
    pub at: u64,
}

/// Notes that play a sound. Ranges are inclusive.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct KeyZone<P> {
    /// Lowest and highest key, each 0..=127.
    pub keys: (u8, u8),
    /// Lowest and highest velocity, each 0..=1.
    pub velocities: (f32, f32),
    /// The one channel it listens to, 0..=15; none for all.
    pub channel: Option<u8>,
    /// The key that plays the sound at its own pitch, 0..=127; none to play it so on every key.
    pub root: Option<u8>,
    /// How far velocity sets the gain, 0..=1: see [`KeyMap::matches`].
    pub sensitivity: f32,
    /// What it plays.
    pub payload: P,
}

/// A zone that a note falls into.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct KeyMatch<P> {
    /// Speed of the sound: 2^((key - root) / 12).
    pub ratio: f64,
    /// Linear gain, 0..=1.
    pub gain: f32,
    /// What to play.
    pub payload: P,
}

/// Why a [`KeyMap`] was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeyMapError {
    /// More than [`MAX_ZONES`] zones.
    Limit(LimitError),
    /// A value of a zone is out of range, or a range ends before it begins.
    Zone {
        /// Position of the zone in the list.
        zone: usize,
        /// Name of the field.
        field: &'static str,
    },
}

impl fmt::Display for KeyMapError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Limit(limit) => limit.fmt(f),
            Self::Zone { zone, field } => write!(
                f,
                "{field} of zone {zone} is out of range: keys 0..=127, channel 0..=15, \
                 velocity and sensitivity 0..=1, the lower end first"
            ),
        }
    }
}

impl std::error::Error for KeyMapError {}

/// Zones by key. Immutable; built and checked on the control thread, looked up on the audio thread
/// without allocating.
#[derive(Clone, Debug)]
pub struct KeyMap<P> {
    zones: Box<[KeyZone<P>]>,
    /// Positions in `zones` of all keys, one key after the other.
    by_key: Box<[u16]>,
    /// Where each key begins in `by_key`, and its end.
    starts: Box<[u32]>,
}

impl<P: Copy> KeyMap<P> {
    /// A map of at most [`MAX_ZONES`] zones, which match in their order. `[main-thread]`
    ///
    /// # Errors
    /// [`KeyMapError`] names the zone and the field.
    pub fn new(zones: Vec<KeyZone<P>>) -> Result<Self, KeyMapError> {
        if zones.len() > MAX_ZONES {
            return Err(KeyMapError::Limit(LimitError {
                limit: "zones",
                value: zones.len(),
                max: MAX_ZONES,
            }));
        }
        for (zone, it) in zones.iter().enumerate() {
            if let Some(field) = bad_field(it) {
                return Err(KeyMapError::Zone { zone, field });
            }
        }
        let mut by_key = Vec::new();
        let mut starts = vec![0];
        for key in 0..=127 {
            let numbered = (0_u16..).zip(&zones);
            by_key.extend(
                numbered
                    .filter(|(_, zone)| within(key, zone.keys))
                    .map(|it| it.0),
            );
            starts.push(u32::try_from(by_key.len()).unwrap_or(u32::MAX));
        }
        Ok(Self {
            zones: zones.into(),
            by_key: by_key.into(),
            starts: starts.into(),
        })
    }

    /// A map in which no note plays anything. `[main-thread]`
    pub fn empty() -> Self {
        Self {
            zones: Box::default(),
            by_key: Box::default(),
            starts: vec![0; KEYS + 1].into(),
        }
    }

    /// The zones a note starts, in order: none for an end. `[audio-thread]`
    ///
    /// The gain is `1 - s + s·v²` for velocity v and the zone's sensitivity s: at 1 the square law
    /// of DLS and SoundFont (40 dB a decade), at 0 always full.
    pub fn matches(&self, note: &NoteEvent) -> impl Iterator<Item = KeyMatch<P>> {
        let note = *note;
        let bounds = self
            .starts
            .get(usize::from(note.key))
            .copied()
            .zip(self.starts.get(usize::from(note.key) + 1).copied());
        let (start, end) = bounds
            .filter(|_| note.kind == NoteKind::On)
            .unwrap_or((0, 0));
        self.by_key[start as usize..end as usize]
            .iter()
            .map(|&zone| &self.zones[usize::from(zone)])
            .filter(move |zone| {
                within(note.velocity, zone.velocities)
                    && zone.channel.is_none_or(|channel| channel == note.channel)
            })
            .map(move |zone| KeyMatch {
                ratio: zone.root.map_or(1.0, |root| ratio(note.key, root)),
                gain: 1.0 - zone.sensitivity * (1.0 - note.velocity * note.velocity),
                payload: zone.payload,
            })
    }
}

/// 2^(n/12) to the last bit: a table, not a power function, so every system plays the same pitch.
#[allow(
    clippy::excessive_precision,
    reason = "the nearest f64 is meant, whatever its shortest form"
)]
const SEMITONES: [f64; 12] = [
    1.0,
    1.059_463_094_359_295_3,
    1.122_462_048_309_373,
    1.189_207_115_002_721,
    1.259_921_049_894_873_2,
    1.334_839_854_170_034_4,
    std::f64::consts::SQRT_2,
    1.498_307_076_876_681_5,
    1.587_401_051_968_199_6,
    1.681_792_830_507_429,
    1.781_797_436_280_678_6,
    1.887_748_625_363_387,
];

fn ratio(key: u8, root: u8) -> f64 {
    let semitones = i16::from(key) - i16::from(root);
    let step = SEMITONES[usize::from(semitones.rem_euclid(12).unsigned_abs())];
    step * 2.0_f64.powi(i32::from(semitones.div_euclid(12)))
}

fn within<T: PartialOrd>(value: T, (low, high): (T, T)) -> bool {
    low <= value && value <= high
}

fn bad_field<P>(zone: &KeyZone<P>) -> Option<&'static str> {
    let (low, high) = zone.velocities;
    let rows = [
        ("keys", zone.keys.0 <= zone.keys.1 && zone.keys.1 <= 127),
        ("velocities", 0.0 <= low && low <= high && high <= 1.0),
        ("channel", zone.channel.is_none_or(|channel| channel <= 15)),
        ("root", zone.root.is_none_or(|root| root <= 127)),
        ("sensitivity", within(zone.sensitivity, (0.0, 1.0))),
    ];
    rows.into_iter().find(|row| !row.1).map(|row| row.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use assert_no_alloc::assert_no_alloc;
    use proptest::prelude::*;

    fn zone(keys: (u8, u8), velocities: (f32, f32), payload: u16) -> KeyZone<u16> {
        KeyZone {
            keys,
            velocities,
            channel: None,
            root: Some(60),
            sensitivity: 1.0,
            payload,
        }
    }

    fn on(channel: u8, key: u8, velocity: f32) -> NoteEvent {
        NoteEvent {
            kind: NoteKind::On,
            channel,
            key,
            velocity,
            note_id: -1,
            at: 0,
        }
    }

    #[test]
    fn ratios_are_equal_temperament() {
        for key in 0..128_u8 {
            for root in 0..128_u8 {
                let exact = ((f64::from(key) - f64::from(root)) / 12.0).exp2();
                assert!(
                    (ratio(key, root) / exact - 1.0).abs() < 2e-15,
                    "{key} {root}"
                );
            }
        }
        assert_eq!(
            (ratio(72, 60), ratio(0, 120), ratio(60, 60)),
            (2.0, 1.0 / 1_024.0, 1.0)
        );
    }

    #[test]
    fn layers_and_splits_match_in_order() {
        let drum = KeyZone {
            channel: Some(9),
            root: None,
            sensitivity: 0.0,
            ..zone((36, 40), (0.0, 1.0), 3)
        };
        let map = KeyMap::new(vec![
            zone((0, 59), (0.0, 0.5), 0),
            zone((0, 59), (0.5, 1.0), 1),
            zone((48, 127), (0.0, 1.0), 2),
            drum,
        ]);
        let map = map.unwrap();
        let check = |note: NoteEvent, expect: &[u16]| {
            let found: Vec<_> = map.matches(&note).map(|it| it.payload).collect();
            assert_eq!(found, expect, "{note:?}");
        };
        check(on(0, 47, 0.4), &[0]);
        check(on(0, 48, 0.5), &[0, 1, 2]);
        check(on(0, 127, 0.0), &[2]);
        check(on(9, 36, 1.0), &[1, 3]);
        check(on(0, 128, 1.0), &[]);
        check(on(0, ANY, 1.0), &[]);
        check(on(0, 48, f32::NAN), &[]);
        let off = NoteEvent {
            kind: NoteKind::Off,
            ..on(0, 48, 0.5)
        };
        check(off, &[]);
        let hits: Vec<_> = map.matches(&on(9, 36, 0.5)).collect();
        assert_eq!((hits[0].gain, hits[0].ratio), (0.25, 0.25));
        assert_eq!((hits[2].gain, hits[2].ratio), (1.0, 1.0));
    }

    #[test]
    fn bad_zones_are_named() {
        let good = zone((0, 127), (0.0, 1.0), 0);
        let check = |bad: KeyZone<u16>, field| {
            let error = KeyMap::new(vec![good, bad]).unwrap_err();
            assert_eq!(error, KeyMapError::Zone { zone: 1, field });
        };
        check(zone((0, 128), (0.0, 1.0), 0), "keys");
        check(zone((9, 8), (0.0, 1.0), 0), "keys");
        check(zone((0, 1), (0.0, f32::NAN), 0), "velocities");
        check(
            KeyZone {
                channel: Some(16),
                ..good
            },
            "channel",
        );
        check(
            KeyZone {
                root: Some(128),
                ..good
            },
            "root",
        );
        check(
            KeyZone {
                sensitivity: 1.5,
                ..good
            },
            "sensitivity",
        );
        assert!(matches!(
            KeyMap::new(vec![good; 5_000]),
            Err(KeyMapError::Limit(_))
        ));
    }

    proptest! {
        #[test]
        fn a_lookup_is_what_a_scan_finds(
            zones in prop::collection::vec((0..128_u8, 0..128_u8, 0.0..1.0_f32), 0..50),
            key: u8,
            velocity in 0.0..1.0_f32,
        ) {
            let zones: Vec<_> = (0..)
                .zip(zones)
                .map(|(n, (a, b, low))| zone((a.min(b), a.max(b)), (low, 1.0), n))
                .collect();
            let map = KeyMap::new(zones.clone()).unwrap();
            let mut found = Vec::with_capacity(64);
            assert_no_alloc(|| {
                found.extend(map.matches(&on(0, key, velocity)).map(|it| it.payload));
            });
            let scan: Vec<_> = zones
                .iter()
                .filter(|zone| within(key, zone.keys) && within(velocity, zone.velocities))
                .map(|zone| zone.payload)
                .collect();
            prop_assert_eq!(found, scan);
        }
    }
}
