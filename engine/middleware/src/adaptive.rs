//! Adaptive layers: signals, rules and what keeps levels steady.
//!
//! [`AdaptiveForm`] is made once on the control thread and only read afterwards; [`Adaptive`] is
//! the state, sized by it. It knows no voices: it says what changes, as [`Effects`], and
//! [`Layers`](crate::music::Layers) makes starts, fades and ducks of that.
//!
//! ```text
//! lookup  Lookup<'a>: how the names of nodes and events become places, frames of assets engine frames
//! form    AdaptiveForm::new(&source::Adaptive, &Lookup, sample_rate) -> Result<AdaptiveForm, Vec<Found>>
//!           signal(NameId), context(NameId), rule_text(RuleIx), context_text(ContextIx),
//!           transition_name(TransitionIx), level_nodes(ContextIx, level)
//! engine  Adaptive::new(&AdaptiveForm)
//!           begin(&AdaptiveForm, at, &mut Effects)                 the first context is entered
//!           signal(&AdaptiveForm, NameId, f32) -> bool             any time; taken at the next tick
//!           tick(&AdaptiveForm, at, &mut Effects)                  every 10 ms
//!           enter(.., ContextIx, strength, ..)  leave(.., summary, ..)  set_level(.., level, ..)
//!           new_spin()                                             at the frame of the call
//!           level(), context(), value(SignalIx), counts(), grid(), beats()
//!           carry_over(&AdaptiveForm, at, (old, old_form), &mut Effects)
//! effect  Effects: at most 48 a tick, counted beyond; Effect: Level, Context, Stinger, Event, Refused
//! load    Load: a full-sized profile, to measure a tick with
//! ```

mod code;
pub mod effect;
mod engine;
mod form;
pub mod load;
pub mod lookup;
mod norms;
pub mod signals;
mod test;
#[cfg(test)]
mod tests;

pub use effect::{Cause, Effect, Effects, Refusal, RuleIx, TransitionIx};
pub use engine::{Adaptive, SignalCounts};
pub use form::AdaptiveForm;
pub use lookup::{Found, Lookup};

pub(crate) use form::{ContextForm, DuckForm, LayerAt, TransitionForm};
