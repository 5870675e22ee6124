//! State: the plug-in's bytes, unchanged, in the host's stream. A preset of one format is a preset of
//! the other.

use std::ffi::c_void;

use clap_sys::stream::{clap_istream, clap_ostream};
use vst3::ComRef;
use vst3::Steinberg::{IBStream, IBStreamTrait, kResultOk};

use crate::guard::catch;
use crate::plugin::Plugin;

/// A state of more bytes is refused before it is read to its end.
pub(crate) const MAX_STATE_BYTES: usize = 512 << 20;
/// Bytes that are read or written at once.
const PART: usize = 64 << 10;

/// `[main-thread]` Saves into `stream`, all or nothing but for what the stream itself loses.
///
/// # Safety
/// `stream` is null or the host's.
pub(crate) unsafe fn save(plugin: &Plugin, stream: *mut IBStream) -> bool {
    // SAFETY: the caller vouches for the stream.
    let Some(stream) = (unsafe { ComRef::from_raw(stream) }) else {
        return false;
    };
    if !plugin.has_state() {
        return true;
    }
    let mut bytes = Vec::new();
    let writer = clap_ostream {
        ctx: (&raw mut bytes).cast(),
        write: Some(write),
    };
    plugin.save(&writer) && write_all(stream, &bytes)
}

/// `[main-thread]` Loads from `stream`. `false` leaves the plug-in as it thinks right: it is asked to
/// refuse what it does not understand.
///
/// # Safety
/// `stream` is null or the host's.
pub(crate) unsafe fn load(plugin: &Plugin, stream: *mut IBStream) -> bool {
    // SAFETY: the caller vouches for the stream.
    let Some(stream) = (unsafe { ComRef::from_raw(stream) }) else {
        return false;
    };
    if !plugin.has_state() {
        return true;
    }
    let Some(bytes) = read_all(stream) else {
        return false;
    };
    let mut rest = bytes.as_slice();
    let reader = clap_istream {
        ctx: (&raw mut rest).cast(),
        read: Some(read),
    };
    plugin.load(&reader)
}

fn write_all(stream: ComRef<'_, IBStream>, bytes: &[u8]) -> bool {
    let mut rest = bytes;
    while !rest.is_empty() {
        let size = rest.len().min(PART);
        let mut written = 0;
        // SAFETY: the stream only reads from the buffer, which has that many bytes.
        let result = unsafe {
            let from = rest.as_ptr().cast_mut().cast();
            stream.write(from, size as i32, &raw mut written)
        };
        match usize::try_from(written) {
            Ok(written) if result == kResultOk && (1..=size).contains(&written) => {
                rest = &rest[written..];
            }
            _ => return false,
        }
    }
    true
}

/// Everything up to the end of the stream; `None` if that is too much.
fn read_all(stream: ComRef<'_, IBStream>) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut part = vec![0_u8; PART];
    loop {
        let mut count = 0;
        // SAFETY: the buffer has that many bytes.
        let result = unsafe { stream.read(part.as_mut_ptr().cast(), PART as i32, &raw mut count) };
        // Some hosts report an error at the end, with or without the last bytes.
        let count = usize::try_from(count).unwrap_or(0).min(PART);
        bytes.extend_from_slice(&part[..count]);
        if bytes.len() > MAX_STATE_BYTES {
            return None;
        }
        if count == 0 || result != kResultOk {
            return Some(bytes);
        }
    }
}

unsafe extern "C" fn write(stream: *const clap_ostream, from: *const c_void, size: u64) -> i64 {
    catch(-1, || {
        // SAFETY: the plug-in passes the stream of `save`, during `save`.
        let bytes = unsafe { &mut *(*stream).ctx.cast::<Vec<u8>>() };
        let Ok(count) = usize::try_from(size) else {
            return -1;
        };
        if count == 0 {
            return 0;
        }
        if from.is_null() || count > MAX_STATE_BYTES.saturating_sub(bytes.len()) {
            return -1;
        }
        // SAFETY: the plug-in passes that many bytes.
        bytes.extend_from_slice(unsafe { std::slice::from_raw_parts(from.cast(), count) });
        count as i64
    })
}

unsafe extern "C" fn read(stream: *const clap_istream, to: *mut c_void, size: u64) -> i64 {
    catch(-1, || {
        // SAFETY: the plug-in passes the stream of `load`, during `load`.
        let rest = unsafe { &mut *(*stream).ctx.cast::<&[u8]>() };
        let count = usize::try_from(size).unwrap_or(usize::MAX).min(rest.len());
        if count == 0 || to.is_null() {
            return if count == 0 { 0 } else { -1 };
        }
        let (now, later) = rest.split_at(count);
        // SAFETY: the plug-in has room for `size` bytes, and ours are elsewhere.
        unsafe { to.cast::<u8>().copy_from(now.as_ptr(), count) };
        *rest = later;
        count as i64
    })
}
