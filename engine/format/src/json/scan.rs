//! One pass over JSON text that measures it before anything is allocated.

/// Upper bounds of what parsing the text would build.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Shape {
    pub(super) depth: u64,
    pub(super) values: u64,
}

/// Measures `text`, which need not be valid.
pub(super) fn scan(text: &[u8]) -> Shape {
    let mut shape = Shape {
        depth: 0,
        values: 1,
    };
    let mut open = 0_u64;
    let mut in_string = false;
    let mut escaped = false;
    for &byte in text {
        if in_string {
            in_string = escaped || byte != b'"';
            escaped = !escaped && byte == b'\\';
            continue;
        }
        match byte {
            b'"' => in_string = true,
            b',' => shape.values += 1,
            b'[' | b'{' => {
                shape.values += 1;
                open += 1;
                shape.depth = shape.depth.max(open);
            }
            b']' | b'}' => open = open.saturating_sub(1),
            _ => {}
        }
    }
    shape
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_do_not_count() {
        let shape = scan(br#"{"a[[[,,\"[[": [1, {"b": "\\"}, "]"]}"#);
        assert_eq!(
            shape,
            Shape {
                depth: 3,
                values: 6
            }
        );
    }
}
