//! The adaptive engine against its rules; every field of a profile acts or is refused.

mod contexts;
mod defaults;
mod errors;
mod fields;
mod floods;
mod rig;
mod rules;
mod signals;
mod stability;
mod trees;
