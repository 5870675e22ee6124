//! How containers select, as mechanisms that know no voices.
//!
//! A *plan* is made once on the control thread; a *state* belongs to one playing or one
//! (container, object) pair. Chance is a function of a key and a play number, so a choice can be
//! heard again without those before it.
//!
//! | module | what |
//! |---|---|
//! | [`rng`] | keys and draws |
//! | [`random`] | one child by weight, deck or order; what was played lately |
//! | [`blend`] | gains over an RTPC |
//! | [`sequence`] | steps in time |
//! | [`switch`] | children by a switch or state group, and when a change is heard |
//! | [`group`] | children by conditions |
//! | [`decision`] | rows that tell why |

pub mod blend;
pub mod decision;
pub mod group;
pub mod random;
pub mod rng;
pub mod sequence;
pub mod switch;
