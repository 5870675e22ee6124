//! How containers select, as mechanisms that know no voices.
//!
//! A *plan* is made once on the control thread; a *state* belongs to one playing or one
//! (container, object) pair. Chance is a function of a key and a play number, so a choice can be
//! heard again without those before it.
//!
//! ```text
//! rng       mix64, container_key(seed, container: NameId, ObjectId, session) -> u64, draw(key, n, k),
//!           pick(r, total) -> u64, between(r, lo, hi) -> f32
//! decision  Reason, ChildRow{child, reason, weight_or_gain}, DecisionRow, SeedRow
//! random    RandomPlan::compile(&source::Random) -> Found<RandomPlan>
//!           RandomState::new(key); next(&RandomPlan, rows: impl FnMut(ChildRow)) -> Choice{child: Option<u8>, pitch_st,
//!             volume_db, play_n, key}; set_play_count(&RandomPlan, n); carry_over
//!           RandomStates: one state per (container, object), bounded
//! blend     BlendPlan::compile(&source::Blend, fs); gains(x, &mut [f32; 8]) -> count
//!           BlendState::new(at, x); input(&BlendPlan, at, x) -> f32 smoothed; moving(at)
//! sequence  SequencePlan::compile(&source::Sequence, fs); SequenceState::start(&plan, at, natural: impl Fn(step) -> u64)
//!             next_due() -> u64; take_due(&plan, at) -> Option<StepStart{step, at, end, ..}>; leave(); ends_at()
//! switch    SwitchPlan::compile(&source::Switch, &impl Resolve, fs); children(value: u8) -> &[NodeIx]
//! group     GroupPlan::compile(&source::Group, &impl Resolve); choose(holds: impl Fn(usize) -> bool, key, n, rows) -> u64 mask
//! ```

pub mod blend;
pub mod decision;
pub mod group;
pub mod random;
pub mod rng;
pub mod sequence;
pub mod switch;
