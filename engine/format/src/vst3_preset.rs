//! The preset file of VST3 hosts (`.vstpreset`) around the state of a plug-in. Only written: hosts
//! read it.
//!
//! Little-endian: the magic `VST3`, version i32, class id as 32 hexadecimal digits, offset of the
//! list i64; the state; then the list: `List`, number of entries i32, and for each its id, its
//! offset i64 and its length i64. As in Steinberg's `vstpresetfile.h`.

/// Bytes before the state.
const HEADER_BYTES: i64 = 48;
const VERSION: i32 = 1;

/// A preset of the plug-in with this VST3 class id that holds `state`, the bytes of a container.
/// `[thread-safe]`
#[must_use]
pub fn wrap(class_id: &[u8; 16], state: &[u8]) -> Vec<u8> {
    // A container is never as large as to make a difference.
    let length = i64::try_from(state.len()).unwrap_or(i64::MAX - HEADER_BYTES);
    let mut bytes = b"VST3".to_vec();
    bytes.extend(VERSION.to_le_bytes());
    for byte in class_id {
        bytes.extend(format!("{byte:02X}").bytes());
    }
    bytes.extend((HEADER_BYTES + length).to_le_bytes());
    bytes.extend(state);
    bytes.extend(b"List");
    bytes.extend(1_i32.to_le_bytes());
    bytes.extend(b"Comp");
    bytes.extend(HEADER_BYTES.to_le_bytes());
    bytes.extend(length.to_le_bytes());
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_finds_the_state() {
        let state = b"SEGU and so on";
        let bytes = wrap(&[0xA5; 16], state);
        assert_eq!(&bytes[..8], b"VST3\x01\0\0\0");
        assert_eq!(&bytes[8..40], "A5".repeat(16).as_bytes());
        let number = |at: usize| {
            let bytes: [u8; 8] = bytes[at..at + 8].try_into().unwrap();
            usize::try_from(i64::from_le_bytes(bytes)).unwrap()
        };
        let list = number(40);
        assert_eq!(&bytes[list..list + 12], b"List\x01\0\0\0Comp");
        let (start, length) = (number(list + 12), number(list + 20));
        assert_eq!(&bytes[start..start + length], state);
        assert_eq!(bytes.len(), list + 28);
    }
}
