//! Adaptive layers: signals, rules and what keeps levels steady.
//!
//! [`AdaptiveForm`] is made once on the control thread and only read afterwards; [`Adaptive`] is
//! the state, sized by it. It knows no voices: it says what changes, as [`Effects`], and
//! [`Layers`](crate::music::Layers) makes starts, fades and ducks of that.
//!
//! ```text
//! lookup  Lookup<'a>: how the names of nodes and events become places, frames of assets engine frames
//! form    AdaptiveForm::new(&source::Adaptive, &Lookup, sample_rate) -> Result<AdaptiveForm, Vec<(String, String)>>
//!           signal(NameId), context(NameId), rule_id(RuleIx), context_name(ContextIx), ..
//! engine  Adaptive::new(&AdaptiveForm, at) -> Adaptive
//!           begin(&mut self, &AdaptiveForm, at, &mut Effects)      the first context is entered
//!           signal(&mut self, &AdaptiveForm, NameId, f32) -> bool  any time; taken at the next tick
//!           tick(&mut self, &AdaptiveForm, at, &mut Effects)       every 10 ms
//!           enter(.., at, ContextIx, strength, &mut Effects)       at the frame of the call
//!           leave(.., at, summary, &mut Effects)
//!           set_level(.., at, level, &mut Effects)
//!           new_spin(&mut self)
//!           level(), context(), predicted(), value(SignalIx), counts()
//!           carry_over(&mut self, &AdaptiveForm, old: &Adaptive, old_form: &AdaptiveForm)
//! effect  Effects: at most 48 a tick, counted beyond; Effect: Level, Context, Stinger, Event, Refused, Prefetch
//! ```

mod code;
pub mod effect;
mod engine;
mod form;
pub mod load;
pub mod lookup;
pub mod signals;
mod test;
#[cfg(test)]
mod tests;

pub use effect::{Cause, Effect, Effects, Refusal, RuleIx, TransitionIx};
pub use engine::{Adaptive, SignalCounts};
pub use form::AdaptiveForm;
pub use lookup::{Found, Lookup};

pub(crate) use form::{ContextForm, DuckForm, LayerAt, TransitionForm};
