//! Bytes per voice.
//!
//! An engine is built for two numbers of voices, every voice is started, a few blocks are rendered, and the difference of the
//! live bytes is divided by the difference of the voices. Assets and fixed costs cancel; pools and queues that grow with the
//! number of voices are counted, wherever they were taken.

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering::Relaxed};

use crate::subject::{BLOCK, Contender, Heap, Result};
use crate::workload::Workload;

/// Bytes per voice of `contender`; `None` where the platform does not tell.
pub(crate) fn bytes_per_voice(contender: &Contender) -> Result<Option<f64>> {
    const FEW: usize = 64;
    const MANY: usize = 192;
    let few = live_bytes(contender, FEW)?;
    let many = live_bytes(contender, MANY)?;
    Ok(few
        .zip(many)
        .map(|(few, many)| (many - few) as f64 / (MANY - FEW) as f64))
}

/// The program's allocator: the system's, with a count that is off while anything is timed.
pub(crate) struct Counting;

static COUNT: AtomicBool = AtomicBool::new(false);
static LIVE: AtomicI64 = AtomicI64::new(0);

// SAFETY: every call is passed on to `System` unchanged; the counters touch no memory of the caller.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        note(layout.size(), 1);
        // SAFETY: the caller keeps the contract of `alloc`, which is that of `System`.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        note(layout.size(), 1);
        // SAFETY: as in `alloc`.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        note(layout.size(), -1);
        // SAFETY: `block` came from `System` with this layout, because `alloc` passed it on.
        unsafe { System.dealloc(block, layout) }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        note(layout.size(), -1);
        note(new_size, 1);
        // SAFETY: as in `dealloc`; the caller keeps the contract for `new_size`.
        unsafe { System.realloc(block, layout, new_size) }
    }
}

fn note(size: usize, sign: i64) {
    if COUNT.load(Relaxed) {
        LIVE.fetch_add(sign * i64::try_from(size).unwrap_or(i64::MAX), Relaxed);
    }
}

fn live_bytes(contender: &Contender, voices: usize) -> Result<Option<i64>> {
    let run = Workload::statics(voices);
    let mut out = [0.0; 2 * BLOCK];
    // Some engines free what an earlier one left only when the next one runs: let this one do it, and keep it until the end.
    let _earlier = build_and_play(contender, &run, &mut out)?;
    let before = heap_in_use(contender.heap);
    LIVE.store(0, Relaxed);
    COUNT.store(true, Relaxed);
    let built = build_and_play(contender, &run, &mut out);
    COUNT.store(false, Relaxed);
    let after = heap_in_use(contender.heap);
    drop(built?);
    Ok(match contender.heap {
        Heap::Rust => Some(LIVE.load(Relaxed)),
        Heap::C => before.zip(after).map(|(before, after)| after - before),
    })
}

fn build_and_play(
    contender: &Contender,
    workload: &Workload,
    out: &mut [f32],
) -> Result<Box<dyn crate::subject::Subject>> {
    let mut subject = (contender.create)(&workload.setup)?;
    for slot in 0..workload.setup.slots.len() {
        subject.start(slot, workload.mixes[slot])?;
    }
    subject.commit()?;
    for _ in 0..16 {
        subject.render_block(out)?;
    }
    Ok(subject)
}

/// Bytes the C library has handed out, to Rust and to C alike.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
fn heap_in_use(heap: Heap) -> Option<i64> {
    if heap == Heap::Rust {
        return None;
    }
    // SAFETY: `mallinfo2` takes no argument and only reads the allocator's own books.
    let info = unsafe { libc::mallinfo2() };
    i64::try_from(info.uordblks + info.hblkhd).ok()
}

#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
fn heap_in_use(_heap: Heap) -> Option<i64> {
    None
}
