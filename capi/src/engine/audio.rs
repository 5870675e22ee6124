//! The audio thread's calls: they allocate nothing, lock nothing and never wait.

use facade::Renderer;

use crate::boundary::boundary_rt;
use crate::engine::{ENGINES, MAX_CHANNELS, segue_engine};
use crate::handle::Handle;
use crate::status::{
    SEGUE_STATUS_BUSY, SEGUE_STATUS_INVALID_ARGUMENT, SEGUE_STATUS_LIMIT_EXCEEDED,
    SEGUE_STATUS_NULL_POINTER, SEGUE_STATUS_OK, segue_status,
};

/// Most frames of one call.
pub const MAX_FRAMES: u32 = 1 << 20;
/// Frames that are interleaved at a time.
const PIECE: usize = 256;

/// Renders the next `frames` frames (at most 1,048,576) into `channel_count` planar channels (1..=16):
/// left, right, and silence after them; one channel alone gets the mean. Blocks of any length give
/// the same bits. One thread at a time. `[audio-thread]`
///
/// Ownership: the channels are the caller's. They are silent when the call fails but for the errors
/// about themselves.
/// Errors: `NULL_POINTER`, `INVALID_ARGUMENT` (no channels, or two that overlap), `LIMIT_EXCEEDED`;
/// `BUSY` while another thread renders; `STALE_HANDLE`, `POISONED`, `PANICKED`. No error text is kept.
/// Since 0.1.
///
/// # Safety
/// `channels` is NULL or `channel_count` pointers, each NULL or `frames` floats.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segue_engine_process(
    engine: *mut segue_engine,
    channels: *const *mut f32,
    channel_count: u32,
    frames: u32,
) -> segue_status {
    // SAFETY: the caller's promise.
    let mut planes = match unsafe { Planes::new(channels, channel_count, frames) } {
        Ok(planes) => planes,
        Err(status) => return status,
    };
    let status = boundary_rt(&ENGINES, engine as Handle, |engine| {
        answer(
            engine
                .renderer
                .with(|renderer| renderer.process(planes.all())),
        )
    });
    if status != SEGUE_STATUS_OK {
        planes
            .all()
            .iter_mut()
            .for_each(|channel| channel.fill(0.0));
    }
    status
}

/// The same into one array of interleaved frames of `channel_count` samples (1..=16); with 0 frames nothing is
/// rendered, and NULL is in order. `[audio-thread]`
///
/// Ownership: `samples` is the caller's. It is silent when the call fails but for the errors about
/// itself.
/// Errors: as [`segue_engine_process`]. Since 0.1.
///
/// # Safety
/// `samples` is NULL or `frames * channel_count` floats.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segue_engine_process_interleaved(
    engine: *mut segue_engine,
    samples: *mut f32,
    channel_count: u32,
    frames: u32,
) -> segue_status {
    let width = channel_count as usize;
    if let Some(status) = refused(samples.is_null() && frames > 0, width, frames) {
        return status;
    }
    if !samples.is_aligned() {
        return SEGUE_STATUS_INVALID_ARGUMENT;
    }
    let out: &mut [f32] = match frames {
        // `samples` may be NULL then, of which no slice can be made.
        0 => &mut [],
        // SAFETY: not NULL, aligned, and the caller's promise; at most 2^24 floats.
        _ => unsafe { std::slice::from_raw_parts_mut(samples, frames as usize * width) },
    };
    let status = boundary_rt(&ENGINES, engine as Handle, |engine| {
        let rendered = engine.renderer.with(|renderer| {
            let blocks = out.chunks_mut(PIECE * width);
            blocks.for_each(|block| interleave(renderer, block, width));
        });
        answer(rendered)
    });
    if status != SEGUE_STATUS_OK {
        out.fill(0.0);
    }
    status
}

fn interleave(renderer: &mut Renderer, block: &mut [f32], width: usize) {
    let frames = block.len() / width;
    let (mut left, mut right) = ([0.0; PIECE], [0.0; PIECE]);
    let (left, right) = (&mut left[..frames], &mut right[..frames]);
    match width {
        1 => renderer.process(&mut [&mut *left]),
        _ => renderer.process(&mut [&mut *left, &mut *right]),
    }
    for (n, frame) in block.chunks_exact_mut(width).enumerate() {
        frame.fill(0.0);
        frame[0] = left[n];
        if let Some(place) = frame.get_mut(1) {
            *place = right[n];
        }
    }
}

fn answer(rendered: Option<()>) -> segue_status {
    match rendered {
        Some(()) => SEGUE_STATUS_OK,
        None => SEGUE_STATUS_BUSY,
    }
}

/// The caller's channels, checked.
struct Planes<'a> {
    channels: [&'a mut [f32]; MAX_CHANNELS],
    count: usize,
}

impl<'a> Planes<'a> {
    /// # Safety
    /// As [`segue_engine_process`].
    unsafe fn new(
        channels: *const *mut f32,
        count: u32,
        frames: u32,
    ) -> Result<Self, segue_status> {
        let count = count as usize;
        if let Some(status) = refused(channels.is_null(), count, frames) {
            return Err(status);
        }
        let mut planes = Self {
            channels: std::array::from_fn(|_| [].as_mut_slice()),
            count,
        };
        if !channels.is_aligned() {
            return Err(SEGUE_STATUS_INVALID_ARGUMENT);
        }
        // SAFETY: not NULL, aligned, the caller's promise.
        let pointers = unsafe { std::slice::from_raw_parts(channels, count) };
        let length = frames as usize;
        for (n, pointer) in pointers.iter().enumerate() {
            if length == 0 {
                // It may be NULL, of which no slice can be made.
                continue;
            }
            if pointer.is_null() {
                return Err(SEGUE_STATUS_NULL_POINTER);
            }
            let overlaps = |other: &*mut f32| {
                let between = (other.addr()).abs_diff(pointer.addr());
                between < length * size_of::<f32>()
            };
            if !pointer.is_aligned() || pointers[..n].iter().any(overlaps) {
                return Err(SEGUE_STATUS_INVALID_ARGUMENT);
            }
            // SAFETY: not NULL, aligned, the caller's promise; no two of them overlap.
            planes.channels[n] = unsafe { std::slice::from_raw_parts_mut(*pointer, length) };
        }
        Ok(planes)
    }

    fn all(&mut self) -> &mut [&'a mut [f32]] {
        &mut self.channels[..self.count]
    }
}

fn refused(is_null: bool, channels: usize, frames: u32) -> Option<segue_status> {
    match (is_null, channels) {
        (true, _) => Some(SEGUE_STATUS_NULL_POINTER),
        (_, 0) => Some(SEGUE_STATUS_INVALID_ARGUMENT),
        (_, MAX_CHANNELS..) if channels > MAX_CHANNELS => Some(SEGUE_STATUS_LIMIT_EXCEEDED),
        _ => (frames > MAX_FRAMES).then_some(SEGUE_STATUS_LIMIT_EXCEEDED),
    }
}
