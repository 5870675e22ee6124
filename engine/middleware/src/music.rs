//! Interactive music: grids, cross-fades, and what starts when.
//!
//! Everything is told with absolute frames. A command comes out at the frame at which it holds, so
//! nothing has to be taken back: [`Music::next_boundary`] says when [`Music::run`] has the next.
//! Gains are closed forms ([`Course`], [`DuckCourse`]) that whoever plays looks at when it likes.
//!
//! ```text
//! grid    Grid{t0, beat, per_bar}: next(sync, earliest) -> Option<Point>   Outer: a Grid or the transport's, the same
//!         grant(sync, now, earliest, max_wait, next) -> Granted, with the fallback to finer grids
//! course  Course: gain(t) -> f32, end(), is_over(t); enter(..), leave(..), glide(..)   DuckCourse: gain(t)
//! form    MusicForm::new(&source::Music, &Lookup, sample_rate) -> Result<MusicForm, Vec<Found>>
//!           music(NameId) -> Option<MusicIx> (segments, then playlists), stinger(NameId) -> Option<StingerIx>
//! machine Music::new(&MusicForm, seed)   reseed(&mut self, seed): shuffled playlists hang on it
//!           play(&mut self, &MusicForm, at, MusicIx, Option<&Outer>, &mut Commands)
//!           stop(.., at, fade frames, &mut Commands)    leave_loop(.., at, &mut Commands)
//!           stinger(.., at, StingerIx, Option<&Outer>, &mut Commands) -> Result<u64, Reason>
//!           transport_turned(.., at, &Outer, &mut Commands)   likewise of layers
//!           ended(at, PlayNo, &mut Commands)            a node came to its end or could not start
//!           next_boundary(&MusicForm) -> u64            run(.., at, &mut Commands)
//!           grid(&MusicForm, at) -> Option<Grid>, playing(), waiting(), carry_over(..)
//! layers  Layers::new()
//!           apply(&mut self, &AdaptiveForm, at, &Effect, Option<&Outer>, &mut Commands)
//!           next_boundary(), run(.., at, &mut Commands), ended(..), carry_over(..)
//! command Commands (fixed array), Command: Start, Fade, Pan, LeaveLoop, Duck, Sync(SyncRow)
//! ```
//! Ducks multiply: [`Command::Duck`] names a [`DuckSlot`], and the music's gain is the product over
//! all of them. They concern segments and layers, not stingers.

pub mod command;
pub mod course;
mod form;
pub mod grid;
mod layers;
mod machine;
mod place;
mod playlist;
#[cfg(test)]
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "numbers of tests are small"
)]
mod tests;

pub use command::{Command, Commands, DuckSlot, PlayNo, Role, StartPlay, SyncRow};
pub use course::{Course, DuckCourse};
pub use form::MusicForm;
pub use grid::{Grid, Outer};
pub use layers::Layers;
pub use machine::Music;

pub(crate) use form::{FadeForm, build};
