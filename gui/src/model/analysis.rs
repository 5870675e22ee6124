//! What is measured of one bus: loudness, needles, spectrum, and what its inserts do.

use super::snapshot::BusId;

/// The measures of one bus since they were reset. Levels in decibels are negative infinity in silence.
#[derive(Clone, Debug, PartialEq)]
pub struct Analysis {
    /// The bus that is measured, after its fader.
    pub bus: BusId,
    /// Loudness of the last 400 ms, LUFS.
    pub momentary: f32,
    /// Loudness of the last 3 s, LUFS.
    pub short_term: f32,
    /// The largest `momentary` so far, LUFS.
    pub max_momentary: f32,
    /// The largest `short_term` so far, LUFS.
    pub max_short_term: f32,
    /// Gated loudness of everything so far, LUFS.
    pub integrated: f32,
    /// Loudness range, LU.
    pub range: f32,
    /// Whether `range` rests on at least a minute.
    pub range_is_stable: bool,
    /// The largest true peak so far, dBTP.
    pub true_peak_db: f32,
    /// True peak over integrated loudness, LU.
    pub plr: Option<f32>,
    /// Of the last 300 ms: -1 to 1, 0 in silence.
    pub correlation: f32,
    /// Left and right in dBFS by [`Ballistics`](segue_engine::Ballistics): a steady sine reads its peak.
    pub needles: [[f32; 2]; 4],
    /// Levels in dBFS of the middle of both sides, from 0 Hz on in even steps.
    pub spectrum: Vec<f32>,
    /// From one level of `spectrum` to the next.
    pub hertz_per_level: f32,
    /// True while integrated loudness and range wait.
    pub is_paused: bool,
    /// True if part of the signal was not measured: nobody looked for too long.
    pub has_gaps: bool,
    /// The inserts of the bus in their order.
    pub inserts: Vec<InsertReading>,
}

impl Analysis {
    /// Nothing was heard of this bus yet.
    pub fn of(bus: BusId) -> Self {
        const SILENCE: f32 = f32::NEG_INFINITY;
        Self {
            bus,
            momentary: SILENCE,
            short_term: SILENCE,
            max_momentary: SILENCE,
            max_short_term: SILENCE,
            integrated: SILENCE,
            range: 0.0,
            range_is_stable: false,
            true_peak_db: SILENCE,
            plr: None,
            correlation: 0.0,
            needles: [[SILENCE; 2]; 4],
            spectrum: Vec::new(),
            hertz_per_level: 0.0,
            is_paused: false,
            has_gaps: false,
            inserts: Vec::new(),
        }
    }
}

/// What an insert shows.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct InsertReading {
    /// What the insert is called.
    pub name: String,
    /// The gain that dynamics apply and the change of level of all others, in dB; the correlation of
    /// stereo tools. `None`: it is not heard.
    pub value: Option<f32>,
    /// `dB`, or empty.
    pub unit: &'static str,
}
