//! Music against closed forms: grids, gains, and what starts when.

mod gains;
mod grids;
mod levels;
mod lists;
mod loads;
mod rig;
mod stingers;
mod ways;
