//! Game values and what follows them: curves, RTPCs, states, switches, conditions, ducking, HDR.
//!
//! Every part comes twice: a *compiled form* that is made once on the control thread and only read
//! afterwards, and a *state* that is sized by it and runs on the audio thread without allocation.
//! All times are absolute frames; a value at frame t is a closed form of its last change, so it does
//! not matter how often or where it is looked at.
//!
//! ```text
//! check     Checks, Found<T> = Result<T, Vec<Problem{path, message}>>, trait Resolve (names -> indices)
//! shape     Shape::at(t: f64) -> f64
//! curve     Curve::compile(&source::Curve) -> Found<Curve>;  value(x: f32) -> f32
//! course    Interp::compile(..), Course: value(at), target(), settled(at)
//! sparse    Sparse<K, V>: fixed capacity, insert -> bool, get, remove, iter, refused()
//! rtpc      Rtpcs::compile(&[source::Rtpc], fs) -> Found<Rtpcs>
//!           RtpcValues::new(&Rtpcs)
//!             set(&Rtpcs, at, RtpcIx, Who, value, ramp) -> Set      reset(&Rtpcs, at, RtpcIx, Who)
//!             get(&Rtpcs, at, RtpcIx, Who) -> f32                   moving(at) -> bool, changes() -> u64
//!             forget_object(ObjectId), forget_playing(PlayingId), refused() -> u64
//!             carry_over(&mut self, &Rtpcs, old, map)
//! states    StateGroups::compile(&[source::StateGroup], &impl Resolve, fs) -> Found<StateGroups>
//!             group(NameId), value(StateIx, NameId) -> Option<u8>, node_target(NodeIx), bus_targets()
//!           StateValues::new(&StateGroups): set(&StateGroups, at, StateIx, u8) -> bool, value(StateIx) -> u8,
//!             effect(&StateGroups, at, TargetIx) -> Effect{volume_db, pitch_st, lpf_hz, hpf_hz}, moving(at)
//! switches  SwitchGroups::compile(&[source::SwitchGroup], &impl Resolve) -> Found<SwitchGroups>
//!           SwitchValues::new(&SwitchGroups): set(..), get(&SwitchGroups, SwitchIx, ObjectId) -> u8,
//!             follow(&SwitchGroups, &Rtpcs, &RtpcValues, at, |group, object, value|)
//! condition Conditions::compile(&[source::Condition], &impl Resolve) -> Found<Conditions>
//!             hold(&GameValues, at, Who) -> bool
//! duck      DuckRules::compile(&[source::Duck], &impl Resolve, fs) -> Found<DuckRules>
//!           Ducks::new(&DuckRules): source_active(&DuckRules, at, rule, bool), source_level(&DuckRules, at, rule, power),
//!             gain(&DuckRules, at, place in buses()) -> f32, moving(.., at), stuck(&DuckRules, at) -> iterator
//! hdr       HdrRules::compile(&[source::Hdr], &impl Resolve, fs); Hdrs: loudest(.., at, rule, db), gain_db(.., at, rule),
//!             audible(.., at, rule, voice_db) -> bool
//! ```

pub mod check;
pub mod condition;
pub mod course;
pub mod curve;
pub mod duck;
pub mod hdr;
pub mod rtpc;
mod shape;
pub mod sparse;
pub mod states;
pub mod switches;
#[cfg(test)]
pub(crate) mod testing;
