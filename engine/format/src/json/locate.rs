//! Finds the line and column of a JSON path in the text it came from.

use super::path::Segment;

/// Line and column (from 1) of the value at `segments`, or of its nearest ancestor that exists.
/// `text` is JSON that has been parsed before.
pub(crate) fn line_and_column(text: &[u8], segments: &[Segment]) -> (usize, usize) {
    let mut cursor = Cursor { text, at: 0 };
    cursor.skip_space();
    let mut found = cursor.at;
    for segment in segments {
        let entered = match segment {
            Segment::Key(key) => cursor.enter_key(key),
            Segment::Index(index) => cursor.enter_index(*index),
        };
        if entered.is_none() {
            break;
        }
        found = cursor.at;
    }
    place_of(text, found)
}

/// Line and column (from 1) of a byte of `text`.
pub(super) fn place_of(text: &[u8], at: usize) -> (usize, usize) {
    let before = text.get(..at).unwrap_or(text);
    let line = before.split(|&byte| byte == b'\n').count();
    let line_start = before
        .iter()
        .rposition(|&byte| byte == b'\n')
        .map_or(0, |at| at + 1);
    (line, at - line_start + 1)
}

struct Cursor<'a> {
    text: &'a [u8],
    at: usize,
}

impl Cursor<'_> {
    /// From `{`, moves to the value of `key`.
    fn enter_key(&mut self, key: &str) -> Option<()> {
        self.expect(b'{')?;
        loop {
            let start = self.at;
            self.skip_value()?;
            let name: String = serde_json::from_slice(self.text.get(start..self.at)?).ok()?;
            self.skip_space();
            self.expect(b':')?;
            if name == key {
                return Some(());
            }
            self.skip_value()?;
            self.skip_space();
            self.expect(b',')?;
        }
    }

    /// From `[`, moves to element `index`.
    fn enter_index(&mut self, index: usize) -> Option<()> {
        self.expect(b'[')?;
        for _ in 0..index {
            self.skip_value()?;
            self.skip_space();
            self.expect(b',')?;
        }
        Some(())
    }

    /// Steps over one string, number, word, array or object.
    fn skip_value(&mut self) -> Option<()> {
        let mut open = 0_usize;
        loop {
            match self.peek()? {
                b'"' => self.skip_string()?,
                b'[' | b'{' => {
                    open += 1;
                    self.at += 1;
                }
                b']' | b'}' => {
                    open = open.checked_sub(1)?;
                    self.at += 1;
                }
                b',' | b':' if open == 0 => return None,
                b',' | b':' | b' ' | b'\t' | b'\r' | b'\n' => {
                    self.at += 1;
                    continue;
                }
                _ => self.skip_word(),
            }
            if open == 0 {
                return Some(());
            }
        }
    }

    fn skip_string(&mut self) -> Option<()> {
        self.at += 1;
        loop {
            let byte = self.peek()?;
            self.at += if byte == b'\\' { 2 } else { 1 };
            if byte == b'"' {
                return Some(());
            }
        }
    }

    fn skip_word(&mut self) {
        let rest = self.text.get(self.at..).unwrap_or_default();
        let ends = |byte: &u8| b",:]}[{\" \t\r\n".contains(byte);
        self.at += rest.iter().position(ends).unwrap_or(rest.len());
    }

    fn skip_space(&mut self) {
        while self.peek().is_some_and(|byte| byte.is_ascii_whitespace()) {
            self.at += 1;
        }
    }

    /// Steps over `byte` and the space behind it.
    fn expect(&mut self, byte: u8) -> Option<()> {
        if self.peek()? != byte {
            return None;
        }
        self.at += 1;
        self.skip_space();
        Some(())
    }

    fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &[u8] =
        b"{\n  \"a\\u0062\": [1, {\"x\": \"]}\\\"\"},\n    -3.5e1],\n  \"c\": true\n}\n";

    fn key(key: &str) -> Segment {
        Segment::Key(key.into())
    }

    #[test]
    fn finds_values_and_falls_back_to_ancestors() {
        let at = |segments: &[Segment]| line_and_column(TEXT, segments);
        assert_eq!(at(&[]), (1, 1));
        assert_eq!(at(&[key("ab")]), (2, 14));
        assert_eq!(at(&[key("ab"), Segment::Index(1), key("x")]), (2, 24));
        assert_eq!(at(&[key("ab"), Segment::Index(2)]), (3, 5));
        assert_eq!(at(&[key("c")]), (4, 8));
        assert_eq!(at(&[key("ab"), Segment::Index(1), key("missing")]).0, 2);
        assert_eq!(at(&[key("ab"), Segment::Index(9)]).0, 2);
        assert_eq!(at(&[key("missing"), key("x")]), (1, 1));
    }

    #[test]
    fn any_text_is_survived() {
        for end in 0..TEXT.len() {
            line_and_column(&TEXT[..end], &[key("ab"), Segment::Index(1), key("x")]);
        }
    }
}
