//! Large data on its way out.

use crate::boundary::{OK, boundary};
use crate::memory::put;
use crate::status::{Answer, segue_status};

/// Bytes that the library has made for the caller. `{0}` is empty; `segue_buffer_free` frees it.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct segue_buffer {
    /// The bytes, not NUL-terminated; NULL when there are none.
    pub data: *mut u8,
    /// How many.
    pub length: usize,
    /// The library's own. Leave it as it is.
    pub capacity: usize,
}

/// Hands bytes over to the caller.
///
/// # Safety
/// `out` is NULL or the caller's.
pub(crate) unsafe fn give(name: &'static str, out: *mut segue_buffer, bytes: Vec<u8>) -> Answer {
    crate::memory::needed(name, out)?;
    let mut bytes = std::mem::ManuallyDrop::new(bytes);
    let buffer = match bytes.capacity() {
        0 => segue_buffer {
            data: std::ptr::null_mut(),
            length: 0,
            capacity: 0,
        },
        capacity => segue_buffer {
            data: bytes.as_mut_ptr(),
            length: bytes.len(),
            capacity,
        },
    };
    // SAFETY: the caller's promise.
    unsafe { put(name, out, buffer) }
}

/// Frees what a buffer holds and clears it, so that freeing it twice does nothing. `[thread-safe]`
///
/// Ownership: the bytes are gone; the struct itself stays the caller's. NULL is allowed.
/// Errors: none. Since 0.1.
///
/// # Safety
/// `buffer` is NULL, or holds what the library has put there, unchanged and not copied elsewhere to
/// be freed again.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segue_buffer_free(buffer: *mut segue_buffer) -> segue_status {
    boundary("segue_buffer_free", || {
        if buffer.is_null() {
            return OK;
        }
        let empty = segue_buffer {
            data: std::ptr::null_mut(),
            length: 0,
            capacity: 0,
        };
        // SAFETY: not NULL, the caller's promise; as unaligned as the functions that fill it let it be.
        let old = unsafe { buffer.read_unaligned() };
        // SAFETY: as above.
        unsafe { buffer.write_unaligned(empty) };
        if !old.data.is_null() {
            // SAFETY: these are the parts of a vector that `give` has taken apart.
            drop(unsafe { Vec::from_raw_parts(old.data, old.length, old.capacity) });
        }
        OK
    })
}
