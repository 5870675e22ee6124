//! Pointers of the caller: texts, arrays, structs that grow.
//!
//! Everything here checks before it touches: NULL, lengths against a limit, UTF-8, `struct_size`.

pub mod buffer;

use std::mem::size_of;

use crate::status::{
    Answer, Failure, SEGUE_STATUS_BUFFER_TOO_SMALL, SEGUE_STATUS_INVALID_ARGUMENT,
    SEGUE_STATUS_INVALID_UTF8, SEGUE_STATUS_NULL_POINTER, SEGUE_STATUS_STRUCT_SIZE,
};

/// Longest name, in bytes.
pub const MAX_NAME: usize = 1_024;
/// Longest path, in bytes.
pub const MAX_PATH: usize = 4_096;
/// Longest document that is taken, in bytes: 64 MiB.
pub const MAX_DOCUMENT: usize = 64 << 20;
/// Longest document in one of Segue's own formats, as their reader has it (`project_json_bytes`): 16 MiB.
pub(crate) const MAX_JSON: usize = facade::format::limits::PROJECT_JSON_BYTES;
/// Largest state of a plug-in (`state_bytes`): 16 MiB.
pub(crate) const MAX_STATE: usize = facade::format::limits::STATE_BYTES;
/// Largest struct that a caller of a newer version may give, in bytes.
pub const MAX_STRUCT: usize = 4_096;

/// A struct of plain numbers and pointers that begins with `uint32_t struct_size`.
///
/// # Safety
/// It is `repr(C)`, its first field is a `u32`, and every pattern of bits is a value of it.
pub(crate) unsafe trait Record: Copy {
    /// What errors call it.
    const NAME: &'static str;
    /// Where a `uint32_t` is that must be 0 until a version gives it a meaning, in structs that come in.
    const RESERVED: Option<usize> = None;
}

/// The bytes of `(pointer, length)`: `(NULL, 0)` is empty, `(NULL, n)` an error.
///
/// # Safety
/// A pointer that is not NULL points to `length` bytes that nobody writes while `'a` lasts.
pub(crate) unsafe fn take_bytes<'a>(
    name: &'static str,
    pointer: *const u8,
    length: usize,
    limit: usize,
) -> Answer<&'a [u8]> {
    if length > limit {
        return Err(Failure::limit(name, length, limit));
    }
    match (pointer.is_null(), length) {
        (_, 0) => Ok(&[]),
        (true, _) => Err(null(name)),
        // SAFETY: not NULL, and the caller's promise; the length is far below isize::MAX.
        (false, _) => Ok(unsafe { std::slice::from_raw_parts(pointer, length) }),
    }
}

/// The text of `(pointer, length)`.
///
/// # Safety
/// As [`take_bytes`].
pub(crate) unsafe fn take_text<'a>(
    name: &'static str,
    pointer: *const std::ffi::c_char,
    length: usize,
    limit: usize,
) -> Answer<&'a str> {
    // SAFETY: the caller's promise.
    let bytes = unsafe { take_bytes(name, pointer.cast(), length, limit) }?;
    let wrong = |_| Failure::argument(SEGUE_STATUS_INVALID_UTF8, name, "is no valid UTF-8");
    std::str::from_utf8(bytes).map_err(wrong)
}

/// A text that names something: not empty.
///
/// # Safety
/// As [`take_bytes`].
pub(crate) unsafe fn take_name<'a>(
    what: &'static str,
    pointer: *const std::ffi::c_char,
    length: usize,
) -> Answer<&'a str> {
    // SAFETY: the caller's promise.
    let name = unsafe { take_text(what, pointer, length, MAX_NAME) }?;
    filled(what, name)
}

/// Refuses a text that names nothing, or that C would cut.
fn filled<'a>(what: &'static str, name: &'a str) -> Answer<&'a str> {
    let problem = match name {
        "" => "is empty; it must name something",
        name if name.contains('\0') => "holds a NUL",
        _ => return Ok(name),
    };
    let status = SEGUE_STATUS_INVALID_ARGUMENT;
    Err(Failure::argument(status, what, problem))
}

/// A path as UTF-8: not empty.
///
/// # Safety
/// As [`take_bytes`].
pub(crate) unsafe fn take_path<'a>(
    name: &'static str,
    pointer: *const std::ffi::c_char,
    length: usize,
) -> Answer<&'a std::path::Path> {
    // SAFETY: the caller's promise.
    let text = unsafe { take_text(name, pointer, length, MAX_PATH) }?;
    filled(name, text).map(std::path::Path::new)
}

/// A struct of the caller, which may be of an older version (shorter: the rest is 0, so the
/// default) or a newer one (longer: what is unknown must be 0, and so must what is reserved). NULL is all 0.
///
/// # Safety
/// A pointer that is not NULL points to as many bytes as its first `uint32_t` says.
#[inline]
pub(crate) unsafe fn config<T: Record>(pointer: *const T) -> Answer<T> {
    match pointer.is_null() {
        // SAFETY: every pattern of bits is a value of a record.
        true => Ok(unsafe { std::mem::zeroed() }),
        // SAFETY: it has the size that is known, with no field that has to be 0.
        false if T::RESERVED.is_none() && unsafe { is_known(pointer) } => unsafe {
            Ok(pointer.read_unaligned())
        },
        // SAFETY: the caller's promise.
        false => unsafe { given(pointer) },
    }
}

/// # Safety
/// The pointer, which is not NULL, points to as many bytes as its first `uint32_t` says.
#[inline(never)]
unsafe fn given<T: Record>(pointer: *const T) -> Answer<T> {
    let mut value = std::mem::MaybeUninit::<T>::zeroed();
    if !pointer.cast::<u32>().is_aligned() {
        return Err(unaligned(T::NAME));
    }
    // SAFETY: not NULL, aligned, and a record begins with its size.
    let size = unsafe { pointer.cast::<u32>().read() } as usize;
    checked_size::<T>(size)?;
    let known = size.min(size_of::<T>());
    // SAFETY: `known` bytes are there on both sides, which cannot overlap.
    unsafe {
        std::ptr::copy_nonoverlapping(pointer.cast::<u8>(), value.as_mut_ptr().cast(), known);
    }
    // SAFETY: the caller's promise: `size` bytes are there.
    let given = unsafe { std::slice::from_raw_parts(pointer.cast::<u8>(), size) };
    let tail = given.get(known..).unwrap_or(&[]);
    let reserved = T::RESERVED.map_or(0..0, |at| at..at + size_of::<u32>());
    let reserved = given.get(reserved).unwrap_or(&[]);
    if tail.iter().chain(reserved).any(|byte| *byte != 0) {
        let problem = "has fields that this version does not know; set them to 0 or update";
        return Err(Failure::argument(
            SEGUE_STATUS_STRUCT_SIZE,
            T::NAME,
            problem,
        ));
    }
    // SAFETY: every pattern of bits is a value of a record.
    Ok(unsafe { value.assume_init() })
}

/// Writes a record to the caller, who said in its `struct_size` how much of it there is room for.
/// The size stays as it was; fields that this version does not know become 0.
///
/// # Safety
/// As [`config`], and nobody else uses these bytes meanwhile.
#[inline]
pub(crate) unsafe fn put_record<T: Record>(
    name: &'static str,
    pointer: *mut T,
    value: &T,
) -> Answer {
    let size = record_size(name, pointer)?;
    // SAFETY: checked, and the caller's promise.
    unsafe { put_sized(pointer, size, || *value) };
    Ok(())
}

/// [`put_record`] where [`needed_record`] has told the size, of what is made there, so that a struct of the usual size is
/// written as it is made.
///
/// # Safety
/// `size` bytes are there, and nobody else uses them meanwhile.
#[inline(always)]
#[allow(
    clippy::cast_possible_truncation,
    reason = "the size of a struct, which the caller has said as such a number"
)]
pub(crate) unsafe fn put_sized<T: Record>(pointer: *mut T, size: usize, make: impl Fn() -> T) {
    if size == size_of::<T>() {
        let mut value = make();
        // SAFETY: a record begins with its size, which stays as it was; the rest is the caller's promise. Of a known
        // size, it needs no call, and nothing of it is made elsewhere first.
        unsafe {
            (&raw mut value).cast::<u32>().write(size_of::<T>() as u32);
            pointer.write_unaligned(value);
        }
    } else {
        // SAFETY: the caller's promise.
        unsafe { write_made(pointer, size, make) };
    }
}

/// # Safety
/// `size` bytes are there.
#[cold]
#[inline(never)]
unsafe fn write_made<T: Record>(pointer: *mut T, size: usize, make: impl Fn() -> T) {
    // SAFETY: the caller's promise.
    unsafe { write_record(pointer.cast(), size, &make()) };
}

/// The `struct_size` of the caller's record.
#[inline]
fn record_size<T: Record>(name: &'static str, pointer: *const T) -> Answer<usize> {
    if pointer.is_null() {
        return Err(null(name));
    }
    if !pointer.cast::<u32>().is_aligned() {
        return Err(unaligned(name));
    }
    // SAFETY: not NULL, aligned, and a record begins with its size.
    let size = unsafe { pointer.cast::<u32>().read() } as usize;
    checked_size::<T>(size)
}

#[inline]
fn checked_size<T: Record>(size: usize) -> Answer<usize> {
    match (size_of::<u32>()..=MAX_STRUCT).contains(&size) {
        true => Ok(size),
        false => Err(unsound(T::NAME)),
    }
}

/// # Safety
/// `size` bytes are there.
#[inline(never)]
unsafe fn write_record<T: Record>(pointer: *mut u8, size: usize, value: &T) {
    let known = size.min(size_of::<T>());
    // SAFETY: both sides hold `known` bytes, at least those of the head; the rest up to `size` is
    // the caller's too.
    unsafe {
        write_head(pointer, known, value);
        std::ptr::write_bytes(pointer.add(known), 0, size - known);
    }
}

/// Writes all but the size.
///
/// # Safety
/// `known` bytes are there on both sides, at least four.
#[inline(always)]
unsafe fn write_head<T: Record>(pointer: *mut u8, known: usize, value: &T) {
    let head = size_of::<u32>();
    let from = std::ptr::from_ref(value).cast::<u8>();
    // SAFETY: the caller's promise.
    unsafe { std::ptr::copy_nonoverlapping(from.add(head), pointer.add(head), known - head) };
}

/// Refuses an array for results without its length, or that is NULL and not empty.
pub(crate) fn needed_array<T>(
    name: &'static str,
    array: *const T,
    capacity: usize,
    length: *const usize,
) -> Answer {
    needed("length", length)?;
    match capacity {
        0 => Ok(()),
        _ => needed(name, array),
    }
}

/// Writes records into the caller's array: all of them, or none when it is too short. The
/// `struct_size` of its first element holds for all. `length` gets how many there are, in both
/// cases.
///
/// # Safety
/// As [`put_record`] for `capacity` elements; `length` is NULL or a `size_t`.
pub(crate) unsafe fn put_records<T: Record>(
    name: &'static str,
    array: *mut T,
    capacity: usize,
    length: *mut usize,
    rows: &[T],
) -> Answer {
    needed_array(name, array, capacity, length)?;
    if rows.len() <= capacity && !rows.is_empty() {
        let size = record_size(name, array)?;
        for (index, row) in rows.iter().enumerate() {
            // SAFETY: within the capacity, each element `size` bytes apart.
            unsafe {
                let place = array.cast::<u8>().add(index * size);
                // `size` is a multiple of the struct's alignment only when the caller's struct is
                // one of C; written as bytes, so that it need not be.
                let narrow = u32::try_from(size).unwrap_or(0);
                place.cast::<u32>().write_unaligned(narrow);
                write_record(place, size, row);
            }
        }
    }
    // SAFETY: not NULL, the caller's promise.
    unsafe { length.write_unaligned(rows.len()) };
    fits(rows.len(), capacity)
}

/// Writes plain values into the caller's array, as [`put_records`].
///
/// # Safety
/// As [`put_records`].
pub(crate) unsafe fn put_values<T: Copy>(
    name: &'static str,
    array: *mut T,
    capacity: usize,
    length: *mut usize,
    values: &[T],
) -> Answer {
    needed_array(name, array, capacity, length)?;
    if values.len() <= capacity {
        // SAFETY: room for all of them; the caller's memory is not ours, so nothing overlaps.
        unsafe {
            if !values.is_empty() {
                // As bytes: the caller's array need not be aligned.
                let bytes = size_of_val(values);
                std::ptr::copy_nonoverlapping(values.as_ptr().cast::<u8>(), array.cast(), bytes);
            }
        }
    }
    // SAFETY: not NULL, the caller's promise.
    unsafe { length.write_unaligned(values.len()) };
    fits(values.len(), capacity)
}

/// Writes a text, without a NUL at its end, as [`put_values`].
///
/// # Safety
/// As [`put_values`].
pub(crate) unsafe fn put_text(
    array: *mut std::ffi::c_char,
    capacity: usize,
    length: *mut usize,
    text: &str,
) -> Answer {
    // SAFETY: the caller's promise.
    unsafe { put_values("text", array.cast(), capacity, length, text.as_bytes()) }
}

/// Refuses a record for a result that is NULL or has no sound size, before anything is done; else tells its size.
///
/// # Safety
/// A pointer that is not NULL points to a `uint32_t`.
#[inline]
pub(crate) unsafe fn needed_record<T: Record>(
    name: &'static str,
    pointer: *const T,
) -> Answer<usize> {
    record_size(name, pointer)
}

/// Whether a record for results is there and of the size that this library knows.
///
/// # Safety
/// `pointer` is NULL or a struct of `struct_size` bytes.
#[inline(always)]
pub(crate) unsafe fn is_known<T: Record>(pointer: *const T) -> bool {
    let size = pointer.cast::<u32>();
    // SAFETY: not NULL, aligned, and a record begins with its size.
    !size.is_null() && size.is_aligned() && unsafe { size.read() } as usize == size_of::<T>()
}

/// A switch of the caller: 0 or 1. Anything else is a mistake, such as a value in a wrong place.
#[inline]
pub(crate) fn flag(name: &'static str, value: u32) -> Answer<bool> {
    match value {
        0 => Ok(false),
        1 => Ok(true),
        other => Err(Failure::range(name, other, "0 or 1")),
    }
}

/// Refuses NULL for a result, before anything is done.
#[inline]
pub(crate) fn needed<T>(name: &'static str, pointer: *const T) -> Answer {
    if pointer.is_null() {
        return Err(null(name));
    }
    Ok(())
}

/// Writes one result that [`needed`] has let through.
///
/// # Safety
/// The pointer is the caller's `T`.
#[inline]
pub(crate) unsafe fn put<T>(name: &'static str, pointer: *mut T, value: T) -> Answer {
    needed(name, pointer)?;
    // SAFETY: not NULL, the caller's promise.
    unsafe { pointer.write_unaligned(value) };
    Ok(())
}

/// Writes a result that was found, where there is a place for it; whether both were there.
///
/// # Safety
/// The pointer is NULL or the caller's `T`.
#[inline(always)]
pub(crate) unsafe fn glanced<T>(pointer: *mut T, found: Option<T>) -> bool {
    match found {
        Some(value) if !pointer.is_null() => {
            // SAFETY: not NULL, the caller's promise.
            unsafe { pointer.write_unaligned(value) };
            true
        }
        _ => false,
    }
}

fn fits(count: usize, capacity: usize) -> Answer {
    if count <= capacity {
        return Ok(());
    }
    let text = "the array is too short; its length says how long it must be";
    Err(Failure::plain(SEGUE_STATUS_BUFFER_TOO_SMALL, text))
}

#[cold]
#[inline(never)]
pub(crate) fn null(name: &'static str) -> Failure {
    Failure::argument(SEGUE_STATUS_NULL_POINTER, name, "is NULL")
}

#[cold]
#[inline(never)]
fn unsound(name: &'static str) -> Failure {
    let problem = "has no sound struct_size; set it to sizeof the struct";
    Failure::argument(SEGUE_STATUS_STRUCT_SIZE, name, problem)
}

#[cold]
#[inline(never)]
fn unaligned(name: &'static str) -> Failure {
    // Where its size would stand cannot be read.
    let problem = "is not aligned for its type, so that it has no sound struct_size";
    Failure::argument(SEGUE_STATUS_STRUCT_SIZE, name, problem)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::status::*;
    use std::ptr::{null, null_mut};

    #[repr(C)]
    #[derive(Clone, Copy, Debug, PartialEq)]
    struct Row {
        struct_size: u32,
        a: u32,
        b: u64,
    }

    // SAFETY: repr(C), numbers only, the size first.
    unsafe impl Record for Row {
        const NAME: &'static str = "row";
    }

    fn status<T>(answer: Answer<T>) -> segue_status {
        answer.map(|_| ()).unwrap_err().status
    }

    #[test]
    fn pointers_and_lengths_are_checked_before_they_are_used() {
        // SAFETY: NULL, or a pointer that is never followed since the length is refused.
        unsafe {
            assert!(take_bytes("x", null(), 0, 9).unwrap().is_empty());
            assert_eq!(
                status(take_bytes("x", null(), 1, 9)),
                SEGUE_STATUS_NULL_POINTER
            );
            let wild = std::ptr::dangling::<u8>();
            assert_eq!(
                status(take_bytes("x", wild, 10, 9)),
                SEGUE_STATUS_LIMIT_EXCEEDED
            );
            assert_eq!(
                status(take_bytes("x", wild, usize::MAX, 9)),
                SEGUE_STATUS_LIMIT_EXCEEDED
            );
            let nine = [1; 9];
            assert_eq!(take_bytes("x", nine.as_ptr(), 9, 9).unwrap(), nine);
            assert_eq!(
                status(take_name("x", null(), 0)),
                SEGUE_STATUS_INVALID_ARGUMENT
            );
            assert_eq!(status(take_name("x", null(), 3)), SEGUE_STATUS_NULL_POINTER);
            let wrong = [0xff_u8];
            let text = take_text("x", wrong.as_ptr().cast(), 1, 9);
            assert_eq!(status(text), SEGUE_STATUS_INVALID_UTF8);
            let nul = b"a\0b";
            let nul = take_path("x", nul.as_ptr().cast(), 3);
            assert_eq!(status(nul), SEGUE_STATUS_INVALID_ARGUMENT);
        }
    }

    #[test]
    fn a_struct_may_be_older_or_newer() {
        let words = |size: u32, rest: [u32; 5]| {
            let mut all = [0_u32; 8];
            all[0] = size;
            all[1..6].copy_from_slice(&rest);
            // u64 for the alignment of the record.
            let pairs: [u64; 4] =
                std::array::from_fn(|n| u64::from(all[2 * n]) | u64::from(all[2 * n + 1]) << 32);
            pairs
        };
        let read = |pairs: &[u64; 4]| unsafe {
            // SAFETY: 32 bytes are there, the sizes below are at most that.
            config::<Row>(pairs.as_ptr().cast())
        };
        assert_eq!(read(&words(8, [7, 8, 9, 0, 0])).unwrap().a, 7);
        assert_eq!(read(&words(8, [7, 8, 9, 0, 0])).unwrap().b, 0);
        assert_eq!(read(&words(16, [7, 8, 9, 5, 5])).unwrap().b, 8 | 9 << 32);
        assert_eq!(read(&words(24, [7, 8, 9, 0, 0])).unwrap().b, 8 | 9 << 32);
        for wrong in [
            words(24, [7, 8, 9, 0, 1]),
            words(3, [0; 5]),
            words(4_097, [0; 5]),
        ] {
            assert_eq!(status(read(&wrong)), SEGUE_STATUS_STRUCT_SIZE);
        }
        // SAFETY: NULL.
        assert_eq!(unsafe { config::<Row>(null()) }.unwrap().b, 0);
    }

    #[test]
    fn records_are_written_as_far_as_there_is_room() {
        let row = Row {
            struct_size: 0,
            a: 1,
            b: 2,
        };
        // Two structs of a newer caller, of three words each.
        let mut array = [u64::MAX; 6];
        array[0] = 24;
        let mut length = 0;
        // SAFETY: two structs of 24 bytes are there.
        unsafe {
            let out = array.as_mut_ptr().cast::<Row>();
            put_records("rows", out, 2, &raw mut length, &[row, row]).unwrap();
        }
        assert_eq!(
            (length, array),
            (2, [24 | 1 << 32, 2, 0, 24 | 1 << 32, 2, 0])
        );
        let before = array;
        // SAFETY: as before.
        unsafe {
            let out = array.as_mut_ptr().cast::<Row>();
            let short = put_records("rows", out, 1, &raw mut length, &[row, row]);
            assert_eq!(status(short), SEGUE_STATUS_BUFFER_TOO_SMALL);
            assert_eq!((length, array), (2, before));
            let none = put_records("rows", null_mut(), 0, &raw mut length, &[row]);
            assert_eq!((status(none), length), (SEGUE_STATUS_BUFFER_TOO_SMALL, 1));
            let wrong = put_records("rows", null_mut(), 1, &raw mut length, &[row]);
            assert_eq!(status(wrong), SEGUE_STATUS_NULL_POINTER);
        }
    }
}
