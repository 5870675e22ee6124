//! Why a container chose what it chose.

use segue_rt::game::{NameId, ObjectId};

/// Why a child plays or not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Reason {
    /// It plays.
    Selected,
    /// It was played lately.
    History,
    /// Its weight is 0.
    WeightZero,
    /// Its condition does not hold, or another value of the switch does.
    Condition,
    /// Its gain is 0 where the RTPC is.
    GainZero,
    /// A limit of voices.
    Limit,
    /// No child may play; `child` is [`ChildRow::NONE`].
    Empty,
    /// It could have played, but another was drawn or comes before it.
    NotDrawn,
}

impl Reason {
    /// As telemetry writes it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Selected => "selected",
            Self::History => "history",
            Self::WeightZero => "weight_zero",
            Self::Condition => "condition",
            Self::GainZero => "gain_zero",
            Self::Limit => "limit",
            Self::Empty => "empty",
            Self::NotDrawn => "not_drawn",
        }
    }
}

/// What became of one child in one decision. Mechanisms hand these to a closure; an empty closure
/// costs nothing.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ChildRow {
    /// Its place in the container as the author wrote it.
    pub child: u8,
    /// Why.
    pub reason: Reason,
    /// Its weight, or its linear gain in a blend.
    pub weight_or_gain: f32,
}

impl ChildRow {
    /// No child.
    pub const NONE: u8 = u8::MAX;

    pub(crate) const EMPTY: Self = Self {
        child: Self::NONE,
        reason: Reason::Empty,
        weight_or_gain: 0.0,
    };
}

/// A [`ChildRow`] with where and when, for telemetry.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DecisionRow {
    /// Absolute frame.
    pub t_smp: u64,
    /// Which container.
    pub container: NameId,
    /// What became of a child.
    pub row: ChildRow,
    /// What the whole decision took; 0 where nobody measures.
    pub cost_ns: u32,
}

/// A choice by chance, for telemetry. With the play number set back to `play_n`, it is made again.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SeedRow {
    /// Absolute frame.
    pub t_smp: u64,
    /// Which container.
    pub container: NameId,
    /// On which object.
    pub object: ObjectId,
    /// Number of the play, from 0.
    pub play_n: u64,
    /// Key of its draws.
    pub key: u64,
    /// Place of the child, [`ChildRow::NONE`] if none could play.
    pub child: u8,
    /// Drawn, semitones.
    pub pitch_st: f32,
    /// Drawn, dB.
    pub volume_db: f32,
}
