//! LEB128 numbers and zigzag differences.

/// Appends `value`, 7 bits a byte, lowest first.
pub(super) fn push(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value.to_le_bytes()[0] | 0x80);
        value >>= 7;
    }
    out.push(value.to_le_bytes()[0]);
}

/// Takes a number off the front of `bytes`. `None` if it is cut, above 64 bits or longer than it
/// needs to be, so that each number has one form.
pub(super) fn take(bytes: &mut &[u8]) -> Option<u64> {
    let mut value = 0_u64;
    for shift in (0..64).step_by(7) {
        let (&byte, rest) = bytes.split_first()?;
        *bytes = rest;
        let bits = u64::from(byte & 0x7f);
        if (bits << shift) >> shift != bits {
            return None;
        }
        value |= bits << shift;
        if byte < 0x80 {
            return (byte != 0 || shift == 0).then_some(value);
        }
    }
    None
}

/// The wrapping difference `value - base`, small for near numbers of either order.
pub(super) fn difference(value: u64, base: u64) -> u64 {
    let signed = value.wrapping_sub(base).cast_signed();
    ((signed << 1) ^ (signed >> 63)).cast_unsigned()
}

/// The inverse of [`difference`].
pub(super) fn apply(difference: u64, base: u64) -> u64 {
    let signed = (difference >> 1) ^ (difference & 1).wrapping_neg();
    base.wrapping_add(signed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn lengths_are_those_of_leb128() {
        for (value, len) in [
            (0, 1),
            (127, 1),
            (128, 2),
            (16_383, 2),
            (16_384, 3),
            (u64::MAX, 10),
        ] {
            let mut out = Vec::new();
            push(&mut out, value);
            assert_eq!(out.len(), len);
            assert_eq!(take(&mut out.as_slice()), Some(value));
        }
        // The example of the DWARF standard, 7.6.
        let mut out = Vec::new();
        push(&mut out, 12_857);
        assert_eq!(out, [57 + 0x80, 100]);
    }

    #[test]
    fn other_forms_are_refused() {
        for bad in [&[][..], &[0x80], &[0x80, 0], &[0xff; 11], &[0xff; 10]] {
            assert_eq!(take(&mut &*bad), None, "{bad:?}");
        }
        let too_large = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2];
        assert_eq!(take(&mut &too_large[..]), None);
    }

    proptest! {
        #[test]
        fn differences_come_back(value: u64, base: u64) {
            prop_assert_eq!(apply(difference(value, base), base), value);
        }

        #[test]
        fn near_numbers_are_short(base: u64, step in -64_i64..64) {
            prop_assert!(difference(base.wrapping_add_signed(step), base) < 128);
        }
    }
}
