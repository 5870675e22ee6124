//! What a game did since it was loaded, counted.

use crate::boundary::{OK, boundary_on};
use crate::engine::{ENGINES, segue_engine};
use crate::handle::Handle;
use crate::memory::{Record, needed_record, put_record};
use crate::status::segue_status;

/// What a game did.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct segue_game_counts {
    /// `sizeof(segue_game_counts)`.
    pub struct_size: u32,
    /// 0; so that the size is a multiple of 8.
    pub reserved: u32,
    /// Posts that were accepted.
    pub posts: u64,
    /// Posts that were refused.
    pub refused: u64,
    /// Actions that were carried out or failed.
    pub actions: u64,
    /// Plays whose sound is missing.
    pub missing: u64,
    /// Calls that named something unknown, or had no room.
    pub ignored: u64,
    /// Steps and fades that were lost because too much waits.
    pub lost_wakes: u64,
    /// For each `SEGUE_REASON_...`, how many posts and voices were refused and calls ignored; 0 behind the last reason.
    pub refusals: [u64; 32],
}

// SAFETY: repr(C), numbers only, the size first.
unsafe impl Record for segue_game_counts {
    const NAME: &'static str = "segue_game_counts";
}

/// What the game did since the project was loaded, whether or not `segue_engine_listen` is on: those of
/// `segue run --json`. All 0 without a project. `[thread-safe]`
///
/// Ownership: `out_counts` is the caller's, with its `struct_size` set.
/// Errors: `STRUCT_SIZE`, `STALE_HANDLE`, `NULL_POINTER`, `POISONED`. Since 0.1.
///
/// # Safety
/// `out_counts` is NULL or a struct of `struct_size` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segue_engine_get_counts(
    engine: *mut segue_engine,
    out_counts: *mut segue_game_counts,
) -> segue_status {
    let handle = engine as Handle;
    boundary_on("segue_engine_get_counts", &ENGINES, handle, |engine| {
        // SAFETY: the caller's promise.
        unsafe { needed_record("out_counts", out_counts) }?;
        let counts = engine.with(|control| Ok(control.game_counts()))?;
        let counts = segue_game_counts {
            struct_size: 0,
            reserved: 0,
            posts: counts.posts,
            refused: counts.refused,
            actions: counts.actions,
            missing: counts.missing,
            ignored: counts.ignored,
            lost_wakes: counts.lost_wakes,
            refusals: std::array::from_fn(|at| counts.refusals.get(at).copied().unwrap_or(0)),
        };
        // SAFETY: not NULL, the caller's promise.
        unsafe { put_record("out_counts", out_counts, &counts) }?;
        OK
    })
}
