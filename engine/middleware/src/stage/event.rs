//! A stage at its time, a trace of them, and the form that crosses to the audio thread.

use super::field::{FeatureType, JackpotTier, Kind, Reason, Value};
use super::table::{Slot, Stage, StageId};

/// A stage at its time.
#[derive(Clone, Debug, PartialEq)]
pub struct StageEvent {
    /// What happens.
    pub stage: Stage,
    /// When it is seen: milliseconds from the start of the trace, not negative.
    pub timestamp_ms: f64,
    /// What is known around it.
    pub payload: StagePayload,
    /// What the game called it.
    pub source_event: Option<String>,
    /// For tools.
    pub tags: Vec<String>,
    /// Of all that it posts, in decibels, -96..=0; 0 is as it is.
    pub gain_db: f32,
}

/// What is known around a stage. Money is in minor units.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct StagePayload {
    /// Win of the spin so far.
    pub win: Option<i64>,
    /// Total bet of the spin.
    pub bet: Option<i64>,
    /// Win over bet; derived, never counted with.
    pub ratio: Option<f64>,
    /// What the lines pay.
    pub win_lines: Vec<WinLine>,
    /// The symbol it is about, by name.
    pub symbol: Option<String>,
    /// Symbols in view, reel by reel.
    pub grid: Vec<Vec<u16>>,
    /// The feature that is on.
    pub feature: Option<FeatureType>,
    /// Spins or respins that remain of it.
    pub spins_remaining: Option<u32>,
    /// The multiplier that holds.
    pub multiplier: Option<f64>,
}

/// A line that pays.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WinLine {
    /// Its number from 0.
    pub line: u16,
    /// What it pays.
    pub amount: i64,
    /// Where its symbols are.
    pub places: Vec<GridPlace>,
}

/// A place in the window.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct GridPlace {
    /// Reel from 0.
    pub reel: u8,
    /// Row from 0.
    pub row: u8,
}

/// The stages of a spin, of a session, or of anything else.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct StageTrace {
    /// What it is called.
    pub trace_id: String,
    /// Of which game.
    pub game_id: String,
    /// Of which session.
    pub session: Option<String>,
    /// Of which spin.
    pub spin: Option<u64>,
    /// In the order of their times.
    pub events: Vec<StageEvent>,
    /// When it was recorded, as whoever recorded it wrote it.
    pub recorded_at: String,
    /// The timing profile that gave the times; absent where the game gave them.
    pub timing_profile: Option<String>,
    /// The adapter that made stages of messages.
    pub adapter_id: Option<String>,
    /// For people and tools.
    pub metadata: Vec<(String, String)>,
}

impl StageEvent {
    /// A stage at a time and nothing else.
    pub fn new(stage: Stage, timestamp_ms: f64) -> Self {
        Self {
            stage,
            timestamp_ms,
            payload: StagePayload::default(),
            source_event: None,
            tags: Vec::new(),
            gain_db: 0.0,
        }
    }
}

impl StageTrace {
    /// Nothing says when anything happens: more than one event, all of them at 0, and no profile that
    /// put them there.
    pub fn is_untimed(&self) -> bool {
        let at_start = |event: &StageEvent| event.timestamp_ms == 0.0;
        self.timing_profile.is_none() && self.events.len() > 1 && self.events.iter().all(at_start)
    }

    /// The first event whose time is no time, or lies before that of the event before it.
    pub fn first_disorder(&self) -> Option<usize> {
        let mut last = 0.0;
        self.events.iter().position(|event| {
            let time = event.timestamp_ms;
            let wrong = !time.is_finite() || time < last;
            last = time;
            wrong
        })
    }
}

/// A stage as the audio thread may hold it: 32 bytes, no pointers. Amounts and multipliers are
/// rounded to single precision; texts and lists stay behind, [`StageRt::reference`] says where.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[repr(C)]
pub struct StageRt {
    /// The stage.
    pub id: u16,
    /// [`StageRt::LOOPS`], [`StageRt::DUCKS`].
    pub flags: u16,
    /// The reel; [`StageRt::NO_REEL`] without one.
    pub reel: u8,
    /// A tier, or the place of a word among the words of its field.
    pub tier: u8,
    /// Tension, row, or a yes.
    pub level: u8,
    /// 0.
    pub pad: u8,
    /// Frame at which it is heard.
    pub t_smp: u64,
    /// The first amount or count.
    pub a: f32,
    /// Progress, multiplier, or the second amount.
    pub b: f32,
    /// Place of the event in its trace.
    pub reference: u32,
    /// 0.
    pub pad_end: u32,
}

impl StageRt {
    /// The stage goes on until another one ends it.
    pub const LOOPS: u16 = 1;
    /// The stage makes the music give way.
    pub const DUCKS: u16 = 2;
    /// No reel.
    pub const NO_REEL: u8 = u8::MAX;

    /// The real-time form of a stage that is heard at frame `t_smp`. `[thread-safe]`
    pub fn new(stage: &Stage, t_smp: u64, reference: u32) -> Self {
        let id = stage.id();
        let flag = |on: bool, flag: u16| if on { flag } else { 0 };
        let mut rt = Self {
            id: id.0,
            flags: flag(id.loops(), Self::LOOPS) | flag(id.ducks(), Self::DUCKS),
            reel: Self::NO_REEL,
            t_smp,
            reference,
            ..Self::default()
        };
        stage.each_field(&mut |info, value| match info.slot {
            Slot::None => {}
            Slot::Reel => rt.reel = small(&value, &info.kind),
            Slot::Tier => rt.tier = small(&value, &info.kind),
            Slot::Level => rt.level = small(&value, &info.kind),
            Slot::A => rt.a = single(&value),
            Slot::B => rt.b = single(&value),
        });
        rt
    }

    /// The stage's id.
    pub const fn stage(&self) -> StageId {
        StageId(self.id)
    }
}

/// A value as a byte: a word by its place.
fn small(value: &Value, kind: &Kind) -> u8 {
    let whole = match (value, kind) {
        (Value::Int(n), _) => *n,
        (Value::Bool(on), _) => i64::from(*on),
        (Value::Text(word), Kind::Word(words) | Kind::WordOrCustom(words)) => {
            let at = words.iter().position(|known| known == word);
            at.map_or(i64::from(u8::MAX), |at| i64::try_from(at).unwrap_or(0))
        }
        _ => 0,
    };
    u8::try_from(whole).unwrap_or(u8::MAX)
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    reason = "the real-time form is of single precision, as it says"
)]
fn single(value: &Value) -> f32 {
    match value {
        Value::Int(n) => *n as f32,
        Value::Number(x) => *x as f32,
        _ => 0.0,
    }
}

/// The tier of a jackpot by its place, 0 the smallest.
pub fn jackpot_rank(tier: JackpotTier) -> u8 {
    small(
        &Value::Text(tier.word().to_owned()),
        &Kind::Word(JackpotTier::WORDS),
    )
}

/// The more important of two reasons; the first of equals.
pub fn stronger(first: Reason, second: Reason) -> Reason {
    if second.priority() > first.priority() {
        second
    } else {
        first
    }
}
