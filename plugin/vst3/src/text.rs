//! Strings between the two C interfaces and Rust: fixed arrays, pointers, UTF-8 and UTF-16.

use std::ffi::{CStr, c_char};

/// The longest text that is read from a pointer; what a host passes is a parameter's value.
const LONGEST: usize = 1024;

/// UTF-16 with a terminating zero, cut at a whole character.
pub(crate) fn wide<const N: usize>(text: &str) -> [u16; N] {
    let mut units = [0; N];
    let mut length = 0;
    for character in text.chars() {
        let end = length + character.len_utf16();
        if end >= N {
            break;
        }
        character.encode_utf16(&mut units[length..end]);
        length = end;
    }
    units
}

/// UTF-8 with a terminating zero, cut at a whole character.
pub(crate) fn narrow<const N: usize>(text: &str) -> [c_char; N] {
    let mut bytes = [0; N];
    let longest = N.saturating_sub(1).min(text.len());
    let end = (0..=longest)
        .rev()
        .find(|at| text.is_char_boundary(*at))
        .unwrap_or(0);
    for (target, byte) in bytes.iter_mut().zip(text[..end].bytes()) {
        *target = byte as c_char;
    }
    bytes
}

/// The text up to the first zero, or the whole array.
pub(crate) fn from_array(array: &[c_char]) -> String {
    let bytes: Vec<u8> = array
        .iter()
        .take_while(|sign| **sign != 0)
        .map(|sign| *sign as u8)
        .collect();
    String::from_utf8_lossy(&bytes).into_owned()
}

/// The text at `pointer`, empty for null.
///
/// # Safety
/// `pointer` is null or points to a string that ends with zero.
pub(crate) unsafe fn from_pointer(pointer: *const c_char) -> String {
    if pointer.is_null() {
        return String::new();
    }
    // SAFETY: not null, and the caller vouches for the rest.
    let text = unsafe { CStr::from_ptr(pointer) };
    text.to_string_lossy().into_owned()
}

/// The UTF-16 text at `pointer`, empty for null.
///
/// # Safety
/// `pointer` is null or points to a string that ends with zero.
pub(crate) unsafe fn from_wide(pointer: *const u16) -> String {
    if pointer.is_null() {
        return String::new();
    }
    let mut units = Vec::new();
    while units.len() < LONGEST {
        // SAFETY: everything before this unit was not zero, so the string goes on to here.
        match unsafe { *pointer.add(units.len()) } {
            0 => break,
            unit => units.push(unit),
        }
    }
    String::from_utf16_lossy(&units)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_cut_at_whole_characters() {
        assert_eq!(wide::<4>("ab\u{1F600}"), [97, 98, 0, 0]);
        assert_eq!(wide::<5>("ab\u{1F600}"), [97, 98, 0xD83D, 0xDE00, 0]);
        assert_eq!(from_array(&narrow::<4>("aéé")), "aé");
        assert_eq!(from_array(&narrow::<3>("aéé")), "a");
        assert_eq!(narrow::<1>("a"), [0]);
        assert_eq!(wide::<1>("a"), [0]);
    }

    #[test]
    fn pointers_are_read_up_to_the_zero() {
        let units = wide::<8>("dB ☂");
        // SAFETY: the arrays end with zero.
        unsafe {
            assert_eq!(from_wide(units.as_ptr()), "dB ☂");
            assert_eq!(from_wide(std::ptr::null()), "");
            assert_eq!(from_pointer(c"a".as_ptr()), "a");
            assert_eq!(from_pointer(std::ptr::null()), "");
        }
    }
}
