//! Stages: what a moment of a slot game means, whatever it looks like. Sounds are bound to stages.
//!
//! | module | what |
//! |---|---|
//! | [`table`] | the one table: ids, names, payloads, what loops and what ducks |
//! | [`event`] | a stage at its time, a trace of them, the 32 bytes of the real-time form |
//! | [`names`] | the names under which a sound is looked up, and qualified names |
//! | [`fsm`] | which stage may follow which |
//! | [`loops`] | which loops are open, and what closes them |
//! | [`timing`] | timing profiles: milliseconds to samples, latency compensation |
//! | [`resolve`] | times for traces that have none |
//! | [`bind`] | which event a stage posts |
//! | [`tiers`] | win tiers by integer ratios |
//! | [`anticipation`] | which reels are awaited, causally |
//! | [`signals`] | what the adaptive layers hear of stages |
//! | [`lint`] | regulatory rules as data |
//! | [`docs`] | the reference page and the JSON Schema |
//!
//! Pure logic: no files, no clocks, no serde; time is an argument. Money is in minor units.

pub mod anticipation;
pub mod bind;
pub mod docs;
pub mod event;
pub mod field;
pub mod fsm;
pub mod lint;
pub mod loops;
pub mod names;
pub mod resolve;
pub mod signals;
pub mod table;
#[cfg(test)]
mod tests;
pub mod tiers;
pub mod timing;

pub use event::{GridPlace, StageEvent, StagePayload, StageRt, StageTrace, WinLine};
pub use field::{FeatureType, FieldValue, Kind, Value};
pub use table::{FieldInfo, Stage, StageError, StageId, StageInfo, named, parse};

/// The known name that is nearest to `name`, where one is near enough to have been meant.
pub(crate) use crate::compile::nearest::nearest;
